"""QuickBooks under /api/v1/: the same selectors, operations and refusals as the pages. No token is ever answered."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.selectors import items_for
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.api import member_of
from procore_sync.accounts.described import AsDescribed
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.accounts.web import get_visible
from procore_sync.kit.pagination import NewestFirst
from procore_sync.kit.ticks import RowNumbers
from quickbooks_bridge.bell import ring_refresh
from quickbooks_bridge.connecting import halt
from quickbooks_bridge.connections import obstacle_of
from quickbooks_bridge.importers import operations
from quickbooks_bridge.importers.candidates import (
    SOURCES,
    VIEWS,
    Source,
    Suggestion,
    candidates_for,
    chosen_names,
    exact_matches,
    seen_as,
    with_suggestions,
)
from quickbooks_bridge.lifetimes import countdown
from quickbooks_bridge.models import Connection, LedgerName, Link
from quickbooks_bridge.selectors import connections_for, ledger_names_for, links_for


class ConnectionAnswer(serializers.ModelSerializer[Connection]):
    """The state of a company's connection; `obstacle` says why nothing is sent now, or is empty.

    `ending` says in the last 30 days of a sign-in when and why it ends; `ends_for_good_at` is when it does in any case.
    """

    days_left = serializers.IntegerField(read_only=True, allow_null=True)
    ends_for_good_at = serializers.DateTimeField(read_only=True, allow_null=True)
    obstacle = serializers.SerializerMethodField()
    ending = serializers.SerializerMethodField()

    class Meta:
        model = Connection
        fields = [
            "realm_id",
            "company_name",
            "country",
            "environment",
            "status",
            "obstacle",
            "days_left",
            "ending",
            "ends_for_good_at",
            "renewed_at",
            "is_halted",
            "paused_until",
            "last_good_call_at",
            "customer_mode",
            "features",
            "connected_at",
        ]
        read_only_fields = fields

    def get_obstacle(self, row: Connection) -> str:
        """The sentence that says why nothing is sent now."""
        found = obstacle_of(row)
        return found.sentence if found else ""

    def get_ending(self, row: Connection) -> str:
        """The sentence that says when the sign-in ends, if that is soon."""
        return countdown(row)


class LinkAnswer(serializers.ModelSerializer[Link]):
    """Which QuickBooks record an item is, and how it was last seen."""

    kind = serializers.CharField(source="item.kind", read_only=True)
    label = serializers.CharField(source="item.label", read_only=True)  # type: ignore[assignment]  # the domain's word

    class Meta:
        model = Link
        fields = ["id", "item", "kind", "label", "entity", "remote_id", "name", "total", "verified_at", "health"]
        read_only_fields = fields


class ProposalAnswer(serializers.Serializer[Suggestion]):
    """A record of ours that a name probably is; `score` in percent."""

    item = serializers.IntegerField(source="item.pk")
    label = serializers.CharField(source="item.label")  # type: ignore[assignment]  # the domain's word
    score = serializers.IntegerField()


class CandidateAnswer(serializers.ModelSerializer[LedgerName]):
    """A name that stands in QuickBooks. `code` is the one under which a sub-item comes in whose name is taken, and
    `proposal` what it probably is here, or null.
    """

    code = serializers.SerializerMethodField()
    proposal = serializers.SerializerMethodField()

    class Meta:
        model = LedgerName
        fields = ["id", "entity", "remote_id", "name", "fully_qualified_name", "code", "proposal", "active", "seen_at"]
        read_only_fields = fields

    def get_code(self, row: LedgerName) -> str:
        """Its full name, or nothing where it comes in under its own."""
        return str(self.context["codes"].get(row.pk, ""))

    @extend_schema_field(ProposalAnswer(allow_null=True))
    def get_proposal(self, row: LedgerName) -> dict[str, Any] | None:
        """The likeliest that nobody has dismissed."""
        found = self.context["proposals"].get(row.pk)
        return ProposalAnswer(found).data if found else None


class ItemLink(serializers.Serializer[Any]):
    """Which of our items it is."""

    item = serializers.IntegerField(min_value=1)


class ListOfNames(serializers.Serializer[Any]):
    """One list of QuickBooks; vendors if none is named."""

    entity = serializers.ChoiceField(list(SOURCES), default="vendor")


class ChosenNames(ListOfNames):
    """Names of one list of QuickBooks, by their ids; vendors if no list is named."""

    names = RowNumbers(max_length=500)


class ExactPair(serializers.Serializer[Any]):
    """A name and the record that has it."""

    name = serializers.IntegerField(source="row.pk")
    item = serializers.IntegerField(source="suggestion.item.pk")


class ExactPairsAnswer(serializers.Serializer[Any]):
    """Every name that is exactly one record's; `seen` stands for them, and linking them wants it back."""

    pairs = ExactPair(many=True)
    seen = serializers.CharField()


class ExactPairsSeen(ListOfNames):
    """The `seen` of the pairs that were looked at."""

    seen = serializers.CharField()


class LinkedNames(serializers.Serializer[Any]):
    """How many were linked."""

    linked = serializers.IntegerField()


class ReadingAsked(serializers.Serializer[Any]):
    """Whether a worker reads them now; if none can be asked, they are read within the hour once one can."""

    asked = serializers.BooleanField()


class Stayed(serializers.Serializer[Any]):
    """A name that could not be added, and why."""

    name = serializers.IntegerField()
    sentence = serializers.CharField()


class Done(serializers.Serializer[Any]):
    """Which of our items it is now."""

    item = serializers.IntegerField(allow_null=True)


class ConnectionViewSet(IdempotentWrites, mixins.ListModelMixin, viewsets.GenericViewSet[Connection]):
    """The company's connection: one row, or none."""

    serializer_class = ConnectionAnswer
    pagination_class = NewestFirst
    queryset = Connection.objects.none()

    def get_queryset(self) -> QuerySet[Connection]:
        """The connection of the person's company."""
        if getattr(self, "swagger_fake_view", False):
            return Connection.objects.none()
        return connections_for(member_of(self.request))

    @extend_schema(request=None, responses=ConnectionAnswer)
    @action(detail=False, methods=["post"], pagination_class=None)
    def halt(self, request: Request) -> Response:
        """Pause sending: accepted records wait, and the connection stays."""
        return self._halted(True)

    @extend_schema(request=None, responses=ConnectionAnswer)
    @action(detail=False, methods=["post"], pagination_class=None)
    def resume(self, request: Request) -> Response:
        """Resume sending what waits."""
        return self._halted(False)

    @extend_schema(request=None, responses={202: ReadingAsked})
    @action(detail=False, methods=["post"], pagination_class=None, url_path="read-names")
    def read_names(self, request: Request) -> Response:
        """Have the lists of QuickBooks read now: its vendors, customers, items, accounts and the rest."""
        row = get_object_or_404(self.get_queryset())
        require(member_of(request), Right.VIEW)
        return Response({"asked": ring_refresh(row.pk, full=True)}, status=status.HTTP_202_ACCEPTED)

    def _halted(self, halted: bool) -> Response:
        row = get_object_or_404(self.get_queryset())
        halt(row, halted, by=member_of(self.request))
        return Response(ConnectionAnswer(get_object_or_404(self.get_queryset())).data)


class LinkViewSet(AsDescribed, mixins.ListModelMixin, viewsets.GenericViewSet[Link]):
    """Which record is which in QuickBooks."""

    serializer_class = LinkAnswer
    pagination_class = NewestFirst
    queryset = Link.objects.none()

    def get_queryset(self) -> QuerySet[Link]:
        """The links of the person's company."""
        if getattr(self, "swagger_fake_view", False):
            return Link.objects.none()
        return links_for(member_of(self.request))


@extend_schema_view(
    list=extend_schema(
        parameters=[
            OpenApiParameter("entity", str, enum=list(SOURCES), description="Which list; vendors if left out."),
            OpenApiParameter("view", str, enum=list(VIEWS), description="Ready to import if left out."),
        ]
    ),
    add=extend_schema(request=None, responses=Done),
    link=extend_schema(request=ItemLink, responses=Done),
    archive=extend_schema(request=None, responses=Done),
    bring_back=extend_schema(request=None, responses=Done),
    add_chosen=extend_schema(
        operation_id="quickbooks_candidates_add_chosen", request=ChosenNames, responses=Stayed(many=True), filters=False
    ),
    archive_chosen=extend_schema(
        operation_id="quickbooks_candidates_archive_chosen",
        request=ChosenNames,
        responses=Stayed(many=True),
        filters=False,
    ),
)
class CandidateViewSet(IdempotentWrites, viewsets.GenericViewSet[LedgerName]):
    """What stands in QuickBooks: add it here, link it, or put it away. Nothing there is changed by it."""

    serializer_class = CandidateAnswer
    pagination_class = NewestFirst
    queryset = LedgerName.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[LedgerName]:
        """One list and view of QuickBooks' names; any of the company's names by number."""
        if getattr(self, "swagger_fake_view", False):
            return LedgerName.objects.none()
        member = member_of(self.request)
        if self.action != "list":
            return ledger_names_for(member).filter(entity__in=[one.entity for one in SOURCES.values()])
        return candidates_for(member, self._source(), self.request.query_params.get("view", "ready"))

    def list(self, request: Request) -> Response:
        """One list and view of QuickBooks' names, by name."""
        page = self.paginate_queryset(self.get_queryset()) or []
        told = with_suggestions(member_of(request), self._source(), page)
        found = {
            "codes": {one.row.pk: one.code for one in told},
            "proposals": {one.row.pk: one.suggestion for one in told},
        }
        return self.get_paginated_response(CandidateAnswer(page, many=True, context=found).data)

    def _source(self) -> Source:
        return SOURCES.get(self.request.query_params.get("entity", ""), SOURCES["vendor"])

    def _row(self) -> tuple[LedgerName, Source]:
        row = get_visible(self.get_queryset(), self.kwargs["pk"])
        return row, next(one for one in SOURCES.values() if one.entity == row.entity)

    def _item(self, request: Request) -> ErpItem:
        given = ItemLink(data=request.data)
        given.is_valid(raise_exception=True)
        return get_visible(items_for(member_of(request)).select_related("company"), given.validated_data["item"])

    def _chosen(self) -> tuple[QuerySet[LedgerName], Source]:
        given = ChosenNames(data=self.request.data)
        given.is_valid(raise_exception=True)
        source = SOURCES[given.validated_data["entity"]]
        rows = chosen_names(member_of(self.request), source, given.validated_data["names"])
        return rows, source

    @action(detail=False, methods=["post"], url_path="add", pagination_class=None)
    def add_chosen(self, request: Request) -> Response:
        """Make a record of each of these names, each by itself; answers those that stayed, with why."""
        rows, source = self._chosen()
        stayed = operations.add_each(rows, source, by=member_of(request))
        return Response([{"name": row.pk, "sentence": refusal.sentence} for row, refusal in stayed])

    @action(detail=False, methods=["post"], url_path="archive", pagination_class=None)
    def archive_chosen(self, request: Request) -> Response:
        """Put these names away; the answer is an empty list, since none stays."""
        rows, source = self._chosen()
        operations.archive(rows, source, by=member_of(request))
        return Response([])

    @action(detail=True, methods=["post"])
    def add(self, request: Request, pk: int) -> Response:
        """Make a record here that says what QuickBooks says, and link it."""
        row, source = self._row()
        return Response({"item": operations.add(row, source, by=member_of(request)).pk})

    @action(detail=True, methods=["post"])
    def link(self, request: Request, pk: int) -> Response:
        """Say that one of our records is this name."""
        row, _ = self._row()
        item = self._item(request)
        operations.link_to(row, item, by=member_of(request))
        return Response({"item": item.pk})

    @extend_schema(request=ItemLink, responses=Done)
    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, pk: int) -> Response:
        """Say which of our records it is not; that one is not proposed again."""
        row, source = self._row()
        item = self._item(request)
        operations.dismiss(row, item, source, by=member_of(request))
        return Response({"item": None})

    @extend_schema(parameters=[ListOfNames], responses=ExactPairsAnswer, filters=False)
    @action(detail=False, methods=["get"], url_path="link-exact", pagination_class=None)
    def exact(self, request: Request) -> Response:
        """The names of a list that are exactly one record's each, as linking them all would link them."""
        member = member_of(request)
        asked = ListOfNames(data=request.query_params)
        asked.is_valid(raise_exception=True)
        found = exact_matches(member, SOURCES[asked.validated_data["entity"]])
        return Response(ExactPairsAnswer({"pairs": found, "seen": seen_as(found)}).data)

    @extend_schema(request=ExactPairsSeen, responses=LinkedNames)
    @exact.mapping.post
    def link_exact(self, request: Request) -> Response:
        """Link them all, if they are those that were looked at; all or none."""
        given = ExactPairsSeen(data=request.data)
        given.is_valid(raise_exception=True)
        said = given.validated_data
        linked = operations.link_all_exact(SOURCES[said["entity"]], by=member_of(request), seen=said["seen"])
        return Response({"linked": linked})

    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: int) -> Response:
        """Put the name away."""
        row, source = self._row()
        operations.archive([row], source, by=member_of(request))
        return Response({"item": None})

    @action(detail=True, methods=["post"], url_path="bring-back")
    def bring_back(self, request: Request, pk: int) -> Response:
        """Show an archived name again."""
        row, source = self._row()
        operations.bring_back(row, source, by=member_of(request))
        return Response({"item": None})


#: What the API's composition mounts: (prefix, view set, name).
api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [
    ("quickbooks/connection", ConnectionViewSet, "quickbooks-connection"),
    ("quickbooks/links", LinkViewSet, "quickbooks-link"),
    ("quickbooks/candidates", CandidateViewSet, "quickbooks-candidate"),
]
