"""Secrets at rest: a text column that is encrypted with the installation's own keys."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

logger = logging.getLogger(__name__)


@lru_cache(maxsize=4)
def _ring(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def _keys() -> MultiFernet:
    return _ring(tuple(settings.TOKEN_KEYS))


def seal(text: str) -> str:
    """`text` encrypted with the first of `settings.TOKEN_KEYS`."""
    return _keys().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """What was sealed with any of `settings.TOKEN_KEYS`.

    Raises:
        cryptography.fernet.InvalidToken: none of the keys fits.
    """
    return _keys().decrypt(sealed.encode()).decode()


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """A text that stands encrypted in the database. It cannot be searched.

    A value that none of the keys opens reads as the empty text, so that the page on which it can be cured still
    opens; the log says so.
    """

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return seal(text) if text else text

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        """The stored value in the clear; Django calls this for each row read."""
        if not value:
            return value
        try:
            return unseal(value)
        except InvalidToken:
            logger.error("A stored secret cannot be read with the keys in TOKEN_KEYS.")
            return ""
