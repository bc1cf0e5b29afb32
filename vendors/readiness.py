"""Why a vendor cannot be sent to accounting yet (domain.md W2)."""

from __future__ import annotations

from django.utils.translation import gettext

from procore_sync.acceptance.kinds import Unmet
from projects.readiness import all_sentences, unmet_at
from projects.records import details_of
from vendors.models import Vendor
from vendors.rules import VendorDetails, vendor_problems


def unmet_of_vendor(vendor: Vendor) -> list[Unmet]:
    """Everything that keeps the vendor from being sent; empty if nothing does."""
    problems = vendor_problems(details_of(vendor, VendorDetails))
    return [
        *unlinkable_vendor(vendor),
        *unmet_at("vendors:edit_vendor", vendor.pk, all_sentences(problems)),
    ]


def unlinkable_vendor(vendor: Vendor) -> list[Unmet]:
    """What keeps the vendor from being linked to one that QuickBooks has, and from being sent as well."""
    inactive = [] if vendor.is_active else [gettext("The vendor is inactive. Activate it first.")]
    return unmet_at("vendors:vendor", vendor.pk, inactive)
