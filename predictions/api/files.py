"""`/v1/files`: upload a file to name it in an input, list, get, delete; and what a model opens."""

import asyncio
from collections.abc import AsyncIterator

from django.core.files import File as Content
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header
from ninja import Query, Router, Status

from predictions.files import may_download
from predictions.inputs import fit
from predictions.models import File

from . import problems
from .addresses import base_url
from .paging import page
from .schemas.base import PageQuery
from .schemas.files import FileObject, FilePage, file_object
from .uploads import FORM, read_upload

router = Router(tags=["Files"])

CHUNK = 256 * 1024
NOT_A_LINK = "This link to a file is not valid, or its time has passed."
CONTENT = {
    "responses": {
        200: {
            "description": "The content, under the content type that it was uploaded with",
            "content": {"application/octet-stream": {"schema": {"format": "binary"}}},
        }
    }
}
# What was uploaded may be hostile: no page of it is ever shown, and none runs on our origin.
DOWNLOAD_HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@router.post("/files", response={201: FileObject}, openapi_extra=FORM)
def create_file(request: HttpRequest):
    """Keep a file, for an input to name it by its `urls.get`."""
    file = File.keep(request.auth, *read_upload(request))
    return Status(201, file_object(file, base_url(request)))


@router.get("/files", response=FilePage)
def list_files(request: HttpRequest, query: Query[PageQuery]):
    """The caller's files, newest first."""
    base = base_url(request)
    return page(
        request,
        query.cursor,
        _files(request),
        lambda files: [file_object(each, base) for each in files],
    )


@router.get("/files/{file_id}", response=FileObject)
def get_file(request: HttpRequest, file_id: str):
    return file_object(find_file(request, file_id), base_url(request))


@router.delete("/files/{file_id}", response={204: None})
def delete_file(request: HttpRequest, file_id: str):
    find_file(request, file_id).delete()
    return Status(204, None)


@router.get("/files/{file_id}/download", auth=None, openapi_extra=CONTENT)
def download_file(request: HttpRequest, file_id: str, expires: str = "", signature: str = ""):
    """The content, for whoever has the signed URL: models get it in place of `urls.get`."""
    if not may_download(file_id, expires, signature):
        raise problems.Problem(403, "Forbidden", NOT_A_LINK)
    try:
        file = File.objects.kept().get(id=file_id)
        content = file.content.open("rb")
    except (File.DoesNotExist, FileNotFoundError) as error:
        raise problems.not_found("file") from error
    named = {
        "Content-Disposition": content_disposition_header(True, file.name),
        "Content-Length": str(file.size),
    }
    return StreamingHttpResponse(
        _chunks(content), content_type=file.content_type, headers=DOWNLOAD_HEADERS | named
    )


@router.get("/files/{file_id}/download/{name}", auth=None, include_in_schema=False)
def download_named_file(
    request: HttpRequest, file_id: str, name: str, expires: str = "", signature: str = ""
):
    """The same under a URL that ends in the file's name, whatever name it says."""
    return download_file(request, file_id, expires, signature)


def find_file(request: HttpRequest, file_id: str) -> File:
    """The caller's file of that id; somebody else's or an expired one is as unknown as none."""
    if file := _files(request).filter(id=fit(file_id)).first():
        return file
    raise problems.not_found("file")


def _files(request: HttpRequest):
    return File.objects.kept().filter(owner=request.auth)


async def _chunks(content: Content) -> AsyncIterator[bytes]:
    try:
        while chunk := await asyncio.to_thread(content.read, CHUNK):
            yield chunk
    finally:
        content.close()
