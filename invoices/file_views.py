"""Files of an invoice, on their way in and out."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from commitments.contacts import require_part
from commitments.file_views import file_response
from commitments.forms import AttachForm
from invoices import files, selectors
from invoices.file_standings import file_standings
from invoices.views import get_invoice
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.refusals import InvalidInput


@require_POST
@member_required
def attach(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Keep a file with the invoice."""
    found = get_invoice(request, pk)
    require_part(found.commitment, request.member)
    form = AttachForm(request.POST, request.FILES)
    if not form.is_valid():
        raise InvalidInput(gettext("Choose a file first."), errors={"file": [gettext("Choose a file first.")]})
    made = files.attach(found, form.cleaned_data["file"], by=request.member)
    messages.success(request, gettext("%(name)s is attached.") % {"name": made.name})
    return redirect(reverse("invoices:invoice", args=[pk]) + "#files")


@require_GET
@member_required
def file(request: MemberRequest, pk: int, file_pk: int) -> HttpResponse:
    """The bytes of a file, to be saved and never to be shown by the browser."""
    found = get_invoice(request, pk)
    return file_response(get_visible(found.files.filter(payment=None), file_pk))


@require_POST
@member_required
def remove(request: MemberRequest, pk: int, file_pk: int) -> HttpResponseBase:
    """Throw a file away."""
    found = get_invoice(request, pk)
    kept = get_visible(selectors.files_of(found), file_pk)
    stand = file_standings(found, [kept], request.member).of.get(kept.pk)
    files.remove(kept, by=request.member)
    told = gettext("%(name)s is removed.")
    if stand and stand.state == "there":
        told = gettext("%(name)s is removed here. QuickBooks keeps its own with the bill.")
    messages.success(request, told % {"name": kept.name})
    return redirect(reverse("invoices:invoice", args=[pk]) + "#files")
