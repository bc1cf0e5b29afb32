"""Exporters: dict in, dict out. What QuickBooks is to get, and when what it holds is the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from quickbooks_bridge.exporters.base import Exporter, Source
from quickbooks_bridge.exporters.customers import CustomerExporter
from quickbooks_bridge.exporters.items import ItemExporter
from quickbooks_bridge.exporters.marks import our_line, with_our_line
from quickbooks_bridge.exporters.vendors import VendorExporter

VENDOR = {
    "name": "O'Brien Excavating",
    "print_name": "O'Brien Excavating Inc",
    "street": "12 Quay St",
    "city": "Eastport",
    "state": "ME",
    "postal_code": "04631",
    "country": "US",
    "phone": "(207) 555-0142",
    "fax": "",
    "email": "office@obrien.example",
    "website": "https://obrien.example",
}
PROJECT = {
    "name": "Canal Street Lofts",
    "number": "25-014",
    "street": "4 Canal St",
    "city": "Eastport",
    "state": "ME",
    "postal_code": "04631",
    "country": "",
    "starts_on": "2026-03-02",
    "finishes_on": "",
}
COST_CODE = {"code": "03-300", "description": "Cast-in-place concrete"}
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

vendors, customers, items = VendorExporter(), CustomerExporter(), ItemExporter()


def test_a_vendor_is_a_name_an_address_and_how_to_reach_it() -> None:
    assert vendors.payload(Source(VENDOR, {"terms": "3"}, "key-7")) == {
        "DisplayName": "O'Brien Excavating",
        "CompanyName": "O'Brien Excavating",
        "PrintOnCheckName": "O'Brien Excavating Inc",
        "BillAddr": {
            "Line1": "12 Quay St",
            "City": "Eastport",
            "CountrySubDivisionCode": "ME",
            "PostalCode": "04631",
            "Country": "US",
        },
        "PrimaryPhone": {"FreeFormNumber": "(207) 555-0142"},
        "PrimaryEmailAddr": {"Address": "office@obrien.example"},
        "WebAddr": {"URI": "https://obrien.example"},
        "TermRef": {"value": "3"},
    }


def test_a_vendor_of_a_name_alone_sends_no_empty_field() -> None:
    bare = dict.fromkeys(VENDOR, "") | {"name": "Ace"}
    assert vendors.payload(Source(bare, {}, "key-7")) == {"DisplayName": "Ace", "CompanyName": "Ace"}


def test_a_project_is_a_job_under_the_chosen_customer() -> None:
    assert customers.payload(Source(PROJECT, {"customer": "58"}, "ab12-7", revision=2)) == {
        "DisplayName": "Canal Street Lofts",
        "Job": True,
        "ParentRef": {"value": "58"},
        "BillAddr": {"Line1": "4 Canal St", "City": "Eastport", "CountrySubDivisionCode": "ME", "PostalCode": "04631"},
        "Notes": "ERP sync ab12-7 rev 2",
    }


def test_a_project_is_a_customer_of_its_own_in_the_other_mode() -> None:
    payload = customers.payload(Source(PROJECT, {}, "ab12-7", customer_mode="customers_are_jobs"))
    assert "Job" not in payload
    assert "ParentRef" not in payload


def test_a_linked_project_stays_where_it_stands() -> None:
    payload = customers.payload(Source(PROJECT, {"customer": "58"}, "ab12-7", linked=True))
    assert "ParentRef" not in payload


def test_a_cost_code_is_a_service_item_with_two_accounts() -> None:
    choices = {"income_account": "79", "expense_account": "80"}
    assert items.payload(Source(COST_CODE, choices, "key-7")) == {
        "Name": "03-300",
        "Type": "Service",
        "Description": "Cast-in-place concrete",
        "PurchaseDesc": "Cast-in-place concrete",
        "IncomeAccountRef": {"value": "79"},
        "ExpenseAccountRef": {"value": "80"},
    }


@pytest.mark.parametrize(
    ("code", "full_name", "name"),
    [
        ("Concrete - Zabor", "Concrete:Zabor", "Zabor"),
        ("Concrete - Zabor", "Betons:Zabor", "Zabor"),
        ("Concrete - Fence", "Concrete:Zabor", "Concrete - Fence"),
        ("Concrete - Zabor", "Zabor", "Concrete - Zabor"),
        ("Concrete - Zabor", "", "Concrete - Zabor"),
    ],
)
def test_a_code_made_of_the_full_name_of_a_sub_item_does_not_rename_it(code: str, full_name: str, name: str) -> None:
    source = Source({"code": code}, {}, "key-7", linked=True, full_name=full_name)
    assert items.payload(source)["Name"] == name


def test_what_was_sent_before_and_is_empty_now_is_cleared() -> None:
    before = vendors.payload(Source(VENDOR, {"terms": "3"}, "key-7"))
    after = vendors.payload(Source({**VENDOR, "phone": "", "state": ""}, {}, "key-7", before=before, linked=True))
    assert after["PrimaryPhone"] == {"FreeFormNumber": None}
    assert after["BillAddr"]["CountrySubDivisionCode"] is None
    assert "TermRef" not in after


def test_what_only_a_first_export_sets_is_never_cleared_later() -> None:
    before = customers.payload(Source(PROJECT, {"customer": "58"}, "key-7"))
    after = customers.payload(Source(PROJECT, {}, "key-7", before=before, linked=True))
    assert not {"Job", "ParentRef"} & after.keys()
    before = items.payload(Source(COST_CODE, {"income_account": "79", "expense_account": "80"}, "key-7"))
    after = items.payload(Source({**COST_CODE, "description": ""}, {}, "key-7", before=before, linked=True))
    assert after == {"Name": "03-300", "Description": None, "PurchaseDesc": None}


def test_what_we_never_sent_is_left_as_it_stands() -> None:
    before = vendors.payload(Source({**VENDOR, "fax": ""}, {}, "key-7"))
    after = vendors.payload(Source({**VENDOR, "fax": ""}, {}, "key-7", before=before, linked=True))
    full = vendors.merge({"Id": "5", "SyncToken": "1", "Fax": {"FreeFormNumber": "1"}, "Balance": 10}, after)
    assert full["Fax"] == {"FreeFormNumber": "1"}
    assert "Balance" not in full


def test_an_update_keeps_all_that_is_not_ours() -> None:
    current = {
        "Id": "56",
        "SyncToken": "3",
        "DisplayName": "Old name",
        "AcctNum": "1345",
        "Vendor1099": True,
        "PrimaryPhone": {"FreeFormNumber": "old"},
        "BillAddr": {"Id": "31", "Line1": "old", "Line2": "Unit 4", "Lat": "37.4"},
        "MetaData": {"CreateTime": "2015-10-23T14:28:52-07:00"},
    }
    payload = {
        "DisplayName": "New name",
        "PrimaryPhone": {"FreeFormNumber": None},
        "BillAddr": {"Line1": "12 Quay St", "City": None},
    }
    assert vendors.merge(current, payload) == {
        "Id": "56",
        "SyncToken": "3",
        "DisplayName": "New name",
        "AcctNum": "1345",
        "Vendor1099": True,
        "BillAddr": {"Id": "31", "Line1": "12 Quay St"},
    }


def test_an_address_of_which_we_change_nothing_stays_as_the_bookkeeper_has_it() -> None:
    theirs = {"Id": "31", "Line1": "12 Quay St", "Line2": "Suite 5", "Line4": "Dock gate", "City": "Eastport"}
    current = {"Id": "5", "DisplayName": "Ace", "BillAddr": {**theirs, "Country": "USA"}}
    payload = {"DisplayName": "Ace", "BillAddr": {"Line1": "12 Quay St", "City": "Eastport", "Country": "US"}}
    payload["PrimaryPhone"] = {"FreeFormNumber": "1"}
    assert vendors.merge(current, payload)["BillAddr"] == current["BillAddr"]
    assert vendors.changing(payload, vendors.owned(current))[0].label == "Phone"
    assert len(vendors.changing(payload, vendors.owned(current))) == 1


def test_what_goes_of_an_address_that_we_change_is_told() -> None:
    stood = {"Line1": "12 Quay St", "City": "Eastport"}
    seen = vendors.owned({"DisplayName": "Ace", "BillAddr": stood})
    current = {"Id": "5", "DisplayName": "Ace", "BillAddr": {"Id": "31", "Line2": "Suite 5", **stood}}
    payload = {"DisplayName": "Ace", "BillAddr": {"Line1": "12 Quay St", "City": "Lubec"}}
    assert vendors.merge(current, payload)["BillAddr"] == {"Id": "31", "Line1": "12 Quay St", "City": "Lubec"}
    (lost,) = vendors.overwritten(payload, seen, current)
    assert (lost.label, lost.sent, lost.held) == ("Street, line 2", "", "Suite 5")
    told = [(one.label, one.held, one.sent) for one in vendors.changing(payload, vendors.owned(current))]
    assert told == [("Street, line 2", "Suite 5", ""), ("City", "Eastport", "Lubec")]


def test_checks_follow_the_name_of_a_vendor_without_a_legal_name_and_stay_where_the_bookkeeper_wrote_one() -> None:
    vendor = {**VENDOR, "print_name": "", "name": "O'Brien Sitework"}
    seen = {"DisplayName": "O'Brien Excavating", "PrintOnCheckName": "O'Brien Excavating"}
    renamed = vendors.payload(Source(vendor, {}, "key-7", linked=True, seen=seen))
    assert renamed["PrintOnCheckName"] == "O'Brien Sitework"
    as_named = {"DisplayName": "O'Brien Sitework", "PrintOnCheckName": "O'Brien Sitework"}
    assert "PrintOnCheckName" not in vendors.payload(Source(vendor, {}, "key-7", linked=True, seen=as_named))
    own = {**seen, "PrintOnCheckName": "P. O'Brien"}
    assert "PrintOnCheckName" not in vendors.payload(Source(vendor, {}, "key-7", linked=True, seen=own))
    assert "PrintOnCheckName" not in vendors.payload(Source(vendor, {}, "key-7"))


def test_what_stays_there_because_the_record_says_nothing_of_it_is_told() -> None:
    seen = {"DisplayName": "O'Brien Excavating", "PrintOnCheckName": "O'Brien Excavating", "TermRef.value": "3"}
    seen |= {"Fax.FreeFormNumber": "555-9", "PrimaryPhone.FreeFormNumber": "555-1"}
    payload = vendors.payload(Source({**VENDOR, "print_name": ""}, {}, "key-7", linked=True, seen=seen))
    assert vendors.left(payload, seen) == [("Fax", "555-9")]
    assert vendors.left(payload, {**seen, "PrintOnCheckName": "P. O'Brien"}) == [
        ("Name on checks", "P. O'Brien"),
        ("Fax", "555-9"),
    ]


def test_a_legal_name_that_is_taken_off_gives_way_to_the_name() -> None:
    before = vendors.payload(Source(VENDOR, {}, "key-7"))
    after = vendors.payload(Source({**VENDOR, "print_name": ""}, {}, "key-7", before=before, linked=True))
    assert after["PrintOnCheckName"] == "O'Brien Excavating"


def test_the_bookkeepers_notes_stay_and_only_our_line_changes() -> None:
    notes = "Call Mary first.\nERP sync ab12-7 rev 1\nKey under the mat."
    assert with_our_line(notes, our_line("ab12-7", 2)) == "Call Mary first.\nKey under the mat.\nERP sync ab12-7 rev 2"
    assert with_our_line("", our_line("ab12-7", 1)) == "ERP sync ab12-7 rev 1"
    assert "ERP sync ab12-71 rev 1" in with_our_line("ERP sync ab12-71 rev 1", our_line("ab12-7", 1))


def held(payload: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What QuickBooks answers to `payload`."""
    made = (NOON - timedelta(hours=8)).replace(tzinfo=None).isoformat() + "-08:00"
    return {**payload, "Id": "9", "SyncToken": "0", "Active": True, "MetaData": {"CreateTime": made}, **changes}


@pytest.mark.parametrize(
    ("exporter", "source"),
    [
        (vendors, Source(VENDOR, {"terms": "3"}, "key-7")),
        (customers, Source(PROJECT, {"customer": "58"}, "key-7")),
        (items, Source(COST_CODE, {"income_account": "79", "expense_account": "80"}, "key-7")),
    ],
    ids=["vendor", "project", "cost_code"],
)
def test_each_field_that_comes_back_otherwise_is_noticed(exporter: Exporter, source: Source) -> None:
    payload = exporter.payload(source)
    assert exporter.compare(payload, held(payload)) == []
    for name, value in payload.items():
        other = dict.fromkeys(value, "other") if isinstance(value, dict) else "other"
        assert exporter.compare(payload, held(payload, **{name: other})), name
        assert exporter.compare(payload, {k: v for k, v in held(payload).items() if k != name}), name


def test_a_country_may_come_back_in_three_letters_and_a_name_may_not_come_back_otherwise() -> None:
    payload = vendors.payload(Source(VENDOR, {}, "key-7"))
    assert vendors.compare(payload, held(payload, BillAddr={**payload["BillAddr"], "Country": "USA"})) == []
    assert vendors.compare(payload, held(payload, BillAddr={**payload["BillAddr"], "Country": "CAN"})) != []
    (difference,) = vendors.compare(payload, held(payload, DisplayName="O'Brien Excavatin"))
    assert str(difference) == "Name was sent as “O'Brien Excavating” and stands as “O'Brien Excavatin”"


def test_a_cleared_field_must_come_back_empty() -> None:
    payload = {"DisplayName": "Ace", "Fax": {"FreeFormNumber": None}}
    assert vendors.compare(payload, held(payload, Fax={"FreeFormNumber": "5"})) != []
    assert vendors.compare(payload, held({"DisplayName": "Ace"})) == []


def test_a_bookkeepers_own_notes_are_no_difference_but_our_line_must_stand() -> None:
    payload = customers.payload(Source(PROJECT, {"customer": "58"}, "key-7"))
    assert customers.compare(payload, held(payload, Notes="Mine.\n" + payload["Notes"])) == []
    assert customers.compare(payload, held(payload, Notes="Mine.")) != []


def test_a_vendor_is_ours_if_it_is_equal_and_not_older_than_our_first_try() -> None:
    payload = vendors.payload(Source(VENDOR, {}, "key-7"))
    assert vendors.is_ours(payload, held(payload), "key-7", NOON)
    assert not vendors.is_ours(payload, held(payload), "key-7", NOON + timedelta(seconds=1))
    assert not vendors.is_ours(payload, held(payload, Fax={"FreeFormNumber": "5"}, DisplayName="X"), "key-7", NOON)
    assert not vendors.is_ours(payload, {**payload, "Id": "9"}, "key-7", NOON)


def test_a_project_is_ours_if_it_has_our_mark_and_nobody_elses() -> None:
    payload = customers.payload(Source(PROJECT, {"customer": "58"}, "key-7"))
    assert customers.is_ours(payload, held(payload, DisplayName="Renamed"), "key-7", NOON + timedelta(days=1))
    assert not customers.is_ours(payload, held(payload), "key-71", NOON)
    assert not customers.is_ours(payload, held(payload, Notes=""), "key-7", NOON)


def test_a_job_of_the_name_under_another_customer_is_no_rival() -> None:
    payload = customers.payload(Source(PROJECT, {"customer": "58"}, "key-7"))
    assert customers.is_rival(payload, held(payload))
    assert not customers.is_rival(payload, held(payload, ParentRef={"value": "59"}))


def test_it_tells_what_somebody_changed_only_where_we_would_write_over_it() -> None:
    payload = vendors.payload(Source(VENDOR, {}, "key-7"))
    seen = vendors.owned(held(payload))
    assert vendors.overwritten(payload, seen, held(payload, TermRef={"value": "5"})) == []
    (lost,) = vendors.overwritten(payload, seen, held(payload, PrimaryPhone={"FreeFormNumber": "new"}))
    assert (lost.label, lost.sent, lost.held) == ("Phone", "(207) 555-0142", "new")
    newer = {**payload, "PrimaryPhone": {"FreeFormNumber": "new"}}
    assert vendors.overwritten(newer, seen, held(newer)) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": "A:B"}, "colon"),
        ({"name": ""}, "empty"),
        ({"name": "x" * 101}, "101 characters"),
        ({"name": "Acme\t"}, "tab"),
        ({"name": "Ac\u202eme"}, "direction"),
        ({"phone": "1" * 31}, "31 characters"),
        ({"email": "e" * 101}, "101 characters"),
    ],
)
def test_what_quickbooks_would_not_take_is_said_and_never_shortened(change: dict[str, str], sentence: str) -> None:
    document = {**VENDOR, **change}
    assert any(sentence in one for one in vendors.problems(document))
    assert vendors.problems(VENDOR) == []
    name = vendors.payload(Source({**document, "name": document["name"] or "-"}, {}, ""))["DisplayName"]
    assert name == (document["name"] or "-")


def test_a_person_reads_names_and_not_numbers() -> None:
    payload = items.payload(Source(COST_CODE, {"income_account": "79", "expense_account": "80"}, "key-7"))
    facts = {one.label: one.value for one in items.facts(payload, {("Account", "79"): "Construction Income"})}
    assert facts["Income account"] == "Construction Income"
    assert facts["Expense account"] == "number 80"
