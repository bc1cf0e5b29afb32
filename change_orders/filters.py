"""How the lists of change orders and of requests are narrowed, sorted and cut into pages, for pages and API alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import F, Model, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from change_orders.models import ChangeStatus
from change_orders.reviewing import BY_ITSELF, waits_for
from change_orders.statuses import PENDING
from commitments.selectors import commitments_for
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Membership
from procore_sync.kit.fields import translated
from procore_sync.kit.finding import asked_of, carrying
from procore_sync.kit.selects import RecordChoice, RecordNumber, offered
from projects.filters import CHANGED, PAGE
from projects.selectors import projects_for

M = TypeVar("M", bound=Model)
PENDING_ANY = "pending"


class _Words(forms.Form):
    """What every list can be narrowed by. `stands` is the business status, `status` where it is in accounting."""

    q = forms.CharField(label=gettext_lazy("Search"), required=False)
    stands = forms.ChoiceField(
        label=gettext_lazy("Status"),
        required=False,
        choices=[
            ("", gettext_lazy("Any")),
            (PENDING_ANY, gettext_lazy("Pending, all of them")),
            *translated(ChangeStatus.choices),
        ],
    )
    status = forms.ChoiceField(
        label=gettext_lazy("In accounting"),
        required=False,
        choices=[
            ("", gettext_lazy("Any state")),
            *translated(Status.choices),
            (CHANGED, gettext_lazy("Changed since sync")),
        ],
    )
    waits = forms.BooleanField(label=gettext_lazy("Waits for my review"), required=False)


class Asked(_Words):
    """What a list can be narrowed by, as it stands in an address."""

    project = RecordNumber()
    commitment = RecordNumber()


class ChangeFilter(_Words):
    """The same, with what there is to choose from. `tier` keeps the tab."""

    field_order = ["q", "project", "commitment", "stands", "status", "waits"]
    tier = forms.CharField(widget=forms.HiddenInput, required=False)
    project = RecordChoice(label=gettext_lazy("Project"))
    commitment = RecordChoice(label=gettext_lazy("Commitment"))

    def __init__(self, query: QueryDict, member: Membership, tier: str) -> None:
        super().__init__(query)
        fields: Any = self.fields
        fields["project"].choices = offered(projects_for(member).order_by("name", "pk"), "number", "name")
        fields["commitment"].choices = offered(commitments_for(member).order_by("number", "pk"), "number", "title")
        if tier:
            del fields["status"]
        else:
            del fields["tier"]


@dataclass(frozen=True)
class ChangeListing:
    """How changes of a tier are listed: the columns that can be sorted by, whether they go to accounting, and which
    are decided by themselves.
    """

    sort: Mapping[str, str]
    default: tuple[str, ...]
    has_item: bool = False
    decided: Q = field(default_factory=Q)

    def narrow(self, rows: QuerySet[M], query: QueryDict, member: Membership) -> QuerySet[M]:
        """Those of `rows` that `query` of `member` asks for, in its order.

        Raises:
            InvalidInput: it asks for what does not exist.
        """
        asked = asked_of(Asked(query))
        wanted = self._wanted(asked)
        if asked["waits"]:
            wanted &= waits_for(member) & self.decided
        return self._order(rows.filter(wanted), query.get("sort", ""))

    def _wanted(self, asked: dict[str, Any]) -> Q:
        searched = ("number", "title", "description", "commitment__number", "commitment__title")
        wanted = carrying(asked["q"], *searched) if asked["q"] else Q()
        if asked["project"]:
            wanted &= Q(commitment__project=asked["project"])
        if asked["commitment"]:
            wanted &= Q(commitment=asked["commitment"])
        if asked["stands"]:
            wanted &= Q(status__in=PENDING if asked["stands"] == PENDING_ANY else [asked["stands"]])
        if asked["status"] and self.has_item:
            changed = Q(erp__status=Status.SYNCED, erp__revision__gt=F("erp__synced_revision"))
            wanted &= changed if asked["status"] == CHANGED else Q(erp__status=asked["status"])
        return wanted

    def _order(self, rows: QuerySet[M], asked: str) -> QuerySet[M]:
        column = self.sort.get(asked.removeprefix("-"))
        if column is None:
            return rows.order_by(*self.default)
        down = asked.startswith("-")
        return rows.order_by(f"-{column}" if down else column, "-pk" if down else "pk")

    def page(self, rows: QuerySet[M], query: QueryDict, member: Membership) -> Page[M]:
        """The page that `query` asks for."""
        return Paginator(self.narrow(rows, query, member), PAGE).get_page(query.get("page"))


_SORT = {
    "number": "number",
    "title": "title",
    "project": "commitment__project__name",
    "commitment": "commitment__number",
    "date": "created_on",
    "stands": "status",
    "amount": "total",
}
CHANGE_ORDER_LIST = ChangeListing(
    sort={**_SORT, "status": "erp__status"}, default=("-created_on", "-pk"), has_item=True
)
REQUEST_LIST = ChangeListing(sort=_SORT, default=("-created_on", "-pk"), decided=BY_ITSELF)
