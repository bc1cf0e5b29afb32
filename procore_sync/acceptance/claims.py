"""Who may carry what: a lease and a fence a submission, for one or for many that go in one call.

A claim is one transaction: the conditional UPDATE and the opened attempts commit together. What cannot go now is
put off with the reason why.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Concat, Now
from django.urls import reverse

from procore_sync.acceptance.bell import ring, ring_in
from procore_sync.acceptance.courier import Obstacle, courier
from procore_sync.acceptance.models import Attempt, ErpItem, Submission
from procore_sync.acceptance.states import OutcomeKind, Status, Work
from procore_sync.accounts.curing import EDITORS

WAITABLE = (Work.DUE, Work.UNCERTAIN, Work.WAITING)
#: What has not been called yet, or was not taken.
_UNSENT = (Work.DUE, Work.WAITING)
#: QuickBooks' own advice for the most of a batch. Fewer than the least go by themselves, each under its own request id.
MOST_TOGETHER = 30
LEAST_TOGETHER = 4
_LANE_TAKEN = Obstacle("Another change of the same document is on its way to QuickBooks.", seconds=2)
_REQUIRES = ErpItem.requires.through


@dataclass(frozen=True)
class Claim:
    """The right to settle one submission, until the lease ends."""

    submission: Submission
    attempt: Attempt
    fence: int
    probing: bool


def claim(submission_id: int) -> list[Claim]:
    """Lease the submission, or nothing because it is not due, held up, or another worker's.

    If it is a first export and further ones of its company are due, those that can go in one call with it are leased
    too, up to `MOST_TOGETHER`. Nothing ever waits for others to come.
    """
    submission = _due().filter(pk=submission_id, work__in=WAITABLE).first() if _is_due(submission_id) else None
    if submission is None:
        return []
    claims = None
    others = _others(submission) if _may_go_together(submission) else []
    if others and courier().takes_many(submission.company_id):
        try:
            with transaction.atomic():
                claims = _claim_many(submission)
        except IntegrityError:  # a lane is taken: each by itself then, so that only that one waits
            pass
    if claims is not None and len(claims) == MOST_TOGETHER == len(others):
        ring(others[-1])  # more wait than went, another worker may be free, and the sweep comes every few seconds only
    return _claim_one(submission) if claims is None else claims


def _due() -> QuerySet[Submission, Submission]:
    return Submission.objects.select_related("item", "company").filter(due_at__lte=Now())


def _is_due(submission_id: int) -> bool:
    """Asked before the whole of it is read: of many that went along with another, each has its own bell."""
    return Submission.objects.filter(pk=submission_id, work__in=WAITABLE, due_at__lte=Now()).exists()


def _may_go_together(submission: Submission) -> bool:
    """Whether it is a first export, into a document of its own, of which no try went wrong."""
    item = submission.item
    is_first = submission.work in _UNSENT and submission.tries == 0 and item.synced_revision is None
    return is_first and submission.lane == f"{item.kind}:{item.pk}"


def _others(submission: Submission) -> list[int]:
    """What may be due for the same company, as far as it could go along and one more; most of the time nothing."""
    rows = Submission.objects.filter(company_id=submission.company_id, work__in=_UNSENT, due_at__lte=Now(), tries=0)
    others = rows.exclude(pk=submission.pk).order_by("due_at", "pk")
    return list(others.values_list("pk", flat=True)[:MOST_TOGETHER])


def _first_exports(company_id: int) -> QuerySet[Submission, Submission]:
    """What `_may_go_together` says, of a whole company, and that no earlier try can have written it.

    What may have been written is repeated under its own request id only, hence by itself; and by itself goes what an
    earlier sending of the record may have left, since that is looked for first.
    """
    own_lane = Concat(F("item__kind"), Value(":"), Cast("item_id", models.CharField()))
    rows = _due().filter(company_id=company_id, work__in=_UNSENT, tries=0, item__synced_revision=None, lane=own_lane)
    perhaps = lost_tries().filter(submission__item=OuterRef("item"))
    return rows.filter(~Exists(perhaps))


def makes_document(submission: Submission) -> bool:
    """Whether it makes a document that was not there: a first export does, and what takes the place of another one."""
    return submission.item.synced_revision is None or submission.posting.get("operation") == "create"


def lost_tries() -> QuerySet[Attempt, Attempt]:
    """The tries to write whose answer nobody has, of sendings of which nothing was found in the ledger either."""
    lost = Attempt.objects.filter(act="send", outcome__in=["", OutcomeKind.UNKNOWN])
    return lost.exclude(submission__work=Work.DONE)


def _claim_one(submission: Submission) -> list[Claim]:
    if submission.work != Work.UNCERTAIN:
        obstacles = _obstacles([submission])
        if obstacles:
            _put_off([submission], obstacles)
            return []
    try:
        with transaction.atomic():
            return take(submission)
    except IntegrityError:
        _postpone([submission], _LANE_TAKEN)
        return []


def take(submission: Submission) -> list[Claim]:
    """Lease it as it was read; nothing if it has changed since or is not due. Runs in the caller's transaction.

    What was accepted, taken back and accepted anew has the fence that it had, and another posting under another
    request id.
    """
    as_read = Submission.objects.filter(
        pk=submission.pk, work=submission.work, fence=submission.fence, request_id=submission.request_id
    )
    if as_read.filter(due_at__lte=Now()).update(**_flying()) != 1:
        return []
    return _opened([submission], submission.request_id)


def _claim_many(first: Submission) -> list[Claim] | None:
    """Lease `first` and what may go with it; None if it is none of those that may go with others.

    Each row is locked first, so that workers share what waits and none of it is leased twice. Whatever stands against
    `first`, what else was looked at keeps its own bell.
    """
    exports = _first_exports(first.company_id).select_for_update(skip_locked=True, of=("self",))
    rows = list(exports.filter(pk=first.pk))
    if not rows:
        return None
    rows += exports.exclude(pk=first.pk).order_by("due_at", "pk")[: MOST_TOGETHER - 1]
    obstacles = _obstacles(rows)
    _put_off(rows, obstacles)
    if first.pk in obstacles:
        return []
    free = [row for row in rows if row.pk not in obstacles]
    going = courier().together(free) if len(free) >= LEAST_TOGETHER else []
    if rows[0] not in going or len(going) < LEAST_TOGETHER:
        return take(rows[0])
    taken = Submission.objects.filter(pk__in=[row.pk for row in going], work__in=_UNSENT, due_at__lte=Now())
    if taken.update(**_flying(), over_at=surely_over()) != len(going):
        raise IntegrityError("A row that was locked has changed.")
    return _opened(going, uuid.uuid4().hex)


def surely_over() -> Combinable:
    """From when on QuickBooks has ended whatever is asked of it now, by the database's time (docs/adr/0020)."""
    return Now() + timedelta(seconds=settings.BATCH_PROBE_PAUSE_SECONDS)


def _flying() -> dict[str, Any]:
    lease_until = Now() + timedelta(seconds=settings.ENGINE_LEASE_SECONDS)
    return {"work": Work.FLYING, "fence": F("fence") + 1, "lease_until": lease_until}


def _opened(submissions: Sequence[Submission], request_id: str) -> list[Claim]:
    """The claims on what was just leased, with an opened attempt each, under the request id of the call."""
    claims = []
    for submission in submissions:
        probing = submission.work == Work.UNCERTAIN
        submission.fence += 1
        attempt = Attempt(
            submission=submission,
            number=submission.fence,
            act="probe" if probing else "send",
            fence=submission.fence,
            request_id=request_id,
        )
        claims.append(Claim(submission, attempt, submission.fence, probing))
    Attempt.objects.bulk_create([each.attempt for each in claims])
    return claims


def _obstacles(submissions: Sequence[Submission]) -> dict[int, Obstacle]:
    """What stands against each, by its pk, in a fixed number of queries for first exports of one company."""
    missing = _missing(submissions) | _not_over(submissions)
    able = [each for each in submissions if each.pk not in missing]
    return {**missing, **(courier().obstacles(able) if able else {})}


def _not_over(submissions: Sequence[Submission]) -> dict[int, Obstacle]:
    """Of each that was sent before, in vain but with an answer lost: until when the ledger may yet carry that out.

    Whatever was rejected and edited meanwhile, it would be a second document beside this one (docs/adr/0036).
    """
    again = {each.item_id: each for each in submissions if each.number > 1 and makes_document(each)}
    if not again:
        return {}
    pause = timedelta(seconds=settings.BATCH_PROBE_PAUSE_SECONDS)
    young = lost_tries().filter(submission__item__in=again).exclude(submission__in=again.values())
    rows = young.annotate(left=Coalesce("finished_at", Now()) + pause - Now()).filter(left__gt=timedelta(0))
    left: dict[int, timedelta] = {}
    for item_id, of_one in rows.values_list("submission__item", "left"):
        left[item_id] = max(of_one, left.get(item_id, of_one))
    return {again[item_id].pk: _earlier(of_one) for item_id, of_one in left.items()}


def _earlier(left: timedelta) -> Obstacle:
    return Obstacle(
        "An earlier sending of it got no answer and may yet be carried out in QuickBooks; once that can no longer "
        "happen, it is looked for before anything is sent.",
        seconds=math.ceil(left.total_seconds()),
    )


def _missing(submissions: Sequence[Submission]) -> dict[int, Obstacle]:
    """Of each that needs a record which is not in QuickBooks: for which it waits."""
    if not submissions:
        return {}
    rows = _REQUIRES._default_manager.filter(
        from_erpitem__in=[each.item_id for each in submissions], to_erpitem__synced_revision=None
    )
    needs: dict[int, ErpItem] = {}
    for row in rows.select_related("to_erpitem").order_by("-to_erpitem"):
        needs[row.from_erpitem_id] = row.to_erpitem
    return {each.pk: _waits_for(needs[each.item_id]) for each in submissions if each.item_id in needs}


def awaited(submission: Submission) -> Obstacle | None:
    """What holds up something that is just being accepted: a record that it needs and that is not in the ledger yet.

    No worker has to be called for what would only be put off. Ask it after the acceptance has been journalled. Whoever
    makes that record green takes the journal's lock before `release_dependents`: they have either come before and are
    seen here, or come afterwards and find what waits.
    """
    return _missing([submission]).get(submission.pk)


@dataclass(frozen=True)
class _Need(Obstacle):
    """Another record is not in QuickBooks yet."""


#: What is missing lies with who sends it. Who decides on it is not named: the reader is judged by the kind that waits.
_WITH_SENDERS = (Status.NOT_SENT, Status.RETRIEVED, Status.REJECTED)


def _waits_for(missing: ErpItem) -> Obstacle:
    return _Need(
        f"Waiting for {missing.get_kind_display().lower()} {missing.label} to be in QuickBooks; "
        f"it is {Status(missing.status).label.lower()}.",
        who=EDITORS if missing.status in _WITH_SENDERS else "",
        where=reverse("acceptance:review", args=[missing.pk]),
        seconds=60,
    )


def _put_off(submissions: Sequence[Submission], obstacles: Mapping[int, Obstacle]) -> None:
    """Let each wait for what stands against it; one statement for all that wait for the same."""
    alike: dict[tuple[Obstacle, str, int], list[Submission]] = {}
    for each in submissions:
        if each.pk in obstacles:
            alike.setdefault((obstacles[each.pk], each.work, each.fence), []).append(each)
    for (obstacle, _, _), group in alike.items():
        _postpone(group, obstacle, work=Work.WAITING)
        if obstacle.is_timely:
            transaction.on_commit(partial(_hold_alike, group[0], obstacle))
    needing = [each.pk for each in submissions if isinstance(obstacles.get(each.pk), _Need)]
    if needing:
        transaction.on_commit(partial(_let_go, needing))


def release_dependents(items: Sequence[ErpItem]) -> None:
    """Let go at once what has waited for these and needs nothing more, in the transaction in which they arrive.

    What needs others still is not looked at in vain: it says from now on for which of them it waits. What is put off
    for one of these meanwhile is found after the commit.
    """
    found = list(_waiting_for(items).only("item_id", "work", "fence"))
    missing = _missing(found)
    _put_off([one for one in found if one.pk in missing], missing)
    _let_go([one.pk for one in found if one.pk not in missing])
    transaction.on_commit(partial(_let_late_ones_go, items), robust=True)


def _let_late_ones_go(items: Sequence[ErpItem]) -> None:
    _let_go(list(_waiting_for(items).values_list("pk", flat=True)))


def _waiting_for(items: Sequence[ErpItem]) -> QuerySet[Submission, Submission]:
    return Submission.objects.filter(work=Work.WAITING, item__in=ErpItem.objects.filter(requires__in=items))


def _let_go(needing: Sequence[int]) -> None:
    """Let those of what is put off go at once whose needs have all come, which may be since it was looked at.

    Whoever settled such a record meanwhile has found nothing waiting for it, and would not come again.
    """
    if not needing:
        return
    unmet = _REQUIRES._default_manager.filter(from_erpitem=OuterRef("item_id"), to_erpitem__synced_revision=None)
    met = Submission.objects.filter(~Exists(unmet), pk__in=needing, work=Work.WAITING, due_at__gt=Now())
    ids = sorted(met.values_list("pk", flat=True))
    if ids:
        Submission.objects.filter(pk__in=ids, work=Work.WAITING).update(
            due_at=Now(), reason="", cure_by="", cure_url="", rung_at=Now()
        )
    for pk in ids:
        transaction.on_commit(partial(ring, pk))


def _hold_alike(one: Submission, obstacle: Obstacle) -> None:
    """Let all first exports of the company wait as `one` does, without asking each; ring for one when that is over."""
    with transaction.atomic():
        alike = _first_exports(one.company_id).select_for_update(skip_locked=True, of=("self",))
        later = Now() + timedelta(seconds=obstacle.seconds)
        columns = {"work": Work.WAITING, "reason": obstacle.sentence, "due_at": later, **_cure_of(obstacle)}
        Submission.objects.filter(pk__in=alike.values("pk")).update(**columns)
    ring_in(obstacle.seconds, one.pk, one.company_id)


def _postpone(alike: Sequence[Submission], obstacle: Obstacle, **columns: Any) -> None:
    """Look again later at submissions that were read in the same state, unless somebody has moved them since."""
    rows = Submission.objects.filter(pk__in=[each.pk for each in alike], fence=alike[0].fence, work=alike[0].work)
    later = Now() + timedelta(seconds=obstacle.seconds)
    rows.update(reason=obstacle.sentence, due_at=later, **_cure_of(obstacle), **columns)


def _cure_of(obstacle: Obstacle) -> dict[str, str]:
    return {"cure_by": obstacle.who, "cure_url": obstacle.where}
