"""What people see of watching: how often, today's reads, the button, the API and the command."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from procore_sync.accounts.models import Company, Membership
from projects.models import Reading
from quickbooks_bridge.models import Connection, Link
from quickbooks_bridge.watch_models import ReadCount, Sweep, WebhookDelivery, WebhookEvent
from quickbooks_bridge.watching import budgets
from tests.factories import make_vendor
from tests.quickbooks_bridge.emulator_process import REALM
from tests.scenes import kept

PAGE = "/quickbooks/"


@pytest.fixture
@kept
def row(max_pm: Membership) -> Connection:
    """A connection of a company that has something in QuickBooks; nobody calls it."""
    vendor = make_vendor(max_pm, "Ace Electric")
    Link.objects.create(item=vendor.erp, company=max_pm.company, entity="Vendor", remote_id="14")
    return Connection.objects.create(company=max_pm.company, realm_id=REALM, environment="emulator")


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The broker is an edge."""
    found: list[int] = []

    def ring(company_id: int) -> bool:
        found.append(company_id)
        return True

    for place in ("watch_views", "watch_api"):
        monkeypatch.setattr(f"quickbooks_bridge.{place}.ring_changes", ring)
    return found


def text_of(client: Client, who: Membership) -> str:
    client.force_login(who.user)
    return client.get(PAGE).content.decode()


def test_the_page_says_what_was_read_today_and_what_for(
    client: Client, ada: Membership, row: Connection, other_company: Company
) -> None:
    for company, purpose, reads in (
        (row.company, "Changes", 1200),
        (row.company, "Payments", 34),
        (other_company, "Secret", 9),
    ):
        ReadCount.objects.create(company=company, day=budgets.today(), purpose=purpose, reads=reads)
    said = text_of(client, ada)
    assert "Reads today: 1,234 of 2,000" in said
    assert "Payments" in said
    assert "Secret" not in said
    assert "Look now" in said


def test_what_was_read_for_is_said_in_the_readers_language(client: Client, ada: Membership, row: Connection) -> None:
    ada.user.language = "es"
    ada.user.save()
    for kind in Reading.__subclasses__():
        ReadCount.objects.create(company=row.company, day=budgets.today(), purpose=kind.WHAT, reads=1)

    said = text_of(client, ada)

    assert [kind.WHAT for kind in Reading.__subclasses__() if f">{kind.WHAT}<" in said] == []


def test_the_page_says_when_it_slowed_down(client: Client, ada: Membership, row: Connection) -> None:
    ReadCount.objects.create(company=row.company, day=budgets.today(), purpose="Changes", reads=2000)
    assert "Today&#x27;s reads are used up" in text_of(client, ada)


def test_who_may_only_view_has_no_button(client: Client, vic: Membership, row: Connection) -> None:
    assert "Look now" not in text_of(client, vic)


def test_the_button_asks_for_a_look(client: Client, ada: Membership, row: Connection, rung: list[int]) -> None:
    client.force_login(ada.user)
    answer = client.post("/quickbooks/look/", follow=True)
    assert "QuickBooks is being looked at" in answer.content.decode()
    assert rung == [row.company_id]
    assert Sweep.objects.get().asked_by == ada


def test_what_a_webhook_said_of_nobodys_company_is_shown_to_nobody(
    client: Client, ada: Membership, row: Connection
) -> None:
    delivery = WebhookDelivery.objects.create(digest="x", body="", shape="legacy")
    WebhookEvent.objects.create(
        delivery=delivery, realm_id="77", entity="Bill", remote_id="1", operation="update", happened_at=timezone.now()
    )
    assert "Last webhook</dt><dd>not set up" in text_of(client, ada)


def test_the_api_has_the_same(
    client: Client, ada: Membership, vic: Membership, row: Connection, rung: list[int]
) -> None:
    client.force_login(ada.user)
    asked = client.post("/api/v1/quickbooks/looks/", content_type="application/json")
    assert (asked.status_code, rung) == (202, [row.company_id])
    assert client.get("/api/v1/quickbooks/looks/").json()["results"][0]["id"] == asked.json()["id"]
    ReadCount.objects.create(company=row.company, day=budgets.today(), purpose="Changes", reads=3)
    (told,) = client.get("/api/v1/quickbooks/reads/").json()["results"]
    assert (told["purpose"], told["reads"]) == ("Changes", 3)
    client.force_login(vic.user)
    assert client.post("/api/v1/quickbooks/looks/", content_type="application/json").status_code == 403


def test_the_command_looks_to_the_end(watched: Connection) -> None:
    said = StringIO()
    call_command("watch", company=watched.company.slug, stdout=said)
    assert said.getvalue().startswith("Looked: 1 calls, ")
    with pytest.raises(CommandError, match="no company"):
        call_command("watch", company="nobody")


def test_the_command_says_why_it_cannot(row: Connection) -> None:
    Connection.objects.update(is_halted=True)
    with pytest.raises(CommandError, match="paused"):
        call_command("watch", company=row.company.slug)
