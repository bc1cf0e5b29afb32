"""The Retainage item of a company: which it is, and why it would not do (domain.md §10, quickbooks.md §4.12)."""

from __future__ import annotations

from django.utils.translation import gettext

from procore_sync.kit.kinds import Kind
from quickbooks_bridge.models import LedgerName, Link, Mapping, Thing
from quickbooks_bridge.names import names_of

NAME = "Retainage"
#: Where withheld retainage stands in the books: it is owed, and no cost.
LIABILITIES = ("Other Current Liability", "Long Term Liability")


def retainage_item(company_id: int) -> str:
    """The id of the item that is chosen, or ""."""
    chosen = Mapping.objects.filter(company_id=company_id, thing=Thing.RETAINAGE_ITEM, key="")
    return chosen.values_list("remote_id", flat=True).first() or ""


def item_for_retainage(company_id: int) -> tuple[LedgerName | None, str]:
    """The item that is chosen, and why it cannot stand for retainage, from the names read last; "" if it can."""
    chosen = retainage_item(company_id)
    if not chosen:
        return None, gettext("No item of QuickBooks is chosen for retainage yet.")
    row = _item(company_id, chosen)
    return row, _why_unfit(company_id, chosen, row)


def why_unfit(company_id: int, remote_id: str) -> str:
    """Why this item cannot stand for retainage, as a sentence; "" if it can."""
    return _why_unfit(company_id, remote_id, _item(company_id, remote_id))


def _item(company_id: int, remote_id: str) -> LedgerName | None:
    return names_of(company_id, "Item").filter(remote_id=remote_id).first()


def _why_unfit(company_id: int, remote_id: str, row: LedgerName | None) -> str:
    if row is None:
        told = gettext("The item chosen for retainage, number %(id)s, is not in QuickBooks any more. Choose another.")
        return told % {"id": remote_id}
    told = _why_unfit_as_it_is(company_id, remote_id, row)
    return told % {"item": row.fully_qualified_name} if told else _why_wrong_account(company_id, row)


def _why_unfit_as_it_is(company_id: int, remote_id: str, row: LedgerName) -> str:
    """The sentence, with a place for the item's name."""
    if not row.active:
        return gettext("The item “%(item)s” is inactive in QuickBooks. Make it active again there, or choose another.")
    if row.detail.get("Type") != "Service":
        return gettext("The item “%(item)s” is not a service in QuickBooks. Retainage needs an item of type Service.")
    if Link.objects.filter(
        company_id=company_id, entity="Item", remote_id=remote_id, item__kind=Kind.COST_CODE
    ).exists():
        return gettext(
            "The item “%(item)s” is a cost code here. Retainage is not a cost, so it needs an item of its own."
        )
    return ""


def _why_wrong_account(company_id: int, row: LedgerName) -> str:
    account_id = str((row.detail.get("ExpenseAccountRef") or {}).get("value", ""))
    if not account_id:
        told = gettext(
            "The item “%(item)s” has no expense account in QuickBooks. Give it one of type Other Current Liability "
            "there."
        )
        return told % {"item": row.fully_qualified_name}
    account = names_of(company_id, "Account").filter(remote_id=account_id).first()
    if account is None or account.detail.get("AccountType") in LIABILITIES:
        return ""
    told = gettext(
        "The item “%(item)s” posts to “%(account)s”, which is of type %(type)s, so withheld retainage would reduce "
        "the cost. Give it an account of type Other Current Liability in QuickBooks."
    )
    kind = account.detail.get("AccountType")
    return told % {"item": row.fully_qualified_name, "account": account.fully_qualified_name, "type": kind}
