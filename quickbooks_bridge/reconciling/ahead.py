"""Looking whether QuickBooks is ahead of this database, which it is after a restored backup (reliability.md, fault 39).

The mark in the document is the truth: whatever bears it and is not known here was written after the backup. All that
was written since this database last knew everything is asked for, mostly in one call. If something is found, nothing
more is sent for the company until an administrator has linked it or said that it is not ours.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils import timezone

from procore_sync.acceptance.bell import ring
from procore_sync.acceptance.models import ErpItem, Event, Submission
from procore_sync.acceptance.states import Work
from quickbooks_bridge.bell import ring_look
from quickbooks_bridge.client.api import Ledger, Shifting
from quickbooks_bridge.client.faults import FaultKind, LedgerFault
from quickbooks_bridge.connections import at_database_time, hold
from quickbooks_bridge.exporters.registry import exporter_for
from quickbooks_bridge.importers.reading import REMEMBERED
from quickbooks_bridge.ledgers import READER_PATIENCE, ledger_for, note_good_call
from quickbooks_bridge.models import Connection, Link
from quickbooks_bridge.outcomes import plain
from quickbooks_bridge.reconciling.judging import against, ahead_in, named_here, shown_total, twins_of
from quickbooks_bridge.reconciling.marked import Found, Known, Marked, changed_since
from quickbooks_bridge.reconciling.rows import Ahead, LedgerFinding, Settled

logger = logging.getLogger(__name__)

#: For clocks that differ, and for what was written while the last thing known was written down.
MARGIN: Final = timedelta(minutes=15)
#: A look is mostly one call. Whoever dies in one holds the others up so long; two at once do no harm.
_LEASE = timedelta(seconds=10)
_RING_AT_MOST = 500
#: Brings the counter of a table to at least a number.
_PASS: Final = {
    "postgresql": "SELECT setval(counter, GREATEST(%(wanted)s, nextval(counter)))"
    " FROM (SELECT pg_get_serial_sequence(%(table)s, 'id')::regclass AS counter) AS of_table",
    "sqlite": "UPDATE sqlite_sequence SET seq = MAX(seq, %(wanted)s) WHERE name = %(table)s",
}
#: A mark that tells of more is forged or broken, and moves no counter.
_FARTHEST = 1_000_000


def look_once(company_id: int) -> int | None:
    """Look, if nobody else is looking; None if somebody is, or QuickBooks cannot be asked now."""
    rows = Connection.objects.filter(company_id=company_id)
    row = rows.first()
    if row is None or not row.is_connected:
        return None
    free = rows.exclude(looking_until__gt=Now())
    if free.update(looking_until=Now() + _LEASE) != 1:
        return None
    try:
        return look(row)
    except (LedgerFault, Shifting) as failure:
        logger.warning("It could not be looked whether QuickBooks is ahead of company %s: %s", company_id, failure)
        return None
    finally:
        rows.update(looking_until=None)


def look_soon(row: Connection) -> None:
    """Look now if that is one call, else let a worker."""
    if timezone.now() - known_until(row) < REMEMBERED - MARGIN:
        look_once(row.company_id)
    else:
        ring_look(row.company_id)


def look(row: Connection, *, since: datetime | None = None) -> int:
    """How many documents QuickBooks holds that this database does not know; kept as findings.

    If there are none, the company's exports may go; else nothing goes until each is settled. `since` looks back farther
    than this database thinks it has to, and never less: what was written in between would be taken for known.

    Raises:
        LedgerFault: QuickBooks did not answer as hoped, so nothing is known.
        Shifting: a list kept changing while it was read.
    """
    asked = at_database_time(Connection.objects.all()).get(pk=row.pk)
    ledger = ledger_for(row, patience=READER_PATIENCE)
    news = partial(_news, row.company_id, row.company.key)
    needed = known_until(row) - MARGIN
    found = changed_since(ledger, min(since or needed, needed), row.company.key, news=news)
    again = _read_again(row.company_id, ledger, found)
    note_good_call(row)
    with transaction.atomic():
        hold(row)
        _keep(row, found, again, asked.read_at)
        left = count_open(row, asked)
    if found.numbers:
        _pass_numbers(found.numbers)
    return left


def _news(company_id: int, company_key: str, some: list[Marked]) -> list[Marked]:
    """Those of these marks in which QuickBooks may be ahead; they are judged once more when all has been read."""
    known = Known.of(company_id, company_key, some)
    return [one for one in some if ahead_in(one, known)]


def known_until(row: Connection) -> datetime:
    """Up to when this database knew everything: its newest event, or the last look that found nothing.

    A restored database has both from before its backup was made.
    """
    newest = Event.objects.filter(company_id=row.company_id).aggregate(at=Max("at"))["at"]
    return max(at for at in (newest, row.looked_at, row.company.created_at) if at)


def count_open(row: Connection, asked: Connection | None = None) -> int:
    """Write how many findings are open; with none the company's exports may go.

    `asked` is the connection as it was read when it was looked, if it was.
    """
    left = LedgerFinding.objects.filter(company_id=row.company_id, settled="").count()
    columns: dict[str, Any] = {"ahead": left}
    if asked is not None and not left:
        columns |= {"looked_at": asked.read_at, "looked_in": asked.read_in}
    Connection.objects.filter(pk=row.pk).update(**columns)
    if not left:
        _let_go(row.company_id)
    return left


def _let_go(company_id: int) -> None:
    """Ring at once for what has waited: for the look, for the settling, or for what was linked in it.

    The rest is found by the sweep.
    """
    waiting = Submission.objects.filter(company_id=company_id, work=Work.WAITING)
    ids = list(waiting.order_by("due_at", "pk").values_list("pk", flat=True)[:_RING_AT_MOST])
    Submission.objects.filter(pk__in=ids, work=Work.WAITING).update(due_at=Now(), rung_at=Now(), reason="")
    for pk in ids:
        transaction.on_commit(partial(ring, pk))


def _read_again(company_id: int, ledger: Ledger, found: Found) -> list[Marked]:
    """What was found before and is not settled, as it stands now, a call each; without what is gone from QuickBooks."""
    left = LedgerFinding.objects.filter(company_id=company_id, settled="").exclude(number=0)
    return [
        replace(marked_of(one), document=document)
        for one in left
        if (one.entity, one.remote_id) not in found.seen and (document := _read(ledger, one)) is not None
    ]


def _read(ledger: Ledger, one: LedgerFinding) -> dict[str, Any] | None:
    try:
        return ledger.read(one.entity, one.remote_id).document(one.entity)
    except LedgerFault as failure:
        if failure.kind is not FaultKind.MISSING:
            raise
        return None


def _keep(row: Connection, found: Found, again: list[Marked], at: datetime) -> None:
    """Remember what is ahead, and settle what is known or gone meanwhile. What was settled is not asked about again."""
    earlier = list(LedgerFinding.objects.filter(company_id=row.company_id))
    asked = {_key(one): one for one in earlier}
    marked = [*found.marked, *again]
    known = Known.of(row.company_id, row.company.key, marked)
    ahead = [(one, what) for one in marked if (what := ahead_in(one, known))]
    rows = _names(row.company_id, found, known, at) if ahead else []
    twins = twins_of(one for one, _ in ahead)
    rows += [_row(row.company_id, one, what, known, twins[one.number, one.entity], at) for one, what in ahead]
    _store([one for one in rows if _key(one) not in asked or not asked[_key(one)].settled])
    still = {_key(one) for one in rows}
    gone = [one.pk for one in earlier if not one.settled and _key(one) not in still and not (ahead and _waits(one))]
    LedgerFinding.objects.filter(pk__in=gone).update(settled=Settled.KNOWN, settled_at=at)


def _waits(one: LedgerFinding) -> bool:
    """A name that was found before is not found again by a mark; it waits with what is ahead until it is linked."""
    return not one.number and not Link.objects.filter(item_id=one.item_id).exists()


def _key(one: LedgerFinding) -> tuple[str, str, int, int]:
    return one.entity, one.remote_id, one.number, one.revision


def marked_of(one: LedgerFinding) -> Marked:
    """The document of a finding and its mark."""
    return Marked(one.entity, one.document, one.number, one.revision)


def _names(company_id: int, found: Found, known: Known, at: datetime) -> list[LedgerFinding]:
    rows = []
    for one, item in named_here(company_id, found.named):
        if (one.entity, one.remote_id) not in known.holders and not _is_linked(company_id, one):
            known.by_name[item.pk] = one.remote_id
            rows.append(_finding(company_id, one, Ahead.NAMED, item, "", at))
    return rows


def _is_linked(company_id: int, one: Marked) -> bool:
    return Link.objects.filter(company_id=company_id, entity=one.entity, remote_id=one.remote_id).exists()


def _row(company_id: int, one: Marked, what: Ahead, known: Known, twins: int, at: datetime) -> LedgerFinding:
    item = known.items.get(one.number) if what is not Ahead.UNKNOWN else None
    return _finding(company_id, one, what, item, against(one, known, twins), at)


def _finding(company_id: int, one: Marked, what: Ahead, item: ErpItem | None, why: str, at: datetime) -> LedgerFinding:
    party = one.document.get("VendorRef") or one.document.get("CustomerRef") or {}
    name = exporter_for(item.kind).name_of(one.document) if item else one.document.get("DocNumber", "")
    return LedgerFinding(
        company_id=company_id,
        item=item,
        entity=one.entity,
        remote_id=one.remote_id,
        number=one.number,
        revision=one.revision,
        what=what,
        name=str(name)[:255],
        party=str(party.get("name", ""))[:255],
        total=shown_total(one),
        document=plain(one.document),
        against=why,
        found_at=at,
    )


def _store(rows: list[LedgerFinding]) -> None:
    key = ["company", "entity", "remote_id", "number", "revision"]
    columns = ["item", "what", "name", "party", "total", "document", "against", "found_at"]
    LedgerFinding.objects.bulk_create(rows, update_conflicts=True, unique_fields=key, update_fields=columns)


def _pass_numbers(numbers: Iterable[int]) -> None:
    """Never give a record a number that stands in a mark already: it would be taken for that document."""
    last = ErpItem.objects.aggregate(last=Max("pk"))["last"] or 0
    wanted = max((one for one in numbers if one <= last + _FARTHEST), default=0)
    if wanted <= last:
        return
    table = ErpItem._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(_PASS[connection.vendor], {"wanted": wanted, "table": table})
