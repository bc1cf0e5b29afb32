from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quickbooks_bridge.client.wire import Answer, MissingDocument, Unsendable, keepable, parse, serialise


def test_it_sends_amounts_as_numbers_with_their_own_digits() -> None:
    payload = {"Line": [{"Amount": Decimal("10.10"), "Qty": Decimal("1E+3")}], "Active": True, "Note": 'a "b" é'}
    assert serialise(payload) == '{"Line":[{"Amount":10.10,"Qty":1000}],"Active":true,"Note":"a \\"b\\" \\u00e9"}'


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2))
def test_it_loses_nothing_on_the_way_there_and_back(amount: Decimal) -> None:
    assert Decimal(parse(serialise({"Amount": amount}))["Amount"]) == amount


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (10.1, "payload.Line[1].Amount is a float"),
        (Decimal("NaN"), "payload.Line[1].Amount is NaN"),
        (Decimal("Infinity"), "payload.Line[1].Amount is Infinity"),
        (date(2026, 1, 1), "payload.Line[1].Amount is a date"),
    ],
)
def test_it_refuses_what_cannot_be_sent_exactly_and_says_where(value: object, where: str) -> None:
    with pytest.raises(Unsendable) as refused:
        serialise({"Line": [{}, {"Amount": value}]})
    assert where in str(refused.value)


def test_it_refuses_a_key_that_is_not_text() -> None:
    with pytest.raises(Unsendable, match="key"):
        serialise({1: "a"})


def test_it_reads_no_number_as_a_float() -> None:
    assert parse('{"a":10.10,"b":1e2,"c":7}') == {"a": Decimal("10.10"), "b": Decimal("1e2"), "c": 7}
    assert [type(each) for each in parse("[10.10,1e2,7]")] == [Decimal, Decimal, int]


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", "-Infinity", "{", ""])
def test_it_refuses_what_is_not_json(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)


def test_it_tells_an_empty_list_from_a_missing_document() -> None:
    answer = Answer(200, "tid", {"QueryResponse": {}}, 5)
    assert answer.rows("Bill") == []
    with pytest.raises(MissingDocument):
        answer.document("Bill")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (r'"\u0000 \ud83d\ude00 \\u0000"', "\N{REPLACEMENT CHARACTER} \N{GRINNING FACE} \\u0000"),
        (r'"\ude00\uD83D\u0041"', "\N{REPLACEMENT CHARACTER}" * 2 + "A"),
        (r'"\ud83d\ud83d\ude00\\\ud83d"', "\N{REPLACEMENT CHARACTER}\N{GRINNING FACE}\\\N{REPLACEMENT CHARACTER}"),
        (r'"a \n \u00e9"', "a \n é"),
        ('"a\0b"', "a\N{REPLACEMENT CHARACTER}b"),
    ],
)
def test_what_no_database_keeps_is_replaced_and_nothing_else(text: str, kept: str) -> None:
    assert parse(keepable(text)) == kept
