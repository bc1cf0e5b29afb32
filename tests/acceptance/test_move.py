"""The arrows, written again by hand, and the one writer that follows them."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from django.db import transaction

from procore_sync.acceptance.journal import Entry, Move, move, move_many, verify_journal
from procore_sync.acceptance.models import ErpItem, Event
from procore_sync.acceptance.refusals import IllegalMove
from procore_sync.acceptance.states import Action, Status
from procore_sync.accounts.models import Company, Membership
from tests.acceptance.conftest import new_invoice
from tests.acceptance.paper import PaperLedger

LEGAL = {
    "not_sent": {"send": "sent", "link": "synced"},
    "sent": {"retrieve": "retrieved", "accept": "exporting", "accept_first": "sent", "reject": "rejected"}
    | {"undo": "sent", "link": "synced"},
    "retrieved": {"send": "sent", "link": "synced", "unlink": "not_sent"},
    "rejected": {"send": "sent", "link": "synced", "unlink": "not_sent"},
    "exporting": {"confirm": "synced", "fail": "failed", "undo": "sent"},
    "failed": {"retry": "exporting", "reject": "rejected", "link": "synced"},
    "synced": {"send": "sent", "unlink": "not_sent"},
}


@pytest.mark.parametrize(("status", "action"), list(product(Status.values, Action.values)))
def test_it_moves_only_along_specified_edges(invoice: ErpItem, ada: Membership, status: str, action: str) -> None:
    ErpItem.objects.filter(pk=invoice.pk).update(status=status)
    invoice.refresh_from_db()
    expected = LEGAL[status].get(action)
    if expected is None:
        with pytest.raises(IllegalMove):
            move(invoice, Action(action), Entry(by=ada))
        assert not Event.objects.filter(item=invoice).exists()
    else:
        move(invoice, Action(action), Entry(by=ada))
        assert invoice.status == expected
    invoice.refresh_from_db()
    assert invoice.status == (expected or status)


def test_it_refuses_when_somebody_else_moved_the_item_meanwhile(sent_invoice: ErpItem, ada: Membership) -> None:
    stale = ErpItem.objects.get(pk=sent_invoice.pk)
    move(sent_invoice, Action.REJECT, Entry(by=ada))
    with pytest.raises(IllegalMove, match=r"Ada has rejected it meanwhile"):
        move(stale, Action.ACCEPT, Entry(by=ada))
    assert ErpItem.objects.get(pk=stale.pk).status == Status.REJECTED


def test_who_decided_is_named_and_not_the_worker_that_has_gone_on_since(sent_invoice: ErpItem, ada: Membership) -> None:
    stale = ErpItem.objects.get(pk=sent_invoice.pk)
    move(sent_invoice, Action.ACCEPT, Entry(by=ada))
    move(sent_invoice, Action.CONFIRM, Entry(by=None))
    with pytest.raises(IllegalMove, match=r"was not retrieved: Ada has accepted it meanwhile"):
        move(stale, Action.RETRIEVE, Entry(by=ada))


def test_who_has_sent_it_is_told_in_words_that_can_be_read(invoice: ErpItem, ada: Membership) -> None:
    stale = ErpItem.objects.get(pk=invoice.pk)
    move(invoice, Action.SEND, Entry(by=ada))
    with pytest.raises(IllegalMove, match=r"was not linked: Ada has sent it to accounting meanwhile\."):
        move(stale, Action.LINK, Entry(by=ada))
    with pytest.raises(IllegalMove, match=r"it is with accounting\. Ada has sent it to accounting\."):
        move(ErpItem.objects.get(pk=invoice.pk), Action.SEND, Entry(by=ada))


def test_who_has_tried_it_again_is_told_in_words_that_can_be_read(sent_invoice: ErpItem, ada: Membership) -> None:
    move(sent_invoice, Action.ACCEPT, Entry(by=ada))
    move(sent_invoice, Action.FAIL, Entry(by=None))
    stale = ErpItem.objects.get(pk=sent_invoice.pk)
    move(sent_invoice, Action.RETRY, Entry(by=ada))
    with pytest.raises(IllegalMove, match=r"was not rejected: Ada has tried it again meanwhile\."):
        move(stale, Action.REJECT, Entry(by=ada))
    with pytest.raises(IllegalMove, match=r"it is exporting\. Ada has tried it again\."):
        move(ErpItem.objects.get(pk=sent_invoice.pk), Action.RETRY, Entry(by=ada))


def test_it_refuses_when_the_record_was_edited_meanwhile(sent_invoice: ErpItem, ada: Membership) -> None:
    stale = ErpItem.objects.get(pk=sent_invoice.pk)
    ErpItem.objects.filter(pk=stale.pk).update(revision=2)
    with pytest.raises(IllegalMove, match="edited while you looked"):
        move(stale, Action.ACCEPT, Entry(by=ada))


def test_it_journals_who_moved_what_from_where_to_where(sent_invoice: ErpItem, ada: Membership) -> None:
    move(sent_invoice, Action.REJECT, Entry(by=ada, comment="Level 2 duct is not hung yet"))
    event = Event.objects.filter(item=sent_invoice).latest("sequence")
    assert (event.action, event.from_status, event.to_status) == ("reject", "sent", "rejected")
    assert (event.by, event.comment) == (ada, "Level 2 duct is not hung yet")


def many(by: Membership, *statuses: str) -> list[ErpItem]:
    """An item in each of these statuses."""
    items = [new_invoice(by, f"Application {at}") for at in range(len(statuses))]
    for item, status in zip(items, statuses, strict=True):
        ErpItem.objects.filter(pk=item.pk).update(status=status)
        item.refresh_from_db()
    return items


def test_many_move_each_along_its_own_arrow_in_one_chain(
    paper: PaperLedger, ada: Membership, company: Company, django_assert_num_queries: Callable[[int], Any]
) -> None:
    items = many(ada, "exporting", "exporting", "sent", "exporting")
    move(items[0], Action.FAIL, Entry(by=ada))
    also = {"synced_revision": 1}
    moves = [
        Move(items[1], Action.CONFIRM, Entry(by=None, comment="one"), also),
        Move(items[2], Action.REJECT, Entry(by=ada, comment="two")),
        Move(items[3], Action.CONFIRM, Entry(by=None, comment="three"), also),
    ]
    with django_assert_num_queries(5):
        move_many(moves)
    told = Event.objects.exclude(comment="").order_by("sequence")
    assert list(told.values_list("item_id", "comment", "to_status")) == [
        (items[1].pk, "one", "synced"),
        (items[2].pk, "two", "rejected"),
        (items[3].pk, "three", "synced"),
    ]
    stands = dict(ErpItem.objects.values_list("pk", "status"))
    assert [stands[item.pk] for item in items] == ["failed", "synced", "rejected", "synced"]
    assert [item.synced_revision for item in items] == [None, 1, None, 1]
    assert verify_journal(company) is None


@pytest.mark.parametrize("meanwhile", [{"status": Status.FAILED}, {"revision": 2}])
def test_many_move_all_or_none(
    paper: PaperLedger, ada: Membership, company: Company, meanwhile: dict[str, Any]
) -> None:
    items = many(ada, "exporting", "exporting", "exporting")
    ErpItem.objects.filter(pk=items[1].pk).update(**meanwhile)
    with pytest.raises(IllegalMove, match="Application 1"), transaction.atomic():
        move_many([Move(item, Action.CONFIRM, Entry(by=None)) for item in items])
    assert not ErpItem.objects.filter(status=Status.SYNCED).exists()
    assert {item.status for item in items} == {Status.EXPORTING}
    assert not Event.objects.exists()


def test_one_without_an_arrow_keeps_all_where_they_are(paper: PaperLedger, ada: Membership) -> None:
    items = many(ada, "exporting", "synced")
    with pytest.raises(IllegalMove, match="Application 1"), transaction.atomic():
        move_many([Move(item, Action.CONFIRM, Entry(by=None)) for item in items])
    assert set(ErpItem.objects.values_list("status", flat=True)) == {"exporting", "synced"}


def test_moves_of_two_companies_are_not_one_call(paper: PaperLedger, ada: Membership) -> None:
    other = Company.objects.create(name="Other Books", slug="other")
    items = many(ada, "exporting", "exporting")
    ErpItem.objects.filter(pk=items[1].pk).update(company=other)
    items[1].refresh_from_db()
    with pytest.raises(ValueError, match="one company"), transaction.atomic():
        move_many([Move(item, Action.CONFIRM, Entry(by=None)) for item in items])
    assert not Event.objects.exists()


def test_who_is_named_has_brought_it_where_it_is_said_to_be(sent_invoice: ErpItem, ada: Membership) -> None:
    stale = ErpItem.objects.get(pk=sent_invoice.pk)
    move(sent_invoice, Action.REJECT, Entry(by=ada))
    with pytest.raises(IllegalMove, match=r"cannot be tried again: it is with accounting\. Max has sent it to account"):
        move(stale, Action.RETRY, Entry(by=ada))


def test_of_what_was_not_sent_when_it_was_read_nobody_is_named(invoice: ErpItem, ada: Membership) -> None:
    stale = ErpItem.objects.get(pk=invoice.pk)
    move(invoice, Action.SEND, Entry(by=ada))
    with pytest.raises(IllegalMove, match=r"cannot be retrieved: it is not sent\.$"):
        move(stale, Action.RETRIEVE, Entry(by=ada))
