"""How the lines of an application follow its contract and the application before, and what follows for its item."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from change_orders.kinds import key_of
from change_orders.models import ChangeLine, ChangeStatus
from commitments.models import Commitment, SovLine
from invoices.guards import later_than
from invoices.kinds import invoice_document
from invoices.lines import lines_of, summary_of
from invoices.models import Invoice, InvoiceLine, InvoiceStatus
from invoices.payments import paid_of, with_tax
from invoices.retainage import percent_for
from invoices.rules import follow
from invoices.statuses import FOLLOWS
from procore_sync.acceptance.items import revise, set_requirements
from procore_sync.acceptance.models import Document, ErpItem
from procore_sync.acceptance.refusals import IllegalMove
from projects.records import kept_total, still_there

_ZERO = Decimal("0.00")
#: What the application before leaves behind, by the columns of the next.
_BROUGHT = ("completed_before", "stored_before", "work_held_before", "stored_held_before")
_FOLLOWING = ("position", "key", "scheduled", *_BROUGHT)
#: What a person says of a line, and what follows from it.
SAID = ("completed", "stored", "work_percent", "work_retained", "stored_percent", "stored_held", "released")
_REVIEW = ("verdict", "reason", "claimed_completed", "claimed_stored", "claimed_released")


@dataclass(frozen=True)
class Billable:
    """A line of the contract that can be billed: of the commitment, or of an approved change order."""

    key: str
    scheduled: Decimal
    sov_line: SovLine | None = None
    change_line: ChangeLine | None = None

    @property
    def source(self) -> tuple[int | None, int | None]:
        """What makes it the same line in another application."""
        return (self.sov_line.pk if self.sov_line else None, self.change_line.pk if self.change_line else None)


def billable_of(commitment: Commitment) -> list[Billable]:
    """The lines that an application of the commitment has now: its own, then those of approved change orders."""
    own = SovLine.objects.filter(commitment=commitment).select_related("code__cost_code__erp")
    changes = ChangeLine.objects.filter(
        change_order__commitment=commitment, change_order__status=ChangeStatus.APPROVED
    ).select_related("code__cost_code__erp", "sov_line", "change_order__erp")
    return [
        *(Billable(str(line.number), line.amount, sov_line=line) for line in own),
        *(
            Billable(key_of(line.change_order, line), line.amount, change_line=line)
            for line in changes.order_by("change_order__sequence", "number")
            if line.change_order
        ),
    ]


def before(invoice: Invoice) -> Invoice | None:
    """The application that this one goes on from, or None for the first."""
    rows = Invoice.objects.filter(commitment=invoice.commitment_id, sequence__lt=invoice.sequence)
    found: Invoice | None = rows.exclude(status=InvoiceStatus.VOID).order_by("-sequence").first()
    return found


def follows(invoice: Invoice) -> bool:
    """Whether its lines still follow the contract and the application before."""
    return (
        invoice.status in FOLLOWS
        and not invoice.erp.is_locked
        and not invoice.is_kept
        and (invoice._state.adding or later_than(invoice) is None)
    )


def lines_now(invoice: Invoice) -> list[InvoiceLine]:
    """The lines as they stand, and, as long as they follow the contract, as it is now; nothing is saved."""
    stored = [] if invoice._state.adding else lines_of(invoice)
    if not follows(invoice):
        return stored
    previous = before(invoice)
    earlier = {_source(line): line for line in lines_of(previous)} if previous else {}
    own, standing = {_source(line): line for line in stored}, billable_of(invoice.commitment)
    kept = {one.source for one in standing}
    gone = [_no_longer(line) for source, line in earlier.items() if source not in kept and _left(line)]
    fresh = _Fresh(invoice, earlier, percent_for(invoice.commitment, _complete(standing, earlier)))
    return [fresh.line(one, own.get(one.source), place) for place, one in enumerate([*standing, *gone], start=1)]


def _source(line: InvoiceLine) -> tuple[int | None, int | None]:
    return line.sov_line_id, line.change_line_id


def _left(line: InvoiceLine) -> bool:
    return bool(line.figures.to_date or line.figures.held)


def _no_longer(line: InvoiceLine) -> Billable:
    """A line that was billed and is no longer in the contract; nothing is scheduled on it."""
    return Billable(line.key, _ZERO, line.sov_line, line.change_line)


def _complete(standing: Sequence[Billable], earlier: dict[Any, InvoiceLine]) -> Decimal:
    """How much of the contract the applications before completed, in percent."""
    contract = sum((one.scheduled for one in standing), _ZERO)
    done = sum((line.figures.to_date for line in earlier.values()), _ZERO)
    return done * 100 / contract if contract > 0 else _ZERO


@dataclass(frozen=True)
class _Fresh:
    """Makes the lines of an application follow."""

    invoice: Invoice
    earlier: dict[tuple[int | None, int | None], InvoiceLine]
    percent: Decimal

    def line(self, one: Billable, own: InvoiceLine | None, place: int) -> InvoiceLine:
        """The line that bills `one`: the one that is there, or a new one that goes on from the application before."""
        previous = self.earlier.get(one.source)
        line = own or InvoiceLine(
            invoice=self.invoice, sov_line=one.sov_line, change_line=one.change_line, **self._begun(previous)
        )
        line.position, line.key, line.scheduled = place, one.key, one.scheduled
        for name, value in _brought(previous).items():
            setattr(line, name, value)
        if own is None:
            follow(line)
        return line

    def _begun(self, previous: InvoiceLine | None) -> dict[str, Any]:
        """What a new line says: no work, the materials that are still stored, and the usual retainage."""
        if previous is None:
            return {"work_percent": self.percent, "stored_percent": self.percent}
        return {
            "work_percent": self.percent,
            "stored": previous.stored,
            "stored_percent": previous.stored_percent,
            "stored_held": previous.stored_held,
        }


def _brought(previous: InvoiceLine | None) -> dict[str, Decimal]:
    if previous is None:
        return dict.fromkeys(_BROUGHT, _ZERO)
    figures = previous.figures
    return {
        "completed_before": figures.completed_before + figures.completed,
        "stored_before": figures.stored,
        "work_held_before": figures.work_held,
        "stored_held_before": figures.stored_held,
    }


def write_lines(invoice: Invoice, lines: Iterable[InvoiceLine]) -> None:
    """Let the application have exactly these lines."""
    kept = list(lines)
    known = [line for line in kept if line.pk]
    InvoiceLine.objects.filter(invoice=invoice).exclude(pk__in=[line.pk for line in known]).delete()
    InvoiceLine.objects.bulk_update(known, [*_FOLLOWING, *SAID, *_REVIEW])
    InvoiceLine.objects.bulk_create([line for line in kept if not line.pk])


def item_columns(invoice: Invoice, lines: list[InvoiceLine]) -> dict[str, Any]:
    """What the inbox shows of an application: its amount is what is due now."""
    return {"label": str(invoice)[:255], "number": invoice.number[:64], "amount": kept_total(summary_of(lines).due)}


def requirements_of(invoice: Invoice, lines: Iterable[InvoiceLine]) -> list[ErpItem]:
    """What has to be in QuickBooks before the application can go."""
    commitment = invoice.commitment
    billed = [line for line in lines if line.figures.moves]
    codes = {line.source.code.cost_code_id: line.source.code.cost_code.erp for line in billed}
    orders = {line.change_line.change_order_id: line.change_line.change_order for line in billed if line.change_line}
    vendor = [commitment.vendor.erp] if commitment.vendor else []
    return [
        commitment.erp,
        commitment.project.erp,
        *vendor,
        *codes.values(),
        *(order.erp for order in orders.values() if order),
    ]


@dataclass(frozen=True)
class Watched:
    """An application as it stood when an operation began, to see at its end what the operation did to it."""

    document: Document
    status: str

    @classmethod
    def at(cls, invoice: Invoice) -> Watched:
        """`invoice` as it stands."""
        return cls(invoice_document(invoice), invoice.status)

    def settle(self, invoice: Invoice) -> Invoice:
        """Bring the item of `invoice` up to date; count a revision if anything that sending asks has changed.

        A status is nothing that QuickBooks gets; but whoever sends it at this moment has read the one of before.

        Raises:
            IllegalMove: it is being decided or posted, or it would come to less than is paid or used of it.
        """
        now, lines = fresh(invoice), lines_of(invoice)
        changed = invoice_document(now) != self.document
        moved = now.status != self.status and (now.erp.synced_revision is None or now.erp.is_changed)
        columns = item_columns(now, lines)
        _require_what_is_paid(now, columns["amount"])
        if changed or moved:
            revise(now.erp, **columns)
            set_requirements(now.erp, requirements_of(now, lines))
        return now


def _require_what_is_paid(invoice: Invoice, net: Decimal) -> None:
    """What was paid of a bill or used of a credit in QuickBooks cannot be more than it is, which may carry tax.

    What is due and what was used of a credit are below zero. Of what nothing was paid it may become anything.
    """
    if invoice.erp.synced_revision is None:
        return
    paid, due = paid_of([invoice])[invoice.pk], with_tax(invoice, net)
    if min(due, _ZERO) <= paid <= max(due, _ZERO):
        return
    if paid < 0:
        told = gettext(
            "%(used)s of %(record)s is used, and %(due)s would be credited. Bill the difference on the next "
            "application, or have the credit taken off what it pays in QuickBooks first."
        ) % {"used": f"{-paid:,.2f}", "record": invoice.erp.label, "due": f"{-due:,.2f}"}
    else:
        told = gettext(
            "%(paid)s of %(record)s is paid, and %(due)s would be due. Bill the difference back on the next "
            "application, or have the payment taken off the bill in QuickBooks first."
        ) % {"paid": f"{paid:,.2f}", "record": invoice.erp.label, "due": f"{due:,.2f}"}
    raise IllegalMove(told, who="bookkeeper")


def fresh(invoice: Invoice) -> Invoice:
    """The application as the database has it now, with what its document names.

    Raises:
        IllegalMove: it was deleted meanwhile.
    """
    rows = Invoice.objects.select_related(
        "erp", "company", "period", "commitment__erp", "commitment__project__erp", "commitment__vendor__erp"
    )
    found: Invoice = still_there(rows, invoice)
    return found
