"""Offered is only what QuickBooks takes: a term or tax code that was made inactive, or is for sales only, is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils.translation import override

from procore_sync.acceptance import operations
from procore_sync.acceptance.courier import courier
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Membership
from procore_sync.kit.kept import in_the_readers_words
from procore_sync.kit.refusals import InvalidInput
from quickbooks_bridge import bill_setup, names
from quickbooks_bridge.importers.names import refresh
from quickbooks_bridge.models import Connection, Thing
from quickbooks_bridge.names import names_of
from tests.factories import make_cost_code, make_vendor
from tests.quickbooks_bridge.conftest import work
from tests.quickbooks_bridge.documents import DOCUMENTS, Ground
from tests.quickbooks_bridge.emulator_process import REALM, EmulatorProcess
from tests.quickbooks_bridge.test_bills_in_canada import NORTHERN, north, northern_ground, number_of, set_up
from tests.quickbooks_bridge.test_documents import ground, specs

__all__ = ["ground", "north", "northern_ground", "set_up", "specs"]

Accept = Callable[..., Submission]


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


def test_a_tax_code_of_sales_only_is_not_offered_for_what_is_bought(
    north: Connection, set_up: dict[str, str], ada: Membership
) -> None:
    of_sales = number_of(north, "TaxCode", "PST BC on sales")
    assert of_sales not in dict(names.tax_codes(north.company_id))
    with pytest.raises(InvalidInput, match="no such entry"):
        bill_setup.choose(north, {str(Thing.WORK_TAX): of_sales}, by=ada)


def test_a_tax_code_without_any_rate_and_one_that_was_read_before_stay_offered(north: Connection) -> None:
    rows = names_of(north.company_id, "TaxCode")
    for name, kept in (("GST", ()), ("QST", ("SalesTaxRateList", "PurchaseTaxRateList"))):
        row = rows.get(name=name)
        row.detail = {**row.detail, **{one: {} for one in kept}} if kept else {"Id": row.remote_id}
        row.save()
    assert {"GST", "QST"} <= {label for _, label in names.tax_codes(north.company_id)}


def test_a_choice_that_was_made_inactive_is_named_with_its_cure_and_not_offered_again(
    ground: Ground, books: Connection, accept: Accept, emulator: EmulatorProcess, ada: Membership
) -> None:
    (chosen,) = emulator.named("Class", "Commercial")
    item = ground.commitment()
    submission = accept(item, **{"class": chosen["Id"]})
    desk = {"realm": REALM, "entity": "Class", "id": chosen["Id"]}
    emulator.control("desk/deactivate", desk)
    refused = work(submission)
    assert refused.item.status == Status.FAILED
    assert refused.reason.endswith(
        "What was chosen is not active in QuickBooks any more: class “Commercial”. Let the bookkeeper make it active "
        "again there, then try again; or reject this, and choose another when it is sent again."
    )
    with override("es"):
        assert "choose another" not in in_the_readers_words(refused.reason)
    assert chosen["Id"] not in dict(names.classes(books.company_id))
    emulator.control("desk/activate", desk)
    assert work(operations.retry(refused.item, by=ada)).item.status == Status.SYNCED


def test_accounts_and_terms_of_names_are_named_too(
    books: Connection, accept: Accept, emulator: EmulatorProcess, max_pm: Membership
) -> None:
    (term,), (account,) = emulator.named("Term", "Net 30"), emulator.named("Account", "Subcontractors")
    income = next(one["Id"] for one in emulator.documents("Account") if one["Name"] == "Construction Income")
    vendor = accept(make_vendor(max_pm, "Newcomer Inc").erp, terms=term["Id"])
    code = make_cost_code(max_pm, "09-100", "Drywall").erp
    item = accept(code, income_account=income, expense_account=account["Id"])
    for entity, held in (("Term", term), ("Account", account)):
        emulator.control("desk/deactivate", {"realm": REALM, "entity": entity, "id": held["Id"]})
    assert "any more: payment terms “Net 30”." in work(vendor).reason
    assert "any more: account “Cost of Goods Sold:Subcontractors”." in work(item).reason


def test_where_quickbooks_has_no_tax_code_it_is_said_who_makes_one_and_where(
    northern_ground: Ground, north: Connection, set_up: dict[str, str]
) -> None:
    names_of(north.company_id, "TaxCode").exclude(name="PST BC on sales").update(active=False)
    cure = (
        "QuickBooks has no active tax code for what is bought. An administrator of QuickBooks sets the tax up there "
        "under Taxes, or makes a code active again; then look again here."
    )
    (missing,) = bill_setup.missing_of(north.company_id, north)
    assert (missing.key, missing.sentence, missing.who) == ("tax_codes", cure, "administrator")
    item = northern_ground.commitment(northern_ground.line("1", "10.00"))
    assert stops(item) == [(cure, bill_setup.page(), "administrator")]
    assert stops(northern_ground.budget(("1", "5.00"))) == []


def stops(item: ErpItem) -> list[tuple[str, str, str]]:
    found = courier().preview(item, DOCUMENTS[item.pk]).checks()
    return [(one.sentence, one.url, one.who) for one in found if one.level == "stop"]
