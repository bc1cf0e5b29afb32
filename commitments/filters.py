"""How the list of commitments is narrowed and sorted, for page and API alike."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet, Sum
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from commitments.models import Commitment, CommitmentStatus, CommitmentType
from commitments.sources import of_code
from procore_sync.accounts.models import Membership
from procore_sync.kit.fields import translated
from procore_sync.kit.finding import asked_of
from procore_sync.kit.money import money
from procore_sync.kit.selects import RecordChoice, RecordNumber, offered
from projects.filters import PAGE, Listing, RecordFilter
from projects.records import Record
from projects.selectors import cost_codes_for, projects_for
from vendors.selectors import vendors_for

R = TypeVar("R", bound=Record)


class AskedFor(forms.Form):
    """What a list of commitments can be narrowed by besides what every list can."""

    project = RecordNumber()
    vendor = RecordNumber()
    code = RecordNumber()
    type = forms.ChoiceField(required=False, choices=[("", "Any"), *CommitmentType.choices])
    stands = forms.ChoiceField(required=False, choices=[("", "Any"), *CommitmentStatus.choices])


class CommitmentFilter(RecordFilter):
    """The same, with what there is to choose from."""

    field_order = ["q", "project", "vendor", "code", "type", "stands"]
    project = RecordChoice(label=gettext_lazy("Project"))
    vendor = RecordChoice(label=gettext_lazy("Vendor"))
    code = RecordChoice(label=gettext_lazy("Cost code"))
    type = forms.ChoiceField(
        label=gettext_lazy("Type"),
        required=False,
        choices=[("", gettext_lazy("Any")), *translated(CommitmentType.choices)],
    )
    stands = forms.ChoiceField(
        label=gettext_lazy("Status"),
        required=False,
        choices=[("", gettext_lazy("Any")), *translated(CommitmentStatus.choices)],
    )

    def __init__(self, query: QueryDict, member: Membership) -> None:
        super().__init__(query)
        fields: Any = self.fields
        fields["project"].choices = offered(projects_for(member).order_by("name"), "number", "name")
        fields["vendor"].choices = offered(vendors_for(member).order_by("name_key"), "name")
        fields["code"].choices = offered(cost_codes_for(member).order_by("code_key"), "code", "description")


@dataclass(frozen=True)
class ProjectTotal:
    """What the listed commitments of one project come to."""

    project_id: int
    name: str
    count: int
    amount: Decimal


@dataclass(frozen=True)
class CommitmentListing(Listing):
    """The list of commitments."""

    def narrow(self, rows: QuerySet[R], query: QueryDict) -> QuerySet[R]:
        """Those of `rows` that `query` asks for, in its order.

        Raises:
            InvalidInput: it asks for what cannot be.
        """
        asked = asked_of(AskedFor(query))
        columns = {"project": "project_id", "vendor": "vendor_id", "type": "type", "stands": "status"}
        wanted = {column: asked[name] for name, column in columns.items() if asked[name] not in (None, "")}
        rows = super().narrow(rows.filter(**wanted), query)
        return rows if asked["code"] is None else rows.filter(of_code(asked["code"]))

    def page_for(self, member: Membership, rows: QuerySet[Commitment], query: QueryDict) -> dict[str, Any]:
        """The context of the list page: what fits, cut into pages, and what it comes to by project."""
        found = self.narrow(rows, query)
        page: Page[Commitment] = Paginator(found, PAGE).get_page(query.get("page"))
        form = CommitmentFilter(query, member)
        totals = list(totals_of(found))
        return {
            "page_obj": page,
            "form": form,
            "narrowed": any(query.get(name) for name in form.fields),
            "totals": totals,
            "total": sum((one.amount for one in totals), Decimal("0.00")),
        }


def totals_of(rows: QuerySet[Commitment]) -> list[ProjectTotal]:
    """What `rows` come to by project, in one query."""
    sums = rows.order_by().values("project_id", "project__name").annotate(count=Count("pk"), sum=Sum("erp__amount"))
    found = [
        ProjectTotal(row["project_id"], row["project__name"], row["count"], money(row["sum"] or 0)) for row in sums
    ]
    return sorted(found, key=lambda one: (one.name, one.project_id))


COMMITMENT_LIST = CommitmentListing(
    search=("number", "title", "vendor__name", "project__name"),
    sort={
        "number": "number",
        "title": "title",
        "vendor": "vendor__name_key",
        "project": "project__name",
        "date": "created_on",
        "stands": "status",
        "amount": "erp__amount",
        "status": "erp__status",
    },
    default="number",
)
