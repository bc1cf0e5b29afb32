"""Several people at one budget in the same moment: real threads on PostgreSQL."""

from __future__ import annotations

from decimal import Decimal

import pytest

from budgets import operations
from budgets.kinds import budget_document
from budgets.models import Budget
from budgets.rules import LineDetails
from procore_sync.acceptance import operations as acceptance
from procore_sync.acceptance.models import Submission
from procore_sync.accounts.models import Membership
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
