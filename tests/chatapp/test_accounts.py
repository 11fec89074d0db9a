"""Accounts: logging in, signing up, and what an anonymous visitor brings along."""

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.test import Client

from chatapp.models import Attachment, Conversation, Preset, Spent
from predictions.api import throttling
from predictions.models import Prediction

PASSWORD = "river-stone-9"


@pytest.fixture(autouse=True)
def forget_tries():
    throttling.counts.cache_clear()
    yield
    throttling.counts.cache_clear()


@pytest.fixture
def ann(db):
    return get_user_model().objects.create_user("ann", password=PASSWORD)


def log_in(client: Client, password: str = PASSWORD, **fields):
    return client.post("/login/", {"username": "ann", "password": password} | fields)


def sign_up(client: Client, **fields):
    form = {"username": "bob", "password1": PASSWORD, "password2": PASSWORD}
    return client.post("/signup/", form | fields)


@pytest.fixture
def belongings(visitor, conversation, version) -> dict:
    """One of everything that a visitor may have."""
    answer = conversation.ask("Hello")
    Conversation.objects.create(visitor="mine", version=version, is_temporary=True)
    Attachment.objects.create(
        visitor="mine", name="a.txt", size=1, content=ContentFile(b"a", name="a.txt")
    )
    Preset.objects.create(visitor="mine", name="Terse")
    url = f"/models/{version.model}/try/"
    tried = visitor.post(url, {"version": version.id, "input-prompt": "Hi"})
    assert tried.status_code == 302
    return {"answer": answer}


def whose(owner) -> dict[str, int]:
    kinds = (Conversation, Attachment, Preset, Spent, Prediction)
    return {kind.__name__: kind.objects.filter(owner=owner).count() for kind in kinds}


def test_everything_comes_along_at_login(visitor, belongings, ann):
    log_in(visitor)

    assert whose(ann) == {
        "Conversation": 2,
        "Attachment": 1,
        "Preset": 1,
        "Spent": 2,
        "Prediction": 2,
    }
    assert not any(whose(None).values())


def test_everything_comes_along_at_sign_up(visitor, belongings, settings):
    settings.CHAT_SIGN_UP = True

    sign_up(visitor)

    assert whose(get_user_model().objects.get(username="bob"))["Conversation"] == 2
    assert not any(whose(None).values())


def test_what_was_tried_can_be_opened_after_login(visitor, belongings, ann):
    tried = Prediction.objects.get(message=None)
    log_in(visitor)

    assert visitor.get(f"/predictions/{tried.id}/").status_code == 200


def test_an_answer_that_is_written_goes_on_and_is_found(visitor, belongings, ann):
    answer = belongings["answer"]
    log_in(visitor)

    assert Prediction.objects.get(message=answer).is_running
    assert visitor.get(f"/messages/{answer.id}/").status_code == 200
    visitor.post(f"/messages/{answer.id}/stop/")
    assert Prediction.objects.get(message=answer).cancel_requested_at


def test_a_stranger_gets_nothing_by_logging_in(belongings, ann):
    log_in(Client())

    assert not any(whose(ann).values())


@pytest.mark.parametrize("kind", ["preset", "spent"])
def test_a_failure_in_the_middle_moves_nothing_and_keeps_the_visitor(
    kind, visitor, belongings, ann, break_updates
):
    visitor.raise_request_exception = False
    before = whose(None)
    with break_updates(f"chatapp_{kind}"):
        response = log_in(visitor)

    assert response.status_code == 500
    assert whose(None) == before
    assert not any(whose(ann).values())
    answer = belongings["answer"]
    assert visitor.get(f"/messages/{answer.id}/").status_code == 200
    log_in(visitor)
    assert not any(whose(None).values())


def test_a_log_in_and_a_log_out_each_give_a_new_token_by_which_kept_pages_know(client, ann):
    tokens = [client.get("/login/").cookies["csrftoken"].value]
    tokens.append(log_in(client).cookies["csrftoken"].value)
    tokens.append(client.post("/logout/").cookies["csrftoken"].value)

    assert len(set(tokens)) == 3


@pytest.mark.django_db
def test_nobody_can_sign_up_where_it_is_off(client):
    assert client.get("/signup/").status_code == 404
    assert sign_up(client).status_code == 404
    assert "/signup/" not in client.get("/login/").content.decode()


@pytest.mark.django_db
def test_a_new_account_is_logged_in(client, settings):
    settings.CHAT_SIGN_UP = True

    response = sign_up(client, next="/models/")

    assert response["Location"] == "/models/"
    assert client.session["_auth_user_id"] == str(get_user_model().objects.get().pk)
    assert get_user_model().objects.get().is_staff is False


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"password1": "short", "password2": "short"}, "too short"),
        ({"password2": "another"}, "match"),
        ({"username": "a b"}, "Enter a valid username"),
        ({"username": "ANN"}, "already exists"),
    ],
)
def test_a_bad_sign_up_says_why_beside_the_field(client, ann, settings, fields, told):
    settings.CHAT_SIGN_UP = True

    page = sign_up(client, **fields).content.decode()

    assert told in page
    assert 'aria-invalid="true"' in page
    assert get_user_model().objects.count() == 1


@pytest.mark.django_db
def test_the_rules_of_passwords_are_told_before(client, settings):
    settings.CHAT_SIGN_UP = True

    assert "at least 8 characters" in client.get("/signup/").content.decode()


def test_a_wrong_password_says_so_and_keeps_the_name(client, ann):
    page = log_in(client, "wrong").content.decode()

    assert "do not belong together" in page
    assert 'value="ann"' in page


@pytest.mark.parametrize("page", ["/login/", "/signup/"])
@pytest.mark.parametrize(
    "next", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"]
)
def test_nobody_is_led_to_another_site(page, next, client, ann, settings):
    settings.CHAT_SIGN_UP = True

    response = log_in(client, next=next) if page == "/login/" else sign_up(client, next=next)

    assert response["Location"] == "/"


def test_next_is_kept_from_the_login_to_the_sign_up(client, db, settings):
    settings.CHAT_SIGN_UP = True

    assert 'href="/signup/?next=/models/"' in client.get("/login/?next=/models/").content.decode()


def test_many_tries_of_a_name_are_refused_for_a_while(client, ann):
    for _ in range(10):
        assert log_in(client, "wrong").status_code == 200

    response = log_in(client)

    assert response.status_code == 429
    assert response["Retry-After"] == "300"
    assert "tried too often" in response.content.decode()
    assert 'value="ann"' in response.content.decode()
    other = client.post("/login/", {"username": "ann", "password": PASSWORD}, REMOTE_ADDR="9.9.9.9")
    assert other.status_code == 302


def test_the_door_of_the_admin_is_the_same_and_counts_too(client, ann):
    for _ in range(10):
        client.post("/admin/login/", {"username": "ann", "password": "wrong"})

    assert log_in(client).status_code == 429


def test_who_is_not_staff_is_told_so_at_the_admin(client, ann):
    client.force_login(ann)

    page = client.get("/admin/", follow=True).content.decode()

    assert "logged in as ann, who may not open this page" in page


def test_the_password_can_be_changed(client, ann):
    client.force_login(ann)
    form = {
        "old_password": PASSWORD,
        "new_password1": "stone-river-7",
        "new_password2": "stone-river-7",
    }

    response = client.post("/password/", form, follow=True)

    assert "Your password was changed" in response.content.decode()
    ann.refresh_from_db()
    assert ann.check_password("stone-river-7")


@pytest.mark.django_db
def test_a_password_is_changed_only_by_who_is_logged_in(client):
    assert client.get("/password/")["Location"].startswith("/login/")


def test_a_request_that_crosses_a_login_does_not_take_back_the_cookie(client, db):
    client.cookies[settings.SESSION_COOKIE_NAME] = "a-session-of-yesterday"

    assert settings.SESSION_COOKIE_NAME not in client.get("/login/").cookies
