"""What the bridge remembers of watching QuickBooks: what webhooks said, how far it has read, how often it read."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_noop

from procore_sync.accounts.models import Company
from projects.models import Reading
from quickbooks_bridge.cursors import DocumentCursor


class Shape(models.TextChoices):
    """The format of a delivery."""

    CLOUD_EVENTS = "cloudevents", "CloudEvents"
    LEGACY = "legacy", "Event notifications, the format before July 2026"
    UNREADABLE = "unreadable", "Not readable"


class WebhookDelivery(models.Model):
    """A signed post of Intuit's, as it came. It may be about several companies, so nobody is shown it.

    `times` counts how often the very same post came.
    """

    digest = models.CharField(max_length=64, unique=True)
    body = models.TextField()
    shape = models.CharField(max_length=12, choices=Shape.choices)
    times = models.PositiveIntegerField(default=1)
    received_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.get_shape_display()}, {self.received_at:%Y-%m-%d %H:%M}"


class WebhookEvent(models.Model):
    """One thing that a webhook said: a hint where to read, never a fact. Without a company the realm is nobody's here.

    A merge is two of them, one for each record; that of the one which went says into which. `read_at` is when what it
    points to was read; None if not yet.
    """

    delivery = models.ForeignKey(WebhookDelivery, models.CASCADE, related_name="events")
    company = models.ForeignKey(Company, models.PROTECT, null=True, related_name="+")
    realm_id = models.CharField(max_length=32)
    event_id = models.CharField(max_length=128, blank=True)
    entity = models.CharField(max_length=40)
    remote_id = models.CharField(max_length=40)
    operation = models.CharField(max_length=16)
    into_id = models.CharField(max_length=40, blank=True)
    happened_at = models.DateTimeField()
    heard_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["realm_id", "entity", "remote_id", "operation", "happened_at"], name="one_event_a_change"
            ),
            models.UniqueConstraint(
                fields=["realm_id", "event_id", "entity", "remote_id"],
                condition=~models.Q(event_id=""),
                name="one_event_an_id",
            ),
        ]
        indexes = [
            models.Index(fields=["company"], condition=models.Q(read_at=None), name="events_to_be_read"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} of {self.entity} {self.remote_id}"


class Sweep(Reading):
    """One look at what changed in a company's QuickBooks."""

    WHAT = gettext_noop("Changes")

    class Meta(Reading.Meta):
        constraints = [
            models.UniqueConstraint(fields=["company"], condition=models.Q(ended_at=None), name="one_open_sweep")
        ]


class WatchCursor(DocumentCursor):
    """Up to when the changes of one kind of document or name are known."""

    class Meta(DocumentCursor.Meta):
        constraints = [models.UniqueConstraint(fields=["company", "entity"], name="one_watch_cursor_an_entity")]


class LinkWatch(models.Model):
    """When a linked document has to be looked for itself, because nothing was heard of it for so long.

    A link without such a row was never heard of since it was written or last verified.
    """

    link = models.OneToOneField("quickbooks_bridge.Link", models.CASCADE, related_name="watch")
    due_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.link}, due {self.due_at:%Y-%m-%d}"


class ReadCount(models.Model):
    """How many reading calls were made to a company's QuickBooks on a day, by UTC, for one purpose."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    day = models.DateField()
    purpose = models.CharField(max_length=60)
    reads = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "day", "purpose"], name="one_count_a_purpose")]
        ordering: ClassVar[list[str]] = ["-day", "-reads", "purpose"]

    def __str__(self) -> str:
        return f"{self.company}, {self.day}: {self.reads} for {self.purpose}"
