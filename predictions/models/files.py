"""A file that a client uploaded to name it in an input. It is kept for FILE_RETENTION seconds."""

from django.conf import settings
from django.core.files.storage import storages
from django.db import models

from .predictions import random_id


def new_file_id() -> str:
    return random_id(16)


def file_storage():
    return storages["files"]


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

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.name
