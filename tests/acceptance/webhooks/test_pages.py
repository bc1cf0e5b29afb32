"""The pages and the API of webhooks: administrators only, the secret once, and every change written down."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from procore_sync.acceptance.webhooks import operations as hooks
from procore_sync.acceptance.webhooks.operations import Wanted
from procore_sync.acceptance.webhooks.rows import Delivery, DeliveryState, Endpoint
from procore_sync.accounts.models import Company, IdempotentAnswer, Membership, RightsChange, Role
from procore_sync.kit.refusals import InvalidInput, NotAllowed, Refusal
from tests.acceptance.conftest import member
from tests.acceptance.webhooks.conftest import Receiver, fresh, tick

pytestmark = pytest.mark.django_db
ENTERED = {"name": "Dashboard", "url": "https://a.example/hooks", "kinds": ["invoice"], "happenings": ["synced"]}


@pytest.fixture
def browser(client: Client, alma: Membership) -> Client:
    """Alma's."""
    client.force_login(alma.user)
    return client


@pytest.fixture
def stranger(client: Client) -> Client:
    """Olaf's, who is administrator of other books."""
    books = Company.objects.create(name="Other Books Inc", slug="other-books")
    client.force_login(member(books, "Olaf", Role.ADMINISTRATOR).user)
    return client


def page_of(endpoint: Endpoint) -> str:
    return f"/settings/webhooks/{endpoint.pk}/"


def secrets_in(text: str) -> list[str]:
    return re.findall(r"whsec_[A-Za-z0-9+/=]+", text)


def test_a_webhook_is_added_and_its_secret_shown_once(browser: Client) -> None:
    answer = browser.post("/settings/webhooks/new/", ENTERED)

    made = Endpoint.objects.get()
    assert (made.name, made.url, made.kinds, made.happenings) == tuple(ENTERED.values())
    assert secrets_in(answer.text) == [made.secret]
    assert "no-store" in answer["Cache-Control"]
    assert secrets_in(browser.get(page_of(made)).text) == []
    assert "https://a.example/hooks" in browser.get("/settings/webhooks/").text


def test_what_cannot_be_taken_is_said_beside_its_field_and_nothing_is_kept(browser: Client) -> None:
    answer = browser.post("/settings/webhooks/new/", ENTERED | {"url": "https://10.0.0.5/"})

    assert answer.status_code == 422
    assert "10.0.0.5 is on a private network" in answer.text
    assert 'value="https://10.0.0.5/"' in answer.text
    assert Endpoint.objects.count() == 0


def test_twenty_are_enough(alma: Membership) -> None:
    for number in range(20):
        hooks.register(Wanted(f"No. {number}", "https://a.example/"), by=alma)

    with pytest.raises(InvalidInput, match="at most 20"):
        hooks.register(Wanted("One more", "https://a.example/"), by=alma)


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "a" * 81])
def test_a_name_is_a_line(alma: Membership, name: str) -> None:
    with pytest.raises(InvalidInput):
        hooks.register(Wanted(name, "https://a.example/"), by=alma)


def test_every_change_is_written_down_without_a_secret(browser: Client, alma: Membership) -> None:
    browser.post("/settings/webhooks/new/", ENTERED)
    made = Endpoint.objects.get()
    browser.post(f"{page_of(made)}edit/", {"name": "Dashboard", "url": "https://b.example/"})
    browser.post(f"{page_of(made)}switch/", {"on": "0"})
    browser.post(f"{page_of(made)}secret/")
    browser.post(f"{page_of(made)}delete/")

    before = "https://a.example/… (Subcontractor invoice: In QuickBooks)"
    after = "https://b.example/ (every kind: everything)"
    told = [change.changes[0] for change in RightsChange.objects.order_by("pk")]
    assert {one["label"] for one in told} == {"Webhook Dashboard"}
    assert [(one["before"], one["after"]) for one in told] == [
        ("", before),
        (before, after),
        ("On", "Switched off"),
        ("secret", "another secret"),
        (after, ""),
    ]
    assert Endpoint.objects.count() == 0


def test_the_key_in_an_address_is_not_in_the_list_of_changes(browser: Client, alma: Membership) -> None:
    browser.post("/settings/webhooks/new/", {"name": "Chat", "url": "https://chat.example/hooks/T0PSECRETabcd"})
    made = Endpoint.objects.get()
    browser.post(f"{page_of(made)}edit/", {"name": "Chat", "url": "https://chat.example/hooks/AN0THERabcd"})
    before_it_was_cut = {"label": "Webhook Chat", "before": "https://chat.example/hooks/0LDSECRETefgh", "after": ""}
    RightsChange.objects.create(company=alma.company, by=alma, action="settings", changes=[before_it_was_cut])

    kept = [change.changes[0] for change in RightsChange.objects.order_by("pk")][:2]
    assert [(one["before"], one["after"]) for one in kept] == [
        ("", "https://chat.example/…abcd (every kind: everything)"),
        (
            "https://chat.example/…abcd (every kind: everything)",
            "https://chat.example/…abcd (every kind: everything) (another address)",
        ),
    ]
    shown = browser.get("/people/").text
    assert "https://chat.example/…efgh" in shown
    assert "(another address)" in shown
    for secret in ("T0PSECRET", "AN0THER", "0LDSECRET"):
        assert secret not in shown
    assert made.name in browser.get(page_of(made)).text


def test_the_form_of_a_webhook_stands_as_it_is(browser: Client, endpoint: Endpoint, receiver: Receiver) -> None:
    Endpoint.objects.update(kinds=["invoice"])

    text = browser.get(f"{page_of(endpoint)}edit/").text

    assert f'value="{receiver.url}"' in text
    assert re.findall(r'name="kinds" value="(\w+)"[^>]* checked', text) == ["invoice"]


def test_a_test_is_sent_and_its_answer_stands_on_the_page(
    browser: Client, endpoint: Endpoint, receiver: Receiver
) -> None:
    receiver.answers[:] = [500]
    browser.post(f"{page_of(endpoint)}test/", follow=True)
    tick()
    text = browser.get(page_of(endpoint)).text
    assert "It answered 500." in text
    assert "failing since" in text

    browser.post(f"{page_of(endpoint)}messages/{Delivery.objects.get().pk}/again/")
    tick()

    assert Delivery.objects.get().state == DeliveryState.DELIVERED
    assert "failing since" not in browser.get("/settings/webhooks/").text


def test_a_paused_one_says_why_and_is_switched_on(browser: Client, endpoint: Endpoint) -> None:
    Endpoint.objects.update(state="paused", why_paused="It answered 410: it wants no more messages.")
    assert "It answered 410" in browser.get(page_of(endpoint)).text
    assert browser.post(f"{page_of(endpoint)}test/").status_code == 409

    browser.post(f"{page_of(endpoint)}switch/", {"on": "1"})

    assert (fresh(endpoint).state, fresh(endpoint).why_paused) == ("on", "")


def test_what_came_back_is_shown_as_text(browser: Client, endpoint: Endpoint) -> None:
    Delivery.objects.create(endpoint=endpoint, happening="ping", body="{}", answer="<script>alert(1)</script>")

    assert "<script>alert" not in browser.get(page_of(endpoint)).text


PARTS = ["", "edit/", "test/", "switch/", "secret/", "delete/", "messages/{message}/again/"]


@pytest.mark.parametrize("part", PARTS)
def test_another_company_has_no_such_webhook(stranger: Client, endpoint: Endpoint, part: str) -> None:
    message = Delivery.objects.create(endpoint=endpoint, happening="ping", body="{}").pk
    address = f"{page_of(endpoint)}{part.format(message=message)}"

    answer = stranger.get(address) if part in ("", "edit/") else stranger.post(address)

    assert answer.status_code == 404
    assert "Dashboard" not in stranger.get("/settings/webhooks/").text


@pytest.mark.parametrize("part", ["", "test/", "switch-on/", "switch-off/", "change-secret/"])
def test_another_company_has_none_in_the_api_either(stranger: Client, endpoint: Endpoint, part: str) -> None:
    message = Delivery.objects.create(endpoint=endpoint, happening="ping", body="{}").pk
    address = f"webhooks/{endpoint.pk}/{part}"

    answer = posted(stranger, address) if part else stranger.get(f"/api/v1/{address}")
    assert answer.status_code == 404
    assert posted(stranger, f"webhook-deliveries/{message}/again/").status_code == 404
    assert stranger.delete(f"/api/v1/webhooks/{endpoint.pk}/").status_code == 404
    assert stranger.get("/api/v1/webhook-deliveries/").json()["results"] == []
    assert stranger.get("/api/v1/webhooks/").json()["results"] == []


def test_nobody_but_an_administrator_may(max_pm: Membership, ada: Membership, endpoint: Endpoint) -> None:
    delivery = Delivery.objects.create(endpoint=endpoint, happening="ping", body="{}")
    wanted = Wanted("Mine", "https://a.example/")
    for one in (max_pm, ada):
        for act in (
            lambda by: hooks.register(wanted, by=by),
            lambda by: hooks.change(endpoint, wanted, by=by),
            lambda by: hooks.switch(endpoint, on=True, by=by),
            lambda by: hooks.change_secret(endpoint, by=by),
            lambda by: hooks.ping(endpoint, by=by),
            lambda by: hooks.send_again(delivery, by=by),
            lambda by: hooks.delete(endpoint, by=by),
        ):
            with pytest.raises(NotAllowed):
                act(one)


# -- the API -------------------------------------------------------------------------------------------------------


def posted(client: Client, path: str, body: Any = None, **headers: str) -> Any:
    return client.post(f"/api/v1/{path}", body, "application/json", headers=headers)


def test_the_api_does_the_same(browser: Client, receiver: Receiver) -> None:
    made = posted(browser, "webhooks/", {"name": "Dashboard", "url": receiver.url})
    assert made.status_code == 201
    endpoint = Endpoint.objects.get()
    one = f"webhooks/{endpoint.pk}/"
    assert made.json()["secret"] == endpoint.secret
    assert "secret" not in browser.get(f"/api/v1/{one}").json()

    changed = browser.patch(f"/api/v1/{one}", {"happenings": ["failed"]}, "application/json").json()
    assert (changed["name"], changed["url"], changed["happenings"]) == ("Dashboard", receiver.url, ["failed"])
    assert posted(browser, f"{one}switch-off/").json()["state"] == "off"
    assert posted(browser, f"{one}test/").status_code == 409
    assert posted(browser, f"{one}switch-on/").json()["state"] == "on"
    sent = posted(browser, f"{one}test/").json()
    tick()
    told = browser.get(f"/api/v1/webhook-deliveries/?webhook={endpoint.pk}&state=delivered").json()["results"]
    assert [(row["key"], row["answer_status"], row["item"]) for row in told] == [(sent["key"], 204, None)]
    assert posted(browser, f"webhook-deliveries/{told[0]['id']}/again/").json()["state"] == "waiting"
    assert browser.get("/api/v1/webhook-deliveries/?state=given_up").json()["results"] == []
    renewed = posted(browser, f"{one}change-secret/").json()["secret"]
    assert renewed == fresh(endpoint).secret != made.json()["secret"]
    assert browser.delete(f"/api/v1/{one}").status_code == 204
    assert Endpoint.objects.count() == 0


def test_a_repeated_request_registers_once_and_its_answer_keeps_no_secret(browser: Client) -> None:
    body = {"name": "Dashboard", "url": "https://a.example/"}
    first, second = (posted(browser, "webhooks/", body, **{"Idempotency-Key": "k1"}).json() for _ in range(2))

    assert Endpoint.objects.count() == 1
    assert first["secret"].startswith("whsec_")
    assert second == first | {"secret": None}
    assert "whsec_" not in str(IdempotentAnswer.objects.get().answer)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "D", "url": "https://10.0.0.1/"}, "url"),
        ({"name": "", "url": "https://a.example/"}, "name"),
        ({"name": "D", "url": "https://a.example/", "kinds": ["house"]}, "kinds"),
        ({"name": "D", "url": "https://a.example/", "happenings": ["ping"]}, "happenings"),
        ({"name": "D", "url": "https://a.example/", "secret": "mine"}, "secret"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_field(browser: Client, body: dict[str, Any], field: str) -> None:
    answer = posted(browser, "webhooks/", body)

    assert answer.status_code == 422
    assert field in answer.json()["errors"]
    assert Endpoint.objects.count() == 0


def test_the_figures_say_how_long_a_webhook_waits(client: Client, endpoint: Endpoint, settings: Settings) -> None:
    settings.METRICS_TOKEN = "figures"
    Delivery.objects.create(endpoint=endpoint, happening="ping", body="{}")

    text = client.get("/metrics", headers={"Authorization": "Bearer figures"}).text

    assert re.search(r"^console_webhooks_oldest_waiting_seconds 0\.\d+", text, re.M)
    assert re.search(r"^console_webhooks_waiting 1\.0$", text, re.M)


@pytest.mark.parametrize(
    "act",
    [
        lambda one, by: hooks.change(one, Wanted("Other", "https://b.example/"), by=by),
        lambda one, by: hooks.switch(one, on=False, by=by),
        lambda one, by: hooks.change_secret(one, by=by),
        lambda one, by: hooks.ping(one, by=by),
        lambda one, by: hooks.delete(one, by=by),
    ],
)
def test_what_was_deleted_since_the_page_was_loaded_is_said(
    alma: Membership, act: Callable[[Endpoint, Membership], object]
) -> None:
    made = hooks.register(Wanted("Dashboard", "https://a.example/"), by=alma)
    Endpoint.objects.filter(pk=made.pk).delete()

    with pytest.raises(Refusal, match="The webhook was deleted meanwhile"):
        act(made, alma)
