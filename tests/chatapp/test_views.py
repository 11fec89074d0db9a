import uuid

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from chatapp.models import Conversation, Message
from predictions.models import Prediction

from .conftest import end

JSON = {"Accept": "application/json"}


@pytest.fixture
def answer(conversation) -> Message:
    return conversation.ask("Where do rivers go?")


def ask(client: Client, text: str = "Hello", url: str = "/ask/", **fields):
    return client.post(url, {"text": text, **fields}, headers=JSON)


def test_a_new_chat_stores_nothing(client, version):
    response = client.get("/")

    assert response.status_code == 200
    assert 'name="text"' in response.content.decode()
    assert not Conversation.objects.exists()
    assert "sessionid" not in response.cookies


def test_the_first_message_makes_the_conversation(client, version):
    response = ask(client, "Tell me <b>")

    data = response.json()
    conversation = Conversation.objects.get()
    assert data["conversation"] == str(conversation.id)
    assert data["title"] == "Tell me <b>"
    question, answer = data["messages"]
    assert 'data-role="user"' in question
    assert "Tell me &lt;b&gt;" in question
    assert "data-stream-url" in answer
    assert "Tell me &lt;b&gt;" in data["sidebar"]


def test_a_plain_form_gets_the_page_of_the_conversation(client, version):
    response = client.post("/ask/", {"text": "Hello"})

    url = Conversation.objects.get().get_absolute_url()
    assert response["Location"] == f"{url}live/"
    page = client.get(url).content.decode()
    assert '<div class="message__body" dir="auto">Hello</div>' in page
    assert 'http-equiv="refresh"' in page


def test_a_double_submit_is_one_turn(client, version):
    id = str(uuid.uuid4())

    first, second = (ask(client, message_id=id).json() for _ in range(2))

    assert first["conversation"] == second["conversation"]
    assert Message.objects.count() == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (" \n ", "nothing to send"),
        ("x" * (64 * 1024 + 1), "too long"),
        ("\N{ROLLING ON THE FLOOR LAUGHING}" * (16 * 1024 + 1), "too long"),
    ],
    ids=["empty", "long", "long in bytes"],
)
def test_bad_text_is_refused_with_a_sentence(client, version, text, sentence):
    response = ask(client, text)

    assert response.status_code == 422
    assert sentence in response.json()["detail"]
    assert not Conversation.objects.exists()


def test_bad_text_from_a_plain_form_is_shown_again(client, version):
    response = client.post("/ask/", {"text": "kept", "model": "no/such"})

    assert response.status_code == 409
    assert ">kept</textarea>" in response.content.decode()
    assert "not available" in response.content.decode()


def test_nul_is_replaced_and_line_ends_are_one(client, version):
    ask(client, "a\0b\r\nc\rd")

    assert Message.objects.get(role="user").text == "a\ufffdb\nc\nd"


def test_the_page_shows_what_was_said(visitor, conversation, answer):
    end(answer, "To the *sea*.")

    page = visitor.get(f"/c/{conversation.id}/").content.decode()

    assert '<div class="message__body" dir="auto">Where do rivers go?</div>' in page
    assert '<p dir="auto">To the <em>sea</em>.</p>' in page
    assert 'data-status="succeeded"' in page


def test_a_running_answer_tells_where_its_stream_goes_on(visitor, answer):
    page = visitor.get(f"/c/{answer.conversation_id}/").content.decode()

    assert f'data-stream-url="/live/{answer.prediction.stream_key}"' in page
    assert 'data-cursor=""' in page


def test_a_failed_answer_says_why_and_offers_a_retry(visitor, conversation, answer):
    end(answer, "To", status="failed", error="The model <fell> over.")

    page = visitor.get(f"/messages/{answer.id}/").content.decode()

    assert "The model &lt;fell&gt; over." in page
    assert reverse("retry", args=[answer.id]) in page


def test_stop_asks_the_run_to_end(visitor, answer):
    response = visitor.post(f"/messages/{answer.id}/stop/", headers=JSON)

    assert response.status_code == 204
    assert Prediction.objects.get().cancel_requested_at


def test_retry_returns_the_new_answer(visitor, answer):
    end(answer, status="failed")

    response = visitor.post(f"/messages/{answer.id}/retry/", headers=JSON)

    assert "data-running" in response.json()["messages"][0]
    assert Prediction.objects.count() == 2


def test_the_model_of_a_conversation_can_be_changed(visitor, conversation, answer, make_version):
    other = make_version("meta/other")

    visitor.post(f"/c/{conversation.id}/model/", {"model": "meta/other"}, headers=JSON)

    assert Conversation.objects.get().version == other


def test_the_words_can_be_had_as_text(visitor, answer):
    end(answer, "**To** ", "the sea.")

    response = visitor.get(f"/messages/{answer.id}/text/")

    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content == b"**To** the sea."


THE_PAGES = [
    "/c/{conversation}/",
    "/c/{conversation}/ask/",
    "/c/{conversation}/model/",
    "/c/{conversation}/delete/",
    "/messages/{message}/",
    "/messages/{message}/text/",
    "/messages/{message}/stop/",
    "/messages/{message}/retry/",
    "/c/{conversation}/turns/",
    "/c/{conversation}/before/{message}/",
    "/c/{conversation}/after/{message}/",
]


@pytest.mark.parametrize("as_user", [False, True], ids=["a visitor", "a user"])
@pytest.mark.parametrize("path", THE_PAGES)
def test_what_is_somebody_elses_does_not_exist(path, as_user, answer):
    stranger = Client()
    ask(stranger, "My own")
    if as_user:
        stranger.force_login(get_user_model().objects.create_superuser("boss"))
    url = path.format(conversation=answer.conversation_id, message=answer.id)

    statuses = {stranger.get(url).status_code, stranger.post(url, {"text": "Hi"}).status_code}

    assert statuses <= {404, 405}
    assert 404 in statuses
    answer.prediction.refresh_from_db()
    assert answer.prediction.cancel_requested_at is None


@pytest.mark.parametrize("path", ["/ask/", "/login/", *THE_PAGES[1:4], *THE_PAGES[6:8]])
def test_a_post_without_a_token_is_forbidden(path, answer):
    client = Client(enforce_csrf_checks=True)
    url = path.format(conversation=answer.conversation_id, message=answer.id)

    assert client.post(url, {"text": "Hi"}).status_code == 403


def test_the_conversations_of_a_visitor_come_along_to_their_account(visitor, conversation, answer):
    user = get_user_model().objects.create_user("ann", password="river-stone-9")

    visitor.post("/login/", {"username": "ann", "password": "river-stone-9"})

    assert Conversation.objects.get().owner == user
    assert visitor.get(f"/c/{conversation.id}/").status_code == 200


@pytest.mark.parametrize("path", ["/", *THE_PAGES])
def test_a_site_for_members_asks_for_login_everywhere(path, visitor, answer, settings):
    settings.CHAT_REQUIRE_LOGIN = True
    url = path.format(conversation=answer.conversation_id, message=answer.id)

    for response in (visitor.get(url), visitor.post(url)):
        assert response["Location"].startswith("/login/")


def test_the_demo_answers_until_somebody_chooses(client, make_version):
    make_version("aaa/paid"), make_version("rivulet/demo")

    assert 'value="rivulet/demo" selected' in client.get("/").content.decode()
    ask(client, model="aaa/paid")
    assert 'value="aaa/paid" selected' in client.get("/").content.decode()


def test_a_model_without_an_enabled_upstream_is_not_offered(client, version):
    version.upstream.enabled = False
    version.upstream.save()

    assert "rivulet/demo" not in client.get("/").content.decode()
    assert "Choose a model" in ask(client).json()["detail"]


def test_a_page_that_does_not_exist_says_so_and_leads_back(client):
    response = client.get("/no/such/page")

    assert response.status_code == 404
    assert "Start a new chat" in response.content.decode()
