"""What is told about a breakdown: to the company when it is submitted, to the contacts when it comes back."""

from __future__ import annotations

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from commitments.contacts import contacts_of
from commitments.models import Commitment
from procore_sync.acceptance.abouts import About
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.notices import Telling, Words, tell
from procore_sync.acceptance.selectors import readable
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.models import Membership


def told_of(commitment: Commitment, item: ErpItem, *, but: Membership) -> list[Membership]:
    """Who is told what is submitted of `item`, a record of the commitment, apart from who submitted it.

    Its distribution list, as far as they may still see the record; if nobody of it may, all who may edit and see it.
    """
    listed = [one for one in commitment.distribution.select_related("user") if one.is_active and one.user.is_active]
    seeing = [one for one in listed if _sees(one, item)]
    if not seeing:
        people = Membership.objects.filter(company_id=item.company_id, is_active=True, user__is_active=True)
        seeing = [one for one in people.select_related("user") if may(one, Right.EDIT) and _sees(one, item)]
    return [one for one in seeing if one.pk != but.pk]


def _sees(member: Membership, item: ErpItem) -> bool:
    if not item.is_private or not may(member, Right.VIEW):
        return may(member, Right.VIEW)
    return readable(ErpItem.objects.filter(pk=item.pk), member).exists()


def breakdown_submitted(commitment: Commitment, *, by: Membership) -> None:
    """Tell the distribution list, or who reviews it, that a breakdown waits, apart from who submitted it."""
    line = format_lazy(_("{person} submitted the breakdown of {record}"), person=by, record=commitment.erp.label)
    subject = format_lazy(_("To review: the breakdown of {record}"), record=commitment.erp.label)
    told = _of(commitment, About.SUBMITTED, line, subject, by)
    tell(told_of(commitment, commitment.erp, but=by), told)


def breakdown_returned(commitment: Commitment, *, by: Membership) -> None:
    """Tell the contacts of the commitment that its breakdown is to be revised, and why."""
    line = format_lazy(
        _("{person} looked at the breakdown of {record}, and it is to be revised"),
        person=by,
        record=commitment.erp.label,
    )
    subject = format_lazy(_("To revise: the breakdown of {record}"), record=commitment.erp.label)
    tell(contacts_of(commitment), _of(commitment, About.RETURNED, line, subject, by))


def _of(commitment: Commitment, about: About, line: Words, subject: Words, by: Membership) -> Telling:
    page = "breakdown" if about == About.SUBMITTED else "own_breakdown"
    path = reverse(f"commitments:{page}", args=[commitment.pk])
    url = f"{settings.PUBLIC_URL}{path}"
    context = {"commitment": commitment, "project": commitment.project, "by": by, "url": url}
    template = f"mail/breakdown_{about}.txt"
    return Telling(about, line, path, subject, lambda: render_to_string(template, context), commitment.erp)
