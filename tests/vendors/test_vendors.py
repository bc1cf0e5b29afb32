"""What may be done with a vendor, by whom, and what it takes to be sent."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from procore_sync.acceptance import operations as acceptance
from procore_sync.acceptance.kinds import spec_of
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.refusals import IllegalMove, NotReady
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from projects.records import EditedMeanwhile, details_of
from tests.factories import make_vendor, sent, synced
from vendors.models import Vendor
from vendors.operations import create_vendor, edit_vendor, import_vendor, set_vendor_active
from vendors.papers import ready_for_bills
from vendors.rules import VendorDetails, vendor_problems

# Names of real vendors and their variants, taken from GoC-Spending/contracts-data (MIT, (c) 2022 Sean Boots and
# contributors; federal proactive disclosure of Canada).
DIRTY_NAMES = [
    row["name"] for row in csv.DictReader((Path(__file__).parent / "dirty_names.csv").read_text("utf-8").splitlines())
]


def errors_of(details: VendorDetails, by: Membership) -> dict[str, list[str]]:
    with pytest.raises(InvalidInput) as raised:
        create_vendor(details, by=by)
    return raised.value.errors


@pytest.mark.database
def test_it_is_made_with_an_item_of_its_own(max_pm: Membership) -> None:
    vendor = create_vendor(VendorDetails(name=" Kestrel Concrete "), by=max_pm)

    assert (vendor.name, vendor.erp.kind, vendor.erp.label) == ("Kestrel Concrete", Kind.VENDOR, "Kestrel Concrete")


@pytest.mark.parametrize("name", ["", "Acme: east", "Acme\teast", "Acme\neast", "x" * 101, "Acme\u202e", "\u2067Acme"])
def test_it_refuses_a_name_that_quickbooks_would_not_take(name: str, max_pm: Membership) -> None:
    assert list(errors_of(VendorDetails(name=name), max_pm)) == ["name"]
    assert not ErpItem.objects.exists()


@pytest.mark.parametrize("name", ["Brick 🧱 & Mortar", "شركة البناء", "Béton Laval Ltée", "=1+1", "x" * 100])
def test_it_keeps_a_name_as_it_was_given(name: str, max_pm: Membership) -> None:
    vendor = create_vendor(VendorDetails(name=name), by=max_pm)

    assert acceptance.send(vendor.erp, by=max_pm).document["name"] == name


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("print_name", "a:b"),
        ("street", "1 Main St\nUnit 4"),
        ("city", "x" * 256),
        ("postal_code", "x" * 32),
        ("phone", "5" * 31),
        ("fax", "5" * 31),
        ("email", "office at example"),
        ("email", "x" * 100 + "@example.com"),
        ("website", "example"),
        ("website", "javascript:alert(1)"),
        ("terms_hint", "x" * 61),
    ],
)
def test_it_refuses_what_does_not_fit(field: str, value: str, max_pm: Membership) -> None:
    details = VendorDetails(**dict[str, Any](name="Acme", **{field: value}))

    assert list(errors_of(details, max_pm)) == [field]


@pytest.mark.database
@pytest.mark.parametrize("again", ["Acme Concrete", "ACME CONCRETE", "acme  concrete", "\uff21cme Concrete"])
def test_it_refuses_a_name_that_quickbooks_would_take_for_another(again: str, max_pm: Membership) -> None:
    make_vendor(max_pm, "Acme Concrete")

    assert "Acme Concrete already" in errors_of(VendorDetails(name=again), max_pm)["name"][0]


def test_a_name_from_before_width_was_set_aside_is_found_by_the_usual_one(max_pm: Membership) -> None:
    made = make_vendor(max_pm, "\uff21cme")
    Vendor.objects.update(name_key="\uff41cme")

    import_module("vendors.migrations.0002_names_of_one_width").fold(apps, SimpleNamespace(connection=connection))

    made.refresh_from_db()
    assert (made.name, made.name_key) == ("\uff21cme", "acme")
    assert list(errors_of(VendorDetails(name="Acme"), max_pm)) == ["name"]


@pytest.mark.database
def test_an_inactive_vendor_keeps_its_name(max_pm: Membership) -> None:
    set_vendor_active(make_vendor(max_pm, "Acme"), False, by=max_pm)

    assert list(errors_of(VendorDetails(name="Acme"), max_pm)) == ["name"]


@pytest.mark.database
def test_another_company_may_have_the_same_vendor(max_pm: Membership, olga: Membership) -> None:
    make_vendor(max_pm, "Acme", external_ref="V-1")

    assert make_vendor(olga, "Acme", external_ref="V-1").company == olga.company


def test_its_document_is_what_was_agreed(max_pm: Membership) -> None:
    said: dict[str, Any] = {
        "name": "Acme",
        "print_name": "Acme Concrete Inc.",
        "street": "1 Main St",
        "city": "Salem",
        "state": "MA",
        "postal_code": "01970",
        "country": "USA",
        "phone": "+1 555 0100",
        "fax": "",
        "email": "office@acme.test",
        "website": "https://acme.test",
    }
    vendor = create_vendor(VendorDetails(**said, terms_hint="Net 30"), by=max_pm)

    document = acceptance.send(vendor.erp, by=max_pm).document

    assert document == said
    facts = {fact.label: fact.value for fact in spec_of(Kind.VENDOR).facts(document)}
    assert facts["Address"] == "1 Main St, Salem, MA 01970, USA"
    assert "Fax" not in facts


def test_an_inactive_vendor_cannot_be_sent(max_pm: Membership) -> None:
    vendor = make_vendor(max_pm)
    set_vendor_active(vendor, False, by=max_pm)

    with pytest.raises(NotReady) as raised:
        acceptance.send(vendor.erp, by=max_pm)
    assert raised.value.where == f"/vendors/{vendor.pk}/"


def test_a_name_that_came_in_past_the_rules_cannot_be_sent(max_pm: Membership) -> None:
    vendor = make_vendor(max_pm)
    Vendor.objects.update(name="Acme: east")

    with pytest.raises(NotReady):
        acceptance.send(vendor.erp, by=max_pm)


def test_terms_may_change_while_it_is_with_accounting_but_its_name_may_not(max_pm: Membership) -> None:
    vendor = sent(make_vendor(max_pm, "Acme"), max_pm)

    with pytest.raises(IllegalMove):
        edit_vendor(vendor, VendorDetails(name="Other"), by=max_pm, seen=1)
    assert edit_vendor(vendor, VendorDetails(name="Acme", terms_hint="Net 10"), by=max_pm, seen=1).edition == 2
    with pytest.raises(IllegalMove):
        set_vendor_active(vendor, False, by=max_pm)


def test_terms_are_no_change_for_quickbooks(max_pm: Membership) -> None:
    vendor = synced(make_vendor(max_pm, "Acme"))

    edit_vendor(vendor, VendorDetails(name="Acme", terms_hint="Net 10"), by=max_pm, seen=1)
    assert not ErpItem.objects.get().is_changed
    edit_vendor(vendor, VendorDetails(name="Acme", city="Salem"), by=max_pm, seen=2)
    assert ErpItem.objects.get().is_changed


def test_the_second_of_two_editors_is_told(max_pm: Membership, alma: Membership) -> None:
    vendor = make_vendor(max_pm, "Acme")
    edit_vendor(vendor, VendorDetails(name="Acme", city="Salem"), by=max_pm, seen=1)

    with pytest.raises(EditedMeanwhile):
        edit_vendor(vendor, VendorDetails(name="Acme", city="Lynn"), by=alma, seen=1)
    assert Vendor.objects.get().city == "Salem"


def test_a_viewer_and_an_accountant_change_nothing(vic: Membership, ada: Membership, max_pm: Membership) -> None:
    vendor = make_vendor(max_pm)
    for member in (vic, ada):
        with pytest.raises(NotAllowed):
            create_vendor(VendorDetails(name="x"), by=member)
        with pytest.raises(NotAllowed):
            edit_vendor(vendor, VendorDetails(name="x"), by=member, seen=1)
        with pytest.raises(NotAllowed):
            set_vendor_active(vendor, False, by=member)


def test_a_vendor_of_quickbooks_needs_the_right_to_import(ada: Membership, max_pm: Membership) -> None:
    assert import_vendor(VendorDetails(name="Acme"), company=ada.company, by=ada).name == "Acme"
    assert import_vendor(VendorDetails(name="Bolt"), company=ada.company, by=None).name == "Bolt"
    with pytest.raises(NotAllowed):
        import_vendor(VendorDetails(name="Crane"), company=ada.company, by=max_pm)


@pytest.mark.parametrize("name", DIRTY_NAMES)
def test_a_real_name_passes_unless_it_is_too_long(name: str) -> None:
    problems = vendor_problems(VendorDetails(name=name))

    assert bool(problems) == (len(name) > 100)


def test_the_sample_of_real_names_holds_the_hard_ones() -> None:
    assert len(DIRTY_NAMES) >= 60
    assert max(len(name) for name in DIRTY_NAMES) > 100


def test_what_accountants_ask_before_a_first_bill_is_there_or_lacking(max_pm: Membership) -> None:
    def lacking(vendor: Vendor) -> list[str]:
        return [one.sentence for one in ready_for_bills(vendor, date(2026, 11, 27)) if one.level == "look"]

    bare = make_vendor(max_pm)
    assert [one.split(" ")[1] for one in lacking(bare)] == ["in", "address", "e-mail", "usual", "W-9", "insurance"]
    whole = synced(
        make_vendor(
            max_pm,
            street="1 Pier Rd",
            city="Salem",
            email="office@example.com",
            terms_hint="Net 30",
            w9_on=date(2026, 1, 2),
            insured_until=date(2026, 11, 27),
        )
    )
    assert lacking(whole) == []
    said = replace(details_of(whole, VendorDetails), insured_until=date(2026, 11, 26))
    edited = edit_vendor(whole, said, by=max_pm, seen=1)
    assert lacking(edited) == ["The insurance was valid until 26 Nov 2026."]
    assert not edited.erp.is_changed, "QuickBooks gets no paper"
