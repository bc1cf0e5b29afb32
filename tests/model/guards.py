"""Each guard of the engine, how it is taken away from the real code, and in which scenario its absence is to be found.

A guard is taken away by editing the source of the function that keeps it, in memory: what is removed is written here
word for word, so whoever moves a guard is told that it is looked for in vain.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from unittest import mock

from django.db import connection

from procore_sync.acceptance import claims, engine, items, journal, leases, operations, settling
from quickbooks_bridge import flights
from tests.model import scenarios
from tests.model.console import Console
from tests.model.explore import Found, explore
from tests.model.machine import Machine, Scenario, Step


@dataclass(frozen=True)
class Edit:
    """In the source of a function of a module, what stands there and what is to stand there instead."""

    module: ModuleType | type
    function: str
    stands: str
    instead: str


@dataclass(frozen=True)
class Guard:
    """What keeps a promise. `names` are the model's; a guard with several is taken away with its second belt."""

    title: str
    names: tuple[str, ...]
    scenario: Scenario
    edits: tuple[Edit, ...] = ()
    #: Statements that take a constraint from the database.
    drops: tuple[str, ...] = ()
    #: Attributes of the console that are not our code: what the ledger does.
    ledger: tuple[str, ...] = ()
    #: What holds when this one alone is gone; then nothing is found, and the pair is a guard of its own.
    second_belt: str = ""


_TAKE_CLAIM = Edit(
    claims,
    "take",
    "pk=submission.pk, work=submission.work, fence=submission.fence, request_id=submission.request_id\n"
    "    )\n    if as_read.filter(due_at__lte=Now()).update(**_flying()) != 1:",
    "pk=submission.pk\n    )\n    if as_read.update(**_flying()) != 1:",
)
_NUMBERED = "ALTER TABLE acceptance_attempt DROP CONSTRAINT attempts_are_numbered"
_ANOTHER = Edit(operations, "accept", "if submission.first_by_id == by.pk:", "if False:")
_TWO_PEOPLE = "ALTER TABLE acceptance_submission DROP CONSTRAINT two_approvers_are_two_people"
_FROZEN = "writes_frozen"
_LOCK = Edit(items, "revise", "if item.is_locked:", "if False:")

GUARDS = (
    Guard(
        "a lease: nobody takes what a worker holds",
        ("lease",),
        scenarios.SWEEPS,
        (
            Edit(
                engine, "_expire_leases", "filter(work=Work.FLYING, lease_until__lt=Now())", "filter(work=Work.FLYING)"
            ),
        ),
    ),
    Guard(
        "leases end",
        ("sweep",),
        scenarios.ONE,
        (Edit(engine, "sweep", "_expire_leases()", "pass"),),
    ),
    Guard(
        "the fence",
        ("fence",),
        scenarios.ONE,
        (Edit(settling, "_land", ", fence=claimed.fence", ""),),
    ),
    Guard("the same request id is one document", ("request id",), scenarios.ONE, ledger=("knows_ids",)),
    Guard(
        "look before repeating",
        ("look",),
        scenarios.BATCH,
        (
            Edit(
                settling,
                "_columns",
                '{"work": Work.UNCERTAIN, "tries"',
                '{"work": again, "tries"',
            ),
        ),
    ),
    Guard(
        "a second look, since the search lags",
        ("second look",),
        scenarios.BATCH,
        (Edit(settling, "_after_absence", "if absences < _looks(submission):", "if False:"),),
    ),
    Guard(
        "the long pause after a batch",
        ("long pause",),
        scenarios.BATCH,
        (Edit(settling, "_after_absence", "if _went_in_batch(submission):", "if False:"),),
    ),
    Guard(
        "a worker asks before it writes",
        ("lease looked at",),
        scenarios.BATCH,
        (Edit(leases, "may_write", "lease = _held_here.get()", "lease = None"),),
    ),
    Guard(
        "what may have been written goes alone",
        ("alone",),
        scenarios.LATER,
        (Edit(claims, "_first_exports", "rows.filter(~Exists(perhaps))", "rows"),),
    ),
    Guard(
        "look before a new request id",
        ("look before retry",),
        scenarios.ONE,
        (Edit(operations, "_may_yet_be_written", "and lost.exists()", "and False"),),
    ),
    Guard(
        "one flight a lane (unique index)",
        ("lane",),
        scenarios.LANE,
        drops=("DROP INDEX one_flight_a_lane",),
    ),
    Guard(
        "compare-and-set of the claim",
        ("claim",),
        scenarios.RACE,
        (_TAKE_CLAIM,),
        second_belt="attempts are numbered (unique index)",
    ),
    Guard(
        "attempts are numbered (unique index)",
        ("attempts are numbered",),
        scenarios.RACE,
        drops=(_NUMBERED,),
        second_belt="compare-and-set of the claim",
    ),
    Guard(
        "both: compare-and-set of the claim, numbered attempts",
        ("claim", "attempts are numbered"),
        scenarios.RACE,
        (_TAKE_CLAIM,),
        drops=(_NUMBERED,),
    ),
    Guard(
        "compare-and-set of the sweep",
        ("sweep compares",),
        scenarios.SWEEPS,
        (
            Edit(
                engine,
                "_expire_leases",
                "expired.filter(pk=submission.pk, fence=submission.fence)",
                "Submission.objects.filter(pk=submission.pk, work=Work.FLYING)",
            ),
        ),
    ),
    Guard(
        "compare-and-set of `move`",
        ("move",),
        scenarios.PEOPLE,
        (Edit(journal, "_write", "same.filter(status=first.before, revision=first.item.revision)", "same"),),
    ),
    Guard(
        "what is accepted was seen (digest)",
        ("seen",),
        scenarios.PEOPLE,
        (Edit(operations, "accept", "if submission.digest != seen:", "if False:"),),
    ),
    Guard(
        "above the amount two accept",
        ("two approvers",),
        scenarios.TWO,
        (Edit(operations, "accept", "if is_first_of_two(submission, posting, chosen):", "if False:"),),
    ),
    Guard(
        "the second approver is another",
        ("another person",),
        scenarios.TWO,
        (_ANOTHER,),
        second_belt="two approvers are two people (constraint)",
    ),
    Guard(
        "two approvers are two people (constraint)",
        ("two people constraint",),
        scenarios.TWO,
        drops=(_TWO_PEOPLE,),
        second_belt="the second approver is another",
    ),
    Guard(
        "both: the second approver is another, the constraint",
        ("another person", "two people constraint"),
        scenarios.TWO,
        (_ANOTHER,),
        drops=(_TWO_PEOPLE,),
    ),
    Guard(
        "the record is locked on its way",
        ("lock",),
        scenarios.EDIT,
        (_LOCK,),
    ),
    Guard(
        "the frozen posting",
        ("frozen",),
        scenarios.EDIT,
        ledger=(_FROZEN,),
        second_belt="the record is locked on its way",
    ),
    Guard(
        "both: the frozen posting, the lock",
        ("frozen", "lock"),
        scenarios.EDIT,
        (_LOCK,),
        ledger=(_FROZEN,),
    ),
    Guard(
        "what is required comes first",
        ("required first",),
        scenarios.NEEDS,
        (Edit(claims, "_missing", "return {each.pk: _waits_for", "return {} and {each.pk: _waits_for"),),
    ),
    Guard(
        "a claim is of the acceptance that was read",
        ("same acceptance",),
        scenarios.UNDO,
        (Edit(claims, "take", ", request_id=submission.request_id", ""),),
    ),
    Guard(
        "what is repeated is judged by a reading",
        ("read what is repeated",),
        scenarios.KEEPER,
        (Edit(flights.Flight, "_created", "if self._is_repeated():", "if False:"),),
    ),
    Guard(
        "each of a batch is settled by itself",
        ("each by itself",),
        scenarios.BATCH,
        (Edit(settling, "settle_together", "for claimed, outcome in settled:", "for claimed, outcome in ():"),),
    ),
)


def found_without(guard: Guard) -> Found | None:
    """The shortest way to a broken promise once the guard is gone from the model; None if nothing breaks."""
    return explore(Machine(guard.scenario, frozenset(guard.names))).found


@contextmanager
def taken_away(guard: Guard, console: Console) -> Iterator[None]:
    """The real engine without the guard, for as long as the block lasts; dropped constraints, until the rollback."""
    with ExitStack() as stack:
        for edit in guard.edits:
            stack.enter_context(mock.patch.object(edit.module, edit.function, edited(edit)))
        for name in guard.ledger:
            setattr(console, name, False)
        with connection.cursor() as cursor:
            for statement in guard.drops:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # PostgreSQL alters no table with checks outstanding
                cursor.execute(statement)
        yield


def edited(edit: Edit, *others: Edit) -> Any:
    """The function, compiled from its source with the edit made, and with `others` in the same function.

    Raises:
        LookupError: the source does not say, exactly once, what is to be taken away.
    """
    function = getattr(edit.module, edit.function)
    source = textwrap.dedent(inspect.getsource(function))
    for one in (edit, *others):
        if source.count(one.stands) != 1:
            raise LookupError(f"{one.module.__name__}.{one.function} does not say once: {one.stands}")
        source = source.replace(one.stands, one.instead)
    made: dict[str, Any] = {}
    code = f"from __future__ import annotations\n{source}"
    around = vars(sys.modules[function.__module__])
    exec(compile(code, function.__code__.co_filename, "exec"), around, made)  # noqa: S102 - our own source
    return made[edit.function]


_WORDS = {
    "accept": "document {0} is accepted",
    "retry": "a person tries document {0} again",
    "edit": "document {0} is edited",
    "undo": "the acceptance of document {0} is taken back",
    "takes first back": "the first acceptance of document {0} is taken back",
    "changes": "a bookkeeper changes document {0}",
    "removes": "a bookkeeper removes document {0}",
    "puts back": "a bookkeeper puts document {0} back",
    "opens": "person {0} opens the page",
    "presses": "person {0} presses",
    "accepts": "person {0} accepts",
    "rejects": "person {0} rejects",
    "claim": "{w} claims document {1}",
    "look": "{w} reads document {1}",
    "take": "{w} takes what it read",
    "begin": "{w} sends",
    "late": "a call that nobody waits for is carried out ({1})",
    "drop": "a call that nobody waits for is dropped",
    "give up": "{w} waits no longer",
    "settle": "{w} settles",
    "crash": "{w} dies",
    "lease ends": "the lease of document {0} ends",
    "sweep": "the sweep",
    "sweep reads": "sweep {0} reads",
    "sweep frees": "sweep {0} frees what it read",
    "ripen": "document {0} is due",
}
_OF_WORKERS = ("claim", "look", "take", "begin", "probe", "answer", "lose", "give up", "settle", "crash")
_PROBES = {"sees": "{w} looks", "misses": "{w} looks, the search lags", "fails": "{w} looks, no answer"}
_MARKS = {"w": "written", "r": "refused"}


def in_words(step: Step) -> str:
    """A step as a person reads it; workers are A, B, C."""
    name, *of = step
    worker = "ABC"[int(of[0])] if of and name in _OF_WORKERS else ""
    if name == "probe":
        return _PROBES[str(of[1])].format(w=worker)
    if name in ("answer", "lose"):
        how = _MARKS.get(str(of[1])) or ("throttled" if of[1] == "throttled" else _each(str(of[1])))
        return f"{worker} hears: {how}" if name == "answer" else f"{how}, and {worker} gets no answer"
    if name == "late":
        return f"a call that nobody waits for is carried out: {_each(str(of[1]))}"
    return _WORDS[name].format(*of, w=worker)


def _each(how: str) -> str:
    return ", ".join(_MARKS[one] for one in how)


def table(found_by: Callable[[Guard], Found | None] = found_without) -> str:
    """Guard, what catches its absence, the shortest way there: as it stands in docs/proof.md."""
    rows = ["| Without | Broken | The shortest way there |", "|---|---|---|"]
    for guard in GUARDS:
        found = found_by(guard)
        if found is None:
            rows.append(f"| {guard.title} | nothing | second belt: {guard.second_belt} |")
        else:
            way = "; ".join(in_words(step) for step in found.trace)
            rows.append(f"| {guard.title} | {found.promise} | {len(found.trace)}: {way} |")
    return "\n".join(rows)


def table_in(page: str) -> str:
    """The table as the page has it."""
    found = re.search(r"(\| Without \|.*?)\n\n", page, re.S)
    return found[1] if found else ""
