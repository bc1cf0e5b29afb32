"""Help: what it must list is written here again by hand, apart from the tables that the code runs by."""

from __future__ import annotations

import ast
import re

import pytest
from django.db.models.functions import Now
from django.test import Client
from pytest_django import Settings

from procore_sync.acceptance import engine
from procore_sync.acceptance.courier import Outcome
from procore_sync.acceptance.diagrams import states_diagram
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.states import OutcomeKind, Status
from procore_sync.accounts import curing
from procore_sync.accounts.models import Company, Membership, Role
from procore_sync.help.errors import CURED_BY, error_of, sections
from procore_sync.help.first_steps import card_of
from procore_sync.help.workflows import WORKFLOWS
from tests.acceptance.conftest import member
from tests.acceptance.paper import PaperLedger
from tests.architecture.controls import unexplained
from tests.messages import modules

#: quickbooks.md §3.2, and 6080, which was met.
QUICKBOOKS = """100 110 120 500 600 610 620 800 900 1040 2010 2020 2040 2050 2170 2210 2500 3001 3100 3200 4000 4001
5010 5020 6000 6070 6080 6100 6140 6190 6210 6240 6540 10000"""
ON_THE_WAY = """other server garbled turned_away wrong_address unproven unreached malformed silence broke_off limiter
not_sent unknown disconnected invalid_grant invalid_token invalid_client unauthorized_client"""
STOPS = """other_books other_currency not_equal name_taken number_taken gone_there changed_there another_records
unresolved order_not_linked no_room linked_as_a_whole stands_against other_kind order_billed worker_died"""
REFUSALS = """refused not-allowed invalid-input illegal-move changed-since-seen not-ready own-record still-there
second-approver-needed
not-as-signed unreadable-file not-attachable key-in-use mail-failed last-administrator edited-meanwhile
another-has-the-reference still-used sheet-gone already-reading rule-exists no-such-invite link-of-another
invite-replaced no-breakdown-asked another-opened
tie-out-not-whole tie-out-not-remarked not-connected another-company already-linked
kept-as-sent
no-job-costs-to-read no-payments-to-read payments-off nothing-to-send not-read matching-not-whole matching-not-remarked
not-onboarding note-needed nothing-to-watch not-ours ours-indeed webhook-off no-books"""
MOVES = """Not sent, Send to accounting, With accounting
Retrieved, Send to accounting, With accounting
Rejected, Send to accounting, With accounting
Synced, Send to accounting, With accounting
With accounting, Retrieve, Retrieved
With accounting, Accept, Exporting
With accounting, Accept, first of two, With accounting
With accounting, Reject, Rejected
Exporting, Take back, With accounting
Exporting, Confirm, Synced
Exporting, Fail, Failed
Failed, Try again, Exporting
Failed, Reject, Rejected
Not sent, Link, Synced
With accounting, Link, Synced
Retrieved, Link, Synced
Rejected, Link, Synced
Failed, Link, Synced
Synced, Unlink, Not sent
Retrieved, Unlink, Not sent
Rejected, Unlink, Not sent
With accounting, Take back, With accounting"""


def test_a_place_leads_to_the_list_that_it_names(max_pm: Membership) -> None:
    (budget,) = [one for one in WORKFLOWS if one.key == "w4"]
    assert budget.places_for(max_pm) == [
        ("Budgets", "/budgets/"),
        ("Changed since sync", "/inbox/?view=changed"),
    ]


def test_nothing_is_said_to_be_linked_by_itself() -> None:
    """A name that is taken stops the record (`Stop.NAME_TAKEN`, ADR 33): a person says that they are the same."""
    (vendors,) = [one for one in WORKFLOWS if one.key == "w2"]
    assert "it stops: the record is linked to it by hand" in vendors.effect


def test_every_fault_and_every_refusal_has_its_line() -> None:
    listed = {section.key: [one.code for one in section.errors] for section in sections()}

    assert listed["quickbooks"] == QUICKBOOKS.split()
    assert sorted(listed["connection"]) == sorted(ON_THE_WAY.split())
    assert sorted(listed["stops"]) == sorted(STOPS.split())
    assert sorted(listed["refusals"]) == sorted(REFUSALS.split())


def test_every_line_says_what_and_how_it_is_cured_at_an_anchor_of_its_own() -> None:
    every = [one for section in sections() for one in section.errors]

    assert len({one.anchor for one in every}) == len(every)
    assert [one.code for one in every if not re.fullmatch(r"[A-Z].*[.]", one.sentence, re.S)] == []
    assert [one.code for one in every if not re.fullmatch(r"[A-Z].*[.]", one.cure, re.S)] == []
    assert [one.code for one in every if "`" in one.sentence + one.cure] == []
    assert error_of("9999").code == "other"


def test_whoever_cures_something_is_named_in_every_language() -> None:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in modules() if path.name != "samples.py"]
    given = [
        node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "who"
    ]
    said = {one.value for value in given for one in ast.walk(value) if isinstance(one, ast.Constant)}
    words = {one for one in said if isinstance(one, str)}
    listed = {one.who for section in sections() for one in section.errors}

    assert (words | listed | set(curing.WORDS)) - {"", "The console, by itself"} == set(CURED_BY)


def test_the_diagram_shows_every_state_and_every_move_and_where_the_record_stands() -> None:
    drawn = states_diagram(Status.FAILED)

    assert sorted(", ".join(row[:3]) for row in drawn.rows) == sorted(MOVES.split("\n"))
    # Linking and unlinking are drawn once, whatever states they lead from, and what leads nowhere (two moves) is not.
    assert len(drawn.arrows) == len(MOVES.split("\n")) - 4 - 2 - 2
    given_back = states_diagram(Status.REJECTED)
    assert sorted(one.label for one in given_back.arrows if one.is_next) == ["Link", "Send", "Unlink"]
    assert [node.label for node in drawn.nodes if node.is_here] == ["Failed"]
    assert sorted(one.label for one in drawn.arrows if one.is_next) == ["Link", "Reject", "Try again"]
    assert "It stands at Failed now. From here: Try again leads to Exporting" in drawn.words
    assert {str(one.label) for one in Status} <= {node.label for node in drawn.nodes}


def test_the_twelve_workflows_are_drawn() -> None:
    assert [one.key for one in WORKFLOWS] == [f"w{number}" for number in range(1, 13)]
    for one in WORKFLOWS:
        drawn = one.drawn()
        assert drawn.arrows
        assert all(0 <= node.x <= drawn.width - 130 and 0 <= node.y <= drawn.height - 42 for node in drawn.nodes)


@pytest.mark.parametrize(
    ("page", "count"),
    [
        ('<button disabled aria-describedby="a">x</button><p id="a">Somebody else decides.</p>', 0),
        ('<button disabled>x</button><p id="a">Somebody else decides.</p>', 1),
        ('<a aria-disabled="true" aria-describedby="b">x</a><p id="a">Somebody else decides.</p>', 1),
        ('<select disabled aria-describedby="a"></select><input type="text" disabled><p id="a">No.</p>', 2),
    ],
)
def test_a_control_that_is_off_without_a_sentence_is_found(page: str, count: int) -> None:
    assert len(unexplained(page)) == count


def test_a_failed_record_leads_to_the_line_of_its_error(
    accepted_invoice: ErpItem, paper: PaperLedger, ada: Membership, client: Client, settings: Settings
) -> None:
    settings.ENGINE_IN_TEST_TRANSACTION = True
    paper.next.append(
        lambda submission: Outcome(
            OutcomeKind.REFUSED,
            "Taken.",
            fault_code="6240",
            intuit_tid="1-tid",
            answered={"errors": [{"code": "6240", "message": "Duplicate Name Exists Error"}]},
            who="approver",
            where="/the/very/field/",
        )
    )
    Submission.objects.update(due_at=Now())
    engine.work(Submission.objects.get().pk)
    client.force_login(ada.user)
    at = f"?at={accepted_invoice.pk}"

    review = client.get(f"/review/{accepted_invoice.pk}/").content.decode()
    catalogue = client.get(f"/help/errors/{at}").content.decode()

    for page in (review, catalogue):
        assert "Duplicate Name Exists Error" in page
        assert "1-tid" in page
        assert 'href="/the/very/field/"' in page
    assert f'href="/help/errors/6240/{at}"' in review
    assert "It stands at Failed now." in review
    assert client.get(f"/help/errors/6240/{at}")["Location"] == f"/help/errors/{at}#error-6240"
    assert 'id="error-6240" class="this"' in catalogue
    assert client.get("/help/workflows/w13/").status_code == 404

    stranger = member(Company.objects.create(name="Other", slug="other"), "Olga", Role.ADMINISTRATOR)
    client.force_login(stranger.user)
    assert client.get(f"/help/errors/{at}").status_code == 404


def test_first_steps_are_ticked_off_by_what_happened_and_stay_away_once_put_away(
    sent_invoice: ErpItem, max_pm: Membership, ada: Membership, vic: Membership, client: Client
) -> None:
    stranger = member(Company.objects.create(name="Other", slug="other"), "Olga", Role.PROJECT_MANAGER)

    assert [step.is_done for step in card_of(max_pm)] == [True, True, False, False]
    assert [step.is_done for step in card_of(stranger)] == [False, False, False, False]
    assert all(3 <= len(card_of(one)) <= 5 for one in (max_pm, ada, vic))

    client.force_login(max_pm.user)
    assert "See it accepted" in client.get("/").content.decode()
    client.post("/help/first-steps/")
    assert "See it accepted" not in client.get("/").content.decode()
    assert "See it accepted" in client.get("/help/").content.decode()
    client.post("/help/first-steps/", {"show": "yes"})
    assert "See it accepted" in client.get("/").content.decode()
