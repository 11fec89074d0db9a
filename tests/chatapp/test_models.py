"""The pages of the models, and the visitor's own tries of them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from chatapp.views.models import PAGE
from predictions.models import LanguageModel, Prediction, Upstream, Version
from predictions.upstreams.schemas import streaming_schema

JSON = {"Accept": "application/json"}
HOSTILE = "</script><img src=x onerror=alert(1)>"
DEMO = "/models/rivulet/demo/"


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def try_it(client: Client, text: str = "Hello", url: str = DEMO, **fields):
    return client.post(f"{url}try/", {"input-prompt": text, **fields}, headers=JSON)


def disable() -> None:
    Upstream.objects.update(enabled=False)


@pytest.fixture
def tried(client, version) -> Prediction:
    try_it(client)
    return Prediction.objects.get()


# The list


def test_the_models_that_stream_are_listed_by_owner(client, make_version):
    version = make_version("meta/llama")
    make_version("anna/fable")
    LanguageModel.objects.filter(name="llama").update(description="Says <b>things</b>.")
    version.predict({"prompt": "x"})

    shown = page(client, "/models/")

    assert shown.index(">anna</h2>") < shown.index(">meta</h2>")
    assert 'href="/models/meta/llama/"' in shown
    assert "Says &lt;b&gt;things&lt;/b&gt;." in shown
    assert "Runs on: Demo (built in) · 1 run\n" in shown.replace("</p>", "\n")
    assert "Runs on: Demo (built in) · 0 runs\n" in shown.replace("</p>", "\n")


def test_a_long_description_does_not_push_the_form_away(client, version):
    LanguageModel.objects.update(description="A river. " * 300)

    shown = page(client, DEMO)

    before, _, folded = shown.partition("The whole description")
    assert before.count("A river.") < 40
    assert folded.count("A river.") == 300


def test_a_search_finds_by_name_and_description(client, make_version):
    make_version("meta/llama"), make_version("anna/fable")

    shown = page(client, "/models/?q=LLAMA")

    assert "/models/meta/llama/" in shown
    assert "/models/anna/fable/" not in shown


def test_nothing_found_says_so_and_leads_back(client, make_version):
    make_version("meta/llama")

    shown = page(client, "/models/?q=<b>%00")

    assert "Nothing found for “&lt;b&gt;\ufffd”" in shown
    assert "Show all models" in shown


def test_a_site_without_models_says_so(client, db):
    assert "No model streams here yet" in page(client, "/models/")


def test_what_does_not_stream_or_is_switched_off_is_not_listed(client, make_version):
    schema = streaming_schema({})
    schema["components"]["schemas"]["Output"] = {"type": "string"}
    make_version("a/mute", openapi_schema=schema)
    make_version("a/off")
    Upstream.objects.create(name="on", kind="demo")
    Version.objects.filter(model__name="mute").update(upstream=Upstream.objects.get(name="on"))
    Upstream.objects.filter(name="demo").update(enabled=False)

    assert "No model streams here yet" in page(client, "/models/")


def test_hundreds_of_models_come_in_pages_of_few_queries(
    client, make_version, django_assert_max_num_queries
):
    for number in range(2 * PAGE + 1):
        make_version(f"many/model-{number:03}")

    with django_assert_max_num_queries(6):
        first = page(client, "/models/?q=many")

    assert first.count('class="card"') == PAGE
    assert "Page 1 of 3" in first
    assert 'rel="next" href="?q=many&amp;page=2"' in first
    assert page(client, "/models/?q=many&page=3").count('class="card"') == 1
    assert page(client, "/models/?page=nonsense").count('class="card"') == PAGE


def test_the_sidebar_leads_to_the_models(client, version):
    assert 'href="/models/"' in page(client, "/")


# The page of a model


def test_a_model_tells_of_itself(client, make_version):
    version = make_version()
    model = version.model
    model.description = HOSTILE
    model.github_url = "https://github.com/a/b"
    model.paper_url = "javascript:alert(1)"
    model.cover_image_url = "https://pictures.example.org/x.png"
    model.save()
    version.prices.create(starts_at=timezone.now(), input=Decimal("10"), output=Decimal("0.65"))
    soon = timezone.now() + timedelta(days=1)
    version.prices.create(starts_at=soon, input=77, output=77)

    shown = page(client, DEMO)

    assert HOSTILE not in shown
    assert ">github.com</a>" in shown
    assert "javascript:" not in shown
    assert "10 USD in, 0.65 USD out, per million tokens" in shown
    assert "77 USD" not in shown
    assert "<img" not in shown
    assert ">pictures.example.org</a>" in shown


def test_an_older_version_and_where_it_comes_from_can_be_read(client, make_version):
    old = make_version()
    base = make_version("meta/base")
    tuned = Version(model=old.model, base=base, upstream_model="tuned")
    tuned.save()

    newest, oldest = page(client, DEMO), page(client, f"{DEMO}?version={old.id}")

    assert f"{DEMO}?version={old.id}" in newest
    assert "fine-tuned from" in newest
    assert f"/models/meta/base/?version={base.id}" in newest
    assert '"version": "rivulet/demo"' in newest.replace("&quot;", '"')
    assert "This is an older version." in oldest
    assert f'"version": "rivulet/demo:{old.id}"' in oldest.replace("&quot;", '"')


@pytest.mark.parametrize(
    "path",
    [
        "/models/rivulet/none/",
        "/models/none/demo/",
        "/models/%00/%00/",
        f"{DEMO}?version=abc",
        f"{DEMO}?version=%00",
        f"{DEMO}?prediction=abc",
        f"{DEMO}?prediction=%00",
        "/predictions/%00/",
    ],
)
def test_what_there_is_not_is_a_404(path, client, version):
    assert client.get(path).status_code == 404


def test_a_model_without_a_version_is_a_404(client, db):
    LanguageModel.objects.create(owner="a", name="b")

    assert client.get("/models/a/b/").status_code == 404


def test_a_model_that_is_switched_off_can_be_read_and_not_run(client, version):
    disable()

    shown = page(client, DEMO)
    refused = try_it(client)

    assert "cannot be run at the moment" in shown
    assert "<model-trial>" not in shown
    assert refused.status_code == 409
    assert not Prediction.objects.exists()


def test_hostile_schemas_are_text_on_the_page(client, make_version):
    property = {"type": "string", "title": HOSTILE, "description": HOSTILE, "default": HOSTILE}
    make_version(openapi_schema=streaming_schema({HOSTILE: property, "p": {"enum": [HOSTILE]}}))

    shown = page(client, DEMO)

    assert HOSTILE not in shown
    assert "<img src" not in shown


# Trying


def test_a_try_is_a_prediction_and_tells_where_it_is_heard(client, version):
    reply = try_it(client, "It's\r\nme").json()

    prediction = Prediction.objects.get()
    assert prediction.input == {"prompt": "It's\nme"}
    assert (prediction.source, prediction.owner, prediction.status) == ("web", None, "starting")
    assert reply["url"] == f"{DEMO}?prediction={prediction.id}"
    assert f'data-stream-url="/live/{prediction.stream_key}"' in reply["message"]
    assert f'data-stop-url="/predictions/{prediction.id}/stop/"' in reply["message"]


def test_a_try_of_somebody_logged_in_is_theirs(client, version, django_user_model):
    ann = django_user_model.objects.create_user("ann")
    client.force_login(ann)

    try_it(client)

    assert Prediction.objects.get().owner == ann


def test_a_plain_form_gets_the_page_with_what_was_typed_and_the_words_so_far(client, version):
    response = client.post(f"{DEMO}try/", {"input-prompt": "<Hello>"}, follow=True)

    shown = response.content.decode()
    assert response.redirect_chain == [(f"{DEMO}?prediction={Prediction.objects.get().id}", 302)]
    assert "&lt;Hello&gt;</textarea>" in shown
    assert 'http-equiv="refresh"' in shown
    assert "data-running" in shown


def test_a_wrong_input_is_told_at_its_field_and_nothing_is_lost(client, make_version):
    number = {"type": "integer", "maximum": 4}
    make_version(openapi_schema=streaming_schema({"prompt": {"type": "string"}, "n": number}))
    fields = {"input-prompt": "Kept <text>", "input-n": "5"}

    plain = client.post(f"{DEMO}try/", fields)
    told = client.post(f"{DEMO}try/", fields, headers=JSON)

    shown = plain.content.decode()
    assert plain.status_code == told.status_code == 422
    assert "Kept &lt;text&gt;</textarea>" in shown
    assert 'id="input-1_error">Must be less than or equal to 4<' in shown
    assert 'aria-invalid="true"' in shown
    assert told.json()["errors"] == {"input-1": "Must be less than or equal to 4"}
    assert not Prediction.objects.exists()


def test_the_version_that_was_shown_is_asked(client, make_version):
    old, new = make_version(), make_version(id="f" * 64)

    try_it(client, version=old.id)
    try_it(client)

    assert [each.version for each in Prediction.objects.order_by("created_at")] == [old, new]


def test_another_models_version_is_not_asked(client, make_version):
    make_version()
    other = make_version("a/b")

    assert try_it(client, version=other.id).status_code == 404


def test_a_reload_shows_the_answer_and_its_input(client, tried):
    tried.status, tried.output, tried.completed_at = "succeeded", ["To *the* sea."], timezone.now()
    tried.save()

    shown = page(client, f"{DEMO}?prediction={tried.id}")

    assert '<p dir="auto">To <em>the</em> sea.</p>' in shown
    assert "Hello</textarea>" in shown
    assert client.get(f"/predictions/{tried.id}/text/").content == b"To *the* sea."


def test_a_try_is_shown_on_the_page_of_its_own_model_only(client, tried, make_version):
    make_version("a/b")

    assert client.get(f"/models/a/b/?prediction={tried.id}").status_code == 404


def test_a_retry_asks_the_same_again(client, tried):
    reply = client.post(f"/predictions/{tried.id}/retry/", headers=JSON).json()

    again = Prediction.objects.exclude(id=tried.id).get()
    assert again.input == tried.input
    assert reply["url"].endswith(again.id)


def test_a_retry_of_what_was_switched_off_is_refused(client, tried):
    disable()

    refused = client.post(f"/predictions/{tried.id}/retry/", headers=JSON)

    assert refused.status_code == 409
    assert "switched off" in refused.json()["detail"]


def test_stop_asks_the_run_to_end(client, tried):
    assert client.post(f"/predictions/{tried.id}/stop/", headers=JSON).status_code == 204

    tried.refresh_from_db()
    assert tried.cancel_requested_at


MINE = [
    DEMO + "?prediction={}",
    *("/predictions/{}/" + each for each in ("", "text/", "waiting/", "stop/", "retry/")),
]


@pytest.mark.parametrize("as_user", [False, True], ids=["a visitor", "a user"])
@pytest.mark.parametrize("path", MINE)
def test_somebody_elses_try_does_not_exist(path, as_user, tried):
    stranger = Client()
    try_it(stranger)
    if as_user:
        stranger.force_login(get_user_model().objects.create_superuser("boss"))
    url = path.format(tried.id)

    statuses = {stranger.get(url).status_code, stranger.post(url).status_code}

    assert statuses <= {404, 405}
    assert 404 in statuses
    tried.refresh_from_db()
    assert tried.cancel_requested_at is None


def test_the_try_of_a_visitor_stays_theirs_when_they_log_in(client, tried):
    get_user_model().objects.create_user("ann", password="river-stone-9")

    client.post("/login/", {"username": "ann", "password": "river-stone-9"})

    assert client.get(f"/predictions/{tried.id}/").status_code == 200


def test_an_api_prediction_is_not_told_on_the_pages(client, version, django_user_model):
    ann = django_user_model.objects.create_user("ann")
    client.force_login(ann)
    asked = version.predict({"prompt": "x"}, owner=ann)

    assert client.get(f"/predictions/{asked.id}/").status_code == 404


@pytest.mark.parametrize("path", ["try/", "code/"])
def test_a_try_without_a_token_is_forbidden(path, version):
    assert Client(enforce_csrf_checks=True).post(DEMO + path).status_code == 403


@pytest.mark.parametrize("path", ["/models/", DEMO, f"{DEMO}try/", f"{DEMO}code/", *MINE[1:]])
def test_a_site_for_members_asks_for_login(path, client, version, settings):
    settings.CHAT_REQUIRE_LOGIN = True

    for response in (client.get(path.format("x")), client.post(path.format("x"))):
        assert response["Location"].startswith("/login/")


# The code


def test_the_code_follows_what_is_typed_at_the_public_address(client, version, settings):
    settings.PUBLIC_URL = "https://chat.example.org"

    reply = client.post(f"{DEMO}code/", {"input-prompt": 'Say "it"'}, headers=JSON)

    told = reply.json()["snippets"]
    assert list(told) == ["curl", "Python", "JavaScript", "Browser"]
    assert "https://chat.example.org/v1/predictions" in told["curl"]
    assert "base_url='https://chat.example.org')" in told["Python"]
    assert 'baseUrl: "https://chat.example.org/v1"' in told["JavaScript"]
    assert all("Say" in code for code in told.values())
    assert not Prediction.objects.exists()


def test_the_code_keeps_what_can_be_read_and_no_half_character(client, make_version):
    properties = {"prompt": {"type": "string"}, "n": {"type": "integer"}, "any": {}}
    make_version(openapi_schema=streaming_schema(properties))
    fields = {"input-prompt": "Hi", "input-n": "x", "input-any": '"\\ud800"'}

    told = client.post(f"{DEMO}code/", fields, headers=JSON).json()["snippets"]

    assert "'prompt': 'Hi'" in told["Python"]
    assert "'n'" not in told["Python"]
    assert "\ufffd" in told["curl"]


def test_without_a_script_the_page_shows_the_code(client, version):
    shown = client.post(f"{DEMO}code/", {"input-prompt": "Only me"}).content.decode()

    assert shown.count("Only me") == 5
    assert not Prediction.objects.exists()
