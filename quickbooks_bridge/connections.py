"""Which connection a company has, and what stands against using it now."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Func, Model, QuerySet
from django.db.models.functions import Now
from django.db.models.sql.compiler import SQLCompiler
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.courier import Obstacle
from procore_sync.kit.refusals import Refusal
from quickbooks_bridge.client.faults import LedgerFault, not_sent
from quickbooks_bridge.endpoints import NotServed, served
from quickbooks_bridge.models import Connection, ConnectionStatus

_STATE = (
    "company",
    "realm_id",
    "company_name",
    "country",
    "status",
    "why",
    "paused_until",
    "pause_reason",
    "is_halted",
    "looked_at",
    "looked_in",
    "ahead",
    "token_version",
    "connected_at",
    "customer_mode",
    "features",
    "class_needed",
    "location_needed",
    "papers_needed",
    "files_go",
    "files_since",
    "environment",
    "refresh_expires_at",
    "hard_expires_at",
    "is_onboarding",
    "onboards_from",
    "cap_documents",
    "cap_amount",
)


def connection_of(company_id: int) -> Connection | None:
    """The company's connection without its tokens, or None if it never had one."""
    return at_database_time(Connection.objects.only(*_STATE)).filter(company_id=company_id).first()


def at_database_time(rows: QuerySet[Connection]) -> QuerySet[Connection]:
    """`rows` with when they were read, and from which database, so that what ends at a time is compared with the clock
    that it was set by, and a look with the database from which it was made."""
    return rows.annotate(database_time=Now(), database=InWhich())


class InWhich(Func):
    """Which database a connection's row stands in: another one once its table was made anew, as by restoring a backup,
    or its server was started, as one that has taken another's place was. SQLite tells neither."""

    arity = 0
    template = "''"
    output_field = CharField()

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **given: Any) -> tuple[str, Any]:
        """A restored table has a number that none had before, and each start of a server a moment."""
        table = connection.ops.quote_name(Connection._meta.db_table)
        told = f"concat({table}.tableoid, ' ', extract(epoch from pg_postmaster_start_time()))"
        return self.as_sql(compiler, connection, template=told, **given)


HALTED = gettext_noop("Sending to QuickBooks is paused by an administrator.")


def obstacle_of(row: Connection | None) -> Obstacle | None:
    """Why nothing can be sent now, or None."""
    if row is None or row.status == ConnectionStatus.DISCONNECTED:
        return _by_administrator(
            gettext_noop("QuickBooks is not connected: what is accepted waits here until an administrator connects it.")
        )
    if row.status == ConnectionStatus.NEEDS_LOGIN:
        return _by_administrator(
            gettext_noop("QuickBooks needs a new sign-in by an administrator; then it goes on by itself.")
        )
    if row.ahead:
        return Obstacle(_ahead(row.ahead), who="administrator", where=reverse("quickbooks_bridge:ahead"), seconds=60)
    if row.environment not in served():
        cure = gettext_noop("The operator gives the installation its keys again, or an administrator signs in anew.")
        return _by_administrator(f"{NotServed(row.environment).sentence} {cure}")
    if row.is_halted:
        return _by_administrator(HALTED)
    return _pause_of(row)


def _ahead(count: int) -> str:
    if count == 1:
        return _ONE_AHEAD
    return (
        f"QuickBooks holds {count} documents with our mark that this database does not know, as after a restored "
        "backup. Nothing is sent until an administrator has linked them or said that they are not ours."
    )


_ONE_AHEAD = gettext_noop(
    "QuickBooks holds a document with our mark that this database does not know, as after a restored backup. Nothing "
    "is sent until an administrator has linked it or said that it is not ours."
)


def _by_administrator(sentence: str) -> Obstacle:
    return Obstacle(
        sentence, who=gettext_noop("administrator"), where=reverse("quickbooks_bridge:connection"), seconds=60
    )


def _pause_of(row: Connection) -> Obstacle | None:
    left = (row.paused_until - row.read_at).total_seconds() if row.paused_until else 0.0
    if left <= 0:
        return None
    return Obstacle(row.pause_reason or gettext_noop("QuickBooks asked us to wait."), seconds=max(1, ceil(left)))


def hold(row: Connection) -> None:
    """Keep the company with the QuickBooks company that was read, until the transaction ends.

    The lock is the one under which a company is connected to another one, so that what was read of the one never gets
    among what is known of the other.

    Raises:
        LedgerFault: it was connected to another one meanwhile; the next reading begins anew.
    """
    rows = Connection.objects.select_for_update().filter(pk=row.pk, realm_id=row.realm_id)
    if rows.values_list("pk", flat=True).first() is None:
        raise LedgerFault(not_sent("QuickBooks was connected to another company while it was read."))


def require_kept(*read: Model) -> None:
    """Go on only if what was read of QuickBooks, of one table, is still kept; it is dropped when another company is
    connected.

    Call it after the move of the record that is linked: from then on the journal's lock keeps the company where it is,
    and before that it may be changed at any moment.

    Raises:
        Refusal: it is not.
    """
    kept = type(read[0])._default_manager.filter(pk__in=[one.pk for one in read])
    if kept.count() != len(read):
        raise Refusal(
            gettext("QuickBooks was connected to another company meanwhile, so nothing was linked. Look again.")
        )


def pause(row: Connection, seconds: float, reason: str) -> None:
    """Leave the company alone for so long, in every process."""
    Connection.objects.filter(pk=row.pk).update(paused_until=Now() + timedelta(seconds=seconds), pause_reason=reason)


def sending_obstacle_of(row: Connection | None) -> Obstacle | None:
    """Why no document can be sent now, though names and documents may be read; or None."""
    found = obstacle_of(row)
    if found is not None or row is None or not row.is_onboarding:
        return found
    return Obstacle(
        gettext_noop(
            "What stands in QuickBooks already is being matched, so nothing is sent that could be there twice. It goes "
            "on once an accountant or administrator has signed what is matched."
        ),
        who=gettext_noop("accountant"),
        where=reverse("quickbooks_bridge:onboarding"),
        seconds=60,
    )
