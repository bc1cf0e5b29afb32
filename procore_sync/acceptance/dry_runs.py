"""What would go out if an accepted record were accepted now: beside its frozen posting, where the two differ."""

from __future__ import annotations

from itertools import zip_longest

from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.courier import LinkChange, Posting, courier
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.states import Status


def otherwise_today(item: ErpItem, submission: Submission | None) -> list[LinkChange]:
    """How the frozen posting of `item` differs from what its document and choices would make now; no network.

    Empty where it is not on its way, and where both are the same. The frozen one is what goes.
    """
    frozen = Posting.accepted(submission) if submission and item.status in (Status.EXPORTING, Status.FAILED) else None
    if submission is None or frozen is None:
        return []
    now = courier().preview(item, submission.document).posting(submission.choices)
    if (now.entity, now.operation, now.payload) == (frozen.entity, frozen.operation, frozen.payload):
        return []
    unseen = gettext_noop("Details that no line here shows")
    return _changes(frozen, now) or [LinkChange(unseen, gettext("as accepted"), gettext("otherwise"))]


def _changes(frozen: Posting, now: Posting) -> list[LinkChange]:
    old, new = _told(frozen), _told(now)
    labels = [*old, *(label for label in new if label not in old)]
    pairs = [(label, old.get(label, ""), new.get(label, "")) for label in labels]
    sides = [[" · ".join(line) for line in posting.lines] for posting in (frozen, now)]
    both = enumerate(zip_longest(*sides, fillvalue=""), start=1)
    lines = [(gettext("Line {number}").format(number=number), before, after) for number, (before, after) in both]
    return [LinkChange(*each) for each in (*pairs, *lines) if each[1] != each[2]]


def _told(posting: Posting) -> dict[str, str]:
    total = "" if posting.total is None else f"{posting.total:,.2f}"
    facts = {fact.label: fact.value for fact in posting.facts}
    how = gettext("changes what is there") if posting.operation == "update" else gettext("new")
    return {
        gettext_noop("How"): how,
        gettext_noop("Title"): posting.title,
        **facts,
        gettext_noop("Total"): total,
        gettext_noop("For"): posting.ledger,
    }
