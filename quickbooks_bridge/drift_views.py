"""What was changed in QuickBooks: the list of cards, one card, and its answers."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_GET, require_POST

from procore_sync.accounts.access import Right, require
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from quickbooks_bridge.drift.answering import give
from quickbooks_bridge.drift.merges import survivor_of
from quickbooks_bridge.drift.offers import Answering, offers_for
from quickbooks_bridge.drift.selectors import VIEWS, drifts_for, name_of, others_to_choose
from quickbooks_bridge.drift_models import Drift, What
from quickbooks_bridge.endpoints import web_url
from quickbooks_bridge.selectors import connections_for

PAGE = 25
_DONE = {
    Answering.ACCEPT: gettext_noop("{item} stands as QuickBooks has it."),
    Answering.SEND: gettext_noop("{item} is with accounting again."),
    Answering.FOLLOW: gettext_noop("{item} follows the merge."),
    Answering.RELINK: gettext_noop("{item} is linked to another one."),
    Answering.UNLINK: gettext_noop("{item} is unlinked and can be sent anew."),
    Answering.IGNORE: gettext_noop("The change of {item} is ignored this once."),
    Answering.REOPEN: gettext_noop("{item} can be answered again."),
}


@require_GET
@member_required
def drifts(request: MemberRequest) -> HttpResponse:
    """The cards of one view, newest first."""
    require(request.member, Right.VIEW)
    view = request.GET.get("view", "") if request.GET.get("view") in VIEWS else "open"
    page = Paginator(drifts_for(request.member, view), PAGE).get_page(request.GET.get("page"))
    here = reverse("quickbooks_bridge:drifts")
    context = {
        "page_obj": page,
        "cards": page.object_list,
        "view": view,
        "tabs": [(key, gettext(label), None, f"{here}?view={key}", key == view) for key, label in VIEWS.items()],
    }
    return render(request, "quickbooks_bridge/drifts.html", context)


@require_GET
@member_required
def drift(request: MemberRequest, pk: int) -> HttpResponse:
    """One card: what differs, and what can be answered."""
    card = get_visible(drifts_for(request.member), pk)
    into = survivor_of(card) if card.what == What.MERGED else ""
    row = connections_for(request.member).first()
    offers = offers_for(card, request.member)
    context = {
        "card": card,
        "offers": offers,
        "again": next((one for one in offers if one.answering is Answering.REOPEN and not one.why_not), None),
        "others": others_to_choose(card),
        "into": into,
        "into_name": name_of(card, into),
        "there": web_url(card.entity, card.remote_id, row.realm_id) if row else "",
    }
    return render(request, "quickbooks_bridge/drift.html", context)


@require_POST
@member_required
def answer(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Answer a card, and on to the next."""
    card: Drift = get_visible(drifts_for(request.member), pk)
    given = {name: request.POST.get(name, "") for name in ("seen", "note", "to")}
    chosen = request.POST.get("answer", "")
    give(card, chosen, by=request.member, **given)
    messages.success(request, gettext(_DONE[Answering(chosen)]).format(item=card.item.label))
    if chosen == Answering.REOPEN:
        return redirect("quickbooks_bridge:drift", card.pk)
    return redirect("quickbooks_bridge:drifts")
