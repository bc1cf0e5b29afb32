"""Saying something about a record, on its review page and on its own page alike."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
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
    messages.success(request, f"Your comment is kept.{f' {_and(told)} told of it.' if told else ''}")
    return redirect(f"{back_to(request, item)}#comments")


def _and(names: list[str]) -> str:
    """Names in a sentence, with their verb."""
    return f"{names[0]} is" if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]} are"
