"""Upstreams in the admin: keys go in and do not come out; Test and Sync say how it went."""

import re
import threading

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.urls import reverse

from predictions import catalogue
from predictions.admin import upstreams as desk
from predictions.models import LanguageModel, Prediction, Upstream, Version
from predictions.upstreams import FoundModel
from predictions.upstreams.schemas import streaming_schema
from tests.running import wait_until

pytestmark = pytest.mark.django_db
LIST = "/admin/predictions/upstream/"
ADD = f"{LIST}add/"
KEY, HEADER = "canary-key-0123456789", "canary-header-0123456789"
SCHEMA = streaming_schema({"prompt": {"type": "string"}})


def form(**fields: object) -> dict:
    return {"kind": "openai", "base_url": "http://127.0.0.1:1/v1", "enabled": "on"} | fields


@pytest.fixture
def box(server) -> Upstream:
    made = Upstream(name="box", kind="openai", base_url=server.url)
    made.key, made.headers = KEY, {"X-Team": HEADER}
    made.save()
    return made


def page_of(upstream: Upstream) -> str:
    return reverse("admin:predictions_upstream_change", args=[upstream.pk])


def change(client, upstream: Upstream, **fields: object):
    fields = form(base_url=upstream.base_url) | fields
    return client.post(page_of(upstream), fields, follow=True)


def told(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_a_key_and_headers_are_entered_and_kept_encrypted(admin_client):
    admin_client.post(
        ADD, form(name="box", new_key=f" {KEY} ", new_headers=f"X-Team: {HEADER}\nX-Org: b:c\n")
    )

    box = Upstream.objects.get()
    assert (box.key, box.headers) == (KEY, {"X-Team": HEADER, "X-Org": "b:c"})
    assert KEY not in box.encrypted_key + box.encrypted_headers


def test_no_page_shows_them_again(admin_client, box):
    change(admin_client, box, new_headers=f"X-Org: {HEADER}")
    delete = reverse("admin:predictions_upstream_delete", args=[box.pk])
    history = reverse("admin:predictions_upstream_history", args=[box.pk])

    for url in (LIST, ADD, page_of(box), delete, history, "/admin/"):
        page = admin_client.get(url).content.decode()
        assert "canary" not in page
        assert "gAAAA" not in page  # how a Fernet token begins
    shown = admin_client.get(page_of(box)).content.decode()
    assert "Key stored." in shown
    assert "Set: X-Team, X-Org." in shown
    assert "canary" not in str(list(LogEntry.objects.values()))


def test_who_may_only_look_sees_that_there_is_a_key_and_not_which(client, django_user_model, box):
    reviewer = django_user_model.objects.create_user("reviewer", is_staff=True)
    reviewer.user_permissions.add(Permission.objects.get(codename="view_upstream"))
    client.force_login(reviewer)

    page = client.get(page_of(box)).content.decode()

    assert "key stored" in page
    assert "canary" not in page
    assert "Save and test" not in page
    assert client.post(page_of(box), form(_test="")).status_code == 403


def test_what_was_typed_is_not_repeated_beside_an_error(admin_client, box):
    response = change(
        admin_client,
        box,
        base_url="nonsense",
        new_key=KEY + "2",
        new_headers=f"X-Team: {HEADER}2\nbroken {HEADER}",
    )

    page = response.content.decode()
    assert "The URL must be like" in page
    assert "Header 2 must be like" in page
    assert "canary" not in page
    assert Upstream.objects.get().key == KEY


def test_what_is_left_empty_stays_and_what_is_unticked_goes(admin_client, box):
    change(admin_client, box, max_runs=3)
    kept = Upstream.objects.get()
    change(admin_client, box, new_headers="x-team:\nX-Org: 1", forget_key="on", key_env="BOX_KEY")
    changed = Upstream.objects.get()

    assert (kept.key, kept.headers, kept.max_runs) == (KEY, {"X-Team": HEADER}, 3)
    assert (changed.encrypted_key, changed.headers) == ("", {"X-Org": "1"})


def test_the_place_of_a_key_tells_what_becomes_of_it(admin_client, box):
    empty = admin_client.get("/admin/predictions/upstream/add/").content.decode()
    full = admin_client.get(f"/admin/predictions/upstream/{box.pk}/change/").content.decode()

    assert "No key. It is kept encrypted, and not shown again." in empty
    assert "Key stored. Leave it empty to keep what is there." in full


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"base_url": ""}, "The URL must be like"),
        ({"base_url": "http://me:secret@x/v1"}, "must not hold a password"),
        ({"new_key": "sécret-0"}, "A key is one line"),
        ({"new_headers": "Host: secret-0"}, "is for us to set"),
        ({"new_key": "secret-0", "forget_key": "on"}, "Either a new key or none"),
        ({"max_runs": "0"}, "greater than or equal to 1"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(admin_client, box, fields, sentence):
    before = Upstream.objects.values().get()

    page = change(admin_client, box, **fields).content.decode()

    assert sentence in page
    assert Upstream.objects.values().get() == before


def test_it_cannot_stand_in_for_itself(admin_client, box):
    page = change(admin_client, box, fallback=box.pk).content.decode()

    assert "cannot stand in for itself" in page


def test_its_name_stays_as_the_ids_of_its_versions_are_made_of_it(admin_client, box):
    change(admin_client, box, name="other")

    assert Upstream.objects.get().name == "box"


def test_test_says_how_it_went_on_the_page_itself(admin_client, box):
    catalogue.sync(box, [FoundModel("words", SCHEMA)])

    good = change(admin_client, box, _test="")
    bad = change(admin_client, box, base_url="http://nosuch.invalid/v1", _test="")

    assert good.redirect_chain == bad.redirect_chain == [(page_of(box), 302)]
    assert re.match(r"box answers: first word after", told(good)[-1])
    assert told(bad)[-1].startswith("box: there is no host nosuch.invalid")
    assert 'class="error"' in bad.content.decode()


def test_a_new_one_can_be_saved_and_synced_at_once(admin_client, server):
    fields = form(name="box", base_url=server.url, _sync="")
    response = admin_client.post(ADD, fields, follow=True)

    assert told(response)[-1].startswith("box has ")
    assert LanguageModel.objects.filter(owner="box", name="words").exists()


def test_the_list_tests_and_syncs_those_that_are_selected(admin_client, box):
    Upstream.objects.create(name="away", kind="openai", base_url="http://nosuch.invalid/v1")
    selected = [each.pk for each in Upstream.objects.all()]

    synced = admin_client.post(LIST, {"action": "sync", "_selected_action": selected}, follow=True)
    tested = admin_client.post(
        LIST, {"action": "test", "_selected_action": selected[:1]}, follow=True
    )

    assert [sentence.split()[0] for sentence in told(synced)] == ["away:", "box"]
    assert told(tested)[0].startswith("away: there is no host")


def test_the_list_tells_where_and_how_busy_each_is(admin_client, box):
    catalogue.sync(box, [FoundModel("words", SCHEMA), FoundModel("slow", SCHEMA)])
    version = Version.objects.first()
    for status in ("processing", "processing", "starting", "succeeded"):
        Prediction.objects.create(version=version, upstream=box, status=status, input={})

    page = admin_client.get(LIST).content.decode()

    cells = dict(re.findall(r'field-(\w+)">(?:<a[^>]*>)?([^<]*)<', page))
    assert {name: cells[name] for name in ("place", "models", "running", "waiting")} == {
        "place": box.base_url,
        "models": "2",
        "running": "2",
        "waiting": "1",
    }
    assert cells["key_source"] == "key stored"


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_the_database_while_a_server_thinks(
    admin_client, box, server, monkeypatch
):
    catalogue.sync(box, [FoundModel("silent", SCHEMA)])
    monkeypatch.setattr(desk, "TEST_SECONDS", 2)
    has_answered = threading.Event()
    written_in_time = []

    def write() -> None:
        wait_until(lambda: server.stats["open"], seconds=10)
        Upstream.objects.filter(pk=box.pk).update(max_runs=7)
        written_in_time.append(not has_answered.is_set())
        connection.close()

    writing = threading.Thread(target=write)
    writing.start()
    response = change(admin_client, box, _test="")
    has_answered.set()
    writing.join()

    assert told(response)[-1] == "box: no word came within 2 s (model silent)."
    assert written_in_time == [True]


def test_with_a_ring_that_opens_nothing_the_admin_opens_and_a_new_key_mends_it(
    admin_client, box, settings
):
    settings.KEY_RING = ["bmV3LW9ubHktZm9yLXRlc3RzLW9ubHktZm9yLXRlc3Q="]

    assert "key that cannot be decrypted" in admin_client.get(LIST).content.decode()
    page = admin_client.get(page_of(box)).content.decode()
    assert "Key that cannot be decrypted." in page
    assert "There are headers that cannot be decrypted." in page
    assert "its key cannot be decrypted" in told(change(admin_client, box, _test=""))[-1]

    change(admin_client, box, new_key="another-key", new_headers="X-New: 1")
    assert (Upstream.objects.get().key, Upstream.objects.get().headers) == (
        "another-key",
        {"X-New": "1"},
    )


def test_a_versions_prices_are_kept_with_it(admin_client, box):
    catalogue.sync(box, [FoundModel("words", SCHEMA)])
    version = Version.objects.get()
    url = reverse("admin:predictions_version_change", args=[version.pk])
    fields = {
        "model": version.model_id,
        "upstream": box.pk,
        "upstream_model": "words",
        "fallback_model": "theirs",
        "openapi_schema": "{}",
        "cog_version": "0.23.1",
        "prices-TOTAL_FORMS": 1,
        "prices-INITIAL_FORMS": 0,
        "prices-0-starts_at_0": "2026-01-01",
        "prices-0-starts_at_1": "00:00:00",
        "prices-0-input": "0.5",
        "prices-0-output": "1.5",
        "prices-0-currency": "EUR",
    }

    admin_client.post(url, fields)

    version.refresh_from_db()
    assert str(version.prices.get()) == "0.500000 and 1.500000 EUR from 2026-01-01"
    assert version.fallback_model == "theirs"


def test_a_prediction_tells_operators_what_it_cost_and_what_the_server_said(admin_client, box):
    catalogue.sync(box, [FoundModel("words", SCHEMA)])
    prediction = Prediction.objects.create(
        version=Version.objects.get(),
        upstream=box,
        status="failed",
        input={},
        error="The model's server refused our key.",
        error_detail="HTTP 401: <b>no</b>",
        waiting_for="The model is starting.",
        metrics={"input_token_count": 7, "output_token_count": 10},
        cost="0.000010500000",
        cost_currency="EUR",
    )

    for url in (
        reverse("admin:predictions_prediction_changelist"),
        reverse("admin:predictions_prediction_change", args=[prediction.pk]),
    ):
        page = admin_client.get(url).content.decode()
        assert "0.0000105 EUR" in page
        assert "box" in page
    assert "HTTP 401: &lt;b&gt;no" in page
    assert "7 input, 10 output" in page
    assert "The model is starting." in page
