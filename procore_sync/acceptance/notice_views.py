"""A person's notices: the list, marking them as read, and choosing where to be told of what."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from procore_sync.acceptance import reading, selectors
from procore_sync.acceptance.abouts import Channels
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.ticks import row_numbers

PAGE = 50


@require_GET
@member_required
def notices(request: MemberRequest) -> HttpResponse:
    """What the person was told, unread first."""
    rows = selectors.notices_for(request.member).select_related("item__project")
    page = Paginator(rows.order_by(F("read_at").desc(nulls_first=True), "-pk"), PAGE).get_page(request.GET.get("page"))
    newest = max((notice.pk for notice in page), default=0)
    context = {"page_obj": page, "unread": selectors.unread_count(request.member), "newest": newest}
    return render(request, "acceptance/notices.html", context)


@require_GET
@member_required
def bell(request: MemberRequest) -> HttpResponse:
    """The bell at the top of a page that stands open, which asks again every minute, and the counts of the menu."""
    return render(request, "acceptance/bell.html", {"unread": selectors.unread_count(request.member)})


@require_GET
@member_required
def open_notice(request: MemberRequest, pk: int) -> HttpResponseBase:
    """To what a notice is about; with that it is read."""
    rows = selectors.notices_for(request.member)
    notice = get_visible(rows, pk)
    reading.mark_read(rows.filter(pk=pk))
    return redirect(notice.path or "acceptance:notices")


@require_POST
@member_required
def read_notice(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Mark one as read."""
    rows = selectors.notices_for(request.member)
    get_visible(rows, pk)
    reading.mark_read(rows.filter(pk=pk))
    return redirect("acceptance:notices")


@require_POST
@member_required
def read_all(request: MemberRequest) -> HttpResponseBase:
    """Mark all as read that stood on the page, and those before them; what came meanwhile stays unread."""
    rows = selectors.notices_for(request.member)
    newest = row_numbers([request.POST.get("newest", "")])
    count = reading.mark_read(rows.filter(pk__lte=newest[0]) if newest else rows)
    told = ngettext("{count} notice is read now.", "{count} notices are read now.", count)
    messages.success(request, told.format(count=count))
    return redirect("acceptance:notices")


@require_http_methods(["GET", "POST"])
@member_required
def choices(request: MemberRequest) -> HttpResponseBase:
    """Where the person is told of what."""
    offered = reading.choices_of(request.member)
    if request.method == "POST":
        console, mail = set(request.POST.getlist("in_console")), set(request.POST.getlist("by_mail"))
        reading.choose(request.member, {about: Channels(about in console, about in mail) for about in offered})
        messages.success(request, gettext("Your choice is kept."))
        return redirect("acceptance:notice_choices")
    return render(request, "acceptance/notice_choices.html", {"choices": offered.items()})
