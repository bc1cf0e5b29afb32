"""Who is shown to have a record open, and that nobody waits for Redis because of it."""

from __future__ import annotations

import time

import pytest
from django.test import Client
from pytest_django import Settings

from procore_sync.acceptance import looking
from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.models import Company, Membership, Role
from tests.acceptance.conftest import member

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def awake(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a process begins."""
    monkeypatch.setattr(looking, "_rests_until", 0.0)
    looking._here.clear()


def browser(who: Membership) -> Client:
    client = Client()
    client.force_login(who.user)
    return client


@pytest.mark.parametrize("where", ["process", "redis"])
def test_others_see_who_has_a_record_open_until_he_leaves(
    where: str,
    request: pytest.FixtureRequest,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    ada: Membership,
    bea: Membership,
    sent_invoice: ErpItem,
) -> None:
    settings.REDIS_URL = "memory://" if where == "process" else request.getfixturevalue("redis_url")
    other = Company.objects.create(name="Other Books Inc", slug="other-books")
    page, rows = f"/review/{sent_invoice.pk}/", {"HX-Request": "true", "HX-Target": "rows"}
    before = browser(ada).get("/inbox/", headers=rows)
    assert "looking at this" not in browser(bea).get(page).content.decode()

    assert "Bea is looking at this" in browser(ada).get(page).content.decode()
    changed = browser(ada).get("/inbox/", headers={**rows, "If-None-Match": before.headers["ETag"]})
    assert changed.status_code == 200
    assert "Bea is looking at this" in changed.content.decode()
    assert "Bea is looking" not in browser(bea).get("/inbox/").content.decode()
    olga = member(other, "Olga", Role.ACCOUNTANT)
    assert looking.note_lookers([sent_invoice], olga)[0].looking == []  # type: ignore[attr-defined]

    monkeypatch.setattr(looking, "FORGOTTEN_AFTER", -1)
    assert "looking at this" not in browser(ada).get("/inbox/").content.decode()


def test_without_redis_pages_come_at_once_and_nobody_is_shown(
    settings: Settings, ada: Membership, sent_invoice: ErpItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    assert browser(ada).get(f"/review/{sent_invoice.pk}/").status_code == 200
    assert looking._rests_until > time.monotonic() + 20

    asked: list[str] = []
    monkeypatch.setattr(looking, "_server", asked.append)
    assert browser(ada).get("/inbox/").status_code == 200
    assert asked == []
