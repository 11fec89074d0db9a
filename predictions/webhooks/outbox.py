"""The outbox: what a run has to tell, written in the transaction in which it happens."""

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models.functions import Now

from predictions import bus
from predictions.models import Prediction, WebhookDelivery

from .addresses import host_of

Event, Status = WebhookDelivery.Event, WebhookDelivery.Status
GROWING = frozenset((Event.OUTPUT, Event.LOGS))


def growing_events(prediction: Prediction) -> frozenset[str]:
    """Those of `output` and `logs` of which its receiver wants to hear while it runs."""
    return GROWING & wanted(prediction)


def wanted(prediction: Prediction) -> frozenset[str]:
    return frozenset(prediction.webhook_events_filter if prediction.webhook else ())


def tell_start(predictions: Iterable[Prediction]) -> None:
    _add((each, Event.START) for each in predictions if Event.START in wanted(each))


def tell_growth(grown: Mapping[str, Iterable[str]]) -> None:
    """`output` and `logs` by prediction id. A message that waits already will tell these words,
    too, as its body is made when it goes out; it is locked, so that it does not go out before."""
    waiting = WebhookDelivery.objects.select_for_update().filter(
        prediction_id__in=grown, event__in=GROWING, status=Status.PENDING, attempts=0
    )
    told = set(waiting.values_list("prediction_id", "event"))
    news = [(id, event) for id, events in grown.items() for event in events]
    untold = [each for each in news if each not in told]
    predictions = Prediction.objects.only("webhook").in_bulk({id for id, _ in untold})
    _add((predictions[id], event) for id, event in untold)


def tell_end(prediction: Prediction) -> None:
    """`completed`, in place of the words that were not sent before it; or where it is not wanted
    the last of `output` and `logs`."""
    events = wanted(prediction)
    if Event.COMPLETED in events:
        unsent = prediction.webhook_deliveries.filter(status=Status.PENDING, attempts=0)
        unsent.filter(event__in=GROWING).update(
            status=Status.DROPPED, next_attempt_at=None, settled_at=Now()
        )
        _add([(prediction, Event.COMPLETED)])
    else:
        words = {Event.OUTPUT: prediction.output, Event.LOGS: prediction.logs}
        if spoken := [event for event in GROWING & events if words[event]]:
            tell_growth({prediction.id: spoken})


def _add(messages: Iterable[tuple[Prediction, str]]) -> None:
    rows = [
        WebhookDelivery(
            prediction=prediction,
            event=event,
            url=prediction.webhook,
            host=host_of(prediction.webhook),
            next_attempt_at=Now(),  # the clock that the courier goes by
        )
        for prediction, event in messages
    ]
    if rows:
        WebhookDelivery.objects.bulk_create(rows)
        transaction.on_commit(lambda: bus.ring(bus.WEBHOOKS))
