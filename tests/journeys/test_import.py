"""What the bookkeeper made comes back: ready to import, added, linked, put away, changed afterwards, parted again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape, unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from django.contrib.auth.hashers import make_password

from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Company, Membership, Role, User
from procore_sync.demo.person import Person
from projects.models import CostCode, Project
from projects.operations import edit_project
from projects.records import details_of
from projects.rules import ProjectDetails
from quickbooks_bridge.models import Connection, Link
from tests.factories import make_approver, make_company, make_cost_code, make_member, make_project, make_vendor, synced
from tests.journeys.register import read_names
from tests.processes import wait_for
from tests.site import REALM, Site
from vendors.models import Vendor

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(120)]

NORTHERN = "9341450000000003"


@dataclass
class Office:
    """A company's people at their browsers, beside the bookkeeper of its books."""

    site: Site
    company: Company
    realm: str
    max_pm: Membership
    max: Person
    ada: Person
    alma: Person

    def write(self, entity: str, **document: Any) -> dict[str, Any]:
        """What the bookkeeper makes or, with an Id, changes."""
        written = self.site.control("POST", f"documents/{self.realm}/{entity}", **document)
        assert isinstance(written, dict)
        return written

    def held(self, entity: str, remote_id: str) -> dict[str, Any]:
        """The document of this id as the books hold it."""
        documents: list[dict[str, Any]] = self.site.control("GET", f"documents/{self.realm}/{entity}")
        return next(one for one in documents if one["Id"] == remote_id)

    def named(self, entity: str, name: str) -> dict[str, Any]:
        """The one document of this name."""
        documents = self.site.control("GET", f"documents/{self.realm}/{entity}")
        (found,) = [one for one in documents if name in (one.get("DisplayName"), one.get("Name"))]
        return dict(found)

    def refresh(self) -> None:
        """Read the names now."""
        read_names(self.site, self.ada, self.company)

    def page(self, kind: str, view: str = "ready", name: str = "") -> str:
        """The page of what stands in QuickBooks and not here."""
        return self.ada.get(f"/quickbooks/import/?entity={kind}&view={view}&q={name}").text

    def row(self, kind: str, name: str, view: str = "ready") -> int | None:
        """The number of the row of this full name on the page, or None if it is not there."""
        page = self.page(kind, view, name.rpartition(":")[2])
        found = re.search(
            rf'id="name-(\d+)">(?:<td class="tick"><input[^>]*></td>)?<th scope="row">{re.escape(escape(name))}<', page
        )
        return int(found[1]) if found else None

    def press(self, kind: str, name: str, button: str, view: str = "ready", **form: str) -> requests.Response:
        """Press a button beside a row."""
        row = self.row(kind, name, view)
        assert row is not None, f"{name} is not among the {kind}s that are {view}"
        return self.ada.post(f"/quickbooks/import/{row}/{button}/", **form)


def sit_down(site: Site, base: str, company: Company, realm: str, *, max_pm: Membership) -> Office:
    """The three people of a company, signed in."""
    alma, max_, ada = (Person(base, f"{name}@{company.slug}.test", "secret") for name in ("alma", "max", "ada"))
    return Office(site, company, realm, max_pm, max_, ada, alma)


@pytest.fixture(scope="module")
def base(site: Site) -> str:
    """The address of the console."""
    return site.running.web().url


@pytest.fixture(scope="module")
def office(site: Site, base: str) -> Office:
    """Harbor Row, where a project is a job under a customer."""
    return sit_down(site, base, site.max_pm.company, REALM, max_pm=site.max_pm)


@pytest.fixture(scope="module")
def northern(site: Site, base: str) -> Office:
    """A second company with books of its own, connected through the pages, where a project is a customer."""
    company = make_company("Northern Contracting", "northern")
    max_pm = make_member(company, "Max", Role.PROJECT_MANAGER)
    make_approver(company)
    make_member(company, "Alma", Role.ADMINISTRATOR)
    User.objects.filter(memberships__company=company).update(password=make_password("secret", hasher="argon2"))
    office = sit_down(site, base, company, NORTHERN, max_pm=max_pm)
    office.alma.get("/quickbooks/")
    going = office.alma.post("/quickbooks/connect/").text
    consent = re.search(r'content="0;url=([^"]+)"', going)
    assert consent, going
    asked = dict(parse_qsl(urlsplit(unescape(consent[1])).query))
    back = urlsplit(site.control("POST", "authorize", **asked, realm=NORTHERN)["redirect"])
    assert "Connected to Northern Contracting Ltd" in office.alma.get(f"{back.path}?{back.query}").text
    answer = office.alma.post("/quickbooks/mode/", customer_mode="customers_are_jobs")
    assert "What a project becomes in QuickBooks is saved." in answer.text
    office.refresh()
    return office


def status_of(item: ErpItem) -> str:
    """The status that the database holds."""
    return str(ErpItem.objects.get(pk=item.pk).status)


def export(office: Office, item: ErpItem) -> str:
    """Send and accept through the pages, and wait; the id in the books."""
    office.max.send(item.pk)
    assert office.ada.accept(item.pk).status_code == 200
    office.ada.wait_for(item.pk, "synced")
    wait_for(office.site.idle, 20, what="nothing is on its way", children=office.site.workers)
    return Link.objects.get(item=item).remote_id


def test_a_vendor_of_the_bookkeeper_is_added_with_all_it_says(office: Office) -> None:
    made = office.write(
        "Vendor",
        DisplayName="Quill & Daughters Masonry",
        PrintOnCheckName="Quill Masonry LLC",
        BillAddr={"Line1": "2 Kiln Lane", "City": "Eastport", "CountrySubDivisionCode": "ME", "PostalCode": "04631"},
        PrimaryPhone={"FreeFormNumber": "207 555 0101"},
        PrimaryEmailAddr={"Address": "office@quill.example"},
        WebAddr={"URI": "https://quill.example"},
        Vendor1099=True,
    )
    office.refresh()
    answer = office.press("vendor", "Quill & Daughters Masonry", "add")
    assert "is here now and linked" in answer.text
    vendor = Vendor.objects.get(company=office.company, name="Quill & Daughters Masonry")
    said = (vendor.print_name, vendor.street, vendor.city, vendor.state, vendor.postal_code, vendor.phone)
    assert said == ("Quill Masonry LLC", "2 Kiln Lane", "Eastport", "ME", "04631", "207 555 0101")
    assert (vendor.email, vendor.website) == ("office@quill.example", "https://quill.example")
    assert status_of(vendor.erp) == Status.SYNCED
    assert Link.objects.get(item=vendor.erp).remote_id == made["Id"]
    assert office.held("Vendor", made["Id"]) == made
    assert office.row("vendor", "Quill & Daughters Masonry") is None
    assert office.row("vendor", "Quill & Daughters Masonry", "linked")


def test_a_job_is_added_as_a_project_and_its_customer_is_not(office: Office) -> None:
    customer = office.named("Customer", "City of Eastport")
    made = office.write(
        "Customer",
        DisplayName="Pool House",
        Job=True,
        ParentRef={"value": customer["Id"]},
        BillAddr={"Line1": "1 Pier Road", "City": "Eastport"},
    )
    office.refresh()
    assert office.row("job", "City of Eastport") is None
    office.press("job", "City of Eastport:Pool House", "add")
    project = Project.objects.get(company=office.company, name="Pool House")
    assert (project.street, project.city) == ("1 Pier Road", "Eastport")
    assert status_of(project.erp) == Status.SYNCED
    assert Link.objects.get(item=project.erp).remote_id == made["Id"]
    assert office.held("Customer", made["Id"]) == made


def test_an_item_is_added_as_a_cost_code(office: Office) -> None:
    income = office.named("Account", "Construction Income")["Id"]
    expense = office.named("Account", "Subcontractors")["Id"]
    made = office.write(
        "Item",
        Name="04-200",
        Type="Service",
        PurchaseDesc="Unit masonry",
        IncomeAccountRef={"value": income},
        ExpenseAccountRef={"value": expense},
    )
    office.refresh()
    office.press("item", "04-200", "add")
    code = CostCode.objects.get(company=office.company, code="04-200")
    assert code.description == "Unit masonry"
    assert status_of(code.erp) == Status.SYNCED
    assert Link.objects.get(item=code.erp).remote_id == made["Id"]


def test_a_vendor_that_is_here_already_is_linked_and_neither_is_changed(office: Office) -> None:
    item = make_vendor(office.max_pm, "Ocean State Rigging", city="Providence").erp
    made = office.write("Vendor", DisplayName="Ocean State Rigging Co.")
    office.refresh()
    assert "same but for spelling" in office.page("vendor", name="Ocean State")
    assert "is linked to Ocean State Rigging Co." in unescape(
        office.press("vendor", "Ocean State Rigging Co.", "link", item=str(item.pk)).text
    )
    assert status_of(item) == Status.SYNCED
    assert Vendor.objects.get(erp=item).name == "Ocean State Rigging"
    assert office.held("Vendor", made["Id"]) == made
    other = make_vendor(office.max_pm, "Ocean State Riggers").erp
    again = office.press("vendor", "Ocean State Rigging Co.", "link", view="linked", item=str(other.pk))
    assert "here already" in again.text
    assert status_of(other) == Status.NOT_SENT


def test_all_exact_matches_are_linked_at_once_if_they_are_what_was_seen(office: Office) -> None:
    names = ["Bay Crane Service", "Dockside Welding"]
    items = [make_vendor(office.max_pm, name).erp for name in names]
    for name in names:
        office.write("Vendor", DisplayName=name.upper())
    office.refresh()
    seen = re.search(r'name="seen" value="(\w+)"', office.page("vendor"))
    assert seen
    wrong = office.ada.post("/quickbooks/import/link-all/", entity="vendor", seen=seen[1][::-1])
    assert "There are other exact matches now than those you looked at" in wrong.text
    assert [status_of(item) for item in items] == [Status.NOT_SENT] * 2
    office.ada.post("/quickbooks/import/link-all/", entity="vendor", seen=seen[1])
    assert [status_of(item) for item in items] == [Status.SYNCED] * 2
    assert [Vendor.objects.get(erp=item).name for item in items] == names


def test_what_is_not_needed_is_put_away_and_brought_back(office: Office) -> None:
    office.write("Vendor", DisplayName="Telephone Company")
    office.refresh()
    office.press("vendor", "Telephone Company", "archive")
    assert office.row("vendor", "Telephone Company") is None
    office.refresh()
    assert office.row("vendor", "Telephone Company") is None
    office.press("vendor", "Telephone Company", "bring-back", view="archived")
    assert office.row("vendor", "Telephone Company")
    assert office.row("vendor", "Telephone Company", "archived") is None
    assert not Vendor.objects.filter(name="Telephone Company").exists()


def test_a_project_manager_may_not_import(office: Office) -> None:
    office.write("Vendor", DisplayName="Not for Max")
    office.refresh()
    row = office.row("vendor", "Not for Max")
    assert office.max.post(f"/quickbooks/import/{row}/add/").status_code == 403
    assert not Vendor.objects.filter(name="Not for Max").exists()


def test_a_change_of_a_synced_vendor_updates_it_and_keeps_the_bookkeepers_fields(office: Office) -> None:
    vendor = make_vendor(office.max_pm, "Granite Ledge Blasting", city="Salem", fax="207 555 0199")
    remote_id = export(office, vendor.erp)
    before = office.held("Vendor", remote_id)
    his = office.write("Vendor", **{**before, "AcctNum": "GL-77", "TaxIdentifier": "01-2345678", "Vendor1099": True})
    form = office.max.get(f"/vendors/{vendor.pk}/edit/").text
    inputs = [dict(re.findall(r'(\w+)="([^"]*)"', one)) for one in re.findall(r"<input[^>]*>", form)]
    given = {one["name"]: unescape(one.get("value", "")) for one in inputs if "name" in one}
    given.pop("csrfmiddlewaretoken")
    answer = office.max.post(f"/vendors/{vendor.pk}/edit/", **{**given, "city": "Beverly", "fax": ""})
    assert "is saved" in answer.text
    assert export(office, vendor.erp) == remote_id
    after = office.held("Vendor", remote_id)
    assert int(after["SyncToken"]) == int(his["SyncToken"]) + 1
    assert after["BillAddr"]["City"] == "Beverly"
    assert "Fax" not in after
    assert (after["AcctNum"], after["TaxIdentifier"], after["Vendor1099"]) == ("GL-77", his["TaxIdentifier"], True)
    untouched = after.keys() - {"SyncToken", "MetaData", "BillAddr", "Fax"}
    assert {name: after[name] for name in untouched} == {name: his[name] for name in untouched}


def test_a_change_of_a_synced_project_keeps_what_the_bookkeeper_noted(office: Office) -> None:
    project = make_project(office.max_pm, "Seawall Repair", city="Eastport")
    remote_id = export(office, project.erp)
    before = office.held("Customer", remote_id)
    assert before["ParentRef"]
    notes = f"Ask for Rosa.\n{before['Notes']}"
    his = office.write("Customer", **{**before, "Notes": notes, "ResaleNum": "R-9", "PreferredDeliveryMethod": "Email"})
    project.refresh_from_db()
    details = details_of(project, ProjectDetails)
    changed = ProjectDetails(**{**vars(details), "name": "Seawall Repair, phase 2"})
    edit_project(project, changed, by=office.max_pm, seen=project.edition)
    assert export(office, project.erp) == remote_id
    after = office.held("Customer", remote_id)
    assert int(after["SyncToken"]) == int(his["SyncToken"]) + 1
    assert after["DisplayName"] == "Seawall Repair, phase 2"
    assert after["Notes"] == notes.replace("rev 1", "rev 2")
    assert (after["ResaleNum"], after["PreferredDeliveryMethod"]) == ("R-9", "Email")
    assert (after["ParentRef"], after["Job"]) == (before["ParentRef"], True)


def test_a_synced_vendor_is_parted_only_when_it_is_gone_and_then_sent_anew(office: Office) -> None:
    item = make_vendor(office.max_pm, "Short Lived Supply").erp
    remote_id = export(office, item)
    office.ada.get(f"/review/{item.pk}/")
    refused = office.ada.post(f"/review/{item.pk}/unlink/")
    assert refused.status_code == 409
    assert "still holds the vendor" in refused.text
    assert status_of(item) == Status.SYNCED
    office.write("Vendor", **{**office.held("Vendor", remote_id), "Active": False})
    office.ada.get(f"/review/{item.pk}/")
    assert "is unlinked" in office.ada.post(f"/review/{item.pk}/unlink/").text
    assert status_of(item) == Status.NOT_SENT
    assert not Link.objects.filter(item=item).exists()
    anew = export(office, item)
    assert anew != remote_id
    assert office.held("Vendor", anew)["Active"] is True


def test_where_a_project_is_a_customer_only_customers_come_in_and_a_project_has_no_parent(northern: Office) -> None:
    assert northern.row("job", "Bytown Properties:Lot 14 Townhouses") is None
    northern.press("job", "Bytown Properties", "add")
    added = Project.objects.get(company=northern.company, name="Bytown Properties")
    assert status_of(added.erp) == Status.SYNCED
    code = synced(make_cost_code(northern.max_pm))
    project = make_project(northern.max_pm, "Rideau Lock Houses", codes=[code])
    held = northern.held("Customer", export(northern, project.erp))
    assert held["DisplayName"] == held["FullyQualifiedName"] == "Rideau Lock Houses"
    assert "ParentRef" not in held
    assert not held.get("Job")


def test_the_mode_is_fixed_by_the_first_project(northern: Office) -> None:
    synced(make_project(northern.max_pm, codes=[synced(make_cost_code(northern.max_pm))]))
    northern.alma.get("/quickbooks/")
    answer = northern.alma.post("/quickbooks/mode/", customer_mode="jobs_under_customers")
    assert answer.status_code == 409
    assert Connection.objects.get(company=northern.company).customer_mode == "customers_are_jobs"


def test_books_of_one_company_never_show_in_another(office: Office, northern: Office) -> None:
    office.write("Vendor", DisplayName="Only of Harbor Row")
    office.refresh()
    row = office.row("vendor", "Only of Harbor Row")
    assert row
    assert northern.row("vendor", "Only of Harbor Row") is None
    assert northern.ada.post(f"/quickbooks/import/{row}/add/").status_code == 404
    assert northern.ada.post(f"/quickbooks/import/{row}/archive/").status_code == 404
    assert office.row("vendor", "Only of Harbor Row") == row
