"""What belongs to somebody: an account, or an anonymous visitor known by a name in the session."""

import secrets
from typing import Self

from django.conf import settings
from django.db import models

VISITOR = "visitor"  # the session's key for the anonymous visitor's random name
SUBJECT_LENGTH = 32  # how much of a subject is in the key of who is vouched for by it


class OwnedQuerySet(models.QuerySet):
    def for_request(self, request) -> Self:
        """Those of whoever asks; everybody else's do not exist."""
        if request.user.is_authenticated:
            return self.filter(owner=request.user)
        if visitor := request.session.get(VISITOR):
            return self.filter(owner=None, visitor=visitor)
        return self.none()

    def adopt(self, visitor: str, owner) -> None:
        """Give an anonymous visitor's to the account they logged in to."""
        self.filter(owner=None, visitor=visitor).update(owner=owner, visitor="")


class Owned(models.Model):
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="%(class)ss"
    )
    visitor = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def room(self) -> str:
        """Where the doorbell of whoever has it rings."""
        return self.room_named(self.owner_id, self.visitor)

    @staticmethod
    def room_named(owner_id: int | None, visitor: str = "") -> str:
        return f"owner:{owner_id}" if owner_id else f"visitor:{visitor}"


def called(visitor: str) -> str:
    """What lists call who is not logged in: the subject whom an embed's host vouches for (see
    visits.name_of), or a random name by its beginning."""
    return visitor.rpartition("~")[0].strip() or f"visitor {visitor[:6]}"


def room_of(request) -> str | None:
    """Where the doorbell of whoever asks rings; None where they have nothing yet."""
    if request.user.is_authenticated:
        return Owned.room_named(request.user.id)
    visitor = request.session.get(VISITOR)
    return Owned.room_named(None, visitor) if visitor else None


def whoever_asks(request) -> dict:
    """The fields `owner` and `visitor` of what they make; a new visitor gets a name."""
    if request.user.is_authenticated:
        return {"owner": request.user}
    return {"visitor": request.session.setdefault(VISITOR, secrets.token_urlsafe(24))}
