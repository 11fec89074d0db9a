"""What is not kept for ever: API data, stream URLs, idempotency keys."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from predictions import catalogue
from predictions.models import OUTPUT, Event, Prediction, Segment, Version
from predictions.retention import forget_keys, remove_data
from tests.listening import listen
from tests.running import wait_until


@pytest.fixture
def make_prediction(db):
    """Makes predictions that ended hours ago."""
    catalogue.install()
    owner = get_user_model().objects.create_user("ann")
    version = Version.objects.get(model__name="demo")

    def make(hours: float, **fields) -> Prediction:
        then = timezone.now() - timedelta(hours=hours)
        fields = {"status": "succeeded", "completed_at": then, "created_at": then} | fields
        prediction = version.predictions.create(
            owner=owner, input={"prompt": "Hi"}, output=["word"], logs="logs", **fields
        )
        prediction.segments.create(last_cursor=1, events=[Event(1, OUTPUT, "word", 0)])
        return prediction

    return make


def test_the_data_of_an_api_prediction_is_removed_after_its_time(make_server):
    server = make_server(API_RETENTION="1")
    created = server.create(max_new_tokens=3)
    server.ended(created["id"])

    wait_until(lambda: server.prediction(created["id"])["data_removed"], seconds=10)
    kept = server.prediction(created["id"])

    assert kept["status"] == "succeeded"
    assert (kept["input"], kept["output"], kept["logs"]) == ({}, None, "")
    assert kept["metrics"]["total_time"] > 0
    assert "stream" not in kept["urls"]
    assert server.get(created["urls"]["stream"].removeprefix(server.url)).status_code == 404


def test_the_data_stays_an_hour_by_default(make_prediction):
    younger, older = (make_prediction(hours, error_detail="No: Hi") for hours in (0.9, 1.1))

    assert [remove_data(), remove_data()] == [1, 0]
    younger.refresh_from_db()
    older.refresh_from_db()
    assert (younger.data_removed, younger.output) == (False, ["word"])
    assert (older.data_removed, older.input, older.output, older.logs) == (True, {}, None, "")
    assert (younger.error_detail, older.error_detail) == ("No: Hi", "")
    assert [segment.prediction_id for segment in Segment.objects.all()] == [younger.id]


def test_zero_keeps_the_data(make_prediction, settings):
    settings.API_RETENTION = 0
    make_prediction(1000)

    assert remove_data() == 0


def test_what_was_said_in_the_chat_is_not_touched(make_prediction):
    make_prediction(1000, source="web")

    assert remove_data() == 0


def test_what_still_runs_is_not_touched(make_prediction):
    make_prediction(1000, status="processing", completed_at=None)

    assert remove_data() == 0


def test_a_stream_url_expires_a_day_after_the_end(make_prediction):
    assert make_prediction(23.9).has_stream
    assert not make_prediction(24.1).has_stream


def test_a_stream_url_is_good_as_long_as_its_setting_says(make_server):
    server = make_server(STREAM_URL_TTL="1")
    created = server.create(max_new_tokens=60)
    stream = created["urls"]["stream"]

    assert list(listen(stream))[-1].event == "done", "longer than that, while it runs"

    wait_until(lambda: server.get(stream.removeprefix(server.url)).status_code == 404, seconds=5)
    assert "stream" not in server.prediction(created["id"])["urls"]


def test_a_stream_url_dies_with_its_prediction(make_server):
    server = make_server()
    created = server.create(max_new_tokens=1000)
    reader = listen(created["urls"]["stream"])
    heard = [next(reader)]

    delete = "from predictions.models import Prediction; Prediction.objects.all().delete()"
    server.shell(delete)
    heard += list(reader)

    assert 0 < len(heard) < 500
    assert server.get(created["urls"]["stream"].removeprefix(server.url)).status_code == 404


def test_an_idempotency_key_may_be_used_again_after_a_day(make_prediction):
    younger = make_prediction(23.9, idempotency_key="a", request_digest="x")
    older = make_prediction(24.1, idempotency_key="b", request_digest="y")

    assert [forget_keys(), forget_keys()] == [1, 0]
    younger.refresh_from_db()
    older.refresh_from_db()
    assert (younger.idempotency_key, older.idempotency_key) == ("a", "")
