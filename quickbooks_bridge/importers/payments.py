"""Reading what was paid: bills, vendor credits and bill payments of QuickBooks, kept as a mirror (domain.md §15.1).

How they are read is told in `reading`: one call for all three while nothing or little changed. Pages are kept as they
come. Once everything is up to date the invoices learn from the mirror what was paid of them, in one transaction; so a
payment that was read before its bill was known to be ours is not lost, and laying the first day back asks nobody again.
Bills and payments are held some at a time, for a company has more of them every day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext, gettext_noop

from invoices.models import Invoice, Payment, PaymentState
from invoices.payments import LedgerPayment, absorb_payments, forget_standings, note_standings
from procore_sync.acceptance.courier import Obstacle
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.curing import EDITORS
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.clock import database_time
from procore_sync.kit.refusals import NotAllowed, Refusal
from procore_sync.kit.shown import day
from projects import readings
from quickbooks_bridge.client.api import Ledger
from quickbooks_bridge.features import HOME_CURRENCY
from quickbooks_bridge.importers import reading as reading_on
from quickbooks_bridge.importers.bill_mirror import BILLS, ENTITIES, retainage_items, retire, rows_of, store, token_of
from quickbooks_bridge.importers.names import OVERLAP
from quickbooks_bridge.importers.reading import SLICE_SECONDS, Document
from quickbooks_bridge.links import tell_health
from quickbooks_bridge.models import (
    BillState,
    Connection,
    ConnectionStatus,
    Health,
    LedgerBill,
    LedgerBillPayment,
    Link,
    PaymentCursor,
    PaymentReading,
    PaymentSchedule,
)
from quickbooks_bridge.payment_schedules import require_on, schedule_of
from quickbooks_bridge.watching import handing
from quickbooks_bridge.watching.links import look_soon
from quickbooks_bridge.watching.schedules import followed

HEARD_BY: Final = gettext_noop("a reading of payments")
#: How many bills, or payments, are held at once, however many the company has.
AT_ONCE: Final = 500


class NothingToRead(Refusal):
    """The company has no invoice, so not a single call is made."""

    code = "no-payments-to-read"
    cure = gettext_noop("Nobody has to: payments are read once the first invoice is in QuickBooks.")


# -- when, and who -----------------------------------------------------------------------------------------------------


def wanting() -> QuerySet[Connection]:
    """The connections of companies that are invoiced here; any other costs no call."""
    invoiced = Exists(Invoice.objects.filter(company=OuterRef("company")))
    return Connection.objects.filter(invoiced)


def may_read(member: Membership) -> bool:
    """Whether `member` may have payments read: project managers, accountants and administrators."""
    return may(member, Right.EDIT) or may(member, Right.MAP)


def ask(company: Company, *, by: Membership) -> PaymentReading:
    """The reading that a person asks for, ready to be carried on by a worker.

    Raises:
        NotAllowed: `by` may not ask for one.
        PaymentsOff: the company takes no payments.
        NothingToRead: nothing was invoiced here.
        AlreadyReading: they are being read now.
        Refusal: QuickBooks cannot be asked now.
    """
    if not may_read(by):
        raise NotAllowed(
            gettext(
                "Only a project manager, an accountant or an administrator may have payments read. "
                "An administrator can grant it under People."
            ),
            who="administrator",
        )
    require_on(company)
    if not Invoice.objects.filter(company=company).exists():
        raise NothingToRead(
            gettext(
                "Nothing was invoiced here yet, so there is nothing that could be paid. Make an invoice of a "
                "commitment."
            ),
            who=EDITORS,
        )
    return reading_on.ask(PaymentReading, company.pk, by=by)


def due() -> list[int]:
    """The companies whose payments are to be read now: a reading was left half way, or it is time for one."""
    now = database_time()
    of_company = PaymentReading.objects.filter(company=OuterRef("company"))
    rows = wanting().filter(status=ConnectionStatus.CONNECTED).select_related("company__payment_schedule")
    told = rows.annotate(
        last=Subquery(of_company.order_by("-pk").values("began_at")[:1]),
        left=Exists(of_company.filter(ended_at=None)),
        busy=Exists(of_company.filter(ended_at=None, leased_until__gt=now)),
    )
    return sorted(row.company_id for row in told if not row.busy and _is_due(row, now))


def _is_due(row: Any, now: datetime) -> bool:
    schedule: PaymentSchedule = getattr(row.company, "payment_schedule", None) or schedule_of(row.company)
    if not schedule.is_on:
        return False
    return bool(row.left or row.last is None or row.last <= now - timedelta(hours=schedule.hours))


def carry_on(company_id: int, *, seconds: float = SLICE_SECONDS) -> PaymentReading | None:
    """Read for at most about `seconds`; None if another process is reading. `ended_at` says whether it is over."""
    return reading_on.carry_on(Reader, PaymentReading, company_id, seconds=seconds)


# -- the mirror --------------------------------------------------------------------------------------------------------


class Reader(reading_on.Reader[PaymentReading, "list[Any]"]):
    """One process's turn at a reading of payments."""

    cursors = PaymentCursor
    entities = ENTITIES
    reported = ENTITIES

    def __init__(self, row: Connection, reading: PaymentReading, ledger: Ledger | None = None) -> None:
        super().__init__(row, reading, ledger)
        self._retainage = retainage_items(row.company_id)
        self._known_until = reading.began_at
        if reading.asked_by_id is None:
            self._leave_out_what_is_known()

    def _leave_out_what_is_known(self) -> None:
        """The sweep keeps the mirror up to date as well: what it has just read is not asked for once more."""
        just_read = followed(self._company_id)
        for cursor in self._cursors.values():
            if cursor.entity in just_read and cursor.changed_since and not cursor.position:
                cursor.done_in = self._reading.pk
                self._known_until = min(self._known_until, cursor.changed_since - OVERLAP)

    def _prepared(self, entity: str, documents: list[Document]) -> list[Any]:
        return rows_of(self._company_id, entity, documents, self._retainage)

    def _announce(self, entity: str, documents: list[Document], deleted: Sequence[str]) -> None:
        """What was taken off a bill is seen by what was applied before, which the mirror forgets with this page."""
        if entity in BILLS:
            handing.announce(self._row, entity, documents, deleted, heard_by=HEARD_BY)

    def _absorb(self, entity: str, documents: list[Document], prepared: list[Any], deleted: Sequence[str]) -> int:
        store(self._company_id, entity, prepared, deleted)
        return sum(len(one.get("Line") or []) for one in documents)

    def _retire(self, entity: str, before: datetime) -> None:
        retire(self._company_id, entity, before)

    def _settle(self) -> None:
        with transaction.atomic():
            settle(self._row, self._known_until)
            readings.note(self._reading, "Finished")


# -- what the invoices learn -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ours:
    """The bill or vendor credit that an invoice became."""

    invoice_id: int
    link_id: int
    entity: str
    remote_id: str
    total: Decimal | None
    sync_token: str
    health: str
    linked_at: datetime


def links_of_bills(company_id: int) -> QuerySet[Link]:
    """The links of the bills and credits that the company's invoices became."""
    return Link.objects.filter(company_id=company_id, entity__in=BILLS, item__invoice__isnull=False)


def ours_of(company_id: int) -> Iterator[list[Ours]]:
    """What the company's invoices became in QuickBooks, `AT_ONCE` at a time; a query each."""
    columns = ("item__invoice", "pk", "entity", "remote_id", "total", "sync_token", "health", "created_at")
    after = 0
    while True:
        rows = links_of_bills(company_id).filter(pk__gt=after).order_by("pk").values_list(*columns)[:AT_ONCE]
        found = [Ours(*values) for values in rows]
        if not found:
            return
        yield found
        if len(found) < AT_ONCE:
            return
        after = found[-1].link_id


def settle(row: Connection, read_from: datetime | None = None) -> int:
    """Let the company's invoices know what the mirror says; returns how many rows of payments that changed.

    `read_from` is when the reading began that has brought the mirror up to date: what was linked before that and is not
    in the mirror is not in QuickBooks.
    """
    for ours in ours_of(row.company_id):
        _settle_bills(row.company_id, ours, read_from)
    linked = links_of_bills(row.company_id).filter(item__invoice=OuterRef("invoice"))
    forget_standings(row.company_id, unless=Exists(linked))
    return sum(absorb_payments(row.company_id, some) for some in payments_of(row))


def _settle_bills(company_id: int, ours: list[Ours], read_from: datetime | None) -> None:
    bills = {
        (one.entity, one.remote_id): one
        for one in LedgerBill.objects.filter(company_id=company_id, remote_id__in=[one.remote_id for one in ours])
    }
    known = [(one, bills[one.entity, one.remote_id]) for one in ours if (one.entity, one.remote_id) in bills]
    absent = [
        one for one in ours if (one.entity, one.remote_id) not in bills and read_from and one.linked_at < read_from
    ]
    _tell_health(company_id, [*known, *((one, None) for one in absent)])
    standing = {one.invoice_id: (bill.total, bill.balance) for one, bill in known if bill.state == BillState.STANDING}
    note_standings({one.invoice_id: standing.get(one.invoice_id) for one in ours})


def _tell_health(company_id: int, known: Iterable[tuple[Ours, LedgerBill | None]]) -> None:
    """Mark what was deleted, voided or changed in QuickBooks; a state that is older than what we wrote says nothing.

    What stands there again is not green by its sum: the next look compares it.
    """
    told: dict[str, list[int]] = defaultdict(list)
    again: dict[str, list[str]] = defaultdict(list)
    for one, bill in known:
        health = _health_of(one, bill)
        if health != one.health:
            told[health].append(one.link_id)
        elif bill is not None and bill.state == BillState.STANDING and health in (Health.MISSING, Health.VOIDED):
            again[one.entity].append(one.remote_id)
    for health, links in told.items():
        tell_health(links, health)
    for entity, ids in again.items():
        look_soon(company_id, entity, ids)


def _health_of(one: Ours, bill: LedgerBill | None) -> str:
    if bill is None or bill.state == BillState.DELETED:
        return Health.MISSING
    if token_of(bill.sync_token) < token_of(one.sync_token):
        return one.health
    if bill.state == BillState.VOIDED:
        return Health.VOIDED
    if one.total is not None and abs(bill.total - bill.tax) != abs(one.total):
        return Health.DRIFTED
    return one.health


def payments_of(row: Connection) -> Iterator[list[LedgerPayment]]:
    """The payments that concern invoices and are taken, as the mirror has them, of `AT_ONCE` at a time."""
    schedule = schedule_of(row.company)
    after = 0
    while some := list(
        LedgerBillPayment.objects.filter(company_id=row.company_id, pk__gt=after).order_by("pk")[:AT_ONCE]
    ):
        invoices = invoices_paid_by(row.company_id, some)
        taken = taken_among(row.company_id, some)
        told = [(one, _applied(one, invoices)) for one in some]
        yield [
            _told(one, applied)
            for one, applied in told
            if one.remote_id in taken or (applied and why_not_taken(one, schedule, row) is None)
        ]
        after = some[-1].pk


def invoices_paid_by(company_id: int, some: Iterable[LedgerBillPayment]) -> dict[tuple[str, str], int]:
    """The invoices whose bills these payments pay, by kind and id of the bill; one query."""
    ids = {remote_id for one in some for _, remote_id, _ in one.lines}
    rows = links_of_bills(company_id).filter(remote_id__in=ids)
    return {
        (entity, remote_id): pk for entity, remote_id, pk in rows.values_list("entity", "remote_id", "item__invoice")
    }


def taken_among(company_id: int, some: Iterable[LedgerBillPayment]) -> set[str]:
    """Those of these payments that an invoice knows, by their ids; one query."""
    known = Payment.objects.filter(company_id=company_id, payment_id__in=[one.remote_id for one in some])
    return set(known.values_list("payment_id", flat=True))


def why_not_taken(one: LedgerBillPayment, schedule: PaymentSchedule, row: Connection) -> Obstacle | None:
    """Why a payment of one of our bills is not taken and who cures it, in the reader's language; None if it is."""
    home = row.features.get(HOME_CURRENCY, "")
    if home and one.currency and one.currency != home:
        told = gettext(
            "It is in %(currency)s, and the books are in %(home)s. The console keeps one currency: have the bill paid "
            "in that of the books, in QuickBooks."
        )
        return Obstacle(told % {"currency": one.currency, "home": home}, who="bookkeeper")
    # QuickBooks tells whole seconds, and ours has more.
    is_new = one.entered_at is None or one.entered_at >= schedule.began_at.replace(microsecond=0)
    if is_new or one.day is None or one.day >= schedule.since:
        return None
    told = gettext(
        "It was made before payments were taken, dated %(made)s. An administrator can take payments from an earlier "
        "day on."
    )
    return Obstacle(told % {"made": day(one.day)}, who="administrator")


def _applied(one: LedgerBillPayment, invoices: Mapping[tuple[str, str], int]) -> dict[int, Decimal]:
    """What it takes off each invoice; of one that went as a credit, below zero."""
    found: dict[int, Decimal] = {}
    for entity, remote_id, amount in one.lines:
        invoice_id = invoices.get((entity, remote_id))
        if invoice_id is not None:
            sign = -1 if entity == "VendorCredit" else 1
            found[invoice_id] = found.get(invoice_id, Decimal("0.00")) + sign * Decimal(amount)
    return found


_STATES = {
    BillState.STANDING: PaymentState.ISSUED,
    BillState.VOIDED: PaymentState.VOIDED,
    BillState.DELETED: PaymentState.DELETED,
}


def _told(one: LedgerBillPayment, applied: Mapping[int, Decimal]) -> LedgerPayment:
    state = _STATES[BillState(one.state)]
    if state == PaymentState.DELETED or one.day is None:
        return LedgerPayment(one.remote_id, PaymentState.DELETED)
    return LedgerPayment(
        payment_id=one.remote_id,
        state=state,
        day=one.day,
        method=one.method,
        number=one.number,
        total=one.total,
        credits=one.credits,
        bills=len({remote_id for entity, remote_id, _ in one.lines if entity == "Bill"}),
        memo=one.memo,
        sync_token=one.sync_token,
        changed_at=one.changed_at,
        applied=applied,
    )
