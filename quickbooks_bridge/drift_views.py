"""What was changed in QuickBooks: the list of cards, one card, and its answers."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_GET, require_POST

from procore_sync.accounts.access import Right, require
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.fields import say_at_fields
from procore_sync.kit.refusals import NotAllowed, Refusal
from quickbooks_bridge.drift.answering import give
from quickbooks_bridge.drift.forms import AnswerForm
from quickbooks_bridge.drift.merges import survivor_of
from quickbooks_bridge.drift.offers import Answering, Offered, may_answer, offers_for
from quickbooks_bridge.drift.selectors import VIEWS, drifts_for, name_of, others_to_choose
from quickbooks_bridge.drift_models import Drift, What
from quickbooks_bridge.endpoints import web_url
from quickbooks_bridge.names import ENTITIES as NAME_LISTS
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
        "to_answer": {one.pk for one in page.object_list if may_answer(one, request.member)},
        "view": view,
        "tabs": [(key, gettext(label), None, f"{here}?view={key}", key == view) for key, label in VIEWS.items()],
    }
    return render(request, "quickbooks_bridge/drifts.html", context)


@require_GET
@member_required
def drift(request: MemberRequest, pk: int) -> HttpResponse:
    """One card: what differs, and what can be answered."""
    return _page(request, pk)


@require_POST
@member_required
def answer(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Answer a card, and on to the next; what is refused stands on the card with what was typed."""
    card: Drift = get_visible(drifts_for(request.member), pk)
    given = {name: request.POST.get(name, "") for name in ("seen", "note", "to")}
    chosen = request.POST.get("answer", "")
    try:
        give(card, chosen, by=request.member, **given)
    except NotAllowed:
        raise
    except Refusal as refusal:
        return _page(request, pk, refusal)
    messages.success(request, gettext(_DONE[Answering(chosen)]).format(item=card.item.label))
    if chosen == Answering.REOPEN:
        return redirect("quickbooks_bridge:drift", card.pk)
    return redirect("quickbooks_bridge:drifts")


def _page(request: MemberRequest, pk: int, refusal: Refusal | None = None) -> HttpResponse:
    card = get_visible(drifts_for(request.member), pk)
    into = survivor_of(card) if card.what == What.MERGED else ""
    row = connections_for(request.member).first()
    offers = offers_for(card, request.member)
    panels = _panels(request, card, offers, into)
    tried = next((form for _, form in panels if form.is_bound), None)
    context = {
        "card": card,
        "panels": panels,
        "again": next((one for one in offers if one.answering is Answering.REOPEN and not one.why_not), None),
        "into": into,
        "into_name": name_of(card, into),
        "there": web_url(card.entity, card.remote_id, row.realm_id) if row else "",
        "refusal": None if say_at_fields(tried, refusal) else refusal,
    }
    status = refusal.http_status if refusal else HTTPStatus.OK
    return render(request, "quickbooks_bridge/drift.html", context, status=status)


def _panels(request: MemberRequest, card: Drift, offers: list[Offered], into: str) -> list[tuple[Offered, AnswerForm]]:
    """Each answer with its form; what was typed stands in the form of the answer that was tried."""
    others, tried = others_to_choose(card), request.POST.get("answer")
    found = []
    for one in offers:
        typed = request.POST if one.answering == tried else None
        asks = one.answering is Answering.RELINK or (one.answering is Answering.FOLLOW and not card.into_id)
        chosen = into if one.answering is Answering.FOLLOW else ""
        form = AnswerForm(one, typed, others=others if asks else None, is_name=card.entity in NAME_LISTS, chosen=chosen)
        found.append((one, form))
    return found
