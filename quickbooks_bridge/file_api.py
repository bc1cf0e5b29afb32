"""The files that go to QuickBooks with a bill, under /api/v1/: the same rows and refusals as the pages."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from procore_sync.accounts.api import member_of
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.accounts.web import get_visible
from procore_sync.kit.pagination import NewestFirst
from quickbooks_bridge import bill_files
from quickbooks_bridge.bell import ring_files
from quickbooks_bridge.file_models import BillFile, FileState
from quickbooks_bridge.file_selectors import bill_files_for, sentence_of


class BillFileAnswer(serializers.ModelSerializer[BillFile]):
    """A file for one bill or vendor credit. `file` is null once it was removed here; QuickBooks keeps its own."""

    sentence = serializers.SerializerMethodField()

    @extend_schema(responses=str)
    def get_sentence(self, one: BillFile) -> str:
        """Why it was refused, or what it waits for and who cures that."""
        return sentence_of(one)

    class Meta:
        model = BillFile
        fields = [
            "id",
            "item",
            "file",
            "name",
            "size",
            "entity",
            "remote_id",
            "state",
            "attachable_id",
            "sentence",
            "changed_at",
        ]
        read_only_fields = fields


@extend_schema_view(
    list=extend_schema(
        parameters=[OpenApiParameter("state", str, enum=FileState.values, description="All of them if left out.")]
    )
)
class BillFileViewSet(
    IdempotentWrites, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[BillFile]
):
    """The files that are in QuickBooks with their bill, on their way there, or refused; newest first."""

    serializer_class = BillFileAnswer
    pagination_class = NewestFirst
    queryset = BillFile.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[BillFile]:
        """The files that the asker may see."""
        if getattr(self, "swagger_fake_view", False):
            return BillFile.objects.none()
        rows = bill_files_for(member_of(self.request))
        state = self.request.query_params.get("state", "") if self.action == "list" else ""
        return rows.filter(state=state) if state else rows

    @extend_schema(request=None, responses=BillFileAnswer)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: int) -> Response:
        """Send a refused file again; QuickBooks is first asked whether it has it."""
        found: BillFile = get_visible(self.get_queryset(), pk)
        bill_files.retry(found, by=member_of(request))
        ring_files(found.company_id)
        found.refresh_from_db()
        return Response(BillFileAnswer(found).data)


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [
    ("quickbooks/files", BillFileViewSet, "quickbooks-file"),
]
