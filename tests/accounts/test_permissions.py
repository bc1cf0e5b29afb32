"""What a person below a project manager may be allowed beside their role, and what that lets them do."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from budgets import operations as budgets
from procore_sync.acceptance import operations as acceptance
from procore_sync.acceptance.actions import actions_for
from procore_sync.acceptance.many import send_many
from procore_sync.acceptance.models import ErpItem, Turn
from procore_sync.acceptance.piles import pile_for
from procore_sync.acceptance.selectors import states_for, waiting_counts
from procore_sync.acceptance.states import Action
from procore_sync.acceptance.whereabouts import whereabouts_of
from procore_sync.accounts import operations
from procore_sync.accounts.access import Right, may, sendable, why_not
from procore_sync.accounts.models import Company, Membership, Permission, RightsChange, Role
from procore_sync.accounts.operations import Rights, rights_of
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from projects import operations as projects
from projects.models import Project
from projects.rules import ProjectDetails
from tests.factories import make_budget, make_cost_code, make_member, make_project, make_vendor, sent

pytestmark = pytest.mark.django_db

#: By hand: what each permission lets somebody who may view only do, a right and of which kind.
ALLOWS: dict[str, list[tuple[str, str | None]]] = {
    "add_projects": [("add_project", None)],
    "manage_cost_codes": [("project_codes", None)],
    "import_budgets": [("import_budget", None)],
    "lock_budgets": [("lock_budget", None)],
    "send_budgets": [("send", None), ("send", "budget")],
}
#: All that could be asked beside looking.
ASKED: list[tuple[str, str | None]] = [
    *[(right.value, None) for right in Right if right != Right.VIEW],
    *[(right, kind.value) for right in ("send", "decide", "import") for kind in Kind],
]


@pytest.mark.parametrize("permission", list(Permission))
@pytest.mark.parametrize("role", [Role.VIEWER, Role.ACCOUNTANT])
def test_a_permission_allows_its_own_right_and_nothing_else(company: Company, role: Role, permission: str) -> None:
    plain = make_member(company, "Vic", role)
    allowed = make_member(company, "Gus", role, permissions=[Permission(permission)])

    gained = [one for one in ASKED if may(allowed, Right(one[0]), one[1]) and not may(plain, Right(one[0]), one[1])]
    lost = [one for one in ASKED if may(plain, Right(one[0]), one[1]) and not may(allowed, Right(one[0]), one[1])]

    assert (gained, lost) == (ALLOWS[permission], [])
    assert [why_not(allowed, Right(right), kind) for right, kind in ALLOWS[permission]] == [None] * len(gained)


def test_a_permission_means_nothing_to_who_is_outside_or_has_left(company: Company) -> None:
    ian = make_member(company, "Ian", Role.INVOICE_CONTACT, permissions=list(Permission))
    gone = make_member(company, "Gus", Role.VIEWER, permissions=list(Permission))
    gone.is_active = False

    assert [one for one in ASKED if may(ian, Right(one[0]), one[1]) or may(gone, Right(one[0]), one[1])] == []


def test_project_managers_and_administrators_have_all_of_it_by_their_role(max_pm: Membership, alma: Membership) -> None:
    rights = [Right.ADD_PROJECT, Right.PROJECT_CODES, Right.IMPORT_BUDGET, Right.LOCK_BUDGET, Right.SEND]

    assert all(may(member, right) for member in (max_pm, alma) for right in rights)
    assert sendable(max_pm) == sendable(alma) == list(Kind)


# -- people --------------------------------------------------------------------------------------------------------


def test_it_is_given_under_people_shown_there_and_written_down(
    client: Client, alma: Membership, vic: Membership
) -> None:
    client.force_login(alma.user)
    client.post(f"/people/{vic.pk}/", {"role": "viewer", "permissions": ["lock_budgets", "add_projects"]})

    changed, page = Membership.objects.get(pk=vic.pk), client.get("/people/").content.decode()
    assert changed.permissions == ["add_projects", "lock_budgets"]
    assert '<span class="tag">Add projects</span><span class="tag">Lock budgets</span>' in page
    assert RightsChange.objects.get().changes[0] == {
        "label": "Also allowed",
        "before": "",
        "after": "Add projects, Lock budgets",
    }
    boxes = re.findall(r'name="permissions" value="(\w+)"[^>]*?( checked)?>', client.get(f"/people/{vic.pk}/").text)
    assert [value for value, _ in boxes] == list(ALLOWS)
    assert [value for value, ticked in boxes if ticked] == ["add_projects", "lock_budgets"]
    client.post(f"/people/{vic.pk}/", {"role": "viewer"})
    assert Membership.objects.get(pk=vic.pk).permissions == []


def test_what_there_is_not_is_refused(client: Client, alma: Membership, vic: Membership) -> None:
    client.force_login(alma.user)

    assert client.post(f"/people/{vic.pk}/", {"role": "viewer", "permissions": ["delete_all"]}).status_code == 422
    assert Membership.objects.get(pk=vic.pk).permissions == []


def test_an_invoice_contact_is_allowed_nothing_more(alma: Membership, ian: Membership) -> None:
    rights = Rights(Role.INVOICE_CONTACT, permissions=frozenset({"add_projects"}))

    with pytest.raises(InvalidInput, match="outside the company"):
        operations.change_rights(ian, by=alma, rights=rights)
    assert rights_of(Membership.objects.get(pk=ian.pk)).permissions == frozenset()


def test_it_comes_with_the_invitation(alma: Membership) -> None:
    rights = Rights(Role.VIEWER, permissions=frozenset({"send_budgets"}))

    made = operations.invite(by=alma, email="gus@x.test", name="Gus", rights=rights)

    assert may(Membership.objects.get(pk=made.pk), Right.SEND, Kind.BUDGET)


# -- what it lets them do ------------------------------------------------------------------------------------------


def test_who_may_add_projects_makes_one_and_edits_none(client: Client, company: Company) -> None:
    gus = make_member(company, "Gus", Role.VIEWER, permissions=[Permission.ADD_PROJECTS])
    client.force_login(gus.user)
    assert "New project" in client.get("/projects/").content.decode()

    answer = client.post("/projects/new/", {"name": "Tide Mill", "stage": "pre_construction", "erp_sync": "on"})

    made = Project.objects.get()
    assert (answer["Location"], made.erp.created_by) == (f"/projects/{made.pk}/", gus)
    page = client.get(f"/projects/{made.pk}/").content.decode()
    assert "A project manager chooses the cost codes it uses." in page
    with pytest.raises(NotAllowed, match="project manager or an administrator"):
        projects.edit_project(made, ProjectDetails("Other"), by=gus, seen=made.edition)
    with pytest.raises(NotAllowed, match="who may manage cost codes"):
        projects.copy_all_codes(made, by=gus)


def test_who_may_manage_cost_codes_adds_and_removes_those_of_a_project(
    client: Client, company: Company, max_pm: Membership
) -> None:
    gus = make_member(company, "Gus", Role.VIEWER, permissions=[Permission.MANAGE_COST_CODES])
    project, code = make_project(max_pm, "Tide Mill", codes=[]), make_cost_code(max_pm)
    client.force_login(gus.user)

    client.post(f"/projects/{project.pk}/cost-codes/", {"code": [str(code.pk)]})
    assert list(project.cost_codes.all()) == [code]
    client.post(f"/projects/{project.pk}/cost-codes/{code.pk}/remove/")

    assert not project.cost_codes.exists()
    assert client.get("/cost-codes/new/").status_code == 403


def test_who_may_lock_budgets_locks_and_does_not_unlock(client: Client, company: Company, max_pm: Membership) -> None:
    gus = make_member(company, "Gus", Role.VIEWER, permissions=[Permission.LOCK_BUDGETS])
    budget = make_budget(max_pm, amounts={"31-100": "100.00"}, locked=False)
    client.force_login(gus.user)
    address = f"/projects/{budget.project_id}/budget/"
    assert f'action="{address}lock/"' in client.get(address).content.decode()
    assert "Add line" not in client.get(address).content.decode()

    client.post(f"{address}lock/")

    budget.refresh_from_db()
    assert budget.is_locked
    assert "Unlock" not in client.get(address).content.decode()
    with pytest.raises(NotAllowed):
        budgets.unlock(budget, by=gus)


def test_who_may_import_budgets_is_offered_the_file_alone(client: Client, company: Company, max_pm: Membership) -> None:
    gus = make_member(company, "Gus", Role.VIEWER, permissions=[Permission.IMPORT_BUDGETS])
    budget = make_budget(max_pm, amounts={"31-100": "100.00"}, locked=False)
    client.force_login(gus.user)
    address = f"/projects/{budget.project_id}/budget/"

    page = client.get(address).content.decode()

    assert f'href="{address}import/"' in page
    assert f'href="{address}lines/new/"' not in page
    assert client.get(f"{address}import/").status_code == 200
    assert client.post(f"{address}lock/").status_code == 403


def test_who_may_send_budgets_sends_and_retrieves_these_alone(company: Company, max_pm: Membership) -> None:
    gus = make_member(company, "Gus", Role.VIEWER, permissions=[Permission.SEND_BUDGETS])
    budget = make_budget(max_pm, amounts={"31-100": "100.00"}, locked=True)
    vendor = make_vendor(max_pm)
    assert actions_for(vendor.erp, gus) == []
    with pytest.raises(NotAllowed, match="may send records to accounting"):
        acceptance.send(vendor.erp, by=gus)
    assert [str(one.action) for one in actions_for(budget.erp, gus)] == ["send"]

    acceptance.send(budget.erp, by=gus)
    assert [str(one.action) for one in actions_for(budget.erp, gus)] == ["retrieve"]
    acceptance.retrieve(budget.erp, by=gus)

    assert budget.erp.status == "retrieved"
    told = whereabouts_of(gus)
    assert told
    assert [own.item for own in told.given_back.rows] == [budget.erp]


def test_nothing_that_he_may_not_send_goes_along_with_his_budget(company: Company, max_pm: Membership) -> None:
    gus = make_member(company, "Gus", Role.VIEWER, permissions=[Permission.SEND_BUDGETS])
    budget = make_budget(max_pm, make_project(max_pm), locked=True)

    (his,), (maxs,) = actions_for(budget.erp, gus), actions_for(budget.erp, max_pm)

    assert (his.why_not, bool(maxs.along), his.along) == (maxs.why_not, True, ())
    with pytest.raises(NotAllowed):
        acceptance.send_along(budget.erp, by=gus)
    budget.project.erp.refresh_from_db()
    assert budget.project.erp.status == "not_sent"


def test_of_many_only_his_budgets_go(company: Company, max_pm: Membership) -> None:
    gus = make_member(company, "Gus", Role.VIEWER, permissions=[Permission.SEND_BUDGETS])
    budget, vendor = make_budget(max_pm, amounts={"31-100": "100.00"}, locked=True), make_vendor(max_pm)

    with pytest.raises(NotAllowed, match="may send records to accounting"):
        send_many([vendor.erp], by=gus)
    send_many([vendor.erp, budget.erp], by=gus)

    turns = {turn.item_id: turn.why_not for turn in Turn.objects.all()}
    assert turns[budget.erp_id] == ""
    assert "may send records to accounting" in turns[vendor.erp_id]
    assert [item.kind for item in ErpItem.objects.filter(status="sent")] == ["budget"]
    sent(vendor, max_pm)
    assert [row.item for row in pile_for(gus, Action.RETRIEVE, {"view": "ready_to_export"}).rows] == [budget.erp]


def test_what_was_given_back_waits_only_before_who_may_send_it(company: Company, max_pm: Membership) -> None:
    gus = make_member(company, "Gus", Role.VIEWER, permissions=[Permission.SEND_BUDGETS])
    vendor = sent(make_vendor(max_pm), max_pm)
    acceptance.retrieve(vendor.erp, by=max_pm)

    counts = [waiting_counts(one, states_for(one))["Inbox"] for one in (gus, max_pm)]

    told = whereabouts_of(gus)
    assert counts == [0, 1]
    assert told
    assert told.given_back_to_others == 0


# -- read over the API ---------------------------------------------------------------------------------------------


def test_the_api_tells_administrators_what_each_may(client: Client, company: Company, alma: Membership) -> None:
    gus = make_member(
        company,
        "Gus",
        Role.VIEWER,
        exports=[Kind.INVOICE],
        permissions=[Permission.ADD_PROJECTS, Permission.LOCK_BUDGETS],
    )
    client.force_login(alma.user)

    listed = client.get("/api/v1/people/").json()["results"]

    assert [one["name"] for one in listed] == ["Gus", "Alma"]
    assert client.get(f"/api/v1/people/{gus.pk}/").json() == listed[0]
    assert listed[0] == {
        "id": gus.pk,
        "name": "Gus",
        "email": "gus@harbor-row.test",
        "role": "viewer",
        "is_active": True,
        "has_joined": False,
        "has_second_factor": False,
        "permissions": ["add_projects", "lock_budgets"],
        "can_import": [],
        "can_export": ["invoice"],
        "wants_digest": True,
    }


def test_the_api_tells_nobody_of_another_companys_people(client: Client, alma: Membership, olga: Membership) -> None:
    client.force_login(alma.user)

    assert [one["name"] for one in client.get("/api/v1/people/").json()["results"]] == ["Alma"]
    assert client.get(f"/api/v1/people/{olga.pk}/").status_code == 404


def test_the_api_tells_administrators_the_companys_rules(client: Client, company: Company, alma: Membership) -> None:
    Company.objects.filter(pk=company.pk).update(only_holders_grant=True)
    company.export_policies.create(kind=Kind.INVOICE, direct_export=True, up_to="10000.00")
    client.force_login(alma.user)

    told = client.get("/api/v1/company-settings/").json()

    kinds = {one.pop("kind"): one for one in told.pop("kinds")}
    assert told == {
        "name": "Harbor Row Builders",
        "time_zone": "America/New_York",
        "four_eyes": True,
        "only_holders_grant": True,
        "digest_hour": 7,
        "undo_seconds": 0,
        "late_after_days": 3,
    }
    assert kinds["invoice"] == {"direct_export": True, "up_to": "10000.00", "second_above": None}
    assert list(kinds) == ["budget", "commitment", "change_order", "invoice"]


def test_the_api_lists_thirty_people_in_as_many_queries_as_three(
    client: Client, company: Company, alma: Membership
) -> None:
    client.force_login(alma.user)
    counts = []
    for more in (2, 27):
        for number in range(more):
            make_member(company, f"P{more}x{number}", Role.ACCOUNTANT, exports=[Kind.INVOICE])
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/api/v1/people/?page_size=100").status_code == 200
        counts.append(len(seen))

    assert counts[0] == counts[1]


RULES = "/api/v1/company-settings/"


def patched(client: Client, **rules: object) -> Any:
    return client.patch(RULES, rules, content_type="application/json")


def test_administrators_change_the_companys_rules_over_the_api_and_it_is_written_down(
    client: Client, company: Company, alma: Membership
) -> None:
    company.export_policies.create(kind=Kind.INVOICE, direct_export=True, up_to="10000.00", second_above="20000.00")
    company.export_policies.create(kind=Kind.COMMITMENT, direct_export=True)
    client.force_login(alma.user)

    kinds = [{"kind": "invoice", "up_to": None, "second_above": "5000.00"}, {"kind": "commitment", "direct_export": 0}]
    answer = patched(client, undo_seconds=60, four_eyes=False, kinds=kinds)

    assert answer.status_code == 200
    told = answer.json()
    assert (told["undo_seconds"], told["four_eyes"], told["late_after_days"], told["digest_hour"]) == (60, False, 3, 7)
    after = {one.pop("kind"): one for one in told["kinds"]}
    assert after["invoice"] == {"direct_export": True, "up_to": None, "second_above": "5000.00"}
    assert after["commitment"] == {"direct_export": False, "up_to": None, "second_above": None}
    assert client.get(RULES).json()["undo_seconds"] == 60
    assert [(one["label"], one["before"], one["after"]) for one in RightsChange.objects.get().changes] == [
        ("Sender may not accept", "on", "off"),
        ("Seconds to take an acceptance back", "0", "60"),
        ("Direct Export", "Commitment, Subcontractor invoice", "Subcontractor invoice"),
        ("Direct Export up to, Subcontractor invoice", "10,000.00", "any amount"),
        ("Two approvers above, Subcontractor invoice", "20,000.00", "5,000.00"),
    ]
    assert patched(client, undo_seconds=60).status_code == 200
    assert RightsChange.objects.count() == 1, "what stays as it is is no change"


@pytest.mark.parametrize(
    ("rules", "name", "why"),
    [
        ({"undo_seconds": 601}, "undo_seconds", "less than or equal to 600"),
        ({"time_zone": "Mars"}, "time_zone", "Mars is not one of the available choices"),
        ({"name": ""}, "name", "may not be blank"),
        ({"colour": "blue"}, "colour", ""),
        ({"kinds": [{"kind": "invoice", "up_to": "-1.00"}]}, "kinds", "above zero"),
        ({"kinds": [{"kind": "invoice", "up_to": "9.00", "second_above": "8.00"}]}, "kinds", "two approvers"),
        ({"kinds": [{"kind": "invoice"}, {"kind": "invoice"}]}, "kinds", "there twice"),
        ({"kinds": [{"kind": "budget", "direct_export": True}]}, "kinds", "always need an approver"),
        ({"kinds": [{"kind": "vendor", "second_above": "1.00"}]}, "kinds", "not a valid choice"),
    ],
)
def test_a_wrong_rule_is_refused_at_its_name_and_none_is_saved(
    client: Client, company: Company, alma: Membership, rules: dict[str, object], name: str, why: str
) -> None:
    client.force_login(alma.user)

    answer = patched(client, late_after_days=9, **rules)

    assert answer.status_code == 422
    assert why in " ".join(answer.json()["errors"][name])
    assert client.get(RULES).json()["late_after_days"] == 3
    assert not RightsChange.objects.exists()


def test_who_has_no_privilege_frees_nobody_over_the_api_either(
    client: Client, company: Company, alma: Membership
) -> None:
    Company.objects.filter(pk=company.pk).update(only_holders_grant=True)
    make_member(company, "Ada", Role.ACCOUNTANT, exports=[Kind.VENDOR])
    client.force_login(alma.user)

    answer = patched(client, only_holders_grant=False)

    assert (answer.status_code, answer.json()["who"]) == (403, "administrator")
    assert "Make Ada an administrator first" in answer.json()["detail"]
    assert client.get(RULES).json()["only_holders_grant"] is True


@pytest.mark.parametrize("name", ["ada", "max_pm", "vic", "ian", "olga"])
def test_nobody_else_changes_them(client: Client, name: str, company: Company, request: pytest.FixtureRequest) -> None:
    client.force_login(request.getfixturevalue(name).user)

    assert patched(client, undo_seconds=60).status_code == 403
    assert not RightsChange.objects.exists()
