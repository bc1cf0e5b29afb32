"""Pages for the moment when something does not work: made of the request alone, without the database."""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import translation
from structlog.contextvars import get_contextvars

from procore_sync.kit.looks import chosen_theme


def as_asked(request: HttpRequest) -> AbstractContextManager[None]:
    """In the language in which the request is answered; where it never came so far, in that which the browser tells."""
    known = getattr(request, "LANGUAGE_CODE", "")
    return translation.override(known or translation.get_language_from_request(request))


def plain_page(request: HttpRequest, template: str, **told: object) -> str:
    """The page in the theme and the language of its reader, with the name under which the log has the request."""
    kept_as = get_contextvars().get("request_id", "")
    with as_asked(request):
        return render_to_string(template, {"theme": chosen_theme(request), "kept_as": kept_as, **told})
