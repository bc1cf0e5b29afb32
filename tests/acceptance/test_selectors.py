"""What the inbox and the review page are made of."""

from collections.abc import Callable
from typing import Any

import pytest

from procore_sync.acceptance import engine, items, operations, selectors
from procore_sync.acceptance.courier import Check, Choice, Fact, LinkChange, Posting
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.reviews import Change, changes_since_sync, review_of
from procore_sync.acceptance.states import Action, Status
from procore_sync.accounts.models import Company, Membership, Role
from procore_sync.kit.kinds import Kind
from tests.acceptance.conftest import decides_on_commitments, member, new_invoice
from tests.acceptance.paper import PaperLedger

pytestmark = pytest.mark.database


def test_each_view_holds_the_items_of_its_status_and_the_counts_agree(
    paper: PaperLedger, max_pm: Membership, ada: Membership
) -> None:
    for status in Status.values:
        item = new_invoice(max_pm, f"An invoice that is {status}")
        ErpItem.objects.filter(pk=item.pk).update(status=status)
    changed = new_invoice(max_pm, "Changed")
    ErpItem.objects.filter(pk=changed.pk).update(status="synced", synced_revision=1, revision=2)
    update = new_invoice(max_pm, "Sent again")
    ErpItem.objects.filter(pk=update.pk).update(status="sent", synced_revision=1, revision=2)
    shown = {view.key: selectors.inbox_for(ada, view.key).count() for view in selectors.VIEWS}
    assert shown == {
        "ready_to_export": 1,
        "ready_to_update": 1,
        "exporting": 1,
        "failed": 1,
        "synced": 2,
        "changed": 1,
        "returned": 2,
        "not_sent": 1,
    }
    assert selectors.view_counts(ada) == shown


def in_every_state(by: Membership, reader: Membership) -> None:
    """One item of each state, of two kinds, public, private, and private but for `reader`."""
    states = [(status, *taken) for status in Status.values for taken in ((None, 2), (2, 2), (2, 3))]
    for kind, status, synced, revision, private, read in (
        (kind, *state, *seen)
        for kind in (Kind.INVOICE, Kind.VENDOR)
        for state in states
        for seen in ((False, False), (True, False), (True, True))
    ):
        item = ErpItem.objects.create(
            company=by.company,
            kind=kind,
            status=status,
            synced_revision=synced,
            revision=revision,
            label=f"{kind} {status}",
            is_private=private,
        )
        if read:
            item.readers.add(reader)


@pytest.mark.parametrize(
    ("role", "decides", "reads", "of_a_state"),
    [
        (Role.ADMINISTRATOR, False, False, 6),
        (Role.ACCOUNTANT, True, False, 6),
        (Role.VIEWER, False, True, 4),
        (Role.ACCOUNTANT, True, True, 6),
        (Role.PROJECT_MANAGER, False, False, 2),
        (Role.INVOICE_CONTACT, True, True, 0),
    ],
)
def test_a_person_counts_what_he_sees_of_the_private_records_and_no_more(
    max_pm: Membership, vic: Membership, role: Role, decides: bool, reads: bool, of_a_state: int
) -> None:
    eve = member(max_pm.company, "Eve", role, decides=True)
    if decides:
        decides_on_commitments(eve)
    in_every_state(max_pm, eve if reads else vic)
    counted = selectors.view_counts(eve)
    assert counted == {
        "ready_to_export": of_a_state,
        "ready_to_update": 2 * of_a_state,
        "exporting": 3 * of_a_state,
        "failed": 3 * of_a_state,
        "synced": 3 * of_a_state,
        "changed": of_a_state,
        "returned": 6 * of_a_state,
        "not_sent": 3 * of_a_state,
    }
    assert {view.key: selectors.inbox_for(eve, view.key).count() for view in selectors.VIEWS} == counted
    of_kinds = [selectors.view_counts(eve, kind)["not_sent"] for kind in (Kind.INVOICE, Kind.VENDOR)]
    assert of_kinds == [selectors.inbox_for(eve, "not_sent", kind).count() for kind in (Kind.INVOICE, Kind.VENDOR)]
    assert sum(of_kinds) == counted["not_sent"]


def test_it_shows_nothing_of_another_company(sent_invoice: ErpItem) -> None:
    other = Company.objects.create(name="Other Books", slug="other")
    olga = member(other, "Olga", Role.ADMINISTRATOR, decides=True)
    assert not selectors.items_for(olga).exists()
    assert set(selectors.view_counts(olga).values()) == {0}
    assert not selectors.journal_for(olga).exists()


def test_it_shows_an_invoice_contact_nothing_of_the_inbox(sent_invoice: ErpItem) -> None:
    ian = member(sent_invoice.company, "Ian", Role.INVOICE_CONTACT, decides=True)
    assert not selectors.items_for(ian).exists()


def test_it_reads_the_inbox_in_the_same_number_of_queries_however_long_it_is(
    paper: PaperLedger, max_pm: Membership, ada: Membership, django_assert_num_queries: Callable[[int], Any]
) -> None:
    for rows in (3, 30):
        for number in range(rows):
            operations.send(new_invoice(max_pm, f"Application {number}"), by=max_pm)
        with django_assert_num_queries(2):
            for item in selectors.inbox_for(ada)[:50]:
                assert item.latest[0].sent_by.user.name == "Max"  # type: ignore[attr-defined]
                assert item.project is None


def test_it_finds_by_name_and_number(paper: PaperLedger, max_pm: Membership, ada: Membership) -> None:
    operations.send(new_invoice(max_pm, "Brightwater"), by=max_pm)
    operations.send(new_invoice(max_pm, "Kestrel"), by=max_pm)
    assert [item.label for item in selectors.inbox_for(ada, query="bright")] == ["Brightwater"]
    assert selectors.inbox_for(ada, query="sc-0142").count() == 2


def test_the_review_shows_what_changed_since_the_rejection_it_answers(
    sent_invoice: ErpItem, ada: Membership, max_pm: Membership
) -> None:
    operations.reject(sent_invoice, by=ada, comment="Level 2 duct is not hung yet")
    items.revise(sent_invoice, label="Application 3, corrected")
    operations.send(sent_invoice, by=max_pm)
    review = review_of(sent_invoice, ada)
    assert review.diff_rejected == [Change("Label", "Application 3", "Application 3, corrected")]
    assert review.last_rejection
    assert review.last_rejection.comment == "Level 2 duct is not hung yet"


def test_the_review_shows_what_changed_since_the_ledger_took_it(
    accepted_invoice: ErpItem, ada: Membership, max_pm: Membership, settings: Any
) -> None:
    settings.ENGINE_IN_TEST_TRANSACTION = True
    engine.work(accepted_invoice.submissions.get().pk)
    accepted_invoice.refresh_from_db()
    items.revise(accepted_invoice, label="Application 3, corrected")
    review = review_of(accepted_invoice, ada)
    assert [change.after for change in review.diff_synced] == ["Application 3, corrected"]


def test_a_rejection_that_was_answered_is_no_question_of_a_later_change(
    sent_invoice: ErpItem, ada: Membership, max_pm: Membership, settings: Any
) -> None:
    settings.ENGINE_IN_TEST_TRANSACTION = True
    operations.reject(sent_invoice, by=ada, comment="Level 2 duct is not hung yet")
    items.revise(sent_invoice, label="Application 3, corrected")
    again = operations.send(sent_invoice, by=max_pm)
    engine.work(operations.accept(sent_invoice, by=ada, seen=again.digest, choices={}).pk)
    sent_invoice.refresh_from_db()
    items.revise(sent_invoice, label="Application 3, once more")
    operations.send(sent_invoice, by=max_pm)
    review = review_of(sent_invoice, ada)
    assert (review.last_rejection, review.diff_rejected) == (None, [])
    assert review.diff_synced == [Change("Label", "Application 3, corrected", "Application 3, once more")]


def test_what_a_record_was_linked_to_is_what_the_ledger_holds_and_not_what_was_sent_before(
    paper: PaperLedger, sent_invoice: ErpItem, ada: Membership, max_pm: Membership
) -> None:
    operations.reject(sent_invoice, by=ada, comment="It is there already.")
    operations.link(sent_invoice, by=None, detail={})
    sent_invoice.refresh_from_db()
    paper.changing = [LinkChange("Label", "App. no. 3", "Application 3, corrected")]
    assert review_of(sent_invoice, ada).diff_synced == [], "nothing goes out"
    items.revise(sent_invoice, label="Application 3, corrected")
    operations.send(sent_invoice, by=max_pm)
    review = review_of(sent_invoice, ada)
    assert review.diff_synced == [Change("Label", "App. no. 3", "Application 3, corrected")]
    assert review.lines_synced == []
    assert changes_since_sync(sent_invoice, {"label": "Application 3, corrected"}) == ([], [])
    assert (review.last_rejection, review.diff_rejected) == (None, [])


def test_of_what_was_linked_after_it_was_unlinked_no_posting_is_shown_as_what_the_ledger_got(
    paper: PaperLedger, accepted_invoice: ErpItem, ada: Membership, settings: Any
) -> None:
    settings.ENGINE_IN_TEST_TRANSACTION = True
    engine.work(accepted_invoice.submissions.get().pk)
    accepted_invoice.refresh_from_db()
    assert review_of(accepted_invoice, ada).posting
    paper.gone = True
    operations.unlink(accepted_invoice, by=ada)
    operations.link(accepted_invoice, by=None, detail={})
    accepted_invoice.refresh_from_db()
    assert (accepted_invoice.status, review_of(accepted_invoice, ada).posting) == (Status.SYNCED, None)


def test_the_review_offers_what_the_operation_would_allow(
    sent_invoice: ErpItem, ada: Membership, vic: Membership
) -> None:
    offers = {offer.action: offer for offer in review_of(sent_invoice, ada).offers}
    assert set(offers) == {Action.ACCEPT, Action.REJECT}
    assert offers[Action.ACCEPT].offered
    assert review_of(sent_invoice, vic).offers == []


def test_an_action_is_left_out_for_whose_job_it_is_not_and_greyed_for_whose_it_is(
    paper: PaperLedger, max_pm: Membership
) -> None:
    alma = member(max_pm.company, "Alma", Role.ADMINISTRATOR, decides=True)
    item = new_invoice(max_pm, "Application 3")
    operations.send(item, by=alma)
    offers = {offer.action: offer.why_not for offer in review_of(item, alma).offers}
    assert offers == {
        Action.ACCEPT: "You sent it yourself, so somebody else has to accept it.",
        Action.REJECT: None,
        Action.RETRIEVE: None,
    }
    assert [offer.action for offer in review_of(item, max_pm).offers] == [Action.RETRIEVE]


def test_what_a_check_stops_is_not_offered_for_acceptance_and_says_each_reason(
    sent_invoice: ErpItem, ada: Membership, paper: PaperLedger
) -> None:
    paper.stops += [
        Check("look", "The books are closed."),
        Check("stop", "No insurance is on file.", "/vendors/1/"),
        Check("stop", "No W-9 is on file."),
    ]
    offers = {offer.action: offer for offer in review_of(sent_invoice, ada).offers}
    assert offers[Action.ACCEPT].why_not == "No insurance is on file. No W-9 is on file."
    assert [(one.sentence, one.where) for one in offers[Action.ACCEPT].unmet] == [
        ("No insurance is on file.", "/vendors/1/"),
        ("No W-9 is on file.", ""),
    ]
    assert offers[Action.REJECT].offered


def test_what_is_anothers_to_accept_says_that_and_not_what_he_would_be_told(
    paper: PaperLedger, max_pm: Membership
) -> None:
    paper.stops.append(Check("stop", "No W-9 is on file."))
    alma = member(max_pm.company, "Alma", Role.ADMINISTRATOR, decides=True)
    item = new_invoice(max_pm)
    operations.send(item, by=alma)
    offer = next(one for one in review_of(item, alma).offers if one.action == Action.ACCEPT)
    assert (offer.why_not, offer.unmet) == ("You sent it yourself, so somebody else has to accept it.", ())


def test_it_leads_to_the_next_record_to_decide_oldest_first(
    paper: PaperLedger, max_pm: Membership, ada: Membership
) -> None:
    first, second, third = (new_invoice(max_pm, name) for name in ("One", "Two", "Three"))
    for item in (first, second, third):
        operations.send(item, by=max_pm)
    assert selectors.next_to_decide(ada, second) == third
    assert selectors.next_to_decide(ada, third) == first


def test_the_posting_follows_the_choices_that_are_offered_and_passes_over_the_others(
    paper: PaperLedger, sent_invoice: ErpItem, ada: Membership
) -> None:
    account = Choice("income_account", "Income account", [("79", "Jobs"), ("80", "Other")], initial="79")
    terms = Choice("terms", "Terms", [("3", "Net 30")], required=False, initial="3")
    paper.choices += [account, terms]

    def picked(**given: str) -> tuple[dict[str, str], list[str]]:
        review = review_of(sent_invoice, ada, given)
        assert review.posting
        payload = {name: value for name, value in review.posting.payload.items() if name in ("income_account", "terms")}
        return payload, [choice.initial for choice in review.choices]

    assert picked() == ({"income_account": "79", "terms": "3"}, ["79", "3"])
    assert picked(income_account="80") == ({"income_account": "80", "terms": "3"}, ["80", "3"])
    assert picked(income_account="81", total="1.00") == ({"income_account": "79", "terms": "3"}, ["79", "3"])
    assert picked(income_account="", terms="") == ({"income_account": "79"}, ["79", ""])


def test_what_is_on_its_way_is_shown_as_it_was_accepted(
    paper: PaperLedger, accepted_invoice: ErpItem, ada: Membership
) -> None:
    paper.terms = "Net 30"  # accepted now, it would say so

    posting = review_of(accepted_invoice, ada).posting

    assert posting == Posting(
        "Bill", "create", "Bill", [Fact("Label", "Application 3")], {"label": "Application 3", "amount": "27405.00"}
    )


def test_nothing_was_posted_of_what_was_linked_to_what_stood_there(
    paper: PaperLedger, invoice: ErpItem, ada: Membership
) -> None:
    ErpItem.objects.filter(pk=invoice.pk).update(status=Status.SYNCED, synced_revision=invoice.revision)
    invoice.refresh_from_db()

    assert review_of(invoice, ada).posting is None
