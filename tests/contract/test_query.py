"""Checklist 80-90: the query language; 91-95: batch and change data capture."""

# ruff: noqa: S608 - what is written here is the query language of QuickBooks; no database reads it.

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from .conftest import Company, Json, Plane, error_of

pytestmark = pytest.mark.sandbox

INDIA = timezone(timedelta(hours=5, minutes=30))
TERMS = "select * from Term"
BEGINS = "reads the lists that the emulator begins with"


def names(answer: Json) -> list[str]:
    """The names of the rows of a QueryResponse."""
    rows: list[Json] = next((value for value in answer.values() if isinstance(value, list)), [])
    return [row.get("DisplayName") or row["Name"] for row in rows]


def test_080_a_query_comes_by_get_and_by_post(company: Company) -> None:
    company.named("Vendor", "Ace Electric Co")
    text = "select * from Vendor where DisplayName = 'Ace Electric Co'"
    headers = {"Content-Type": "application/text"}
    posted = company.call("POST", "query", data=text.encode(), headers=headers).json()["QueryResponse"]
    assert posted == company.query(text)
    assert names(posted) == ["Ace Electric Co"]


def test_081_a_page_is_a_hundred_rows_and_at_most_a_thousand(plane: Plane, company: Company) -> None:
    for start in range(0, 1020, 30):
        items = [{"bId": str(n), "operation": "create", "Class": {"Name": f"Class {start + n:04d}"}} for n in range(30)]
        assert company.call("POST", "batch", json={"BatchItemRequest": items}).status_code == 200
    assert company.query("select * from Class")["maxResults"] == 100
    assert company.query("select * from Class maxresults 5000")["maxResults"] == 1000
    plane.post("switches", max_results_over_1000="fault")
    assert company.query_refusal("select * from Class maxresults 1001")["code"] == "4001"
    assert company.query("select * from Class maxresults 1000")["maxResults"] == 1000


@pytest.mark.emulator(BEGINS)
def test_081_positions_begin_at_one(company: Company) -> None:
    everything = names(company.query(f"{TERMS} orderby Id"))
    page = company.query(f"{TERMS} orderby Id startposition 2 maxresults 2")
    assert (names(page), page["startPosition"], page["maxResults"]) == (everything[1:3], 2, 2)
    for bad in ("startposition 0", "maxresults 0", "startposition -1"):
        error = company.query_refusal(f"{TERMS} {bad}")
        assert error["code"] == "4001"
        assert f"value {bad.split()[1]} is too small. Min allowed value is 1" in error["Detail"]


def test_082_a_count_gives_the_total_and_nothing_else(company: Company) -> None:
    for name in ("Commercial", "Public Works"):
        company.named("Class", name)
    asked = "FROM Class WHERE Name IN ('Commercial', 'Public Works')"
    assert company.query(f"select count(*) {asked}") == {"totalCount": 2}
    assert company.query(f"SELECT COUNT(*) {asked} STARTPOSITION 1 MAXRESULTS 1") == {"totalCount": 2}


def test_083_nothing_found_is_an_empty_response(company: Company) -> None:
    assert company.query("select * from Vendor where DisplayName = 'Nobody'") == {}
    assert company.query(f"{TERMS} startposition 100000") == {}


@pytest.mark.emulator(BEGINS)
@pytest.mark.parametrize("order", ["orderby DueDays desc", "ORDER BY DueDays DESC", "OrderBy DueDays Desc"])
def test_084_keywords_in_any_case_and_both_spellings_of_order(company: Company, order: str) -> None:
    assert names(company.query(f"SeLeCt * FrOm Term {order} MaxResults 2")) == ["Net 60", "Net 45"]


def test_084_properties_come_in_any_case_too(company: Company) -> None:
    company.named("Vendor", "Ace Electric Co")
    asked = "select displayname, METADATA.CreateTime from Vendor where Metadata.LastUpdatedTime > '2020-01-01'"
    (row,) = company.query(f"{asked} and displayName = 'Ace Electric Co' order by DISPLAYNAME")["Vendor"]
    assert row["DisplayName"] == "Ace Electric Co"
    assert row["MetaData"]["CreateTime"]


def test_084_without_an_order_lists_come_by_name_or_by_id(plane: Plane, company: Company) -> None:
    by_name = names(company.query("select * from Vendor"))
    assert by_name == sorted(by_name)
    plane.post("switches", default_query_order="id")
    ids = [int(row["Id"]) for row in company.query("select * from Vendor")["Vendor"]]
    assert ids == sorted(ids)


@pytest.mark.parametrize("name", ["Mc'Duff & Sons", "it''s", "back\\slash", "50% off", "Béton Ltée"])
def test_085_quotes_and_backslashes_are_escaped_by_a_backslash(company: Company, name: str) -> None:
    company.write("Vendor", {"DisplayName": name})
    assert names(company.query(f"select * from Vendor where DisplayName = '{quoted(name)}'")) == [name]


def quoted(name: str) -> str:
    return name.replace("\\", "\\\\").replace("'", "\\'")


def test_085_a_quote_cannot_break_out(company: Company) -> None:
    text = "select * from Vendor where DisplayName = 'x\\' or DisplayName like \\'%'"
    assert company.query(text) == {}


@pytest.mark.emulator(BEGINS)
def test_086_like_in_and_comparisons(company: Company) -> None:
    assert names(company.query("select * from Vendor where DisplayName like '%ELECTRIC%'")) == ["Ace Electric Co"]
    assert names(company.query("select * from Term where Name like 'Net 3%'")) == ["Net 30"]
    found = company.query("select * from Term where Name in ('Net 15', 'net 45') and DueDays >= '20'")
    assert names(found) == ["Net 45"]
    assert names(company.query("select * from Term where DueDays < 15")) == ["Due on receipt"]
    assert names(company.query("select * from Term where DueDays <= 15 and DueDays != 0")) == ["Net 15"]
    assert names(company.query("select * from Account where Name = 'operating CHECKING'")) == ["Operating Checking"]


@pytest.mark.parametrize(
    "text",
    [
        "select * from Vendor where DisplayName = 'a' or DisplayName = 'b'",
        "select * from Vendor where not Active = true",
        "select * from Vendor group by DisplayName",
        "select * from Vendor where DisplayName = 'open",
        "select * from Vendor where DisplayName =",
        "select from Vendor",
        "select * Vendor",
        "update Vendor",
        "",
        "select * from Vendor where DisplayName = (select)",
        "select * from Vendor maxresults ten",
        "select * from Vendor; drop",
    ],
)
def test_086_or_and_broken_grammar_are_4000(company: Company, text: str) -> None:
    error = company.query_refusal(text)
    assert (error["code"], error["Message"]) == ("4000", "Error parsing query")
    assert "QueryParserError" in error["Detail"]


def test_087_an_unknown_property_or_entity_is_4001(company: Company) -> None:
    error = company.query_refusal("select * from Vendor where Nickname = 'x'")
    assert error["code"] == "4001"
    assert "Property Nickname not found for Entity Vendor" in error["Detail"]
    assert company.query_refusal("select Nickname from Vendor")["code"] == "4001"
    assert company.query_refusal("select * from Vendor orderby Nickname")["code"] == "4001"
    assert company.query_refusal("select * from Vendor where BillAddr.Street = 'x'")["code"] == "4001"
    error = company.query_refusal("select * from Custmoer")
    assert error["Detail"] == "QueryValidationError: invalid context declaration: Custmoer"


@pytest.mark.emulator("counts every vendor")
def test_088_inactive_rows_are_hidden_unless_asked_for(company: Company) -> None:
    vendor = company.named("Vendor", "Ace Electric Co")
    change = {"Id": vendor["Id"], "SyncToken": "0", "sparse": True, "Active": False}
    company.write("Vendor", change)
    total = company.query("select count(*) from Vendor")["totalCount"]
    for condition in ("Active in (true, false)", "Active IN ('true','false')"):
        assert company.query(f"select count(*) from Vendor where {condition}")["totalCount"] == total + 1
    for condition in ("Active = false", "Active = 'false'", "Active != true"):
        assert names(company.query(f"select * from Vendor where {condition}")) == ["Ace Electric Co (deleted)"]


def test_089_times_compare_as_instants(plane: Plane, company: Company) -> None:
    plane.post("clock", advance_seconds=100)
    made = company.write("Vendor", {"DisplayName": "Late"})["MetaData"]["LastUpdatedTime"]
    moment = datetime.fromisoformat(made)
    for shifted in (moment, moment - timedelta(seconds=1), moment.astimezone(UTC), moment.astimezone(INDIA)):
        text = f"select * from Vendor where MetaData.LastUpdatedTime >= '{shifted.isoformat()}'"
        assert names(company.query(text)) == ["Late"]
    utc = moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    assert names(company.query(f"select * from Vendor where MetaData.CreateTime = '{utc}'")) == ["Late"]
    assert company.query(f"select * from Vendor where MetaData.LastUpdatedTime > '{utc}'") == {}


def test_090_the_reply_says_where_the_page_begins_and_how_long_it_is(company: Company) -> None:
    for name in ("Ash", "Elm", "Oak"):
        company.write("Class", {"Name": name})
    answer = company.query("select * from Class where Name in ('Ash', 'Elm', 'Oak') startposition 2 maxresults 10")
    assert (answer["startPosition"], answer["maxResults"]) == (2, 2)


def test_090_chosen_properties_come_alone_and_marked_sparse(company: Company) -> None:
    company.named("Vendor", "Ace Electric Co")
    company.named("Item", "Labor")
    row = company.query("select DisplayName, Active from Vendor where DisplayName = 'Ace Electric Co'")["Vendor"][0]
    assert set(row) == {"DisplayName", "Active", "Id", "SyncToken", "MetaData", "domain", "sparse"}
    assert row["sparse"] is True
    assert company.query("select *, Sku from Item")["Item"][0]["sparse"] is False


# batch


def batch(company: Company, items: list[Json], **params: str) -> list[Json]:
    reply = company.call("POST", "batch", json={"BatchItemRequest": items}, params=params)
    assert reply.status_code == 200, reply.text
    answers: list[Json] = reply.json()["BatchItemResponse"]
    return answers


def create(bid: str, name: str) -> Json:
    return {"bId": bid, "operation": "create", "Vendor": {"DisplayName": name}}


def test_091_a_fault_in_one_item_leaves_the_others_alone(company: Company) -> None:
    company.named("Vendor", "Ace Electric Co")
    answers = batch(
        company,
        [
            create("a", "Batch One"),
            create("b", "Ace Electric Co"),
            {"bId": "c", "Query": "select * from Vendor where DisplayName = 'Batch One'"},
            {"bId": "d", "operation": "create", "Nothing": {}},
            create("e", "Batch Two"),
        ],
    )
    assert [answer["bId"] for answer in answers] == ["a", "b", "c", "d", "e"]
    assert answers[0]["Vendor"]["DisplayName"] == "Batch One"
    assert answers[1]["Fault"]["Error"][0]["code"] == "6240"
    assert names(answers[2]["QueryResponse"]) == ["Batch One"]
    assert answers[3]["Fault"]["Error"][0]["code"] == "500"
    assert answers[4]["Vendor"]["SyncToken"] == "0"


def test_091_a_batch_updates_and_replays_as_a_whole(plane: Plane, company: Company) -> None:
    vendor = company.named("Vendor", "Ace Electric Co")
    change = {"Id": vendor["Id"], "SyncToken": "0", "sparse": True, "AcctNum": "9"}
    items = [{"bId": "1", "operation": "update", "Vendor": change}, create("2", "Batch Three")]
    first = batch(company, items, requestid="batch-1")
    assert first[0]["Vendor"]["AcctNum"] == "9"
    count = len(plane.documents("Vendor"))
    assert batch(company, items, requestid="batch-1") == first
    assert len(plane.documents("Vendor")) == count


@pytest.mark.parametrize(("limit", "size"), [(30, 31), (25, 26)])
def test_092_a_batch_too_large_is_1040_and_does_nothing(plane: Plane, company: Company, limit: int, size: int) -> None:
    plane.post("switches", batch_limit=limit)
    items = [create(str(n), f"Many {n}") for n in range(size)]
    assert error_of(company.call("POST", "batch", json={"BatchItemRequest": items}))["code"] == "1040"
    assert company.query("select * from Vendor where DisplayName like 'Many%'") == {}
    assert len(batch(company, items[:limit])) == limit


def test_093_an_item_cannot_refer_to_an_id_made_earlier_and_long_bids_pass(company: Company) -> None:
    bid = "0f8fad5b-d9cb-469f-a165-70867728950e"
    job = {"DisplayName": "Job", "Job": True, "ParentRef": {"value": f"bId:{bid}"}}
    customer = {"bId": bid, "operation": "create", "Customer": {"DisplayName": "Fresh"}}
    answers = batch(company, [customer, {"bId": "2", "operation": "create", "Customer": job}])
    assert answers[0]["bId"] == bid
    assert answers[1]["Fault"]["Error"][0]["code"] == "2500"


def test_093_beside_a_request_id_bids_are_short(plane: Plane, company: Company) -> None:
    given = {"BatchItemRequest": [create("x" * 11, "Batch Four")]}
    assert error_of(company.call("POST", "batch", json=given, params={"requestid": "r"}))["code"] == "2050"
    assert error_of(company.call("POST", "batch", json=given, params={"requestid": "r" * 37}))["code"] == "2050"
    twice = [create("1", "Batch Five"), create("1", "Batch Six")]
    assert len(batch(company, twice)) == 2
    plane.post("switches", batch_repeated_bid="refuse")
    assert company.call("POST", "batch", json={"BatchItemRequest": twice}).status_code == 400


@pytest.mark.parametrize("given", [{}, {"BatchItemRequest": "x"}, {"BatchItemRequest": [1]}])
def test_091_a_batch_without_items_is_2020(company: Company, given: Json) -> None:
    assert error_of(company.call("POST", "batch", json=given))["code"] == "2020"


# change data capture


def changes(company: Company, entities: str, since: str) -> list[Json]:
    answer: list[Json] = company.get("cdc", entities=entities, changedSince=since)["CDCResponse"][0]["QueryResponse"]
    return answer


def test_094_each_asked_entity_has_its_element(plane: Plane, company: Company) -> None:
    plane.post("clock", advance_seconds=100)
    since = plane.get("clock")["now"]
    vendor = company.write("Vendor", {"DisplayName": "Fresh"})
    account = company.named("Account", "Payroll Checking")
    gone = company.write("Account", {"Id": account["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    found = changes(company, "Vendor,Customer,account", since)
    assert found[0] == {"Vendor": [vendor], "startPosition": 1, "maxResults": 1, "totalCount": 1}
    assert found[1] == {}
    assert found[2]["Account"] == [gone]


def test_094_at_most_a_thousand_of_an_entity_come_those_first_that_changed_first(
    plane: Plane, company: Company
) -> None:
    assert plane.get("switches")["cdc_most_of_an_entity"]["value"] == 1000
    plane.post("switches", cdc_most_of_an_entity=2)
    plane.post("clock", advance_seconds=100)
    since = plane.get("clock")["now"]
    first = company.write("Vendor", {"DisplayName": "First"})
    keys = []
    for name in ("Second", "Third"):
        plane.post("clock", advance_seconds=10)
        keys.append(company.write("Vendor", {"DisplayName": name})["Id"])
    plane.post("clock", advance_seconds=10)
    company.write("Vendor", {**first, "DisplayName": "First again"})
    vendors, terms = changes(company, "Vendor,Term", since)
    assert [one["Id"] for one in vendors["Vendor"]] == keys
    assert (vendors["maxResults"], vendors["totalCount"]) == (2, 3)
    assert terms == {}


def test_095_older_than_thirty_days_is_a_fault_or_clamped(plane: Plane, company: Company) -> None:
    params = {"entities": "Vendor", "changedSince": "2015-01-01T00:00:00-08:00"}
    assert error_of(company.call("GET", "cdc", params=params))["code"] == "4001"
    plane.post("switches", cdc_older_than_30_days="clamp")
    assert len(changes(company, "Vendor", params["changedSince"])[0]["Vendor"]) == 12
    plane.post("clock", advance_seconds=40 * 86_400)
    company.token = plane.tokens()["access_token"]
    assert changes(company, "Vendor", params["changedSince"]) == [{}]
    plane.post("switches", cdc_older_than_30_days="answer")
    assert len(changes(company, "Vendor", params["changedSince"])[0]["Vendor"]) == 12


@pytest.mark.parametrize("entity", ["TimeActivity", "TaxCode", "TaxRate", "Nothing"])
def test_095_entities_without_change_data_capture_are_refused(plane: Plane, company: Company, entity: str) -> None:
    params: dict[str, Any] = {"entities": f"Vendor,{entity}", "changedSince": plane.get("clock")["now"]}
    assert error_of(company.call("GET", "cdc", params=params))["code"] == "500"


def test_095_a_time_that_is_none_is_refused(company: Company) -> None:
    for params in ({"entities": "Vendor"}, {"changedSince": "x", "entities": "Vendor"}, {"changedSince": "2026-01-01"}):
        assert error_of(company.call("GET", "cdc", params=params))["code"] in ("2020", "4001")
