"""How acceptance reads a vendor: the document, its facts, and why it cannot go yet."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_noop

from procore_sync.acceptance.courier import Fact
from procore_sync.acceptance.kinds import KindSpec
from procore_sync.acceptance.models import Document
from procore_sync.kit.kinds import Kind
from projects.kinds import address_line, labelled
from vendors.models import Vendor
from vendors.readiness import unmet_of_vendor

SENT = (
    "name",
    "print_name",
    "street",
    "city",
    "state",
    "postal_code",
    "country",
    "phone",
    "fax",
    "email",
    "website",
)


def vendor_document(vendor: Vendor) -> Document:
    """What QuickBooks gets of a vendor, all texts of one line, "" where there is none:

    `{"name", "print_name", "street", "city", "state", "postal_code", "country", "phone", "fax", "email", "website"}`.
    """
    return {name: getattr(vendor, name) for name in SENT}


def vendor_facts(document: Document) -> list[Fact]:
    """What a person reads of a vendor's document."""
    return labelled(
        (gettext_noop("Name"), document["name"]),
        (gettext_noop("Name on checks"), document["print_name"]),
        (gettext_noop("Address"), address_line(document)),
        (gettext_noop("Phone"), document["phone"]),
        (gettext_noop("Fax"), document["fax"]),
        (gettext_noop("E-mail"), document["email"]),
        (gettext_noop("Website"), document["website"]),
    )


VENDOR = KindSpec(
    kind=Kind.VENDOR,
    label=gettext_noop("Vendor"),
    plural=gettext_noop("Vendors"),
    badge="VEN",
    record_of=lambda item: Vendor.objects.select_related("erp", "company").get(erp=item),
    document=vendor_document,
    unmet=unmet_of_vendor,
    url=lambda vendor: reverse("vendors:vendor", args=[vendor.pk]),
    facts=vendor_facts,
    given_up=Q(vendor__is_active=False),
)
