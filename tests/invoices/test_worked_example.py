"""The contract of test_figures.py, billed as in life: the same figures, printed, in the budget and on the sheets."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from django.test import Client

from budgets.sources import costs_by_code
from commitments.models import Commitment
from commitments.operations import set_invoice_contacts
from invoices.lines import lines_of, summary_of
from invoices.models import Invoice, InvoiceStatus, Payment, PaymentState
from invoices.printing import printable
from invoices.review import approve
from invoices.rules import LineBilling
from invoices.sources import invoiced_costs, invoices_that_use, shared
from procore_sync.accounts.models import Membership
from tests.factories import change_line, make_change_order, make_commitment, synced
from tests.invoices.conftest import apply_for, bills, open_period, save
from tests.invoices.test_figures import G702, PRINTED, TYPED, table
from tests.projects.conftest import SignIn
from tests.scenes import kept

KEYS = {"mobilization": "1", "concrete": "2", "steel": "3", "change": "C1.1"}


def typed_of(name: str) -> list[LineBilling]:
    found = []
    for line, typed in TYPED[name].items():
        completed, stored, work, on_stored, released = (D(one) for one in typed.split())
        more = {"work_percent": work, "stored_percent": on_stored, "released": released}
        found.append(LineBilling(KEYS[line], completed=completed, stored=stored, **more))
    return found


@pytest.fixture
@kept
def contract(max_pm: Membership, ian: Membership) -> Commitment:
    """Three lines and 10 % retainage."""
    made = synced(make_commitment(max_pm, lines=["10000", "60000", "30000"], default_retainage=D(10)))
    set_invoice_contacts(made, [ian], by=max_pm)
    open_period(made.project)
    return made


@pytest.fixture
@kept
def four(contract: Commitment, max_pm: Membership) -> dict[str, Invoice]:
    """The four applications; the change order is approved between the first and the second."""
    made = {"first": apply_for(contract, *typed_of("first"), by=max_pm)}
    synced(make_change_order(max_pm, contract, lines=[change_line("5000.00", contract.lines.first())]))
    for name in ("second", "third", "fourth"):
        made[name] = apply_for(contract, *typed_of(name), by=max_pm)
    return made


def test_billed_as_in_life_every_box_is_as_printed(
    four: dict[str, Invoice], contract: Commitment, max_pm: Membership
) -> None:
    for name, invoice in four.items():
        lines = lines_of(invoice)
        one = summary_of(lines)
        shown = [one.original, one.changes, one.contract, one.to_date, one.held_on_work, one.held_on_stored, one.held]
        shown += [one.earned, one.previous, one.due, one.balance]
        assert shown == [D(figure) for figure in G702[name].split()]
        assert [amount for _, _, amount in printable(invoice, max_pm).boxes] == shown
        by_key = {line.key: line.figures for line in lines}
        for line, printed in table(PRINTED[name]).items():
            figures = by_key[KEYS[line]]
            assert [figures.completed_before, figures.to_date, figures.held, figures.due] == [
                printed[1],
                printed[4],
                printed[6] + printed[7],
                printed[8],
            ]
    bills_to_date = sum(invoice.erp.amount for invoice in four.values())
    assert bills_to_date == D("105000.00")


def test_what_waits_for_the_owner_is_invoiced_once_its_bill_is_in_quickbooks(
    contract: Commitment, max_pm: Membership
) -> None:
    code = contract.project.cost_codes.get()
    invoice = apply_for(contract, LineBilling("1", completed=D("4000.00")), by=max_pm)
    Invoice.objects.filter(pk=invoice.pk).update(status=InvoiceStatus.PENDING_OWNER)
    assert code.pk not in invoiced_costs(contract.project)
    synced(invoice)
    assert invoiced_costs(contract.project)[code.pk].invoiced == D("4000.00")
    Invoice.objects.filter(pk=invoice.pk).update(status=InvoiceStatus.VOID)
    assert code.pk not in invoiced_costs(contract.project)


def test_the_budget_has_what_is_invoiced_and_paid(four: dict[str, Invoice], contract: Commitment) -> None:
    code = contract.project.cost_codes.get()
    assert invoiced_costs(contract.project)[code.pk].invoiced == D("105000.00")
    Invoice.objects.filter(pk=four["fourth"].pk).update(status=InvoiceStatus.PENDING_OWNER)
    Invoice.objects.filter(pk=four["third"].pk).update(status=InvoiceStatus.APPROVED_AS_NOTED)
    assert invoiced_costs(contract.project)[code.pk].invoiced == D("105000.00")
    Invoice.objects.filter(pk=four["first"].pk).update(status=InvoiceStatus.UNDER_REVIEW)
    assert invoiced_costs(contract.project)[code.pk].invoiced == D("67000.00")

    given = {
        "company": contract.company,
        "method": "check",
        "day": "2026-11-20",
        "total": D(1),
        "read_at": "2026-11-20T00:00:00Z",
    }
    Payment.objects.create(**given, invoice=four["first"], payment_id="1", amount=D("100.00"))
    Payment.objects.create(**given, invoice=four["second"], payment_id="1", amount=D("0.05"))
    Payment.objects.create(
        **given, invoice=four["second"], payment_id="2", amount=D("9.00"), state=PaymentState.DELETED
    )
    assert invoiced_costs(contract.project)[code.pk].paid == D("100.05")
    assert invoices_that_use(contract.project)[code.pk].startswith("Invoice ")


@pytest.mark.parametrize(
    ("type_", "status", "is_active", "committed"),
    [
        ("subcontract", "approved", True, "105000.00"),
        ("subcontract", "complete", True, "105000.00"),
        ("subcontract", "terminated", True, "67000.00"),
        ("purchase_order", "closed", True, "67000.00"),
        ("subcontract", "approved", False, "67000.00"),
    ],
)
def test_of_a_commitment_that_is_over_what_was_billed_is_committed(
    four: dict[str, Invoice], contract: Commitment, type_: str, status: str, is_active: bool, committed: str
) -> None:
    Invoice.objects.filter(pk=four["first"].pk).update(status=InvoiceStatus.UNDER_REVIEW)
    Commitment.objects.update(type=type_, status=status, is_active=is_active)
    costs = costs_by_code(contract.project)[contract.project.cost_codes.get().pk]
    assert (costs.committed, costs.pending) == (D(committed), D("0.00"))
    assert costs.committed >= costs.invoiced > 0


def test_a_payment_is_shared_to_the_cent() -> None:
    assert shared(D("100.00"), {1: D(1), 2: D(1), 3: D(1)}) == {1: D("33.34"), 2: D("33.33"), 3: D("33.33")}
    assert shared(D("0.01"), {1: D(1), 2: D(2)}) == {1: D("0.00"), 2: D("0.01")}
    assert shared(D("-100.00"), {1: D(1), 2: D(2)}) == {1: D("-33.33"), 2: D("-66.67")}
    assert shared(D("5.00"), {1: D(0), 2: D(0)}) == {1: D("5.00")}
    assert shared(D("5.00"), {}) == {}


def test_the_pdf_has_both_sheets_and_letters_beyond_latin_1(
    four: dict[str, Invoice], max_pm: Membership, sign_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    third = four["third"]
    type(third.commitment).objects.filter(pk=third.commitment_id).update(title="Łódź Ωmega Привет")
    client: Client = sign_in(max_pm)

    answer = client.get(f"/invoices/{third.pk}/application.pdf")

    assert answer.headers["Content-Type"] == "application/pdf"
    assert f"{third.commitment.number}-application-3.pdf" in answer.headers["Content-Disposition"]
    assert answer.content.startswith(b"%PDF-")
    assert (answer.content.count(b"/MediaBox [0 0 612"), answer.content.count(b"/MediaBox [0 0 792")) == (1, 1)
    assert "missing" not in caplog.text
    by_api = client.get(f"/api/v1/invoices/{third.pk}/pdf/", headers={"Accept": "application/pdf"})
    assert (by_api.status_code, by_api.content[:5]) == (200, b"%PDF-")
    assert by_api.headers["Content-Disposition"] == answer.headers["Content-Disposition"]


@pytest.mark.parametrize("text", ["Rough-in of the north wing. " * 139, "x" * 3900])
def test_the_pdf_takes_the_longest_description_of_a_line(
    four: dict[str, Invoice], max_pm: Membership, sign_in: SignIn, text: str
) -> None:
    third = four["third"]
    third.commitment.lines.update(description=text[:3900])
    answer = sign_in(max_pm).get(f"/invoices/{third.pk}/application.pdf")

    assert answer.content.startswith(b"%PDF-")


def test_what_the_review_made_of_a_claim_stands_on_the_sheet(
    submitted: Invoice, max_pm: Membership, ian: Membership
) -> None:
    save(submitted, bills("1", "400.00"), by=max_pm)
    approve(submitted, InvoiceStatus.APPROVED_AS_NOTED, by=max_pm)
    sheet = printable(submitted, ian)
    assert [(row.key, row.claimed, row.figures.gross) for row in sheet.reasons] == [("1", D("500.00"), D("400.00"))]
