"""The page of how payments are read: the schedule, reading now, what was not taken; and the same by the API."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from invoices.models import Payment
from procore_sync.accounts.models import Membership
from quickbooks_bridge.importers.payments import carry_on
from quickbooks_bridge.models import Connection, Every, PaymentReading, PaymentSchedule
from quickbooks_bridge.payment_schedules import set_schedule
from quickbooks_bridge.tasks import payments
from tests.factories import make_commitment, synced
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.quickbooks_bridge.payers import Payer, billed
from tests.scenes import kept

PAGE = "/quickbooks/payments/"


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The broker is an edge: whose payments a worker was asked to read."""
    asked: list[int] = []

    def ring(company_id: int) -> bool:
        asked.append(company_id)
        return True

    for place in ("payment_views", "payment_api"):
        monkeypatch.setattr(f"quickbooks_bridge.{place}.ring_payments", ring)
    return asked


@pytest.fixture
@kept
def payer(books: Connection, emulator: EmulatorProcess) -> Payer:
    return Payer(emulator)


@pytest.fixture
@kept
def work(payer: Payer, max_pm: Membership) -> Any:
    """An invoice in QuickBooks, and its bill."""
    return billed(max_pm, payer, synced(make_commitment(max_pm, lines=["10000.00"])), "900.00")


def page(client: Client, member: Membership) -> str:
    client.force_login(member.user)
    answer = client.get(PAGE)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_administrator_sets_the_schedule_and_others_see_it(
    books: Connection, client: Client, alma: Membership, vic: Membership, rung: list[int]
) -> None:
    assert "every hour" in page(client, vic)
    assert "Only an administrator" in page(client, vic)
    assert client.post(PAGE, {"hours": "4", "since": "2026-11-01"}).status_code == 403
    page(client, alma)
    assert client.post(PAGE, {"hours": "4", "since": "2026-11-01"}).status_code == 302
    row = PaymentSchedule.objects.get()
    assert (row.hours, row.since, row.set_by) == (4, date(2026, 11, 1), alma)
    assert rung == [books.company_id]
    assert client.post(PAGE, {"hours": "5", "since": "2026-11-01"}).status_code == 422
    assert "in the future" in client.post(PAGE, {"hours": "4", "since": "2099-11-01"}).content.decode()
    assert client.post(PAGE, {"hours": "0", "since": "2026-11-01"}).status_code == 302
    assert rung == [books.company_id]
    assert "Payments are not taken from QuickBooks." in page(client, vic)
    assert "Read now" not in page(client, alma)


def test_in_canada_it_is_off_and_says_that_it_could_be_on(books: Connection, client: Client, alma: Membership) -> None:
    Connection.objects.update(country="CA")
    assert "in the United States only" in page(client, alma)


def test_reading_now_shows_how_far_it_is_and_what_it_cost(
    books: Connection, payer: Payer, work: Any, client: Client, max_pm: Membership, vic: Membership, rung: list[int]
) -> None:
    assert "Read now" not in page(client, vic)
    assert "Read now" in page(client, max_pm)
    assert client.post(f"{PAGE}read/").status_code == 302
    assert rung == [books.company_id]
    assert "Waiting for a worker" in page(client, max_pm)
    payer.pay((work[1], "100.00"))
    carry_on(books.company_id)
    shown = page(client, max_pm)
    assert "asked for by Max" in shown
    assert '<td class="num" data-label="Calls">3</td>' in shown


def test_what_was_not_taken_says_why(
    books: Connection, payer: Payer, work: Any, client: Client, vic: Membership
) -> None:
    PaymentSchedule.objects.create(
        company=books.company, hours=1, since=date(2026, 11, 1), began_at=timezone.now() + timedelta(hours=1)
    )
    payer.pay((work[1], "100.00"), TxnDate="2026-10-01", DocNumber="CHK-2041")
    other = payer.bill(payer.line("70.00"))
    payer.pay((other, "70.00"), TxnDate="2026-10-01", DocNumber="CHK-2042")
    carry_on(books.company_id)
    shown = page(client, vic)
    assert "It was made before payments were taken, dated 1 Oct 2026." in shown
    assert "CHK-2041" in shown
    assert "CHK-2042" not in shown
    work[0].commitment.erp.is_private = True
    work[0].commitment.erp.save()
    assert "CHK-2041" not in page(client, vic)
    assert not Payment.objects.exists()


def test_a_schedule_that_somebody_else_set_is_not_written_over(
    books: Connection, client: Client, alma: Membership, rung: list[int]
) -> None:
    client.force_login(alma.user)
    seen = client.get(PAGE).context["form"]["seen"].value()
    assert client.get("/api/v1/payment-schedule/").json()["seen"] == seen
    set_schedule(books.company, Every.DAY, since=date(2026, 1, 1), by=alma)

    given = {"hours": 2, "since": "2026-02-02", "seen": seen}
    older, by_api = client.post(PAGE, given), client.post("/api/v1/payment-schedule/", given, "application/json")

    said = "The settings were changed meanwhile, so nothing was saved. Look again. Last changed by Alma: Today "
    assert (older.status_code, by_api.status_code) == (409, 409)
    assert (said in older.text, said in by_api.text, f'href="{PAGE}">Show what stands now' in older.text) == (True,) * 3
    assert "2026-02-02" in older.text
    row = PaymentSchedule.objects.get(company=books.company)
    assert (row.hours, row.since, rung) == (24, date(2026, 1, 1), [])
    now = client.get(PAGE).context["form"]["seen"].value()
    assert client.post(PAGE, {**given, "seen": now}).status_code == 302


def test_the_api_reads_and_sets_alike(
    books: Connection, work: Any, client: Client, max_pm: Membership, alma: Membership, rung: list[int]
) -> None:
    client.force_login(max_pm.user)
    assert client.get("/api/v1/payment-schedule/").json()["hours"] == Every.HOUR
    asked = client.post("/api/v1/payment-readings/", content_type="application/json")
    assert (asked.status_code, asked.json()["reads"]) == (202, 0)
    assert client.get("/api/v1/payment-readings/").json()["results"][0]["id"] == asked.json()["id"]
    given = {"hours": 24, "since": "2026-01-01"}
    assert client.post("/api/v1/payment-schedule/", given, "application/json").status_code == 403
    client.force_login(alma.user)
    told = client.post("/api/v1/payment-schedule/", given, "application/json").json()
    assert (told["hours"], told["since"]) == (24, "2026-01-01")
    assert client.post("/api/v1/payment-schedule/", {"hours": 5}, "application/json").status_code == 422
    client.post("/api/v1/payment-schedule/", {"hours": 0}, "application/json")
    refused = client.post("/api/v1/payment-readings/", content_type="application/json")
    assert refused.status_code == 409
    assert "administrator can switch it on" in refused.json()["detail"]


def test_the_beat_reads_whose_turn_it_is(books: Connection, payer: Payer, work: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("quickbooks_bridge.tasks.read_payments.delay", carry_on)
    payer.pay((work[1], "900.00"))
    payments()
    assert PaymentReading.objects.get().ended_at
    assert Payment.objects.get().amount == 900
    payments()
    assert PaymentReading.objects.count() == 1


def test_a_payment_and_a_bill_open_in_quickbooks_for_who_sees_them(
    books: Connection, payer: Payer, work: Any, client: Client, vic: Membership, olga: Membership, ian: Membership
) -> None:
    check = payer.pay((work[1], "100.00"))
    carry_on(books.company_id)
    for member, status in ((vic, 302), (olga, 404), (ian, 404)):
        client.force_login(member.user)
        assert client.get(f"/quickbooks/documents/BillPayment/{check['Id']}/").status_code == status
        assert client.get(f"/quickbooks/documents/Bill/{work[1]['Id']}/").status_code == status
