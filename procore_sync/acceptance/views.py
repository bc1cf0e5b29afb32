"""The inbox, the review page and the journal: fetch through a selector, call an operation, render."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from datetime import datetime, tzinfo
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
    QueryDict,
    StreamingHttpResponse,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext, gettext_noop, ngettext
from django.views.decorators.http import require_GET, require_POST

from procore_sync.acceptance import columns, looking, operations, piles, saved_views, selectors
from procore_sync.acceptance.auditing.signing import public_key
from procore_sync.acceptance.comments import talk_of
from procore_sync.acceptance.journal import verify_journal
from procore_sync.acceptance.kinds import known_kinds
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.narrowing import narrowed_by
from procore_sync.acceptance.reviews import review_of
from procore_sync.acceptance.states import Decision, Status
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.days import today_of
from procore_sync.accounts.web import MemberRequest, get_visible, is_piece, member_required, stood_on
from procore_sync.kit.files import csv_cell, xlsx_bytes
from procore_sync.kit.refusals import Refusal
from procore_sync.kit.ticks import row_numbers

PAGE = 50
KEPT = (*selectors.PARTS, "page")
#: Of how many rows a page may ask at once how they stand.
FOLLOWED = 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _list(request: MemberRequest, **fallback: str) -> dict[str, Any]:
    """The list beside the record: the same view, kind and words that the address names."""
    asked = {name: request.GET.get(name, "") or fallback.get(name, "") for name in KEPT}
    known = {one.key for one in selectors.VIEWS}
    view = asked["view"] if asked["view"] in known else selectors.VIEWS[0].key
    words = asked["q"].strip()
    counts = _counts(request, asked)
    pages = Paginator(selectors.listed(request.member, asked | {"view": view}), PAGE)
    if not words and not asked["late"]:
        pages.count = counts[view]
    page = pages.get_page(asked["page"])
    shown = columns.shown_to(request.member, columns.IN_THE_LIST)
    rows = columns.valued(selectors.whole(cast(QuerySet[ErpItem], page.object_list)), shown)
    page.object_list = looking.note_lookers(rows, request.member)
    here = asked | {"view": view, "page": ""}
    kinds = [("", gettext("All kinds")), *((str(one.kind), gettext(one.plural)) for one in known_kinds())]
    return {
        "view": view,
        "views": [
            (one.key, gettext(one.label), counts[one.key], _inbox(here, view=one.key), one.key == view)
            for one in selectors.VIEWS
        ],
        "kinds": [(key, label, _inbox(here, kind=key), key == asked["kind"]) for key, label in kinds],
        "counts": counts,
        "items": page.object_list,
        "all_decided": not (counts["ready_to_export"] or counts["ready_to_update"]),
        "page_obj": page,
        "query": asked["q"],
        "is_narrowed": bool(asked["project"] or asked["party"] or asked["sender"]),
        "narrowed_by": ", ".join(one.label for one in narrowed_by(request.member, asked).values()),
        "narrow_url": f"{reverse('acceptance:narrow')}?{_query(here)}",
        "asked": asked | {"view": view},
        "late_after": request.member.company.late_after_days,
        "orders": [(one.key, gettext(one.label), one.key == asked["sort"]) for one in selectors.ORDERS],
        "order": selectors.order_of(asked),
        "late_url": _inbox(here, late="" if asked["late"] else "1"),
        "late_count": selectors.late_count(request.member, here) if view.startswith("ready_") else 0,
        "saved": saved_views.saved_for(request.member, _query(here)),
        "saved_query": _query(here),
        "filters": _inbox(here),
        "list_url": _inbox(asked | {"view": view}),
        "at_once": piles.actions_in(view, request.member)[:1] if counts[view] > 1 else [],
        "pile_url": f"{reverse('acceptance:pile')}?{_query(here)}",
        "files": [(name.upper(), _file(here, name)) for name in ("csv", "xlsx")],
        "shown": shown,
        "columns": columns.to_choose(shown),
    }


def _counts(request: MemberRequest, asked: dict[str, str]) -> dict[str, int]:
    """What stands in each view of the list that is asked for, and what waits for the person, as the menu says it."""
    # The menu counts from the same.
    request.states = selectors.states_for(request.member)
    narrowed = selectors.narrowed_to(asked)
    states = selectors.states_for(request.member, narrowed) if narrowed else request.states
    return selectors.counted(states, asked["kind"]) | selectors.waiting_counts(request.member, request.states)


def _query(asked: dict[str, str]) -> str:
    return urlencode({name: value for name, value in asked.items() if value})


def _inbox(asked: dict[str, str], **change: str) -> str:
    return f"{reverse('acceptance:inbox')}?{_query(asked | change)}"


def _page(request: MemberRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    frame = {"frame": "acceptance/fragment.html"} if is_piece(request) else {}
    response = render(request, template, context | frame, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def _file(asked: dict[str, str], extension: str) -> str:
    return f"{reverse('acceptance:inbox_file', args=[extension])}?{_query(asked)}"


@require_GET
@member_required
def inbox(request: MemberRequest) -> HttpResponse:
    """All kinds in one list, a view at a time; to a page that follows it, 304 while no row and no count changes."""
    listed = _list(request)
    if request.htmx.target != "rows":
        return _page(request, "acceptance/inbox.html", listed | {"held": selectors.last_held(request.member)})
    counts = listed["counts"] | {"late": listed["late_count"]}
    etag = f'"{selectors.stamp_of(listed["items"], counts)}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers={"ETag": etag})
    response = _page(request, "acceptance/rows.html", listed)
    response["ETag"] = etag
    return response


@require_GET
@member_required
def inbox_file(request: MemberRequest, extension: str) -> HttpResponseBase:
    """The records of one view as a CSV or XLSX file, with the columns that the person has chosen, else with all.

    Raises:
        Http404: it is asked for in another format.
    """
    if extension not in ("csv", "xlsx"):
        raise Http404("Files come as csv or xlsx.")
    asked = {name: request.GET.get(name, "") for name in KEPT}
    shown = columns.shown_to(request.member, columns.IN_A_FILE)
    rows = columns.valued(selectors.listed(request.member, asked).prefetch_related(None), shown)
    headings = [column.heading for column in columns.of_file(shown)]
    here = request.member.company.zone
    cells = ([_cell(column.value(item), here) for column in columns.of_file(shown)] for item in rows.iterator(500))
    response = (
        StreamingHttpResponse(_lines(headings, cells), content_type="text/csv")
        if extension == "csv"
        else HttpResponse(xlsx_bytes(headings, cells, title="Inbox"), content_type=XLSX)
    )
    name = f"inbox-{selectors.view_of(asked['view']).key}-{today_of(request.member.company).isoformat()}.{extension}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _cell(value: object, here: tzinfo) -> object:
    # A streamed file is read when the request, and its clock with it, is over.
    return value.astimezone(here) if isinstance(value, datetime) else value


class _Echo:
    def write(self, line: str) -> str:
        """Hand each line on as it is written."""
        return line


def _lines(headings: list[str], rows: Iterable[list[object]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(headings)
    for row in rows:
        yield writer.writerow(csv_cell(cell) for cell in row)


@require_GET
@member_required
def review(request: MemberRequest, pk: int) -> HttpResponse:
    """One record: what QuickBooks will get, what speaks for and against, and what was tried."""
    return _record(request, _item(request, pk))


def _item(request: MemberRequest, pk: int) -> ErpItem:
    return get_visible(selectors.items_for(request.member).select_related("company", "project"), pk)


def _record(request: MemberRequest, item: ErpItem, status: int = 200, refusal: Refusal | None = None) -> HttpResponse:
    view = _view_of(item)
    looking.look_at(item, request.member)
    asked = _list_of(request)
    beside = asked | {"view": asked["view"] or view}
    left = selectors.queue_in(request.member, beside).exclude(pk=item.pk).count()
    following = selectors.next_in_list(request.member, item, beside) if left else None
    # Whoever has the list already asks for the record alone, and for the list when it runs out.
    listed = {} if is_piece(request) and "HX-Rows" not in request.headers else _list(request, view=view)
    shown = review_of(item, request.member, request.GET.dict())
    context = listed | {
        "review": shown,
        "talk": talk_of(item, request.member, shown.events),
        "next": following,
        "next_url": following and _address(request, following),
        "queue_left": left,
        "inbox_url": _inbox({"view": view}),
        "held": _held_beside(request, item),
        "refusal": refusal,
    }
    return _page(request, "acceptance/review.html", context, status)


def _held_beside(request: MemberRequest, item: ErpItem) -> Submission | None:
    """What the person can take back beside `item`, whose own page offers that itself."""
    held = selectors.last_held(request.member)
    return None if held is None or held.item_id == item.pk else held


def _view_of(item: ErpItem) -> str:
    waiting = "ready_to_export" if item.synced_revision is None else "ready_to_update"
    return {Status.SENT: waiting, Status.REJECTED: "returned", Status.RETRIEVED: "returned"}.get(
        Status(item.status), item.status
    )


@require_POST
@member_required
def choices(request: MemberRequest, pk: int) -> HttpResponse:
    """Show the posting with other choices, for browsers without JavaScript; nothing is decided or stored by it."""
    item = _item(request, pk)
    offered = {one.name for one in review_of(item, request.member).choices}
    picked = urlencode({name: value for name, value in request.POST.items() if name in offered})
    address = _address(request, item)
    return redirect(f"{address}{'&' if '?' in address else '?'}{picked}" if picked else address)


@require_GET
@member_required
def rows(request: MemberRequest) -> HttpResponse:
    """Some records as rows of the list: what was decided there is followed until its export has come to an end."""
    wanted = row_numbers(request.GET.getlist("of"))[:FOLLOWED]
    shown = columns.shown_to(request.member, columns.IN_THE_LIST)
    found = selectors.as_rows(selectors.items_for(request.member).filter(pk__in=wanted))
    late_after = request.member.company.late_after_days
    context = {
        "counts": _counts(request, {name: request.GET.get(name, "") for name in KEPT}),
        "items": looking.note_lookers(columns.valued(found, shown), request.member),
        "shown": shown,
        "kept": _kept(request),
        "followed": True,
        "late_after": late_after,
    }
    return _page(request, "acceptance/rows.html", context)


def _kept(request: MemberRequest) -> str:
    """What the address of a row keeps of the list that it stands in."""
    kept = _query({name: request.GET.get(name, "") for name in KEPT})
    return f"?{kept}" if kept else ""


def _address(request: MemberRequest, item: ErpItem) -> str:
    """The review page of `item`, beside the same list."""
    kept = _query({name: value for name, value in _list_of(request).items() if name != "page"})
    return reverse("acceptance:review", args=[item.pk]) + (f"?{kept}" if kept else "")


def _list_of(request: MemberRequest) -> dict[str, str]:
    """What the address of the page says of its list; of the page that a button was pressed on, where one was."""
    asked = QueryDict(urlsplit(stood_on(request)).query) if request.method == "POST" else request.GET
    return {name: asked.get(name, "") for name in KEPT}


def _go_on(request: MemberRequest, item: ErpItem) -> HttpResponseBase:
    """The next record that waits for this person, so that a pile is worked off without a detour.

    To a page that stands already it comes in answer to the decision itself: another question would double the wait.
    """
    asked = _list_of(request)
    following = selectors.next_to_decide(request.member, item, asked)
    if following is None:
        return redirect(_inbox(asked | {"page": ""}) if selectors.stays_in(asked) else "acceptance:inbox")
    return _in_answer(request, following) if is_piece(request) else redirect(_address(request, following))


def _in_answer(
    request: MemberRequest, item: ErpItem, status: int = 200, refusal: Refusal | None = None
) -> HttpResponse:
    """What the page of `item` shows, in answer to a press that was made elsewhere."""
    address = _address(request, item)
    # The page follows its own address by polling, and that is the record's, not the action's.
    request.path, request.GET = reverse("acceptance:review", args=[item.pk]), QueryDict(urlsplit(address).query)
    response = _record(request, item, status, refusal)
    response["HX-Push-Url"] = address
    return response


def back_to(request: MemberRequest, item: ErpItem) -> str:
    """Where the person stood: the record's own page or its review page."""
    return stood_on(request) or _address(request, item)


def _back(request: MemberRequest, item: ErpItem) -> HttpResponseBase:
    return redirect(back_to(request, item))


def _to_record(request: MemberRequest, item: ErpItem) -> HttpResponseBase:
    return redirect(_address(request, item))


Change = Callable[[MemberRequest, ErpItem], object]
Then = Callable[[MemberRequest, ErpItem], HttpResponseBase]


def _operation(change: Change, sentence: str, then: Then = _back) -> Callable[..., HttpResponseBase]:
    @require_POST
    @member_required
    def decide(request: MemberRequest, pk: int) -> HttpResponseBase:
        item = _item(request, pk)
        stood = copy(item)  # where it stood in the list, which its decision takes it out of
        try:
            done = change(request, item)
        except Refusal as refusal:
            if refusal.http_status != HTTPStatus.CONFLICT:
                raise
            return _conflict(request, pk, refusal)
        messages.success(request, _told(sentence, item, done))
        return then(request, stood)

    return decide


def _told(sentence: str, item: ErpItem, done: object) -> str:
    """What was done, in `sentence` or in one that says more truly how far it went; and how many records went along."""
    *along, last = done if isinstance(done, list) else [done]
    if _is_first_of_two(last):
        sentence = _KEPT
    elif _is_direct(last):
        sentence = _DIRECT
    told = gettext(sentence).format(item=item.label, goes=_goes(last))
    if not along:
        return told
    with_it = ngettext(
        "{n} record that it needs was sent with it.", "{n} records that it needs were sent with it.", len(along)
    )
    return f"{told} {with_it.format(n=len(along))}"


def _is_direct(done: object) -> bool:
    """Whether what was done went past the approvers, since the company lets it."""
    return isinstance(done, Submission) and done.decision == Decision.ACCEPTED and done.decided_by_id is None


_DIRECT = gettext_noop("{item} goes to QuickBooks without an approver: Direct Export is on for it.")
_KEPT = gettext_noop("Your acceptance of {item} is kept. It waits for the second approver, and nothing has left.")


def _is_first_of_two(done: object) -> bool:
    """Whether what was just accepted waits for its second approver."""
    return isinstance(done, Submission) and done.first_by_id is not None and done.decision == Decision.OPEN


def _goes(done: object) -> str:
    """When what was just accepted leaves, for a sentence; what else was done needs none."""
    held = isinstance(done, Submission) and done.leaves_in
    return (
        gettext("leaves for QuickBooks in {seconds} s").format(seconds=held)
        if held
        else gettext("on its way to QuickBooks")
    )


def _conflict(request: MemberRequest, pk: int, refusal: Refusal) -> HttpResponse:
    """The record as it stands now, with why nothing was done; above it where somebody can cure it, or somewhere."""
    if not refusal.who and not refusal.where:
        messages.error(request, refusal.sentence)
        return _in_answer(request, _item(request, pk), HTTPStatus.CONFLICT)
    return _in_answer(request, _item(request, pk), HTTPStatus.CONFLICT, refusal)


def _accept(request: MemberRequest, item: ErpItem) -> object:
    given = {name: value for name, value in request.POST.items() if isinstance(value, str)}
    return operations.accept(item, by=request.member, seen=given.get("seen", ""), choices=given)


def _reject(request: MemberRequest, item: ErpItem) -> object:
    comment = request.POST.get("comment", "")
    return operations.reject(item, by=request.member, comment=comment, seen=_sending_seen(request))


def _sending_seen(request: MemberRequest) -> int | None:
    """The number of the sending that the page showed, 0 if it is none; None if the page does not say."""
    said = request.POST.get("seen")
    return None if said is None else next(iter(row_numbers([said])), 0)


accept = _operation(_accept, gettext_noop("{item} is accepted and {goes}."), _go_on)
reject = _operation(_reject, gettext_noop("{item} is rejected; its sender gets your comment."), _go_on)


def _undo(request: MemberRequest, item: ErpItem) -> object:
    return operations.undo(item, by=request.member, seen=_sending_seen(request))


undo = _operation(
    _undo,
    gettext_noop("{item} is back: it waits for a decision again, and nothing of it has left."),
    _to_record,
)


def _send(request: MemberRequest, item: ErpItem) -> object:
    if "along" in request.GET:
        return operations.send_along(item, by=request.member)
    return operations.send(item, by=request.member, reply=request.POST.get("reply", ""))


send = _operation(_send, gettext_noop("{item} is with accounting."))
retrieve = _operation(
    lambda request, item: operations.retrieve(item, by=request.member), gettext_noop("{item} is yours again.")
)
retry = _operation(
    lambda request, item: operations.retry(item, by=request.member), gettext_noop("{item} is on its way again.")
)
unlink = _operation(
    lambda request, item: operations.unlink(item, by=request.member), gettext_noop("{item} is unlinked.")
)


@require_GET
@member_required
def journal(request: MemberRequest) -> HttpResponse:
    """Every move of every record; on demand the whole chain is read again and compared."""
    require(request.member, Right.JOURNAL)
    page = Paginator(selectors.journal_for(request.member), PAGE).get_page(request.GET.get("page"))
    asked = "verify" in request.GET
    context = {
        "page_obj": page,
        "events": page.object_list,
        "verified": asked,
        "public_key": public_key(),
        "broken": verify_journal(request.member.company) if asked else None,
    }
    return _page(request, "acceptance/journal.html", context)
