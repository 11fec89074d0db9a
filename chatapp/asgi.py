"""The ASGI application: event streams by a plain function, everything else by Django."""

import logging
import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path, re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatapp.settings")
django_application = get_asgi_application()

from chatapp.doorbell import doorbell  # noqa: E402
from chatapp.live import live  # noqa: E402
from chatapp.shared_live import shared_live  # noqa: E402
from predictions import discretion, worker  # noqa: E402
from predictions.body_limit import limit_body  # noqa: E402
from predictions.guard import guard  # noqa: E402
from predictions.stream import stream  # noqa: E402

logging.getLogger("uvicorn.access").addFilter(discretion.Filter())


async def decline(scope, receive, send) -> None:
    """There is nothing to hear on any other WebSocket."""
    await receive()
    await send({"type": "websocket.close"})


streams = [
    path("v1/streams/<key>", stream),
    path("live/<key>", live),
    path("share/<token>/live/<uuid:message_id>", shared_live),
]
routes = URLRouter([*streams, re_path("", django_application)])
sockets = URLRouter([path("doorbell", doorbell), re_path("", decline)])
router = ProtocolTypeRouter({"websocket": sockets, "http": guard(limit_body(routes))})


async def lifespan(receive, send) -> None:
    """Servers that say when they start and stop (uvicorn; daphne does not)."""
    await receive()
    worker.start_here()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await worker.stop_here()
    await send({"type": "lifespan.shutdown.complete"})


async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        return await lifespan(receive, send)
    worker.start_here()
    await router(scope, receive, send)
