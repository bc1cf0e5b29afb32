"""A line of the contract that is edited while applications bill it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from commitments.corrections import begin_correction
from commitments.kinds import lines_of
from commitments.models import Commitment
from commitments.operations import set_invoice_contacts, set_lines
from commitments.rules import line_details
from invoices.models import BillingSettings
from invoices.operations import create_invoice, submit_invoice
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import InvalidInput
from tests.factories import make_commitment, synced
from tests.invoices.conftest import apply_for, bills, open_period, save
from tests.projects.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def contract(max_pm: Membership, ian: Membership) -> Commitment:
    """A contract of 1,000.00 and a deduction of 200.00 that accounting has not seen, billed in an open period."""
    made = make_commitment(max_pm, lines=["1000.00", "-200.00"], default_retainage=Decimal(10))
    set_invoice_contacts(made, [ian], by=max_pm)
    open_period(made.project)
    return made


def again(commitment: Commitment) -> Commitment:
    rows = Commitment.objects.select_related("erp", "company", "project__erp", "project__company", "vendor__erp")
    found: Commitment = rows.get(pk=commitment.pk)
    return found


def set_amounts(commitment: Commitment, *amounts: str, by: Membership) -> None:
    now = again(commitment)
    given = [replace(line_details(one), amount=Decimal(to)) for one, to in zip(lines_of(now), amounts, strict=True)]
    set_lines(now, given, by=by, seen=now.edition)


def amounts_of(commitment: Commitment) -> list[str]:
    return [str(line.amount) for line in lines_of(again(commitment))]


@pytest.mark.parametrize(
    ("amounts", "sentence"),
    [
        (("799.99", "-200.00"), r"^Line 1 cannot come to 799\.99: 800\.00 of it is billed on application 1\. Bill the"),
        (("-5.00", "-200.00"), r"^Line 1 cannot come to -5\.00: 800\.00 of it"),
        (("1000.00", "-99.99"), r"^Line 2 cannot come to -99\.99: -100\.00 of it is billed on application 1\."),
    ],
)
def test_it_does_not_come_to_less_than_is_billed(
    amounts: tuple[str, str], sentence: str, contract: Commitment, max_pm: Membership
) -> None:
    apply_for(contract, bills("1", "800.00"), bills("2", "-100.00"), by=max_pm)
    with pytest.raises(InvalidInput, match=sentence):
        set_amounts(contract, *amounts, by=max_pm)
    assert amounts_of(contract) == ["1000.00", "-200.00"]


def test_it_comes_to_what_is_billed_or_more(contract: Commitment, max_pm: Membership) -> None:
    apply_for(contract, bills("1", "800.00"), bills("2", "-100.00"), by=max_pm)
    set_amounts(contract, "800.00", "-100.00", by=max_pm)
    set_amounts(contract, "5000.00", "-300.00", by=max_pm)
    assert amounts_of(contract) == ["5000.00", "-300.00"]


def test_nor_where_a_correction_began_before_it_was_billed(contract: Commitment, max_pm: Membership) -> None:
    begin_correction(again(synced(contract)), "The amounts are wrong.", by=max_pm)
    apply_for(contract, bills("1", "800.00"), by=max_pm)
    with pytest.raises(InvalidInput, match=r"Line 1 cannot come to 500\.00"):
        set_amounts(contract, "500.00", "-200.00", by=max_pm)


def test_it_does_where_more_may_be_billed_than_a_line_is_worth(contract: Commitment, max_pm: Membership) -> None:
    apply_for(contract, bills("1", "800.00"), by=max_pm)
    BillingSettings.objects.update_or_create(project=contract.project, defaults={"allows_overbilling": True})
    set_amounts(contract, "500.00", "-200.00", by=max_pm)
    assert amounts_of(contract)[0] == "500.00"


def test_a_draft_is_looked_at_when_it_is_submitted(contract: Commitment, max_pm: Membership) -> None:
    draft = save(create_invoice(contract, by=max_pm), bills("1", "800.00"), by=max_pm)
    set_amounts(contract, "500.00", "-200.00", by=max_pm)
    with pytest.raises(InvalidInput, match=r"It would be billed to 800\.00, and 500\.00 is scheduled"):
        submit_invoice(draft, by=max_pm)


def test_one_under_review_counts(contract: Commitment, max_pm: Membership) -> None:
    submit_invoice(save(create_invoice(contract, by=max_pm), bills("1", "800.00"), by=max_pm), by=max_pm)
    with pytest.raises(InvalidInput, match=r"Line 1 cannot come to 500\.00"):
        set_amounts(contract, "500.00", "-200.00", by=max_pm)


def test_the_api_says_so_at_the_amount(contract: Commitment, max_pm: Membership, sign_in: SignIn) -> None:
    apply_for(contract, bills("1", "800.00"), by=max_pm)
    first, second = lines_of(again(contract))
    given = [
        {"number": one.number, "cost_code": one.code.cost_code_id, "amount": to}
        for one, to in ((first, "500.00"), (second, "-200.00"))
    ]
    body = {"edition": again(contract).edition, "lines": given}
    answer = sign_in(max_pm).put(f"/api/v1/commitments/{contract.pk}/lines/", body, content_type="application/json")
    assert answer.status_code == 422
    assert "Line 1 cannot come to 500.00" in answer.json()["errors"]["lines.0.amount"][0]
