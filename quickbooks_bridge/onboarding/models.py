"""What is remembered while a running company is taken on: documents read, what people decided, what was signed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.money import MoneyField
from projects.models import Reading
from quickbooks_bridge.cursors import DocumentCursor
from quickbooks_bridge.models import BillState


class OpeningReading(Reading):
    """One reading of the orders, estimates and bills that stand in QuickBooks already."""

    WHAT = gettext_noop("Orders and bills")

    class Meta(Reading.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["company"], condition=models.Q(ended_at=None), name="one_open_opening_reading_a_company"
            )
        ]


class OpeningCursor(DocumentCursor):
    """How far one kind of document was read for the matching."""

    class Meta(DocumentCursor.Meta):
        constraints = [models.UniqueConstraint(fields=["company", "entity"], name="one_opening_cursor_an_entity")]


_CALLED = {
    "PurchaseOrder": gettext_noop("Purchase order"),
    "Estimate": gettext_noop("Estimate"),
    "Bill": gettext_noop("Bill"),
    "VendorCredit": gettext_noop("Vendor credit"),
}


class OpeningDocument(models.Model):
    """An order, estimate, bill or vendor credit of QuickBooks as last read; which are ours is answered by `Link`.

    `total` is without tax, of a vendor credit below zero. `party` is the vendor, of an estimate the customer.
    `document` is all that was read, amounts as text. `set_aside_at` says that somebody decided that it is none
    of ours; the `dismissed` are records that it was said not to be.
    """

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    entity = models.CharField(max_length=20)
    remote_id = models.CharField(max_length=32)
    state = models.CharField(max_length=7, choices=BillState.choices, blank=True, default=BillState.STANDING)
    is_open = models.BooleanField(default=True)
    number = models.CharField(max_length=64, blank=True)
    matching = models.CharField(max_length=64, blank=True)
    party_id = models.CharField(max_length=32, blank=True)
    party = models.CharField(max_length=500, blank=True)
    day = models.DateField(null=True)
    total = MoneyField(default=Decimal("0.00"))
    job_ids = models.JSONField(default=list)
    document = models.JSONField(default=dict)
    sync_token = models.CharField(max_length=16, blank=True)
    seen_at = models.DateTimeField()
    set_aside_at = models.DateTimeField(null=True, blank=True)
    set_aside_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    set_aside_why = models.TextField(blank=True)
    dismissed: models.ManyToManyField[ErpItem, Any] = models.ManyToManyField(ErpItem, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "entity", "remote_id"], name="one_row_an_opening_document")
        ]
        ordering: ClassVar[list[str]] = ["entity", "day", "pk"]

    def __str__(self) -> str:
        return f"{self.called} {self.number or self.remote_id} of {self.party or 'nobody'}"

    @property
    def called(self) -> str:
        """What a sentence calls it."""
        return _CALLED.get(self.entity, self.entity)

    @property
    def shown(self) -> str:
        """The same as `str` says, in the language of whoever reads the page."""
        number, party = self.number or self.remote_id, self.party or gettext("nobody")
        told = gettext("%(called)s %(number)s of %(party)s")
        return told % {"called": gettext(self.called), "number": number, "party": party}


class Step(models.TextChoices):
    """What happened in taking a company on."""

    BEGUN = "begun", gettext_noop("Matching began")
    SIGNED = "signed", gettext_noop("Signed: sending may begin")
    SKIPPED = "skipped", gettext_noop("Skipped")
    DRY_RUN = "dry_run", gettext_noop("Dry run")
    CAPPED = "capped", gettext_noop("Cap set")
    LIFTED = "lifted", gettext_noop("Cap lifted")


class OnboardingEntry(models.Model):
    """One row of the journal of taking a company on: who did what, and what they saw. Append-only.

    `figures` is all that was shown, frozen. PostgreSQL refuses UPDATE and DELETE.
    """

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    step = models.CharField(max_length=8, choices=Step.choices)
    remark = models.TextField(blank=True)
    figures = models.JSONField(default=dict)
    by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        verbose_name_plural = "onboarding entries"

    def __str__(self) -> str:
        return f"{self.company}: {self.get_step_display()}"


class CapPlace(models.Model):
    """A place under the cap of the first export: taken once by a record, before it is sent, and never given back."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    item = models.OneToOneField(ErpItem, models.CASCADE, related_name="+")
    amount = MoneyField(default=Decimal("0.00"))
    taken_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.item} under the cap of {self.company}"
