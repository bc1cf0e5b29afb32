"""People and records in a state, for every test. Plain functions: what matters is given by name, the rest is made up.

States are reached as in life, through operations, so that the journal of a record made here is whole.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from itertools import count
from typing import Any, TypeVar

from budgets import operations as budgets
from budgets.models import Budget
from budgets.rules import LineDetails as BudgetLineDetails
from change_orders.content import details_of_change, details_of_request
from change_orders.models import ChangeOrder, ChangeRequest, ChangeStatus, RequestTier
from change_orders.operations import create_change_order
from change_orders.request_operations import create_request
from change_orders.rules import ChangeDetails, ChangeLineDetails, RequestDetails
from commitments.models import Commitment, CommitmentStatus, CommitmentType, SovLine
from commitments.operations import create_commitment
from commitments.rules import CommitmentDetails, LineDetails
from procore_sync.acceptance import operations as acceptance
from procore_sync.accounts.models import Company, KindPrivilege, Membership, Permission, Role, User
from procore_sync.kit.kinds import Kind
from projects.models import CostCode, Project
from projects.operations import COST_CODES, PROJECTS
from projects.records import Record
from projects.rules import CostCodeDetails, ProjectDetails
from vendors.models import Vendor
from vendors.operations import VENDORS
from vendors.rules import VendorDetails

R = TypeVar("R", bound=Record)
_serial = count(1)


def make_company(name: str = "Harbor Row Builders", slug: str = "") -> Company:
    """A company of this name, whose records leave as soon as they are accepted, here and in the benchmarks."""
    return Company.objects.create(name=name, slug=slug or f"company-{next(_serial)}", undo_seconds=0)


def make_member(
    company: Company,
    name: str,
    role: Role,
    *,
    exports: tuple[Kind, ...] | list[Kind] = (),
    imports: tuple[Kind, ...] | list[Kind] = (),
    permissions: Collection[Permission] = (),
) -> Membership:
    """`name` in `company` as `role`, deciding on `exports`, bringing in `imports` and allowed `permissions` beside; the
    password is "secret".
    """
    email = f"{name.lower()}@{company.slug}.test"
    user = User.objects.create_user(email, "secret", name=name)
    member = Membership.objects.create(user=user, company=company, role=role, permissions=list(permissions))
    KindPrivilege.objects.bulk_create(
        KindPrivilege(membership=member, kind=kind, can_export=kind in exports, can_import=kind in imports)
        for kind in Kind
        if kind in exports or kind in imports
    )
    return member


def make_approver(company: Company, name: str = "Ada") -> Membership:
    """An accountant who may decide on every kind, and bring in every kind."""
    return make_member(company, name, Role.ACCOUNTANT, exports=list(Kind), imports=list(Kind))


def make_vendor(by: Membership, name: str = "", *, external_ref: str | None = None, **details: Any) -> Vendor:
    """A vendor of `by`'s company, not sent."""
    shape = VendorDetails(name=name or f"Vendor {next(_serial)}", **details)
    return VENDORS.create(shape, company=by.company, by=by, external_ref=external_ref)


def make_cost_code(
    by: Membership, code: str = "", description: str = "Concrete", *, external_ref: str | None = None
) -> CostCode:
    """A cost code of `by`'s company, not sent."""
    shape = CostCodeDetails(code or f"03-{next(_serial):04}", description)
    return COST_CODES.create(shape, company=by.company, by=by, external_ref=external_ref)


def make_project(by: Membership, name: str = "", *, codes: list[CostCode] | None = None, **details: Any) -> Project:
    """A project of `by`'s company, not sent, that uses `codes`; unless given, one synced code."""
    shape = ProjectDetails(name=name or f"Project {next(_serial)}", **details)
    project = PROJECTS.create(shape, company=by.company, by=by)
    project.cost_codes.set([synced(make_cost_code(by))] if codes is None else codes)
    return project


def synced(record: R) -> R:
    """`record` linked to the ledger, as if it had been found there."""
    acceptance.link(record.erp, by=None, detail={"entity": "made by a test"})
    return record


def sent(record: R, by: Membership) -> R:
    """`record` before the approvers."""
    acceptance.send(record.erp, by=by)
    return record


def rejected(record: R, by: Membership, *, decided_by: Membership, comment: str = "Wrong name.") -> R:
    """`record` sent by `by` and given back with a comment."""
    acceptance.send(record.erp, by=by)
    acceptance.reject(record.erp, by=decided_by, comment=comment)
    return record


def make_commitment(
    by: Membership,
    project: Project | None = None,
    vendor: Vendor | None = None,
    *,
    lines: list[LineDetails] | list[str] | None = None,
    status: str = CommitmentStatus.APPROVED,
    type: str = CommitmentType.SUBCONTRACT,
    external_ref: str | None = None,
    **details: Any,
) -> Commitment:
    """A commitment of `by`'s company, not sent, that could be sent: approved, its project and vendor synced.

    `lines` are LineDetails, or amounts on the project's first code; unless given, one line of 1,000.00.
    """
    project = project or synced(make_project(by))
    vendor = vendor or synced(make_vendor(by))
    code = project.cost_codes.first()
    given = ["1000.00"] if lines is None else lines
    shaped = [
        one if isinstance(one, LineDetails) else LineDetails(code.pk if code else None, Decimal(one), "Work")
        for one in given
    ]
    shape = CommitmentDetails(project_id=project.pk, type=type, vendor_id=vendor.pk, status=status, **details)
    return create_commitment(shape, by=by, lines=shaped, external_ref=external_ref)


def change_line(amount: str, of: SovLine | None = None, *, changes: int | None = None) -> ChangeLineDetails:
    """A new amount based line: of the cost code of `of`, or changing the line `changes` of the commitment."""
    return ChangeLineDetails(of.code.cost_code_id if of else None, Decimal(amount), changes=changes)


def make_change_order(
    by: Membership,
    commitment: Commitment | None = None,
    *,
    lines: list[ChangeLineDetails] | None = None,
    status: str = ChangeStatus.APPROVED,
    external_ref: str | None = None,
    **details: Any,
) -> ChangeOrder:
    """A change order that could be sent: approved, of a synced commitment; unless given, 100.00 more on its line 1."""
    commitment = commitment or synced(make_commitment(by))
    given = [change_line("100.00", changes=1)] if lines is None else lines
    shape = ChangeDetails(status=status, lines=tuple(given), **details)
    return create_change_order(commitment, shape, by=by, external_ref=external_ref)


def make_request(
    by: Membership,
    commitment: Commitment,
    tier: RequestTier = RequestTier.POTENTIAL,
    *,
    lines: list[ChangeLineDetails] | None = None,
    external_ref: str | None = None,
    **details: Any,
) -> ChangeRequest:
    """A change in a lower tier of a project that has it; unless given, a potential one of 100.00 more on line 1."""
    usual = [change_line("100.00", changes=1)] if tier == RequestTier.POTENTIAL else []
    shape = RequestDetails(lines=tuple(usual if lines is None else lines), **details)
    return create_request(commitment, tier, shape, by=by, external_ref=external_ref)


def said_of(change: ChangeOrder) -> ChangeDetails:
    """What a change order says now, its own lines with it."""
    return details_of_change(ChangeOrder.objects.get(pk=change.pk))


def said_of_request(request: ChangeRequest) -> RequestDetails:
    """What a request says now, its own lines with it."""
    return details_of_request(ChangeRequest.objects.get(pk=request.pk))


def make_budget(
    by: Membership, project: Project | None = None, *, amounts: Mapping[str, str] | None = None, locked: bool = False
) -> Budget:
    """The budget of `project`, not sent: an amount a cost code, by the code; unless given, 1000.00 a code it uses.

    Without a project it is one of a project that is in QuickBooks, as are its codes. A code that the project does not
    use yet is added to it; one that the company has not is made, in QuickBooks.
    """
    if project is None:
        project = synced(make_project(by, codes=[] if amounts else None))
    used = {row.cost_code.code: row for row in project.code_rows.select_related("cost_code")}
    budget = budgets.open_budget(project, by=by)
    for code, amount in (amounts or dict.fromkeys(used, "1000.00")).items():
        row = used.get(code) or project.code_rows.create(cost_code=_synced_code(by, code))
        budgets.add_line(budget, row, BudgetLineDetails(amount=Decimal(amount)), by=by)
    if locked:
        budgets.lock(budget, by=by)
    return fresh_budget(budget)


def _synced_code(by: Membership, code: str) -> CostCode:
    known: CostCode | None = CostCode.objects.filter(company=by.company, code=code).first()
    return known or synced(make_cost_code(by, code))


def fresh_budget(budget: Budget) -> Budget:
    """`budget` as the database has it now, with nothing kept from before."""
    found: Budget = Budget.objects.select_related("erp", "company", "project__erp").get(pk=budget.pk)
    return found
