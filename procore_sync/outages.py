"""What is answered while the database is away: a plain 503 with a sentence, and never a half page."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from errno import EDQUOT, ENOSPC

from django.db import Error, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseServerError, JsonResponse
from django.utils.translation import gettext_noop

from procore_sync.kit.ways import own_way
from procore_sync.plain_pages import plain_page

logger = logging.getLogger(__name__)

AWAY = gettext_noop("The console cannot reach its database, or it is just starting.")
FULL = gettext_noop("The console's database has no room left on its disk. The operator has to make some.")
MACHINE_FULL = gettext_noop("The console's machine has no room left on its disk. The operator has to make some.")
READ_ONLY = gettext_noop("The console's database takes no changes just now, as while it recovers.")
BROKE = "Something broke in the console; its log says what, under the X-Request-Id of this answer."
STANDS = gettext_noop(
    "What you asked for was either done whole or not at all: see how it stands before you do it again. Accepted "
    "records wait safely and are exported once it is back."
)
_DISK_FULL = "53100"
_READ_ONLY = "25006"
RETRY_SECONDS = 10


def answer(request: HttpRequest) -> HttpResponse:
    """Django's handler of what nobody caught: 503 if the database or a disk is what failed, else 500."""
    why = why_away(sys.exc_info()[1])
    if not why and request.path.startswith("/api/"):
        return JsonResponse({"detail": f"{BROKE} {STANDS}", "who": "operator", "where": ""}, status=500)
    if not why:
        return HttpResponseServerError(_page(request, "errors/500.html"))
    logger.error("Answered 503 to %s: %s", request.path, why)
    response: HttpResponse
    if request.path.startswith("/api/"):
        response = JsonResponse({"detail": f"{why} {STANDS}", "who": "operator", "where": ""}, status=503)
    else:
        response = HttpResponse(_page(request, "errors/503.html", why=why, stands=STANDS), status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    response["Cache-Control"] = "no-store"
    return response


def _page(request: HttpRequest, template: str, **told: str) -> str:
    """A page that leads back to where something was sent from, since that address may not be opened; what was typed
    there stands in its form again.
    """
    sent = request.method == "POST"
    again = own_way(request, request.headers.get("Referer", ""), "/") if sent else ""
    return plain_page(request, template, again=again, sent=sent, **told)


def why_away(failure: BaseException | None) -> str:
    """The sentence, if `failure` or what it came of is the database's or a disk's and not this program's; else ""."""
    for each in _causes(failure):
        # A file that is uploaded lies on the machine's own disk until it is read.
        if isinstance(each, OSError) and each.errno in (ENOSPC, EDQUOT):
            return MACHINE_FULL
        code = getattr(each, "pgcode", None)
        if code == _DISK_FULL:
            return FULL
        if code == _READ_ONLY:
            return READ_ONLY
    known = any(isinstance(each, (OperationalError, InterfaceError)) for each in _causes(failure))
    return AWAY if known else ""


def _causes(failure: BaseException | None) -> Iterator[BaseException]:
    """`failure` and, where the database said something, what it came of."""
    while failure is not None:
        yield failure
        failure = failure.__cause__ or (failure.__context__ if isinstance(failure, Error) else None)
