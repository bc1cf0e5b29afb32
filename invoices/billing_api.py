"""Billing under /api/v1/: settings, periods and invites, with the selectors, operations and refusals of the pages."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from invoices import invites, periods
from invoices.billing_rules import PeriodDetails, SettingsDetails
from invoices.invites import BillingState
from invoices.models import BillingPeriod, BillingSettings, Frequency, Invite, InvoiceType
from invoices.selectors import commitments_seen_by, invites_for, is_contact, periods_for, projects_billed
from invoices.statuses import BILLABLE
from procore_sync.accounts.api import entered, member_of
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.accounts.models import Membership
from procore_sync.accounts.web import get_visible
from procore_sync.kit.pagination import NewestFirst
from procore_sync.kit.refusals import InvalidInput
from projects.models import Project

PROJECT = OpenApiParameter("project", int, description="Only those of this project.")
PERIOD = OpenApiParameter("period", int, description="Only those of this billing period.")
COMMITMENT = OpenApiParameter("commitment", int, description="Only those of this commitment.")


class BillingSettingsSerializer(serializers.ModelSerializer[Any]):
    """How a project is billed. An empty `default_type` means that contacts must be invited. With `seen`, as read,
    nothing is saved once somebody has changed it since.
    """

    frequency = serializers.ChoiceField(choices=Frequency.choices, required=False)
    due_day = serializers.IntegerField(required=False)
    default_type = serializers.ChoiceField(choices=InvoiceType.choices, required=False, allow_blank=True)
    seen = serializers.CharField(required=False, allow_blank=True)

    class Meta:
        model = BillingSettings
        fields = [
            "project",
            "frequency",
            "next_start",
            "due_day",
            "default_type",
            "allows_overbilling",
            "shows_claimed",
            "numbers_invoices",
            "seen",
        ]
        read_only_fields = ["project"]


class PeriodSerializer(serializers.ModelSerializer[BillingPeriod]):
    """A billing period. Of a project's, exactly one is open; `opened_by` is empty where it opened by itself. `seen`
    stands for its days.
    """

    project = serializers.IntegerField(source="project_id")
    is_open = serializers.BooleanField(read_only=True)
    seen = serializers.SerializerMethodField()

    class Meta:
        model = BillingPeriod
        fields = ["id", "project", "starts_on", "ends_on", "due_on", "is_open", "opened_at", "opened_by", "closed_at"]
        fields += ["seen"]
        read_only_fields = ["opened_at", "opened_by", "closed_at"]
        validators: list[Any] = []

    def get_seen(self, period: BillingPeriod) -> str:
        """To give back with new days, so that they are not saved over somebody else's."""
        return periods.seen_of(period)


class PeriodDaysSerializer(serializers.Serializer[Any]):
    """The days of a billing period. With `seen`, as it was read, nothing is saved once they have changed."""

    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    due_on = serializers.DateField()
    seen = serializers.CharField(required=False, allow_blank=True, default="")


class InviteSerializer(serializers.ModelSerializer[Invite]):
    """An invite to bill, and what became of it."""

    contact_name = serializers.CharField(source="contact", read_only=True)

    class Meta:
        model = Invite
        fields = [
            "id",
            "period",
            "commitment",
            "contact",
            "contact_name",
            "type",
            "status",
            "sent_by",
            "sent_at",
            "answered_at",
        ]
        read_only_fields = fields


class StatusSerializer(serializers.Serializer[Any]):
    """Where a commitment stands in a period; `why_not` is what keeps it from being invited now, or empty."""

    commitment = serializers.IntegerField(source="commitment.pk")
    number = serializers.CharField(source="commitment.number")
    state = serializers.ChoiceField(choices=BillingState.choices)
    invoice = serializers.IntegerField(source="invoice.pk", default=None, allow_null=True)
    why_not = serializers.CharField(source="against.sentence", default="")


class SendInvites(serializers.Serializer[Any]):
    """Whom to ask: the commitments by their ids, else all that can be asked. Without a type, the project's default."""

    commitments = serializers.ListField(child=serializers.IntegerField(), required=False, max_length=500)
    type = serializers.ChoiceField(choices=InvoiceType.choices, required=False)


class AnswerSerializer(serializers.Serializer[Any]):
    """Whether the contact wants to bill."""

    accepts = serializers.BooleanField()


class BillingSettingsViewSet(IdempotentWrites, viewsets.GenericViewSet[Project]):
    """How a project is billed; the id is the project's."""

    queryset = Project.objects.none()
    serializer_class = BillingSettingsSerializer
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[Project]:
        """The projects whose billing the asker may see."""
        if getattr(self, "swagger_fake_view", False):
            return Project.objects.none()
        return projects_billed(member_of(self.request))

    def retrieve(self, request: Request, pk: int) -> Response:
        """The settings of one project."""
        return _settings(periods.settings_of(self.get_object()))

    def update(self, request: Request, pk: int) -> Response:
        """Say how the project is billed; what is left out stays."""
        project = self.get_object()
        given, stand = entered(BillingSettingsSerializer(data=request.data)), periods.settings_of(project)
        said = {one.name: given.get(one.name, getattr(stand, one.name)) for one in fields(SettingsDetails)}
        # What is left out stays as it was read here, so all of it has to be that still.
        seen = given.get("seen") or periods.seen_of(stand)
        return _settings(periods.save_settings(project, SettingsDetails(**said), by=member_of(request), seen=seen))


def _settings(stand: BillingSettings) -> Response:
    return Response({**BillingSettingsSerializer(stand).data, "seen": periods.seen_of(stand)})


@extend_schema_view(list=extend_schema(parameters=[PROJECT]))
class BillingPeriodViewSet(
    IdempotentWrites, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[BillingPeriod]
):
    """The billing periods of projects, newest first."""

    queryset = BillingPeriod.objects.none()
    serializer_class = PeriodSerializer
    pagination_class = NewestFirst
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[BillingPeriod]:
        """The periods that the asker may see, of the project asked for."""
        if getattr(self, "swagger_fake_view", False):
            return BillingPeriod.objects.none()
        return _narrowed(periods_for(member_of(self.request)), self.request, "project")

    @extend_schema(responses={201: PeriodSerializer})
    def create(self, request: Request) -> Response:
        """Open a period of a project; the one that was open is closed for good."""
        member, given = member_of(request), entered(PeriodSerializer(data=request.data))
        project = get_visible(projects_billed(member), given.pop("project_id"))
        made = periods.open_period(project, PeriodDetails(**given), by=member)
        return Response(PeriodSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=PeriodDaysSerializer, responses=PeriodSerializer)
    def update(self, request: Request, pk: int) -> Response:
        """Give the open period other days."""
        found, given = self.get_object(), entered(PeriodDaysSerializer(data=request.data))
        seen = given.pop("seen")
        saved = periods.edit_period(found, PeriodDetails(**given), by=member_of(request), seen=seen)
        return Response(PeriodSerializer(saved).data)

    @extend_schema(responses=StatusSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def statuses(self, request: Request, pk: int) -> Response:
        """Where each commitment that can be billed, and that the asker may see, stands in the period."""
        member, found = member_of(request), self.get_object()
        rows = invites.commitments_to_bill(member, found.project)
        if is_contact(member):
            rows = commitments_seen_by(member).filter(project=found.project, status__in=BILLABLE)
        return Response(StatusSerializer(invites.billing_statuses(rows, found), many=True).data)

    @extend_schema(request=SendInvites, responses={200: InviteSerializer(many=True)})
    @action(detail=True, methods=["post"], url_path="invites", pagination_class=None)
    def send_invites(self, request: Request, pk: int) -> Response:
        """Ask contacts to bill; the answer is the invites that were just sent."""
        member, found = member_of(request), self.get_object()
        given = entered(SendInvites(data=request.data))
        chosen = _chosen(found, given.get("commitments"), member)
        sent = invites.send_invites(found, chosen, by=member, type=given.get("type"))
        return Response(InviteSerializer(sent, many=True).data)


def _chosen(period: BillingPeriod, wanted: list[int] | None, member: Membership) -> list[Any]:
    if wanted is None:
        statuses = invites.billing_statuses(invites.commitments_to_bill(member, period.project), period)
        return [one.commitment for one in statuses if one.against is None]
    found = [one for one in commitments_seen_by(member).filter(project=period.project) if one.pk in set(wanted)]
    missing = sorted(set(wanted) - {one.pk for one in found})
    if missing:
        sentence = f"There is no such commitment in the project: {', '.join(map(str, missing))}."
        raise InvalidInput(sentence, errors={"commitments": [sentence]})
    return found


@extend_schema_view(list=extend_schema(parameters=[PERIOD, COMMITMENT]))
class BillingInviteViewSet(
    IdempotentWrites, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Invite]
):
    """Invites to bill; a contact finds their own."""

    queryset = Invite.objects.none()
    serializer_class = InviteSerializer
    pagination_class = NewestFirst
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[Invite]:
        """The invites that the asker may see, of the period and commitment asked for."""
        if getattr(self, "swagger_fake_view", False):
            return Invite.objects.none()
        return _narrowed(invites_for(member_of(self.request)), self.request, "period", "commitment")

    @extend_schema(request=AnswerSerializer, responses=InviteSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: int) -> Response:
        """Accept or decline; only its contact can."""
        found, accepts = self.get_object(), entered(AnswerSerializer(data=request.data))["accepts"]
        return Response(InviteSerializer(invites.answer(found, accepts, by=member_of(request))).data)


def _narrowed(rows: QuerySet[Any], request: Request, *names: str) -> QuerySet[Any]:
    """`rows` of the records that the query names by their ids."""
    asked = {name: request.query_params[name] for name in names if request.query_params.get(name)}
    return rows.filter(**{f"{name}_id": int(text) for name, text in asked.items()})


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [
    ("billing-settings", BillingSettingsViewSet, "billing-settings"),
    ("billing-periods", BillingPeriodViewSet, "billing-period"),
    ("billing-invites", BillingInviteViewSet, "billing-invite"),
]
