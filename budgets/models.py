"""The budget of a project: what the job may cost, line by line, and every change of it."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_noop

from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.money import MoneyField
from projects.models import ImportSheet, Project, ProjectCostCode
from projects.records import Edited, Record


class DirectCosts(models.TextChoices):
    """Where the direct costs of the budgets come from, in Procore's words (domain.md §4)."""

    FILLED = "filled", gettext_noop("Read-only, fill from QuickBooks")
    TYPED = "typed", gettext_noop("Editable, do not fill from QuickBooks")


class BudgetRules(models.Model):
    """The company's rules of all its budgets."""

    company = models.OneToOneField(Company, models.CASCADE, related_name="budget_rules")
    adds_new_codes = models.BooleanField("new codes from QuickBooks become lines of budgets", default=False)
    direct_costs = models.CharField(max_length=8, choices=DirectCosts.choices, default=DirectCosts.FILLED)

    class Meta:
        verbose_name_plural = "budget rules"

    def __str__(self) -> str:
        return f"{self.company}: {self.get_direct_costs_display()}"


class Budget(Record):
    """The one budget of a project; an estimate in QuickBooks.

    While it is locked its original amounts stand still and only changes alter it. `next_line` and `next_change` number
    lines and changes for ever, so that a number is never used for two.
    """

    erp = models.OneToOneField(ErpItem, models.PROTECT, related_name="budget")
    project = models.OneToOneField(Project, models.PROTECT, related_name="budget")
    is_locked = models.BooleanField(default=False)
    locked_on = models.DateField(null=True, blank=True)
    may_change_total = models.BooleanField("changes may alter the grand total", default=False)
    next_line = models.PositiveIntegerField(default=1, editable=False)
    next_change = models.PositiveIntegerField(default=1, editable=False)

    def __str__(self) -> str:
        return f"Budget of {self.project}"


class BudgetLine(Edited):
    """One line: a cost code of the project and its original amount. `number` is its identity, here and in QuickBooks.

    With `manual` the amount was typed; otherwise it is quantity times unit cost, half a cent rounded up.
    `added_later` marks a line that came after the lock and started at zero. `direct_cost` counts only where the company
    types direct costs; it is nothing that QuickBooks gets.
    """

    budget = models.ForeignKey(Budget, models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField()
    code = models.ForeignKey(ProjectCostCode, models.PROTECT, related_name="budget_lines")
    description = models.CharField(max_length=1000, blank=True)
    manual = models.BooleanField("amount typed by hand", default=True)
    quantity = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    uom = models.CharField("unit of measure", max_length=20, blank=True)
    unit_cost = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    original = MoneyField("original budget amount")
    direct_cost = MoneyField("direct cost typed by hand", default=Decimal("0.00"))
    added_later = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["budget", "number"], name="budget_lines_are_numbered"),
            models.UniqueConstraint(fields=["budget", "code"], name="one_budget_line_a_code"),
        ]
        ordering: ClassVar[list[str]] = ["code__cost_code__code_key", "pk"]

    def __str__(self) -> str:
        return f"{self.budget}, line {self.number}"


class BudgetChange(models.Model):
    """A modification of a locked budget (domain.md §7.2 BM): amounts between lines, zero-sum unless the budget lets it.

    Never edited, and never deleted once a revision that holds it is in QuickBooks; `revision` is the budget's first one
    that does.
    """

    budget = models.ForeignKey(Budget, models.CASCADE, related_name="changes")
    number = models.PositiveIntegerField()
    made_on = models.DateField("date")
    notes = models.CharField(max_length=1000, blank=True)
    made_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    revision = models.PositiveIntegerField(editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["budget", "number"], name="budget_changes_are_numbered")]
        ordering: ClassVar[list[str]] = ["number"]

    def __str__(self) -> str:
        return f"{self.budget}, change {self.number}"


class BudgetChangeLine(models.Model):
    """What a change adds to one line: below zero where money leaves it."""

    change = models.ForeignKey(BudgetChange, models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField()
    line = models.ForeignKey(BudgetLine, models.PROTECT, related_name="changes")
    amount = MoneyField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["change", "number"], name="budget_change_lines_are_numbered")]
        ordering: ClassVar[list[str]] = ["number"]

    def __str__(self) -> str:
        return f"{self.change}, line {self.number}"


class BudgetSheet(models.Model):
    """Which budget an uploaded file of lines is for."""

    sheet = models.OneToOneField(ImportSheet, models.CASCADE, related_name="budget_sheet")
    budget = models.ForeignKey(Budget, models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.budget}, {self.sheet}"
