"""Network failures: could the request have been written before it failed?"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Final

import requests
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ReadTimeoutError

from quickbooks_bridge.client.bodies import TooMuch
from quickbooks_bridge.client.faults import Fault, of_entry

_BEFORE_SENDING: Final = (NewConnectionError, ConnectTimeoutError, ssl.SSLCertVerificationError)


def of_network(failure: Exception, *, writes: bool) -> Fault:
    """NOT_SENT if the connection was never made, else UNKNOWN.

    Told by the types of the wrapped errors. Whatever is not known to have failed before the
    request was written counts as unknown, so that nothing is posted twice.
    """
    causes = list(_causes(failure))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return of_entry("unproven")
    if any(isinstance(cause, _BEFORE_SENDING) for cause in causes):
        return of_entry("unreached")
    if _was_never_a_request(failure):
        return of_entry("malformed")
    if isinstance(failure, TooMuch):
        return of_entry("garbled", writes=writes)
    timed_out = isinstance(failure, (requests.Timeout, ReadTimeoutError))
    return of_entry("silence" if timed_out else "broke_off", writes=writes)


def _was_never_a_request(failure: Exception) -> bool:
    # Not InvalidHeader: requests raises it for a header of the answer too, when all has been sent.
    return isinstance(failure, (InvalidURL, MissingSchema, InvalidSchema))


def _causes(failure: BaseException) -> Iterator[BaseException]:
    """The failure and what it wraps. Not `__context__`: that may be an earlier, unrelated failure."""
    waiting: list[object] = [failure]
    while waiting:
        each = waiting.pop()
        if isinstance(each, BaseException):
            yield each
            waiting += [*each.args, getattr(each, "reason", None), getattr(each, "original_error", None)]
