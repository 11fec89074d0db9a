"""A person: an account, or an anonymous visitor; and what is kept of them, kind by kind."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth import SESSION_KEY, get_user_model
from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet

from chatapp.models import (
    Attachment,
    Conversation,
    EmbedVisit,
    Feedback,
    Message,
    Preset,
    QueuedTurn,
    SearchEntry,
    Share,
    Spent,
)
from chatapp.models.erasures import subject_of
from chatapp.models.owned import SUBJECT_LENGTH, VISITOR, called
from chatapp.trials import TRIED
from predictions.models import ApiToken, Deployment, File, Prediction, WebhookSecret

MOST_FOUND = 20
LEAST = 4  # characters that may be the beginning of a longer name
MOST_SESSIONS = 20_000  # of all people, that a page looks through
ADDRESS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True)
class Person:
    account: object | None = None
    visitor: str = ""

    def __str__(self) -> str:
        """As the list of transcripts calls them."""
        return self.account.get_username() if self.account else called(self.visitor)

    @property
    def subject(self) -> str:
        """As receipts and the audit log call them."""
        return subject_of(self.account and self.account.pk, self.visitor)

    @property
    def whose(self) -> dict:
        """What filters rows with an owner and a visitor."""
        if self.account:
            return {"owner": self.account}
        return {"owner": None, "visitor": self.visitor}

    @property
    def conversations(self) -> QuerySet:
        return Conversation.objects.filter(**self.whose)

    @property
    def kinds(self) -> dict[str, QuerySet]:
        """All rows of theirs, by what people call them; not their sessions."""
        theirs = {f"conversation__{name}": value for name, value in self.whose.items()}
        of_messages = {f"message__{name}": value for name, value in theirs.items()}
        return {
            "conversations": self.conversations,
            "messages": Message.objects.filter(**theirs),
            "answers": Prediction.objects.filter(**of_messages),
            "waiting messages": QueuedTurn.objects.filter(**theirs),
            "feedback": Feedback.objects.filter(**of_messages),
            "shared links": Share.objects.filter(**theirs),
            "search entries": SearchEntry.objects.filter(**of_messages),
            "attachments": Attachment.objects.filter(**self.whose),
            "presets": Preset.objects.filter(**self.whose),
            "counted messages": Spent.objects.filter(**self.whose),
            "visits to embeds": EmbedVisit.objects.filter(**self.whose),
        } | (self._kinds_of_accounts if self.account else {})

    @property
    def _kinds_of_accounts(self) -> dict[str, QuerySet]:
        return {
            "other predictions": Prediction.objects.filter(owner=self.account, message=None),
            "uploaded files": File.objects.filter(owner=self.account),
            "deployments": Deployment.objects.filter(owner=self.account),
            "API tokens": ApiToken.objects.filter(owner=self.account),
            "webhook secrets": WebhookSecret.objects.filter(owner=self.account),
        }

    def counts(self) -> dict[str, int]:
        return {kind: rows.count() for kind, rows in self.kinds.items()}

    @property
    def stored(self) -> list[tuple]:
        """The storage and the name of each file that belongs to one of these rows."""
        kinds = [kind for kind in ("attachments", "uploaded files") if kind in self.kinds]
        return [
            (row.content.storage, row.content.name)
            for kind in kinds
            for row in self.kinds[kind].only("content").iterator()
        ]

    @property
    def running(self) -> QuerySet:
        theirs = {f"message__conversation__{name}": value for name, value in self.whose.items()}
        is_theirs = Q(**theirs) | (Q(owner=self.account) if self.account else Q())
        return Prediction.objects.filter(is_theirs, status__in=Prediction.RUNNING)

    def has(self, session: Session) -> bool:
        kept = session.get_decoded()
        if self.account:
            return kept.get(SESSION_KEY) == str(self.account.pk)
        return bool(self.visitor) and kept.get(VISITOR) == self.visitor

    def sessions(self) -> list[Session] | None:
        """Theirs; None where there are too many of all people to look through now."""
        every = list(Session.objects.all()[: MOST_SESSIONS + 1])
        return None if len(every) > MOST_SESSIONS else [each for each in every if self.has(each)]


def trials_in(sessions: list[Session]) -> QuerySet:
    """What somebody who was not logged in tried models with."""
    ids = [id for session in sessions for id in session.get_decoded().get(TRIED, [])]
    return Prediction.objects.filter(owner=None, id__in=ids, message=None)


def find(text: str) -> list[Person]:
    """Accounts by a part of their names or addresses, visitors by the beginning of their keys (as
    the list shows it), or whoever has the conversation whose address that is."""
    text = text.strip()
    if (address := ADDRESS.search(text)) and (found := _who_has(UUID(address[0]))):
        return found
    named = Q(username__icontains=text) | Q(email__icontains=text)
    accounts = get_user_model().objects.filter(named).order_by("username") if text else []
    found = [Person(account) for account in accounts[:MOST_FOUND]]
    key = _beginning(text.removeprefix("visitor ").strip())
    return found + [Person(visitor=each) for each in _visitors(key)]


def visitor(key: str) -> Person | None:
    """Where anything is kept of one with this key."""
    person = Person(visitor=key)
    return person if any(rows.exists() for rows in person.kinds.values()) else None


def _who_has(id: UUID) -> list[Person]:
    found = Conversation.objects.filter(id=id).select_related("owner").first()
    return [Person(found.owner, found.visitor)] if found else []


def _beginning(name: str) -> str:
    """Of the key of whoever is called so. A subject of few letters is looked for as a whole, of a
    long one the key has no more than its beginning."""
    if "~" in name or LEAST <= len(name) <= SUBJECT_LENGTH:
        return name
    return f"{name[:SUBJECT_LENGTH]}~" if name else ""


def _visitors(key: str) -> Iterator[str]:
    if not key:
        return
    found: set[str] = set()
    for kind in (Conversation, Attachment, Preset, EmbedVisit):
        rows = kind.objects.filter(owner=None, visitor__startswith=key).order_by("visitor")
        found.update(rows.values_list("visitor", flat=True).distinct()[:MOST_FOUND])
    # SQLite's LIKE knows no case.
    yield from sorted(each for each in found if each.startswith(key))[:MOST_FOUND]
