"""What is not kept for ever, on a real server: API data, stream URLs, idempotency keys."""

from tests.listening import listen
from tests.running import wait_until

AGE = """
from datetime import timedelta
from django.utils import timezone
from predictions.models import Prediction
Prediction.objects.update(created_at=timezone.now() - timedelta(hours={hours}))
Prediction.objects.exclude(completed_at=None).update(
    completed_at=timezone.now() - timedelta(hours={hours}))
"""


def age(server, hours: float) -> None:
    server.manage("shell", "-v0", "-c", AGE.format(hours=hours))


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
    rows = "from predictions.models import Segment; print(Segment.objects.count())"
    assert server.manage("shell", "-v0", "-c", rows) == "0\n"


def test_the_data_stays_an_hour_by_default(make_server):
    server = make_server()
    created = server.create(max_new_tokens=3)
    server.ended(created["id"])
    clean = "from predictions.retention import remove_data; print(remove_data())"

    age(server, hours=0.9)
    assert server.manage("shell", "-v0", "-c", clean) == "0\n"
    age(server, hours=1.1)
    assert server.manage("shell", "-v0", "-c", clean) == "1\n"


def test_zero_keeps_the_data(make_server):
    server = make_server(API_RETENTION="0")
    created = server.create(max_new_tokens=3)
    server.ended(created["id"])
    age(server, hours=1000)

    clean = "from predictions.retention import remove_data; print(remove_data())"
    assert server.manage("shell", "-v0", "-c", clean) == "0\n"
    assert server.prediction(created["id"])["output"]


def test_what_was_said_in_the_chat_is_not_touched(make_server):
    server = make_server(API_RETENTION="1")
    say = """
from predictions.models import Version
Version.objects.filter(model__name="demo").get().predict({"prompt": "Hello"}, source="web")
"""
    done = "from predictions.models import Prediction as P; print(P.objects.get().{})"
    server.manage("shell", "-v0", "-c", say)
    wait_until(
        lambda: server.manage("shell", "-v0", "-c", done.format("status")) == "succeeded\n", 20
    )

    age(server, hours=1000)
    clean = "from predictions.retention import remove_data; print(remove_data())"
    assert server.manage("shell", "-v0", "-c", clean) == "0\n"


def test_a_stream_url_expires_a_day_after_the_end(make_server):
    server = make_server(API_RETENTION="0")
    created = server.create(max_new_tokens=3)
    server.ended(created["id"])

    age(server, hours=23.9)
    assert list(listen(created["urls"]["stream"]))[-1].event == "done"
    age(server, hours=24.1)

    assert server.get(created["urls"]["stream"].removeprefix(server.url)).status_code == 404
    assert "stream" not in server.prediction(created["id"])["urls"]


def test_a_stream_url_dies_with_its_prediction(make_server):
    server = make_server()
    created = server.create(max_new_tokens=1000)
    reader = listen(created["urls"]["stream"])
    heard = [next(reader)]

    delete = "from predictions.models import Prediction; Prediction.objects.all().delete()"
    server.manage("shell", "-v0", "-c", delete)
    heard += list(reader)

    assert 0 < len(heard) < 500
    assert server.get(created["urls"]["stream"].removeprefix(server.url)).status_code == 404


def test_an_idempotency_key_may_be_used_again_after_a_day(make_server):
    server = make_server()
    first = server.create(max_new_tokens=1)
    keep = "from predictions.models import Prediction as P; P.objects.update(idempotency_key='k')"
    server.manage("shell", "-v0", "-c", keep)
    forget = "from predictions.retention import forget_keys; print(forget_keys())"

    age(server, hours=23.9)
    assert server.manage("shell", "-v0", "-c", forget) == "0\n"
    age(server, hours=24.1)
    assert server.manage("shell", "-v0", "-c", forget) == "1\n"
    assert server.prediction(first["id"])["status"]
