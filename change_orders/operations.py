"""What people do to change orders: make, edit, approve and reject them, one transaction each."""

from __future__ import annotations

import copy

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext, gettext_noop

from change_orders.content import (
    Nameable,
    Watched,
    details_of_change,
    held,
    item_columns,
    require_open,
    require_seen,
    requirements_of,
    total_of,
    why_billed,
    why_stands_still,
    write_lines,
)
from change_orders.models import Change, ChangeOrder, ChangeRequest, ChangeStatus
from change_orders.notices import to_review
from change_orders.reviewing import require_decider, reviewer_problems, status_columns
from change_orders.rules import ChangeDetails, change_problems, tidied
from change_orders.selectors import change_orders_for
from change_orders.statuses import DECIDED
from change_orders.tiers import hand_down, settings_page, why_no_own_lines
from commitments.models import Commitment
from commitments.statuses import UNDER_WAY
from procore_sync.acceptance.items import open_item, set_requirements
from procore_sync.acceptance.refusals import IllegalMove
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.curing import EDITORS
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput
from procore_sync.kit.text import says_nothing, typed_length
from projects.records import (
    AnotherHasTheReference,
    Columns,
    Problems,
    kept_total,
    reference_problems,
    refuse,
    require_same,
    saved_meanwhile,
    saving,
)

#: Of why a change is rejected, in characters.
LONGEST_REMARK = 2000
Rows = QuerySet[ChangeOrder] | QuerySet[ChangeRequest]


def why_no_change(commitment: Commitment) -> str | None:
    """Why no change of the commitment can be begun, or None if one can."""
    if commitment.status in UNDER_WAY and commitment.is_active:
        return None
    was = gettext(commitment.get_status_display()).lower() if commitment.is_active else gettext("inactive")
    return gettext("%(number)s is %(was)s, and only an approved commitment is changed.") % {
        "number": commitment.number,
        "was": was,
    }


@transaction.atomic
def create_change_order(
    commitment: Commitment, details: ChangeDetails, *, by: Membership, external_ref: str | None = None
) -> ChangeOrder:
    """A new change order of an approved commitment that is not over, dated today; without a number it gets the
    next one.

    The same `external_ref` with the same details gives the change order made before.

    Raises:
        NotAllowed: `by` may not edit, or somebody else is to approve it.
        InvalidInput: a detail is wrong, or the commitment has a change order of this number.
        IllegalMove: the commitment is not approved or is over, or the project's changes begin in a lower tier.
        AnotherHasTheReference: a change order came under this reference and says something else.
    """
    require(by, Right.EDIT)
    details, external_ref = tidied(details), (external_ref or "").strip() or None
    commitment, known = held(commitment.pk), Nameable.of(commitment)
    refuse({**change_problems(details, commitment.accounting_method), **reference_problems(external_ref)})
    refuse({**known.problems(details.lines), **reviewer_problems(details.reviewer, commitment)})
    there = _known(commitment, external_ref, by)
    if there is not None:
        return _the_same(there, commitment, details, known, external_ref)
    _require_begun(commitment, details)
    last = commitment.change_orders.aggregate(last=Max("sequence"))["last"] or 0
    rows = ChangeOrder.objects.filter(commitment=commitment).select_related("commitment")
    number = details.number or next_number(rows, "CO")
    refuse(taken(rows, number))
    made = ChangeOrder(
        company_id=commitment.company_id,
        commitment=commitment,
        sequence=last + 1,
        number=number,
        title=details.title,
        description=details.description,
        reviewer_id=details.reviewer,
        created_on=today_of(commitment.company),
        **status_columns(details.status, by=by),
    )
    if details.status in DECIDED:
        require_decider(made, by)
    _insert(made, by, external_ref)
    write_lines(made, details.lines, known)
    made.erp.amount = kept_total(total_of(made))
    made.erp.save(update_fields=["amount"])
    set_requirements(made.erp, requirements_of(made))
    to_review(made, by=by)
    return made


def _require_begun(commitment: Commitment, details: ChangeDetails) -> None:
    sentence = why_no_change(commitment)
    if sentence is not None:
        raise IllegalMove(sentence, who=EDITORS)
    _require_tier(commitment, details)


def _require_tier(commitment: Commitment, details: ChangeDetails) -> None:
    """New lines of its own come into a change order only where changes take one step."""
    sentence = why_no_own_lines(commitment.project)
    if sentence is not None and any(line.id is None for line in details.lines):
        raise IllegalMove(sentence, who=EDITORS, where=settings_page(commitment.project))


def _insert(made: ChangeOrder, by: Membership, external_ref: str | None) -> None:
    """Save a new change order with its item, which is as private as that of its commitment."""
    parent = made.commitment.erp
    # Read only now: the commitment is held, and the row of its item may be older than that.
    parent.refresh_from_db(fields=["is_private"])
    try:
        with transaction.atomic():
            made.erp = open_item(
                company=made.company,
                kind=Kind.CHANGE_ORDER,
                by=by,
                external_ref=external_ref,
                project=made.commitment.project.erp,
                **item_columns(made),
            )
    except IntegrityError as error:
        raise AnotherHasTheReference(
            gettext("A change order arrived with the reference %(reference)s at this very moment. Repeat the request.")
            % {"reference": external_ref}
        ) from error
    if parent.is_private:
        made.erp.is_private = True
        made.erp.save(update_fields=["is_private"])
        made.erp.readers.set(parent.readers.all())
    made.save(force_insert=True)


def _known(commitment: Commitment, external_ref: str | None, by: Membership) -> ChangeOrder | None:
    if external_ref is None:
        return None
    rows = ChangeOrder.objects.filter(company_id=commitment.company_id, erp__external_ref=external_ref)
    there = rows.select_related("erp", "commitment").first()
    if there is not None and not change_orders_for(by).filter(pk=there.pk).exists():
        raise AnotherHasTheReference(
            gettext("The reference %(reference)s is taken already. Use another.") % {"reference": external_ref}
        )
    return there


def _the_same(
    there: ChangeOrder, commitment: Commitment, details: ChangeDetails, known: Nameable, external_ref: str | None
) -> ChangeOrder:
    if there.commitment_id != commitment.pk:
        require_same(there.erp.label, external_ref, details, details, "commitment")
    require_same(there.erp.label, external_ref, *known.both(details_of_change(there), details))
    return there


def next_number(rows: Rows, prefix: str) -> str:
    """The number to suggest for a new change of the commitment: "CO-4" after three, or the next that is free."""
    used = {number.casefold() for number in rows.values_list("number", flat=True)}
    count = len(used) + 1
    while f"{prefix}-{count}".casefold() in used:
        count += 1
    return f"{prefix}-{count}"


def taken(rows: Rows, number: str, own: int | None = None) -> Problems:
    """Whether one of `rows` has the number already; case set aside."""
    if not number:
        return {"number": [gettext("The number is empty. Give one.")]}
    others = rows if own is None else rows.exclude(pk=own)
    other = others.filter(number__iexact=number).first()
    if other is None:
        return {}
    return {
        "number": [
            gettext("%(commitment)s has a change of the number %(number)s already. Give another.")
            % {"commitment": other.commitment.number, "number": other.number}
        ]
    }


@transaction.atomic
def edit_change_order(change_order: ChangeOrder, details: ChangeDetails, *, by: Membership, seen: int) -> ChangeOrder:
    """`change_order` saying `details`; `seen` is the edition that `by` had before them.

    Its lines are exactly those given, besides those of the requests that it collects; a line keeps its number. What it
    collects gets its status.

    Raises:
        NotAllowed: `by` may not edit, or somebody else is its designated reviewer and would have to decide.
        InvalidInput: a detail is wrong, or the commitment has another change order of this number.
        EditedMeanwhile: somebody else saved it since.
        IllegalMove: it is being decided or posted, or is in QuickBooks, or it is billed and more than its texts would
            change.
    """
    require(by, Right.EDIT)
    details = tidied(details)
    commitment = held(change_order.commitment_id)
    before = fresh(change_order)
    still = why_stands_still(before)
    if still is not None:
        raise IllegalMove(still)
    require_edition(before, before.erp.label, seen, by=by)
    known = Nameable.of(commitment)
    refuse({**change_problems(details, commitment.accounting_method), **known.problems(details.lines)})
    others = ChangeOrder.objects.filter(commitment=commitment).select_related("commitment")
    refuse({**taken(others, details.number, before.pk), **reviewer_problems(details.reviewer, commitment)})
    _require_tier(commitment, details)
    _require_words_alone(before, details, known)
    watched = Watched.at(before)
    columns = require_deciders(before, details, by=by)
    write_lines(before, details.lines, known)
    ChangeOrder.objects.filter(pk=before.pk).update(**columns, **saving(seen, by))
    watched.settle(by=by)
    now = fresh(before)
    if now.status != before.status:
        hand_down(now, by=by)
    to_review(now, by=by, before=before)
    return now


def _require_words_alone(before: ChangeOrder, details: ChangeDetails, known: Nameable) -> None:
    """What is billed keeps its lines and its status. Accounting may still want another number, title or description."""
    stands, given = known.both(details_of_change(before), details)
    billed = why_billed(before)
    if billed is not None and (stands.lines, stands.status) != (given.lines, given.status):
        raise IllegalMove(billed)


def fresh(change_order: ChangeOrder) -> ChangeOrder:
    """The change order as the database has it now, with what sentences name."""
    rows = ChangeOrder.objects.select_related(
        "erp", "company", "reviewer__user", "commitment__project__erp", "commitment__vendor__erp", "commitment__erp"
    )
    found: ChangeOrder = rows.get(pk=change_order.pk)
    return found


def require_edition(change: ChangeOrder | ChangeRequest, label: str, seen: int, *, by: Membership) -> None:
    """Go on only if `seen` is still the edition of `change`.

    Raises:
        EditedMeanwhile: somebody else saved it since.
    """
    if change.edition != seen:
        raise saved_meanwhile(label, type(change)._default_manager.filter(pk=change.pk), asker=by)


def require_deciders(before: Change, details: ChangeDetails, *, by: Membership) -> Columns:
    """The columns of `before` saying `details`, if nothing in them is the designated reviewer's to do.

    Raises:
        NotAllowed: another reviewer would be named, or it would be approved or rejected, by somebody else.
    """
    if before.reviewer_id is not None and details.reviewer != before.reviewer_id:
        require_decider(before, by, gettext_noop("name another"))
    moved = details.status != before.status
    if moved and details.status in DECIDED:
        require_decider(_judged(before, details.reviewer), by)
    columns: Columns = {
        "number": details.number,
        "title": details.title,
        "description": details.description,
        "reviewer_id": details.reviewer,
    }
    return {**columns, **status_columns(details.status, by=by)} if moved else columns


def _judged(before: Change, reviewer: int | None) -> Change:
    """`before` with the reviewer who decides on it: the one it has, else the one that is named now."""
    judged = copy.copy(before)
    if before.reviewer is None and reviewer is not None:
        judged.reviewer = Membership.objects.select_related("user").get(pk=reviewer)
    return judged


@transaction.atomic
def approve(change_order: ChangeOrder, *, by: Membership, seen: str = "") -> ChangeOrder:
    """Approve a change order that is in review, and what it collects with it.

    Raises:
        NotAllowed: somebody else is its designated reviewer, or `by` may not edit.
        IllegalMove: it is not in review, or it is being decided or posted.
        ChangedSinceSeen: it is not what `seen` says, the `seen_of` what `by` looked at.
    """
    return _decide(change_order, ChangeStatus.APPROVED, by=by, remark="", seen=seen)


@transaction.atomic
def reject(change_order: ChangeOrder, *, by: Membership, remark: str, seen: str = "") -> ChangeOrder:
    """Reject a change order that is in review, and what it collects with it, with a remark for its maker.

    Raises:
        NotAllowed: somebody else is its designated reviewer, or `by` may not edit.
        InvalidInput: the remark is missing, or too long.
        IllegalMove: it is not in review, or it is being decided or posted.
        ChangedSinceSeen: it is not what `seen` says, the `seen_of` what `by` looked at.
    """
    require_remark(remark)
    return _decide(change_order, ChangeStatus.REJECTED, by=by, remark=remark.strip(), seen=seen)


def require_remark(remark: str) -> None:
    """Go on only if somebody who rejects says why, in no more than can be read on the change.

    Raises:
        InvalidInput: they do not.
    """
    reason = ""
    if says_nothing(remark):
        reason = gettext("Say why you reject it, so that it can be put right.")
    elif typed_length(remark.strip()) > LONGEST_REMARK:
        said = gettext("The reason is longer than %(limit)s characters. Say it shorter.")
        reason = said % {"limit": f"{LONGEST_REMARK:,}"}
    if reason:
        raise InvalidInput(reason, errors={"remark": [reason]})


def _decide(change_order: ChangeOrder, status: ChangeStatus, *, by: Membership, remark: str, seen: str) -> ChangeOrder:
    held(change_order.commitment_id)
    before = fresh(change_order)
    require_decider(before, by)
    require_open(before)
    require_in_review(before)
    require_seen(before, seen)
    watched, columns = Watched.at(before), status_columns(status, by=by, remark=remark)
    ChangeOrder.objects.filter(pk=before.pk).update(**columns, **saving(before.edition, by))
    watched.settle(by=by)
    now = fresh(before)
    hand_down(now, by=by)
    return now


def require_in_review(change: Change) -> None:
    """Go on only if `change` waits for its reviewer.

    Raises:
        IllegalMove: it does not.
    """
    sentence = why_not_in_review(change)
    if sentence is not None:
        raise IllegalMove(sentence)


def why_not_in_review(change: Change) -> str | None:
    """Why there is nothing to approve or reject, or None if there is."""
    if change.status == ChangeStatus.IN_REVIEW:
        return None
    was = gettext(ChangeStatus(change.status).label)
    sentence = gettext("%(number)s is not in review: it is %(was)s. Set it to “Pending: in review” first.")
    return sentence % {"number": change.number, "was": f"{was[:1].lower()}{was[1:]}"}
