"""Files that are made while they are downloaded, piece by piece, no faster than they are taken."""

from collections.abc import Generator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header

Pieces = Generator[bytes, None, None]


def file(request: HttpRequest, pieces: Pieces, name: str, kind: str) -> StreamingHttpResponse:
    """A download in UTF-8. `pieces` is closed at the end, also where whoever asks goes away."""
    content = Unhurried(pieces) if isinstance(request, ASGIRequest) else pieces
    response = StreamingHttpResponse(content, content_type=f"{kind}; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


class Unhurried:
    """Each piece is read from the database when the one before it is on its way."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces
        self._next = sync_to_async(lambda: next(pieces, None))

    def __aiter__(self) -> "Unhurried":
        return self

    async def __anext__(self) -> bytes:
        if (piece := await self._next()) is None:
            raise StopAsyncIteration
        return piece

    def close(self) -> None:
        """By Django, on the thread that reads, when the response is over."""
        self._pieces.close()
