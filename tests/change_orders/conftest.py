"""The cast, browsers in which they are signed in, and a commitment to change."""

from __future__ import annotations

import pytest

from change_orders.models import Tiers
from change_orders.tiers import save_settings
from commitments.models import Commitment
from procore_sync.accounts.models import Membership
from projects.models import Project
from tests.cast import ada, alma, company, ian, max_pm, olga, other_company, vic
from tests.factories import make_commitment, synced
from tests.projects.conftest import sign_in
from tests.scenes import kept

__all__ = ["ada", "alma", "company", "ian", "max_pm", "olga", "other_company", "sign_in", "vic"]


@pytest.fixture
@kept
def subcontract(max_pm: Membership) -> Commitment:
    """A synced subcontract with lines of 1,000.00 and 250.00, amount based."""
    return synced(make_commitment(max_pm, lines=["1000.00", "250.00"]))


@pytest.fixture
@kept
def in_tiers(subcontract: Commitment, max_pm: Membership) -> Project:
    """The subcontract's project, whose changes take three steps."""
    save_settings(subcontract.project, tiers=Tiers.THREE, number_limit=12, title_limit=30, by=max_pm)
    return subcontract.project
