"""Where QuickBooks is and as which app we speak to it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

SANDBOX: Final = "sandbox"
PRODUCTION: Final = "production"

DISCOVERY_URLS: Final = {
    SANDBOX: "https://developer.intuit.com/.well-known/openid_sandbox_configuration/",
    PRODUCTION: "https://developer.intuit.com/.well-known/openid_configuration/",
}
API_URLS: Final = {
    SANDBOX: "https://sandbox-quickbooks.api.intuit.com",
    PRODUCTION: "https://quickbooks.api.intuit.com",
}


class UnsafeAddress(ValueError):
    """An address over which tokens would travel readable, or that is no address at all."""


@dataclass(frozen=True)
class Timeouts:
    """How long one call may take, in seconds.

    `connect` and `read` are given to the socket; `total` ends an answer that drips in forever. A `batch` is answered
    when all its items are done, so it has a time of its own instead of both. Intuit ends a request after 120 seconds
    itself.
    """

    connect: float = 3.05
    read: float = 20.0
    total: float = 120.0
    batch: float = 60.0


@dataclass(frozen=True)
class Endpoints:
    """One app registration and the addresses it uses.

    `api_url` is the host, with or without its final `/v3`. Plain http is accepted for this
    machine only, because bearer tokens and the client secret travel over all three addresses.

    Raises:
        UnsafeAddress: an address is not https (or http to a loopback host).
    """

    environment: str
    client_id: str
    client_secret: str = field(repr=False)
    discovery_url: str
    api_url: str
    redirect_uri: str

    def __post_init__(self) -> None:
        for name in ("discovery_url", "api_url", "redirect_uri"):
            require_safe(getattr(self, name), name)

    @classmethod
    def intuit(cls, environment: str, client_id: str, client_secret: str, redirect_uri: str) -> Endpoints:
        """Intuit's own addresses for `sandbox` or `production`."""
        return cls(
            environment, client_id, client_secret, DISCOVERY_URLS[environment], API_URLS[environment], redirect_uri
        )

    @property
    def v3_url(self) -> str:
        """The address that `/company/{realm}` follows."""
        root = self.api_url.rstrip("/")
        return root if root.endswith("/v3") else f"{root}/v3"


def require_safe(url: str, name: str) -> None:
    """Refuse an address that would carry secrets in the clear. `name` is how the sentence calls it."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and parts.hostname and _is_loopback(parts.hostname):
        return
    raise UnsafeAddress(
        f"{name} must be an https address, because tokens travel over it; plain http is accepted only for this machine."
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
