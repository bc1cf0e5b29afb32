"""How far a list was read: what every cursor over documents of QuickBooks keeps."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from procore_sync.accounts.models import Company


class DocumentCursor(models.Model):
    """How far one kind of document was read, by QuickBooks' own clock.

    `changed_since` is up to when everything is known. While a list is being read, `position` is the place of the next
    page, `last_id` the row that must stand in it, `window_since` from when on it reads (None: all of it), `asked_at`
    QuickBooks' clock and `began_at` the database's when it began, `restarts` how often it had to begin again.
    `done_in` is the reading that has brought it up to date.
    """

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    entity = models.CharField(max_length=20)
    changed_since = models.DateTimeField(null=True)
    whole_at = models.DateTimeField(null=True)
    position = models.PositiveIntegerField(default=0)
    last_id = models.CharField(max_length=32, blank=True)
    window_since = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    began_at = models.DateTimeField(null=True)
    restarts = models.PositiveSmallIntegerField(default=0)
    done_in = models.PositiveBigIntegerField(null=True)

    class Meta:
        abstract = True
        ordering: ClassVar[list[str]] = ["entity"]

    def __str__(self) -> str:
        return f"{self.company}, {self.entity}"
