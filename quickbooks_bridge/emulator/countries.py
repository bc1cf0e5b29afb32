"""Moving a company to another country: what QuickBooks asks once, when a company is opened."""

from .books import Books
from .records import Document
from .seeds import plant_taxes
from .tables import ENTITIES

COUNTRIES = {"US": "United States", "CA": "Canada"}
_HOME = {"US": "USD", "CA": "CAD"}


class Settled(ValueError):
    """The company cannot move any more; the sentence says why."""


def move(books: Books, country: str) -> None:
    """Give the company another country, its currency and its tax codes; nothing if it is there already.

    Raises:
        Settled: something was entered already, in the old country's money and taxes.
    """
    if country not in COUNTRIES or country == books.info.get("Country"):
        return
    if any(books.records[name] for name, entity in ENTITIES.items() if entity.is_transaction):
        raise Settled(
            "The country can only be changed while nothing is entered: what is there is in the old country's money "
            "and taxes. Take a company without transactions."
        )
    taxed, home = country != "US", _HOME[country]

    def prefer(document: Document) -> None:
        document["TaxPrefs"] = {**document.get("TaxPrefs", {}), "UsingSalesTax": taxed, "PartnerTaxEnabled": taxed}
        document["CurrencyPrefs"] = {**document.get("CurrencyPrefs", {}), "HomeCurrency": {"value": home}}

    books.arrange(ENTITIES["CompanyInfo"], "1", lambda it: it.update(Country=country))
    books.arrange(ENTITIES["Preferences"], "1", prefer)
    _recur(books)
    for key, record in list(books.records["TaxCode"].items()):
        if record.document["Active"]:
            books.arrange(ENTITIES["TaxCode"], key, lambda it: it.update(Active=False))
    plant_taxes(books, country)


def _recur(books: Books) -> None:
    """Every name is in the home currency: this look-alike knows no other."""
    for name, entity in ENTITIES.items():
        if "CurrencyRef" in entity.by_name and not entity.is_transaction:
            for key in list(books.records[name]):
                books.arrange(entity, key, lambda it: it.update(CurrencyRef=dict(books.currency)))
