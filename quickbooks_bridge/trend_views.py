"""The page of trends: plots, each with its figures in a table."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_GET

from procore_sync.accounts.access import Right, require
from procore_sync.accounts.web import MemberRequest, member_required
from quickbooks_bridge.trends import rows_of, trends_for

SERIES = (
    gettext_noop("Budget"),
    gettext_noop("Committed"),
    gettext_noop("Invoiced"),
    gettext_noop("Held"),
    gettext_noop("Paid"),
)


@require_GET
@member_required
def trends(request: MemberRequest) -> HttpResponse:
    """How decisions and exports go, and where the money of the jobs stands."""
    require(request.member, Right.VIEW)
    found = trends_for(request.member)
    context = {
        "trends": found,
        "hours": [(_short(week.monday), week.hours) for week in found.weeks],
        "decided": [(_short(week.monday), week.decided) for week in found.weeks],
        "done": [(_short(day.day), day.done) for day in found.days],
        "otherwise": [(_short(day.day), day.otherwise) for day in found.days],
        "paid": [(_short(monday), amount) for monday, amount in found.paid],
        "series": [gettext(one) for one in SERIES],
        "groups": list(rows_of(found)),
    }
    return render(request, "quickbooks_bridge/trends.html", context)


def _short(day: date) -> str:
    return date_format(day, "j M")
