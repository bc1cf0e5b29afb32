"""Job costs read from a running QuickBooks look-alike, as its bookkeeper enters, edits and deletes documents."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import requests
from django.test import Client

from procore_sync.accounts.models import Membership
from projects.job_costs import direct_costs, uncoded_cost
from projects.models import CostCode, CostLine, Project
from projects.operations import edit_project
from projects.records import details_of
from projects.rules import ProjectDetails
from quickbooks_bridge.endpoints import web_url
from quickbooks_bridge.importers.candidates import SOURCES
from quickbooks_bridge.importers.job_costs import ENTITIES, carry_on
from quickbooks_bridge.importers.names import refresh
from quickbooks_bridge.importers.operations import add
from quickbooks_bridge.models import Connection
from quickbooks_bridge.names import names_of
from tests.quickbooks_bridge.emulator_process import REALM, EmulatorProcess
from tests.scenes import kept


class Bookkeeper:
    """Enters documents for the job Fire Station 4."""

    def __init__(self, emulator: EmulatorProcess) -> None:
        self.emulator = emulator
        self.job = self.id_of("Customer", "Fire Station 4")

    def id_of(self, entity: str, name: str) -> str:
        """The id of a name."""
        (found,) = self.emulator.named(entity, name)
        return str(found["Id"])

    def line(self, amount: str, *, item: str = "", account: str = "", job: str = "") -> dict[str, Any]:
        """A line on an item or an account, for the job unless another is given; "-" is none."""
        of_job = {} if job == "-" else {"CustomerRef": {"value": job or self.job}, "BillableStatus": "NotBillable"}
        if item:
            kind, detail = "ItemBasedExpenseLineDetail", {"ItemRef": {"value": self.id_of("Item", item)}}
        else:
            kind, detail = "AccountBasedExpenseLineDetail", {"AccountRef": {"value": self.id_of("Account", account)}}
        return {"Amount": float(amount), "DetailType": kind, kind: {**detail, **of_job}}

    def bill(self, *lines: dict[str, Any], entity: str = "Bill", **more: Any) -> dict[str, Any]:
        """A bill, or a vendor credit, of Ace Electric."""
        vendor = {"value": self.id_of("Vendor", "Ace Electric Co")}
        return self.emulator.write(entity, {"VendorRef": vendor, "TxnDate": "2026-11-03", "Line": list(lines), **more})

    def purchase(self, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Paid by card."""
        card = {"value": self.id_of("Account", "Company Credit Card")}
        head = {"PaymentType": "CreditCard", "AccountRef": card, "TxnDate": "2026-11-04", "Line": list(lines)}
        return self.emulator.write("Purchase", {**head, **more})

    def journal(self, amount: str, debit: str, credit: str) -> dict[str, Any]:
        """An entry whose debit and credit both name the job."""

        def side(kind: str, account: str) -> dict[str, Any]:
            detail = {"PostingType": kind, "AccountRef": {"value": self.id_of("Account", account)}}
            detail["Entity"] = {"Type": "Customer", "EntityRef": {"value": self.job}}
            return {
                "Amount": float(amount),
                "DetailType": "JournalEntryLineDetail",
                "JournalEntryLineDetail": detail,
            }

        lines = [side("Debit", debit), side("Credit", credit)]
        return self.emulator.write("JournalEntry", {"TxnDate": "2026-11-05", "Line": lines})


@pytest.fixture
@kept
def keeper(books: Connection, emulator: EmulatorProcess) -> Bookkeeper:
    return Bookkeeper(emulator)


@pytest.fixture
@kept
def station(books: Connection, ada: Membership, max_pm: Membership) -> Project:
    """The job Fire Station 4 as a project that takes job costs; the item Materials is a cost code."""
    job = names_of(books.company_id, "Customer").get(name="Fire Station 4")
    add(job, SOURCES["job"], by=ada)
    add(names_of(books.company_id, "Item").get(name="Materials"), SOURCES["item"], by=ada)
    project = Project.objects.get(name="Fire Station 4")
    details = details_of(project, ProjectDetails)
    told = {**details.__dict__, "job_costs": True}
    return edit_project(project, ProjectDetails(**told), by=max_pm, seen=project.edition)


@pytest.fixture
@kept
def materials(station: Project) -> CostCode:
    found: CostCode = CostCode.objects.get(code="Materials")
    return found


def pull(books: Connection) -> int:
    """One reading to its end; the calls that it says it made."""
    reading = carry_on(books.company_id)
    while reading and reading.ended_at is None and not reading.error:
        reading = carry_on(books.company_id)
    assert reading
    assert reading.ended_at
    assert not reading.error, reading.error
    return reading.reads


def test_each_kind_of_document_costs_the_job_what_it_says(
    books: Connection, keeper: Bookkeeper, station: Project, materials: CostCode
) -> None:
    keeper.bill(
        keeper.line("100.10", item="Materials"),
        keeper.line("40.00", account="Equipment Rental"),
        keeper.line("7.00", item="Materials", job="-"),
        keeper.line("-10.01", item="Retainage"),
    )
    keeper.bill(keeper.line("30.00", item="Materials"), entity="VendorCredit")
    keeper.purchase(keeper.line("5.05", item="Materials"))
    keeper.purchase(keeper.line("1.05", item="Materials"), Credit=True)
    keeper.journal("12.00", "Job Materials", "Company Credit Card")
    keeper.emulator.write(
        "TimeActivity",
        {
            "TxnDate": "2026-11-05",
            "NameOf": "Employee",
            "EmployeeRef": {"value": keeper.id_of("Employee", "Rosa Delgado")},
            "CustomerRef": {"value": keeper.job},
            "ItemRef": {"value": keeper.id_of("Item", "Labor")},
            "Hours": 6,
            "Minutes": 30,
            "CostRate": 32.35,
        },
    )
    pull(books)

    assert direct_costs(station) == {materials.pk: Decimal("74.10")}
    assert uncoded_cost(station) == Decimal("40.00") + Decimal("12.00") + Decimal("210.28")
    assert CostLine.objects.get(entity="TimeActivity").party == "Rosa Delgado"


def test_it_follows_edits_and_deletions_with_one_call_for_all_kinds(
    books: Connection, keeper: Bookkeeper, station: Project, materials: CostCode, emulator: EmulatorProcess
) -> None:
    first = keeper.bill(keeper.line("100.00", item="Materials"), keeper.line("1.00", item="Materials"))
    second = keeper.purchase(keeper.line("50.00", item="Materials"))
    assert pull(books) == 5
    emulator.write("Bill", {**first, "Line": [{**first["Line"][0], "Amount": 90.00}]})
    emulator.delete("Purchase", second)
    keeper.bill(keeper.line("3.00", item="Materials"))
    emulator.control("requests", method="DELETE")

    assert pull(books) == 2
    assert direct_costs(station) == {materials.pk: Decimal("93.00")}
    received = [one["path"].rpartition("/")[2] for one in emulator.requests()]
    assert sorted(received) == ["cdc", "query"]


def test_a_document_moved_to_another_job_leaves_this_one(
    books: Connection, keeper: Bookkeeper, station: Project, emulator: EmulatorProcess
) -> None:
    bill = keeper.bill(keeper.line("100.00", item="Materials"))
    pull(books)
    other = keeper.id_of("Customer", "Parish Hall Roof")
    moved = {**bill["Line"][0], **keeper.line("100.00", item="Materials", job=other)}
    emulator.write("Bill", {**bill, "Line": [moved]})
    pull(books)

    assert direct_costs(station) == {}


def test_a_job_below_the_job_of_a_project_costs_the_project(
    books: Connection, keeper: Bookkeeper, station: Project, materials: CostCode, emulator: EmulatorProcess
) -> None:
    wing = emulator.write("Customer", {"DisplayName": "Wing", "Job": True, "ParentRef": {"value": keeper.job}})
    bay = emulator.write("Customer", {"DisplayName": "Bay 2", "Job": True, "ParentRef": {"value": wing["Id"]}})
    keeper.bill(keeper.line("100.00", item="Materials"), keeper.line("20.00", item="Materials", job=wing["Id"]))
    keeper.purchase(keeper.line("3.00", item="Materials", job=bay["Id"]))
    keeper.purchase(keeper.line("7.00", item="Materials", job=keeper.id_of("Customer", "Parish Hall Roof")))
    refresh(books)
    pull(books)

    assert direct_costs(station) == {materials.pk: Decimal("123.00")}


def test_a_job_below_that_is_a_project_of_its_own_costs_that_one_alone(
    books: Connection,
    keeper: Bookkeeper,
    station: Project,
    materials: CostCode,
    emulator: EmulatorProcess,
    ada: Membership,
) -> None:
    wing = emulator.write("Customer", {"DisplayName": "Wing", "Job": True, "ParentRef": {"value": keeper.job}})
    bay = emulator.write("Customer", {"DisplayName": "Bay 2", "Job": True, "ParentRef": {"value": wing["Id"]}})
    refresh(books)
    keeper.purchase(keeper.line("3.00", item="Materials", job=bay["Id"]))
    pull(books)
    assert direct_costs(station) == {materials.pk: Decimal("3.00")}
    add(names_of(books.company_id, "Customer").get(name="Wing"), SOURCES["job"], by=ada)
    pull(books)

    assert direct_costs(station) == {}


def test_an_account_that_is_newer_than_the_lists_is_read_first(
    books: Connection, keeper: Bookkeeper, station: Project, emulator: EmulatorProcess
) -> None:
    emulator.write("Account", {"Name": "Blasting", "AccountType": "Cost of Goods Sold"})
    emulator.write("Account", {"Name": "Held back", "AccountType": "Other Current Liability"})
    keeper.journal("25.00", "Blasting", "Held back")
    pull(books)

    assert uncoded_cost(station) == Decimal("25.00")


def test_what_is_only_promised_or_planned_is_no_cost_and_is_not_even_asked_for(
    books: Connection, keeper: Bookkeeper, station: Project, emulator: EmulatorProcess
) -> None:
    order = keeper.bill(keeper.line("100.00", item="Materials"), entity="PurchaseOrder")
    line = {"DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"Qty": 1, "UnitPrice": 500}}
    emulator.write("Estimate", {"CustomerRef": {"value": keeper.job}, "Line": [line]})
    link = {"TxnId": order["Id"], "TxnType": "PurchaseOrder"}
    billed = {**keeper.line("60.00", item="Materials"), "LinkedTxn": [{**link, "TxnLineId": "1"}]}
    keeper.bill(billed, LinkedTxn=[link])
    emulator.control("requests", method="DELETE")
    pull(books)

    assert sum(direct_costs(station).values()) == Decimal("60.00")
    asked = " ".join(str(one["body"]) + str(one["query"]) for one in emulator.requests())
    assert "PurchaseOrder" not in asked
    assert "Estimate" not in asked


def test_without_a_project_that_takes_job_costs_not_a_call_is_made(
    books: Connection, station: Project, emulator: EmulatorProcess
) -> None:
    from quickbooks_bridge.tasks import job_costs

    Project.objects.update(job_costs=False)
    emulator.control("requests", method="DELETE")
    job_costs()

    assert emulator.requests() == []


def test_every_kind_of_transaction_has_a_page_in_the_look_alike(keeper: Bookkeeper, emulator: EmulatorProcess) -> None:
    keeper.journal("12.00", "Job Materials", "Company Credit Card")
    keeper.purchase(keeper.line("5.05", item="Materials"))
    for entity in ("Bill", "VendorCredit", "PurchaseOrder"):
        keeper.bill(keeper.line("1.00", item="Materials"), entity=entity)
    who = {"NameOf": "Employee", "EmployeeRef": {"value": keeper.id_of("Employee", "Rosa Delgado")}, "Hours": 1}
    emulator.write("TimeActivity", who)
    of_job = {"SalesItemLineDetail": {"Qty": 1, "UnitPrice": 5}, "DetailType": "SalesItemLineDetail"}
    emulator.write("Estimate", {"CustomerRef": {"value": keeper.job}, "Line": [of_job]})
    for entity in (*ENTITIES, "PurchaseOrder", "Estimate"):
        (one,) = emulator.documents(entity)
        answer = requests.get(web_url(entity, one["Id"], REALM), timeout=10)
        assert answer.status_code == 200, entity


def test_a_transaction_opens_in_quickbooks(
    books: Connection, keeper: Bookkeeper, station: Project, ada: Membership, olga: Membership, client: Client
) -> None:
    bill = keeper.bill(keeper.line("100.00", item="Materials"))
    pull(books)
    client.force_login(ada.user)
    answer = client.get(f"/quickbooks/documents/Bill/{bill['Id']}/")

    assert answer.status_code == 302
    assert answer["Location"].endswith(f"/bills/{bill['Id']}")
    assert client.get("/quickbooks/documents/Bill/999999/").status_code == 404
    client.force_login(olga.user)
    assert client.get(f"/quickbooks/documents/Bill/{bill['Id']}/").status_code == 404
