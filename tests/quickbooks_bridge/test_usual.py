"""The class and the location of a bill: what stands there, what QuickBooks gets, and what is watched of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from commitments.models import Commitment
from procore_sync.acceptance.courier import Choice, courier
from procore_sync.acceptance.many import accept_many
from procore_sync.acceptance.models import ErpItem, Submission, Turn
from procore_sync.acceptance.operations import send
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from quickbooks_bridge import bill_setup
from quickbooks_bridge.defaults import choose_defaults, choose_usual
from quickbooks_bridge.drift_models import Drift
from quickbooks_bridge.exporters.bills import BillExporter
from quickbooks_bridge.models import Connection, Health, Link, Mapping
from quickbooks_bridge.names import names_of
from tests.factories import make_project
from tests.quickbooks_bridge.conftest import work
from tests.quickbooks_bridge.documents import Ground
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.quickbooks_bridge.invoice_rows import corrected, document_of, make_invoice
from tests.quickbooks_bridge.test_bills import EXPENSE, retainage, subcontract
from tests.quickbooks_bridge.test_document_previews import switch
from tests.quickbooks_bridge.test_documents import ground, only
from tests.quickbooks_bridge.watching.conftest import look
from tests.scenes import kept

__all__ = ["ground", "retainage", "subcontract"]

Accept = Callable[..., Submission]


@pytest.fixture
@kept
def invoice(subcontract: Commitment, ground: Ground) -> ErpItem:
    return make_invoice(subcontract, ground.by, {"1": "400.00"}).erp


def number(books: Connection, entity: str, name: str) -> str:
    return names_of(books.company_id, entity).get(name=name).remote_id


def choices(item: ErpItem) -> dict[str, Choice]:
    found = courier().preview(item, document_of(item.invoice)).choices()
    return {one.name: one for one in found}


def test_a_projects_own_class_and_location_come_before_the_companys(
    invoice: ErpItem, books: Connection, ground: Ground, ada: Membership
) -> None:
    assert [label for _, label in choices(invoice)["location"].options] == ["Field", "Head Office"]
    assert (choices(invoice)["class"].initial, choices(invoice)["location"].initial) == ("", "")
    office, field = number(books, "Department", "Head Office"), number(books, "Department", "Field")
    public = number(books, "Class", "Public Works")
    choose_defaults(books, {"location": office}, by=ada)
    assert choices(invoice)["location"].initial == office
    choose_usual(books, ground.project, {"location": field, "class": public}, by=ada)
    choose_usual(books, make_project(ground.by), {"class": number(books, "Class", "Commercial")}, by=ada)
    assert (choices(invoice)["class"].initial, choices(invoice)["location"].initial) == (public, field)
    choose_usual(books, ground.project, {"location": ""}, by=ada)
    assert (choices(invoice)["class"].initial, choices(invoice)["location"].initial) == (public, office)
    switch(books, Locations="off")
    assert "location" not in choices(invoice)


def test_what_is_usual_lets_many_be_accepted_where_it_has_to_be_chosen(
    invoice: ErpItem, books: Connection, ground: Ground, ada: Membership, emulator: EmulatorProcess
) -> None:
    bill_setup.choose(books, {"class_needed": "yes", "location_needed": "yes"}, by=ada)
    sending = send(invoice, by=ground.by)
    accept_many([sending], by=ada, seconds=60)
    (stayed,) = Turn.objects.all()
    assert stayed.why_not == "Choose the class before you accept. Choose the location before you accept."
    usual = {"class": number(books, "Class", "Commercial"), "location": number(books, "Department", "Field")}
    choose_usual(books, ground.project, usual, by=ada)
    sending.refresh_from_db()
    accept_many([sending], by=ada, seconds=60)
    assert work(sending).item.status == Status.SYNCED
    held = only(emulator, "Bill")
    assert held["DepartmentRef"]["value"] == usual["location"]
    assert {one[EXPENSE]["ClassRef"]["name"] for one in held["Line"]} == {"Commercial"}


@pytest.mark.parametrize(("sent", "health"), [("Field", Health.DRIFTED), ("", Health.OK)])
def test_a_location_is_watched_only_where_it_was_sent(
    invoice: ErpItem,
    books: Connection,
    accept: Accept,
    emulator: EmulatorProcess,
    sent: str,
    health: Health,
) -> None:
    chosen = {"location": number(books, "Department", sent)} if sent else {}
    assert work(accept(invoice, **chosen)).item.status == Status.SYNCED
    held = only(emulator, "Bill")
    emulator.write("Bill", {**held, "DepartmentRef": {"value": number(books, "Department", "Head Office")}})
    look(books)
    assert Link.objects.get(item=invoice).health == health
    told = [(one["label"], one["ours"], one["theirs"]) for drift in Drift.objects.all() for one in drift.fields]
    assert told == ([("Location", "Field", "Head Office")] if sent else [])


def test_only_what_quickbooks_has_can_be_usual(books: Connection, max_pm: Membership, ada: Membership) -> None:
    project = make_project(max_pm)
    names_of(books.company_id, "Department").filter(name="Head Office").update(active=False)
    with pytest.raises(InvalidInput, match="Location of bills: QuickBooks has no such entry, or it is inactive"):
        choose_usual(books, project, {"location": number(books, "Department", "Head Office")}, by=ada)
    with pytest.raises(NotAllowed):
        choose_usual(books, project, {"location": number(books, "Department", "Field")}, by=max_pm)
    assert not Mapping.objects.exists()


def test_page_and_api_say_and_choose_the_same(
    client: Client, books: Connection, ada: Membership, max_pm: Membership
) -> None:
    project = make_project(max_pm, "Fire Station 9")
    client.force_login(ada.user)
    page = reverse("quickbooks_bridge:project_mapping", args=[project.pk])
    assert "Public Works" in client.get(page).content.decode()
    office = number(books, "Department", "Head Office")
    assert client.post(page, {"class": "", "location": office}, follow=True).status_code == 200
    body = client.get(reverse("quickbooks_bridge:mappings")).content.decode()
    assert body.count("Head Office</td>") == 1
    names_of(books.company_id, "Department").filter(remote_id=office).update(active=False)
    assert "Head Office (inactive)" in client.get(reverse("quickbooks_bridge:mappings")).content.decode()

    where = f"/api/v1/quickbooks/project-mappings/{project.pk}/"
    assert {one["thing"]: one["chosen"] for one in client.get(where).json()} == {"class": "", "location": office}
    public = number(books, "Class", "Public Works")
    said = client.post(f"{where}choose/", {"class": public}, content_type="application/json")
    assert {one["thing"]: one["chosen"] for one in said.json()} == {"class": public, "location": office}
    company = client.post("/api/v1/quickbooks/mappings/choose/", {"class": public}, content_type="application/json")
    assert next(one["chosen"] for one in company.json() if one["thing"] == "class") == public


def test_a_vendor_credit_has_them_too() -> None:
    assert "DepartmentRef.value" in {one.path for one in BillExporter().serving({"as_credit": True}).fields}


def shown(item: ErpItem) -> dict[str, str]:
    """What the approver accepted last, of what they chose."""
    facts = item.submissions.order_by("-number")[0].posting["facts"]
    return {one["label"]: one["value"] for one in facts if one["label"] in ("Class", "Location", "Terms")}


def test_what_is_left_out_of_a_correction_is_taken_off_the_bill(
    invoice: ErpItem, books: Connection, accept: Accept, emulator: EmulatorProcess
) -> None:
    """It stood there as before, of a posting that did not show it, and the record was green."""
    chosen = {
        "class": number(books, "Class", "Commercial"),
        "location": number(books, "Department", "Field"),
        "terms": number(books, "Term", "Net 45"),
    }
    assert work(accept(invoice, **chosen)).item.status == Status.SYNCED
    corrected(invoice.invoice, {"1": "300.00", "2": "20.00"})
    invoice.refresh_from_db()
    assert work(accept(invoice, **dict.fromkeys(chosen, ""))).item.status == Status.SYNCED
    held = only(emulator, "Bill")
    assert ("DepartmentRef" in held, "SalesTermRef" in held) == (False, False)
    assert [one[EXPENSE].get("ClassRef") for one in held["Line"]] == [None] * 3
    assert shown(invoice) == dict.fromkeys(("Class", "Location", "Terms"), "(cleared)")


def test_what_cannot_be_chosen_any_more_stays_on_the_bill(
    invoice: ErpItem, books: Connection, accept: Accept, emulator: EmulatorProcess
) -> None:
    """Nobody has left it out: among many, or by policy, nobody would even have looked."""
    field = number(books, "Department", "Field")
    assert work(accept(invoice, location=field)).item.status == Status.SYNCED
    names_of(books.company_id, "Department").filter(name="Field").update(active=False)
    corrected(invoice.invoice, {"1": "300.00"})
    invoice.refresh_from_db()
    assert work(accept(invoice)).item.status == Status.SYNCED
    assert only(emulator, "Bill")["DepartmentRef"]["value"] == field
