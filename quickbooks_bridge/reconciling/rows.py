"""What is remembered of a comparison with QuickBooks. `quickbooks_bridge.models` brings these rows into the app."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop

from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.money import MoneyField
from projects.models import Project, Reading
from quickbooks_bridge.cursors import DocumentCursor
from quickbooks_bridge.models import BillState
from vendors.models import Vendor


class Ahead(models.TextChoices):
    """In what QuickBooks is ahead of this database."""

    UNLINKED = "unlinked", gettext_noop("Not linked here")
    NEWER = "newer", gettext_noop("Newer in QuickBooks than here")
    UNKNOWN = "unknown", gettext_noop("No such record here")
    NAMED = "named", gettext_noop("Same name, and made since")


class Settled(models.TextChoices):
    """What became of a finding."""

    OPEN = "", gettext_noop("Open")
    LINKED = "linked", gettext_noop("Linked")
    PUT_AWAY = "put_away", gettext_noop("Said not to be ours")
    KNOWN = "known", gettext_noop("Known here meanwhile")


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


class LedgerOrder(models.Model):
    """A purchase order or estimate of QuickBooks as last read, ours and others'; which are ours is answered by `Link`.

    `total` is what its lines come to without tax. `party_id` is the vendor of an order and the job of an estimate.
    `notes` is its memo, in which a mark of ours may stand.
    """

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    entity = models.CharField(max_length=20)
    remote_id = models.CharField(max_length=32)
    state = models.CharField(max_length=7, choices=BillState.choices, blank=True, default=BillState.STANDING)
    party_id = models.CharField(max_length=32, blank=True)
    job_ids = models.JSONField(default=list)
    number = models.CharField(max_length=64, blank=True)
    day = models.DateField(null=True)
    total = MoneyField(default=Decimal("0.00"))
    is_closed = models.BooleanField(default=False)
    sync_token = models.CharField(max_length=16, blank=True)
    changed_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "entity", "remote_id"], name="one_row_a_ledger_order")
        ]

    def __str__(self) -> str:
        return f"{self.entity} {self.number or self.remote_id}"


class OrderCursor(DocumentCursor):
    """How far purchase orders and estimates were read."""

    class Meta(DocumentCursor.Meta):
        constraints = [models.UniqueConstraint(fields=["company", "entity"], name="one_order_cursor_an_entity")]


class ReconciliationRun(Reading):
    """One comparison of everything that a company has in both places: a reading, and what it came to.

    `differing` is how many projects and vendors differ, `fresh` how many of those differ otherwise than in the run
    before, and `not_ours` how many documents stand there for our jobs and vendors that are not ours.
    """

    WHAT = gettext_noop("The figures of QuickBooks")

    projects = models.PositiveIntegerField(default=0)
    vendors = models.PositiveIntegerField(default=0)
    differing = models.PositiveIntegerField(default=0)
    fresh = models.PositiveIntegerField(default=0)
    not_ours = models.PositiveIntegerField(default=0)

    class Meta(Reading.Meta):
        constraints = [
            models.UniqueConstraint(fields=["company"], condition=Q(ended_at=None), name="one_open_run_a_company")
        ]

    @property
    def compared(self) -> int:
        """How many projects and vendors were compared."""
        return self.projects + self.vendors


class Scope(models.TextChoices):
    """Of what a row of a run is."""

    PROJECT = "project", "Project"
    VENDOR = "vendor", "Vendor"


class ReconciliationRow(models.Model):
    """A project or a vendor on both sides, as a run found it. Money is text with two places, by the figure's key.

    It `differs` if any of its commitments does, so that two differences that cancel out are two. `causes` are the
    documents that explain the difference, at most so many; `since` is when this difference was first seen.
    """

    run = models.ForeignKey(ReconciliationRun, models.CASCADE, related_name="rows")
    scope = models.CharField(max_length=7, choices=Scope.choices)
    project = models.ForeignKey(Project, models.PROTECT, null=True, related_name="+")
    vendor = models.ForeignKey(Vendor, models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=255)
    ours = models.JSONField()
    theirs = models.JSONField()
    difference = models.JSONField()
    unexplained = models.JSONField()
    differs = models.BooleanField()
    since = models.DateTimeField(null=True)
    causes = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["run", "scope"], name="rows_of_a_run")]

    def __str__(self) -> str:
        return f"{self.get_scope_display()} {self.name}"


class ForeignDocument(models.Model):
    """A document in QuickBooks for a job or a vendor of ours that was not made here, as the last run found it.

    It is put away with a note, and stays so while its total does (`put_away_total`).
    """

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    entity = models.CharField(max_length=20)
    remote_id = models.CharField(max_length=32)
    number = models.CharField(max_length=64, blank=True)
    day = models.DateField(null=True)
    total = MoneyField()
    balance = MoneyField(null=True)
    party = models.CharField(max_length=500, blank=True)
    vendor = models.ForeignKey(Vendor, models.PROTECT, null=True, related_name="+")
    project = models.ForeignKey(Project, models.PROTECT, null=True, related_name="+")
    why = models.TextField()
    found_in = models.ForeignKey(ReconciliationRun, models.PROTECT, related_name="+")
    found_at = models.DateTimeField()
    put_away_at = models.DateTimeField(null=True)
    put_away_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    put_away_total = MoneyField(null=True)
    note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "entity", "remote_id"], name="one_row_a_foreign_document")
        ]
        indexes = [models.Index(fields=["company", "-day", "-id"], name="foreign_documents_by_day")]

    def __str__(self) -> str:
        return f"{self.entity} {self.number or self.remote_id}"
