"""What a typed document probably is: exact, likely or nothing, by rules written out here once more."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from procore_sync.acceptance.models import ErpItem
from projects.models import Project
from quickbooks_bridge.ledger_bills import matching_number
from quickbooks_bridge.onboarding.models import OpeningDocument
from quickbooks_bridge.onboarding.proposals import candidates_of, match_of, proposed
from quickbooks_bridge.onboarding.records import Ours

_pk = count(1)
ORDER = "PurchaseOrder"


def ours(**more: Any) -> Ours:
    """An order of 1,000.00 of vendor 7 for job 3."""
    total = Decimal(more.pop("total", "1000.00"))
    given: dict[str, Any] = {
        "item": ErpItem(pk=next(_pk)),
        "entity": ORDER,
        "number": "SC-042",
        "project": Project(),
        "vendor": "Ace Electric Company",
        "vendor_id": "7",
        "job_id": "3",
        "total": total,
        "day": date(2026, 11, 2),
        "with_changes": total,
    }
    return Ours(**{**given, **more})


def typed(**more: Any) -> OpeningDocument:
    """The same, typed in QuickBooks."""
    given: dict[str, Any] = {
        "pk": next(_pk),
        "entity": ORDER,
        "number": "SC-042",
        "party_id": "7",
        "party": "Ace Electric Co",
        "day": date(2026, 11, 2),
        "total": Decimal(more.pop("total", "1000.00")),
        "job_ids": ["3"],
    }
    given |= more
    return OpeningDocument(matching=matching_number(given["number"]), **given)


def told(row: OpeningDocument, record: Ours) -> tuple[str, int]:
    """How surely the two are one, with the points."""
    (proposal,) = proposed([row], [record], set())
    return proposal.confidence, proposal.match.score if proposal.match else 0


@pytest.mark.parametrize(
    ("there", "here", "expected"),
    [
        ({}, {}, ("exact", 100)),
        ({"number": "sc 042"}, {}, ("exact", 100)),
        ({"job_ids": []}, {}, ("exact", 95)),
        ({"day": date(2026, 12, 24)}, {}, ("exact", 95)),
        ({"total": "1250.00"}, {"with_changes": Decimal("1250.00"), "changes": (ErpItem(pk=1),)}, ("exact", 100)),
        ({"number": "1042"}, {}, ("likely", 60)),
        ({"total": "1010.00"}, {}, ("likely", 85)),
        ({"total": "5000.00"}, {}, ("likely", 75)),
        ({}, {"vendor_id": ""}, ("likely", 90)),
        ({"party": "ACE ELECTRIC COMPANY"}, {"vendor_id": ""}, ("likely", 95)),
        ({"party": "Ace Elektric Company"}, {"vendor_id": ""}, ("likely", 90)),
        ({"number": "1042", "total": "5000.00"}, {}, ("none", 0)),
        ({"party_id": "8"}, {}, ("none", 0)),
        ({"party": "Summit Roofing"}, {"vendor_id": ""}, ("none", 0)),
        ({"job_ids": ["4"]}, {}, ("none", 0)),
        ({"job_ids": ["31"]}, {"jobs_below": frozenset({"31"})}, ("exact", 95)),
        ({"job_ids": ["4"]}, {"jobs_below": frozenset({"31"})}, ("none", 0)),
        ({"entity": "Bill"}, {}, ("none", 0)),
        ({"number": ""}, {"number": ""}, ("likely", 60)),
    ],
)
def test_how_surely_two_are_one(there: dict[str, Any], here: dict[str, Any], expected: tuple[str, int]) -> None:
    assert told(typed(**there), ours(**here)) == expected


@pytest.mark.parametrize(
    ("there", "here", "expected"),
    [
        ({}, {}, ("exact", 80)),
        ({"is_open": False}, {}, ("likely", 80)),
        ({"total": "1001.00"}, {}, ("likely", 65)),
        ({"total": "5000.00"}, {}, ("likely", 55)),
        ({"party_id": "4"}, {}, ("none", 0)),
        ({"party_id": "31", "number": "SC-042"}, {"jobs_below": frozenset({"31"})}, ("likely", 70)),
        ({}, {"job_id": ""}, ("none", 0)),
    ],
)
def test_an_estimate_is_told_by_its_job_and_total(
    there: dict[str, Any], here: dict[str, Any], expected: tuple[str, int]
) -> None:
    row = typed(**{"entity": "Estimate", "party_id": "3", "number": "", **there})
    assert told(row, ours(entity="Estimate", vendor="", vendor_id="", **here)) == expected


def test_of_an_estimate_that_was_rejected_or_closed_it_is_told() -> None:
    row = typed(entity="Estimate", party_id="3", number="", is_open=False)
    match = match_of(row, ours(entity="Estimate", vendor="", vendor_id=""))
    assert match
    assert match.reasons[-1] == "it was rejected or closed there, so check whether it is meant"


def test_reasons_are_told_in_words() -> None:
    match = match_of(typed(number="sc 042", total="1010.00", day=date(2026, 11, 5)), ours())
    assert match
    assert match.reasons == (
        "number sc 042 is SC-042 as people mean it",
        "same vendor",
        "the totals differ by 10.00",
        "same job",
        "3 days apart",
    )


def test_what_is_exact_twice_is_likely_only_and_each_record_is_proposed_once() -> None:
    first, second, record = typed(), typed(), ours()
    found = proposed([first, second], [record], set())
    assert sorted(one.confidence for one in found) == ["likely", "none"]
    assert "another pair agrees as well, so check which it is" in next(one for one in found if one.match).reasons


def test_an_exact_pair_comes_before_a_likely_one_of_the_same_record() -> None:
    record, exact, likely = ours(), typed(), typed(number="1043")
    found = {one.document.pk: one.confidence for one in proposed([likely, exact], [record], set())}
    assert found == {exact.pk: "exact", likely.pk: "none"}


def test_what_was_dismissed_is_not_proposed_again() -> None:
    row, record, other = typed(), ours(), ours(number="SC-43")
    (found,) = proposed([row], [record, other], {(row.pk, record.item.pk)})
    assert found.match
    assert found.match.ours is other


def test_every_record_of_the_vendor_can_be_chosen_however_little_speaks_for_it() -> None:
    row = typed(number="1", total="3.00", job_ids=[], day=None)
    near, other = ours(), replace(ours(), vendor_id="8")
    assert [one.ours for one in candidates_of(row, [other, near])] == [near]
