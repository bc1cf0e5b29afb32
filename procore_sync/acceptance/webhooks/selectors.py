"""What the pages and the API of webhooks show; every read starts from the person."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, F, Max, Min, Q, QuerySet

from procore_sync.acceptance.models import Event
from procore_sync.acceptance.webhooks.rows import Delivery, DeliveryState, Endpoint, EndpointState
from procore_sync.accounts.access import Right, may, visible
from procore_sync.accounts.models import Membership


def endpoints_for(member: Membership) -> QuerySet[Endpoint]:
    """The company's endpoints with what waits, was given up and was last taken; none for those who may not set them."""
    if not may(member, Right.SETTINGS):
        return Endpoint.objects.none()
    rows = visible(Endpoint.objects.select_related("company"), member)
    return rows.annotate(
        waiting=Count("deliveries", filter=Q(deliveries__state=DeliveryState.WAITING)),
        given_up=Count("deliveries", filter=Q(deliveries__state=DeliveryState.GIVEN_UP)),
        delivered_at=Max("deliveries__ended_at", filter=Q(deliveries__state=DeliveryState.DELIVERED)),
    ).order_by("pk")


def deliveries_for(member: Membership) -> QuerySet[Delivery]:
    """The messages to the company's endpoints, newest first."""
    if not may(member, Right.SETTINGS):
        return Delivery.objects.none()
    rows = Delivery.objects.filter(endpoint__company_id=member.company_id)
    return rows.select_related("endpoint__company", "item").order_by("-pk")


def oldest_untold() -> tuple[datetime | None, int]:
    """Of all companies: since when the oldest thing waits that an endpoint which is on was not told, and how many
    messages wait. What no message was written of yet counts for the first, so that a worker which is away is seen.
    """
    waiting = Delivery.objects.filter(state=DeliveryState.WAITING, endpoint__state=EndpointState.ON)
    found = waiting.aggregate(oldest=Min("created_at"), count=Count("pk"))
    unread = Event.objects.filter(
        company__webhook_endpoints__state=EndpointState.ON, sequence=F("company__webhook_endpoints__told_up_to") + 1
    )
    moments = [one for one in (found["oldest"], unread.aggregate(at=Min("at"))["at"]) if one]
    return min(moments, default=None), found["count"]
