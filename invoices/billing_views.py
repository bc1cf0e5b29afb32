"""The pages of billing: periods, settings and invites for the company, and the contact's own part of the console."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_noop, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from invoices import invite_links, invites, periods
from invoices.billing_forms import AnswerForm, InviteForm, PeriodForm, SettingsForm
from invoices.billing_rules import PeriodDetails
from invoices.models import BillingPeriod, BillingSettings, Invite, InvoiceType
from invoices.payment_selectors import payments_for
from invoices.places import page_to_bill
from invoices.portal import billing_of, came_back_to
from invoices.selectors import commitments_billed_by, invites_for, is_contact, periods_for, projects_billed
from procore_sync.acceptance.courier import Fact
from procore_sync.accounts.access import Right, may, require
from procore_sync.accounts.days import today_of
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.refusals import InvalidInput, Refusal
from procore_sync.kit.shown import day
from procore_sync.kit.text import filled
from projects.kinds import labelled

PROJECTS_SHOWN = 50
PAYMENTS_SHOWN = 5


@require_GET
@member_required
def billing(request: MemberRequest) -> HttpResponse:
    """A contact's own part of the console; for people of the company, the projects with their open periods."""
    if is_contact(request.member):
        return contact_home(request)
    require(request.member, Right.VIEW)
    opened = Prefetch("billing_periods", BillingPeriod.objects.filter(closed_at=None), to_attr="open_periods")
    rows = projects_billed(request.member).filter(is_active=True).select_related("billing_settings")
    found = Paginator(rows.prefetch_related(opened).order_by("name", "pk"), PROJECTS_SHOWN)
    return render(request, "invoices/billing/projects.html", {"page_obj": found.get_page(request.GET.get("page"))})


def contact_home(request: MemberRequest, more: dict[str, Any] | None = None) -> HttpResponse:
    """What an invoice contact can bill now, what they are asked, what came back, how their invoices stand and are paid.

    `more` is the page's too.
    """
    found = billing_of(request.member)
    context = {
        "projects": found,
        "asked": [one for place in found for one in place.commitments if one.ask],
        "to_bill": [one for place in found for one in place.commitments if one.can_bill],
        "came_back": came_back_to(found),
        "payments": payments_for(request.member).order_by("-day", "-pk")[:PAYMENTS_SHOWN],
        **(more or {}),
    }
    return render(request, "invoices/billing/contact.html", context)


@require_GET
@member_required
def billed_commitment(request: MemberRequest, pk: int) -> HttpResponse:
    """One commitment of a contact, with all of its invoices."""
    found = get_visible(commitments_billed_by(request.member), pk)
    place = billing_of(request.member, only=found.pk)[0]
    context = {"project": place.project, "period": place.period, "billed": place.commitments[0]}
    return render(request, "invoices/billing/contact_commitment.html", context)


@require_GET
@member_required
def project_billing(request: MemberRequest, pk: int) -> HttpResponse:
    """How a project is billed, and its billing periods."""
    project = get_visible(projects_billed(request.member), pk)
    stand = periods.settings_of(project)
    context = {
        "project": project,
        "facts": facts_of(stand),
        "periods": periods_for(request.member).filter(project=project).select_related("opened_by__user"),
        "may_edit": may(request.member, Right.EDIT),
    }
    return render(request, "invoices/billing/project.html", context)


def facts_of(settings: BillingSettings) -> list[Fact]:
    """How a project is billed, for reading."""
    following = periods.next_by_itself(settings)
    return labelled(
        (gettext("Periods open by themselves"), gettext(settings.get_frequency_display())),
        (gettext("Next one"), gettext("%(starts)s to %(ends)s, due %(due)s") % _days(following) if following else ""),
        (
            gettext("Without an invite"),
            gettext(settings.get_default_type_display() or gettext_noop("Nothing: contacts must be invited")),
        ),
        (
            gettext("More than a line is worth"),
            gettext("May be billed") if settings.allows_overbilling else gettext("Is refused"),
        ),
        (
            gettext("What was claimed"),
            gettext("Stays beside what was approved") if settings.shows_claimed else gettext("Is not shown"),
        ),
        (
            gettext("Invoice numbers"),
            gettext("Given by the console")
            if settings.numbers_invoices
            else gettext("Given by whoever makes the invoice"),
        ),
    )


def _days(of: PeriodDetails | BillingPeriod) -> dict[str, str]:
    return {"starts": day(of.starts_on), "ends": day(of.ends_on), "due": day(of.due_on)}


@require_http_methods(["GET", "POST"])
@member_required
def billing_settings(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Say how a project is billed."""
    project = get_visible(projects_billed(request.member), pk)
    require(request.member, Right.EDIT)
    stand = periods.settings_of(project)
    form = SettingsForm.over(stand, request.POST if request.method == "POST" else None)
    seen = request.POST.get("seen", "")
    if form.is_bound and form.save(lambda said: periods.save_settings(project, said, by=request.member, seen=seen)):
        messages.success(
            request, filled(gettext("The billing settings of %(project)s are saved."), {"project": project})
        )
        return redirect("invoices:project_billing", pk=pk)
    return render(request, "invoices/billing/settings.html", {"form": form, "project": project}, status=form.status)


@require_http_methods(["GET", "POST"])
@member_required
def open_period(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Open a billing period, which closes the one before."""
    project = get_visible(projects_billed(request.member), pk)
    require(request.member, Right.EDIT)
    form = _period_form(request, periods.suggested_period(project))
    made = form.save(lambda said: periods.open_period(project, said, by=request.member)) if form.is_bound else None
    if made is not None:
        told = gettext("The period %(starts)s to %(ends)s is open. Invite the commitments that are to bill.")
        messages.success(request, told % _days(made))
        return redirect("invoices:period", pk=made.pk)
    context = {"form": form, "project": project, "open": periods.open_period_of(project)}
    return render(request, "invoices/billing/period_form.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
@member_required
def edit_period(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Give the open period other days."""
    found = get_visible(periods_for(request.member), pk)
    require(request.member, Right.EDIT)
    form, seen = _period_form(request, PeriodDetails.of(found), periods.seen_of(found)), request.POST.get("seen", "")
    saved = (
        form.save(lambda said: periods.edit_period(found, said, by=request.member, seen=seen))
        if form.is_bound
        else None
    )
    if saved is not None:
        told = gettext("The period is %(starts)s to %(ends)s now, due %(due)s.")
        messages.success(request, told % _days(saved))
        return redirect("invoices:period", pk=pk)
    context = {"form": form, "project": found.project, "period": found}
    return render(request, "invoices/billing/period_form.html", context, status=form.status)


def _period_form(request: MemberRequest, details: PeriodDetails, seen: str = "") -> PeriodForm:
    given = {"starts_on": details.starts_on, "ends_on": details.ends_on, "due_on": details.due_on, "seen": seen}
    return PeriodForm(request.POST if request.method == "POST" else None, initial=given)


@require_GET
@member_required
def period(request: MemberRequest, pk: int) -> HttpResponse:
    """A billing period: where each commitment stands in it, and inviting them."""
    found = get_visible(periods_for(request.member), pk)
    require(request.member, Right.VIEW)
    statuses = invites.billing_statuses(invites.commitments_to_bill(request.member, found.project), found)
    usual = periods.settings_of(found.project).default_type or InvoiceType.WORK
    context = {
        "period": found,
        "project": found.project,
        "statuses": statuses,
        "invitable": sum(one.against is None for one in statuses),
        "form": InviteForm([], initial={"type": usual}),
        "may_edit": may(request.member, Right.EDIT),
        "is_late": periods.past_due(found, today=today_of(found.project.company)),
    }
    return render(request, "invoices/billing/period.html", context)


@require_POST
@member_required
def invite(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Ask the contacts of the chosen commitments, or of all that can be asked, to bill."""
    found = get_visible(periods_for(request.member), pk)
    require(request.member, Right.EDIT)
    offered = list(invites.commitments_to_bill(request.member, found.project))
    form = InviteForm(offered, request.POST)
    form.is_valid()
    if "commitments" in form.errors:
        told = gettext("One of the commitments cannot be billed any more. Load the page and choose again.")
        raise InvalidInput(told, errors={"commitments": [told]})
    wanted = set(form.cleaned_data.get("commitments", ()))
    chosen = [one for one in offered if one.pk in wanted]
    if "all" in request.POST:
        chosen = [one.commitment for one in invites.billing_statuses(offered, found) if one.against is None]
    sent = invites.send_invites(found, chosen, by=request.member, type=request.POST.get("type"))
    messages.success(request, _told(sent))
    return redirect("invoices:period", pk=pk)


def _told(sent: list[Invite]) -> str:
    if not sent:
        return gettext("They were asked a moment ago, so no second e-mail was sent.")
    return ngettext("%(n)s invite is sent.", "%(n)s invites are sent.", len(sent)) % {"n": len(sent)}


@require_POST
@member_required
def answer_invite(request: MemberRequest, pk: int) -> HttpResponseBase:
    """The contact's answer on their own page."""
    return _answered(request, get_visible(invites_for(request.member), pk))


def _answered(request: MemberRequest, found: Invite) -> HttpResponseBase:
    form = AnswerForm(request.POST)
    if not form.is_valid():
        raise Http404("An invite is answered with yes or no.")
    invites.answer(found, form.cleaned_data["answer"] == "yes", by=request.member)
    if form.cleaned_data["answer"] == "yes":
        return redirect(page_to_bill(found.commitment))
    told = gettext("You declined to bill %(commitment)s in this period.")
    messages.success(request, told % {"commitment": found.commitment})
    return redirect("home")


@never_cache
@require_http_methods(["GET", "POST"])
def invite_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """Where the mailed link leads, signed in as its contact: the question, or the sentence why it cannot be asked."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    asked = cast(MemberRequest, request)
    try:
        found = invite_links.invite_of(token, user=request.user, member=asked.member)
    except Refusal as refusal:
        return _over(request, refusal.sentence, where=refusal.where, status=refusal.http_status)
    against = invites.why_not_answer(found, by=asked.member)
    if against is not None:
        return _over(request, against.sentence, where=against.where, status=409)
    if request.method == "POST":
        return _answered(asked, found)
    return render(request, "invoices/billing/invite.html", {"invite": found})


def _over(request: HttpRequest, sentence: str, *, where: str, status: int) -> HttpResponse:
    context: dict[str, Any] = {"sentence": sentence, "where": where}
    return render(request, "invoices/billing/invite_over.html", context, status=status)
