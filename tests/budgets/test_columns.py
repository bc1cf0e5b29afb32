"""The budget view: every column as the specification makes it, every sum the sum of its rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from budgets import operations, sources
from budgets.columns import COLUMNS, RowKind, ViewRow, view_of
from budgets.kinds import budget_document
from budgets.models import Budget
from budgets.rules import ChangeDetails, LineDetails, Move
from budgets.sources import Costs
from procore_sync.acceptance import operations as acceptance
from procore_sync.acceptance.refusals import IllegalMove, NotReady
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import InvalidInput
from projects.ledger_costs import Known
from projects.models import Project
from tests.budgets.conftest import SignIn, line_of
from tests.factories import fresh_budget, make_budget, make_cost_code, make_project, sent, synced
from tests.projects.costs import absorb, cost
from tests.projects.test_pages import queries
from tests.scenes import kept

pytestmark = pytest.mark.database
# On PostgreSQL only how the database adds could differ.
EXAMPLES = 15 if connection.vendor == "sqlite" else 3

Known_ = dict[int, Costs]


@pytest.fixture
def costs(monkeypatch: pytest.MonkeyPatch) -> Known_:
    """What the apps above say of the project's costs, by the id of the cost code."""
    told: Known_ = {}
    monkeypatch.setattr(sources, "_sources", {"told": lambda project: told})
    return told


@pytest.fixture
@kept
def costing(max_pm: Membership) -> Project:
    """A project in QuickBooks that takes its job costs, with three codes."""
    codes = [synced(make_cost_code(max_pm, code, f"Work {code}")) for code in ("03-300", "05-100", "07-500")]
    return synced(make_project(max_pm, "Lofts", codes=codes, job_costs=True))


def row(budget: Budget, code: str) -> ViewRow:
    (found,) = [one for one in view_of(budget).rows if one.code == code]
    return found


def test_every_column_of_a_line_is_made_as_it_says(costing: Project, max_pm: Membership, costs: Known_) -> None:
    budget = make_budget(max_pm, costing, amounts={"03-300": "1000.00", "05-100": "500.00"}, locked=True)
    concrete = line_of(budget, "03-300").code.cost_code
    details = ChangeDetails(
        date(2026, 11, 2),
        [Move(line_of(budget, "05-100"), Decimal("-200.00")), Move(line_of(budget, "03-300"), Decimal("200.00"))],
    )
    operations.make_change(budget, details, by=max_pm)
    costs[concrete.pk] = Costs(Decimal("600.00"), Decimal("50.00"), Decimal("250.00"), Decimal("100.00"))
    absorb(costing, Known({"55": costing.pk}, {"40": concrete.pk}), cost("1", "75.25", item_id="40"))

    assert row(budget, "03-300").amounts == {
        "original": Decimal("1000.00"),
        "modifications": Decimal("200.00"),
        "owner_changes": Decimal("0.00"),
        "revised": Decimal("1200.00"),
        "pending_owner_changes": Decimal("0.00"),
        "projected_budget": Decimal("1200.00"),
        "committed": Decimal("600.00"),
        "direct": Decimal("75.25"),
        "to_date": Decimal("325.25"),
        "pending_costs": Decimal("50.00"),
        "projected_costs": Decimal("725.25"),
        "to_complete": Decimal("474.75"),
        "at_completion": Decimal("1200.00"),
        "over_under": Decimal("0.00"),
        "with_changes": Decimal("1200.00"),
        "cost_budget": Decimal("1200.00"),
    }
    assert [column.key for column in COLUMNS] == list(row(budget, "03-300").amounts)


def test_a_line_that_costs_more_than_its_budget_says_so(costing: Project, max_pm: Membership, costs: Known_) -> None:
    budget = make_budget(max_pm, costing, amounts={"03-300": "1000.00", "05-100": "500.00"})
    costs[line_of(budget, "03-300").code.cost_code_id] = Costs(committed=Decimal("1200.50"))

    over, fine = row(budget, "03-300"), row(budget, "05-100")

    assert (over.amounts["to_complete"], over.amounts["over_under"]) == (Decimal("0.00"), Decimal("-200.50"))
    assert over.warning == "Over budget by 200.50"
    assert (fine.warning, fine.below_zero) == ("", [])
    total = view_of(budget).total
    assert (total["over_under"], total["to_complete"]) == (Decimal("-200.50"), Decimal("500.00"))


def test_a_line_below_zero_names_what_is(costing: Project, max_pm: Membership, costs: Known_) -> None:
    budget = make_budget(max_pm, costing, amounts={"03-300": "1000.00", "05-100": "500.00"})
    costs[line_of(budget, "03-300").code.cost_code_id] = Costs(invoiced=Decimal("-3.00"))

    assert row(budget, "03-300").warning == "Below zero: job to date"


def test_costs_outside_the_lines_are_rows_so_that_the_sums_hold(
    costing: Project, max_pm: Membership, costs: Known_
) -> None:
    budget = make_budget(max_pm, costing, amounts={"03-300": "1000.00"})
    steel = costing.cost_codes.get(code="05-100")
    costs[steel.pk] = Costs(committed=Decimal("10.00"))
    costs[costing.cost_codes.get(code="07-500").pk] = Costs()
    absorb(costing, Known({"55": costing.pk}, {}), cost("1", "7.00"))

    rows = view_of(budget).rows

    assert [(one.kind, one.code) for one in rows] == [
        (RowKind.LINE, "03-300"),
        (RowKind.UNBUDGETED, "05-100"),
        (RowKind.UNCODED, ""),
    ]
    assert view_of(budget).total["projected_costs"] == Decimal("17.00")


AMOUNTS = st.integers(-500_00, 500_00).map(lambda cents: Decimal(cents) / 100)
ORIGINALS = st.integers(0, 500_00).map(lambda cents: Decimal(cents) / 100)
COSTS = st.builds(Costs, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
CODES = ("03-300", "05-100", "07-500")


def recomputed(original: Decimal, moved: Decimal, direct: Decimal, told: Costs) -> dict[str, Decimal]:
    """Every column, written again by hand from domain.md §7.2."""
    budgeted = original + moved
    spent = told.committed + direct + told.pending
    left = budgeted - spent if budgeted > spent else Decimal("0.00")
    nil = Decimal("0.00")
    made = (original, moved, nil, budgeted, nil, budgeted, told.committed, direct, direct + told.invoiced, told.pending)
    rest = (spent, left, spent + left, budgeted - (spent + left), budgeted, budgeted)
    names = (
        "original modifications owner_changes revised pending_owner_changes projected_budget committed direct to_date "
        "pending_costs projected_costs to_complete at_completion over_under with_changes cost_budget"
    )
    return dict(zip(names.split(), (*made, *rest), strict=True))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    originals=st.lists(ORIGINALS, min_size=3, max_size=3),
    moves=st.lists(st.tuples(st.sampled_from(CODES), st.sampled_from(CODES), ORIGINALS), max_size=4),
    told=st.dictionaries(st.sampled_from(CODES), COSTS),
    charged=st.lists(st.tuples(st.sampled_from((*CODES, "")), AMOUNTS), max_size=5),
)
def test_every_column_agrees_with_a_second_reckoning(
    originals: list[Decimal],
    moves: list[tuple[str, str, Decimal]],
    told: Mapping[str, Costs],
    charged: list[tuple[str, Decimal]],
    costing: Project,
    max_pm: Membership,
    costs: Known_,
) -> None:
    by_code = {code.code: code.pk for code in costing.cost_codes.all()}
    with transaction.atomic():
        amounts = {code: str(amount) for code, amount in zip(CODES, originals, strict=True)}
        budget = make_budget(max_pm, costing, amounts=amounts, locked=True)
        moved = dict.fromkeys(CODES, Decimal("0.00"))
        for source, target, amount in moves:
            if source != target and amount:
                lines = [Move(line_of(budget, source), -amount), Move(line_of(budget, target), amount)]
                operations.make_change(budget, ChangeDetails(date(2026, 11, 2), lines), by=max_pm)
                moved[source] -= amount
                moved[target] += amount
        costs.clear()
        costs.update({by_code[code]: one for code, one in told.items()})
        known = Known({"55": costing.pk}, dict(by_code))
        absorb(costing, known, *(cost(str(n), str(a), item_id=code) for n, (code, a) in enumerate(charged)))
        direct = {code: sum((a for c, a in charged if c == code), Decimal("0.00")) for code in (*CODES, "")}

        view = view_of(budget)

        for code, original in zip(CODES, originals, strict=True):
            expected = recomputed(original, moved[code], direct[code], told.get(code, Costs()))
            assert row(budget, code).amounts == expected
        for column in COLUMNS:
            assert view.total[column.key] == sum(one.amounts[column.key] for one in view.rows)
        assert view.total["direct"] == sum(direct.values())
        assert view.total["revised"] == sum(originals) == fresh_budget(budget).erp.amount
        transaction.set_rollback(True)


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["lock", "unlock", "edit", "change", "take_back", "send", "reject", "sync", "remove", "add"]),
        st.integers(0, 5),
        ORIGINALS,
    ),
    max_size=12,
)


class Desk:
    """Somebody who does one thing after another to a budget; what is refused is refused."""

    def __init__(self, budget: Budget, by: Membership, approver: Membership) -> None:
        self.budget, self.by, self.approver = budget, by, approver

    def lock(self, place: int, amount: Decimal) -> None:
        operations.lock(self.budget, by=self.by)

    def unlock(self, place: int, amount: Decimal) -> None:
        operations.unlock(self.budget, by=self.by)

    def edit(self, place: int, amount: Decimal) -> None:
        line = self.line(place)
        operations.edit_line(line, LineDetails(amount=amount), by=self.by, seen=line.edition)

    def remove(self, place: int, amount: Decimal) -> None:
        operations.remove_line(self.line(place), by=self.by)

    def add(self, place: int, amount: Decimal) -> None:
        free = self.budget.project.code_rows.exclude(budget_lines__budget=self.budget).select_related("cost_code")
        code = free.first()
        if code is not None:
            start = Decimal("0.00") if fresh_budget(self.budget).is_locked else amount
            operations.add_line(self.budget, code, LineDetails(amount=start), by=self.by)

    def change(self, place: int, amount: Decimal) -> None:
        moves = [Move(self.line(place), amount), Move(self.line(place + 1), -amount)]
        operations.make_change(self.budget, ChangeDetails(date(2026, 11, 2), moves), by=self.by)

    def take_back(self, place: int, amount: Decimal) -> None:
        change = self.budget.changes.select_related("budget").order_by("-number").first()
        if change is not None:
            operations.take_back(change, by=self.by)

    def send(self, place: int, amount: Decimal) -> None:
        sent(fresh_budget(self.budget), self.by)

    def reject(self, place: int, amount: Decimal) -> None:
        acceptance.reject(fresh_budget(self.budget).erp, by=self.approver, comment="No.")

    def sync(self, place: int, amount: Decimal) -> None:
        synced(fresh_budget(self.budget))

    def line(self, place: int) -> Any:
        lines = list(self.budget.lines.select_related("budget", "code__cost_code").order_by("number"))
        if not lines:
            raise IllegalMove("There is no line.")
        return lines[place % len(lines)]


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=DEEDS)
def test_whatever_is_done_the_document_comes_to_the_sum_of_its_lines(
    deeds: list[tuple[str, int, Decimal]], costing: Project, max_pm: Membership, ada: Membership
) -> None:
    with transaction.atomic():
        budget = make_budget(max_pm, costing, amounts={"03-300": "100.00", "05-100": "50.00"}, locked=True)
        desk, numbers = Desk(budget, max_pm, ada), dict[str, str]()
        for deed, place, amount in deeds:
            before = fresh_budget(budget).erp
            document = budget_document(fresh_budget(budget))
            try:
                getattr(desk, deed)(place, amount)
            except (IllegalMove, InvalidInput, NotReady):
                assert fresh_budget(budget).erp.revision == before.revision
            check(budget, document, before.revision, numbers)
        transaction.set_rollback(True)


def check(budget: Budget, before: dict[str, Any], revision: int, numbers: dict[str, str]) -> None:
    """What must hold after every deed."""
    now = fresh_budget(budget)
    document = budget_document(now)
    total = sum((Decimal(line["amount"]) for line in document["lines"]), Decimal("0.00"))
    assert Decimal(document["total"]) == total == now.erp.amount == view_of(now).total["revised"]
    if document != before:
        assert now.erp.revision == revision + 1
        assert not now.erp.is_locked
    keys = [line["key"] for line in document["lines"]]
    assert len(set(keys)) == len(keys)
    for line in document["lines"]:  # a key names the same code for ever
        assert numbers.setdefault(line["key"], line["code"]["code"]) == line["code"]["code"]
    assert {one.pk for one in now.erp.requires.all()} == {
        now.project.erp_id,
        *now.lines.values_list("code__cost_code__erp", flat=True),
    }
    held = now.erp.synced_revision
    if held is not None:
        last = now.erp.submissions.filter(revision=held).first()
        kept = {one["key"] for one in last.document["lines"] if one["key"].startswith("M")} if last else set()
        assert kept <= set(keys)


# -- the page and its files ----------------------------------------------------------------------------------------


@pytest.fixture
@kept
def many(costing: Project, max_pm: Membership) -> Budget:
    """A budget with a cost on each of its lines."""
    budget = make_budget(max_pm, costing, amounts={"03-300": "1000.00", "05-100": "500.00"})
    known = Known({"55": costing.pk}, {"40": line_of(budget, "03-300").code.cost_code_id})
    absorb(costing, known, cost("1", "1075.25", item_id="40"))
    return budget


def test_the_page_asks_as_often_for_many_lines_as_for_few(many: Budget, max_pm: Membership, sign_in: SignIn) -> None:
    client, address = sign_in(max_pm), f"/projects/{many.project_id}/budget/"
    client.get(address)
    few = queries(lambda: client.get(address))
    for number in range(20):
        code = many.project.code_rows.create(cost_code=synced(make_cost_code(max_pm, f"90-{number}")))
        operations.add_line(many, code, LineDetails(amount=Decimal("1.00")), by=max_pm)

    assert queries(lambda: client.get(address)) == few <= 29


def test_the_page_shows_figures_their_formulas_and_where_they_lead(
    many: Budget, max_pm: Membership, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, costs: Known_
) -> None:
    line = line_of(many, "03-300")
    costs[line.code.cost_code_id] = Costs(committed=Decimal("10.00"))
    monkeypatch.setattr(sources, "_pages", {})
    client, address = sign_in(max_pm), f"/projects/{many.project_id}/budget/"

    plain = client.get(address).content.decode()
    sources.register_page("committed", lambda project, code: f"/c/?project={project}&code={code}")
    page = client.get(address).content.decode()

    transactions = f"/job-costs/transactions/?project={many.project_id}&amp;code={line.code.cost_code_id}"
    committed = f'<a href="/c/?project={many.project_id}&amp;code={line.code.cost_code_id}">10.00</a>'
    for words in (f'<a href="{transactions}">1,075.25</a>', committed, "Over budget by 85.25", "and never below zero"):
        assert words in page
    assert committed not in plain
    assert "Projected cost budget" not in page
    assert "Projected cost budget" in client.get(f"{address}?columns=all").content.decode()


def test_a_budget_of_many_lines_is_cut_into_pages_with_the_totals_of_all(
    many: Budget, max_pm: Membership, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("budgets.views.PAGE", 1)

    page = sign_in(max_pm).get(f"/projects/{many.project_id}/budget/?page=2").content.decode()

    for words in ("Work 05-100", "2\N{EN DASH}2 of 2", "Total of all rows", "1,500.00"):
        assert words in page
    assert "Work 03-300" not in page


def test_what_people_typed_is_text_on_the_page(budget: Budget, max_pm: Membership, sign_in: SignIn) -> None:
    details = LineDetails(description='<b onclick="x">&', amount=Decimal("1.00"))
    operations.edit_line(line_of(budget, "03-300"), details, by=max_pm, seen=1)

    page = sign_in(max_pm).get(f"/projects/{budget.project_id}/budget/").content.decode()
    assert "&lt;b onclick=&quot;x&quot;&gt;&amp;" in page


def test_the_files_hold_every_column_and_the_totals(many: Budget, max_pm: Membership, sign_in: SignIn) -> None:
    client, address = sign_in(max_pm), f"/projects/{many.project_id}/budget/file"

    rows = list(csv.reader(io.StringIO(client.get(f"{address}.csv").content.decode("utf-8-sig"))))
    book = load_workbook(io.BytesIO(client.get(f"{address}.xlsx").content)).worksheets[0]

    assert rows[0] == ["Cost code", "Description", *(column.heading for column in COLUMNS), "Note"]
    assert rows[1][:3] == ["03-300", "Work 03-300", "1000.00"]
    assert rows[1][-1] == "Over budget by 75.25"
    assert rows[-1][:3] == ["Total", "", "1500.00"]
    assert [cell.value for cell in book[4]][:3] == ["Total", None, 1500]
    assert client.get(f"{address}.pdf").status_code == 404
