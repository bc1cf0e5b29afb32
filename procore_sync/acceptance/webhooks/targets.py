"""Which addresses may be told: what is public, and the networks that the operator of the machine allows.

A name is resolved when a message goes, and the connection is made to the address that was looked at, so that a name
which points inwards a moment later leads nowhere.
"""

from __future__ import annotations

import socket
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from threading import Thread
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext

from procore_sync.kit.refusals import InvalidInput
from procore_sync.kit.text import filled

Address = IPv4Address | IPv6Address
LONGEST = 500
_NAT64 = IPv6Network("64:ff9b::/96")
#: Special ones that `is_global` lets through in one Python or another.
_SPECIAL = [ip_network(one) for one in ("192.0.0.0/24", "64:ff9b:1::/48", "2001::/23", "100::/64", "fec0::/10")]
_PORTS = {"https": 443, "http": 80}


class NotReachable(Exception):
    """Nobody may or can be spoken to at this address; the sentence says why."""


def required(url: str) -> str:
    """`url` without what surrounds it, if it can be the address of an endpoint.

    Raises:
        InvalidInput: it has not the shape, or it names by number what may not be told.
    """
    url = url.strip()
    fault = _fault_of(url)
    if fault:
        raise InvalidInput(fault, errors={"url": [fault]})
    return url


def _fault_of(url: str) -> str:
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return gettext("Write the address with at most 500 plain characters; a name of other letters in its xn-- form.")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in _PORTS:
        return gettext("This is not an address such as https://example.com/hooks.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        return gettext("No name, password or # in the address: the signature says who sent a message.")
    if parts.scheme == "http" and not networks():
        return gettext(
            "Messages go by https only. The operator can allow http inside their own networks, by "
            "WEBHOOK_PRIVATE_NETWORKS."
        )
    return _fault_of_number(parts.scheme, host)


def _fault_of_number(scheme: str, host: str) -> str:
    try:
        number = ip_address(host)
    except ValueError:
        return ""
    return why_not(scheme, number)


def networks() -> list[str]:
    """The networks that are allowed though they are not public; the machine itself while one develops."""
    own = ["127.0.0.0/8", "::1/128"] if settings.DEBUG else []
    return [*settings.WEBHOOK_PRIVATE_NETWORKS, *own]


def why_not(scheme: str, address: Address) -> str:
    """Why nobody is told at `address`; "" if somebody may be."""
    inner = _inner(address)
    if any(inner in ip_network(one) for one in networks()):
        return ""
    if not _is_public(inner):
        told = gettext(
            "%(address)s is on a private network or this machine itself, and no message is sent there. The operator "
            "can allow it with WEBHOOK_PRIVATE_NETWORKS."
        )
        return filled(told, {"address": address})
    if scheme != "https":
        return gettext("Outside of the operator's own networks messages go by https only.")
    return ""


def _is_public(address: Address) -> bool:
    if any(address in one for one in _SPECIAL):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _inner(address: Address) -> Address:
    """The address that a packet to `address` comes to in the end, where one is wrapped in the other."""
    if isinstance(address, IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour
        if wrapped is None and address in _NAT64:
            wrapped = IPv4Address(int(address) & 0xFFFFFFFF)
        return wrapped or address
    return address


def addresses_of(url: SplitResult, *, seconds: float) -> list[tuple[str, int]]:
    """The addresses behind `url`, each with its port, of which every one may be told.

    Raises:
        NotReachable: the name is not known in time, or one of its addresses is not for us.
    """
    host, port = url.hostname or "", url.port or _PORTS[url.scheme]
    found = _resolved(host, port, seconds)
    for number, _ in found:
        # A zone, as in fe80::1%eth0, is of this machine alone.
        fault = why_not(url.scheme, ip_address(number.partition("%")[0]))
        if fault:
            raise NotReachable(fault)
    return found


def _resolved(host: str, port: int, seconds: float) -> list[tuple[str, int]]:
    """In a thread of its own, because the system's resolver takes as long as it likes."""
    answer: Future[list[tuple[str, int]]] = Future()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.set_result([(str(one[4][0]), port) for one in found])
        except (OSError, UnicodeError) as error:
            answer.set_exception(error)

    Thread(target=ask, name="webhook-name", daemon=True).start()
    try:
        return answer.result(timeout=seconds)
    except Late:
        raise NotReachable(
            filled(gettext("The host name %(host)s was not answered in time."), {"host": host})
        ) from None
    except (OSError, UnicodeError) as error:
        raise NotReachable(filled(gettext("The host name %(host)s is not known."), {"host": host})) from error
