"""The pages of budgets: what they show to whom, their forms, and the walls between companies."""

from __future__ import annotations

from decimal import Decimal
from html import unescape
from typing import Any

import pytest
import time_machine

from budgets import operations
from budgets.models import Budget, BudgetChange
from budgets.rules import LineDetails
from change_orders.models import ChangeStatus
from procore_sync.accounts.models import Membership
from tests.budgets.conftest import SignIn, line_of, project_of
from tests.factories import (
    fresh_budget,
    make_budget,
    make_change_order,
    make_commitment,
    make_cost_code,
    make_project,
    sent,
    synced,
)
from tests.projects.test_pages import queries


def at(budget: Budget, rest: str = "") -> str:
    return f"/projects/{budget.project_id}/budget/{rest}"


def read(answer: Any) -> str:
    return unescape(answer.content.decode())


def test_a_budget_is_opened_filled_locked_and_sent_on_its_pages(max_pm: Membership, sign_in: SignIn) -> None:
    code = synced(make_cost_code(max_pm, "03-300"))
    project = synced(make_project(max_pm, "Lofts", codes=[code]))
    client, address = sign_in(max_pm), f"/projects/{project.pk}/budget/"

    assert address in read(client.get(f"/projects/{project.pk}/"))
    assert "No budget yet" in read(client.get(address))
    assert "No lines yet" in read(client.post(f"{address}open/", follow=True))
    given = {"code": " 03-300 ", "quantity": "10", "unit_cost": "1,250.00", "uom": "m3", "another": "1"}
    assert client.post(f"{address}lines/new/", given)["Location"] == f"{address}lines/new/"
    assert "Every cost code has a line" in read(client.get(f"{address}lines/new/"))
    page = read(client.post(f"{address}lock/", follow=True))
    assert "12,500.00" in page
    budget = Budget.objects.get()
    assert client.post(f"/review/{budget.erp_id}/send/").status_code == 302
    assert fresh_budget(budget).erp.status == "sent"
    assert "With accounting" in read(client.get(address))


def test_the_parts_of_the_projected_costs_come_to_what_stands_above_them(
    budget: Budget, max_pm: Membership, sign_in: SignIn
) -> None:
    commitment = synced(make_commitment(max_pm, project_of(budget), lines=["200.00"]))
    assert "200.00 committed, 0.00 direct</small>" in read(sign_in(max_pm).get(at(budget)))
    make_change_order(max_pm, commitment, status=ChangeStatus.IN_REVIEW)

    page = read(sign_in(max_pm).get(at(budget)))

    assert '<b class="fig">300.00</b><small>200.00 committed, 0.00 direct, 100.00 pending changes</small>' in page


def test_a_form_keeps_what_was_typed_and_says_what_is_wrong(
    budget: Budget, max_pm: Membership, sign_in: SignIn
) -> None:
    client = sign_in(max_pm)
    for rest, given, words in (
        ("lines/new/", {"code": "99-999", "amount": "5"}, "99-999 is not among the project's cost codes"),
        ("lines/new/", {"code": "99-999", "amount": "1,25,0"}, "1,25,0 is not a number"),
        ("lines/1/", {"amount": "5", "quantity": "2", "unit_cost": "3", "seen": "1"}, "is 6.00, but the amount says 5"),
        ("lines/1/", {"seen": "1"}, "The amount is missing"),
    ):
        answer = client.post(at(budget, rest), given)
        assert answer.status_code == 422
        assert words in read(answer)
        assert 'value="5"' in read(answer) or "amount" not in given or given["amount"] != "5"


def test_what_is_typed_with_a_comma_before_three_digits_means_thousands_in_each_language(
    budget: Budget, max_pm: Membership, sign_in: SignIn
) -> None:
    client = sign_in(max_pm)
    for edition, language in enumerate(("en", "es"), start=1):
        typed = {"amount": f"12{edition},000", "seen": str(edition)}
        assert client.post(at(budget, "lines/1/"), typed, headers={"accept-language": language}).status_code == 302
        assert line_of(budget, "03-300").original == Decimal(120000 + 1000 * edition)


def test_of_two_who_edit_a_line_the_second_is_told_on_the_page(
    budget: Budget, max_pm: Membership, sign_in: SignIn
) -> None:
    operations.edit_line(line_of(budget, "03-300"), LineDetails(amount=Decimal(7)), by=max_pm, seen=1)

    answer = sign_in(max_pm).post(at(budget, "lines/1/"), {"amount": "8", "seen": "1"})

    assert (answer.status_code, "saved by you yourself" in read(answer)) == (409, True)


def test_a_budget_that_still_needs_its_project_is_not_called_ready_when_it_is_locked(
    max_pm: Membership, sign_in: SignIn
) -> None:
    budget = make_budget(max_pm, make_project(max_pm, "Depot"))
    page = read(sign_in(max_pm).post(at(budget, "lock/"), follow=True))
    assert "The budget is locked." in page
    assert "Depot is not in QuickBooks yet." in page
    assert "can be sent" not in page


def test_money_moves_on_the_page_between_two_lines(locked: Budget, max_pm: Membership, sign_in: SignIn) -> None:
    client = sign_in(max_pm)
    given = {"source": "03-300", "target": "05-100", "amount": "250.00", "made_on": "2026-11-02", "notes": "Less"}
    for change, words in (
        ({"target": "03-300"}, "two different lines"),
        ({"target": "77-777"}, "has no line 77-777"),
        ({"amount": "0"}, "amount is zero"),
        ({"amount": "0.001"}, "fractions of a cent"),
        ({"made_on": ""}, "required"),
    ):
        answer = client.post(at(locked, "changes/new/"), {**given, **change})
        assert (answer.status_code, words in read(answer)) == (422, True)
    assert not BudgetChange.objects.exists()

    assert client.post(at(locked, "changes/new/"), given).status_code == 302
    page = read(client.get(at(locked, "changes/")))
    assert "Change 1" in page
    assert "\N{MINUS SIGN}250.00" in page
    assert client.post(at(locked, "changes/1/take-back/")).status_code == 302
    assert not BudgetChange.objects.exists()


@pytest.mark.parametrize("form", ["changes/new/", "changes/several/"])
def test_a_change_in_the_evening_is_offered_the_date_of_the_company_s_place(
    locked: Budget, max_pm: Membership, sign_in: SignIn, form: str
) -> None:
    with time_machine.travel("2026-12-01 01:30Z", tick=False):  # 20:30 in New York
        page = read(sign_in(max_pm).get(at(locked, form)))
    assert 'value="2026-11-30"' in page
    assert "2026-12-01" not in page


def test_several_lines_change_at_once(locked: Budget, max_pm: Membership, sign_in: SignIn) -> None:
    client = sign_in(max_pm)
    given = {"made_on": "2026-11-02", "code-1": "03-300", "amount-1": "-1,000.00", "code-3": "05-100"}
    for change, words in (
        ({}, "The amount is missing"),
        ({"amount-3": "999.99"}, "come to -0.01 and have to come to zero"),
        ({"amount-3": "1000", "amount-4": "5"}, "The cost code is missing"),
        ({"amount-3": "x"}, "x is not a number"),
    ):
        answer = client.post(at(locked, "changes/several/"), {**given, **change})
        assert (answer.status_code, words in read(answer)) == (422, True)

    assert client.post(at(locked, "changes/several/"), {**given, "amount-3": "1000"}).status_code == 302
    moves = BudgetChange.objects.get().lines.values_list("line__number", "amount")
    assert list(moves) == [(1, Decimal("-1000.00")), (2, Decimal("1000.00"))]
    assert 'name="code-200"' in read(client.get(at(locked, "changes/several/?rows=999")))


def test_whether_changes_alter_the_total_is_a_setting(locked: Budget, max_pm: Membership, sign_in: SignIn) -> None:
    client = sign_in(max_pm)

    answer = client.post(at(locked, "settings/"), {"may_change_total": "on", "seen": str(locked.edition)})
    assert (answer.status_code, fresh_budget(locked).may_change_total) == (302, True)
    given = {"made_on": "2026-11-02", "code-1": "03-300", "amount-1": "5"}
    assert client.post(at(locked, "changes/several/"), given).status_code == 302
    assert "Alters the total by" in read(client.get(at(locked, "changes/")))
    older = client.post(at(locked, "settings/"), {"seen": "1"})
    assert older.status_code == 409
    assert "What you typed stands below." in read(older)
    assert f'href="{at(locked, "settings/")}">Show what stands now' in read(older)
    assert (older.context["form"]["may_change_total"].value(), fresh_budget(locked).may_change_total) == (False, True)


def test_the_list_shows_budgets_and_the_projects_without_one(
    budget: Budget, max_pm: Membership, vic: Membership, sign_in: SignIn
) -> None:
    bare = make_project(max_pm, "Bare Project")
    page = read(sign_in(max_pm).get("/budgets/"))

    for words in (at(budget), "1,500.00", "Bare Project", f"/projects/{bare.pk}/budget/open/"):
        assert words in page
    assert "Bare Project" not in read(sign_in(vic).get("/budgets/"))
    assert "Bare Project" not in read(sign_in(max_pm).get("/budgets/?q=nothing"))


def test_lists_ask_as_often_for_many_as_for_few(locked: Budget, max_pm: Membership, sign_in: SignIn) -> None:
    client = sign_in(max_pm)

    def more(count: int) -> list[int]:
        for _ in range(count):
            make_budget(max_pm)
            given = {"source": "03-300", "target": "05-100", "amount": "1", "made_on": "2026-11-02"}
            assert client.post(at(locked, "changes/new/"), given).status_code == 302
        addresses = ("/budgets/", at(locked, "changes/"), f"/api/v1/budgets/{locked.pk}/changes/", "/api/v1/budgets/")
        return [queries(lambda one=one: client.get(one)) for one in addresses]  # type: ignore[misc]

    assert more(2) == more(6)


def test_another_companys_budget_is_nowhere(budget: Budget, olga: Membership, sign_in: SignIn) -> None:
    client = sign_in(olga)

    assert project_of(budget).name not in read(client.get("/budgets/"))
    for rest in ("", "lines/1/", "changes/", "file.csv", "import/", "import/template.csv", "settings/"):
        assert client.get(at(budget, rest)).status_code == 404
    for rest in ("lock/", "unlock/", "open/", "lines/1/remove/", "changes/new/"):
        assert client.post(at(budget, rest)).status_code == 404


def test_a_viewer_sees_figures_and_no_button(locked: Budget, vic: Membership, sign_in: SignIn) -> None:
    page = read(sign_in(vic).get(at(locked)))

    assert "1,500.00" in page
    for rest in ("unlock/", "changes/new/", "import/", "lines/new/", "settings/"):
        assert at(locked, rest) not in page
    assert f"/review/{locked.erp_id}/send/" not in page
    assert 'name="amount"' not in read(sign_in(vic).get(at(locked, "lines/1/")))


def test_while_it_is_with_accounting_the_page_says_why_nothing_can_be_changed(
    locked: Budget, max_pm: Membership, sign_in: SignIn
) -> None:
    sent(locked, max_pm)

    for rest in ("", "lines/1/", "changes/", "changes/new/", "import/"):
        assert "It is with accounting. Retrieve it first, then edit it." in read(sign_in(max_pm).get(at(locked, rest)))
