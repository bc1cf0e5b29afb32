"""Invoices as bills and vendor credits: dict in, dict out."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procore_sync.kit.kinds import Kind
from procore_sync.kit.money import money
from quickbooks_bridge.exporters.base import Source
from quickbooks_bridge.exporters.bills import CREDIT, BillExporter, VendorCreditExporter
from quickbooks_bridge.exporters.figures import sum_of
from quickbooks_bridge.exporters.keys import RELEASED, WITHHELD, key_of
from quickbooks_bridge.exporters.registry import exporter_for
from tests.quickbooks_bridge.exporters.test_lines import CODE, EXPENSE, PROJECT, VENDOR, held, recounted

bills, credits = BillExporter(), CREDIT
ORDER = {"item": 9, "label": "SC-001 Electrical", "number": "SC-001"}
Json = dict[str, Any]


def line(key: str, amount: str, held_now: str = "0.00", released: str = "0.00") -> Json:
    return {
        "key": key,
        "code": CODE,
        "description": "Concrete",
        "amount": amount,
        "held_now": held_now,
        "released": released,
    }


def invoice(*lines: Json, **more: Any) -> Json:
    rows = list(lines) or [line("1", "100.00", "10.00"), line("2", "0.00"), line("C2.1", "50.50", "5.05", "3.00")]
    gross, held_now, released = (
        sum((Decimal(one[name]) for one in rows), Decimal("0.00")) for name in ("amount", "held_now", "released")
    )
    head = {
        "commitment": ORDER,
        "project": PROJECT,
        "vendor": VENDOR,
        "number": "SC-001-3",
        "application": "3",
        "as_credit": False,
        "date": "2026-11-20",
        "due": "2026-12-20",
        "held_now": str(held_now),
        "released": str(released),
        "total": str(money(gross - held_now + released)),
        "lines": rows,
    }
    return {**head, **more}


def source(document: Json, **more: Any) -> Source:
    choices = more.pop("choices", {})
    return Source(document, choices, "ab12-9", retainage_item="77", **more)


def expense(item: str, amount: str, **more: Any) -> Json:
    detail = {"ItemRef": {"value": item}, "CustomerRef": {"value": "@5"}, "BillableStatus": "NotBillable"}
    return {**detail, "Qty": "1", "UnitPrice": amount, **more}


def test_what_moves_has_a_line_and_retainage_has_its_own() -> None:
    order = {"TxnId": "@9", "TxnType": "PurchaseOrder"}
    assert bills.payload(source(invoice(), choices={"terms": "4"})) == {
        "VendorRef": {"value": "@6"},
        "DocNumber": "SC-001-3",
        "TxnDate": "2026-11-20",
        "DueDate": "2026-12-20",
        "SalesTermRef": {"value": "4"},
        "PrivateNote": "ERP sync ab12-9 rev 1: SC-001, application 3",
        "LinkedTxn": [order],
        "Line": [
            {
                "Description": "[1] Concrete",
                "Amount": "100.00",
                "DetailType": EXPENSE,
                EXPENSE: expense("@7", "100.00"),
                "LinkedTxn": [{**order, "TxnLineId": "@1"}],
            },
            {
                "Description": "[C2.1] Concrete",
                "Amount": "50.50",
                "DetailType": EXPENSE,
                EXPENSE: expense("@7", "50.50"),
                "LinkedTxn": [{**order, "TxnLineId": "@C2.1"}],
            },
            {
                "Description": "[R1] Retainage withheld, SC-001, application 3",
                "Amount": "-15.05",
                "DetailType": EXPENSE,
                EXPENSE: expense("77", "-15.05"),
            },
            {
                "Description": "[R2] Retainage released, SC-001, application 3",
                "Amount": "3.00",
                "DetailType": EXPENSE,
                EXPENSE: expense("77", "3.00"),
            },
        ],
    }


def test_outside_the_united_states_every_line_has_its_tax_code_and_a_class_where_one_was_chosen() -> None:
    choices = {"work_tax_code": "5", "retainage_tax_code": "8", "class": "2"}
    payload = bills.payload(source(invoice(), taxed=True, choices=choices))
    assert payload["GlobalTaxCalculation"] == "TaxExcluded"
    assert [one[EXPENSE]["TaxCodeRef"]["value"] for one in payload["Line"]] == ["5", "5", "8", "8"]
    assert {one[EXPENSE]["ClassRef"]["value"] for one in payload["Line"]} == {"2"}
    home = bills.payload(source(invoice(), choices=choices))
    assert "GlobalTaxCalculation" not in home
    assert not any("TaxCodeRef" in one[EXPENSE] for one in home["Line"])


def test_a_release_alone_is_a_bill_of_one_line_that_is_linked_to_nothing() -> None:
    payload = bills.payload(source(invoice(line("1", "0.00", "0.00", "40.00"))))
    assert [(key_of(one), one["Amount"]) for one in payload["Line"]] == [("R2", "40.00")]
    assert "LinkedTxn" not in payload


def test_a_credit_has_every_amount_turned_and_neither_due_date_nor_terms_nor_links() -> None:
    document = invoice(line("1", "-100.00", "-10.00", "3.00"), as_credit=True)
    exporter = exporter_for(Kind.INVOICE, document)
    assert isinstance(exporter, VendorCreditExporter)
    payload = exporter.payload(source(document, choices={"terms": "4"}))
    assert [(key_of(one), one["Amount"]) for one in payload["Line"]] == [
        ("1", "100.00"),
        ("R1", "-10.00"),
        ("R2", "-3.00"),
    ]
    assert not {"DueDate", "SalesTermRef", "LinkedTxn"} & set(payload)
    assert sum_of(payload["Line"]) == -Decimal(document["total"])
    assert exporter_for(Kind.INVOICE, invoice()).entity == "Bill"


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (invoice(number="N" * 22), "22 characters, and QuickBooks takes 21"),
        (invoice(number=" "), "number is empty"),
        (invoice(line("1", "-5.00")), "less than zero"),
        (invoice(line("1", "5.00", "5.01")), "less than zero"),
        (invoice(line("1", "0.00")), "nothing to send"),
        (invoice(total="1.00"), "come to 138.45 and the total says 1.00"),
        (invoice(line("1", "5.00"), line("1", "5.00")), "Two lines have the number 1"),
    ],
)
def test_what_quickbooks_would_not_take_is_said(document: Json, sentence: str) -> None:
    assert any(sentence in one for one in bills.problems(document)), bills.problems(document)


def test_nothing_is_wrong_with_what_is_right() -> None:
    assert bills.problems(invoice()) == []
    assert bills.problems(invoice(line("1", "5.00", "5.00"))) == []
    assert credits.problems(invoice(line("1", "-5.00"), as_credit=True)) == []
    assert any("Something is due" in one for one in credits.problems(invoice(as_credit=True)))


# what QuickBooks holds

CHOICES = {"work_tax_code": "5", "retainage_tax_code": "8", "class": "2", "terms": "4"}


def flown(payload: Json) -> Json:
    """The payload with its links as they are once it flies."""
    done = deepcopy(payload)
    for holder in (done, *done["Line"]):
        for link in holder.get("LinkedTxn", []):
            link["TxnId"] = "145"
            if "TxnLineId" in link:
                link["TxnLineId"] = link["TxnLineId"][1:]
    return done


def posted(document: Json | None = None, **more: Any) -> Json:
    return flown(bills.payload(source(document or invoice(), taxed=True, choices=CHOICES, **more)))


def answer(payload: Json, **more: Any) -> Json:
    remote = held(payload, **more)
    if "LinkedTxn" in payload:
        remote["LinkedTxn"] = deepcopy(payload["LinkedTxn"])
    return {"Balance": remote["TotalAmt"], **remote, **more}


def test_each_value_that_comes_back_otherwise_is_noticed() -> None:
    payload = posted()
    assert bills.compare(payload, answer(payload)) == []
    for name in set(payload) - {"Line", "LinkedTxn"}:
        other = {"value": "999"} if isinstance(payload[name], dict) else "other"
        assert bills.compare(payload, answer(payload, **{name: other})), name
    for field in bills.line_fields:
        remote = answer(payload)
        place = remote["Line"][0] if field.path in ("Amount", "Description") else remote["Line"][0][EXPENSE]
        name = field.path.partition(".")[0]
        place[name] = {"value": "999"} if "." in field.path else "[1] other" if name == "Description" else Decimal(9)
        assert bills.compare(payload, remote), field.path


def test_what_is_left_out_comes_off_and_is_noticed_if_it_stays() -> None:
    before = posted()
    left = frozenset({"terms", "class"})
    choices = {name: one for name, one in CHOICES.items() if name not in left}
    more = {"taxed": True, "linked": True, "before": before, "left_out": left, "choices": choices}
    payload = flown(bills.payload(source(invoice(), **more)))
    there = answer(before)
    assert sorted(one.label for one in bills.compare(payload, there)) == [
        "Line 1, class",
        "Line C2.1, class",
        "Line R1, class",
        "Line R2, class",
        "Terms",
    ]
    written = bills.merge(there, payload, put={"1", "C2.1", "R1", "R2"})
    assert bills.compare(payload, answer(written)) == []
    assert "SalesTermRef" not in written
    assert not any("ClassRef" in one[EXPENSE] for one in written["Line"])
    theirs = deepcopy(there)
    theirs["Line"][0][EXPENSE]["ClassRef"] = {"value": "3"}
    (told,) = bills.overwritten(payload, bills.owned(there), theirs)
    assert str(told) == "Line 1, class was sent as “2” and stands as “3”"


@pytest.mark.parametrize("key", ["1", "C2.1"])
def test_a_link_that_vanished_is_noticed(key: str) -> None:
    payload = posted()
    remote = answer(payload)
    next(one for one in remote["Line"] if key_of(one) == key)["LinkedTxn"] = []
    (told,) = bills.compare(payload, remote)
    assert str(told) == f"Line {key}, link to the purchase order was sent as “line {key}” and stands as “not linked”"
    (head,) = bills.compare(payload, answer(payload, LinkedTxn=[]))
    assert head.label == "Link to the purchase order"


def test_a_payment_of_the_same_number_is_no_link_to_the_purchase_order() -> None:
    payload = posted()
    paid = {**payload["LinkedTxn"][0], "TxnType": "BillPaymentCheck"}
    (told,) = bills.compare(payload, answer(payload, LinkedTxn=[paid]))
    assert told.label == "Link to the purchase order"


def test_of_a_line_that_vanished_nothing_is_said_but_that() -> None:
    payload = posted(invoice(line("1", "100.00"), line("2", "50.00")))
    remote = answer(payload)
    remote["Line"] = remote["Line"][:1]
    remote["TotalAmt"] = remote["Balance"] = Decimal(100)
    assert [one.label for one in bills.compare(payload, remote)] == ["Line 2", "Total"]


def test_a_tax_on_top_is_no_difference_and_a_class_of_the_bookkeepers_neither() -> None:
    payload = flown(bills.payload(source(invoice())))
    remote = answer(payload, TotalAmt=Decimal("155.45"), TxnTaxDetail={"TotalTax": 17})
    remote["Line"][0][EXPENSE]["ClassRef"] = {"value": "3"}
    assert bills.compare(payload, remote) == []
    assert bills.overwritten(payload, bills.owned(answer(payload)), remote) == []


def test_what_stands_there_keeps_its_links_and_only_a_new_line_is_linked() -> None:
    before = posted(invoice(line("1", "100.00")))
    paid = {"TxnId": "200", "TxnType": "BillPaymentCheck"}
    remote = answer(before, LinkedTxn=[paid])
    remote["Line"][0].pop("LinkedTxn")
    payload = posted(invoice(line("1", "90.00"), line("2", "5.00")))
    ours = bills.yielding(payload, before, remote)
    full = bills.merge(remote, ours)
    assert full["LinkedTxn"] == [paid, payload["LinkedTxn"][0]]
    assert [one.get("LinkedTxn") for one in full["Line"]] == [None, payload["Line"][1]["LinkedTxn"]]
    assert bills.compare(ours, recounted(full)) == []


def test_the_bookkeepers_number_and_dates_stay_while_ours_do() -> None:
    before = posted()
    theirs = {"DocNumber": "4711", "TxnDate": "2026-11-25", "DueDate": "2027-01-15"}
    remote = answer(before, **theirs)
    assert {name: bills.yielding(posted(), before, remote)[name] for name in theirs} == theirs
    ours = {"DocNumber": "SC-001-4", "TxnDate": "2026-11-21", "DueDate": "2026-12-21"}
    payload = posted(invoice(number=ours["DocNumber"], date=ours["TxnDate"], due=ours["DueDate"]))
    assert {name: bills.yielding(payload, before, remote)[name] for name in ours} == ours


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"TotalAmt": 0, "Balance": 0, "PrivateNote": "ERP sync\nVoided"}, "was voided"),
        ({"PrivateNote": "ERP sync\nVoided check 12 was for this"}, ""),
        ({"VendorRef": {"value": "12", "name": "Somebody"}}, "another vendor's in QuickBooks now (Somebody)"),
        ({"TotalAmt": Decimal(100), "Balance": Decimal("9.99")}, "90.01 of this bill is paid or applied"),
        ({"TotalAmt": Decimal(100), "Balance": 10}, ""),
        ({"TotalAmt": 113, "Balance": Decimal("11.29"), "TxnTaxDetail": {"TotalTax": 13}}, "it would come to 101.70"),
        ({"TotalAmt": 113, "Balance": Decimal("11.30"), "TxnTaxDetail": {"TotalTax": 13}}, ""),
    ],
)
def test_what_stands_against_a_change(changes: Json, sentence: str) -> None:
    payload = posted(invoice(line("1", "90.00")))
    current = answer(posted(invoice(line("1", "100.00"))), **changes)
    told = bills.stands_against(payload, current)
    assert sentence in told if sentence else told == ""


amounts = st.integers(-50_000, 90_000).map(lambda cents: str(money(Decimal(cents) / 100)))
billed = st.dictionaries(
    st.sampled_from(["1", "2", "3", "C1.1", "C2.1"]), st.tuples(amounts, amounts, amounts), min_size=1
)


@given(billed, billed)
def test_whatever_is_billed_the_lines_come_to_what_is_due_and_a_change_comes_back_equal(
    first: dict[str, tuple[str, str, str]], second: dict[str, tuple[str, str, str]]
) -> None:
    one, two = (invoice(*(line(key, *told) for key, told in said.items())) for said in (first, second))
    for document in (one, two):
        for exporter in (bills, credits):
            payload = exporter.payload(source(document))
            assert sum_of(payload["Line"]) == exporter.sign * Decimal(document["total"])
            assert len({key_of(line) for line in payload["Line"]}) == len(payload["Line"])
    before, after = posted(one), posted(two)
    remote = answer(before)
    ours = bills.yielding(after, before, remote)
    put = {key_of(line) for line in before["Line"]}
    stored = recounted(bills.merge(remote, ours, bills.owned(remote), put))
    assert bills.compare(ours, stored) == []
    ids = {key_of(line): line["Id"] for line in stored["Line"]}
    assert all(ids.get(key_of(line), line["Id"]) == line["Id"] for line in remote["Line"])
    assert {WITHHELD, RELEASED} >= {key for key in ids if not key[0].isdigit() and key[0] != "C"}
