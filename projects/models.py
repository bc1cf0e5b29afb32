"""Cost codes of a company, its projects, and which codes a project uses."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_noop

from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.clock import database_time
from procore_sync.kit.kinds import Kind
from procore_sync.kit.money import MoneyField
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

    BIDDING = "bidding", gettext_noop("Bidding")
    PRE_CONSTRUCTION = "pre_construction", gettext_noop("Pre-construction")
    CONSTRUCTION = "construction", gettext_noop("Course of construction")
    POST_CONSTRUCTION = "post_construction", gettext_noop("Post-construction")
    WARRANTY = "warranty", gettext_noop("Warranty")


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
    job_costs = models.BooleanField("takes its job costs from QuickBooks", default=False)
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


class ProjectTemplate(models.Model):
    """The project that a company's imported projects begin like; none, and they begin empty."""

    company = models.OneToOneField(Company, models.CASCADE, related_name="project_template")
    project = models.ForeignKey(Project, models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.company}: {self.project}"


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


class Coding(models.TextChoices):
    """How a cost came to its cost code. Declared by strength: the ledger's own item comes first."""

    NONE = "", gettext_noop("Not coded")
    ITEM = "item", gettext_noop("By its item in the ledger")
    LINE = "line", gettext_noop("By hand, this line alone")
    RULE = "rule", gettext_noop("By a rule")


class CostDocument(models.TextChoices):
    """The ledger's documents that cost a job something, by their names there, and as people call them."""

    BILL = "Bill", gettext_noop("Bill")
    PURCHASE = "Purchase", gettext_noop("Expense")
    VENDOR_CREDIT = "VendorCredit", gettext_noop("Vendor credit")
    JOURNAL_ENTRY = "JournalEntry", gettext_noop("Journal entry")
    TIME = "TimeActivity", gettext_noop("Time")


class CostLine(models.Model):
    """One line of a transaction that the ledger charges to a job, as last read; never edited here.

    `amount` is what it adds to the cost of the job: below zero for credits. `own` marks documents that this console
    exported, whose cost is known already. The `…_id` texts are the ledger's own ids, "" where there is none; `project`
    is what the ledger's job is here, None if it is none of ours.
    """

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    project = models.ForeignKey(Project, models.SET_NULL, null=True, related_name="cost_lines")
    cost_code = models.ForeignKey(CostCode, models.PROTECT, null=True, related_name="+")
    coding = models.CharField(max_length=4, choices=Coding.choices, blank=True, default=Coding.NONE)
    own = models.BooleanField(default=False)
    entity = models.CharField("document", max_length=20, choices=CostDocument.choices)
    txn_id = models.CharField(max_length=32)
    line_id = models.CharField(max_length=40)
    job_id = models.CharField(max_length=32)
    item_id = models.CharField(max_length=32, blank=True)
    account_id = models.CharField(max_length=32, blank=True)
    party_id = models.CharField(max_length=48, blank=True)
    day = models.DateField()
    number = models.CharField(max_length=64, blank=True)
    party = models.CharField(max_length=500, blank=True)
    account = models.CharField(max_length=1000, blank=True)
    item = models.CharField(max_length=1000, blank=True)
    description = models.TextField(blank=True)
    amount = MoneyField()
    sync_token = models.CharField(max_length=16, blank=True)
    changed_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "entity", "txn_id", "line_id"], name="one_cost_a_ledger_line")
        ]
        indexes = [
            models.Index(fields=["project", "cost_code"], name="costs_by_code"),
            models.Index(fields=["company", "job_id"], name="costs_by_job"),
            models.Index(fields=["company", "item_id"], name="costs_by_item"),
        ]
        ordering: ClassVar[list[str]] = ["-day", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_entity_display()} {self.number or self.txn_id}, line {self.line_id}"

    @property
    def key(self) -> str:
        """What names the line in its ledger, for a rule of this line alone."""
        return f"{self.entity}/{self.txn_id}/{self.line_id}"


class CostRule(models.Model):
    """Which cost code a cost gets whose item says none: all that is not empty must be equal.

    `project` None means every project. The names are kept for people; the ids decide.
    """

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    project = models.ForeignKey(Project, models.CASCADE, null=True, blank=True, related_name="cost_rules")
    account_id = models.CharField(max_length=32, blank=True)
    party_id = models.CharField(max_length=48, blank=True)
    item_id = models.CharField(max_length=32, blank=True)
    line = models.CharField(max_length=100, blank=True)
    cost_code = models.ForeignKey(CostCode, models.PROTECT, related_name="+")
    says = models.CharField(max_length=1000)
    made_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "account_id", "party_id", "item_id", "line"],
                condition=models.Q(project=None),
                name="one_rule_a_company_pattern",
            ),
            models.UniqueConstraint(
                fields=["project", "account_id", "party_id", "item_id", "line"],
                condition=models.Q(project__isnull=False),
                name="one_rule_a_project_pattern",
            ),
            models.CheckConstraint(
                condition=~models.Q(account_id="", party_id="", item_id="", line=""), name="a_rule_asks_for_something"
            ),
        ]
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        return f"{self.says}: {self.cost_code.code}"


class Reading(models.Model):
    """One reading of something from a company's ledger; goes on where it stopped while `ended_at` is None.

    `fence` counts the processes that took it up; whoever holds the newest one until `leased_until` may write.
    `reads` counts the calls to the ledger, which meters them. `WHAT` is what is read, as it begins a sentence.
    """

    WHAT: ClassVar[str]

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    fence = models.PositiveIntegerField(default=1)
    leased_until = models.DateTimeField()
    began_at = models.DateTimeField(default=database_time, editable=False)
    ended_at = models.DateTimeField(null=True)
    reads = models.PositiveIntegerField(default=0)
    documents = models.PositiveIntegerField(default=0)
    lines = models.PositiveIntegerField(default=0)
    step = models.CharField(max_length=200, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        abstract = True
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        return f"{self.company}, {self.began_at:%Y-%m-%d %H:%M}"


class CostReading(Reading):
    """One reading of a company's job costs."""

    WHAT = gettext_noop("Job costs")

    class Meta(Reading.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["company"], condition=models.Q(ended_at=None), name="one_open_reading_a_company"
            )
        ]
