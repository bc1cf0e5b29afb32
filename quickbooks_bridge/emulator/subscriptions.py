"""What an app asked to be told, and the sentences against asking wrongly."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .happenings import CLOUD_EVENTS, FORMATS

LONGEST_DELAY = 86_400
LONGEST_TOKEN = 200


@dataclass
class Subscription:
    """What an app asked for, and how badly it is served. Shares are in percent, of events or of posts."""

    url: str
    token: str
    format: str = CLOUD_EVENTS
    delay: float = 0.0
    duplicates: int = 0
    disorder: int = 0
    loss: int = 0
    seed: int = 1


def problems(given: dict[str, Any]) -> list[str]:
    """Sentences against settings; none when they may be set."""
    unknown = [f"There is no setting {name}." for name in given if name not in _CHECKS]
    return unknown + [said for name, (fits, said) in _CHECKS.items() if name in given and not fits(given[name])]


def _is_address(value: Any) -> bool:
    try:
        parts = urlsplit(value) if isinstance(value, str) else None
        return parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_between(value: Any, most: int) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most


def _is_percent(value: Any) -> bool:
    return isinstance(value, int) and _is_between(value, 100)


def _percent_of(what: str) -> tuple[Callable[[Any], bool], str]:
    return _is_percent, f"The share of {what} is a whole number of percent from 0 to 100."


_CHECKS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "url": (_is_address, "The address begins with http:// or https:// and names a host."),
    "token": (
        lambda value: isinstance(value, str) and value.isascii() and 0 < len(value) <= LONGEST_TOKEN,
        f"The verifier token is a text of up to {LONGEST_TOKEN} plain characters.",
    ),
    "format": (lambda value: value in FORMATS, f"The format is one of {', '.join(FORMATS)}."),
    "delay": (
        lambda value: _is_between(value, LONGEST_DELAY),
        f"The delay is a number of seconds from 0 to {LONGEST_DELAY}.",
    ),
    "duplicates": _percent_of("duplicates"),
    "disorder": _percent_of("disorder"),
    "loss": _percent_of("loss"),
    "seed": (
        lambda value: isinstance(value, int) and not isinstance(value, bool),
        "The seed is a whole number.",
    ),
}
