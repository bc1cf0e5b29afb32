"""Invites to bill: who can be asked, the asking by mail, and the answer (domain.md §11.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from commitments.models import Commitment
from commitments.selectors import commitments_for
from invoices.billing_rules import spoken
from invoices.invite_links import mail_of
from invoices.models import BillingPeriod, Invite, InviteStatus, Invoice, InvoiceStatus, InvoiceType
from invoices.periods import past_due, settings_of
from invoices.places import page_of_invoice, page_to_bill
from invoices.selectors import bills
from invoices.standings import (
    BillingState,
    BillingStatus,
    billing_status,
    billing_statuses,
    commitments_to_bill,
    may_be_invited,
)
from invoices.statuses import BILLABLE
from procore_sync.acceptance.kinds import Unmet
from procore_sync.acceptance.models import Notice
from procore_sync.acceptance.refusals import IllegalMove, NotReady
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.curing import EDITORS
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from procore_sync.kit.shown import day
from procore_sync.kit.text import before_stop

__all__ = [
    "BillingState",
    "BillingStatus",
    "answer",
    "billing_status",
    "billing_statuses",
    "commitments_to_bill",
    "may_be_invited",
    "send_invites",
    "type_to_bill",
    "why_not_answer",
]

#: Asked again sooner than this, it was the same click.
SAME_CLICK = timedelta(seconds=60)


@transaction.atomic
def send_invites(
    period: BillingPeriod, commitments: Iterable[Commitment], *, by: Membership, type: str | None = None
) -> list[Invite]:
    """Ask every contact of the commitments by mail to bill in the period; gives the invites that were sent now.

    All or none. Who has not answered, or declined, is asked again with a fresh link, which ends the one before; who
    was asked a moment ago is not. `type` is what can be billed; unless given, the project's default type.

    Raises:
        NotAllowed: `by` may not edit.
        InvalidInput: none is chosen, one is not of this project or not to be seen, or there is no such type.
        NotReady: one cannot be invited; every reason is said.
    """
    require(by, Right.EDIT)
    # The period's row is the lock: of two clicks the second finds what the first has sent.
    held = BillingPeriod.objects.select_for_update(of=("self",)).select_related("project__company").get(pk=period.pk)
    wanted = type or settings_of(held.project).default_type or InvoiceType.WORK
    statuses = billing_statuses(_chosen(held, commitments, by=by), held)
    refused = [
        replace(one.against, sentence=f"{one.commitment.number}: {one.against.sentence}")
        for one in statuses
        if one.against
    ]
    if refused:
        raise NotReady(refused)
    if wanted not in InvoiceType.values:
        sentence = gettext("%(type)s is not a type of an invoice. Choose one of the list.") % {"type": wanted}
        raise InvalidInput(sentence, errors={"type": [sentence]})
    sent = [one for status in statuses for contact in status.contacts if (one := _ask(status, contact, wanted, by))]
    Notice.objects.bulk_create(mail_of(invite) for invite in sent)
    return sent


def _chosen(period: BillingPeriod, commitments: Iterable[Commitment], *, by: Membership) -> list[Commitment]:
    wanted = {one.pk for one in commitments}
    found = list(commitments_for(by).filter(pk__in=wanted, project=period.project).order_by("number", "pk"))
    sentence = gettext("Choose at least one commitment to invite.") if not wanted else ""
    if len(found) != len(wanted):
        sentence = gettext("One of the commitments is not of this project. Load the page and choose again.")
    if sentence:
        raise InvalidInput(sentence, errors={"commitments": [sentence]})
    return found


def _ask(status: BillingStatus, contact: Membership, type: str, by: Membership) -> Invite | None:
    """The invite as it is sent now; None where the contact was asked a moment ago, or answers in this moment."""
    before, now = status.invite_of(contact), timezone.now()
    columns = {"type": type, "status": InviteStatus.INVITED, "sent_by": by, "sent_at": now, "answered_at": None}
    ours = {"period": status.period, "commitment": status.commitment, "contact": contact}
    if before is None:
        return Invite.objects.create(**ours, **columns)
    if before.status == InviteStatus.ACCEPTED or (
        before.status == InviteStatus.INVITED and now - before.sent_at < SAME_CLICK
    ):
        return None
    if Invite.objects.filter(pk=before.pk, status=before.status, sent_at=before.sent_at).update(**columns) != 1:
        return None
    return Invite(pk=before.pk, **ours, **columns)


def why_not_answer(invite: Invite, *, by: Membership) -> Unmet | None:
    """Why `by`, whom the invite was sent to, cannot answer it now; None if they can."""
    company, period, commitment = invite.commitment.company, invite.period, invite.commitment
    said = {"number": commitment.number, "company": company, "day": day(period.due_on), "span": spoken(period)}
    at_the_end = {**said, "company": before_stop(company)}
    if not bills(by, commitment):
        return Unmet(
            gettext("You do not bill against %(number)s any more. Ask %(company)s if you should.") % said, EDITORS
        )
    if commitment.status not in BILLABLE:
        at_the_end["was"] = gettext(commitment.get_status_display()).lower()
        sentence = gettext("%(number)s is %(was)s now, so there is nothing to bill. Ask %(company)s.")
        return Unmet(sentence % at_the_end, EDITORS)
    if invite.status != InviteStatus.INVITED:
        return _answered(invite)
    billed = Invoice.objects.filter(period=period, commitment=commitment).exclude(status=InvoiceStatus.VOID).last()
    if billed is not None:
        sentence = gettext("%(number)s is billed in this period already, with invoice %(invoice)s.")
        return Unmet(sentence % {**said, "invoice": billed.number}, where=page_of_invoice(billed))
    if not period.is_open:
        return Unmet(gettext("The billing period %(span)s is closed. Ask %(company)s.") % at_the_end, EDITORS)
    if past_due(period, today=today_of(company)):
        sentence = gettext("This invite ended with the due date, %(day)s. Ask %(company)s to bill for you.")
        return Unmet(sentence % said, EDITORS)
    return None


def _answered(invite: Invite) -> Unmet:
    answered, commitment = day(invite.answered_at), invite.commitment
    if invite.status == InviteStatus.ACCEPTED:
        sentence = gettext("You accepted this invite on %(day)s. You can bill until %(until)s.")
        return Unmet(sentence % {"day": answered, "until": day(invite.period.due_on)}, where=page_to_bill(commitment))
    sentence = gettext("You declined this invite on %(day)s. Only a new invite from %(company)s changes that.")
    return Unmet(sentence % {"day": answered, "company": commitment.company}, EDITORS)


@transaction.atomic
def answer(invite: Invite, accepts: bool, *, by: Membership) -> Invite:
    """The invite accepted or declined by its contact: they may bill, or it ends until they are asked again.

    Raises:
        NotAllowed: it was sent to somebody else.
        IllegalMove: it was answered, or cannot be any more; the sentence says why.
    """
    if invite.contact_id != by.pk:
        raise NotAllowed(gettext("Only the person whom an invite was sent to can answer it."), who="invoice contact")
    against = why_not_answer(invite, by=by)
    if against is not None:
        raise IllegalMove(against.sentence, who=against.who, where=against.where)
    status = InviteStatus.ACCEPTED if accepts else InviteStatus.DECLINED
    mine = Invite.objects.filter(pk=invite.pk, status=InviteStatus.INVITED, sent_at=invite.sent_at)
    if mine.update(status=status, answered_at=timezone.now()) != 1:
        raise IllegalMove(
            gettext("The invite was answered or sent again at this very moment. Load the page to see what stands now.")
        )
    invite.refresh_from_db(fields=["status", "answered_at"])
    return invite


def type_to_bill(commitment: Commitment, period: BillingPeriod, contact: Membership) -> InvoiceType | None:
    """What the contact can bill in the period: as invited, else the project's default; None if they must be invited."""
    standing = (InviteStatus.INVITED, InviteStatus.ACCEPTED)
    asked = Invite.objects.filter(period=period, commitment=commitment, contact=contact, status__in=standing)
    invite = asked.first()
    found = invite.type if invite else settings_of(period.project).default_type
    return InvoiceType(found) if found else None
