"""The list of invoices as a file: what the page shows with its filter and order, every row of it and not one page."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from django.db.models import QuerySet
from django.http import HttpResponse
from django.views.decorators.http import require_GET

from invoices.filters import Sums, narrow, sums_by_invoice
from invoices.models import Invoice
from invoices.payment_selectors import settled_by_invoice
from invoices.payments import Settled
from invoices.selectors import invoices_for, is_contact
from procore_sync.accounts.web import MemberRequest, member_required
from projects.cost_views import file_of

HEADINGS = (
    "Number",
    "Application",
    "Commitment",
    "Title",
    "Vendor",
    "Project",
    "From",
    "To",
    "Billing date",
    "Payment due",
    "Status",
    "Billed",
    "Withheld",
    "Released",
    "Due",
    "Paid",
    "Open",
)
#: Where it stands in accounting is nothing for those who bill, on the page too.
HEADINGS_INSIDE = ("In accounting",)

#: Of how many invoices the lines are summed at once.
_AT_ONCE = 500


@require_GET
@member_required
def invoices_file(request: MemberRequest, extension: str) -> HttpResponse:
    """The invoices of the list page as CSV or XLSX, with what each comes to."""
    rows = narrow(invoices_for(request.member), request.GET, request.member)
    inside = not is_contact(request.member)
    headings = (*HEADINGS, *HEADINGS_INSIDE) if inside else HEADINGS
    return file_of(extension, "invoices", headings, _cells(rows, inside=inside), company=request.member.company)


def _cells(rows: QuerySet[Invoice], *, inside: bool) -> Iterator[tuple[object, ...]]:
    left = rows.iterator(_AT_ONCE)
    while some := list(islice(left, _AT_ONCE)):
        sums = sums_by_invoice(some)
        settled = settled_by_invoice(some)
        for one in some:
            yield (*_said(one, sums[one.pk], settled.get(one.pk)), *((one.erp.get_status_display(),) if inside else ()))


def _said(invoice: Invoice, sums: Sums, settled: Settled | None) -> tuple[object, ...]:
    commitment = invoice.commitment
    return (
        invoice.number,
        invoice.sequence,
        commitment.number,
        commitment.title,
        commitment.vendor.name if commitment.vendor else "",
        commitment.project.name,
        invoice.starts_on,
        invoice.ends_on,
        invoice.billed_on,
        invoice.due_on or "",
        invoice.get_status_display(),
        sums.gross,
        sums.held,
        sums.released,
        sums.due,
        settled.paid if settled else "",
        settled.open if settled else "",
    )
