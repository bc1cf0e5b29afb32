"""Where QuickBooks is, by the settings, and where our own pages are."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_noop

from quickbooks_bridge.client.settings import PRODUCTION, SANDBOX, Endpoints

EMULATOR = "emulator"


class NotServed(LookupError):
    """This installation has no app for that QuickBooks; the sentence says for which."""

    def __init__(self, environment: str) -> None:
        self.sentence = (
            f"It was connected to {called(environment)}, and this installation is set up for "
            f"{' and '.join(map(called, served()))} now."
        )
        super().__init__(self.sentence)


def served() -> list[str]:
    """The QuickBooks environments that companies can be connected to: that of the installation, which comes first,
    and Intuit's sandbox beside it if there are keys for it (Intuit gives an app a pair for each)."""
    beside = [SANDBOX] if settings.QUICKBOOKS_SANDBOX_CLIENT_ID else []
    return list(dict.fromkeys([settings.QUICKBOOKS_ENVIRONMENT, *beside]))


def called(environment: str) -> str:
    """Which QuickBooks it is, in a sentence."""
    known = {PRODUCTION: gettext_noop("the real books"), SANDBOX: gettext_noop("Intuit's sandbox")}
    return known.get(environment, gettext_noop("an emulator"))


def endpoints(environment: str = "") -> Endpoints:
    """The app registration and addresses for an environment; without one for that of the installation.

    Raises:
        NotServed: the installation has no app for it.
        ImproperlyConfigured: the environment is none that we know.
        UnsafeAddress: an address would carry tokens in the clear.
    """
    wanted = environment or settings.QUICKBOOKS_ENVIRONMENT
    if wanted not in served():
        raise NotServed(wanted)
    own = wanted == settings.QUICKBOOKS_ENVIRONMENT
    return _endpoints(
        wanted,
        settings.QUICKBOOKS_CLIENT_ID if own else settings.QUICKBOOKS_SANDBOX_CLIENT_ID,
        settings.QUICKBOOKS_CLIENT_SECRET if own else settings.QUICKBOOKS_SANDBOX_CLIENT_SECRET,
        settings.QUICKBOOKS_DISCOVERY_URL,
        settings.QUICKBOOKS_API_URL,
        page_url("quickbooks_bridge:callback"),
    )


@lru_cache(maxsize=8)
def _endpoints(
    environment: str, client_id: str, secret: str, discovery_url: str, api_url: str, redirect_uri: str
) -> Endpoints:
    if environment in (SANDBOX, PRODUCTION):
        return Endpoints.intuit(environment, client_id, secret, redirect_uri)
    return Endpoints(environment, client_id, secret, discovery_url, api_url, redirect_uri)


def page_url(name: str) -> str:
    """The full address of one of our pages, for a mail or a redirect from outside."""
    return settings.PUBLIC_URL.rstrip("/") + reverse(name)


def web_url(entity: str, remote_id: str, realm_id: str, environment: str = "") -> str:
    """Where a person opens a record in QuickBooks; of the emulator, its bookkeeper's window."""
    environment = environment or settings.QUICKBOOKS_ENVIRONMENT
    if environment == EMULATOR:
        window = settings.QUICKBOOKS_API_URL.rstrip("/").removesuffix("/v3")
        plural = f"{entity.lower()}s" if entity[-1] != "y" else f"{entity[:-1].lower()}ies"
        return f"{window}/company/{realm_id}/{plural}/{remote_id}"
    host = "qbo.intuit.com" if environment == PRODUCTION else "sandbox.qbo.intuit.com"
    place = {"Vendor": "vendordetail?nameId=", "Customer": "customerdetail?nameId=", "Item": "items?id="}
    place |= {"Purchase": "expense?txnId=", "JournalEntry": "journal?txnId="}
    return f"https://{host}/app/{place.get(entity, f'{entity.lower()}?txnId=')}{remote_id}"
