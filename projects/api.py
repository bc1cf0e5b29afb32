"""Cost codes and projects under /api/v1/: the same selectors, operations and refusals as the pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, ClassVar, Generic, TypeVar, cast

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from procore_sync.accounts.api import entered, member_of
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.accounts.models import Membership
from procore_sync.accounts.web import get_visible
from procore_sync.kit.pagination import NewestFirst
from procore_sync.kit.refusals import InvalidInput
from projects import operations, selectors
from projects.file_api import FilesOfRecords
from projects.filters import COST_CODE_LIST, PROJECT_LIST, Listing
from projects.imports import COST_CODE_SHEET
from projects.models import CostCode, Project, Stage
from projects.records import Record, details_of
from projects.rules import CostCodeDetails, ProjectDetails

R = TypeVar("R", bound=Record)
D = TypeVar("D", bound=Any)


def text(**options: Any) -> serializers.CharField:
    """An optional text; its limits are the operation's, so that its sentence is the answer."""
    return serializers.CharField(required=False, allow_blank=True, default="", **options)


class RecordSerializer(serializers.Serializer[Any]):
    """What every record says of itself; `edition` must come back with a change, so that nobody's edit is lost."""

    id = serializers.IntegerField(read_only=True)
    item = serializers.IntegerField(source="erp_id", read_only=True, help_text="Its item, under /api/v1/items/.")
    external_ref = serializers.CharField(source="erp.external_ref", required=False, allow_null=True, max_length=120)
    edition = serializers.IntegerField(required=False)
    is_active = serializers.BooleanField(read_only=True)
    status = serializers.CharField(source="erp.status", read_only=True)
    revision = serializers.IntegerField(source="erp.revision", read_only=True)
    synced_revision = serializers.IntegerField(source="erp.synced_revision", read_only=True, allow_null=True)
    updated_at = serializers.DateTimeField(source="erp.updated_at", read_only=True)


class CostCodeSerializer(RecordSerializer):
    """A cost code of the company's list."""

    code = serializers.CharField(allow_blank=True)
    description = text()


class AddressSerializer(serializers.Serializer[Any]):
    """An address, as QuickBooks keeps it."""

    street = text()
    city = text()
    state = text()
    postal_code = text()
    country = text()


class ProjectSerializer(AddressSerializer, RecordSerializer):
    """A project. `cost_code_count` is how many codes it uses."""

    name = serializers.CharField(allow_blank=True)
    number = text()
    stage = serializers.ChoiceField(choices=Stage.choices, default=Stage.PRE_CONSTRUCTION)
    starts_on = serializers.DateField(required=False, allow_null=True, default=None)
    finishes_on = serializers.DateField(required=False, allow_null=True, default=None)
    erp_sync = serializers.BooleanField(required=False, default=True)
    uses_standard_codes = serializers.BooleanField(required=False, default=True)
    has_sub_jobs = serializers.BooleanField(required=False, default=False)
    job_costs = serializers.BooleanField(
        required=False, default=False, help_text="Whether the project takes its job costs from QuickBooks."
    )
    cost_code_count = serializers.IntegerField(source="code_count", read_only=True)


class ChosenCodes(serializers.Serializer[Any]):
    """Active codes of the company's list, by their ids; those that the project uses already are passed over."""

    cost_codes = serializers.ListField(child=serializers.IntegerField(), max_length=2000)


NARROWED_BY = [
    OpenApiParameter("q", str, description="Only records that contain this text."),
    OpenApiParameter("status", str, description="Only records in this state in accounting; `changed` since sync."),
    OpenApiParameter("active", str, description="`no` for inactive records, `all` for both; else active ones."),
]


def record_reference(record: Record) -> dict[str, str | None]:
    """The reference of `record`, as its serializer nests it."""
    return {"external_ref": record.erp.external_ref}


class RecordViewSet(IdempotentWrites, viewsets.GenericViewSet[Any], Generic[R, D]):
    """List, read, create and change one kind of record. Creating again under the same `external_ref` makes nothing."""

    pagination_class = NewestFirst
    lookup_value_converter = "int"
    listing: ClassVar[Listing]
    details: type[D]
    rows: Callable[[Membership], QuerySet[R]]
    create_record: Callable[..., R]
    edit_record: Callable[..., R]
    set_active: Callable[..., None]

    def get_queryset(self) -> QuerySet[R]:
        """The records that the asker may see."""
        if getattr(self, "swagger_fake_view", False):
            return cast("QuerySet[R]", type(self).queryset)
        return type(self).rows(member_of(self.request))

    @extend_schema(parameters=NARROWED_BY)
    def list(self, request: Request) -> Response:
        """The company's records, newest first."""
        rows = type(self).listing.narrow(self.get_queryset(), request.query_params)
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, pk: int) -> Response:
        """One record."""
        return Response(self.get_serializer(self.get_object()).data)

    def create(self, request: Request) -> Response:
        """Make a record (201), or give back the one that came under the same `external_ref` (200)."""
        member, given = member_of(request), self._given(request, {})
        reference = given.pop("erp", {}).get("external_ref") or None
        known = reference is not None and self.get_queryset().filter(erp__external_ref=reference).exists()
        made = type(self).create_record(self._details(given), by=member, external_ref=reference)
        return self._answer(made, status.HTTP_200_OK if known else status.HTTP_201_CREATED)

    def update(self, request: Request, pk: int) -> Response:
        """Change all of a record; `edition` is the one that you read."""
        return self._change(request, {})

    def partial_update(self, request: Request, pk: int) -> Response:
        """Change some of a record; `edition` is the one that you read."""
        said = details_of(self.get_object(), self.details)
        return self._change(request, {field.name: getattr(said, field.name) for field in fields(said)})

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def activate(self, request: Request, pk: int) -> Response:
        """Make the record active again."""
        return self._set_active(request, True)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def deactivate(self, request: Request, pk: int) -> Response:
        """Make the record inactive: it is no longer offered, and cannot be sent."""
        return self._set_active(request, False)

    def _set_active(self, request: Request, active: bool) -> Response:
        record = self.get_object()
        type(self).set_active(record, active, by=member_of(request))
        return self._answer(record, status.HTTP_200_OK)

    def _change(self, request: Request, said: dict[str, Any]) -> Response:
        record = self.get_object()
        given = self._given(request, said)
        if given.pop("erp", record_reference(record)) != record_reference(record):
            raise serializers.ValidationError({"external_ref": ["A record keeps the reference that it came under."]})
        if "edition" not in given:
            raise serializers.ValidationError(
                {"edition": ["Say which edition you read, so that nobody's edit is lost."]}
            )
        seen = given.pop("edition")
        saved = type(self).edit_record(record, self._details(given), by=member_of(request), seen=seen)
        return self._answer(saved, status.HTTP_200_OK)

    def _given(self, request: Request, said: dict[str, Any]) -> dict[str, Any]:
        serializer = self.get_serializer(data=request.data, partial=bool(said))
        serializer.is_valid(raise_exception=True)
        return {**said, **serializer.validated_data}

    def _details(self, given: dict[str, Any]) -> D:
        made: D = self.details(
            **{field.name: given[field.name] for field in fields(self.details) if field.name in given}
        )
        return made

    def _answer(self, record: R, code: int) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=record.pk)).data, status=code)


class CostCodeViewSet(FilesOfRecords, RecordViewSet[CostCode, CostCodeDetails]):
    """The company's list of cost codes."""

    sheet_kind = COST_CODE_SHEET
    queryset = CostCode.objects.none()
    serializer_class = CostCodeSerializer
    listing = COST_CODE_LIST
    details = CostCodeDetails
    rows = staticmethod(selectors.cost_codes_for)
    create_record = staticmethod(operations.create_cost_code)
    edit_record = staticmethod(operations.edit_cost_code)
    set_active = staticmethod(operations.set_cost_code_active)


class ProjectViewSet(RecordViewSet[Project, ProjectDetails]):
    """The company's projects."""

    queryset = Project.objects.none()
    serializer_class = ProjectSerializer
    listing = PROJECT_LIST
    details = ProjectDetails
    rows = staticmethod(selectors.projects_for)
    create_record = staticmethod(operations.create_project)
    edit_record = staticmethod(operations.edit_project)
    set_active = staticmethod(operations.set_project_active)

    @extend_schema(request=ChosenCodes, responses=CostCodeSerializer(many=True))
    @action(detail=True, methods=["post"], url_path="cost-codes", pagination_class=None)
    def add_cost_codes(self, request: Request, pk: int) -> Response:
        """Let the project use these codes of the company's list; answers with all the codes it uses."""
        project = self.get_object()
        wanted = set(entered(ChosenCodes(data=request.data))["cost_codes"])
        codes = [one for one in selectors.codes_to_add(project) if one.pk in wanted]
        missing = sorted(wanted - {one.pk for one in (*codes, *selectors.codes_of(project))})
        if missing:
            sentence = f"There is no such active cost code in the company's list: {', '.join(map(str, missing))}."
            raise InvalidInput(sentence, errors={"cost_codes": [sentence]})
        operations.add_cost_codes(project, codes, by=member_of(request))
        return self._codes(project)

    @extend_schema(responses=CostCodeSerializer(many=True))
    @add_cost_codes.mapping.get
    def cost_codes(self, request: Request, pk: int) -> Response:
        """The codes that the project uses."""
        return self._codes(self.get_object())

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["delete"], url_path="cost-codes/<int:code>", pagination_class=None)
    def cost_code(self, request: Request, pk: int, code: int) -> Response:
        """Take this code off the project; refused while its budget or another of its records needs it."""
        project = self.get_object()
        found = get_visible(selectors.codes_of(project), code)
        operations.remove_cost_code(project, found, by=member_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _codes(self, project: Project) -> Response:
        return Response(CostCodeSerializer(selectors.codes_of(project), many=True).data)


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [
    ("cost-codes", CostCodeViewSet, "cost-code"),
    ("projects", ProjectViewSet, "project"),
]
