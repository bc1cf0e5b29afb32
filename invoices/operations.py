"""What people do to applications for payment before and beside their way to the ledger: one transaction each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext

from change_orders.content import held
from commitments.contacts import require_part
from commitments.models import Commitment
from invoices import notices
from invoices.content import SAID, Watched, fresh, item_columns, lines_now, requirements_of, write_lines
from invoices.guards import (
    allow,
    type_for,
    why_not_bill,
    why_not_create,
    why_not_delete,
    why_not_edit,
    why_not_move,
    why_not_submit,
    why_not_void,
)
from invoices.models import NUMBER_LIMIT, BillingPeriod, Invoice, InvoiceLine, InvoiceStatus, InvoiceType, Verdict
from invoices.periods import open_period_of, settings_of
from invoices.retainage import released_down_to
from invoices.rules import (
    InvoiceDetails,
    LineBilling,
    bill,
    billing_problems,
    details_of_head,
    head_problems,
    share_problems,
    standing_problems,
)
from invoices.selectors import invoices_for, is_contact
from invoices.statuses import REVIEWED
from invoices.terms import due_by_terms
from procore_sync.acceptance.items import hold_to_delete, open_item, set_requirements
from procore_sync.acceptance.refusals import NotReady
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.curing import EDITORS
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import NotAllowed
from projects.records import (
    AnotherHasTheReference,
    Problems,
    reference_problems,
    refuse,
    require_same,
    saved_meanwhile,
    saving,
    tidy,
)

__all__ = [
    "bring_down",
    "create_invoice",
    "delete_invoice",
    "move_invoice",
    "save_invoice",
    "submit_invoice",
    "void_invoice",
    "why_not_create",
]


# -- to make one ---------------------------------------------------------------------------------------------------


@transaction.atomic
def create_invoice(
    commitment: Commitment, *, by: Membership, details: InvoiceDetails | None = None, external_ref: str | None = None
) -> Invoice:
    """The next application of a commitment, in the project's open billing period: a draft that goes on from the last.

    Its lines are those of the contract with all approved change orders; what is left out of `details` is made up. The
    same `external_ref` gives the application made before.

    Raises:
        NotAllowed: `by` may neither edit nor are they an invoice contact of the commitment.
        NotReady: a precondition is not met; each has its sentence.
        InvalidInput: a detail is wrong, or the commitment has an application of this number.
        AnotherHasTheReference: the reference belongs to something else.
    """
    require_part(commitment, by)
    external_ref = (external_ref or "").strip() or None
    refuse(reference_problems(external_ref))
    commitment = held(commitment.pk)
    there = _known(commitment, external_ref, details, by)
    if there is not None:
        return there
    unmet = why_not_create(commitment, by)
    period = open_period_of(commitment.project)
    if unmet or period is None:
        raise NotReady(unmet)
    made = _begun(commitment, period, details or InvoiceDetails(), by)
    _insert(made, by, external_ref)
    lines = lines_now(made)
    write_lines(made, lines)
    made.erp.amount = item_columns(made, lines)["amount"]
    made.erp.save(update_fields=["amount"])
    set_requirements(made.erp, requirements_of(made, lines))
    return made


def _known(
    commitment: Commitment, external_ref: str | None, details: InvoiceDetails | None, by: Membership
) -> Invoice | None:
    if external_ref is None:
        return None
    rows = Invoice.objects.filter(company_id=commitment.company_id, erp__external_ref=external_ref)
    there: Invoice | None = rows.select_related("erp").first()
    if there is None:
        return None
    if not invoices_for(by).filter(pk=there.pk).exists():
        raise AnotherHasTheReference(
            gettext("The reference %(reference)s is taken already. Use another.") % {"reference": external_ref}
        )
    stands, given = details_of_head(there), tidy(details or InvoiceDetails())
    # What was left out was made up then, and may be what stands now.
    made_up = [name for name in _MADE_UP if not getattr(given, name)]
    complete = replace(given, **{name: getattr(stands, name) for name in made_up})
    also = [] if there.commitment_id == commitment.pk else ["commitment"]
    require_same(there.erp.label, external_ref, stands, complete, *also)
    return fresh(there)


_MADE_UP = ("number", "billed_on", "starts_on", "ends_on", "due_on", "type")


def _begun(commitment: Commitment, period: BillingPeriod, details: InvoiceDetails, by: Membership) -> Invoice:
    usual = suggested_details(commitment, period)
    details = tidy(details)
    billed_on = details.billed_on or _day_of(period)
    usual_type = type_for(commitment, period, by)
    complete = replace(
        details,
        number=details.number or usual.number,
        billed_on=billed_on,
        starts_on=details.starts_on or usual.starts_on,
        ends_on=details.ends_on or usual.ends_on,
        due_on=details.due_on or (None if details.as_credit else due_by_terms(commitment, billed_on)),
        type=details.type or usual_type,
    )
    his = replace(details, type=complete.type)
    refuse({**head_problems(complete), **_not_his(by, his, InvoiceDetails(type=usual_type))})
    refuse({**taken(commitment, complete.number), **_numbered(commitment, complete.number, usual.number)})
    columns = {name: getattr(complete, name) for name in InvoiceDetails.__dataclass_fields__}
    sequence = _next_sequence(commitment)
    return Invoice(company_id=commitment.company_id, commitment=commitment, period=period, sequence=sequence, **columns)


def suggested_details(commitment: Commitment, period: BillingPeriod) -> InvoiceDetails:
    """What the next application says of itself if nobody says otherwise: its number, and days by period and terms."""
    billed_on = _day_of(period)
    return InvoiceDetails(
        number=suggested_number(commitment, _next_sequence(commitment)),
        billed_on=billed_on,
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        due_on=due_by_terms(commitment, billed_on),
    )


def _day_of(period: BillingPeriod) -> date:
    """The billing date: what is billed late is a cost of the period in which the work was done all the same."""
    return min(period.ends_on, today_of(period.project.company))


def _next_sequence(commitment: Commitment) -> int:
    last: int | None = Invoice.objects.filter(commitment=commitment).aggregate(last=Max("sequence"))["last"]
    return (last or 0) + 1


def suggested_number(commitment: Commitment, sequence: int) -> str:
    """The number of the application of this sequence: `SC-1042-003-02`; of a long one its end, so that it fits."""
    number, count = "", sequence
    while not number or taken(commitment, number):
        ending = f"-{count:02}"
        number = f"{commitment.number[-(NUMBER_LIMIT - len(ending)) :]}{ending}"
        count += 1
    return number


def taken(commitment: Commitment, number: str, own: int | None = None) -> Problems:
    """Whether another application of the commitment that is not void has the number; case set aside."""
    rows = Invoice.objects.filter(commitment=commitment, number__iexact=number).exclude(status=InvoiceStatus.VOID)
    other = rows.exclude(pk=own).first()
    if other is None:
        return {}
    return {
        "number": [
            gettext("Application %(number)s has the number %(other)s already. Give another.")
            % {"number": other.sequence, "other": other.number}
        ]
    }


def _numbered(commitment: Commitment, number: str, right: str) -> Problems:
    if number == right or not settings_of(commitment.project).numbers_invoices:
        return {}
    return {
        "number": [
            gettext("%(project)s numbers its invoices itself: this one is %(right)s.")
            % {"project": commitment.project, "right": right}
        ]
    }


def _not_his(by: Membership, details: InvoiceDetails, before: InvoiceDetails) -> Problems:
    """What an invoice contact would decide that is the company's to decide."""
    if not is_contact(by):
        return {}
    problems: Problems = {}
    if details.type != before.type:
        problems["type"] = [gettext("What an application bills is decided by the company. Ask its project manager.")]
    if details.as_credit != before.as_credit:
        problems["as_credit"] = [gettext("Whether it becomes a vendor credit is decided by the company.")]
    if details.due_on != before.due_on:
        problems["due_on"] = [gettext("When payment is due is decided by the company.")]
    return problems


def _insert(made: Invoice, by: Membership, external_ref: str | None) -> None:
    """Save a new application with its item, which is as private as that of its commitment."""
    parent = made.commitment.erp
    # Read only now: the commitment is held, and the row of its item may be older than that.
    parent.refresh_from_db(fields=["is_private"])
    try:
        with transaction.atomic():
            made.erp = open_item(
                company=made.company,
                kind=Kind.INVOICE,
                label=str(made),
                number=made.number,
                by=by,
                external_ref=external_ref,
                project=made.commitment.project.erp,
            )
    except IntegrityError as error:
        raise AnotherHasTheReference(
            gettext("A record arrived with the reference %(reference)s at this very moment. Repeat the request.")
            % {"reference": external_ref}
        ) from error
    if parent.is_private:
        made.erp.is_private = True
        made.erp.save(update_fields=["is_private"])
        made.erp.readers.set(parent.readers.all())
    made.save(force_insert=True)


# -- to change one -------------------------------------------------------------------------------------------------


@transaction.atomic
def save_invoice(
    invoice: Invoice, details: InvoiceDetails, lines: Sequence[LineBilling], *, by: Membership, seen: int
) -> Invoice:
    """`invoice` saying `details`, and its lines what was typed of them; `seen` is the edition that `by` looked at.

    Change orders that were approved meanwhile come in. Amounts that change after the review put the application under
    review again; a line that changes is looked at anew.

    Raises:
        NotAllowed: it is not theirs to bill.
        InvalidInput: something typed is wrong; a line would be billed beyond its worth, or more released than held.
        EditedMeanwhile: somebody else saved it since.
        IllegalMove: it is with its reviewer, void, with accounting or in QuickBooks, past its due date, or a later
            application goes on from its amounts.
    """
    require_part(invoice.commitment, by)
    now = locked(invoice)
    allow(why_not_edit(now, by))
    require_edition(now, seen, by=by)
    details = tidy(details if details.type else replace(details, type=now.type))
    refuse(_not_his(by, details, details_of_head(now)))
    if is_contact(by) and details.billed_on:
        details = replace(details, due_on=_due_by(now, details.billed_on))
    refuse({**_head_problems(now, details), **billing_problems(lines)})
    watched = Watched.at(now)
    for name in InvoiceDetails.__dataclass_fields__:
        setattr(now, name, getattr(details, name))
    changed = bill_lines(now, lines, by=by)
    if changed and now.status in REVIEWED:
        now.status = InvoiceStatus.UNDER_REVIEW
    columns = {name: getattr(now, name) for name in InvoiceDetails.__dataclass_fields__}
    Invoice.objects.filter(pk=now.pk).update(**columns, status=now.status, **saving(seen, by))
    return watched.settle(now)


def locked(invoice: Invoice) -> Invoice:
    """The application as it stands, its commitment held until the end of the transaction."""
    held(invoice.commitment_id)
    return fresh(invoice)


def require_edition(invoice: Invoice, seen: int, *, by: Membership) -> None:
    """Go on only if `seen` is still the edition of the application.

    Raises:
        EditedMeanwhile: somebody else saved it since.
    """
    if invoice.edition != seen:
        raise saved_meanwhile(invoice.erp.label, Invoice.objects.filter(pk=invoice.pk), asker=by)


def _due_by(now: Invoice, billed_on: date) -> date | None:
    """When payment is due once it is billed on this day: by the vendor's terms, unless the company said otherwise."""
    by_terms = due_by_terms(now.commitment, now.billed_on)
    if billed_on == now.billed_on or now.as_credit or now.due_on not in (None, by_terms):
        return now.due_on
    return due_by_terms(now.commitment, billed_on)


def _head_problems(now: Invoice, details: InvoiceDetails) -> Problems:
    problems = {**head_problems(details), **taken(now.commitment, details.number, now.pk)}
    if details.number != now.number:
        problems |= _numbered(now.commitment, details.number, now.number)
    return problems


def misnamed(keys: Sequence[str], known: Container[str]) -> Problems:
    """Which of the lines that are named by these keys are not in the contract, or are named twice."""
    gone = gettext("Line %(key)s is not in the contract any more. Load it again.")
    twice = gettext("A line is given twice. Leave one of the two out.")
    counted = Counter(keys)
    problems = {key: gone % {"key": key} if key not in known else twice if counted[key] > 1 else "" for key in counted}
    return {f"lines.{key}.key": [sentence] for key, sentence in problems.items() if sentence}


def bill_lines(invoice: Invoice, said: Sequence[LineBilling], *, by: Membership) -> list[str]:
    """Let the lines follow the contract and say what was typed of them; returns the keys of those that changed.

    Raises:
        NotAllowed: a contact would change retainage where the application does not let them.
        InvalidInput: a line is not there, or cannot stand like that.
        IllegalMove: a later application goes on from the amounts that would change.
    """
    lines = lines_now(invoice)
    earlier = {line.key: _said(line) for line in lines}
    known = {line.key: line for line in lines}
    refuse(misnamed([one.key for one in said], known))
    problems: Problems = {}
    for one in said:
        problems |= bill(known[one.key], one)
    refuse(problems)
    changed = [line.key for line in lines if _said(line) != earlier[line.key]]
    _require_his(invoice, [line for line in lines if line.key in changed], earlier, by)
    if changed:
        allow(why_not_bill(invoice))
    refuse(standing_problems([known[key] for key in changed], overbilling=_overbills(invoice)))
    for key in changed:
        known[key].verdict = Verdict.OPEN
    write_lines(invoice, lines)
    return changed


def _said(line: InvoiceLine) -> dict[str, Any]:
    return {name: getattr(line, name) for name in SAID}


def _overbills(invoice: Invoice) -> bool:
    return settings_of(invoice.commitment.project).allows_overbilling


def _require_his(
    invoice: Invoice, changed: list[InvoiceLine], earlier: dict[str, dict[str, Any]], by: Membership
) -> None:
    """Without retainage in the application, a contact leaves it as the contract says, and nobody releases any."""
    if invoice.type == InvoiceType.RETAINAGE:
        return
    released = [line.key for line in changed if line.released]
    if released:
        sentence = gettext(
            "Line %(key)s: The application bills work and materials, so no retainage is released. Let it bill work, "
            "materials and retainage first."
        )
        refuse({f"lines.{released[0]}.released": [sentence % {"key": released[0]}]})
    if not is_contact(by):
        return
    for line in changed:
        stands, before = _said(line), earlier[line.key]
        typed = [name for name in ("work_percent", "stored_percent") if stands[name] != before[name]]
        free = [name for name in ("work_retained", "stored_held") if stands[name] != before[name]]
        if typed or (free and any(stands[_SHARE[name]] is None for name in free)):
            sentence = gettext(
                "Line %(key)s: The application bills work and materials. Retainage is withheld as the contract says; "
                "the project manager can let you change it."
            )
            raise NotAllowed(sentence % {"key": line.key}, who=EDITORS)


_SHARE = {"work_retained": "work_percent", "stored_held": "stored_percent"}


# -- to submit, to void, to delete one -----------------------------------------------------------------------------


@transaction.atomic
def submit_invoice(invoice: Invoice, *, by: Membership) -> Invoice:
    """Put a draft, or one that came back, before the company's reviewers, who are mailed.

    What is billed now is kept as claimed beside what the review makes of it.

    Raises:
        NotAllowed: it is not theirs to bill.
        IllegalMove: it is not a draft and did not come back, or the due date is past.
        InvalidInput: a line cannot stand as it does, or nothing is billed, withheld or released.
    """
    require_part(invoice.commitment, by)
    now = locked(invoice)
    allow(why_not_submit(now, by))
    lines = lines_now(now)
    refuse(standing_problems(lines, overbilling=_overbills(now)) or _nothing(lines))
    watched = Watched.at(now)
    for line in lines:
        line.claimed_completed, line.claimed_stored = line.completed, line.stored
        line.claimed_released = line.released
        line.verdict = Verdict.OPEN if line.verdict == Verdict.REJECTED else line.verdict
    write_lines(now, lines)
    Invoice.objects.filter(pk=now.pk).update(
        status=InvoiceStatus.UNDER_REVIEW,
        submitted_by=by,
        submitted_at=timezone.now(),
        **saving(now.edition, by),
    )
    settled = watched.settle(now)
    notices.submitted(settled, by=by)
    return settled


def _nothing(lines: Sequence[InvoiceLine]) -> Problems:
    if any(line.figures.moves for line in lines):
        return {}
    return {"lines": [gettext("Nothing is billed, withheld or released on any line. Bill something first.")]}


@transaction.atomic
def move_invoice(invoice: Invoice, *, by: Membership) -> Invoice:
    """Let a draft that was left over from an earlier period bill in the open one; its days follow, what it bills stays.

    A due date that the company gave stays, unless it would lie before the billing date.

    Raises:
        NotAllowed: it is not theirs to bill.
        IllegalMove: it was submitted, no other period is open, or they cannot bill in the open one.
    """
    require_part(invoice.commitment, by)
    now = locked(invoice)
    period = open_period_of(now.commitment.project)
    allow(why_not_move(now, period, by))
    watched = Watched.at(now)
    if period is not None:
        billed_on = _day_of(period)
        due_on = _due_by(now, billed_on)
        now.period, now.starts_on, now.ends_on, now.billed_on = period, period.starts_on, period.ends_on, billed_on
        now.due_on = due_on if due_on and due_on >= billed_on else None
    saved = saving(now.edition, by)
    for name, value in saved.items():
        setattr(now, name, value)
    now.save(update_fields=["period", "starts_on", "ends_on", "billed_on", "due_on", *saved])
    return watched.settle(now)


@transaction.atomic
def void_invoice(invoice: Invoice, *, by: Membership) -> Invoice:
    """Make an application void: it keeps its number for ever and counts for nothing.

    Raises:
        NotAllowed: `by` may not edit.
        IllegalMove: it is void, with accounting or in QuickBooks, or a later application goes on from it.
    """
    require(by, Right.EDIT)
    now = locked(invoice)
    allow(why_not_void(now))
    watched = Watched.at(now)
    Invoice.objects.filter(pk=now.pk).update(status=InvoiceStatus.VOID, **saving(now.edition, by))
    return watched.settle(now)


@transaction.atomic
def delete_invoice(invoice: Invoice, *, by: Membership) -> None:
    """Delete a draft that nobody has seen but its makers, for good.

    Raises:
        NotAllowed: it is not theirs to bill.
        IllegalMove: it was submitted, or a later application goes on from it.
    """
    require_part(invoice.commitment, by)
    now = locked(invoice)
    item = now.erp = hold_to_delete(now.erp)
    allow(why_not_delete(now))
    Invoice.objects.filter(pk=now.pk).delete()
    item.delete()


@transaction.atomic
def bring_down(invoice: Invoice, percent: Decimal, *, by: Membership, seen: int) -> Invoice:
    """Release on each line what is held on its work beyond `percent` of the work completed to date.

    Raises:
        NotAllowed, InvalidInput, EditedMeanwhile, IllegalMove: as `save_invoice`.
    """
    require_part(invoice.commitment, by)
    refuse(share_problems(percent))
    now = locked(invoice)
    said = [LineBilling(line.key, released=released_down_to(line, percent)) for line in lines_now(now)]
    return save_invoice(now, details_of_head(now), said, by=by, seen=seen)
