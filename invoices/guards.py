"""Why a person cannot do something with an application now: one sentence for button, operation and API."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from commitments.contacts import contacts_of, is_contact, why_no_part
from commitments.models import Commitment, SsovStatus
from invoices.models import BillingPeriod, Invite, InviteStatus, Invoice, InvoiceStatus, InvoiceType
from invoices.periods import open_period_of, past_due, settings_of
from invoices.statuses import BILLABLE, CONTACT_EDITS, EXPORTABLE, REVIEWED, spoken
from procore_sync.acceptance.items import why_locked
from procore_sync.acceptance.kinds import Unmet
from procore_sync.acceptance.refusals import IllegalMove
from procore_sync.accounts.curing import EDITORS
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Membership
from procore_sync.kit.shown import day
from procore_sync.kit.text import before_stop


def allow(sentence: str | None) -> None:
    """Go on only if nothing stands against it.

    Raises:
        IllegalMove: something does, as `sentence` says.
    """
    if sentence is not None:
        raise IllegalMove(sentence)


# -- to create one -------------------------------------------------------------------------------------------------


def why_not_create(commitment: Commitment, member: Membership) -> list[Unmet]:
    """Everything that keeps `member` from a new application for the commitment (domain.md §11.4); empty if nothing."""
    sentence = why_no_part(commitment, member)
    if sentence is not None:
        return [Unmet(sentence, EDITORS)]
    period = open_period_of(commitment.project)
    closed = gettext("%(project)s has no open billing period. One is opened first.") % {"project": commitment.project}
    found = [
        *_of_commitment(commitment),
        *([] if period else [Unmet(closed, EDITORS)]),
        *_of_contact(commitment, period, member),
        *_of_last(commitment, member),
    ]
    return [_seen_by(one, member) for one in found]


def _seen_by(unmet: Unmet, member: Membership) -> Unmet:
    """Without the address of a page that an invoice contact does not have."""
    return Unmet(unmet.sentence, unmet.who) if is_contact(member) and "/invoices/" not in unmet.where else unmet


def _of_commitment(commitment: Commitment) -> list[Unmet]:
    said = {"number": commitment.number, "was": gettext(commitment.get_status_display()).lower()}
    return [
        Unmet(gettext(sentence) % said, EDITORS, reverse(f"commitments:{page}", args=[commitment.pk]))
        for unmet, sentence, page in _checks(commitment)
        if unmet
    ]


def _checks(commitment: Commitment) -> tuple[tuple[bool, str, str], ...]:
    unapproved = commitment.uses_ssov and commitment.ssov_status != SsovStatus.APPROVED
    no_vendor = gettext_noop("%(number)s has no vendor yet. Choose the company that it is with.")
    not_billed = gettext_noop("%(number)s is %(was)s. Only one that is approved, received or complete is billed.")
    inactive = gettext_noop("%(number)s is inactive. Activate it first.")
    no_contact = gettext_noop("%(number)s has no invoice contact yet. Name one of the vendor's people.")
    no_breakdown = gettext_noop(
        "The subcontractor schedule of values of %(number)s is not approved yet. Approve it, or switch it off."
    )
    no_line = gettext_noop("%(number)s has no line yet, so there is nothing to bill.")
    return (
        (commitment.vendor_id is None, no_vendor, "edit_commitment"),
        (commitment.status not in BILLABLE, not_billed, "commitment"),
        (not commitment.is_active, inactive, "commitment"),
        (not _has_contact(commitment), no_contact, "people"),
        (unapproved, no_breakdown, "breakdown"),
        (not commitment.lines.exists(), no_line, "edit_commitment"),
    )


def _has_contact(commitment: Commitment) -> bool:
    return contacts_of(commitment).exists()


def _of_contact(commitment: Commitment, period: BillingPeriod | None, member: Membership) -> list[Unmet]:
    if not is_contact(member) or period is None:
        return []
    late = why_past_due(period, commitment, member)
    if late is not None:
        return [Unmet(late, EDITORS)]
    if type_for(commitment, period, member):
        return []
    sentence = gettext("%(number)s is billed by invitation only. Ask the project manager for one.")
    return [Unmet(sentence % {"number": commitment.number}, EDITORS)]


def _of_last(commitment: Commitment, member: Membership) -> list[Unmet]:
    last = newest_of(commitment)
    if last is None or last.status in REVIEWED:
        return []
    sentence = gettext(
        "Application %(number)s is %(was)s. It is approved or void before the next one begins, so that "
        "the next one goes on from it."
    ) % {"number": last.sequence, "was": gettext(spoken(last.status))}
    sentence = why_left_over(last, member) or sentence
    return [Unmet(sentence, EDITORS, reverse("invoices:invoice", args=[last.pk]))]


def why_left_over(last: Invoice, member: Membership) -> str | None:
    """What has to become of an application that its contact did not finish in its period, before the next one begins.

    None where it can be finished, or is with its reviewers.
    """
    if last.status not in CONTACT_EDITS or last.period.is_open:
        return None
    late = why_past_due(last.period, last.commitment, member)
    if late is None:
        return None
    if is_unsubmitted(last):
        told = gettext(
            "Application %(number)s is a draft of an earlier period. Move it to the open one, or delete it, before "
            "the next one begins."
        )
        return told % {"number": last.sequence}
    told = gettext("Application %(number)s is %(was)s, and the next one begins once it is approved. %(late)s")
    return told % {"number": last.sequence, "was": gettext(spoken(last.status)), "late": late}


def is_unsubmitted(invoice: Invoice) -> bool:
    """Whether nobody has seen it but its makers."""
    return invoice.status == InvoiceStatus.DRAFT and invoice.submitted_at is None


def type_for(commitment: Commitment, period: BillingPeriod, member: Membership) -> str:
    """What a new application of `member` bills: with retainage if the company's own people make it, else as they were
    invited, else as the project says; "" where they must be invited first (domain.md §11.2)."""
    if not is_contact(member):
        return InvoiceType.RETAINAGE
    invites = Invite.objects.filter(period=period, commitment=commitment, contact=member)
    invited = invites.exclude(status=InviteStatus.DECLINED).first()
    return invited.type if invited else settings_of(commitment.project).default_type


def newest_of(commitment: Commitment) -> Invoice | None:
    """The newest application of the commitment that is not void, or None."""
    rows = Invoice.objects.filter(commitment=commitment).exclude(status=InvoiceStatus.VOID)
    found: Invoice | None = rows.select_related("erp", "period").order_by("-sequence").first()
    return found


# -- to change one -------------------------------------------------------------------------------------------------


def why_past_due(period: BillingPeriod, commitment: Commitment, member: Membership) -> str | None:
    """Why an invoice contact can no longer bill in the period, or None if `member` can."""
    if not is_contact(member) or not past_due(period, today=today_of(commitment.company)):
        return None
    return gettext("The due date, %(day)s, is past. %(company)s can bill for you; ask its project manager.") % {
        "day": day(period.due_on),
        "company": commitment.company,
    }


def why_not_edit(invoice: Invoice, member: Membership) -> str | None:
    """Why `member` cannot change the application, or None if they can."""
    named = {"number": invoice.sequence}
    if invoice.status == InvoiceStatus.VOID:
        return gettext("Application %(number)s is void. Make a new one instead.") % named
    if is_contact(member) and invoice.status not in CONTACT_EDITS:
        sentence = gettext(
            "Application %(number)s is %(was)s, so it is with %(company)s. It comes back to you if something is to be "
            "revised."
        )
        return sentence % {**named, "was": gettext(spoken(invoice.status)), "company": before_stop(invoice.company)}
    return why_stands(invoice) or why_past_due(invoice.period, invoice.commitment, member)


def why_stands(invoice: Invoice) -> str | None:
    """Why what QuickBooks gets, or got, stands still, or None if it does not."""
    if invoice.erp.is_locked:
        return why_locked(invoice.erp)
    if invoice.is_kept:
        return gettext(
            "%(record)s is in QuickBooks, and what QuickBooks got cannot be changed. Correct it instead."
        ) % {"record": invoice.erp.label}
    return None


def why_not_bill(invoice: Invoice) -> str | None:
    """Why the amounts stand still while the rest may change, or None if they do not (domain.md §11.5)."""
    later = later_than(invoice)
    if later is None:
        return None
    return gettext("Application %(number)s came after it and goes on from its amounts, so they stand still.") % {
        "number": later.sequence
    }


def later_than(invoice: Invoice) -> Invoice | None:
    """The next application of the commitment that is not void, or None."""
    rows = Invoice.objects.filter(commitment=invoice.commitment_id, sequence__gt=invoice.sequence)
    found: Invoice | None = rows.exclude(status=InvoiceStatus.VOID).order_by("sequence").first()
    return found


def why_not_submit(invoice: Invoice, member: Membership) -> str | None:
    """Why `member` cannot put the application before its reviewer, or None if they can."""
    if invoice.status not in CONTACT_EDITS:
        return gettext("Application %(number)s is %(was)s, so it was submitted before.") % {
            "number": invoice.sequence,
            "was": gettext(spoken(invoice.status)),
        }
    return why_not_edit(invoice, member)


def why_not_move(invoice: Invoice, period: BillingPeriod | None, member: Membership) -> str | None:
    """Why `member` cannot let the application bill in the open `period` of its project, or None if they can."""
    named = {"number": invoice.sequence, "project": invoice.commitment.project}
    if not is_unsubmitted(invoice):
        return gettext("Application %(number)s was submitted, so it stays in its period.") % named
    if period is None:
        return gettext("%(project)s has no open billing period. One is opened first.") % named
    if period.pk == invoice.period_id:
        return gettext("Application %(number)s is in the open period already.") % named
    unmet = _of_contact(invoice.commitment, period, member)
    return unmet[0].sentence if unmet else None


def why_not_review(invoice: Invoice) -> str | None:
    """Why there is nothing to review, or None if there is."""
    if invoice.status == InvoiceStatus.UNDER_REVIEW:
        return why_stands(invoice)
    was = gettext(spoken(invoice.status))
    return gettext(
        "Application %(number)s is %(was)s, so there is nothing to review. It is reviewed once submitted."
    ) % {"number": invoice.sequence, "was": was}


def why_not_approve(invoice: Invoice) -> str | None:
    """Why it cannot get one of the statuses of approval, or None if it can; those that it has may change later too."""
    if invoice.erp.is_locked:
        return why_locked(invoice.erp)
    if invoice.status in EXPORTABLE or invoice.status == InvoiceStatus.UNDER_REVIEW:
        return None
    was = gettext(spoken(invoice.status))
    return gettext("Application %(number)s is %(was)s. It is submitted before it is approved.") % {
        "number": invoice.sequence,
        "was": was,
    }


def why_not_return(invoice: Invoice) -> str | None:
    """Why it cannot go back to be revised, or None if it can."""
    if invoice.status == InvoiceStatus.UNDER_REVIEW or invoice.status in EXPORTABLE:
        return why_stands(invoice) or why_not_bill(invoice)
    was = gettext(spoken(invoice.status))
    return gettext("Application %(number)s is %(was)s. Only one that was submitted comes back.") % {
        "number": invoice.sequence,
        "was": was,
    }


def why_not_void(invoice: Invoice) -> str | None:
    """Why it cannot be made void, or None if it can."""
    if invoice.status == InvoiceStatus.VOID:
        return gettext("Application %(number)s is void already.") % {"number": invoice.sequence}
    if invoice.erp.is_locked:
        return why_locked(invoice.erp)
    if invoice.erp.synced_revision is not None:
        return gettext("%(record)s is in QuickBooks. Have the bill deleted there and unlink it first.") % {
            "record": invoice.erp.label
        }
    later = later_than(invoice)
    if later is None:
        return None
    sentence = gettext("Application %(number)s goes on from its amounts. Make that one void first.")
    return sentence % {"number": later.sequence}


def why_not_delete(invoice: Invoice) -> str | None:
    """Why it cannot be deleted, or None if it can."""
    if invoice.erp.events.exists():
        return gettext(
            "%(record)s was with accounting or was commented on, so its history stays. Make it void instead."
        ) % {"record": invoice.erp.label}
    if not is_unsubmitted(invoice):
        return gettext("Application %(number)s was submitted, so its number stays. Make it void instead.") % {
            "number": invoice.sequence
        }
    later = later_than(invoice)
    if later is None:
        return None
    return gettext("Application %(number)s goes on from its amounts. Delete that one first.") % {
        "number": later.sequence
    }
