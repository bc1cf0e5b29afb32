"""Sync health under /api/v1/."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from procore_sync.acceptance.flow import Reason
from procore_sync.acceptance.models import Alarm
from procore_sync.accounts.api import member_of
from procore_sync.accounts.described import AsDescribed
from quickbooks_bridge.health import Beat, Ending, SyncHealth, health_for


class AlarmAnswer(serializers.ModelSerializer[Alarm]):
    """Something that is wrong."""

    class Meta:
        model = Alarm
        fields = ["what", "sentence", "raised_at"]
        read_only_fields = fields


class ReasonAnswer(serializers.Serializer[Reason]):
    """Why records wait."""

    sentence = serializers.CharField()
    count = serializers.IntegerField()
    amount = serializers.DecimalField(max_digits=20, decimal_places=2, allow_null=True)
    oldest = serializers.DateTimeField()
    cure_by = serializers.CharField(allow_blank=True)
    cure_url = serializers.CharField(allow_blank=True)


class EndingAnswer(serializers.Serializer[Ending]):
    """How tries ended in the last hour and day."""

    label = serializers.CharField()  # type: ignore[assignment]  # the word of the domain, as the page says it
    hour = serializers.IntegerField()
    day = serializers.IntegerField()


class BeatAnswer(serializers.Serializer[Beat]):
    """When a process was last heard of."""

    name = serializers.CharField()
    at = serializers.DateTimeField(allow_null=True)
    is_silent = serializers.BooleanField()


class LimitsAnswer(serializers.Serializer[Any]):
    """How much of QuickBooks' limits is used; `paused` is in seconds."""

    calls = serializers.IntegerField()
    running = serializers.IntegerField()
    paused = serializers.FloatField()


@extend_schema_serializer(many=False)
class HealthAnswer(serializers.Serializer[SyncHealth]):
    """How well the company's exports go. `limits` is null where there are none or they cannot be told."""

    alarms = AlarmAnswer(many=True)
    waiting = serializers.IntegerField()
    oldest = serializers.DateTimeField(allow_null=True)
    reasons = ReasonAnswer(many=True)
    endings = EndingAnswer(many=True)
    last_done = serializers.DateTimeField(allow_null=True)
    limits = LimitsAnswer(allow_null=True)
    limits_say = serializers.CharField(allow_blank=True)
    obstacle = serializers.CharField(allow_blank=True)
    bell = serializers.CharField(allow_blank=True)
    days_left = serializers.IntegerField(allow_null=True)
    looked_at = serializers.DateTimeField(allow_null=True)
    beats = BeatAnswer(many=True)


class HealthViewSet(AsDescribed, viewsets.ViewSet):
    """How well the company's exports go; for administrators."""

    @extend_schema(responses=HealthAnswer)
    def list(self, request: Request) -> Response:
        """What waits and why, how tries ended, the limits, the sign-in and the processes."""
        return Response(HealthAnswer(health_for(member_of(request))).data)


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [
    ("quickbooks/health", HealthViewSet, "quickbooks-health"),
]
