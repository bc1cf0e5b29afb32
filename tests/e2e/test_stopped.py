"""A record that a check keeps from being accepted: its key says why, and decides nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from procore_sync.acceptance import operations
from procore_sync.acceptance.courier import Check
from procore_sync.acceptance.models import ErpItem
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


@pytest.fixture
def ada(transactional_db: None, paper: PaperLedger) -> Membership:
    """An approver before whom one invoice lies."""
    company = Company.objects.create(name="Harbor Row Builders", slug="harbor-row", undo_seconds=0)
    sender = member(company, "Max", Role.PROJECT_MANAGER)
    operations.send(new_invoice(sender), by=sender)
    return member(company, "Ada", Role.ACCOUNTANT, decides=True)


@pytest.mark.parametrize("width", [1440, 390])
def test_the_key_leads_to_the_button_and_its_reason(
    visit: Visit, ada: Membership, paper: PaperLedger, width: int
) -> None:
    item = ErpItem.objects.get()
    paper.stops.append(Check("stop", "No W-9 of Ace is noted."))
    page = visit(f"/review/{item.pk}/", ada, viewport={"width": width, "height": 1000})
    page.keyboard.press("a")
    button = page.locator("button[data-key=a]")
    expect(button).to_be_focused()
    expect(button).to_have_accessible_description("No W-9 of Ace is noted.")
    expect(page.locator(".actions .why-line")).to_be_visible()
    assert violations(page) == []
    assert ErpItem.objects.get().status == Status.SENT


def test_what_stops_it_since_the_page_was_drawn_is_said_in_place(
    visit: Visit, ada: Membership, paper: PaperLedger
) -> None:
    item = ErpItem.objects.get()
    page = visit(f"/review/{item.pk}/", ada)
    paper.stops.append(Check("stop", "No W-9 of Ace is noted.", "/vendors/", who="administrator"))
    page.locator("#record h1").focus()
    page.keyboard.press("a")
    refused = page.locator("#record #refusal")
    expect(refused).to_contain_text("No W-9 of Ace is noted.")
    expect(refused.get_by_role("link", name="Go to Vendors")).to_be_visible()
    expect(page.locator("#record h1")).to_be_focused()
    expect(page.locator("#record .actions button[data-key=a]")).to_have_attribute("aria-disabled", "true")
    assert ErpItem.objects.get().status == Status.SENT


def test_once_it_is_cured_elsewhere_it_can_be_accepted_without_a_reload(
    visit: Visit, ada: Membership, paper: PaperLedger
) -> None:
    item = ErpItem.objects.get()
    paper.stops.append(Check("stop", "No W-9 of Ace is noted."))
    page = visit(f"/review/{item.pk}/", ada)
    button = page.locator("#record .actions button[data-key=a]")
    expect(button).to_have_attribute("aria-disabled", "true")
    page.evaluate("document.querySelector('#record h1').dataset.drawn = 'once'")
    with page.expect_response(lambda answer: answer.url.endswith(f"/review/{item.pk}/")):
        page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.locator("#record h1")).to_have_attribute("data-drawn", "once")
    paper.stops.clear()
    page.wait_for_timeout(2100)  # looked for once in two seconds
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(button).not_to_have_attribute("aria-disabled", "true")
    page.locator("#record h1").focus()
    with page.expect_response(lambda answer: "/accept/" in answer.url):
        page.keyboard.press("a")
    assert ErpItem.objects.get().status == Status.EXPORTING
