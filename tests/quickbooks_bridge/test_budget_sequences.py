"""Whatever people and crashes do to a budget, in any order: the estimate is the revision that was accepted last."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budgets import operations as budgets
from budgets.models import Budget, BudgetLine
from budgets.rules import LineDetails, between
from procore_sync.acceptance import engine, operations
from procore_sync.acceptance.claims import claim
from procore_sync.acceptance.courier import courier
from procore_sync.acceptance.models import Submission
from procore_sync.acceptance.states import Status, Work
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import Refusal
from projects.models import CostCode
from quickbooks_bridge.importers.names import refresh
from quickbooks_bridge.importers.operations import link_to
from quickbooks_bridge.models import Connection
from quickbooks_bridge.names import names_of
from tests.factories import fresh_budget, make_budget, make_cost_code, make_project
from tests.quickbooks_bridge.conftest import work
from tests.quickbooks_bridge.emulator_process import EmulatorProcess

pytestmark = pytest.mark.timeout(300)

Step = tuple[str, int, int]
Lines = list[tuple[str, Decimal]]
#: What happens to the export of an accepted revision.
CRASHES = ("none", "write_then_drop", "drop", "500_after_write", "killed before the call", "killed after the call")
STEPS = ("amount", "move", "take back", "lock", "unlock", "send", "retrieve", "reject", "accept", "accept", "send")
_steps = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 5), st.integers(0, 99_999)), max_size=14)


@dataclass
class Books:
    """What the test itself keeps, by hand: originals, moves, and what must stand in QuickBooks."""

    originals: dict[int, Decimal]
    moves: dict[int, tuple[int, int, Decimal]] = field(default_factory=dict)
    before_accounting: Lines | None = None
    in_quickbooks: Lines | None = None

    def lines(self) -> Lines:
        """Originals in order, then each move as two lines."""
        first: Lines = [(str(number), amount) for number, amount in sorted(self.originals.items()) if amount]
        pairs = [
            line
            for number, (_, _, amount) in sorted(self.moves.items())
            for line in ((f"M{number}.1", -amount), (f"M{number}.2", amount))
        ]
        return first + pairs


@dataclass
class Scene:
    """One budget, its two people, and the books it goes to."""

    budget: Budget
    own: Books
    max_pm: Membership
    ada: Membership
    emulator: EmulatorProcess
    job: str

    def line(self, at: int) -> BudgetLine:
        """One of its three lines."""
        found: BudgetLine = self.budget.lines.select_related("code__cost_code", "budget").get(number=at % 3 + 1)
        return found

    def do(self, step: Step) -> None:
        """One step; what is refused changes nothing, here as there."""
        self.budget = fresh_budget(self.budget)
        kind, choice, cents = step
        with suppress(Refusal):
            getattr(self, f"_{kind.replace(' ', '_')}")(choice, Decimal(cents) / 100)

    def _amount(self, choice: int, amount: Decimal) -> None:
        line = self.line(choice)
        budgets.edit_line(line, LineDetails(amount=amount), by=self.max_pm, seen=line.edition)
        self.own.originals[line.number] = amount

    def _move(self, choice: int, amount: Decimal) -> None:
        source, target = self.line(choice), self.line(choice + 1)
        made = budgets.make_change(
            self.budget, between(source, target, amount, made_on=date(2026, 11, 3)), by=self.max_pm
        )
        self.own.moves[made.number] = (source.number, target.number, amount)

    def _take_back(self, choice: int, amount: Decimal) -> None:
        last = self.budget.changes.order_by("number").last()
        if last is not None:
            budgets.take_back(last, by=self.max_pm)
            del self.own.moves[last.number]

    def _lock(self, choice: int, amount: Decimal) -> None:
        budgets.lock(self.budget, by=self.max_pm)

    def _unlock(self, choice: int, amount: Decimal) -> None:
        budgets.unlock(self.budget, by=self.max_pm)

    def _send(self, choice: int, amount: Decimal) -> None:
        operations.send(self.budget.erp, by=self.max_pm)
        self.own.before_accounting = self.own.lines()

    def _retrieve(self, choice: int, amount: Decimal) -> None:
        operations.retrieve(self.budget.erp, by=self.max_pm)

    def _reject(self, choice: int, amount: Decimal) -> None:
        operations.reject(self.budget.erp, by=self.ada, comment="Not yet.")

    def _accept(self, choice: int, amount: Decimal) -> None:
        submission = operations.open_submission(self.budget.erp)
        if submission is None:
            return
        operations.accept(self.budget.erp, by=self.ada, seen=submission.digest, choices={})
        self.own.in_quickbooks = self.own.before_accounting
        self._carry(submission, CRASHES[choice])

    def _carry(self, submission: Submission, crash: str) -> None:
        if crash.startswith("killed"):
            (claimed,) = claim(submission.pk)
            if crash == "killed after the call":
                courier().send(claimed.submission)
            Submission.objects.filter(pk=submission.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
            engine.sweep()
        elif crash != "none":
            self.emulator.fault(crash, entity="Estimate")
        for _ in range(8):
            work(submission)
            if submission.work == Work.DONE:
                break
        self.emulator.control("faults", method="DELETE")
        assert submission.item.status == Status.SYNCED, f"after {crash}: {submission.reason}"

    def estimates(self) -> list[dict[str, Any]]:
        """The estimates of the job."""
        return [one for one in self.emulator.documents("Estimate") if one["CustomerRef"]["value"] == self.job]

    def check(self) -> None:
        """One estimate or none, with just the lines that were accepted last."""
        if self.own.in_quickbooks is None:
            assert self.estimates() == []
            return
        (held,) = self.estimates()
        lines = [one for one in held["Line"] if one["DetailType"] == "SalesItemLineDetail"]
        found = [(one["Description"].partition("]")[0][1:], Decimal(str(one["Amount"]))) for one in lines]
        assert found == self.own.in_quickbooks
        assert Decimal(str(held["TotalAmt"])) == sum((amount for _, amount in found), Decimal(0))


@pytest.fixture
def codes(books: Connection, max_pm: Membership, ada: Membership, emulator: EmulatorProcess) -> list[CostCode]:
    """Three cost codes that QuickBooks has."""
    accounts = {one["AccountType"]: {"value": one["Id"]} for one in emulator.documents("Account")}
    refs = {"IncomeAccountRef": accounts["Income"], "ExpenseAccountRef": accounts["Cost of Goods Sold"]}
    for name in ("31-100", "31-200", "31-300"):
        emulator.write("Item", {"Name": name, "Type": "Service", **refs})
    refresh(books)
    found = [make_cost_code(max_pm, name) for name in ("31-100", "31-200", "31-300")]
    for code in found:
        link_to(names_of(books.company_id, "Item").get(name=code.code), code.erp, by=ada)
    return found


@pytest.fixture
def new_scene(
    books: Connection, codes: list[CostCode], max_pm: Membership, ada: Membership, emulator: EmulatorProcess
) -> Callable[[], Scene]:
    """Makes another job with a budget of three lines, unlocked, not sent."""
    count = iter(range(1000))

    def made() -> Scene:
        name = f"Sequence {next(count)}"
        parent = emulator.documents("Customer")[0]["Id"]
        job = emulator.write("Customer", {"DisplayName": name, "Job": True, "ParentRef": {"value": parent}})
        refresh(books)
        project = make_project(max_pm, name, codes=codes)
        link_to(names_of(books.company_id, "Customer").get(remote_id=job["Id"]), project.erp, by=ada)
        budget = make_budget(max_pm, project, amounts={"31-100": "100.00", "31-200": "20.50", "31-300": "3.07"})
        own = Books({1: Decimal("100.00"), 2: Decimal("20.50"), 3: Decimal("3.07")})
        return Scene(budget, own, max_pm, ada, emulator, job["Id"])

    return made


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=_steps)
def test_the_estimate_is_what_was_accepted_last(new_scene: Callable[[], Scene], steps: list[Step]) -> None:
    scene = new_scene()
    for step in [("lock", 0, 1), ("send", 0, 1), ("accept", 1, 1), *steps]:
        scene.do(step)
        scene.check()


@pytest.mark.parametrize("crash", range(len(CRASHES)), ids=CRASHES)
def test_a_change_after_the_first_export_survives_each_crash(new_scene: Callable[[], Scene], crash: int) -> None:
    scene = new_scene()
    first = [("lock", 0, 1), ("send", 0, 1), ("accept", 0, 1)]
    later = [("unlock", 0, 1), ("amount", 1, 2575), ("amount", 2, 0), ("lock", 0, 1), ("move", 0, 1250), ("send", 0, 1)]
    for step in [*first, *later, ("accept", crash, 1)]:
        scene.do(step)
        scene.check()
    assert scene.own.in_quickbooks == [
        ("1", Decimal("100.00")),
        ("2", Decimal("25.75")),
        ("M1.1", Decimal("-12.50")),
        ("M1.2", Decimal("12.50")),
    ]
