"""Of two people who edit one record, the second is told who was faster, and when."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import override

from procore_sync.accounts.models import Company, Membership
from projects.models import CostCode
from projects.operations import edit_cost_code, set_cost_code_active
from projects.records import EditedMeanwhile
from projects.rules import CostCodeDetails
from tests.factories import make_cost_code
from tests.projects.conftest import SignIn
from tests.projects.test_api import patch

APPS = ("projects", "vendors", "budgets", "commitments", "change_orders", "invoices", "quickbooks_bridge")


@pytest.fixture
def code(max_pm: Membership, alma: Membership) -> CostCode:
    """A code that Alma saved at 19:05 UTC while Max had its first edition before them."""
    made = make_cost_code(max_pm, "03", "Concrete")
    saved = edit_cost_code(made, CostCodeDetails("03", "Alma's"), by=alma, seen=1)
    CostCode.objects.update(edited_at=datetime(2026, 11, 4, 19, 5, tzinfo=UTC))
    return saved


def told(code: CostCode, by: Membership) -> str:
    with pytest.raises(EditedMeanwhile) as raised:
        edit_cost_code(code, CostCodeDetails("03", "Mine"), by=by, seen=1)
    return raised.value.sentence


def test_he_is_named_with_the_time_of_the_company(code: CostCode, max_pm: Membership) -> None:
    assert told(code, max_pm) == (
        "03 Alma's was saved by Alma while you edited it (4 Nov 2026, 14:05), so nothing of yours was saved. "
        "Open it again and repeat your edit."
    )
    Company.objects.update(time_zone="Europe/Zurich")
    max_pm.company.refresh_from_db()
    assert "(4 Nov 2026, 20:05)" in told(code, max_pm)
    with override("es"):
        assert re.match(r"Alma guardó 03 Alma's mientras usted lo editaba \(4 Nov 2026, 20:05\)", told(code, max_pm))


def test_page_and_api_say_the_same_and_the_page_keeps_what_was_typed(
    code: CostCode, max_pm: Membership, sign_in: SignIn
) -> None:
    client, said = sign_in(max_pm), "was saved by Alma while you edited it (4 Nov 2026, 14:05)"

    page = client.post(f"/cost-codes/{code.pk}/edit/", {"code": "03", "description": "My own words", "seen": 1})
    status, body = patch(client, f"/api/v1/cost-codes/{code.pk}/", {"description": "My own words", "edition": 1})

    shown = page.content.decode()
    assert (page.status_code, said in shown, 'value="My own words"' in shown) == (409, True, True)
    assert "What you typed stands below." in shown
    assert (status, said in body["detail"], "stands below" in body["detail"]) == (409, True, False)


def test_whoever_saved_it_himself_somewhere_else_is_told_so(code: CostCode, alma: Membership) -> None:
    assert "was saved by you yourself while you edited it (4 Nov 2026, 14:05)" in told(code, alma)


def test_who_left_the_company_is_named_as_the_journal_names_him(
    code: CostCode, max_pm: Membership, alma: Membership
) -> None:
    Membership.objects.filter(pk=alma.pk).update(is_active=False)
    assert "was saved by Alma while you edited it" in told(code, max_pm)


def test_of_what_was_saved_before_this_was_kept_nobody_is_named(code: CostCode, max_pm: Membership) -> None:
    CostCode.objects.update(edited_by=None, edited_at=None)
    assert "was saved by somebody else while you edited it, so nothing" in told(code, max_pm)


def test_who_deactivates_it_has_saved_it(code: CostCode, max_pm: Membership, alma: Membership) -> None:
    set_cost_code_active(code, False, by=max_pm)
    assert (code.edition, code.edited_by) == (3, max_pm)
    with pytest.raises(EditedMeanwhile, match="was saved by Max while"):
        edit_cost_code(code, CostCodeDetails("03", "Mine"), by=alma, seen=2)


def test_an_edition_goes_up_in_one_place_which_says_by_whom() -> None:
    raises = re.compile(r"""edition["']?\s*(=|:|\+=)\s*(F\(|seen \+|\w+(\.\w+)* \+|1\b)""")
    files = [one for app in APPS for one in Path(settings.BASE_DIR, app).rglob("*.py") if "migrations" not in one.parts]
    found = {
        f"{one.relative_to(settings.BASE_DIR)}: {line.strip()}"
        for one in files
        for line in one.read_text().splitlines()
        if raises.search(line)
    }
    assert found == {'projects/records.py: return {"edition": seen + 1, "edited_by": by, "edited_at": timezone.now()}'}
