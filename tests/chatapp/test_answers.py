"""What the pages tell of an answer: what was thought beside it, and why there is no word yet."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chatapp.models import Conversation, Message
from predictions.models import Prediction, Segment, Upstream

from .conftest import end

HOSTILE = "</div></details><img src=x onerror=alert(1)><script>alert(1)</script>"


@pytest.fixture
def answer(conversation) -> Message:
    return conversation.ask("Where do rivers go?")


def think(answer: Message, thoughts: str, **metrics: float) -> None:
    Prediction.objects.filter(id=answer.prediction_id).update(logs=thoughts, metrics=metrics)
    answer.prediction.refresh_from_db()


def hear(answer: Message, *events: tuple) -> None:
    """As the log has them while the answer is written."""
    prediction = answer.prediction
    Segment.objects.create(
        prediction=prediction,
        last_cursor=len(events),
        events=[(n + 1, kind, text, n) for n, (kind, text) in enumerate(events)],
    )
    Prediction.objects.filter(id=prediction.id).update(
        status="processing", last_cursor=len(events), lease_expires_at=timezone.now()
    )


def page_of(client, answer: Message) -> str:
    return client.get(f"/c/{answer.conversation_id}/").content.decode()


def test_reasoning_is_folded_above_the_answer_and_no_part_of_it(visitor, answer):
    think(answer, "Hmm, downhill.", time_to_first_word=2.25)
    end(answer, "To the sea.")

    page = page_of(visitor, answer)

    found = re.search(r'<details class="reasoning fold" data-thoughts>(.*?)</details>', page, re.S)
    assert "Thought for 2.2 s" in found[1]
    assert "Hmm, downhill." in found[1]
    assert page.index("</details>") < page.index('<p dir="auto">To the sea.</p>')
    assert "3 words in" in page
    assert visitor.get(f"/messages/{answer.id}/text/").content == b"To the sea."


def test_the_meter_tells_words_and_times_and_what_was_counted(visitor, answer):
    asked = answer.prediction.created_at
    think(answer, "", time_to_first_word=1.5, input_token_count=7, output_token_count=1200)
    end(answer, "To the sea.")
    Prediction.objects.filter(id=answer.prediction_id).update(
        started_at=asked + timedelta(seconds=0.5),
        completed_at=asked + timedelta(seconds=4),
        cost=Decimal("0.00123456"),
        cost_currency="USD",
    )

    page = page_of(visitor, answer)

    assert (
        '<p class="meter">3 words in 4.0 s · first word after 2.0 s · '
        "7 tokens in, 1200 out · 0.0012 USD</p>"
    ) in page


def test_the_meter_is_silent_of_what_nobody_counted(visitor, answer):
    think(answer, "", output_token_count=12)
    end(answer, "To the sea.")

    page = page_of(visitor, answer)

    assert "3 words in" in page
    assert "tokens" not in page
    assert "None" not in page


@pytest.mark.parametrize(
    ("cost", "told"),
    [("0", "0.00"), ("12.3", "12.30"), ("0.5", "0.50"), ("0.000004", "0.0000040")],
)
def test_a_cost_has_the_digits_that_tell_it(answer, cost, told):
    answer.prediction.cost, answer.prediction.cost_currency = Decimal(cost), "EUR"

    assert answer.cost == f"{told} EUR"


def test_an_answer_under_way_is_rendered_and_tells_the_page_what_it_shows(visitor, answer):
    hear(answer, ("output", "One.\n\nTwo **wo"))

    page = page_of(visitor, answer)

    body = '<p dir="auto">One.</p>\n<p dir="auto">Two <strong>wo</strong></p>\n</div>'
    assert f'<div class="message__body prose">{body}' in page
    assert 'data-source="One.\n\nTwo **wo" data-at="14" data-blocks="1"' in page


def test_the_next_turn_does_not_tell_the_model_what_it_thought(answer, conversation):
    think(answer, "Hmm, downhill.")
    end(answer, "To the sea.")

    asked = conversation.ask("And then?").prediction.input

    assert "To the sea." in str(asked)
    assert "downhill" not in str(asked)


def test_hostile_thoughts_are_text(visitor, answer, admin_client):
    think(answer, HOSTILE)
    end(answer, "Yes.")

    for page in (
        page_of(visitor, answer),
        admin_client.get(
            f"/admin/chatapp/transcript/{answer.conversation_id}/change/"
        ).content.decode(),
    ):
        assert HOSTILE not in page
        assert "<img src=x" not in page
        assert "&lt;img src=x onerror=alert(1)&gt;" in page
        assert "<details" in page


def test_an_answer_without_thoughts_shows_no_fold(visitor, answer):
    end(answer, "Yes.")

    assert "<details" not in page_of(visitor, answer)


def test_an_answer_under_way_has_its_thoughts_and_words_so_far(visitor, answer):
    hear(answer, ("logs", "Hmm, "), ("output", "To "), ("logs", "downhill."), ("output", "the"))

    page = page_of(visitor, answer)

    assert ">Hmm, downhill.</div>" in page
    assert ">To the</p>" in page
    assert 'data-cursor="0:4"' in page
    assert ">Thought<" in page


def test_an_answer_that_is_still_being_thought_about_says_so(visitor, answer):
    hear(answer, ("logs", "Hmm"))

    assert ">Thinking…<" in page_of(visitor, answer)


def test_of_very_much_reasoning_the_page_has_the_beginning(answer):
    think(answer, "x" * 100_000 + "y" * 1234)

    answer = end(answer, "Yes.")

    assert answer.reasoning.endswith("x\n… and 1,234 characters more")


def test_what_a_program_prints_is_called_logs(visitor, answer):
    Upstream.objects.update(kind="cog")
    think(answer, "Loading weights", time_to_first_word=3)
    end(answer, "Yes.")

    page = page_of(visitor, answer)

    assert ">Logs<" in page
    assert "Thought" not in page


def test_a_page_of_many_thoughts_is_no_more_queries(visitor, conversation):
    def queries(turns: int) -> int:
        for turn in range(turns):
            answer = conversation.ask(f"{turn}?")
            think(answer, "Hmm.")
            end(answer, "Yes.")
        with CaptureQueriesContext(connection) as queries:
            page = page_of(visitor, answer)
        assert page.count("<summary>Thought") == conversation.messages.count() / 2
        return len(queries)

    assert queries(1) == queries(11)


@pytest.mark.parametrize(("ahead", "words"), [(0, "next in line"), (2, "3rd in line")])
def test_a_waiting_answer_tells_its_place_in_line(ahead, words, visitor, answer, version):
    for n in range(ahead):
        version.predict({"prompt": "x"}, created_at=timezone.now() - timedelta(minutes=n + 2))
    Prediction.objects.filter(id=answer.prediction_id).update(
        created_at=timezone.now() - timedelta(minutes=1)
    )

    told = visitor.get(f"/messages/{answer.id}/waiting/").json()

    assert told == {"waiting": f"Waiting: {words}"}
    assert f">Waiting: {words}<" in page_of(visitor, answer)


def test_an_answer_that_was_just_asked_for_is_not_said_to_stand_in_line(visitor, answer):
    assert visitor.get(f"/messages/{answer.id}/waiting/").json() == {"waiting": ""}


def test_a_claimed_answer_tells_what_it_waits_for(visitor, answer):
    Prediction.objects.update(
        status="processing",
        lease_expires_at=timezone.now(),
        waiting_for="The model is <starting>.",
    )

    told = visitor.get(f"/messages/{answer.id}/waiting/").json()

    assert told == {"waiting": "The model is <starting>"}
    assert ">The model is &lt;starting&gt;<" in page_of(visitor, answer)


def test_nothing_is_waited_for_once_there_is_a_word(visitor, answer):
    Prediction.objects.update(waiting_for="The model is starting.")
    hear(answer, ("output", "To"))

    assert visitor.get(f"/messages/{answer.id}/waiting/").json() == {"waiting": ""}


def test_somebody_elses_waiting_is_not_told(client, db, answer):
    assert client.get(f"/messages/{answer.id}/waiting/").status_code == 404
    assert Conversation.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "count"), [("Two words", 2), ("河流很长", 4), ("The 河流 runs", 4), ("", 0)]
)
def test_words_are_counted_as_their_readers_count_them(conversation, said, count):
    assert end(conversation.ask("Hi"), said).word_count == count
