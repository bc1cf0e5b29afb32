"""Files of a commitment, on their way in and out, and files that hold its lines."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from commitments import attachments, selectors
from commitments.forms import AttachForm
from commitments.models import AccountingMethod
from commitments.schedule_forms import Schedule, pasted_lines, read_lines, template_of
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.attachable import Kept
from procore_sync.kit.refusals import InvalidInput


def brings_rows(request: MemberRequest) -> bool:
    """Whether rows were pasted or a file was chosen that the editor does not have yet, whatever was pressed."""
    return "read" in request.POST or bool(request.POST.get("paste", "").strip()) or "file" in request.FILES


def taken_over(request: MemberRequest, schedule: Schedule) -> None:
    """Take the lines of the chosen file, or of what was pasted, over into the editor.

    Raises:
        InvalidInput: neither was given, or it cannot be read.
    """
    upload, text = request.FILES.get("file"), request.POST.get("paste", "")
    if upload is not None:
        schedule.read(read_lines(upload, schedule.method))
    elif text.strip():
        schedule.read(pasted_lines(text, schedule.method))
    else:
        raise InvalidInput(gettext("Choose a file or paste lines first."))


@require_GET
@member_required
def line_template(request: MemberRequest, method: str) -> HttpResponse:
    """An empty file of lines to fill in."""
    require(request.member, Right.EDIT)
    if method not in AccountingMethod.values:
        raise Http404
    headers = {"Content-Disposition": 'attachment; filename="lines.csv"'}
    return HttpResponse(template_of(method), content_type="text/csv; charset=utf-8", headers=headers)


@require_POST
@member_required
def attach(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Keep a file with the commitment."""
    found = get_visible(selectors.commitments_for(request.member), pk)
    require(request.member, Right.EDIT)
    form = AttachForm(request.POST, request.FILES)
    if not form.is_valid():
        raise InvalidInput(gettext("Choose a file first."), errors={"file": [gettext("Choose a file first.")]})
    made = attachments.attach(found, form.cleaned_data["file"], by=request.member)
    messages.success(request, gettext("%(name)s is attached.") % {"name": made.name})
    return redirect(reverse("commitments:commitment", args=[pk]) + "#files")


@require_GET
@member_required
def attachment(request: MemberRequest, pk: int, file_pk: int) -> HttpResponse:
    """The bytes of a file, to be saved and never to be shown by the browser."""
    found = get_visible(selectors.commitments_for(request.member), pk)
    return file_response(get_visible(found.attachments.all(), file_pk))


def file_response(kept: Kept) -> HttpResponse:
    """A file to be saved: its type as its bytes told, never guessed anew, never shown."""
    return HttpResponse(
        bytes(kept.content),
        content_type=kept.content_type,
        headers={
            "Content-Disposition": content_disposition_header(True, kept.name) or "attachment",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )


@require_POST
@member_required
def remove_attachment(request: MemberRequest, pk: int, file_pk: int) -> HttpResponseBase:
    """Throw a file away."""
    found = get_visible(selectors.commitments_for(request.member), pk)
    kept = get_visible(selectors.attachments_of(found), file_pk)
    attachments.remove(kept, by=request.member)
    messages.success(request, gettext("%(name)s is removed.") % {"name": kept.name})
    return redirect(reverse("commitments:commitment", args=[pk]) + "#files")
