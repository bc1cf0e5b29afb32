"""Tie-outs under /api/v1/: the figures of the page, and signing them off."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from procore_sync.accounts.api import member_of
from procore_sync.accounts.described import AsDescribed
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.kit.pagination import NewestFirst
from projects.models import Project
from projects.selectors import projects_for
from quickbooks_bridge.models import TieOutSignOff
from quickbooks_bridge.reconciling.books import COLUMNS
from quickbooks_bridge.tie_out_signing import frozen, sign_off, sign_offs_for
from quickbooks_bridge.tie_outs import tie_out_of


class TieOutAnswer(serializers.Serializer[Any]):
    """A project on both sides. Money is text with two places; `meaning` says what each figure is, and `seen` is what is
    given back to sign off exactly this.
    """

    project = serializers.IntegerField()
    seen = serializers.CharField()
    quickbooks_read_at = serializers.DateTimeField(allow_null=True)
    ties = serializers.BooleanField()
    console = serializers.DictField(child=serializers.CharField())
    quickbooks = serializers.DictField(child=serializers.CharField())
    difference = serializers.DictField(child=serializers.CharField())
    rows = serializers.ListField(child=serializers.DictField())
    not_ours = serializers.ListField(child=serializers.DictField())
    meaning = serializers.DictField(child=serializers.CharField())


class SignOffAnswer(serializers.ModelSerializer[TieOutSignOff]):
    """Who signed which figures of a month."""

    signed_by = serializers.CharField(read_only=True)
    signed_again = serializers.BooleanField(
        read_only=True, help_text="Whether the same month was signed later; the newest is what stands."
    )

    class Meta:
        model = TieOutSignOff
        fields = ["id", "project", "month", "ties", "remark", "figures", "signed_by", "signed_at", "signed_again"]
        read_only_fields = fields


class SignOffRequest(serializers.Serializer[Any]):
    """Any day of the month, and `seen` of the tie-out as it was read; a remark is needed where the sides differ."""

    month = serializers.DateField()
    seen = serializers.CharField()
    remark = serializers.CharField(required=False, allow_blank=True, default="")


class TieOutViewSet(IdempotentWrites, viewsets.GenericViewSet[Project]):
    """Console and QuickBooks side by side; the id is the project's."""

    serializer_class = TieOutAnswer
    queryset = Project.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[Project]:
        """The projects that the asker may see."""
        if getattr(self, "swagger_fake_view", False):
            return Project.objects.none()
        return projects_for(member_of(self.request))

    @extend_schema(responses=TieOutAnswer)
    def retrieve(self, request: Request, pk: int) -> Response:
        """The tie-out of one project as it is now."""
        found = tie_out_of(self.get_object(), member_of(request))
        return Response({**frozen(found), "seen": found.seen, "meaning": {key: meaning for key, _, meaning in COLUMNS}})

    @extend_schema(request=SignOffRequest, responses={201: SignOffAnswer})
    @action(detail=True, methods=["post"], url_path="sign-off")
    def sign_off(self, request: Request, pk: int) -> Response:
        """Stand for it, for a month."""
        project, given = self.get_object(), SignOffRequest(data=request.data)
        given.is_valid(raise_exception=True)
        made = sign_off(project, **given.validated_data, by=member_of(request))
        return Response(SignOffAnswer(made).data, status=status.HTTP_201_CREATED)


class SignOffViewSet(AsDescribed, mixins.ListModelMixin, viewsets.GenericViewSet[TieOutSignOff]):
    """The sign-offs of the company's projects, newest first."""

    serializer_class = SignOffAnswer
    pagination_class = NewestFirst
    queryset = TieOutSignOff.objects.none()

    def get_queryset(self) -> QuerySet[TieOutSignOff]:
        """The sign-offs that the asker may see."""
        if getattr(self, "swagger_fake_view", False):
            return TieOutSignOff.objects.none()
        return sign_offs_for(member_of(self.request))


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [
    ("tie-outs", TieOutViewSet, "tie-out"),
    ("tie-out-sign-offs", SignOffViewSet, "tie-out-sign-off"),
]
