"""The cast, the addresses of these apps, and a ledger that is not connected."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from procore_sync.acceptance import courier as registry
from procore_sync.acceptance.courier import Courier
from procore_sync.accounts.models import Membership
from tests.cast import ada, alma, company, ian, max_pm, olga, other_company, vic

__all__ = ["ada", "alma", "company", "ian", "max_pm", "olga", "other_company", "vic"]

SignIn = Callable[[Membership], Client]


class NoLedger:
    """The edge of the house where no ledger is connected: nothing is linked there."""

    def link(self, item: object) -> None:
        return None


@pytest.fixture(autouse=True)
def _addresses(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.domain_urls"
    settings.STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


@pytest.fixture(autouse=True)
def _no_ledger() -> Iterator[None]:
    before = list(registry._registered)
    registry.set_courier(cast(Courier, NoLedger()))
    yield
    registry._registered[:] = before


@pytest.fixture
def sign_in() -> SignIn:
    """A browser in which a member is signed in."""

    def signed_in(member: Membership) -> Client:
        client = Client()
        client.force_login(member.user)
        return client

    return signed_in
