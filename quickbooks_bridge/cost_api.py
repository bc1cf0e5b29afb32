"""Readings of job costs under /api/v1/: how they went, and asking for one."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from procore_sync.accounts.api import member_of
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.kit.pagination import NewestFirst
from projects.job_costs import readings_for
from projects.models import CostReading
from quickbooks_bridge.bell import ring_job_costs
from quickbooks_bridge.importers import job_costs


class ReadingAnswer(serializers.ModelSerializer[CostReading]):
    """A reading. `reads` counts the calls to QuickBooks; it goes on while `ended_at` is null."""

    class Meta:
        model = CostReading
        fields = ["id", "began_at", "ended_at", "step", "reads", "documents", "lines", "error"]
        read_only_fields = fields


class ReadingViewSet(IdempotentWrites, mixins.ListModelMixin, viewsets.GenericViewSet[CostReading]):
    """The readings of the company's job costs, newest first."""

    serializer_class = ReadingAnswer
    pagination_class = NewestFirst
    queryset = CostReading.objects.none()

    def get_queryset(self) -> QuerySet[CostReading]:
        """The readings that the asker may see."""
        if getattr(self, "swagger_fake_view", False):
            return CostReading.objects.none()
        return readings_for(member_of(self.request))

    @extend_schema(request=None, responses={202: ReadingAnswer})
    def create(self, request: Request) -> Response:
        """Have the job costs read now; the answer is the reading to follow."""
        member = member_of(request)
        reading = job_costs.ask(member.company, by=member)
        ring_job_costs(reading.company_id)
        return Response(ReadingAnswer(reading).data, status=status.HTTP_202_ACCEPTED)


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [
    ("job-cost-readings", ReadingViewSet, "job-cost-reading")
]
