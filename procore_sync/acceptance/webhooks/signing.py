"""Secrets of endpoints, and the signature of a message, as https://www.standardwebhooks.com has them.

Signed with HMAC-SHA256 is `id.timestamp.body` over the very bytes; while a secret is being changed, each of both signs.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

PREFIX = "whsec_"


def new_secret() -> str:
    """32 bytes of chance, as a text to copy."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def headers_of(key: str, timestamp: int, body: bytes, keys: Iterable[str]) -> dict[str, str]:
    """The headers by which the receiver knows the message, its age and its sender."""
    return {
        "webhook-id": key,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{_signature(secret, key, timestamp, body)}" for secret in keys),
    }


def _signature(secret: str, key: str, timestamp: int, body: bytes) -> str:
    signed = f"{key}.{timestamp}.".encode() + body
    mac = hmac.new(base64.b64decode(secret.removeprefix(PREFIX)), signed, hashlib.sha256)
    return base64.b64encode(mac.digest()).decode()
