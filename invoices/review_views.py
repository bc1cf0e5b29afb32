"""The pages of the review of an application, and of its correction after the sync."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from commitments.forms import ReasonForm
from invoices import corrections, guards, selectors
from invoices import review as reviewing
from invoices.content import lines_now
from invoices.forms import ApprovalForm, Billing, FinishForm, ReviewRow
from invoices.kinds import LINE_COLUMNS, invoice_document
from invoices.lines import summary_of
from invoices.models import Invoice, InvoiceStatus
from invoices.statuses import spoken
from invoices.terms import due_of
from invoices.views import get_invoice
from procore_sync.acceptance.reviews import changes_since_sync
from procore_sync.accounts.access import Right, may, require
from procore_sync.accounts.web import MemberRequest, member_required
from procore_sync.kit.refusals import InvalidInput
from procore_sync.kit.ticks import row_numbers
from projects.records import EditedMeanwhile
from projects.selectors import standing_of


@require_http_methods(["GET", "POST"])
@member_required
def review(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Every line with what is claimed, a verdict and a reason; on POST, what the review says and how it ends."""
    found = get_invoice(request, pk)
    require(request.member, Right.EDIT)
    lines = lines_now(found)
    if request.method == "GET":
        rows = [ReviewRow(line) for line in lines]
        return _review_page(request, found, rows, FinishForm(initial={"seen": found.edition, "due_on": due_of(found)}))
    rows, form = [ReviewRow(line, request.POST) for line in lines], FinishForm(request.POST)
    verdicts = [row.judged() for row in rows]
    if any(row.errors for row in rows) or not form.is_valid():
        return _review_page(request, found, rows, form, status=422)
    given = form.cleaned_data
    try:
        done = reviewing.review_lines(
            found,
            verdicts,
            by=request.member,
            finish=given["finish"],
            remark=given["remark"],
            due_on=given["due_on"],
            seen=given["seen"] or 0,
        )
    except InvalidInput as refusal:
        Billing(list(rows)).say({name: said for name, said in refusal.errors.items() if name.startswith("lines.")})
        for name, sentences in refusal.errors.items():
            for sentence in sentences if not name.startswith("lines.") else ():
                form.add_error(name if name in form.fields else None, sentence)
        return _review_page(request, found, rows, form, status=422)
    except EditedMeanwhile as refusal:
        form.add_error(None, refusal.in_a_form)
        return _review_page(request, found, rows, form, status=refusal.http_status)
    messages.success(request, _told(done))
    return redirect("invoices:invoice", pk=pk)


def _told(done: Invoice) -> str:
    said = {"number": done.sequence, "status": gettext(spoken(done.status))}
    return gettext("Application %(number)s is %(status)s.") % said


def _review_page(
    request: MemberRequest, found: Invoice, rows: list[ReviewRow], form: FinishForm, status: int = 200
) -> HttpResponse:
    context = {
        "invoice": found,
        "commitment": found.commitment,
        "rows": rows,
        "form": form,
        "summary": summary_of([row.line for row in rows]),
        "why_not": guards.why_not_review(found),
        "shows_claimed": selectors.shows_claimed(found, request.member),
    }
    return render(request, "invoices/review.html", context, status=status)


@require_POST
@member_required
def set_status(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Give it a status of approval, and perhaps the day on which payment is due."""
    found, form = get_invoice(request, pk), ApprovalForm(request.POST)
    form.full_clean()
    wrong = [str(one) for one in form.errors.get("due_on", [])]
    if wrong:
        raise InvalidInput(wrong[0], errors={"due_on": wrong})
    said = {"remark": request.POST.get("remark", ""), "due_on": form.cleaned_data["due_on"]}
    done = reviewing.approve(found, request.POST.get("status", ""), by=request.member, seen=_seen(request), **said)
    messages.success(request, _told(done))
    return redirect("invoices:invoice", pk=pk)


def _seen(request: MemberRequest) -> int | None:
    """The edition that the page showed, if it said one."""
    seen = row_numbers([request.POST.get("seen", "")])
    return seen[0] if seen else None


@require_POST
@member_required
def give_back(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Give it back to be revised."""
    found, remark = get_invoice(request, pk), request.POST.get("remark", "")
    done = reviewing.return_invoice(found, remark, by=request.member, seen=_seen(request))
    told = gettext("Application %(number)s goes back to its contacts to be revised.")
    messages.success(request, told % {"number": done.sequence})
    return redirect("invoices:invoice", pk=pk)


@require_http_methods(["GET", "POST"])
@member_required
def correct(request: MemberRequest, pk: int) -> HttpResponseBase:
    """The page of a correction; on POST, begin it with its reason."""
    found = get_invoice(request, pk)
    require(request.member, Right.EDIT)
    if request.method == "GET":
        return _correct_page(request, found, ReasonForm())
    form = ReasonForm(request.POST)
    form.is_valid()
    try:
        corrections.begin_correction(found, form.cleaned_data.get("reason", ""), by=request.member)
    except InvalidInput as refusal:
        form.add_error("reason", refusal.sentence)
        return _correct_page(request, found, form, status=422)
    told = gettext("%(number)s of %(commitment)s can be edited now. QuickBooks keeps its bill until you send it again.")
    messages.success(request, told % {"number": found.number, "commitment": found.commitment.number})
    return redirect("invoices:correct", pk=pk)


def _correct_page(request: MemberRequest, found: Invoice, form: ReasonForm, status: int = 200) -> HttpResponse:
    changes, lines = changes_since_sync(found.erp, invoice_document(found))
    context = {
        "invoice": found,
        "commitment": found.commitment,
        "changes": changes,
        "lines": lines,
        "line_columns": LINE_COLUMNS,
        "form": form,
        "against": None if found.is_correcting else corrections.why_not_correct(found),
        "standing": standing_of(found, request.member),
        "may_edit": may(request.member, Right.EDIT),
        "why_not_end": corrections.why_not_end(found),
        "waits": found.status == InvoiceStatus.UNDER_REVIEW,
    }
    return render(request, "invoices/correct.html", context, status=status)


@require_POST
@member_required
def end_correction(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Take back a correction in which nothing was changed."""
    found = corrections.end_correction(get_invoice(request, pk), by=request.member)
    told = gettext("%(number)s of %(commitment)s stays as QuickBooks has it.")
    messages.success(request, told % {"number": found.number, "commitment": found.commitment.number})
    return redirect("invoices:invoice", pk=pk)
