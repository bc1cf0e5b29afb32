"""Correct after sync: a bill that QuickBooks holds is corrected here and replaced there, nothing deleted.

A correction is over by itself once QuickBooks has taken a later revision (`Invoice.is_correcting`).
"""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext

from commitments.corrections import REASON_LIMIT
from invoices.guards import allow, later_than
from invoices.models import Invoice
from invoices.operations import locked
from procore_sync.acceptance.items import why_locked
from procore_sync.acceptance.states import Status
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Membership
from projects.records import Problems, refuse, saving


@transaction.atomic
def begin_correction(invoice: Invoice, reason: str, *, by: Membership) -> Invoice:
    """Let the application be edited although QuickBooks holds its bill; it is sent again and replaces the bill.

    Raises:
        NotAllowed: `by` may not edit.
        IllegalMove: QuickBooks does not hold it, it is being decided or posted, it is being corrected already, or a
            later application goes on from its amounts.
        InvalidInput: the reason is missing or too long.
    """
    require(by, Right.EDIT)
    now = locked(invoice)
    allow(why_not_correct(now))
    refuse(_reason_problems(reason.strip()))
    return _write(now, reason.strip(), now.erp.synced_revision, by)


def why_not_correct(invoice: Invoice) -> str | None:
    """Why no correction can begin, or None if one can."""
    item = invoice.erp
    if item.is_locked:
        return why_locked(item, "corrected")
    if item.synced_revision is None:
        return gettext("%(record)s is not in QuickBooks. Edit it as it is.") % {"record": item.label}
    if invoice.is_correcting:
        return gettext("%(record)s is being corrected already. Edit it, approve it, then send it.") % {
            "record": item.label
        }
    if item.status != Status.SYNCED:
        return gettext("%(record)s is %(was)s. Send it first.") % {
            "record": item.label,
            "was": gettext(Status(item.status).label).lower(),
        }
    later = later_than(invoice)
    if later is None:
        return None
    return gettext("Application %(number)s goes on from its amounts. Bill the difference there instead.") % {
        "number": later.sequence
    }


def _reason_problems(reason: str) -> Problems:
    if not reason:
        return {"reason": [gettext("Say why it is corrected: accounting reads it before it replaces the bill.")]}
    if len(reason) > REASON_LIMIT:
        return {
            "reason": [
                gettext("The reason has %(length)s characters; %(limit)s is the limit. Shorten it.")
                % {"length": len(reason), "limit": REASON_LIMIT}
            ]
        }
    return {}


@transaction.atomic
def end_correction(invoice: Invoice, *, by: Membership) -> Invoice:
    """Take back a correction in which nothing was changed yet.

    Raises:
        NotAllowed: `by` may not edit.
        IllegalMove: no correction has begun, or something was changed.
    """
    require(by, Right.EDIT)
    now = locked(invoice)
    allow(why_not_end(now))
    return _write(now, "", None, by)


def why_not_end(invoice: Invoice) -> str | None:
    """Why the correction cannot be taken back, or None if it can."""
    item = invoice.erp
    if not invoice.is_correcting:
        return gettext("%(record)s is not being corrected.") % {"record": item.label}
    if item.is_changed:
        return gettext(
            "%(record)s was changed since the correction began. Send it, so that QuickBooks has the same."
        ) % {"record": item.label}
    return None


def _write(now: Invoice, reason: str, revision: int | None, by: Membership) -> Invoice:
    columns = {"correcting": reason, "corrects_revision": revision, **saving(now.edition, by)}
    Invoice.objects.filter(pk=now.pk).update(**columns)
    for name, value in columns.items():
        setattr(now, name, value)
    return now
