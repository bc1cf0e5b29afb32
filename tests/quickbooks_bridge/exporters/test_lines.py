"""Documents with lines: dict in, dict out. Lines are known by key, and nothing of the bookkeeper's is lost."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procore_sync.kit.money import money
from quickbooks_bridge.exporters.base import Source
from quickbooks_bridge.exporters.estimates import EstimateExporter
from quickbooks_bridge.exporters.figures import changed, net_total, shown
from quickbooks_bridge.exporters.keys import key_of, text_of
from quickbooks_bridge.exporters.lines import LineExporter
from quickbooks_bridge.exporters.marks import our_line, stands_in, with_our_line
from quickbooks_bridge.exporters.purchase_orders import ChangeOrderExporter, PurchaseOrderExporter

estimates, orders, changes = EstimateExporter(), PurchaseOrderExporter(), ChangeOrderExporter()

PROJECT = {"item": 5, "label": "Fire Station 4"}
VENDOR = {"item": 6, "label": "Ace Electric Co"}
CODE = {"item": 7, "label": "03-100 Concrete", "code": "03-100"}
EXPENSE, SALES = "ItemBasedExpenseLineDetail", "SalesItemLineDetail"


def budget_line(key: str, amount: str, description: str = "Concrete", note: str = "") -> dict[str, Any]:
    return {"key": key, "code": CODE, "description": description, "amount": amount, "note": note}


def line(key: str, amount: str, description: str = "Concrete", **more: str) -> dict[str, Any]:
    numbers = {"quantity": "", "uom": "", "unit_cost": "", **more}
    return {"key": key, "code": CODE, "description": description, "amount": amount, **numbers}


def total(lines: list[dict[str, Any]]) -> str:
    return str(money(sum((Decimal(one["amount"]) for one in lines), Decimal(0))))


def budget(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    rows = list(lines) or [budget_line("1", "100.00")]
    head = {"project": PROJECT, "project_number": "25-014", "date": "2026-03-02", "total": total(rows)}
    return {**head, "lines": rows, **more}


def commitment(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    rows = list(lines) or [line("1", "100.00"), line("2", "250.50")]
    head = {
        "project": PROJECT,
        "vendor": VENDOR,
        "type": "subcontract",
        "number": "SC-001",
        "title": "Electrical",
        "date": "2026-03-02",
        "description": "Wire it.\r\nTwice.",
        "retainage": "10.00",
        "replaces": "",
        "total": total(rows),
    }
    return {**head, "lines": rows, **more}


def change(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    rows = list(lines) or [{**line("C2.1", "40.00"), "changes": "1"}]
    head = {"commitment": {"item": 9, "label": "SC-001 Electrical", "number": "SC-001"}, "number": "CO-2"}
    return {**head, "project": PROJECT, "vendor": VENDOR, "title": "", "total": total(rows), "lines": rows, **more}


def source(document: dict[str, Any], **more: Any) -> Source:
    return Source(document, {}, "ab12-9", **more)


def test_a_budget_is_an_estimate_of_amounts_numbered_by_quickbooks() -> None:
    document = budget(budget_line("1", "100.00"), budget_line("M3.1", "-20.00", "Concrete", "Change 3"))
    assert estimates.payload(source(document)) == {
        "CustomerRef": {"value": "@5"},
        "TxnDate": "2026-03-02",
        "PrivateNote": "ERP sync ab12-9 rev 1",
        "Line": [
            {
                "Description": "[1] Concrete",
                "Amount": "100.00",
                "DetailType": SALES,
                SALES: {"ItemRef": {"value": "@7"}, "Qty": "1", "UnitPrice": "100.00"},
            },
            {
                "Description": "[M3.1] Concrete (Change 3)",
                "Amount": "-20.00",
                "DetailType": SALES,
                SALES: {"ItemRef": {"value": "@7"}, "Qty": "1", "UnitPrice": "-20.00"},
            },
        ],
    }


def test_an_estimate_has_the_projects_number_where_the_company_numbers_its_own() -> None:
    assert estimates.payload(source(budget(), own_numbers=True))["DocNumber"] == "25-014"
    assert "DocNumber" not in estimates.payload(source(budget(project_number="9" * 22), own_numbers=True))
    assert "DocNumber" not in estimates.payload(source(budget(), own_numbers=True, linked=True))


def test_a_commitment_is_an_open_order_whose_lines_are_for_the_job() -> None:
    document = commitment(line("1", "100.00", ""), line("3", "53.13", "Cable", quantity="12.5", unit_cost="4.25"))
    assert orders.payload(source(document, revision=2)) == {
        "VendorRef": {"value": "@6"},
        "DocNumber": "SC-001",
        "TxnDate": "2026-03-02",
        "Memo": "Wire it.\nTwice.",
        "PrivateNote": "ERP sync ab12-9 rev 2: Electrical",
        "POStatus": "Open",
        "Line": [
            {
                "Description": "[1]",
                "Amount": "100.00",
                "DetailType": EXPENSE,
                EXPENSE: {
                    "ItemRef": {"value": "@7"},
                    "CustomerRef": {"value": "@5"},
                    "BillableStatus": "NotBillable",
                    "Qty": "1",
                    "UnitPrice": "100.00",
                },
            },
            {
                "Description": "[3] Cable",
                "Amount": "53.13",
                "DetailType": EXPENSE,
                EXPENSE: {
                    "ItemRef": {"value": "@7"},
                    "CustomerRef": {"value": "@5"},
                    "BillableStatus": "NotBillable",
                    "Qty": "12.5",
                    "UnitPrice": "4.25",
                },
            },
        ],
    }


def test_a_linked_order_keeps_its_status_to_itself() -> None:
    assert "POStatus" not in orders.payload(source(commitment(), linked=True))


def test_a_change_order_has_its_lines_its_vendor_and_its_mark_alone() -> None:
    payload = changes.payload(source(change()))
    assert set(payload) == {"VendorRef", "PrivateNote", "Line"}
    assert payload["PrivateNote"] == "ERP sync ab12-9 rev 1: CO-2"
    assert [one["Description"] for one in payload["Line"]] == ["[C2.1] Concrete"]


def test_the_description_of_a_change_order_stands_behind_its_mark_in_the_memo() -> None:
    payload = changes.payload(source(change(description="Deeper footings:\r\nnorth wall")))
    assert payload["PrivateNote"] == "ERP sync ab12-9 rev 1: CO-2: Deeper footings: north wall"
    assert changes.facts(payload, {})[-1].value == payload["PrivateNote"]


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (commitment(number="N" * 22), "22 characters, and QuickBooks takes 21"),
        (commitment(number=" "), "number is empty"),
        (commitment(line("1", "-5.00")), "below zero"),
        (commitment(line("1", "5.00"), line("1", "5.00")), "Two lines have the number 1"),
        (commitment(total="1.00"), "come to 350.50 and the total says 1.00"),
        (commitment(line("1", "5.00", quantity="2", unit_cost="2.49")), "quantity times unit cost is 4.98, not 5.00"),
        (commitment(line("1", "5.00", "x" * 3997)), "4001 characters"),
        (commitment(line("1", "5.00", "a\x00b")), "unprintable"),
        (commitment(description="m" * 4001), "memo to the vendor has 4001 characters"),
        ({**commitment(), "lines": [], "total": "0.00"}, "no line"),
    ],
)
def test_what_quickbooks_would_not_take_is_said_and_never_cut(document: dict[str, Any], sentence: str) -> None:
    assert any(sentence in one for one in orders.problems(document)), orders.problems(document)


def test_nothing_is_wrong_with_what_is_right() -> None:
    assert estimates.problems(budget()) == []
    assert orders.problems(commitment(number="A:1", description="Two\nlines")) == []
    assert orders.problems(commitment(line("1", "5.00", "x" * 3996), description="m" * 4000)) == []
    assert changes.problems(change()) == []


# what QuickBooks holds


def held(payload: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What QuickBooks answers to `payload`: numbers as numbers, names beside ids, Ids and the total."""
    lines = [
        {"Id": str(at), "LineNum": at, **deepcopy(one), "Amount": Decimal(one["Amount"]).normalize()}
        for at, one in enumerate(payload["Line"], 1)
    ]
    for one in lines:
        detail = one[one["DetailType"]]
        detail |= {name: Decimal(detail[name]).normalize() for name in ("Qty", "UnitPrice")}
        detail["ItemRef"]["name"] = "Concrete"
        detail.setdefault("TaxCodeRef", {"value": "NON"})
    sum_ = sum((one["Amount"] for one in lines), Decimal(0))
    return {**payload, "Id": "145", "SyncToken": "0", "LinkedTxn": [], "Line": lines, "TotalAmt": sum_, **more}


def subtotalled(remote: dict[str, Any]) -> dict[str, Any]:
    subtotal = {"Amount": remote["TotalAmt"], "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
    return {**remote, "Line": [*remote["Line"], subtotal], "TxnTaxDetail": {"TotalTax": 0}}


def recounted(remote: dict[str, Any]) -> dict[str, Any]:
    """As QuickBooks stores a whole document: new lines get an Id, and the total is counted."""
    newest = max([0, *(int(one["Id"]) for one in remote["Line"] if "Id" in one)])
    lines = []
    for one in remote["Line"]:
        newest += "Id" not in one
        lines.append({"Id": str(newest), **one} if "Id" not in one else one)
    return {**remote, "Line": lines, "TotalAmt": sum((Decimal(str(one["Amount"])) for one in lines), Decimal(0))}


def test_a_document_in_another_currency_than_it_was_sent_in_is_noticed() -> None:
    payload = orders.payload(source(commitment(), currency="USD"))
    assert orders.compare(payload, held(payload)) == []
    (told,) = orders.compare(payload, held(payload, CurrencyRef={"value": "CAD"}))
    assert str(told) == "Currency was sent as “USD” and stands as “CAD”"
    unsaid = orders.payload(source(commitment()))
    assert orders.compare(unsaid, held(unsaid, CurrencyRef={"value": "CAD"})) == []


@pytest.mark.parametrize(
    ("exporter", "document"),
    [(estimates, budget()), (orders, commitment())],
    ids=["estimate", "order"],
)
def test_each_value_that_comes_back_otherwise_is_noticed(exporter: LineExporter, document: dict[str, Any]) -> None:
    payload = exporter.payload(source(document))
    assert exporter.compare(payload, held(payload)) == []
    for name in set(payload) - {"Line", "POStatus"}:
        other = {"value": "999"} if isinstance(payload[name], dict) else "other"
        assert exporter.compare(payload, held(payload, **{name: other})), name
    for field in (one for one in exporter.line_fields if not one.optional):
        answer = held(payload)
        place = answer["Line"][0] if field.path in ("Amount", "Description") else answer["Line"][0][exporter.detail]
        name = field.path.partition(".")[0]
        place[name] = {"value": "999"} if "." in field.path else "[1] other" if name == "Description" else Decimal(9)
        assert exporter.compare(payload, answer), field.path


def test_a_cost_of_the_job_that_comes_back_billable_is_noticed_and_silence_says_that_it_is_not() -> None:
    payload = orders.payload(source(commitment()))
    silent, billable = held(payload), held(payload)
    del silent["Line"][0][EXPENSE]["BillableStatus"]
    assert orders.compare(payload, silent) == []
    billable["Line"][0][EXPENSE]["BillableStatus"] = "Billable"
    (told,) = orders.compare(payload, billable)
    assert str(told) == "Line 1, billable status was sent as “NotBillable” and stands as “Billable”"


def test_a_line_too_few_too_many_or_twice_is_noticed() -> None:
    payload = orders.payload(source(commitment()))
    one, two = held(payload)["Line"]
    missing, sum_ = orders.compare(payload, recounted(held(payload, Line=[one])))
    assert str(missing) == "Line 2 was sent as “250.50” and stands as “not there”"
    assert sum_.label == "Total"
    third = {**deepcopy(one), "Id": "3", "Description": "[9] Stray"}
    told = orders.compare(payload, recounted(held(payload, Line=[one, two, third])))
    assert [(d.label, d.held) for d in told] == [("Line 9", "100.00"), ("Total", "450.50")]
    twin = {**deepcopy(one), "Id": "3"}
    told = orders.compare(payload, recounted(held(payload, Line=[one, two, twin])))
    assert ("Line 1", "2 times") in [(d.label, d.held) for d in told]


def test_the_total_is_that_of_all_lines_to_the_cent() -> None:
    payload = orders.payload(source(commitment()))
    (wrong,) = orders.compare(payload, held(payload, TotalAmt=Decimal("350.51")))
    assert (wrong.label, wrong.sent, wrong.held) == ("Total", "350.50", "350.51")
    taxed = held(payload, TotalAmt=Decimal("368.03"), TxnTaxDetail={"TotalTax": Decimal("17.53")})
    assert orders.compare(payload, taxed) == []


def test_the_subtotal_of_quickbooks_is_no_line() -> None:
    payload = estimates.payload(source(budget()))
    remote = subtotalled(held(payload))
    assert estimates.compare(payload, remote) == []
    assert len(estimates.merge(remote, payload)["Line"]) == 1


def test_an_update_keeps_ids_links_and_what_the_bookkeeper_added() -> None:
    before = held(orders.payload(source(commitment())))
    before["Line"][0][EXPENSE]["ClassRef"] = {"value": "3"}
    before["Line"][1]["LinkedTxn"] = [{"TxnId": "7", "TxnType": "Bill", "TxnLineId": "1"}]
    theirs = {"Id": "8", "Amount": 12, "Description": "Freight", "DetailType": "AccountBasedExpenseLineDetail"}
    change_line = {**deepcopy(before["Line"][0]), "Id": "9", "Description": "[C1.1] More"}
    before["Line"] += [theirs, change_line]
    before |= {"PrivateNote": "Ask Mary.\nERP sync ab12-9 rev 1: Electrical\nERP sync ab12-11 rev 1: CO-1"}
    before |= {"ShipAddr": {"Id": "4", "Line1": "Dock"}, "TotalAmt": 1}
    payload = orders.payload(source(commitment(line("2", "300.00"), line("4", "10.00")), linked=True, revision=2))
    full = orders.merge(before, payload, put={"1", "2", "C1.1"})
    assert [(one.get("Id"), key_of(one), str(one["Amount"])) for one in full["Line"]] == [
        ("2", "2", "300.00"),
        ("8", "", "12"),
        ("9", "C1.1", "1E+2"),
        (None, "4", "10.00"),
    ]
    assert full["Line"][0]["LinkedTxn"] == before["Line"][1]["LinkedTxn"]
    assert full["Line"][0][EXPENSE]["TaxCodeRef"] == {"value": "NON"}
    assert full["PrivateNote"].splitlines() == [
        "Ask Mary.",
        "ERP sync ab12-11 rev 1: CO-1",
        "ERP sync ab12-9 rev 2: Electrical",
    ]
    assert full["ShipAddr"] == before["ShipAddr"]
    assert "TotalAmt" not in full


def test_a_change_order_touches_nothing_but_its_own_lines() -> None:
    order = held(orders.payload(source(commitment())))
    payload = changes.payload(source(change()))
    full = changes.merge(order, payload)
    assert full["Line"][:2] == order["Line"]
    assert [key_of(one) for one in full["Line"]] == ["1", "2", "C2.1"]
    assert {k: v for k, v in full.items() if k not in ("Line", "PrivateNote")} == {
        k: v for k, v in order.items() if k not in ("Line", "PrivateNote", "TotalAmt")
    }
    again = changes.payload(source(change({**line("C2.2", "7.00"), "changes": ""}), revision=2))
    assert [key_of(one) for one in changes.merge(full, again, put={"C2.1"})["Line"]] == ["1", "2", "C2.2"]


def test_a_closed_order_and_one_of_another_vendor_take_no_change() -> None:
    order = held(orders.payload(source(commitment())))
    payload = changes.payload(source(change()))
    assert changes.stands_against(payload, order) == ""
    assert "open it again" in changes.stands_against(payload, {**order, "POStatus": "Closed"})
    assert "Moe" in changes.stands_against(payload, {**order, "VendorRef": {"value": "@8", "name": "Moe"}})


def test_a_line_is_not_taken_out_of_an_order_with_bills() -> None:
    order = held(orders.payload(source(commitment())))
    fewer = orders.payload(source(commitment(line("1", "100.00")), linked=True))
    assert orders.stands_against(fewer, order, {"1", "2"}) == ""
    billed = {**order, "LinkedTxn": [{"TxnId": "7", "TxnType": "Bill"}]}
    assert "Line 2 would be taken out" in orders.stands_against(fewer, billed, {"1", "2"})
    assert orders.stands_against(fewer, billed, {"1"}) == ""


def test_a_line_that_only_looks_like_ours_is_never_taken_out() -> None:
    order = held(orders.payload(source(commitment())))
    fewer = orders.payload(source(commitment(line("1", "100.00")), linked=True))
    assert [key_of(one) for one in orders.merge(order, fewer, put={"1"})["Line"]] == ["1", "2"]
    assert [key_of(one) for one in orders.merge(order, fewer, put={"1", "2"})["Line"]] == ["1"]


# whose change stands


def test_words_that_the_bookkeeper_changed_stay_unless_ours_changed() -> None:
    before = orders.payload(source(commitment()))
    order = held(before, Memo="Call first.")
    order["Line"][0]["Description"] = "[1] Concrete, as agreed by phone"
    same = orders.payload(source(commitment(), linked=True, before=before))
    kept = orders.yielding(same, before, order)
    assert kept["Memo"] == "Call first."
    assert text_of(kept["Line"][0]) == "Concrete, as agreed by phone"
    assert orders.overwritten(kept, orders.owned(held(before)), order) == []
    assert orders.compare(kept, orders.merge(order, kept) | {"TotalAmt": order["TotalAmt"]}) == []
    newer = orders.payload(source(commitment(description="Other."), linked=True, before=before))
    ours = orders.yielding(newer, before, order)
    (lost,) = orders.overwritten(ours, orders.owned(held(before)), order)
    assert (lost.label, lost.held) == ("Memo to the vendor", "Call first.")


def noted(order: dict[str, Any], payload: dict[str, Any], words: str = "") -> dict[str, Any]:
    """`order` with the change in it, and the bookkeeper's words in its memo instead of ours."""
    full = changes.merge(order, payload)
    note = f"{payload['PrivateNote'].partition(':')[0]}: {words}" if words else payload["PrivateNote"]
    return recounted({**full, "PrivateNote": f"Ask Mary.\n{note}"})


def test_words_in_the_memo_are_compared_and_the_bookkeepers_stay_unless_ours_changed() -> None:
    order = held(orders.payload(source(commitment())))
    before = changes.payload(source(change(description="Deeper footings")))
    assert changes.compare(before, noted(order, before)) == []
    theirs = noted(order, before, "CO-2: Deeper by 18 in.")
    (found,) = changes.compare(before, theirs)
    assert (found.label, found.held) == ("Memo", "CO-2: Deeper by 18 in.")
    seen = changes.owned(noted(order, before)) | changes.noted(before, noted(order, before))

    same = changes.payload(source(change(description="Deeper footings"), revision=2))
    kept = changes.yielding(same, before, theirs)
    assert kept["PrivateNote"] == "ERP sync ab12-9 rev 2: CO-2: Deeper by 18 in."
    assert changes.overwritten(kept, seen, theirs) == []

    newer = changes.payload(source(change(description="Deeper, grid A"), revision=2))
    ours = changes.yielding(newer, before, theirs)
    assert ours["PrivateNote"] == newer["PrivateNote"]
    (lost,) = changes.overwritten(ours, seen, theirs)
    assert (lost.label, lost.sent, lost.held) == ("Memo", "CO-2: Deeper footings", "CO-2: Deeper by 18 in.")
    shown = seen | changes.noted(newer, theirs)
    assert changes.overwritten(ours, shown, theirs) == []
    assert changes.merge(theirs, ours)["PrivateNote"].splitlines() == ["Ask Mary.", newer["PrivateNote"]]


def test_money_that_the_bookkeeper_changed_is_shown_line_by_line_before_anything_is_written() -> None:
    before = orders.payload(source(commitment()))
    seen, order = orders.owned(held(before)), held(before)
    order["Line"][0] |= {"Amount": 120}
    order["Line"][0][EXPENSE] |= {"UnitPrice": 120}
    del order["Line"][1]
    told = [(one.label, one.sent, one.held) for one in orders.overwritten(before, seen, order)]
    assert told == [
        ("Line 1, rate", "100", "120"),
        ("Line 1, amount", "100.00", "120.00"),
        ("Line 2", "250.50", "taken out"),
    ]
    assert orders.overwritten(before, orders.owned(order), order) == []


def test_a_change_order_is_not_stopped_by_what_was_changed_in_other_lines() -> None:
    order = held(orders.payload(source(commitment())))
    seen = orders.owned(order)
    order["Line"][0] |= {"Amount": 120}
    assert changes.overwritten(changes.payload(source(change())), seen, order) == []


def test_a_line_whose_key_was_taken_off_is_known_by_its_id() -> None:
    before = orders.payload(source(commitment()))
    order = held(before)
    seen = orders.owned(order)
    order["Line"][0]["Description"] = "Retyped"
    full = orders.merge(order, before, seen)
    assert [(one["Id"], key_of(one)) for one in full["Line"]] == [("1", "1"), ("2", "2")]
    assert ("Line 1, description", "Retyped") in [
        (one.label, one.held) for one in orders.overwritten(before, seen, order)
    ]


def test_our_mark_is_known_by_its_revision_whatever_follows() -> None:
    line_ = our_line("ab12-9", 2, "Old\nwords")
    assert line_ == "ERP sync ab12-9 rev 2: Old words"
    assert stands_in("Hi\nERP sync ab12-9 rev 2: New words", line_)
    assert not stands_in("ERP sync ab12-9 rev 22: Old words", line_)
    assert not stands_in("ERP sync ab12-91 rev 2: Old words", line_)
    assert with_our_line("a\nERP sync ab12-9 rev 1: x\nERP sync ab12-91 rev 1", line_).splitlines() == [
        "a",
        "ERP sync ab12-91 rev 1",
        line_,
    ]


# properties

amounts = st.decimals(min_value=-9_000_000, max_value=9_000_000, places=2).map(lambda value: str(money(value)))
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=30).map(str.strip)
measures = st.decimals(min_value="0.0001", max_value=9_999, places=4).map(lambda value: f"{value:f}")


@st.composite
def sov_lines(draw: st.DrawFn) -> list[dict[str, Any]]:
    found = []
    for number in draw(st.lists(st.integers(1, 300), unique=True, min_size=1, max_size=8)):
        text = draw(words)
        if draw(st.booleans()):
            quantity, cost = draw(measures), draw(measures)
            amount = str(money(Decimal(quantity) * Decimal(cost)))
            found.append(line(str(number), amount, text, quantity=quantity, unit_cost=cost))
        else:
            found.append(line(str(number), draw(amounts), text))
    return found


@given(sov_lines())
def test_what_is_exported_and_read_back_is_the_same_document(lines: list[dict[str, Any]]) -> None:
    document = commitment(*lines)
    payload = orders.payload(source(document))
    answer = held(payload)
    assert orders.compare(payload, answer) == []
    assert orders.total_of(answer) == Decimal(document["total"])
    assert {key: text_of(one) for key, one in orders.by_key(answer).items()} == {
        one["key"]: one["description"] for one in lines
    }


@given(sov_lines(), sov_lines(), st.lists(st.integers(0, 20), max_size=4))
def test_merging_keeps_every_line_that_is_not_ours_and_every_id(
    first: list[dict[str, Any]], second: list[dict[str, Any]], foreign: list[int]
) -> None:
    order = held(orders.payload(source(commitment(*first))))
    for at, place in enumerate(foreign):
        one = {"Id": str(500 + at), "Amount": 1, "Description": "Freight", "DetailType": "DescriptionOnly"}
        order["Line"].insert(place, one)
    before = {key: one["Id"] for key, one in orders.by_key(order).items()}
    theirs = [one for one in order["Line"] if not key_of(one)]
    payload = orders.payload(source(commitment(*second), linked=True))
    stored = recounted(orders.merge(order, payload, put={one["key"] for one in first}))
    assert [one for one in stored["Line"] if not key_of(one)] == theirs
    after = {key: one["Id"] for key, one in orders.by_key(stored).items()}
    assert after.keys() == {one["key"] for one in second}
    assert all(after[key] == before[key] for key in after.keys() & before.keys())
    assert len(set(after.values())) == len(after)
    assert orders.compare(payload, stored) == []


@given(sov_lines(), st.lists(st.tuples(st.integers(1, 6), st.lists(amounts, min_size=1, max_size=3)), max_size=8))
def test_any_sequence_of_change_orders_leaves_the_original_lines(
    lines: list[dict[str, Any]], sequence: list[tuple[int, list[str]]]
) -> None:
    original = held(orders.payload(source(commitment(*lines))))
    order, newest = deepcopy(original), {}
    for number, given_amounts in sequence:
        rows = [{**line(f"C{number}.{at}", amount), "changes": ""} for at, amount in enumerate(given_amounts, 1)]
        payload = changes.payload(source(change(*rows, number=f"CO-{number}")))
        put = {f"C{number}.{at}" for at in range(1, 4)}
        order = recounted(changes.merge(order, payload, put=put))
        assert changes.compare(payload, order) == []
        newest[number] = given_amounts
    assert order["Line"][: len(lines)] == original["Line"]
    added = sum((Decimal(one) for rows in newest.values() for one in rows), Decimal(0))
    assert order["TotalAmt"] == original["TotalAmt"] + added


@pytest.mark.parametrize(
    ("path", "value", "read"),
    [
        ("Line.1.UnitPrice", "204750", "204,750.00"),
        ("Line.1.UnitPrice", "1204.1234567", "1,204.1234567"),
        ("Line.C1.2.Amount", "-204750.00", "-204,750.00"),
        ("Line.1.Qty", "12500.5", "12,500.5"),
        ("Line.R1", "1000.00", "1,000.00"),
        ("Line.R1", "taken out", "taken out"),
        ("Line.1.Amount", "", ""),
        ("TotalAmt", "1000.00", "1,000.00"),
        ("TxnDate", "2026-12-01", "1 Dec 2026"),
        ("DueDate", "", ""),
        ("DueDate", "tomorrow", "tomorrow"),
        ("DocNumber", "204750", "204750"),
        ("Line.1.Description", "204750", "204750"),
    ],
)
def test_days_and_figures_are_shown_as_people_write_them_and_nothing_else_is(path: str, value: str, read: str) -> None:
    assert shown(path, value) == read


def test_what_was_cleared_was_changed_to_nothing() -> None:
    assert changed("Memo", "Mine", "") == "Memo from “Mine” to nothing"
    assert changed("Memo", "", "Mine") == "Memo from nothing to “Mine”"


@pytest.mark.parametrize(
    ("told", "net"),
    [
        ({"TotalAmt": 1301.3, "TxnTaxDetail": {"TotalTax": 118.3}, "GlobalTaxCalculation": "TaxInclusive"}, "1183.00"),
        ({"TotalAmt": 1301.3, "TxnTaxDetail": {"TotalTax": 118.3}, "GlobalTaxCalculation": "TaxExcluded"}, "1183.00"),
        ({"TotalAmt": 1183, "GlobalTaxCalculation": "NotApplicable"}, "1183.00"),
    ],
)
def test_what_lines_come_to_is_without_tax_however_the_document_shows_it(told: dict[str, Any], net: str) -> None:
    assert net_total(told) == Decimal(net)


@pytest.mark.parametrize(
    ("head", "amount", "kept"),
    [
        ("TaxExcluded", "1000.00", {"TotalTax": 129.99}),
        ("TaxExcluded", "900.00", None),
        ("TaxInclusive", "1000.00", None),
        (None, "900.00", {"TotalTax": 129.99}),
    ],
)
def test_a_tax_that_was_read_goes_back_only_if_it_is_counted_from_the_same(
    head: str | None, amount: str, kept: dict[str, Any] | None
) -> None:
    code = {"work_tax_code": "2"}
    taxed = Source(commitment(line("1", "1000.00")), code, "K-1", taxed=head is not None)
    stands = held(orders.payload(taxed), TxnTaxDetail={"TotalTax": 129.99})
    if head is not None:
        stands["GlobalTaxCalculation"] = head
    ours = orders.payload(replace(taxed, document=commitment(line("1", amount)), linked=True))
    assert orders.merge(stands, ours, put={"1"}).get("TxnTaxDetail") == kept
