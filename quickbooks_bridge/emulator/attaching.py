"""/upload: files that come with a description of their own, in one request of many parts."""

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import Any

from . import faults
from .books import Books
from .cleaning import parse
from .records import Record
from .tables import ENTITIES

_NAME = re.compile(rb';\s*name="?(file_(?:metadata|content)_[^";\s]+)"?', re.IGNORECASE)
_FILE_NAME = re.compile(rb'filename="([^"]*)"', re.IGNORECASE)
_CONTENT_TYPE = re.compile(rb"^content-type:\s*([^;\r\n]+)", re.IGNORECASE | re.MULTILINE)
_BASE64 = re.compile(rb"^content-transfer-encoding:\s*base64", re.IGNORECASE | re.MULTILINE)
# One library ends its lines with a bare line feed.
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")


@dataclass
class File:
    """One file of an upload: what was said of it, and what it is."""

    metadata: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    content_type: str = ""
    size: int | None = None


def uploaded(body: bytes) -> list[File]:
    """The files in a body of many parts, in their order. Raises 2010 when it is none, 2020 without content."""
    files: dict[str, File] = {}
    for head, content in _parts(body):
        named = _NAME.search(head)
        if named is None:
            continue
        _, kind, number = named.group(1).decode("ascii", "replace").split("_", 2)
        file = files.setdefault(number, File())
        if kind.lower() == "metadata":
            file.metadata = parse(content)
        else:
            _take(file, head, content)
    if not files or any(file.size is None for file in files.values()):
        raise faults.missing("file_content_01")
    return list(files.values())


def attach(books: Books, file: File) -> Record:
    """The Attachable of an uploaded file. Its bytes are counted, and not kept. Raises Refused."""
    given = {"FileName": file.name, "ContentType": file.content_type, **file.metadata}
    known = {name: value for name, value in given.items() if value not in ("", None)}
    return books.create(ENTITIES["Attachable"], known, own={"Size": file.size})


def _parts(body: bytes) -> list[tuple[bytes, bytes]]:
    begun = body.lstrip(b"\r\n")
    mark = begun.partition(b"\n")[0].rstrip(b"\r")
    if not mark.startswith(b"--"):
        raise faults.unknown_property("a body of many parts was expected; the body")
    found = []
    for part in begun.split(mark)[1:]:
        blank = _BLANK_LINE.search(part)
        if blank is not None:
            found.append((part[: blank.start()], part[blank.end() :]))
    return found


def _take(file: File, head: bytes, content: bytes) -> None:
    named, kind = _FILE_NAME.search(head), _CONTENT_TYPE.search(head)
    file.name = named.group(1).decode("utf-8", "replace") if named else ""
    file.content_type = kind.group(1).decode("ascii", "replace").strip() if kind else ""
    plain = content.removesuffix(b"\n").removesuffix(b"\r")
    if _BASE64.search(head):
        try:
            plain = base64.b64decode(b"".join(plain.split()), validate=True)
        except binascii.Error:
            raise faults.unknown_property("the content of a file is not base64; the body") from None
    file.size = len(plain)
