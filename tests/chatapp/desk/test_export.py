import asyncio
import csv
import gzip
import json
import uuid
from io import StringIO

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import AsyncRequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from chatapp import downloads
from chatapp.admin.exporting import recorded
from chatapp.desk.exports import Choice, Ids, export, reading, table
from chatapp.models import (
    AuditEntry,
    Comment,
    Conversation,
    ExpectedAnswer,
    Export,
    Feedback,
    Flag,
    Message,
    Tag,
    Tagging,
    Transcript,
)
from chatapp.models.exports import KEPT
from tests.chatapp.conftest import end


@pytest.fixture
def answer(conversation) -> Message:
    return end(conversation.ask("Hello"), "Hi ", "there")


def page_of(*ids) -> str:
    return f"{reverse('admin:desk_export')}?ids={','.join(map(str, ids))}"


def form(query: str = "", **fields) -> dict:
    return {"format": "jsonl", "id": uuid.uuid4(), "query": query} | fields


def body(response) -> bytes:
    return b"".join(response.streaming_content)


def exported(client, *conversations, **fields) -> bytes:
    if conversations:
        fields["query"] = "ids=" + ",".join(str(each.id) for each in conversations)
    response = client.post(reverse("admin:desk_export"), form(**fields))
    assert response.status_code == 200, response.content
    return body(response)


def rows_of(content: bytes) -> list[dict]:
    return list(csv.DictReader(StringIO(content.decode("utf-8-sig"), newline="")))


def examples_of(client, *conversations, **fields) -> list:
    lines = exported(client, *conversations, format="examples", **fields).decode().splitlines()
    return [[turn["content"] for turn in json.loads(line)["messages"]] for line in lines]


def test_a_conversation_is_a_line_with_all_that_was_said_and_added(reviewer, answer):
    conversation = answer.conversation
    Feedback.objects.create(message=answer, is_good=False, comment="No")
    ExpectedAnswer.objects.create(message=answer, text="Good day")
    Comment.objects.create(conversation=conversation, by=reviewer.user, text="Look")
    Flag.objects.create(conversation=conversation, message=answer, reason="Odd")
    Tagging.objects.create(conversation=conversation, tag=Tag.objects.create(name="greeting"))

    document = json.loads(exported(reviewer, conversation))

    assert document["conversation"]["person"] == "visitor mine"
    assert [each["text"] for each in document["messages"]] == ["Hello", "Hi there"]
    assert document["messages"][1]["feedback"]["comment"] == "No"
    assert document["messages"][1]["expected_answer"] == "Good day"
    assert document["messages"][1]["prediction"]["model"] == "rivulet/demo"
    remarks = {each["kind"]: (each["text"], each["message"]) for each in document["remarks"]}
    assert remarks == {
        "comment": ("Look", None),
        "flag": ("Odd", str(answer.id)),
        "tag": ("greeting", None),
    }


def test_json_is_a_list_also_of_none(reviewer, answer, version):
    other = end(Conversation(visitor="x", version=version).ask("And I?"), "You too")

    both = json.loads(exported(reviewer, answer.conversation, other.conversation, format="json"))
    none = json.loads(exported(reviewer, Conversation(), format="json"))

    assert {each["conversation"]["title"] for each in both} == {"Hello", "And I?"}
    assert none == []


def test_csv_has_a_row_a_message(reviewer, answer):
    rows = rows_of(exported(reviewer, answer.conversation, format="csv"))

    assert [row["text"] for row in rows] == ["Hello", "Hi there"]
    assert rows[1]["model"] == "rivulet/demo"
    assert rows[1]["is_shown"] == "yes"


FORMULAS = [
    *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\u00a0=1", "\u200b=1"),
    *("\ufeff=1", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20x", "\u3000\uff1d1", "\x01=1", "\t"),
]


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_is_a_formula(formula):
    assert table.defused(formula).startswith("'")


@pytest.mark.parametrize("text", ["", "Hello", "1-1", "a=b", "'=1", "1\n=1", "(=1)", "\u2013 so"])
def test_what_is_no_formula_stays_as_it_is(text):
    assert table.defused(text) == text


def test_titles_persons_and_comments_are_defused_and_our_numbers_are_not(reviewer, conversation):
    conversation.title = "=cmd|' /C calc'!A0"
    answer = end(conversation.ask("-2"), "=HYPERLINK(1)")
    Conversation.objects.update(title="=cmd|' /C calc'!A0")
    Feedback.objects.create(message=answer, is_good=True, comment="@x")
    answer.prediction.cost = "0.000000012"
    answer.prediction.metrics = {"words_per_second": -0.5, "input_token_count": 3}
    answer.prediction.save()

    content = exported(reviewer, answer.conversation, format="csv")

    rows = rows_of(content)
    assert [row["title"] for row in rows] == ["'=cmd|' /C calc'!A0"] * 2
    assert [row["text"] for row in rows] == ["'-2", "'=HYPERLINK(1)"]
    assert rows[1]["comment"] == "'@x"
    assert b",-0.5," in content
    assert b",0.000000012" in content
    assert content.startswith(b"\xef\xbb\xbf")


def test_line_ends_stay_inside_and_what_no_file_can_hold_is_replaced(reviewer, conversation):
    answer = end(conversation.ask("a"), 'one\r\n"two";=1\u2028\x85 half \ud83d nul')
    ExpectedAnswer.objects.create(message=answer, text="x")
    conversation = answer.conversation

    rows = rows_of(exported(reviewer, conversation, format="csv"))
    lines = exported(reviewer, conversation).decode().splitlines()

    assert rows[1]["text"].startswith('one\r\n"two";=1\u2028')
    assert len(rows) == 2
    assert len(lines) == 1
    assert "\u2028" in json.loads(lines[0])["messages"][1]["text"]


def test_an_example_is_the_branch_that_is_shown(reviewer, conversation):
    conversation.input = {"system_prompt": "Be kind."}
    first = end(conversation.ask("Hello"), "Hi")
    conversation.ask("Hello again", instead_of=first.parent)
    end(Conversation.objects.get().head, "Hello to you")

    assert examples_of(reviewer, conversation) == [["Be kind.", "Hello again", "Hello to you"]]


def test_examples_have_only_answers_that_succeeded(reviewer, conversation):
    end(conversation.ask("One"), "1")
    end(conversation.ask("Two"), "half", status="failed")
    end(conversation.ask("Three"), "3")
    end(conversation.ask("Four"), "stopp", status="canceled")

    assert examples_of(reviewer, conversation) == [["One", "1", "Three", "3"]]


def test_an_expected_answer_takes_the_models_place(reviewer, conversation):
    end(conversation.ask("One"), "1")
    failed = end(conversation.ask("Two"), "half", status="failed")
    ExpectedAnswer.objects.create(message=failed, text="2")

    assert examples_of(reviewer, conversation) == [["One", "1", "Two", "2"]]


def test_examples_may_be_only_the_good_or_the_expected_ones(reviewer, conversation, version):
    good = end(conversation.ask("One"), "1")
    end(conversation.ask("Two"), "2")
    Feedback.objects.create(message=good, is_good=True)
    other = Conversation(visitor="x", version=version)
    bad = end(other.ask("Three"), "4")
    Feedback.objects.create(message=bad, is_good=False)
    ExpectedAnswer.objects.create(message=bad, text="3")

    assert examples_of(reviewer, only="good") == [["One", "1"]]
    assert examples_of(reviewer, only="expected") == [["Three", "3"]]


@pytest.mark.parametrize("format", ["csv", "json", "jsonl", "examples"])
def test_a_redacted_message_comes_as_redacted(reviewer, conversation, format):
    answer = end(conversation.ask("One"), "1")
    secret = end(conversation.ask("My secret"), "Your secret")
    Feedback.objects.create(message=secret, is_good=True, comment="That secret")
    ExpectedAnswer.objects.create(message=secret, text="No secret")
    Message.objects.filter(id=secret.id).update(redacted_at=timezone.now())
    Message.objects.filter(id=secret.parent_id).update(redacted_at=timezone.now())
    Conversation.objects.update(title="One")

    content = exported(reviewer, answer.conversation, format=format)

    assert b"secret" not in content
    assert (b"[redacted]" in content) == (format != "examples")


def test_what_was_deleted_is_not_exported(reviewer, answer):
    conversation = Conversation.objects.get()
    conversation.throw_away()

    assert exported(reviewer, conversation) == b""


def test_deleted_while_it_is_exported_it_is_left_out(reviewer, answer, version):
    end(Conversation(visitor="x", version=version).ask("And I?"), "You too")
    ids = Ids(Transcript.objects.there())

    Conversation.objects.get(visitor="mine").throw_away()

    held = list(reading.Reader().read(ids))
    assert len(ids) == 2
    assert [each and each.transcript.title for each in held] == ["And I?", None]


def test_the_lists_filters_and_its_search_choose(reviewer, answer, version):
    end(Conversation(visitor="x", version=version).ask("And I?"), "You too")

    page = reviewer.get(reverse("admin:desk_export") + "?p=7&o=1")

    assert page.context["count"] == 2
    assert len(exported(reviewer, query="p=7").splitlines()) == 2


def test_the_page_counts_and_reads_no_more_than_the_list_does(reviewer, answer):
    with CaptureQueriesContext(connection) as queries:
        reviewer.get(reverse("admin:desk_export"))

    read = [each["sql"] for each in queries if '"chatapp_conversation"."title"' in each["sql"]]
    assert [sql for sql in read if '"chatapp_conversation"."id" IN (' not in sql] == []


def test_the_selected_ones_are_carried_to_the_page(reviewer, answer):
    response = reviewer.post(
        reverse("admin:chatapp_transcript_changelist"),
        {"action": "export_selected", "_selected_action": [answer.conversation_id]},
    )

    assert response["Location"] == page_of(answer.conversation_id)
    assert reviewer.get(response["Location"]).context["count"] == 1


def test_many_are_read_a_few_at_a_time(reviewer, version, django_assert_max_num_queries):
    for n in range(12):
        end(Conversation(visitor="x", version=version).ask(f"Question {n}"), "So")
    ids = Ids(Transcript.objects.there())

    with django_assert_max_num_queries(9):
        held = [(each, list(each.messages)) for each in reading.Reader().read(ids)]

    assert [len(messages) for _, messages in held] == [2] * 12


def test_huge_answers_are_read_one_by_one(answer):
    fact = reading.Fact(*[None] * 8, 0, 0, reading.MOST, 0)
    small = fact._replace(output=10)

    assert [len(part) for part in reading.batches([fact, fact, small, small])] == [1, 1, 2]
    assert [len(part) for part in reading.batches([small] * 250)] == [100, 100, 50]


def test_gzip_is_the_same_pressed(reviewer, answer):
    plain = exported(reviewer, answer.conversation)
    pressed = exported(reviewer, answer.conversation, is_zipped="on")

    assert gzip.decompress(pressed) == plain


def test_its_progress_is_told_to_whoever_exports_and_to_nobody_else(reviewer, login, answer):
    id = uuid.uuid4()
    progress = reverse("admin:desk_export_progress", args=[id])
    assert reviewer.get(progress).json()["state"] == "starting"

    content = exported(reviewer, answer.conversation, id=id)

    told = reviewer.get(progress).json()
    assert (told["state"], told["done"], told["total"]) == ("done", 1, 1)
    assert told["sentence"].startswith("Done: 1 of 1 conversations, ")
    assert Export.objects.get().size == len(content)
    assert login("Reviewer", name="other").get(progress).json()["state"] == "starting"


def test_whoever_goes_away_ends_it(reviewer, answer):
    ids, progress = Ids(Transcript.objects.there()), Export.objects.create(by=reviewer.user)
    pieces = recorded(export(ids, Choice("csv"), progress), progress, "CSV", {})
    next(pieces)

    pieces.close()

    assert Export.objects.get().state == "canceled"
    assert AuditEntry.objects.first().details["state"] == "canceled"


def test_an_export_that_breaks_says_so(reviewer, answer, monkeypatch):
    def broken(*args):
        yield from ()
        raise ValueError

    monkeypatch.setattr(table, "rows", broken)
    response = reviewer.post(reverse("admin:desk_export"), form(format="csv"))

    with pytest.raises(ValueError):  # noqa: PT011
        body(response)

    assert Export.objects.get().state == "failed"


def test_it_is_written_down_at_its_start_and_at_its_end(reviewer, answer):
    exported(reviewer, format="examples", only="good", query="o=1")

    ended, started = AuditEntry.objects.filter(verb="exported")
    assert (started.count, started.details["state"]) == (1, "started")
    assert (ended.count, ended.details["state"]) == (1, "done")
    assert ended.who == reviewer.user
    assert ended.details["only"] == "good"


def test_the_same_form_exports_once(reviewer, answer):
    fields = form()
    body(reviewer.post(reverse("admin:desk_export"), fields))

    assert reviewer.post(reverse("admin:desk_export"), fields).status_code == 400


@pytest.mark.parametrize(
    "fields",
    [
        {"format": "exe"},
        {"id": "x"},
        {"query": "ids=1,2"},
        {"query": "no_such_field=1"},
        {"only": "x"},
    ],
)
def test_nonsense_is_refused(reviewer, answer, fields):
    assert reviewer.post(reverse("admin:desk_export"), form() | fields).status_code == 400


def test_who_may_not_export_gets_nothing(login, answer):
    may_view = Permission.objects.get(codename="view_transcript")
    client = login(permissions=[may_view])
    page = reverse("admin:desk_export")

    assert client.get(page).status_code == 403
    assert client.post(page, form()).status_code == 403
    listed = client.get(reverse("admin:chatapp_transcript_changelist"))
    assert b"export_selected" not in listed.content


def test_hidden_contents_are_not_exported(reviewer, answer, settings):
    settings.CHAT_HIDE_CONTENTS = True
    page = reverse("admin:desk_export")

    assert b"Hidden: CHAT_HIDE_CONTENTS is on." in reviewer.get(page).content
    assert reviewer.post(page, form()).status_code == 403


def test_old_exports_are_forgotten(reviewer, answer):
    exported(reviewer)
    assert Export.forget() == 0

    Export.objects.update(created_at=timezone.now() - 2 * KEPT)

    assert (Export.forget(), Export.forget()) == (1, 0)


def test_served_asynchronously_it_is_closed_where_it_was_read():
    closed = []

    def pieces():
        try:
            yield b"one"
            yield b"two"
        finally:
            closed.append(True)

    async def take() -> list[bytes]:
        response = downloads.file(AsyncRequestFactory().get("/"), pieces(), "x", "text/plain")
        return [piece async for piece in response]

    assert asyncio.run(take()) == [b"one", b"two"]
    assert closed
