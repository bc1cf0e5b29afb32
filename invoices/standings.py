"""Where each commitment stands in a billing period: who bills it, what they were asked and said, if it is billed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from django.db import models
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from commitments.models import Commitment, SsovStatus
from commitments.selectors import commitments_for
from invoices.billing_rules import spoken
from invoices.models import BillingPeriod, Invite, InviteStatus, Invoice, InvoiceStatus
from invoices.periods import past_due
from invoices.places import page_of_invoice
from invoices.statuses import BILLABLE
from procore_sync.acceptance.kinds import Unmet
from procore_sync.accounts.curing import EDITORS
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Membership, Role
from procore_sync.kit.shown import day
from projects.models import Project


class BillingState(models.TextChoices):
    """Where a commitment stands in a billing period, for the list of them."""

    NO_CONTACTS = "no_contacts", gettext_noop("No invoice contacts")
    SSOV = "ssov", gettext_noop("SSOV not approved")
    NOT_INVITED = "not_invited", gettext_noop("Not invited")
    INVITED = "invited", gettext_noop("Invited")
    ACCEPTED = "accepted", gettext_noop("Accepted")
    DECLINED = "declined", gettext_noop("Declined")
    BILLED = "billed", gettext_noop("Billed")


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
        """Each contact with their invite."""
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
    """Where each commitment stands in the period, in the order given."""
    return standings((commitment, period) for commitment in commitments)


def standings(pairs: Iterable[tuple[Commitment, BillingPeriod]]) -> list[BillingStatus]:
    """Where each commitment stands in its period, in the order given; three queries for however many."""
    rows = list(pairs)
    commitments, periods = {row.pk for row, _ in rows}, {period.pk for _, period in rows}
    contacts = _contacts_of(commitments)
    invites = _invites_of(commitments, periods)
    billed = Invoice.objects.filter(commitment__in=commitments, period__in=periods).exclude(status=InvoiceStatus.VOID)
    newest = {(invoice.commitment_id, invoice.period_id): invoice for invoice in billed.order_by("sequence")}
    found = []
    for row, period in rows:
        here, key = contacts.get(row.pk, ()), (row.pk, period.pk)
        keys = {contact.pk for contact in here}
        # The invite of somebody who is no longer a contact says nothing.
        said = tuple(invite for invite in invites.get(key, ()) if invite.contact_id in keys)
        found.append(BillingStatus(row, period, tuple(here), said, newest.get(key)))
    return [replace(status, against=next(_against(status), None)) for status in found]


def _contacts_of(commitments: set[int]) -> dict[int, list[Membership]]:
    """The contacts of each commitment who can come in."""
    found: dict[int, list[Membership]] = {}
    rows = Commitment.invoice_contacts.through.objects.filter(
        commitment__in=commitments,
        membership__role=Role.INVOICE_CONTACT,
        membership__is_active=True,
        membership__user__is_active=True,
    )
    for row in rows.select_related("membership__user").order_by("membership__user__name", "membership"):
        found.setdefault(row.commitment_id, []).append(row.membership)
    return found


def _invites_of(commitments: set[int], periods: set[int]) -> dict[tuple[int, int], list[Invite]]:
    found: dict[tuple[int, int], list[Invite]] = {}
    rows = Invite.objects.filter(commitment__in=commitments, period__in=periods)
    for row in rows.select_related("contact__user"):
        found.setdefault((row.commitment_id, row.period_id), []).append(row)
    return found


def may_be_invited(commitment: Commitment, period: BillingPeriod) -> bool:
    """Whether the contacts of the commitment can be asked now to bill in the period."""
    return billing_status(commitment, period).against is None


def unmet_of_commitment(commitment: Commitment, contacts: Iterable[Membership]) -> Iterator[Unmet]:
    """What the commitment itself lacks to be billed (domain.md §11.4)."""
    page = reverse("commitments:commitment", args=[commitment.pk])
    if not commitment.is_active:
        yield Unmet(gettext("The commitment is inactive. Activate it first."), EDITORS, page)
    if commitment.status not in BILLABLE:
        was = gettext(commitment.get_status_display()).lower()
        sentence = gettext("The commitment is %(was)s. Only one that is approved, received or complete is billed.")
        yield Unmet(sentence % {"was": was}, EDITORS, page)
    if commitment.vendor_id is None:
        yield Unmet(gettext("The commitment has no vendor yet. Choose one."), EDITORS, page)
    if not list(contacts):
        people = reverse("commitments:people", args=[commitment.pk])
        yield Unmet(gettext("The commitment has no invoice contact who could bill. Choose one."), EDITORS, people)
    if commitment.uses_ssov and commitment.ssov_status != SsovStatus.APPROVED:
        breakdown = reverse("commitments:breakdown", args=[commitment.pk])
        yield Unmet(gettext("The subcontractor's schedule of values is not approved yet."), EDITORS, breakdown)


def _against(status: BillingStatus) -> Iterator[Unmet]:
    """Everything that keeps the commitment from being invited, the period first."""
    period, billing = status.period, reverse("invoices:project_billing", args=[status.period.project_id])
    if not period.is_open:
        closed = gettext("The period %(span)s is closed. Invite for the open one.")
        yield Unmet(closed % {"span": spoken(period)}, EDITORS, billing)
    if past_due(period, today=today_of(status.commitment.company)):
        edit = reverse("invoices:edit_period", args=[period.pk])
        late = gettext("The due date, %(day)s, has passed. Choose a later one, or make the invoice yourself.")
        yield Unmet(late % {"day": day(period.due_on)}, EDITORS, edit)
    yield from unmet_of_commitment(status.commitment, status.contacts)
    if status.invoice is not None:
        page = page_of_invoice(status.invoice)
        billed = gettext("It is billed in this period already, with invoice %(invoice)s.")
        yield Unmet(billed % {"invoice": status.invoice.number}, EDITORS, page)
    if status.state == BillingState.ACCEPTED:
        by = ", ".join(str(one.contact) for one in status.invites if one.status == InviteStatus.ACCEPTED)
        yield Unmet(gettext("%(by)s accepted the invite already and is going to bill.") % {"by": by}, "invoice contact")
