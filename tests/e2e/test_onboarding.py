"""The pages that lead through taking a company on are accessible in both themes and fit a phone."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from procore_sync.accounts.models import Membership
from quickbooks_bridge.models import Connection, Link
from quickbooks_bridge.onboarding import dry_runs
from quickbooks_bridge.onboarding.documents import opening_row
from quickbooks_bridge.onboarding.models import OpeningDocument
from tests.cast import ada, company, max_pm
from tests.e2e.accessible import violations
from tests.e2e.visits import Visit, static_root, visit
from tests.factories import make_commitment, make_project, make_vendor, sent, synced

__all__ = ["ada", "company", "max_pm", "static_root", "visit"]
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300), pytest.mark.django_db(transaction=True)]
ITEM = "ItemBasedExpenseLineDetail"


def typed(member: Membership, number: str, *lines: tuple[str, str], entity: str = "PurchaseOrder") -> OpeningDocument:
    """A document that a bookkeeper typed."""
    detail = {"DetailType": ITEM, ITEM: {"CustomerRef": {"value": "3"}}}
    rows = [
        {"Id": str(at), "Amount": amount, "Description": text, **detail} for at, (amount, text) in enumerate(lines, 1)
    ]
    head = {"Id": number, "DocNumber": number, "TxnDate": "2026-11-02", "VendorRef": {"value": "7", "name": "Ace"}}
    total = f"{sum(float(amount) for amount, _ in lines):.2f}"
    row = opening_row(member.company_id, entity, {**head, "TotalAmt": total, "Line": rows})
    row.seen_at = timezone.now()
    row.save()
    return row


@pytest.fixture
def addresses(ada: Membership, max_pm: Membership) -> list[str]:
    """A company in the middle of being matched."""
    Connection.objects.create(
        company=ada.company, realm_id="1", environment="emulator", is_onboarding=True, onboards_from=date(2026, 1, 1)
    )
    project, vendor = synced(make_project(max_pm, "Fire Station 4")), synced(make_vendor(max_pm, "Ace Electric"))
    for record, entity, key in ((project, "Customer", "3"), (vendor, "Vendor", "7")):
        Link.objects.create(item=record.erp, company=ada.company, entity=entity, remote_id=key)
    make_commitment(max_pm, project, vendor, lines=["600.00", "400.00"], number="SC-042")
    sent(make_commitment(max_pm, project, vendor, lines=["950.00"], number="SC-043"), max_pm)
    typed(ada, "SC-042", ("600.00", "Rough in"), ("400.00", "Trim"))
    likely = typed(ada, "SC-043", ("955.00", "All of it"))
    typed(ada, "A-1", ("12.00", "Rent"), entity="Bill")
    entry = dry_runs.dry_run(by=ada)
    documents = reverse("quickbooks_bridge:opening_documents")
    return [
        reverse("quickbooks_bridge:onboarding"),
        f"{documents}?kind=orders&view=exact",
        f"{documents}?kind=orders&view=likely",
        reverse("quickbooks_bridge:opening_document", args=[likely.pk]),
        reverse("quickbooks_bridge:link_exact_documents"),
        reverse("quickbooks_bridge:onboarding_entry", args=[entry.pk]),
    ]


def test_the_pages_of_onboarding_are_accessible_and_fit_a_phone(
    addresses: list[str], visit: Visit, ada: Membership
) -> None:
    page = visit(addresses[0], ada, viewport={"width": 1440, "height": 900})
    for address in addresses:
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(address)
        assert violations(page) == [], address
        for width in (720, 390, 320):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
