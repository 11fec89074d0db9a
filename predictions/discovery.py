"""Finding upstreams: servers on this machine's well-known ports, and keys in the environment."""

import asyncio
import logging
import os
from dataclasses import dataclass

from asgiref.sync import sync_to_async
from django.db import transaction

from predictions import catalogue
from predictions.local_cog.presence import disable_abandoned
from predictions.models import Upstream
from predictions.upstreams import FoundModel, UpstreamError, open_upstream

logger = logging.getLogger(__name__)

LOCAL_SECONDS, REMOTE_SECONDS = 1.0, 10.0
LOCAL = {
    "ollama": "http://127.0.0.1:11434/v1",
    "lm-studio": "http://127.0.0.1:1234/v1",
    "llama-cpp": "http://127.0.0.1:8080/v1",
}


@dataclass(frozen=True)
class Service:
    """A remote service, there for us when its key is in the environment."""

    key_env: str
    base_url: str
    base_url_env: str = ""


REMOTE = {
    "openai": Service("OPENAI_API_KEY", "https://api.openai.com/v1", "OPENAI_BASE_URL"),
    "openrouter": Service("OPENROUTER_API_KEY", "https://openrouter.ai/api/v1"),
    "groq": Service("GROQ_API_KEY", "https://api.groq.com/openai/v1"),
    "mistral": Service("MISTRAL_API_KEY", "https://api.mistral.ai/v1"),
    "deepseek": Service("DEEPSEEK_API_KEY", "https://api.deepseek.com/v1"),
}


async def discover() -> None:
    """Look everywhere at once and register what is there. A bad or slow server is passed over."""
    for name in await sync_to_async(disable_abandoned)():
        logger.info("Disabled %s: its `manage.py cog` was killed", name)
    local = (_probe(name, url, "", LOCAL_SECONDS) for name, url in LOCAL.items())
    remote = (
        _probe(name, _base_url(service), service.key_env, REMOTE_SECONDS)
        for name, service in REMOTE.items()
        if os.environ.get(service.key_env)
    )
    await asyncio.gather(*local, *remote)


def _base_url(service: Service) -> str:
    return os.environ.get(service.base_url_env, "") or service.base_url


async def _probe(name: str, base_url: str, key_env: str, seconds: float) -> None:
    known = await sync_to_async(catalogue.upstream_at)(base_url)
    if known and not known.enabled:
        return
    key = known.key if known else os.environ.get(key_env, "")
    try:
        async with asyncio.timeout(seconds):
            found = await open_upstream("openai", base_url, key).models()
    except (UpstreamError, TimeoutError) as error:
        # A local server that is not there is the usual case; a key that does not work is news.
        if key_env:
            reason = error.message if isinstance(error, UpstreamError) else "It took too long."
            logger.warning("%s is passed over: %s", name, reason)
        return
    if found:
        upstream = await sync_to_async(_register)(name, base_url, key_env, found)
        logger.info("Found %s at %s with %d models", upstream.name, base_url, len(found))


@transaction.atomic
def _register(name: str, base_url: str, key_env: str, found: list[FoundModel]) -> Upstream:
    upstream = catalogue.upstream_at(base_url) or Upstream.objects.create(
        name=_free_name(name), kind="openai", base_url=base_url, key_env=key_env
    )
    catalogue.sync(upstream, found)
    return upstream


def _free_name(name: str) -> str:
    taken = set(Upstream.objects.values_list("name", flat=True))
    names = (f"{name}-{number}" if number > 1 else name for number in range(1, len(taken) + 2))
    return next(candidate for candidate in names if candidate not in taken)
