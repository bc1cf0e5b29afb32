"""Changes of commitments under /api/v1/: the same selectors, operations and refusals as the pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, Generic, TypeVar, cast

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from change_orders import operations, request_operations, selectors, tiers
from change_orders.content import details_of_change, details_of_request, seen_of
from change_orders.effects import effect_of
from change_orders.filters import CHANGE_ORDER_LIST, REQUEST_LIST, ChangeListing
from change_orders.kinds import key_of
from change_orders.models import (
    ChangeLine,
    ChangeOrder,
    ChangeRequest,
    ChangeSettings,
    ChangeStatus,
    RequestTier,
    Tiers,
)
from change_orders.rules import ChangeDetails, ChangeLineDetails, RequestDetails
from commitments.models import Commitment
from commitments.rules import plain
from commitments.selectors import commitments_for
from procore_sync.accounts.api import entered, member_of
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.accounts.models import Membership
from procore_sync.accounts.web import get_visible
from procore_sync.kit.pagination import NewestFirst
from procore_sync.kit.ticks import RowNumbers
from projects.api import text
from projects.models import Project
from projects.selectors import projects_for

C = TypeVar("C", ChangeOrder, ChangeRequest)


def _money() -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=16, decimal_places=2, read_only=True)


def _figure(**options: Any) -> serializers.DecimalField:
    """A number as it was given; how many decimals it may have is the operation's to say."""
    return serializers.DecimalField(max_digits=30, decimal_places=None, required=False, allow_null=True, **options)


class ChangeLineSerializer(serializers.Serializer[Any]):
    """A line. To keep one, send its `id` back; a line without one is new, and lines that are not named are removed."""

    id = serializers.IntegerField(required=False, allow_null=True)
    key = serializers.CharField(read_only=True, help_text="What it is in QuickBooks, once it is in a change order.")
    changes = serializers.IntegerField(
        required=False, allow_null=True, help_text="The number of the line of the commitment that it changes."
    )
    cost_code = serializers.IntegerField(
        required=False, allow_null=True, help_text="Left out where a line of the commitment is changed."
    )
    code = serializers.CharField(read_only=True)
    description = text()
    quantity = _figure()
    uom = text()
    unit_cost = _figure()
    amount = _figure(help_text="Left out where it is quantity times unit cost.")
    request = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="The potential change order that it came with."
    )

    def to_representation(self, instance: ChangeLine) -> dict[str, Any]:
        """A line with its figures as plain texts."""
        return {
            "id": instance.pk,
            "key": key_of(instance.change_order, instance) if instance.change_order else "",
            "changes": instance.sov_line.number if instance.sov_line else None,
            "cost_code": instance.code.cost_code_id,
            "code": instance.code.cost_code.code,
            "description": instance.text,
            "quantity": plain(instance.quantity) or None,
            "uom": instance.uom,
            "unit_cost": plain(instance.unit_cost) or None,
            "amount": f"{instance.amount:.2f}",
            "request": instance.request_id,
        }


class ChangeRow(serializers.Serializer[Any]):
    """What a change says in any tier; `edition` must come back with an edit, so that nobody's is lost."""

    id = serializers.IntegerField(read_only=True)
    commitment = serializers.IntegerField(
        source="commitment_id", required=False, help_text="Needed to make one; it stays with it."
    )
    number = text(help_text="The next one, if a new one is made without.")
    title = text()
    description = text()
    business_status = serializers.ChoiceField(
        source="status", choices=ChangeStatus.choices, required=False, default=ChangeStatus.DRAFT
    )
    reviewer = serializers.IntegerField(source="reviewer_id", required=False, allow_null=True, default=None)
    edition = serializers.IntegerField(required=False)
    created_on = serializers.DateField(read_only=True)
    decided_by = serializers.CharField(read_only=True, allow_null=True)
    decided_at = serializers.DateTimeField(read_only=True, allow_null=True)
    remark = serializers.CharField(read_only=True)
    amount = serializers.DecimalField(16, 2, source="total", read_only=True)


class EffectAnswer(serializers.Serializer[Any]):
    """What a change does to its commitment."""

    before = _money()
    this = _money()
    after = _money()


class WithLines(serializers.Serializer[Any]):
    """A single change comes with its lines, those that it collects among them, and with its effect."""

    lines = ChangeLineSerializer(many=True, required=False)
    effect = EffectAnswer(read_only=True)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The change with its lines and its effect."""
        instance.effect = effect_of(instance, lines := selectors.lines_of_change(instance))
        return super().to_representation(_Shown(instance, lines))


class _Shown:
    """A change whose `lines` are all that it has, in their order."""

    def __init__(self, change: ChangeOrder | ChangeRequest, lines: list[ChangeLine]) -> None:
        self._change, self.lines = change, lines

    def __getattr__(self, name: str) -> Any:
        return getattr(self._change, name)


class ChangeOrderRow(ChangeRow):
    """A change order in a list. `status` is where it stands with accounting, `business_status` its own."""

    item = serializers.IntegerField(source="erp_id", read_only=True, help_text="Its item, under /api/v1/items/.")
    external_ref = serializers.CharField(source="erp.external_ref", required=False, allow_null=True, max_length=120)
    sequence = serializers.IntegerField(read_only=True)
    status = serializers.CharField(source="erp.status", read_only=True)
    revision = serializers.IntegerField(source="erp.revision", read_only=True)
    synced_revision = serializers.IntegerField(source="erp.synced_revision", read_only=True, allow_null=True)
    is_private = serializers.BooleanField(source="erp.is_private", read_only=True)


class ChangeOrderSerializer(WithLines, ChangeOrderRow):
    """A change order."""


class RequestRow(ChangeRow):
    """A potential change order or a change order request in a list."""

    tier = serializers.ChoiceField(
        choices=RequestTier.choices, required=False, default=RequestTier.POTENTIAL, help_text="Stays as it was made."
    )
    own_status = serializers.BooleanField(required=False, default=False)
    external_ref = serializers.CharField(required=False, allow_null=True, max_length=120)
    request = serializers.IntegerField(source="request_id", read_only=True, allow_null=True)
    change_order = serializers.IntegerField(source="change_order_id", read_only=True, allow_null=True)


class RequestSerializer(WithLines, RequestRow):
    """A potential change order or a change order request."""


class ChosenRequests(serializers.Serializer[Any]):
    """Requests, by their ids."""

    requests = RowNumbers(max_length=500)


class WhatWasRead(serializers.Serializer[Any]):
    """The edition that was read: with an outdated one nothing is decided (409)."""

    edition = serializers.IntegerField(required=False, allow_null=True, default=None)


class Remark(WhatWasRead):
    """Why it is rejected, and the edition that was read."""

    remark = serializers.CharField(max_length=operations.LONGEST_REMARK, allow_blank=True)


class SettingsSerializer(serializers.Serializer[Any]):
    """How changes of a project are made. `tiers`: 1, 2 or 3; it never falls while the project has changes."""

    project = serializers.IntegerField(source="project_id", read_only=True)
    tiers = serializers.ChoiceField(choices=Tiers.choices)
    number_limit = serializers.IntegerField(required=False)
    title_limit = serializers.IntegerField(required=False)
    seen = serializers.CharField(
        required=False,
        allow_blank=True,
        help_text="Stands for the settings; given as it was read, nothing is saved once they were changed since (409).",
    )


NARROWED_BY = [
    OpenApiParameter("q", str, description="Only changes that contain this text, or whose commitment does."),
    OpenApiParameter("project", int, description="Only changes of this project."),
    OpenApiParameter("commitment", int, description="Only changes of this commitment."),
    OpenApiParameter("stands", str, description="Only changes in this business status; `pending` for all of those."),
    OpenApiParameter("waits", bool, description="Only changes that wait for your review."),
]
IN_ACCOUNTING = OpenApiParameter(
    "status", str, description="Only those in this state in accounting; `changed` since sync."
)


def _seen(change: ChangeOrder | ChangeRequest, edition: int | None) -> str:
    """What was looked at, for a decision on the edition that was read; "" where none is given."""
    if edition is None:
        return ""
    return seen_of(change, selectors.lines_of_change(change)) if edition == change.edition else "past"


class ChangeViewSet(IdempotentWrites, viewsets.GenericViewSet[Any], Generic[C]):
    """What change orders and requests have in common: list, read, make, edit, approve, reject, collect, take out."""

    pagination_class = NewestFirst
    lookup_value_converter = "int"
    listing: ChangeListing
    row_serializer: type[ChangeRow]
    shape: type[ChangeDetails]
    rows: Callable[[Membership], QuerySet[C]]
    said: Callable[[C], ChangeDetails]
    reference_of: Callable[[C], str | None]
    edit_change: Callable[..., C]
    approve_change: Callable[..., C]
    reject_change: Callable[..., C]

    def get_queryset(self) -> QuerySet[C]:
        """The changes that the asker may see."""
        if getattr(self, "swagger_fake_view", False):
            return cast("QuerySet[C]", type(self).queryset)
        return type(self).rows(member_of(self.request))

    def retrieve(self, request: Request, pk: int) -> Response:
        """One change with its lines and what it does to its commitment."""
        return Response(self.get_serializer(self.get_object()).data)

    def update(self, request: Request, pk: int) -> Response:
        """Change all of it; `edition` is the one that you read. Lines that are not named are removed."""
        return self._change(request, None)

    def partial_update(self, request: Request, pk: int) -> Response:
        """Change some of it; `edition` is the one that you read. Without `lines` they stay as they are."""
        return self._change(request, type(self).said(self.get_object()))

    @extend_schema(request=WhatWasRead)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: int) -> Response:
        """Approve what is in review."""
        found, given = self.get_object(), entered(WhatWasRead(data=request.data))
        type(self).approve_change(found, by=member_of(request), seen=_seen(found, given["edition"]))
        return self._answer(pk)

    @extend_schema(request=Remark)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: int) -> Response:
        """Reject what is in review, with a remark."""
        found, given = self.get_object(), entered(Remark(data=request.data))
        seen = _seen(found, given["edition"])
        type(self).reject_change(found, by=member_of(request), remark=given["remark"], seen=seen)
        return self._answer(pk)

    @extend_schema(request=ChosenRequests)
    @action(detail=True, methods=["post"])
    def collect(self, request: Request, pk: int) -> Response:
        """Collect requests of the tier below; their lines become lines of the change order."""
        chosen, member = entered(ChosenRequests(data=request.data))["requests"], member_of(request)
        request_operations.collect(self.get_object(), selectors.requests_for(member).filter(pk__in=chosen), by=member)
        return self._answer(pk)

    def _list(self, request: Request, rows: QuerySet[C]) -> Response:
        found = self.listing.narrow(rows, request.query_params, member_of(request))
        page = self.paginate_queryset(found)
        return self.get_paginated_response(self.row_serializer(page, many=True).data)

    def _change(self, request: Request, said: ChangeDetails | None) -> Response:
        found, given = self.get_object(), entered(self.get_serializer(data=request.data, partial=said is not None))
        if "edition" not in given:
            raise serializers.ValidationError(
                {"edition": ["Say which edition you read, so that nobody's edit is lost."]}
            )
        self._require_same(found, given)
        details = self._details(given, said)
        type(self).edit_change(found, details, by=member_of(request), seen=given["edition"])
        return self._answer(found.pk)

    def _require_same(self, found: C, given: dict[str, Any]) -> None:
        """What a change came with stays with it."""
        if given.get("commitment_id", found.commitment_id) != found.commitment_id:
            raise serializers.ValidationError({"commitment": ["A change stays with its commitment."]})
        if _reference(given) not in (None, type(self).reference_of(found)):
            raise serializers.ValidationError({"external_ref": ["A change keeps the reference that it came under."]})

    def _details(self, given: dict[str, Any], said: ChangeDetails | None) -> ChangeDetails:
        before = {one.name: getattr(said, one.name) for one in fields(self.shape)} if said else {}
        after = {name: given[name] for name in ("number", "title", "description", "status") if name in given}
        if "reviewer_id" in given:
            after["reviewer"] = given["reviewer_id"]
        if "own_status" in given and hasattr(self.shape, "own_status"):
            after["own_status"] = given["own_status"]
        if "lines" in given:
            after["lines"] = tuple(_line(line) for line in given["lines"])
        return self.shape(**{**before, **after})

    def _commitment(self, given: dict[str, Any], member: Membership) -> Commitment:
        if "commitment_id" not in given:
            raise serializers.ValidationError({"commitment": ["Say which commitment it changes."]})
        return get_visible(commitments_for(member), given["commitment_id"])

    def _answer(self, pk: int, code: int = status.HTTP_200_OK) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=pk)).data, status=code)


def _reference(given: dict[str, Any]) -> str | None:
    nested = given.get("erp", given)
    return nested.get("external_ref") or None


def _line(given: dict[str, Any]) -> ChangeLineDetails:
    names = ("description", "quantity", "uom", "unit_cost", "amount", "changes", "id")
    said = {name: given[name] for name in names if name in given}
    return ChangeLineDetails(given.get("cost_code"), **said)


class ChangeOrderViewSet(ChangeViewSet[ChangeOrder]):
    """The change orders of commitments."""

    queryset = ChangeOrder.objects.none()
    serializer_class = ChangeOrderSerializer
    row_serializer = ChangeOrderRow
    listing = CHANGE_ORDER_LIST
    shape = ChangeDetails
    rows = staticmethod(selectors.change_orders_for)
    said = staticmethod(details_of_change)
    reference_of = staticmethod(lambda change_order: change_order.erp.external_ref)
    edit_change = staticmethod(operations.edit_change_order)
    approve_change = staticmethod(operations.approve)
    reject_change = staticmethod(operations.reject)

    @extend_schema(parameters=[*NARROWED_BY, IN_ACCOUNTING], responses=ChangeOrderRow(many=True))
    def list(self, request: Request) -> Response:
        """The company's change orders, newest first."""
        return self._list(request, self.get_queryset())

    def create(self, request: Request) -> Response:
        """Make a change order (201), or give back the one that came under the same `external_ref` (200)."""
        member, given = member_of(request), entered(self.get_serializer(data=request.data))
        commitment, reference = self._commitment(given, member), _reference(given)
        known = reference is not None and self.get_queryset().filter(erp__external_ref=reference).exists()
        made = operations.create_change_order(commitment, self._details(given, None), by=member, external_ref=reference)
        return self._answer(made.pk, status.HTTP_200_OK if known else status.HTTP_201_CREATED)


class ChangeRequestViewSet(ChangeViewSet[ChangeRequest]):
    """The potential change orders and change order requests of commitments."""

    queryset = ChangeRequest.objects.none()
    serializer_class = RequestSerializer
    row_serializer = RequestRow
    listing = REQUEST_LIST
    shape = RequestDetails
    rows = staticmethod(selectors.requests_for)
    said = staticmethod(details_of_request)
    reference_of = staticmethod(lambda request: request.external_ref)
    edit_change = staticmethod(request_operations.edit_request)
    approve_change = staticmethod(request_operations.approve_request)
    reject_change = staticmethod(request_operations.reject_request)

    @extend_schema(
        parameters=[
            *NARROWED_BY,
            OpenApiParameter("tier", str, enum=RequestTier.values, description="Both, if left out."),
        ],
        responses=RequestRow(many=True),
    )
    def list(self, request: Request) -> Response:
        """The company's potential change orders and change order requests, newest first."""
        tier, rows = request.query_params.get("tier", ""), self.get_queryset()
        return self._list(request, rows.filter(tier=tier) if tier else rows)

    def create(self, request: Request) -> Response:
        """Make a request (201), or give back the one that came under the same `external_ref` (200)."""
        member, given = member_of(request), entered(self.get_serializer(data=request.data))
        commitment, reference = self._commitment(given, member), _reference(given)
        of_it = self.get_queryset().filter(commitment=commitment, external_ref=reference)
        known = reference is not None and of_it.exists()
        details = cast(RequestDetails, self._details(given, None))
        made = request_operations.create_request(
            commitment, RequestTier(given["tier"]), details, by=member, external_ref=reference
        )
        return self._answer(made.pk, status.HTTP_200_OK if known else status.HTTP_201_CREATED)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], url_path="take-out")
    def take_out(self, request: Request, pk: int) -> Response:
        """Take the request out of what collects it."""
        request_operations.take_out(self.get_object(), by=member_of(request))
        return self._answer(pk)


class ChangeSettingsViewSet(IdempotentWrites, viewsets.GenericViewSet[Project]):
    """How changes of a project are made; the id is the project's."""

    queryset = Project.objects.none()
    serializer_class = SettingsSerializer
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[Project]:
        """The projects that the asker may see."""
        if getattr(self, "swagger_fake_view", False):
            return Project.objects.none()
        return projects_for(member_of(self.request))

    def retrieve(self, request: Request, pk: int) -> Response:
        """The settings of one project."""
        return _settings(tiers.settings_of(self.get_object()))

    def update(self, request: Request, pk: int) -> Response:
        """Say how changes of the project are made; what is left out stays."""
        project, given = self.get_object(), entered(SettingsSerializer(data=request.data))
        stand = tiers.settings_of(project)
        limits = {name: given.get(name, getattr(stand, name)) for name in ("number_limit", "title_limit")}
        seen, by = given.get("seen", ""), member_of(request)
        return _settings(tiers.save_settings(project, tiers=given["tiers"], **limits, by=by, seen=seen))


def _settings(stand: ChangeSettings) -> Response:
    return Response({**SettingsSerializer(stand).data, "seen": tiers.seen_of_settings(stand)})


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [
    ("change-orders", ChangeOrderViewSet, "change-order"),
    ("change-requests", ChangeRequestViewSet, "change-request"),
    ("change-settings", ChangeSettingsViewSet, "change-settings"),
]
