"""Copying settings under /api/v1/: read as a document, tried, and given; the same operations as the pages.

A document comes from the company of its own token, so no token reads another company.
"""

from __future__ import annotations

import json
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from procore_sync.accounts.access import Right, require
from procore_sync.accounts.api import entered, member_of
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.copying.groups import GROUPS
from procore_sync.copying.operations import Part, Plan, Settings, copy_settings, document_of, plan_for, settings_in


@extend_schema_serializer(many=False)
class SettingsDocument(serializers.Serializer[Any]):
    """The settings of a company that can be copied, group by group; the file that the pages give and take."""

    format = serializers.CharField()
    company = serializers.CharField()
    settings = serializers.DictField(child=serializers.JSONField())


class TriedSettings(serializers.Serializer[Any]):
    """`file` is a document as it was read, of this company or of another."""

    file = serializers.JSONField()


class GivenSettings(TriedSettings):
    """The groups to copy, and the `seen` of the answer that was looked at."""

    groups = serializers.ListField(
        child=serializers.ChoiceField([group.key for group in GROUPS]), max_length=len(GROUPS)
    )
    seen = serializers.CharField(max_length=64)


class SettingDifference(serializers.Serializer[Any]):
    """One setting, as the company has it now and as it would be."""

    label = serializers.CharField()  # type: ignore[assignment]  # the name of a field of the answer
    before = serializers.CharField()
    after = serializers.CharField()


class PlanPart(serializers.Serializer[Part]):
    """A group of settings: what would change, or `against`, why it is left out."""

    group = serializers.CharField(source="key")
    differences = SettingDifference(many=True)
    against = serializers.CharField()


@extend_schema_serializer(many=False)
class PlanAnswer(serializers.Serializer[Plan]):
    """All that copying would do; `seen` lets it be done as it is shown here, or not at all."""

    parts = PlanPart(many=True)
    seen = serializers.CharField()


class SettingsCopyViewSet(IdempotentWrites, viewsets.ViewSet):
    """Settings from one company to another, for administrators of both."""

    @extend_schema(responses=SettingsDocument)
    def list(self, request: Request) -> Response:
        """The settings of this company as a document."""
        return Response(document_of(member_of(request)))

    @extend_schema(request=TriedSettings, responses=PlanAnswer)
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        """What giving a document to this company would change; nothing is saved."""
        require(member_of(request), Right.SETTINGS)
        given = _read(entered(TriedSettings(data=request.data)))
        return Response(PlanAnswer(plan_for(member_of(request), given)).data)

    @extend_schema(request=GivenSettings, responses=PlanAnswer)
    @action(detail=False, methods=["post"])
    def apply(self, request: Request) -> Response:
        """Copy the named groups, as they were shown; the answer says what still differs after that."""
        member = member_of(request)
        require(member, Right.SETTINGS)
        said = entered(GivenSettings(data=request.data))
        given = _read(said)
        copy_settings(given, said["groups"], seen=said["seen"], by=member)
        member.company.refresh_from_db()
        return Response(PlanAnswer(plan_for(member, given)).data)


def _read(said: dict[str, Any]) -> Settings:
    return settings_in(json.dumps(said["file"]))


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [
    ("settings-copies", SettingsCopyViewSet, "settings-copies")
]
