"""What people do to vendors before and beside their way to the ledger: one transaction each."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.kinds import Kind
from procore_sync.kit.text import same_name_key
from projects.records import Keeper, Problems
from vendors.kinds import vendor_document
from vendors.models import Vendor
from vendors.rules import VendorDetails, vendor_problems


def _name_taken(company: Company, details: VendorDetails, own: int | None) -> Problems:
    other = Vendor.objects.filter(company=company, name_key=same_name_key(details.name)).exclude(pk=own).first()
    if other is None:
        return {}
    said = gettext("There is a vendor %(name)s already, and QuickBooks would take both for one.")
    return {"name": [said % {"name": other.name}]}


def _columns(vendor: Vendor) -> dict[str, Any]:
    return {"label": vendor.name}


VENDORS: Keeper[Vendor, VendorDetails] = Keeper(
    model=Vendor,
    kind=Kind.VENDOR,
    details=VendorDetails,
    problems=vendor_problems,
    taken=_name_taken,
    derived=lambda details: {"name_key": same_name_key(details.name)},
    document=vendor_document,
    columns=_columns,
)


@transaction.atomic
def create_vendor(details: VendorDetails, *, by: Membership, external_ref: str | None = None) -> Vendor:
    """A new vendor; the same `external_ref` with the same details gives the vendor made before.

    Raises:
        NotAllowed: `by` may not edit.
        InvalidInput: QuickBooks would not take the vendor, or there is one of this name.
        AnotherHasTheReference: a vendor came under this reference and says something else.
    """
    require(by, Right.EDIT)
    return VENDORS.create(details, company=by.company, by=by, external_ref=external_ref)


@transaction.atomic
def import_vendor(details: VendorDetails, *, company: Company, by: Membership | None) -> Vendor:
    """A vendor that was read in QuickBooks; needs the right to import instead of the right to edit.

    Raises:
        NotAllowed: `by` may not import vendors.
        InvalidInput: as `create_vendor`.
    """
    if by is not None:
        require(by, Right.IMPORT, Kind.VENDOR)
    return VENDORS.create(details, company=company, by=by)


def edit_vendor(vendor: Vendor, details: VendorDetails, *, by: Membership, seen: int) -> Vendor:
    """`vendor` saying `details`; `seen` is the edition that `by` had before them.

    Raises:
        NotAllowed: `by` may not edit.
        InvalidInput: QuickBooks would not take the vendor, or there is another of this name.
        EditedMeanwhile: somebody else saved it since.
        IllegalMove: what QuickBooks gets would change while it is being decided or posted.
    """
    require(by, Right.EDIT)
    return VENDORS.edit(vendor, details, by=by, seen=seen)


def set_vendor_active(vendor: Vendor, active: bool, *, by: Membership) -> None:
    """Activate a vendor, or deactivate it so that it is offered no more and cannot be sent.

    Raises:
        NotAllowed: `by` may not edit.
        IllegalMove: it is being decided or posted.
    """
    require(by, Right.EDIT)
    VENDORS.set_active(vendor, active, by=by)
