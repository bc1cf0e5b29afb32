"""Drift under /api/v1/: the same cards, answers and refusals as the pages."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from procore_sync.accounts.api import member_of
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.accounts.web import get_visible
from procore_sync.kit.pagination import NewestFirst
from quickbooks_bridge.drift.answering import give
from quickbooks_bridge.drift.offers import Answering, Offered, offers_for
from quickbooks_bridge.drift.selectors import VIEWS, drifts_for
from quickbooks_bridge.drift_models import Drift


class DriftField(serializers.Serializer[Any]):
    """One value that differs: as we saw it last, and as QuickBooks holds it."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the domain's word
    ours = serializers.CharField()
    theirs = serializers.CharField()


class OfferedAnswer(serializers.Serializer[Offered]):
    """An answer that the asker may give, or the sentence why not now and where that is cured."""

    answer = serializers.CharField(source="answering")
    label = serializers.CharField()  # type: ignore[assignment]  # the domain's word
    why_not = serializers.CharField(allow_null=True)
    where = serializers.CharField(allow_blank=True, help_text="Where it is cured; empty where that is nowhere else.")


class DriftAnswerShape(serializers.ModelSerializer[Drift]):
    """A card. Answer it with its `state` as what was seen."""

    kind = serializers.CharField(source="item.kind", read_only=True)
    label = serializers.CharField(source="item.label", read_only=True)  # type: ignore[assignment]  # the domain's word
    fields_changed = DriftField(source="fields", many=True, read_only=True)
    offers = serializers.SerializerMethodField()

    class Meta:
        model = Drift
        fields = [
            "id",
            "item",
            "kind",
            "label",
            "entity",
            "remote_id",
            "what",
            "fields_changed",
            "state",
            "into_id",
            "changed_at",
            "changed_by",
            "heard_by",
            "heard_at",
            "answer",
            "answered_at",
            "note",
            "offers",
        ]
        read_only_fields = fields

    @extend_schema(responses=OfferedAnswer(many=True))
    def get_offers(self, card: Drift) -> list[dict[str, Any]]:
        """What the asker may answer."""
        return [dict(OfferedAnswer(one).data) for one in offers_for(card, member_of(self.context["request"]))]


class AnswerRequest(serializers.Serializer[Any]):
    """An answer. `seen` is the card's `state`; `to` is which other one, for `relink` and `follow`."""

    answer = serializers.ChoiceField(choices=[str(one) for one in Answering])
    seen = serializers.CharField()
    note = serializers.CharField(required=False, allow_blank=True, default="")
    to = serializers.CharField(required=False, allow_blank=True, default="")


@extend_schema_view(
    list=extend_schema(
        parameters=[OpenApiParameter("view", str, enum=list(VIEWS), description="All of them if left out.")]
    )
)
class DriftViewSet(IdempotentWrites, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Drift]):
    """What was changed in QuickBooks of documents that were exported, newest first."""

    serializer_class = DriftAnswerShape
    pagination_class = NewestFirst
    queryset = Drift.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[Drift]:
        """The cards that the asker may see."""
        if getattr(self, "swagger_fake_view", False):
            return Drift.objects.none()
        view = self.request.query_params.get("view", "") if self.action == "list" else ""
        return drifts_for(member_of(self.request), view)

    @extend_schema(request=AnswerRequest, responses=DriftAnswerShape)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: int) -> Response:
        """Answer the card."""
        card = get_visible(self.get_queryset(), pk)
        given = AnswerRequest(data=request.data)
        given.is_valid(raise_exception=True)
        give(card, by=member_of(request), **given.validated_data)
        return Response(self.get_serializer(get_visible(self.get_queryset(), pk)).data)


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [("drifts", DriftViewSet, "drift")]
