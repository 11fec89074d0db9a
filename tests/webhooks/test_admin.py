"""The desk of webhooks: what was sent, Send again, and the secrets nobody sees."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from predictions.models import WebhookDelivery, WebhookSecret
from predictions.webhooks import deliveries

from .conftest import end

pytestmark = pytest.mark.django_db
DELIVERIES = "admin:predictions_webhookdelivery_changelist"
SECRETS = "admin:predictions_webhooksecret_changelist"


@pytest.fixture
def delivery(make_prediction):
    """One that was dropped."""
    end(make_prediction())
    (claimed,) = deliveries.claim(64, {})
    deliveries.settle(claimed, None)
    return WebhookDelivery.objects.get()


def act(client, name: str, row, action: str):
    return client.post(reverse(name), {"action": action, "_selected_action": [row.pk]}, follow=True)


def test_send_again_makes_it_due_now_and_keeps_what_it_was(delivery, admin_client):
    act(admin_client, DELIVERIES, delivery, "send_again")

    now = WebhookDelivery.objects.get()
    assert (now.status, now.attempts, now.webhook_id) == ("pending", 1, delivery.webhook_id)
    assert [each.attempts for each in deliveries.claim(64, {})] == [2]


def test_who_may_only_look_cannot_send_again(delivery, client):
    reviewer = get_user_model().objects.create_user("reviewer", is_staff=True)
    reviewer.user_permissions.add(Permission.objects.get(codename="view_webhookdelivery"))
    client.force_login(reviewer)

    page = client.get(reverse(DELIVERIES))
    act(client, DELIVERIES, delivery, "send_again")

    assert delivery.host in page.content.decode()
    assert WebhookDelivery.objects.get().status == "dropped"


def test_the_pages_show_what_happened_and_change_nothing(delivery, admin_client):
    WebhookDelivery.objects.update(error="<img src=x onerror=alert(1)>")
    page = reverse("admin:predictions_webhookdelivery_change", args=[delivery.pk])

    for url in (reverse(DELIVERIES), reverse(DELIVERIES) + "?status=dropped&q=x", page):
        shown = admin_client.get(url)
        assert shown.status_code == 200
        assert "<img src=x" not in shown.content.decode()
    assert admin_client.post(page, {"status": "delivered"}).status_code == 403


def test_the_list_tells_how_each_went_before_where_it_went(delivery, admin_client):
    WebhookDelivery.objects.update(status="failed", error="No such host. " * 20, url="x" * 2000)

    listed = admin_client.get(reverse(DELIVERIES)).content.decode()

    assert listed.index("field-status") < listed.index("field-host")
    assert "No such host" in listed
    assert "No such host. " * 5 not in listed
    assert "x" * 300 not in listed


def test_a_prediction_leads_to_its_deliveries(delivery, admin_client):
    page = reverse("admin:predictions_prediction_change", args=[delivery.prediction_id])

    link = re.search(
        r'href="([^"]+\?prediction=[^"]+)">1<', admin_client.get(page).content.decode()
    )
    listed = admin_client.get(link[1]).content.decode()
    others = admin_client.get(link[1][:-3] + "zzz").content.decode()

    assert delivery.host in listed
    assert delivery.url not in others


def test_keys_are_not_shown(admin_user, admin_client):
    (key,) = WebhookSecret.keys_of(admin_user)
    secret = WebhookSecret.objects.get()

    detail = reverse("admin:predictions_webhooksecret_change", args=[secret.pk])
    for url in (reverse(SECRETS), detail):
        page = admin_client.get(url)
        assert page.status_code == 200
        assert "admin" in page.content.decode()
        assert key[8:] not in page.content.decode()


def test_rotate_makes_a_new_secret_and_lets_the_old_one_expire_in_a_day(admin_user, admin_client):
    (old,) = WebhookSecret.keys_of(admin_user)

    act(admin_client, SECRETS, WebhookSecret.objects.get(), "rotate")

    new, kept = WebhookSecret.keys_of(admin_user)
    remaining = WebhookSecret.objects.exclude(expires_at=None).get().expires_at - timezone.now()
    assert new != old == kept
    assert timedelta(hours=23, minutes=59) < remaining < timedelta(hours=24, seconds=2)


def test_an_expired_secret_signs_no_more(admin_user):
    WebhookSecret.keys_of(admin_user)
    WebhookSecret.rotate(admin_user)
    old = WebhookSecret.objects.exclude(expires_at=None)

    old.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert len(WebhookSecret.keys_of(admin_user)) == 1


def test_each_account_has_a_secret_of_its_own(admin_user):
    other = get_user_model().objects.create_user("other")

    assert WebhookSecret.keys_of(admin_user) == WebhookSecret.keys_of(admin_user)
    assert WebhookSecret.keys_of(admin_user) != WebhookSecret.keys_of(other)
