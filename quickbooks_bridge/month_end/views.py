"""The month-end list as a page and a file, signing it, and what was signed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import partial

from django import forms
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from procore_sync.accounts.access import Right, may, require
from procore_sync.accounts.models import Membership
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.days import MonthField
from projects.cost_views import file_of
from quickbooks_bridge.month_end.listing import MonthEnd, current_month, month_after, month_before, month_end_for
from quickbooks_bridge.month_end.rows import Group, Outstanding, groups_of, sums_of
from quickbooks_bridge.month_end.selectors import last_statement, rows_seen, since, statements_for
from quickbooks_bridge.month_end.signing import sign
from quickbooks_bridge.tie_out_views import signed_with, status_of

PAGE = 50
#: So many rows of a group stand on the page of the whole month; the others on a page of their own, and in the files.
SHOWN = 50
#: The statements that are named.
NAMED = 24
HEADINGS = ("What keeps it", "Kind", "Number", "Record", "Project", "Date", "Amount", "Who has it", "Since", "Why")


class MonthForm(forms.Form):
    """Of which month the list is asked for."""

    month = MonthField(label=gettext_lazy("Month"))

    def chosen(self, member: Membership) -> date:
        """The first day of the month; without one that can be read, of the month that is being closed."""
        given = self.cleaned_data["month"] if self.is_valid() else None
        return given.replace(day=1) if given else current_month(member.company)


class SignForm(forms.Form):
    """What was seen, and what is to be said."""

    seen = forms.CharField(widget=forms.HiddenInput)
    remark = forms.CharField(label=gettext_lazy("Remark"), required=False, widget=forms.Textarea(attrs={"rows": 2}))


def _month_of(request: MemberRequest) -> date:
    return MonthForm(request.GET).chosen(request.member)


def _at(month: date) -> str:
    return f"{reverse('quickbooks_bridge:month_end')}?month={month:%Y-%m}"


@require_http_methods(["GET", "POST"])
@member_required
def month_end(request: MemberRequest) -> HttpResponseBase:
    """What of a month is not in QuickBooks, by what keeps it, and a form to sign that one knows it."""
    require(request.member, Right.VIEW)
    month = _month_of(request)
    form = SignForm(request.POST) if request.method == "POST" else None
    if form is not None:
        require(request.member, Right.MAP)
        made = signed_with(form, partial(sign, month, by=request.member))
        if made is not None:
            said = gettext("The month-end of %(month)s is signed.") % {"month": date_format(made.month, "F Y")}
            messages.success(request, said)
            return redirect(_at(month))
    return _page(request, month, form)


def _page(request: MemberRequest, month: date, form: SignForm | None) -> HttpResponse:
    found = month_end_for(request.member, month)
    signed = last_statement(request.member, month)
    now = since(rows_seen(signed, request.member), found.rows) if signed else None
    keep, number = request.GET.get("keep", ""), request.GET.get("page")
    one = next((group for group in found.groups if group.keep == keep), None)
    context = {
        "found": found,
        "shown": [(one, Paginator(one.rows, PAGE).get_page(number))] if one else _firsts(found.groups),
        "chosen": one,
        "month_form": _form_of(request, month),
        "before": month_before(month),
        "after": month_after(month) if month < current_month(request.member.company) else None,
        "signed": signed,
        "now": now,
        "fresh": {row.key for row in now.added} if now else set(),
        "statements": statements_for(request.member)[:NAMED],
        "form": _form(form, found),
        "may_sign": may(request.member, Right.MAP),
    }
    return render(request, "quickbooks_bridge/month_end.html", context, status=status_of(form))


def _form_of(request: MemberRequest, month: date) -> MonthForm:
    """The form with the month that is shown, or with what was asked for and why that is none."""
    asked = MonthForm(request.GET)
    return asked if "month" in request.GET and not asked.is_valid() else MonthForm(initial={"month": month})


def _firsts(groups: Iterable[Group]) -> list[tuple[Group, Page[Outstanding]]]:
    return [(group, Paginator(group.rows, SHOWN).page(1)) for group in groups]


def _form(given: SignForm | None, found: MonthEnd) -> SignForm:
    """The form for the list as it stands now; what was said before is still there."""
    if given is None:
        return SignForm(initial={"seen": found.seen})
    given.data = {"remark": given.data.get("remark", ""), "seen": found.seen}
    return given


@require_GET
@member_required
def month_end_file(request: MemberRequest, extension: str) -> HttpResponse:
    """The same as a file, every row."""
    require(request.member, Right.VIEW)
    month = _month_of(request)
    rows = _cells(month_end_for(request.member, month).rows)
    return file_of(extension, f"month-end-{month:%Y-%m}", HEADINGS, rows, company=request.member.company)


@require_GET
@member_required
def signed_month_end(request: MemberRequest, pk: int) -> HttpResponse:
    """What somebody stood for, beside what has become of it."""
    require(request.member, Right.VIEW)
    signed = get_visible(statements_for(request.member), pk)
    rows = rows_seen(signed, request.member)
    found = month_end_for(request.member, signed.month)
    now = since(rows, found.rows)
    page = Paginator(now.signed, PAGE).get_page(request.GET.get("page"))
    context = {
        "signed": signed,
        "later": last_statement(request.member, signed.month) if signed.signed_again else None,
        "rows": rows,
        "hidden": len(signed.figures["rows"]) > len(rows),
        "sums": sums_of(rows),
        "groups": groups_of(rows),
        "now": now,
        "page_obj": page,
    }
    return render(request, "quickbooks_bridge/signed_month_end.html", context)


@require_GET
@member_required
def signed_month_end_file(request: MemberRequest, pk: int, extension: str) -> HttpResponse:
    """What was signed, as a file."""
    require(request.member, Right.VIEW)
    signed = get_visible(statements_for(request.member), pk)
    name = f"month-end-{signed.month:%Y-%m}-signed"
    return file_of(extension, name, HEADINGS, _cells(rows_seen(signed, request.member)), company=signed.company)


def _cells(rows: Iterable[Outstanding]) -> Iterator[tuple[object, ...]]:
    for row in rows:
        amount = "" if row.amount is None else row.amount
        since_ = timezone.localtime(row.since)
        yield (
            str(row.keep.label),
            row.kind,
            row.number,
            row.label,
            row.project,
            row.day,
            amount,
            row.who,
            since_,
            row.why,
        )
