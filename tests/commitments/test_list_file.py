"""The list of commitments as a file."""

from __future__ import annotations

import pytest

from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.models import Membership
from tests.factories import make_commitment, make_project, make_vendor, synced
from tests.projects.conftest import SignIn
from tests.projects.test_list_files import lines
from tests.projects.test_pages import queries

pytestmark = pytest.mark.django_db


def test_the_file_says_what_the_list_says(max_pm: Membership, sign_in: SignIn) -> None:
    project, vendor = synced(make_project(max_pm, "Lofts")), synced(make_vendor(max_pm, "Ace Electric"))
    synced(make_commitment(max_pm, project, vendor, number="SC-1", title="=Wiring", lines=["1000.00", "250.50"]))
    make_commitment(max_pm, project, None, number="PO-1", type="purchase_order", status="draft", external_ref="P-77")
    client = sign_in(max_pm)

    second, first = lines(client.get("/commitments/file.csv?sort=number"))
    assert {name: first[name] for name in ("Number", "Type", "Title", "Vendor", "Project", "Status", "Amount")} == {
        "Number": "SC-1",
        "Type": "Subcontract",
        "Title": "'=Wiring",
        "Vendor": "Ace Electric",
        "Project": "Lofts",
        "Status": "Approved",
        "Amount": "1250.50",
    }
    assert (first["In accounting"], first["Private"], first["Reference"]) == ("Synced", "no", "")
    assert (second["Type"], second["Status"], second["Reference"]) == ("Purchase order", "Draft", "P-77")
    (narrowed,) = lines(client.get("/commitments/file.csv?type=purchase_order"))
    assert narrowed["Number"] == "PO-1"


def test_a_private_commitment_is_in_the_file_of_nobody_who_may_not_read_it(
    max_pm: Membership, vic: Membership, olga: Membership, sign_in: SignIn
) -> None:
    made = make_commitment(max_pm, number="SC-9")
    ErpItem.objects.filter(pk=made.erp_id).update(is_private=True)
    made.erp.readers.add(max_pm)

    (own,) = lines(sign_in(max_pm).get("/commitments/file.csv"))
    assert (own["Number"], own["Private"]) == ("SC-9", "yes")
    assert lines(sign_in(vic).get("/commitments/file.csv")) == []
    assert lines(sign_in(olga).get("/commitments/file.csv")) == []


def test_it_asks_as_often_for_many_rows_as_for_few(max_pm: Membership, sign_in: SignIn) -> None:
    client = sign_in(max_pm)

    def more(count: int) -> int:
        for _ in range(count):
            make_commitment(max_pm)
        return queries(lambda: client.get("/commitments/file.csv"))

    assert more(2) == more(9)


def test_the_list_offers_the_file_of_what_it_shows(max_pm: Membership, sign_in: SignIn) -> None:
    client = sign_in(max_pm)
    assert b"/commitments/file.csv" not in client.get("/commitments/").content
    make_commitment(max_pm, number="SC-1")
    assert b'href="/commitments/file.xlsx?q=sc"' in client.get("/commitments/?q=sc&page=1").content
