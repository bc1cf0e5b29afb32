"""What people do to a budget before and beside its way to the ledger: one transaction each.

Whoever changes a budget holds its row until they are done, so that its lines, its total and its item agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext

from budgets import guards
from budgets.kinds import budget_document
from budgets.models import Budget, BudgetChange, BudgetChangeLine, BudgetLine
from budgets.rules import (
    LARGEST_TOTAL,
    ZERO,
    BudgetDetails,
    ChangeDetails,
    LineDetails,
    Move,
    change_problems,
    direct_cost_problems,
    line_problems_of,
)
from procore_sync.acceptance.items import revise, set_requirements
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.refusals import IllegalMove
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.kinds import Kind
from procore_sync.kit.money import money
from procore_sync.kit.refusals import InvalidInput
from procore_sync.kit.text import filled
from projects.models import Project, ProjectCostCode
from projects.operations import hold_codes
from projects.records import EditedMeanwhile, Keeper, Problems, refuse, saved_meanwhile, saving, tidy


def _taken(company: Company, details: BudgetDetails, own: int | None) -> Problems:
    if Budget.objects.filter(project=details.project).exclude(pk=own).exists():
        return {"project": [gettext("%(project)s has a budget already.") % {"project": details.project.name}]}
    return {}


def _columns(budget: Budget) -> dict[str, Any]:
    return {**_called_after(budget.project), "amount": total_of(budget), "project": budget.project.erp}


def _called_after(project: Project) -> dict[str, Any]:
    return {"label": f"Budget of {project.name}", "number": project.number}


def rename_budget(project: Project) -> None:
    """Call the budget of `project` as the project is called now; its revision stays, and so does what was sent."""
    ErpItem.objects.filter(budget__project=project).update(**_called_after(project))


def total_of(budget: Budget) -> Decimal:
    """The original amounts and every change of `budget`, summed: what its document comes to."""
    if not budget.pk:
        return ZERO
    lines = BudgetLine.objects.filter(budget=budget).aggregate(sum=Sum("original"))["sum"] or ZERO
    moved = BudgetChangeLine.objects.filter(change__budget=budget).aggregate(sum=Sum("amount"))["sum"] or ZERO
    return money(lines + moved)


BUDGETS: Keeper[Budget, BudgetDetails] = Keeper(
    model=Budget,
    kind=Kind.BUDGET,
    details=BudgetDetails,
    problems=lambda details: {},
    taken=_taken,
    derived=lambda details: {},
    document=budget_document,
    columns=_columns,
)


@transaction.atomic
def open_budget(
    project: Project, *, by: Membership, may_change_total: bool = False, external_ref: str | None = None
) -> Budget:
    """The budget of `project`, empty and unlocked; the same `external_ref` gives the one opened before.

    Raises:
        NotAllowed: `by` may not edit.
        IllegalMove: the project is inactive.
        InvalidInput: the project has a budget already.
        AnotherHasTheReference: a budget came under this reference and says something else.
    """
    require(by, Right.EDIT)
    go_on_unless(guards.why_not_open(project))
    details = BudgetDetails(project, may_change_total)
    budget = BUDGETS.create(details, company=by.company, by=by, external_ref=external_ref)
    _require_what_it_names(budget)
    return budget


def edit_budget(budget: Budget, *, may_change_total: bool, by: Membership, seen: int) -> Budget:
    """Let changes alter the grand total from now on, or not; changes that are there stay.

    Raises:
        NotAllowed: `by` may not edit.
        EditedMeanwhile: somebody else saved it since.
    """
    require(by, Right.EDIT)
    return BUDGETS.edit(budget, BudgetDetails(budget.project, may_change_total), by=by, seen=seen)


@transaction.atomic
def add_line(budget: Budget, code: ProjectCostCode, details: LineDetails, *, by: Membership) -> BudgetLine:
    """A new line of `budget` for a code of its project; once the budget is locked it starts at 0.00.

    Raises:
        NotAllowed: `by` may not edit.
        IllegalMove: the budget is with accounting or on its way.
        InvalidInput: the code has a line, is another project's or inactive, or a detail is wrong.
    """
    require(by, Right.EDIT)
    held, details = hold(budget), tidy(details)
    go_on_unless(guards.why_not_add(held))
    problems = line_problems_of(details)
    if held.is_locked and not problems and details.original:
        sentence = gettext(
            "The budget is locked, so a new line starts at 0.00. Add it at 0.00, then move money to it by a change."
        )
        problems = {"amount": [sentence]}
    refuse({**_code_problems(held, code), **problems})
    line = BudgetLine(budget=held, number=held.next_line, code=code, added_later=held.is_locked, **stored(details))
    line.save(force_insert=True)
    Budget.objects.filter(pk=held.pk).update(next_line=F("next_line") + 1)
    settle(held, sent_otherwise=bool(line.original))
    return line


def _code_problems(budget: Budget, code: ProjectCostCode) -> Problems:
    cost_code = code.cost_code
    hold_codes(budget.project_id)
    if not ProjectCostCode.objects.filter(pk=code.pk, project=budget.project_id).exists():
        return {
            "code": [
                filled(
                    gettext("%(code)s is not among the cost codes of %(project)s. Add it there first."),
                    {"code": cost_code.code, "project": budget.project.name},
                )
            ]
        }
    if not cost_code.is_active:
        return {
            "code": [
                gettext("The cost code %(code)s is inactive. Activate it first, or take another.")
                % {"code": cost_code.code}
            ]
        }
    if BudgetLine.objects.filter(budget=budget, code=code).exists():
        return {"code": [gettext("%(code)s has a line already. Edit that one.") % {"code": cost_code.code}]}
    return {}


def stored(details: LineDetails) -> dict[str, Any]:
    """The columns of a line that says `details`."""
    return {
        "description": details.description,
        "manual": details.manual,
        "quantity": details.quantity,
        "uom": details.uom,
        "unit_cost": details.unit_cost,
        "original": details.original,
    }


@transaction.atomic
def edit_line(line: BudgetLine, details: LineDetails, *, by: Membership, seen: int) -> BudgetLine:
    """`line` saying `details`; `seen` is the edition of the line that `by` had before them.

    Raises:
        NotAllowed: `by` may not edit.
        IllegalMove: the budget is locked, with accounting or on its way.
        InvalidInput: a detail is wrong, or the budget would come to less than nothing.
        EditedMeanwhile: somebody else saved the line since, or removed it.
    """
    require(by, Right.EDIT)
    held, details = hold(line.budget), tidy(details)
    go_on_unless(guards.why_not_edit(held))
    refuse(line_problems_of(details))
    before = BudgetLine.objects.filter(pk=line.pk).first()
    if before is None:
        raise _saved_meanwhile(line, by)
    _write(line, seen, by, **stored(details))
    told = (before.original, before.description) != (details.original, details.description)
    # A line of 0.00 goes nowhere by itself, but every change of it says its description.
    goes = before.original or details.original or before.changes.exists()
    settle(held, sent_otherwise=told and bool(goes))
    edited = BudgetLine.objects.select_related("code__cost_code").get(pk=line.pk)
    edited.budget = held
    return edited


def _write(line: BudgetLine, seen: int, by: Membership, **columns: Any) -> None:
    columns |= saving(seen, by)
    if BudgetLine.objects.filter(pk=line.pk, edition=seen).update(**columns) != 1:
        raise _saved_meanwhile(line, by)


def _saved_meanwhile(line: BudgetLine, by: Membership) -> EditedMeanwhile:
    label = gettext("The line %(code)s") % {"code": line.code.cost_code.code}
    return saved_meanwhile(label, BudgetLine.objects.filter(pk=line.pk), asker=by)


@transaction.atomic
def type_direct_cost(line: BudgetLine, amount: Decimal | None, *, by: Membership, seen: int) -> BudgetLine:
    """`line` with a direct cost that was typed, below zero for a credit, however the budget stands.

    QuickBooks gets nothing of it. `seen` is the edition of the line that `by` had before them.

    Raises:
        NotAllowed: `by` may not edit.
        IllegalMove: the company fills direct costs from QuickBooks.
        InvalidInput: the amount is missing, too large or has fractions of a cent.
        EditedMeanwhile: somebody else saved the line since, or removed it.
    """
    require(by, Right.EDIT)
    go_on_unless(guards.why_not_type(line.budget))
    refuse(direct_cost_problems(amount))
    _write(line, seen, by, direct_cost=money(amount or ZERO))
    line.direct_cost, line.edition = money(amount or ZERO), seen + 1
    return line


@transaction.atomic
def remove_line(line: BudgetLine, *, by: Membership) -> None:
    """Take `line` out of the budget; its number is never used again.

    Raises:
        NotAllowed: `by` may not edit.
        IllegalMove: the budget stands still, or a change, a commitment or another record uses the line.
    """
    require(by, Right.EDIT)
    held = hold(line.budget)
    line.budget = held
    go_on_unless(guards.why_not_remove(line))
    BudgetLine.objects.filter(pk=line.pk).delete()
    settle(held, sent_otherwise=bool(line.original))


@transaction.atomic
def lock(budget: Budget, *, by: Membership) -> Budget:
    """Let the original amounts stand still, so that the budget can be sent; today becomes its date.

    Raises:
        NotAllowed: `by` may not lock budgets.
        IllegalMove: it is locked already, has no line, is with accounting or on its way.
    """
    require(by, Right.LOCK_BUDGET)
    held = hold(budget)
    go_on_unless(guards.why_not_lock(held))
    before, today = held.locked_on, today_of(held.company)
    held.is_locked, held.locked_on = True, today
    Budget.objects.filter(pk=held.pk).update(is_locked=True, locked_on=today)
    settle(held, sent_otherwise=before != today)
    return held


@transaction.atomic
def unlock(budget: Budget, *, by: Membership) -> Budget:
    """Open the original amounts for editing; every change is kept, and so is the date until it is locked again.

    Raises:
        NotAllowed: `by` may not edit.
        IllegalMove: it is not locked, is with accounting or on its way.
    """
    require(by, Right.EDIT)
    held = hold(budget)
    go_on_unless(guards.why_not_unlock(held))
    held.is_locked = False
    Budget.objects.filter(pk=held.pk).update(is_locked=False)
    if held.erp.synced_revision is None or held.erp.is_changed:
        # Nothing that QuickBooks gets; but whoever sends it now has read that it is locked.
        revise(held.erp)
    return held


@transaction.atomic
def make_change(budget: Budget, details: ChangeDetails, *, by: Membership) -> BudgetChange:
    """Add amounts to lines of a locked budget, and take them from others.

    Raises:
        NotAllowed: `by` may not edit.
        IllegalMove: the budget is not locked, is with accounting or on its way.
        InvalidInput: the amounts do not come to nothing and have to, a detail is wrong, or the budget would come to
            less than nothing.
    """
    require(by, Right.EDIT)
    held = hold(budget)
    go_on_unless(guards.why_not_change(held))
    details = replace(details, notes=details.notes.strip())
    refuse(_strangers(held, details.moves) or change_problems(details, may_change_total=held.may_change_total))
    change = BudgetChange.objects.create(
        budget=held,
        number=held.next_change,
        made_on=details.made_on,
        notes=details.notes,
        made_by=by,
        revision=held.erp.revision + 1,
    )
    BudgetChangeLine.objects.bulk_create(
        BudgetChangeLine(change=change, number=number, line=move.line, amount=money(move.amount))
        for number, move in enumerate(details.moves, start=1)
    )
    Budget.objects.filter(pk=held.pk).update(next_change=F("next_change") + 1)
    settle(held, sent_otherwise=True)
    return change


def _strangers(budget: Budget, moves: Iterable[Move]) -> Problems:
    """Lines that are not of this budget, or not any more."""
    known = set(budget.lines.filter(pk__in=[move.line.pk for move in moves]).values_list("pk", flat=True))
    gone = [move.line.code.cost_code.code for move in moves if move.line.pk not in known]
    if not gone:
        return {}
    sentence = gettext("The budget has no line %(codes)s any more. Add it first.")
    return {"moves": [sentence % {"codes": ", ".join(gone)}]}


@transaction.atomic
def take_back(change: BudgetChange, *, by: Membership) -> None:
    """Delete a change that QuickBooks has not got yet; its number is never used again.

    Raises:
        NotAllowed: `by` may not edit.
        IllegalMove: it is in QuickBooks, with accounting or on its way.
        InvalidInput: the budget would come to less than nothing.
    """
    require(by, Right.EDIT)
    held = hold(change.budget)
    change.budget = held
    go_on_unless(guards.why_not_take_back(change))
    BudgetChange.objects.filter(pk=change.pk).delete()
    settle(held, sent_otherwise=True)


# -- what they share -----------------------------------------------------------------------------------------------


def hold(budget: Budget) -> Budget:
    """`budget` as it stands now, held against others until the transaction ends.

    Its item is read after the row is held, so that it is not older.
    """
    held: Budget = Budget.objects.select_for_update().get(pk=budget.pk)
    return held


def go_on_unless(sentence: str) -> None:
    """Go on only if a guard says nothing.

    Raises:
        IllegalMove: it says why not.
    """
    if sentence:
        raise IllegalMove(sentence)


def settle(budget: Budget, *, sent_otherwise: bool) -> None:
    """Bring the item in line with the budget; its revision counts up if QuickBooks would get something else.

    Raises:
        InvalidInput: the budget would come to less than nothing, or to more than can be kept.
    """
    _require_what_it_names(budget)
    columns = _columns(budget)
    if sent_otherwise:
        _keep_within(columns["amount"])
        revise(budget.erp, **columns)
    else:
        ErpItem.objects.filter(pk=budget.erp_id).exclude(**columns).update(**columns)


def _keep_within(total: Decimal) -> None:
    if total < 0:
        raise InvalidInput(
            gettext(
                "The budget would come to %(total)s, and QuickBooks takes none below zero. Give its lines more first."
            )
            % {"total": f"{total:,}"}
        )
    if total > LARGEST_TOTAL:
        raise InvalidInput(
            gettext("The budget would come to %(total)s; %(limit)s is the most that can be kept.")
            % {"total": f"{total:,}", "limit": f"{LARGEST_TOTAL:,}"}
        )


def _require_what_it_names(budget: Budget) -> None:
    """The project and every code of the budget have to be in QuickBooks before it."""
    codes = ErpItem.objects.filter(cost_code__project_rows__budget_lines__budget=budget)
    set_requirements(budget.erp, [budget.project.erp_id, *codes.values_list("pk", flat=True)])
