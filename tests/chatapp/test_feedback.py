"""What visitors think of answers, and the code that an answer is copied as."""

import json

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chatapp.models import Conversation, Feedback, Message
from predictions.upstreams.schemas import streaming_schema

from .conftest import end
from .test_snippets import said_by_python, said_by_shell

JSON = {"Accept": "application/json"}


@pytest.fixture
def answer(conversation) -> Message:
    return end(conversation.ask("Where do rivers go?"), "To the sea.")


def rate(client, answer: Message, verdict: str, **fields):
    url = f"/messages/{answer.id}/feedback/"
    return client.post(url, {"verdict": verdict, **fields}, headers=JSON)


def test_a_thumb_is_kept_and_shown(visitor, answer):
    fragment = rate(visitor, answer, "good").content.decode()

    assert Feedback.objects.get().is_good
    assert 'value="none" aria-pressed="true"' in fragment
    page = visitor.get(answer.conversation.get_absolute_url()).content.decode()
    assert 'value="none" aria-pressed="true"' in page


def test_a_thumb_down_takes_a_reason_and_a_comment(visitor, answer):
    rate(visitor, answer, "bad")
    fragment = rate(visitor, answer, "bad", reason="wrong", comment="<b>No</b>, it dries up.")

    opinion = Feedback.objects.get()
    assert (opinion.reason, opinion.comment) == ("wrong", "<b>No</b>, it dries up.")
    assert "&lt;b&gt;No" in fragment.content.decode()


def test_a_mind_can_be_changed_and_the_reason_goes_with_it(visitor, answer):
    rate(visitor, answer, "bad", reason="wrong")
    rate(visitor, answer, "good")

    opinion = Feedback.objects.get()
    assert (opinion.is_good, opinion.reason) == (True, "")


def test_a_thumb_can_be_taken_back(visitor, answer):
    rate(visitor, answer, "bad", reason="wrong")

    assert 'aria-pressed="true"' not in rate(visitor, answer, "none").content.decode()
    assert not Feedback.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"verdict": "best"},
        {"verdict": "bad", "reason": "x"},
        {"verdict": "bad", "comment": "x" * 70_000},
    ],
)
def test_nonsense_is_refused(visitor, answer, fields):
    assert rate(visitor, answer, **fields).status_code == 422
    assert not Feedback.objects.exists()


def test_a_plain_form_leads_back(visitor, answer):
    reply = visitor.post(f"/messages/{answer.id}/feedback/", {"verdict": "good"})

    assert reply.url == answer.conversation.get_absolute_url()


def test_questions_and_others_answers_have_no_thumbs(visitor, client, answer):
    assert rate(visitor, answer.parent, "good").status_code == 404
    visitor.cookies.clear()
    assert rate(visitor, answer, "good").status_code == 404


def test_many_answers_cost_no_more_queries(visitor, conversation):
    def queries(turns: int) -> int:
        for n in range(turns):
            rate(visitor, end(conversation.ask(f"{n}?"), "Yes."), "good")
        with CaptureQueriesContext(connection) as queries:
            page = visitor.get(conversation.get_absolute_url()).content.decode()
        assert page.count('aria-pressed="true"') == conversation.messages.count() / 2
        return len(queries)

    assert queries(1) == queries(11)


def test_operators_read_it_and_find_the_conversation(client, visitor, answer):
    rate(visitor, answer, "bad", reason="style", comment="<script>x</script>")
    client.force_login(get_user_model().objects.create_superuser("root"))

    page = client.get("/admin/chatapp/feedback/?is_good__exact=0&reason__exact=style")

    shown = page.content.decode()
    assert "Tone or style" in shown
    assert "&lt;script&gt;x" in shown
    assert f"/admin/chatapp/transcript/{answer.conversation_id}/change/" in shown
    assert (
        client.get(f"/admin/chatapp/feedback/{Feedback.objects.get().id}/change/").status_code
        == 200
    )


# Code to copy


def code(client, answer: Message, language: str) -> str:
    reply = client.get(f"/messages/{answer.id}/code/{language}/")
    assert reply["Content-Type"] == "text/plain; charset=utf-8"
    return reply.content.decode()


def test_curl_hears_the_very_stream(visitor, answer):
    said = said_by_shell(code(visitor, answer, "curl"))

    assert f"http://testserver/v1/streams/{answer.prediction.stream_key}" in said
    assert "-d" not in said


def test_curl_asks_anew_once_the_stream_is_gone(visitor, answer, settings):
    settings.STREAM_URL_TTL = 0

    said = said_by_shell(code(visitor, answer, "curl"))

    body = json.loads(said[said.index("-d") + 1])
    assert body == {"version": "rivulet/demo", "input": {"prompt": "Where do rivers go?"}}


def test_python_asks_anew_for_what_was_asked(visitor, make_version):
    version = make_version("a/b", ["prompt", "tone"])
    conversation = Conversation(visitor="mine", version=version, input={"tone": 'It\'s "so"\n'})

    answer = end(conversation.ask("Hi"), "Yes.")

    assert said_by_python(code(visitor, answer, "python")) == {
        "tone": 'It\'s "so"\n',
        "prompt": "Hi",
    }


def test_a_secret_is_masked(visitor, make_version, settings):
    settings.STREAM_URL_TTL = 0
    text = {"type": "string"}
    schema = streaming_schema({"prompt": text, "key": text | {"format": "password"}})
    version = make_version("a/b", openapi_schema=schema)
    conversation = Conversation(visitor="mine", version=version, input={"key": "sk-secret-1"})

    answer = end(conversation.ask("Hi"), "Yes.")

    for language in ("curl", "python"):
        assert "sk-secret-1" not in code(visitor, answer, language)
        assert "your-key" in code(visitor, answer, language)


def test_anothers_code_does_not_exist(client, answer):
    assert client.get(f"/messages/{answer.id}/code/curl/").status_code == 404
