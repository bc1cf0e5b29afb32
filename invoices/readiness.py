"""Why an invoice cannot be sent to accounting yet (domain.md §12)."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from invoices.figures import Summary
from invoices.lines import lines_of, summary_of
from invoices.models import NUMBER_LIMIT, Invoice, InvoiceLine
from invoices.rules import details_of_head, head_problems
from invoices.statuses import EXPORTABLE, spoken
from procore_sync.acceptance.kinds import Unmet, on_its_way
from procore_sync.accounts.curing import EDITORS
from procore_sync.kit.text import length_of
from projects.readiness import all_sentences

NAMED_AT_MOST = 3


def unmet_of_invoice(invoice: Invoice) -> list[Unmet]:
    """Everything that keeps the invoice from being sent; empty if nothing does."""
    lines = lines_of(invoice)
    billed = [line for line in lines if line.figures.moves]
    return [
        *_status(invoice),
        *_head(invoice),
        *_commitment(invoice),
        *_project(invoice),
        *_vendor(invoice),
        *_amounts(invoice, lines),
        *_change_orders(billed),
        *_codes(invoice, billed),
    ]


def _at(invoice: Invoice, sentence: str, page: str = "edit_invoice") -> Unmet:
    return Unmet(sentence, EDITORS, reverse(f"invoices:{page}", args=[invoice.pk]))


def _status(invoice: Invoice) -> Iterator[Unmet]:
    if invoice.status not in EXPORTABLE:
        sentence = gettext(
            "The invoice is %(was)s. Only an approved one, or one that waits for the owner, goes to accounting."
        ) % {"was": gettext(spoken(invoice.status))}
        yield _at(invoice, sentence, "invoice")


def _head(invoice: Invoice) -> Iterator[Unmet]:
    for sentence in all_sentences(head_problems(details_of_head(invoice))):
        yield _at(invoice, sentence)
    length = length_of(invoice.number)
    if length > NUMBER_LIMIT:
        yield _at(
            invoice,
            gettext("The number %(number)s has %(length)s characters, and QuickBooks takes %(limit)s. Shorten it.")
            % {"number": invoice.number, "length": length, "limit": NUMBER_LIMIT},
        )
    if invoice.due_on is None and not invoice.as_credit:
        yield _at(invoice, gettext("The payment due date is missing. QuickBooks gets it as the bill's due date."))


def _commitment(invoice: Invoice) -> Iterator[Unmet]:
    commitment = invoice.commitment
    where = reverse("commitments:commitment", args=[commitment.pk])
    if commitment.is_correcting:
        yield Unmet(
            gettext(
                "%(number)s is being corrected. Finish the correction first, so that the bill is made of what "
                "QuickBooks then holds."
            )
            % {"number": commitment.number},
            EDITORS,
            where,
        )
    elif not on_its_way(commitment.erp):
        yield Unmet(
            gettext(
                "The commitment %(number)s is not in QuickBooks and not with accounting. Send it first: a bill is "
                "made of its purchase order."
            )
            % {"number": commitment.number},
            EDITORS,
            where,
            items=(commitment.erp,),
        )


def _project(invoice: Invoice) -> Iterator[Unmet]:
    commitment = invoice.commitment
    if not on_its_way(commitment.project.erp):
        yield Unmet(
            gettext("The project %(project)s is not in QuickBooks and not with accounting. Send it, or link it, first.")
            % {"project": commitment.project},
            EDITORS,
            reverse("projects:project", args=[commitment.project_id]),
            items=(commitment.project.erp,),
        )


def _vendor(invoice: Invoice) -> Iterator[Unmet]:
    commitment, vendor = invoice.commitment, invoice.commitment.vendor
    if vendor is None:
        where = reverse("commitments:edit_commitment", args=[commitment.pk])
        yield Unmet(
            gettext("%(number)s has no vendor yet. Choose the company that it is with.")
            % {"number": commitment.number},
            EDITORS,
            where,
        )
    elif not on_its_way(vendor.erp):
        yield Unmet(
            gettext("The vendor %(vendor)s is not in QuickBooks and not with accounting. Send it, or link it, first.")
            % {"vendor": vendor},
            EDITORS,
            reverse("vendors:vendor", args=[vendor.pk]),
            items=(vendor.erp,),
        )


def _amounts(invoice: Invoice, lines: list[InvoiceLine]) -> Iterator[Unmet]:
    summary = summary_of(lines)
    if not any(line.figures.moves for line in lines):
        yield _at(invoice, gettext("Nothing is billed, withheld or released on any line, so there is no bill to make."))
    if not summary.rolls_forward:
        yield _at(
            invoice,
            gettext("Retainage held before and withheld now, less what is released, is not what is held after."),
        )
    yield from _total(invoice, summary)


def _total(invoice: Invoice, summary: Summary) -> Iterator[Unmet]:
    if summary.due < 0 and not invoice.as_credit:
        yield _at(
            invoice,
            gettext(
                "What is due comes to less than zero (%(due)s), which QuickBooks refuses for a bill. Let it go as "
                "a vendor credit, or bill more."
            )
            % {"due": f"{summary.due:,.2f}"},
        )
    elif summary.due > 0 and invoice.as_credit:
        yield _at(
            invoice,
            gettext("Something is due (%(due)s), so it cannot go as a vendor credit. Let it go as a bill.")
            % {"due": f"{summary.due:,.2f}"},
        )


def _change_orders(billed: list[InvoiceLine]) -> Iterator[Unmet]:
    orders = {line.change_line.change_order_id: line.change_line.change_order for line in billed if line.change_line}
    for order in orders.values():
        if order is not None and not on_its_way(order.erp):
            yield Unmet(
                gettext(
                    "Lines of %(order)s are billed, and it is not in QuickBooks and not with accounting. Send the "
                    "change order first."
                )
                % {"order": order.number},
                EDITORS,
                reverse("change_orders:change_order", args=[order.pk]),
                items=(order.erp,),
            )


def _codes(invoice: Invoice, billed: list[InvoiceLine]) -> Iterator[Unmet]:
    codes = {line.source.code.cost_code_id: line.source.code.cost_code for line in billed}.values()
    missing = sorted((one for one in codes if not on_its_way(one.erp)), key=lambda one: one.code)
    if not missing:
        return
    named = ", ".join(one.code for one in missing[:NAMED_AT_MOST])
    more = len(missing) - NAMED_AT_MOST
    named = gettext("%(named)s and %(more)s more") % {"named": named, "more": more} if more > 0 else named
    where = reverse("projects:cost_code", args=[missing[0].pk])
    if len(missing) > 1:
        where = reverse("projects:project_codes", args=[invoice.commitment.project_id])
    sentence = ngettext(
        "%(named)s is not in QuickBooks and not with accounting. Send the cost codes first.",
        "%(named)s are not in QuickBooks and not with accounting. Send the cost codes first.",
        len(missing),
    )
    yield Unmet(
        sentence % {"named": named},
        EDITORS,
        where,
        items=tuple(one.erp for one in missing),
    )
