"""An application that fails or waits half-way, behind the guard, on our daphne: `… PORT`."""

import asyncio
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from predictions import server as server_module
from predictions.guard import guard

running = []


class RememberedServer(server_module.Server):
    def run(self):
        running.append(self)
        super().run()


async def application(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"] == "/fails":
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        raise ValueError("half-way")
    if scope["path"] == "/waits":
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        try:
            await asyncio.sleep(60)
        finally:
            print("canceled", flush=True)
    open_connections = str(len(running[0].connections)).encode()
    await send({"type": "http.response.body", "body": open_connections})


if __name__ == "__main__":
    server_module.Server = RememberedServer
    server_module.worker.start_here = lambda: None
    server_module.serve(guard(application), "127.0.0.1", int(sys.argv[1]))
