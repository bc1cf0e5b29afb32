"""What people see of the matching: documents of QuickBooks by where they stand, readings and the journal."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.selectors import items_for, readable
from procore_sync.accounts.access import Right, may, visible
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind
from quickbooks_bridge.ledger_bills import matching_number
from quickbooks_bridge.models import BillState, Link
from quickbooks_bridge.onboarding.models import OnboardingEntry, OpeningDocument, OpeningReading, Step


def documents_for(member: Membership) -> QuerySet[OpeningDocument]:
    """The documents that `member` may see: accountants and administrators, but for those of hidden private records."""
    rows = visible(OpeningDocument.objects.filter(state=BillState.STANDING), member)
    if not may(member, Right.MAP):
        return rows.none()
    links = Link.objects.filter(company_id=member.company_id)
    hidden = links.exclude(pk__in=readable(links, member, erp="item").values("pk"))
    return rows.exclude(_in(hidden)).annotate(linked=_in(links))


def _in(links: QuerySet[Link]) -> Exists:
    return Exists(
        links.filter(company_id=OuterRef("company_id"), entity=OuterRef("entity"), remote_id=OuterRef("remote_id"))
    )


def linked_for(member: Membership) -> QuerySet[OpeningDocument]:
    """Those that are records of ours."""
    return documents_for(member).filter(_in(Link.objects.all()))


def set_aside_for(member: Membership) -> QuerySet[OpeningDocument]:
    """Those that somebody said to be none of ours."""
    return documents_for(member).filter(~_in(Link.objects.all()), set_aside_at__isnull=False)


def unmatched_for(member: Membership) -> QuerySet[OpeningDocument]:
    """Those that are neither linked nor set aside."""
    return documents_for(member).filter(~_in(Link.objects.all()), set_aside_at=None)


def typed_twins(company_id: int, entity: str, number: str) -> QuerySet[OpeningDocument]:
    """The documents of this number, as people mean it, that are none of ours and were not set aside."""
    rows = OpeningDocument.objects.filter(company_id=company_id, entity=entity, matching=matching_number(number))
    standing = rows.filter(state=BillState.STANDING, set_aside_at=None).exclude(matching="").defer("document")
    return standing.filter(~_in(Link.objects.all()))


def readings_for(member: Membership) -> QuerySet[OpeningReading]:
    """The readings of what stands in QuickBooks already, newest first."""
    rows = visible(OpeningReading.objects.select_related("asked_by__user", "company"), member)
    return rows if may(member, Right.MAP) else rows.none()


def is_hidden_from(member: Membership) -> bool:
    """Whether an order, budget or invoice of their company is private and not for them."""
    seen = items_for(member).values("pk")
    rows = ErpItem.objects.filter(company_id=member.company_id, kind__in=(Kind.COMMITMENT, Kind.BUDGET, Kind.INVOICE))
    return rows.exclude(pk__in=seen).exists()


def entries_for(member: Membership) -> QuerySet[OnboardingEntry]:
    """The journal of taking the company on, newest first.

    Signatures and dry runs hold figures of every record that their maker sees; a person from whom a record is hidden
    sees only their own.
    """
    rows = visible(OnboardingEntry.objects.select_related("by__user"), member)
    if not may(member, Right.MAP):
        return rows.none()
    return rows.filter(~Q(step__in=_WITH_FIGURES) | Q(by=member)) if is_hidden_from(member) else rows


_WITH_FIGURES = (Step.SIGNED, Step.SKIPPED, Step.DRY_RUN)
