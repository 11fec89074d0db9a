"""How a server of any protocol answers, well and badly: one function for each model name."""

import asyncio
from collections.abc import Awaitable, Callable

from .answer import SPACING, WORDS, Answer

Behaviour = Callable[[Answer], Awaitable[None]]
COMMON: dict[str, Behaviour] = {}


def behaviour(name: str, group: dict[str, Behaviour] = COMMON) -> Callable[[Behaviour], Behaviour]:
    def register(function: Behaviour) -> Behaviour:
        group[name] = function
        return function

    return register


@behaviour("404")
async def unknown(answer: Answer) -> None:
    answer.plain(404, answer.error("not_found_error"))


@behaviour("words")
async def words(answer: Answer) -> None:
    await answer.words()
    await answer.end()


@behaviour("org/slashed:model.gguf")
async def slashed(answer: Answer) -> None:
    await words(answer)


@behaviour("slow")
async def slow(answer: Answer) -> None:
    await answer.words(spacing=0.3)
    await answer.end()


@behaviour("never-closes")
async def never_closes(answer: Answer) -> None:
    await words(answer)
    await asyncio.sleep(60)


@behaviour("no-end-marker")
async def no_end_marker(answer: Answer) -> None:
    await answer.words(count=4)


@behaviour("no-word")
async def no_word(answer: Answer) -> None:
    """The stream begins, and ends as orderly as a whole one."""
    await answer.open()


@behaviour("cut")
async def cut(answer: Answer) -> None:
    await answer.words(count=4)
    answer.request.transport.abort()


@behaviour("cut-before")
async def cut_before(answer: Answer) -> None:
    await answer.open()
    await asyncio.sleep(SPACING)
    answer.request.transport.abort()


@behaviour("error-in-stream")
async def error_in_stream(answer: Answer) -> None:
    await answer.words(count=2)
    await answer.fail("api_error")


@behaviour("error-first")
async def error_first(answer: Answer) -> None:
    await answer.open()
    await answer.fail("api_error")


@behaviour("error-in-json")
async def error_in_json(answer: Answer) -> None:
    answer.plain(200, answer.error("api_error"))


@behaviour("429-then-ok")
async def busy_then_ok(answer: Answer) -> None:
    if answer.attempt == 1:
        answer.ask_again(3)
    else:
        await words(answer)


@behaviour("500")
async def fails(answer: Answer) -> None:
    answer.plain(500, answer.error("secret detail " + "x" * 100_000))


@behaviour("401")
async def unauthorised(answer: Answer) -> None:
    headers = answer.request.headers
    key = headers.get("Authorization", "") + headers.get("x-api-key", "")
    answer.plain(401, answer.error(f"Incorrect API key provided: {key}"))


@behaviour("redirect")
async def redirect(answer: Answer) -> None:
    answer.plain(307, "moved", Location="/elsewhere")


@behaviour("html-error")
async def html_error(answer: Answer) -> None:
    answer.plain(502, "<html><body><h1>502 Bad Gateway</h1></body></html>")


@behaviour("html-page")
async def html_page(answer: Answer) -> None:
    answer.plain(200, "<html><body>Welcome to nginx</body></html>")


@behaviour("stall")
async def stall(answer: Answer) -> None:
    await answer.words(count=2)
    await asyncio.sleep(60)


@behaviour("silent")
async def silent(answer: Answer) -> None:
    await asyncio.sleep(60)


@behaviour("pings-only")
async def pings_only(answer: Answer) -> None:
    await answer.open()
    for _ in range(600):
        await answer.ping()
        await asyncio.sleep(0.1)


@behaviour("pings-between")
async def pings_between(answer: Answer) -> None:
    await answer.open()
    for word in WORDS:
        await answer.ping()
        await answer.say(word)
    await answer.end()


@behaviour("unknown-events")
async def unknown_events(answer: Answer) -> None:
    await answer.open()
    for word in WORDS:
        await answer.babble()
        await answer.say(word)
    await answer.end()


@behaviour("json")
async def whole(answer: Answer) -> None:
    answer.whole()


@behaviour("reasoning")
async def reasoning(answer: Answer) -> None:
    await answer.open()
    await answer.think("Let me ")
    await answer.think("think.")
    await answer.say("Yes.")
    await answer.end()


@behaviour("burst")
async def burst(answer: Answer) -> None:
    await answer.open()
    for word in WORDS * 100:
        await answer.say(word)
    await answer.end()


@behaviour("flood")
async def flood(answer: Answer) -> None:
    """Four megabytes as fast as they are taken."""
    await answer.open()
    for number in range(256):
        await answer.say(f"{number} ".ljust(15 * 1024, "x"))
    await answer.end()


@behaviour("crlf")
async def crlf(answer: Answer) -> None:
    answer.line_end = "\r\n"
    await words(answer)


@behaviour("byte-by-byte")
async def byte_by_byte(answer: Answer) -> None:
    """Also in the middle of its characters, which json.dumps would hide."""
    answer.chunk_bytes = 1
    await answer.open()
    for word in ("Ein", " Fluß", " 🌊", "\u2028\x85."):
        await answer.say(word)
    await answer.end()


@behaviour("half-emoji")
async def half_emoji(answer: Answer) -> None:
    await answer.open()
    for half in ("A \ud83e", "\udd99 and a lone \ud83e", " one"):
        await answer.say(half)
    await answer.end()


@behaviour("endless-line")
async def endless_line(answer: Answer) -> None:
    await answer.open()
    await answer.write('data: {"')
    for _ in range(40):
        await answer.write("x" * 65536)


@behaviour("not-json")
async def not_json(answer: Answer) -> None:
    await answer.words(count=2)
    await answer.write("data: {secret detail\n\n")


@behaviour("too-deep")
async def too_deep(answer: Answer) -> None:
    await answer.words(count=2)
    await answer.write("data: " + "[" * 200_000 + "\n\n")


@behaviour("gzip")
async def compressed(answer: Answer) -> None:
    answer.is_compressed = True
    await words(answer)
