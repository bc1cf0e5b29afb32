"""The pages of retainage: the steps of a commitment's, and bringing down what an application holds."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from commitments.contacts import require_part
from commitments.selectors import commitments_for
from invoices.forms import StepForm
from invoices.operations import bring_down
from invoices.retainage import STEPS_AT_MOST, Step, seen_of, set_steps, steps_of
from invoices.views import get_invoice
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.fields import Figure
from procore_sync.kit.refusals import InvalidInput
from procore_sync.kit.text import filled
from procore_sync.kit.ticks import row_numbers
from projects.records import EditedMeanwhile


@require_http_methods(["GET", "POST"])
@member_required
def retainage(request: MemberRequest, pk: int) -> HttpResponseBase:
    """The steps of a commitment's sliding retainage."""
    commitment = get_visible(commitments_for(request.member), pk)
    require(request.member, Right.EDIT)
    if request.method == "GET":
        steps = steps_of(commitment)
        stand = [{"from_complete": one.from_complete, "percent": one.percent} for one in steps]
        empty: list[dict[str, Decimal]] = [{}] * min(3, STEPS_AT_MOST - len(stand))
        forms = [StepForm(place, initial=one) for place, one in enumerate([*stand, *empty])]
        context = {"commitment": commitment, "forms": forms, "seen": seen_of(steps)}
        return render(request, "invoices/retainage.html", context)
    forms = [
        StepForm(place, request.POST) for place in range(STEPS_AT_MOST + 3) if f"steps-{place}-percent" in request.POST
    ]
    seen = request.POST.get("seen", "")
    try:
        set_steps(commitment, _steps(forms), by=request.member, seen=seen)
    except (InvalidInput, EditedMeanwhile) as refusal:
        context = {"commitment": commitment, "forms": forms, "seen": seen, "refusal": refusal.sentence}
        return render(request, "invoices/retainage.html", context, status=refusal.http_status)
    messages.success(request, filled(gettext("The retainage of %(commitment)s is saved."), {"commitment": commitment}))
    return redirect("commitments:commitment", pk=pk)


def _steps(forms: list[StepForm]) -> list[Step]:
    readable = [one.is_valid() for one in forms]
    if not all(readable):
        raise InvalidInput(gettext("A step cannot be read. The reason is shown there."))
    given = [(one.cleaned_data["from_complete"], one.cleaned_data["percent"]) for one in forms]
    if any((complete is None) != (percent is None) for complete, percent in given):
        raise InvalidInput(gettext("A step needs both percentages. To leave it out, give neither."))
    return [(complete, percent) for complete, percent in given if percent is not None]


@require_POST
@member_required
def release(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Bring the retainage on work down to a percentage of the work to date."""
    found = get_invoice(request, pk)
    require_part(found.commitment, request.member)
    typed, seen = request.POST.get("percent", ""), row_numbers([request.POST.get("seen", "")])
    saved = bring_down(found, _percent(typed), by=request.member, seen=seen[0] if seen else 0)
    told = gettext("Application %(number)s brings retainage on work down to %(percent)s %%.")
    messages.success(request, told % {"number": saved.sequence, "percent": typed})
    return redirect("invoices:invoice", pk=pk)


def _percent(typed: str) -> Decimal:
    try:
        found: Decimal | None = Figure().to_python(typed)
    except ValidationError:
        found = None
    if found is None:
        sentence = gettext("Give the percentage that stays held, such as 5.")
        raise InvalidInput(sentence, errors={"percent": [sentence]})
    return found
