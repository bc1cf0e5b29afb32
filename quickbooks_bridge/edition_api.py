"""What QuickBooks has switched on, under /api/v1/: the list of the page, and the same refusals."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from procore_sync.accounts.access import Right, require
from procore_sync.accounts.api import member_of
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import Refusal
from quickbooks_bridge import editions
from quickbooks_bridge.models import Connection
from quickbooks_bridge.selectors import connections_for


class PointAnswer(serializers.Serializer[Any]):
    """One thing that QuickBooks has or lacks: ok, look or stop, and the kinds that do not go without it."""

    key = serializers.CharField()
    title = serializers.CharField()
    level = serializers.CharField()
    sentence = serializers.CharField()
    stops = serializers.ListField(child=serializers.CharField())


class EditionViewSet(IdempotentWrites, viewsets.ViewSet):
    """What the company's QuickBooks can do; none while it is not connected."""

    @extend_schema(responses=PointAnswer(many=True))
    def list(self, request: Request) -> Response:
        """The list as QuickBooks said it last."""
        member = member_of(request)
        require(member, Right.VIEW)
        row = connections_for(member).first()
        return Response(PointAnswer(editions.points_of(row) if row else [], many=True).data)

    @extend_schema(request=None, responses=PointAnswer(many=True))
    @action(detail=False, methods=["post"])
    def check(self, request: Request) -> Response:
        """Look in QuickBooks, then the list."""
        member = member_of(request)
        row = _own(member)
        told = editions.look(row, by=member)
        if told:
            raise Refusal(told)
        return Response(PointAnswer(editions.points_of(row), many=True).data)


def _own(member: Membership) -> Connection:
    require(member, Right.MAP)
    row = connections_for(member).first()
    if row is None:
        raise Http404("QuickBooks is not connected.")
    return row


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [
    ("quickbooks/set-up", EditionViewSet, "quickbooks-set-up"),
]
