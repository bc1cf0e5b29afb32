"""What may be done with a project, and what it takes to be sent."""

from __future__ import annotations

from datetime import date

import pytest

from procore_sync.acceptance import operations as acceptance
from procore_sync.acceptance.actions import actions_for
from procore_sync.acceptance.kinds import spec_of
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.refusals import IllegalMove, NotReady
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from projects.models import Project
from projects.operations import (
    add_cost_codes,
    copy_all_codes,
    create_project,
    edit_project,
    import_project,
    remove_cost_code,
    set_cost_code_active,
    set_project_active,
)
from projects.readiness import unmet_of_project
from projects.records import EditedMeanwhile, details_of
from projects.rules import ProjectDetails
from tests.factories import make_cost_code, make_project, rejected, sent, synced


def errors_of(details: ProjectDetails, by: Membership) -> list[str]:
    with pytest.raises(InvalidInput) as raised:
        create_project(details, by=by)
    return list(raised.value.errors)


def sentences(project: Project) -> list[str]:
    return [one.sentence for one in unmet_of_project(project)]


def test_it_is_made_with_an_item_of_its_own(max_pm: Membership) -> None:
    project = create_project(ProjectDetails(name="Harbor Row Lofts", number="2026-014"), by=max_pm)

    assert (project.erp.kind, project.erp.label, project.erp.number) == (Kind.PROJECT, "Harbor Row Lofts", "2026-014")
    assert not project.erp.requires.exists()


@pytest.mark.parametrize("name", ["", "Lofts: east", "Lofts\teast", "x" * 101, "Lofts\u202e"])
def test_it_refuses_a_name_that_quickbooks_would_not_take(name: str, max_pm: Membership) -> None:
    assert errors_of(ProjectDetails(name=name), max_pm) == ["name"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("street", "1 Main St\nUnit 4"),
        ("street", "x" * 501),
        ("city", "x" * 256),
        ("state", "x" * 256),
        ("postal_code", "x" * 32),
        ("country", "x" * 256),
        ("number", "x" * 51),
        ("number", "\uff11\uff10\uff14\uff12"),
        ("stage", "demolished"),
    ],
)
def test_it_refuses_what_does_not_fit(field: str, value: str, max_pm: Membership) -> None:
    assert errors_of(ProjectDetails(name="Lofts", **{field: value}), max_pm) == [field]  # type: ignore[arg-type]


def test_it_cannot_finish_before_it_starts(max_pm: Membership) -> None:
    details = ProjectDetails(name="Lofts", starts_on=date(2026, 5, 2), finishes_on=date(2026, 5, 1))

    assert errors_of(details, max_pm) == ["finishes_on"]


@pytest.mark.database
def test_two_projects_may_share_a_name_but_not_a_number(max_pm: Membership) -> None:
    make_project(max_pm, "Kitchen", number="1")
    make_project(max_pm, "Kitchen")
    make_project(max_pm, "Kitchen")

    assert errors_of(ProjectDetails(name="Bath", number="1"), max_pm) == ["number"]


def test_it_is_ready_with_one_synced_code(max_pm: Membership) -> None:
    assert sentences(make_project(max_pm)) == []


def test_it_needs_a_code(max_pm: Membership) -> None:
    assert sentences(make_project(max_pm, codes=[])) == ["The project uses no cost code yet. Add at least one."]


@pytest.mark.database
def test_it_needs_all_its_codes_in_quickbooks(max_pm: Membership) -> None:
    there, plain = synced(make_cost_code(max_pm, "01")), make_cost_code(max_pm, "02")
    others = [make_cost_code(max_pm, f"0{number}") for number in range(3, 7)]

    assert sentences(make_project(max_pm, codes=[there, plain])) == [
        "02 is not in QuickBooks yet. Send the cost codes first, or along with the project."
    ]
    assert sentences(make_project(max_pm, codes=[there, *others]))[0].startswith("03, 04, 05 and others are not in")


def test_it_may_follow_a_code_that_is_with_accounting(max_pm: Membership) -> None:
    assert sentences(make_project(max_pm, codes=[sent(make_cost_code(max_pm, "02"), max_pm)])) == []


def test_a_code_that_was_given_back_holds_it(max_pm: Membership, ada: Membership) -> None:
    code = rejected(make_cost_code(max_pm, "02"), max_pm, decided_by=ada)

    assert sentences(make_project(max_pm, codes=[code]))


def test_a_code_that_is_sent_again_is_still_in_quickbooks(max_pm: Membership) -> None:
    code = synced(make_cost_code(max_pm))
    ErpItem.objects.filter(pk=code.erp_id).update(revision=2)
    code.erp.refresh_from_db()
    sent(code, max_pm)

    assert sentences(make_project(max_pm, codes=[code])) == []


def test_an_unlinked_code_holds_the_project_back(max_pm: Membership) -> None:
    code = synced(make_cost_code(max_pm, "01"))
    ErpItem.objects.filter(pk=code.erp_id).update(synced_revision=None)

    assert len(sentences(make_project(max_pm, codes=[code]))) == 1


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"erp_sync": False}, "not to be synced"),
        ({"uses_standard_codes": False}, "cost code list of its own"),
        ({"has_sub_jobs": True}, "sub jobs"),
        ({"is_active": False}, "inactive"),
        ({"name": "a:b"}, "colon"),
    ],
)
def test_each_guard_holds_it_back_with_its_sentence(columns: dict[str, object], words: str, max_pm: Membership) -> None:
    project = make_project(max_pm)
    Project.objects.update(**columns)

    with pytest.raises(NotReady) as raised:
        acceptance.send(project.erp, by=max_pm)
    assert words in raised.value.sentence
    assert (raised.value.who, raised.value.where[:10]) == ("project manager or administrator", "/projects/")


def test_the_greyed_button_says_what_the_refused_sending_says(max_pm: Membership) -> None:
    project = make_project(max_pm, codes=[], erp_sync=False)
    offer = actions_for(project.erp, max_pm)[0]

    with pytest.raises(NotReady) as raised:
        acceptance.send(project.erp, by=max_pm)
    assert offer.why_not == raised.value.sentence
    assert len(raised.value.unmet) == 2


def test_its_document_is_what_was_agreed(max_pm: Membership) -> None:
    project = make_project(
        max_pm, "Lofts", number="14", street="1 Main St, rear", city="Salem", starts_on=date(2026, 5, 1)
    )

    document = acceptance.send(project.erp, by=max_pm).document

    assert document == {
        "name": "Lofts",
        "number": "14",
        "street": "1 Main St, rear",
        "city": "Salem",
        "state": "",
        "postal_code": "",
        "country": "",
        "starts_on": "2026-05-01",
        "finishes_on": "",
    }
    assert [(fact.label, fact.value) for fact in spec_of(Kind.PROJECT).facts(document)] == [
        ("Name", "Lofts"),
        ("Number", "14"),
        ("Address", "1 Main St, rear, Salem"),
        ("Starts on", "2026-05-01"),
    ]


def edited(project: Project, by: Membership, seen: int = 1, **changes: object) -> Project:
    said = {**vars(details_of(project, ProjectDetails)), **changes}
    return edit_project(project, ProjectDetails(**said), by=by, seen=seen)


def test_name_and_address_stand_still_while_it_is_with_accounting(max_pm: Membership) -> None:
    project = sent(make_project(max_pm, "Lofts"), max_pm)

    for change in ({"name": "Other"}, {"street": "Other"}, {"number": "9"}, {"starts_on": date(2026, 1, 1)}):
        with pytest.raises(IllegalMove):
            edited(project, max_pm, **change)
    assert edited(project, max_pm, stage="construction").stage == "construction"
    assert Project.objects.get().name == "Lofts"


def test_an_edit_after_sync_makes_it_ready_to_update(max_pm: Membership) -> None:
    project = synced(make_project(max_pm, "Lofts"))

    edited(project, max_pm, city="Salem")

    item = ErpItem.objects.get(kind=Kind.PROJECT)
    assert item.is_changed
    assert acceptance.send(item, by=max_pm).document["city"] == "Salem"


@pytest.mark.parametrize("change", [{"erp_sync": False}, {"uses_standard_codes": False}, {"has_sub_jobs": True}])
def test_it_cannot_leave_the_sync_while_it_is_there_or_on_its_way(change: dict[str, bool], max_pm: Membership) -> None:
    for project in (synced(make_project(max_pm)), sent(make_project(max_pm), max_pm)):
        with pytest.raises(IllegalMove):
            edited(project, max_pm, **change)
    assert edited(make_project(max_pm), max_pm, **change).edition == 2


def test_the_second_of_two_editors_is_told(max_pm: Membership, alma: Membership) -> None:
    project = make_project(max_pm, "Lofts")
    edited(project, max_pm, stage="warranty")

    with pytest.raises(EditedMeanwhile):
        edited(project, alma, stage="bidding")
    assert Project.objects.get().stage == "warranty"


@pytest.mark.database
def test_codes_are_added_once_and_only_active_ones_of_the_company(max_pm: Membership, olga: Membership) -> None:
    project = make_project(max_pm, codes=[])
    mine, resting, foreign = make_cost_code(max_pm), make_cost_code(max_pm), make_cost_code(olga)
    set_cost_code_active(resting, False, by=max_pm)
    resting.refresh_from_db()

    assert add_cost_codes(project, [mine, resting, foreign], by=max_pm) == 1
    assert add_cost_codes(project, [mine], by=max_pm) == 0
    assert list(project.cost_codes.all()) == [mine]


@pytest.mark.database
def test_all_active_codes_of_the_company_are_copied(max_pm: Membership, olga: Membership) -> None:
    project = make_project(max_pm, codes=[])
    for _ in range(3):
        make_cost_code(max_pm)
    make_cost_code(olga)

    assert copy_all_codes(project, by=max_pm) == 3
    assert project.cost_codes.count() == 3


def test_a_code_is_removed_from_the_project_only(max_pm: Membership) -> None:
    code = make_cost_code(max_pm)
    project, other = make_project(max_pm, codes=[code]), make_project(max_pm, codes=[code])

    remove_cost_code(project, code, by=max_pm)

    assert (project.cost_codes.count(), other.cost_codes.count()) == (0, 1)


def test_it_cannot_be_deactivated_while_it_is_with_accounting(max_pm: Membership) -> None:
    project = sent(make_project(max_pm), max_pm)

    with pytest.raises(IllegalMove):
        set_project_active(project, False, by=max_pm)


def test_a_viewer_changes_nothing(vic: Membership, max_pm: Membership) -> None:
    project, code = make_project(max_pm), make_cost_code(max_pm)
    for change in (
        lambda: create_project(ProjectDetails(name="x"), by=vic),
        lambda: edited(project, vic, name="x"),
        lambda: set_project_active(project, False, by=vic),
        lambda: add_cost_codes(project, [code], by=vic),
        lambda: copy_all_codes(project, by=vic),
        lambda: remove_cost_code(project, code, by=vic),
    ):
        with pytest.raises(NotAllowed):
            change()


def test_a_job_of_quickbooks_needs_the_right_to_import(ada: Membership, vic: Membership) -> None:
    assert import_project(ProjectDetails(name="Job"), company=ada.company, by=ada).name == "Job"
    assert import_project(ProjectDetails(name="Job"), company=ada.company, by=None).name == "Job"
    with pytest.raises(NotAllowed):
        import_project(ProjectDetails(name="Job"), company=vic.company, by=vic)
