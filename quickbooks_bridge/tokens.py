"""One company's tokens: read from the database, renewed by exactly one process at a time, stored before they are used.

There is never HTTP inside a transaction, so no row is locked while QuickBooks is asked. The right to renew is a lease
that one counted UPDATE claims; whoever comes second waits for the new token. If the holder dies, the lease ends.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import sleep

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q
from django.db.models.expressions import Combinable
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, gettext_noop

from procore_sync.acceptance.leases import clock
from procore_sync.kit.kept import in_the_readers_words
from procore_sync.kit.text import before_stop
from quickbooks_bridge.administrators import tell_administrators
from quickbooks_bridge.client import tokens as sign_in
from quickbooks_bridge.client.faults import Cure, Fault, FaultKind, not_sent
from quickbooks_bridge.client.settings import Timeouts
from quickbooks_bridge.client.tokens import TokenFault
from quickbooks_bridge.connections import at_database_time
from quickbooks_bridge.endpoints import NotServed, endpoints, page_url, served
from quickbooks_bridge.models import Connection, ConnectionStatus

logger = logging.getLogger(__name__)

#: Longer than the longest renewal, so that a lease ends only under a holder that is dead.
LEASE = timedelta(seconds=60)
#: Why a company is stopped whose tokens a process could not open; they may be good.
UNREADABLE = gettext_noop("The stored sign-in cannot be read with the keys in TOKEN_KEYS.")
_DISCONNECTED = gettext_noop("QuickBooks is disconnected.")
_ANOTHER = gettext_noop("QuickBooks is connected to another company than this was meant for.")
_BUSY = gettext_noop("Another process is renewing the sign-in at QuickBooks and has not finished.")

_RENEWAL = Timeouts(connect=3.05, read=15.0, total=25.0)
#: How often, 30 seconds in all, it is looked whether another process has finished its renewal. Looks are counted and
#: no clock is read: a process that is frozen in between looks again when it wakes, before it gives up.
_LOOKS = 600
_LOOK_EVERY = 0.05
#: How many seconds early a token counts as due.
_MARGIN = 300.0
#: The pauses between tries to store new tokens; all within the lease, together with the longest renewal.
_WHILE_AWAY = (0.1, 0.4, 1.0, 2.0, 4.0, 8.0, 8.0)
#: How long a process trusts its own copy, so that a disconnect is noticed soon by all.
_TRUST = 60.0


@dataclass(frozen=True)
class _Kept:
    token: str
    realm: str
    version: int
    ends: float
    read_at: float


_kept: dict[int, _Kept] = {}


class ConnectionTokens:
    """The client's `TokenSource` for one connection, as far as it is to this QuickBooks company.

    Of a connection that was moved to another company meanwhile no token is given: nothing is asked of one company that
    was meant for the other. Without a `realm` it is whichever it is.
    """

    def __init__(self, connection_id: int, realm: str = "") -> None:
        self._id, self._realm = connection_id, realm

    def access_token(self) -> str:
        """A token that was good when last seen, renewed first if it is about to end.

        Raises:
            TokenFault: DISCONNECTED if somebody has to sign in; NOT_SENT if it cannot be renewed just now.
        """
        kept = _kept.get(self._id)
        if kept is None or clock() - kept.read_at > _TRUST or kept.realm != (self._realm or kept.realm):
            kept = self._read()
        if clock() + _MARGIN >= kept.ends:
            kept = self._renewed(kept)
        return kept.token

    def refreshed(self, stale: str) -> str:
        """A token that is not `stale`, which QuickBooks just turned away.

        Raises:
            TokenFault: as for `access_token`.
        """
        kept = self._read()
        return kept.token if kept.token != stale else self._renewed(kept).token

    def renew(self) -> None:
        """Renew now, though the access token may still hold, so that the sign-in does not end unused.

        Raises:
            TokenFault: as for `access_token`.
        """
        self._renewed(self._read())

    def _read(self) -> _Kept:
        row = _row(self._id)
        if row.realm_id != (self._realm or row.realm_id):
            raise TokenFault(_ended(_ANOTHER))
        now = clock()
        left = (row.access_expires_at - row.read_at).total_seconds() if row.access_expires_at else 0.0
        kept = _Kept(row.access_token, row.realm_id, row.token_version, now + left, now)
        _kept[self._id] = kept
        return kept

    def _renewed(self, stale: _Kept) -> _Kept:
        for _ in range(_LOOKS):
            if self._claim(stale.version):
                self._renew(stale.version)
                return self._read()
            kept = self._read()
            if kept.version != stale.version:
                return kept
            sleep(_LOOK_EVERY)
        raise TokenFault(not_sent(_BUSY))

    def _claim(self, version: int) -> bool:
        free = Q(refreshing_until__isnull=True) | Q(refreshing_until__lt=Now())
        mine = Connection.objects.filter(
            free, pk=self._id, token_version=version, status=ConnectionStatus.CONNECTED
        ).update(refreshing_until=Now() + LEASE)
        return mine == 1

    def _renew(self, version: int) -> None:
        row = _row(self._id)
        try:
            renewed = sign_in.refresh(endpoints(row.environment), row.refresh_token, _RENEWAL)
        except TokenFault as failure:
            self._not_renewed(version, failure.fault)
            raise
        _store_surely(self._id, renewed, version)

    def _not_renewed(self, version: int, fault: Fault) -> None:
        if fault.kind is FaultKind.DISCONNECTED:
            needs_login(self._id, version, fault.sentence)
        else:
            Connection.objects.filter(pk=self._id, token_version=version).update(refreshing_until=None)


def _row(connection_id: int) -> Connection:
    row = at_database_time(Connection.objects.all()).get(pk=connection_id)
    if not row.is_connected:
        raise TokenFault(_ended(row.why or _DISCONNECTED))
    if row.environment not in served():
        raise TokenFault(_ended(NotServed(row.environment).sentence))
    if not row.refresh_token:
        needs_login(connection_id, row.token_version, UNREADABLE)
        raise TokenFault(_ended(UNREADABLE))
    return row


def _ended(sentence: str) -> Fault:
    return Fault(FaultKind.DISCONNECTED, sentence, Cure.ADMINISTRATOR)


def store(connection_id: int, renewed: sign_in.Tokens, *, version: int) -> bool:
    """Keep what the token endpoint gave, all of it, in one counted update; False if somebody stored newer ones."""
    # Where Intuit does not say again when it ends for good, what was said before still holds.
    hard = renewed.hard_expires_at
    ends = {} if hard is None else {"hard_expires_at": _by_the_database(hard)}
    stored = Connection.objects.filter(pk=connection_id, token_version=version).update(
        access_token=renewed.access_token,
        refresh_token=renewed.refresh_token,
        access_expires_at=_by_the_database(renewed.access_expires_at),
        refresh_expires_at=_by_the_database(renewed.refresh_expires_at),
        renewed_at=Now(),
        token_version=F("token_version") + 1,
        refreshing_until=None,
        **ends,
    )
    _kept.pop(connection_id, None)
    return stored == 1


def _by_the_database(ends: datetime) -> Combinable:
    """The same moment by the database's clock, which every host reads it by; `ends` is by this host's."""
    return Now() + (ends - timezone.now())


def _store_surely(connection_id: int, renewed: sign_in.Tokens, version: int) -> None:
    """Store, and wait for a database that is away: nothing else in the world knows the new refresh token."""
    for pause in _WHILE_AWAY:
        try:
            store(connection_id, renewed, version=version)
            return
        except (InterfaceError, OperationalError):
            logger.warning("The database is away; the tokens of connection %s are kept until it is back", connection_id)
            connection.close_if_unusable_or_obsolete()
            sleep(pause)
    store(connection_id, renewed, version=version)


def forget(connection_id: int) -> None:
    """Drop this process's copy, after the stored tokens changed."""
    _kept.pop(connection_id, None)


def needs_login(connection_id: int, version: int, why: str) -> None:
    """Stop a company whose sign-in has ended, and mail its administrators, once."""
    with transaction.atomic():
        stopped = Connection.objects.filter(
            pk=connection_id, token_version=version, status=ConnectionStatus.CONNECTED
        ).update(status=ConnectionStatus.NEEDS_LOGIN, why=why, refreshing_until=None)
        if stopped:
            _tell_administrators(Connection.objects.select_related("company").get(pk=connection_id))
    _kept.pop(connection_id, None)


def readable_again(connection_id: int) -> None:
    """Let a company go on that a wrong key had stopped: its tokens can be opened, and are as good as they were."""
    Connection.objects.filter(pk=connection_id, status=ConnectionStatus.NEEDS_LOGIN, why=UNREADABLE).update(
        status=ConnectionStatus.CONNECTED, why=""
    )


def _tell_administrators(row: Connection) -> None:
    subject = gettext_lazy("QuickBooks needs a new sign-in")
    tell_administrators(row.company_id, subject, lambda: _body(row), page="quickbooks_bridge:connection")


def _body(row: Connection) -> str:
    ended = gettext("QuickBooks no longer accepts the sign-in for {company}.")
    told = gettext("Nothing is lost: accepted records wait. They go on by themselves once you have signed in again:")
    return (
        f"{ended.format(company=before_stop(row.company_name or row.realm_id))}\n\n{in_the_readers_words(row.why)}\n\n"
        f"{told}\n{page_url('quickbooks_bridge:connection')}\n"
    )
