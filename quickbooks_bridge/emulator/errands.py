"""What a bookkeeper does to what is there, each by one call of the control plane and by the API's checks.

The record is taken as it stands now. What is refused changes nothing.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from aiohttp import web

from .amounts import exact
from .answers import told
from .books import Books
from .cleaning import parse
from .clock import day
from .control import Wrong, merge_preferences
from .emulator import Emulator
from .entity import Entity
from .faults import Refused
from .forms import sentence
from .lines import changed, decimal_of, find, with_amount
from .merging import Unmergeable, merge
from .records import Document, Record
from .tables import ENTITIES

#: The named properties of a vendor's documents that say whose they are.
_WHOSE = {"Purchase": "EntityRef"}


@dataclass(frozen=True)
class Errand:
    """One task: in whose books, about what, and what was said."""

    books: Books
    given: dict[str, Any]

    @cached_property
    def entity(self) -> Entity:
        """The kind of document it is about."""
        entity = ENTITIES.get(str(self.given.get("entity", "")))
        if entity is None:
            raise Wrong(f"The emulator has no {self.given.get('entity', 'entity of no name')}.")
        return entity

    @property
    def key(self) -> str:
        """Its id."""
        return str(self.given.get("id", ""))

    @cached_property
    def document(self) -> Document:
        """The document as it stands, to be changed freely. Raises Refused (610) when it is not there."""
        document: Document = json.loads(self.books.get(self.entity, self.key).text)
        return document

    @property
    def target(self) -> Document:
        """What an update or delete of it begins with."""
        return {"Id": self.key, "SyncToken": self.document["SyncToken"]}

    def said(self, name: str) -> Any:
        """A word of the task that has to be there."""
        if self.given.get(name) in (None, ""):
            raise Wrong(f"{name} is missing.")
        return self.given[name]

    def update(self, **changes: Any) -> Record:
        """Change only these properties."""
        held = self.document
        needed = {name: held[name] for name in self.entity.needed_though_sparse}
        return self.books.update(self.entity, {**self.target, "sparse": True, **needed, **changes})

    @property
    def lines(self) -> list[Document]:
        """Its lines, without the subtotals that QuickBooks adds."""
        found: list[Document] = [line for line in self.document.get("Line", []) if "SubTotalLineDetail" not in line]
        if not found:
            raise Wrong(f"{self.entity.name} {self.key} has no lines.")
        return found


def _rename(task: Errand) -> Record:
    if not task.entity.name_field:
        raise Wrong(f"{task.entity.name} has no name.")
    return task.update(**{task.entity.name_field: task.said("name")})


def _merge(task: Errand) -> Record:
    return merge(task.books, task.entity, task.key, str(task.said("into")))


def _edit(task: Errand) -> Record:
    fields = task.said("fields")
    if not isinstance(fields, dict):
        raise Wrong("fields is an object.")
    return task.update(**{name: value for name, value in fields.items() if name not in ("Id", "SyncToken", "sparse")})


def _switch(task: Errand, *, active: bool) -> Record:
    """Tax codes can only be read by the API, so the bookkeeper's hand goes past it."""
    if task.entity.name == "TaxCode":
        return task.books.arrange(task.entity, task.key, lambda document: document.update(Active=active))
    return task.update(Active=active)


def _vendor(task: Errand) -> Record:
    vendor = {"value": str(task.said("vendor"))}
    whose = _WHOSE.get(task.entity.name, "VendorRef")
    if whose not in task.entity.by_name:
        raise Wrong(f"{task.entity.name} is of no vendor.")
    document = {name: value for name, value in task.document.items() if name not in ("VendorAddr", "TxnTaxDetail")}
    for holder in (document, *document.get("Line", [])):
        kept = [link for link in holder.get("LinkedTxn", []) if link.get("TxnType") != "PurchaseOrder"]
        holder.pop("LinkedTxn", None)
        if kept:
            holder["LinkedTxn"] = kept
    return task.books.update(task.entity, {**document, **task.target, whose: vendor})


def _amount(task: Errand) -> Record:
    lines = task.lines
    at = find(lines, task.given.get("line"))
    before = lines[at]
    lines[at] = with_amount(before, decimal_of(task.said("amount")))
    changes: Document = {"Line": lines}
    if task.entity.name == "BillPayment":
        moved = exact(lines[at]["Amount"]) - exact(before["Amount"])
        is_credit = any(link["TxnType"] != "Bill" for link in before["LinkedTxn"])
        changes["TotalAmt"] = exact(task.document["TotalAmt"]) + (-moved if is_credit else moved)
    return task.update(**changes)


def _add_line(task: Errand) -> Record:
    return task.update(Line=[*task.lines, task.said("line")])


def _change_line(task: Errand) -> Record:
    lines = task.lines
    at = find(lines, task.said("line"))
    lines[at] = changed(lines[at], task.said("fields"))
    return task.update(Line=lines)


def _remove_line(task: Errand) -> Record:
    lines = task.lines
    del lines[find(lines, task.said("line"))]
    return task.update(Line=lines)


def _pay(task: Errand) -> Record:
    if task.entity.name != "Bill":
        raise Wrong("Only a Bill is paid.")
    account = task.given.get("account") or next(
        (key for key, one in task.books.records["Account"].items() if one.document["AccountType"] == "Bank"), None
    )
    if account is None:
        raise Wrong("There is no bank account to pay from.")
    amount = task.given.get("amount", task.document["Balance"])
    payment: Document = {
        "VendorRef": {"value": task.document["VendorRef"]["value"]},
        "PayType": "Check",
        "CheckPayment": {"BankAccountRef": {"value": str(account)}},
        "TotalAmt": amount,
        "Line": [{"Amount": amount, "LinkedTxn": [{"TxnId": task.key, "TxnType": "Bill"}]}],
    }
    if task.given.get("date"):
        payment["TxnDate"] = task.given["date"]
    return task.books.create(ENTITIES["BillPayment"], payment)


def _order(task: Errand) -> Record:
    if task.entity.name != "PurchaseOrder":
        raise Wrong("Only a PurchaseOrder is closed or opened.")
    return task.update(POStatus=task.said("status"))


def _close_books(task: Errand) -> Record:
    until = task.given.get("until")
    if until is not None and (not isinstance(until, str) or day(until) is None):
        raise Wrong("until is a date like 2026-03-31, or null.")
    changes = {"BookCloseDate": until and until[:10]}
    return task.books.arrange(ENTITIES["Preferences"], "1", lambda document: merge_preferences(document, changes))


ERRANDS: dict[str, Callable[[Errand], Record]] = {
    "rename": _rename,
    "merge": _merge,
    "deactivate": lambda task: _switch(task, active=False),
    "activate": lambda task: _switch(task, active=True),
    "edit": _edit,
    "vendor": _vendor,
    "amount": _amount,
    "add_line": _add_line,
    "change_line": _change_line,
    "remove_line": _remove_line,
    "pay": _pay,
    "void": lambda task: task.books.void(task.entity, task.target),
    "delete": lambda task: task.books.delete(task.entity, task.target),
    "order": _order,
    "close_books": _close_books,
}


class Errands:
    """The bookkeeper's day by the control plane."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def routes(self) -> list[web.RouteDef]:
        """Its path."""
        return [web.post("/desk/{errand}", self.run)]

    async def run(self, request: web.Request) -> web.Response:
        """Do one errand; the document as it stands then, or why not."""
        errand = ERRANDS.get(request.match_info["errand"])
        if errand is None:
            raise Wrong(f"A bookkeeper's errand is one of {', '.join(ERRANDS)}.")
        try:
            given = parse(await request.read() or b"{}")
            books = self._emulator.companies.get(str(given.get("realm", "")))
            if books is None:
                raise Wrong(f"There is no company {given.get('realm', 'of no realm')} here.")
            record = errand(Errand(books, given))
        except Refused as refusal:
            return told({"errors": [sentence(refusal)], "code": refusal.code}, 422)
        except Unmergeable as problem:
            raise Wrong(str(problem)) from None
        self._emulator.store.flush()
        return told(record.document)
