"""Sandbox and real books side by side: each connection is asked where it was made, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from procore_sync.acceptance.models import Notice, Submission
from procore_sync.acceptance.states import Work
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import InvalidInput
from quickbooks_bridge import connecting, lifetimes, tokens
from quickbooks_bridge.client.tokens import TokenFault
from quickbooks_bridge.connecting import NotConnected
from quickbooks_bridge.connections import obstacle_of
from quickbooks_bridge.endpoints import NotServed, endpoints, served, web_url
from quickbooks_bridge.ledgers import ledger_for
from quickbooks_bridge.models import Connection
from tests.factories import make_vendor
from tests.quickbooks_bridge.conftest import work
from tests.quickbooks_bridge.emulator_process import REALM, EmulatorProcess

Accept = Callable[..., Submission]


@pytest.fixture
def both(settings: Settings) -> None:
    """The real books, and Intuit's sandbox beside them."""
    settings.QUICKBOOKS_ENVIRONMENT = "production"
    settings.QUICKBOOKS_CLIENT_ID, settings.QUICKBOOKS_CLIENT_SECRET = "real-id", "real-secret"
    settings.QUICKBOOKS_SANDBOX_CLIENT_ID, settings.QUICKBOOKS_SANDBOX_CLIENT_SECRET = "play-id", "play-secret"
    settings.PUBLIC_URL = "https://console.example"


def test_each_environment_has_its_own_keys_and_addresses(both: None) -> None:
    assert served() == ["production", "sandbox"]
    real, play = endpoints("production"), endpoints("sandbox")
    assert endpoints() == real
    assert (real.client_id, real.client_secret) == ("real-id", "real-secret")
    assert (play.client_id, play.client_secret) == ("play-id", "play-secret")
    assert (urlsplit(real.api_url).hostname, urlsplit(play.api_url).hostname) == (
        "quickbooks.api.intuit.com",
        "sandbox-quickbooks.api.intuit.com",
    )
    assert urlsplit(web_url("Bill", "7", REALM)).hostname == "qbo.intuit.com"
    assert urlsplit(web_url("Bill", "7", REALM, "sandbox")).hostname == "sandbox.qbo.intuit.com"


@pytest.mark.parametrize("environment", ["production", "sandbox"])
def test_a_company_s_calls_go_where_it_was_connected(both: None, alma: Membership, environment: str) -> None:
    row = Connection.objects.create(company=alma.company, realm_id=REALM, environment=environment)
    host = urlsplit(ledger_for(row)._transport.api_url).hostname
    assert host == ("quickbooks" if environment == "production" else "sandbox-quickbooks") + ".api.intuit.com"
    assert obstacle_of(row) is None


def test_without_its_own_keys_no_other_environment_is_served(settings: Settings) -> None:
    settings.QUICKBOOKS_ENVIRONMENT = "production"
    assert served() == ["production"]
    with pytest.raises(NotServed, match="connected to Intuit's sandbox, and this installation is set up for the real"):
        endpoints("sandbox")


def test_what_was_connected_elsewhere_waits_and_is_neither_called_nor_closed(
    books: Connection, max_pm: Membership, alma: Membership, accept: Accept, emulator: EmulatorProcess
) -> None:
    """As if the operator had moved the installation from the sandbox to the real books."""
    submission = accept(make_vendor(max_pm, "Kiln Masonry").erp)
    Connection.objects.filter(pk=books.pk).update(environment="sandbox", renewed_at=None)
    tokens.forget(books.pk)
    emulator.control("requests", method="DELETE")
    submission = work(submission)
    assert submission.work == Work.WAITING
    assert submission.reason.startswith(
        "It was connected to Intuit's sandbox, and this installation is set up for an emu"
    )
    assert (submission.cure_by, submission.cure_url) == ("administrator", "/quickbooks/")
    assert "Intuit's sandbox" in lifetimes.renew(books.pk)
    with pytest.raises(TokenFault):
        tokens.ConnectionTokens(books.pk).access_token()
    assert emulator.requests() == []
    books.refresh_from_db()
    assert books.is_connected
    assert not Notice.objects.exists()
    assert not connecting.disconnect(books, by=alma)
    books.refresh_from_db()
    assert (books.status, books.refresh_token) == ("disconnected", "")


def test_who_signs_in_chooses_among_what_is_served(
    connected: Connection, client: Client, alma: Membership, settings: Settings
) -> None:
    client.force_login(alma.user)
    page = reverse("quickbooks_bridge:connection")
    assert 'name="environment"' not in client.get(page).content.decode()
    settings.QUICKBOOKS_SANDBOX_CLIENT_ID = "play-id"
    shown = client.get(page).content.decode()
    assert '<option value="emulator" selected>An emulator</option>' in shown
    assert "Intuit&#x27;s sandbox</option>" in shown
    with pytest.raises(InvalidInput, match="an emulator and Intuit's sandbox only"):
        connecting.begin(by=alma, environment="production")


def test_the_company_s_own_environment_is_the_default_and_comes_back_with_the_consent(
    connected: Connection, alma: Membership, settings: Settings, emulator: EmulatorProcess
) -> None:
    begun, url = connecting.begin(by=alma)
    assert begun.environment == "emulator"
    asked = dict(parse_qsl(urlsplit(url).query))
    told = emulator.control("authorize", {**asked, "realm": REALM})["redirect"]
    given = dict(parse_qsl(urlsplit(told).query))
    with pytest.raises(NotConnected, match="connected to Intuit's sandbox"):
        connecting.complete(by=alma, begun={**begun.kept(), "environment": "sandbox"}, given=given)
    assert connecting.complete(by=alma, begun=begun.kept(), given=given).environment == "emulator"
