from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from chatapp import accounts
from chatapp.desk import summaries
from chatapp.models import Conversation, Feedback, Flag, Summary
from predictions.signals import run_over
from tests.chatapp.conftest import end


@pytest.fixture
def answer(conversation):
    return conversation.ask("Hello")


def summary() -> Summary:
    return Summary.objects.get()


def ended(answer, status="succeeded", words=("Hi",), **facts):
    """End it as the runner does, and tell."""
    prediction = answer.prediction
    for name, value in facts.items():
        setattr(prediction, name, value)
    answer = end(answer, *words, status=status)
    run_over.send(None, prediction_id=prediction.id)
    return answer


def test_it_is_there_as_soon_as_something_was_asked(answer):
    assert (summary().message_count, summary().status) == (2, "starting")
    assert summary().model == answer.prediction.version.model
    assert summary().is_anonymous
    assert summary().concern_at is None


def test_it_tells_how_the_answers_went(conversation, answer):
    now = timezone.now()
    ended(answer, "failed", metrics={"time_to_first_word": 12.0}, started_at=now, cost=Decimal(2))
    stopped = ended(conversation.ask("Again"), "canceled", words=())

    found = summary()

    assert (found.message_count, found.error_count, found.interrupted_count) == (4, 1, 1)
    assert (found.stopped_count, found.status) == (1, "canceled")
    assert found.slowest_first_word >= 12
    assert found.cost == 2
    assert found.concern_at == stopped.prediction.completed_at
    assert found.last_activity >= conversation.updated_at


def test_costs_in_two_currencies_are_not_added(conversation, answer):
    ended(answer, cost=Decimal(1), cost_currency="USD")
    ended(conversation.ask("Again"), cost=Decimal(1), cost_currency="EUR")

    assert (summary().cost, summary().cost_currency) == (None, "")


def test_a_verdict_and_a_flag_are_counted_and_taken_back(answer):
    answer = ended(answer)
    verdict = Feedback.objects.create(message=answer, is_good=False)
    flag = Flag.objects.create(conversation=answer.conversation, message=answer)
    assert (summary().down_count, summary().flag_count) == (1, 1)
    assert summary().concern_at is not None

    verdict.is_good = True
    verdict.save()
    flag.cleared_at = timezone.now()
    flag.save()

    assert (summary().down_count, summary().up_count, summary().flag_count) == (0, 1, 0)
    assert summary().concern_at is None


def test_a_deleted_conversation_has_none_until_it_is_had_back(answer):
    ended(answer)
    conversation = Conversation.objects.get()

    conversation.throw_away()
    assert not Summary.objects.exists()
    conversation.bring_back()

    assert summary().message_count == 2


def test_whoever_logs_in_is_not_anonymous_any_more(answer):
    accounts.adopt("mine", User.objects.create_user("ann"))

    assert not summary().is_anonymous


def test_what_was_missed_is_made_later_and_once(answer):
    end(answer, "Hi")
    assert summary().status == "starting"

    assert summaries.catch_up() == 1
    assert summary().status == "succeeded"
    assert summaries.catch_up() == 0

    Summary.objects.all().delete()
    assert (summaries.catch_up(), summaries.catch_up()) == (1, 0)
    Conversation.objects.update(updated_at=timezone.now() + timedelta(seconds=1))
    assert (summaries.catch_up(), summaries.catch_up()) == (1, 0)
