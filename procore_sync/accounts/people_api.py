"""Who works here and what each may, under /api/v1/: to be read. Rights are changed on the pages, by a person."""

from __future__ import annotations

from django.db.models import QuerySet
from rest_framework import mixins, serializers, viewsets

from procore_sync.accounts import selectors
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.api import member_of
from procore_sync.accounts.described import AsDescribed
from procore_sync.accounts.models import Membership, Permission
from procore_sync.accounts.operations import rights_of
from procore_sync.kit.kinds import Kind
from procore_sync.kit.pagination import NewestFirst


class MembershipAnswer(serializers.ModelSerializer[Membership]):
    """A person in the company. `permissions` are what they are allowed beside their role; privileges are by kind."""

    name = serializers.CharField(source="user.name")
    email = serializers.EmailField(source="user.email")
    has_joined = serializers.BooleanField(help_text="Whether they have ever signed in.")
    has_second_factor = serializers.BooleanField()
    permissions = serializers.ListField(child=serializers.ChoiceField(choices=Permission.choices))
    can_import = serializers.SerializerMethodField()
    can_export = serializers.SerializerMethodField()

    class Meta:
        model = Membership
        fields = ["id", "name", "email", "role", "is_active", "has_joined", "has_second_factor", "permissions"]
        fields += ["can_import", "can_export", "wants_digest"]
        read_only_fields = fields

    def get_can_import(self, member: Membership) -> list[str]:
        """The kinds that they may bring in."""
        return _in_order(rights_of(member).can_import)

    def get_can_export(self, member: Membership) -> list[str]:
        """The kinds on which they may decide."""
        return _in_order(rights_of(member).can_export)


def _in_order(kinds: frozenset[str]) -> list[str]:
    return [kind for kind in Kind.values if kind in kinds]


class PersonViewSet(AsDescribed, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Membership]):
    """The people of the company with their rights, for administrators."""

    serializer_class = MembershipAnswer
    pagination_class = NewestFirst
    queryset = Membership.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[Membership]:
        """The people of the company."""
        if getattr(self, "swagger_fake_view", False):
            return Membership.objects.none()
        member = member_of(self.request)
        require(member, Right.PEOPLE)
        return selectors.people_for(member)


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [("people", PersonViewSet, "person")]
