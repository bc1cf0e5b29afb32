"""The tags that draw where a record stands, and say whose it is."""

from __future__ import annotations

from typing import Any

from django import template

from procore_sync.acceptance.actions import why_not_his
from procore_sync.acceptance.diagrams import states_diagram
from procore_sync.acceptance.states import Status
from procore_sync.accounts import curing
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.models import Membership

register = template.Library()


@register.inclusion_tag("components/diagram.html")
def standing(status: str = "") -> dict[str, Any]:
    """`{% standing item.status %}`: the states of a record as a picture, the one where it is now standing out."""
    return {"diagram": states_diagram(status)}


@register.simple_tag
def of_others(item: Any, member: Membership) -> str:
    """`{% of_others item member as why_not %}`: why a row of the inbox is another's to accept, told to those who decide
    on its kind; "" if it is theirs.
    """
    waits = item.status == Status.SENT and item.latest and may(member, Right.DECIDE, item.kind)
    return (waits and why_not_his(item.latest[0], member)) or ""


@register.simple_tag
def curer(who: str, member: Membership | None, kind: str = "") -> str:
    """`{% curer each.who request.member item.kind as who %}`: who can cure it, in the reader's language, or "you"."""
    return curing.curer(who, member or None, kind)
