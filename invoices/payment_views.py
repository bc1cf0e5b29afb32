"""The pages of payments issued: the list, one payment with its note and files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from invoices import payment_operations as operations
from invoices import payment_selectors as selectors
from invoices.models import Payment
from invoices.payment_forms import NoteForm, PaymentFileForm, PaymentFilter
from invoices.selectors import invoices_for, is_contact
from procore_sync.acceptance.courier import Fact
from procore_sync.accounts.access import Right, may, require
from procore_sync.accounts.models import Membership
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.finding import asked_of
from procore_sync.kit.refusals import InvalidInput
from procore_sync.kit.shown import day
from procore_sync.kit.shown import money as as_money
from projects.cost_views import file_of
from projects.kinds import labelled
from projects.records import EditedMeanwhile

PAGE = 50
HEADINGS = (
    "Date",
    "Method",
    "Payment number",
    "Vendor",
    "Project",
    "Commitment",
    "Invoice",
    "Amount",
    "State",
    "In QuickBooks",
)
#: What people of the company get beside that.
HEADINGS_INSIDE = ("Money of the whole payment", "Credits of the whole payment", "Bills it pays")


def require_reader(member: Membership) -> None:
    """Go on only if `member` may see payments at all: people of the company, and invoice contacts their own.

    Raises:
        NotAllowed: they may not.
    """
    if not is_contact(member):
        require(member, Right.VIEW)


def _asked(request: MemberRequest) -> tuple[PaymentFilter, QuerySet[Payment]]:
    require_reader(request.member)
    form = PaymentFilter(request.GET, request.member)
    return form, selectors.narrowed(selectors.payments_for(request.member), asked_of(form))


@require_GET
@member_required
def payments(request: MemberRequest) -> HttpResponse:
    """The payments issued, and what they come to by vendor."""
    form, rows = _asked(request)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "page_obj": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "total": selectors.total_of(rows),
        "totals": selectors.totals_of(rows),
        "narrowed": any(request.GET.get(name) for name in form.fields),
        "query": query.urlencode(),
        "is_contact": is_contact(request.member),
    }
    return render(request, "invoices/payments/payments.html", context)


@require_GET
@member_required
def payments_file(request: MemberRequest, extension: str) -> HttpResponse:
    """The same as a file."""
    _, rows = _asked(request)
    inside = not is_contact(request.member)
    headings = (*HEADINGS, *HEADINGS_INSIDE) if inside else HEADINGS
    return file_of(extension, "payments-issued", headings, _cells(rows, inside=inside), company=request.member.company)


def _cells(rows: QuerySet[Payment], *, inside: bool) -> Iterator[tuple[object, ...]]:
    for one in rows.iterator(1000):
        commitment = one.invoice.commitment
        yield (
            one.day,
            one.get_method_display(),
            one.number,
            commitment.vendor.name if commitment.vendor else "",
            commitment.project.name,
            commitment.number,
            one.invoice.number,
            one.amount,
            one.get_state_display(),
            f"BillPayment {one.payment_id}",
            *((one.total, one.credits, one.bills) if inside else ()),
        )


@require_http_methods(["GET", "POST"])
@member_required
def payment(request: MemberRequest, pk: int) -> HttpResponseBase:
    """One payment of one invoice; a form for its note."""
    require_reader(request.member)
    found = get_visible(selectors.payments_for(request.member), pk)
    if request.method == "GET":
        return _payment_page(request, found, NoteForm.of(found))
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _payment_page(request, found, form, status=422)
    said = form.cleaned_data
    try:
        operations.save_note(found, said["note"], by=request.member, seen=said["seen"])
    except (InvalidInput, EditedMeanwhile) as refusal:
        form.add_error("note", refusal.sentence)
        return _payment_page(request, found, form, status=refusal.http_status)
    messages.success(request, gettext("The note is saved."))
    return redirect("invoices:payment", pk=pk)


def _payment_page(request: MemberRequest, found: Payment, form: NoteForm, status: int = 200) -> HttpResponse:
    inside = not is_contact(request.member)
    (told,) = selectors.paid_invoices(invoices_for(request.member).filter(pk=found.invoice_id))
    context = {
        "payment": found,
        "invoice": found.invoice,
        "settled": told.settled,
        "facts": facts_of(found, inside=inside),
        "beside": _beside(request.member, found),
        "files": selectors.files_of(found) if inside else [],
        "inside": inside,
        "is_contact": not inside,
        "may_edit": may(request.member, Right.EDIT),
        "note_form": form,
        "file_form": PaymentFileForm(),
    }
    return render(request, "invoices/payments/payment.html", context, status=status)


def _beside(member: Membership, found: Payment) -> QuerySet[Payment]:
    """The other invoices that the same payment pays, of those that `member` sees."""
    same = selectors.payments_for(member).filter(company_id=found.company_id, payment_id=found.payment_id)
    return same.exclude(pk=found.pk).order_by("invoice__number")


def facts_of(found: Payment, *, inside: bool) -> list[Fact]:
    """What QuickBooks says of it; its private memo and its whole for people of the company only."""
    vendor = found.invoice.commitment.vendor
    said = [
        (gettext("Method"), gettext(found.get_method_display())),
        (gettext("Payment number"), found.number),
        (gettext("Date"), day(found.day)),
        (gettext("Paid to"), vendor.name if vendor else ""),
        (gettext("Applied to this invoice"), as_money(found.amount)),
    ]
    if inside:
        said += [
            (gettext("Money of the whole payment"), as_money(found.total)),
            (gettext("Credits and discount used in it"), as_money(found.credits) if found.credits else ""),
            (gettext("Bills it pays"), str(found.bills)),
            (gettext("Memo"), found.memo),
        ]
    return labelled(*said)


@require_POST
@member_required
def attach_to_payment(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Keep a file with the payment."""
    found = _editable(request, pk)
    form = PaymentFileForm(request.POST, request.FILES)
    if not form.is_valid():
        raise InvalidInput(gettext("Choose a file first."), errors={"file": [gettext("Choose a file first.")]})
    made = operations.attach(found, form.cleaned_data["file"], by=request.member)
    messages.success(request, gettext("%(name)s is attached.") % {"name": made.name})
    return redirect(reverse("invoices:payment", args=[pk]) + "#files")


def _editable(request: MemberRequest, pk: int) -> Payment:
    require_reader(request.member)
    found = get_visible(selectors.payments_for(request.member), pk)
    require(request.member, Right.EDIT)
    return found


@require_GET
@member_required
def payment_file(request: MemberRequest, pk: int, file_pk: int) -> HttpResponse:
    """The bytes of a file, to be saved and never to be shown by the browser."""
    require(request.member, Right.VIEW)
    found = get_visible(selectors.payments_for(request.member), pk)
    kept: Any = get_visible(found.files.all(), file_pk)
    return HttpResponse(
        bytes(kept.content),
        content_type=kept.content_type,
        headers={
            "Content-Disposition": content_disposition_header(True, kept.name) or "attachment",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )


@require_POST
@member_required
def remove_payment_file(request: MemberRequest, pk: int, file_pk: int) -> HttpResponseBase:
    """Throw a file away."""
    found = _editable(request, pk)
    kept = get_visible(selectors.files_of(found), file_pk)
    operations.remove(kept, by=request.member)
    messages.success(request, gettext("%(name)s is removed.") % {"name": kept.name})
    return redirect(reverse("invoices:payment", args=[pk]) + "#files")
