"""First exports that go in one call, each judged by its own result (ADR 20)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext_noop

from procore_sync.acceptance.courier import Outcome
from procore_sync.acceptance.models import Submission
from procore_sync.kit.kinds import Kind
from quickbooks_bridge.bill_flights import BillFlight, repeats_number
from quickbooks_bridge.client.api import BatchItem, Ledger
from quickbooks_bridge.client.faults import Cure, Fault, FaultKind, LedgerFault
from quickbooks_bridge.client.wire import Answer
from quickbooks_bridge.exporters.bills import BillExporter
from quickbooks_bridge.exporters.lines import LineExporter
from quickbooks_bridge.exporters.registry import exporter_for
from quickbooks_bridge.flights import Flight
from quickbooks_bridge.ledgers import ledger_for
from quickbooks_bridge.line_flights import FirstLineFlight
from quickbooks_bridge.links import lanes_with_changes
from quickbooks_bridge.models import Connection, Link
from quickbooks_bridge.previews import reference_of
from quickbooks_bridge.references import numbers_of

#: What a refusal of a batch as a whole says of none of its items.
_OF_THE_BATCH = frozenset({FaultKind.REFUSED, FaultKind.DUPLICATE, FaultKind.MISSING, FaultKind.STALE})


def together(submissions: Sequence[Submission]) -> list[Submission]:
    """Those that create a document of their own in which nothing of other records stands; two queries at most."""
    linked = set(
        Link.objects.filter(item_id__in=[one.item_id for one in submissions]).values_list("item_id", flat=True)
    )
    free = [one for one in submissions if one.item_id not in linked and not _goes_alone(one)]
    orders = [one.lane for one in free if one.item.kind == Kind.COMMITMENT]
    changed = lanes_with_changes(orders) if orders else set()
    return [one for one in free if one.lane not in changed]


def _goes_alone(submission: Submission) -> bool:
    """What is written into another record's document; and what may repeat a number, which is said of a whole call."""
    exporter = exporter_for(submission.item.kind)
    return (isinstance(exporter, LineExporter) and exporter.appends) or repeats_number(submission)


@dataclass(frozen=True)
class Batch:
    """What `together` gave, on its way in one call under the request id of the batch, which is never used again."""

    flights: Sequence[Flight]
    ledger: Ledger
    request_id: str

    @classmethod
    def of(cls, submissions: Sequence[Submission], row: Connection, request_id: str) -> Batch:
        """The flights of these; one query for all records that they name."""
        numbers = numbers_of([one.posting["payload"] for one in submissions], row.company_id)
        ledger = ledger_for(row)
        return cls([_flight(one, ledger, numbers) for one in submissions], ledger, request_id)

    def send(self) -> list[Outcome]:
        """Create them all in one call; an outcome each, in this order. What cannot be created does not go along."""
        made = [flight.guarded(flight.new) for flight in self.flights]
        items = [
            BatchItem(str(place), "create", flight.entity, new)
            for place, (flight, new) in enumerate(zip(self.flights, made, strict=True), 1)
            if not isinstance(new, Outcome)
        ]
        answers = self._answers(items) if items else {}
        return [
            self._told(str(place), flight.concluded(new if isinstance(new, Outcome) else answers[str(place)]))
            for place, (flight, new) in enumerate(zip(self.flights, made, strict=True), 1)
        ]

    def _answers(self, items: list[BatchItem]) -> dict[str, Callable[[], Answer]]:
        """By its bId, what gives the answer of each item or raises its fault."""
        try:
            told = self.ledger.batch(items, self.request_id)
        except LedgerFault as failure:
            return {item.bid: _raising(_of_an_item(failure.fault)) for item in items}
        results = zip(items, told.results, strict=True)
        return {item.bid: _answering(result.answered, item.entity, told.answer) for item, result in results}

    def _told(self, bid: str, outcome: Outcome) -> Outcome:
        """`outcome`, and in what it was asked: the batch and the place in it."""
        return replace(outcome, asked={**outcome.asked, "requestid": self.request_id, "bId": bid})


def _flight(submission: Submission, ledger: Ledger, numbers: dict[int, str]) -> Flight:
    exporter = exporter_for(submission.item.kind, submission.document)
    reference = reference_of(submission.company.key, submission.item_id)
    if isinstance(exporter, LineExporter):
        shape = BillFlight if isinstance(exporter, BillExporter) else FirstLineFlight
        return shape(submission, exporter, ledger, reference, None, numbers=numbers)
    return Flight(submission, exporter, ledger, reference, None)


def _answering(answered: Callable[[str, Answer], Answer], entity: str, batch: Answer) -> Callable[[], Answer]:
    return lambda: answered(entity, batch)


def _raising(fault: Fault) -> Callable[[], Answer]:
    def answered() -> Answer:
        raise LedgerFault(fault)

    return answered


def _of_an_item(fault: Fault) -> Fault:
    """What the failure of the whole call means for each item. A refused batch wrote nothing, and each goes alone."""
    if fault.kind not in _OF_THE_BATCH:
        return fault
    sentence = f"{_BATCH_REFUSED} {fault.sentence}"
    return replace(fault, kind=FaultKind.NOT_SENT, sentence=sentence, cure=Cure.MACHINE)


_BATCH_REFUSED = gettext_noop(
    "QuickBooks did not take the batch it went in, so nothing was written; it goes by itself."
)
