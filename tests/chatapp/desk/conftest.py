from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.test import Client


@pytest.fixture
def roles(db) -> None:
    """As the migration makes them: a test that emptied every table took them away."""
    for name in ("0007_roles", "0009_who_looks_after_embeds"):
        import_module(f"chatapp.migrations.{name}").forwards(apps, None)


@pytest.fixture
def login(roles):
    """Makes a browser of staff with these roles or permissions: `login("Reviewer")`."""

    def make(*roles: str, name: str = "rita", permissions=()) -> Client:
        user = User.objects.create_user(name, password="stones-and-water", is_staff=True)
        user.groups.set(Group.objects.filter(name__in=roles))
        user.user_permissions.set(permissions)
        client = Client()
        client.force_login(user)
        client.user = user
        return client

    return make


@pytest.fixture
def reviewer(login) -> Client:
    return login("Reviewer")
