"""Faults 1 to 10: something happens to the worker, or to the call, at every point between intent and answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import ClassVar

from django.utils import timezone

from procore_sync.acceptance import operations
from procore_sync.acceptance.bell import ring
from procore_sync.acceptance.models import Attempt, ErpItem, Submission
from procore_sync.acceptance.states import OutcomeKind, Status, Work
from procore_sync.accounts.models import Role
from procore_sync.kit.kinds import Kind
from quickbooks_bridge.models import Connection
from tests.campaign.evidence import written
from tests.campaign.fault import Act, Fault
from tests.campaign.patience import wait_for
from tests.factories import make_approver, make_company, make_member, make_vendor
from tests.quickbooks_bridge.emulator_process import OTHER_REALM
from tests.site import REALM

STOPPED = "The worker stopped before an answer came."


class AtAPoint(Fault):
    """SIGKILL at one exact point of the engine (traps.py): first to the whole worker, then to the process at work."""

    point: ClassVar[str]
    strikes = (2, 3)

    def strike(self, act: Act) -> None:
        dies = "process" if act.notes else "worker"
        act.notes.append(dies)
        act.stage.lay(self.point, dies)
        act.drive(lambda: len(act.stage.sprung()) == len(act.notes), what=f"a worker dies at “{self.point}”")
        if dies == "worker":
            act.stage.workers = [one for one in act.stage.workers if one.is_running]
            act.stage.add_worker(awaited=False)

    def witness(self, act: Act) -> Iterator[str]:
        calls = written(act)
        for one in (one for deaths in act.stage.sprung() for one in deaths):
            submission = Submission.objects.select_related("item").get(pk=one["submission"])
            attempts = submission.attempts.order_by("number")
            told = [(attempt.act, str(attempt.outcome), attempt.request_id) for attempt in attempts]
            for sentence in self.after(one["requestid"], told, calls):
                yield f"{submission.item.kind} {submission.item.label}: {sentence}"

    def after(self, requestid: str, told: list[tuple[str, str, str]], calls: Counter[str]) -> Iterator[str]:
        """What should have been seen of a document that was carried when its worker died, and was not.

        `told` are act, outcome and request id of its attempts, `calls` how many wrote under a request id.
        """
        raise NotImplementedError


class KilledBeforeTheCall(AtAPoint):
    """1"""

    number = 1
    title = "SIGKILL after intent commit, before POST"
    safe = "the lease ends, the probe finds nothing, posted once"
    point = "intended"

    def after(self, requestid: str, told: list[tuple[str, str, str]], calls: Counter[str]) -> Iterator[str]:
        if ("send", "unknown", requestid) not in told:
            yield f"no attempt under {requestid} lost its worker: {told}"
        if ("probe", "absent") not in [one[:2] for one in told]:
            yield f"nobody looked for what was not sent: {told}"
        ends = [one[2] for one in told if one[:2] == ("send", "done")]
        if len(ends) != 1 or calls[ends[0]] != 1:
            yield f"it was not posted once: {told}"
        if ends != [requestid] and calls[requestid]:
            yield f"the batch {requestid} that was never sent was posted"


class KilledDuringTheCall(Fault):
    """2: in half of the acts QuickBooks forgets request ids, and only the look keeps a document from being twice."""

    number = 2
    title = "SIGKILL during POST, remote created"
    safe = "uncertain, the probe finds it by its marker, linked and verified; one in the books"

    def prepare(self, act: Act) -> None:
        may_forget_request_ids(act)

    def strike(self, act: Act) -> None:
        act.stage.fault("write_then_hang", operation="write")
        act.drive(lambda: not act.stage.armed(), what="a call hangs after its write")
        if act.notes:
            act.stage.kill_pool(0)
        else:
            act.stage.workers.pop(0).kill()
            act.stage.add_worker(awaited=False)
        act.stage.kill_pool(len(act.stage.workers) - 2)
        act.notes.append("killed")

    def witness(self, act: Act) -> Iterator[str]:
        killed = Attempt.objects.filter(act="send", sentence=STOPPED)
        if not killed:
            yield "no sending lost its worker"
        found = Attempt.objects.filter(act="probe", outcome=OutcomeKind.DONE).values("submission")
        if not killed.filter(submission__in=found):
            yield "no probe found what a killed worker had written"


class KilledAfterTheAnswer(AtAPoint):
    """3: in half of the acts QuickBooks forgets request ids."""

    number = 3
    title = "SIGKILL after answer, before local commit"
    safe = "uncertain, the probe finds it by its marker, linked and verified; one in the books"
    point = "answered"

    def prepare(self, act: Act) -> None:
        may_forget_request_ids(act)

    def after(self, requestid: str, told: list[tuple[str, str, str]], calls: Counter[str]) -> Iterator[str]:
        if ("send", "unknown", requestid) not in told:
            yield f"no attempt under {requestid} lost its worker: {told}"
        if told[-1][:2] != ("probe", "done"):
            yield f"it was not found by a look: {told}"
        if calls[requestid] != 1:
            yield f"it was written {calls[requestid]} times under {requestid}"


class KilledAfterTheCommit(AtAPoint):
    """4"""

    number = 4
    title = "SIGKILL after local commit, before ack"
    safe = "the redelivery sees that it is exported: no call"
    point = "settled"

    def strike(self, act: Act) -> None:
        super().strike(act)
        # The broker delivers again what a dead process had not acknowledged; of a whole worker only after minutes.
        for one in act.stage.sprung()[-1]:
            ring(one["submission"])
            ring(one["submission"])

    def after(self, requestid: str, told: list[tuple[str, str, str]], calls: Counter[str]) -> Iterator[str]:
        if told[-1] != ("send", "done", requestid):
            yield f"it was carried again after its end: {told}"
        if calls[requestid] != 1:
            yield f"it was written {calls[requestid]} times under {requestid}"


class OnTheWire(Fault):
    """The next write of any kind is befallen by each of `kinds` in turn."""

    kinds: ClassVar[tuple[str, ...]]

    def strike(self, act: Act) -> None:
        kind = self.kinds[len(act.notes) % len(self.kinds)]
        act.notes.append(kind)
        act.stage.fault(kind, operation="write")
        act.drive(lambda: not act.stage.armed(kind), what=f"a write meets {kind}")


class ErrorAfterTheWrite(OnTheWire):
    """5: in half of the acts QuickBooks forgets request ids. An order, a change of one and a bill are befallen too."""

    number = 5
    title = "HTTP 500/502/503/504 after create"
    safe = "uncertain, probe, link; never a blind retry"
    kinds = tuple(f"{status}_after_write" for status in (500, 502, 503, 504))
    strikes = (4, 4)

    def prepare(self, act: Act) -> None:
        may_forget_request_ids(act)
        self.to_befall = [Kind.COMMITMENT, Kind.CHANGE_ORDER, Kind.INVOICE]
        self.befell: list[Kind] = []

    def strike(self, act: Act) -> None:
        # First the one by itself: the other is driven, and at production's pace that may take all papers there are.
        if self.to_befall and self._by_itself(act, self.to_befall[0]):
            self.befell.append(self.to_befall.pop(0))
        super().strike(act)

    def _by_itself(self, act: Act, kind: Kind) -> bool:
        """Whether a write of this kind, alone in its call, was befallen: each kind is looked for in its own way."""
        operation = "update" if kind == Kind.CHANGE_ORDER else "create"
        for paper in act.waiting(kind)[:3]:
            act.accept_needs(paper)
            act.until_idle()
            act.stage.fault(self.kinds[0], entity=paper.entity, operation=operation)
            act.accept(paper)
            act.until(paper, Status.SYNCED)
            if not act.stage.armed():
                return True
            act.stage.control("DELETE", "faults")
        return False

    def witness(self, act: Act) -> Iterator[str]:
        for status in (500, 502, 503, 504):
            failed = Attempt.objects.filter(act="send", outcome=OutcomeKind.UNKNOWN, http_status=status)
            if not failed:
                yield f"no attempt met {status} after its write"
            found = Attempt.objects.filter(act="probe", outcome=OutcomeKind.DONE).values("submission")
            if failed.exclude(submission__in=found):
                yield f"what was written before {status} was not found by a look"
        if not self.befell:
            yield "no order, change or bill lost its answer alone"


class ErrorBeforeTheWrite(OnTheWire):
    """6"""

    number = 6
    title = "HTTP 500/502/503/504 before create"
    safe = "the probe is empty twice, then a new attempt"
    kinds = ("500", "502", "503", "504")
    strikes = (4, 4)

    def witness(self, act: Act) -> Iterator[str]:
        for status in (500, 502, 503, 504):
            failed = Attempt.objects.filter(act="send", outcome=OutcomeKind.UNKNOWN, http_status=status)
            if not failed:
                yield f"no attempt met {status} before its write"
            for one in failed:
                after = one.submission.attempts.filter(number__gt=one.number).order_by("number")
                told = [(each.act, str(each.outcome)) for each in after]
                if told[:2] != [("probe", "absent")] * 2 or told[-1] != ("send", "done"):
                    yield f"after {status} it was {told}, not two empty looks and then a sending"


class ConnectionReset(OnTheWire):
    """7: some of the looks afterwards meet an index that has not caught up."""

    number = 7
    title = "connection reset after the body was sent"
    safe = "uncertain, probe, link; never a blind retry"
    kinds = ("write_then_drop", "drop", "write_then_drop")
    strikes = (3, 3)

    def strike(self, act: Act) -> None:
        act.stage.fault("half_then_drop")
        super().strike(act)
        act.stage.fault("lagging")

    def witness(self, act: Act) -> Iterator[str]:
        broke = Attempt.objects.filter(act="send", sentence__startswith="The connection to QuickBooks broke off")
        if not broke:
            yield "no attempt lost its connection"
        found = Attempt.objects.filter(act="probe", outcome=OutcomeKind.DONE).values("submission")
        if not broke.filter(submission__in=found):
            yield "nothing that was written before a reset was found by a look"
        if not act.hit("lagging"):
            yield "no look met an index that lagged"


class NoAnswer(OnTheWire):
    """8"""

    number = 8
    title = "the server never answers"
    safe = "the read times out (< 120 s), then uncertain, probe, link"
    kinds = ("write_then_hang", "hang", "write_then_hang")
    strikes = (2, 3)

    def witness(self, act: Act) -> Iterator[str]:
        hung = [one["requestid"] for one in act.stage.requests() if one["fault"] in self.kinds]
        if len(hung) != len(act.notes):
            yield f"{len(hung)} of {len(act.notes)} calls hung"
        for requestid in hung:
            told = list(Attempt.objects.filter(request_id=requestid, act="send", outcome=OutcomeKind.UNKNOWN))
            patience = timedelta(seconds=30 if len(told) == 1 else 70)  # what is waited for a call and for a batch
            if not told or any(not one.finished_at or one.finished_at - one.started_at > patience for one in told):
                yield f"the call {requestid} was not given up in time"
        if not Attempt.objects.filter(act="send", sentence__startswith="QuickBooks did not answer in time"):
            yield "no call ended because its time was over"


class NobodyListens(Fault):
    """9"""

    number = 9
    title = "DNS/connect failure"
    safe = "sure not sent: plain backoff, attempt recorded"
    strikes = (1, 2)

    def strike(self, act: Act) -> None:
        act.stage.lose_quickbooks()
        # Looks for what was in the air at that moment reach nobody either, and count no try.
        unsent = {"act": "send", "outcome": OutcomeKind.NOT_SENT}
        met = act.attempts(**unsent)
        act.drive(lambda: act.attempts(**unsent) > met + 1, what="nobody is reached")
        act.stage.bring_quickbooks_back()

    def witness(self, act: Act) -> Iterator[str]:
        missed = Attempt.objects.filter(act="send", outcome=OutcomeKind.NOT_SENT)
        if not missed.filter(sentence="QuickBooks could not be reached, so nothing was sent."):
            yield "no attempt says that nobody was reached"
        for one in missed:
            after = one.submission.attempts.filter(number__gt=one.number).order_by("number").first()
            if after is None or after.act != "send":
                yield f"what was surely not sent was looked for first: attempt {one.number} of {one.submission_id}"
        if not Submission.objects.filter(pk__in=missed.values("submission"), tries__gt=0):
            yield "no try was counted"


class Throttled(Fault):
    """10"""

    number = 10
    title = "429 JSON and XML, with and without Retry-After"
    safe = "the company pauses, no try is burnt, other companies go on"
    strikes = (4, 4)
    shapes: ClassVar[tuple[tuple[str, int | None], ...]] = (
        ("429_xml", None),
        ("429_json", 30),
        ("429_json", None),
        ("429_xml", 30),
    )

    def prepare(self, act: Act) -> None:
        company = make_company("Quay Lane Builders", "quay-lane")
        self.max, self.ada = make_member(company, "Max", Role.PROJECT_MANAGER), make_approver(company)
        make_member(company, "Alma", Role.ADMINISTRATOR)
        act.stage._connect(company.slug, OTHER_REALM)
        self.others: list[ErpItem] = []
        act.stage.control("DELETE", "requests")

    def strike(self, act: Act) -> None:
        shape, retry_after = self.shapes[len(act.notes)]
        act.stage.fault(shape, retry_after=retry_after, realm=REALM, operation="write")
        act.drive(lambda: not act.stage.armed() and self.left(act) > 0, what=f"the company pauses after {shape}")
        left = self.left(act)
        if not (retry_after or 60) * 0.6 < left <= (retry_after or 60) + 1:
            act.notes.append(f"after {shape} with Retry-After {retry_after} the company paused for {left:.0f} s")
        else:
            act.notes.append("")
        wait_for(lambda: not self.flying(act), 20, what="nothing of the paused company is on its way")
        before = self.calls(act)
        self.goes_on()
        act.accept_next(3)
        if self.calls(act) != before:
            act.notes[-1] += f"{self.calls(act) - before} calls of the company during its pause after {shape}"
        act.stage.a_minute_later()

    def goes_on(self) -> None:
        """The other company's next vendor is accepted, and comes to its end at once."""
        item = make_vendor(self.max, f"Not Throttled {len(self.others)}").erp
        submission = operations.send(item, by=self.max)
        operations.accept(item, by=self.ada, seen=submission.digest, choices={})
        self.others.append(item)
        rows = ErpItem.objects.filter(pk=item.pk, status=Status.SYNCED)
        wait_for(rows.exists, 20, what="another company goes on")

    def left(self, act: Act) -> float:
        """Seconds for which the company still pauses."""
        row = Connection.objects.get(company=act.stage.company)
        return (row.paused_until - timezone.now()).total_seconds() if row.paused_until else 0.0

    def flying(self, act: Act) -> bool:
        return Submission.objects.filter(company=act.stage.company, work=Work.FLYING).exists()

    def calls(self, act: Act) -> int:
        """How often this act's company has asked QuickBooks for anything."""
        return sum(one["realm"] == REALM for one in act.stage.requests())

    def witness(self, act: Act) -> Iterator[str]:
        yield from filter(None, act.notes)
        throttled = Attempt.objects.filter(outcome=OutcomeKind.THROTTLED).values("submission")
        if len({one["fault"] for one in act.hit("429_xml") + act.hit("429_json")}) < 2:
            yield "not every shape was met"
        if not throttled:
            yield "no attempt was throttled"
        if Submission.objects.filter(pk__in=throttled, tries__gt=0):
            yield "a throttled call has burnt a try"
        names = [one["DisplayName"] for one in act.stage.control("GET", f"documents/{OTHER_REALM}/Vendor")]
        for number in range(len(self.others)):
            if names.count(f"Not Throttled {number}") != 1:
                yield f"the other company's vendor {number} is there {names.count(f'Not Throttled {number}')} times"


def may_forget_request_ids(act: Act) -> None:
    """By the dice, QuickBooks knows no request again: whether it always does is disputed by those who rely on it."""
    if act.dice.random() < 0.5:
        act.stage.control("POST", "switches", requestid="ignore")
