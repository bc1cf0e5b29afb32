"""The choices of the models as a form offers them, in the language of whoever reads it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy


def shown(choices: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Each value with its label, which is translated when the page is made."""
    return [(value, gettext_lazy(label)) for value, label in choices]
