"""The cast, browsers in which they are signed in, and an invoice of a thousand."""

from __future__ import annotations

import pytest

from commitments.models import Commitment
from invoices.models import Invoice
from procore_sync.accounts.models import Membership
from tests.cast import ada, alma, company, ian, max_pm, olga, other_company, vic
from tests.factories import make_commitment, synced
from tests.payments.rows import make_invoice
from tests.projects.conftest import sign_in
from tests.scenes import kept

__all__ = ["ada", "alma", "company", "ian", "max_pm", "olga", "other_company", "sign_in", "vic"]


@pytest.fixture
@kept
def subcontract(max_pm: Membership) -> Commitment:
    """A synced subcontract of 10,000.00 in one line."""
    return synced(make_commitment(max_pm, lines=["10000.00"]))


@pytest.fixture
@kept
def invoice(max_pm: Membership, subcontract: Commitment) -> Invoice:
    """Its first application: 1,000.00 billed, 100.00 of it held."""
    return make_invoice(max_pm, subcontract, billed="1000.00", held="100.00", number="APP-1")


@pytest.fixture
@kept
def second(max_pm: Membership, subcontract: Commitment, invoice: Invoice) -> Invoice:
    """Its second application, of 500.00."""
    return make_invoice(max_pm, subcontract, billed="500.00", number="APP-2")
