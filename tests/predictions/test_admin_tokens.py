"""API tokens in the admin: made, shown once, changed, revoked."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from predictions.models import ApiToken

ADD = "/admin/predictions/apitoken/add/"
TEXT = re.compile(r"riv_[\w-]{43}")


def make(client: Client, owner, **fields: object):
    form = {"name": "for a test", "owner": owner.pk, "can_read": "on", "can_write": "on"} | fields
    return client.post(ADD, form)


def shown(response) -> list[str]:
    return TEXT.findall(response.content.decode())


def test_a_token_is_shown_once_and_works(admin_client, admin_user):
    made = make(admin_client, admin_user)
    first = shown(admin_client.get(made.url))
    again = shown(admin_client.get(made.url))

    assert len(first) == 1
    assert ApiToken.find(first[0]).owner == admin_user
    assert again == []


def test_its_text_never_lies_in_a_session(admin_client, admin_user):
    make(admin_client, admin_user)

    for session in Session.objects.all():
        assert not TEXT.search(str(session.get_decoded()))


def test_the_form_offers_oneself_as_the_owner(admin_client, admin_user):
    page = admin_client.get(ADD).content.decode()

    assert f'<option value="{admin_user.pk}" selected>' in page


def test_its_name_scopes_and_expiry_change_but_not_its_owner(
    admin_client, admin_user, django_user_model
):
    text = ApiToken.make(admin_user, "before")
    other = django_user_model.objects.create_user("other")
    token = ApiToken.find(text)

    admin_client.post(
        reverse("admin:predictions_apitoken_change", args=[token.pk]),
        {
            "name": "after",
            "owner": other.pk,
            "can_read": "on",
            "expires_at_0": "2999-01-01",
            "expires_at_1": "00:00:00",
        },
    )

    changed = ApiToken.find(text)
    assert (changed.name, changed.can_read, changed.can_write) == ("after", True, False)
    assert changed.expires_at.year == 2999
    assert changed.owner == admin_user


def test_the_list_tells_what_a_token_may_and_when_it_was_used(admin_client, admin_user):
    text = ApiToken.make(admin_user, "lister", can_write=False, last_used_at=timezone.now())

    page = admin_client.get(reverse("admin:predictions_apitoken_changelist")).content.decode()

    assert f"…{text[-4:]}" in page
    assert re.search(r'field-scopes">read<', page)
    assert re.search(r'field-last_used_at nowrap">\w', page)
    assert text not in page


def test_deleting_revokes(admin_client, admin_user):
    text = ApiToken.make(admin_user, "gone")

    url = reverse("admin:predictions_apitoken_delete", args=[ApiToken.find(text).pk])
    admin_client.post(url, {"post": "yes"})

    assert ApiToken.find(text) is None


@pytest.fixture
def staff(django_user_model):
    """Somebody who may make tokens, and is no superuser."""
    user = django_user_model.objects.create_user("staff", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__model="apitoken"))
    return user


def test_only_superusers_make_tokens_for_others(client, staff, admin_user):
    client.force_login(staff)

    make(client, admin_user)
    assert not ApiToken.objects.exists()

    make(client, staff)
    assert ApiToken.objects.get().owner == staff
