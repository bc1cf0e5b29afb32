"""Checking a signed export of the journal against nothing but a public key."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, BinaryIO

from django.utils.translation import gettext_noop

from procore_sync.acceptance.auditing.packing import BLOCK, EVENTS, FORMAT, HOLDS, MANIFEST, SHEET, SIGNATURE
from procore_sync.acceptance.auditing.signing import is_signed
from procore_sync.acceptance.chain import Chain, Ring
from procore_sync.kit.refusals import Refusal

LONGEST_MANIFEST = 64 << 20
LONGEST_LINE = 16 << 20
_PIECE = 1 << 16


class NotAsSigned(Refusal):
    """The file is not what was signed; the sentence says what and where."""

    cure = gettext_noop(
        "The accountant exports the journal anew and compares; the operator finds out who changed the file."
    )


@dataclass(frozen=True)
class Verified:
    """What a whole export is of."""

    manifest: dict[str, Any]

    @property
    def sentence(self) -> str:
        """What holds, for whom and from which row to which."""
        told = self.manifest
        hidden = f" {told['withheld']} of them are withheld and only linked." if told["withheld"] else ""
        rows = f"rows {told['first']} to {told['last']} of the journal of {told['company']['name']}"
        return f"{rows}, exported {told['made_at']} by {told['made_by']}: every row holds, none is missing.{hidden}"


def verify(file: BinaryIO, public_key: str) -> Verified:
    """Read a whole export and say of what it is.

    Raises:
        NotAsSigned: it is forged, cut off, reordered or edited, or was signed with another key than `public_key`.
    """
    try:
        with zipfile.ZipFile(file) as packed:
            _same_files(packed)
            manifest = _manifest(packed, public_key)
            _check_events(packed, manifest)
            if _sum_of(packed, SHEET) != manifest["files"][SHEET]["sha256"]:
                raise NotAsSigned(f"{SHEET} was changed after the file was signed.")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise NotAsSigned(f"The file is damaged, cut off or no ZIP file: {error}.") from error
    if manifest["journal"] != HOLDS:
        raise NotAsSigned(
            f"The file is as it was signed, but the journal did not hold even then: {manifest['journal']}"
        )
    return Verified(manifest)


def _same_files(packed: zipfile.ZipFile) -> None:
    names, expected = packed.namelist(), [EVENTS, SHEET, MANIFEST, SIGNATURE]
    missing = [name for name in expected if name not in names]
    if missing:
        raise NotAsSigned(f"The file lacks {' and '.join(missing)}, so it was not made by the console or was cut off.")
    if sorted(names) != sorted(expected):
        raise NotAsSigned(f"The file holds more than was signed: {', '.join(sorted(names))}.")


def _manifest(packed: zipfile.ZipFile, public_key: str) -> dict[str, Any]:
    with packed.open(MANIFEST) as stream, packed.open(SIGNATURE) as signed:
        raw, signature = stream.read(LONGEST_MANIFEST), signed.read(1000).decode("ascii", "replace")
    if not is_signed(raw, signature, public_key):
        raise NotAsSigned(_why_not_signed(raw, public_key))
    manifest: dict[str, Any] = json.loads(raw)
    if manifest.get("format") != FORMAT:
        raise NotAsSigned(f"The file is of the format {manifest.get('format')}, and this console reads {FORMAT}.")
    return manifest


def _why_not_signed(raw: bytes, public_key: str) -> str:
    try:
        named = str(json.loads(raw)["public_key"])
    except (ValueError, KeyError, TypeError):
        named = public_key
    if named != public_key:
        return (
            f"The manifest names the key {named[:64]} and was not signed with {public_key}. It was made by another "
            "console, or by somebody with a key of their own."
        )
    return f"{MANIFEST} was changed after it was signed, or {SIGNATURE} is not its signature."


def _check_events(packed: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    chain = Chain(manifest["hash_before"], manifest["first"])
    with packed.open(EVENTS) as stream:
        for place, block in enumerate(_blocks(stream)):
            _check_block(block, chain)
            signed = manifest["blocks"][place] if place < len(manifest["blocks"]) else ""
            # A block that is cut off at its end is said to be so, by its rows, below.
            whole = len(block) == BLOCK or chain.expected > manifest["last"]
            if whole and hashlib.sha256(b"".join(block)).hexdigest() != signed:
                first = manifest["first"] + place * BLOCK
                raise NotAsSigned(f"In rows {first} to {chain.expected - 1} something was changed after signing.")
    if (fault := chain.cut_off(manifest["last"], manifest["last_hash"])) and manifest["journal"] == HOLDS:
        raise NotAsSigned(fault.replace("The journal", "The file", 1).replace("written", "signed"))
    if _sum_of(packed, EVENTS) != manifest["files"][EVENTS]["sha256"]:
        raise NotAsSigned(f"{EVENTS} was changed after the file was signed.")


def _blocks(stream: IO[bytes]) -> Iterator[list[bytes]]:
    block: list[bytes] = []
    while line := stream.readline(LONGEST_LINE):
        block.append(line)
        if len(block) == BLOCK:
            yield block
            block = []
    if block:
        yield block


def _check_block(block: list[bytes], chain: Chain) -> None:
    for line in block:
        fault = _fault_of(line, chain)
        if fault:
            raise NotAsSigned(fault)


def _fault_of(line: bytes, chain: Chain) -> str:
    try:
        row = json.loads(line)
        content, withheld = row["chain"], row.get("withheld", False)
        ring = Ring(content["sequence"], content["previous"], row["hash"], None if withheld else content)
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"Row {chain.expected} cannot be read."
    return chain.fault_of(ring)


def _sum_of(packed: zipfile.ZipFile, name: str) -> str:
    found = hashlib.sha256()
    with packed.open(name) as stream:
        while piece := stream.read(_PIECE):
            found.update(piece)
    return found.hexdigest()
