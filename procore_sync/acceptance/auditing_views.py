"""The journal as a signed file, from its page and from the API."""

from __future__ import annotations

from datetime import date

from django import forms
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_GET

from procore_sync.acceptance.auditing.packing import name_of, pack
from procore_sync.acceptance.auditing.rows import part_of
from procore_sync.accounts.models import Membership
from procore_sync.accounts.web import MemberRequest, member_required
from procore_sync.kit.days import WRITTEN
from procore_sync.kit.refusals import InvalidInput


class Days(forms.Form):
    """The first and the last day of an export; either may be left out."""

    since = forms.DateField(label=gettext_lazy("From"), required=False, input_formats=WRITTEN)
    until = forms.DateField(label=gettext_lazy("Until"), required=False, input_formats=WRITTEN)


@require_GET
@member_required
def journal_file(request: MemberRequest) -> HttpResponseBase:
    """The journal of the asked days as a signed file, private records of others withheld."""
    asked = Days(request.GET)
    if not asked.is_valid():
        errors = {name: [str(one) for one in said] for name, said in asked.errors.items()}
        raise InvalidInput(gettext("One of the days cannot be read. Write it as 2026-01-31."), errors=errors)
    return answer_with_file(request.member, asked.cleaned_data["since"], asked.cleaned_data["until"])


def answer_with_file(member: Membership, since: date | None, until: date | None) -> StreamingHttpResponse:
    """A part of the journal as `member` may read it, streamed.

    Raises:
        NotAllowed: they may not read the journal.
        InvalidInput: the days are the wrong way round, or nothing happened on them.
    """
    part = part_of(member.company, since=since, until=until, by=member)
    response = StreamingHttpResponse(pack(part), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{name_of(part)}"'
    return response
