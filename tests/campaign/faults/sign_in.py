"""Faults 11 to 15: what may happen to the sign-in at QuickBooks while documents are under way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from html import unescape
from typing import Any, ClassVar

from django.db.models.functions import Now

from procore_sync.acceptance.models import Attempt, Notice, Submission
from procore_sync.acceptance.states import Decision, OutcomeKind, Work
from procore_sync.demo.person import Person
from procore_sync.development.children import NeverHappened
from quickbooks_bridge.models import Connection, ConnectionStatus
from tests.campaign.count import ENTITIES
from tests.campaign.evidence import ID_LENGTH
from tests.campaign.fault import Act, Fault
from tests.campaign.patience import wait_for
from tests.quickbooks_bridge.emulator_process import OTHER_REALM
from tests.site import REALM

#: More than an access token lives, in seconds.
TOKEN_AGE = 3700


class TurnedAway(Fault):
    """11"""

    number = 11
    title = "401 in mid-run"
    safe = "one refresh, the same request id, one resend"
    strikes = (3, 4)

    def strike(self, act: Act) -> None:
        act.stage.fault("401", operation="write")
        act.drive(lambda: not act.stage.armed(), what="a write is turned away")
        # Another 401 must not befall what is resent now; where it is not, that is for the witness to say.
        with suppress(NeverHappened):
            wait_for(partial(self._is_resent, act), 3, what="it is resent")

    @staticmethod
    def _is_resent(act: Act) -> bool:
        """Whether what was turned away last has come again."""
        ids = [one["requestid"] for one in act.stage.requests()]
        return ids.count(act.hit("401")[-1]["requestid"]) > 1

    def witness(self, act: Act) -> Iterator[str]:
        calls = act.stage.requests()
        struck = [one["requestid"] for one in calls if one["fault"] == "401"]
        if not struck:
            yield "no write was turned away"
        resent = 0
        for requestid in struck:
            same = [one for one in calls if one["requestid"] == requestid]
            if not same[0]["fault"]:
                continue  # turned away before for the token of an earlier act: it waits, and goes no third time
            resent += 1
            statuses = [one["status"] for one in same]
            if statuses != [401, 200]:
                yield f"the call {requestid} was answered {statuses}, not turned away and then taken"
            ends = set(Attempt.objects.filter(request_id=requestid[:ID_LENGTH]).values_list("outcome", flat=True))
            if ends != {OutcomeKind.DONE}:
                yield f"the attempt under {requestid} ended as {ends}"
        # A worker that is turned away for an old token takes what another has renewed meanwhile.
        if not 1 <= len(renewals(act)) <= resent:
            yield f"{len(renewals(act))} renewals for {resent} calls that were turned away"


class TwoRenewAtOnce(Fault):
    """12: a token that was used up is turned away at both workers while the first renewal takes its time."""

    number = 12
    title = "two workers refresh the token at once"
    safe = "one call; the other reads the new token"
    strikes = (1, 3)

    def prepare(self, act: Act) -> None:
        only_the_newest_token_is_good(act)

    def strike(self, act: Act) -> None:
        """Where the second worker was too late, because the machine is busy, the next token is used up too."""
        for _ in range(4):
            version = connected(act).token_version
            act.stage.fault("slow", seconds=0.7, entity="token")
            act.stage.control("POST", "clock", advance_seconds=TOKEN_AGE)
            act.drive(lambda held=version: connected(act).token_version > held, what="the token is renewed")  # type: ignore[misc]
            act.notes.append(str(version))
            if self._turned_away(act) > len(act.notes):
                return

    @staticmethod
    def _turned_away(act: Act) -> int:
        return sum(one["status"] == 401 for one in act.stage.requests())

    def witness(self, act: Act) -> Iterator[str]:
        told = [one["status"] for one in renewals(act)]
        if told != [200] * len(act.notes):
            yield f"the renewals were answered {told} for {len(act.notes)} tokens that were used up"
        turned = self._turned_away(act)
        if turned <= len(act.notes):
            yield f"never were two workers turned away at once ({turned} calls in {len(act.notes)} renewals)"


class SignInEnds(Fault):
    """The company is closed by its ended sign-in; what is accepted meanwhile waits until Alma has signed in again."""

    strikes = (1, 1)
    realms: ClassVar[tuple[str, ...]] = (REALM,)

    def prepare(self, act: Act) -> None:
        only_the_newest_token_is_good(act)

    def closed(self, act: Act) -> None:
        """Wait until it is."""
        rows = Connection.objects.filter(company=act.stage.company, status=ConnectionStatus.NEEDS_LOGIN)
        act.drive(rows.exists, what="the company is closed")
        act.notes.append("closed")

    def end(self, act: Act) -> None:
        wait_for(lambda: waiting(act) and not act.stage.flying(), 30, what="what was accepted waits")
        alma = Person(act.stage.web.url, act.stage.member("Alma").user.email, "secret")
        self.said = unescape(alma.get("/quickbooks/").text)
        self.answers = [act.stage.sign_in(alma, realm) for realm in self.realms]
        later = Submission.objects.filter(due_at__gt=Now() + timedelta(seconds=20), reason__contains="sign-in")
        self.asleep = later.count()

    def witness(self, act: Act) -> Iterator[str]:
        if not act.notes:
            yield "the company was not closed"
        if "sign in" not in self.said.lower() and "sign-in" not in self.said.lower():
            yield "the page did not ask for a new sign-in"
        mails = list(Notice.objects.filter(subject="QuickBooks needs a new sign-in").values_list("to", flat=True))
        if mails != [act.stage.member("Alma").user.email]:
            yield f"mails went to {mails}, not one to Alma"
        if self.answers[-1].status_code != 200 or not connected(act).is_connected:
            yield f"Alma could not sign in again: {self.answers[-1].status_code}"
        if self.asleep:
            yield f"{self.asleep} records did not go on at once when Alma had signed in"
        if 400 not in {one["status"] for one in renewals(act)}:
            yield "no renewal was refused"


class NewTokenLost(SignInEnds):
    """13"""

    number = 13
    title = "new refresh token received, process dies before saving"
    safe = "the next refresh fails closed: needs login, queue paused, admin mailed; nothing lost"

    def strike(self, act: Act) -> None:
        act.stage.lay("renewed", act.dice.choice(["process", "worker"]))
        for _ in range(5):
            # Who had begun a task before the trap lay may renew the token and live; the next one is used up too.
            version = connected(act).token_version
            act.stage.control("POST", "clock", advance_seconds=TOKEN_AGE)
            act.drive(lambda held=version: renewed_or_dead(act, held), what="a worker dies with the new token")  # type: ignore[misc]
            if act.stage.sprung():
                break
        act.stage.workers = [one for one in act.stage.workers if one.is_running]
        if len(act.stage.workers) < 2:
            act.stage.add_worker(awaited=False)
        act.stage.a_minute_later()
        self.closed(act)

    def witness(self, act: Act) -> Iterator[str]:
        yield from super().witness(act)
        if not act.stage.sprung():
            yield "nobody died with the new token"


class Disconnected(SignInEnds):
    """14"""

    number = 14
    title = "invalid_grant / app disconnected by the customer"
    safe = "needs login, queue paused, admin mailed; nothing lost"

    def strike(self, act: Act) -> None:
        act.stage.revoke()
        self.closed(act)


class AnotherCompany(SignInEnds):
    """15"""

    number = 15
    title = "reconnected to the wrong company"
    safe = "refused with both names; no export"
    realms = (OTHER_REALM, REALM)

    def prepare(self, act: Act) -> None:
        super().prepare(act)
        self.before = self.held(act)

    def strike(self, act: Act) -> None:
        act.stage.revoke()
        self.closed(act)

    def held(self, act: Act) -> dict[str, list[dict[str, Any]]]:
        """All that stands in the books of the other company."""
        return {entity: act.stage.control("GET", f"documents/{OTHER_REALM}/{entity}") for entity in ENTITIES}

    def witness(self, act: Act) -> Iterator[str]:
        yield from super().witness(act)
        told = unescape(self.answers[0].text)
        if self.answers[0].status_code != 409 or "Other Books Inc" not in told or "Harbor Row Builders" not in told:
            yield f"the wrong company was answered {self.answers[0].status_code}: {told[-2000:]}"
        if self.held(act) != self.before:
            yield "something was written into the books of the other company"
        if any(one["realm"] == OTHER_REALM and one["method"] == "POST" for one in act.stage.requests()):
            yield "the other company was asked for a write"


def only_the_newest_token_is_good(act: Act) -> None:
    """Every renewal gives a new refresh token and ends the old one, as it is after a day."""
    act.stage.control("POST", "switches", refresh_rotates_every_seconds=0)


def connected(act: Act) -> Connection:
    """The company's connection as it stands."""
    return Connection.objects.get(company=act.stage.company)


def renewed_or_dead(act: Act, version: int) -> bool:
    """Whether the token of this version was replaced, or who had its successor in hand has died."""
    return bool(act.stage.sprung()) or connected(act).token_version > version


def renews(call: dict[str, Any]) -> bool:
    """Whether it asks for new tokens by the refresh token."""
    return bool(call["operation"] == "token" and call["body"].get("grant_type") == "refresh_token")


def renewals(act: Act) -> list[dict[str, Any]]:
    """All calls that did."""
    return [one for one in act.stage.requests() if renews(one)]


def waiting(act: Act) -> bool:
    """Whether everything that is accepted and not done waits and says why, and something does so for the sign-in."""
    rows = Submission.objects.filter(company=act.stage.company, decision=Decision.ACCEPTED).exclude(work=Work.DONE)
    return not rows.filter(reason="").exists() and rows.filter(reason__contains="sign-in").exists()
