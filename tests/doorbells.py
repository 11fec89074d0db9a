"""A page's ear at the doorbell: a WebSocket with a visitor's cookies, spoken over the network."""

import asyncio
from contextlib import asynccontextmanager

import aiohttp
import httpx

from tests.running import RunningServer


class Visitor:
    """An anonymous visitor of a server, who has just asked something."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self._cookies = httpx.get(server.url).cookies

    def post(self, path: str, **fields) -> httpx.Response:
        headers = {"Accept": "application/json", "X-CSRFToken": self._cookies["csrftoken"]}
        with httpx.Client(base_url=self.server.url, cookies=self._cookies) as http:
            response = http.post(path, data=fields, headers=headers)
            self._cookies = http.cookies
        return response

    def ask(self, text: str = "What are you?", path: str = "/ask/", **fields) -> dict:
        response = self.post(path, text=text, **fields)
        assert response.status_code == 200, response.text
        return response.json()

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())


@asynccontextmanager
async def at_the_door(server: RunningServer, cookie="", query="", **headers):
    """An open WebSocket; `headers` may say another Origin."""
    headers = {"Origin": server.url, "Cookie": cookie} | headers
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{server.url}/doorbell{query}", headers=headers) as socket,
    ):
        yield socket


async def ring_of(socket, seconds: float = 5) -> str:
    """The conversation that the next ring is about."""
    async with asyncio.timeout(seconds):
        while "conversation" not in (said := await socket.receive_json()):
            pass
    return said["conversation"]
