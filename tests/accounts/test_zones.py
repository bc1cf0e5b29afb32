"""By which clock whom: by that of their company on pages and in files, by UTC in the API."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone
from openpyxl import load_workbook
from time_machine import travel

from procore_sync.acceptance.items import revise
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.refusals import IllegalMove
from procore_sync.accounts.changes import last_of_settings
from procore_sync.accounts.middleware import MemberMiddleware
from procore_sync.accounts.models import Company, Membership
from procore_sync.accounts.operations import note_settings
from tests.factories import make_project, make_vendor, sent
from vendors.models import Vendor

#: In Auckland it is half past midnight of the 27th, in Los Angeles half past three in the morning of the 26th.
NOW = datetime(2026, 11, 26, 11, 30, tzinfo=UTC)
#: Half an hour before midnight of the 26th in Auckland, half past two of the same day in Los Angeles.
BEFORE = datetime(2026, 11, 26, 10, 30, tzinfo=UTC)


def works_in(member: Membership, zone: str) -> None:
    Company.objects.filter(pk=member.company_id).update(time_zone=zone)


def sent_before(member: Membership, name: str) -> Vendor:
    with travel(BEFORE, tick=False):
        return sent(make_vendor(member, name), member)


def seen_by(client: Client, member: Membership, vendor: Vendor) -> set[str]:
    """The moments of its history."""
    client.force_login(member.user)
    page = client.get(f"/review/{vendor.erp.pk}/").content.decode()
    return set(re.findall(r">((?:Today|Yesterday) \d\d:\d\d)<", page))


def cells(client: Client, path: str) -> list[object]:
    """What stands in the second row of a file."""
    answer = client.get(path)
    content = b"".join(answer) if answer.streaming else answer.content
    if path.endswith("csv"):
        return list(list(csv.reader(content.decode("utf-8-sig").splitlines()))[1])
    return list(list(load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))[1])  # type: ignore[union-attr]


def test_each_company_reads_its_own_clock(client: Client, max_pm: Membership, olga: Membership) -> None:
    works_in(max_pm, "Pacific/Auckland")
    works_in(olga, "America/Los_Angeles")
    ours, theirs = sent_before(max_pm, "Ace Electric"), sent_before(olga, "Best Pipes")
    with travel(NOW, tick=False):
        assert seen_by(client, max_pm, ours) == {"Yesterday 23:30"}
        assert seen_by(client, olga, theirs) == {"Today 02:30"}


def test_today_on_a_page_is_the_day_that_its_form_proposes(client: Client, max_pm: Membership) -> None:
    works_in(max_pm, "Pacific/Auckland")
    client.force_login(max_pm.user)
    project = make_project(max_pm)
    with travel(NOW, tick=False):
        form = client.get(f"/commitments/new/?project={project.pk}").content.decode()
        named = client.get("/inbox/file.csv")["Content-Disposition"]
    assert 'value="2026-11-27"' in form
    assert "2026-11-27" in named


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_a_file_says_moments_by_the_clock_of_the_company(client: Client, max_pm: Membership, extension: str) -> None:
    works_in(max_pm, "America/Los_Angeles")
    sent_before(max_pm, "Ace Electric")
    client.force_login(max_pm.user)
    # A cell of a spreadsheet has no zone.
    said = "2026-11-26T02:30:00-08:00" if extension == "csv" else datetime(2026, 11, 26, 2, 30)  # noqa: DTZ001
    assert said in cells(client, f"/inbox/file.{extension}")
    assert said in cells(client, f"/vendors/file.{extension}")


def test_the_api_reads_utc(client: Client, max_pm: Membership) -> None:
    works_in(max_pm, "Pacific/Auckland")
    client.force_login(max_pm.user)
    vendor = sent_before(max_pm, "Ace Electric")
    told = client.get(f"/api/v1/vendors/{vendor.pk}/").content.decode()
    assert "2026-11-26T10:30:00Z" in told
    assert "+13:00" not in told


def test_who_decided_or_sent_it_meanwhile_did_so_by_the_clock_of_the_company_in_the_api_too(
    client: Client, max_pm: Membership, ada: Membership
) -> None:
    works_in(max_pm, "Pacific/Auckland")
    client.force_login(ada.user)
    vendor = make_vendor(max_pm, "Ace Electric")
    stale = ErpItem.objects.get(pk=vendor.erp.pk)
    with travel(BEFORE, tick=False):
        sent(vendor, max_pm)
    given = {"seen": "0" * 64, "choices": {}}
    refused = client.post(f"/api/v1/items/{stale.pk}/accept/", given, content_type="application/json")
    assert refused.json()["detail"].endswith("Sent by Max: 26 Nov 2026, 23:30.")
    with pytest.raises(IllegalMove, match=r"by Max: 26 Nov 2026, 23:30\."):
        revise(stale, label="Ace Electrical")


def test_whoever_changed_a_setting_last_did_so_by_the_clock_of_the_company(max_pm: Membership) -> None:
    works_in(max_pm, "Pacific/Auckland")
    company = Company.objects.get(pk=max_pm.company_id)
    with travel(BEFORE, tick=False):
        note_settings(company, by=max_pm, before={"Daily summary": "7"}, after={"Daily summary": "8"})
    with travel(NOW, tick=False):
        assert last_of_settings("Look again.", company.pk, ["Daily summary"]).endswith("by Max: Yesterday 23:30.")


@pytest.mark.parametrize("fails", [False, True])
def test_the_clock_of_a_request_ends_with_it(client: Client, max_pm: Membership, fails: bool) -> None:
    works_in(max_pm, "Pacific/Auckland")
    request = RequestFactory().get("/")
    request.user = max_pm.user
    request.session = client.session
    during: list[str] = []

    def answer(request: object) -> None:
        during.append(timezone.get_current_timezone_name())
        if fails:
            raise RuntimeError

    middleware = MemberMiddleware(answer)  # type: ignore[arg-type]
    if fails:
        with pytest.raises(RuntimeError):
            middleware(request)
    else:
        middleware(request)
    assert during == ["Pacific/Auckland"]
    assert timezone.get_current_timezone_name() == "UTC"


@pytest.mark.parametrize("name", ["Mars/Olympus", "America", "", "/etc/passwd"])
def test_a_zone_that_nobody_knows_is_utc_and_breaks_no_page(client: Client, max_pm: Membership, name: str) -> None:
    works_in(max_pm, name)
    vendor = sent_before(max_pm, "Ace Electric")
    client.force_login(max_pm.user)
    with travel(NOW, tick=False):
        assert client.get("/").status_code == 200
        assert seen_by(client, max_pm, vendor) == {"Today 10:30"}
