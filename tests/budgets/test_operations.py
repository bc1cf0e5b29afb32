"""What people do to a budget: its lines, its lock, its changes, and what QuickBooks would get of them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from budgets import operations, sources
from budgets.kinds import budget_document, budget_facts, budget_lines, budget_sums
from budgets.models import Budget, BudgetChange, BudgetLine
from budgets.rules import ChangeDetails, LineDetails, Move, between
from procore_sync.acceptance.kinds import ref
from procore_sync.acceptance.refusals import IllegalMove
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.refusals import InvalidInput, NotAllowed, Refusal
from procore_sync.kit.shown import MINUS
from projects.operations import StillUsed, edit_project, remove_cost_code, set_cost_code_active, set_project_active
from projects.records import AnotherHasTheReference, EditedMeanwhile, details_of
from projects.rules import ProjectDetails
from tests.budgets.conftest import SignIn, line_of, project_of
from tests.factories import fresh_budget, make_budget, make_cost_code, make_project, rejected, sent, synced

DAY = date(2026, 11, 2)


def typed(amount: str, **more: Any) -> LineDetails:
    return LineDetails(amount=Decimal(amount), **more)


def calculated(quantity: str, unit_cost: str, **more: Any) -> LineDetails:
    return LineDetails(manual=False, quantity=Decimal(quantity), unit_cost=Decimal(unit_cost), **more)


def moved(budget: Budget, source: str, target: str, amount: str, notes: str = "") -> ChangeDetails:
    return between(line_of(budget, source), line_of(budget, target), Decimal(amount), made_on=DAY, notes=notes)


def amounts(budget: Budget) -> dict[str, str]:
    """What QuickBooks would get, by the key of the line."""
    return {line["key"]: line["amount"] for line in budget_document(fresh_budget(budget))["lines"]}


# -- the budget ----------------------------------------------------------------------------------------------------


def test_a_budget_belongs_to_its_project_and_carries_its_name_and_total(budget: Budget) -> None:
    item, project = budget.erp, budget.project

    assert (item.label, item.number, item.amount) == (f"Budget of {project.name}", project.number, Decimal("1500.00"))
    assert item.project == project.erp
    codes = {line.code.cost_code.erp for line in budget.lines.all()}
    assert set(item.requires.all()) == {project.erp, *codes}


def test_a_project_has_one_budget(budget: Budget, max_pm: Membership) -> None:
    with pytest.raises(InvalidInput, match="has a budget already"):
        operations.open_budget(project_of(budget), by=max_pm)


def test_a_budget_is_opened_once_under_its_reference(max_pm: Membership) -> None:
    project = make_project(max_pm)

    first = operations.open_budget(project, by=max_pm, external_ref="B-1")
    assert operations.open_budget(project, by=max_pm, external_ref="B-1") == first
    with pytest.raises(AnotherHasTheReference):
        operations.open_budget(make_project(max_pm), by=max_pm, external_ref="B-1")


def test_an_inactive_project_gets_no_budget(max_pm: Membership) -> None:
    project = make_project(max_pm)
    set_project_active(project, False, by=max_pm)

    with pytest.raises(IllegalMove, match="is inactive"):
        operations.open_budget(project, by=max_pm)


def test_who_may_not_edit_changes_nothing(
    locked: Budget, budget: Budget, max_pm: Membership, vic: Membership, ada: Membership
) -> None:
    line = line_of(budget, "03-300")
    change = operations.make_change(locked, moved(locked, "03-300", "05-100", "1.00"), by=max_pm)
    for by in (vic, ada):
        for deed in (
            lambda by=by: operations.open_budget(project_of(budget), by=by),
            lambda by=by: operations.edit_budget(budget, may_change_total=True, by=by, seen=1),
            lambda by=by: operations.add_line(budget, line.code, typed("1.00"), by=by),
            lambda by=by: operations.edit_line(line, typed("1.00"), by=by, seen=1),
            lambda by=by: operations.remove_line(line, by=by),
            lambda by=by: operations.lock(budget, by=by),
            lambda by=by: operations.unlock(locked, by=by),
            lambda by=by: operations.make_change(locked, moved(locked, "03-300", "05-100", "1.00"), by=by),
            lambda by=by: operations.take_back(change, by=by),
        ):
            with pytest.raises(NotAllowed):
                deed()
    assert amounts(budget) == {"1": "1000.00", "2": "500.00"}
    assert amounts(locked) == {"1": "1000.00", "2": "500.00", "M1.1": "-1.00", "M1.2": "1.00"}


# -- lines ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("details", "original"),
    [
        (typed("0.00"), "0.00"),
        (typed("99999999999.00"), "99999999999.00"),
        (calculated("2.5", "0.33"), "0.83"),
        (calculated("0.5", "0.03"), "0.02"),
        (calculated("3", "4.25", amount=Decimal("12.75")), "12.75"),
    ],
)
def test_a_line_comes_to_what_was_typed_or_to_quantity_times_unit_cost(
    details: LineDetails, original: str, budget: Budget, max_pm: Membership
) -> None:
    line = operations.edit_line(line_of(budget, "03-300"), details, by=max_pm, seen=1)

    assert line.original == Decimal(original)
    assert fresh_budget(budget).erp.amount == Decimal(original) + 500


@pytest.mark.parametrize(
    ("details", "field", "words"),
    [
        (LineDetails(), "amount", "is missing"),
        (typed("-1.00"), "amount", "below zero"),
        (typed("1.005"), "amount", "fractions of a cent: 1.005"),
        (typed("99999999999.01"), "amount", "larger than 99,999,999,999.00"),
        (typed("NaN"), "amount", "not a number"),
        (typed("1.00", quantity=Decimal(2)), "quantity", "typed by hand, and there is a quantity too"),
        (typed("1.00", unit_cost=Decimal(2)), "unit_cost", "unit cost too"),
        (LineDetails(manual=False, quantity=Decimal(2)), "unit_cost", "unit cost is missing"),
        (LineDetails(manual=False, unit_cost=Decimal(2)), "quantity", "quantity is missing"),
        (calculated("2", "3", amount=Decimal("7.00")), "amount", "is 6.00, but the amount says 7.00"),
        (calculated("1.00001", "3"), "quantity", "more than 4 decimals"),
        (calculated("-2", "3"), "quantity", "below zero"),
        (calculated("9999999999", "11"), "unit_cost", "more than 99,999,999,999.00"),
        (typed("1.00", description="a\nb"), "description", "line break"),
        (typed("1.00", description="x" * 1001), "description", "1001 characters"),
        (typed("1.00", uom="x" * 21), "uom", "21 characters"),
    ],
)
def test_a_line_that_cannot_be_is_refused_in_words(
    details: LineDetails, field: str, words: str, budget: Budget, max_pm: Membership
) -> None:
    with pytest.raises(InvalidInput) as raised:
        operations.edit_line(line_of(budget, "03-300"), details, by=max_pm, seen=1)

    assert list(raised.value.errors) == [field]
    assert words in raised.value.errors[field][0]
    assert amounts(budget) == {"1": "1000.00", "2": "500.00"}


def test_a_code_has_one_line_and_has_to_be_the_projects_and_active(budget: Budget, max_pm: Membership) -> None:
    project = project_of(budget)
    foreign = make_project(max_pm).code_rows.get()
    idle = project.code_rows.create(cost_code=synced(make_cost_code(max_pm, "99-000")))
    set_cost_code_active(idle.cost_code, False, by=max_pm)

    for code, words in (
        (line_of(budget, "03-300").code, "03-300 has a line already"),
        (foreign, "is not among the cost codes of"),
        (idle, "99-000 is inactive"),
    ):
        with pytest.raises(InvalidInput, match=words):
            operations.add_line(budget, code, typed("1.00"), by=max_pm)
    assert budget.lines.count() == 2


def test_of_two_who_edit_a_line_the_second_is_told(budget: Budget, max_pm: Membership, alma: Membership) -> None:
    line = line_of(budget, "03-300")
    operations.edit_line(line, typed("7.00"), by=alma, seen=1)

    with pytest.raises(EditedMeanwhile, match="The line 03-300 was saved by Alma while"):
        operations.edit_line(line, typed("8.00"), by=max_pm, seen=1)
    assert amounts(budget)["1"] == "7.00"
    operations.remove_line(line_of(budget, "03-300"), by=alma)
    with pytest.raises(EditedMeanwhile):
        operations.edit_line(line, typed("8.00"), by=max_pm, seen=2)


def test_a_removed_line_leaves_its_number_behind(budget: Budget, max_pm: Membership) -> None:
    code = line_of(budget, "05-100").code
    operations.remove_line(line_of(budget, "05-100"), by=max_pm)
    line = operations.add_line(budget, code, typed("9.00"), by=max_pm)

    assert line.number == 3
    assert amounts(budget) == {"1": "1000.00", "3": "9.00"}
    operations.remove_line(line, by=max_pm)
    assert code.cost_code.erp not in fresh_budget(budget).erp.requires.all()


def test_a_line_that_something_else_uses_stays(
    budget: Budget, max_pm: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = line_of(budget, "03-300")
    monkeypatch.setattr(sources, "_uses", {})
    sources.register_use("promises", lambda project: {line.code.cost_code_id: "SC-001 uses it."})

    with pytest.raises(IllegalMove) as raised:
        operations.remove_line(line, by=max_pm)
    assert raised.value.sentence == "The line 03-300 stays. SC-001 uses it. Take the code out there first."
    operations.remove_line(line_of(budget, "05-100"), by=max_pm)


def test_a_code_stays_on_the_project_while_the_budget_has_a_line_of_it(budget: Budget, max_pm: Membership) -> None:
    with pytest.raises(StillUsed):
        remove_cost_code(project_of(budget), line_of(budget, "03-300").code.cost_code, by=max_pm)


def test_a_budget_has_a_largest_total(budget: Budget, max_pm: Membership) -> None:
    for number in range(10):
        code = project_of(budget).code_rows.create(cost_code=make_cost_code(max_pm, f"9{number}"))
        if number < 9:
            operations.add_line(budget, code, typed("99999999999.00"), by=max_pm)

    with pytest.raises(InvalidInput, match=r"999,999,999,999\.99 is the most"):
        operations.add_line(budget, code, typed("99999999999.00"), by=max_pm)
    assert budget.lines.count() == 11


# -- lock ----------------------------------------------------------------------------------------------------------


def test_a_locked_budget_stands_still_and_opens_again(locked: Budget, max_pm: Membership) -> None:
    line = line_of(locked, "03-300")

    for deed in (
        lambda: operations.edit_line(line, typed("1.00"), by=max_pm, seen=1),
        lambda: operations.remove_line(line, by=max_pm),
    ):
        with pytest.raises(IllegalMove, match="original amounts cannot be changed"):
            deed()
    operations.unlock(locked, by=max_pm)
    operations.edit_line(line, typed("1.00"), by=max_pm, seen=1)
    assert amounts(locked)["1"] == "1.00"


def test_locking_again_dates_the_budget_anew_and_counts_as_an_edit_then_only(
    budget: Budget, max_pm: Membership
) -> None:
    with time_machine.travel("2026-11-02 12:00Z"):
        operations.lock(budget, by=max_pm)
    locked = synced(fresh_budget(budget))

    with time_machine.travel("2026-11-02 15:00Z"):
        operations.unlock(locked, by=max_pm)
        operations.lock(locked, by=max_pm)
    assert not fresh_budget(locked).erp.is_changed
    assert budget_document(fresh_budget(locked))["date"] == "2026-11-02"
    with time_machine.travel("2026-11-20 12:00Z"):
        operations.unlock(locked, by=max_pm)
        operations.lock(locked, by=max_pm)
    assert fresh_budget(locked).erp.is_changed
    assert budget_document(fresh_budget(locked))["date"] == "2026-11-20"


def test_a_line_to_which_a_change_moved_money_says_its_description_though_it_began_at_nothing(
    locked: Budget, max_pm: Membership
) -> None:
    code = project_of(locked).code_rows.create(cost_code=synced(make_cost_code(max_pm, "26-100")))
    operations.add_line(locked, code, typed("0.00"), by=max_pm)
    operations.make_change(fresh_budget(locked), moved(locked, "03-300", "26-100", "10.00"), by=max_pm)
    held = synced(fresh_budget(locked))
    operations.unlock(held, by=max_pm)
    line = line_of(held, "26-100")
    before = budget_document(fresh_budget(held))

    operations.edit_line(line, replace(typed("0.00"), description="Site power"), by=max_pm, seen=line.edition)

    assert budget_document(fresh_budget(held)) != before
    assert fresh_budget(held).erp.is_changed


def test_a_budget_locked_in_the_evening_has_the_date_of_the_company_s_place(budget: Budget, max_pm: Membership) -> None:
    Company.objects.filter(pk=budget.company_id).update(time_zone="America/Los_Angeles")
    with time_machine.travel("2026-12-01 01:30Z", tick=False):
        operations.lock(fresh_budget(budget), by=max_pm)
    assert budget_document(fresh_budget(budget))["date"] == "2026-11-30"


@pytest.mark.parametrize("state", ["sent", "failed"])
def test_while_it_is_with_accounting_nothing_of_it_changes(state: str, locked: Budget, max_pm: Membership) -> None:
    if state == "sent":
        sent(locked, max_pm)
    else:
        type(locked.erp).objects.filter(pk=locked.erp_id).update(status=state)
    frozen = fresh_budget(locked)
    code = project_of(frozen).code_rows.create(cost_code=synced(make_cost_code(max_pm)))

    for deed in (
        lambda: operations.unlock(frozen, by=max_pm),
        lambda: operations.lock(frozen, by=max_pm),
        lambda: operations.add_line(frozen, code, typed("0.00"), by=max_pm),
        lambda: operations.edit_line(line_of(frozen, "03-300"), typed("1.00"), by=max_pm, seen=1),
        lambda: operations.remove_line(line_of(frozen, "03-300"), by=max_pm),
        lambda: operations.make_change(frozen, moved(frozen, "03-300", "05-100", "1.00"), by=max_pm),
    ):
        with pytest.raises(Refusal):
            deed()
    assert fresh_budget(frozen).is_locked
    assert amounts(frozen) == {"1": "1000.00", "2": "500.00"}


def test_what_came_back_opens_again(locked: Budget, max_pm: Membership, ada: Membership) -> None:
    rejected(locked, max_pm, decided_by=ada)

    operations.unlock(locked, by=max_pm)
    operations.edit_line(line_of(locked, "03-300"), typed("900.00"), by=max_pm, seen=1)
    assert amounts(locked)["1"] == "900.00"


# -- changes -------------------------------------------------------------------------------------------------------


def test_money_moves_from_a_line_to_another(locked: Budget, max_pm: Membership) -> None:
    operations.make_change(locked, moved(locked, "03-300", "05-100", "250.00", "Less concrete"), by=max_pm)

    now = fresh_budget(locked)
    assert amounts(now) == {"1": "1000.00", "2": "500.00", "M1.1": "-250.00", "M1.2": "250.00"}
    assert budget_document(now)["lines"][2]["note"] == "Change 1, 2026-11-02: Less concrete"
    assert now.erp.amount == Decimal("1500.00")


def test_a_line_added_after_the_lock_starts_at_zero_and_gets_money_by_a_change(
    locked: Budget, max_pm: Membership
) -> None:
    code = project_of(locked).code_rows.create(cost_code=synced(make_cost_code(max_pm, "07-500", "Roof")))
    with pytest.raises(InvalidInput, match=r"starts at 0\.00"):
        operations.add_line(locked, code, typed("5.00"), by=max_pm)
    before = fresh_budget(locked).erp.revision

    line = operations.add_line(locked, code, typed("0.00"), by=max_pm)

    assert (line.added_later, fresh_budget(locked).erp.revision) == (True, before)
    assert code.cost_code.erp in fresh_budget(locked).erp.requires.all()
    operations.make_change(locked, moved(locked, "03-300", "07-500", "5.00"), by=max_pm)
    assert amounts(locked) == {"1": "1000.00", "2": "500.00", "M1.1": "-5.00", "M1.2": "5.00"}
    with pytest.raises(IllegalMove, match="change 1 moved money on it"):
        operations.remove_line(line_of(locked, "07-500"), by=max_pm)


def test_a_line_added_after_the_lock_can_go_again_while_nothing_moved_on_it(locked: Budget, max_pm: Membership) -> None:
    code = project_of(locked).code_rows.create(cost_code=synced(make_cost_code(max_pm, "07-500")))
    line = operations.add_line(locked, code, typed("0.00"), by=max_pm)

    operations.remove_line(line, by=max_pm)
    assert locked.lines.count() == 2


@pytest.mark.parametrize(
    ("moves", "words"),
    [
        ([], "moves nothing"),
        ([("03-300", "-10.00"), ("05-100", "10.01")], r"come to 0\.01 and have to come to zero"),
        ([("03-300", "10.00")], "have to come to zero"),
        ([("03-300", "10.00"), ("03-300", "-10.00")], "same line twice"),
        ([("03-300", "0.00"), ("05-100", "0.00")], "amount of 03-300 is zero"),
        ([("03-300", "0.005"), ("05-100", "-0.005")], r"amount of 03-300 has fractions of a cent: 0\.005"),
        ([("03-300", "1E+12"), ("05-100", "-1E+12")], "larger than"),
        ([("03-300", "NaN"), ("05-100", "1.00")], "03-300 is zero"),
    ],
)
def test_a_change_that_cannot_be_is_refused_in_words(
    moves: list[tuple[str, str]], words: str, locked: Budget, max_pm: Membership
) -> None:
    details = ChangeDetails(DAY, [Move(line_of(locked, code), Decimal(amount)) for code, amount in moves])

    with pytest.raises(InvalidInput, match=words):
        operations.make_change(locked, details, by=max_pm)
    assert not BudgetChange.objects.exists()
    assert fresh_budget(locked).next_change == 1


def test_a_budget_may_let_changes_alter_its_total_but_never_below_nothing(locked: Budget, max_pm: Membership) -> None:
    operations.edit_budget(locked, may_change_total=True, by=max_pm, seen=locked.edition)
    assert not fresh_budget(locked).erp.is_changed

    def change(amount: str) -> None:
        details = ChangeDetails(DAY, [Move(line_of(locked, "03-300"), Decimal(amount))])
        operations.make_change(locked, details, by=max_pm)

    change("250.00")
    assert fresh_budget(locked).erp.amount == Decimal("1750.00")
    change("-1750.00")
    with pytest.raises(InvalidInput, match=r"would come to -0\.01"):
        change("-0.01")
    with pytest.raises(InvalidInput, match="below zero"):
        operations.take_back(BudgetChange.objects.select_related("budget").get(number=1), by=max_pm)


def test_a_change_needs_a_locked_budget_and_its_own_lines(
    budget: Budget, locked: Budget, max_pm: Membership, olga: Membership
) -> None:
    with pytest.raises(IllegalMove, match="to a locked budget"):
        operations.make_change(budget, moved(budget, "03-300", "05-100", "1.00"), by=max_pm)
    foreign = make_budget(olga, amounts={"03-300": "5.00", "05-100": "5.00"}, locked=True)
    with pytest.raises(InvalidInput, match="has no line 03-300, 05-100"):
        operations.make_change(locked, moved(foreign, "03-300", "05-100", "1.00"), by=max_pm)


def test_a_change_can_be_taken_back_until_quickbooks_has_it(locked: Budget, max_pm: Membership) -> None:
    first = operations.make_change(locked, moved(locked, "03-300", "05-100", "1.00"), by=max_pm)
    operations.take_back(first, by=max_pm)
    assert amounts(locked) == {"1": "1000.00", "2": "500.00"}
    kept = operations.make_change(locked, moved(locked, "03-300", "05-100", "2.00"), by=max_pm)
    synced(fresh_budget(locked))

    with pytest.raises(IllegalMove, match="Change 2 is in QuickBooks"):
        operations.take_back(kept, by=max_pm)
    later = operations.make_change(locked, moved(locked, "03-300", "05-100", "3.00"), by=max_pm)
    operations.take_back(later, by=max_pm)
    assert amounts(locked) == {"1": "1000.00", "2": "500.00", "M2.1": "-2.00", "M2.2": "2.00"}
    operations.unlock(locked, by=max_pm)
    assert amounts(locked)["M2.1"] == "-2.00"


def test_an_unlinked_estimate_holds_no_change(locked: Budget, max_pm: Membership) -> None:
    change = operations.make_change(locked, moved(locked, "03-300", "05-100", "1.00"), by=max_pm)
    synced(fresh_budget(locked))
    type(locked.erp).objects.filter(pk=locked.erp_id).update(status="not_sent", synced_revision=None)

    operations.take_back(change, by=max_pm)
    assert not BudgetChange.objects.exists()


# -- what QuickBooks gets ------------------------------------------------------------------------------------------


def test_the_document_names_project_codes_and_amounts(locked: Budget, max_pm: Membership) -> None:
    line = line_of(locked, "03-300")

    document = budget_document(locked)

    assert locked.locked_on
    assert (document["project"], document["date"]) == (ref(locked.project.erp), locked.locked_on.isoformat())
    assert document["lines"][0] == {
        "key": "1",
        "code": {"item": line.code.cost_code.erp_id, "label": "03-300 Concrete", "code": "03-300"},
        "description": "Concrete",
        "amount": "1000.00",
        "note": "",
    }
    assert document["total"] == "1500.00"
    assert [(line.key, line.cells[0], line.amount) for line in budget_lines(document)] == [
        ("1", "03-300", Decimal("1000.00")),
        ("2", "05-100", Decimal("500.00")),
    ]
    assert {fact.label: fact.value for fact in budget_facts(document)}["Total"] == "1,500.00"


def test_a_budget_with_changes_says_by_code_what_it_was_what_moved_and_what_it_comes_to(
    locked: Budget, max_pm: Membership
) -> None:
    assert budget_sums(budget_document(fresh_budget(locked))) is None
    operations.make_change(locked, moved(locked, "03-300", "05-100", "250.00"), by=max_pm)
    operations.make_change(fresh_budget(locked), moved(locked, "05-100", "03-300", "100.00"), by=max_pm)

    sums = budget_sums(budget_document(fresh_budget(locked)))

    assert sums
    assert [(*row.cells, *map(str, row.amounts)) for row in sums.rows] == [
        ("03-300", "Concrete", "1000.00", "-150.00", "850.00"),
        ("05-100", "Concrete", "500.00", "150.00", "650.00"),
    ]
    assert [str(amount) for amount in sums.total] == ["1500.00", "0.00", "1500.00"]


def test_who_decides_on_a_budget_reads_by_code_what_was_sent_of_it(
    locked: Budget, max_pm: Membership, ada: Membership, sign_in: SignIn
) -> None:
    operations.make_change(locked, moved(locked, "03-300", "05-100", "250.00"), by=max_pm)
    sent(fresh_budget(locked), max_pm)
    client = sign_in(ada)

    page = client.get(f"/review/{locked.erp_id}/").content.decode()
    table = page[page.index('<caption class="sr">By cost code</caption>') :]
    words = " ".join(re.sub("<[^>]+>", " ", table[: table.index("</table>")]).split())
    assert words.endswith(
        f"Revised budget 03-300 Concrete 1,000.00 {MINUS}250.00 750.00 "
        "05-100 Concrete 500.00 250.00 750.00 Total 1,500.00 0.00 1,500.00"
    )
    sums = client.get(f"/api/v1/items/{locked.erp_id}/").json()["sums"]
    assert (sums["columns"], sums["total"]) == (["Cost code", "Description"], ["1500.00", "0.00", "1500.00"])
    assert sums["amount_columns"] == ["Original budget", "Budget changes", "Revised budget"]
    assert sums["rows"][0] == {"cells": ["03-300", "Concrete"], "amounts": ["1000.00", "-250.00", "750.00"]}


def test_a_line_of_nothing_is_not_sent_and_editing_it_counts_for_nothing(budget: Budget, max_pm: Membership) -> None:
    operations.edit_line(line_of(budget, "05-100"), typed("0.00"), by=max_pm, seen=1)
    before = fresh_budget(budget).erp.revision

    operations.edit_line(line_of(budget, "05-100"), typed("0.00", description="Later"), by=max_pm, seen=2)
    assert amounts(budget) == {"1": "1000.00"}
    assert fresh_budget(budget).erp.revision == before
    operations.edit_line(line_of(budget, "03-300"), typed("1000.00", description="Slab"), by=max_pm, seen=1)
    assert fresh_budget(budget).erp.revision == before + 1
    assert budget_document(fresh_budget(budget))["lines"][0]["description"] == "Slab"


def test_a_quantity_that_comes_to_the_same_amount_counts_for_nothing(budget: Budget, max_pm: Membership) -> None:
    before = fresh_budget(budget).erp.revision

    operations.edit_line(line_of(budget, "03-300"), calculated("10", "100", uom="m3"), by=max_pm, seen=1)
    assert fresh_budget(budget).erp.revision == before
    assert BudgetLine.objects.get(number=1).uom == "m3"


@pytest.mark.parametrize("with_accounting", [False, True])
def test_a_budget_is_called_after_its_project_as_soon_as_that_is_renamed(
    locked: Budget, max_pm: Membership, with_accounting: bool
) -> None:
    if with_accounting:
        sent(locked, max_pm)
    before = fresh_budget(locked).erp
    project = project_of(locked)
    details = replace(details_of(project, ProjectDetails), name="Other Lofts", number="2699")
    edit_project(project, details, by=max_pm, seen=project.edition)

    item = fresh_budget(locked).erp
    assert (item.label, item.number) == ("Budget of Other Lofts", "2699")
    assert (item.revision, item.status, item.amount) == (before.revision, before.status, before.amount)
    if with_accounting:
        document = item.submissions.get().document
        assert document["project"]["label"] == project.name
