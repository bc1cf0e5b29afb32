"""The key of a line: in brackets at the beginning of its description, for people and for us (ADR 14)."""

from __future__ import annotations

import re

from quickbooks_bridge.exporters.base import Document

#: What a line bills is known as in the order ("3", "C2.1"), a change of a budget as "M3.1"; see bills.py for "R1".
_ANY = r"(?:[CM]\d+\.)?\d+|R\d"
_KEY = re.compile(rf"\[({_ANY})\](?:\s+|$)")
_PATH = re.compile(rf"Line\.({_ANY})\.")

WITHHELD, RELEASED = "R1", "R2"


def described(key: str, text: str) -> str:
    """The description of a line in QuickBooks."""
    return f"[{key}] {text}".rstrip()


def key_of(line: Document) -> str:
    """The key at the beginning of a line's description; "" for a line that is not ours."""
    found = _KEY.match(str(line.get("Description", "")))
    return found[1] if found else ""


def text_of(line: Document) -> str:
    """The description of a line without its key."""
    return _KEY.sub("", str(line.get("Description", "")), count=1)


def key_in(path: str) -> str:
    """The key of the line that a path of `owned` is about; "" for what is not a line's."""
    found = _PATH.match(path)
    return found[1] if found else ""
