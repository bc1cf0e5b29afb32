"""The tag that draws where a record stands."""

from __future__ import annotations

from typing import Any

from django import template

from procore_sync.acceptance.diagrams import states_diagram

register = template.Library()


@register.inclusion_tag("components/diagram.html")
def standing(status: str = "") -> dict[str, Any]:
    """`{% standing item.status %}`: the states of a record as a picture, the one where it is now standing out."""
    return {"diagram": states_diagram(status)}
