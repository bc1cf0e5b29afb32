"""The pages of webhooks, for administrators: fetch, call an operation, render."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from procore_sync.acceptance.webhooks import operations, selectors
from procore_sync.acceptance.webhooks.forms import EndpointForm
from procore_sync.acceptance.webhooks.rows import Endpoint
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.refusals import InvalidInput

_SHOWN = 50


@require_GET
@member_required
def webhooks(request: MemberRequest) -> HttpResponse:
    """The addresses that are told, and how each is."""
    require(request.member, Right.SETTINGS)
    return render(request, "acceptance/webhooks/webhooks.html", {"endpoints": selectors.endpoints_for(request.member)})


@never_cache
@require_http_methods(["GET", "POST"])
@member_required
def new_webhook(request: MemberRequest) -> HttpResponseBase:
    """Register an address; its secret is shown here once, in the answer that made it."""
    require(request.member, Right.SETTINGS)
    form = EndpointForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _form(request, form)
    try:
        made = operations.register(form.wanted(), by=request.member)
    except InvalidInput as refusal:
        return _form(request, form, refusal)
    return _page(request, made.pk, secret=made.secret)


@require_GET
@member_required
def webhook(request: MemberRequest, pk: int) -> HttpResponseBase:
    """One address: how it is, and the messages to it."""
    require(request.member, Right.SETTINGS)
    return _page(request, pk)


@require_http_methods(["GET", "POST"])
@member_required
def edit_webhook(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Another address, or other things to be told of."""
    endpoint = _endpoint(request, pk)
    form = EndpointForm.of(endpoint, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _form(request, form, endpoint=endpoint)
    try:
        operations.change(endpoint, form.wanted(), by=request.member)
    except InvalidInput as refusal:
        return _form(request, form, refusal, endpoint=_endpoint(request, pk))
    messages.success(request, gettext("The webhook is saved."))
    return redirect("acceptance:webhook", pk)


@never_cache
@require_POST
@member_required
def change_webhook_secret(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Make a new secret; it is shown here once."""
    endpoint = _endpoint(request, pk)
    operations.change_secret(endpoint, by=request.member)
    return _page(request, pk, secret=endpoint.secret)


def _doing(act: Callable[[Endpoint, MemberRequest], str], then: str = "") -> Callable[..., HttpResponseBase]:
    @require_POST
    @member_required
    def view(request: MemberRequest, pk: int) -> HttpResponseBase:
        messages.success(request, act(_endpoint(request, pk), request))
        return redirect(then) if then else redirect("acceptance:webhook", pk)

    return view


def _test(endpoint: Endpoint, request: MemberRequest) -> str:
    operations.ping(endpoint, by=request.member)
    return gettext(
        "A test message is on its way. Its answer will be shown below in a moment; load the page again to see it."
    )


def _switch(endpoint: Endpoint, request: MemberRequest) -> str:
    on = request.POST.get("on") == "1"
    operations.switch(endpoint, on=on, by=request.member)
    return gettext("It is on.") if on else gettext("It is off. What happens meanwhile is told when it is on again.")


def _delete(endpoint: Endpoint, request: MemberRequest) -> str:
    operations.delete(endpoint, by=request.member)
    return gettext("The webhook is deleted, and so are its messages.")


test_webhook = _doing(_test)
switch_webhook = _doing(_switch)
delete_webhook = _doing(_delete, "acceptance:webhooks")


@require_POST
@member_required
def send_again(request: MemberRequest, pk: int, delivery: int) -> HttpResponseBase:
    """Send one message once more."""
    require(request.member, Right.SETTINGS)
    message = get_visible(selectors.deliveries_for(request.member).filter(endpoint=pk), delivery)
    operations.send_again(message, by=request.member)
    messages.success(request, gettext("The message goes again."))
    return redirect("acceptance:webhook", pk)


def _endpoint(request: MemberRequest, pk: int) -> Endpoint:
    require(request.member, Right.SETTINGS)
    return get_visible(selectors.endpoints_for(request.member), pk)


def _page(request: MemberRequest, pk: int, secret: str = "") -> HttpResponse:
    endpoint = _endpoint(request, pk)
    rows = Paginator(selectors.deliveries_for(request.member).filter(endpoint=endpoint), _SHOWN)
    context = {"endpoint": endpoint, "page_obj": rows.get_page(request.GET.get("page")), "secret": secret}
    return render(request, "acceptance/webhooks/webhook.html", context)


def _form(
    request: HttpRequest, form: EndpointForm, refusal: InvalidInput | None = None, **context: Any
) -> HttpResponse:
    if refusal is not None:
        for name, sentences in (refusal.errors or {"": [refusal.sentence]}).items():
            form.add_error(name or None, sentences)
    status = 422 if form.is_bound else 200
    return render(request, "acceptance/webhooks/form.html", {"form": form, **context}, status=status)
