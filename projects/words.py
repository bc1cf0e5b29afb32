"""Words of a form in the language of whoever is shown it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy


def translated(choices: Iterable[tuple[Any, object]]) -> list[tuple[Any, Promise]]:
    """The choices that a model knows, for a field of a form."""
    return [(value, gettext_lazy(str(label))) for value, label in choices]
