"""The month-end list: what of a month is not in QuickBooks, what keeps it, and who stood for it."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from threading import Event, Thread
from time import sleep
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from budgets.models import BudgetChange
from commitments.models import Commitment
from invoices.models import Invoice, Payment
from procore_sync.acceptance.items import revise
from procore_sync.acceptance.journal import keep_still, verify_journal
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.models import Event as JournalRow
from procore_sync.acceptance.refusals import ChangedSinceSeen
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.files import MOMENT_FORMAT
from procore_sync.kit.kept import in_the_readers_words
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from quickbooks_bridge.drift_models import Drift
from quickbooks_bridge.features import HOME_CURRENCY
from quickbooks_bridge.models import Connection, LedgerBillPayment, Link, PaymentSchedule
from quickbooks_bridge.month_end.listing import current_month, month_end_for
from quickbooks_bridge.month_end.rows import MonthEndStatement, Outstanding
from quickbooks_bridge.month_end.selectors import rows_seen, since
from quickbooks_bridge.month_end.signing import NoBooks, sign
from quickbooks_bridge.payment_schedules import schedule_of
from quickbooks_bridge.tie_out_signing import NotWhole
from tests.factories import change_line, make_budget, make_change_order, make_commitment, synced
from tests.payments.rows import make_invoice
from tests.scenes import kept

pytestmark = pytest.mark.django_db
OCTOBER, SEPTEMBER = date(2026, 10, 1), date(2026, 9, 1)
PAGE = "/quickbooks/month-end/"


@pytest.fixture
@kept
def contract(max_pm: Membership) -> Commitment:
    """A subcontract of October that is in QuickBooks, as it was accepted; the books are closed until the 15th."""
    company = max_pm.company
    Connection.objects.create(
        company=company, realm_id="1", environment="emulator", features={"Books closed through": "2026-10-15"}
    )
    PaymentSchedule.objects.create(company=company, hours=1, since=date(2026, 10, 1), began_at="2026-11-01T00:00Z")
    made = synced(make_commitment(max_pm, lines=["90000.00"], created_on=date(2026, 10, 2)))
    linked(made.erp, "PurchaseOrder")
    return made


def linked(item: ErpItem, entity: str = "Bill", *, compared: bool = True, **more: Any) -> Link:
    at = timezone.now() if compared else None
    return Link.objects.create(
        item=item, company=item.company, entity=entity, remote_id=str(900 + item.pk), verified_at=at, **more
    )


def invoice(by: Membership, contract: Commitment, day: str = "2026-10-20", **more: Any) -> Invoice:
    return make_invoice(by, contract, billed_on=date.fromisoformat(day), **more)


def stands(item: ErpItem, by: Membership, status: str, **sending: Any) -> ErpItem:
    """`item` in this state, with a sending."""
    Submission.objects.create(
        item=item, company=item.company, number=1, revision=1, document={}, digest="d" * 64, sent_by=by, **sending
    )
    ErpItem.objects.filter(pk=item.pk).update(status=status)
    item.refresh_from_db()
    return item


def rows(by: Membership, month: date = OCTOBER) -> dict[str, Outstanding]:
    return {row.label: row for row in month_end_for(by, month).rows}


def test_each_record_stands_under_what_keeps_it(max_pm: Membership, ada: Membership, contract: Commitment) -> None:
    def made(name: str, **more: Any) -> ErpItem:
        found: ErpItem = invoice(max_pm, contract, number=name, **more).erp
        return found

    accepted: dict[str, Any] = {"decision": "accepted", "decided_by": ada}
    made("not_sent")
    stands(made("sent"), max_pm, "sent")
    stands(made("returned"), max_pm, "rejected", decision="rejected", comment="Wrong code.")
    wait = {"choices": {"closed_period": "wait"}}
    stands(made("closed", day="2026-10-15"), max_pm, "exporting", work="waiting", **wait, **accepted)
    stands(made("exporting", day="2026-10-16"), max_pm, "exporting", work="waiting", **wait, **accepted)
    stands(made("uncertain"), max_pm, "exporting", work="uncertain", **accepted)
    refused = {"reason": "QuickBooks refused it.", "cure_by": "accountant"}
    stands(made("failed"), max_pm, "failed", work="parked", **refused, **accepted)
    for name in ("changed", "drifted", "gone", "unverified"):
        found = synced(Invoice.objects.get(erp=made(name))).erp
        linked(found, compared=name != "unverified", health="missing" if name == "gone" else "ok")
        if name == "changed":
            revise(found)
        if name == "drifted":
            card = {"entity": "Bill", "remote_id": "1", "what": "changed", "state": "s", "heard_by": "a test"}
            Drift.objects.create(company=found.company, item=found, heard_at=timezone.now(), **card)
    linked(synced(Invoice.objects.get(erp=made("as accepted"))).erp)
    linked(synced(Invoice.objects.get(erp=made("theirs accepted"))).erp, compared=False, health="accepted")
    made("draft", status="draft")
    stands(made("void", status="void"), max_pm, "rejected", decision="rejected")

    found = rows(ada)
    assert {name: str(row.keep) for name, row in found.items()} == {name: name for name in found}
    assert len(found) == 11
    assert {name: found[name].who for name in ("not_sent", "sent", "returned", "closed", "failed")} == {
        "not_sent": "Max",
        "sent": "Ada",
        "returned": "Max",
        "closed": "bookkeeper",
        "failed": "accountant",
    }
    assert (found["returned"].why, found["failed"].why) == ("Wrong code.", "QuickBooks refused it.")
    assert found["not_sent"].amount == Decimal("100.00")
    stands(made("own"), ada, "sent")
    assert rows(ada)["own"].who == "administrator", "she sent it herself, and nobody else decides"
    stands(made("half"), max_pm, "sent", first_by=ada)
    assert rows(ada)["half"].who == "administrator", "she has accepted it as the first, and nobody else decides"


def test_a_document_is_of_the_month_of_its_own_date(max_pm: Membership, contract: Commitment) -> None:
    for day in ("2026-09-30", "2026-10-01", "2026-10-31", "2026-11-01"):
        invoice(max_pm, contract, day=day, number=day)
    order = make_commitment(max_pm, contract.project, created_on=date(2026, 10, 31))
    make_commitment(max_pm, contract.project, created_on=date(2026, 10, 31), type="purchase_order", status="closed")
    change = make_change_order(max_pm, contract, lines=[change_line("50.00", changes=1)])
    type(change).objects.update(created_on=date(2026, 10, 5))
    budget = make_budget(max_pm, locked=True)
    type(budget).objects.update(locked_on=date(2026, 10, 6))

    assert set(rows(max_pm)) == {"2026-10-01", "2026-10-31", order.erp.label, change.erp.label, budget.erp.label}
    found = month_end_for(max_pm, date(2026, 11, 1)).earlier
    assert found
    assert (found.count, found.last) == (6, OCTOBER)


def test_a_budget_in_quickbooks_is_of_the_month_of_the_change_that_is_lacking(
    max_pm: Membership, contract: Commitment
) -> None:
    budget = synced(make_budget(max_pm, locked=True))
    type(budget).objects.update(locked_on=date(2026, 8, 1))
    for number, day in enumerate(("2026-10-07", "2026-11-03"), start=1):
        revision = budget.erp.revision + number
        BudgetChange.objects.create(budget=budget, number=number, made_on=day, revision=revision)
    revise(budget.erp)
    assert rows(max_pm)[budget.erp.label].day == date(2026, 10, 7)
    assert rows(max_pm, date(2026, 8, 1)) == {}


def paid(company: Company, key: str, bill: Link, amount: str = "40.00", day: str = "2026-10-21") -> None:
    LedgerBillPayment.objects.create(
        company=company,
        remote_id=key,
        number=f"CHK-{key}",
        day=day,
        lines=[["Bill", bill.remote_id, amount], ["Bill", "somebody-elses", "7.00"]],
        seen_at=timezone.now(),
    )


def test_a_payment_there_that_is_not_taken_here_is_in_the_list(max_pm: Membership, contract: Commitment) -> None:
    bill = synced(invoice(max_pm, contract, number="INV"))
    link = linked(bill.erp)
    for key, day in (("1", "2026-10-21"), ("2", "2026-10-22"), ("3", "2026-11-01")):
        paid(max_pm.company, key, link, day=day)
    Payment.objects.create(
        company=max_pm.company,
        invoice=bill,
        payment_id="2",
        method="check",
        day="2026-10-22",
        amount="40.00",
        total="47.00",
        read_at=timezone.now(),
    )
    (row,) = rows(max_pm).values()
    assert (row.keep, row.payment, row.amount, row.item) == ("unmatched", "1", Decimal("40.00"), bill.erp_id)
    assert row.label == "CHK-1: INV"


def test_a_payment_in_a_foreign_currency_is_with_the_bookkeeper_and_an_early_one_with_an_administrator(
    max_pm: Membership, contract: Commitment
) -> None:
    link = linked(synced(invoice(max_pm, contract, number="INV")).erp)
    Connection.objects.filter(company=max_pm.company).update(features={HOME_CURRENCY: "USD"})
    schedule = schedule_of(max_pm.company)
    schedule.began_at, schedule.since = timezone.now(), date(2026, 10, 30)
    schedule.save()
    for key, more in (("1", {"currency": "CAD"}), ("2", {"entered_at": timezone.now() - timedelta(days=900)})):
        paid(max_pm.company, key, link)
        LedgerBillPayment.objects.filter(remote_id=key).update(**more)
    told = {one.payment: (one.who, one.why) for one in rows(max_pm).values()}
    assert told["1"][0] == "bookkeeper"
    assert told["1"][1].endswith("have the bill paid in that of the books, in QuickBooks.")
    assert told["2"][0] == "administrator"
    with override("es"):
        assert in_the_readers_words(told["1"][1]).startswith("Está en CAD, y los libros están en USD.")
        assert in_the_readers_words(told["2"][1]).startswith("Se hizo antes")


def test_more_records_take_no_more_queries(
    max_pm: Membership, ada: Membership, contract: Commitment, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def more() -> None:
        stands(invoice(max_pm, contract).erp, max_pm, "sent")
        invoice(ada, contract)
        paid(max_pm.company, str(Invoice.objects.count()), linked(synced(invoice(max_pm, contract)).erp))

    more()
    with django_assert_num_queries(11):
        month_end_for(ada, OCTOBER)
    more()
    with django_assert_num_queries(11):
        assert len(month_end_for(ada, OCTOBER).rows) == 6


# -- signing -----------------------------------------------------------------------------------------------------------


def signed(by: Membership, remark: str = "", month: date = OCTOBER) -> MonthEndStatement:
    return sign(month, seen=month_end_for(by, month).seen, remark=remark, by=by)


def test_what_was_signed_is_frozen_and_in_the_journal(
    max_pm: Membership, ada: Membership, contract: Commitment
) -> None:
    first, second = invoice(max_pm, contract, number="A"), invoice(max_pm, contract, number="B", billed="23.45")
    made = signed(ada, " Known. ")
    stands(second.erp, max_pm, "sent")
    made.refresh_from_db()
    assert (made.month, made.remark, made.signed_by, made.is_as_signed) == (OCTOBER, "Known.", ada, True)
    assert (made.figures["count"], made.figures["amount"], made.figures["closed_until"]) == (2, "123.45", "2026-10-15")
    assert {row.label: str(row.keep) for row in made.rows} == {"A": "not_sent", "B": "not_sent"}
    events = JournalRow.objects.filter(action="remark", by=ada)
    assert {event.item_id for event in events} == {first.erp_id, second.erp_id}
    assert {event.detail["digest"] for event in events} == {made.digest}
    assert verify_journal(ada.company) is None

    made.figures["rows"][0]["amount"] = "1.00"
    assert not made.is_as_signed
    assert signed(ada).pk != made.pk


def test_an_empty_month_is_signed_too(ada: Membership, contract: Commitment) -> None:
    made = signed(ada)
    assert (made.figures["count"], made.figures["amount"], made.is_as_signed) == (0, None, True)
    assert made.figures["journal"]["row"] == JournalRow.objects.filter(company=ada.company).count()


def test_nobody_signs_that_all_is_in_books_that_were_never_connected(client: Client, ada: Membership) -> None:
    client.force_login(ada.user)
    seen = month_end_for(ada, OCTOBER).seen
    page = client.get(PAGE, {"month": "2026-10"}).content.decode()
    assert "QuickBooks is not connected, so nothing is there yet." in page
    assert "No approved document of October 2026" in page
    assert "Everything of October" not in page
    assert 'name="seen"' not in page
    with pytest.raises(NoBooks, match="no month in it to sign for"):
        sign(OCTOBER, seen=seen, by=ada)
    refused = client.post(f"{PAGE}?month=2026-10", {"seen": seen})
    assert "no month in it to sign for" in refused.content.decode()
    assert not MonthEndStatement.objects.exists()


def test_nobody_signs_what_he_may_not_or_has_not_seen(
    max_pm: Membership, ada: Membership, alma: Membership, contract: Commitment
) -> None:
    known = invoice(max_pm, contract)
    seen = month_end_for(ada, OCTOBER).seen
    with pytest.raises(NotAllowed):
        sign(OCTOBER, seen=seen, by=max_pm)
    with pytest.raises(InvalidInput, match="in the future"):
        sign(date(2099, 1, 1), seen=seen, by=ada)
    stands(known.erp, max_pm, "sent")
    with pytest.raises(ChangedSinceSeen):
        sign(OCTOBER, seen=seen, by=ada)
    ErpItem.objects.filter(pk=known.erp_id).update(is_private=True)
    ada.privileges.all().delete()
    with pytest.raises(NotWhole):
        sign(OCTOBER, seen=month_end_for(ada, OCTOBER).seen, by=ada)
    assert not MonthEndStatement.objects.exists()
    assert len(rows_seen(signed(alma), ada)) == 0


def test_what_has_changed_since_is_told(max_pm: Membership, ada: Membership, contract: Commitment) -> None:
    arrives, leaves, moves, stays = (invoice(max_pm, contract, number=name) for name in ("in", "void", "sent", "stay"))
    made = signed(ada)
    linked(synced(arrives).erp)
    Invoice.objects.filter(pk=leaves.pk).update(status="void")
    stands(moves.erp, max_pm, "sent")
    invoice(max_pm, contract, number="new")

    found = since(rows_seen(made, ada), month_end_for(ada, OCTOBER).rows)
    assert {one.row.label: one.said for one in found.signed} == {
        "in": "In QuickBooks now",
        "void": "Not of this month any more",
        "sent": "With accounting, not decided",
        "stay": "As it was",
    }
    assert (found.arrived, found.left, found.changed, len(found.added)) == (1, 1, 1, 1)
    assert stays.erp.status == "not_sent"


@pytest.mark.postgres
def test_the_database_keeps_the_statement(ada: Membership, contract: Commitment) -> None:
    signed(ada)
    assert connection.vendor == "postgresql"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        MonthEndStatement.objects.update(remark="else")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        MonthEndStatement.objects.all().delete()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_nothing_moves_while_it_is_signed(max_pm: Membership, ada: Membership, contract: Commitment) -> None:
    item, seen, holds = invoice(max_pm, contract).erp, month_end_for(ada, OCTOBER).seen, Event()

    def moves_on() -> None:
        with transaction.atomic():
            keep_still(item.company_id)
            stands(item, max_pm, "sent")
            holds.set()
            sleep(0.3)
        connection.close()

    other = Thread(target=moves_on)
    other.start()
    assert holds.wait(10)
    with pytest.raises(ChangedSinceSeen):
        sign(OCTOBER, seen=seen, by=ada)
    other.join()


def test_money_is_summed_a_kind_because_a_budget_and_its_bills_are_the_same_money(
    max_pm: Membership, ada: Membership, contract: Commitment, client: Client
) -> None:
    for _ in range(2):
        invoice(max_pm, contract)
    Commitment.objects.update(created_on=date(2026, 10, 3), status="approved")
    ErpItem.objects.filter(pk=contract.erp_id).update(status="not_sent", synced_revision=None, amount=Decimal(900))
    both = [("Commitment", Decimal("900.00")), ("Subcontractor invoice", Decimal("200.00"))]
    found = month_end_for(ada, OCTOBER)
    assert sorted((one.kind, one.amount) for one in found.sums) == both
    assert sorted((one.kind, one.amount) for group in found.groups for one in group.sums) == both
    earlier = month_end_for(ada, date(2026, 11, 1)).earlier
    assert earlier
    assert (earlier.count, sorted((one.kind, one.amount) for one in earlier.sums)) == (3, both)

    client.force_login(ada.user)
    shown = client.get(f"{PAGE}?month=2026-10").content.decode()
    assert "1,100.00" not in shown
    words = " ".join(re.sub(r"<[^>]+>", "", shown).split())
    assert re.search(
        r"as they were accepted\. (Commitment 900\.00, Subcontractor invoice 200\.00|"
        r"Subcontractor invoice 200\.00, Commitment 900\.00)\.",
        words,
    )
    made = sign(OCTOBER, seen=found.seen, by=ada)
    shown = client.get(f"{PAGE}signed/{made.pk}/").content.decode()
    assert "1,100.00" not in shown
    assert "900.00" in shown


# -- pages, files, API -------------------------------------------------------------------------------------------------


def test_the_page_shows_the_list_and_signs_it(
    max_pm: Membership, ada: Membership, contract: Commitment, client: Client
) -> None:
    client.force_login(ada.user)
    empty = client.get(f"{PAGE}?month=2026-10").content.decode()
    assert "Everything of October 2026 is in QuickBooks" in empty
    for _ in range(51):
        waits = invoice(max_pm, contract)
    page = client.get(f"{PAGE}?month=2026-10")
    shown = page.content.decode()
    for words in (
        "51 documents are not in QuickBooks as they were accepted",
        "5,100.00",
        "closed through 15 Oct 2026",
        "Approved, not sent",
        "All 51",
        "Max",
    ):
        assert words in shown, words
    assert f"/review/{waits.erp_id}/" in client.get(f"{PAGE}?month=2026-10&keep=not_sent&page=2").content.decode()

    seen = page.context["form"]["seen"].value()
    waits = invoice(max_pm, contract, number="LATE")
    late = client.post(f"{PAGE}?month=2026-10", {"seen": seen, "remark": "I know."})
    told = late.content.decode()
    assert late.status_code == 409
    assert "Look again" in told
    assert "I know." in told
    answer = client.post(f"{PAGE}?month=2026-10", {"seen": late.context["form"]["seen"].value(), "remark": "I know."})
    assert answer.status_code == 302
    made = MonthEndStatement.objects.get()
    stands(waits.erp, max_pm, "sent")
    again = client.get(f"{PAGE}?month=2026-10").content.decode()
    assert "Signed by Ada" in again
    kept = client.get(f"{PAGE}signed/{made.pk}/?page=2").content.decode()
    for words in ("these 52 documents are not", "5,200.00", "With accounting, not decided", "I know.", made.digest):
        assert words in kept, words
    assert "signed again" not in kept + again


def test_of_two_statements_of_a_month_the_older_says_that_it_was_signed_again(
    max_pm: Membership, ada: Membership, alma: Membership, contract: Commitment, client: Client
) -> None:
    invoice(max_pm, contract)
    first, other, second = (
        signed(by, month=month) for by, month in ((ada, OCTOBER), (ada, SEPTEMBER), (alma, OCTOBER))
    )
    client.force_login(ada.user)
    page = client.get(f"{PAGE}?month=2026-10").content.decode()
    listed = page.partition("<h2>Signed month-ends</h2>")[2].partition("</ul>")[0]
    rows = [re.sub(r"\s+", " ", re.sub("<[^>]*>", "", one)).strip() for one in listed.split("<li>")[1:]]
    said = ["October 2026, Alma", "October 2026, Ada", "September 2026, Ada"]
    assert [one.partition(", today")[0] for one in rows] == said
    assert [one.endswith("signed again since") for one in rows] == [False, True, False]
    newest = f'<a href="{PAGE}signed/{second.pk}/">Show the newest</a>'
    found = [newest in client.get(f"{PAGE}signed/{one.pk}/").content.decode() for one in (first, other, second)]
    assert found == [True, False, False]
    told = client.get("/api/v1/month-end-statements/").json()["results"]
    assert {one["id"]: one["signed_again"] for one in told} == {first.pk: True, other.pk: False, second.pk: False}


def test_files_and_api_say_the_same(
    max_pm: Membership, ada: Membership, olga: Membership, contract: Commitment, client: Client
) -> None:
    invoice(max_pm, contract, number="INV-77")
    client.force_login(ada.user)
    text = client.get("/quickbooks/month-end.csv?month=2026-10").content.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["What keeps it"], row["Record"], row["Amount"]) == ("Approved, not sent", "INV-77", "100.00")
    address = "/api/v1/month-ends/2026-10/"
    told = client.get(address).json()
    assert (told["count"], told["amount"], told["rows"][0]["label"]) == (1, "100.00", "INV-77")
    assert client.get("/api/v1/month-ends/2026-13/").status_code == 404
    made = client.post(f"{address}sign/", {"seen": told["seen"]}, "application/json")
    assert made.status_code == 201, made.content
    kept = f"/api/v1/month-end-statements/{made.json()['id']}/"
    assert client.get(kept).json()["rows"] == told["rows"]
    assert client.get(f"{PAGE}signed/{made.json()['id']}.csv").content.decode("utf-8-sig") == text
    assert client.post(f"{address}sign/", {"seen": "x"}, "application/json").status_code == 409
    client.force_login(olga.user)
    assert client.get(kept).status_code == client.get(f"{PAGE}signed/{made.json()['id']}/").status_code == 404
    assert client.get(address).json()["count"] == 0


def test_a_file_tells_moments_by_the_clock_of_the_company(
    max_pm: Membership, ada: Membership, contract: Commitment, client: Client
) -> None:
    """As the page does, and every other file: half past five in the afternoon of the 31st is no morning of November."""
    Company.objects.filter(pk=ada.company_id).update(time_zone="America/Los_Angeles")
    made = invoice(max_pm, contract, number="INV-77")
    ErpItem.objects.filter(pk=made.erp_id).update(status_changed_at="2026-11-01T00:30Z")
    client.force_login(ada.user)
    text = client.get("/quickbooks/month-end.csv?month=2026-10").content.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["Since"] == "2026-10-31T17:30:00-07:00"
    book = load_workbook(io.BytesIO(client.get("/quickbooks/month-end.xlsx?month=2026-10").content))
    names, cells = list(book.worksheets[0].rows)
    since = cells[[name.value for name in names].index("Since")]
    assert since.value == datetime(2026, 10, 31, 17, 30)  # noqa: DTZ001 - a cell has no zone
    assert since.number_format == MOMENT_FORMAT


def test_until_the_fifteenth_it_is_about_the_month_before(ada: Membership, time_machine: Any) -> None:
    for now, month in (("2026-11-15T12:00Z", OCTOBER), ("2026-11-16T12:00Z", date(2026, 11, 1))):
        time_machine.move_to(now)
        assert current_month(ada.company) == month


def test_who_may_not_sign_is_told_that_before_what_he_sent_is_read(
    max_pm: Membership, contract: Commitment, client: Client
) -> None:
    client.force_login(max_pm.user)
    assert client.post("/api/v1/month-ends/2026-10/sign/", {}, "application/json").status_code == 403


@pytest.mark.parametrize("month", ["0001-01", "1969-12", "2100-01", "9999-12"])
def test_a_month_that_nobody_means_is_no_month(
    ada: Membership, contract: Commitment, client: Client, month: str
) -> None:
    """Also those beside which the calendar has no other: their page fell over."""
    client.force_login(ada.user)
    page = client.get(PAGE, {"month": month})
    assert (page.status_code, page.context["found"].month) == (200, current_month(ada.company))
    assert client.get("/quickbooks/month-end.csv", {"month": month}).status_code == 200
    told = client.get(f"/api/v1/month-ends/{month}/")
    assert (told.status_code, month[:4] in told.json()["detail"]) == (404, True)


@pytest.mark.parametrize("month", ["October 2026", "10/2026", "2026-13"])
def test_a_month_that_cannot_be_read_is_told_and_not_replaced_in_silence(
    ada: Membership, contract: Commitment, client: Client, month: str
) -> None:
    """Firefox and Safari let a month be typed; another month was shown, and the field said that one."""
    client.force_login(ada.user)
    page = client.get(PAGE, {"month": month}).content.decode()
    assert "This is not a month. Write it as 2026-11." in page
    assert f'value="{month}"' in page
    assert "This is not a month" not in client.get(PAGE, {"month": "2026-10"}).content.decode()
    assert "This is not a month" not in client.get(PAGE).content.decode()
