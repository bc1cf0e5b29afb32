"""Looking at what changed in a company's QuickBooks, so that what we know of it is what it holds.

A look is one call that tells the changes and deletions of everything watched, from where the last one ended, by
QuickBooks' own clock and with an overlap (`reading` has how lists are read when there was none, too long ago, or too
much changed for one answer). Then what webhooks pointed to and the changes did not tell, then linked documents that
nothing was heard of for days. What was read, whom it was told to, and how far that reaches are committed together, call
by call; a process may die anywhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from procore_sync.accounts.access import Right, may
from procore_sync.accounts.curing import EDITORS
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.refusals import NotAllowed, Refusal
from projects import readings
from quickbooks_bridge import drift, replacements
from quickbooks_bridge.client.api import PAGE, Ledger, quote
from quickbooks_bridge.client.faults import FaultKind, LedgerFault
from quickbooks_bridge.connections import hold
from quickbooks_bridge.cursors import DocumentCursor
from quickbooks_bridge.exporters.bills import ORDER
from quickbooks_bridge.importers import bill_mirror, payments
from quickbooks_bridge.importers import reading as reading_on
from quickbooks_bridge.importers.reading import SLICE_SECONDS, Document
from quickbooks_bridge.models import Connection, LedgerBill, LedgerBillPayment
from quickbooks_bridge.watch_models import Sweep, WatchCursor, WebhookEvent
from quickbooks_bridge.watching import handing, links
from quickbooks_bridge.watching.budgets import reading_for
from quickbooks_bridge.watching.deliveries import hints_of
from quickbooks_bridge.watching.schedules import wanting

#: A webhook may say a little later when it was than the document does.
_SAME_TIME: Final = timedelta(seconds=5)
KEPT_FOR: Final = timedelta(days=7)


class NothingToWatch(Refusal):
    """The company has nothing in QuickBooks, so not a single call is made."""

    cure = gettext_noop("Nobody has to: it is watched once the first record is in QuickBooks.")


def may_look(member: Membership) -> bool:
    """Whether `member` may have QuickBooks looked at: project managers, accountants and administrators."""
    return may(member, Right.EDIT) or may(member, Right.MAP)


def ask(company: Company, *, by: Membership) -> Sweep:
    """The look that a person asks for, ready to be carried on by a worker.

    Raises:
        NotAllowed: `by` may not ask for one.
        NothingToWatch: nothing of the company is in QuickBooks.
        AlreadyReading: it is being looked at now.
        Refusal: QuickBooks cannot be asked now.
    """
    if not may_look(by):
        raise NotAllowed(
            gettext(
                "Only a project manager, an accountant or an administrator may have QuickBooks looked at. "
                "An administrator can grant it under People."
            ),
            who="administrator",
        )
    if not wanting().filter(company=company).exists():
        raise NothingToWatch(
            gettext(
                "No record of this company is in QuickBooks yet, so there is nothing to watch there. Send a record "
                "first."
            ),
            who=EDITORS,
        )
    return reading_on.ask(Sweep, company.pk, by=by)


def carry_on(company_id: int, *, seconds: float = SLICE_SECONDS) -> Sweep | None:
    """Look for at most about `seconds`; None if another process does. `ended_at` says whether it is over."""
    return reading_on.carry_on(Reader, Sweep, company_id, seconds=seconds)


class Reader(reading_on.Reader[Sweep, "list[Any]"]):
    """One process's turn at a look."""

    cursors = WatchCursor

    def __init__(self, row: Connection, reading: Sweep, ledger: Ledger | None = None) -> None:
        self.entities = self.reported = handing.watched(row)
        super().__init__(row, reading, ledger)
        self._retainage = bill_mirror.retainage_items(row.company_id)
        self._heard_by = gettext_noop("the changes")
        self._looked_again: set[str] = set()
        self._anew: set[str] = set()
        self._hinted: dict[tuple[str, str], list[WebhookEvent]] = defaultdict(list)
        for hint in hints_of(row.company_id):
            self._hinted[hint.entity, hint.remote_id].append(hint)
        links.look_for(row.company_id, ORDER, replacements.given_up(row.company_id))

    def _cursor(self, entity: str) -> DocumentCursor:
        """Of what is looked at for the first time, one that begins where another reading of the same has ended."""
        found = WatchCursor.objects.filter(company_id=self._company_id, entity=entity).first()
        if found is not None:
            return found
        since = handing.known_since(self._row, entity)
        given = {"company_id": self._company_id, "entity": entity}
        return WatchCursor.objects.get_or_create(**given, defaults={"changed_since": since})[0]

    # -- what is done with a page ------------------------------------------------------------------------------------

    def _prepared(self, entity: str, documents: list[Document]) -> list[Any]:
        if entity not in bill_mirror.ENTITIES:
            return []
        return bill_mirror.rows_of(self._company_id, entity, documents, self._retainage)

    def _announce(self, entity: str, documents: list[Document], deleted: Sequence[str]) -> None:
        handing.announce(self._row, entity, documents, deleted, heard_by=self._heard_by)

    def _absorb(self, entity: str, documents: list[Document], prepared: list[Any], deleted: Sequence[str]) -> int:
        self._read_anew(handing.hand_on(self._row, entity, documents, prepared, deleted))
        links.heard_of(self._company_id, entity, [*(str(one["Id"]) for one in documents), *deleted])
        if entity == ORDER:
            self._look_again_with_bills(documents)
        self._note_hints(entity, documents, deleted)
        return len(documents) + len(deleted)

    def _look_again_with_bills(self, documents: list[Document]) -> None:
        """Whether an order was closed by its bills or by hand is seen by the bills; those that came with it are read
        after it, so it is asked for once more in this look.
        """
        ids = handing.closed_by_unknown_bills(self._company_id, documents) if "Bill" in self.entities else set()
        links.look_soon(self._company_id, ORDER, ids - self._looked_again)
        self._looked_again |= ids

    def _note_hints(self, entity: str, documents: list[Document], deleted: Sequence[str]) -> None:
        """What webhooks said before this turn and is told now, at least as new, need not be read once more."""
        told: Mapping[str, datetime | None] = {str(one["Id"]): _changed_at(one) for one in documents}
        known = [hint for key, at in told.items() for hint in self._hinted.get((entity, key), ()) if _covers(at, hint)]
        known += [hint for key in deleted for hint in self._hinted.get((entity, key), ())]
        _have_been_read([hint.pk for hint in known])

    def _retire(self, entity: str, before: datetime) -> None:
        self._read_anew(handing.retire(self._row, entity, before))
        links.look_for_unseen(self._company_id, entity, before)

    def _read_anew(self, entities: Collection[str]) -> None:
        """Let these be read whole in this very look, whether they were up to date or are told of in the same answer."""
        for cursor in (self._cursors[one] for one in entities if one in self._cursors):
            self._begin(cursor, None)
            cursor.done_in = None
            cursor.save()
            self._anew.add(cursor.entity)

    def _is_up_to_date(self, cursor: DocumentCursor, at: datetime | None) -> None:
        if cursor.entity in self._anew:  # by what came before it in the same answer
            return
        whole_at = cursor.began_at if cursor.position and cursor.window_since is None else None
        super()._is_up_to_date(cursor, at)
        handing.tell_readings(self._row, cursor.entity, at, whole_at)

    def _settle(self) -> None:
        """Look again at what came while we were writing it ourselves, let invoices know, if bills or payments came."""
        drift.look_again(self._company_id)
        began = self._reading.began_at
        bills = LedgerBill.objects.filter(company_id=self._company_id, seen_at__gte=began)
        paid = LedgerBillPayment.objects.filter(company_id=self._company_id, seen_at__gte=began)
        with transaction.atomic():
            if (bills.exists() or paid.exists()) and handing.takes_payments(self._row):
                payments.settle(self._row)
            Sweep.objects.filter(company_id=self._company_id, ended_at__lt=timezone.now() - KEPT_FOR).delete()
            readings.note(self._reading, "Finished")

    # -- beyond what changes tell ------------------------------------------------------------------------------------

    def _step(self) -> bool:
        return super()._step() or self._follow_hints() or self._look_for_links()

    def _read_page(self, cursor: DocumentCursor) -> None:
        self._heard_by = gettext_noop("the whole list")
        self._anew.discard(cursor.entity)
        super()._read_page(cursor)

    def _read_changes(self, cursors: list[DocumentCursor]) -> None:
        self._heard_by = gettext_noop("the changes")
        super()._read_changes(cursors)

    def _follow_hints(self) -> bool:
        """Read what webhooks pointed to and the changes did not tell, all of a kind in one call."""
        hints = list(hints_of(self._company_id))
        concerning = self._concerning(hints)
        followed = {one.pk for one in concerning}
        _have_been_read([one.pk for one in hints if one.pk not in followed])
        if not concerning:
            return False
        entity = concerning[0].entity
        ids = list(dict.fromkeys(one.remote_id for one in concerning if one.entity == entity))[: links.AT_ONCE]
        asked = set(ids)
        told = [one.pk for one in concerning if one.entity == entity and one.remote_id in asked]
        with reading_for(gettext_noop("What webhooks pointed to")):
            try:
                self._read_ids(entity, ids, told)
            except LedgerFault as failure:
                # What QuickBooks refuses to tell now it will refuse again; it must not stand in the way of the rest.
                if failure.kind is FaultKind.REFUSED:
                    _have_been_read(told)
                raise
        return True

    def _concerning(self, hints: list[WebhookEvent]) -> list[WebhookEvent]:
        """Those about something that is watched; of documents that only we send, about one of ours."""
        ours = {entity: links.linked_among(self._company_id, entity, hints) for entity in handing.ONLY_OURS}
        watched = [one for one in hints if one.entity in self.entities]
        return [one for one in watched if one.entity not in ours or one.remote_id in ours[one.entity]]

    def _look_for_links(self) -> bool:
        """Look whether linked documents that nothing was heard of for days are still there."""
        entity, ids = links.due_ids(self._company_id, self.entities)
        if not ids:
            return False
        with reading_for(gettext_noop("Whether linked documents are still there")):
            self._read_ids(entity, ids)
        return True

    def _read_ids(self, entity: str, ids: list[str], hints: Sequence[int] = ()) -> None:
        """One call for these ids. Without hints, what is not there and had to be is gone; else a look will tell."""
        self._heard_by = gettext_noop("a webhook") if hints else gettext_noop("a look for it")
        page = self._ledger.page(entity, start=1, where=f"Id IN {quote(ids)}", size=PAGE)
        prepared = self._prepared(entity, page.rows)
        absent = sorted(set(ids) - {str(one["Id"]) for one in page.rows})
        gone = [] if hints else links.settled_among(self._company_id, entity, absent)
        self._announce(entity, page.rows, gone)
        with transaction.atomic():
            hold(self._row)
            self._absorb(entity, page.rows, prepared, gone)
            links.look_for(self._company_id, entity, set(absent) - set(gone))
            _have_been_read(hints)
            readings.note(self._reading, entity, reads=1, documents=len(page.rows) + len(gone))


def _have_been_read(hints: Sequence[int]) -> None:
    if hints:
        WebhookEvent.objects.filter(pk__in=hints).update(read_at=timezone.now())


def _changed_at(document: Document) -> datetime | None:
    told = (document.get("MetaData") or {}).get("LastUpdatedTime")
    return datetime.fromisoformat(str(told)) if told else None


def _covers(at: datetime | None, hint: WebhookEvent) -> bool:
    return at is not None and at >= hint.happened_at - _SAME_TIME
