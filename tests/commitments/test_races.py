"""Two people at the same moment on one commitment: real threads on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from commitments import attachments
from commitments.kinds import lines_of
from commitments.models import Commitment
from commitments.operations import create_commitment, set_commitment_active, set_lines, set_status
from commitments.rules import CommitmentDetails, line_details
from procore_sync.acceptance import operations as acceptance
from procore_sync.acceptance.kinds import spec_of
from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind
from projects.models import Project
from projects.operations import remove_cost_code
from tests.acceptance.test_races import at_once
from tests.commitments.test_commitments import amount_line
from tests.commitments.test_files import a_file
from tests.factories import make_commitment, make_project

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def again(item: ErpItem) -> Commitment:
    found: Commitment = spec_of(Kind.COMMITMENT).record_of(ErpItem.objects.select_related("company").get(pk=item.pk))
    return found


@pytest.mark.parametrize("turn", range(3))
def test_what_is_sent_is_what_stands_in_the_record(turn: int, max_pm: Membership, alma: Membership) -> None:
    item = make_commitment(max_pm, lines=["5.00"]).erp
    mine, hers = again(item), ErpItem.objects.select_related("company").get(pk=item.pk)
    line = replace(line_details(lines_of(mine)[0]), amount=Decimal("7.00"))

    at_once(lambda: set_lines(mine, [line], by=max_pm, seen=1), lambda: acceptance.send(hers, by=alma))

    for submission in item.submissions.all():
        assert submission.document["total"] == f"{lines_of(again(item))[0].amount:.2f}"


@pytest.mark.parametrize("turn", range(3))
def test_what_is_sent_is_approved(turn: int, max_pm: Membership, alma: Membership) -> None:
    item = make_commitment(max_pm).erp
    mine, hers = again(item), ErpItem.objects.select_related("company").get(pk=item.pk)

    at_once(lambda: set_status(mine, "draft", by=max_pm), lambda: acceptance.send(hers, by=alma))

    assert (again(item).status == "approved") == item.submissions.exists()


@pytest.mark.parametrize("turn", range(6))
def test_what_is_sent_is_active(turn: int, max_pm: Membership, alma: Membership) -> None:
    item = make_commitment(max_pm).erp
    mine, hers = again(item), ErpItem.objects.select_related("company").get(pk=item.pk)

    at_once(lambda: set_commitment_active(mine, False, by=max_pm), lambda: acceptance.send(hers, by=alma))

    assert again(item).is_active == item.submissions.exists()


def test_two_without_a_number_get_two(max_pm: Membership, alma: Membership) -> None:
    details = CommitmentDetails(make_project(max_pm).pk, "subcontract")

    told = at_once(lambda: create_commitment(details, by=max_pm), lambda: create_commitment(details, by=alma))

    assert told == ["", ""]
    assert sorted(Commitment.objects.values_list("number", flat=True)) == ["SC-001", "SC-002"]


def test_two_under_one_reference_are_one_with_its_lines_once(max_pm: Membership, alma: Membership) -> None:
    project = make_project(max_pm)
    details, lines = (
        CommitmentDetails(project.pk, "subcontract"),
        [amount_line(project, "5"), amount_line(project, "6")],
    )

    told = at_once(
        *[lambda by=by: create_commitment(details, by=by, lines=lines, external_ref="C-1") for by in (max_pm, alma) * 4]
    )

    assert told == [""] * 8
    assert [made.lines.count() for made in Commitment.objects.all()] == [2]


def test_two_who_attach_at_once_keep_to_the_limit(max_pm: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "LIMIT_FILES", 3)
    made = make_commitment(max_pm)

    told = at_once(*[lambda: attachments.attach(made, a_file(), by=max_pm)] * 6)

    assert (made.attachments.count(), sum(map(bool, told))) == (3, 3)


def one_code_off(by: Membership, project: Project) -> Callable[[], None]:
    """Takes the only code of a project off it."""
    return lambda: remove_cost_code(project, project.cost_codes.get(), by=by)


@pytest.mark.parametrize("turn", range(4))
def test_a_code_is_taken_off_its_project_or_a_commitment_has_it(
    turn: int, max_pm: Membership, alma: Membership
) -> None:
    made = make_commitment(max_pm, lines=[])
    line = amount_line(made.project, "5")

    told = at_once(
        lambda: set_lines(made, [line], by=max_pm, seen=made.edition), one_code_off(alma, Project.objects.get())
    )

    assert sorted(map(bool, told)) == [False, True]
    assert made.lines.count() == made.project.cost_codes.count()


@pytest.mark.parametrize("turn", range(4))
def test_a_code_is_taken_off_its_project_or_a_new_commitment_has_it(
    turn: int, max_pm: Membership, alma: Membership
) -> None:
    project = make_project(max_pm)
    details, line = CommitmentDetails(project.pk, "subcontract"), amount_line(project, "5")

    told = at_once(
        lambda: create_commitment(details, by=max_pm, lines=[line]), one_code_off(alma, Project.objects.get())
    )

    assert sorted(map(bool, told)) == [False, True]
    assert Commitment.objects.count() == project.cost_codes.count()
