"""What a company's amounts would have done to what it accepted lately, before they are saved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F
from django.test import Client

from procore_sync.acceptance import operations
from procore_sync.acceptance.amount_effects import Share, effects_of
from procore_sync.acceptance.items import revise
from procore_sync.acceptance.models import ErpItem, ExportPolicy, Submission
from procore_sync.accounts.models import Company, Membership, Role
from procore_sync.kit.kinds import Kind
from tests.acceptance.conftest import member, new_invoice
from tests.acceptance.paper import PaperLedger


@pytest.fixture
def billed(paper: PaperLedger, max_pm: Membership, ada: Membership) -> list[ErpItem]:
    """Accepted: 100, 500 and -900, one without an amount, and long ago 7,000; 300 is sent only."""
    amounts = [Decimal("100"), Decimal("500"), Decimal("-900"), None, Decimal("7000"), Decimal("300")]
    items = [new_invoice(max_pm, f"Application {number}") for number in range(len(amounts))]
    for item, amount in zip(items, amounts, strict=True):
        revise(item, amount=amount)
        operations.send(item, by=max_pm)
    for item in items[:5]:
        operations.accept(item, by=ada, seen=item.submissions.get().digest, choices={})
    Submission.objects.filter(item=items[4]).update(decided_at=F("decided_at") - timedelta(days=91))
    return items


@pytest.mark.parametrize(
    ("agreed", "directly", "by_two"),
    [
        ({"direct_export": True}, (4, "-300"), None),
        ({"direct_export": True, "up_to": Decimal("500")}, (2, "600"), None),
        ({"direct_export": True, "up_to": Decimal("500"), "second_above": Decimal("500")}, (2, "600"), (2, "-900")),
        ({"direct_export": True, "second_above": Decimal("100")}, (1, "100"), (3, "-400")),
        ({"second_above": Decimal("899.99")}, None, (2, "-900")),
    ],
)
def test_it_counts_what_would_have_gone_and_what_two_would_have_accepted(
    billed: list[ErpItem],
    company: Company,
    agreed: dict[str, Any],
    directly: tuple[int, str] | None,
    by_two: tuple[int, str] | None,
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    policy = ExportPolicy(company=company, kind=Kind.INVOICE, **agreed)
    with django_assert_num_queries(1):
        effect = effects_of([policy, ExportPolicy(company=company, kind=Kind.BUDGET)])[Kind.INVOICE]
    assert effect.accepted == Share(4, Decimal("-300.00"))
    assert effect.directly == (directly and Share(directly[0], Decimal(directly[1])))
    assert effect.by_two == (by_two and Share(by_two[0], Decimal(by_two[1])))
    # The same rule as for one record.
    now = [item.amount for item in billed[:4]]
    assert sum(policy.goes_directly(amount) for amount in now) == (directly[0] if directly else 0)
    assert sum(policy.needs_two(amount) for amount in now) == (by_two[0] if by_two else 0)


def test_the_settings_page_shows_it_before_anything_is_saved(billed: list[ErpItem], company: Company) -> None:
    browser = Client()
    browser.force_login(member(company, "Alma", Role.ADMINISTRATOR).user)
    typed = {"name": company.name, "time_zone": company.time_zone, "digest_hour": "7", "undo_seconds": "0"}
    typed |= {"late_after_days": "3", "second_above_invoice": "400", "effect": "1"}
    page = browser.post("/settings/", typed).content.decode()
    assert "Accepted in the last 90 days: 4, -300.00." in page
    assert "With two: 3, -400.00." in page
    assert "Fewer than two people may decide on this kind" in page
    assert not company.export_policies.exists()
