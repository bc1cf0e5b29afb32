"""An application as the forms that accountants know: G702 and G703, to be printed."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from invoices.printing import printable
from invoices.views import get_invoice
from procore_sync.accounts.web import MemberRequest, member_required


@require_GET
@member_required
def printed(request: MemberRequest, pk: int) -> HttpResponse:
    """The two sheets as a page for the printer."""
    found = get_invoice(request, pk)
    return render(request, "invoices/print.html", {"invoice": found, "sheet": printable(found, request.member)})
