"""What people do with what stands in QuickBooks: add it, link it, put it away. One transaction each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from budgets.new_codes import add_to_budgets
from procore_sync.acceptance import operations as acceptance
from procore_sync.acceptance.journal import keep_still
from procore_sync.acceptance.kinds import Unmet, spec_of
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.refusals import NotReady
from procore_sync.acceptance.states import TRANSITIONS, Action, Status
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import Refusal
from procore_sync.kit.text import before_stop
from projects.models import CostCode
from projects.operations import import_cost_code, import_project
from projects.readiness import unlinkable_cost_code, unlinkable_project
from projects.records import Record
from projects.rules import CostCodeDetails, ProjectDetails
from quickbooks_bridge.connections import require_kept
from quickbooks_bridge.importers.candidates import SOURCES, Source, codes_in_full, exact_matches, seen_as
from quickbooks_bridge.links import remember_links
from quickbooks_bridge.models import ImportCandidate, LedgerName, Link
from quickbooks_bridge.names import noun_of
from vendors.operations import import_vendor
from vendors.readiness import unlinkable_vendor
from vendors.rules import VendorDetails


class AlreadyLinked(Refusal):
    """One of the two is linked already; a record and a QuickBooks row belong together once."""

    cure = gettext_noop("An approver unlinks the one that is wrong first.")


@transaction.atomic
def add(row: LedgerName, source: Source, *, by: Membership) -> ErpItem:
    """A new record here that says what QuickBooks says, linked to it.

    Raises:
        NotAllowed: `by` may not import this kind.
        AlreadyLinked: somebody linked it meanwhile.
        InvalidInput: it cannot be a record here as it stands, or there is one of this name: then link it.
        Refusal: another QuickBooks company was connected meanwhile.
    """
    require(by, Right.IMPORT, source.kind)
    item = _make(row, source, by)
    _link(row, item, by)
    return item


def add_each(rows: Iterable[LedgerName], source: Source, *, by: Membership) -> list[tuple[LedgerName, Refusal]]:
    """Add each of `rows` by itself; returns those that stayed, each with why.

    Raises:
        NotAllowed: `by` may not import this kind.
    """
    require(by, Right.IMPORT, source.kind)
    chosen = list(rows)
    try:
        with transaction.atomic():
            made, stayed = _tried(chosen, lambda row: _make(row, source, by))
            if made:
                _link_each(made, by)
            return stayed
    except (IntegrityError, Refusal):
        # Something became otherwise in this very moment: one by one it is told of which.
        return _tried(chosen, lambda row: add(row, source, by=by))[1]


def _tried(
    rows: Iterable[LedgerName], make: Callable[[LedgerName], ErpItem]
) -> tuple[list[tuple[LedgerName, ErpItem]], list[tuple[LedgerName, Refusal]]]:
    """The rows with what was made of each, and those that were refused."""
    made, stayed = [], []
    for row in rows:
        try:
            made.append((row, make(row)))
        except Refusal as refusal:
            stayed.append((row, refusal))
    return made, stayed


def _make(row: LedgerName, source: Source, by: Membership) -> ErpItem:
    _refuse_linked(row)
    item: ErpItem = _MAKERS[source.kind](row, by).erp
    return item


@transaction.atomic
def link_to(row: LedgerName, item: ErpItem, *, by: Membership) -> None:
    """Say that a record is this QuickBooks row; neither is changed by it.

    Raises:
        NotAllowed: `by` may not import this kind.
        AlreadyLinked: one of the two is linked already.
        NotReady: the record is inactive, or a project that is not to be in QuickBooks.
        IllegalMove: the record is being posted, or somebody decided on it meanwhile.
        Refusal: they are not of one kind or company, or another QuickBooks company was connected meanwhile.
    """
    require(by, Right.IMPORT, item.kind)
    if row.company_id != item.company_id or row.entity != _entity_of(item.kind):
        told = gettext("%(item)s cannot be the %(kind)s “%(name)s”: they are different kinds of record.")
        raise Refusal(told % {"item": item, "kind": noun_of(row.entity), "name": row.name})
    _refuse_linked(row)
    if Link.objects.filter(item=item).exists():
        raise AlreadyLinked(gettext("%(item)s is linked to QuickBooks already.") % {"item": item.label})
    if unmet := _unmet_for_linking(item):
        raise NotReady(unmet)
    _link(row, item, by)


_UNLINKABLE: dict[str, Callable[[Any], list[Unmet]]] = {
    Kind.VENDOR: unlinkable_vendor,
    Kind.PROJECT: unlinkable_project,
    Kind.COST_CODE: unlinkable_cost_code,
}


def _unmet_for_linking(item: ErpItem) -> list[Unmet]:
    return _UNLINKABLE[item.kind](spec_of(item.kind).record_of(item))


def _entity_of(kind: str) -> str:
    return next((one.entity for one in SOURCES.values() if one.kind == kind), "")


def _refuse_linked(*rows: LedgerName) -> None:
    """Go on only if none of these rows, which are of one list, is linked."""
    named = {row.remote_id: row for row in rows}
    taken = Link.objects.filter(
        company_id__in={row.company_id for row in rows}, entity__in={row.entity for row in rows}, remote_id__in=named
    )
    found = taken.select_related("item").first()
    if found is not None:
        row = named[found.remote_id]
        told = gettext("The %(kind)s “%(name)s” is %(item)s here already.")
        raise AlreadyLinked(told % {"kind": noun_of(row.entity), "name": row.name, "item": found.item})


def _require_known(*rows: LedgerName) -> None:
    known = set(LedgerName.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    for row in [row for row in rows if row.pk not in known]:
        told = gettext("The %(kind)s “%(name)s” is not in QuickBooks any more, so nothing was changed. Look again.")
        raise Refusal(told % {"kind": noun_of(row.entity), "name": row.name})


def _link(row: LedgerName, item: ErpItem, by: Membership) -> None:
    try:
        _link_each([(row, item)], by)
    except IntegrityError:
        told = gettext("The %(kind)s “%(name)s” was linked by somebody else meanwhile.")
        raise AlreadyLinked(told % {"kind": noun_of(row.entity), "name": row.name}) from None


@transaction.atomic
def _link_each(pairs: Sequence[tuple[LedgerName, ErpItem]], by: Membership) -> None:
    """Link each of these rows with its record, all or none, in few statements however many they are.

    Raises:
        IntegrityError: one of the rows was linked meanwhile.
    """
    acceptance.link_many([_linking(row, item) for row, item in pairs], by=by)
    require_kept(*[row for row, _ in pairs])
    remember_links([(item, row.entity, _remote(row)) for row, item in pairs], verified=None)
    # Who links a name needs it, so it was put away no more if it is unlinked one day.
    put_away = ImportCandidate.objects.filter(ledger_name__in=[row for row, _ in pairs], archived_at__isnull=False)
    put_away.update(archived_at=None, archived_by=None)
    add_to_budgets(*CostCode.objects.filter(erp__in=[item for _, item in pairs if item.kind == Kind.COST_CODE]))


def _remote(row: LedgerName) -> dict[str, Any]:
    return {**row.detail, "FullyQualifiedName": row.fully_qualified_name}


def _linking(row: LedgerName, item: ErpItem) -> acceptance.Linking:
    detail = {"entity": row.entity, "id": row.remote_id, "name": row.fully_qualified_name}
    return acceptance.Linking(item, detail, f"Linked to {row.entity.lower()} {before_stop(row.fully_qualified_name)}.")


@transaction.atomic
def link_all_exact(source: Source, *, by: Membership, seen: str) -> int:
    """Link every ready row that is exactly one record by name, all or none; returns how many.

    `seen` stands for the matches that the person saw before they agreed.

    Raises:
        NotAllowed: `by` may not import this kind.
        Refusal: there are others now, so the person has to look again.
    """
    require(by, Right.IMPORT, source.kind)
    found = exact_matches(by, source)
    if seen != seen_as(found):
        raise _others_now(len(found))
    pairs = [(one.row, one.suggestion.item) for one in found if one.suggestion]
    if pairs:
        try:
            _link_each(pairs, by)
        except IntegrityError:
            raise _others_now(len(exact_matches(by, source))) from None
    return len(pairs)


def _others_now(count: int) -> Refusal:
    told = gettext("There are other exact matches now than those you looked at: %(count)s. Look at them again.")
    return Refusal(told % {"count": count})


def why_not_linkable(item: ErpItem) -> str | None:
    """Why a record cannot be linked as it stands, and what to do; None if it can."""
    if (Status(item.status), Action.LINK) in TRANSITIONS:
        return " ".join(one.sentence for one in _unmet_for_linking(item)) or None
    if item.status == Status.SYNCED:
        return gettext("%(item)s is linked to QuickBooks already.") % {"item": item.label}
    return gettext("%(item)s is on its way to QuickBooks. Wait for the outcome.") % {"item": item.label}


@transaction.atomic
def archive(rows: Iterable[LedgerName], source: Source, *, by: Membership) -> None:
    """Put QuickBooks rows away: they are not needed here. They can be brought back. All or none.

    Raises:
        NotAllowed: `by` may not import this kind.
        AlreadyLinked: somebody linked one of them meanwhile, so it is needed.
        Refusal: one of them is not known any more.
    """
    require(by, Right.IMPORT, source.kind)
    keep_still(by.company_id)  # who links holds that lock too
    chosen = sorted(rows, key=lambda row: row.pk)
    _refuse_linked(*chosen)
    _require_known(*chosen)
    at = timezone.now()
    ImportCandidate.objects.bulk_create(
        [ImportCandidate(ledger_name=row, company_id=row.company_id, archived_at=at, archived_by=by) for row in chosen],
        update_conflicts=True,
        unique_fields=["ledger_name"],
        update_fields=["archived_at", "archived_by"],
    )


def bring_back(row: LedgerName, source: Source, *, by: Membership) -> None:
    """Show an archived row again.

    Raises:
        NotAllowed: `by` may not import this kind.
        Refusal: it is not known any more.
    """
    require(by, Right.IMPORT, source.kind)
    _decide(row, archived_at=None, archived_by=None)


def dismiss(row: LedgerName, item: ErpItem, source: Source, *, by: Membership) -> None:
    """Say that a suggested match is wrong; it is not suggested again.

    Raises:
        NotAllowed: `by` may not import this kind.
        Refusal: the row is not known any more.
    """
    require(by, Right.IMPORT, source.kind)
    _decide(row).dismissed.add(item)


def _decide(row: LedgerName, **columns: Any) -> ImportCandidate:
    _require_known(row)
    candidate, _ = ImportCandidate.objects.update_or_create(
        ledger_name=row, defaults={"company_id": row.company_id, **columns}
    )
    return candidate


def _vendor(row: LedgerName, by: Membership) -> Record:
    detail = row.detail
    name = detail.get("DisplayName", "")
    printed = detail.get("PrintOnCheckName", "")
    shape = VendorDetails(
        name=name,
        print_name="" if printed == name else printed,
        **_address(detail),
        phone=_part(detail, "PrimaryPhone", "FreeFormNumber"),
        fax=_part(detail, "Fax", "FreeFormNumber"),
        email=_part(detail, "PrimaryEmailAddr", "Address"),
        website=_part(detail, "WebAddr", "URI"),
    )
    return import_vendor(shape, company=by.company, by=by)


def _project(row: LedgerName, by: Membership) -> Record:
    shape = ProjectDetails(name=row.detail.get("DisplayName", ""), **_address(row.detail))
    return import_project(shape, company=by.company, by=by)


def _cost_code(row: LedgerName, by: Membership) -> Record:
    description = row.detail.get("PurchaseDesc") or row.detail.get("Description") or ""
    code = codes_in_full(by.company_id, [row]).get(row.pk) or row.detail.get("Name", "")
    shape = CostCodeDetails(code=code, description=" ".join(description.split()))
    return import_cost_code(shape, company=by.company, by=by)


_MAKERS: dict[Kind, Callable[[LedgerName, Membership], Record]] = {
    Kind.VENDOR: _vendor,
    Kind.PROJECT: _project,
    Kind.COST_CODE: _cost_code,
}


def _address(detail: dict[str, Any]) -> dict[str, Any]:
    lines = [_part(detail, "BillAddr", f"Line{number}") for number in range(1, 6)]
    return {
        "street": ", ".join(line for line in lines if line),
        "city": _part(detail, "BillAddr", "City"),
        "state": _part(detail, "BillAddr", "CountrySubDivisionCode"),
        "postal_code": _part(detail, "BillAddr", "PostalCode"),
        "country": _part(detail, "BillAddr", "Country"),
    }


def _part(detail: dict[str, Any], name: str, part: str) -> str:
    value = detail.get(name)
    return str(value.get(part) or "") if isinstance(value, dict) else ""
