"""Old bodies can go: the chain and what an auditor is given stay as they were."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from procore_sync.acceptance import engine, many, operations
from procore_sync.acceptance.auditing import packing, rows
from procore_sync.acceptance.auditing.signing import public_key
from procore_sync.acceptance.auditing.verifying import verify
from procore_sync.acceptance.journal import verify_journal
from procore_sync.acceptance.models import Attempt, ErpItem, Submission, Turn
from procore_sync.acceptance.states import OutcomeKind, Work
from procore_sync.acceptance.tasks import forget
from procore_sync.accounts.models import Membership
from tests.acceptance.conftest import new_invoice
from tests.acceptance.paper import PaperLedger

pytestmark = pytest.mark.django_db
BODIES: dict[str, Any] = {"asked": {"DocNumber": "3"}, "answered": {"Id": "7"}}


@pytest.fixture
def tried(accepted_invoice: ErpItem, settings: Settings) -> Callable[[], Attempt]:
    """Carries the accepted invoice and makes its try a hundred days old."""
    settings.ENGINE_IN_TEST_TRANSACTION = True

    def carried() -> Attempt:
        engine.work(Submission.objects.get().pk)
        Attempt.objects.update(finished_at=timezone.now() - timedelta(days=100), **BODIES)
        return Attempt.objects.get()

    return carried


def events_of(item: ErpItem) -> bytes:
    part = rows.part_of(item.company, since=None, until=None, by=None)
    file = io.BytesIO(b"".join(packing.pack(part)))
    return str(verify(file, public_key()).manifest["files"]).encode()


def test_an_old_body_goes_and_the_chain_and_the_export_stay(
    tried: Callable[[], Attempt], accepted_invoice: ErpItem, capsys: pytest.CaptureFixture[str]
) -> None:
    attempt = tried()
    before = events_of(accepted_invoice)
    call_command("thin_attempts", older_than_days=99)
    call_command("thin_attempts", older_than_days=99)
    attempt.refresh_from_db()
    assert (attempt.asked, attempt.answered, attempt.outcome) == ({}, {}, "done")
    assert verify_journal(accepted_invoice.company) is None
    assert events_of(accepted_invoice) == before
    assert capsys.readouterr().out.startswith("1 tries keep")


@pytest.mark.parametrize("ending", ["", "-4"])
def test_the_request_id_that_the_ledger_was_given_stays_though_it_stood_in_the_body(
    tried: Callable[[], Attempt], accepted_invoice: ErpItem, ending: str
) -> None:
    attempt = tried()
    given = f"{attempt.request_id}{ending}"
    Attempt.objects.update(asked={"requestid": given, "payload": {"DocNumber": "3"}})
    before = events_of(accepted_invoice)

    call_command("thin_attempts", older_than_days=99)

    attempt.refresh_from_db()
    assert (attempt.asked, attempt.sent_under) == ({}, given)
    assert events_of(accepted_invoice) == before


def test_a_younger_body_and_that_of_a_stopped_record_stay(tried: Callable[[], Attempt], paper: PaperLedger) -> None:
    paper.next = [OutcomeKind.REFUSED]
    attempt = tried()
    assert attempt.submission.work == Work.PARKED
    call_command("thin_attempts", older_than_days=99)
    Submission.objects.update(work=Work.DONE)
    call_command("thin_attempts", older_than_days=101)
    attempt.refresh_from_db()
    assert {"asked": attempt.asked, "answered": attempt.answered} == BODIES


def test_what_was_asked_of_many_is_forgotten_after_ninety_days_unless_it_waits(
    paper: PaperLedger, max_pm: Membership, ada: Membership
) -> None:
    pile = [operations.send(new_invoice(max_pm, f"Application {number}"), by=max_pm) for number in range(3)]
    old, young = (many.accept_many([one], by=ada, seconds=60) for one in pile[:2])
    waits = many.accept_many(pile[2:], by=ada, seconds=-1)
    ago = timezone.now() - timedelta(days=91)
    Turn.objects.exclude(batch=young).update(asked_at=ago)
    Turn.objects.filter(batch=old).update(done_at=ago)
    forget()
    assert set(Turn.objects.values_list("batch", flat=True)) == {young, waits}


def test_less_than_ninety_days_and_more_than_a_calendar_holds_is_refused() -> None:
    with pytest.raises(CommandError, match="younger than 90 days is kept"):
        call_command("thin_attempts", older_than_days=89)
    for far in (36_501, 10**11):
        with pytest.raises(CommandError, match="Nothing here is older than a hundred years"):
            call_command("thin_attempts", older_than_days=far)
