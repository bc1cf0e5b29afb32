"""What is explored: each scenario is small, and has what one part of the engine is there for."""

from __future__ import annotations

from tests.model.machine import Scenario

ONE = Scenario("one document", faults=2, retries=1)
RACE = Scenario("two workers read the same row", faults=1, split=True)
SWEEPS = Scenario("two sweeps", faults=1, sweeps=2, late=False)
BATCH = Scenario("a batch of two", docs=2, faults=2)
LATER = Scenario("a second document comes later", docs=2, faults=1, accepted=1)
LANE = Scenario("two changes of one document", docs=2, faults=1, lanes=(0, 0))
NEEDS = Scenario("one needs the other", docs=2, faults=1, requires=((1, 0),), accepted=1)
PEOPLE = Scenario("two people decide, a third edits", workers=1, faults=0, accepted=0, people=2, edits=True)
TWO = Scenario("two have to accept", workers=1, faults=0, accepted=0, people=3, edits=True, two=True, undoes=1)
EDIT = Scenario("an edit on the way", workers=1, faults=1, edits=True)
KEEPER = Scenario("a bookkeeper changes, removes and puts back", faults=2, acts=2)
UNDO = Scenario("an acceptance is taken back and given anew", workers=1, faults=1, split=True, undoes=1)

#: Explored whole in every run of the tests.
ALL = (ONE, RACE, SWEEPS, BATCH, LATER, LANE, NEEDS, PEOPLE, TWO, EDIT, KEEPER, UNDO)
#: Explored only where MODEL_DEEP is set: one fault more, or one document more.
DEEP = (
    Scenario("one document, three faults", faults=3, retries=1),
    Scenario("two workers read the same row, two faults", faults=2, split=True),
    Scenario("two sweeps, two faults", faults=2, sweeps=2),
    Scenario("a batch of two, three workers", docs=2, workers=3, faults=2, late=False),
    Scenario("a batch of three", docs=3, faults=1),
    Scenario("a second document comes later, two faults", docs=2, faults=2, accepted=1),
    Scenario("two changes of one document, two faults", docs=2, faults=2, lanes=(0, 0)),
    Scenario("one needs the other, two faults", docs=2, faults=2, requires=((1, 0),), accepted=1),
)
