"""A person's first steps: what somebody of their role does to see a record arrive, ticked off by what happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext

from invoices.models import Invoice, PaymentState
from invoices.payment_selectors import payments_for
from invoices.selectors import commitments_billed_by, invoices_for, is_contact
from invoices.statuses import REVIEWED
from procore_sync.acceptance.models import Submission
from procore_sync.acceptance.selectors import items_for
from procore_sync.acceptance.states import Decision, Status
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.models import KindPrivilege, Membership
from quickbooks_bridge.connections import connection_of
from quickbooks_bridge.models import Mapping


@dataclass(frozen=True)
class Step:
    """One thing to do, why, where, and whether it was done. `url` is empty where somebody else does it."""

    title: str
    why: str
    url: str
    is_done: bool


def first_steps_of(member: Membership) -> list[Step]:
    """Three to five steps for what `member` is; each asks the database, and nothing that they may not see."""
    return [step(member) for step in _steps(member)]


def card_of(member: Membership) -> list[Step]:
    """The steps for the start page; none once the person has put them away or done them all."""
    if member.tour_seen_at is not None:
        return []
    steps = first_steps_of(member)
    return [] if all(step.is_done for step in steps) else steps


Ask = Callable[[Membership], Step]


def _steps(member: Membership) -> list[Ask]:
    if is_contact(member):
        return [_is_billing, _has_submitted, _is_approved, _is_paid]
    steps: list[Ask] = []
    if may(member, Right.CONNECT):
        steps += [_connected, _approver]
    if may(member, Right.MAP):
        steps.append(_mapped)
    if may(member, Right.EDIT):
        steps += [_sent_something] if steps else [_entered, _sent_something, _got_accepted]
    if may(member, Right.DECIDE):
        steps.append(_decided)
    if not steps:
        steps = [_connected, _anything_sent]
    return [*steps, _synced][:5]


def _connected(member: Membership) -> Step:
    row = connection_of(member.company_id)
    return Step(
        gettext("Connect QuickBooks"),
        gettext("Records can be prepared before; they go out once it is connected."),
        reverse("quickbooks_bridge:connection"),
        row is not None and row.is_connected,
    )


def _approver(member: Membership) -> Step:
    deciding = KindPrivilege.objects.filter(
        membership__company_id=member.company_id, membership__is_active=True, can_export=True
    )
    return Step(
        gettext("Name who decides"),
        gettext(
            "An accounting approver accepts or rejects what is sent; it is a right beside the role, a kind of record."
        ),
        reverse("accounts:people"),
        deciding.exists(),
    )


def _mapped(member: Membership) -> Step:
    return Step(
        gettext("Say what things are called in QuickBooks"),
        gettext("The accounts and terms that a new cost code and a new vendor get there."),
        reverse("quickbooks_bridge:mappings"),
        Mapping.objects.filter(company_id=member.company_id).exists(),
    )


def _entered(member: Membership) -> Step:
    return Step(
        gettext("Enter a record"),
        gettext("A cost code, a vendor or a project first: budgets, commitments and invoices need them."),
        reverse("projects:cost_codes"),
        items_for(member).exists(),
    )


def _sent_something(member: Membership) -> Step:
    return Step(
        gettext("Send a record to accounting"),
        gettext("The button is on the record's page, and where it is off it says what is missing."),
        f"{reverse('acceptance:inbox')}?view=not_sent",
        Submission.objects.filter(sent_by=member).exists(),
    )


def _got_accepted(member: Membership) -> Step:
    return Step(
        gettext("See it accepted"),
        gettext("An approver decides; if it comes back, their comment says what must change."),
        reverse("acceptance:inbox"),
        Submission.objects.filter(sent_by=member, decision=Decision.ACCEPTED).exists(),
    )


def _decided(member: Membership) -> Step:
    return Step(
        gettext("Decide your first record"),
        gettext("You see the very lines that QuickBooks will get, and accept or reject them."),
        reverse("acceptance:inbox"),
        Submission.objects.filter(decided_by=member).exists(),
    )


def _anything_sent(member: Membership) -> Step:
    sent = items_for(member).exclude(status=Status.NOT_SENT)
    return Step(
        gettext("Follow a record"),
        gettext("Once it is sent, its page shows where it stands and with whom."),
        reverse("acceptance:inbox"),
        sent.exists(),
    )


def _synced(member: Membership) -> Step:
    return Step(
        gettext("See the first record in QuickBooks"),
        gettext("Synced means that what QuickBooks holds was compared with what was accepted, and is equal."),
        f"{reverse('acceptance:inbox')}?view=synced",
        items_for(member).filter(synced_revision__isnull=False).exists(),
    )


def _is_billing(member: Membership) -> Step:
    return Step(
        gettext("Be put on a commitment"),
        gettext("The company names you as the contact who bills it."),
        "",
        commitments_billed_by(member).exists(),
    )


def _has_submitted(member: Membership) -> Step:
    return Step(
        gettext("Submit your first invoice"),
        gettext("Fill in what was done in this period; the total and the retainage add up by themselves."),
        reverse("home"),
        Invoice.objects.filter(submitted_by=member, company_id=member.company_id).exists(),
    )


def _is_approved(member: Membership) -> Step:
    return Step(
        gettext("Have it approved"),
        gettext("The company reviews it; if something must change, it comes back to you with a remark."),
        "",
        invoices_for(member).filter(status__in=REVIEWED).exists(),
    )


def _is_paid(member: Membership) -> Step:
    return Step(
        gettext("See it paid"),
        gettext("A payment that the accountant enters in QuickBooks appears on your invoice."),
        "",
        payments_for(member).filter(state=PaymentState.ISSUED).exists(),
    )
