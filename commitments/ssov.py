"""The subcontractor's own schedule of values: lines broken down and reviewed, never exported (domain.md §11.6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from commitments.contacts import is_contact, require_part
from commitments.models import Commitment, SovLine, SsovLine, SsovStatus
from commitments.notices import breakdown_returned, breakdown_submitted
from commitments.rules import figure_problems
from procore_sync.acceptance.refusals import IllegalMove
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Membership
from procore_sync.kit.canonical import digest
from procore_sync.kit.money import money
from procore_sync.kit.refusals import InvalidInput
from procore_sync.kit.text import line_problems, says_nothing
from projects.records import Problems, changed_since_seen, refuse, saved_by_somebody, still_there, tidy

LIMIT_PARTS = 200
#: In these it is edited and submitted, by its subcontractor or for them.
EDITABLE = (SsovStatus.DRAFT, SsovStatus.REVISE)


@dataclass(frozen=True)
class PartDetails:
    """What a person says about a part of a line."""

    description: str
    amount: Decimal | None


def remaining_of(commitment: Commitment) -> dict[int, Decimal]:
    """What each line, by its own id, still has to be broken down."""
    rows = SovLine.objects.filter(commitment=commitment)
    found = rows.annotate(broken_down=Sum("breakdown__amount")).values_list("pk", "amount", "broken_down")
    return {pk: amount - (money(broken_down) if broken_down else 0) for pk, amount, broken_down in found}


def is_broken_down(commitment: Commitment) -> bool:
    """Whether nothing remains of any line."""
    return not any(remaining_of(commitment).values())


def seen_of(parts: Iterable[SsovLine]) -> str:
    """The parts of a line as a digest."""
    return digest([[part.description, f"{part.amount:.2f}"] for part in parts])


def whole_seen_of(parts: Iterable[SsovLine]) -> str:
    """All parts of a commitment as a digest."""
    return digest(sorted([part.line_id, part.position, part.description, f"{part.amount:.2f}"] for part in parts))


@transaction.atomic
def set_breakdown(line: SovLine, parts: Sequence[PartDetails], *, by: Membership, seen: str = "") -> None:
    """Break a line down into `parts`, in this order; none of them leaves the whole line to be broken down.

    With `seen`, the `seen_of` the parts that `by` looked at, only as long as they are those: the contact and the
    company may have the line open at once.

    Raises:
        NotAllowed: `by` may not edit, nor are they an invoice contact of the commitment.
        InvalidInput: a part is wrong.
        EditedMeanwhile: somebody else saved them since.
        IllegalMove: the commitment has no subcontractor schedule of values, or it is submitted or approved.
    """
    require_part(line.commitment, by)
    commitment = _held(line.commitment)
    sentence = why_not_edit(commitment, by)
    if sentence:
        raise IllegalMove(sentence)
    parts = [tidy(part) for part in parts]
    refuse(_problems(parts))
    if seen and seen != seen_of(line.breakdown.order_by("position")):
        raise saved_by_somebody(commitment.erp.label)
    line.breakdown.all().delete()
    SsovLine.objects.bulk_create(
        SsovLine(line=line, position=place, description=part.description, amount=money(part.amount or 0))
        for place, part in enumerate(parts, start=1)
    )


def why_not_edit(commitment: Commitment, by: Membership) -> str | None:
    """Why `by` cannot break the lines down now, or None if they can."""
    if not commitment.uses_ssov:
        told = gettext("%(record)s has no subcontractor schedule of values. Switch it on first.")
        return told % {"record": commitment.erp.label}
    if commitment.ssov_status in EDITABLE:
        return None
    was = gettext(commitment.get_ssov_status_display()).lower()
    said = {"record": commitment.erp.label, "was": was, "company": commitment.company}
    if is_contact(by):
        return gettext("The breakdown of %(record)s is %(was)s. %(company)s can give it back to you.") % said
    return gettext("The breakdown of %(record)s is %(was)s. Reopen it first.") % said


def _problems(parts: Sequence[PartDetails]) -> Problems:
    if len(parts) > LIMIT_PARTS:
        return {
            "parts": [
                gettext("A line has %(limit)s parts at most; these are %(count)s.")
                % {"limit": LIMIT_PARTS, "count": len(parts)}
            ]
        }
    problems: Problems = {}
    for place, part in enumerate(parts):
        said = line_problems(part.description, limit=1000, what=gettext_noop("description"))
        found = {
            "description": said if part.description else [gettext("The description is empty. Give one.")],
            "amount": figure_problems(part.amount, places=2, what=gettext_noop("amount")),
        }
        for name, sentences in found.items():
            if sentences:
                problems[f"parts.{place}.{name}"] = _in_part(place + 1, sentences)
    return problems


def _in_part(part: int, sentences: Iterable[str]) -> list[str]:
    return [gettext("Part %(part)s: %(sentence)s") % {"part": part, "sentence": sentence} for sentence in sentences]


def _held(commitment: Commitment) -> Commitment:
    """The commitment as it stands, held until the end: who submits and who still edits may be two people."""
    now = still_there(Commitment.objects.select_for_update(), commitment)
    commitment.ssov_status, commitment.uses_ssov = now.ssov_status, now.uses_ssov
    if not commitment.uses_ssov:
        raise IllegalMove(
            gettext("%(record)s has no subcontractor schedule of values. Switch it on first.")
            % {"record": commitment.erp.label}
        )
    return commitment


@transaction.atomic
def submit_breakdown(commitment: Commitment, *, by: Membership, seen: str = "") -> None:
    """Put the breakdown before its reviewers, who are told; every line must be broken down to the cent.

    Raises:
        NotAllowed: `by` may not edit, nor are they an invoice contact of the commitment.
        IllegalMove: something remains to be broken down, there is no line, or it was submitted already.
        ChangedSinceSeen: as `approve_breakdown`.
    """
    require_part(commitment, by)
    _require_seen(_held(commitment), seen, by=by)
    sentence = why_not_submit(commitment)
    if sentence:
        raise IllegalMove(sentence)
    _step(commitment, EDITABLE, SsovStatus.UNDER_REVIEW)
    breakdown_submitted(commitment, by=by)


def why_not_submit(commitment: Commitment) -> str | None:
    """Why the breakdown cannot be submitted, or None if it can."""
    remaining = remaining_of(commitment)
    if not remaining:
        return gettext("The commitment has no line to break down yet.")
    lines = {line.pk: line for line in commitment.lines.all()}
    told = gettext("line %(number)s: %(amount)s")
    open_ = [told % {"number": lines[pk].number, "amount": f"{left:,.2f}"} for pk, left in remaining.items() if left]
    return gettext("Something remains to be broken down (%(lines)s).") % {"lines": "; ".join(open_)} if open_ else None


@transaction.atomic
def approve_breakdown(commitment: Commitment, *, by: Membership, seen: str = "") -> None:
    """Approve a submitted breakdown.

    Raises:
        NotAllowed: `by` may not edit.
        IllegalMove: it is not under review.
        ChangedSinceSeen: it is not what `seen` says, the `whole_seen_of` what `by` looked at.
    """
    require(by, Right.EDIT)
    _require_seen(_held(commitment), seen, by=by)
    _step(commitment, (SsovStatus.UNDER_REVIEW,), SsovStatus.APPROVED)


def _require_seen(commitment: Commitment, seen: str, *, by: Membership) -> None:
    if seen and seen != whole_seen_of(SsovLine.objects.filter(line__commitment=commitment)):
        raise changed_since_seen(commitment.erp.label, breakdown_url(by, "breakdown", commitment.pk))


def breakdown_url(member: Membership, page: str, *at: int) -> str:
    """The address of a page of the breakdown, in the part of the console that `member` has."""
    return reverse(f"commitments:own_{page}" if is_contact(member) else f"commitments:{page}", args=at)


@transaction.atomic
def return_breakdown(commitment: Commitment, reason: str, *, by: Membership, seen: str = "") -> None:
    """Give a submitted breakdown back to be revised; its contacts are told the reason.

    Raises:
        NotAllowed: `by` may not edit.
        InvalidInput: the reason is missing.
        IllegalMove: it is not under review.
        ChangedSinceSeen: as `approve_breakdown`.
    """
    require(by, Right.EDIT)
    if says_nothing(reason):
        sentence = gettext("Say what has to be revised.")
        raise InvalidInput(sentence, errors={"reason": [sentence]})
    _require_seen(_held(commitment), seen, by=by)
    _step(commitment, (SsovStatus.UNDER_REVIEW,), SsovStatus.REVISE, reason.strip())
    breakdown_returned(commitment, by=by)


@transaction.atomic
def reopen_breakdown(commitment: Commitment, *, by: Membership) -> None:
    """Take a submitted or approved breakdown back into draft, so that it can be edited.

    Raises:
        NotAllowed: `by` may not edit.
        IllegalMove: it can be edited as it is.
    """
    require(by, Right.EDIT)
    _step(_held(commitment), (SsovStatus.UNDER_REVIEW, SsovStatus.APPROVED), SsovStatus.DRAFT)


def _step(commitment: Commitment, before: tuple[SsovStatus, ...], after: SsovStatus, reason: str = "") -> None:
    """From one of `before` to `after`, by compare-and-set."""
    mine = Commitment.objects.filter(pk=commitment.pk, ssov_status__in=before)
    if mine.update(ssov_status=after, ssov_reason=reason) != 1:
        commitment.refresh_from_db(fields=["ssov_status"])
        was = gettext(commitment.get_ssov_status_display()).lower()
        sentence = gettext("The breakdown of %(record)s is %(was)s already. Load the page to see what stands now.")
        raise IllegalMove(sentence % {"record": commitment.erp.label, "was": was})
    commitment.ssov_status, commitment.ssov_reason = after, reason
