"""The inbox and the review page: fetch through a selector, call an operation, render."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from procore_sync.acceptance import operations, selectors
from procore_sync.acceptance.kinds import known_kinds
from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.web import MemberRequest, get_visible, member_required

PAGE = 50


@require_GET
@member_required
def inbox(request: MemberRequest) -> HttpResponse:
    """All kinds in one list, a view at a time."""
    view, kind, query = (request.GET.get(name, "") for name in ("view", "kind", "q"))
    view = view or selectors.VIEWS[0].key
    rows = selectors.inbox_for(request.member, view, kind, query.strip())
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    counts = selectors.view_counts(request.member, kind)
    context = {
        "view": view,
        "views": [
            (one.key, one.label, counts[one.key], _address(request, view=one.key, page=""), one.key == view)
            for one in selectors.VIEWS
        ],
        "kinds": [("", "All kinds", _address(request, kind="", page=""), not kind)]
        + [
            (one.kind, one.plural, _address(request, kind=one.kind, page=""), one.kind == kind) for one in known_kinds()
        ],
        "items": page.object_list,
        "page_obj": page,
        "query": query,
        "filters": _address(request, page=""),
    }
    return render(request, "acceptance/inbox.html", context)


def _address(request: MemberRequest, **change: str) -> str:
    kept = {name: request.GET.get(name, "") for name in ("view", "kind", "q", "page")} | change
    return f"{reverse('acceptance:inbox')}?{urlencode({name: value for name, value in kept.items() if value})}"


@require_GET
@member_required
def review(request: MemberRequest, pk: int) -> HttpResponse:
    """One record: what QuickBooks will get, what speaks for and against, and what was tried."""
    item = get_visible(selectors.items_for(request.member).select_related("company", "project"), pk)
    context = {
        "review": selectors.review_of(item, request.member),
        "next": selectors.next_to_decide(request.member, item),
    }
    return render(request, "acceptance/review.html", context)


def _decided(request: MemberRequest, item: ErpItem, sentence: str) -> HttpResponseBase:
    messages.success(request, sentence)
    return redirect("acceptance:review", pk=item.pk)


def _operation(change: Callable[[MemberRequest, ErpItem], object], sentence: str) -> Callable[..., HttpResponseBase]:
    @require_POST
    @member_required
    def decide(request: MemberRequest, pk: int) -> HttpResponseBase:
        item = get_visible(selectors.items_for(request.member).select_related("company"), pk)
        change(request, item)
        return _decided(request, item, sentence.format(item=item.label))

    return decide


def _accept(request: MemberRequest, item: ErpItem) -> object:
    given = {name: value for name, value in request.POST.items() if isinstance(value, str)}
    return operations.accept(item, by=request.member, seen=given.get("seen", ""), choices=given)


def _reject(request: MemberRequest, item: ErpItem) -> object:
    return operations.reject(item, by=request.member, comment=request.POST.get("comment", ""))


accept = _operation(_accept, "{item} is accepted and on its way to QuickBooks.")
reject = _operation(_reject, "{item} is rejected; its sender gets your comment.")
send = _operation(lambda request, item: operations.send(item, by=request.member), "{item} is with accounting.")
retrieve = _operation(lambda request, item: operations.retrieve(item, by=request.member), "{item} is yours again.")
retry = _operation(lambda request, item: operations.retry(item, by=request.member), "{item} is on its way again.")
unlink = _operation(lambda request, item: operations.unlink(item, by=request.member), "{item} is unlinked.")
