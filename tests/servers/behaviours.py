"""How the test server answers: one function for each model name."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from aiohttp import web

WORDS = ["The", " quick", " brown", " fox", " jumps", " over", " the", " lazy", " dog", "."]
SPACING = 0.02  # seconds between words
USAGE = {"prompt_tokens": 7, "completion_tokens": 10, "total_tokens": 17}
BEHAVIOURS: dict[str, Callable[["Answer"], Awaitable[None]]] = {}


class Answer:
    """One streamed answer under way."""

    def __init__(self, request: web.Request, body: dict, attempt: int) -> None:
        self.request = request
        self.body = body
        self.attempt = attempt
        self.response: web.StreamResponse | web.Response | None = None
        self.line_end = "\n"

    async def begin(self, content_type: str = "text/event-stream") -> None:
        self.response = web.StreamResponse(headers={"Content-Type": content_type})
        await self.response.prepare(self.request)

    async def write(self, text: str) -> None:
        await self.response.write(text.replace("\n", self.line_end).encode())

    async def send(self, chunk: dict) -> None:
        await self.write(f"data: {json.dumps(chunk)}\n\n")

    async def delta(self, delta: dict, finish: str | None = None, **more: object) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        await self.send({"object": "chat.completion.chunk", "choices": [choice], **more})

    async def words(self, spacing: float = SPACING, count: int = len(WORDS)) -> None:
        await self.begin()
        await self.delta({"role": "assistant", "content": ""})
        for word in WORDS[:count]:
            await asyncio.sleep(spacing)
            await self.delta({"content": word})

    async def done(self) -> None:
        await self.write("data: [DONE]\n\n")

    def plain(self, status: int, body: object, **headers: str) -> None:
        if isinstance(body, str):
            self.response = web.Response(
                status=status, text=body, content_type="text/html", headers=headers
            )
        else:
            self.response = web.json_response(body, status=status, headers=headers)


def behaviour(name: str):
    def register(function: Callable[[Answer], Awaitable[None]]):
        BEHAVIOURS[name] = function
        return function

    return register


@behaviour("words")
async def words(answer: Answer) -> None:
    await answer.words()
    await answer.delta({}, "stop", usage=USAGE)
    await answer.done()


@behaviour("org/slashed:model.gguf")
async def slashed(answer: Answer) -> None:
    await words(answer)


@behaviour("slow")
async def slow(answer: Answer) -> None:
    await answer.words(spacing=0.3)
    await answer.delta({}, "stop")
    await answer.done()


@behaviour("no-done-marker")
async def no_done_marker(answer: Answer) -> None:
    await answer.words()
    await answer.delta({"content": None}, "stop")


@behaviour("no-finish-reason")
async def no_finish_reason(answer: Answer) -> None:
    await answer.words()
    await answer.done()


@behaviour("never-closes")
async def never_closes(answer: Answer) -> None:
    await answer.words()
    await answer.delta({}, "stop")
    await asyncio.sleep(60)


@behaviour("no-end-marker")
async def no_end_marker(answer: Answer) -> None:
    await answer.words(count=4)


@behaviour("cut")
async def cut(answer: Answer) -> None:
    await answer.words(count=4)
    answer.request.transport.abort()


@behaviour("error-in-stream")
async def error_in_stream(answer: Answer) -> None:
    await answer.words(count=2)
    await answer.send({"error": {"message": "secret detail", "type": "server_error", "code": 500}})


@behaviour("429-then-ok")
async def busy_then_ok(answer: Answer) -> None:
    if answer.attempt == 1:
        answer.plain(429, {"error": {"message": "slow down"}}, **{"Retry-After": "3"})
    else:
        await words(answer)


@behaviour("500")
async def fails(answer: Answer) -> None:
    answer.plain(500, {"error": {"message": "secret detail " + "x" * 100_000}})


@behaviour("401")
async def unauthorised(answer: Answer) -> None:
    key = answer.request.headers.get("Authorization", "")
    answer.plain(401, {"error": {"message": f"Incorrect API key provided: {key}"}})


@behaviour("404")
async def unknown(answer: Answer) -> None:
    answer.plain(404, {"error": {"message": "no such model"}})


@behaviour("redirect")
async def redirect(answer: Answer) -> None:
    answer.plain(307, "moved", Location="/elsewhere")


@behaviour("stall")
async def stall(answer: Answer) -> None:
    await answer.words(count=2)
    await asyncio.sleep(60)


@behaviour("silent")
async def silent(answer: Answer) -> None:
    await asyncio.sleep(60)


@behaviour("json")
async def whole(answer: Answer) -> None:
    message = {"role": "assistant", "content": "".join(WORDS)}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    answer.plain(200, {"object": "chat.completion", "choices": [choice], "usage": USAGE})


@behaviour("reasoning")
async def reasoning(answer: Answer) -> None:
    await answer.begin()
    await answer.delta({"role": "assistant", "reasoning_content": "Let me "})
    await answer.delta({"reasoning": "think."})
    await answer.delta({"content": "Yes."})
    await answer.delta({}, "stop")


@behaviour("burst")
async def burst(answer: Answer) -> None:
    await answer.begin()
    lines = [{"choices": [{"delta": {"content": word}}]} for word in WORDS * 100]
    await answer.write("".join(f"data: {json.dumps(line)}\n\n" for line in lines))
    await answer.delta({}, "length")
    await answer.done()


@behaviour("half-then-ok")
async def half_then_ok(answer: Answer) -> None:
    if answer.attempt > 1:
        return await words(answer)
    await answer.begin()
    await answer.write('data: {"choices":[{"delta":{"content":"\\ud83e"}}]}\n\n')


@behaviour("odd-usage")
async def odd_usage(answer: Answer) -> None:
    await answer.words()
    usage = {"prompt_tokens": float("inf"), "completion_tokens": 10}
    await answer.delta({}, "stop", usage=usage)


@behaviour("flood")
async def flood(answer: Answer) -> None:
    """Four megabytes as fast as they are taken."""
    await answer.begin()
    for number in range(256):
        await answer.delta({"content": f"{number} ".ljust(15 * 1024, "x")})
    await answer.delta({}, "stop")


@behaviour("usage-late")
async def usage_late(answer: Answer) -> None:
    await answer.words()
    await answer.delta({}, "stop")
    await asyncio.sleep(0.1)
    await answer.send({"choices": [], "usage": USAGE})
    await answer.done()


@behaviour("usage-never")
async def usage_never(answer: Answer) -> None:
    await no_done_marker(answer)


@behaviour("html-error")
async def html_error(answer: Answer) -> None:
    answer.plain(502, "<html><body><h1>502 Bad Gateway</h1></body></html>")


@behaviour("html-page")
async def html_page(answer: Answer) -> None:
    answer.plain(200, "<html><body>Welcome to nginx</body></html>")


@behaviour("half-emoji")
async def half_emoji(answer: Answer) -> None:
    await answer.begin()
    for half in (r"A \ud83e", r"\udd99 and a lone \ud83e", r" one"):
        await answer.write('data: {"choices":[{"delta":{"content":"%s"}}]}\n\n' % half)  # noqa: UP031
    await answer.delta({}, "stop")


@behaviour("crlf")
async def crlf(answer: Answer) -> None:
    answer.line_end = "\r\n"
    await words(answer)


@behaviour("odd-lines")
async def odd_lines(answer: Answer) -> None:
    await answer.begin()
    text = json.dumps("a\u2028b\u0085c\x0cd", ensure_ascii=False).replace("\\f", "\x0c")
    await answer.write(': a comment\nretry: 5\ndata: {"choices":[{"delta":')
    await answer.write('{"content":%s}}]}\n\n' % text.replace("\x0c", "\\f"))  # noqa: UP031
    await answer.delta({}, "stop")


@behaviour("endless-line")
async def endless_line(answer: Answer) -> None:
    await answer.begin()
    await answer.write("data: ")
    for _ in range(40):
        await answer.write("x" * 65536)


@behaviour("no-stream-options")
async def no_stream_options(answer: Answer) -> None:
    if "stream_options" in answer.body:
        answer.plain(400, {"error": {"message": "Unrecognized argument: stream_options"}})
    else:
        await words(answer)


@behaviour("max-completion-tokens")
async def max_completion_tokens(answer: Answer) -> None:
    if "max_tokens" in answer.body:
        message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
        answer.plain(400, {"error": {"message": message}})
    else:
        await words(answer)


@behaviour("thinking")
async def thinking(answer: Answer) -> None:
    """Thirty thoughts, then the words, with room between them to look."""
    await answer.begin()
    for number in range(30):
        await answer.delta({"role": "assistant", "reasoning_content": f"Thought {number}. "})
        await asyncio.sleep(0.05)
    for word in WORDS:
        await asyncio.sleep(0.1)
        await answer.delta({"content": word})
    await answer.delta({}, "stop")
    await answer.done()
