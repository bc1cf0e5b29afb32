"""Two who hear the same at once, and an export that lands meanwhile: on PostgreSQL, with real threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
import requests
from django.db import connection

from procore_sync.acceptance import engine
from procore_sync.acceptance.journal import verify_journal
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.accounts.models import Company, Membership
from quickbooks_bridge.drift import examine, look_again
from quickbooks_bridge.drift_models import Drift
from quickbooks_bridge.links import remember_link
from quickbooks_bridge.models import Connection, HeardInFlight, Link
from tests.factories import make_cost_code, make_vendor, synced
from tests.quickbooks_bridge.emulator_process import REALM, EmulatorProcess
from vendors.models import Vendor

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
AT_ONCE = 4


def test_many_who_hear_the_same_at_once_make_one_card_each(company: Company, max_pm: Membership) -> None:
    row = Connection.objects.create(company=company, realm_id="1", environment="emulator")
    documents = []
    for number in range(20):
        held = {"Id": str(number), "SyncToken": "0", "Name": f"C{number}", "Type": "Service"}
        remember_link(synced(make_cost_code(max_pm, f"C{number}")).erp, "Item", held, verified=None)
        documents.append({**held, "SyncToken": "1", "Name": f"Renamed {number}"})
    together = Barrier(AT_ONCE)

    def hear(turn: int) -> int:
        try:
            together.wait(timeout=20)
            return examine(row, "Item", documents[:: -1 if turn % 2 else 1], heard_by="a thread")
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        new = list(pool.map(hear, range(AT_ONCE)))
    assert sorted(new) == [0, 0, 0, 20]
    assert Drift.objects.filter(answer="").count() == 20
    assert verify_journal(company) is None


def test_who_reads_while_we_write_makes_no_card_of_our_own_writes(
    books: Connection, emulator: EmulatorProcess, max_pm: Membership, accept: Callable[..., Submission]
) -> None:
    vendors = [make_vendor(max_pm, f"Kestrel {number}", phone="1") for number in range(5)]
    landed, read = Event(), []

    def listen() -> None:
        try:
            while not landed.is_set():
                told = requests.get(f"{emulator.url}/_control/documents/{REALM}/Vendor", timeout=10).json()
                examine(books, "Vendor", told, heard_by="a thread")
                read.append(len(told))
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        listening = pool.submit(listen)
        for turn in range(4):
            Vendor.objects.update(phone=f"617-555-010{turn}")
            ErpItem.objects.filter(kind="vendor").update(revision=turn + 1)
            for vendor in vendors:
                engine.work(accept(ErpItem.objects.get(pk=vendor.erp_id)).pk)
        landed.set()
        listening.result(timeout=30)
    look_again()
    assert len(read) > len(vendors)
    assert not Drift.objects.exists()
    assert not HeardInFlight.objects.exists()
    assert set(Link.objects.filter(item__kind="vendor").values_list("health", "item__differs")) == {("ok", False)}
