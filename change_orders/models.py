"""Change orders of commitments, in one, two or three tiers (domain.md §13)."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop

from commitments.models import Commitment, SovLine
from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.models import Membership
from procore_sync.kit.money import MoneyField
from projects.models import Project, ProjectCostCode
from projects.records import Edited, Record

#: The limits that stand on Procore's page for QuickBooks (domain.md §13). They come from another ledger, so a project
#: may widen them up to what its columns hold; QuickBooks Online has none of its own here.
NUMBER_LIMIT, LONGEST_NUMBER = 12, 60
TITLE_LIMIT, LONGEST_TITLE = 30, 255


class Tiers(models.IntegerChoices):
    """How many steps a change takes: CCO; PCO and CCO; PCO, COR and CCO."""

    ONE = 1, gettext_noop("One: change orders only")
    TWO = 2, gettext_noop("Two: potential change orders, then change orders")
    THREE = 3, gettext_noop("Three: potential change orders, change order requests, then change orders")


class ChangeSettings(models.Model):
    """How changes of a project's commitments are made; the number of tiers never falls while it has any."""

    project = models.OneToOneField(Project, models.CASCADE, related_name="change_settings")
    tiers = models.PositiveSmallIntegerField(choices=Tiers.choices, default=Tiers.ONE)
    number_limit = models.PositiveSmallIntegerField(
        "longest number that may be sent",
        default=NUMBER_LIMIT,
        validators=[MinValueValidator(NUMBER_LIMIT), MaxValueValidator(LONGEST_NUMBER)],
    )
    title_limit = models.PositiveSmallIntegerField(
        "longest title that may be sent",
        default=TITLE_LIMIT,
        validators=[MinValueValidator(TITLE_LIMIT), MaxValueValidator(LONGEST_TITLE)],
    )

    class Meta:
        verbose_name_plural = "change settings"

    def __str__(self) -> str:
        return f"{self.project}: {self.get_tiers_display()}"


class ChangeStatus(models.TextChoices):
    """The business status of a change in any tier (domain.md §13); `change_orders.statuses` says what each counts."""

    DRAFT = "draft", gettext_noop("Draft")
    IN_REVIEW = "in_review", gettext_noop("Pending: in review")
    REVISED = "revised", gettext_noop("Pending: revised")
    PRICING = "pricing", gettext_noop("Pending: pricing")
    NOT_PRICING = "not_pricing", gettext_noop("Pending: not pricing")
    PROCEEDING = "proceeding", gettext_noop("Pending: proceeding")
    NOT_PROCEEDING = "not_proceeding", gettext_noop("Pending: not proceeding")
    APPROVED = "approved", gettext_noop("Approved")
    REJECTED = "rejected", gettext_noop("Rejected")
    VOID = "void", gettext_noop("Void")
    NO_CHARGE = "no_charge", gettext_noop("No charge")


class Change(models.Model):
    """What a change says in any tier.

    `reviewer`, once named, is who approves or rejects it. `decided_by`, `decided_at` and `remark` are of the last
    approval or rejection. `created_on` is its date, in QuickBooks too, and is not edited.
    """

    number = models.CharField(max_length=LONGEST_NUMBER)
    title = models.CharField(max_length=LONGEST_TITLE, blank=True)
    description = models.TextField(blank=True)
    status = models.CharField(max_length=16, choices=ChangeStatus.choices, default=ChangeStatus.DRAFT)
    reviewer = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    created_on = models.DateField("date created")
    decided_by = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    remark = models.TextField(blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.number} {self.title}".strip()

    @property
    def inherits(self) -> bool:
        """Whether it has the status of what collects it, and is not decided by itself."""
        return False


class ChangeOrder(Change, Record):
    """A commitment change order (CCO): in QuickBooks further lines of its commitment's purchase order.

    `sequence` numbers the change orders of a commitment for ever; with the line's number it is the line's identity
    in QuickBooks. `next_line` numbers the lines, so that a number is never used for two.
    """

    erp = models.OneToOneField(ErpItem, models.PROTECT, related_name="change_order")
    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="change_orders")
    sequence = models.PositiveIntegerField()
    next_line = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["commitment", "sequence"], name="change_orders_are_numbered"),
            models.UniqueConstraint(fields=["commitment", "number"], name="one_change_order_a_number"),
        ]
        ordering: ClassVar[list[str]] = ["sequence"]

    @property
    def label(self) -> str:
        """How it is named where other commitments are named too, for their numbers repeat."""
        return f"{self.number} of {self.commitment.number} {self.title}".strip()


class RequestTier(models.TextChoices):
    """The tiers below a change order."""

    POTENTIAL = "potential", gettext_noop("Potential change order")
    REQUEST = "request", gettext_noop("Change order request")


class ChangeRequest(Change, Edited):
    """A potential change order (PCO) or a change order request (COR): a change on its way to a change order.

    A PCO is collected by a COR or a change order, a COR by a change order; then it has that one's status, unless
    `own_status` says that it keeps its own.
    """

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="change_requests")
    tier = models.CharField(max_length=12, choices=RequestTier.choices)
    own_status = models.BooleanField("keeps its own status", default=False)
    request = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="potentials")
    change_order = models.ForeignKey(ChangeOrder, models.PROTECT, null=True, blank=True, related_name="requests")
    external_ref = models.CharField(max_length=120, null=True, blank=True)  # noqa: DJ001 - unique where given
    created_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["commitment", "tier", "number"], name="one_change_request_a_number"),
            models.UniqueConstraint(fields=["commitment", "external_ref"], name="one_change_request_a_reference"),
            models.CheckConstraint(
                condition=Q(request__isnull=True) | Q(change_order__isnull=True), name="a_change_request_has_one_parent"
            ),
        ]
        ordering: ClassVar[list[str]] = ["pk"]

    @property
    def parent(self) -> ChangeOrder | ChangeRequest | None:
        """What collects it, or None."""
        return self.change_order or self.request

    @property
    def inherits(self) -> bool:
        """Whether it has the status of what collects it, and is not decided by itself."""
        return self.parent is not None and not self.own_status

    @property
    def in_order(self) -> ChangeOrder | None:
        """The change order that it is in, by itself or by the request that collects it, or None."""
        return self.change_order or (self.request.change_order if self.request else None)


class ChangeLine(models.Model):
    """A line of a change: of a change order, or of a potential one. `sov_line` is the line that it changes.

    A line of a potential change order that was collected belongs to both. `number` is its identity within the change
    order: given when the line comes into it, kept while it is there, and never given to another.
    """

    change_order = models.ForeignKey(ChangeOrder, models.CASCADE, null=True, blank=True, related_name="lines")
    request = models.ForeignKey(ChangeRequest, models.CASCADE, null=True, blank=True, related_name="lines")
    number = models.PositiveIntegerField(null=True, blank=True)
    sov_line = models.ForeignKey(SovLine, models.PROTECT, null=True, blank=True, related_name="changes")
    code = models.ForeignKey(ProjectCostCode, models.PROTECT, related_name="change_lines")
    description = models.CharField(max_length=3900, blank=True)
    quantity = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    uom = models.CharField("unit of measure", max_length=20, blank=True)
    unit_cost = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    amount = MoneyField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(change_order__isnull=False, number__isnull=False)
                | Q(change_order__isnull=True, number__isnull=True, request__isnull=False),
                name="a_change_line_is_numbered_in_its_change_order",
            ),
            models.UniqueConstraint(fields=["change_order", "number"], name="change_lines_are_numbered"),
        ]
        ordering: ClassVar[list[str]] = ["number", "pk"]

    def __str__(self) -> str:
        return f"line {self.number or self.pk} of {self.change_order or self.request}"

    @property
    def text(self) -> str:
        """What the line says: its own description, else that of the line it changes."""
        return self.description or (self.sov_line.description if self.sov_line else "")
