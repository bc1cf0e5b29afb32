"""The cast, browsers in which they are signed in, and a budget."""

from __future__ import annotations

import pytest

from budgets.models import Budget, BudgetLine
from procore_sync.accounts.models import Membership
from projects.models import Project
from tests.cast import ada, alma, company, ian, max_pm, olga, other_company, vic
from tests.factories import make_budget
from tests.projects.conftest import SignIn, sign_in
from tests.scenes import kept

__all__ = ["SignIn", "ada", "alma", "company", "ian", "max_pm", "olga", "other_company", "sign_in", "vic"]


@pytest.fixture
@kept
def budget(max_pm: Membership) -> Budget:
    """Harbor Row Lofts': 03-300 with 1000.00 and 05-100 with 500.00; all it names is in QuickBooks. Unlocked."""
    return make_budget(max_pm, amounts={"03-300": "1000.00", "05-100": "500.00"})


@pytest.fixture
@kept
def locked(max_pm: Membership) -> Budget:
    """The same, locked."""
    return make_budget(max_pm, amounts={"03-300": "1000.00", "05-100": "500.00"}, locked=True)


def line_of(budget: Budget, code: str) -> BudgetLine:
    """The line of a code as the database has it now."""
    rows = BudgetLine.objects.select_related("budget__erp", "budget__project__erp", "code__cost_code")
    return rows.get(budget=budget, code__cost_code__code=code)


def project_of(budget: Budget) -> Project:
    """Its project as the database has it now."""
    found: Project = Project.objects.select_related("erp", "company").get(pk=budget.project_id)
    return found
