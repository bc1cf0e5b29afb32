"""What ends every worker that carries it is set aside, so that the rest flows (docs/acceptance.md).

Only deaths count of a worker that carried the record alone: those of a batch that died say of none of its records that
it was this one, and afterwards each goes by itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from procore_sync.acceptance.courier import Outcome
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.states import OutcomeKind, Status, Work

WHO = gettext_noop("operator")
MAY_STAND_THERE = gettext_noop(
    "It is not known whether QuickBooks holds it. Try again, so that it is looked for, or link it to what stands there."
)
#: The line of the catalogue for both ends, where nobody survives who sends it and where nobody survives the look.
CODE = "worker_died"
TOLD = gettext_noop("Several workers in a row ended over this record, so it was set aside and the rest goes on.")
CURE = gettext_noop(
    "The operator finds the cause in the workers' log, often too little memory; trying again then gives it as many "
    "tries once more."
)


def is_poison(submission: Submission) -> bool:
    """Whether as many workers died with it alone in hand as is borne."""
    return submission.crashes >= settings.ENGINE_CRASHES


def quarantined(absent: Outcome) -> Outcome:
    """The end of what QuickBooks does not hold and what nobody survives who sends it."""
    told = (
        f"{_workers(settings.ENGINE_CRASHES)} ended while sending it, so it was set aside and the rest goes on. "
        "QuickBooks does not hold it."
    )
    return replace(absent, kind=OutcomeKind.REFUSED, sentence=f"{told} {CURE}", who=WHO, where="", fault_code=CODE)


def _workers(count: int) -> str:
    return "A worker" if count == 1 else f"{count} workers in a row"


def after_crash(submission: Submission) -> dict[str, Any]:
    """How a flying submission stands after its worker died: it is looked for, or set aside if that is what they die of.

    One that was being sent is looked for in any case, so that it is known whether it was written.
    """
    attempt = submission.attempts.filter(fence=submission.fence).order_by("-number").first()
    alone = attempt is not None and attempt.request_id == submission.request_id
    crashes = submission.crashes + 1 if alone else submission.crashes
    if crashes >= settings.ENGINE_CRASHES and attempt is not None and attempt.act == "probe":
        told = (
            f"{_workers(crashes)} ended over it, the last one while it was only looking for it, so it was set "
            "aside and the rest goes on. Whether QuickBooks holds it is not known."
        )
        return {
            "work": Work.PARKED,
            "crashes": crashes,
            "due_at": None,
            "reason": f"{told} {CURE}",
            "cure_by": WHO,
            "cure_url": "",
        }
    reason = gettext_noop(
        "Its worker stopped before an answer came. Looking in QuickBooks before anything is repeated."
    )
    return {"work": Work.UNCERTAIN, "crashes": crashes, "due_at": Now(), "reason": reason}


def is_unknown(submission: Submission) -> bool:
    """Whether it stopped without anybody knowing if the ledger holds it."""
    last = submission.attempts.order_by("-number").first()
    return submission.work == Work.PARKED and last is not None and last.outcome in ("", OutcomeKind.UNKNOWN)


def may_stand_there(item: ErpItem) -> bool:
    """Whether the last that was sent of `item` stopped so."""
    if item.status != Status.FAILED:
        return False
    submission = item.submissions.order_by("-number").first()
    return submission is not None and is_unknown(submission)


def is_lane_taken(submission: Submission) -> bool:
    """Whether something else is on its way to the document that it goes into."""
    rivals = Submission.objects.filter(lane=submission.lane, work__in=(Work.FLYING, Work.UNCERTAIN))
    return rivals.exclude(pk=submission.pk).exists()
