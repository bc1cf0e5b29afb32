"""What the frame of every page shows: where one can go, what waits there, and how the ledger is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext, gettext_noop

from invoices.selectors import is_contact
from procore_sync.acceptance.selectors import PARTS, states_for, unread_count, waiting_counts, waits_before
from procore_sync.accounts import selectors
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.models import Membership
from procore_sync.accounts.web import is_piece
from procore_sync.kit.kept import in_the_readers_words
from quickbooks_bridge.connections import connection_of, sending_obstacle_of
from quickbooks_bridge.lifetimes import counted
from quickbooks_bridge.selectors import waiting_for

Entry = tuple[str, str, int | None, bool]


@dataclass(frozen=True)
class Place:
    """A place in the menu: its name, the name of its address, which right opens it, and perhaps a view of it."""

    label: str
    url_name: str
    right: Right | None = Right.VIEW
    view: str = ""

    @property
    def url(self) -> str:
        """Where it is."""
        address = address_of(self.url_name)
        return f"{address}?view={self.view}" if self.view else address


@cache
def address_of(url_name: str) -> str:
    """The address of this name, which stays the same while a process lives; a page asks for some fifty."""
    return reverse(url_name)


#: The sections of the menu.
SECTIONS: tuple[tuple[str, tuple[Place, ...]], ...] = (
    (
        "",
        (
            Place(gettext_noop("Home"), "home", None),
            Place(gettext_noop("Inbox"), "acceptance:inbox"),
            Place(gettext_noop("Failed"), "acceptance:inbox", view="failed"),
            Place(gettext_noop("Held up"), "acceptance:held_up"),
        ),
    ),
    (
        gettext_noop("Records"),
        (
            Place(gettext_noop("Projects"), "projects:projects"),
            Place(gettext_noop("Cost codes"), "projects:cost_codes"),
            Place(gettext_noop("Vendors"), "vendors:vendors"),
            Place(gettext_noop("Budgets"), "budgets:budgets"),
            Place(gettext_noop("Commitments"), "commitments:commitments"),
            Place(gettext_noop("Change orders"), "change_orders:change_orders"),
            Place(gettext_noop("Invoices"), "invoices:invoices"),
            Place(gettext_noop("Billing periods"), "invoices:billing"),
            Place(gettext_noop("Payments issued"), "invoices:payments"),
            Place(gettext_noop("Job costs"), "projects:job_costs"),
        ),
    ),
    (
        gettext_noop("QuickBooks"),
        (
            Place(gettext_noop("Connection"), "quickbooks_bridge:connection"),
            Place(gettext_noop("Set up QuickBooks"), "quickbooks_bridge:editions"),
            Place(gettext_noop("Ready to import"), "quickbooks_bridge:candidates"),
            Place(gettext_noop("Changed there"), "quickbooks_bridge:drifts"),
            Place(gettext_noop("Reconciliation"), "quickbooks_bridge:reconciliation"),
            Place(gettext_noop("Match what is there"), "quickbooks_bridge:onboarding", Right.MAP),
            Place(gettext_noop("Mappings"), "quickbooks_bridge:mappings"),
            Place(gettext_noop("Set up invoices"), "quickbooks_bridge:bill_setup"),
        ),
    ),
    (
        gettext_noop("Company"),
        (
            Place(gettext_noop("Journal"), "acceptance:journal", Right.JOURNAL),
            Place(gettext_noop("Trends"), "quickbooks_bridge:trends"),
            Place(gettext_noop("Sync health"), "quickbooks_bridge:health", Right.SETTINGS),
            Place(gettext_noop("People"), "accounts:people", Right.PEOPLE),
            Place(gettext_noop("Settings"), "acceptance:settings", Right.SETTINGS),
            Place(gettext_noop("Help"), "help:help", None),
        ),
    ),
)

#: All that an invoice contact finds: they are outside the company.
OF_A_CONTACT: tuple[tuple[str, tuple[Place, ...]], ...] = (
    ("", (Place(gettext_noop("Billing"), "home", None), Place(gettext_noop("Help"), "help:help", None))),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """The frame's context for a signed-in member; signing out alone for anybody else."""
    member: Membership | None = getattr(request, "member", None)
    if member is None:
        return {"nav": {"items": [], "sign_out_url": address_of("account_logout")}} if _signed_in(request) else {}
    if is_piece(request):
        return {"member": member}
    # Most refusals are pages without the frame: what no template asks for is not counted.
    ledger = SimpleLazyObject(partial(_ledger, member)) if may(member, Right.VIEW) else None
    return {"member": member, "nav": SimpleLazyObject(partial(_frame, request, member)), "ledger": ledger}


def _ledger(member: Membership) -> dict[str, str]:
    """How QuickBooks is for this company: the sentence of whatever stands in the way, or that nothing does."""
    row = connection_of(member.company_id)
    obstacle = sending_obstacle_of(row)
    url = address_of("quickbooks_bridge:connection")
    if obstacle is None:
        ending = counted(row)
        return {
            "state": "look" if ending else "ok",
            "sentence": ending or gettext("QuickBooks is connected."),
            "url": url,
        }
    return {
        "state": "stop" if obstacle.where else "look",
        "sentence": in_the_readers_words(obstacle.sentence),
        "url": url,
    }


def _signed_in(request: HttpRequest) -> bool:
    return getattr(request, "user", None) is not None and request.user.is_authenticated


def _frame(request: HttpRequest, member: Membership) -> dict[str, Any]:
    memberships = list(selectors.companies_of(member))
    return {
        "items": _sections(request, member),
        "search": _search(request),
        "notices": (unread_count(member), request.path == address_of("acceptance:notices")),
        "companies": [
            (one.company.name, one.company_id, one.pk == member.pk) for one in memberships if len(memberships) > 1
        ],
        "switch_url": address_of("accounts:switch_company"),
        "mine": _mine(member),
        "sign_out_url": address_of("account_logout"),
    }


def _search(request: HttpRequest) -> tuple[str, str, str, list[tuple[str, str]]]:
    """Where the box at the top leads, what it searches, what stands in it, and what its answer keeps of the list.

    In the inbox it searches the list that stands there, in the same view and narrowed in the same way; elsewhere
    everything.
    """
    inbox, everything = address_of("acceptance:inbox"), address_of("quickbooks_bridge:search")
    words = request.GET.get("q", "")
    if request.path == inbox or request.path.startswith("/review/"):
        kept = [(name, request.GET[name]) for name in PARTS if name != "q" and request.GET.get(name)]
        return inbox, gettext("Search the inbox by name or number"), words, kept
    return everything, gettext("Search everything"), words if request.path == everything else "", []


def _sections(request: HttpRequest, member: Membership) -> list[tuple[str, list[Entry]]]:
    counts = _counts(request, member) if may(member, Right.VIEW) else {}
    sections = [
        (title, [entry for place in places if (entry := _entry(place, request, member, counts))])
        for title, places in (OF_A_CONTACT if is_contact(member) else SECTIONS)
    ]
    return [(title, entries) for title, entries in sections if entries]


def _entry(place: Place, request: HttpRequest, member: Membership, counts: dict[str, int]) -> Entry | None:
    if place.right is not None and not may(member, place.right):
        return None
    return place.label, place.url, counts.get(place.label), _is_current(place, request)


def _is_current(place: Place, request: HttpRequest) -> bool:
    address, path = address_of(place.url_name), request.path
    if place.url_name == "acceptance:inbox":
        failed = request.GET.get("view") == "failed"
        return path.startswith((address, "/review/")) and failed == (place.view == "failed")
    # The connection's address is the beginning of its neighbours'.
    whole = place.url_name in ("home", "quickbooks_bridge:connection")
    return path == address if whole else path.startswith(address)


def _counts(request: HttpRequest, member: Membership) -> dict[str, int]:
    """What waits at a place of the menu, by its label; an inbox counts what waits for this very person."""
    states = getattr(request, "states", None)
    if states is None:
        states = states_for(member, status__in=waits_before(member))
    to_import, changed = waiting_for(member)
    return waiting_counts(member, states) | {"Ready to import": to_import, "Changed there": changed}


def _mine(member: Membership) -> list[tuple[str, str]]:
    places = [
        (gettext("Second factor"), address_of("mfa_index")),
        (gettext("Password"), address_of("account_change_password")),
    ]
    if may(member, Right.VIEW):
        places.append((gettext("API tokens"), address_of("accounts:tokens")))
    return places
