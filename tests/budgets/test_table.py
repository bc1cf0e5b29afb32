"""The rows of the budget view as the page has them: each figure under its heading, marked and linked as it should."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.utils.translation import override

from budgets.columns import Column, RowKind, ViewRow, amounts_of
from budgets.models import Budget
from budgets.sources import Costs
from budgets.templatetags.budget_table import budget_rows, budget_total
from procore_sync.accounts.models import Membership
from tests.budgets.conftest import SignIn
from tests.factories import make_budget, make_project, synced

#: A heading that would end its attribute, were it not escaped.
COLUMNS = [
    Column("original", 'Original "budget"', ""),
    Column("committed", "Committed costs", ""),
    Column("direct", "Direct costs", ""),
    Column("over_under", "Over or under", ""),
]
NOTHING = Decimal("0.00")
COSTS = "/job-costs/transactions/?project=7&amp;code="


def shown(row: ViewRow) -> list[str]:
    """The row's heading and its cells as a browser gets them."""
    table = budget_rows([row], Budget(project_id=7), COLUMNS)
    assert re.fullmatch(r"<tr data-row( class=over)?>.*</tr>", table)
    return re.findall(r"<t[hd].*?</t[hd]>", table)


def line(original: str, committed: str = "0.00", direct: str = "0.00") -> ViewRow:
    amounts = amounts_of(Decimal(original), NOTHING, Decimal(direct), Costs(Decimal(committed)))
    return ViewRow(RowKind.LINE, 3, 41, "03-<b>", "Concrete & steel", amounts)


def test_a_figure_stands_under_its_heading_and_leads_to_what_is_behind_it() -> None:
    assert shown(line("1250.50", "1000.00", "99.00")) == [
        '<th scope=row><a class=mono href="/projects/7/budget/lines/3/">03-&lt;b&gt;</a>'
        "<small>Concrete &amp; steel</small></th>",
        '<td class=num data-label="Original &quot;budget&quot;">1,250.50</td>',
        '<td class=num data-label="Committed costs"><a href="/commitments/?project=7&amp;code=41">1,000.00</a></td>',
        f'<td class=num data-label="Direct costs"><a href="{COSTS}41">99.00</a></td>',
        '<td class="num nil" data-label="Over or under">0.00</td>',
    ]


def test_nothing_leads_nowhere_and_is_shown_as_nothing() -> None:
    nil = ["Original &quot;budget&quot;", "Committed costs", "Direct costs", "Over or under"]
    assert shown(line("-0.00"))[1:] == [f'<td class="num nil" data-label="{heading}">0.00</td>' for heading in nil]


def test_what_is_over_budget_is_said_beside_its_code_and_marked_where_it_stands() -> None:
    row = line("1000.00", direct="1234.56")

    heading, *_, over = shown(row)

    assert "<small class=neg>Over budget by 234.56</small></th>" in heading
    assert over == '<td class="num neg" data-label="Over or under">\N{MINUS SIGN}234.56</td>'
    assert budget_rows([row], Budget(project_id=7), COLUMNS).startswith("<tr data-row class=over>")


def test_costs_without_a_line_and_without_a_code_say_what_they_are() -> None:
    amounts = amounts_of(NOTHING, NOTHING, Decimal("5.00"), Costs())
    unbudgeted = shown(ViewRow(RowKind.UNBUDGETED, None, 41, "09-<i>", "Paint", amounts))
    uncoded = shown(ViewRow(RowKind.UNCODED, None, None, "", "Costs that have no cost code yet", amounts))

    assert unbudgeted[0].startswith(
        "<th scope=row><span class=mono>09-&lt;i&gt;</span><small>Paint</small>"
        "<small class=late>Not in the budget</small>"
    )
    assert f'<a href="{COSTS}none">Not coded</a>' in uncoded[0]
    assert f'<a href="{COSTS}none">5.00</a>' in uncoded[3]
    assert uncoded[2] == '<td class="num nil" data-label="Committed costs">0.00</td>'


def test_headings_are_in_the_readers_language() -> None:
    with override("es"):
        rows = budget_rows([line("1.00")], Budget(project_id=7), COLUMNS)
        total = budget_total({"direct": Decimal("-7.00")}, COLUMNS[2:3])

    assert "Direct costs" not in rows
    assert total == '<td class="num neg" data-label="Costos directos">\N{MINUS SIGN}7.00</td>'
    assert 'data-label="Costos directos"' in rows


@pytest.mark.parametrize("in_step", [True, False])
def test_the_page_says_what_a_budget_lacks_unless_quickbooks_has_it_as_it_is(
    budget: Budget, max_pm: Membership, sign_in: SignIn, in_step: bool
) -> None:
    if in_step:
        synced(budget)

    page = sign_in(max_pm).get(f"/projects/{budget.project_id}/budget/").content.decode()

    lacks = re.findall(r'<p class="why-line">.*?</p>', page, re.S)
    assert ["The budget is not locked. Lock it first. You can fix it." in each for each in lacks] == (
        [] if in_step else [True]
    )


def test_the_way_to_a_cure_is_offered_unless_it_leads_to_the_very_page(max_pm: Membership, sign_in: SignIn) -> None:
    budget = make_budget(max_pm, make_project(max_pm, "Lofts"), amounts={})

    page = sign_in(max_pm).get(f"/projects/{budget.project_id}/budget/").content.decode()

    lacks = re.findall(r'<p class="why-line">.*?</p>', page, re.S)
    assert {href for each in lacks for href in re.findall('href="([^"]*)"', each)} == {
        f"/projects/{budget.project_id}/"
    }
    assert any("Lock it first." in each for each in lacks)


@pytest.mark.parametrize(
    ("amount", "css"),
    [("9999999.99", "sums every"), ("10000000.00", "sums every long"), ("100000000.00", "sums every longer")],
)
def test_long_amounts_are_set_smaller_on_paper(max_pm: Membership, sign_in: SignIn, amount: str, css: str) -> None:
    budget = make_budget(max_pm, make_project(max_pm, "Lofts"), amounts={"01-100": amount})

    page = sign_in(max_pm).get(f"/projects/{budget.project_id}/budget/?columns=all").content.decode()

    assert f'<table class="grid {css}" id="budget">' in page
