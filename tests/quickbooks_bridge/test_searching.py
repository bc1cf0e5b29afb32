"""One search over everything: what it finds, why, in which order, and what it never shows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from invoices.models import Payment, PaymentMethod, PaymentState
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.selectors import inbox_for
from procore_sync.accounts.models import Membership, Role
from quickbooks_bridge.models import Link
from quickbooks_bridge.searching import MOST, search_for
from tests.factories import (
    make_approver,
    make_commitment,
    make_company,
    make_member,
    make_vendor,
    synced,
)
from tests.quickbooks_bridge.invoice_rows import make_invoice

pytestmark = pytest.mark.django_db


@pytest.fixture
def max_pm() -> Membership:
    return make_member(make_company(), "Max", Role.PROJECT_MANAGER)


def found(by: Membership, words: str) -> list[tuple[str, str]]:
    """Label and reason of what is found."""
    return [(row.item.label, row.why) for row in search_for(by, words).rows]


def linked(item: ErpItem, entity: str, remote_id: str, name: str = "") -> None:
    """`item` is this document."""
    Link.objects.create(item=item, company=item.company, entity=entity, remote_id=remote_id, name=name)


def test_a_part_of_a_name_finds_it(max_pm: Membership) -> None:
    make_vendor(max_pm, "Brightwater Mechanical LLC")
    make_vendor(max_pm, "Ace Electric Co")

    assert found(max_pm, "waTER mech") == [("Brightwater Mechanical LLC", "Its name")]


@pytest.mark.parametrize("typed", ["beton l'anse", "B\u00c9TON L\u2019ANSE"])
def test_accents_and_typographic_marks_are_nobody_s_to_type(max_pm: Membership, typed: str) -> None:
    vendor = synced(make_vendor(max_pm, "B\u00e9ton l\u2019Anse-\u00e0-Val Lt\u00e9e"))
    commitment = make_commitment(max_pm, None, vendor)

    assert found(max_pm, typed) == [
        (vendor.name, "Its name"),
        (commitment.erp.label, f"With {vendor.name}"),
    ]
    assert [item.label for item in inbox_for(max_pm, "synced", query=typed)] == [vendor.name]


def test_what_is_with_the_last_of_many_vendors_of_a_name_is_found(max_pm: Membership) -> None:
    vendors = [synced(make_vendor(max_pm, f"Ace Electric {at:02}")) for at in range(MOST + 1)]
    commitment = make_commitment(max_pm, None, vendors[-1])

    assert (commitment.erp.label, f"With {vendors[-1].name}") in found(max_pm, "ace electric")


def test_a_number_finds_its_record_before_those_that_only_hold_it(max_pm: Membership) -> None:
    longer, whole = make_commitment(max_pm, number="SC-10"), make_commitment(max_pm, number="SC-1")

    assert found(max_pm, "sc-1") == [(whole.erp.label, "Its number"), (longer.erp.label, "Its name")]


def test_the_key_of_another_system_finds_its_record(max_pm: Membership) -> None:
    make_vendor(max_pm, "Ace Electric Co", external_ref="P-778")

    assert found(max_pm, "p-778") == [("Ace Electric Co", "Its key in your other system")]


@pytest.mark.parametrize("typed", ["1,284.50", "1284.50", "$1,284.50", "1284.5", "-$1,284.50", "\u22121,284.50"])
def test_an_amount_finds_records_of_just_that_amount(max_pm: Membership, typed: str) -> None:
    right = make_commitment(max_pm, lines=["1284.50"], number="SC-A")
    make_commitment(max_pm, lines=["1284.51"], number="SC-B")

    assert found(max_pm, typed) == [(right.erp.label, "Its amount")]


@pytest.mark.parametrize("typed", ["1e3", "nan", "1,2,3.456", "9" * 40, "-", "$"])
def test_what_is_no_amount_of_money_finds_none(max_pm: Membership, typed: str) -> None:
    make_commitment(max_pm, lines=["1000.00"])

    assert "Its amount" not in [why for _, why in found(max_pm, typed)]


def test_what_quickbooks_calls_it_finds_it(max_pm: Membership) -> None:
    vendor, other = make_vendor(max_pm, "Ace Electric Co"), make_vendor(max_pm, "Other")
    linked(vendor.erp, "Vendor", "812", "Ace Electric Company")
    linked(other.erp, "Bill", "812")

    assert found(max_pm, "vendor 812") == [("Ace Electric Co", "Vendor 812 in QuickBooks")]
    assert len(found(max_pm, "812")) == 2
    assert found(max_pm, "electric company") == [("Ace Electric Co", "Vendor “Ace Electric Company” in QuickBooks")]


def test_a_vendor_finds_what_is_with_him(max_pm: Membership) -> None:
    vendor = synced(make_vendor(max_pm, "Ace Electric Co"))
    commitment = make_commitment(max_pm, None, vendor)

    assert found(max_pm, "Ace") == [("Ace Electric Co", "Its name"), (commitment.erp.label, "With Ace Electric Co")]


def test_a_check_number_finds_the_invoice_that_it_paid(max_pm: Membership) -> None:
    invoice = make_invoice(make_commitment(max_pm), max_pm, {"1": "500.00"})
    Payment.objects.create(
        company=invoice.company,
        invoice=invoice,
        payment_id="7",
        number="CK-1044",
        method=PaymentMethod.CHECK,
        day=date(2026, 11, 2),
        amount=Decimal("450.00"),
        total=Decimal("450.00"),
        read_at=timezone.now(),
    )

    assert found(max_pm, "ck-1044") == [(invoice.erp.label, "Paid by check CK-1044")]


def test_a_payment_that_was_taken_back_is_not_said_to_have_paid(max_pm: Membership) -> None:
    invoice = make_invoice(make_commitment(max_pm), max_pm, {"1": "500.00"})
    Payment.objects.create(
        company=invoice.company,
        invoice=invoice,
        payment_id="7",
        number="CK-1044",
        method=PaymentMethod.CHECK,
        state=PaymentState.VOIDED,
        day=date(2026, 11, 2),
        amount=Decimal("450.00"),
        total=Decimal("450.00"),
        read_at=timezone.now(),
    )

    assert found(max_pm, "ck-1044") == [(invoice.erp.label, "Voided in QuickBooks: check CK-1044")]


def test_a_document_of_quickbooks_is_called_and_asked_for_as_people_say_it(max_pm: Membership) -> None:
    order = make_commitment(max_pm, number="SC-77")
    linked(order.erp, "PurchaseOrder", "812", "SC-77-B")

    assert found(max_pm, "PurchaseOrder 812") == [(order.erp.label, "Purchase order 812 in QuickBooks")]
    assert found(max_pm, "SC-77-B") == [(order.erp.label, "Purchase order “SC-77-B” in QuickBooks")]
    with override("es"):
        assert found(max_pm, "orden de compra 812") == [(order.erp.label, "Orden de compra 812 en QuickBooks")]
        assert found(max_pm, "purchase order 812") == [(order.erp.label, "Orden de compra 812 en QuickBooks")]
        assert found(max_pm, "factura por pagar 812") == []


def test_another_company_s_records_are_never_found(max_pm: Membership) -> None:
    vendor = make_vendor(max_pm, "Ace Electric Co", external_ref="P-778")
    linked(vendor.erp, "Vendor", "812", "Ace Electric Company")
    olga = make_approver(make_company("Other"), "Olga")

    assert [found(olga, words) for words in ("Ace", "P-778", "812", "Vendor 812")] == [[], [], [], []]


def test_a_private_record_is_found_by_its_readers_only(max_pm: Membership) -> None:
    vendor = synced(make_vendor(max_pm, "Ace Electric Co"))
    commitment = make_commitment(max_pm, None, vendor, number="SC-77", lines=["1284.50"])
    ErpItem.objects.filter(pk=commitment.erp_id).update(is_private=True)
    linked(commitment.erp, "PurchaseOrder", "4711")
    vic = make_member(max_pm.company, "Vic", Role.VIEWER)

    for words in ("SC-77", "1284.50", "4711"):
        assert found(vic, words) == []
    assert found(vic, "Ace") == [("Ace Electric Co", "Its name")]


def test_one_letter_is_too_little(max_pm: Membership) -> None:
    make_vendor(max_pm, "Ace Electric Co")

    assert search_for(max_pm, "a").short
    assert not search_for(max_pm, "").short


def test_more_than_are_shown_is_said(max_pm: Membership) -> None:
    for number in range(27):
        make_vendor(max_pm, f"Ace {number}")

    results = search_for(max_pm, "Ace")

    assert len(results.rows) == 25
    assert results.more


def test_it_costs_the_same_queries_whatever_is_found(
    max_pm: Membership, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(9):
        make_vendor(max_pm, f"Ace {number}")

    with django_assert_num_queries(9):
        assert len(search_for(max_pm, "Ace").rows) == 9


def test_the_page_shows_why(max_pm: Membership, client: Client) -> None:
    make_vendor(max_pm, "Ace <b>Electric</b>")
    client.force_login(max_pm.user)

    page = client.get("/quickbooks/search/", {"q": "ace <b>"}).content.decode()

    assert "Ace &lt;b&gt;Electric&lt;/b&gt;" in page
    assert "Its name" in page
    assert "Nothing found" in client.get("/quickbooks/search/", {"q": "zzz"}).content.decode()


def test_the_box_at_the_top_searches_everything_but_in_the_inbox(max_pm: Membership, client: Client) -> None:
    client.force_login(max_pm.user)

    assert 'role="search" action="/quickbooks/search/"' in client.get("/").content.decode()
    assert 'role="search" action="/inbox/"' in client.get("/inbox/").content.decode()


def test_the_api_finds_what_the_page_finds(max_pm: Membership) -> None:
    linked(synced(make_vendor(max_pm, "Kestrel Steel")).erp, "Vendor", "812")
    other = make_member(make_company("Other Books Inc", "other-books"), "Olga", Role.PROJECT_MANAGER)
    client, stranger, address = Client(), Client(), "/api/v1/search/"
    client.force_login(max_pm.user)
    stranger.force_login(other.user)

    answer = client.get(address, {"q": "Vendor 812"}).json()
    assert [(one["item"]["label"], one["why"]) for one in answer["rows"]] == found(max_pm, "Vendor 812") != []
    assert answer["more"] is False
    assert stranger.get(address, {"q": "Vendor 812"}).json() == {"rows": [], "more": False}
    for nothing in ({}, {"q": "k"}, {"q": "steel", "kind": "vendor"}):
        assert client.get(address, nothing).status_code == 422
