"""Reading what comes back to its end, which the other side may put off for ever or never come to."""

from __future__ import annotations

import time
from typing import Final

import requests

MOST_BYTES: Final = 128 * 1024 * 1024
"""More than a thousand documents of a hundred long lines each; unpacked, whatever came over the wire."""
_CHUNK: Final = 64 * 1024


class TooMuch(ValueError):
    """An answer goes on for longer than any document of QuickBooks."""


def whole_body(response: requests.Response, deadline: float, most: int = MOST_BYTES) -> bytes:
    """The body, piece by piece as it comes; `deadline` is by the monotonic clock.

    The read time-out is for each piece, so a dripping answer needs a deadline as well; and requests' own reading of
    pieces waits until each one is full.

    Raises:
        TooMuch: it is longer than `most` bytes.
        requests.exceptions.ReadTimeout: it went on beyond the deadline.
    """
    pieces, length = [], 0
    while piece := response.raw.read1(_CHUNK, decode_content=True):
        pieces.append(piece)
        length += len(piece)
        if length > most:
            raise TooMuch(f"longer than {most} bytes")
        if time.monotonic() > deadline:
            raise requests.exceptions.ReadTimeout("The answer dripped in for too long.")
    return b"".join(pieces)
