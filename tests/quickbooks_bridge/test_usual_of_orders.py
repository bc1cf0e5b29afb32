"""The class of a purchase order and of its change orders: what stands there, what QuickBooks gets, what is watched."""

from __future__ import annotations

import pytest

from procore_sync.acceptance.courier import courier
from procore_sync.acceptance.many import accept_many
from procore_sync.acceptance.operations import send
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Membership
from quickbooks_bridge.defaults import choose_usual
from quickbooks_bridge.drift_models import Drift
from quickbooks_bridge.models import Connection, Health, Link
from tests.quickbooks_bridge.conftest import work
from tests.quickbooks_bridge.documents import DOCUMENTS, Ground, edited
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.quickbooks_bridge.test_bills import EXPENSE
from tests.quickbooks_bridge.test_documents import Accept, ground, only, specs
from tests.quickbooks_bridge.test_usual import number
from tests.quickbooks_bridge.watching.conftest import look

__all__ = ["ground", "specs"]


def test_an_order_and_its_changes_have_the_class_of_their_project_and_no_location(
    books: Connection, ground: Ground, accept: Accept, ada: Membership, emulator: EmulatorProcess
) -> None:
    usual = {"class": number(books, "Class", "Commercial"), "location": number(books, "Department", "Field")}
    choose_usual(books, ground.project, usual, by=ada)
    order = ground.commitment()
    (offered,) = courier().preview(order, DOCUMENTS[order.pk]).choices()
    assert (offered.name, offered.required, offered.initial) == ("class", False, usual["class"])
    shown = courier().preview(order, DOCUMENTS[order.pk]).posting({"class": usual["class"]})
    assert [one.value for one in shown.facts if one.label == "Class"] == ["Commercial"]

    done = work(accept(order, **{"class": usual["class"]}))

    assert done.item.status == Status.SYNCED
    held = only(emulator, "PurchaseOrder")
    assert {one[EXPENSE]["ClassRef"]["name"] for one in held["Line"]} == {"Commercial"}
    assert "DepartmentRef" not in held
    residential = number(books, "Class", "Residential")
    assert work(accept(ground.change_order(order, 1), **{"class": residential})).item.status == Status.SYNCED
    lines = only(emulator, "PurchaseOrder")["Line"]
    assert [one[EXPENSE]["ClassRef"]["name"] for one in lines] == ["Commercial"] * 2 + ["Residential"]


def test_a_class_that_is_left_out_of_a_correction_is_taken_off_the_order(
    books: Connection, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    order = ground.commitment()
    assert work(accept(order, **{"class": number(books, "Class", "Commercial")})).item.status == Status.SYNCED
    edited(order, description="Other words.")
    done = work(accept(order, **{"class": ""}))
    assert done.item.status == Status.SYNCED
    assert [one["value"] for one in done.posting["facts"] if one["label"] == "Class"] == ["(cleared)"]
    assert [one[EXPENSE].get("ClassRef") for one in only(emulator, "PurchaseOrder")["Line"]] == [None] * 2


@pytest.mark.parametrize(("sent", "health"), [("Commercial", Health.DRIFTED), ("", Health.OK)])
def test_the_class_of_an_order_is_watched_only_where_it_was_sent(
    books: Connection, ground: Ground, accept: Accept, emulator: EmulatorProcess, sent: str, health: Health
) -> None:
    order = ground.commitment()
    assert work(accept(order, **({"class": number(books, "Class", sent)} if sent else {}))).item.status == Status.SYNCED
    held = only(emulator, "PurchaseOrder")
    held["Line"][0][EXPENSE]["ClassRef"] = {"value": number(books, "Class", "Residential")}
    emulator.write("PurchaseOrder", held)
    look(books)
    assert Link.objects.get(item=order).health == health
    told = [(one["label"], one["ours"], one["theirs"]) for drift in Drift.objects.all() for one in drift.fields]
    assert told == ([("Line 1, class", "Commercial", "Residential")] if sent else [])


def test_orders_are_accepted_among_many_with_the_class_of_their_project(
    books: Connection, ground: Ground, ada: Membership, emulator: EmulatorProcess
) -> None:
    choose_usual(books, ground.project, {"class": number(books, "Class", "Commercial")}, by=ada)
    sending = send(ground.commitment(), by=ground.by)
    accept_many([sending], by=ada, seconds=60)
    assert work(sending).item.status == Status.SYNCED
    assert {one[EXPENSE]["ClassRef"]["name"] for one in only(emulator, "PurchaseOrder")["Line"]} == {"Commercial"}
