"""Reading an upload: the multipart form that Replicate's clients send a file in."""

import json

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.utils.datastructures import MultiValueDict

from predictions.inputs import fit

from .problems import Problem, check_depth, invalid_field

METADATA_BYTES = 64 * 1024
# The form, for the API's own description.
FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["content"],
                    "properties": {
                        "content": {"type": "string", "format": "binary"},
                        "metadata": {"type": "object", "description": "As JSON."},
                    },
                },
                "encoding": {"metadata": {"contentType": "application/json"}},
            }
        },
    }
}


def read_upload(request: HttpRequest) -> tuple[UploadedFile, dict]:
    """The part `content`, and the object in `metadata`. Raises Problem."""
    fields, uploads = _parts(request)
    content = uploads.get("content")
    if content is None:
        raise invalid_field("required", "content", "content is required, as a file with a name")
    if content.size > settings.MAX_FILE_BYTES:
        raise _too_large()
    return content, _metadata(uploads.get("metadata") or fields.get("metadata"))


def _parts(request: HttpRequest) -> tuple[QueryDict, MultiValueDict]:
    """The form's fields and its files."""
    if request.content_type != "multipart/form-data":
        raise _not_multipart()
    request.encoding = "utf-8"  # whatever charset it names: some of Python's decode no text
    # A body in chunks tells no length, and Django would take it for an empty one.
    request.META.setdefault("CONTENT_LENGTH", str(settings.MAX_FILE_BYTES))
    try:
        return request.POST, request.FILES
    except (MultiPartParserError, TooManyFieldsSent, TooManyFilesSent) as error:
        raise _not_multipart() from error
    except RequestDataTooBig as error:
        raise _too_much_metadata() from error


def _metadata(part: str | UploadedFile | None) -> dict:
    """A JSON object: as a text, or as a file, which is how the JavaScript client sends it."""
    if part is None:
        return {}
    if len(part) > METADATA_BYTES:
        raise _too_much_metadata()
    try:
        metadata = fit(json.loads(part if isinstance(part, str) else part.read()))
        json.dumps(metadata, allow_nan=False)
        if not isinstance(metadata, dict):
            raise ValueError("not an object")
        check_depth(metadata)
    except (ValueError, RecursionError) as error:
        raise _not_an_object() from error
    return metadata


def _not_multipart() -> Problem:
    sentence = "Send the file as multipart/form-data, in a part named content."
    return Problem(400, "Bad request", sentence)


def _not_an_object() -> Problem:
    return invalid_field("invalid_type", "metadata", "metadata must be a JSON object")


def _too_much_metadata() -> Problem:
    most = METADATA_BYTES // 1024
    return invalid_field("string_lte", "metadata", f"metadata must be at most {most} KiB")


def _too_large() -> Problem:
    most = f"{settings.MAX_FILE_BYTES / 1024 / 1024:g} MiB"
    return Problem(413, "Content too large", f"A file may have at most {most}.")
