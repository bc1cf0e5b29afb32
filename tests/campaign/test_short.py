"""The fault campaign in short, as a part of every run of the tests."""

from __future__ import annotations

import pytest

from tests.campaign import __main__ as campaign
from tests.campaign.faults import FAULTS
from tests.campaign.servers import MIGRATED
from tests.processes import database_url


@pytest.mark.postgres
@pytest.mark.timeout(900)
def test_nothing_is_lost_and_nothing_is_twice_whatever_dies(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It brings a PostgreSQL and a Redis of its own, since it stops them; its report is the message of a failure."""
    monkeypatch.setenv(MIGRATED, database_url())
    asked = campaign.shortened(campaign.parser().parse_args(["--short"]))
    code = campaign.play(asked, {number: fault.title for number, fault in FAULTS.items()})
    told = capfd.readouterr()
    assert code == 0, f"{told.out}\n{told.err[-4000:]}"
