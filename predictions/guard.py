"""An ASGI guard: an exception after the response has started must not reach daphne.

There it would leave the reader hanging and stop daphne's reaper for good (measured on 4.2.3).
"""

import logging

logger = logging.getLogger(__name__)


def guard(application):
    """`application`, with a body that fails half-way ended instead of raised."""

    async def guarded(scope, receive, send):
        if scope["type"] != "http":
            return await application(scope, receive, send)
        is_started = False

        async def noting_send(message):
            nonlocal is_started
            is_started = True
            await send(message)

        try:
            await application(scope, receive, noting_send)
        except Exception:
            if not is_started:
                raise
            logger.exception("The response to %s failed half-way.", scope["path"])
            await send({"type": "http.response.body", "body": b""})

    return guarded
