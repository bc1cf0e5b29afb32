"""Vendors under /api/v1/: the same selectors, operations and refusals as the pages."""

from __future__ import annotations

from rest_framework import serializers, viewsets

from projects.api import AddressSerializer, RecordSerializer, RecordViewSet, text
from projects.file_api import FilesOfRecords
from vendors import operations, selectors
from vendors.imports import VENDOR_SHEET
from vendors.models import Vendor
from vendors.rules import VendorDetails


class VendorSerializer(AddressSerializer, RecordSerializer):
    """A company that is paid."""

    name = serializers.CharField(allow_blank=True)
    print_name = text()
    phone = text()
    fax = text()
    email = text()
    website = text()
    terms_hint = text()
    w9_on = serializers.DateField(required=False, allow_null=True, default=None)
    insured_until = serializers.DateField(required=False, allow_null=True, default=None)


class VendorViewSet(FilesOfRecords, RecordViewSet[Vendor, VendorDetails]):
    """The companies that are paid."""

    sheet_kind = VENDOR_SHEET
    queryset = Vendor.objects.none()
    serializer_class = VendorSerializer
    listing = selectors.VENDOR_LIST
    details = VendorDetails
    rows = staticmethod(selectors.vendors_for)
    create_record = staticmethod(operations.create_vendor)
    edit_record = staticmethod(operations.edit_vendor)
    set_active = staticmethod(operations.set_vendor_active)


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [("vendors", VendorViewSet, "vendor")]
