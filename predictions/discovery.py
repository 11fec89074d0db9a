"""Finding upstreams: servers on this machine's well-known ports, and keys in the environment."""

import asyncio
import logging
import os
from dataclasses import dataclass

from asgiref.sync import sync_to_async
from django.db import transaction

from predictions import catalogue
from predictions.local_cog.presence import disable_abandoned
from predictions.models import ApiToken, Upstream
from predictions.upstreams import Door, FoundModel, UpstreamError, open_upstream

logger = logging.getLogger(__name__)

LOCAL_SECONDS, REMOTE_SECONDS = 1.0, 10.0


@dataclass(frozen=True)
class Service:
    """Where an upstream may be. A remote one is there for us when its key is in the environment,
    where its address may be as well."""

    kind: str
    base_url: str
    key_env: str = ""
    base_url_env: str = ""

    @property
    def url(self) -> str:
        return os.environ.get(self.base_url_env or "\0", "") or self.base_url

    @property
    def key(self) -> str:
        """Not one of our own tokens: programs that talk to us have that in REPLICATE_API_TOKEN."""
        key = os.environ.get(self.key_env or "\0", "")
        return "" if key.strip().startswith(ApiToken.PREFIX) else key


LOCAL = {
    "ollama": Service("ollama", "http://127.0.0.1:11434"),
    "lm-studio": Service("openai", "http://127.0.0.1:1234/v1"),
    "llama-cpp": Service("openai", "http://127.0.0.1:8080/v1"),
}
REMOTE = {
    "openai": Service("openai", "https://api.openai.com/v1", "OPENAI_API_KEY", "OPENAI_BASE_URL"),
    "anthropic": Service(
        "anthropic", "https://api.anthropic.com", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"
    ),
    "openrouter": Service("openai", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
    "groq": Service("openai", "https://api.groq.com/openai/v1", "GROQ_API_KEY"),
    "mistral": Service("openai", "https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
    "replicate": Service("replicate", "https://api.replicate.com/v1", "REPLICATE_API_TOKEN"),
    "deepseek": Service("openai", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
}


async def discover() -> None:
    """Look everywhere at once and register what is there. A bad or slow server is passed over."""
    for name in await sync_to_async(disable_abandoned)():
        logger.info("Disabled %s: its `manage.py cog` was killed", name)
    local = (_probe(name, service, LOCAL_SECONDS) for name, service in LOCAL.items())
    remote = (
        _probe(name, service, REMOTE_SECONDS) for name, service in REMOTE.items() if service.key
    )
    await asyncio.gather(*local, *remote)


async def _probe(name: str, service: Service, seconds: float) -> None:
    known = await sync_to_async(_known)(service)
    if known and not known.enabled:
        return
    try:
        async with asyncio.timeout(seconds):
            found = await _open(known, service).models()
    except (UpstreamError, TimeoutError) as error:
        # A local server that is not there is the usual case; a key that does not work is news.
        if service.key_env:
            reason = error.message if isinstance(error, UpstreamError) else "It took too long."
            logger.warning("%s is passed over: %s", name, reason)
        return
    if found:
        upstream = await sync_to_async(_register)(name, service, found)
        logger.info("Found %s at %s with %d models", upstream.name, upstream.base_url, len(found))


def _known(service: Service) -> Upstream | None:
    """The upstream that is kept for it already. Ollama's may be kept as its OpenAI-compatible one,
    as it was once found: that one goes on."""
    known = catalogue.upstream_at(service.url)
    if known is None and service.kind == "ollama":
        return catalogue.upstream_at(f"{service.url.rstrip('/')}/v1")
    return known


def _open(known: Upstream | None, service: Service) -> Door:
    return known.open() if known else open_upstream(service.kind, service.url, service.key)


@transaction.atomic
def _register(name: str, service: Service, found: list[FoundModel]) -> Upstream:
    upstream = _known(service) or Upstream.objects.create(
        name=catalogue.free_name(name, set(Upstream.objects.values_list("name", flat=True))),
        kind=service.kind,
        base_url=service.url,
        key_env=service.key_env,
    )
    catalogue.sync(upstream, found)
    return upstream
