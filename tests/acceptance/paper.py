"""A ledger of paper: the other side of the Courier protocol, for tests that ask about acceptance alone.

It keeps the documents it was given and can be told how the next calls end. The real ledger's side is tested
against the emulator, over HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError

from procore_sync.acceptance.courier import (
    Check,
    Choice,
    Choices,
    Fact,
    Gone,
    LinkChange,
    LinkView,
    Obstacle,
    Outcome,
    Posting,
)
from procore_sync.acceptance.kinds import KindSpec, Unmet
from procore_sync.acceptance.models import Document, ErpItem, Submission
from procore_sync.acceptance.states import OutcomeKind
from procore_sync.kit.kinds import Kind


@dataclass
class PaperPreview:
    """A record that becomes a bill which says the same."""

    ledger: PaperLedger
    document: Document

    def posting(self, choices: Choices) -> Posting:
        terms = {"Terms": self.ledger.terms} if self.ledger.terms else {}
        facts = [Fact("Label", self.document["label"]), *(Fact(label, value) for label, value in terms.items())]
        return Posting("Bill", "create", "Bill", facts, {**self.document, **choices, **terms})

    def choices(self) -> list[Choice]:
        return self.ledger.choices

    def checks(self) -> list[Check]:
        return self.ledger.stops

    def changing(self, posting: Posting) -> list[LinkChange]:
        return self.ledger.changing


@dataclass
class PaperLedger:
    """What was written, by request id, and what is to happen next."""

    documents: dict[str, Document] = field(default_factory=dict)
    next: list[OutcomeKind | Callable[[Submission], Outcome]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    stops: list[Check] = field(default_factory=list)
    changing: list[LinkChange] = field(default_factory=list)
    obstructions: list[Obstacle] = field(default_factory=list)
    alone: set[int] = field(default_factory=set)
    taken: set[int] = field(default_factory=set)
    batches: list[list[int]] = field(default_factory=list)
    refuses: Callable[[Submission], Outcome | None] = lambda submission: None
    before_answer: Callable[[], object] = lambda: None
    while_looking: Callable[[], object] = lambda: None
    gone: bool = False
    terms: str = ""
    confirmed: list[int] = field(default_factory=list)
    forgotten: list[int] = field(default_factory=list)

    def preview(self, item: ErpItem, document: Document) -> PaperPreview:
        return PaperPreview(self, document)

    def obstacles(self, submissions: Sequence[Submission]) -> dict[int, Obstacle]:
        return {each.pk: self.obstructions[0] for each in submissions} if self.obstructions else {}

    def takes_many(self, company_id: int) -> bool:
        return True

    def together(self, submissions: Sequence[Submission]) -> list[Submission]:
        return [each for each in submissions if each.item_id not in self.alone]

    def send(self, submission: Submission) -> Outcome:
        self.calls.append(f"send {submission.request_id}")
        then = self.next.pop(0) if self.next else OutcomeKind.DONE
        if callable(then) and not isinstance(then, OutcomeKind):
            return then(submission)
        assert isinstance(then, OutcomeKind)
        if then == OutcomeKind.DONE:
            self.write(submission)
        return self.outcome(then)

    def send_together(self, submissions: Sequence[Submission], request_id: str) -> list[Outcome]:
        self.batches.append([each.pk for each in submissions])
        self.before_answer()
        return [self._in_batch(each, request_id) for each in submissions]

    def _in_batch(self, submission: Submission, request_id: str) -> Outcome:
        refused = self.refuses(submission)
        if refused is None or refused.kind == OutcomeKind.UNKNOWN:
            self.write(submission)
        return refused or self.outcome(OutcomeKind.DONE)

    def write(self, submission: Submission) -> None:
        """Write the document, once a request id, as QuickBooks does."""
        self.documents.setdefault(submission.request_id, submission.posting["payload"])

    def outcome(self, kind: OutcomeKind) -> Outcome:
        return Outcome(kind, f"The paper says {kind}.", entity="Bill", remote_id="7", verified=kind == OutcomeKind.DONE)

    def probe(self, submission: Submission) -> Outcome:
        self.calls.append(f"probe {submission.request_id}")
        there = submission.request_id in self.documents
        return self.outcome(OutcomeKind.DONE if there else OutcomeKind.ABSENT)

    def confirm(self, there: Sequence[tuple[Submission, Outcome]]) -> None:
        if any(submission.item_id in self.taken for submission, _ in there):
            raise IntegrityError("Another item is this bill already.")
        self.confirmed += [submission.item_id for submission, _ in there]

    def is_gone(self, item: ErpItem) -> Gone:
        self.while_looking()
        return Gone(self.gone, "Bill 7 is gone." if self.gone else "QuickBooks still holds bill 7. Delete it first.")

    def forget(self, item: ErpItem, gone: Gone) -> None:
        self.forgotten.append(item.pk)

    def link(self, item: ErpItem) -> LinkView | None:
        return None


def paper_spec(unmet: list[Unmet]) -> KindSpec:
    """A kind whose record is the item itself."""
    return KindSpec(
        kind=Kind.INVOICE,
        label="Subcontractor invoice",
        plural="Subcontractor invoices",
        badge="INV",
        record_of=lambda item: item,
        document=lambda item: {"label": item.label, "amount": str(item.amount)},
        unmet=lambda item: unmet,
        url=lambda item: f"/paper/{item.pk}/",
        facts=lambda document: [Fact("Label", document["label"]), Fact("Amount", document["amount"], numeric=True)],
    )
