"""The rules of the company under /api/v1/: the same shape, operation and refusals as on the page of settings."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from procore_sync.acceptance.company_settings import change_settings, policies_of
from procore_sync.acceptance.models import ExportPolicy
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.api import entered, member_of
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.accounts.models import Company
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput


class KindRuleAnswer(serializers.ModelSerializer[ExportPolicy]):
    """What holds for one kind: Direct Export up to an amount (null: any), two approvers above another (null: never)."""

    class Meta:
        model = ExportPolicy
        fields = ["kind", "direct_export", "up_to", "second_above"]
        read_only_fields = fields


@extend_schema_serializer(many=False)
class CompanySettingsAnswer(serializers.ModelSerializer[Company]):
    """The company's rules, as on its page of settings."""

    kinds = serializers.SerializerMethodField()

    class Meta:
        model = Company
        fields = ["name", "time_zone", "four_eyes", "only_holders_grant", "digest_hour", "undo_seconds"]
        fields += ["late_after_days", "kinds"]
        read_only_fields = fields

    @extend_schema(responses=KindRuleAnswer(many=True))
    def get_kinds(self, company: Company) -> Any:
        """The rules of each kind that has any."""
        return KindRuleAnswer(list(policies_of(company).values()), many=True).data


class KindRuleRequest(serializers.Serializer[Any]):
    """The rules of one kind; what is left out stays. A null amount means none."""

    kind = serializers.ChoiceField([(kind.value, kind.label) for kind in ExportPolicy.WITH_AMOUNTS])
    direct_export = serializers.BooleanField(required=False)
    up_to = serializers.DecimalField(max_digits=14, decimal_places=2, required=False, allow_null=True)
    second_above = serializers.DecimalField(max_digits=14, decimal_places=2, required=False, allow_null=True)


class CompanySettingsRequest(serializers.Serializer[Any]):
    """The rules that are to change; what is left out stays."""

    name = serializers.CharField(max_length=120, required=False)
    time_zone = serializers.CharField(max_length=60, required=False)
    four_eyes = serializers.BooleanField(required=False)
    only_holders_grant = serializers.BooleanField(required=False)
    digest_hour = serializers.IntegerField(required=False)
    undo_seconds = serializers.IntegerField(required=False)
    late_after_days = serializers.IntegerField(required=False)
    kinds = KindRuleRequest(many=True, required=False)

    def validate_kinds(self, kinds: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Each kind once, and of budgets nothing that would send them without an approver.

        Raises:
            ValidationError: it is otherwise.
        """
        named = [one["kind"] for one in kinds]
        if len(set(named)) < len(named):
            raise serializers.ValidationError("A kind is there twice; which is meant?")
        for one in kinds:
            if one["kind"] not in ExportPolicy.KINDS and (one.get("direct_export") or one.get("up_to") is not None):
                kind = Kind(one["kind"]).label
                said = f"Records of the kind {kind} always need an approver, so nothing goes without one."
                raise serializers.ValidationError(said)
        return kinds


class CompanySettingsViewSet(IdempotentWrites, viewsets.GenericViewSet[Company]):
    """The rules of the company, for administrators."""

    serializer_class = CompanySettingsAnswer
    pagination_class = None
    queryset = Company.objects.none()

    @extend_schema(responses=CompanySettingsAnswer)
    def list(self, request: Request) -> Response:
        """The rules as they are."""
        member = member_of(request)
        require(member, Right.SETTINGS)
        return Response(CompanySettingsAnswer(member.company).data)

    @extend_schema(request=CompanySettingsRequest, responses=CompanySettingsAnswer)
    def change_the_one(self, request: Request) -> Response:
        """Change some of the rules; each change is written down with those of people's rights."""
        member = member_of(request)
        require(member, Right.SETTINGS)
        given = entered(CompanySettingsRequest(data=request.data))
        kinds = {one.pop("kind"): one for one in given.pop("kinds", [])}
        directly = {kind: said.pop("direct_export") for kind, said in kinds.items() if "direct_export" in said}
        amounts = {f"{name}_{kind}": amount for kind, said in kinds.items() for name, amount in said.items()}
        try:
            change_settings(member.company, by=member, given={**given, **amounts}, directly=directly)
        except InvalidInput as refusal:
            raise InvalidInput(refusal.sentence, errors=_by_the_api(refusal.errors)) from refusal
        member.company.refresh_from_db()
        return Response(CompanySettingsAnswer(member.company).data)


def _by_the_api(errors: dict[str, list[str]]) -> dict[str, list[str]]:
    """The sentences by the names of the API, which has what holds for a kind under `kinds`."""
    own = {name: said for name, said in errors.items() if name in CompanySettingsRequest().fields}
    of_kinds = [sentence for name, said in errors.items() if name not in own for sentence in said]
    return own | ({"kinds": of_kinds} if of_kinds else {})


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [
    ("company-settings", CompanySettingsViewSet, "company-settings")
]
