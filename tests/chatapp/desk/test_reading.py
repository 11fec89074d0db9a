"""The page of a transcript, as a reviewer reads it."""

import re
import uuid
from html import unescape
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from chatapp.desk import meters, windows
from chatapp.models import (
    Attachment,
    AuditEntry,
    Conversation,
    Feedback,
    Flag,
    Message,
    SearchEntry,
    Summary,
)
from predictions.models import Prediction, Segment
from tests.chatapp.conftest import end

HIDDEN = "Hidden: CHAT_HIDE_CONTENTS is on."
PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)


@pytest.fixture
def answer(conversation) -> Message:
    conversation.input = {"system_prompt": "Be **brief**.", "temperature": 0.5}
    return end(conversation.ask("Where do rivers go?"), "To the **sea**.")


@pytest.fixture
def long(conversation, version) -> Conversation:
    """Two thousand messages, each with its number as its text."""
    conversation.save()
    ended = {"status": "succeeded", "completed_at": timezone.now(), "version": version}
    predictions = Prediction.objects.bulk_create(
        Prediction(input={"prompt": "x"}, output=[f"answer {n}"], **ended) for n in range(1000)
    )
    turns, parent = [], None
    for number in range(2000):
        given = {"role": "user", "text": f"question {number // 2}"}
        if number % 2:
            given = {"role": "assistant", "prediction": predictions[number // 2]}
        parent = Message(conversation=conversation, parent=parent, **given)
        turns.append(parent)
    Message.objects.bulk_create(turns)
    conversation.head = parent
    conversation.save()
    return conversation


def url_of(conversation, **query) -> str:
    url = reverse("admin:chatapp_transcript_change", args=[conversation.id])
    return f"{url}?{urlencode(query)}" if query else url


def page_of(client, conversation, **query) -> str:
    response = client.get(url_of(conversation, **query))
    assert response.status_code == 200
    return response.content.decode()


def test_a_reviewer_reads_what_was_said_and_how_it_went(reviewer, conversation, answer):
    prediction = answer.prediction
    prediction.metrics = {"time_to_first_word": 0.5, "words_per_second": 12.5}
    prediction.metrics |= {"input_token_count": 7, "output_token_count": 3}
    prediction.started_at = prediction.created_at
    prediction.save()

    page = page_of(reviewer, conversation)

    assert "Where do rivers go?" in page
    assert "To the <strong>sea</strong>." in page
    assert "rivulet/demo" in page
    assert "first word after 0.5 s · 12.5 words/s · 7 tokens in, 3 out" in page
    assert "Be **brief**." in page
    assert "temperature" in page
    assert f'id="m-{answer.id}"' in page
    assert f'href="?message={answer.id}#m-{answer.id}"' in page


@pytest.mark.parametrize(
    ("status", "words", "mark"),
    [
        ("canceled", ("To the",), "Stopped"),
        ("failed", ("To the",), "Interrupted"),
        ("failed", (), "Failed"),
        ("aborted", (), "Aborted"),
    ],
)
def test_an_ending_is_told_with_what_the_upstream_said(status, words, mark, reviewer, conversation):
    answer = end(conversation.ask("Hello"), *words, status=status, error="The model broke.")
    Prediction.objects.update(error_detail="500: <b>out of memory</b>")

    page = page_of(reviewer, conversation)

    assert f">{mark}</span>" in page
    assert f'data-status="{status}"' in page
    assert "500: &lt;b&gt;out of memory&lt;/b&gt;" in page
    assert ("The model broke." in page) == (status != "canceled")
    assert "Worth a look" in page
    assert f'href="#m-{answer.id}"' in page


def test_an_answer_that_is_being_written_is_shown_so_far(reviewer, conversation):
    answer = conversation.ask("Hello")
    events = [[1, "output", "Half **an", 10]]
    Segment.objects.create(prediction=answer.prediction, last_cursor=1, events=events)

    page = page_of(reviewer, conversation)

    assert "Being written" in page
    assert "Half <strong>an</strong>" in page
    assert "2 words so far" in page
    assert "This is how far it was" in page


def test_reading_is_recorded_once_a_page(reviewer, conversation, answer):
    page_of(reviewer, conversation)

    entry = AuditEntry.objects.get()
    assert (entry.who, entry.verb) == (reviewer.user, "read")
    assert entry.conversation == conversation.id


def test_whoever_may_not_view_transcripts_reads_nothing(login, conversation, answer):
    operator = login("Operator")
    upload = SimpleUploadedFile("a.png", PNG)
    file = Attachment.keep(upload, owner=None, visitor="mine")
    Attachment.objects.update(message=answer.parent)

    for url in (
        url_of(conversation),
        reverse("admin:desk_text", args=[answer.id]),
        reverse("admin:desk_file", args=[file.id]),
    ):
        assert operator.get(url).status_code == 403
    assert not AuditEntry.objects.exists()
    file.content.delete(save=False)


def test_nothing_on_the_page_is_changed_by_posting_to_it(admin_client, conversation, answer):
    assert admin_client.post(url_of(conversation), {"title": "x"}).status_code == 403


def test_what_its_owner_has_deleted_is_not_there(reviewer, conversation, answer):
    conversation.throw_away()

    assert reviewer.get(url_of(conversation)).status_code == 302
    assert reviewer.get(reverse("admin:desk_text", args=[answer.id])).status_code == 404


@pytest.mark.parametrize("whose", ["ann", "mine", "a/b c&d~0123456789abcdef01234567"])
def test_from_a_transcript_one_goes_to_all_of_theirs(whose, reviewer, version):
    ann = User.objects.create_user("ann")
    whose = {"owner": ann} if whose == "ann" else {"visitor": whose}
    conversation = Conversation(version=version, **whose)
    end(conversation.ask("Where do rivers go?"), "To the sea.")

    page = reviewer.get(url_of(conversation)).content.decode()
    (address,) = re.findall(r'href="([^"]+)">all of theirs', page)
    listed = reviewer.get(unescape(address))

    assert listed.status_code == 200
    assert str(conversation.id) in listed.content.decode()


@pytest.mark.parametrize("id", ["1", "nonsense", str(uuid.UUID(int=7))])
def test_an_address_of_nothing_leads_back(id, reviewer):
    url = reverse("admin:chatapp_transcript_change", args=[id])

    assert reviewer.get(url).status_code == 302


def test_nonsense_in_the_address_is_passed_over(reviewer, conversation, answer):
    for query in ({"message": "x"}, {"message": uuid.uuid4()}, {"turn": "-1"}, {"branch": "\0"}):
        assert "To the <strong>sea</strong>." in page_of(reviewer, conversation, **query)
    assert "To the <strong>sea" in page_of(reviewer, conversation, turn="99999", branch=answer.id)


def test_looking_at_another_branch_does_not_move_what_the_owner_sees(
    reviewer, conversation, answer
):
    again = end(conversation.retry(answer), "To the lake.")

    shown = page_of(reviewer, conversation)
    other = page_of(reviewer, conversation, message=answer.id)

    assert "To the lake." in shown
    assert f'href="?message={answer.id}#m-{answer.id}" aria-label="Previous variant"' in shown
    assert "in 2 branches" in shown
    assert "To the <strong>sea</strong>." in other
    assert "To the lake." not in other
    assert "This is not the branch that its owner sees." in other
    assert "data-found" in other
    conversation.refresh_from_db()
    assert conversation.head == again


def test_a_long_conversation_is_read_in_parts_that_join(long):
    newest = windows.window(long)
    before = windows.window(long, branch=newest.branch, turn=newest.earlier)

    assert (newest.first, newest.last, newest.length) == (1941, 2000, 2000)
    assert newest.later is None
    assert (before.first, before.last, before.later) == (1881, 1940, 1941)
    first = windows.window(long, turn=1)
    assert (first.first, first.earlier, first.later) == (1, None, 61)


def test_a_page_begins_some_turns_before_the_message_that_is_looked_for(long):
    wanted = long.messages.get(text="question 500")

    window = windows.window(long, message=wanted.id)

    assert wanted in window.messages
    assert window.first == 1001 - windows.ABOVE
    assert windows.window(long, message=uuid.uuid4()) is None


def test_without_a_head_the_newest_branch_is_shown(conversation, answer):
    Conversation.objects.update(head=None)
    conversation.refresh_from_db()

    assert windows.window(conversation).messages[-1] == answer


def test_the_window_stays_on_the_branch_that_was_chosen(conversation, answer):
    end(conversation.retry(answer), "To the lake.")

    window = windows.window(conversation, message=answer.parent_id, branch=answer.id)

    assert window.messages[-1] == answer
    assert not window.is_owners


def test_a_page_asks_as_much_of_the_database_for_many_turns_as_for_few(reviewer, long):
    short = Conversation.objects.create(visitor="mine", version=long.version)
    end(short.ask("One"), "It is one.")

    queries = []
    for conversation in (short, long):
        with CaptureQueriesContext(connection) as captured:
            page_of(reviewer, conversation)
        queries.append(len(captured))

    assert queries[0] == queries[1] < 40


def test_what_an_answer_was_asked_with_is_told_without_the_history(reviewer, conversation, answer):
    given = {"messages": ["SECRET HISTORY"], "prompt": "SECRET PROMPT", "top_p": 0.9}
    Prediction.objects.update(input=given)

    page = page_of(reviewer, conversation)

    assert "top_p" in page
    assert "SECRET" not in page


def test_stalls_are_counted_from_the_first_word_on(conversation, answer):
    log = [[1, "logs", "hm", 0], [2, "output", "To", 9000], [3, "output", " the", 9100]]
    rest = [[4, "output", " sea", 12100], [5, "done", "", 14200]]
    Segment.objects.create(prediction=answer.prediction, last_cursor=3, events=log)
    Segment.objects.create(prediction=answer.prediction, last_cursor=5, events=rest)
    messages = [answer]

    meters.tell(messages)

    assert answer.meter.has_log
    assert answer.meter.stalls == [3.0, 2.1]


def test_the_raw_text_is_plain_text(reviewer, conversation, answer):
    response = reviewer.get(reverse("admin:desk_text", args=[answer.id]))

    assert response.content.decode() == "To the **sea**."
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert AuditEntry.objects.get().details["message"] == str(answer.id)


def test_an_image_is_shown_to_reviewers(reviewer, conversation, answer):
    file = Attachment.keep(SimpleUploadedFile("a.png", PNG), owner=None, visitor="mine")
    url = reverse("admin:desk_file", args=[file.id])
    assert reviewer.get(url).status_code == 404  # not sent yet

    Attachment.objects.update(message=answer.parent)
    response = reviewer.get(url)

    assert f'src="{url}"' in page_of(reviewer, conversation)
    assert (response.content, response["Content-Type"]) == (PNG, "image/png")
    assert "sandbox" in response["Content-Security-Policy"]
    assert reviewer.get(url, headers={"If-None-Match": response["ETag"]}).status_code == 304
    file.content.delete(save=False)


def test_the_prediction_is_linked_for_those_who_may_see_it(
    reviewer, admin_client, conversation, answer
):
    url = reverse("admin:predictions_prediction_change", args=[answer.prediction_id])

    assert url not in page_of(reviewer, conversation)
    assert url in page_of(admin_client, conversation)


def test_forks_are_linked_both_ways(reviewer, conversation, answer):
    fork = conversation.fork(answer)

    assert url_of(fork) in page_of(reviewer, conversation)
    assert f"{url_of(conversation)}?message={answer.id}" in page_of(reviewer, fork)
    fork.throw_away()
    assert url_of(fork) not in page_of(reviewer, conversation)


def test_a_verdict_is_shown_with_its_words(reviewer, conversation, answer):
    Feedback.objects.create(message=answer, is_good=False, reason="style", comment="<b>Rude</b>")

    page = page_of(reviewer, conversation)

    assert "Tone or style" in page
    assert "&lt;b&gt;Rude&lt;/b&gt;" in page


def test_where_contents_are_hidden_the_numbers_stay(settings, admin_client, conversation):
    conversation.input = {"system_prompt": "SECRET"}
    answer = end(conversation.ask("SECRET"), "SECRET", status="failed", error="SECRET")
    Prediction.objects.update(logs="SECRET", error_detail="SECRET", input={"top": "SECRET"})
    Feedback.objects.create(message=answer, is_good=False, comment="SECRET")
    conversation.fork(answer)
    settings.CHAT_HIDE_CONTENTS = True

    page = page_of(admin_client, conversation)
    deleting = admin_client.get(reverse("admin:chatapp_transcript_delete", args=[conversation.id]))

    assert "SECRET" not in page
    assert page.count(HIDDEN) >= 3
    assert "1 word" in page
    assert "SECRET" not in deleting.content.decode()
    assert admin_client.get(reverse("admin:desk_text", args=[answer.id])).status_code == 403
    assert not AuditEntry.objects.filter(subject__contains="SECRET").exists()


def test_who_may_delete_transcripts_deletes_all_of_one(login, conversation, answer):
    keeper = login(permissions=Permission.objects.filter(codename__endswith="_transcript"))
    Feedback.objects.create(message=answer, is_good=True)
    Flag.objects.create(conversation=conversation, message=answer)
    running = conversation.ask("And then?")
    assert running.is_running
    url = reverse("admin:chatapp_transcript_delete", args=[conversation.id])

    asked = keeper.get(url)
    response = keeper.post(url, {"post": "yes"})

    assert "<li>Messages: 4</li>" in asked.content.decode()
    assert response.url == reverse("admin:chatapp_transcript_changelist")
    for model in (Conversation, Message, Prediction, Feedback, Flag, Summary, SearchEntry):
        assert not model.objects.exists()
    entry = AuditEntry.objects.get(verb="deleted")
    assert (entry.who, entry.conversation) == (keeper.user, conversation.id)
    assert "river" not in f"{entry.subject}{entry.details}"


def test_reviewers_do_not_delete(reviewer, conversation, answer):
    url = reverse("admin:chatapp_transcript_delete", args=[conversation.id])

    assert reviewer.post(url, {"post": "yes"}).status_code == 403
    assert "deletelink" not in page_of(reviewer, conversation)
    assert Conversation.objects.exists()


def test_several_are_deleted_from_the_list(admin_client, conversation, answer, version):
    other = Conversation(visitor="theirs", version=version)
    end(other.ask("Hello"), "Hi.")
    fields = {"action": "delete_selected", "_selected_action": [conversation.id, other.id]}

    admin_client.post(
        reverse("admin:chatapp_transcript_changelist"), fields | {"post": "yes"}, follow=True
    )

    assert not Conversation.objects.exists()
    assert AuditEntry.objects.filter(verb="deleted").count() == 2
