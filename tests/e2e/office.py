"""A company of its own at the running site, whose people sit in windows of their own, all at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.management import call_command
from django.test import override_settings
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from procore_sync.acceptance import operations
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Membership, Role
from projects.models import CostCode, Project
from projects.records import Record
from quickbooks_bridge.links import remember_link
from quickbooks_bridge.models import Connection, ConnectionStatus
from tests.e2e.conftest import session_cookie
from tests.factories import make_approver, make_company, make_cost_code, make_member, make_project, make_vendor
from tests.processes import emulator_environment
from tests.site import Site
from vendors.models import Vendor

#: The other tests at the site count what their own books hold.
BOOKS = "9341450000000002"
#: The list asks how it stands, as it does by itself every fifteen seconds.
LOOK_AGAIN = "htmx.trigger('#rows', 'look')"


@dataclass
class Office:
    """Max manages projects, Ada decides, Alma administers, and Bea keeps the books in QuickBooks' own window."""

    site: Site
    browser: Browser
    max_pm: Membership
    accountant: Membership
    administrator: Membership
    vendor: Vendor
    codes: list[CostCode]
    contexts: dict[str, BrowserContext] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert self.site.web
        self.console = self.site.web.url
        self.ledger = f"{self.site.emulator.url}/company/{BOOKS}/"

    def _window(self, member: Membership | None) -> Page:
        name = member.user.email if member else "Bea"
        if name not in self.pages:
            context = self.contexts[name] = self.browser.new_context(base_url=self.console if member else self.ledger)
            if member:
                context.add_cookies([session_cookie(member.user, self.console)])
            self.pages[name] = context.new_page()
        return self.pages[name]

    @property
    def max(self) -> Page:
        """Max's window."""
        return self._window(self.max_pm)

    @property
    def ada(self) -> Page:
        """Ada's window."""
        return self._window(self.accountant)

    @property
    def alma(self) -> Page:
        """Alma's window."""
        return self._window(self.administrator)

    @property
    def bea(self) -> Page:
        """Bea's window, which is QuickBooks'."""
        return self._window(None)

    # the books

    def books(self, entity: str) -> list[dict[str, Any]]:
        """Every document of `entity` in the books."""
        return list(self.site.control("GET", f"documents/{BOOKS}/{entity}"))

    def named(self, entity: str, name: str) -> dict[str, Any]:
        """The one document of this name or number."""
        held = self.books(entity)
        (found,) = [one for one in held if name in (one.get("Name"), one.get("DisplayName"), one.get("DocNumber"))]
        return found

    def write(self, entity: str, **document: Any) -> dict[str, Any]:
        """What Bea has written into the books, without her window."""
        return dict(self.site.control("POST", f"documents/{BOOKS}/{entity}", **document))

    def link(self, record: Record, entity: str, document: dict[str, Any]) -> None:
        """`record` is this document, as an accountant once said."""
        operations.link(record.erp, by=None, detail={"entity": entity, "id": document["Id"]})
        remember_link(record.erp, entity, document, verified=None)

    def job(self, name: str, **details: Any) -> Project:
        """A project of both codes, which is a job of Mill Lane Bakery."""
        made = make_project(self.max_pm, name, codes=self.codes, **details)
        parent = {"ParentRef": {"value": self.named("Customer", "Mill Lane Bakery")["Id"]}, "Job": True}
        self.link(made, "Customer", self.write("Customer", DisplayName=name, **parent))
        return made

    def exported(self, record: Record) -> ErpItem:
        """`record` sent by Max, accepted by Ada and in the books."""
        item: ErpItem = record.erp
        submission = operations.send(item, by=self.max_pm)
        operations.accept(item, by=self.accountant, seen=submission.digest, choices={})
        self.site.until(item, Status.SYNCED)
        return item

    # what several journeys do alike

    def send(self, button: str = "Send to accounting") -> None:
        """Max sends the record whose page they have before them."""
        self.max.get_by_role("button", name=button).click()
        self.sees("With accounting")

    def sees(self, status: str) -> None:
        """The record that Max has before them stands so."""
        expect(self.max.locator("#erp > .status")).to_have_text(status)

    def row(self, item: ErpItem) -> Locator:
        """A record in Ada's list."""
        return self.ada.locator(f"#{item.kind}-{item.pk}")

    def wait_in_the_inbox(self, view: str = "ready_to_export") -> None:
        """Ada has her inbox open."""
        self.ada.goto(f"/inbox/?view={view}")
        self.ada.evaluate("window.neverReloaded = true")

    def find(self, item: ErpItem) -> None:
        """It comes into the list that Ada has open, and she opens it there."""
        self.ada.evaluate(LOOK_AGAIN)
        self.row(item).get_by_role("link").click()
        expect(self.ada.locator(f"#record[data-pk='{item.pk}'] h1")).to_be_visible()

    def reject(self, item: ErpItem, comment: str) -> None:
        """Ada gives back what she has open."""
        self.ada.keyboard.press("r")
        expect(self.ada.locator("textarea[name=comment]")).to_be_focused()
        self.ada.keyboard.type(comment)
        self.ada.get_by_role("button", name="Reject", exact=True).click()
        expect(self.row(item)).to_contain_text("Rejected")

    def accept(self, item: ErpItem) -> None:
        """Ada accepts what she has open; it turns green before her without a reload, and before Max after one."""
        self.ada.locator("#record h1").focus()
        self.ada.keyboard.press("a")
        expect(self.row(item)).to_contain_text("Synced")
        assert self.ada.evaluate("window.neverReloaded") is True
        self.max.reload()
        self.sees("Synced")


def said_by(document: dict[str, Any], detail: str = "ItemBasedExpenseLineDetail") -> list[tuple[str, str, Decimal]]:
    """(what it says, its item, its amount) of each line."""
    return [
        (line["Description"], line[detail]["ItemRef"]["name"], Decimal(str(line["Amount"])))
        for line in document["Line"]
        if detail in line
    ]


@contextmanager
def open_office(site: Site, browser: Browser) -> Iterator[Office]:
    """The company, connected to books of its own, which are free again at the end."""
    company = make_company("Mill Lane Builders", "mill-lane")
    max_pm, ada = make_member(company, "Max", Role.PROJECT_MANAGER), make_approver(company)
    alma = make_member(company, "Alma", Role.ADMINISTRATOR)
    codes = [make_cost_code(max_pm, "03-100", "Concrete"), make_cost_code(max_pm, "16-100", "Electrical")]
    office = Office(site, browser, max_pm, ada, alma, make_vendor(max_pm, "Ace Electric Co"), codes)
    with override_settings(**emulator_environment(site.emulator.url), QUICKBOOKS_LIMITS=False):
        call_command("connect_sandbox", company=company.slug, realm=BOOKS, verbosity=0)
    office.link(office.vendor, "Vendor", office.named("Vendor", "Ace Electric Co"))
    for code, item in zip(codes, ("Materials", "Subcontract Work"), strict=True):
        office.link(code, "Item", office.named("Item", item))
    try:
        yield office
    finally:
        for context in office.contexts.values():
            context.close()
        # A company that is only disconnected would keep its books.
        gone = {"realm_id": f"gone-{company.pk}", "status": ConnectionStatus.DISCONNECTED}
        Connection.objects.filter(company=company).update(**gone)
