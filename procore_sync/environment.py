"""What a value from the environment must be, where a type alone does not say it."""

import base64
import binascii
from ipaddress import ip_network
from typing import Any

import dj_email_url
from cryptography.fernet import Fernet
from environs import ValidationError


def token_keys(keys: list[str]) -> None:
    """Raises ValidationError unless these are Fernet keys, and at least one."""
    if not keys:
        raise ValidationError("At least one key is needed.")
    try:
        for key in keys:
            Fernet(key)
    except ValueError as error:
        raise ValidationError("Not a Fernet key; .env.example says how to make one.") from error


def signing_key(key: str) -> None:
    """Raises ValidationError unless this is empty or 32 bytes in Base64."""
    try:
        length = len(base64.b64decode(key, validate=True))
    except binascii.Error as error:
        raise ValidationError("Not Base64; .env.example says how to make a key.") from error
    if key and length != 32:
        raise ValidationError("Not 32 bytes in Base64; .env.example says how to make a key.")


def networks(named: list[str]) -> None:
    """Raises ValidationError unless each of these is a network such as 10.0.0.0/8 or fd00::/8."""
    try:
        for one in named:
            ip_network(one)
    except ValueError as error:
        raise ValidationError(f"Not a network such as 10.0.0.0/8: {error}.") from error


def broker_url(redis_url: str) -> str:
    """The address of a Redis as Celery reads it, which says otherwise than redis-py how a socket is meant."""
    return redis_url.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")


def mail_server(url: str) -> dict[str, Any]:
    """Django's EMAIL_* settings of an address such as smtp+tls://user:password@host:587 or console:."""
    parsed: dict[str, Any] = dj_email_url.parse(url)
    if "EMAIL_BACKEND" not in parsed:
        raise ValidationError("Not the address of a mail server; .env.example shows one.")
    return parsed
