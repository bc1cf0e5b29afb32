"""A bookkeeper's month by the dice: edits, deletions, merges, renames, payments and closings over what we exported.

The product's own look hears of it. What must be told afterwards is kept here by hand beside the books, from what the
bookkeeper did alone. The same seed makes the same month.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import requests
from django.utils import timezone

from commitments.rules import LineDetails
from procore_sync.acceptance import operations
from procore_sync.acceptance.courier import courier
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Membership
from quickbooks_bridge.drift_models import Drift
from quickbooks_bridge.links import remember_link
from quickbooks_bridge.models import LedgerBillPayment, Link
from quickbooks_bridge.watch_models import LinkWatch
from quickbooks_bridge.watching import sweeps
from tests.factories import make_commitment, make_cost_code, make_project, make_vendor
from tests.quickbooks_bridge.conftest import work
from tests.quickbooks_bridge.emulator_process import REALM, EmulatorProcess
from tests.quickbooks_bridge.invoice_rows import make_invoice

EXPENSE = "ItemBasedExpenseLineDetail"
Json = dict[str, Any]


def cents(amount: float) -> str:
    """An amount of the books in one way."""
    return f"{amount:.2f}"


@dataclass
class Paper:
    """One document of ours in the books: what was changed of it by now, by what it was before, and what it is paid."""

    link: Link
    number: str = ""
    was: dict[str, str] = field(default_factory=dict)
    differs: set[str] = field(default_factory=set)
    fate: str = ""
    closed: bool = False
    paid: Decimal = Decimal(0)
    known_paid: Decimal = Decimal(0)

    @property
    def key(self) -> tuple[str, str]:
        """By what it is told apart."""
        return self.link.entity, self.link.remote_id

    @property
    def expected(self) -> str:
        """What the open card has to say; "" for none."""
        if self.fate or self.differs:
            return self.fate or "changed"
        if self.closed:
            return "closed"
        return "unapplied" if self.paid < self.known_paid else ""

    def set(self, what: str, now: str, before: str) -> None:
        """Somebody made `what` say `now`; `before` is what it said until then."""
        if now == self.was.setdefault(what, before):
            self.differs.discard(what)
        else:
            self.differs.add(what)


@dataclass
class Month:
    """The people, the books, and the dice."""

    books: EmulatorProcess
    pm: Membership
    approver: Membership
    contracts: int
    seed: int
    happened: Counter[str] = field(default_factory=Counter)
    papers: list[Paper] = field(default_factory=list)
    payments: dict[str, tuple[Paper, Decimal]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.dice = Random(self.seed)  # noqa: S311 - dice, no secret

    # the ground

    def prepare(self) -> None:
        """A job and items that the bookkeeper has; vendors, orders and bills that are exported to them."""
        codes = [self._linked(make_cost_code(self.pm, f"0{at}-100"), "Item", at) for at in (1, 2)]
        project = make_project(self.pm, "Mill Street", codes=codes)
        self._known(project.erp, "Customer", self._row("Customer", "Fire Station 4"))
        for at in range(self.contracts):
            vendor = make_vendor(self.pm, f"Subcontractor {at}", city="Dover")
            self._export(vendor.erp)
            lines = [LineDetails(code.pk, Decimal(600), f"Work {code.code}") for code in codes]
            made = make_commitment(self.pm, project, vendor, lines=lines, number=f"SC-{at}", description="All of it.")
            self._export(made.erp)
            self._export(make_invoice(made, self.pm, {"1": "300.00"}, number=f"B-{at}").erp)
        self.strangers = [
            self.books.write("Vendor", {"DisplayName": f"Stranger {at}"})["Id"] for at in range(self.contracts + 1)
        ]
        self._age()

    def _linked(self, record: Any, entity: str, at: int) -> Any:
        self._known(record.erp, entity, self._row(entity, ("Materials", "Subcontract Work")[at - 1]))
        return record

    def _row(self, entity: str, name: str) -> Json:
        (found,) = self.books.named(entity, name)
        return found

    def _known(self, item: ErpItem, entity: str, held: Json) -> None:
        operations.link(item, by=None, detail={"entity": entity})
        remember_link(item, entity, held, verified=None)
        self.papers.append(Paper(Link.objects.get(item=item)))

    def _export(self, item: ErpItem) -> None:
        operations.send(item, by=self.pm)
        sending = operations.open_submission(item)
        assert sending
        offered = courier().preview(item, sending.document).choices()
        given = {one.name: one.initial for one in offered if one.initial}
        done = work(operations.accept(item, by=self.approver, seen=sending.digest, choices=given))
        assert done.item.status == Status.SYNCED, done.reason
        link = Link.objects.get(item=item)
        self.papers.append(Paper(link, link.name))

    def _age(self) -> None:
        """All of it was written long ago, so that each linked document is due for a look."""
        long_ago = timezone.now() - timedelta(days=40)
        Link.objects.update(created_at=long_ago)
        Link.objects.filter(verified_at__isnull=False).update(verified_at=long_ago)
        LinkWatch.objects.all().delete()

    # what they do

    def act(self, times: int) -> None:
        """So many errands that their QuickBooks lets them do; they try no more than four times as many."""
        wanted = self.happened.total() + times
        for _ in range(times * 4):
            if self.happened.total() == wanted:
                return
            errand = self.dice.choice(ERRANDS)
            papers = [one for one in self.papers if one.link.entity in errand.of and one.fate in errand.fates]
            if papers and errand.run(self, self.dice.choice(papers)):
                self.happened[errand.name] += 1

    def held(self, paper: Paper) -> Json:
        """The document as it stands."""
        (found,) = (one for one in self.books.documents(paper.link.entity) if one["Id"] == paper.link.remote_id)
        return found

    def does(self, errand: str, paper: Paper, **given: Any) -> Json | None:
        """One errand at the bookkeeper's desk; None if their QuickBooks refuses it."""
        entity, remote_id = paper.key
        return self.desk(errand, {"entity": entity, "id": remote_id, **given})

    def desk(self, errand: str, given: Json) -> Json | None:
        """The same, of anything."""
        answer = requests.post(f"{self.books.url}/_control/desk/{errand}", json={"realm": REALM, **given}, timeout=10)
        assert answer.status_code in (200, 422), answer.text
        return answer.json() if answer.status_code == 200 else None

    # what is told

    def look(self, company_id: int) -> None:
        """One look to its end."""
        self._age()
        sweep = sweeps.carry_on(company_id)
        assert sweep
        assert sweep.ended_at
        assert not sweep.error, sweep.error

    def told(self) -> dict[tuple[str, str], str]:
        """The open cards, by document."""
        rows = Drift.objects.filter(answer="").values_list("entity", "remote_id", "what")
        return {(entity, remote_id): what for entity, remote_id, what in rows}

    def expected(self) -> dict[tuple[str, str], str]:
        """What has to be told by now."""
        self.note_closed()
        return {one.key: one.expected for one in self.papers if one.expected}

    def paid_here(self) -> dict[str, Decimal]:
        """The payments that were read and stand, by QuickBooks' number."""
        rows = LedgerBillPayment.objects.filter(state="").exclude(total=0).values_list("remote_id", "total")
        return dict(rows)

    def note_closed(self) -> None:
        """Which orders are closed by now: QuickBooks itself opens one again whose bill is deleted."""
        closed = {one["Id"] for one in self.books.documents("PurchaseOrder") if one["POStatus"] == "Closed"}
        for one in self.papers:
            one.closed = one.link.entity == "PurchaseOrder" and one.link.remote_id in closed

    def seen(self) -> None:
        """It was looked: what is paid by now is known."""
        for one in self.papers:
            one.known_paid = max(one.known_paid, one.paid) if one.expected == "unapplied" else one.paid


@dataclass(frozen=True)
class Errand:
    """Something that a bookkeeper does to a document of one of these kinds and fates; returns whether they could."""

    name: str
    of: tuple[str, ...]
    run: Callable[[Month, Paper], bool]
    fates: tuple[str, ...] = ("",)


NAMES, PAPERS = ("Vendor",), ("PurchaseOrder", "Bill")


def _amount(month: Month, paper: Paper) -> bool:
    """Another amount on a line; now and then the one that it had."""
    held = month.held(paper)
    line = month.dice.choice([one for one in held["Line"] if one.get("Amount", 0) > 0])
    what, before = f"line {line['Description'][:4]}", cents(line["Amount"])
    now: str = month.dice.choice([paper.was.get(what, before), "610.50", "590.00"])
    after = month.does("amount", paper, line=line["Id"], amount=float(now)) if now != before else None
    if after is None:
        return False
    if line["Description"].startswith("["):
        paper.set(what, now, before)
    if paper.link.entity == "Bill":
        paper.set("total", cents(after["TotalAmt"]), cents(held["TotalAmt"]))
    return True


def _edit(path: str, *values: str) -> Callable[[Month, Paper], bool]:
    def edit(month: Month, paper: Paper) -> bool:
        before = str(month.held(paper).get(path, ""))
        now = month.dice.choice([paper.was.get(path, before), *values])
        if now == before or month.does("edit", paper, fields={path: now}) is None:
            return False
        paper.set(path, now, before)
        return True

    return edit


def _note(month: Month, paper: Paper) -> bool:
    """A word of their own beside our mark: nothing of ours."""
    held = month.held(paper)
    return month.does("edit", paper, fields={"PrivateNote": f"Checked.\n{held.get('PrivateNote', '')}"}) is not None


def _add_line(month: Month, paper: Paper) -> bool:
    """A line of their own: on an order it is theirs, on a bill it is owed."""
    held = month.held(paper)
    detail = {name: held["Line"][0][EXPENSE][name] for name in ("ItemRef", "CustomerRef")}
    line = {"DetailType": EXPENSE, "Amount": 25.0, "Description": "Freight", EXPENSE: detail}
    after = month.does("add_line", paper, line=line)
    if after is None:
        return False
    if paper.link.entity == "Bill":
        paper.set("total", cents(after["TotalAmt"]), cents(held["TotalAmt"]))
    return True


def _delete(month: Month, paper: Paper) -> bool:
    if month.does("delete", paper) is None:
        return False
    paper.fate = "deleted"
    return True


def _rename(month: Month, paper: Paper) -> bool:
    before = str(month.held(paper)["DisplayName"])
    now = month.dice.choice([paper.was.get("name", before), f"{before} & Sons"])
    if now == before or month.does("rename", paper, name=now) is None:
        return False
    paper.set("name", now, before)
    return True


def _merge(month: Month, paper: Paper) -> bool:
    """Into a stranger: the documents of the vendor name the stranger from now on, and that is no change of theirs."""
    if len(month.strangers) < 2 or month.does("merge", paper, into=month.strangers[-1]) is None:
        return False
    month.strangers.pop()
    paper.fate = "merged"
    return True


def _deactivate(month: Month, paper: Paper) -> bool:
    if month.does("deactivate", paper) is None:
        return False
    paper.fate = "inactive"
    return True


def _activate(month: Month, paper: Paper) -> bool:
    """Back under the name that it had."""
    held = month.does("activate", paper)
    if held is None:
        return False
    name = held["DisplayName"].removesuffix(" (deleted)")
    if name != held["DisplayName"]:
        assert month.does("rename", paper, name=name)
    paper.fate = ""
    return True


def _pay(month: Month, paper: Paper) -> bool:
    open_now = Decimal(str(month.held(paper)["Balance"]))
    amount = min(open_now, Decimal(month.dice.choice(["40.00", "90.50"])))
    made = month.does("pay", paper, amount=float(amount)) if amount > 0 else None
    if made is None:
        return False
    month.payments[made["Id"]] = (paper, amount)
    paper.paid += amount
    return True


def _take_off(month: Month, paper: Paper) -> bool:
    """Void or delete a payment of this bill."""
    his = [key for key, (of, _) in month.payments.items() if of is paper]
    if not his:
        return False
    key = month.dice.choice(his)
    if month.desk(month.dice.choice(["void", "delete"]), {"entity": "BillPayment", "id": key}) is None:
        return False
    paper.paid -= month.payments.pop(key)[1]
    return True


def _close(month: Month, paper: Paper) -> bool:
    is_open = month.held(paper)["POStatus"] == "Open"
    return month.does("order", paper, status="Closed" if is_open else "Open") is not None


def _stranger(month: Month, paper: Paper) -> bool:
    """A bill of nobody here."""
    detail = {name: month.held(paper)["Line"][0][EXPENSE][name] for name in ("ItemRef", "CustomerRef")}
    line = {"DetailType": EXPENSE, "Amount": 10.0, EXPENSE: detail}
    month.books.write("Bill", {"VendorRef": {"value": month.strangers[0]}, "Line": [line]})
    return True


ERRANDS = (
    Errand("another amount", PAPERS, _amount),
    Errand("another amount", PAPERS, _amount),
    Errand("another date", PAPERS, _edit("TxnDate", "2026-11-09", "2026-11-10")),
    Errand("another number", PAPERS, _edit("DocNumber", "X-1", "X-2")),
    Errand("another memo", ("PurchaseOrder",), _edit("Memo", "Ask Ada.")),
    Errand("a note", PAPERS, _note),
    Errand("a line of his own", PAPERS, _add_line),
    Errand("delete", PAPERS, _delete),
    Errand("rename", NAMES, _rename),
    Errand("merge", NAMES, _merge),
    Errand("deactivate", NAMES, _deactivate),
    Errand("activate", NAMES, _activate, ("inactive",)),
    Errand("pay", ("Bill",), _pay),
    Errand("pay", ("Bill",), _pay),
    Errand("take a payment off", ("Bill",), _take_off),
    Errand("close or open", ("PurchaseOrder",), _close),
    Errand("a stranger's bill", ("PurchaseOrder",), _stranger),
)
