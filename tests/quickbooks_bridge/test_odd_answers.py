"""Answers that are none reach the console over the wire: nothing is lost, sent twice or taken for something else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from procore_sync.acceptance.models import Submission
from procore_sync.acceptance.states import OutcomeKind, Status, Work
from procore_sync.accounts.models import Membership
from quickbooks_bridge import connecting
from quickbooks_bridge.connecting import NotConnected
from quickbooks_bridge.importers.names import refresh
from quickbooks_bridge.models import Connection, LedgerName, Link
from tests.factories import make_vendor
from tests.quickbooks_bridge.between import Json, Through, of, through
from tests.quickbooks_bridge.conftest import consent, outcome_of, work
from tests.quickbooks_bridge.emulator_process import EmulatorProcess

__all__ = ["through"]

Accept = Callable[..., Submission]
CANNOT_BE_READ = "answered with something that cannot be read"


def changed(entity: str, **fields: Any) -> Callable[[Json], Json]:
    return lambda body: {**body, entity: {**body[entity], **fields}}


def both(body: Json) -> Json:
    return {**body, "Fault": {"Error": [{"code": "6000", "Message": "m"}], "type": "ValidationFault"}}


ODD = [
    changed("Vendor", Id="0"),
    changed("Vendor", Id={"value": "7"}),
    changed("Vendor", Id="9" * 70),
    changed("Vendor", MetaData="none"),
    both,
    lambda body: [body],
]


@pytest.mark.database
@pytest.mark.django_db
@pytest.mark.parametrize("change", ODD)
def test_a_creation_that_is_answered_oddly_is_looked_up_and_green_by_what_stands_there(
    change: Callable[[Json], Any],
    books: Connection,
    max_pm: Membership,
    accept: Accept,
    emulator: EmulatorProcess,
    through: Through,
) -> None:
    submission = accept(make_vendor(max_pm, "Tidewater Glazing").erp)
    through(of("/vendor?", change), lambda: work(submission))
    assert (submission.work, outcome_of(submission).outcome) == (Work.UNCERTAIN, OutcomeKind.UNKNOWN)
    assert CANNOT_BE_READ in outcome_of(submission).sentence
    assert work(submission, times=3).item.status == Status.SYNCED
    (held,) = emulator.named("Vendor", "Tidewater Glazing")
    assert Link.objects.get(item=submission.item).remote_id == held["Id"]


@pytest.mark.django_db
def test_a_look_that_is_answered_oddly_is_no_proof_that_nothing_is_there(
    books: Connection, max_pm: Membership, accept: Accept, emulator: EmulatorProcess, through: Through
) -> None:
    """A list of one that came as its one row was an empty list, and what was there was sent once more."""
    submission = accept(make_vendor(max_pm, "Tidewater Glazing").erp)
    emulator.fault("write_then_drop", entity="Vendor")
    work(submission)
    emulator.control("requests", method="DELETE")

    def only_row(body: Json) -> Json:
        rows = body["QueryResponse"]["Vendor"]
        return {"QueryResponse": {**body["QueryResponse"], "Vendor": rows[0]}}

    through(of("FROM Vendor", only_row, times=9), lambda: work(submission, times=4))
    assert (submission.work, submission.absences) == (Work.UNCERTAIN, 0)
    assert not [one for one in emulator.requests("/vendor") if one["method"] == "POST"]
    assert work(submission, times=2).item.status == Status.SYNCED


def renamed(body: Json) -> Json:
    """In small letters, as some translators write."""
    return {"QueryResponse": {name.lower(): rows for name, rows in body["QueryResponse"].items()}}


@pytest.mark.django_db
def test_names_that_come_under_another_name_are_not_taken_to_be_gone(books: Connection, through: Through) -> None:
    before = LedgerName.objects.filter(entity="Vendor").count()
    told = through(of("FROM Vendor", renamed), lambda: refresh(books, full=True))
    assert CANNOT_BE_READ in told[-1].error
    assert LedgerName.objects.filter(entity="Vendor").count() == before > 0


@pytest.mark.django_db
@pytest.mark.parametrize("row", [{}, {"Id": None}, {"Id": ["7"]}, None, "none", {"Id": "7", "ParentRef": "3"}])
def test_a_row_of_names_that_is_none_is_told_of(row: object, books: Connection, through: Through) -> None:
    def with_it(body: Json) -> Json:
        body["QueryResponse"]["Vendor"].append(row)
        return body

    assert CANNOT_BE_READ in through(of("FROM Vendor", with_it), lambda: refresh(books, full=True))[-1].error


@pytest.mark.django_db
@pytest.mark.parametrize("section", ["text", ["USD"]])
def test_a_company_that_tells_oddly_of_itself_is_not_connected_and_says_so(
    section: object, emulator: EmulatorProcess, alma: Membership, through: Through
) -> None:
    def odd(body: Json) -> Json:
        money = {**body["Preferences"]["CurrencyPrefs"], "HomeCurrency": section}
        return {**body, "Preferences": {**body["Preferences"], "CurrencyPrefs": money}}

    with pytest.raises(NotConnected, match="could not be read"):
        through(of("/preferences", odd), lambda: consent(emulator, alma))
    assert not Connection.objects.filter(company=alma.company).exists()
    assert connecting.begin(by=alma)
