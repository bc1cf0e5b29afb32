"""The page that leads through taking a company on: read, match, sign, try, begin with a cap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from procore_sync.accounts.access import Right, require, why_not
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.refusals import InvalidInput
from procore_sync.kit.templatetags.console import day
from quickbooks_bridge.bell import ring_opening
from quickbooks_bridge.onboarding import beginning, caps, dry_runs, gate, reading
from quickbooks_bridge.onboarding.coverage import NO_PROJECT, coverage_for
from quickbooks_bridge.onboarding.forms import CapForm, PeriodForm, RemarkForm
from quickbooks_bridge.onboarding.overview import names_left, tally_of
from quickbooks_bridge.onboarding.proposals import proposals_for
from quickbooks_bridge.onboarding.selectors import entries_for, readings_for
from quickbooks_bridge.selectors import connections_for

SHOWN_READINGS, SHOWN_ENTRIES = 3, 10


@require_GET
@member_required
def onboarding(request: MemberRequest) -> HttpResponse:
    """Where the company stands: its names, what was read, what is proposed, how much money is matched, what is next."""
    member = request.member
    require(member, Right.MAP)
    row = connections_for(member).first()
    readings = list(readings_for(member)[:SHOWN_READINGS])
    since = (row.onboards_from if row else None) or beginning.first_day(member.company)
    coverage = coverage_for(member)
    context = {
        "connection": row,
        "coverage": coverage,
        "names": names_left(member),
        "tally": tally_of(proposals_for(member)),
        "readings": readings,
        "reading": readings[0] if readings and readings[0].ended_at is None else None,
        "may_read": row is not None and row.is_onboarding,
        "period": PeriodForm(initial={"since": since}),
        "remark": RemarkForm(is_needed=not coverage.is_whole),
        "skip_remark": RemarkForm(prefix="skip", is_needed=True),
        "cap": caps.cap_of(row) if row else None,
        "cap_form": CapForm(),
        "entries": list(entries_for(member)[:SHOWN_ENTRIES]),
        "why_not_connect": why_not(member, Right.CONNECT),
    }
    return render(request, "quickbooks_bridge/onboarding/onboarding.html", context)


@require_GET
@member_required
def entry(request: MemberRequest, pk: int) -> HttpResponse:
    """One row of the journal with all that was seen; of a dry run, its result."""
    require(request.member, Right.MAP)
    found = get_visible(entries_for(request.member), pk)
    context = {"entry": found, "figures": found.figures, "no_project": NO_PROJECT}
    return render(request, "quickbooks_bridge/onboarding/entry.html", context)


def _done(do: Callable[[MemberRequest], str]) -> Callable[..., HttpResponseBase]:
    @require_POST
    @member_required
    def done(request: MemberRequest) -> HttpResponseBase:
        messages.success(request, do(request))
        return redirect("quickbooks_bridge:onboarding")

    return done


def valid(form: forms.Form) -> dict[str, Any]:
    """What was typed.

    Raises:
        InvalidInput: it has not the shape, with the form's own sentences.
    """
    if form.is_valid():
        return form.cleaned_data
    errors = {name: [str(one) for one in many] for name, many in form.errors.items()}
    raise InvalidInput(" ".join(one for many in errors.values() for one in many), errors=errors)


def _begin(request: MemberRequest) -> str:
    require(request.member, Right.CONNECT)
    since = valid(PeriodForm(request.POST))["since"]
    beginning.begin(since=since, by=request.member)
    told = gettext("What QuickBooks holds since %(day)s is matched now. Nothing is sent until that is signed.")
    return told % {"day": day(since)}


def _read(request: MemberRequest) -> str:
    found = reading.ask(by=request.member)
    if ring_opening(found.company_id):
        return gettext("Orders, estimates and bills are being read. This page shows how far it is.")
    return gettext("No worker can be reached now; they are read as soon as one can.")


def _sign(request: MemberRequest) -> str:
    gate.sign(remark=valid(RemarkForm(request.POST, is_needed=False))["remark"], by=request.member)
    return gettext("It is signed. What was accepted is sent now.")


def _skip(request: MemberRequest) -> str:
    said = valid(RemarkForm(request.POST, prefix="skip", is_needed=False))
    gate.skip(remark=said["remark"], by=request.member)
    return gettext("Matching is skipped. What was accepted is sent now.")


def _cap(request: MemberRequest) -> str:
    require(request.member, Right.CONNECT)
    said = valid(CapForm(request.POST))
    caps.set_cap(documents=said["documents"], amount=said["amount"], by=request.member)
    return gettext("The cap is set. Sending stops there until it is lifted.")


def _lift(request: MemberRequest) -> str:
    caps.lift(by=request.member)
    return gettext("The cap is lifted. What waited is sent now.")


begin = _done(_begin)
read = _done(_read)
sign = _done(_sign)
skip = _done(_skip)
cap = _done(_cap)
lift_cap = _done(_lift)


@require_POST
@member_required
def dry_run(request: MemberRequest) -> HttpResponseBase:
    """Try the first export without sending; on to its result."""
    made = dry_runs.dry_run(by=request.member)
    return redirect("quickbooks_bridge:onboarding_entry", made.pk)
