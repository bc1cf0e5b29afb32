"""Looks at QuickBooks and the reads they cost, under /api/v1/."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from procore_sync.accounts.api import member_of
from procore_sync.accounts.described import AsDescribed
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.kit.pagination import NewestFirst
from quickbooks_bridge.bell import ring_changes
from quickbooks_bridge.watch_models import ReadCount, Sweep
from quickbooks_bridge.watching import sweeps
from quickbooks_bridge.watching.selectors import counts_for, sweeps_for


class LookAnswer(serializers.ModelSerializer[Sweep]):
    """A look at what changed. `reads` counts the calls to QuickBooks; it goes on while `ended_at` is null."""

    class Meta:
        model = Sweep
        fields = ["id", "began_at", "ended_at", "step", "reads", "documents", "error"]
        read_only_fields = fields


class ReadAnswer(serializers.ModelSerializer[ReadCount]):
    """How many calls read QuickBooks on a day, by UTC, for one purpose."""

    class Meta:
        model = ReadCount
        fields = ["id", "day", "purpose", "reads"]
        read_only_fields = fields


class LookViewSet(IdempotentWrites, mixins.ListModelMixin, viewsets.GenericViewSet[Sweep]):
    """The looks at what changed in the company's QuickBooks, newest first; those of the last week."""

    serializer_class = LookAnswer
    pagination_class = NewestFirst
    queryset = Sweep.objects.none()

    def get_queryset(self) -> QuerySet[Sweep]:
        """The looks that the asker may see."""
        if getattr(self, "swagger_fake_view", False):
            return Sweep.objects.none()
        return sweeps_for(member_of(self.request))

    @extend_schema(request=None, responses={202: LookAnswer})
    def create(self, request: Request) -> Response:
        """Have QuickBooks checked for changes now; the answer is the look to follow."""
        member = member_of(request)
        sweep = sweeps.ask(member.company, by=member)
        ring_changes(sweep.company_id)
        return Response(LookAnswer(sweep).data, status=status.HTTP_202_ACCEPTED)


class ReadViewSet(AsDescribed, mixins.ListModelMixin, viewsets.GenericViewSet[ReadCount]):
    """How often the company's QuickBooks was read, by day and purpose."""

    serializer_class = ReadAnswer
    pagination_class = NewestFirst
    queryset = ReadCount.objects.none()

    def get_queryset(self) -> QuerySet[ReadCount]:
        """The counts that the asker may see."""
        if getattr(self, "swagger_fake_view", False):
            return ReadCount.objects.none()
        return counts_for(member_of(self.request))


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [
    ("quickbooks/looks", LookViewSet, "quickbooks-look"),
    ("quickbooks/reads", ReadViewSet, "quickbooks-read"),
]
