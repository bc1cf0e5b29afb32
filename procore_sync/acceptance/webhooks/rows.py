"""What is kept of webhooks: an address that is told, and one message to it."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from procore_sync.acceptance.webhooks.words import PING, Happening
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.kinds import Kind
from procore_sync.kit.sealed import EncryptedTextField


class EndpointState(models.TextChoices):
    """Whether an address is told; OFF is a person's word, PAUSED the console's own."""

    ON = "on", gettext_noop("On")
    OFF = "off", gettext_noop("Switched off")
    PAUSED = "paused", gettext_noop("Paused")


class Endpoint(models.Model):
    """An address of another program, told what is journalled of the company's records.

    `told_up_to` is the row of the journal up to which messages were written; the journal beyond it is what still has
    to be told, so nothing is lost while the endpoint is off. `kinds` and `happenings` narrow it; empty, all are told.
    The claim of a worker is `lease_until` with its `fence`. `failing_since` is the first failure since the last
    success, `waits_until` when it is asked again.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="webhook_endpoints")
    name = models.CharField(max_length=80)
    url = models.CharField(max_length=500)
    kinds = models.JSONField(default=list, blank=True)
    happenings = models.JSONField(default=list, blank=True)
    secret = EncryptedTextField()
    old_secret = EncryptedTextField(blank=True)
    old_secret_until = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=6, choices=EndpointState.choices, default=EndpointState.ON)
    why_paused = models.TextField(blank=True)
    told_up_to = models.PositiveBigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True, blank=True)
    waits_until = models.DateTimeField(null=True, blank=True)
    turn_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def kind_names(self) -> list[str]:
        """Of which records it is told; empty, of all."""
        return [str(Kind(one).label) for one in self.kinds]

    @property
    def happening_names(self) -> list[str]:
        """What it is told of them; empty, everything."""
        return [str(Happening(one).label) for one in self.happenings]

    @property
    def secrets(self) -> list[str]:
        """What signs a message now: the secret, and the one before it for as long as that is good."""
        return [self.secret, *([self.old_secret] if self.is_old_good and self.old_secret else [])]

    @property
    def is_old_good(self) -> bool:
        """Whether the secret before, if there is one, still signs too."""
        return self.old_secret_until is not None and self.old_secret_until > timezone.now()

    @property
    def has_two_secrets(self) -> bool:
        """Whether the secret was changed so lately that the one before signs too."""
        return len(self.secrets) > 1


class DeliveryState(models.TextChoices):
    """What became of a message: WAITING → DELIVERED or GIVEN_UP; a person can make either wait again."""

    WAITING = "waiting", gettext_noop("Waiting")
    DELIVERED = "delivered", gettext_noop("Delivered")
    GIVEN_UP = "given_up", gettext_noop("Given up")


class Delivery(models.Model):
    """One message to an endpoint: its very bytes, and how the last try went. `key` is the same in every try.

    `sequence` is the row of the journal that it tells of; a test message has none, and no `item`.
    """

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="deliveries")
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey("acceptance.ErpItem", models.PROTECT, null=True, related_name="+", db_index=False)
    sequence = models.PositiveBigIntegerField(null=True)
    happening = models.CharField(max_length=14)
    body = models.TextField()
    state = models.CharField(max_length=9, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveIntegerField(default=0)
    tried_since = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    answer_status = models.PositiveSmallIntegerField(null=True, blank=True)
    answer = models.TextField(blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint", "sequence"], name="one_message_an_event")]
        indexes = [
            models.Index(fields=["endpoint", "id"], condition=Q(state="waiting"), name="messages_that_wait"),
            models.Index(fields=["ended_at"], condition=~Q(state="waiting"), name="messages_by_end"),
        ]
        ordering: ClassVar[list[str]] = ["pk"]
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return f"{self.happening}: {self.key}"

    @property
    def happening_name(self) -> str:
        """What it tells, in the words of a page."""
        return gettext_noop("Test") if self.happening == PING else str(Happening(self.happening).label)
