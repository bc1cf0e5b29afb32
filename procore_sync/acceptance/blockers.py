"""What holds accepted records up, cause by cause: whoever cures one sees how much money goes on with it.

A record stands behind what it needs: the cause of a bill whose purchase order failed is that of the order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.kinds import spec_of
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.selectors import items_for
from procore_sync.acceptance.states import Status, Work
from procore_sync.accounts.curing import senders_of
from procore_sync.accounts.models import Membership

#: So many held records are looked through, the oldest first.
MOST = 5000
_NEEDS = ErpItem.requires.through
#: Where a record that others wait for lies with those who may send it.
_WITH_SENDERS = (Status.REJECTED, Status.RETRIEVED, Status.NOT_SENT)
_APPROVER = gettext_noop("approver")
_STANDS = Q(work=Work.WAITING, item__status=Status.EXPORTING) | Q(work=Work.PARKED, item__status=Status.FAILED)


@dataclass(frozen=True)
class Held:
    """How many records of one kind a cause holds, and what they come to; None where none has an amount."""

    label: str
    count: int
    amount: Decimal | None


@dataclass
class Cause:
    """One thing to cure, by whom and where, and every record that it holds: those it stops, and all behind them.

    Without a `where` it is cured in the records themselves, or in QuickBooks, as the sentence says.
    """

    sentence: str
    who: str
    where: str
    stopped: list[ErpItem] = field(default_factory=list)
    held: dict[int, ErpItem] = field(default_factory=dict)

    @property
    def records(self) -> list[ErpItem]:
        """All that it holds, the longest held first."""
        return sorted(self.held.values(), key=lambda item: (item.status_changed_at, item.pk))

    @property
    def oldest(self) -> datetime:
        """Since when it holds the first of them."""
        return self.records[0].status_changed_at

    @property
    def amount(self) -> Decimal | None:
        """What they come to; None if none has an amount."""
        return total_of(self.held.values())

    @property
    def by_kind(self) -> list[Held]:
        """How many of each kind, and what they come to."""
        kinds: dict[str, list[ErpItem]] = defaultdict(list)
        for item in self.records:
            kinds[item.kind].append(item)
        return [
            Held(spec_of(kind).plural if len(items) > 1 else spec_of(kind).label, len(items), total_of(items))
            for kind, items in sorted(kinds.items())
        ]

    @property
    def holds(self) -> str:
        """The same for a sentence: "2 commitments, 1 subcontractor invoice"."""
        return ", ".join(f"{one.count:,} {gettext(one.label).lower()}" for one in self.by_kind)


@dataclass(frozen=True)
class HeldUp:
    """The causes of a company, the one that holds the most records first; `count` and `amount` are of all records.

    A record that stands behind two causes is told under both and counted once. The causes are those of the `looked_at`
    records that are held longest.
    """

    causes: list[Cause]
    count: int
    amount: Decimal | None
    looked_at: int

    @property
    def is_whole(self) -> bool:
        """Whether the causes are those of all records."""
        return self.looked_at == self.count


def total_of(items: Iterable[ErpItem]) -> Decimal | None:
    """What they come to; None if none has an amount."""
    amounts = [item.amount for item in items if item.amount is not None]
    return sum(amounts, Decimal("0.00")) if amounts else None


def held_up_for(member: Membership, most: int = MOST) -> HeldUp:
    """What holds up the `most` records held longest of those that `member` may see, in a fixed number of queries."""
    rows = Submission.objects.filter(_STANDS, item__in=items_for(member)).select_related("item")
    rows = rows.defer("document", "posting", "choices").order_by("item__status_changed_at", "pk")
    standing = {row.item_id: row for row in rows[:most]}
    needs = _needs_of(standing)
    outside = {item.pk: item for item in items_for(member).filter(pk__in=_beyond(needs, standing))}
    causes: dict[tuple[str, str], Cause] = {}
    for pk in standing:
        for root in _roots_of(pk, needs, standing):
            cause = _cause_of(root, standing, outside)
            known = causes.setdefault((cause.sentence, cause.where), cause)
            known.held[pk] = standing[pk].item
            if root == pk and standing[pk].work == Work.PARKED:
                known.stopped.append(standing[pk].item)
    found = sorted(causes.values(), key=lambda cause: (-len(cause.held), cause.oldest))
    if len(standing) < most:
        return HeldUp(found, len(standing), total_of(row.item for row in standing.values()), len(standing))
    every = items_for(member).filter(pk__in=rows.order_by().values("item")).order_by()
    told = every.aggregate(count=Count("pk"), amount=Sum("amount"))
    return HeldUp(found, told["count"], told["amount"], len(standing))


def _needs_of(standing: Mapping[int, Submission]) -> dict[int, list[int]]:
    """Of each, what it needs and QuickBooks does not hold."""
    rows = _NEEDS._default_manager.filter(from_erpitem__in=standing, to_erpitem__synced_revision=None)
    found: dict[int, list[int]] = defaultdict(list)
    for row in rows.order_by("pk"):
        found[row.from_erpitem_id].append(row.to_erpitem_id)
    return found


def _beyond(needs: Mapping[int, list[int]], standing: Mapping[int, Submission]) -> set[int]:
    return {one for ones in needs.values() for one in ones if one not in standing}


def _roots_of(pk: int, needs: Mapping[int, list[int]], standing: Mapping[int, Submission]) -> set[int]:
    """The records that `pk` stands behind and that stand behind none; itself if it needs nothing."""
    roots, edge, seen = set(), [pk], {pk}
    while edge:
        one = edge.pop()
        # What stopped has a cause of its own, whatever else it needs.
        ahead = needs.get(one, []) if one in standing and standing[one].work == Work.WAITING else []
        if not ahead:
            roots.add(one)
        edge += [each for each in ahead if each not in seen]
        seen.update(ahead)
    return roots


def _cause_of(root: int, standing: Mapping[int, Submission], outside: Mapping[int, ErpItem]) -> Cause:
    if root in standing:
        row = standing[root]
        return Cause(row.reason or gettext("It stopped and does not say why."), row.cure_by, row.cure_url)
    item = outside.get(root)
    if item is None:
        told = gettext("A private record that you may not see is not in QuickBooks yet.")
        return Cause(told, gettext_noop("administrator"), "")
    where = reverse("acceptance:review", args=[root])
    who = senders_of(item.kind) if item.status in _WITH_SENDERS else ""
    who = _APPROVER if item.status == Status.SENT else who
    said = gettext("%(kind)s %(record)s is not in QuickBooks: it is %(status)s.")
    stands = gettext(item.get_status_display()).lower()
    return Cause(said % {"kind": gettext(item.get_kind_display()), "record": item.label, "status": stands}, who, where)
