"""A security key as second factor, in a real browser with Chromium's own virtual key."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page, expect

from procore_sync.accounts.models import Company, Role
from tests.acceptance.conftest import member
from tests.e2e.conftest import signed_in
from tests.e2e.visits import Visit
from tests.e2e.visits import static_root as static_root
from tests.e2e.visits import visit as visit

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
KEY = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def with_key(page: Page) -> Any:
    """A key in the port of this browser: the session through which it is asked what it holds, and its id."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    return devices, devices.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})["authenticatorId"]


def test_a_key_is_added_and_asked_for_at_the_next_sign_in(visit: Visit, settings: Any) -> None:
    # Browsers take localhost for safe; only there a key works without https.
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    ada = member(Company.objects.create(name="Harbor Row Builders", slug="harbor-row"), "Ada", Role.ACCOUNTANT)
    ada.user.set_password("secret")
    ada.user.save()
    page = visit("/sign-in/")
    base = page.url.removesuffix("/sign-in/")
    signed_in(page, base, ada.user.email)
    devices, key = with_key(page)
    page.goto("/second-factor/webauthn/add/")
    page.get_by_label("Password").fill("secret")
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_load_state()  # the button is dead until the page's script has run
    page.get_by_label("Name").fill("Blue key")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("Security key added.")).to_be_visible()
    assert Authenticator.objects.filter(user=ada.user, type=Authenticator.Type.WEBAUTHN).count() == 1

    page.context.clear_cookies()
    signed_in(page, base, ada.user.email)
    expect(page.get_by_role("heading", name="Two-Factor Authentication")).to_be_visible()
    page.goto("/inbox/")
    # The password alone opens nothing: it leads back to the question.
    expect(page.get_by_role("heading", name="Two-Factor Authentication")).to_be_visible()
    page.wait_for_load_state()
    page.get_by_role("button", name="Use a security key").click()
    page.wait_for_url(lambda url: "/second-factor/" not in url)
    page.goto("/inbox/")
    expect(page.get_by_role("heading", name="Inbox").first).to_be_visible()
    (held,) = devices.send("WebAuthn.getCredentials", {"authenticatorId": key})["credentials"]
    assert held["signCount"] == 2
