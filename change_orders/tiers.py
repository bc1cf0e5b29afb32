"""How many steps a change of a project takes, what may collect what, and how a status goes down (domain.md §13)."""

from __future__ import annotations

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from change_orders.models import (
    LONGEST_NUMBER,
    LONGEST_TITLE,
    NUMBER_LIMIT,
    TITLE_LIMIT,
    ChangeOrder,
    ChangeRequest,
    ChangeSettings,
    RequestTier,
    Tiers,
)
from change_orders.reviewing import status_columns
from procore_sync.acceptance.refusals import ChangedSinceSeen, IllegalMove
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Membership
from procore_sync.kit.canonical import digest
from projects.models import Project
from projects.records import Problems, refuse, saving

Collector = ChangeOrder | ChangeRequest

#: What pages call several changes of a tier, and a new one; "" stands for change orders themselves.
SEVERAL: dict[str, str] = {
    "": gettext_noop("Change orders"),
    RequestTier.POTENTIAL: gettext_noop("Potential change orders"),
    RequestTier.REQUEST: gettext_noop("Change order requests"),
}
NEW: dict[str, str] = {
    "": gettext_noop("New change order"),
    RequestTier.POTENTIAL: gettext_noop("New potential change order"),
    RequestTier.REQUEST: gettext_noop("New change order request"),
}


def settings_of(project: Project) -> ChangeSettings:
    """How changes of the project are made: as it says, else in one step under the usual limits."""
    return ChangeSettings.objects.filter(project=project).first() or ChangeSettings(project=project)


def seen_of_settings(stand: ChangeSettings) -> str:
    """The settings as a digest."""
    return digest([stand.tiers, stand.number_limit, stand.title_limit])


def change_like(template: Project, project: Project) -> None:
    """Let changes of a new project be made as those of `template` are."""
    found = ChangeSettings.objects.filter(project=template).first()
    if found is not None:
        same = {name: getattr(found, name) for name in ("tiers", "number_limit", "title_limit")}
        ChangeSettings.objects.create(project=project, **same)


def tiers_of(project: Project) -> Tiers:
    """How many steps a change of the project takes."""
    return Tiers(settings_of(project).tiers)


@transaction.atomic
def save_settings(
    project: Project, *, tiers: int, number_limit: int, title_limit: int, by: Membership, seen: str = ""
) -> ChangeSettings:
    """Say how changes of the project are made.

    With `seen`, the `seen_of_settings` that `by` looked at, only as long as they are those: all are given at once.

    Raises:
        NotAllowed: `by` may not edit.
        InvalidInput: there is no such number of tiers, or a limit is outside its range.
        IllegalMove: there would be fewer tiers, and the project has changes.
        ChangedSinceSeen: somebody else has changed them since.
    """
    require(by, Right.EDIT)
    refuse(_settings_problems(tiers, number_limit, title_limit))
    Project.objects.select_for_update().get(pk=project.pk)
    stand = settings_of(project)
    if seen and seen != seen_of_settings(stand):
        told = gettext("The settings were changed meanwhile, so nothing was saved. Look again.")
        raise ChangedSinceSeen(told, where=settings_page(project))
    before = Tiers(stand.tiers)
    if tiers < before and _has_changes(project):
        sentence = gettext(
            "%(project)s has changes already, so the number of tiers can be raised and not lowered: it stays at "
            "%(tiers)s."
        )
        raise IllegalMove(sentence % {"project": project, "tiers": before.value})
    row, _ = ChangeSettings.objects.update_or_create(
        project=project, defaults={"tiers": tiers, "number_limit": number_limit, "title_limit": title_limit}
    )
    return row


def _settings_problems(tiers: int, number_limit: int, title_limit: int) -> Problems:
    problems: Problems = {}
    if tiers not in Tiers.values:
        problems["tiers"] = [gettext("Changes take one, two or three tiers. Choose one of them.")]
    ranges = {
        gettext_noop("number"): (number_limit, NUMBER_LIMIT, LONGEST_NUMBER),
        gettext_noop("title"): (title_limit, TITLE_LIMIT, LONGEST_TITLE),
    }
    for what, (limit, least, most) in ranges.items():
        if not least <= limit <= most:
            sentence = gettext("The limit of the %(what)s is at least %(least)s and at most %(most)s.")
            problems[f"{what}_limit"] = [sentence % {"what": gettext(what), "least": least, "most": most}]
    return problems


def _has_changes(project: Project) -> bool:
    of_project = {"commitment__project": project}
    return ChangeOrder.objects.filter(**of_project).exists() or ChangeRequest.objects.filter(**of_project).exists()


def why_no_request(project: Project, tier: str) -> str | None:
    """Why the project has no changes of this tier, or None if it has."""
    tiers = tiers_of(project)
    if tier == RequestTier.POTENTIAL and tiers == Tiers.ONE:
        return gettext(
            "Changes of %(project)s take one step, so it has no potential change orders. Raise its tiers first."
        ) % {"project": project}
    if tier == RequestTier.REQUEST and tiers != Tiers.THREE:
        return gettext(
            "Changes of %(project)s take fewer than three steps, so it has no change order requests. Raise its tiers."
        ) % {"project": project}
    return None


def why_no_own_lines(project: Project) -> str | None:
    """Why a change order of the project gets no lines of its own, or None if it does."""
    if tiers_of(project) == Tiers.ONE:
        return None
    return gettext(
        "Changes of %(project)s begin as potential change orders: make one with the new lines and collect it here."
    ) % {"project": project}


def settings_page(project: Project) -> str:
    """Where the tiers of the project are set."""
    return reverse("change_orders:settings", args=[project.pk])


def collected_tier(collector: Collector) -> RequestTier | None:
    """The tier that `collector` collects in its project, or None if it collects nothing."""
    tiers = tiers_of(collector.commitment.project)
    if isinstance(collector, ChangeOrder):
        return {Tiers.ONE: None, Tiers.TWO: RequestTier.POTENTIAL, Tiers.THREE: RequestTier.REQUEST}[tiers]
    return RequestTier.POTENTIAL if tiers == Tiers.THREE and collector.tier == RequestTier.REQUEST else None


def hand_down(collector: Collector, *, by: Membership) -> None:
    """Give everything that `collector` collects its status, all the way down; what keeps its own is passed over."""
    rows = collector.requests if isinstance(collector, ChangeOrder) else collector.potentials
    for child in rows.filter(own_status=False).exclude(status=collector.status):
        columns = status_columns(collector.status, by=by, remark=collector.remark)
        ChangeRequest.objects.filter(pk=child.pk).update(**columns, **saving(child.edition, by))
        child.status, child.remark = collector.status, collector.remark
        hand_down(child, by=by)
