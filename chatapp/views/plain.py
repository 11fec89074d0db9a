"""The chat page for a browser without scripts: the answer streams into it as HTML while it comes.

The page is sent up to the answer's words, then the words, then what follows them: the answers to
what waited, too. The words of a
block that is still open are shown as they are said; once it has ended its final HTML comes after
them, and the style sheet takes the words away.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from html import escape

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from chatapp.models import Message
from chatapp.rendering import LiveRendering
from predictions import events, sse
from predictions.models import OUTPUT

from .conversations import page_of
from .pages import chat_page, conversation_of

SILENCE = "<!-- -->"  # says that the connection lives


@chat_page
@require_GET
def live_conversation(request: HttpRequest, conversation_id) -> HttpResponse:
    """The page of a conversation whose answer is being written, to its end."""
    conversation = conversation_of(request, conversation_id)
    answer = conversation.running
    if answer is None:
        return redirect(conversation)
    return StreamingHttpResponse(_page(request, answer), headers={"X-Accel-Buffering": "no"})


async def _page(request: HttpRequest, answer: Message | None) -> AsyncIterator[str]:
    """It never raises: a page that cannot go on just ends."""
    parts, following, answers = sync_to_async(_parts), sync_to_async(_following), []
    try:
        while answer:
            answers.append(answer)
            *_, before, _ = await parts(request, answers, answer)
            yield before
            async for piece in _words(answer):
                yield piece
            answer = await following(request, answers)
        *_, after = await parts(request, answers)
        yield after
    except (DatabaseError, InterfaceError, Http404):
        return


def _parts(request: HttpRequest, answers: list[Message], now: Message | None = None) -> list[str]:
    """The page as it is now: before the words of these answers, between them, and after them.
    `now` is the one whose words come next: it has none yet, though it may have ended meanwhile.
    Raises Http404 where the page has not all of them any more."""
    mark = f"<!-- {secrets.token_hex(16)} -->"
    conversation = conversation_of(request, answers[0].conversation_id)
    ids = [answer.id for answer in answers]
    plain = {"plain_answers": ids, "plain_now": [now.id] if now else [], "plain_mark": mark}
    page = page_of(request, conversation, **plain)
    parts = page.content.decode().split(mark)
    if len(parts) != len(answers) + 1:
        raise Http404
    return parts


def _following(request: HttpRequest, answers: list[Message]) -> Message | None:
    """The answer to what waited for the end of these, on the same branch."""
    conversation = conversation_of(request, answers[0].conversation_id)
    conversation.go_on()
    running = conversation.running
    is_next = running and running.id == conversation.head_id and running not in answers
    return running if is_next else None


async def _words(answer: Message) -> AsyncIterator[str]:
    written = Written(answer.prefix)
    yield written.begin()
    decoder = sse.Decoder()
    async with events.follow(answer.prediction_id) as reader:
        while frames := await _read(reader):
            yield (
                frames
                if isinstance(frames, str)
                else "".join(
                    written.add(event.data)
                    for event in decoder.feed(frames)
                    if event.event == OUTPUT
                )
            )
    yield written.end()


async def _read(reader: events.Reader) -> bytes | str:
    try:
        async with asyncio.timeout(settings.HEARTBEAT_SECONDS):
            return await reader.read()
    except TimeoutError:
        return SILENCE


class Written:
    """The HTML of an answer so far, told in pieces that only ever follow each other."""

    def __init__(self, text: str) -> None:
        self._rendering = LiveRendering(text)
        self._count = 0

    def begin(self) -> str:
        return self._blocks(self._rendering.finished) + self._open(self._rendering.open_text)

    def add(self, text: str) -> str:
        self._rendering.add(text)
        if len(self._rendering.finished) == self._count:
            return escape(text)
        blocks = self._blocks(self._rendering.finished)
        return f"</p>{blocks}{self._open(self._rendering.open_text)}"

    def end(self) -> str:
        return f"</p>{self._blocks(self._rendering.end())}"

    def _open(self, text: str) -> str:
        return f'<p class="so-far">{escape(text.lstrip())}'

    def _blocks(self, finished: list[str]) -> str:
        new, self._count = finished[self._count :], len(finished)
        return f'<div class="block">{"".join(new)}</div>' if new else ""
