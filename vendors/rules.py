"""What a vendor may say: sentences by field, for form, file, API and operation alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.utils.translation import gettext, gettext_noop

from procore_sync.kit.text import name_problems
from projects.records import Problems
from projects.rules import ADDRESS_LIMITS, problems_of_lines

LIMITS = {
    **ADDRESS_LIMITS,
    "phone": (30, gettext_noop("phone number")),
    "fax": (30, gettext_noop("fax number")),
    "email": (100, gettext_noop("e-mail address")),
    "website": (1000, gettext_noop("website")),
    "terms_hint": (60, gettext_noop("usual terms")),
}


@dataclass(frozen=True)
class VendorDetails:
    """What a person says about a vendor."""

    name: str
    print_name: str = ""
    street: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""
    phone: str = ""
    fax: str = ""
    email: str = ""
    website: str = ""
    terms_hint: str = ""
    w9_on: date | None = None
    insured_until: date | None = None


def vendor_problems(details: VendorDetails) -> Problems:
    """Why QuickBooks would not take the vendor, by field; empty if it would."""
    problems = {
        "name": name_problems(details.name),
        "print_name": name_problems(details.print_name, what=gettext_noop("legal name")) if details.print_name else [],
        **problems_of_lines(details, LIMITS),
    }
    if details.email and not _passes(validate_email, details.email):
        said = gettext("%(email)s is not an e-mail address. Write one such as office@example.com.")
        problems.setdefault("email", []).append(said % {"email": details.email})
    if details.website and not _passes(URLValidator(["http", "https"]), details.website):
        said = gettext("%(website)s is not a web address. Write it with https:// before it.")
        problems.setdefault("website", []).append(said % {"website": details.website})
    return {name: sentences for name, sentences in problems.items() if sentences}


def _passes(check: object, value: str) -> bool:
    try:
        check(value)  # type: ignore[operator]
    except ValidationError:
        return False
    return True
