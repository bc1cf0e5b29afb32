"""A record that ends every worker that carries it is set aside; what is set aside is never sent blindly again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from procore_sync.acceptance import engine, operations
from procore_sync.acceptance.actions import actions_for
from procore_sync.acceptance.claims import claim
from procore_sync.acceptance.flow import reasons_of
from procore_sync.acceptance.journal import verify_journal
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.refusals import IllegalMove
from procore_sync.acceptance.states import Action, Status, Work
from procore_sync.accounts.models import Membership
from tests.acceptance.conftest import accepted
from tests.acceptance.paper import PaperLedger

pytestmark = pytest.mark.database

Steps = Callable[..., Submission]


@pytest.fixture(autouse=True)
def in_test_transaction(settings: Any) -> None:
    settings.ENGINE_IN_TEST_TRANSACTION = True
    settings.PROBE_PAUSE_SECONDS = settings.BATCH_PROBE_PAUSE_SECONDS = 0


@pytest.fixture
def submission(paper: PaperLedger, max_pm: Membership, ada: Membership) -> Submission:
    (submission,) = accepted(1, max_pm, ada)
    return submission


def now_due(submission: Submission) -> Submission:
    Submission.objects.filter(pk=submission.pk, due_at__isnull=False).update(due_at=Now())
    submission.refresh_from_db()
    submission.item.refresh_from_db()
    return submission


def worked(submission: Submission) -> Submission:
    """A worker takes it and lives."""
    engine.work(now_due(submission).pk)
    return now_due(submission)


def died(submission: Submission) -> Submission:
    """A worker takes it, alone or with others, and dies of it; the sweep finds that out."""
    assert claim(now_due(submission).pk)
    Submission.objects.filter(work=Work.FLYING).update(lease_until=Now() - timedelta(seconds=1))
    engine.sweep()
    return now_due(submission)


def set_aside(submission: Submission) -> Submission:
    """Three workers died while they sent it; in between it was looked for in vain."""
    for _ in range(3):
        worked(worked(died(submission)))
    return now_due(submission)


def test_what_ends_three_workers_that_send_it_is_set_aside_when_quickbooks_does_not_hold_it(
    submission: Submission, paper: PaperLedger
) -> None:
    for _ in range(2):
        worked(worked(died(submission)))
    assert (submission.work, submission.crashes) == (Work.DUE, 2)
    worked(worked(died(submission)))
    assert (submission.work, submission.item.status) == (Work.PARKED, Status.FAILED)
    assert "3 workers in a row ended while sending it" in submission.reason
    assert "QuickBooks does not hold it" in submission.reason
    assert submission.cure_by == "operator"
    assert verify_journal(submission.company) is None


def test_it_is_linked_and_not_set_aside_if_the_last_worker_has_written_it(
    submission: Submission, paper: PaperLedger
) -> None:
    for _ in range(2):
        worked(worked(died(submission)))
    died(submission)
    paper.write(submission)
    assert worked(submission).item.status == Status.SYNCED
    assert len(paper.documents) == 1


def test_a_person_gives_it_three_more_under_a_new_request_id(
    submission: Submission, paper: PaperLedger, ada: Membership
) -> None:
    before = set_aside(submission).request_id
    operations.retry(submission.item, by=ada)
    assert now_due(submission).request_id != before
    for _ in range(2):
        worked(worked(died(submission)))
    assert submission.work == Work.DUE
    assert worked(submission).item.status == Status.SYNCED


@pytest.fixture
def unknown(submission: Submission) -> Submission:
    """Even who only looked for it died, so nobody knows whether it was written."""
    for _ in range(3):
        died(submission)
    assert submission.work == Work.PARKED
    return submission


def test_what_ends_even_those_who_look_for_it_is_set_aside_and_says_that_nobody_knows(
    unknown: Submission, paper: PaperLedger
) -> None:
    assert unknown.item.status == Status.FAILED
    assert "Whether QuickBooks holds it is not known" in unknown.reason
    assert verify_journal(unknown.company) is None


def test_what_may_have_been_written_is_looked_for_again_before_anything_is_sent(
    unknown: Submission, paper: PaperLedger, ada: Membership
) -> None:
    paper.write(unknown)
    before = unknown.request_id
    operations.retry(unknown.item, by=ada)
    assert now_due(unknown).work == Work.UNCERTAIN
    assert worked(unknown).item.status == Status.SYNCED
    assert paper.calls == [f"probe {before}"]
    assert len(paper.documents) == 1


def test_what_may_have_been_written_is_not_given_back_to_be_sent_anew(unknown: Submission, ada: Membership) -> None:
    with pytest.raises(IllegalMove, match="not known whether QuickBooks holds it"):
        operations.reject(unknown.item, by=ada, comment="Wrong month")
    offers = {one.action: one.why_not for one in actions_for(unknown.item, ada)}
    assert "link it to what stands there" in str(offers[Action.REJECT])
    assert offers[Action.RETRY] is None


def test_what_is_known_not_to_be_there_may_be_rejected(submission: Submission, ada: Membership) -> None:
    operations.reject(set_aside(submission).item, by=ada, comment="Wrong month")
    assert now_due(submission).item.status == Status.REJECTED


def test_trying_again_waits_for_another_change_of_the_same_document(
    unknown: Submission, max_pm: Membership, ada: Membership
) -> None:
    (other,) = accepted(1, max_pm, ada)
    Submission.objects.filter(pk=other.pk).update(lane=unknown.lane, work=Work.UNCERTAIN)
    with pytest.raises(IllegalMove, match="Another change of the same document"):
        operations.retry(unknown.item, by=ada)


def test_the_innocent_of_a_batch_are_not_blamed_for_one_that_ends_it(
    paper: PaperLedger, max_pm: Membership, ada: Membership
) -> None:
    poison, *others = accepted(5, max_pm, ada)
    died(poison)
    assert set(Submission.objects.values_list("work", "crashes")) == {(Work.UNCERTAIN, 0)}
    for each in others:
        for _ in range(3):  # two looks, and then alone
            worked(each)
        assert each.item.status == Status.SYNCED
    set_aside(worked(worked(poison)))
    assert (poison.work, poison.crashes) == (Work.PARKED, 3)
    assert paper.batches == []


def test_a_page_a_list_and_the_health_of_the_company_say_so(
    submission: Submission, ada: Membership, client: Client
) -> None:
    set_aside(submission)
    client.force_login(ada.user)
    page = client.get(reverse("acceptance:review", args=[submission.item_id])).content.decode()
    assert "3 workers in a row ended while sending it" in page
    assert "Who can fix it: Operator" in page
    listed = client.get(reverse("acceptance:inbox") + "?view=failed").content.decode()
    assert submission.item.label in listed
    (reason,) = reasons_of(submission.company_id)
    assert (reason.cure_by, reason.count) == ("operator", 1)


@pytest.mark.parametrize("borne", [1, 2])
def test_how_many_are_borne_is_a_setting(submission: Submission, settings: Any, borne: int) -> None:
    settings.ENGINE_CRASHES = borne
    for _ in range(borne):
        assert submission.item.status == Status.EXPORTING
        worked(worked(died(submission)))
    assert submission.item.status == Status.FAILED


def test_a_death_is_no_try_of_another_record(submission: Submission, max_pm: Membership, ada: Membership) -> None:
    (other,) = accepted(1, max_pm, ada)
    died(submission)
    assert now_due(other).crashes == 0
    assert worked(other).item.status == Status.SYNCED
    assert ErpItem.objects.get(pk=submission.item_id).status == Status.EXPORTING
