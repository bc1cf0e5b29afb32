"""What people do to potential change orders and change order requests, one transaction each (domain.md §13)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext

from change_orders.content import (
    Approval,
    Nameable,
    Watched,
    change_lines,
    details_of_request,
    held,
    number,
    require_open,
    require_seen,
    write_lines,
)
from change_orders.models import ChangeLine, ChangeOrder, ChangeRequest, ChangeStatus, RequestTier
from change_orders.notices import to_review
from change_orders.operations import (
    fresh,
    next_number,
    require_deciders,
    require_edition,
    require_in_review,
    require_remark,
    taken,
    why_no_change,
)
from change_orders.reviewing import require_decider, reviewer_problems, status_columns
from change_orders.rules import RequestDetails, change_problems, tidied
from change_orders.selectors import requests_for
from change_orders.statuses import DECIDED
from change_orders.tiers import SEVERAL, Collector, collected_tier, hand_down, settings_page, why_no_request
from commitments.models import Commitment
from procore_sync.acceptance.refusals import IllegalMove
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.curing import EDITORS
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import InvalidInput
from projects.records import AnotherHasTheReference, Columns, Problems, reference_problems, refuse, require_same, saving

PREFIXES = {RequestTier.POTENTIAL: "PCO", RequestTier.REQUEST: "COR"}


@transaction.atomic
def create_request(
    commitment: Commitment,
    tier: RequestTier,
    details: RequestDetails,
    *,
    by: Membership,
    external_ref: str | None = None,
) -> ChangeRequest:
    """A new potential change order, or change order request, of an approved commitment that is not over; numbered as
    change orders are.

    The same `external_ref` with the same details gives the request made before.

    Raises:
        NotAllowed: `by` may not edit, or somebody else is to approve it.
        InvalidInput: a detail is wrong, or the commitment has a change of this tier and number.
        IllegalMove: the commitment is not approved or is over, or the project's changes do not have this tier.
        AnotherHasTheReference: one came under this reference and says something else.
    """
    require(by, Right.EDIT)
    details, external_ref = tidied(details), (external_ref or "").strip() or None
    commitment = held(commitment.pk)
    known, rows = Nameable.of(commitment), _rows(commitment, tier)
    refuse({**_problems(details, tier, commitment, known), **reference_problems(external_ref)})
    there = _known(commitment, external_ref, by)
    if there is not None:
        return _the_same(there, commitment, tier, details, known)
    _require_tier(commitment, tier)
    details = replace(details, number=details.number or next_number(rows, PREFIXES[tier]))
    refuse(taken(rows, details.number))
    made = ChangeRequest(
        commitment=commitment,
        tier=tier,
        number=details.number,
        title=details.title,
        description=details.description,
        reviewer_id=details.reviewer,
        own_status=details.own_status,
        external_ref=external_ref,
        created_by=by,
        created_on=today_of(commitment.company),
        **status_columns(details.status, by=by),
    )
    if details.status in DECIDED:
        require_decider(made, by)
    made.save(force_insert=True)
    write_lines(made, details.lines, known)
    to_review(made, by=by)
    return made


def _rows(commitment: Commitment, tier: str) -> QuerySet[ChangeRequest]:
    return ChangeRequest.objects.filter(commitment=commitment, tier=tier).select_related("commitment")


def _problems(details: RequestDetails, tier: str, commitment: Commitment, known: Nameable) -> Problems:
    problems = change_problems(details, commitment.accounting_method)
    if tier == RequestTier.REQUEST and details.lines:
        problems["lines"] = [gettext("A change order request has the lines of what it collects, and none of its own.")]
    return problems or {**known.problems(details.lines), **reviewer_problems(details.reviewer, commitment)}


def _require_tier(commitment: Commitment, tier: str) -> None:
    sentence = why_no_change(commitment)
    if sentence is not None:
        raise IllegalMove(sentence, who=EDITORS)
    sentence = why_no_request(commitment.project, tier)
    if sentence is not None:
        raise IllegalMove(sentence, who=EDITORS, where=settings_page(commitment.project))


def _known(commitment: Commitment, external_ref: str | None, by: Membership) -> ChangeRequest | None:
    if external_ref is None:
        return None
    rows = ChangeRequest.objects.filter(commitment__company_id=commitment.company_id, external_ref=external_ref)
    there = rows.select_related("commitment").order_by("pk").first()
    if there is not None and not requests_for(by).filter(pk=there.pk).exists():
        raise AnotherHasTheReference(
            gettext("The reference %(reference)s is taken already. Use another.") % {"reference": external_ref}
        )
    return there


def _the_same(
    there: ChangeRequest, commitment: Commitment, tier: str, details: RequestDetails, known: Nameable
) -> ChangeRequest:
    moved = [
        *(["commitment"] if there.commitment_id != commitment.pk else []),
        *(["tier"] if there.tier != tier else []),
    ]
    if moved:
        require_same(there.number, there.external_ref, details, details, *moved)
    require_same(there.number, there.external_ref, *known.both(details_of_request(there), details))
    return there


@transaction.atomic
def edit_request(request: ChangeRequest, details: RequestDetails, *, by: Membership, seen: int) -> ChangeRequest:
    """`request` saying `details`, with exactly these lines; `seen` is the edition that `by` had before them.

    What is collected and does not keep its own status has that of what collects it.

    Raises:
        NotAllowed: `by` may not edit, or a designated reviewer would have to decide, or has approved what would change.
        InvalidInput: a detail is wrong, another has the number, or it would leave the status that it inherits.
        EditedMeanwhile: somebody else saved it since.
        IllegalMove: the change order that it is in is being decided or posted, or is in QuickBooks.
    """
    require(by, Right.EDIT)
    details = tidied(details)
    commitment = held(request.commitment_id)
    before = fresh_request(request)
    change_order = _open_order(before)
    require_edition(before, before.number, seen, by=by)
    known = Nameable.of(commitment)
    refuse(_problems(details, before.tier, commitment, known))
    refuse(taken(_rows(commitment, before.tier), details.number, before.pk))
    inherits = before.parent is not None and not details.own_status
    if before.parent is not None and inherits:
        details = replace(details, status=_inherited(before, before.parent, details))
    watched, approvals = Watched.at(change_order) if change_order else None, Approval.those_of(before)
    columns = _inheriting(before, details, by=by) if inherits else require_deciders(before, details, by=by)
    write_lines(before, details.lines, known)
    saved = {**columns, "own_status": details.own_status, **saving(seen, by)}
    ChangeRequest.objects.filter(pk=before.pk).update(**saved)
    _edited_above(before.parent, by=by)
    now = fresh_request(before)
    _settle(watched, approvals, by=by, moved=now.status != before.status)
    if now.status != before.status:
        hand_down(now, by=by)
    to_review(now, by=by, before=before)
    return now


def _inherited(before: ChangeRequest, parent: Collector, details: RequestDetails) -> str:
    """The status of what collects it: a request that inherits gets no other.

    Raises:
        InvalidInput: another was asked for, without letting it keep its own.
    """
    if not before.own_status and details.status not in (before.status, parent.status):
        sentence = gettext("%(number)s has the status of %(parent)s. Let it keep its own to give it another.") % {
            "number": before.number,
            "parent": parent.number,
        }
        refuse({"status": [sentence]})
    return parent.status


def _inheriting(before: ChangeRequest, details: RequestDetails, *, by: Membership) -> Columns:
    """The columns of a request whose status was decided where it comes from."""
    same = replace(details, status=before.status)
    columns = require_deciders(before, same, by=by)
    moved = details.status != before.status
    return {**columns, **status_columns(details.status, by=by)} if moved else columns


def fresh_request(request: ChangeRequest) -> ChangeRequest:
    """The request as the database has it now, with what sentences name."""
    rows = ChangeRequest.objects.select_related(
        "reviewer__user",
        "commitment__project__erp",
        "commitment__company",
        "commitment__erp",
        "change_order__erp",
        "request__change_order__erp",
    )
    return rows.get(pk=request.pk)


def _open_order(change: Collector) -> ChangeOrder | None:
    """The change order that `change` is or is in, if any.

    Raises:
        IllegalMove: it is being decided or posted, or is in QuickBooks.
    """
    found = change if isinstance(change, ChangeOrder) else change.in_order
    if found is None:
        return None
    change_order = fresh(found)
    require_open(change_order)
    return change_order


@transaction.atomic
def approve_request(request: ChangeRequest, *, by: Membership, seen: str = "") -> ChangeRequest:
    """Approve a request that is in review, and what it collects with it.

    Raises:
        NotAllowed: somebody else is its designated reviewer, or `by` may not edit.
        IllegalMove: it is not in review, has the status of what collects it, or its change order stands still.
        ChangedSinceSeen: it is not what `seen` says, the `seen_of` what `by` looked at.
    """
    return _decide(request, ChangeStatus.APPROVED, by=by, remark="", seen=seen)


@transaction.atomic
def reject_request(request: ChangeRequest, *, by: Membership, remark: str, seen: str = "") -> ChangeRequest:
    """Reject a request that is in review, and what it collects with it, with a remark for its maker.

    Raises:
        NotAllowed: somebody else is its designated reviewer, or `by` may not edit.
        InvalidInput: the remark is missing, or too long.
        IllegalMove: it is not in review, has the status of what collects it, or its change order stands still.
        ChangedSinceSeen: it is not what `seen` says, the `seen_of` what `by` looked at.
    """
    require_remark(remark)
    return _decide(request, ChangeStatus.REJECTED, by=by, remark=remark.strip(), seen=seen)


def why_inherits(request: ChangeRequest) -> str | None:
    """Why the request has no status of its own to decide on, or None if it has."""
    if request.parent is None or not request.inherits:
        return None
    return gettext("%(number)s has the status of %(parent)s: decide on that, or let it keep its own.") % {
        "number": request.number,
        "parent": request.parent.number,
    }


def _decide(request: ChangeRequest, status: ChangeStatus, *, by: Membership, remark: str, seen: str) -> ChangeRequest:
    held(request.commitment_id)
    before = fresh_request(request)
    require_decider(before, by)
    change_order = _open_order(before)
    sentence = why_inherits(before)
    if sentence is not None:
        raise IllegalMove(sentence)
    require_in_review(before)
    require_seen(before, seen)
    watched = Watched.at(change_order) if change_order else None
    columns = status_columns(status, by=by, remark=remark)
    ChangeRequest.objects.filter(pk=before.pk).update(**columns, **saving(before.edition, by))
    if watched is not None:
        watched.settle(by=by, moved=True)
    now = fresh_request(before)
    hand_down(now, by=by)
    return now


@transaction.atomic
def collect(into: Collector, requests: Iterable[ChangeRequest], *, by: Membership) -> int:
    """Let a change order, or a change order request, collect requests of the tier below; returns how many.

    Their lines become lines of the change order and get their numbers in it; they take its status, unless they keep
    their own.

    Raises:
        NotAllowed: `by` may not edit, or what collects them stands approved and has a designated reviewer.
        InvalidInput: none is given.
        IllegalMove: one is of another commitment or tier or is collected already, or the change order stands still.
    """
    require(by, Right.EDIT)
    held(into.commitment_id)
    chosen = [fresh_request(one) for one in requests]
    into = fresh(into) if isinstance(into, ChangeOrder) else fresh_request(into)
    change_order = _open_order(into)
    _require_collectable(into, chosen)
    watched, approvals = Watched.at(change_order) if change_order else None, Approval.those_of(into)
    for one in chosen:
        place = {"change_order": into} if isinstance(into, ChangeOrder) else {"request": into}
        ChangeRequest.objects.filter(pk=one.pk).update(**place, **saving(one.edition, by))
        if change_order is not None:
            _bring_lines(change_order, list(change_lines(one)))
    _edited_above(into, by=by)
    hand_down(into, by=by)
    _settle(watched, approvals, by=by)
    return len(chosen)


def _edited_above(collector: Collector | None, *, by: Membership) -> None:
    """Count an edit of what is collected as one of all that it is part of: who decides on that has not seen it."""
    while collector is not None:
        type(collector).objects.filter(pk=collector.pk).update(**saving(F("edition"), by))
        collector = collector.parent if isinstance(collector, ChangeRequest) else None


def _settle(watched: Watched | None, approvals: Iterable[Approval], *, by: Membership, moved: bool = False) -> None:
    for one in approvals:
        one.settle(by=by)
    if watched is not None:
        watched.settle(by=by, moved=moved)


def _bring_lines(change_order: ChangeOrder, lines: Sequence[ChangeLine]) -> None:
    number(change_order, lines)
    ChangeLine.objects.bulk_update(lines, ["change_order", "number"])


def _require_collectable(into: Collector, chosen: Sequence[ChangeRequest]) -> None:
    if not chosen:
        sentence = gettext("Nothing is chosen. Tick what is to be collected.")
        raise InvalidInput(sentence, errors={"requests": [sentence]})
    tier = collected_tier(into)
    for one in chosen:
        why_not = why_not_collect(into, one, tier)
        if why_not is not None:
            raise IllegalMove(why_not)


def why_not_collect(into: Collector, request: ChangeRequest, tier: RequestTier | None) -> str | None:
    """Why `into`, which collects `tier`, cannot collect `request`, or None if it can."""
    if tier is None:
        return gettext("%(into)s collects nothing: changes of %(project)s do not take that many steps.") % {
            "into": into.number,
            "project": into.commitment.project,
        }
    if request.commitment_id != into.commitment_id:
        return gettext("%(number)s changes another commitment than %(into)s.") % {
            "number": request.number,
            "into": into.number,
        }
    if request.tier != tier:
        several = gettext(SEVERAL[tier]).lower()
        sentence = gettext("%(into)s collects %(several)s, and %(number)s is not one.")
        return sentence % {"into": into.number, "several": several, "number": request.number}
    if request.parent is not None:
        return gettext("%(number)s is in %(parent)s already. Take it out there first.") % {
            "number": request.number,
            "parent": request.parent.number,
        }
    return None


@transaction.atomic
def take_out(request: ChangeRequest, *, by: Membership) -> None:
    """Take a request out of what collects it; its lines leave the change order, and their numbers are never reused.

    Raises:
        NotAllowed: `by` may not edit, or what it is in stands approved and has a designated reviewer.
        IllegalMove: nothing collects it, or its change order stands still.
    """
    require(by, Right.EDIT)
    held(request.commitment_id)
    before = fresh_request(request)
    if before.parent is None:
        raise IllegalMove(
            gettext("%(number)s is in no other change, so there is nothing to take it out of.")
            % {"number": before.number}
        )
    change_order = _open_order(before)
    watched = Watched.at(change_order) if change_order else None
    approvals = Approval.those_of(before.request) if before.request else []
    change_lines(before).update(change_order=None, number=None)
    free = {"change_order": None, "request": None, **saving(before.edition, by)}
    ChangeRequest.objects.filter(pk=before.pk).update(**free)
    _edited_above(before.parent, by=by)
    _settle(watched, approvals, by=by)
    to_review(fresh_request(before), by=by, before=before)
