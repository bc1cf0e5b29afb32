"""Everything of a month that is not in QuickBooks as it was accepted, and what keeps it.

A record belongs to the month of the date that it bears in QuickBooks, whenever that was typed: an invoice of its
billing date, a commitment or change order of its date created, a payment of its date there, and a budget of the day it
was locked, or, once QuickBooks has it, of its first change that QuickBooks lacks. That is said here (`_DAY`) and
nowhere else. What is not approved yet, and what is void, closed or terminated, is of no month.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Max, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_noop, override

from budgets.models import BudgetChange
from change_orders.models import ChangeStatus
from commitments.models import CommitmentStatus
from invoices.models import InvoiceStatus, Payment
from invoices.statuses import BILLABLE, EXPORTABLE
from procore_sync.acceptance.courier import Obstacle
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.selectors import items_for
from procore_sync.acceptance.states import Status, Work
from procore_sync.acceptance.summaries import judges_of
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.canonical import digest
from procore_sync.kit.kinds import Kind
from quickbooks_bridge.connections import connection_of
from quickbooks_bridge.drift_models import Drift, DriftAnswer, What
from quickbooks_bridge.features import closed_until
from quickbooks_bridge.importers.payments import links_of_bills, why_not_taken
from quickbooks_bridge.models import BillState, Connection, Health, LedgerBillPayment, Link
from quickbooks_bridge.month_end.rows import PAYMENT, Group, Keep, KindSum, Outstanding, groups_of, sums_of, total_of
from quickbooks_bridge.payment_schedules import schedule_of
from quickbooks_bridge.payment_selectors import known_until
from quickbooks_bridge.periods import CLOSED_PERIOD, WAIT

#: Until this day of a month people are still at the month before.
_LATE_UNTIL = 15
_NAMED_AT_MOST = 2
_CONSOLE = gettext_noop("the console")
_MANAGER = gettext_noop("project manager")
_APPROVER = gettext_noop("approver")
_ADMINISTRATOR = gettext_noop("administrator")

_LACKING = BudgetChange.objects.filter(budget__erp=OuterRef("pk"), revision__gt=OuterRef("synced_revision"))
_DAY = Coalesce(
    "invoice__billed_on",
    "commitment__created_on",
    "change_order__created_on",
    Subquery(_LACKING.order_by("made_on").values("made_on")[:1]),
    "budget__locked_on",
)
_KINDS = (Kind.BUDGET, Kind.COMMITMENT, Kind.CHANGE_ORDER, Kind.INVOICE)
_READY = (
    Q(invoice__status__in=EXPORTABLE)
    | Q(commitment__status__in=BILLABLE)
    | Q(change_order__status=ChangeStatus.APPROVED)
    | Q(budget__is_locked=True)
)
_OVER = (
    Q(invoice__status=InvoiceStatus.VOID)
    | Q(commitment__status__in=(CommitmentStatus.VOID, CommitmentStatus.CLOSED, CommitmentStatus.TERMINATED))
    | Q(change_order__status__in=(ChangeStatus.VOID, ChangeStatus.REJECTED, ChangeStatus.NO_CHARGE))
)
_CHANGED = Q(revision__gt=F("synced_revision"))
_GONE = (Health.MISSING, Health.VOIDED)
_OTHERWISE = (Health.DRIFTED, Health.INACTIVE, Health.MERGED)
#: What somebody accepted as QuickBooks has it was compared by them.
_UNVERIFIED = Q(ledger_link__isnull=False, ledger_link__verified_at=None) & ~Q(ledger_link__health=Health.ACCEPTED)


@dataclass(frozen=True)
class Earlier:
    """What of the months before is not in QuickBooks either: how many records, their money, and the last month."""

    count: int
    sums: list[KindSum]
    last: date


@dataclass(frozen=True)
class MonthEnd:
    """A month and what of it is not in QuickBooks; until when the books are closed there, and when bills were read.

    Where QuickBooks was never connected, nothing is in it, whatever the list says.
    """

    month: date
    rows: list[Outstanding]
    closed_until: date | None
    read_at: datetime | None
    is_connected: bool
    earlier: Earlier | None = None

    @property
    def groups(self) -> list[Group]:
        """The rows by what keeps them."""
        return groups_of(self.rows)

    @property
    def amount(self) -> Decimal | None:
        """What they come to; None if none has an amount."""
        return total_of(self.rows)

    @property
    def sums(self) -> list[KindSum]:
        """What they come to by kind."""
        return sums_of(self.rows)

    @property
    def is_closed(self) -> bool:
        """Whether the whole month is closed in the books."""
        return self.closed_until is not None and self.closed_until >= last_day_of(self.month)

    @property
    def seen(self) -> str:
        """What whoever signs has seen, as a digest: which records, what keeps each, its date and its money."""
        told = (one.told() for one in self.rows)
        return digest(
            [[one["keep"], one["item"], one["payment"], one["day"], one["amount"]] for one in told]
            + [self.month.isoformat()]
        )


def last_day_of(month: date) -> date:
    """The last day of the month in which `month` lies."""
    return month_after(month) - timedelta(days=1)


def month_after(month: date) -> date:
    """The first day of the month after that of `month`."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def month_before(month: date) -> date:
    """The first day of the month before that of `month`."""
    return (month.replace(day=1) - timedelta(days=1)).replace(day=1)


def current_month(company: Company) -> date:
    """The month that is being closed: until the 15th the one before, then the one that runs."""
    today = today_of(company)
    return month_before(today) if today.day <= _LATE_UNTIL else today.replace(day=1)


def month_end_for(member: Membership, month: date) -> MonthEnd:
    """What of the month is not in QuickBooks, of the records that `member` may see; a constant number of queries."""
    return _month_end(items_for(member), member.company, month)


def whole_month_end(company: Company, month: date) -> MonthEnd:
    """The same of all records of the company, for a comparison: no person is shown it."""
    return _month_end(ErpItem.objects.filter(company=company), company, month)


def _month_end(items: QuerySet[ErpItem], company: Company, month: date) -> MonthEnd:
    connection = connection_of(company.pk)
    closed = closed_until(connection.features) if connection else None
    cards = _cards_of(company.pk)
    open_ones = _open(items, cards)
    reader = _Reader(company, cards, closed)
    # Kept with a statement, and read by all.
    with override("en"):
        rows = reader.rows(open_ones.filter(day__range=(month, last_day_of(month))))
        rows += _unmatched(items, company, connection, month)
        earlier = _earlier(open_ones.filter(day__lt=month))
    rows.sort(key=lambda row: (list(Keep).index(row.keep), row.since, row.key))
    return MonthEnd(month, rows, closed, known_until(company.pk), connection is not None, earlier)


def _earlier(items: QuerySet[ErpItem]) -> Earlier | None:
    by_kind = items.order_by("kind").values_list("kind").annotate(Count("pk"), Sum("amount"), Max("day"))
    found = list(by_kind)
    if not found:
        return None
    sums = [KindSum(str(Kind(kind).label), amount) for kind, _, amount, _ in found if amount is not None]
    return Earlier(sum(count for _, count, _, _ in found), sums, max(last for *_, last in found).replace(day=1))


def _cards_of(company_id: int) -> dict[int, Drift]:
    """The open cards by the items whose lines were changed, of their own document or of another's."""
    rows = Drift.objects.filter(company_id=company_id, answer=DriftAnswer.OPEN)
    cards = list(rows.only("item_id", "what", "touches", "heard_at"))
    touched = {pk: card for card in cards for pk in card.touches}
    return {**touched, **{card.item_id: card for card in cards}}


def _open(items: QuerySet[ErpItem], cards: Mapping[int, Drift]) -> QuerySet[Any]:
    """Those of `items` that are not in QuickBooks as they were accepted, each with its `day`."""
    under_way = Q(status__in=(Status.SENT, Status.EXPORTING, Status.FAILED))
    given_back = Q(status__in=(Status.REJECTED, Status.RETRIEVED)) & ~_OVER
    not_sent = Q(status=Status.NOT_SENT) & _READY
    otherwise = Q(pk__in=list(cards)) | Q(ledger_link__health__in=(*_GONE, *_OTHERWISE)) | _UNVERIFIED
    synced = Q(status=Status.SYNCED) & ((_CHANGED & ~_OVER) | otherwise)
    found = items.filter(kind__in=_KINDS).filter(under_way | given_back | not_sent | synced)
    return found.order_by().annotate(day=_DAY)


class _Reader:
    """Makes the rows of a month's items, in a constant number of queries."""

    def __init__(self, company: Company, cards: Mapping[int, Drift], closed: date | None) -> None:
        self.company = company
        self.cards = cards
        self.closed = closed

    def rows(self, items: QuerySet[Any]) -> list[Outstanding]:
        """A row an item."""
        holder = Coalesce("invoice__reviewed_by", "change_order__decided_by", "created_by")
        found = list(items.annotate(holder=holder).select_related("project", "ledger_link").prefetch_related(_newest()))
        people = Membership.objects.filter(pk__in={one.holder for one in found}).select_related("user")
        self.holders = {one.pk: str(one) for one in people}
        self.judges: dict[str, list[Membership]] = defaultdict(list)
        for kind, judge in judges_of(self.company.pk):
            self.judges[kind].append(judge)
        return [self._row(item) for item in found]

    def _row(self, item: Any) -> Outstanding:
        newest = item.latest[0] if item.latest else None
        keep = self._keep(item, newest)
        who, since, why = self._stands(keep, item, newest)
        return Outstanding(
            keep=keep,
            item=item.pk,
            kind=item.get_kind_display(),
            number=item.number,
            label=item.label,
            project=item.project.label if item.project else "",
            day=item.day,
            amount=item.amount,
            who=who,
            since=since,
            why=why,
        )

    def _keep(self, item: Any, newest: Any) -> Keep:
        if item.status == Status.EXPORTING and newest:
            return self._kept_in_flight(item, newest)
        if item.status != Status.SYNCED:
            return _OF_STATUS[Status(item.status)]
        if item.is_changed:
            return Keep.CHANGED
        card, link = self.cards.get(item.pk), _link_of(item)
        health = link.health if link else ""
        if health in _GONE or (card and card.what in (What.DELETED, What.VOIDED)):
            return Keep.GONE
        return Keep.DRIFTED if card or health in _OTHERWISE else Keep.UNVERIFIED

    def _kept_in_flight(self, item: Any, newest: Any) -> Keep:
        if newest.work == Work.UNCERTAIN:
            return Keep.UNCERTAIN
        waits = newest.when_closed == WAIT and newest.work in (Work.DUE, Work.WAITING)
        return Keep.CLOSED if waits and self.closed and item.day <= self.closed else Keep.EXPORTING

    def _stands(self, keep: Keep, item: Any, newest: Any) -> tuple[str, datetime, str]:
        """Who has it, since when, and why."""
        card, link = self.cards.get(item.pk), _link_of(item)
        if keep in (Keep.NOT_SENT, Keep.CHANGED):
            at = item.updated_at if keep == Keep.CHANGED else item.status_changed_at
            return self.holders.get(item.holder, _MANAGER), at, ""
        if keep == Keep.RETURNED:
            return str(newest.sent_by) if newest else _MANAGER, item.status_changed_at, newest.comment if newest else ""
        if keep == Keep.SENT:
            return *self._before_judges(item, newest), ""
        if keep == Keep.UNVERIFIED:
            return _CONSOLE, item.status_changed_at, ""
        if keep in (Keep.DRIFTED, Keep.GONE):
            at = card.heard_at if card else (link and link.verified_at) or item.status_changed_at
            return _APPROVER, at, _told(card, link)
        who = "bookkeeper" if keep == Keep.CLOSED else (newest.cure_by if newest else "")
        return who or _CONSOLE, item.status_changed_at, newest.reason if newest else ""

    def _before_judges(self, item: Any, newest: Any) -> tuple[str, datetime]:
        not_his = {newest.first_by_id, newest.sent_by_id if self.company.four_eyes else None} if newest else set()
        names = [str(judge) for judge in self.judges[item.kind] if judge.pk not in not_his]
        more = len(names) - _NAMED_AT_MOST
        told = ", ".join([*names[:_NAMED_AT_MOST], *([f"+{more}"] if more > 0 else [])])
        return told or _ADMINISTRATOR, item.status_changed_at


_OF_STATUS = {
    Status.NOT_SENT: Keep.NOT_SENT,
    Status.REJECTED: Keep.RETURNED,
    Status.RETRIEVED: Keep.RETURNED,
    Status.SENT: Keep.SENT,
    Status.EXPORTING: Keep.EXPORTING,
    Status.FAILED: Keep.FAILED,
}


def _link_of(item: Any) -> Link | None:
    return getattr(item, "ledger_link", None)


def _told(card: Drift | None, link: Link | None) -> str:
    if card is not None:
        return "" if card.what == What.CHANGED else str(card.get_what_display())
    return str(link.get_health_display()) if link else ""


def _newest() -> Prefetch[Any]:
    """The newest sending of each, with what was chosen for closed books; not its document, which is long."""
    newest = Submission.objects.filter(item_id=OuterRef("item_id")).order_by("-number").values("pk")[:1]
    rows = Submission.objects.filter(pk=Subquery(newest)).annotate(
        when_closed=KeyTextTransform(CLOSED_PERIOD, "choices")
    )
    rows = rows.defer("document", "choices", "posting").select_related("sent_by__user")
    return Prefetch("submissions", queryset=rows, to_attr="latest")


def _unmatched(
    items: QuerySet[ErpItem], company: Company, row: Connection | None, month: date
) -> Iterator[Outstanding]:
    """The standing payments of the month in QuickBooks for bills of `items` that no invoice knows of."""
    schedule = schedule_of(company)
    if row is None or not schedule.is_on:
        return
    paid = LedgerBillPayment.objects.filter(
        company_id=row.company_id, state=BillState.STANDING, day__range=(month, last_day_of(month))
    )
    known = Payment.objects.filter(company_id=row.company_id).values("payment_id")
    payments = list(paid.exclude(remote_id__in=known).order_by("day", "pk"))
    named = {remote_id for one in payments for _, remote_id, _ in one.lines}
    links = links_of_bills(row.company_id).filter(remote_id__in=named, item__in=items.order_by().values("pk"))
    bills = {(one.entity, one.remote_id): one.item for one in links.select_related("item__project")}
    for one in payments:
        lines = [(bills.get((entity, remote_id)), entity, amount) for entity, remote_id, amount in one.lines]
        ours = [(item, entity, amount) for item, entity, amount in lines if item]
        if ours:
            yield _payment_row(one, ours, why_not_taken(one, schedule, row))


def _payment_row(one: LedgerBillPayment, ours: list[tuple[ErpItem, str, str]], why: Obstacle | None) -> Outstanding:
    item, number = ours[0][0], one.number or one.remote_id
    amount = sum((Decimal(told) * (-1 if entity == "VendorCredit" else 1) for _, entity, told in ours), Decimal("0.00"))
    return Outstanding(
        keep=Keep.UNMATCHED,
        item=item.pk,
        kind=PAYMENT,
        number=number,
        label=f"{number}: {item.label}",
        project=item.project.label if item.project else "",
        day=one.day or date.min,
        amount=amount,
        who=why.who if why else _CONSOLE,
        since=one.entered_at or one.seen_at,
        why=why.sentence if why else gettext_noop("It is taken when payments are read next."),
        payment=one.remote_id,
    )
