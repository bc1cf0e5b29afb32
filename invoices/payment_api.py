"""Payments issued under /api/v1/: the same payments as the pages, and the same refusals."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from commitments.api import AttachmentSerializer
from commitments.file_views import file_response
from invoices import payment_operations as operations
from invoices.models import Payment, PaymentMethod, PaymentState
from invoices.payment_forms import AskedPayments
from invoices.payment_selectors import files_of, narrowed, payments_for
from invoices.selectors import is_contact
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.api import GivesFile, entered, member_of
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.kit.finding import asked_of
from procore_sync.kit.pagination import NewestFirst
from projects.file_api import PostedFile


class PaymentAnswer(serializers.ModelSerializer[Payment]):
    """What one payment in QuickBooks applied to one invoice.

    `amount` counts while `state` is `issued`. `total`, `credits` and `bills` are the whole payment's; those, `memo` and
    `note` are for people of the company only.
    """

    invoice_number = serializers.CharField(source="invoice.number", read_only=True)
    commitment = serializers.IntegerField(source="invoice.commitment_id", read_only=True)
    project = serializers.IntegerField(source="invoice.commitment.project_id", read_only=True)
    vendor = serializers.IntegerField(source="invoice.commitment.vendor_id", read_only=True, allow_null=True)
    seen = serializers.SerializerMethodField()

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
            "seen",
            "changed_at",
            "read_at",
        ]
        read_only_fields = [name for name in fields if name != "note"]

    def get_seen(self, payment: Payment) -> str:
        """To give back with a new note, so that it is not saved over somebody else's."""
        return operations.seen_of(payment)

    def to_representation(self, instance: Payment) -> dict[str, Any]:
        """Without what is for the company's own people, where a contact asks."""
        told: dict[str, Any] = super().to_representation(instance)
        if is_contact(member_of(self.context["request"])):
            told |= {"memo": "", "note": "", "seen": "", "total": None, "credits": None, "bills": None}
        return told


class PaymentNote(serializers.Serializer[Any]):
    """The note that people keep with a payment. With `seen`, only over the one that was read."""

    note = serializers.CharField(allow_blank=True)
    seen = serializers.CharField(required=False, allow_blank=True, default="")


class PaymentFileAnswer(AttachmentSerializer):
    """A file that is kept with a payment; QuickBooks gets none of them."""


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
    """Payments of invoices, as QuickBooks has them; an invoice contact sees those of their own invoices."""

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
        found, given = self.get_object(), entered(PaymentNote(data=request.data))
        operations.save_note(found, given["note"], by=member_of(request), seen=given["seen"])
        return Response(PaymentAnswer(found, context=self.get_serializer_context()).data)

    @extend_schema(responses=PaymentFileAnswer(many=True), filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def files(self, request: Request, pk: int) -> Response:
        """The files that are kept with it, for people of the company."""
        return Response(PaymentFileAnswer(list(files_of(self._inside())), many=True).data)

    @extend_schema(request={"multipart/form-data": PostedFile}, responses={201: PaymentFileAnswer})
    @action(detail=True, methods=["post"], url_path="files/new", parser_classes=[MultiPartParser])
    def add_file(self, request: Request, pk: int) -> Response:
        """Keep a file with it."""
        found, by = self._inside(), member_of(request)
        require(by, Right.EDIT)
        made = operations.attach(found, entered(PostedFile(data=request.data))["file"], by=by)
        return Response(PaymentFileAnswer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], url_path="files/<int:file>", content_negotiation_class=GivesFile)
    def file(self, request: Request, pk: int, file: int) -> HttpResponse:
        """The bytes of one file."""
        return file_response(get_object_or_404(self._inside().files.all(), pk=file))

    @extend_schema(request=None, responses={204: None})
    @file.mapping.delete
    def remove_file(self, request: Request, pk: int, file: int) -> HttpResponse:
        """Throw a file away."""
        operations.remove(get_object_or_404(files_of(self._inside()), pk=file), by=member_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _inside(self) -> Payment:
        require(member_of(self.request), Right.VIEW)
        found: Payment = self.get_object()
        return found


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [("payments", PaymentViewSet, "payment")]
