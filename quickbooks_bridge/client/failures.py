"""Network failures: could the request have been written before it failed?"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Final

import requests
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ReadTimeoutError

from quickbooks_bridge.client.faults import Cure, Fault, not_sent, unknown

_BEFORE_SENDING: Final = (NewConnectionError, ConnectTimeoutError, ssl.SSLCertVerificationError)


def of_network(failure: Exception, *, writes: bool) -> Fault:
    """NOT_SENT if the connection was never made, else UNKNOWN.

    Told by the types of the wrapped errors. Whatever is not known to have failed before the
    request was written counts as unknown, so that nothing is posted twice.
    """
    causes = list(_causes(failure))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return not_sent(
            "What answers at the address of QuickBooks cannot prove that it is QuickBooks, so nothing was sent.",
            cure=Cure.ADMINISTRATOR,
        )
    if any(isinstance(cause, _BEFORE_SENDING) for cause in causes):
        return not_sent("QuickBooks could not be reached, so nothing was sent.")
    if _was_never_a_request(failure):
        return not_sent("The request could not be put together, so nothing was sent.", cure=Cure.ADMINISTRATOR)
    if isinstance(failure, (requests.Timeout, ReadTimeoutError)):
        return unknown(
            "QuickBooks did not answer in time, so it is not known what became of the request.", writes=writes
        )
    return unknown(
        "The connection to QuickBooks broke off, so it is not known what became of the request.", writes=writes
    )


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
