"""The doorbell: a WebSocket that tells an open page which conversation has changed, and no words.

It sends {"conversation": "<id>"}, with "" where anything may have changed; {} is a sign of life.
Whoever asks hears of their own conversations; with `?share=<token>` of the one that is shared,
with `?visit=<token>` of those of an embed's visitor.
"""

import asyncio
import json
import re
from contextlib import suppress
from importlib import import_module
from io import BytesIO

from django.conf import settings
from django.contrib import auth
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.db import DatabaseError, InterfaceError

from predictions import bus
from predictions.threads import in_reader

from .embed import origins, tokens
from .models import Share
from .models.owned import room_of
from .notifications import readers_of

NOBODY = 4401  # there is nothing yet to be told of: come back when there is
TRY_AGAIN = 4408
TOKEN = re.compile(r"[\w-]{1,40}", re.ASCII)


async def doorbell(scope, receive, send) -> None:
    """Ring until the page leaves, or is not anymore who it was."""
    await receive()
    request = ASGIRequest({**scope, "method": "GET"}, BytesIO())
    if not is_our_page(request):
        return await send({"type": "websocket.close"})
    await send({"type": "websocket.accept"})
    code = await _ring(request, receive, send)
    with suppress(OSError):  # it may have left
        await send({"type": "websocket.close", "code": code})


def is_our_page(request: ASGIRequest) -> bool:
    """No other site may listen with a visitor's cookies."""
    try:
        return request.headers.get("Origin") in origins.ours(request)
    except DisallowedHost:
        return False


async def _ring(request: ASGIRequest, receive, send) -> int:
    """Why it ended."""
    try:
        room = await in_reader(room_for, request)
        if room is None:
            return NOBODY
        bell = Bell()
        departure = asyncio.create_task(_departure(receive))
        departure.add_done_callback(lambda _: bell.leave())
        with bus.listen(room, bell.ring):
            bell.ring()  # what changed while it came here
            while not bell.is_left:
                rings = await bell.rings()
                if not rings and await in_reader(room_for, request) != room:
                    break
                for about in rings or [{}]:
                    await send({"type": "websocket.send", "text": json.dumps(about)})
        departure.cancel()
    except (DatabaseError, InterfaceError):
        pass
    return TRY_AGAIN


async def _departure(receive) -> None:
    while (await receive())["type"] != "websocket.disconnect":
        pass


def room_for(request: ASGIRequest) -> str | None:
    """What whoever asks may hear of."""
    if "share" in request.GET:
        token = request.GET["share"]
        share = TOKEN.fullmatch(token) and Share.objects.open().filter(token=token).first()
        return readers_of(share.conversation_id) if share else None
    if "visit" in request.GET:
        visit = tokens.visit_of(request.GET["visit"])
        return visit.room if visit else None
    sessions = import_module(settings.SESSION_ENGINE)
    request.session = sessions.SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    request.user = auth.get_user(request)
    if settings.CHAT_REQUIRE_LOGIN and not request.user.is_authenticated:
        return None
    return room_of(request)


class Bell:
    """What was rung since one last looked: each conversation once, however often it was."""

    def __init__(self) -> None:
        self._rung: dict[str, None] = {}
        self._wake = asyncio.Event()
        self.is_left = False

    def ring(self, conversation: str = "") -> None:
        self._rung[conversation] = None
        self._wake.set()

    def leave(self) -> None:
        self.is_left = True
        self._wake.set()

    async def rings(self) -> list[dict[str, str]]:
        """Wait for the next ones; [] after a while without any."""
        with suppress(TimeoutError):
            async with asyncio.timeout(settings.HEARTBEAT_SECONDS):
                await self._wake.wait()
        self._wake.clear()
        rung, self._rung = self._rung, {}
        return [{"conversation": conversation} for conversation in rung]
