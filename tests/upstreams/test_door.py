"""The door: what a server says of our key stays behind it."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from urllib.parse import quote

import pytest

from predictions.upstreams import Door, FoundModel, Output, UpstreamError
from predictions.upstreams.base import Upstream

from .listening import listen

KEY = 'k/1 "x"'


@dataclass
class Talkative(Upstream):
    """An upstream whose every error repeats `said`."""

    kind = "talkative"
    said: str = ""

    async def run(self, model: str, input: dict, *, prediction_id: str) -> AsyncGenerator[Output]:
        yield Output("One")
        raise self._error()

    async def models(self) -> list[FoundModel]:
        raise self._error()

    async def model_named(self, name: str) -> list[FoundModel]:
        raise self._error()

    def _error(self) -> UpstreamError:
        return UpstreamError(f"No: {self.said}.", retry_after=3, detail=f"HTTP 401: {self.said}")


def errors(key: str, headers: dict[str, str], said: str) -> list[UpstreamError]:
    door = Door(Talkative("http://x", key, headers, said))
    caught = [asyncio.run(listen(door, "m", {})).error]
    for asked in (door.models(), door.model_named("m")):
        with pytest.raises(UpstreamError) as error:
            asyncio.run(asked)
        caught.append(error.value)
    return caught


@pytest.mark.parametrize("said", [KEY, quote(KEY, safe=""), KEY.replace('"', '\\"')])
def test_the_key_is_in_no_error_however_it_is_spelt(said):
    for error in errors(f" {KEY} ", {}, said):
        assert (error.message, str(error)) == ("No: [key].", "No: [key].")
        assert error.detail == "HTTP 401: [key]"
        assert error.retry_after == 3


@pytest.mark.parametrize("said", ["Bearer 12345678", "12345678"])
def test_a_header_is_a_secret_with_and_without_its_scheme(said):
    for error in errors("", {"X-Auth": "Bearer 12345678"}, said):
        assert error.detail == "HTTP 401: [key]"


def test_a_short_header_is_no_secret():
    for error in errors("", {"X-Beta": "true"}, "this is true"):
        assert error.message == "No: this is true."


def test_a_detail_that_was_cut_off_inside_the_key_keeps_none_of_it():
    for error in errors("sk-0123456789", {}, "sk-01234"):
        assert error.detail == "HTTP 401: [key]"


def test_its_words_pass_as_they_are():
    heard = asyncio.run(listen(Door(Talkative("http://x", "One", {}, "x")), "m", {}))

    assert heard.words == ["One"]
