"""The mappings under /api/v1/: what stands already when an approver picks, for the company and for a project."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_serializer
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from procore_sync.accounts.access import Right, require
from procore_sync.accounts.api import entered, member_of
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.kit.ticks import RowNumbers
from projects.models import Project
from projects.selectors import projects_for
from quickbooks_bridge.defaults import (
    Default,
    Tried,
    choose_defaults,
    choose_usual,
    defaults_of,
    seen_of,
    try_defaults,
    try_usual,
    usual_of,
)
from quickbooks_bridge.mapping_bench import MOST_PAST, Bench, bench_for
from quickbooks_bridge.models import Connection, Thing
from quickbooks_bridge.selectors import connections_for


class OptionAnswer(serializers.Serializer[Any]):
    """An active name of QuickBooks."""

    id = serializers.CharField()
    name = serializers.CharField()


@extend_schema_serializer(many=False)
class MappingAnswer(serializers.Serializer[Any]):
    """What a thing is mapped to, by QuickBooks id ("" for nothing), and what it can be."""

    thing = serializers.ChoiceField(Thing.choices)
    label = serializers.CharField()  # type: ignore[assignment]  # the name of a field of the answer
    chosen = serializers.CharField()
    seen = serializers.SerializerMethodField(
        help_text="Stands for all mappings of this answer; give it back when choosing."
    )
    options = serializers.SerializerMethodField()

    def get_seen(self, default: Default) -> str:
        """What is chosen of all that are answered together, as a digest."""
        return str(self.context["seen"])

    @extend_schema_field(OptionAnswer(many=True))
    def get_options(self, default: Default) -> list[dict[str, str]]:
        """The names that it can be mapped to."""
        return [{"id": remote_id, "name": name} for remote_id, name in default.options]


class _Choice(serializers.CharField):
    def __init__(self) -> None:
        super().__init__(required=False, allow_blank=True, help_text="A QuickBooks id, or empty for nothing.")


class ChosenMappings(serializers.Serializer[Any]):
    """QuickBooks ids by thing; what is left out stays as it is. Each change stands among those of the settings. With
    `seen`, that of the answer that was looked at, nothing is saved once somebody has chosen otherwise.
    """

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """One for each thing."""
        return {**{str(thing): _Choice() for thing in Thing}, "seen": _seen()}


class ChosenProjectMappings(serializers.Serializer[Any]):
    """QuickBooks ids of the class and the location of a project's bills; what is left out stays as it is. `seen` as of
    the company's.
    """

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`class` is no name that Python takes."""
        return {**{str(thing): _Choice() for thing in (Thing.CLASS, Thing.LOCATION)}, "seen": _seen()}


class PreviewedMappings(serializers.Serializer[Any]):
    """Mappings to try, and with which bills in QuickBooks; else with the latest that use what would change."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """One for each thing, and the past ones."""
        return {**{str(thing): _Choice() for thing in Thing}, "past": _past()}


class PreviewedProjectMappings(serializers.Serializer[Any]):
    """The same of a project's own."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Its two, and the past ones."""
        return {**{str(thing): _Choice() for thing in (Thing.CLASS, Thing.LOCATION)}, "past": _past()}


def _seen() -> serializers.CharField:
    return serializers.CharField(required=False)


def _past() -> RowNumbers:
    return RowNumbers(required=False, max_length=MOST_PAST, help_text="Items of invoices that are in QuickBooks.")


class MappingChange(serializers.Serializer[Any]):
    """A mapping that would change, by the names of QuickBooks; "" for nothing."""

    thing = serializers.ChoiceField(Thing.choices)
    label = serializers.CharField()  # type: ignore[assignment]  # the name of a field of the answer
    before = serializers.CharField()
    after = serializers.CharField()


class TriedValue(serializers.Serializer[Any]):
    """A value of a posting, as it is made now and as it would be."""

    label = serializers.CharField()  # type: ignore[assignment]  # the name of a field of the answer
    before = serializers.CharField()
    after = serializers.CharField()


class TriedLineAnswer(serializers.Serializer[Any]):
    """A line that would change; its amount stays."""

    line = serializers.CharField(source="key")
    amount = serializers.DecimalField(max_digits=14, decimal_places=2)
    values = TriedValue(source="cells", many=True)


class TriedRecordAnswer(serializers.Serializer[Any]):
    """What would change of one posting; nothing, if both lists are empty."""

    item = serializers.IntegerField(source="item.pk")
    kind = serializers.CharField(source="item.kind")
    label = serializers.CharField(source="item.label")  # type: ignore[assignment]  # the name of a field of the answer
    changes = serializers.BooleanField()
    facts = TriedValue(many=True)
    lines = TriedLineAnswer(many=True)
    first_acceptance_lapses = serializers.BooleanField(source="lapses")
    went_otherwise = serializers.BooleanField(
        help_text="For a past posting: whether it went to QuickBooks differently from how it would be made now."
    )


@extend_schema_serializer(many=False)
class MappingPreviewAnswer(serializers.Serializer[Any]):
    """What a change of mappings would do to what waits and, as if they came now, to past bills. Nothing is saved."""

    changes = MappingChange(many=True)
    waiting = TriedRecordAnswer(many=True)
    waiting_count = serializers.IntegerField(help_text="How many wait; at most 200 of them are tried, oldest first.")
    past = TriedRecordAnswer(many=True)
    on_their_way = serializers.IntegerField(help_text="Accepted and not in QuickBooks yet; they go as accepted.")
    there = serializers.IntegerField(help_text="In QuickBooks; they are not rewritten.")
    stays = serializers.ListField(child=serializers.CharField())


class MappingViewSet(IdempotentWrites, viewsets.ViewSet):
    """What stands already when an approver picks; they can always choose otherwise."""

    @extend_schema(responses=MappingAnswer(many=True))
    def list(self, request: Request) -> Response:
        """The company's, as far as QuickBooks has something to choose."""
        require(member_of(request), Right.VIEW)
        return self._answer(request)

    @extend_schema(request=ChosenMappings, responses=MappingAnswer(many=True))
    @action(detail=False, methods=["post"])
    def choose(self, request: Request) -> Response:
        """Choose some of the company's."""
        choose_defaults(self._row(request), entered(ChosenMappings(data=request.data)), by=member_of(request))
        return self._answer(request)

    @extend_schema(request=PreviewedMappings, responses=MappingPreviewAnswer)
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        """What choosing them would do to what waits and to past bills; nothing is saved."""
        row, given = self._row(request), entered(PreviewedMappings(data=request.data))
        return _previewed(request, given, try_defaults(row, given))

    def _answer(self, request: Request) -> Response:
        return _answered(defaults_of(member_of(request).company_id))

    def _row(self, request: Request) -> Connection:
        require(member_of(request), Right.MAP)
        return _row(request)


class ProjectMappingViewSet(IdempotentWrites, viewsets.ViewSet):
    """The class and the location that are usual for a project's bills, as far as QuickBooks tracks them."""

    lookup_value_converter = "int"

    @extend_schema(responses=MappingAnswer(many=True))
    def retrieve(self, request: Request, pk: int) -> Response:
        """Those of one project."""
        require(member_of(request), Right.VIEW)
        project = self._project(request, pk)
        return self._answer(_row(request), project)

    @extend_schema(request=ChosenProjectMappings, responses=MappingAnswer(many=True))
    @action(detail=True, methods=["post"])
    def choose(self, request: Request, pk: int) -> Response:
        """Choose them; what is accepted stays as it is."""
        require(member_of(request), Right.MAP)
        project, row = self._project(request, pk), _row(request)
        choose_usual(row, project, entered(ChosenProjectMappings(data=request.data)), by=member_of(request))
        return self._answer(row, project)

    @extend_schema(request=PreviewedProjectMappings, responses=MappingPreviewAnswer)
    @action(detail=True, methods=["post"])
    def preview(self, request: Request, pk: int) -> Response:
        """What choosing them would do to the project's bills; nothing is saved."""
        require(member_of(request), Right.MAP)
        project, row = self._project(request, pk), _row(request)
        given = entered(PreviewedProjectMappings(data=request.data))
        return _previewed(request, given, try_usual(row, project, given))

    def _project(self, request: Request, pk: int) -> Project:
        return get_object_or_404(projects_for(member_of(request)), pk=pk)

    def _answer(self, row: Connection, project: Project) -> Response:
        return _answered(usual_of(row, project))


def _row(request: Request) -> Connection:
    return get_object_or_404(connections_for(member_of(request)))


def _answered(stand: list[Default]) -> Response:
    return Response(MappingAnswer(stand, many=True, context={"seen": seen_of(stand)}).data)


def _previewed(request: Request, given: dict[str, Any], tried: Tried) -> Response:
    found: Bench = bench_for(member_of(request), tried, given.get("past"))
    return Response(MappingPreviewAnswer(found).data)


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [
    ("quickbooks/mappings", MappingViewSet, "quickbooks-mappings"),
    ("quickbooks/project-mappings", ProjectMappingViewSet, "quickbooks-project-mappings"),
]
