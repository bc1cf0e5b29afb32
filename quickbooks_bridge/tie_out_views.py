"""The tie-out of a project as a page and a file, and signing it off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import TypeVar

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy, gettext_noop
from django.views.decorators.http import require_GET, require_http_methods

from procore_sync.acceptance.refusals import ChangedSinceSeen
from procore_sync.accounts.access import Right, may, require
from procore_sync.accounts.days import today_of
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.days import MonthField
from procore_sync.kit.refusals import InvalidInput
from projects.cost_views import file_of
from projects.models import Project
from projects.selectors import projects_for
from quickbooks_bridge.models import SignedMonth, TieOutSignOff
from quickbooks_bridge.payment_selectors import known_until
from quickbooks_bridge.reconciling.books import COLUMNS, Figures, Row
from quickbooks_bridge.tie_out_signing import sign_off, sign_offs_for
from quickbooks_bridge.tie_outs import NO_VENDOR, Sides, TieOut, tie_out_of

S = TypeVar("S", bound=SignedMonth)
#: The sides, each with its figures, and whether it is their difference.
Shown = list[tuple[str, list[tuple[str, object]], bool]]

HEADINGS = ("Vendor", "Commitment", "Side", *(label for _, label, _ in COLUMNS), "Why")


class SignOffForm(forms.Form):
    """What was seen, for which month, and what is to be said."""

    seen = forms.CharField(widget=forms.HiddenInput)

    month = MonthField(label=gettext_lazy("Month"), help_text=gettext_lazy("As 2026-11."))
    remark = forms.CharField(label=gettext_lazy("Remark"), required=False, widget=forms.Textarea(attrs={"rows": 2}))


@require_http_methods(["GET", "POST"])
@member_required
def tie_out(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Both sides of a project, what explains each difference, and a form to sign it off."""
    project = get_visible(projects_for(request.member), pk)
    form = SignOffForm(request.POST) if request.method == "POST" else None
    if form is not None:
        require(request.member, Right.MAP)
        if _signed(request, project, form):
            return redirect("quickbooks_bridge:tie_out", pk=pk)
    return _page(request, project, form)


def _signed(request: MemberRequest, project: Project, form: SignOffForm) -> bool:
    """Whether it was signed off; else the form says why not."""
    made = signed_with(form, partial(sign_off, project, by=request.member))
    if made is None:
        return False
    told = gettext("The tie-out is signed off for %(month)s.") % {"month": date_format(made.month, "F Y")}
    messages.success(request, told)
    return True


def signed_with(form: forms.Form, sign: Callable[..., S]) -> S | None:
    """What `sign` made of what the form says, or None; then the form says why not."""
    if not form.is_valid():
        return None
    try:
        return sign(**form.cleaned_data)
    except InvalidInput as refusal:
        for name, sentences in refusal.errors.items():
            form.add_error(name, sentences)
    except ChangedSinceSeen as refusal:
        form.add_error(None, refusal.sentence)
    return None


def status_of(form: forms.Form | None) -> int:
    """The status of a page with what was signed: 409 where it was not what stands there any more."""
    if form is None or not form.errors:
        return 200
    return 409 if form.non_field_errors() else 422


def _form(given: SignOffForm | None, found: TieOut) -> SignOffForm:
    """The form for the figures as they stand now, where a difference asks for a remark; what was said is kept."""
    form = given or SignOffForm(initial={"seen": found.seen, "month": today_of(found.project.company)})
    if given is not None:
        given.data = {**{name: given.data.get(name, "") for name in given.fields}, "seen": found.seen}
    form.fields["remark"].required = not found.ties
    return form


def _page(request: MemberRequest, project: Project, form: SignOffForm | None) -> HttpResponse:
    found = tie_out_of(project, request.member)
    context = {
        "project": project,
        "tie_out": found,
        "columns": COLUMNS,
        "whole": sides(found.console, found.ledger),
        "groups": groups(found),
        "read_until": known_until(request.member.company_id),
        "signed": sign_offs_for(request.member).filter(project=project)[:24],
        "form": _form(form, found),
        "may_sign": may(request.member, Right.MAP),
    }
    return render(request, "quickbooks_bridge/tie_out.html", context, status=status_of(form))


def groups(found: Sides) -> list[tuple[str, list[tuple[Row, Shown]], Shown]]:
    """Each group with its commitments and its sums, as the page shows them."""
    return [
        (_called(one.name), [(row, sides(row.console, row.ledger)) for row in one.rows], sides(one.console, one.ledger))
        for one in found.groups
    ]


def _called(group: str) -> str:
    return gettext(group) if group == NO_VENDOR else group


def sides(console: Figures, ledger: Figures) -> Shown:
    """Console, QuickBooks and, unless they agree, the difference: each with its figures in the order of the columns."""
    difference = console - ledger
    found = [(gettext_noop("Console"), console, False), ("QuickBooks", ledger, False)]
    if not difference.is_nothing:
        found.append((gettext_noop("Difference"), difference, True))
    return [
        (name, [(label, getattr(figures, key)) for key, label, _ in COLUMNS], is_difference)
        for name, figures, is_difference in found
    ]


@require_GET
@member_required
def tie_out_file(request: MemberRequest, pk: int, extension: str) -> HttpResponse:
    """The same as a file: a row a commitment and side."""
    project = get_visible(projects_for(request.member), pk)
    found = tie_out_of(project, request.member)
    return file_of(
        extension, f"tie-out-{project.number or project.pk}", HEADINGS, _cells(found), company=request.member.company
    )


def _cells(found: TieOut) -> Iterator[tuple[object, ...]]:
    for one in found.groups:
        for row in one.rows:
            why = " ".join(cause.sentence for cause in row.causes)
            for name, figures, is_difference in sides(row.console, row.ledger):
                amounts = (amount for _, amount in figures)
                yield (one.name, row.commitment.number, name, *amounts, why if is_difference else "")
    for foreign in found.foreign:
        bill = foreign.bill
        told = Figures(Decimal(0), bill.gross, bill.retainage, bill.released, bill.tax, bill.total - bill.balance)
        which = f"{bill.entity} {bill.number or bill.remote_id}"
        yield (foreign.vendor, "", "QuickBooks, not ours", *(getattr(told, key) for key, _, _ in COLUMNS), which)


@require_GET
@member_required
def signed_tie_out(request: MemberRequest, pk: int) -> HttpResponse:
    """What somebody stood for: the figures as they were then."""
    require(request.member, Right.VIEW)
    found = get_visible(sign_offs_for(request.member), pk)
    whole = [
        (name, [(label, found.figures[key][column]) for column, label, _ in COLUMNS])
        for name, key in (("Console", "console"), ("QuickBooks", "quickbooks"), ("Difference", "difference"))
    ]
    same = sign_offs_for(request.member).filter(project=found.project, month=found.month)
    context = {
        "signed": found,
        "later": same.first() if found.signed_again else None,
        "columns": COLUMNS,
        "whole": whole,
        "causes": list(_signed_causes(found)),
    }
    return render(request, "quickbooks_bridge/signed_tie_out.html", context)


def _signed_causes(found: TieOutSignOff) -> Iterator[dict[str, object]]:
    """What explained each difference, with what each explained of it, and what nothing did: with "" for a sentence."""
    for row in found.figures["rows"]:
        told = [*row["causes"], {"sentence": "", "part": row["unexplained"]}]
        for one in told:
            moved = Figures.of(one["part"]).moved
            if moved:
                yield {"vendor": row["vendor"], "number": row["number"], "sentence": one["sentence"], "moved": moved}
