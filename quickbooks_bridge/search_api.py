"""The search over everything under /api/v1/: what the box at the top of each page finds, and why."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from procore_sync.acceptance.serializers import ItemAnswer
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.api import entered, member_of
from procore_sync.accounts.described import AsDescribed
from quickbooks_bridge.searching import search_for


class Asked(serializers.Serializer[Any]):
    """What is looked for."""

    q = serializers.CharField(
        max_length=200,
        help_text="A name, number, vendor, amount, check number, or what QuickBooks calls it, as `Bill 812`.",
    )


class FoundAnswer(serializers.Serializer[Any]):
    """A record, and in words why it was found."""

    item = ItemAnswer()
    why = serializers.CharField()


@extend_schema_serializer(many=False)
class SearchAnswer(serializers.Serializer[Any]):
    """What was found, the surest first. `more` says that there are others: ask for more of the name or number."""

    rows = FoundAnswer(many=True)
    more = serializers.BooleanField()


class SearchViewSet(AsDescribed, viewsets.ViewSet):
    """The search over all records, whatever their kind and state."""

    @extend_schema(parameters=[Asked], responses=SearchAnswer)
    def list(self, request: Request) -> Response:
        """Records that these words name, whatever their view."""
        member = member_of(request)
        require(member, Right.VIEW)
        found = search_for(member, entered(Asked(data=request.query_params))["q"])
        if found.short:
            sentence = "One letter would find nearly everything: give two or more, or a number."
            raise serializers.ValidationError({"q": [sentence]})
        return Response(SearchAnswer(found).data)


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [("search", SearchViewSet, "search")]
