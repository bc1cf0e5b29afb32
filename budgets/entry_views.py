"""The pages on which lines and changes of a budget are entered."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from budgets import guards, operations, selectors
from budgets.forms import ROWS, ChangeForm, DirectCostForm, LineForm, NewLineForm, SeveralForm, TransferForm
from budgets.models import Budget, BudgetLine
from budgets.steps import steps_of_change, steps_of_line
from budgets.views import budget_at, said
from procore_sync.accounts.access import Right, may, require
from procore_sync.accounts.days import today_of
from procore_sync.accounts.web import MemberRequest, member_required
from procore_sync.kit.refusals import InvalidInput, NotAllowed, Refusal
from projects.records import EditedMeanwhile

PAGE = 25


@require_http_methods(["GET", "POST"])
@member_required
def new_line(request: MemberRequest, pk: int) -> HttpResponseBase:
    """A form for a new line."""
    budget = budget_at(request, pk)
    require(request.member, Right.EDIT)
    codes = selectors.free_codes_of(budget)
    initial = {"code": request.GET.get("code", ""), **({"amount": "0.00"} if budget.is_locked else {})}
    form = NewLineForm(codes, request.POST) if request.method == "POST" else NewLineForm(codes, initial=initial)
    made = form.is_bound and form.save(
        lambda details: operations.add_line(budget, form.cleaned_data["code"], details, by=request.member)
    )
    if made:
        messages.success(request, gettext("%(code)s has a line.") % {"code": made.code.cost_code.code})
        return redirect("budgets:new_line" if "another" in request.POST else "budgets:budget", pk=pk)
    context = {"budget": budget, "form": form, "codes": codes, "why_not": guards.why_not_add(budget)}
    return render(request, "budgets/line_form.html", context, status=form.status)


def _line(budget: Budget, number: int) -> BudgetLine:
    return get_object_or_404(selectors.lines_of(budget), number=number)


@require_http_methods(["GET", "POST"])
@member_required
def line(request: MemberRequest, pk: int, number: int) -> HttpResponseBase:
    """A line: what it says, the changes on it, and the form to edit it."""
    budget = budget_at(request, pk)
    found = _line(budget, number)
    form = LineForm(request.POST) if request.method == "POST" else LineForm.of_line(found)
    if form.is_bound:
        require(request.member, Right.EDIT)
    saved = form.is_bound and form.save(
        lambda details: operations.edit_line(found, details, by=request.member, seen=form.edition)
    )
    if saved:
        messages.success(request, gettext("The line %(code)s is saved.") % {"code": saved.code.cost_code.code})
        return redirect("budgets:budget", pk=pk)
    return _line_page(request, found, form, _cost_of(found), status=form.status)


def _cost_of(found: BudgetLine) -> DirectCostForm:
    return DirectCostForm(initial={"amount": str(found.direct_cost), "seen": found.edition})


def _line_page(
    request: MemberRequest, found: BudgetLine, form: LineForm, cost: DirectCostForm, *, status: int
) -> HttpResponse:
    budget, may_edit = found.budget, may(request.member, Right.EDIT)
    context = {
        "budget": budget,
        "line": found,
        "form": form,
        "cost_form": cost if may_edit and not guards.why_not_type(budget) else None,
        "moves": found.changes.select_related("change").order_by("change__number", "number"),
        "why_not": guards.why_not_edit(budget),
        "may_edit": may_edit,
        "steps": steps_of_line(found, request.member),
    }
    return render(request, "budgets/line.html", context, status=status)


@require_POST
@member_required
def direct_cost(request: MemberRequest, pk: int, number: int) -> HttpResponseBase:
    """Say what a line has cost directly, where the company types that."""
    found = _line(budget_at(request, pk), number)
    require(request.member, Right.EDIT)
    operations.go_on_unless(guards.why_not_type(found.budget))
    form, status = DirectCostForm(request.POST), 422
    try:
        if form.is_valid():
            given = form.cleaned_data
            operations.type_direct_cost(found, given["amount"], by=request.member, seen=given["seen"] or 0)
            said_so = gettext("The direct cost of %(code)s is saved.")
            messages.success(request, said_so % {"code": found.code.cost_code.code})
            return redirect("budgets:budget", pk=pk)
    except (InvalidInput, EditedMeanwhile) as refusal:
        status = said(form, refusal, {})
    return _line_page(request, found, LineForm.of_line(found), form, status=status)


@require_POST
@member_required
def remove_line(request: MemberRequest, pk: int, number: int) -> HttpResponseBase:
    """Take a line out of the budget."""
    found = _line(budget_at(request, pk), number)
    operations.remove_line(found, by=request.member)
    messages.success(request, gettext("The line %(code)s is removed.") % {"code": found.code.cost_code.code})
    return redirect("budgets:budget", pk=pk)


@require_GET
@member_required
def changes(request: MemberRequest, pk: int) -> HttpResponse:
    """Every change of a budget, newest first."""
    budget = budget_at(request, pk)
    page = Paginator(selectors.changes_of(budget), PAGE).get_page(request.GET.get("page"))
    context = {
        "budget": budget,
        "page_obj": page,
        "changes": [(one, steps_of_change(one, request.member)) for one in page],
        "may_edit": may(request.member, Right.EDIT),
        "why_not": guards.why_not_change(budget),
    }
    return render(request, "budgets/changes.html", context)


@require_http_methods(["GET", "POST"])
@member_required
def transfer(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Money from one line to another."""
    budget = budget_at(request, pk)
    require(request.member, Right.EDIT)
    lines = list(selectors.lines_of(budget))
    form = (
        TransferForm(lines, request.POST) if request.method == "POST" else TransferForm(lines, initial=_today(budget))
    )
    return _change(request, budget, form, "budgets/transfer.html", {"moves": "amount"})


@require_http_methods(["GET", "POST"])
@member_required
def several(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Amounts on several lines at once."""
    budget = budget_at(request, pk)
    require(request.member, Right.EDIT)
    lines, asked = list(selectors.lines_of(budget)), request.GET.get("rows", "")
    rows = int(asked) if asked.isdecimal() and len(asked) < 4 else ROWS
    given = request.POST if request.method == "POST" else None
    form = SeveralForm(lines, rows, given, initial=_today(budget))
    return _change(request, budget, form, "budgets/several.html", {"moves": ""})


def _today(budget: Budget) -> dict[str, Any]:
    return {"made_on": today_of(budget.company)}


def _change(
    request: MemberRequest, budget: Budget, form: ChangeForm, page: str, fields: dict[str, str]
) -> HttpResponseBase:
    """Make the change that the form says, or show the form with the sentence why not."""
    status = 200
    if form.is_bound:
        status = 422
        try:
            if form.is_valid():
                made = operations.make_change(budget, form.details(), by=request.member)
                messages.success(request, gettext("Change %(number)s is made.") % {"number": made.number})
                return redirect("budgets:budget", pk=budget.project_id)
        except NotAllowed:
            raise
        except Refusal as refusal:
            status = said(form, refusal, fields)
    why_not = guards.why_not_change(budget)
    context = {"budget": budget, "form": form, "lines": form.lines.values(), "why_not": why_not}
    return render(request, page, context, status=status)


@require_POST
@member_required
def take_back(request: MemberRequest, pk: int, number: int) -> HttpResponseBase:
    """Delete a change that QuickBooks does not have yet."""
    found = get_object_or_404(selectors.changes_of(budget_at(request, pk)), number=number)
    operations.take_back(found, by=request.member)
    messages.success(request, gettext("Change %(number)s is taken back.") % {"number": found.number})
    return redirect("budgets:changes", pk=pk)
