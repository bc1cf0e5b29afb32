"""Checklist 41-45: sub-customers."""

import pytest

from .conftest import Company, Json, Plane

pytestmark = pytest.mark.sandbox


def job(company: Company, name: str, parent: str) -> Json:
    return company.write("Customer", {"DisplayName": name, "Job": True, "ParentRef": {"value": parent}})


def test_041_a_job_needs_a_customer_that_is_there(company: Company) -> None:
    error = company.refusal("Customer", {"DisplayName": "Pier 10", "Job": True})
    assert (error["code"], error["element"]) == ("2020", "ParentRef")
    error = company.refusal("Customer", {"DisplayName": "Pier 10", "Job": True, "ParentRef": {"value": "9999"}})
    assert (error["code"], error["element"]) == ("2500", "Names")


def test_041_a_vendor_is_no_customer_to_work_for(company: Company) -> None:
    vendor = company.reference("Vendor", "Ace Electric Co")
    assert company.refusal("Customer", {"DisplayName": "P", "Job": True, "ParentRef": vendor})["code"] == "2500"


def test_042_a_job_is_named_below_its_customer(company: Company) -> None:
    customer = company.named("Customer", "City of Eastport")
    made = job(company, "Pool House", customer["Id"])
    assert (made["FullyQualifiedName"], made["Level"]) == ("City of Eastport:Pool House", 1)
    assert (made["Job"], made["ParentRef"]) == (True, {"value": customer["Id"]})
    assert "Level" not in customer


def test_042_a_job_shares_the_space_of_names_unless_switched(plane: Plane, company: Company) -> None:
    customer = company.named("Customer", "City of Eastport")
    given = {"DisplayName": "Parish Hall Roof", "Job": True, "ParentRef": {"value": customer["Id"]}}
    assert company.refusal("Customer", given)["code"] == "6240"
    plane.post("switches", job_names_unique_within_parent=True)
    company.write("Customer", given)
    assert company.refusal("Customer", given)["code"] == "6240"


def test_043_a_sixth_level_is_refused(company: Company) -> None:
    key = company.named("Customer", "City of Eastport")["Id"]
    for level in range(1, 5):
        made = job(company, f"Level {level}", key)
        assert made["Level"] == level
        key = made["Id"]
    given = {"DisplayName": "Level 5", "Job": True, "ParentRef": {"value": key}}
    assert company.refusal("Customer", given)["code"] == "6000"


def test_043_a_customer_cannot_come_below_itself(company: Company) -> None:
    customer = company.named("Customer", "City of Eastport")
    below = company.named("Customer", "Fire Station 4")
    change = {"Id": customer["Id"], "SyncToken": "0", "sparse": True, "Job": True, "ParentRef": {"value": below["Id"]}}
    assert company.refusal("Customer", change)["code"] == "6000"


@pytest.mark.parametrize("claimed", [True, "true"])
def test_044_a_project_cannot_be_made_by_claiming_it(company: Company, claimed: bool | str) -> None:
    customer = company.named("Customer", "City of Eastport")
    given = {"DisplayName": "Pool House", "Job": True, "ParentRef": {"value": customer["Id"]}, "IsProject": claimed}
    assert company.write("Customer", given)["IsProject"] is False


def test_045_renaming_the_customer_renames_every_job_below(company: Company) -> None:
    customer = company.named("Customer", "City of Eastport")
    station = company.named("Customer", "Fire Station 4")
    job(company, "Tower", station["Id"])
    change = {"Id": customer["Id"], "SyncToken": customer["SyncToken"], "sparse": True, "DisplayName": "Eastport"}
    company.write("Customer", change)
    assert company.named("Customer", "Tower")["FullyQualifiedName"] == "Eastport:Fire Station 4:Tower"
    assert company.named("Customer", "Fire Station 4")["SyncToken"] == station["SyncToken"]
