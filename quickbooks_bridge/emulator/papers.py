"""What the window shows of a transaction: a row of a list, its head, its lines, and what is linked to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .amounts import exact
from .books import Books
from .forms import cell
from .links import billed, linked
from .records import Document
from .sheets import PAPERS, Paper
from .tables import ENTITIES

#: Rows of one page of a list.
PAGE = 200
SLUGS = {paper.entity: paper.slug for paper in PAPERS.values()}
FIGURES = frozenset({"Total", "Open", "Debits", "Hours", "Cost rate"})
_PAID = {"Bill": "Bill paid", "VendorCredit": "Vendor credit used"}
_UNSAID = ("domain", "sparse", "MetaData", "Line", "LinkedTxn", "TxnTaxDetail", "VendorAddr", "ShipAddr", "BillAddr")


@dataclass(frozen=True)
class Row:
    """One transaction in a list."""

    key: str
    day: str
    name: str
    cells: list[str]


@dataclass(frozen=True)
class Line:
    """A line as a person reads it; `billed` is filled in where bills may be linked."""

    key: str
    what: str
    description: str
    job: str
    quantity: str
    rate: str
    amount: str
    billed: str = ""


@dataclass(frozen=True)
class Page:
    """One page of a list, the newest first."""

    rows: list[Row]
    number: int
    last: int
    count: int


def page_of(books: Books, paper: Paper, number: int) -> Page:
    """Page `number` of the transactions of a kind, the newest first; the nearest there is."""
    documents = [record.document for record in books.records[paper.entity].values()]
    documents.sort(key=lambda one: (one["TxnDate"], int(one["Id"])), reverse=True)
    last = max(1, -(-len(documents) // PAGE))
    number = min(max(1, number), last)
    shown = documents[(number - 1) * PAGE : number * PAGE]
    return Page([_row(books, paper, one) for one in shown], number, last, len(documents))


def _row(books: Books, paper: Paper, document: Document) -> Row:
    cells = [_shown(books, document, name) for _, name in paper.columns]
    return Row(document["Id"], document["TxnDate"], title_of(document), cells)


def title_of(document: Document) -> str:
    """The number of a transaction, or its id where it has none."""
    return str(document.get("DocNumber") or f"#{document['Id']}")


def _shown(books: Books, document: Document, name: str) -> str:
    computed = _COMPUTED.get(name)
    return computed(books, document) if computed else cell(document.get(name))


def _bills(_books: Books, document: Document) -> str:
    return str(len(document["LinkedTxn"]) or "")


def _debits(_books: Books, document: Document) -> str:
    lines = [line for line in document["Line"] if line.get("JournalEntryLineDetail", {}).get("PostingType") == "Debit"]
    return f"{sum((exact(line['Amount']) for line in lines), Decimal(0)):,.2f}"


def _who(_books: Books, document: Document) -> str:
    return cell(document.get(f"{document['NameOf']}Ref"))


def _hours(_books: Books, document: Document) -> str:
    if "Hours" not in document:
        return f"{document['StartTime'][11:16]} to {document.get('EndTime', '')[11:16]}"
    return f"{document['Hours']}:{document.get('Minutes', 0):02d}"


_COMPUTED: dict[str, Callable[[Books, Document], str]] = {
    "bills": _bills,
    "debits": _debits,
    "who": _who,
    "hours": _hours,
}


def facts_of(document: Document) -> list[tuple[str, str]]:
    """The head of a transaction, property by property."""
    times = [("Created", document["MetaData"]["CreateTime"]), ("Changed", document["MetaData"]["LastUpdatedTime"])]
    return [(name, cell(value)) for name, value in document.items() if name not in _UNSAID] + times


def lines_of(books: Books, paper: Paper, document: Document) -> list[Line]:
    """Its lines. Those of an order say how much of them is billed."""
    of_line = billed(books, document["Id"]) if paper.entity == "PurchaseOrder" else None
    return [_line(line, of_line) for line in document.get("Line", [])]


def _line(line: Document, of_line: Mapping[str, Decimal] | None) -> Line:
    detail = line.get(line.get("DetailType", ""), {})
    key = line.get("Id", "")
    return Line(
        key=key,
        what=_what(line, detail),
        description=line.get("Description", ""),
        job=cell(detail.get("CustomerRef") or detail.get("Entity", {}).get("EntityRef")),
        quantity=_plain(detail.get("Qty")),
        rate=_plain(detail.get("UnitPrice")),
        amount=f"{line['Amount']:,.2f}" if "Amount" in line else "",
        billed=f"{of_line.get(key, Decimal(0)):,.2f}" if of_line is not None and "Amount" in line else "",
    )


def _what(line: Document, detail: Document) -> str:
    if line.get("DetailType") == "SubTotalLineDetail":
        return "Subtotal"
    if line.get("LinkedTxn") and "DetailType" not in line:
        return _PAID.get(line["LinkedTxn"][0].get("TxnType", ""), "Payment")
    posting = f"{detail['PostingType']}: " if "PostingType" in detail else ""
    return posting + cell(detail.get("ItemRef") or detail.get("AccountRef"))


def _plain(value: Any) -> str:
    return "" if value is None else f"{exact(value).normalize():,f}"


@dataclass(frozen=True)
class Relation:
    """A transaction that is linked with the one shown."""

    slug: str
    key: str
    kind: str
    title: str
    amount: str


def relations_of(books: Books, entity: str, document: Document) -> list[Relation]:
    """What it is linked to and what is linked to it, each once."""
    found = {*linked(document), *((name, one["Id"]) for name, one in books.linking((entity, document["Id"])))}
    there = [(kind.removesuffix("Check").removesuffix("CreditCard"), key) for kind, key in found]
    return [
        Relation(
            SLUGS[kind], key, PAPERS[SLUGS[kind]].one, title_of(record.document), cell(record.document["TotalAmt"])
        )
        for kind, key in sorted(set(there))
        if kind in ENTITIES and (record := books.records[kind].get(key))
    ]


def attached_to(books: Books, entity: str, document: Document) -> list[tuple[str, str]]:
    """What hangs on a transaction: the name of a file and its size, or a note."""
    here = {"type": entity, "value": document["Id"]}
    held = [record.document for record in books.records["Attachable"].values()]
    there = [one for one in held if any(ref.get("EntityRef") == here for ref in one.get("AttachableRef", []))]
    return [(one.get("FileName", "Note"), f"{one['Size']:,} bytes" if "Size" in one else one["Note"]) for one in there]
