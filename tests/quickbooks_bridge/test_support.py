"""The support bundle: what a supporter needs is in it, and nothing that anybody could misuse or would miss."""

from __future__ import annotations

import io
import json
import logging
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as live
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from procore_sync.acceptance.models import Attempt, Submission
from procore_sync.accounts.models import Company, Membership, User
from procore_sync.development.children import ROOT
from procore_sync.kit.refusals import NotAllowed
from quickbooks_bridge import recent, support
from quickbooks_bridge.ledgers import ledger_for
from quickbooks_bridge.models import Connection, Cursor
from tests.factories import make_vendor
from tests.quickbooks_bridge.conftest import consent, work
from tests.quickbooks_bridge.emulator_process import OTHER_REALM, REALM, EmulatorProcess

Accept = Callable[..., Submission]
#: What a vendor says of itself, and what would be QuickBooks' own words.
PERSONAL = {
    "name": "Ridge Masonry of Olaf Quill",
    "street": "17 Kiln Lane",
    "city": "Eastport Harbour",
    "phone": "555-012-7788",
    "email": "olaf@ridge.test",
}


def opened(made: bytes) -> dict[str, str]:
    """The files of a bundle."""
    with zipfile.ZipFile(io.BytesIO(made)) as bundle:
        return {name: bundle.read(name).decode() for name in bundle.namelist()}


@pytest.fixture
def lived(
    books: Connection, max_pm: Membership, accept: Accept, emulator: EmulatorProcess, settings: Settings
) -> Connection:
    """A company of which records were sent, refused, lost and wait; and secrets wherever there can be some."""
    settings.QUICKBOOKS_WEBHOOK_TOKEN = "webhook-verifier-sesame"
    settings.METRICS_TOKEN = "metrics-sesame-token"
    settings.REDIS_URL = "redis://:redis-pass-sesame@127.0.0.1:6379/0"
    settings.EMAIL_HOST_PASSWORD = "mail-pass-sesame"
    settings.OIDC_SECRET = "oidc-secret-sesame"
    work(accept(make_vendor(max_pm, **PERSONAL).erp))
    emulator.write("Customer", {"DisplayName": "Taken Quill"})
    work(accept(make_vendor(max_pm, "Taken Quill").erp))
    emulator.fault("drop", entity="vendor")
    work(accept(make_vendor(max_pm, "Lost Quill").erp))
    accept(make_vendor(max_pm, "Waiting Quill").erp)
    Cursor.objects.filter(entity="Item").update(error="Item “Quill” of olaf@ridge.test, call +1 (555) 012-7788: no.")
    return books


def newest_migration() -> str:
    """The name of the bridge's last one, by its file."""
    return sorted(path.stem for path in (ROOT / "quickbooks_bridge" / "migrations").glob("0*.py"))[-1]


def test_what_a_supporter_asks_for_is_in_it(lived: Connection, alma: Membership) -> None:
    files = opened(support.bundle(by=alma))
    told: dict[str, Any] = {name: json.loads(text) for name, text in files.items() if name.endswith(".json")}
    assert sorted(files) == [
        "README.txt",
        "attempts.json",
        "calls.txt",
        "connection.json",
        "journal.json",
        "lists.json",
        "queue.json",
        "settings.json",
        "versions.json",
    ]
    kept = list(Attempt.objects.order_by("-started_at", "-pk").values_list("intuit_tid", "fault_code", "outcome"))
    assert [(one["intuit_tid"], one["fault_code"], one["outcome"]) for one in told["attempts.json"]] == kept
    assert "6240" in {code for _, code, _ in kept}
    sent = [one.sent_under for one in Attempt.objects.order_by("-started_at", "-pk")]
    assert [one["request_id"] for one in told["attempts.json"]] == sent
    assert len(set(sent)) > 1
    assert told["connection.json"]["status"] == "connected"
    assert told["connection.json"]["realm_id"] == REALM
    assert len(told["connection.json"]["ends"]) == 2
    assert told["connection.json"]["points"]["purchase_orders"] == "ok"
    assert {one["work"] for one in told["queue.json"]["work"]} == {"done", "parked", "uncertain", "due"}
    assert told["journal.json"] == {
        "holds": True,
        "first_broken_row": None,
        "rows": 10,
        "last_hash": told["journal.json"]["last_hash"],
    }
    assert told["versions.json"]["packages"]["django"].startswith("5.")
    assert told["versions.json"]["migrations"]["quickbooks_bridge"]["last"] == newest_migration()
    assert told["settings.json"]["QUICKBOOKS_ENVIRONMENT"] == "emulator"
    assert told["settings.json"]["SECRET_KEY"] == "set"
    assert [one["error"] for one in told["lists.json"]["names"] if one["error"]] == [
        "Item “[hidden]” of [hidden] call [hidden]: no."
    ]


def test_no_secret_no_body_and_nobody_s_name_is_in_it(lived: Connection, alma: Membership) -> None:
    lived.refresh_from_db()
    text = "\n".join(opened(support.bundle(by=alma)).values())
    secrets = [
        lived.access_token,
        lived.refresh_token,
        live.SECRET_KEY,
        *live.TOKEN_KEYS,
        live.QUICKBOOKS_CLIENT_SECRET,
        live.QUICKBOOKS_CLIENT_ID,
        "sesame",
    ]
    sealed = Connection.objects.raw("SELECT id, refresh_token AS why FROM quickbooks_bridge_connection")
    assert all(secret and secret not in text for secret in secrets)
    assert str(sealed[0].why) not in text
    assert not [value for value in PERSONAL.values() if value in text]
    assert "Quill" not in text
    assert not [user.email for user in User.objects.all() if user.email in text]
    assert not [user.name for user in User.objects.all() if user.name and user.name in text]
    assert "@" not in text


def test_a_secret_that_came_in_all_the_same_is_taken_out(lived: Connection, alma: Membership) -> None:
    Attempt.objects.update(request_id="metrics-sesame-token", fault_code="mail-pass-sesame")
    text = "\n".join(opened(support.bundle(by=alma)).values())
    assert "sesame" not in text
    assert support.HIDDEN in text


def test_nothing_of_another_company_is_in_it(
    lived: Connection, alma: Membership, olga: Membership, emulator: EmulatorProcess
) -> None:
    logger, handler = logging.getLogger("quickbooks_bridge.client.transport"), recent.RecentCalls()
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    recent._KEPT.clear()
    try:
        ledger_for(lived).company_info()
        olga.role = alma.role
        olga.save()
        other = consent(emulator, olga, OTHER_REALM)
        ledger_for(other).company_info()
        ours, theirs = opened(support.bundle(by=alma)), opened(support.bundle(by=olga))
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    assert REALM in ours["calls.txt"]
    assert "intuit_tid" in ours["calls.txt"]
    for name, text in ours.items():
        assert OTHER_REALM not in text, name
        assert "Other Books" not in text, name
    assert OTHER_REALM in theirs["calls.txt"]
    assert REALM not in "".join(theirs.values())
    assert json.loads(theirs["attempts.json"]) == []


def test_it_is_made_before_anything_was_ever_connected(alma: Membership, company: Company) -> None:
    files = opened(support.bundle(by=alma))
    assert json.loads(files["connection.json"]) == {"status": "never connected"}
    assert files["calls.txt"] == ""


def test_only_an_administrator_gets_it_by_one_press(
    connected: Connection, client: Client, alma: Membership, ada: Membership, max_pm: Membership
) -> None:
    for member in (ada, max_pm):
        with pytest.raises(NotAllowed):
            support.bundle(by=member)
    client.force_login(alma.user)
    assert "Make the support file" in client.get(reverse("quickbooks_bridge:connection")).content.decode()
    answer = client.post(reverse("quickbooks_bridge:support"))
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/zip", "no-store")
    assert answer["Content-Disposition"].startswith('attachment; filename="support-harbor-row')
    assert "README.txt" in opened(answer.content)
    client.force_login(ada.user)
    assert client.post(reverse("quickbooks_bridge:support")).status_code == 403
