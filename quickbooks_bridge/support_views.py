"""The support bundle, by one press."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from procore_sync.accounts.web import MemberRequest, member_required
from quickbooks_bridge import support


@require_POST
@member_required
def download(request: MemberRequest) -> HttpResponse:
    """Make it and give it to the browser; kept nowhere."""
    made = support.bundle(by=request.member)
    name = support.file_name(request.member)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(made, content_type="application/zip", headers=headers)
