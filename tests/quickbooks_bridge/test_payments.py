"""What the bookkeeper pays in a running look-alike reaches the invoices: whole, in part, changed, taken back."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commitments.models import Commitment
from invoices.models import BillStanding, Invoice, Payment, PaymentState
from invoices.payments import PaymentStatus, paid_of, payment_status
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.refusals import InvalidInput, NotAllowed, Refusal
from projects import readings
from quickbooks_bridge.importers import payments
from quickbooks_bridge.importers.bill_mirror import rows_of, store
from quickbooks_bridge.importers.payments import carry_on, due
from quickbooks_bridge.models import (
    BillState,
    Connection,
    ConnectionStatus,
    Every,
    Health,
    LedgerBill,
    LedgerBillPayment,
    Link,
    Mapping,
    PaymentCursor,
    PaymentReading,
    PaymentSchedule,
)
from quickbooks_bridge.payment_schedules import PaymentsOff, schedule_of, set_schedule
from tests.factories import make_commitment, synced
from tests.payments.rows import make_invoice
from tests.quickbooks_bridge.conftest import consent
from tests.quickbooks_bridge.emulator_process import OTHER_REALM, REALM, EmulatorProcess
from tests.quickbooks_bridge.payers import Payer, billed, link
from tests.scenes import kept


@pytest.fixture
@kept
def payer(books: Connection, emulator: EmulatorProcess) -> Payer:
    """The bookkeeper; the company's retainage item is chosen, and payments are taken from November on."""
    found = Payer(emulator)
    Mapping.objects.create(
        company=books.company, thing="retainage_item", entity="Item", remote_id=found.id_of("Item", "Retainage")
    )
    PaymentSchedule.objects.create(
        company=books.company, hours=Every.HOUR, since=date(2026, 11, 1), began_at=timezone.now()
    )
    return found


@pytest.fixture
@kept
def subcontract(max_pm: Membership) -> Commitment:
    return synced(make_commitment(max_pm, lines=["10000.00"]))


@pytest.fixture
@kept
def work(max_pm: Membership, payer: Payer, subcontract: Commitment) -> tuple[Invoice, dict[str, Any]]:
    """An invoice of 1,000.00 of which 100.00 is held, and its bill."""
    found: tuple[Invoice, dict[str, Any]] = billed(max_pm, payer, subcontract, "1000.00", "100.00")
    return found


def the_payment(**which: Any) -> Any:
    """The one row of payments that there is."""
    return Payment.objects.get(**which)


def pull(books: Connection) -> PaymentReading:
    """One reading to its end."""
    reading = carry_on(books.company_id)
    assert reading
    assert reading.ended_at
    assert not reading.error, reading.error
    return reading


def paid(invoice: Invoice) -> Any:
    return paid_of([invoice])[invoice.pk]


def status(invoice: Invoice) -> PaymentStatus:
    return payment_status(invoice, paid(invoice))


def test_a_part_and_then_the_rest(books: Connection, payer: Payer, work: Any) -> None:
    invoice, bill = work
    pull(books)
    assert status(invoice) == PaymentStatus.UNPAID
    payer.pay((bill, "400.00"), DocNumber="2041")
    pull(books)
    assert (paid(invoice), status(invoice)) == (400, PaymentStatus.PARTIAL)
    card = {"value": payer.id_of("Account", "Company Credit Card")}
    payer.pay((bill, "500.00"), PayType="CreditCard", CheckPayment=None, CreditCardPayment={"CCAccountRef": card})
    pull(books)
    assert (paid(invoice), status(invoice)) == (900, PaymentStatus.PAID)
    first, second = Payment.objects.order_by("payment_id")
    assert (first.method, first.number, first.day, first.total) == ("check", "2041", date(2026, 11, 25), 400)
    assert second.method == "credit_card"
    assert BillStanding.objects.get(invoice=invoice).balance == 0


def test_one_payment_over_several_bills_ours_and_others(
    books: Connection, payer: Payer, work: Any, subcontract: Commitment, max_pm: Membership
) -> None:
    invoice, bill = work
    other, other_bill = billed(max_pm, payer, subcontract, "500.00")
    payer.pay((bill, "900.00"), (other_bill, "100.50"), (payer.bill(payer.line("70.00")), "70.00"))
    pull(books)
    assert (paid(invoice), paid(other)) == (900, Decimal("100.50"))
    assert {row.bills for row in Payment.objects.all()} == {3}
    assert {row.total for row in Payment.objects.all()} == {Decimal("1070.50")}


def test_a_credit_or_discount_counts_as_applied(books: Connection, payer: Payer, work: Any) -> None:
    invoice, bill = work
    credit = payer.bill(payer.line("50.00"), entity="VendorCredit")
    payer.pay((bill, "900.00"), (credit, "50.00"))
    pull(books)
    row = the_payment()
    assert (row.amount, row.total, row.credits) == (900, 850, 50)
    assert status(invoice) == PaymentStatus.PAID


def test_a_credit_of_ours_is_used_up(books: Connection, payer: Payer, work: Any, max_pm: Membership) -> None:
    invoice, bill = work
    credit = make_invoice(max_pm, invoice.commitment, billed="-60.00", as_credit=True)
    document = payer.bill_of(credit, entity="VendorCredit")
    payer.pay((bill, "900.00"), (document, "40.00"))
    pull(books)
    assert (paid(credit), status(credit)) == (-40, PaymentStatus.PARTIAL)
    standing = BillStanding.objects.get(invoice=credit)
    assert (standing.total, standing.balance) == (-60, -20)


def test_it_follows_a_change_a_void_and_a_deletion(books: Connection, payer: Payer, work: Any) -> None:
    invoice, bill = work
    check = payer.pay((bill, "900.00"))
    pull(books)
    lowered = [{**check["Line"][0], "Amount": 300}]
    payer.emulator.write("BillPayment", {**check, "TotalAmt": 300, "Line": lowered})
    pull(books)
    assert paid(invoice) == 300
    payer.void(check)
    pull(books)
    assert (the_payment().state, paid(invoice), status(invoice)) == ("voided", 0, PaymentStatus.UNPAID)
    again = payer.pay((bill, "900.00"))
    pull(books)
    payer.delete("BillPayment", again)
    pull(books)
    gone = the_payment(payment_id=again["Id"])
    assert (gone.state, gone.amount, paid(invoice)) == (PaymentState.DELETED, 900, 0)


def test_a_payment_of_a_company_that_was_left_is_never_taken_for_one_of_the_new_company(
    books: Connection, payer: Payer, work: Any, emulator: EmulatorProcess, alma: Membership
) -> None:
    """As after trying on a sandbox: the same numbers come again in the real books."""
    invoice, bill = work
    check = payer.pay((bill, "900.00"))
    pull(books)
    payer.delete("BillPayment", check)
    pull(books)
    payer.delete("Bill", bill)
    Payment.objects.update(note="Stopped at the bank.")
    Link.objects.all().delete()
    moved = consent(emulator, alma, OTHER_REALM)
    link(invoice, bill)  # its bill has the same number there
    told = {"day": date(2026, 11, 25), "method": "check", "total": Decimal("900.00"), "seen_at": timezone.now()}
    lines = [["Bill", bill["Id"], "900.00"]]
    LedgerBillPayment.objects.create(
        company=invoice.company, remote_id=check["Id"], lines=lines, entered_at=timezone.now(), **told
    )
    payments.settle(moved)
    assert paid(invoice) == 900
    kept = the_payment(state=PaymentState.DELETED)
    assert (kept.payment_id, kept.amount, kept.note) == (f"{check['Id']}@{REALM}", 900, "Stopped at the bank.")


def test_what_counts_in_a_company_that_is_left_counts_again_once_it_is_connected_again(
    books: Connection, payer: Payer, work: Any, emulator: EmulatorProcess, alma: Membership
) -> None:
    invoice, bill = work
    check = payer.pay((bill, "900.00"))
    pull(books)
    Link.objects.all().delete()
    consent(emulator, alma, OTHER_REALM)
    gone = the_payment()
    assert (gone.payment_id, gone.is_of_left_books, gone.state, gone.amount) == (
        f"{check['Id']}@{REALM}",
        True,
        PaymentState.UNAPPLIED,
        900,
    )
    assert paid(invoice) == 0
    again = consent(emulator, alma, REALM)
    link(invoice, bill)
    pull(again)
    assert (the_payment().payment_id, paid(invoice)) == (check["Id"], 900)


def test_a_payment_moved_to_another_bill_leaves_this_one(books: Connection, payer: Payer, work: Any) -> None:
    invoice, bill = work
    check = payer.pay((bill, "900.00"))
    pull(books)
    other = payer.bill(payer.line("900.00"))
    moved = [{"Amount": 900, "LinkedTxn": [{"TxnId": other["Id"], "TxnType": "Bill"}]}]
    payer.emulator.write("BillPayment", {**check, "Line": moved})
    pull(books)
    assert (the_payment().state, paid(invoice)) == (PaymentState.UNAPPLIED, 0)


def test_while_nothing_changes_it_takes_one_call(books: Connection, payer: Payer, work: Any) -> None:
    payer.pay((work[1], "900.00"))
    assert pull(books).reads == 3
    payer.emulator.control("requests", method="DELETE")
    before = list(Payment.objects.values())
    assert pull(books).reads == 1
    assert [one["path"].rpartition("/")[2] for one in payer.emulator.requests()] == ["cdc"]
    assert list(Payment.objects.values()) == before


def test_the_mirror_tells_work_retainage_and_balance_apart(books: Connection, payer: Payer, work: Any) -> None:
    invoice, bill = work
    payer.pay((bill, "400.00"))
    pull(books)
    row = LedgerBill.objects.get(remote_id=bill["Id"])
    assert (row.total, row.gross, row.retainage, row.released, row.balance) == (900, 1000, 100, 0, 500)
    assert (row.job_ids, row.number, row.tax) == ([payer.job], invoice.number, 0)


def test_a_bill_that_is_gone_or_changed_is_marked(
    books: Connection, payer: Payer, work: Any, subcontract: Commitment, max_pm: Membership
) -> None:
    invoice, bill = work
    _, other_bill = billed(max_pm, payer, subcontract, "500.00")
    pull(books)
    assert {one.health for one in Link.objects.filter(entity="Bill")} == {Health.OK}
    payer.emulator.write("Bill", {**other_bill, "Line": [payer.line("499.00")]})
    payer.pay((bill, "900.00"))
    pull(books)
    payer.delete("Bill", bill)
    pull(books)
    health = dict(Link.objects.filter(entity="Bill").values_list("remote_id", "health"))
    assert health == {bill["Id"]: Health.MISSING, other_bill["Id"]: Health.DRIFTED}
    assert LedgerBill.objects.get(remote_id=bill["Id"]).state == BillState.DELETED
    assert (the_payment().state, paid(invoice)) == (PaymentState.UNAPPLIED, 0)
    assert not BillStanding.objects.filter(invoice=invoice).exists()


def test_an_older_copy_of_the_bill_than_we_wrote_says_nothing_of_it(books: Connection, payer: Payer, work: Any) -> None:
    Link.objects.filter(entity="Bill").update(sync_token="7", total=Decimal("950.00"))
    pull(books)
    assert Link.objects.get(entity="Bill").health == Health.OK


def test_a_payment_read_before_its_bill_was_known_to_be_ours(
    books: Connection, payer: Payer, max_pm: Membership, subcontract: Commitment
) -> None:
    invoice = make_invoice(max_pm, subcontract)
    bill = payer.bill_of(invoice, linked=False)
    payer.pay((bill, "100.00"))
    pull(books)
    assert paid(invoice) == 0
    link(invoice, bill)
    assert pull(books).reads == 1
    assert paid(invoice) == 100


def test_with_tax_an_invoice_is_paid_when_its_bill_is(books: Connection, payer: Payer, work: Any) -> None:
    """The look-alike's American company knows no tax; the mirror's sum is what a Canadian bill's would be."""
    invoice, _ = work
    pull(books)
    LedgerBill.objects.update(total=Decimal("1017.00"), tax=Decimal("117.00"), balance=Decimal("1017.00"))
    payments.settle(books)
    assert payment_status(invoice, Decimal("900.00")) == PaymentStatus.PARTIAL
    assert Link.objects.get(entity="Bill").health == Health.OK


def test_another_currency_is_not_taken_and_says_why(books: Connection, payer: Payer, work: Any) -> None:
    invoice, bill = work
    payer.pay((bill, "900.00"))
    pull(books)
    Payment.objects.all().delete()
    LedgerBillPayment.objects.update(currency="CAD")
    payments.settle(books)
    assert paid(invoice) == 0
    why = payments.why_not_taken(LedgerBillPayment.objects.get(), schedule_of(books.company), books)
    assert why is not None
    assert "in CAD, and the books are in USD" in why.sentence


# -- from when on ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "is_taken"), [(0, True), (-1, False)])
def test_a_payment_of_the_very_second_in_which_they_were_switched_on_is_taken(
    books: Connection, seconds: int, is_taken: bool
) -> None:
    schedule = schedule_of(books.company)
    entered = schedule.began_at.replace(microsecond=0) + timedelta(seconds=seconds)
    one = LedgerBillPayment(company=books.company, entered_at=entered, day=schedule.since - timedelta(days=1))

    assert (payments.why_not_taken(one, schedule, books) is None) == is_taken


@pytest.mark.parametrize(("minutes", "is_taken"), [(1, True), (10, False)])
def test_where_it_is_on_by_itself_it_counts_from_the_connection(
    books: Connection, minutes: int, is_taken: bool
) -> None:
    now = timezone.now()
    Connection.objects.update(connected_at=now - timedelta(minutes=5))
    one = LedgerBillPayment(company=books.company, entered_at=now - timedelta(minutes=minutes), day=date(2026, 1, 15))

    assert (payments.why_not_taken(one, schedule_of(books.company), books) is None) == is_taken


def test_what_was_paid_before_is_taken_only_when_somebody_says_so(
    books: Connection, payer: Payer, work: Any, alma: Membership
) -> None:
    invoice, bill = work
    payer.pay((bill, "100.00"), TxnDate="2026-10-15")
    PaymentSchedule.objects.update(began_at=timezone.now() + timedelta(minutes=5))
    payer.pay((bill, "200.00"), TxnDate="2026-11-02")
    pull(books)
    assert paid(invoice) == 200
    set_schedule(books.company, Every.HOUR, since=date(2026, 10, 1), by=alma)
    assert pull(books).reads == 1
    assert paid(invoice) == 300


def test_what_is_entered_later_is_taken_whatever_its_date(books: Connection, payer: Payer, work: Any) -> None:
    PaymentSchedule.objects.update(began_at=timezone.now() - timedelta(minutes=5))
    payer.pay((work[1], "100.00"), TxnDate="2026-01-15")
    pull(books)
    assert paid(work[0]) == 100


def test_once_taken_it_is_followed_whatever_the_day(
    books: Connection, payer: Payer, work: Any, alma: Membership
) -> None:
    check = payer.pay((work[1], "100.00"))
    pull(books)
    PaymentSchedule.objects.update(began_at=timezone.now() + timedelta(days=2), since=date(2026, 12, 1))
    payer.void(check)
    pull(books)
    assert paid(work[0]) == 0


@pytest.mark.parametrize(("country", "hours"), [("US", Every.HOUR), ("CA", Every.NEVER), ("", Every.NEVER)])
def test_it_is_on_by_itself_where_the_workflow_has_it(
    company: Company, country: str, hours: int, emulator: EmulatorProcess
) -> None:
    Connection.objects.create(company=company, realm_id="1", environment="emulator", country=country)
    assert schedule_of(company).hours == hours
    assert schedule_of(company).pk == PaymentSchedule.objects.get().pk


def test_an_administrator_sets_it_and_switching_on_counts_from_then(
    company: Company, alma: Membership, max_pm: Membership
) -> None:
    with pytest.raises(NotAllowed):
        set_schedule(company, Every.DAY, by=max_pm)
    with pytest.raises(InvalidInput, match="in the future"):
        set_schedule(company, Every.DAY, since=date(2099, 1, 1), by=alma)
    with pytest.raises(InvalidInput, match="of the list"):
        set_schedule(company, 3, by=alma)
    off = schedule_of(company)
    PaymentSchedule.objects.update(since=date(2020, 1, 1))
    row = set_schedule(company, Every.FOUR_HOURS, by=alma)
    assert (row.hours, row.set_by) == (4, alma)
    assert row.began_at > off.began_at
    assert row.since > date(2020, 1, 1)
    assert set_schedule(company, Every.DAY, by=alma).began_at == row.began_at


def test_it_is_due_by_the_schedule_and_when_something_was_left(books: Connection, payer: Payer, work: Any) -> None:
    assert due() == [books.company_id]
    pull(books)
    assert due() == []
    PaymentReading.objects.update(began_at=timezone.now() - timedelta(minutes=61))
    assert due() == [books.company_id]
    PaymentSchedule.objects.update(hours=Every.TWO_HOURS)
    assert due() == []
    PaymentReading.objects.update(ended_at=None, leased_until=timezone.now())
    assert due() == [books.company_id]
    PaymentReading.objects.update(leased_until=timezone.now() + timedelta(minutes=1))
    assert due() == []
    PaymentReading.objects.update(ended_at=timezone.now(), began_at=timezone.now() - timedelta(days=9))
    PaymentSchedule.objects.update(hours=Every.NEVER)
    assert due() == []


def test_who_is_not_invoiced_or_connected_costs_no_call(books: Connection, payer: Payer, max_pm: Membership) -> None:
    assert due() == []
    with pytest.raises(payments.NothingToRead):
        payments.ask(books.company, by=max_pm)
    make_invoice(max_pm)
    assert due() == [books.company_id]
    Connection.objects.update(status=ConnectionStatus.NEEDS_LOGIN)
    assert due() == []
    with pytest.raises(Refusal, match="new sign-in"):
        payments.ask(books.company, by=max_pm)


def test_asking_needs_a_right_and_that_payments_are_taken(
    books: Connection, payer: Payer, work: Any, max_pm: Membership, vic: Membership, ian: Membership
) -> None:
    for nobody in (vic, ian):
        with pytest.raises(NotAllowed):
            payments.ask(books.company, by=nobody)
    assert payments.ask(books.company, by=max_pm).asked_by == max_pm
    readings.take_up(PaymentReading.objects.get())
    with pytest.raises(readings.AlreadyReading, match="Payments are being read already"):
        payments.ask(books.company, by=max_pm)
    assert carry_on(books.company_id) is None
    PaymentSchedule.objects.update(hours=Every.NEVER)
    with pytest.raises(PaymentsOff):
        payments.ask(books.company, by=max_pm)


# -- pages, faults, and dying ------------------------------------------------------------------------------------------


def test_more_than_one_answer_holds_is_read_by_pages(
    books: Connection, payer: Payer, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice, bill = work
    pull(books)
    for at in range(7):
        payer.pay((bill, "1.00"), DocNumber=str(3000 + at))
    monkeypatch.setattr("quickbooks_bridge.importers.reading.PAGE", 3)
    monkeypatch.setattr("quickbooks_bridge.client.api.CDC_ROWS", 5)
    payer.emulator.control("requests", method="DELETE")
    pull(books)
    assert paid(invoice) == 7
    assert [one["path"].rpartition("/")[2] for one in payer.emulator.requests()] == ["cdc", *["query"] * 6]


def test_after_more_days_than_quickbooks_remembers_everything_is_read(
    books: Connection, payer: Payer, work: Any
) -> None:
    invoice, bill = work
    check = payer.pay((bill, "100.00"))
    pull(books)
    payer.delete("BillPayment", check)
    PaymentCursor.objects.update(changed_since=timezone.now() - timedelta(days=31))
    assert pull(books).reads == 3
    assert paid(invoice) == 0


def test_a_look_by_a_host_whose_clock_is_behind_takes_no_payment_out_of_a_whole_reading(
    books: Connection, payer: Payer, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice, bill = work
    checks = [payer.pay((bill, "1.00"), DocNumber=str(3000 + at)) for at in range(7)]
    monkeypatch.setattr("quickbooks_bridge.importers.reading.PAGE", 3)
    while not PaymentCursor.objects.filter(entity="BillPayment", position__gt=1).exists():
        carry_on(books.company_id, seconds=0)
    with time_machine.travel(timezone.now() - timedelta(minutes=10)):
        rows = rows_of(books.company_id, "BillPayment", checks[:1], ())
        store(books.company_id, "BillPayment", rows, [])
    pull(books)
    assert paid(invoice) == 7


@pytest.mark.parametrize("fault", ["500", "429_json", "drop"])
def test_what_passes_by_itself_is_waited_for(books: Connection, payer: Payer, work: Any, fault: str) -> None:
    payer.pay((work[1], "100.00"))
    payer.emulator.fault(fault, times=9)
    reading = carry_on(books.company_id)
    assert reading
    assert (reading.ended_at, bool(reading.error)) == (None, True)
    assert reading.leased_until > timezone.now()
    payer.emulator.control("faults", method="DELETE")
    PaymentReading.objects.update(leased_until=timezone.now())
    Connection.objects.update(paused_until=None)
    pull(books)
    assert paid(work[0]) == 100


class Killed(BaseException):
    """The process is gone."""


def test_killed_anywhere_it_goes_on_and_counts_once(
    books: Connection, payer: Payer, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice, bill = work
    payer.pay((bill, "300.00"))
    note, notes = readings.note, 0
    for after in range(5):
        notes = 0

        def dies(*given: Any, limit: int = after, **named: Any) -> None:
            nonlocal notes
            notes += 1
            if notes > limit:
                raise Killed
            note(*given, **named)

        monkeypatch.setattr(readings, "note", dies)
        with suppress(Killed):
            carry_on(books.company_id)
        PaymentReading.objects.filter(ended_at=None).update(leased_until=timezone.now())
    monkeypatch.setattr(readings, "note", note)
    pull(books)
    assert paid(invoice) == 300
    assert Payment.objects.count() == 1


# -- any sequence ------------------------------------------------------------------------------------------------------

AMOUNTS = st.integers(1, 45000).map(lambda cents: Decimal(cents) / 100)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), st.lists(AMOUNTS, min_size=1, max_size=2), st.booleans()),
        st.tuples(st.sampled_from(["void", "delete"]), st.integers(0, 5), st.none()),
        st.tuples(st.just("edit"), st.integers(0, 5), AMOUNTS),
        st.tuples(st.just("read"), st.just(0), st.none()),
    ),
    max_size=8,
)


@given(steps=STEPS)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_done_paid_is_what_quickbooks_says(
    books: Connection, payer: Payer, max_pm: Membership, subcontract: Commitment, steps: list[Any]
) -> None:
    pair = [billed(max_pm, payer, subcontract, "900.00") for _ in range(2)]
    bills: list[Any] = [bill for _, bill in pair]
    checks: list[Any] = []
    for kind, what, more in steps:
        standing = [one for one in checks if payer.held("BillPayment", one["Id"])]
        if kind == "pay":
            order = bills if more else bills[::-1]
            applied = [(bill, str(amount)) for bill, amount in zip(order, what, strict=False)]
            # Counted by what was ever written: after a deletion the number of those that stand is one in use.
            checks.append(payer.pay(*applied, DocNumber=f"{len(checks)}-{bills[0]['Id']}"))
        elif kind == "read":
            pull(books)
        elif standing:
            change(payer, kind, standing[what % len(standing)], more)
    pull(books)
    for invoice, bill in pair:
        now = payer.held("Bill", bill["Id"])
        assert now
        assert paid(invoice) == Decimal(str(now["TotalAmt"])) - Decimal(str(now["Balance"]))


def change(payer: Payer, kind: str, check: dict[str, Any], amount: Decimal | None) -> None:
    """Void, delete, or lower a payment to `amount` of its first bill."""
    if kind == "void":
        payer.void(check)
    elif kind == "delete":
        payer.delete("BillPayment", check)
    else:
        now = payer.held("BillPayment", check["Id"])
        assert now
        lines = [{**check["Line"][0], "Amount": float(amount or 0)}]
        payer.emulator.write("BillPayment", {**now, "TotalAmt": float(amount or 0), "Line": lines})
