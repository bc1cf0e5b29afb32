"""What pages and API show of budgets; every read starts from the person."""

from __future__ import annotations

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from budgets.models import Budget, BudgetChange, BudgetLine, BudgetSheet
from procore_sync.accounts.access import visible
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind
from projects.models import Project, ProjectCostCode
from projects.selectors import projects_for, sheets_for


def budgets_for(member: Membership) -> QuerySet[Budget]:
    """The budgets that `member` may see, each with `line_count`."""
    lines = BudgetLine.objects.filter(budget=OuterRef("pk")).order_by().values("budget")
    count = Subquery(lines.annotate(count=Count("pk")).values("count"), output_field=IntegerField())
    rows = Budget.objects.select_related("erp", "company", "project__erp")
    return visible(rows.annotate(line_count=Coalesce(count, 0)), member)


def projects_without_budget(member: Membership) -> QuerySet[Project]:
    """The active projects that `member` may see and that have no budget yet."""
    return projects_for(member).filter(budget=None, is_active=True).order_by("name", "pk")


def lines_of(budget: Budget) -> QuerySet[BudgetLine]:
    """The lines of a budget in the order of their codes, each with its code and this very `budget`."""
    return budget.lines.select_related("code__cost_code")


def changes_of(budget: Budget) -> QuerySet[BudgetChange]:
    """The changes of a budget, newest first, each with its lines and their codes, in a constant number of queries."""
    rows = BudgetChange.objects.filter(budget=budget).select_related("budget__erp", "made_by__user")
    return (
        rows.prefetch_related("lines__line__code__cost_code").annotate(total=Sum("lines__amount")).order_by("-number")
    )


def free_codes_of(budget: Budget) -> QuerySet[ProjectCostCode]:
    """The active codes of the budget's project that have no line in it yet."""
    rows = ProjectCostCode.objects.filter(project=budget.project_id, cost_code__is_active=True)
    used = BudgetLine.objects.filter(budget=budget).values("code")
    return rows.exclude(pk__in=used).select_related("cost_code").order_by("cost_code__code_key", "pk")


def budget_sheets_for(member: Membership, budget: Budget) -> QuerySet[BudgetSheet]:
    """Files of lines of `budget` that wait for their import."""
    waiting = sheets_for(member, Kind.BUDGET)
    return BudgetSheet.objects.filter(budget=budget, sheet__in=waiting).select_related("sheet__company")
