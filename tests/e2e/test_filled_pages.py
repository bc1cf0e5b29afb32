"""Pages that a running QuickBooks has filled, with records in every state: accessible in both themes, fit for a phone.

Every page as such is looked at in test_pages.py.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from procore_sync.acceptance import comments, operations
from procore_sync.acceptance.models import ErpItem, Notice
from procore_sync.acceptance.states import Status
from procore_sync.kit.kinds import Kind
from projects.operations import create_cost_code
from projects.rules import CostCodeDetails
from tests.architecture.controls import alike
from tests.e2e.accessible import violations
from tests.e2e.sweep import LAPTOP, SIDEWAYS
from tests.factories import make_vendor
from tests.site import REALM, Site

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
OpenDesk = Callable[..., Page]
LONG = "Narragansett Insulation Contractors and Mechanical Systems of Greater Providence Limited Liability Co"[:100]


@pytest.fixture(scope="module")
def filled(site: Site) -> dict[str, str]:
    """One record that waits, with a name as long as may be; one in the books; one that failed; one that came back."""
    site.control("POST", f"documents/{REALM}/Customer", DisplayName="Given to a customer meanwhile")
    failed, synced = site.accepted("Given to a customer meanwhile"), site.accepted("Quarry Lane Concrete")
    waiting, returned = (make_vendor(site.max_pm, name).erp for name in (LONG, "Southgate Metal Works"))
    code = create_cost_code(CostCodeDetails("03-300", "Cast-in-place concrete"), by=site.max_pm).erp
    for item in (waiting, returned, code):
        operations.send(item, by=site.max_pm)
    operations.reject(returned, by=site.ada, comment="Which branch is this?")
    comments.comment(waiting, by=site.max_pm, text=f"@{site.ada}: is this their long name?", notify=[site.ada.pk])
    site.until(failed, Status.FAILED)
    site.until(synced, Status.SYNCED)
    reviews = {"waiting": waiting, "code": code, "failed": failed, "synced": synced, "returned": returned}
    addresses = {name: f"/review/{item.pk}/" for name, item in reviews.items()}
    return addresses | {
        "home": "/",
        "inbox": "/inbox/",
        "many": "/inbox/many/?view=ready_to_export",
        "to import": "/quickbooks/import/",
        "what QuickBooks lacks": "/quickbooks/set-up/",
        "notices": "/notices/",
    }


def test_the_pages_of_an_approver_are_accessible_and_fit_a_phone(
    site: Site, desk: OpenDesk, filled: dict[str, str]
) -> None:
    page = desk(site.ada.user.email)
    assert site.web
    for name, address in filled.items():
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(site.web.url + address)
        assert violations(page) == [], name
        assert alike(page.content()) == [], name
        page.set_viewport_size({"width": LAPTOP, "height": 900})
        assert page.evaluate(SIDEWAYS) == [], name
        page.locator("main details:not(.drop)").evaluate_all("all => all.forEach(one => { one.open = true; })")
        # A window of 1440 at 200 % is one of 720.
        for width in (720, 390, 320):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name


def test_somebody_is_named_where_one_writes_and_gets_it(site: Site, desk: OpenDesk, filled: dict[str, str]) -> None:
    page = desk(site.ada.user.email)
    assert site.web
    page.goto(site.web.url + filled["waiting"])
    said = page.get_by_label("Say something to all who see this record")
    said.fill("It is theirs,")

    page.get_by_label("Name somebody in the comment").select_option(label=str(site.max_pm))
    said.press_sequentially("thanks.")
    page.get_by_role("button", name="Add comment", exact=True).click()

    expect(page.locator("#comments")).to_contain_text(f"It is theirs, @{site.max_pm} thanks.")
    assert Notice.objects.filter(member=site.max_pm, about="mention").count() == 1


def test_the_pages_of_an_administrator_are_accessible(site: Site, desk: OpenDesk) -> None:
    page = desk("alma@harbor-row.test", viewport={"width": 1440, "height": 900})
    assert site.web
    for address in ("reconnect/", "mappings/", "health/", ""):
        page.goto(f"{site.web.url}/quickbooks/{address}")
        assert violations(page) == [], address
    page.set_viewport_size({"width": 320, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_posting_follows_a_changed_choice_without_a_reload(
    site: Site, desk: OpenDesk, filled: dict[str, str]
) -> None:
    page = desk(site.ada.user.email)
    assert site.web
    page.goto(site.web.url + filled["code"])
    choice = page.get_by_label("Income account")
    label = choice.locator("option").nth(-1).inner_text()
    page.evaluate("window.neverReloaded = true")

    choice.select_option(label=label)

    expect(page.locator("#posting-preview")).to_contain_text(label.split(" ", 1)[-1])
    assert page.evaluate("window.neverReloaded") is True
    assert choice.locator("option:checked").inner_text() == label
    assert "income_account" not in page.url
    assert ErpItem.objects.get(kind=Kind.COST_CODE, label__contains="03-300").status == Status.SENT


def test_the_window_of_quickbooks_is_accessible_and_fits_the_narrowest(site: Site, desk: OpenDesk) -> None:
    made = site.control("POST", f"documents/{REALM}/Vendor", DisplayName="No longer used by anybody")
    site.control("POST", f"documents/{REALM}/Vendor", Id=made["Id"], SyncToken="0", sparse=True, Active=False)
    site.fault("slow", entity="account")
    page = desk(site.ada.user.email)
    for path in ("/", "/faults", "/requests", f"/company/{REALM}/vendors?inactive=1"):
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(site.emulator.url + path)
        assert violations(page) == [], path
        assert page.locator("table:not(:has(caption))").count() == 0, path
        page.set_viewport_size({"width": 320, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
    site.control("DELETE", "faults")
