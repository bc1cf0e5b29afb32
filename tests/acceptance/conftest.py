"""People and records in a state, for the tests of acceptance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal

import pytest
from django.db import connection

from procore_sync.acceptance import courier as registry
from procore_sync.acceptance import items, kinds, operations
from procore_sync.acceptance.kinds import Unmet
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.accounts.models import Company, KindPrivilege, Membership, Role, User
from procore_sync.kit.kinds import Kind
from tests.acceptance.paper import PaperLedger, paper_spec
from tests.scenes import kept


@pytest.fixture
def unmet() -> list[Unmet]:
    """Fill it to make the next sending lack something."""
    return []


@pytest.fixture
def paper(unmet: list[Unmet]) -> Iterator[PaperLedger]:
    before_courier, before_specs = list(registry._registered), dict(kinds._specs)
    ledger = PaperLedger()
    registry.set_courier(ledger)
    kinds.register(paper_spec(unmet))
    yield ledger
    registry._registered[:] = before_courier
    kinds._specs.clear()
    kinds._specs.update(before_specs)


@pytest.fixture
@kept
def company(db: None) -> Company:
    return Company.objects.create(name="Harbor Row Builders", slug="harbor-row")


def member(company: Company, name: str, role: Role, *, decides: bool = False) -> Membership:
    """`name` as `role` in `company`, deciding on invoices or not."""
    user, _ = User.objects.get_or_create(email=f"{name.lower()}@{company.slug}.test", defaults={"name": name})
    membership = Membership.objects.create(user=user, company=company, role=role)
    if decides:
        KindPrivilege.objects.create(membership=membership, kind=Kind.INVOICE, can_export=True, can_import=True)
    return membership


def decides_on_commitments(membership: Membership) -> Membership:
    """`membership`, who decides on commitments from now on, and so sees all that is private."""
    KindPrivilege.objects.create(membership=membership, kind=Kind.COMMITMENT, can_export=True)
    return membership


@pytest.fixture
@kept
def max_pm(company: Company) -> Membership:
    return member(company, "Max", Role.PROJECT_MANAGER)


@pytest.fixture
@kept
def ada(company: Company) -> Membership:
    return member(company, "Ada", Role.ACCOUNTANT, decides=True)


@pytest.fixture
@kept
def bea(company: Company) -> Membership:
    return member(company, "Bea", Role.ACCOUNTANT, decides=True)


@pytest.fixture
@kept
def vic(company: Company) -> Membership:
    return member(company, "Vic", Role.VIEWER)


@pytest.fixture
def invoice(paper: PaperLedger, max_pm: Membership) -> ErpItem:
    return new_invoice(max_pm)


def new_invoice(by: Membership, label: str = "Application 3") -> ErpItem:
    return items.open_item(
        company=by.company, kind=Kind.INVOICE, label=label, number="SC-0142-03", amount=Decimal("27405.00"), by=by
    )


def accepted(count: int, by: Membership, judge: Membership) -> list[Submission]:
    """So many first exports, due since a moment, the first one longest."""
    found = []
    for number in range(count):
        item = new_invoice(by, f"Application {number}")
        submission = operations.send(item, by=by)
        found.append(operations.accept(item, by=judge, seen=submission.digest, choices={}))
    return found


@pytest.fixture
@kept
def sent_invoice(invoice: ErpItem, max_pm: Membership) -> ErpItem:
    operations.send(invoice, by=max_pm)
    return invoice


@pytest.fixture
@kept
def accepted_invoice(sent_invoice: ErpItem, accept: Callable[[ErpItem], Submission]) -> ErpItem:
    accept(sent_invoice)
    return sent_invoice


@pytest.fixture
def accept(ada: Membership) -> Callable[[ErpItem], Submission]:
    """Accept what stands there, as Ada."""

    def as_ada(item: ErpItem) -> Submission:
        submission = operations.open_submission(item)
        assert submission
        return operations.accept(item, by=ada, seen=submission.digest, choices={})

    return as_ada


@pytest.fixture(autouse=True)
def quiet_bell(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The broker is an edge: a bell that only counts. The engine's own tests ring it by hand."""
    rung: list[int] = []
    monkeypatch.setattr("procore_sync.acceptance.operations.ring", rung.append)
    monkeypatch.setattr("procore_sync.acceptance.claims.ring", rung.append)
    monkeypatch.setattr("procore_sync.acceptance.engine.ring", rung.append)
    return rung


def raw(sql: str, *values: str | int | datetime) -> None:
    """As somebody with the database's own console would: with the triggers out of the way."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, values or None)
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = origin")
