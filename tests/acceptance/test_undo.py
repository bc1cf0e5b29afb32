"""Taking an acceptance back: who may, until when, and that nothing of it leaves before its time or twice."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F
from django.db.models.functions import Now
from django.test import Client

from procore_sync.acceptance import claims, engine, many, operations, piles
from procore_sync.acceptance.actions import actions_for
from procore_sync.acceptance.journal import verify_journal
from procore_sync.acceptance.models import ErpItem, Event, ExportPolicy, Submission, Turn
from procore_sync.acceptance.refusals import IllegalMove, OwnRecord
from procore_sync.acceptance.selectors import last_held
from procore_sync.acceptance.states import Decision, OutcomeKind, Status, Work
from procore_sync.accounts.models import Company, Membership, Role
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import NotAllowed
from tests.acceptance.conftest import member, new_invoice
from tests.acceptance.paper import PaperLedger
from tests.scenes import kept

Accept = Callable[[ErpItem], Submission]


@pytest.fixture(autouse=True)
def in_test_transaction(settings: Any) -> None:
    settings.ENGINE_IN_TEST_TRANSACTION = True


@pytest.fixture
@kept
def company(db: None) -> Company:
    return Company.objects.create(name="Harbor Row Builders", slug="harbor-row", undo_seconds=10)


def let_time_pass(seconds: int = 11) -> None:
    """As if everything had been accepted so much earlier."""
    ago = timedelta(seconds=seconds)
    Submission.objects.update(decided_at=F("decided_at") - ago, due_at=F("due_at") - ago, rung_at=F("rung_at") - ago)


def offered(item: ErpItem, who: Membership) -> list[str]:
    return [str(offer.action) for offer in actions_for(item, who)]


def signed_in(who: Membership) -> Client:
    client = Client()
    client.force_login(who.user)
    return client


def test_nothing_leaves_before_its_time(
    sent_invoice: ErpItem, accept: Accept, paper: PaperLedger, quiet_bell: list[int]
) -> None:
    submission = accept(sent_invoice)
    engine.work(submission.pk)
    engine.sweep()
    assert (paper.calls, quiet_bell) == ([], [])

    let_time_pass()
    engine.sweep()
    engine.work(submission.pk)
    assert quiet_bell == [submission.pk]
    assert (len(paper.calls), ErpItem.objects.get().status) == (1, Status.SYNCED)


def test_nothing_of_a_batch_leaves_before_its_time(
    paper: PaperLedger, max_pm: Membership, ada: Membership, accept: Accept
) -> None:
    items = [new_invoice(max_pm, f"Application {number}") for number in range(6)]
    for item in items:
        operations.send(item, by=max_pm)
    early = [accept(item) for item in items[:5]]
    let_time_pass()
    late = accept(items[5])

    engine.work(early[0].pk)

    assert sorted(pk for batch in paper.batches for pk in batch) == [one.pk for one in early]
    late.refresh_from_db()
    assert (late.work, late.fence) == (Work.DUE, 0)


def test_what_is_taken_back_is_as_it_was_sent(
    sent_invoice: ErpItem, accept: Accept, ada: Membership, paper: PaperLedger
) -> None:
    before = Submission.objects.values().get()
    accept(sent_invoice)
    operations.undo(sent_invoice, by=ada)

    assert Submission.objects.values().get() == before
    assert ErpItem.objects.get().status_changed_at == before["sent_at"]
    assert ErpItem.objects.get().status == Status.SENT
    moves = (
        Event.objects.filter(item=sent_invoice)
        .order_by("sequence")
        .values_list("action", "to_status", "by__user__name")
    )
    assert list(moves)[1:] == [("accept", "exporting", "Ada"), ("undo", "sent", "Ada")]
    assert verify_journal(ada.company) is None


def test_a_worker_that_read_it_before_it_was_taken_back_does_not_carry_what_was_accepted_then(
    sent_invoice: ErpItem, accept: Accept, ada: Membership, paper: PaperLedger
) -> None:
    """It stands due and untried as before, but what was accepted anew is another posting."""
    first = accept(sent_invoice)
    let_time_pass()
    as_read = Submission.objects.select_related("item__company", "company").get(pk=first.pk)
    operations.undo(sent_invoice, by=ada)
    paper.terms = "Net 30"
    accept(ErpItem.objects.get())
    let_time_pass()

    assert claims._claim_one(as_read) == []

    engine.work(first.pk)
    submission = Submission.objects.get()
    assert (submission.item.status, paper.calls) == (Status.SYNCED, [f"send {submission.request_id}"])


def test_it_leaves_once_when_it_is_accepted_again(
    sent_invoice: ErpItem, accept: Accept, ada: Membership, paper: PaperLedger
) -> None:
    first = accept(sent_invoice)
    operations.undo(sent_invoice, by=ada)
    let_time_pass()
    engine.work(first.pk)
    assert paper.calls == []

    accept(sent_invoice)
    let_time_pass()
    engine.work(first.pk)
    engine.work(first.pk)
    assert len(paper.calls) == 1


def test_what_was_sent_and_accepted_anew_is_not_taken_back_from_an_older_page(
    sent_invoice: ErpItem, accept: Accept, max_pm: Membership, ada: Membership
) -> None:
    client, address = signed_in(ada), f"/review/{sent_invoice.pk}/undo/"
    older = accept(sent_invoice)
    assert f'name="seen" value="{older.pk}"' in client.get("/inbox/").text
    assert client.post(address, {"seen": older.pk}).status_code == 302
    operations.retrieve(ErpItem.objects.select_related("company").get(), by=max_pm)
    operations.send(ErpItem.objects.select_related("company").get(), by=max_pm)
    newer = accept(ErpItem.objects.select_related("company").get())

    answer = client.post(address, {"seen": older.pk})

    assert (answer.status_code, "was accepted anew since you looked" in answer.text) == (409, True)
    assert ErpItem.objects.get().status == Status.EXPORTING
    assert client.post(address, {"seen": newer.pk}).status_code == 302


def test_the_pages_decide_on_the_sending_that_they_show(
    sent_invoice: ErpItem, accept: Accept, max_pm: Membership, ada: Membership
) -> None:
    client, at = signed_in(ada), f"/review/{sent_invoice.pk}/"
    older = accept(sent_invoice)
    shown = {"seen": offers_on(client, at)["undo"]}
    operations.undo(sent_invoice, by=ada)
    assert offers_on(client, at)["reject"] == shown["seen"] == str(older.pk)
    operations.retrieve(ErpItem.objects.select_related("company").get(), by=max_pm)
    newer = operations.send(ErpItem.objects.select_related("company").get(), by=max_pm)

    for seen in (shown, {"seen": "none"}):
        rejected = client.post(f"{at}reject/", {**seen, "comment": "Wrong month."})
        assert (rejected.status_code, "was sent anew since you looked" in rejected.text) == (409, True)
    accept(ErpItem.objects.select_related("company").get())
    for seen in (shown, {"seen": "none"}):
        undone = client.post(f"{at}undo/", seen)
        assert (undone.status_code, "was accepted anew since you looked" in undone.text) == (409, True)

    assert client.post(f"{at}undo/", {"seen": newer.pk}).status_code == 302
    assert client.post(f"{at}reject/", {"seen": newer.pk, "comment": "Wrong month."}).status_code == 302
    assert ErpItem.objects.get().status == Status.REJECTED


def offers_on(client: Client, at: str) -> dict[str, str]:
    """What each form of the page says is seen, by what it does."""
    forms = re.findall(r'<form [^>]*action="[^"]*/(\w+)/"[^>]*>(.*?)</form>', client.get(at).text, re.DOTALL)
    seen = {action: re.search(r'name="seen" value="(\w+)"', form) for action, form in forms}
    return {action: found[1] for action, found in seen.items() if found}


def test_it_is_rejected_after_it_was_taken_back(sent_invoice: ErpItem, accept: Accept, ada: Membership) -> None:
    accept(sent_invoice)
    operations.undo(sent_invoice, by=ada)
    operations.reject(sent_invoice, by=ada, comment="Wrong month")
    assert Submission.objects.get().decision == Decision.REJECTED


def test_only_who_accepted_it_takes_it_back(
    sent_invoice: ErpItem, accept: Accept, bea: Membership, max_pm: Membership
) -> None:
    accept(sent_invoice)
    with pytest.raises(NotAllowed, match=r"Ada accepted Application 3, and only the person who accepted it"):
        operations.undo(sent_invoice, by=bea)
    with pytest.raises(NotAllowed, match="not an accounting approver"):
        operations.undo(sent_invoice, by=max_pm)
    assert (offered(sent_invoice, bea), last_held(bea)) == ([], None)
    assert Submission.objects.get().decision == Decision.ACCEPTED


def test_who_lost_the_right_meanwhile_takes_nothing_back(
    sent_invoice: ErpItem, accept: Accept, ada: Membership
) -> None:
    accept(sent_invoice)
    ada.privileges.all().delete()
    with pytest.raises(NotAllowed):
        operations.undo(sent_invoice, by=Membership.objects.get(pk=ada.pk))


def test_four_eyes_look_at_what_was_taken_back_too(paper: PaperLedger, company: Company, ada: Membership) -> None:
    alma = member(company, "Alma", Role.ADMINISTRATOR, decides=True)
    item = new_invoice(alma)
    seen = operations.send(item, by=alma).digest
    operations.accept(item, by=ada, seen=seen, choices={})
    operations.undo(item, by=ada)
    with pytest.raises(OwnRecord):
        operations.accept(item, by=alma, seen=seen, choices={})


def test_what_a_worker_has_taken_up_has_left(
    sent_invoice: ErpItem, accept: Accept, ada: Membership, paper: PaperLedger
) -> None:
    submission = accept(sent_invoice)
    assert (offered(sent_invoice, ada), last_held(ada)) == (["undo"], submission)
    let_time_pass()
    paper.next.append(OutcomeKind.UNKNOWN)
    engine.work(submission.pk)

    with pytest.raises(IllegalMove, match="has left for QuickBooks already"):
        operations.undo(sent_invoice, by=ada)
    assert (offered(sent_invoice, ada), last_held(ada)) == ([], None)
    assert Submission.objects.get().work == Work.UNCERTAIN


def test_what_is_not_accepted_is_not_taken_back(sent_invoice: ErpItem, ada: Membership) -> None:
    with pytest.raises(IllegalMove, match=r"cannot be reopened: it is with accounting\. Max has sent"):
        operations.undo(sent_invoice, by=ada)


def test_without_a_window_it_leaves_at_once(
    company: Company, sent_invoice: ErpItem, accept: Accept, ada: Membership, quiet_bell: list[int]
) -> None:
    Company.objects.update(undo_seconds=0)
    item = ErpItem.objects.get()
    submission = accept(item)
    with pytest.raises(IllegalMove, match="has left"):
        operations.undo(item, by=ada)
    assert offered(item, ada) == []
    assert (submission.is_held, submission.leaves_in) == (False, 0)


def test_what_goes_by_policy_leaves_at_once(
    company: Company, invoice: ErpItem, max_pm: Membership, ada: Membership, paper: PaperLedger
) -> None:
    ExportPolicy.objects.create(company=company, kind=Kind.INVOICE, direct_export=True)
    submission = operations.send(invoice, by=max_pm)
    with pytest.raises(NotAllowed, match="by policy, accepted"):
        operations.undo(invoice, by=ada)
    engine.work(submission.pk)
    assert len(paper.calls) == 1


def test_what_is_tried_again_is_not_taken_back(
    sent_invoice: ErpItem, accept: Accept, ada: Membership, paper: PaperLedger
) -> None:
    submission = accept(sent_invoice)
    operations.hold_back(sent_invoice, by=ada, comment="Perhaps it is there.")
    operations.retry(sent_invoice, by=ada)
    with pytest.raises(IllegalMove, match="has left"):
        operations.undo(sent_invoice, by=ada)
    engine.work(submission.pk)
    assert len(paper.calls) == 1


@pytest.fixture
def pile(paper: PaperLedger, max_pm: Membership) -> list[Submission]:
    items = [new_invoice(max_pm, f"Application {number}") for number in range(4)]
    return [operations.send(item, by=max_pm) for item in items]


def outcome(batch: uuid.UUID) -> list[str]:
    return list(Turn.objects.filter(batch=batch).values_list("why_not", flat=True))


def test_many_are_taken_back_in_one_press_and_what_has_left_stays(
    pile: list[Submission], ada: Membership, paper: PaperLedger
) -> None:
    batch = many.accept_many(pile, by=ada, seconds=60)
    Submission.objects.filter(pk=pile[0].pk).update(
        due_at=Now() - timedelta(seconds=1), decided_at=Now() - timedelta(seconds=9)
    )
    engine.work(pile[0].pk)

    back = many.undo_many(batch, by=ada, seconds=60)

    assert outcome(back) == [""] * 3
    stands = ErpItem.objects.order_by("pk").values_list("status", flat=True)
    assert list(stands) == [Status.SYNCED, Status.SENT, Status.SENT, Status.SENT]
    assert len(paper.calls) == 1


def need_two(company: Company) -> None:
    ExportPolicy.objects.create(company=company, kind=Kind.INVOICE, second_above=Decimal("10000.00"))


def test_of_many_what_was_accepted_as_the_first_of_two_is_taken_back_too(
    pile: list[Submission], ada: Membership, bea: Membership
) -> None:
    need_two(ada.company)
    batch = many.accept_many(pile, by=ada, seconds=60)
    assert set(Submission.objects.values_list("first_by", flat=True)) == {ada.pk}
    browser = signed_in(ada)
    page = browser.get(f"/inbox/many/{batch}/").content.decode()
    assert "4 of them wait for the second approver." in page
    assert f'action="/inbox/many/{batch}/undo/"' in page

    back = many.undo_many(batch, by=ada, seconds=60)
    assert outcome(back) == [""] * 4
    assert Submission.objects.filter(first_by=None, decision=Decision.OPEN).count() == 4
    assert "second approver" not in browser.get(f"/inbox/many/{batch}/").content.decode()
    many.accept_many(pile, by=bea, seconds=60)
    assert Submission.objects.filter(first_by=bea, decision=Decision.OPEN).count() == 4, "two are needed as before"


def test_of_many_what_the_second_has_accepted_stays_and_is_kept_no_longer(
    pile: list[Submission], ada: Membership, bea: Membership
) -> None:
    need_two(ada.company)
    batch = many.accept_many(pile, by=ada, seconds=60)
    many.accept_many(pile[:1], by=bea, seconds=60)
    due = Submission.objects.get(pk=pile[0].pk).due_at
    back = many.undo_many(batch, by=ada, seconds=60)

    assert outcome(back) == [
        "Bea accepted Application 0, and only the person who accepted it takes that back.",
        "",
        "",
        "",
    ]
    assert Submission.objects.get(pk=pile[0].pk).due_at == due
    assert list(ErpItem.objects.order_by("pk").values_list("status", flat=True)) == [Status.EXPORTING] + 3 * [
        Status.SENT
    ]


def test_a_first_acceptance_of_a_later_sending_is_not_of_the_batch(
    pile: list[Submission], ada: Membership, max_pm: Membership
) -> None:
    need_two(ada.company)
    batch = many.accept_many(pile, by=ada, seconds=60)
    item = ErpItem.objects.get(pk=pile[0].item_id)
    operations.retrieve(item, by=max_pm)
    operations.accept(item, by=ada, seen=operations.send(item, by=max_pm).digest, choices={})
    assert "3 of them wait" in signed_in(ada).get(f"/inbox/many/{batch}/").content.decode()
    assert outcome(many.undo_many(batch, by=ada, seconds=60)) == [""] * 3
    assert Submission.objects.filter(first_by=ada, decision=Decision.OPEN).count() == 1


def accept_alone(item: ErpItem, by: Membership) -> None:
    operations.accept(item, by=by, seen=item.submissions.latest("number").digest, choices={})


def test_what_was_taken_back_and_accepted_anew_is_not_of_the_batch(pile: list[Submission], ada: Membership) -> None:
    batch = many.accept_many(pile, by=ada, seconds=60)
    item = ErpItem.objects.get(pk=pile[0].item_id)
    operations.undo(item, by=ada)
    accept_alone(item, ada)
    due = Submission.objects.get(pk=pile[0].pk).due_at

    assert len(piles.held_of(piles.turns_for(ada, batch))) == 3
    assert outcome(many.undo_many(batch, by=ada, seconds=60)) == [""] * 3
    assert ErpItem.objects.get(pk=item.pk).status == Status.EXPORTING
    assert Submission.objects.get(pk=pile[0].pk).due_at == due, "and it is not kept either"


def test_the_api_takes_a_batch_back_as_the_page_does(
    pile: list[Submission], ada: Membership, max_pm: Membership
) -> None:
    batch = many.accept_many(pile, by=ada, seconds=60)
    address = f"/api/v1/items/many/{batch}/undo/"
    assert signed_in(max_pm).post(address, content_type="application/json").status_code == 403
    assert ErpItem.objects.filter(status=Status.EXPORTING).count() == len(pile)

    answer = signed_in(ada).post(address, content_type="application/json")
    assert answer.status_code == 200
    assert [(one["action"], one["why_not"]) for one in answer.json()] == [("undo", "")] * len(pile)
    assert batch != uuid.UUID(answer.json()[0]["batch"])
    assert not ErpItem.objects.filter(status=Status.EXPORTING).exists()


@pytest.mark.parametrize("sent_anew", [True, False])
def test_a_turn_takes_no_later_acceptance_back(
    pile: list[Submission], ada: Membership, max_pm: Membership, sent_anew: bool
) -> None:
    batch = many.accept_many(pile, by=ada, seconds=60)
    back = many.undo_many(batch, by=ada, seconds=-1)
    item = ErpItem.objects.get(pk=pile[0].item_id)
    operations.undo(item, by=ada)
    if sent_anew:
        operations.retrieve(item, by=max_pm)
        operations.send(item, by=max_pm)
    accept_alone(item, ada)

    assert many.work_off() == 3
    assert ErpItem.objects.get(pk=item.pk).status == Status.EXPORTING
    told = "Application 0 was accepted anew since you looked, so that acceptance was not taken back. Look again."
    assert outcome(back) == [told, "", "", ""]


def test_a_turn_takes_no_first_acceptance_of_a_later_sending_back(
    pile: list[Submission], ada: Membership, max_pm: Membership
) -> None:
    need_two(ada.company)
    back = many.undo_many(many.accept_many(pile, by=ada, seconds=60), by=ada, seconds=-1)
    item = ErpItem.objects.get(pk=pile[0].item_id)
    operations.retrieve(item, by=max_pm)
    operations.send(item, by=max_pm)
    accept_alone(item, ada)

    assert many.work_off() == 3
    assert item.submissions.latest("number").first_by == ada
    assert "was accepted anew since you looked" in outcome(back)[0]


def test_what_waits_for_its_turn_is_not_accepted_any_more(pile: list[Submission], ada: Membership) -> None:
    batch = many.accept_many(pile, by=ada, seconds=-1)
    many.undo_many(batch, by=ada)
    assert many.work_off() == 0
    assert outcome(batch) == [many.WITHDRAWN] * 4
    assert set(ErpItem.objects.values_list("status", flat=True)) == {Status.SENT}


def test_what_is_being_taken_back_does_not_leave_meanwhile(
    pile: list[Submission], ada: Membership, paper: PaperLedger
) -> None:
    batch = many.accept_many(pile, by=ada, seconds=60)
    back = many.undo_many(batch, by=ada, seconds=-1)
    let_time_pass(60)
    for one in pile:
        engine.work(one.pk)
    assert (paper.calls, paper.batches) == ([], [])
    assert many.work_off() == 4
    assert outcome(back) == [""] * 4


def test_nobody_takes_back_the_batch_of_somebody_else(pile: list[Submission], ada: Membership, bea: Membership) -> None:
    batch = many.accept_many(pile, by=ada, seconds=60)
    many.undo_many(batch, by=bea)
    assert set(ErpItem.objects.values_list("status", flat=True)) == {Status.EXPORTING}


def test_the_page_says_when_it_leaves_and_takes_it_back_without_javascript(
    pile: list[Submission], ada: Membership
) -> None:
    browser, item = signed_in(ada), pile[0].item
    answer = browser.post(f"/review/{item.pk}/accept/", {"seen": pile[0].digest}, follow=True)
    page = answer.content.decode()
    assert "Application 0 is accepted and leaves for QuickBooks in 10 s." in page
    assert f'action="/review/{item.pk}/undo/"' in page

    own = browser.get(f"/review/{item.pk}/").content.decode()
    assert own.count(f'method="post" action="/review/{item.pk}/undo/"') == 1
    assert 0 < int(own.partition('data-leaves="')[2].partition('"')[0]) <= 10

    back = browser.post(f"/review/{item.pk}/undo/", follow=True)
    assert back.redirect_chain == [(f"/review/{item.pk}/", 302)]
    assert "Application 0 is back" in back.content.decode()
    assert "data-leaves" not in back.content.decode()


def test_the_page_of_a_batch_takes_it_back(pile: list[Submission], ada: Membership) -> None:
    browser = signed_in(ada)
    chosen = [str(one.pk) for one in pile]
    asked = browser.post("/inbox/many/do/", {"action": "accept", "chosen": chosen})
    many.work_off()  # what a busy machine has left to the worker
    assert "4 of them have not left" in browser.get(asked.headers["Location"]).content.decode()

    batch = Turn.objects.values_list("batch", flat=True)[0]
    answer = browser.post(f"/inbox/many/{batch}/undo/", follow=True)
    many.work_off()
    assert "Take back: what became of each" in answer.content.decode()
    assert set(ErpItem.objects.values_list("status", flat=True)) == {Status.SENT}


def test_the_second_press_is_told_that_it_is_back(pile: list[Submission], ada: Membership) -> None:
    browser, item = signed_in(ada), pile[0].item
    browser.post(f"/review/{item.pk}/accept/", {"seen": pile[0].digest})
    browser.post(f"/review/{item.pk}/undo/")
    answer = browser.post(f"/review/{item.pk}/undo/")
    assert answer.status_code == 409
    assert "cannot be reopened: it is with accounting. Ada has reopened it." in answer.content.decode()


def test_a_company_sets_its_own_time_and_it_is_written_down(company: Company) -> None:
    alma = member(company, "Alma", Role.ADMINISTRATOR)
    entered = {"name": company.name, "time_zone": company.time_zone, "digest_hour": "7", "undo_seconds": "30"}
    entered["late_after_days"] = "3"
    browser = signed_in(alma)
    assert browser.post("/settings/", {**entered, "undo_seconds": "601"}).status_code == 422
    assert browser.post("/settings/", entered).status_code == 302
    assert Company.objects.get().undo_seconds == 30
    (change,) = [row for row in company.rights_changes.get().changes if "take an acceptance" in row["label"]]
    assert (change["before"], change["after"]) == ("10", "30")


def test_a_new_company_begins_with_the_time_of_the_installation(settings: Any, db: None) -> None:
    settings.UNDO_SECONDS = 7
    assert Company.objects.create(name="New", slug="new").undo_seconds == 7
