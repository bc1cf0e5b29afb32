"""A budget from file to estimate in a real browser: imported, locked, rejected, corrected, accepted, changed."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from budgets.models import Budget
from procore_sync.acceptance import operations
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.states import Status
from projects.models import CostCode, Project
from projects.records import Record
from quickbooks_bridge.links import remember_link
from tests.factories import make_cost_code, make_project
from tests.site import REALM, Site

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]
OpenDesk = Callable[..., Page]

LINES = 240
TRADES = (
    "Concrete",
    "Masonry, “face brick”",
    "Steel; bolted",
    "Carpentry",
    "Roofing: flat & steep",
    "Glazing",
    "Finishes",
    "Électricité",
)


def written(site: Site, record: Record, entity: str, **document: Any) -> str:
    """The id of what the bookkeeper has written down for `record`, which is linked to it."""
    remote = site.control("POST", f"documents/{REALM}/{entity}", **document)
    operations.link(record.erp, by=None, detail={"entity": entity, "id": remote["Id"]})
    remember_link(record.erp, entity, remote, verified=None)
    return str(remote["Id"])


@pytest.fixture
def project(site: Site) -> Project:
    """A job in QuickBooks with several hundred service items, as a contractor has them after some years."""
    accounts = {one["AccountType"]: one["Id"] for one in site.books("Account")}
    codes = []
    for at in range(LINES):
        code = make_cost_code(site.max_pm, f"{at // 20 + 1:02}-{at % 20 * 10:03}", f"{TRADES[at % 8]} {at}")
        refs = {"IncomeAccountRef": accounts["Income"], "ExpenseAccountRef": accounts["Cost of Goods Sold"]}
        named = {name: {"value": value} for name, value in refs.items()}
        written(site, code, "Item", Name=code.code, Type="Service", **named)
        codes.append(code)
    made = make_project(site.max_pm, "Breakwater Terminal", codes=codes)
    customer = next(one for one in site.books("Customer") if not one.get("Job"))
    parent = {"ParentRef": {"value": customer["Id"]}, "Job": True}
    written(site, made, "Customer", DisplayName=made.name, **parent)
    return made


def amount_of(at: int) -> Decimal:
    """An amount with odd cents for each line."""
    return Decimal(1000 + at * 137) + Decimal(at * 7 % 100) / 100


def budget_file(project: Project) -> bytes:
    """What a project manager keeps in a spreadsheet: amounts for most codes, quantities for some, a code with none."""
    text = io.StringIO()
    rows = csv.writer(text, delimiter=";")
    rows.writerow(
        ["Cost Code", "Cost Type", "Description", "Manual Calculation", "Unit Qty", "UOM", "Unit Cost", "Budget Amount"]
    )
    for at, code in enumerate(CostCode.objects.filter(projects=project).order_by("pk")):
        if at % 10 == 3:
            rows.writerow([code.code, "O", "", "false", "12", "m3", f"{Decimal(at) + Decimal('0.25')}", ""])
        else:
            rows.writerow([code.code, "O", f"Our {code.description}", "true", "", "", "", f"{amount_of(at)}"])
    return text.getvalue().encode("utf-8-sig")


def the_estimate(site: Site, project: Project) -> dict[str, Any]:
    """The one estimate of the job."""
    job = project.erp.ledger_link.remote_id
    (found,) = [one for one in site.books("Estimate") if one["CustomerRef"]["value"] == job]
    return found


def in_the_books(site: Site, project: Project) -> list[tuple[str, str, Decimal]]:
    """Each line of the estimate: our key, the code's name, its amount."""
    items = {one["Id"]: one["Name"] for one in site.books("Item")}
    lines = [one for one in the_estimate(site, project)["Line"] if one["DetailType"] == "SalesItemLineDetail"]
    return [
        (
            line["Description"].partition("]")[0].lstrip("["),
            items[line["SalesItemLineDetail"]["ItemRef"]["value"]],
            Decimal(str(line["Amount"])),
        )
        for line in lines
    ]


def as_budgeted(budget: Budget) -> list[tuple[str, str, Decimal]]:
    """The same, by hand, from the budget's own rows."""
    originals = [
        (str(line.number), line.code.cost_code.code, line.original) for line in budget.lines.order_by("number")
    ]
    moves = [
        (f"M{change.number}.{move.number}", move.line.code.cost_code.code, move.amount)
        for change in budget.changes.order_by("number")
        for move in change.lines.order_by("number")
    ]
    return [one for one in originals if one[2]] + moves


def accept(page: Page, site: Site, item: ErpItem) -> None:
    """The approver's decision by one key, and the green row."""
    assert site.web
    page.goto(f"{site.web.url}/review/{item.pk}/")
    page.locator("#record h1").focus()
    page.keyboard.press("a")
    expect(page.locator(f"#{item.kind}-{item.pk}")).to_contain_text("Synced", timeout=30_000)


def test_a_budget_of_several_hundred_lines_becomes_the_estimate(site: Site, desk: OpenDesk, project: Project) -> None:
    assert site.web
    his, hers = desk(site.max_pm.user.email), desk(site.ada.user.email)
    address = f"{site.web.url}/projects/{project.pk}/budget/"
    his.goto(address)
    his.get_by_role("button", name="Open the budget").click()
    his.goto(f"{address}import/")
    file = {"name": "breakwater.csv", "mimeType": "text/csv", "buffer": budget_file(project)}
    his.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    his.locator("main form button[type=submit]").first.click()
    expect(his.get_by_text(f"{LINES} will be added").first).to_be_visible()
    his.get_by_role("button", name="Import").first.click()
    his.goto(address)
    expect(his.get_by_text(f"{LINES} lines").first).to_be_visible()
    his.get_by_role("button", name="Lock").first.click()
    his.get_by_role("button", name="Send to accounting").click()
    expect(his.get_by_text("With accounting").first).to_be_visible()

    budget = Budget.objects.select_related("erp").get(project=project)
    hers.goto(f"{site.web.url}/review/{budget.erp.pk}/")
    hers.keyboard.press("r")
    hers.keyboard.type("01-000 is short by 500.")
    hers.get_by_role("button", name="Reject", exact=True).click()
    expect(hers.locator(f"#budget-{budget.erp.pk}")).to_contain_text("Rejected")

    his.goto(address)
    expect(his.get_by_text("01-000 is short by 500.").first).to_be_visible()
    his.get_by_role("button", name="Unlock").first.click()
    first = budget.lines.get(code__cost_code__code="01-000")
    his.goto(f"{address}lines/{first.number}/")
    his.get_by_label("Amount").first.fill("1500.00")
    his.get_by_role("button", name="Save").first.click()
    his.goto(address)
    his.get_by_role("button", name="Lock").first.click()
    his.get_by_role("button", name="Send again").click()
    expect(his.get_by_text("With accounting").first).to_be_visible()

    hers.goto(f"{site.web.url}/review/{budget.erp.pk}/")
    changes = hers.get_by_role("group", name="Lines changed since the rejection")
    expect(hers.get_by_text("01-000 is short by 500.").first).to_be_visible()
    expect(changes.locator("tbody tr")).to_have_count(1)
    expect(changes).to_contain_text("500.00")
    accept(hers, site, budget.erp)
    assert in_the_books(site, project) == as_budgeted(budget)
    ids = {line["Description"]: line["Id"] for line in the_estimate(site, project)["Line"] if "Description" in line}

    his.goto(f"{address}changes/new/")
    his.get_by_label("From").fill("01-000")
    his.get_by_label("To").fill("12-190")
    his.get_by_label("Amount").fill("250.50")
    his.get_by_role("button", name="Move").click()
    his.goto(address)
    his.get_by_role("button", name="Send again").click()
    expect(his.get_by_text("With accounting").first).to_be_visible()
    accept(hers, site, budget.erp)
    found = in_the_books(site, project)
    assert found == as_budgeted(budget)
    assert [one[2] for one in found[-2:]] == [Decimal("-250.50"), Decimal("250.50")]
    after = {line["Description"]: line["Id"] for line in the_estimate(site, project)["Line"] if "Description" in line}
    assert {text: after[text] for text in ids} == ids
    budget.erp.refresh_from_db()
    assert budget.erp.status == Status.SYNCED
    assert Decimal(str(the_estimate(site, project)["TotalAmt"])) == budget.erp.amount == sum(one[2] for one in found)
