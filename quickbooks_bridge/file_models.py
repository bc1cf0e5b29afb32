"""What the bridge remembers of the files that go to QuickBooks with a bill."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_noop

from invoices.models import InvoiceFile
from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.models import Company


class FileState(models.TextChoices):
    """Where a file stands: waiting → sending → there or refused; unknown is looked for and then sent or there.

    A person lets what is refused wait again.
    """

    WAITING = "waiting", gettext_noop("On its way to QuickBooks")
    SENDING = "sending", gettext_noop("Being sent to QuickBooks")
    UNKNOWN = "unknown", gettext_noop("Being looked for in QuickBooks")
    THERE = "there", gettext_noop("In QuickBooks")
    REFUSED = "refused", gettext_noop("Refused")


class BillFile(models.Model):
    """A file of an invoice for the bill or credit `remote_id` of the QuickBooks company `realm_id`: one row each.

    `mark` is what the file is found again by in QuickBooks. `tries` counts the tries of which nobody knows what became.
    `fence` counts the claims; whoever has the newest one until `lease_until` may send. `file` is None once it was
    removed here; what QuickBooks holds of it stays there.
    """

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    item = models.ForeignKey(ErpItem, models.PROTECT, related_name="+")
    file = models.ForeignKey(InvoiceFile, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=255)
    size = models.PositiveIntegerField()
    realm_id = models.CharField(max_length=32)
    entity = models.CharField(max_length=20)
    remote_id = models.CharField(max_length=32)
    state = models.CharField(max_length=8, choices=FileState.choices, default=FileState.WAITING)
    mark = models.CharField(max_length=120)
    request_id = models.CharField(max_length=50)
    attachable_id = models.CharField(max_length=32, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField(default=timezone.now)
    sentence = models.TextField(blank=True)
    intuit_tid = models.CharField(max_length=80, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["file", "realm_id", "entity", "remote_id"], name="one_row_a_file_and_bill")
        ]
        indexes = [models.Index(fields=["company", "state", "due_at"], name="bill_files_by_state")]
        ordering: ClassVar[list[str]] = ["name", "pk"]

    def __str__(self) -> str:
        return f"{self.name} for {self.entity} {self.remote_id}"
