"""A file that goes with a visitor's message: text to be read, or an image to be seen."""

import base64
import uuid
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.signing import BadSignature, Signer
from django.db import models
from django.db.models.signals import post_delete
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from predictions.models.files import delete_content, file_storage, save_with

from .owned import Owned, OwnedQuerySet

SCHEME = "attachment"  # of the name by which a stored input means an image
TEXT_BYTES = 256 * 1024
MOST_UNSENT = 50
UNSENT_FOR = timedelta(days=1)
TEXT = "text/plain"
IMAGES = {"image/png", "image/jpeg", "image/gif", "image/webp"}


class AttachmentRefused(Exception):
    """A file was not taken. The text is a sentence for the visitor."""


class AttachmentQuerySet(OwnedQuerySet):
    def unsent(self) -> "AttachmentQuerySet":
        """Uploaded, and in no message; nor in one that waits for its turn."""
        return self.filter(message=None, queued=None)

    def images(self) -> "AttachmentQuerySet":
        return self.filter(content_type__in=IMAGES)

    def send(self, ids: Iterable[uuid.UUID], message) -> bool:
        """Let them go with that message of their owner's. False where one of them is not there."""
        ids, conversation = set(ids), message.conversation
        whose = {"owner": conversation.owner, "visitor": conversation.visitor}
        return self.filter(id__in=ids, message=None, **whose).update(
            message=message, queued=None
        ) == len(ids)


class Attachment(Owned):
    """Uploaded first, without a message; `text` is a text file's, decoded."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.ForeignKey(
        "Message", models.CASCADE, null=True, blank=True, related_name="attachments"
    )
    queued = models.ForeignKey(
        "QueuedTurn", models.SET_NULL, null=True, blank=True, related_name="attachments"
    )
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=255)
    content = models.FileField(storage=file_storage)
    size = models.PositiveBigIntegerField()
    text = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def keep(cls, upload: UploadedFile, **whose: object) -> "Attachment":
        """A new one: an image by its bytes, or a text in UTF-8. Raises AttachmentRefused."""
        attachment = cls(name=clean_name(upload.name), size=upload.size, **whose)
        attachment._read(upload)
        if cls.objects.unsent().filter(**whose).count() >= MOST_UNSENT:
            raise AttachmentRefused(
                _("There are many files that were not sent. Send or remove some of them first.")
            )
        save_with(attachment, upload, f"attachment-{attachment.id}")
        return attachment

    @classmethod
    def remove_unsent(cls, most: int = 100) -> int:
        """Delete up to `most` that nobody sent within a day; how many there were."""
        old = cls.objects.unsent().filter(created_at__lt=timezone.now() - UNSENT_FOR)
        ids = list(old.order_by("created_at").values_list("id", flat=True)[:most])
        return cls.objects.filter(id__in=ids).delete()[0]

    @property
    def url(self) -> str:
        return reverse("attachment", args=[self.id])

    @property
    def is_image(self) -> bool:
        return self.content_type.startswith("image/")

    @property
    def reference(self) -> str:
        """What a stored input has in its place: a name that only we can make."""
        return f"{SCHEME}:{_signer().sign(str(self.id))}"

    def copy_to(self, message) -> None:
        """The same with another message, with a content of its own; not where its file is lost."""
        copy = Attachment(
            message=message,
            owner=message.conversation.owner,
            visitor=message.conversation.visitor,
            name=self.name,
            content_type=self.content_type,
            size=self.size,
            text=self.text,
        )
        with suppress(FileNotFoundError), self.content.open("rb") as content:
            save_with(copy, content, f"attachment-{copy.id}")

    def _read(self, upload: UploadedFile) -> None:
        start = upload.read(16)
        upload.seek(0)
        if kind := image_type(start):
            self.content_type = kind
            self._refuse_more_than(settings.CHAT_MAX_FILE_BYTES)
        else:
            self.content_type = TEXT
            self._refuse_more_than(TEXT_BYTES)
            self.text = self._decoded(upload)

    def _refuse_more_than(self, most: int) -> None:
        if self.size > most:
            limit = f"{most / 1024:g} KB" if most < 2**20 else f"{most / 2**20:g} MB"
            sentence = _("%(name)s is too large: %(limit)s is the most.")
            raise AttachmentRefused(sentence % {"name": self.name, "limit": limit})

    def _decoded(self, upload: UploadedFile) -> str:
        content = upload.read()
        upload.seek(0)
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = "\0"
        if "\0" in text:
            sentence = _("%(name)s cannot be read: only text (UTF-8) and images can be attached.")
            raise AttachmentRefused(sentence % {"name": self.name})
        if not text.strip():
            raise AttachmentRefused(_("%(name)s is empty.") % {"name": self.name})
        return text.replace("\r\n", "\n").replace("\r", "\n")


def image_type(start: bytes) -> str:
    """The content type that the first 12 bytes tell; "" for what is no image that pages show."""
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if start.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if start.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    return "image/webp" if start[:4] == b"RIFF" and start[8:12] == b"WEBP" else ""


def clean_name(name: str | None) -> str:
    """Without what cannot be seen, which may turn the rest around; at most 100 characters."""
    seen = "".join(each if each.isprintable() else " " for each in name or "")
    return Truncator(" ".join(seen.split())).chars(100) or "file"


def opened(reference: str) -> str | None:
    """The data: URI that a model gets for a `reference`; None for one that is not ours."""
    try:
        id = _signer().unsign(reference.partition(":")[2])
        found = Attachment.objects.defer("text").get(id=id)
        with found.content.open("rb") as content:
            encoded = base64.b64encode(content.read()).decode()
    except (BadSignature, Attachment.DoesNotExist, FileNotFoundError):
        return None
    return f"data:{found.content_type};base64,{encoded}"


def _signer() -> Signer:
    return Signer(salt="chatapp.attachments")


post_delete.connect(delete_content, sender=Attachment)
