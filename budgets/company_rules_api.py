"""The company's rules of projects and budgets under /api/v1/: the same operation and refusals as on their page."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from budgets.company_rules import CompanyRules, choosable_templates, rules_of, save_company_rules, seen_of
from budgets.models import BudgetRules, DirectCosts
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.api import entered, member_of
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.accounts.models import Membership
from projects.beginnings import template_of


@extend_schema_serializer(many=False)
class ProjectRulesAnswer(serializers.Serializer[Any]):
    """What imported projects begin like (null: empty), if new codes become lines, where direct costs come from."""

    template = serializers.IntegerField(allow_null=True)
    adds_new_codes = serializers.BooleanField()
    direct_costs = serializers.ChoiceField(choices=DirectCosts.choices)
    seen = serializers.CharField()


class ProjectRulesRequest(serializers.Serializer[Any]):
    """The rules that are to change; what is left out stays. With `seen`, only while they are as read."""

    template = serializers.IntegerField(required=False, allow_null=True)
    adds_new_codes = serializers.BooleanField(required=False)
    direct_costs = serializers.ChoiceField(choices=DirectCosts.choices, required=False)
    seen = serializers.CharField(required=False, allow_blank=True)


class ProjectRulesViewSet(IdempotentWrites, viewsets.GenericViewSet[BudgetRules]):
    """The company's rules of projects and budgets, for administrators."""

    serializer_class = ProjectRulesAnswer
    pagination_class = None
    queryset = BudgetRules.objects.none()

    @extend_schema(responses=ProjectRulesAnswer)
    def list(self, request: Request) -> Response:
        """The rules as they are."""
        member = member_of(request)
        require(member, Right.SETTINGS)
        return Response(_told(member))

    @extend_schema(request=ProjectRulesRequest, responses=ProjectRulesAnswer)
    def change_the_one(self, request: Request) -> Response:
        """Change some of the rules; each change is written down with those of people's rights."""
        member = member_of(request)
        require(member, Right.SETTINGS)
        given, stands = entered(ProjectRulesRequest(data=request.data)), _told(member)
        said = {**stands, **given}
        template = None
        if said["template"] is not None:
            template = choosable_templates(member, stands["template"]).get(said["template"])
            if template is None:
                sentence = "The company has no active project with this id."
                raise serializers.ValidationError({"template": [sentence]})
        rules = CompanyRules(template, said["adds_new_codes"], said["direct_costs"])
        # What is left out stays as it was read here, so all of it has to be that still.
        save_company_rules(member.company, rules, by=member, seen=given.get("seen") or stands["seen"])
        return Response(_told(member))


def _told(member: Membership) -> dict[str, Any]:
    rules, template = rules_of(member.company_id), template_of(member.company_id)
    said = {"adds_new_codes": rules.adds_new_codes, "direct_costs": rules.direct_costs}
    return {"template": template.pk if template else None, **said, "seen": seen_of(rules, template)}


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [
    ("project-rules", ProjectRulesViewSet, "project-rules")
]
