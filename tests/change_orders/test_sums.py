"""Whatever is done to changes: sums agree with a recomputation by hand, and a key is for ever the same line's."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budgets.sources import use_of_code
from change_orders.effects import contract_sums, effect_of
from change_orders.kinds import change_order_document
from change_orders.models import ChangeLine, ChangeOrder, ChangeRequest, ChangeStatus, RequestTier, Tiers
from change_orders.operations import edit_change_order
from change_orders.request_operations import collect, edit_request, take_out
from change_orders.rules import ChangeLineDetails
from change_orders.selectors import change_orders_for, lines_of_change, requests_for
from change_orders.sources import costs_of_changes
from change_orders.tiers import save_settings
from commitments.models import AccountingMethod, Commitment, CommitmentStatus
from commitments.rules import LineDetails
from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.models import Membership
from procore_sync.kit.money import money
from tests.factories import (
    make_change_order,
    make_commitment,
    make_cost_code,
    make_project,
    make_request,
    said_of,
    said_of_request,
    synced,
)
from tests.scenes import kept

pytestmark = pytest.mark.database
# On PostgreSQL only how the database adds could differ.
EXAMPLES = 12 if connection.vendor == "sqlite" else 3
ZERO = Decimal("0.00")
#: The specification once more, by hand.
PENDING = {"in_review", "revised", "pricing", "not_pricing", "proceeding", "not_proceeding"}
QUANTITIES = st.decimals(min_value=-999, max_value=999, places=4)
STATUSES = st.sampled_from(ChangeStatus.values)


def line() -> st.SearchStrategy[tuple[bool, int, Decimal, Decimal]]:
    """Whether it changes an SOV line; which line or code; quantity and unit cost."""
    return st.tuples(st.booleans(), st.integers(0, 1), QUANTITIES, QUANTITIES)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("order"), STATUSES, st.just(())),
        st.tuples(st.just("potential"), STATUSES, st.lists(line(), max_size=3).map(tuple)),
        st.tuples(st.just("restate"), STATUSES, st.just(())),
        st.tuples(st.just("relines"), STATUSES, st.lists(line(), max_size=2).map(tuple)),
        st.tuples(st.just("collect"), STATUSES, st.just(())),
        st.tuples(st.just("take_out"), STATUSES, st.just(())),
    ),
    min_size=3,
    max_size=12,
)


@dataclass
class Site:
    """A unit based commitment of a project in two tiers, and every key that was ever seen in a document."""

    by: Membership
    commitment: Commitment
    seen: dict[str, int] = field(default_factory=dict)

    def lines(self, given: tuple[tuple[bool, int, Decimal, Decimal], ...]) -> tuple[ChangeLineDetails, ...]:
        codes = list(self.commitment.project.cost_codes.order_by("code").values_list("pk", flat=True))
        return tuple(
            ChangeLineDetails(
                None if changes else codes[which],
                quantity=quantity,
                unit_cost=unit_cost,
                changes=which + 1 if changes else None,
            )
            for changes, which, quantity, unit_cost in given
        )

    def do(self, act: str, status: str, given: tuple[tuple[bool, int, Decimal, Decimal], ...], pick: int) -> None:
        orders, requests = list(ChangeOrder.objects.all()), list(ChangeRequest.objects.all())
        order = orders[pick % len(orders)] if orders else None
        request = requests[pick % len(requests)] if requests else None
        if act == "order":
            make_change_order(self.by, self.commitment, lines=[], status=status)
        elif act == "potential":
            make_request(self.by, self.commitment, lines=list(self.lines(given)), status=status)
        elif act == "restate" and order:
            edit_change_order(order, replace(said_of(order), status=status), by=self.by, seen=order.edition)
        elif act == "relines" and request:
            said = said_of_request(request)
            kept = (*said.lines[pick % 2 :], *self.lines(given))
            edit_request(request, replace(said, lines=kept), by=self.by, seen=request.edition)
        elif act == "collect" and order and request and request.parent is None:
            collect(order, [request], by=self.by)
        elif act == "take_out" and request and request.parent is not None:
            take_out(request, by=self.by)

    def check(self) -> None:
        original = sum((one.amount for one in self.commitment.lines.all()), ZERO)
        approved, pending = ZERO, ZERO
        by_code: defaultdict[int, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
        for one in ChangeLine.objects.select_related("change_order", "request", "code"):
            amount = money((one.quantity or ZERO) * (one.unit_cost or ZERO))
            holder = one.change_order.status if one.change_order else None
            counts_as_pending = (
                holder in PENDING
                if holder
                else one.request is not None and (one.request.status in PENDING | {"approved"})
            )
            approved += amount if holder == "approved" else ZERO
            pending += amount if counts_as_pending else ZERO
            if holder == "approved" or counts_as_pending:
                by_code[one.code.cost_code_id][0 if holder == "approved" else 1] += amount
        sums = contract_sums(self.commitment)
        assert (sums.original, sums.revised, sums.pending) == (original, original + approved, pending)
        found = costs_of_changes(self.commitment.project)
        assert {code: [one.committed, one.pending] for code, one in found.items()} == by_code
        self.check_documents(original, approved)

    def check_documents(self, original: Decimal, approved: Decimal) -> None:
        chain = original
        for order in ChangeOrder.objects.order_by("sequence"):
            document, lines = change_order_document(order), lines_of_change(order)
            assert document["total"] == str(sum((Decimal(one["amount"]) for one in document["lines"]), ZERO))
            assert ErpItem.objects.get(pk=order.erp_id).amount == Decimal(document["total"])
            for said, one in zip(document["lines"], lines, strict=True):
                assert self.seen.setdefault(said["key"], one.pk) == one.pk
            effect = effect_of(order, lines)
            if order.status == "approved":
                assert effect.before == chain
                chain = effect.after
            else:
                assert effect.before == original + approved
        assert chain == original + approved


@pytest.fixture
@kept
def site(max_pm: Membership) -> Site:
    """The site, with two SOV lines of different codes."""
    codes = [synced(make_cost_code(max_pm, f"0{place}-100")) for place in (3, 4)]
    project = synced(make_project(max_pm, codes=codes))
    save_settings(project, tiers=Tiers.TWO, number_limit=12, title_limit=30, by=max_pm)
    unit = LineDetails(codes[0].pk, quantity=Decimal("2.5"), unit_cost=Decimal("100.01"))
    lines = [unit, replace(unit, code_id=codes[1].pk)]
    return Site(max_pm, make_commitment(max_pm, project, accounting_method=AccountingMethod.UNIT, lines=lines))


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, picks=st.lists(st.integers(0, 5), min_size=12, max_size=12))
def test_sums_and_keys_hold_through_any_steps(
    site: Site, steps: list[tuple[str, str, tuple[tuple[bool, int, Decimal, Decimal], ...]]], picks: list[int]
) -> None:
    ChangeLine.objects.all().delete()
    ChangeRequest.objects.all().delete()
    ChangeOrder.objects.all().delete()
    site.seen.clear()
    for (act, status, given_lines), pick in zip(steps, picks, strict=False):
        site.do(act, status, given_lines, pick)
        site.check()


def total_of(listed: Any) -> str:
    return str(listed.total)


def test_sums_are_whole_cents_though_a_database_adds_floats(site: Site) -> None:
    amounts = ("998001.99", "-998001.17")
    lines = [ChangeLineDetails(None, quantity=Decimal(1), unit_cost=Decimal(one), changes=1) for one in amounts]
    request = make_request(site.by, site.commitment, lines=lines, status="in_review")
    assert total_of(requests_for(site.by).get(pk=request.pk)) == "0.82"

    order = make_change_order(site.by, site.commitment, lines=[], status="in_review")
    collect(order, [request], by=site.by)
    assert total_of(change_orders_for(site.by).get(pk=order.pk)) == "0.82"
    assert str(contract_sums(site.commitment).pending) == "0.82"


def test_changes_of_a_commitment_that_is_over_count_for_nothing(max_pm: Membership) -> None:
    commitment = make_commitment(max_pm)
    make_change_order(max_pm, commitment)
    project = commitment.project
    assert [one.committed for one in costs_of_changes(project).values()] == [Decimal("100.00")]

    for status, counted in ((CommitmentStatus.COMPLETE, 1), (CommitmentStatus.VOID, 0)):
        Commitment.objects.update(status=status)
        assert len(costs_of_changes(project)) == counted
    Commitment.objects.update(status=CommitmentStatus.APPROVED, is_active=False)
    assert costs_of_changes(project) == {}


def test_several_changes_of_a_line_are_explained_one_by_one(max_pm: Membership) -> None:
    commitment = make_commitment(max_pm, lines=["1000.00", "250.00"])
    one = ChangeLineDetails(None, Decimal("10.00"), changes=1)
    make_change_order(max_pm, commitment, lines=[one])
    second = make_change_order(
        max_pm, commitment, lines=[replace(one, amount=Decimal("-25.50")), one, replace(one, changes=2)]
    )

    effect = effect_of(second, lines_of_change(second))
    first, other = effect.lines
    assert (first.line.number, first.before, first.after) == (1, Decimal("1010.00"), Decimal("994.50"))
    assert [change.amount for change in first.changes] == [Decimal("-25.50"), Decimal("10.00")]
    assert (other.line.number, other.before, other.after) == (2, Decimal("250.00"), Decimal("260.00"))
    assert (effect.before, effect.this, effect.after) == (Decimal("1260.00"), Decimal("-5.50"), Decimal("1254.50"))


def test_a_request_shows_what_it_would_do(max_pm: Membership) -> None:
    commitment = synced(make_commitment(max_pm))
    save_settings(commitment.project, tiers=Tiers.THREE, number_limit=12, title_limit=30, by=max_pm)
    potential = make_request(max_pm, commitment)
    request = make_request(max_pm, commitment, RequestTier.REQUEST)
    collect(request, [potential], by=max_pm)

    for one in (potential, request):
        effect = effect_of(one, lines_of_change(one))
        assert (effect.before, effect.after) == (Decimal("1000.00"), Decimal("1100.00"))


def test_the_budget_is_told_which_changes_need_the_line_of_a_code(max_pm: Membership) -> None:
    codes = [synced(make_cost_code(max_pm)) for _ in range(2)]
    project = synced(make_project(max_pm, codes=codes))
    commitment = synced(make_commitment(max_pm, project, number="SC-1"))
    assert use_of_code(project, codes[1].pk) == ""

    change = make_change_order(
        max_pm, commitment, lines=[ChangeLineDetails(codes[1].pk, Decimal("5.00"))], number="CO-9"
    )
    assert use_of_code(project, codes[1].pk) == "CO-9 uses it."
    ErpItem.objects.filter(pk=commitment.erp_id).update(is_private=True)
    assert use_of_code(project, codes[1].pk) == "A private change uses it."
    ChangeOrder.objects.filter(pk=change.pk).update(status=ChangeStatus.VOID)
    assert use_of_code(project, codes[1].pk) == ""


def test_a_request_needs_the_line_of_a_code_until_it_is_rejected_or_void(site: Site) -> None:
    commitment = site.commitment
    code = synced(make_cost_code(site.by, "09-900"))
    commitment.project.cost_codes.add(code)
    line_of_code = ChangeLineDetails(code.pk, quantity=Decimal(1), unit_cost=Decimal(5))
    request = make_request(site.by, commitment, lines=[line_of_code], status="in_review", number="P-7")
    assert use_of_code(commitment.project, code.pk) == "P-7 uses it."
    for status in (ChangeStatus.REJECTED, ChangeStatus.VOID):
        ChangeRequest.objects.filter(pk=request.pk).update(status=status)
        assert use_of_code(commitment.project, code.pk) == ""
