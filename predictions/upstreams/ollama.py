"""Ollama's own API.

https://docs.ollama.com/api/chat
"""

import contextlib
import re
from collections.abc import AsyncGenerator

from . import any_json, chat, http, ndjson
from .base import FoundModel, Interrupted, Logs, Output, Upstream, Usage
from .chat_images import ollama_message
from .chat_schema import chat_schema

OPTIONS = ("max_tokens", "temperature", "top_p", "top_k", "seed", "stop", "num_ctx")
SCHEMA = chat_schema(*OPTIONS, "think")
CANNOT_CHAT = re.compile(r"embed|rerank|minilm|\bbge\b|bge-", re.IGNORECASE)
EMBEDDING_FAMILY = re.compile(r"bert", re.IGNORECASE)  # bert, nomic-bert, nomic-bert-moe


class Ollama(Upstream):
    kind = "ollama"
    default_url = "http://127.0.0.1:11434"

    async def run(
        self, model: str, input: dict, *, prediction_id: str
    ) -> AsyncGenerator[Output | Logs | Usage]:
        payload = request(model, input)
        async with contextlib.AsyncExitStack() as stack:
            response = await self._answer(stack, payload)
            chat.refuse_page(response)
            objects = ndjson.objects(response)
            await stack.enter_async_context(contextlib.aclosing(objects))
            async for found in objects:
                for word in spoken(found):
                    yield word
                if found.get("done"):
                    return
        raise Interrupted("The body ended without an object that is done.")

    async def models(self) -> list[FoundModel]:
        found = await http.fetch_json("GET", self.url("api/tags"), headers=self.sent_headers())
        return [_model(row) for row in any_json.rows_of(found, "models") if _can_chat(row)]

    async def model_named(self, name: str) -> list[FoundModel]:
        return [FoundModel(name, SCHEMA)]

    def url(self, path: str) -> str:
        """Its base URL is known with and without its /api."""
        return f"{self.base_url.rstrip('/').removesuffix('/api')}/{path}"

    async def _answer(self, stack: contextlib.AsyncExitStack, payload: dict):
        try:
            return await stack.enter_async_context(
                http.stream("POST", self.url("api/chat"), json=payload, headers=self.sent_headers())
            )
        except http.Refused as error:
            if "does not support thinking" in error.detail:
                error.message = "This model cannot think before it answers."
            else:
                chat.explain(error, payload["options"])
            raise


def request(model: str, input: dict) -> dict:
    """The request's body for a validated `input`. Raises UpstreamError where it says nothing."""
    options = chat.chosen(input, OPTIONS)
    if "max_tokens" in options:
        options["num_predict"] = options.pop("max_tokens")
    return {
        "model": model,
        "messages": [ollama_message(each) for each in chat.messages(input)],
        "stream": True,
        "options": options,
        **chat.chosen(input, ["think"]),
    }


def spoken(found: dict) -> list[Output | Logs | Usage]:
    """What an object of the answer says. Raises UpstreamError where it is an error."""
    if error := found.get("error"):
        raise chat.failure(error, retryable=True)  # as a 500 would be, had it come before the words
    message = found.get("message")
    words = [
        Logs(any_json.text_of(message, "thinking")),
        Output(any_json.text_of(message, "content")),
    ]
    said: list[Output | Logs | Usage] = [word for word in words if word.text]
    if found.get("done"):
        said.append(Usage(found.get("prompt_eval_count"), found.get("eval_count")))
    return said


def _can_chat(row: object) -> bool:
    name, details = _name(row), any_json.object_of(row, "details")
    families = f"{details.get('family')} {details.get('families')}"
    if not name or CANNOT_CHAT.search(name) or EMBEDDING_FAMILY.search(families):
        return False
    abilities = row.get("capabilities")
    return not isinstance(abilities, list) or "completion" in abilities


def _name(row: object) -> str:
    return any_json.text_of(row, "name") or any_json.text_of(row, "model")


def _model(row: dict) -> FoundModel:
    details = any_json.object_of(row, "details")
    size = any_json.text_of(details, "parameter_size")
    facts = [f"{size} parameters" if size else "", any_json.text_of(details, "quantization_level")]
    return FoundModel(_name(row), SCHEMA, description=", ".join(filter(None, facts)))
