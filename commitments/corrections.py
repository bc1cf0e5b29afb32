"""Correct and replace: what QuickBooks holds of a commitment is corrected here and replaced there, nothing deleted.

A correction is over by itself once QuickBooks has taken a later revision (`Commitment.is_correcting`).
"""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext

from commitments.hindrances import Deed, hindrances_of
from commitments.models import Commitment
from commitments.operations import hold
from procore_sync.acceptance.items import why_locked
from procore_sync.acceptance.journal import moved_since
from procore_sync.acceptance.kinds import Unmet
from procore_sync.acceptance.refusals import IllegalMove, NotReady
from procore_sync.acceptance.states import Status
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import InvalidInput
from projects.records import named, saving

REASON_LIMIT = 500


@transaction.atomic
def begin_correction(commitment: Commitment, reason: str, *, by: Membership) -> None:
    """Let what QuickBooks got of `commitment` be edited, to be sent again and to replace what stands there.

    Raises:
        NotAllowed: `by` may not edit.
        NotReady: a change order of it is on its way to QuickBooks.
        IllegalMove: QuickBooks does not hold it, it is being decided or posted, or a correction has begun already.
        InvalidInput: the reason is missing or too long.
    """
    require(by, Right.EDIT)
    hold(commitment)
    unmet = unmet_for_correcting(commitment)
    if unmet:
        raise NotReady(unmet)
    if commitment.is_correcting:
        raise IllegalMove(
            gettext("%(record)s is being corrected already. Edit it, then send it.") % {"record": commitment.erp.label}
        )
    sentence = _wrong_reason(reason.strip())
    if sentence:
        raise InvalidInput(sentence, errors={"reason": [sentence]})
    _write(commitment, reason.strip(), commitment.erp.synced_revision, by)


def unmet_for_correcting(commitment: Commitment) -> list[Unmet]:
    """Why no correction can begin, for the page and the operation alike; empty if one can."""
    item = commitment.erp
    if item.is_locked:
        return [Unmet(why_locked(item, "corrected"))]
    if item.synced_revision is None:
        return [Unmet(gettext("%(record)s is not in QuickBooks. Edit it as it is.") % {"record": item.label})]
    if not commitment.is_correcting and item.status != Status.SYNCED:
        return [
            Unmet(
                gettext("%(record)s is %(was)s. Send it first.")
                % {"record": item.label, "was": gettext(Status(item.status).label).lower()}
            )
        ]
    return hindrances_of(Deed.CORRECT, commitment)


def _wrong_reason(reason: str) -> str | None:
    if not reason:
        return gettext("Say why it is corrected: accounting reads it before it replaces anything.")
    if len(reason) > REASON_LIMIT:
        return gettext("The reason has %(length)s characters; %(limit)s is the limit. Shorten it.") % {
            "length": len(reason),
            "limit": REASON_LIMIT,
        }
    return None


@transaction.atomic
def end_correction(commitment: Commitment, *, by: Membership) -> None:
    """Take back a correction in which nothing was changed yet.

    Raises:
        NotAllowed: `by` may not edit.
        IllegalMove: no correction has begun, or something was changed.
    """
    require(by, Right.EDIT)
    sentence = why_not_end(commitment)
    if sentence:
        raise IllegalMove(sentence)
    _write(commitment, "", None, by)


def why_not_end(commitment: Commitment) -> str | None:
    """Why the correction cannot be taken back, or None if it can."""
    item = commitment.erp
    if not commitment.is_correcting:
        return gettext("%(record)s is not being corrected.") % {"record": item.label}
    if item.is_changed:
        return gettext(
            "%(record)s was changed since the correction began. Send it, so that QuickBooks has the same."
        ) % {"record": item.label}
    return None


def _write(commitment: Commitment, reason: str, revision: int | None, by: Membership) -> None:
    """By compare-and-set on the edition and on what QuickBooks holds, so that nobody's edit or export is between."""
    mine = Commitment.objects.filter(
        pk=commitment.pk,
        edition=commitment.edition,
        erp__revision=commitment.erp.revision,
        erp__status=commitment.erp.status,
    )
    columns = {"correcting": reason, "corrects_revision": revision, **saving(commitment.edition, by)}
    if mine.update(**columns) != 1:
        raise IllegalMove(moved_since(_changed_meanwhile(commitment, by), commitment.erp))
    for name, value in columns.items():
        setattr(commitment, name, value)


def _changed_meanwhile(commitment: Commitment, by: Membership) -> str:
    saved = Commitment.objects.filter(pk=commitment.pk).exclude(edition=commitment.edition)
    last = saved.select_related("edited_by__user").first()
    who = named(last.edited_by, by) if last and last.edited_by else gettext("somebody else")
    told = gettext("%(record)s was changed by %(who)s meanwhile. Load the page to see what stands now.")
    return told % {"record": commitment.erp.label, "who": who}
