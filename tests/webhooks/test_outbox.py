"""The outbox in the database: who gets which message when, and what is not sent after all."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from predictions import claims
from predictions.models import LOGS, Event, WebhookDelivery
from predictions.webhooks import deliveries, outbox
from predictions.webhooks.client import Answer

from .conftest import end

pytestmark = pytest.mark.django_db

FAILED = Answer(500, "The receiver answered 500.")


def kept() -> list[tuple[str, str]]:
    return list(WebhookDelivery.objects.order_by("id").values_list("event", "status"))


def test_a_host_gets_eight_messages_at_a_time_and_the_others_pass_it_by(make_prediction):
    for _ in range(80):
        end(make_prediction(host="slow.example.org"))
    end(make_prediction(host="quick.example.org"))

    first = deliveries.claim(64, {})
    second = deliveries.claim(56, {("host", "slow.example.org"): 8})
    third = deliveries.claim(56, {("host", "slow.example.org"): 7})

    assert [each.host for each in first] == ["slow.example.org"] * 8
    assert [each.host for each in second] == ["quick.example.org"]
    assert [each.host for each in third] == ["slow.example.org"]


def test_a_message_is_claimed_once_until_its_lease_is_over(make_prediction):
    end(make_prediction())

    (claimed,) = deliveries.claim(64, {})
    again = deliveries.claim(64, {})
    past = timezone.now() - timedelta(seconds=1)
    WebhookDelivery.objects.update(next_attempt_at=past)
    (later,) = deliveries.claim(64, {})
    deliveries.settle(claimed, FAILED)

    assert again == []
    assert (claimed.id, claimed.attempts, later.attempts) == (later.id, 1, 2)
    assert WebhookDelivery.objects.get().error == "", "who lost it wrote down its answer"


def test_words_that_come_while_a_message_waits_make_no_other(make_prediction):
    prediction = make_prediction()

    outbox.tell_growth({prediction.id: {"output"}})
    outbox.tell_growth({prediction.id: {"output"}})

    assert kept() == [("output", "pending")]


def test_words_that_come_while_a_message_is_away_make_one_that_waits_for_it(make_prediction):
    prediction = make_prediction()
    outbox.tell_growth({prediction.id: {"output"}})
    (away,) = deliveries.claim(64, {})

    outbox.tell_growth({prediction.id: {"output"}})
    while_away = deliveries.claim(64, {})
    deliveries.settle(away, Answer(200))
    at_once = deliveries.claim(64, {})
    WebhookDelivery.objects.filter(id=away.id).update(
        settled_at=timezone.now() - timedelta(seconds=0.6)
    )
    (later,) = deliveries.claim(64, {})

    assert while_away == at_once == []
    assert later.id != away.id


def test_words_that_were_not_sent_before_the_end_are_dropped(make_prediction):
    prediction = make_prediction()
    outbox.tell_growth({prediction.id: {"output"}})

    end(prediction)

    assert kept() == [("output", "dropped"), ("completed", "pending")]
    assert [each.event for each in deliveries.claim(64, {})] == ["completed"]


def test_words_that_were_picked_up_too_late_are_dropped(make_prediction):
    prediction = make_prediction()
    outbox.tell_growth({prediction.id: {"output"}})
    (words,) = deliveries.claim(64, {})
    end(prediction)

    packed = deliveries.pack(words)
    (completed,) = deliveries.turn([(words, packed)], 64, {})

    assert packed is None
    assert deliveries.pack(completed) is not None
    assert kept() == [("output", "dropped"), ("completed", "pending")]


def test_dropped_words_are_sent_where_an_operator_asks_for_them(make_prediction):
    prediction = make_prediction()
    outbox.tell_growth({prediction.id: {"output"}})
    end(prediction)

    WebhookDelivery.objects.filter(event="output").resend()
    WebhookDelivery.objects.exclude(event="output").delete()
    (words,) = deliveries.claim(64, {})

    assert deliveries.pack(words) is not None


def test_nothing_is_sent_for_an_owner_who_is_gone(make_prediction):
    prediction = make_prediction()
    end(prediction)
    prediction.owner.delete()

    (claimed,) = deliveries.claim(64, {})

    assert deliveries.pack(claimed) is None


def test_the_attempts_have_the_settings_spacing_with_some_jitter(make_prediction, settings):
    settings.WEBHOOK_RETRY_SECONDS = [5.0, 30.0]
    end(make_prediction())
    waits = []

    for _ in range(3):
        WebhookDelivery.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
        (claimed,) = deliveries.claim(64, {})
        deliveries.settle(claimed, FAILED)
        row = WebhookDelivery.objects.get()
        waits.append(row.next_attempt_at and (row.next_attempt_at - timezone.now()).total_seconds())

    assert 4.3 < waits[0] < 5.5
    assert 26.5 < waits[1] < 33
    assert waits[2] is None
    assert (row.status, row.attempts) == ("failed", 3)


def test_a_message_names_the_public_url_and_else_the_one_that_was_asked(make_prediction, settings):
    end(make_prediction(base_url="http://127.0.0.1:8000"))
    (claimed,) = deliveries.claim(64, {})

    _, asked = deliveries.pack(claimed)
    settings.PUBLIC_URL = "https://chat.example.org"
    _, public = deliveries.pack(claimed)

    assert b'"get": "http://127.0.0.1:8000/v1/predictions/' in asked
    assert b'"get": "https://chat.example.org/v1/predictions/' in public


def test_a_start_is_told_once_though_the_run_is_claimed_again(make_prediction):
    prediction = make_prediction(["start"], status="starting")

    (claimed,) = claims.claim("first", 1, (), orphans=True)
    claims.release(prediction.id, claimed.epoch)
    (again,) = claims.claim("second", 1, (), orphans=True)

    assert again.epoch == 2
    assert kept() == [("start", "pending")]


def test_a_prediction_that_was_canceled_before_has_no_start(make_prediction):
    make_prediction(["start"], status="starting", cancel_requested_at=timezone.now())

    claims.claim("first", 1, (), orphans=True)

    assert kept() == []


def test_a_message_has_the_logs_of_a_run_that_goes_on(make_prediction):
    prediction = make_prediction(["logs"])
    events = [Event(1, LOGS, "Let me ", 0), Event(2, LOGS, "think.", 1)]
    prediction.segments.create(last_cursor=2, events=events)
    outbox.tell_growth({prediction.id: {"logs"}})

    _, body = deliveries.pack(deliveries.claim(64, {})[0])

    assert json.loads(body)["logs"] == "Let me think."
