import uuid

import pytest
from django.db import transaction

from chatapp.models import AskRefused, Conversation, Message
from chatapp.models.conversations import title_of
from chatapp.prompting import STOPPED
from predictions.models import Prediction

from .conftest import end


def test_asking_keeps_the_question_and_begins_an_answer(conversation):
    answer = conversation.ask("Where do rivers go?")

    question = answer.parent
    assert (question.role, question.text, question.status) == (
        "user",
        "Where do rivers go?",
        "sent",
    )
    assert (answer.role, answer.status, answer.body) == ("assistant", "starting", "")
    assert answer.prediction.input == {"prompt": "Where do rivers go?"}
    assert answer.prediction.source == "web"
    assert conversation.title == "Where do rivers go?"


def test_a_second_question_is_refused_while_an_answer_runs(conversation):
    conversation.ask("One")

    with pytest.raises(AskRefused, match="still being written"):
        conversation.ask("Two")

    assert Message.objects.count() == 2


def test_the_same_message_id_is_the_same_turn(version):
    id = uuid.uuid4()
    first = Conversation(visitor="mine", version=version).ask("Hello", message_id=id)

    again = Conversation(visitor="mine", version=version).ask("Hello", message_id=id)

    assert again == first
    assert (Conversation.objects.count(), Prediction.objects.count()) == (1, 1)


def test_an_old_page_that_sends_another_text_is_a_new_turn(conversation):
    id = uuid.uuid4()
    end(conversation.ask("Hello", message_id=id), "Hi")

    answer = conversation.ask("Goodbye", message_id=id)

    assert answer.parent.text == "Goodbye"
    assert [message.body for message in conversation.shown()] == ["Hello", "Hi", "Goodbye", ""]


def test_a_stranger_who_knows_a_message_id_gets_a_turn_of_their_own(version):
    id = uuid.uuid4()
    mine = Conversation(visitor="mine", version=version).ask("Hello", message_id=id)

    theirs = Conversation(visitor="theirs", version=version).ask("Hello", message_id=id)

    assert theirs != mine
    assert theirs.conversation != mine.conversation


def test_the_history_goes_with_the_next_question(conversation):
    end(conversation.ask("One?"), "It is ", "one.")

    answer = conversation.ask("Two?")

    assert answer.prediction.input == {
        "prompt": "User: One?\nAssistant: It is one.\nUser: Two?\nAssistant:"
    }


def test_what_was_shown_of_a_stopped_answer_stays_in_the_history(conversation, make_version):
    conversation.version = make_version("a/messages", ["messages"])
    end(conversation.ask("One?"), "It is", status="canceled")

    answer = conversation.ask("Two?")

    assert [turn["content"] for turn in answer.prediction.input["messages"]] == [
        "One?",
        "It is",
        f"{STOPPED}\n\nTwo?",
    ]
    assert [turn.body for turn in conversation.shown()] == ["One?", "It is", "Two?", ""]


def test_a_retry_is_a_sibling_shown_in_place_of_the_failed_answer(conversation):
    failed = end(conversation.ask("One?"), "It", status="failed", error="The model fell over.")

    again = conversation.retry(failed)

    assert again.parent == failed.parent
    assert again.prediction != failed.prediction
    assert conversation.shown() == [failed.parent, again]
    assert Message.objects.filter(id=failed.id).exists()
    assert again.prediction.input == {"prompt": "One?"}


def test_retrying_twice_is_one_retry(conversation):
    failed = end(conversation.ask("One?"), status="failed")

    assert conversation.retry(failed) == conversation.retry(failed)


def test_an_input_that_the_model_refuses_leaves_nothing_behind(conversation, version):
    version.openapi_schema["components"]["schemas"]["Input"]["required"] = ["seed"]
    version.save()

    with pytest.raises(AskRefused, match="seed is required"):
        conversation.ask("Hello")

    assert not Conversation.objects.exists()


def test_without_a_model_nothing_is_asked(db):
    with pytest.raises(AskRefused, match="Choose a model"), transaction.atomic():
        Conversation(visitor="mine").ask("Hello")


def test_a_model_whose_upstream_was_disabled_is_not_asked(conversation, version):
    version.upstream.enabled = False
    version.upstream.save()

    with pytest.raises(AskRefused, match="not available any more"):
        conversation.ask("Hello")

    assert not Message.objects.exists()


def test_deleting_a_conversation_deletes_its_words_and_stops_its_run(conversation):
    end(conversation.ask("One?"), "It is one.")
    conversation.ask("Two?")

    conversation.delete()

    assert not Message.objects.exists()
    assert not Prediction.objects.exists()


def test_a_title_is_one_line_cut_at_a_word():
    assert title_of("  Hello\n\nthere ", 60) == "Hello there"
    assert title_of("a long sentence about rivers", 20) == "a long sentence…"
    assert title_of("x" * 80, 20) == "x" * 19 + "…"
