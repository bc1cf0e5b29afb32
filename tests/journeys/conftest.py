"""A site of its own for each file of journeys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.site import Site, open_site


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any, leased_redis: str
) -> Iterator[Site]:
    with django_db_blocker.unblock(), open_site(tmp_path_factory.mktemp("site"), leased_redis) as opened:
        yield opened


@pytest.fixture(scope="module")
def site_without_worker(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any, leased_redis: str
) -> Iterator[Site]:
    """For files whose tests begin and end the workers: one that is killed at once would have started for nothing."""
    folder = tmp_path_factory.mktemp("site")
    with django_db_blocker.unblock(), open_site(folder, leased_redis, worker=False) as opened:
        yield opened


@pytest.fixture(autouse=True)
def quiet_bell(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test process has no broker of its own: beat's sweep is what finds its acceptances."""
    monkeypatch.setattr("procore_sync.acceptance.operations.ring", lambda submission_id: None)
