"""Titles by a model: asked for once, taken as they are worth, never against the visitor."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from chatapp import titles
from chatapp.models import Conversation, Message, Naming
from predictions import signals
from predictions.models import Prediction

from .conftest import end


@pytest.fixture
def answered(conversation, settings):
    """A conversation whose first answer has just ended; titles are written by its own model."""
    settings.CHAT_TITLE_MODEL = "same"
    end(conversation.ask("Where do rivers go?"), "To the sea.")
    return conversation


def over(prediction: Prediction) -> None:
    """Have it be heard that the run is over, as the worker tells."""
    for _, error in signals.run_over.send_robust(Prediction, prediction_id=prediction.id):
        assert not isinstance(error, Exception), error


def write(conversation: Conversation, text: str, status: str = "succeeded") -> str:
    """Have the model give `text` as the title; the title thereafter."""
    over(conversation.messages.get(role="assistant").prediction)
    prediction = Prediction.objects.get(message=None)
    prediction.status, prediction.output, prediction.completed_at = status, [text], timezone.now()
    prediction.save()
    over(prediction)
    return Conversation.objects.get().title


def test_a_model_gives_the_title_after_the_first_answer(answered):
    before = Conversation.objects.get().updated_at

    title = write(answered, "How rivers end")

    assert title == "How rivers end"
    assert Conversation.objects.get().updated_at == before, "it moved in the list"
    assert not Conversation.objects.get().is_renamed
    assert Prediction.objects.count() == 1, "the title's prediction lies around"


def test_the_model_sees_the_first_turn_and_no_owner(answered):
    over(Prediction.objects.get())

    asked = Naming.objects.get().prediction
    assert "Where do rivers go?" in asked.input["prompt"]
    assert "To the sea." in asked.input["prompt"]
    assert (asked.source, asked.owner) == ("web", None)


def test_without_the_setting_nothing_is_asked(answered, settings):
    settings.CHAT_TITLE_MODEL = ""

    over(Prediction.objects.get())

    assert Prediction.objects.count() == 1


def test_another_model_can_write_the_titles(answered, settings, make_version):
    other = make_version("small/titles")
    settings.CHAT_TITLE_MODEL = "small/titles"

    over(Prediction.objects.get())

    assert Naming.objects.get().prediction.version == other


@pytest.mark.parametrize("name", ["no/such", "nonsense", "small/titles"])
def test_a_model_that_is_not_to_be_had_changes_nothing(answered, settings, make_version, name):
    other = make_version("small/titles")
    other.upstream = type(other.upstream).objects.create(name="off", kind="demo", enabled=False)
    other.save()
    settings.CHAT_TITLE_MODEL = name

    over(Prediction.objects.get())

    assert Conversation.objects.get().title == "Where do rivers go?"
    assert Prediction.objects.count() == 1


def test_a_model_that_takes_no_such_input_changes_nothing(answered, settings, make_version):
    make_version("strange/input", properties=("image",))
    settings.CHAT_TITLE_MODEL = "strange/input"

    over(Prediction.objects.get())

    assert Conversation.objects.get().title == "Where do rivers go?"


def test_a_title_is_asked_for_once(answered):
    write(answered, "How rivers end")
    end(answered.retry(answered.messages.get(role="assistant")), "Elsewhere.")

    for prediction in Prediction.objects.all():
        over(prediction)

    assert not Prediction.objects.filter(message=None).exists()


def test_a_second_turn_asks_for_none(answered):
    second = end(answered.ask("And then?"), "Rain.")

    over(second.prediction)

    assert not Naming.objects.exists()


@pytest.mark.parametrize("status", ["failed", "canceled", "processing"])
def test_only_an_answer_that_succeeded_gets_a_title(answered, status):
    Prediction.objects.update(status=status)

    over(Prediction.objects.get())

    assert not Naming.objects.exists()


def test_a_temporary_chat_is_not_told_to_a_model(answered):
    Conversation.objects.update(is_temporary=True)

    over(Prediction.objects.get())

    assert not Naming.objects.exists()


def test_the_visitors_title_is_not_replaced(answered):
    over(Prediction.objects.get())
    answered.rename("Mine")
    prediction = Naming.objects.get().prediction
    prediction.status, prediction.output = "succeeded", ["How rivers end"]
    prediction.save()

    over(prediction)

    assert Conversation.objects.get().title == "Mine"


def test_a_conversation_that_is_gone_meanwhile_takes_its_title_along(answered):
    over(Prediction.objects.get())

    Conversation.objects.get().delete()

    assert not Prediction.objects.exists()


def test_a_title_that_failed_leaves_the_first_words(answered):
    assert write(answered, "How", status="failed") == "Where do rivers go?"
    assert Prediction.objects.count() == 1


def test_what_was_missed_is_done_in_steps(answered):
    first = titles.step()
    Naming.objects.get().prediction.delete()
    prediction = answered.version.predict({"prompt": "x"}, source="web")
    Prediction.objects.filter(id=prediction.id).update(status="succeeded", output=["Found later"])
    Naming.objects.update(prediction=prediction)

    assert (first, titles.step(), titles.step()) == (1, 1, 0)
    assert Conversation.objects.get().title == "Found later"


def test_old_conversations_are_left_alone(answered):
    Message.objects.update(created_at=timezone.now() - timedelta(hours=2))

    assert titles.step() == 0


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("How rivers end", "How rivers end"),
        ('  "How rivers end."\n', "How rivers end"),
        ("**Title: How rivers end**", "How rivers end"),
        ("# How rivers end\n\nHere is why I chose it.", "How rivers end"),
        ("<think>They ask of rivers.\n\nHm.</think>\nHow rivers end", "How rivers end"),
        ("<think>They ask of rivers and never", ""),
        ("「河流的终点」", "河流的终点"),
        ("标题：河流的终点", "河流的终点"),  # noqa: RUF001
        ("[Rivers](https://evil.example/x)", "Rivers"),
        ("<b>Rivers</b>", "<b>Rivers</b>"),
        ("1. Rivers", "Rivers"),
        ("C++ & C# für Anfänger", "C++ & C für Anfänger"),
        ("", ""),
        ('…\n---\n""', ""),
        ("I am sorry, but I cannot give a title to this conversation, as it is not allowed.", ""),
        ("word " * 500, ""),
        ("Unbreakable" * 9, ("Unbreakable" * 9)[:59] + "…"),
        ("Rivers\u202e\x00\x1b[31m", "Rivers[31m"),
    ],
)
def test_what_a_model_gives_becomes_a_title(text, title):
    assert titles.title_from(text) == title


def test_no_text_of_a_model_takes_long_to_become_a_title():
    started = time.process_time()

    assert titles.title_from("[" * 20_000) == ""

    assert time.process_time() - started < 0.5
