"""Job costs under /api/v1/: every transaction that costs a job something, and the rules that code them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from procore_sync.accounts.api import member_of
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.kit.pagination import NewestFirst
from projects import cost_operations as operations
from projects import job_costs as selectors
from projects.models import CostDocument, CostLine, CostRule


class CostAnswer(serializers.ModelSerializer[CostLine]):
    """A line of a document in QuickBooks. `amount` is what it adds to the cost; `own` documents do not count."""

    code = serializers.CharField(source="cost_code.code", read_only=True, default="")

    class Meta:
        model = CostLine
        fields = [
            "id",
            "project",
            "cost_code",
            "code",
            "coding",
            "own",
            "entity",
            "txn_id",
            "line_id",
            "number",
            "day",
            "party",
            "account",
            "item",
            "description",
            "amount",
            "changed_at",
            "read_at",
        ]
        read_only_fields = fields


class RuleAnswer(serializers.ModelSerializer[CostRule]):
    """A rule that gives costs their code."""

    code = serializers.CharField(source="cost_code.code", read_only=True)

    class Meta:
        model = CostRule
        fields = ["id", "project", "cost_code", "code", "says", "made_at"]
        read_only_fields = fields


class CodeCosts(serializers.Serializer[Any]):
    """Which code the cost gets, and which others with it; `everywhere` means in every project."""

    code = serializers.CharField(allow_blank=True)
    asks = serializers.ChoiceField(choices=list(operations.ASKS), default="line")
    everywhere = serializers.BooleanField(default=False)


class CodedAnswer(serializers.Serializer[Any]):
    """The rule that was made, and how many costs it has coded."""

    rule = RuleAnswer()
    coded = serializers.IntegerField()


@extend_schema_view(
    list=extend_schema(
        parameters=[
            OpenApiParameter("project", int, description="Only of this project."),
            OpenApiParameter("code", str, description="Only of the cost code with this id; `none` for uncoded ones."),
            OpenApiParameter("entity", str, enum=CostDocument.values, description="Only of such documents."),
            OpenApiParameter("q", str, description="Only lines that contain this text."),
        ]
    )
)
class CostViewSet(
    IdempotentWrites, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[CostLine]
):
    """The transactions in QuickBooks that cost the company's jobs something."""

    serializer_class = CostAnswer
    pagination_class = NewestFirst
    queryset = CostLine.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[CostLine]:
        """The costs that the asker may see, narrowed as asked."""
        if getattr(self, "swagger_fake_view", False):
            return CostLine.objects.none()
        rows = selectors.costs_for(member_of(self.request))
        return selectors.narrowed(rows, _asked(self.request)) if self.action == "list" else rows

    @extend_schema(request=CodeCosts, responses={201: CodedAnswer})
    @action(detail=True, methods=["post"])
    def code(self, request: Request, pk: int) -> Response:
        """Give the cost and others like it a code, by a rule that also holds for later costs."""
        cost, given = self.get_object(), CodeCosts(data=request.data)
        operations.require_coder(member_of(request))
        given.is_valid(raise_exception=True)
        rule, coded = operations.add_rule(cost, operations.RuleDetails(**given.validated_data), by=member_of(request))
        return Response({"rule": RuleAnswer(rule).data, "coded": coded}, status=status.HTTP_201_CREATED)


def _asked(request: Request) -> dict[str, str]:
    asked = {name: request.query_params.get(name, "") for name in ("project", "code", "entity", "q")}
    wrong = [name for name in ("project", "code") if not _is_known(asked[name])]
    if wrong:
        raise serializers.ValidationError({name: ["Give the id; for a code, also `none`."] for name in wrong})
    return asked


def _is_known(text: str) -> bool:
    return not text or text == selectors.NO_CODE or (text.isascii() and text.isdecimal() and len(text) < 19)


class RuleViewSet(IdempotentWrites, mixins.ListModelMixin, viewsets.GenericViewSet[CostRule]):
    """The rules that code costs whose item names no cost code."""

    serializer_class = RuleAnswer
    pagination_class = NewestFirst
    queryset = CostRule.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[CostRule]:
        """The rules that the asker may see."""
        if getattr(self, "swagger_fake_view", False):
            return CostRule.objects.none()
        return selectors.rules_for(member_of(self.request))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        """Take the rule away; what it coded is coded anew."""
        operations.remove_rule(self.get_object(), by=member_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [
    ("job-cost-transactions", CostViewSet, "job-cost-transaction"),
    ("job-cost-rules", RuleViewSet, "job-cost-rule"),
]
