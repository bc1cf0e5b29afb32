"""How the reader walks: pages, changes, interruptions, against books that change while they are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from procore_sync.acceptance import operations
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.refusals import NotAllowed, Refusal
from projects import readings
from projects.job_costs import direct_costs, uncoded_cost
from projects.models import CostLine, CostReading, Project
from quickbooks_bridge.client.api import Changes, Page
from quickbooks_bridge.client.faults import Cure, Fault, FaultKind, LedgerFault
from quickbooks_bridge.client.wire import Answer
from quickbooks_bridge.defaults import choose_defaults
from quickbooks_bridge.importers import job_costs, moved, names, reading
from quickbooks_bridge.importers.job_costs import NothingToRead, Reader, ask, carry_on, due
from quickbooks_bridge.models import Connection, ConnectionStatus, CostCursor, LedgerName, Link
from tests.factories import make_cost_code, make_project, make_vendor
from tests.scenes import kept

LATE = float("inf")
SMALL_PAGE = 4


class Books:
    """The ledger's edge: documents with ids and times, and what became of them; counts its calls."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], dict[str, Any]] = {}
        self.touched: dict[tuple[str, str], datetime] = {}
        self.now = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
        self.calls: list[str] = []
        self.before_call: Callable[[str], None] = lambda text: None

    def write(self, entity: str, number: int, amount: str | Decimal, *, item: str = "40", job: str = "55") -> None:
        """A document of one line; again it is edited."""
        key = (entity, f"{number:05}")
        self.now += timedelta(seconds=1)
        self.touched[key] = self.now
        told = {"Id": key[1], "SyncToken": "0", "TxnDate": "2026-11-03", "CustomerRef": {"value": job}}
        if entity == "TimeActivity":
            self.held[key] = {**told, "Hours": 1, "CostRate": Decimal(amount), "ItemRef": {"value": item}}
            return
        detail: dict[str, Any] = {"CustomerRef": {"value": job}, "ItemRef": {"value": item}}
        kind = "ItemBasedExpenseLineDetail"
        if entity == "JournalEntry":
            kind, detail = "JournalEntryLineDetail", {**detail, "PostingType": "Debit", "AccountRef": {"value": "8"}}
        self.held[key] = {**told, "Line": [{"Id": "1", "Amount": Decimal(amount), "DetailType": kind, kind: detail}]}

    def delete(self, entity: str, number: int) -> None:
        """It is gone; only the changes tell."""
        key = (entity, f"{number:05}")
        self.now += timedelta(seconds=1)
        if self.held.pop(key, None):
            self.touched[key] = self.now

    def _call(self, text: str) -> None:
        self.calls.append(text)
        self.before_call(text)

    def page(self, entity: str, *, start: int, where: str = "", size: int) -> Page:
        self._call(f"{entity} {start}{' since' if where else ''}")
        since = datetime.fromisoformat(re.findall(r"'(.+)'", where)[0]) if where else datetime.min.replace(tzinfo=UTC)
        rows = [one for (of, id_), one in sorted(self.held.items()) if of == entity and self.touched[of, id_] >= since]
        return Page(rows[start - 1 : start - 1 + size], self.now)

    def changes(self, entities: Sequence[str], since: datetime) -> Changes:
        self._call("changes")
        touched = [key for key, at in self.touched.items() if at >= since and key[0] in entities]
        changed = {of: [self.held[key] for key in touched if key[0] == of and key in self.held] for of in entities}
        gone = {of: [key[1] for key in touched if key[0] == of and key not in self.held] for of in entities}
        full = frozenset(of for of in entities if len(changed[of]) + len(gone[of]) >= SMALL_PAGE)
        answer = Answer(200, "", {"time": self.now.isoformat()}, 1)
        return Changes(answer, changed, gone, full)


@pytest.fixture
def books(monkeypatch: pytest.MonkeyPatch) -> Books:
    """Books whose pages hold four rows, in place of the thousand of the real ones."""
    monkeypatch.setattr(reading, "PAGE", SMALL_PAGE)
    found = Books()
    monkeypatch.setattr(reading, "ledger_for", lambda row, patience: found)
    return found


def linked(item: ErpItem, entity: str, remote_id: str) -> None:
    Link.objects.create(item=item, company=item.company, entity=entity, remote_id=remote_id)


@pytest.fixture
@kept
def lofts(max_pm: Membership) -> Project:
    """A project that is job 55 and takes job costs; its code is item 40. Item 41 is no code. Both cost money."""
    code = make_cost_code(max_pm, "03-300")
    project = make_project(max_pm, "Harbor Row Lofts", codes=[code], job_costs=True)
    linked(project.erp, "Customer", "55")
    linked(code.erp, "Item", "40")
    company = max_pm.company
    names: list[tuple[str, str, dict[str, Any]]] = [
        ("Account", "8", {"AccountType": "Cost of Goods Sold"}),
        ("Item", "40", {"ExpenseAccountRef": {"value": "8"}}),
        ("Item", "41", {"ExpenseAccountRef": {"value": "8"}}),
        ("Item", "42", {"ExpenseAccountRef": {"value": "8"}, "ParentRef": {"value": "40"}}),
    ]
    for entity, remote_id, detail in names:
        row = LedgerName(company=company, entity=entity, remote_id=remote_id, name=remote_id, detail=detail)
        row.seen_at = timezone.now()
        row.save()
    return project


@pytest.fixture
@kept
def row(company: Company) -> Connection:
    return Connection.objects.create(
        company=company, realm_id="1", environment="emulator", status=ConnectionStatus.CONNECTED
    )


def total(project: Project) -> Decimal:
    return sum(direct_costs(project).values(), uncoded_cost(project))


def read(row: Connection, seconds: float = LATE) -> CostReading:
    """One worker's turn."""
    found = carry_on(row.company_id, seconds=seconds)
    assert found
    return found


def test_the_first_reading_takes_as_few_calls_as_paging_allows(lofts: Project, row: Connection, books: Books) -> None:
    for number in range(10):
        books.write("Bill", number, "1.00")
    reading = read(row)

    assert books.calls == ["Bill 1", "Bill 4", "Bill 7", "Bill 10", *(f"{one} 1" for one in job_costs.ENTITIES[1:])]
    assert (reading.reads, reading.documents, reading.lines) == (8, 10, 10)
    assert reading.ended_at
    assert total(lofts) == 10


def test_what_changed_takes_one_call_for_all_kinds_and_one_for_time(
    lofts: Project, row: Connection, books: Books
) -> None:
    for number in range(6):
        books.write("Bill", number, "1.00")
    read(row)
    books.now += timedelta(hours=2)
    books.write("Bill", 3, "7.00")
    books.delete("Bill", 4)
    books.write("Purchase", 1, "2.00", item="41")
    books.write("TimeActivity", 1, "30.00")
    books.calls.clear()
    CostCursor.objects.update(changed_since=books.now - timedelta(hours=1))
    reading = read(row)

    assert books.calls == ["TimeActivity 1 since", "changes"]
    assert (reading.reads, reading.documents) == (2, 4)
    assert (total(lofts), uncoded_cost(lofts)) == (Decimal("43.00"), Decimal("2.00"))


def test_reading_again_at_once_counts_nothing_twice(lofts: Project, row: Connection, books: Books) -> None:
    books.write("Bill", 1, "5.00")
    for _ in range(3):
        read(row)

    assert total(lofts) == 5
    assert CostLine.objects.count() == 1


def test_more_changes_than_one_answer_holds_are_read_whole(lofts: Project, row: Connection, books: Books) -> None:
    books.write("Bill", 0, "1.00")
    books.write("Bill", 9, "1.00")
    read(row)
    books.delete("Bill", 0)
    for number in range(1, 6):
        books.write("Bill", number, "1.00")
    books.calls.clear()
    read(row)

    assert [call for call in books.calls if "Time" not in call] == ["changes", "Bill 1", "Bill 4"]
    assert total(lofts) == 6


def test_after_more_days_than_quickbooks_remembers_it_is_read_whole(
    lofts: Project, row: Connection, books: Books
) -> None:
    books.write("Bill", 1, "1.00")
    books.write("Bill", 2, "1.00")
    read(row)
    books.delete("Bill", 1)
    CostCursor.objects.update(changed_since=timezone.now() - timedelta(days=30))
    books.calls.clear()
    read(row)

    assert books.calls[:2] == ["Bill 1", "Purchase 1"]
    assert total(lofts) == 1


def test_a_deleted_time_activity_is_noticed_within_a_day(lofts: Project, row: Connection, books: Books) -> None:
    books.write("TimeActivity", 1, "30.00")
    books.write("TimeActivity", 2, "40.00")
    read(row)
    books.delete("TimeActivity", 1)
    read(row)
    assert total(lofts) == 70
    CostCursor.objects.update(whole_at=timezone.now() - timedelta(hours=25))
    read(row)
    assert total(lofts) == 40


def test_rows_that_go_while_a_list_is_read_hide_no_other_row(lofts: Project, row: Connection, books: Books) -> None:
    for number in range(10):
        books.write("Bill", number, "1.00")

    def delete_early_rows(call: str) -> None:
        if call == "Bill 4" and ("Bill", "00000") in books.held:
            books.delete("Bill", 0)
            books.delete("Bill", 3)

    books.before_call = delete_early_rows
    read(row)

    assert total(lofts) == 8


def test_a_list_that_never_stands_still_is_left_for_later_with_a_sentence(
    lofts: Project, row: Connection, books: Books
) -> None:
    for number in range(40):
        books.write("Bill", number, "1.00")
    books.before_call = lambda call: books.delete("Bill", min(int(key[1]) for key in books.held if key[0] == "Bill"))
    reading = read(row)

    assert reading.ended_at is None
    assert "kept changing" in reading.error
    books.before_call = lambda call: None
    CostReading.objects.update(leased_until=timezone.now())
    assert read(row).ended_at
    assert total(lofts) == len(books.held)


def test_a_worker_stops_after_its_time_and_the_next_goes_on(lofts: Project, row: Connection, books: Books) -> None:
    for number in range(10):
        books.write("Bill", number, "1.00")
    turns = 0
    while read(row, seconds=0).ended_at is None:
        turns += 1
    assert turns == 8
    assert len(books.calls) == 8
    assert CostReading.objects.get().reads == 8
    assert total(lofts) == 10


def test_it_gives_way_step_by_step_while_a_record_waits_for_a_worker(
    lofts: Project, row: Connection, books: Books, max_pm: Membership, ada: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "LEAST_SECONDS", 0)
    for number in range(10):
        books.write("Bill", number, "1.00")
    vendor = make_vendor(max_pm)
    waits = operations.accept(vendor.erp, by=ada, seen=operations.send(vendor.erp, by=max_pm).digest, choices={})
    Submission.objects.update(due_at=timezone.now() - timedelta(seconds=30))
    assert read(row).ended_at is None
    found = read(row)
    assert (found.ended_at, found.error, found.reads, len(books.calls)) == (None, "", 2, 2)

    Submission.objects.filter(pk=waits.pk).update(due_at=timezone.now() + timedelta(hours=1))
    assert read(row).ended_at
    assert total(lofts) == 10


def test_the_costs_and_how_far_it_got_are_committed_together(
    lofts: Project, row: Connection, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    books.write("Bill", 1, "5.00")
    reading = readings.take_up(readings.open_reading(row.company_id))
    CostReading.objects.update(fence=99)
    with pytest.raises(readings.LostTurn):
        Reader(row, reading).read(until=LATE)

    assert not CostLine.objects.exists()
    assert not CostCursor.objects.filter(changed_since__isnull=False).exists()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.sampled_from(job_costs.ENTITIES), st.integers(0, 12), st.integers(-900, 900)),
        st.tuples(st.just("delete"), st.sampled_from(job_costs.REPORTED), st.integers(0, 12), st.just(0)),
        st.tuples(st.just("die"), st.just(""), st.integers(0, 6), st.booleans()),
        st.tuples(st.just("read"), st.just(""), st.just(0), st.just(0)),
    ),
    max_size=25,
)


class Killed(BaseException):
    """The process is gone, in the middle of what it did."""


@given(steps=STEPS)
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_changes_and_wherever_it_dies_the_sum_is_that_of_the_books(
    lofts: Project, row: Connection, books: Books, steps: list[tuple[str, str, int, Any]]
) -> None:
    CostLine.objects.all().delete()
    CostCursor.objects.all().delete()
    CostReading.objects.all().delete()
    books.held.clear()
    books.touched.clear()
    for kind, entity, number, more in steps:
        if kind == "write":
            books.write(entity, number, Decimal(more) / 100)
        elif kind == "delete":
            books.delete(entity, number)
        elif kind == "die":
            die(row, books, after=number, in_the_transaction=more)
        else:
            read(row)
    read(row)
    read(row)

    sign = {"VendorCredit": -1}
    assert total(lofts) == sum((sign.get(of, 1) * amount_of(one) for (of, _), one in books.held.items()), Decimal(0))


def amount_of(document: dict[str, Any]) -> Decimal:
    return Decimal(document["CostRate"] if "CostRate" in document else document["Line"][0]["Amount"])


def die(row: Connection, books: Books, *, after: int, in_the_transaction: bool) -> None:
    """A worker that is killed after so many calls, before or inside the transaction; its lease runs out."""
    calls = 0

    def count(call: str) -> None:
        nonlocal calls
        calls += 1
        if calls > after and not in_the_transaction:
            raise Killed

    def note(*given: Any, **named: Any) -> None:
        if calls > after:
            raise Killed
        before(*given, **named)

    before, books.before_call = readings.note, count
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(readings, "note", note)
        with suppress(Killed):
            carry_on(row.company_id, seconds=LATE)
    books.before_call = lambda call: None
    CostReading.objects.filter(ended_at=None).update(leased_until=timezone.now() - timedelta(seconds=1))


# -- when, and who -----------------------------------------------------------------------------------------------------


def test_a_company_without_a_project_that_takes_job_costs_is_never_asked(
    lofts: Project, row: Connection, books: Books, ada: Membership
) -> None:
    Project.objects.update(job_costs=False)
    assert due() == []
    with pytest.raises(NothingToRead, match="switch on"):
        ask(row.company, by=ada)
    assert not CostReading.objects.exists()


def test_a_project_that_is_not_in_quickbooks_does_not_count(lofts: Project, row: Connection) -> None:
    Link.objects.filter(entity="Customer").delete()
    assert due() == []


def test_it_is_due_at_first_every_two_hours_and_whenever_something_was_left(
    lofts: Project, row: Connection, books: Books, settings: Settings
) -> None:
    assert due() == [row.company_id]
    read(row)
    assert due() == []
    CostReading.objects.update(began_at=timezone.now() - timedelta(hours=2, seconds=1))
    assert due() == [row.company_id]
    settings.JOB_COST_HOURS = 0
    assert due() == []
    CostReading.objects.update(ended_at=None, leased_until=timezone.now() + timedelta(seconds=60))
    assert due() == []
    CostReading.objects.update(leased_until=timezone.now())
    assert due() == [row.company_id]


def test_a_disconnected_company_is_not_due(lofts: Project, row: Connection) -> None:
    Connection.objects.update(status=ConnectionStatus.NEEDS_LOGIN)
    assert due() == []


def test_viewers_ask_for_nothing_and_two_people_for_one_reading(
    lofts: Project, row: Connection, books: Books, vic: Membership, ada: Membership, max_pm: Membership
) -> None:
    with pytest.raises(NotAllowed):
        ask(row.company, by=vic)
    assert ask(row.company, by=ada) == ask(row.company, by=max_pm)
    readings.take_up(CostReading.objects.get())
    with pytest.raises(readings.AlreadyReading):
        ask(row.company, by=ada)
    assert carry_on(row.company_id) is None
    assert books.calls == []


def test_while_quickbooks_cannot_be_asked_it_says_so(lofts: Project, row: Connection, ada: Membership) -> None:
    Connection.objects.update(is_halted=True)
    with pytest.raises(Refusal, match="paused"):
        ask(row.company, by=ada)
    assert not CostReading.objects.exists()


def fails_with(kind: FaultKind, retry_after: float | None = None) -> Callable[[str], None]:
    def fail(call: str) -> None:
        raise LedgerFault(Fault(kind, "QuickBooks says no.", Cure.MACHINE, retry_after=retry_after))

    return fail


@pytest.mark.parametrize(
    ("kind", "goes_on"),
    [
        (FaultKind.THROTTLED, True),
        (FaultKind.NOT_SENT, True),
        (FaultKind.UNKNOWN, True),
        (FaultKind.FORBIDDEN, False),
        (FaultKind.DISCONNECTED, False),
        (FaultKind.REFUSED, False),
    ],
)
def test_what_passes_is_waited_for_and_what_does_not_ends_it(
    lofts: Project, row: Connection, books: Books, kind: FaultKind, goes_on: bool
) -> None:
    books.write("Bill", 1, "5.00")
    books.before_call = fails_with(kind, 30.0 if kind is FaultKind.THROTTLED else None)
    reading = read(row)

    assert (reading.ended_at is None, reading.error) == (goes_on, "QuickBooks says no.")
    assert reading.leased_until > timezone.now() if goes_on else reading.ended_at
    row.refresh_from_db()
    assert (row.paused_until is not None) == (kind is FaultKind.THROTTLED)


def test_a_document_that_nobody_thought_of_is_told_of_and_tried_again_later(
    lofts: Project, row: Connection, books: Books
) -> None:
    books.write("Bill", 1, "5.00")
    dated = books.held["Bill", "00001"].pop("TxnDate")

    reading = read(row)

    assert "broke off" in reading.error
    assert "The operator finds the cause in the workers' log" in reading.error
    assert reading.ended_at is None
    assert reading.leased_until > timezone.now() + timedelta(minutes=1)
    assert due() == []
    books.held["Bill", "00001"]["TxnDate"] = dated
    CostReading.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert (read(row).ended_at is not None, read(row).error) == (True, "")


def test_a_reading_that_fails_for_a_day_is_given_up(lofts: Project, row: Connection, books: Books) -> None:
    readings.open_reading(row.company_id)
    CostReading.objects.update(began_at=timezone.now() - timedelta(hours=25))
    books.before_call = fails_with(FaultKind.UNKNOWN)

    assert read(row).ended_at


def test_sub_items_are_coded_by_their_nearest_parent_that_is_a_code(
    lofts: Project, row: Connection, books: Books
) -> None:
    books.write("Bill", 1, "5.00", item="42")
    read(row)

    assert list(direct_costs(lofts).values()) == [Decimal("5.00")]


def test_what_we_exported_is_left_out_also_when_it_is_linked_after_it_was_read(
    lofts: Project, row: Connection, books: Books, max_pm: Membership
) -> None:
    books.write("Bill", 1, "5.00")
    books.write("Bill", 2, "2.00")
    read(row)
    own = make_cost_code(max_pm).erp
    linked(own, "Bill", "00001")
    books.now += timedelta(hours=1)
    read(row)
    assert total(lofts) == 2
    Link.objects.filter(item=own).delete()
    read(row)
    assert total(lofts) == 7


def test_the_retainage_item_is_no_cost_and_choosing_it_reads_everything_again(
    lofts: Project, row: Connection, books: Books, alma: Membership
) -> None:
    LedgerName.objects.filter(entity="Item").update(detail={"Type": "Service", "ExpenseAccountRef": {"value": "8"}})
    books.write("Bill", 1, "100.00")
    books.write("Bill", 2, "-10.00", item="41")
    read(row)
    assert total(lofts) == 90
    # What posts to a cost cannot be chosen; this one does so again after it was.
    item = LedgerName.objects.filter(entity="Item", remote_id="41")
    as_it_posts = item.get().detail
    item.update(detail={"Type": "Service", "ExpenseAccountRef": {"value": "9"}})
    choose_defaults(row, {"retainage_item": "41"}, by=alma)
    item.update(detail=as_it_posts)
    read(row)
    assert total(lofts) == 100
    books.calls.clear()
    choose_defaults(row, {"retainage_item": "41"}, by=alma)
    read(row)
    assert "Bill 1" not in books.calls
    choose_defaults(row, {"retainage_item": ""}, by=alma)
    read(row)
    assert total(lofts) == 90


@pytest.mark.parametrize(("whole", "at"), [*((True, at) for at in range(1, 9)), *((False, at) for at in range(1, 4))])
def test_what_is_to_be_read_anew_is_so_wherever_a_reading_stands_when_that_is_learnt(
    whole: bool, at: int, lofts: Project, row: Connection, books: Books, alma: Membership
) -> None:
    as_it_posts = {"Type": "Service", "ExpenseAccountRef": {"value": "8"}}
    item = LedgerName.objects.filter(entity="Item", remote_id="41")
    item.update(detail=as_it_posts)
    for number in range(1, 7):
        books.write("Bill", number, "100.00")
        books.write("VendorCredit", number, "10.00", item="41")
        books.write("TimeActivity", number, "1.00")
    read(row)
    assert total(lofts) == 546
    books.now += timedelta(hours=1)
    read(row)
    books.now += timedelta(hours=1)
    if whole:
        moved.costs_anew(row.company_id)
    books.write("Bill", 7, "4.00")
    calls = iter(range(1, 1000))

    def choose(text: str) -> None:
        if next(calls) == at:
            item.update(detail={"Type": "Service", "ExpenseAccountRef": {"value": "9"}})
            choose_defaults(row, {"retainage_item": "41"}, by=alma)
            item.update(detail=as_it_posts)

    books.before_call = choose
    for _ in range(2):
        while read(row).ended_at is None:
            pass
        books.now += timedelta(hours=1)
    assert next(calls) > at, "it was never chosen"
    assert total(lofts) == 610
    assert not CostCursor.objects.filter(changed_since=None).exists(), "and not once more for ever"
