"""Faults 22 to 26: people decide, change their mind and press twice, all at the same moment, in real sessions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import count

import requests
from django.db import transaction

from procore_sync.acceptance import operations
from procore_sync.acceptance.models import ErpItem, Event, Submission
from procore_sync.acceptance.states import Action, Decision, Status
from procore_sync.kit.kinds import Kind
from tests.campaign.fault import Act, Fault
from tests.campaign.papers import Paper
from tests.campaign.visitors import Answer, Visitor, a_little_later, at_once
from tests.factories import make_vendor
from vendors.models import Vendor

#: How many papers a strike is about.
AT_A_TIME = 3
WENT, CONFLICT = 302, 409


class Office(Fault):
    """People signed in at the web process. What is not as it must be is noted when it is seen."""

    strikes = (2, 3)

    def prepare(self, act: Act) -> None:
        self.ada, self.bea, self.max = (Visitor(act.stage, name) for name in ("Ada", "Bea", "Max"))
        self.befell: list[Paper] = []
        self.noted: list[str] = []

    def must(self, holds: object, sentence: str) -> None:
        """Note `sentence` unless `holds`."""
        if not holds:
            self.noted.append(sentence)

    def lost(self, paper: Paper, loser: Answer, *told: str) -> None:
        """The second of two must get 409 and one of these sentences."""
        self.must(loser.status == CONFLICT, f"{paper}: the second press was answered {loser.status}")
        said = any(one in loser.sentence for one in told)
        self.must(said, f"{paper}: the second press was told {loser.sentence!r}, not {' or '.join(told)!r}")

    def one_of_two(self, paper: Paper, first: Answer, second: Answer) -> tuple[Answer, Answer] | None:
        """Winner and loser, if there is one of each."""
        self.befell.append(paper)
        statuses = sorted([first.status, second.status])
        self.must(statuses == [WENT, CONFLICT], f"{paper}: two presses at once were answered {statuses}")
        if statuses != [WENT, CONFLICT]:
            return None
        return (first, second) if first.status == WENT else (second, first)

    def witness(self, act: Act) -> Iterator[str]:
        if not self.befell:
            yield "nobody pressed anything at once"
        yield from self.noted
        for paper in self.befell:
            accepted = Submission.objects.filter(item_id=paper.item, decision=Decision.ACCEPTED).count()
            journalled = Event.objects.filter(item_id=paper.item, action=Action.ACCEPT).count()
            if (accepted, journalled) != (1, 1):
                yield f"{paper} has {accepted} accepted sendings and {journalled} acceptances in the journal"


class TwoApproversAtOnce(Office):
    """22"""

    number = 22
    title = "Two approvers accept at once"
    safe = "one decision; the second sees who decided"

    def strike(self, act: Act) -> None:
        for paper in act.waiting()[:AT_A_TIME]:
            ours, hers = self.ada.read(paper), self.bea.read(paper)
            ada, bea = at_once(
                partial(self.ada.decide, paper, "accept", **ours), partial(self.bea.decide, paper, "accept", **hers)
            )
            told = self.one_of_two(paper, ada, bea)
            if told:
                winner = "Ada" if told[0] is ada else "Bea"
                self.lost(paper, told[1], f"{winner} has accepted it")
                decided_by = act.submission(paper).decided_by
                self.must(decided_by and decided_by.user.name == winner, f"{paper} is said to be of {decided_by}")


class OneAcceptsAnotherRejects(Office):
    """23"""

    number = 23
    title = "One accepts while another rejects"
    safe = "the first commit wins; the other gets a conflict screen with the new state"

    def strike(self, act: Act) -> None:
        for paper in act.waiting()[:AT_A_TIME]:
            self._race(act, paper)

    def _race(self, act: Act, paper: Paper) -> None:
        ours = self.ada.read(paper)
        accept = partial(self.ada.decide, paper, "accept", **ours)
        reject = partial(self.bea.decide, paper, "reject", comment="The vendor told us otherwise.")
        accepted, rejected = at_once(accept, a_little_later(act.dice, reject))
        told = self.one_of_two(paper, accepted, rejected)
        if told and told[0] is accepted:
            self.lost(paper, rejected, "Ada has accepted it")
            self._shows(paper, rejected, Status.EXPORTING, Status.SYNCED, Status.FAILED)
        elif told:
            self.lost(paper, accepted, "Bea has rejected it")
            self._shows(paper, accepted, Status.REJECTED)
            self.must(self.max.decide(paper, "send").status == WENT, f"{paper} could not be sent again")

    def _shows(self, paper: Paper, loser: Answer, *statuses: Status) -> None:
        shown = any(f">{status.label}<" in loser.page for status in statuses)
        self.must(shown, f"{paper}: the conflict screen does not say {' or '.join(one.label for one in statuses)}")


class VendorsInMotion(Office):
    """Vendors of this fault alone, whose city moves while others look. In the books must stand what Ada saw last."""

    def prepare(self, act: Act) -> None:
        super().prepare(act)
        self.cities: dict[int, str] = {}
        #: Cities of vendors that are merged away are forgotten, their names not.
        self.numbers = count(1)

    def vendor(self, act: Act, city: str = "Eastport") -> Paper:
        """One more vendor before the approvers."""
        sender = act.stage.member("Max")
        made = make_vendor(sender, f"Moving Subcontractor {next(self.numbers)}", city=city)
        operations.send(made.erp, by=sender)
        paper = Paper(Kind.VENDOR, made.erp.pk, made.name)
        act.papers.append(paper)
        self.cities[paper.item] = city
        return paper

    def move(self, act: Act, paper: Paper, city: str) -> Answer:
        """Max opens the vendor's form, types another city, and saves."""
        pk = Vendor.objects.get(erp=paper.item).pk
        return self.max.fill_in(f"/vendors/{pk}/edit/", city=city)

    def witness(self, act: Act) -> Iterator[str]:
        yield from super().witness(act)
        yield from self.wrong_cities(act)

    def wrong_cities(self, act: Act) -> Iterator[str]:
        """A sentence for each vendor that stands otherwise in the books than it was accepted last."""
        held = {one["DisplayName"]: one.get("BillAddr", {}).get("City", "") for one in act.stage.documents("Vendor")}
        for paper in act.papers:
            city = self.cities.get(paper.item)
            if city and held.get(paper.name) != city:
                yield f"{paper} is in {held.get(paper.name)} in the books, and {city} was accepted"


class EditedWhileAccepted(VendorsInMotion):
    """24"""

    number = 24
    title = "Sender edits or takes back while the approver accepts"
    safe = "acceptance is bound to what was seen; else: changed since you opened it"

    def strike(self, act: Act) -> None:
        self._accepts_what_is_not_there_any_more(act)
        for _ in range(2):
            self._takes_back_at_once(act)

    def _accepts_what_is_not_there_any_more(self, act: Act) -> None:
        paper = self.vendor(act)
        old = self.ada.read(paper)
        self.must(self.move(act, paper, "Nowhere").status == CONFLICT, f"{paper} was edited while it was sent")
        self.must(self.max.decide(paper, "retrieve").status == WENT, f"{paper} could not be taken back")
        self._send_with(act, paper, "Westport")
        self.lost(paper, self.ada.decide(paper, "accept", **old), "has changed since you opened it")
        self._accept(paper)

    def _takes_back_at_once(self, act: Act) -> None:
        paper = self.vendor(act)
        form = self.ada.read(paper)
        retrieve = a_little_later(act.dice, partial(self.max.decide, paper, "retrieve"))
        accepted, taken = at_once(partial(self.ada.decide, paper, "accept", **form), retrieve)
        told = self.one_of_two(paper, accepted, taken)
        if told and told[0] is accepted:
            self.lost(paper, taken, "Ada has accepted it")
        elif told:
            self.lost(paper, accepted, "Max has retrieved it")
            self._send_with(act, paper, "Northport")
            self.lost(paper, self.ada.decide(paper, "accept", **form), "has changed since you opened it")
            self._accept(paper)

    def _send_with(self, act: Act, paper: Paper, city: str) -> None:
        self.must(self.move(act, paper, city).status == WENT, f"{paper} could not be edited")
        self.must(self.max.decide(paper, "send").status == WENT, f"{paper} could not be sent")
        self.cities[paper.item] = city

    def _accept(self, paper: Paper) -> None:
        self.befell.append(paper)
        accepted = self.ada.decide(paper, "accept", **self.ada.read(paper))
        self.must(accepted.status == WENT, f"{paper} could not be accepted: {accepted.sentence}")


class PressedTwice(Office):
    """25"""

    number = 25
    title = "Accept double-click, browser resend, API repeat"
    safe = "one decision, one export"

    def strike(self, act: Act) -> None:
        found = act.waiting()[: AT_A_TIME + 1]
        for paper in found[:AT_A_TIME]:
            form = self.ada.read(paper)
            first, second = at_once(
                partial(self.ada.decide, paper, "accept", **form),
                partial(self.ada.twin().decide, paper, "accept", **form),
            )
            told = self.one_of_two(paper, first, second)
            if told:
                self.lost(paper, told[1], "Ada has accepted it")
            self.lost(paper, self.ada.decide(paper, "accept", **form), "Ada has accepted it")
        for paper in found[AT_A_TIME:]:
            self._called_twice(paper)

    def _called_twice(self, paper: Paper) -> None:
        """A program that accepts repeats itself: at once, and after the answer."""
        seen = self.ada.get(f"/api/v1/items/{paper.item}/").json()["seen"]
        choices = {name: value for name, value in self.ada.read(paper).items() if name != "seen"}
        body: dict[str, object] = {"seen": seen, "choices": choices}
        twice = at_once(partial(_call, self.ada, paper, body), partial(_call, self.ada.twin(), paper, body))
        self.befell.append(paper)
        statuses = sorted(one.status_code for one in twice)
        self.must(statuses in ([200, 200], [200, CONFLICT]), f"{paper}: two calls at once were answered {statuses}")
        again = _call(self.ada, paper, body)
        replayed = again.headers.get("Idempotent-Replayed") == "true"
        self.must(again.status_code == 200 and replayed, f"{paper}: the call repeated was answered {again.status_code}")


def _call(person: Visitor, paper: Paper, body: dict[str, object]) -> requests.Response:
    headers = {"X-CSRFToken": person.session.cookies.get("csrftoken") or "", "Idempotency-Key": f"accept-{paper.item}"}
    address = f"{person.base}/api/v1/items/{paper.item}/accept/"
    return person.session.post(address, json=body, headers=headers, timeout=60)


class ChangedAfterAcceptance(VendorsInMotion):
    """26"""

    number = 26
    title = "Record changed after acceptance, before export"
    safe = "what was accepted is exported, never a mix"

    def prepare(self, act: Act) -> None:
        super().prepare(act)
        self.alma = Visitor(act.stage, "Alma")

    def strike(self, act: Act) -> None:
        """Nothing goes out for a moment, so all of it happens between the acceptance and the call."""
        self.alma.press("/quickbooks/halt/", reason="The month is being closed.")
        paper, other = self.vendor(act), self.vendor(act)
        for one in (paper, other):
            answer = self.ada.decide(one, "accept", **self.ada.read(one))
            self.must(answer.status == WENT, f"{one} could not be accepted: {answer.sentence}")
            self.befell.append(one)
        edited = self.move(act, paper, "Southport")
        self.must(edited.status == CONFLICT, f"{paper} was edited while it is on its way")
        self.must("on its way to QuickBooks" in edited.page, f"{paper}: the editor is not told that it is on its way")
        # Somebody with access to the database, or a fault of ours: around every rule of the console.
        Vendor.objects.filter(erp=other.item).update(city="Southport", name=f"{other.name} and Sons")
        waiting = ErpItem.objects.filter(pk__in=[paper.item, other.item], status=Status.EXPORTING).count()
        self.must(waiting == 2, "the vendors did not wait while nothing goes out")
        self.alma.press("/quickbooks/resume/")

    def end(self, act: Act) -> None:
        """What was changed behind its back is put right again, since the next look would rightly find it."""
        with transaction.atomic():
            for paper in self.befell:
                Vendor.objects.filter(erp=paper.item).update(name=paper.name)
