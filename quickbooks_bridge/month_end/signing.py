"""Signing a month's list: who stood for what was not in QuickBooks, frozen and journalled."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.journal import Entry, head_of, keep_still, remark_many
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.refusals import ChangedSinceSeen
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import Refusal
from quickbooks_bridge.month_end.listing import MonthEnd, month_end_for, whole_month_end
from quickbooks_bridge.month_end.rows import MonthEndStatement, digest_of
from quickbooks_bridge.tie_out_signing import NotWhole, begun


class NoBooks(Refusal):
    """There are no books yet that anything could be said about."""

    code = "no-books"
    cure = gettext_noop("An administrator connects QuickBooks under Connection.")


@transaction.atomic
def sign(month: date, *, seen: str, remark: str = "", by: Membership) -> MonthEndStatement:
    """Stand for it that what `by` saw is all that is not in QuickBooks of the month in which `month` lies.

    `seen` is the `seen` of the list that they saw. The list is frozen, and every record in it gets a row in the journal
    with the statement's digest; nothing of the company moves meanwhile.

    Raises:
        NotAllowed: `by` is neither accountant nor administrator.
        InvalidInput: the month is to come.
        NoBooks: QuickBooks was never connected, so no month can be in it.
        NotWhole: a record in the list is hidden from them.
        ChangedSinceSeen: the list is not the one that they saw.
    """
    require(by, Right.MAP)
    first = begun(month, by)
    keep_still(by.company_id)
    found = whole_month_end(by.company, first)
    if not found.is_connected:
        raise NoBooks(gettext("QuickBooks is not connected, so there is no month in it to sign for."))
    _require_whole(found, by)
    if found.seen != seen:
        raise ChangedSinceSeen(
            gettext("The list has changed since you looked at it, so it was not signed. Look again.")
        )
    figures, remark = _frozen(found, by), remark.strip()
    made = MonthEndStatement.objects.create(
        company=by.company,
        month=first,
        remark=remark,
        figures=figures,
        digest=digest_of(by.company_id, first, remark, figures),
        signed_by=by,
    )
    _journal(made, found, by)
    return made


def _require_whole(found: MonthEnd, by: Membership) -> None:
    seen = {row.key for row in month_end_for(by, found.month).rows}
    if any(row.key not in seen for row in found.rows):
        sentence = gettext(
            "Some records in the list are private and not shown to you, so you cannot sign for all of it. "
            "An administrator, or a reader of those records, can."
        )
        raise NotWhole(sentence, who="administrator")


def _frozen(found: MonthEnd, by: Membership) -> dict[str, Any]:
    head = head_of(by.company)
    return {**told(found), "journal": {"row": head.sequence, "hash": head.hash}}


def told(found: MonthEnd) -> dict[str, Any]:
    """All that a list says, as it is kept and as the API tells it; money as text with two places."""
    return {
        "quickbooks_read_at": found.read_at.isoformat() if found.read_at else None,
        "closed_until": found.closed_until.isoformat() if found.closed_until else None,
        "count": len(found.rows),
        "amount": None if found.amount is None else f"{found.amount:.2f}",
        "rows": [one.told() for one in found.rows],
    }


def _journal(made: MonthEndStatement, found: MonthEnd, by: Membership) -> None:
    """A row at every record in the list. An empty list has none: it names the row of the journal that it follows."""
    items = ErpItem.objects.filter(pk__in={row.item for row in found.rows}).order_by("pk")
    entry = Entry(
        by=by,
        comment=f"Known not to be in QuickBooks: in the signed month-end of {made.month:%Y-%m}.",
        detail={"month_end": made.pk, "month": made.month.isoformat(), "digest": made.digest},
    )
    remark_many([(item, entry) for item in items])
