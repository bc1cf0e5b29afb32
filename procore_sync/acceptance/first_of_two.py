"""The acceptance of a sending as it was read: the one that decides, or the first of two (docs/adr/0042)."""

from __future__ import annotations

from typing import Any

from django.db.models.functions import Now
from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.amount_rules import fingerprint_of
from procore_sync.acceptance.courier import Posting
from procore_sync.acceptance.journal import Entry, move
from procore_sync.acceptance.models import Submission
from procore_sync.acceptance.refusals import ChangedSinceSeen, IllegalMove, SecondApproverNeeded
from procore_sync.acceptance.states import Action, Decision
from procore_sync.accounts.days import stamp_of
from procore_sync.accounts.models import Membership
from procore_sync.kit.canonical import digest
from procore_sync.kit.text import filled

LAPSED = gettext_noop("An earlier first acceptance does not count any more: this one takes its place.")


def accept_first(
    submission: Submission, posting: Posting, *, by: Membership, choices: dict[str, str], comment: str
) -> None:
    """Keep the acceptance of `posting` as the first of two; call it inside the transaction that has checked it.

    Raises:
        SecondApproverNeeded, ChangedSinceSeen: as `write_acceptance`.
        IllegalMove: the record was decided or taken back meanwhile.
    """
    item = submission.item
    detail = {"digest": submission.digest, "posting": digest(posting.payload), "choices": choices}
    # It has waited since it was sent: its age and its place in the list are what they were.
    waits = {"status_changed_at": item.status_changed_at}
    move(item, Action.ACCEPT_FIRST, Entry(by=by, submission=submission, comment=comment, detail=detail), **waits)
    kept = {"first_by": by, "first_choices": choices, "first_posting": fingerprint_of(posting)}
    write_acceptance(submission, by=by, first_at=Now(), **kept)
    submission.refresh_from_db(fields=["first_at", *kept])


def take_first_back(submission: Submission, *, by: Membership) -> None:
    """End the first acceptance, which `by` gave to the sending as it was read; call it inside a transaction.

    `first_at` stays: it needs two approvers from then on, also if the company asks for one only meanwhile.

    Raises:
        IllegalMove: the record was decided or taken back meanwhile, or `by` has accepted another posting of it.
    """
    item = submission.item
    waits = {"status_changed_at": item.status_changed_at}
    move(item, Action.UNDO, Entry(by=by, submission=submission), **waits)
    as_read = Submission.objects.filter(pk=submission.pk, decision=Decision.OPEN, first_by=by)
    if as_read.filter(first_posting=submission.first_posting).update(**_NOBODY_FIRST) != 1:
        said = gettext("%(record)s has changed since you looked, so no acceptance was taken back. Look again.")
        raise IllegalMove(said % {"record": item.label})


_NOBODY_FIRST: dict[str, Any] = {"first_by": None, "first_choices": {}, "first_posting": ""}


def write_acceptance(submission: Submission, *, by: Membership | None, **columns: Any) -> None:
    """Write an acceptance, the first of two or the one that decides, on a sending that is as it was read; also of two
    people who accept at once, neither of whom has seen the other's, one has to look again.

    Raises:
        SecondApproverNeeded: `by` accepted it first meanwhile.
        ChangedSinceSeen: somebody else did, or who was first has taken that back, or it was decided or taken back.
    """
    as_read = {name: getattr(submission, name) for name in ("decision", "first_by", "first_posting")}
    if Submission.objects.filter(pk=submission.pk, **as_read).update(**columns) == 1:
        return
    now = Submission.objects.select_related("item", "first_by__user").filter(decision=Decision.OPEN)
    accepted = now.filter(pk=submission.pk).first()
    if accepted is None:
        raise sent_again(submission)
    if accepted.first_by is None:
        said = gettext("%(who)s took the first acceptance of %(record)s back meanwhile. Look again, then accept it.")
        raise ChangedSinceSeen(said % {"who": submission.first_by, "record": accepted.item.label})
    if by and accepted.first_by_id == by.pk:
        raise needs_another(accepted)
    said = gettext("%(who)s accepted %(record)s meanwhile, as the first of two approvers. Look again, then accept it.")
    raise ChangedSinceSeen(said % {"who": accepted.first_by, "record": accepted.item.label})


def needs_another(submission: Submission) -> SecondApproverNeeded:
    """The refusal of a second acceptance by the person who gave the first."""
    said = gettext("You accepted %(record)s as the first of two approvers, so another approver accepts it next.")
    return SecondApproverNeeded(said % {"record": submission.item.label}, who="another approver")


def sent_again(submission: Submission) -> ChangedSinceSeen:
    """The refusal of a decision on a sending that is in nobody's hands any more."""
    said = gettext("%(record)s was taken back and sent again meanwhile, so nothing was decided. Look again.")
    later = Submission.objects.filter(item_id=submission.item_id, number__gt=submission.number)
    told = said % {"record": submission.item.label}
    return ChangedSinceSeen(with_sender(told, later.order_by("-number").first()))


def with_sender(told: str, submission: Submission | None) -> str:
    """`told`, and who sent what stands there now and when."""
    if submission is None:
        return told
    said = {"who": submission.sent_by, "when": stamp_of(submission.sent_at, submission.company)}
    return f"{told} {filled(gettext('Sent by %(who)s: %(when)s.'), said)}"
