"""One action on many records at once: each goes or stays for itself, with the sentence why.

What was asked stands in the database first. As many as fit into the time of an answer go at once; a worker takes the
rest, and the sweep what a lost message left behind.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import Now, RowNumber
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext, gettext_noop
from kombu.exceptions import OperationalError

from procore_sync.acceptance import operations
from procore_sync.acceptance.models import ErpItem, Submission, Turn
from procore_sync.acceptance.piles import chosen_items, chosen_submissions, taken_back
from procore_sync.acceptance.states import Action, Decision, Work
from procore_sync.accounts.access import Right, require, sendable
from procore_sync.accounts.languages import ENGLISH
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import InvalidInput, Refusal

logger = logging.getLogger(__name__)
#: How long a worker takes turns before it rings for the rest; well below the limit of a task.
SECONDS_OF_A_WORKER = 60.0
#: How much longer what is being taken back in one press is kept from leaving.
KEPT_FOR = timedelta(minutes=2)
WITHDRAWN = gettext_noop("You took the acceptance back before this one's turn had come.")


def begin(action: str, chosen: Sequence[int], *, by: Membership, comment: str = "") -> uuid.UUID:
    """Ask for `action` on what `by` has chosen of what they see: sendings, by id, to accept or reject them, else items.

    Raises:
        InvalidInput: that is no action for many, or the comment of a rejection is missing or too long.
        NotAllowed: it is not for `by`.
    """
    if action == Action.ACCEPT:
        return accept_many(chosen_submissions(by, chosen), by=by)
    if action == Action.REJECT:
        return reject_many(chosen_submissions(by, chosen), by=by, comment=comment)
    if action == Action.RETRIEVE:
        return retrieve_many(chosen_items(by, chosen), by=by)
    if action == Action.RETRY:
        return retry_many(chosen_items(by, chosen), by=by)
    if action == Action.SEND:
        return send_many(chosen_items(by, chosen), by=by)
    reason = gettext("Say what is to be done at once: accept, reject, retrieve, retry or send.")
    raise InvalidInput(reason, errors={"action": [reason]})


def send_many(items: Sequence[ErpItem], *, by: Membership, seconds: float | None = None) -> uuid.UUID:
    """Ask for each of `items` to be sent, and send those that fit into `seconds`; returns what finds them again.

    Without `seconds`, here and below, as many go as fit into the time of an answer.

    Raises:
        NotAllowed: `by` may send none of them.
    """
    _require_to_send(items, by)
    return _ask(Action.SEND, [(item, None) for item in items], by, seconds)


def _require_to_send(items: Sequence[ErpItem], by: Membership) -> None:
    """Go on if `by` may send one of `items` at least: each of the others stays and says why."""
    kinds = {item.kind for item in items}
    require(by, Right.SEND, min(kinds.intersection(sendable(by)) or kinds, default=None))


def accept_many(submissions: Sequence[Submission], *, by: Membership, seconds: float | None = None) -> uuid.UUID:
    """Ask for each of `submissions`, which `by` saw in a list, to be accepted.

    None is accepted against which a check speaks, or which needs a choice of its own: each of these stays and says so.

    Raises:
        NotAllowed: `by` may not decide.
    """
    require(by, Right.DECIDE)
    return _ask(Action.ACCEPT, [(one.item, one) for one in submissions], by, seconds)


def reject_many(
    submissions: Sequence[Submission], *, by: Membership, comment: str, seconds: float | None = None
) -> uuid.UUID:
    """Ask for each of `submissions`, which `by` saw in a list, to be given back with the one comment.

    Each sender is told as if it were the only one. What was sent anew meanwhile stays and says so.

    Raises:
        NotAllowed: `by` may not decide.
        InvalidInput: the comment is missing or too long.
    """
    require(by, Right.DECIDE)
    operations.require_comment(comment)
    return _ask(Action.REJECT, [(one.item, one) for one in submissions], by, seconds, comment)


def retrieve_many(items: Sequence[ErpItem], *, by: Membership, seconds: float | None = None) -> uuid.UUID:
    """Ask for each of `items`, on which nobody has decided, to be taken back.

    Raises:
        NotAllowed: `by` may send none of them, and so not retrieve.
    """
    _require_to_send(items, by)
    return _ask(Action.RETRIEVE, [(item, None) for item in items], by, seconds)


def retry_many(items: Sequence[ErpItem], *, by: Membership, seconds: float | None = None) -> uuid.UUID:
    """Ask for each of `items`, which stopped, to be exported again.

    Raises:
        NotAllowed: `by` may not decide.
    """
    require(by, Right.DECIDE)
    return _ask(Action.RETRY, [(item, None) for item in items], by, seconds)


def undo_many(batch: uuid.UUID, *, by: Membership, seconds: float | None = None) -> uuid.UUID:
    """Ask for what `by` accepted in `batch` to be taken back, the first of two too; what has left stays and says so.

    What waits for its turn to be accepted is not accepted any more, and what has not left is kept until its turn to
    be taken back has come. What was taken back and accepted anew since is not of the batch any more. Of a batch of
    somebody else nothing is found.

    Raises:
        NotAllowed: `by` may not decide.
    """
    require(by, Right.DECIDE)
    asked = Turn.objects.filter(batch=batch, by=by, action=Action.ACCEPT)
    asked.filter(done_at=None).update(done_at=timezone.now(), why_not=WITHDRAWN)
    held = Q(submission__work=Work.DUE, submission__fence=0)
    first = Q(submission__decision=Decision.OPEN, submission__first_by=by)
    went = list(asked.filter(~taken_back(), held | first, why_not="").select_related("item"))
    kept = Submission.objects.filter(pk__in=[turn.submission_id for turn in went], decided_by=by)
    kept = kept.filter(work=Work.DUE, fence=0)
    kept.filter(due_at__gt=Now()).update(due_at=Now() + KEPT_FOR)
    return _ask(Action.UNDO, [(turn.item, turn.submission) for turn in went], by, seconds)


def _ask(
    action: Action,
    wanted: Sequence[tuple[ErpItem, Submission | None]],
    by: Membership,
    seconds: float | None,
    comment: str = "",
) -> uuid.UUID:
    batch = uuid.uuid4()
    turns = [
        Turn(batch=batch, item=item, action=action, submission=seen, comment=comment, by=by) for item, seen in wanted
    ]
    _keep(turns)
    lasts = settings.SECONDS_OF_AN_ANSWER if seconds is None else seconds
    work_off(Turn.objects.filter(batch=batch), until=time.monotonic() + lasts)
    if Turn.objects.filter(batch=batch, done_at=None).exists():
        transaction.on_commit(ring)
    return batch


def _keep(turns: Sequence[Turn]) -> None:
    """Keep the turns of what is still there: a draft may be deleted between its choice and now."""
    try:
        Turn.objects.bulk_create(turns)
    except IntegrityError:
        there = set(ErpItem.objects.filter(pk__in=[one.item_id for one in turns]).values_list("pk", flat=True))
        still = [one for one in turns if one.item_id in there]
        if len(still) == len(turns):
            raise
        _keep(still)


def ring() -> None:
    """Tell a worker that turns wait. If the broker is down the sweep finds them."""
    from procore_sync.acceptance.tasks import take_turns

    try:
        take_turns.apply_async(retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("The bell is down, the sweep will find the turns: %s", error)


def work_off(turns: QuerySet[Turn] | None = None, *, until: float | None = None) -> int:
    """Take those of `turns` (else of all) that wait, one transaction each, until that moment; returns how many went."""
    went = 0
    for number in in_turn(Turn.objects.all() if turns is None else turns):
        if until is not None and time.monotonic() > until:
            break
        went += _take(number)
    return went


def in_turn(turns: QuerySet[Turn]) -> list[int]:
    """The numbers of those that wait, each company's oldest first, taking turns between companies."""
    place = Window(RowNumber(), partition_by=F("by__company_id"), order_by=[F("pk")])
    waiting = turns.filter(done_at=None).annotate(place=place)
    return list(waiting.order_by("place", "pk").values_list("pk", flat=True))


def _take(number: int) -> bool:
    """Take one, and whatever it breaks on stops no other."""
    try:
        return _once(number)
    except Exception:
        logger.exception("Turn %s broke", number)
        for turn in Turn.objects.filter(pk=number).select_related(
            "item"
        ):  # none, where its draft was deleted meanwhile
            Turn.objects.filter(pk=number).update(
                done_at=timezone.now(),
                why_not=f"{turn.item.label} failed unexpectedly, and nothing was done. Try it on its own.",
                who="operator",
                where=reverse("acceptance:review", args=[turn.item_id]),
            )
        return False


@transaction.atomic
def _once(number: int) -> bool:
    """Take one, if nobody else did meanwhile: of two workers the second finds it done."""
    if Turn.objects.filter(pk=number, done_at=None).update(done_at=timezone.now()) != 1:
        return False
    # Read only now: before the turn of the last one came, whoever asked may have been shut out.
    turn = Turn.objects.select_related("item__company", "submission", "by__company", "by__user").get(pk=number)
    try:
        # Whoever takes it, a worker or the answer itself: why it stays is kept in English, as all that is kept.
        with transaction.atomic(), translation.override(ENGLISH):
            _do(turn)
    except Refusal as refusal:
        said = {"why_not": refusal.sentence, "who": refusal.who[:60], "where": refusal.where[:255]}
        Turn.objects.filter(pk=turn.pk).update(**said)
        return False
    return True


def _do(turn: Turn) -> None:
    if turn.action == Action.SEND:
        operations.send(turn.item, by=turn.by)
    elif turn.action == Action.RETRY:
        operations.retry(turn.item, by=turn.by)
    elif turn.action == Action.RETRIEVE:
        operations.retrieve(turn.item, by=turn.by)
    elif turn.action == Action.REJECT:
        operations.reject(turn.item, by=turn.by, comment=turn.comment, seen=turn.submission_id)
    elif turn.action == Action.UNDO:
        operations.undo(turn.item, by=turn.by, seen=turn.submission_id, since=turn.asked_at)
    elif turn.submission:
        operations.accept(turn.item, by=turn.by, seen=turn.submission.digest, choices=None)
