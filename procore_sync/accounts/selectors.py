"""What the pages of people and tokens show; every read starts from the person."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db.models import BooleanField, Case, Exists, OuterRef, QuerySet, Value, When

from procore_sync.accounts.access import Right, may
from procore_sync.accounts.models import ApiToken, Membership, RightsChange


def people_for(member: Membership) -> QuerySet[Membership]:
    """The company's people with their privileges, those who left last; empty for those who may not change people."""
    if not may(member, Right.PEOPLE):
        return Membership.objects.none()
    second_factor = Authenticator.objects.filter(user_id=OuterRef("user_id")).exclude(type="recovery_codes")
    return (
        Membership.objects.filter(company_id=member.company_id)
        .select_related("user", "company")
        .prefetch_related("privileges")
        .annotate(
            has_second_factor=Exists(second_factor),
            has_joined=Case(When(user__last_login=None, then=Value(False)), default=True, output_field=BooleanField()),
        )
        .order_by("-is_active", "user__name", "user__email")
    )


def rights_changes_for(member: Membership) -> QuerySet[RightsChange]:
    """Every change of rights and rules in the company, newest first; none for those who may not change people."""
    if not may(member, Right.PEOPLE):
        return RightsChange.objects.none()
    return RightsChange.objects.filter(company_id=member.company_id).select_related("member__user", "by__user")


def tokens_for(member: Membership) -> QuerySet[ApiToken]:
    """The tokens that `member` may revoke: their own, and all of the company's for those who may change people."""
    rows = ApiToken.objects.filter(membership__company_id=member.company_id).select_related("membership__user", "token")
    return rows if may(member, Right.PEOPLE) else rows.filter(membership=member)


def companies_of(member: Membership) -> QuerySet[Membership]:
    """The memberships between which this person can change."""
    return Membership.objects.filter(user_id=member.user_id, is_active=True).select_related("company")
