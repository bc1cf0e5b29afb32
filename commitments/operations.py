"""What people do to commitments before and beside their way to the ledger: one transaction each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from commitments.followers import hand_down_access
from commitments.hindrances import Deed, hindrances_of, line_hindrances_of
from commitments.kinds import commitment_document, lines_of
from commitments.models import (
    Commitment,
    CommitmentStatus,
    CommitmentType,
    People,
    PeopleSaving,
    SovLine,
    SsovStatus,
)
from commitments.rules import (
    CommitmentDetails,
    LineDetails,
    amount_of,
    commitment_problems,
    line_details,
    schedule_problems,
)
from commitments.selectors import commitments_for, suggested_number
from commitments.ssov import is_broken_down
from commitments.statuses import OVER, statuses_after_approval
from procore_sync.acceptance.items import hold_to_delete, revise, set_requirements, why_locked
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.refusals import IllegalMove, NotReady
from procore_sync.acceptance.states import Status
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.curing import EDITORS
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Company, Membership, Role
from procore_sync.kit.canonical import digest
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput
from projects.models import Project, ProjectCostCode
from projects.operations import StillUsed, hold_codes
from projects.records import (
    AnotherHasTheReference,
    Keeper,
    Problems,
    details_of,
    kept_total,
    refuse,
    require_same,
    saved_meanwhile,
    saving,
    still_there,
    tidy,
)
from vendors.models import Vendor

SUGGESTIONS = 3


class KeptAsSent(IllegalMove):
    """QuickBooks holds it, so what QuickBooks got cannot be changed until a correction begins."""

    cure = gettext_noop("Change it by a change order, or correct and replace it; both begin on the page of the record.")


def _taken(company: Company, details: CommitmentDetails, own: int | None) -> Problems:
    problems: Problems = {}
    if not Project.objects.filter(company=company, pk=details.project_id).exists():
        problems["project"] = [gettext("There is no such project. Choose one of the company's.")]
    if details.vendor_id is not None and not Vendor.objects.filter(company=company, pk=details.vendor_id).exists():
        problems["vendor"] = [gettext("There is no such vendor. Choose one of the company's.")]
    same = Commitment.objects.filter(project_id=details.project_id, number=details.number, company=company)
    if same.exclude(pk=own).exists():
        problems["number"] = [
            gettext("The project has a commitment %(number)s already. Give another number.")
            % {"number": details.number}
        ]
    return problems


def _columns(commitment: Commitment) -> dict[str, Any]:
    columns = {"label": str(commitment)[:255], "number": commitment.number, "project": commitment.project.erp}
    return {**columns, "amount": Decimal("0.00")} if commitment._state.adding else columns


COMMITMENTS: Keeper[Commitment, CommitmentDetails] = Keeper(
    model=Commitment,
    kind=Kind.COMMITMENT,
    details=CommitmentDetails,
    problems=commitment_problems,
    taken=_taken,
    derived=lambda details: {},
    document=commitment_document,
    columns=_columns,
)


@transaction.atomic
def create_commitment(
    details: CommitmentDetails, *, by: Membership, lines: Sequence[LineDetails] = (), external_ref: str | None = None
) -> Commitment:
    """A new commitment with its lines; the same `external_ref` with the same details gives the one made before.

    Without a number it gets the suggested one, without a date today's.

    Raises:
        NotAllowed: `by` may not edit.
        InvalidInput: a detail or a line is wrong, or the project has the number already.
        AnotherHasTheReference: a commitment came under this reference and says something else.
    """
    require(by, Right.EDIT)
    details, lines = tidy(details), [tidy(line) for line in lines]
    # One after the other in a project: the second finds the reference, and the number that the first got.
    Project.objects.select_for_update(no_key=True).filter(company=by.company, pk=details.project_id).first()
    there = _known(external_ref, by)
    for left in reversed(range(SUGGESTIONS)):
        complete = _completed(details, by.company, there)
        refuse({**commitment_problems(complete), **schedule_problems(lines, complete.accounting_method)})
        try:
            with transaction.atomic():
                made = COMMITMENTS.create(complete, company=by.company, by=by, external_ref=external_ref)
            break
        except InvalidInput as refusal:
            if details.number or "number" not in refusal.errors or not left:
                raise
    if there is None:
        return _required(_first_lines(made, lines))
    require_same(made.erp.label, external_ref, complete, complete, *([] if _has_lines(there, lines) else ["lines"]))
    return made


def _first_lines(made: Commitment, lines: Sequence[LineDetails]) -> Commitment:
    """A new commitment with its lines; they are no edit of it."""
    rows = _rows(made, list(lines), {})
    _write(made, rows, {})
    made.next_line = len(rows) + 1
    made.erp.amount = _total_of(rows)
    Commitment.objects.filter(pk=made.pk).update(next_line=made.next_line)
    ErpItem.objects.filter(pk=made.erp_id).update(amount=made.erp.amount)
    return made


def _known(external_ref: str | None, by: Membership) -> Commitment | None:
    there = COMMITMENTS.known(by.company, (external_ref or "").strip() or None)
    if there is not None and not commitments_for(by).filter(pk=there.pk).exists():
        raise AnotherHasTheReference(
            gettext("The reference %(reference)s is taken already. Use another.") % {"reference": external_ref}
        )
    return there


def _completed(details: CommitmentDetails, company: Company, there: Commitment | None) -> CommitmentDetails:
    """`details` with number and date; those of the commitment that is there, or the suggested number and today."""
    number, created_on = details.number, details.created_on
    if there is not None:
        return replace(details, number=number or there.number, created_on=created_on or there.created_on)
    if not number:
        project = Project.objects.filter(company=company, pk=details.project_id).first()
        # Without either there is no number to suggest, and the commitment is refused for that, not for its number.
        number = suggested_number(project, details.type) if project and details.type in CommitmentType.values else "-"
    return replace(details, number=number, created_on=created_on or today_of(company))


def _has_lines(there: Commitment, lines: Sequence[LineDetails]) -> bool:
    before = [replace(line_details(line), number=None) for line in lines_of(there)]
    return before == [replace(line, number=None, amount=amount_of(line)) for line in lines]


@transaction.atomic
def edit_commitment(commitment: Commitment, details: CommitmentDetails, *, by: Membership, seen: int) -> Commitment:
    """`commitment` saying `details`; `seen` is the edition that `by` had before them. The lines stay as they are.

    Raises:
        NotAllowed: `by` may not edit.
        InvalidInput: a detail is wrong, or another commitment of the project has the number.
        EditedMeanwhile: somebody else saved it since.
        IllegalMove: what QuickBooks gets, or the status, would change while it is being decided or posted.
        NotReady: it would be void or no order any more, and is billed already; or it would be over while a change order
            of it is on its way.
        KeptAsSent: QuickBooks holds what would change.
    """
    require(by, Right.EDIT)
    return _edit(commitment, details, seen, by)


@transaction.atomic
def save_commitment(
    commitment: Commitment, details: CommitmentDetails, lines: Sequence[LineDetails], *, by: Membership, seen: int
) -> Commitment:
    """`commitment` saying `details` and having `lines`, both or neither.

    Raises:
        NotAllowed, InvalidInput, EditedMeanwhile, IllegalMove, KeptAsSent: as `edit_commitment` and `set_lines`.
    """
    require(by, Right.EDIT)
    refuse({**commitment_problems(tidy(details)), **schedule_problems(lines, details.accounting_method)})
    edited = _edit(commitment, details, seen, by)
    return _set_lines(edited, lines, edited.edition, by)


def _edit(commitment: Commitment, details: CommitmentDetails, seen: int, by: Membership) -> Commitment:
    details = tidy(details)
    refuse(_fixed(commitment, details))
    if details.status != commitment.status:
        hold(commitment)
    _status_may_change(commitment, details.status)
    revision = commitment.erp.revision
    edited = COMMITMENTS.edit(commitment, details, by=by, seen=seen)
    if edited.erp.revision != revision:
        _keep_what_quickbooks_has(commitment)
    elif edited.status != commitment.status and (edited.erp.synced_revision is None or edited.erp.is_changed):
        # Nothing that QuickBooks gets; but it is being decided, or who sends it now has read the status of before.
        revise(edited.erp)
    return _required(edited)


def hold(commitment: Commitment) -> None:
    """Let nobody begin to bill or change it, or send a change of it, until the end: what is asked now stays so.

    Raises:
        IllegalMove: it was deleted meanwhile.
    """
    still_there(Commitment.objects.select_for_update(no_key=True).select_related("erp"), commitment)


def _fixed(commitment: Commitment, details: CommitmentDetails) -> Problems:
    problems: Problems = {}
    if details.project_id != commitment.project_id:
        problems["project"] = [gettext("A commitment stays with its project. Make a new one there.")]
    if details.type != commitment.type:
        problems["type"] = [gettext("A commitment keeps its type. Make a new one of the other type.")]
    if details.accounting_method != commitment.accounting_method and commitment.lines.exists():
        problems["accounting_method"] = [
            gettext("The accounting method is fixed once there is a line. Remove the lines first.")
        ]
    return problems


def _status_may_change(commitment: Commitment, status: str) -> None:
    """What QuickBooks holds stays an order. That the status stands still while it is decided, `revise` sees to."""
    item = commitment.erp
    if status == commitment.status:
        return
    after = statuses_after_approval(commitment.type)
    never = status == CommitmentStatus.VOID or status not in after
    deed = Deed.VOID if never else Deed.END if status in OVER else None
    if deed and (against := hindrances_of(deed, commitment)):
        raise NotReady(against)
    if item.synced_revision is not None and status not in after:
        named = ", ".join(gettext(CommitmentStatus(one).label).lower() for one in after)
        raise IllegalMove(
            gettext("%(record)s is in QuickBooks, so its status can only be one of %(named)s. Unlink it first.")
            % {"record": item.label, "named": named}
        )


def _keep_what_quickbooks_has(commitment: Commitment) -> None:
    if commitment.is_kept:
        raise KeptAsSent(
            gettext(
                "%(record)s is in QuickBooks, and what QuickBooks got cannot be changed. Add a change order, or "
                "correct and replace it."
            )
            % {"record": commitment.erp.label},
            who=EDITORS,
            where=reverse("commitments:correct", args=[commitment.pk]),
        )


def _required(commitment: Commitment) -> Commitment:
    vendor = [commitment.vendor.erp] if commitment.vendor else []
    codes = ErpItem.objects.filter(cost_code__project_rows__sov_lines__commitment=commitment).distinct()
    set_requirements(commitment.erp, [commitment.project.erp, *vendor, *codes])
    return commitment


@transaction.atomic
def set_lines(commitment: Commitment, lines: Sequence[LineDetails], *, by: Membership, seen: int) -> Commitment:
    """`commitment` having these lines in this order: those without a number are new, those not named are removed.

    Raises:
        NotAllowed: `by` may not edit.
        InvalidInput: a line is wrong, its code is not on the project, or it comes to less than is billed of it.
        EditedMeanwhile: somebody else saved the commitment since.
        IllegalMove: it is being decided or posted.
        KeptAsSent: QuickBooks holds the lines.
        StillUsed: a change order changes a line that would be removed.
    """
    require(by, Right.EDIT)
    return _set_lines(commitment, lines, seen, by)


def _set_lines(commitment: Commitment, given: Sequence[LineDetails], seen: int, by: Membership) -> Commitment:
    lines = [tidy(line) for line in given]
    refuse(schedule_problems(lines, commitment.accounting_method))
    lines = [replace(line, amount=amount_of(line)) for line in lines]
    before = {line.number: line for line in lines_of(commitment)}
    if [line_details(line) for line in before.values()] == lines:
        return commitment
    rows = _rows(commitment, lines, before)
    if commitment.erp.is_locked:
        raise IllegalMove(why_locked(commitment.erp))
    _keep_what_quickbooks_has(commitment)
    fresh = sum(line.number is None for line in lines)
    _count_edit(commitment, seen, by, next_line=commitment.next_line + fresh)
    _write(commitment, rows, before)
    against = line_hindrances_of(commitment)
    refuse({f"lines.{place}.amount": [against[row.number]] for place, row in enumerate(rows) if row.number in against})
    revise(commitment.erp, amount=_total_of(rows))
    _reopen_breakdown(commitment)
    return _required(commitment)


def _total_of(rows: Iterable[SovLine]) -> Decimal:
    return kept_total(sum((row.amount for row in rows), Decimal("0.00")))


def _rows(commitment: Commitment, lines: list[LineDetails], before: dict[int, SovLine]) -> list[SovLine]:
    """The rows of `lines`; a line without a number takes the next one."""
    hold_codes(commitment.project_id)
    codes = {row.cost_code_id: row for row in ProjectCostCode.objects.filter(project_id=commitment.project_id)}
    problems: Problems = {}
    rows, fresh = [], commitment.next_line
    for place, line in enumerate(lines):
        code = codes.get(line.code_id or 0)
        if code is None:
            problems[f"lines.{place}.code"] = [
                gettext("Line %(place)s: The project does not use this cost code. Add it there.") % {"place": place + 1}
            ]
        if line.number is not None and line.number not in before:
            problems[f"lines.{place}"] = [
                gettext("Line %(place)s is not there any more. Load the page and repeat your edit.")
                % {"place": place + 1}
            ]
        if code is None or f"lines.{place}" in problems:
            continue
        number, fresh = (fresh, fresh + 1) if line.number is None else (line.number, fresh)
        rows.append(_row(commitment, line, code, number, place + 1))
    refuse(problems)
    return rows


def _row(commitment: Commitment, line: LineDetails, code: ProjectCostCode, number: int, position: int) -> SovLine:
    return SovLine(
        commitment=commitment,
        number=number,
        position=position,
        code=code,
        description=line.description,
        quantity=line.quantity,
        uom=line.uom,
        unit_cost=line.unit_cost,
        amount=amount_of(line),
    )


def _count_edit(commitment: Commitment, seen: int, by: Membership, **columns: Any) -> None:
    own = Commitment.objects.filter(pk=commitment.pk)
    columns |= saving(seen, by)
    if own.filter(edition=seen).update(**columns) != 1:
        still_there(own, commitment)
        raise saved_meanwhile(commitment.erp.label, own, asker=by)
    for name, value in columns.items():
        setattr(commitment, name, value)


def _write(commitment: Commitment, rows: list[SovLine], before: dict[int, SovLine]) -> None:
    kept = {row.number for row in rows}
    try:
        SovLine.objects.filter(commitment=commitment).exclude(number__in=kept).delete()
    except ProtectedError as error:
        raise StillUsed(
            gettext(
                "A line of %(record)s stays: a change order changes it, or an invoice has it. Set its amount instead."
            )
            % {"record": commitment.erp.label}
        ) from error
    for row in rows:
        if row.number in before:
            row.pk = before[row.number].pk
    SovLine.objects.bulk_create([row for row in rows if row.number not in before])
    written = ["position", "code", "description", "quantity", "uom", "unit_cost", "amount"]
    SovLine.objects.bulk_update([row for row in rows if row.number in before], written)


def _reopen_breakdown(commitment: Commitment) -> None:
    """A breakdown that was submitted or approved and no longer comes to its lines is a draft again."""
    done = commitment.ssov_status in (SsovStatus.UNDER_REVIEW, SsovStatus.APPROVED)
    if commitment.uses_ssov and done and not is_broken_down(commitment):
        Commitment.objects.filter(pk=commitment.pk).update(ssov_status=SsovStatus.DRAFT)
        commitment.ssov_status = SsovStatus.DRAFT


@transaction.atomic
def set_status(commitment: Commitment, status: str, *, by: Membership) -> Commitment:
    """`commitment` in another business status.

    Raises:
        NotAllowed: `by` may not edit.
        InvalidInput: its type has no such status.
        IllegalMove: it is being decided or posted, or QuickBooks holds it and it would be no order any more.
        EditedMeanwhile: somebody else saved it since.
    """
    require(by, Right.EDIT)
    details = replace(details_of(commitment, CommitmentDetails), status=status)
    refuse(commitment_problems(details))
    return _edit(commitment, details, commitment.edition, by)


def set_commitment_active(commitment: Commitment, active: bool, *, by: Membership) -> None:
    """Activate a commitment, or deactivate it so that it cannot be sent.

    Raises:
        NotAllowed: `by` may not edit.
        IllegalMove: it is being decided or posted.
    """
    require(by, Right.EDIT)
    COMMITMENTS.set_active(commitment, active, by=by)


@transaction.atomic
def delete_commitment(commitment: Commitment, *, by: Membership) -> None:
    """Delete a draft that was never sent, for good.

    Raises:
        NotAllowed: `by` may not edit.
        IllegalMove: it is no draft, or accounting has seen it.
        StillUsed: something else needs it.
    """
    require(by, Right.EDIT)
    # Both rows: a saving goes by the record's, a sending by the item's.
    now = still_there(Commitment.objects.select_for_update(of=("self",)).select_related("erp"), commitment)
    item = now.erp = hold_to_delete(now.erp)
    sentence = why_not_delete(now)
    if sentence:
        raise IllegalMove(sentence)
    try:
        Commitment.objects.filter(pk=now.pk).delete()
    except ProtectedError as error:
        raise StillUsed(
            gettext("%(record)s stays: its change orders or invoices need it. Delete them first.")
            % {"record": item.label}
        ) from error
    item.delete()


def why_not_delete(commitment: Commitment) -> str | None:
    """Why the commitment cannot be deleted, or None if it can."""
    item = commitment.erp
    if item.status != Status.NOT_SENT or item.events.exists():
        return gettext(
            "%(record)s was with accounting or was commented on, so its history stays. Deactivate it instead."
        ) % {"record": item.label}
    if commitment.status != CommitmentStatus.DRAFT:
        return gettext("%(record)s is %(was)s. Set it to draft, then delete it.") % {
            "record": item.label,
            "was": gettext(commitment.get_status_display()).lower(),
        }
    return None


def access_seen(commitment: Commitment) -> str:
    """Who may see the commitment now, as a digest."""
    return digest([commitment.erp.is_private, sorted(commitment.erp.readers.values_list("pk", flat=True))])


def contacts_seen(commitment: Commitment) -> str:
    """Who bills against the commitment now, as a digest."""
    return digest(sorted(commitment.invoice_contacts.values_list("pk", flat=True)))


def distribution_seen(commitment: Commitment) -> str:
    """Who is told now what the contacts submit, as a digest."""
    return digest(sorted(commitment.distribution.values_list("pk", flat=True)))


_SEEN: dict[People, Callable[[Commitment], str]] = {
    People.ACCESS: access_seen,
    People.CONTACTS: contacts_seen,
    People.DISTRIBUTION: distribution_seen,
}


def _save_as_seen(commitment: Commitment, what: People, seen: str, by: Membership) -> None:
    """Hold the commitment; all of its people are saved at once, so whom somebody took out meanwhile would come back."""
    held = still_there(Commitment.objects.select_for_update(of=("self",)), commitment)
    rows = PeopleSaving.objects.filter(commitment=held, what=what)
    if seen and seen != _SEEN[what](held):
        raise saved_meanwhile(gettext(what.label) % {"record": commitment.erp.label}, rows, asker=by)
    last, _ = PeopleSaving.objects.get_or_create(commitment=held, what=what)
    rows.update(**saving(last.edition, by))


@transaction.atomic
def set_access(
    commitment: Commitment, *, private: bool, readers: Iterable[Membership], by: Membership, seen: str = ""
) -> None:
    """Show the commitment to all who may see records, or only to `readers`, to `by`, and to those who decide on it.

    With `seen`, the `access_seen` that `by` looked at, only as long as it is that.

    Raises:
        NotAllowed: `by` may not edit.
        InvalidInput: a reader is not of the company, or may see no records.
        EditedMeanwhile: somebody else has changed who may see it.
    """
    require(by, Right.EDIT)
    _save_as_seen(commitment, People.ACCESS, seen, by)
    chosen = {one.pk: one for one in readers}
    wrong = [one for one in chosen.values() if one.company_id != commitment.company_id or not _reads(one)]
    if wrong:
        refuse(
            {
                "readers": [
                    gettext("%(person)s cannot read records of the company. Choose somebody else.") % {"person": one}
                    for one in wrong
                ]
            }
        )
    ErpItem.objects.filter(pk=commitment.erp_id).update(is_private=private)
    commitment.erp.is_private = private
    commitment.erp.readers.set([*chosen, by.pk] if private else [])
    hand_down_access(commitment)


def _reads(member: Membership) -> bool:
    return member.is_active and member.role != Role.INVOICE_CONTACT


@transaction.atomic
def set_invoice_contacts(
    commitment: Commitment, contacts: Iterable[Membership], *, by: Membership, seen: str = ""
) -> None:
    """Say who of the subcontractor's people bills against the commitment.

    With `seen`, the `contacts_seen` that `by` looked at, only as long as it is that.

    Raises:
        NotAllowed: `by` may not edit.
        InvalidInput: somebody is no active invoice contact of the company.
        EditedMeanwhile: somebody else has changed who bills against it.
    """
    require(by, Right.EDIT)
    _save_as_seen(commitment, People.CONTACTS, seen, by)
    chosen = {one.pk: one for one in contacts}
    wrong = [
        one
        for one in chosen.values()
        if one.company_id != commitment.company_id or one.role != Role.INVOICE_CONTACT or not one.is_active
    ]
    if wrong:
        refuse(
            {
                "contacts": [
                    gettext("%(person)s is not an invoice contact. An administrator can invite one.") % {"person": one}
                    for one in wrong
                ]
            }
        )
    commitment.invoice_contacts.set(chosen)


@transaction.atomic
def set_distribution(commitment: Commitment, people: Iterable[Membership], *, by: Membership, seen: str = "") -> None:
    """Say who of the company is told what the contacts submit; nobody: everybody who reviews it.

    With `seen`, the `distribution_seen` that `by` looked at, only as long as it is that.

    Raises:
        NotAllowed: `by` may not edit.
        InvalidInput: somebody is not of the company, may see no records, or may not see this private one.
        EditedMeanwhile: somebody else has changed who is told.
    """
    require(by, Right.EDIT)
    _save_as_seen(commitment, People.DISTRIBUTION, seen, by)
    chosen = {one.pk: one for one in people}
    own = [one for one in chosen.values() if one.company_id == commitment.company_id and _reads(one)]
    blind = gettext("%(person)s cannot read records of the company. Choose somebody else.")
    kept_out = gettext("%(person)s may not see this private commitment. Let them see it first.")
    wrong = [blind % {"person": one} for one in chosen.values() if one not in own]
    wrong += [kept_out % {"person": one} for one in own if not commitments_for(one).filter(pk=commitment.pk).exists()]
    refuse({"people": wrong} if wrong else {})
    commitment.distribution.set(chosen)
