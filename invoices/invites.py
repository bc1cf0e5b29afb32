"""Invites to bill: who can be asked, the asking by mail, and the answer (domain.md §11.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import models, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from commitments.models import Commitment, CommitmentStatus, SsovStatus
from commitments.selectors import commitments_for, today_of
from invoices.billing_rules import spoken
from invoices.invite_links import mail_of
from invoices.models import BillingPeriod, Invite, InviteStatus, Invoice, InvoiceStatus, InvoiceType
from invoices.periods import past_due, settings_of
from invoices.places import page_of_invoice, page_to_bill
from invoices.selectors import bills
from procore_sync.acceptance.kinds import Unmet
from procore_sync.acceptance.models import Notice
from procore_sync.acceptance.refusals import IllegalMove, NotReady
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Membership, Role
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from procore_sync.kit.templatetags.console import day
from projects.models import Project

PM = "project manager"
#: Only these are billed (domain.md §11.4).
BILLABLE = (CommitmentStatus.APPROVED, CommitmentStatus.COMPLETE)
#: Asked again sooner than this, it was the same click.
SAME_CLICK = timedelta(seconds=60)


class BillingState(models.TextChoices):
    """Where a commitment stands in a billing period, for the list of them."""

    NO_CONTACTS = "no_contacts", "No invoice contacts"
    SSOV = "ssov", "SSOV not approved"
    NOT_INVITED = "not_invited", "Not invited"
    INVITED = "invited", "Invited"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    BILLED = "billed", "Billed"


@dataclass(frozen=True)
class BillingStatus:
    """Where a commitment stands in a period: its active contacts, their invites, and its newest invoice in it.

    `against` is why it cannot be invited now, or None.
    """

    commitment: Commitment
    period: BillingPeriod
    contacts: tuple[Membership, ...]
    invites: tuple[Invite, ...]
    invoice: Invoice | None
    against: Unmet | None = None

    @property
    def state(self) -> BillingState:
        """The one word for it. Of several contacts, whoever accepted speaks for all, then whoever has not answered."""
        if self.invoice is not None:
            return BillingState.BILLED
        if not self.contacts:
            return BillingState.NO_CONTACTS
        if self.commitment.uses_ssov and self.commitment.ssov_status != SsovStatus.APPROVED:
            return BillingState.SSOV
        said = {invite.status for invite in self.invites}
        answers = (InviteStatus.ACCEPTED, InviteStatus.INVITED, InviteStatus.DECLINED)
        return next((BillingState(one) for one in answers if one in said), BillingState.NOT_INVITED)

    @property
    def asked(self) -> list[tuple[Membership, Invite | None]]:
        """Each contact with his invite."""
        return [(contact, self.invite_of(contact)) for contact in self.contacts]

    def invite_of(self, contact: Membership) -> Invite | None:
        """The invite of this contact, or None."""
        return next((one for one in self.invites if one.contact_id == contact.pk), None)


def commitments_to_bill(member: Membership, project: Project) -> QuerySet[Commitment]:
    """The project's commitments that can be billed and that `member` may see, by number."""
    rows = commitments_for(member).filter(project=project, is_active=True, status__in=BILLABLE)
    return rows.order_by("number", "pk")


def billing_status(commitment: Commitment, period: BillingPeriod) -> BillingStatus:
    """Where the commitment stands in the period."""
    return billing_statuses([commitment], period)[0]


def billing_statuses(commitments: Iterable[Commitment], period: BillingPeriod) -> list[BillingStatus]:
    """Where each commitment stands in the period, in the order given; three queries for however many."""
    rows = list(commitments)
    keys = [row.pk for row in rows]
    contacts: dict[int, list[Membership]] = {}
    through = Commitment.invoice_contacts.through.objects.filter(
        commitment_id__in=keys,
        membership__role=Role.INVOICE_CONTACT,
        membership__is_active=True,
        membership__user__is_active=True,
    )
    for one in through.select_related("membership__user").order_by("membership__user__name", "membership"):
        contacts.setdefault(one.commitment_id, []).append(one.membership)
    invites: dict[int, list[Invite]] = {}
    for invite in Invite.objects.filter(period=period, commitment__in=keys).select_related("contact__user"):
        invites.setdefault(invite.commitment_id, []).append(invite)
    billed = Invoice.objects.filter(period=period, commitment__in=keys).exclude(status=InvoiceStatus.VOID)
    newest = {invoice.commitment_id: invoice for invoice in billed.order_by("sequence")}
    found = [
        _status(row, period, contacts.get(row.pk, []), invites.get(row.pk, []), newest.get(row.pk)) for row in rows
    ]
    return [replace(status, against=next(_against(status), None)) for status in found]


def _status(
    commitment: Commitment,
    period: BillingPeriod,
    contacts: list[Membership],
    invites: list[Invite],
    invoice: Invoice | None,
) -> BillingStatus:
    """Invites of who is no contact any more say nothing."""
    here = {contact.pk for contact in contacts}
    said = tuple(invite for invite in invites if invite.contact_id in here)
    return BillingStatus(commitment, period, tuple(contacts), said, invoice)


def may_be_invited(commitment: Commitment, period: BillingPeriod) -> bool:
    """Whether the contacts of the commitment can be asked now to bill in the period."""
    return billing_status(commitment, period).against is None


def unmet_of_commitment(commitment: Commitment, contacts: Iterable[Membership]) -> Iterator[Unmet]:
    """What the commitment itself lacks to be billed (domain.md §11.4)."""
    page = reverse("commitments:commitment", args=[commitment.pk])
    if not commitment.is_active:
        yield Unmet("The commitment is inactive. Activate it first.", PM, page)
    if commitment.status not in BILLABLE:
        was = commitment.get_status_display().lower()
        yield Unmet(f"The commitment is {was}. Only an approved or complete one is billed.", PM, page)
    if commitment.vendor_id is None:
        yield Unmet("The commitment has no vendor yet. Choose one.", PM, page)
    if not list(contacts):
        people = reverse("commitments:people", args=[commitment.pk])
        yield Unmet("The commitment has no invoice contact who could bill. Choose one.", PM, people)
    if commitment.uses_ssov and commitment.ssov_status != SsovStatus.APPROVED:
        breakdown = reverse("commitments:breakdown", args=[commitment.pk])
        yield Unmet("The subcontractor's schedule of values is not approved yet.", PM, breakdown)


def _against(status: BillingStatus) -> Iterator[Unmet]:
    """Everything that keeps the commitment from being invited, the period first."""
    period, billing = status.period, reverse("invoices:project_billing", args=[status.period.project_id])
    if not period.is_open:
        yield Unmet(f"The period {spoken(period)} is closed. Invite for the open one.", PM, billing)
    if past_due(period, today=today_of(status.commitment.company)):
        edit = reverse("invoices:edit_period", args=[period.pk])
        yield Unmet(
            f"The due date, {day(period.due_on)}, has passed. Choose a later one, or make the invoice yourself.",
            PM,
            edit,
        )
    yield from unmet_of_commitment(status.commitment, status.contacts)
    if status.invoice is not None:
        page = page_of_invoice(status.invoice)
        yield Unmet(f"It is billed in this period already, with invoice {status.invoice.number}.", PM, page)
    if status.state == BillingState.ACCEPTED:
        by = ", ".join(str(one.contact) for one in status.invites if one.status == InviteStatus.ACCEPTED)
        yield Unmet(f"{by} accepted the invite already and is going to bill.", "invoice contact")


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
        sentence = f"{wanted} is no type of an invoice. Choose one of the list."
        raise InvalidInput(sentence, errors={"type": [sentence]})
    sent = [one for status in statuses for contact in status.contacts if (one := _ask(status, contact, wanted, by))]
    Notice.objects.bulk_create(mail_of(invite) for invite in sent)
    return sent


def _chosen(period: BillingPeriod, commitments: Iterable[Commitment], *, by: Membership) -> list[Commitment]:
    wanted = {one.pk for one in commitments}
    found = list(commitments_for(by).filter(pk__in=wanted, project=period.project).order_by("number", "pk"))
    sentence = "Choose at least one commitment to invite." if not wanted else ""
    if len(found) != len(wanted):
        sentence = "One of the commitments is not of this project. Load the page and choose again."
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
    """Why `by`, whom the invite was sent to, cannot answer it now; None if he can."""
    company, period, commitment = invite.commitment.company, invite.period, invite.commitment
    if not bills(by, commitment):
        return Unmet(f"You do not bill against {commitment.number} any more. Ask {company} if you should.", PM)
    if commitment.status not in BILLABLE:
        was = commitment.get_status_display().lower()
        return Unmet(f"{commitment.number} is {was} now, so there is nothing to bill. Ask {company}.", PM)
    if invite.status == InviteStatus.ACCEPTED:
        said = f"You accepted this invite on {day(invite.answered_at)}. You can bill until {day(period.due_on)}."
        return Unmet(said, where=page_to_bill(commitment))
    if invite.status == InviteStatus.DECLINED:
        said = f"You declined this invite on {day(invite.answered_at)}. Only a new invite from {company} changes that."
        return Unmet(said, PM)
    billed = Invoice.objects.filter(period=period, commitment=commitment).exclude(status=InvoiceStatus.VOID).last()
    if billed is not None:
        said = f"{commitment.number} is billed in this period already, with invoice {billed.number}."
        return Unmet(said, where=page_of_invoice(billed))
    if not period.is_open:
        return Unmet(f"The billing period {spoken(period)} is closed. Ask {company}.", PM)
    if past_due(period, today=today_of(company)):
        return Unmet(f"This invite ended with the due date, {day(period.due_on)}. Ask {company} to bill for you.", PM)
    return None


@transaction.atomic
def answer(invite: Invite, accepts: bool, *, by: Membership) -> Invite:
    """The invite accepted or declined by its contact. Accepted, he may bill; declined, it ends until he is asked again.

    Raises:
        NotAllowed: it was sent to somebody else.
        IllegalMove: it was answered, or cannot be any more; the sentence says why.
    """
    if invite.contact_id != by.pk:
        raise NotAllowed("Only the person whom an invite was sent to can answer it.", who="invoice contact")
    against = why_not_answer(invite, by=by)
    if against is not None:
        raise IllegalMove(against.sentence, who=against.who, where=against.where)
    status = InviteStatus.ACCEPTED if accepts else InviteStatus.DECLINED
    mine = Invite.objects.filter(pk=invite.pk, status=InviteStatus.INVITED, sent_at=invite.sent_at)
    if mine.update(status=status, answered_at=timezone.now()) != 1:
        raise IllegalMove("The invite was answered or sent again in this moment. Load the page to see what stands now.")
    invite.refresh_from_db(fields=["status", "answered_at"])
    return invite


def type_to_bill(commitment: Commitment, period: BillingPeriod, contact: Membership) -> InvoiceType | None:
    """What the contact can bill in the period: as he was invited, else the project's default; None if he must be."""
    standing = (InviteStatus.INVITED, InviteStatus.ACCEPTED)
    asked = Invite.objects.filter(period=period, commitment=commitment, contact=contact, status__in=standing)
    invite = asked.first()
    found = invite.type if invite else settings_of(period.project).default_type
    return InvoiceType(found) if found else None
