"""What stands already when an approver picks accounts and terms."""

from __future__ import annotations

from dataclasses import dataclass

from quickbooks_bridge import names
from quickbooks_bridge.models import UNTAXED, Connection, Mapping, Thing


@dataclass(frozen=True)
class Default:
    """A default of the company: what it is for, the options, and which is chosen."""

    thing: str
    label: str
    options: list[tuple[str, str]]
    chosen: str


def defaults_of(company_id: int) -> list[Default]:
    """The defaults of a company, with what can be chosen; those of tax codes only where lines have them."""
    chosen = dict(Mapping.objects.filter(company_id=company_id, key="").values_list("thing", "remote_id"))
    options = {
        Thing.INCOME_ACCOUNT: names.accounts(company_id, names.INCOME_TYPES),
        Thing.EXPENSE_ACCOUNT: names.accounts(company_id, names.EXPENSE_TYPES),
        Thing.TERMS: names.terms(company_id),
        Thing.RETAINAGE_ITEM: names.services(company_id),
    }
    if Connection.objects.filter(company_id=company_id).exclude(country__in=UNTAXED).exists():
        codes = names.tax_codes(company_id)
        options |= {Thing.WORK_TAX: codes, Thing.RETAINAGE_TAX: codes}
    return [
        Default(thing, str(Thing(thing).label), offered, chosen.get(thing, "")) for thing, offered in options.items()
    ]
