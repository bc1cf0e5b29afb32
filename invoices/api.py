"""Invoices under /api/v1/: the same selectors, operations and refusals as the pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from commitments.contacts import require_part
from commitments.file_views import file_response
from commitments.models import Commitment
from commitments.selectors import commitments_for
from invoices import corrections, operations, review, selectors
from invoices.content import lines_now
from invoices.file_standings import file_standings
from invoices.files import attach, remove
from invoices.filters import narrow
from invoices.lines import summary_of, text_of
from invoices.models import Invoice, InvoiceFile, InvoiceLine
from invoices.payment_selectors import settled_by_invoice
from invoices.print_views import pdf_response
from invoices.printing import claimed_of, printable
from invoices.retainage import seen_of, set_steps, steps_of
from invoices.review import LineVerdict
from invoices.rules import InvoiceDetails, LineBilling, details_of_head
from invoices.serializers import (
    ApprovalSerializer,
    ChangedInvoiceSerializer,
    ChosenInvoices,
    InvoiceFileSerializer,
    InvoiceSerializer,
    ReasonSerializer,
    ReleaseSerializer,
    ReturnSerializer,
    ReviewSerializer,
    SheetSerializer,
    StepsSerializer,
    WholeInvoiceSerializer,
)
from procore_sync.acceptance.many import send_many
from procore_sync.acceptance.piles import turns_for
from procore_sync.acceptance.serializers import TurnAnswer
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.api import GivesFile, entered, member_of
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.accounts.models import Membership
from procore_sync.accounts.web import get_visible
from procore_sync.kit.kinds import Kind
from procore_sync.kit.pagination import NewestFirst
from projects.file_api import PostedFile

NARROWED_BY = [
    OpenApiParameter("q", str, description="Only those that contain this text."),
    OpenApiParameter("project", int, description="Only those of this project."),
    OpenApiParameter("vendor", int, description="Only those of this vendor."),
    OpenApiParameter("commitment", int, description="Only those of this commitment."),
    OpenApiParameter("code", int, description="Only those that bill something of this cost code."),
    OpenApiParameter("period", int, description="Only those of this billing period."),
    OpenApiParameter("stands", str, description="Only those in this business status."),
    OpenApiParameter("status", str, description="Only those in this state in accounting; `changed` since sync."),
    OpenApiParameter(
        "paid",
        str,
        description="Only those that are `unpaid`, `partly_paid` or `paid`; `open`: not paid in full; `overdue`: of "
        "these the bills in QuickBooks whose due date is past, for an invoice contact all whose due date is.",
    ),
]
HEAD = [one.name for one in fields(InvoiceDetails)]


class InvoiceViewSet(IdempotentWrites, viewsets.GenericViewSet[Invoice]):
    """Applications for payment; an invoice contact finds those of the commitments that they bill."""

    queryset = Invoice.objects.none()
    serializer_class = WholeInvoiceSerializer
    pagination_class = NewestFirst
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[Invoice]:
        """The invoices that the asker may see."""
        if getattr(self, "swagger_fake_view", False):
            return Invoice.objects.none()
        return selectors.invoices_for(member_of(self.request))

    @extend_schema(parameters=NARROWED_BY, responses=InvoiceSerializer(many=True))
    def list(self, request: Request) -> Response:
        """Invoices, newest first, without their lines."""
        page = self.paginate_queryset(narrow(self.get_queryset(), request.query_params, member_of(request))) or []
        _settle(page)
        told = InvoiceSerializer(page, many=True, context=self.get_serializer_context())
        return self.get_paginated_response(told.data)

    def retrieve(self, request: Request, pk: int) -> Response:
        """One invoice with its boxes and lines."""
        return self._answer(self.get_object())

    @extend_schema(request=InvoiceSerializer, responses={201: WholeInvoiceSerializer, 200: WholeInvoiceSerializer})
    def create(self, request: Request) -> Response:
        """Begin the next application of a commitment (201), or give back the one of the same `external_ref` (200)."""
        member, given = member_of(request), entered(InvoiceSerializer(data=request.data))
        commitment = get_visible(selectors.commitments_seen_by(member), given["commitment_id"])
        reference = given.get("erp", {}).get("external_ref") or None
        known = reference is not None and self.get_queryset().filter(erp__external_ref=reference).exists()
        details = InvoiceDetails(**{name: given[name] for name in HEAD if name in given})
        made = operations.create_invoice(commitment, by=member, details=details, external_ref=reference)
        return self._answer(made, status.HTTP_200_OK if known else status.HTTP_201_CREATED)

    @extend_schema(request=ChangedInvoiceSerializer, responses=WholeInvoiceSerializer)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change the head and bill lines in one go; what is left out stays. `edition` is the one that you read."""
        found, given = self.get_object(), entered(ChangedInvoiceSerializer(data=request.data, partial=True))
        if "edition" not in given:
            sentence = "Say which edition you read, so that nobody's edit is lost."
            raise serializers.ValidationError({"edition": [sentence]})
        _require_same(found, given)
        stands = details_of_head(found)
        said = {name: given.get(name, getattr(stands, name)) for name in HEAD}
        lines = [_billing(one) for one in given.get("said_lines", [])]
        by = member_of(request)
        return self._answer(operations.save_invoice(found, InvoiceDetails(**said), lines, by=by, seen=given["edition"]))

    def destroy(self, request: Request, pk: int) -> Response:
        """Delete a draft that was never submitted."""
        operations.delete_invoice(self.get_object(), by=member_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=WholeInvoiceSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: int) -> Response:
        """Put it before its reviewers."""
        return self._answer(operations.submit_invoice(self.get_object(), by=member_of(request)))

    @extend_schema(request=None, responses=WholeInvoiceSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: int) -> Response:
        """Move a draft left over from an earlier period to the open one."""
        return self._answer(operations.move_invoice(self.get_object(), by=member_of(request)))

    @extend_schema(request=None, responses=WholeInvoiceSerializer)
    @action(detail=True, methods=["post"])
    def void(self, request: Request, pk: int) -> Response:
        """Make it void."""
        return self._answer(operations.void_invoice(self.get_object(), by=member_of(request)))

    @extend_schema(request=ReviewSerializer, responses=WholeInvoiceSerializer)
    @action(detail=True, methods=["post"])
    def review(self, request: Request, pk: int) -> Response:
        """Approve or reject lines, adjust amounts, and end the review."""
        found, given = self.get_object(), entered(ReviewSerializer(data=request.data))
        done = review.review_lines(
            found,
            [_verdict(one) for one in given["lines"]],
            by=member_of(request),
            finish=given["finish"],
            remark=given["remark"],
            due_on=given["due_on"],
            seen=given["edition"],
        )
        return self._answer(done)

    @extend_schema(request=ApprovalSerializer, responses=WholeInvoiceSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: int) -> Response:
        """Give it a status of approval."""
        found, given = self.get_object(), entered(ApprovalSerializer(data=request.data))
        said = {"remark": given["remark"], "due_on": given["due_on"], "seen": given["edition"]}
        return self._answer(review.approve(found, given["business_status"], by=member_of(request), **said))

    @extend_schema(request=ReturnSerializer, responses=WholeInvoiceSerializer)
    @action(detail=True, methods=["post"], url_path="return")
    def give_back(self, request: Request, pk: int) -> Response:
        """Give it back to be revised."""
        found, given = self.get_object(), entered(ReturnSerializer(data=request.data))
        by = member_of(request)
        return self._answer(review.return_invoice(found, given["remark"], by=by, seen=given["edition"]))

    @extend_schema(request=ReleaseSerializer, responses=WholeInvoiceSerializer)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: int) -> Response:
        """Bring the retainage on work down to a percentage of the work to date."""
        found, given = self.get_object(), entered(ReleaseSerializer(data=request.data))
        by = member_of(request)
        return self._answer(operations.bring_down(found, given["percent"], by=by, seen=given["edition"]))

    @extend_schema(request=ReasonSerializer, responses=WholeInvoiceSerializer)
    @action(detail=True, methods=["post"])
    def correct(self, request: Request, pk: int) -> Response:
        """Begin to correct the bill that QuickBooks holds; edit it afterwards, approve it, and send it."""
        found, reason = self.get_object(), entered(ReasonSerializer(data=request.data))["reason"]
        return self._answer(corrections.begin_correction(found, reason, by=member_of(request)))

    @extend_schema(request=None, responses=WholeInvoiceSerializer)
    @action(detail=True, methods=["post"], url_path="end-correction")
    def end_correction(self, request: Request, pk: int) -> Response:
        """Take back a correction in which nothing was changed."""
        return self._answer(corrections.end_correction(self.get_object(), by=member_of(request)))

    @extend_schema(request=ChosenInvoices, responses={200: TurnAnswer(many=True)}, filters=False)
    @action(detail=False, methods=["post"], pagination_class=None)
    def send(self, request: Request) -> Response:
        """Send many to accounting: each goes or stays by itself. Follow what still waits at `items/many/`."""
        by, wanted = member_of(request), entered(ChosenInvoices(data=request.data))["invoices"]
        require(by, Right.SEND, Kind.INVOICE)
        batch = send_many(selectors.items_to_send(by, wanted), by=by)
        return Response(TurnAnswer(turns_for(by, batch), many=True).data)

    @extend_schema(responses=SheetSerializer)
    @action(detail=True, methods=["get"], url_path="print")
    def printed(self, request: Request, pk: int) -> Response:
        """What is printed on the G702 and G703."""
        found, member = self.get_object(), member_of(request)
        sheet = printable(found, member)
        said = {one.name: getattr(sheet, one.name) for one in fields(sheet)}
        boxes = [{"number": number, "words": words, "amount": amount} for number, words, amount in sheet.boxes]
        return Response(SheetSerializer({**said, "boxes": boxes, "lines": _shown(found, member)}).data)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], content_negotiation_class=GivesFile)
    def pdf(self, request: Request, pk: int) -> HttpResponse:
        """The printed G702 and G703 as a PDF."""
        return pdf_response(self.get_object(), member_of(request))

    @extend_schema(responses=InvoiceFileSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def files(self, request: Request, pk: int) -> Response:
        """The files that are kept with it."""
        found = self.get_object()
        return Response(
            InvoiceFileSerializer(_told(found, list(selectors.files_of(found)), member_of(request)), many=True).data
        )

    @extend_schema(request={"multipart/form-data": PostedFile}, responses={201: InvoiceFileSerializer})
    @action(detail=True, methods=["post"], url_path="files/new", parser_classes=[MultiPartParser])
    def add_file(self, request: Request, pk: int) -> Response:
        """Keep a file with it."""
        found, by = self.get_object(), member_of(request)
        require_part(found.commitment, by)
        made = attach(found, entered(PostedFile(data=request.data))["file"], by=by)
        return Response(InvoiceFileSerializer(*_told(found, [made], by)).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], url_path="files/<int:file>", content_negotiation_class=GivesFile)
    def file(self, request: Request, pk: int, file: int) -> HttpResponse:
        """The bytes of one file."""
        return file_response(self._file(file))

    @extend_schema(request=None, responses={204: None})
    @file.mapping.delete
    def remove_file(self, request: Request, pk: int, file: int) -> HttpResponse:
        """Throw a file away; QuickBooks keeps its own with the bill."""
        remove(self._file(file), by=member_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _file(self, pk: int) -> InvoiceFile:
        return get_object_or_404(self.get_object().files.filter(payment=None), pk=pk)

    def _answer(self, record: Invoice, code: int = status.HTTP_200_OK) -> Response:
        shown: Any = self.get_queryset().get(pk=record.pk)
        shown.shown_lines = _shown(shown, member_of(self.request))
        shown.summary = summary_of(shown.shown_lines)
        _settle([shown])
        return Response(WholeInvoiceSerializer(shown, context=self.get_serializer_context()).data, status=code)


def _settle(shown: Sequence[Invoice]) -> None:
    """Let each say how far it is paid."""
    settled = settled_by_invoice(shown)
    for one in shown:
        vars(one).update(settled=settled.get(one.pk))


def _require_same(found: Invoice, given: dict[str, Any]) -> None:
    """What an application came with stays with it."""
    if given.get("commitment_id", found.commitment_id) != found.commitment_id:
        raise serializers.ValidationError({"commitment": ["An application stays with its commitment."]})
    reference = given.get("erp", {}).get("external_ref") or None
    if reference not in (None, found.erp.external_ref):
        sentence = "An application keeps the reference that it came under."
        raise serializers.ValidationError({"external_ref": [sentence]})


def _told(found: Invoice, files: Sequence[InvoiceFile], member: Membership) -> Sequence[InvoiceFile]:
    """The files, each with where it stands in the ledger."""
    stand = file_standings(found, files, member).of
    for one in files:
        told = stand.get(one.pk)
        vars(one).update(ledger_state=told.state if told else "", ledger_sentence=told.sentence if told else "")
    return files


class RetainageViewSet(IdempotentWrites, viewsets.GenericViewSet[Commitment]):
    """The sliding retainage of a commitment; the id is the commitment's."""

    queryset = Commitment.objects.none()
    serializer_class = StepsSerializer
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[Commitment]:
        """The commitments that the asker may see."""
        if getattr(self, "swagger_fake_view", False):
            return Commitment.objects.none()
        return commitments_for(member_of(self.request))

    def retrieve(self, request: Request, pk: int) -> Response:
        """The steps."""
        return self._answer(self.get_object())

    def update(self, request: Request, pk: int) -> Response:
        """Set exactly these steps for the retainage."""
        found, given = self.get_object(), entered(StepsSerializer(data=request.data))
        steps = [(one["from_complete"], one["percent"]) for one in given["steps"]]
        set_steps(found, steps, by=member_of(request), seen=given.get("seen", ""))
        return self._answer(found)

    def _answer(self, found: Commitment) -> Response:
        steps = steps_of(found)
        said = {"default": found.default_retainage, "steps": steps, "seen": seen_of(steps)}
        return Response(StepsSerializer(said).data)


def _shown(invoice: Invoice, member: Membership) -> list[InvoiceLine]:
    """The lines as they stand, each with its words and, where the asker sees it, what was claimed."""
    claims, lines = selectors.shows_claimed(invoice, member), lines_now(invoice)
    for line in lines:
        vars(line).update(description=text_of(line), claimed=claimed_of(line) if claims else None)
    return lines


def _billing(given: dict[str, Any]) -> LineBilling:
    return LineBilling(**{one.name: given[one.name] for one in fields(LineBilling) if one.name in given})


def _verdict(given: dict[str, Any]) -> LineVerdict:
    billing = _billing(given)
    adjusts = any(getattr(billing, one.name) is not None for one in fields(LineBilling) if one.name != "key")
    return LineVerdict(given["key"], given["verdict"], given["reason"], billing if adjusts else None)


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [
    ("invoices", InvoiceViewSet, "invoice"),
    ("retainage", RetainageViewSet, "retainage"),
]
