"""Several people at one budget in the same moment: real threads on PostgreSQL."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from budgets import operations
from budgets.imports import import_lines, upload_lines
from budgets.kinds import budget_document
from budgets.models import Budget
from budgets.rules import LineDetails
from procore_sync.acceptance import operations as acceptance
from procore_sync.acceptance.models import Submission
from procore_sync.accounts.models import Membership
from projects.operations import remove_cost_code
from tests.acceptance.test_races import at_once
from tests.budgets.conftest import line_of, project_of
from tests.factories import fresh_budget, make_cost_code, synced

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_lines_that_several_people_add_at_once_are_all_there_and_counted(budget: Budget, max_pm: Membership) -> None:
    project = project_of(budget)
    rows = [project.code_rows.create(cost_code=synced(make_cost_code(max_pm, f"9{number}"))) for number in range(4)]

    def adding(place: int) -> None:
        operations.add_line(budget, rows[place], LineDetails(amount=Decimal(10)), by=max_pm)

    assert at_once(*(lambda place=place: adding(place) for place in range(4))) == [""] * 4
    assert sorted(budget.lines.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6]
    now = fresh_budget(budget)
    assert (now.erp.amount, now.erp.requires.count(), now.next_line) == (Decimal("1540.00"), 7, 7)


@pytest.mark.parametrize("turn", range(3))
def test_what_is_sent_is_what_stands_there_whoever_edits_meanwhile(
    turn: int, locked: Budget, max_pm: Membership, alma: Membership
) -> None:
    operations.unlock(locked, by=max_pm)
    operations.lock(locked, by=max_pm)
    mine, line = fresh_budget(locked), line_of(locked, "03-300")

    def edit() -> None:
        operations.unlock(locked, by=alma)
        operations.edit_line(line, LineDetails(amount=Decimal(7)), by=alma, seen=1)

    told = at_once(lambda: acceptance.send(mine.erp, by=max_pm), edit)

    now = fresh_budget(locked)
    assert any(told)
    if now.erp.status == "sent":
        assert Submission.objects.get().document == budget_document(now)
        assert now.erp.amount == Decimal("1500.00")
    else:
        assert now.erp.amount == Decimal("507.00")


@pytest.mark.parametrize("turn", range(8))
def test_what_is_sent_while_it_is_unlocked_is_locked(
    turn: int, locked: Budget, max_pm: Membership, alma: Membership
) -> None:
    mine, hers = fresh_budget(locked), fresh_budget(locked)

    told = at_once(lambda: acceptance.send(mine.erp, by=max_pm), lambda: operations.unlock(hers, by=alma))

    now = fresh_budget(locked)
    assert now.is_locked == (now.erp.status == "sent"), told


@pytest.mark.parametrize("way", ["line", "file"])
@pytest.mark.parametrize("turn", range(4))
def test_a_code_is_taken_off_its_project_or_a_line_of_the_budget_has_it(
    turn: int, way: str, budget: Budget, max_pm: Membership, alma: Membership
) -> None:
    project, code = project_of(budget), synced(make_cost_code(max_pm, "97-100"))
    row = project.code_rows.create(cost_code=code)
    sheet = upload_lines(SimpleUploadedFile("lines.csv", b"Cost Code,Budget Amount\n97-100,5\n"), budget, by=alma)
    adding = {
        "line": lambda: operations.add_line(budget, row, LineDetails(amount=Decimal(5)), by=max_pm),
        "file": lambda: import_lines(sheet, by=alma),
    }

    told = at_once(adding[way], lambda: remove_cost_code(project, code, by=alma))

    has_line = budget.lines.filter(code__cost_code=code).exists()
    assert has_line == project.code_rows.filter(cost_code=code).exists() == bool(told[1])
    assert bool(told[0]) == (not has_line)
