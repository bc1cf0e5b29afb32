"""The documents that stand in QuickBooks already: a list with proposals, one beside its candidates, all exact ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from procore_sync.acceptance.courier import Fact
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.selectors import items_for
from procore_sync.accounts.access import Right, require, why_not
from procore_sync.accounts.models import Membership
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.refusals import NotAllowed, Refusal
from procore_sync.kit.templatetags.console import told
from procore_sync.kit.text import filled
from quickbooks_bridge.endpoints import web_url
from quickbooks_bridge.exporters.base import Difference
from quickbooks_bridge.models import Link
from quickbooks_bridge.onboarding import linking
from quickbooks_bridge.onboarding.documents import Row
from quickbooks_bridge.onboarding.forms import NoteForm, WhyForm
from quickbooks_bridge.onboarding.models import OpeningDocument
from quickbooks_bridge.onboarding.overview import KINDS, LABELS
from quickbooks_bridge.onboarding.proposals import (
    EXACT,
    LIKELY,
    NONE,
    Match,
    Proposal,
    candidates_of,
    dismissed_of,
    in_full,
    proposals_for,
)
from quickbooks_bridge.onboarding.records import ours_for
from quickbooks_bridge.onboarding.selectors import documents_for, linked_for, set_aside_for
from quickbooks_bridge.onboarding.views import valid
from quickbooks_bridge.selectors import connections_for

PAGE, MOST_CANDIDATES = 50, 50
_PROPOSED = (EXACT, LIKELY, NONE)
VIEWS = {
    EXACT: gettext_noop("Exact"),
    LIKELY: gettext_noop("Likely"),
    NONE: gettext_noop("Nothing here"),
    "linked": gettext_noop("Linked"),
    "aside": gettext_noop("Set aside"),
}
Tab = tuple[str, str, int | None, str, bool]


@require_GET
@member_required
def documents(request: MemberRequest) -> HttpResponse:
    """The documents of one kind and view, each with what it probably is."""
    require(request.member, Right.MAP)
    kind, view = _chosen(request)
    page = Paginator(_rows(request.member, kind, view), PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    proposals = in_full(shown) if view in _PROPOSED else shown
    linked_to = _linked_to(request.member, [one.document for one in proposals])
    context = {
        "kind": kind,
        "label": LABELS[kind],
        "view": view,
        "page_obj": page,
        "rows": [(one, linked_to.get(one.document.pk)) for one in proposals],
        "kinds": _tabs(LABELS, kind, {"view": view}, "kind"),
        "views": _tabs(VIEWS, view, {"kind": kind}, "view"),
    }
    return render(request, "quickbooks_bridge/onboarding/documents.html", context)


def _chosen(request: MemberRequest) -> tuple[str, str]:
    kind, view = request.GET.get("kind", ""), request.GET.get("view", "")
    return (kind if kind in KINDS else "orders"), (view if view in VIEWS else EXACT)


def _rows(member: Membership, kind: str, view: str) -> list[Proposal]:
    if view in _PROPOSED:
        found = proposals_for(member)
        return [one for one in found if one.confidence == view and one.document.entity in KINDS[kind]]
    shown = linked_for(member) if view == "linked" else set_aside_for(member)
    rows = shown.filter(entity__in=KINDS[kind]).defer("document").select_related("set_aside_by__user")
    return [Proposal(one, NONE) for one in rows]


def _tabs(labels: dict[str, str], chosen: str, kept: dict[str, str], name: str) -> list[Tab]:
    page = reverse("quickbooks_bridge:opening_documents")
    return [
        (key, gettext(label), None, f"{page}?{urlencode({**kept, name: key})}", key == chosen)
        for key, label in labels.items()
    ]


def _linked_to(member: Membership, rows: Sequence[Row]) -> dict[int, ErpItem]:
    links = Link.objects.filter(company_id=member.company_id, remote_id__in=[one.remote_id for one in rows])
    items = {(one.entity, one.remote_id): one.item for one in links.select_related("item")}
    return {one.pk: items[one.entity, one.remote_id] for one in rows if (one.entity, one.remote_id) in items}


@require_GET
@member_required
def document(request: MemberRequest, pk: int) -> HttpResponse:
    """One document with its lines, and every record that it could be, the likeliest beside it."""
    require(request.member, Right.MAP)
    found = get_visible(documents_for(request.member), pk)
    matches, dismissed = _candidates(found, request.member)
    chosen = next((one for one in matches if str(one.ours.item.pk) == request.GET.get("item")), None)
    match = chosen or next((one for one in matches if one.ours.item.pk not in dismissed), None)
    compared = linking.compared(found, match.ours.item) if match else None
    row = connections_for(request.member).first()
    context = {
        "found": found,
        "lines": _lines(found),
        "others": [(one, one.ours.item.pk in dismissed) for one in matches if one is not match],
        "match": match,
        "is_dismissed": match is not None and match.ours.item.pk in dismissed,
        "compared": compared,
        "differences": [_shown(one) for one in compared.differences] if compared else [],
        "changes": match.ours.changes if match else (),
        "linked_to": _linked_to(request.member, [found]).get(found.pk),
        "why_not": why_not(request.member, Right.IMPORT, linking.KINDS[found.entity]),
        "came": _came_from(request.GET),
        "url": web_url(found.entity, found.remote_id, row.realm_id) if row else "",
    }
    return render(request, "quickbooks_bridge/onboarding/document.html", context)


def _came_from(asked: Mapping[str, str]) -> dict[str, str]:
    """The view of the list that led to a document, to which one goes back; nothing if none is named."""
    view = asked.get("view", "")
    return {"view": view} if view in VIEWS else {}


def _shown(one: Difference) -> tuple[str, str, str]:
    """What is said otherwise as a person reads it: where, here and there."""
    return gettext(one.label), told(Fact(one.label, one.sent)), told(Fact(one.label, one.held))


def _candidates(found: OpeningDocument, member: Membership) -> tuple[list[Match], set[int]]:
    """What it could be, the likeliest first; last those that were said not to be it, with their items."""
    if found.set_aside_at is not None or _linked_to(member, [found]):
        return [], set()
    dismissed = dismissed_of(found)
    near = sorted(candidates_of(found, ours_for(member)), key=lambda one: one.ours.item.pk in dismissed)
    return near[:MOST_CANDIDATES], dismissed


def _lines(found: OpeningDocument) -> list[tuple[str, str, str, str]]:
    """Item, description, job and money of each line, as QuickBooks says them."""
    lines = []
    for line in found.document.get("Line") or []:
        detail = line.get(str(line.get("DetailType") or "")) or {}
        names = [(detail.get(name) or {}).get("name", "") for name in ("ItemRef", "CustomerRef")]
        if line.get("DetailType") != "SubTotalLineDetail":
            lines.append((names[0], str(line.get("Description", "")), names[1], str(line.get("Amount") or "0")))
    return lines


def _act(act: Callable[[MemberRequest, OpeningDocument], str]) -> Callable[..., HttpResponseBase]:
    @require_POST
    @member_required
    def acted(request: MemberRequest, pk: int) -> HttpResponseBase:
        require(request.member, Right.MAP)
        found, came = get_visible(documents_for(request.member), pk), _came_from(request.POST)
        try:
            messages.success(request, act(request, found))
        except NotAllowed:
            raise
        except Refusal as refusal:
            messages.error(request, refusal.sentence)
            chosen = urlencode({**came, **({"item": request.POST["item"]} if "item" in request.POST else {})})
            return redirect(f"{reverse('quickbooks_bridge:opening_document', args=[pk])}?{chosen}".rstrip("?"))
        kind = next(key for key, entities in KINDS.items() if found.entity in entities)
        shown = urlencode({"kind": kind, "view": came.get("view", LIKELY)})
        return redirect(f"{reverse('quickbooks_bridge:opening_documents')}?{shown}")

    return acted


def _item(request: MemberRequest, number: object) -> ErpItem:
    return get_visible(items_for(request.member).select_related("company"), int(str(number)))


def _link(request: MemberRequest, found: OpeningDocument) -> str:
    said = valid(NoteForm(request.POST))
    item = _item(request, said["item"])
    linked = linking.link_document(found, item, by=request.member, note=str(said["note"]))
    sentence = (
        gettext("%(item)s is linked to %(document)s, line by line.")
        if linked.is_paired
        else gettext("%(item)s is linked to %(document)s, as a whole, because its lines are not ours one by one.")
    )
    return sentence % {"item": item.label, "document": found.shown}


def _dismiss(request: MemberRequest, found: OpeningDocument) -> str:
    item = _item(request, valid(NoteForm(request.POST))["item"])
    linking.dismiss(found, item, by=request.member)
    said = gettext("%(document)s will not be matched with %(item)s again.")
    return filled(said, {"document": found.shown, "item": item.label})


def _set_aside(request: MemberRequest, found: OpeningDocument) -> str:
    linking.set_aside(found, why=str(valid(WhyForm(request.POST))["why"]), by=request.member)
    return gettext("%(document)s is set aside and no longer counts.") % {"document": found.shown}


def _bring_back(request: MemberRequest, found: OpeningDocument) -> str:
    linking.bring_back(found, by=request.member)
    return gettext("%(document)s counts again.") % {"document": found.shown}


link = _act(_link)
dismiss = _act(_dismiss)
set_aside = _act(_set_aside)
bring_back = _act(_bring_back)


@require_http_methods(["GET", "POST"])
@member_required
def exact(request: MemberRequest) -> HttpResponseBase:
    """All exact pairs before they are linked together, and linking them."""
    require(request.member, Right.MAP)
    if request.method == "POST":
        linked = linking.link_all_exact(by=request.member, seen=request.POST.get("seen", ""))
        messages.success(request, gettext("%(count)s linked.") % {"count": linked})
        return redirect("quickbooks_bridge:onboarding")
    matches = linking.exact_for(request.member)
    context = {
        "matches": matches,
        "seen": linking.seen_as(matches),
        "total": sum((one.document.total for one in matches), Decimal("0.00")),
    }
    return render(request, "quickbooks_bridge/onboarding/exact.html", context)
