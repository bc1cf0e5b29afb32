"""What a vendor may say: sentences by field, for form, file, API and operation alike."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email

from procore_sync.kit.text import name_problems
from projects.records import Problems
from projects.rules import ADDRESS_LIMITS, problems_of_lines

LIMITS = {
    **ADDRESS_LIMITS,
    "phone": (30, "phone number"),
    "fax": (30, "fax number"),
    "email": (100, "e-mail address"),
    "website": (1000, "website"),
    "terms_hint": (60, "usual terms"),
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


def vendor_problems(details: VendorDetails) -> Problems:
    """Why QuickBooks would not take the vendor, by field; empty if it would."""
    problems = {
        "name": name_problems(details.name),
        "print_name": name_problems(details.print_name, what="legal name") if details.print_name else [],
        **problems_of_lines(details, LIMITS),
    }
    if details.email and not _passes(validate_email, details.email):
        problems.setdefault("email", []).append(
            f"{details.email} is no e-mail address. Write one such as office@example.com."
        )
    if details.website and not _passes(URLValidator(["http", "https"]), details.website):
        problems.setdefault("website", []).append(
            f"{details.website} is no web address. Write it with https:// before it."
        )
    return {name: sentences for name, sentences in problems.items() if sentences}


def _passes(check: object, value: str) -> bool:
    try:
        check(value)  # type: ignore[operator]
    except ValidationError:
        return False
    return True
