"""What acceptance asks of a ledger. The bridge registers its courier at start; a second ledger is a second courier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Protocol

from procore_sync.acceptance.models import Document, ErpItem, Submission
from procore_sync.acceptance.states import OutcomeKind

Choices = Mapping[str, str]


@dataclass(frozen=True)
class Fact:
    """A labelled value of a record or a posting, as a person reads it."""

    label: str
    value: str
    numeric: bool = False


@dataclass(frozen=True)
class Posting:
    """What the ledger is to get: for the eye (`facts`, `columns`, `lines`, `total`) and for the wire (`payload`).

    `total_of` says what the total is of, where it is not that of the whole ledger document; `ledger` for which
    company's books it is made, in the ledger's own words.
    """

    entity: str
    operation: Literal["create", "update"]
    title: str
    facts: list[Fact]
    payload: dict[str, Any]
    columns: list[str] = field(default_factory=list)
    lines: list[list[str]] = field(default_factory=list)
    total: Decimal | None = None
    total_of: str = ""
    ledger: str = ""

    @classmethod
    def accepted(cls, submission: Submission) -> Posting | None:
        """The posting that was frozen when `submission` was accepted, or None if it was not."""
        frozen = dict(submission.posting)
        if not frozen:
            return None
        total = frozen.pop("total")
        facts = [Fact(**fact) for fact in frozen.pop("facts")]
        return cls(**frozen, facts=facts, total=None if total is None else Decimal(total))


@dataclass(frozen=True)
class Choice:
    """Something the approver picks at acceptance, such as the accounts of an item."""

    name: str
    label: str
    options: list[tuple[str, str]]
    required: bool = True
    initial: str = ""
    help: str = ""


@dataclass(frozen=True)
class Check:
    """A sentence for or against acceptance.

    `stop` makes acceptance impossible, `look` asks for a second glance, `wait` says what an accepted record waits for.
    `who` can cure it, in the words of `accounts.curing`, and `url` is where; "" where there is nothing to cure, and
    where the second glance is all. `of` is the kind of record that they cure, if that is another one's.
    """

    level: Literal["ok", "wait", "look", "stop"]
    sentence: str
    url: str = ""
    link_label: str = ""
    who: str = ""
    of: str = ""


@dataclass(frozen=True)
class Obstacle:
    """Why nothing can be sent at the moment, though the record itself is in order.

    `is_timely` says that it is over in `seconds`, to the moment, so that a bell is worth ringing then; the sweep looks
    again at what other obstacles hold up.
    """

    sentence: str
    who: str = ""
    where: str = ""
    seconds: float = 30
    is_timely: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came back from the ledger, classified. DONE with `verified` false means: there, but not equal.

    `asked["requestid"]` is the request id that the ledger was given, which may be longer than that of the claim.
    """

    kind: OutcomeKind
    sentence: str
    http_status: int | None = None
    fault_code: str = ""
    intuit_tid: str = ""
    elapsed_ms: int = 0
    asked: dict[str, Any] = field(default_factory=dict)
    answered: dict[str, Any] = field(default_factory=dict)
    entity: str = ""
    remote_id: str = ""
    sync_token: str = ""
    total: Decimal | None = None
    verified: bool = False
    retry_after: float | None = None
    who: str = ""
    where: str = ""


@dataclass(frozen=True)
class Gone:
    """Whether the ledger no longer holds the linked document, and the sentence that says what it holds.

    `asked` is the ledger's number of the document that was asked for; "" if nothing was linked.
    """

    gone: bool
    sentence: str
    asked: str = ""


@dataclass(frozen=True)
class LinkChange:
    """One value that the ledger holds otherwise than it was accepted."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class LinkView:
    """What an item is in the ledger. Where it is not as it was accepted, `told` says so, `changes` what differs and
    `changes_url` where it is answered.
    """

    entity: str
    remote_id: str
    name: str
    url: str
    verified_at: datetime | None
    health: str
    told: str = ""
    changes: Sequence[LinkChange] = ()
    changes_url: str = ""


class Preview(Protocol):
    """One record before the decision. It reads what it needs once and keeps it, so it serves one page or decision."""

    def posting(self, choices: Choices) -> Posting:
        """What would go out; the same answer for the same rows."""
        ...

    def choices(self) -> list[Choice]:
        """What the approver has to pick before they can accept."""
        ...

    def checks(self) -> list[Check]:
        """What speaks for and against acceptance, from what is known here."""
        ...

    def changing(self, posting: Posting) -> list[LinkChange]:
        """What `posting` would make otherwise in the ledger than it was seen there last; nothing where it is new."""
        ...


class Courier(Protocol):
    """Carries an accepted submission to a ledger. Only the sends, `probe` and `is_gone` use the network."""

    def preview(self, item: ErpItem, document: Document) -> Preview:
        """What becomes of `item` saying `document`, if it is accepted."""
        ...

    def obstacles(self, submissions: Sequence[Submission]) -> Mapping[int, Obstacle]:
        """What keeps each of these, all of one company, from being sent now, by its pk. No network."""
        ...

    def takes_many(self, company_id: int) -> bool:
        """Whether several first exports of the company may go in one call now. No ledger."""
        ...

    def together(self, submissions: Sequence[Submission]) -> list[Submission]:
        """Those of these first exports that may go in one call. No network, and a fixed number of queries."""
        ...

    def send(self, submission: Submission) -> Outcome:
        """Write the frozen posting with the submission's request id. Never raises for what a ledger can do."""
        ...

    def send_together(self, submissions: Sequence[Submission], request_id: str) -> list[Outcome]:
        """Write the frozen postings of what `together` gave in one call under its own request id, an outcome each.

        A call is no transaction: what became of one says nothing of another. Never raises for what a ledger can do.
        """
        ...

    def probe(self, submission: Submission) -> Outcome:
        """Look for the document by our marker or name: DONE if it is there, ABSENT if not, else why unknown."""
        ...

    def confirm(self, there: Sequence[tuple[Submission, Outcome]]) -> None:
        """Remember the links of what is DONE; runs inside settle's transaction."""
        ...

    def is_gone(self, item: ErpItem) -> Gone:
        """Ask the ledger whether the linked document still exists."""
        ...

    def forget(self, item: ErpItem, gone: Gone) -> None:
        """Drop the link to the document that is gone; runs inside unlink's transaction.

        Raises:
            ChangedSinceSeen: another document is linked now, for which nobody has asked.
        """
        ...

    def link(self, item: ErpItem) -> LinkView | None:
        """What the item is in the ledger, or None."""
        ...


_registered: list[Courier] = []


def set_courier(courier: Courier) -> None:
    """Register the ledger's courier; the last one registered serves."""
    _registered[:] = [courier]


def courier() -> Courier:
    """The registered courier.

    Raises:
        LookupError: no ledger bridge is installed.
    """
    if not _registered:
        raise LookupError("No ledger bridge is installed: add quickbooks_bridge to INSTALLED_APPS.")
    return _registered[0]
