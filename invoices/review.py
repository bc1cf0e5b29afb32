"""The review of an application: a verdict a line, an adjusted amount beside the claimed one, and how it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from invoices import notices
from invoices.content import Watched, lines_now, write_lines
from invoices.guards import allow, why_not_approve, why_not_return, why_not_review, why_stands
from invoices.lines import lines_of
from invoices.models import Invoice, InvoiceLine, InvoiceStatus, Verdict
from invoices.operations import bill_lines, locked, misnamed, require_edition
from invoices.periods import settings_of
from invoices.rules import LineBilling, billing_problems, details_of_head, head_problems, standing_problems
from invoices.statuses import EXPORTABLE
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Membership
from procore_sync.kit.text import length_of, says_nothing, typed_length
from projects.records import Problems, changed_since_seen, refuse, saving

REASON_LIMIT = 500


@dataclass(frozen=True)
class LineVerdict:
    """What the review says of the line of this key, and what it makes of its amounts; None leaves them as claimed."""

    key: str
    verdict: str = Verdict.OPEN
    reason: str = ""
    billing: LineBilling | None = None


#: How a review can end: it may go on, come back to the contact, or be one of the approvals.
FINISHES = (InvoiceStatus.UNDER_REVIEW, InvoiceStatus.REVISE, *sorted(EXPORTABLE))


@transaction.atomic
def review_lines(  # noqa: PLR0913 - what a review says at its end, by name
    invoice: Invoice,
    verdicts: Sequence[LineVerdict],
    *,
    by: Membership,
    finish: str = "",
    remark: str = "",
    due_on: date | None = None,
    seen: int | None = None,
) -> Invoice:
    """Say of lines whether they are approved or rejected, adjust their amounts, and end the review as `finish` says.

    Without `finish`, an application with a rejected line comes back to be revised, and any other stays under review.
    `due_on` is when payment is due, None leaves it as it is; `seen` is the edition that `by` had before them, None
    where it does not matter.

    Raises:
        NotAllowed: `by` may not edit.
        IllegalMove: it is not under review, or it would be approved with a rejected line in it.
        InvalidInput: a verdict, a reason, an adjusted amount or the due date cannot be taken.
        EditedMeanwhile: somebody else saved it since.
    """
    require(by, Right.EDIT)
    now = locked(invoice)
    allow(why_not_review(now))
    if seen is not None:
        require_edition(now, seen, by=by)
    refuse(_problems(verdicts, finish, remark))
    watched = Watched.at(now)
    bill_lines(now, [one.billing for one in verdicts if one.billing], by=by)
    _judge(now, verdicts)
    _give_due_date(now, due_on)
    Invoice.objects.filter(pk=now.pk).update(**saving(now.edition, by))
    return _finish(watched.settle(now), finish, remark, by=by)


def _problems(verdicts: Sequence[LineVerdict], finish: str, remark: str) -> Problems:
    problems = billing_problems([one.billing for one in verdicts if one.billing])
    if finish and finish not in FINISHES:
        problems["finish"] = [
            gettext("%(finish)s is not a way to end a review. Choose one that is offered.") % {"finish": finish}
        ]
    problems |= _remark_problems(remark)
    for one in verdicts:
        if one.verdict not in Verdict.values:
            problems[f"lines.{one.key}.verdict"] = [
                gettext("Line %(key)s: %(verdict)s is not a verdict.") % {"key": one.key, "verdict": one.verdict}
            ]
        if length_of(one.reason) > REASON_LIMIT:
            sentence = gettext("Line %(key)s: The reason has %(length)s characters; %(limit)s is the limit.") % {
                "key": one.key,
                "length": length_of(one.reason),
                "limit": REASON_LIMIT,
            }
            problems[f"lines.{one.key}.reason"] = [sentence]
    return problems


def _remark_problems(remark: str) -> Problems:
    length = typed_length(remark.strip())
    if length <= REASON_LIMIT:
        return {}
    said = gettext("The remark has %(length)s characters; %(limit)s is the limit.")
    return {"remark": [said % {"length": length, "limit": REASON_LIMIT}]}


def _give_due_date(invoice: Invoice, due_on: date | None) -> None:
    if due_on in (None, invoice.due_on):
        return
    allow(why_stands(invoice))
    problems = head_problems(replace(details_of_head(invoice), due_on=due_on))
    refuse({name: said for name, said in problems.items() if name == "due_on"})
    Invoice.objects.filter(pk=invoice.pk).update(due_on=due_on)


def _judge(invoice: Invoice, verdicts: Sequence[LineVerdict]) -> None:
    lines = {line.key: line for line in lines_of(invoice)}
    refuse(misnamed([one.key for one in verdicts], lines))
    for one in verdicts:
        lines[one.key].verdict, lines[one.key].reason = one.verdict, one.reason.strip()
    InvoiceLine.objects.bulk_update(lines.values(), ["verdict", "reason"])


def _finish(invoice: Invoice, finish: str, remark: str, *, by: Membership) -> Invoice:
    rejected = _rejected(invoice)
    finish = finish or (InvoiceStatus.REVISE if rejected else InvoiceStatus.UNDER_REVIEW)
    if finish == InvoiceStatus.UNDER_REVIEW:
        return invoice
    if finish == InvoiceStatus.REVISE:
        return return_invoice(invoice, remark, by=by)
    return approve(invoice, finish, by=by, remark=remark)


def _rejected(invoice: Invoice) -> list[str]:
    return list(invoice.lines.filter(verdict=Verdict.REJECTED).values_list("key", flat=True))


@transaction.atomic
def approve(
    invoice: Invoice,
    status: str,
    *,
    by: Membership,
    remark: str = "",
    due_on: date | None = None,
    seen: int | None = None,
) -> Invoice:
    """Give the application a status of approval: approved, approved as noted, or waiting for the owner.

    Lines that nobody looked at are approved with it. It may get another of these later, in QuickBooks too. `due_on` is
    when payment is due; None leaves it as it is. `seen` is as in `review_lines`.

    Raises:
        NotAllowed: `by` may not edit.
        ChangedSinceSeen: it was changed since.
        InvalidInput: there is no such status of approval, the remark is too long, a line cannot stand as it does, or
            payment would be due before the billing date.
        IllegalMove: it was not submitted, a line is rejected, or accounting decides on it now.
    """
    require(by, Right.EDIT)
    refuse(approval_problems(status) | _remark_problems(remark))
    now = locked(invoice)
    _require_seen(now, seen)
    allow(why_not_approve(now) or why_rejected(now))
    watched = Watched.at(now)
    if now.status == InvoiceStatus.UNDER_REVIEW:
        lines = lines_now(now)
        overbilling = settings_of(now.commitment.project).allows_overbilling
        refuse(standing_problems(lines, overbilling=overbilling))
        for line in lines:
            line.verdict = line.verdict or Verdict.APPROVED
        write_lines(now, lines)
    _give_due_date(now, due_on)
    return _settled(watched, now, status, remark, by)


def _require_seen(invoice: Invoice, seen: int | None) -> None:
    if seen is not None and invoice.edition != seen:
        raise changed_since_seen(invoice.erp.label, reverse("invoices:invoice", args=[invoice.pk]))


def approval_problems(status: str) -> Problems:
    """Whether `status` is none of an approval."""
    if status in EXPORTABLE:
        return {}
    labels = ", ".join(gettext(InvoiceStatus(one).label).lower() for one in sorted(EXPORTABLE))
    said = {"status": status or gettext("Nothing"), "labels": labels}
    return {"status": [gettext("%(status)s is not a way to approve. Choose one of %(labels)s.") % said]}


def why_rejected(invoice: Invoice) -> str | None:
    """Why its rejected lines keep it from being approved, or None if it has none."""
    keys = _rejected(invoice)
    if not keys:
        return None
    named = ", ".join(keys[:3])
    named = gettext("%(named)s and more") % {"named": named} if len(keys) > 3 else named
    sentence = ngettext(
        "Line %(named)s is rejected. Approve what can be approved after all, or let the application be revised.",
        "Lines %(named)s are rejected. Approve what can be approved after all, or let the application be revised.",
        len(keys),
    )
    return sentence % {"named": named}


def _settled(watched: Watched, now: Invoice, status: str, remark: str, by: Membership) -> Invoice:
    Invoice.objects.filter(pk=now.pk).update(
        status=status,
        reviewed_by=by,
        reviewed_at=timezone.now(),
        remark=remark.strip(),
        **saving(now.edition, by),
    )
    return watched.settle(now)


@transaction.atomic
def return_invoice(invoice: Invoice, remark: str, *, by: Membership, seen: int | None = None) -> Invoice:
    """Give the application back to be revised; its contacts are told the remark and the reason of each rejected line.

    Raises:
        NotAllowed: `by` may not edit.
        IllegalMove: it was not submitted, or it is with accounting or in QuickBooks.
        InvalidInput: there is neither a remark nor a rejected line, or the remark is too long.
        ChangedSinceSeen: it was changed since; `seen` is as in `review_lines`.
    """
    require(by, Right.EDIT)
    now = locked(invoice)
    _require_seen(now, seen)
    allow(why_not_return(now))
    refuse(_remark_problems(remark))
    if says_nothing(remark) and not _rejected(now):
        refuse({"remark": [gettext("Say what has to be revised, or reject the lines that are wrong.")]})
    returned = _settled(Watched.at(now), now, InvoiceStatus.REVISE, remark, by)
    notices.returned(returned, by=by)
    return returned
