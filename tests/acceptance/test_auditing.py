"""The journal as a signed file: whole it verifies without the database, and whatever is done to it is named."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from procore_sync.acceptance import engine, operations
from procore_sync.acceptance.auditing import packing, rows
from procore_sync.acceptance.auditing.signing import public_key
from procore_sync.acceptance.auditing.verifying import NotAsSigned, verify
from procore_sync.acceptance.models import ErpItem, Event, Submission
from procore_sync.accounts.models import Company, Membership, Role
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from tests.acceptance.conftest import member, new_invoice, raw

pytestmark = pytest.mark.django_db


@pytest.fixture
def exported(accepted_invoice: ErpItem, max_pm: Membership, settings: Settings) -> ErpItem:
    """Sent, accepted, confirmed; then one more is sent and retrieved: five rows."""
    settings.ENGINE_IN_TEST_TRANSACTION = True
    engine.work(Submission.objects.get().pk)
    other = new_invoice(max_pm, "=1+1")
    operations.send(other, by=max_pm)
    operations.retrieve(other, by=max_pm)
    return accepted_invoice


def packed(company: Company, by: Membership | None = None, **days: Any) -> bytes:
    part = rows.part_of(company, since=days.get("since"), until=days.get("until"), by=by)
    return b"".join(packing.pack(part))


def parts_of(file: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(file)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def put_together(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as opened:
        for name, content in parts.items():
            opened.writestr(name, content)
    return out.getvalue()


def lines_of(file: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in parts_of(file)["events.jsonl"].splitlines()]


def fault(file: bytes, key: str = "") -> str:
    with pytest.raises(NotAsSigned) as refused:
        verify(io.BytesIO(file), key or public_key())
    return refused.value.sentence


def with_lines(file: bytes, change: Callable[[list[bytes]], list[bytes]]) -> bytes:
    parts = parts_of(file)
    changed = change(parts["events.jsonl"].splitlines(keepends=True))
    return put_together(parts | {"events.jsonl": b"".join(changed)})


def test_a_whole_file_verifies_with_the_public_key_alone(exported: ErpItem) -> None:
    file = packed(exported.company)
    with CaptureQueriesContext(connection) as asked:
        said = verify(io.BytesIO(file), public_key()).sentence
    assert len(asked) == 0
    assert said.startswith("rows 1 to 5 of the journal of Harbor Row Builders")
    assert "every row holds, none is missing" in said


def test_it_says_who_did_what_and_what_came_of_it(exported: ErpItem) -> None:
    send, accept, confirm = lines_of(packed(exported.company))[:3]
    submission = exported.submissions.get()
    attempt = submission.attempts.get()

    assert send["told"]["who"] == {"name": "Max", "email": "max@harbor-row.test"}
    assert send["told"]["record"] == {
        "kind": exported.get_kind_display(),
        "number": "SC-0142-03",
        "label": "Application 3",
        "project": None,
        "amount": "27405.00",
    }
    assert accept["chain"]["action"] == "accept"
    assert accept["told"]["decided_by"]["name"] == "Ada"
    assert accept["told"]["digest_seen"] == submission.digest
    assert confirm["chain"]["detail"]["request_id"] == submission.request_id
    assert (confirm["chain"]["detail"]["entity"], confirm["chain"]["detail"]["id"]) == ("Bill", "7")
    assert confirm["told"]["attempts"][0]["request_id"] == attempt.request_id
    assert confirm["chain"]["previous"] == accept["hash"] == Event.objects.get(sequence=2).hash


def test_a_text_that_a_spreadsheet_would_calculate_is_escaped(exported: ErpItem) -> None:
    table = parts_of(packed(exported.company))["events.csv"].decode("utf-8-sig")
    found = list(csv.DictReader(io.StringIO(table, newline="")))
    assert [row["Record"] for row in found] == ["Application 3"] * 3 + ["'=1+1"] * 2
    assert found[2]["QuickBooks id"] == "7"
    assert found[2]["Verified"] == "yes"


def test_a_changed_word_is_found_by_its_row(exported: ErpItem) -> None:
    file = with_lines(packed(exported.company), lambda all_: [line.replace(b"accept", b"reject") for line in all_])
    assert fault(file) == "Row 2 was changed after it was written."


def test_a_changed_name_that_no_hash_holds_is_found_by_its_block(exported: ErpItem) -> None:
    file = with_lines(packed(exported.company), lambda all_: [line.replace(b'"Max"', b'"Moe"') for line in all_])
    assert fault(file) == "In rows 1 to 5 something was changed after signing."


def test_a_row_that_is_left_out_moved_or_cut_off_is_named(exported: ErpItem) -> None:
    file = packed(exported.company)
    assert fault(with_lines(file, lambda all_: all_[:2] + all_[3:])) == "Row 3 is missing: after 2 comes 4."
    assert fault(with_lines(file, lambda all_: all_[1:])) == "Row 1 is missing: after 0 comes 2."
    assert fault(with_lines(file, lambda all_: [all_[1], all_[0], *all_[2:]])).startswith("Row 1 is missing")
    assert fault(with_lines(file, lambda all_: all_[:4])) == "The file ends at row 4, but 5 were signed."
    assert fault(with_lines(file, lambda all_: [*all_, all_[4]])) == "Row 6 is missing: after 5 comes 5."
    assert fault(with_lines(file, lambda all_: [*all_[:4], b"gone\n"])) == "Row 5 cannot be read."


def test_an_edited_spreadsheet_or_manifest_is_named(exported: ErpItem) -> None:
    parts = parts_of(packed(exported.company))
    sheet = parts["events.csv"].replace(b"27405.00", b"17405.00")
    assert fault(put_together(parts | {"events.csv": sheet})) == "events.csv was changed after the file was signed."
    manifest = parts["manifest.json"].replace(b'"rows":5', b'"rows":4')
    assert fault(put_together(parts | {"manifest.json": manifest})).startswith("manifest.json was changed")


def test_a_forger_with_a_key_of_his_own_is_refused(exported: ErpItem) -> None:
    own, ours = Ed25519PrivateKey.generate(), public_key()
    parts = parts_of(packed(exported.company))
    forged = own.public_key().public_bytes_raw().hex()
    manifest = parts["manifest.json"].replace(ours.encode(), forged.encode())
    file = put_together(parts | {"manifest.json": manifest, "manifest.sig": own.sign(manifest).hex().encode()})
    assert f"was not signed with {ours}" in fault(file)
    verify(io.BytesIO(file), forged)


def test_a_file_that_is_no_whole_export_is_refused(exported: ErpItem) -> None:
    file = packed(exported.company)
    assert "damaged, cut off" in fault(file[: len(file) // 2])
    assert "damaged, cut off" in fault(b"")
    parts = parts_of(file)
    assert "holds more than was signed" in fault(put_together(parts | {"note.txt": b"read me"}))
    del parts["manifest.sig"]
    assert "lacks manifest.sig" in fault(put_together(parts))


def test_a_journal_that_does_not_hold_is_exported_and_said_not_to(exported: ErpItem) -> None:
    raw("UPDATE acceptance_event SET comment = 'paid' WHERE sequence = 4")
    file = packed(exported.company)
    assert json.loads(parts_of(file)["manifest.json"])["journal"] == "Row 4 was changed after it was written."
    assert fault(file) == "Row 4 was changed after it was written."


def test_days_are_the_companys_own_and_leave_no_hole(exported: ErpItem) -> None:
    # A quarter to midnight in Chicago is the next day in UTC.
    at = {1: datetime(2026, 1, 31, 12, tzinfo=UTC), 2: datetime(2026, 2, 1, 5, 45, tzinfo=UTC)}
    Company.objects.filter(pk=exported.company_id).update(time_zone="America/Chicago")
    company = Company.objects.get(pk=exported.company_id)
    for sequence, moment in at.items():
        raw("UPDATE acceptance_event SET at = %s WHERE sequence = %s", moment, sequence)
    part = rows.part_of(company, since=None, until=date(2026, 1, 31), by=None)
    assert (part.first, part.last) == (1, 2)
    assert rows.part_of(company, since=date(2026, 2, 1), until=None, by=None).first == 3
    with pytest.raises(InvalidInput, match="Nothing is in the journal"):
        rows.part_of(company, since=date(2020, 1, 1), until=date(2020, 1, 2), by=None)
    with pytest.raises(InvalidInput, match="later than the last"):
        rows.part_of(company, since=date(2026, 2, 1), until=date(2026, 1, 2), by=None)


def test_a_part_from_the_middle_verifies_by_itself(exported: ErpItem) -> None:
    raw("UPDATE acceptance_event SET at = %s WHERE sequence <= 2", datetime(2020, 1, 1, tzinfo=UTC))
    file = packed(exported.company, since=date(2021, 1, 1))
    assert "rows 3 to 5" in verify(io.BytesIO(file), public_key()).sentence


def test_a_private_record_of_others_is_withheld_and_still_linked(exported: ErpItem, company: Company) -> None:
    ErpItem.objects.filter(pk=exported.pk).update(is_private=True)
    carl = member(company, "Carl", Role.ACCOUNTANT)
    file = packed(company, by=carl)
    assert "3 of them are withheld" in verify(io.BytesIO(file), public_key()).sentence
    assert b"Application 3" not in b"".join(parts_of(file).values())
    assert b"Ada" not in b"".join(parts_of(file).values())


def test_who_may_not_read_the_journal_gets_no_file(exported: ErpItem, max_pm: Membership) -> None:
    with pytest.raises(NotAllowed):
        packed(exported.company, by=max_pm)


def test_a_long_journal_is_read_in_pieces_with_as_many_queries_each(
    exported: ErpItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "CHUNK", 1)
    with CaptureQueriesContext(connection) as one_by_one:
        small = packed(exported.company)
    monkeypatch.setattr(rows, "CHUNK", 5)
    with CaptureQueriesContext(connection) as at_once:
        whole = packed(exported.company)
    assert parts_of(small)["events.jsonl"] == parts_of(whole)["events.jsonl"]
    assert len(at_once) < 12 < len(one_by_one)


def test_the_page_and_the_commands_give_the_same_file(
    exported: ErpItem, ada: Membership, client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    client.force_login(ada.user)
    answer: Any = client.get("/journal/export/")
    assert "journal-harbor-row-1-5.zip" in answer["Content-Disposition"]
    downloaded = b"".join(answer.streaming_content)
    through_the_api: Any = client.get("/api/v1/journal/export/")
    assert parts_of(b"".join(through_the_api.streaming_content))["events.csv"] == parts_of(downloaded)["events.csv"]
    call_command("export_journal", company="harbor-row", output=tmp_path)
    (written,) = tmp_path.iterdir()
    assert parts_of(downloaded)["events.jsonl"] == parts_of(written.read_bytes())["events.jsonl"]
    call_command("verify_export", str(written))
    call_command("journal_key")
    said = capsys.readouterr().out
    assert "rows 1 to 5 of the journal of Harbor Row Builders" in said
    assert said.endswith(f"{public_key()}\n")


def test_the_commands_say_what_is_wrong(exported: ErpItem, tmp_path: Path) -> None:
    file = tmp_path / "journal.zip"
    file.write_bytes(packed(exported.company)[:200])
    with pytest.raises(CommandError, match="damaged, cut off"):
        call_command("verify_export", str(file))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("verify_export", str(tmp_path / "nowhere"))
    with pytest.raises(CommandError, match="no company with the short name nowhere"):
        call_command("export_journal", company="nowhere")
    with pytest.raises(CommandError, match="Nothing is in the journal"):
        call_command("export_journal", "--company=harbor-row", "--until=2001-01-01")
    with pytest.raises(CommandError, match="is no day"):
        call_command("export_journal", "--company=harbor-row", "--until=tomorrow")
    with pytest.raises(CommandError, match=r"journal.zip cannot be written: No such file or directory\."):
        call_command("export_journal", company="harbor-row", output=tmp_path / "nowhere" / "journal.zip")


def test_a_key_of_ones_own_takes_the_place_of_the_made_one(exported: ErpItem, settings: Settings) -> None:
    made = public_key()
    settings.JOURNAL_SIGNING_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    file = packed(exported.company)
    assert public_key() != made
    verify(io.BytesIO(file), public_key())
    assert "was not signed with" in fault(file, made)


def test_days_at_the_end_of_time_bound_nothing(exported: ErpItem, ada: Membership, client: Client) -> None:
    exported.company.time_zone = "Pacific/Auckland"
    exported.company.save()
    client.force_login(ada.user)
    answer: Any = client.get("/journal/export/?since=0001-01-01&until=9999-12-31")
    assert answer.status_code == 200


@pytest.mark.parametrize("day", ["yesterday", "1/2/2026"])
def test_days_that_cannot_be_read_are_refused(exported: ErpItem, ada: Membership, client: Client, day: str) -> None:
    client.force_login(ada.user)
    answer = client.get(f"/journal/export/?since={day}")
    assert answer.status_code == client.get(f"/api/v1/journal/export/?since={day}").status_code == 422
    assert "Write it as 2026-01-31" in answer.content.decode()
