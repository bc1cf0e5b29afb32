"""The database's disk is full: nothing is sent that cannot be noted first, and nothing is sent twice afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now

from procore_sync.acceptance import engine, settling
from procore_sync.acceptance.models import Attempt, Event, Submission
from procore_sync.acceptance.states import Status, Work
from procore_sync.accounts.models import Membership
from tests.acceptance.conftest import accepted
from tests.acceptance.paper import PaperLedger

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

FULL = """
CREATE OR REPLACE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
CREATE TRIGGER no_room BEFORE {when} FOR EACH ROW {which} EXECUTE FUNCTION no_room()
"""

Full = Callable[[str, str], None]
INTENT = ("INSERT ON acceptance_attempt", "")
RESULT = ("UPDATE ON acceptance_submission", "WHEN (OLD.work = 'flying' AND NEW.work <> 'flying')")
JOURNAL = ("INSERT ON acceptance_event", "WHEN (NEW.action = 'confirm')")


@contextmanager
def full(when: str, which: str) -> Iterator[None]:
    """Until the block ends the server refuses such writes, as it does without room."""
    with connection.cursor() as cursor:
        cursor.execute(FULL.format(when=when, which=which))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER no_room ON {when.split()[-1]}")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, settings: object) -> None:
    monkeypatch.setattr(settling, "_PAUSES", (0.01, 0.01))
    settings.PROBE_PAUSE_SECONDS = settings.BATCH_PROBE_PAUSE_SECONDS = 0  # type: ignore[attr-defined]


@pytest.fixture(params=[1, 5], ids=["alone", "in a batch"])
def due(request: pytest.FixtureRequest, paper: PaperLedger, max_pm: Membership, ada: Membership) -> list[Submission]:
    return accepted(request.param, max_pm, ada)


def works(submissions: list[Submission]) -> set[str]:
    return set(Submission.objects.filter(pk__in=[each.pk for each in submissions]).values_list("work", flat=True))


def test_what_cannot_be_noted_before_is_not_sent(due: list[Submission], paper: PaperLedger) -> None:
    with full(*INTENT), pytest.raises(OperationalError):
        engine.work(due[0].pk)
    assert (paper.calls, paper.batches, paper.documents) == ([], [], {})
    assert works(due) == {Work.DUE}
    engine.work(due[0].pk)
    assert works(due) == {Work.DONE}
    assert len(paper.documents) == len(due)


@pytest.mark.parametrize("what", [RESULT, JOURNAL], ids=["result", "journal"])
def test_what_came_back_and_cannot_be_noted_is_looked_for_when_there_is_room_again(
    due: list[Submission], paper: PaperLedger, what: tuple[str, str]
) -> None:
    with full(*what), pytest.raises(OperationalError):
        engine.work(due[0].pk)
    assert works(due) == {Work.FLYING}
    assert not Event.objects.filter(action="confirm").exists()
    assert not Attempt.objects.exclude(outcome="").exists()
    Submission.objects.update(lease_until=Now() - timedelta(seconds=1))
    engine.sweep()
    assert works(due) == {Work.UNCERTAIN}
    for each in due:
        engine.work(each.pk)
    assert works(due) == {Work.DONE}
    assert {each.item.status for each in Submission.objects.select_related("item")} == {Status.SYNCED}
    assert len(paper.documents) == len(due)


def test_a_sweep_that_cannot_free_anything_frees_it_later(due: list[Submission], paper: PaperLedger) -> None:
    with full(*RESULT):
        with pytest.raises(OperationalError):
            engine.work(due[0].pk)
        Submission.objects.update(lease_until=Now() - timedelta(seconds=1))
        with pytest.raises(OperationalError):
            engine.sweep()
        assert works(due) == {Work.FLYING}
    engine.sweep()
    assert works(due) == {Work.UNCERTAIN}
