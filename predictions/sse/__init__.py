"""Server-sent events, the wire format: encode what we say, decode what upstreams say. Pure."""

from .decoding import Decoder, LineTooLong, ServerEvent
from .encoding import HEARTBEAT, encode

__all__ = ["HEARTBEAT", "Decoder", "LineTooLong", "ServerEvent", "encode"]
