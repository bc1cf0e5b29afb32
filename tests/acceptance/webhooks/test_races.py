"""Several workers at once: real threads on PostgreSQL. None is told twice, none is left out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from time import sleep
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from procore_sync.acceptance.journal import Entry, remark_many
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.webhooks import operations, sending, spreading
from procore_sync.acceptance.webhooks.operations import Wanted
from procore_sync.acceptance.webhooks.rows import Delivery, DeliveryState, Endpoint
from procore_sync.accounts.models import Membership
from tests.acceptance.webhooks.conftest import Receiver, tick

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def remark(item: ErpItem, times: int = 1) -> None:
    """So many rows of the journal, committed together."""
    with transaction.atomic():
        remark_many([(item, Entry(by=None)) for _ in range(times)])


def at_once(count: int) -> None:
    """So many workers, let go together."""
    gate = Barrier(count)

    def run() -> None:
        try:
            gate.wait()
            for _ in range(5):
                tick()
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)


@pytest.mark.parametrize("turn", range(3))
def test_four_workers_tell_everything_once_and_in_order(
    alma: Membership, invoice: ErpItem, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, turn: int
) -> None:
    monkeypatch.setattr(spreading, "_AT_ONCE", 4)
    endpoints = [operations.register(Wanted(name, receiver.url), by=alma) for name in "ABC"]
    remark(invoice, times=10)

    at_once(4)
    tick()

    assert Delivery.objects.count() == 30
    assert len(receiver.got) == len({one.headers["webhook-id"] for one in receiver.got}) == 30
    for endpoint in endpoints:
        keys = {str(key): pk for pk, key in endpoint.deliveries.values_list("pk", "key")}
        told = [keys[one.headers["webhook-id"]] for one in receiver.got if one.headers["webhook-id"] in keys]
        assert told == sorted(told)


def test_what_two_transactions_journal_at_once_is_not_jumped_over(
    alma: Membership, invoice: ErpItem, receiver: Receiver
) -> None:
    """While events are committed by several, a sweep that reads in between loses none of them."""
    endpoint = operations.register(Wanted("Dashboard", receiver.url), by=alma)
    gate = Barrier(4)

    def write() -> None:
        try:
            gate.wait()
            for _ in range(10):
                remark(invoice)
        finally:
            connection.close()

    def read() -> None:
        try:
            gate.wait()
            for _ in range(30):
                spreading.spread()
        finally:
            connection.close()

    threads = [Thread(target=act) for act in (write, write, write, read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    spreading.spread()

    assert [one.sequence for one in endpoint.deliveries.all()] == list(range(1, 31))


@pytest.mark.parametrize("off", [timedelta(minutes=-11), timedelta(minutes=11)])
def test_hosts_whose_clocks_differ_keep_to_each_others_claims(
    alma: Membership, invoice: ErpItem, receiver: Receiver, off: timedelta
) -> None:
    """And what one of them writes down is due at once on the other."""
    with time_machine.travel(timezone.now() + off):
        operations.register(Wanted("Dashboard", receiver.url), by=alma)
        remark(invoice)
        spreading.spread()
    with time_machine.travel(timezone.now() + min(off, -off)):
        assert sending._claimed()
    with time_machine.travel(timezone.now() + max(off, -off)):
        assert sending._claimed() is None
    assert Delivery.objects.filter(due_at__gt=Now()).count() == 0


def test_an_endpoint_is_claimed_by_one(alma: Membership, invoice: ErpItem, receiver: Receiver) -> None:
    operations.register(Wanted("Dashboard", receiver.url), by=alma)
    remark(invoice)
    spreading.spread()
    gate, claimed = Barrier(6), list[Endpoint]()

    def run() -> None:
        try:
            gate.wait()
            if one := sending._claimed():
                claimed.append(one)
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert len(claimed) == 1


@pytest.mark.parametrize("pressed", [operations.send_again, operations.delete])
def test_who_presses_while_a_message_is_settled_waits_for_it(
    alma: Membership,
    invoice: ErpItem,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    pressed: Callable[..., None],
) -> None:
    """Whoever writes to both takes the endpoint first: in the other order one of the two was broken off."""
    endpoint = operations.register(Wanted("Dashboard", receiver.url), by=alma)
    remark(invoice)
    spreading.spread()
    message = endpoint.deliveries.get()
    failures, threads, write = list[Exception](), list[Thread](), sending._Outcome._write

    def press() -> None:
        try:
            pressed(message if pressed is operations.send_again else endpoint, by=alma)
        except Exception as failure:
            failures.append(failure)
        finally:
            connection.close()

    def slowly(outcome: sending._Outcome, state: DeliveryState, **columns: Any) -> None:
        if not threads:
            threads.append(Thread(target=press))
            threads[0].start()
            sleep(0.5)
        write(outcome, state, **columns)

    monkeypatch.setattr(sending._Outcome, "_write", slowly)
    sending.send_due()
    threads[0].join(timeout=20)
    sending.send_due()

    assert (failures, len(receiver.got)) == ([], 2 if pressed is operations.send_again else 1)


def test_of_two_new_secrets_at_once_the_first_still_signs(alma: Membership, receiver: Receiver) -> None:
    """Whoever was shown the first may have given it to the receiver already."""
    endpoint = operations.register(Wanted("Dashboard", receiver.url), by=alma)
    as_both_read = [Endpoint.objects.get(pk=endpoint.pk) for _ in range(2)]
    shown = list[str]()
    for one in as_both_read:
        operations.change_secret(one, by=alma)
        shown.append(one.secret)

    assert Endpoint.objects.get(pk=endpoint.pk).secrets == shown[::-1]
