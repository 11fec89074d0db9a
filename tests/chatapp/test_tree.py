"""What is done with a conversation's tree: variants, edits, rewinds, continuations, forks."""

import asyncio
import uuid

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chatapp.models import AskRefused, Attachment, Conversation, Message
from predictions import bus
from predictions.models import Prediction

from .conftest import end

WORDS = "To the *sea*, 到海里。"


@pytest.fixture
def answer(conversation) -> Message:
    """An answer that has ended."""
    return end(conversation.ask("Where do rivers go?"), WORDS)


def bodies(conversation: Conversation) -> list[str]:
    return [message.body for message in conversation.shown()]


def stored(conversation: Conversation) -> Conversation:
    return Conversation.objects.get(id=conversation.id)


def test_an_earlier_answer_can_be_given_anew_and_what_followed_is_kept(conversation, answer):
    end(conversation.ask("And then?"), "Up.")

    again = conversation.retry(answer)

    assert bodies(conversation) == ["Where do rivers go?", ""]
    assert again.prediction.input == {"prompt": "Where do rivers go?"}
    assert conversation.messages.count() == 5


def test_an_answer_can_be_given_by_another_model_for_once(conversation, answer, make_version):
    other = make_version("meta/other")

    again = conversation.retry(answer, version=other)

    assert again.prediction.version == other
    assert stored(conversation).version == conversation.version != other


def test_a_variant_is_shown_with_all_that_followed_it(conversation, answer):
    end(conversation.ask("And then?"), "Up.")
    other = end(conversation.retry(answer), "Downhill.")

    conversation.show(answer)

    assert bodies(stored(conversation)) == ["Where do rivers go?", WORDS, "And then?", "Up."]
    conversation.show(other)
    assert bodies(stored(conversation)) == ["Where do rivers go?", "Downhill."]


def test_a_variant_knows_its_place_on_the_page_and_alone(conversation, answer):
    other = end(conversation.retry(answer), "Downhill.")

    shown = conversation.shown()[-1]

    for message in (shown, Message.objects.get(id=other.id)):
        assert message.variants == [answer.id, other.id]
        assert (message.place, message.previous_variant, message.next_variant) == (
            2,
            answer.id,
            None,
        )
    assert conversation.shown()[0].variants == [answer.parent_id]


def test_the_page_of_many_turns_takes_as_many_queries_as_one(conversation, answer):
    def look() -> list:
        shown = stored(conversation).shown()
        return [(turn.place, turn.known_forks, turn.body, turn.conversation) for turn in shown]

    with CaptureQueriesContext(connection) as of_one:
        look()
    for n in range(5):
        end(conversation.ask(f"{n}?"), "Yes.")
    with CaptureQueriesContext(connection) as of_many:
        look()
    assert len(of_many) == len(of_one)


def test_showing_a_variant_does_not_reorder_the_conversations(conversation, answer):
    end(conversation.retry(answer), "Downhill.")
    before = stored(conversation).updated_at

    conversation.show(answer)

    assert stored(conversation).updated_at == before


@pytest.mark.parametrize(
    "verb",
    [
        lambda conversation, answer: conversation.retry(answer),
        lambda conversation, answer: conversation.rewind(answer, 2),
        lambda conversation, answer: conversation.edit(answer.parent, "Lakes?"),
        lambda conversation, answer: conversation.show(answer),
        lambda conversation, answer: conversation.fork(answer),
    ],
    ids=["retry", "rewind", "edit", "show", "fork"],
)
def test_other_pages_of_the_visitor_hear_of_it(
    conversation, answer, verb, django_capture_on_commit_callbacks
):
    heard = []

    with django_capture_on_commit_callbacks() as callbacks:
        verb(conversation, answer)

    async def listen() -> None:
        with bus.listen(conversation.room, lambda *about: heard.append("ring")):
            for callback in callbacks:
                callback()
            await asyncio.sleep(0)

    asyncio.run(listen())
    assert heard


def test_a_variant_is_said_by_the_same_role(conversation, answer):
    conversation.messages.create(parent=answer.parent, role="system", text="Be brief.")

    assert Message.objects.get(id=answer.id).variants == [answer.id]


def test_a_deleted_fork_is_not_told_of(conversation, answer):
    fork = conversation.fork(answer)
    assert conversation.shown()[-1].known_forks == [fork]

    Conversation.objects.filter(id=fork.id).update(deleted_at=fork.created_at)

    assert conversation.shown()[-1].known_forks == []
    assert Message.objects.get(id=answer.id).known_forks == []


def test_an_edited_question_is_a_sibling_with_an_answer_of_its_own(conversation, answer):
    edited = conversation.edit(answer.parent, "Where do lakes go?")

    assert edited.prediction.input == {"prompt": "Where do lakes go?"}
    assert bodies(conversation) == ["Where do lakes go?", ""]
    assert conversation.shown()[0].variants == [answer.parent_id, edited.parent_id]


def test_an_edited_later_question_hears_only_its_own_branch(conversation, answer):
    later = end(conversation.ask("And then?"), "Up.")
    end(conversation.ask("Why?"), "Heat.")

    edited = conversation.edit(later.parent, "And before?")

    assert edited.prediction.input["prompt"] == (
        f"User: Where do rivers go?\nAssistant: {WORDS}\nUser: And before?\nAssistant:"
    )


def test_an_edit_sent_twice_is_one_edit(conversation, answer):
    id = uuid.uuid4()

    first, again = (
        conversation.edit(answer.parent, "Lakes?", message_id=id, head=answer.id) for _ in range(2)
    )

    assert first == again
    assert Prediction.objects.count() == 2


def attach(message: Message) -> Attachment:
    return Attachment.objects.create(
        message=message,
        visitor="mine",
        name="map.txt",
        content_type="text/plain",
        content=ContentFile(b"a map", name="map.txt"),
        size=5,
        text="a map",
    )


@pytest.mark.parametrize("branch", ["edit", "fork"])
def test_the_files_of_a_question_come_along_and_are_deleted_apart(
    conversation, answer, branch, django_capture_on_commit_callbacks
):
    attached = attach(answer.parent)
    if branch == "edit":
        question = conversation.edit(answer.parent, "Lakes?").parent
    else:
        question = conversation.fork(answer).shown()[0]

    copy = question.attachments.get()
    with django_capture_on_commit_callbacks(execute=True):
        attached.delete()

    assert (copy.name, copy.text, copy.size) == ("map.txt", "a map", 5)
    with copy.content.open() as content:
        assert content.read() == b"a map"
    with django_capture_on_commit_callbacks(execute=True):
        copy.delete()


@pytest.mark.parametrize("at", [1, 2, 8, 16, len(WORDS)])
def test_an_answer_goes_on_after_any_character(conversation, answer, at):
    longer = conversation.extend(answer, at)

    assert longer.prefix == longer.body == WORDS[:at]
    assert longer.continues == answer
    assert longer.prediction.input["prompt"].endswith(f"Assistant: {WORDS[:at]}")
    assert end(longer, " And", " on.").body == f"{WORDS[:at]} And on."
    assert answer.id in longer.variants


@pytest.mark.parametrize("at", [0, -1, len(WORDS) + 1])
def test_a_place_that_is_not_in_the_answer_is_refused(conversation, answer, at):
    with pytest.raises(AskRefused, match="no such place"):
        conversation.extend(answer, at)
    with pytest.raises(AskRefused, match="no such place"):
        conversation.rewind(answer, at)

    assert conversation.messages.count() == 2


@pytest.mark.parametrize("status", ["failed", "aborted", "canceled"])
def test_an_interrupted_answer_goes_on_and_keeps_its_words_when_that_fails(conversation, status):
    cut = end(conversation.ask("One?"), "It is", status=status, error="It fell over.")

    longer = end(conversation.extend(cut), status="failed", error="It fell over again.")

    assert longer.body == "It is"
    assert longer.can_retry
    again = conversation.retry(longer)
    assert (again.prefix, again.continues) == ("It is", cut)
    assert again.prediction.input == {"prompt": "User: One?\nAssistant: It is"}


def test_a_long_way_of_continuations_keeps_every_word(conversation):
    answer = end(conversation.ask("One?"), "a", status="failed")
    for letter in "bcd":
        answer = end(conversation.extend(answer), letter, status="failed")

    assert answer.body == "abcd"
    assert end(conversation.ask("Two?"), "2").prediction.input["prompt"] == (
        "User: One?\nAssistant: abcd\nUser: Two?\nAssistant:"
    )


def test_a_rewound_answer_ends_there_and_the_next_question_is_asked_from_there(
    conversation, answer
):
    cut = conversation.rewind(answer, len("To the"))

    assert (cut.body, cut.status, cut.prediction, cut.is_cut) == ("To the", "succeeded", None, True)
    assert conversation.ask("What?").prediction.input == {
        "prompt": "User: Where do rivers go?\nAssistant: To the\nUser: What?\nAssistant:"
    }
    assert answer.body == WORDS


@pytest.mark.parametrize(
    "verb",
    [
        lambda conversation, answer: conversation.retry(answer),
        lambda conversation, answer: conversation.extend(answer),
        lambda conversation, answer: conversation.rewind(answer, 2),
        lambda conversation, answer: conversation.edit(answer.parent, "Lakes?"),
        lambda conversation, answer: conversation.show(answer),
    ],
    ids=["retry", "extend", "rewind", "edit", "show"],
)
def test_while_an_answer_runs_anywhere_nothing_else_is_begun(conversation, answer, verb):
    conversation.ask("And then?")

    with pytest.raises(AskRefused, match="still being written"):
        verb(conversation, answer)

    assert conversation.messages.count() == 4


@pytest.mark.parametrize(
    "verb",
    [
        lambda conversation, answer, head: conversation.retry(answer, head=head),
        lambda conversation, answer, head: conversation.extend(answer, head=head),
        lambda conversation, answer, head: conversation.rewind(answer, 2, head=head),
        lambda conversation, answer, head: conversation.edit(answer.parent, "Hm?", head=head),
        lambda conversation, answer, head: conversation.show(answer, head=head),
    ],
    ids=["retry", "extend", "rewind", "edit", "show"],
)
def test_a_page_that_has_not_seen_the_newest_turn_loses(conversation, answer, verb):
    newest = end(conversation.ask("And then?"), "Up.")

    with pytest.raises(AskRefused, match="another window"):
        verb(conversation, answer, answer.id)

    assert stored(conversation).head == newest
    verb(conversation, answer, newest.id)
    assert stored(conversation).head != newest or conversation.tree().leaf(answer.id) == newest.id


def test_a_fork_begins_as_the_other_did_and_goes_its_own_way(conversation, answer):
    end(conversation.ask("And then?"), "Up.")

    fork = conversation.fork(answer)

    assert bodies(fork) == ["Where do rivers go?", WORDS]
    assert [turn.created_at for turn in fork.shown()] == [
        turn.created_at for turn in conversation.shown()[:2]
    ]
    assert (fork.title, fork.visitor, fork.version) == (
        "Where do rivers go? (fork)",
        "mine",
        conversation.version,
    )
    assert (fork.forked_from, answer.known_forks) == (answer, [fork])
    assert fork.ask("And before?").prediction.input["prompt"].startswith("User: Where do rivers")
    assert bodies(conversation)[-1] == "Up."


def test_a_fork_outlives_what_it_was_forked_from(conversation, answer):
    fork = conversation.fork(answer)

    conversation.delete()

    assert bodies(stored(fork)) == ["Where do rivers go?", WORDS]
    assert stored(fork).forked_from is None


def test_a_fork_of_a_fork_is_called_so_once(conversation, answer):
    fork = conversation.fork(answer)

    assert fork.fork(fork.head).title == "Where do rivers go? (fork)"


def test_a_fork_whose_file_is_lost_has_the_rest(conversation, answer):
    attached = attach(answer.parent)
    attached.content.storage.delete(attached.content.name)

    fork = conversation.fork(answer)

    assert len(fork.shown()) == 2
    assert not fork.shown()[0].attachments.exists()
