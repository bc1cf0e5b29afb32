"""Commitments under /api/v1/: the same selectors, operations and refusals as the pages."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from commitments import corrections, operations, selectors
from commitments.attachments import attach, remove
from commitments.file_views import file_response
from commitments.filters import COMMITMENT_LIST
from commitments.kinds import lines_of
from commitments.models import AccountingMethod, Commitment, CommitmentStatus, CommitmentType
from commitments.rules import CommitmentDetails, LineDetails, line_details
from commitments.ssov_api import BreakdownActions
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.api import GivesFile, entered, member_of
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import InvalidInput
from projects.api import NARROWED_BY, RecordSerializer, RecordViewSet, text
from projects.file_api import PostedFile

NARROWED_FURTHER = [
    *NARROWED_BY,
    OpenApiParameter("project", int, description="Only those of this project."),
    OpenApiParameter("vendor", int, description="Only those with this vendor."),
    OpenApiParameter("code", int, description="Only those with this cost code, change orders included."),
    OpenApiParameter("type", str, description="`purchase_order` or `subcontract`."),
    OpenApiParameter("stands", str, description="Only those in this business status."),
]


class LineSerializer(serializers.Serializer[Any]):
    """A line. `number` is its identity for ever: give it back to keep the line, leave it out for a new one."""

    number = serializers.IntegerField(required=False, allow_null=True, default=None)
    cost_code = serializers.IntegerField(source="code_id", help_text="A cost code that the project uses.")
    code = serializers.CharField(read_only=True)
    description = text()
    quantity = serializers.DecimalField(14, 4, required=False, allow_null=True, default=None)
    uom = text()
    unit_cost = serializers.DecimalField(14, 4, required=False, allow_null=True, default=None)
    amount = serializers.DecimalField(
        14, 2, required=False, allow_null=True, default=None, help_text="Follows from quantity and unit cost, if given."
    )


class CommitmentSerializer(RecordSerializer):
    """A purchase order or subcontract. `status` is where it stands with accounting, `business_status` its own."""

    project = serializers.IntegerField(source="project_id")
    type = serializers.ChoiceField(choices=CommitmentType.choices)
    number = text(help_text="The suggested one, if you leave it out.")
    title = text()
    vendor = serializers.IntegerField(source="vendor_id", required=False, allow_null=True, default=None)
    business_status = serializers.ChoiceField(
        source="status", choices=CommitmentStatus.choices, default=CommitmentStatus.DRAFT
    )
    status = serializers.CharField(source="erp.status", read_only=True)
    accounting_method = serializers.ChoiceField(choices=AccountingMethod.choices, default=AccountingMethod.AMOUNT)
    default_retainage = serializers.DecimalField(7, 2, required=False, default=Decimal("0.00"))
    created_on = serializers.DateField(required=False, allow_null=True, default=None, help_text="If left out, today.")
    description = text()
    inclusions = text()
    exclusions = text()
    ship_to = text()
    bill_to = text()
    payment_terms = text()
    delivers_on = serializers.DateField(required=False, allow_null=True, default=None)
    starts_on = serializers.DateField(required=False, allow_null=True, default=None)
    completes_on = serializers.DateField(required=False, allow_null=True, default=None)
    signed_on = serializers.DateField(required=False, allow_null=True, default=None)
    executed = serializers.BooleanField(required=False, default=False)
    uses_ssov = serializers.BooleanField(required=False, default=False)
    ssov_status = serializers.CharField(read_only=True)
    is_correcting = serializers.BooleanField(read_only=True)
    is_private = serializers.BooleanField(source="erp.is_private", read_only=True)
    amount = serializers.DecimalField(14, 2, source="erp.amount", read_only=True)


class WholeCommitmentSerializer(CommitmentSerializer):
    """A commitment with its lines. They are given at its making; later they change at `lines/`.

    `access_seen`, `contacts_seen` and `distribution_seen` are what is given back as `seen` to save exactly those.
    """

    lines = LineSerializer(many=True, required=False, source="said_lines")
    access_seen = serializers.CharField(read_only=True)
    contacts_seen = serializers.CharField(read_only=True)
    distribution_seen = serializers.CharField(read_only=True)


class LinesSerializer(serializers.Serializer[Any]):
    """All lines of a commitment, in order; `edition` is the one that you read."""

    edition = serializers.IntegerField()
    lines = LineSerializer(many=True)


class StatusSerializer(serializers.Serializer[Any]):
    """A business status."""

    business_status = serializers.ChoiceField(choices=CommitmentStatus.choices)


class AttachmentSerializer(serializers.Serializer[Any]):
    """A file that is kept with a commitment."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField()
    added_at = serializers.DateTimeField()
    added_by = serializers.CharField()


class PersonSerializer(serializers.Serializer[Any]):
    """A person of the company."""

    id = serializers.IntegerField()
    name = serializers.CharField(source="user")
    email = serializers.CharField(source="user.email")


class AsSeen(serializers.Serializer[Any]):
    """With `seen`, as the commitment was read, nothing is saved once somebody has changed it since."""

    seen = serializers.CharField(required=False, write_only=True, default="")


class ContactsSerializer(AsSeen):
    """Invoice contacts, by their ids; `seen` is the `contacts_seen` that was read."""

    contacts = serializers.ListField(child=serializers.IntegerField(), max_length=200)


class DistributionSerializer(AsSeen):
    """People of the company, by their ids; `seen` is the `distribution_seen` that was read."""

    people = serializers.ListField(child=serializers.IntegerField(), max_length=500)


class AccessSerializer(AsSeen):
    """Who may see a commitment; `readers` are ids of people, `seen` is the `access_seen` that was read."""

    is_private = serializers.BooleanField()
    readers = serializers.ListField(child=serializers.IntegerField(), max_length=500, required=False, default=list)


class CorrectionSerializer(serializers.Serializer[Any]):
    """Why what QuickBooks holds is corrected."""

    reason = serializers.CharField(allow_blank=True)


class CommitmentViewSet(BreakdownActions, RecordViewSet[Commitment, CommitmentDetails]):
    """The company's purchase orders and subcontracts."""

    queryset = Commitment.objects.none()
    serializer_class = WholeCommitmentSerializer
    listing = COMMITMENT_LIST
    details = CommitmentDetails
    rows = staticmethod(selectors.commitments_for)
    create_record = staticmethod(operations.create_commitment)
    edit_record = staticmethod(operations.edit_commitment)
    set_active = staticmethod(operations.set_commitment_active)

    def get_serializer_class(self) -> type[CommitmentSerializer]:
        """A list shows commitments without their lines."""
        return CommitmentSerializer if self.action == "list" else WholeCommitmentSerializer

    @extend_schema(parameters=NARROWED_FURTHER)
    def list(self, request: Request) -> Response:
        """The company's commitments, newest first."""
        return super().list(request)

    def retrieve(self, request: Request, pk: int) -> Response:
        """One commitment with its lines."""
        return self._answer(self.get_object(), status.HTTP_200_OK)

    def create(self, request: Request) -> Response:
        """Make a commitment (201), or give back the one that came under the same `external_ref` (200)."""
        member, given = member_of(request), self._given(request, {})
        reference = given.pop("erp", {}).get("external_ref") or None
        lines = [LineDetails(**line) for line in given.pop("said_lines", [])]
        known = reference is not None and self.get_queryset().filter(erp__external_ref=reference).exists()
        made = operations.create_commitment(self._details(given), by=member, lines=lines, external_ref=reference)
        return self._answer(made, status.HTTP_200_OK if known else status.HTTP_201_CREATED)

    def destroy(self, request: Request, pk: int) -> Response:
        """Delete a draft that was never sent."""
        operations.delete_commitment(self.get_object(), by=member_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _given(self, request: Request, said: dict[str, Any]) -> dict[str, Any]:
        given = super()._given(request, said)
        if request.method in ("PUT", "PATCH") and "said_lines" in given:
            raise serializers.ValidationError({"lines": ["Lines change at lines/, not here. Leave them out."]})
        return given

    def _answer(self, record: Commitment, code: int) -> Response:
        shown: Any = self.get_queryset().get(pk=record.pk)
        shown.said_lines = _said(record)
        shown.access_seen = operations.access_seen(shown)
        shown.contacts_seen = operations.contacts_seen(shown)
        shown.distribution_seen = operations.distribution_seen(shown)
        return Response(WholeCommitmentSerializer(shown).data, status=code)

    @extend_schema(responses=LineSerializer(many=True))
    @action(detail=True, methods=["get"], url_path="lines", pagination_class=None)
    def lines(self, request: Request, pk: int) -> Response:
        """The schedule of values, in order."""
        return Response(LineSerializer(_said(self.get_object()), many=True).data)

    @extend_schema(request=LinesSerializer, responses=WholeCommitmentSerializer)
    @lines.mapping.put
    def set_lines(self, request: Request, pk: int) -> Response:
        """Give the commitment these lines, in this order: new ones have no number, those left out are removed."""
        given = entered(LinesSerializer(data=request.data))
        lines = [LineDetails(**line) for line in given["lines"]]
        found = self.get_object()
        return self._answer(
            operations.set_lines(found, lines, by=member_of(request), seen=given["edition"]), status.HTTP_200_OK
        )

    @extend_schema(request=StatusSerializer, responses=WholeCommitmentSerializer)
    @action(detail=True, methods=["post"], url_path="status")
    def set_status(self, request: Request, pk: int) -> Response:
        """Set the business status."""
        given = entered(StatusSerializer(data=request.data))
        saved = operations.set_status(self.get_object(), given["business_status"], by=member_of(request))
        return self._answer(saved, status.HTTP_200_OK)

    @extend_schema(responses=AttachmentSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None)
    def attachments(self, request: Request, pk: int) -> Response:
        """The files that are kept with it."""
        return Response(AttachmentSerializer(selectors.attachments_of(self.get_object()), many=True).data)

    @extend_schema(request={"multipart/form-data": PostedFile}, responses={201: AttachmentSerializer})
    @action(detail=True, methods=["post"], url_path="attachments/new", parser_classes=[MultiPartParser])
    def add_attachment(self, request: Request, pk: int) -> Response:
        """Keep a file with it."""
        found, by = self.get_object(), member_of(request)
        require(by, Right.EDIT)
        made = attach(found, entered(PostedFile(data=request.data))["file"], by=by)
        return Response(AttachmentSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], url_path="attachments/<int:file>", content_negotiation_class=GivesFile)
    def attachment(self, request: Request, pk: int, file: int) -> HttpResponse:
        """The bytes of one file."""
        return file_response(get_object_or_404(self.get_object().attachments.all(), pk=file))

    @extend_schema(responses={204: None})
    @attachment.mapping.delete
    def remove_attachment(self, request: Request, pk: int, file: int) -> Response:
        """Throw one file away."""
        kept = get_object_or_404(selectors.attachments_of(self.get_object()), pk=file)
        remove(kept, by=member_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses=PersonSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None)
    def contacts(self, request: Request, pk: int) -> Response:
        """Who bills against it."""
        return Response(PersonSerializer(self.get_object().invoice_contacts.select_related("user"), many=True).data)

    @extend_schema(request=ContactsSerializer, responses=PersonSerializer(many=True))
    @contacts.mapping.put
    def set_contacts(self, request: Request, pk: int) -> Response:
        """Say who bills against it."""
        member, found = member_of(request), self.get_object()
        given = entered(ContactsSerializer(data=request.data))
        chosen = _people(selectors.possible_contacts(member), given["contacts"], "contacts")
        operations.set_invoice_contacts(found, chosen, by=member, seen=given["seen"])
        return Response(PersonSerializer(found.invoice_contacts.select_related("user"), many=True).data)

    @extend_schema(responses=PersonSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None)
    def distribution(self, request: Request, pk: int) -> Response:
        """Who in the company is told what the contacts submit; if nobody is named, everybody who may change it."""
        return Response(PersonSerializer(self.get_object().distribution.select_related("user"), many=True).data)

    @extend_schema(request=DistributionSerializer, responses=PersonSerializer(many=True))
    @distribution.mapping.put
    def set_distribution(self, request: Request, pk: int) -> Response:
        """Say who is told what the contacts submit."""
        member, found = member_of(request), self.get_object()
        given = entered(DistributionSerializer(data=request.data))
        chosen = _people(selectors.possible_readers(member), given["people"], "people")
        operations.set_distribution(found, chosen, by=member, seen=given["seen"])
        return Response(PersonSerializer(found.distribution.select_related("user"), many=True).data)

    @extend_schema(request=AccessSerializer, responses=AccessSerializer)
    @action(detail=True, methods=["put"], url_path="access")
    def set_access(self, request: Request, pk: int) -> Response:
        """Say who may see it."""
        member, found = member_of(request), self.get_object()
        given = entered(AccessSerializer(data=request.data))
        chosen = _people(selectors.possible_readers(member), given["readers"], "readers")
        operations.set_access(found, private=given["is_private"], readers=chosen, by=member, seen=given["seen"])
        readers = sorted(found.erp.readers.values_list("pk", flat=True))
        return Response(AccessSerializer({"is_private": found.erp.is_private, "readers": readers}).data)

    @extend_schema(request=CorrectionSerializer, responses=WholeCommitmentSerializer)
    @action(detail=True, methods=["post"])
    def correct(self, request: Request, pk: int) -> Response:
        """Begin to correct what QuickBooks holds; edit it afterwards, and send it."""
        found = self.get_object()
        corrections.begin_correction(
            found, entered(CorrectionSerializer(data=request.data))["reason"], by=member_of(request)
        )
        return self._answer(found, status.HTTP_200_OK)

    @extend_schema(request=None, responses=WholeCommitmentSerializer)
    @action(detail=True, methods=["post"], url_path="end-correction")
    def end_correction(self, request: Request, pk: int) -> Response:
        """Take back a correction in which nothing was changed."""
        found = self.get_object()
        corrections.end_correction(found, by=member_of(request))
        return self._answer(found, status.HTTP_200_OK)


def _said(commitment: Commitment) -> list[dict[str, Any]]:
    return [{**asdict(line_details(line)), "code": line.code.cost_code.code} for line in lines_of(commitment)]


def _people(offered: Any, wanted: list[int], field: str) -> list[Membership]:
    chosen = [one for one in offered if one.pk in set(wanted)]
    missing = sorted(set(wanted) - {one.pk for one in chosen})
    if missing:
        sentence = f"There is no such person to choose: {', '.join(map(str, missing))}."
        raise InvalidInput(sentence, errors={field: [sentence]})
    return chosen


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [("commitments", CommitmentViewSet, "commitment")]
