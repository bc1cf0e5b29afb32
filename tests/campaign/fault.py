"""A fault of the campaign, and the act in which it befalls the stage. A new fault is one small class."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import Any, ClassVar

from django.db import Error, connection
from django.db.models import Q
from django.db.models.functions import Now

from procore_sync.acceptance import operations
from procore_sync.acceptance.claims import WAITABLE
from procore_sync.acceptance.courier import courier
from procore_sync.acceptance.models import Attempt, ErpItem, Submission
from procore_sync.acceptance.refusals import NotReady
from procore_sync.acceptance.states import Decision, OutcomeKind, Status, Work
from procore_sync.accounts.models import Membership
from procore_sync.development.children import NeverHappened
from procore_sync.kit.refusals import InvalidInput, Refusal
from tests.campaign.papers import Desk, Paper
from tests.campaign.patience import wait_for
from tests.campaign.stage import Stage

#: How long an acceptance is tried while the database is away.
PATIENCE = 60.0
#: How long it is tried again where what is offered has changed.
AGAIN = 5.0
#: While something is awaited no more are accepted as long as so many could go and no worker has taken them; a second at
#: most. So papers are left for the next blow, however slow the machine is.
AHEAD_OF_WORKERS = 8
PACE = 1.0
#: Where all papers are accepted and the blow has not fallen yet, one more comes after so long.
ONE_MORE_AFTER = 3.0
#: So that its number is no other vendor's.
MORE = 10_000


@dataclass
class Act:
    """One fault over one stack of papers."""

    stage: Stage
    papers: list[Paper]
    dice: Random
    #: How many of them are accepted.
    accepted: int = 0
    #: Items that may end with a person, because the fault is one that only a person can cure.
    stopped: set[int] = field(default_factory=set)
    #: What Ada does with a paper that cannot be accepted; without it, that breaks the act.
    instead: Callable[[Paper], None] | None = None
    #: What a fault wants to remember from one step to the next.
    notes: list[str] = field(default_factory=list)

    @cached_property
    def _ada(self) -> Membership:
        return self.stage.member("Ada")

    @property
    def is_accepted(self) -> bool:
        """Whether all papers are."""
        return self.accepted == len(self.papers)

    def accept_next(self, count: int = 1) -> None:
        """Ada accepts the next papers, fewer if fewer are left."""
        for paper in self.papers[self.accepted : self.accepted + count]:
            self.accept(paper)
            self.accepted += 1

    def drive(self, condition: Callable[[], object], seconds: float = 60, what: str = "") -> None:
        """Go on accepting, one paper after the other, until `condition` is true; never faster than workers carry.

        When all are accepted some more vendors are made, since a blow falls only where something is carried.

        Raises:
            NeverHappened: it was not, in so many seconds after the last paper.
        """
        while not condition() and not self.is_accepted:
            self.accept_next()
            self._keep_pace()
        end = time.monotonic() + seconds
        while time.monotonic() < end - ONE_MORE_AFTER:
            with suppress(NeverHappened):
                wait_for(condition, ONE_MORE_AFTER, what=what)
                return
            self.accept_one_more()
        wait_for(condition, ONE_MORE_AFTER, what=what)

    @staticmethod
    def _keep_pace() -> None:
        untaken = Submission.objects.filter(work__in=WAITABLE, due_at__lte=Now())
        end = time.monotonic() + PACE
        while untaken.count() >= AHEAD_OF_WORKERS and time.monotonic() < end:
            time.sleep(0.02)

    def accept_one_more(self) -> None:
        """A vendor more than there were papers: Max sends it, Ada accepts it, and it is counted with the others."""
        desk = Desk(self.stage.member("Max"), self.dice)
        desk.vendor(len(self.papers) + MORE)
        self.papers += desk.papers
        self.accept_next()

    def accept(self, paper: Paper) -> None:
        """Ada accepts what she saw, each choice as it is proposed or the first that is offered.

        While the database is away she tries again, as a person would; whether it was accepted is looked up first. So
        she does where another choice is asked for than a moment ago.
        """
        began = time.monotonic()
        while True:
            try:
                self._accept(paper)
            except Error:
                connection.close()
                if time.monotonic() - began > PATIENCE:
                    raise
                time.sleep(0.2)
            except InvalidInput:
                if time.monotonic() - began > AGAIN:
                    raise
                time.sleep(0.2)
            else:
                return

    def _accept(self, paper: Paper) -> None:
        # Documents are long, and read but once to see what is proposed.
        submissions = Submission.objects.filter(item=paper.item).defer("document", "posting", "choices")
        submission = submissions.select_related("item__company").order_by("-number")[0]
        if submission.decision != Decision.OPEN:
            return
        item = submission.item
        if paper.item not in self.stage.chosen:
            self.stage.chosen[paper.item] = _proposed(item, submission)
        try:
            operations.accept(item, by=self._ada, seen=submission.digest, choices=self.stage.chosen[paper.item])
        except NotReady:
            if self.instead is None:
                raise
            self.instead(paper)
        except InvalidInput:
            del self.stage.chosen[paper.item]
            raise

    def accept_needs(self, paper: Paper, seconds: float = 60) -> None:
        """Accept everything that `paper` needs in the books, directly or through others, and wait until it is there.

        Raises:
            NeverHappened: it was not, in so many seconds.
        """
        needs, edge = set[int](), {paper.item}
        while edge:
            edge = set(ErpItem.objects.filter(pk__in=edge).values_list("requires", flat=True)) - needs - {None}
            needs |= edge
        for one in self.papers:
            if one.item in needs:
                self.accept(one)
        there = ErpItem.objects.filter(pk__in=needs, status=Status.SYNCED)
        wait_for(lambda: there.count() == len(needs), seconds, what=f"what {paper} needs is in the books")

    def until_idle(self, seconds: float = 120) -> None:
        """Wait until nothing is due or on its way, so that what is accepted next goes in a call of its own.

        Raises:
            NeverHappened: something was, for so many seconds.
        """
        busy = Submission.objects.filter(Q(work__in=WAITABLE, due_at__lte=Now()) | Q(work=Work.FLYING))
        wait_for(lambda: not busy.exists(), seconds, what="nothing is due or on its way")

    def status(self, paper: Paper) -> str:
        """Where a paper stands now."""
        return str(ErpItem.objects.values_list("status", flat=True).get(pk=paper.item))

    def until(self, paper: Paper, status: Status, seconds: float = 60) -> None:
        """Wait until a paper stands there.

        Raises:
            NeverHappened: it did not, in so many seconds.
        """
        wait_for(lambda: self.status(paper) == status, seconds, what=f"{paper} is {status}")

    def hit(self, kind: str) -> list[dict[str, Any]]:
        """The calls of this act that an armed fault of the emulator has met."""
        return [one for one in self.stage.requests() if one["fault"] == kind]

    def attempts(self, **of: Any) -> int:
        """How many attempts of this act are such."""
        return Attempt.objects.filter(**of).count()

    def unknown(self) -> int:
        """How many attempts ended without an answer."""
        return self.attempts(outcome=OutcomeKind.UNKNOWN)

    def submission(self, paper: Paper) -> Submission:
        """The newest one of a paper."""
        return Submission.objects.select_related("item").filter(item_id=paper.item).order_by("-number")[0]

    def waiting(self, *kinds: str) -> list[Paper]:
        """The papers of these kinds, or of any, that nobody has decided on yet, in the order of their turn."""
        open_ones = Submission.objects.filter(decision=Decision.OPEN).values_list("item_id", flat=True)
        left, undecided = self.papers[self.accepted :], set(open_ones)
        return [one for one in left if one.item in undecided and (not kinds or one.kind in kinds)]

    def any_paper(self, *kinds: str) -> Paper:
        """One of these kinds, by the dice."""
        return self.dice.choice([paper for paper in self.papers if not kinds or paper.kind in kinds])


class Fault:
    """What goes wrong, when, and how one sees that it did.

    `number` and `title` are those of reliability.md §3. The papers are accepted one after the other, in an order of
    the seed, while workers drain; `strike` comes at as many random moments among them as `strikes` says. It may drive
    the acceptance on itself (`Act.drive`), so that there is something to befall. When all are accepted, `end` ends the
    fault, and the clock runs until everything is verified, while people `attend` to what comes before them. `witness`
    yields a sentence for each thing that should have been seen and was not: a fault that did not happen proves nothing.
    """

    number: ClassVar[int]
    title: ClassVar[str]
    #: What must come of it, in the words of reliability.md.
    safe: ClassVar[str] = ""
    #: Least and most strikes.
    strikes: ClassVar[tuple[int, int]] = (1, 3)
    #: Seconds in which nothing comes to its end before what is left counts as stuck.
    patience: float = 90.0
    known: ClassVar[dict[int, type[Fault]]] = {}

    def __init_subclass__(cls) -> None:
        if "number" in vars(cls):
            assert cls.number not in Fault.known, f"{cls} and {Fault.known[cls.number]} have one number"
            Fault.known[cls.number] = cls

    def prepare(self, act: Act) -> None:
        """Before anything is accepted."""

    def strike(self, act: Act) -> None:
        """A random moment of the drain; some papers are left to accept."""

    def end(self, act: Act) -> None:
        """All are accepted: the fault ends."""

    def attend(self, act: Act) -> None:
        """Again and again until everything is verified: people do what they are told about what stopped."""

    def witness(self, act: Act) -> Iterator[str]:
        """Everything has come to its end: what shows that the fault happened, and was met as `safe` says."""
        yield from ()


def _proposed(item: ErpItem, submission: Submission) -> dict[str, str]:
    offered = courier().preview(item, submission.document).choices()
    choices = {one.name: one.initial or (one.options[0][0] if one.required else "") for one in offered}
    return {name: value for name, value in choices.items() if value}


def refused(press: Callable[[], object]) -> str:
    """The sentence with which the console refuses; "" if it does not."""
    try:
        press()
    except Refusal as refusal:
        return refusal.sentence
    return ""
