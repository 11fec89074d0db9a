"""Embed sites in the admin: made, changed, paused; what is told beside the form, and to whom."""

import re
from html import unescape
from urllib.parse import unquote

import pytest
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chatapp.embed import tokens
from chatapp.models import (
    AuditEntry,
    Conversation,
    EmbedSite,
    EmbedVisit,
    RetentionRule,
    Spent,
    Summary,
    Transcript,
)
from predictions.signals import run_over
from tests.chatapp.conftest import end

LIST = "/admin/chatapp/embedsite/"
ADD = f"{LIST}add/"
SECRET = re.compile(r"embsec_[\w-]{43}")
OTHER_KEY = "bmV3LW9ubHktZm9yLXRlc3RzLW9ubHktZm9yLXRlc3Q="
FORM = {
    **{"origins": "https://shop.example", "model": "", "version": "", "system_prompt": ""},
    **{"title": "", "greeting": "", "suggestions": "", "placeholder": "", "launcher": ""},
    **{"accent": "#1f6f8b", "radius": "16", "position": "right", "scheme": "auto"},
    **{"visitor_limit": "50", "address_limit": "100", "daily_limit": "1000"},
    **{"budget": "", "budget_currency": "USD"},
}


@pytest.fixture
def operator(login):
    return login("Operator", name="olga")


@pytest.fixture
def site(db) -> EmbedSite:
    return EmbedSite.objects.create(name="shop", origins="https://shop.example")


@pytest.fixture
def said(version):
    """Has somebody say something on a site."""

    def say(title: str, site: str = "shop", visitor: str = "mine", **fields) -> Conversation:
        conversation = Conversation(version=version, site=site, visitor=visitor, **fields)
        answer = end(conversation.ask("Hello"), "Hi.")
        Conversation.objects.filter(id=conversation.id).update(title=title)
        run_over.send(None, prediction_id=answer.prediction_id)
        return conversation

    return say


def page_of(site: EmbedSite) -> str:
    return reverse("admin:chatapp_embedsite_change", args=[site.pk])


def shown(client, url: str) -> str:
    reply = client.get(url)
    assert reply.status_code == 200
    return unescape(reply.content.decode())


def noted() -> list[tuple]:
    entries = AuditEntry.objects.filter(subject__startswith="embed site").order_by("id")
    return list(entries.values_list("verb", "subject", "details"))


# Making and changing one


def test_a_site_is_made_and_its_secret_shown_once(operator):
    made = operator.post(ADD, FORM | {"name": "shop"})
    site = EmbedSite.objects.get()
    first, again = shown(operator, made.url), shown(operator, made.url)

    assert made.url == page_of(site)
    assert SECRET.findall(first) == site.secrets
    assert SECRET.findall(again) == []
    assert noted() == [("changed", "embed site shop", {"what": "made"})]
    for session in Session.objects.all():
        assert "embsec" not in str(session.get_decoded())


def test_its_name_stays_whatever_is_posted(operator, site):
    operator.post(page_of(site), FORM | {"name": "other", "title": "Help"})

    site.refresh_from_db()
    assert (site.name, site.title) == ("shop", "Help")


def test_the_log_says_which_fields_were_changed_and_not_to_what(operator, site):
    texts = {"greeting": "Hello\r\nthere", "suggestions": "One?\r\nTwo?"}
    operator.post(page_of(site), FORM | texts | {"accent": "#102030"})
    operator.post(page_of(site), FORM | texts | {"accent": "#102030"})

    assert noted() == [
        ("changed", "embed site shop", {"fields": "greeting, suggestions, accent"}),
    ]
    site.refresh_from_db()
    assert site.greeting == "Hello\nthere"


def test_a_form_that_was_open_for_long_does_not_undo_a_pause(operator, site):
    form = FORM | {"title": "Help", "paused": "", "encrypted_secret": "x"}
    before = site.secrets
    operator.post(reverse("admin:desk_embed_pause", args=[site.pk]))

    operator.post(page_of(site), form)

    site.refresh_from_db()
    assert (site.title, site.paused) == ("Help", True)
    assert site.secrets == before


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("origins", "https://a.example\r\nhttps://*.b.example", "https://*.b.example: name each"),
        ("origins", "https://a.example\r\nb.example/x", "b.example/x: an origin is like"),
        ("accent", "watery", "Write a colour like #1f6f8b."),
        ("radius", "33", "less than or equal to 32"),
        ("name", "API", "this one would be taken for another place"),
        ("suggestions", "\r\n".join("abcdefg"), "6 questions are the most."),
    ],
)
def test_a_refused_form_says_why_and_loses_nothing(operator, field, typed, sentence):
    reply = operator.post(ADD, FORM | {"name": "shop", "greeting": "Good day"} | {field: typed})

    page = unescape(reply.content.decode())
    assert sentence in page
    assert "Good day" in page
    for line in typed.splitlines():
        assert line in page
    assert not EmbedSite.objects.exists()


def options(page: str, name: str) -> list[str]:
    (select,) = re.findall(rf'<select name="{name}".*?</select>', page, re.DOTALL)
    return re.findall(r'<option value="([^"]+)"', select)


@pytest.fixture
def mute(make_version):
    """Of a model that does not stream."""
    return make_version("box/mute", openapi_schema={"components": {"schemas": {"Output": {}}}})


def test_only_models_and_versions_that_stream_are_offered(operator, site, version, mute):
    page = shown(operator, page_of(site))

    assert options(page, "model") == [str(version.model_id)]
    assert options(page, "version") == [version.pk]
    assert f'<optgroup label="{version.model}">' in page
    operator.post(page_of(site), FORM | {"model": mute.model_id})
    site.refresh_from_db()
    assert site.model is None


def test_a_version_of_another_model_is_refused(operator, site, version, chat):
    refused = operator.post(page_of(site), FORM | {"model": chat.model_id, "version": version.pk})
    assert "This is not a version of that model." in refused.content.decode()

    operator.post(page_of(site), FORM | {"model": chat.model_id, "version": chat.pk})

    site.refresh_from_db()
    assert site.current_version == chat


def test_what_was_chosen_is_offered_still_when_its_upstream_is_away(operator, site, version):
    EmbedSite.objects.update(model=version.model, version=version)
    version.upstream.enabled = False
    version.upstream.save()

    operator.post(page_of(site), FORM | {"model": version.model_id, "version": version.pk})

    site.refresh_from_db()
    assert site.version == version


# The list, pausing


def test_the_list_tells_what_goes_on_where(operator, site, said):
    origins = "\n".join(f"https://{name}.example" for name in "abcd")
    EmbedSite.objects.create(name="docs", origins=origins, paused=True)
    said("One")
    said("Two")
    Spent.objects.create(site="docs", visitor="x", sent_at="2020-01-01T00:00Z")

    rows = re.findall(r"<tr>.*?</tr>", shown(operator, LIST), re.DOTALL)
    docs, shop = (re.sub(r"<.*?>", " ", row) for row in rows[1:])

    assert "a.example, b.example and 2 more" in docs
    assert re.search(r"paused\s+0\s+-", docs)
    assert re.search(r"shop.example\s+as the chat page\s+on\s+2\s+\d+ \w+ 20\d\d, ", shop)


def test_the_list_asks_as_much_of_the_database_for_many_sites_as_for_few(operator, site):
    counts = []
    for number in range(30):
        EmbedSite.objects.create(name=f"site {number}")
        with CaptureQueriesContext(connection) as queries:
            operator.get(LIST)
        counts.append(len(queries))

    assert counts[1] == counts[-1]


@pytest.mark.parametrize(
    ("asked", "found"), [("q=hop", ["shop"]), ("q=docs.exam", ["docs"]), ("paused=1", ["docs"])]
)
def test_sites_are_found(operator, site, asked, found):
    EmbedSite.objects.create(name="docs", origins="https://docs.example", paused=True)
    asked = asked.replace("paused=", "paused__exact=")

    names = re.findall(r'field-name"><a[^>]*>(.*?)</a>', shown(operator, f"{LIST}?{asked}"))

    assert names == found


def test_several_are_paused_and_go_on_with_one_action(operator, site):
    other = EmbedSite.objects.create(name="docs", paused=True)
    chosen = {"_selected_action": [site.pk, other.pk]}

    told = operator.post(LIST, {"action": "pause"} | chosen, follow=True).content.decode()
    assert "“shop” is paused" in told
    assert EmbedSite.objects.filter(paused=True).count() == 2
    operator.post(LIST, {"action": "go_on"} | chosen)

    assert not EmbedSite.objects.filter(paused=True).exists()
    assert [details for _, _, details in noted()] == [
        {"what": "paused"},
        *[{"what": "goes on"}] * 2,
    ]


def test_one_is_paused_with_one_click_and_a_second_one_does_not_undo_it(operator, site):
    url = reverse("admin:desk_embed_pause", args=[site.pk])

    operator.post(url)
    operator.post(url)
    assert "No message is taken" in shown(operator, page_of(site))
    assert EmbedSite.objects.get().paused
    operator.post(url, {"go_on": "1"})

    assert not EmbedSite.objects.get().paused
    assert len(noted()) == 2


def test_who_may_only_look_neither_pauses_nor_chats(login, site):
    viewer = login(permissions=Permission.objects.filter(codename="view_embedsite"))

    page = shown(viewer, page_of(site))
    acted = viewer.post(LIST, {"action": "pause", "_selected_action": [site.pk]})

    assert "embed.js?site=" in page
    assert not re.search(r'<iframe src="/embed/|/pause/|/secret/', page)
    assert acted.status_code in {200, 302, 403}
    assert not EmbedSite.objects.get().paused


# What its page shows


def test_what_goes_into_a_page_can_be_copied(operator, site, settings):
    EmbedSite.objects.update(title='"><script>alert(1)</script>')
    site.refresh_from_db()
    here = shown(operator, page_of(site))
    settings.PUBLIC_URL = "https://chat.example.org"
    settings.ALLOWED_HOSTS = ["*"]

    page = operator.get(page_of(site), secure=True).content.decode()
    public = unescape(page)

    assert f'<script async src="http://testserver/embed.js?site={site.key}"></script>' in here
    origin = "https://chat.example.org"
    assert f'<script async src="{origin}/embed.js?site={site.key}"></script>' in public
    assert f'<iframe src="{origin}/embed/{site.key}/" title="&quot;&gt;' in public
    assert "<script>alert" not in page


def test_a_site_without_origins_says_that_no_page_shows_it(operator, site):
    assert "No page may show it yet" not in shown(operator, page_of(site))
    EmbedSite.objects.update(origins="")

    assert "No page may show it yet" in shown(operator, page_of(site))


def test_the_preview_is_our_own_frame_and_no_other_page_may_have_one(operator, site):
    reply = operator.get(page_of(site))
    (address,) = re.findall(r'<iframe src="([^"]+)"', reply.content.decode())
    elsewhere = operator.get(LIST)

    path, _, preview = address.partition("?preview=")
    assert path == site.get_absolute_url()
    assert tokens.is_preview(site, unquote(unescape(preview)))
    assert "frame-src 'self'" in reply["Content-Security-Policy"]
    assert "frame-src" not in elsewhere["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in reply["Content-Security-Policy"]


def test_a_form_with_errors_shows_what_is_saved_beside_it(operator, site):
    form = FORM | {"title": "Changed", "accent": "watery"}

    page = operator.post(page_of(site), form).content.decode()

    assert "The preview shows what is saved." in page
    assert "title=&quot;Chat&quot;" in page
    assert 'value="Changed"' in page


def test_the_newest_transcripts_are_shown_to_who_may_read_them(operator, login, site, said):
    said("Elsewhere", site="docs")
    for number in range(12):
        said(f"Number {number}")
    said("Theirs", visitor="ann@pond.example~0123456789abcdef01234567")
    both = login("Operator", "Reviewer", name="bo")

    page, unread = shown(both, page_of(site)), shown(operator, page_of(site))

    titles = re.findall(r'class="desk-title">(.*?)</bdi>', page)
    assert titles == ["Theirs", *(f"Number {n}" for n in range(11, 2, -1))]
    assert "<bdi>ann@pond.example</bdi>" in page
    address = reverse("admin:chatapp_transcript_change", args=[Transcript.objects.first().id])
    assert f'href="{address}"' in page
    (all_of_them,) = re.findall(r'href="([^"]+)">All transcripts', page)
    listed = shown(both, all_of_them)
    assert "Theirs" in listed
    assert "Elsewhere" not in listed
    assert "Number" not in unread
    assert "transcript/" not in unread


def test_where_contents_are_hidden_no_title_is_shown(login, site, said, settings):
    settings.CHAT_HIDE_CONTENTS = True
    conversation = said("About herons")

    page = shown(login("Operator", "Reviewer"), page_of(site))

    assert "herons" not in page
    assert f"Conversation {str(conversation.id)[:8]}" in page


def test_how_long_conversations_are_kept_is_told_and_leads_to_the_one_rule(admin_client, site):
    said = []
    for rules in ([], [{"days": 30}], [{"site": "shop", "days": 1}]):
        for rule in rules:
            RetentionRule.objects.create(**rule)
        said.append(shown(admin_client, page_of(site)))

    assert "Kept for ever" in said[0]
    assert "Kept for 30 days after the last activity, by the rule for all sites" in said[1]
    assert "Kept for 1 day after the last activity." in said[2]
    (add,) = re.findall(r'href="([^"]+)">Make a rule for it', said[1])
    assert 'value="shop"' in shown(admin_client, add)
    (change,) = re.findall(r'href="([^"]+)">Change its rule', said[2])
    assert 'value="shop"' in shown(admin_client, change)


def test_who_may_not_change_rules_is_not_led_there(operator, site):
    assert "retentionrule" not in shown(operator, page_of(site))


# The secret


def test_a_new_secret_is_confirmed_shown_once_and_the_old_one_good_for_a_day(operator, site):
    url = reverse("admin:desk_embed_secret", args=[site.pk])
    (old,) = site.secrets
    asked = shown(operator, url)
    assert EmbedSite.objects.get().secrets == [old]

    made = operator.post(url)
    first, again = shown(operator, made.url), shown(operator, made.url)

    site.refresh_from_db()
    assert "good for a day more" in asked
    assert site.secrets == [SECRET.search(first)[0], old]
    assert SECRET.findall(again) == []
    assert "embsec" not in str(noted())
    assert noted() == [("changed", "embed site shop", {"what": "new secret"})]
    assert "the secret before that one stops being good at once" in shown(operator, url)


def test_a_secret_that_cannot_be_read_is_told_and_a_new_one_mends_it(operator, site, settings):
    settings.KEY_RING = [OTHER_KEY]
    url = reverse("admin:desk_embed_secret", args=[site.pk])

    assert "KEY_RING does not hold the key" in shown(operator, page_of(site))
    assert "cannot be read" in shown(operator, url)
    operator.post(page_of(site), FORM | {"title": "Help"})
    made = operator.post(url)

    page = shown(operator, made.url)
    site.refresh_from_db()
    assert site.title == "Help"
    assert site.secrets == SECRET.findall(page)
    assert "KEY_RING" not in page


# Deleting


def test_transcripts_stay_when_a_site_is_deleted(operator, site, said):
    said("Hers")
    EmbedVisit.objects.begin(site)
    url = reverse("admin:chatapp_embedsite_delete", args=[site.pk])

    asked = shown(operator, url)
    operator.post(url, {"post": "yes"})

    assert "Transcripts, usage and a retention rule stay" in asked
    assert "Visits: 1" in asked
    assert not EmbedSite.objects.exists()
    assert Summary.objects.get().site == "shop"
    assert noted() == [("deleted", "embed site shop", {})]


def test_several_are_deleted_from_the_list(operator, site):
    form = {"action": "delete_selected", "_selected_action": [site.pk]}

    assert "Transcripts, usage" in operator.post(LIST, form).content.decode()
    operator.post(LIST, form | {"post": "yes"})

    assert not EmbedSite.objects.exists()
    assert len(noted()) == 1
