"""The one door for every source of words: a kind's name to its class."""

from importlib import import_module

from .base import FoundModel, Interrupted, Logs, Output, Upstream, UpstreamError, Usage

__all__ = [
    "FoundModel",
    "Interrupted",
    "Logs",
    "Output",
    "Upstream",
    "UpstreamError",
    "Usage",
    "open_upstream",
]

KINDS = {
    "demo": ".demo.Demo",
    "openai": ".openai.OpenAI",
    "cog": ".cog.Cog",
}


def open_upstream(kind: str, base_url: str = "", key: str = "") -> Upstream:
    """The upstream of that kind at `base_url`, with its `key` where it needs one."""
    module, name = KINDS[kind].rsplit(".", 1)
    return getattr(import_module(module, __name__), name)(base_url=base_url, key=key)
