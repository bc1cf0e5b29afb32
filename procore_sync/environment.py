"""What a value from the environment must be, where a type alone does not say it."""

import base64
import binascii
import os
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
import dj_email_url
from cryptography.fernet import Fernet
from environs import ValidationError

_SIGN_ON = ("OIDC_NAME", "OIDC_CLIENT_ID", "OIDC_SERVER_URL")


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


def database(url: str) -> dict[str, Any]:
    """Django's database of an address; raises ValidationError unless it is one of PostgreSQL or SQLite."""
    try:
        found: dict[str, Any] = dict(dj_database_url.parse(url))
    except ValueError as error:
        raise ValidationError("Not a valid database URL.") from error
    if not found["ENGINE"].endswith((".postgresql", ".sqlite3")):
        raise ValidationError("The console runs on PostgreSQL, or SQLite for a demo; .env.example shows an address.")
    return found


def port_of(url: str) -> int | None:
    """The port that an address names, if any; raises ValidationError if that is none."""
    try:
        return urlsplit(url).port
    except ValueError as error:
        raise ValidationError("Its port is no number from 0 to 65535.") from error


def single_sign_on(value: str) -> None:
    """Raises ValidationError if what else single sign-on needs is not there: it would be off without a word."""
    lacking = [name for name in _SIGN_ON if not os.environ.get(name)]
    if value and lacking:
        raise ValidationError(f"Single sign-on needs {' and '.join(lacking)} as well.")


def broker_url(redis_url: str) -> str:
    """The address of a Redis as Celery reads it, which says otherwise than redis-py how a socket is meant."""
    return redis_url.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")


def mail_server(url: str) -> dict[str, Any]:
    """Django's EMAIL_* settings of an address such as smtp+tls://user:password@host:587 or console:."""
    port_of(url)
    parsed: dict[str, Any] = dj_email_url.parse(url)
    if "EMAIL_BACKEND" not in parsed:
        raise ValidationError("Not the address of a mail server; .env.example shows one.")
    return parsed
