"""The fault campaign in short, as a part of every run of the tests."""

from __future__ import annotations

import subprocess
import sys

import pytest

from procore_sync.development.children import ROOT


@pytest.mark.postgres
@pytest.mark.timeout(900)
def test_nothing_is_lost_and_nothing_is_twice_whatever_dies() -> None:
    """It brings a PostgreSQL and a Redis of its own, since it stops them; its report is the message of a failure."""
    argv = [sys.executable, "-m", "tests.campaign", "--short"]
    campaign = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    assert campaign.returncode == 0, f"{campaign.stdout}\n{campaign.stderr[-4000:]}"
