"""The cap of a first export: what goes, what waits, and that no number of workers goes beyond it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from procore_sync.acceptance.items import open_item
from procore_sync.acceptance.models import Submission
from procore_sync.acceptance.states import Status, Work
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput, NotAllowed, Refusal
from quickbooks_bridge.connections import connection_of
from quickbooks_bridge.models import Connection
from quickbooks_bridge.onboarding.caps import cap_of, lift, set_cap, take_places
from quickbooks_bridge.onboarding.models import CapPlace, OnboardingEntry, Step
from tests.factories import make_vendor
from tests.quickbooks_bridge.conftest import work
from tests.scenes import kept


def submissions_of(by: Membership, *amounts: str) -> list[Submission]:
    """Accepted exports of so much money each."""
    items = [
        open_item(company=by.company, kind=Kind.INVOICE, label=amount, by=by, amount=Decimal(amount))
        for amount in amounts
    ]
    rows = [Submission(item=one, company=by.company, number=1, revision=1, document={}, sent_by=by) for one in items]
    return Submission.objects.bulk_create(rows)


@pytest.fixture
@kept
def row(alma: Membership) -> Connection:
    return Connection.objects.create(company=alma.company, realm_id="1", environment="emulator")


def waits(company_id: int, rows: list[Submission]) -> list[bool]:
    """Of each, whether it has to wait for the cap."""
    full = take_places(connection_of(company_id), rows)
    return [one.pk in full for one in rows]


@pytest.mark.parametrize(
    ("documents", "amount", "expected"),
    [
        (2, None, [False, False, True, True]),
        (None, "150.00", [False, True, False, True]),
        (3, "150.00", [False, True, False, True]),
        (0, None, [True, True, True, True]),
        (None, "1000.00", [False, False, False, False]),
    ],
)
def test_what_goes_under_a_cap(
    documents: int | None, amount: str | None, expected: list[bool], row: Connection, alma: Membership
) -> None:
    """Money is that of each document, also where it is below zero; a smaller one may still go where a larger waits."""
    set_cap(documents=documents, amount=Decimal(amount) if amount else None, by=alma)
    rows = submissions_of(alma, "100.00", "60.00", "-50.00", "0.01")
    assert waits(row.company_id, rows) == expected
    assert waits(row.company_id, rows) == expected, "a place is taken once"


def test_without_a_cap_nothing_is_asked(
    row: Connection, alma: Membership, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    found, rows = connection_of(row.company_id), submissions_of(alma, "1.00")
    with django_assert_num_queries(0):
        assert take_places(found, rows) == {}


def test_a_lifted_cap_lets_all_go_and_a_new_one_counts_anew(row: Connection, alma: Membership) -> None:
    set_cap(documents=1, amount=None, by=alma)
    rows = submissions_of(alma, "1.00", "2.00")
    assert waits(row.company_id, rows) == [False, True]
    lifted = lift(by=alma)
    assert lifted.figures == {"used": 1, "used_amount": "1.00", "was": "1 document"}
    assert waits(row.company_id, rows) == [False, False]
    assert not CapPlace.objects.exists()
    set_cap(documents=1, amount=None, by=alma)
    assert waits(row.company_id, rows) == [False, True]
    assert [one.step for one in OnboardingEntry.objects.all()] == [Step.CAPPED, Step.LIFTED, Step.CAPPED]


def test_who_may_cap_and_with_what(row: Connection, alma: Membership, ada: Membership) -> None:
    with pytest.raises(NotAllowed):
        set_cap(documents=1, amount=None, by=ada)
    with pytest.raises(NotAllowed):
        lift(by=ada)
    with pytest.raises(Refusal, match="no cap"):
        lift(by=alma)
    for documents, amount in ((None, None), (-1, None), (2**31, None), (None, Decimal("-0.01"))):
        with pytest.raises(InvalidInput):
            set_cap(documents=documents, amount=amount, by=alma)
    assert not OnboardingEntry.objects.exists()


def test_the_engine_stops_at_the_cap_and_says_who_lifts_it(
    books: Connection, alma: Membership, max_pm: Membership, accept: Callable[..., Submission]
) -> None:
    """Five are due at once and would go in one batch; two do."""
    set_cap(documents=2, amount=None, by=alma)
    rows = [accept(make_vendor(max_pm, f"Newcomer {at}").erp) for at in range(5)]
    for one in rows:
        work(one)
    done = [one for one in rows if one.item.status == Status.SYNCED]
    waiting = [one for one in rows if one.work == Work.WAITING]
    assert (len(done), len(waiting)) == (2, 3)
    assert "cap of the first export is reached (documents: 2/2, money: 0.00)" in waiting[0].reason
    assert (waiting[0].cure_by, waiting[0].cure_url) == ("administrator", "/quickbooks/onboarding/")
    lift(by=alma)
    assert {work(one, times=2).item.status for one in waiting} == {Status.SYNCED}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_many_workers_together_never_go_beyond_it(row: Connection, alma: Membership) -> None:
    set_cap(documents=5, amount=None, by=alma)
    rows = submissions_of(alma, *["1.00"] * 24)
    found, start = connection_of(row.company_id), threading.Barrier(8)

    def takes(own: list[Submission]) -> None:
        start.wait()
        for one in own:
            take_places(found, [one])
        connection.close()

    workers = [threading.Thread(target=takes, args=(rows[at::8],)) for at in range(8)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert CapPlace.objects.count() == 5
    assert cap_of(Connection.objects.get()).used_amount == Decimal("5.00")
