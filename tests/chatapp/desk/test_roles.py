import pytest
from django.contrib.auth.models import Group

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
    assert not [name for name in found if "transcript" in name or "conversation" in name]
