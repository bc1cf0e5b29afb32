"""The checklist that has to be done before an invoice can go, against a running emulator."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from commitments.models import Commitment
from procore_sync.acceptance import operations
from procore_sync.acceptance.models import Submission
from procore_sync.acceptance.refusals import NotReady
from procore_sync.acceptance.states import Status, Work
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import InvalidInput, NotAllowed, Refusal
from quickbooks_bridge import bill_setup
from quickbooks_bridge.bill_setup import State, set_up_of
from quickbooks_bridge.defaults import choose_defaults, try_defaults
from quickbooks_bridge.importers.names import refresh
from quickbooks_bridge.importers.operations import link_to
from quickbooks_bridge.models import Connection, LedgerName, Mapping, Thing
from quickbooks_bridge.names import names_of
from tests.factories import make_cost_code
from tests.quickbooks_bridge.conftest import rules_changed, work
from tests.quickbooks_bridge.documents import Ground
from tests.quickbooks_bridge.emulator_process import REALM, EmulatorProcess
from tests.quickbooks_bridge.invoice_rows import make_invoice
from tests.quickbooks_bridge.test_bills import retainage, subcontract
from tests.quickbooks_bridge.test_documents import ground
from tests.scenes import kept

__all__ = ["ground", "retainage", "subcontract"]

Accept = Callable[..., Submission]
PREFERENCES = {"realm": REALM}


def row(books: Connection, entity: str, name: str) -> LedgerName:
    return names_of(books.company_id, entity).get(name=name)


def missing(books: Connection) -> dict[str, str]:
    """The steps that are not done, by key."""
    return {one.key: one.sentence for one in set_up_of(books.company_id, books).missing}


def state(books: Connection) -> State:
    return set_up_of(books.company_id, books).state


def change(emulator: EmulatorProcess, entity: str, name: str, **changes: Any) -> None:
    """The bookkeeper changes a name."""
    (held,) = emulator.named(entity, name)
    emulator.write(entity, {**held, **changes})


def test_it_goes_from_nothing_by_the_item_to_active(
    books: Connection, ada: Membership, emulator: EmulatorProcess
) -> None:
    assert set_up_of(books.company_id, None).state == State.NOT_CONFIGURED
    assert state(books) == State.NOT_CONFIGURED
    assert missing(books) == {"retainage_item": "No item of QuickBooks is chosen for retainage yet."}
    emulator.control(
        "preferences", {**PREFERENCES, "OtherPrefs": {"VendorAndPurchasesPrefs.PurchaseOrderEnabled": "false"}}
    )
    assert bill_setup.look(books) == ""
    bill_setup.choose(books, {Thing.RETAINAGE_ITEM: row(books, "Item", "Retainage").remote_id}, by=ada)
    assert state(books) == State.RETAINAGE_ITEM_CHOSEN
    assert "Plus or Advanced" in missing(books)["purchase_orders"]
    emulator.control(
        "preferences", {**PREFERENCES, "OtherPrefs": {"VendorAndPurchasesPrefs.PurchaseOrderEnabled": "true"}}
    )
    assert bill_setup.look(books) == ""
    assert state(books) == State.ACTIVE
    assert set_up_of(books.company_id, books).is_active


def test_expenses_by_customer_have_to_be_on(books: Connection, retainage: str, emulator: EmulatorProcess) -> None:
    emulator.control("preferences", {**PREFERENCES, "VendorAndPurchasesPrefs": {"TrackingByCustomer": False}})
    bill_setup.look(books)
    assert list(missing(books)) == ["by_customer"]
    assert state(books) == State.RETAINAGE_ITEM_CHOSEN


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"Active": False}, "is inactive in QuickBooks"),
        ({"ExpenseAccountRef": None}, "has no expense account"),
        ({"Type": "NonInventory"}, "is not a service"),
        (
            {"ExpenseAccountRef": "Job Materials"},
            "of type Cost of Goods Sold, so withheld retainage would reduce the cost",
        ),
    ],
)
def test_an_item_that_was_changed_in_quickbooks_stops_it_at_the_next_look(
    books: Connection, retainage: str, emulator: EmulatorProcess, changes: dict[str, Any], sentence: str
) -> None:
    assert state(books) == State.ACTIVE
    account = changes.get("ExpenseAccountRef")
    if account:
        changes = {"ExpenseAccountRef": {"value": row(books, "Account", account).remote_id}}
    change(emulator, "Item", "Retainage", **changes)
    assert bill_setup.look(books) == ""
    assert state(books) == State.NOT_CONFIGURED
    assert sentence in missing(books)["retainage_item"]


def test_an_item_that_is_not_there_any_more_is_told(books: Connection, retainage: str) -> None:
    Mapping.objects.filter(thing=Thing.RETAINAGE_ITEM).update(remote_id="99999")
    assert bill_setup.look(books) == ""
    assert "number 99999, is not in QuickBooks any more" in missing(books)["retainage_item"]


def test_a_cost_code_is_no_retainage(books: Connection, max_pm: Membership, ada: Membership) -> None:
    code = make_cost_code(max_pm, "03-100")
    link_to(row(books, "Item", "Materials"), code.erp, by=ada)
    chosen = {str(Thing.RETAINAGE_ITEM): row(books, "Item", "Materials").remote_id}
    for choose in (partial(bill_setup.choose, by=ada), partial(choose_defaults, by=ada), try_defaults):
        with pytest.raises(InvalidInput, match="is a cost code here") as refused:
            choose(books, chosen)
        assert list(refused.value.errors) == [Thing.RETAINAGE_ITEM]
    assert state(books) == State.NOT_CONFIGURED


def test_an_item_that_would_not_do_any_more_keeps_nobody_from_choosing_the_rest(
    books: Connection, retainage: str, ada: Membership
) -> None:
    cost = {"value": row(books, "Account", "Job Materials").remote_id}
    detail = {"Type": "Service", "ExpenseAccountRef": cost}
    LedgerName.objects.filter(entity="Item", remote_id=retainage).update(detail=detail)
    terms = row(books, "Term", "Net 30").remote_id
    choose_defaults(books, {str(Thing.RETAINAGE_ITEM): retainage, str(Thing.TERMS): terms}, by=ada)
    assert Mapping.objects.get(company_id=books.company_id, thing=Thing.TERMS, key="").remote_id == terms
    assert "withheld retainage would reduce the cost" in missing(books)["retainage_item"]


def test_quickbooks_that_cannot_be_asked_is_told_and_what_was_known_stays(
    books: Connection, retainage: str, emulator: EmulatorProcess
) -> None:
    emulator.fault("429_xml", method="GET", times=9)
    emulator.fault("429_xml", times=9)
    assert bill_setup.look(books)
    assert state(books) == State.ACTIVE


# making the item


def accounts(books: Connection) -> dict[str, str]:
    return {
        "liability": row(books, "Account", "Retainage Payable").remote_id,
        "income": row(books, "Account", "Retainage Receivable").remote_id,
        "token": "form-1",
    }


@pytest.fixture
@kept
def without_item(books: Connection, emulator: EmulatorProcess) -> Connection:
    """A company whose books have no item of the name."""
    change(emulator, "Item", "Retainage", Name="Holdback")
    refresh(books)
    return books


def test_the_item_is_made_once_however_often_the_form_is_sent(
    without_item: Connection, ada: Membership, emulator: EmulatorProcess
) -> None:
    bill_setup.create_item(without_item, accounts(without_item), by=ada)
    bill_setup.create_item(without_item, accounts(without_item), by=ada)
    (item,) = emulator.named("Item", "Retainage")
    assert (item["Type"], item["ExpenseAccountRef"]["name"]) == ("Service", "Retainage Payable")
    assert item["IncomeAccountRef"]["name"] == "Retainage Receivable"
    assert Mapping.objects.get(thing=Thing.RETAINAGE_ITEM).remote_id == item["Id"]
    assert state(without_item) == State.ACTIVE


@pytest.mark.parametrize("fault", ["write_then_drop", "500_after_write", "drop"])
def test_a_lost_answer_makes_no_second_item(
    without_item: Connection, ada: Membership, emulator: EmulatorProcess, fault: str
) -> None:
    emulator.fault(fault, entity="Item")
    with pytest.raises(Refusal, match="looked for first, and is made once"):
        bill_setup.create_item(without_item, accounts(without_item), by=ada)
    bill_setup.create_item(without_item, accounts(without_item), by=ada)
    assert len(emulator.named("Item", "Retainage")) == 1
    assert state(without_item) == State.ACTIVE


def test_one_that_stands_there_is_chosen_if_it_will_do(
    books: Connection, ada: Membership, emulator: EmulatorProcess
) -> None:
    before = len(emulator.documents("Item"))
    bill_setup.create_item(books, accounts(books), by=ada)
    assert len(emulator.documents("Item")) == before
    assert state(books) == State.ACTIVE
    Mapping.objects.all().delete()
    change(emulator, "Item", "Retainage", ExpenseAccountRef={"value": row(books, "Account", "Insurance").remote_id})
    with pytest.raises(Refusal, match="has an item “Retainage” already"):
        bill_setup.create_item(books, accounts(books), by=ada)
    assert state(books) == State.NOT_CONFIGURED


def test_it_needs_accounts_that_are_offered_and_the_right(
    books: Connection, ada: Membership, max_pm: Membership, emulator: EmulatorProcess
) -> None:
    wrong = {**accounts(books), "liability": row(books, "Account", "Job Materials").remote_id, "income": ""}
    with pytest.raises(InvalidInput) as refused:
        bill_setup.create_item(books, wrong, by=ada)
    assert set(refused.value.errors) == {"liability", "income"}
    with pytest.raises(NotAllowed):
        bill_setup.create_item(books, accounts(books), by=max_pm)
    with pytest.raises(NotAllowed):
        bill_setup.choose(books, {}, by=max_pm)


# what it means for an invoice


def test_no_invoice_is_accepted_and_an_accepted_one_waits_until_it_is_set_up(
    subcontract: Commitment, ground: Ground, accept: Accept, books: Connection, ada: Membership
) -> None:
    chosen = Mapping.objects.get(thing=Thing.RETAINAGE_ITEM)
    first = make_invoice(subcontract, ground.by, {"1": "400.00"})
    Mapping.objects.filter(pk=chosen.pk).delete()
    with pytest.raises(NotReady, match="No item of QuickBooks is chosen for retainage yet") as refused:
        accept(first.erp)
    where = reverse("quickbooks_bridge:bill_setup")
    assert [(one.who, one.where) for one in refused.value.unmet] == [("accountant", where)]
    chosen.save(force_insert=True)
    submission = operations.open_submission(first.erp)
    assert submission
    operations.accept(first.erp, by=ada, seen=submission.digest, choices={})
    Mapping.objects.filter(pk=chosen.pk).delete()
    waiting = work(submission)
    assert (waiting.work, waiting.cure_by) == (Work.WAITING, "accountant")
    assert waiting.reason == "No item of QuickBooks is chosen for retainage yet."
    chosen.save(force_insert=True)
    assert work(waiting).item.status == Status.SYNCED


# the page


def page_of(client: Client, member: Membership, name: str = "bill_setup", **given: str) -> str:
    client.force_login(member.user)
    where = reverse(f"quickbooks_bridge:{name}")
    answer = client.post(where, given, follow=True) if name != "bill_setup" else client.get(where)
    return answer.content.decode()


def test_the_page_looks_by_itself_for_who_may_and_says_what_is_missing(
    client: Client, books: Connection, ada: Membership, max_pm: Membership, emulator: EmulatorProcess
) -> None:
    page = page_of(client, ada)
    assert "Not set up" in page
    assert 'hx-trigger="load"' in page
    assert "Make the item" in page
    viewed = page_of(client, max_pm)
    assert "hx-trigger" not in re.sub(r"<header.*?</header>", "", viewed, flags=re.S)
    assert "Make the item" not in viewed
    assert "Just looked at in QuickBooks" in page_of(client, ada, "check_bill_setup")
    assert any("/preferences" in one["path"] for one in emulator.requests())
    item = row(books, "Item", "Retainage").remote_id
    chosen = page_of(client, ada, "choose_bill_setup", retainage_item=item)
    assert "What invoices are posted with is saved." in chosen
    assert "<h2>Active</h2>" in chosen


HERE = "/review/7/?view=ready_to_export&q=a"
LED_BACK = f'<li><a href="{escape(HERE)}">Back to where you came from</a></li>'


def test_who_came_from_a_review_finds_the_way_back_whatever_he_does_there(
    client: Client, books: Connection, ada: Membership
) -> None:
    client.force_login(ada.user)
    own, item = reverse("quickbooks_bridge:bill_setup"), row(books, "Item", "Retainage").remote_id
    page = client.get(own, {"next": HERE}).content.decode()
    assert LED_BACK in page
    hidden = f'<input type="hidden" name="next" value="{escape(HERE)}">'
    assert page.count(hidden) == page.count(f'action="{own}'), "each form of the page keeps it"
    where = reverse("quickbooks_bridge:choose_bill_setup")
    tried = client.post(where, {"retainage_item": item, "next": HERE, "try": "1"}).content.decode()
    assert hidden in tried
    assert LED_BACK in client.post(where, {"retainage_item": item, "next": HERE}, follow=True).content.decode()
    check = reverse("quickbooks_bridge:check_bill_setup")
    assert LED_BACK in client.post(check, {"next": HERE}).content.decode()


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)//", ""])
def test_the_way_back_leads_to_a_page_of_this_console_alone(
    client: Client, books: Connection, ada: Membership, elsewhere: str
) -> None:
    client.force_login(ada.user)
    page = client.get(reverse("quickbooks_bridge:bill_setup"), {"next": elsewhere}).content.decode()
    assert "Back to where you came from" not in page
    assert 'name="next"' not in page.partition("<main")[2]


def test_whether_a_bill_needs_a_class_is_said_on_the_page_and_over_the_api(
    client: Client, books: Connection, ada: Membership
) -> None:
    def is_needed() -> bool:
        return Connection.objects.get(pk=books.pk).class_needed

    assert "A class on every bill" in page_of(client, ada)
    page_of(client, ada, "choose_bill_setup", class_needed="yes")
    assert is_needed()
    assert rules_changed().get().changes == [
        {"label": "A class on every bill", "before": "may be left out", "after": "has to be chosen"}
    ]
    page_of(client, ada, "choose_bill_setup", retainage_item=row(books, "Item", "Retainage").remote_id)
    assert is_needed(), "what is left out stays as it is"
    with pytest.raises(InvalidInput, match="Say yes or no"):
        bill_setup.choose(books, {"class_needed": "perhaps"}, by=ada)
    where = "/api/v1/quickbooks/invoice-set-up/"
    assert client.get(where).json()["class_needed"] is True
    said = client.post(f"{where}choose/", {"class_needed": "no"}, content_type="application/json")
    assert (said.json()["class_needed"], is_needed()) == (False, False)
    labels = [[one["label"] for one in row.changes] for row in rules_changed()]
    assert labels == [["A class on every bill"], ["Retainage item"], ["A class on every bill"]], "and no more"
    assert client.get(where).json()["papers_needed"] is False
    page_of(client, ada, "choose_bill_setup", papers_needed="yes")
    assert client.get(where).json()["papers_needed"] is True
    Connection.objects.filter(pk=books.pk).update(features={**books.features, "Classes": "off"})
    assert "A class on every bill" not in page_of(client, ada)


def test_the_page_makes_the_item(
    client: Client, without_item: Connection, alma: Membership, emulator: EmulatorProcess
) -> None:
    page = page_of(client, alma)
    (token,) = re.findall(r'name="token" value="([0-9a-f]{32})"', page)
    made = page_of(client, alma, "create_retainage_item", **{**accounts(without_item), "token": token})
    assert "is in QuickBooks and chosen" in made
    assert len(emulator.named("Item", "Retainage")) == 1
    assert [one["query"]["requestid"] for one in emulator.requests("/item") if one["method"] == "POST"] == [
        f"retainage-{token}"
    ]


def test_the_api_says_and_does_the_same(
    client: Client, without_item: Connection, ada: Membership, max_pm: Membership, emulator: EmulatorProcess
) -> None:
    client.force_login(ada.user)
    where = "/api/v1/quickbooks/invoice-set-up/"
    told = client.get(where).json()
    assert (told["state"], told["is_active"]) == ("not_configured", False)
    assert [(one["key"], one["is_done"], one["is_required"]) for one in told["steps"]] == [
        ("connected", True, True),
        ("country", True, True),
        ("purchase_orders", True, True),
        ("by_customer", True, True),
        ("retainage_item", False, True),
        ("payments", False, False),
    ]
    assert client.post(f"{where}check/", content_type="application/json").json()["state"] == "not_configured"
    refused = client.post(f"{where}choose/", {"retainage_item": "99999"}, content_type="application/json")
    assert (refused.status_code, "QuickBooks has no such entry, or it is inactive" in refused.content.decode()) == (
        422,
        True,
    )
    made = client.post(f"{where}retainage-item/", accounts(without_item), content_type="application/json")
    assert (made.status_code, made.json()["state"]) == (200, "active")
    again = client.post(f"{where}retainage-item/", accounts(without_item), content_type="application/json")
    assert again.json()["state"] == "active"
    assert len(emulator.named("Item", "Retainage")) == 1
    client.force_login(max_pm.user)
    assert client.get(where).status_code == 200
    assert client.post(f"{where}check/", content_type="application/json").status_code == 403
