"""The API of webhooks: the same selectors and operations as the pages, the same refusals."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from procore_sync.acceptance.webhooks import operations, selectors
from procore_sync.acceptance.webhooks.rows import Delivery, DeliveryState, Endpoint
from procore_sync.acceptance.webhooks.targets import LONGEST
from procore_sync.acceptance.webhooks.words import Happening
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.api import entered, member_of
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.accounts.web import get_visible
from procore_sync.kit.kinds import Kind
from procore_sync.kit.pagination import ByCursor, NewestFirst


class OldestRegistered(ByCursor):
    """In the order in which they were registered."""

    ordering = "pk"


class WebhookRequest(serializers.Serializer[Any]):
    """An address, and what it is told of; an empty list is all."""

    name = serializers.CharField(max_length=operations.LONGEST_NAME)
    url = serializers.CharField(max_length=LONGEST)
    kinds = serializers.ListField(child=serializers.ChoiceField(choices=Kind.choices), required=False, max_length=50)
    happenings = serializers.ListField(
        child=serializers.ChoiceField(choices=Happening.choices), required=False, max_length=50
    )


class WebhookAnswer(serializers.ModelSerializer[Endpoint]):
    """A registered address; `waiting` and `given_up` count messages."""

    kinds = serializers.ListField(child=serializers.ChoiceField(choices=Kind.choices))
    happenings = serializers.ListField(child=serializers.ChoiceField(choices=Happening.choices))
    waiting = serializers.IntegerField()
    given_up = serializers.IntegerField()
    delivered_at = serializers.DateTimeField(allow_null=True)

    class Meta:
        model = Endpoint
        fields = [
            "id",
            "name",
            "url",
            "kinds",
            "happenings",
            "state",
            "why_paused",
            "failing_since",
            "waits_until",
            "waiting",
            "given_up",
            "delivered_at",
            "created_at",
        ]
        read_only_fields = fields


class WebhookWithSecret(WebhookAnswer):
    """An address with its secret, which is told in this answer only; a repetition by Idempotency-Key has null."""

    secret = serializers.CharField(allow_null=True)

    class Meta(WebhookAnswer.Meta):
        fields = [*WebhookAnswer.Meta.fields, "secret"]
        read_only_fields = fields


class WebhookDeliveryAnswer(serializers.ModelSerializer[Delivery]):
    """A message; `key` is its `webhook-id`, the same in every try. `answer` is the beginning of what came back."""

    webhook = serializers.IntegerField(source="endpoint_id")
    item = serializers.IntegerField(source="item_id", allow_null=True)

    class Meta:
        model = Delivery
        fields = [
            "id",
            "webhook",
            "key",
            "item",
            "sequence",
            "happening",
            "state",
            "created_at",
            "due_at",
            "tries",
            "tried_at",
            "ended_at",
            "answer_status",
            "answer",
            "reason",
            "body",
        ]
        read_only_fields = fields


class WebhookViewSet(IdempotentWrites, mixins.ListModelMixin, viewsets.GenericViewSet[Endpoint]):
    """The addresses that are told what happens to records; for administrators."""

    serializer_class = WebhookAnswer
    pagination_class = OldestRegistered
    queryset = Endpoint.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[Endpoint]:
        """The company's.

        Raises:
            NotAllowed: the person may not change the settings.
        """
        if getattr(self, "swagger_fake_view", False):
            return Endpoint.objects.none()
        require(member_of(self.request), Right.SETTINGS)
        return selectors.endpoints_for(member_of(self.request))

    def kept(self, answer: Any) -> Any:
        """A secret is never kept in the clear, not even for a repetition."""
        return {**answer, "secret": None} if isinstance(answer, dict) and "secret" in answer else answer

    def _endpoint(self) -> Endpoint:
        return get_visible(self.get_queryset(), self.kwargs["pk"])

    def _answer(self) -> Response:
        return Response(WebhookAnswer(self._endpoint()).data)

    def _with_secret(self, pk: int, secret: str, **named: Any) -> Response:
        row = get_visible(self.get_queryset(), pk)
        return Response({**WebhookAnswer(row).data, "secret": secret}, **named)

    @extend_schema(request=WebhookRequest, responses={201: WebhookWithSecret})
    def create(self, request: Request) -> Response:
        """Register an address; its secret is told in this answer only."""
        require(member_of(request), Right.SETTINGS)
        wanted = operations.Wanted(**entered(WebhookRequest(data=request.data)))
        made = operations.register(wanted, by=member_of(request))
        return self._with_secret(made.pk, made.secret, status=status.HTTP_201_CREATED)

    def retrieve(self, request: Request, pk: int) -> Response:
        """One address, and its state."""
        return self._answer()

    @extend_schema(request=WebhookRequest, responses=WebhookAnswer)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change the address, or what it is told of; what is left out stays."""
        endpoint = self._endpoint()
        stands = {name: getattr(endpoint, name) for name in ("name", "url", "kinds", "happenings")}
        wanted = operations.Wanted(**stands | entered(WebhookRequest(data=request.data, partial=True)))
        operations.change(endpoint, wanted, by=member_of(request))
        return self._answer()

    def destroy(self, request: Request, pk: int) -> Response:
        """Delete it, its secret and its messages."""
        operations.delete(self._endpoint(), by=member_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=WebhookDeliveryAnswer)
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: int) -> Response:
        """Have a test message sent; follow it under webhook-deliveries."""
        delivery = operations.ping(self._endpoint(), by=member_of(request))
        return Response(WebhookDeliveryAnswer(delivery).data)

    @extend_schema(request=None, responses=WebhookWithSecret)
    @action(detail=True, methods=["post"], url_path="change-secret", url_name="change-secret")
    def change_secret(self, request: Request, pk: int) -> Response:
        """A new secret, told in this answer only; for a day both sign."""
        endpoint = self._endpoint()
        operations.change_secret(endpoint, by=member_of(request))
        return self._with_secret(endpoint.pk, endpoint.secret)

    @extend_schema(request=None, responses=WebhookAnswer)
    @action(detail=True, methods=["post"], url_path="switch-on", url_name="switch-on")
    def switch_on(self, request: Request, pk: int) -> Response:
        """Go on where it stopped."""
        operations.switch(self._endpoint(), on=True, by=member_of(request))
        return self._answer()

    @extend_schema(request=None, responses=WebhookAnswer)
    @action(detail=True, methods=["post"], url_path="switch-off", url_name="switch-off")
    def switch_off(self, request: Request, pk: int) -> Response:
        """Tell it nothing until it is switched on."""
        operations.switch(self._endpoint(), on=False, by=member_of(request))
        return self._answer()


class WebhookDeliveryQuery(serializers.Serializer[Any]):
    """Which messages."""

    webhook = serializers.IntegerField(required=False, min_value=0, max_value=2**63 - 1)
    state = serializers.ChoiceField(choices=DeliveryState.choices, required=False)


@extend_schema_view(
    list=extend_schema(
        parameters=[
            OpenApiParameter("webhook", int, description="Only those to this one."),
            OpenApiParameter("state", str, enum=DeliveryState.values),
        ]
    )
)
class WebhookDeliveryViewSet(IdempotentWrites, mixins.ListModelMixin, viewsets.GenericViewSet[Delivery]):
    """The messages to webhooks, newest first, and what became of each."""

    serializer_class = WebhookDeliveryAnswer
    pagination_class = NewestFirst
    queryset = Delivery.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[Delivery]:
        """The company's, narrowed as the query asks.

        Raises:
            NotAllowed: the person may not change the settings.
        """
        if getattr(self, "swagger_fake_view", False):
            return Delivery.objects.none()
        require(member_of(self.request), Right.SETTINGS)
        rows = selectors.deliveries_for(member_of(self.request))
        if self.action != "list":
            return rows
        asked = {name: value for name, value in self.request.query_params.items() if value}
        query = entered(WebhookDeliveryQuery(data=asked))
        named = {"webhook": "endpoint_id", "state": "state"}
        return rows.filter(**{named[name]: value for name, value in query.items()})

    @extend_schema(request=None, responses=WebhookDeliveryAnswer)
    @action(detail=True, methods=["post"])
    def again(self, request: Request, pk: int) -> Response:
        """Send it once more, under the same `key`."""
        delivery = get_visible(self.get_queryset(), pk)
        operations.send_again(delivery, by=member_of(request))
        return Response(WebhookDeliveryAnswer(get_visible(self.get_queryset(), pk)).data)


#: What the API's composition mounts: (prefix, view set, name).
api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [
    ("webhooks", WebhookViewSet, "webhook"),
    ("webhook-deliveries", WebhookDeliveryViewSet, "webhook-delivery"),
]
