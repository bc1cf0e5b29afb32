"""Two workers claim the same batch in the same moment, each over a connection of its own, between two given lines."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from threading import Barrier, BrokenBarrierError
from unittest import mock

import pytest

from procore_sync.acceptance import claims
from procore_sync.acceptance.claims import Claim
from procore_sync.acceptance.models import Attempt, Submission
from tests.acceptance.test_races import at_once
from tests.model import scenarios
from tests.model.console import console
from tests.model.guards import Edit, edited

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

LOCK = Edit(claims, "_claim_many", '.select_for_update(skip_locked=True, of=("self",))', "")
COUNT = Edit(
    claims,
    "_claim_many",
    "if taken.update(**_flying(), over_at=surely_over()) != len(going):",
    "if Submission.objects.filter(pk__in=[row.pk for row in going]).update(**_flying()) < 0:",
)
NUMBER = Edit(claims, "_opened", "number=submission.fence,", "number=uuid.uuid4().int % 1_000_000,")


@pytest.mark.parametrize(
    ("without", "claimed_twice"),
    [((), False), ((LOCK,), False), ((LOCK, COUNT), False), ((LOCK, COUNT, NUMBER), True)],
    ids=["nothing taken away", "row locks", "and the counted update", "and the numbers of attempts"],
)
def test_a_row_is_claimed_once_while_any_of_three_belts_holds(without: tuple[Edit, ...], claimed_twice: bool) -> None:
    gate, got = Barrier(2), list[Claim]()

    def looked_at(submissions: Sequence[Submission]) -> list[Submission]:
        """Both workers have read the rows before either takes them, if nothing keeps them from it."""
        with suppress(BrokenBarrierError):
            gate.wait(timeout=1)
        return list(submissions)

    with console(scenarios.BATCH) as led, ExitStack() as stack:
        led.shelf.together = looked_at  # type: ignore[method-assign]
        for edit, function in [(edit, once_more(without, edit)) for edit in without]:
            stack.enter_context(mock.patch.object(edit.module, edit.function, function))
        first, second = led.submission(0).pk, led.submission(1).pk
        at_once(lambda: got.extend(claims.claim(first)), lambda: got.extend(claims.claim(second)))
        rows = [each.submission.pk for each in got]
        assert (len(rows) > len(set(rows))) is claimed_twice
        assert set(rows) == {first, second}
        assert Attempt.objects.count() == len(rows)


def once_more(edits: Sequence[Edit], of: Edit) -> object:
    """The function with all of the edits that are made in it."""
    first, *others = [one for one in edits if one.function == of.function]
    return edited(first, *others)
