"""One act: the papers are accepted and drained while a fault befalls them, and then everything is counted."""

from __future__ import annotations

import time
import traceback
from collections import Counter
from datetime import datetime, timedelta
from random import Random

from django.utils import timezone

from procore_sync.acceptance.models import Event
from procore_sync.acceptance.states import Action
from tests.campaign import explained
from tests.campaign.count import count
from tests.campaign.fault import Act, Fault
from tests.campaign.results import Result
from tests.campaign.stage import Stage

#: How long a recovery may take with production's pauses: more than is promised, so that it is seen by how much.
UNHURRIED = 300.0


def perform(stage: Stage, fault: Fault, seed: int, documents: int, papers_seed: int) -> Result:
    """One act from empty books to the count; never raises, since the next act must be played."""
    began = time.monotonic()
    result = Result(fault.number, seed, {})
    try:
        _play(stage, fault, result, documents, papers_seed)
    except Exception as error:  # whatever broke, it is this act's finding
        last = traceback.extract_tb(error.__traceback__)[-1]
        result.sentences.append(f"broke: {type(error).__name__} at {last.name}:{last.lineno}: {error}")
        result.unwitnessed += 1
    result.seconds = time.monotonic() - began
    return result


def _play(stage: Stage, fault: Fault, result: Result, documents: int, papers_seed: int) -> None:
    papers = list(stage.begin(papers_seed, documents))
    result.documents = dict(Counter(str(paper.kind) for paper in papers))
    dice = Random(f"{fault.number}.{result.seed}")  # noqa: S311 - dice, no secret
    act = Act(stage, papers, dice)
    dice.shuffle(papers)
    strikes = dice.randint(*fault.strikes)
    moments = sorted(dice.randrange(1, max(len(papers) * 3 // 4, 2)) for _ in range(strikes))
    fault.prepare(act)
    for moment in moments:
        act.accept_next(max(moment - act.accepted, 0))
        fault.strike(act)
    struck = timezone.now()
    act.accept_next(len(papers))
    fault.end(act)
    if type(fault).end is not Fault.end:
        struck = timezone.now()
    attended = _attended(act, fault, fault.patience if stage.hurry else UNHURRIED)
    result.recovery = attended if stage.hurry else _longest(act, struck)
    _judge(stage, fault, result, act)


def _attended(act: Act, fault: Fault, patience: float) -> float:
    """Wait until everything has ended, or nothing has for so long; how many seconds it took.

    What still moves is not stuck, however slow a busy machine is; how long it took is told all the same.
    """
    began = moved = time.monotonic()
    fewest = len(act.papers) + 1
    while left := explained.count_unsettled(act.papers, act.stopped):
        if left < fewest:
            fewest, moved = left, time.monotonic()
        if time.monotonic() - moved > patience:
            break
        fault.attend(act)
        time.sleep(0.1)
    return time.monotonic() - began


def _longest(act: Act, struck: datetime) -> float:
    """The most seconds that a document took to its end from `struck`, or from its acceptance if that came later.

    Accepting takes part of a minute, and behind that no recovery of minutes may hide. Hosts may have a wrong clock, but
    nothing took longer than until now.
    """
    ends = Event.objects.filter(item__in=[one.item for one in act.papers], action__in=(Action.CONFIRM, Action.FAIL))
    rows = ends.filter(at__gt=struck).values_list("at", "submission__decided_at")
    took = [at - max(struck, accepted or struck) for at, accepted in rows]
    if list(explained.unsettled(act.papers, act.stopped)):
        took.append(timezone.now() - struck)
    return min(max(took, default=timedelta()), timezone.now() - struck).total_seconds()


def _judge(stage: Stage, fault: Fault, result: Result, act: Act) -> None:
    stuck = explained.unsettled(act.papers, act.stopped)
    lacking = frozenset(act.stopped) | frozenset(explained.behind(act.stopped))
    tally = count(stage, act.papers, without=lacking)
    for name in ("duplicates", "lost", "wrong"):
        setattr(result, name, {str(kind): len(rows) for kind, rows in getattr(tally, name).items() if rows})
    silent = explained.unexplained(stage, act.papers)
    unseen = list(fault.witness(act))
    result.stuck, result.unexplained, result.unwitnessed = len(stuck), len(silent), len(unseen)
    result.attempts, result.unknown = act.attempts(), act.unknown()
    result.sentences += [
        *(f"stuck: {one}" for one in stuck),
        *tally.sentences,
        *(f"unexplained: {one}" for one in silent),
        *(f"not witnessed: {one}" for one in unseen),
    ]
