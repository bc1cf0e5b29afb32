"""Costs as they come in, are coded and are summed: read again, read in any order, linked later, they stay the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from projects import ledger_costs, readings
from projects.cost_operations import RuleDetails, RuleExists, add_rule, offers_for, remove_rule, spoken
from projects.job_costs import alike_uncoded, costing_projects_for, direct_costs, uncoded_cost, uncoded_for
from projects.ledger_costs import Known
from projects.models import CostCode, CostLine, CostReading, CostRule, Project
from tests.factories import make_cost_code, make_project
from tests.projects.costs import absorb, cost
from tests.scenes import kept

NOBODY = Known({}, {})


@pytest.fixture
@kept
def lofts(max_pm: Membership) -> Project:
    """A project that takes job costs and uses two codes."""
    codes = [make_cost_code(max_pm, "03-300"), make_cost_code(max_pm, "05-100", "Steel")]
    return make_project(max_pm, "Harbor Row Lofts", codes=codes, job_costs=True)


@pytest.fixture
@kept
def concrete(lofts: Project) -> CostCode:
    return lofts.cost_codes.get(code="03-300")


@pytest.fixture
@kept
def known(lofts: Project, concrete: CostCode) -> Known:
    """Job 55 is Harbor Row Lofts, item 40 its concrete; bill 900 is our own."""
    return Known({"55": lofts.pk}, {"40": concrete.pk}, {("Bill", "900")})


def only_line() -> CostLine:
    return CostLine.objects.get()


def test_costs_are_summed_by_code_and_those_without_one_apart(lofts: Project, known: Known, concrete: CostCode) -> None:
    absorb(lofts, known, cost("1", "100.10", item_id="40"), cost("1", "20.05", "2", item_id="40"), cost("2", "7.00"))
    absorb(lofts, known, cost("1", "-15.15", item_id="40"), entity="VendorCredit")

    assert direct_costs(lofts) == {concrete.pk: Decimal("105.00")}
    assert uncoded_cost(lofts) == Decimal("7.00")


def test_what_we_exported_and_costs_of_other_jobs_do_not_count(
    lofts: Project, known: Known, max_pm: Membership
) -> None:
    absorb(lofts, known, cost("900", "500.00", item_id="40"), cost("2", "9.00", item_id="40", job_id="56"))

    assert direct_costs(lofts) == {}
    assert uncoded_cost(lofts) == 0
    assert not uncoded_for(max_pm).exists()


def test_a_project_that_does_not_take_job_costs_has_none(lofts: Project, known: Known, max_pm: Membership) -> None:
    absorb(lofts, known, cost("1", "100.00", item_id="40"), cost("2", "5.00"))
    Project.objects.update(job_costs=False)
    lofts.refresh_from_db()

    assert direct_costs(lofts) == {}
    assert uncoded_cost(lofts) == 0
    assert list(costing_projects_for(max_pm)) == []


def test_an_edited_transaction_replaces_what_it_said(lofts: Project, known: Known, concrete: CostCode) -> None:
    absorb(lofts, known, cost("1", "100.00", item_id="40"), cost("1", "20.00", "2", item_id="40"))
    absorb(lofts, known, cost("1", "90.00", "2", item_id="40"))

    assert direct_costs(lofts) == {concrete.pk: Decimal("90.00")}
    absorb(lofts, known, also=["1"])
    assert not CostLine.objects.exists()


def test_another_kind_of_document_with_the_same_number_is_another(lofts: Project, known: Known) -> None:
    absorb(lofts, known, cost("1", "100.00"))
    absorb(lofts, known, cost("1", "40.00"), entity="Purchase")
    absorb(lofts, known, also=["1"])

    assert only_line().entity == "Purchase"


def test_a_whole_reading_drops_what_it_did_not_find(lofts: Project, known: Known) -> None:
    absorb(lofts, known, cost("1", "100.00"), cost("2", "5.00"))
    absorb(lofts, known, cost("3", "1.00"), entity="Purchase")
    began = timezone.now()
    absorb(lofts, known, cost("2", "5.00"))
    ledger_costs.retire(lofts.company_id, "Bill", began)

    assert sorted(CostLine.objects.values_list("entity", "txn_id")) == [("Bill", "2"), ("Purchase", "3")]


def test_what_is_linked_later_is_known_then(lofts: Project, known: Known, concrete: CostCode) -> None:
    absorb(lofts, NOBODY, cost("1", "100.00", item_id="40"), cost("900", "5.00", item_id="40"))
    assert direct_costs(lofts) == {}
    ledger_costs.settle(lofts.company_id, known)

    assert direct_costs(lofts) == {concrete.pk: Decimal("100.00")}
    ledger_costs.settle(lofts.company_id, NOBODY)
    assert direct_costs(lofts) == {}
    assert not CostLine.objects.exclude(project=None, cost_code=None, coding="", own=False).exists()


def test_settling_what_is_settled_changes_nothing(lofts: Project, known: Known) -> None:
    absorb(lofts, known, cost("1", "100.00", item_id="40"), cost("900", "5.00"), cost("2", "4.00"))

    assert ledger_costs.settle(lofts.company_id, known) == 0


def test_a_cost_of_another_company_is_never_touched(lofts: Project, known: Known, olga: Membership) -> None:
    ledger_costs.absorb(olga.company_id, "Bill", ["1"], [cost("1", "3.00")], NOBODY)
    absorb(lofts, known, cost("1", "100.00"))
    absorb(lofts, known, also=["1"])
    ledger_costs.retire(lofts.company_id, "Bill", timezone.now())

    assert only_line().company_id == olga.company_id


# -- rules -------------------------------------------------------------------------------------------------------------


def coded(line: CostLine) -> tuple[str, str]:
    """The code and how it came."""
    line.refresh_from_db()
    return (line.cost_code.code if line.cost_code else "", line.coding)


def line(txn: str) -> CostLine:
    return CostLine.objects.get(txn_id=txn)


def test_a_rule_codes_what_is_there_and_what_comes(lofts: Project, known: Known, max_pm: Membership) -> None:
    absorb(lofts, known, cost("1", "100.00"), cost("2", "7.00", party_id="Vendor:13", party="Other"))
    rule, count = add_rule(line("1"), RuleDetails("party", "03-300"), by=max_pm)
    absorb(lofts, known, cost("3", "1.00"))

    assert count == 1
    assert [coded(line(txn))[0] for txn in "123"] == ["03-300", "", "03-300"]
    assert str(rule) == "every cost from Kestrel, in Harbor Row Lofts: 03-300"
    assert remove_rule(rule, by=max_pm) == 2
    assert [coded(line(txn)) for txn in "123"] == [("", "")] * 3


def test_a_rule_of_a_project_whose_name_has_a_comma_is_read_in_spanish_too(
    lofts: Project, known: Known, max_pm: Membership
) -> None:
    Project.objects.filter(pk=lofts.pk).update(name="Dock 4, in Salem")
    absorb(lofts, known, cost("1", "100.00"))
    rule, _ = add_rule(line("1"), RuleDetails("party", "03-300"), by=max_pm)

    with override("es"):
        assert spoken(rule) == "todos los costos de Kestrel, en Dock 4, in Salem"


def test_the_item_comes_before_every_rule(lofts: Project, known: Known, max_pm: Membership) -> None:
    absorb(lofts, known, cost("1", "100.00", item_id="40"), cost("2", "7.00"))
    for asks in ("party", "line"):
        add_rule(line("2"), RuleDetails(asks, "05-100"), by=max_pm)

    assert coded(line("1")) == ("03-300", "item")
    assert coded(line("2")) == ("05-100", "line")


def test_of_two_rules_the_one_that_asks_for_more_decides_in_whatever_order_they_came(
    lofts: Project, known: Known, max_pm: Membership
) -> None:
    absorb(lofts, known, cost("1", "100.00"), cost("2", "7.00", account_id="9", account="Tools"))
    wide = add_rule(line("1"), RuleDetails("party", "03-300", everywhere=True), by=max_pm)[0]
    add_rule(line("1"), RuleDetails("alike", "05-100"), by=max_pm)
    assert [coded(line(txn))[0] for txn in "12"] == ["05-100", "03-300"]

    wide.delete()
    add_rule(line("1"), RuleDetails("party", "03-300", everywhere=True), by=max_pm)
    assert [coded(line(txn))[0] for txn in "12"] == ["05-100", "03-300"]
    add_rule(line("1"), RuleDetails("line", "03-300"), by=max_pm)
    assert coded(line("1")) == ("03-300", "line")
    absorb(lofts, known, cost("1", "90.00"))
    assert coded(line("1")) == ("03-300", "line")


def test_a_rule_of_the_project_comes_before_one_of_the_company(
    lofts: Project, known: Known, max_pm: Membership
) -> None:
    other = make_project(max_pm, "Depot 9", job_costs=True)
    both = replace(known, projects={**known.projects, "56": other.pk})
    absorb(lofts, both, cost("1", "100.00"), cost("2", "7.00", job_id="56"))
    add_rule(line("1"), RuleDetails("account", "03-300", everywhere=True), by=max_pm)
    add_rule(line("2"), RuleDetails("account", "05-100"), by=max_pm)

    assert [coded(line(txn))[0] for txn in "12"] == ["03-300", "05-100"]


def test_a_line_rule_waits_while_the_item_decides(lofts: Project, known: Known, max_pm: Membership) -> None:
    absorb(lofts, NOBODY, cost("1", "100.00", item_id="40"))
    add_rule(line("1"), RuleDetails("line", "05-100"), by=max_pm)
    ledger_costs.settle(lofts.company_id, known)
    assert coded(line("1")) == ("03-300", "item")
    ledger_costs.settle(lofts.company_id, replace(known, codes={}))
    assert coded(line("1")) == ("05-100", "line")


def test_two_rules_cannot_ask_the_same(lofts: Project, known: Known, max_pm: Membership) -> None:
    absorb(lofts, known, cost("1", "100.00"))
    add_rule(line("1"), RuleDetails("party", "03-300"), by=max_pm)
    with pytest.raises(RuleExists, match="every cost from Kestrel"):
        add_rule(line("1"), RuleDetails("party", "05-100"), by=max_pm)
    add_rule(line("1"), RuleDetails("party", "05-100", everywhere=True), by=max_pm)

    assert CostRule.objects.count() == 2


@pytest.mark.parametrize("code", ["", "99-999", "  "])
def test_a_rule_needs_a_code_that_is_there(lofts: Project, known: Known, max_pm: Membership, code: str) -> None:
    absorb(lofts, known, cost("1", "100.00"))
    with pytest.raises(InvalidInput) as refused:
        add_rule(line("1"), RuleDetails("party", code), by=max_pm)

    assert "code" in refused.value.errors
    assert not CostRule.objects.exists()


def test_a_rule_can_ask_only_what_the_cost_says(lofts: Project, known: Known, max_pm: Membership) -> None:
    absorb(lofts, known, cost("1", "100.00", party_id="", party=""))
    with pytest.raises(InvalidInput):
        add_rule(line("1"), RuleDetails("party", "03-300"), by=max_pm)

    assert [asks for asks, _ in offers_for(line("1"))] == ["line", "account"]


def test_a_code_may_be_given_with_its_description(lofts: Project, known: Known, max_pm: Membership) -> None:
    absorb(lofts, known, cost("1", "100.00"))
    add_rule(line("1"), RuleDetails("party", " 05-100 Steel "), by=max_pm)

    assert coded(line("1"))[0] == "05-100"


def test_a_code_of_another_company_is_not_there(
    lofts: Project, known: Known, max_pm: Membership, olga: Membership
) -> None:
    make_cost_code(olga, "77-000")
    absorb(lofts, known, cost("1", "100.00"))
    with pytest.raises(InvalidInput):
        add_rule(line("1"), RuleDetails("party", "77-000"), by=max_pm)


def test_a_code_that_is_not_there_is_never_taken_for_one_that_it_begins_with(
    lofts: Project, known: Known, max_pm: Membership
) -> None:
    make_cost_code(max_pm, "03")
    make_cost_code(max_pm, "GC 100", "General conditions")
    absorb(lofts, known, cost("1", "100.00"))
    with pytest.raises(InvalidInput, match="no active cost code 03 310"):
        add_rule(line("1"), RuleDetails("party", "03 310"), by=max_pm)
    add_rule(line("1"), RuleDetails("party", "gc 100  General conditions"), by=max_pm)

    assert coded(line("1"))[0] == "GC 100"


def test_viewers_make_and_remove_no_rules(lofts: Project, known: Known, vic: Membership, ada: Membership) -> None:
    absorb(lofts, known, cost("1", "100.00"))
    with pytest.raises(NotAllowed):
        add_rule(line("1"), RuleDetails("party", "03-300"), by=vic)
    rule, _ = add_rule(line("1"), RuleDetails("party", "03-300"), by=ada)
    with pytest.raises(NotAllowed):
        remove_rule(rule, by=vic)

    assert coded(line("1"))[0] == "03-300"


def test_recoding_takes_as_many_statements_as_patterns_change_not_as_lines(
    lofts: Project, known: Known, max_pm: Membership, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    absorb(lofts, known, *(cost(str(number), "1.00") for number in range(200)))
    with django_assert_max_num_queries(11):
        add_rule(line("7"), RuleDetails("party", "03-300"), by=max_pm)

    assert set(direct_costs(lofts).values()) == {Decimal("200.00")}


def test_uncoded_costs_are_put_together_by_what_a_rule_would_ask(
    lofts: Project, known: Known, max_pm: Membership
) -> None:
    tools = {"account_id": "9", "account": "Tools"}
    absorb(lofts, known, cost("1", "10.00"), cost("2", "5.00"), cost("3", "40.00", **tools), cost("4", "0.00", **tools))
    found = alike_uncoded(uncoded_for(max_pm))

    assert [(one.account, one.count, one.amount) for one in found] == [
        ("Tools", 1, Decimal("40.00")),
        ("Job materials", 2, Decimal("15.00")),
    ]


def test_a_large_credit_stands_among_the_uncoded_costs_that_are_shown_first(
    lofts: Project, known: Known, max_pm: Membership
) -> None:
    small = [cost(str(at), "1.00", account_id=str(at), account=f"Small {at}") for at in range(10, 13)]
    absorb(lofts, known, *small, cost("1", "-9000.00", account_id="9", account="Given back"))

    assert [one.account for one in alike_uncoded(uncoded_for(max_pm), limit=2)] == ["Given back", "Small 10"]


# -- any order ---------------------------------------------------------------------------------------------------------

AMOUNTS = st.decimals("-99999.99", "99999.99", places=2)
LINES = st.lists(st.tuples(st.sampled_from(["40", "41", ""]), st.sampled_from(["55", "56"]), AMOUNTS), max_size=3)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.sampled_from("12345"), LINES),
        st.tuples(st.just("delete"), st.sampled_from("12345"), st.just([])),
        st.tuples(st.just("read"), st.permutations("12345"), st.sampled_from([1, 2, 5])),
        st.tuples(st.just("again"), st.permutations("12345"), st.just(5)),
    ),
    max_size=14,
)


@given(steps=STEPS, last=st.permutations("12345"), page=st.sampled_from([1, 2, 5]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequence_of_readings_ends_with_what_the_books_say(
    lofts: Project, known: Known, concrete: CostCode, steps: list[Any], last: list[str], page: int
) -> None:
    """The books are written between readings; readings come in pages of any size and order, some twice."""
    CostLine.objects.all().delete()
    books: dict[str, list[tuple[str, str, Decimal]]] = {}
    for kind, which, what in [*steps, ("read", last, page)]:
        if kind == "write":
            books[which] = what
        elif kind == "delete":
            books.pop(which, None)
        else:
            read(lofts, known, books, which, what)
            if kind == "again":
                read(lofts, known, books, which[::-1], 2)

    rows = [row for lines in books.values() for row in lines if row[1] == "55"]
    by_item = sum((amount for item, _, amount in rows if item == "40"), Decimal(0))
    assert direct_costs(lofts).get(concrete.pk, Decimal(0)) == by_item
    assert uncoded_cost(lofts) == sum((amount for item, _, amount in rows if item != "40"), Decimal(0))
    assert CostLine.objects.count() == sum(len(lines) for lines in books.values())


def read(project: Project, known: Known, books: dict[str, Any], order: Iterable[str], page: int) -> None:
    """All transactions in this order, so many a page; one that is not in the books is told as deleted."""
    ids = list(order)
    for start in range(0, len(ids), page):
        some = ids[start : start + page]
        costs = [
            cost(txn, str(amount), str(at), item_id=item, job_id=job)
            for txn in some
            for at, (item, job, amount) in enumerate(books.get(txn, []))
        ]
        absorb(project, known, *costs, also=some)


# -- whose turn it is --------------------------------------------------------------------------------------------------


def test_one_process_at_a_time_reads_a_company(max_pm: Membership) -> None:
    reading = readings.take_up(readings.open_reading(max_pm.company_id, by=max_pm))
    with pytest.raises(readings.AlreadyReading):
        readings.take_up(readings.open_reading(max_pm.company_id))
    assert CostReading.objects.get() == reading
    readings.end(reading)

    assert readings.open_reading(max_pm.company_id) != reading


def test_who_was_away_too_long_writes_nothing_any_more(max_pm: Membership) -> None:
    slow = readings.take_up(readings.open_reading(max_pm.company_id))
    CostReading.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    quick = readings.take_up(readings.open_reading(max_pm.company_id))

    assert quick.pk == slow.pk
    with pytest.raises(readings.LostTurn):
        readings.note(slow, "Bill", reads=1)
    with pytest.raises(readings.LostTurn):
        readings.end(slow)
    readings.note(quick, "Bill", reads=2, documents=3, lines=4)
    quick.refresh_from_db()
    assert (quick.reads, quick.documents, quick.lines, quick.ended_at) == (2, 3, 4, None)


def test_two_that_saw_the_same_reading_do_not_both_get_it(max_pm: Membership) -> None:
    one = readings.open_reading(max_pm.company_id)
    other = readings.open_reading(max_pm.company_id)
    readings.take_up(one)
    with pytest.raises(readings.AlreadyReading):
        readings.take_up(other)


def test_a_reading_that_was_laid_down_waits_and_says_why(max_pm: Membership) -> None:
    reading = readings.take_up(readings.open_reading(max_pm.company_id))
    readings.lay_down(reading, error="QuickBooks asked us to wait.", again_in=timedelta(minutes=1))
    with pytest.raises(readings.AlreadyReading):
        readings.take_up(readings.open_reading(max_pm.company_id))
    reading.refresh_from_db()

    assert reading.error == "QuickBooks asked us to wait."
    assert reading.ended_at is None
