"""By what the list of invoices is narrowed besides words and status: vendor, cost code, and how far each is paid."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from django.test import Client
from django.utils import timezone

from budgets.sources import costs_by_code
from commitments.models import Commitment
from commitments.operations import set_invoice_contacts
from invoices.models import Invoice, InvoiceStatus, Payment
from invoices.operations import create_invoice
from invoices.payment_selectors import OPEN, OVERDUE, paid_like
from invoices.payments import PaymentStatus, note_standings, settled_of
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Membership
from procore_sync.kit.shown import day
from tests.factories import make_commitment, make_cost_code, make_project, make_vendor, synced
from tests.invoices.conftest import apply_for, bills, open_period
from tests.projects.conftest import SignIn

pytestmark = pytest.mark.database


def pay(invoice: Invoice, amount: str, state: str = "issued") -> None:
    said = {"company": invoice.company, "method": "check", "day": date(2026, 11, 20), "read_at": timezone.now()}
    number = str(Payment.objects.count() + 1)
    Payment.objects.create(invoice=invoice, payment_id=number, amount=D(amount), total=D(amount), state=state, **said)


def found(client: Client, query: str) -> set[int]:
    return {invoice.pk for invoice, *_ in client.get(f"/invoices/?{query}").context["rows"]}


@pytest.mark.parametrize(
    ("lines", "standing", "payments"),
    [
        (["500.00"], None, []),
        (["500.00"], None, [("449.99", "issued")]),
        (["500.00"], None, [("449.98", "issued"), ("0.02", "issued")]),
        (["500.00"], None, [("450.00", "voided")]),
        (["500.00"], ("481.50", "31.50"), [("450.00", "issued")]),
        (["500.00"], ("481.50", "0.00"), [("481.50", "issued")]),
        (["500.00", "-100.00"], None, [("-90.00", "issued")]),
        (["500.00", "-100.00"], None, [("-89.99", "issued")]),
        (["500.00", "-100.00"], None, []),
    ],
)
def test_it_finds_what_is_paid_as_each_page_tells_it(
    max_pm: Membership,
    subcontract: Commitment,
    lines: list[str],
    standing: tuple[str, str] | None,
    payments: list[tuple[str, str]],
) -> None:
    *_, made = [apply_for(subcontract, bills("1", amount), by=max_pm) for amount in lines]
    for amount, state in payments:
        pay(made, amount, state)
    if standing:
        note_standings({made.pk: (D(standing[0]), D(standing[1]))})
    told, rows = settled_of([made])[made.pk].status, Invoice.objects.filter(pk=made.pk)

    today = today_of(max_pm.company)
    assert {one for one in PaymentStatus if paid_like(rows, one, today=today)} == {told}
    assert paid_like(rows, OPEN, today=today).exists() == (told != PaymentStatus.PAID)


def test_the_list_is_narrowed_by_what_is_paid_of_it(
    max_pm: Membership, ian: Membership, subcontract: Commitment, sign_in: SignIn
) -> None:
    paid, late, void, on_time = [apply_for(subcontract, bills("1", "100.00"), by=max_pm) for _ in range(4)]
    draft = create_invoice(subcontract, by=max_pm)
    pay(paid, "90.00")
    pay(late, "40.00")
    yesterday = today_of(max_pm.company) - timedelta(days=1)
    for one in (paid, late, void):
        Invoice.objects.filter(pk=one.pk).update(due_on=yesterday)
        synced(one)
    Invoice.objects.filter(pk=void.pk).update(status=InvoiceStatus.VOID)
    note_standings({void.pk: (D("90.00"), D("90.00"))})
    client = sign_in(max_pm)

    assert found(client, "paid=paid") == {paid.pk}
    assert found(client, "paid=partly_paid") == {late.pk} == found(client, f"paid={OVERDUE}")
    assert found(client, "paid=unpaid") == {void.pk, on_time.pk}
    assert found(client, f"paid={OPEN}") == {late.pk, void.pk, on_time.pk} == found(sign_in(ian), f"paid={OPEN}")
    assert draft.pk in found(client, "")
    assert client.get("/invoices/?paid=perhaps").status_code == 422
    page = client.get(f"/invoices/?paid={OVERDUE}")
    assert page.context["paid"] == D("40.00")
    for words in ("40.00 paid", f"by {day(yesterday)}"):
        assert words in page.content.decode()
    assert (
        f'href="/invoices/?vendor={subcontract.vendor_id}"'
        in client.get(f"/vendors/{subcontract.vendor_id}/").content.decode()
    )
    told = client.get(f"/api/v1/invoices/?paid={OVERDUE}").json()["results"]
    assert [one["id"] for one in told] == [late.pk]
    payment = {"status": "partly_paid", "owed": "90.00", "paid": "40.00", "open": "50.00"}
    for asked in (told[0], client.get(f"/api/v1/invoices/{late.pk}/").json()):
        assert asked["payment"] == payment
    assert client.get(f"/api/v1/invoices/{draft.pk}/").json()["payment"] is None


def test_the_list_is_narrowed_by_vendor_and_by_what_it_bills_of_a_code(
    max_pm: Membership, ian: Membership, sign_in: SignIn
) -> None:
    first, second = codes = [synced(make_cost_code(max_pm)) for _ in range(2)]
    project, kestrel = make_project(max_pm, codes=codes), make_vendor(max_pm, "Kestrel")
    commitment = make_commitment(max_pm, project, kestrel, lines=["1000.00"])
    other = make_commitment(max_pm, project, lines=["250.00"])
    other.lines.update(code=project.code_rows.get(cost_code=second))
    open_period(project)
    for one in (commitment, other):
        set_invoice_contacts(one, [ian], by=max_pm)
    billed = apply_for(commitment, bills("1", "100.00"), by=max_pm)
    elsewhere = apply_for(other, bills("1", "50.00"), by=max_pm)
    nothing = create_invoice(commitment, by=max_pm)
    client = sign_in(max_pm)

    assert found(client, f"vendor={kestrel.pk}") == {billed.pk, nothing.pk}
    assert found(client, f"code={first.pk}") == {billed.pk}
    assert found(client, f"project={project.pk}&code={second.pk}") == {elsewhere.pk}
    assert [one["id"] for one in client.get(f"/api/v1/invoices/?code={second.pk}").json()["results"]] == [elsewhere.pk]

    assert costs_by_code(project)[first.pk].invoiced == D("100.00")
    leads = f'<a href="/invoices/?project={project.pk}&amp;code={first.pk}">100.00</a>'
    assert leads in client.get(f"/projects/{project.pk}/job-costs/").content.decode()


def test_what_is_overdue_does_not_tell_a_contact_which_of_their_bills_the_ledger_has(
    max_pm: Membership, ian: Membership, subcontract: Commitment, sign_in: SignIn
) -> None:
    posted, waiting, credit, on_time = [
        apply_for(subcontract, bills("1", amount), by=max_pm) for amount in ("300.00", "100.00", "-50.00", "20.00")
    ]
    yesterday = today_of(max_pm.company) - timedelta(days=1)
    Invoice.objects.update(due_on=yesterday)
    Invoice.objects.filter(pk=on_time.pk).update(due_on=today_of(max_pm.company))
    Invoice.objects.filter(pk=credit.pk).update(as_credit=True)
    synced(posted)

    assert found(sign_in(max_pm), f"paid={OVERDUE}") == {posted.pk}
    contact = sign_in(ian)
    assert found(contact, f"paid={OVERDUE}") == {posted.pk, waiting.pk}
    told = contact.get(f"/api/v1/invoices/?paid={OVERDUE}").json()["results"]
    assert {one["id"] for one in told} == {posted.pk, waiting.pk}


def test_an_address_that_another_person_had_narrowed_says_that_nothing_fits(
    ian: Membership, max_pm: Membership, subcontract: Commitment, sign_in: SignIn
) -> None:
    apply_for(subcontract, bills("1", "100.00"), by=max_pm)
    page = sign_in(ian).get(f"/invoices/?vendor={make_vendor(max_pm, 'Kestrel').pk}").content.decode()

    assert "No invoice fits" in page
    assert "No invoices yet" not in page
