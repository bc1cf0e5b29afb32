"""The same way of a budget on the demo: its own people, project, codes and look-alike, through its own processes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page

from procore_sync.demo.person import Person
from procore_sync.demo.sample import CHECKED_PROJECT, COST_CODES, MAIL, PASSWORD, REALM
from procore_sync.development.children import wait_for
from tests.demo import start_demo
from tests.e2e.budget_walk import Walk, rows_of, upload, written
from tests.e2e.conftest import signed_in
from tests.e2e.tour import accept_a_first_record, keep_the_others

pytestmark = [pytest.mark.demo, pytest.mark.timeout(400)]

#: The codes that the sample's project uses, all of which are in QuickBooks, and those that the walk brings in.
OF_THE_SAMPLE = [(one.code, one.description) for one in COST_CODES[4:9]]
TRADES = ("Earthwork", "Formwork; walls", "Reinforcing “#5”", "Framing", "Roofing: flat & steep", "Électricité")
BROUGHT_IN = [
    (f"{division}-{section * 10:03}", f"{TRADES[section % 6]}, section {section}")
    for division in range(21, 42)
    for section in range(1, 16)
]


@dataclass
class Demo:
    """The running demo, and what its bookkeeper can do."""

    console: str
    lookalike: str

    def control(self, method: str, path: str, given: Any = None) -> Any:
        """Ask the look-alike's control plane."""
        answer = requests.request(method, f"{self.lookalike}/_control/{path}", json=given, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def books(self, entity: str) -> list[dict[str, Any]]:
        """Every document of an entity."""
        return list(self.control("GET", f"documents/{REALM}/{entity}"))


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    running = start_demo(tmp_path / "demo", tmp_path / "demo.log")
    try:
        told = dict(line.split(":", 1) for line in running.output().splitlines() if ": " in line)
        yield Demo(told["The console"].strip(), told["The QuickBooks window"].strip())
    finally:
        running.stop(seconds=30)


@pytest.fixture
def windows(browser: Browser, demo: Demo) -> Iterator[tuple[Page, Page]]:
    contexts: list[BrowserContext] = [browser.new_context(), browser.new_context()]
    his, hers = (
        signed_in(context.new_page(), demo.console, f"{name}@{MAIL}", PASSWORD)
        for context, name in zip(contexts, ("max", "ada"), strict=True)
    )
    yield his, hers
    for context in contexts:
        context.close()


def the_project(person: Person) -> dict[str, Any]:
    found = person.get(f"/api/v1/projects/?q={CHECKED_PROJECT}").json()["results"]
    return dict(next(one for one in found if one["name"] == CHECKED_PROJECT))


def bring_in_codes(demo: Demo, his: Page, hers: Page, ada: Person) -> None:
    """The bookkeeper's items of years, which Max has in a file; Ada links each to what it is."""
    accounts = {one["AccountType"]: {"value": one["Id"]} for one in demo.books("Account")}
    refs = {"IncomeAccountRef": accounts["Income"], "ExpenseAccountRef": accounts["Cost of Goods Sold"]}
    items = [{"Name": code, "Type": "Service", **refs} for code, _ in BROUGHT_IN]
    assert demo.control("POST", f"bulk/{REALM}/Item", items) == {"created": len(items)}
    codes = written(("Code", "Description"), BROUGHT_IN)
    upload(his, f"{demo.console}/cost-codes/import/", codes, BROUGHT_IN[0][0])
    ada.get("/quickbooks/")
    assert "are being read" in ada.post("/quickbooks/refresh/").text
    button = f"Link all {len(items)} exact matches"
    wait_for(lambda: button in ada.get("/quickbooks/import/?entity=item").text, 60, what="the items are read")
    hers.goto(f"{demo.console}/quickbooks/import/?entity=item")
    hers.get_by_role("button", name=button).click()
    hers.get_by_text(f"{len(items)} linked.").wait_for()


def test_the_demo_leads_to_a_first_accepted_record_within_eight_clicks(demo: Demo, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    assert accept_a_first_record(page, demo.console, f"ada@{MAIL}", PASSWORD) <= 8
    keep_the_others(page)
    context.close()


def test_a_budget_of_several_hundred_lines_becomes_the_estimate_on_the_demo(
    demo: Demo, windows: tuple[Page, Page]
) -> None:
    his, hers = windows
    max_, ada = (Person(demo.console, f"{name}@{MAIL}") for name in ("max", "ada"))
    project = the_project(max_)
    max_.send(project["item"])
    ada.accept(project["item"])
    ada.wait_for(project["item"], "synced")
    bring_in_codes(demo, his, hers, ada)
    his.goto(f"{demo.console}/projects/{project['id']}/cost-codes/")
    his.get_by_role("button", name="that are missing").click()
    his.get_by_text("cost codes added to").wait_for()
    rows = rows_of([*OF_THE_SAMPLE, *BROUGHT_IN])
    assert len(rows) == 320
    Walk(demo.console, project["id"], his, hers, demo.books, CHECKED_PROJECT, rows).take()
