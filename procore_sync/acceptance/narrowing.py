"""To which project, vendor and sender a list of the inbox is and can be narrowed; every read starts from the person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_GET

from procore_sync.acceptance.selectors import NEEDS, PARTS, items_for, last_sendings, view_of
from procore_sync.accounts.access import visible
from procore_sync.accounts.models import Membership
from procore_sync.accounts.web import MemberRequest, member_required
from procore_sync.kit.kinds import Kind
from procore_sync.kit.ticks import row_numbers

#: So many projects, vendors and senders are offered by name; of more the search finds the records.
MOST_OFFERED = 500
#: What of an address narrows a list, and what a page calls it.
_NAMES = {"project": gettext_noop("Project"), "party": gettext_noop("Vendor"), "sender": gettext_noop("Sent by")}


class Option(NamedTuple):
    """What a list can be narrowed to: a record's item or a person's membership, by its number and name."""

    pk: int
    label: str


@dataclass(frozen=True)
class Choice:
    """One thing that a list can be narrowed to; `has_more` says that not all are offered."""

    name: str
    label: str
    options: list[Option]
    chosen: Option | None
    has_more: bool


def narrowed_by(member: Membership, asked: Mapping[str, str]) -> dict[str, Option]:
    """What a list is narrowed to, as far as `member` may see that; two queries, and none where it is not narrowed."""
    named = {name: numbers[0] for name in _NAMES if (numbers := row_numbers([asked.get(name, "")]))}
    sender = named.pop("sender", None)
    seen = items_for(member).in_bulk(list(named.values())) if named else {}
    found = {name: Option(pk, seen[pk].label) for name, pk in named.items() if pk in seen}
    sending = _people(member).filter(pk=sender).first() if sender else None
    return {**found, "sender": Option(sending.pk, str(sending))} if sending else found


def _people(member: Membership) -> QuerySet[Membership]:
    return visible(Membership.objects.select_related("user"), member)


def choices_for(member: Membership, asked: Mapping[str, str]) -> list[Choice]:
    """The projects, vendors and senders of what `member` may see in the view that an address asks for, of all kinds or
    one.
    """
    seen, chosen = items_for(member), narrowed_by(member, asked)
    rows = seen.filter(view_of(asked.get("view", "")).rows)
    rows = rows.filter(kind=asked["kind"]) if asked.get("kind") else rows
    paid = NEEDS._default_manager.filter(to_erpitem=OuterRef("pk"), from_erpitem__in=rows.values("pk"))
    offered = {
        "project": seen.filter(Exists(rows.filter(project=OuterRef("pk")))),
        "party": seen.filter(Exists(paid), kind=Kind.VENDOR),
    }
    by = last_sendings().filter(item__in=rows.values("pk")).values("sent_by")
    people = _people(member).filter(pk__in=by).order_by("user__name", "pk")[: MOST_OFFERED + 1]
    named = {name: items.order_by("label", "pk")[: MOST_OFFERED + 1] for name, items in offered.items()}
    options = {name: [Option(item.pk, item.label) for item in items] for name, items in named.items()}
    options["sender"] = [Option(one.pk, str(one)) for one in people]
    return [_choice(name, found, chosen.get(name)) for name, found in options.items()]


def _choice(name: str, found: list[Option], chosen: Option | None) -> Choice:
    """What is chosen stays offered where the view has nothing of it."""
    options = found[:MOST_OFFERED]
    also = [chosen] if chosen and chosen not in options else []
    return Choice(name, gettext(_NAMES[name]), [*also, *options], chosen, len(found) > MOST_OFFERED)


@require_GET
@member_required
def narrow(request: MemberRequest) -> HttpResponse:
    """Choose the project, vendor and sender of which a list shows the records; the rest of its address stays."""
    asked = {name: request.GET[name] for name in PARTS if request.GET.get(name)}
    context = {
        "choices": choices_for(request.member, asked),
        "others": {name: value for name, value in asked.items() if name not in _NAMES},
        "back": f"{reverse('acceptance:inbox')}?{request.GET.urlencode()}",
    }
    return render(request, "acceptance/narrow.html", context)
