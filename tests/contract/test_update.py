"""Checklist 66-69, 74-76 for name lists: updates, deactivation, closed books; 77-79: request ids."""

# ruff: noqa: S608 - what is written here is the query language of QuickBooks; no database reads it.

import pytest

from .conftest import HARBOR_ROW, OTHER_BOOKS, Company, Connect, Json, Plane, error_of

pytestmark = pytest.mark.sandbox


def sparse(record: Json, **changes: object) -> Json:
    return {"Id": record["Id"], "SyncToken": record["SyncToken"], "sparse": True, **changes}


def test_066_a_stale_token_is_5010_and_a_missing_one_2020(company: Company) -> None:
    vendor = company.named("Vendor", "Ace Electric Co")
    company.write("Vendor", sparse(vendor, AcctNum="1"))
    error = company.refusal("Vendor", sparse(vendor, AcctNum="2"))
    assert (error["code"], error["Message"]) == ("5010", "Stale Object Error")
    error = company.refusal("Vendor", {"Id": vendor["Id"], "sparse": True, "AcctNum": "3"})
    assert (error["code"], error["element"]) == ("2020", "SyncToken")
    assert company.named("Vendor", "Ace Electric Co")["AcctNum"] == "1"


def test_066_an_update_of_nothing_is_610(company: Company) -> None:
    assert company.refusal("Vendor", {"Id": "9999", "SyncToken": "0", "sparse": True})["code"] == "610"
    assert company.refusal("Vendor", {"DisplayName": "x"}, operation="update")["element"] == "Id"


def test_067_the_token_rises_by_one_with_each_write(plane: Plane, company: Company) -> None:
    vendor = company.named("Vendor", "Ace Electric Co")
    plane.post("clock", advance_seconds=10)
    for expected in ("1", "2", "3"):
        before = vendor
        vendor = company.write("Vendor", sparse(vendor, AcctNum=expected))
        assert vendor["SyncToken"] == expected
    assert vendor["MetaData"]["CreateTime"] == before["MetaData"]["CreateTime"]
    assert vendor["MetaData"]["LastUpdatedTime"] > vendor["MetaData"]["CreateTime"]


@pytest.mark.parametrize("params", [{}, {"operation": "update"}])
def test_068_a_full_update_clears_what_is_left_out(company: Company, params: dict[str, str]) -> None:
    vendor = company.named("Vendor", "Ace Electric Co")
    assert "TermRef" in vendor
    change = {"Id": vendor["Id"], "SyncToken": vendor["SyncToken"], "DisplayName": "Ace Electrical"}
    after = company.write("Vendor", change, **params)
    assert not {"TermRef", "CompanyName"} & set(after)
    assert (after["Vendor1099"], after["PrintOnCheckName"]) == (False, "Ace Electrical")
    assert after["CurrencyRef"] == vendor["CurrencyRef"]


def test_069_a_sparse_update_keeps_what_is_left_out(company: Company) -> None:
    vendor = company.named("Vendor", "Ace Electric Co")
    after = company.write("Vendor", sparse(vendor, AcctNum="77"))
    kept = {name: value for name, value in after.items() if name not in ("AcctNum", "SyncToken", "MetaData")}
    assert kept == {name: value for name, value in vendor.items() if name not in ("SyncToken", "MetaData")}
    assert after["sparse"] is False


@pytest.mark.parametrize(("switch", "kept"), [("keeps", True), ("clears", False)])
def test_069_an_empty_string_in_a_sparse_update_is_a_switch(
    plane: Plane, company: Company, switch: str, kept: bool
) -> None:
    plane.post("switches", empty_string_in_sparse_update=switch)
    vendor = company.named("Vendor", "Ace Electric Co")
    assert ("CompanyName" in company.write("Vendor", sparse(vendor, CompanyName=""))) is kept


def test_069_read_only_properties_are_taken_and_ignored(company: Company) -> None:
    customer = company.named("Customer", "City of Eastport")
    after = company.write("Customer", {**customer, "Balance": 99, "FullyQualifiedName": "No", "Level": 3})
    assert (after["Balance"], after["FullyQualifiedName"]) == (0, "City of Eastport")
    assert "Level" not in after


@pytest.mark.parametrize("entity", ["Customer", "Vendor", "Item", "Account", "Term", "Class", "Department"])
def test_074_a_list_entry_cannot_be_deleted(plane: Plane, company: Company, entity: str) -> None:
    record = plane.documents(entity)[0]
    given = {"Id": record["Id"], "SyncToken": record["SyncToken"]}
    error = company.refusal(entity, given, operation="delete")
    assert (error["code"], error["Message"]) == ("500", "Unsupported Operation")
    assert record in plane.documents(entity)


@pytest.mark.parametrize("entity", ["Customer", "Vendor", "Employee", "Item", "Account", "Class", "Department"])
def test_075_an_inactive_entry_is_renamed_hidden_and_frees_its_name(
    plane: Plane, company: Company, entity: str
) -> None:
    record = plane.documents(entity)[-1]
    shown = "DisplayName" if "DisplayName" in record else "Name"
    after = company.write(entity, sparse(record, Active=False))
    assert (after[shown], after["Active"]) == (record[shown] + " (deleted)", False)
    assert company.query(f"select * from {entity} where Id = '{record['Id']}'") == {}
    hidden = company.query(f"select * from {entity} where Active = false")[entity]
    assert [one["Id"] for one in hidden] == [record["Id"]]
    wanted = ("AccountType", "IncomeAccountRef", "ParentRef", "Job", "SubAccount")
    again = {shown: record[shown], **{name: record[name] for name in wanted if name in record}}
    assert company.write(entity, again)["Id"] != record["Id"]


def test_075_two_entries_of_one_name_can_both_become_inactive(company: Company) -> None:
    names = set()
    for _ in range(3):
        vendor = company.write("Vendor", {"DisplayName": "Short Lived"})
        names.add(company.write("Vendor", sparse(vendor, Active=False))["DisplayName"])
    assert len(names) == 3


def test_075_an_entry_made_active_again_takes_its_name_back_if_it_is_free(company: Company) -> None:
    first = company.write("Vendor", {"DisplayName": "Short Lived"})
    gone = company.write("Vendor", sparse(first, Active=False))
    other = company.write("Vendor", {"DisplayName": "Short Lived"})
    assert company.refusal("Vendor", sparse(gone, Active=True))["code"] == "6240"
    company.write("Vendor", sparse(other, DisplayName="Moved On"))
    back = company.write("Vendor", sparse(gone, Active=True))
    assert (back["DisplayName"], back["Active"]) == ("Short Lived", True)


def test_075_an_inactive_entry_made_inactive_again_stays_as_it_is(company: Company) -> None:
    vendor = company.write("Vendor", {"DisplayName": "Short Lived"})
    gone = company.write("Vendor", sparse(vendor, Active=False))
    assert company.write("Vendor", sparse(gone, Active=False)) == gone


def test_075_whether_an_inactive_name_blocks_is_a_switch(plane: Plane, company: Company) -> None:
    vendor = company.write("Vendor", {"DisplayName": "Short Lived"})
    company.write("Vendor", sparse(vendor, Active=False))
    plane.post("switches", inactive_names_block=True)
    assert company.refusal("Vendor", {"DisplayName": "Short Lived"})["code"] == "6240"


def stocked(company: Company, start: str) -> Json:
    accounts = {"Income": "Construction Income", "Asset": "Inventory Asset", "Expense": "Job Materials"}
    references = {f"{kind}AccountRef": company.reference("Account", name) for kind, name in accounts.items()}
    return {"Name": "Brick", "Type": "Inventory", "QtyOnHand": 1, "InvStartDate": start, **references}


def test_076_a_write_dated_in_closed_books_is_6210(plane: Plane, company: Company) -> None:
    plane.post("preferences", realm=HARBOR_ROW, BookCloseDate="2026-03-31")
    assert company.get("preferences")["Preferences"]["AccountingInfoPrefs"]["BookCloseDate"] == "2026-03-31"
    for closed in ("2026-03-31", "2025-12-31"):
        assert company.refusal("Item", stocked(company, closed))["code"] == "6210"
    plane.post("preferences", realm=HARBOR_ROW, BookCloseDate=None)
    assert company.write("Item", stocked(company, "2025-12-31"))


def test_076_the_first_open_day_is_open(plane: Plane, company: Company) -> None:
    plane.post("preferences", realm=HARBOR_ROW, BookCloseDate="2026-03-31")
    assert company.write("Item", stocked(company, "2026-04-01"))


def test_077_a_repeated_request_id_replays_the_first_answer(plane: Plane, company: Company) -> None:
    first = company.call("POST", "vendor", json={"DisplayName": "Once Only"}, params={"requestid": "sub-1"})
    count = len(plane.documents("Vendor"))
    again = company.call("POST", "vendor", json={"DisplayName": "Once Only"}, params={"requestid": "sub-1"})
    assert again.content == first.content
    assert again.headers["intuit_tid"] != first.headers["intuit_tid"]
    assert len(plane.documents("Vendor")) == count


def test_077_a_refused_write_is_not_remembered_unless_switched(plane: Plane, company: Company) -> None:
    assert company.refusal("Vendor", {"DisplayName": "a:b"}, requestid="sub-2")["code"] == "2040"
    assert company.write("Vendor", {"DisplayName": "a b"}, requestid="sub-2")
    plane.post("switches", requestid_replays_faults=True)
    assert company.refusal("Vendor", {"DisplayName": "c:d"}, requestid="sub-3")["code"] == "2040"
    assert company.refusal("Vendor", {"DisplayName": "c d"}, requestid="sub-3")["code"] == "2040"


def test_077_another_body_under_the_same_id_is_a_switch(plane: Plane, company: Company) -> None:
    first = company.write("Vendor", {"DisplayName": "First"}, requestid="sub-4")
    assert company.write("Vendor", {"DisplayName": "Second"}, requestid="sub-4") == first
    plane.post("switches", requestid_other_body="refuse")
    assert company.refusal("Vendor", {"DisplayName": "Second"}, requestid="sub-4")["code"] == "600"


def test_077_how_long_and_whether_ids_are_remembered_are_switches(plane: Plane, company: Company) -> None:
    company.write("Vendor", {"DisplayName": "Once Only"}, requestid="sub-5")
    plane.post("switches", requestid_retention_seconds=60)
    plane.post("clock", advance_seconds=61)
    assert company.refusal("Vendor", {"DisplayName": "Once Only"}, requestid="sub-5")["code"] == "6240"
    plane.post("switches", requestid="ignore", requestid_retention_seconds=0)
    assert company.refusal("Vendor", {"DisplayName": "Once Only"}, requestid="sub-5")["code"] == "6240"


def test_078_a_request_id_of_more_than_fifty_characters_is_refused(company: Company) -> None:
    assert company.write("Vendor", {"DisplayName": "Fifty"}, requestid="x" * 50)
    reply = company.call("POST", "vendor", json={"DisplayName": "Fifty-one"}, params={"requestid": "x" * 51})
    assert error_of(reply)["code"] == "2050"
    assert company.query("select * from Vendor where DisplayName = 'Fifty-one'") == {}


def test_079_another_company_remembers_its_own_ids(connect: Connect) -> None:
    ours = connect(HARBOR_ROW).write("Vendor", {"DisplayName": "Ours"}, requestid="sub-6")
    theirs = connect(OTHER_BOOKS).write("Vendor", {"DisplayName": "Theirs"}, requestid="sub-6")
    assert (ours["DisplayName"], theirs["DisplayName"]) == ("Ours", "Theirs")
