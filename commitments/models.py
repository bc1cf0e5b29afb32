"""Commitments: what is promised to whom. Purchase orders, subcontracts, their schedules of values and their people."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_noop

from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.models import Membership
from procore_sync.kit.money import MoneyField
from projects.models import Project, ProjectCostCode
from projects.records import Edited, Record
from vendors.models import Vendor

#: QuickBooks' limit of a document number; a longer one is refused at sending, never cut (quickbooks.md §4.1).
NUMBER_LIMIT = 21


class CommitmentType(models.TextChoices):
    """Which of the two it is; both become a purchase order in QuickBooks."""

    PURCHASE_ORDER = "purchase_order", gettext_noop("Purchase order")
    SUBCONTRACT = "subcontract", gettext_noop("Subcontract")


class CommitmentStatus(models.TextChoices):
    """The business status (domain.md §9.1). `commitments.statuses` says which type has which, and its budget effect."""

    DRAFT = "draft", gettext_noop("Draft")
    PROCESSING = "processing", gettext_noop("Processing")
    SUBMITTED = "submitted", gettext_noop("Submitted")
    PARTIALLY_RECEIVED = "partially_received", gettext_noop("Partially received")
    RECEIVED = "received", gettext_noop("Received")
    OUT_FOR_BID = "out_for_bid", gettext_noop("Out for bid")
    OUT_FOR_SIGNATURE = "out_for_signature", gettext_noop("Out for signature")
    APPROVED = "approved", gettext_noop("Approved")
    COMPLETE = "complete", gettext_noop("Complete")
    CLOSED = "closed", gettext_noop("Closed")
    TERMINATED = "terminated", gettext_noop("Terminated")
    VOID = "void", gettext_noop("Void")


class AccountingMethod(models.TextChoices):
    """How a line comes to its amount; fixed once the commitment has a line."""

    AMOUNT = "amount", gettext_noop("Amount based")
    UNIT = "unit", gettext_noop("Unit and quantity based")


class SsovStatus(models.TextChoices):
    """Where the subcontractor's own breakdown stands (domain.md §11.6)."""

    DRAFT = "draft", gettext_noop("Draft")
    UNDER_REVIEW = "under_review", gettext_noop("Under review")
    APPROVED = "approved", gettext_noop("Approved")
    REVISE = "revise", gettext_noop("Revise and resubmit")


class Commitment(Record):
    """A purchase order or subcontract of a project; a purchase order in QuickBooks.

    `created_on` is the date that QuickBooks gets. `correcting` is why what QuickBooks holds is corrected and replaced,
    `corrects_revision` the revision that is replaced: once QuickBooks has taken a later one, the correction is over.
    `next_line` numbers the lines, so that a number is never used for two. `distribution` is who of the company is told
    what its contacts submit; nobody in it, everybody who reviews.
    """

    erp = models.OneToOneField(ErpItem, models.PROTECT, related_name="commitment")
    project = models.ForeignKey(Project, models.PROTECT, related_name="commitments")
    type = models.CharField(max_length=16, choices=CommitmentType.choices)
    number = models.CharField(max_length=60)
    title = models.CharField(max_length=255, blank=True)
    vendor = models.ForeignKey(Vendor, models.PROTECT, null=True, blank=True, related_name="commitments")
    status = models.CharField(max_length=20, choices=CommitmentStatus.choices, default=CommitmentStatus.DRAFT)
    accounting_method = models.CharField(
        max_length=8, choices=AccountingMethod.choices, default=AccountingMethod.AMOUNT
    )
    default_retainage = models.DecimalField(
        "default retainage, percent",
        max_digits=5,
        decimal_places=2,
        default=Decimal("0.00"),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
    )
    created_on = models.DateField("date created")
    description = models.TextField(blank=True)
    inclusions = models.TextField(blank=True)
    exclusions = models.TextField(blank=True)
    ship_to = models.TextField(blank=True)
    bill_to = models.TextField(blank=True)
    payment_terms = models.CharField(max_length=100, blank=True)
    delivers_on = models.DateField("delivery date", null=True, blank=True)
    starts_on = models.DateField("start date", null=True, blank=True)
    completes_on = models.DateField("estimated completion", null=True, blank=True)
    signed_on = models.DateField("signed on", null=True, blank=True)
    executed = models.BooleanField(default=False)
    uses_ssov = models.BooleanField("has a subcontractor schedule of values", default=False)
    ssov_status = models.CharField(
        "subcontractor schedule of values", max_length=16, choices=SsovStatus.choices, default=SsovStatus.DRAFT
    )
    ssov_reason = models.TextField("why the breakdown came back", blank=True)
    ssov_asked_at = models.DateTimeField("contacts were last invited to break it down", null=True, blank=True)
    correcting = models.TextField(blank=True)
    corrects_revision = models.PositiveIntegerField(null=True, blank=True, editable=False)
    next_line = models.PositiveIntegerField(default=1, editable=False)
    invoice_contacts: models.ManyToManyField[Membership, Any] = models.ManyToManyField(
        Membership, blank=True, related_name="commitments_to_bill"
    )
    distribution: models.ManyToManyField[Membership, Any] = models.ManyToManyField(
        Membership, blank=True, related_name="commitments_told_of"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="one_commitment_a_number")]
        ordering: ClassVar[list[str]] = ["number", "pk"]

    def __str__(self) -> str:
        return f"{self.number} {self.title}".strip()

    @property
    def is_correcting(self) -> bool:
        """Whether what QuickBooks holds is being corrected: begun, and not taken by QuickBooks yet."""
        return self.corrects_revision is not None and self.corrects_revision == self.erp.synced_revision

    @property
    def is_kept(self) -> bool:
        """Whether what QuickBooks got stands still, because it is there and no correction has begun."""
        return self.erp.synced_revision is not None and not self.is_correcting


class People(models.TextChoices):
    """The people of a commitment that are saved at once, as a sentence names them."""

    ACCESS = "access", gettext_noop("Who may see %(record)s")
    CONTACTS = "contacts", gettext_noop("Who bills against %(record)s")
    DISTRIBUTION = "distribution", gettext_noop("Who is told of %(record)s")


class PeopleSaving(Edited):
    """Who saved these people of a commitment last; they are saved apart from what it says, so it keeps its edition."""

    commitment = models.ForeignKey(Commitment, models.CASCADE, related_name="+")
    what = models.CharField(max_length=12, choices=People.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["commitment", "what"], name="one_people_saving_a_list")]

    def __str__(self) -> str:
        return f"{self.what} of {self.commitment}"


class SovLine(models.Model):
    """A line of the schedule of values. `number` is its identity for ever, here and in QuickBooks.

    Amount based lines have `quantity` and `unit_cost` None; of the others `amount` is their product, half a cent
    rounded up.
    """

    commitment = models.ForeignKey(Commitment, models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField()
    position = models.PositiveIntegerField()
    code = models.ForeignKey(ProjectCostCode, models.PROTECT, related_name="sov_lines")
    description = models.CharField(max_length=3900, blank=True)
    quantity = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    uom = models.CharField("unit of measure", max_length=20, blank=True)
    unit_cost = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    amount = MoneyField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["commitment", "number"], name="sov_lines_are_numbered")]
        ordering: ClassVar[list[str]] = ["position", "number"]

    def __str__(self) -> str:
        return f"{self.commitment.number}, line {self.number}"


class SsovLine(models.Model):
    """A finer line of the subcontractor's own breakdown of one line; never exported (domain.md §11.6)."""

    line = models.ForeignKey(SovLine, models.CASCADE, related_name="breakdown")
    position = models.PositiveIntegerField()
    description = models.CharField(max_length=1000)
    amount = MoneyField()

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "pk"]

    def __str__(self) -> str:
        return f"{self.line}: {self.description}"


class Attachment(models.Model):
    """A file that belongs to a commitment. It stays in the console; its bytes are kept in the database."""

    commitment = models.ForeignKey(Commitment, models.CASCADE, related_name="attachments")
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
