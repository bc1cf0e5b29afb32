"""The start page: for each person what needs them, most urgent first, then where everything and all money stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET

from change_orders.selectors import to_review
from invoices.billing_views import contact_home
from invoices.selectors import is_contact
from procore_sync.acceptance import selectors
from procore_sync.acceptance.blockers import held_up_for
from procore_sync.acceptance.summaries import to_decide
from procore_sync.acceptance.whereabouts import whereabouts_of
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.models import Membership
from procore_sync.accounts.web import MemberRequest, member_required
from procore_sync.help.first_steps import card_of
from quickbooks_bridge.cash import Cash, cash_of
from quickbooks_bridge.chores import chores_of
from quickbooks_bridge.connections import connection_of
from quickbooks_bridge.features import HOME_CURRENCY
from quickbooks_bridge.reconciling.selectors import on_home
from quickbooks_bridge.trends import Job, jobs_of

#: The views of the inbox that Home counts, each with its colour.
_FIGURES = {"ready_to_export": "", "exporting": "", "failed": "neg", "changed": "late", "synced": ""}
#: Of what is held up, so many records are looked through here; their own page looks through more.
_HELD = 500


@dataclass(frozen=True)
class Block:
    """A part of the page that is for this person. `call` says in few words what needs them, "" if nothing does."""

    template: str
    call: str
    urgency: int
    told: Any


@require_GET
@member_required
def home(request: MemberRequest) -> HttpResponse:
    """What this person has to do, first; an invoice contact finds what they bill."""
    if is_contact(request.member):
        return contact_home(request, {"first_steps": card_of(request.member)})
    blocks = blocks_of(request.member)
    calls = [block.call for block in blocks if block.call]
    context = {
        "blocks": blocks,
        "heading": f"{calls[0][:1].upper()}{calls[0][1:]}" if calls else gettext("Nothing waits for you"),
        "nothing_waits": not calls,
        "also": calls[1:],
        "views": _figures(request.member),
        "reconciled": on_home(request.member),
        "money": _money(request.member),
        "first_steps": card_of(request.member),
    }
    return render(request, "home.html", context)


def blocks_of(member: Membership) -> list[Block]:
    """What needs `member` or may need them, by their role and rights; what needs them now comes first."""
    return sorted(_blocks(member), key=lambda block: (not block.call, block.urgency))


def _blocks(member: Membership) -> Iterator[Block]:
    chores = chores_of(member)
    if chores is not None:
        call = _counted(
            ngettext(
                "%(count)s thing keeps records from going", "%(count)s things keep records from going", chores.stops
            ),
            chores.stops,
        )
        yield Block("home/chores.html", call if chores.stops else "", 0 if chores.stops else 5, chores)
    if may(member, Right.DECIDE):
        found = to_decide(member)
        count = found.total.count if found.total else 0
        call = _counted(
            ngettext("%(count)s record waits for your decision", "%(count)s records wait for your decision", count),
            count,
        )
        yield Block("home/to_decide.html", call if count else "", 1, found)
    if may(member, Right.VIEW) and (reviews := to_review(member)):
        count = sum(one.count for one in reviews)
        call = ngettext("%(count)s change waits for your review", "%(count)s changes wait for your review", count)
        yield Block("home/to_review.html", _counted(call, count), 1, reviews)
    own = whereabouts_of(member)
    if own is not None:
        count = own.given_back.count
        call = _counted(ngettext("%(count)s record to correct", "%(count)s records to correct", count), count)
        yield Block("home/own.html", call if count else "", 2, own)
    if may(member, Right.VIEW):
        yield Block("home/held_up.html", "", 4, held_up_for(member, _HELD))


def _counted(sentence: str, count: int) -> str:
    return sentence % {"count": f"{count:,}"}


def _figures(member: Membership) -> list[tuple[str, int, str, str]]:
    """Where the company's records stand: label, count, address of the view, and the colour of a count above none."""
    if not may(member, Right.VIEW):
        return []
    counts, inbox = selectors.view_counts(member), reverse("acceptance:inbox")
    return [
        (view.label, counts[view.key], f"{inbox}?{urlencode({'view': view.key})}", _FIGURES[view.key])
        for view in selectors.VIEWS
        if view.key in _FIGURES
    ]


def _money(member: Membership) -> dict[str, Any] | None:
    """The money of the largest jobs, and cash out by week, for the plots; None for those who see no records."""
    if not may(member, Right.VIEW):
        return None
    row, jobs, cash = connection_of(member.company_id), jobs_of(member), cash_of(member)
    return {
        "currency": row.features.get(HOME_CURRENCY, "") if row else "",
        "jobs": jobs,
        "bars": [_bar(job) for job in jobs],
        "cash": cash,
        "weeks": _weeks(cash),
        "series": (gettext("Due"), gettext("Paid")),
    }


def _bar(job: Job) -> tuple[str, str, list[Any]]:
    """A job as a row of the plot: its name, its address, and budget, committed, paid, held, billed and open."""
    one = job.figures
    amounts = [job.budget, one.committed, one.paid, one.held, one.open]
    return job.project.name, reverse("projects:project", args=[job.project.pk]), amounts


def _weeks(cash: Cash) -> list[tuple[str, list[Any]]]:
    return [(date_format(week.monday, "j M"), [week.due, week.paid]) for week in cash.weeks]
