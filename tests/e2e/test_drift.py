"""The cards of what was changed in QuickBooks in a browser: in both themes, on a phone, and answered there."""

from __future__ import annotations

import pytest
from django.utils import timezone

from procore_sync.accounts.models import Membership
from quickbooks_bridge.drift_models import Drift
from quickbooks_bridge.models import Connection, Link
from tests.cast import ada, company, max_pm
from tests.e2e.accessible import violations
from tests.e2e.visits import Visit, static_root, visit
from tests.factories import make_vendor, synced

__all__ = ["ada", "company", "max_pm", "static_root", "visit"]
pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
LONG = "Narragansett Insulation Contractors and Mechanical Systems of Greater Providence Limited Liability Co"[:100]


@pytest.fixture
def card(max_pm: Membership) -> Drift:
    """A vendor of a long name that somebody renamed."""
    company = max_pm.company
    Connection.objects.create(company=company, realm_id="1", environment="emulator")
    item = synced(make_vendor(max_pm, LONG)).erp
    link = Link.objects.create(item=item, company=company, entity="Vendor", remote_id="71", name=LONG, health="drifted")
    fields = [
        {"name": "DisplayName", "label": "Name", "ours": LONG, "theirs": LONG[:60]},
        {"name": "Fax.FreeFormNumber", "label": "Fax", "ours": "401 555 0199", "theirs": ""},
    ]
    told = {"what": "changed", "fields": fields, "state": "seen", "heard_by": "a test", "heard_at": timezone.now()}
    card: Drift = Drift.objects.create(
        company=company, link=link, item=item, entity="Vendor", remote_id="71", changed_at=timezone.now(), **told
    )
    return card


def test_a_card_is_read_and_answered_in_both_themes_and_on_a_phone(card: Drift, ada: Membership, visit: Visit) -> None:
    page = visit("/quickbooks/changes/", ada, viewport={"width": 1440, "height": 900})
    for address in ("/quickbooks/changes/", f"/quickbooks/changes/{card.pk}/", f"/review/{card.item_id}/"):
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(address)
        assert violations(page) == [], address
        for width in (720, 390, 320):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    page.goto(f"/quickbooks/changes/{card.pk}/")
    page.locator("#note-accept").fill("Agreed by phone.")
    page.get_by_role("button", name="Accept theirs").click()
    page.wait_for_url("**/quickbooks/changes/")
    card.refresh_from_db()
    assert (card.answer, card.note) == ("accepted", "Agreed by phone.")
