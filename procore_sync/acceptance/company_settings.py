"""The rules of a company that decide how its records travel: entered, saved and written down together."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import DecimalValidator
from django.db import transaction
from django.forms.boundfield import BoundField, BoundWidget
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, gettext_noop
from django.views.decorators.http import require_http_methods

from procore_sync.acceptance.amount_effects import effects_of
from procore_sync.acceptance.kinds import spec_of
from procore_sync.acceptance.models import ExportPolicy
from procore_sync.acceptance.refusals import ChangedSinceSeen
from procore_sync.acceptance.summaries import judges_of
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.changes import last_of_settings
from procore_sync.accounts.granting import require_to_loosen
from procore_sync.accounts.models import Company, Membership
from procore_sync.accounts.operations import note_settings
from procore_sync.accounts.web import MemberRequest, member_required
from procore_sync.kit.canonical import digest
from procore_sync.kit.fields import MoneyFigure
from procore_sync.kit.money import money
from procore_sync.kit.refusals import InvalidInput
from procore_sync.kit.text import line_problems

_AMOUNTS = (
    *(f"up_to_{kind}" for kind in ExportPolicy.KINDS),
    *(f"second_above_{kind}" for kind in ExportPolicy.WITH_AMOUNTS),
)
_TWO = 2
_TOO_FINE = ("max_digits", "max_decimal_places", "max_whole_digits")
#: The rules that are columns of the company itself.
RULES = ("time_zone", "four_eyes", "only_holders_grant", "digest_hour", "undo_seconds", "late_after_days")
_COLUMNS = ("name", *RULES)


class Amount(MoneyFigure):
    """An amount of money above nought, or nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.max_digits, self.decimal_places = 14, 2
        self.validators.append(DecimalValidator(14, 2))

    def clean(self, value: Any) -> Decimal | None:
        """The amount with its cents, or None.

        Raises:
            ValidationError: it is no amount, has parts of a cent, or is not above nought.
        """
        try:
            found: Decimal | None = super().clean(value)
        except ValidationError as wrong:
            if any(one.code in _TOO_FINE for one in wrong.error_list):
                raise ValidationError(
                    gettext(
                        "This is not an amount of money. Write it with at most twelve digits before the point "
                        "and two after it."
                    )
                ) from None
            raise
        if found is not None and found <= 0:
            raise ValidationError(gettext("The amount has to be above zero. Leave it empty if there is no limit."))
        return None if found is None else money(found)


@dataclass(frozen=True)
class KindRow:
    """What the company has agreed for the records of one kind, as fields of the form; `told` are sentences on it."""

    label: str
    told: list[str]
    direct: BoundWidget | None
    up_to: BoundField | None
    second_above: BoundField


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """Name, time zone, four eyes, the hours, seconds and days that the company has agreed, and what it has agreed a
    kind: Direct Export, up to which amount, and above which one two approvers accept.
    """

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
    )

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Company
        fields = list(_COLUMNS)
        labels: ClassVar[dict[str, Any]] = {
            "name": gettext_lazy("Name"),
            "four_eyes": gettext_lazy("Sender may not accept"),
            "only_holders_grant": gettext_lazy("Only someone who has a privilege may give it"),
            "undo_seconds": gettext_lazy("Seconds to take an acceptance back"),
            "late_after_days": gettext_lazy("Days after which a record is late"),
        }
        help_texts: ClassVar[dict[str, Any]] = {
            "four_eyes": gettext_lazy("Whoever sent a record may not accept it."),
            "only_holders_grant": gettext_lazy(
                "An administrator gives nobody a privilege of a kind that they do not have themselves. Otherwise they "
                "give it to others, but never to themselves."
            ),
            "undo_seconds": gettext_lazy(
                "How many seconds an accepted record waits before it goes to QuickBooks: from 0, which sends it at "
                "once, to 600."
            ),
            "late_after_days": gettext_lazy(
                "A record that has waited this many days for a decision is marked as late; 0 marks none."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in _AMOUNTS:
            self.fields[name] = Amount()

    @property
    def general(self) -> list[BoundField]:
        """What holds for all kinds."""
        return [bound for bound in self.visible_fields() if bound.name not in ("direct_export", *_AMOUNTS)]

    def by_kind(self) -> list[KindRow]:
        """What holds for one kind each, with what it would have done and whether enough people may decide."""
        told = self._told()
        direct = {str(box.data["value"]): box for box in self["direct_export"].subwidgets}
        return [
            KindRow(
                gettext(spec_of(kind).plural),
                told.get(kind, []),
                direct.get(kind),
                self[f"up_to_{kind}"] if kind in direct else None,
                self[f"second_above_{kind}"],
            )
            for kind in ExportPolicy.WITH_AMOUNTS
        ]

    def _told(self) -> dict[str, list[str]]:
        if self.is_bound and not self.is_valid():
            return {}
        agreed = policies_in(self.instance, self.cleaned_data if self.is_bound else self.initial)
        told = {kind: [effect.sentence] for kind, effect in effects_of(agreed).items()}
        by_two = [policy for policy in agreed if policy.second_above is not None]
        judges = Counter(kind for kind, _ in judges_of(self.instance.pk)) if by_two else Counter[str]()
        for policy in by_two:
            if judges[policy.kind] < _TWO:
                told[policy.kind].append(
                    gettext(
                        "Fewer than two people may decide on this kind, so nothing above the amount could go. Give "
                        "somebody the right under People."
                    )
                )
        return told

    def clean_name(self) -> str:
        """One line, as it stands in mails and on printed applications.

        Raises:
            ValidationError: it is none, or has something that nobody sees.
        """
        name: str = self.cleaned_data["name"]
        if faults := line_problems(name, limit=120, what=gettext_noop("name")):
            raise ValidationError(faults)
        return name

    def clean(self) -> dict[str, Any]:
        """No kind goes without an approver above the amount from which on it needs two."""
        entered: dict[str, Any] = super().clean() or self.cleaned_data
        for kind in ExportPolicy.KINDS:
            up_to, second_above = entered.get(f"up_to_{kind}"), entered.get(f"second_above_{kind}")
            if up_to is not None and second_above is not None and up_to > second_above:
                said = gettext(
                    "Above %(second)s two approvers have to accept, so nothing above that goes without one. Give at "
                    "most %(second)s here, or a higher amount there."
                )
                self.add_error(f"up_to_{kind}", said % {"second": f"{second_above:,.2f}"})
        return entered


def policies_of(company: Company) -> dict[str, ExportPolicy]:
    """What the company has agreed for each kind of which it can agree anything."""
    agreed = {one.kind: one for one in company.export_policies.filter(kind__in=ExportPolicy.WITH_AMOUNTS)}
    return {kind: agreed.get(kind) or ExportPolicy(company=company, kind=kind) for kind in ExportPolicy.WITH_AMOUNTS}


def policies_in(company: Company, entered: Mapping[str, Any]) -> list[ExportPolicy]:
    """What is entered for each kind, unsaved."""
    return [
        ExportPolicy(
            company=company,
            kind=kind,
            direct_export=kind in entered["direct_export"],
            up_to=entered.get(f"up_to_{kind}"),
            second_above=entered.get(f"second_above_{kind}"),
        )
        for kind in ExportPolicy.WITH_AMOUNTS
    ]


def entered_before(policies: Mapping[str, ExportPolicy]) -> dict[str, Any]:
    """What the company has agreed, by the names of the form."""
    found: dict[str, Any] = {"direct_export": [one.kind for one in policies.values() if one.direct_export]}
    for kind, policy in policies.items():
        found |= {f"up_to_{kind}": policy.up_to, f"second_above_{kind}": policy.second_above}
    return found


def seen_of(company: Company) -> str:
    """What the company has agreed now, as a digest."""
    return digest(said_of(company, policies_of(company)))


def rules_of(company: Company) -> dict[str, Any]:
    """Every rule but the name, by the names of the form; amounts as text."""
    agreed = entered_before(policies_of(company))
    return {
        **{name: getattr(company, name) for name in RULES},
        **{name: str(value) if isinstance(value, Decimal) else value for name, value in agreed.items()},
    }


def form_over(company: Company, given: Mapping[str, Any]) -> SettingsForm:
    """The page of settings as if somebody had typed `given` over what the company has agreed; it may be wrong."""
    entered = {"name": company.name, **rules_of(company), **given}
    typed = {name: value for name, value in entered.items() if value is not None and value is not False}
    return SettingsForm(typed, instance=copy.copy(company))


@transaction.atomic
def change_settings(
    company: Company, *, by: Membership, given: Mapping[str, Any], directly: Mapping[str, bool] = MappingProxyType({})
) -> None:
    """Give the company some rules, by the names of the form, and Direct Export or not to some kinds; all else stays.

    Raises:
        NotAllowed: as `save_settings`.
        InvalidInput: one of them cannot be taken, or two contradict each other; by the names of the form.
    """
    require(by, Right.SETTINGS)
    # What stays is read and written in the company's turn: somebody else's change of another rule is not undone.
    current = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    agreed = dict.fromkeys(rules_of(current)["direct_export"], True) | dict(directly)
    form = form_over(current, {**given, "direct_export": [kind for kind, goes in agreed.items() if goes]})
    if not form.is_valid():
        wrong = {name: [str(sentence) for sentence in said] for name, said in form.errors.items()}
        raise InvalidInput(" ".join(sentence for said in wrong.values() for sentence in said), errors=wrong)
    save_settings(current, by=by, entered=form.cleaned_data)


@transaction.atomic
def save_settings(company: Company, *, by: Membership, entered: dict[str, Any]) -> None:
    """Give the company these rules; what changed is written to the list of rights changes.

    With `seen` among what is entered only as long as they are what was seen then: all of them are given at once, so
    whoever did not look again would undo what somebody else has agreed meanwhile.

    Raises:
        NotAllowed: `by` may not change the settings, or not let others give what they do not have.
        ChangedSinceSeen: somebody else has changed them since.
    """
    require(by, Right.SETTINGS)
    current = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    if entered.get("seen") and entered["seen"] != seen_of(current):
        told = gettext("The settings were changed meanwhile, so nothing was saved. Look again.")
        labels = said_of(current, policies_of(current))
        raise ChangedSinceSeen(last_of_settings(told, current.pk, labels), where=reverse("acceptance:settings"))
    if current.only_holders_grant and not entered["only_holders_grant"]:
        require_to_loosen(by)
    before = said_of(current, policies_of(current))
    for name in _COLUMNS:
        setattr(current, name, entered[name])
    current.save(update_fields=_COLUMNS)
    for one in policies_in(current, entered):
        agreed = {"direct_export": one.direct_export, "up_to": one.up_to, "second_above": one.second_above}
        ExportPolicy.objects.update_or_create(company=current, kind=one.kind, defaults=agreed)
    note_settings(current, by=by, before=before, after=said_of(current, policies_of(current)))


def said_of(company: Company, policies: Mapping[str, ExportPolicy]) -> dict[str, str]:
    """These rules as the list of rights changes says them, by label."""
    direct = [
        str(one.get_kind_display()) for one in policies.values() if one.direct_export and one.kind in ExportPolicy.KINDS
    ]
    told = {
        "Name": company.name,
        "Time zone": company.time_zone,
        "Sender may not accept": "on" if company.four_eyes else "off",
        "Only someone who has a privilege may give it": "on" if company.only_holders_grant else "off",
        "Hour of the daily summary": str(company.digest_hour),
        "Late after days": str(company.late_after_days),
        "Seconds to take an acceptance back": str(company.undo_seconds),
        "Direct Export": ", ".join(direct) or "none",
    }
    for policy in policies.values():
        kind = str(policy.get_kind_display())
        told[f"Direct Export up to, {kind}"] = _limit(policy.up_to, "any amount")
        told[f"Two approvers above, {kind}"] = _limit(policy.second_above, "never")
    return told


def _limit(amount: Decimal | None, none: str) -> str:
    return none if amount is None else f"{amount:,.2f}"


@require_http_methods(["GET", "POST"])
@member_required
def settings_page(request: MemberRequest) -> HttpResponseBase:
    """The rules of the company, for administrators; with `effect` what is entered is not saved, its effect is shown."""
    require(request.member, Right.SETTINGS)
    company = Company.objects.get(pk=request.member.company_id)
    entered = request.POST if request.method == "POST" else None
    agreed = policies_of(company)
    initial = {**entered_before(agreed), "seen": digest(said_of(company, agreed))}
    form = SettingsForm(entered, instance=company, initial=initial)
    if not form.is_valid() or "effect" in request.POST:
        return render(request, "accounts/settings.html", {"form": form}, status=422 if form.errors else 200)
    try:
        save_settings(company, by=request.member, entered=form.cleaned_data)
    except ChangedSinceSeen as refusal:
        form.add_error(None, refusal.in_a_form)
        context = {"form": form, "past": refusal.where}
        return render(request, "accounts/settings.html", context, status=refusal.http_status)
    messages.success(request, gettext("The settings are saved."))
    return redirect("acceptance:settings")
