"""The audit log: read, and changed by nobody."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from chatapp.desk import audit
from chatapp.models import AuditEntry, Conversation

pytestmark = pytest.mark.django_db
LIST = "admin:chatapp_auditentry_changelist"
Verb = AuditEntry.Verb


@pytest.fixture
def rita():
    return User.objects.create_user("rita", is_staff=True)


@pytest.fixture
def conversation(conversation):
    conversation.title = "Of rivers"
    conversation.save()
    return conversation


def page(client, **asked) -> str:
    return client.get(reverse(LIST), asked).content.decode()


def rows(text: str) -> int:
    return text.count('class="field-person')


def test_the_newest_come_first_with_a_way_to_what_is_still_there(conversation, rita, admin_client):
    gone = Conversation.objects.create(title="Of ponds", deleted_at=timezone.now())
    audit.record(rita, Verb.READ, conversation)
    audit.record(rita, Verb.READ, gone)

    text = page(admin_client)

    assert text.index("Of ponds") < text.index("Of rivers")
    assert reverse("admin:chatapp_transcript_change", args=[conversation.id]) in text
    assert reverse("admin:chatapp_transcript_change", args=[gone.id]) not in text


def test_it_is_filtered_by_who_what_and_when(conversation, rita, admin_client):
    audit.record(rita, Verb.READ, conversation)
    audit.record(None, Verb.PRUNED, count=3)
    AuditEntry.objects.filter(verb="pruned").update(at=timezone.now() - timedelta(days=3))

    assert rows(page(admin_client)) == 2
    assert rows(page(admin_client, who=rita.pk)) == 1
    assert "pruned" in page(admin_client, who="server")
    assert rows(page(admin_client, verb__exact="read")) == 1
    assert rows(page(admin_client, days="1")) == 1
    assert rows(page(admin_client, days="7")) == 2
    assert rows(page(admin_client, days="x", who="x")) == 2


def test_it_is_searched_by_conversation_and_by_who(conversation, rita, admin_client):
    audit.record(rita, Verb.READ, conversation)
    audit.record(None, Verb.PRUNED, count=3)

    assert rows(page(admin_client, q=str(conversation.id))) == 1
    assert rows(page(admin_client, q="RIT")) == 1
    assert rows(page(admin_client, q="nobody")) == 0


def test_whoever_read_it_last_is_told_once(conversation, rita):
    other = User.objects.create_user("otto")
    for who in (rita, other, rita):
        audit.record(who, Verb.READ, conversation)

    assert [reader.name for reader in audit.readers_of(conversation)] == ["rita", "otto"]


def test_details_are_readable_and_hostile_ones_are_text(rita, admin_client):
    hostile = "<img src=x onerror=alert(1)>"
    entry = audit.record(rita, Verb.EXPORTED, subject=hostile, format=hostile, rows=3)

    one = admin_client.get(reverse("admin:chatapp_auditentry_change", args=[entry.pk]))

    for text in (page(admin_client), one.content.decode()):
        assert hostile not in text
        assert "&lt;img" in text


@pytest.mark.parametrize("verb", ["change", "delete"])
def test_not_even_a_superuser_changes_it(verb, rita, admin_client):
    entry = audit.record(rita, Verb.READ, subject="x")
    before = list(AuditEntry.objects.values())

    response = admin_client.post(
        reverse(f"admin:chatapp_auditentry_{verb}", args=[entry.pk]),
        {"post": "yes", "subject": "y"},
    )
    admin_client.post(reverse(LIST), {"action": "delete_selected", "_selected_action": [entry.pk]})

    assert response.status_code == 403
    assert list(AuditEntry.objects.values()) == before
    assert admin_client.get(reverse("admin:chatapp_auditentry_add")).status_code == 403


def test_a_long_log_is_not_read_through(rita, admin_client):
    AuditEntry.objects.bulk_create(AuditEntry(who=rita, verb="read") for _ in range(200))

    with CaptureQueriesContext(connection) as queries:
        page(admin_client, who=rita.pk)

    counts = [
        each["sql"] for each in queries if "COUNT(*)" in each["sql"] and "audit" in each["sql"]
    ]
    assert counts
    assert all("LIMIT 10000" in sql for sql in counts)


def test_a_conversation_that_is_gone_leaves_no_title_behind(conversation, rita, admin_client):
    audit.record(rita, Verb.READ, conversation)
    url = reverse("admin:chatapp_transcript_delete", args=[conversation.id])

    admin_client.post(url, {"post": "yes"})

    assert not Conversation.objects.exists()
    entries = list(AuditEntry.objects.filter(verb="read").values("subject", "details"))
    assert "Of rivers" not in json.dumps(entries)
    admin_client.get(reverse("admin:index"))  # which says once that it was deleted
    assert "Of rivers" not in admin_client.get(reverse("admin:index")).content.decode()
