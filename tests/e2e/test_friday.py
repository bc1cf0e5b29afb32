"""A hundred records on a Friday, by keys alone: one press a decision, the focus never lost, nothing loaded anew."""

from __future__ import annotations

import statistics
import sys

import pytest
from playwright.sync_api import Page, expect

from procore_sync.acceptance import operations
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Company, Membership, Role
from tests.acceptance.conftest import member, new_invoice
from tests.acceptance.conftest import paper as paper
from tests.acceptance.conftest import unmet as unmet
from tests.acceptance.paper import PaperLedger
from tests.e2e.visits import Visit
from tests.e2e.visits import static_root as static_root
from tests.e2e.visits import visit as visit

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
DESK = {"width": 1440, "height": 1000}
WAITING = 100
#: Every tenth is rejected.
REJECTED = range(9, WAITING, 10)
REASON = "Level 2 is not hung yet"
#: Milliseconds; else Playwright asks at every frame, and has the browser draw frames to be asked at.
POLL = 50

#: Runs beside the page: counts its keys outside of fields, and measures from the key that decides to the record after.
WATCH = """() => {
    window.friday = { keys: 0, took: [], born: performance.timeOrigin };
    let began = null;
    document.addEventListener("keydown", (event) => {
        const types = event.target.matches("textarea") && event.key !== "Enter";
        if (!types) window.friday.keys += 1;
        if (event.key === "a" && !types || event.key === "Enter") began = performance.now();
    }, true);
    document.addEventListener("htmx:afterSettle", (event) => {
        if (began === null || event.detail.elt.id !== "record") return;
        requestAnimationFrame(() => { window.friday.took.push(performance.now() - began); began = null; });
    });
}"""
#: What has the focus: a row of the list, a field or button of the record, or something else.
FOCUS = """() => {
    const here = document.activeElement;
    return here.matches("[data-item]") ? "row" : here.closest("#record") ? "record" : here.tagName;
}"""


@pytest.fixture
def ada(transactional_db: None) -> Membership:
    company = Company.objects.create(name="Harbor Row Builders", slug="harbor-row", undo_seconds=10)
    return member(company, "Ada", Role.ACCOUNTANT, decides=True)


@pytest.fixture
def hundred(paper: PaperLedger, ada: Membership) -> list[Submission]:
    """A hundred invoices that wait for a decision, oldest first."""
    sender = member(ada.company, "Max", Role.PROJECT_MANAGER)
    return [operations.send(new_invoice(sender, f"Application {at}"), by=sender) for at in range(WAITING)]


def decide(page: Page, at: int) -> None:
    """One record, as fingers do: the next key once the next record is there, and not in the same instant."""
    page.wait_for_function(
        "label => document.querySelector('#record h1')?.textContent === label", arg=f"Application {at}", polling=POLL
    )
    page.wait_for_timeout(410)  # a second tap within 0.4 s is taken for a slip
    if at not in REJECTED:
        page.keyboard.press("a")
        return
    page.keyboard.press("r")
    assert page.evaluate(FOCUS) == "record"
    page.keyboard.type(REASON)
    page.keyboard.press("Enter")


@pytest.mark.timeout(400)  # a hundred records at the pace of fingers
def test_a_hundred_are_decided_by_one_key_each(visit: Visit, ada: Membership, hundred: list[Submission]) -> None:
    page = visit("/inbox/", ada, viewport=DESK)
    page.evaluate(WATCH)
    page.keyboard.press("j")
    lost: list[tuple[int, str]] = []
    for at in range(WAITING):
        decide(page, at)
        page.wait_for_function("count => window.friday.took.length === count", arg=at + 1, polling=POLL)
        focus = page.evaluate(FOCUS)
        if focus != "row":
            lost.append((at, focus))
    friday = page.evaluate("window.friday")
    took = sorted(friday["took"])
    sys.stdout.write(
        f"{friday['keys'] / WAITING:.2f} keys a record; decision shown: median {statistics.median(took):.0f} ms,"
        f" 95 % {took[94]:.0f} ms, longest {took[-1]:.0f} ms\n"
    )

    assert lost == []
    assert friday["keys"] <= 1.2 * WAITING
    assert friday["born"] == page.evaluate("performance.timeOrigin"), "the page was loaded anew"
    stands = list(ErpItem.objects.order_by("pk").values_list("status", flat=True))
    assert stands == [Status.REJECTED if at in REJECTED else Status.EXPORTING for at in range(WAITING)]
    assert set(Submission.objects.filter(decision="rejected").values_list("comment", flat=True)) == {REASON}
    expect(page.locator("#rows > li")).to_have_count(WAITING)
