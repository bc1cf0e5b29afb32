"""The job costs of a project under /api/v1/: the same figures as its page."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from budgets.job_costs import COLUMNS, Figures, job_costs_of
from procore_sync.accounts.api import member_of
from procore_sync.accounts.described import AsDescribed
from projects.models import Project
from projects.selectors import projects_for


class FiguresAnswer(serializers.Serializer[Any]):
    """The money of a cost code or of the whole project."""

    budget = serializers.DecimalField(max_digits=18, decimal_places=2)
    committed = serializers.DecimalField(max_digits=18, decimal_places=2)
    invoiced = serializers.DecimalField(max_digits=18, decimal_places=2)
    paid = serializers.DecimalField(max_digits=18, decimal_places=2)
    direct = serializers.DecimalField(max_digits=18, decimal_places=2)
    to_date = serializers.DecimalField(max_digits=18, decimal_places=2)


class JobCostAnswer(FiguresAnswer):
    """A cost code and its figures."""

    cost_code = serializers.IntegerField()
    code = serializers.CharField()
    description = serializers.CharField()


class JobCostsAnswer(serializers.Serializer[Any]):
    """A project's figures; `uncoded` is in the total and in no row. `meaning` says what each figure is."""

    rows = JobCostAnswer(many=True)
    uncoded = serializers.DecimalField(max_digits=18, decimal_places=2)
    total = FiguresAnswer()
    meaning = serializers.DictField(child=serializers.CharField())


class JobCostsViewSet(AsDescribed, viewsets.GenericViewSet[Project]):
    """What a project has cost by cost code; the id is the project's."""

    serializer_class = JobCostsAnswer
    queryset = Project.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[Project]:
        """The projects that the asker may see."""
        if getattr(self, "swagger_fake_view", False):
            return Project.objects.none()
        return projects_for(member_of(self.request))

    @extend_schema(responses=JobCostsAnswer)
    def retrieve(self, request: Request, pk: int) -> Response:
        """The figures of one project."""
        found = job_costs_of(self.get_object())
        rows = [
            {"cost_code": row.code.pk, "code": row.code.code, "description": row.code.description, **_said(row.figures)}
            for row in found.rows
        ]
        meaning = {key: help_text for key, _, help_text in COLUMNS}
        told = {"rows": rows, "uncoded": found.uncoded, "total": _said(found.total), "meaning": meaning}
        return Response(JobCostsAnswer(told).data)


def _said(figures: Figures) -> dict[str, Any]:
    return {key: getattr(figures, key) for key, _, _ in COLUMNS}


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [("job-costs", JobCostsViewSet, "job-cost")]
