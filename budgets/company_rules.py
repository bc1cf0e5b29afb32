"""The company's rules of new projects and of every budget: entered, saved and written down together (domain.md §4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods

from budgets.models import BudgetRules, DirectCosts
from procore_sync.acceptance.refusals import ChangedSinceSeen
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.changes import last_of_settings
from procore_sync.accounts.models import Company, Membership
from procore_sync.accounts.operations import note_settings
from procore_sync.accounts.web import MemberRequest, member_required
from procore_sync.kit.canonical import digest
from procore_sync.kit.refusals import InvalidInput
from procore_sync.kit.selects import QuickSelect
from projects.beginnings import template_of
from projects.models import Project, ProjectTemplate
from projects.selectors import projects_for


@dataclass(frozen=True)
class CompanyRules:
    """What imported projects begin like, whether new codes become lines of budgets, and whence direct costs come."""

    template: Project | None
    adds_new_codes: bool
    direct_costs: str


def rules_of(company_id: int) -> BudgetRules:
    """The rules of the company's budgets; as they are at first, if nobody has said otherwise."""
    return BudgetRules.objects.filter(company_id=company_id).first() or BudgetRules(company_id=company_id)


def choosable_templates(member: Membership, kept: int | None) -> dict[int, Project]:
    """The projects that can be the template, by id; the one that is it, `kept`, stays one though it was made inactive
    since.
    """
    return {one.pk: one for one in projects_for(member) if one.is_active or one.pk == kept}


def seen_of(rules: BudgetRules, template: Project | None) -> str:
    """The rules of a company as a digest."""
    return digest([template.pk if template else None, rules.adds_new_codes, rules.direct_costs])


@transaction.atomic
def save_company_rules(company: Company, rules: CompanyRules, *, by: Membership, seen: str = "") -> None:
    """Give the company these rules; what changed is written to the list of rights changes.

    With `seen`, the `seen_of` the rules that `by` looked at, only as long as they are that: all are given at once.

    Raises:
        NotAllowed: `by` may not change the settings.
        ChangedSinceSeen: somebody else has changed them since.
        InvalidInput: the template is another company's, or direct costs come from nowhere that is known.
    """
    require(by, Right.SETTINGS)
    if rules.template is not None and rules.template.company_id != company.pk:
        sentence = gettext("There is no such project. Choose one of the company's.")
        raise InvalidInput(sentence, errors={"template": [sentence]})
    if rules.direct_costs not in DirectCosts.values:
        sentence = gettext("Choose where direct costs come from.")
        raise InvalidInput(sentence, errors={"direct_costs": [sentence]})
    Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    if seen and seen != seen_of(rules_of(company.pk), template_of(company.pk)):
        told = gettext("The settings were changed meanwhile, so nothing was saved. Look again.")
        told = last_of_settings(told, company.pk, _labelled(company.pk))
        raise ChangedSinceSeen(told, where=reverse("budgets:company_rules"))
    before = _labelled(company.pk)
    ProjectTemplate.objects.update_or_create(company=company, defaults={"project": rules.template})
    BudgetRules.objects.update_or_create(
        company=company, defaults={"adds_new_codes": rules.adds_new_codes, "direct_costs": rules.direct_costs}
    )
    note_settings(company, by=by, before=before, after=_labelled(company.pk))


def _labelled(company_id: int) -> dict[str, str]:
    template = template_of(company_id)
    return {"Template of imported projects": str(template) if template else "none", **said_of(rules_of(company_id))}


def said_of(rules: BudgetRules) -> dict[str, str]:
    """The rules of budgets as the list of rights changes says them, by label."""
    return {
        "New cost codes are added to budgets": "on" if rules.adds_new_codes else "off",
        "Direct costs of budgets": str(DirectCosts(rules.direct_costs).label),
    }


class CompanyRulesForm(forms.Form):
    """The rules; `projects` are those that can be the template."""

    template = forms.TypedChoiceField(
        label=gettext_lazy("Template of imported projects"),
        required=False,
        coerce=int,
        empty_value=None,
        widget=QuickSelect,
        help_text=gettext_lazy(
            "A project that comes from QuickBooks gets the cost codes, job costs, billing and change settings of this "
            "one. Contacts and retainage belong to each commitment, taxes to the mappings, so they are not among them."
        ),
    )
    adds_new_codes = forms.BooleanField(
        label=gettext_lazy("Automatically add new cost codes to budgets"),
        required=False,
        help_text=gettext_lazy(
            "An item that is imported or linked becomes a line of 0.00 in the budgets that lack it: of active projects "
            "that use the standard cost codes, open or locked, in QuickBooks or not. A budget that is with accounting "
            "or on its way then stands still and gets no line; add it there by hand. What QuickBooks has stays as it "
            "is."
        ),
    )
    direct_costs = forms.ChoiceField(
        label=gettext_lazy("Direct costs of budgets"),
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "What is typed is kept when they are filled from QuickBooks again, but not counted. Job costs are read and "
            "shown either way."
        ),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, projects: Iterable[Project], *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        template: Any = self.fields["template"]
        none = gettext("None: they begin without cost codes")
        template.choices = [("", none), *((one.pk, str(one)) for one in projects)]
        direct: Any = self.fields["direct_costs"]
        direct.choices = [(one.value, gettext(str(one.label))) for one in DirectCosts]


@require_http_methods(["GET", "POST"])
@member_required
def company_rules(request: MemberRequest) -> HttpResponseBase:
    """The rules of projects and budgets, for administrators."""
    require(request.member, Right.SETTINGS)
    company = request.member.company
    stands, template = rules_of(company.pk), template_of(company.pk)
    kept = template.pk if template else None
    projects = choosable_templates(request.member, kept)
    initial = {"template": kept, "adds_new_codes": stands.adds_new_codes, "direct_costs": stands.direct_costs}
    initial["seen"] = seen_of(stands, template)
    form = CompanyRulesForm(projects.values(), request.POST if request.method == "POST" else None, initial=initial)
    if not form.is_valid():
        return render(request, "budgets/company_rules.html", {"form": form}, status=422 if form.is_bound else 200)
    given = form.cleaned_data
    rules = CompanyRules(projects.get(given["template"]), given["adds_new_codes"], given["direct_costs"])
    try:
        save_company_rules(company, rules, by=request.member, seen=given["seen"])
    except ChangedSinceSeen as refusal:
        form.add_error(None, refusal.in_a_form)
        context = {"form": form, "past": refusal.where}
        return render(request, "budgets/company_rules.html", context, status=refusal.http_status)
    messages.success(request, gettext("The settings are saved."))
    return redirect("budgets:company_rules")
