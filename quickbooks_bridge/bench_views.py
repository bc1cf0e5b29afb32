"""What a change of mappings would do, on a page: tried with past bills, then saved or left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from procore_sync.accounts.web import MemberRequest
from procore_sync.kit.ticks import row_numbers
from quickbooks_bridge.defaults import Tried
from quickbooks_bridge.mapping_bench import MOST_PAST, MOST_WAITING, Bench, Cell, TriedRecord, bench_for
from quickbooks_bridge.models import Thing

#: So many records are shown line by line, and so many lines of each; of more it is said how many.
SHOWN, LINES = 20, 6


@dataclass(frozen=True)
class Page:
    """The page on which mappings were chosen: where it stands, what of its form is saved, and what of that stands
    `beside` the mappings and changes no posting.
    """

    title: str
    url: str
    fields: Sequence[str] = (*Thing, "seen")
    beside: Sequence[Cell] = ()


def bench(request: MemberRequest, tried: Tried, page: Page) -> HttpResponse:
    """What `tried`, as it was entered, would do; the form that was pressed saves it at the same address."""
    past = row_numbers(request.POST.getlist("past")) if "tried" in request.POST else None
    found = bench_for(request.member, tried, past)
    context = {
        "bench": found,
        "page": page,
        "beside": [one for one in page.beside if one.changes],
        "project": tried.project,
        "entered": [(str(name), request.POST[name]) for name in page.fields if name in request.POST],
        "piles": _piles(found),
        "most_past": MOST_PAST,
        "lines": f":{LINES}",
        "line_limit": LINES,
    }
    return render(request, "quickbooks_bridge/mapping_bench.html", context)


def _piles(found: Bench) -> list[dict[str, object]]:
    told = gettext(
        "What the next person to open it would see differently. What was chosen for a record before stays proposed."
    )
    if found.waiting_count > MOST_WAITING:
        most = gettext("%(count)s wait; the %(most)s oldest are tried.")
        told = f"{told} {most % {'count': found.waiting_count, 'most': MOST_WAITING}}"
    piles = [_pile(gettext("Waits for a decision"), told, found.waiting)]
    if found.offered:
        told = gettext(
            "They are in QuickBooks and stay as they are. Where an approver chose otherwise for one of them, that is "
            "left out here."
        )
        piles.append(_pile(gettext("Past bills, as if they came now"), told, found.past))
    return piles


def _pile(heading: str, told: str, records: list[TriedRecord]) -> dict[str, object]:
    changing = [one for one in records if one.changes]
    shown = changing[:SHOWN]
    return {"heading": heading, "told": told, "count": len(records), "changing": len(changing), "shown": shown}
