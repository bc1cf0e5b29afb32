"""The pages and the API of job costs: what they show, what they change, how often they ask the database."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from procore_sync.accounts.models import Membership
from projects import readings
from projects.cost_operations import RuleDetails, add_rule
from projects.ledger_costs import Known
from projects.models import CostCode, CostLine, CostReading, CostRule, Project
from tests.factories import make_cost_code, make_project
from tests.projects.conftest import SignIn
from tests.projects.costs import absorb, cost
from tests.scenes import kept

LONG = "Brightwater Mechanical, Plumbing, Heating, Ventilation and Fire Protection Contractors of Upper Harbor"
#: The panel of a reading that runs, which asks by itself how far it is.
FOLLOWED = 'id="reading" data-poll'


@pytest.fixture
@kept
def lofts(max_pm: Membership) -> Project:
    """A project with one code, a coded and two uncoded costs, and a document of our own."""
    project = make_project(max_pm, "Harbor Row Lofts", codes=[make_cost_code(max_pm, "03-300")], job_costs=True)
    known = Known({"55": project.pk}, {"40": project.cost_codes.get().pk}, {("Bill", "900")})
    absorb(
        project,
        known,
        cost("1", "100.00", item_id="40", item="03-300", number="B-17"),
        cost("2", "40.00", party=LONG),
        cost("3", "2.50", party=LONG),
        cost("900", "999.00", item_id="40"),
    )
    return project


@pytest.fixture
@kept
def code(lofts: Project) -> CostCode:
    return lofts.cost_codes.get()


@pytest.fixture
def client(max_pm: Membership, sign_in: SignIn) -> Client:
    return sign_in(max_pm)


def queries(visit: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as counted:
        visit()
    return len(counted)


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_is_not_shown_of_the_uncoded_costs_is_counted(lofts: Project, client: Client) -> None:
    assert "more line" not in text(client, "/job-costs/not-coded/")
    known = Known({"55": lofts.pk}, {}, set())
    many = (cost(str(at), "100.00", account_id=str(at), account=f"Account {at}") for at in range(100, 150))
    absorb(lofts, known, cost("2", "40.00", party=LONG), cost("3", "2.50", party=LONG), *many)

    assert "The 50 with the most money are shown. 2 more lines come up once these have codes." in text(
        client, "/job-costs/not-coded/"
    )


def test_the_company_page_says_what_each_project_has_cost_and_what_is_not_coded(lofts: Project, client: Client) -> None:
    shown = text(client, "/job-costs/")

    assert "142.50" in shown
    assert f'href="/job-costs/not-coded/?project={lofts.pk}">42.50<' in shown
    assert "999" not in shown


def test_a_company_without_costs_is_told_how_to_begin(max_pm: Membership, client: Client) -> None:
    assert "No project takes its job costs from QuickBooks" in text(client, "/job-costs/")
    assert "No transactions yet" in text(client, "/job-costs/transactions/")
    assert "Nothing waits for a code" in text(client, "/job-costs/not-coded/")
    assert "No rules yet" in text(client, "/job-costs/rules/")


def test_the_page_follows_a_reading(lofts: Project, client: Client, max_pm: Membership) -> None:
    assert "Read now" in text(client, "/job-costs/")
    reading = readings.take_up(readings.open_reading(max_pm.company_id, by=max_pm))
    readings.note(reading, "Bill", reads=3, documents=2997, lines=5000)
    shown = text(client, "/job-costs/")
    assert "Reading: Bill" in shown
    assert "2,997" in shown
    assert "Read now" not in shown
    assert FOLLOWED in shown
    readings.lay_down(reading, error="QuickBooks asked us to wait.")
    assert "QuickBooks asked us to wait.</span> It goes on where it stopped." in text(client, "/job-costs/")
    readings.end(CostReading.objects.get())
    assert FOLLOWED not in text(client, "/job-costs/")


def test_a_figure_leads_to_its_transactions_and_they_to_quickbooks(
    lofts: Project, code: CostCode, client: Client
) -> None:
    page = text(client, f"/projects/{lofts.pk}/job-costs/")
    drill = f"/job-costs/transactions/?project={lofts.pk}&amp;code={code.pk}"
    assert f'href="{drill}">100.00<' in page
    shown = text(client, drill.replace("&amp;", "&"))

    assert "Bill B-17" in shown
    assert "what counts comes to 100.00" in shown
    assert 'href="/quickbooks/documents/Bill/1/"' in shown
    assert "Exported from here" in shown


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", {"1", "2", "3", "900"}),
        ("code=none", {"2", "3"}),
        ("code={code}", {"1", "900"}),
        ("q=upper+harbor", {"2", "3"}),
        ("entity=Purchase", set()),
        ("project={project}", {"1", "2", "3", "900"}),
    ],
)
def test_transactions_are_narrowed(
    lofts: Project, code: CostCode, client: Client, query: str, numbers: set[str]
) -> None:
    address = f"/job-costs/transactions/?{query.format(code=code.pk, project=lofts.pk)}"
    found = client.get(address).context["page_obj"]

    assert {one.txn_id for one in found} == numbers


@pytest.mark.parametrize("asked", ["code=77777", "project=abc", "entity=Invoice"])
@pytest.mark.parametrize("address", ["/job-costs/transactions/", "/job-costs/transactions/file.csv"])
def test_what_cannot_be_asked_for_is_not_answered_with_every_cost(
    lofts: Project, client: Client, address: str, asked: str
) -> None:
    answer = client.get(f"{address}?{asked}")

    assert (answer.status_code, "B-17" in answer.content.decode()) == (422, False)
    assert f'href="{address}">Show it without these<' in answer.content.decode()


def test_the_files_hold_what_the_page_shows_with_amounts_as_numbers(lofts: Project, client: Client) -> None:
    CostLine.objects.filter(txn_id="2").update(description="=HYPERLINK(1)")
    lines = client.get("/job-costs/transactions/file.csv?code=none").content.decode("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert "'=HYPERLINK(1)" in "".join(lines)

    book = load_workbook(io.BytesIO(client.get("/job-costs/transactions/file.xlsx").content))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert {row[9] for row in rows[1:]} == {100, 40, 2.5, 999}
    assert all(isinstance(row[4], datetime) for row in rows[1:])
    assert client.get("/job-costs/transactions/file.pdf").status_code == 404


def test_all_alike_are_coded_from_the_list_of_what_is_not(lofts: Project, client: Client) -> None:
    shown = text(client, "/job-costs/not-coded/")
    assert "42.50" in shown
    example = CostLine.objects.get(txn_id="3")
    here = f"/job-costs/not-coded/?project={lofts.pk}"
    answer = client.post(
        f"/job-costs/transactions/{example.pk}/", {"code": "03-300", "asks": "alike", "next": here}, follow=True
    )

    assert answer.redirect_chain == [(here, 302)]
    assert "2 costs are coded 03-300" in answer.content.decode()
    assert "Every cost of Harbor Row Lofts has a code." in answer.content.decode()
    rule = CostRule.objects.get()
    assert (rule.party_id, rule.account_id, rule.project) == ("Vendor:12", "8", lofts)


def test_a_wrong_code_is_said_at_the_field_and_nothing_is_kept(lofts: Project, client: Client) -> None:
    line = CostLine.objects.get(txn_id="2")
    answer = client.post(f"/job-costs/transactions/{line.pk}/", {"code": "99-999", "asks": "line"})

    assert answer.status_code == 422
    assert "The list has no active cost code 99-999." in answer.content.decode()
    again = client.post(f"/job-costs/transactions/{line.pk}/", {"code": "03-300", "asks": "everything"})
    assert again.status_code == 422
    assert not CostRule.objects.exists()


def test_nobody_is_sent_to_another_site_after_coding(lofts: Project, client: Client) -> None:
    line = CostLine.objects.get(txn_id="2")
    said = {"code": "03-300", "asks": "line", "next": "https://elsewhere.example/"}

    assert client.post(f"/job-costs/transactions/{line.pk}/", said)["Location"] == f"/job-costs/transactions/{line.pk}/"


def test_what_has_its_code_from_its_item_or_is_our_own_is_not_coded_here(lofts: Project, client: Client) -> None:
    by_item, own = (CostLine.objects.get(txn_id=txn) for txn in ("1", "900"))

    assert "To change it, change the item there." in text(client, f"/job-costs/transactions/{by_item.pk}/")
    assert "it counts as invoiced, not as a direct cost" in text(client, f"/job-costs/transactions/{own.pk}/")


def test_a_rule_is_removed_and_its_costs_wait_again(lofts: Project, client: Client, max_pm: Membership) -> None:
    rule, _ = add_rule(CostLine.objects.get(txn_id="2"), RuleDetails("party", "03-300"), by=max_pm)
    assert f"Every cost from {LONG}" in text(client, "/job-costs/rules/")
    answer = client.post(f"/job-costs/rules/{rule.pk}/remove/", follow=True)

    assert "2 costs are coded anew" in answer.content.decode()
    assert CostLine.objects.filter(cost_code=None).count() == 2


def test_a_rule_is_read_in_the_readers_language(lofts: Project, client: Client, max_pm: Membership) -> None:
    one, other = CostLine.objects.filter(txn_id__in=("2", "3")).order_by("pk")
    add_rule(one, RuleDetails("party", "03-300"), by=max_pm)
    add_rule(one, RuleDetails("account", "03-300", everywhere=True), by=max_pm)
    add_rule(other, RuleDetails("line", "03-300"), by=max_pm)
    max_pm.user.language = "es"
    max_pm.user.save()

    shown = text(client, "/job-costs/rules/")

    assert f"Todos los costos de {one.party}, en Harbor Row Lofts" in shown
    assert f"Todos los costos en la cuenta {one.account}, en todos los proyectos" in shown
    assert f"Solo {other}" in shown
    again = client.post(f"/job-costs/transactions/{one.pk}/", {"code": "03-300", "asks": "party"})
    assert f"todos los costos de {one.party}, en Harbor Row Lofts" in again.content.decode()


def test_a_viewer_sees_everything_and_changes_nothing(lofts: Project, vic: Membership, sign_in: SignIn) -> None:
    client = sign_in(vic)
    line = CostLine.objects.get(txn_id="2")
    shown = text(client, "/job-costs/not-coded/") + text(client, "/job-costs/") + text(client, "/job-costs/rules/")

    assert '<form class="pick"' not in shown
    assert "Read now" not in shown
    assert client.post(f"/job-costs/transactions/{line.pk}/", {"code": "03-300", "asks": "line"}).status_code == 403


def test_another_company_sees_nothing_of_it(lofts: Project, olga: Membership, sign_in: SignIn) -> None:
    client = sign_in(olga)
    line = CostLine.objects.first()
    assert line

    for address in (
        f"/job-costs/transactions/{line.pk}/",
        f"/projects/{lofts.pk}/job-costs/",
        f"/projects/{lofts.pk}/job-costs/file.csv",
        f"/job-costs/not-coded/?project={lofts.pk}",
        "/quickbooks/documents/Bill/1/",
        f"/api/v1/job-costs/{lofts.pk}/",
        f"/api/v1/job-cost-transactions/{line.pk}/",
    ):
        assert client.get(address).status_code == 404, address
    assert "142.50" not in text(client, "/job-costs/")
    assert client.get("/api/v1/job-cost-transactions/").json()["results"] == []
    assert client.get(f"/job-costs/transactions/file.csv?project={lofts.pk}").status_code == 422


@pytest.mark.parametrize(
    "address",
    [
        "/job-costs/",
        "/job-costs/transactions/",
        "/job-costs/not-coded/",
        "/job-costs/rules/",
        "/projects/{pk}/job-costs/",
    ],
)
def test_a_page_asks_as_often_for_many_costs_as_for_few(
    lofts: Project, client: Client, max_pm: Membership, address: str
) -> None:
    known = Known({"55": lofts.pk}, {})
    path = address.format(pk=lofts.pk)

    def more(count: int) -> int:
        for number in range(count):
            txn = f"{CostLine.objects.count()}x{number}"
            absorb(lofts, known, cost(txn, "1.00", party_id=f"Vendor:{txn}", party=txn))
            add_rule(CostLine.objects.get(txn_id=txn), RuleDetails("line", "03-300"), by=max_pm)
            absorb(lofts, known, cost(f"{txn}b", "1.00", party_id=f"Vendor:{txn}b", party=txn))
            lofts.cost_codes.add(make_cost_code(max_pm))
        return queries(lambda: client.get(path))

    client.get(path)
    assert more(2) == more(12)


# -- the project's page ------------------------------------------------------------------------------------------------


def test_the_projects_page_sums_by_code_and_shows_what_has_none(lofts: Project, client: Client) -> None:
    answer = client.get(f"/projects/{lofts.pk}/job-costs/")
    found = answer.context["costs"]

    assert [(row.code.code, row.figures.direct) for row in found.rows] == [("03-300", Decimal("100.00"))]
    assert (found.uncoded, found.total.to_date) == (Decimal("42.50"), Decimal("142.50"))
    shown = answer.content.decode()
    assert "42.50 has no cost code yet." in shown
    assert '<svg class="plot"' in shown


def test_a_code_that_the_project_does_not_use_is_shown_if_it_costs_something(
    lofts: Project, client: Client, max_pm: Membership
) -> None:
    make_cost_code(max_pm, "05-100")
    add_rule(CostLine.objects.get(txn_id="2"), RuleDetails("line", "05-100"), by=max_pm)
    found = client.get(f"/projects/{lofts.pk}/job-costs/").context["costs"]

    assert [row.code.code for row in found.rows] == ["03-300", "05-100"]


def test_a_project_without_the_switch_says_how_to_switch_it_on(lofts: Project, client: Client) -> None:
    Project.objects.update(job_costs=False)
    shown = text(client, f"/projects/{lofts.pk}/job-costs/")

    assert "Direct costs are not filled from QuickBooks." in shown
    assert "100.00" not in shown


def test_the_codes_of_a_project_without_the_switch_lead_to_a_list_and_to_no_refusal(
    lofts: Project, client: Client, olga: Membership, sign_in: SignIn
) -> None:
    Project.objects.filter(pk=lofts.pk).update(job_costs=False)
    page = client.get(f"/projects/{lofts.pk}/job-costs/").content.decode()
    address = f"/job-costs/transactions/?project={lofts.pk}&code={lofts.cost_codes.get().pk}"

    assert address.replace("&", "&amp;") in page
    assert [client.get(one).status_code for one in (address, address.replace("/?", "/file.csv?"))] == [200, 200]
    assert sign_in(olga).get(f"/job-costs/transactions/?project={lofts.pk}").status_code == 422


def test_the_projects_files_end_with_the_total(lofts: Project, client: Client) -> None:
    lines = client.get(f"/projects/{lofts.pk}/job-costs/file.csv").content.decode("utf-8-sig").splitlines()

    assert lines[0] == "Cost code,Description,Revised budget,Committed,Invoiced,Paid,Direct costs,Cost to date"
    assert lines[1:] == [
        "03-300,Concrete,0.00,0.00,0.00,0.00,100.00,100.00",
        ",Not coded,0.00,0.00,0.00,0.00,42.50,42.50",
        ",Total,0.00,0.00,0.00,0.00,142.50,142.50",
    ]
    book = load_workbook(io.BytesIO(client.get(f"/projects/{lofts.pk}/job-costs/file.xlsx").content))
    assert book.worksheets[0]["H4"].value == 142.5


def test_the_switch_is_in_the_form_and_sends_nothing(max_pm: Membership, client: Client) -> None:
    project = make_project(max_pm, "Depot 9")
    said = {"name": "Depot 9", "stage": "bidding", "erp_sync": "on", "uses_standard_codes": "on"}
    client.post(f"/projects/{project.pk}/edit/", {**said, "job_costs": "on", "seen": 1})
    project.refresh_from_db()

    assert project.job_costs
    assert project.erp.revision == 1
    assert "Job costs from QuickBooks" in text(client, f"/projects/{project.pk}/")


# -- the API -----------------------------------------------------------------------------------------------------------


def test_the_api_says_the_same(lofts: Project, code: CostCode, client: Client) -> None:
    told: dict[str, Any] = client.get(f"/api/v1/job-costs/{lofts.pk}/").json()
    assert told["total"]["to_date"] == "142.50"
    assert told["uncoded"] == "42.50"
    assert told["rows"][0]["direct"] == "100.00"
    assert told["meaning"]["to_date"] == "Direct costs and invoiced."
    found = client.get(f"/api/v1/job-cost-transactions/?project={lofts.pk}&code=none").json()["results"]
    assert {one["amount"] for one in found} == {"40.00", "2.50"}
    wrong = client.get("/api/v1/job-cost-transactions/?project=first")
    assert wrong.status_code == 422
    assert list(wrong.json()["errors"]) == ["project"]


def test_the_api_codes_and_takes_back_with_the_same_sentences(lofts: Project, client: Client) -> None:
    line = CostLine.objects.get(txn_id="2")
    address = f"/api/v1/job-cost-transactions/{line.pk}/code/"
    refused = client.post(address, {"code": "99-999", "asks": "party"}, "application/json")
    assert refused.status_code == 422
    assert "The list has no active cost code 99-999." in refused.content.decode()
    made = client.post(address, {"code": "03-300", "asks": "party"}, "application/json")
    assert (made.status_code, made.json()["coded"]) == (201, 2)
    again = client.post(address, {"code": "03-300", "asks": "party"}, "application/json")
    assert again.status_code == 409
    assert "There is a rule already" in again.content.decode()
    rule = made.json()["rule"]["id"]
    assert client.delete(f"/api/v1/job-cost-rules/{rule}/").status_code == 204
    assert CostLine.objects.filter(cost_code=None).count() == 2


def test_a_project_that_no_number_names_is_no_page(client: Client, max_pm: Membership) -> None:
    client.force_login(max_pm.user)
    assert client.get("/job-costs/not-coded/", {"project": "9" * 5000}).status_code == 200
    assert client.get("/job-costs/not-coded/", {"project": "987654"}).status_code == 404
