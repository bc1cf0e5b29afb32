"""A transaction as it is typed into a form without scripts: from the document to fields and from fields to it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal, InvalidOperation
from functools import cached_property

from .amounts import cents, exact
from .books import Books
from .forms import Input, full_name
from .links import billed
from .records import Document
from .sheets import Paper

#: Empty lines at the end of a form.
SPARE = 3
MOST_LINES = 10_000
_DETAILS = {
    "bought": {"Item": "ItemBasedExpenseLineDetail", "Account": "AccountBasedExpenseLineDetail"},
    "sold": {"Item": "SalesItemLineDetail"},
}
_SEVEN_PLACES = Decimal("0.0000001")
_SHOWN_ONLY = ("DescriptionOnly",)
#: Stands below the lines, without an Id, and is not typed: it stays as it is.
_BELOW = "DiscountLineDetail"


class Unreadable(ValueError):
    """What was typed is no transaction; the sentence says what to do."""


@dataclass(frozen=True)
class Typed:
    """One line of the form, as written. `key` is the id of a line that is there; `link` is `order:line`."""

    key: str = ""
    what: str = ""
    job: str = ""
    description: str = ""
    quantity: str = ""
    rate: str = ""
    amount: str = ""
    tax: str = ""
    link: str = ""
    remove: str = ""

    @property
    def is_blank(self) -> bool:
        """A spare line that nobody wrote on."""
        said = (self.key, self.what, self.job, self.description, self.quantity, self.rate, self.amount)
        return not any(said)


class Names:
    """The names that a line may use, and what they stand for."""

    def __init__(self, books: Books, paper: Paper) -> None:
        self._books = books
        self._details = _DETAILS[paper.lines]

    @cached_property
    def choices(self) -> dict[str, tuple[str, str]]:
        """What can be bought or sold, by the name to type: items first, then accounts."""
        found: dict[str, tuple[str, str]] = {}
        for entity in self._details:
            for name, key in self._active(entity):
                found.setdefault(name if name not in found else f"{name} (account)", (entity, key))
        return found

    @cached_property
    def jobs(self) -> dict[str, str]:
        """Customers and jobs by their full names."""
        return dict(self._active("Customer"))

    @cached_property
    def taxes(self) -> dict[str, str]:
        """Tax codes by name, where lines carry one."""
        return {} if self._books.info.get("Country") == "US" else dict(self._active("TaxCode"))

    def _active(self, entity: str) -> list[tuple[str, str]]:
        rows = [one.document for one in self._books.records[entity].values() if one.document["Active"]]
        if entity == "Item":
            rows = [one for one in rows if one["Type"] != "Category"]
        return sorted(((full_name(one, entity), one["Id"]) for one in rows), key=lambda one: one[0].casefold())

    def ordered(self, link: str) -> Document:
        """The line of an order that a new line of a bill is copied from."""
        order, _, key = link.partition(":")
        record = self._books.records["PurchaseOrder"].get(order)
        lines = record.document["Line"] if record else []
        return next((line for line in lines if line.get("Id") == key), {})

    def written(self, entity: str, key: str) -> str:
        """The name under which a line shows this record, inactive or not."""
        name = full_name(self._books.records[entity][key].document, entity)
        return (
            f"{name} (account)"
            if entity == "Account" and self.choices.get(name, ("Account",))[0] != "Account"
            else name
        )


# from a document to the form


def head_typed(paper: Paper, document: Document) -> dict[str, str]:
    """The head of a document as its form shows it."""
    return {one.name: _as_typed(one, document.get(one.name)) for one in paper.inputs}


def _as_typed(one: Input, value: object) -> str:
    if isinstance(value, dict):
        return str(value.get("value", ""))
    if one.kind == "mark":
        return "on" if value else ""
    return "" if value is None else str(value)


def lines_typed(books: Books, paper: Paper, document: Document) -> list[Typed]:
    """The lines of a document as its form shows them; subtotals are counted by the books themselves."""
    names = Names(books, paper)
    return [_typed(names, paper, line) for line in document["Line"] if "Id" in line]


def _typed(names: Names, paper: Paper, line: Document) -> Typed:
    kind = line["DetailType"]
    detail = line.get(kind, {})
    entity = next((name for name, own in _DETAILS[paper.lines].items() if own == kind), "")
    job = detail.get("CustomerRef", {}).get("value")
    return Typed(
        key=line["Id"],
        what=names.written(entity, detail[f"{entity}Ref"]["value"]) if entity else "",
        job=names.written("Customer", job) if job else "",
        description=line.get("Description", ""),
        quantity=_plain(detail.get("Qty")),
        rate=_plain(detail.get("UnitPrice")),
        amount=f"{exact(line['Amount']):.2f}" if "Amount" in line else "",
        tax=str(detail.get("TaxCodeRef", {}).get("value", "")),
    )


def _plain(value: object) -> str:
    return "" if value is None else f"{exact(value).normalize():f}"


def bill_for(books: Books, paper: Paper, order: Document) -> tuple[dict[str, str], list[Typed]]:
    """Head and lines of a bill for what is not yet billed of an order."""
    of_line = billed(books, order["Id"])
    lines = []
    for line in lines_typed(books, paper, order):
        done = of_line.get(line.key, Decimal(0))
        left = Decimal(line.amount or 0) - done
        if left:
            whole = line if not done else replace(line, quantity="", rate="", amount=f"{left:.2f}")
            lines.append(replace(whole, key="", link=f"{order['Id']}:{line.key}"))
    return {"VendorRef": order["VendorRef"]["value"]}, lines


# from the form to a document


def lines_written(typed: Mapping[str, str]) -> list[Typed]:
    """The lines that a form sent, blank ones among them."""
    count = typed.get("lines", "0")
    if not (count.isascii() and count.isdigit() and int(count) <= MOST_LINES):
        raise Unreadable("The form was sent incompletely. Open it again and repeat what you wrote.")
    names = [field.name for field in fields(Typed)]
    return [Typed(**{name: typed.get(f"{name}-{at}", "").strip() for name in names}) for at in range(int(count))]


def document_of(
    books: Books, paper: Paper, head: Document, written: Iterable[Typed], held: Document | None
) -> Document:
    """The whole document that a form describes: what it does not ask for stays as `held` has it.

    Raises:
        Unreadable: a line that says something else than a line can.
    """
    asked = {"TxnTaxDetail", *(one.name for one in paper.inputs)}
    kept = {name: value for name, value in (held or {}).items() if name not in asked}
    if head.get("VendorRef") != {"value": (held or {}).get("VendorRef", {}).get("value")}:
        kept.pop("VendorAddr", None)
    old = {line["Id"]: line for line in (held or {}).get("Line", []) if "Id" in line}
    names = Names(books, paper)
    lines = [
        _line(names, paper, at, one, old.get(one.key, {}))
        for at, one in enumerate(written, 1)
        if not one.is_blank and not one.remove
    ]
    if not lines:
        raise Unreadable("Nothing is left on it: it needs a line. To be rid of it, delete it.")
    links = {link["TxnId"]: link for link in kept.get("LinkedTxn", [])}
    links |= {
        link["TxnId"]: _to_order(link) for line in lines if "Id" not in line for link in line.get("LinkedTxn", [])
    }
    if links:
        kept["LinkedTxn"] = list(links.values())
    below = [line for line in (held or {}).get("Line", []) if line["DetailType"] == _BELOW]
    return {**kept, **head, "Line": [*lines, *below]}


def _to_order(link: Document) -> Document:
    return {"TxnId": link["TxnId"], "TxnType": link["TxnType"]}


def _line(names: Names, paper: Paper, at: int, one: Typed, before: Document) -> Document:
    if before.get("DetailType") in _SHOWN_ONLY:
        return {**before, "Description": one.description}
    entity, key = _chosen(names, at, one, before)
    kind = _DETAILS[paper.lines][entity]
    was = before.get(kind, {})
    detail = {name: value for name, value in was.items() if name not in ("CustomerRef", "Qty", "UnitPrice")}
    detail[f"{entity}Ref"] = {"value": key}
    if one.job:
        detail["CustomerRef"] = {"value": _job(names, at, one.job, before)}
    if one.tax:
        detail["TaxCodeRef"] = {"value": one.tax}
    basis = before or names.ordered(one.link)
    figures = _figures(at, one, basis.get("Amount"), basis.get(kind, {}))
    detail |= {name: figures[name] for name in ("Qty", "UnitPrice") if name in figures and entity == "Item"}
    line: Document = {"DetailType": kind, kind: detail, "Amount": figures["Amount"]}
    line |= {name: before[name] for name in ("Id", "LinkedTxn") if name in before}
    if one.description:
        line["Description"] = one.description
    if one.link and not before:
        order, _, order_line = one.link.partition(":")
        line["LinkedTxn"] = [{"TxnId": order, "TxnType": "PurchaseOrder", "TxnLineId": order_line}]
    return line


def _chosen(names: Names, at: int, one: Typed, before: Document) -> tuple[str, str]:
    known = {name.casefold(): what for name, what in names.choices.items()}
    # What a line names already it may keep, though it be inactive by now.
    detail = before.get(before.get("DetailType", ""), {})
    for entity in ("Item", "Account"):
        if f"{entity}Ref" in detail:
            key = detail[f"{entity}Ref"]["value"]
            known.setdefault(names.written(entity, key).casefold(), (entity, key))
    found = known.get(one.what.casefold())
    if found:
        return found
    if not one.what:
        raise Unreadable(f"Line {at} names nothing that is bought or sold. Choose an entry of the list.")
    raise Unreadable(f"Line {at}: there is no active item or account “{one.what}” here. Choose one of the list.")


def _job(names: Names, at: int, name: str, before: Document) -> str:
    known = {full.casefold(): key for full, key in names.jobs.items()}
    was = before.get(before.get("DetailType", ""), {}).get("CustomerRef", {}).get("value")
    if was:
        known.setdefault(names.written("Customer", was).casefold(), was)
    key = known.get(name.casefold())
    if key is None:
        raise Unreadable(f"Line {at}: there is no active customer or job “{name}” here. Choose one of the list.")
    return key


def _figures(at: int, one: Typed, amount_was: object, was: Document) -> dict[str, Decimal]:
    """Quantity, rate and amount. As in QuickBooks' own form, a new amount moves the rate, and a new rate the amount."""
    quantity, rate = _number(at, "quantity", one.quantity), _number(at, "rate", one.rate)
    amount = _number(at, "amount", one.amount)
    if quantity is not None and rate is not None:
        moved = (one.quantity, one.rate) != (_plain(was.get("Qty")), _plain(was.get("UnitPrice")))
        is_new_amount = amount is not None and (amount_was is None or cents(exact(amount_was)) != cents(amount))
        if amount is None or (moved and not is_new_amount):
            amount = cents(quantity * rate)
        elif is_new_amount and not moved:
            rate = rate_for(amount, quantity)
    if amount is None:
        raise Unreadable(f"Line {at} has no amount. Fill it in, or give quantity and rate.")
    if quantity is None or rate is None:
        return {"Amount": amount}
    return {"Amount": amount, "Qty": quantity, "UnitPrice": rate}


def rate_for(amount: Decimal, quantity: Decimal) -> Decimal | None:
    """The rate that gives this amount to the cent, or None."""
    rate = (amount / quantity).quantize(_SEVEN_PLACES) if quantity else None
    return rate if rate is not None and cents(rate * quantity) == cents(amount) else None


def _number(at: int, what: str, written: str) -> Decimal | None:
    if not written:
        return None
    try:
        found = Decimal(written.replace(",", "").removeprefix("$").replace("\u2212", "-"))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found) > Decimal(10) ** 12:
        raise Unreadable(f"Line {at}: the {what} “{written}” is not a number. Write it as 1250.00.")
    return found
