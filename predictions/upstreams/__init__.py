"""The one door for every source of words: a kind's name to its class."""

from importlib import import_module

from .base import (
    FoundModel,
    Interrupted,
    Logs,
    Output,
    Piece,
    Unreadable,
    Upstream,
    UpstreamError,
    Usage,
    Waiting,
)
from .door import Door

__all__ = [
    "KINDS",
    "Door",
    "FoundModel",
    "Interrupted",
    "Logs",
    "Output",
    "Piece",
    "Unreadable",
    "Upstream",
    "UpstreamError",
    "Usage",
    "Waiting",
    "choices",
    "kind_named",
    "open_upstream",
]

# A kind: where its class is, and what people call it.
KINDS = {
    "demo": (".demo.Demo", "Demo (built in)"),
    "openai": (".openai.OpenAI", "OpenAI-compatible server"),
    "anthropic": (".anthropic.Anthropic", "Anthropic"),
    "ollama": (".ollama.Ollama", "Ollama"),
    "cog": (".cog.Cog", "Cog server"),
    "replicate": (".replicate.Replicate", "Replicate, or another Rivulet"),
}


def choices() -> list[tuple[str, str]]:
    """The kinds, for a form's choice."""
    return [(kind, title) for kind, (_, title) in KINDS.items()]


def kind_named(kind: str) -> type[Upstream]:
    """The class of that kind."""
    module, name = KINDS[kind][0].rsplit(".", 1)
    return getattr(import_module(module, __name__), name)


def open_upstream(
    kind: str, base_url: str = "", key: str = "", headers: dict[str, str] | None = None
) -> Door:
    """The way to the upstream of that kind at `base_url` (its usual address where that is ""),
    with its `key` where it needs one, and `headers` that go with each request."""
    upstream = kind_named(kind)
    return Door(upstream(base_url or upstream.default_url, key, headers or {}))
