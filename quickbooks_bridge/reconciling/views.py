"""The pages of the comparison: projects and vendors on both sides, a vendor's commitments, and what is not ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy, gettext_noop
from django.views.decorators.http import require_GET, require_POST

from procore_sync.accounts.access import Right, may, require
from procore_sync.accounts.models import Membership
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.finding import asked_of
from procore_sync.kit.selects import RecordChoice, offered
from projects.cost_views import file_of
from projects.selectors import projects_for
from quickbooks_bridge.bell import ring_reconciliation
from quickbooks_bridge.payment_selectors import known_until
from quickbooks_bridge.reconciling import running
from quickbooks_bridge.reconciling.books import COLUMNS
from quickbooks_bridge.reconciling.foreign import ENTITIES
from quickbooks_bridge.reconciling.putting_away import bring_back, put_away
from quickbooks_bridge.reconciling.rows import ForeignDocument, Scope
from quickbooks_bridge.reconciling.selectors import foreign_for, last_run, lines_of, narrowed, runs_for, total_of
from quickbooks_bridge.tie_out_views import groups, sides
from quickbooks_bridge.tie_outs import vendor_tie_out_of
from vendors.selectors import vendors_for

PAGE = 50
SHOWN_RUNS = 30
SHOWN_READINGS = 3
NAMES = {
    "PurchaseOrder": gettext_noop("Purchase order"),
    "Bill": gettext_noop("Bill"),
    "VendorCredit": gettext_noop("Vendor credit"),
    "Estimate": gettext_noop("Estimate"),
}
HEADINGS = ("Document", "Number", "Date", "Whose", "Project", "Total", "Open", "Why it matters", "Put away because")


class ForeignFilter(forms.Form):
    """What the list of documents that are not ours can be narrowed by."""

    q = forms.CharField(label=gettext_lazy("Search"), required=False)
    entity = forms.ChoiceField(
        label=gettext_lazy("Document"),
        required=False,
        choices=[("", gettext_lazy("Any")), *((one, gettext_lazy(NAMES[one])) for one in ENTITIES)],
    )
    project = RecordChoice(label=gettext_lazy("Project"))
    vendor = RecordChoice(label=gettext_lazy("Vendor"))
    view = forms.ChoiceField(
        label=gettext_lazy("Show"),
        required=False,
        choices=[("", gettext_lazy("Open")), ("put_away", gettext_lazy("Said not to be ours"))],
    )

    def __init__(self, query: QueryDict, member: Membership) -> None:
        super().__init__(query)
        chosen: Any = self.fields
        seen = foreign_for(member).order_by()
        projects = projects_for(member).filter(pk__in=seen.values("project"))
        vendors = vendors_for(member).filter(pk__in=seen.values("vendor"))
        chosen["project"].choices = offered(projects, "number", "name")
        chosen["vendor"].choices = offered(vendors, "name")


@require_GET
@member_required
def reconciliation(request: MemberRequest) -> HttpResponse:
    """Projects and vendors as the last comparison found them, and the comparisons before."""
    require(request.member, Right.VIEW)
    run = last_run(request.member)
    runs = list(runs_for(request.member)[:SHOWN_RUNS])
    context = {
        "run": run,
        "projects": lines_of(request.member, run, Scope.PROJECT) if run else [],
        "vendors": lines_of(request.member, run, Scope.VENDOR) if run else [],
        "columns": COLUMNS,
        "history": [one for one in runs if one.ended_at and not one.error],
        "readings": runs[:SHOWN_READINGS],
        "reading": runs[0] if runs and runs[0].ended_at is None else None,
        "may_code": running.may_ask(request.member),
        "not_ours": foreign_for(request.member).filter(put_away_at=None).count(),
    }
    return render(request, "quickbooks_bridge/reconciliation.html", context)


@require_POST
@member_required
def reconcile(request: MemberRequest) -> HttpResponseBase:
    """Have it compared now."""
    found = running.ask(request.member.company, by=request.member)
    told = ring_reconciliation(found.company_id)
    messages.success(
        request,
        gettext("Console and QuickBooks are being compared. This page shows the progress.")
        if told
        else gettext("No worker can be reached now; it is compared as soon as one can."),
    )
    return redirect("quickbooks_bridge:reconciliation")


@require_GET
@member_required
def vendor_sides(request: MemberRequest, pk: int) -> HttpResponse:
    """One vendor's commitments on both sides, by project, as they stand now."""
    found = vendor_tie_out_of(get_visible(vendors_for(request.member), pk), request.member)
    context = {
        "tie_out": found,
        "columns": COLUMNS,
        "whole": sides(found.console, found.ledger),
        "groups": groups(found),
        "read_until": known_until(request.member.company_id),
        "not_ours": foreign_for(request.member).filter(vendor=found.vendor, put_away_at=None).count(),
    }
    return render(request, "quickbooks_bridge/vendor_sides.html", context)


def _asked(request: MemberRequest) -> tuple[ForeignFilter, QuerySet[ForeignDocument]]:
    """The filter as given, and what it leaves."""
    form = ForeignFilter(request.GET, request.member)
    return form, narrowed(foreign_for(request.member), asked_of(form))


@require_GET
@member_required
def foreign(request: MemberRequest) -> HttpResponse:
    """Documents in QuickBooks for our jobs and vendors that are not ours."""
    require(request.member, Right.VIEW)
    form, rows = _asked(request)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "page_obj": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "total": total_of(rows),
        "names": NAMES,
        "run": last_run(request.member),
        "may_put_away": may(request.member, Right.MAP),
        "query": query.urlencode(),
    }
    return render(request, "quickbooks_bridge/foreign.html", context)


@require_GET
@member_required
def foreign_file(request: MemberRequest, extension: str) -> HttpResponse:
    """The same as a file."""
    require(request.member, Right.VIEW)
    return file_of(
        extension, "not-ours-in-quickbooks", HEADINGS, _cells(_asked(request)[1]), company=request.member.company
    )


def _cells(rows: QuerySet[ForeignDocument]) -> Iterator[tuple[object, ...]]:
    for one in rows.iterator(1000):
        yield (
            NAMES[one.entity],
            one.number,
            one.day,
            one.party,
            one.project.name if one.project else "",
            one.total,
            "" if one.balance is None else one.balance,
            one.why,
            one.note if one.put_away_at else "",
        )


def _named(document: ForeignDocument) -> str:
    return f"{gettext(NAMES[document.entity])} {document.number or document.remote_id}"


@require_POST
@member_required
def put_foreign_away(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Say that one is fine."""
    document = get_visible(foreign_for(request.member), pk)
    put_away(document, request.POST.get("note", ""), by=request.member)
    messages.success(request, gettext("%(document)s is put away.") % {"document": _named(document)})
    return redirect("quickbooks_bridge:foreign")


@require_POST
@member_required
def bring_foreign_back(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Show one again."""
    document = get_visible(foreign_for(request.member), pk)
    bring_back(document, by=request.member)
    messages.success(request, gettext("%(document)s is open again.") % {"document": _named(document)})
    return redirect("quickbooks_bridge:foreign")
