import sqlite3
from collections.abc import Iterator

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from predictions.models import LanguageModel, Prediction, Upstream, Version
from predictions.upstreams.schemas import streaming_schema
from predictions.webhooks import outbox
from tests.conftest import copy_of
from tests.receiver import Receiver
from tests.running import STORY, RunningServer, wait_until

SETTINGS = {"WEBHOOK_ALLOW_PRIVATE": "true", "WEBHOOK_RETRY_SECONDS": "0.1,1.2"}


@pytest.fixture(scope="module")
def server(first_run, tmp_path_factory) -> Iterator[RunningServer]:
    """One real server, whose webhooks may go to loopback and are tried twice more, soon."""
    running = copy_of(first_run, tmp_path_factory.mktemp("server") / "data", SETTINGS)
    running.start()
    yield running
    running.kill()


@pytest.fixture
def receiver():
    with Receiver() as running:
        yield running


@pytest.fixture
def make_prediction(db):
    owner = get_user_model().objects.create_user("ann")
    version = Version.objects.create(
        id="v",
        model=LanguageModel.objects.create(owner="a", name="b"),
        upstream=Upstream.objects.create(name="demo", kind="demo"),
        openapi_schema=streaming_schema({"prompt": {"type": "string"}}),
    )

    def make(events=("output", "completed"), host="hooks.example.org", **fields) -> Prediction:
        fields = {"owner": owner, "status": "processing", "input": {}} | fields
        return Prediction.objects.create(
            version=version,
            webhook=f"https://{host}/hook",
            webhook_events_filter=list(events),
            **fields,
        )

    return make


def ask(server: RunningServer, url: str, events=None, *, version: str = STORY, **input) -> dict:
    """A new prediction with a webhook."""
    body = {
        "version": version,
        "input": {"prompt": "Tell me a story", "max_new_tokens": 5, "seed": 1} | input,
        "webhook": url,
    }
    if events is not None:
        body["webhook_events_filter"] = events
    response = server.post("/v1/predictions", body)
    assert response.status_code == 201, response.text
    return response.json()


def deliveries(server: RunningServer, prediction: dict) -> list[sqlite3.Row]:
    """The outbox's rows of a prediction, oldest first, as the database has them."""
    database = sqlite3.connect(server.data_dir / "rivulet.sqlite3")
    database.row_factory = sqlite3.Row
    try:
        return database.execute(
            "SELECT * FROM predictions_webhookdelivery WHERE prediction_id = ? ORDER BY id",
            [prediction["id"]],
        ).fetchall()
    finally:
        database.close()


def settled(server: RunningServer, prediction: dict, seconds: float = 20) -> list[sqlite3.Row]:
    """The rows once the prediction has ended and nothing waits to be sent."""
    server.ended(prediction["id"])

    def nothing_waits() -> bool:
        return all(row["status"] != "pending" for row in deliveries(server, prediction))

    wait_until(nothing_waits, seconds, why=server.output)
    return deliveries(server, prediction)


def end(prediction: Prediction) -> None:
    """End it as the runner would."""
    prediction.status, prediction.output = "succeeded", ["word"]
    prediction.completed_at = timezone.now()
    prediction.save()
    outbox.tell_end(prediction)
