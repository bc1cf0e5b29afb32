"""Checklist 97 and 98: the emulator tells an app what happened, signed, again and again, and badly if it is told to."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from .conftest import (
    CLIENT,
    HARBOR_ROW,
    NORTHERN,
    OTHER_BOOKS,
    WAIT,
    Company,
    Connect,
    Json,
    Plane,
)
from .receiver import Receiver, listening
from .test_every_transaction import given
from .test_transactions import bill_of, item_line, order, payment, refs
from .test_window import error, get, post

__all__ = ["refs"]
TOKEN = "5f1c9f0e-verifier"
LATER = 60


@dataclass
class App:
    """An app that hears of a company: its connection, its end of the webhooks, and what it asked for."""

    plane: Plane
    company: Company
    receiver: Receiver

    def subscribe(self, **more: Any) -> None:
        """Ask to be told. What happens is gathered for a minute, so that a test says when it is posted."""
        asked = {"url": self.receiver.url, "token": TOKEN, "delay": LATER, **more}
        self.plane.post("webhooks", client=CLIENT[0], **asked)

    def posted(self) -> list[Json]:
        """Let the minute pass and everything due be posted; the posts as the emulator remembers them."""
        self.plane.post("clock", advance_seconds=LATER)
        posts: list[Json] = self.plane.post("webhooks/deliver")
        return posts

    def told(self) -> list[tuple[str, str]]:
        """The same; type and id of every CloudEvent that came."""
        self.posted()
        return self.receiver.events


@pytest.fixture
def app(plane: Plane, company: Company) -> Iterator[App]:
    """The demo app, connected to Harbor Row."""
    with listening() as receiver:
        yield App(plane, company, receiver)


# what is told


def test_097_a_post_is_an_array_of_cloud_events_signed_over_its_raw_body(app: App) -> None:
    app.subscribe()
    vendor = app.company.write("Vendor", {"DisplayName": "Béton & Fils"})
    (remembered,) = app.posted()
    (came,) = app.receiver.posts
    assert came.is_signed_with(TOKEN)
    assert not came.is_signed_with("another")
    assert came.content_type == "application/json"
    (event,) = came.told
    assert {name: event[name] for name in event if name not in ("id", "source", "time")} == {
        "specversion": "1.0",
        "type": "qbo.vendor.created.v1",
        "datacontenttype": "application/json",
        "intuitentityid": vendor["Id"],
        "intuitaccountid": HARBOR_ROW,
    }
    assert event["id"].endswith(f"-Vendor-{vendor['Id']}")
    assert event["source"].startswith("intuit.")
    assert event["time"].endswith("Z")
    assert (remembered["state"], remembered["answers"][0]["answer"]) == ("delivered", "200")
    assert remembered["events"] == [f"Vendor {vendor['Id']} Create"]


def test_097_by_its_setting_the_older_shape(app: App) -> None:
    app.subscribe(format="legacy")
    vendor = app.company.write("Vendor", {"DisplayName": "Quill Masonry"})
    app.posted()
    (notification,) = app.receiver.posts[0].told["eventNotifications"]
    (entity,) = notification["dataChangeEvent"]["entities"]
    assert notification["realmId"] == HARBOR_ROW
    assert entity.pop("lastUpdated").endswith("Z")
    assert entity == {"name": "Vendor", "id": vendor["Id"], "operation": "Create"}
    assert app.receiver.posts[0].is_signed_with(TOKEN)


PAPERS = ["Bill", "Estimate", "JournalEntry", "Purchase", "PurchaseOrder", "TimeActivity", "VendorCredit"]


@pytest.mark.parametrize("entity", PAPERS)
def test_097_each_transaction_tells_of_its_creation_change_and_deletion(
    app: App, refs: dict[str, Json], entity: str
) -> None:
    document = given(app.company, refs, entity)
    app.subscribe()
    held = app.company.write(entity, document)
    after = app.company.write(entity, held)
    app.company.write(entity, after, operation="delete")
    app.posted()
    own = [kind for kind, key in app.receiver.events if key == held["Id"]]
    assert own == [f"qbo.{entity.lower()}.{past}.v1" for past in ("created", "updated", "deleted")]


LISTS: dict[str, Json] = {
    "Account": {"Name": "Vault", "AccountType": "Bank"},
    "Class": {"Name": "Marine"},
    "Customer": {"DisplayName": "Quiet Bay"},
    "Department": {"Name": "Yard"},
    "Employee": {"GivenName": "Noor", "FamilyName": "Haddad"},
    "Term": {"Name": "Net 7", "DueDays": 7},
    "Vendor": {"DisplayName": "Quill Masonry"},
}
NOT_DELETED = ("Department", "Term")


@pytest.mark.parametrize("entity", LISTS)
def test_097_each_list_tells_of_its_entries(app: App, entity: str) -> None:
    app.subscribe()
    held = app.company.write(entity, LISTS[entity])
    after = app.company.write(entity, {**held, "sparse": True})
    app.company.write(entity, {"Id": held["Id"], "SyncToken": after["SyncToken"], "sparse": True, "Active": False})
    app.posted()
    told = [kind.split(".")[2] for kind, _ in app.receiver.events]
    assert told == ["created", "updated"] + ([] if entity in NOT_DELETED else ["deleted"])
    assert {kind.split(".")[1] for kind, _ in app.receiver.events} == {entity.lower()}


def test_097_by_a_switch_an_inactive_entry_is_an_updated_one(app: App) -> None:
    app.plane.post("switches", webhook_of_inactive="update")
    app.subscribe()
    vendor = app.company.named("Vendor", "Ace Electric Co")
    app.company.write("Vendor", {**vendor, "Active": False})
    app.posted()
    assert app.receiver.events == [("qbo.vendor.updated.v1", vendor["Id"])]


def test_097_a_payment_tells_of_its_bill_and_its_voiding_has_a_name(app: App, refs: dict[str, Json]) -> None:
    bill = app.company.write("Bill", {"VendorRef": refs["vendor"], "Line": [item_line(refs, 1, 90)]})
    app.subscribe()
    paid = app.company.write("BillPayment", payment(refs, bill, 90))
    app.posted()
    assert app.receiver.events == [("qbo.billpayment.created.v1", paid["Id"]), ("qbo.bill.updated.v1", bill["Id"])]
    app.receiver.posts.clear()
    app.company.write("BillPayment", {"Id": paid["Id"], "SyncToken": "0"}, operation="void")
    app.posted()
    assert app.receiver.events == [("qbo.billpayment.voided.v1", paid["Id"]), ("qbo.bill.updated.v1", bill["Id"])]
    app.receiver.posts.clear()
    app.company.write("BillPayment", {"Id": paid["Id"], "SyncToken": "1"}, operation="delete")
    app.posted()
    assert app.receiver.events == [("qbo.billpayment.deleted.v1", paid["Id"])]


def test_097_a_bill_of_an_order_tells_of_the_order(app: App, refs: dict[str, Json]) -> None:
    held = order(app.company, refs, 100)
    app.subscribe()
    bill = app.company.write("Bill", bill_of(refs, held, ("1", 100)))
    app.posted()
    assert app.receiver.events == [("qbo.bill.created.v1", bill["Id"]), ("qbo.purchaseorder.updated.v1", held["Id"])]


@pytest.mark.parametrize("form", ["cloudevents", "legacy"])
def test_097_a_merge_names_the_one_that_vanished(app: App, refs: dict[str, Json], form: str) -> None:
    app.subscribe(format=form)
    gone, kept = refs["vendor"]["value"], refs["other"]["value"]
    app.plane.post("desk/merge", realm=HARBOR_ROW, entity="Vendor", id=gone, into=kept)
    app.posted()
    told = app.receiver.posts[0].told
    if form == "cloudevents":
        assert app.receiver.events == [("qbo.vendor.merged.v1", kept)]
        assert told[0]["data"] == {"deletedid": gone}
    else:
        (entity,) = told["eventNotifications"][0]["dataChangeEvent"]["entities"]
        assert (entity["operation"], entity["id"], entity["deletedId"]) == ("Merge", kept, gone)


def test_097_what_is_done_in_the_window_and_in_batches_is_told_too(app: App, refs: dict[str, Json]) -> None:
    app.subscribe()
    vendor = refs["vendor"]["value"]
    post(app.plane, f"/company/{HARBOR_ROW}/vendors/{vendor}", action="rename", name="Ace Electrical", token="0")
    post(app.plane, f"/company/{HARBOR_ROW}/settings", closed="2026-03-31", orders="on")
    items = [{"bId": "1", "operation": "create", "Vendor": {"DisplayName": "Quill Masonry"}}]
    app.company.call("POST", "batch", json={"BatchItemRequest": items})
    app.posted()
    assert [kind for kind, _ in app.receiver.events] == [
        "qbo.vendor.updated.v1",
        "qbo.preferences.updated.v1",
        "qbo.vendor.created.v1",
    ]


def test_097_nothing_is_told_of_what_was_refused_replayed_or_of_another_company(app: App) -> None:
    app.subscribe()
    app.company.refusal("Vendor", {"DisplayName": "Ridgeline Mechanical"})
    vendor = {"DisplayName": "Quill Masonry"}
    app.company.write("Vendor", vendor, requestid="r1")
    app.plane.session.post(f"{app.plane.base}/_control/documents/{OTHER_BOOKS}/Vendor", json=vendor, timeout=WAIT)
    app.posted()
    assert len(app.receiver.events) == 1
    app.company.write("Vendor", vendor, requestid="r1")
    assert len(app.posted()) == 1


def test_097_one_post_carries_what_happened_since_the_last_in_several_companies(app: App, connect: Connect) -> None:
    here, there = connect(HARBOR_ROW), connect(NORTHERN)
    app.subscribe()
    for realm in (here, there):
        first = realm.write("Vendor", {"DisplayName": "First"})
        realm.write("Vendor", {**first, "DisplayName": "Renamed"})
        realm.write("Vendor", {**first, "SyncToken": "1", "DisplayName": "Renamed again"})
    app.posted()
    (came,) = app.receiver.posts
    told = [(event["intuitaccountid"], event["type"].split(".")[2]) for event in came.told]
    assert told == [(realm, kind) for realm in (HARBOR_ROW, NORTHERN) for kind in ("created", "updated")]
    app.plane.post("switches", webhook_realms="one")
    for realm in (here, there):
        realm.write("Vendor", {"DisplayName": "Second"})
    app.posted()
    assert [came.told[0]["intuitaccountid"] for came in app.receiver.posts[1:]] == [HARBOR_ROW, NORTHERN]


@pytest.mark.parametrize("delay", [0, LATER])
def test_097_it_is_posted_by_itself_when_its_time_has_come(app: App, delay: int) -> None:
    app.subscribe(delay=delay)
    app.company.write("Vendor", {"DisplayName": "Quill Masonry"})
    if delay:
        app.plane.post("clock", advance_seconds=delay)
    assert app.receiver.arrived.wait(5)
    assert app.receiver.events[0][0] == "qbo.vendor.created.v1"
    app.receiver.arrived.clear()
    app.company.write("Vendor", {"DisplayName": "Another"})
    if delay:
        app.plane.post("clock", advance_seconds=delay)
    assert app.receiver.arrived.wait(5)


def test_097_changes_without_end_put_off_no_post(app: App) -> None:
    vendor = app.company.write("Vendor", {"DisplayName": "Quill Masonry"})
    app.subscribe()
    for token in range(3):
        vendor = app.company.write("Vendor", {**vendor, "SyncToken": str(token), "AcctNum": str(token)})
        app.plane.post("clock", advance_seconds=LATER / 2)
    app.plane.post("webhooks/deliver")
    assert app.receiver.events[0] == ("qbo.vendor.updated.v1", vendor["Id"])


# again and again


def test_098_what_is_not_answered_with_200_comes_again_by_the_ladder_and_is_given_up(app: App) -> None:
    app.receiver.answers = [500, 204, 302, 404, 500, 500, 500, 500, 500, 200]
    app.subscribe()
    app.company.write("Vendor", {"DisplayName": "Quill Masonry"})
    (remembered,) = app.posted()
    tries = 1
    for seconds in (10, 20, 30, 5 * 60, 20 * 60, 2 * 3600, 4 * 3600, 6 * 3600):
        assert (remembered["state"], len(app.receiver.posts)) == ("waiting", tries)
        app.plane.post("clock", advance_seconds=seconds - 2)
        (remembered,) = app.plane.post("webhooks/deliver")
        assert len(remembered["answers"]) == tries, f"{seconds} seconds had not passed"
        app.plane.post("clock", advance_seconds=2)
        (remembered,) = app.plane.post("webhooks/deliver")
        tries += 1
    assert (remembered["state"], len(app.receiver.posts)) == ("given up", 9)
    assert len({came.body for came in app.receiver.posts}) == 1
    app.plane.post("clock", advance_seconds=7 * 3600)
    app.plane.post("webhooks/deliver")
    assert len(app.receiver.posts) == 9


def test_098_what_is_not_answered_in_time_comes_again(app: App) -> None:
    assert app.plane.get("switches")["webhook_patience_seconds"]["value"] == 3
    app.plane.post("switches", webhook_patience_seconds=0.05)
    app.receiver.answers = [None]
    app.subscribe()
    app.company.write("Vendor", {"DisplayName": "Quill Masonry"})
    (remembered,) = app.posted()
    assert (remembered["state"], remembered["answers"][0]["answer"]) == ("waiting", "no answer in time")
    app.plane.post("switches", webhook_patience_seconds=3)
    assert app.posted()[0]["state"] == "delivered"
    assert app.receiver.posts[0].told == app.receiver.posts[1].told


def test_098_an_app_that_is_not_there_is_tried_again(app: App) -> None:
    app.subscribe(url="http://127.0.0.1:9/hooks")
    app.company.write("Vendor", {"DisplayName": "Quill Masonry"})
    assert app.posted()[0]["answers"][0]["answer"].startswith("not reached")
    app.subscribe()
    assert app.posted()[0]["state"] == "delivered"


@pytest.mark.parametrize(("holds", "second"), [(False, "delivered"), (True, "waiting")])
def test_098_a_failure_holds_back_the_later_posts_only_by_a_switch(app: App, holds: bool, second: str) -> None:
    app.plane.post("switches", webhook_failure_holds_back=holds)
    app.subscribe()
    app.receiver.answers = [500]
    app.company.write("Vendor", {"DisplayName": "First"})
    app.posted()
    app.subscribe(delay=0)
    app.company.write("Vendor", {"DisplayName": "Second"})
    assert [one["state"] for one in app.plane.post("webhooks/deliver")] == ["waiting", second]
    assert [one["state"] for one in app.posted()] == ["delivered", "delivered"]


@pytest.mark.parametrize("seed", [1, 7])
def test_098_by_its_settings_it_is_lost_doubled_and_out_of_order_the_same_way_each_time(
    app: App, connect: Connect, seed: int
) -> None:
    runs = []
    for _ in range(2):
        app.plane.post("reset")
        company = connect(HARBOR_ROW)
        settings = {"url": app.receiver.url, "delay": LATER, "loss": 30, "duplicates": 50, "disorder": 50, "seed": seed}
        app.plane.post("webhooks", client=CLIENT[0], **settings)
        app.receiver.posts.clear()
        names = [company.write("Vendor", {"DisplayName": f"V{number}"})["Id"] for number in range(20)]
        for _step in range(3):
            app.plane.post("clock", advance_seconds=LATER)
            app.plane.post("webhooks/deliver")
        runs.append([key for _, key in app.receiver.events])
        lost = [one for one in app.plane.get("webhooks/deliveries") if one["state"] == "lost"]
        assert lost
        assert {one["events"][0].split()[1] for one in lost} == set(names) - set(runs[-1])
    assert runs[0] == runs[1]
    assert runs[0] != sorted(runs[0], key=int)


def test_098_disordered_events_come_later_and_mixed(app: App) -> None:
    app.subscribe(disorder=100)
    keys = [app.company.write("Vendor", {"DisplayName": f"V{number}"})["Id"] for number in range(9)]
    assert app.posted() == []
    app.posted()
    came = [key for _, key in app.receiver.events]
    assert came != keys
    assert sorted(came, key=int) == keys


def test_098_a_doubled_post_is_the_same_to_the_letter(app: App) -> None:
    app.subscribe(duplicates=100)
    app.company.write("Vendor", {"DisplayName": "Quill Masonry"})
    app.posted()
    first, second = app.receiver.posts
    assert (first.body, first.signature) == (second.body, second.signature)


# settings


def test_settings_are_kept_until_they_are_changed_and_a_token_is_made(plane: Plane) -> None:
    first = plane.post("webhooks", url="http://127.0.0.1:9/a")
    assert first == {
        "url": "http://127.0.0.1:9/a",
        "token": first["token"],
        "format": "cloudevents",
        "delay": 0.0,
        "duplicates": 0,
        "disorder": 0,
        "loss": 0,
        "seed": 1,
    }
    assert len(first["token"]) == 36
    assert plane.post("webhooks", loss=5) == {**first, "loss": 5}
    assert plane.get("webhooks") == {CLIENT[0]: {**first, "loss": 5}}
    assert plane.session.delete(f"{plane.base}/_control/webhooks", timeout=WAIT).status_code == 200
    assert plane.get("webhooks") == {}
    plane.post("webhooks", url="http://127.0.0.1:9/a")
    plane.post("reset")
    assert plane.get("webhooks") == {}


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({}, "An address is needed"),
        ({"url": "ftp://x"}, "The address begins with http:// or https://"),
        ({"url": 5}, "The address begins with http:// or https://"),
        ({"url": "http://x", "client": "nobody"}, "There is no app nobody here."),
        ({"url": "http://x", "token": ""}, "The verifier token is a text"),
        ({"url": "http://x", "format": "xml"}, "The format is one of cloudevents, legacy."),
        ({"url": "http://x", "delay": -1}, "The delay is a number of seconds from 0 to 86400."),
        ({"url": "http://x", "loss": 101}, "The share of loss is a whole number of percent from 0 to 100."),
        ({"url": "http://x", "loss": True}, "The share of loss"),
        ({"url": "http://x", "seed": "x"}, "The seed is a whole number."),
        ({"url": "http://x", "colour": 1}, "There is no setting colour."),
    ],
)
def test_settings_that_cannot_be_are_refused(plane: Plane, asked: Json, says: str) -> None:
    reply = plane.session.post(f"{plane.base}/_control/webhooks", json=asked, timeout=WAIT)
    assert reply.status_code == 422
    assert says in reply.json()["errors"][0]
    assert plane.get("webhooks") == {}


def test_the_window_sets_it_sends_and_shows_what_became_of_it(app: App) -> None:
    assert "Is told nothing yet" in get(app.plane, "/webhooks")
    form = {"client": CLIENT[0], "url": app.receiver.url, "token": "", "format": "legacy", "delay": "60"}
    form |= {"duplicates": "0", "disorder": "0", "loss": "0", "seed": "1", "action": "save"}
    assert "whole number of percent" in error(post(app.plane, "/webhooks", **{**form, "loss": "many"}))
    assert 'value="many"' in post(app.plane, "/webhooks", **{**form, "loss": "many"}).text
    assert post(app.plane, "/webhooks", **form).status_code == 303
    assert (app.plane.get("webhooks")[CLIENT[0]]["format"], app.plane.get("webhooks")[CLIENT[0]]["delay"]) == (
        "legacy",
        60,
    )
    app.receiver.answers = [500]
    vendor = app.company.write("Vendor", {"DisplayName": "Quill Masonry"})
    app.plane.post("clock", advance_seconds=LATER)
    assert post(app.plane, "/webhooks", action="send").status_code == 303
    shown = get(app.plane, "/webhooks")
    for words in (f"Vendor {vendor['Id']} Create", "waiting", '<span class="fault">500</span>', "next at"):
        assert words in shown
    assert post(app.plane, "/webhooks", action="stop", client=CLIENT[0]).status_code == 303
    assert app.plane.get("webhooks") == {}
    assert "given up" in get(app.plane, "/webhooks")
