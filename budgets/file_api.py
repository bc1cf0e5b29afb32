"""Files of budget lines under /api/v1/: posted, previewed and imported, by the same rules as on the pages."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from budgets import imports, selectors
from budgets.models import Budget, BudgetSheet
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.api import GivesFile, entered, member_of
from procore_sync.accounts.models import Membership
from projects.file_api import (
    TEMPLATE_ANSWERS,
    AskedTemplate,
    FileIsGone,
    PostedFile,
    PreviewSerializer,
    template_answer,
)


class LinesPreviewSerializer(PreviewSerializer):
    """What every row of a posted file would do; `seen` stands for what the budget says now of the codes in it."""

    seen = serializers.CharField()


class LinesDecisionSerializer(serializers.Serializer[Any]):
    """Rows to leave out, by their numbers, and the `seen` of the preview that was read, if you like: over lines that
    are otherwise by now nothing is imported (409).
    """

    leave_out = serializers.ListField(child=serializers.IntegerField(), required=False, default=list, max_length=20000)
    seen = serializers.CharField(required=False, allow_blank=True, default="")


class LinesImportedSerializer(serializers.Serializer[Any]):
    """How many lines were added and overwritten."""

    added = serializers.IntegerField()
    changed = serializers.IntegerField()


class FilesOfLines(viewsets.GenericViewSet[Budget]):
    """Lines of a budget that come by file: nothing is imported before somebody has seen what every row would do."""

    @extend_schema(request={"multipart/form-data": PostedFile}, responses={201: LinesPreviewSerializer})
    @action(detail=True, methods=["post"], url_path="files", parser_classes=[MultiPartParser])
    def post_file(self, request: Request, pk: int) -> Response:
        """Post a file; answers with the preview. The rows are kept for a day, nothing is imported yet."""
        budget, member = self._budget()
        kept = imports.upload_lines(entered(PostedFile(data=request.data))["file"], budget, by=member)
        return _preview(kept, status.HTTP_201_CREATED)

    @extend_schema(parameters=[AskedTemplate], responses=TEMPLATE_ANSWERS)
    @action(detail=True, methods=["get"], url_path="files/template", content_negotiation_class=GivesFile)
    def template(self, request: Request, pk: int) -> HttpResponse:
        """A file to fill in: a row for every code of the project, with what its line says now."""
        budget, _ = self._budget()
        return template_answer(request, "budget", partial(imports.template, budget))

    @extend_schema(responses=LinesPreviewSerializer)
    @action(detail=True, methods=["get"], url_path="files/<int:file>")
    def file(self, request: Request, pk: int, file: int) -> Response:
        """What every row of a posted file would do, as things stand now."""
        return _preview(self._sheet(file))

    @extend_schema(request=LinesDecisionSerializer, responses=LinesImportedSerializer)
    @action(detail=True, methods=["post"], url_path="files/<int:file>/import")
    def import_file(self, request: Request, pk: int, file: int) -> Response:
        """Add and overwrite lines as the rows say, all or none; every refused row has to be left out."""
        kept, given = self._sheet(file), entered(LinesDecisionSerializer(data=request.data))
        leave = frozenset(given["leave_out"])
        done = imports.import_lines(kept, by=member_of(request), leave_out=leave, seen=given["seen"])
        return Response(asdict(done))

    def _budget(self) -> tuple[Budget, Membership]:
        member = member_of(self.request)
        budget = self.get_object()
        require(member, Right.IMPORT_BUDGET)
        return budget, member

    def _sheet(self, file: int) -> BudgetSheet:
        budget, member = self._budget()
        kept = selectors.budget_sheets_for(member, budget).filter(pk=file).first()
        if kept is None:
            raise FileIsGone
        kept.budget = budget
        return kept


def _preview(kept: BudgetSheet, code: int = status.HTTP_200_OK) -> Response:
    plan, seen = imports.preview_of(kept)
    about = {"id": kept.pk, "file_name": kept.sheet.file_name, "ignored": kept.sheet.ignored, "columns": plan.columns}
    return Response(LinesPreviewSerializer({**about, "rows": plan.rows, "seen": seen}).data, status=code)
