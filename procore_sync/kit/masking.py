"""What of an address can be shown to whoever reads of it: often what comes after its host is the secret itself."""

import re
from urllib.parse import urlsplit

_ADDRESS = re.compile(r"https?://\S+")
#: So much of an end is shown, if at least twice as much before it stays hidden.
_SHOWN = 4


def masked(text: str) -> str:
    """`text` with each address in it cut down to its host and its last four characters; of a short one to its host.

    What is cut already stays as it is.
    """
    return _ADDRESS.sub(lambda found: _masked(found[0]), text)


def _masked(address: str) -> str:
    try:
        parts = urlsplit(address)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "…"
    tail = "".join(parts[2:])
    if tail in ("", "/"):
        return f"{parts.scheme}://{host}{tail}"
    is_long = len(tail) > 3 * _SHOWN or tail.startswith("/…")
    return f"{parts.scheme}://{host}/…" + (tail.removeprefix("/…")[-_SHOWN:] if is_long else "")
