"""What somebody changed in QuickBooks of a document that we exported: one card a link, and how it was answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.kept import alone_in_the_readers_words
from procore_sync.kit.money import MoneyField
from quickbooks_bridge.exporters.base import MARKED_IN
from quickbooks_bridge.exporters.figures import shown
from quickbooks_bridge.exporters.keys import key_in


class What(models.TextChoices):
    """What happened to the document there."""

    CHANGED = "changed", gettext_noop("Changed")
    DELETED = "deleted", gettext_noop("Deleted")
    VOIDED = "voided", gettext_noop("Voided")
    INACTIVE = "inactive", gettext_noop("Made inactive")
    MERGED = "merged", gettext_noop("Merged into another")
    CLOSED = "closed", gettext_noop("Closed by hand")
    UNAPPLIED = "unapplied", gettext_noop("A payment was taken off")


class DriftAnswer(models.TextChoices):
    """What became of a card. ENDED and OVERTAKEN are the console's own; every other is a person's."""

    OPEN = "", "Open"
    ACCEPTED = "accepted", gettext_noop("Theirs was accepted")
    SENT = "sent", gettext_noop("Ours was sent again")
    RELINKED = "relinked", gettext_noop("Linked to another")
    FOLLOWED = "followed", gettext_noop("The merge was followed")
    UNLINKED = "unlinked", gettext_noop("Unlinked")
    IGNORED = "ignored", gettext_noop("Ignored this once")
    ENDED = "ended", gettext_noop("Changed back in QuickBooks")
    OVERTAKEN = "overtaken", gettext_noop("Overtaken by a later export")


class Drift(models.Model):
    """A card: how a document that we exported stands in QuickBooks now, against how we saw it last.

    `fields` holds what differs for people, `theirs` our fields as QuickBooks held them, `state` the digest of what was
    found, so that the same finding twice is one card. `into_id` is the record that a merged one went into, where it is
    known. `touches` are further items whose lines stand in the document and were changed. A card is rewritten while it
    is open and never after it was answered.
    """

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    link = models.ForeignKey("quickbooks_bridge.Link", models.SET_NULL, null=True, related_name="drifts")
    item = models.ForeignKey(ErpItem, models.PROTECT, related_name="drifts")
    entity = models.CharField(max_length=20)
    remote_id = models.CharField(max_length=32)
    name = models.CharField(max_length=255, blank=True)
    what = models.CharField(max_length=9, choices=What.choices)
    fields = models.JSONField(default=list)
    theirs = models.JSONField(default=dict)
    theirs_total = MoneyField(null=True, blank=True)
    state = models.CharField(max_length=64)
    sync_token = models.CharField(max_length=16, blank=True)
    into_id = models.CharField(max_length=32, blank=True)
    touches = models.JSONField(default=list)
    changed_at = models.DateTimeField(null=True)
    changed_by = models.CharField(max_length=120, blank=True)
    heard_by = models.CharField(max_length=40)
    heard_at = models.DateTimeField()
    answer = models.CharField(max_length=9, choices=DriftAnswer.choices, blank=True, default=DriftAnswer.OPEN)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["link"], condition=Q(answer=""), name="one_open_drift_a_link")]
        indexes = [
            models.Index(fields=["company", "-heard_at"], condition=Q(answer=""), name="open_drifts"),
            models.Index(fields=["company", "entity"], condition=Q(what="merged"), name="merges"),
        ]
        ordering: ClassVar[list[str]] = ["-heard_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.entity} {self.remote_id}: {self.get_what_display().lower()}"

    @property
    def changes(self) -> list[dict[str, str]]:
        """`fields` for a reader: figures with thousands, days; whether a name is active, a line billable, and what is
        said in place of a value in their language; the rest as it is in the books.
        """
        return [{**one, **{side: _shown(one, side) for side in ("ours", "theirs")}} for one in self.fields]

    @property
    def heard_how(self) -> str:
        """How it was heard, in the words of whoever examined it."""
        return gettext("by {whom}").format(whom=gettext(self.heard_by))


_BILLABLE = {
    "NotBillable": gettext_noop("Not billable"),
    "Billable": gettext_noop("Billable"),
    "HasBeenBilled": gettext_noop("Billed to the customer"),
}


def _shown(one: Mapping[str, str], side: str) -> str:
    name, value = one["name"], one[side]
    if value and value == f"number {one.get(f'{side}_id')}":
        return gettext("number %(id)s") % {"id": one[f"{side}_id"]}
    if name.endswith(".BillableStatus"):
        return gettext(_BILLABLE.get(value, value)) if value else value
    # Of a line as a whole and of our mark it may be said in our words what became of it; else a value is the books'.
    said = shown(name, value)
    is_ours = name in MARKED_IN or name == f"Line.{key_in(f'{name}.')}"
    return gettext(value) if name == "Active" else alone_in_the_readers_words(said) if is_ours else said


class HeardInFlight(models.Model):
    """What was heard of a document while our own export to it was in the air: looked at after the flight.

    `document` is what QuickBooks said last, empty if it is gone.
    """

    link = models.OneToOneField("quickbooks_bridge.Link", models.CASCADE, related_name="+")
    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    remote_id = models.CharField(max_length=32)
    document = models.JSONField(default=dict)
    into_id = models.CharField(max_length=32, blank=True)
    heard_by = models.CharField(max_length=40)

    def __str__(self) -> str:
        return f"{self.remote_id}, heard in flight"
