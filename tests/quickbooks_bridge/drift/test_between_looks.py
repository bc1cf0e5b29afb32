"""Several things that happen between two looks: each is told, whatever was read first."""

from __future__ import annotations

from collections.abc import Callable

from commitments.models import Commitment
from invoices.models import Invoice
from procore_sync.acceptance.models import Submission
from procore_sync.accounts.models import Membership
from quickbooks_bridge.importers import payments
from quickbooks_bridge.models import Link
from quickbooks_bridge.watching import sweeps
from tests.quickbooks_bridge.documents import Ground
from tests.quickbooks_bridge.drift.conftest import Bookkeeper, card_of, told
from tests.quickbooks_bridge.emulator_process import REALM
from tests.quickbooks_bridge.invoice_rows import corrected, make_invoice
from tests.quickbooks_bridge.test_bills import green

Accept = Callable[..., Submission]


def look(bookkeeper: Bookkeeper) -> None:
    sweep = sweeps.carry_on(bookkeeper.connection.company_id)
    assert sweep
    assert not sweep.error, sweep.error


def does(bookkeeper: Bookkeeper, errand: str, entity: str, remote_id: str, **given: object) -> dict[str, str]:
    done: dict[str, str] = bookkeeper.emulator.control(
        f"desk/{errand}", {"realm": REALM, "entity": entity, "id": remote_id, **given}
    )
    return done


def test_an_order_that_is_closed_by_hand_beside_a_bill_that_nobody_has_read_yet_is_a_card(
    bookkeeper: Bookkeeper, ground: Ground, subcontract: Commitment, order: Link, bill: Link, accept: Accept
) -> None:
    look(bookkeeper)
    green(accept(make_invoice(subcontract, ground.by, {"1": "100.00"}).erp))
    does(bookkeeper, "order", "PurchaseOrder", order.remote_id, status="Closed")
    bookkeeper.emulator.control("clock", {"advance_seconds": 900})
    look(bookkeeper)
    assert told(order) == ("closed", [("Status", "Open", "Closed")])
    look(bookkeeper)
    assert told(order) == ("closed", [("Status", "Open", "Closed")])


def test_a_payment_that_is_taken_off_is_a_card_though_payments_were_read_before_the_look(
    bookkeeper: Bookkeeper, bill: Link, ada: Membership
) -> None:
    paid = does(bookkeeper, "pay", "Bill", bill.remote_id, amount=100.0)
    look(bookkeeper)
    does(bookkeeper, "void", "BillPayment", paid["Id"])
    payments.ask(bookkeeper.connection.company, by=ada)
    payments.carry_on(bookkeeper.connection.company_id)
    look(bookkeeper)
    assert told(bill) == ("unapplied", [("Paid or applied", "100.00", "0.00")])


def test_a_correction_says_nothing_of_a_payment_that_was_taken_off_so_that_card_stays(
    bookkeeper: Bookkeeper, bill: Link, accept: Accept
) -> None:
    paid = does(bookkeeper, "pay", "Bill", bill.remote_id, amount=100.0)
    look(bookkeeper)
    does(bookkeeper, "void", "BillPayment", paid["Id"])
    look(bookkeeper)
    assert told(bill)[0] == "unapplied"
    green(accept(corrected(Invoice.objects.get(erp=bill.item_id), {"1": "500.00"}).erp))
    look(bookkeeper)
    assert told(bill) == ("unapplied", [("Paid or applied", "100.00", "0.00")])
    again = does(bookkeeper, "pay", "Bill", bill.remote_id, amount=100.0)
    assert again
    look(bookkeeper)
    assert card_of(bill) is None
