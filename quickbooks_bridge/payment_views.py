"""The page of how payments are read: the schedule, reading now, the last readings, what was not taken."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from procore_sync.acceptance.refusals import ChangedSinceSeen
from procore_sync.accounts.access import Right, require, why_not
from procore_sync.accounts.web import MemberRequest, member_required
from procore_sync.kit.days import DayField
from procore_sync.kit.fields import translated
from procore_sync.kit.refusals import InvalidInput
from quickbooks_bridge.bell import ring_payments
from quickbooks_bridge.importers import payments as reading
from quickbooks_bridge.models import Every, PaymentSchedule
from quickbooks_bridge.payment_schedules import schedule_of, seen_of, set_schedule
from quickbooks_bridge.payment_selectors import not_taken, readings_for
from quickbooks_bridge.selectors import connections_for

SHOWN_READINGS = 5


class ScheduleForm(forms.Form):
    """How often payments are read, and from which day on they are taken."""

    hours = forms.TypedChoiceField(
        label=gettext_lazy("Read payments"),
        coerce=int,
        choices=translated(Every.choices),
    )
    since = DayField(
        label=gettext_lazy("Take payments dated from"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy(
            "What is entered in QuickBooks from now on is taken whatever its date. Move this day back to get what "
            "was paid before."
        ),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    refusal: ChangedSinceSeen | None = None


@require_http_methods(["GET", "POST"])
@member_required
def payments(request: MemberRequest) -> HttpResponseBase:
    """How payments are read, and a form to change it."""
    require(request.member, Right.VIEW)
    schedule = schedule_of(request.member.company)
    is_sent = request.method == "POST"
    stands = {"hours": schedule.hours, "since": schedule.since, "seen": seen_of(schedule)}
    form = ScheduleForm(request.POST) if is_sent else ScheduleForm(initial=stands)
    if is_sent:
        require(request.member, Right.SETTINGS)
        if _saved(request, form):
            return redirect("quickbooks_bridge:payments")
    return _page(request, schedule, form)


def _saved(request: MemberRequest, form: ScheduleForm) -> bool:
    """Whether the schedule was set; else the form says why not."""
    if not form.is_valid():
        return False
    said = form.cleaned_data
    try:
        row = set_schedule(request.member.company, by=request.member, **said)
    except ChangedSinceSeen as refusal:
        form.add_error(None, refusal.in_a_form)
        form.refusal = refusal
        return False
    except InvalidInput as refusal:
        for name, sentences in refusal.errors.items():
            form.add_error(name, sentences)
        return False
    if row.is_on:
        ring_payments(row.company_id)
    often = gettext(row.get_hours_display()).lower()
    messages.success(request, gettext("Payments are read: {often}.").format(often=often))
    return True


def _page(request: MemberRequest, schedule: PaymentSchedule, form: ScheduleForm) -> HttpResponse:
    row = connections_for(request.member).first()
    readings = list(readings_for(request.member)[:SHOWN_READINGS])
    context = {
        "schedule": schedule,
        "form": form,
        "past": form.refusal and form.refusal.where,
        "why_not_set": why_not(request.member, Right.SETTINGS),
        "connection": row,
        "readings": readings,
        "reading": readings[0] if readings and readings[0].ended_at is None else None,
        "may_code": reading.may_read(request.member) and schedule.is_on,
        "not_taken": not_taken(row, schedule, request.member) if row else [],
    }
    status = form.refusal.http_status if form.refusal else 422 if form.errors else 200
    return render(request, "quickbooks_bridge/payments.html", context, status=status)


@require_POST
@member_required
def read_payments(request: MemberRequest) -> HttpResponseBase:
    """Have the company's payments read now."""
    found = reading.ask(request.member.company, by=request.member)
    if ring_payments(found.company_id):
        messages.success(request, gettext("Payments are being read. This page shows the progress."))
    else:
        messages.success(request, gettext("No worker can be reached now; payments are read as soon as one can."))
    return redirect("quickbooks_bridge:payments")
