"""A subcontractor's invoice from the mailed invite to the last payment, by four people in real browsers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from commitments.models import Commitment
from commitments.operations import set_invoice_contacts
from commitments.rules import LineDetails
from invoices.models import Invoice
from procore_sync.acceptance.states import Status
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Role, User
from quickbooks_bridge.exporters.keys import key_of
from quickbooks_bridge.models import Mapping, Thing
from tests.factories import make_commitment, make_member
from tests.journeys.subcontract import accepted, ground_of
from tests.processes import wait_for
from tests.site import REALM, Site

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
OpenDesk = Callable[..., Page]

EXPENSE = "ItemBasedExpenseLineDetail"
PHONE = {"width": 390, "height": 844}
REASON = "Only the east panel is set. Bill the west one next month."
REMARK = "The conduit on level 2 is not inspected yet: take 500.00 off line 1."


@pytest.fixture
def contract(site: Site) -> Commitment:
    """A subcontract of 12,000.00 and 8,000.50, 10 % retainage, which stands in the books and which Ian bills."""
    retainage = next(one["Id"] for one in site.books("Item") if one["Name"] == "Retainage")
    Mapping.objects.create(
        company=site.ada.company, thing=Thing.RETAINAGE_ITEM, entity="Item", remote_id=str(retainage)
    )
    ground = ground_of(site)
    ground.project.cost_codes.set(ground.codes)
    first, second = (code.pk for code in ground.codes)
    lines = [
        LineDetails(first, Decimal("12000.00"), "Conduit and wire, levels 1 to 3"),
        LineDetails(second, Decimal("8000.50"), "Panels"),
    ]
    made = make_commitment(
        site.max_pm, ground.project, ground.vendor, lines=lines, number="SC-0300", default_retainage=Decimal(10)
    )
    ian = make_member(site.max_pm.company, "Ian", Role.INVOICE_CONTACT)
    User.objects.filter(pk=ian.user_id).update(password=User.objects.get(pk=site.ada.user_id).password)
    set_invoice_contacts(made, [ian], by=site.max_pm)
    site.until(accepted(site, made.erp), Status.SYNCED)
    return made


@dataclass
class Billing:
    """The administrator, the contact on a phone, the approver and the bookkeeper, around one subcontract."""

    site: Site
    contract: Commitment
    alma: Page
    ian: Page
    ada: Page
    books: Page

    def __post_init__(self) -> None:
        assert self.site.web
        self.console = self.site.web.url

    def mailed(self, subject: str) -> str:
        """What the worker has sent under `subject`, as it went out."""

        def found() -> str:
            mails = self.site.workers[0].output().split("Subject: ")
            return next((one.partition("-" * 79)[0] for one in mails if one.startswith(subject)), "")

        wait_for(lambda: bool(found()), 60, what=f"the mail “{subject}” is sent", children=self.site.workers)
        return found()

    @property
    def invoice(self) -> Invoice:
        """The one application, as the database has it."""
        found: Invoice = Invoice.objects.select_related("erp").get(commitment=self.contract)
        return found

    def page(self, person: Page, *more: str) -> Page:
        """The application's page, or one below it, before `person`."""
        person.goto("/".join([f"{self.console}/invoices/{self.invoice.pk}", *more, ""]))
        return person

    def in_ten_days(self) -> str:
        """A day that is still to come, wherever the company is."""
        return (today_of(self.contract.company) + timedelta(days=10)).isoformat()

    def open_and_invite(self) -> None:
        """Alma opens a period and asks whoever can be asked."""
        self.alma.goto(f"{self.console}/billing/projects/{self.contract.project_id}/")
        self.alma.get_by_role("link", name="Open a period").first.click()
        # What is suggested, the 25th, is over in the last days of a month.
        self.alma.get_by_label("Due date").fill(self.in_ten_days())
        self.alma.get_by_role("button", name="Open the period").click()
        self.alma.get_by_role("button", name="Invite the one that can be").click()
        expect(self.alma.get_by_text("1 invite is sent.")).to_be_visible()

    def accept_and_bill(self) -> None:
        """Ian follows the link in their mail, signs in, says yes, bills both lines and submits."""
        link = re.search(rf"{self.console}(/billing/link/\S+)", self.mailed("Fire Station 4: Alma has invited"))
        assert link
        ian = self.ian
        ian.goto(f"{self.console}{link[1]}")
        ian.locator("input[name=login]").fill(f"ian@{self.contract.company.slug}.test")
        ian.locator("input[name=password]").fill("secret")
        ian.locator("input[name=password]").press("Enter")
        expect(ian.get_by_role("heading", name="Do you want to bill this period?")).to_be_visible()
        ian.get_by_role("button", name="Yes, bill").click()
        ian.get_by_role("button", name="Begin").click()
        work(ian, 1).fill("6,000")
        work(ian, 2).fill("4,000.25")
        self.submit()

    def submit(self) -> None:
        """Ian submits what they typed; nothing of the page is wider than their phone."""
        self.ian.wait_for_load_state()
        assert self.ian.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        self.ian.get_by_role("button", name="Save and submit").click()
        expect(self.ian.get_by_text("Application 1 is submitted for review.")).to_be_visible()

    def want_files(self) -> None:
        """Alma says that files go to QuickBooks with the bill."""
        self.alma.goto(f"{self.console}/quickbooks/invoices/")
        self.alma.get_by_label("Files of an invoice").select_option("yes")
        self.alma.get_by_role("button", name="Save", exact=True).click()
        expect(self.alma.get_by_text("What invoices are posted with is saved.")).to_be_visible()

    def attach(self) -> None:
        """Ian adds what they signed; what becomes of it in the books is not theirs to see."""
        page = self.page(self.ian)
        waiver = {"name": "Waiver.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 signed"}
        page.get_by_label("Add a file").set_input_files(waiver)  # type: ignore[arg-type]  # as its own class of it
        page.get_by_role("button", name="Attach").click()
        expect(page.get_by_text("Waiver.pdf is attached.")).to_be_visible()
        expect(page.get_by_text("Goes with the bill")).to_have_count(0)
        expect(self.page(self.alma).get_by_text("Goes with the bill")).to_be_visible()

    def see_the_file_there(self, bill: dict[str, Any]) -> None:
        """It follows the bill by itself; Alma's page says so, and the bookkeeper finds it with the bill."""
        there = self.site.books
        wait_for(lambda: bool(there("Attachable")), 120, what="the file is there", children=self.site.workers)
        (held,) = there("Attachable")
        assert held["AttachableRef"][0]["EntityRef"] == {"type": "Bill", "value": bill["Id"]}
        expect(self.page(self.alma).locator(".files li")).to_contain_text("In QuickBooks")
        self.books.goto(f"{self.site.emulator.url}/company/{REALM}/bills/{bill['Id']}")
        expect(self.books.get_by_text("Waiver.pdf")).to_be_visible()

    def reject_a_line(self) -> None:
        """Alma approves line 1 and rejects line 2 with a reason; it goes back by itself."""
        page = self.page(self.alma, "review")
        row(page, "1").get_by_label("Approve").check()
        row(page, "2").get_by_label("Reject").check()
        page.locator("input[name=line-2-reason]").fill(REASON)
        page.get_by_role("button", name="Finish").click()
        expect(page.get_by_text("Application 1 is to be revised.")).to_be_visible()

    def revise(self) -> None:
        """Ian reads why, in their mail and beside the line, bills less of it and submits again."""
        assert REASON in self.mailed("To revise: SC-0300-01").replace("\n", " ")
        self.ian.goto(f"{self.console}/")
        self.ian.get_by_role("link", name="Go on with").click()
        self.ian.get_by_role("link", name="Edit").click()
        expect(self.ian.get_by_text(f"Rejected: {REASON}")).to_be_visible()
        work(self.ian, 2).fill("2000.25")
        self.submit()

    def approve(self) -> None:
        """Alma ends the review of what is under review, and says when it is due; the vendor's terms propose a day."""
        page = self.page(self.alma, "review")
        expect(page.get_by_label("Payment due")).not_to_have_value("")
        page.get_by_label("Payment due").fill(self.in_ten_days())
        page.get_by_label("Then").select_option("approved")
        page.get_by_role("button", name="Finish").click()
        expect(page.get_by_text("Application 1 is approved.")).to_be_visible()

    def send(self, button: str = "Send to accounting") -> None:
        """Alma sends it."""
        self.page(self.alma).get_by_role("button", name=button).click()
        expect(self.alma.get_by_text("With accounting").first).to_be_visible()

    def reject(self) -> None:
        """Ada gives it back by keyboard."""
        self.review()
        self.ada.keyboard.press("r")
        expect(self.ada.locator("textarea[name=comment]")).to_be_focused()
        self.ada.keyboard.type(REMARK)
        self.ada.get_by_role("button", name="Reject", exact=True).click()
        expect(self.row).to_contain_text("Rejected")

    def correct(self) -> None:
        """Alma reads Ada's remark and takes 500.00 off line 1, which puts it under review again."""
        expect(self.page(self.alma).get_by_text(REMARK).first).to_be_visible()
        self.alma.get_by_role("link", name="Edit").first.click()
        work(self.alma, 1).fill("5500.00")
        self.alma.get_by_role("button", name="Save", exact=True).click()
        expect(self.alma.get_by_text("Application 1 is saved.")).to_be_visible()

    def accept(self) -> None:
        """Ada sees the difference that answers her, and accepts by one key."""
        self.review()
        changes = self.ada.get_by_role("group", name="Lines changed since the rejection")
        expect(changes).to_contain_text("500.00")
        self.ada.locator("#record h1").focus()
        self.ada.keyboard.press("a")
        expect(self.row).to_contain_text("Synced", timeout=30_000)

    def review(self) -> None:
        """Ada opens it."""
        self.ada.goto(f"{self.console}/review/{self.invoice.erp_id}/")

    @property
    def row(self) -> Locator:
        """It in Ada's list."""
        return self.ada.locator(f"#invoice-{self.invoice.erp_id}")

    def pay(self, bill: dict[str, Any], amount: str) -> None:
        """The bookkeeper writes a cheque for so much of the bill."""
        self.books.goto(f"{self.site.emulator.url}/company/{REALM}/billpayments/new?bill={bill['Id']}")
        self.books.get_by_label("Paid by").select_option("Check")
        self.books.get_by_label("Paid from").select_option(label="Operating Checking")
        taken = self.books.get_by_label("Take off bill")
        self.books.set_viewport_size(PHONE)  # type: ignore[arg-type]  # as its own class of it
        place = taken.bounding_box()
        assert place is not None
        assert place["x"] + place["width"] <= PHONE["width"], "the amount is beside the phone"
        taken.fill(amount)
        self.books.get_by_role("button", name="Pay", exact=True).click()
        expect(self.books.get_by_role("heading", name="Bill payment")).to_be_visible()

    def read_payments(self, shown: str) -> None:
        """Alma has the payments read now; the contract's page says how far the invoice is paid, and so does Ian's."""
        self.alma.goto(f"{self.console}/quickbooks/payments/")
        before = self.alma.locator("#reading").get_by_text("Read, ").count()
        self.alma.get_by_role("button", name="Read now").click()
        expect(self.alma.locator("#reading").get_by_text("Read, ")).to_have_count(before + 1)
        for person in (self.alma, self.ian):
            expect(self.page(person).locator("#payments .status").first).to_have_text(shown)


def work(page: Page, line: int) -> Locator:
    """The cell of the work completed this period."""
    return page.locator(f"input[name=line-{line}-completed]")


def row(page: Page, line: str) -> Locator:
    """A line of the review."""
    return page.get_by_role("group", name=f"Verdict on line {line}")


def said_of(bill: dict[str, Any]) -> list[tuple[str, str, Decimal, list[str]]]:
    """(key, item, amount, lines of the order) of each line of a bill."""
    return [
        (
            key_of(line),
            line[EXPENSE]["ItemRef"]["name"],
            Decimal(str(line["Amount"])),
            [link["TxnLineId"] for link in line.get("LinkedTxn", [])],
        )
        for line in bill["Line"]
    ]


def test_from_the_invite_to_the_last_payment(site: Site, desk: OpenDesk, contract: Commitment, browser: Any) -> None:
    alma = "alma@harbor-row.test"
    phone = {"viewport": PHONE, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
    context = browser.new_context(**phone)
    billing = Billing(site, contract, desk(alma), context.new_page(), desk(site.ada.user.email), browser.new_page())
    billing.open_and_invite()
    billing.accept_and_bill()
    billing.want_files()
    billing.attach()
    billing.reject_a_line()
    billing.revise()
    billing.approve()
    billing.send()
    billing.reject()
    billing.correct()
    billing.approve()
    billing.send("Send again")
    billing.accept()

    (bill,) = site.books("Bill")
    (order,) = site.books("PurchaseOrder")
    assert said_of(bill) == [
        ("1", "Materials", Decimal("5500.00"), [order["Line"][0]["Id"]]),
        ("2", "Subcontract Work", Decimal("2000.25"), [order["Line"][1]["Id"]]),
        ("R1", "Retainage", Decimal("-750.03"), []),
    ]
    assert bill["LinkedTxn"] == [{"TxnId": order["Id"], "TxnType": "PurchaseOrder"}]
    assert Decimal(str(bill["TotalAmt"])) == billing.invoice.erp.amount == Decimal("6750.22")

    billing.see_the_file_there(bill)
    billing.pay(bill, "3375.11")
    billing.read_payments("Partially paid")
    billing.pay(bill, "3375.11")
    billing.read_payments("Paid")
    (paid,) = site.books("Bill")
    assert paid["Balance"] == 0
    context.close()
