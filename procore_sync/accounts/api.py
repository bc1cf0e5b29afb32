"""Who asks the API, and how a refusal is answered: once, with the same sentence as the page."""

from __future__ import annotations

import re
from typing import Any, cast

from django.http import Http404
from rest_framework import exceptions, serializers
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.response import Response
from rest_framework.views import exception_handler

from procore_sync.accounts.authentication import member_of
from procore_sync.kit.refusals import InvalidInput, Refusal

__all__ = ["GivesFile", "answer_refusal", "entered", "member_of"]


class GivesFile(DefaultContentNegotiation):
    """For what gives a file: its kind is the file's own, whatever the request accepts. A refusal is JSON."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        """JSON, for refusals."""
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except exceptions.NotAcceptable:
            return renderers[0], renderers[0].media_type


#: What Django says where no row is found, by the name of our class.
_NO_ROW = re.compile(r"No (\w+) matches the given query\.")
#: What the API calls otherwise than its class.
_CALLED = {"ErpItem": "item"}


def entered(serializer: serializers.BaseSerializer[Any]) -> dict[str, Any]:
    """What was entered, if it has the shape that `serializer` asks for.

    Raises:
        ValidationError: it has not; the answer names each field.
    """
    serializer.is_valid(raise_exception=True)
    return cast("dict[str, Any]", serializer.validated_data)


def answer_refusal(exception: Exception, context: dict[str, Any]) -> Response | None:
    """The API's answer to `exception`: a refusal with its sentence, anything else as the framework does."""
    if isinstance(exception, exceptions.ValidationError):
        exception = _as_refusal(exception)
    if isinstance(exception, Http404) and (found := _NO_ROW.fullmatch(str(exception))):
        exception = exceptions.NotFound(f"There is no such {_called(found[1])} that you may see.")
    if not isinstance(exception, Refusal):
        return exception_handler(exception, context)
    body: dict[str, Any] = {"detail": exception.sentence, "who": exception.who, "where": exception.where}
    if isinstance(exception, InvalidInput):
        body["errors"] = exception.errors
    return Response(body, status=exception.http_status)


def _called(name: str) -> str:
    return _CALLED.get(name) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def _as_refusal(error: exceptions.ValidationError) -> InvalidInput:
    detail = error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
    errors = {name: _sentences(value) for name, value in detail.items()}
    return InvalidInput(" ".join(f"{name}: {' '.join(said)}" for name, said in errors.items()), errors=errors)


def _sentences(value: Any) -> list[str]:
    if isinstance(value, dict):
        # Rows are counted from one, as by people.
        named = {f"no. {name + 1}" if isinstance(name, int) else name: inner for name, inner in value.items()}
        return [f"{name}: {said}" for name, inner in named.items() for said in _sentences(inner)]
    return [said for inner in value for said in _sentences(inner)] if isinstance(value, list) else [str(value)]
