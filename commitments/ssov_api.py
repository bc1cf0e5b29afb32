"""The subcontractor's own schedule of values under /api/v1/: lines broken down, submitted and reviewed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import chain
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from commitments import breakdown_invites, selectors, ssov
from commitments.contacts import is_contact, own_breakdowns
from commitments.kinds import lines_of
from commitments.models import Commitment, SovLine, SsovStatus
from procore_sync.accounts.api import entered, member_of
from procore_sync.accounts.models import Membership
from projects.api import text


class PartSerializer(serializers.Serializer[Any]):
    """A part of a line, as the subcontractor divides it."""

    description = text()
    amount = serializers.DecimalField(14, 2)


class PartsSerializer(serializers.Serializer[Any]):
    """All parts of a line, in order; none leaves the whole line to be broken down. With the `seen` of the line that was
    read, if you like: over parts that are others by now nothing is saved (409).
    """

    parts = PartSerializer(many=True)
    seen = serializers.CharField(required=False, allow_blank=True, default="")


class BrokenLineSerializer(serializers.Serializer[Any]):
    """A line of the commitment, its parts, and what is left of its amount; `seen` stands for its parts now."""

    number = serializers.IntegerField()
    code = serializers.CharField(source="code.cost_code.code")
    amount = serializers.DecimalField(14, 2)
    remaining = serializers.DecimalField(14, 2)
    parts = PartSerializer(many=True)
    seen = serializers.CharField()


class BreakdownSerializer(serializers.Serializer[Any]):
    """The breakdown of a commitment. `reason` is what a reviewer wants revised; `seen` stands for all parts now."""

    status = serializers.ChoiceField(choices=SsovStatus.choices, source="ssov_status")
    reason = serializers.CharField(source="ssov_reason")
    lines = BrokenLineSerializer(many=True, source="shown_lines")
    seen = serializers.CharField()


class BreakdownReviewSerializer(serializers.Serializer[Any]):
    """The `seen` that was read, if you like: if the parts have changed since, nothing is decided (409)."""

    seen = serializers.CharField(required=False, allow_blank=True, default="")


class BreakdownReturnSerializer(BreakdownReviewSerializer):
    """What has to be revised, with `seen` as to approve."""

    reason = serializers.CharField(allow_blank=True)


class InvitedSerializer(serializers.Serializer[Any]):
    """The contacts who are asked now, by their ids; none if they were asked a moment ago."""

    asked = serializers.ListField(child=serializers.IntegerField())


#: What an invoice contact calls too, for the commitments that they bill.
_OF_CONTACTS = ("breakdown", "break_down", "submit_breakdown")


class BreakdownActions(viewsets.GenericViewSet[Any]):
    """The breakdown of one commitment and the steps that it takes."""

    def get_queryset(self) -> QuerySet[Any]:
        """The commitments that the asker may see, a contact those whose lines they break down."""
        rows = super().get_queryset()
        if self.action not in _OF_CONTACTS or getattr(self, "swagger_fake_view", False):
            return rows
        member = member_of(self.request)
        return own_breakdowns(member) if is_contact(member) else rows

    @extend_schema(responses=BreakdownSerializer)
    @action(detail=True, methods=["get"])
    def breakdown(self, request: Request, pk: int) -> Response:
        """Each line with its parts and with what remains to be broken down."""
        return _breakdown(self.get_object())

    @extend_schema(request=PartsSerializer, responses=BreakdownSerializer)
    @action(detail=True, methods=["put"], url_path="breakdown/<int:number>")
    def break_down(self, request: Request, pk: int, number: int) -> Response:
        """Break one line down into these parts, in this order."""
        member, found = member_of(request), self.get_object()
        line = get_object_or_404(SovLine.objects.filter(commitment=found), number=number)
        given = entered(PartsSerializer(data=request.data))
        parts = [ssov.PartDetails(**part) for part in given["parts"]]
        ssov.set_breakdown(line, parts, by=member, seen=given["seen"])
        return _breakdown(found)

    @extend_schema(request=BreakdownReviewSerializer, responses=BreakdownSerializer)
    @action(detail=True, methods=["post"], url_path="breakdown/submit")
    def submit_breakdown(self, request: Request, pk: int) -> Response:
        """Put it before its reviewer."""
        seen = entered(BreakdownReviewSerializer(data=request.data))["seen"]
        return self._step(partial(ssov.submit_breakdown, seen=seen), member_of(request))

    @extend_schema(request=BreakdownReviewSerializer, responses=BreakdownSerializer)
    @action(detail=True, methods=["post"], url_path="breakdown/approve")
    def approve_breakdown(self, request: Request, pk: int) -> Response:
        """Approve what was submitted."""
        seen = entered(BreakdownReviewSerializer(data=request.data))["seen"]
        return self._step(partial(ssov.approve_breakdown, seen=seen), member_of(request))

    @extend_schema(request=None, responses=BreakdownSerializer)
    @action(detail=True, methods=["post"], url_path="breakdown/reopen")
    def reopen_breakdown(self, request: Request, pk: int) -> Response:
        """Set it back to draft."""
        return self._step(ssov.reopen_breakdown, member_of(request))

    @extend_schema(request=BreakdownReturnSerializer, responses=BreakdownSerializer)
    @action(detail=True, methods=["post"], url_path="breakdown/return")
    def return_breakdown(self, request: Request, pk: int) -> Response:
        """Give it back to be revised, with the reason."""
        given = entered(BreakdownReturnSerializer(data=request.data))
        return self._step(partial(ssov.return_breakdown, **given), member_of(request))

    @extend_schema(request=None, responses=InvitedSerializer)
    @action(detail=True, methods=["post"], url_path="breakdown/invite")
    def invite_to_break_down(self, request: Request, pk: int) -> Response:
        """Ask the contacts by mail to break the lines down."""
        member, found = member_of(request), self.get_object()
        asked = breakdown_invites.invite_to_break_down(found, by=member)
        return Response(InvitedSerializer({"asked": [one.pk for one in asked]}).data)

    def _step(self, operation: Callable[..., None], by: Membership) -> Response:
        found = self.get_object()
        operation(found, by=by)
        return _breakdown(found)


def _breakdown(commitment: Commitment) -> Response:
    remaining, parts = ssov.remaining_of(commitment), selectors.parts_of(commitment)
    shown: Any = commitment
    shown.shown_lines = lines_of(commitment)
    for line in shown.shown_lines:
        line.remaining, line.parts = remaining[line.pk], parts.get(line.pk, [])
        line.seen = ssov.seen_of(line.parts)
    shown.seen = ssov.whole_seen_of(chain.from_iterable(parts.values()))
    return Response(BreakdownSerializer(shown).data)
