"""Taking an acceptance back before it leaves: by key, by hand, of many at once, and without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from procore_sync.acceptance import operations
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Company, Membership, Role
from tests.acceptance.conftest import member, new_invoice
from tests.acceptance.conftest import paper as paper
from tests.acceptance.conftest import unmet as unmet
from tests.acceptance.paper import PaperLedger
from tests.e2e.accessible import violations
from tests.e2e.visits import Visit
from tests.e2e.visits import static_root as static_root
from tests.e2e.visits import visit as visit

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
DESK = {"width": 1440, "height": 1000}


@pytest.fixture
def company(transactional_db: None) -> Company:
    return Company.objects.create(name="Harbor Row Builders", slug="harbor-row", undo_seconds=60)


@pytest.fixture
def ada(company: Company) -> Membership:
    return member(company, "Ada", Role.ACCOUNTANT, decides=True)


@pytest.fixture
def three(paper: PaperLedger, company: Company) -> list[ErpItem]:
    """Three invoices that wait for a decision, oldest first."""
    sender = member(company, "Max", Role.PROJECT_MANAGER)
    items = [new_invoice(sender, f"Application {number}") for number in (1, 2, 3)]
    for item in items:
        operations.send(item, by=sender)
    return items


def stand() -> list[str]:
    return list(ErpItem.objects.order_by("pk").values_list("status", flat=True))


def row(page: Page, item: ErpItem) -> str:
    return f"[data-item='{item.pk}']"


def press_slowly(page: Page, key: str) -> None:
    """As a finger does: a second tap within 0.4 s is taken for a slip."""
    page.wait_for_timeout(700)
    page.keyboard.press(key)


def test_it_takes_back_the_last_and_then_the_one_before(visit: Visit, ada: Membership, three: list[ErpItem]) -> None:
    page = visit("/inbox/", ada, viewport=DESK)
    page.keyboard.press("j")
    expect(page.locator("#record h1")).to_have_text("Application 1")
    page.keyboard.press("a")
    expect(page.locator("#record h1")).to_have_text("Application 2")
    press_slowly(page, "a")
    expect(page.locator("#record h1")).to_have_text("Application 3")
    expect(page.locator(row(page, three[0]))).to_contain_text("leaves in")
    expect(page.locator(".held")).to_contain_text("Application 2")
    assert stand() == [Status.EXPORTING, Status.EXPORTING, Status.SENT]

    page.keyboard.press("u")
    expect(page.locator("#record h1")).to_have_text("Application 2")
    expect(page.locator(row(page, three[1]))).to_be_focused()
    expect(page.locator(row(page, three[1]))).not_to_contain_text("leaves in")
    assert stand() == [Status.EXPORTING, Status.SENT, Status.SENT]

    press_slowly(page, "u")
    expect(page.locator("#record h1")).to_have_text("Application 1")
    expect(page.locator(row(page, three[0]))).to_be_focused()
    expect(page.locator(".held")).to_have_count(0)
    assert stand() == [Status.SENT] * 3

    press_slowly(page, "a")
    expect(page.locator("#record h1")).to_have_text("Application 2")
    assert stand() == [Status.EXPORTING, Status.SENT, Status.SENT]


def test_a_look_at_the_record_takes_nothing_from_the_answer_of_a_deed(
    visit: Visit, ada: Membership, three: list[ErpItem]
) -> None:
    submission = three[0].submissions.get()
    operations.accept(three[0], by=ada, seen=submission.digest, choices={})
    page = visit(f"/review/{three[0].pk}/", ada, viewport=DESK)
    asked: list[Route] = []
    page.route("**/undo/", lambda route: asked.append(route))

    page.get_by_role("button", name="Take back").click()
    page.evaluate("document.querySelector('#record').dataset.stamp = 'otherwise'")  # as when its state has changed
    page.wait_for_timeout(2500)  # a look comes every two seconds
    asked[0].continue_()

    expect(page.locator("#live")).to_contain_text("Application 1 is back")


def test_it_counts_down_and_says_so_in_words(visit: Visit, ada: Membership, three: list[ErpItem]) -> None:
    submission = three[0].submissions.get()
    operations.accept(three[0], by=ada, seen=submission.digest, choices={})
    page = visit(f"/review/{three[0].pk}/", ada, viewport=DESK)
    told = page.locator("[data-leaves]").first
    before = told.inner_text()
    expect(told).not_to_have_text(before)
    assert violations(page) == []

    page.get_by_role("button", name="Take back").click()
    expect(page.locator("#live")).to_contain_text("Application 1 is back")
    expect(page.get_by_role("button", name="Accept")).to_be_visible()
    assert stand()[0] == Status.SENT


def test_who_is_too_late_is_told_so(visit: Visit, ada: Membership, three: list[ErpItem]) -> None:
    submission = three[0].submissions.get()
    operations.accept(three[0], by=ada, seen=submission.digest, choices={})
    page = visit(f"/review/{three[1].pk}/", ada, viewport=DESK)
    expect(page.locator(".held")).to_contain_text("Application 1")
    Submission.objects.filter(pk=submission.pk).update(fence=1, work="flying")

    page.keyboard.press("u")

    expect(page.locator("#live")).to_contain_text("Application 1 has left for QuickBooks already")
    expect(page.locator("#record h1")).to_have_text("Application 1")
    assert stand()[0] == Status.EXPORTING


def test_a_whole_batch_is_taken_back(visit: Visit, ada: Membership, three: list[ErpItem]) -> None:
    page = visit("/inbox/many/", ada, viewport=DESK)
    page.get_by_role("button", name="Accept what is ticked").click()
    expect(page.locator(".held")).to_contain_text("3 of them have not left")
    assert violations(page) == []

    page.keyboard.press("u")

    expect(page.get_by_role("heading", name="Take back: what became of each")).to_be_visible()
    assert stand() == [Status.SENT] * 3


def test_it_is_a_plain_form_without_javascript(visit: Visit, ada: Membership, three: list[ErpItem]) -> None:
    page = visit(f"/review/{three[0].pk}/", ada, viewport=DESK, java_script_enabled=False)
    page.get_by_role("button", name="Accept").click()
    expect(page.locator(".held")).to_contain_text("Application 1")

    page.get_by_role("button", name="Take back").click()

    expect(page.locator("#live")).to_contain_text("Application 1 is back")
    expect(page.locator("#record h1")).to_have_text("Application 1")
    assert stand() == [Status.SENT] * 3
