"""A ledger over an address that `responses` answers, and tokens that can be seen to be renewed."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import responses

from quickbooks_bridge.client.api import Ledger
from quickbooks_bridge.client.settings import Endpoints
from quickbooks_bridge.client.tokens import forget_discovery

ADDRESS = "https://quickbooks.test"
REALM = "9341450000000001"
COMPANY = f"{ADDRESS}/v3/company/{REALM}"


class TwoTokens:
    """A token source at the edge: gives the first token, then the second; notes what was asked of it."""

    def __init__(self, first: str = "first-token", second: str = "second-token") -> None:
        self.first = first
        self.second = second
        self.stale: list[str] = []

    def access_token(self) -> str:
        return self.first

    def refreshed(self, stale: str) -> str:
        self.stale.append(stale)
        return self.second


def golden(name: str) -> str:
    return (Path(__file__).parent / "goldens" / name).read_text()


@pytest.fixture
def endpoints() -> Endpoints:
    return Endpoints(
        environment="emulator",
        client_id="demo-client",
        client_secret="demo-secret",
        discovery_url=f"{ADDRESS}/discovery",
        api_url=ADDRESS,
        redirect_uri="https://console.test/callback",
    )


@pytest.fixture
def tokens() -> TwoTokens:
    return TwoTokens()


@pytest.fixture
def ledger(endpoints: Endpoints, tokens: TwoTokens) -> Ledger:
    return Ledger.open(endpoints, REALM, tokens)


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    """Answers instead of the network. An answer that is not asked for fails the test."""
    with responses.RequestsMock() as answers:
        yield answers


@pytest.fixture(autouse=True)
def _no_discovery_from_other_tests() -> Iterator[None]:
    forget_discovery()
    yield
    forget_discovery()


@pytest.fixture
def prefix() -> str:
    """Keys of this test alone."""
    return f"test-{uuid.uuid4().hex}"


@pytest.fixture
def server(prefix: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")) as connected:
        yield connected
        for key in connected.scan_iter(f"{prefix}*"):
            connected.delete(key)
