"""To which project and vendor a list of the inbox is and can be narrowed; every read starts from the person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_GET

from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.selectors import NEEDS, PARTS, items_for, view_of
from procore_sync.accounts.models import Membership
from procore_sync.accounts.web import MemberRequest, member_required
from procore_sync.kit.kinds import Kind
from procore_sync.kit.ticks import row_numbers

#: So many projects, and vendors, are offered by name; of more the search finds the records.
MOST_OFFERED = 500
#: What of an address narrows a list, and what a page calls it.
_NAMES = {"project": gettext_noop("Project"), "party": gettext_noop("Vendor")}


@dataclass(frozen=True)
class Choice:
    """One thing that a list can be narrowed to; `has_more` says that not all are offered."""

    name: str
    label: str
    options: list[ErpItem]
    chosen: ErpItem | None
    has_more: bool


def narrowed_by(member: Membership, asked: Mapping[str, str]) -> dict[str, ErpItem]:
    """What a list is narrowed to, as far as `member` may see that; one query, and none where it is not narrowed."""
    named = {name: row_numbers([asked.get(name, "")]) for name in _NAMES}
    numbers = [number for found in named.values() for number in found]
    seen = items_for(member).in_bulk(numbers) if numbers else {}
    return {name: seen[found[0]] for name, found in named.items() if found and found[0] in seen}


def choices_for(member: Membership, asked: Mapping[str, str]) -> list[Choice]:
    """The projects and vendors of what `member` may see in the view that an address asks for, of all kinds or one."""
    seen, chosen = items_for(member), narrowed_by(member, asked)
    rows = seen.filter(view_of(asked.get("view", "")).rows)
    rows = rows.filter(kind=asked["kind"]) if asked.get("kind") else rows
    paid = NEEDS._default_manager.filter(to_erpitem=OuterRef("pk"), from_erpitem__in=rows.values("pk"))
    offered = {
        "project": seen.filter(Exists(rows.filter(project=OuterRef("pk")))),
        "party": seen.filter(Exists(paid), kind=Kind.VENDOR),
    }
    return [_choice(name, items, chosen.get(name)) for name, items in offered.items()]


def _choice(name: str, offered: QuerySet[ErpItem], chosen: ErpItem | None) -> Choice:
    """What is chosen stays offered where the view has nothing of it."""
    found = list(offered.order_by("label", "pk")[: MOST_OFFERED + 1])
    options = found[:MOST_OFFERED]
    also = [chosen] if chosen and chosen not in options else []
    return Choice(name, gettext(_NAMES[name]), [*also, *options], chosen, len(found) > MOST_OFFERED)


@require_GET
@member_required
def narrow(request: MemberRequest) -> HttpResponse:
    """Choose the project and the vendor of which a list shows the records; the rest of its address stays."""
    asked = {name: request.GET[name] for name in PARTS if request.GET.get(name)}
    context = {
        "choices": choices_for(request.member, asked),
        "others": {name: value for name, value in asked.items() if name not in _NAMES},
        "back": f"{reverse('acceptance:inbox')}?{request.GET.urlencode()}",
    }
    return render(request, "acceptance/narrow.html", context)
