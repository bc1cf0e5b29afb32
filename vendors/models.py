"""Vendors: the companies that are paid."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from procore_sync.acceptance.models import ErpItem
from projects.records import Record


class Vendor(Record):
    """A company that is paid; a vendor in QuickBooks.

    `name_key` is what makes it the same as another: QuickBooks takes "ACME" and "Acme" for one name, and a vendor
    paid twice under two names is money lost. `w9_on` and `insured_until` stay here: QuickBooks gets neither.
    """

    erp = models.OneToOneField(ErpItem, models.PROTECT, related_name="vendor")
    name = models.CharField(max_length=100)
    name_key = models.CharField(max_length=300, editable=False)
    print_name = models.CharField("legal name, as printed on checks", max_length=100, blank=True)
    street = models.CharField(max_length=500, blank=True)
    city = models.CharField(max_length=255, blank=True)
    state = models.CharField("state or province", max_length=255, blank=True)
    postal_code = models.CharField(max_length=31, blank=True)
    country = models.CharField(max_length=255, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    fax = models.CharField(max_length=30, blank=True)
    email = models.CharField("e-mail", max_length=100, blank=True)
    website = models.CharField(max_length=1000, blank=True)
    terms_hint = models.CharField("usual terms", max_length=60, blank=True)
    w9_on = models.DateField("W-9 on file since", null=True, blank=True)
    insured_until = models.DateField("insurance valid until", null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "name_key"], name="one_vendor_a_name")]
        ordering: ClassVar[list[str]] = ["name", "pk"]

    def __str__(self) -> str:
        return self.name
