"""What goes to QuickBooks, and its digest, do not know in which language somebody worked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
from django.utils import translation

from procore_sync.acceptance import operations
from procore_sync.acceptance.courier import courier
from procore_sync.acceptance.models import Submission
from procore_sync.accounts.models import Membership
from quickbooks_bridge.models import Connection
from tests.factories import (
    make_budget,
    make_change_order,
    make_commitment,
    make_cost_code,
    make_project,
    make_vendor,
    synced,
)
from tests.quickbooks_bridge.invoice_rows import make_invoice

MAKERS: dict[str, Callable[[Membership], Any]] = {
    "cost_code": make_cost_code,
    "vendor": make_vendor,
    "project": make_project,
    "budget": lambda by: make_budget(by, synced(make_project(by)), locked=True),
    "commitment": make_commitment,
    "change_order": lambda by: make_change_order(by, synced(make_commitment(by))),
    "invoice": lambda by: make_invoice(synced(make_commitment(by, lines=["5000.00"])), by, {"1": "900.00"}),
}


def sent_in(language: str, record: Any, by: Membership) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """The document of a sending made in `language`, its digest, and the posting that an approver sees then."""
    with translation.override(language):
        submission: Submission = operations.send(record.erp, by=by)
        preview = courier().preview(record.erp, submission.document)
        posting = asdict(preview.posting({one.name: one.initial for one in preview.choices()}))
        operations.retrieve(record.erp, by=by)
    return submission.document, submission.digest, posting


@pytest.mark.parametrize("kind", MAKERS)
def test_a_sending_and_its_posting_are_the_same_in_every_language(
    kind: str, books: Connection, max_pm: Membership
) -> None:
    record = MAKERS[kind](max_pm)

    assert sent_in("es", record, max_pm) == sent_in("en", record, max_pm)
