"""Signatures as Standard Webhooks has them: HMAC-SHA256 over id, timestamp and the bytes sent."""

import base64
import hashlib
import hmac
from collections.abc import Iterable


def signed_headers(keys: Iterable[str], id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers; one signature for each key (`whsec_<base64>`)."""
    content = f"{id}.{timestamp}.".encode() + body
    return {
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{_sign(key, content)}" for key in keys),
    }


def _sign(key: str, content: bytes) -> str:
    secret = base64.b64decode(key.partition("_")[2])
    return base64.b64encode(hmac.digest(secret, content, hashlib.sha256)).decode()
