"""Many records of the inbox at once: what lies before the person, the one press, and what became of each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from procore_sync.acceptance import columns, many, operations, piles, selectors
from procore_sync.acceptance.states import Action, Status
from procore_sync.accounts.web import MemberRequest, member_required
from procore_sync.kit.ticks import row_numbers


@require_GET
@member_required
def pile(request: MemberRequest) -> HttpResponse:
    """The records of a view on which the person can do one thing at once; nothing is done by looking."""
    view = request.GET.get("view", "") or selectors.VIEWS[0].key
    actions = piles.actions_in(view, request.member)
    action = next((one for one in actions if request.GET.get("action", one) == one), None)
    if action is None:
        raise Http404("There is nothing that you could do at once to the records of this view.")
    listed = request.GET.copy()
    listed.pop("action", None)
    shown = columns.shown_to(request.member, columns.IN_A_PILE)
    context = {
        "pile": piles.pile_for(request.member, action, request.GET.dict() | {"view": view}),
        "most": piles.MOST,
        "shown": shown,
        "late_after": request.member.company.late_after_days if view.startswith("ready_") else 0,
        "columns": columns.to_choose(shown),
        "saved_query": request.GET.urlencode(),
        "others": [one for one in actions if one != action],
        "longest": operations.LONGEST_COMMENT,
        "back": f"{reverse('acceptance:inbox')}?{listed.urlencode()}",
    }
    return render(request, "acceptance/pile.html", context)


@require_POST
@member_required
def do_many(request: MemberRequest) -> HttpResponseBase:
    """Do it to what was ticked, and say of each what became of it."""
    ticked = row_numbers(request.POST.getlist("chosen"))
    comment = request.POST.get("comment", "")
    batch = many.begin(request.POST.get("action", ""), ticked[: piles.MOST], by=request.member, comment=comment)
    return redirect("acceptance:turns", batch=batch)


@require_POST
@member_required
def undo_many(request: MemberRequest, batch: UUID) -> HttpResponseBase:
    """Take back what was accepted in one press and has not left, and say of each what became of it."""
    return redirect("acceptance:turns", batch=many.undo_many(batch, by=request.member))


@require_GET
@member_required
def turns(request: MemberRequest, batch: UUID) -> HttpResponse:
    """What became of each; the page follows as long as something waits or is on its way."""
    rows = list(piles.turns_for(request.member, batch))
    went = [row for row in rows if row.went]
    held, firsts = piles.held_of(went), piles.firsts_of(went)
    context: dict[str, Any] = {
        "rows": rows,
        "batch": batch,
        "went": len(went),
        "waiting": sum(row.done_at is None for row in rows),
        "stayed": sum(bool(row.why_not) for row in rows),
        "synced": sum(row.item.status == Status.SYNCED for row in went),
        "flying": sum(row.item.status == Status.EXPORTING for row in went),
        "held": held,
        "firsts": firsts,
        "taken_back": len(held) + len(firsts),
        "action": Action(rows[0].action) if rows else None,
    }
    return render(request, "acceptance/turns.html", context)
