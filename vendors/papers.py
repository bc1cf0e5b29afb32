"""What accountants ask of a vendor before its first bill, and what of it speaks against a document."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.courier import Check
from procore_sync.accounts.curing import EDITORS
from procore_sync.kit.shown import day as shown
from vendors.models import Vendor


def ready_for_bills(vendor: Vendor, today: date) -> list[Check]:
    """Each thing that is there or lacking: the vendor in QuickBooks, how it is reached and paid, and its papers."""
    return [
        _in_quickbooks(vendor),
        _point(bool(vendor.street and vendor.city), gettext("An address to pay to."), gettext("No address to pay to.")),
        _point(bool(vendor.email), gettext("An e-mail address."), gettext("No e-mail address.")),
        _point(bool(vendor.terms_hint), gettext("Usual terms."), gettext("No usual terms.")),
        _w9(vendor),
        _insurance(vendor, today),
    ]


def _point(is_there: bool, there: str, lacking: str) -> Check:
    return Check("ok", there) if is_there else Check("look", lacking)


def _in_quickbooks(vendor: Vendor) -> Check:
    if vendor.erp.synced_revision is None:
        return Check("look", gettext("Not in QuickBooks yet: its bills wait for it."))
    if vendor.erp.differs or not vendor.is_active:
        return Check("look", gettext("In QuickBooks, but inactive or changed there, or inactive here."))
    return Check("ok", gettext("Linked and active in QuickBooks."))


def _w9(vendor: Vendor) -> Check:
    if vendor.w9_on is None:
        return Check("look", gettext("No W-9 is on file."))
    return Check("ok", gettext("W-9 on file since %(day)s.") % {"day": shown(vendor.w9_on)})


def _insurance(vendor: Vendor, today: date) -> Check:
    if vendor.insured_until is None:
        return Check("look", gettext("No insurance is on file."))
    day = {"day": shown(vendor.insured_until)}
    if vendor.insured_until < today:
        return Check("look", gettext("The insurance was valid until %(day)s.") % day)
    return Check("ok", gettext("Insured until %(day)s.") % day)


def against(vendor: Vendor, day: date, *, needed: bool) -> Iterator[Check]:
    """What of its papers speaks against a document of the date `day`.

    An insurance that is over is always said. Where the papers are `needed`, each that is lacking stops it.
    """
    where = reverse("vendors:vendor", args=[vendor.pk])
    named = {"vendor": vendor.name, "day": shown(day)}
    label = gettext_noop("Open it")
    if needed and vendor.w9_on is None:
        yield Check(
            "stop",
            gettext("No W-9 of %(vendor)s is on file, and the company wants one.") % named,
            where,
            label,
            EDITORS,
        )
    if needed and vendor.insured_until is None:
        told = gettext("No insurance of %(vendor)s is on file, and the company wants one.")
        yield Check("stop", told % named, where, label, EDITORS)
    if vendor.insured_until and vendor.insured_until < day:
        told = gettext("The insurance of %(vendor)s was valid until %(until)s, and this is dated %(day)s.")
        said = told % {**named, "until": shown(vendor.insured_until)}
        yield Check("stop" if needed else "look", said, where, label, EDITORS)
