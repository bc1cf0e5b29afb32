"""How lines come into a change, and what follows for its change order: one place for every operation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import ProtectedError, Sum
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from change_orders.hindrances import hindrances_of
from change_orders.kinds import change_order_document, lines_of
from change_orders.models import Change, ChangeLine, ChangeOrder, ChangeRequest, ChangeStatus
from change_orders.reviewing import require_decider
from change_orders.rules import ChangeDetails, ChangeLineDetails, D, RequestDetails
from commitments.models import Commitment, SovLine
from commitments.rules import amount_of, said_by
from procore_sync.acceptance.items import revise, set_requirements, why_locked
from procore_sync.acceptance.models import Document, ErpItem
from procore_sync.acceptance.refusals import IllegalMove, deleted_meanwhile
from procore_sync.accounts.models import Membership
from procore_sync.kit.canonical import digest
from projects.models import ProjectCostCode
from projects.operations import StillUsed, hold_codes
from projects.records import Columns, Problems, changed_since_seen, kept_total, refuse


def held(commitment_id: int) -> Commitment:
    """The commitment, held until the end of the transaction, so that its changes are made one after another.

    Raises:
        IllegalMove: it was deleted meanwhile.
    """
    rows = Commitment.objects.select_for_update(of=("self",)).filter(pk=commitment_id)
    found: Commitment | None = rows.select_related("erp", "company", "project__erp", "vendor__erp").first()
    if found is None:
        raise deleted_meanwhile(gettext("The commitment"))
    return found


def why_closed(change_order: ChangeOrder) -> str | None:
    """Why a change order and all that it collects stay as they are, or None if they can be changed."""
    return why_stands_still(change_order) or why_billed(change_order)


def why_stands_still(change_order: ChangeOrder) -> str | None:
    """Why nothing of a change order can be changed, its texts neither, or None."""
    item = change_order.erp
    if item.is_locked:
        return why_locked(item)
    if item.synced_revision is not None:
        return gettext(
            "%(record)s is in QuickBooks, so it cannot be changed, rejected or voided any more. Make another "
            "change order for the difference, or have its lines deleted in QuickBooks and unlink it."
        ) % {"record": item.label}
    return None


def why_billed(change_order: ChangeOrder) -> str | None:
    """Why its lines and its status stay as they are, or None; its texts can be changed all the same."""
    against = hindrances_of(change_order)
    return against[0].sentence if against else None


def require_open(change_order: ChangeOrder | None) -> None:
    """Go on only if what belongs to `change_order` can be changed; None is open.

    Raises:
        IllegalMove: it is being decided or posted, is in QuickBooks, or is billed.
    """
    sentence = why_closed(change_order) if change_order else None
    if sentence is not None:
        raise IllegalMove(sentence)


@dataclass(frozen=True)
class Nameable:
    """What lines of a change of one commitment can name: its SOV lines, and the cost codes of its project."""

    sov: dict[int, SovLine]
    codes: dict[int, ProjectCostCode]

    @classmethod
    def of(cls, commitment: Commitment) -> Nameable:
        """Those of `commitment`, which stay on its project until the transaction ends."""
        hold_codes(commitment.project_id)
        sov = SovLine.objects.filter(commitment=commitment).select_related("code__cost_code")
        codes = ProjectCostCode.objects.filter(project_id=commitment.project_id).select_related("cost_code")
        return cls({line.number: line for line in sov}, {row.cost_code_id: row for row in codes})

    def problems(self, lines: Iterable[ChangeLineDetails]) -> Problems:
        """The lines that name what is not there, by `lines.<place>.<field>`."""
        found: Problems = {}
        for place, line in enumerate(lines):
            if line.changes is not None and line.changes not in self.sov:
                found[f"lines.{place}.changes"] = [
                    gettext("Line %(place)s: The commitment has no line %(line)s.")
                    % {"place": place + 1, "line": line.changes}
                ]
            elif line.changes is None and line.code_id not in self.codes:
                found[f"lines.{place}.code"] = [
                    gettext("Line %(place)s: The project does not use this cost code. Add it to the project first.")
                    % {"place": place + 1}
                ]
            elif line.changes is not None and line.code_id not in (None, self.sov[line.changes].code.cost_code_id):
                code = self.sov[line.changes].code.cost_code.code
                found[f"lines.{place}.code"] = [
                    gettext("Line %(place)s: Line %(line)s has the cost code %(code)s, so its changes have it too.")
                    % {"place": place + 1, "line": line.changes, "code": code}
                ]
        return found

    def columns(self, line: ChangeLineDetails) -> Columns:
        """The columns of a line without problems."""
        changed = None if line.changes is None else self.sov[line.changes]
        return {
            "sov_line": changed,
            "code": changed.code if changed else self.codes[line.code_id or 0],
            "description": line.description,
            "quantity": line.quantity,
            "uom": line.uom,
            "unit_cost": line.unit_cost,
            "amount": amount_of(line),
        }

    def both(self, stands: D, given: D) -> tuple[D, D]:
        """Two changes to compare: what is given as it will stand, with the number that stands if it names none."""
        number = given.number or stands.number
        return (
            replace(stands, lines=tuple(self._comparable(stands.lines))),
            replace(given, number=number, lines=tuple(self._comparable(given.lines))),
        )

    def _comparable(self, lines: Iterable[ChangeLineDetails]) -> list[ChangeLineDetails]:
        """`lines` as they will stand, without what names them, to compare with what stands."""
        columns = [(line, self.columns(line)) for line in lines]
        return [
            replace(line, id=None, number=None, code_id=made["code"].cost_code_id, amount=made["amount"])
            for line, made in columns
        ]


def line_details(line: ChangeLine) -> ChangeLineDetails:
    """What a line says."""
    return ChangeLineDetails(**said_by(line), changes=line.sov_line.number if line.sov_line else None, id=line.pk)


def own_lines(change: ChangeOrder | ChangeRequest) -> list[ChangeLine]:
    """The lines that are edited in `change` itself: those that a change order collected belong to their request."""
    rows = ChangeLine.objects.select_related("code__cost_code__erp", "sov_line__code__cost_code")
    if isinstance(change, ChangeOrder):
        return list(rows.filter(change_order=change, request=None).order_by("number"))
    return list(rows.filter(request=change).order_by("pk"))


def details_of_change(change_order: ChangeOrder) -> ChangeDetails:
    """What a change order says, its own lines with it."""
    return ChangeDetails(**_said(change_order), lines=tuple(line_details(one) for one in own_lines(change_order)))


def details_of_request(request: ChangeRequest) -> RequestDetails:
    """What a request says, its own lines with it."""
    lines = tuple(line_details(one) for one in own_lines(request))
    return RequestDetails(**_said(request), lines=lines, own_status=request.own_status)


def _said(change: Change) -> dict[str, Any]:
    texts = {name: getattr(change, name) for name in ("number", "title", "description", "status")}
    return {**texts, "reviewer": change.reviewer_id}


#: The columns of a line that its details make; its number is not among them.
_WRITTEN = ["sov_line", "code", "description", "quantity", "uom", "unit_cost", "amount"]


def write_lines(change: ChangeOrder | ChangeRequest, lines: Sequence[ChangeLineDetails], known: Nameable) -> None:
    """Let `change` have exactly these lines of its own: known ones edited, new ones added, the others removed.

    Raises:
        InvalidInput: a line is named that is none of its own.
        StillUsed: a line that would be removed stands on an invoice.
    """
    there = {line.pk: line for line in own_lines(change)}
    strangers = [place for place, line in enumerate(lines) if line.id is not None and line.id not in there]
    gone = gettext("Line %(place)s is not there any more. Load it again.")
    refuse({f"lines.{place}.id": [gone % {"place": place + 1}] for place in strangers})
    kept = {line.id for line in lines}
    _remove([pk for pk in there if pk not in kept])
    fresh = [ChangeLine(**known.columns(line)) for line in lines if line.id is None]
    for line in lines:
        if line.id is not None:
            for name, value in known.columns(line).items():
                setattr(there[line.id], name, value)
    ChangeLine.objects.bulk_update([there[line.id] for line in lines if line.id is not None], _WRITTEN)
    _add(change, fresh)


def _remove(lines: list[int]) -> None:
    try:
        ChangeLine.objects.filter(pk__in=lines).delete()
    except ProtectedError as error:
        raise StillUsed(
            gettext("A line that you removed stands on an invoice. Keep it, and set its amount to 0.")
        ) from error


def _add(change: ChangeOrder | ChangeRequest, fresh: list[ChangeLine]) -> None:
    for line in fresh:
        if isinstance(change, ChangeRequest):
            line.request = change
    change_order = change if isinstance(change, ChangeOrder) else change.in_order
    if change_order is not None:
        number(change_order, fresh)
    ChangeLine.objects.bulk_create(fresh)


def number(change_order: ChangeOrder, lines: Iterable[ChangeLine]) -> None:
    """Give lines that come into `change_order` their numbers in it; the caller saves the lines."""
    for line in lines:
        line.change_order, line.number = change_order, change_order.next_line
        change_order.next_line += 1
    ChangeOrder.objects.filter(pk=change_order.pk).update(next_line=change_order.next_line)


def total_of(change: ChangeOrder | ChangeRequest) -> Decimal:
    """The sum of its lines, those that it collects among them."""
    rows = ChangeLine.objects.filter(change_order=change) if isinstance(change, ChangeOrder) else change_lines(change)
    total: Decimal | None = rows.aggregate(sum=Sum("amount"))["sum"]
    return total or Decimal("0.00")


def seen_of(change: ChangeOrder | ChangeRequest, lines: Iterable[ChangeLine]) -> str:
    """What a change says as a digest; `lines` are all of it, those that it collects among them."""
    return digest([change.edition, sorted([line.pk, line.text, f"{line.amount:.2f}"] for line in lines)])


def require_seen(change: ChangeOrder | ChangeRequest, seen: str) -> None:
    """Go on only if `seen` is the `seen_of` the change as it stands; "" is where it does not matter.

    Raises:
        ChangedSinceSeen: it, or what it collects, was changed since.
    """
    rows = ChangeLine.objects.filter(change_order=change) if isinstance(change, ChangeOrder) else change_lines(change)
    if seen and seen != seen_of(change, rows.select_related("sov_line__code__cost_code", "code__cost_code")):
        page = "change_order" if isinstance(change, ChangeOrder) else "request"
        raise changed_since_seen(change.number, reverse(f"change_orders:{page}", args=[change.pk]))


def change_lines(request: ChangeRequest) -> models.QuerySet[ChangeLine]:
    """The lines of a request: its own, and those of the potential change orders that it collects."""
    return ChangeLine.objects.filter(models.Q(request=request) | models.Q(request__request=request))


def item_columns(change_order: ChangeOrder) -> Columns:
    """What the inbox shows of a change order, its amount apart."""
    return {"label": change_order.label[:255], "number": change_order.number}


def requirements_of(change_order: ChangeOrder) -> list[ErpItem]:
    """What has to be in QuickBooks before the change order can go: its commitment and its cost codes."""
    codes = {line.code.cost_code_id: line.code.cost_code.erp for line in lines_of(change_order)}
    return [change_order.commitment.erp, *codes.values()]


@dataclass(frozen=True)
class Watched:
    """A change order as it stood when an operation began, to see at its end what the operation did to it."""

    change_order: ChangeOrder
    document: Document
    status: str

    @classmethod
    def at(cls, change_order: ChangeOrder) -> Watched:
        """`change_order` as it stands."""
        return cls(change_order, change_order_document(change_order), change_order.status)

    def settle(self, *, by: Membership, moved: bool = False) -> None:
        """Bring the item of the change order up to date; count a revision if anything that sending asks has changed.

        `moved` says that the status of a request in it did. A status is nothing that QuickBooks gets; but whoever sends
        the change order at this moment has read the one of before.

        Raises:
            NotAllowed: it stands approved, has changed, and somebody else is its designated reviewer.
            IllegalMove: it is being decided or posted.
        """
        rows = ChangeOrder.objects.select_related(
            "erp", "company", "reviewer__user", "commitment__project__erp", "commitment__vendor__erp", "commitment__erp"
        )
        now = rows.get(pk=self.change_order.pk)
        changed = change_order_document(now) != self.document
        if not changed and not moved and now.status == self.status:
            return
        if changed and now.status == self.status == ChangeStatus.APPROVED:
            require_decider(now, by, gettext_noop("change it while it is approved"))
        revise(now.erp, **item_columns(now), amount=kept_total(total_of(now)))
        set_requirements(now.erp, requirements_of(now))


@dataclass(frozen=True)
class Approval:
    """A request that stands approved by itself, as it stood when an operation began: what its designated reviewer
    approved is changed by nobody else."""

    request: ChangeRequest
    said: tuple[object, ...]

    @classmethod
    def those_of(cls, change: ChangeOrder | ChangeRequest) -> list[Approval]:
        """Those that changing `change` would change: of itself, and of the request that collects it."""
        if isinstance(change, ChangeOrder):
            return []
        above = [change, *([change.request] if change.request else [])]
        return [cls(one, _all_said(one)) for one in above if one.status == ChangeStatus.APPROVED and not one.inherits]

    def settle(self, *, by: Membership) -> None:
        """Go on only if it says the same, was set back, or is `by`'s to decide.

        Raises:
            NotAllowed: it stands approved, has changed, and somebody else is its designated reviewer.
        """
        now = ChangeRequest.objects.get(pk=self.request.pk)
        if now.status == ChangeStatus.APPROVED and _all_said(now) != self.said and self.request.reviewer:
            require_decider(self.request, by, gettext_noop("change it while it is approved"))


def _all_said(request: ChangeRequest) -> tuple[object, ...]:
    """What is decided on with a request: its texts, and its lines with those of what it collects."""
    lines = change_lines(request).order_by("pk").values_list("pk", *_WRITTEN)
    return (request.number, request.title, request.description, *lines)
