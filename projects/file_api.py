"""Files of records under /api/v1/: posted, previewed and imported, by the same rules as on the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from procore_sync.accounts.access import Right, require
from procore_sync.accounts.api import GivesFile, member_of
from procore_sync.accounts.idempotency import IdempotentWrites
from projects.import_views import TYPES
from projects.models import ImportSheet
from projects.selectors import sheets_for
from projects.sheets import PlannedRow, SheetKind, State, import_sheet, plan_of, upload_sheet


class PostedFile(serializers.Serializer[Any]):
    """A CSV or XLSX file, as a form posts it (multipart/form-data)."""

    file = serializers.FileField()


class AskedTemplate(serializers.Serializer[Any]):
    """As which kind of file."""

    form = serializers.ChoiceField([(one, one) for one in TYPES], default="csv")


#: How an operation that gives a template describes itself.
TEMPLATE_ANSWERS = {(200, content_type): OpenApiTypes.BINARY for content_type in TYPES.values()}


def template_answer(request: Request, name: str, made: Callable[[str], bytes]) -> HttpResponse:
    """The file to fill in, as asked for; `made` gives its bytes.

    Raises:
        ValidationError: it is asked for as what no file comes as.
    """
    asked = AskedTemplate(data=request.query_params)
    asked.is_valid(raise_exception=True)
    form = asked.validated_data["form"]
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return HttpResponse(made(form), content_type=TYPES[form], headers=headers)


class FileIsGone(NotFound):
    """Of the file that was posted nothing is kept, or it is not the asker's to see."""

    default_detail = "There is no such file. Its rows are kept for a day, or until they are imported: post it again."


class WrongSerializer(serializers.Serializer[Any]):
    """One thing wrong with a row; `column` is empty if it is the row as a whole."""

    column = serializers.CharField()
    value = serializers.CharField()
    sentence = serializers.CharField()


class NearSerializer(serializers.Serializer[Any]):
    """A record or an earlier row that may mean the same; `confidence` in percent."""

    name = serializers.CharField()
    where = serializers.CharField()
    confidence = serializers.IntegerField()


class RowSerializer(serializers.Serializer[PlannedRow]):
    """A row of the file, by its line, and what would become of it."""

    number = serializers.IntegerField()
    state = serializers.ChoiceField(choices=[(one.value, one.value) for one in State])
    cells = serializers.ListField(child=serializers.CharField())
    wrong = WrongSerializer(many=True)
    near = NearSerializer(many=True)


class PreviewSerializer(serializers.Serializer[Any]):
    """What every row of a posted file would do. `ignored` are headings that nobody knows."""

    id = serializers.IntegerField()
    file_name = serializers.CharField()
    ignored = serializers.ListField(child=serializers.CharField())
    columns = serializers.ListField(child=serializers.CharField())
    rows = RowSerializer(many=True)


class DecisionSerializer(serializers.Serializer[Any]):
    """Rows by their numbers: those to leave out, and those to import though they may be duplicates."""

    leave_out = serializers.ListField(child=serializers.IntegerField(), required=False, default=list, max_length=20000)
    import_anyway = serializers.ListField(
        child=serializers.IntegerField(), required=False, default=list, max_length=20000
    )


class ImportedSerializer(serializers.Serializer[Any]):
    """The ids of the records that were made."""

    imported = serializers.ListField(child=serializers.IntegerField())


class FilesOfRecords(IdempotentWrites, viewsets.GenericViewSet[Any]):
    """Records that may come by file: nothing is imported before somebody has seen what every row would do."""

    sheet_kind: ClassVar[SheetKind[Any, Any]]

    @extend_schema(request={"multipart/form-data": PostedFile}, responses={201: PreviewSerializer})
    @action(detail=False, methods=["post"], url_path="files", parser_classes=[MultiPartParser])
    def post_file(self, request: Request) -> Response:
        """Post a file; answers with the preview. The rows are kept for a day, nothing is imported yet."""
        member = member_of(request)
        require(member, Right.EDIT)
        posted = PostedFile(data=request.data)
        posted.is_valid(raise_exception=True)
        sheet = upload_sheet(posted.validated_data["file"], self.sheet_kind, by=member)
        return Response(self._preview(sheet), status=status.HTTP_201_CREATED)

    @extend_schema(parameters=[AskedTemplate], responses=TEMPLATE_ANSWERS, filters=False)
    @action(
        detail=False,
        methods=["get"],
        url_path="files/template",
        pagination_class=None,
        content_negotiation_class=GivesFile,
    )
    def template(self, request: Request) -> HttpResponse:
        """An empty file to fill in, with the headings that are known."""
        require(member_of(request), Right.EDIT)
        name = f"{self.sheet_kind.keeper.kind.replace('_', '-')}s"
        return template_answer(request, name, self.sheet_kind.template)

    @extend_schema(responses=PreviewSerializer)
    @action(detail=False, methods=["get"], url_path="files/<int:file>")
    def file(self, request: Request, file: int) -> Response:
        """What every row of a posted file would do, as things stand now."""
        return Response(self._preview(self._sheet(request, file)))

    @extend_schema(request=DecisionSerializer, responses=ImportedSerializer)
    @action(detail=False, methods=["post"], url_path="files/<int:file>/import")
    def import_file(self, request: Request, file: int) -> Response:
        """Import every row that is not there yet, all or none; every refused or near row has to be decided."""
        sheet, member = self._sheet(request, file), member_of(request)
        decision = DecisionSerializer(data=request.data)
        decision.is_valid(raise_exception=True)
        leave, anyway = (frozenset(decision.validated_data[name]) for name in ("leave_out", "import_anyway"))
        made = import_sheet(sheet, self.sheet_kind, by=member, leave_out=leave, import_anyway=anyway - leave)
        return Response({"imported": [record.pk for record in made]})

    def _sheet(self, request: Request, file: int) -> ImportSheet:
        member = member_of(request)
        require(member, Right.EDIT)
        found = sheets_for(member, self.sheet_kind.keeper.kind).filter(pk=file).first()
        if found is None:
            raise FileIsGone
        return found

    def _preview(self, sheet: ImportSheet) -> dict[str, Any]:
        plan = plan_of(sheet, self.sheet_kind)
        about = {"id": sheet.pk, "file_name": sheet.file_name, "ignored": sheet.ignored, "columns": plan.columns}
        return dict(PreviewSerializer({**about, "rows": plan.rows}).data)
