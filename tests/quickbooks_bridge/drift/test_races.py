"""Two who hear the same at once, and an export that lands meanwhile: on PostgreSQL, with real threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from procore_sync.acceptance.journal import verify_journal
from procore_sync.accounts.models import Company, Membership
from quickbooks_bridge.drift import examine
from quickbooks_bridge.drift_models import Drift
from quickbooks_bridge.links import remember_link
from quickbooks_bridge.models import Connection
from tests.factories import make_cost_code, synced

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
