"""What is remembered of a comparison with QuickBooks. `quickbooks_bridge.models` brings these rows into the app."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.money import MoneyField


class Ahead(models.TextChoices):
    """In what QuickBooks is ahead of this database."""

    UNLINKED = "unlinked", "Not linked here"
    NEWER = "newer", "Newer in QuickBooks than here"
    UNKNOWN = "unknown", "No such record here"
    NAMED = "named", "Same name, and made since"


class Settled(models.TextChoices):
    """What became of a finding."""

    OPEN = "", "Open"
    LINKED = "linked", "Linked"
    PUT_AWAY = "put_away", "Said not to be ours"
    KNOWN = "known", "Known here meanwhile"


class LedgerFinding(models.Model):
    """A QuickBooks document with our mark that this database does not know: it was taken back to an older state.

    `number` and `revision` are those of the mark; a name list's record has no mark and says 0. `document` is the
    document as it was found, `against` why only a person can say what it is ("" if nothing speaks against linking it).
    """

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    item = models.ForeignKey(ErpItem, models.PROTECT, null=True, related_name="+")
    entity = models.CharField(max_length=20)
    remote_id = models.CharField(max_length=32)
    number = models.PositiveBigIntegerField(default=0)
    revision = models.PositiveIntegerField(default=0)
    what = models.CharField(max_length=8, choices=Ahead.choices)
    name = models.CharField(max_length=255, blank=True)
    party = models.CharField(max_length=255, blank=True)
    total = MoneyField(null=True)
    document = models.JSONField()
    against = models.TextField(blank=True)
    found_at = models.DateTimeField()
    settled = models.CharField(max_length=8, choices=Settled.choices, blank=True, default=Settled.OPEN)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "entity", "remote_id", "number", "revision"], name="one_finding_a_mark"
            )
        ]
        indexes = [models.Index(fields=["company"], condition=Q(settled=""), name="open_ledger_findings")]
        ordering: ClassVar[list[str]] = ["-found_at", "pk"]

    def __str__(self) -> str:
        return f"{self.entity} {self.name or self.remote_id}"
