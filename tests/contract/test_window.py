"""The bookkeeper's window, used the way a browser without scripts uses it."""

import re

import pytest
import requests

from .conftest import HARBOR_ROW, WAIT, Company, Plane

LISTS = ("customers", "vendors", "items", "accounts")
BOOKS = f"/company/{HARBOR_ROW}"


def get(plane: Plane, path: str) -> str:
    reply = plane.session.get(plane.base + path, timeout=WAIT)
    assert reply.status_code == 200, reply.text
    assert "<script" not in reply.text
    assert " style=" not in reply.text
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    return reply.text


def post(plane: Plane, path: str, **form: str) -> requests.Response:
    return plane.session.post(plane.base + path, data=form, allow_redirects=False, timeout=WAIT)


def error(reply: requests.Response) -> str:
    assert reply.status_code == 422
    found = re.search(r'role="alert">([^<]+)<', reply.text)
    assert found is not None
    return found.group(1)


def test_it_shows_the_companies_and_their_lists(plane: Plane) -> None:
    home = get(plane, "/")
    for name in plane.get("health")["companies"].values():
        assert name in home
    for slug in LISTS:
        assert "<table>" in get(plane, f"{BOOKS}/{slug}")
    jobs = get(plane, f"{BOOKS}/customers")
    assert jobs.index("City of Eastport") < jobs.index("Fire Station 4") < jobs.index("Harbor Self Storage")
    assert 'class="depth-1"><a href="/company/9341450000000001/customers/5">Fire Station 4' in jobs


def test_it_creates_a_job_a_vendor_an_item_and_an_account(plane: Plane, company: Company) -> None:
    customer = company.named("Customer", "City of Eastport")["Id"]
    income = company.named("Account", "Construction Income")["Id"]
    forms: dict[str, dict[str, str]] = {
        "customers": {"DisplayName": "Pool House", "ParentRef": customer},
        "vendors": {"DisplayName": "Quill Masonry", "PrimaryEmailAddr": "a@example.com", "TermRef": "1"},
        "items": {"Name": "Masonry", "IncomeAccountRef": income},
        "accounts": {"Name": "Petty Cash", "AccountType": "Bank"},
    }
    for slug, form in forms.items():
        assert post(plane, f"{BOOKS}/{slug}", **form).status_code == 303
    assert company.named("Customer", "Pool House")["FullyQualifiedName"] == "City of Eastport:Pool House"
    assert company.named("Vendor", "Quill Masonry")["PrimaryEmailAddr"] == {"Address": "a@example.com"}
    assert company.named("Item", "Masonry")["Type"] == "Service"
    assert company.named("Account", "Petty Cash")["Classification"] == "Asset"


@pytest.mark.parametrize(
    ("slug", "form", "says"),
    [
        ("vendors", {"DisplayName": "Ridgeline Mechanical"}, "already used"),
        ("vendors", {"DisplayName": "03:300"}, "may not contain a colon"),
        ("vendors", {"DisplayName": ""}, "A name is needed"),
        ("vendors", {"DisplayName": "Q", "PrimaryEmailAddr": "q"}, "e-mail address is not one"),
        ("vendors", {"DisplayName": "Q", "TermRef": "99"}, "does not exist"),
        ("vendors", {"DisplayName": "Q", "CompanyName": "x" * 101}, "too long. Min:0 Max:100"),
        ("items", {"Name": "Masonry"}, "IncomeAccount is missing"),
        ("items", {}, "Name is missing"),
        ("accounts", {"Name": "Vault"}, "AccountType is missing"),
    ],
)
def test_it_answers_bad_input_with_a_sentence_and_keeps_what_was_typed(
    plane: Plane, slug: str, form: dict[str, str], says: str
) -> None:
    reply = post(plane, f"{BOOKS}/{slug}", **form)
    assert says in error(reply)
    for value in form.values():
        assert not value or f'value="{value}"' in reply.text or value == "99"


def test_it_escapes_what_people_write(plane: Plane) -> None:
    name = """<img src=x onerror="alert(1)"> & 'Co'"""
    assert post(plane, f"{BOOKS}/vendors", DisplayName=name).status_code == 303
    vendor = next(one for one in plane.documents("Vendor") if one["DisplayName"] == name)
    for path in (f"{BOOKS}/vendors", f"{BOOKS}/vendors/{vendor['Id']}"):
        assert "<img src=x" not in get(plane, path)
        assert "&lt;img src=x" in get(plane, path)
    assert "<img src=x" not in post(plane, f"{BOOKS}/vendors", DisplayName=name).text


def test_it_renames_makes_inactive_and_active_again(plane: Plane, company: Company) -> None:
    path = f"{BOOKS}/vendors/{company.named('Vendor', 'Ace Electric Co')['Id']}"
    assert post(plane, path, action="rename", name="Ace Electrical", token="0").status_code == 303
    assert post(plane, path, action="deactivate", token="1").status_code == 303
    assert "Ace Electrical (deleted)" not in get(plane, f"{BOOKS}/vendors")
    assert "Ace Electrical (deleted)" in get(plane, f"{BOOKS}/vendors?inactive=1")
    assert "Make active" in get(plane, path)
    assert post(plane, path, action="activate", token="2").status_code == 303
    assert company.named("Vendor", "Ace Electrical")["SyncToken"] == "3"


def test_it_refuses_a_change_on_an_old_page(plane: Plane, company: Company) -> None:
    path = f"{BOOKS}/vendors/{company.named('Vendor', 'Ace Electric Co')['Id']}"
    post(plane, path, action="rename", name="Ace Electrical", token="0")
    assert "Somebody else changed" in error(post(plane, path, action="rename", name="Mine", token="0"))
    assert "A name is needed" in error(post(plane, path, action="rename", name=" ", token="1"))
    assert "already used" in error(post(plane, path, action="rename", name="Rosa Delgado", token="1"))
    assert "Choose what to do" in error(post(plane, path, action="burn", token="1"))


def test_it_closes_and_opens_the_books(plane: Plane, company: Company) -> None:
    path = f"{BOOKS}/settings"
    assert post(plane, path, closed="2026-03-31", orders="on").status_code == 303
    preferences = company.get("preferences")["Preferences"]
    assert preferences["AccountingInfoPrefs"]["BookCloseDate"] == "2026-03-31"
    assert 'value="2026-03-31"' in get(plane, path)
    assert "not a date" in error(post(plane, path, closed="tomorrow"))
    assert post(plane, path, closed="").status_code == 303
    preferences = company.get("preferences")["Preferences"]
    assert "BookCloseDate" not in preferences["AccountingInfoPrefs"]
    name = "VendorAndPurchasesPrefs.PurchaseOrderEnabled"
    assert {"Name": name, "Value": "false"} in preferences["OtherPrefs"]["NameValue"]


def test_it_arms_and_disarms_faults_and_switches_limits(plane: Plane, company: Company) -> None:
    form = {"action": "arm", "fault": "500", "entity": "Vendor", "method": "", "times": "2"}
    assert post(plane, "/faults", **form).status_code == 303
    assert plane.get("faults")[0]["match"] == {"entity": "Vendor"}
    assert "entity Vendor" in get(plane, "/faults")
    assert company.call("GET", "vendor/14").status_code == 500
    assert "500" in get(plane, "/requests")
    assert post(plane, "/faults", action="disarm").status_code == 303
    assert plane.get("faults") == []
    assert "whole number" in error(post(plane, "/faults", **{**form, "times": "many"}))
    assert "The fault is one of" in error(post(plane, "/faults", **{**form, "fault": "x"}))
    assert post(plane, "/faults", action="limits").status_code == 303
    assert "a minute and company" in get(plane, "/faults")


@pytest.mark.parametrize("path", ["/company/1/vendors", f"{BOOKS}/nothing", f"{BOOKS}/vendors/9999", "/nothing"])
def test_what_is_not_there_is_404(plane: Plane, path: str) -> None:
    assert plane.session.get(plane.base + path, timeout=WAIT).status_code == 404
