"""Everything of one person: found, taken along, erased, with a receipt."""

import io
import json
from datetime import timedelta
from itertools import pairwise
from zipfile import ZipFile

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from chatapp import upkeep
from chatapp.desk import audit, erasing, people
from chatapp.desk.people import Person
from chatapp.models import (
    Attachment,
    AuditEntry,
    Comment,
    Conversation,
    EmbedSite,
    EmbedVisit,
    Erasure,
    Feedback,
    Message,
    Preset,
    SearchEntry,
    Share,
    Spent,
    Summary,
)
from predictions.models import ApiToken, Deployment, File, Prediction, Segment, WebhookSecret
from tests.chatapp.conftest import end

SECRET = "heronsecret"


@pytest.fixture
def admin(login):
    client = login(name="root")
    client.user.is_superuser = True
    client.user.save()
    return client


@pytest.fixture
def ann(db):
    return User.objects.create_user("ann", email="ann@pond.example")


@pytest.fixture(autouse=True)
def stored_files(db):
    """Leave no file behind."""
    yield
    for kind in (Attachment, File):
        for row in kind.objects.all():
            row.content.delete(save=False)


def session_of(**kept) -> SessionStore:
    session = SessionStore()
    session.update(kept)
    session.save()
    return session


def attach(message, **whose) -> Attachment:
    content = ContentFile(SECRET.encode(), name="attachment-of-a-test")
    facts = {"name": f"{SECRET}.txt", "content_type": "text/plain", "size": 11, "text": SECRET}
    return Attachment.objects.create(message=message, content=content, **facts, **whose)


def everything_of(version, **whose) -> Conversation:
    """One of each."""
    conversation = Conversation(version=version, **whose)
    answer = end(conversation.ask(f"Tell me of the {SECRET}"), SECRET)
    Segment.objects.create(
        prediction=answer.prediction, last_cursor=1, events=[[1, "output", SECRET, 0]]
    )
    attach(answer.parent, **whose)
    attach(None, **whose)
    Feedback.objects.create(message=answer, is_good=False, comment=SECRET)
    Comment.objects.create(conversation=conversation, text=SECRET)
    Preset.objects.create(name=SECRET, **whose)
    conversation.shares.create()
    return conversation


def everything_of_an_account(version, account) -> Conversation:
    conversation = everything_of(version, owner=account)
    version.predict({"prompt": SECRET}, owner=account)
    ApiToken.make(account, SECRET)
    WebhookSecret.keys_of(account)
    File.keep(account, SimpleUploadedFile("a.txt", SECRET.encode()), {})
    Deployment.objects.create(owner=account, name="d", version=version, input={})
    session_of(_auth_user_id=str(account.pk))
    Prediction.objects.filter(owner=account).update(status="succeeded")
    return conversation


KINDS = (
    *(Conversation, Message, Prediction, Segment, Attachment, Preset, Share, Feedback, Comment),
    *(SearchEntry, Summary, Spent, ApiToken, WebhookSecret, File, Deployment, Session),
)


def erase(person: Person, by, **how) -> Erasure:
    erasure = erasing.begin(person, by, **how)
    erasing.work(erasure, 60)
    erasure.refresh_from_db()
    return erasure


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_of_an_account_and_the_receipt_says_so(version, ann, admin):
    everything_of_an_account(version, ann)
    files = [row.content for kind in (Attachment, File) for row in kind.objects.all()]
    admin.logout()

    erasure = erase(Person(ann), admin.user, with_account=True)

    assert erasure.is_finished
    assert [kind.__name__ for kind in KINDS if kind.objects.exists()] == []
    assert not any(each.storage.exists(each.name) for each in files)
    assert not User.objects.filter(username="ann").exists()
    assert erasure.before["messages"] == 2
    assert erasure.before["stored files"] == 3
    assert erasure.before["sessions"] == 1
    assert not any(erasure.after.values())
    assert erasure.after["account"] == 0


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_of_a_visitor_and_everybody_elses_stays(version, ann, admin):
    tried = version.predict({"prompt": SECRET}, source="web")
    Prediction.objects.update(status="succeeded")
    everything_of(version, visitor="mine")
    session_of(visitor="mine", tried=[tried.id])
    other = everything_of(version, visitor="mineral")
    session_of(visitor="mineral")
    everything_of_an_account(version, ann)
    before = {kind: kind.objects.count() for kind in KINDS}

    erasure = erase(Person(visitor="mine"), admin.user)

    assert erasure.is_finished
    assert erasure.before["other predictions"] == 1
    assert not Prediction.objects.filter(id=tried.id).exists()
    assert Conversation.objects.filter(id=other.id).exists()
    assert people.visitor("mine") is None
    assert people.visitor("mineral").counts()["attachments"] == 2
    assert Person(ann).counts()["API tokens"] == 1
    for kind in (Conversation, Preset, Share, Feedback):
        assert kind.objects.count() == before[kind] - 1, kind
    assert "mine" not in json.dumps([erasure.subject, erasure.visitor, erasure.before])


def test_the_data_can_go_and_the_account_stay(version, ann, admin):
    everything_of_an_account(version, ann)

    assert erase(Person(ann), admin.user).is_finished

    ann.refresh_from_db()
    assert ann.is_active
    assert not any(Person(ann).counts().values())


def test_what_is_being_answered_is_stopped_first_and_then_goes(version, admin):
    answer = Conversation(version=version, visitor="mine").ask("Hello")

    erasure = erasing.begin(Person(visitor="mine"), admin.user)
    erasing.work(erasure, 1)

    prediction = Prediction.objects.get(id=answer.prediction_id)
    assert prediction.cancel_requested_at
    assert Conversation.objects.filter(deleted_at=None).count() == 0
    end(answer, "Hel", status="canceled")
    while erasing.step():
        pass
    erasure.refresh_from_db()
    assert erasure.is_finished
    assert not Prediction.objects.exists()


def test_a_run_that_does_not_stop_is_not_waited_for_for_ever(version, admin):
    Conversation(version=version, visitor="mine").ask("Hello")
    erasure = erasing.begin(Person(visitor="mine"), admin.user)
    Prediction.objects.update(cancel_requested_at=timezone.now() - timedelta(minutes=1))

    erasing.work(erasure, 5)

    assert not Prediction.objects.exists()


def test_a_long_one_goes_on_by_itself_in_short_steps(admin):
    conversation = Conversation.objects.create(visitor="mine")
    conversation.messages.bulk_create(
        Message(conversation=conversation, role="user", text=str(n)) for n in range(70)
    )

    erasure = erasing.begin(Person(visitor="mine"), admin.user)
    erasing.work(erasure, 0)
    left = [Message.objects.count()]
    while erasing.step():
        left.append(Message.objects.count())

    assert max(before - after for before, after in pairwise(left)) == 20
    assert left[-1] == 0
    erasure.refresh_from_db()
    assert erasure.is_finished
    assert upkeep.erasing.step() == 0


def test_the_logs_keep_what_was_done_and_not_what_it_was_called(version, ann, admin, reviewer):
    conversation = everything_of_an_account(version, ann)
    audit.record(reviewer.user, AuditEntry.Verb.READ, conversation)
    User.objects.filter(pk=ann.pk).update(is_staff=True)
    audit.record(ann, AuditEntry.Verb.READ, subject="something")
    ann.refresh_from_db()

    erase(Person(ann), admin.user, with_account=True)

    rows = list(AuditEntry.objects.values_list("who_name", "verb", "subject"))
    assert ("rita", "read", "") in rows
    assert (f"account {ann.pk}", "read", "something") in rows
    assert ("root", "erased", f"account {ann.pk}") in rows
    everything = json.dumps(list(AuditEntry.objects.values("who_name", "subject", "details")))
    assert SECRET not in everything
    assert '"ann"' not in everything


@pytest.mark.parametrize(
    ("status", "sentence"),
    [("is_superuser", "superuser"), ("is_staff", "Only a superuser")],
)
def test_superusers_and_staff_are_not_erased_by_accident(ann, login, status, sentence):
    setattr(ann, status, True)
    ann.save()
    by = login(name="officer").user

    with pytest.raises(erasing.EraseRefused, match=sentence):
        erasing.begin(Person(ann), by)

    assert not Erasure.objects.exists()


def test_nobody_erases_themselves(admin):
    page = admin.get(reverse("admin:desk_account", args=[admin.user.pk]))
    admin.post(
        reverse("admin:desk_erase_account", args=[admin.user.pk]),
        {"name": "root", "what": "account"},
    )

    assert "your own account" in page.content.decode()
    assert User.objects.filter(username="root").exists()


@pytest.mark.parametrize("asked", ["ANN", "ann@pond", "visitor abcdef", "abcd", "address", "id"])
def test_somebody_is_found_by_what_one_knows_of_them(asked, version, ann, admin):
    conversation = Conversation.objects.create(visitor="abcdefghijk")
    Conversation.objects.create(visitor="ABCDEFGH")
    asked = {"address": f"http://x/c/{conversation.id}/", "id": str(conversation.id)}.get(
        asked, asked
    )

    page = admin.get(reverse("admin:desk_people"), {"q": asked}).content.decode()

    is_visitor = not asked.lower().startswith("ann")
    assert ("visitor abcdef" in page) == is_visitor
    assert ("ann@pond.example" in page) != is_visitor
    assert "visitor ABCDEF" not in page


def test_an_erasure_needs_the_name_typed(version, ann, admin):
    everything_of_an_account(version, ann)
    url = reverse("admin:desk_erase_account", args=[ann.pk])

    refused = admin.post(url, {"name": "anna", "what": "account"})
    asked = admin.post(url, {"name": "ann", "what": "account"})
    while erasing.step():  # where two seconds were too few
        pass
    receipt = admin.get(asked["Location"]).content.decode()

    assert refused.status_code == 422
    assert "Nothing is left of account" in receipt
    assert not User.objects.filter(username="ann").exists()


def test_a_receipt_is_taken_along_as_text_and_as_json(version, ann, admin):
    everything_of_an_account(version, ann)
    erasure = erase(Person(ann), admin.user)

    text = admin.get(reverse("admin:desk_receipt_text", args=[erasure.id])).content.decode()
    told = admin.get(reverse("admin:desk_receipt_json", args=[erasure.id])).json()

    assert f"account {ann.pk}" in text
    assert told["nothing_left"]
    assert told["before"]["messages"] == 2
    assert "ann" not in json.dumps(told).replace("account", "")


def zip_of(response) -> ZipFile:
    return ZipFile(io.BytesIO(b"".join(response.streaming_content)))


def test_everything_of_an_account_is_taken_along(version, ann, admin):
    conversation = everything_of_an_account(version, ann)

    archive = zip_of(admin.post(reverse("admin:desk_export_account", args=[ann.pk])))

    assert archive.testzip() is None
    names = archive.namelist()
    assert {"person.json", "predictions.jsonl", f"conversations/{conversation.id}.json"} <= {*names}
    told = json.loads(archive.read(f"conversations/{conversation.id}.json"))
    assert [each["text"] for each in told["messages"]] == [f"Tell me of the {SECRET}", SECRET]
    attached = [name for name in names if name.startswith("attachments/")]
    assert len(attached) == 2
    assert archive.read(attached[0]).decode() == SECRET
    (prediction,) = map(json.loads, archive.read("predictions.jsonl").splitlines())
    assert prediction["input"] == {"prompt": SECRET}
    assert json.loads(archive.read("person.json"))["account"]["email"] == "ann@pond.example"
    entry = AuditEntry.objects.get(verb="exported")
    assert (entry.subject, entry.count) == (f"account {ann.pk}", 1)


def test_a_visitors_trials_are_taken_along(version, admin):
    tried = version.predict({"prompt": SECRET}, source="web")
    everything_of(version, visitor="mine")
    session_of(visitor="mine", tried=[tried.id])

    archive = zip_of(admin.post(reverse("admin:desk_export_visitor", args=["mine"])))

    assert SECRET in archive.read("predictions.jsonl").decode()


def test_a_file_name_leads_nowhere_else(version, ann, admin):
    everything_of_an_account(version, ann)
    Attachment.objects.update(name="../../etc/passwd")

    names = zip_of(admin.post(reverse("admin:desk_export_account", args=[ann.pk]))).namelist()

    assert not [name for name in names if ".." in name.split("/")]


def test_nothing_is_taken_along_while_contents_are_hidden(version, ann, admin, settings):
    settings.CHAT_HIDE_CONTENTS = True

    response = admin.post(reverse("admin:desk_export_account", args=[ann.pk]))

    assert response.status_code == 403
    assert not AuditEntry.objects.exists()


# Those whom an embed's host vouches for


@pytest.fixture
def shop(db):
    return EmbedSite.objects.create(name="shop")


def visit_of(site: EmbedSite, subject: str, version=None) -> EmbedVisit:
    """With a turn, where a version is given."""
    visit = EmbedVisit.objects.begin(site, subject, host="https://shop.example")
    if version:
        conversation = Conversation(visitor=visit.visitor, version=version, site=site.name)
        end(conversation.ask(f"I know {SECRET}"), SECRET)
        EmbedVisit.objects.filter(id=visit.id).update(conversation=conversation)
    return visit


UUID_SUBJECT = "123e4567-e89b-12d3-a456-426614174000"


@pytest.mark.parametrize(
    ("subject", "asked"),
    [
        ("user-4711", "user-4711"),
        ("user-4711", "user-"),
        ("42", "42"),
        (UUID_SUBJECT, UUID_SUBJECT),
        (UUID_SUBJECT, UUID_SUBJECT[:13]),
        ("a/b?c#d", "a/b?"),
        ("visitor-of-mine", "visitor-of"),
    ],
)
def test_who_is_vouched_for_is_found_by_the_beginning_of_the_subject(shop, admin, subject, asked):
    visit_of(shop, subject)
    visit_of(shop, f"other-{subject}")
    EmbedVisit.objects.begin(shop)

    found = people.find(asked)
    page = admin.get(reverse("admin:desk_people"), {"q": asked}).content.decode()

    assert [str(person) for person in found] == [subject[:32]]
    address = reverse("admin:desk_visitor", args=[found[0].visitor])
    assert address in page
    assert admin.get(address).status_code == 200


def test_a_few_letters_find_only_who_is_called_exactly_so(shop):
    visit_of(shop, "4712")

    assert people.find("47") == []
    assert people.find("~") == []


def test_an_id_that_is_a_conversation_finds_whoever_has_it_first(shop):
    conversation = Conversation.objects.create(visitor="mine")
    visit_of(shop, str(conversation.id))

    assert [person.visitor for person in people.find(str(conversation.id))] == ["mine"]


def test_visits_to_embeds_are_counted_taken_along_and_erased(version, shop, admin):
    visit = visit_of(shop, "user/4711", version)
    other = visit_of(shop, "user/4712", version)
    url = reverse("admin:desk_export_visitor", args=[visit.visitor])

    counts = Person(visitor=visit.visitor).counts()
    told = json.loads(zip_of(admin.post(url)).read("person.json"))
    erasure = erase(Person(visitor=visit.visitor), admin.user)

    assert counts["visits to embeds"] == counts["conversations"] == 1
    (kept,) = told["visits to embeds"]
    assert (kept["site__name"], kept["subject"]) == ("shop", "user/4711")
    assert erasure.is_finished
    assert erasure.before["visits to embeds"] == 1
    assert list(EmbedVisit.objects.all()) == [other]
    assert people.visitor(visit.visitor) is None
    assert "4711" not in json.dumps([erasure.subject, erasure.visitor, erasure.before])
