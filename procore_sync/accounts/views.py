"""People, invitations, tokens, and the two switches in the frame: fetch, call an operation, render."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus

from allauth.account import views as account
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from requests import RequestException

from procore_sync.accounts import invitations, operations, selectors
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.forms import CompanyForm, InviteForm, JoinForm, RightsForm, TokenForm
from procore_sync.accounts.granting import Granting
from procore_sync.accounts.languages import ENGLISH, is_spoken
from procore_sync.accounts.middleware import work_in
from procore_sync.accounts.models import Membership, Role, User
from procore_sync.accounts.sign_in import JOINED
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput, Refusal
from procore_sync.kit.ways import own_way

logger = logging.getLogger(__name__)
CHANGES_SHOWN = 50
YEAR = 365 * 24 * 3600


@require_GET
@member_required
def people(request: MemberRequest) -> HttpResponse:
    """Who works here, what each may, and every change of it."""
    require(request.member, Right.PEOPLE)
    changes = Paginator(selectors.rights_changes_for(request.member), CHANGES_SHOWN)
    context = {
        "people": selectors.people_for(request.member),
        "kinds": Kind,
        "page_obj": changes.get_page(request.GET.get("page")),
    }
    return render(request, "accounts/people.html", context)


@require_http_methods(["GET", "POST"])
@member_required
def invite(request: MemberRequest) -> HttpResponseBase:
    """Invite a person by mail; `role` suggests one, and `next` is where the administrator came from."""
    require(request.member, Right.PEOPLE)
    suggested = request.GET.get("role")
    initial = {"role": suggested} if suggested in Role.values else {}
    form = InviteForm(_entered(request), granting=Granting(request.member), initial=initial)
    if not form.is_valid():
        return _entry(request, "accounts/invite.html", form)
    try:
        entered = form.cleaned_data
        membership = operations.invite(
            by=request.member, email=entered["email"], name=entered["name"], rights=form.rights()
        )
    except Refusal as refusal:
        return _entry(request, "accounts/invite.html", form, refusal)
    invitations.send(membership, by=request.member)
    messages.success(request, gettext("%(person)s is invited and gets an e-mail.") % {"person": membership})
    return redirect(own_way(request, request.GET.get("next", ""), reverse("accounts:people")))


@require_http_methods(["GET", "POST"])
@member_required
def person(request: MemberRequest, pk: int) -> HttpResponseBase:
    """What one person is and may."""
    require(request.member, Right.PEOPLE)
    membership = get_visible(selectors.people_for(request.member), pk)
    granting = Granting(request.member, membership)
    if request.method == "POST":
        form = RightsForm(request.POST, granting=granting)
    else:
        form = RightsForm.of(membership, granting=granting)
    if not form.is_valid():
        return _entry(request, "accounts/person.html", form, membership=membership)
    try:
        operations.change_rights(membership, by=request.member, rights=form.rights(), seen=form.cleaned_data["seen"])
    except Refusal as refusal:
        return _entry(request, "accounts/person.html", form, refusal, membership=membership)
    messages.success(request, gettext("The rights of %(person)s are as you set them.") % {"person": membership})
    # Somebody who has made themselves something else has no way back to the list of people.
    left = membership.pk == request.member.pk and form.cleaned_data["role"] != Role.ADMINISTRATOR
    return redirect("home" if left else "accounts:people")


def _entered(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _entry(
    request: HttpRequest, template: str, form: forms.Form, refusal: Refusal | None = None, **context: object
) -> HttpResponse:
    """The form as it was filled in, each refusal at its field."""
    for name, sentences in _errors(refusal).items():
        form.add_error(name if name in form.fields else None, sentences)
    refused = refusal.http_status if refusal else HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, template, {"form": form, **context}, status=refused if form.is_bound else HTTPStatus.OK)


def _errors(refusal: Refusal | None) -> dict[str, list[str]]:
    if refusal is None or isinstance(refusal, InvalidInput):
        return refusal.errors if refusal else {}
    # The one is about the role; what may not be given is told below the privileges, of which it names each.
    return {"role" if isinstance(refusal, operations.LastAdministrator) else "can_export": [refusal.sentence]}


def _on_person(change: Callable[[Membership, Membership], object], sentence: str) -> Callable[..., HttpResponseBase]:
    @require_POST
    @member_required
    def view(request: MemberRequest, pk: int) -> HttpResponseBase:
        require(request.member, Right.PEOPLE)
        membership = get_visible(selectors.people_for(request.member), pk)
        change(membership, request.member)
        if not selectors.companies_of(request.member).filter(pk=request.member.pk).exists():
            return redirect("home")  # which says where they are now, if they have shut themselves out
        messages.success(request, gettext(sentence).format(person=membership))
        return redirect("accounts:people")

    return view


deactivate = _on_person(
    lambda membership, by: operations.deactivate(membership, by=by), gettext_noop("{person} no longer has access.")
)
reactivate = _on_person(
    lambda membership, by: operations.reactivate(membership, by=by), gettext_noop("{person} has access again.")
)
invite_again = _on_person(
    lambda membership, by: invitations.send(membership, by=by), gettext_noop("{person} gets the invitation again.")
)


@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponseBase:
    """Where the mailed link leads: the invited person sets name and password, then signs in."""
    membership = invitations.invited_by(token)
    if membership is None:
        return render(request, "accounts/invitation_over.html", status=404)
    form = JoinForm(membership.user, _entered(request))
    if not form.is_valid():
        return _entry(request, "accounts/invitation.html", form, membership=membership)
    try:
        operations.join(membership, password=form.cleaned_data["new_password1"], name=form.cleaned_data["name"])
    except Refusal as refusal:
        return _entry(request, "accounts/invitation.html", form, refusal, membership=membership)
    # Whoever else is signed in at this machine is not that person, who would go on under that one's name.
    logout(request)
    request.session[JOINED] = membership.user.email
    messages.success(request, gettext("Your password is set. Sign in with it."))
    return redirect("account_login")


def sign_out(request: HttpRequest) -> HttpResponseBase:
    """Sign out, and let the browser forget the pages that it would show again on the way back."""
    answer: HttpResponseBase = account.logout(request)
    if request.method == "POST":
        answer["Clear-Site-Data"] = '"cache"'
    return answer


def sign_in_elsewhere(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """On to the company's own sign-in; while that cannot be asked where its page is, nobody is led into nothing."""
    try:
        answer: HttpResponseBase = openid_connect.login(request, provider_id)
    except (RequestException, KeyError, TypeError):
        # Whatever answers there, it is not what describes a sign-in.
        logger.exception("The company's own sign-in could not be asked where its page is.")
    else:
        return answer
    told = gettext(
        "The other sign-in page cannot be reached now, so you were not sent there. Sign in with your password here, "
        "or try again in a few minutes. If it happens again, tell the operator of the console."
    )
    raise Refusal(told, who="operator", where=reverse("account_login"))


@require_POST
@member_required
def switch_company(request: MemberRequest) -> HttpResponseBase:
    """Work in another of the person's companies from here on; pages of the one before take nothing any more."""
    form = CompanyForm(request.POST)
    chosen = form.cleaned_data["company"] if form.is_valid() else 0
    membership = get_object_or_404(selectors.companies_of(request.member), company_id=chosen)
    work_in(request, membership)
    messages.success(request, gettext("You are in %(company)s now.") % {"company": membership.company})
    return redirect("home")


@require_POST
@member_required
def single_keys(request: MemberRequest) -> HttpResponseBase:
    """Keep whether single keys are on for this person, on every machine."""
    operations.set_single_keys(request.member.user, on="on" in request.POST)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Speak the chosen language in this browser and, if somebody is signed in, to them wherever they are."""
    chosen = request.POST.get("language", "")
    chosen = chosen if is_spoken(chosen) else ENGLISH
    if isinstance(request.user, User):
        operations.set_language(request.user, chosen)
    response = redirect(own_way(request, request.POST.get("next", ""), "/"))
    name, secure = settings.LANGUAGE_COOKIE_NAME, request.is_secure()
    response.set_cookie(name, chosen, max_age=YEAR, samesite="Lax", secure=secure)
    return response


@never_cache
@require_http_methods(["GET", "POST"])
@member_required
def tokens(request: MemberRequest) -> HttpResponseBase:
    """The tokens of the API; a new one is shown here once, in the answer that made it."""
    require(request.member, Right.VIEW)
    form = TokenForm(_entered(request))
    mine = selectors.tokens_for(request.member)
    if not form.is_valid():
        return _entry(request, "accounts/tokens.html", form, tokens=mine)
    api_token, text = operations.create_token(by=request.member, name=form.cleaned_data["name"])
    context = {"form": TokenForm(), "tokens": mine, "made": api_token, "text": text}
    return render(request, "accounts/tokens.html", context)


@require_POST
@member_required
def revoke_token(request: MemberRequest, pk: int) -> HttpResponseBase:
    """End a token at once."""
    api_token = get_visible(selectors.tokens_for(request.member), pk)
    operations.revoke_token(api_token, by=request.member)
    messages.success(request, gettext("The token %(token)s does not work any more.") % {"token": api_token})
    return redirect("accounts:tokens")
