"""When a linked document is looked for: some days after it was last heard of, and at once if it was not found."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from procore_sync.accounts.models import Membership
from quickbooks_bridge.models import Link
from quickbooks_bridge.watch_models import LinkWatch
from quickbooks_bridge.watching import links
from tests.factories import make_vendor

pytestmark = pytest.mark.database
WATCHED = ("Vendor", "Bill")


@pytest.fixture(autouse=True)
def a_week(settings: Settings) -> None:
    settings.WATCH_CHECK_DAYS = 7


def make_link(by: Membership, remote_id: str, days_ago: float, entity: str = "Vendor") -> Link:
    """A link that was written so long ago, and of which nothing was heard since."""
    item = make_vendor(by, f"Vendor {remote_id}").erp
    link = Link.objects.create(item=item, company=by.company, entity=entity, remote_id=remote_id)
    Link.objects.filter(pk=link.pk).update(created_at=timezone.now() - timedelta(days=days_ago))
    return link


def due(by: Membership) -> tuple[str, list[str]]:
    return links.due_ids(by.company_id, WATCHED)


def test_nothing_is_due_before_its_days_are_over(max_pm: Membership) -> None:
    make_link(max_pm, "1", 6.9)
    assert due(max_pm) == ("", [])


def test_what_has_waited_longest_comes_first_and_takes_along_what_would_be_due_soon(max_pm: Membership) -> None:
    for remote_id, days in (("1", 8), ("2", 9), ("3", 4), ("4", 2)):
        make_link(max_pm, remote_id, days)
    make_link(max_pm, "5", 30, "Bill")
    make_link(max_pm, "6", 30, "Estimate")
    assert due(max_pm) == ("Bill", ["5"])
    links.heard_of(max_pm.company_id, "Bill", ["5"])
    assert due(max_pm) == ("Vendor", ["2", "1", "3"])


def test_one_query_asks_for_so_many_at_most(max_pm: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "AT_ONCE", 2)
    for remote_id in ("1", "2", "3"):
        make_link(max_pm, remote_id, 10)
    assert len(due(max_pm)[1]) == 2


def test_what_was_verified_lately_is_not_due(max_pm: Membership) -> None:
    link = make_link(max_pm, "1", 30)
    Link.objects.filter(pk=link.pk).update(verified_at=timezone.now() - timedelta(days=1))
    assert due(max_pm) == ("", [])


def test_what_was_heard_of_is_due_again_in_some_days(max_pm: Membership) -> None:
    link = make_link(max_pm, "1", 30)
    links.heard_of(max_pm.company_id, "Vendor", ["1", "999"])
    links.heard_of(max_pm.company_id, "Vendor", ["1"])
    assert due(max_pm) == ("", [])
    assert timedelta(days=6) < due_at(link) - timezone.now() <= timedelta(days=7)


def due_at(link: Link) -> datetime:
    return LinkWatch.objects.get(link=link).due_at


@pytest.mark.parametrize(("minutes", "is_due"), [(11, True), (9, False)])
def test_what_was_not_found_is_looked_for_once_it_has_settled(max_pm: Membership, minutes: int, is_due: bool) -> None:
    make_link(max_pm, "1", minutes / 60 / 24)
    links.look_for(max_pm.company_id, "Vendor", ["1"])
    assert due(max_pm) == (("Vendor", ["1"]) if is_due else ("", []))
    assert links.settled_among(max_pm.company_id, "Vendor", ["1", "2"]) == (["1"] if is_due else [])


def test_what_a_whole_list_did_not_show_is_looked_for(max_pm: Membership) -> None:
    for remote_id in ("1", "2"):
        make_link(max_pm, remote_id, 2)
    began = timezone.now() - timedelta(seconds=1)
    make_link(max_pm, "3", 0)
    links.heard_of(max_pm.company_id, "Vendor", ["1"])
    links.look_for_unseen(max_pm.company_id, "Vendor", began)
    assert due(max_pm) == ("Vendor", ["2"])


def test_another_companys_links_are_not_touched(max_pm: Membership, olga: Membership) -> None:
    theirs = make_link(olga, "1", 30)
    make_link(max_pm, "1", 30)
    links.heard_of(max_pm.company_id, "Vendor", ["1"])
    assert due(olga) == ("Vendor", ["1"])
    assert not LinkWatch.objects.filter(link=theirs).exists()
