"""A file of budget lines on its way in: the template, the upload, the preview, the import."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from budgets import guards, imports, selectors
from budgets.forms import BudgetUploadForm
from budgets.models import Budget
from budgets.views import budget_at
from procore_sync.acceptance.refusals import ChangedSinceSeen
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.web import MemberRequest, member_required
from procore_sync.kit.refusals import InvalidInput, Refusal
from projects.import_views import TYPES, decided


def _frame(budget: Budget) -> dict[str, Any]:
    at = budget.project_id
    return {
        "budget": budget,
        "plural": gettext("budget lines"),
        "list_url": reverse("budgets:budget", args=[at]),
        "upload_url": reverse("budgets:import", args=[at]),
        "templates": [(form.upper(), reverse("budgets:template", args=[at, form])) for form in TYPES],
        "columns": imports.COLUMNS,
        "why_not": guards.why_not_edit(budget),
    }


@require_GET
@member_required
def template(request: MemberRequest, pk: int, form: str) -> HttpResponse:
    """A file to fill in, with the codes of the project and what their lines say now."""
    budget = budget_at(request, pk)
    require(request.member, Right.IMPORT_BUDGET)
    if form not in TYPES:
        raise Http404("Templates come as csv or xlsx.")
    headers = {"Content-Disposition": f'attachment; filename="budget.{form}"'}
    return HttpResponse(imports.template(budget, form), content_type=TYPES[form], headers=headers)


@require_http_methods(["GET", "POST"])
@member_required
def upload(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Choose a file; a file that cannot be taken is refused here, in words."""
    budget = budget_at(request, pk)
    require(request.member, Right.IMPORT_BUDGET)
    form = BudgetUploadForm(request.POST, request.FILES) if request.method == "POST" else BudgetUploadForm()
    if form.is_bound and form.is_valid():
        try:
            kept = imports.upload_lines(form.cleaned_data["file"], budget, by=request.member)
            return redirect("budgets:preview", pk=pk, sheet=kept.pk)
        except InvalidInput as refusal:
            form.add_error("file", refusal.sentence)
    status = 422 if form.errors else 200
    return render(request, "budgets/import_upload.html", {**_frame(budget), "form": form}, status=status)


@require_http_methods(["GET", "POST"])
@member_required
def preview(request: MemberRequest, pk: int, sheet: int) -> HttpResponseBase:
    """What every row would do; on POST, import all that is not left out, or say which rows are not decided on."""
    budget = budget_at(request, pk)
    kept = get_object_or_404(selectors.budget_sheets_for(request.member, budget), pk=sheet)
    require(request.member, Right.IMPORT_BUDGET)
    kept.budget = budget
    plan, seen = imports.preview_of(kept)
    refusal: Refusal | None = None
    leave = frozenset[int]()
    if request.method == "POST":
        leave, _ = decided(request.POST, plan)
        try:
            done = imports.import_lines(kept, by=request.member, leave_out=leave, seen=request.POST.get("seen", ""))
            told = gettext("Added: %(added)s. Changed: %(changed)s. Left out: %(left)s.")
            counts = {"added": done.added, "changed": done.changed, "left": len(leave)}
            messages.success(request, told % counts)
            return redirect("budgets:budget", pk=pk)
        except (InvalidInput, ChangedSinceSeen) as error:
            refusal = error
    context = {**_frame(budget), "sheet": kept.sheet, "plan": plan, "seen": seen, "refusal": refusal, "left": leave}
    return render(request, "budgets/import_preview.html", context, status=refusal.http_status if refusal else 200)
