"""Who is named as able to cure something may do it: by their role, or by what they were allowed beside it."""

from __future__ import annotations

import pytest
from django.template import Context, Template
from django.utils import translation

from procore_sync.acceptance.models import Submission
from procore_sync.accounts import curing
from procore_sync.accounts.models import Company, Membership, Permission, Role
from procore_sync.kit.kinds import Kind
from tests.factories import make_member
from tests.scenes import kept

#: Who is named, and whom that is said to; written by hand.
NAMED = {
    curing.EDITORS: {"Max", "Alma"},
    curing.CODE_KEEPERS: {"Max", "Alma", "Cora"},
    curing.BUDGET_IMPORTERS: {"Max", "Alma", "Ida"},
    curing.BUDGET_LOCKERS: {"Max", "Alma", "Lou"},
    curing.BUDGET_SENDERS: {"Max", "Alma", "Sam"},
    "project manager": {"Max", "Alma"},
    "accountant": {"Alma", "Ada"},
    "administrator": {"Alma"},
    "bookkeeper": set(),
    "another approver": set(),
}
ALLOWED = {
    "Cora": Permission.MANAGE_COST_CODES,
    "Ida": Permission.IMPORT_BUDGETS,
    "Lou": Permission.LOCK_BUDGETS,
    "Sam": Permission.SEND_BUDGETS,
}


@pytest.fixture
@kept
def people(
    company: Company, max_pm: Membership, alma: Membership, ada: Membership, vic: Membership, ian: Membership
) -> list[Membership]:
    """Everybody of the company, and four who view and are allowed one thing each."""
    allowed = [make_member(company, name, Role.VIEWER, permissions=[one]) for name, one in ALLOWED.items()]
    return [max_pm, alma, ada, vic, ian, *allowed]


@pytest.mark.parametrize("who", list(NAMED))
def test_you_is_said_to_those_alone_who_may(people: list[Membership], who: str) -> None:
    assert {str(one) for one in people if curing.curer(who, one) == "you"} == NAMED[who]
    assert {curing.curer(who, one) for one in people} - {"you"} <= {who}


def test_an_approver_is_one_of_a_kind(company: Company, vic: Membership) -> None:
    bea = make_member(company, "Bea", Role.ACCOUNTANT, exports=[Kind.VENDOR])
    said = [curing.curer("approver", bea, kind) for kind in (Kind.VENDOR, Kind.INVOICE, "")]
    assert said == ["you", "approver", "approver"]
    assert curing.curer("approver", vic, Kind.VENDOR) == "approver"


def test_who_may_link_is_one_of_a_kind(company: Company) -> None:
    lea = make_member(company, "Lea", Role.ACCOUNTANT, imports=[Kind.VENDOR])
    said = [curing.curer(curing.IMPORTERS, lea, kind) for kind in (Kind.VENDOR, Kind.INVOICE, "")]
    assert said == ["you", curing.IMPORTERS, curing.IMPORTERS]


def test_budgets_may_be_sent_by_others(people: list[Membership]) -> None:
    assert curing.senders_of(Kind.BUDGET) == curing.BUDGET_SENDERS
    assert {curing.senders_of(kind) for kind in Kind if kind != Kind.BUDGET} == {curing.EDITORS}


def test_it_is_said_in_the_language_of_the_reader_and_to_nobody_known_as_it_is(max_pm: Membership) -> None:
    page = Template("{% load standing %}{% curer who request.member as told %}{{ told }}")
    with translation.override("es"):
        assert page.render(Context({"who": curing.EDITORS})) == "gerente de proyecto o administrador"
        assert curing.curer(curing.EDITORS, max_pm) == "usted"
    assert curing.curer("", max_pm) == ""


@pytest.mark.parametrize(
    ("who", "there"),
    [
        ("project manager", True),
        *[(words, True) for words in curing.WORDS],
        ("approver", False),
        ("accountant", False),
        ("administrator", False),
        ("bookkeeper", False),
        ("", False),
    ],
)
def test_the_way_to_the_record_is_offered_to_whom_it_is_cured_there(who: str, there: bool) -> None:
    assert Submission(cure_by=who).is_cured_at_record is there
