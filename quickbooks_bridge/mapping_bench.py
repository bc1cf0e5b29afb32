"""What a change of mappings would do, before it is saved: postings as they are made now, beside what they would be.

Nothing is written and nobody is asked: each posting is made twice by what makes it at acceptance (docs/adr/0050).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext, gettext_noop, ngettext

from procore_sync.acceptance.amount_rules import fingerprint_of, why_lapsed
from procore_sync.acceptance.courier import Choices, Posting
from procore_sync.acceptance.models import Document, ErpItem, Submission
from procore_sync.acceptance.selectors import items_for
from procore_sync.acceptance.states import Decision, Status, Work
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput
from quickbooks_bridge.courier import preview_of
from quickbooks_bridge.defaults import Changed, Tried
from quickbooks_bridge.exporters.bills import RETAINAGE
from quickbooks_bridge.exporters.keys import key_of
from quickbooks_bridge.models import Thing
from quickbooks_bridge.reads import Reads, ReadsOnce

#: So many past bills are tried at once, so many are offered to choose from, and so many that wait are tried.
MOST_PAST, OFFERED, MOST_WAITING = 20, 60, 200

#: Which kinds of record a mapping says something of, while they are not accepted.
SAYS: Mapping[str, frozenset[Kind]] = {
    Thing.INCOME_ACCOUNT: frozenset({Kind.COST_CODE}),
    Thing.EXPENSE_ACCOUNT: frozenset({Kind.COST_CODE}),
    Thing.TERMS: frozenset({Kind.VENDOR, Kind.INVOICE}),
    Thing.RETAINAGE_ITEM: frozenset({Kind.INVOICE}),
    Thing.WORK_TAX: frozenset({Kind.COMMITMENT, Kind.CHANGE_ORDER, Kind.INVOICE}),
    Thing.RETAINAGE_TAX: frozenset({Kind.INVOICE}),
    Thing.CLASS: frozenset({Kind.COMMITMENT, Kind.CHANGE_ORDER, Kind.INVOICE}),
    Thing.LOCATION: frozenset({Kind.INVOICE}),
}
_ON_LINES = ("Class", "Tax")
_LINE, _AMOUNT = "Line", "Amount"


@dataclass(frozen=True)
class Cell:
    """A value of a posting, as it is made now and as it would be."""

    label: str
    before: str
    after: str

    @property
    def changes(self) -> bool:
        """Whether the two differ."""
        return self.before != self.after


@dataclass(frozen=True)
class TriedLine:
    """A line of a posting that would change: what it is for, and its amount, which stays."""

    key: str
    cells: list[Cell]
    amount: Decimal


@dataclass(frozen=True)
class TriedRecord:
    """What would change of one posting. `lapses` is who accepted it first, whose acceptance would not count any more.

    Of a past one, `went_otherwise` says that it is in QuickBooks neither as it would be made now.
    """

    item: ErpItem
    at: datetime
    facts: list[Cell]
    lines: list[TriedLine]
    line_count: int
    lapses: str = ""
    went_otherwise: bool = False

    @property
    def changes(self) -> bool:
        """Whether anything of it would change."""
        return bool(self.facts or self.lines)


@dataclass(frozen=True)
class PastBill:
    """A bill in QuickBooks that can be tried. `uses` says that it went with a mapping that would change."""

    sending: Submission
    uses: bool
    is_tried: bool


@dataclass(frozen=True)
class Bench:
    """The whole answer. `offered` are past bills to choose from, newest first, those that are tried among them."""

    changes: list[Changed]
    waiting: list[TriedRecord]
    waiting_count: int
    past: list[TriedRecord]
    offered: list[PastBill]
    on_their_way: int
    there: int
    things: frozenset[str]

    @property
    def stays(self) -> list[str]:
        """What stays as it is, and what does not though it is not shown, as sentences."""
        return list(_stays(self))


def bench_for(member: Membership, tried: Tried, past: Collection[int] | None = None) -> Bench:
    """What `tried` would do to what waits and to `past`, items of bills in QuickBooks; else to the latest that use it.

    Of records that `member` may see. Writes nothing; so many queries however many records there are.

    Raises:
        NotAllowed: `member` may not change mappings.
        InvalidInput: more past bills than `MOST_PAST`, or one that is no bill of theirs in QuickBooks.
    """
    require(member, Right.MAP)
    kinds = {kind for thing in tried.things for kind in SAYS[thing]}
    rows = items_for(member).filter(kind__in=kinds)
    if tried.project:
        rows = rows.filter(project_id=tried.project.erp_id)
    open_ones = Submission.objects.filter(item__in=rows.filter(status=Status.SENT), decision=Decision.OPEN)
    waiting = list(_with_records(open_ones).order_by("sent_at", "pk")[:MOST_WAITING])
    bills = _bills(rows) if Kind.INVOICE in kinds else Submission.objects.none()
    candidates = list(bills.order_by("-decided_at", "-pk")[:OFFERED])
    candidates += _beyond(bills, candidates, past or ())
    records = [(one.item, one.document) for one in (*waiting, *candidates)]
    now = ReadsOnce(member.company_id, records, anew=[one.item_id for one in candidates])
    using = {one.item_id for one in candidates if _uses(one, tried, now)}
    chosen = _chosen(candidates, using, past)
    tries = _Trying(now, now.under(tried.mapped))
    counts = rows.aggregate(
        waiting=Count("pk", filter=Q(status=Status.SENT)),
        way=Count("pk", filter=Q(status__in=(Status.EXPORTING, Status.FAILED))),
        there=Count("pk", filter=Q(status=Status.SYNCED)),
    )
    return Bench(
        changes=tried.changes,
        waiting=[tries.waiting(one) for one in waiting],
        waiting_count=counts["waiting"],
        past=[tries.past(one) for one in candidates if one.item_id in chosen],
        offered=[PastBill(one, one.item_id in using, one.item_id in chosen) for one in candidates],
        on_their_way=counts["way"],
        there=counts["there"],
        things=tried.things,
    )


def _with_records(rows: QuerySet[Submission]) -> QuerySet[Submission]:
    shown = rows.select_related("item__company", "item__vendor", "item__project", "first_by__user")
    return shown.prefetch_related("first_by__privileges")


def _bills(rows: QuerySet[ErpItem]) -> QuerySet[Submission]:
    """What QuickBooks took last of each bill that stands there as it was posted from here."""
    done = Submission.objects.filter(item__in=rows.filter(kind=Kind.INVOICE, status=Status.SYNCED), work=Work.DONE)
    return _with_records(done.filter(revision=F("item__synced_revision")).exclude(posting={}))


def _beyond(bills: QuerySet[Submission], known: Sequence[Submission], asked: Collection[int]) -> list[Submission]:
    """Those that are asked for and not among the latest."""
    missing = set(asked) - {one.item_id for one in known}
    return list(bills.filter(item__in=missing).order_by("-decided_at", "-pk")) if missing else []


def _chosen(candidates: Sequence[Submission], using: set[int], past: Collection[int] | None) -> set[int]:
    if past is None:
        latest = [one.item_id for one in candidates if one.item_id in using or not using]
        return set(latest[:MOST_PAST])
    asked = set(past)
    wrong = ""
    if len(asked) > MOST_PAST:
        wrong = gettext("Choose at most %(most)s past bills to try it with.") % {"most": MOST_PAST}
    elif asked - {one.item_id for one in candidates}:
        wrong = gettext("One of those chosen is not a bill in QuickBooks that the change could affect. Choose again.")
    if wrong:
        raise InvalidInput(wrong, errors={"past": [wrong]})
    return asked


def _uses(sending: Submission, tried: Tried, reads: ReadsOnce) -> bool:
    """Whether it went to QuickBooks with what a mapping that would change says now."""
    went, standing = _went_with(sending.posting["payload"]), reads.mapped(sending.item)
    own = {thing for key, thing in reads.standing if key and key == str(sending.item.project_id or "")}
    return any(standing.get(thing, "") in went[Thing(thing)] for key, thing in tried.mapped if key or thing not in own)


def _went_with(payload: Document) -> dict[Thing, set[str]]:
    """What a posting says, by the thing whose mapping could have said it."""
    found: dict[Thing, set[str]] = {thing: set() for thing in Thing}
    found[Thing.TERMS] = {_value(payload, "SalesTermRef")}
    found[Thing.LOCATION] = {_value(payload, "DepartmentRef")}
    for line in payload.get("Line", []):
        detail, retained = line.get(line.get("DetailType", ""), {}), key_of(line) in RETAINAGE
        found[Thing.CLASS].add(_value(detail, "ClassRef"))
        found[Thing.RETAINAGE_TAX if retained else Thing.WORK_TAX].add(_value(detail, "TaxCodeRef"))
        if retained:
            found[Thing.RETAINAGE_ITEM].add(_value(detail, "ItemRef"))
    return found


def _value(holder: Document, name: str) -> str:
    return str((holder.get(name) or {}).get("value") or "")


class _Trying:
    """Makes each posting twice: by what is mapped, and by what would be."""

    def __init__(self, now: Reads, then: Reads) -> None:
        self._now, self._then = now, then

    def waiting(self, sending: Submission) -> TriedRecord:
        """What whoever opens it next would see otherwise; what its first approver chose stays chosen."""
        before, after = self._both(sending, sending.first_choices)
        lapses = bool(sending.first_by) and not why_lapsed(sending, before)
        lapses = lapses and fingerprint_of(after) != sending.first_posting
        told = str(sending.first_by) if lapses else ""
        return self._record(sending, sending.sent_at, before, after, lapses=told)

    def past(self, sending: Submission) -> TriedRecord:
        """What would be otherwise if it came now."""
        before, after = self._both(sending, {})
        otherwise = _went_with(sending.posting["payload"]) != _went_with(before.payload)
        return self._record(sending, sending.decided_at or sending.sent_at, before, after, went_otherwise=otherwise)

    def _both(self, sending: Submission, picked: Choices) -> tuple[Posting, Posting]:
        before, after = (self._posting(sending, picked, reads) for reads in (self._now, self._then))
        return before, after

    def _posting(self, sending: Submission, picked: Choices, reads: Reads) -> Posting:
        preview = preview_of(sending.item, sending.document, reads)
        proposed = {one.name: one.initial for one in preview.mapped_choices() if one.initial}
        return preview.posting({name: value for name, value in {**proposed, **picked}.items() if value})

    def _record(
        self, sending: Submission, at: datetime, before: Posting, after: Posting, **told: str | bool
    ) -> TriedRecord:
        lines = _without_empty(list(self._lines(sending.company_id, before, after)))
        heads = _ON_LINES if before.lines else ()
        facts = [one for one in _facts(before, after) if one.changes and one.label not in heads]
        changed = [one for one in lines if any(cell.changes for cell in one.cells)]
        return TriedRecord(sending.item, at, facts, changed, len(lines), **told)  # type: ignore[arg-type]  # by its name

    def _lines(self, company_id: int, before: Posting, after: Posting) -> Iterator[TriedLine]:
        rows = self._now.rows(company_id, "Class", "TaxCode") if before.lines else ()
        called = {(row.entity, row.remote_id): row.fully_qualified_name for row in rows}
        sides = (zip(one.lines, one.payload.get("Line", []), strict=False) for one in (before, after))
        for (old, old_line), (new, new_line) in zip(*sides, strict=True):
            said = [dict(zip(posting.columns, row, strict=True)) for posting, row in ((before, old), (after, new))]
            cells = [Cell(name, said[0].get(name, ""), said[1].get(name, "")) for name in ("Item", "Account")]
            for label, entity in ((gettext_noop("Class"), "Class"), (gettext_noop("Tax code"), "TaxCode")):
                ids = [_value(line[line["DetailType"]], f"{entity}Ref") for line in (old_line, new_line)]
                names = [called.get((entity, one), one) for one in ids]
                cells.append(Cell(label, *names))
            yield TriedLine(said[0][_LINE], cells, Decimal(said[0][_AMOUNT]))


def _without_empty(lines: list[TriedLine]) -> list[TriedLine]:
    """The lines without what none of them says, such as tax codes in the United States."""
    said = {cell.label for line in lines for cell in line.cells if cell.before or cell.after}
    return [replace(line, cells=[cell for cell in line.cells if cell.label in said]) for line in lines]


def _facts(before: Posting, after: Posting) -> Iterator[Cell]:
    old, new = _told(before), _told(after)
    for label in dict.fromkeys((*old, *new)):
        yield Cell(label, old.get(label, ""), new.get(label, ""))


def _told(posting: Posting) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for fact in posting.facts:
        found.setdefault(fact.label, []).append(fact.value)
    return {label: ", ".join(values) for label, values in found.items()}


def _stays(bench: Bench) -> Iterator[str]:
    if bench.there:
        yield ngettext(
            "%(n)s of these kinds is in QuickBooks and is not rewritten. Where it is corrected and sent again, what "
            "was chosen for it stands there again.",
            "%(n)s of these kinds are in QuickBooks and are not rewritten. Where one is corrected and sent again, what "
            "was chosen for it stands there again.",
            bench.there,
        ) % {"n": bench.there}
    if bench.on_their_way:
        yield ngettext(
            "%(n)s is accepted and not there yet. It goes as it was accepted, with the accounts, classes, terms, taxes "
            "and the retainage item of that moment; only the numbers of vendor, job and cost codes are put in later.",
            "%(n)s are accepted and not there yet. They go as they were accepted, with the accounts, classes, terms, "
            "taxes and the retainage item of that moment; only the numbers of vendor, job and cost codes are put in "
            "later.",
            bench.on_their_way,
        ) % {"n": bench.on_their_way}
    yield gettext(
        "Records that wait show the new ones as soon as they are saved, to whoever opens them, who can still choose "
        "otherwise. Accepted among many, or under Direct Export, they go with them by themselves."
    )
    yield from (gettext(sentence) for things, sentence in _BESIDES if things & bench.things)


_BESIDES: tuple[tuple[frozenset[str], str], ...] = (
    (
        frozenset({Thing.INCOME_ACCOUNT, Thing.EXPENSE_ACCOUNT}),
        gettext_noop(
            "Items that stand in QuickBooks keep their accounts, and bills are posted to the account of the item. So "
            "this changes no bill."
        ),
    ),
    (
        frozenset({Thing.RETAINAGE_ITEM}),
        gettext_noop(
            "A bill that is corrected and sent again takes the new retainage item. Job costs and payments are read "
            "anew from the beginning, since the item tells retainage from cost."
        ),
    ),
)
