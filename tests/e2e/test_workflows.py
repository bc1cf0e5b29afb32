"""A cost code, a project and the connection itself, in a real browser over real processes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import Locator, Page, expect

from procore_sync.acceptance import operations
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Company, Membership, Role, User
from procore_sync.kit.kinds import Kind
from quickbooks_bridge.models import Connection
from tests.factories import make_approver, make_company, make_cost_code, make_member, make_project, make_vendor
from tests.site import REALM, Site

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
OpenDesk = Callable[..., Page]

OTHER_BOOKS = "9341450000000002"


@pytest.fixture
def console(site: Site) -> str:
    """The address of the console."""
    assert site.web
    return site.web.url


@pytest.fixture
def alma(site: Site) -> Iterator[Membership]:
    """The administrator of a company that has no connection yet."""
    company = make_company("Second Office")
    member = make_member(company, "Alma", Role.ADMINISTRATOR)
    User.objects.filter(pk=member.user_id).update(password=make_password("secret", hasher="argon2"))
    yield member
    # The books are free again for the next test; a disconnected company would keep them.
    Connection.objects.filter(company=company).update(realm_id=f"gone-{company.pk}")


def named(site: Site, entity: str, name: str, realm: str = REALM) -> dict[str, Any]:
    """The one document of this name in the books."""
    held = site.control("GET", f"documents/{realm}/{entity}")
    (found,) = [one for one in held if name in (one.get("Name"), one.get("DisplayName"))]
    return dict(found)


def row_of(page: Page, item: ErpItem) -> Locator:
    """The row of `item` in the list of the inbox."""
    return page.locator(f"#{item.kind}-{item.pk}")


def focused(page: Page) -> str:
    """The text of what has the focus."""
    return str(page.evaluate("document.activeElement.innerText ?? ''"))


def tab_to(page: Page, arrived: Callable[[], bool]) -> None:
    """Press Tab until `arrived`; a keyboard trap or something that takes no focus fails here."""
    for _ in range(60):
        if arrived():
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"not reached by Tab; the focus is on {focused(page)!r}")


def pick_by_arrows(page: Page, select: Locator, wanted: str) -> None:
    """Come to a drop-down by Tab and to an option by the arrow key."""
    tab_to(page, lambda: bool(select.evaluate("element => element === document.activeElement")))
    for _ in range(40):
        if wanted in select.evaluate("element => element.selectedOptions[0].text"):
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{wanted} is not offered")


def test_a_cost_code_gets_its_accounts_by_keyboard(site: Site, desk: OpenDesk, console: str) -> None:
    # What was chosen for the code before stands chosen for the next one; here nobody has chosen yet.
    Submission.objects.filter(item__kind=Kind.COST_CODE).update(choices={})
    code = make_cost_code(site.max_pm, "05-500", "Structural steel")
    his = desk(site.max_pm.user.email)
    his.goto(f"{console}/cost-codes/{code.pk}/")
    his.keyboard.press("s")
    expect(his.get_by_text("With accounting").first).to_be_visible()
    page = desk(site.ada.user.email)
    page.goto(f"{console}/review/{code.erp.pk}/")
    page.locator("#record h1").focus()
    page.keyboard.press("a")
    code.erp.refresh_from_db()
    assert code.erp.status == Status.SENT
    pick_by_arrows(page, page.get_by_label("Income account"), "Construction Income")
    pick_by_arrows(page, page.get_by_label("Expense account"), "Subcontractors")
    # Where others wait too, “Accept many” comes first.
    tab_to(page, lambda: focused(page).startswith("Accept") and "many" not in focused(page))
    page.keyboard.press("Enter")
    expect(row_of(page, code.erp)).to_contain_text("Synced")
    item = named(site, "Item", "05-500")
    assert (item["Type"], item["PurchaseDesc"], item["Description"]) == (
        "Service",
        "Structural steel",
        "Structural steel",
    )
    assert item["IncomeAccountRef"]["value"] == named(site, "Account", "Construction Income")["Id"]
    assert item["ExpenseAccountRef"]["value"] == named(site, "Account", "Subcontractors")["Id"]
    page.goto(f"{site.emulator.url}/company/{REALM}/items")
    expect(page.get_by_text("05-500").first).to_be_visible()


def test_a_project_waits_for_its_code_then_becomes_a_job(site: Site, desk: OpenDesk, console: str) -> None:
    code = make_cost_code(site.max_pm, "09-910", "Painting")
    project = make_project(site.max_pm, "Lighthouse Repaint", codes=[code], city="Eastport")
    his = desk(site.max_pm.user.email)
    his.goto(f"{console}/projects/{project.pk}/")
    button = his.get_by_role("button", name="Send to accounting")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(his.locator("#why-send")).to_contain_text("09-910")
    button.focus()
    expect(his.locator("#why-send")).to_be_visible()
    his.keyboard.press("s")
    project.erp.refresh_from_db()
    assert project.erp.status == Status.NOT_SENT

    submission = operations.send(code.erp, by=site.max_pm)
    accounts = {"income_account": "Construction Income", "expense_account": "Subcontractors"}
    choices = {choice: named(site, "Account", name)["Id"] for choice, name in accounts.items()}
    operations.accept(code.erp, by=site.ada, seen=submission.digest, choices=choices)
    site.until(code.erp, Status.SYNCED)
    his.reload()
    expect(his.locator("#why-send")).to_have_count(0)
    his.get_by_role("button", name="Send to accounting").click()
    expect(his.get_by_text("With accounting").first).to_be_visible()

    page = desk(site.ada.user.email)
    page.goto(f"{console}/review/{project.erp.pk}/")
    page.get_by_label("Customer", exact=True).select_option(label="City of Eastport")
    page.get_by_role("button", name="Accept").click()
    expect(row_of(page, project.erp)).to_contain_text("Synced")
    job = named(site, "Customer", "Lighthouse Repaint")
    assert (job["Job"], job["FullyQualifiedName"]) == (True, "City of Eastport:Lighthouse Repaint")
    page.goto(f"{site.emulator.url}/company/{REALM}/customers")
    expect(page.get_by_role("link", name="Lighthouse Repaint")).to_be_visible()


def to_consent(page: Page, console: str) -> None:
    """From the connection page to Intuit's question, by the button."""
    page.goto(f"{console}/quickbooks/")
    page.get_by_role("button", name=re.compile("Connect to QuickBooks|Sign in to QuickBooks again")).click()
    expect(page.get_by_role("heading", name=re.compile("Connect .* to your books"))).to_be_visible()


def connection_of(company: Company) -> Connection | None:
    return Connection.objects.filter(company=company).first()


def test_an_administrator_refuses_then_consents(site: Site, desk: OpenDesk, console: str, alma: Membership) -> None:
    page = desk(alma.user.email)
    to_consent(page, console)
    page.get_by_role("button", name="No, thanks").click()
    expect(page.get_by_text("The consent was refused at Intuit")).to_be_visible()
    assert connection_of(alma.company) is None

    to_consent(page, console)
    page.get_by_label("Other Books Inc").check()
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_text("Connected to Other Books Inc").first).to_be_visible()
    assert page.url == f"{console}/quickbooks/"
    expect(page.get_by_text(OTHER_BOOKS)).to_be_visible()
    made = connection_of(alma.company)
    assert made
    assert (made.realm_id, made.status, made.connected_by) == (OTHER_BOOKS, "connected", alma)


def test_what_is_accepted_after_connecting_goes_to_that_company_only(
    site: Site, desk: OpenDesk, console: str, alma: Membership
) -> None:
    page = desk(alma.user.email)
    to_consent(page, console)
    page.get_by_label("Other Books Inc").check()
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_text("Connected to Other Books Inc").first).to_be_visible()
    pat, eve = make_member(alma.company, "Pat", Role.PROJECT_MANAGER), make_approver(alma.company, "Eve")
    item = make_vendor(pat, "Only in Other Books").erp
    submission = operations.send(item, by=pat)
    operations.accept(item, by=eve, seen=submission.digest, choices={})
    site.until(item, Status.SYNCED)
    assert named(site, "Vendor", "Only in Other Books", OTHER_BOOKS)
    assert site.times_in_books("Only in Other Books") == 0


def test_books_that_belong_to_another_company_are_refused(
    site: Site, desk: OpenDesk, console: str, alma: Membership
) -> None:
    page = desk(alma.user.email)
    to_consent(page, console)
    page.get_by_label("Harbor Row Builders").check()
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_text("connected to another company of this console already")).to_be_visible()
    assert connection_of(alma.company) is None
    item = site.accepted("Harbor Row goes on")
    site.until(item, Status.SYNCED)


def test_only_an_administrator_is_offered_the_connection(site: Site, desk: OpenDesk, console: str) -> None:
    page = desk(site.ada.user.email)
    page.goto(f"{console}/quickbooks/")
    expect(page.get_by_text("Only an administrator may connect").first).to_be_visible()
    for button in ("Sign in to QuickBooks again", "Disconnect", "Pause sending"):
        expect(page.get_by_role("button", name=button)).to_have_count(0)
