"""What people do to cost codes and projects before and beside their way to the ledger: one transaction each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.refusals import IllegalMove
from procore_sync.acceptance.states import Status
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import Refusal
from procore_sync.kit.text import same_name_key
from projects.beginnings import begin_like_template
from projects.kinds import cost_code_document, project_document
from projects.models import CostCode, Project, ProjectCostCode
from projects.namesakes import rename_after
from projects.records import Keeper, Problems
from projects.rules import CostCodeDetails, ProjectDetails, cost_code_problems, project_problems


class StillUsed(Refusal):
    """Something else needs it, so it stays."""

    cure = gettext_noop("Take it out of what needs it first, or make it inactive instead.")


def _code_taken(company: Company, details: CostCodeDetails, own: int | None) -> Problems:
    other = CostCode.objects.filter(company=company, code_key=same_name_key(details.code)).exclude(pk=own).first()
    if other is None:
        return {}
    said = gettext("The list has the code %(code)s already, and QuickBooks would take both for one.")
    return {"code": [said % {"code": other.code}]}


def _number_taken(company: Company, details: ProjectDetails, own: int | None) -> Problems:
    if not details.number:
        return {}
    other = Project.objects.filter(company=company, number=details.number).exclude(pk=own).first()
    if other is None:
        return {}
    said = gettext("The project %(name)s has the number %(number)s already.")
    return {"number": [said % {"name": other.name, "number": other.number}]}


def _cost_code_columns(cost_code: CostCode) -> dict[str, Any]:
    return {"label": str(cost_code)[:255], "number": cost_code.code[:64]}


def _project_columns(project: Project) -> dict[str, Any]:
    return {"label": project.name, "number": project.number}


COST_CODES: Keeper[CostCode, CostCodeDetails] = Keeper(
    model=CostCode,
    kind=Kind.COST_CODE,
    details=CostCodeDetails,
    problems=cost_code_problems,
    taken=_code_taken,
    derived=lambda details: {"code_key": same_name_key(details.code)},
    document=cost_code_document,
    columns=_cost_code_columns,
)

PROJECTS: Keeper[Project, ProjectDetails] = Keeper(
    model=Project,
    kind=Kind.PROJECT,
    details=ProjectDetails,
    problems=project_problems,
    taken=_number_taken,
    derived=lambda details: {},
    document=project_document,
    columns=_project_columns,
)


@transaction.atomic
def create_cost_code(details: CostCodeDetails, *, by: Membership, external_ref: str | None = None) -> CostCode:
    """A new code of the company's list; the same `external_ref` with the same details gives the code made before.

    Raises:
        NotAllowed: `by` may not edit.
        InvalidInput: QuickBooks would not take the code, or the list has it already.
        AnotherHasTheReference: a code came under this reference and says something else.
    """
    require(by, Right.EDIT)
    return COST_CODES.create(details, company=by.company, by=by, external_ref=external_ref)


@transaction.atomic
def import_cost_code(details: CostCodeDetails, *, company: Company, by: Membership | None) -> CostCode:
    """A code that was read in QuickBooks; needs the right to import instead of the right to edit.

    Raises:
        NotAllowed: `by` may not import cost codes.
        InvalidInput: as `create_cost_code`.
    """
    if by is not None:
        require(by, Right.IMPORT, Kind.COST_CODE)
    return COST_CODES.create(details, company=company, by=by)


def edit_cost_code(cost_code: CostCode, details: CostCodeDetails, *, by: Membership, seen: int) -> CostCode:
    """`cost_code` saying `details`; `seen` is the edition that `by` had before them.

    Raises:
        NotAllowed: `by` may not edit.
        InvalidInput: QuickBooks would not take the code, or the list has it already.
        EditedMeanwhile: somebody else saved it since.
        IllegalMove: it is being decided or posted.
    """
    require(by, Right.EDIT)
    return COST_CODES.edit(cost_code, details, by=by, seen=seen)


def set_cost_code_active(cost_code: CostCode, active: bool, *, by: Membership) -> None:
    """Activate a code, or deactivate it so that it is offered no more; projects that use it keep it.

    Raises:
        NotAllowed: `by` may not edit.
        IllegalMove: it is being decided or posted.
    """
    require(by, Right.EDIT)
    COST_CODES.set_active(cost_code, active, by=by)


@transaction.atomic
def create_project(details: ProjectDetails, *, by: Membership, external_ref: str | None = None) -> Project:
    """A new project; the same `external_ref` with the same details gives the project made before.

    Raises:
        NotAllowed: `by` may not add projects.
        InvalidInput: a detail is wrong, or another project has the number.
        AnotherHasTheReference: a project came under this reference and says something else.
    """
    require(by, Right.ADD_PROJECT)
    return PROJECTS.create(details, company=by.company, by=by, external_ref=external_ref)


@transaction.atomic
def import_project(details: ProjectDetails, *, company: Company, by: Membership | None) -> Project:
    """A project that was read in QuickBooks as a job; needs the right to import instead of the right to edit.

    It begins like its company's template, if there is one.

    Raises:
        NotAllowed: `by` may not import projects.
        InvalidInput: as `create_project`.
    """
    if by is not None:
        require(by, Right.IMPORT, Kind.PROJECT)
    made = PROJECTS.create(details, company=company, by=by)
    begin_like_template(made)
    return made


def edit_project(project: Project, details: ProjectDetails, *, by: Membership, seen: int) -> Project:
    """`project` saying `details`; `seen` is the edition that `by` had before them.

    Raises:
        NotAllowed: `by` may not edit.
        InvalidInput: a detail is wrong, or another project has the number.
        EditedMeanwhile: somebody else saved it since.
        IllegalMove: its name, number, address or dates would change while it is being decided or posted, or it is
            in QuickBooks and would leave the sync.
    """
    require(by, Right.EDIT)
    _keep_in_sync(project, details)
    with transaction.atomic():
        edited = PROJECTS.edit(project, details, by=by, seen=seen)
        if (edited.name, edited.number) != (project.name, project.number):
            rename_after(edited)
    return edited


def _keep_in_sync(project: Project, details: ProjectDetails) -> None:
    leaves = [
        name
        for name, before, after in (
            (gettext("leave the sync with QuickBooks"), project.erp_sync, details.erp_sync),
            (gettext("leave the standard cost codes"), project.uses_standard_codes, details.uses_standard_codes),
            (gettext("be divided into sub jobs"), not project.has_sub_jobs, not details.has_sub_jobs),
        )
        if before and not after
    ]
    item = project.erp
    if leaves and (item.is_locked or item.synced_revision is not None):
        said = (
            gettext("%(project)s cannot %(leaves)s: it is in QuickBooks. Retrieve or unlink it first.")
            if item.status == Status.SYNCED
            else gettext("%(project)s cannot %(leaves)s: it is on its way to QuickBooks. Retrieve or unlink it first.")
        )
        raise IllegalMove(said % {"project": project.name, "leaves": gettext(" or ").join(leaves)})


def set_project_active(project: Project, active: bool, *, by: Membership) -> None:
    """Activate a project, or deactivate it so that it cannot be sent.

    Raises:
        NotAllowed: `by` may not edit.
        IllegalMove: it is being decided or posted.
    """
    require(by, Right.EDIT)
    PROJECTS.set_active(project, active, by=by)


@transaction.atomic
def add_cost_codes(project: Project, cost_codes: Iterable[CostCode], *, by: Membership) -> int:
    """Let the project use these active codes of its company's list; returns how many it did not use before.

    Raises:
        NotAllowed: `by` may not manage the codes of projects.
    """
    require(by, Right.PROJECT_CODES)
    used = set(project.code_rows.values_list("cost_code_id", flat=True))
    fresh = [one for one in cost_codes if one.pk not in used and one.is_active and one.company_id == project.company_id]
    rows = [ProjectCostCode(project=project, cost_code=one) for one in fresh]
    ProjectCostCode.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def copy_all_codes(project: Project, *, by: Membership) -> int:
    """Let the project use every active code of the company's list; returns how many it did not use before.

    Raises:
        NotAllowed: `by` may not manage the codes of projects.
    """
    return add_cost_codes(project, CostCode.objects.filter(company=project.company, is_active=True), by=by)


def hold_codes(*projects: int) -> None:
    """Let nobody take a code off these projects until the transaction ends: what is saved with one has it at the end.

    Called before the codes are read, and after what they are saved with is held.
    """
    list(Project.objects.select_for_update(no_key=True).filter(pk__in=projects).order_by("pk").values_list("pk"))


@transaction.atomic
def remove_cost_code(project: Project, cost_code: CostCode, *, by: Membership) -> None:
    """Let the project use this code no more.

    Raises:
        NotAllowed: `by` may not manage the codes of projects.
        StillUsed: the project's budget or another record of it needs the code.
    """
    require(by, Right.PROJECT_CODES)
    hold_codes(project.pk)
    try:
        project.code_rows.filter(cost_code=cost_code).delete()
    except ProtectedError as error:
        said = gettext("%(code)s stays on %(project)s: records of the project use it. Take it out of them first.")
        raise StillUsed(said % {"code": cost_code.code, "project": project.name}) from error
