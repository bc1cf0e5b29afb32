"""Lists of the inbox that a person keeps under names; whoever gets the address sees their own records in it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from procore_sync.acceptance.models import SavedView
from procore_sync.acceptance.selectors import PARTS
from procore_sync.accounts.models import Membership
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.refusals import InvalidInput
from procore_sync.kit.text import before_stop

#: As many stand above a list without hiding it.
MOST = 12


@dataclass(frozen=True)
class Kept:
    """One saved view as the list shows it; `current` says that it is the list that is shown."""

    pk: int
    name: str
    url: str
    current: bool


def saved_for(member: Membership, query: str = "") -> list[Kept]:
    """What `member` has kept; `query` is that of the list that is shown."""
    inbox = reverse("acceptance:inbox")
    return [Kept(one.pk, one.name, f"{inbox}?{one.query}", one.query == query) for one in member.saved_views.all()]


def keep(member: Membership, name: str, query: str) -> SavedView:
    """Keep the list of this query under a name; a name that they have used before names this list from now on.

    Raises:
        InvalidInput: the name is missing or too long, or they have kept as many as there may be.
    """
    name = " ".join(name.split())
    if not 0 < len(name) <= 40:
        raise _wrong(gettext("Give the view a name of 1 to 40 characters."))
    if not name.isprintable():
        raise _wrong(gettext("The name of the view holds a character that cannot be seen. Type it anew."))
    others = member.saved_views.exclude(name=name)
    if others.count() >= MOST:
        raise _wrong(gettext("You keep %(count)s views already. Forget one of them first.") % {"count": MOST})
    asked = QueryDict(query)
    known = urlencode({part: asked[part] for part in PARTS if asked.get(part)})
    if len(known) > 300:
        raise _wrong(gettext("The words of this search are too long to be kept."))
    return SavedView.objects.update_or_create(member=member, name=name, defaults={"query": known})[0]


def _wrong(sentence: str) -> InvalidInput:
    return InvalidInput(sentence, errors={"name": [sentence]})


@require_POST
@member_required
def keep_view(request: MemberRequest) -> HttpResponseBase:
    """Keep the list that is shown, and stay at it."""
    kept = keep(request.member, request.POST.get("name", ""), request.POST.get("query", ""))
    told = gettext("The view is kept as {name}. Its address can be shared.")
    messages.success(request, told.format(name=before_stop(kept.name)))
    return redirect(f"{reverse('acceptance:inbox')}?{kept.query}")


@require_POST
@member_required
def forget_view(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Forget a view of one's own; the records in it stay as they are."""
    kept = get_visible(request.member.saved_views.all(), pk)
    kept.delete()
    messages.success(request, gettext("The view {name} is forgotten.").format(name=kept.name))
    return redirect(f"{reverse('acceptance:inbox')}?{kept.query}")
