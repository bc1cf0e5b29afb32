"""Payments come in whole: applied, changed, taken back, twice and out of order; and what is open then."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from invoices.models import BillStanding, Invoice, InvoiceStatus, Payment, PaymentState
from invoices.payments import (
    LedgerPayment,
    PaymentStatus,
    absorb_payments,
    note_standings,
    owed_of,
    paid_of,
    payment_status,
    settled_of,
)
from procore_sync.accounts.models import Membership
from tests.payments.rows import make_invoice, paid


def absorb(*payments: LedgerPayment) -> int:
    """Of the company whose invoices there are."""
    return absorb_payments(Invoice.objects.values_list("company", flat=True)[0], payments)


def amount_paid(invoice: Invoice) -> Decimal:
    return paid_of([invoice])[invoice.pk]


def states(invoice: Invoice) -> list[Any]:
    rows = Payment.objects.filter(invoice=invoice).order_by("payment_id")
    return [(row.payment_id, row.state, row.amount) for row in rows]


def test_a_payment_of_several_bills_is_a_row_an_invoice(invoice: Invoice, second: Invoice) -> None:
    check = paid("7", applied={invoice: "900.00", second: "200.00"}, credits=Decimal("50.00"), total=Decimal("1050.00"))
    assert absorb(check) == 2

    row = Payment.objects.get(invoice=second)
    assert (row.amount, row.total, row.credits, row.bills) == (200, 1050, 50, 2)
    assert (row.number, row.day, row.method) == ("107", date(2026, 11, 21), "check")
    assert paid_of([invoice, second]) == {invoice.pk: 900, second.pk: 200}


def test_the_same_again_changes_nothing(invoice: Invoice) -> None:
    absorb(paid("7", applied={invoice: "900.00"}))
    read_at = Payment.objects.get().read_at
    assert absorb(paid("7", applied={invoice: "900.00"})) == 0
    assert Payment.objects.get().read_at == read_at


def test_an_older_state_that_comes_later_is_passed_over(invoice: Invoice, second: Invoice) -> None:
    absorb(paid("7", 2, applied={second: "30.00"}))
    assert absorb(paid("7", 1, applied={invoice: "900.00"})) == 0
    assert states(invoice) == []
    assert amount_paid(second) == 30


def test_without_tokens_the_time_of_the_change_decides(invoice: Invoice) -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    absorb(paid("7", applied={invoice: "2.00"}, sync_token="", changed_at=now))
    assert absorb(paid("7", applied={invoice: "1.00"}, sync_token="", changed_at=now - timedelta(seconds=1))) == 0
    assert absorb(paid("7", applied={invoice: "3.00"}, sync_token="", changed_at=now)) == 1


def test_what_is_taken_off_a_bill_stays_to_be_seen_and_comes_back(invoice: Invoice, second: Invoice) -> None:
    absorb(paid("7", 0, applied={invoice: "900.00"}))
    absorb(paid("7", 1, applied={second: "100.00"}))
    assert states(invoice) == [("7", PaymentState.UNAPPLIED, 0)]
    assert [amount_paid(one) for one in (invoice, second)] == [0, 100]
    absorb(paid("7", 2, applied={invoice: "10.00", second: "100.00"}))
    assert states(invoice) == [("7", PaymentState.ISSUED, 10)]


def test_a_voided_payment_is_nothing_and_says_so(invoice: Invoice) -> None:
    absorb(paid("7", 0, applied={invoice: "900.00"}))
    absorb(paid("7", 1, state=PaymentState.VOIDED, memo="Voided"))
    assert states(invoice) == [("7", PaymentState.VOIDED, 0)]
    assert amount_paid(invoice) == 0


def test_a_deleted_payment_stays_with_what_it_was_and_counts_no_more(invoice: Invoice) -> None:
    absorb(paid("7", 3, applied={invoice: "900.00"}))
    assert absorb(LedgerPayment("7", PaymentState.DELETED)) == 1
    assert states(invoice) == [("7", PaymentState.DELETED, 900)]
    assert amount_paid(invoice) == 0
    assert absorb(paid("7", 9, applied={invoice: "900.00"})) == 0
    assert absorb(LedgerPayment("7", PaymentState.DELETED)) == 0


def test_what_was_taken_back_before_it_was_ever_seen_leaves_no_row(invoice: Invoice) -> None:
    assert absorb(LedgerPayment("7", PaymentState.DELETED), paid("8", state=PaymentState.VOIDED)) == 0
    assert not Payment.objects.exists()


def test_a_note_outlives_every_change(invoice: Invoice) -> None:
    absorb(paid("7", 0, applied={invoice: "900.00"}))
    Payment.objects.update(note="Lien waiver is in.")
    absorb(paid("7", 1, applied={invoice: "800.00"}))
    assert Payment.objects.get().note == "Lien waiver is in."


def test_of_several_states_at_once_the_newest_holds(invoice: Invoice) -> None:
    absorb(paid("7", 1, applied={invoice: "2.00"}), paid("7", 0, applied={invoice: "1.00"}))
    assert amount_paid(invoice) == 2
    absorb(paid("8", 0, applied={invoice: "5.00"}), paid("8", 1, state=PaymentState.VOIDED))
    assert amount_paid(invoice) == 2


def test_ids_of_another_company_are_other_payments(invoice: Invoice, olga: Membership) -> None:
    absorb_payments(olga.company_id, [paid("7", applied={make_invoice(olga): "5.00"})])
    absorb_payments(invoice.company_id, [paid("7", applied={invoice: "9.00"})])
    absorb_payments(olga.company_id, [LedgerPayment("7", PaymentState.DELETED)])
    assert amount_paid(invoice) == 9


# -- how far it is paid ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "status"),
    [
        ("0.00", PaymentStatus.UNPAID),
        ("0.01", PaymentStatus.PARTIAL),
        ("899.99", PaymentStatus.PARTIAL),
        ("900.00", PaymentStatus.PAID),
        ("900.01", PaymentStatus.PAID),
    ],
)
def test_it_is_paid_against_what_is_due_after_retainage(invoice: Invoice, amount: str, status: PaymentStatus) -> None:
    assert payment_status(invoice, Decimal(amount)) == status


def test_with_tax_it_is_paid_when_the_bill_is(invoice: Invoice) -> None:
    note_standings({invoice.pk: (Decimal("1017.00"), Decimal("117.00"))})
    assert payment_status(invoice, Decimal("900.00")) == PaymentStatus.PARTIAL
    assert payment_status(invoice, Decimal("1017.00")) == PaymentStatus.PAID
    note_standings({invoice.pk: None})
    assert not BillStanding.objects.exists()


def test_a_credit_is_used_up_the_other_way_round(max_pm: Membership) -> None:
    credit = make_invoice(max_pm, billed="-100.00", as_credit=True)
    assert payment_status(credit, Decimal("0.00")) == PaymentStatus.UNPAID
    assert payment_status(credit, Decimal("-40.00")) == PaymentStatus.PARTIAL
    assert payment_status(credit, Decimal("-100.00")) == PaymentStatus.PAID


def test_of_nothing_nothing_is_left_to_pay(max_pm: Membership) -> None:
    assert payment_status(make_invoice(max_pm, billed="10.00", held="10.00"), Decimal("0.00")) == PaymentStatus.PAID


def test_due_is_added_up_as_the_figures_do(invoice: Invoice) -> None:
    invoice.lines.update(
        completed_before="1.00",
        stored_before="70.00",
        work_held_before="3.00",
        stored_held_before="7.00",
        stored="40.01",
        stored_held="4.00",
        released="2.02",
    )
    line = invoice.lines.get()
    assert owed_of([invoice])[invoice.pk] == line.figures.due == Decimal("875.03")


def test_many_are_told_in_three_queries(
    invoice: Invoice, second: Invoice, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    absorb(paid("7", applied={invoice: "900.00", second: "200.00"}))
    with django_assert_num_queries(3):
        told = settled_of([invoice, second])
    assert [one.status for one in told.values()] == [PaymentStatus.PAID, PaymentStatus.PARTIAL]
    assert told[second.pk].open == 300


# -- any order ---------------------------------------------------------------------------------------------------------

CENTS = st.integers(1, 10**6).map(lambda cents: Decimal(cents) / 100)
STATES: st.SearchStrategy[Any] = st.one_of(
    st.dictionaries(st.sampled_from([0, 1]), CENTS, max_size=2).map(lambda applied: ("issued", applied)),
    st.just(("voided", {})),
)


@given(
    histories=st.lists(st.lists(STATES, min_size=1, max_size=4), min_size=1, max_size=3),
    deleted=st.sets(st.integers(0, 2)),
    data=st.data(),
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_whatever_order_and_however_often_the_last_state_counts(
    invoice: Invoice, second: Invoice, histories: list[list[Any]], deleted: set[int], data: st.DataObject
) -> None:
    """Once a payment is known, its states come in any order, each at least once; a deletion comes last."""
    Payment.objects.all().delete()
    both = [invoice, second]
    absorb(*(paid(str(at), -1, applied={invoice: "1.00", second: "1.00"}) for at in range(len(histories))))
    told = [
        paid(str(at), token, state=state, applied={both[which]: str(amount) for which, amount in applied.items()})
        for at, history in enumerate(histories)
        for token, (state, applied) in enumerate(history)
    ]
    order = data.draw(st.permutations(told + data.draw(st.lists(st.sampled_from(told), max_size=4))))
    size = data.draw(st.integers(1, len(order)))
    for start in range(0, len(order), size):
        absorb(*order[start : start + size])
    absorb(*(LedgerPayment(str(at), PaymentState.DELETED) for at in deleted))

    last = [history[-1] for at, history in enumerate(histories) if at not in deleted]
    for which, one in enumerate(both):
        assert amount_paid(one) == sum((applied.get(which, Decimal(0)) for _, applied in last), Decimal(0))


def test_nothing_is_due_of_a_void_invoice_but_what_its_bill_in_the_ledger_says(invoice: Invoice) -> None:
    Invoice.objects.filter(pk=invoice.pk).update(status=InvoiceStatus.VOID)
    assert owed_of([invoice]) == {invoice.pk: 0}
    note_standings({invoice.pk: (Decimal("900.00"), Decimal("900.00"))})
    assert owed_of([invoice]) == {invoice.pk: 900}
