"""The calls for a bill or vendor credit: linked to its purchase order, and never the same number twice by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from django.utils.translation import gettext_noop

from procore_sync.acceptance.courier import Outcome
from procore_sync.acceptance.models import Submission
from procore_sync.acceptance.states import OutcomeKind
from quickbooks_bridge.client.wire import Answer
from quickbooks_bridge.exporters.base import Difference, Document
from quickbooks_bridge.exporters.bills import BillExporter, is_voided, order_links
from quickbooks_bridge.exporters.keys import key_of
from quickbooks_bridge.line_flights import LineFlight
from quickbooks_bridge.order_links import Linked, linked
from quickbooks_bridge.outcomes import refused
from quickbooks_bridge.references import resolved
from quickbooks_bridge.stops import Stop

REPEATED_NUMBER = "repeated_number"
REFUSE, ALLOW = "refuse", "allow"
_IF_BOTH_ARE_RIGHT = gettext_noop(
    "If both are right, reject it, let it be sent again, and choose to post it although the number is taken."
)


def repeats_number(submission: Submission) -> bool:
    """Whether the approver lets its number be given twice."""
    return bool(submission.choices.get(REPEATED_NUMBER) == ALLOW)


@dataclass(frozen=True)
class BillFlight(LineFlight):
    """An invoice that becomes a document of its own, or changes the one that it is."""

    @cached_property
    def _tied(self) -> Linked:
        return linked(resolved(self._frozen, self.submission.company_id, self.numbers), self.submission.company_id)

    @cached_property
    def _resolved(self) -> Document:
        return self._tied.payload

    def _sent(self) -> Outcome:
        return self._of_another_kind() or super()._sent()

    def _of_another_kind(self) -> Outcome | None:
        """A bill is never turned into a credit, nor a credit into a bill."""
        if self.link is None or self.link.entity == self.entity:
            return None
        return refused(
            Stop.OTHER_KIND,
            f"The invoice is a {self.link.entity} in QuickBooks and would become a {self.entity}. Let the bookkeeper "
            "delete the one that is there, unlink the invoice, and send it anew; or reject this change.",
            where=self._page,
        )

    def _made_of(self, old: Document, payload: Document) -> Document:
        """A new document; it replaces none, and its links are its own."""
        return self.exporter.merge(old, payload, put=self.put if old else ())

    def _write_new(self, new: Document) -> Outcome:
        allowed, request_id = repeats_number(self.submission), self.submission.request_id
        return self._created(
            lambda: self.ledger.create(self.entity, new, request_id=request_id, repeats_number=allowed)
        )

    def _somebody_elses(self, told: Outcome | None = None) -> Outcome:
        found = super()._somebody_elses(told)
        return replace(found, sentence=f"{found.sentence} {_IF_BOTH_ARE_RIGHT}")

    def _candidates(self) -> Iterator[Document]:
        """What was voided is not taken for ours: a new one was sent in its place."""
        return (row for row in super()._candidates() if not is_voided(row))

    def _differences(self, payload: Document, remote: Document) -> list[Difference]:
        """Besides: lines of others that were not there, where it was found after an answer was lost."""
        found = super()._differences(payload, remote)
        if not isinstance(self.exporter, BillExporter):
            return found
        others = self.exporter.of_others(self.link.seen if self.link else {"TotalAmt": "0.00"}, remote)
        return [*found, *(one for one in others if not self._was_shown([one]))]

    def _judge_by(self, payload: Document, answer: Answer, remote: Document) -> Outcome:
        outcome = super()._judge_by(payload, answer, remote)
        told = " ".join(self._without(remote)) if outcome.kind is OutcomeKind.DONE else ""
        return replace(outcome, sentence=f"{outcome.sentence} {told}") if told else outcome

    def _without(self, remote: Document) -> list[str]:
        """A sentence for each link to the purchase order that the document in QuickBooks does without."""
        there = self.exporter.by_key(remote)
        asked = [key_of(line) for line in self.payload["Line"] if order_links(line)]
        lost = [key for key in asked if key in there and not order_links(there[key])]
        return [*self._tied.without, *(f"Line {key} is not linked to the purchase order." for key in lost)]
