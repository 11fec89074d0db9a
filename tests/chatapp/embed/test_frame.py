"""The embed's two documents: who may show the frame, and what both leave behind."""

import json
import re
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from chatapp import embed
from chatapp.embed import tokens
from chatapp.models import EmbedSite
from chatapp.views import embed as views

from .conftest import HOST


def policy(response) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in response["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in parts}


def config(response) -> dict | None:
    return json.loads(re.search(r"const site=(null|{.*?});", response.content.decode())[1])


def test_the_pages_of_the_list_may_show_the_frame(client, site):
    site.origins = f"{HOST}\nhttps://other.example:8443"
    site.save()

    response = client.get(site.get_absolute_url())

    assert policy(response)["frame-ancestors"] == f"{HOST} https://other.example:8443"
    assert "X-Frame-Options" not in response


def test_a_site_without_a_list_is_shown_by_nobody(client, site):
    site.origins = ""
    site.save()

    response = client.get(site.get_absolute_url())

    assert policy(response)["frame-ancestors"] == "'none'"
    assert response["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("address", ["/", "/models/", "/login/", "/admin/login/", "/v1/docs"])
def test_everything_else_is_shown_by_nobody(client, site, address):
    response = client.get(address)

    assert policy(response)["frame-ancestors"] == "'none'"
    assert response["X-Frame-Options"] == "DENY"


def test_no_such_site_is_a_404_that_nobody_may_show(client, db):
    response = client.get("/embed/nosuchsite/")

    assert response.status_code == 404
    assert response["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("address", ["/embed/{}/", "/embed.js?site={}"])
def test_neither_looks_at_a_cookie_or_sets_one(site, address):
    client = Client()
    client.force_login(get_user_model().objects.create_user("ann"))
    client.cookies["csrftoken"] = "x" * 32
    client.cookies["django_language"] = "en"

    response = client.get(address.format(site.key))

    assert response.status_code == 200
    assert not response.cookies
    assert "ann" not in response.content.decode()
    assert "Cookie" not in response.get("Vary", "")


def test_the_admin_may_show_it_with_a_signed_address_for_this_site_alone(client, site):
    other = EmbedSite.objects.create(name="Other")
    good, bad = tokens.preview(site), tokens.preview(other)

    shown = client.get(site.get_absolute_url(), {"preview": good})
    refused = client.get(site.get_absolute_url(), {"preview": bad})

    assert policy(shown)["frame-ancestors"] == "'self'"
    assert policy(refused)["frame-ancestors"] == HOST


def test_what_a_site_says_is_shown_as_it_is_meant(client, site):
    site.title, site.placeholder = "<b>Help</b>", 'Ask "us"'
    site.greeting = "**Hello** <script>alert(1)</script> ![x](https://evil.example/x.png)"
    site.suggestions = "What is <new>?\n\n"
    site.save()

    page = client.get(site.get_absolute_url()).content.decode()

    assert "<title>&lt;b&gt;Help&lt;/b&gt;</title>" in page
    assert "<strong>Hello</strong>" in page
    assert "What is &lt;new&gt;?" in page
    assert "<script>alert" not in page
    assert "<img" not in page
    assert page.count("data-suggestion") == 1


def test_a_paused_site_says_so_and_takes_nothing(client, site):
    site.paused = True
    site.save()

    page = client.get(site.get_absolute_url()).content.decode()

    assert "This chat is paused. Try again later." in page
    assert "data-suggestion" not in page


def test_the_script_knows_what_the_launcher_needs(client, site):
    site.launcher, site.accent, site.position = "Ask us </script>", "#FFDD00", "left"
    site.save()

    response = client.get("/embed.js", {"site": site.key})

    told = config(response)
    assert (told["key"], told["label"]) == (site.key, "Ask us </script>")
    assert (told["accent"], told["on"], told["position"]) == ("#ffdd00", "#000000", "left")
    assert "</script" not in response.content.decode()
    assert response["Content-Type"].startswith("text/javascript")
    assert response["Cache-Control"] == "public, max-age=300"


def test_the_script_tells_nothing_that_only_the_server_needs(client, site):
    site.system_prompt = "You are a heron."
    site.save()

    script = client.get("/embed.js", {"site": site.key}).content.decode()
    page = client.get(site.get_absolute_url()).content.decode()

    for secret in ("heron", site.encrypted_secret, *site.secrets, str(site.model)):
        assert secret not in script + page


def test_the_script_is_served_without_spaces_and_with_its_strings_as_they_are():
    source = (Path(embed.__file__).parent / "loader.js").read_text()
    strings = re.findall(r'"[^"\n]*"', source)

    served = views.script()

    assert len(strings) > 60
    assert [each for each in strings if each not in served] == []
    assert len(served) < len(source) * 0.8


def test_the_script_of_a_paused_site_has_no_launcher(client, site):
    site.paused = True
    site.save()

    assert config(client.get("/embed.js", {"site": site.key})) is None


@pytest.mark.parametrize("key", ["", "nosuchsite", "a\0b", "x" * 3000])
def test_the_script_of_no_site_is_a_sentence(client, db, key):
    response = client.get("/embed.js", {"site": key})

    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/plain")
    assert "no such embed site" in response.content.decode()


def test_both_speak_the_language_that_the_page_asks_for(client, site):
    asked = {"language": "zh-hans"}

    page = client.get(site.get_absolute_url(), asked)
    told = config(client.get("/embed.js", {"site": site.key, **asked}))

    assert '<html lang="zh-hans"' in page.content.decode()
    assert told["language"] == "zh-hans"
    assert told["label"] != "Open the chat"


def test_without_one_they_speak_the_browsers(client, site):
    chinese = {"headers": {"Accept-Language": "zh-CN"}}

    page = client.get(site.get_absolute_url(), **chinese)
    nonsense = client.get(site.get_absolute_url(), {"language": "xx"})

    assert page["Content-Language"] == "zh-hans"
    assert nonsense["Content-Language"] == "en"
