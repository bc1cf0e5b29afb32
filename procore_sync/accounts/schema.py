"""The OpenAPI document: what every operation can answer besides its own answer, said once."""

from __future__ import annotations

from typing import Any, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from procore_sync.accounts.idempotency import HEADER, LONGEST_KEY, IdempotentWrites


class RefusalAnswer(serializers.Serializer[Any]):
    """Why it was not done: the sentence, who can cure it and where, and the sentences by field."""

    detail = serializers.CharField()
    who = serializers.CharField(required=False, allow_blank=True)
    where = serializers.CharField(required=False, allow_blank=True)
    errors = serializers.DictField(  # type: ignore[assignment]  # the field of the answer, not the serializer's own
        child=serializers.ListField(child=serializers.CharField()), required=False
    )


REFUSALS = {
    "400": "The request cannot be read.",
    "401": "The token is missing, unknown or revoked.",
    "403": "You may not do this; the sentence says who may.",
    "404": "There is no such record that you may see.",
    "406": "Only JSON is answered.",
    "409": "The record is not in a state for this, or changed meanwhile; the sentence says why.",
    "415": "Only JSON is read.",
    "422": "Something in it cannot be taken; `errors` says what, by field.",
    "429": "Too many requests; `Retry-After` says when to go on.",
}


class ConsoleSchema(AutoSchema):
    """Every operation documents every refusal, and every write its Idempotency-Key."""

    def get_override_parameters(self) -> list[Any]:
        """The Idempotency-Key of writes."""
        given = list(super().get_override_parameters())
        if self.method in ("POST", "PUT", "PATCH", "DELETE") and isinstance(self.view, IdempotentWrites):
            about = "Makes a repeated request harmless: the first answer is given again for a week."
            given.append(
                OpenApiParameter(
                    HEADER,
                    {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"},
                    OpenApiParameter.HEADER,
                    description=about,
                )
            )
        return given

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        """Names that a body may not have are refused (see `described`)."""
        shape = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        return {**shape, "additionalProperties": False} if direction == "request" else shape

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        for status, sentence in REFUSALS.items():
            answer = OpenApiResponse(RefusalAnswer, description=sentence)
            for_code = self._get_response_for_code(answer, status, direction=direction)  # type: ignore[no-untyped-call]
            bodies.setdefault(status, for_code)
        return bodies


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How a token is given."""

    target_class = "procore_sync.accounts.authentication.TokenOfMember"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The header of a token."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token erp_…`, made under API tokens in the menu of your name.",
        }
