"""The boxes of G702 and G703: one contract in four applications, its figures written by hand, and what always holds."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.figures import LineFigures, Summary, part_of

#: A contract of three lines and, from the second application on, a change order of one. Columns of the printed G703,
#: in its order: C, D, E, F, G, H, then retainage on work and on stored materials, and what is due of the line.
FIRST = """
mobilization  10000.00      0.00  10000.00     0.00  10000.00      0.00  1000.00     0.00   9000.00
concrete      60000.00      0.00  15000.00  5000.00  20000.00  40000.00  1500.00   500.00  18000.00
steel         30000.00      0.00      0.00  8000.00   8000.00  22000.00     0.00   800.00   7200.00
"""
SECOND = """
mobilization  10000.00  10000.00      0.00     0.00  10000.00      0.00  1000.00     0.00      0.00
concrete      60000.00  15000.00  25000.00  2000.00  42000.00  18000.00  4000.00   200.00  19800.00
steel         30000.00      0.00   8000.00  6500.25  14500.25  15499.75   800.00   650.03   5850.22
change         5000.00      0.00   2096.25     0.00   2096.25   2903.75   209.63     0.00   1886.62
"""
THIRD = """
mobilization  10000.00  10000.00      0.00     0.00  10000.00      0.00     0.00     0.00   1000.00
concrete      60000.00  40000.00  20000.00     0.00  60000.00      0.00  1000.00     0.00  21200.00
steel         30000.00   8000.00  15499.75  6500.25  30000.00      0.00  1574.99   650.03  14724.76
change         5000.00   2096.25   2903.75     0.00   5000.00      0.00   145.19     0.00   2968.19
"""
FOURTH = """
mobilization  10000.00  10000.00      0.00     0.00  10000.00      0.00     0.00     0.00      0.00
concrete      60000.00  60000.00      0.00     0.00  60000.00      0.00     0.00     0.00   1000.00
steel         30000.00  23499.75      0.00  6500.25  30000.00      0.00     0.00     0.00   2225.02
change         5000.00   5000.00      0.00     0.00   5000.00      0.00     0.00     0.00    145.19
"""
#: The G702 of each: 1, 2, 3, 4, 5a, 5b, 5, 6, 7, 8, 9.
G702 = {
    "first": "100000.00 0.00 100000.00 38000.00 2500.00 1300.00 3800.00 34200.00 0.00 34200.00 65800.00",
    "second": "100000.00 5000.00 105000.00 68596.50 6009.63 850.03 6859.66 61736.84 34200.00 27536.84 43263.16",
    "third": "100000.00 5000.00 105000.00 105000.00 2720.18 650.03 3370.21 101629.79 61736.84 39892.95 3370.21",
    "fourth": "100000.00 5000.00 105000.00 105000.00 0.00 0.00 0.00 105000.00 101629.79 3370.21 0.00",
}
#: What was typed: E, F, work retainage in percent, retainage on stored materials in percent, retainage released.
TYPED = {
    "first": {
        "mobilization": "10000 0 10 10 0",
        "concrete": "15000 5000 10 10 0",
        "steel": "0 8000 10 10 0",
    },
    "second": {
        "mobilization": "0 0 10 10 0",
        "concrete": "25000 2000 10 10 0",
        "steel": "8000 6500.25 10 10 0",
        "change": "2096.25 0 10 10 0",
    },
    "third": {
        "mobilization": "0 0 5 10 1000",
        "concrete": "20000 0 5 10 4000",
        "steel": "15499.75 6500.25 5 10 0",
        "change": "2903.75 0 5 10 209.63",
    },
    "fourth": {
        "mobilization": "0 0 5 10 0",
        "concrete": "0 0 5 10 1000",
        "steel": "0 6500.25 5 0 1574.99",
        "change": "0 0 5 10 145.19",
    },
}
PRINTED = {"first": FIRST, "second": SECOND, "third": THIRD, "fourth": FOURTH}


def table(printed: str) -> dict[str, list[D]]:
    """A printed G703, by the name of its line."""
    rows = [line.split() for line in printed.strip().splitlines()]
    return {name: [D(one) for one in figures] for name, *figures in rows}


def billed(before: LineFigures, typed: str) -> LineFigures:
    """The next application of a line: what was left behind, and what was typed now."""
    completed, stored, work, on_stored, released = (D(one) for one in typed.split())
    return replace(
        carried(before),
        completed=completed,
        stored=stored,
        work_retained=part_of(completed, work),
        stored_held=part_of(stored, on_stored),
        released=released,
    )


def carried(before: LineFigures) -> LineFigures:
    """What an application leaves to the next."""
    return LineFigures(
        scheduled=before.scheduled,
        completed_before=before.completed_before + before.completed,
        stored_before=before.stored,
        work_held_before=before.work_held,
        stored_held_before=before.stored_held,
    )


def applications() -> dict[str, dict[str, LineFigures]]:
    """The four applications, each made from the one before and from what was typed."""
    made: dict[str, dict[str, LineFigures]] = {}
    standing: dict[str, LineFigures] = {}
    for name, typed in TYPED.items():
        schedule = {line: figures[0] for line, figures in table(PRINTED[name]).items()}
        standing = {
            line: billed(standing.get(line, LineFigures(scheduled=scheduled)), typed[line])
            for line, scheduled in schedule.items()
        }
        made[name] = standing
    return made


def boxes(lines: dict[str, LineFigures]) -> Summary:
    return Summary.of(
        [one for name, one in lines.items() if name != "change"],
        [one for name, one in lines.items() if name == "change"],
    )


@pytest.mark.parametrize("name", list(PRINTED))
def test_every_box_of_the_g703_is_as_printed(name: str) -> None:
    lines = applications()[name]

    shown = {
        line: [
            one.scheduled,
            one.completed_before,
            one.completed,
            one.stored,
            one.to_date,
            one.balance,
            one.work_held,
            one.stored_held,
            one.due,
        ]
        for line, one in lines.items()
    }

    assert shown == table(PRINTED[name])


@pytest.mark.parametrize("name", list(PRINTED))
def test_every_box_of_the_g702_is_as_printed(name: str) -> None:
    one = boxes(applications()[name])

    shown = [one.original, one.changes, one.contract, one.to_date, one.held_on_work, one.held_on_stored, one.held]
    shown += [one.earned, one.previous, one.due, one.balance]

    assert shown == [D(figure) for figure in G702[name].split()]


def test_the_retainage_rolls_forward() -> None:
    first, second, third, fourth = (boxes(lines) for lines in applications().values())

    assert [(one.held_before, one.held_now, one.released, one.held) for one in (first, second, third, fourth)] == [
        (D("0.00"), D("3800.00"), D("0.00"), D("3800.00")),
        (D("3800.00"), D("3059.66"), D("0.00"), D("6859.66")),
        (D("6859.66"), D("1720.18"), D("5209.63"), D("3370.21")),
        (D("3370.21"), D("-650.03"), D("2720.18"), D("0.00")),
    ]
    assert all(one.rolls_forward for one in (first, second, third, fourth))


def test_half_a_cent_is_rounded_away_from_zero_a_line() -> None:
    assert part_of(D("500.00"), D(10)) == D("50.00")
    assert part_of(D("2096.25"), D(10)) == D("209.63")
    assert part_of(D("-2096.25"), D(10)) == D("-209.63")
    assert part_of(D("6500.25"), D(10)) == D("650.03")
    assert part_of(D("15499.75"), D(5)) == D("774.99")
    assert part_of(D("500.00"), D(10)) + part_of(D("2096.25"), D(10)) == D("259.63")


def test_the_share_that_is_complete() -> None:
    assert LineFigures(scheduled=D("300.00"), completed=D("100.00")).percent == D("33.33")
    assert LineFigures(scheduled=D("0.00"), completed=D("100.00")).percent == D("0.00")


# -- what always holds (domain.md §11.9) ---------------------------------------------------------------------------

cents = st.integers(0, 10_000_000).map(lambda number: D(number) / 100)
percents = st.integers(0, 10_000).map(lambda number: D(number) / 100)


@st.composite
def typed_lines(draw: st.DrawFn) -> str:
    """What somebody may type of a line; a release is a share of what is then held, as `held_share` says."""
    return f"{draw(cents)} {draw(cents)} {draw(percents)} {draw(percents)} 0"


@st.composite
def histories(draw: st.DrawFn) -> list[list[LineFigures]]:
    """Some applications of a contract of some lines."""
    lines = [LineFigures(scheduled=draw(cents)) for _ in range(draw(st.integers(1, 5)))]
    found = []
    for _ in range(draw(st.integers(1, 6))):
        lines = [billed(one, draw(typed_lines())) for one in lines]
        lines = [replace(one, released=part_of(one.work_held, draw(percents))) for one in lines]
        found.append(lines)
    return found


@given(histories(), st.integers(0, 5))
def test_what_holds_of_every_history(history: list[list[LineFigures]], split: int) -> None:
    earned, billed_so_far, released, withheld = (D("0.00"),) * 4
    for place, lines in enumerate(history):
        one = Summary.of(lines[:split], lines[split:])
        assert sum(line.due for line in lines) == one.due == one.gross - one.held_now + one.released
        assert all(line.held == line.work_held + line.stored_held for line in lines)
        assert one.balance + one.earned == one.contract
        assert one.previous == earned
        assert place or one.previous == 0
        assert one.rolls_forward
        earned, billed_so_far = one.earned, billed_so_far + one.due
        released, withheld = released + one.released, withheld + one.held_now
        assert billed_so_far - released + withheld == billed_so_far + one.held == one.to_date


@given(st.lists(cents, min_size=1, max_size=6), percents)
def test_fully_billed_and_released_nothing_is_left(schedule: list[D], percent: D) -> None:
    lines = [billed(LineFigures(scheduled=one), f"{one} 0 {percent} 0 0") for one in schedule]
    last = [replace(carried(line), released=line.work_held) for line in lines]

    one = Summary.of(last, [])

    assert one.balance == one.held == D(0)
    assert one.to_date == sum(schedule)
