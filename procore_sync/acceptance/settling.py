"""What came back is written down: in one transaction for all that went in one call, or for each by itself.

A stale fence settles nothing. A deadlock or a serialization failure is repeated here, never by calling the ledger
again.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Sequence
from copy import copy
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models.functions import Coalesce, Greatest, Now
from django.utils.translation import gettext_noop

from procore_sync.acceptance import notices
from procore_sync.acceptance.claims import Claim, release_dependents, surely_over
from procore_sync.acceptance.courier import Outcome, courier
from procore_sync.acceptance.journal import Entry, Move, move_many
from procore_sync.acceptance.models import Attempt, ErpItem, Submission
from procore_sync.acceptance.quarantine import is_poison, quarantined
from procore_sync.acceptance.states import Action, OutcomeKind, Work

logger = logging.getLogger(__name__)

PERSON_AFTER = 8
#: A deadlock is over after the first; a database that restarts is back after a few. All within a lease, for afterwards
#: what came back is no longer this worker's to write down.
_PAUSES = (0.05, 0.2, 0.5, 1.0, 2.0, 4.0)
#: Nobody has to cure anything: what an earlier outcome said of that is over.
_UNCURED = {"cure_by": "", "cure_url": ""}
Settled = tuple[Claim, Outcome]


class Stale(Exception):
    """A claim is no longer the newest: its lease ended, and somebody else may be at work."""


def settle(claimed: Claim, outcome: Outcome) -> bool:
    """Write down what came back; False if the claim is stale, and then nothing but the attempt is written."""
    try:
        _repeated([(claimed, outcome)])
    except Stale:
        logger.warning("A stale claim on submission %s settled nothing", claimed.submission.pk)
        still_open = Attempt.objects.filter(pk=claimed.attempt.pk, outcome="")
        still_open.update(finished_at=Now(), **_closing(outcome))
        return False
    return True


def settle_together(settled: Sequence[Settled]) -> None:
    """Write down what came back for all at once; if that cannot be, for each by itself, so that none holds another.

    One that cannot be written down at all is found by the sweep when its lease ends, and looked for in QuickBooks.
    """
    try:
        _repeated(settled)
        return
    except Stale:
        logger.warning("A claim of a batch is stale; settling each by itself")
    except (OperationalError, InterfaceError):  # the database's trouble, not an item's
        raise
    except Exception:  # whatever it was, it belongs to some and must not hold the others
        logger.exception("A batch could not be settled as a whole; settling each by itself")
    for claimed, outcome in settled:
        try:
            settle(claimed, outcome)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("Submission %s could not be settled; it is looked for later", claimed.submission.pk)


def _repeated(settled: Sequence[Settled]) -> None:
    for pause in _PAUSES:
        try:
            with transaction.atomic():
                return _settle(settled)
        except (OperationalError, InterfaceError):
            logger.warning("Settling %s again", [claimed.submission.pk for claimed, _ in settled])
            time.sleep(pause)
    with transaction.atomic():
        return _settle(settled)


def _settle(settled: Sequence[Settled]) -> None:
    """All of it or nothing.

    Raises:
        Stale: one of the claims is.
    """
    settled = [(claimed, _judged(claimed.submission, outcome)) for claimed, outcome in settled]
    _land(settled)
    _close(settled)
    # Copies of the items as they were claimed: they are locked while they are exporting, `move_many` compares, and
    # after a rollback the claim must still say what stands.
    items = {claimed.submission.pk: copy(claimed.submission.item) for claimed, _ in settled}
    there = [(claimed.submission, outcome) for claimed, outcome in settled if outcome.kind == OutcomeKind.DONE]
    if there:
        courier().confirm(there)
    ended = [one for one in settled if one[1].kind in (OutcomeKind.DONE, OutcomeKind.REFUSED)]
    move_many([_move(items[claimed.submission.pk], claimed, outcome) for claimed, outcome in ended])
    notices.ended((claimed.submission, _stop_of(outcome)) for claimed, outcome in ended)
    arrived = [items[submission.pk] for submission, outcome in there if outcome.verified]
    if arrived:
        release_dependents(arrived)


def _stop_of(outcome: Outcome) -> notices.Stop | None:
    """What is told of an ending that needs a person; None if it is green."""
    is_green = outcome.kind == OutcomeKind.DONE and outcome.verified
    return None if is_green else notices.Stop(outcome.sentence, outcome.who)


def _judged(submission: Submission, outcome: Outcome) -> Outcome:
    """`outcome`, or the end of what would be sent once more though it has ended every worker that sent it."""
    if outcome.kind != OutcomeKind.ABSENT or not is_poison(submission):
        return outcome
    return quarantined(outcome) if submission.absences + 1 >= _looks(submission) else outcome


def _land(settled: Sequence[Settled]) -> None:
    """Where each submission stands afterwards, compared with the fence; one statement for all that stand alike."""
    alike: dict[tuple[object, ...], list[Settled]] = {}
    for one in settled:
        alike.setdefault(_ending(*one), []).append(one)
    for group in alike.values():
        claimed, outcome = group[0]
        flying = Submission.objects.filter(
            pk__in=[one.submission.pk for one, _ in group], work=Work.FLYING, fence=claimed.fence
        )
        if flying.update(lease_until=None, **_columns(claimed, outcome)) != len(group):
            raise Stale


def _ending(claimed: Claim, outcome: Outcome) -> tuple[object, ...]:
    """All that `_columns` and the comparison are made of."""
    submission, kind = claimed.submission, outcome.kind
    if kind == OutcomeKind.DONE and outcome.verified:
        return kind, claimed.fence
    was = (claimed.fence, claimed.probing, submission.tries, submission.pk if kind == OutcomeKind.ABSENT else None)
    return (*was, kind, outcome.sentence, outcome.retry_after, outcome.who, outcome.where)


def _close(settled: Sequence[Settled]) -> None:
    """Close the attempts. The fence has just been compared and its row is ours, so nobody else has closed them."""
    attempts = []
    for claimed, outcome in settled:
        attempt = copy(claimed.attempt)
        attempt.finished_at = Now()
        for name, value in _closing(outcome).items():
            setattr(attempt, name, value)
        attempts.append(attempt)
    columns = ["finished_at", *_closing(settled[0][1])]
    Attempt.objects.bulk_create(attempts, update_conflicts=True, unique_fields=["pk"], update_fields=columns)


def _closing(outcome: Outcome) -> dict[str, Any]:
    return {
        "outcome": outcome.kind,
        "sentence": outcome.sentence,
        "http_status": outcome.http_status,
        "fault_code": outcome.fault_code,
        "intuit_tid": outcome.intuit_tid,
        "elapsed_ms": outcome.elapsed_ms,
        "asked": outcome.asked,
        "answered": outcome.answered,
    }


def _move(item: ErpItem, claimed: Claim, outcome: Outcome) -> Move:
    submission = claimed.submission
    entry = Entry(by=None, submission=submission, comment=outcome.sentence, detail=_detail(claimed, outcome))
    if outcome.kind == OutcomeKind.DONE and outcome.verified:
        return Move(item, Action.CONFIRM, entry, {"synced_revision": submission.revision, "differs": False})
    return Move(item, Action.FAIL, entry)


def _detail(claimed: Claim, outcome: Outcome) -> dict[str, Any]:
    return {
        "request_id": _sent_under(claimed, outcome),
        "entity": outcome.entity,
        "id": outcome.remote_id,
        "intuit_tid": outcome.intuit_tid,
        "total": None if outcome.total is None else str(outcome.total),
        "verified": outcome.verified,
    }


def _columns(claimed: Claim, outcome: Outcome) -> dict[str, Any]:
    """The submission after `outcome`: where it stands, when it is looked at again, and why it waits."""
    submission, kind = claimed.submission, outcome.kind
    again = Work.UNCERTAIN if claimed.probing else Work.DUE
    cure = {"cure_by": outcome.who, "cure_url": outcome.where}
    if kind == OutcomeKind.DONE and outcome.verified:
        return {"work": Work.DONE, "reason": "", "due_at": None, **_UNCURED}
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
    reason = _unknown(outcome, tries)
    return {"work": Work.UNCERTAIN, "tries": tries, "absences": 0, "reason": reason, "due_at": later, **_UNCURED}


def _after_absence(submission: Submission) -> dict[str, Any]:
    """Two looks with a pause between them, since a search index may lag; only then the same request is repeated.

    What went in a batch has no request id of its own in QuickBooks, so nothing but these looks keeps the repetition
    from being a second document: then the last one comes when QuickBooks has surely ended the batch (ADR 20, 29).
    """
    absences = submission.absences + 1
    if absences < _looks(submission):
        reason = gettext_noop("QuickBooks does not show it yet; looking once more before it is sent again.")
        later: Any = Now() + timedelta(seconds=settings.PROBE_PAUSE_SECONDS)
        if _went_in_batch(submission):
            later = Greatest(later, Coalesce("over_at", surely_over()))
        return {"work": Work.UNCERTAIN, "absences": absences, "reason": reason, "due_at": later, **_UNCURED}
    reason = gettext_noop("QuickBooks does not hold it, so it is sent again under its own request id.")
    return {"work": Work.DUE, "absences": 0, "reason": reason, "due_at": Now(), **_UNCURED}


def _looks(submission: Submission) -> int:
    """How often it must be looked for in vain before it is sent again."""
    least = 2 if _went_in_batch(submission) else 1
    return max(least, settings.PROBES_BEFORE_REPEAT)


def _sent_under(claimed: Claim, outcome: Outcome) -> str:
    """The request id that the ledger was given: that of the batch, where it went in one. A look was given none."""
    if not claimed.probing:
        return str(outcome.asked.get("requestid") or claimed.attempt.request_id)
    looked_for = _sent_last(claimed.submission)
    return looked_for.sent_under if looked_for else claimed.attempt.request_id


def _went_in_batch(submission: Submission) -> bool:
    """Whether it was sent last under the request id of a batch and not its own."""
    sent = _sent_last(submission)
    return sent is not None and sent.request_id != submission.request_id


def _sent_last(submission: Submission) -> Attempt | None:
    return submission.attempts.filter(act="send").order_by("-number").defer("answered").first()


def _unknown(outcome: Outcome, tries: int) -> str:
    if tries < PERSON_AFTER:
        return f"{outcome.sentence} {_LOOKING}"
    looked = f"Looked {tries} times without an answer: check the connection to QuickBooks."
    return f"{outcome.sentence} {looked}"


_LOOKING = gettext_noop("Looking in QuickBooks before anything is repeated.")


def _backoff(tries: int) -> float:
    return float(min(2**tries, 60)) * random.uniform(0.5, 1.0) * settings.ENGINE_BACKOFF  # noqa: S311 - jitter
