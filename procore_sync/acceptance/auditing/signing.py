"""The key that exports of the journal are signed with: the installation's own, or one that SECRET_KEY gives."""

from __future__ import annotations

import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

ALGORITHM = "Ed25519"
_PURPOSE = b"procore-sync: signing exports of the journal"


def _private_key() -> Ed25519PrivateKey:
    if settings.JOURNAL_SIGNING_KEY:
        return Ed25519PrivateKey.from_private_bytes(base64.b64decode(settings.JOURNAL_SIGNING_KEY))
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(settings.SECRET_KEY.encode())
    return Ed25519PrivateKey.from_private_bytes(made)


def public_key() -> str:
    """The public half of the key, 64 hexadecimal digits: what an auditor keeps."""
    return _private_key().public_key().public_bytes_raw().hex()


def sign(message: bytes) -> str:
    """The signature of `message`, 128 hexadecimal digits."""
    return _private_key().sign(message).hex()


def is_signed(message: bytes, signature: str, by: str) -> bool:
    """Whether `signature` is that of `message` by the key whose public half is `by`; both in hexadecimal digits."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(by))
        key.verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True
