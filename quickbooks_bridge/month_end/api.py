"""The month-end list under /api/v1/: a month, signing it, and the statements."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from procore_sync.accounts.access import Right, require
from procore_sync.accounts.api import member_of
from procore_sync.accounts.described import AsDescribed
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.kit.days import why_unlikely
from procore_sync.kit.pagination import NewestFirst
from quickbooks_bridge.month_end.listing import month_end_for
from quickbooks_bridge.month_end.rows import Keep, MonthEndStatement, total_of
from quickbooks_bridge.month_end.selectors import rows_seen, statements_for
from quickbooks_bridge.month_end.signing import sign, told

_MONTH = OpenApiParameter("id", OpenApiTypes.STR, OpenApiParameter.PATH, description="The month, as 2026-10.")


class OutstandingAnswer(serializers.Serializer[Any]):
    """A record that is not in QuickBooks as it was accepted, or a `payment` there that is not taken here, by its id."""

    keep = serializers.ChoiceField(choices=Keep.choices)
    item = serializers.IntegerField()
    payment = serializers.CharField()
    kind = serializers.CharField()
    number = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of the answer, and no name of one
    project = serializers.CharField()
    day = serializers.DateField()
    amount = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    who = serializers.CharField()
    since = serializers.DateTimeField()
    why = serializers.CharField()


class MonthEndAnswer(serializers.Serializer[Any]):
    """What of a month is not in QuickBooks. `seen` is what is given back to sign exactly this."""

    month = serializers.DateField()
    seen = serializers.CharField()
    quickbooks_read_at = serializers.DateTimeField(allow_null=True)
    closed_until = serializers.DateField(allow_null=True)
    count = serializers.IntegerField()
    amount = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    rows = OutstandingAnswer(many=True)


class StatementAnswer(serializers.ModelSerializer[MonthEndStatement]):
    """Who signed the list of a month."""

    signed_by = serializers.CharField(read_only=True)
    signed_again = serializers.BooleanField(
        read_only=True, help_text="Whether the same month was signed later; the newest is what stands."
    )

    class Meta:
        model = MonthEndStatement
        fields = ["id", "month", "remark", "digest", "signed_by", "signed_at", "signed_again"]
        read_only_fields = fields


class SignedListAnswer(StatementAnswer):
    """A statement with its list as it was; private records that the asker may not read are left out of it."""

    count = serializers.IntegerField(read_only=True)
    amount = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True, read_only=True)
    rows = OutstandingAnswer(many=True, read_only=True)

    class Meta(StatementAnswer.Meta):
        fields = [*StatementAnswer.Meta.fields, "count", "amount", "rows"]
        read_only_fields = fields


class SignMonthRequest(serializers.Serializer[Any]):
    """`seen` is that of the list as it was read."""

    seen = serializers.CharField()
    remark = serializers.CharField(required=False, allow_blank=True, default="")


@extend_schema_view(retrieve=extend_schema(parameters=[_MONTH]), sign=extend_schema(parameters=[_MONTH]))
class MonthEndViewSet(IdempotentWrites, viewsets.GenericViewSet[MonthEndStatement]):
    """What of a month is not in QuickBooks; the id is the month."""

    serializer_class = MonthEndAnswer
    queryset = MonthEndStatement.objects.none()

    @extend_schema(responses=MonthEndAnswer)
    def retrieve(self, request: Request, pk: str) -> Response:
        """The list as it is now."""
        member = member_of(request)
        require(member, Right.VIEW)
        found = month_end_for(member, _month_of(pk))
        return Response({"month": found.month.isoformat(), "seen": found.seen, **told(found)})

    @extend_schema(request=SignMonthRequest, responses={201: StatementAnswer})
    @action(detail=True, methods=["post"])
    def sign(self, request: Request, pk: str) -> Response:
        """Sign that the list that was read is complete."""
        require(member_of(request), Right.MAP)
        given = SignMonthRequest(data=request.data)
        given.is_valid(raise_exception=True)
        made = sign(_month_of(pk), **given.validated_data, by=member_of(request))
        return Response(StatementAnswer(made).data, status=status.HTTP_201_CREATED)


def _month_of(text: str) -> date:
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise Http404("A month is written as 2026-10.") from None
    if said := why_unlikely(month):
        raise Http404(said)
    return month


class StatementViewSet(AsDescribed, mixins.ListModelMixin, viewsets.GenericViewSet[MonthEndStatement]):
    """The statements that were signed, the newest month first."""

    serializer_class = StatementAnswer
    pagination_class = NewestFirst
    queryset = MonthEndStatement.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[MonthEndStatement]:
        """The statements that the asker may see."""
        if getattr(self, "swagger_fake_view", False):
            return MonthEndStatement.objects.none()
        return statements_for(member_of(self.request))

    @extend_schema(responses=SignedListAnswer)
    def retrieve(self, request: Request, pk: int) -> Response:
        """One statement, with the list that was signed."""
        statement = self.get_object()
        rows = rows_seen(statement, member_of(request))
        amount = total_of(rows)
        kept = {"rows": [row.told() for row in rows], "count": len(rows), "amount": amount and f"{amount:.2f}"}
        return Response({**StatementAnswer(statement).data, **kept})


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [
    ("month-ends", MonthEndViewSet, "month-end"),
    ("month-end-statements", StatementViewSet, "month-end-statement"),
]
