"""From a person's click to a verified record in QuickBooks, through pages and engine."""

from __future__ import annotations

import pytest
import requests
from django.test import Client
from django.urls import reverse

from procore_sync.acceptance.courier import courier
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.operations import open_submission
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Membership
from quickbooks_bridge.models import Connection
from quickbooks_bridge.names import names_of
from tests.factories import make_cost_code, make_project, make_vendor
from tests.quickbooks_bridge.conftest import work
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.scenes import kept


def press(client: Client, member: Membership, action: str, item: ErpItem, **given: str) -> int:
    """The status that a button of the review page answers."""
    client.force_login(member.user)
    return client.post(reverse(f"acceptance:{action}", args=[item.pk]), given).status_code


def review(client: Client, member: Membership, item: ErpItem) -> str:
    """What the review page says."""
    client.force_login(member.user)
    return client.get(reverse("acceptance:review", args=[item.pk])).content.decode()


def newest(item: ErpItem) -> Submission:
    return Submission.objects.filter(item=item).latest("number")


@pytest.fixture
@kept
def items(max_pm: Membership, books: Connection) -> list[ErpItem]:
    """A vendor, a cost code, and a project that uses it."""
    code = make_cost_code(max_pm, "09-900", "Painting")
    return [
        make_vendor(max_pm, "Granite State Painting").erp,
        code.erp,
        make_project(max_pm, "Breakwater Repair", codes=[code]).erp,
    ]


def test_a_vendor_a_cost_code_and_a_project_go_from_send_to_synced(
    client: Client,
    items: list[ErpItem],
    max_pm: Membership,
    ada: Membership,
    books: Connection,
    emulator: EmulatorProcess,
) -> None:
    accounts = names_of(books.company_id, "Account")
    picked = {
        "income_account": accounts.get(name="Construction Income").remote_id,
        "expense_account": accounts.get(name="Subcontractors").remote_id,
        "customer": names_of(books.company_id, "Customer").get(name="City of Eastport").remote_id,
    }
    for item in items:
        assert press(client, max_pm, "send", item) == 302
        submission = open_submission(item)
        assert submission
        page = review(client, ada, item)
        assert all(choice.label in page for choice in courier().preview(item, submission.document).choices())
        assert press(client, ada, "accept", item, seen=submission.digest, **picked) == 302
        work(newest(item))
        item.refresh_from_db()
        assert item.status == Status.SYNCED
        assert "as it was accepted" in review(client, ada, item)
    names = ("Vendor", "Granite State Painting"), ("Item", "09-900"), ("Customer", "Breakwater Repair")
    assert [len(emulator.named(*one)) for one in names] == [1, 1, 1]


def test_the_link_of_a_synced_record_opens_it_in_the_bookkeepers_window(
    client: Client, items: list[ErpItem], max_pm: Membership, ada: Membership
) -> None:
    vendor = items[0]
    press(client, max_pm, "send", vendor)
    press(client, ada, "accept", vendor, seen=newest(vendor).digest)
    work(newest(vendor))
    link = courier().link(vendor)
    assert link
    assert link.url in review(client, ada, vendor)
    assert "Granite State Painting" in requests.get(link.url, timeout=10).text


def test_a_batch_under_random_faults_leaves_every_vendor_exactly_once(
    max_pm: Membership, ada: Membership, books: Connection, emulator: EmulatorProcess, client: Client
) -> None:
    emulator.control("switches", {"requestid": "ignore"})
    names = [f"Batch vendor {number:02}" for number in range(30)]
    waiting = []
    for name in names:
        item = make_vendor(max_pm, name).erp
        press(client, max_pm, "send", item)
        press(client, ada, "accept", item, seen=newest(item).digest)
        waiting.append(newest(item))
    for number, fault in enumerate(["write_then_drop", "500_after_write", "drop", "500", "503", "401"] * 3):
        emulator.fault(fault, entity="batch" if number % 6 == 0 else "Vendor", times=1 + number % 2)
    for _ in range(12):
        Connection.objects.update(paused_until=None)
        for submission in waiting:
            work(submission)
    assert {one.item.status for one in waiting} == {Status.SYNCED}
    held = [one["DisplayName"] for one in emulator.documents("Vendor") if one["DisplayName"].startswith("Batch")]
    assert sorted(held) == names
