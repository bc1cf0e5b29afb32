"""How the list of invoices is narrowed and sorted, and what the listed ones come to, for page and API alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy

from invoices.models import Invoice, InvoiceLine, InvoiceStatus, Payment
from invoices.payment_selectors import OPEN, OVERDUE, paid_like, total_of
from invoices.payments import PaymentStatus, paid_of
from invoices.selectors import commitments_seen_by, is_contact, periods_for
from invoices.sources import billing_the_code
from procore_sync.acceptance.states import Status
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Membership
from procore_sync.kit.fields import translated
from procore_sync.kit.finding import asked_of, carrying
from procore_sync.kit.money import money
from procore_sync.kit.refusals import InvalidInput
from procore_sync.kit.selects import RecordChoice, RecordNumber, offered
from procore_sync.kit.shown import day
from projects.filters import CHANGED, PAGE
from projects.selectors import cost_codes_for, projects_for
from vendors.selectors import vendors_for

_SORT = {
    "number": "number",
    "application": "sequence",
    "project": "commitment__project__name",
    "commitment": "commitment__number",
    "period": "period__starts_on",
    "date": "billed_on",
    "stands": "status",
    "status": "erp__status",
    "due": "erp__amount",
}


class _Words(forms.Form):
    """What every list can be narrowed by. `stands` is the business status, `status` where it is in accounting."""

    q = forms.CharField(label=gettext_lazy("Search"), required=False)
    stands = forms.ChoiceField(
        label=gettext_lazy("Status"),
        required=False,
        choices=[("", gettext_lazy("Any")), *translated(InvoiceStatus.choices)],
    )
    status = forms.ChoiceField(
        label=gettext_lazy("In accounting"),
        required=False,
        choices=[
            ("", gettext_lazy("Any state")),
            *translated(Status.choices),
            (CHANGED, gettext_lazy("Changed since sync")),
        ],
    )
    paid = forms.ChoiceField(
        label=gettext_lazy("Payment"),
        required=False,
        choices=[
            ("", gettext_lazy("Any")),
            (OPEN, gettext_lazy("Not paid in full")),
            (OVERDUE, gettext_lazy("Overdue")),
            *translated(PaymentStatus.choices),
        ],
    )


class Asked(_Words):
    """What the list can be narrowed by, as it stands in an address."""

    project = RecordNumber()
    vendor = RecordNumber()
    commitment = RecordNumber()
    code = RecordNumber()
    period = RecordNumber()


class InvoiceFilter(_Words):
    """The same, with what there is to choose from."""

    field_order = ["q", "project", "vendor", "commitment", "code", "period", "stands", "status", "paid"]
    project = RecordChoice(label=gettext_lazy("Project"))
    vendor = RecordChoice(label=gettext_lazy("Vendor"))
    commitment = RecordChoice(label=gettext_lazy("Commitment"))
    code = RecordChoice(label=gettext_lazy("Cost code"))
    period = RecordChoice(label=gettext_lazy("Period"))

    def __init__(self, query: QueryDict, member: Membership) -> None:
        super().__init__(query)
        fields: Any = self.fields
        commitments = commitments_seen_by(member).order_by("number", "pk")
        fields["commitment"].choices = offered(commitments, "number", "title")
        if is_contact(member):
            for name in ("project", "vendor", "code", "period", "status"):
                del fields[name]
            return
        projects = offered(projects_for(member).order_by("name"), "number", "name")
        fields["project"].choices = projects
        fields["vendor"].choices = offered(vendors_for(member).order_by("name_key"), "name")
        fields["code"].choices = offered(cost_codes_for(member).order_by("code_key"), "code", "description")
        fields["period"].choices = [("", gettext("Any")), *_periods(member, dict(projects))]


def _periods(member: Membership, projects: dict[Any, str]) -> Iterator[tuple[int, str]]:
    """Every period as it is called; thousands of them begin and end on a few dozen days."""
    said, shown = gettext("%(project)s, %(starts)s to %(ends)s"), cache(day)
    rows = periods_for(member).select_related(None)
    for key, project, starts, ends in rows.values_list("pk", "project", "starts_on", "ends_on"):
        yield key, said % {"project": projects[project], "starts": shown(starts), "ends": shown(ends)}


def narrow(rows: QuerySet[Invoice], query: QueryDict, member: Membership) -> QuerySet[Invoice]:
    """Those of `rows` that `query` asks for, in its order, else the newest first.

    Raises:
        InvalidInput: it asks for what cannot be, or `member` for what is nothing for those who bill.
    """
    asked, order = asked_of(Asked(query)), query.get("sort", "")
    if is_contact(member) and (asked["status"] or order.removeprefix("-") == "status"):
        sentence = gettext("Where an application stands in accounting is shown to the company's own people alone.")
        raise InvalidInput(sentence, errors={"status": [sentence]})
    found = rows.filter(_wanted(asked))
    if asked["code"] is not None:
        found = found.filter(Exists(billing_the_code(asked["code"]).filter(invoice=OuterRef("pk"))))
    if asked["paid"]:
        # Which of their bills the ledger has is nothing that a contact is told, by what is overdue neither.
        found = paid_like(found, asked["paid"], today=today_of(member.company), in_books=not is_contact(member))
    return _order(found, order)


def _wanted(asked: dict[str, Any]) -> Q:
    searched = ("number", "commitment__number", "commitment__title", "commitment__vendor__name")
    wanted = carrying(asked["q"], *searched) if asked["q"] else Q()
    columns = {
        "project": "commitment__project_id",
        "vendor": "commitment__vendor_id",
        "commitment": "commitment_id",
        "period": "period_id",
        "stands": "status",
    }
    wanted &= Q(**{column: asked[name] for name, column in columns.items() if asked[name] not in (None, "")})
    if asked["status"] == CHANGED:
        return wanted & Q(erp__status=Status.SYNCED, erp__revision__gt=F("erp__synced_revision"))
    return wanted & Q(erp__status=asked["status"]) if asked["status"] else wanted


def _order(rows: QuerySet[Invoice], asked: str) -> QuerySet[Invoice]:
    column = _SORT.get(asked.removeprefix("-"))
    if column is None:
        return rows.order_by("-billed_on", "-pk")
    down = asked.startswith("-")
    return rows.order_by(f"-{column}" if down else column, "-pk" if down else "pk")


@dataclass(frozen=True)
class Sums:
    """What invoices come to: billed before retainage, withheld, released, and what is due."""

    gross: Decimal = Decimal("0.00")
    held: Decimal = Decimal("0.00")
    released: Decimal = Decimal("0.00")

    @property
    def due(self) -> Decimal:
        """What is to be paid."""
        return self.gross - self.held + self.released


_COLUMNS = ("completed", "stored", "stored_before", "work_retained", "stored_held", "stored_held_before", "released")


def _sums(row: dict[str, Any]) -> Sums:
    found = {name: money(row[f"{name}__sum"] or 0) for name in _COLUMNS}
    return Sums(
        found["completed"] + found["stored"] - found["stored_before"],
        found["work_retained"] + found["stored_held"] - found["stored_held_before"],
        found["released"],
    )


def sums_of(rows: QuerySet[Invoice]) -> Sums:
    """What `rows` come to, in one query; void ones come to nothing."""
    lines = InvoiceLine.objects.filter(invoice__in=rows.order_by().values("pk"))
    living = lines.exclude(invoice__status=InvoiceStatus.VOID)
    return _sums(living.aggregate(*(Sum(name) for name in _COLUMNS)))


def sums_by_invoice(invoices: Iterable[Invoice]) -> dict[int, Sums]:
    """What each of `invoices` comes to by its id, in one query."""
    wanted = [one.pk for one in invoices]
    rows = InvoiceLine.objects.filter(invoice__in=wanted).order_by().values("invoice")
    summed: Any = rows.annotate(*(Sum(name) for name in _COLUMNS))
    found = {row["invoice"]: _sums(row) for row in summed}
    return {pk: found.get(pk, Sums()) for pk in wanted}


def page_for(member: Membership, rows: QuerySet[Invoice], query: QueryDict) -> dict[str, Any]:
    """The context of the list page: what fits, cut into pages, each with its sums, what all of it comes to, and what
    is paid of that."""
    found = narrow(rows, query, member)
    page: Page[Invoice] = Paginator(found, PAGE).get_page(query.get("page"))
    form, sums = InvoiceFilter(query, member), sums_by_invoice(page.object_list)
    settled = paid_of(page.object_list)
    return {
        "page_obj": page,
        "rows": [(one, sums[one.pk], settled[one.pk]) for one in page.object_list],
        "form": form,
        "narrowed": any(query.get(name) for name in Asked.base_fields),
        "sums": sums_of(found),
        "paid": total_of(Payment.objects.filter(invoice__in=found.order_by().values("pk"))),
    }
