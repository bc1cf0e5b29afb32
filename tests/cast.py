"""The people of the tests, as fixtures. A folder takes part by importing them in its conftest.py."""

from __future__ import annotations

import pytest

from procore_sync.accounts.models import Company, Membership, Role
from tests.factories import make_approver, make_company, make_member
from tests.scenes import kept


@pytest.fixture
@kept
def company(db: None) -> Company:
    """Harbor Row Builders, where most of it happens."""
    return make_company("Harbor Row Builders", "harbor-row")


@pytest.fixture
@kept
def other_company(db: None) -> Company:
    """Other Books Inc, whose records nobody of Harbor Row may ever see."""
    return make_company("Other Books Inc", "other-books")


@pytest.fixture
@kept
def ada(company: Company) -> Membership:
    """Ada, accountant: decides on every kind and may bring in every kind."""
    return make_approver(company)


@pytest.fixture
@kept
def max_pm(company: Company) -> Membership:
    """Max, project manager: edits and sends."""
    return make_member(company, "Max", Role.PROJECT_MANAGER)


@pytest.fixture
@kept
def vic(company: Company) -> Membership:
    """Vic, who may look and nothing else."""
    return make_member(company, "Vic", Role.VIEWER)


@pytest.fixture
@kept
def alma(company: Company) -> Membership:
    """Alma, administrator: edits, sends, connects, sets rights; decides on nothing."""
    return make_member(company, "Alma", Role.ADMINISTRATOR)


@pytest.fixture
@kept
def ian(company: Company) -> Membership:
    """Ian, invoice contact of a subcontractor: sees none of the company's records."""
    return make_member(company, "Ian", Role.INVOICE_CONTACT)


@pytest.fixture
@kept
def olga(other_company: Company) -> Membership:
    """Olga, project manager of the other company."""
    return make_member(other_company, "Olga", Role.PROJECT_MANAGER)
