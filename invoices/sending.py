"""Many invoices sent to accounting at once: each goes or stays for itself, with the sentence why."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from invoices.models import Invoice
from procore_sync.acceptance import operations as acceptance
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import Refusal


@dataclass(frozen=True)
class Sent:
    """What became of one invoice; `why_not` is empty if it went."""

    invoice: Invoice
    why_not: str = ""
    who: str = ""
    where: str = ""

    @property
    def went(self) -> bool:
        """Whether it is with accounting now."""
        return not self.why_not


def send_many(invoices: QuerySet[Invoice], *, by: Membership) -> list[Sent]:
    """Send each of `invoices` in a transaction of its own, in the order of their commitments and applications.

    Raises:
        NotAllowed: `by` may not send.
    """
    require(by, Right.SEND)
    return [_sent(one, by) for one in invoices.order_by("commitment__number", "commitment", "sequence")]


def _sent(invoice: Invoice, by: Membership) -> Sent:
    try:
        acceptance.send(invoice.erp, by=by)
    except Refusal as refusal:
        return Sent(invoice, refusal.sentence, refusal.who, refusal.where)
    return Sent(invoice)
