"""The API of budgets: the same rules, refusals and walls as the pages."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from budgets import operations
from budgets.columns import COLUMNS
from budgets.models import Budget, BudgetChange, BudgetLine
from budgets.rules import LineDetails
from procore_sync.accounts.models import Membership
from tests.budgets.conftest import SignIn, line_of, project_of
from tests.factories import make_budget, make_cost_code, make_project, synced

Answer = tuple[int, Any]


@pytest.fixture
def client(max_pm: Membership, sign_in: SignIn) -> Client:
    return sign_in(max_pm)


def ask(client: Client, method: str, address: str, **body: object) -> Answer:
    answer = client.generic(method, f"/api/v1/budgets/{address}", json.dumps(body), "application/json")
    return answer.status_code, answer.json() if answer.content else None


def test_a_budget_is_opened_once_under_its_reference(max_pm: Membership, client: Client) -> None:
    project = make_project(max_pm)
    body = {"project": project.pk, "external_ref": "B-1"}

    first, made = ask(client, "POST", "", **body)
    again, same = ask(client, "POST", "", **body)

    assert (first, again, made == same) == (201, 200, True)
    assert (made["project"], made["is_locked"], made["revised"], made["line_count"]) == (project.pk, False, "0.00", 0)
    status, refusal = ask(client, "POST", "", project=project.pk)
    assert (status, refusal["errors"]["project"]) == (422, [f"{project.name} has a budget already."])


def test_a_foreign_project_gets_no_budget(olga: Membership, client: Client) -> None:
    foreign = make_project(olga)

    for project in (foreign.pk, 10**30):
        status, refusal = ask(client, "POST", "", project=project)
        assert (status, list(refusal["errors"])) == (422, ["project"])
    assert not Budget.objects.exists()


def test_a_budget_answers_with_every_row_and_column_and_what_they_mean(locked: Budget, client: Client) -> None:
    status, told = ask(client, "GET", f"{locked.pk}/")

    assert status == 200
    assert [column["key"] for column in told["columns"]] == [column.key for column in COLUMNS]
    assert "never below zero" in next(one["formula"] for one in told["columns"] if one["key"] == "to_complete")
    concrete = told["rows"][0]
    assert (concrete["kind"], concrete["line"], concrete["code"], concrete["warning"]) == ("line", 1, "03-300", "")
    assert (concrete["amounts"]["revised"], told["total"]["revised"]) == ("1000.00", "1500.00")
    assert (told["is_locked"], told["status"], told["revised"]) == (True, "not_sent", "1500.00")


def test_a_file_of_lines_is_looked_over_and_imported_as_it_was_looked_at(
    budget: Budget, max_pm: Membership, ada: Membership, olga: Membership, client: Client, sign_in: SignIn
) -> None:
    at = f"/api/v1/budgets/{budget.pk}/files/"
    text = b"Cost Code,Budget Amount\n03-300,8.00\n05-100,much\n"
    file = SimpleUploadedFile("lines.csv", text)
    assert client.post(at, {"file": file}).status_code == 201
    told = client.post(at, {"file": SimpleUploadedFile("lines.csv", text)}).json()
    assert [(row["number"], row["state"]) for row in told["rows"]] == [(2, "changed"), (3, "refused")]
    here = f"{budget.pk}/files/{told['id']}/"
    assert ask(client, "GET", here) == (200, told)
    for who, status in ((ada, 403), (olga, 404)):
        assert ask(sign_in(who), "GET", here)[0] == status
        assert ask(sign_in(who), "POST", f"{here}import/", leave_out=[3])[0] == status

    status, refused = ask(client, "POST", f"{here}import/", seen=told["seen"])
    assert (status, list(refused["errors"])) == (422, ["3"])
    operations.edit_line(line_of(budget, "03-300"), LineDetails(amount=Decimal(6)), by=max_pm, seen=1)
    status, refused = ask(client, "POST", f"{here}import/", seen=told["seen"], leave_out=[3])
    assert (status, "changed meanwhile" in refused["detail"]) == (409, True)
    assert str(line_of(budget, "03-300").original) == "6.00"
    _, now = ask(client, "GET", here)
    assert ask(client, "POST", f"{here}import/", seen=now["seen"], leave_out=[3]) == (200, {"added": 0, "changed": 1})
    assert str(line_of(budget, "03-300").original) == "8.00"
    gone = "There is no such file. Its rows are kept for a day, or until they are imported: post it again."
    assert ask(client, "GET", here) == (404, {"detail": gone})


def test_the_budget_of_a_project_is_asked_for_by_the_project(
    budget: Budget, max_pm: Membership, olga: Membership, client: Client, sign_in: SignIn
) -> None:
    make_budget(max_pm, amounts={"03-300": "7.00"})

    def listed(browser: Client, project: object) -> list[int]:
        return [one["id"] for one in ask(browser, "GET", f"?project={project}")[1]["results"]]

    assert listed(client, budget.project_id) == [budget.pk]
    assert (len(listed(client, "")), listed(client, 77777), listed(sign_in(olga), budget.project_id)) == (2, [], [])
    assert [ask(client, "GET", f"?project={wrong}")[0] for wrong in ("x", "9" * 30)] == [422, 422]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_file_to_fill_in_is_the_pages(budget: Budget, client: Client, form: str) -> None:
    at = f"/api/v1/budgets/{budget.pk}/files/template/?form={form}"
    page = client.get(f"/projects/{budget.project_id}/budget/import/template.{form}")
    kinds = ("*/*", page["Content-Type"].partition(";")[0], "text/plain")
    for answer in (client.get(at, headers={"Accept": kind}) for kind in kinds):
        assert (answer.status_code, answer["Content-Type"]) == (200, page["Content-Type"])
        assert answer["Content-Disposition"] == page["Content-Disposition"]
    assert form == "xlsx" or client.get(at).content == page.content
    refused = client.get(at.replace(form, "ods"), headers={"Accept": "text/csv"})
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["form"])


def test_lines_are_added_edited_and_removed(budget: Budget, max_pm: Membership, client: Client) -> None:
    code = project_of(budget).code_rows.create(cost_code=synced(make_cost_code(max_pm, "07-500"))).cost_code
    status, line = ask(client, "POST", f"{budget.pk}/lines/", cost_code=code.pk, quantity="2.5", unit_cost="0.33")
    assert (status, line["number"], line["manual"], line["original"]) == (201, 3, False, "0.83")

    status, line = ask(client, "PATCH", f"{budget.pk}/lines/3/", quantity="3", edition=1)
    assert (status, line["original"], line["edition"]) == (200, "0.99", 2)
    status, line = ask(
        client, "PATCH", f"{budget.pk}/lines/3/", amount="5.00", quantity=None, unit_cost=None, edition=2
    )
    assert (status, line["original"], line["manual"]) == (200, "5.00", True)
    status, line = ask(client, "PATCH", f"{budget.pk}/lines/3/", quantity="2", unit_cost="4", edition=3)
    assert (status, line["original"], line["manual"]) == (200, "8.00", False)
    assert ask(client, "GET", f"{budget.pk}/lines/3/")[1] == line
    assert [one["code"] for one in ask(client, "GET", f"{budget.pk}/lines/")[1]] == ["03-300", "05-100", "07-500"]
    assert ask(client, "DELETE", f"{budget.pk}/lines/3/")[0] == 204
    assert ask(client, "GET", f"{budget.pk}/lines/3/")[0] == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "0.005"}, "amount"),
        ({"amount": "1E+40"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "5", "quantity": "2", "unit_cost": "3"}, "amount"),
        ({"amount": "5", "manual": True, "quantity": "2"}, "quantity"),
        ({"quantity": "2"}, "unit_cost"),
        ({"manual": False}, "quantity"),
        ({"amount": "5", "description": "a\nb"}, "description"),
        ({"amount": "5", "cost_code": 10**30}, "cost_code"),
        ({"amount": "5", "cost_code": "x"}, "cost_code"),
    ],
)
def test_a_line_that_cannot_be_is_refused_with_its_sentence(
    body: dict[str, object], field: str, budget: Budget, max_pm: Membership, client: Client
) -> None:
    code = project_of(budget).code_rows.create(cost_code=synced(make_cost_code(max_pm, "07-500"))).cost_code

    status, refusal = ask(client, "POST", f"{budget.pk}/lines/", **{"cost_code": code.pk, **body})

    assert (status, field in refusal["errors"]) == (422, True)
    assert BudgetLine.objects.count() == 2


def test_a_line_is_edited_only_by_who_read_it(budget: Budget, client: Client) -> None:
    assert ask(client, "PATCH", f"{budget.pk}/lines/1/", amount="5.00")[0] == 422
    assert ask(client, "PATCH", f"{budget.pk}/lines/1/", amount="5.00", edition=1)[0] == 200
    status, refusal = ask(client, "PATCH", f"{budget.pk}/lines/1/", amount="6.00", edition=1)
    assert (status, "saved by you yourself" in refusal["detail"]) == (409, True)


def test_a_change_is_made_read_and_taken_back(locked: Budget, client: Client) -> None:
    moves = [{"line": 1, "amount": "-5.00"}, {"line": 2, "amount": "5.00"}]

    status, made = ask(client, "POST", f"{locked.pk}/changes/", made_on="2026-11-02", notes="Less", lines=moves)

    assert (status, made["number"], made["made_by"]) == (201, 1, "Max")
    assert made["lines"] == [
        {"line": 1, "code": "03-300", "amount": "-5.00"},
        {"line": 2, "code": "05-100", "amount": "5.00"},
    ]
    assert (
        ask(client, "GET", f"{locked.pk}/changes/")[1] == [made] == [ask(client, "GET", f"{locked.pk}/changes/1/")[1]]
    )
    assert ask(client, "DELETE", f"{locked.pk}/changes/1/")[0] == 204
    assert not BudgetChange.objects.exists()


def test_a_change_that_cannot_be_is_refused(locked: Budget, client: Client) -> None:
    address = f"{locked.pk}/changes/"
    for lines, words in (
        ([{"line": 1, "amount": "-5.00"}], "have to come to zero"),
        ([{"line": 9, "amount": "-5.00"}], "has no line 9"),
        ([], "moves nothing"),
        ([{"line": 1, "amount": "x"}], "number"),
    ):
        status, refusal = ask(client, "POST", address, made_on="2026-11-02", lines=lines)
        assert (status, words in json.dumps(refusal)) == (422, True)
    status, told = ask(client, "PATCH", f"{locked.pk}/", may_change_total=True, edition=locked.edition)
    assert (status, told["may_change_total"]) == (200, True)
    assert ask(client, "POST", address, made_on="2026-11-02", lines=[{"line": 1, "amount": "-5.00"}])[0] == 201


def test_a_write_with_a_key_is_done_once(budget: Budget, client: Client) -> None:
    operations.lock(budget, by=budget.erp.created_by or Membership())
    address, body = f"/api/v1/budgets/{budget.pk}/changes/", {"made_on": "2026-11-02"}
    moves = [{"line": 1, "amount": "-5.00"}, {"line": 2, "amount": "5.00"}]

    answers = [
        client.post(address, {**body, "lines": moves}, "application/json", headers={"Idempotency-Key": "k-1"})
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert BudgetChange.objects.count() == 1


def test_another_companys_budget_does_not_exist(
    locked: Budget, olga: Membership, sign_in: SignIn, max_pm: Membership
) -> None:
    client = sign_in(olga)
    own = make_budget(olga, amounts={"03-300": "5.00"})

    assert [one["id"] for one in ask(client, "GET", "")[1]["results"]] == [own.pk]
    for method, rest in (
        ("GET", ""),
        ("PATCH", ""),
        ("POST", "lock/"),
        ("POST", "unlock/"),
        ("GET", "lines/"),
        ("POST", "lines/"),
        ("GET", "lines/1/"),
        ("DELETE", "lines/1/"),
        ("GET", "changes/"),
        ("POST", "changes/"),
    ):
        assert ask(client, method, f"{locked.pk}/{rest}")[0] == 404
    code = line_of(locked, "03-300").code.cost_code_id
    assert ask(client, "POST", f"{own.pk}/lines/", cost_code=code, amount="1.00")[0] == 422
