"""An emulator's books are put back with the rows that a kept beginning wrote."""

from __future__ import annotations

import pytest

from procore_sync.accounts.models import Membership
from quickbooks_bridge.models import Connection, LedgerName
from quickbooks_bridge.tokens import ConnectionTokens
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.scenes import kept

pytestmark = pytest.mark.django_db

typed: list[str] = []


@pytest.fixture
@kept
def marble(books: Connection, emulator: EmulatorProcess) -> str:
    """The number of a vendor that the bookkeeper has typed."""
    typed.append("Marble")
    number: str = emulator.write("Vendor", {"DisplayName": "Marble"})["Id"]
    return number


@pytest.mark.parametrize("time", [1, 2, 3])
def test_each_has_the_books_of_its_beginning(marble: str, emulator: EmulatorProcess, time: int) -> None:
    assert len(typed) == 1
    (held,) = emulator.named("Vendor", "Marble")
    assert (held["Id"], emulator.named("Vendor", "Granite")) == (marble, [])
    emulator.write("Vendor", {**held, "DisplayName": f"Marble {time}"})
    emulator.write("Vendor", {"DisplayName": "Granite"})


@pytest.mark.parametrize("time", [1, 2])
def test_who_asks_for_less_finds_less(books: Connection, emulator: EmulatorProcess, time: int) -> None:
    assert emulator.named("Vendor", "Marble") == emulator.requests("tokens") == []
    assert LedgerName.objects.filter(entity="Vendor").count() == len(emulator.documents("Vendor"))
    token = ConnectionTokens(books.pk).access_token()
    assert ConnectionTokens(books.pk).refreshed(token) != token


def test_who_asks_for_nothing_finds_them_as_new(emulator: EmulatorProcess, alma: Membership) -> None:
    assert emulator.named("Vendor", "Marble") == emulator.named("Vendor", "Granite") == []
    assert Connection.objects.count() == 0
