"""Who may do what in the admin: every address, every role, reading and changing.

The addresses are the resolver's own: a new one without a rule in `matrix` fails here.
"""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.test import Client

from chatapp.models import (
    AuditEntry,
    Conversation,
)

from . import matrix
from . import things as one

pytestmark = pytest.mark.django_db
WORD = "heronsecret"
FORM = {
    **{"action": "delete_selected", "post": "yes", "confirmed": "1", "what": "message"},
    **{"name": "other", "words": "Hello", "days": "1", "site": "", "text": "x", "reason": "x"},
    **{"verb": "flag", "tag": "x", "comment": "x", "username": "x", "_save": "Save"},
}


@pytest.fixture
def conversation(version):
    return one.held(version, WORD)


@pytest.fixture
def things(conversation):
    """One of each, and their ids."""
    made = one.of_each(conversation, WORD)
    yield made.ids
    made.clear()


def staff(*roles: str, **fields) -> Client:
    user = User.objects.create_user("staff", is_staff=True, **fields)
    user.groups.set(Group.objects.filter(name__in=roles))
    return login(user)


def login(user: User) -> Client:
    client = Client()
    client.force_login(user)
    client.user = user
    return client


def viewer() -> Client:
    """May see all that the admin has, by the permission of that name."""
    client = staff()
    client.user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    return client


ROLES = {
    "nobody": Client,
    "a visitor with an account": lambda: login(User.objects.create_user("ann")),
    "staff without permissions": staff,
    "Reviewer": lambda: staff("Reviewer"),
    "Operator": lambda: staff("Operator"),
    "who may view everything": viewer,
    "a superuser": lambda: staff(is_superuser=True),
}
FINE = {200, 204, 302, 400, 404, 409, 422}


def expected(client: Client, permission) -> str:
    """What becomes of whoever asks for it: `login`, `refused`, `no way` (405) or `fine`."""
    user = getattr(client, "user", None)
    if user is None or not user.is_staff:
        return "login"
    if permission == matrix.NOBODY:
        return "refused"
    if permission is None:
        return "no way"
    needed = [permission] if isinstance(permission, str) else permission
    return "fine" if user.has_perms([each for each in needed if each]) else "refused"


def outcome(response) -> str:
    status = response.status_code
    if status == 302 and "/admin/login/" in response["Location"]:
        return "login"
    if status in {403, 405}:
        return {403: "refused", 405: "no way"}[status]
    assert status in FINE, f"{response.request['PATH_INFO']}: {status}"
    return "fine"


def form(url: str, things: dict) -> dict:
    """Whatever a page wants to change something, with what is in its list selected."""
    chosen = [
        args[0]
        for model, args in things.items()
        if isinstance(args, tuple) and f"/{model.replace('_', '/')}/" in url
    ]
    return FORM | ({"_selected_action": chosen[0]} if chosen else {})


KEPT_ASIDE = (Session, AuditEntry)  # to look at something is written down


def everything() -> list:
    """All rows, as the database has them."""
    models = [model for model in apps.get_models() if not model._meta.proxy]
    rows = []
    with connection.cursor() as cursor:
        for model in models:
            if model not in KEPT_ASIDE:
                cursor.execute(f'SELECT * FROM "{model._meta.db_table}" ORDER BY 1')
                rows.append(cursor.fetchall())
    return rows


def test_every_address_and_every_model_has_a_rule():
    for name in matrix.names():
        matrix.rule(name)
    missing = matrix.registered() - set(matrix.MODELS)
    assert not missing, f"say in matrix.MODELS what can be done with {missing}"


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_what_it_may_and_nothing_else(role, things):
    """And whom a page refuses, or who may only view it, changes nothing by it."""
    client, before, wrong = ROLES[role](), everything(), []
    changes_nothing = role in {"who may view everything", "staff without permissions"}
    for name in matrix.names():
        url = matrix.address(name, things)
        for verb, permission in zip(("get", "post"), matrix.rule(name), strict=True):
            found, wanted = "", expected(client, permission)
            with transaction.atomic():
                response = getattr(client, verb)(url, *([form(url, things)] * (verb == "post")))
                found = outcome(response)
                is_harmless = everything() == before
                transaction.set_rollback(True)
            # Whether one may not, or it cannot be done this way: either is a refusal.
            is_refusal = {wanted, found} == {"no way", "refused"}
            if found != wanted and not is_refusal:
                wrong.append(f"{verb} {name}: {found} ({response.status_code}), not {wanted}")
            must_keep = verb == "get" or found != "fine" or changes_nothing
            if must_keep and not is_harmless:
                wrong.append(f"{verb} {name}: changed something")

    assert wrong == []


def test_to_view_one_kind_is_to_view_no_other(things):
    client = staff()
    for model in matrix.registered():
        label, _, short = model.partition("_")
        permission = Permission.objects.get(codename=f"view_{short}", content_type__app_label=label)
        client.user.user_permissions.set([permission])
        opened = [
            other
            for other in matrix.registered()
            if client.get(matrix.address(f"{other}_changelist", things)).status_code == 200
        ]
        assert opened == [model]


@pytest.mark.parametrize("role", ["staff without permissions", "Operator"])
def test_who_may_not_read_chats_finds_no_word_of_one_anywhere(role, things, conversation):
    client = ROLES[role]()
    # Also not where the visitor's preset, title or file is another's relative.
    Conversation.objects.update(title=f"Of {WORD}")

    for name in matrix.names():
        url = matrix.address(name, things)
        for asked in (url, f"{url}?q={WORD[:5]}"):
            response = client.get(asked)
            if not response.streaming:
                assert WORD not in response.content.decode(), name


def test_staff_without_permissions_is_shown_nothing(things):
    page = staff().get("/admin/").content.decode()

    assert "have permission to view or edit anything" in page


def test_names_are_completed_only_for_who_may_see_them(things):
    asked = {"app_label": "predictions", "model_name": "deployment", "field_name": "owner"}
    operator, superuser = staff("Operator"), login(User.objects.create_superuser("root"))

    assert operator.get("/admin/autocomplete/", asked).status_code == 403
    assert "owner" in superuser.get("/admin/autocomplete/", asked).content.decode()
