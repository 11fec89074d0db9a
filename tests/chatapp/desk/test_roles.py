import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

pytestmark = pytest.mark.usefixtures("roles")


def permissions_of(role: str) -> set[str]:
    return set(Group.objects.get(name=role).permissions.values_list("codename", flat=True))


def test_a_reviewer_reads_flags_and_exports_and_changes_nothing():
    assert permissions_of("Reviewer") == {
        *("view_transcript", "review_transcript", "export_transcript", "view_feedback"),
    }


def test_an_operator_looks_after_models_and_keys_and_reads_no_chat():
    found = permissions_of("Operator")

    assert {"change_upstream", "add_apitoken", "change_prediction"} <= found
    assert {f"{verb}_embedsite" for verb in ("view", "add", "change", "delete")} <= found
    assert not [name for name in found if "transcript" in name or "conversation" in name]


def test_the_admins_index_leads_to_the_desk_whoever_may_open_it(login):
    reviewer, anybody = login("Reviewer"), login(name="bob")

    assert reverse("admin:desk_inbox") in reviewer.get(reverse("admin:index")).content.decode()
    assert "desk-tabs" not in anybody.get(reverse("admin:index")).content.decode()
