"""The pages of budgets: fetch through a selector, call an operation, render."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from budgets import operations, selectors
from budgets.columns import COLUMNS, BudgetView, view_of
from budgets.filters import BUDGET_LIST
from budgets.forms import BudgetForm
from budgets.models import Budget
from budgets.steps import steps_of_budget
from procore_sync.accounts.access import Right, may, require
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.refusals import Refusal
from projects.cost_views import file_of
from projects.forms import said_above
from projects.job_costs import NO_CODE
from projects.records import EditedMeanwhile
from projects.selectors import projects_for, standing_of

#: So many rows fit on a page, with the totals of all.
PAGE = 2000
#: How the style sheet calls a table whose longest amount has so many characters, to set it smaller on paper.
PRINTED = {13: "long", 14: "longer"}


def budget_at(request: MemberRequest, pk: int) -> Budget:
    """The budget of the project `pk`, or 404; absent and forbidden look the same."""
    return get_object_or_404(selectors.budgets_for(request.member), project__pk=pk)


@require_GET
@member_required
def budgets(request: MemberRequest) -> HttpResponse:
    """The company's budgets, and the projects that have none yet."""
    context = BUDGET_LIST.page(selectors.budgets_for(request.member), request.GET)
    may_edit = may(request.member, Right.EDIT)
    without = selectors.projects_without_budget(request.member)[:50] if may_edit and not context["narrowed"] else []
    return render(request, "budgets/budgets.html", {**context, "without": without, "may_edit": may_edit})


@require_GET
@member_required
def budget(request: MemberRequest, pk: int) -> HttpResponse:
    """The budget of a project with every column of every line; how to begin, if it has none."""
    project = get_visible(projects_for(request.member), pk)
    found = selectors.budgets_for(request.member).filter(project=project).first()
    if found is None:
        context = {"project": project, "may_edit": may(request.member, Right.EDIT)}
        return render(request, "budgets/no_budget.html", context)
    view, every = view_of(found), request.GET.get("columns") == "all"
    page = Paginator(view.rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "project": project,
        "budget": found,
        "standing": standing_of(found, request.member),
        "steps": steps_of_budget(found, request.member),
        "may_import": may(request.member, Right.IMPORT_BUDGET),
        "view": view,
        "page_obj": page,
        "total": view.total,
        "over": len(view.over),
        "print_size": _print_size(view.total),
        "columns": [column for column in view.columns if every or not column.extra],
        "every": every,
        "changes": selectors.changes_of(found)[:3],
        "no_code": NO_CODE,
    }
    return render(request, "budgets/budget.html", context)


def _print_size(total: Mapping[str, Decimal]) -> str:
    longest = max(len(f"{abs(amount):,.2f}") for amount in total.values())
    return PRINTED.get(min(longest, max(PRINTED)), "")


@require_GET
@member_required
def budget_file(request: MemberRequest, pk: int, extension: str) -> HttpResponse:
    """The same as CSV or XLSX, with every column."""
    require(request.member, Right.VIEW)
    found = budget_at(request, pk)
    headings = ("Cost code", "Description", *(column.heading for column in COLUMNS), "Note")
    return file_of(
        extension, f"budget-{found.project_id}", headings, _rows(view_of(found)), company=request.member.company
    )


def _rows(view: BudgetView) -> Iterator[tuple[object, ...]]:
    for row in view.rows:
        yield (row.code, row.description, *(row.amounts[column.key] for column in COLUMNS), row.note)
    total = view.total
    yield ("Total", "", *(total[column.key] for column in COLUMNS), "")


@require_POST
@member_required
def open_budget(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Give a project its budget."""
    project = get_visible(projects_for(request.member), pk)
    operations.open_budget(project, by=request.member)
    messages.success(request, gettext("%(name)s has a budget. Add its lines or import a file.") % {"name": project})
    return redirect("budgets:budget", pk=pk)


@require_http_methods(["GET", "POST"])
@member_required
def settings(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Whether changes may alter the grand total."""
    found = budget_at(request, pk)
    require(request.member, Right.EDIT)
    form = BudgetForm(request.POST) if request.method == "POST" else _settings_of(found)
    status = 422 if form.is_bound else 200
    try:
        if form.is_bound and form.is_valid():
            given = form.cleaned_data
            operations.edit_budget(
                found, may_change_total=given["may_change_total"], by=request.member, seen=given["seen"] or 0
            )
            messages.success(request, gettext("The settings of the budget are saved."))
            return redirect("budgets:budget", pk=pk)
    except EditedMeanwhile as refusal:
        status = said(form, refusal, {})
    context = {"budget": found, "form": form, "past": request.path}
    return render(request, "budgets/settings.html", context, status=status)


def _settings_of(found: Budget) -> BudgetForm:
    return BudgetForm(initial={"may_change_total": found.may_change_total, "seen": found.edition})


@require_POST
@member_required
def lock(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Let the original amounts stand still."""
    operations.lock(budget_at(request, pk), by=request.member)
    messages.success(request, gettext("The budget is locked."))
    return redirect("budgets:budget", pk=pk)


@require_POST
@member_required
def unlock(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Open the original amounts for editing."""
    operations.unlock(budget_at(request, pk), by=request.member)
    messages.success(request, gettext("The budget is open. Its changes are kept; lock it again before you send it."))
    return redirect("budgets:budget", pk=pk)


def said(form: Any, refusal: Refusal, fields: dict[str, str]) -> int:
    """Write a refusal into `form`, each sentence at its field (`fields` says which, by the operation's name).

    Returns how to answer.
    """
    errors = getattr(refusal, "errors", None) or {"": [said_above(refusal)]}
    for name, sentences in errors.items():
        place = fields.get(name, name)
        for sentence in sentences:
            form.add_error(place if place in form.fields else None, sentence)
    return refusal.http_status
