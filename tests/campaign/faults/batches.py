"""Fault 34: many documents in one call, some refused, and the answer to all of them lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction

from procore_sync.acceptance import operations
from procore_sync.acceptance.models import Attempt
from procore_sync.acceptance.states import OutcomeKind, Status, Work
from procore_sync.kit.kinds import Kind
from tests.campaign.fault import Act, Fault
from tests.campaign.papers import Paper
from tests.factories import make_vendor
from tests.site import REALM

TOGETHER, REFUSED = 30, 3
#: How the answer is lost: everything was written and nothing came back, in two ways; or half was written.
LOST = ("write_then_drop", "500_after_write", "half_then_drop")


class BatchOfThirty(Fault):
    """34: thirty vendors in one call, of which QuickBooks refuses three; once with an answer, once without."""

    number = 34
    title = "batch of 30 with 3 faults, and batch answer lost"
    safe = "a result an item; a lost answer: each item is probed on its own"
    strikes = (2, 2)

    def prepare(self, act: Act) -> None:
        self.piles = [self._pile(act, "answered"), self._pile(act, "lost")]

    @staticmethod
    def _pile(act: Act, name: str) -> list[Paper]:
        """Thirty vendors with accounting; three of them will bear names that QuickBooks has given to customers."""
        by, pile = act.stage.member("Max"), []
        with transaction.atomic():
            for number in range(TOGETHER):
                vendor = make_vendor(by, f"{name.title()} Together No. {number + 1}", city="Eastport")
                operations.send(vendor.erp, by=by)
                pile.append(Paper(Kind.VENDOR, vendor.erp.pk, vendor.name))
        return pile

    def strike(self, act: Act) -> None:
        pile = self.piles.pop(0)
        refused = act.dice.sample(pile, REFUSED)
        if not self.piles:
            # The batch in which one of them is, and no other that is on its way.
            act.stage.fault(act.dice.choice(LOST), operation="batch", body=f'"{refused[0].name}"')
        with transaction.atomic():  # all due before the first bell
            for paper in pile:
                act.accept(paper)
            for paper in refused:  # not known here yet, or nobody could accept them
                act.stage.control("POST", f"documents/{REALM}/Customer", DisplayName=paper.name)
                act.stopped.add(paper.item)
        # They are accepted, so they stand before those that are not.
        act.papers[act.accepted : act.accepted] = pile
        act.accepted += len(pile)

    def witness(self, act: Act) -> Iterator[str]:
        batches = self._batches(act)
        if not batches:
            yield "no batch held a vendor that QuickBooks refuses"
        if not any(one["fault"] for one in batches):
            yield "no such batch lost its answer"
        if len({one["requestid"] for one in batches}) < len(batches):
            yield "a batch was sent again"
        for batch in batches:
            yield from self._each_on_its_own(act, batch)
        for pk in act.stopped:
            yield from self._ended_with_a_person(pk)

    @staticmethod
    def _batches(act: Act) -> list[dict[str, Any]]:
        """The batches in which one of those was that are refused; a sign-in that had ended is no answer."""
        requests = Attempt.objects.filter(submission__item__in=act.stopped, act="send").values_list("request_id")
        ids = {request_id for (request_id,) in requests}
        batches = [one for one in act.stage.requests() if one["operation"] == "batch" and one["status"] != 401]
        return [one for one in batches if one["requestid"] in ids]

    @staticmethod
    def _each_on_its_own(act: Act, batch: dict[str, Any]) -> Iterator[str]:
        """With an answer each has its own outcome; without one each was looked for."""
        sent = Attempt.objects.filter(request_id=batch["requestid"], act="send")
        kinds = set(sent.values_list("outcome", flat=True))
        if batch["fault"] and kinds != {OutcomeKind.UNKNOWN}:
            yield f"a batch without an answer ended as {sorted(kinds)}"
        if not batch["fault"] and not kinds >= {OutcomeKind.DONE, OutcomeKind.REFUSED}:
            yield f"a batch of good and bad ended as {sorted(kinds)}"
        for one in sent if batch["fault"] else []:
            looks = Attempt.objects.filter(submission=one.submission_id, act="probe", number__gt=one.number)
            if not looks.exists():
                yield f"submission {one.submission_id} of a lost batch was not looked for"

    @staticmethod
    def _ended_with_a_person(item: int) -> Iterator[str]:
        last = Attempt.objects.filter(submission__item=item).select_related("submission__item").latest("number")
        submission = last.submission
        if (submission.work, submission.item.status) != (Work.PARKED, Status.FAILED) or not submission.cure_by:
            yield f"{submission.item.label} is {submission.work}, to be cured by {submission.cure_by or 'nobody'}"
