"""The engine: claim, send, settle (design.md §3). The database is the queue of record.

1. claim — one conditional UPDATE with a lease and a fence number, and the opened attempt; committed.
2. send — outside any transaction: one call to the ledger, or a probe when an earlier answer is unknown.
3. settle — one transaction: link, confirm or fail, journal. A stale fence settles nothing.
"""

from __future__ import annotations

import logging
import random
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import F, Q, Window
from django.db.models.functions import Now, RowNumber

from procore_sync.acceptance.bell import ring
from procore_sync.acceptance.courier import Outcome, courier
from procore_sync.acceptance.journal import Entry, move
from procore_sync.acceptance.models import Attempt, ErpItem, Submission
from procore_sync.acceptance.states import Action, OutcomeKind, Status, Work

logger = logging.getLogger(__name__)

SWEEP_AT_MOST = 500
PERSON_AFTER = 8
_WAITABLE = (Work.DUE, Work.UNCERTAIN, Work.WAITING)


@dataclass(frozen=True)
class Claim:
    """The right to settle one submission, until the lease ends."""

    submission: Submission
    attempt: Attempt
    fence: int
    probing: bool


def work(submission_id: int) -> None:
    """Carry one submission as far as it goes now; leaves without a call if it is not due or not ours.

    May be called many times and by many workers at once for the same submission.
    """
    claimed = claim(submission_id)
    if claimed is None:
        return
    settle(claimed, _call(claimed))


def claim(submission_id: int) -> Claim | None:
    """Lease the submission, or return None because it is not due, held up, or another worker's."""
    submission = (
        Submission.objects.select_related("item", "company").filter(pk=submission_id, work__in=_WAITABLE).first()
    )
    if submission is None or _held_up(submission):
        return None
    probing = submission.work == Work.UNCERTAIN
    try:
        with transaction.atomic():
            return _take(submission, probing)
    except IntegrityError:
        _postpone(submission, "Another change of the same document is on its way to QuickBooks.", seconds=2)
        return None


def _held_up(submission: Submission) -> bool:
    if submission.work == Work.UNCERTAIN:
        return False
    missing = submission.item.requires.filter(synced_revision__isnull=True).order_by("pk").first()
    if missing is not None:
        reason = (
            f"Waiting for {missing.get_kind_display().lower()} {missing.label} to be in QuickBooks; "
            f"it is {Status(missing.status).label.lower()}."
        )
        _postpone(submission, reason, seconds=60, work=Work.WAITING)
        return True
    obstacle = courier().obstacle(submission)
    if obstacle is not None:
        cure = {"cure_by": obstacle.who, "cure_url": obstacle.where}
        _postpone(submission, obstacle.sentence, seconds=obstacle.seconds, work=Work.WAITING, **cure)
        return True
    return False


def _postpone(submission: Submission, reason: str, *, seconds: float, **columns: Any) -> None:
    Submission.objects.filter(pk=submission.pk, fence=submission.fence, work=submission.work).update(
        reason=reason, due_at=Now() + timedelta(seconds=seconds), **columns
    )


def _take(submission: Submission, probing: bool) -> Claim | None:
    fence = submission.fence + 1
    taken = Submission.objects.filter(
        pk=submission.pk, work=submission.work, fence=submission.fence, due_at__lte=Now()
    ).update(work=Work.FLYING, fence=fence, lease_until=Now() + timedelta(seconds=settings.ENGINE_LEASE_SECONDS))
    if taken != 1:
        return None
    attempt = Attempt.objects.create(
        submission=submission,
        number=fence,
        act="probe" if probing else "send",
        fence=fence,
        request_id=submission.request_id,
    )
    submission.fence = fence
    return Claim(submission, attempt, fence, probing)


def _call(claimed: Claim) -> Outcome:
    if connection.in_atomic_block and not settings.ENGINE_IN_TEST_TRANSACTION:
        raise RuntimeError("The engine must not be called inside a transaction: the call to the ledger would hold it.")
    carry = courier().probe if claimed.probing else courier().send
    try:
        return carry(claimed.submission)
    except Exception as error:  # the engine's single outermost guard: whatever broke, the outcome is unknown
        logger.exception("The courier broke on submission %s", claimed.submission.pk)
        return Outcome(OutcomeKind.UNKNOWN, f"The console failed in mid-call ({type(error).__name__}); looking it up.")


def settle(claimed: Claim, outcome: Outcome) -> bool:
    """Write down what came back; False if the claim is stale, and then nothing but the attempt is written.

    A deadlock or a serialization failure is repeated here, never by calling the ledger again.
    """
    for pause in (0.05, 0.2, 0.5, 1.0):
        try:
            with transaction.atomic():
                return _settle(claimed, outcome)
        except OperationalError:
            logger.warning("Settling submission %s again", claimed.submission.pk)
            time.sleep(pause)
    with transaction.atomic():
        return _settle(claimed, outcome)


def _settle(claimed: Claim, outcome: Outcome) -> bool:
    _close(claimed.attempt, outcome)
    submission = claimed.submission
    columns = _columns(claimed, outcome)
    held = Submission.objects.filter(pk=submission.pk, work=Work.FLYING, fence=claimed.fence)
    if held.update(lease_until=None, **columns) != 1:
        logger.warning("A stale claim on submission %s settled nothing", submission.pk)
        return False
    item = submission.item  # as it was claimed: it is locked while it is exporting, and `move` compares
    if outcome.kind == OutcomeKind.DONE:
        courier().confirm(submission, outcome)
        _finish(item, submission, outcome)
    elif outcome.kind == OutcomeKind.REFUSED:
        move(item, Action.FAIL, _entry(submission, outcome))
    return True


def _finish(item: ErpItem, submission: Submission, outcome: Outcome) -> None:
    if not outcome.verified:
        move(item, Action.FAIL, _entry(submission, outcome))
        return
    move(item, Action.CONFIRM, _entry(submission, outcome), synced_revision=submission.revision)
    _release_dependents(item)


def _release_dependents(item: ErpItem) -> None:
    waiting = Submission.objects.filter(item__in=item.required_by.all(), work=Work.WAITING)
    ids = list(waiting.values_list("pk", flat=True))
    waiting.filter(pk__in=ids).update(due_at=Now(), reason="")
    for pk in ids:
        transaction.on_commit(lambda pk=pk: ring(pk))  # type: ignore[misc]


def _entry(submission: Submission, outcome: Outcome) -> Entry:
    detail = {
        "request_id": submission.request_id,
        "entity": outcome.entity,
        "id": outcome.remote_id,
        "intuit_tid": outcome.intuit_tid,
        "total": None if outcome.total is None else str(outcome.total),
        "verified": outcome.verified,
    }
    return Entry(by=None, submission=submission, comment=outcome.sentence, detail=detail)


def _close(attempt: Attempt, outcome: Outcome) -> None:
    Attempt.objects.filter(pk=attempt.pk, outcome="").update(
        finished_at=Now(),
        outcome=outcome.kind,
        sentence=outcome.sentence,
        http_status=outcome.http_status,
        fault_code=outcome.fault_code,
        intuit_tid=outcome.intuit_tid,
        elapsed_ms=outcome.elapsed_ms,
        asked=outcome.asked,
        answered=outcome.answered,
    )


def _columns(claimed: Claim, outcome: Outcome) -> dict[str, Any]:
    """The submission after `outcome`: where it stands, when it is looked at again, and why it waits."""
    submission, kind = claimed.submission, outcome.kind
    again = Work.UNCERTAIN if claimed.probing else Work.DUE
    cure = {"cure_by": outcome.who, "cure_url": outcome.where}
    if kind == OutcomeKind.DONE and outcome.verified:
        return {"work": Work.DONE, "reason": "", "due_at": None, "cure_by": "", "cure_url": ""}
    if kind in (OutcomeKind.REFUSED, OutcomeKind.DONE):
        return {"work": Work.PARKED, "reason": outcome.sentence, "due_at": None, **cure}
    if kind == OutcomeKind.ABSENT:
        return _after_absence(submission)
    if kind in (OutcomeKind.THROTTLED, OutcomeKind.DISCONNECTED):
        seconds = outcome.retry_after or settings.THROTTLE_SECONDS
        return {"work": again, "reason": outcome.sentence, "due_at": Now() + timedelta(seconds=seconds), **cure}
    tries = submission.tries + 1
    later = Now() + timedelta(seconds=_backoff(tries))
    if kind == OutcomeKind.NOT_SENT:
        return {"work": again, "tries": tries, "reason": outcome.sentence, "due_at": later, **cure}
    return {"work": Work.UNCERTAIN, "tries": tries, "absences": 0, "reason": _unknown(outcome, tries), "due_at": later}


def _after_absence(submission: Submission) -> dict[str, Any]:
    """Two looks with a pause between them, since a search index may lag; only then the same request is repeated."""
    absences = submission.absences + 1
    if absences < settings.PROBES_BEFORE_REPEAT:
        later = Now() + timedelta(seconds=settings.PROBE_PAUSE_SECONDS)
        reason = "QuickBooks does not show it yet; looking once more before it is sent again."
        return {"work": Work.UNCERTAIN, "absences": absences, "reason": reason, "due_at": later}
    reason = "QuickBooks does not hold it, so it is sent again under the same request id."
    return {"work": Work.DUE, "absences": 0, "reason": reason, "due_at": Now()}


def _unknown(outcome: Outcome, tries: int) -> str:
    if tries < PERSON_AFTER:
        return f"{outcome.sentence} Looking in QuickBooks before anything is repeated."
    return f"{outcome.sentence} Looked {tries} times without an answer: check the connection to QuickBooks."


def _backoff(tries: int) -> float:
    return float(min(2**tries, 300)) * random.uniform(0.5, 1.0) * settings.ENGINE_BACKOFF  # noqa: S311 - jitter


def sweep() -> None:
    """Free what lost its worker, then ring for whatever is due, fairly between companies. Safe to run twice at once."""
    _expire_leases()
    for submission_id in due():
        rung = Submission.objects.filter(pk=submission_id).filter(_not_rung()).update(rung_at=Now())
        if rung:
            ring(submission_id)


def due() -> list[int]:
    """The submissions to ring for, each company's oldest first, taking turns between companies."""
    turn = Window(RowNumber(), partition_by=F("company_id"), order_by=[F("due_at"), F("pk")])
    rows = Submission.objects.filter(work__in=_WAITABLE, due_at__lte=Now()).filter(_not_rung())
    return list(rows.annotate(turn=turn).order_by("turn", "due_at").values_list("pk", flat=True)[:SWEEP_AT_MOST])


def _not_rung() -> Q:
    again = Now() - timedelta(seconds=settings.ENGINE_RING_AGAIN_SECONDS)
    return Q(rung_at__isnull=True) | Q(rung_at__lt=again) | Q(rung_at__lt=F("due_at"))


def _expire_leases() -> None:
    expired = Submission.objects.filter(work=Work.FLYING, lease_until__lt=Now())
    for submission in expired:
        with transaction.atomic():
            freed = Submission.objects.filter(pk=submission.pk, work=Work.FLYING, fence=submission.fence).update(
                work=Work.UNCERTAIN,
                lease_until=None,
                due_at=Now(),
                reason="Its worker stopped before an answer came. Looking in QuickBooks before anything is repeated.",
            )
            if freed:
                Attempt.objects.filter(submission=submission, fence=submission.fence, outcome="").update(
                    finished_at=Now(),
                    outcome=OutcomeKind.UNKNOWN,
                    sentence="The worker stopped before an answer came.",
                )
