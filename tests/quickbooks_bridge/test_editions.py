"""Which kinds of record a QuickBooks company takes: said before the first goes, and looked at anew by a button."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from procore_sync.acceptance.models import Submission
from procore_sync.acceptance.refusals import NotReady
from procore_sync.acceptance.states import Status, Work
from procore_sync.accounts.models import Membership, User
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import NotAllowed
from quickbooks_bridge import bill_setup, connecting, editions
from quickbooks_bridge.models import Connection
from tests.quickbooks_bridge.conftest import consent, work
from tests.quickbooks_bridge.documents import Ground
from tests.quickbooks_bridge.emulator_process import REALM, EmulatorProcess
from tests.quickbooks_bridge.test_document_previews import switch
from tests.quickbooks_bridge.test_documents import ground, specs

__all__ = ["ground", "specs"]

Accept = Callable[..., Submission]
NORTHERN = "9341450000000003"


def levels(row: Connection) -> dict[str, str]:
    """How each point stands, from the row as it is stored."""
    return {one.key: one.level for one in editions.points_of(Connection.objects.get(pk=row.pk))}


def switch_there(emulator: EmulatorProcess, **sections: Any) -> None:
    """The bookkeeper changes the settings of QuickBooks."""
    emulator.control("preferences", {"realm": REALM, **sections})


ORDERS_OFF = {"OtherPrefs": {"VendorAndPurchasesPrefs.PurchaseOrderEnabled": "false"}}
ORDERS_ON = {"OtherPrefs": {"VendorAndPurchasesPrefs.PurchaseOrderEnabled": "true"}}


def test_it_is_known_as_soon_as_it_is_connected(emulator: EmulatorProcess, alma: Membership) -> None:
    switch_there(emulator, **ORDERS_OFF, SalesFormsPrefs={"AllowEstimates": False})
    row = consent(emulator, alma)
    assert [one.key for one in editions.to_do(row)] == ["purchase_orders", "estimates"]


@pytest.mark.parametrize(
    ("label", "off", "key", "level", "kinds", "words"),
    [
        (
            "Purchase orders",
            "off",
            "purchase_orders",
            "stop",
            {Kind.COMMITMENT, Kind.CHANGE_ORDER, Kind.INVOICE},
            "Plus",
        ),
        ("Own numbers of purchase orders", "off", "order_numbers", "stop", {Kind.COMMITMENT}, "Custom transaction"),
        ("Expenses by customer", "off", "by_customer", "stop", {Kind.INVOICE}, "Track expenses and items by customer"),
        ("Estimates", "off", "estimates", "stop", {Kind.BUDGET}, "Account and settings, Sales"),
        ("Own numbers of estimates", "off", "estimate_numbers", "look", set(), "does no harm"),
        ("Books closed through", "2026-10-31", "closed", "look", set(), "closed through 31 Oct 2026"),
        ("More than one currency", "on", "currency", "look", set(), "posts in USD only"),
    ],
)
def test_each_point_says_what_to_do_where_and_which_kinds_wait_for_it(
    connected: Connection, label: str, off: str, key: str, level: str, kinds: set[Kind], words: str
) -> None:
    assert levels(connected)[key] == "ok"
    switch(connected, **{label: off})
    (point,) = [one for one in editions.points_of(Connection.objects.get(pk=connected.pk)) if one.key == key]
    assert (point.level, set(point.stops)) == (level, kinds)
    assert words in point.sentence


def test_what_was_never_asked_is_neither_on_nor_off(connected: Connection) -> None:
    Connection.objects.filter(pk=connected.pk).update(features={}, country="")
    assert levels(connected) == {
        "country": "stop",
        "plan": "ok",
        "purchase_orders": "look",
        "order_numbers": "look",
        "by_customer": "look",
        "estimates": "look",
        "estimate_numbers": "look",
        "currency": "ok",
        "closed": "ok",
    }


@pytest.mark.parametrize(
    ("country", "level"), [("US", "ok"), ("USA", "ok"), ("CA", "ok"), ("GB", "look"), ("", "stop")]
)
def test_the_country_decides_on_taxes_and_others_are_said_to_be_others(
    connected: Connection, country: str, level: str
) -> None:
    Connection.objects.filter(pk=connected.pk).update(country=country)
    (point,) = [one for one in editions.points_of(Connection.objects.get(pk=connected.pk)) if one.key == "country"]
    assert point.level == level
    assert ("tax code" in point.sentence) == (country == "CA")


def test_a_canadian_company_is_known_by_itself(emulator: EmulatorProcess, alma: Membership) -> None:
    row = consent(emulator, alma, NORTHERN)
    assert (row.is_taxed, levels(row)["country"]) == (True, "ok")


def test_an_order_waits_while_orders_are_switched_off_and_goes_by_the_button(
    ground: Ground, books: Connection, accept: Accept, ada: Membership, emulator: EmulatorProcess
) -> None:
    submission = accept(ground.commitment())
    switch_there(emulator, **ORDERS_OFF)
    assert editions.look(books, by=ada) == ""
    with pytest.raises(NotReady, match="Purchase orders are switched off"):
        accept(ground.commitment(number="SC-002"))
    emulator.control("requests", method="DELETE")
    submission = work(submission)
    assert (submission.work, submission.item.status) == (Work.WAITING, Status.EXPORTING)
    assert "Plus or Advanced" in submission.reason
    assert (submission.cure_by, submission.cure_url) == ("administrator", "/quickbooks/set-up/")
    assert emulator.requests() == []
    waits_until = submission.due_at
    switch_there(emulator, **ORDERS_ON)
    assert editions.look(books, by=ada) == ""
    submission.refresh_from_db()
    assert submission.due_at is not None
    assert waits_until is not None
    assert submission.due_at < waits_until
    assert work(submission).item.status == Status.SYNCED


def test_a_budget_does_not_wait_for_orders_nor_an_order_for_estimates(
    ground: Ground, books: Connection, accept: Accept
) -> None:
    switch(books, Estimates="off")
    assert work(accept(ground.commitment())).item.status == Status.SYNCED
    switch(books, **{"Estimates": "on", "Purchase orders": "off"})
    assert work(accept(ground.budget(("1", "500.00")))).item.status == Status.SYNCED


def test_foreign_names_are_told_of_on_the_list(
    ground: Ground, books: Connection, ada: Membership, emulator: EmulatorProcess
) -> None:
    switch_there(emulator, CurrencyPrefs={"MultiCurrencyEnabled": True})
    emulator.write("Vendor", {"DisplayName": "Toronto Steel", "CurrencyRef": {"value": "CAD"}})
    assert editions.look(books, by=ada) == ""
    (point,) = [one for one in editions.points_of(Connection.objects.get(pk=books.pk)) if one.key == "currency"]
    assert point.sentence.endswith("posts in USD only. So nothing goes that names Toronto Steel.")


def test_a_button_that_cannot_ask_says_so(
    connected: Connection, ada: Membership, alma: Membership, emulator: EmulatorProcess
) -> None:
    emulator.fault("503", method="GET", times=4)
    assert editions.look(connected, by=ada)
    emulator.control("faults", method="DELETE")
    connecting.halt(connected, True, by=alma)
    connected.refresh_from_db()
    assert editions.look(connected, by=ada) == "Sending to QuickBooks is paused by an administrator."


def test_why_it_cannot_be_asked_is_said_in_the_reader_s_language(
    books: Connection, client: Client, ada: Membership, emulator: EmulatorProcess
) -> None:
    User.objects.filter(pk=ada.user_id).update(language="es")
    client.force_login(ada.user)
    emulator.fault("503", method="GET", times=4)
    shown = client.post(reverse("quickbooks_bridge:look_at_editions")).content.decode()
    emulator.control("faults", method="DELETE")
    assert "QuickBooks falló mientras trabajaba en la solicitud" in shown
    emulator.fault("503", method="GET", times=4)
    with override("es"):
        assert bill_setup.look(books).startswith("QuickBooks falló mientras trabajaba en la solicitud")


def test_who_may_not_map_may_not_ask_and_sees_it_all_the_same(
    connected: Connection, client: Client, vic: Membership, ada: Membership
) -> None:
    with pytest.raises(NotAllowed):
        editions.look(connected, by=vic)
    switch(connected, **{"Purchase orders": "off"})
    for member, may in ((vic, False), (ada, True)):
        client.force_login(member.user)
        shown = client.get(reverse("quickbooks_bridge:editions")).content.decode()
        assert "Purchase orders are switched off in QuickBooks." in shown
        assert "Until then these cannot go: Commitment, Change order, Subcontractor invoice." in shown
        assert ("Look in QuickBooks now" in shown) == may
    answer = client.post(reverse("quickbooks_bridge:look_at_editions"))
    assert "Just looked at in QuickBooks" in answer.content.decode()
    assert "Purchase orders are switched off" not in answer.content.decode()
    listed = client.get("/api/v1/quickbooks/set-up/").json()
    assert {one["key"]: one["level"] for one in listed} == levels(connected)


NUMBERS_OFF, NUMBERS_ON = (
    {"OtherPrefs": {"VendorAndPurchasesPrefs.UseCustomTxnNumbers": said}} for said in ("false", "true")
)


def test_a_new_order_waits_while_quickbooks_numbers_its_orders_and_what_is_added_to_one_does_not(
    ground: Ground, books: Connection, accept: Accept, ada: Membership, emulator: EmulatorProcess
) -> None:
    stands = accept(ground.commitment(number="SC-001"))
    assert work(stands).item.status == Status.SYNCED
    submission = accept(ground.commitment(number="SC-002"))
    switch_there(emulator, **NUMBERS_OFF)
    assert editions.look(books, by=ada) == ""
    submission = work(submission)
    assert (submission.work, submission.item.status) == (Work.WAITING, Status.EXPORTING)
    assert "would not keep a commitment's" in submission.reason
    assert (submission.cure_by, submission.cure_url) == ("administrator", "/quickbooks/set-up/")
    assert work(accept(ground.change_order(stands.item, 1))).item.status == Status.SYNCED
    switch_there(emulator, **NUMBERS_ON)
    assert editions.look(books, by=ada) == ""
    assert work(submission).item.status == Status.SYNCED
