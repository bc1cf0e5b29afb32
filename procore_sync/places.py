"""How a link to a place of the console is called: by the menu's own name for it."""

from __future__ import annotations

from functools import cache
from urllib.parse import urlsplit

from django.template import Library
from django.urls import Resolver404, resolve
from django.utils.translation import gettext, gettext_noop

from procore_sync.kit.ways import with_way_back
from procore_sync.navigation import SECTIONS, address_of

register = Library()

#: Their addresses are the beginning of everybody's, or of all their neighbours'.
_WHOLE = ("home", "quickbooks_bridge:connection")
#: Pages of one record that stand below no place of the menu.
_OF_A_RECORD = {
    "acceptance:review": gettext_noop("Open the record"),
    "quickbooks_bridge:link_item": gettext_noop("Link the record"),
}
#: Pages that lead back to where a person came from, if their address says where that is.
_LEAD_BACK = ("quickbooks_bridge:bill_setup",)


@cache
def _places() -> dict[str, tuple[str, bool]]:
    """By address the menu's name of each place, and whether others lie below it; the longest address first."""
    found = {
        address_of(place.url_name): (place.label, place.url_name not in _WHOLE)
        for _, places in SECTIONS
        for place in places
        if not place.view
    }
    return dict(sorted(found.items(), key=lambda one: -len(one[0])))


@register.filter
def way(where: str) -> str:
    """What a link to `where`, an address of the console, says that it does."""
    path = urlsplit(where).path
    try:
        page = resolve(path).view_name
    except Resolver404:
        return gettext("Go there")
    if page in _OF_A_RECORD:
        return gettext(_OF_A_RECORD[page])
    for address, (label, is_above) in _places().items():
        if path == address:
            return gettext("Go to %(place)s") % {"place": gettext(label)}
        if is_above and path.startswith(address):
            return gettext("Open it in %(place)s") % {"place": gettext(label)}
    return gettext("Go there")


@register.filter
def returning(where: str, here: str) -> str:
    """`where`, with the way back to `here` if its page has one."""
    return with_way_back(where, here) if where in {address_of(page) for page in _LEAD_BACK} else where
