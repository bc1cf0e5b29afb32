"""Who may see a commitment, and who bills against it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from commitments import operations, selectors
from commitments.forms import AccessForm, ContactsForm
from commitments.models import Commitment
from procore_sync.accounts.access import Right, may, require
from procore_sync.accounts.web import MemberRequest, get_visible, member_required


@require_http_methods(["GET", "POST"])
@member_required
def people(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Who may see the commitment and who bills against it; on POST, who may see it."""
    found = get_visible(selectors.commitments_for(request.member), pk)
    require(request.member, Right.EDIT)
    readers = selectors.possible_readers(request.member)
    if request.method == "GET":
        chosen = list(found.erp.readers.values_list("pk", flat=True))
        form = AccessForm(readers, initial={"private": found.erp.is_private, "readers": chosen})
        return _page(request, found, form, _contacts_form(request, found))
    form = AccessForm(readers, request.POST)
    if not form.is_valid():
        return _page(request, found, form, _contacts_form(request, found), status=422)
    private = form.cleaned_data["private"]
    named = [one for one in readers if one.pk in set(form.cleaned_data["readers"])]
    operations.set_access(found, private=private, readers=named, by=request.member)
    opened = gettext("%(name)s is open to everybody who sees records now.")
    messages.success(request, (gettext("%(name)s is private now.") if private else opened) % {"name": found})
    return redirect("commitments:people", pk=pk)


def _contacts_form(request: MemberRequest, found: Commitment) -> ContactsForm:
    chosen = list(found.invoice_contacts.values_list("pk", flat=True))
    return ContactsForm(selectors.possible_contacts(request.member), initial={"contacts": chosen})


def _page(
    request: MemberRequest, found: Commitment, access: AccessForm, bill: ContactsForm, status: int = 200
) -> HttpResponse:
    may_invite = may(request.member, Right.PEOPLE)
    context = {"commitment": found, "access_form": access, "contacts_form": bill, "may_invite": may_invite}
    return render(request, "commitments/people.html", context, status=status)


@require_POST
@member_required
def contacts(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Say who bills against the commitment."""
    found = get_visible(selectors.commitments_for(request.member), pk)
    require(request.member, Right.EDIT)
    offered = selectors.possible_contacts(request.member)
    form = ContactsForm(offered, request.POST)
    form.is_valid()
    chosen = set(form.cleaned_data.get("contacts", ()))
    named = [one for one in offered if one.pk in chosen]
    operations.set_invoice_contacts(found, named, by=request.member)
    said = ngettext("%(name)s has %(n)s invoice contact.", "%(name)s has %(n)s invoice contacts.", len(named))
    messages.success(request, said % {"name": found, "n": len(named)})
    return redirect("commitments:people", pk=pk)
