"""Offered is only what QuickBooks takes: a term or tax code that was made inactive is not."""

from __future__ import annotations

from quickbooks_bridge import bill_setup, names
from quickbooks_bridge.importers.names import refresh
from quickbooks_bridge.models import Connection
from tests.quickbooks_bridge.emulator_process import REALM, EmulatorProcess
from tests.quickbooks_bridge.test_bills_in_canada import NORTHERN, north, set_up

__all__ = ["north", "set_up"]


def test_terms_made_inactive_are_not_offered_after_the_next_reading(
    books: Connection, emulator: EmulatorProcess
) -> None:
    (term,) = emulator.named("Term", "Net 30")
    assert (term["Id"], "Net 30") in names.terms(books.company_id)
    emulator.control("desk/deactivate", {"realm": REALM, "entity": "Term", "id": term["Id"]})
    assert not [one.error for one in refresh(books) if one.error]
    assert term["Id"] not in dict(names.terms(books.company_id))


def test_a_tax_code_made_inactive_is_missed_as_soon_as_somebody_looks(
    north: Connection, set_up: dict[str, str], emulator: EmulatorProcess
) -> None:
    code = set_up["HST ON"]
    assert not bill_setup.missing_of(north.company_id, north)
    emulator.control("desk/deactivate", {"realm": NORTHERN, "entity": "TaxCode", "id": code})
    assert bill_setup.look(north) == ""
    (missing,) = bill_setup.missing_of(north.company_id, north)
    assert missing.key == "tax_codes"
