"""One streamed answer under way; each protocol says the same things in its own way."""

import asyncio
import json
import re
import zlib

from aiohttp import web

WORDS = ["The", " quick", " brown", " fox", " jumps", " over", " the", " lazy", " dog", "."]
SPACING = 0.02  # seconds between words
SURROGATE = re.compile("[\ud800-\udfff]")
READ, WRITTEN = 7, 10  # the tokens that an answer tells


class Answer:
    content_type = "text/event-stream"

    def __init__(self, request: web.Request, body: dict, attempt: int) -> None:
        self.request = request
        self.body = body
        self.attempt = attempt
        self.response: web.StreamResponse | web.Response | None = None
        self.line_end = "\n"
        self.chunk_bytes = 0  # so many at a time, where it is not 0
        self.is_compressed = False
        self.gzip = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)

    # What a protocol says in its own way

    def ask_again(self, seconds: int) -> None:
        """Too many requests."""
        self.plain(429, self.error("rate_limit_error"), **{"Retry-After": str(seconds)})

    def error(self, kind: str) -> dict:
        """An error's body."""
        return {"error": {"type": kind, "message": "secret detail"}}

    async def open(self) -> None:
        """What comes before the first word."""
        await self.begin()

    async def say(self, word: str) -> None:
        raise NotImplementedError

    async def think(self, thought: str) -> None:
        raise NotImplementedError

    async def ping(self) -> None:
        """A sign of life that is no word."""
        raise NotImplementedError

    async def end(self) -> None:
        """The end marker, with the token counts."""
        raise NotImplementedError

    async def fail(self, kind: str) -> None:
        """An error inside the stream."""
        raise NotImplementedError

    async def babble(self) -> None:
        """Things that a later version of the protocol may add."""
        raise NotImplementedError

    def whole(self) -> None:
        """The answer in one piece, as a server that does not stream gives it."""
        raise NotImplementedError

    # What they have in common

    async def begin(self) -> None:
        headers = {"Content-Type": self.content_type}
        if self.is_compressed:
            headers["Content-Encoding"] = "gzip"
        self.response = web.StreamResponse(headers=headers)
        await self.response.prepare(self.request)

    async def write(self, text: str) -> None:
        content = text.replace("\n", self.line_end).encode()
        if self.is_compressed:
            content = self.gzip.compress(content) + self.gzip.flush(zlib.Z_SYNC_FLUSH)
        size = self.chunk_bytes or len(content)
        for start in range(0, len(content), size):
            await self.response.write(content[start : start + size])
            if self.chunk_bytes:
                await asyncio.sleep(0)

    async def words(self, spacing: float = SPACING, count: int = len(WORDS)) -> None:
        await self.open()
        for word in WORDS[:count]:
            await asyncio.sleep(spacing)
            await self.say(word)

    def plain(self, status: int, body: object, **headers: str) -> None:
        if isinstance(body, str):
            self.response = web.Response(
                status=status, text=body, content_type="text/html", headers=headers
            )
        else:
            self.response = web.json_response(body, status=status, headers=headers)

    async def send(self, chunk: object, event: str = "") -> None:
        """A server-sent event."""
        name = f"event: {event}\n" if event else ""
        await self.write(f"{name}data: {self.json(chunk)}\n\n")

    def json(self, facts: object) -> str:
        """UTF-8 as it is; what that cannot carry is escaped."""
        text = json.dumps(facts, ensure_ascii=False)
        return json.dumps(facts) if SURROGATE.search(text) else text
