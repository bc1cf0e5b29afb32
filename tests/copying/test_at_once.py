"""Two administrators change the settings of one company in the same moment, on PostgreSQL."""

from __future__ import annotations

from threading import Thread
from time import sleep
from typing import Any

import pytest
from django.db import connection

from procore_sync.acceptance.refusals import ChangedSinceSeen
from procore_sync.accounts.models import Company, Membership
from procore_sync.accounts.operations import note_settings
from procore_sync.copying.operations import copy_settings, plan_for, settings_of
from quickbooks_bridge import bill_needs
from tests.copying.test_copying import connect, there

__all__ = ["there"]
pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_copied_and_saved_on_its_own_page_at_once_neither_is_broken_off_nor_overwritten(
    alma: Membership, there: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who copies holds the company and waits for its connection; who saves holds that and writes down what changed."""
    row = connect(alma.company)
    given = settings_of(there)
    seen = plan_for(alma, given).seen
    failures, threads = list[Exception](), list[Thread]()

    def copy() -> None:
        try:
            copy_settings(given, ["bills"], seen=seen, by=alma)
        except Exception as failure:
            failures.append(failure)
        finally:
            connection.close()

    def slowly(company: Company, **named: Any) -> None:
        if not threads:
            threads.append(Thread(target=copy))
            threads[0].start()
            sleep(0.5)
        note_settings(company, **named)

    monkeypatch.setattr(bill_needs, "note_settings", slowly)
    bill_needs.save_needs(row, {"papers_needed": True}, by=alma)
    threads[0].join(timeout=20)

    assert [type(one) for one in failures] == [ChangedSinceSeen]
    row.refresh_from_db()
    assert (row.papers_needed, row.class_needed) == (True, False)
    seen = plan_for(alma, given).seen
    copy_settings(given, ["bills"], seen=seen, by=alma)
    row.refresh_from_db()
    assert (row.papers_needed, row.class_needed) == (False, True)
