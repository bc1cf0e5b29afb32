"""The main job in a real browser: sent by the project manager, accepted with one key, green without a reload."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from procore_sync.acceptance import operations
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.states import Status
from tests.e2e.tour import accept_a_first_record
from tests.factories import make_vendor
from tests.site import REALM, Site

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
OpenDesk = Callable[..., Page]


def send_as_max(site: Site, desk: OpenDesk, name: str, **browser: object) -> ErpItem:
    """A new vendor, sent by its button on its own page."""
    vendor = make_vendor(site.max_pm, name, city="Providence", phone="401 555 0142")
    page = desk(site.max_pm.user.email, **browser)
    assert site.web
    page.goto(f"{site.web.url}/vendors/{vendor.pk}/")
    page.get_by_role("button", name="Send to accounting").click()
    expect(page.get_by_text("With accounting").first).to_be_visible()
    vendor.erp.refresh_from_db()
    assert vendor.erp.status == Status.SENT
    return vendor.erp


def row_of(page: Page, item: ErpItem) -> Locator:
    """The row of `item` in the list of the inbox."""
    return page.locator(f"#{item.kind}-{item.pk}")


def in_the_emulators_window(site: Site, page: Page, name: str) -> None:
    page.goto(f"{site.emulator.url}/company/{REALM}/vendors")
    expect(page.get_by_text(name).first).to_be_visible()


def test_it_turns_green_without_a_reload_after_one_key(site: Site, desk: OpenDesk) -> None:
    item = send_as_max(site, desk, "Brightwater Mechanical LLC", by_form=True)
    page = desk(site.ada.user.email, by_form=True)
    assert site.web
    page.goto(f"{site.web.url}/inbox/")
    page.get_by_role("link", name="Brightwater Mechanical LLC").click()
    expect(page.locator("#record h1")).to_have_text("Brightwater Mechanical LLC")
    expect(page.locator("#record")).to_contain_text("Providence")
    page.evaluate("window.neverReloaded = true")
    page.locator("#record h1").focus()
    page.keyboard.press("a")
    expect(row_of(page, item)).to_contain_text("Synced")
    assert page.evaluate("window.neverReloaded") is True
    item.refresh_from_db()
    assert item.status == Status.SYNCED
    in_the_emulators_window(site, page, "Brightwater Mechanical LLC")


def test_a_newcomer_accepts_his_first_record_within_eight_clicks(site: Site, browser: Browser) -> None:
    vendor = make_vendor(site.max_pm, "Aldershot Roofing Works")
    operations.send(vendor.erp, by=site.max_pm)
    context = browser.new_context()
    assert site.web
    try:
        clicks = accept_a_first_record(context.new_page(), site.web.url, site.ada.user.email, "secret")
    finally:
        context.close()
    assert clicks <= 8


def test_it_works_by_mouse(site: Site, desk: OpenDesk) -> None:
    item = send_as_max(site, desk, "Kestrel Concrete Inc.")
    page = desk(site.ada.user.email)
    assert site.web
    page.goto(f"{site.web.url}/review/{item.pk}/")
    page.get_by_role("button", name="Accept").click()
    expect(row_of(page, item)).to_contain_text("Synced")
    in_the_emulators_window(site, page, "Kestrel Concrete Inc.")


def test_it_works_without_javascript(site: Site, desk: OpenDesk) -> None:
    item = send_as_max(site, desk, "Société Électrique Lévesque", java_script_enabled=False, by_form=True)
    page = desk(site.ada.user.email, java_script_enabled=False, by_form=True)
    assert site.web
    page.goto(f"{site.web.url}/inbox/")
    page.get_by_role("link", name="Société Électrique Lévesque").click()
    page.get_by_role("button", name="Accept").click()
    site.until(item, Status.SYNCED)
    page.goto(f"{site.web.url}/review/{item.pk}/")
    expect(page.locator("#record .status").first).to_contain_text("Synced")
    in_the_emulators_window(site, page, "Société Électrique Lévesque")


def test_a_rejection_carries_its_reason_to_the_sender(site: Site, desk: OpenDesk) -> None:
    item = send_as_max(site, desk, "Northgate Metal Supply")
    page = desk(site.ada.user.email)
    assert site.web
    page.goto(f"{site.web.url}/review/{item.pk}/")
    page.keyboard.press("r")
    expect(page.locator("textarea[name=comment]")).to_be_focused()
    page.keyboard.type("Which branch is this?")
    page.get_by_role("button", name="Reject", exact=True).click()
    expect(row_of(page, item)).to_contain_text("Rejected")
    his = desk(site.max_pm.user.email)
    his.goto(f"{site.web.url}/review/{item.pk}/")
    expect(his.locator("#record")).to_contain_text("Which branch is this?")


def test_the_second_of_two_approvers_reads_who_was_first(site: Site, desk: OpenDesk) -> None:
    item = send_as_max(site, desk, "Granite State Elevator Co")
    first, second = desk(site.ada.user.email), desk(site.ada.user.email)
    assert site.web
    for page in (first, second):
        page.goto(f"{site.web.url}/review/{item.pk}/")
    first.get_by_role("button", name="Accept").click()
    expect(row_of(first, item)).to_contain_text("Synced")
    second.keyboard.press("a")
    expect(second.get_by_text("Ada has accepted it").first).to_be_visible()
    assert site.times_in_books("Granite State Elevator Co") == 1


def test_many_are_accepted_in_one_press(site: Site, desk: OpenDesk) -> None:
    # Names that are nearly alike would keep each other in the inbox.
    names = (
        "Albright Drilling",
        "Corbin Marine Drilling Ltd",
        "Fitch and Dunmore Drilling",
        "Zweig Deep Drilling Works",
    )
    made = [make_vendor(site.max_pm, name) for name in names]
    for vendor in made:
        operations.send(vendor.erp, by=site.max_pm)
    page = desk(site.ada.user.email)
    assert site.web
    page.goto(f"{site.web.url}/inbox/?q=Drilling")
    page.get_by_role("link", name="Accept many").click()
    page.wait_for_url("**/inbox/many/**")  # and for its script, which counts
    page.get_by_role("checkbox", name="Fitch and Dunmore Drilling").uncheck()
    expect(page.locator("output")).to_have_text("3 of 4, 0.00")
    page.get_by_role("button", name="Accept what is ticked").click()
    expect(page.get_by_text("Synced", exact=True)).to_have_count(3)
    assert [site.times_in_books(vendor.name) for vendor in made] == [1, 1, 0, 1]
    made[2].erp.refresh_from_db()
    assert made[2].erp.status == Status.SENT
    page.goto(f"{site.web.url}/inbox/many/?view=ready_to_export&q=Drilling")
    expect(page.locator("output")).to_have_text("1 of 1, 0.00")
