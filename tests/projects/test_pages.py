"""The pages of cost codes and projects: who sees them, what they answer, and how often they ask the database."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from procore_sync.accounts.models import Membership
from projects.models import CostCode, Project
from tests.factories import make_cost_code, make_project, sent, synced
from tests.projects.conftest import SignIn

CODE = {"code": "03-300", "description": "Concrete"}
PROJECT = {"name": "Lofts", "stage": "bidding", "erp_sync": "on", "uses_standard_codes": "on"}


def queries(visit: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as counted:
        visit()
    return len(counted)


@pytest.mark.parametrize("address", ["/cost-codes/", "/projects/"])
def test_a_list_asks_as_often_for_thirty_rows_as_for_three(address: str, max_pm: Membership, sign_in: SignIn) -> None:
    client = sign_in(max_pm)

    def more(count: int) -> int:
        for _ in range(count):
            make_project(max_pm)
        return queries(lambda: client.get(address))

    assert more(3) == more(27)
    assert CostCode.objects.count() == Project.objects.count() == 30


def test_a_projects_page_asks_as_often_for_thirty_codes_as_for_three(max_pm: Membership, sign_in: SignIn) -> None:
    client = sign_in(max_pm)
    few, many = (make_project(max_pm, codes=[make_cost_code(max_pm) for _ in range(count)]) for count in (3, 30))
    client.get(f"/projects/{few.pk}/")

    for page in ("", "cost-codes/"):
        counts = [queries(lambda one=one, page=page: client.get(f"/projects/{one.pk}/{page}")) for one in (few, many)]  # type: ignore[misc]
        assert counts[0] == counts[1]


def pages_of(code: CostCode, project: Project) -> list[str]:
    return [
        f"/cost-codes/{code.pk}/",
        f"/cost-codes/{code.pk}/edit/",
        f"/projects/{project.pk}/",
        f"/projects/{project.pk}/edit/",
        f"/projects/{project.pk}/cost-codes/",
    ]


def deeds_on(code: CostCode, project: Project) -> list[str]:
    return [
        f"/cost-codes/{code.pk}/edit/",
        f"/cost-codes/{code.pk}/active/",
        f"/projects/{project.pk}/edit/",
        f"/projects/{project.pk}/active/",
        f"/projects/{project.pk}/cost-codes/",
        f"/projects/{project.pk}/cost-codes/copy/",
        f"/projects/{project.pk}/cost-codes/{code.pk}/remove/",
    ]


def test_a_record_of_another_company_does_not_exist(max_pm: Membership, olga: Membership, sign_in: SignIn) -> None:
    code = make_cost_code(max_pm)
    project = make_project(max_pm, codes=[code])
    client = sign_in(olga)

    assert {client.get(page).status_code for page in pages_of(code, project)} == {404}
    assert {client.post(page).status_code for page in deeds_on(code, project)} == {404}


def test_another_companys_records_are_in_no_list(max_pm: Membership, olga: Membership, sign_in: SignIn) -> None:
    make_project(max_pm, "Secret Lofts", codes=[make_cost_code(max_pm, "99-secret")])

    for page in ("/cost-codes/?active=all", "/projects/?active=all"):
        assert b"ecret" not in sign_in(olga).get(page).content


def test_an_invoice_contact_sees_nothing(max_pm: Membership, ian: Membership, sign_in: SignIn) -> None:
    code = make_cost_code(max_pm)
    project = make_project(max_pm, codes=[code])
    client = sign_in(ian)

    assert {client.get(page).status_code for page in pages_of(code, project)} == {404}
    assert str(project.name).encode() not in client.get("/projects/").content


def test_a_viewer_looks_and_changes_nothing(max_pm: Membership, vic: Membership, sign_in: SignIn) -> None:
    code = make_cost_code(max_pm)
    project = make_project(max_pm, codes=[code])
    client = sign_in(vic)

    seen = {page: client.get(page).status_code for page in pages_of(code, project)}
    assert {status for page, status in seen.items() if "edit" not in page} == {200}
    assert {status for page, status in seen.items() if "edit" in page} == {403}
    assert {client.post(page).status_code for page in deeds_on(code, project)} == {403}
    for page in ("/cost-codes/new/", "/projects/new/", "/cost-codes/import/", "/cost-codes/import/template.csv"):
        assert client.get(page).status_code == 403
    assert project.cost_codes.count() == 1


def test_who_is_signed_out_signs_in_first(max_pm: Membership) -> None:
    code = make_cost_code(max_pm)
    project = make_project(max_pm)

    for page in [*pages_of(code, project), "/cost-codes/", "/projects/", "/cost-codes/import/"]:
        assert Client().get(page).status_code == 302


def test_a_code_is_made_on_its_form(max_pm: Membership, sign_in: SignIn) -> None:
    answer = sign_in(max_pm).post("/cost-codes/new/", CODE)

    made = CostCode.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/cost-codes/{made.pk}/")
    assert (made.code, made.company) == ("03-300", max_pm.company)


@pytest.mark.parametrize(
    ("given", "words"),
    [({"code": ""}, "required"), ({"code": "03:300"}, "has a colon"), ({"code": "x" * 101}, "has 101 characters")],
)
def test_a_form_says_what_is_wrong_and_keeps_what_was_typed(
    given: dict[str, str], words: str, max_pm: Membership, sign_in: SignIn
) -> None:
    answer = sign_in(max_pm).post("/cost-codes/new/", {**CODE, **given})

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert 'value="Concrete"' in answer.content.decode()
    assert not CostCode.objects.exists()


def test_no_field_cuts_what_is_pasted(max_pm: Membership, sign_in: SignIn) -> None:
    for page in ("/cost-codes/new/", "/projects/new/"):
        assert b"maxlength" not in sign_in(max_pm).get(page).content


def test_the_second_editor_gets_a_sentence_and_keeps_his_text(max_pm: Membership, sign_in: SignIn) -> None:
    code = make_cost_code(max_pm, "03", "Concrete")
    client = sign_in(max_pm)
    page = f"/cost-codes/{code.pk}/edit/"

    assert client.post(page, {"code": "03", "description": "First", "seen": 1}).status_code == 302
    answer = client.post(page, {"code": "03", "description": "Second", "seen": 1})

    assert answer.status_code == 409
    assert "saved by you yourself" in answer.content.decode()
    assert 'value="Second"' in answer.content.decode()
    assert CostCode.objects.get().description == "First"


@pytest.mark.parametrize("seen", ["", "0", "-1", "999999999999999999999", "x"])
def test_an_edition_that_was_tampered_with_saves_nothing(seen: str, max_pm: Membership, sign_in: SignIn) -> None:
    code = make_cost_code(max_pm, "03", "Concrete")

    answer = sign_in(max_pm).post(f"/cost-codes/{code.pk}/edit/", {"code": "04", "description": "", "seen": seen})

    assert answer.status_code in (409, 422)
    assert CostCode.objects.get().code == "03"


def test_a_record_with_accounting_says_so_on_its_form(max_pm: Membership, sign_in: SignIn) -> None:
    code = sent(make_cost_code(max_pm, "03", "Concrete"), max_pm)
    client = sign_in(max_pm)
    page = f"/cost-codes/{code.pk}/edit/"

    assert "Retrieve it first" in client.get(page).content.decode()
    answer = client.post(page, {"code": "04", "description": "", "seen": 1})
    assert (answer.status_code, CostCode.objects.get().code) == (409, "03")


def test_a_code_is_deactivated_and_leaves_the_list(max_pm: Membership, sign_in: SignIn) -> None:
    code = make_cost_code(max_pm, "77-700")
    client = sign_in(max_pm)

    client.post(f"/cost-codes/{code.pk}/active/")
    client.get("/cost-codes/")

    assert b"77-700" not in client.get("/cost-codes/").content
    assert b"77-700" in client.get("/cost-codes/?active=no").content
    client.post(f"/cost-codes/{code.pk}/active/")
    assert CostCode.objects.get().is_active


def test_a_list_is_searched_narrowed_and_sorted(max_pm: Membership, sign_in: SignIn) -> None:
    synced(make_cost_code(max_pm, "01-a", "Masonry"))
    make_cost_code(max_pm, "02-b", "Steel")
    client = sign_in(max_pm)

    def codes(query: str) -> list[str]:
        return [one.code for one in client.get(f"/cost-codes/?{query}").context["page_obj"]]

    assert codes("") == ["01-a", "02-b"]
    assert codes("sort=-code") == ["02-b", "01-a"]
    assert codes("sort=status") == ["02-b", "01-a"]
    assert codes("sort=secret") == ["01-a", "02-b"]
    assert codes("q=steel") == ["02-b"]
    assert codes("status=synced") == ["01-a"]
    assert codes("status=changed") == []
    assert codes("page=99") == ["01-a", "02-b"]
    assert client.get("/cost-codes/?status=nonsense").status_code == 422


def test_a_project_is_made_and_given_its_codes(max_pm: Membership, olga: Membership, sign_in: SignIn) -> None:
    client = sign_in(max_pm)
    codes, foreign = [make_cost_code(max_pm) for _ in range(3)], make_cost_code(olga)
    client.post("/projects/new/", PROJECT)
    project = Project.objects.get()
    page = f"/projects/{project.pk}/cost-codes/"

    client.post(page, {"code": [codes[0].pk, foreign.pk, "x", "99999999999999999999999"]})
    assert list(project.cost_codes.all()) == [codes[0]]
    client.post(f"{page}copy/")
    assert project.cost_codes.count() == 3
    client.post(f"{page}{codes[0].pk}/remove/")
    assert set(project.cost_codes.all()) == set(codes[1:])


def test_a_project_is_edited_on_its_form(max_pm: Membership, sign_in: SignIn) -> None:
    project = make_project(max_pm, "Lofts")
    client = sign_in(max_pm)
    page = f"/projects/{project.pk}/edit/"

    assert 'value="Lofts"' in client.get(page).content.decode()
    client.post(page, {**PROJECT, "name": "Harbor Lofts", "starts_on": "2026-05-01", "seen": 1})
    wrong = client.post(page, {**PROJECT, "starts_on": "2026-05-01", "finishes_on": "2026-04-01", "seen": 2})

    assert wrong.status_code == 422
    assert "finishes before it starts" in wrong.content.decode()
    slip = client.post(page, {**PROJECT, "starts_on": "0206-05-01", "seen": 2})
    assert (slip.status_code, "The year 0206 cannot be right" in slip.content.decode()) == (422, True)
    assert Project.objects.get().name == "Harbor Lofts"


def test_the_buttons_of_a_page_are_those_of_acceptance_for_whose_job_it_is(
    max_pm: Membership, vic: Membership, sign_in: SignIn
) -> None:
    project = make_project(max_pm, codes=[])

    page = sign_in(max_pm).get(f"/projects/{project.pk}/").content.decode()
    assert "The project uses no cost code yet. Add at least one." in page
    his = sign_in(vic).get(f"/projects/{project.pk}/").content.decode()
    for button in ('id="why-send"', f"/projects/{project.pk}/active/"):
        assert button in page
        assert button not in his


def test_a_hostile_name_is_shown_as_text(max_pm: Membership, sign_in: SignIn) -> None:
    project = make_project(max_pm, "<script>alert(1)</script>")

    for page in ("/projects/", f"/projects/{project.pk}/", f"/projects/{project.pk}/edit/"):
        assert b"<script>alert" not in sign_in(max_pm).get(page).content
