"""A company whose books stand in a running emulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db.models import QuerySet
from django.utils import timezone
from pytest_django import Settings

from procore_sync.acceptance import courier as registry
from procore_sync.acceptance import engine, operations
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.accounts.models import Membership, RightsChange
from quickbooks_bridge import connecting, ledgers, tokens
from quickbooks_bridge.client.tokens import forget_discovery
from quickbooks_bridge.courier import QuickBooksCourier
from quickbooks_bridge.endpoints import page_url
from quickbooks_bridge.importers.names import refresh
from quickbooks_bridge.models import Connection
from quickbooks_bridge.reconciling import gate
from tests.cast import ada, alma, company, ian, max_pm, olga, other_company, vic
from tests.quickbooks_bridge.emulator_process import REALM, EmulatorProcess
from tests.scenes import kept, scenes

__all__ = ["ada", "alma", "company", "ian", "max_pm", "olga", "other_company", "vic"]

BEGAN = list(gate._began)


@pytest.fixture(scope="session")
def emulator_process() -> Iterator[EmulatorProcess]:
    """One for all files of a test process, those that import this too: what is kept stands in its books."""
    running = scenes.beside.get("emulator")
    if isinstance(running, EmulatorProcess):
        yield running
        return
    process = EmulatorProcess()
    scenes.beside["emulator"] = process
    yield process
    process.stop()


@pytest.fixture
def emulator(db: None, emulator_process: EmulatorProcess, settings: Settings) -> EmulatorProcess:
    """The emulator as new, or as the kept beginning of a test has left it, and the console pointed at it."""
    emulator_process.reset(scenes.mark("emulator"))
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
    gate.begin()
    # What is kept was looked at before this test, and after the process began.
    gate._began[:] = BEGAN
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


def rules_changed() -> QuerySet[RightsChange]:
    """What was changed of rights and rules, the oldest first, but which QuickBooks company is connected."""
    return RightsChange.objects.exclude(changes__0__label="QuickBooks company").order_by("pk")


@pytest.fixture
@kept
def connected(emulator: EmulatorProcess, alma: Membership) -> Connection:
    """Harbor Row, connected; the calls of that are not counted."""
    row = consent(emulator, alma)
    emulator.control("requests", method="DELETE")
    return row


@pytest.fixture
@kept
def books(connected: Connection, emulator: EmulatorProcess) -> Connection:
    """Harbor Row, connected, and its names read."""
    assert not [one.error for one in refresh(connected) if one.error]
    return connected


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
