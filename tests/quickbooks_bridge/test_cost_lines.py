"""Which line of which document is a cost, of which job, and with which sign: written out by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from projects.ledger_costs import Cost
from quickbooks_bridge.importers.cost_lines import Chart, UnknownName, costs_of, hours_of

CHART = Chart(
    types={
        "1": "Cost of Goods Sold",
        "2": "Expense",
        "3": "Other Current Liability",
        "4": "Accounts Payable",
        "5": "Bank",
        "6": "Income",
        "7": "Fixed Asset",
        "8": "Other Expense",
        "9": "Accounts Receivable",
    },
    accounts={"1": "Job materials", "2": "Tools"},
    items={"40": "1", "41": "3", "42": "1", "43": ""},
    item_names={"40": "03-300", "41": "Retainage"},
    retainage=frozenset({"42"}),
)
HEAD: dict[str, Any] = {
    "Id": "7",
    "SyncToken": "2",
    "TxnDate": "2026-11-03",
    "DocNumber": "B-17",
    "VendorRef": {"value": "12", "name": "Kestrel Concrete"},
    "MetaData": {"LastUpdatedTime": "2026-11-03T08:00:00-08:00"},
}


def on_account(account: str, amount: str = "100.00", job: str = "55") -> dict[str, Any]:
    detail = {"AccountRef": {"value": account}, "CustomerRef": {"value": job}}
    return {
        "Id": "1",
        "Amount": Decimal(amount),
        "DetailType": "AccountBasedExpenseLineDetail",
        "AccountBasedExpenseLineDetail": detail,
    }


def on_item(item: str, amount: str = "100.00") -> dict[str, Any]:
    detail = {"ItemRef": {"value": item, "name": "as told"}, "CustomerRef": {"value": "55"}, "Qty": 1}
    return {
        "Id": "1",
        "Amount": Decimal(amount),
        "DetailType": "ItemBasedExpenseLineDetail",
        "ItemBasedExpenseLineDetail": detail,
    }


def in_journal(account: str, side: str, amount: str = "100.00", **more: Any) -> dict[str, Any]:
    detail = {"PostingType": side, "AccountRef": {"value": account}, "CustomerRef": {"value": "55"}, **more}
    return {
        "Id": "0",
        "Amount": Decimal(amount),
        "DetailType": "JournalEntryLineDetail",
        "JournalEntryLineDetail": detail,
    }


def read(entity: str, *lines: dict[str, Any], **more: Any) -> list[Cost]:
    return costs_of(entity, {**HEAD, "Line": list(lines), **more}, CHART)


#: entity, line, what else stands on the document, what it costs the job ("" if nothing)
SIGNS = [
    ("Bill", on_account("1"), {}, "100.00"),
    ("Bill", on_account("7"), {}, "100.00"),
    ("Bill", on_account("1", "-30.00"), {}, "-30.00"),
    ("Bill", on_item("40"), {}, "100.00"),
    ("Bill", on_item("43"), {}, "100.00"),
    ("Bill", on_account("3"), {}, ""),
    ("Bill", on_account("4"), {}, ""),
    ("Bill", on_account("5"), {}, ""),
    ("Bill", on_account("6"), {}, ""),
    ("Bill", on_account("9"), {}, ""),
    ("Bill", on_item("41", "-10.00"), {}, ""),
    ("Bill", on_item("42", "-10.00"), {}, ""),
    ("Purchase", on_account("2"), {"Credit": False}, "100.00"),
    ("Purchase", on_account("2"), {}, "100.00"),
    ("Purchase", on_account("2"), {"Credit": True}, "-100.00"),
    ("Purchase", on_item("40"), {"Credit": True}, "-100.00"),
    ("VendorCredit", on_account("1"), {}, "-100.00"),
    ("VendorCredit", on_item("40"), {}, "-100.00"),
    ("VendorCredit", on_account("3"), {}, ""),
    ("JournalEntry", in_journal("1", "Debit"), {}, "100.00"),
    ("JournalEntry", in_journal("2", "Credit"), {}, "-100.00"),
    ("JournalEntry", in_journal("8", "Debit"), {}, "100.00"),
    ("JournalEntry", in_journal("3", "Debit"), {}, ""),
    ("JournalEntry", in_journal("5", "Credit"), {}, ""),
    ("JournalEntry", in_journal("7", "Debit"), {}, ""),
    ("JournalEntry", in_journal("6", "Credit"), {}, ""),
    ("Bill", on_account("1"), {"ExchangeRate": Decimal("1.35")}, "135.00"),
    ("Bill", on_account("1", "0.05"), {"ExchangeRate": Decimal("1.1")}, "0.06"),
    ("VendorCredit", on_account("1", "0.05"), {"ExchangeRate": Decimal("1.1")}, "-0.06"),
]


@pytest.mark.parametrize(("entity", "line", "also", "expected"), SIGNS)
def test_what_a_line_costs_its_job(entity: str, line: dict[str, Any], also: dict[str, Any], expected: str) -> None:
    found = [str(cost.amount) for cost in read(entity, line, **also)]

    assert found == ([expected] if expected else [])


def test_a_line_says_where_it_comes_from() -> None:
    (cost,) = read("Bill", {**on_item("40"), "Id": "3", "Description": "Footings"})

    assert (cost.txn_id, cost.line_id, cost.job_id, str(cost.day), cost.number) == (
        "7",
        "3",
        "55",
        "2026-11-03",
        "B-17",
    )
    assert (cost.party_id, cost.party) == ("Vendor:12", "Kestrel Concrete")
    assert (cost.item_id, cost.item, cost.account_id, cost.account) == ("40", "03-300", "1", "Job materials")
    assert (cost.description, cost.sync_token) == ("Footings", "2")
    assert cost.changed_at
    assert cost.changed_at.isoformat() == "2026-11-03T08:00:00-08:00"


def test_lines_of_no_job_and_lines_that_are_sums_are_nobody_s_cost() -> None:
    no_job = on_account("1", job="")
    subtotal = {"Amount": Decimal(200), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}

    assert read("Bill", no_job, subtotal) == []
    assert read("Bill") == []


def test_each_line_goes_to_its_own_job() -> None:
    first, second = on_account("1", "60.00"), {**on_account("2", "40.00", job="56"), "Id": "2"}

    assert [(cost.job_id, str(cost.amount)) for cost in read("Bill", first, second)] == [
        ("55", "60.00"),
        ("56", "40.00"),
    ]


def test_lines_without_an_id_do_not_fall_together() -> None:
    one, other = on_account("1"), on_account("1")
    del one["Id"], other["Id"]

    assert len({cost.line_id for cost in read("Bill", one, other)}) == 2


def test_a_journal_line_may_name_the_job_or_somebody_else_as_its_entity() -> None:
    job: dict[str, Any] = {"CustomerRef": None, "Entity": {"Type": "Customer", "EntityRef": {"value": "56"}}}
    paid: dict[str, Any] = {"Entity": {"Type": "Employee", "EntityRef": {"value": "3", "name": "Jo"}}}
    by_entity = read("JournalEntry", in_journal("1", "Debit", **job))
    with_employee = read("JournalEntry", in_journal("1", "Debit", **paid))

    assert [(cost.job_id, cost.party_id) for cost in by_entity] == [("56", "")]
    assert [(cost.job_id, cost.party_id, cost.party) for cost in with_employee] == [("55", "Employee:3", "Jo")]


def test_a_purchase_is_from_whom_it_names() -> None:
    (card,) = read("Purchase", on_account("2"), EntityRef={"value": "9", "type": "Employee", "name": "Sam"})
    (cash,) = read("Purchase", on_account("2"))

    assert (card.party_id, card.party) == ("Employee:9", "Sam")
    assert (cash.party_id, cash.party) == ("", "")


def test_a_name_that_was_not_read_yet_is_not_guessed() -> None:
    for line in (on_account("77"), on_item("77")):
        with pytest.raises(UnknownName):
            read("Bill", line)
    with pytest.raises(UnknownName):
        read("JournalEntry", in_journal("77", "Debit"))
    # A line without a job is nobody's cost, whatever it names.
    assert read("Bill", on_account("77", job="")) == []


def test_a_name_that_is_not_to_be_had_costs_on_a_bill_but_not_in_a_journal() -> None:
    newest = Chart(CHART.types, is_newest=True)

    assert len(costs_of("Bill", {**HEAD, "Line": [on_account("77")]}, newest)) == 1
    assert costs_of("JournalEntry", {**HEAD, "Line": [in_journal("77", "Debit")]}, newest) == []


TIMES = [
    ({"Hours": 6, "Minutes": 30}, "6.5"),
    ({"Hours": 0, "Minutes": 20}, "0.3333333333333333333333333333"),
    ({"Minutes": 45}, "0.75"),
    ({"StartTime": "2026-11-03T08:00:00-08:00", "EndTime": "2026-11-03T16:30:00-08:00", "BreakMinutes": 30}, "8"),
    ({"StartTime": "2026-11-03T08:00:00-08:00", "EndTime": "2026-11-03T08:10:00-08:00", "BreakHours": 1}, "0"),
    ({}, "0"),
]


@pytest.mark.parametrize(("said", "hours"), TIMES)
def test_hours_of_a_time_activity(said: dict[str, Any], hours: str) -> None:
    assert hours_of(said) == Decimal(hours)


def activity(**more: Any) -> dict[str, Any]:
    head = {"Id": "5", "TxnDate": "2026-11-03", "CustomerRef": {"value": "55"}, "Hours": 6, "Minutes": 30}
    return {**head, "NameOf": "Employee", "EmployeeRef": {"value": "3", "name": "Jo"}, **more}


def test_time_costs_its_hours_at_the_cost_rate() -> None:
    said = activity(CostRate=Decimal("32.35"), HourlyRate=Decimal("90"), ItemRef={"value": "40", "name": "03-300"})
    (cost,) = costs_of("TimeActivity", said, CHART)

    assert (str(cost.amount), cost.party_id, cost.item_id) == ("210.28", "Employee:3", "40")
    assert cost.description == "6.5 h"


def test_time_without_a_cost_rate_costs_nothing_and_says_why() -> None:
    (cost,) = costs_of("TimeActivity", activity(Description="Forms", HourlyRate=Decimal("90")), CHART)

    assert str(cost.amount) == "0.00"
    assert cost.description == "6.5 h, no cost rate in QuickBooks: Forms"
    assert costs_of("TimeActivity", activity(CustomerRef=None), CHART) == []


def test_time_of_a_vendor_is_the_vendor_s() -> None:
    said = activity(NameOf="Vendor", EmployeeRef=None, VendorRef={"value": "12", "name": "Kestrel"})
    (cost,) = costs_of("TimeActivity", said, CHART)

    assert cost.party_id == "Vendor:12"
