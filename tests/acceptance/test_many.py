"""One thing done to many records at once: each for itself, nothing that a check speaks against, nobody else's."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from time_machine import travel

from procore_sync.acceptance import engine, items, many, operations, piles
from procore_sync.acceptance.abouts import About
from procore_sync.acceptance.courier import Check, Choice
from procore_sync.acceptance.models import ErpItem, Event, Notice, Submission, Turn
from procore_sync.acceptance.states import Action, OutcomeKind, Status, Work
from procore_sync.accounts.days import stamp_of
from procore_sync.accounts.models import Company, Membership, Role, User
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from tests.acceptance.conftest import member, new_invoice
from tests.acceptance.paper import PaperLedger
from tests.projects.test_pages import queries


def sent(count: int, by: Membership) -> list[Submission]:
    items = [new_invoice(by, f"Application {number}") for number in range(count)]
    return [operations.send(item, by=by) for item in items]


def outcome(batch: uuid.UUID) -> list[tuple[bool, str]]:
    return [(turn.went, turn.why_not) for turn in Turn.objects.filter(batch=batch)]


def statuses(submissions: list[Submission]) -> list[str]:
    return [ErpItem.objects.get(pk=one.item_id).status for one in submissions]


def signed_in(who: Membership) -> Client:
    client = Client()
    client.force_login(who.user)
    return client


def test_what_was_seen_is_accepted_and_the_journal_says_how(
    paper: PaperLedger, max_pm: Membership, ada: Membership
) -> None:
    submissions = sent(3, max_pm)

    batch = many.accept_many(submissions, by=ada, seconds=60)

    assert outcome(batch) == [(True, "")] * 3
    assert statuses(submissions) == [Status.EXPORTING] * 3
    accepted = Submission.objects.filter(pk__in=[one.pk for one in submissions])
    assert {(one.work, one.decided_by) for one in accepted} == {(Work.DUE, ada)}
    events = Event.objects.filter(action=Action.ACCEPT)
    assert {(event.comment, event.by) for event in events} == {("Accepted among many, from the list.", ada)}
    assert [event.detail["digest"] for event in events] == [one.digest for one in submissions]


def test_what_it_has_to_wait_for_keeps_none(paper: PaperLedger, max_pm: Membership, ada: Membership) -> None:
    paper.stops += [Check("ok", "The name is free."), Check("wait", "The vendor is on its way.")]
    assert outcome(many.accept_many(sent(1, max_pm), by=ada)) == [(True, "")]


@pytest.mark.parametrize("level", ["look", "stop"])
def test_what_a_check_speaks_against_stays(level: str, paper: PaperLedger, max_pm: Membership, ada: Membership) -> None:
    submissions = sent(1, max_pm)
    paper.stops.append(Check(level, "QuickBooks holds a bill of this number."))  # type: ignore[arg-type]

    assert outcome(many.accept_many(submissions, by=ada)) == [(False, "QuickBooks holds a bill of this number.")]
    assert statuses(submissions) == [Status.SENT]


def test_a_choice_stands_as_proposed_and_one_without_a_proposal_is_the_approvers(
    paper: PaperLedger, max_pm: Membership, ada: Membership
) -> None:
    first, second = sent(2, max_pm)
    paper.choices.append(Choice("terms", "Terms", [("3", "Net 30")], initial="3"))
    assert outcome(many.accept_many([first], by=ada)) == [(True, "")]
    assert Submission.objects.get(pk=first.pk).choices == {"terms": "3"}

    paper.choices.append(Choice("account", "Account", [("79", "Sales")]))
    assert outcome(many.accept_many([second], by=ada)) == [(False, "Choose the account before you accept.")]
    assert statuses([second]) == [Status.SENT]


def test_what_was_sent_anew_meanwhile_is_not_what_was_seen(
    paper: PaperLedger, max_pm: Membership, ada: Membership
) -> None:
    (seen,) = sent(1, max_pm)
    item = seen.item
    operations.retrieve(item, by=max_pm)
    items.revise(item, label="Application 0b")
    operations.send(item, by=max_pm)

    ((went, why_not),) = outcome(many.accept_many([seen], by=ada))

    assert (went, "has changed since you opened it" in why_not) == (False, True)
    assert statuses([seen]) == [Status.SENT]


def test_two_sendings_of_one_record_are_one_turn_and_the_newer_counts(
    paper: PaperLedger, max_pm: Membership, ada: Membership
) -> None:
    (older,) = sent(1, max_pm)
    operations.retrieve(older.item, by=max_pm)
    items.revise(older.item, label="Application 0b")
    newer = operations.send(older.item, by=max_pm)

    batch = many.begin(Action.ACCEPT, [newer.pk, older.pk, older.pk], by=ada)

    assert outcome(batch) == [(True, "")]
    assert Turn.objects.get(batch=batch).submission == newer


def test_who_sent_it_may_not_accept_it_among_many_either(paper: PaperLedger, company: Company) -> None:
    alma = member(company, "Alma", Role.ADMINISTRATOR, decides=True)
    submissions = sent(1, alma)

    pile = piles.pile_for(alma, Action.ACCEPT, {"view": "ready_to_export"})
    assert [row.why_not for row in pile.rows] == ["You sent it yourself, so somebody else has to accept it."]
    assert pile.ready == []
    ((went, why_not),) = outcome(many.accept_many(submissions, by=alma))
    assert (went, why_not.startswith("You sent")) == (False, True)


def test_why_one_stayed_is_kept_in_english_and_read_in_the_language_of_who_asked(
    paper: PaperLedger, company: Company
) -> None:
    alma = member(company, "Alma", Role.ADMINISTRATOR, decides=True)
    batch = many.accept_many(sent(1, alma), by=alma)
    assert outcome(batch)[0][1].startswith("You sent Application 0 yourself")

    User.objects.filter(pk=alma.user_id).update(language="es")
    page = signed_in(alma).get(f"/inbox/many/{batch}/").content.decode()

    assert "Usted mismo envió Application 0" in page
    assert "You sent" not in page


def test_what_breaks_stops_no_other(paper: PaperLedger, max_pm: Membership, ada: Membership) -> None:
    first, second = sent(2, max_pm)
    Submission.objects.filter(pk=first.pk).update(document={"amount": "1.00"})

    batch = many.accept_many([first, second], by=ada, seconds=60)

    assert outcome(batch) == [
        (False, "Application 0 failed unexpectedly, and nothing was done. Try it on its own."),
        (True, ""),
    ]
    assert statuses([first, second]) == [Status.SENT, Status.EXPORTING]


def test_what_an_answer_has_no_time_for_a_worker_does_once(
    paper: PaperLedger, max_pm: Membership, ada: Membership
) -> None:
    submissions = sent(2, max_pm)
    batch = many.accept_many(submissions, by=ada, seconds=-1)
    assert statuses(submissions) == [Status.SENT] * 2

    assert (many.work_off(), many.work_off()) == (2, 0)

    assert outcome(batch) == [(True, "")] * 2


def test_a_worker_asks_again_whether_he_may(paper: PaperLedger, max_pm: Membership, ada: Membership) -> None:
    submissions = sent(1, max_pm)
    batch = many.accept_many(submissions, by=ada, seconds=-1)
    ada.privileges.all().delete()
    many.work_off()
    ((went, why_not),) = outcome(batch)
    assert (went, why_not.startswith("You are not an accounting approver")) == (False, True)


def test_who_is_shut_out_while_a_worker_takes_the_turns_accepts_no_more(
    paper: PaperLedger, max_pm: Membership, ada: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    submissions = sent(3, max_pm)
    batch = many.accept_many(submissions, by=ada, seconds=-1)
    times = iter([0.0, 1.0, 2.0])

    def clock() -> float:
        if (now := next(times)) == 1.0:
            Membership.objects.filter(pk=ada.pk).update(is_active=False)
        return now

    monkeypatch.setattr(many, "time", SimpleNamespace(monotonic=clock))

    assert many.work_off(until=60.0) == 1

    assert statuses(submissions) == [Status.EXPORTING, Status.SENT, Status.SENT]
    assert [why_not[:27] for _, why_not in outcome(batch)] == ["", *["You are not an accounting a"] * 2]


def test_only_what_he_sees_and_only_what_is_his(paper: PaperLedger, max_pm: Membership, ada: Membership) -> None:
    olga = member(Company.objects.create(name="Other", slug="other"), "Olga", Role.ACCOUNTANT, decides=True)
    (submission,) = sent(1, max_pm)
    assert piles.chosen_submissions(olga, [submission.pk]) == []
    assert piles.chosen_items(olga, [submission.item_id]) == []
    for action in (Action.ACCEPT, Action.RETRY):
        with pytest.raises(NotAllowed):
            many.begin(action, [submission.pk], by=max_pm)
    with pytest.raises(NotAllowed):
        many.begin(Action.SEND, [submission.item_id], by=ada)
    with pytest.raises(InvalidInput, match="accept, reject, retrieve, retry or send"):
        many.begin(Action.UNLINK, [submission.item_id], by=ada)


def test_what_stopped_goes_again_at_once(
    paper: PaperLedger, max_pm: Membership, ada: Membership, settings: Any
) -> None:
    settings.ENGINE_IN_TEST_TRANSACTION = True
    submissions = sent(2, max_pm)
    many.accept_many(submissions, by=ada, seconds=60)
    for one in submissions:
        paper.next.append(OutcomeKind.REFUSED)
        engine.work(one.pk)
    assert statuses(submissions) == [Status.FAILED] * 2

    batch = many.begin(Action.RETRY, [one.item_id for one in submissions], by=ada)

    assert outcome(batch) == [(True, "")] * 2
    assert statuses(submissions) == [Status.EXPORTING] * 2


def test_the_pages_of_a_pile(paper: PaperLedger, max_pm: Membership, ada: Membership, vic: Membership) -> None:
    submissions = sent(3, max_pm)
    approver = signed_in(ada)
    assert "/inbox/many/?view=ready_to_export" in approver.get("/inbox/").content.decode()
    assert "/inbox/many/" not in signed_in(vic).get("/inbox/").content.decode()
    assert signed_in(vic).get("/inbox/many/?view=ready_to_export").status_code == 404
    assert approver.get("/inbox/many/?view=synced").status_code == 404

    page = approver.get("/inbox/many/?view=ready_to_export").content.decode()
    assert "82,215.00" in page
    assert page.count('type="checkbox" name="chosen"') == 3
    ticked = [str(submissions[0].pk), str(submissions[2].pk), "x", "9" * 40]
    answer = approver.post("/inbox/many/do/", {"action": "accept", "chosen": ticked})

    assert statuses(submissions) == [Status.EXPORTING, Status.SENT, Status.EXPORTING]
    after = approver.get(answer["Location"]).content.decode()
    assert "Application 0" in after
    assert "Application 1" not in after
    assert "every 2s" in after
    assert "Application 0" not in signed_in(max_pm).get(answer["Location"]).content.decode()


def test_what_is_unusual_is_said_and_not_ticked(paper: PaperLedger, max_pm: Membership, ada: Membership) -> None:
    def of_vendor(label: str, vendor: ErpItem, amount: str, *, is_sent: bool = True) -> ErpItem:
        item = new_invoice(max_pm, label)
        item.requires.add(vendor)
        ErpItem.objects.filter(pk=item.pk).update(amount=Decimal(amount), **({} if is_sent else {"synced_revision": 1}))
        if is_sent:
            operations.send(item, by=max_pm)
            item.submissions.update(document={"vendor": {"item": vendor.pk, "label": vendor.label}})
        return item

    kestrel, other = (
        items.open_item(company=max_pm.company, kind=Kind.VENDOR, label=name, by=max_pm)
        for name in ("Kestrel", "Other")
    )
    of_vendor("Held", kestrel, "100.00", is_sent=False)
    for label, vendor, amount in (
        *(("Thrice", kestrel, "300.00"), ("More", kestrel, "300.01"), ("First of its vendor", other, "9000.00")),
        *(("Twin 1", other, "7.00"), ("Twin 2", other, "7.00"), ("Nothing", other, "0.00"), ("Less", other, "-1.00")),
    ):
        of_vendor(label, vendor, amount)
    back = of_vendor("Back", other, "8.00")
    operations.reject(back, by=ada, comment="Which level?")
    for again in (operations.send, operations.retrieve, operations.send):
        again(back, by=max_pm)

    pile = piles.pile_for(ada, Action.ACCEPT, {"view": "ready_to_export"})

    twice = "2 of this list have this vendor and this amount: is it the same thing twice?"
    assert {row.item.label: list(row.unusual) for row in pile.rows} == {
        "Thrice": [],
        "More": ["More than 3 times the largest of this vendor so far, which was 100.00."],
        "First of its vendor": [],
        "Twin 1": [twice],
        "Twin 2": [twice],
        "Nothing": ["Its amount is zero."],
        "Less": ["Its amount is negative."],
        "Back": ["It comes back after a rejection: “Which level?”"],
    }
    assert (pile.total.count, pile.total.amount) == (2, Decimal("9300.00"))
    page = signed_in(ada).get("/inbox/many/").content.decode()
    boxes = re.findall(r'<input type="checkbox" name="chosen"[^>]*>', page)
    assert (len(boxes), sum(" checked" in box for box in boxes)) == (8, 2)
    assert "Look at these first" in page


def test_the_api_of_a_pile(paper: PaperLedger, max_pm: Membership, ada: Membership) -> None:
    (submission,) = sent(1, max_pm)
    client = signed_in(ada)
    seen = client.get(f"/api/v1/items/{submission.item_id}/").json()["submission"]["id"]
    body = {"action": "accept", "chosen": [seen]}
    rows = client.post("/api/v1/items/many/", body, content_type="application/json").json()
    assert [(row["item"], row["went"], row["why_not"]) for row in rows] == [(submission.item_id, True, "")]
    assert client.get(f"/api/v1/items/many/{rows[0]['batch']}/").json() == rows
    nobodys = {"action": "accept", "chosen": [10**30, 0, -1]}
    assert client.post("/api/v1/items/many/", nobodys, content_type="application/json").json() == []


def test_a_pile_is_read_in_a_fixed_number_of_queries(paper: PaperLedger, max_pm: Membership, ada: Membership) -> None:
    approver = signed_in(ada)
    here = "/inbox/many/?view=ready_to_export"
    submissions = sent(2, max_pm)
    approver.get(here)
    few = queries(lambda: approver.get(here))
    submissions += sent(20, max_pm)
    assert queries(lambda: approver.get(here)) == few
    batch = many.accept_many(submissions, by=ada, seconds=-1)
    assert queries(lambda: approver.get(f"/inbox/many/{batch}/")) <= few


def test_many_are_rejected_with_one_comment_and_each_sender_is_told(
    paper: PaperLedger, max_pm: Membership, ada: Membership, settings: Any
) -> None:
    settings.ENGINE_IN_TEST_TRANSACTION = True
    failed, waiting, other = sent(3, max_pm)
    many.accept_many([failed], by=ada, seconds=60)
    paper.next.append(OutcomeKind.REFUSED)
    engine.work(failed.pk)

    batch = many.begin(Action.REJECT, [failed.pk, waiting.pk], by=ada, comment=" Which level? ")

    assert outcome(batch) == [(True, "")] * 2
    assert statuses([failed, waiting, other]) == [Status.REJECTED, Status.REJECTED, Status.SENT]
    events = Event.objects.filter(action=Action.REJECT)
    assert [(event.by, event.comment) for event in events] == [(ada, "Which level?")] * 2
    lines = Notice.objects.filter(member=max_pm, about=About.REJECTED).order_by("pk").values_list("line", flat=True)
    assert [line.startswith("Ada rejected Application") for line in lines] == [True, True]


@pytest.mark.parametrize(
    ("comment", "said"), [(" \u200b\u202e\ufffd", "Say why you reject"), ("x" * 2001, "longer than 2,000")]
)
def test_nothing_is_rejected_without_a_comment_that_can_be_mailed(
    paper: PaperLedger, max_pm: Membership, ada: Membership, comment: str, said: str
) -> None:
    (submission,) = sent(1, max_pm)
    with pytest.raises(InvalidInput, match=said):
        many.begin(Action.REJECT, [submission.pk], by=ada, comment=comment)
    assert (statuses([submission]), Turn.objects.count()) == ([Status.SENT], 0)


def test_what_a_worker_keeps_of_another_s_moment_is_said_by_the_companys_clock(
    paper: PaperLedger, max_pm: Membership, ada: Membership
) -> None:
    """A worker has no clock of a request: it said, and kept, the hour and often the day of UTC."""
    Company.objects.filter(pk=ada.company_id).update(time_zone="Pacific/Auckland")
    (submission,) = sent(1, max_pm)
    batch = many.reject_many([submission], by=ada, comment="Which level?", seconds=-1)
    item = ErpItem.objects.get(pk=submission.item_id)
    with travel(datetime(2026, 11, 26, 11, 30, tzinfo=UTC), tick=False):
        operations.retrieve(item, by=max_pm)
        operations.send(item, by=max_pm)

    many.work_off()

    ((went, why_not),) = outcome(batch)
    assert (went, why_not.rpartition("Look again. ")[2]) == (False, "Sent by Max: 27 Nov 2026, 00:30.")


def test_what_was_decided_taken_back_or_sent_anew_meanwhile_stays_and_says_so(
    paper: PaperLedger, max_pm: Membership, ada: Membership, bea: Membership
) -> None:
    anew, accepted, plain = submissions = sent(3, max_pm)
    batch = many.reject_many(submissions, by=ada, comment="Which level?", seconds=-1)
    operations.retrieve(anew.item, by=max_pm)
    operations.send(anew.item, by=max_pm)
    operations.accept(accepted.item, by=bea, seen=accepted.digest, choices={})

    many.work_off()

    first, second, third = outcome(batch)
    at = stamp_of(operations.open_submission(anew.item).sent_at, ada.company)  # type: ignore[union-attr]  # it is open
    told = "Application 0 was sent anew since you looked, so nothing was rejected. Look again."
    assert first == (False, f"{told} Sent by Max: {at}.")
    assert second[0] is False
    assert "Bea" in second[1]
    assert third == (True, "")
    assert statuses([anew, accepted, plain]) == [Status.SENT, Status.EXPORTING, Status.REJECTED]


def test_many_are_taken_back_by_who_may_send(paper: PaperLedger, max_pm: Membership, ada: Membership) -> None:
    first, second = submissions = sent(2, max_pm)
    operations.accept(second.item, by=ada, seen=second.digest, choices={})

    batch = many.begin(Action.RETRIEVE, [one.item_id for one in submissions], by=max_pm)

    (went, stayed) = outcome(batch)
    assert (went, stayed[0], stayed[1] != "") == ((True, ""), False, True)
    assert statuses([first, second]) == [Status.RETRIEVED, Status.EXPORTING]
    for action, who in ((Action.RETRIEVE, ada), (Action.REJECT, max_pm)):
        with pytest.raises(NotAllowed):
            many.begin(action, [first.pk], by=who, comment="No")


def test_the_piles_that_give_back_tick_nothing_and_are_whose_they_are(
    paper: PaperLedger, max_pm: Membership, ada: Membership
) -> None:
    submissions = sent(3, max_pm)
    approver, sender = signed_in(ada), signed_in(max_pm)
    here = "/inbox/many/?view=ready_to_export"
    assert "action=reject" in approver.get(here).content.decode()
    assert "Retrieve many…" in sender.get("/inbox/").content.decode()
    page = approver.get(f"{here}&action=reject").content.decode()
    taken = sender.get(here).content.decode()
    for shown in (page, taken):
        boxes = re.findall(r'<input type="checkbox" name="chosen"[^>]*>', shown)
        assert (len(boxes), sum(" checked" in box for box in boxes)) == (3, 0)
    assert '<textarea id="comment" name="comment"' in page
    assert 'href="/inbox/?view=ready_to_export"' in page
    for who, query in ((approver, "&action=retrieve"), (sender, "&action=reject"), (approver, "&action=x")):
        assert who.get(here + query).status_code == 404

    entered = {"action": "reject", "comment": "Which level?", "chosen": [submissions[0].pk, submissions[2].pk]}
    answer = approver.post("/inbox/many/do/", entered)

    assert statuses(submissions) == [Status.REJECTED, Status.SENT, Status.REJECTED]
    assert "Application 2" in approver.get(answer["Location"]).content.decode()
    sender.post("/inbox/many/do/", {"action": "retrieve", "chosen": [submissions[1].item_id]})
    assert statuses(submissions[1:2]) == [Status.RETRIEVED]


def test_the_api_rejects_and_retrieves_many(paper: PaperLedger, max_pm: Membership, ada: Membership) -> None:
    one, other = sent(2, max_pm)

    def asked(who: Membership, **body: object) -> tuple[int, Any]:
        answer = signed_in(who).post("/api/v1/items/many/", body, content_type="application/json")
        return answer.status_code, answer.json()

    status, told = asked(ada, action="reject", chosen=[one.pk])
    assert (status, "comment" in str(told)) == (422, True)
    _, rows = asked(ada, action="reject", chosen=[one.pk], comment="Which level?")
    assert [(row["item"], row["action"], row["went"]) for row in rows] == [(one.item_id, "reject", True)]
    _, rows = asked(max_pm, action="retrieve", chosen=[other.item_id])
    assert statuses([one, other]) == [Status.REJECTED, Status.RETRIEVED]


@pytest.mark.database
def test_a_company_that_asks_for_many_lets_others_have_their_turn(
    paper: PaperLedger, max_pm: Membership, ada: Membership
) -> None:
    olga = member(Company.objects.create(name="Others", slug="others"), "Olga", Role.PROJECT_MANAGER)
    many.accept_many(sent(6, max_pm), by=ada, seconds=-1)
    theirs = [new_invoice(olga, f"Of others {number}") for number in range(2)]
    many.send_many(theirs, by=olga, seconds=-1)

    order = many.in_turn(Turn.objects.all())

    whose = dict(Turn.objects.values_list("pk", "by__company_id"))
    ours, others = ada.company_id, olga.company_id
    assert [whose[one] for one in order] == [ours, others] * 2 + [ours] * 4
    assert many.work_off() == 8
