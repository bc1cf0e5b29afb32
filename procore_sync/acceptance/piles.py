"""Records of one view on which the same thing can be done at once, and what became of them; every read starts from
the person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import gettext

from procore_sync.acceptance.kinds import spec_of
from procore_sync.acceptance.models import ErpItem, Submission, Turn
from procore_sync.acceptance.selectors import as_rows, items_for, listed
from procore_sync.acceptance.states import Action, Decision, Work
from procore_sync.acceptance.unusual import unusual
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.models import Membership

#: How many lie before a person at once; of more he is told.
MOST = 500
#: What is done at once to the records of a view.
ACTION_OF: Mapping[str, Action] = MappingProxyType(
    {
        "ready_to_export": Action.ACCEPT,
        "ready_to_update": Action.ACCEPT,
        "failed": Action.RETRY,
        "returned": Action.SEND,
        "not_sent": Action.SEND,
    }
)
_ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Row:
    """One record of a pile. `seen` is the sending that is decided on; `why_not` keeps it out of the pile.

    What is `unusual` about it does not keep it out: it is not ticked until the person has looked.
    """

    item: ErpItem
    seen: Submission | None
    party: str
    why_not: str
    unusual: Sequence[str] = ()


@dataclass(frozen=True)
class Share:
    """What the records of one kind, or for one vendor, come to. `amount` is None where none has an amount."""

    label: str
    count: int
    amount: Decimal | None


@dataclass(frozen=True)
class Pile:
    """What lies before a person: the first `MOST` records of a view, of the kinds that are his."""

    action: Action
    rows: list[Row]
    count: int

    @property
    def ready(self) -> list[Row]:
        """Those that nothing is known to keep out, and nothing is unusual about: what is ticked at first."""
        return [row for row in self.rows if not row.why_not and not row.unusual]

    @property
    def odd(self) -> list[Row]:
        """Those that something is unusual about."""
        return [row for row in self.rows if row.unusual and not row.why_not]

    @property
    def total(self) -> Share:
        """What is ready, in all."""
        return next(iter(_shares(("All", row.item.amount) for row in self.ready)), Share("All", 0, None))

    @property
    def by_kind(self) -> list[Share]:
        """Those, by kind."""
        return _shares((spec_of(row.item.kind).plural, row.item.amount) for row in self.ready)

    @property
    def by_party(self) -> list[Share]:
        """Those, by vendor, where the record has one; most money first."""
        found = _shares((row.party, row.item.amount) for row in self.ready if row.party)
        return sorted(found, key=lambda share: -(share.amount or _ZERO))


def _shares(rows: Iterable[tuple[str, Decimal | None]]) -> list[Share]:
    found: dict[str, Share] = {}
    for label, amount in rows:
        before = found.get(label, Share(label, 0, None))
        both = before.amount if amount is None else (before.amount or _ZERO) + amount
        found[label] = Share(label, before.count + 1, both)
    return list(found.values())


def action_in(view: str, member: Membership) -> Action | None:
    """What `member` may do at once to the records of `view`; None if nothing."""
    action = ACTION_OF.get(view)
    if action is None:
        return None
    return action if may(member, Right.SEND if action == Action.SEND else Right.DECIDE) else None


def pile_for(member: Membership, action: Action, asked: Mapping[str, str]) -> Pile:
    """The records of the list that an address asks for of which `action` is `member`'s; the queries do not grow."""
    rows = listed(member, asked)
    if action != Action.SEND:
        rows = rows.filter(kind__in=[one.kind for one in member.privileges.all() if one.can_export])
    items = list(rows[:MOST])
    seen = _seen(action, items)
    found = [_row(item, seen.get(item.pk), member) for item in items]
    if action == Action.ACCEPT:
        odd = unusual(items, {row.item.pk: row.party for row in found}, seen_by=member)
        found = [replace(row, unusual=odd.get(row.item.pk, ())) for row in found]
    return Pile(action, found, rows.count())


def _seen(action: Action, items: Sequence[ErpItem]) -> dict[int, Submission]:
    """The sending of each that is decided on, with its party; not the document, which is long."""
    if action == Action.SEND:
        return {}
    state = {"decision": Decision.OPEN} if action == Action.ACCEPT else {"work": Work.PARKED}
    rows = Submission.objects.filter(item__in=items, **state).select_related("sent_by__user")
    party = KeyTextTransform("label", KeyTextTransform("vendor", "document"))
    rows = rows.annotate(party=party).defer("document", "choices", "posting")
    return {submission.item_id: submission for submission in rows.order_by("number")}


def _row(item: ErpItem, seen: Submission | None, member: Membership) -> Row:
    own = seen and member.company.four_eyes and seen.sent_by_id == member.pk and seen.decision == Decision.OPEN
    why_not = gettext("You sent it yourself, so somebody else has to accept it.") if own else ""
    return Row(item, seen, getattr(seen, "party", None) or "", why_not)


def chosen_submissions(member: Membership, ids: Sequence[int]) -> list[Submission]:
    """Those of these sendings that are of records that `member` may see, in their order; of a record the newest."""
    rows = Submission.objects.filter(pk__in=ids, item__in=items_for(member)).select_related("item__company")
    rows = rows.defer("document", "posting").order_by("item__status_changed_at", "pk")
    return list({row.item_id: row for row in rows}.values())


def chosen_items(member: Membership, ids: Sequence[int]) -> list[ErpItem]:
    """Those of these records that `member` may see, as they lay before him."""
    rows = items_for(member).filter(pk__in=ids).select_related("company")
    return list(rows.order_by("status_changed_at", "pk"))


def turns_for(member: Membership, batch: UUID) -> QuerySet[Turn]:
    """What `member` himself asked for at once, with what became of each; of what he may still see."""
    shown = Prefetch("item", queryset=as_rows(ErpItem.objects.all()))
    return Turn.objects.filter(batch=batch, by=member, item__in=items_for(member)).prefetch_related(shown)


def held_of(turns: Iterable[Turn]) -> list[Submission]:
    """What was accepted in these turns and has not left, the first to leave first."""
    accepted = (turn.item for turn in turns if turn.action == Action.ACCEPT)
    newest = (item.latest[0] for item in accepted if item.latest)  # type: ignore[attr-defined]  # by `as_rows`
    return sorted((one for one in newest if one.is_held), key=lambda one: one.leaves_in)
