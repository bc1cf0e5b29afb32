"""The pages of commitments: the list and its totals, the form and its lines without JavaScript, the correction."""

from __future__ import annotations

import io
import re
from decimal import Decimal as D
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook

from commitments.kinds import lines_of
from commitments.models import Commitment
from commitments.rules import LIMIT_LINES, LineDetails
from procore_sync.accounts.models import Membership
from projects.models import Project
from tests.factories import make_commitment, make_cost_code, make_project, make_vendor, sent, synced
from tests.projects.conftest import SignIn
from tests.projects.test_pages import queries
from tests.scenes import kept

HEAD = {"type": "subcontract", "accounting_method": "amount", "stands": "approved", "default_retainage": "10"}


@pytest.fixture
def client(max_pm: Membership, sign_in: SignIn) -> Client:
    """Max's browser."""
    return sign_in(max_pm)


@pytest.fixture
@kept
def project(max_pm: Membership) -> Project:
    """A project with two codes."""
    codes = [synced(make_cost_code(max_pm, code, words)) for code, words in (("03-100", "Forms"), ("03-200", "Rebar"))]
    return synced(make_project(max_pm, "Lofts", number="1042", codes=codes))


def rows(*given: dict[str, Any]) -> dict[str, str]:
    """What the browser sends of the editor."""
    sent_ = {"lines-count": str(len(given))}
    for place, row in enumerate(given):
        sent_ |= {f"lines-{place}-{name}": str(value) for name, value in {"code": "", **row}.items()}
    return sent_


def head(project: Project, **more: Any) -> dict[str, str]:
    return {"project_id": str(project.pk), **HEAD, **more}


# -- the list ------------------------------------------------------------------------------------------------------


def test_the_list_is_narrowed_and_comes_to_a_total_by_project(
    client: Client, max_pm: Membership, project: Project
) -> None:
    kestrel = make_vendor(max_pm, "Kestrel")
    first = make_commitment(max_pm, project, kestrel, title="Forms", lines=["100.10"])
    second = make_commitment(max_pm, project, type="purchase_order", status="draft", lines=["20.00", "-0.05"])
    rebar = LineDetails(project.cost_codes.get(code="03-200").pk, D("3"))
    third = sent(make_commitment(max_pm, project, lines=[rebar]), max_pm)
    other = make_commitment(max_pm, lines=["7.00"])

    def found(query: str) -> set[Commitment]:
        return set(client.get(f"/commitments/?{query}").context["page_obj"])

    assert found("") == {first, second, third, other}
    assert found(f"project={project.pk}") == {first, second, third}
    assert found(f"vendor={kestrel.pk}") == found("q=forms") == {first}
    assert found("q=kestrel") == {first}
    assert found(f"code={rebar.code_id}") == {third}
    assert found("type=purchase_order") == found("stands=draft") == {second}
    assert found("status=sent") == {third}
    assert client.get("/commitments/?sort=-amount").context["page_obj"][0] == first
    totals = client.get(f"/commitments/?project={project.pk}").context
    assert [(one.name, one.count, one.amount) for one in totals["totals"]] == [("Lofts", 3, D("123.05"))]
    assert client.get("/commitments/").context["total"] == D("130.05")
    assert client.get("/commitments/?stands=gone").status_code == 422


def test_the_list_and_a_page_ask_as_often_for_many_as_for_few(
    client: Client, max_pm: Membership, project: Project
) -> None:
    def more(count: int, lines: int) -> tuple[int, int]:
        for _ in range(count):
            made = make_commitment(max_pm, project, make_vendor(max_pm), lines=["1.00"] * lines)
        listing = queries(lambda: client.get("/commitments/"))
        return listing, queries(lambda: client.get(f"/commitments/{made.pk}/"))

    assert more(2, 1) == more(8, 20)


# -- the form ------------------------------------------------------------------------------------------------------


def test_one_is_begun_with_its_project_and_type(client: Client, project: Project) -> None:
    assert 'name="type"' in client.get("/commitments/new/").content.decode()
    answer = client.get(f"/commitments/new/?project={project.pk}&type=purchase_order&method=unit")
    page = answer.content.decode()

    assert 'value="PO-1042-001"' in page
    assert '<option value="03-200">Rebar</option>' in page
    assert "Out for bid" not in page
    assert client.get("/commitments/new/?project=999999").status_code == 422
    assert client.get(f"/commitments/new/?project={project.pk}&type=gift").status_code == 422


def test_one_that_is_made_from_the_list_of_a_project_is_that_projects(
    client: Client, max_pm: Membership, project: Project
) -> None:
    assert f'<option value="{project.pk}">' in client.get("/commitments/new/").content.decode()
    make_project(max_pm, name="Annex")
    listing = client.get(f"/commitments/?project={project.pk}")
    address = f"/commitments/new/?of={project.pk}"

    assert f'href="{address}"' in listing.content.decode()
    assert f'<option value="{project.pk}" selected>' in client.get(address).content.decode()
    # Of several, none is chosen for whoever does not look.
    assert '<option value="" selected>Choose…</option>' in client.get("/commitments/new/").content.decode()
    assert client.get("/commitments/new/?project=&type=subcontract&method=amount").status_code == 422


def test_one_is_made_with_its_lines_in_the_order_that_was_asked_for(client: Client, project: Project) -> None:
    given = rows(
        {"order": "2", "code": "03-100", "description": "Forms", "amount": "1,250.50"},
        {},
        {"order": "1", "code": "03-200", "amount": "\N{MINUS SIGN}50"},
        {"code": "03-100", "amount": "9", "remove": "on"},
    )

    answer = client.post("/commitments/new/", head(project) | given)

    made = Commitment.objects.select_related("erp").get()
    assert (answer.status_code, answer["Location"]) == (302, f"/commitments/{made.pk}/")
    assert [(line.description, line.amount) for line in lines_of(made)] == [("", D("-50.00")), ("Forms", D("1250.50"))]
    assert (made.number, made.erp.amount) == ("SC-1042-001", D("1200.50"))


def test_what_is_wrong_stands_in_its_cell_and_everything_typed_stays(client: Client, project: Project) -> None:
    given = rows(
        {"code": "03-100", "description": "Forms", "amount": "12,50"},
        {"description": "Without a code", "amount": "5"},
        {"code": "03-100", "amount": "0.005"},
    )
    answer = client.post("/commitments/new/", head(project, title="x" * 256) | given)

    assert answer.status_code == 422
    assert not Commitment.objects.exists()
    schedule = answer.context["schedule"]
    assert "This is not a number" in str(schedule.rows[0].errors["amount"])
    page = answer.content.decode()
    assert 'value="12,50"' in page
    fixed = given | {"lines-0-amount": "12.50"}
    answer = client.post("/commitments/new/", head(project, title="x" * 256) | fixed)
    page = answer.content.decode()
    assert "The cost code is missing. Choose one." in page
    unknown = client.post("/commitments/new/", head(project) | fixed | {"lines-0-code": "03-999"})
    assert "does not use the cost code 03-999" in str(unknown.context["schedule"].rows[0].errors["code"])
    assert "The amount has more than 2 decimal places." in page
    assert "The title has 256 characters" in page


def test_rows_are_added_without_saving_and_without_judging(client: Client, project: Project) -> None:
    given = rows({"code": "03-100", "description": "Forms", "amount": "not yet"})

    answer = client.post("/commitments/new/", head(project, number="", title="Concrete", more="5") | given)

    assert answer.status_code == 200
    assert len(answer.context["schedule"].rows) == 6
    assert 'value="Concrete"' in answer.content.decode()
    assert 'value="not yet"' in answer.content.decode()
    assert not Commitment.objects.exists()


@pytest.mark.parametrize(
    "pasted",
    [
        "03-100\tForms\t1,000.00\n03-999\tGhosts\t2\n",
        "Amount;Item;Memo\n1000;03-100;Forms\n2;03-999;Ghosts",
        "Cost code,Description,Amount\n03-100,Forms,1000\n03-999,Ghosts,2",
    ],
)
def test_rows_of_a_spreadsheet_are_put_into_the_form(pasted: str, client: Client, project: Project) -> None:
    given = rows({"code": "03-200", "description": "Rebar", "amount": "5"}, {})

    answer = client.post("/commitments/new/", head(project, paste=pasted, read="1") | given)

    read = answer.context["schedule"]
    assert [row.typed("description") for row in read.rows] == ["Rebar", "Forms", "Ghosts", ""]
    line = read.rows[1].details("amount", read.known)
    assert (line.amount, line.code_id) == (D("1000.00"), project.cost_codes.get(code="03-100").pk)
    assert [row.notes for row in read.rows[:2]] == [[], []]
    assert "does not use the cost code 03-999." in read.rows[2].notes[0]
    assert "The project does not use the cost code 03-999." in answer.content.decode()
    assert not Commitment.objects.exists()


def test_an_order_that_is_no_number_is_said_where_it_stands(client: Client, project: Project) -> None:
    answer = client.post(
        "/commitments/new/", head(project) | rows({"order": "first", "code": "03-100", "amount": "1250.50"})
    )

    page = answer.content.decode()
    assert (answer.status_code, Commitment.objects.count()) == (422, 0)
    said = re.search(r'<ul class="errorlist" id="(.+?)"><li>The order is no whole number. Write it such as 3.', page)
    assert said
    assert re.search(rf'value="first"[^>]* aria-describedby="{said[1]}"', page)


def test_lines_are_read_from_a_workbook(client: Client, project: Project) -> None:
    book, out = Workbook(), io.BytesIO()
    for row in (["Code", "Qty", "Unit", "Rate"], ["03-100", 12.5, "m3", 4.25], ["03-200", "=1+1", "t", 2]):
        book.active.append(row)  # type: ignore[union-attr]
    book.save(out)
    upload = SimpleUploadedFile("lines.xlsx", out.getvalue())

    answer = client.post("/commitments/new/", head(project, accounting_method="unit", read="1", file=upload))

    read = answer.context["schedule"]
    assert read.rows[0].shown_amount == D("53.13")
    assert "formula" in read.rows[1].notes[0]


@pytest.mark.parametrize("wrong", [{}, {"paste": " "}, {"file": SimpleUploadedFile("a.xls", b"\xd0\xcf\x11\xe0")}])
def test_a_file_that_cannot_be_read_says_why_and_loses_nothing(
    wrong: dict[str, Any], client: Client, project: Project
) -> None:
    given = rows({"code": "03-200", "description": "Rebar", "amount": "5"})

    answer = client.post("/commitments/new/", head(project, read="1") | wrong | given)

    assert answer.status_code == 422
    assert answer.context["form"].lines_refusal in answer.content.decode()
    assert 'value="Rebar"' in answer.content.decode()


def test_one_is_edited_with_its_lines(client: Client, max_pm: Membership, project: Project) -> None:
    made = make_commitment(max_pm, project, number="SC-1", lines=["5.00", "6.00"])
    page = client.get(f"/commitments/{made.pk}/edit/").content.decode()
    assert 'value="6.00"' in page
    day = made.created_on.isoformat()
    given = rows({"number": "2", "code": "03-200", "amount": "7"}, {"code": "03-100", "amount": "1"})

    saved = head(project, number="SC-1", title="New", vendor_id=str(made.vendor_id), created_on=day, seen="1") | given
    assert client.post(f"/commitments/{made.pk}/edit/", saved).status_code == 302

    made.refresh_from_db()
    assert [(line.number, line.amount) for line in lines_of(made)] == [(2, D("7.00")), (3, D("1.00"))]
    assert (made.title, made.vendor_id) == ("New", made.vendor_id)
    again = client.post(f"/commitments/{made.pk}/edit/", saved)
    assert again.status_code == 409
    assert "was saved by you yourself" in again.content.decode()


def test_500_lines_are_one_form(client: Client, max_pm: Membership, project: Project) -> None:
    given = rows(*({"code": "03-200", "order": at, "description": "Rebar", "amount": "1"} for at in range(500)))

    client.post("/commitments/new/", head(project) | given)

    assert Commitment.objects.get().erp.amount == D("500.00")
    assert lines_of(Commitment.objects.get())[499].position == 500


@pytest.mark.parametrize("prepare", [sent, lambda record, by: synced(record)])
def test_what_stands_still_is_shown_and_not_taken(
    prepare: Any, client: Client, max_pm: Membership, project: Project
) -> None:
    made = prepare(make_commitment(max_pm, project, number="SC-1", title="Forms", lines=["5.00"]), max_pm)
    answer = client.get(f"/commitments/{made.pk}/edit/")
    assert answer.context["schedule"] is None
    assert answer.context["form"].fields["title"].disabled

    given = rows({"code": "03-200", "amount": "7"}) | {"payment_terms": "Net 30", "seen": "1"}
    assert client.post(f"/commitments/{made.pk}/edit/", head(project, number="X", title="X") | given).status_code == 302

    made.refresh_from_db()
    assert (made.number, made.title, made.payment_terms) == ("SC-1", "Forms", "Net 30")
    assert [line.amount for line in lines_of(made)] == [D("5.00")]


def test_a_template_of_lines_fits_the_method(client: Client) -> None:
    assert b"Cost code,Description,Amount" in client.get("/commitments/lines.amount.csv").content
    assert b"Quantity,Unit,Unit cost" in client.get("/commitments/lines.unit.csv").content
    assert client.get("/commitments/lines.guess.csv").status_code == 404


# -- buttons -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("percent", "shown"), [("10", "10"), ("7.25", "7.25")])
def test_the_retainage_is_shown_as_it_was_agreed(client: Client, max_pm: Membership, percent: str, shown: str) -> None:
    commitment = make_commitment(max_pm, default_retainage=D(percent))
    page = client.get(f"/commitments/{commitment.pk}/").content.decode()
    assert f"<dd>{shown}\N{NARROW NO-BREAK SPACE}%</dd>" in page


def test_status_and_activity_are_set_on_the_page(client: Client, max_pm: Membership) -> None:
    made = make_commitment(max_pm, status="draft")

    client.post(f"/commitments/{made.pk}/status/", {"status": "approved"})
    assert client.post(f"/commitments/{made.pk}/status/", {"status": "received"}).status_code == 422
    client.post(f"/commitments/{made.pk}/active/")

    made.refresh_from_db()
    assert (made.status, made.is_active) == ("approved", False)


def test_only_who_may_is_offered_to_delete_what_can_be_deleted(
    client: Client, max_pm: Membership, vic: Membership, sign_in: SignIn
) -> None:
    draft, approved = make_commitment(max_pm, status="draft"), make_commitment(max_pm)

    def offered(who: Client, made: Commitment) -> bool:
        return "deleted for good" in who.get(f"/commitments/{made.pk}/").content.decode()

    assert [offered(client, draft), offered(client, approved), offered(sign_in(vic), draft)] == [True, False, False]
    assert client.post(f"/commitments/{draft.pk}/delete/").status_code == 302
    assert not Commitment.objects.filter(pk=draft.pk).exists()


def test_a_correction_is_walked_through_in_three_steps(client: Client, max_pm: Membership, project: Project) -> None:
    made = synced(make_commitment(max_pm, project, number="SC-1", lines=["5.00"]))
    address = f"/commitments/{made.pk}/correct/"
    assert "Begin the correction" in client.get(address).content.decode()
    assert client.post(address, {"reason": ""}).status_code == 422

    assert client.post(address, {"reason": "Typed wrong."}).status_code == 302
    begun = client.get(address).content.decode()
    assert "Typed wrong." in begun
    assert "Leave it as it is in QuickBooks" in begun
    edit = client.get(f"/commitments/{made.pk}/edit/")
    given = head(project, number="SC-1", vendor_id=str(made.vendor_id), created_on=made.created_on.isoformat())
    lines = rows({"number": "1", "code": "03-200", "amount": "7"}) | {"seen": edit.context["form"]["seen"].value()}
    saved = client.post(f"/commitments/{made.pk}/edit/", given | lines)

    assert (saved.status_code, saved["Location"]) == (302, address)
    page = client.get(address).content.decode()
    assert f'action="/review/{made.erp_id}/send/"' in page
    assert client.post(f"{address}undo/").status_code == 409


def test_rows_that_were_pasted_and_not_put_into_the_form_are_put_there_and_not_dropped(
    client: Client, project: Project
) -> None:
    given = rows({"code": "03-200", "description": "Rebar", "amount": "5"})

    answer = client.post("/commitments/new/", head(project, paste="03-100\tForms\t$1,000.00\n") | given)

    page = answer.content.decode()
    assert (answer.status_code, Commitment.objects.count()) == (200, 0)
    assert [row.typed("description") for row in answer.context["schedule"].rows] == ["Rebar", "Forms", ""]
    assert "Nothing is saved yet: look through them, then save." in page
    assert "1,005.00" in page


def test_a_file_that_was_chosen_and_not_read_is_read_and_not_dropped(client: Client, project: Project) -> None:
    chosen = SimpleUploadedFile("lines.csv", b"Cost code,Description,Amount\n03-100,Forms,7\n")

    answer = client.post("/commitments/new/", head(project) | {"file": chosen} | rows())

    assert (answer.status_code, Commitment.objects.count()) == (200, 0)
    assert answer.context["schedule"].rows[0].typed("description") == "Forms"


def test_what_was_pasted_and_cannot_be_read_stays_in_its_field(client: Client, project: Project) -> None:
    pasted = "\n".join(f"03-100\tForms {place}\t1" for place in range(LIMIT_LINES + 1))

    answer = client.post("/commitments/new/", head(project, paste=pasted, read="1") | rows())

    assert answer.status_code == 422
    assert f"Forms {LIMIT_LINES}\t1</textarea>" in answer.content.decode()
