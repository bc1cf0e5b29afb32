"""Files that people attach to a record: what is taken, told from their bytes and not from their name alone.

Nothing is unpacked, run or shown. A file whose name and bytes say different things is refused, and so is whatever a
double click would run.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Protocol

from django.utils.translation import gettext, gettext_noop

from procore_sync.kit.files import Upload
from procore_sync.kit.refusals import InvalidInput

LIMIT_BYTES = 20 * 2**20
LIMIT_UNPACKED_BYTES = 400 * 2**20
LIMIT_NAME = 255
#: Of a packed file; the longest of Word or PowerPoint have some thousand. To list more holds a process for seconds.
LIMIT_PARTS = 10_000
_PART = b"PK\x01\x02"

_OFFICE = "application/vnd.openxmlformats-officedocument."
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True)
class Attachable:
    """A file that is taken: its name without folders, its type as its bytes tell, and the bytes."""

    name: str
    content_type: str
    content: bytes


class Kept(Protocol):
    """A file as a row of some table keeps it."""

    name: Any
    content_type: Any
    content: Any


@dataclass(frozen=True)
class FileType:
    """A type that is taken: what it is called on the wire, how its names end, and how its bytes tell."""

    content_type: str
    endings: tuple[str, ...]
    tells: Callable[[bytes], bool]


class NotAttachable(InvalidInput):
    """The file cannot be attached; the sentence says why and what to do."""

    cure = gettext_noop("Whoever chose the file takes a smaller one, or one of a kind that is named.")

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, errors={"file": [sentence]})


def _starts(*marks: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(marks)


def _packed(part: str) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(b"PK\x03\x04") and any(name.startswith(part) for name in _parts(content))


def _compound(stream: str) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(_OLE) and stream.encode("utf-16-le") in content


def _is_text(content: bytes) -> bool:
    """Whether it is a text that is no page, no picture of code and no script."""
    start = content[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if b"\0" in content or start.startswith((b"<", b"#!", b"mz")):
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return all(byte >= 32 or byte in b"\t\r\n\f" for byte in content)
    return True


TYPES: tuple[FileType, ...] = (
    FileType("application/pdf", ("pdf",), _starts(b"%PDF-")),
    FileType("image/png", ("png",), _starts(b"\x89PNG\r\n\x1a\n")),
    FileType("image/jpeg", ("jpg", "jpeg"), _starts(b"\xff\xd8\xff")),
    FileType("image/gif", ("gif",), _starts(b"GIF87a", b"GIF89a")),
    FileType("image/tiff", ("tif", "tiff"), _starts(b"II*\0", b"MM\0*")),
    FileType("image/webp", ("webp",), lambda content: content[:4] == b"RIFF" and content[8:12] == b"WEBP"),
    FileType(
        "image/heic", ("heic", "heif"), lambda content: content[4:8] == b"ftyp" and content[8:11] in (b"hei", b"mif")
    ),
    FileType("image/vnd.dwg", ("dwg",), _starts(b"AC10")),
    FileType(f"{_OFFICE}wordprocessingml.document", ("docx",), _packed("word/")),
    FileType(f"{_OFFICE}spreadsheetml.sheet", ("xlsx",), _packed("xl/")),
    FileType(f"{_OFFICE}presentationml.presentation", ("pptx",), _packed("ppt/")),
    FileType("application/msword", ("doc",), _compound("WordDocument")),
    FileType("application/vnd.ms-excel", ("xls",), _compound("Workbook")),
    FileType("application/vnd.ms-powerpoint", ("ppt",), _compound("PowerPoint Document")),
    FileType("text/csv", ("csv",), _is_text),
    FileType("text/plain", ("txt", "log", "md"), _is_text),
)


def read_attachable(upload: Upload) -> Attachable:
    """The uploaded file, if it is one that is taken.

    Raises:
        NotAttachable: it is empty, larger than 20 MB, of a type that is not taken, holds macros or unpacks to far
            too much, or its name says another type than its bytes.
    """
    name = _name_of(upload.name or "")
    size = upload.size or 0
    if size > LIMIT_BYTES:
        said = gettext("%(name)s has %(size)s MB; %(limit)s MB is the limit. Make it smaller.")
        raise NotAttachable(said % {"name": name, "size": f"{size / 2**20:.1f}", "limit": LIMIT_BYTES // 2**20})
    with upload.open("rb") as stream:
        content: bytes = stream.read(LIMIT_BYTES + 1)
    if len(content) > LIMIT_BYTES:
        said = gettext("%(name)s is larger than %(limit)s MB. Make it smaller.")
        raise NotAttachable(said % {"name": name, "limit": LIMIT_BYTES // 2**20})
    if not content:
        raise NotAttachable(gettext("%(name)s is empty. Choose another file.") % {"name": name})
    return Attachable(name, _type_of(name, content), content)


def _name_of(name: str) -> str:
    last = PurePath(name.replace("\\", "/")).name
    shown = "".join(character for character in last if character.isprintable()).strip() or "file"
    if len(shown) > LIMIT_NAME:
        said = gettext("The name of the file has %(length)s characters; %(limit)s is the limit. Rename it.")
        raise NotAttachable(said % {"length": len(shown), "limit": LIMIT_NAME})
    return shown


def _type_of(name: str, content: bytes) -> str:
    ending = PurePath(name).suffix.lower().removeprefix(".")
    _refuse_packed(name, content)
    told = [one for one in TYPES if one.tells(content)]
    known = [one for one in TYPES if ending in one.endings]
    for one in told:
        if one in known:
            return one.content_type
    taken = gettext("PDF, pictures, text, CSV, Word, Excel, PowerPoint and DWG are taken.")
    raise NotAttachable(f"{_why_not(name, ending, known=bool(known))} {taken}")


def _why_not(name: str, ending: str, *, known: bool) -> str:
    if known:
        said = gettext("%(name)s is not really a .%(ending)s file: its content is of another type than its name says.")
    elif ending:
        said = gettext("%(name)s is a .%(ending)s file, which cannot be attached.")
    else:
        said = gettext("%(name)s has no file extension, so it cannot be attached.")
    return said % {"name": name, "ending": ending}


def _refuse_packed(name: str, content: bytes) -> None:
    """Refuse a packed file with macros, or one that would unpack to far too much; only its list of parts is read."""
    if not content.startswith(b"PK"):
        return
    crowded = content.count(_PART) > LIMIT_PARTS
    sizes = {} if crowded else _parts(content)
    if crowded or sum(sizes.values()) > LIMIT_UNPACKED_BYTES:
        said = gettext("%(name)s unpacks to far more than it seems to hold, so it is not taken.")
        raise NotAttachable(said % {"name": name})
    if any(part.lower().endswith(("vbaproject.bin", ".exe", ".dll", ".js", ".vbs")) for part in sizes):
        said = gettext("%(name)s holds macros or programs. Save it without them and attach that.")
        raise NotAttachable(said % {"name": name})


def _parts(content: bytes) -> dict[str, int]:
    """The parts of a packed file, by name, with the size that each says it unpacks to; nothing if it is damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return {part.filename: part.file_size for part in packed.infolist()}
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return {}
