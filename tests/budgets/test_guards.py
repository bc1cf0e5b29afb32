"""Every rule of domain.md §7 and §8: the button is off with a sentence, and page, operation and API say the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.test import Client

from budgets import operations, sources
from budgets.models import Budget, BudgetChange
from budgets.readiness import unmet_of_budget
from budgets.rules import LineDetails, between
from budgets.selectors import changes_of
from budgets.steps import steps_of_budget, steps_of_change, steps_of_line
from procore_sync.acceptance import operations as acceptance
from procore_sync.acceptance.actions import actions_for
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.refusals import NotReady
from procore_sync.acceptance.states import Action
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import Refusal
from projects.models import Project
from tests.budgets.conftest import SignIn, line_of, project_of
from tests.factories import fresh_budget, make_budget, make_cost_code, make_project, sent, synced

AMOUNTS = {"03-300": "1000.00", "05-100": "500.00"}


# -- sending -------------------------------------------------------------------------------------------------------


def not_locked(by: Membership) -> Budget:
    return make_budget(by, amounts=AMOUNTS)


def without_money(by: Membership) -> Budget:
    return make_budget(by, amounts={"03-300": "0.00"}, locked=True)


def of_an_unsent_project(by: Membership) -> Budget:
    return make_budget(by, make_project(by, "Lofts", codes=[]), amounts=AMOUNTS, locked=True)


def of_an_inactive_project(by: Membership) -> Budget:
    budget = make_budget(by, amounts=AMOUNTS, locked=True)
    Project.objects.filter(pk=budget.project_id).update(is_active=False, name="Lofts")
    return budget


def with_sub_jobs(by: Membership) -> Budget:
    budget = make_budget(by, amounts=AMOUNTS, locked=True)
    Project.objects.filter(pk=budget.project_id).update(has_sub_jobs=True, name="Lofts")
    return budget


def with_an_unsent_code(by: Membership) -> Budget:
    make_cost_code(by, "07-500")
    return make_budget(by, amounts={"03-300": "1.00", "07-500": "1.00"}, locked=True)


def with_many_unsent_codes(by: Membership) -> Budget:
    codes = [f"07-{number}" for number in range(1, 6)]
    for code in codes:
        make_cost_code(by, code)
    return make_budget(by, amounts=dict.fromkeys(codes, "1.00"), locked=True)


UNREADY: list[tuple[Callable[[Membership], Budget], str]] = [
    (not_locked, "The budget is not locked. Lock it first."),
    (without_money, "The budget has no line with an amount yet. Add lines or import a file."),
    (of_an_unsent_project, "Lofts is not in QuickBooks yet. Send the project first, or along with the budget."),
    (of_an_inactive_project, "Lofts is inactive. Activate the project first."),
    (with_sub_jobs, "Lofts is divided into sub jobs, and a budget with sub jobs cannot go. Switch them off."),
    (with_an_unsent_code, "The cost code 07-500 is not in QuickBooks yet. Send it first, or along with the budget."),
    (
        with_many_unsent_codes,
        " ".join(
            [
                *(
                    f"The cost code 07-{number} is not in QuickBooks yet. Send it first, or along with the budget."
                    for number in (1, 2, 3)
                ),
                "2 other cost codes are not in QuickBooks yet.",
            ]
        ),
    ),
]


@pytest.mark.parametrize(("make", "sentence"), UNREADY)
def test_what_keeps_a_budget_from_being_sent_is_said_alike_everywhere(
    make: Callable[[Membership], Budget], sentence: str, max_pm: Membership, sign_in: SignIn
) -> None:
    budget, client = fresh_budget(make(max_pm)), sign_in(max_pm)

    (offer,) = [one for one in actions_for(budget.erp, max_pm) if one.action == Action.SEND]
    with pytest.raises(NotReady) as raised:
        acceptance.send(fresh_budget(budget).erp, by=max_pm)
    answer = client.post(f"/api/v1/items/{budget.erp_id}/send/", {}, content_type="application/json")
    page = unescape(client.get(f"/projects/{budget.project_id}/budget/").content.decode())

    assert offer.why_not == raised.value.sentence == answer.json()["detail"] == sentence
    assert answer.status_code == 409
    assert sentence in page
    assert all(one.who and one.where for one in unmet_of_budget(budget))


def test_the_items_that_have_to_go_first_are_named(max_pm: Membership) -> None:
    unmet = unmet_of_budget(fresh_budget(with_many_unsent_codes(max_pm)))

    assert [len(one.items) for one in unmet] == [1, 1, 1, 2]
    assert len({item.pk for one in unmet for item in one.items}) == 5
    project = of_an_unsent_project(max_pm)
    assert [one.items for one in unmet_of_budget(fresh_budget(project))] == [(project.project.erp,)]


def test_what_is_on_its_way_keeps_nothing_back(max_pm: Membership) -> None:
    code = make_cost_code(max_pm, "07-500")
    budget = make_budget(max_pm, amounts={"07-500": "1.00"}, locked=True)
    sent(code, max_pm)

    assert unmet_of_budget(fresh_budget(budget)) == []
    ErpItem.objects.filter(pk=budget.project.erp_id).update(status="exporting", synced_revision=None)
    assert unmet_of_budget(fresh_budget(budget)) == []


def test_a_line_of_nothing_needs_its_code_too(max_pm: Membership) -> None:
    make_cost_code(max_pm, "07-500")
    budget = make_budget(max_pm, amounts={"03-300": "1.00", "07-500": "0.00"}, locked=True)

    assert [one.sentence for one in unmet_of_budget(fresh_budget(budget))] == [
        "The cost code 07-500 is not in QuickBooks yet. Send it first, or along with the budget."
    ]


# -- everything else -----------------------------------------------------------------------------------------------


@dataclass
class Case:
    """Something that cannot be done: the sentence of its button, how the page and the API are asked, the operation."""

    button: str | None
    page: Callable[[Client], Any]
    api: Callable[[Client], Any]
    operation: Callable[[], object]


def page_of(budget: Budget, rest: str, **given: str) -> Callable[[Client], Any]:
    return lambda client: client.post(f"/projects/{budget.project_id}/budget/{rest}", given)


def asked(budget: Budget, rest: str, method: str = "POST", **body: object) -> Callable[[Client], Any]:
    address = f"/api/v1/budgets/{budget.pk}/{rest}"
    return lambda client: client.generic(method, address, data=json.dumps(body), content_type="application/json")


def button(budget: Budget, by: Membership, action: str) -> str | None:
    (found,) = [step.why_not for step in steps_of_budget(fresh_budget(budget), by) if step.action == action]
    return found


def locking(budget: Budget, by: Membership) -> Case:
    return Case(
        button(budget, by, "lock"),
        page_of(budget, "lock/"),
        asked(budget, "lock/"),
        lambda: operations.lock(budget, by=by),
    )


def unlocking(budget: Budget, by: Membership) -> Case:
    return Case(
        button(budget, by, "unlock"),
        page_of(budget, "unlock/"),
        asked(budget, "unlock/"),
        lambda: operations.unlock(budget, by=by),
    )


def adding(budget: Budget, by: Membership) -> Case:
    code = project_of(budget).code_rows.create(cost_code=synced(make_cost_code(by, "07-500")))
    return Case(
        button(budget, by, "line"),
        page_of(budget, "lines/new/", code="07-500", amount="0.00"),
        asked(budget, "lines/", cost_code=code.cost_code_id, amount="0.00"),
        lambda: operations.add_line(budget, code, LineDetails(amount=Decimal(0)), by=by),
    )


def editing(budget: Budget, by: Membership) -> Case:
    line = line_of(budget, "03-300")
    return Case(
        button(budget, by, "import"),
        page_of(budget, "lines/1/", amount="5.00", seen="1"),
        asked(budget, "lines/1/", "PATCH", amount="5.00", edition=1),
        lambda: operations.edit_line(line, LineDetails(amount=Decimal(5)), by=by, seen=1),
    )


def removing(budget: Budget, by: Membership) -> Case:
    line = line_of(budget, "03-300")
    (step,) = steps_of_line(line, by)
    return Case(
        step.why_not,
        page_of(budget, "lines/1/remove/"),
        asked(budget, "lines/1/", "DELETE"),
        lambda: operations.remove_line(line_of(budget, "03-300"), by=by),
    )


def changing(budget: Budget, by: Membership) -> Case:
    one, two = line_of(budget, "03-300"), line_of(budget, "05-100")
    return Case(
        button(budget, by, "change"),
        page_of(budget, "changes/new/", source="03-300", target="05-100", amount="1", made_on="2026-11-02"),
        asked(
            budget,
            "changes/",
            made_on="2026-11-02",
            lines=[{"line": 1, "amount": "-1.00"}, {"line": 2, "amount": "1.00"}],
        ),
        lambda: operations.make_change(budget, between(one, two, Decimal(1), made_on=date(2026, 11, 2)), by=by),
    )


def taking_back(budget: Budget, by: Membership) -> Case:
    change = changes_of(budget).get(number=1)
    (step,) = steps_of_change(change, by)
    return Case(
        step.why_not,
        page_of(budget, "changes/1/take-back/"),
        asked(budget, "changes/1/", "DELETE"),
        lambda: operations.take_back(change, by=by),
    )


def opened(by: Membership) -> Budget:
    return make_budget(by, amounts=AMOUNTS)


def empty(by: Membership) -> Budget:
    return operations.open_budget(synced(make_project(by)), by=by)


def locked(by: Membership) -> Budget:
    budget = make_budget(by, amounts=AMOUNTS, locked=True)
    Budget.objects.filter(pk=budget.pk).update(locked_on=date(2026, 11, 2))
    return budget


def with_accounting(by: Membership) -> Budget:
    budget = with_change(by)
    ErpItem.objects.filter(pk=budget.erp_id).update(label="Budget of Lofts")
    return sent(fresh_budget(budget), by)


def opened_with_accounting(by: Membership) -> Budget:
    """Only somebody who unlocks in the very moment of another's sending can get there."""
    budget = with_accounting(by)
    Budget.objects.filter(pk=budget.pk).update(is_locked=False)
    return budget


def with_change(by: Membership) -> Budget:
    budget = locked(by)
    one, two = line_of(budget, "03-300"), line_of(budget, "05-100")
    operations.make_change(budget, between(one, two, Decimal(1), made_on=date(2026, 11, 2)), by=by)
    return fresh_budget(budget)


def opened_with_change(by: Membership) -> Budget:
    return operations.unlock(with_change(by), by=by)


def synced_with_change(by: Membership) -> Budget:
    return synced(with_change(by))


def promised(by: Membership) -> Budget:
    budget = opened(by)
    code = line_of(budget, "03-300").code.cost_code_id
    sources.register_use("promises", lambda project: {code: "SC-001 uses it."})
    return budget


STILL = (
    "The budget is locked since 2 Nov 2026, so its original amounts cannot be changed. Move money by a change, or "
    "unlock the budget first."
)
WITH_ACCOUNTING = "Budget of Lofts cannot be edited now. It is with accounting. Retrieve it first, then edit it."
State = Callable[[Membership], Budget]
Deed = Callable[[Budget, Membership], Case]

REFUSED: list[tuple[State, Deed, str]] = [
    (empty, locking, "The budget has no line yet. Add lines or import a file, then lock it."),
    (locked, editing, STILL),
    (locked, removing, STILL),
    (opened, changing, "Changes are made to a locked budget. While it is open, edit its lines, or lock it first."),
    (with_accounting, unlocking, WITH_ACCOUNTING),
    (with_accounting, adding, WITH_ACCOUNTING),
    (with_accounting, editing, WITH_ACCOUNTING),
    (with_accounting, removing, WITH_ACCOUNTING),
    (with_accounting, changing, WITH_ACCOUNTING),
    (with_accounting, taking_back, WITH_ACCOUNTING),
    (opened_with_accounting, locking, WITH_ACCOUNTING),
    (opened_with_change, removing, "The line 03-300 stays: change 1 moved money on it. Set its amount instead."),
    (
        synced_with_change,
        taking_back,
        "Change 1 is in QuickBooks, so it stays. Make another change that moves the money back.",
    ),
    (promised, removing, "The line 03-300 stays. SC-001 uses it. Take the code out there first."),
]


@pytest.mark.parametrize(("state", "deed", "sentence"), REFUSED)
def test_what_cannot_be_done_is_said_alike_by_button_page_operation_and_api(
    state: State, deed: Deed, sentence: str, max_pm: Membership, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "_uses", {})
    budget, client = fresh_budget(state(max_pm)), sign_in(max_pm)
    case = deed(budget, max_pm)
    lines, changes = budget.lines.count(), BudgetChange.objects.count()

    assert case.button == sentence
    answer = case.api(client)
    assert (answer.status_code, answer.json()["detail"]) == (409, sentence)
    answer = case.page(client)
    assert answer.status_code == 409
    assert sentence in unescape(answer.content.decode())
    with pytest.raises(Refusal) as raised:
        case.operation()
    assert raised.value.sentence == sentence
    assert (budget.lines.count(), BudgetChange.objects.count()) == (lines, changes)
    assert fresh_budget(budget).is_locked == budget.is_locked


@pytest.mark.parametrize(
    ("state", "deed"),
    [
        (opened, locking),
        (locked, unlocking),
        (locked, adding),
        (opened, adding),
        (opened, editing),
        (opened, removing),
        (locked, changing),
        (with_change, taking_back),
        (synced_with_change, unlocking),
        (synced_with_change, changing),
    ],
)
def test_what_can_be_done_is_offered_and_done(state: State, deed: Deed, max_pm: Membership, sign_in: SignIn) -> None:
    case = deed(fresh_budget(state(max_pm)), max_pm)

    assert case.button is None
    assert case.page(sign_in(max_pm)).status_code == 302


def test_who_may_not_edit_gets_no_button(budget: Budget, vic: Membership) -> None:
    assert steps_of_budget(budget, vic) == steps_of_line(line_of(budget, "03-300"), vic) == []
