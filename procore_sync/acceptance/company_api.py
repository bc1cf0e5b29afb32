"""The rules of the company under /api/v1/: to be read. They are changed on the page of settings, by a person."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from procore_sync.acceptance.company_settings import policies_of
from procore_sync.acceptance.models import ExportPolicy
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.api import member_of
from procore_sync.accounts.described import AsDescribed
from procore_sync.accounts.models import Company


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
        """What holds for each kind of which the company can agree something."""
        return KindRuleAnswer(list(policies_of(company).values()), many=True).data


class CompanySettingsViewSet(AsDescribed, viewsets.GenericViewSet[Company]):
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


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [
    ("company-settings", CompanySettingsViewSet, "company-settings")
]
