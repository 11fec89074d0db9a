"""A file that a client uploaded to name it in an input. It is kept for FILE_RETENTION seconds."""

import hashlib
import re
from collections.abc import Iterable
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.core.files import File as DjangoFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError, models, transaction
from django.db.models.signals import post_delete
from django.utils import timezone

from .predictions import random_id

TOKEN = r"[a-z0-9][a-z0-9!#$&^_.+-]*"  # RFC 6838, 4.2
CONTENT_TYPE = re.compile(f"{TOKEN}/{TOKEN}")
UNKNOWN_TYPE = "application/octet-stream"


def new_file_id() -> str:
    return random_id(16)


def file_storage():
    return storages["files"]


class FileQuerySet(models.QuerySet):
    def kept(self) -> "FileQuerySet":
        """Those that have not expired."""
        return self.filter(expires_at__gt=timezone.now())


class File(models.Model):
    id = models.CharField(primary_key=True, max_length=26, default=new_file_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="files")
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=255)
    content = models.FileField(storage=file_storage)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    md5 = models.CharField(max_length=32)
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    objects = FileQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def keep(cls, owner, upload: UploadedFile, metadata: dict) -> "File":
        """A new file of `owner`'s: what was uploaded, under a name of ours in the storage."""
        sha256, md5 = digests(upload.chunks())
        file = cls(
            owner=owner,
            name=upload.name,
            content_type=clean_content_type(upload.content_type),
            size=upload.size,
            sha256=sha256,
            md5=md5,
            metadata=metadata,
            expires_at=timezone.now() + timedelta(seconds=settings.FILE_RETENTION),
        )
        save_with(file, upload, file.id)
        return file

    @classmethod
    def remove_expired(cls, most: int = 100) -> int:
        """Delete up to `most` expired files with their contents; how many there were."""
        expired = cls.objects.filter(expires_at__lte=timezone.now()).order_by("expires_at")
        ids = list(expired.values_list("id", flat=True)[:most])
        return cls.objects.filter(id__in=ids).delete()[0]


def save_with(row: models.Model, upload: DjangoFile, name: str) -> None:
    """Save a new row and its `content`, under that name: both, or neither."""
    row.content.save(name, upload, save=False)
    try:
        row.save(force_insert=True)
    except DatabaseError:
        row.content.delete(save=False)
        raise


def delete_content(instance: models.Model, **kwargs: object) -> None:
    """What follows the deletion of a row with a `content`, once that is committed."""
    content = instance.content
    transaction.on_commit(partial(content.storage.delete, content.name), robust=True)


post_delete.connect(delete_content, sender=File)


def digests(chunks: Iterable[bytes]) -> tuple[str, str]:
    """SHA-256 and MD5 in hex; MD5 is only what the API has always told, and guards nothing."""
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    for chunk in chunks:
        sha256.update(chunk)
        md5.update(chunk)
    return sha256.hexdigest(), md5.hexdigest()


def clean_content_type(text: str | None) -> str:
    """`type/subtype` in lower case, without parameters; what is none is plain bytes."""
    name = (text or "").partition(";")[0].strip().lower()
    return name if len(name) <= 255 and CONTENT_TYPE.fullmatch(name) else UNKNOWN_TYPE
