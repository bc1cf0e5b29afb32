"""Saying something about a record, on its review page and on its own page alike."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from procore_sync.acceptance import comments, selectors
from procore_sync.acceptance.views import back_to
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.ticks import row_numbers


@require_POST
@member_required
def add_comment(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Say something about the record, and stay where one was."""
    item = get_visible(selectors.items_for(request.member).select_related("company", "project"), pk)
    notify = row_numbers(request.POST.getlist("notify"))
    event = comments.comment(item, by=request.member, text=request.POST.get("text", ""), notify=notify)
    told = [one["name"] for one in event.detail["mentioned"]]
    messages.success(request, _kept(told))
    return redirect(f"{back_to(request, item)}#comments")


def _kept(told: list[str]) -> str:
    """That a comment is kept, and who is told of it."""
    if not told:
        return gettext("Your comment is kept.")
    names = told[0]
    if len(told) > 1:
        names = gettext("{names} and {last}").format(names=", ".join(told[:-1]), last=told[-1])
    return ngettext(
        "Your comment is kept. {names} is told of it.", "Your comment is kept. {names} are told of it.", len(told)
    ).format(names=names)
