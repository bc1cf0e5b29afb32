"""What people do to a record on its way to the ledger: one function an action, one transaction each.

Status, journal row and the due submission commit together. The Celery message is only a bell: if the broker
loses it, the sweep finds the submission.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ParamSpec

from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, models, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance import notices
from procore_sync.acceptance.amount_rules import is_first_of_two, policy_of, why_lapsed
from procore_sync.acceptance.bell import ring
from procore_sync.acceptance.claims import awaited, makes_document, release_dependents
from procore_sync.acceptance.courier import Check, Choice, Choices, Posting, courier
from procore_sync.acceptance.first_of_two import (
    LAPSED,
    accept_first,
    needs_another,
    sent_again,
    take_first_back,
    with_sender,
    write_acceptance,
)
from procore_sync.acceptance.journal import Entry, Move, move, move_many, no_arrow
from procore_sync.acceptance.kinds import Unmet, spec_of
from procore_sync.acceptance.models import ErpItem, Event, Submission
from procore_sync.acceptance.quarantine import MAY_STAND_THERE, is_lane_taken, is_unknown, may_stand_there
from procore_sync.acceptance.refusals import (
    ChangedSinceSeen,
    IllegalMove,
    NotReady,
    OwnRecord,
    StillThere,
    deleted_meanwhile,
)
from procore_sync.acceptance.states import TRANSITIONS, Action, Decision, OutcomeKind, Status, Work
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.canonical import canonical, digest
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from procore_sync.kit.text import says_nothing

#: What the journal says of a record that nobody opened before it was accepted.
AMONG_MANY = gettext_noop("Accepted among many, from the list.")
BY_POLICY = gettext_noop("Accepted by policy: Direct Export is on for this kind.")
#: What a check may say of a record that nobody has opened; where it says more, a person looks.
_PASSES_UNOPENED = ("ok", "wait")
LONGEST_COMMENT = 2000
_P = ParamSpec("_P")
_WAITING = ["work", "reason", "cure_by", "cure_url", "due_at", "rung_at"]
_OF_ACCEPTANCE = ["decision", "decided_at", "choices", "posting", "request_id", *_WAITING]


@transaction.atomic
def send(item: ErpItem, *, by: Membership, reply: str = "") -> Submission:
    """Freeze the record as it stands and put it before the approvers.

    `reply` is what the sender answers to a remark; it stands in the history and beside the remark.
    Under Direct Export it is accepted by policy in the same transaction, unless its amount is above what the company
    lets go so, the approver would have to choose, a check asks for their glance, or the ledger is known to hold it
    otherwise: a bookkeeper's change is written over by nobody's policy.

    Raises:
        NotAllowed: `by` may not send.
        InvalidInput: the reply is too long.
        NotReady: something is missing; each missing thing has its sentence.
        IllegalMove: it is already with accounting, nothing changed since QuickBooks took it, or it was deleted.
    """
    require(by, Right.SEND, item.kind)
    if _is_too_long(reply):
        said = gettext("The answer is longer than %(limit)s characters. Say it shorter.")
        told = said % {"limit": f"{LONGEST_COMMENT:,}"}
        raise InvalidInput(told, errors={"reply": [told]})
    spec = spec_of(item.kind)
    try:
        record = spec.record_of(item)
        if spec.target:
            # What it is written into may be closed or corrected in this moment, by whoever asks what is on its way.
            ErpItem.objects.select_for_update(no_key=True).get(pk=spec.target(record).pk)
            record = spec.record_of(item)
    except ObjectDoesNotExist:
        raise deleted_meanwhile(item.label) from None
    unmet = unmet_for_sending(item, record)
    if unmet:
        raise NotReady(unmet)
    came_back = item.status == Status.REJECTED
    document = spec.document(record)
    target = spec.target(record) if spec.target else item
    detail = {"revision": item.revision, "digest": digest(document)}
    move(item, Action.SEND, Entry(by=by, comment=reply.strip(), detail=detail))
    submission = Submission.objects.create(
        item=item,
        company_id=item.company_id,
        number=(item.submissions.aggregate(last=models.Max("number"))["last"] or 0) + 1,
        revision=item.revision,
        document=document,
        digest=digest(document),
        sent_by=by,
        lane=f"{target.kind}:{target.pk}",
    )
    if came_back:
        notices.came_back(submission)
    if not item.differs and policy_of(item).goes_directly(item.amount):
        _accept_by_policy(submission)
    return submission


@transaction.atomic
def send_along(item: ErpItem, *, by: Membership) -> list[Submission]:
    """Send every record that `item` still needs in the ledger, each after what it needs itself, and then `item`.

    All or nothing: if one of them cannot be sent, none is.

    Raises:
        NotAllowed, NotReady, IllegalMove: as `send`, of the first record that cannot go.
    """
    require(by, Right.SEND, item.kind)
    return [send(one, by=by) for one in [*to_send_along(item), item]]


def to_send_along(item: ErpItem) -> list[ErpItem]:
    """The records that have to be sent with `item`, each after those that it needs itself; empty if none has to.

    Raises:
        IllegalMove: one of them was deleted meanwhile.
    """
    found: dict[int, ErpItem] = {}
    _gather(item, found, frozenset())
    found.pop(item.pk, None)
    return list(found.values())


def _gather(item: ErpItem, found: dict[int, ErpItem], above: frozenset[int]) -> None:
    try:
        record = spec_of(item.kind).record_of(item)
    except ObjectDoesNotExist:
        raise deleted_meanwhile(item.label) from None
    for unmet in unmet_for_sending(item, record):
        for one in unmet.items:
            if one.pk not in found and one.pk not in above:
                _gather(one, found, above | {item.pk})
    found[item.pk] = item


def unmet_for_sending(item: ErpItem, record: Any) -> list[Unmet]:
    """Why the record cannot be sent, for the button and the operation alike; empty if it can."""
    if item.status == Status.SYNCED and not item.is_changed:
        said = gettext("Nothing has changed in %(record)s since QuickBooks took it.")
        return [Unmet(said % {"record": item.label})]
    return spec_of(item.kind).unmet(record)


def may_be_linked(item: ErpItem) -> bool:
    """Whether it is at rest and stands in the ledger as far as is known here, so that it may be parted from it."""
    if (Status(item.status), Action.UNLINK) not in TRANSITIONS:
        return False
    return item.synced_revision is not None or courier().link(item) is not None


def unmet_for_unlinking(item: ErpItem) -> list[Unmet]:
    """What hangs on the link of a synced record, for the button and the operation alike; empty if nothing does."""
    spec = spec_of(item.kind)
    return spec.stays_linked(spec.record_of(item)) if spec.stays_linked else []


@transaction.atomic
def retrieve(item: ErpItem, *, by: Membership) -> None:
    """Take an undecided record back, so that it can be edited.

    Raises:
        NotAllowed: `by` may not send, and so not retrieve.
        IllegalMove: it was decided meanwhile.
    """
    require(by, Right.SEND, item.kind)
    submission = item.submissions.filter(decision=Decision.OPEN).first()
    move(item, Action.RETRIEVE, Entry(by=by, submission=submission))
    _decide(submission, Decision.RETRIEVED, by=by)


@transaction.atomic
def accept(item: ErpItem, *, by: Membership, seen: str, choices: Choices | None) -> Submission:
    """Accept what `by` saw, and make it due for export: at once, when the records it needs have come, or when the
    company's time to take it back is over.

    Where the company asks for two approvers, the first acceptance is only kept: the sending stays undecided until
    somebody else accepts the same posting. A first acceptance that does not count any more gives way to this one.

    Without `choices` it is one of many that `by` did not open: each choice stands as it is proposed, or as the first
    approver made it, and a check that asks for a second glance is a stop too.

    Raises:
        NotAllowed: `by` may not decide on this kind, or sent it themselves under the four-eyes rule.
        SecondApproverNeeded: `by` is who accepted it first.
        ChangedSinceSeen: the open submission is not the one whose digest was seen, was accepted first by somebody
            else meanwhile, or, among many, is no longer what its first approver accepted.
        InvalidInput: a choice is missing or is none of those offered.
        NotReady: a check says stop.
        IllegalMove: somebody else decided first.
    """
    require(by, Right.DECIDE, item.kind)
    submission = open_submission(item)
    if submission is None:
        move(item, Action.ACCEPT, Entry(by=by))
        raise ChangedSinceSeen(gettext("%(record)s has nothing to decide.") % {"record": item.label})
    if submission.digest != seen:
        said = gettext("%(record)s has changed since you opened it, so nothing was accepted. Look again.")
        raise ChangedSinceSeen(with_sender(said % {"record": item.label}, submission))
    if item.company.four_eyes and submission.sent_by_id == by.pk:
        said = gettext("You sent %(record)s yourself, so somebody else has to accept it.")
        raise OwnRecord(said % {"record": item.label}, who="another approver")
    if submission.first_by_id == by.pk:
        raise needs_another(submission)
    preview = courier().preview(item, submission.document)
    stops = unmet_for_accepting(preview.checks(), opened=choices is not None)
    if stops:
        raise NotReady(stops)
    given = {**_proposed(preview.choices()), **submission.first_choices} if choices is None else choices
    posting = preview.posting(chosen := _valid(preview.choices(), given))
    lapsed = why_lapsed(submission, posting, chosen)
    if lapsed and choices is None:
        said = gettext("%(record)s was not opened, so nothing was accepted: %(why)s Open it.")
        raise ChangedSinceSeen(said % {"record": item.label, "why": lapsed})
    comment = AMONG_MANY if choices is None else ""
    if is_first_of_two(submission, posting, chosen):
        choices = _with_open(preview.choices(), chosen)
        accept_first(submission, posting, by=by, choices=choices, comment=LAPSED if lapsed else comment)
    else:
        _accept(submission, posting, by=by, choices=chosen, comment=comment)
    return submission


def unmet_for_accepting(checks: Iterable[Check], *, opened: bool = True) -> list[Unmet]:
    """What of `checks` keeps the record from being accepted, for the button and the operation alike; of one that nobody
    `opened` a check that asks for a second glance too.
    """
    passed = (*_PASSES_UNOPENED, "look") if opened else _PASSES_UNOPENED
    return [Unmet(check.sentence, check.who, check.url) for check in checks if check.level not in passed]


def open_submission(item: ErpItem) -> Submission | None:
    """The undecided submission of `item`, or None."""
    return _undecided(item).select_related("first_by__user").first()


def _undecided(item: ErpItem) -> models.QuerySet[Submission, Submission]:
    return item.submissions.filter(decision=Decision.OPEN)


def _proposed(offered: Sequence[Choice]) -> dict[str, str]:
    return {choice.name: choice.initial for choice in offered}


def _with_open(offered: Sequence[Choice], chosen: Mapping[str, str]) -> dict[str, str]:
    """What was chosen, and that the others were left open: for the second they stay so, whatever is proposed."""
    return {choice.name: chosen.get(choice.name, "") for choice in offered}


def _valid(offered: Sequence[Choice], given: Choices) -> dict[str, str]:
    errors: dict[str, list[str]] = {}
    chosen: dict[str, str] = {}
    for choice in offered:
        value = given.get(choice.name, "")
        sentence = _wrong_choice(choice, value)
        if sentence:
            errors[choice.name] = [sentence]
        elif value:
            chosen[choice.name] = value
    if errors:
        raise InvalidInput(" ".join(sentence for one in errors.values() for sentence in one), errors=errors)
    return chosen


def _wrong_choice(choice: Choice, value: str) -> str:
    label = gettext(choice.label)
    if not value:
        said = gettext("Choose the %(choice)s before you accept.")
        return said % {"choice": f"{label[:1].lower()}{label[1:]}"} if choice.required else ""
    known = any(value == key for key, _ in choice.options)
    said = gettext("The %(choice)s you chose is not offered any more. Choose again.")
    return "" if known else said % {"choice": label.lower()}


def _accept(
    submission: Submission, posting: Posting, *, by: Membership | None, choices: dict[str, str], comment: str
) -> None:
    item = submission.item
    frozen = asdict(posting)
    # Through canonical text, so that what is stored is what a later reading gives back, Decimals included.
    frozen["total"] = None if posting.total is None else str(posting.total)
    move(
        item,
        Action.ACCEPT,
        Entry(
            by=by,
            submission=submission,
            comment=comment,
            detail={"digest": submission.digest, "posting": digest(posting.payload), "choices": choices},
        ),
    )
    # What went by policy nobody has decided, so nobody would take it back.
    held = item.company.undo_seconds if by else 0
    needed = None if held else awaited(submission)
    pause = needed.seconds if needed else held
    write_acceptance(
        submission,
        by=by,
        decision=Decision.ACCEPTED,
        decided_by=by,
        decided_at=Now(),
        choices=choices,
        posting=_json(frozen),
        work=Work.WAITING if needed else Work.DUE,
        reason=needed.sentence if needed else "",
        cure_by=needed.who if needed else "",
        cure_url=needed.where if needed else "",
        due_at=Now() + timedelta(seconds=pause) if pause else Now(),
        request_id=uuid.uuid4().hex,
        rung_at=Now(),
    )
    submission.refresh_from_db(fields=_OF_ACCEPTANCE)
    submission.decided_by = by
    notices.accepted(submission)
    if not pause:  # what is held is rung for by the sweep, and what waits by whoever makes green what it needs
        transaction.on_commit(partial(ring, submission.pk))


def _json(document: Any) -> Any:
    return json.loads(canonical(document))


def _accept_by_policy(submission: Submission) -> None:
    preview = courier().preview(submission.item, submission.document)
    offered = preview.choices()
    if any(choice.required and not choice.initial for choice in offered):
        return
    if any(check.level not in _PASSES_UNOPENED for check in preview.checks()):
        return
    chosen = {one.name: one.initial for one in offered if one.initial}
    _accept(submission, preview.posting(chosen), by=None, choices=chosen, comment=BY_POLICY)


@transaction.atomic
def undo(item: ErpItem, *, by: Membership, seen: int | None = None, since: datetime | None = None) -> None:
    """Take one's own acceptance back before the record has left: it waits for a decision again, as it was sent; of two
    the first, too, before the second. With `seen` only that of the sending of this number, with `since` too only if it
    stood then.

    A worker may take the record up in the same moment. The fence decides which of them was first, and the other one
    finds nothing to do.

    Raises:
        NotAllowed: `by` may not decide on this kind, or somebody else accepted it.
        ChangedSinceSeen: it was accepted anew since.
        IllegalMove: it has left, was taken up by a worker before, or is not accepted.
    """
    require(by, Right.DECIDE, item.kind)
    kept = open_submission(item) if item.status == Status.SENT else None
    if kept and kept.first_by:
        if kept.first_by_id != by.pk:
            raise _somebody_elses(item, kept.first_by)
        _require_acceptance_of(seen, since, now=kept)
        take_first_back(kept, by=by)
        return
    submission = item.submissions.filter(decision=Decision.ACCEPTED).order_by("-number").first()
    if submission is None or item.status != Status.EXPORTING:
        raise IllegalMove(no_arrow(item, Action.UNDO))
    if submission.decided_by_id != by.pk:
        raise _somebody_elses(item, submission.decided_by)
    _require_acceptance_of(seen, since, now=submission)
    as_held = Submission.objects.filter(pk=submission.pk, work=Work.DUE, fence=0, generation=0)
    if not submission.is_held or as_held.update(**_UNDECIDED) != 1:
        said = gettext("%(record)s has left for QuickBooks already, so it was not taken back.")
        raise IllegalMove(said % {"record": item.label})
    notices.not_accepted_after_all(submission)
    # It has waited since it was sent: its age and its place in the list are what they were.
    move(item, Action.UNDO, Entry(by=by, submission=submission), status_changed_at=submission.sent_at)


def _require_acceptance_of(seen: int | None, since: datetime | None, *, now: Submission) -> None:
    if seen is None:
        return
    undone = Event.objects.filter(submission=now, action=Action.UNDO)
    if seen != now.pk or (since and undone.filter(at__gte=since).exists()):
        said = gettext(
            "%(record)s was accepted anew since you looked, so that acceptance was not taken back. Look again."
        )
        raise ChangedSinceSeen(said % {"record": now.item.label})


def _somebody_elses(item: ErpItem, by: Membership | None) -> NotAllowed:
    who = str(by or gettext("the console, by policy,"))
    said = gettext("%(who)s accepted %(record)s, and only the person who accepted it takes that back.")
    return NotAllowed(said % {"who": who, "record": item.label}, who=who[:60])


#: A sending before its decision.
_UNDECIDED: dict[str, Any] = {
    "decision": Decision.OPEN,
    "decided_by": None,
    "decided_at": None,
    "choices": {},
    "posting": {},
    "work": Work.NONE,
    "due_at": None,
    "rung_at": None,
    "request_id": "",
}


@transaction.atomic
def reject(item: ErpItem, *, by: Membership, comment: str, seen: int | None = None) -> None:
    """Give the record back to its sender with a reason; they and its creator are told, each where they have chosen.

    With `seen` only the sending of this number is given back.

    Raises:
        NotAllowed: `by` may not decide on this kind.
        InvalidInput: the reason is missing or too long.
        ChangedSinceSeen: it was sent anew since `seen`.
        IllegalMove: somebody else decided first, or it may stand in the ledger.
    """
    require(by, Right.DECIDE, item.kind)
    if may_stand_there(item):
        raise IllegalMove(gettext(MAY_STAND_THERE))
    require_comment(comment)
    submission = item.submissions.order_by("-number").first()
    if seen is not None and (submission is None or submission.pk != seen):
        said = gettext("%(record)s was sent anew since you looked, so nothing was rejected. Look again.")
        raise ChangedSinceSeen(with_sender(said % {"record": item.label}, submission))
    move(item, Action.REJECT, Entry(by=by, submission=submission, comment=comment.strip()))
    _decide(submission, Decision.REJECTED, by=by, comment=comment.strip())
    if submission is not None:
        submission.refresh_from_db()
        notices.rejected(submission)


def require_comment(comment: str) -> None:
    """Go on only if somebody who rejects says why.

    Raises:
        InvalidInput: they do not, or too long.
    """
    wrong = _wrong_comment(comment)
    if wrong:
        raise InvalidInput(wrong, errors={"comment": [wrong]})


def _wrong_comment(comment: str) -> str:
    if says_nothing(comment):
        return gettext("Say why you reject it: the sender reads your comment with the record and answers it.")
    if _is_too_long(comment):
        said = gettext("The comment is longer than %(limit)s characters. Say it shorter.")
        return said % {"limit": f"{LONGEST_COMMENT:,}"}
    return ""


def _is_too_long(comment: str) -> bool:
    # A browser sends each end of a line as two characters and counts it as one.
    return len(comment.replace("\r\n", "\n")) > LONGEST_COMMENT


def _decide(submission: Submission | None, decision: Decision, *, by: Membership | None, comment: str = "") -> None:
    if submission is not None:
        _write_decision(
            submission,
            decision=decision,
            decided_by=by,
            decided_at=timezone.now(),
            comment=comment,
            work=Work.NONE,
            reason="",
        )


def _write_decision(submission: Submission, **columns: Any) -> None:
    """Decide on a sending that is as it was read. Its record's status does not say so: what was taken back and sent
    again without an edit stands where it stood, and the one that was read is in nobody's hands any more.

    Raises:
        ChangedSinceSeen: it was decided or taken back meanwhile.
    """
    same = Submission.objects.filter(pk=submission.pk, decision=submission.decision)
    if same.update(**columns) != 1:
        raise sent_again(submission)


@transaction.atomic
def retry(item: ErpItem, *, by: Membership) -> Submission:
    """Export a stopped record again, as it was accepted, under a new request id.

    A new request id makes no second document where QuickBooks is known not to have written. Where that is not known,
    since every worker that looked for it died, it is looked for again first, and keeps its request id. Where the answer
    to an earlier try was lost, that try may still be at work though a later one was refused: it is looked for until it
    is surely over (docs/adr/0030).

    Raises:
        NotAllowed: `by` may not decide on this kind.
        IllegalMove: it is not stopped any more, or another change of the same document is on its way just now.
    """
    require(by, Right.DECIDE, item.kind)
    stopped = item.submissions.filter(work=Work.PARKED).order_by("-number")
    move(item, Action.RETRY, Entry(by=by, submission=stopped.first()))
    # Read again: it may have been tried and stopped once more since it was read, and from here on nobody else tries.
    submission = stopped.first()
    if submission is None:
        raise IllegalMove(gettext("%(record)s has no stopped export.") % {"record": item.label})
    unknown, perhaps = is_unknown(submission), _may_yet_be_written(submission)
    other = gettext("Another change of the same document is on its way to QuickBooks. Try again after it.")
    if (unknown or perhaps) and is_lane_taken(submission):
        raise IllegalMove(other)
    anew: dict[str, Any] = {"work": Work.UNCERTAIN if unknown or perhaps else Work.DUE}
    if not unknown:
        # Nothing that went in a batch earlier says how long the look for this one takes.
        anew |= {"generation": submission.generation + 1, "request_id": uuid.uuid4().hex, "over_at": None}
    try:
        with transaction.atomic():
            _make_due(submission, reason="", cure_by="", cure_url="", tries=0, absences=0, crashes=0, **anew)
    except IntegrityError:  # a worker has taken that up since it was asked
        raise IllegalMove(other) from None
    submission.refresh_from_db()
    transaction.on_commit(partial(ring, submission.pk))
    return submission


def _may_yet_be_written(submission: Submission) -> bool:
    """Whether a try whose answer was lost may be carried out after a later one was refused, and make a second document.

    So may a first export, and what takes the place of a document that stood there.
    """
    lost = submission.attempts.filter(act="send", outcome__in=["", OutcomeKind.UNKNOWN])
    return makes_document(submission) and lost.exists()


def _make_due(submission: Submission, **columns: Any) -> None:
    """By the database's clock, as whoever takes it compares with that."""
    Submission.objects.filter(pk=submission.pk).update(due_at=Now(), rung_at=Now(), **columns)


def look_again(company: Company) -> None:
    """Let whatever of a company waits be looked at now and not only when its time comes: what it waited for is over."""
    Submission.objects.filter(company=company, work=Work.WAITING).update(due_at=Now())


@transaction.atomic
def hold_back(item: ErpItem, *, by: Membership, comment: str) -> None:
    """Stop an accepted record that no worker has ever taken up, so that it can be linked or rejected instead.

    Who may is asked by what is done next.

    Raises:
        IllegalMove: it is not waiting, or was taken up before: then it may be in the ledger already.
    """
    waiting = item.submissions.filter(work__in=(Work.DUE, Work.WAITING), fence=0)
    submission = waiting.order_by("-number").first()
    stopped = {"work": Work.PARKED, "due_at": None, "reason": comment, "cure_by": "", "cure_url": ""}
    if submission is None or waiting.filter(pk=submission.pk).update(**stopped) != 1:
        said = gettext("%(record)s is on its way to QuickBooks. Wait for the outcome.")
        raise IllegalMove(said % {"record": item.label})
    move(item, Action.FAIL, Entry(by=by, submission=submission, comment=comment))


@transaction.atomic
def link(item: ErpItem, *, by: Membership | None, detail: dict[str, Any], comment: str = "") -> None:
    """Make a record that already stands in the ledger green without an export; the bridge stores the link.

    `detail` says what it was linked to and is kept in the journal. A submission that waits for its decision is
    closed as linked, so that nobody can accept it any more. What has waited for the record goes at once.

    Raises:
        NotAllowed: `by` may not import this kind.
        IllegalMove: it is being exported or is linked already, or somebody decided on it meanwhile.
    """
    link_many([Linking(item, detail, comment)], by=by)


@dataclass(frozen=True)
class Linking:
    """One record that is linked: to what, as the journal keeps it, and what is said with it."""

    item: ErpItem
    detail: dict[str, Any]
    comment: str = ""


@transaction.atomic
def link_many(links: Sequence[Linking], *, by: Membership | None) -> None:
    """Make records of one company green as `link` does each, all or none, in few statements.

    Raises:
        NotAllowed: `by` may not import one of the kinds.
        IllegalMove: one is being exported or is linked already, or somebody decided on it meanwhile.
    """
    items = [each.item for each in links]
    if by is not None:
        for kind in sorted({item.kind for item in items}):
            require(by, Right.IMPORT, kind)
    waiting = Submission.objects.filter(item__in=items, decision=Decision.OPEN)
    undecided = {one.item_id: one for one in waiting}
    move_many([_linked(each, undecided.get(each.item.pk), by) for each in links])
    for each in links:
        _decide(undecided.get(each.item.pk), Decision.LINKED, by=by, comment=each.comment)
    parked = Submission.objects.filter(item__in=items, work=Work.PARKED)
    parked.update(work=Work.NONE, reason="", cure_by="", cure_url="")
    release_dependents(items)


def _linked(each: Linking, undecided: Submission | None, by: Membership | None) -> Move:
    entry = Entry(by=by, submission=undecided, comment=each.comment, detail=each.detail)
    return Move(each.item, Action.LINK, entry, {"synced_revision": each.item.revision, "differs": False})


@transaction.atomic
def link_as_held(
    item: ErpItem, holds: int, *, differs: bool, by: Membership, comment: str, detail: dict[str, Any]
) -> None:
    """Make a record green of which the ledger holds the revision `holds`, though nothing here says that it was sent.

    So it is after a restored backup; whoever calls has asked for the right, and the bridge stores the link. What was
    edited since counts as changed. If the ledger holds more than stands here, or something that `differs`, the revision
    goes past it: the record counts as changed too, and no revision is ever given twice.

    Raises:
        IllegalMove: it is being exported, or somebody moved it meanwhile.
    """
    if item.status == Status.SYNCED:
        move(item, Action.UNLINK, Entry(by=by, comment=comment, detail=detail), synced_revision=None)
    undecided = _undecided(item).first()
    revision = max(item.revision, holds + 1) if differs or holds > item.revision else item.revision
    entry = Entry(by=by, submission=undecided, comment=comment, detail=detail)
    move(item, Action.LINK, entry, synced_revision=holds, revision=revision)
    _decide(undecided, Decision.LINKED, by=by, comment=comment)
    item.submissions.filter(work=Work.PARKED).update(work=Work.NONE, reason="", cure_by="", cure_url="")


def unlink(item: ErpItem, *, by: Membership, reason: str = "") -> None:
    """Part a record from a QuickBooks document that is gone, so that it can be edited and sent anew: one that is
    synced, or whose change was given back or taken back because the document is gone.

    Asks QuickBooks first, outside any transaction. `reason` is kept in the journal before what QuickBooks said.

    Raises:
        NotAllowed: `by` may not decide on this kind.
        StillThere: QuickBooks still holds the document.
        NotReady: another record hangs on the link.
        IllegalMove: it is on its way to the ledger, or nothing there is linked to it.
        ChangedSinceSeen: it was linked to another document while QuickBooks was asked.
    """
    require(by, Right.DECIDE, item.kind)
    if not may_be_linked(item):
        said = gettext("%(record)s cannot be unlinked: it is %(status)s.")
        raise IllegalMove(said % {"record": item.label, "status": gettext(item.get_status_display()).lower()})
    unmet = unmet_for_unlinking(item)
    if unmet:
        raise NotReady(unmet)
    answer = courier().is_gone(item)
    if not answer.gone:
        raise StillThere(answer.sentence, who="bookkeeper")
    with transaction.atomic():
        # The link before the journal, as whoever else writes both.
        courier().forget(item, answer)
        # QuickBooks took its time to answer: what hangs on the link is asked anew, and held against who sends more.
        ErpItem.objects.select_for_update(no_key=True).get(pk=item.pk)
        if unmet := unmet_for_unlinking(item):
            raise NotReady(unmet)
        told = f"{reason.strip()} {answer.sentence}".strip()
        move(item, Action.UNLINK, Entry(by=by, comment=told), synced_revision=None, differs=False)
