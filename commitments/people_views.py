"""Who may see a commitment, and who bills against it."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from commitments import operations, selectors
from commitments.forms import AccessForm, ContactsForm, DistributionForm
from commitments.models import Commitment
from procore_sync.accounts.access import Right, may, require
from procore_sync.accounts.models import Membership
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.refusals import InvalidInput
from projects.forms import said_above
from projects.records import EditedMeanwhile


@require_http_methods(["GET", "POST"])
@member_required
def people(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Who may see the commitment and who bills against it; on POST, who may see it."""
    found = get_visible(selectors.commitments_for(request.member), pk)
    require(request.member, Right.EDIT)
    if request.method == "GET":
        return _page(request, found)
    readers = list(selectors.possible_readers(request.member))
    form = AccessForm(readers, request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    private = form.cleaned_data["private"]
    named = [one for one in readers if one.pk in set(form.cleaned_data["readers"])]
    try:
        operations.set_access(found, private=private, readers=named, by=request.member, seen=form.cleaned_data["seen"])
    except EditedMeanwhile as refusal:
        form.add_error(None, said_above(refusal))
        return _page(request, found, form, status=refusal.http_status)
    opened = gettext("%(name)s is open to everybody who sees records now.")
    messages.success(request, (gettext("%(name)s is private now.") if private else opened) % {"name": found})
    return redirect("commitments:people", pk=pk)


def _access_form(found: Commitment, readers: Iterable[Membership]) -> AccessForm:
    chosen = list(found.erp.readers.values_list("pk", flat=True))
    seen = operations.access_seen(found)
    return AccessForm(readers, initial={"private": found.erp.is_private, "readers": chosen, "seen": seen})


def _contacts_form(request: MemberRequest, found: Commitment) -> ContactsForm:
    chosen = list(found.invoice_contacts.values_list("pk", flat=True))
    initial = {"contacts": chosen, "seen": operations.contacts_seen(found)}
    return ContactsForm(selectors.possible_contacts(request.member), initial=initial)


def _distribution_form(found: Commitment, people: Iterable[Membership]) -> DistributionForm:
    chosen = list(found.distribution.values_list("pk", flat=True))
    return DistributionForm(people, initial={"people": chosen, "seen": operations.distribution_seen(found)})


def _page(
    request: MemberRequest,
    found: Commitment,
    access: AccessForm | None = None,
    told: DistributionForm | None = None,
    contacts: ContactsForm | None = None,
    status: int = 200,
) -> HttpResponse:
    readers = list(selectors.possible_readers(request.member))
    context = {
        "commitment": found,
        "access_form": access or _access_form(found, readers),
        "contacts_form": contacts or _contacts_form(request, found),
        "distribution_form": told or _distribution_form(found, readers),
        "may_invite": may(request.member, Right.PEOPLE),
        "past": reverse("commitments:people", args=[found.pk]),
    }
    return render(request, "commitments/people.html", context, status=status)


@require_POST
@member_required
def contacts(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Say who bills against the commitment."""
    found = get_visible(selectors.commitments_for(request.member), pk)
    require(request.member, Right.EDIT)
    offered = selectors.possible_contacts(request.member)
    form = ContactsForm(offered, request.POST)
    if not form.is_valid():  # who is named was shut out meanwhile: that names nobody, and would take all others off
        return _page(request, found, contacts=form, status=422)
    chosen = set(form.cleaned_data["contacts"])
    named = [one for one in offered if one.pk in chosen]
    try:
        operations.set_invoice_contacts(found, named, by=request.member, seen=form.cleaned_data["seen"])
    except EditedMeanwhile as refusal:
        form.add_error(None, said_above(refusal))
        return _page(request, found, contacts=form, status=refusal.http_status)
    said = ngettext("%(name)s has %(n)s invoice contact.", "%(name)s has %(n)s invoice contacts.", len(named))
    messages.success(request, said % {"name": found, "n": len(named)})
    return redirect("commitments:people", pk=pk)


@require_POST
@member_required
def distribution(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Say who is told what the contacts submit."""
    found = get_visible(selectors.commitments_for(request.member), pk)
    require(request.member, Right.EDIT)
    offered = list(selectors.possible_readers(request.member))
    form = DistributionForm(offered, request.POST)
    if not form.is_valid():
        return _page(request, found, told=form, status=422)
    chosen = set(form.cleaned_data["people"])
    named = [one for one in offered if one.pk in chosen]
    try:
        seen = form.cleaned_data.get("seen", "")
        operations.set_distribution(found, named, by=request.member, seen=seen)
    except InvalidInput as refusal:
        for sentence in refusal.errors.get("people", [refusal.sentence]):
            form.add_error("people", sentence)
        return _page(request, found, told=form, status=422)
    except EditedMeanwhile as refusal:
        form.add_error(None, said_above(refusal))
        return _page(request, found, told=form, status=refusal.http_status)
    told = ngettext("%(n)s person is told what is submitted.", "%(n)s people are told what is submitted.", len(named))
    everybody = gettext("Everybody who may change the commitment is told what is submitted.")
    messages.success(request, told % {"n": len(named)} if named else everybody)
    return redirect("commitments:people", pk=pk)
