"""What holds accepted records up: each cause once, with all that stands behind it and what that comes to."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from procore_sync.acceptance import items, operations
from procore_sync.acceptance.blockers import held_up_for
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.states import Status, Work
from procore_sync.accounts.models import Company, Membership, Role
from tests.acceptance.conftest import member, new_invoice
from tests.acceptance.paper import PaperLedger

pytestmark = pytest.mark.django_db
MAPPING = ("No account is mapped to 03-100.", "administrator", "/quickbooks/mappings/")


@pytest.fixture
def export(paper: PaperLedger, max_pm: Membership, ada: Membership) -> Callable[..., ErpItem]:
    """An accepted record that needs `needs`; `says` stops it with a sentence, who cures it and where."""

    def make(label: str, *needs: ErpItem, says: tuple[str, str, str] | None = None) -> ErpItem:
        item = new_invoice(max_pm, label)
        items.set_requirements(item, needs)
        submission = operations.send(item, by=max_pm)
        operations.accept(item, by=ada, seen=submission.digest, choices={})
        work = Submission.objects.filter(pk=submission.pk)
        if says:
            work.update(work=Work.PARKED, reason=says[0], cure_by=says[1], cure_url=says[2])
            ErpItem.objects.filter(pk=item.pk).update(status=Status.FAILED)
        else:
            work.update(work=Work.WAITING, reason="Waiting.")
        item.refresh_from_db()
        return item

    return make


def test_records_with_one_reason_are_one_cause(export: Callable[..., ErpItem], ada: Membership) -> None:
    first, second = export("A", says=MAPPING), export("B", says=MAPPING)

    (cause,) = held_up_for(ada).causes

    assert (cause.sentence, cause.who, cause.where) == MAPPING
    assert cause.records == [first, second]
    assert cause.stopped == [first, second]
    assert cause.amount == Decimal("54810.00")


def test_what_waits_behind_a_record_stands_under_that_record_s_cause(
    export: Callable[..., ErpItem], ada: Membership
) -> None:
    order = export("Order", says=MAPPING)
    change = export("Change", order)
    bill = export("Bill", change)

    (cause,) = held_up_for(ada).causes

    assert cause.records == [order, change, bill]
    assert cause.stopped == [order]


def test_a_record_that_was_rejected_is_named_as_the_cause_of_what_waits_for_it(
    export: Callable[..., ErpItem], max_pm: Membership, ada: Membership, paper: PaperLedger
) -> None:
    vendor = new_invoice(max_pm, "Ace Electric")
    bill = export("Bill", vendor)
    ErpItem.objects.filter(pk=vendor.pk).update(status=Status.REJECTED)

    (cause,) = held_up_for(ada).causes

    assert cause.sentence == "Subcontractor invoice Ace Electric is not in QuickBooks: it is rejected."
    assert (cause.who, cause.where) == ("project manager or administrator", f"/review/{vendor.pk}/")
    assert cause.records == [bill]
    assert cause.stopped == []


def test_a_record_behind_two_causes_is_counted_once(export: Callable[..., ErpItem], ada: Membership) -> None:
    one, other = export("One", says=MAPPING), export("Other", says=("Closed.", "approver", "/other/"))
    export("Bill", one, other)

    found = held_up_for(ada)

    assert [len(cause.held) for cause in found.causes] == [2, 2]
    assert (found.count, found.amount) == (3, Decimal("82215.00"))


def test_the_cause_that_holds_most_comes_first(export: Callable[..., ErpItem], ada: Membership) -> None:
    export("Alone", says=("Closed.", "approver", "/other/"))
    export("A", says=MAPPING)
    export("B", says=MAPPING)

    assert [len(cause.held) for cause in held_up_for(ada).causes] == [2, 1]


def test_a_circle_of_needs_is_walked_once(export: Callable[..., ErpItem], ada: Membership) -> None:
    first = export("First")
    second = export("Second", first)
    first.requires.add(second)

    assert held_up_for(ada).count == 2


def test_what_moves_by_itself_is_not_held_up(export: Callable[..., ErpItem], ada: Membership) -> None:
    Submission.objects.filter(item=export("Due")).update(work=Work.DUE)

    assert held_up_for(ada).causes == []


def test_another_company_s_records_are_not_told(export: Callable[..., ErpItem], paper: PaperLedger) -> None:
    export("A", says=MAPPING)
    other = member(Company.objects.create(name="Other", slug="other"), "Olga", Role.ACCOUNTANT, decides=True)

    assert held_up_for(other).count == 0


def test_a_private_record_that_is_hidden_is_not_named_as_a_cause(
    export: Callable[..., ErpItem], max_pm: Membership, vic: Membership, paper: PaperLedger
) -> None:
    hidden = new_invoice(max_pm, "Settlement with Ace")
    export("Bill", hidden)
    ErpItem.objects.filter(pk=hidden.pk).update(is_private=True)

    (cause,) = held_up_for(vic).causes

    assert "Settlement" not in cause.sentence
    assert cause.where == ""


def test_it_costs_the_same_queries_for_one_and_for_many(
    export: Callable[..., ErpItem], ada: Membership, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    order = export("Order", says=MAPPING)
    for number in range(5):
        export(f"Bill {number}", order)

    # Of records beyond these there are none to ask for.
    with django_assert_num_queries(2):
        assert held_up_for(ada).count == 6


def test_all_that_is_held_is_counted_though_not_all_is_looked_through(
    export: Callable[..., ErpItem], ada: Membership, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        export(f"Bill {number}", says=MAPPING)
    whole, first = held_up_for(ada), held_up_for(ada, 2)
    assert (first.count, first.amount) == (whole.count, whole.amount) == (3, Decimal("82215.00"))
    assert (whole.looked_at, first.looked_at, len(first.causes[0].records)) == (3, 2, 2)

    monkeypatch.setattr("procore_sync.home._HELD", 2)
    client.force_login(ada.user)
    start = " ".join(client.get("/").content.decode().split())
    assert "3 records worth 82,215.00" in start
    assert "The causes are those of the 2 that are held longest." in start
    assert "The causes are those" not in client.get("/held-up/").content.decode()


def test_so_many_as_are_tried_at_once_are_offered_to_be_tried(
    export: Callable[..., ErpItem], ada: Membership, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        export(f"Bill {number}", says=MAPPING)
    monkeypatch.setattr("procore_sync.acceptance.blocker_views.MOST", 2)
    client.force_login(ada.user)

    page = client.get("/held-up/").content.decode()

    assert page.count('name="chosen"') == 2
    assert "It is fixed: try 2 again" in page
    assert "Press again afterwards for 1 more." in " ".join(page.split())


def test_the_page_offers_to_try_again_what_stopped_to_who_may_decide(
    export: Callable[..., ErpItem], ada: Membership, client: Client
) -> None:
    order = export("Order", says=MAPPING)
    export("Bill", order)
    client.force_login(ada.user)

    page = client.get("/held-up/").content.decode()

    assert "2 accepted records worth 54,810.00 are held up by 1 cause" in page
    assert "It is fixed: try 1 again" in page
    answer = client.post("/inbox/many/do/", {"action": "retry", "chosen": [order.pk]})
    assert answer.status_code == 302
    order.refresh_from_db()
    assert order.status == Status.EXPORTING


def test_the_page_offers_nothing_to_press_to_who_only_looks(
    export: Callable[..., ErpItem], vic: Membership, client: Client
) -> None:
    export("Order", says=MAPPING)
    client.force_login(vic.user)

    page = client.get("/held-up/").content.decode()

    assert MAPPING[0] in page
    assert "try 1 again" not in page


def test_the_api_tells_the_same(export: Callable[..., ErpItem], ada: Membership, client: Client) -> None:
    order = export("Order", says=MAPPING)
    client.force_login(ada.user)

    told = client.get("/api/v1/held-up/").json()

    assert (told["count"], told["amount"]) == (1, "27405.00")
    (cause,) = told["causes"]
    assert cause["by_kind"] == [{"label": "Subcontractor invoice", "count": 1, "amount": "27405.00"}]
    assert [one["id"] for one in cause["stopped"]] == [order.pk]
