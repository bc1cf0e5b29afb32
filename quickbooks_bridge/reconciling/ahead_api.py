"""What QuickBooks holds and this database does not know, under /api/v1/."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from procore_sync.accounts.access import Right, require
from procore_sync.accounts.api import entered, member_of
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.kit.pagination import NewestFirst
from quickbooks_bridge.reconciling.relinking import findings_for, put_away, relink, relink_all, seen_of
from quickbooks_bridge.reconciling.rows import LedgerFinding
from quickbooks_bridge.selectors import connections_for


class FindingAnswer(serializers.ModelSerializer[LedgerFinding]):
    """A document with our mark that was not known here. `against` is why only a person can link it, or empty."""

    class Meta:
        model = LedgerFinding
        fields = [
            "id",
            "item",
            "entity",
            "remote_id",
            "number",
            "revision",
            "what",
            "name",
            "party",
            "total",
            "against",
            "found_at",
            "settled",
            "settled_at",
            "note",
        ]
        read_only_fields = fields


class NoteRequest(serializers.Serializer[Any]):
    """The note that says why."""

    note = serializers.CharField()


class FindingsSeen(serializers.Serializer[Any]):
    """What stands for all open findings as they were looked at."""

    seen = serializers.CharField()


class Linked(serializers.Serializer[Any]):
    """How many were linked."""

    linked = serializers.IntegerField()


class FindingViewSet(IdempotentWrites, mixins.ListModelMixin, viewsets.GenericViewSet[LedgerFinding]):
    """What QuickBooks holds and this database does not know, newest first; for administrators."""

    serializer_class = FindingAnswer
    pagination_class = NewestFirst
    queryset = LedgerFinding.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[LedgerFinding]:
        """The findings of the asker's company."""
        if getattr(self, "swagger_fake_view", False):
            return LedgerFinding.objects.none()
        require(member_of(self.request), Right.CONNECT)
        return findings_for(member_of(self.request))

    @extend_schema(responses=FindingsSeen)
    @action(detail=False, methods=["get"], url_path="link-all", pagination_class=None)
    def link_all(self, request: Request) -> Response:
        """What `link-all` wants back as `seen`; read it before the findings."""
        member = member_of(request)
        require(member, Right.CONNECT)
        return Response({"seen": seen_of(member.company_id)})

    @extend_schema(request=FindingsSeen, responses=Linked)
    @link_all.mapping.post
    def link_whatever_was_seen(self, request: Request) -> Response:
        """Link everything that nothing speaks against, if what is open is still what was looked at."""
        member = member_of(request)
        require(member, Right.CONNECT)
        seen = entered(FindingsSeen(data=request.data))["seen"]
        return Response({"linked": relink_all(get_object_or_404(connections_for(member)), by=member, seen=seen)})

    @extend_schema(request=None, responses=FindingAnswer)
    @action(detail=True, methods=["post"])
    def link(self, request: Request, pk: int) -> Response:
        """Link a finding although something speaks against it."""
        finding = self.get_object()
        relink(finding, by=member_of(request))
        return self._as_it_is(finding)

    @extend_schema(request=NoteRequest, responses=FindingAnswer)
    @action(detail=True, methods=["post"], url_path="put-away")
    def put_away(self, request: Request, pk: int) -> Response:
        """Say that a finding is not ours, and why."""
        finding, given = self.get_object(), NoteRequest(data=request.data)
        given.is_valid(raise_exception=True)
        put_away(finding, given.validated_data["note"], by=member_of(request))
        return self._as_it_is(finding)

    def _as_it_is(self, finding: LedgerFinding) -> Response:
        finding.refresh_from_db()
        return Response(FindingAnswer(finding).data)


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [
    ("quickbooks/findings", FindingViewSet, "quickbooks-finding"),
]
