"""How the API answers a refusal: once, with the same sentence as the page."""

from __future__ import annotations

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler

from procore_sync.kit.refusals import InvalidInput, Refusal


def answer_refusal(exception: Exception, context: dict[str, Any]) -> Response | None:
    """The API's answer to `exception`: a refusal with its sentence, anything else as the framework does."""
    if not isinstance(exception, Refusal):
        return exception_handler(exception, context)
    body: dict[str, Any] = {"detail": exception.sentence, "who": exception.who, "where": exception.where}
    if isinstance(exception, InvalidInput):
        body["errors"] = exception.errors
    return Response(body, status=exception.http_status)
