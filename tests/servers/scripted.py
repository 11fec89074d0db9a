"""A server that plays recorded answers, whole or broken at any byte of the body, by its URL.

Its standard input is JSON: {"POST /v1/x": {"body": "…", "type": "text/event-stream", "status": 200,
"headers": {}, "is_faulty": true}}. It prints its port.
A path may begin with a fault, which holds for the routes that are `is_faulty`:

    /cut/<n>/…     the body ends after n bytes, as orderly as a whole one
    /reset/<n>/…   the connection is reset after n bytes, of a chunked body: else it would just end
    /stall/<n>/…   nothing comes after n bytes
    /split/<n>/…   a pause after n bytes, then the rest
    /drip/<ms>/…   one event (up to a blank line, or a line) after the other, so far apart

GET /_seen tells the requests so far, each with its method, path, headers and body.
"""

import asyncio
import json
import re
import socket
import struct
import sys

PAUSE = 0.01
FAULT = re.compile(r"/(cut|reset|stall|split|drip)/(\d+)(/.*)")
seen: list[dict] = []


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        method, path, _ = first.split(" ", 2)
        headers = {name.lower(): value for name, _, value in (s.partition(": ") for s in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        await _answer(writer, method, path, headers, body.decode())
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def _answer(writer, method: str, path: str, headers: dict, body: str) -> None:
    fault, count, path = _fault(path)
    if path == "/_seen":
        return _send(writer, {"body": json.dumps(seen), "type": "application/json"})
    seen.append({"method": method, "path": path, "headers": headers, "body": body})
    route = routes.get(f"{method} {path}", {"status": 404, "body": "{}"})
    is_faulty = route.get("is_faulty") and fault != ""
    content = _head(writer, route, is_chunked=is_faulty and fault == "reset")
    if not is_faulty:
        writer.write(content)
    else:
        await FAULTS[fault](writer, content, count)
    await writer.drain()


def _fault(path: str) -> tuple[str, int, str]:
    if found := FAULT.fullmatch(path):
        return found[1], int(found[2]), found[3]
    return "", 0, path


def _send(writer, route: dict) -> None:
    writer.write(_head(writer, route))


def _head(writer, route: dict, *, is_chunked: bool = False) -> bytes:
    """Write the answer's head; returns its body. It has no length: it ends with the connection, or
    with its last chunk."""
    headers = route.get("headers", {}) | ({"Transfer-Encoding": "chunked"} if is_chunked else {})
    more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(
        f"HTTP/1.1 {route.get('status', 200)} X\r\n"
        f"Content-Type: {route.get('type', 'application/json')}\r\n{more}"
        "Connection: close\r\n\r\n".encode()
    )
    return route.get("body", "").encode()


async def cut(writer, content: bytes, count: int) -> None:
    writer.write(content[:count])


async def reset(writer, content: bytes, count: int) -> None:
    if count:
        writer.write(b"%x\r\n%s\r\n" % (len(content[:count]), content[:count]))
    await writer.drain()
    await asyncio.sleep(PAUSE)  # so that what was sent is read before the reset drops it
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


async def stall(writer, content: bytes, count: int) -> None:
    writer.write(content[:count])
    await writer.drain()
    await asyncio.sleep(60)


async def split(writer, content: bytes, count: int) -> None:
    writer.write(content[:count])
    await writer.drain()
    await asyncio.sleep(PAUSE)
    writer.write(content[count:])


async def drip(writer, content: bytes, milliseconds: int) -> None:
    end = b"\n\n" if b"\n\n" in content else b"\n"
    for piece in content.split(end):
        writer.write(piece + end if piece else b"")
        await writer.drain()
        await asyncio.sleep(milliseconds / 1000)


FAULTS = {"cut": cut, "reset": reset, "stall": stall, "split": split, "drip": drip}


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    routes = json.load(sys.stdin)
    asyncio.run(main())
