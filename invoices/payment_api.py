"""Payments issued under /api/v1/: the same payments as the pages, and the same refusals."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from invoices import payment_operations as operations
from invoices.models import Payment, PaymentMethod, PaymentState
from invoices.payment_forms import AskedPayments
from invoices.payment_selectors import narrowed, payments_for
from invoices.selectors import is_contact
from procore_sync.accounts.api import member_of
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.kit.finding import asked_of
from procore_sync.kit.pagination import NewestFirst


class PaymentAnswer(serializers.ModelSerializer[Payment]):
    """What one payment in QuickBooks applied to one invoice.

    `amount` counts while `state` is `issued`. `total`, `credits` and `bills` are the whole payment's; those, `memo` and
    `note` are for people of the company only.
    """

    invoice_number = serializers.CharField(source="invoice.number", read_only=True)
    commitment = serializers.IntegerField(source="invoice.commitment_id", read_only=True)
    project = serializers.IntegerField(source="invoice.commitment.project_id", read_only=True)
    vendor = serializers.IntegerField(source="invoice.commitment.vendor_id", read_only=True, allow_null=True)

    class Meta:
        model = Payment
        fields = [
            "id",
            "invoice",
            "invoice_number",
            "commitment",
            "project",
            "vendor",
            "payment_id",
            "state",
            "method",
            "number",
            "day",
            "amount",
            "total",
            "credits",
            "bills",
            "memo",
            "note",
            "changed_at",
            "read_at",
        ]
        read_only_fields = [name for name in fields if name != "note"]

    def to_representation(self, instance: Payment) -> dict[str, Any]:
        """Without what is for the company's own people, where a contact asks."""
        told: dict[str, Any] = super().to_representation(instance)
        if is_contact(member_of(self.context["request"])):
            told |= {"memo": "", "note": "", "total": None, "credits": None, "bills": None}
        return told


class PaymentNote(serializers.Serializer[Any]):
    """The note that people keep with a payment."""

    note = serializers.CharField(allow_blank=True)


@extend_schema_view(
    list=extend_schema(
        parameters=[
            OpenApiParameter("q", str, description="Only with this text in the payment's or invoice's number."),
            *(
                OpenApiParameter(name, int, description=f"Only of the {name} with this id.")
                for name in ("project", "vendor", "commitment", "invoice")
            ),
            OpenApiParameter("method", str, enum=PaymentMethod.values),
            OpenApiParameter("state", str, enum=PaymentState.values),
            OpenApiParameter("from_day", str, description="Dated on or after, as 2026-11-01."),
            OpenApiParameter("to_day", str, description="Dated on or before, as 2026-11-30."),
        ]
    )
)
class PaymentViewSet(
    IdempotentWrites, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Payment]
):
    """Payments of invoices, as QuickBooks has them; an invoice contact sees those of his own invoices."""

    serializer_class = PaymentAnswer
    pagination_class = NewestFirst
    queryset = Payment.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[Payment]:
        """The payments that the asker may see, narrowed as asked.

        Raises:
            InvalidInput: the list is asked for what cannot be.
        """
        if getattr(self, "swagger_fake_view", False):
            return Payment.objects.none()
        rows = payments_for(member_of(self.request))
        if self.action != "list":
            return rows
        return narrowed(rows, asked_of(AskedPayments(self.request.query_params)))

    @extend_schema(request=PaymentNote, responses=PaymentAnswer)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Keep a note with the payment; the rest of it is QuickBooks'."""
        found = self.get_object()
        given = PaymentNote(data=request.data)
        given.is_valid(raise_exception=True)
        operations.save_note(found, given.validated_data["note"], by=member_of(request))
        return Response(PaymentAnswer(found, context=self.get_serializer_context()).data)


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [("payments", PaymentViewSet, "payment")]
