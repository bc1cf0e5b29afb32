"""A company whose books stand in a running emulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.utils import timezone
from pytest_django import Settings

from procore_sync.acceptance import courier as registry
from procore_sync.acceptance import engine, operations
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.accounts.models import Membership
from quickbooks_bridge import connecting, ledgers, tokens
from quickbooks_bridge.client.tokens import forget_discovery
from quickbooks_bridge.courier import QuickBooksCourier
from quickbooks_bridge.endpoints import page_url
from quickbooks_bridge.importers.names import refresh
from quickbooks_bridge.models import Connection, Cursor, LedgerName
from tests.cast import ada, alma, company, ian, max_pm, olga, other_company, vic
from tests.quickbooks_bridge.emulator_process import REALM, EmulatorProcess

__all__ = ["ada", "alma", "company", "ian", "max_pm", "olga", "other_company", "vic"]


@pytest.fixture(scope="session")
def emulator_process() -> Iterator[EmulatorProcess]:
    process = EmulatorProcess()
    yield process
    process.stop()


@pytest.fixture
def emulator(emulator_process: EmulatorProcess, settings: Settings) -> EmulatorProcess:
    """The emulator as new, and the console pointed at it."""
    emulator_process.reset()
    settings.QUICKBOOKS_ENVIRONMENT = "emulator"
    settings.QUICKBOOKS_API_URL = emulator_process.url
    settings.QUICKBOOKS_DISCOVERY_URL = f"{emulator_process.url}/.well-known/openid_sandbox_configuration/"
    settings.QUICKBOOKS_CLIENT_ID = "demo-client"
    settings.QUICKBOOKS_CLIENT_SECRET = "demo-secret"
    settings.QUICKBOOKS_LIMITS = False
    return emulator_process


@pytest.fixture(autouse=True)
def surroundings(settings: Settings) -> Iterator[None]:
    """Nothing kept in the process from an earlier test, our addresses, and our courier."""
    settings.ENGINE_IN_TEST_TRANSACTION = True
    settings.PROBE_PAUSE_SECONDS = settings.BATCH_PROBE_PAUSE_SECONDS = 0
    settings.ENGINE_BACKOFF = 0.0
    tokens._kept.clear()
    ledgers._noted.clear()
    forget_discovery()
    before = list(registry._registered)
    registry.set_courier(QuickBooksCourier())
    yield
    registry._registered[:] = before


@pytest.fixture(autouse=True)
def quiet_bell(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The broker is an edge: a bell that only counts."""
    rung: list[int] = []
    for place in ("operations", "claims", "engine"):
        monkeypatch.setattr(f"procore_sync.acceptance.{place}.ring", rung.append)
    monkeypatch.setattr("quickbooks_bridge.views.ring_refresh", ring_refresh)
    monkeypatch.setattr("quickbooks_bridge.views.ring_sign_in", rung.append)
    return rung


def ring_refresh(connection_id: int, *, full: bool = False) -> bool:
    """A worker that was told and does nothing yet."""
    return True


def consent(emulator: EmulatorProcess, by: Membership, realm: str = REALM, **given: str) -> Connection:
    """Connect as a person does, without a browser."""
    begun, url = connecting.begin(by=by)
    asked = dict(parse_qsl(urlsplit(url).query))
    assert asked["redirect_uri"] == page_url("quickbooks_bridge:callback")
    told = emulator.control("authorize", {**asked, "realm": realm})["redirect"]
    returned = {**dict(parse_qsl(urlsplit(told).query)), **given}
    return connecting.complete(by=by, begun=begun.kept(), given=returned)


@pytest.fixture
def connected(emulator: EmulatorProcess, alma: Membership) -> Connection:
    """Harbor Row, connected."""
    return consent(emulator, alma)


@pytest.fixture
def books(connected: Connection, emulator: EmulatorProcess) -> Connection:
    """Harbor Row, connected, and its names read: really the first time, and then as a new emulator said them."""
    if emulator.is_as_new and _read:
        _read[0].put_under(connected)
        return connected
    assert not [one.error for one in refresh(connected) if one.error]
    if emulator.is_as_new:
        _read.append(Mirror.of(connected))
    return connected


@dataclass(frozen=True)
class Mirror:
    """What reading the names of a company has left."""

    names: list[LedgerName]
    cursors: list[Cursor]
    told: dict[str, Any]

    @classmethod
    def of(cls, connection: Connection) -> Mirror:
        told = Connection.objects.filter(pk=connection.pk).values("company_name", "country", "features").get()
        rows = LedgerName.objects.filter(company=connection.company_id)
        return cls(list(rows), list(Cursor.objects.filter(company=connection.company_id)), {**told})

    def put_under(self, connection: Connection) -> None:
        now, company = timezone.now(), connection.company
        for name in self.names:
            name.pk, name.company, name.seen_at = None, company, now
        for cursor in self.cursors:
            cursor.pk, cursor.company, cursor.full_at, cursor.last_run_at = None, company, now, now
        LedgerName.objects.bulk_create(self.names)
        Cursor.objects.bulk_create(self.cursors)
        Connection.objects.filter(pk=connection.pk).update(**self.told)


_read: list[Mirror] = []


@pytest.fixture
def accept(max_pm: Membership, ada: Membership) -> Callable[..., Submission]:
    """Send as Max and accept as Ada, with what stands there as choices."""

    def as_ada(item: ErpItem, **choices: str) -> Submission:
        operations.send(item, by=max_pm)
        submission = operations.open_submission(item)
        assert submission
        offered = registry.courier().preview(item, submission.document).choices()
        given = {one.name: one.initial for one in offered if one.initial} | choices
        return operations.accept(item, by=ada, seen=submission.digest, choices=given)

    return as_ada


def work(submission: Submission, times: int = 1) -> Submission:
    """Let the engine carry it, so often, each time as if its wait were over."""
    for _ in range(times):
        Submission.objects.filter(pk=submission.pk, due_at__isnull=False).update(
            due_at=timezone.now() - timedelta(seconds=1)
        )
        engine.work(submission.pk)
    submission.refresh_from_db()
    submission.item.refresh_from_db()
    return submission


def outcome_of(submission: Submission) -> Any:
    """The last try."""
    return submission.attempts.order_by("-number").first()
