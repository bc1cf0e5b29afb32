"""An application as the forms that accountants know: G702 and G703, to be printed and as a PDF."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from invoices.models import Invoice
from invoices.printing import printable
from invoices.views import get_invoice
from procore_sync.accounts.models import Membership
from procore_sync.accounts.web import MemberRequest, member_required


@require_GET
@member_required
def printed(request: MemberRequest, pk: int) -> HttpResponse:
    """The two sheets as a page for the printer."""
    found = get_invoice(request, pk)
    return render(request, "invoices/print.html", {"invoice": found, "sheet": printable(found, request.member)})


@require_GET
@member_required
def pdf(request: MemberRequest, pk: int) -> HttpResponse:
    """The two sheets as a PDF, to be saved."""
    return pdf_response(get_invoice(request, pk), request.member)


def pdf_response(found: Invoice, member: Membership) -> HttpResponse:
    """The sheets of an application that `member` may see, as a file."""
    # Here, because it would double the time in which every process starts.
    from invoices.pdf import pdf_of

    name = f"{found.commitment.number}-application-{found.sequence}.pdf"
    headers = {
        "Content-Disposition": content_disposition_header(True, name) or "attachment",
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(pdf_of(printable(found, member)), content_type="application/pdf", headers=headers)
