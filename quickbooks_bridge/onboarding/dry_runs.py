"""What the first export would do, before it does anything: how many, how much, what QuickBooks would get and refuse.

Looked at is what was accepted and waits, and what is with accounting. Nothing is called and nothing is changed but the
journal, in which the result is kept.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from decimal import Decimal
from itertools import chain, zip_longest
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext, gettext_noop, override

from procore_sync.acceptance.courier import Posting, courier
from procore_sync.acceptance.models import Submission
from procore_sync.acceptance.selectors import items_for
from procore_sync.acceptance.states import Decision, Status, Work
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.curing import EDITORS
from procore_sync.accounts.models import Membership
from procore_sync.kit.canonical import canonical
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import Refusal
from quickbooks_bridge.connections import connection_of
from quickbooks_bridge.onboarding.caps import Cap, cap_of, placed_of
from quickbooks_bridge.onboarding.models import OnboardingEntry, Step
from quickbooks_bridge.onboarding.proposals import in_full, proposals_for

SAMPLES: Final = 10
#: How many are asked whether QuickBooks would refuse them; each takes a few queries.
CHECKED: Final = 300
_WAITING = (Work.DUE, Work.WAITING)
_ZERO = Decimal("0.00")


class NothingToSend(Refusal):
    """Nothing is accepted or with accounting, so there is nothing to try."""

    cure = gettext_noop("A project manager sends a record first.")


def dry_run(*, by: Membership) -> OnboardingEntry:
    """Try the export of everything that `by` may see and that is on its way, without sending, and keep the result.

    Raises:
        NotAllowed: `by` is neither accountant nor administrator.
        NothingToSend: nothing would go.
        Refusal: QuickBooks was never connected.
    """
    require(by, Right.MAP)
    row = connection_of(by.company_id)
    if row is None:
        raise Refusal(gettext("QuickBooks is not connected yet, so nothing can be tried."), who="administrator")
    rows = list(_on_their_way(by))
    if not rows:
        raise NothingToSend(
            gettext(
                "Nothing is accepted or with accounting, so nothing would be sent. Send records to accounting first."
            ),
            who=EDITORS,
        )
    with override("en"):  # it is kept for all to read
        figures = {**_counted(rows), **_judged(rows[:CHECKED], by), "cap": _under(cap_of(row), rows)}
    stored = json.loads(canonical(figures))
    return OnboardingEntry.objects.create(company=by.company, step=Step.DRY_RUN, by=by, figures=stored)


def _on_their_way(by: Membership) -> QuerySet[Submission]:
    """What was accepted and not tried yet, and what waits for its decision: the accepted first, as they are due."""
    wanted = Q(work__in=_WAITING) | Q(decision=Decision.OPEN, item__status=Status.SENT)
    rows = Submission.objects.filter(wanted, company_id=by.company_id, item__in=items_for(by))
    return rows.select_related("item__company", "company").order_by("-work", "due_at", "pk")


def _counted(rows: list[Submission]) -> dict[str, Any]:
    kinds: defaultdict[str, list[Submission]] = defaultdict(list)
    for one in rows:
        kinds[one.item.kind].append(one)
    return {
        "count": len(rows),
        "accepted": sum(bool(one.work) for one in rows),
        "amount": sum((one.item.amount or _ZERO for one in rows), _ZERO),
        "kinds": [_kind(kind, kinds[kind]) for kind in Kind.values if kind in kinds],
        "samples": [_sample(one) for one in _spread(kinds.values())],
    }


def _kind(kind: str, rows: list[Submission]) -> dict[str, Any]:
    amount = sum((one.item.amount or _ZERO for one in rows), _ZERO)
    return {"kind": kind, "label": Kind(kind).label, "count": len(rows), "amount": amount}


def _spread(kinds: Iterable[list[Submission]]) -> list[Submission]:
    """Ten, taking turns between the kinds."""
    turns = chain.from_iterable(zip_longest(*kinds))
    return [one for one in turns if one is not None][:SAMPLES]


def _sample(submission: Submission) -> dict[str, Any]:
    """A record with its posting: as it was accepted, else as it would be with what stands there to choose."""
    posting = Posting.accepted(submission) or _would_be(submission)
    return {"item": submission.item_id, "label": str(submission.item), **asdict(posting)}


def _would_be(submission: Submission) -> Posting:
    preview = courier().preview(submission.item, submission.document)
    return preview.posting({one.name: one.initial for one in preview.choices() if one.initial})


def _judged(rows: list[Submission], by: Membership) -> dict[str, Any]:
    refused = [told for one in rows if (told := _refused(one))]
    there = list(_perhaps_there(rows, by))
    return {"checked": len(rows), "refused": refused, "perhaps_there": there}


def _refused(submission: Submission) -> dict[str, Any] | None:
    """Why QuickBooks or the console would not take it, or None."""
    found = courier().preview(submission.item, submission.document).checks()
    sentences = [one.sentence for one in found if one.level == "stop"]
    if not sentences:
        return None
    return {"item": submission.item_id, "label": str(submission.item), "sentences": sentences}


def _perhaps_there(rows: list[Submission], by: Membership) -> Iterator[dict[str, Any]]:
    """The records of which a document in QuickBooks, neither linked nor set aside, may be the same."""
    items = {one.item_id: one for one in rows}
    found = [one for one in proposals_for(by) if one.match is not None and one.match.ours.item.pk in items]
    for proposal in in_full(found):
        if (match := proposal.match) is not None:
            told = f"{proposal.document}: {', '.join(proposal.reasons)}"
            yield {"item": match.ours.item.pk, "label": str(match.ours.item), "sentences": [told]}


def _under(cap: Cap, rows: list[Submission]) -> dict[str, Any]:
    """How many of them go under the cap, in the order in which they are due; what has a place takes no second one."""
    placed = placed_of(rows)
    goes = 0
    for one in rows:
        amount = abs(one.item.amount or _ZERO)
        if one.item_id in placed:
            goes += 1
        elif cap.has_room_for(amount):
            cap = cap.with_one(amount)
            goes += 1
    return {"documents": cap.documents, "amount": cap.amount, "goes": goes, "waits": len(rows) - goes}
