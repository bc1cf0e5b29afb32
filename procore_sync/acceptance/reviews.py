"""What the review shows of one record: what QuickBooks gets, what speaks for and against, and what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from procore_sync.acceptance import quarantine
from procore_sync.acceptance.actions import Offer, actions_for
from procore_sync.acceptance.amount_rules import AmountRules, amount_rules_of, fingerprint_of
from procore_sync.acceptance.courier import (
    Check,
    Choice,
    Choices,
    Fact,
    LinkChange,
    LinkView,
    Posting,
    Preview,
    courier,
)
from procore_sync.acceptance.dry_runs import otherwise_today
from procore_sync.acceptance.kinds import DocumentLine, KindSpec, Sums, spec_of
from procore_sync.acceptance.models import Attempt, Document, ErpItem, Event, Submission
from procore_sync.acceptance.states import Action, Decision, Status, Work
from procore_sync.accounts.models import Membership
from procore_sync.kit.canonical import digest


@dataclass(frozen=True)
class Change:
    """One labelled value that differs between two revisions."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class LineChange:
    """One line that another revision has otherwise, or has not at all: `before` or `after` is empty then."""

    key: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    amount_before: Decimal
    amount_after: Decimal

    @property
    def cells(self) -> list[tuple[str, str]]:
        """Each cell as it was and as it is."""
        width = max(len(self.before), len(self.after))
        blank = ("",) * width
        return list(zip(self.before or blank, self.after or blank, strict=True))

    @property
    def difference(self) -> Decimal:
        """By how much the line's amount grew."""
        return self.amount_after - self.amount_before


@dataclass(frozen=True)
class Trouble:
    """Why a record stopped or waits: the code of its line in the catalogue of errors, and the try that said so."""

    code: str
    attempt: Attempt


@dataclass(frozen=True)
class Review:
    """All that an approver reads before they decide. `today` is what its posting would be otherwise if made now,
    `amounts` what the company's amount rules mean for it.
    """

    item: ErpItem
    record_url: str
    kind_label: str
    submission: Submission | None
    facts: list[Fact]
    posting: Posting | None
    today: list[LinkChange]
    amounts: AmountRules
    choices: list[Choice]
    checks: list[Check]
    diff_synced: list[Change]
    diff_rejected: list[Change]
    lines_synced: list[LineChange]
    lines_rejected: list[LineChange]
    line_columns: tuple[str, ...]
    sums: Sums | None
    last_rejection: Submission | None
    attempts: list[Attempt]
    trouble: Trouble | None
    events: list[Event]
    offers: list[Offer]
    link: LinkView | None

    @property
    def seen(self) -> str:
        """What waits for its decision as a digest: the sending, what is proposed, and the posting that is made of it;
        "" if nothing waits.
        """
        if self.submission is None or self.item.status != Status.SENT:
            return ""
        proposed = {one.name: one.initial for one in self.choices}
        return digest([self.submission.digest, proposed, self.posting and fingerprint_of(self.posting)])

    @property
    def reply(self) -> str:
        """What the sender answered to the remark when they sent it last; "" if nothing.

        Of a record that was not sent again since, it would be what was answered to the remark before.
        """
        if self.item.status != Status.SENT:
            return ""
        return next((event.comment for event in self.events if event.action == Action.SEND), "")


def review_of(item: ErpItem, member: Membership, choices: Choices | None = None) -> Review:
    """The review page of `item`, an item that `member` may see.

    `choices` are picked on the page and not decided yet: the posting shows what they would make of it. What is not
    offered is passed over.
    """
    spec = spec_of(item.kind)
    record = spec.record_of(item)
    people = ("sent_by__user", "decided_by__user", "first_by__user")
    sendings = list(item.submissions.select_related(*people).order_by("-number"))
    newest = sendings[0] if sendings else None
    document = newest.document if newest and item.is_locked else spec.document(record)
    deciding = item.status == Status.SENT
    preview = courier().preview(item, document)
    given = {**(newest.first_choices if newest else {}), **(choices or {})}
    offered = [_picked(one, given) for one in preview.choices()] if deciding else []
    picked = {one.name: one.initial for one in offered if one.initial}
    if not offered and newest:
        picked = newest.choices
    events = list(item.events.select_related("by__user").order_by("-sequence"))
    stands_by = next((one.action for one in events if one.action in _STANDS_BY), "")
    synced = _held(item, sendings, stands_by)
    answered = next((one.action for one in events if one.action in (*_STANDS_BY, Action.REJECT)), "") != Action.REJECT
    rejected = next((one for one in sendings if one.decision == Decision.REJECTED and not answered), None)
    attempts = list(Attempt.objects.filter(submission__item=item).order_by("-started_at", "-pk"))
    posting = _posting(item, newest if stands_by != Action.LINK or item.is_locked else None, preview, picked)
    checks = preview.checks() if deciding else []
    return Review(
        item=item,
        record_url=spec.url(record),
        kind_label=spec.label,
        submission=newest,
        facts=spec.facts(document),
        posting=posting,
        today=otherwise_today(item, newest),
        amounts=amount_rules_of(item, sendings, posting),
        choices=offered,
        checks=checks,
        diff_synced=_diff(spec.facts, synced, document) or _written_over(item, synced, preview, posting),
        diff_rejected=_diff(spec.facts, rejected, document) if item.status == Status.SENT else [],
        lines_synced=_line_diff(spec, synced, document),
        lines_rejected=_line_diff(spec, rejected, document) if item.status == Status.SENT else [],
        line_columns=spec.line_columns,
        sums=spec.sums(document) if spec.sums else None,
        last_rejection=rejected if item.status in (Status.SENT, Status.REJECTED) else None,
        attempts=attempts,
        trouble=_trouble(newest, attempts),
        events=events,
        offers=actions_for(item, member, checks, newest),
        link=courier().link(item),
    )


def trouble_of(item: ErpItem) -> Trouble | None:
    """Why `item` stopped or waits, if a try at the ledger said so."""
    newest = item.submissions.order_by("-number").first()
    return _trouble(newest, newest.attempts.order_by("-started_at", "-pk") if newest else [])


def _trouble(newest: Submission | None, attempts: Iterable[Attempt]) -> Trouble | None:
    """The last try of `newest`, if it is what the submission's reason speaks of."""
    last = next((one for one in attempts if newest and one.submission_id == newest.pk), None)
    if newest is None or last is None or not newest.reason:
        return None
    if newest.work == Work.PARKED and not last.outcome:
        return Trouble(quarantine.CODE, last)
    said = bool(last.sentence) and newest.reason.startswith(last.sentence)
    return Trouble(last.fault_code or last.outcome, last) if said else None


def _posting(item: ErpItem, newest: Submission | None, preview: Preview, picked: Choices) -> Posting | None:
    """What the ledger got or is to get, as it was accepted; before a decision, what it would get.

    None where a record was linked to what the ledger held already: nothing was posted.
    """
    if item.status in (Status.EXPORTING, Status.FAILED):
        return Posting.accepted(newest) if newest else None
    if item.status == Status.SYNCED and not item.is_changed:
        return Posting.accepted(newest) if newest and newest.work == Work.DONE else None
    return preview.posting(picked)


def _picked(choice: Choice, given: Choices) -> Choice:
    """`choice` standing at what was picked; a choice that may stay open can be emptied."""
    value = given.get(choice.name)
    known = value in {key for key, _ in choice.options} or (value == "" and not choice.required)
    return replace(choice, initial=value) if value is not None and known else choice


#: By what a record comes to stand in the ledger: what was sent was taken, or it is what stood there already.
_STANDS_BY = (Action.CONFIRM, Action.LINK)


def _held(item: ErpItem, sendings: Iterable[Submission], stands_by: str) -> Submission | None:
    """The sending that the ledger holds, if `item` stands there by one and not by a link to what stood there."""
    if stands_by == Action.LINK:
        return None
    return next((one for one in sendings if one.revision == item.synced_revision), None)


def _written_over(item: ErpItem, synced: Submission | None, preview: Preview, posting: Posting | None) -> list[Change]:
    """What a posting would change of what a record was linked to, which nothing that was sent says."""
    if synced is not None or item.synced_revision is None or not item.is_changed or posting is None:
        return []
    return [Change(one.label, one.before, one.after) for one in preview.changing(posting)]


def _diff(
    facts: Callable[[dict[str, Any]], list[Fact]], before: Submission | None, document: dict[str, Any]
) -> list[Change]:
    if before is None:
        return []
    old = {fact.label: fact.value for fact in facts(before.document)}
    new = {fact.label: fact.value for fact in facts(document)}
    labels = [*old, *(label for label in new if label not in old)]
    return [
        Change(label, old.get(label, ""), new.get(label, ""))
        for label in labels
        if old.get(label, "") != new.get(label, "")
    ]


def _line_diff(spec: KindSpec, before: Submission | None, document: Document) -> list[LineChange]:
    if before is None or spec.lines is None:
        return []
    old = {line.key: line for line in spec.lines(before.document)}
    new = {line.key: line for line in spec.lines(document)}
    nothing = DocumentLine("", (), Decimal("0.00"))
    keys = [*old, *(key for key in new if key not in old)]
    pairs = [(key, old.get(key, nothing), new.get(key, nothing)) for key in keys]
    return [
        LineChange(key, was.cells, now.cells, was.amount, now.amount)
        for key, was, now in pairs
        if (was.cells, was.amount) != (now.cells, now.amount)
    ]


def changes_since_sync(item: ErpItem, document: Document) -> tuple[list[Change], list[LineChange]]:
    """How `document`, which stands in the record now, differs from what the ledger took: its facts, and its lines."""
    spec = spec_of(item.kind)
    came = item.events.filter(action__in=_STANDS_BY).order_by("-sequence").values_list("action", flat=True).first()
    synced = _held(item, item.submissions.order_by("-number"), came or "")
    return _diff(spec.facts, synced, document), _line_diff(spec, synced, document)
