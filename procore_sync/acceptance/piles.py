"""Records of one view on which the same thing can be done at once, and what became of them; every read starts from
the person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform

from procore_sync.acceptance.actions import why_not_his
from procore_sync.acceptance.kinds import spec_of
from procore_sync.acceptance.models import ErpItem, Event, Submission, Turn
from procore_sync.acceptance.selectors import as_rows, items_for, listed
from procore_sync.acceptance.states import Action, Decision, Status, Work
from procore_sync.acceptance.unusual import unusual
from procore_sync.accounts.access import Right, may, sendable
from procore_sync.accounts.models import Membership

#: How many lie before a person at once; of more they are told.
MOST = 500
#: What can be done at once to the records of a view; first what it is there for.
ACTIONS_OF: Mapping[str, Sequence[Action]] = MappingProxyType(
    {
        "ready_to_export": (Action.ACCEPT, Action.REJECT, Action.RETRIEVE),
        "ready_to_update": (Action.ACCEPT, Action.REJECT, Action.RETRIEVE),
        "failed": (Action.RETRY, Action.REJECT),
        "returned": (Action.SEND,),
        "not_sent": (Action.SEND,),
    }
)
#: What is decided on a sending that the person saw, not on whatever its record says by then.
ON_A_SENDING = frozenset({Action.ACCEPT, Action.REJECT})
_BY_SENDERS = frozenset({Action.SEND, Action.RETRIEVE})
#: What gives records back is asked for record by record: nothing is ticked before the person has looked.
_TICKED = frozenset({Action.ACCEPT, Action.RETRY, Action.SEND})
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
    """What lies before a person: the first `MOST` records of a view, of the kinds that are theirs."""

    action: Action
    rows: list[Row]
    count: int

    @property
    def is_ticked(self) -> bool:
        """Whether what is ready is ticked at first."""
        return self.action in _TICKED

    @property
    def names_sendings(self) -> bool:
        """Whether what is ticked is the sending that was seen, or the record."""
        return self.action in ON_A_SENDING

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


def actions_in(view: str, member: Membership) -> list[Action]:
    """What `member` may do at once to the records of `view`; what the view is there for comes first."""
    rights = {action: Right.SEND if action in _BY_SENDERS else Right.DECIDE for action in ACTIONS_OF.get(view, ())}
    return [action for action, right in rights.items() if may(member, right)]


def pile_for(member: Membership, action: Action, asked: Mapping[str, str]) -> Pile:
    """The records of the list that an address asks for of which `action` is `member`'s; the queries do not grow."""
    rows = listed(member, asked)
    if action in _BY_SENDERS:
        rows = rows.filter(kind__in=sendable(member))
    else:
        rows = rows.filter(kind__in=[one.kind for one in member.privileges.all() if one.can_export])
    items = list(rows[:MOST])
    seen = _seen(action, items)
    found = [_row(item, seen.get(item.pk)) for item in items]
    if action == Action.ACCEPT:
        found = [replace(row, why_not=_why_not_accept(row.seen, member)) for row in found]
        odd = unusual(items, {row.item.pk: row.party for row in found}, seen_by=member)
        found = [replace(row, unusual=odd.get(row.item.pk, ())) for row in found]
    return Pile(action, found, rows.count())


def _seen(action: Action, items: Sequence[ErpItem]) -> dict[int, Submission]:
    """The sending of each that is decided on, with its party; not the document, which is long."""
    if action == Action.SEND:
        return {}
    undecided, stopped = Q(decision=Decision.OPEN), Q(work=Work.PARKED)
    rows = Submission.objects.filter(undecided | stopped, item__in=items).select_related("sent_by__user")
    party = KeyTextTransform("label", KeyTextTransform("vendor", "document"))
    rows = rows.annotate(party=party).defer("document", "choices", "posting")
    return {submission.item_id: submission for submission in rows.order_by("number")}


def _row(item: ErpItem, seen: Submission | None) -> Row:
    return Row(item, seen, getattr(seen, "party", None) or "", "")


def _why_not_accept(seen: Submission | None, member: Membership) -> str:
    return (seen and why_not_his(seen, member)) or ""


def chosen_submissions(member: Membership, ids: Sequence[int]) -> list[Submission]:
    """Those of these sendings that are of records that `member` may see, in their order; of a record the newest."""
    rows = Submission.objects.filter(pk__in=ids, item__in=items_for(member)).select_related("item__company")
    rows = rows.defer("document", "posting").order_by("item__status_changed_at", "pk")
    return list({row.item_id: row for row in rows}.values())


def chosen_items(member: Membership, ids: Sequence[int]) -> list[ErpItem]:
    """Those of these records that `member` may see, as they lay before them."""
    rows = items_for(member).filter(pk__in=ids).select_related("company")
    return list(rows.order_by("status_changed_at", "pk"))


def turns_for(member: Membership, batch: UUID) -> QuerySet[Turn]:
    """What `member` asked for at once, with what became of each; of what they may still see."""
    shown = Prefetch("item", queryset=as_rows(ErpItem.objects.all()))
    rows = Turn.objects.filter(batch=batch, by=member, item__in=items_for(member)).prefetch_related(shown)
    return rows.annotate(taken_back=taken_back())


def taken_back() -> Exists:
    """Whether what a turn accepted was taken back since; what was accepted anew after that is another acceptance."""
    later = Event.objects.filter(submission=OuterRef("submission"), action=Action.UNDO, at__gte=OuterRef("done_at"))
    return Exists(later)


def firsts_of(turns: Iterable[Turn]) -> list[Submission]:
    """What was accepted in these turns as the first of two, and waits for the second approver."""
    sent = (turn for turn in turns if turn.item.status == Status.SENT)
    return [one for turn, one in _standing(sent) if one.first_by_id == turn.by_id]


def held_of(turns: Iterable[Turn]) -> list[Submission]:
    """What was accepted in these turns and has not left, the first to leave first."""
    return sorted((one for _, one in _standing(turns) if one.is_held), key=lambda one: one.leaves_in)


def _standing(turns: Iterable[Turn]) -> Iterable[tuple[Turn, Submission]]:
    """Those of these turns whose acceptance was not taken back since, with the sending, if none came after it."""
    for turn in turns:
        if turn.action != Action.ACCEPT or turn.taken_back:  # type: ignore[attr-defined]  # by `turns_for`
            continue
        latest = turn.item.latest  # type: ignore[attr-defined]  # by `as_rows`
        yield from ((turn, one) for one in latest if one.pk == turn.submission_id)
