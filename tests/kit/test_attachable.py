"""What may be attached: told from the bytes, and from the name as well."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from procore_sync.kit import attachable
from procore_sync.kit.attachable import NotAttachable, read_attachable

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 64


def packed(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_DOT_", "."), content)
    return out.getvalue()


def workbook() -> bytes:
    out = io.BytesIO()
    Workbook().save(out)
    return out.getvalue()


def told(name: str, content: bytes) -> str:
    return read_attachable(SimpleUploadedFile(name, content, "application/x-claimed")).content_type


def refused(name: str, content: bytes) -> str:
    with pytest.raises(NotAttachable) as raised:
        read_attachable(SimpleUploadedFile(name, content, "image/png"))
    assert raised.value.errors == {"file": [raised.value.sentence]}
    return raised.value.sentence


@pytest.mark.parametrize(
    ("name", "content", "content_type"),
    [
        ("scope.PDF", b"%PDF-1.7\n%", "application/pdf"),
        ("site.png", PNG, "image/png"),
        ("site.jpeg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("plan.dwg", b"AC1032\0\0", "image/vnd.dwg"),
        ("lines.csv", "code,größe\n1,2".encode(), "text/csv"),
        ("old.txt", "größe".encode("cp1252"), "text/plain"),
        ("lines.xlsx", workbook(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (
            "letter.docx",
            packed(word__document=b"x"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        ("old.doc", OLE + "WordDocument".encode("utf-16-le"), "application/msword"),
    ],
)
def test_what_is_taken_is_called_what_its_bytes_tell(name: str, content: bytes, content_type: str) -> None:
    assert told(name, content) == content_type


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("setup.exe", b"MZ\x90\0"),
        ("setup.pdf", b"MZ\x90\0"),
        ("setup.txt", b"MZ this is said to be a text"),
        ("run.sh", b"#!/bin/sh\nrm -rf /"),
        ("run.txt", b"#!/bin/sh\nrm -rf /"),
        ("page.html", b"<html><script>1</script>"),
        ("page.txt", b"\xef\xbb\xbf  <html><script>1</script>"),
        ("picture.svg", b"<svg onload='1'/>"),
        ("picture.png", b"<svg onload='1'/>"),
        ("site.png", b"%PDF-1.7"),
        ("scope.pdf", PNG),
        ("many.zip", packed(a=b"x")),
        ("many.docx", packed(a=b"x")),
        ("letter.xlsx", packed(word__document=b"x")),
        ("installer.doc", OLE),
        ("broken.xlsx", b"PK\x03\x04 and then nothing"),
        ("nameless", b"text"),
        ("zeros.txt", b"a\0b"),
        ("macros.xlsx", packed(xl__workbook=b"x", xl__vbaProject_DOT_bin=b"x")),
        ("empty.pdf", b""),
    ],
)
def test_what_is_not_taken_is_refused_with_a_sentence(name: str, content: bytes) -> None:
    assert refused(name, content).startswith(name)


def test_a_file_of_20_mb_is_taken_and_one_byte_more_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert attachable.LIMIT_BYTES == 20 * 1024 * 1024
    monkeypatch.setattr(attachable, "LIMIT_BYTES", 2**20)
    whole = b"a" * 2**20

    assert told("a.txt", whole) == "text/plain"
    assert "1 MB is the limit" in refused("a.txt", whole + b"a")


def test_a_size_that_lies_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachable, "LIMIT_BYTES", 4)
    upload = SimpleUploadedFile("a.txt", b"too long")
    upload.size = 1

    with pytest.raises(NotAttachable, match="larger than"):
        read_attachable(upload)


def test_a_bomb_is_seen_without_being_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert attachable.LIMIT_UNPACKED_BYTES == 400 * 2**20
    monkeypatch.setattr(attachable, "LIMIT_UNPACKED_BYTES", 2**20)
    bomb = packed(word__document=b"\0" * (2**20 + 1))

    assert len(bomb) < 2**12
    assert "unpacks to far more" in refused("bomb.docx", bomb)
    monkeypatch.setattr(attachable, "LIMIT_PARTS", 2)
    assert "unpacks to far more" in refused("many.docx", packed(word__document=b"x", a=b"", b=b""))


def test_a_name_loses_its_folders_and_hidden_marks_and_nothing_else() -> None:
    upload: Any = SimpleUploadedFile("a.txt", b"x")
    upload._name = "..\\..\\C:\\temp/pl\u202ean, \N{PILE OF POO} 2.txt"

    assert read_attachable(upload).name == "plan, \N{PILE OF POO} 2.txt"
    upload._name = "x" * 252 + ".txt"
    with pytest.raises(NotAttachable, match="256 characters"):
        read_attachable(upload)
