"""The picture of where a record can stand, drawn from the table of its moves (`states.TRANSITIONS`)."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.states import TRANSITIONS, Action, Status
from procore_sync.kit.diagrams import Diagram, Move, Place, diagram

_HELD = "held"
#: Column and row of each state; the way of a record that is not given back is the first row.
_WHERE = {
    Status.NOT_SENT: (0, 0),
    Status.SENT: (1, 0),
    Status.EXPORTING: (2, 0),
    Status.SYNCED: (3, 0),
    Status.RETRIEVED: (0, 1),
    Status.REJECTED: (1, 1),
    Status.FAILED: (2, 1),
}
_ALONE = (Action.CONFIRM, Action.FAIL)
_SHORT = {Action.SEND: gettext_noop("Send")}


def states_diagram(here: str = "") -> Diagram:
    """Every state and every move of a record; `here` is where it stands now.

    What QuickBooks holds already can be linked in most states, so linking is drawn once, from a place of its own; and
    unlinking once, from where a record is linked.
    """
    places = [Place(status, gettext(str(status.label)), *where) for status, where in _WHERE.items()]
    moves = [
        Move(before, after, gettext(_SHORT.get(action, str(action.label))), action in _ALONE)
        for (before, action), after in TRANSITIONS.items()
        if action not in (Action.LINK, Action.UNLINK) and before != after
    ]
    linked, unlinked = (
        frozenset(status for status, action in TRANSITIONS if action == one) for one in (Action.LINK, Action.UNLINK)
    )
    moves.append(Move(Status.SYNCED, Status.NOT_SENT, gettext(str(Action.UNLINK.label)), also=unlinked))
    places.append(Place(_HELD, gettext("Held there already"), 3, 1))
    moves.append(Move(_HELD, Status.SYNCED, gettext(str(Action.LINK.label)), also=linked))
    rows = [
        (gettext(str(before.label)), gettext(str(action.label)), gettext(str(after.label)), action in _ALONE)
        for (before, action), after in TRANSITIONS.items()
    ]
    return replace(diagram(gettext("The states of a record"), places, moves, here), rows=rows)
