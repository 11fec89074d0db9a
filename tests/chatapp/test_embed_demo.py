"""The demo of the embed: the site that `manage.py up` keeps, and the page around it."""

import re

import pytest
from django.test import Client

from chatapp.embed import demo
from chatapp.models import EmbedSite
from tests.running import ROOT

CHAT, HOST = "http://127.0.0.1:8000", "http://localhost:8000"
AT_HOST = {"SERVER_NAME": "localhost", "SERVER_PORT": "8000"}


@pytest.fixture(autouse=True)
def _here(settings):
    settings.HOST, settings.PORT, settings.PUBLIC_URL = "127.0.0.1", 8000, ""


@pytest.fixture
def site(version) -> EmbedSite:
    demo.keep()
    return demo.site()


def policy(response) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in response["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in parts}


# The site


def test_the_site_is_made_once_with_the_demo_and_something_to_ask(version):
    assert demo.keep() == f"{HOST}/host/"
    assert demo.keep() == f"{HOST}/host/"

    site = EmbedSite.objects.get()
    site.full_clean()
    assert str(site.model) == "rivulet/demo"
    assert site.allowed == [HOST]
    assert len(site.questions) == 3
    assert site.greeting


def test_what_an_operator_has_changed_lasts_but_the_page_is_allowed_again(site):
    site.origins, site.title, site.model, site.paused = "https://shop.example", "Hello", None, True
    site.save()

    demo.keep()

    site.refresh_from_db()
    assert site.allowed == ["https://shop.example", HOST]
    assert (site.title, site.model, site.paused) == ("Hello", None, True)


def test_another_port_is_another_origin(site, settings):
    settings.PORT = 8001

    assert demo.keep() == "http://localhost:8001/host/"
    site.refresh_from_db()
    assert site.allowed == [HOST, "http://localhost:8001"]


def test_a_long_list_makes_room(site, settings):
    site.origins = "\n".join(f"http://localhost:{port}" for port in range(1000, 1050))
    site.save()

    demo.keep()

    site.refresh_from_db()
    assert len(site.allowed) == 50
    assert site.allowed[-1] == HOST


def test_on_localhost_the_page_is_at_the_other_name(site, settings):
    settings.HOST = "localhost"

    assert demo.origins() == (HOST, CHAT)
    assert demo.keep() == f"{CHAT}/host/"


@pytest.mark.parametrize(
    ("setting", "value"),
    [("PUBLIC_URL", "https://chat.example.org"), ("HOST", "192.168.1.5")],
)
def test_where_there_is_no_second_origin_there_is_no_demo(setting, value, client, settings, db):
    setattr(settings, setting, value)

    assert demo.keep() == ""
    assert not EmbedSite.objects.exists()
    assert client.get("/host/", secure=True).status_code == 404


# The page


def test_the_page_has_the_line_of_the_site_and_of_the_chats_origin(client, site):
    page = client.get("/host/", **AT_HOST).content.decode()

    script = re.search(r'<script async src="(.*?)">', page)[1]
    assert script == f"{CHAT}/embed.js?site={site.key}"
    shown = re.search(r"&lt;script async src=\"(.*?)\"", page)[1]
    assert shown == script


def test_only_on_this_page_the_chats_origin_is_let_in(client, site):
    here, chat = (policy(client.get(path, **AT_HOST)) for path in ("/host/", "/"))

    assert here["script-src"] == f"'self' {CHAT}"
    assert here["frame-src"] == CHAT
    same = {name: value for name, value in here.items() if name not in {"script-src", "frame-src"}}
    assert same | {"script-src": "'self'"} == chat


@pytest.mark.parametrize("name", ["127.0.0.1", "testserver"])
def test_at_any_other_origin_it_leads_to_its_own(name, client, site):
    response = client.get("/host/?x=1", SERVER_NAME=name, SERVER_PORT="8000")

    assert response.status_code == 302
    assert response["Location"] == f"{HOST}/host/?x=1"


def test_without_the_site_there_is_no_page(client, db):
    assert client.get("/host/", **AT_HOST).status_code == 404


def test_it_may_be_framed_by_nobody_and_only_be_read(site):
    client = Client(enforce_csrf_checks=True)

    assert client.get("/host/", **AT_HOST)["X-Frame-Options"] == "DENY"
    assert client.post("/host/", **AT_HOST).status_code in {403, 405}


def test_nothing_of_the_chats_look_is_on_the_page():
    page = (ROOT / "templates/host.html").read_text()

    assert re.findall(r"static '(css/.*?)'", page) == ["css/host.css"]


# What the first run says


def test_the_welcome_names_the_page(first_run):
    port = first_run.environment["PORT"]

    assert f"  Embed   http://localhost:{port}/host/\n" in first_run.output()


def test_with_a_public_address_the_welcome_does_not(make_server, tmp_path):
    server = make_server(
        PUBLIC_URL="http://chat.example.org",
        ALLOWED_HOSTS="127.0.0.1",
        DATA_DIR=str(tmp_path / "fresh"),
    )

    assert "Rivulet is ready" in server.output()
    assert "Embed" not in server.output()
