"""The page that leads through taking a company on: read, match, sign, try, begin with a cap."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from procore_sync.accounts.access import Right, require, why_not
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.fields import say_at_fields
from procore_sync.kit.refusals import InvalidInput, NotAllowed, Refusal
from procore_sync.kit.shown import day
from quickbooks_bridge.bell import ring_opening
from quickbooks_bridge.onboarding import beginning, caps, dry_runs, gate, reading
from quickbooks_bridge.onboarding.coverage import NO_PROJECT, coverage_for
from quickbooks_bridge.onboarding.forms import CapForm, PeriodForm, RemarkForm
from quickbooks_bridge.onboarding.overview import names_left, tally_of
from quickbooks_bridge.onboarding.proposals import proposals_for
from quickbooks_bridge.onboarding.selectors import entries_for, readings_for
from quickbooks_bridge.onboarding.sides import sides_for
from quickbooks_bridge.selectors import connections_for

SHOWN_READINGS, SHOWN_ENTRIES = 3, 10


@require_GET
@member_required
def onboarding(request: MemberRequest) -> HttpResponse:
    """Where the company stands: its names, what was read, what is proposed, how much money is matched, what is next."""
    return _page(request)


def _page(request: MemberRequest, refusal: Refusal | None = None, **sent: forms.Form) -> HttpResponse:
    """The page; after a refusal with what stands against it, and the form that was `sent` by its name."""
    member = request.member
    require(member, Right.MAP)
    row = connections_for(member).first()
    readings = list(readings_for(member)[:SHOWN_READINGS])
    since = (row.onboards_from if row else None) or beginning.first_day(member.company)
    sides = sides_for(member)
    coverage, tally = coverage_for(member, sides), tally_of(proposals_for(member, sides))
    for form in sent.values():
        if "remark" in form.fields:
            form.fields["remark"].required = not coverage.is_whole or "skip_remark" in sent
    context = {
        "connection": row,
        "coverage": coverage,
        "names": names_left(member),
        "tally": tally,
        "exact": sum(one.exact for one in tally),
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
        "refusal": None if say_at_fields(next(iter(sent.values()), None), refusal) else refusal,
        **sent,
    }
    status = refusal.http_status if refusal else HTTPStatus.OK
    return render(request, "quickbooks_bridge/onboarding/onboarding.html", context, status=status)


@require_GET
@member_required
def entry(request: MemberRequest, pk: int) -> HttpResponse:
    """One row of the journal with all that was seen; of a dry run, its result."""
    require(request.member, Right.MAP)
    found = get_visible(entries_for(request.member), pk)
    context = {"entry": found, "figures": found.figures, "no_project": NO_PROJECT}
    return render(request, "quickbooks_bridge/onboarding/entry.html", context)


def _done(
    do: Callable[[MemberRequest, forms.Form], str], name: str = "", shape: Callable[..., forms.Form] = forms.Form
) -> Callable[..., HttpResponseBase]:
    """What a button does; `name` is what its form is called on the page, and `shape` makes it of what was sent."""

    @require_POST
    @member_required
    def done(request: MemberRequest) -> HttpResponseBase:
        form = shape(request.POST)
        try:
            messages.success(request, do(request, form))
        except NotAllowed:
            raise
        except Refusal as refusal:
            require(request.member, Right.MAP)
            return _page(request, refusal, **({name: form} if name else {}))
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


def _begin(request: MemberRequest, form: forms.Form) -> str:
    require(request.member, Right.CONNECT)
    since = valid(form)["since"]
    beginning.begin(since=since, by=request.member)
    told = gettext("What QuickBooks holds since %(day)s is matched now. Nothing is sent until that is signed.")
    return told % {"day": day(since)}


def _read(request: MemberRequest, form: forms.Form) -> str:
    found = reading.ask(by=request.member)
    if ring_opening(found.company_id):
        return gettext("Orders, estimates and bills are being read. This page shows the progress.")
    return gettext("No worker can be reached now; they are read as soon as one can.")


def _sign(request: MemberRequest, form: forms.Form) -> str:
    gate.sign(remark=valid(form)["remark"], by=request.member, seen=request.POST.get("seen", ""))
    return gettext("It is signed. What was accepted is sent now.")


def _skip(request: MemberRequest, form: forms.Form) -> str:
    gate.skip(remark=valid(form)["remark"], by=request.member)
    return gettext("Matching is skipped. What was accepted is sent now.")


def _cap(request: MemberRequest, form: forms.Form) -> str:
    require(request.member, Right.CONNECT)
    said = valid(form)
    caps.set_cap(documents=said["documents"], amount=said["amount"], by=request.member)
    return gettext("The cap is set. Sending stops there until it is lifted.")


def _lift(request: MemberRequest, form: forms.Form) -> str:
    caps.lift(by=request.member)
    return gettext("The cap is lifted. What waited is sent now.")


begin = _done(_begin, "period", PeriodForm)
read = _done(_read)
sign = _done(_sign, "remark", partial(RemarkForm, is_needed=False))
skip = _done(_skip, "skip_remark", partial(RemarkForm, prefix="skip", is_needed=False))
cap = _done(_cap, "cap_form", CapForm)
lift_cap = _done(_lift)


@require_POST
@member_required
def dry_run(request: MemberRequest) -> HttpResponseBase:
    """Try the first export without sending; on to its result."""
    made = dry_runs.dry_run(by=request.member)
    return redirect("quickbooks_bridge:onboarding_entry", made.pk)
