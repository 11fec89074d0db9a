"""Erasing a person: all that is theirs goes, batch by batch, and is looked for again at the end.

Whatever process does a batch, and however often one is done: the end is the same.
"""

from datetime import timedelta
from time import monotonic

from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from chatapp.models import AuditEntry, Erasure, Summary
from predictions.models.files import file_storage

from . import audit
from .people import Person, trials_in

BATCH = 100
SESSIONS = 1000
PATIENCE = timedelta(seconds=20)  # with runs that were told to stop
# What goes by itself with what it belongs to.
DEPENDENT = {"messages", "answers", "waiting messages", "feedback", "shared links"} | {
    "search entries"
}


class EraseRefused(Exception):
    """Nothing was erased. The text is a sentence for whoever asked."""


def begin(person: Person, by, *, with_account: bool = False) -> Erasure:
    """Hide what they said, stop what is being answered, and remember the rest. Raises
    EraseRefused."""
    refuse_accidents(person, by)
    with transaction.atomic():
        erasure = Erasure.objects.create(
            account=person.account and person.account.pk,
            visitor=person.visitor,
            subject=person.subject,
            with_account=with_account and person.account is not None,
            by=by,
            by_name=by.get_username(),
            before=person.counts() | {"stored files": len(person.stored), "sessions": 0},
            stored=[name for _, name in person.stored],
        )
        Summary.objects.filter(conversation__in=person.conversations).delete()
        person.conversations.throw_away_for_good()
        if erasure.with_account:
            get_user_model().objects.filter(pk=person.account.pk).update(is_active=False)
        for prediction in person.running:
            prediction.cancel()
    return erasure


def refuse_accidents(person: Person, by) -> None:
    if person.account is None:
        return
    if person.account == by:
        raise EraseRefused("This is your own account: somebody else has to erase it.")
    if person.account.is_superuser:
        raise EraseRefused("This is a superuser. Take that status away first.")
    if person.account.is_staff and not by.is_superuser:
        raise EraseRefused("Only a superuser erases somebody of the staff.")


def work(erasure: Erasure, seconds: float) -> None:
    """Go on with it for so long, or to its end."""
    until = monotonic() + seconds
    while _batch(erasure.id) and monotonic() < until:
        pass


def step() -> int:
    """What upkeep does of the first that is not finished; 0 where there is nothing to do now."""
    first = Erasure.objects.filter(finished_at=None).order_by("requested_at").first()
    return _batch(first.id) if first else 0


@transaction.atomic
def _batch(id) -> int:
    erasure = Erasure.objects.select_for_update().get(id=id)
    person = person_of(erasure)
    if erasure.is_finished or _is_waiting(person):
        return 0
    count = _remove_sessions(erasure, person) or _remove_rows(person)
    return count or _finish(erasure, person)


def person_of(erasure: Erasure) -> Person:
    account = None
    if erasure.account is not None:
        account = get_user_model().objects.filter(pk=erasure.account).first()
        # One that is gone already has nothing any more, and is not everybody.
        account = account or get_user_model()(pk=erasure.account)
    return Person(account, erasure.visitor)


def left(erasure: Erasure) -> dict[str, int]:
    """What is there at the moment, by kind."""
    storage = file_storage()
    stored = sum(storage.exists(name) for name in erasure.stored)
    return person_of(erasure).counts() | {"stored files": stored}


def _is_waiting(person: Person) -> bool:
    """Whether something is being answered that may still be stopped in order."""
    since = timezone.now() - PATIENCE
    return person.running.filter(cancel_requested_at__gt=since).exists()


def _remove_sessions(erasure: Erasure, person: Person) -> int:
    if erasure.session is None:
        return 0
    rest = Session.objects.filter(session_key__gt=erasure.session).order_by("session_key")
    some = list(rest[:SESSIONS])
    theirs = [each for each in some if person.has(each)]
    if person.account is None:
        trials = trials_in(theirs)
        count = erasure.before.get("other predictions", 0) + trials.count()
        erasure.before["other predictions"] = count
        trials.delete()
    Session.objects.filter(session_key__in=[each.session_key for each in theirs]).delete()
    erasure.before["sessions"] += len(theirs)
    erasure.session = some[-1].session_key if some else None
    erasure.save(update_fields=["session", "before"])
    return len(some)


def _remove_rows(person: Person) -> int:
    if count := person.conversations.remove_some():
        return count
    kinds = person.kinds
    independent = (kinds[kind] for kind in kinds if kind not in DEPENDENT)
    return next(filter(None, map(_first, independent)), 0)


def _first(rows: QuerySet) -> int:
    """Remove some of them; how many these were."""
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
    rows.model.objects.filter(pk__in=ids).delete()
    return len(ids)


def _finish(erasure: Erasure, person: Person) -> int:
    """The receipt, where nothing is left; else all of it is done again later."""
    if any(person.counts().values()):
        return 0
    for name in erasure.stored:  # as a rule they went with their rows
        file_storage().delete(name)
    after = left(erasure)
    if any(after.values()):
        return 0
    if erasure.with_account:
        _remove_account(person.account, erasure.subject)
        after["account"] = get_user_model().objects.filter(pk=erasure.account).count()
        erasure.before["account"] = 1
    erasure.after = after | {"sessions": 0}
    erasure.visitor, erasure.stored, erasure.finished_at = "", [], timezone.now()
    erasure.save()
    audit.record(
        erasure.by,
        AuditEntry.Verb.ERASED,
        subject=erasure.subject,
        count=erasure.before["conversations"],
        receipt=str(erasure.id),
        **erasure.before,
    )
    return 0


def _remove_account(account, subject: str) -> None:
    """What the logs say that it did stays, without its name."""
    AuditEntry.objects.filter(who=account.pk).update(who_name=subject)
    Erasure.objects.filter(by=account.pk).update(by_name=subject)
    kind = ContentType.objects.get_for_model(account)
    LogEntry.objects.filter(content_type=kind, object_id=str(account.pk)).update(
        object_repr=subject
    )
    get_user_model().objects.filter(pk=account.pk).delete()
