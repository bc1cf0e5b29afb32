"""The QuickBooks pages: the connection, and what stands there and not here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.refusals import ChangedSinceSeen
from procore_sync.acceptance.selectors import items_for
from procore_sync.accounts.access import Right, may, require, why_not
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.refusals import NotAllowed, Refusal
from procore_sync.kit.text import before_stop, filled
from procore_sync.kit.ticks import row_numbers
from procore_sync.kit.ways import own_way
from projects.selectors import projects_for
from quickbooks_bridge import connecting
from quickbooks_bridge.bell import ring_refresh, ring_sign_in
from quickbooks_bridge.bench_views import Page, bench
from quickbooks_bridge.defaults import (
    Default,
    choose_defaults,
    choose_usual,
    defaults_of,
    seen_of,
    tracks_any,
    try_defaults,
    try_usual,
    usual_by_project,
    usual_of,
)
from quickbooks_bridge.endpoints import called, served
from quickbooks_bridge.importers import operations
from quickbooks_bridge.importers.candidates import (
    SOURCES,
    VIEWS,
    Source,
    candidates_for,
    chosen_names,
    exact_matches,
    linkable_items,
    name_here,
    namesake_elsewhere,
    nearest,
    says,
    seen_as,
    source_of_kind,
    with_suggestions,
)
from quickbooks_bridge.models import Connection, CustomerMode, LedgerName
from quickbooks_bridge.selectors import connections_for, ledger_names_for, overview_of
from quickbooks_bridge.watching.selectors import watch_for

PAGE = 50
MOST_BESIDE_A_ROW = 60
Tab = tuple[str, str, int | None, str, bool]
_SESSION = "quickbooks_consent"


@require_GET
@member_required
def connection(request: MemberRequest) -> HttpResponse:
    """The connection: its state, what is switched on there, and the defaults."""
    return _connection_page(request)


def _connection_page(request: MemberRequest, landed: str = "") -> HttpResponse:
    require(request.member, Right.VIEW)
    row = connections_for(request.member).first()
    context = {
        "overview": overview_of(row) if row else None,
        "watch": watch_for(request.member, row) if row else None,
        "modes": CustomerMode.choices,
        "why_not_connect": why_not(request.member, Right.CONNECT),
        "landed": landed,
        "environments": [(one, gettext(called(one))) for one in served()],
        "environment": row.environment if row else "",
        "may_match": may(request.member, Right.MAP),
    }
    return render(request, "quickbooks_bridge/connection.html", context)


@require_GET
@member_required
def reconnect(request: MemberRequest) -> HttpResponse:
    """Where QuickBooks sends people to connect again (the app's Reconnect URL): the connection, and what to press."""
    return _connection_page(request, "reconnect")


@require_GET
@member_required
def disconnected(request: MemberRequest) -> HttpResponse:
    """Where QuickBooks sends people who disconnected there (the Disconnect URL): it is looked at whether that is so.

    Nothing is believed of the address; a worker asks Intuit, and only for an administrator.
    """
    row = connections_for(request.member).first()
    if row is not None and may(request.member, Right.CONNECT):
        ring_sign_in(row.pk)
    return _connection_page(request, "disconnected")


@require_POST
@member_required
def connect(request: MemberRequest) -> HttpResponseBase:
    """On to Intuit's consent page, with a state that only this session knows.

    By a page of our own, because the content policy lets no form lead to another site.
    """
    begun, url = connecting.begin(by=request.member, environment=request.POST.get("environment", ""))
    request.session[_SESSION] = begun.kept()
    return render(request, "quickbooks_bridge/to_intuit.html", {"url": url})


@require_GET
@member_required
def callback(request: MemberRequest) -> HttpResponseBase:
    """Back from Intuit; the state is used up whatever comes of it."""
    begun = request.session.pop(_SESSION, None)
    row = connecting.complete(by=request.member, begun=begun, given=request.GET.dict())
    ring_refresh(row.pk, full=True)
    told = gettext("Connected to {company}. Its names are being read.").format(company=before_stop(row.company_name))
    messages.success(request, told)
    return redirect("quickbooks_bridge:connection")


def _own(request: MemberRequest) -> Connection:
    row = connections_for(request.member).first()
    if row is None:
        raise Http404("QuickBooks is not connected.")
    return row


def _change(change: Callable[[MemberRequest, Connection], str]) -> Callable[..., HttpResponseBase]:
    @require_POST
    @member_required
    def changed(request: MemberRequest) -> HttpResponseBase:
        messages.success(request, change(request, _own(request)))
        return redirect("quickbooks_bridge:connection")

    return changed


def _disconnect(request: MemberRequest, row: Connection) -> str:
    told = connecting.disconnect(row, by=request.member)
    if told:
        return gettext("QuickBooks is disconnected. Accepted records wait until it is connected again.")
    return gettext("QuickBooks is disconnected here, but Intuit could not be told. Remove the app in QuickBooks too.")


def _halt(request: MemberRequest, row: Connection) -> str:
    connecting.halt(row, True, by=request.member)
    return gettext("Sending to QuickBooks is paused.")


def _resume(request: MemberRequest, row: Connection) -> str:
    connecting.halt(row, False, by=request.member)
    return gettext("Sending to QuickBooks goes on.")


def _mode(request: MemberRequest, row: Connection) -> str:
    connecting.choose_mode(row, request.POST.get("customer_mode", ""), by=request.member)
    return gettext("What a project becomes in QuickBooks is saved.")


def _refresh(request: MemberRequest, row: Connection) -> str:
    require(request.member, Right.VIEW)
    if ring_refresh(row.pk, full=True):
        return gettext("The names of QuickBooks are being read.")
    return gettext("No worker can be reached now; the names are read within the hour once one can.")


disconnect = _change(_disconnect)
halt = _change(_halt)
resume = _change(_resume)
mode = _change(_mode)
refresh = _change(_refresh)


@require_http_methods(["GET", "POST"])
@member_required
def mappings(request: MemberRequest) -> HttpResponseBase:
    """What stands already when an approver has to choose; with `try` it is not saved, what it would do is shown."""
    require(request.member, Right.VIEW)
    row = connections_for(request.member).first()
    if "try" in request.POST:
        page = Page(gettext_noop("Mappings"), reverse("quickbooks_bridge:mappings"))
        return bench(request, try_defaults(_own(request), request.POST.dict()), page)
    refusal = None
    if request.method == "POST":
        try:
            choose_defaults(_own(request), request.POST.dict(), by=request.member)
            messages.success(request, gettext("The defaults are saved."))
            return redirect("quickbooks_bridge:mappings")
        except ChangedSinceSeen as refused:
            refusal = refused
    defaults = defaults_of(row.company_id) if row else []
    context = {
        "defaults": _as_chosen(defaults, request),
        "seen": request.POST.get("seen", seen_of(defaults)),
        "refusal": refusal,
        "why_not": why_not(request.member, Right.MAP),
        **(_usual(request) if row and tracks_any(row) else {}),
    }
    return render(request, "quickbooks_bridge/mappings.html", context, status=refusal.http_status if refusal else 200)


def _as_chosen(stand: list[Default], request: MemberRequest) -> list[Default]:
    """What stands, or what somebody chose of it whose choice was not saved."""
    return [replace(one, chosen=request.POST.get(one.thing, one.chosen)) for one in stand]


def _usual(request: MemberRequest) -> dict[str, object]:
    rows = projects_for(request.member).filter(is_active=True).order_by("name", "pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return {"page_obj": page, "usual": usual_by_project(request.member.company_id, page)}


@require_http_methods(["GET", "POST"])
@member_required
def project_mapping(request: MemberRequest, pk: int) -> HttpResponseBase:
    """The class and the location that are usual for the bills of a project; with `try` nothing is saved, as above."""
    require(request.member, Right.VIEW)
    project, row = get_visible(projects_for(request.member), pk), _own(request)
    if "try" in request.POST:
        page = Page(str(project), reverse("quickbooks_bridge:project_mapping", args=[project.pk]))
        return bench(request, try_usual(row, project, request.POST.dict()), page)
    refusal = None
    if request.method == "POST":
        try:
            choose_usual(row, project, request.POST.dict(), by=request.member)
            messages.success(
                request, filled(gettext("The usual choices of %(project)s are saved."), {"project": project})
            )
            return redirect("quickbooks_bridge:mappings")
        except ChangedSinceSeen as refused:
            refusal = refused
    usual = usual_of(row, project)
    context = {
        "project": project,
        "usual": _as_chosen(usual, request),
        "seen": request.POST.get("seen", seen_of(usual)),
        "refusal": refusal,
        "why_not": why_not(request.member, Right.MAP),
    }
    status = refusal.http_status if refusal else 200
    return render(request, "quickbooks_bridge/project_mapping.html", context, status=status)


def _source(name: str | None) -> Source:
    return SOURCES.get(name or "", SOURCES["vendor"])


@require_http_methods(["GET", "POST"])
@member_required
def candidates(request: MemberRequest) -> HttpResponseBase:
    """What stands in QuickBooks and not here, with what it probably is; what is ticked is added or put away."""
    stayed = _decided(request) if request.method == "POST" else []
    if request.method == "POST" and not stayed:
        return redirect(request.get_full_path())
    return render(request, "quickbooks_bridge/candidates.html", {**_listed(request), "stayed": stayed})


def _decided(request: MemberRequest) -> list[tuple[LedgerName, Refusal]]:
    """What was ticked is added, each by itself, or put away; those that stayed. What could not be done is said."""
    source, member = _source(request.GET.get("entity")), request.member
    require(member, Right.IMPORT, source.kind)
    rows = list(chosen_names(member, source, row_numbers(request.POST.getlist("chosen"))[:PAGE]))
    if not rows:
        messages.error(request, gettext("Tick at least one record first."))
        return []
    if request.POST.get("do") == "archive":
        operations.archive(rows, source, by=member)
        messages.success(request, gettext("%(count)s put away.") % {"count": len(rows)})
        return []
    stayed = operations.add_each(rows, source, by=member)
    if len(stayed) < len(rows):
        told = gettext("%(count)s of %(chosen)s are here now and linked.")
        messages.success(request, told % {"count": len(rows) - len(stayed), "chosen": len(rows)})
    return stayed


def _listed(request: MemberRequest) -> dict[str, Any]:
    source, view = _source(request.GET.get("entity")), request.GET.get("view", "ready")
    query = request.GET.get("q", "").strip()
    rows = candidates_for(request.member, source, view)
    against = why_not(request.member, Right.IMPORT, source.kind)
    exact = exact_matches(request.member, source) if view == "ready" else []
    page = Paginator(rows.filter(says(query)) if query else rows, PAGE).get_page(request.GET.get("page"))
    return {
        "source": source,
        "view": view,
        "query": query,
        "page_obj": page,
        "candidates": with_suggestions(request.member, source, page.object_list),
        "sources": _tabs(request, "entity", {one.key: one.label for one in SOURCES.values()}, source.key),
        "views": _tabs(request, "view", VIEWS, view),
        "exact": exact,
        "seen": seen_as(exact),
        "linkable": _few(linkable_items(request.member, source.kind).order_by("label")),
        "connections": connections_for(request.member),
        "why_not": against,
        "choosing": view == "ready" and against is None,
        "ticked": "ticked" in request.GET,
        "here": request.get_full_path(),
        "whole": f"{reverse('quickbooks_bridge:candidates')}?{urlencode({'entity': source.key, 'view': view})}",
    }


def _few(items: QuerySet[ErpItem]) -> list[ErpItem]:
    """The records to choose from beside each row; none if they are many, then a record's own page is the place."""
    found = list(items[: MOST_BESIDE_A_ROW + 1])
    return found if len(found) <= MOST_BESIDE_A_ROW else []


def _tabs(request: MemberRequest, name: str, labels: dict[str, str], chosen: str) -> list[Tab]:
    kept = {"entity": _source(request.GET.get("entity")).key}
    page = reverse("quickbooks_bridge:candidates")
    return [
        (key, gettext(label), None, f"{page}?{urlencode({**kept, name: key})}", key == chosen)
        for key, label in labels.items()
    ]


def _row(request: MemberRequest, pk: int) -> tuple[LedgerName, Source]:
    row = get_visible(ledger_names_for(request.member), pk)
    source = next((one for one in SOURCES.values() if one.entity == row.entity), None)
    if source is None:
        raise Http404("Such names are not imported.")
    return row, source


def _item(request: MemberRequest) -> ErpItem:
    chosen = row_numbers([request.POST.get("item", "")])
    if not chosen:
        raise Http404("No record was chosen.")
    return get_visible(items_for(request.member).select_related("company"), chosen[0])


def _act(act: Callable[[MemberRequest, LedgerName, Source], str]) -> Callable[..., HttpResponseBase]:
    @require_POST
    @member_required
    def acted(request: MemberRequest, pk: int) -> HttpResponseBase:
        row, source = _row(request, pk)
        try:
            messages.success(request, act(request, row, source))
        except NotAllowed:
            raise
        except Refusal as refusal:
            messages.error(request, refusal.sentence)
        return redirect(_back(request, source))

    return acted


def _back(request: MemberRequest, source: Source) -> str:
    candidates = f"{reverse('quickbooks_bridge:candidates')}?entity={source.key}"
    return own_way(request, request.POST.get("next", ""), candidates)


def _add(request: MemberRequest, row: LedgerName, source: Source) -> str:
    item = operations.add(row, source, by=request.member)
    return gettext("%(item)s is here now and linked.") % {"item": item.label}


def _link(request: MemberRequest, row: LedgerName, source: Source) -> str:
    item = _item(request)
    operations.link_to(row, item, by=request.member)
    return gettext("%(item)s is linked to %(name)s.") % {
        "item": item.label,
        "name": before_stop(row.fully_qualified_name),
    }


def _archive(request: MemberRequest, row: LedgerName, source: Source) -> str:
    operations.archive([row], source, by=request.member)
    return gettext("%(name)s is put away.") % {"name": row.name}


def _bring_back(request: MemberRequest, row: LedgerName, source: Source) -> str:
    operations.bring_back(row, source, by=request.member)
    return gettext("%(name)s is ready to import again.") % {"name": row.name}


def _dismiss(request: MemberRequest, row: LedgerName, source: Source) -> str:
    item = _item(request)
    operations.dismiss(row, item, source, by=request.member)
    said = gettext("%(document)s will not be matched with %(item)s again.")
    return filled(said, {"document": row.name, "item": item.label})


add = _act(_add)
link = _act(_link)
archive = _act(_archive)
bring_back = _act(_bring_back)
dismiss = _act(_dismiss)


@require_POST
@member_required
def link_all(request: MemberRequest) -> HttpResponseBase:
    """Link every exact match that the page announced."""
    source = _source(request.POST.get("entity"))
    try:
        linked = operations.link_all_exact(source, by=request.member, seen=request.POST.get("seen", ""))
        messages.success(request, gettext("%(count)s linked.") % {"count": linked})
    except NotAllowed:
        raise
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect(_back(request, source))


@require_GET
@member_required
def link_item(request: MemberRequest, pk: int) -> HttpResponse:
    """For one record of ours: which QuickBooks row it is, nearest name first."""
    item = get_visible(items_for(request.member), pk)
    source = source_of_kind(item.kind)
    if source is None:
        raise Http404("This kind of record is never linked by hand.")
    query = request.GET.get("q", "").strip() or name_here(item)
    context = {
        "item": item,
        "source": source,
        "query": query,
        "rows": nearest(candidates_for(request.member, source), query),
        "namesake": namesake_elsewhere(request.member, source, name_here(item)),
        "why_not": why_not(request.member, Right.IMPORT, item.kind) or operations.why_not_linkable(item),
        "review": reverse("acceptance:review", args=[item.pk]),
    }
    return render(request, "quickbooks_bridge/link_item.html", context)
