from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection
from django.test import Client

from chatapp.models import Conversation, Message
from predictions.models import LanguageModel, Upstream, Version
from predictions.upstreams.demo.schema import SCHEMA as DEMO
from predictions.upstreams.openai import SCHEMA as CHAT
from predictions.upstreams.schemas import streaming_schema

TEXT = {"type": "string"}


@pytest.fixture
def make_version(db):
    """Makes a version of the model `owner/name` whose input has these properties."""

    def make(name: str = "rivulet/demo", properties=("prompt",), **fields) -> Version:
        upstream, _ = Upstream.objects.get_or_create(name="demo", defaults={"kind": "demo"})
        owner, _, short = name.partition("/")
        model, _ = LanguageModel.objects.get_or_create(owner=owner, name=short)
        schema = streaming_schema(
            {key: {"type": "array"} if key == "messages" else TEXT for key in properties}
        )
        fields = {"id": Version.id_for("demo", name), "openapi_schema": schema} | fields
        return Version.objects.create(model=model, upstream=upstream, **fields)

    return make


@pytest.fixture
def version(make_version):
    return make_version()


@pytest.fixture
def demo(make_version) -> Version:
    return make_version(openapi_schema=DEMO)


@pytest.fixture
def chat(make_version) -> Version:
    return make_version("box/chat", openapi_schema=CHAT)


@pytest.fixture
def conversation(version):
    """A conversation of the visitor "mine", not asked yet."""
    return Conversation(visitor="mine", version=version)


@pytest.fixture
def visitor(client, db) -> Client:
    """A browser whose session is the visitor "mine"."""
    session = client.session
    session["visitor"] = "mine"
    session.save()
    return client


def end(answer: Message, *words: str, status: str = "succeeded", error: str = "") -> Message:
    """End an answer as the runner would, with these words."""
    prediction = answer.prediction
    prediction.status, prediction.output, prediction.error = status, list(words), error
    prediction.completed_at = prediction.created_at
    prediction.save()
    return Message.objects.with_words().get(id=answer.id)


@pytest.fixture
def break_updates():
    """Has the database refuse to change a table: `with break_updates("chatapp_preset")`."""

    @contextmanager
    def broken(table: str):
        def refuse(execute, sql, params, many, context):
            if sql.startswith(f'UPDATE "{table}"'):
                raise OperationalError("disk I/O error")
            return execute(sql, params, many, context)

        with connection.execute_wrapper(refuse):
            yield

    return broken
