"""One currency: what is posted is in the home currency of the books, or it is not posted (ADR 28).

Where QuickBooks keeps more than one currency, a vendor or customer has one of their own for ever, and their documents
are in it. Nothing here keeps two amounts, so a record that names one in another currency is refused: at acceptance by
what was read last, before it flies by the same once more, and by QuickBooks itself, because the document says its
currency.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext

from procore_sync.acceptance.models import Submission
from quickbooks_bridge import features, names
from quickbooks_bridge.models import Connection, LedgerName, Link
from quickbooks_bridge.references import refs_in

#: The lists of QuickBooks whose rows have a currency that their documents take over.
WITH_CURRENCY = ("Customer", "Vendor")


def has_several(switches: Mapping[str, str]) -> bool:
    """Whether QuickBooks keeps more than one currency."""
    return features.is_on(switches, features.CURRENCIES)


def said_on_documents(switches: Mapping[str, str]) -> str:
    """The currency that a document has to say of itself; "" where QuickBooks knows but one, or has not said which."""
    return switches.get(features.HOME_CURRENCY, "") if has_several(switches) else ""


def of(row: LedgerName) -> str:
    """The currency of a vendor or customer as it was read last; "" if that is not known."""
    return str((row.detail.get("CurrencyRef") or {}).get("value", ""))


def is_foreign(row: LedgerName, switches: Mapping[str, str]) -> bool:
    """Whether it is in another currency than the books; so too while its currency or theirs is not known."""
    if not has_several(switches) or row.entity not in WITH_CURRENCY:
        return False
    return not of(row) or of(row) != said_on_documents(switches)


def why_not(row: LedgerName, switches: Mapping[str, str]) -> str:
    """Why nothing can be posted that names this foreign vendor or customer, and who can cure it."""
    vendor = row.entity == "Vendor"
    said = gettext("The vendor “%(name)s”") if vendor else gettext("The customer “%(name)s”")
    called, home = said % {"name": row.fully_qualified_name}, said_on_documents(switches)
    if not of(row) or not home:
        told = gettext(
            "%(called)s may be in another currency: QuickBooks keeps more than one, and it is not known which. "
            "Read the names of QuickBooks again, then try again."
        )
        return told % {"called": called}
    of_vendors = gettext(
        "%(called)s is in %(theirs)s in QuickBooks and the books are in %(home)s. The console posts one currency: link "
        "the record to a vendor in %(home)s, or let the bookkeeper enter this one in QuickBooks."
    )
    of_customers = gettext(
        "%(called)s is in %(theirs)s in QuickBooks and the books are in %(home)s. The console posts one currency: link "
        "the record to a customer in %(home)s, or let the bookkeeper enter this one in QuickBooks."
    )
    return (of_vendors if vendor else of_customers) % {"called": called, "theirs": of(row), "home": home}


def foreign_in(submissions: Iterable[Submission], row: Connection) -> dict[int, str]:
    """Why each of these of one company must not fly, by its pk; no query where QuickBooks keeps one currency."""
    if not has_several(row.features):
        return {}
    named = {one.pk: {ref["item"] for ref in refs_in(one.document)} for one in submissions}
    rows = _rows_of(set().union(*named.values()), row)
    found = {}
    for pk, items in named.items():
        foreign = [rows[item] for item in sorted(items & rows.keys()) if is_foreign(rows[item], row.features)]
        if foreign:
            found[pk] = why_not(foreign[0], row.features)
    return found


def _rows_of(items: set[int], row: Connection) -> dict[int, LedgerName]:
    """What QuickBooks has of these records, by item; two queries."""
    links = Link.objects.filter(company_id=row.company_id, item_id__in=items, entity__in=WITH_CURRENCY)
    known = {(entity, key): item for item, entity, key in links.values_list("item_id", "entity", "remote_id")}
    rows = names.names_of(row.company_id, *WITH_CURRENCY).filter(remote_id__in=[key for _, key in known])
    return {known[one.entity, one.remote_id]: one for one in rows if (one.entity, one.remote_id) in known}
