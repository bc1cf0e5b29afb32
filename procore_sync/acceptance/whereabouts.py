"""Where a person's own records are: with whom, since when, what is missing. Every read starts from the person.

Their own are those that they created or have sent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext

from procore_sync.acceptance.kinds import Unmet, given_up, spec_of
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.operations import unmet_for_sending
from procore_sync.acceptance.selectors import items_for, owned_by
from procore_sync.acceptance.states import Decision, Status, Work
from procore_sync.acceptance.summaries import judges_of
from procore_sync.accounts.access import Right, may, sendable
from procore_sync.accounts.curing import is_himself
from procore_sync.accounts.models import Membership

R = TypeVar("R")

#: So many records of each part are told one by one; the others are counted.
TOLD = 5
UNDER_WAY_TOLD = 8
NAMED_AT_MOST = 2

_GIVEN_BACK = Q(status__in=[Status.REJECTED, Status.RETRIEVED])
#: In the alphabet, rejected comes before retrieved.
_REJECTED_FIRST = ("status",)
_UNDER_WAY = Q(status__in=[Status.SENT, Status.EXPORTING, Status.FAILED])
_NOT_SENT = Q(status=Status.NOT_SENT) | Q(status=Status.SYNCED, revision__gt=F("synced_revision"))


@dataclass(frozen=True)
class Own:
    """A record that lies with its sender. `missing` keeps it from being sent; `remark` is why it was rejected.

    `edit_url` is the record's own page.
    """

    item: ErpItem
    edit_url: str
    missing: list[Unmet]
    rejection: Submission | None = None

    @property
    def send_url(self) -> str:
        """Where it is sent, with or without an answer."""
        return reverse("acceptance:send", args=[self.item.pk])

    @property
    def cures(self) -> list[Unmet]:
        """What is missing, each thing once."""
        return list({one.sentence: one for one in self.missing}.values())


@dataclass(frozen=True)
class UnderWay:
    """A record that lies with somebody else: with whom, and the sentence why it waits, if it has one."""

    item: ErpItem
    holder: str
    reason: str = ""
    cure_url: str = ""


@dataclass(frozen=True)
class Part(Generic[R]):
    """The first records of a part, and how many there are in all."""

    rows: Sequence[R]
    count: int

    @property
    def others(self) -> int:
        """How many are not told."""
        return self.count - len(self.rows)


@dataclass(frozen=True)
class Whereabouts:
    """All of a sender's own records that QuickBooks does not hold as they are, what they have to answer first.

    What was made void, closed or inactive before QuickBooks held anything of it is not among them.
    `given_back_to_others` counts what was given back to other people of the company.
    """

    given_back: Part[Own]
    under_way: Part[UnderWay]
    not_sent: Part[Own]
    given_back_to_others: int

    @property
    def oldest(self) -> datetime | None:
        """Since when the first of those that were given back waits."""
        return self.given_back.rows[0].item.status_changed_at if self.given_back.rows else None


def whereabouts_of(member: Membership) -> Whereabouts | None:
    """Where the records of `member` are, in queries that do not grow with them; None for those who may not send."""
    if not may(member, Right.SEND):
        return None
    # Only of these is asked whether they are given up.
    seen, his = items_for(member), own_items(member).filter(_GIVEN_BACK | _UNDER_WAY | _NOT_SENT)
    given_back, not_sent = _GIVEN_BACK & ~given_up(), _NOT_SENT & ~given_up()
    counts = his.order_by().aggregate(
        given_back=Count("pk", filter=given_back),
        under_way=Count("pk", filter=_UNDER_WAY),
        not_sent=Count("pk", filter=not_sent),
    )
    return Whereabouts(
        given_back=Part(_owned(_first(his, given_back, *_REJECTED_FIRST)), counts["given_back"]),
        under_way=Part(_held(member, _first(his, _UNDER_WAY, most=UNDER_WAY_TOLD)), counts["under_way"]),
        not_sent=Part(_owned(_first(his, not_sent)), counts["not_sent"]),
        given_back_to_others=seen.filter(given_back, kind__in=sendable(member)).count() - counts["given_back"],
    )


def own_items(member: Membership) -> QuerySet[ErpItem]:
    """The records that `member` created or has sent, of those that they may see."""
    return items_for(member).filter(owned_by(member))


def _first(rows: QuerySet[ErpItem], part: Q, *order: str, most: int = TOLD) -> list[ErpItem]:
    """The first of a part in this order, the longest there first, each with its newest sending."""
    newest = Submission.objects.filter(item_id=OuterRef("item_id")).order_by("-number").values("pk")[:1]
    sendings = Submission.objects.filter(pk=Subquery(newest)).defer("document", "first_choices", "choices", "posting")
    shown = Prefetch("submissions", sendings.select_related("sent_by__user", "decided_by__user"), to_attr="latest")
    told = rows.filter(part).select_related("project", "company").prefetch_related(shown)
    return list(told.order_by(*order, "status_changed_at", "pk")[:most])


def _owned(items: Sequence[ErpItem]) -> list[Own]:
    found = []
    for item in items:
        spec = spec_of(item.kind)
        record = spec.record_of(item)
        found.append(Own(item, spec.url(record), unmet_for_sending(item, record), _rejection(item)))
    return found


def _latest(item: ErpItem) -> Submission | None:
    latest: list[Submission] = item.latest  # type: ignore[attr-defined]  # by `_first`
    return latest[0] if latest else None


def _rejection(item: ErpItem) -> Submission | None:
    newest = _latest(item)
    return newest if newest and newest.decision == Decision.REJECTED else None


def _held(member: Membership, items: Sequence[ErpItem]) -> list[UnderWay]:
    judges: dict[str, list[Membership]] = defaultdict(list)
    for kind, judge in judges_of(member.company_id) if items else []:
        judges[kind].append(judge)
    return [_under_way(item, member, judges) for item in items]


def _under_way(item: ErpItem, member: Membership, judges: Mapping[str, list[Membership]]) -> UnderWay:
    newest = _latest(item)
    if item.status == Status.SENT:
        return _before_judges(item, newest, judges.get(item.kind, []))
    if newest is None:
        return UnderWay(item, "QuickBooks")
    who = _curer(newest.cure_by, member, item) if newest.cure_by else gettext("The console")
    if item.status == Status.FAILED or newest.work in (Work.WAITING, Work.UNCERTAIN):
        return UnderWay(item, who, newest.reason, newest.cure_url)
    return UnderWay(item, gettext("The console"), newest.reason)


def _curer(who: str, member: Membership, item: ErpItem) -> str:
    return gettext("You") if is_himself(who, member, item.kind) else gettext("The {who}").format(who=gettext(who))


def _before_judges(item: ErpItem, newest: Submission | None, judges: Sequence[Membership]) -> UnderWay:
    own = newest.sent_by_id if newest and item.company.four_eyes else None
    names = [str(judge) for judge in judges if judge.pk not in (own, newest and newest.first_by_id)]
    if not names:
        why = gettext("Nobody may decide on {kinds} that you sent. An administrator can grant the right.")
        return UnderWay(item, gettext("Nobody"), why.format(kinds=gettext(spec_of(item.kind).plural).lower()))
    more = len(names) - NAMED_AT_MOST
    told = [*names[:NAMED_AT_MOST], *([gettext("{count} more").format(count=more)] if more > 0 else [])]
    if len(told) == 1:
        return UnderWay(item, told[0])
    return UnderWay(item, gettext("{names} or {last}").format(names=", ".join(told[:-1]), last=told[-1]))
