"""Two people, or two machines, at the same moment: real threads on PostgreSQL."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from procore_sync.acceptance import operations as acceptance
from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.models import Membership
from projects import readings
from projects.models import ImportSheet
from projects.sheets import import_sheet, upload_sheet
from tests.acceptance.test_races import at_once
from tests.factories import make_vendor
from vendors.imports import VENDOR_SHEET
from vendors.models import Vendor
from vendors.operations import create_vendor, edit_vendor
from vendors.rules import VendorDetails

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("turn", range(3))
def test_the_same_reference_from_two_machines_makes_one_vendor(turn: int, max_pm: Membership) -> None:
    made: list[int] = []

    def make() -> None:
        made.append(create_vendor(VendorDetails(name="Acme"), by=max_pm, external_ref="V-1").pk)

    assert at_once(make, make, make) == ["", "", ""]
    assert len(made) == 3
    assert len(set(made)) == 1
    assert ErpItem.objects.count() == 1


@pytest.mark.parametrize("turn", range(3))
def test_the_same_name_from_two_people_makes_one_vendor(turn: int, max_pm: Membership, alma: Membership) -> None:
    told = at_once(
        lambda: create_vendor(VendorDetails(name="Acme"), by=max_pm),
        lambda: create_vendor(VendorDetails(name="ACME"), by=alma),
    )

    assert sorted(map(bool, told)) == [False, True]
    assert "already" in "".join(told)
    assert (Vendor.objects.count(), ErpItem.objects.count()) == (1, 1)


@pytest.mark.parametrize("turn", range(3))
def test_of_two_editors_one_is_told(turn: int, max_pm: Membership, alma: Membership) -> None:
    vendor = make_vendor(max_pm, "Acme")
    mine, hers = (Vendor.objects.select_related("erp", "company").get(pk=vendor.pk) for _ in range(2))

    told = at_once(
        lambda: edit_vendor(mine, VendorDetails(name="Acme", city="Salem"), by=max_pm, seen=1),
        lambda: edit_vendor(hers, VendorDetails(name="Acme", city="Lynn"), by=alma, seen=1),
    )

    assert sorted(map(bool, told)) == [False, True]
    saved = Vendor.objects.select_related("erp").get()
    assert (saved.edition, saved.erp.revision) == (2, 2)


@pytest.mark.parametrize("turn", range(3))
def test_what_is_sent_is_what_stands_in_the_record(turn: int, max_pm: Membership, alma: Membership) -> None:
    vendor = make_vendor(max_pm, "Acme")
    mine = Vendor.objects.select_related("erp", "company").get(pk=vendor.pk)
    item = ErpItem.objects.select_related("company").get(pk=vendor.erp_id)

    at_once(
        lambda: edit_vendor(mine, VendorDetails(name="Acme", city="Salem"), by=max_pm, seen=1),
        lambda: acceptance.send(item, by=alma),
    )

    for submission in item.submissions.all():
        assert submission.document["city"] == Vendor.objects.get().city


def test_a_double_click_imports_a_file_once(max_pm: Membership) -> None:
    upload_sheet(SimpleUploadedFile("rows.csv", b"name\nAcme\nBolt\n"), VENDOR_SHEET, by=max_pm)
    clicks = [ImportSheet.objects.select_related("company").get() for _ in range(3)]

    told = at_once(*(lambda sheet=sheet: import_sheet(sheet, VENDOR_SHEET, by=max_pm) for sheet in clicks))

    assert told.count("") == 1
    assert Vendor.objects.count() == 2


def test_who_asks_for_a_reading_as_the_last_one_ends_gets_one(max_pm: Membership) -> None:
    found: list[int] = []

    def asks_and_ends() -> None:
        for _ in range(150):
            readings.end(readings.take_up(readings.open_reading(max_pm.company_id)))

    def asks() -> None:
        for _ in range(300):
            found.append(readings.open_reading(max_pm.company_id, by=max_pm).pk)

    assert at_once(asks_and_ends, asks, asks) == ["", "", ""]
    assert len(found) == 600
