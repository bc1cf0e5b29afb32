"""The arrows, written again by hand, and the one writer that follows them."""

from itertools import product

import pytest

from procore_sync.acceptance.journal import Entry, move
from procore_sync.acceptance.models import ErpItem, Event
from procore_sync.acceptance.refusals import IllegalMove
from procore_sync.acceptance.states import Action, Status
from procore_sync.accounts.models import Membership

LEGAL = {
    "not_sent": {"send": "sent", "link": "synced"},
    "sent": {"retrieve": "retrieved", "accept": "exporting", "reject": "rejected", "link": "synced"},
    "retrieved": {"send": "sent", "link": "synced"},
    "rejected": {"send": "sent", "link": "synced"},
    "exporting": {"confirm": "synced", "fail": "failed"},
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
