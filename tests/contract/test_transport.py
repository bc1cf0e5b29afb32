"""Checklist 13-21: headers, gateway refusals, envelopes, addresses."""

import re
import time

import pytest
import requests

from .conftest import CLIENT, HARBOR_ROW, OTHER_BOOKS, WAIT, Company, Connect, Plane, error_of

pytestmark = pytest.mark.sandbox

PACIFIC_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}-0[78]:00"
COMPANION_KEYS = {"warnings", "intuitObject", "report", "queryResponse", "requestId", "status", "syncErrorResponse"}


def test_013_every_reply_has_an_intuit_tid_of_its_own(plane: Plane, company: Company) -> None:
    base = plane.base
    replies = [
        company.call("GET", "vendor/14"),
        company.call("GET", "vendor/999"),
        company.call("GET", "nothing"),
        requests.get(f"{base}/v3/company/{HARBOR_ROW}/vendor/14", timeout=WAIT),
        requests.post(f"{base}/oauth2/v1/tokens/bearer", auth=CLIENT, timeout=WAIT),
        requests.get(f"{base}/op/v1/jwks", timeout=WAIT),
    ]
    tids = {reply.headers["intuit_tid"] for reply in replies}
    assert len(tids) == len(replies)


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}])
def test_014_a_bad_bearer_is_401_in_the_lowercase_shape(plane: Plane, header: dict[str, str]) -> None:
    reply = requests.get(f"{plane.base}/v3/company/{HARBOR_ROW}/vendor/14", headers=header, timeout=WAIT)
    body = reply.json()
    assert reply.status_code == 401
    assert "Fault" not in body
    assert body["fault"]["type"] == "AUTHENTICATION"
    assert body["fault"]["error"][0]["code"] == "3200"
    assert abs(body["time"] / 1000 - time.time()) < 60
    assert {key for key in COMPANION_KEYS if body[key] is None} == COMPANION_KEYS


def test_015_a_token_of_another_company_is_403_in_the_lowercase_shape(connect: Connect) -> None:
    company = connect(OTHER_BOOKS)
    company.realm = HARBOR_ROW
    reply = company.call("GET", "vendor/14")
    assert reply.status_code == 403
    assert reply.json()["fault"]["type"] == "SERVICE"
    assert reply.json()["fault"]["error"][0]["code"] == "3100"


def test_015_the_capital_fault_for_another_company_is_a_switch(plane: Plane, connect: Connect) -> None:
    plane.post("switches", wrong_realm_shape="fault")
    company = connect(OTHER_BOOKS)
    company.realm = HARBOR_ROW
    assert error_of(company.call("GET", "vendor/14"), 403)["code"] == "120"


@pytest.fixture
def ace(company: Company) -> str:
    """The path of a vendor that is there."""
    return f"vendor/{company.named('Vendor', 'Ace Electric Co')['Id']}"


def test_016_a_single_reply_is_the_entity_and_the_pacific_time(company: Company, ace: str) -> None:
    answer = company.get(ace)
    assert set(answer) == {"Vendor", "time"}
    assert re.fullmatch(PACIFIC_TIME, answer["time"])


@pytest.mark.parametrize(("now", "offset"), [("2026-01-15T12:00:00Z", "-08:00"), ("2026-07-15T12:00:00Z", "-07:00")])
def test_016_times_follow_daylight_saving(plane: Plane, connect: Connect, now: str, offset: str) -> None:
    plane.post("clock", now=now)
    vendor = connect(HARBOR_ROW).write("Vendor", {"DisplayName": "Seasonal"})
    hour = "04" if offset == "-08:00" else "05"
    assert vendor["MetaData"]["CreateTime"].startswith(f"{now[:10]}T{hour}:00:0")
    assert vendor["MetaData"]["CreateTime"].endswith(offset)


@pytest.mark.parametrize("version", ["", "1", "74", "75", "never"])
def test_017_any_minor_version_behaves_as_75(company: Company, ace: str, version: str) -> None:
    assert company.get(ace, minorversion=version)["Vendor"] == company.get(ace)["Vendor"]


@pytest.mark.parametrize("path", ["Vendor/14", "creditmemo", "vendor/14/5", "customer/1/pdf", "nothing"])
def test_018_an_unknown_path_is_a_fault_and_case_matters(company: Company, path: str) -> None:
    error = error_of(company.call("GET", path))
    assert (error["code"], error["Message"]) == ("500", "Unsupported Operation")
    assert "Could not find resource" in error["Detail"]


def test_018_an_id_that_is_no_number_is_2030(company: Company) -> None:
    assert error_of(company.call("GET", "customer/1.5"))["code"] == "2030"


@pytest.mark.emulator("is a design of the emulator: QuickBooks itself answers in XML")
def test_019_the_answer_is_json_whatever_is_accepted(company: Company, ace: str) -> None:
    reply = company.call("GET", ace, headers={"Accept": "application/xml"})
    assert reply.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b"", b'{"DisplayName": NaN}', b"[" * 100_000, b"\xff\xfe"])
def test_020_malformed_json_is_a_400_fault(company: Company, body: bytes) -> None:
    reply = company.call("POST", "vendor", data=body, headers={"Content-Type": "application/json"})
    assert error_of(reply)["code"] == "2010"


@pytest.mark.emulator("looks at what the emulator received")
def test_020_whatever_was_received_can_be_told(plane: Plane, company: Company) -> None:
    company.call("POST", "vendor", data=b"[" * 100_000)
    assert plane.get("requests")[-1]["body"].startswith("[[")


def test_021_company_info_and_preferences_are_found_without_an_id(company: Company) -> None:
    info = company.get(f"companyinfo/{company.realm}")["CompanyInfo"]
    assert info["CompanyName"]
    assert company.query("select * from CompanyInfo")["CompanyInfo"] == [info]
    preferences = company.get("preferences")["Preferences"]
    assert company.query("select * from Preferences")["Preferences"] == [preferences]
    assert preferences["CurrencyPrefs"]["HomeCurrency"] == {"value": "USD"}


@pytest.mark.emulator("changes the settings of the company")
def test_021_preferences_take_a_partial_update_and_keep_the_closing_date_to_themselves(company: Company) -> None:
    before = company.get("preferences")["Preferences"]
    change = {
        "SyncToken": before["SyncToken"],
        "AccountingInfoPrefs": {"UseAccountNumbers": False, "BookCloseDate": "2020-01-01"},
    }
    after = company.write("Preferences", change)
    assert after["AccountingInfoPrefs"]["UseAccountNumbers"] is False
    assert after["AccountingInfoPrefs"]["TrackDepartments"] == before["AccountingInfoPrefs"]["TrackDepartments"]
    assert "BookCloseDate" not in after["AccountingInfoPrefs"]
