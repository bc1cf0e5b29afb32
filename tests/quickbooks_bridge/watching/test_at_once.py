"""Two processes at the same time, on PostgreSQL."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import close_old_connections, transaction

from procore_sync.accounts.models import Company
from quickbooks_bridge.importers import bill_mirror
from quickbooks_bridge.models import Connection, LedgerBill, PaymentCursor
from quickbooks_bridge.watch_models import WebhookDelivery, WebhookEvent
from quickbooks_bridge.watching import deliveries
from tests.quickbooks_bridge.watching.test_deliveries import REALM, cloud

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def at_once(*tasks: Callable[[], object]) -> None:
    """All of them, each in a thread of its own."""
    failures: list[BaseException] = []

    def run(task: Callable[[], object]) -> None:
        try:
            task()
        except Exception as failure:
            failures.append(failure)
        finally:
            close_old_connections()

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=20)
    assert not failures


def bill(company: Company, token: str, total: str) -> LedgerBill:
    amount = Decimal(total)
    return LedgerBill(
        company=company,
        entity="Bill",
        remote_id="17",
        vendor_id="14",
        total=amount,
        gross=amount,
        balance=amount,
        sync_token=token,
    )


def test_an_older_state_never_overtakes_a_newer_one(company: Company) -> None:
    PaymentCursor.objects.create(company=company, entity="Bill")
    written = threading.Event()

    def newer() -> None:
        with transaction.atomic():
            bill_mirror.store(company.pk, "Bill", [bill(company, "5", "500.00")], [])
            written.set()
            threading.Event().wait(0.3)

    def older() -> None:
        written.wait(10)
        with transaction.atomic():
            bill_mirror.store(company.pk, "Bill", [bill(company, "4", "400.00")], [])

    at_once(newer, older)
    assert LedgerBill.objects.get().total == Decimal("500.00")


def test_the_same_events_in_two_orders_at_once_are_kept_once(company: Company) -> None:
    Connection.objects.create(company=company, realm_id=REALM, environment="sandbox")
    events = [cloud("bill", str(one)) for one in range(2000)]
    bodies = [json.dumps(told).encode() for told in (events, events[::-1], events)]
    at_once(*(lambda body=body: deliveries.store(body) for body in bodies))
    assert WebhookEvent.objects.count() == 2000
    assert sorted(WebhookDelivery.objects.values_list("times", flat=True)) == [1, 2]
