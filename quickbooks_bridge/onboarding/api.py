"""Taking a company on under /api/v1/: the same selectors, operations and refusals as the pages."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from procore_sync.accounts.access import Right, require
from procore_sync.accounts.api import member_of
from procore_sync.accounts.described import AsDescribed
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.accounts.models import Membership
from procore_sync.kit.pagination import NewestFirst
from quickbooks_bridge.bell import ring_opening
from quickbooks_bridge.onboarding import beginning, caps, dry_runs, gate, linking, reading
from quickbooks_bridge.onboarding.coverage import coverage_for
from quickbooks_bridge.onboarding.models import OnboardingEntry, OpeningReading
from quickbooks_bridge.onboarding.overview import tally_of
from quickbooks_bridge.onboarding.proposals import proposals_for
from quickbooks_bridge.onboarding.selectors import entries_for
from quickbooks_bridge.onboarding.sides import sides_for
from quickbooks_bridge.selectors import connections_for


class CapAnswer(serializers.Serializer[Any]):
    """The cap of the first export and how much of it is used; null is no limit."""

    documents = serializers.IntegerField(allow_null=True)
    amount = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    used = serializers.IntegerField()
    used_amount = serializers.DecimalField(max_digits=14, decimal_places=2)


class TallyAnswer(serializers.Serializer[Any]):
    """How many documents of a kind are proposed, and how surely."""

    key = serializers.CharField()
    exact = serializers.IntegerField()
    likely = serializers.IntegerField()
    none = serializers.IntegerField()


@extend_schema_serializer(many=False)
class OnboardingAnswer(serializers.Serializer[Any]):
    """Whether what stands in QuickBooks is being matched, how much is matched, and the cap.

    `seen` is what `link-exact` wants back: it stands for the exact pairs as they are now. `coverage_seen` stands so for
    the figures of `coverage`: `sign` takes it as `seen`.
    """

    is_onboarding = serializers.BooleanField()
    since = serializers.DateField(allow_null=True)
    read_at = serializers.DateTimeField(allow_null=True)
    tally = TallyAnswer(many=True)
    exact = serializers.IntegerField()
    seen = serializers.CharField()
    coverage = serializers.DictField()
    coverage_seen = serializers.CharField()
    cap = CapAnswer(allow_null=True)


class OpeningReadingAnswer(serializers.ModelSerializer[OpeningReading]):
    """A reading. `reads` counts the calls to QuickBooks; it goes on while `ended_at` is null."""

    class Meta:
        model = OpeningReading
        fields = ["id", "began_at", "ended_at", "step", "reads", "documents", "lines", "error"]
        read_only_fields = fields


class EntryAnswer(serializers.ModelSerializer[OnboardingEntry]):
    """A row of the journal of taking the company on, with all that was seen."""

    by = serializers.CharField(read_only=True, allow_null=True)

    class Meta:
        model = OnboardingEntry
        fields = ["id", "step", "remark", "figures", "by", "at"]
        read_only_fields = fields


class OnboardingPeriod(serializers.Serializer[Any]):
    """The first day of what is matched."""

    since = serializers.DateField()


class SigningRemark(serializers.Serializer[Any]):
    """The remark that goes with a signature."""

    remark = serializers.CharField(required=False, allow_blank=True, default="", max_length=4000)


class Signing(SigningRemark):
    """What is said to a signature, and the `coverage_seen` that was read, if you like: others are not signed (409)."""

    seen = serializers.CharField(required=False, allow_blank=True, default="")


class ExactPairs(serializers.Serializer[Any]):
    """The exact pairs that were looked at."""

    seen = serializers.CharField()


class CapRequest(serializers.Serializer[Any]):
    """How far the first export may go; at least one of the two."""

    documents = serializers.IntegerField(required=False, allow_null=True, default=None)
    amount = serializers.DecimalField(required=False, allow_null=True, default=None, max_digits=14, decimal_places=2)


class LinkedAnswer(serializers.Serializer[Any]):
    """How many were linked."""

    linked = serializers.IntegerField()


def given_in(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """What was sent, checked."""
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


class OnboardingViewSet(IdempotentWrites, viewsets.ViewSet):
    """Match what stands in QuickBooks already before anything is sent."""

    @extend_schema(responses=OnboardingAnswer)
    def list(self, request: Request) -> Response:
        """How far it is."""
        member = member_of(request)
        require(member, Right.MAP)
        return Response(OnboardingAnswer(_state(member)).data)

    @extend_schema(request=OnboardingPeriod, responses=OnboardingAnswer)
    @action(detail=False, methods=["post"])
    def begin(self, request: Request) -> Response:
        """Begin, or choose another first day; nothing is sent until it is signed."""
        member = member_of(request)
        require(member, Right.CONNECT)
        beginning.begin(since=given_in(OnboardingPeriod, request)["since"], by=member)
        return Response(OnboardingAnswer(_state(member)).data)

    @extend_schema(request=None, responses={202: OpeningReadingAnswer})
    @action(detail=False, methods=["post"])
    def read(self, request: Request) -> Response:
        """Have orders, estimates and bills read now; the answer is the reading to follow."""
        found = reading.ask(by=member_of(request))
        ring_opening(found.company_id)
        return Response(OpeningReadingAnswer(found).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=ExactPairs, responses=LinkedAnswer)
    @action(detail=False, methods=["post"], url_path="link-exact")
    def link_exact(self, request: Request) -> Response:
        """Link all exact pairs, all or none."""
        member = member_of(request)
        require(member, Right.MAP)
        linked = linking.link_all_exact(by=member, seen=given_in(ExactPairs, request)["seen"])
        return Response({"linked": linked})

    @extend_schema(request=Signing, responses={201: EntryAnswer})
    @action(detail=False, methods=["post"])
    def sign(self, request: Request) -> Response:
        """Sign for what is matched and what is not; sending then begins."""
        made = gate.sign(**given_in(Signing, request), by=member_of(request))
        return _made(made)

    @extend_schema(request=SigningRemark, responses={201: EntryAnswer})
    @action(detail=False, methods=["post"])
    def skip(self, request: Request) -> Response:
        """Send without matching; the remark says why."""
        made = gate.skip(remark=given_in(SigningRemark, request)["remark"], by=member_of(request))
        return _made(made)

    @extend_schema(request=None, responses={201: EntryAnswer})
    @action(detail=False, methods=["post"], url_path="dry-run")
    def dry_run(self, request: Request) -> Response:
        """Try the first export without sending; the result is in `figures`."""
        return _made(dry_runs.dry_run(by=member_of(request)))

    @extend_schema(request=CapRequest, responses={201: EntryAnswer})
    @action(detail=False, methods=["post"])
    def cap(self, request: Request) -> Response:
        """Set how far the first export may go."""
        member = member_of(request)
        require(member, Right.CONNECT)
        return _made(caps.set_cap(**given_in(CapRequest, request), by=member))

    @extend_schema(request=None, responses={201: EntryAnswer})
    @action(detail=False, methods=["post"], url_path="lift-cap")
    def lift_cap(self, request: Request) -> Response:
        """Lift the cap, so that everything accepted can go."""
        return _made(caps.lift(by=member_of(request)))


def _made(entry: OnboardingEntry) -> Response:
    return Response(EntryAnswer(entry).data, status=status.HTTP_201_CREATED)


def _state(member: Membership) -> dict[str, Any]:
    row = connections_for(member).first()
    sides = sides_for(member)
    proposals = proposals_for(member, sides)
    exact = linking.exact_of(proposals)
    coverage = coverage_for(member, sides)
    return {
        "is_onboarding": row is not None and row.is_onboarding,
        "since": row.onboards_from if row else None,
        "read_at": gate.read_at(row) if row else None,
        "tally": tally_of(proposals),
        "exact": len(exact),
        "seen": linking.seen_as(exact),
        "coverage": coverage.told(),
        "coverage_seen": coverage.seen,
        "cap": caps.cap_of(row) if row else None,
    }


class EntryViewSet(
    AsDescribed, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[OnboardingEntry]
):
    """The journal of taking the company on, newest first; dry runs with their results."""

    serializer_class = EntryAnswer
    pagination_class = NewestFirst
    queryset = OnboardingEntry.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[OnboardingEntry]:
        """The rows that the asker may see."""
        if getattr(self, "swagger_fake_view", False):
            return OnboardingEntry.objects.none()
        return entries_for(member_of(self.request))
