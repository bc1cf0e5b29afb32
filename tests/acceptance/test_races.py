"""Two people, or two workers, at the same moment: real threads on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connection

from procore_sync.acceptance import engine, operations
from procore_sync.acceptance.journal import verify_journal
from procore_sync.acceptance.models import ErpItem, Event, Submission
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import Refusal
from tests.acceptance.paper import PaperLedger

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Run each act in its own thread and connection, all let go together; returns each one's refusal or ''."""
    gate, told = Barrier(len(acts)), [""] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        try:
            gate.wait()
            act()
        except Refusal as refusal:
            told[place] = refusal.sentence
        finally:
            connection.close()

    threads = [Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    return told


def fresh(item: ErpItem) -> ErpItem:
    return ErpItem.objects.select_related("company").get(pk=item.pk)


@pytest.mark.parametrize("turn", range(5))
def test_accept_against_reject_is_one_decision(
    sent_invoice: ErpItem, ada: Membership, bea: Membership, turn: int
) -> None:
    seen, one, two = sent_invoice.submissions.get().digest, fresh(sent_invoice), fresh(sent_invoice)
    told = at_once(
        lambda: operations.accept(one, by=ada, seen=seen, choices={}),
        lambda: operations.reject(two, by=bea, comment="Wrong month"),
    )
    assert sorted(bool(sentence) for sentence in told) == [False, True]
    assert any(name in "".join(told) for name in ("Ada", "Bea", "nothing to decide"))
    assert Event.objects.filter(item=sent_invoice, action__in=["accept", "reject"]).count() == 1
    assert verify_journal(sent_invoice.company) is None


def test_a_double_click_is_one_acceptance(sent_invoice: ErpItem, ada: Membership) -> None:
    seen = sent_invoice.submissions.get().digest
    clicks = [fresh(sent_invoice) for _ in range(4)]
    acts = [lambda item=item: operations.accept(item, by=ada, seen=seen, choices={}) for item in clicks]
    told = at_once(*acts)
    assert told.count("") == 1
    assert Event.objects.filter(item=sent_invoice, action="accept").count() == 1


def test_an_edit_between_reading_and_accepting_leaves_one_truth(
    sent_invoice: ErpItem, ada: Membership, max_pm: Membership
) -> None:
    seen, mine, his = sent_invoice.submissions.get().digest, fresh(sent_invoice), fresh(sent_invoice)

    def take_back_and_edit() -> None:
        operations.retrieve(mine, by=max_pm)
        operations.revise(mine, label="Application 3, corrected")

    told = at_once(take_back_and_edit, lambda: operations.accept(his, by=ada, seen=seen, choices={}))
    after = fresh(sent_invoice)
    assert told.count("") == 1
    if after.status == Status.EXPORTING:
        assert after.label == "Application 3"
    else:
        assert (after.status, after.label) == (Status.RETRIEVED, "Application 3, corrected")


def test_eight_workers_make_one_call(sent_invoice: ErpItem, ada: Membership, paper: PaperLedger) -> None:
    operations.accept(sent_invoice, by=ada, seen=sent_invoice.submissions.get().digest, choices={})
    pk = Submission.objects.get().pk
    at_once(*[lambda: engine.work(pk)] * 8)
    assert len(paper.calls) == 1
    assert fresh(sent_invoice).status == Status.SYNCED


def test_the_journal_stays_one_chain_under_many_writers(
    paper: PaperLedger, max_pm: Membership, ada: Membership
) -> None:
    from tests.acceptance.conftest import new_invoice

    items = [fresh(new_invoice(max_pm, f"Application {number}")) for number in range(12)]
    acts = [lambda item=item: operations.send(item, by=max_pm) for item in items]
    assert at_once(*acts) == [""] * 12
    assert Event.objects.count() == 12
    assert verify_journal(max_pm.company) is None
