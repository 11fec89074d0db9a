"""What a reviewer does on the page of a transcript, and what others may not."""

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse
from django.utils import timezone

from chatapp.desk import reviewing
from chatapp.models import (
    Comment,
    Conversation,
    ExpectedAnswer,
    Flag,
    Message,
    Review,
    Summary,
    Tag,
    Tagging,
)
from tests.chatapp.conftest import end

HOSTILE = "<script>document.title='hacked'</script>\u202e"


@pytest.fixture
def answer(conversation) -> Message:
    return end(conversation.ask("Where do rivers go?"), "To the sea.")


@pytest.fixture
def post(reviewer, conversation, answer):
    """Does a verb, as a form of the page; the page that comes then."""

    def send(verb: str, client=reviewer, **fields) -> str:
        url = reverse(f"admin:desk_review_{verb}", args=[conversation.id])
        response = client.post(url, fields, follow=True)
        return response.content.decode()

    return send


def page_of(client, conversation) -> str:
    url = reverse("admin:chatapp_transcript_change", args=[conversation.id])
    return client.get(url).content.decode()


def test_a_flag_on_a_message_waits_until_it_is_cleared(post, reviewer, conversation, answer):
    page = post("flag", message=answer.id, reason="Made up a river")
    assert "Made up a river" in page
    assert Summary.objects.get().flag_count == 1

    flag = Flag.objects.get()
    page = post("clear", message=answer.id, id=flag.id)

    flag.refresh_from_db()
    assert (flag.by, flag.message, flag.cleared_by) == (reviewer.user, answer, reviewer.user)
    assert "Was flagged" in page
    assert Summary.objects.get().flag_count == 0


def test_a_flag_on_the_conversation_has_no_message(post, conversation):
    post("flag")

    flag = Flag.objects.get()
    assert (flag.message, flag.conversation_id) == (None, conversation.id)


def test_a_tag_is_known_in_any_case_and_goes_with_its_last_use(post, answer):
    post("tag", name="  Geography ")
    post("tag", name="geography", message=answer.id)
    post("tag", name="GEOGRAPHY", message=answer.id)

    assert [tag.name for tag in Tag.objects.all()] == ["Geography"]
    first, second = Tagging.objects.all()
    assert (first.message, second.message) == (None, answer)

    post("untag", id=first.id)
    assert Tag.objects.exists()
    post("untag", id=second.id)
    assert not Tag.objects.exists()


def test_a_comment_is_deleted_by_who_wrote_it(post, login, answer):
    page = post("comment", message=answer.id, text=" Nice.\n\nBut <b>short</b>. ")
    comment = Comment.objects.get()
    assert comment.text == "Nice.\n\nBut <b>short</b>."
    assert "But &lt;b&gt;short&lt;/b&gt;." in page

    other = login("Reviewer", name="tom")
    assert "Only who wrote a comment deletes it." in post("uncomment", other, id=comment.id)
    assert Comment.objects.exists()
    post("uncomment", id=comment.id)
    assert not Comment.objects.exists()


def test_an_expected_answer_is_written_changed_and_removed(post, reviewer, answer):
    assert "To the lake." in post("expect", message=answer.id, text="To the lake.")
    post("expect", message=answer.id, text="To the bay.")

    expected = ExpectedAnswer.objects.get()
    assert (expected.text, expected.by) == ("To the bay.", reviewer.user)
    post("expect", message=answer.id, text=" ")
    assert not ExpectedAnswer.objects.exists()


@pytest.mark.parametrize(
    ("verb", "fields", "sentence"),
    [
        ("tag", {"name": " \u200b "}, "Give the tag a name."),
        ("tag", {"name": "x" * 41}, "This is too long: 40 characters are the most."),
        ("flag", {"reason": "x" * 201}, "This is too long: 200 characters are the most."),
        ("comment", {"text": " \n"}, "There is nothing in this comment."),
        ("comment", {"text": "x" * (reviewing.MOST + 1)}, "This is too long"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_a_sentence(verb, fields, sentence, post):
    assert sentence in post(verb, **fields)
    for model in (Flag, Tag, Tagging, Comment):
        assert not model.objects.exists()


def test_of_a_question_nothing_is_expected(post, answer):
    page = post("expect", message=answer.parent_id, text="Better")

    assert "Only of an answer one can say what was expected." in page
    assert not ExpectedAnswer.objects.exists()


def test_it_is_assigned_to_reviewers_only(post, reviewer, conversation):
    visitor = User.objects.create_user("ann")

    assert "rita looks at it" in post("assign", assignee=reviewer.user.id)
    post("assign", assignee=visitor.id)
    assert Review.objects.get().assignee == reviewer.user
    assert "Nobody looks at it now." in post("assign", assignee="")
    assert Review.objects.get().assignee is None


def test_done_lasts_until_something_new_deserves_a_look(post, reviewer, conversation):
    assert "Done</strong>" in post("done")
    assert Review.objects.get().done_by == reviewer.user

    post("flag", reason="Look again")
    assert "Something new" in page_of(reviewer, conversation)

    assert "Waits for a look" in post("reopen")
    assert Review.objects.get().done_at is None


def test_after_done_and_next_one_is_where_more_waits(reviewer, conversation, answer):
    url = reverse("admin:desk_review_done", args=[conversation.id])

    response = reviewer.post(url, {"next": "1"})

    assert Review.objects.get().done_at is not None
    assert str(conversation.id) not in response.url


def test_one_is_led_back_to_the_message_and_never_elsewhere(reviewer, conversation, answer):
    url = reverse("admin:desk_review_flag", args=[conversation.id])
    back = f"branch={answer.id}&turn=3&next=//evil.test&x=1"

    response = reviewer.post(url, {"message": answer.id, "back": back})

    page = reverse("admin:chatapp_transcript_change", args=[conversation.id])
    assert response.url == f"{page}?branch={answer.id}&turn=3#m-{answer.id}"


@pytest.mark.parametrize(
    "fields",
    [{"message": "x"}, {"message": "00000000-0000-0000-0000-000000000007"}],
)
def test_what_is_of_no_message_of_it_is_not_there(fields, reviewer, conversation, answer):
    url = reverse("admin:desk_review_flag", args=[conversation.id])

    assert reviewer.post(url, fields).status_code == 404
    assert not Flag.objects.exists()


def test_remarks_on_other_transcripts_are_out_of_reach(reviewer, conversation, answer, version):
    other = Conversation(visitor="theirs", version=version)
    end(other.ask("Hello"), "Hi.")
    flag = Flag.objects.create(conversation=other)
    message = other.messages.first()

    for verb, fields in (
        ("clear", {"id": flag.id}),
        ("clear", {"id": "9" * 30}),
        ("clear", {}),
        ("flag", {"message": message.id}),
    ):
        url = reverse(f"admin:desk_review_{verb}", args=[conversation.id])
        assert reviewer.post(url, fields).status_code == 404
    flag.refresh_from_db()
    assert flag.cleared_at is None
    assert Flag.objects.count() == 1


@pytest.mark.parametrize("verb", ["flag", "tag", "comment", "expect", "assign", "done", "reopen"])
def test_who_only_views_reads_remarks_and_changes_none(verb, login, conversation, answer):
    viewer = login(permissions=Permission.objects.filter(codename="view_transcript"))
    Flag.objects.create(conversation=conversation, message=answer, reason="Made up")
    url = reverse(f"admin:desk_review_{verb}", args=[conversation.id])

    page = page_of(viewer, conversation)
    response = viewer.post(url, {"message": answer.id, "text": "x", "name": "x"})

    assert response.status_code == 403
    assert "Made up" in page
    assert "/flag/" not in page
    assert not Review.objects.exists()
    assert Flag.objects.count() == 1


def test_verbs_are_posted(reviewer, conversation, answer):
    for verb in ("flag", "done", "assign"):
        url = reverse(f"admin:desk_review_{verb}", args=[conversation.id])
        assert reviewer.get(url).status_code == 405
    assert not Review.objects.exists()


def test_hostile_remarks_are_text(post, reviewer, conversation, answer):
    Flag.objects.create(conversation=conversation, message=answer, reason=HOSTILE, by=None)
    Flag.objects.create(
        conversation=conversation, reason=HOSTILE, cleared_at=timezone.now(), message=answer
    )
    tag = Tag.objects.create(name=HOSTILE[:40])
    Tagging.objects.create(tag=tag, conversation=conversation)
    Comment.objects.create(conversation=conversation, text=HOSTILE)
    ExpectedAnswer.objects.create(message=answer, text=HOSTILE)

    page = page_of(reviewer, conversation)

    assert "<script>document" not in page
    assert page.count("&lt;script&gt;document") >= 6
    assert "somebody who is gone" in page


def test_a_remark_that_is_not_shown_is_told_of(reviewer, conversation, answer):
    end(conversation.retry(answer), "To the lake.")
    Comment.objects.create(conversation=conversation, message=answer, text="Look here")

    page = page_of(reviewer, conversation)

    assert "1 more message with remarks is on other branches" in page
