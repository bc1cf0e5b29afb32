"""How lists of records are narrowed, sorted and cut into pages, for pages and API alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import F, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from procore_sync.acceptance.states import Status
from procore_sync.kit.fields import translated
from procore_sync.kit.finding import asked_of, carrying
from projects.records import Record

R = TypeVar("R", bound=Record)
PAGE = 50
CHANGED = "changed"


class RecordFilter(forms.Form):
    """What a list can be narrowed by. Unless said otherwise, only active records are shown."""

    q = forms.CharField(label=gettext_lazy("Search"), required=False)
    status = forms.ChoiceField(
        label=gettext_lazy("In accounting"),
        required=False,
        choices=[
            ("", gettext_lazy("Any state")),
            *translated(Status.choices),
            (CHANGED, gettext_lazy("Changed since sync")),
        ],
    )
    active = forms.ChoiceField(
        label=gettext_lazy("Records"),
        required=False,
        choices=[("", gettext_lazy("Active")), ("no", gettext_lazy("Inactive")), ("all", gettext_lazy("All"))],
    )


@dataclass(frozen=True)
class Listing:
    """How one kind of record is listed: the columns that are searched, and those that can be sorted by."""

    search: tuple[str, ...]
    sort: Mapping[str, str]
    default: str

    def narrow(self, rows: QuerySet[R], query: QueryDict) -> QuerySet[R]:
        """Those of `rows` that `query` asks for, in its order.

        Raises:
            InvalidInput: it asks for a state that does not exist.
        """
        asked = asked_of(RecordFilter(query))
        return self._order(rows.filter(self._wanted(asked)), query.get("sort", ""))

    def _wanted(self, asked: dict[str, Any]) -> Q:
        wanted = carrying(asked["q"], *self.search) if asked["q"] else Q()
        if asked["active"] != "all":
            wanted &= Q(is_active=asked["active"] != "no")
        if asked["status"] == CHANGED:
            return wanted & Q(erp__status=Status.SYNCED, erp__revision__gt=F("erp__synced_revision"))
        return wanted & Q(erp__status=asked["status"]) if asked["status"] else wanted

    def _order(self, rows: QuerySet[R], asked: str) -> QuerySet[R]:
        column = self.sort.get(asked.removeprefix("-"), self.default)
        down = asked.startswith("-")
        return rows.order_by(f"-{column}" if down else column, "-pk" if down else "pk")

    def page(self, rows: QuerySet[R], query: QueryDict) -> dict[str, Any]:
        """The context of a list page: `page_obj`, the filter's `form`, and whether anything is `narrowed`."""
        page: Page[R] = Paginator(self.narrow(rows, query), PAGE).get_page(query.get("page"))
        narrowed = any(query.get(name) for name in RecordFilter.base_fields)
        return {"page_obj": page, "form": RecordFilter(query), "narrowed": narrowed}


COST_CODE_LIST = Listing(
    search=("code", "description"),
    sort={"code": "code_key", "description": "description", "status": "erp__status", "changed": "erp__updated_at"},
    default="code_key",
)

PROJECT_LIST = Listing(
    search=("name", "number", "city"),
    sort={
        "name": "name",
        "number": "number",
        "city": "city",
        "stage": "stage",
        "status": "erp__status",
        "changed": "erp__updated_at",
    },
    default="name",
)
