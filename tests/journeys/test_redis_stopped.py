"""Redis is killed while people decide: acceptance commits, and everything goes on when it is back."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from procore_sync.acceptance.journal import verify_journal
from procore_sync.acceptance.models import Attempt, ErpItem
from procore_sync.acceptance.states import Status
from procore_sync.demo.person import Person
from procore_sync.development import commands
from procore_sync.development.children import Child, Children, wait_for
from tests.factories import make_vendor
from tests.site import Site, open_site

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(120)]


class Broker:
    """A Redis of the test's own, which can be killed and started again at the same place."""

    def __init__(self, children: Children, folder: Path) -> None:
        self._children = children
        self._folder = folder
        self._socket = folder / "r.sock"
        self.url = f"unix://{self._socket}?db=0"
        self.child = self.start()

    def start(self) -> Child:
        """Start it empty."""
        self._socket.unlink(missing_ok=True)
        self.child = self._children.start("broker", commands.broker(self._socket, self._folder), os.environ)
        wait_for(self._socket.exists, 20, what="the broker listens", children=[self.child])
        return self.child


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    # A socket's whole path has about a hundred bytes.
    with tempfile.TemporaryDirectory(prefix="r") as short, Children(tmp_path_factory.mktemp("broker")) as children:
        yield Broker(children, Path(short))


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any, broker: Broker
) -> Iterator[Site]:
    with django_db_blocker.unblock(), open_site(tmp_path_factory.mktemp("site"), broker.url, web=True) as opened:
        yield opened


def is_synced(site: Site, item: ErpItem) -> bool:
    """With the worker started again if it has ended, as compose does: kombu can end it when a reply is cut off."""
    if not site.workers[-1].is_running:
        site.workers.append(site.running.worker(pool="prefork", concurrency=1, with_beat=True))
    item.refresh_from_db()
    return item.status == Status.SYNCED


def test_an_acceptance_without_redis_is_exported_once_when_it_is_back(site: Site, broker: Broker) -> None:
    assert site.web
    item = make_vendor(site.max_pm, "Accepted without Redis").erp
    broker.child.kill()
    approver = Person(site.web.url, site.ada.user.email, "secret")
    sender = Person(site.web.url, site.max_pm.user.email, "secret")
    assert sender.send(item.pk).status_code == 200
    assert approver.accept(item.pk).status_code == 200
    item.refresh_from_db()
    assert item.status == Status.EXPORTING
    with pytest.raises(AssertionError, match="was not let in: 200"):
        Person(site.web.url, site.ada.user.email, "wrong")
    broker.start()
    wait_for(lambda: is_synced(site, item), 60, what="it is synced")
    assert site.times_in_books("Accepted without Redis") == 1
    assert [one.outcome for one in Attempt.objects.filter(submission__item=item)] == ["done"]
    assert verify_journal(site.max_pm.company) is None
