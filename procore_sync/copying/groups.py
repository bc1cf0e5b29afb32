"""The groups of settings that can be copied: what a company has agreed of each, as plain values, and how it is given.

A group is given to a company by the same operation as on its own page, which refuses and journals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.translation import gettext, gettext_noop

from budgets.company_rules import CompanyRules, rules_of, save_company_rules
from budgets.company_rules import said_of as said_of_budgets
from budgets.models import BudgetRules, DirectCosts
from procore_sync.acceptance.company_settings import (
    SettingsForm,
    form_over,
    policies_in,
    policies_of,
    said_of,
    save_settings,
)
from procore_sync.acceptance.company_settings import rules_of as agreed_of
from procore_sync.acceptance.models import ExportPolicy
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.refusals import InvalidInput
from projects.beginnings import template_of
from quickbooks_bridge.bill_needs import NEEDS, save_needs
from quickbooks_bridge.bill_needs import said_of as said_of_needs
from quickbooks_bridge.connections import connection_of
from quickbooks_bridge.models import Every, PaymentSchedule
from quickbooks_bridge.payment_schedules import begins, schedule_or_usual, set_schedule
from quickbooks_bridge.payment_schedules import said_of as said_of_payments

Values = Mapping[str, Any]
Said = dict[str, str]


class Group(Protocol):
    """Settings that are copied together. Values are texts, whole numbers, yes or no, lists of texts, or None."""

    @property
    def key(self) -> str: ...

    @property
    def label(self) -> str: ...

    @property
    def names(self) -> tuple[str, ...]:
        """What each value is called."""
        ...

    def read(self, company: Company) -> Values | None:
        """What the company has agreed; None if it has agreed nothing that could be copied."""
        ...

    def said(self, company: Company, values: Values) -> tuple[Said, Said]:
        """What the company has agreed, and what it would with `values`, as the list of rights changes says it.

        Raises:
            InvalidInput: one of the values cannot be taken.
        """
        ...

    def save(self, company: Company, values: Values, *, by: Membership) -> None:
        """Give `values` to the company; inside a transaction, after `said` has taken them.

        Raises:
            NotAllowed: `by` may not change its settings.
        """
        ...

    def against(self, company: Company) -> str:
        """Why it cannot be given to this company, as a sentence; "" if it can."""
        ...


@dataclass(frozen=True)
class OfRules:
    """Some of the rules of the settings page. `labels` is how the list of rights changes begins to name them."""

    key: str
    label: str
    names: tuple[str, ...]
    labels: tuple[str, ...]

    def read(self, company: Company) -> Values | None:
        rules = agreed_of(company)
        return {name: rules[name] for name in self.names}

    def said(self, company: Company, values: Values) -> tuple[Said, Said]:
        form = self._form(company, values)
        return (
            self._own(said_of(company, policies_of(company))),
            self._own(said_of(form.instance, {one.kind: one for one in policies_in(company, form.cleaned_data)})),
        )

    def save(self, company: Company, values: Values, *, by: Membership) -> None:
        save_settings(company, by=by, entered=self._form(company, values).cleaned_data)

    def against(self, company: Company) -> str:
        return ""

    def _own(self, said: Said) -> Said:
        return {label: value for label, value in said.items() if label.startswith(self.labels)}

    def _form(self, company: Company, values: Values) -> SettingsForm:
        """The settings page as if somebody had typed these values over what the company has agreed."""
        form = form_over(company, {name: values[name] for name in self.names})
        if not form.is_valid():
            told = [str(sentence) for name in form.errors for sentence in form.errors[name]]
            raise InvalidInput(" ".join(told), errors={self.key: told})
        return form


@dataclass(frozen=True)
class OfBills:
    """What every bill needs before it is accepted, and whether its files go along."""

    key: str = "bills"
    label: str = gettext_noop("What every bill needs, and its files")
    names: tuple[str, ...] = tuple(NEEDS)

    def read(self, company: Company) -> Values | None:
        row = connection_of(company.pk)
        return {name: getattr(row, name) for name in NEEDS} if row else None

    def said(self, company: Company, values: Values) -> tuple[Said, Said]:
        return said_of_needs(dict(self.read(company) or {})), said_of_needs(dict(values))

    def save(self, company: Company, values: Values, *, by: Membership) -> None:
        row = connection_of(company.pk)
        if row is not None:
            save_needs(row, dict(values), by=by)

    def against(self, company: Company) -> str:
        if connection_of(company.pk):
            return ""
        return gettext("QuickBooks is not connected here yet, and this is kept with the connection.")


@dataclass(frozen=True)
class OfBudgets:
    """How budgets follow QuickBooks; the template of imported projects stays, since it is one of the company's."""

    key: str = "budgets"
    label: str = gettext_noop("Budgets")
    names: tuple[str, ...] = ("adds_new_codes", "direct_costs")

    def read(self, company: Company) -> Values | None:
        rules = rules_of(company.pk)
        return {"adds_new_codes": rules.adds_new_codes, "direct_costs": rules.direct_costs}

    def said(self, company: Company, values: Values) -> tuple[Said, Said]:
        if values["direct_costs"] not in DirectCosts.values:
            sentence = gettext("Choose where direct costs come from.")
            raise InvalidInput(sentence, errors={self.key: [sentence]})
        return said_of_budgets(rules_of(company.pk)), said_of_budgets(BudgetRules(company=company, **values))

    def save(self, company: Company, values: Values, *, by: Membership) -> None:
        rules = CompanyRules(template_of(company.pk), values["adds_new_codes"], values["direct_costs"])
        save_company_rules(company, rules, by=by)

    def against(self, company: Company) -> str:
        return ""


@dataclass(frozen=True)
class OfPayments:
    """How often payments are read. From which day on they are taken is each company's own: where it is switched on by
    this, from today.
    """

    key: str = "payments"
    label: str = gettext_noop("Reading of payments")
    names: tuple[str, ...] = ("hours",)

    def read(self, company: Company) -> Values | None:
        row = PaymentSchedule.objects.filter(company=company).first()
        return {"hours": row.hours} if row else None

    def said(self, company: Company, values: Values) -> tuple[Said, Said]:
        if values["hours"] not in Every.values:
            sentence = gettext("Choose one of the schedules of the list.")
            raise InvalidInput(sentence, errors={self.key: [sentence]})
        row = schedule_or_usual(company)
        after = PaymentSchedule(
            hours=values["hours"], since=today_of(company) if begins(row, values["hours"]) else row.since
        )
        return said_of_payments(row), said_of_payments(after)

    def save(self, company: Company, values: Values, *, by: Membership) -> None:
        set_schedule(company, values["hours"], by=by)

    def against(self, company: Company) -> str:
        return ""


GROUPS: tuple[Group, ...] = (
    OfRules(
        "acceptance",
        gettext_noop("Acceptance"),
        ("four_eyes", "only_holders_grant", "undo_seconds", "late_after_days"),
        ("Sender may not accept", "Only someone who has a privilege", "Seconds to take", "Late after"),
    ),
    OfRules(
        "amounts",
        gettext_noop("Direct Export and amounts"),
        (
            "direct_export",
            *(f"{name}_{kind.value}" for kind in ExportPolicy.WITH_AMOUNTS for name in ("up_to", "second_above")),
        ),
        ("Direct Export", "Two approvers"),
    ),
    OfRules(
        "clock",
        gettext_noop("Time zone and daily summary"),
        ("time_zone", "digest_hour"),
        ("Time zone", "Hour of the daily summary"),
    ),
    OfBills(),
    OfBudgets(),
    OfPayments(),
)

#: What is not copied, each with why.
STAYS: tuple[tuple[str, str], ...] = (
    (gettext_noop("Name"), gettext_noop("It is the company's own.")),
    (
        gettext_noop("Mappings, and usual classes and locations of projects"),
        gettext_noop("They name accounts, items, classes and terms of one QuickBooks company by its numbers."),
    ),
    (
        gettext_noop("Connection, what a project becomes, the limit of the first export"),
        gettext_noop("They belong to one QuickBooks company and to what has been sent there."),
    ),
    (
        gettext_noop("Webhooks"),
        gettext_noop("Whoever is told has a secret of its own for each company."),
    ),
    (
        gettext_noop("People, rights, notices and API tokens"),
        gettext_noop("Who may do what is given by name, under People; what they are told about, each person chooses."),
    ),
    (
        gettext_noop("Template of imported projects, billing periods, reminders, change settings"),
        gettext_noop("They are projects of one company, or belong to each project. New ones begin like the template."),
    ),
)
