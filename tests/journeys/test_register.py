"""A dirty register of vendors from file to verified: every row once in the books, linked, or refused in words.

Set REGISTER_FILE to the path of another CSV to run that one, with `-s` for its figures.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path

import pytest

from procore_sync.acceptance.journal import verify_journal
from procore_sync.acceptance.models import Attempt
from procore_sync.kit.text import same_name_key
from quickbooks_bridge.models import Link
from tests.journeys.register import Register, Walk
from tests.site import REALM, Site
from vendors.models import Vendor

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(600)]

# Names of real vendors and their variants; where they are from stands in tests/vendors/test_vendors.py.
SAMPLE = Path(__file__).parents[1] / "vendors" / "dirty_names.csv"
FILE = Path(os.environ.get("REGISTER_FILE", SAMPLE))

# What the bookkeeper has before: a vendor, the same in another case, and a customer of that name.
VENDORS_BEFORE = ["ABB CANADA", "Aecom Canada Kingston"]
CUSTOMER_BEFORE = "ADOBE SYSTEMS"
# And what they make of a name between the reading of names and the acceptance.
CUSTOMER_MEANWHILE = "AMAZON CANADA"


@pytest.fixture(scope="module")
def books_before(site: Site) -> set[str]:
    """The names of all vendors in the books before anything of ours is there."""
    for name in VENDORS_BEFORE:
        site.control("POST", f"documents/{REALM}/Vendor", DisplayName=name)
    site.control("POST", f"documents/{REALM}/Customer", DisplayName=CUSTOMER_BEFORE)
    return {one["DisplayName"] for one in site.books()}


@pytest.fixture(scope="module")
def register(site: Site, books_before: set[str]) -> Register:
    """The whole way, once for all tests of this file."""
    register = Walk(site, site.running.web().url, FILE).whole(meanwhile=[CUSTOMER_MEANWHILE])
    held = f"The books hold {len(site.books())} vendors, {len(books_before)} of them before."
    sys.stdout.write(f"\n{register.figures()}\n{held}\n")
    return register


def test_every_row_is_created_linked_or_refused_with_its_reason(register: Register) -> None:
    names = Counter(name for line, name in register.rows.items() if line not in register.refused_in_file)
    ends = [register.created, register.linked, register.refused_by_approver, register.refused_by_quickbooks]
    assert Counter(name for end in ends for name in end) == names
    assert set(names.values()) == {1}
    reasons = [register.refused_in_file, register.refused_by_approver, register.refused_by_quickbooks]
    assert all(sentence.endswith(".") for end in reasons for sentence in end.values()), reasons  # type: ignore[attr-defined]


def test_the_books_hold_exactly_what_was_there_and_what_was_created(
    site: Site, register: Register, books_before: set[str]
) -> None:
    held = Counter(one["DisplayName"] for one in site.books())
    assert held == Counter([*books_before, *register.created])
    keys = Counter(same_name_key(name) for name in held)
    assert [key for key, count in keys.items() if count > 1] == []


def test_each_was_written_by_one_request_and_looked_at_once(site: Site, register: Register) -> None:
    asked = Counter[str]()
    for one in site.control("GET", "requests"):
        if one["method"] == "POST" and one["path"].endswith("/vendor"):
            asked[one["body"]["DisplayName"]] += 1
        elif one["operation"] == "batch":  # where a few were due at the same moment
            asked.update(each["Vendor"]["DisplayName"] for each in one["body"]["BatchItemRequest"])
    assert set(asked.values()) == {1}
    assert len(asked) == len(register.created) + len(register.refused_by_quickbooks)
    assert Attempt.objects.exclude(outcome__in=["done", "refused"]).count() == 0


def test_no_name_was_changed_on_its_way(site: Site, register: Register) -> None:
    held = {one["Id"]: one["DisplayName"] for one in site.books()}
    in_file = set(register.rows.values())
    links = {link.item.vendor.name: held[link.remote_id] for link in Link.objects.select_related("item__vendor")}
    assert {name: links[name] for name in register.created} == {name: name for name in register.created}
    assert set(Vendor.objects.values_list("name", flat=True)) <= in_file
    assert links.keys() == register.created | register.linked


def test_what_the_bookkeeper_had_is_linked_and_keeps_its_own_spelling(site: Site, register: Register) -> None:
    assert {same_name_key(name) for name in register.linked} == {same_name_key(name) for name in VENDORS_BEFORE}
    untouched = [one for one in site.books() if one["DisplayName"] in VENDORS_BEFORE]
    assert [one["SyncToken"] for one in untouched] == ["0", "0"]


def test_a_name_of_a_customer_is_refused_where_it_is_first_known(register: Register) -> None:
    assert list(register.refused_by_approver) == [CUSTOMER_BEFORE]
    assert "customer" in register.refused_by_approver[CUSTOMER_BEFORE]
    assert list(register.refused_by_quickbooks) == [CUSTOMER_MEANWHILE]
    told = f"QuickBooks already has a vendor, customer or employee of the name “{CUSTOMER_MEANWHILE}”"
    assert told in register.refused_by_quickbooks[CUSTOMER_MEANWHILE]


def test_the_rows_refused_in_the_file_are_those_that_quickbooks_would_refuse(register: Register) -> None:
    too_long = {line for line, name in register.rows.items() if len(name) > 100}
    seen: set[str] = set()
    doubles = set()
    for line, name in register.rows.items():
        if " ".join(name.casefold().split()) in seen:
            doubles.add(line)
        seen.add(" ".join(name.casefold().split()))
    assert register.refused_in_file.keys() == too_long | doubles
    assert all("QuickBooks takes 100" in register.refused_in_file[line] for line in too_long)
    assert all("has it already" in register.refused_in_file[line] for line in doubles - too_long)
    assert len(register.near) > len(register.rows) // 10


def test_the_journal_of_the_whole_way_holds(site: Site, register: Register) -> None:
    assert register.created
    assert verify_journal(site.max_pm.company) is None
