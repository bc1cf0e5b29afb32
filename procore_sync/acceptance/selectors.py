"""What lists of records show: the inbox, its counts and order, notices, journal; every read starts from the person."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Count, Exists, F, Model, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.utils import timezone
from django.utils.translation import gettext_noop

from procore_sync.acceptance.abouts import About
from procore_sync.acceptance.kinds import given_up
from procore_sync.acceptance.models import ErpItem, Event, Notice, Submission
from procore_sync.acceptance.states import Decision, Status, Work
from procore_sync.accounts.access import Right, may, visible
from procore_sync.accounts.models import KindPrivilege, Membership, Role
from procore_sync.kit.finding import carrying
from procore_sync.kit.kinds import Kind
from procore_sync.kit.ticks import row_numbers

M = TypeVar("M", bound=Model)
#: From so many unread notices on nobody cares how many there are.
MOST_COUNTED = 100
#: What of an address makes a list.
_NARROWING = ("kind", "project", "party", "sender", "q", "late")
PARTS = ("view", *_NARROWING, "sort")
NEEDS = ErpItem.requires.through
#: Only commitments are made private; what hangs on one is as private as it, so who decides on these sees all of it.
PRIVATE_WITH = Kind.COMMITMENT


@dataclass(frozen=True)
class View:
    """A view of the inbox: its name and which items stand in it (domain.md §4).

    `taken` asks whether the ledger has taken the item before, `changed` that it was edited since.
    """

    key: str
    label: str
    statuses: tuple[Status, ...]
    taken: bool | None = None
    changed: bool = False

    @property
    def rows(self) -> Q:
        """The same as a condition of a query."""
        asked = Q(status__in=self.statuses)
        if self.taken is not None:
            asked &= Q(synced_revision__isnull=not self.taken)
        return asked & Q(revision__gt=F("synced_revision")) if self.changed else asked

    def holds(self, state: Mapping[str, Any]) -> bool:
        """Whether items of this status, synced_revision and revision stand in the view."""
        synced = state["synced_revision"]
        if state["status"] not in self.statuses or self.taken not in (None, synced is not None):
            return False
        return not self.changed or (synced is not None and state["revision"] > synced)


VIEWS = (
    View("ready_to_export", gettext_noop("Ready to export"), (Status.SENT,), taken=False),
    View("ready_to_update", gettext_noop("Ready to update"), (Status.SENT,), taken=True),
    View("exporting", gettext_noop("Exporting"), (Status.EXPORTING,)),
    View("failed", gettext_noop("Failed"), (Status.FAILED,)),
    View("synced", gettext_noop("Synced"), (Status.SYNCED,)),
    View("changed", gettext_noop("Changed since sync"), (Status.SYNCED,), changed=True),
    View("returned", gettext_noop("Rejected or retrieved"), (Status.REJECTED, Status.RETRIEVED)),
    View("not_sent", gettext_noop("Not sent"), (Status.NOT_SENT,)),
)


def items_for(member: Membership) -> QuerySet[ErpItem]:
    """Every item that `member` may see, of their company only; of the private ones those that they may read."""
    return readable(visible(ErpItem.objects.all(), member), member)


def readable(rows: QuerySet[M], member: Membership, erp: str = "") -> QuerySet[M]:
    """`rows` without those whose item is private and not for `member`; `erp` is the path from a row to its item."""
    if member.role == Role.ADMINISTRATOR:
        return rows
    path = f"{erp}__" if erp else ""
    decides = KindPrivilege.objects.filter(membership=member, can_export=True, kind=PRIVATE_WITH)
    his = ErpItem.readers.through.objects.filter(membership=member).values("erpitem")
    return rows.filter(Q(**{f"{path}is_private": False}) | Exists(decides) | Q(**{f"{path}pk__in": his}))


def readers_of(item: ErpItem) -> QuerySet[Membership]:
    """Who may see `item`: the other side of `items_for`."""
    members = Membership.objects.filter(company_id=item.company_id, is_active=True, user__is_active=True)
    members = members.exclude(role=Role.INVOICE_CONTACT)
    if item.is_private:
        decides = Q(privileges__kind=PRIVATE_WITH, privileges__can_export=True)
        reads = Q(pk__in=item.readers.through.objects.filter(erpitem=item).values("membership"))
        members = members.filter(Q(role=Role.ADMINISTRATOR) | decides | reads).distinct()
    return members.select_related("user").order_by("user__name", "user__email")


def inbox_for(member: Membership, view: str = "ready_to_export", kind: str = "", query: str = "") -> QuerySet[ErpItem]:
    """The items of one view, oldest first where they wait for a person, with what a row shows, in constant queries."""
    rows = items_for(member).filter(view_of(view).rows)
    if kind:
        rows = rows.filter(kind=kind)
    if query:
        rows = rows.filter(_says(query, member))
    order = ("-status_changed_at", "-pk") if view in ("synced", "not_sent") else ("status_changed_at", "pk")
    return as_rows(rows).order_by(*order)


def _says(words: str, member: Membership) -> Q:
    """A record that carries the words in its name or number, or in the name of its project or vendor."""
    found = carrying(words, "label", "number")
    rows = visible(ErpItem.objects.filter(carrying(words, "label")), member)
    # Read first: the few that are found lead to their records through the index.
    named = list(rows.filter(kind__in=(Kind.PROJECT, Kind.VENDOR)).values_list("kind", "pk"))
    projects, parties = ([pk for kind, pk in named if kind == wanted] for wanted in (Kind.PROJECT, Kind.VENDOR))
    if projects:
        found |= Q(project__in=projects)
    return found | Q(pk__in=_paid_to(parties)) if parties else found


def _paid_to(parties: Sequence[int]) -> QuerySet[Any, Any]:
    """These vendors and their records: what needs one, or needs what does, as a change order needs its commitment."""
    direct = NEEDS._default_manager.filter(to_erpitem__in=parties).values("from_erpitem")
    through = NEEDS._default_manager.filter(to_erpitem__in=direct).values("from_erpitem")
    return ErpItem.objects.filter(pk__in=parties).values("pk").union(direct, through)


def narrowed_to(asked: Mapping[str, str]) -> Q:
    """What an address narrows a list to: a `project` and a vendor (`party`) by the number of its item, whose own record
    is among them, and a `sender`, by the number of their membership.

    What is no number names nothing, so nothing is in the list.
    """
    found = Q()
    for name, of in (("project", _of_project), ("party", _of_party), ("sender", _sent_by)):
        if asked.get(name):
            number = row_numbers([asked[name]])
            found &= of(number[0]) if number else Q(pk__in=[])
    return found


def _of_project(number: int) -> Q:
    return Q(project=number) | Q(pk=number)


def _of_party(number: int) -> Q:
    return Q(pk__in=_paid_to([number]))


def _sent_by(number: int) -> Q:
    return Q(pk__in=last_sendings().filter(sent_by=number).values("item"))


def last_sendings() -> QuerySet[Submission]:
    """Of every record the sending that nothing came after: who sent it is its sender."""
    later = Submission.objects.filter(item=OuterRef("item"), number__gt=OuterRef("number"))
    return Submission.objects.filter(~Exists(later))


@dataclass(frozen=True)
class Order:
    """An order of the list that a person chose: the column of an item, upwards or downwards."""

    key: str
    label: str
    column: str
    downwards: bool = False

    @property
    def by(self) -> tuple[Any, ...]:
        """The same for a query; what has no amount comes last, and equals always in the same order."""
        column = F(self.column)
        return (column.desc(nulls_last=True) if self.downwards else column.asc(nulls_last=True), "pk")

    def after(self, item: ErpItem) -> Q:
        """What comes after `item`, of equals by their numbers; of what has a value none, where `item` has none."""
        value = getattr(item, self.column)
        if value is None:
            return Q(**{f"{self.column}__isnull": True}, pk__gt=item.pk)
        beside_or_after = Q(**{f"{self.column}__{'lte' if self.downwards else 'gte'}": value})
        return beside_or_after & ~Q(**{self.column: value}, pk__lte=item.pk)


ORDERS = (
    Order("oldest", gettext_noop("Oldest first"), "status_changed_at"),
    Order("newest", gettext_noop("Newest first"), "status_changed_at", downwards=True),
    Order("most", gettext_noop("Most money first"), "amount", downwards=True),
    Order("least", gettext_noop("Least money first"), "amount"),
    Order("name", gettext_noop("By name"), "label"),
    Order("kind", gettext_noop("By kind"), "kind"),
)


def listed(member: Membership, asked: Mapping[str, str]) -> QuerySet[ErpItem]:
    """The items of the list that an address asks for: `view`, `kind`, `project`, vendor (`party`), `sender` and words
    (`q`), `late` ones only, in `sort`.
    """
    rows = inbox_for(member, asked.get("view", ""), asked.get("kind", ""), asked.get("q", "").strip())
    rows = rows.filter(narrowed_to(asked))
    if asked.get("late"):
        rows = rows.filter(status=Status.SENT, status_changed_at__lte=_late_since(member))
    order = order_of(asked)
    return rows.order_by(*order.by) if order else rows


def order_of(asked: Mapping[str, str]) -> Order | None:
    """The order that an address asks for, if it is one of ours."""
    return next((order for order in ORDERS if order.key == asked.get("sort")), None)


def _late_since(member: Membership) -> datetime:
    return timezone.now() - timedelta(days=member.company.late_after_days)


def late_count(member: Membership, asked: Mapping[str, str]) -> int:
    """How many of a list wait longer than the company has agreed; 0 where it has agreed nothing."""
    return listed(member, {**asked, "late": "1"}).count() if member.company.late_after_days else 0


def whole(piece: QuerySet[ErpItem]) -> QuerySet[ErpItem]:
    """`piece` of a list, as its rows show it; where it lies is found in the index alone, however far down that is."""
    return as_rows(ErpItem.objects.filter(pk__in=piece.values("pk"))).order_by(*piece.query.order_by)


def as_rows(items: QuerySet[ErpItem]) -> QuerySet[ErpItem]:
    """`items` with what a row of the inbox shows of each."""
    return items.select_related("project").prefetch_related(_latest())


def stamp_of(rows: Iterable[ErpItem], counts: Mapping[str, int]) -> str:
    """What changes whenever one of `rows`, from `as_rows`, their order or `counts` would be shown otherwise."""
    shown = [(row.pk, row.status, row.revision, row.differs, _work_of(row), _lookers(row)) for row in rows]
    return hashlib.sha256(repr((shown, counts)).encode()).hexdigest()[:32]


def _lookers(row: ErpItem) -> list[str]:
    """Who has it open, where that was asked."""
    found: list[str] = getattr(row, "looking", [])
    return found


def _work_of(row: ErpItem) -> list[Any]:
    return [(one.pk, one.work, one.fence, one.reason, one.first_by_id) for one in row.latest]  # type: ignore[attr-defined]  # by `as_rows`


def _latest() -> Prefetch[Any]:
    newest = Submission.objects.filter(item_id=OuterRef("item_id")).order_by("-number").values("pk")[:1]
    # What was frozen is long where the record has lines, and no row of a list shows it.
    rows = Submission.objects.filter(pk=Subquery(newest)).defer("document", "first_choices", "choices", "posting")
    rows = rows.select_related("sent_by__user", "first_by__user")
    return Prefetch("submissions", queryset=rows, to_attr="latest")


def view_of(key: str) -> View:
    """The view of this key, else the first one."""
    return next((view for view in VIEWS if view.key == key), VIEWS[0])


def view_counts(member: Membership, kind: str = "") -> dict[str, int]:
    """How many items stand in each view, in one query."""
    return counted(states_for(member, **({"kind": kind} if kind else {})), kind)


def counted(states: Iterable[Mapping[str, Any]], kind: str = "") -> dict[str, int]:
    """How many of what `states_for` has counted stand in each view, of all kinds or of one."""
    of_kind = [state for state in states if kind in ("", state["kind"]) and not state["whose"]]
    return {view.key: sum(state["count"] for state in of_kind if view.holds(state)) for view in VIEWS}


#: What is given back lies before whoever sends.
GIVEN_BACK = (Status.REJECTED, Status.RETRIEVED)
#: What `states_for` counts once more: what another has to accept, and what was given back to the person who looks.
OF_OTHERS, HIS = "others", "his"


def waits_before(member: Membership) -> tuple[Status, ...]:
    """In which states a record can wait for `member` personally."""
    return (Status.SENT, Status.FAILED, *(GIVEN_BACK if may(member, Right.SEND) else ()))


def waiting_counts(member: Membership, states: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """What of the records that `states_for` has counted waits for `member` personally, by its place in the menu."""
    waiting = {"Inbox": 0, "Failed": 0}
    for state in states:
        counts_for_him = state["status"] not in GIVEN_BACK or state["whose"] == HIS
        if counts_for_him and _may_act_on(state, member) and state["status"] in waits_before(member):
            place = "Failed" if state["status"] == Status.FAILED else "Inbox"
            waiting[place] += -state["count"] if state["whose"] == OF_OTHERS else state["count"]
    return waiting


def _may_act_on(state: Mapping[str, Any], member: Membership) -> bool:
    asked = {Status.SENT: Right.DECIDE, **dict.fromkeys(GIVEN_BACK, Right.SEND)}.get(state["status"])
    return asked is None or may(member, asked, state["kind"])


def states_for(member: Membership, *narrowed: Q, **only: Any) -> list[dict[str, Any]]:
    """In which kinds and states the items are that `member` may see and that are `only` so, and how many in each.

    One query. The private ones, which are few, are counted apart: whose they are is asked of no other, so that the
    others can be counted without reading them, in the index. Those that are another's to accept are counted once more
    by themselves (`whose` is OF_OTHERS), and so is what was given back to `member` (HIS) and is not given up.
    """
    seen = visible(ErpItem.objects.filter(*narrowed, **only), member)
    private = readable(seen.filter(is_private=True), member)
    others = readable(seen.filter(status=Status.SENT, pk__in=of_others(member)), member)
    his = readable(seen.filter(owned_by(member), status__in=GIVEN_BACK).exclude(given_up()), member)
    apart = (_states(private), _states(others, OF_OTHERS), _states(his, HIS))
    return list(_states(seen.filter(is_private=False)).union(*apart, all=True))


def _states(rows: QuerySet[ErpItem], whose: str = "") -> QuerySet[Any, Any]:
    """Grouped in the order in which the index holds them."""
    states = rows.order_by().values("kind", "status", "synced_revision", "revision")
    return states.annotate(count=Count("*"), whose=Value(whose))


def owned_by(member: Membership) -> Q:
    """The records that `member` created or has sent."""
    return Q(created_by=member) | Q(pk__in=Submission.objects.filter(sent_by=member).values("item"))


def of_others(member: Membership) -> QuerySet[Any, Any]:
    """The items that wait for a decision and that another than `member` has to accept, as `why_not_his` says: they sent
    them where the sender may not accept, or accepted them as the first of two.
    """
    waiting = Submission.objects.filter(decision=Decision.OPEN).order_by()
    first = waiting.filter(first_by=member).values("item")
    # Each from an index of its own.
    return first.union(waiting.filter(sent_by=member).values("item")) if member.company.four_eyes else first


def queue_in(member: Membership, asked: Mapping[str, str]) -> QuerySet[ErpItem]:
    """What of the list that an address asks for lies before `member`: sent or stopped, of kinds on which they decide,
    without what another has to accept.
    """
    rows = listed(member, asked).filter(status__in=(Status.SENT, Status.FAILED), kind__in=_decided_by(member))
    return rows.exclude(pk__in=of_others(member))


def _decided_by(member: Membership) -> list[str]:
    return [privilege.kind for privilege in member.privileges.all() if privilege.can_export]


def stays_in(asked: Mapping[str, str]) -> bool:
    """Whether who has worked off the list that an address asks for is left there: it is narrowed, or holds nothing
    sent.
    """
    return any(asked.get(name) for name in _NARROWING) or Status.SENT not in view_of(asked.get("view", "")).statuses


def next_in_list(member: Membership, after: ErpItem, asked: Mapping[str, str]) -> ErpItem | None:
    """What lies before `member` after `after` in the list that the address asks for, in its order, or None.

    `after` is as it stood in that list. From its end it goes on at its beginning.
    """
    rows = queue_in(member, asked).exclude(pk=after.pk).select_related("company", "project").prefetch_related(None)
    return rows.filter((order_of(asked) or ORDERS[0]).after(after)).first() or rows.first()


def next_to_decide(member: Membership, after: ErpItem, asked: Mapping[str, str] | None = None) -> ErpItem | None:
    """The next record that waits for `member` once they have decided on `after`, as it stood before that, or None.

    First in the list that the address asks for; then, when that is done, of all others that were sent the oldest
    first. But whoever narrowed their list, or stood in a view that holds nothing sent, is not led out of it.
    """
    if asked and any(asked.get(name) for name in PARTS):
        here = next_in_list(member, after, asked)
        if here or stays_in(asked):
            return here
    sent = items_for(member).filter(status=Status.SENT, kind__in=_decided_by(member)).exclude(pk=after.pk)
    waiting = sent.exclude(pk__in=of_others(member)).select_related("company", "project")
    waiting = waiting.order_by(*ORDERS[0].by)
    return waiting.filter(ORDERS[0].after(after)).first() or waiting.first()


def last_held(member: Membership) -> Submission | None:
    """What `member` accepted last of what has not left, so that they can take it back; None where nothing is held."""
    if not member.company.undo_seconds:
        return None
    mine = Submission.objects.filter(
        decided_by=member, work=Work.DUE, fence=0, generation=0, due_at__gt=F("decided_at")
    )
    seen = mine.filter(item__in=items_for(member)).select_related("item").defer("document", "choices", "posting")
    return seen.order_by("-decided_at", "-pk").first()


def notices_for(member: Membership) -> QuerySet[Notice]:
    """What `member` is told in the console by now; nothing about a private record that they may not read any more.

    A contact of a commitment, who sees no records, is told of their own applications only, whatever they were before.
    """
    rows = Notice.objects.filter(member=member, in_console=True, due_at__lte=timezone.now())
    if not may(member, Right.VIEW):
        return rows.filter(about=About.RETURNED)
    return rows.filter(Q(item=None) | Q(item__in=items_for(member).values("pk")))


def unread_count(member: Membership) -> int:
    """How many of them `member` has not read, counted as far as `MOST_COUNTED`."""
    return notices_for(member).filter(read_at=None).order_by()[:MOST_COUNTED].count()


def journal_for(member: Membership) -> QuerySet[Event]:
    """The company's journal, newest first, without private records of others; nothing for those who may not read it."""
    rows = readable(visible(Event.objects.all(), member), member, erp="item")
    if not may(member, Right.JOURNAL):
        return rows.none()
    return rows.select_related("by__user", "item").order_by("-sequence")
