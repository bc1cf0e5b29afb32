"""Which statements a person sees, what of each, and what has changed since; every read starts from the person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import F, QuerySet
from django.utils.translation import gettext_noop

from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.selectors import items_for
from procore_sync.acceptance.states import Status
from procore_sync.accounts.access import visible
from procore_sync.accounts.models import Membership
from quickbooks_bridge.month_end.rows import Keep, MonthEndStatement, Outstanding
from quickbooks_bridge.tie_out_signing import with_signed_again

ARRIVED = gettext_noop("In QuickBooks now")
LEFT = gettext_noop("Not of this month any more")
SETTLED = gettext_noop("Taken here, or gone in QuickBooks")
CHANGED = gettext_noop("Another date or amount")
SAME = gettext_noop("As it was")


def statements_for(member: Membership) -> QuerySet[MonthEndStatement]:
    """The statements of the company, the newest month first; of each, `rows_seen` is what they may see, and
    `signed_again` whether its month was signed later.
    """
    rows = visible(MonthEndStatement.objects.select_related("signed_by__user", "company"), member)
    return with_signed_again(rows)


def last_statement(member: Membership, month: date) -> MonthEndStatement | None:
    """The statement that was signed last for the month."""
    return statements_for(member).filter(month=month).first()


def rows_seen(statement: MonthEndStatement, member: Membership) -> list[Outstanding]:
    """What was signed, without private records that `member` may not read; one query."""
    rows = statement.rows
    seen = set(items_for(member).filter(pk__in={row.item for row in rows}).values_list("pk", flat=True))
    return [row for row in rows if row.item in seen]


@dataclass(frozen=True)
class Then:
    """A row as it was signed, what it says now (None if it is in the list no more), and that in words."""

    row: Outstanding
    now: Outstanding | None
    said: str


@dataclass(frozen=True)
class Since:
    """A signed list beside the list as it stands now."""

    signed: list[Then]
    added: list[Outstanding]

    @property
    def arrived(self) -> int:
        """How many that were signed are in QuickBooks now."""
        return sum(one.said == ARRIVED for one in self.signed)

    @property
    def left(self) -> int:
        """How many that were signed are in the list no more for another reason."""
        return sum(one.said in (LEFT, SETTLED) for one in self.signed)

    @property
    def changed(self) -> int:
        """How many that were signed are in the list with another state, date or amount."""
        return sum(one.now is not None and one.said != SAME for one in self.signed)

    @property
    def is_nothing(self) -> bool:
        """Whether the list is still the one that was signed."""
        return not self.added and all(one.said == SAME for one in self.signed)


def since(signed: Sequence[Outstanding], now: Sequence[Outstanding]) -> Since:
    """What has become of what was signed, and what came since; one query."""
    there, then = {one.key: one for one in now}, {one.key for one in signed}
    gone = {one.item for one in signed if one.key not in there}
    equal = ErpItem.objects.filter(pk__in=gone, status=Status.SYNCED, differs=False, synced_revision=F("revision"))
    held = set(equal.values_list("pk", flat=True))
    return Since(
        [Then(one, there.get(one.key), _said(one, there.get(one.key), held)) for one in signed],
        [one for one in now if one.key not in then],
    )


def _said(row: Outstanding, now: Outstanding | None, held: set[int]) -> str:
    if now is None:
        return SETTLED if row.payment else ARRIVED if row.item in held else LEFT
    if row.says(now):
        return SAME
    return str(Keep(now.keep).label) if now.keep != row.keep else CHANGED
