"""Packing a part of the journal into one signed file, a piece at a time, whatever its length."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from io import TextIOWrapper
from tempfile import TemporaryFile
from typing import IO, Any

from django.utils import timezone

from procore_sync.acceptance.auditing import rows
from procore_sync.acceptance.auditing.sheet import Sheet
from procore_sync.acceptance.auditing.signing import ALGORITHM, public_key, sign
from procore_sync.acceptance.chain import Chain, Ring
from procore_sync.acceptance.journal import beyond_the_head, ring_of
from procore_sync.acceptance.models import Event
from procore_sync.kit.canonical import canonical

FORMAT = "procore-sync journal 1"
EVENTS, SHEET, MANIFEST, SIGNATURE = "events.jsonl", "events.csv", "manifest.json", "manifest.sig"
#: So many lines share one digest of the manifest, so that a change can be placed.
BLOCK = 100
HOLDS = "Every row holds."
_PIECE = 1 << 16


def name_of(part: rows.Part) -> str:
    """What the file is called."""
    return f"journal-{part.company.slug}-{part.first}-{part.last}.zip"


def pack(part: rows.Part) -> Iterator[bytes]:
    """The file in pieces. It holds a few hundred events in memory at a time; a cut-off file has no signature."""
    out = _Out()
    with TemporaryFile() as table, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        lines, whole = _Lines(part), _Sum()
        with packed.open(EVENTS, "w", force_zip64=True) as events:
            for chunk in _events(part, lines, table):
                events.write(chunk)
                yield out.taken()
        table.seek(0)
        with packed.open(SHEET, "w", force_zip64=True) as copy:
            while piece := table.read(_PIECE):
                whole.add(piece)
                copy.write(piece)
                yield out.taken()
        files = {EVENTS: lines.whole.told(), SHEET: whole.told()}
        manifest = canonical(lines.manifest() | {"files": files}).encode()
        packed.writestr(MANIFEST, manifest)
        packed.writestr(SIGNATURE, sign(manifest))
    yield out.taken()


def _events(part: rows.Part, lines: _Lines, table: IO[bytes]) -> Iterator[bytes]:
    """The lines of some events at a time; the same go into the spreadsheet meanwhile."""
    text = TextIOWrapper(table, encoding="utf-8", newline="", write_through=True)
    sheet = Sheet(text)
    for chunk in rows.chunks_of(part):
        written = []
        for event, told in chunk.rows():
            sheet.add(event, told)
            written.append(lines.line(event, told))
        yield b"".join(written)
    text.detach()


class _Out:
    """Where the ZIP file is written to: it keeps what was not taken yet."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """It is read to its end by whoever made it."""

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


class _Sum:
    """Digest and length of what was added."""

    def __init__(self) -> None:
        self._hash, self._bytes = hashlib.sha256(), 0

    def add(self, piece: bytes) -> None:
        self._hash.update(piece)
        self._bytes += len(piece)

    def told(self) -> dict[str, Any]:
        return {"sha256": self._hash.hexdigest(), "bytes": self._bytes}


class _Lines:
    """Writes events as lines of JSON, checks the chain meanwhile, and knows in the end what the manifest says."""

    def __init__(self, part: rows.Part) -> None:
        self.whole = _Sum()
        self._part, self._before = part, rows.hash_before(part)
        self._chain = Chain(self._before, part.first)
        self._fault, self._count, self._withheld = "", 0, 0
        self._block, self._blocks = hashlib.sha256(), list[str]()

    def line(self, event: Event, told: dict[str, Any] | None) -> bytes:
        """`event` as a line; without what is told of it only as a ring of the chain."""
        ring = ring_of(event)
        self._fault = self._fault or self._chain.fault_of(ring)
        written = canonical(_written(ring, told)).encode() + b"\n"
        self._count += 1
        self._withheld += told is None
        self.whole.add(written)
        self._block.update(written)
        if self._count % BLOCK == 0:
            self._end_block()
        return written

    def _end_block(self) -> None:
        self._blocks.append(self._block.hexdigest())
        self._block = hashlib.sha256()

    def manifest(self) -> dict[str, Any]:
        """All but the digests of the files."""
        if self._count % BLOCK:
            self._end_block()
        part = self._part
        company = part.company
        return {
            "format": FORMAT,
            "algorithm": ALGORITHM,
            "public_key": public_key(),
            "company": {"id": company.pk, "name": company.name, "slug": company.slug, "time_zone": company.time_zone},
            "since": part.since,
            "until": part.until,
            "made_at": timezone.now(),
            "made_by": part.by.user.email if part.by else "the operator",
            "first": part.first,
            "last": part.last,
            "rows": self._count,
            "withheld": self._withheld,
            "hash_before": self._before,
            "last_hash": self._chain.previous,
            "head": {"sequence": part.head.sequence, "hash": part.head.hash},
            "journal": self._said(),
            "block": BLOCK,
            "blocks": self._blocks,
        }

    def _said(self) -> str:
        part = self._part
        to_the_head = part.last == part.head.sequence
        written = (part.head.sequence, part.head.hash) if to_the_head else (part.last, self._chain.previous)
        return self._fault or self._chain.cut_off(*written) or beyond_the_head(part.company) or HOLDS


def _written(ring: Ring, told: dict[str, Any] | None) -> dict[str, Any]:
    if told is None:
        return {"hash": ring.hash, "withheld": True, "chain": {"sequence": ring.sequence, "previous": ring.previous}}
    return {"hash": ring.hash, "chain": ring.content, "told": told}
