"""Whatever was said, and wherever: no page of the admin runs it, or asks anybody for anything."""

import pytest

from .test_hostile_words import CORPUS, GUARD

MADE = """
import sys
from django.contrib.auth.models import User
from chatapp.models import Conversation
from predictions.models import Version
from tests.chatapp.desk import matrix, things
corpus = sys.stdin.read()
hostile = "<img src=x onerror=alert(1)>"
conversation = things.held(Version.objects.get(model__name="demo"), corpus)
things.EmbedSite.objects.all().delete()  # the demo's
made = things.of_each(conversation, corpus)
Conversation.objects.update(title=hostile + corpus[:60])
User.objects.filter(username="owner").update(username=hostile, email=hostile)
for rows in ("tag", "deployment", "apitoken", "upstream"):
    app = "chatapp" if rows == "tag" else "predictions"
    from django.apps import apps
    apps.get_model(app, rows).objects.update(name=hostile)
things.WebhookDelivery.objects.update(url=hostile, error=hostile)
things.AuditEntry.objects.update(subject=hostile, who_name=hostile)
things.RetentionRule.objects.update(site=hostile)
texts = ("name", "origins", "title", "greeting", "suggestions", "system_prompt", "launcher")
things.EmbedSite.objects.update(**dict.fromkeys(texts, hostile))
for name in matrix.names():
    if matrix.rule(name)[0] not in {None, matrix.NOBODY}:
        print(matrix.address(name, made.ids))
"""
ALIVE = (
    "[onerror], [onclick], [onload], [onfocus], [ontoggle], [href^='javascript:'], object, "
    "iframe:not([src^='/embed/'])"
)
DOWNLOADS = ("/text/", "receipt.txt", "receipt.json", "/log/")


@pytest.fixture
def admin(open_browser, server):
    page = open_browser()
    page.add_init_script(f"({GUARD})()")
    page.goto(f"{server.url}/admin/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(server.password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{server.url}/admin/")
    return page


def test_the_corpus_runs_on_no_page_of_the_admin(admin, server):
    addresses = server.shell(MADE, typed=CORPUS.replace("\0", "\ufffd")).split()
    asked: list[str] = []
    admin.context.on("request", lambda request: asked.append(request.url))
    seen, broken = 0, []

    for address in [*addresses, "/admin/chatapp/transcript/?q=img", "/admin/?", "/admin/chatapp/"]:
        reply = admin.request.get(f"{server.url}{address}")
        assert reply.headers["x-content-type-options"] == "nosniff"
        is_page = reply.headers.get("content-type", "").startswith("text/html")
        if not is_page or reply.status != 200:
            continue
        admin.goto(f"{server.url}{address}")
        seen += 1
        admin.evaluate("document.querySelectorAll('details').forEach((it) => (it.open = true))")
        if admin.evaluate("window.broken.length") or admin.locator(ALIVE).count():
            broken.append(address)

    assert broken == []
    assert seen > 50
    assert [url for url in asked if not url.startswith((server.url, "data:"))] == []
