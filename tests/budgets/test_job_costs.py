"""The job costs of a project beside its budget: the revised budget by code, in page, file and API."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from budgets import sources
from budgets.job_costs import Figures, JobCost, JobCosts, job_costs_of
from budgets.models import Budget
from budgets.operations import make_change
from budgets.rules import between
from budgets.sources import Costs
from procore_sync.accounts.models import Membership
from projects.ledger_costs import Known
from projects.models import CostCode, Project
from tests.architecture.controls import only_hovered
from tests.factories import fresh_budget, make_budget, make_commitment, make_cost_code, make_project, synced
from tests.projects.costs import absorb, cost
from tests.scenes import kept

pytestmark = pytest.mark.database


@pytest.fixture
@kept
def budget(max_pm: Membership) -> Budget:
    """100.00 and 50.00, of which 7.25 moved from the first to the second; 20.00 of the first is promised."""
    made = make_budget(max_pm, amounts={"31-100": "100.00", "31-200": "50.00"}, locked=True)
    one, two = made.lines.select_related("code__cost_code").order_by("number")
    make_change(made, between(one, two, Decimal("7.25"), made_on=date(2026, 11, 2)), by=max_pm)
    make_commitment(max_pm, made.project, lines=["20.00"])
    return fresh_budget(made)


def budgets_in(project: Project) -> list[tuple[str, str]]:
    return [(row.code.code, str(row.figures.budget)) for row in job_costs_of(project).rows]


def test_each_code_has_its_revised_budget(budget: Budget) -> None:
    found = job_costs_of(budget.project)
    figures = {row.code.code: (row.figures.budget, row.figures.committed) for row in found.rows}
    assert figures == {
        "31-100": (Decimal("92.75"), Decimal("20.00")),
        "31-200": (Decimal("57.25"), Decimal("0.00")),
    }
    assert found.total.budget == Decimal("150.00")


def test_another_project_with_the_same_codes_adds_nothing(budget: Budget, max_pm: Membership) -> None:
    other = synced(make_project(max_pm, "Other Station", codes=[]))
    theirs = make_budget(max_pm, other, amounts={"31-200": "900.00", "31-100": "800.00"}, locked=True)
    one, two = theirs.lines.select_related("code__cost_code").order_by("number")
    make_change(theirs, between(one, two, Decimal("300.00"), made_on=date(2026, 11, 2)), by=max_pm)
    assert budgets_in(budget.project) == [("31-100", "92.75"), ("31-200", "57.25")]
    assert budgets_in(other) == [("31-100", "1100.00"), ("31-200", "600.00")]


def test_a_code_that_only_costs_name_has_a_row_in_its_place(
    budget: Budget, max_pm: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = budget.project
    type(project).objects.filter(pk=project.pk).update(job_costs=True)
    project.refresh_from_db()
    before, after, _unused = (synced(make_cost_code(max_pm, code)) for code in ("31-000", "31-150", "31-160"))
    absorb(project, Known({"55": project.pk}, {"40": before.pk}), cost("1", "75.25", item_id="40"))
    told = {before.pk: Costs(invoiced=Decimal("10.00")), after.pk: Costs(invoiced=Decimal("30.00"))}
    monkeypatch.setattr(sources, "_sources", {"told": lambda project: told})
    found = job_costs_of(project)
    assert [(row.code.code, str(row.figures.to_date)) for row in found.rows] == [
        ("31-000", "85.25"),
        ("31-100", "0.00"),
        ("31-150", "30.00"),
        ("31-200", "0.00"),
    ]
    assert found.total.to_date == Decimal("115.25")


def test_the_largest_codes_are_plotted_in_their_order() -> None:
    """By whichever of the three figures is a code's largest; the smallest of thirteen is left to the table."""
    largest = [Figures(budget=Decimal(500)), Figures(committed=Decimal(500)), Figures(invoiced=Decimal(500))] * 4
    codes = [CostCode(pk=number) for number in range(1, 14)]
    rows = [JobCost(code, each) for code, each in zip(codes, [Figures(budget=Decimal(499)), *largest], strict=True)]
    assert [row.code.pk for row in JobCosts(rows, Decimal(0), 0).plotted] == list(range(2, 14))


def test_only_who_may_edit_the_project_is_led_there_to_switch_job_costs_on(
    budget: Budget, max_pm: Membership, ada: Membership, client: Client
) -> None:
    led_to, address = f"/projects/{budget.project_id}/edit/", f"/projects/{budget.project_id}/job-costs/"
    for who, is_led in ((max_pm, True), (ada, False)):
        client.force_login(who.user)
        page = client.get(address).content.decode()
        assert (client.get(led_to).status_code == 200, led_to in page) == (is_led, is_led)
        assert "Direct costs are not filled from QuickBooks." in page
        assert ("A project manager switches “Job costs from QuickBooks” on" in page) != is_led


def test_uncoded_costs_that_cancel_out_are_shown_to_be_coded(
    budget: Budget, max_pm: Membership, client: Client
) -> None:
    """Of two that come to 0.00 each belongs to a code, and those codes are told wrong until somebody says so."""
    project = budget.project
    type(project).objects.filter(pk=project.pk).update(job_costs=True)
    absorb(project, Known({"55": project.pk}, {}), cost("1", "40.00"), cost("2", "-40.00"))
    client.force_login(max_pm.user)
    address = f"/projects/{project.pk}/job-costs"
    assert f"/job-costs/not-coded/?project={project.pk}" in client.get(f"{address}/").content.decode()
    assert "Not coded" in client.get(f"{address}/file.csv").content.decode()


def test_page_file_and_api_say_the_same(budget: Budget, max_pm: Membership, client: Client) -> None:
    client.force_login(max_pm.user)
    address = f"/projects/{budget.project_id}/job-costs/"
    page = client.get(address).content.decode()
    assert only_hovered(page) == []
    assert "Revised budget" in page
    assert "57.25" in page
    lines = client.get(f"{address}file.csv").content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Cost code,Description,Revised budget,Committed")
    assert [line.split(",")[2] for line in lines[1:]] == ["92.75", "57.25", "150.00"]
    told = client.get(f"/api/v1/job-costs/{budget.project_id}/").json()
    assert [row["budget"] for row in told["rows"]] == ["92.75", "57.25"]
    assert told["meaning"]["budget"].startswith("The original budget amount")
