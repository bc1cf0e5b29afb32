"""What Intuit posts: forged, replayed, doubled, reordered, unreadable; of a company of ours and of nobody's."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from procore_sync.accounts.models import Company
from quickbooks_bridge.models import Connection
from quickbooks_bridge.watch_models import WebhookDelivery, WebhookEvent
from quickbooks_bridge.watching import deliveries
from quickbooks_bridge.watching.posts import read_post
from tests.scenes import kept

pytestmark = pytest.mark.database
TOKEN = "a-verifier-token"
REALM, OTHER, NOBODYS = "9341450000000001", "9341450000000002", "123145700000000"
ADDRESS = "/quickbooks/webhooks/"
NOON = "2026-11-25T12:00:00Z"


def cloud(entity: str, remote_id: str, operation: str = "updated", *, realm: str = REALM, **more: Any) -> Any:
    """An event in the format of today; its id says what it is about."""
    return {
        "specversion": "1.0",
        "id": f"{realm}-{entity}-{remote_id}-{operation}-{more.get('time', NOON)}",
        "source": "intuit.dsnBgbseACLLRZNxo2dfc4evmEJdxde58xeeYcZliOU=",
        "type": f"qbo.{entity}.{operation}.v1",
        "datacontenttype": "application/json",
        "time": NOON,
        "intuitentityid": remote_id,
        "intuitaccountid": realm,
        "data": {},
        **more,
    }


def legacy(*entities: dict[str, str], realm: str = REALM) -> dict[str, Any]:
    """A notification in the format of before."""
    return {"eventNotifications": [{"realmId": realm, "dataChangeEvent": {"entities": list(entities)}}]}


def signed(body: bytes, token: str = TOKEN) -> str:
    return b64encode(hmac.new(token.encode(), body, hashlib.sha256).digest()).decode()


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The broker is an edge; every company is due."""
    found: list[int] = []
    monkeypatch.setattr("quickbooks_bridge.watch_views.ring_changes", found.append)
    monkeypatch.setattr("quickbooks_bridge.watching.schedules.is_due", lambda company_id: True)
    return found


@pytest.fixture
def post(client: Client, settings: Settings, rung: list[int]) -> Callable[..., Any]:
    settings.QUICKBOOKS_WEBHOOK_TOKEN = TOKEN

    def posted(told: Any, signature: str | None = None) -> Any:
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        given = signed(body) if signature is None else signature
        return client.post(ADDRESS, body, "application/json", headers={"intuit-signature": given})

    return posted


@pytest.fixture
@kept
def row(company: Company) -> Connection:
    return Connection.objects.create(company=company, realm_id=REALM, environment="sandbox")


def heard() -> set[tuple[str, str, str]]:
    return set(WebhookEvent.objects.values_list("entity", "remote_id", "operation"))


def test_a_signed_post_is_stored_and_a_worker_is_told(
    post: Callable[..., Any], row: Connection, rung: list[int]
) -> None:
    answer = post([cloud("bill", "17"), cloud("purchaseorder", "18", "deleted"), cloud("vendor", "5", "created")])
    assert (answer.status_code, answer.content) == (200, b"")
    assert heard() == {("Bill", "17", "update"), ("PurchaseOrder", "18", "delete"), ("Vendor", "5", "create")}
    event = WebhookEvent.objects.get(remote_id="17")
    assert (event.company_id, event.realm_id, event.read_at) == (row.company_id, REALM, None)
    assert event.happened_at == datetime(2026, 11, 25, 12, tzinfo=UTC)
    assert rung == [row.company_id]


def test_the_format_of_before_is_understood_too(post: Callable[..., Any], row: Connection) -> None:
    one = {"name": "Bill", "id": "17", "operation": "Update", "lastUpdated": "2026-11-25T04:00:00-0800"}
    assert post(legacy(one)).status_code == 200
    assert heard() == {("Bill", "17", "update")}
    assert WebhookEvent.objects.get().happened_at == datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "told",
    [
        [cloud("vendor", "5", "merged", data={"deletedId": "6"})],
        legacy({"name": "Vendor", "id": "5", "operation": "Merge", "lastUpdated": NOON, "deletedId": "6"}),
    ],
    ids=["today", "before"],
)
def test_a_merge_points_to_both_records(post: Callable[..., Any], row: Connection, told: Any) -> None:
    post(told)
    assert heard() == {("Vendor", "5", "merge"), ("Vendor", "6", "merge")}


@pytest.mark.parametrize("signature", ["", "x", "ü", signed(b"another body"), signed(b"[]", "another-token")])
def test_a_forged_post_is_refused_and_leaves_nothing(
    post: Callable[..., Any], row: Connection, rung: list[int], signature: str
) -> None:
    assert post(b"[]", signature).status_code == 401
    assert not WebhookDelivery.objects.exists()
    assert not rung


def test_the_signature_is_over_the_very_bytes(post: Callable[..., Any], row: Connection) -> None:
    told = json.dumps([cloud("bill", "17")]).encode()
    assert post(told + b" ", signed(told)).status_code == 401
    assert post(told.replace(b", ", b" ,  "), None).status_code == 200


def test_without_a_token_nothing_is_believed(
    client: Client, settings: Settings, row: Connection, rung: list[int]
) -> None:
    settings.QUICKBOOKS_WEBHOOK_TOKEN = ""
    answer = client.post(ADDRESS, b"[]", "application/json", headers={"intuit-signature": signed(b"[]", "")})
    assert answer.status_code == 401
    assert not WebhookDelivery.objects.exists()


def test_the_same_post_again_is_nothing_new(post: Callable[..., Any], row: Connection, rung: list[int]) -> None:
    for _ in range(3):
        assert post([cloud("bill", "17")]).status_code == 200
    assert WebhookDelivery.objects.get().times == 3
    assert WebhookEvent.objects.count() == 1
    assert rung == [row.company_id]


def test_an_event_that_comes_in_another_post_or_format_is_nothing_new(
    post: Callable[..., Any], row: Connection, rung: list[int]
) -> None:
    post([cloud("bill", "17"), cloud("bill", "17")])
    post([cloud("bill", "17"), cloud("bill", "17", time="2026-11-25T12:00:01Z", id=cloud("bill", "17")["id"])])
    post(legacy({"name": "Bill", "id": "17", "operation": "Update", "lastUpdated": NOON}))
    assert WebhookEvent.objects.count() == 1
    assert rung == [row.company_id]
    post([cloud("bill", "17", time="2026-11-25T11:00:00Z")])
    assert WebhookEvent.objects.count() == 2


def test_one_post_for_several_companies_is_taken_apart(
    post: Callable[..., Any], row: Connection, other_company: Company, rung: list[int]
) -> None:
    Connection.objects.create(company=other_company, realm_id=OTHER, environment="sandbox")
    post([cloud("bill", "17"), cloud("bill", "17", realm=OTHER)])
    assert sorted(rung) == sorted([row.company_id, other_company.pk])
    assert deliveries.hints_of(row.company_id).get().realm_id == REALM
    assert deliveries.hints_of(other_company.pk).get().realm_id == OTHER


def test_a_company_that_is_nobodys_is_kept_and_shown_to_nobody(
    post: Callable[..., Any], row: Connection, rung: list[int]
) -> None:
    assert post([cloud("bill", "17", realm=NOBODYS)]).status_code == 200
    event = WebhookEvent.objects.get()
    assert (event.company_id, event.realm_id) == (None, NOBODYS)
    assert not rung
    assert not deliveries.hints_of(row.company_id).exists()


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"\xff\x00",
        b"null",
        b"7",
        b'{"eventNotifications": 3}',
        b'{"eventNotifications": [{"dataChangeEvent": [1]}, 5]}',
        b"[" * 100_000,
        json.dumps(["x", {}, {"type": "qbo"}, {"type": "other.bill.updated.v1", "intuitentityid": "1"}]).encode(),
        json.dumps([cloud("bill", "1'; --"), cloud("bill", "17", realm="../x"), cloud("b ill", "17")]).encode(),
    ],
)
def test_a_signed_post_that_cannot_be_read_is_taken_and_harms_nothing(
    post: Callable[..., Any], row: Connection, told: bytes
) -> None:
    assert post(told).status_code == 200
    assert WebhookDelivery.objects.count() == 1
    assert not WebhookEvent.objects.exists()


@pytest.mark.parametrize("half", ["\x00", "\ud800"])
def test_an_event_that_no_database_could_hold_takes_no_other_with_it(
    post: Callable[..., Any], row: Connection, half: str
) -> None:
    told = [cloud("bill", "16"), cloud("bill", "17", half), cloud("bill", "18")]
    told[0]["id"] = f"a{half}"
    assert post(told).status_code == 200
    assert [event.remote_id for event in WebhookEvent.objects.all()] == ["18"]


@pytest.mark.parametrize("time", ["yesterday", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_an_event_without_a_time_is_of_now(post: Callable[..., Any], row: Connection, time: str) -> None:
    """The last two are days of which there are none where the database keeps time."""
    assert post([cloud("bill", "17", time=time)]).status_code == 200
    assert timezone.now() - WebhookEvent.objects.get().happened_at < timedelta(minutes=1)


def test_a_post_that_is_too_long_is_not_read(
    post: Callable[..., Any], row: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "MOST_BYTES", 10)
    assert post([cloud("bill", "17")]).status_code == 413
    assert not WebhookDelivery.objects.exists()


def test_a_single_event_is_read_like_a_list_of_one() -> None:
    assert read_post(json.dumps(cloud("bill", "17")).encode()).events[0].remote_id == "17"


def test_old_posts_are_forgotten(post: Callable[..., Any], row: Connection) -> None:
    post([cloud("bill", "17")])
    assert deliveries.forget_old() == 0
    WebhookDelivery.objects.update(received_at=timezone.now() - timedelta(days=36))
    deliveries.forget_old()
    assert not WebhookEvent.objects.exists()


def test_a_post_costs_the_same_however_much_it_tells(
    post: Callable[..., Any], row: Connection, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    with django_assert_max_num_queries(20):
        post([cloud("bill", str(one)) for one in range(400)])
    assert WebhookEvent.objects.count() == 400
