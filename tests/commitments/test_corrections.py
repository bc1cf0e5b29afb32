"""Correct and replace: from its reason to QuickBooks holding the corrected order, and what stands against it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from commitments import hindrances
from commitments.corrections import begin_correction, end_correction
from commitments.hindrances import Deed, register_hindrance
from commitments.kinds import commitment_document, lines_of
from commitments.models import Commitment
from commitments.operations import KeptAsSent, edit_commitment, set_lines
from commitments.rules import CommitmentDetails, line_details
from procore_sync.acceptance import operations as acceptance
from procore_sync.acceptance.actions import actions_for
from procore_sync.acceptance.journal import Entry, move
from procore_sync.acceptance.kinds import Unmet, spec_of
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.refusals import IllegalMove, NotReady
from procore_sync.acceptance.reviews import changes_since_sync
from procore_sync.acceptance.states import Action, Decision
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from projects.records import details_of
from tests.factories import make_commitment, sent, synced
from tests.scenes import kept

WHY = "The unit cost was wrong."


def again(commitment: Commitment) -> Commitment:
    found: Commitment = spec_of(Kind.COMMITMENT).record_of(ErpItem.objects.get(pk=commitment.erp_id))
    return found


def take(commitment: Commitment, by: Membership) -> Commitment:
    """Send it, and let QuickBooks take it: the engine's own moves, without a ledger."""
    item = again(commitment).erp
    acceptance.send(item, by=by)
    move(item, Action.ACCEPT, Entry(by=None))
    item.submissions.filter(decision=Decision.OPEN).update(decision=Decision.ACCEPTED)
    move(item, Action.CONFIRM, Entry(by=None), synced_revision=item.revision)
    return again(commitment)


@pytest.fixture
@kept
def held(max_pm: Membership) -> Commitment:
    """A commitment that QuickBooks took as it was sent: one line of 1,000.00."""
    return take(make_commitment(max_pm, number="SC-1", title="Concrete"), max_pm)


def corrected(held: Commitment, by: Membership, amount: str = "900.00") -> Commitment:
    lines = [replace(line_details(line), amount=Decimal(amount)) for line in lines_of(held)]
    set_lines(again(held), lines, by=by, seen=again(held).edition)
    return again(held)


@pytest.fixture
def hindered() -> Iterator[None]:
    """An app above that stands against everything."""
    for deed in Deed:
        register_hindrance(deed, "test", lambda commitment: Unmet("CO-1 is with accounting.", "approver", "/there/"))
    yield
    for deed in Deed:
        del hindrances._hindrances[deed, "test"]


def test_from_the_reason_to_quickbooks_holding_what_is_right(held: Commitment, max_pm: Membership) -> None:
    begin_correction(held, f" {WHY} ", by=max_pm)
    assert (held.is_correcting, held.correcting, held.erp.is_changed) == (True, WHY, False)
    with pytest.raises(NotReady, match="Nothing has changed"):
        acceptance.send(again(held).erp, by=max_pm)

    changed = corrected(held, max_pm)
    assert (changed.is_correcting, changed.erp.is_changed) == (True, True)
    facts, lines = changes_since_sync(changed.erp, commitment_document(changed))
    assert {change.label: change.after for change in facts} == {"Correction": WHY, "Total": "900.00"}
    assert [(line.key, line.difference) for line in lines] == [("1", Decimal("-100.00"))]

    taken = take(changed, max_pm)
    newest = taken.erp.submissions.order_by("-number")[0]
    assert (newest.document["replaces"], newest.document["total"]) == (WHY, "900.00")
    assert (taken.is_correcting, taken.is_kept, taken.erp.is_changed) == (False, True, False)
    assert changes_since_sync(taken.erp, commitment_document(taken)) == ([], [])
    with pytest.raises(KeptAsSent):
        corrected(taken, max_pm, "800.00")


def test_a_second_correction_has_its_own_reason(held: Commitment, max_pm: Membership) -> None:
    begin_correction(held, WHY, by=max_pm)
    taken = take(corrected(held, max_pm), max_pm)

    begin_correction(taken, "Once more.", by=max_pm)

    assert commitment_document(again(corrected(taken, max_pm, "1.00")))["replaces"] == "Once more."


def test_it_goes_on_after_a_rejection_and_a_retrieval(held: Commitment, max_pm: Membership, ada: Membership) -> None:
    begin_correction(held, WHY, by=max_pm)
    item = corrected(held, max_pm).erp
    acceptance.send(item, by=max_pm)
    with pytest.raises(IllegalMove):
        corrected(held, max_pm, "1.00")
    acceptance.reject(item, by=ada, comment="Still wrong.")
    acceptance.send(corrected(held, max_pm, "850.00").erp, by=max_pm)
    acceptance.retrieve(again(held).erp, by=max_pm)

    assert corrected(held, max_pm, "840.00").is_correcting


def test_the_head_opens_too(held: Commitment, max_pm: Membership) -> None:
    begin_correction(held, WHY, by=max_pm)
    details = replace(details_of(held, CommitmentDetails), title="Precast", default_retainage=Decimal(5))

    edit_commitment(held, details, by=max_pm, seen=held.edition)

    assert again(held).erp.is_changed


def test_a_correction_without_a_change_can_be_taken_back(held: Commitment, max_pm: Membership) -> None:
    begin_correction(held, WHY, by=max_pm)
    end_correction(held, by=max_pm)

    assert again(held).is_kept
    assert commitment_document(again(held))["replaces"] == ""
    with pytest.raises(IllegalMove, match="is not being corrected"):
        end_correction(again(held), by=max_pm)
    begin_correction(again(held), WHY, by=max_pm)
    corrected(held, max_pm)
    with pytest.raises(IllegalMove, match="was changed since"):
        end_correction(again(held), by=max_pm)


@pytest.mark.parametrize("reason", ["", "  \n", "x" * 501])
def test_it_needs_a_reason(reason: str, held: Commitment, max_pm: Membership) -> None:
    with pytest.raises(InvalidInput) as raised:
        begin_correction(held, reason, by=max_pm)
    assert list(raised.value.errors) == ["reason"]


def test_only_what_quickbooks_holds_is_corrected_and_once_at_a_time(held: Commitment, max_pm: Membership) -> None:
    with pytest.raises(NotReady, match="is not in QuickBooks"):
        begin_correction(make_commitment(max_pm), WHY, by=max_pm)
    with pytest.raises(NotReady, match="cannot be corrected now"):
        begin_correction(again(sent(make_commitment(max_pm), max_pm)), WHY, by=max_pm)
    begin_correction(held, WHY, by=max_pm)
    with pytest.raises(IllegalMove, match="already"):
        begin_correction(again(held), WHY, by=max_pm)


def test_a_viewer_corrects_nothing(held: Commitment, vic: Membership) -> None:
    with pytest.raises(NotAllowed):
        begin_correction(held, WHY, by=vic)
    with pytest.raises(NotAllowed):
        end_correction(held, by=vic)


def test_somebody_elses_edit_is_not_passed_over(held: Commitment, max_pm: Membership) -> None:
    stale = [again(held) for _ in range(2)]
    begin_correction(held, WHY, by=max_pm)
    with pytest.raises(IllegalMove, match="changed by you yourself meanwhile"):
        begin_correction(stale[0], "Another reason.", by=max_pm)
    corrected(held, max_pm)
    acceptance.send(again(held).erp, by=max_pm)
    with pytest.raises(IllegalMove, match=r"changed by you yourself meanwhile.* It was sent to accounting by Max: "):
        begin_correction(stale[1], "Another reason.", by=max_pm)
    assert again(held).correcting == WHY


def test_a_change_order_on_its_way_stands_against_it(held: Commitment, max_pm: Membership, hindered: None) -> None:
    with pytest.raises(NotReady, match=r"CO-1 is with accounting\.") as raised:
        begin_correction(held, WHY, by=max_pm)
    assert raised.value.where == "/there/"


def test_what_hangs_on_it_keeps_it_linked(held: Commitment, ada: Membership, hindered: None) -> None:
    offers = {str(offer.action): offer.why_not for offer in actions_for(held.erp, ada)}

    assert offers["unlink"] == "CO-1 is with accounting."
    with pytest.raises(NotReady, match="CO-1"):
        acceptance.unlink(held.erp, by=ada)


def test_an_unlinked_commitment_is_free_and_replaces_nothing(held: Commitment, max_pm: Membership) -> None:
    begin_correction(held, WHY, by=max_pm)
    item = again(held).erp
    move(item, Action.UNLINK, Entry(by=None), synced_revision=None)

    free = again(held)
    assert (free.is_correcting, free.is_kept) == (False, False)
    assert commitment_document(corrected(free, max_pm))["replaces"] == ""


def test_one_that_was_linked_and_never_sent_can_be_corrected(max_pm: Membership) -> None:
    made = again(synced(make_commitment(max_pm)))
    begin_correction(made, WHY, by=max_pm)

    assert acceptance.send(corrected(made, max_pm).erp, by=max_pm).document["replaces"] == WHY
