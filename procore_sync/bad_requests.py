"""What is answered to a request that Django does not read: a plain 400 with what is wrong with it, and the limit."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_noop

from procore_sync.accounts.web import stood_on
from procore_sync.plain_pages import as_asked, plain_page

LARGE = gettext_noop(
    "The texts sent at once are too large; %(limit)s MB is the limit. Shorten them, or send less at once."
)
FIELDS = gettext_noop("Too much was sent at once; %(limit)s fields is the limit. Split it.")
FILES = gettext_noop("Too many files were sent at once; %(limit)s is the limit. Split them.")
UNREADABLE = gettext_noop(
    "What was sent cannot be read, so nothing was done. Go back, load the page anew and send it again."
)


def answer(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler of what it refuses before any view has read it."""
    sentence, limit = _why(exception)
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": sentence % {"limit": limit}, "who": "", "where": ""}, status=400)
    with as_asked(request):
        why = gettext(sentence) % {"limit": limit}
    return HttpResponse(plain_page(request, "errors/400.html", why=why), status=400)


def old_page(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's handler of a form from a page that is too old or of another sign-in; it leads back to that page."""
    return render(request, "403_csrf.html", {"stood_on": stood_on(request)}, status=403)


def _why(exception: Exception) -> tuple[str, str]:
    """The sentence, and the limit that stands in it."""
    if isinstance(exception, RequestDataTooBig):
        return LARGE, f"{(settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0) / 2**20:g}"
    if isinstance(exception, TooManyFieldsSent):
        return FIELDS, str(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS)
    if isinstance(exception, TooManyFilesSent):
        return FILES, str(settings.DATA_UPLOAD_MAX_NUMBER_FILES)
    return UNREADABLE, ""
