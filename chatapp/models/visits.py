"""Who chats in a frame: a browser's visit to an embed site, known by a token and no cookie."""

import hashlib
import uuid
from datetime import timedelta
from typing import Self

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chatapp import notifications
from predictions.models import Prediction, Version

from .conversations import Conversation
from .embed_sites import EmbedSite
from .messages import Message
from .owned import SUBJECT_LENGTH, Owned, OwnedQuerySet
from .refusals import AskRefused

LIFETIME = timedelta(days=7)  # of a visit, however busy


class EmbedVisitQuerySet(OwnedQuerySet):
    def open(self) -> Self:
        """Those that can go on."""
        recent = models.Q(created_at__gt=timezone.now() - LIFETIME)
        return self.filter(recent, ended_at=None).select_related(
            "site__model", "site__version__model", "site__version__upstream", "conversation"
        )

    def begin(self, site: EmbedSite, subject: str = "", **fields: object) -> "EmbedVisit":
        """A new one, of whom the host's server calls `subject`, or of somebody nobody knows."""
        visitor = name_of(site, subject) if subject else uuid.uuid4().hex
        visit = self.create(site=site, subject=subject, visitor=visitor, **fields)
        visit.is_new = True
        return visit

    def forget(self, most: int = 500) -> int:
        """Remove up to `most` that are over for good; how many there were."""
        old = self.filter(created_at__lte=timezone.now() - LIFETIME)
        ids = list(old.values_list("id", flat=True)[:most])
        return self.filter(id__in=ids).delete()[0]


class EmbedVisit(Owned):
    """`visitor` names the person: the same for all visits of a subject. What was said on an earlier
    visit is not read on this one: a page that can have itself vouched for must not be able to."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(EmbedSite, models.CASCADE, related_name="visits")
    subject = models.CharField(max_length=200, blank=True)
    host = models.CharField(max_length=300, blank=True)  # the origin of the page around the frame
    is_preview = models.BooleanField(default=False)
    # What its frame shows; None before the first message.
    conversation = models.ForeignKey(
        Conversation, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    is_new = False

    objects = EmbedVisitQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["visitor"], name="visit_of_visitor"),
            models.Index(fields=["created_at"], name="visit_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.subject or self.visitor[:6]} on {self.site}, {self.created_at:%d %b %H:%M}"

    @property
    def current(self) -> Conversation | None:
        """What its frame shows, where that is still there."""
        return None if self.conversation and self.conversation.deleted_at else self.conversation

    def ask(self, text: str, *, message_id: uuid.UUID) -> Message:
        """Take a turn, answered by the site's model with the site's words. Returns the answer.
        Raises AskRefused."""
        with transaction.atomic():
            fresh = EmbedVisit.objects.select_for_update(of=("self",)).get(id=self.id)
            conversation = fresh.current or self._begin()
            conversation.version = self._version()
            conversation.input = self._input(conversation.version)
            answer = conversation.ask(text, message_id=message_id)
            EmbedVisit.objects.filter(id=self.id).update(conversation=answer.conversation_id)
        self.conversation = answer.conversation
        return answer

    def retry(self, answer: Message) -> Message:
        """Another answer to the same question. Raises AskRefused."""
        return self.current.retry(answer, version=self._version())

    def leave(self) -> None:
        """Begin anew with the next message. What was said stays with the reviewers."""
        self._stop()
        EmbedVisit.objects.filter(id=self.id).update(conversation=None)
        self._ring()
        self.conversation = None

    def end(self) -> None:
        """No token of it is good any more, no address of a stream, and nothing goes on."""
        EmbedVisit.objects.filter(id=self.id).update(ended_at=timezone.now())
        self._stop()
        self._ring()

    def _ring(self) -> None:
        """Other tabs show it, too."""
        if self.conversation:
            notifications.ring(self.conversation)

    def _stop(self) -> None:
        if self.current:
            Prediction.close_streams(Prediction.objects.filter(message__conversation=self.current))
            if running := self.current.running:
                running.prediction.cancel()

    def _version(self) -> Version:
        """Who answers. Raises AskRefused."""
        version = self.site.current_version
        if version is None or not version.upstream.enabled:
            raise AskRefused(_("Nobody can answer here at the moment. Try again later."))
        return version

    def _begin(self) -> Conversation:
        return Conversation(visitor=self.visitor, site=self.site.name, is_temporary=self.is_preview)

    def _input(self, version: Version) -> dict:
        """The site's system prompt, as far as the model knows one."""
        from chatapp.parameters import SYSTEM, carried_over  # which knows the models

        given = {SYSTEM: self.site.system_prompt} if self.site.system_prompt.strip() else {}
        return carried_over(version, given)[0]


def name_of(site: EmbedSite, subject: str) -> str:
    """The visitor's name of a subject: readable at its beginning, and of this site alone."""
    digest = hashlib.sha256(f"{site.key} {subject}".encode()).hexdigest()[:24]
    return f"{subject[:SUBJECT_LENGTH]}~{digest}"


class UsedIdentity(models.Model):
    """An identity that was handed over: it is not taken a second time (RFC 7519, `jti`)."""

    site = models.ForeignKey(EmbedSite, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("site", "digest", name="one_identity_once")]
        indexes = [models.Index(fields=["expires_at"], name="identity_by_end")]

    def __str__(self) -> str:
        return f"{self.digest[:8]} until {self.expires_at:%d %b %H:%M}"

    @classmethod
    def use(cls, site: EmbedSite, jti: str, expires_at) -> bool:
        """Whether it was not used before."""
        digest = hashlib.sha256(jti.encode()).hexdigest()
        try:
            with transaction.atomic():
                cls.objects.create(site=site, digest=digest, expires_at=expires_at)
        except IntegrityError:
            return False
        return True

    @classmethod
    def forget(cls, most: int = 500) -> int:
        old = cls.objects.filter(expires_at__lt=timezone.now()).values_list("id", flat=True)
        return cls.objects.filter(id__in=list(old[:most])).delete()[0]
