"""What pages and API show of vendors; every read starts from the person."""

from __future__ import annotations

from django.db.models import QuerySet

from procore_sync.accounts.access import visible
from procore_sync.accounts.models import Membership
from projects.filters import Listing
from vendors.models import Vendor

VENDOR_LIST = Listing(
    search=("name", "print_name", "city", "email"),
    sort={"name": "name_key", "city": "city", "status": "erp__status", "changed": "erp__updated_at"},
    default="name_key",
)


def vendors_for(member: Membership) -> QuerySet[Vendor]:
    """The vendors that `member` may see."""
    return visible(Vendor.objects.select_related("erp", "company"), member)
