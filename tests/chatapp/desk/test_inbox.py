from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from chatapp.desk import concerns, inbox, summaries
from chatapp.models import AuditEntry, Conversation, Feedback, Flag, Review, Summary
from tests.chatapp.conftest import end

URL = "/admin/chatapp/transcript/inbox/"
CHANGE = f"{URL}change/"


@pytest.fixture
def make(version):
    """Makes a conversation with one answer that ended like this, so many minutes ago."""

    def make(text="Hello", status="failed", minutes=0, words=("Hi",), error="", line=0, **facts):
        answer = Conversation(visitor="mine", version=version).ask(text)
        facts["started_at"] = answer.prediction.created_at + timedelta(seconds=line)
        for name, value in facts.items():
            setattr(answer.prediction, name, value)
        end(answer, *words, status=status, error=error)
        at = timezone.now() - timedelta(minutes=minutes)
        type(answer.prediction).objects.filter(id=answer.prediction_id).update(completed_at=at)
        summaries.renew([answer.conversation_id])
        return answer.conversation

    return make


def titles(found) -> list[str]:
    return [each.title for each in found]


def page(client, **asked) -> str:
    reply = client.get(URL, asked)
    assert reply.status_code == 200
    return reply.content.decode()


# What waits


def test_what_deserves_a_look_waits_the_newest_concern_first(make):
    make("Old", minutes=9)
    make("Fine", status="succeeded")
    make("New", status="canceled", minutes=1)

    assert titles(inbox.waiting()) == ["New", "Old"]


def test_what_is_done_waits_again_with_the_next_concern(make, reviewer):
    conversation = make(minutes=5)

    assert inbox.finish([conversation.id], reviewer.user) == 1
    assert not inbox.waiting().exists()
    assert titles(inbox.done()) == ["Hello"]
    Flag.objects.create(conversation=conversation, by=reviewer.user)

    assert titles(inbox.waiting()) == ["Hello"]
    assert not inbox.done().exists()


def test_what_concerned_somebody_after_the_page_was_made_still_waits(make, reviewer):
    conversation = make(minutes=1)

    inbox.finish([conversation.id], reviewer.user, timezone.now() - timedelta(minutes=2))
    assert inbox.waiting().exists()
    inbox.finish([conversation.id], reviewer.user, timezone.now() + timedelta(hours=1))

    assert Review.objects.get().done_at <= timezone.now()


def test_what_was_deleted_by_its_owner_is_not_there(make, reviewer):
    conversation = make()
    conversation.throw_away()

    assert not inbox.waiting().exists()
    assert inbox.assign([conversation.id, uuid4()], reviewer.user) == 0


def test_it_counts_by_person_and_by_reason(make, reviewer):
    mine, _ = make("Mine"), make("Failed")
    make("Stopped", status="canceled")
    inbox.assign([mine.id], reviewer.user)

    counts = inbox.counts(reviewer.user, "all", "")
    assert (counts["all"], counts["mine"], counts["nobody"], counts["any"]) == (3, 1, 2, 3)
    assert (counts["failed"], counts["stopped"], counts["down"]) == (2, 1, 0)

    counts = inbox.counts(reviewer.user, "mine", "failed")
    assert (counts["all"], counts["mine"], counts["nobody"]) == (2, 1, 1)
    assert (counts["any"], counts["failed"], counts["stopped"]) == (1, 1, 0)


def test_next_are_ones_own_below_then_from_the_top_then_nobodys(make, login, reviewer):
    other = login("Reviewer", name="otto")
    ages = {"Theirs": 1, "Nobody's": 2, "Mine": 3, "Mine too": 4}
    all_of = {title: make(title, minutes=minutes) for title, minutes in ages.items()}
    inbox.assign([all_of["Theirs"].id], other.user)
    inbox.assign([all_of["Mine"].id, all_of["Mine too"].id], reviewer.user)
    there = {each.title: each for each in inbox.waiting()}

    def after(title):
        found = inbox.next_for(reviewer.user, there[title])
        return found and found.title

    assert inbox.next_for(reviewer.user).title == "Mine"
    assert after("Mine") == "Mine too"
    assert after("Mine too") == "Mine"
    inbox.finish([all_of["Mine"].id, all_of["Mine too"].id], reviewer.user)
    assert after("Mine too") == "Nobody's"
    assert after("Nobody's") is None


def test_only_staff_who_review_can_be_given_something(login, reviewer):
    login("Operator", name="olga")
    outside = login("Reviewer", name="gone").user
    outside.is_staff = False
    outside.save()

    assert [str(each) for each in inbox.reviewers()] == ["rita"]


# Why


def reasons(conversation) -> dict:
    there = inbox.waiting().get(pk=conversation.pk)
    return {each.kind: each for each in concerns.of([there])[conversation.pk]}


def test_it_tells_why_with_the_message_that_gave_the_reason(make, reviewer):
    conversation = make(
        "What is a river?", error="It broke.", metrics={"time_to_first_word": 9.0}, line=4
    )
    answer = conversation.head
    Feedback.objects.create(message=answer, is_good=False, reason="wrong", comment="Not so.")
    Flag.objects.create(conversation=conversation, message=answer.parent, reason="Look")

    found = reasons(conversation)

    assert found["down"].sentence == "Not correct: Not so."
    assert found["failed"].sentence == "It broke."
    assert found["slow"].sentence == "after 13.0 s"
    assert found["flagged"].sentence == "Look"
    assert {found[kind].message for kind in ("down", "failed", "slow")} == {answer.id}
    assert found["flagged"].message == answer.parent_id
    assert {each.said for each in found.values()} == {"What is a river?"}


def test_several_of_a_kind_are_one_reason_the_newest(make):
    conversation = make(error="First.", minutes=5)
    second = end(conversation.ask("Again"), status="failed", error="Second.")
    summaries.renew([conversation.id])

    found = reasons(conversation)["failed"]

    assert (found.times, found.sentence, found.message) == (2, "Second.", second.id)


def test_a_reason_that_was_looked_at_is_told_apart(make, reviewer):
    conversation = make(minutes=5)
    inbox.finish([conversation.id], reviewer.user)
    Flag.objects.create(conversation=conversation)

    found = reasons(conversation)

    assert (found["failed"].is_new, found["flagged"].is_new) == (False, True)


def test_a_stop_before_the_first_word_says_so(make):
    assert reasons(make(status="canceled"))["stopped"].sentence == "before the first word"


# The page


def test_the_page_says_what_waits_and_links_to_the_message(make, reviewer):
    conversation = make("What is a river?", error="It broke.")

    html = page(reviewer)

    assert "It broke." in html
    link = f"/admin/chatapp/transcript/{conversation.id}/change/?message={conversation.head_id}"
    assert link in html
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.subject, entry.count) == ("read", "the inbox", 1)


def test_an_empty_inbox_says_what_would_be_in_it(reviewer):
    assert "Nothing waits." in page(reviewer)
    assert "Nothing of this kind waits." in page(reviewer, why="slow")
    assert "Nothing is done" in page(reviewer, done="1")
    assert not AuditEntry.objects.exists()


def test_the_page_shows_those_of_one_person_or_reason(make, reviewer):
    inbox.assign([make("Mine").id], reviewer.user)
    make("Stopped", status="canceled")

    assert "Stopped</a>" not in page(reviewer, who="mine").split("inbox-list")[1]
    assert "Mine</a>" not in page(reviewer, why="stopped").split("inbox-list")[1]
    assert "Mine</a>" in page(reviewer, who="nonsense", why="nonsense", page="nonsense")


def test_its_buttons_take_give_finish_and_reopen(make, login, reviewer):
    conversation = make()
    other = login("Reviewer", name="otto").user

    def press(**fields) -> Review:
        reply = reviewer.post(CHANGE, fields)
        assert reply.status_code == 302
        assert reply["Location"].startswith(URL)
        return Review.objects.get()

    assert press(take=conversation.id).assignee == reviewer.user
    checked = {"conversation": conversation.id}
    assert press(assign="checked", assignee=other.pk, **checked).assignee == other
    assert press(assign="checked", assignee="", **checked).assignee is None
    assert press(assign="checked", assignee="999", **checked).assignee is None
    review = press(done="checked", **checked)
    assert (review.done_by, review.done_at is None) == (reviewer.user, False)
    assert press(reopen=conversation.id).done_at is None


def test_a_button_keeps_the_choice_and_what_is_wrong_changes_nothing(make, reviewer):
    make()

    reply = reviewer.post(CHANGE, {"done": "checked", "who": "mine", "why": "slow", "page": "2"})
    assert reply["Location"] == f"{URL}?who=mine&why=slow&page=2"
    for fields in ({}, {"done": "nonsense"}, {"done": "checked", "conversation": "x"}):
        assert reviewer.post(CHANGE, fields).status_code == 302

    assert not Review.objects.exists()


def test_nobody_else_sees_or_changes_it(make, login, client):
    conversation = make()
    reader = login(name="reader", permissions=[Permission.objects.get(codename="view_transcript")])

    for browser, status in ((login("Operator", name="olga"), 403), (reader, 403), (client, 302)):
        assert browser.get(URL).status_code == status
        assert browser.post(CHANGE, {"done": conversation.id}).status_code == status
    assert not Review.objects.exists()


def test_hidden_contents_are_in_no_row(make, reviewer, settings):
    settings.CHAT_HIDE_CONTENTS = True
    conversation = make("Secret question", error="Secret error")
    Feedback.objects.create(message=conversation.head, is_good=False, comment="Secret comment")

    html = page(reviewer)

    assert "Secret" not in html
    assert str(conversation.id)[:8] in html
    assert not AuditEntry.objects.exists()


def test_hostile_words_stay_words(make, reviewer):
    evil = "<img src=x onerror=alert(1)>\"'</script>"
    conversation = make(evil, error=evil)
    Feedback.objects.create(message=conversation.head, is_good=False, comment=evil)
    Flag.objects.create(conversation=conversation, reason=evil)

    html = page(reviewer)

    assert "<img src=x" not in html
    assert html.count("&lt;img src=x") >= 4


def test_the_number_of_queries_does_not_grow_with_the_rows(
    make, reviewer, django_assert_max_num_queries
):
    for n in range(6):
        make(f"Question {n}")

    with django_assert_max_num_queries(16):
        page(reviewer)


def test_it_is_paged(make, reviewer, monkeypatch):
    monkeypatch.setattr("chatapp.admin.inbox.PAGE", 2)
    for n in range(3):
        make(f"Question {n}", minutes=n)

    assert "Question 2</a>" not in page(reviewer)
    assert "Question 2</a>" in page(reviewer, page=2)
    assert Summary.objects.count() == 3
