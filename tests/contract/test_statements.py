"""The checklist itself: no statement is missing, and each has a test that is there and bears its number."""

import ast
from pathlib import Path

from .statements import SOURCES, STATEMENTS, numbers_in, outcomes, share

HERE = Path(__file__).parent


def written() -> set[str]:
    """The tests of this folder: file::function."""
    return {
        f"{file.name}::{node.name}"
        for file in HERE.glob("test_*.py")
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_every_statement_is_there_says_where_it_comes_from_and_has_a_test_of_its_number() -> None:
    assert STATEMENTS.keys() == set(range(1, 101))
    there = written()
    for number, statement in STATEMENTS.items():
        assert statement.source in SOURCES, number
        assert statement.words.endswith("."), number
        assert statement.test in there, number
        assert number in numbers_in(statement.test), number


def test_no_test_bears_the_number_of_a_statement_that_is_not_there() -> None:
    assert {number for test in written() for number in numbers_in(test)} <= STATEMENTS.keys()


def test_a_name_tells_its_numbers() -> None:
    assert numbers_in("test_paying.py::test_061_062_it_pays_100_times") == [61, 62]
    assert numbers_in("test_it_pays") == []


def test_the_share_is_of_what_holds() -> None:
    assert share([22, 23, 2, 100]) == "2 recorded (50 %), 1 documented (25 %), 1 deduced (25 %)"


def test_a_statement_holds_when_none_of_its_tests_failed() -> None:
    came = outcomes(
        [
            ("test_paying.py::test_061_062_it_pays[whole-7]", "passed"),
            ("test_paying.py::test_062_it_pays_a_part", "failed"),
            ("test_paying.py::test_062_it_pays_more", "passed"),
            ("test_paying.py::test_of_no_statement", "failed"),
            ("test_query.py::test_080_it_is_asked", "skipped"),
        ]
    )
    assert (came[61], came[62], came[63], came[80]) == ("held", "failed", "not run", "not run")
