"""Closed books: what the approver can choose for a date that lies in them, and why an export waits."""

from __future__ import annotations

from datetime import date

from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.courier import Choice, Obstacle
from procore_sync.acceptance.models import Submission
from procore_sync.kit.shown import day as shown
from quickbooks_bridge.features import closed_until, opens_on
from quickbooks_bridge.models import Connection, Link

CLOSED_PERIOD = "closed_period"
WAIT, FIRST_OPEN_DAY, AS_IT_IS = "wait", "first_open_day", "as_it_is"
_LOOK_AGAIN = 300


def in_closed_period(day: str, row: Connection | None) -> date | None:
    """The last closed day, if `day` is not after it."""
    closed = closed_until(row.features) if row else None
    return closed if closed and day and day <= closed.isoformat() else None


def choice_of(day: str, row: Connection | None, *, stands_there: bool) -> list[Choice]:
    """What to do with a date in the closed books. A document that stands in QuickBooks already keeps its date."""
    closed = in_closed_period(day, row)
    first = opens_on(row.features) if row else None
    if closed is None or first is None:
        return []
    days = {"day": shown(date.fromisoformat(day)), "first": shown(first), "closed": shown(closed)}
    options = [
        (WAIT, gettext("Wait until the books are open for %(day)s") % days),
        (AS_IT_IS, gettext("Send it now under %(day)s; QuickBooks may refuse it") % days)
        if stands_there
        else (FIRST_OPEN_DAY, gettext("Post it on the first open day, %(first)s") % days),
    ]
    told = gettext("The books are closed through %(closed)s, and this is dated %(day)s.")
    return [Choice(CLOSED_PERIOD, gettext_noop("Closed books"), options, help=told % days)]


def closed_period(submission: Submission, row: Connection | None) -> Obstacle | None:
    """Why `submission` waits, if it was accepted to wait until the books are open and they are not."""
    if submission.choices.get(CLOSED_PERIOD) != WAIT:
        return None
    closed = next((last for day in _days_of(submission) if (last := in_closed_period(day, row))), None)
    if closed is None:
        return None
    return Obstacle(
        f"The books are closed through {shown(closed)}, and whoever accepted it chose to wait. "
        "It goes on by itself once the bookkeeper has opened them and QuickBooks' settings have been read again.",
        who="bookkeeper",
        where=reverse("quickbooks_bridge:connection"),
        seconds=_LOOK_AGAIN,
    )


def _days_of(submission: Submission) -> list[str]:
    """The date under which it goes out, and that of the document that is changed or added to: neither may be closed."""
    own = str(submission.posting["payload"].get("TxnDate") or "")
    if own and submission.posting.get("operation") != "update":
        return [own]
    target = submission.document.get("commitment") if not own else None
    item = target.get("item") if target else submission.item_id
    link = Link.objects.filter(company_id=submission.company_id, item_id=item).first()
    return [own, str(link.seen.get("TxnDate", "")) if link else ""]
