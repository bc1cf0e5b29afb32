"""The pages of applications for payment: fetch through a selector, call an operation, render."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from commitments.contacts import require_part, why_no_part
from commitments.models import Commitment
from invoices import guards, operations, selectors
from invoices.commitment_hooks import applications_of
from invoices.content import before, lines_now
from invoices.file_standings import file_standings
from invoices.filters import page_for
from invoices.forms import ApprovalForm, Billing, HeadForm, head_of
from invoices.lines import summary_of
from invoices.models import Invoice, InvoiceType
from invoices.periods import open_period_of
from invoices.sections import sections_of
from invoices.statuses import BILLABLE
from invoices.steps import steps_of
from invoices.terms import due_of
from procore_sync.acceptance.many import send_many
from procore_sync.acceptance.states import LOCKED
from procore_sync.accounts.access import Right, may, require
from procore_sync.accounts.models import Membership
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.kinds import Kind
from procore_sync.kit.shown import day
from procore_sync.kit.ticks import row_numbers
from projects.selectors import standing_of


def get_invoice(request: MemberRequest, pk: int) -> Invoice:
    """The invoice `pk`, if the person may see it; else 404."""
    return get_visible(selectors.invoices_for(request.member), pk)


@require_GET
@member_required
def invoices(request: MemberRequest) -> HttpResponse:
    """The invoices that the person may see, and what they come to."""
    rows = selectors.invoices_for(request.member)
    context = page_for(request.member, rows, request.GET)
    billable = selectors.commitments_seen_by(request.member).filter(status__in=BILLABLE, is_active=True)
    context |= {
        "may_edit": may(request.member, Right.EDIT),
        "may_send": may(request.member, Right.SEND, Kind.INVOICE),
        "billable": billable.order_by("number", "pk") if not _only_looks(request.member) else [],
        "locked": LOCKED,
    }
    return render(request, "invoices/invoices.html", context)


def _only_looks(member: Membership) -> bool:
    return not selectors.is_contact(member) and not may(member, Right.EDIT)


@require_GET
@member_required
def invoice(request: MemberRequest, pk: int) -> HttpResponse:
    """One application: how it stands, its G702 and G703, what came before it, its files."""
    found, member = get_invoice(request, pk), request.member
    lines = lines_now(found)
    company, kept = may(member, Right.VIEW), list(selectors.files_of(found))
    stand = file_standings(found, kept, member)
    context = {
        "invoice": found,
        "commitment": found.commitment,
        "is_contact": selectors.is_contact(member),
        "standing": standing_of(found, member) if company else None,
        "lines": lines,
        "summary": summary_of(lines),
        "steps": steps_of(found, member),
        "history": [one for one in applications_of(found.commitment, member) if one.invoice.pk != found.pk],
        "files": [(one, stand.of.get(one.pk)) for one in kept],
        "left_files": stand.left,
        "may_attach": why_no_part(found.commitment, member) is None,
        "may_edit": may(member, Right.EDIT),
        "approval_form": ApprovalForm(initial={"status": found.status, "due_on": due_of(found)}),
        "why_not_approve": guards.why_not_approve(found),
        "why_not_return": guards.why_not_return(found),
        "why_not_void": guards.why_not_void(found),
        "why_not_delete": guards.why_not_delete(found),
        "why_not_release": _why_not_release(found, member),
        "shows_claimed": selectors.shows_claimed(found, member),
        "sections": sections_of(found, member),
    }
    return render(request, "invoices/invoice.html", context)


def _why_not_release(found: Invoice, member: Membership) -> str | None:
    if found.type != InvoiceType.RETAINAGE:
        return gettext("It bills work and materials only.")
    return guards.why_not_edit(found, member) or guards.why_not_bill(found)


@require_http_methods(["GET", "POST"])
@member_required
def new_invoice(request: MemberRequest) -> HttpResponseBase:
    """What stands against a new application of the commitment that is asked for, else a form for its head."""
    asked = request.GET.get("commitment", "")
    seen = selectors.commitments_seen_by(request.member)
    commitment = get_visible(seen, int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 0)
    if may(request.member, Right.VIEW):
        require(request.member, Right.EDIT)
    unmet = guards.why_not_create(commitment, request.member)
    if request.method == "GET":
        form = HeadForm(initial=_suggested(commitment, request.member), member=request.member)
        return _new_page(request, commitment, form, unmet)
    form = HeadForm(request.POST, initial=_suggested(commitment, request.member), member=request.member)
    made = form.save(lambda said: operations.create_invoice(commitment, by=request.member, details=said))
    if made is None:
        return _new_page(request, commitment, form, guards.why_not_create(commitment, request.member))
    told = gettext("Application %(number)s is there, as a draft. Bill its lines.")
    messages.success(request, told % {"number": made.sequence})
    return redirect("invoices:edit_invoice", pk=made.pk)


def _suggested(commitment: Commitment, member: Membership) -> dict[str, Any]:
    period = open_period_of(commitment.project)
    said = asdict(operations.suggested_details(commitment, period)) if period else {}
    # A contact's due date follows from the billing date that they give.
    return said | {"due_on": None} if selectors.is_contact(member) else said


def _new_page(request: MemberRequest, commitment: Commitment, form: HeadForm, unmet: list[Any]) -> HttpResponse:
    context = {
        "commitment": commitment,
        "form": form,
        "unmet": unmet,
        "period": open_period_of(commitment.project),
        "is_contact": selectors.is_contact(request.member),
    }
    return render(request, "invoices/new_invoice.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
@member_required
def edit_invoice(request: MemberRequest, pk: int) -> HttpResponseBase:
    """A form for the head and the lines; a second button submits what it saves."""
    found, member = get_invoice(request, pk), request.member
    require_part(found.commitment, member)
    lines, typed = lines_now(found), request.POST if request.method == "POST" else None
    form = HeadForm(typed, initial=head_of(found), member=member)
    form.billing = billing = Billing.of(lines, typed)
    saved = None
    if typed is not None:
        saved = form.save(
            lambda said: operations.save_invoice(found, said, billing.said(), by=member, seen=form.edition)
        )
    if saved is None:
        return _edit_page(request, found, form)
    if "submit" not in request.POST:
        messages.success(request, gettext("Application %(number)s is saved.") % {"number": saved.sequence})
        return redirect("invoices:invoice", pk=pk)
    operations.submit_invoice(saved, by=member)
    messages.success(request, _submitted(saved))
    return redirect("invoices:invoice", pk=pk)


def _edit_page(request: MemberRequest, found: Invoice, form: HeadForm) -> HttpResponse:
    member = request.member
    lines = [row.line for row in form.billing.rows] if form.billing else []
    context = {
        "form": form,
        "billing": form.billing,
        "invoice": found,
        "commitment": found.commitment,
        "summary": summary_of(lines),
        "previous": before(found),
        "is_contact": selectors.is_contact(member),
        "why_not": guards.why_not_edit(found, member),
        "why_not_bill": guards.why_not_bill(found),
        "why_not_submit": guards.why_not_submit(found, member),
        "retains": found.type == InvoiceType.RETAINAGE or not selectors.is_contact(member),
        "releases": found.type == InvoiceType.RETAINAGE,
        "shows_claimed": selectors.shows_claimed(found, member),
    }
    return render(request, "invoices/invoice_form.html", context, status=form.status)


@require_POST
@member_required
def submit(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Put it before its reviewers."""
    found = operations.submit_invoice(get_invoice(request, pk), by=request.member)
    messages.success(request, _submitted(found))
    return redirect("invoices:invoice", pk=pk)


def _submitted(found: Invoice) -> str:
    return gettext("Application %(number)s is submitted for review.") % {"number": found.sequence}


@require_POST
@member_required
def move(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Let a draft that was left over bill in the open period."""
    found = operations.move_invoice(get_invoice(request, pk), by=request.member)
    told = gettext("Application %(number)s bills %(starts)s to %(ends)s now.")
    days = {"starts": day(found.starts_on), "ends": day(found.ends_on)}
    messages.success(request, told % {"number": found.sequence, **days})
    return redirect("invoices:invoice", pk=pk)


@require_POST
@member_required
def void(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Make it void."""
    found = operations.void_invoice(get_invoice(request, pk), by=request.member)
    messages.success(request, gettext("Application %(number)s is void.") % {"number": found.sequence})
    return redirect("invoices:invoice", pk=pk)


@require_POST
@member_required
def delete(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Delete a draft."""
    found = get_invoice(request, pk)
    operations.delete_invoice(found, by=request.member)
    messages.success(request, gettext("Application %(number)s is deleted.") % {"number": found.sequence})
    return redirect("invoices:invoices")


@require_POST
@member_required
def send_several(request: MemberRequest) -> HttpResponseBase:
    """Send what was ticked to accounting, and say of each what became of it."""
    require(request.member, Right.SEND, Kind.INVOICE)
    ticked = row_numbers(request.POST.getlist("invoice"))
    batch = send_many(selectors.items_to_send(request.member, ticked), by=request.member)
    return redirect("acceptance:turns", batch=batch)
