"""The pages of commitments: fetch through a selector, call an operation, render."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from commitments import operations, selectors
from commitments.corrections import unmet_for_correcting
from commitments.file_views import brings_rows, taken_over
from commitments.filters import COMMITMENT_LIST
from commitments.forms import AttachForm, CommitmentForm, StartForm, StatusForm, initial_of
from commitments.kinds import lines_of
from commitments.models import Commitment
from commitments.rules import CommitmentDetails
from commitments.schedule_forms import MORE_ROWS, Schedule
from commitments.sections import sections_of
from commitments.ssov import remaining_of
from commitments.ssov_views import invite_steps
from procore_sync.acceptance.courier import Fact
from procore_sync.accounts.access import Right, may, require
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Membership
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.refusals import InvalidInput
from procore_sync.kit.shown import day, rate
from procore_sync.kit.text import filled
from projects.kinds import labelled
from projects.models import Project
from projects.selectors import codes_of, projects_for, standing_of
from projects.steps import Step, steps_of, steps_to


def get_commitment(request: MemberRequest, pk: int) -> Commitment:
    """The commitment `pk`, if the person may see it; else 404."""
    return get_visible(selectors.commitments_for(request.member), pk)


@require_GET
@member_required
def commitments(request: MemberRequest) -> HttpResponse:
    """The company's commitments, and what they come to by project."""
    rows = selectors.commitments_for(request.member)
    context = COMMITMENT_LIST.page_for(request.member, rows, request.GET)
    steps = steps_to(request.member, ("commitments:new_commitment", gettext_noop("New commitment"), "n"))
    if project := request.GET.get("project"):  # the list of one project makes one of that project
        steps = [replace(step, url=f"{step.url}?{urlencode({'of': project})}") for step in steps]
    return render(request, "commitments/commitments.html", {**context, "steps": steps})


@require_GET
@member_required
def commitment(request: MemberRequest, pk: int) -> HttpResponse:
    """One commitment: how it stands in accounting, its lines, files and people."""
    found = get_commitment(request, pk)
    lines = lines_of(found)
    context = {
        "commitment": found,
        "standing": standing_of(found, request.member),
        "facts": facts_of(found),
        "terms": terms_of(found),
        "lines": lines,
        "remaining": sum(remaining_of(found).values()) if found.uses_ssov else None,
        "attachments": selectors.attachments_of(found),
        "contacts": found.invoice_contacts.select_related("user"),
        "readers": found.erp.readers.select_related("user") if found.erp.is_private else [],
        "steps": _steps(found, request.member),
        "may_edit": may(request.member, Right.EDIT),
        "may_delete": may(request.member, Right.EDIT) and operations.why_not_delete(found) is None,
        "status_form": StatusForm(found),
        "attach_form": AttachForm(),
        "distribution": found.distribution.select_related("user"),
        "invite_steps": invite_steps(found, request.member),
        "sections": sections_of(found, request.member),
    }
    return render(request, "commitments/commitment.html", context)


def facts_of(found: Commitment) -> list[Fact]:
    """The head of a commitment, for reading."""
    return labelled(
        (gettext_noop("Type"), gettext(found.get_type_display())),
        (gettext_noop("Vendor"), str(found.vendor or gettext("Not chosen yet"))),
        (gettext_noop("Date created"), day(found.created_on)),
        (gettext_noop("Default retainage"), rate(found.default_retainage)),
        (gettext_noop("Accounting method"), gettext(found.get_accounting_method_display())),
        (gettext_noop("Description"), found.description),
    )


def terms_of(found: Commitment) -> list[Fact]:
    """What stays in the console."""
    return labelled(
        (gettext_noop("Executed"), gettext("Yes") if found.executed else gettext("No")),
        (gettext_noop("Signed on"), day(found.signed_on) if found.signed_on else ""),
        (gettext_noop("Starts on"), day(found.starts_on) if found.starts_on else ""),
        (gettext_noop("Estimated completion"), day(found.completes_on) if found.completes_on else ""),
        (gettext_noop("Delivery date"), day(found.delivers_on) if found.delivers_on else ""),
        (gettext_noop("Payment terms"), found.payment_terms),
        (gettext_noop("Inclusions"), found.inclusions),
        (gettext_noop("Exclusions"), found.exclusions),
        (gettext_noop("Ship to"), found.ship_to),
        (gettext_noop("Bill to"), found.bill_to),
    )


def _steps(found: Commitment, member: Membership) -> list[Step]:
    """What every record has, and to correct it where QuickBooks holds it."""
    steps = steps_of(found, member, edit="commitments:edit_commitment", active="commitments:set_commitment_active")
    if not steps:
        return []
    if found.erp.synced_revision is not None:
        against = " ".join(one.sentence for one in unmet_for_correcting(found)) or None
        url = reverse("commitments:correct", args=[found.pk])
        steps.insert(1, Step("correct", gettext_noop("Correct and replace"), url, against))
    return steps


@require_http_methods(["GET", "POST"])
@member_required
def new_commitment(request: MemberRequest) -> HttpResponseBase:
    """First project and type, then a form for the rest with its lines."""
    require(request.member, Right.EDIT)
    projects = projects_for(request.member).filter(is_active=True)
    asked = request.POST if request.method == "POST" else request.GET
    chosen = request.method == "POST" or "project" in asked
    start = StartForm(_start_of(asked), projects) if chosen else None
    if start is None or not start.is_valid():
        form = start or StartForm(None, projects, initial={"project": asked.get("of")})
        return render(request, "commitments/start.html", {"form": form}, status=422 if start else 200)
    project = get_visible(projects, start.cleaned_data["project"])
    return _new(request, project, start.cleaned_data["type"], start.cleaned_data["method"])


def _start_of(asked: Any) -> Any:
    """What was chosen first, from its own form or from the hidden fields of the second."""
    start = asked.copy()
    for name, later in (("project", "project_id"), ("method", "accounting_method")):
        if later in asked:
            start[name] = asked[later]
    start.setdefault("method", "amount")
    start.setdefault("type", "subcontract")
    return start


def _new(request: MemberRequest, project: Project, type_: str, method: str) -> HttpResponseBase:
    fixed = {"project_id": project.pk, "type": type_, "accounting_method": method}
    suggested = {
        "number": selectors.suggested_number(project, type_),
        "created_on": today_of(project.company),
    }
    schedule = Schedule(method, list(codes_of(project)))
    if request.method == "GET":
        form = CommitmentForm(initial={**fixed, **suggested}, member=request.member, type=type_)
        form.schedule = schedule.blank()
        return _form_page(request, form, project)
    form = CommitmentForm(request.POST, member=request.member, type=type_)
    form.schedule = schedule.type(request.POST)
    made = _saved_or_shown(
        request,
        form,
        lambda said: operations.create_commitment(said, by=request.member, lines=_lines(form)),
        lambda: CommitmentForm(initial={**form.said, **fixed}, member=request.member, type=type_),
    )
    if not isinstance(made, Commitment):
        return _form_page(request, made, project)
    messages.success(request, filled(gettext("%(name)s is there."), {"name": made}))
    return redirect("commitments:commitment", pk=made.pk)


@require_http_methods(["GET", "POST"])
@member_required
def edit_commitment(request: MemberRequest, pk: int) -> HttpResponseBase:
    """A form for a commitment that is there, with its lines where they may change."""
    found = get_commitment(request, pk)
    require(request.member, Right.EDIT)
    named: dict[str, Any] = {"member": request.member, "type": found.type, "record": found}
    stands = initial_of(found)
    may_change = not found.erp.is_locked and not found.is_kept
    schedule = Schedule(found.accounting_method, list(codes_of(found.project))) if may_change else None
    if request.method == "GET":
        form = CommitmentForm(initial=stands, **named)
        form.schedule = (
            schedule.store(lines_of(found)).blank(1 if found.lines.exists() else MORE_ROWS) if schedule else None
        )
        return _form_page(request, form, found.project)
    form = CommitmentForm(request.POST, initial=stands, **named)
    form.schedule = schedule.type(request.POST) if schedule else None
    saved = _saved_or_shown(
        request,
        form,
        lambda said: _save(request, found, said, form),
        lambda: CommitmentForm(initial={**stands, **form.said}, **named),
    )
    if not isinstance(saved, Commitment):
        return _form_page(request, saved, found.project)
    messages.success(request, filled(gettext("%(name)s is saved."), {"name": saved}))
    return redirect("commitments:correct" if saved.is_correcting else "commitments:commitment", pk=pk)


def _save(request: MemberRequest, found: Commitment, said: CommitmentDetails, form: CommitmentForm) -> Commitment:
    if form.schedule is None:
        return operations.edit_commitment(found, said, by=request.member, seen=form.edition)
    return operations.save_commitment(found, said, _lines(form), by=request.member, seen=form.edition)


def _lines(form: CommitmentForm) -> Any:
    return form.schedule.lines() if form.schedule else []


def _saved_or_shown(
    request: MemberRequest,
    form: CommitmentForm,
    save: Callable[[CommitmentDetails], Commitment],
    again: Callable[[], CommitmentForm],
) -> Commitment | CommitmentForm:
    """What was saved; or the form to show: with rows added or read where there are any, else with sentences.

    Rows that were pasted and not put into the form are put there first, and nothing is saved: nobody has seen them.
    """
    schedule = form.schedule
    if schedule is None or not ("more" in request.POST or brings_rows(request)):
        return form.save(save) or form
    shown = again()
    shown.schedule = schedule
    if brings_rows(request):
        try:
            taken_over(request, schedule)
        except InvalidInput as refusal:
            shown.status = 422
            shown.lines_refusal, shown.pasted = refusal.sentence, request.POST.get("paste", "")
        else:
            told = gettext("The rows are in the form now. Nothing is saved yet: look through them, then save.")
            messages.info(request, told)
    schedule.blank(MORE_ROWS if "more" in request.POST else 1)
    return shown


def _form_page(request: MemberRequest, form: CommitmentForm, project: Project) -> HttpResponse:
    context = {
        "form": form,
        "project": project,
        "commitment": form.record,
        "schedule": form.schedule,
        "lines": lines_of(form.record) if form.record and form.schedule is None else [],
    }
    return render(request, "commitments/commitment_form.html", context, status=form.status)


@require_POST
@member_required
def set_status(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Another business status."""
    found = get_commitment(request, pk)
    saved = operations.set_status(found, request.POST.get("status", ""), by=request.member)
    said = {"name": saved, "status": gettext(saved.get_status_display()).lower()}
    messages.success(request, gettext("%(name)s is %(status)s now.") % said)
    return redirect("commitments:commitment", pk=pk)


@require_POST
@member_required
def set_commitment_active(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Activate the commitment if it is inactive, else deactivate it."""
    found = get_commitment(request, pk)
    operations.set_commitment_active(found, not found.is_active, by=request.member)
    said = gettext("%(name)s is active now.") if found.is_active else gettext("%(name)s is inactive now.")
    messages.success(request, filled(said, {"name": found}))
    return redirect("commitments:commitment", pk=pk)


@require_POST
@member_required
def delete_commitment(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Delete a draft that was never sent."""
    found = get_commitment(request, pk)
    operations.delete_commitment(found, by=request.member)
    messages.success(request, filled(gettext("%(name)s is deleted."), {"name": found}))
    return redirect("commitments:commitments")
