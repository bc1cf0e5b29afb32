"""Whether every attempt, every waiting row and the journal say what happened."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, OuterRef

from procore_sync.acceptance.journal import verify_journal
from procore_sync.acceptance.models import Attempt, ErpItem, Event, Submission
from procore_sync.acceptance.states import Action, Decision, OutcomeKind, Status, Work
from tests.campaign.papers import Paper, items_of
from tests.campaign.stage import Stage


def is_settled(papers: list[Paper], stopped: set[int]) -> bool:
    """Whether everything has reached its end, or a person: what waits behind a stopped document may wait on."""
    return not count_unsettled(papers, stopped)


def count_unsettled(papers: list[Paper], stopped: set[int]) -> int:
    """How many have not."""
    return len(list(_unsettled(papers, stopped)))


def _unsettled(papers: list[Paper], stopped: set[int]) -> Iterator[ErpItem]:
    held_up = behind(stopped)
    for item in items_of(papers):
        ended = item.status == Status.SYNCED or (item.pk in stopped and item.status != Status.EXPORTING)
        if not ended and item.pk not in held_up:
            yield item


def behind(stopped: set[int]) -> set[int]:
    """The items that need one of `stopped`, directly or through others."""
    found: set[int] = set()
    edge = set(stopped)
    while edge:
        edge = set(ErpItem.objects.filter(requires__in=edge).values_list("pk", flat=True)) - found
        found |= edge
    return found


def unsettled(papers: list[Paper], stopped: set[int]) -> list[str]:
    """A sentence for each document that is stuck: neither verified nor with a person."""
    return [f"{one.kind} {one.label} is {one.status}; {_work_of(one)}" for one in _unsettled(papers, stopped)]


def _work_of(item: ErpItem) -> str:
    last = item.submissions.order_by("-number").first()
    return f"{last.work or 'undecided'}, due {last.due_at}, {last.reason!r}" if last else "never sent"


def unexplained(stage: Stage, papers: list[Paper]) -> list[str]:
    """A sentence for each attempt, row or journal that does not say what happened."""
    return [*_attempts(), *_blind(), *_rows(), *_greens(papers), *_journal(stage)]


def _attempts() -> Iterator[str]:
    for one in Attempt.objects.filter(outcome=""):
        yield f"attempt {one.number} of submission {one.submission_id} has no outcome"
    for one in Attempt.objects.filter(finished_at=None).exclude(outcome=""):
        yield f"attempt {one.number} of submission {one.submission_id} has no end"
    for one in Attempt.objects.filter(sentence="").exclude(outcome=""):
        yield f"attempt {one.number} of submission {one.submission_id} has no sentence"


def _blind() -> Iterator[str]:
    """What was repeated after a sending without an answer though two looks had not found that it is not there."""
    looks: dict[int, int] = {}
    for one in Attempt.objects.order_by("submission", "number"):
        if one.act == "probe":
            looks[one.submission_id] = looks.get(one.submission_id, 0) - (one.outcome == OutcomeKind.ABSENT)
            continue
        if looks.get(one.submission_id, 0) > 0:
            yield f"attempt {one.number} of submission {one.submission_id} repeats what may have been written"
        looks[one.submission_id] = 2 if one.outcome == OutcomeKind.UNKNOWN else 0


def _rows() -> Iterator[str]:
    # What stopped and was then linked by a person is over; the journal says by whom.
    linked = Event.objects.filter(item=OuterRef("item"), action=Action.LINK)
    accepted = Submission.objects.filter(decision=Decision.ACCEPTED).exclude(Exists(linked), work=Work.NONE)
    for one in accepted.exclude(work__in=[Work.DONE, Work.PARKED]).filter(reason=""):
        yield f"submission {one.pk} is {one.work or 'nothing'} and does not say why"
    for one in accepted.filter(work=Work.PARKED, reason=""):
        yield f"submission {one.pk} stopped and does not say why"
    for one in accepted.filter(work=Work.NONE):
        yield f"submission {one.pk} is accepted and in no queue"


def _greens(papers: list[Paper]) -> Iterator[str]:
    """What is green was confirmed, once a submission."""
    confirmed: dict[int, int] = {}
    for pk in Event.objects.filter(action=Action.CONFIRM).values_list("item_id", flat=True):
        confirmed[pk] = confirmed.get(pk, 0) + 1
    for item in items_of(papers):
        done = item.submissions.filter(work=Work.DONE).count()
        if item.status == Status.SYNCED and confirmed.get(item.pk, 0) != done:
            yield f"{item.label} was confirmed {confirmed.get(item.pk, 0)} times for {done} submissions"


def _journal(stage: Stage) -> Iterator[str]:
    broken = verify_journal(stage.company)
    if broken is not None:
        yield f"the journal breaks: {broken}"
