"""The checklist of the set-up of invoices: looked at in QuickBooks, and cured where it can be cured from here."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_GET, require_POST

from procore_sync.acceptance.refusals import ChangedSinceSeen
from procore_sync.accounts.access import Right, require, why_not
from procore_sync.accounts.web import MemberRequest, member_required
from procore_sync.kit.ways import own_way, with_way_back
from quickbooks_bridge import bill_setup, features
from quickbooks_bridge.bench_views import Page, bench
from quickbooks_bridge.bill_needs import NEEDS, none_to_choose, read_needs, said_of
from quickbooks_bridge.defaults import defaults_of
from quickbooks_bridge.mapping_bench import Cell
from quickbooks_bridge.models import Connection
from quickbooks_bridge.selectors import connections_for


@require_GET
@member_required
def checklist(request: MemberRequest) -> HttpResponse:
    """The checklist as QuickBooks said it last; the page has it looked at anew by itself."""
    require(request.member, Right.VIEW)
    return _page(request, None)


@require_POST
@member_required
def check(request: MemberRequest) -> HttpResponse:
    """Look in QuickBooks, and show the checklist with what was found."""
    require(request.member, Right.MAP)
    row = _own(request)
    return _page(request, bill_setup.look(row))


@require_POST
@member_required
def choose(request: MemberRequest) -> HttpResponseBase:
    """Choose the retainage item and the tax codes, and what a bill needs; with `try` what they would do is shown."""
    if "try" in request.POST:
        return _bench(request, _own(request))
    try:
        bill_setup.choose(_own(request), request.POST.dict(), by=request.member)
    except ChangedSinceSeen as refusal:
        return _page(request, None, refusal)
    messages.success(request, gettext("What invoices are posted with is saved."))
    return redirect(_own_page(request))


def _bench(request: MemberRequest, row: Connection) -> HttpResponse:
    given = request.POST.dict()
    tried, needed = bill_setup.try_chosen(row, given), read_needs(given)
    stand, wanted = said_of({name: getattr(row, name) for name in needed}), said_of(needed)
    beside = [Cell(label, stand[label], wanted[label]) for label in wanted]
    fields = (*bill_setup.CHOSEN, *NEEDS, "seen", "next")
    return bench(request, tried, Page(gettext_noop("Set up invoices"), _own_page(request), fields, beside))


@require_POST
@member_required
def create_item(request: MemberRequest) -> HttpResponseBase:
    """Make the retainage item in QuickBooks and choose it."""
    bill_setup.create_item(_own(request), request.POST.dict(), by=request.member)
    messages.success(request, gettext("The item “Retainage” is in QuickBooks and chosen."))
    return redirect(_own_page(request))


def _way_back(request: MemberRequest) -> str:
    """Where the person came from, which goes along with each form of the page; "" if that is not known."""
    return own_way(request, (request.POST or request.GET).get("next", ""))


def _own_page(request: MemberRequest) -> str:
    return with_way_back(bill_setup.page(), _way_back(request))


def _own(request: MemberRequest) -> Connection:
    require(request.member, Right.MAP)
    row = connections_for(request.member).first()
    if row is None:
        raise Http404("QuickBooks is not connected.")
    return row


def _page(request: MemberRequest, told: str | None, refusal: ChangedSinceSeen | None = None) -> HttpResponse:
    """`told` is why QuickBooks could not be asked, "" if it was, None if nobody has asked yet.

    With a `refusal` what was chosen and not saved stands there again.
    """
    member, row = request.member, connections_for(request.member).first()
    company_id = member.company_id
    given = request.POST.dict() if refusal else {}
    set_up = bill_setup.set_up_of(company_id, row)
    typed: dict[str, Any] = {**read_needs(given), "seen": given.get("seen", set_up.seen)}
    defaults = [one for one in defaults_of(company_id) if one.thing in bill_setup.CHOSEN]
    context = {
        "row": row,
        "way_back": _way_back(request),
        "set_up": replace(set_up, **typed),
        "refusal": refusal,
        "told": told,
        "none_to_choose": none_to_choose(row),
        "tracks_classes": row is not None and features.is_on(row.features, features.CLASSES),
        "tracks_locations": row is not None and features.is_on(row.features, features.LOCATIONS),
        "defaults": [replace(one, chosen=given.get(one.thing, one.chosen)) for one in defaults],
        "liabilities": bill_setup.liabilities(company_id),
        "sales_accounts": bill_setup.sales_accounts(company_id),
        "token": uuid.uuid4().hex,
        "why_not": why_not(member, Right.MAP),
    }
    status = refusal.http_status if refusal else 200
    return render(request, "quickbooks_bridge/bill_setup.html", context, status=status)
