"""A server that speaks Replicate's API and misbehaves as each prediction's input asks.

It prints its port. `input.plan`:

    items        the output; default WORDS
    stream       how it streams: resume, replay, no-ids, fresh-ids, sparse-ids (one id for three
                 events), or none, html, 404, 503: then each poll tells one item more
    connections  what befalls the first connections to the stream: [["cut", 17], ["reset", 3]]
    creates      what befalls the first requests to create: 429, 500, "lost"
    boots        polls that say `starting` before anything is told
    late         polls that say `processing` after the stream's `done`
    ending       the last status; default succeeded
    kept         the output that polling tells at the end; default the items
    seconds      between two events

GET /_seen tells the requests, the predictions, and when each was canceled.
"""

import asyncio
import json
import re
import time

from scripted import FAULTS

WORDS = ["Once", " upon", " a\ntime", " 🌊", "", " Once", " there."]
SCHEMA = {
    "openapi": "3.0.2",
    "info": {"title": "Cog", "version": "0.1.0"},
    "components": {
        "schemas": {
            "Input": {"type": "object", "properties": {"prompt": {"type": "string"}}},
            "Output": {
                "type": "array",
                "items": {"type": "string"},
                "x-cog-array-type": "iterator",
                "x-cog-array-display": "concatenate",
            },
        }
    },
}
REASONS = {"succeeded": {}, "failed": {"reason": "error"}}
POLLED = {"none", "html", "404", "503", "fresh-ids"}


class Prediction:
    def __init__(self, id: str, plan: dict) -> None:
        self.id, self.plan = id, plan
        self.items = plan.get("items", WORDS)
        self.boots, self.late = plan.get("boots", 0), plan.get("late", 0)
        self.connections = iter(plan.get("connections", []))
        self.opened = self.told = 0
        self.status = "processing"
        self.is_streamed = self.is_stalled = False
        self.canceled_at = None
        self.booted = asyncio.Event()
        if not self.boots:
            self.booted.set()

    def poll(self) -> dict:
        if self.boots:
            self.boots -= 1
            if not self.boots:
                self.booted.set()
        elif self.is_stalled:
            self.told += 1  # the prediction goes on, whoever hears it
            self._end_if(self.is_streamed or self.told > len(self.items))
        elif self.plan.get("stream") in POLLED:
            self.told += 1
            self._end_if(self.told > len(self.items))
        elif self.is_streamed:
            self.late -= 1
            self._end_if(self.late < 0)
        return self.as_object()

    def _end_if(self, is_over: bool) -> None:
        if is_over and self.canceled_at is None:
            self.status = self.plan.get("ending", "succeeded")
            self.told = len(self.items)

    def as_object(self) -> dict:
        is_over = self.status != "processing"
        output = self.plan.get("kept", self.items) if is_over else self.items[: self.told]
        urls = {"get": "http://elsewhere.invalid/get", "cancel": "http://elsewhere.invalid/cancel"}
        if self.plan.get("stream") != "none":
            urls["stream"] = f"{origin}/streams/{self.id}"
        return {
            "id": self.id,
            "status": "starting" if self.boots else self.status,
            "output": output or None,
            "logs": "",
            "error": "secret words" if self.status == "failed" else None,
            "metrics": {"input_token_count": 7, "output_token_count": 5} if is_over else {},
            "urls": urls,
        }

    def frames(self, last_event_id: str) -> list[str]:
        events = [("output", as_text(item)) for item in self.items]
        ending = self.plan.get("ending", "succeeded")
        if ending == "failed":
            events.append(("error", '{"detail": "secret words"}'))
        events.append(("done", json.dumps(REASONS.get(ending, {"reason": "canceled"}))))
        ids = [self._id(number) for number in range(len(events))]
        resumes = self.plan.get("stream", "resume") in {"resume", "sparse-ids"}
        after = ids.index(last_event_id) + 1 if resumes and last_event_id in ids else 0
        return [frame(*event, id) for event, id in zip(events, ids, strict=True)][after:]

    def _id(self, number: int) -> str | None:
        match self.plan.get("stream"):
            case "no-ids":
                return None
            case "fresh-ids":
                return f"{1692041342 + self.opened}:{number}"
            case "sparse-ids" if number % 3:
                return None
        return f"1692041342:{number}"


def as_text(item: object) -> str:
    return item if isinstance(item, str) else json.dumps(item)


def frame(event: str, data: str, id: str | None) -> str:
    lines = "".join(f"data: {line}\n" for line in data.split("\n"))
    return f"event: {event}\n{f'id: {id}' + chr(10) if id else ''}{lines}\n"


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        method, path, _ = first.split(" ", 2)
        headers = {name.lower(): value for name, _, value in (s.partition(": ") for s in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        if path != "/_seen":
            seen.append({"method": method, "path": path, "headers": headers, "at": time.time()})
        await answer(writer, method, path, headers, json.loads(body) if body else {})
        await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def answer(writer, method: str, path: str, headers: dict, body: dict) -> None:
    if path == "/_seen":
        rows = {each.id: each.canceled_at for each in predictions.values()}
        send(writer, 200, {"requests": seen, "predictions": rows})
    elif method == "POST" and path.endswith("/cancel"):
        prediction = predictions[path.split("/")[-2]]
        prediction.status, prediction.canceled_at = "canceled", time.time()
        send(writer, 200, prediction.as_object())
    elif method == "POST":
        await create(writer, path, headers, body)
    elif found := re.fullmatch(r"/v1/predictions/(\w+)", path):
        send(writer, 200, predictions[found[1]].poll())
    elif found := re.fullmatch(r"/streams/(\w+)", path):
        await stream(writer, predictions[found[1]], headers.get("last-event-id", ""))
    else:
        catalogue(writer, path)


async def create(writer, path: str, headers: dict, body: dict) -> None:
    plan = body["input"].get("plan", {})
    fates.setdefault(json.dumps(plan), iter(plan.get("creates", [])))
    fate = next(fates[json.dumps(plan)], None)
    if isinstance(fate, int):
        more = {"Retry-After": "3"} if fate == 429 else {}
        return send(writer, fate, {"detail": plan.get("detail", "secret words")}, **more)
    key = headers["idempotency-key"]
    if key not in predictions:
        predictions[key] = Prediction(f"p{len(predictions)}", plan)
        predictions[predictions[key].id] = predictions[key]
    if plan.get("slow_create"):
        await asyncio.sleep(0.3)
    if fate != "lost":
        send(writer, 201, predictions[key].as_object())


async def stream(writer, prediction: Prediction, last_event_id: str) -> None:
    match prediction.plan.get("stream"):
        case "html":
            return send(writer, 200, "<p>Welcome", kind="text/html")
        case "404" | "503" as status:
            return send(writer, int(status), {"detail": "secret words"})
    fault, count = next(prediction.connections, ("split", 10**9))
    chunked = {"Transfer-Encoding": "chunked"} if fault == "reset" else {}
    head(writer, 200, "text/event-stream", **chunked)
    await writer.drain()
    await prediction.booted.wait()
    prediction.opened += 1
    frames = prediction.frames(last_event_id)
    if seconds := prediction.plan.get("seconds"):
        for each in frames:
            writer.write(each.encode())
            await writer.drain()
            await asyncio.sleep(seconds)
    else:
        content = "".join(frames).encode()
        prediction.is_stalled = fault == "stall"
        prediction.is_streamed |= count >= len(content)  # a connection left may be served late
        await FAULTS[fault](writer, content, count)
        await writer.drain()
        if fault != "split" and count < len(content):
            return
    prediction.is_streamed = True


def catalogue(writer, path: str) -> None:
    """Three hundred models on pages of 40, of which one is official, with three versions."""
    path, _, cursor = path.partition("?cursor=")
    start = int(cursor or 0)
    if path == "/v1/collections/streaming-language-models":
        page = [model(number) for number in range(300)][start : start + 40]
        more = f"{path}?cursor={start + 40}" if start + 40 < 300 else None
        send(writer, 200, {"slug": "x", "models": page, "next": more and f"{origin}{more}"})
    elif path == "/v1/models/meta/model-1/versions":
        more = f"{origin}{path}?cursor={start + 1}" if start < 2 else "http://elsewhere.invalid/v1"
        send(writer, 200, {"next": more, "previous": None, "results": [version(1, start)]})
    elif found := re.fullmatch(r"/v1/models/meta/model-(\d+)", path):
        send(writer, 200, model(int(found[1])))
    elif found := re.fullmatch(r"/v1/models/meta/model-1/versions/(\w{63}(\d))", path):
        send(writer, 200, version(1, int(found[2])))
    else:
        send(writer, 404, {"detail": "secret words"})


def model(number: int) -> dict:
    return {
        "owner": "meta",
        "name": f"model-{number}",
        "description": f"Number {number}",
        "is_official": number in {1, 2},
        "latest_version": None if number == 3 else version(number, 0),
    }


def version(number: int, age: int) -> dict:
    return {
        "id": f"{number:063x}{age}",
        "created_at": f"202{6 - age}-01-01T00:00:00.123456789Z",
        "cog_version": "0.9.1",
        "openapi_schema": SCHEMA,
    }


def send(writer, status: int, body: object, kind: str = "application/json", **headers) -> None:
    head(writer, status, kind, **headers)
    writer.write((body if isinstance(body, str) else json.dumps(body)).encode())


def head(writer, status: int, kind: str, **headers: str) -> None:
    more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(
        f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{more}Connection: close\r\n\r\n".encode()
    )


async def main() -> None:
    global origin
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=512)
    port = server.sockets[0].getsockname()[1]
    origin = f"http://127.0.0.1:{port}"
    print(port, flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    origin = ""
    seen: list[dict] = []
    fates: dict[str, object] = {}
    predictions: dict[str, Prediction] = {}
    asyncio.run(main())
