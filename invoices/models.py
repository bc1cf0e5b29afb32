"""Subcontractor invoices: billing periods, invites, applications for payment, and what was paid of them."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_noop

from change_orders.models import ChangeLine
from commitments.models import Commitment, SovLine
from invoices.figures import LineFigures
from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.money import MoneyField
from projects.models import Project
from projects.records import Record

#: QuickBooks' limit of a bill's number; a longer one is refused at sending, never cut (quickbooks.md §4.1).
NUMBER_LIMIT = 21
_ZERO = Decimal("0.00")
_PERCENT = (MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100)))


class Frequency(models.TextChoices):
    """How often a project's billing periods are opened by themselves (domain.md §11.2)."""

    NEVER = "never", gettext_noop("Never: periods are opened by hand")
    WEEKLY = "weekly", gettext_noop("Weekly")
    MONTHLY = "monthly", gettext_noop("Monthly")


class InvoiceType(models.TextChoices):
    """What can be billed. Retainage is withheld in both; only the second lets the contact change and release it."""

    WORK = "work_materials", gettext_noop("Work and materials")
    RETAINAGE = "work_materials_retainage", gettext_noop("Work, materials and retainage")


class BillingSettings(models.Model):
    """How a project is billed.

    `default_type` empty means that a contact must be invited. `next_start` is the first day of the period that is
    opened next by itself, `start_day` the day of the month on which monthly ones start. `due_day` is, for monthly and
    for periods opened by hand, the day of the month in which the period ends (the last one where the month is
    shorter); for weekly, the days after the period's first.
    """

    project = models.OneToOneField(Project, models.CASCADE, related_name="billing_settings")
    frequency = models.CharField(max_length=8, choices=Frequency.choices, default=Frequency.NEVER)
    next_start = models.DateField("next period starts on", null=True, blank=True)
    start_day = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    due_day = models.PositiveSmallIntegerField(
        default=25, validators=[MinValueValidator(1), MaxValueValidator(31)], verbose_name="due day"
    )
    default_type = models.CharField(
        max_length=24, choices=InvoiceType.choices, default=InvoiceType.WORK, blank=True, verbose_name="default type"
    )
    allows_overbilling = models.BooleanField("lets more be billed than a line is worth", default=False)
    shows_claimed = models.BooleanField("shows what was claimed beside what was approved", default=True)
    numbers_invoices = models.BooleanField("numbers the invoices itself", default=False)

    class Meta:
        verbose_name_plural = "billing settings"

    def __str__(self) -> str:
        return f"{self.project}: {self.get_frequency_display()}"


class BillingPeriod(models.Model):
    """The span of time that invoices of a project are for. Exactly one of a project is open.

    After `due_on` a contact can neither make nor submit an invoice; the people of the company can.
    """

    project = models.ForeignKey(Project, models.PROTECT, related_name="billing_periods")
    starts_on = models.DateField("from")
    ends_on = models.DateField("to")
    due_on = models.DateField("due date")
    opened_at = models.DateTimeField(auto_now_add=True)
    opened_by = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project"], condition=Q(closed_at__isnull=True), name="one_open_billing_period"
            ),
            models.UniqueConstraint(fields=["project", "starts_on"], name="one_billing_period_a_start"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="a_billing_period_ends_after_start"),
        ]
        ordering: ClassVar[list[str]] = ["-starts_on"]

    def __str__(self) -> str:
        return f"{self.starts_on.isoformat()} to {self.ends_on.isoformat()}"

    @property
    def is_open(self) -> bool:
        """Whether it is the one that is billed now."""
        return self.closed_at is None


class InviteStatus(models.TextChoices):
    """What became of an invite to bill (domain.md §11.3)."""

    INVITED = "invited", gettext_noop("Invited")
    ACCEPTED = "accepted", gettext_noop("Accepted")
    DECLINED = "declined", gettext_noop("Declined")


class Invite(models.Model):
    """The question whether a commitment is to be billed in a period, put to one contact of it by mail."""

    period = models.ForeignKey(BillingPeriod, models.CASCADE, related_name="invites")
    commitment = models.ForeignKey(Commitment, models.CASCADE, related_name="invites")
    contact = models.ForeignKey(Membership, models.PROTECT, related_name="invites")
    type = models.CharField(max_length=24, choices=InvoiceType.choices, default=InvoiceType.WORK)
    status = models.CharField(max_length=8, choices=InviteStatus.choices, default=InviteStatus.INVITED)
    sent_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    sent_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["period", "commitment", "contact"], name="one_invite_a_contact_and_period")
        ]
        ordering: ClassVar[list[str]] = ["-sent_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.commitment.number}, {self.period}: {self.get_status_display()}"


class RetainageStep(models.Model):
    """A step of a commitment's sliding retainage: once so much is complete, so much is withheld from then on.

    Before the first step the commitment's own default applies.
    """

    commitment = models.ForeignKey(Commitment, models.CASCADE, related_name="retainage_steps")
    from_complete = models.DecimalField("once complete, percent", max_digits=5, decimal_places=2, validators=_PERCENT)
    percent = models.DecimalField("retainage, percent", max_digits=5, decimal_places=2, validators=_PERCENT)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["commitment", "from_complete"], name="one_retainage_step_a_percentage")
        ]
        ordering: ClassVar[list[str]] = ["from_complete"]

    def __str__(self) -> str:
        return f"{self.commitment.number}: {self.percent} % from {self.from_complete} %"


class InvoiceStatus(models.TextChoices):
    """The business status (domain.md §11.5). `invoices.statuses` says who may do what in which."""

    DRAFT = "draft", gettext_noop("Draft")
    UNDER_REVIEW = "under_review", gettext_noop("Under review")
    REVISE = "revise", gettext_noop("Revise and resubmit")
    APPROVED = "approved", gettext_noop("Approved")
    APPROVED_AS_NOTED = "approved_as_noted", gettext_noop("Approved as noted")
    PENDING_OWNER = "pending_owner", gettext_noop("Pending owner approval")
    VOID = "void", gettext_noop("Void")


class Invoice(Record):
    """An application for payment of one commitment; a bill in QuickBooks, or a vendor credit if `as_credit`.

    `sequence` numbers the applications of a commitment for ever (the G702's application number); a void one keeps its
    own and counts for nothing. `remark` is what the last review said. Money columns are in the lines alone.
    `correcting` is why the bill that QuickBooks holds is corrected, `corrects_revision` the revision that is replaced:
    once QuickBooks has taken a later one, the correction is over.
    """

    erp = models.OneToOneField(ErpItem, models.PROTECT, related_name="invoice")
    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="invoices")
    period = models.ForeignKey(BillingPeriod, models.PROTECT, related_name="invoices")
    sequence = models.PositiveIntegerField()
    number = models.CharField(max_length=60)
    type = models.CharField(max_length=24, choices=InvoiceType.choices, default=InvoiceType.WORK)
    status = models.CharField(max_length=20, choices=InvoiceStatus.choices, default=InvoiceStatus.DRAFT)
    billed_on = models.DateField("billing date")
    starts_on = models.DateField("period start")
    ends_on = models.DateField("period end")
    due_on = models.DateField("payment due date", null=True, blank=True)
    note = models.TextField(blank=True)
    as_credit = models.BooleanField("goes to QuickBooks as a vendor credit", default=False)
    submitted_by = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    remark = models.TextField(blank=True)
    correcting = models.TextField(blank=True)
    corrects_revision = models.PositiveIntegerField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["commitment", "sequence"], name="invoices_are_numbered"),
            models.UniqueConstraint(
                fields=["commitment", "number"], condition=~Q(status="void"), name="one_invoice_a_number"
            ),
        ]
        ordering: ClassVar[list[str]] = ["commitment", "sequence"]

    def __str__(self) -> str:
        return f"{self.number} of {self.commitment.number}"

    @property
    def is_correcting(self) -> bool:
        """Whether the bill in QuickBooks is being corrected: begun, and not taken by QuickBooks yet."""
        return self.corrects_revision is not None and self.corrects_revision == self.erp.synced_revision

    @property
    def is_kept(self) -> bool:
        """Whether what QuickBooks got stands still, because it is there and no correction has begun."""
        return self.erp.synced_revision is not None and not self.is_correcting


class Verdict(models.TextChoices):
    """What the review says of a line."""

    OPEN = "", gettext_noop("Not looked at")
    APPROVED = "approved", gettext_noop("Approved")
    REJECTED = "rejected", gettext_noop("Rejected")


class InvoiceLine(models.Model):
    """One line of an application: a line of the commitment or of one of its approved change orders (G703).

    `key` is the line's identity in the commitment's purchase order ("3", "C2.1"). The `…_before` columns are what the
    application before left behind, and stand still once this one is approved. A percentage is None where the money
    beside it was typed. `claimed_…` is what the contact submitted, None before; a review changes the others only.
    """

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    key = models.CharField(max_length=20)
    sov_line = models.ForeignKey(SovLine, models.PROTECT, null=True, blank=True, related_name="billed")
    change_line = models.ForeignKey(ChangeLine, models.PROTECT, null=True, blank=True, related_name="billed")
    scheduled = MoneyField()
    completed_before = MoneyField(default=_ZERO)
    stored_before = MoneyField(default=_ZERO)
    work_held_before = MoneyField(default=_ZERO)
    stored_held_before = MoneyField(default=_ZERO)
    completed = MoneyField("work completed this period", default=_ZERO)
    stored = MoneyField("materials presently stored", default=_ZERO)
    work_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True, validators=_PERCENT)
    work_retained = MoneyField("work retainage this period", default=_ZERO)
    stored_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True, validators=_PERCENT)
    stored_held = MoneyField("retainage on stored materials", default=_ZERO)
    released = MoneyField("retainage released", default=_ZERO)
    claimed_completed = MoneyField(null=True, blank=True)
    claimed_stored = MoneyField(null=True, blank=True)
    claimed_released = MoneyField(null=True, blank=True)
    verdict = models.CharField(max_length=8, choices=Verdict.choices, blank=True, default=Verdict.OPEN)
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "key"], name="one_invoice_line_a_key"),
            models.CheckConstraint(
                condition=Q(sov_line__isnull=False, change_line__isnull=True)
                | Q(sov_line__isnull=True, change_line__isnull=False),
                name="an_invoice_line_bills_one_line",
            ),
        ]
        ordering: ClassVar[list[str]] = ["position", "pk"]

    def __str__(self) -> str:
        return f"{self.invoice}, line {self.key}"

    @property
    def figures(self) -> LineFigures:
        """The line's boxes of the G703."""
        return LineFigures(**{name: getattr(self, name) for name in LineFigures.COLUMNS})

    @property
    def source(self) -> SovLine | ChangeLine:
        """The line of the contract that it bills."""
        found = self.sov_line or self.change_line
        if found is None:
            raise LookupError(f"Line {self.key} bills nothing.")
        return found


class PaymentMethod(models.TextChoices):
    """How it was paid (domain.md §15.1)."""

    CHECK = "check", gettext_noop("Check")
    CREDIT_CARD = "credit_card", gettext_noop("Credit card")
    ELECTRONIC = "electronic", gettext_noop("Electronic")


class PaymentState(models.TextChoices):
    """Whether a payment stands; what was taken back in QuickBooks stays to be seen here."""

    ISSUED = "issued", gettext_noop("Issued")
    VOIDED = "voided", gettext_noop("Voided in QuickBooks")
    DELETED = "deleted", gettext_noop("Deleted in QuickBooks")
    UNAPPLIED = "unapplied", gettext_noop("Taken off this bill in QuickBooks")


#: Stands between the id of a payment and that of the books that were left; no id of a ledger has it.
LEFT = "@"
OF_LEFT_BOOKS = gettext_noop("Of a QuickBooks company that was left")


class Payment(models.Model):
    """What one payment in the ledger applied to one invoice: "Payments Issued". Never edited but for its `note`.

    `amount` is what was applied to the invoice, by money and by vendor credits together; `credits` is how much of the
    whole payment was vendor credits, `total` the money of the whole payment. `payment_id` is the ledger's own id; of
    books that were left, that of the books behind it.
    """

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="payments")
    payment_id = models.CharField(max_length=32)
    state = models.CharField(max_length=9, choices=PaymentState.choices, default=PaymentState.ISSUED)
    method = models.CharField(max_length=11, choices=PaymentMethod.choices)
    number = models.CharField("payment number", max_length=64, blank=True)
    day = models.DateField("date")
    amount = MoneyField()
    total = MoneyField()
    credits = MoneyField(default=_ZERO)
    bills = models.PositiveIntegerField("bills paid by it", default=1)
    memo = models.TextField(blank=True)
    note = models.TextField(blank=True)
    sync_token = models.CharField(max_length=16, blank=True)
    changed_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "payment_id", "invoice"], name="one_payment_an_invoice")
        ]
        ordering: ClassVar[list[str]] = ["-day", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_method_display()} {self.number or self.payment_id} for {self.invoice}"

    @property
    def is_of_left_books(self) -> bool:
        """Whether it was read of a ledger company that is not connected any more."""
        return LEFT in self.payment_id

    @property
    def stands(self) -> str:
        """Whether it stands, in words; that its books were left took it off no bill in QuickBooks."""
        left = self.is_of_left_books and self.state == PaymentState.UNAPPLIED
        return OF_LEFT_BOOKS if left else self.get_state_display()


class BillStanding(models.Model):
    """What the ledger says of the bill that an invoice became, as last read: it may carry tax, which no invoice does.

    Amounts of an invoice that went as a credit are below zero. `balance` is what the ledger says is not paid, and
    `read_at` when it was first read to say so.
    """

    invoice = models.OneToOneField(Invoice, models.CASCADE, related_name="standing")
    total = MoneyField()
    balance = MoneyField()
    read_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.invoice}: {self.balance} of {self.total} open"


class InvoiceFile(models.Model):
    """A file that belongs to an invoice, or to a payment of it. Its bytes are kept in the database."""

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="files")
    payment = models.ForeignKey(Payment, models.CASCADE, null=True, blank=True, related_name="files")
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    content = models.BinaryField()
    added_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "pk"]

    def __str__(self) -> str:
        return self.name
