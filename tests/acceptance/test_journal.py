"""The chain holds, and says which row does not."""

import pytest
from django.db import DatabaseError, connection, transaction

from procore_sync.acceptance import operations
from procore_sync.acceptance.journal import verify_journal
from procore_sync.acceptance.models import ErpItem, Event
from procore_sync.accounts.models import Company, Membership, Role
from tests.acceptance.conftest import member, new_invoice, raw
from tests.scenes import kept

pytestmark = pytest.mark.database


@pytest.fixture
@kept
def told_story(invoice: ErpItem, max_pm: Membership) -> ErpItem:
    """Four rows: sent, retrieved, sent, retrieved."""
    for _ in range(2):
        operations.send(invoice, by=max_pm)
        operations.retrieve(invoice, by=max_pm)
    return invoice


def test_it_holds_for_a_story_as_it_was_written(told_story: ErpItem) -> None:
    assert Event.objects.count() == 4
    assert verify_journal(told_story.company) is None


def test_it_finds_a_changed_comment(told_story: ErpItem) -> None:
    raw("UPDATE acceptance_event SET comment = 'nothing to see' WHERE sequence = 2")
    broken = verify_journal(told_story.company)
    assert broken
    assert broken.sequence == 2
    assert "changed after it was written" in broken.sentence


def test_it_finds_a_deleted_row(told_story: ErpItem) -> None:
    raw("DELETE FROM acceptance_event WHERE sequence = 3")
    broken = verify_journal(told_story.company)
    assert broken
    assert broken.sequence == 3
    assert "missing" in broken.sentence


def test_it_finds_a_cut_off_end(told_story: ErpItem) -> None:
    raw("DELETE FROM acceptance_event WHERE sequence = 4")
    broken = verify_journal(told_story.company)
    assert broken
    assert "ends at row 3" in broken.sentence


def test_it_finds_that_head_and_end_are_gone_together(told_story: ErpItem) -> None:
    raw("DELETE FROM acceptance_event WHERE sequence > 2")
    raw("DELETE FROM acceptance_journalhead")
    broken = verify_journal(told_story.company)
    assert broken
    assert broken.sentence == "The journal has 2 rows, but its head says that 0 were written."


def test_it_finds_a_row_that_was_put_at_the_end_without_the_head(told_story: ErpItem) -> None:
    raw("UPDATE acceptance_journalhead SET sequence = 3, hash = (SELECT hash FROM acceptance_event WHERE sequence = 3)")
    broken = verify_journal(told_story.company)
    assert broken
    assert broken.sentence == "The journal has 4 rows, but its head says that 3 were written."


def test_it_finds_a_document_exchanged_after_acceptance(told_story: ErpItem) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE acceptance_submission SET digest = 'f' WHERE number = 1")
    assert verify_journal(told_story.company) is not None


def test_it_chains_each_company_for_itself(told_story: ErpItem) -> None:
    other = Company.objects.create(name="Other Books", slug="other")
    olga = member(other, "Olga", Role.PROJECT_MANAGER)
    operations.send(new_invoice(olga), by=olga)
    assert Event.objects.get(company=other).sequence == 1
    assert verify_journal(other) is None
    assert verify_journal(told_story.company) is None


@pytest.mark.postgres
@pytest.mark.parametrize("sql", ["UPDATE acceptance_event SET comment = 'x'", "DELETE FROM acceptance_event"])
def test_postgresql_refuses_to_change_what_was_written(told_story: ErpItem, sql: str) -> None:
    with pytest.raises(DatabaseError, match="journal"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
