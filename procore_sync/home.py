"""The start page: what waits for me, how old and how much, what failed and why, and how the ledger is."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from invoices.billing_views import contact_home
from invoices.selectors import is_contact
from procore_sync.acceptance import selectors, summaries
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.models import Membership
from procore_sync.accounts.web import MemberRequest, member_required
from procore_sync.help.first_steps import card_of
from quickbooks_bridge.reconciling.selectors import on_home

#: The views of the inbox that Home counts, each with its colour.
_FIGURES = {"ready_to_export": "", "exporting": "", "failed": "neg", "changed": "late", "synced": ""}


@require_GET
@member_required
def home(request: MemberRequest) -> HttpResponse:
    """What this person has to do, first; an invoice contact finds what he bills."""
    if is_contact(request.member):
        return contact_home(request, {"first_steps": card_of(request.member)})
    context = {
        "home": summaries.home_of(request.member),
        "views": _figures(request.member),
        "reconciled": on_home(request.member),
        "first_steps": card_of(request.member),
    }
    return render(request, "home.html", context)


def _figures(member: Membership) -> list[tuple[str, int, str, str]]:
    """Where the company's records stand: label, count, address of the view, and the colour of a count above none."""
    if not may(member, Right.VIEW):
        return []
    counts, inbox = selectors.view_counts(member), reverse("acceptance:inbox")
    return [
        (view.label, counts[view.key], f"{inbox}?{urlencode({'view': view.key})}", _FIGURES[view.key])
        for view in selectors.VIEWS
        if view.key in _FIGURES
    ]
