"""What an approver sees of a document with lines, what speaks against it, and what they choose for closed books."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from procore_sync.acceptance import items, operations
from procore_sync.acceptance.courier import Check, Posting, courier
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.states import Status, Work
from procore_sync.accounts.curing import EDITORS
from procore_sync.accounts.models import Membership
from quickbooks_bridge.features import closed_until, opens_on
from quickbooks_bridge.importers.names import refresh
from quickbooks_bridge.models import Connection, LedgerName, Link
from tests.factories import make_vendor
from tests.quickbooks_bridge.conftest import work
from tests.quickbooks_bridge.documents import DOCUMENTS, Ground
from tests.quickbooks_bridge.emulator_process import REALM, EmulatorProcess
from tests.quickbooks_bridge.test_documents import Accept, bill, ground, only, order, specs

__all__ = ["ground", "order", "specs"]


def checks(item: ErpItem) -> list[Check]:
    """What speaks for and against the item as it stands."""
    return courier().preview(item, DOCUMENTS[item.pk]).checks()


def told(item: ErpItem, level: str) -> list[str]:
    """The sentences of one level."""
    return [one.sentence for one in checks(item) if one.level == level]


def posting(item: ErpItem, **choices: str) -> Posting:
    return courier().preview(item, DOCUMENTS[item.pk]).posting(choices)


def switch(books: Connection, **labels: str) -> None:
    """What QuickBooks says of itself."""
    features = {**Connection.objects.get(pk=books.pk).features, **labels}
    Connection.objects.filter(pk=books.pk).update(features=features)


def test_an_order_is_shown_as_lines_with_names_and_a_total(ground: Ground) -> None:
    item = ground.commitment(
        ground.line("1", "1000.00"), ground.line("2", "53.13", quantity="12.5", unit_cost="4.25", uom="LF")
    )
    shown = posting(item)
    assert (shown.title, shown.operation, str(shown.total)) == ("New purchase order SC-001", "create", "1053.13")
    assert shown.columns == ["Line", "Item", "Account", "Description", "Job", "Qty", "Rate", "Amount"]
    concrete, job = DOCUMENTS[item.pk]["lines"][0]["code"]["label"], "Fire Station 4"
    account = "5200 Cost of Goods Sold:Job Materials"
    assert shown.lines == [
        ["1", concrete, account, "Work 1", job, "1", "1000.00", "1000.00"],
        ["2", concrete, account, "Work 2", job, "12.5 LF", "4.25", "53.13"],
    ]
    facts = {one.label: one.value for one in shown.facts}
    assert (facts["Vendor"], facts["Number"], facts["Date"]) == ("Ace Electric Co", "SC-001", "2026-11-02")
    assert checks(item) == [Check("ok", "Nothing speaks against it.")]
    assert [one.name for one in courier().preview(item, DOCUMENTS[item.pk]).choices()] == ["class"]


def test_an_estimate_shows_no_account_since_nothing_is_posted(ground: Ground) -> None:
    assert posting(ground.budget(("1", "5.00"))).columns == [
        "Line",
        "Item",
        "Description",
        "Job",
        "Qty",
        "Rate",
        "Amount",
    ]


def test_a_change_order_is_shown_with_the_order_before_and_after(
    order: ErpItem, ground: Ground, accept: Accept
) -> None:
    item = ground.change_order(order, 1, "40.00", "-10.00")
    shown = posting(item)
    assert (shown.title, shown.operation, str(shown.total)) == (
        "Change purchase order SC-001 by CO-1",
        "update",
        "30.00",
    )
    assert (shown.total_of, shown.facts[0].value) == ("This change", "SC-001")
    effect = [(one.label, one.value) for one in shown.facts if one.numeric]
    assert effect == [("Order before", "1,500.50"), ("This change", "30.00"), ("Order after", "1,530.50")]
    work(accept(item))
    again = [(one.label, one.value) for one in posting(item).facts if one.numeric]
    assert again == [("Order before", "1,530.50"), ("This change", "0.00"), ("Order after", "1,530.50")]


def test_a_change_that_takes_more_than_the_order_has_is_stopped(order: ErpItem, ground: Ground) -> None:
    assert told(ground.change_order(order, 1, "-1500.51"), "stop") == [
        "The order would come to -0.01, and QuickBooks takes none below zero."
    ]


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ({"Purchase orders": "off"}, "Purchase orders are switched off in QuickBooks"),
        ({"Own numbers of purchase orders": "off"}, "would not keep the number SC-001"),
    ],
)
def test_what_is_switched_off_in_quickbooks_stops_an_order(
    ground: Ground, books: Connection, labels: dict[str, str], sentence: str
) -> None:
    switch(books, **labels)
    (stop,) = [one for one in checks(ground.commitment()) if one.level == "stop"]
    assert sentence in stop.sentence
    assert stop.url.startswith("/quickbooks/")


def test_estimates_switched_off_stop_a_budget_and_no_order(ground: Ground, books: Connection) -> None:
    switch(books, Estimates="off")
    assert "Estimates are switched off" in told(ground.budget(("1", "5.00")), "stop")[0]
    assert not told(ground.commitment(), "stop")


def test_the_switches_are_read_from_quickbooks(books: Connection, emulator: EmulatorProcess) -> None:
    other = {
        "VendorAndPurchasesPrefs.PurchaseOrderEnabled": "false",
        "VendorAndPurchasesPrefs.UseCustomTxnNumbers": "false",
    }
    sales = {"AllowEstimates": False, "CustomTxnNumbers": False}
    emulator.control("preferences", {"realm": REALM, "OtherPrefs": other, "SalesFormsPrefs": sales})
    emulator.control("preferences", {"realm": REALM, "BookCloseDate": "2026-10-31"})
    refresh(books)
    features = Connection.objects.get(pk=books.pk).features
    labels = ["Purchase orders", "Own numbers of purchase orders", "Estimates", "Own numbers of estimates"]
    assert [features[label] for label in labels] == ["off"] * 4
    assert closed_until(features) == date(2026, 10, 31)
    assert opens_on(features) == date(2026, 11, 1)
    assert closed_until({"Books closed through": "not closed"}) is None
    assert closed_until({"Books closed through": "2017-12-31T00:00:00-08:00"}) == date(2017, 12, 31)


def test_what_is_not_in_quickbooks_yet_is_said_and_waited_for(ground: Ground, max_pm: Membership) -> None:
    vendor = make_vendor(max_pm, "Granite State Painting")
    item = Ground(ground.by, ground.project, vendor, ground.codes).commitment()
    assert told(item, "look") == ["Vendor Granite State Painting is not sent yet; this record will wait for it."]
    assert [(one.who, one.of) for one in checks(item)] == [(EDITORS, "vendor")]
    operations.send(vendor.erp, by=max_pm)
    (check,) = checks(item)
    assert check.level == "wait"
    assert check.sentence == "Vendor Granite State Painting is not accepted yet; this record will wait for it."
    assert (check.url, check.who) == (f"/review/{vendor.erp.pk}/", "approver")
    ErpItem.objects.filter(pk=vendor.erp.pk).update(status=Status.EXPORTING)
    assert [one.who for one in checks(item)] == [""]


def test_a_name_that_was_made_inactive_stops_it(ground: Ground, order: ErpItem) -> None:
    LedgerName.objects.filter(entity="Vendor", name="Ace Electric Co").update(active=False)
    item = LedgerName.objects.get(entity="Item", name="Materials")
    LedgerName.objects.filter(pk=item.pk).update(detail={"Type": "Service"})
    stops = told(ground.change_order(order, 1), "stop")
    assert "“Ace Electric Co” is inactive in QuickBooks" in stops[1]
    assert "“Materials” has no expense account" in stops[0]
    assert {one.who for one in checks(ground.change_order(order, 2)) if one.level == "stop"} == {"bookkeeper"}
    assert len(told(ground.budget(("1", "5.00")), "stop")) == 0


def test_a_number_that_another_order_has_is_said(order: ErpItem, ground: Ground) -> None:
    (sentence,) = told(ground.commitment(), "look")
    assert sentence.startswith("QuickBooks has a purchase order SC-001 already: Commitment SC-001 Electrical of Fire")


def test_bills_of_the_order_and_a_closed_order_are_said(
    order: ErpItem, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    bill(emulator, only(emulator, "PurchaseOrder"))
    work(accept(ground.change_order(order, 1)))
    (sentence,) = told(ground.change_order(order, 2), "look")
    assert "Bills are made from this order" in sentence
    link = Link.objects.get(item=order)
    Link.objects.filter(pk=link.pk).update(seen={**link.seen, "POStatus": "Closed"})
    (sentence,) = told(ground.change_order(order, 3), "look")
    assert "was closed in QuickBooks" in sentence


# closed books


@pytest.fixture
def closed(ground: Ground, books: Connection, emulator: EmulatorProcess) -> None:
    """The books are closed until the day of our documents, and QuickBooks minds it for orders too."""
    emulator.control("switches", {"closed_books_refuse_orders": True})
    emulator.control("preferences", {"realm": REALM, "BookCloseDate": "2026-11-02"})
    refresh(books)


def test_a_date_in_closed_books_is_never_moved_without_being_chosen(closed: None, ground: Ground) -> None:
    item = ground.commitment()
    assert "closed through 2 Nov 2026, and this is dated 2 Nov 2026" in told(item, "look")[0]
    choice, _ = courier().preview(item, DOCUMENTS[item.pk]).choices()
    assert (choice.required, choice.initial) == (True, "")
    assert [key for key, _ in choice.options] == ["wait", "first_open_day"]
    assert posting(item).payload["TxnDate"] == "2026-11-02"
    shown = posting(item, closed_period="first_open_day")
    assert shown.payload["TxnDate"] == "2026-11-03"
    assert "2026-11-03" in [one.value for one in shown.facts]


def test_the_first_open_day_is_posted_and_stays_when_it_is_sent_again(
    closed: None, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    item = ground.budget(("1", "5.00"))
    done = work(accept(item, closed_period="first_open_day"))
    assert done.item.status == Status.SYNCED, done.reason
    assert only(emulator, "Estimate")["TxnDate"] == "2026-11-03"
    rows = [*DOCUMENTS[item.pk]["lines"], {**DOCUMENTS[item.pk]["lines"][0], "key": "2"}]
    DOCUMENTS[item.pk] = {**DOCUMENTS[item.pk], "lines": rows, "total": "10.00"}
    done.item.refresh_from_db()
    items.revise(done.item)
    done.item.refresh_from_db()
    assert not courier().preview(done.item, DOCUMENTS[item.pk]).choices()
    done = work(accept(done.item))
    assert done.item.status == Status.SYNCED, done.reason
    assert only(emulator, "Estimate")["TxnDate"] == "2026-11-03"


def test_what_was_accepted_to_wait_waits_until_the_books_are_open(
    closed: None, ground: Ground, accept: Accept, emulator: EmulatorProcess, books: Connection
) -> None:
    submission = work(accept(ground.commitment(), closed_period="wait"))
    assert (submission.work, submission.cure_by) == (Work.WAITING, "bookkeeper")
    assert submission.reason.startswith("The books are closed through 2 Nov 2026, ")
    assert submission.due_at
    assert submission.due_at - timezone.now() > timedelta(minutes=4)
    emulator.control("preferences", {"realm": REALM, "BookCloseDate": None})
    refresh(books)
    assert work(submission).item.status == Status.SYNCED
    assert only(emulator, "PurchaseOrder")["TxnDate"] == "2026-11-02"


def test_books_closed_after_acceptance_stop_it_and_the_next_decision_is_asked(
    ground: Ground, accept: Accept, emulator: EmulatorProcess, ada: Membership
) -> None:
    submission = accept(ground.commitment())
    emulator.control("switches", {"closed_books_refuse_orders": True})
    emulator.control("preferences", {"realm": REALM, "BookCloseDate": "2026-11-02"})
    work(submission)
    assert submission.item.status == Status.FAILED
    assert "reject it and let it be sent anew" in submission.reason.lower()
    operations.reject(submission.item, by=ada, comment="The books are closed.")
    submission.item.refresh_from_db()
    done = work(accept(submission.item, closed_period="first_open_day"))
    assert done.item.status == Status.SYNCED, done.reason


def test_a_change_of_an_order_in_closed_books_waits_or_is_tried_as_it_is(
    order: ErpItem, ground: Ground, accept: Accept, closed: None
) -> None:
    item = ground.change_order(order, 1)
    choice, _ = courier().preview(item, DOCUMENTS[item.pk]).choices()
    assert [key for key, _ in choice.options] == ["wait", "as_it_is"]
    submission = work(accept(item, closed_period="wait"))
    assert submission.work == Work.WAITING
    another: Any = ground.change_order(order, 2)
    tried = work(accept(another, closed_period="as_it_is"))
    assert tried.item.status == Status.FAILED
    assert tried.attempts.get().fault_code == "6210"


def again(item: ErpItem, day: str) -> ErpItem:
    """`item` dated anew since it was sent."""
    DOCUMENTS[item.pk] = {**DOCUMENTS[item.pk], "date": day}
    item.refresh_from_db()
    items.revise(item)
    item.refresh_from_db()
    return item


@pytest.mark.parametrize(("choice", "status"), [("first_open_day", Status.SYNCED), ("wait", Status.EXPORTING)])
def test_a_change_that_is_dated_into_closed_books_is_asked_as_a_new_one_is(
    ground: Ground,
    accept: Accept,
    emulator: EmulatorProcess,
    books: Connection,
    ada: Membership,
    choice: str,
    status: Status,
) -> None:
    item = work(accept(ground.budget(("1", "5.00")))).item
    emulator.control("switches", {"closed_books_refuse_orders": True})
    emulator.control("preferences", {"realm": REALM, "BookCloseDate": "2026-10-31"})
    refresh(books)
    item = again(item, "2026-10-20")
    assert told(item, "look") == [
        "The books are closed through 31 Oct 2026, and this is dated 20 Oct 2026: choose below."
    ]
    (offered,) = courier().preview(item, DOCUMENTS[item.pk]).choices()
    assert [key for key, _ in offered.options] == ["wait", "first_open_day"]
    assert work(accept(item, closed_period=choice)).item.status == status
    held = only(emulator, "Estimate")["TxnDate"]
    assert held == ("2026-11-01" if status == Status.SYNCED else "2026-11-02")


def test_a_change_that_is_dated_out_of_closed_books_waits_for_the_date_that_it_has(
    ground: Ground, accept: Accept, emulator: EmulatorProcess, books: Connection
) -> None:
    item = work(accept(ground.budget(("1", "5.00")))).item
    emulator.control("switches", {"closed_books_refuse_orders": True})
    emulator.control("preferences", {"realm": REALM, "BookCloseDate": "2026-11-02"})
    refresh(books)
    item = again(item, "2026-11-05")
    (offered,) = courier().preview(item, DOCUMENTS[item.pk]).choices()
    assert [key for key, _ in offered.options] == ["wait", "as_it_is"]
    submission = work(accept(item, closed_period="wait"))
    assert submission.work == Work.WAITING
    emulator.control("preferences", {"realm": REALM, "BookCloseDate": None})
    refresh(books)
    assert work(submission).item.status == Status.SYNCED
    assert only(emulator, "Estimate")["TxnDate"] == "2026-11-05"


def test_of_a_stocked_item_it_is_said_where_what_is_bought_goes(
    ground: Ground, books: Connection, emulator: EmulatorProcess
) -> None:
    (held,) = emulator.named("Item", "Materials")
    (stock,) = emulator.named("Account", "Inventory Asset")
    stocked = {"Type": "Inventory", "QtyOnHand": 0, "InvStartDate": "2026-01-01"}
    emulator.write("Item", {**held, **stocked, "AssetAccountRef": {"value": stock["Id"]}})
    assert not [one.error for one in refresh(books) if one.error]
    item = ground.commitment(ground.line("1", "1000.00"))
    assert posting(item).lines[0][2].endswith("Inventory Asset")
    assert told(item, "look") == [
        "The item “Materials” is stocked in QuickBooks: what is bought of it goes into stock and is no cost of the "
        "job. Link the cost code to a service item instead, or let the bookkeeper look at it."
    ]
    assert told(ground.budget(("1", "500.00")), "look") == []
