"""The only place where acceptance, exporters, client and links meet."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.claims import lost_tries
from procore_sync.acceptance.courier import Gone, LinkView, Obstacle, Outcome
from procore_sync.acceptance.models import Attempt, Document, ErpItem, Submission
from procore_sync.acceptance.states import OutcomeKind, Status
from procore_sync.kit.kept import in_the_readers_words
from quickbooks_bridge import batches, gates, names
from quickbooks_bridge.batches import Batch
from quickbooks_bridge.bill_flights import BillFlight
from quickbooks_bridge.bill_previews import BillPreview
from quickbooks_bridge.bill_setup import not_set_up
from quickbooks_bridge.client.faults import FaultKind, LedgerFault
from quickbooks_bridge.client.transport import LIMITER_CODE
from quickbooks_bridge.connections import connection_of, obstacle_of, pause, sending_obstacle_of
from quickbooks_bridge.drift.selectors import standing_of
from quickbooks_bridge.editions import not_switched_on
from quickbooks_bridge.endpoints import web_url
from quickbooks_bridge.exporters.bills import BillExporter, is_voided
from quickbooks_bridge.exporters.lines import LineExporter
from quickbooks_bridge.exporters.registry import exporter_for
from quickbooks_bridge.flights import Flight
from quickbooks_bridge.importers.names import read_features
from quickbooks_bridge.ledgers import ledger_for, note_good_call, seconds_until_leave
from quickbooks_bridge.line_flights import PERIOD_CLOSED, LineFlight
from quickbooks_bridge.line_previews import LinePreview
from quickbooks_bridge.links import (
    exporter_of,
    forget_lines,
    lines_of_item,
    link_of,
    part,
    remember,
    require_link,
    target_of,
)
from quickbooks_bridge.models import Connection, Health, Link
from quickbooks_bridge.onboarding.caps import take_places
from quickbooks_bridge.periods import closed_period
from quickbooks_bridge.previews import Preview, reference_of
from quickbooks_bridge.reads import Reads
from quickbooks_bridge.reconciling.gate import not_looked
from quickbooks_bridge.replacements import ReplacingFlight, being_replaced, replaces
from quickbooks_bridge.silences import SILENCE, is_silent, leave_alone

_ANSWERED = (OutcomeKind.DONE, OutcomeKind.ABSENT)
_NOT_ALLOWED = "120"
_OVER_THE_LIMIT = gettext_noop(
    "QuickBooks takes a limited number of calls a minute, and they are used up; it goes on by itself within a minute."
)
_NOT_CONNECTED = gettext_noop("QuickBooks is not connected.")
#: How long what has to be looked for rests while nobody can look: a sign-in may be away for days.
_WHILE_AWAY = 300.0
#: What is called with the connection and those submissions that may go; an outcome each.
Call = Callable[[Connection, list[Submission]], list[Outcome]]


class QuickBooksCourier:
    """Carries accepted submissions to QuickBooks Online."""

    def __init__(self) -> None:
        self._looked_at = threading.local()

    def preview(self, item: ErpItem, document: Document) -> Preview:
        """What is shown of `item` saying `document` before the decision, from the names read last."""
        return preview_of(item, document)

    def obstacles(self, submissions: Sequence[Submission]) -> dict[int, Obstacle]:
        """What keeps each of these from being sent now; of first exports one query for all.

        Under a cap, what nothing else keeps takes its place there.
        """
        row = connection_of(submissions[0].company_id)
        self._looked_at.found = ({one.pk for one in submissions}, row)
        of_all = sending_obstacle_of(row) or not_looked(row) or _no_leave(row)
        unready = not_switched_on(submissions, row) | not_set_up(submissions, row)
        found = {
            one.pk: of_all or unready.get(one.pk) or closed_period(one, row) or being_replaced(one)
            for one in submissions
        }
        full = take_places(row, [one for one in submissions if found[one.pk] is None])
        return {pk: obstacle for pk, obstacle in found.items() if obstacle is not None} | full

    def takes_many(self, company_id: int) -> bool:
        """Not while the batches of a minute are used up: there are calls left then, in which each goes by itself."""
        row = connection_of(company_id)
        return row is None or not seconds_until_leave(row, batch=True)

    def together(self, submissions: Sequence[Submission]) -> list[Submission]:
        """Those that create a document of their own, in which nothing of other records stands."""
        return batches.together(submissions)

    def send(self, submission: Submission) -> Outcome:
        """Write the frozen posting: a first export creates, a later one changes what is linked, never a second one."""
        row = self._connection([submission])
        return self._told(row, [submission], lambda ready, _: [_sent(submission, ready)])[0]

    def send_together(self, submissions: Sequence[Submission], request_id: str) -> list[Outcome]:
        """Create what `together` gave in one call."""
        row = self._connection(submissions)
        return self._told(row, submissions, lambda ready, mine: Batch.of(mine, ready, request_id).send())

    def probe(self, submission: Submission) -> Outcome:
        """Look whether an earlier try was carried out; changes nothing."""
        row = connection_of(submission.company_id)
        return self._told(row, [submission], lambda ready, _: [flight_of(submission, ready).probe()], writes=False)[0]

    def _told(
        self, row: Connection | None, submissions: Sequence[Submission], call: Call, *, writes: bool = True
    ) -> list[Outcome]:
        """What `call` tells of those that pass the gates, and of the others why they do not; in the order given."""
        if row is None or not row.is_connected:
            told = obstacle_of(row)
            sentence = told.sentence if told else _NOT_CONNECTED
            where = told.where if told else ""
            away = Outcome(
                OutcomeKind.DISCONNECTED, sentence, who="administrator", where=where, retry_after=_WHILE_AWAY
            )
            return [away] * len(submissions)
        held = gates.in_other_currency(submissions, row) if writes else {}
        held |= gates.of_other_books(submissions, row)
        mine = [one for one in submissions if one.pk not in held]
        outcomes = call(row, mine) if mine else []
        self._note(row, mine, outcomes)
        if any(outcome.fault_code == PERIOD_CLOSED for outcome in outcomes):
            read_features(row, ledger_for(row))
        given = dict(zip([one.pk for one in mine], outcomes, strict=True))
        return [(held | given)[one.pk] for one in submissions]

    def _connection(self, submissions: Sequence[Submission]) -> Connection | None:
        """The row at which `obstacles` has just looked for these; read again in any other case."""
        looked_at, row = self._looked_at.__dict__.pop("found", (frozenset(), None))
        known = looked_at.issuperset(one.pk for one in submissions)
        return row if known else connection_of(submissions[0].company_id)

    def _note(self, row: Connection, submissions: list[Submission], outcomes: list[Outcome]) -> None:
        if any(outcome.kind in _ANSWERED for outcome in outcomes):
            note_good_call(row)
        for outcome in outcomes:
            if _holds_all(outcome):
                pause(row, outcome.retry_after or settings.THROTTLE_SECONDS, outcome.sentence)
                break
        if any(outcome.fault_code == SILENCE for outcome in outcomes) and is_silent(row, submissions):
            leave_alone(row)

    def confirm(self, there: Sequence[tuple[Submission, Outcome]]) -> None:
        """Remember what each is in QuickBooks and how our fields stand there; runs in settle's transaction."""
        remember(there)

    def is_gone(self, item: ErpItem) -> Gone:
        """Ask QuickBooks whether the linked record still exists and is active; of a change order, its lines.

        A name that somebody linked, and of which nothing of ours hangs on that yet, need not be gone: it was the wrong
        one, and stays there as it is.
        """
        link = link_of(item)
        row = connection_of(item.company_id)
        if link is None:
            return Gone(True, gettext_noop("It was not linked to anything in QuickBooks."))
        obstacle = obstacle_of(row)
        if row is None or obstacle is not None:
            said = in_the_readers_words(obstacle.sentence if obstacle else _NOT_CONNECTED)
            told = gettext("QuickBooks cannot be asked whether it is still there: %(why)s") % {"why": said}
            return Gone(False, told)
        gone = _only_linked(item, link) or _asked_for(item, link, row)
        return replace(gone, asked=link.remote_id)

    def forget(self, item: ErpItem, gone: Gone) -> None:
        """Drop the link to what is gone; the row in the name list stays, as QuickBooks has it."""
        require_link(item, gone.asked)
        forget_lines(item)
        part(item)
        Link.objects.filter(item=item).delete()

    def link(self, item: ErpItem) -> LinkView | None:
        """What the item is in QuickBooks, or None."""
        link = link_of(item) if target_of(item) == item.pk or item.synced_revision is not None else None
        row = connection_of(item.company_id) if link else None
        if link is None or row is None:
            return None
        url = web_url(link.entity, link.remote_id, row.realm_id, row.environment)
        standing = standing_of(link, item)
        health, verified_at = link.health, link.verified_at
        if standing.is_elsewhere and not item.differs:
            # What it added was found equal when it turned green, perhaps long after the order was changed.
            health, verified_at = Health.OK, item.status_changed_at if item.status == Status.SYNCED else None
        shown = (link.entity, link.remote_id, link.name, url, verified_at, health)
        return LinkView(*shown, standing.told, standing.changes, standing.url)


def preview_of(item: ErpItem, document: Document, reads: Reads | None = None) -> Preview:
    """What is shown of `item` saying `document`; with `reads`, one of many that ask together."""
    exporter = exporter_for(item.kind)
    shape = LinePreview if isinstance(exporter, LineExporter) else Preview
    return (BillPreview if isinstance(exporter, BillExporter) else shape).of(item, document, reads)


def _no_leave(row: Connection | None) -> Obstacle | None:
    """That QuickBooks' limits let nothing of the company go for a while; so no try is opened that could not go."""
    wait = 0.0 if row is None else seconds_until_leave(row)
    return Obstacle(_OVER_THE_LIMIT, seconds=wait, is_timely=True) if wait else None


def _holds_all(outcome: Outcome) -> bool:
    """Whether it was said of the company and not of this record: nothing else of it need ask before a while.

    So a throttle; and a refusal of the app or the subscription, as for calls beyond what our plan at Intuit has
    (quickbooks.md §3.3). But what the person who connected may not do there may be this kind of record only.
    """
    if outcome.kind is OutcomeKind.THROTTLED:
        return outcome.fault_code != LIMITER_CODE
    return outcome.kind is OutcomeKind.DISCONNECTED and bool(outcome.retry_after) and outcome.fault_code != _NOT_ALLOWED


def flight_of(submission: Submission, row: Connection) -> Flight:
    """All that carries `submission` to QuickBooks; makes no call itself."""
    exporter = exporter_for(submission.item.kind, submission.document)
    link = link_of(submission.item, submission.document)
    reference, ledger = reference_of(submission.company.key, submission.item_id), ledger_for(row)
    if not isinstance(exporter, LineExporter):
        return Flight(submission, exporter, ledger, reference, link, row.looked_at)
    shape = ReplacingFlight if replaces(submission.item.kind, submission.document, link) else LineFlight
    if isinstance(exporter, BillExporter):
        shape = BillFlight
    return shape(submission, exporter, ledger, reference, link, row.looked_at)


def _sent(submission: Submission, row: Connection) -> Outcome:
    """What came of writing it, or of finding what an earlier sending of the record has left though it was given up."""
    flight = flight_of(submission, row)
    return (None if flight.link else _left_earlier(flight, row)) or flight.send()


def _left_earlier(flight: Flight, row: Connection) -> Outcome | None:
    """The outcome if a try of an earlier sending, whose answer was lost, is in QuickBooks after all (ADR 36).

    It is linked as it stands there. Where this sending says otherwise that is shown, and trying again writes over it.
    """
    if flight.submission.number == 1:
        return None
    lost = lost_tries().filter(
        submission__item=flight.submission.item_id, submission__number__lt=flight.submission.number
    )
    for earlier in Submission.objects.filter(pk__in=lost.values("submission")).select_related("item", "company"):
        told = flight_of(earlier, row).probe()
        if told.kind is OutcomeKind.DONE:
            return flight.judged(told.answered["document"])
        if told.kind not in (OutcomeKind.ABSENT, OutcomeKind.REFUSED):
            return told
    return None


def _only_linked(item: ErpItem, link: Link) -> Gone | None:
    """That nothing but a person's word says which one it is in QuickBooks, or None. Names only: no two of a list are
    alike, so none is made a second time beside the one that stands.
    """
    if link.entity not in names.ENTITIES or link.verified_at is not None or link.health != Health.OK:
        return None
    written = Attempt.objects.filter(submission__item=item, act="send")
    needed = item.required_by.filter(Q(synced_revision__isnull=False) | Q(status=Status.EXPORTING))
    if written.exists() or needed.exists():
        return None
    return Gone(True, f"It was only linked to “{link.name}”, which stays in QuickBooks as it is.")


def _asked_for(item: ErpItem, link: Link, row: Connection) -> Gone:
    exporter = exporter_of(item)
    called, here = f"{exporter.noun} “{link.name}”", f"{gettext(exporter.noun)} “{link.name}”"
    try:
        held = ledger_for(row).read(link.entity, link.remote_id).document(link.entity)
    except LedgerFault as failure:
        if failure.kind is FaultKind.MISSING:
            return Gone(True, f"QuickBooks no longer holds the {called}.")
        told = gettext("QuickBooks could not be asked whether the %(called)s is still there. %(why)s")
        return Gone(False, told % {"called": here, "why": in_the_readers_words(failure.fault.sentence)})
    if isinstance(exporter, LineExporter):
        return _document_gone(item, exporter, held, link)
    if held.get("Active") is False:
        # Making inactive frees the name, and the list read before must not keep the record from being sent anew.
        names.remember([names.row_of(row.company_id, link.entity, held)])
        return Gone(True, f"The {called} was made inactive in QuickBooks.")
    told = gettext(
        "QuickBooks still holds the %(called)s, number %(number)s. Make it inactive there first, then unlink."
    )
    return Gone(False, told % {"called": here, "number": link.remote_id})


def _document_gone(item: ErpItem, exporter: LineExporter, held: Document, link: Link) -> Gone:
    """Of what is gone the sentence is kept, in English; of what is not it is only said."""
    called = f"{exporter.noun} “{link.name}”"
    said = {"called": f"{gettext(exporter.noun)} “{link.name}”", "number": link.remote_id}
    if isinstance(exporter, BillExporter) and is_voided(held):
        return Gone(True, f"The {called}, number {link.remote_id}, was voided in QuickBooks.")
    if not exporter.appends:
        told = gettext("QuickBooks still holds the %(called)s, number %(number)s. Delete it there first, then unlink.")
        return Gone(False, told % said)
    left = lines_of_item(item, held)
    if not left:
        return Gone(True, f"None of its lines stands in the {called}, number {link.remote_id}, any more.")
    told = gettext(
        "%(count)s of its lines still stand in the %(called)s, number %(number)s. Delete them there first, then unlink."
    )
    return Gone(False, told % {**said, "count": len(left)})
