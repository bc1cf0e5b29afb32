"""The pages of job costs: which projects take them, every transaction, what is not coded, and the rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from procore_sync.acceptance.courier import Fact
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Company
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit import files
from procore_sync.kit.finding import asked_of
from procore_sync.kit.refusals import InvalidInput, NotAllowed, Refusal
from procore_sync.kit.shown import day
from procore_sync.kit.text import before_stop
from procore_sync.kit.ticks import row_numbers
from procore_sync.kit.ways import own_way
from projects import cost_operations as operations
from projects import job_costs as selectors
from projects.forms import CodeForm, CostFilter
from projects.models import CostCode, CostLine, Project
from projects.selectors import cost_codes_for, projects_for

PAGE = 50
HEADINGS = (
    "Project",
    "Cost code",
    "Document",
    "Number",
    "Date",
    "From",
    "Account",
    "Item",
    "Description",
    "Amount",
    "Counts",
    "In QuickBooks",
)


def file_of(
    extension: str, name: str, headings: tuple[str, ...], rows: Iterable[tuple[object, ...]], *, company: Company
) -> HttpResponse:
    """A download `name-<today>.csv` or `.xlsx`; today is that of the company.

    Raises:
        Http404: it is asked for in another format.
    """
    makers: dict[str, tuple[Any, str]] = {
        "csv": (files.csv_bytes, "text/csv"),
        "xlsx": (files.xlsx_bytes, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    }
    if extension not in makers:
        raise Http404("Files come as csv or xlsx.")
    make, content_type = makers[extension]
    response = HttpResponse(make(headings, rows), content_type=content_type)
    called = f"{name}-{today_of(company).isoformat()}.{extension}"
    response["Content-Disposition"] = content_disposition_header(True, called) or "attachment"
    return response


@require_GET
@member_required
def job_costs(request: MemberRequest) -> HttpResponse:
    """The projects that take job costs, with what they have cost, and how the last readings went."""
    require(request.member, Right.VIEW)
    page = Paginator(selectors.costing_projects_for(request.member), PAGE).get_page(request.GET.get("page"))
    readings = list(selectors.readings_for(request.member)[:5])
    context = {
        "page_obj": page,
        "readings": readings,
        "reading": readings[0] if readings and readings[0].ended_at is None else None,
        "may_code": selectors.may_code(request.member),
        "tabs": tabs_of("job_costs"),
    }
    return render(request, "projects/job_costs.html", context)


def tabs_of(current: str) -> list[tuple[str, str, None, str, bool]]:
    """The pages of job costs beside each other."""
    pages = {
        "job_costs": gettext("Projects"),
        "uncoded": gettext("Not coded"),
        "costs": gettext("Transactions"),
        "cost_rules": gettext("Rules"),
    }
    return [(name, label, None, reverse(f"projects:{name}"), name == current) for name, label in pages.items()]


def _asked(request: MemberRequest) -> tuple[CostFilter, QuerySet[CostLine]]:
    """The filter as given, and the costs that it leaves."""
    # The budget of a project leads here whether or not it takes costs.
    asked = row_numbers([request.GET.get("project", "")])
    projects = projects_for(request.member).filter(Q(job_costs=True) | Q(pk__in=asked))
    form = CostFilter(request.GET, projects, cost_codes_for(request.member))
    return form, selectors.narrowed(selectors.costs_for(request.member), asked_of(form))


@require_GET
@member_required
def costs(request: MemberRequest) -> HttpResponse:
    """Every line of every transaction that costs a job something, narrowed as asked."""
    require(request.member, Right.VIEW)
    form, rows = _asked(request)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "page_obj": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "total": selectors.total_of(rows),
        "narrowed": any(request.GET.get(name) for name in form.fields),
        "tabs": tabs_of("costs"),
        "query": query.urlencode(),
    }
    return render(request, "projects/costs.html", context)


@require_GET
@member_required
def costs_file(request: MemberRequest, extension: str) -> HttpResponse:
    """The same as a file."""
    require(request.member, Right.VIEW)
    _, rows = _asked(request)
    return file_of(extension, "job-cost-transactions", HEADINGS, _cells(rows), company=request.member.company)


def _cells(rows: QuerySet[CostLine]) -> Iterator[tuple[object, ...]]:
    for one in rows.iterator(1000):
        yield (
            one.project.name if one.project else "",
            one.cost_code.code if one.cost_code else "",
            one.get_entity_display(),
            one.number,
            one.day,
            one.party,
            one.account,
            one.item,
            one.description,
            one.amount,
            "exported from here, counts as invoiced" if one.own else "yes",
            f"{one.entity} {one.txn_id}",
        )


@require_http_methods(["GET", "POST"])
@member_required
def cost(request: MemberRequest, pk: int) -> HttpResponseBase:
    """One line: what it says, how it is coded, and a form to code it and others like it."""
    found = get_visible(selectors.costs_for(request.member), pk)
    offers = operations.offers_for(found, gettext)
    asks = request.GET.get("asks") or offers[0][0]
    form = CodeForm(offers, request.POST) if request.method == "POST" else CodeForm(offers, initial={"asks": asks})
    if form.is_bound:
        operations.require_coder(request.member)
        if answer := _coded(request, found, form):
            return answer
    context = {
        "cost": found,
        "form": form,
        "facts": _facts(found),
        "codes": _codes(found),
        "may_code": selectors.may_code(request.member) and not found.own and found.coding != "item",
    }
    return render(request, "projects/cost.html", context, status=422 if form.is_bound else 200)


def _codes(cost: CostLine) -> QuerySet[CostCode]:
    """The codes that are offered first: the project's."""
    return CostCode.objects.filter(projects=cost.project_id, is_active=True).order_by("code_key")


def _coded(request: MemberRequest, found: CostLine, form: CodeForm) -> HttpResponseBase | None:
    """On from where one came, once the rule is made; None if the form says why not."""
    if not form.is_valid():
        return None
    try:
        rule, count = operations.add_rule(found, operations.RuleDetails(**form.cleaned_data), by=request.member)
    except NotAllowed:
        raise
    except InvalidInput as refusal:
        for name, sentences in refusal.errors.items():
            form.add_error(name, sentences)
        return None
    except Refusal as refusal:
        form.add_error(None, refusal.sentence)
        return None
    said = ngettext(
        "%(count)s cost is coded %(code)s: %(rule)s.", "%(count)s costs are coded %(code)s: %(rule)s.", count
    )
    told = {"count": f"{count:,}", "code": rule.cost_code.code, "rule": before_stop(operations.spoken(rule))}
    messages.success(request, said % told)
    return redirect(own_way(request, request.POST.get("next", ""), reverse("projects:cost", args=[found.pk])))


def _facts(one: CostLine) -> list[Fact]:
    said = (
        (gettext("Document"), gettext(one.get_entity_display())),
        (gettext("Number"), one.number),
        (gettext("Date"), day(one.day)),
        (gettext("From"), one.party),
        (gettext("Account"), one.account),
        (gettext("Item"), one.item),
        (gettext("Description"), one.description),
        (gettext("Line in QuickBooks"), one.line_id),
    )
    return [Fact(label, value) for label, value in said if value]


@require_GET
@member_required
def uncoded(request: MemberRequest) -> HttpResponse:
    """The costs that have no code, put together by what one rule would code."""
    require(request.member, Right.VIEW)
    project = _project(request)
    rows = selectors.uncoded_for(request.member)
    rows = rows.filter(project=project) if project else rows
    alike, count = selectors.alike_uncoded(rows), rows.count()
    context = {
        "project": project,
        "alike": alike,
        "count": count,
        "rest": count - sum(one.count for one in alike),
        "total": selectors.total_of(rows),
        "codes": cost_codes_for(request.member).filter(is_active=True).order_by("code_key"),
        "may_code": selectors.may_code(request.member),
        "tabs": tabs_of("uncoded"),
        "here": request.get_full_path(),
    }
    return render(request, "projects/uncoded.html", context)


def _project(request: MemberRequest) -> Project | None:
    asked = row_numbers([request.GET.get("project", "")])
    return get_visible(projects_for(request.member), asked[0]) if asked else None


@require_GET
@member_required
def cost_rules(request: MemberRequest) -> HttpResponse:
    """The rules that code costs, newest first."""
    require(request.member, Right.VIEW)
    page = Paginator(selectors.rules_for(request.member), PAGE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "rules": [(rule, operations.spoken(rule)) for rule in page],
        "may_code": selectors.may_code(request.member),
        "tabs": tabs_of("cost_rules"),
    }
    return render(request, "projects/cost_rules.html", context)


@require_POST
@member_required
def remove_cost_rule(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Take a rule away and code anew what it had coded."""
    found = get_visible(selectors.rules_for(request.member), pk)
    count = operations.remove_rule(found, by=request.member)
    said = ngettext(
        "The rule is removed; %(count)s cost is coded anew.",
        "The rule is removed; %(count)s costs are coded anew.",
        count,
    )
    messages.success(request, said % {"count": count})
    return redirect("projects:cost_rules")
