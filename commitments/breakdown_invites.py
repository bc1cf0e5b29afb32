"""Asking a commitment's contacts to break its lines down, by a mail whose link serves one person (domain.md §3)."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from commitments.contacts import contacts_of, own_breakdowns
from commitments.models import Commitment
from commitments.ssov import EDITABLE
from procore_sync.acceptance.models import Notice
from procore_sync.acceptance.notices import notice_to
from procore_sync.acceptance.refusals import IllegalMove
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.languages import speaking_to
from procore_sync.accounts.models import Membership
from procore_sync.accounts.personal_links import require_recipient
from procore_sync.kit.refusals import Refusal

_SALT = "commitments.breakdown_invites"
#: Asked again sooner than this, it was the same click.
SAME_CLICK = timedelta(seconds=60)


class NoBreakdownAsked(Refusal):
    """The link of an invitation to break lines down is not ours, or its commitment is not the person's any more."""

    cure = gettext_noop("The project manager sends the invitation again, from the page of the commitment.")

    http_status = 404


def why_not_invite(commitment: Commitment) -> str | None:
    """Why nobody can be invited to break the lines down now, or None if the contacts can."""
    said = {"record": commitment.erp.label, "was": gettext(commitment.get_ssov_status_display()).lower()}
    if not commitment.uses_ssov:
        sentence = gettext("%(record)s has no subcontractor schedule of values. Switch it on first.")
    elif not commitment.is_active:
        sentence = gettext("%(record)s is inactive. Activate it first.")
    elif commitment.ssov_status not in EDITABLE:
        sentence = gettext("The breakdown of %(record)s is %(was)s. Reopen it first.")
    elif not commitment.lines.exists():
        return gettext("The commitment has no line to break down yet.")
    elif not contacts_of(commitment).exists():
        return gettext("No invoice contact is named who could break it down. Name one under People.")
    else:
        return None
    return sentence % said


@transaction.atomic
def invite_to_break_down(commitment: Commitment, *, by: Membership) -> list[Membership]:
    """Ask every contact of the commitment by mail to break its lines down; gives those who are asked now.

    They are mailed whatever they have chosen to be told. Who was asked a moment ago is not asked again: none is given.

    Raises:
        NotAllowed: `by` may not edit.
        IllegalMove: there is nothing to break down, or nobody who could; the sentence says why.
    """
    require(by, Right.EDIT)
    sentence = why_not_invite(commitment)
    if sentence:
        raise IllegalMove(sentence)
    now = timezone.now()
    rested = Q(ssov_asked_at=None) | Q(ssov_asked_at__lte=now - SAME_CLICK)
    # A counted update, so that of two clicks only one writes.
    if Commitment.objects.filter(rested, pk=commitment.pk).update(ssov_asked_at=now) != 1:
        return []
    commitment.ssov_asked_at = now
    asked = list(contacts_of(commitment).select_related("user", "company"))
    Notice.objects.bulk_create(_mail_of(commitment, contact, by) for contact in asked)
    return asked


def token_of(commitment: Commitment, contact: Membership) -> str:
    """The secret part of the link that `contact` is mailed."""
    return signing.dumps([commitment.pk, contact.pk], salt=_SALT)


def _mail_of(commitment: Commitment, contact: Membership, by: Membership) -> Notice:
    link = f"{settings.PUBLIC_URL}{reverse('commitments:breakdown_link', args=[token_of(commitment, contact)])}"
    context = {"commitment": commitment, "contact": contact, "by": by, "company": commitment.company, "url": link}
    with speaking_to(contact.user):
        said = {"project": commitment.project, "person": by}
        subject = gettext("%(project)s: %(person)s invites you to break down your Schedule of Values") % said
        return notice_to(contact, subject, render_to_string("mail/breakdown_invite.txt", context))


def commitment_asked(token: str, *, by: Membership) -> Commitment:
    """The commitment of the link, for the contact whom it was mailed to alone.

    Raises:
        LinkOfAnother: it is not theirs, their access has ended, or they work in another company now.
        NoBreakdownAsked: it is no link of ours, or the commitment is not theirs to break down any more.
    """
    try:
        pk, contact_pk = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise NoBreakdownAsked(
            gettext("This is not a link of ours, or a part of it is missing. Copy it whole from the e-mail.")
        ) from error
    contact = Membership.objects.select_related("company").filter(pk=contact_pk).first()
    if contact is None:
        raise NoBreakdownAsked(gettext("What this link was for is gone. Ask whoever sent the e-mail."))
    require_recipient(contact, user=by.user, member=by)
    found = own_breakdowns(by).filter(pk=pk).first()
    if found is None:
        sentence = gettext(
            "You do not break down the schedule of values of this commitment any more. Ask whoever sent the e-mail."
        )
        raise NoBreakdownAsked(sentence, where=reverse("home"))
    return found
