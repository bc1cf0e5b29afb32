"""How long a sign-in lasts: kept alive while nobody calls, counted down, and mailed about before it ends.

Intuit ends a sign-in that was not renewed for 100 days, and each one five years after it was given, however often it is
renewed (quickbooks.md §2). The first end is kept away by renewing. Of the second, and of the first where renewing
fails, the administrators are told 30, 14 and 3 days before, once each.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import lazy
from django.utils.translation import gettext, ngettext

from quickbooks_bridge.administrators import tell_administrators
from quickbooks_bridge.client.tokens import TokenFault
from quickbooks_bridge.endpoints import page_url
from quickbooks_bridge.models import Connection, ConnectionStatus, EndNotice, EndOf
from quickbooks_bridge.tokens import ConnectionTokens

logger = logging.getLogger(__name__)

#: So many days before an end it is told.
WARN_AT = (30, 14, 3)
#: Renewed when the last renewal is so long ago: often enough that weeks of outage do no harm.
RENEW_AFTER = timedelta(days=7)
#: Whoever comes from QuickBooks' own pages has the sign-in looked at, though not more often than so.
LOOK_AGAIN = timedelta(minutes=1)


@dataclass(frozen=True)
class End:
    """One of the two ends of a sign-in."""

    of: EndOf
    at: datetime

    @property
    def days_left(self) -> int:
        """Whole days until then."""
        return max(0, (self.at - timezone.now()).days)

    @property
    def sentence(self) -> str:
        """What ends when, and why."""
        day = date_format(timezone.localtime(self.at), gettext("j F Y"))
        if self.of == EndOf.FIVE_YEARS:
            return gettext(
                "The sign-in to QuickBooks ends on {day}: Intuit ends each one after five years, however it is used."
            ).format(day=day)
        return gettext(
            "The sign-in to QuickBooks ends on {day} unless it is renewed before, and renewing it has failed for a "
            "while: Intuit ends one that was not renewed for 100 days."
        ).format(day=day)


def ends_of(row: Connection) -> list[End]:
    """The ends of a company's sign-in, the next one first; none while it is not connected."""
    if not row.is_connected:
        return []
    known = ((EndOf.UNUSED, row.refresh_expires_at), (EndOf.FIVE_YEARS, row.ends_for_good_at))
    return sorted((End(of, at) for of, at in known if at is not None), key=lambda end: end.at)


def _near(row: Connection | None) -> End | None:
    """The next end, if it is so near that somebody has to sign in."""
    near = [end for end in ends_of(row) if end.days_left < WARN_AT[0]] if row else []
    return near[0] if near else None


def countdown(row: Connection | None) -> str:
    """What ends soon, why, and what to do; else ""."""
    end = _near(row)
    told = gettext("An administrator signs in again before then, and nothing stops.")
    return f"{end.sentence} {told}" if end else ""


def counted(row: Connection | None) -> str:
    """The same in few words, for the frame of every page."""
    end = _near(row)
    return f"{_subject(end)}." if end else ""


# kept alive


def idle() -> list[int]:
    """The connections whose tokens were not renewed for a week: halted ones, and those that nobody calls."""
    long_ago = Q(renewed_at__isnull=True) | Q(renewed_at__lt=timezone.now() - RENEW_AFTER)
    connected = Connection.objects.filter(long_ago, status=ConnectionStatus.CONNECTED)
    return list(connected.order_by("pk").values_list("pk", flat=True))


def renew(connection_id: int, *, after: timedelta = RENEW_AFTER) -> str:
    """Renew the tokens of a connection if the last renewal is longer ago than `after`; why it failed, else "".

    A sign-in that Intuit has ended stops the company and mails its administrators, as in any call.
    """
    since = timezone.now() - after
    if Connection.objects.filter(pk=connection_id, renewed_at__gt=since).exists():
        return ""
    try:
        ConnectionTokens(connection_id).renew()
    except TokenFault as failure:
        logger.warning("Connection %s was not renewed: %s", connection_id, failure.fault.sentence)
        return failure.fault.sentence
    return ""


# told before it ends


def warn() -> None:
    """Mail the administrators of each company whose sign-in is about to end; each mail once."""
    for row in Connection.objects.filter(status=ConnectionStatus.CONNECTED).order_by("pk"):
        for end in ends_of(row):
            _warn_of(row, end)


def _warn_of(row: Connection, end: End) -> None:
    reached = [days for days in WARN_AT if end.at - timezone.now() <= timedelta(days=days)]
    if not reached:
        return
    with transaction.atomic():
        # The row's lock lets of two sweeps only one find that it was not told yet.
        Connection.objects.select_for_update().get(pk=row.pk)
        told = EndNotice.objects.filter(connection=row, of=end.of, ends_on=end.at.date())
        if told.filter(days=reached[-1]).exists():
            return
        told_before = set(told.values_list("days", flat=True))
        EndNotice.objects.bulk_create(
            EndNotice(connection=row, of=end.of, ends_on=end.at.date(), days=days)
            for days in reached
            if days not in told_before
        )
        page = "quickbooks_bridge:connection"
        with timezone.override(row.company.zone):
            tell_administrators(row.company_id, _told_each(end), partial(_body, row, end), page=page)


def _subject(end: End) -> str:
    if end.days_left == 0:
        return gettext("QuickBooks needs a new sign-in within a day")
    told = ngettext(
        "QuickBooks needs a new sign-in within %(count)d day",
        "QuickBooks needs a new sign-in within %(count)d days",
        end.days_left,
    )
    return told % {"count": end.days_left}


_told_each = lazy(_subject, str)


def _body(row: Connection, end: End) -> str:
    told = gettext(
        "Sign in again before that day and nothing stops; after it accepted records wait until somebody does. It takes "
        "a minute, and an administrator of the QuickBooks company has to do it:"
    )
    page = page_url("quickbooks_bridge:connection")
    return f"{row.company_name or row.realm_id}: {end.sentence}\n\n{told}\n{page}\n"
