"""Retention: what goes by age, said first, and really gone."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from chatapp import upkeep
from chatapp.desk import pruning
from chatapp.models import (
    Attachment,
    AuditEntry,
    Comment,
    Conversation,
    ExpectedAnswer,
    Feedback,
    Flag,
    Message,
    RetentionRule,
    Review,
    SearchEntry,
    Share,
    Summary,
)
from predictions.models import Prediction, Segment
from tests.chatapp.conftest import end

pytestmark = pytest.mark.django_db


@pytest.fixture
def make_conversation(version):
    """Makes one whose last activity was so many days ago."""

    def make(days: float, site: str = "", **fields) -> Conversation:
        conversation = Conversation(visitor="mine", version=version, site=site, **fields)
        end(conversation.ask("Where do rivers go?"), "To the sea.")
        age(conversation, days)
        return conversation

    return make


def age(conversation: Conversation, days: float) -> None:
    then = timezone.now() - timedelta(days=days)
    Conversation.objects.filter(id=conversation.id).update(updated_at=then)
    Summary.objects.filter(conversation=conversation).update(last_activity=then)


def sweep() -> None:
    for step in (pruning.step, upkeep.remove_deleted):
        while step():
            pass


def test_what_is_too_old_is_gone_with_all_that_belongs_to_it(
    make_conversation, django_capture_on_commit_callbacks
):
    RetentionRule.objects.create(days=30)
    conversation = make_conversation(31)
    question, answer = conversation.messages.order_by("created_at")
    Segment.objects.create(prediction=answer.prediction, last_cursor=1, events=[])
    attachment = Attachment.objects.create(
        message=question,
        visitor="mine",
        content=ContentFile(b"a map", name="map"),
        size=5,
        name="map.txt",
    )
    conversation.shares.create()
    Feedback.objects.create(message=answer, is_good=True)
    Flag.objects.create(conversation=conversation, message=answer)
    Comment.objects.create(conversation=conversation, text="Look")
    ExpectedAnswer.objects.create(message=answer, text="The sea.")
    Review.objects.create(conversation=conversation)
    age(conversation, 31)

    with django_capture_on_commit_callbacks(execute=True):
        sweep()

    for model in (
        *(Conversation, Message, Prediction, Segment, Attachment, Share, SearchEntry, Summary),
        *(Feedback, Flag, Comment, ExpectedAnswer, Review),
    ):
        assert not model.objects.exists(), model
    assert not attachment.content.storage.exists(attachment.content.name)


@pytest.mark.parametrize(
    ("rules", "days", "site", "is_kept"),
    [
        ({}, 10_000, "", True),
        ({"": 30}, 29, "", True),
        ({"": 30}, 31, "", False),
        ({"": 30}, 31, "shop", False),
        ({"": 30, "shop": 90}, 31, "shop", True),
        ({"": 30, "shop": 90}, 91, "shop", False),
        ({"": 30, "shop": 90}, 31, "", False),
        ({"shop": 90}, 1000, "", True),
    ],
)
def test_each_site_keeps_by_its_rule_or_by_the_default(
    rules, days, site, is_kept, make_conversation
):
    for name, kept in rules.items():
        RetentionRule.objects.create(site=name, days=kept)
    make_conversation(days, site)

    sweep()

    assert Conversation.objects.exists() == is_kept


def test_pinned_and_archived_ones_go_too(make_conversation):
    RetentionRule.objects.create(days=30)
    make_conversation(31, pinned_at=timezone.now())
    make_conversation(31, archived_at=timezone.now())

    sweep()

    assert not Conversation.objects.exists()


def test_one_that_is_being_answered_stays(make_conversation):
    RetentionRule.objects.create(days=30)
    conversation = make_conversation(31)
    conversation.ask("And then?")
    age(conversation, 31)

    sweep()

    assert Conversation.objects.filter(deleted_at=None).exists()


def test_one_that_went_on_since_its_summary_was_made_stays(make_conversation):
    RetentionRule.objects.create(days=30)
    make_conversation(31)
    Conversation.objects.update(updated_at=timezone.now())

    sweep()

    assert Conversation.objects.exists()


def test_a_sweep_leaves_one_entry_with_all_it_counted(make_conversation, monkeypatch):
    monkeypatch.setattr(pruning, "BATCH", 2)
    RetentionRule.objects.create(days=30)
    for _ in range(5):
        make_conversation(31)

    sweep()

    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.who_name, entry.count) == ("pruned", "", 5)
    assert entry.details == {"messages": 10}
    make_conversation(31)
    sweep()
    assert AuditEntry.objects.count() == 2


def test_a_dry_run_tells_by_site_and_touches_nothing(make_conversation):
    RetentionRule.objects.create(days=30)
    RetentionRule.objects.create(site="shop", days=7)
    make_conversation(40)
    make_conversation(10, "shop")
    make_conversation(8, "shop")
    told = StringIO()

    call_command("prune", "--dry-run", stdout=told)

    lines = [line.split() for line in told.getvalue().splitlines()]
    assert lines[1][:5] == ["(chat", "page)", "30", "1", "2"]
    assert lines[2][:4] == ["shop", "7", "2", "4"]
    assert Conversation.objects.filter(deleted_at=None).count() == 3
    assert not AuditEntry.objects.exists()


def test_the_command_prunes_all_or_one_site(make_conversation):
    RetentionRule.objects.create(days=30)
    make_conversation(40)
    make_conversation(40, "shop")
    make_conversation(40, "blog")

    call_command("prune", "--site", "shop", stdout=StringIO())
    assert set(Conversation.objects.values_list("site", flat=True)) == {"", "blog"}
    call_command("prune", "--site", "", stdout=StringIO())
    assert set(Conversation.objects.values_list("site", flat=True)) == {"blog"}
    call_command("prune", stdout=StringIO())
    assert not Conversation.objects.exists()


def test_the_command_says_that_there_is_no_rule():
    said = StringIO()

    call_command("prune", stdout=said)

    assert said.getvalue() == "All is kept: there is no retention rule. Add one in the admin.\n"


def test_upkeep_does_it():
    from predictions import retention

    steps = retention._further_steps
    assert steps.index(pruning.step) < steps.index(upkeep.remove_deleted)


ADD = "admin:chatapp_retentionrule_add"


def test_a_new_rule_says_first_what_goes_and_is_saved_once_confirmed(
    make_conversation, admin_client
):
    make_conversation(40)
    rule = {"site": "", "days": "30"}

    asked = admin_client.post(reverse(ADD), rule)
    assert asked.status_code == 200
    assert "Nothing is saved yet" in asked.content.decode()
    assert not RetentionRule.objects.exists()
    other = admin_client.post(reverse(ADD), rule | {"days": "20", "confirmed": "30 "})
    assert "Nothing is saved yet" in other.content.decode()

    admin_client.post(reverse(ADD), rule | {"confirmed": "30 "})

    assert RetentionRule.objects.get().days == 30
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.subject) == ("changed", "retention, default")
    assert entry.details == {"before": None, "days": 30}


def test_a_shorter_rule_asks_and_a_longer_one_does_not(make_conversation, admin_client):
    make_conversation(40)
    rule = RetentionRule.objects.create(days=60)
    url = reverse("admin:chatapp_retentionrule_change", args=[rule.pk])

    admin_client.post(url, {"site": "", "days": "30"})
    rule.refresh_from_db()
    assert rule.days == 60
    admin_client.post(url, {"site": "", "days": "90"})

    rule.refresh_from_db()
    assert rule.days == 90


def test_to_delete_the_longer_rule_of_a_site_says_what_the_default_lets_go(
    make_conversation, admin_client
):
    RetentionRule.objects.create(days=30)
    rule = RetentionRule.objects.create(site="shop", days=365)
    make_conversation(40, "shop")
    url = reverse("admin:chatapp_retentionrule_delete", args=[rule.pk])

    assert "Without this rule another one holds" in admin_client.get(url).content.decode()
    admin_client.post(url, {"post": "yes"})

    assert AuditEntry.objects.get().details == {"before": 365, "days": None}


def test_a_rule_of_no_days_is_refused(admin_client):
    admin_client.post(reverse(ADD), {"site": "", "days": "0"})

    assert not RetentionRule.objects.exists()
