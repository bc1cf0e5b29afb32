"""A running company: what was typed in QuickBooks, and what is here."""

from __future__ import annotations

import pytest

from procore_sync.accounts.models import Membership
from quickbooks_bridge.models import Connection
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.quickbooks_bridge.onboarding.typed import Here, Typed, make_here
from tests.scenes import kept


@pytest.fixture
@kept
def typed(emulator: EmulatorProcess) -> Typed:
    """The bookkeeper."""
    return Typed(emulator)


@pytest.fixture
@kept
def here(books: Connection, max_pm: Membership, ada: Membership) -> Here:
    """Vendors, jobs and a code of ours, linked to those of QuickBooks."""
    return make_here(max_pm, ada)
