"""A budget from file to estimate in a real browser: imported, locked, rejected, corrected, accepted, changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from procore_sync.acceptance import operations
from projects.models import CostCode, Project
from projects.records import Record
from quickbooks_bridge.links import remember_link
from tests.e2e.budget_walk import Walk, rows_of
from tests.factories import make_cost_code, make_project
from tests.site import REALM, Site

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]
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
        code = make_cost_code(site.max_pm, f"{at // 20 + 31:02}-{at % 20 * 10:03}", f"{TRADES[at % 8]} {at}")
        refs = {"IncomeAccountRef": accounts["Income"], "ExpenseAccountRef": accounts["Cost of Goods Sold"]}
        named = {name: {"value": value} for name, value in refs.items()}
        written(site, code, "Item", Name=code.code, Type="Service", **named)
        codes.append(code)
    made = make_project(site.max_pm, "Breakwater Terminal", codes=codes)
    customer = next(one for one in site.books("Customer") if not one.get("Job"))
    parent = {"ParentRef": {"value": customer["Id"]}, "Job": True}
    written(site, made, "Customer", DisplayName=made.name, **parent)
    return made


def test_a_budget_of_several_hundred_lines_becomes_the_estimate(site: Site, desk: OpenDesk, project: Project) -> None:
    assert site.web
    his, hers = desk(site.max_pm.user.email), desk(site.ada.user.email)
    his.goto(f"{site.web.url}/projects/{project.pk}/budget/")
    his.get_by_role("button", name="Open the budget").click()
    codes = CostCode.objects.filter(projects=project).order_by("pk").values_list("code", "description")
    Walk(site.web.url, project.pk, his, hers, site.books, project.name, rows_of(codes)).take()
