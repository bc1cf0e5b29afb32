"""What invoices tell the budget: what was billed and paid by cost code, and who uses a code."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext

from budgets.sources import Costs
from commitments.sources import users_sentence
from commitments.statuses import BudgetEffect, effect_of
from invoices.models import InvoiceLine, InvoiceStatus, Payment, PaymentState
from invoices.statuses import COUNTED, EXPORTABLE, FOLLOWS
from procore_sync.acceptance.models import Document, Submission
from procore_sync.kit.money import CENT, money
from projects.models import CostCode, Project

_CODE = Coalesce("sov_line__code__cost_code_id", "change_line__code__cost_code_id")
_STANDS = ("commitment__type", "commitment__status", "commitment__is_active")
_ZERO = Decimal("0.00")
#: Its bill costs the job in QuickBooks whether or not the owner has approved it (docs/adr/0056).
_INVOICED = Q(invoice__status__in=COUNTED) | Q(
    invoice__status__in=EXPORTABLE, invoice__erp__synced_revision__isnull=False
)
#: Its bill stands as QuickBooks got it, and what it is to become was not agreed yet (docs/adr/0056).
_IN_CORRECTION = Q(invoice__status__in=FOLLOWS, invoice__erp__synced_revision__isnull=False)
_MOVING = ~Q(completed=0) | ~Q(work_retained=0) | ~Q(released=0) | ~Q(stored=0) | ~Q(stored_before=0)


def invoiced_costs(project: Project) -> dict[int, Costs]:
    """What subcontractors billed and what of it was paid, by the id of the cost code; a constant number of queries.

    Billed is the gross of approved invoices, and of those in QuickBooks that wait for the owner; of one whose
    correction is not approved, that of the bill which it corrects. Of commitments that stand in no column of the
    budget, because they are closed, terminated or inactive, it is all that is committed (docs/adr/0041). A payment is
    shared over the codes by what was due on each. Those of private commitments count as well: a budget without them
    would be wrong.
    """
    (billed, committed), paid = _billed(project), _paid(project)
    return {
        code: Costs(committed[code], invoiced=billed[code], paid=paid.get(code, _ZERO)) for code in {*billed, *paid}
    }


def _lines(project: Project) -> QuerySet[Any]:
    """The lines of a project's invoices, each with `code`, the id of its cost code."""
    return InvoiceLine.objects.filter(invoice__commitment__project=project).order_by().annotate(code=_CODE)


def _billed(project: Project) -> tuple[Mapping[int, Decimal], Mapping[int, Decimal]]:
    """What was billed by code, and what of it on commitments that stand in no column of the budget."""
    corrected = _corrected(project)
    rows = _lines(project).filter(_INVOICED | (_IN_CORRECTION & ~Q(invoice__erp__in=list(corrected))))
    stands = [f"invoice__{name}" for name in _STANDS]
    sums = rows.values_list("code", *stands).annotate(Sum("completed"), Sum("stored"), Sum("stored_before"))
    found = [(code, money(sum_ + stored - before), *how) for code, *how, sum_, stored, before in sums]
    billed: defaultdict[int, Decimal] = defaultdict(lambda: _ZERO)
    alone: defaultdict[int, Decimal] = defaultdict(lambda: _ZERO)
    for code, amount, type_, status, is_active in [*found, *_of_documents(corrected)]:
        billed[code] += amount
        if not is_active or effect_of(type_, status) == BudgetEffect.NONE:
            alone[code] += amount
    return billed, alone


def _corrected(project: Project) -> dict[int, tuple[Document, str, str, bool]]:
    """Of each invoice in correction what QuickBooks holds, by its item, and how its commitment stands.

    What was linked, and never sent, has no document.
    """
    rows = Submission.objects.filter(
        item__invoice__commitment__project=project,
        item__invoice__status__in=FOLLOWS,
        revision=F("item__synced_revision"),
    ).order_by("number")
    told = rows.values_list("item", "document", *(f"item__invoice__{name}" for name in _STANDS))
    return {item: (document, *how) for item, document, *how in told}


def _of_documents(
    corrected: Mapping[int, tuple[Document, str, str, bool]],
) -> Iterator[tuple[int, Decimal, str, str, bool]]:
    """Of each line of these documents the id of its cost code, its amount, and how its commitment stands."""
    items = {line["code"]["item"] for document, *_ in corrected.values() for line in document["lines"]}
    codes = dict(CostCode.objects.filter(erp__in=items).values_list("erp", "pk")) if items else {}
    for document, *how in corrected.values():
        for line in document["lines"]:
            yield codes[line["code"]["item"]], Decimal(line["amount"]), *how


def _paid(project: Project) -> dict[int, Decimal]:
    payments = Payment.objects.filter(invoice__commitment__project=project, state=PaymentState.ISSUED).order_by()
    paid = dict(payments.values_list("invoice").annotate(Sum("amount")))
    dues: defaultdict[int, dict[int, Decimal]] = defaultdict(dict)
    for line in _lines(project).filter(invoice__in=list(paid)):
        dues[line.invoice_id][line.code] = dues[line.invoice_id].get(line.code, _ZERO) + line.figures.due
    found: defaultdict[int, Decimal] = defaultdict(lambda: _ZERO)
    for invoice, amount in paid.items():
        for code, part in shared(money(amount), dues[invoice]).items():
            found[code] += part
    return dict(found)


def shared(amount: Decimal, weights: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """`amount` shared by `weights` to the cent; the cents left over go where most was cut off, so the sum is exact."""
    whole = sum(weights.values(), _ZERO)
    if not whole:
        first = next(iter(weights), None)
        return {} if first is None else {first: amount}
    exact = {name: amount * weight / whole for name, weight in weights.items()}
    parts = {name: part.quantize(CENT, rounding=ROUND_DOWN) for name, part in exact.items()}
    left = amount - sum(parts.values(), _ZERO)
    cut_off = sorted(exact, key=lambda name: abs(exact[name] - parts[name]), reverse=True)
    step = CENT if left > 0 else -CENT
    for name in cut_off[: int(abs(left) / CENT)]:
        parts[name] += step
    return parts


def billing_the_code(code_id: int) -> QuerySet[Any]:
    """The lines that bill, withhold or release something of a cost code."""
    return InvoiceLine.objects.order_by().annotate(code=_CODE).filter(_MOVING, code=code_id)


def page_of_invoices(project_id: int, code_id: int) -> str:
    """The address of the list of a project's invoices that bill something of this code."""
    return f"{reverse('invoices:invoices')}?project={project_id}&code={code_id}"


def invoices_that_use(project: Project) -> dict[int, str]:
    """Which invoices need the budget line of a code of the project, by the code's id, in one query.

    Those of a private commitment are not named; a void one needs nothing.
    """
    rows = _lines(project).filter(_MOVING).exclude(invoice__status=InvoiceStatus.VOID).order_by("invoice_id")
    users: defaultdict[int, list[str]] = defaultdict(list)
    for code, number, private in rows.values_list("code", "invoice__number", "invoice__erp__is_private"):
        name = gettext("a private invoice") if private else gettext("Invoice %(number)s") % {"number": number}
        if name not in users[code]:
            users[code].append(name)
    return {code: users_sentence(names) for code, names in users.items()}
