"""Cost codes of a company, its projects, and which codes a project uses."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.kinds import Kind
from projects.records import Record


class CostCode(Record):
    """One code of the company's list "QuickBooks standard cost codes"; a service item in QuickBooks.

    `code_key` is what makes it the same as another: QuickBooks takes "03-100 a" and "03-100 A" for one name.
    """

    erp = models.OneToOneField(ErpItem, models.PROTECT, related_name="cost_code")
    code = models.CharField(max_length=100)
    code_key = models.CharField(max_length=300, editable=False)
    description = models.CharField(max_length=1000, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "code_key"], name="one_cost_code_a_code")]
        ordering: ClassVar[list[str]] = ["code", "pk"]

    def __str__(self) -> str:
        return f"{self.code} {self.description}".strip()


class Stage(models.TextChoices):
    """How far a project is; the project people's own word, not sent to QuickBooks."""

    BIDDING = "bidding", "Bidding"
    PRE_CONSTRUCTION = "pre_construction", "Pre-construction"
    CONSTRUCTION = "construction", "Course of construction"
    POST_CONSTRUCTION = "post_construction", "Post-construction"
    WARRANTY = "warranty", "Warranty"


class Project(Record):
    """A construction project; a job in QuickBooks."""

    erp = models.OneToOneField(ErpItem, models.PROTECT, related_name="project_record")
    name = models.CharField(max_length=100)
    number = models.CharField(max_length=50, blank=True)
    stage = models.CharField(max_length=20, choices=Stage.choices, default=Stage.PRE_CONSTRUCTION)
    street = models.CharField(max_length=500, blank=True)
    city = models.CharField(max_length=255, blank=True)
    state = models.CharField("state or province", max_length=255, blank=True)
    postal_code = models.CharField(max_length=31, blank=True)
    country = models.CharField(max_length=255, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    finishes_on = models.DateField(null=True, blank=True)
    erp_sync = models.BooleanField("synced with QuickBooks", default=True)
    uses_standard_codes = models.BooleanField("uses the QuickBooks standard cost codes", default=True)
    has_sub_jobs = models.BooleanField("is divided into sub jobs", default=False)
    cost_codes: models.ManyToManyField[CostCode, ProjectCostCode] = models.ManyToManyField(
        CostCode, through="ProjectCostCode", related_name="projects"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "number"], condition=~models.Q(number=""), name="one_project_a_number"
            ),
        ]
        ordering: ClassVar[list[str]] = ["name", "pk"]

    def __str__(self) -> str:
        return f"{self.number} {self.name}".strip()


class ProjectCostCode(models.Model):
    """A code of the company's list that a project uses."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="code_rows")
    cost_code = models.ForeignKey(CostCode, models.PROTECT, related_name="project_rows")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "cost_code"], name="one_row_a_code_and_project")]
        ordering: ClassVar[list[str]] = ["cost_code__code", "pk"]

    def __str__(self) -> str:
        return f"{self.project}: {self.cost_code.code}"


class ImportSheet(models.Model):
    """An uploaded file between its preview and its import: the rows as read. Forgotten after a day."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    file_name = models.CharField(max_length=255)
    rows = models.JSONField()
    ignored = models.JSONField(default=list)
    uploaded_by = models.ForeignKey(Membership, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    imported_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.file_name
