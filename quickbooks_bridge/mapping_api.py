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
from projects.models import Project
from projects.selectors import projects_for
from quickbooks_bridge.defaults import Default, choose_defaults, choose_usual, defaults_of, usual_of
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
    options = serializers.SerializerMethodField()

    @extend_schema_field(OptionAnswer(many=True))
    def get_options(self, default: Default) -> list[dict[str, str]]:
        """The names that it can be mapped to."""
        return [{"id": remote_id, "name": name} for remote_id, name in default.options]


class _Choice(serializers.CharField):
    def __init__(self) -> None:
        super().__init__(required=False, allow_blank=True, help_text="A QuickBooks id, or empty for nothing.")


class ChosenMappings(serializers.Serializer[Any]):
    """QuickBooks ids by thing; what is left out stays as it is."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """One for each thing."""
        return {str(thing): _Choice() for thing in Thing}


class ChosenProjectMappings(serializers.Serializer[Any]):
    """QuickBooks ids of the class and the location of a project's bills; what is left out stays as it is."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`class` is no name that Python takes."""
        return {str(thing): _Choice() for thing in (Thing.CLASS, Thing.LOCATION)}


class MappingViewSet(IdempotentWrites, viewsets.ViewSet):
    """What stands already when an approver picks; he can always choose otherwise."""

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

    def _answer(self, request: Request) -> Response:
        return Response(MappingAnswer(defaults_of(member_of(request).company_id), many=True).data)

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

    def _project(self, request: Request, pk: int) -> Project:
        return get_object_or_404(projects_for(member_of(request)), pk=pk)

    def _answer(self, row: Connection, project: Project) -> Response:
        return Response(MappingAnswer(usual_of(row, project), many=True).data)


def _row(request: Request) -> Connection:
    return get_object_or_404(connections_for(member_of(request)))


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [
    ("quickbooks/mappings", MappingViewSet, "quickbooks-mappings"),
    ("quickbooks/project-mappings", ProjectMappingViewSet, "quickbooks-project-mappings"),
]
