"""What an invoice contact finds after signing in: what they can bill now, what they are asked, and their invoices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Q
from django.utils.translation import gettext

from commitments.models import Commitment, SsovStatus
from commitments.ssov import EDITABLE
from invoices.figures import Summary
from invoices.guards import why_left_over
from invoices.models import (
    BillingPeriod,
    BillingSettings,
    Invite,
    InviteStatus,
    Invoice,
    InvoiceLine,
    InvoiceStatus,
    Verdict,
)
from invoices.payments import paid_of
from invoices.periods import past_due
from invoices.places import page_of_invoice, page_to_bill
from invoices.printing import changed_claim
from invoices.selectors import commitments_billed_by, invoices_for
from invoices.standings import BillingStatus, standings
from invoices.statuses import BILLABLE, CONTACT_EDITS, REVIEWED, spoken
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Membership
from procore_sync.kit.shown import day
from procore_sync.kit.text import before_stop
from projects.models import Project

_ZERO = Decimal("0.00")
#: A phone's page shows so many invoices of a commitment; its own page shows all.
NEWEST = 3


@dataclass(frozen=True)
class BilledInvoice:
    """An invoice as its contact sees it in a list: what is due of it, and what was paid."""

    invoice: Invoice
    due: Decimal
    paid: Decimal
    url: str


@dataclass(frozen=True)
class Billed:
    """A commitment that the contact bills: what they can do now, else the sentence why not, and its invoices.

    `ask` is the invite that waits for their answer. Without an open period there is no `status`.
    """

    commitment: Commitment
    status: BillingStatus | None
    ask: Invite | None
    why_not: str | None
    invoices: list[BilledInvoice]
    url: str

    @property
    def newest(self) -> list[BilledInvoice]:
        """The last few invoices."""
        return self.invoices[:NEWEST]

    @property
    def can_bill(self) -> bool:
        """Whether they can begin its application now."""
        return self.why_not is None and self.unfinished is None

    @property
    def unfinished(self) -> BilledInvoice | None:
        """The invoice of the open period that waits for them: a draft, or one that came back."""
        found = self.status.invoice if self.status else None
        if found is None or found.status not in CONTACT_EDITS:
            return None
        return next((one for one in self.invoices if one.invoice.pk == found.pk), None)

    @property
    def breaks_down(self) -> bool:
        """Whether they are to break its lines down, and submit that, before they bill it."""
        return self.commitment.uses_ssov and self.commitment.ssov_status in EDITABLE

    @property
    def left_over(self) -> BilledInvoice | None:
        """The invoice of an earlier period that was not finished, which the next one waits for."""
        last = next((one for one in self.invoices if one.invoice.status != InvoiceStatus.VOID), None)
        return last if last and last.invoice.status in CONTACT_EDITS and last != self.unfinished else None

    @property
    def due(self) -> Decimal:
        """What is due of all invoices that count."""
        return sum((one.due for one in self.invoices if one.invoice.status != InvoiceStatus.VOID), _ZERO)

    @property
    def paid(self) -> Decimal:
        """What was paid of them."""
        return sum((one.paid for one in self.invoices), _ZERO)


@dataclass(frozen=True)
class BilledProject:
    """A project with its open period and what the contact bills in it."""

    project: Project
    period: BillingPeriod | None
    is_late: bool
    commitments: list[Billed] = field(default_factory=list)


@dataclass(frozen=True)
class CameBack:
    """An application that is to be revised: what the review said of it, and of each line that it rejected or changed.

    With each line goes what was claimed of it, if that was changed and the project shows it to contacts.
    """

    billed: BilledInvoice
    lines: list[tuple[InvoiceLine, Decimal | None]]


def came_back_to(found: Iterable[BilledProject]) -> list[CameBack]:
    """What of all that a contact bills was given back to them, the longest ago first; one query."""
    every = [one for place in found for billed in place.commitments for one in billed.invoices]
    back = [one for one in every if one.invoice.status == InvoiceStatus.REVISE]
    lines: dict[int, list[tuple[InvoiceLine, Decimal | None]]] = {}
    hides = Q(invoice__commitment__project__billing_settings__shows_claimed=False)
    rows = InvoiceLine.objects.filter(invoice__in=[one.invoice.pk for one in back]).annotate(hides=hides)
    for line in rows.exclude(verdict=Verdict.OPEN, reason=""):
        # A line that is open again may have been changed by the contact.
        claimed = None if line.hides or line.verdict == Verdict.OPEN else changed_claim(line)
        if line.verdict != Verdict.APPROVED or claimed is not None:
            lines.setdefault(line.invoice_id, []).append((line, claimed))
    back.sort(key=lambda one: (one.invoice.reviewed_at is None, one.invoice.reviewed_at, one.invoice.pk))
    return [CameBack(one, lines.get(one.invoice.pk, [])) for one in back]


def billing_of(member: Membership, *, only: int | None = None) -> list[BilledProject]:
    """All that the contact bills, by project and number; `only` one commitment. Nine queries, whatever they bill."""
    rows = commitments_billed_by(member).order_by("project__name", "project", "number", "pk")
    commitments = list(rows if only is None else rows.filter(pk=only))
    projects = list(dict.fromkeys(row.project_id for row in commitments))
    periods = {row.project_id: row for row in BillingPeriod.objects.filter(project__in=projects, closed_at=None)}
    settings = {row.project_id: row for row in BillingSettings.objects.filter(project__in=projects)}
    pairs = [(row, periods[row.project_id]) for row in commitments if row.project_id in periods]
    statuses = {status.commitment.pk: status for status in standings(pairs)}
    invoices = _invoices(member, commitments)
    today, found = today_of(member.company), dict[int, BilledProject]()
    for row in commitments:
        period = periods.get(row.project_id)
        late = period is not None and past_due(period, today=today)
        place = found.setdefault(row.project_id, BilledProject(row.project, period, late))
        how = settings.get(row.project_id) or BillingSettings(project=row.project)
        place.commitments.append(
            _billed(row, statuses.get(row.pk), how, invoices.get(row.pk, []), member=member, today=today)
        )
    return list(found.values())


def _billed(
    commitment: Commitment,
    status: BillingStatus | None,
    settings: BillingSettings,
    invoices: list[BilledInvoice],
    *,
    member: Membership,
    today: date,
) -> Billed:
    invite = status.invite_of(member) if status else None
    why_not = why_not_bill(commitment, status, settings, member=member, today=today) or _unfinished(invoices, member)
    asked = invite if invite and invite.status == InviteStatus.INVITED and why_not is None else None
    return Billed(commitment, status, asked, why_not, invoices, page_to_bill(commitment))


def why_not_bill(
    commitment: Commitment,
    status: BillingStatus | None,
    settings: BillingSettings,
    *,
    member: Membership,
    today: date,
) -> str | None:
    """Why the contact cannot bill the commitment now, told to them; None if they can (domain.md §11.2 to §11.4)."""
    company = member.company
    if commitment.status in BILLABLE and commitment.uses_ssov and commitment.ssov_status in EDITABLE:
        return gettext("Your schedule of values is not approved yet. Break each line down and submit it.")
    lacks = _lack_of(commitment)
    if lacks is not None:
        return gettext("%(lacks)s Ask %(company)s.") % {"lacks": lacks, "company": before_stop(company)}
    if status is None:
        return gettext("No billing period is open. %(company)s opens the next one.") % {"company": company}
    invoice = status.invoice
    if invoice is not None:
        stands = gettext(invoice.get_status_display()).lower()
        return gettext("Billed in this period: %(status)s.") % {"status": stands}
    if past_due(status.period, today=today):
        said = {"due": day(status.period.due_on), "company": company}
        return gettext("The due date, %(due)s, has passed. Ask %(company)s to bill for you.") % said
    invite = status.invite_of(member)
    asked = invite is not None and invite.status != InviteStatus.DECLINED
    if not asked and not settings.default_type:
        return gettext("In this project you bill once %(company)s has invited you.") % {"company": company}
    return None


def _unfinished(invoices: list[BilledInvoice], member: Membership) -> str | None:
    """Why the next application does not begin yet: the one before is not through its review."""
    last = next((one.invoice for one in invoices if one.invoice.status != InvoiceStatus.VOID), None)
    if last is None or last.status in REVIEWED:
        return None
    said = {"number": last.sequence, "status": gettext(spoken(last.status))}
    told = gettext("Application %(number)s is %(status)s. The next one begins once it is approved.") % said
    return why_left_over(last, member) or told


def _lack_of(commitment: Commitment) -> str | None:
    """The first thing that keeps the commitment itself from being billed, as its subcontractor reads it."""
    if commitment.status not in BILLABLE:
        stands = gettext(commitment.get_status_display()).lower()
        return gettext("The commitment is %(status)s.") % {"status": stands}
    if commitment.vendor_id is None:
        return gettext("The commitment names no vendor yet.")
    if commitment.uses_ssov and commitment.ssov_status != SsovStatus.APPROVED:
        return gettext("Your schedule of values is not approved yet.")
    return None


def _invoices(member: Membership, commitments: Iterable[Commitment]) -> dict[int, list[BilledInvoice]]:
    """The invoices by commitment, the newest first."""
    rows = list(invoices_for(member).filter(commitment__in=[row.pk for row in commitments]).order_by("-sequence"))
    due, paid = due_of(rows), paid_of(rows)
    found: dict[int, list[BilledInvoice]] = {}
    for row in rows:
        shown = BilledInvoice(row, due.get(row.pk, _ZERO), paid[row.pk], page_of_invoice(row))
        found.setdefault(row.commitment_id, []).append(shown)
    return found


def due_of(invoices: Iterable[Invoice]) -> dict[int, Decimal]:
    """What is due of each invoice, by its id: box 8 of its G702."""
    lines: dict[int, list[InvoiceLine]] = {}
    for line in InvoiceLine.objects.filter(invoice__in=[row.pk for row in invoices]):
        lines.setdefault(line.invoice_id, []).append(line)
    return {pk: Summary.of((line.figures for line in of_it), ()).due for pk, of_it in lines.items()}
