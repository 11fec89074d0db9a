"""Which turns of a conversation a page shows, and at what price."""

import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chatapp import turns
from chatapp.models import Conversation, Feedback, Message
from predictions.models import Prediction

from .conftest import end


@pytest.fixture
def long(conversation, version) -> Conversation:
    """Two hundred messages, each with its number as its text."""
    conversation.save()
    parent = None
    for number in range(200):
        role, prediction = "user", None
        if number % 2:
            role, prediction = "assistant", said(version, str(number))
        parent = conversation.messages.create(
            parent=parent, role=role, text=str(number), prediction=prediction
        )
    conversation.head = parent
    conversation.save()
    return conversation


def said(version, *words: str) -> Prediction:
    """A prediction that has ended with these words."""
    ended = {"status": "succeeded", "completed_at": timezone.now()}
    return Prediction.objects.create(version=version, input={}, output=list(words), **ended)


def numbers(part: turns.Turns) -> list[int]:
    return [int(message.text) for message in part.messages]


def numbered(conversation: Conversation, number: int) -> uuid.UUID:
    return conversation.messages.get(text=str(number)).id


def test_a_page_begins_with_the_newest(long):
    part = turns.newest(long)

    assert numbers(part) == list(range(140, 200))
    assert part.earlier.text == "140"
    assert part.later is None


def test_a_short_conversation_is_shown_whole(conversation):
    end(conversation.ask("One"), "It is one.")

    part = turns.newest(conversation)

    assert [message.body for message in part.messages] == ["One", "It is one."]
    assert (part.earlier, part.later) == (None, None)


def test_earlier_and_later_ones_join_without_a_gap(long):
    first = turns.newest(long).earlier

    before = turns.before(long, first.id)
    after = turns.after(long, before.messages[-1].id)

    assert numbers(before) == list(range(80, 140))
    assert numbers(after) == list(range(140, 200))
    assert numbers(turns.before(long, numbered(long, 20))) == list(range(20))
    assert turns.before(long, numbered(long, 20)).earlier is None


@pytest.mark.parametrize(("wanted", "first"), [(0, 0), (100, 80), (199, 140)])
def test_around_a_message_there_are_some_before_and_more_after(long, wanted, first):
    part = turns.around(long, numbered(long, wanted))

    assert numbers(part) == list(range(first, first + turns.MOST))


def test_a_message_on_another_branch_brings_its_branch_back(long):
    aside = long.messages.create(parent_id=numbered(long, 9), role="user", text="1000")
    leaf = long.messages.create(parent=aside, role="assistant", text="1001")

    part = turns.around(long, aside.id)

    assert numbers(part) == [*range(10), 1000, 1001]
    long.refresh_from_db()
    assert long.head == leaf


def test_while_an_answer_is_written_no_other_branch_is_shown(visitor, conversation):
    first = end(conversation.ask("One"), "It is one.")
    running = conversation.retry(first)

    page = visitor.get(f"/c/{conversation.id}/?message={first.id}").content.decode()

    assert "An answer is still being written" in page
    assert f'formaction="/messages/{running.id}/stop/"' in page
    conversation.refresh_from_db()
    assert conversation.head == running


def test_a_page_learns_where_an_answer_is_stopped(visitor, conversation):
    answer = conversation.ask("One")
    url = f"/c/{conversation.id}/state/"

    assert visitor.get(url).json()["stop"] == f"/messages/{answer.id}/stop/"
    end(answer, "It is one.")
    assert visitor.get(url).json()["stop"] == ""


def test_a_message_of_another_conversation_is_not_found(long):
    assert turns.around(long, uuid.uuid4()) is None
    assert turns.before(long, uuid.uuid4()) is None
    assert turns.after(long, uuid.uuid4()) is None
    assert turns.some(long, [uuid.uuid4()]).messages == []


def test_a_page_asks_as_much_of_the_database_for_many_turns_as_for_few(visitor, long):
    short = Conversation.objects.create(visitor="mine", version=long.version)
    end(short.ask("One"), "It is one.")

    queries = []
    for conversation in (short, long):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert visitor.get(f"/c/{conversation.id}/").status_code == 200
        queries.append(len(captured))

    assert queries[0] == queries[1]


def test_what_a_page_compares_itself_with_reads_no_words(visitor, long):
    with CaptureQueriesContext(connection) as captured:
        state = visitor.get(f"/c/{long.id}/state/").json()

    assert len(state["turns"]) == turns.MOST
    said = [query["sql"] for query in captured if '"chatapp_message"."text"' in query["sql"]]
    assert said == []


def test_a_mark_changes_with_what_may_change(conversation):
    answer = conversation.ask("One")
    marks = [turns.marks(conversation)[str(answer.id)]]

    answer = end(answer, "It is one.", status="failed")
    marks.append(turns.marks(conversation)[str(answer.id)])
    Feedback.objects.create(message=answer, is_good=True)
    marks.append(turns.marks(conversation)[str(answer.id)])
    again = Message.objects.create(
        conversation=conversation, parent=answer.parent, role="assistant", prefix="One."
    )
    marks.append(turns.marks(conversation)[str(answer.id)])
    fork = conversation.fork(answer)
    marks.append(turns.marks(conversation)[str(answer.id)])

    assert len(set(marks)) == 5
    fork.throw_away()
    assert turns.marks(conversation)[str(answer.id)] == marks[3]
    fork.bring_back()
    assert marks[0].startswith("running")
    assert turns.newest(conversation).messages[-1].mark == marks[-1]
    assert again.mark == ""


def test_however_a_turn_comes_to_a_page_it_has_its_mark(visitor, conversation):
    answer = end(conversation.ask("One"), "It is one.")
    reply = visitor.post(f"/messages/{answer.id}/retry/", headers={"Accept": "application/json"})
    conversation.refresh_from_db()
    running = conversation.running
    marks = turns.marks(conversation)
    end(running, "One it is.")
    page = visitor.get(f"/messages/{running.id}/").content.decode()

    assert f'data-mark="{marks[str(running.id)]}"' in reply.json()["messages"][0]
    assert marks[str(running.id)].startswith("running 2/2")
    assert f'data-mark="{turns.marks(conversation)[str(running.id)]}"' in page


@pytest.mark.parametrize("path", ["before/{id}/", "after/{id}/", "turns/?ids={id}x"])
def test_turns_that_are_not_there_are_not_found(visitor, long, path):
    response = visitor.get(f"/c/{long.id}/{path.format(id=uuid.uuid4())}")

    assert response.status_code == 404


def test_what_is_somebody_elses_is_gone_like_what_never_was(long):
    stranger = Client()
    stranger.post("/ask/", {"text": "My own"})

    replies = [stranger.get(f"/c/{id}/state/").content for id in (long.id, uuid.uuid4())]

    assert replies == [b'{"gone": true}'] * 2


def test_an_address_that_looks_for_nonsense_shows_the_newest(visitor, long):
    for looked_for in ("x", "", str(uuid.uuid4()), "\0"):
        page = visitor.get(f"/c/{long.id}/", {"message": looked_for}).content.decode()
        assert "data-found" not in page
        assert f'id="m-{long.head_id}"' in page
