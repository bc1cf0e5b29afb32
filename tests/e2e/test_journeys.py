"""The journeys of which no other file here has a walk: several people at once, each seeing what another has done.

Which journey is walked where stands in docs/development.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from change_orders.models import ChangeOrder
from commitments.models import Commitment
from commitments.operations import set_invoice_contacts
from procore_sync.acceptance import operations
from procore_sync.accounts.models import Role
from projects.models import Project
from quickbooks_bridge.models import LedgerName
from quickbooks_bridge.watch_models import Sweep
from tests.e2e.office import Office, open_office, said_by
from tests.factories import make_budget, make_commitment, make_member, make_vendor
from tests.invoices.conftest import apply_for, bills, open_period
from tests.processes import wait_for
from tests.site import Site

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def office(site: Site, browser: Browser) -> Iterator[Office]:
    with open_office(site, browser) as opened:
        yield opened


def contract(office: Office, job: str, number: str, **details: Any) -> Commitment:
    """A subcontract of 1,000.00 and 250.50 that was never sent."""
    project = office.job(job, job_costs=True)
    return make_commitment(office.max_pm, project, office.vendor, lines=["1000.00", "250.50"], number=number, **details)


def orders(office: Office, number: str) -> list[dict[str, Any]]:
    """The purchase orders of this number in the books."""
    return [one for one in office.books("PurchaseOrder") if one["DocNumber"] == number]


def type_lines(page: Page, *rows: tuple[str, str, str]) -> None:
    """Fill in the editor of the lines: cost code, description, amount."""
    for place, cells in enumerate(rows, start=1):
        for name, typed in zip(("Cost code", "Description", "Amount"), cells, strict=True):
            page.get_by_label(f"{name}, line {place}", exact=True).fill(typed)


def save(page: Page) -> None:
    """Press what saves the form."""
    page.locator(".form-actions").get_by_role("button", name="Save", exact=True).click()


def write_a_subcontract(page: Page, job: Project) -> None:
    """SC-0501 of 20,500.50, approved, by the form."""
    page.goto(f"/commitments/new/?project={job.pk}&type=subcontract&method=amount")
    page.get_by_role("textbox", name="Number (optional)").fill("SC-0501")
    page.get_by_role("textbox", name="Title").fill("Slab and switchgear")
    page.get_by_label("Vendor (optional)", exact=True).select_option(label="Ace Electric Co")
    page.get_by_label("Status", exact=True).select_option(label="Approved")
    type_lines(page, ("03-100", "Slab on grade", "12,000.00"), ("16-100", "Switchgear", "8,500.50"))
    save(page)


def test_a_subcontract_is_written_rejected_corrected_and_accepted(office: Office) -> None:
    job = office.job("Bakery Extension")
    office.wait_in_the_inbox()
    his, hers = office.max, office.ada
    write_a_subcontract(his, job)
    office.send()
    item = Commitment.objects.get(number="SC-0501").erp

    office.find(item)
    expect(hers.locator("#posting")).to_contain_text("Slab on grade")
    office.reject(item, "The switchgear was agreed at 8,000.50.")
    assert orders(office, "SC-0501") == []

    his.goto("/")
    given_back = his.locator("#given-back article", has_text="SC-0501")
    expect(given_back.locator("blockquote")).to_have_text("The switchgear was agreed at 8,000.50.")
    given_back.get_by_role("link", name="Correct it").click()
    his.get_by_role("link", name="Edit", exact=True).click()
    his.get_by_label("Amount, line 2", exact=True).fill("8,000.50")
    save(his)
    office.send("Send again")

    office.find(item)
    changes = hers.get_by_role("group", name="Lines changed since the rejection")
    expect(changes.locator("tbody tr")).to_have_count(1)
    expect(changes).to_contain_text("500.00")
    office.accept(item)
    (order,) = orders(office, "SC-0501")
    assert order["VendorRef"]["value"] == office.named("Vendor", "Ace Electric Co")["Id"]
    assert said_by(order) == [
        ("[1] Slab on grade", "Materials", Decimal("12000.00")),
        ("[2] Switchgear", "Subcontract Work", Decimal("8000.50")),
    ]
    assert {line["ItemBasedExpenseLineDetail"]["CustomerRef"]["name"] for line in order["Line"]} == {job.name}
    assert Decimal(str(order["TotalAmt"])) == Decimal("20000.50")


def test_a_change_order_is_appended_to_the_order_that_is_there(office: Office) -> None:
    changed = contract(office, "Oven Foundations", "SC-0901")
    office.exported(changed)
    (before,) = orders(office, "SC-0901")
    office.wait_in_the_inbox()
    his, hers = office.max, office.ada
    his.goto(f"/commitments/{changed.pk}/")
    his.get_by_role("link", name="New change order").click()
    his.get_by_role("textbox", name="Title").fill("Second oven")
    his.get_by_label("Status", exact=True).select_option(label="Approved")
    his.get_by_label("Changes line, line 1", exact=True).select_option(index=1)
    his.get_by_label("Amount, line 1", exact=True).fill("-100.00")
    his.get_by_label("Cost code, line 2", exact=True).select_option(label="16-100 Electrical")
    his.get_by_label("Description, line 2", exact=True).fill("Feeder of the second oven")
    his.get_by_label("Amount, line 2", exact=True).fill("700.25")
    save(his)
    office.send()
    item = ChangeOrder.objects.get(title="Second oven").erp

    office.find(item)
    expect(hers.locator("#posting")).to_contain_text("changes what is there")
    office.accept(item)
    his.goto(f"/commitments/{changed.pk}/")
    expect(his.locator("#changes tbody .status").last).to_have_text("Synced")
    expect(his.locator("#changes tfoot")).to_contain_text("1,850.75")
    (after,) = orders(office, "SC-0901")
    assert after["Id"] == before["Id"]
    assert after["Line"][:2] == before["Line"]
    assert said_by(after)[2:] == [
        ("[C1.1] Work", "Materials", Decimal("-100.00")),
        ("[C1.2] Feeder of the second oven", "Subcontract Work", Decimal("700.25")),
    ]
    assert Decimal(str(after["TotalAmt"])) == Decimal("1850.75")


def test_money_moved_after_the_lock_updates_the_same_estimate(office: Office) -> None:
    job = office.job("Cold Store")
    budget = make_budget(office.max_pm, job, amounts={"03-100": "4000.00", "16-100": "1500.50"}, locked=True)
    office.exported(budget)
    (before,) = [one for one in office.books("Estimate") if one["CustomerRef"]["name"].endswith("Cold Store")]
    office.wait_in_the_inbox("ready_to_update")
    his, hers = office.max, office.ada
    his.goto(f"/projects/{job.pk}/budget/")
    office.sees("Synced")
    his.get_by_role("link", name="Make a change").click()
    his.get_by_label("From").fill("03-100")
    his.get_by_label("To").fill("16-100")
    his.get_by_label("Amount").fill("250.50")
    with his.expect_navigation():
        his.get_by_role("button", name="Move").click()
    his.goto(f"/projects/{job.pk}/budget/")
    office.send("Send again")

    office.find(budget.erp)
    changes = hers.get_by_role("group", name="Lines changed against what QuickBooks holds")
    expect(changes.locator("tbody tr")).to_have_count(2)
    expect(changes).to_contain_text("250.50")
    office.accept(budget.erp)
    (after,) = [one for one in office.books("Estimate") if one["CustomerRef"] == before["CustomerRef"]]
    assert after["Id"] == before["Id"]
    assert after["Line"][:2] == before["Line"][:2]
    moved = [(text.partition(" (")[0], item, amount) for text, item, amount in said_by(after, "SalesItemLineDetail")]
    assert moved[2:] == [
        ("[M1.1] Concrete", "Materials", Decimal("-250.50")),
        ("[M1.2] Electrical", "Subcontract Work", Decimal("250.50")),
    ]
    assert after["TotalAmt"] == before["TotalAmt"]


def test_invoices_go_once_the_administrator_has_set_them_up(office: Office) -> None:
    billed = contract(office, "Loading Dock", "SC-0601", default_retainage=Decimal(10))
    office.exported(billed)
    ian = make_member(office.max_pm.company, "Ian", Role.INVOICE_CONTACT)
    set_invoice_contacts(billed, [ian], by=office.max_pm)
    open_period(billed.project)
    invoice = apply_for(billed, bills("1", "600.00"), by=office.max_pm)
    office.wait_in_the_inbox()
    his, hers, alma = office.max, office.ada, office.alma
    his.goto(f"/invoices/{invoice.pk}/")
    office.send()
    office.find(invoice.erp)
    missing = hers.locator("#record .checks", has_text="No item of QuickBooks is chosen for retainage yet.")
    expect(missing).to_be_visible()
    hers.locator("#record h1").focus()
    hers.keyboard.press("a")
    expect(hers.locator("#record").get_by_role("button", name="Accept")).to_be_focused()
    why = hers.locator("#record .why-line")
    expect(why).to_contain_text("No item of QuickBooks is chosen for retainage yet. Who can fix it: You.")
    expect(why.get_by_role("link", name="Set up invoices")).to_be_visible()
    expect(hers.locator("#record .status").first).to_have_text("With accounting")

    alma.goto("/")
    alma.locator("#main").get_by_role("link", name="Set up invoices").click()
    expect(alma.get_by_role("heading", name="Not set up")).to_be_visible()
    alma.get_by_label("Retainage item").select_option(label="Retainage")
    save(alma)
    expect(alma.get_by_role("heading", name="Active")).to_be_visible()

    office.wait_in_the_inbox()
    office.find(invoice.erp)
    expect(missing).to_have_count(0)
    office.accept(invoice.erp)
    (bill,) = [one for one in office.books("Bill") if one["DocNumber"] == "SC-0601-01"]
    assert said_by(bill) == [
        ("[1] Work", "Materials", Decimal("600.00")),
        ("[R1] Retainage withheld, SC-0601, application 1", "Retainage", Decimal("-60.00")),
    ]
    (order,) = orders(office, "SC-0601")
    assert bill["LinkedTxn"] == [{"TxnId": order["Id"], "TxnType": "PurchaseOrder"}]


def test_what_the_bookkeeper_made_is_linked_or_added_and_nothing_in_the_books_changes(office: Office) -> None:
    vendor = make_vendor(office.max_pm, "Harborside Glazing")
    his, hers, books = office.max, office.ada, office.bea
    his.goto(f"/vendors/{vendor.pk}/")
    office.sees("Not sent")
    made = {"Vendor": "Harborside Glazing, Inc.", "Customer": "Flour Silo", "Item": "09-900"}
    office.write("Vendor", DisplayName=made["Vendor"])
    income = {"value": office.named("Account", "Construction Income")["Id"]}
    office.write("Item", Name=made["Item"], Type="Service", IncomeAccountRef=income)
    books.goto("customers")
    books.get_by_label("Name (needed)").fill(made["Customer"])
    books.get_by_label("Job of").select_option(label="Mill Lane Bakery")
    books.get_by_role("button", name="Save").click()
    expect(books.get_by_role("link", name=made["Customer"])).to_be_visible()
    before = {entity: office.named(entity, name) for entity, name in made.items()}

    office.alma.goto("/quickbooks/")
    office.alma.get_by_role("button", name="Read names now").click()
    known = LedgerName.objects.filter(name__in=made.values())
    wait_for(lambda: known.count() == 3, 30, what="the names are read", children=office.site.workers)
    hers.goto("/quickbooks/import/?entity=vendor")
    hers.get_by_role("row", name="Harborside Glazing, Inc.").get_by_role("button", name="Link").first.click()
    expect(hers.locator("#live")).to_contain_text("Harborside Glazing is linked to Harborside Glazing, Inc.")
    for key, label in (("job", "Flour Silo"), ("item", "09-900")):
        hers.goto(f"/quickbooks/import/?entity={key}")
        hers.get_by_role("row", name=label).get_by_role("button", name="Add").click()
        expect(hers.locator("#live")).to_contain_text(f"{label} is here now and linked.")

    his.reload()
    office.sees("Synced")
    his.goto("/projects/")
    his.get_by_role("link", name="Flour Silo").click()
    office.sees("Synced")
    expect(his.locator("#erp")).to_contain_text(f"{before['Customer']['Id']} in QuickBooks")
    his.get_by_role("link", name="Add some").click()
    his.get_by_label("09-900").check()
    his.get_by_role("button", name="Add the chosen codes").click()
    expect(his.locator("section", has_text="Used by the project")).to_contain_text("09-900")
    assert {entity: office.named(entity, name) for entity, name in made.items()} == before


def test_a_bill_of_the_bookkeeper_is_a_cost_of_the_job_and_leaves_its_contract_alone(office: Office) -> None:
    signed = contract(office, "Proofing Room", "SC-1201")
    office.exported(signed)
    (before,) = orders(office, "SC-1201")
    his, hers, books = office.max, office.ada, office.bea
    his.goto(f"/projects/{signed.project_id}/job-costs/")
    row = his.locator("#by-code tbody tr", has_text="03-100")
    expect(row.locator("[data-label='Direct costs']")).to_have_text("0.00")

    books.goto("bills/new")
    books.get_by_label("Vendor (needed)").select_option(label="Paper & Ink Wholesale")
    books.get_by_label("Bill number").fill("PI-77")
    for place, (what, amount) in enumerate((("Materials", "1234.56"), ("Office Supplies", "65.44")), start=1):
        books.get_by_label(f"Item or account of line {place}", exact=True).fill(what)
        books.get_by_label(f"Customer or job of line {place}", exact=True).fill("Mill Lane Bakery:Proofing Room")
        books.get_by_label(f"Amount of line {place}", exact=True).fill(amount)
    books.get_by_role("button", name="Save bill").click()
    expect(books.get_by_role("heading", name="Bill PI-77")).to_be_visible()
    bill = office.named("Bill", "PI-77")

    hers.goto("/job-costs/")
    hers.locator("#reading").get_by_role("button", name="Read now").click()
    expect(hers.locator("#reading tbody tr").first).to_contain_text("Read, ")
    his.reload()
    expect(row.locator("[data-label='Direct costs']")).to_have_text("1,234.56")
    expect(row.locator("[data-label='Committed']")).to_have_text("1,250.50")
    expect(his.get_by_label("Costs without a code")).to_contain_text("65.44 has no cost code yet.")
    assert orders(office, "SC-1201") == [before]
    assert office.named("Bill", "PI-77") == bill


def test_who_opens_what_was_taken_back_reads_why_it_cannot_be_accepted(office: Office) -> None:
    contested = contract(office, "Packing Hall", "SC-0502")
    operations.send(contested.erp, by=office.max_pm)
    office.wait_in_the_inbox()
    his, hers = office.max, office.ada
    office.find(contested.erp)
    his.goto(f"/commitments/{contested.pk}/")
    his.get_by_role("button", name="Retrieve").click()
    office.sees("Retrieved")
    hers.locator("#record h1").focus()
    hers.keyboard.press("a")
    expect(hers.get_by_text("Max has retrieved it").first).to_be_visible()
    assert orders(office, "SC-0502") == []

    his.goto(f"/commitments/{contested.pk}/edit/")
    his.get_by_label("Amount, line 2", exact=True).fill("300.00")
    save(his)
    office.send("Send again")
    office.find(contested.erp)
    expect(hers.locator("#posting")).to_contain_text("300.00")
    office.accept(contested.erp)
    (order,) = orders(office, "SC-0502")
    assert Decimal(str(order["TotalAmt"])) == Decimal("1300.00")


def look(office: Office) -> None:
    """Ada has looked what changed in QuickBooks."""
    ended = Sweep.objects.filter(company=office.max_pm.company, ended_at__isnull=False)
    before = ended.count()
    office.ada.goto("/quickbooks/")
    office.ada.get_by_role("button", name="Look now").click()
    wait_for(lambda: ended.count() > before, 30, what="QuickBooks is looked at", children=office.site.workers)


def test_an_order_deleted_there_is_unlinked_and_sent_anew(office: Office) -> None:
    lost = contract(office, "Bread Chute", "SC-0503")
    office.exported(lost)
    (before,) = orders(office, "SC-0503")
    look(office)  # QuickBooks tells what was deleted since the look before
    his, hers, books = office.max, office.ada, office.bea
    his.goto(f"/commitments/{lost.pk}/")
    office.sees("Synced")
    books.goto(f"purchaseorders/{before['Id']}")
    books.get_by_text("Delete this purchase order").click()
    with books.expect_navigation():
        books.locator("details[open]").get_by_role("button").click()
    assert orders(office, "SC-0503") == []

    look(office)
    his.reload()
    expect(his.locator("#erp")).to_contain_text("Deleted in QuickBooks.")
    hers.goto("/quickbooks/changes/")
    hers.get_by_role("link", name=lost.erp.label, exact=True).click()
    hers.locator("#note-unlink").fill("Bea deleted it by mistake.")
    hers.get_by_role("button", name="Unlink").click()
    expect(hers.get_by_text("Nothing to answer")).to_be_visible()

    his.reload()
    office.sees("Not sent")
    office.send()
    office.wait_in_the_inbox()
    office.find(lost.erp)
    office.accept(lost.erp)
    (after,) = orders(office, "SC-0503")
    assert after["Id"] != before["Id"]
    assert said_by(after) == said_by(before)
