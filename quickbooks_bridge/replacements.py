"""Correct and replace: the old purchase order is put away, and a new one with what stood in it takes its place.

Broken off anywhere, it goes on where it stopped: what is put away already is passed over, what the old order held
was kept before it was touched, and the new one is known by our mark of this revision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q
from django.db.models.functions import Now
from django.urls import reverse

from procore_sync.acceptance.claims import lost_tries
from procore_sync.acceptance.courier import Obstacle, Outcome
from procore_sync.acceptance.models import Submission
from procore_sync.acceptance.states import OutcomeKind, Status
from procore_sync.kit.kinds import Kind
from quickbooks_bridge.client.api import quote
from quickbooks_bridge.client.faults import FaultKind, LedgerFault
from quickbooks_bridge.client.wire import Answer
from quickbooks_bridge.drift.comparing import is_marked
from quickbooks_bridge.exporters.base import Difference, Document
from quickbooks_bridge.exporters.bills import ORDER
from quickbooks_bridge.exporters.figures import as_numbers
from quickbooks_bridge.exporters.lines import writable
from quickbooks_bridge.exporters.purchase_orders import bills_of
from quickbooks_bridge.line_flights import LOOK_BACK, LineFlight, nothing_said
from quickbooks_bridge.links import link_of, named_openly
from quickbooks_bridge.models import Link
from quickbooks_bridge.outcomes import done, of_fault, plain, refused
from quickbooks_bridge.references import Unresolved
from quickbooks_bridge.stops import Stop

DELETE, CLOSE = "delete", "close"


def replaces(kind: str, document: Document, link: Link | None) -> bool:
    """Whether what is sent takes the place of an order that stands in QuickBooks."""
    return kind == Kind.COMMITMENT and bool(document.get("replaces")) and link is not None


def being_replaced(submission: Submission) -> Obstacle | None:
    """Why a change order waits whose purchase order was put away and is not there anew yet; None for anything else."""
    if submission.item.kind != Kind.CHANGE_ORDER:
        return None
    link = link_of(submission.item, submission.document)
    if link is None or not link.replaced:
        return None
    return Obstacle(
        f"The purchase order of {named_openly(link.item)} is being replaced, so this waits for the new one.",
        where=reverse("acceptance:review", args=[link.item_id]),
        seconds=60,
    )


def given_up(company_id: int) -> list[str]:
    """The orders that a sending was to replace which is not on its way any more; whether they stand is to be looked."""
    links = Link.objects.filter(company_id=company_id).exclude(replaced={})
    return list(links.exclude(item__status=Status.EXPORTING).values_list("remote_id", flat=True))


@transaction.atomic
def note_standing(company_id: int, orders: Iterable[Mapping[str, Any]]) -> None:
    """Note of these orders, which were just read, that none of them is being replaced any more: it stands open though
    the sending that was to put it away was given up, and whatever that sending asked in vain is surely over.
    """
    ids = {str(one["Id"]) for one in orders if one.get("POStatus") == "Open"} & set(given_up(company_id))
    if not ids:
        return
    # Twice: what is read now may have been asked so long ago as a call takes.
    since = Now() - timedelta(seconds=2 * settings.BATCH_PROBE_PAUSE_SECONDS)
    late = lost_tries().filter(submission__item=OuterRef("item"))
    late = late.filter(Q(finished_at=None) | Q(finished_at__gt=since))
    links = Link.objects.filter(company_id=company_id, entity=ORDER, remote_id__in=ids).select_for_update(of=("self",))
    over = links.exclude(item__status=Status.EXPORTING).filter(~Exists(late))
    Link.objects.filter(pk__in=[link.pk for link in over]).update(replaced={})


@dataclass(frozen=True)
class ReplacingFlight(LineFlight):
    """A commitment that was corrected. `choices["old_order"]` says what becomes of the order that it had."""

    def _sent(self) -> Outcome:
        old = self._old()
        if old is not None and self._is_new(old):
            return self._update()
        left = self._left_earlier()
        if left is not None:
            return left
        # Everything that can be refused here is, before anything is touched.
        whole = self._whole()
        if whole is not None:
            return whole
        stood = self._kept() if old is None else old
        new = self._made_of(stood, self._worded(stood))
        against = self._without_room(new) or (self._against(old) if old is not None else None)
        if against is not None:
            return against
        if old is not None:
            self._keep(old)
            try:
                self._put_away(old)
            except LedgerFault as failure:
                if self._stands(failure):
                    self._keep({})
                raise
        return self._in_its_place(new)

    def _left_earlier(self) -> Outcome | None:
        """The outcome if an earlier sending whose answer was lost has made its new order after all (ADR 36): it is
        linked as it stands, and trying again replaces it."""
        lost = lost_tries().filter(submission__item=self.submission.item_id)
        since = lost.filter(submission__number__lt=self.submission.number).aggregate(at=Min("started_at"))["at"]
        if since is None:
            return None
        for row in self.ledger.all(self.entity, f"MetaData.CreateTime >= {quote(since - LOOK_BACK)}"):
            is_other = str(row["Id"]) != self._linked().remote_id and row.get("POStatus") == "Open"
            if is_other and is_marked(self.exporter, self.reference, row):
                return self._unless_taken(row) or self._judge(nothing_said(), row)
        return None

    def _found(self) -> Outcome:
        old = self._old()
        return self._find_linked() if old is not None and self._is_new(old) else self._find_new()

    def _asked(self) -> dict[str, Any]:
        return {**super()._asked(), "operation": "replace", "old_order": self._fate}

    @property
    def _fate(self) -> str:
        return str(self.submission.choices.get("old_order", CLOSE))

    def _old(self) -> Document | None:
        """The order that is linked, or None if it is gone."""
        try:
            return self.ledger.read(self.entity, self._linked().remote_id).document(self.entity)
        except LedgerFault as failure:
            if failure.kind is not FaultKind.MISSING:
                raise
            return None

    def _is_new(self, order: Document) -> bool:
        """Whether the linked order is the new one already, written by an earlier try of this very revision."""
        return self.exporter.is_marked(order, self.payload["PrivateNote"])

    def _against(self, old: Document) -> Outcome | None:
        """Why the old order must not be put away; nothing was touched then."""
        if bills_of(old):
            return refused(
                Stop.ORDER_BILLED,
                f"Bills are made from the {self.name} in QuickBooks, so it cannot be replaced and nothing was changed. "
                "Let the bookkeeper take the bills away from it first, then try again; "
                "or reject this and change the commitment by a change order.",
                where=self._page,
            )
        link = self._linked()
        lost = self.exporter.overwritten(self._worded(old), link.seen, old)
        for exporter, change in self._changes_in(old):
            lost += exporter.overwritten(change, link.seen, old)
        return self._drifted(link, lost) if lost and not self._was_shown(lost) else None

    def _stands(self, failure: LedgerFault) -> bool:
        """Whether the old order surely was not put away: what holds others up for the new one is over then."""
        certain = failure.fault.nothing_written and failure.kind is not FaultKind.MISSING
        # A refusal does not end an earlier call whose answer was lost (ADR 30).
        return certain and not self._may_have_written()

    def _keep(self, old: Document) -> None:
        link = self._linked()
        link.replaced = plain(old)
        link.save(update_fields=["replaced"])

    def _kept(self) -> Document:
        """The old order as it was kept before it was put away; nothing if somebody else took it away."""
        kept: Document = self._linked().replaced
        return kept if kept.get("Id") == self._linked().remote_id else {}

    def _worded(self, stood: Document) -> Document:
        """Our payload with the bookkeeper's words where ours have not changed since the old order."""
        return self.exporter.yielding(self.payload, self.before, stood) if stood else self.payload

    def _judge(self, answer: Answer, remote: Document) -> Outcome:
        try:
            return self._judge_by(self._worded(self._kept()), answer, remote)
        except Unresolved as missing:
            return done(self.entity, answer, remote, [str(missing)])

    def _put_away(self, old: Document) -> None:
        """Delete or close it; once more does nothing."""
        request_id = f"{self._request_of(old)}o"[:50]
        if self._fate == DELETE:
            try:
                self.ledger.delete(self.entity, str(old["Id"]), str(old["SyncToken"]), request_id=request_id)
            except LedgerFault as failure:
                if failure.kind is not FaultKind.MISSING:
                    raise
        elif old.get("POStatus") != "Closed":
            closed = {**writable(old), "POStatus": "Closed"}
            self.ledger.update(self.entity, closed, request_id=request_id)

    def _in_its_place(self, new: Document) -> Outcome:
        """Create the new order; a refusal says what became of the old one."""
        try:
            outcome = self._write_new(as_numbers(new))
        except LedgerFault as failure:
            outcome = of_fault(failure.fault)
        if outcome.kind is not OutcomeKind.REFUSED:
            return outcome
        gone = "deleted" if self._fate == DELETE else "closed"
        told = f"The old order is {gone} already and the new one is not there yet."
        return replace(outcome, sentence=f"{told} {outcome.sentence}")

    def _differences(self, payload: Document, remote: Document) -> list[Difference]:
        changes = self._changes_in(self._kept() or remote)
        of_changes = [one for exporter, change in changes for one in exporter.compare(change, remote)]
        return [*self.exporter.compare(payload, remote), *of_changes]
