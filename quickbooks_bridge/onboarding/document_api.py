"""The documents that stand in QuickBooks already, under /api/v1/: read, compared, linked, set aside."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.selectors import items_for
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.api import member_of
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.accounts.web import get_visible
from procore_sync.kit.pagination import NewestFirst
from quickbooks_bridge.onboarding import linking
from quickbooks_bridge.onboarding.api import EntryViewSet, OnboardingViewSet, given_in
from quickbooks_bridge.onboarding.models import OpeningDocument
from quickbooks_bridge.onboarding.proposals import candidates_of, dismissed_of
from quickbooks_bridge.onboarding.records import ours_for
from quickbooks_bridge.onboarding.selectors import documents_for, linked_for, set_aside_for, unmatched_for

VIEWS = {"unmatched": unmatched_for, "linked": linked_for, "aside": set_aside_for}


class DocumentAnswer(serializers.ModelSerializer[OpeningDocument]):
    """An order, estimate, bill or vendor credit of QuickBooks as last read; amounts without tax."""

    linked = serializers.BooleanField(read_only=True)

    class Meta:
        model = OpeningDocument
        fields = [
            "id",
            "entity",
            "remote_id",
            "number",
            "party",
            "day",
            "total",
            "is_open",
            "job_ids",
            "linked",
            "set_aside_at",
            "set_aside_why",
        ]
        read_only_fields = fields


class MatchAnswer(serializers.Serializer[Any]):
    """A record that the document may be, how much speaks for it, and what does."""

    item = serializers.IntegerField(source="ours.item.pk")
    name = serializers.CharField(source="ours.item.label")
    total = serializers.DecimalField(max_digits=14, decimal_places=2, source="ours.total")
    is_exact = serializers.BooleanField()
    score = serializers.IntegerField()
    reasons = serializers.ListField(child=serializers.CharField())


class LinkRequest(serializers.Serializer[Any]):
    """Which item the document is; a note is needed where the totals differ."""

    item = serializers.IntegerField()
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=1000)


class ItemRequest(serializers.Serializer[Any]):
    """Which item the document is not."""

    item = serializers.IntegerField()


class WhyRequest(serializers.Serializer[Any]):
    """Why the document is none of ours."""

    why = serializers.CharField(allow_blank=True, max_length=1000)


class ComparedAnswer(serializers.Serializer[Any]):
    """What was compared: both totals, whether each line is a line there, what is said otherwise, what went along."""

    item = serializers.IntegerField()
    ours = serializers.DecimalField(max_digits=14, decimal_places=2)
    theirs = serializers.DecimalField(max_digits=14, decimal_places=2)
    is_paired = serializers.BooleanField()
    differences = serializers.ListField(child=serializers.CharField())
    change_orders = serializers.ListField(child=serializers.IntegerField())


class OpeningDocumentViewSet(
    IdempotentWrites, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[OpeningDocument]
):
    """What stands in QuickBooks already. Nothing there is changed by it."""

    serializer_class = DocumentAnswer
    pagination_class = NewestFirst
    queryset = OpeningDocument.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[OpeningDocument]:
        """The documents that the asker may see; in a list those of a view."""
        if getattr(self, "swagger_fake_view", False):
            return OpeningDocument.objects.none()
        view = self.request.query_params.get("view", "") if self.action == "list" else ""
        return VIEWS.get(view, documents_for)(member_of(self.request))

    @extend_schema(parameters=[OpenApiParameter("view", str, enum=list(VIEWS), description="All if left out.")])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The documents, newest first."""
        return super().list(request, *args, **kwargs)

    @extend_schema(responses=MatchAnswer(many=True))
    @action(detail=True, pagination_class=None)
    def candidates(self, request: Request, pk: int) -> Response:
        """Every record that it could be, the likeliest first."""
        found, member = self.get_object(), member_of(request)
        dismissed = dismissed_of(found)
        near = [one for one in candidates_of(found, ours_for(member)) if one.ours.item.pk not in dismissed]
        return Response(MatchAnswer(near, many=True).data)

    @extend_schema(request=LinkRequest, responses=ComparedAnswer)
    @action(detail=True, methods=["post"])
    def link(self, request: Request, pk: int) -> Response:
        """Say which record it is."""
        found = self._found(request)
        said = given_in(LinkRequest, request)
        item = self._item(request, said["item"])
        told = linking.link_document(found, item, by=member_of(request), note=said["note"])
        answer = {
            "item": item.pk,
            "ours": told.ours,
            "theirs": told.theirs,
            "is_paired": told.is_paired,
            "differences": [str(one) for one in told.differences],
            "change_orders": [one.pk for one in told.changes],
        }
        return Response(ComparedAnswer(answer).data)

    @extend_schema(request=ItemRequest, responses=DocumentAnswer)
    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, pk: int) -> Response:
        """Say which record it is not."""
        found = self._found(request)
        linking.dismiss(found, self._item(request, given_in(ItemRequest, request)["item"]), by=member_of(request))
        return Response(DocumentAnswer(self.get_object()).data)

    @extend_schema(request=WhyRequest, responses=DocumentAnswer)
    @action(detail=True, methods=["post"], url_path="set-aside")
    def set_aside(self, request: Request, pk: int) -> Response:
        """Say that it is none of ours."""
        linking.set_aside(self._found(request), why=given_in(WhyRequest, request)["why"], by=member_of(request))
        return Response(DocumentAnswer(self.get_object()).data)

    @extend_schema(request=None, responses=DocumentAnswer)
    @action(detail=True, methods=["post"], url_path="bring-back")
    def bring_back(self, request: Request, pk: int) -> Response:
        """Count it again."""
        linking.bring_back(self._found(request), by=member_of(request))
        return Response(DocumentAnswer(self.get_object()).data)

    def _found(self, request: Request) -> OpeningDocument:
        require(member_of(request), Right.MAP)
        return self.get_object()

    def _item(self, request: Request, number: int) -> ErpItem:
        return get_visible(items_for(member_of(request)).select_related("company"), number)


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [
    ("quickbooks/onboarding", OnboardingViewSet, "quickbooks-onboarding"),
    ("quickbooks/onboarding-entries", EntryViewSet, "quickbooks-onboarding-entry"),
    ("quickbooks/opening-documents", OpeningDocumentViewSet, "quickbooks-opening-document"),
]
