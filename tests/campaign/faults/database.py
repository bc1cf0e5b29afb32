"""Faults 20, 21, 39 and 43: something happens to the database."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from html import unescape
from io import StringIO
from pathlib import Path

import psycopg2
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings

from procore_sync.acceptance.models import Attempt, ErpItem, Submission
from procore_sync.acceptance.states import OutcomeKind, Status, Work
from procore_sync.demo.person import Person, message_of
from quickbooks_bridge.reconciling.rows import LedgerFinding
from tests.campaign.evidence import ID_LENGTH, calls_without_an_intent, writes
from tests.campaign.fault import Act, Fault
from tests.campaign.papers import Paper
from tests.campaign.patience import wait_for
from tests.campaign.visitors import Visitor
from tests.processes import emulator_environment


def person(act: Act, name: str) -> Person:
    """`name`, signed in at the console's real web server."""
    return Person(act.stage.web.url, act.stage.member(name).user.email, "secret")


def in_slow_call(act: Act, seconds: float) -> str:
    """Go on until a worker is in a call that writes and takes so long; its request id.

    On a busy machine a call may be over before it is looked at; then the next is taken, and "" if four were.
    """
    for _ in range(4):
        before = len(act.hit("slow"))
        act.stage.fault("slow", seconds=seconds, method="POST")
        act.drive(lambda before=before: len(act.hit("slow")) > before, what="a call takes its time")  # type: ignore[misc]
        request_id = str(act.hit("slow")[-1]["requestid"])[:ID_LENGTH]
        if Attempt.objects.filter(request_id=request_id, act="send", outcome="").exists():
            return request_id
    return ""


def both_in_slow_calls(act: Act, seconds: float) -> list[str]:
    """Go on until both workers are in calls that write and take so long; the request ids, fewer if little is left."""
    for _ in range(4):
        before = len(act.hit("slow"))
        act.stage.fault("slow", times=2, seconds=seconds, method="POST")
        act.drive(lambda before=before: len(act.hit("slow")) > before + 1 or act.is_accepted, what="two calls are slow")  # type: ignore[misc]
        ids = {str(one["requestid"])[:ID_LENGTH] for one in act.hit("slow")[before:]}
        flying = Attempt.objects.filter(request_id__in=ids, act="send", outcome="").values_list("request_id", flat=True)
        found = sorted(set(flying))
        if len(found) == len(act.stage.workers):
            return found
    return found


class RestartedDuringAnExport(Fault):
    """20"""

    number = 20
    title = "Postgres restart during an export"
    safe = "the call's result is unknown, as 2; the web shows a 503 page, no half state"
    strikes = (1, 2)

    def prepare(self, act: Act) -> None:
        self.ada = person(act, "Ada")
        self.wrong: list[str] = []

    def strike(self, act: Act) -> None:
        request_id = in_slow_call(act, 0.6)
        if request_id:
            act.notes.append(request_id)
        crash = act.dice.random() < 0.5
        (act.stage.database.crash if crash else act.stage.database.stop)()
        connection.close()
        try:
            self._look_at_the_page()
        finally:
            act.stage.database.start()
        act.stage.heal()
        self._look_again(act)

    def _look_at_the_page(self) -> None:
        page = self.ada.get("/")
        if page.status_code != 503:
            self.wrong.append(f"without a database the page answers {page.status_code} instead of 503")
        if page.status_code == 503 and "database" not in page.text:
            self.wrong.append("the page of 503 does not say what is away")

    def _look_again(self, act: Act) -> None:
        """The same web process: nobody has started it again."""
        wait_for(lambda: self.ada.get("/").status_code == 200, 10, what="the page is back")
        if not act.is_accepted:
            paper = act.papers[act.accepted]
            answer = self.ada.accept(paper.item)
            if act.submission(paper).item.status not in (Status.EXPORTING, Status.SYNCED):
                self.wrong.append(f"{paper} could not be accepted afterwards: {message_of(answer.text)}")

    def witness(self, act: Act) -> Iterator[str]:
        if not act.notes:
            yield "no call was on its way when the database went"
        ends = (OutcomeKind.DONE, OutcomeKind.UNKNOWN)
        for one in Attempt.objects.filter(request_id__in=act.notes, act="send").exclude(outcome__in=ends):
            yield f"the call of submission {one.submission_id} ended as {one.outcome}: {one.sentence}"
        yield from self.wrong
        yield from calls_without_an_intent(act)


class Deadlock(Fault):
    """21: a session of somebody else holds the item and then wants the submission; the server ends the worker's."""

    number = 21
    title = "deadlock on result commit"
    safe = "repeated here, without a second POST"
    strikes = (2, 3)

    def strike(self, act: Act) -> None:
        """Where the worker was done before its item was held, another call is taken."""
        before = len(act.notes)
        for _ in range(4):
            self._hold_one(act)
            if len(act.notes) > before:
                return

    def _hold_one(self, act: Act) -> None:
        # So long that the other session is there first; a call is given up after a second.
        request_id = in_slow_call(act, 0.8)
        flying = Attempt.objects.filter(request_id=request_id, act="send", outcome="").select_related("submission")
        first = flying.first()
        if first is not None and self._ended_the_other(act, first.submission):
            act.notes.append(request_id)

    def _ended_the_other(self, act: Act, submission: Submission) -> bool:
        """Whether the deadlock came about and the worker, not we, was its victim."""
        with closing(psycopg2.connect(act.stage.database.url)) as other, other.cursor() as cursor:
            # Whoever waits longest looks for a deadlock first: the worker after its second.
            cursor.execute("SET deadlock_timeout = '20s'")
            cursor.execute("SELECT 1 FROM acceptance_erpitem WHERE id = %s FOR NO KEY UPDATE", [submission.item_id])
            end = time.monotonic() + 3
            while not self._is_waited_for(act, other.info.backend_pid):
                if time.monotonic() > end:
                    return False
                time.sleep(0.02)
            cursor.execute("SELECT 1 FROM acceptance_submission WHERE id = %s FOR UPDATE", [submission.pk])
            return True

    @staticmethod
    def _is_waited_for(act: Act, pid: int) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))", [pid])
            return bool(cursor.fetchone()[0])

    def witness(self, act: Act) -> Iterator[str]:
        if not act.notes:
            yield "no deadlock ended a worker's transaction"
        for request_id in act.notes:
            for one in Attempt.objects.filter(request_id=request_id).exclude(outcome=OutcomeKind.DONE):
                yield f"submission {one.submission_id} was not settled by who had the answer: {one.sentence}"
            if writes(act)[request_id] > 1:
                yield f"{writes(act)[request_id]} calls came under the request id {request_id}"


#: What PostgreSQL says when a table cannot grow (its own words and SQLSTATE).
FULL = """
CREATE OR REPLACE FUNCTION campaign_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'could not extend file "base/1/1": No space left on device' USING ERRCODE = 'disk_full';
END $$;
CREATE TRIGGER campaign_full BEFORE INSERT OR UPDATE ON acceptance_attempt EXECUTE FUNCTION campaign_full();
CREATE TRIGGER campaign_full BEFORE INSERT ON acceptance_event EXECUTE FUNCTION campaign_full();
"""
FREE = "DROP FUNCTION IF EXISTS campaign_full CASCADE"
SAID = "No space left on device"


class DiskFull(Fault):
    """43, twice: tables that cannot grow, as PostgreSQL says it; and a server that cannot write at all, really."""

    number = 43
    title = "disk full / log write fails"
    safe = "exporting stops before the call: no intent row, no POST"
    strikes = (2, 2)

    def prepare(self, act: Act) -> None:
        self.ada = person(act, "Ada")
        self.wrong: list[str] = []
        self.struck = 0

    def strike(self, act: Act) -> None:
        self.struck += 1
        if self.struck == 1:
            self._tables_cannot_grow(act)
        else:
            self._nothing_can_be_written(act)

    def _tables_cannot_grow(self, act: Act) -> None:
        act.stage.fault("slow", times=2, seconds=0.8, method="POST")
        act.accept_next(10)
        refused = self._refused(act)
        with connection.cursor() as cursor:
            cursor.execute(FULL)
        try:
            self._accept_in_vain(act)
            end = time.monotonic() + 30  # a busy machine takes its time
            while self._refused(act) == refused and time.monotonic() < end:
                time.sleep(0.05)
            if self._refused(act) > refused:
                act.notes.append("tables")
            # While no intent can be written: afterwards a row that came with the answer looks the same.
            self.wrong += calls_without_an_intent(act)
        finally:
            with connection.cursor() as cursor:
                cursor.execute(FREE)

    @staticmethod
    def _refused(act: Act) -> int:
        """How often the server had no room for an attempt; only workers write them."""
        return len(
            re.findall(rf"ERROR: .*{SAID}(?:.*\n){{1,3}}?.*STATEMENT:.*acceptance_attempt", act.stage.database.log())
        )

    def _accept_in_vain(self, act: Act) -> None:
        if act.is_accepted:
            return
        paper = act.papers[act.accepted]
        answer = self.ada.accept(paper.item)
        if answer.status_code != 503:
            self.wrong.append(f"an acceptance that cannot be written is answered {answer.status_code} instead of 503")
        if act.submission(paper).item.status != Status.SENT:
            self.wrong.append(f"{paper} is {act.submission(paper).item.status} without its row in the journal")

    def _nothing_can_be_written(self, act: Act) -> None:
        database = act.stage.database
        in_slow_call(act, 0.3)
        database.fill_disk()
        connection.close()
        try:
            wait_for(database.is_down, 20, what="PostgreSQL stops rather than lose what it said was kept")
            act.notes.append("server")
        finally:
            if not database.is_down():
                database.crash()
            database.start()
        act.stage.heal()

    def witness(self, act: Act) -> Iterator[str]:
        for what in ("tables", "server"):
            if what not in act.notes:
                yield f"nothing met the full disk of the {what}"
        yield from self.wrong
        yield from calls_without_an_intent(act)


#: What is said of a name that stands in QuickBooks already.
NO_PROOF = "nothing here shows that this console made it"


def link_page(paper: Paper) -> str:
    """Where a record is linked to what QuickBooks holds."""
    return f"/quickbooks/link/{paper.item}/"


class RestoredBackup(Fault):
    """39: pg_dump at a random moment, more is sent, and then that backup is put back."""

    number = 39
    title = "backup restored"
    safe = "exports locked until what QuickBooks holds is linked again by its mark; nothing twice"
    strikes = (1, 1)

    def prepare(self, act: Act) -> None:
        self.alma = person(act, "Alma")
        self.linked: set[int] = set()
        self.wrong: list[str] = []

    def strike(self, act: Act) -> None:
        with tempfile.TemporaryDirectory() as folder:
            backup = Path(folder) / "backup"
            kept = act.accepted
            act.stage.database.run("pg_dump", "--format=custom", "--schema=public", f"--file={backup}")
            at_backup = self._in_the_books(act)
            act.drive(lambda: self._in_the_books(act) >= at_backup + 8 or act.is_accepted, what="more is exported")
            self._stop_everything(act)
            ahead = self._in_the_books(act) - at_backup
            self._restore(act, backup)
        act.accepted = kept
        act.instead = partial(self._link_by_hand, act)  # where the names were read already
        act.notes.append(str(ahead))
        self._look_before_the_start(act)
        act.stage.heal()
        self.ada = Visitor(act.stage, "Ada")
        self._nothing_goes(act)
        self._link_all(act)

    @staticmethod
    def _in_the_books(act: Act) -> int:
        """How many documents with a mark or name of ours QuickBooks holds."""
        entities = ("Vendor", "Item", "Customer", "Estimate", "PurchaseOrder", "Bill")
        return sum(len(act.stage.documents(entity)) for entity in entities)

    @staticmethod
    def _stop_everything(act: Act) -> None:
        """As docs/running.md says: stop worker, beat and web."""
        for child in [*act.stage.workers, *act.stage.beats, act.stage.web.child]:
            child.process.terminate()
        for child in [*act.stage.workers, *act.stage.beats, act.stage.web.child]:
            child.stop()

    @staticmethod
    def _restore(act: Act, backup: Path) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE")
        connection.close()
        act.stage.database.run("pg_restore", "--exit-on-error", str(backup))

    def _look_before_the_start(self, act: Act) -> None:
        call_command("migrate", verbosity=0)
        with override_settings(**emulator_environment(act.stage.emulator.url), QUICKBOOKS_LIMITS=False):
            try:
                call_command("ledger_is_ahead", stdout=StringIO())
            except CommandError as told:
                act.notes.append(str(told))

    def _nothing_goes(self, act: Act) -> None:
        """While something is to settle, nothing that is accepted leaves the house."""
        if not LedgerFinding.objects.filter(settled="").exists():
            return
        before = len([one for one in act.stage.requests() if one["method"] == "POST" and one["requestid"]])
        act.accept_next(5)
        time.sleep(1.0)
        after = len([one for one in act.stage.requests() if one["method"] == "POST" and one["requestid"]])
        if after > before:
            self.wrong.append(f"{after - before} calls that write came before anything was settled")

    def _link_all(self, act: Act) -> None:
        """Alma presses the button if it is there; the same sign-in as before, since the backup has her session.

        It is not where nothing with a mark of ours was sent after the backup: of names alone there is none to link.
        """
        self.alma.base = act.stage.web.url
        page = self.alma.get("/quickbooks/ahead/").text
        if seen := re.search(r'action="/quickbooks/ahead/link/".*?name="seen" value="(\w+)"', page, re.DOTALL):
            answer = self.alma.post("/quickbooks/ahead/link/", seen=seen[1])
            if answer.status_code != 200:
                self.wrong.append(f"linking all is answered {answer.status_code}")
        for one in LedgerFinding.objects.filter(settled=""):
            self.wrong.append(f"{one} is not linked: {one.against}")

    def attend(self, act: Act) -> None:
        """Names bear no mark: where nothing else was sent after the backup each comes before Ada, who links it."""
        names = {paper.item: paper for paper in act.papers}
        stopped = ErpItem.objects.filter(pk__in=names, status=Status.FAILED).exclude(pk__in=self.linked)
        for pk in stopped.values_list("pk", flat=True):
            self.linked.add(pk)
            self.wrong += self._not_told(act, names[pk])
            self._link_by_hand(act, names[pk])

    @staticmethod
    def _not_told(act: Act, paper: Paper) -> Iterator[str]:
        """That it does not say why it stopped and where to go, or that what needs it does not say for what it waits."""
        stopped = act.submission(paper)
        if NO_PROOF not in stopped.reason or (stopped.cure_by, stopped.cure_url) != ("approver", link_page(paper)):
            yield f"{paper} stopped and says: {stopped.reason}"
        for waiting in Submission.objects.filter(item__requires=paper.item, work=Work.WAITING):
            if not waiting.reason.startswith("Waiting for "):
                yield f"submission {waiting.pk} needs {paper} and says: {waiting.reason}"

    def _link_by_hand(self, act: Act, paper: Paper) -> None:
        """Ada goes where the sentence leads her, and presses *Link* at the name that is the same."""
        page = self.ada.get(link_page(paper)).text
        rows = re.findall(r'<th scope="row">([^<]+)</th>.*?action="([^"]+/link/)"', page, re.DOTALL)
        press = next((action for name, action in rows if unescape(name) == paper.name), "")
        answer = self.ada.post(press, item=str(paper.item)) if press else None
        if answer is None or answer.status_code != 200 or act.status(paper) != Status.SYNCED:
            self.wrong.append(f"{paper} could not be linked: {[name for name, _ in rows][:3]} are offered")

    def witness(self, act: Act) -> Iterator[str]:
        if act.notes[:1] in ([], ["0"]):
            yield "nothing was sent after the backup"
        yield from self.wrong
        for one in LedgerFinding.objects.filter(settled=""):
            yield f"{one} is still to settle"
