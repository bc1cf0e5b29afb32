"""What pages and API show of cost codes and projects; every read starts from the person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from procore_sync.acceptance.actions import Offer, actions_for
from procore_sync.acceptance.comments import Talk, talk_of
from procore_sync.acceptance.courier import LinkView, courier
from procore_sync.acceptance.kinds import Unmet
from procore_sync.acceptance.models import Event
from procore_sync.acceptance.states import Status
from procore_sync.accounts.access import visible
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind
from projects.models import CostCode, ImportSheet, Project, ProjectCostCode
from projects.records import Record


def cost_codes_for(member: Membership) -> QuerySet[CostCode]:
    """The codes of the company's list that `member` may see."""
    return visible(CostCode.objects.select_related("erp", "company"), member)


def projects_for(member: Membership) -> QuerySet[Project]:
    """The projects that `member` may see, each with `code_count`, the number of codes it uses."""
    counts = ProjectCostCode.objects.filter(project=OuterRef("pk")).order_by().values("project")
    count = Subquery(counts.annotate(count=Count("pk")).values("count"), output_field=IntegerField())
    rows = Project.objects.select_related("erp", "company").annotate(code_count=Coalesce(count, 0))
    return visible(rows, member)


def codes_of(project: Project) -> QuerySet[CostCode]:
    """The codes that the project uses."""
    return CostCode.objects.filter(projects=project).select_related("erp").order_by("code_key", "pk")


def codes_to_add(project: Project) -> QuerySet[CostCode]:
    """The active codes of the company's list that the project does not use yet."""
    used = ProjectCostCode.objects.filter(project=project, cost_code=OuterRef("pk"))
    rows = CostCode.objects.filter(company_id=project.company_id, is_active=True).select_related("erp")
    return rows.filter(~Exists(used)).order_by("code_key", "pk")


def projects_with(cost_code: CostCode) -> QuerySet[Project]:
    """The projects that use the code."""
    return Project.objects.filter(cost_codes=cost_code).select_related("erp").order_by("name", "pk")


def sheets_for(member: Membership, kind: Kind) -> QuerySet[ImportSheet]:
    """Uploaded files of this kind that wait for their import."""
    rows = ImportSheet.objects.filter(kind=kind, imported_at__isnull=True, expires_at__gte=timezone.now())
    return visible(rows.select_related("company"), member)


@dataclass(frozen=True)
class Standing:
    """How a record stands in accounting, for its own page."""

    offers: list[Offer]
    unmet: list[Unmet]
    link: LinkView | None
    events: list[Event]
    talk: Talk


def standing_of(record: Record, member: Membership) -> Standing:
    """How `record` stands for `member`: what they are offered, what keeps them from it, its link, history, comments."""
    item: Any = record.erp
    events = list(item.events.select_related("by__user").order_by("-sequence"))
    offers = actions_for(item, member)
    in_step = item.status == Status.SYNCED and not item.is_changed
    unmet = [] if in_step else [each for offer in offers for each in offer.unmet]
    return Standing(offers, unmet, courier().link(item), events, talk_of(item, member, events))
