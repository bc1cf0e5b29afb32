"""The look-alike posts to the running console as Intuit does, and badly; one look, and both hold the same."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from quickbooks_bridge.drift_models import Drift
from quickbooks_bridge.models import Connection, LedgerName, Link
from quickbooks_bridge.watch_models import WebhookDelivery, WebhookEvent
from tests.quickbooks_bridge.emulator_process import REALM, EmulatorProcess
from tests.quickbooks_bridge.payers import Payer
from tests.quickbooks_bridge.watching.conftest import look
from tests.quickbooks_bridge.watching.test_hints import _books, _mirror

TOKEN = "5f1c9f0e-verifier"


@pytest.fixture
def errand(emulator: EmulatorProcess, live_server: LiveServer, settings: Settings) -> Any:
    """The bookkeeper's hands; the look-alike posts doubled, disordered, and a third of it never."""
    settings.QUICKBOOKS_WEBHOOK_TOKEN = TOKEN
    settings.ALLOWED_HOSTS = ["*"]
    wishes = {"token": TOKEN, "delay": 60, "duplicates": 50, "disorder": 50, "loss": 30}
    emulator.control("webhooks", {"url": f"{live_server.url}/quickbooks/webhooks/", **wishes})

    def done(what: str, entity: str, key: str, **more: Any) -> Any:
        return emulator.control(f"desk/{what}", {"realm": REALM, "entity": entity, "id": key, **more})

    return done


def deliver(emulator: EmulatorProcess, **wishes: Any) -> list[Any]:
    """The minute passes, and what waits is posted; then what disorder held back."""
    emulator.control("webhooks", wishes)
    for _ in range(2):
        emulator.control("clock", {"advance_seconds": 70})
        posts: list[Any] = emulator.control("webhooks/deliver", {})
    return posts


def test_a_day_of_the_bookkeeper_reaches_the_console(
    watched: Connection, payer: Payer, work: Any, emulator: EmulatorProcess, errand: Any
) -> None:
    _, bill = work
    twin = emulator.write("Vendor", {"DisplayName": "Ace Electric of the West"})
    errand("pay", "Bill", bill["Id"], amount=400)
    errand("amount", "Bill", bill["Id"], amount=1100)
    errand("merge", "Vendor", twin["Id"], into=payer.vendor)
    errand("rename", "Vendor", payer.vendor, name="Ace Electrical")
    doomed = payer.bill(payer.line("70.00"))
    errand("delete", "Bill", doomed["Id"])
    posts = deliver(emulator)
    assert {answer["answer"] for post in posts for answer in post["answers"]} == {"200"}
    assert WebhookDelivery.objects.exists()
    look(watched)
    assert _mirror() == _books(emulator)
    assert not WebhookEvent.objects.filter(read_at=None).exists()
    assert not LedgerName.objects.filter(entity="Vendor", remote_id=twin["Id"]).exists()
    assert Drift.objects.get(link=Link.objects.get(entity="Bill")).what == "changed"


def test_a_post_signed_with_another_token_is_turned_away(
    watched: Connection, payer: Payer, emulator: EmulatorProcess, errand: Any
) -> None:
    errand("rename", "Vendor", payer.vendor, name="Ace Electrical")
    (post, *_) = deliver(emulator, token="another", loss=0, duplicates=0)
    assert post["answers"][0]["answer"] == "401"
    assert not WebhookDelivery.objects.exists()
