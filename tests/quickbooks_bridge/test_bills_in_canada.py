"""From the order to the bill in a Canadian company: a tax code on every line, and amounts compared without tax."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from commitments.models import Commitment
from commitments.rules import LineDetails
from procore_sync.acceptance import operations
from procore_sync.acceptance.courier import courier
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import InvalidInput
from quickbooks_bridge import bill_setup
from quickbooks_bridge.bill_setup import State, set_up_of
from quickbooks_bridge.defaults import defaults_of
from quickbooks_bridge.drift.examining import examine
from quickbooks_bridge.drift_models import Drift
from quickbooks_bridge.importers.names import refresh
from quickbooks_bridge.importers.operations import link_to
from quickbooks_bridge.models import Connection, Link, Thing
from quickbooks_bridge.names import names_of
from quickbooks_bridge.onboarding.documents import opening_row
from tests.factories import (
    change_line,
    make_budget,
    make_change_order,
    make_commitment,
    make_cost_code,
    make_project,
    make_vendor,
)
from tests.quickbooks_bridge.conftest import consent, work
from tests.quickbooks_bridge.documents import Ground
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.quickbooks_bridge.invoice_rows import corrected, make_invoice
from tests.scenes import kept

NORTHERN = "9341450000000003"
EXPENSE = "ItemBasedExpenseLineDetail"
Accept = Callable[..., Submission]
Json = dict[str, Any]


@pytest.fixture
@kept
def north(emulator: EmulatorProcess, alma: Membership) -> Connection:
    """A company in Canada, connected, and its names read."""
    row = consent(emulator, alma, NORTHERN)
    assert not [one.error for one in refresh(row) if one.error]
    return row


def number_of(north: Connection, entity: str, name: str) -> str:
    return names_of(north.company_id, entity).get(name=name).remote_id


@pytest.fixture
@kept
def northern_ground(north: Connection, max_pm: Membership, ada: Membership) -> Ground:
    """A project, a vendor and a code that the Canadian books hold."""
    project = make_project(max_pm, "Lot 14 Townhouses", codes=[])
    vendor, code = make_vendor(max_pm, "Acklands Grainger"), make_cost_code(max_pm, "03-100", "Concrete")
    for entity, name, item in (
        ("Customer", "Lot 14 Townhouses", project.erp),
        ("Vendor", "Acklands Grainger", vendor.erp),
        ("Item", "Materials", code.erp),
    ):
        link_to(names_of(north.company_id, entity).get(name=name), item, by=ada)
    project.cost_codes.set([code])
    return Ground(max_pm, project, vendor, [code])


@pytest.fixture
@kept
def set_up(north: Connection, ada: Membership) -> dict[str, str]:
    """The tax codes by name, the set-up done with HST on work and none on retainage."""
    codes = {name: number_of(north, "TaxCode", name) for name in ("HST ON", "GST", "Exempt")}
    given = {
        Thing.RETAINAGE_ITEM: number_of(north, "Item", "Retainage"),
        Thing.WORK_TAX: codes["HST ON"],
        Thing.RETAINAGE_TAX: codes["Exempt"],
    }
    bill_setup.choose(north, {str(thing): value for thing, value in given.items()}, by=ada)
    return codes


def only(emulator: EmulatorProcess, entity: str) -> Json:
    (held,) = emulator.documents(entity, NORTHERN)
    return held


def green(submission: Submission) -> Submission:
    done = work(submission)
    assert done.item.status == Status.SYNCED, done.reason
    return done


@pytest.fixture
@kept
def order(northern_ground: Ground, set_up: dict[str, str], accept: Accept) -> Commitment:
    """A purchase order of 1,000.00 with a change of 100.00 that the Canadian books hold."""
    ground = northern_ground
    given = [LineDetails(ground.codes[0].pk, Decimal("1000.00"), "Conduit")]
    made = make_commitment(ground.by, ground.project, ground.vendor, lines=given, number="SC-001")
    green(accept(made.erp))
    change = make_change_order(ground.by, made, lines=[change_line("100.00", changes=1)])
    green(accept(ErpItem.objects.get(pk=change.erp_id)))
    found: Commitment = Commitment.objects.select_related("erp", "project__erp", "vendor__erp", "company").get(
        pk=made.pk
    )
    return found


def test_the_checklist_wants_tax_codes_and_the_list_of_defaults_offers_them(
    north: Connection, ada: Membership, set_up: dict[str, str]
) -> None:
    assert set_up_of(north.company_id, north).state == State.ACTIVE
    assert {Thing.WORK_TAX, Thing.RETAINAGE_TAX} <= {one.thing for one in defaults_of(north.company_id)}
    names_of(north.company_id, "TaxCode").filter(name="Exempt").update(active=False)
    (missing,) = set_up_of(north.company_id, north).missing
    assert (missing.key, missing.sentence) == ("tax_codes", "Choose an active tax code of retainage.")


def test_estimate_order_and_change_go_and_every_bought_line_has_its_code(
    order: Commitment, northern_ground: Ground, accept: Accept, emulator: EmulatorProcess, set_up: dict[str, str]
) -> None:
    held = only(emulator, "PurchaseOrder")
    assert (held["TotalAmt"], held["TxnTaxDetail"]["TotalTax"], held["GlobalTaxCalculation"]) == (
        1243,
        143,
        "TaxExcluded",
    )
    assert {one[EXPENSE]["TaxCodeRef"]["value"] for one in held["Line"]} == {set_up["HST ON"]}
    assert Link.objects.get(item=order.erp).total == Decimal("1100.00")
    budget = make_budget(northern_ground.by, northern_ground.project, amounts={"03-100": "5000.00"}, locked=True)
    green(accept(budget.erp))
    assert only(emulator, "Estimate")["TotalAmt"] == 5000


def test_a_bill_is_taxed_by_line_and_compared_without_tax(
    order: Commitment, northern_ground: Ground, accept: Accept, emulator: EmulatorProcess, set_up: dict[str, str]
) -> None:
    invoice = make_invoice(order, northern_ground.by, {"1": "400.00", "C1.1": "50.00"})
    submission = accept(invoice.erp)
    posting = courier().preview(invoice.erp, submission.document).posting(submission.choices)
    facts = {one.label: one.value for one in posting.facts}
    assert facts["Tax"] == "Exempt, HST ON; QuickBooks adds it on top of this total"
    assert posting.total == Decimal("405.00")
    green(submission)
    held = only(emulator, "Bill")
    assert [one[EXPENSE]["TaxCodeRef"]["value"] for one in held["Line"]] == [
        set_up["HST ON"],
        set_up["HST ON"],
        set_up["Exempt"],
    ]
    assert (held["TxnTaxDetail"]["TotalTax"], held["TotalAmt"]) == (58.5, 463.5)
    assert Link.objects.get(item=invoice.erp).total == Decimal("405.00")
    green(accept(corrected(invoice, {"1": "300.00"}).erp, work_tax_code=set_up["GST"]))
    changed = only(emulator, "Bill")
    assert (changed["Id"], changed["TxnTaxDetail"]["TotalTax"]) == (held["Id"], 17.5)


def test_a_tax_code_has_to_be_chosen_and_one_that_vanished_is_not_taken(
    order: Commitment, northern_ground: Ground, ada: Membership, set_up: dict[str, str]
) -> None:
    invoice = make_invoice(order, northern_ground.by, {"1": "400.00"})
    submission = operations.send(invoice.erp, by=northern_ground.by)
    offered = {one.name: one for one in courier().preview(invoice.erp, submission.document).choices()}
    assert (offered["work_tax_code"].initial, offered["work_tax_code"].required) == (set_up["HST ON"], True)
    with pytest.raises(InvalidInput, match="Choose the tax code of work"):
        operations.accept(invoice.erp, by=ada, seen=submission.digest, choices={})
    given = {"work_tax_code": "999", "retainage_tax_code": set_up["Exempt"]}
    with pytest.raises(InvalidInput, match="not offered any more"):
        operations.accept(invoice.erp, by=ada, seen=submission.digest, choices=given)


def test_a_credit_has_its_tax_codes_too(
    order: Commitment, northern_ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    green(accept(make_invoice(order, northern_ground.by, {"1": "400.00"}).erp))
    green(accept(make_invoice(order, northern_ground.by, {"1": "-100.00"}, as_credit=True).erp))
    held = only(emulator, "VendorCredit")
    assert (held["TotalAmt"], held["TxnTaxDetail"]["TotalTax"]) == (103, 13)


def test_a_bill_that_the_bookkeeper_shows_with_its_tax_comes_to_what_it_came_to(
    order: Commitment, northern_ground: Ground, accept: Accept, emulator: EmulatorProcess, north: Connection
) -> None:
    invoice = make_invoice(order, northern_ground.by, {"1": "400.00"})
    green(accept(invoice.erp))
    held = only(emulator, "Bill")
    shown = emulator.write("Bill", {**held, "GlobalTaxCalculation": "TaxInclusive"}, NORTHERN)
    assert (shown["TotalAmt"], [one["Amount"] for one in shown["Line"]]) == (412, [400, -40])
    examine(north, "Bill", [shown], heard_by="a look")
    card = Drift.objects.get(link__item=invoice.erp)
    assert [one["label"] for one in card.fields] == ["Tax"]
    assert opening_row(north.company_id, "Bill", shown).total == Decimal("360.00")
