"""The rules of a company that decide how its records travel: entered, saved and written down together."""

from __future__ import annotations

from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods

from procore_sync.acceptance.models import ExportPolicy
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Company, Membership
from procore_sync.accounts.operations import note_settings
from procore_sync.accounts.web import MemberRequest, member_required

_COLUMNS = ("name", "time_zone", "four_eyes", "digest_hour", "undo_seconds", "late_after_days")


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """Name, time zone, four eyes, the hours, seconds and days that the company has agreed, and Direct Export a kind."""

    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"), choices=[(name, name) for name in sorted(available_timezones())]
    )
    digest_hour = forms.IntegerField(
        label=gettext_lazy("Hour of the daily summary"),
        min_value=0,
        max_value=23,
        help_text=gettext_lazy("In the company's time zone, 0 to 23."),
    )
    direct_export = forms.MultipleChoiceField(
        label=gettext_lazy("Direct Export"),
        choices=[(kind.value, gettext_lazy(str(kind.label))) for kind in ExportPolicy.KINDS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "What is sent of these kinds goes to QuickBooks at once, without an approver, unless a check asks for a "
            "glance."
        ),
    )

    class Meta:
        model = Company
        fields = list(_COLUMNS)
        labels: ClassVar[dict[str, Any]] = {
            "name": gettext_lazy("Name"),
            "four_eyes": gettext_lazy("Sender may not accept"),
            "undo_seconds": gettext_lazy("Seconds to take an acceptance back"),
            "late_after_days": gettext_lazy("Days after which a record is late"),
        }
        help_texts: ClassVar[dict[str, Any]] = {
            "four_eyes": gettext_lazy("Whoever sent a record may not accept it."),
            "undo_seconds": gettext_lazy(
                "So long an accepted record stays before it leaves for QuickBooks: 0, at once, to 600."
            ),
            "late_after_days": gettext_lazy(
                "A record that waits so long for a decision is marked as late; 0 marks none."
            ),
        }


def direct_exports_of(company: Company) -> list[str]:
    """The kinds that go to QuickBooks at once when they are sent."""
    direct = company.export_policies.filter(direct_export=True, kind__in=ExportPolicy.KINDS)
    return list(direct.order_by("kind").values_list("kind", flat=True))


@transaction.atomic
def save_settings(company: Company, *, by: Membership, entered: dict[str, Any]) -> None:
    """Give the company these rules; what changed is written to the list of rights changes.

    Raises:
        NotAllowed: `by` may not change the settings.
    """
    require(by, Right.SETTINGS)
    current = Company.objects.select_for_update().get(pk=company.pk)
    before = _labelled(current, direct_exports_of(current))
    for name in _COLUMNS:
        setattr(current, name, entered[name])
    current.save(update_fields=_COLUMNS)
    for kind in ExportPolicy.KINDS:
        ExportPolicy.objects.update_or_create(
            company=current, kind=kind, defaults={"direct_export": kind in entered["direct_export"]}
        )
    note_settings(current, by=by, before=before, after=_labelled(current, direct_exports_of(current)))


def _labelled(company: Company, direct: list[str]) -> dict[str, str]:
    return {
        "Name": company.name,
        "Time zone": company.time_zone,
        "Sender may not accept": "on" if company.four_eyes else "off",
        "Hour of the daily summary": str(company.digest_hour),
        "Late after days": str(company.late_after_days),
        "Seconds to take an acceptance back": str(company.undo_seconds),
        "Direct Export": ", ".join(str(kind.label) for kind in ExportPolicy.KINDS if kind in direct) or "none",
    }


@require_http_methods(["GET", "POST"])
@member_required
def settings_page(request: MemberRequest) -> HttpResponseBase:
    """The rules of the company, for administrators."""
    require(request.member, Right.SETTINGS)
    company = Company.objects.get(pk=request.member.company_id)
    entered = request.POST if request.method == "POST" else None
    form = SettingsForm(entered, instance=company, initial={"direct_export": direct_exports_of(company)})
    if not form.is_valid():
        return render(request, "accounts/settings.html", {"form": form}, status=422 if form.is_bound else 200)
    save_settings(company, by=request.member, entered=form.cleaned_data)
    messages.success(request, gettext("The settings are saved."))
    return redirect("acceptance:settings")
