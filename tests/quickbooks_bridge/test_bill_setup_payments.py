"""The checklist knows whether payments come back."""

from __future__ import annotations

from procore_sync.accounts.models import Membership
from quickbooks_bridge.bill_setup import State, set_up_of
from quickbooks_bridge.models import Connection, Every
from quickbooks_bridge.payment_schedules import set_schedule
from tests.quickbooks_bridge.test_bills import retainage

__all__ = ["retainage"]


def test_payments_that_are_read_are_the_last_step(books: Connection, retainage: str, alma: Membership) -> None:
    assert set_up_of(books.company_id, books).state == State.ACTIVE
    set_schedule(books.company, Every.TWO_HOURS, by=alma)
    fresh = Connection.objects.get(pk=books.pk)
    told = set_up_of(fresh.company_id, fresh)
    assert told.state == State.PAYMENTS_ON
    assert told.steps[-1].sentence == "Payments are read from QuickBooks: every 2 hours."
    set_schedule(books.company, Every.NEVER, by=alma)
    fresh = Connection.objects.get(pk=books.pk)
    assert set_up_of(fresh.company_id, fresh).state == State.ACTIVE
