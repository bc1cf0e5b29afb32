"""The bookkeeper at work in QuickBooks while the console exports into it, and what the console must know of it then."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from invoices.models import Payment
from quickbooks_bridge.drift_models import Drift
from quickbooks_bridge.models import BillState, LedgerBill, LedgerBillPayment, LedgerName, Link
from quickbooks_bridge.watch_models import Sweep
from tests.campaign.fault import Act
from tests.campaign.visitors import Visitor
from tests.processes import wait_for
from tests.site import REALM

CONFLICT = 409
#: A look whose call was not answered in time, as on a busy machine, is laid down for two minutes.
PATIENCE = 150.0


@dataclass
class Bookkeeper:
    """Does errands in the books of the act. Remembers what they did, so that it can be looked for in the console."""

    act: Act

    def __post_init__(self) -> None:
        #: Vendors by id that were moved, and where to; payments by id, and how much of which bill.
        self.moved: dict[str, str] = {}
        self.paid: dict[str, tuple[str, Decimal]] = {}

    def does(self, errand: str, entity: str, key: str, **said: Any) -> dict[str, Any]:
        """One errand about one document; the document as it stands then."""
        done: dict[str, Any] = self.act.stage.control(
            "POST", f"desk/{errand}", realm=REALM, entity=entity, id=key, **said
        )
        return done

    def writes(self, entity: str, **document: Any) -> dict[str, Any]:
        """Enter a document of their own."""
        written: dict[str, Any] = self.act.stage.control("POST", f"documents/{REALM}/{entity}", **document)
        return written

    def ours(self, entity: str) -> list[str]:
        """The ids of what the console has exported and verified so far, in the order of their making."""
        rows = Link.objects.filter(company=self.act.stage.company, entity=entity, verified_at__isnull=False)
        return sorted(set(rows.values_list("remote_id", flat=True)), key=int)

    def one_of_ours(self, entity: str, *, but: dict[str, Any] | None = None) -> str:
        """One of them by the dice, as soon as there is one that they have not touched."""

        def left() -> list[str]:
            return [one for one in self.ours(entity) if one not in (but or {})]

        self.act.drive(left, seconds=40, what=f"a {entity} of ours is in the books")
        return self.act.dice.choice(left())

    def moves_a_vendor(self) -> str:
        """Writes another city over that of a vendor of ours."""
        key = self.one_of_ours("Vendor", but=self.moved)
        city = f"Moved {len(self.moved) + 1}"
        held = next(one for one in self.act.stage.documents("Vendor") if one["Id"] == key)
        self.does("edit", "Vendor", key, fields={"BillAddr": {**held.get("BillAddr", {}), "City": city}})
        self.moved[key] = city
        return key

    def pays_a_bill(self, amount: str = "1.01") -> str:
        """Pays a part of a bill of ours, which is less than the smallest: QuickBooks takes no more than is open."""
        key = self.one_of_ours("Bill", but=dict(self.paid.values()))
        payment = self.does("pay", "Bill", key, amount=float(amount))
        self.paid[str(payment["Id"])] = (key, Decimal(amount))
        return str(payment["Id"])


def looked_at(act: Act, by: Visitor) -> Sweep:
    """`by` has QuickBooks looked at now; the look, when it is over.

    Raises:
        NeverHappened: it did not come to its end.
    """
    asked = timezone.now()
    finished = Sweep.objects.filter(began_at__gte=asked, ended_at__isnull=False)

    def over() -> bool:
        if not finished.exists() and not Sweep.objects.filter(ended_at=None).exists():
            answer = by.press("/quickbooks/look/")
            assert answer.status in (302, CONFLICT), answer.page[:500]
        return finished.exists()

    wait_for(over, PATIENCE, what="QuickBooks is looked at", children=act.stage.workers)
    return finished.order_by("pk")[0]


def unlike(act: Act) -> list[str]:
    """A sentence for each thing that the console's mirror holds otherwise than the books."""
    books = {entity: act.stage.documents(entity) for entity in ("Bill", "BillPayment", "Vendor")}
    held: dict[str, set[Any]] = {
        "bills": {(one["Id"], f"{one['Balance']:.2f}", one["SyncToken"]) for one in books["Bill"]},
        "payments": {one["Id"] for one in books["BillPayment"]},
        "vendors": {(one["Id"], one["DisplayName"]) for one in books["Vendor"] if one["Active"]},
    }
    bills = LedgerBill.objects.filter(state=BillState.STANDING, entity="Bill")
    vendors = LedgerName.objects.filter(entity="Vendor", active=True)
    known: dict[str, set[Any]] = {
        "bills": {(one.remote_id, str(one.balance), one.sync_token) for one in bills},
        "payments": set(LedgerBillPayment.objects.filter(state="").values_list("remote_id", flat=True)),
        "vendors": set(vendors.values_list("remote_id", "name")),
    }
    return [
        f"the console's {what} are not those of the books: {sorted(map(str, known[what] ^ held[what]))[:4]}"
        for what in held
        if known[what] != held[what]
    ]


def untold(act: Act, keeper: Bookkeeper) -> list[str]:
    """A sentence for each errand that the console does not know of, or knows twice, or that nobody ran."""
    found = unlike(act)
    cards = sorted(Drift.objects.filter(answer="").values_list("entity", "remote_id"))
    wanted = sorted(("Vendor", key) for key in keeper.moved)
    if cards != wanted:
        found.append(f"the cards are of {cards}, and changed were {wanted}")
    paid = Payment.objects.values_list("payment_id", "amount")
    expected = sorted((key, amount) for key, (_, amount) in keeper.paid.items())
    if sorted(paid) != expected:
        found.append(f"payments of invoices are {sorted(paid)}, and paid were {expected}")
    return found
