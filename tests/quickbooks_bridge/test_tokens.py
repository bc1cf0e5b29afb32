"""Renewing tokens: one process at a time, stored before used, and closed when they cannot be renewed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import Any

import psycopg2
import pytest
from django.db import OperationalError
from django.db import connection as database
from django.utils import timezone

from procore_sync.acceptance.models import Notice
from procore_sync.accounts.models import Membership, User
from quickbooks_bridge import tokens
from quickbooks_bridge.client import tokens as sign_in
from quickbooks_bridge.client.faults import FaultKind
from quickbooks_bridge.client.tokens import TokenFault
from quickbooks_bridge.endpoints import endpoints
from quickbooks_bridge.ledgers import ledger_for
from quickbooks_bridge.models import Connection
from quickbooks_bridge.tokens import ConnectionTokens
from tests.quickbooks_bridge.emulator_process import EmulatorProcess


def expire(row: Connection) -> None:
    """Let the access token end."""
    Connection.objects.filter(pk=row.pk).update(access_expires_at=timezone.now())
    tokens.forget(row.pk)


def test_a_token_is_renewed_before_it_ends_and_stored_before_it_is_used(
    connected: Connection, emulator: EmulatorProcess
) -> None:
    emulator.control("clock", {"advance_seconds": 3700 + 86400})
    expire(connected)
    source = ConnectionTokens(connected.pk)
    token = source.access_token()
    before = connected.refresh_token
    connected.refresh_from_db()
    assert connected.access_token == token
    assert connected.refresh_token != before
    assert connected.refreshing_until is None
    assert source.access_token() == token
    assert len(emulator.requests("tokens/bearer")) == 1


def test_a_good_token_is_not_read_from_the_database_for_each_call(
    connected: Connection, django_assert_num_queries: Callable[[int], Any]
) -> None:
    source = ConnectionTokens(connected.pk)
    source.access_token()
    with django_assert_num_queries(0):
        source.access_token()


def test_a_token_that_somebody_renewed_meanwhile_is_taken_without_a_call(
    connected: Connection, emulator: EmulatorProcess
) -> None:
    source = ConnectionTokens(connected.pk)
    stale = source.access_token()
    Connection.objects.filter(pk=connected.pk).update(access_token="newer", token_version=99)
    assert source.refreshed(stale) == "newer"
    assert emulator.requests("tokens/bearer") == []


def test_an_ended_sign_in_closes_the_company_and_mails_once(
    connected: Connection, emulator: EmulatorProcess, alma: Membership
) -> None:
    sign_in.revoke(endpoints(), connected.refresh_token)
    for _ in range(2):
        expire(connected)
        with pytest.raises(TokenFault) as failed:
            ConnectionTokens(connected.pk).access_token()
        assert failed.value.kind is FaultKind.DISCONNECTED
    connected.refresh_from_db()
    assert connected.status == "needs_login"
    (notice,) = Notice.objects.all()
    assert notice.to == alma.user.email
    assert "/quickbooks/" in notice.body
    assert connected.refresh_token not in notice.body


def test_an_ended_sign_in_is_mailed_in_the_language_of_who_reads_it(connected: Connection, alma: Membership) -> None:
    User.objects.filter(pk=alma.user_id).update(language="es")
    why = "QuickBooks has ended the connection; an administrator has to connect it again."
    tokens.needs_login(connected.pk, connected.token_version, why)
    notice = Notice.objects.get()
    assert notice.subject == "QuickBooks necesita que se inicie sesión de nuevo"
    assert "QuickBooks ya no acepta el inicio de sesión de Harbor Row Builders." in notice.body
    assert "QuickBooks terminó la conexión" in notice.body
    assert "No se pierde nada" in notice.body


def test_of_two_who_learn_at_once_that_it_ended_one_mails(connected: Connection, alma: Membership) -> None:
    for _ in range(2):
        tokens.needs_login(connected.pk, connected.token_version, "It ended.")
    assert Notice.objects.count() == 1


def test_a_late_failure_does_not_close_what_was_connected_anew(connected: Connection) -> None:
    tokens.needs_login(connected.pk, connected.token_version - 1, "It ended.")
    connected.refresh_from_db()
    assert connected.is_connected
    assert not Notice.objects.exists()


def test_a_renewer_that_died_with_the_new_token_leaves_the_company_closed_and_nothing_lost(
    connected: Connection, emulator: EmulatorProcess
) -> None:
    emulator.control("switches", {"refresh_rotates_every_seconds": 0})
    sign_in.refresh(endpoints(), connected.refresh_token)
    Connection.objects.filter(pk=connected.pk).update(refreshing_until=timezone.now() - timedelta(seconds=1))
    expire(connected)
    with pytest.raises(TokenFault):
        ConnectionTokens(connected.pk).access_token()
    connected.refresh_from_db()
    assert connected.status == "needs_login"


def test_a_renewer_that_died_before_it_asked_holds_nobody_up_after_its_lease(connected: Connection) -> None:
    Connection.objects.filter(pk=connected.pk).update(refreshing_until=timezone.now() - timedelta(seconds=1))
    expire(connected)
    assert ConnectionTokens(connected.pk).access_token()


def test_while_another_renews_it_is_waited_for_and_then_said(
    connected: Connection, monkeypatch: pytest.MonkeyPatch, emulator: EmulatorProcess
) -> None:
    monkeypatch.setattr(tokens, "_LOOKS", 4)
    Connection.objects.filter(pk=connected.pk).update(refreshing_until=timezone.now() + timedelta(seconds=30))
    expire(connected)
    with pytest.raises(TokenFault) as failed:
        ConnectionTokens(connected.pk).access_token()
    assert failed.value.kind is FaultKind.NOT_SENT
    assert emulator.requests("tokens/bearer") == []


def test_whoever_waited_for_a_renewal_that_came_to_nothing_looks_once_more_and_renews(
    connected: Connection, monkeypatch: pytest.MonkeyPatch, emulator: EmulatorProcess
) -> None:
    monkeypatch.setattr(tokens, "_LOOKS", 2)
    mine = Connection.objects.filter(pk=connected.pk)
    monkeypatch.setattr(tokens, "sleep", lambda _: mine.update(refreshing_until=None))
    mine.update(refreshing_until=timezone.now() + timedelta(hours=1))
    expire(connected)
    assert ConnectionTokens(connected.pk).access_token() != connected.access_token
    assert len(emulator.requests("tokens/bearer")) == 1


def test_a_lost_answer_of_the_sign_in_service_is_tried_again_and_closes_nothing(
    connected: Connection, emulator: EmulatorProcess, settings: Any
) -> None:
    expire(connected)
    good = settings.QUICKBOOKS_DISCOVERY_URL
    settings.QUICKBOOKS_DISCOVERY_URL = "http://127.0.0.1:9/"
    with pytest.raises(TokenFault) as failed:
        ConnectionTokens(connected.pk).access_token()
    assert failed.value.kind is FaultKind.NOT_SENT
    settings.QUICKBOOKS_DISCOVERY_URL = good
    assert ConnectionTokens(connected.pk).access_token()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_renew_once(connected: Connection, emulator: EmulatorProcess) -> None:
    emulator.control("switches", {"refresh_rotates_every_seconds": 0})
    expire(connected)
    emulator.control("requests", method="DELETE")
    together = threading.Barrier(8)
    failed: list[BaseException] = []

    def call() -> None:
        try:
            together.wait(timeout=10)
            tokens.forget(connected.pk)
            ledger_for(connected).company_info()
        except BaseException as error:
            failed.append(error)
        finally:
            database.close()

    workers = [threading.Thread(target=call) for _ in range(8)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(timeout=30)
    assert failed == []
    assert len(emulator.requests("tokens/bearer")) == 1
    connected.refresh_from_db()
    assert connected.is_connected


def test_a_database_that_is_away_when_the_new_tokens_come_does_not_lose_them(
    connected: Connection, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator.control("switches", {"refresh_rotates_every_seconds": 0})
    expire(connected)
    away, pauses = [True, True], list[float]()

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        database.needs_rollback = False  # a test stands in a transaction, a renewal never does

    monkeypatch.setattr("quickbooks_bridge.tokens.sleep", pause)

    def answer(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("UPDATE") and '"refresh_token"' in sql and away:
            away.pop()
            raise OperationalError("the server closed the connection unexpectedly")
        return execute(sql, params, many, context)

    with database.execute_wrapper(answer):
        token = ConnectionTokens(connected.pk).access_token()
    assert (away, len(pauses)) == ([], 2)
    before = connected.refresh_token
    connected.refresh_from_db()
    assert (connected.access_token, connected.is_connected) == (token, True)
    assert connected.refresh_token != before
    expire(connected)
    assert ConnectionTokens(connected.pk).access_token()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_session_that_is_cut_when_the_new_tokens_come_does_not_lose_them(
    connected: Connection, emulator: EmulatorProcess
) -> None:
    emulator.control("switches", {"refresh_rotates_every_seconds": 0})
    expire(connected)
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (session,) = cursor.fetchone()
    cut = [session]

    def answer(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("UPDATE") and '"refresh_token"' in sql and cut:
            with closing(psycopg2.connect(**database.get_connection_params())) as other, other.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s)", [cut.pop()])
        return execute(sql, params, many, context)

    try:
        with database.execute_wrapper(answer):
            token = ConnectionTokens(connected.pk).access_token()
    finally:
        database.close()  # where it was not opened again, the tests after this one would find it shut
    assert cut == []
    connected.refresh_from_db()
    assert (connected.access_token, connected.is_connected) == (token, True)
    expire(connected)
    assert ConnectionTokens(connected.pk).access_token()


def test_newer_tokens_are_not_written_over_by_those_of_a_late_renewal(connected: Connection) -> None:
    now = timezone.now()
    late = sign_in.Tokens("late-access", "late-refresh", now + timedelta(hours=1), now + timedelta(days=100), None)
    held = connected.refresh_token
    assert not tokens.store(connected.pk, late, version=connected.token_version - 1)
    connected.refresh_from_db()
    assert connected.refresh_token == held


def test_all_waits_for_a_database_lie_within_the_lease_of_whoever_renews() -> None:
    assert sum(tokens._WHILE_AWAY) + tokens._RENEWAL.total < tokens.LEASE.total_seconds()
