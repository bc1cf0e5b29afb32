"""Change orders of commitments, in one, two or three tiers (domain.md §13)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from commitments.models import Commitment, SovLine
from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.models import Membership
from procore_sync.kit.money import MoneyField
from projects.models import Project, ProjectCostCode
from projects.records import Record


class Tiers(models.IntegerChoices):
    """How many steps a change takes: CCO; PCO and CCO; PCO, COR and CCO."""

    ONE = 1, "Change orders only"
    TWO = 2, "Potential change orders, then change orders"
    THREE = 3, "Potential change orders, change order requests, then change orders"


class ChangeSettings(models.Model):
    """How changes of a project's commitments are made; the number of tiers never falls while it has any."""

    project = models.OneToOneField(Project, models.CASCADE, related_name="change_settings")
    tiers = models.PositiveSmallIntegerField(choices=Tiers.choices, default=Tiers.ONE)

    class Meta:
        verbose_name_plural = "change settings"

    def __str__(self) -> str:
        return f"{self.project}: {self.get_tiers_display()}"


class ChangeStatus(models.TextChoices):
    """The business status of a change in any tier (domain.md §13)."""

    DRAFT = "draft", "Draft"
    IN_REVIEW = "in_review", "Pending: in review"
    REVISED = "revised", "Pending: revised"
    PRICING = "pricing", "Pending: pricing"
    NOT_PRICING = "not_pricing", "Pending: not pricing"
    PROCEEDING = "proceeding", "Pending: proceeding"
    NOT_PROCEEDING = "not_proceeding", "Pending: not proceeding"
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"
    VOID = "void", "Void"
    NO_CHARGE = "no_charge", "No charge"


class ChangeOrder(Record):
    """A commitment change order (CCO): in QuickBooks further lines of its commitment's purchase order.

    `sequence` numbers the change orders of a commitment for ever; with the line's number it is the line's identity
    in QuickBooks. `created_on` is its date there and is not edited.
    """

    erp = models.OneToOneField(ErpItem, models.PROTECT, related_name="change_order")
    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="change_orders")
    sequence = models.PositiveIntegerField()
    number = models.CharField(max_length=60)
    title = models.CharField(max_length=255, blank=True)
    description = models.TextField(blank=True)
    status = models.CharField(max_length=16, choices=ChangeStatus.choices, default=ChangeStatus.DRAFT)
    reviewer = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    created_on = models.DateField("date created")
    next_line = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["commitment", "sequence"], name="change_orders_are_numbered"),
            models.UniqueConstraint(fields=["commitment", "number"], name="one_change_order_a_number"),
        ]
        ordering: ClassVar[list[str]] = ["sequence"]

    def __str__(self) -> str:
        return f"{self.number} {self.title}".strip()


class RequestTier(models.TextChoices):
    """The tiers below a change order."""

    POTENTIAL = "potential", "Potential change order"
    REQUEST = "request", "Change order request"


class ChangeRequest(models.Model):
    """A potential change order (PCO) or a change order request (COR): a change on its way to a change order.

    A PCO is collected by a COR or a change order, a COR by a change order; then it has that one's status, unless
    `own_status` says that it keeps its own.
    """

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="change_requests")
    tier = models.CharField(max_length=12, choices=RequestTier.choices)
    number = models.CharField(max_length=60)
    title = models.CharField(max_length=255, blank=True)
    description = models.TextField(blank=True)
    status = models.CharField(max_length=16, choices=ChangeStatus.choices, default=ChangeStatus.DRAFT)
    own_status = models.BooleanField("keeps its own status", default=False)
    reviewer = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    request = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="potentials")
    change_order = models.ForeignKey(ChangeOrder, models.PROTECT, null=True, blank=True, related_name="requests")
    created_on = models.DateField("date created")
    created_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    edition = models.PositiveIntegerField(default=1, editable=False)
    next_line = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["commitment", "tier", "number"], name="one_change_request_a_number")
        ]
        ordering: ClassVar[list[str]] = ["number", "pk"]

    def __str__(self) -> str:
        return f"{self.number} {self.title}".strip()


class ChangeLine(models.Model):
    """A line of a change: of a change order, or of a request below one. `sov_line` is the line that it changes.

    `number` is its identity within its change order and, once that is set, never changes.
    """

    change_order = models.ForeignKey(ChangeOrder, models.CASCADE, null=True, blank=True, related_name="lines")
    request = models.ForeignKey(ChangeRequest, models.CASCADE, null=True, blank=True, related_name="lines")
    number = models.PositiveIntegerField()
    position = models.PositiveIntegerField()
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
                condition=models.Q(change_order__isnull=False) | models.Q(request__isnull=False),
                name="a_change_line_has_a_change",
            )
        ]
        ordering: ClassVar[list[str]] = ["position", "number"]

    def __str__(self) -> str:
        return f"line {self.number} of {self.change_order or self.request}"
