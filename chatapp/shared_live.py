"""The stream of an answer for the readers of a shared link: it ends with the link.

They are not given the answer's own key, which would be good for a day whatever becomes of the link.
"""

import asyncio
from contextlib import suppress
from functools import partial
from uuid import UUID

from django.db import DatabaseError, InterfaceError

from chatapp import live
from chatapp.models import Share
from predictions import events
from predictions.inputs import fit
from predictions.models import Prediction
from predictions.stream import Write, serve
from predictions.threads import in_reader

EVERY = 1  # second, a look whether the link is still good


async def shared_live(scope, receive, send) -> None:
    """GET what a page hears of an answer, as `live` gives it."""
    token, id = scope["url_route"]["kwargs"]["token"], scope["url_route"]["kwargs"]["message_id"]
    play = partial(_play, token, live.asked_of(scope))
    await serve(scope, receive, send, play, partial(_answer, token, id))


def _answer(token: str, id: UUID) -> Prediction | None:
    share = _share(token)
    message = share and share.message(id)
    prediction = message and message.prediction
    return prediction if prediction and prediction.has_stream else None


def _share(token: str) -> Share | None:
    return Share.objects.open().filter(token=fit(token)).first()


async def _play(
    token: str, asked: dict[str, str], prediction: Prediction, reader: events.Reader, write: Write
) -> None:
    watch = asyncio.create_task(_leave_with_the_link(token, reader))
    try:
        await live.play(asked, prediction, reader, write)
    finally:
        watch.cancel()


async def _leave_with_the_link(token: str, reader: events.Reader) -> None:
    is_good = True
    while is_good:
        await asyncio.sleep(EVERY)
        with suppress(DatabaseError, InterfaceError):
            is_good = await in_reader(_share, token)
    reader.leave()
