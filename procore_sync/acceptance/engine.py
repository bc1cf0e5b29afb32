"""The engine: claim, send, settle (design.md §3). The database is the queue of record.

1. claim — one transaction: a lease, a fence number and an opened attempt for each that goes (`claims`).
2. send — outside any transaction: one call to the ledger, for one document or for a batch of first exports; or a probe
   when an earlier answer is unknown.
3. settle — one transaction: link, confirm or fail, journal (`settling`). A stale fence settles nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, Window
from django.db.models.functions import Now, RowNumber
from django.utils.translation import gettext_noop

from procore_sync.acceptance import leases
from procore_sync.acceptance.bell import ring
from procore_sync.acceptance.claims import WAITABLE, Claim, claim
from procore_sync.acceptance.courier import Outcome, courier
from procore_sync.acceptance.journal import Entry, move
from procore_sync.acceptance.models import Attempt, Submission
from procore_sync.acceptance.quarantine import after_crash
from procore_sync.acceptance.settling import settle, settle_together
from procore_sync.acceptance.states import Action, OutcomeKind, Work

logger = logging.getLogger(__name__)

SWEEP_AT_MOST = 500
#: QuickBooks takes no more calls of a company between two sweeps; more bells would ring in vain before others'.
OF_A_COMPANY = 60
#: Seconds in which a worker with nothing else in hand has taken what it was rung for.
HEARD_WITHIN = 1.0


def work(submission_id: int) -> None:
    """Carry one submission as far as it goes now, and further first exports of its company in the same call.

    Leaves without a call if it is not due or not ours. May be called many times and by many workers at once for the
    same submission.
    """
    since = leases.clock()
    claims = claim(submission_id)
    if not claims:
        return
    with leases.held(claims, since):
        outcomes = [_carried(claims[0])] if len(claims) == 1 else _carried_together(claims)
    if len(claims) == 1:
        settle(claims[0], outcomes[0])
    else:
        settle_together(list(zip(claims, outcomes, strict=True)))


def _carried(claimed: Claim) -> Outcome:
    carry = courier().probe if claimed.probing else courier().send
    return _guarded([claimed], lambda: [carry(claimed.submission)])[0]


def _carried_together(claims: Sequence[Claim]) -> list[Outcome]:
    submissions, request_id = [each.submission for each in claims], claims[0].attempt.request_id
    return _guarded(claims, lambda: courier().send_together(submissions, request_id))


def _guarded(claims: Sequence[Claim], call: Callable[[], list[Outcome]]) -> list[Outcome]:
    if connection.in_atomic_block and not settings.ENGINE_IN_TEST_TRANSACTION:
        raise RuntimeError("The engine must not be called inside a transaction: the call to the ledger would hold it.")
    try:
        outcomes = call()
        if len(outcomes) != len(claims):
            raise LookupError(f"The courier told of {len(outcomes)} of {len(claims)} submissions.")
    except Exception as error:  # the engine's outermost guard: whatever broke, the outcome is unknown
        logger.exception("The courier broke on submissions %s", [each.submission.pk for each in claims])
        broke = f"The console failed in mid-call ({type(error).__name__}); looking it up."
        return [Outcome(OutcomeKind.UNKNOWN, broke)] * len(claims)
    return outcomes


def sweep() -> None:
    """Free what lost its worker, then ring for whatever is due, fairly between companies. Safe to run twice at once."""
    _expire_leases()
    for submission_id in due():
        rung = Submission.objects.filter(pk=submission_id).filter(_not_rung()).update(rung_at=Now())
        if rung:
            ring(submission_id)


def wake(company_id: int, where: str) -> int:
    """Let what waits for a cure at `where` be looked at now, since somebody has cured it; how many that is."""
    waiting = Submission.objects.filter(company_id=company_id, work__in=WAITABLE, cure_url=where)
    return waiting.update(due_at=Now())


def due() -> list[int]:
    """The submissions to ring for, each company's oldest first, taking turns between companies.

    Who is rung for takes others along, or is one of as many as can go before the next sweep.
    """
    turn = Window(RowNumber(), partition_by=F("company_id"), order_by=[F("due_at"), F("pk")])
    rows = Submission.objects.filter(work__in=WAITABLE, due_at__lte=Now()).filter(_not_rung())
    rows = rows.annotate(turn=turn).filter(turn__lte=OF_A_COMPANY)
    return list(rows.order_by("turn", "due_at").values_list("pk", flat=True)[:SWEEP_AT_MOST])


def keeps_waiting() -> bool:
    """Whether a record has been due for longer than a free worker takes to hear its bell."""
    since = Now() - timedelta(seconds=HEARD_WITHIN)
    return Submission.objects.filter(work__in=WAITABLE, due_at__lte=since).exists()


def _not_rung() -> Q:
    again = Now() - timedelta(seconds=settings.ENGINE_RING_AGAIN_SECONDS)
    return Q(rung_at__isnull=True) | Q(rung_at__lt=again) | Q(rung_at__lt=F("due_at"))


def _expire_leases() -> None:
    expired = Submission.objects.filter(work=Work.FLYING, lease_until__lt=Now()).select_related("item")
    for submission in expired:
        with transaction.atomic():
            columns = after_crash(submission)
            # Compared once more, since its worker may be renewing it just now.
            if expired.filter(pk=submission.pk, fence=submission.fence).update(lease_until=None, **columns):
                Attempt.objects.filter(submission=submission, fence=submission.fence, outcome="").update(
                    finished_at=Now(),
                    outcome=OutcomeKind.UNKNOWN,
                    sentence=gettext_noop("The worker stopped before an answer came."),
                )
                if columns["work"] == Work.PARKED:
                    move(submission.item, Action.FAIL, Entry(by=None, submission=submission, comment=columns["reason"]))
