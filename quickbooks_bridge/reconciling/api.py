"""The comparison with QuickBooks under /api/v1/: its runs, their rows, and what is not ours."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from procore_sync.accounts.api import member_of
from procore_sync.accounts.described import AsDescribed
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.kit.pagination import NewestFirst
from quickbooks_bridge.bell import ring_reconciliation
from quickbooks_bridge.reconciling import running
from quickbooks_bridge.reconciling.ahead_api import NoteRequest
from quickbooks_bridge.reconciling.putting_away import bring_back, put_away
from quickbooks_bridge.reconciling.rows import ForeignDocument, ReconciliationRow, ReconciliationRun
from quickbooks_bridge.reconciling.selectors import foreign_for, last_run, narrowed, rows_for, runs_for


class ReconciliationRunAnswer(serializers.ModelSerializer[ReconciliationRun]):
    """A comparison. It goes on while `ended_at` is null; `reads` counts the calls to QuickBooks."""

    class Meta:
        model = ReconciliationRun
        fields = [
            "id",
            "began_at",
            "ended_at",
            "step",
            "reads",
            "documents",
            "error",
            "projects",
            "vendors",
            "differing",
            "fresh",
            "not_ours",
        ]
        read_only_fields = fields


class ReconciliationRowAnswer(serializers.ModelSerializer[ReconciliationRow]):
    """A project or vendor on both sides. Money is text with two places; `causes` name the documents that explain it."""

    class Meta:
        model = ReconciliationRow
        fields = [
            "id",
            "run",
            "scope",
            "project",
            "vendor",
            "name",
            "ours",
            "theirs",
            "difference",
            "unexplained",
            "differs",
            "since",
            "causes",
        ]
        read_only_fields = fields


class ForeignAnswer(serializers.ModelSerializer[ForeignDocument]):
    """A document in QuickBooks that was not made here, and why it matters."""

    class Meta:
        model = ForeignDocument
        fields = [
            "id",
            "entity",
            "remote_id",
            "number",
            "day",
            "total",
            "balance",
            "party",
            "vendor",
            "project",
            "why",
            "found_at",
            "put_away_at",
            "note",
        ]
        read_only_fields = fields


class RunViewSet(IdempotentWrites, mixins.ListModelMixin, viewsets.GenericViewSet[ReconciliationRun]):
    """The comparisons of the company, newest first."""

    serializer_class = ReconciliationRunAnswer
    pagination_class = NewestFirst
    queryset = ReconciliationRun.objects.none()

    def get_queryset(self) -> QuerySet[ReconciliationRun]:
        """The runs that the asker may see."""
        if getattr(self, "swagger_fake_view", False):
            return ReconciliationRun.objects.none()
        return runs_for(member_of(self.request))

    @extend_schema(request=None, responses={202: ReconciliationRunAnswer})
    def create(self, request: Request) -> Response:
        """Have it compared now; the answer is the run to follow."""
        member = member_of(request)
        run = running.ask(member.company, by=member)
        ring_reconciliation(run.company_id)
        return Response(ReconciliationRunAnswer(run).data, status=status.HTTP_202_ACCEPTED)


@extend_schema_view(
    list=extend_schema(
        parameters=[
            OpenApiParameter("run", int, description="Which run; without it, the last that was completed."),
            OpenApiParameter("scope", str, enum=["project", "vendor"]),
            OpenApiParameter("differs", bool, description="Only those that differ."),
        ]
    )
)
class RowViewSet(AsDescribed, mixins.ListModelMixin, viewsets.GenericViewSet[ReconciliationRow]):
    """Projects and vendors on both sides, as a comparison found them."""

    serializer_class = ReconciliationRowAnswer
    pagination_class = NewestFirst
    queryset = ReconciliationRow.objects.none()

    def get_queryset(self) -> QuerySet[ReconciliationRow]:
        """The rows that the asker may see, of the run that they ask for."""
        if getattr(self, "swagger_fake_view", False):
            return ReconciliationRow.objects.none()
        member, asked = member_of(self.request), self.request.query_params
        told = asked.get("run", "")
        last = last_run(member)
        rows = rows_for(member).filter(run_id=int(told) if told else last.pk if last else None)
        if asked.get("scope"):
            rows = rows.filter(scope=asked["scope"])
        return rows.filter(differs=True) if asked.get("differs") in ("true", "1") else rows


@extend_schema_view(
    list=extend_schema(
        parameters=[
            OpenApiParameter("view", str, enum=["put_away"], description="Those that were put away instead."),
            OpenApiParameter("entity", str, enum=["PurchaseOrder", "Bill", "VendorCredit", "Estimate"]),
            OpenApiParameter("q", str, description="Part of the number, or of the name it is for."),
        ]
    )
)
class ForeignViewSet(IdempotentWrites, mixins.ListModelMixin, viewsets.GenericViewSet[ForeignDocument]):
    """Documents in QuickBooks for our jobs and vendors that are not ours."""

    serializer_class = ForeignAnswer
    pagination_class = NewestFirst
    queryset = ForeignDocument.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[ForeignDocument]:
        """Those that the asker may see; the list is narrowed as asked."""
        if getattr(self, "swagger_fake_view", False):
            return ForeignDocument.objects.none()
        rows = foreign_for(member_of(self.request))
        asked: dict[str, Any] = {name: self.request.query_params.get(name) for name in ("view", "entity", "q")}
        return narrowed(rows, asked) if self.action == "list" else rows

    @extend_schema(request=NoteRequest, responses=ForeignAnswer)
    @action(detail=True, methods=["post"], url_path="put-away")
    def put_away(self, request: Request, pk: int) -> Response:
        """Put a document away as fine, and say why."""
        document, given = self.get_object(), NoteRequest(data=request.data)
        given.is_valid(raise_exception=True)
        put_away(document, given.validated_data["note"], by=member_of(request))
        return self._as_it_is(document)

    @extend_schema(request=None, responses=ForeignAnswer)
    @action(detail=True, methods=["post"], url_path="bring-back")
    def bring_back(self, request: Request, pk: int) -> Response:
        """Show it again."""
        document = self.get_object()
        bring_back(document, by=member_of(request))
        return self._as_it_is(document)

    def _as_it_is(self, document: ForeignDocument) -> Response:
        document.refresh_from_db()
        return Response(ForeignAnswer(document).data)


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [
    ("reconciliation-runs", RunViewSet, "reconciliation-run"),
    ("reconciliation-rows", RowViewSet, "reconciliation-row"),
    ("quickbooks/not-ours", ForeignViewSet, "foreign-document"),
]
