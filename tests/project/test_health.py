"""What probes are answered, and to whom the figures are told."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, connections
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from procore_sync.acceptance.models import Heartbeat
from procore_sync.accounts.models import Company
from quickbooks_bridge.models import Connection
from quickbooks_bridge.watch_models import Sweep

SECRET = "metrics-token"


def missing(client: Client) -> tuple[int, dict[str, Any]]:
    response = client.get("/readyz")
    answer = json.loads(response.content)
    assert answer["ready"] == (response.status_code == 200) == (not answer["missing"])
    return response.status_code, answer["missing"]


def test_it_is_up_without_asking_the_database(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"up": True})


@pytest.mark.database
@pytest.mark.django_db
def test_it_is_ready_when_all_parts_answer(client: Client) -> None:
    assert missing(client) == (200, {})


@pytest.mark.django_db
def test_a_migration_that_is_not_applied_is_named(client: Client) -> None:
    MigrationRecorder(connection).record_unapplied("vendors", "0004_who_saved_last")
    status, parts = missing(client)
    assert (status, list(parts)) == (503, ["migrations"])
    assert "vendors.0004_who_saved_last" in parts["migrations"]
    assert "manage.py migrate" in parts["migrations"]


@pytest.mark.django_db
def test_a_redis_that_does_not_answer_is_named_and_keeps_nobody_out(client: Client, settings: Any) -> None:
    """People decide as ever without it, so whoever routes by the answer must go on routing here."""
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert missing(client) == (200, {})
    waits = client.get("/readyz").json()["waits_for"]
    assert list(waits) == ["redis"]
    assert "REDIS_URL" in waits["redis"]


@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_named(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OperationalError("connection refused for user console with password s3cret")

    monkeypatch.setattr(connections["default"], "cursor", refuse)
    status, parts = missing(client)
    assert (status, set(parts)) == (503, {"database", "migrations"})
    assert "s3cret" not in json.dumps(parts)


@pytest.mark.django_db
def test_figures_are_told_only_to_whoever_brings_the_token(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    settings.METRICS_TOKEN = SECRET
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer other"}).status_code == 404
    assert client.get("/metrics", headers={"Authorization": f"Bearer {SECRET}"}).status_code == 200


@pytest.mark.django_db
def test_the_figures_name_no_company(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = SECRET
    said = client.get("/metrics", headers={"Authorization": f"Bearer {SECRET}"}).content.decode()
    assert 'console_items{status="synced"} 0.0' in said
    assert 'console_submissions{work="uncertain"} 0.0' in said
    assert "console_oldest_due_seconds 0.0" in said
    assert 'console_attempts_last_hour{outcome="refused"} 0.0' in said
    assert 'console_waiting_amount{work="parked"} 0.0' in said
    assert "console_oldest_moving_seconds 0.0" in said
    assert "console_paused_companies 0.0" in said
    assert "company=" not in said


@pytest.mark.django_db
def test_processes_sign_ins_and_looks_are_figures_too(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = SECRET
    now = timezone.now()
    ends = {"refresh_expires_at": now + timedelta(days=40), "paused_until": now + timedelta(minutes=1)}
    for slug in ("harbor-row", "other"):
        company = Company.objects.create(name=slug, slug=slug)
        Connection.objects.create(company=company, realm_id=slug, environment="sandbox", **ends)
        Sweep.objects.create(company=company, leased_until=now, ended_at=now - timedelta(minutes=10))
    Heartbeat.objects.create(name="worker", at=now - timedelta(minutes=3))
    said = client.get("/metrics", headers={"Authorization": f"Bearer {SECRET}"}).content.decode()
    assert 'console_heartbeat_age_seconds{process="worker"} 180.' in said
    assert "console_sign_in_days 39.0" in said
    assert "console_last_look_seconds 600." in said
    assert "console_paused_companies 2.0" in said
    assert "harbor" not in said


@pytest.mark.django_db
def test_probes_are_never_cached_and_change_nothing(client: Client) -> None:
    for path in ("/healthz", "/readyz"):
        assert "no-store" in client.get(path).headers["Cache-Control"]
        assert client.post(path).status_code == 405
