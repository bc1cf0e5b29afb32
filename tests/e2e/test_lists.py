"""A list in an order of one's own, kept under a name and worked off by key, in both themes and without JavaScript."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from procore_sync.acceptance import operations
from procore_sync.acceptance.models import ErpItem
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
def ada(transactional_db: None) -> Membership:
    company = Company.objects.create(name="Harbor Row Builders", slug="harbor-row")
    return member(company, "Ada", Role.ACCOUNTANT, decides=True)


@pytest.fixture(autouse=True)
def three(paper: PaperLedger, ada: Membership) -> list[ErpItem]:
    """Of 10, 40 and 20 dollars, the first of them sent five days ago."""
    sender = member(ada.company, "Max", Role.PROJECT_MANAGER)
    found = []
    for amount in ("10.00", "40.00", "20.00"):
        item = new_invoice(sender, f"Bill of {amount}")
        operations.send(item, by=sender)
        ErpItem.objects.filter(pk=item.pk).update(amount=Decimal(amount))
        found.append(item)
    ErpItem.objects.filter(pk=found[0].pk).update(status_changed_at=timezone.now() - timedelta(days=5))
    return found


@pytest.mark.parametrize("with_script", [True, False])
def test_a_list_is_sorted_kept_and_found_again(visit: Visit, ada: Membership, with_script: bool) -> None:
    page = visit("/inbox/", ada, viewport=DESK, java_script_enabled=with_script)
    page.get_by_text("Arrange").click()
    page.get_by_label("Order").select_option("Most money first")
    page.get_by_role("button", name="Show in this order").click()
    expect(page.locator("#rows b").first).to_contain_text("Bill of 40.00")

    page.locator(".list-tools summary").click()
    page.get_by_label("Keep this list as").fill("Big ones")
    page.get_by_role("button", name="Keep it").click()
    kept = page.get_by_role("navigation", name="My views").get_by_role("link", name="Big ones")
    expect(kept).to_have_attribute("aria-current", "page")

    page.goto("/inbox/")
    page.get_by_role("link", name="Big ones").click()
    expect(page.locator("#rows b").first).to_contain_text("Bill of 40.00")
    if with_script:
        page.locator(".list-tools summary").click()
        assert violations(page) == []


def test_keys_follow_the_order_of_the_list(visit: Visit, ada: Membership) -> None:
    page = visit("/inbox/?sort=most", ada, viewport=DESK)
    page.keyboard.press("j")
    expect(page.locator("#record h1")).to_have_text("Bill of 40.00")
    for following in ("Bill of 20.00", "Bill of 10.00"):
        page.wait_for_timeout(500)
        page.keyboard.press("a")
        expect(page.locator("#record h1")).to_have_text(following)


def test_what_is_late_says_so_and_can_be_shown_alone(visit: Visit, ada: Membership) -> None:
    page = visit("/inbox/", ada, viewport={"width": 390, "height": 844})
    expect(page.locator("#rows time.late")).to_have_text("5 days, late")
    page.get_by_role("link", name="1 late").click()
    expect(page.locator("#rows > li")).to_have_count(1)
    page.get_by_role("link", name="Late only: show all").click()
    expect(page.locator("#rows > li")).to_have_count(3)
