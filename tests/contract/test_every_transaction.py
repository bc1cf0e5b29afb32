"""What holds for each kind of transaction alike: checklist 48, 57, 59, 66-70, 72, 73, 76, 80, 82, 94, 95."""

# ruff: noqa: S608 - what is written here is the query language of QuickBooks; no database reads it.

from typing import Any

import pytest

from .conftest import HARBOR_ROW, Company, Json, Plane, error_of
from .test_transactions import EXPENSE, changes, item_line, journal_line, lines_of, payment, read, refs, sales_line

pytestmark = pytest.mark.sandbox

__all__ = ["refs"]
BOUGHT = ("PurchaseOrder", "Bill", "VendorCredit", "Purchase")
LINED = (*BOUGHT, "Estimate", "JournalEntry")
ALL = (*LINED, "TimeActivity")
#: What has to be given in a sparse update too.
STILL_NEEDED = {"Bill": "VendorRef", "Purchase": "PaymentType"}
POSTING = ("Bill", "VendorCredit", "Purchase", "JournalEntry")
NOT_POSTING = ("PurchaseOrder", "Estimate", "TimeActivity")


def lines(refs: dict[str, Json], entity: str, *amounts: float) -> list[Json]:
    """Lines of an entity, one an amount; a journal entry's last one balances the others."""
    if entity == "Estimate":
        return [sales_line(refs, amount) for amount in amounts]
    if entity == "JournalEntry":
        debits = [journal_line(refs["cost"], "Debit", amount) for amount in amounts]
        return [*debits, journal_line(refs["bank"], "Credit", sum(amounts))]
    return [item_line(refs, 1, amount) for amount in amounts]


def given(company: Company, refs: dict[str, Json], entity: str, *amounts: float, **more: Any) -> Json:
    """What is needed to create one."""
    if entity == "TimeActivity":
        rosa = company.reference("Employee", "Rosa Delgado")
        return {"NameOf": "Employee", "EmployeeRef": rosa, "Hours": 2, "Minutes": 0, **more}
    head: Json = {}
    if entity in ("PurchaseOrder", "Bill", "VendorCredit"):
        head = {"VendorRef": refs["vendor"]}
    if entity == "Purchase":
        head = {"PaymentType": "CreditCard", "AccountRef": refs["card"]}
    if entity == "Estimate":
        head = {"CustomerRef": refs["job"]}
    return {**head, "Line": lines(refs, entity, *(amounts or (5,))), **more}


def note_of(entity: str) -> str:
    """A free text of its head."""
    return "Description" if entity == "TimeActivity" else "PrivateNote"


@pytest.mark.parametrize("entity", ALL)
def test_022_080_082_it_is_created_read_found_and_counted(company: Company, refs: dict[str, Json], entity: str) -> None:
    held = company.write(entity, given(company, refs, entity, TxnDate="2026-02-03"))
    assert (held["SyncToken"], held["domain"], held["sparse"], held["Id"].isdigit()) == ("0", "QBO", False, True)
    assert read(company, entity, held["Id"]) == held
    asked = f"from {entity} where TxnDate = '2026-02-03' and Id = '{held['Id']}'"
    assert company.query(f"select * {asked}")[entity] == [held]
    assert company.query(f"select count(*) {asked}") == {"totalCount": 1}


@pytest.mark.parametrize("entity", ALL)
def test_066_067_a_write_raises_the_token_and_a_stale_or_missing_one_is_refused(
    company: Company, refs: dict[str, Json], entity: str
) -> None:
    held = company.write(entity, given(company, refs, entity))
    assert company.write(entity, {**held, note_of(entity): "first"})["SyncToken"] == "1"
    assert company.refusal(entity, {**held, note_of(entity): "second"})["code"] == "5010"
    without = {name: value for name, value in held.items() if name != "SyncToken"}
    assert (company.refusal(entity, without)["code"]) == "2020"
    assert read(company, entity, held["Id"])[note_of(entity)] == "first"


@pytest.mark.parametrize("entity", ALL)
def test_068_069_a_full_update_clears_what_it_leaves_out_and_a_sparse_one_keeps_it(
    company: Company, refs: dict[str, Json], entity: str
) -> None:
    held = company.write(entity, given(company, refs, entity, **{note_of(entity): "ours"}))
    more = {STILL_NEEDED[entity]: held[STILL_NEEDED[entity]]} if entity in STILL_NEEDED else {}
    head = {"Id": held["Id"], "SyncToken": "0", "sparse": True, "TxnDate": "2026-02-03"}
    if more:
        assert company.refusal(entity, head)["code"] == "2020"
    kept = company.write(entity, {**head, **more})
    assert (kept[note_of(entity)], kept["TxnDate"], kept.get("Line")) == ("ours", "2026-02-03", held.get("Line"))
    whole = {name: value for name, value in kept.items() if name != note_of(entity)}
    assert note_of(entity) not in company.write(entity, whole)


def test_068_without_its_terms_a_bill_is_due_when_it_is_dated(company: Company, refs: dict[str, Json]) -> None:
    term = company.reference("Term", "Net 30")
    held = company.write("Bill", given(company, refs, "Bill", TxnDate="2026-03-01", SalesTermRef=term))
    assert (held["SalesTermRef"], held["DueDate"]) == (term, "2026-03-31")
    after = company.write("Bill", {name: held[name] for name in ("Id", "SyncToken", "VendorRef", "Line", "TxnDate")})
    assert ("SalesTermRef" in after, after["DueDate"]) == (False, "2026-03-01")


@pytest.mark.parametrize("entity", [one for one in LINED if one != "JournalEntry"])
def test_069_070_lines_are_replaced_whole_keep_their_ids_and_stand_in_the_order_given(
    company: Company, refs: dict[str, Json], entity: str
) -> None:
    held = company.write(entity, given(company, refs, entity, 1, 2, 3))
    old = [line for line in held["Line"] if "Id" in line]
    again = company.write(entity, {**held, "Line": [old[2], *lines(refs, entity, 4), old[0]]})
    assert lines_of(again) == [("3", 3), ("4", 4), ("1", 1)]
    assert [line["LineNum"] for line in again["Line"] if "Id" in line] == [1, 2, 3]
    assert again["TotalAmt"] == 8
    sparse = {"Id": held["Id"], "SyncToken": "1", "sparse": True}
    if entity in STILL_NEEDED:
        sparse[STILL_NEEDED[entity]] = held[STILL_NEEDED[entity]]
    assert lines_of(company.write(entity, {**sparse, "Line": lines(refs, entity, 9)})) == [("5", 9)]


def test_070_a_journal_entrys_lines_keep_their_ids(company: Company, refs: dict[str, Json]) -> None:
    held = company.write("JournalEntry", given(company, refs, "JournalEntry", 10, 20))
    first, second, credit = held["Line"]
    after = company.write(
        "JournalEntry", {**held, "Line": [second, *lines(refs, "JournalEntry", 5)[:1], {**credit, "Amount": 25}]}
    )
    assert lines_of(after) == [("1", 20), ("3", 5), ("2", 25)]
    assert first["Id"] == "0"


@pytest.mark.parametrize("entity", ALL)
def test_072_073_a_deleted_one_is_gone_and_its_id_is_not_given_again(
    company: Company, refs: dict[str, Json], entity: str
) -> None:
    held = company.write(entity, given(company, refs, entity))
    gone = {"Id": held["Id"], "SyncToken": "0"}
    told = company.write(entity, gone, operation="delete")
    assert told == {"domain": "QBO", "status": "Deleted", "Id": held["Id"]}
    assert error_of(company.call("GET", f"{entity.lower()}/{held['Id']}"))["code"] == "610"
    assert company.refusal(entity, {**held, note_of(entity): "late"})["code"] == "610"
    assert company.query(f"select * from {entity} where Id = '{held['Id']}'") == {}
    assert int(company.write(entity, given(company, refs, entity))["Id"]) > int(held["Id"])


@pytest.mark.parametrize("entity", POSTING)
def test_076_closed_books_refuse_to_write_move_and_delete_what_posts(
    company: Company, plane: Plane, refs: dict[str, Json], entity: str
) -> None:
    old = given(company, refs, entity, TxnDate="2025-12-31")
    held = company.write(entity, old)
    plane.post("preferences", realm=HARBOR_ROW, BookCloseDate="2025-12-31")
    for refused in (old, {**held, "TxnDate": "2026-01-05"}, {**held, "PrivateNote": "late"}):
        assert company.refusal(entity, refused)["code"] == "6210"
    assert company.refusal(entity, held, operation="delete")["code"] == "6210"
    later = company.write(entity, {**old, "TxnDate": "2026-01-01"})
    assert company.refusal(entity, {**later, "TxnDate": "2025-12-31"})["code"] == "6210"


@pytest.mark.parametrize("entity", NOT_POSTING)
def test_076_closed_books_let_pass_what_posts_nothing_unless_a_switch_says_so(
    company: Company, plane: Plane, refs: dict[str, Json], entity: str
) -> None:
    plane.post("preferences", realm=HARBOR_ROW, BookCloseDate="2025-12-31")
    company.write(entity, given(company, refs, entity, TxnDate="2025-12-31"))
    plane.post("switches", closed_books_refuse_orders=True)
    if entity == "TimeActivity":
        company.write(entity, given(company, refs, entity, TxnDate="2025-12-31"))
    else:
        assert company.refusal(entity, given(company, refs, entity, TxnDate="2025-12-31"))["code"] == "6210"


@pytest.mark.parametrize("entity", [one for one in ALL if one != "TimeActivity"])
def test_094_changes_tell_of_what_was_written_and_what_was_deleted(
    company: Company, plane: Plane, refs: dict[str, Json], entity: str
) -> None:
    plane.post("clock", now="2026-05-01T12:00:00Z")
    kept, gone, _untouched = (company.write(entity, given(company, refs, entity)) for _ in range(3))
    plane.post("clock", now="2026-05-02T12:00:00Z")
    after = company.write(entity, {**kept, "PrivateNote": "changed"})
    company.write(entity, {"Id": gone["Id"], "SyncToken": "0"}, operation="delete")
    told = {one["Id"]: one for one in changes(company, entity, "2026-05-02T00:00:00Z")}
    assert told[kept["Id"]] == after
    assert told[gone["Id"]]["status"] == "Deleted"
    assert set(told) == {kept["Id"], gone["Id"]}


@pytest.mark.parametrize("entity", [one for one in ALL if one != "TimeActivity"])
def test_095_changes_of_longer_ago_than_30_days_are_a_fault(company: Company, entity: str) -> None:
    params = {"entities": entity, "changedSince": "2020-01-01T00:00:00Z"}
    assert error_of(company.call("GET", "cdc", params=params))["code"] == "4001"


@pytest.mark.parametrize("entity", BOUGHT)
def test_030_an_inactive_vendor_or_item_is_610_in_a_new_one_and_stays_in_an_old_one(
    company: Company, refs: dict[str, Json], entity: str
) -> None:
    held = company.write(entity, given(company, refs, entity))
    company.write("Item", {**company.named("Item", "Subcontract Work"), "Active": False})
    assert company.refusal(entity, given(company, refs, entity))["code"] == "610"
    assert company.write(entity, {**held, "PrivateNote": "kept"})["PrivateNote"] == "kept"
    if entity != "Purchase":
        company.write("Vendor", {**company.named("Vendor", "O'Brien Excavating".replace("'", "\\'")), "Active": False})
        other = {**given(company, refs, entity), "VendorRef": refs["other"], "Line": held["Line"]}
        assert company.refusal(entity, other)["code"] == "610"


def test_030_an_estimate_for_an_inactive_job_is_610(company: Company, refs: dict[str, Json]) -> None:
    company.write("Customer", {**company.named("Customer", "Fire Station 4"), "Active": False})
    assert company.refusal("Estimate", given(company, refs, "Estimate"))["code"] == "610"


@pytest.mark.parametrize("entity", [*BOUGHT, "Estimate"])
def test_052_an_amount_other_than_quantity_times_rate_is_6070(
    company: Company, refs: dict[str, Json], entity: str
) -> None:
    document = given(company, refs, entity, 10)
    document["Line"][0]["Amount"] = 10.01
    assert company.refusal(entity, document)["code"] == "6070"


@pytest.mark.parametrize("entity", ["Bill", "PurchaseOrder"])
def test_057_nobody_says_that_a_line_has_been_billed(company: Company, refs: dict[str, Json], entity: str) -> None:
    document = given(company, refs, entity)
    document["Line"][0][EXPENSE] |= {"BillableStatus": "HasBeenBilled", "HasBeenBilled": True}
    detail = company.write(entity, document)["Line"][0][EXPENSE]
    assert (detail["BillableStatus"], "HasBeenBilled" in detail) == ("Billable", False)


# numbers


@pytest.mark.parametrize(
    ("entity", "begins"), [("Estimate", "1001"), ("PurchaseOrder", "1001"), ("JournalEntry", "1001")]
)
def test_048_numbers_that_quickbooks_gives_go_on_from_the_highest(
    company: Company, plane: Plane, refs: dict[str, Json], entity: str, begins: str
) -> None:
    names = {"VendorAndPurchasesPrefs.UseCustomTxnNumbers": "false"}
    plane.post("preferences", realm=HARBOR_ROW, OtherPrefs=names, SalesFormsPrefs={"CustomTxnNumbers": False})
    assert company.write(entity, given(company, refs, entity))["DocNumber"] == begins
    company.write(entity, given(company, refs, entity, DocNumber="2040"))
    company.write(entity, given(company, refs, entity, DocNumber="SC-9"))
    company.write(entity, given(company, refs, entity, DocNumber="9" * 21))
    assert company.write(entity, given(company, refs, entity))["DocNumber"] == "2041"


@pytest.mark.parametrize("entity", ["Estimate", "PurchaseOrder"])
def test_048_with_custom_numbers_none_is_given(company: Company, refs: dict[str, Json], entity: str) -> None:
    assert "DocNumber" not in company.write(entity, given(company, refs, entity))


@pytest.mark.parametrize("entity", ["Estimate", "PurchaseOrder", "VendorCredit"])
def test_059_a_repeated_number_of_these_is_never_refused(
    company: Company, plane: Plane, refs: dict[str, Json], entity: str
) -> None:
    warned = dict.fromkeys(
        ("WarnDuplicateBillNumber", "WarnDuplicateJournalNumber", "WarnDuplicateCheckNumber"), "true"
    )
    plane.post("preferences", realm=HARBOR_ROW, OtherPrefs=warned)
    for _ in range(2):
        assert company.write(entity, given(company, refs, entity, DocNumber="SC-1"))["DocNumber"] == "SC-1"


def test_059_a_journal_entrys_number_is_refused_twice_if_the_company_is_warned(
    company: Company, plane: Plane, refs: dict[str, Json]
) -> None:
    entry = given(company, refs, "JournalEntry", DocNumber="J-1")
    company.write("JournalEntry", entry)
    company.write("JournalEntry", entry)
    plane.post("preferences", realm=HARBOR_ROW, OtherPrefs={"WarnDuplicateJournalNumber": "true"})
    assert company.refusal("JournalEntry", entry)["code"] == "6140"


def test_059_cheques_of_one_bank_share_their_numbers(company: Company, plane: Plane, refs: dict[str, Json]) -> None:
    cheque = {"PaymentType": "Check", "AccountRef": refs["bank"], "DocNumber": "501", "Line": [item_line(refs, 1, 5)]}
    held = company.write("Purchase", cheque)
    company.write("Purchase", {**held, "PrivateNote": "its own number is no twin"})
    bill = company.write("Bill", given(company, refs, "Bill", 90))
    refused = company.refusal("BillPayment", payment(refs, bill, 90, DocNumber="501"))
    assert (refused["code"], f"TxnId={held['Id']}" in refused["Detail"]) == ("6140", True)
    company.write("BillPayment", payment(refs, bill, 40, DocNumber="501"), include="allowduplicatedocnum")
    company.write("BillPayment", payment(refs, bill, 50, DocNumber="502"))
    assert company.refusal("Purchase", {**cheque, "DocNumber": "502"})["code"] == "6140"
    company.write("Purchase", {**cheque, "PaymentType": "CreditCard", "AccountRef": refs["card"]})
    plane.post("preferences", realm=HARBOR_ROW, OtherPrefs={"WarnDuplicateCheckNumber": "false"})
    company.write("Purchase", cheque)
