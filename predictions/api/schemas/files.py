"""Uploaded files."""

from ninja import Schema
from pydantic import JsonValue

from predictions.models import File
from predictions.objects import timestamp

from .base import PageObject, Timestamp


class Checksums(Schema):
    sha256: str
    md5: str


class FileUrls(Schema):
    get: str


class FileObject(Schema):
    id: str
    name: str
    content_type: str
    size: int
    etag: str
    checksums: Checksums
    metadata: dict[str, JsonValue]
    created_at: Timestamp
    expires_at: Timestamp
    urls: FileUrls


class FilePage(PageObject):
    results: list[FileObject]


def file_object(file: File, base_url: str) -> dict:
    return {
        "id": file.id,
        "name": file.name,
        "content_type": file.content_type,
        "size": file.size,
        "etag": file.sha256,
        "checksums": {"sha256": file.sha256, "md5": file.md5},
        "metadata": file.metadata,
        "created_at": timestamp(file.created_at),
        "expires_at": timestamp(file.expires_at),
        "urls": {"get": f"{base_url}/v1/files/{file.id}"},
    }
