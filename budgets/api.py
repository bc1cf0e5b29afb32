"""Budgets under /api/v1/: the same selectors, operations and refusals as the pages."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from budgets import operations, selectors
from budgets.columns import COLUMNS, view_of
from budgets.file_api import FilesOfLines
from budgets.filters import BUDGET_LIST
from budgets.models import Budget, BudgetChange, BudgetLine
from budgets.rules import ChangeDetails, LineDetails, Move, details_of_line
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.api import member_of
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.kit.pagination import NewestFirst
from projects.api import NARROWED_BY, RecordSerializer, text
from projects.models import Project, ProjectCostCode
from projects.selectors import projects_for


def _number(**options: Any) -> serializers.DecimalField:
    """A number whose limits are the operation's, so that its sentence is the answer."""
    given = {"required": False, "allow_null": True, **options}
    return serializers.DecimalField(max_digits=40, decimal_places=12, **given)


class BudgetAnswer(RecordSerializer):
    """The budget of a project. `revised` is its original amounts and every change of it."""

    project = serializers.IntegerField(source="project_id")
    project_name = serializers.CharField(source="project.name", read_only=True)
    is_locked = serializers.BooleanField(read_only=True)
    locked_on = serializers.DateField(read_only=True, allow_null=True)
    may_change_total = serializers.BooleanField(required=False, default=False)
    line_count = serializers.IntegerField(read_only=True)
    revised = serializers.DecimalField(source="erp.amount", max_digits=14, decimal_places=2, read_only=True)


class ColumnAnswer(serializers.Serializer[Any]):
    """A column of the budget view: its key in the amounts, its heading and what it is made of."""

    key = serializers.CharField()
    heading = serializers.CharField()
    formula = serializers.CharField()
    calculated = serializers.BooleanField()


#: A money field a column, by its key.
AmountsAnswer = type(
    "AmountsAnswer",
    (serializers.Serializer,),
    {
        **{column.key: serializers.DecimalField(max_digits=18, decimal_places=2) for column in COLUMNS},
        "__doc__": "Every column of a row, by its key.",
    },
)


class RowAnswer(serializers.Serializer[Any]):
    """A row of the view: a line, costs of a code without a line, or costs without a code. `warning` says what is below
    zero."""

    kind = serializers.CharField()
    line = serializers.IntegerField(source="number", allow_null=True)
    cost_code = serializers.IntegerField(source="code_id", allow_null=True)
    code = serializers.CharField(allow_blank=True)
    description = serializers.CharField(allow_blank=True)
    amounts = AmountsAnswer()
    warning = serializers.CharField(allow_blank=True)


class BudgetViewAnswer(BudgetAnswer):
    """A budget with every row and column; `total` is the sum of the rows, `columns` say what each amount means."""

    columns = ColumnAnswer(many=True, read_only=True)
    rows = RowAnswer(many=True, read_only=True)
    total = AmountsAnswer(read_only=True)


class OpenBudget(serializers.Serializer[Any]):
    """Which project gets a budget."""

    project = serializers.IntegerField()
    may_change_total = serializers.BooleanField(required=False, default=False)
    external_ref = serializers.CharField(required=False, allow_null=True, allow_blank=True, default=None)


class BudgetSettings(serializers.Serializer[Any]):
    """Whether changes may alter the grand total; `edition` is the budget's that you read."""

    may_change_total = serializers.BooleanField()
    edition = serializers.IntegerField()


class LineAnswer(serializers.ModelSerializer[BudgetLine]):
    """A line of a budget. `number` is its identity for ever; `edition` must come back with a change. `direct_cost`
    was typed, and counts only where the company types direct costs."""

    cost_code = serializers.IntegerField(source="code.cost_code_id", read_only=True)
    code = serializers.CharField(source="code.cost_code.code", read_only=True)

    class Meta:
        model = BudgetLine
        fields = [
            "number",
            "edition",
            "cost_code",
            "code",
            "description",
            "manual",
            "quantity",
            "uom",
            "unit_cost",
            "original",
            "direct_cost",
            "added_later",
        ]
        read_only_fields = fields


class LineGiven(serializers.Serializer[Any]):
    """An amount typed by hand, or quantity and unit cost; `manual` says which, or it follows from what is given."""

    description = text()
    manual = serializers.BooleanField(required=False, allow_null=True)
    quantity = _number()
    uom = text()
    unit_cost = _number()
    amount = _number()


class NewLine(LineGiven):
    """A new line for a cost code (its id) of the project."""

    cost_code = serializers.IntegerField()


class EditedLine(LineGiven):
    """What changes on a line; `edition` is the line's that you read."""

    edition = serializers.IntegerField()


class TypedCost(serializers.Serializer[Any]):
    """A direct cost that is typed; `edition` is the line's that you read."""

    amount = _number(required=True, allow_null=False)
    edition = serializers.IntegerField()


class MoveAnswer(serializers.Serializer[Any]):
    """What a change adds to a line."""

    line = serializers.IntegerField(source="line.number")
    code = serializers.CharField(source="line.code.cost_code.code")
    amount = serializers.DecimalField(max_digits=14, decimal_places=2)


class ChangeAnswer(serializers.ModelSerializer[BudgetChange]):
    """A change of a locked budget."""

    made_by = serializers.CharField(source="made_by.user.name", read_only=True, default=None, allow_null=True)
    lines = MoveAnswer(source="lines.all", many=True, read_only=True)

    class Meta:
        model = BudgetChange
        fields = ["number", "made_on", "notes", "made_by", "made_at", "lines"]
        read_only_fields = fields


class MoveGiven(serializers.Serializer[Any]):
    """An amount for a line (its number); below zero where money leaves it."""

    line = serializers.IntegerField()
    amount = _number(required=True, allow_null=False)


class NewChange(serializers.Serializer[Any]):
    """A change: its date, why, and what it adds to lines. The amounts come to nothing unless the budget lets them."""

    made_on = serializers.DateField()
    notes = text()
    lines = MoveGiven(many=True)


class BudgetViewSet(IdempotentWrites, FilesOfLines):
    """The budgets of the company's projects."""

    serializer_class = BudgetAnswer
    pagination_class = NewestFirst
    queryset = Budget.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[Budget]:
        """The budgets that the asker may see."""
        if getattr(self, "swagger_fake_view", False):
            return Budget.objects.none()
        return selectors.budgets_for(member_of(self.request))

    @extend_schema(
        parameters=[
            *NARROWED_BY,
            OpenApiParameter("project", int, description="Only that of the project with this id."),
        ]
    )
    def list(self, request: Request) -> Response:
        """The company's budgets, newest first."""
        rows, project = self.get_queryset(), request.query_params.get("project")
        rows = rows.filter(project_id=int(project)) if project else rows
        page = self.paginate_queryset(BUDGET_LIST.narrow(rows, request.query_params))
        return self.get_paginated_response(BudgetAnswer(page, many=True).data)

    @extend_schema(responses=BudgetViewAnswer)
    def retrieve(self, request: Request, pk: int) -> Response:
        """A budget with every column of every line."""
        budget = self.get_object()
        view = view_of(budget)
        answer = BudgetAnswer(budget).data
        answer["columns"] = ColumnAnswer([column._asdict() for column in view.columns], many=True).data
        answer["rows"] = RowAnswer(view.rows, many=True).data
        answer["total"] = AmountsAnswer(view.total).data
        return Response(answer)

    @extend_schema(request=OpenBudget, responses={201: BudgetAnswer, 200: BudgetAnswer})
    def create(self, request: Request) -> Response:
        """Open a budget (201), or give back the one that came under the same `external_ref` (200)."""
        member = member_of(request)
        require(member, Right.EDIT)
        given = _given(OpenBudget, request)
        project = projects_for(member).filter(pk=given["project"]).first()
        if project is None:
            raise serializers.ValidationError({"project": ["The company has no project with this id."]})
        reference = given["external_ref"] or None
        known = reference is not None and self.get_queryset().filter(erp__external_ref=reference).exists()
        made = operations.open_budget(
            project, by=member, may_change_total=given["may_change_total"], external_ref=reference
        )
        return self._answer(made.pk, status.HTTP_200_OK if known else status.HTTP_201_CREATED)

    @extend_schema(request=BudgetSettings, responses=BudgetAnswer)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Let changes alter the grand total, or not."""
        budget, given = self.get_object(), _given(BudgetSettings, request)
        may_change = given["may_change_total"]
        operations.edit_budget(budget, may_change_total=may_change, by=member_of(request), seen=given["edition"])
        return self._answer(budget.pk)

    @extend_schema(request=None, responses=BudgetAnswer)
    @action(detail=True, methods=["post"])
    def lock(self, request: Request, pk: int) -> Response:
        """Lock the original amounts, so that the budget can be sent."""
        return self._answer(operations.lock(self.get_object(), by=member_of(request)).pk)

    @extend_schema(request=None, responses=BudgetAnswer)
    @action(detail=True, methods=["post"])
    def unlock(self, request: Request, pk: int) -> Response:
        """Open the original amounts for editing; changes are kept."""
        return self._answer(operations.unlock(self.get_object(), by=member_of(request)).pk)

    def _answer(self, pk: int, code: int = status.HTTP_200_OK) -> Response:
        return Response(BudgetAnswer(self.get_queryset().get(pk=pk)).data, status=code)

    # -- lines

    @extend_schema(responses=LineAnswer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None)
    def lines(self, request: Request, pk: int) -> Response:
        """The lines of the budget, in the order of their codes."""
        return Response(LineAnswer(selectors.lines_of(self.get_object()), many=True).data)

    @extend_schema(request=NewLine, responses={201: LineAnswer})
    @lines.mapping.post
    def add_line(self, request: Request, pk: int) -> Response:
        """Add a line; to a locked budget at 0.00."""
        budget = self.get_object()
        require(member_of(request), Right.EDIT)
        given = _given(NewLine, request)
        code = _code(budget.project, given.pop("cost_code"))
        line = operations.add_line(budget, code, _details(given, LineDetails()), by=member_of(request))
        return Response(LineAnswer(line).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=LineAnswer)
    @action(detail=True, methods=["get"], url_path="lines/<int:number>")
    def line(self, request: Request, pk: int, number: int) -> Response:
        """A line by its number."""
        return Response(LineAnswer(self._line(number)).data)

    @extend_schema(request=EditedLine, responses=LineAnswer)
    @line.mapping.patch
    def edit_line(self, request: Request, pk: int, number: int) -> Response:
        """Change some of a line of an unlocked budget."""
        line, given = self._line(number), _given(EditedLine, request, partial=True)
        if "edition" not in given:
            sentence = "Say which edition of the line you read, so that nobody's edit is lost."
            raise serializers.ValidationError({"edition": [sentence]})
        seen, details = given.pop("edition"), _details(given, details_of_line(line))
        return Response(LineAnswer(operations.edit_line(line, details, by=member_of(request), seen=seen)).data)

    @extend_schema(responses={204: None})
    @line.mapping.delete
    def remove_line(self, request: Request, pk: int, number: int) -> Response:
        """Take a line out of the budget."""
        operations.remove_line(self._line(number), by=member_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=TypedCost, responses=LineAnswer)
    @action(detail=True, methods=["put"], url_path="lines/<int:number>/direct-cost")
    def type_direct_cost(self, request: Request, pk: int, number: int) -> Response:
        """Say what a line has cost directly, where the company types that; none of it goes to QuickBooks."""
        line, given = self._line(number), _given(TypedCost, request)
        typed = operations.type_direct_cost(line, given["amount"], by=member_of(request), seen=given["edition"])
        return Response(LineAnswer(typed).data)

    def _line(self, number: int) -> BudgetLine:
        return get_object_or_404(selectors.lines_of(self.get_object()), number=number)

    # -- changes

    @extend_schema(responses=ChangeAnswer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None)
    def changes(self, request: Request, pk: int) -> Response:
        """The changes of the budget, newest first."""
        return Response(ChangeAnswer(selectors.changes_of(self.get_object()), many=True).data)

    @extend_schema(request=NewChange, responses={201: ChangeAnswer})
    @changes.mapping.post
    def make_change(self, request: Request, pk: int) -> Response:
        """Add amounts to lines of a locked budget, and take them from others."""
        budget = self.get_object()
        require(member_of(request), Right.EDIT)
        given = _given(NewChange, request)
        lines = {line.number: line for line in selectors.lines_of(budget)}
        unknown = [str(one["line"]) for one in given["lines"] if one["line"] not in lines]
        if unknown:
            raise serializers.ValidationError({"lines": [f"The budget has no line {', '.join(unknown)}."]})
        moves = [Move(lines[one["line"]], one["amount"]) for one in given["lines"]]
        details = ChangeDetails(given["made_on"], moves, given["notes"])
        made = operations.make_change(budget, details, by=member_of(request))
        return Response(ChangeAnswer(self._change(made.number)).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=ChangeAnswer)
    @action(detail=True, methods=["get"], url_path="changes/<int:number>")
    def change(self, request: Request, pk: int, number: int) -> Response:
        """A change by its number."""
        return Response(ChangeAnswer(self._change(number)).data)

    @extend_schema(responses={204: None})
    @change.mapping.delete
    def take_back(self, request: Request, pk: int, number: int) -> Response:
        """Delete a change that QuickBooks does not have yet."""
        operations.take_back(self._change(number), by=member_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _change(self, number: int) -> BudgetChange:
        return get_object_or_404(selectors.changes_of(self.get_object()), number=number)


def _given(shape: type[serializers.Serializer[Any]], request: Request, *, partial: bool = False) -> dict[str, Any]:
    serializer = shape(data=request.data, partial=partial)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _code(project: Project, code_id: int) -> ProjectCostCode:
    rows = ProjectCostCode.objects.filter(project=project).select_related("cost_code")
    found = rows.filter(cost_code__pk=code_id).first()
    if found is None:
        raise serializers.ValidationError({"cost_code": ["The project does not use a cost code with this id."]})
    return found


def _details(given: dict[str, Any], there: LineDetails) -> LineDetails:
    """What a line is to say: what is given, and what is there for the rest.

    Whether it is calculated follows from its quantity and unit cost, unless that is said. A calculated line has its
    amount from them, unless one is given; then the operation compares.
    """
    merged = {**asdict(there), **given}
    if given.get("manual") is None:
        merged["manual"] = merged["quantity"] is None and merged["unit_cost"] is None
    if not merged["manual"] and "amount" not in given:
        merged["amount"] = None
    return LineDetails(**merged)


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [("budgets", BudgetViewSet, "budget")]
