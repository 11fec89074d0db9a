"""A Cog run through the server's event stream."""

import contextlib
from collections.abc import AsyncGenerator, Callable

from predictions.sse import ServerEvent

from . import any_json, http
from .base import Interrupted, Logs, Output, Unreadable, Usage
from .cog_output import as_text, ending


async def stream_run(
    server: str, request: dict, taken: Callable[[], None]
) -> AsyncGenerator[Output | Logs | Usage]:
    """Run `request` at `server`, and call `taken` once it has begun. Raises UpstreamError.

    Closing this closes the connection, and that cancels the run at the server.
    """
    seen = 0
    headers = {"Accept": "text/event-stream"}
    async with (
        http.stream("POST", f"{server}/predictions", json=request, headers=headers) as response,
        contextlib.aclosing(http.events(response)) as events,
    ):
        taken()
        async for event in events:
            facts = _facts(event)
            match event.event:
                case "output":
                    seen += 1
                    yield Output(as_text(facts.get("chunk")))
                case "log":
                    yield Logs(str(facts.get("data", "")))
                case "completed":
                    for word in ending(facts, seen):
                        yield word
                    return
    raise Interrupted("The Cog server's stream ended without its completed event.")


def _facts(event: ServerEvent) -> dict:
    try:
        facts = any_json.read(event.data)
    except Unreadable as error:
        raise Interrupted(f"not JSON: {event.data[:1000]}") from error
    return facts if isinstance(facts, dict) else {}
