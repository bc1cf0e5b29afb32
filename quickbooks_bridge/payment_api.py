"""Readings of payments and their schedule under /api/v1/."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from procore_sync.accounts.access import Right, require
from procore_sync.accounts.api import member_of
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.kit.pagination import NewestFirst
from quickbooks_bridge.bell import ring_payments
from quickbooks_bridge.importers import payments
from quickbooks_bridge.models import Every, PaymentReading, PaymentSchedule
from quickbooks_bridge.payment_schedules import schedule_of, seen_of, set_schedule
from quickbooks_bridge.payment_selectors import readings_for


class PaymentReadingAnswer(serializers.ModelSerializer[PaymentReading]):
    """A reading. `reads` counts the calls to QuickBooks; it goes on while `ended_at` is null."""

    class Meta:
        model = PaymentReading
        fields = ["id", "began_at", "ended_at", "step", "reads", "documents", "lines", "error"]
        read_only_fields = fields


@extend_schema_serializer(many=False)
class ScheduleAnswer(serializers.ModelSerializer[PaymentSchedule]):
    """How often payments are read, in hours (0 never), and from which day on they are taken. `seen` stands for it."""

    seen = serializers.SerializerMethodField()

    class Meta:
        model = PaymentSchedule
        fields = ["hours", "since", "began_at", "seen"]
        read_only_fields = fields

    def get_seen(self, row: PaymentSchedule) -> str:
        """What stands for the schedule as it is."""
        return seen_of(row)


class ScheduleRequest(serializers.Serializer[Any]):
    """A new schedule; without `since` the day stays. `seen`, if you like, as it was read: once another was set since,
    nothing is (409).
    """

    hours = serializers.ChoiceField(choices=Every.choices)
    since = serializers.DateField(required=False, allow_null=True, default=None)
    seen = serializers.CharField(required=False, allow_blank=True, default="")


class PaymentReadingViewSet(IdempotentWrites, mixins.ListModelMixin, viewsets.GenericViewSet[PaymentReading]):
    """The readings of the company's payments, newest first."""

    serializer_class = PaymentReadingAnswer
    pagination_class = NewestFirst
    queryset = PaymentReading.objects.none()

    def get_queryset(self) -> QuerySet[PaymentReading]:
        """The readings that the asker may see."""
        if getattr(self, "swagger_fake_view", False):
            return PaymentReading.objects.none()
        return readings_for(member_of(self.request))

    @extend_schema(request=None, responses={202: PaymentReadingAnswer})
    def create(self, request: Request) -> Response:
        """Have the payments read now; the answer is the reading to follow."""
        member = member_of(request)
        reading = payments.ask(member.company, by=member)
        ring_payments(reading.company_id)
        return Response(PaymentReadingAnswer(reading).data, status=status.HTTP_202_ACCEPTED)


class PaymentScheduleViewSet(IdempotentWrites, viewsets.GenericViewSet[PaymentSchedule]):
    """The company's schedule of payments."""

    serializer_class = ScheduleAnswer
    pagination_class = None
    queryset = PaymentSchedule.objects.none()

    @extend_schema(responses=ScheduleAnswer)
    def list(self, request: Request) -> Response:
        """The schedule as it is."""
        member = member_of(request)
        require(member, Right.VIEW)
        return Response(ScheduleAnswer(schedule_of(member.company)).data)

    @extend_schema(request=ScheduleRequest, responses=ScheduleAnswer)
    def create(self, request: Request) -> Response:
        """Set the schedule, as an administrator."""
        member = member_of(request)
        require(member, Right.SETTINGS)
        given = ScheduleRequest(data=request.data)
        given.is_valid(raise_exception=True)
        row = set_schedule(member.company, by=member, **given.validated_data)
        if row.is_on:
            ring_payments(row.company_id)
        return Response(ScheduleAnswer(row).data)


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [
    ("payment-readings", PaymentReadingViewSet, "payment-reading"),
    ("payment-schedule", PaymentScheduleViewSet, "payment-schedule"),
]
