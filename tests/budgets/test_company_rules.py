"""What an administrator says for all projects and budgets: template, new codes, direct costs (domain.md §4)."""

from __future__ import annotations

import re
from decimal import Decimal as D

import pytest

from budgets import operations
from budgets.columns import view_of
from budgets.company_rules import CompanyRules, rules_of, save_company_rules, seen_of
from budgets.models import Budget, BudgetLine, DirectCosts
from budgets.new_codes import add_to_budgets
from budgets.rules import LineDetails
from change_orders import tiers
from invoices.billing_rules import SettingsDetails
from invoices.models import BillingSettings, InvoiceType
from invoices.periods import save_settings, settings_of
from procore_sync.acceptance.refusals import ChangedSinceSeen, IllegalMove
from procore_sync.accounts.models import Membership, RightsChange
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from projects.ledger_costs import Known
from projects.models import Project
from projects.operations import import_project, set_cost_code_active
from projects.records import EditedMeanwhile
from projects.rules import ProjectDetails
from tests.budgets.conftest import SignIn, line_of
from tests.factories import fresh_budget, make_budget, make_cost_code, make_project, sent, synced
from tests.projects.costs import absorb, cost
from tests.projects.test_api import put

FILLED, TYPED = DirectCosts.FILLED, DirectCosts.TYPED


def has_line(budget: Budget, code: str) -> bool:
    return BudgetLine.objects.filter(budget=budget, code__cost_code__code=code, original=0).exists()


# -- new codes ------------------------------------------------------------------------------------------------------


def test_a_new_code_becomes_a_line_of_every_budget_that_may_gain_one(
    max_pm: Membership, alma: Membership, budget: Budget
) -> None:
    kept = fresh_budget(synced(make_budget(max_pm, amounts={"03-300": "70.00"}, locked=True)))
    asked = sent(make_budget(max_pm, amounts={"03-300": "7.00"}, locked=True), max_pm)
    apart = make_project(max_pm, uses_standard_codes=False)
    of_its_own = make_budget(max_pm, apart, amounts={"03-300": "9.00"})
    before = (kept.erp.revision, kept.erp.amount)
    code = synced(make_cost_code(max_pm, "09-900"))

    assert add_to_budgets(code) == 0, "without the rule nothing happens"
    save_company_rules(alma.company, CompanyRules(None, True, FILLED), by=alma)
    assert add_to_budgets(code) == 2
    assert add_to_budgets(code) == 0, "they have it now"

    assert [has_line(one, "09-900") for one in (budget, kept, asked, of_its_own)] == [True, True, False, False]
    line, now = line_of(kept, "09-900"), fresh_budget(kept)
    assert (line.number, line.added_later, now.next_line) == (2, True, 3)
    assert (now.erp.revision, now.erp.amount, now.erp.is_changed) == (*before, False)
    row = now.project.code_rows.create(cost_code=synced(make_cost_code(max_pm, "10-000")))
    assert operations.add_line(now, row, LineDetails(amount=D("0.00")), by=max_pm).number == 3


def test_an_inactive_code_becomes_no_line(max_pm: Membership, alma: Membership, budget: Budget) -> None:
    save_company_rules(alma.company, CompanyRules(None, True, FILLED), by=alma)
    code = make_cost_code(max_pm, "09-900")
    set_cost_code_active(code, False, by=max_pm)
    assert add_to_budgets(code) == 0


# -- direct costs ---------------------------------------------------------------------------------------------------


def test_typed_direct_costs_take_the_place_of_those_of_quickbooks(
    max_pm: Membership, alma: Membership, sign_in: SignIn
) -> None:
    project = synced(make_project(max_pm, codes=[], job_costs=True))
    budget = sent(make_budget(max_pm, project, amounts={"03-300": "1000.00"}, locked=True), max_pm)
    other = synced(make_cost_code(max_pm, "26-000"))
    known = Known({"55": project.pk}, {"9": other.pk})
    absorb(project, known, cost("1", "400.00", item_id="9"), cost("2", "11.00"))
    assert view_of(budget).total["direct"] == D("411.00")
    line = line_of(budget, "03-300")
    with pytest.raises(IllegalMove, match="are filled from QuickBooks"):
        operations.type_direct_cost(line, D("1.00"), by=max_pm, seen=line.edition)

    save_company_rules(alma.company, CompanyRules(None, False, TYPED), by=alma)
    page, at = sign_in(max_pm), f"/projects/{project.pk}/budget/"
    assert page.post(f"{at}lines/1/direct-cost/", {"amount": "x", "seen": line.edition}).status_code == 422
    assert page.post(f"{at}lines/1/direct-cost/", {"amount": "1,250.50", "seen": line.edition}).status_code == 302

    view = view_of(fresh_budget(budget))
    (only,) = view.rows
    assert (only.amounts["direct"], only.amounts["over_under"]) == (D("1250.50"), D("-250.50"))
    assert "Typed on each line" in next(one.formula for one in view.columns if one.key == "direct")
    rows = page.get(at).content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
    assert "1,250.50" in rows
    assert "/job-costs/transactions/" not in rows
    with pytest.raises(EditedMeanwhile):
        operations.type_direct_cost(line, D("1.00"), by=max_pm, seen=line.edition)

    save_company_rules(alma.company, CompanyRules(None, False, FILLED), by=alma)
    assert view_of(budget).total["direct"] == D("411.00")
    assert line_of(budget, "03-300").direct_cost == D("1250.50"), "kept, and not counted"
    assert fresh_budget(budget).erp.revision == budget.erp.revision


def test_who_may_type_a_direct_cost_and_what(
    budget: Budget, max_pm: Membership, alma: Membership, vic: Membership, sign_in: SignIn
) -> None:
    save_company_rules(alma.company, CompanyRules(None, False, TYPED), by=alma)
    line = line_of(budget, "03-300")
    with pytest.raises(NotAllowed):
        operations.type_direct_cost(line, D("1.00"), by=vic, seen=line.edition)
    for wrong in (None, D("NaN"), D("0.001"), D("-100000000000.00")):
        with pytest.raises(InvalidInput):
            operations.type_direct_cost(line, wrong, by=max_pm, seen=line.edition)
    at = f"/api/v1/budgets/{budget.pk}/lines/{line.number}/direct-cost/"
    status, answer = put(sign_in(max_pm), at, {"amount": "-5.25", "edition": line.edition})
    assert (status, answer["direct_cost"]) == (200, "-5.25")
    with pytest.raises(IllegalMove, match=r"-5\.25 is typed on it"):
        operations.remove_line(line_of(budget, "03-300"), by=max_pm)


# -- the template ---------------------------------------------------------------------------------------------------


def test_an_imported_project_begins_like_the_template(max_pm: Membership, alma: Membership) -> None:
    codes = [make_cost_code(max_pm, one) for one in ("01-000", "02-000", "03-000")]
    template = make_project(max_pm, "Template", codes=codes, job_costs=True)
    set_cost_code_active(codes[2], False, by=max_pm)
    details = SettingsDetails(default_type=InvoiceType.RETAINAGE, due_day=12, allows_overbilling=True)
    save_settings(template, details, by=max_pm)
    tiers.save_settings(template, tiers=3, number_limit=20, title_limit=60, by=max_pm)

    empty = import_project(ProjectDetails(name="Before"), company=alma.company, by=None)
    save_company_rules(alma.company, CompanyRules(template, False, FILLED), by=alma)
    made = import_project(ProjectDetails(name="Pier 9"), company=alma.company, by=None)

    assert set(made.cost_codes.values_list("code", flat=True)) == {"01-000", "02-000"}
    assert Project.objects.get(pk=made.pk).job_costs
    billed, changed = settings_of(made), tiers.settings_of(made)
    assert (billed.default_type, billed.due_day, billed.allows_overbilling) == (InvoiceType.RETAINAGE, 12, True)
    assert (changed.tiers, changed.number_limit, changed.title_limit) == (3, 20, 60)
    assert not empty.cost_codes.exists()
    assert not BillingSettings.objects.filter(project=empty).exists()


# -- the page -------------------------------------------------------------------------------------------------------


def test_the_page_saves_the_rules_and_they_are_written_down(
    max_pm: Membership, alma: Membership, olga: Membership, sign_in: SignIn
) -> None:
    template, theirs = make_project(max_pm, "Template"), make_project(olga, "SECRET")
    page, at = sign_in(alma), "/settings/projects/"
    assert f'href="{at}"' in page.get("/settings/").content.decode()
    assert "SECRET" not in page.get(at).content.decode()
    assert page.post(at, {"template": theirs.pk, "direct_costs": "filled"}).status_code == 422
    assert page.post(at, {"template": "", "direct_costs": "guessed"}).status_code == 422
    given = {"template": template.pk, "adds_new_codes": "on", "direct_costs": "typed"}
    assert page.post(at, given).status_code == 302

    rules = rules_of(alma.company_id)
    assert (rules.adds_new_codes, rules.direct_costs) == (True, "typed")
    (written,) = RightsChange.objects.filter(action=RightsChange.Action.SETTINGS)
    assert [(one["before"], one["after"]) for one in written.changes] == [
        ("none", "Template"),
        ("off", "on"),
        ("Read-only, fill from QuickBooks", "Editable, do not fill from QuickBooks"),
    ]
    with pytest.raises(NotAllowed):
        save_company_rules(alma.company, CompanyRules(None, False, FILLED), by=max_pm)
    with pytest.raises(InvalidInput):
        save_company_rules(alma.company, CompanyRules(theirs, False, FILLED), by=alma)


def test_who_has_not_seen_what_was_saved_meanwhile_does_not_undo_it(alma: Membership, sign_in: SignIn) -> None:
    page, at = sign_in(alma), "/settings/projects/"
    stale = {"template": "", "direct_costs": "typed", "seen": _seen_on(page.get(at).text)}
    save_company_rules(alma.company, CompanyRules(None, True, FILLED), by=alma)

    answer = page.post(at, stale)
    assert answer.status_code == 409
    assert "changed meanwhile, so nothing was saved. Look again. Last changed by Alma: Today " in answer.text
    assert answer.context["form"]["direct_costs"].value() == "typed"
    assert f'href="{at}">Show what stands now' in answer.text
    rules = rules_of(alma.company_id)
    assert (rules.adds_new_codes, rules.direct_costs) == (True, "filled")

    assert page.post(at, stale | {"seen": _seen_on(page.get(at).text)}).status_code == 302
    assert (rules_of(alma.company_id).adds_new_codes, rules_of(alma.company_id).direct_costs) == (False, "typed")


def test_a_template_that_was_chosen_meanwhile_is_seen_too(alma: Membership, max_pm: Membership) -> None:
    one, other = make_project(max_pm, "Same"), make_project(max_pm, "Same")
    save_company_rules(alma.company, CompanyRules(one, False, FILLED), by=alma)
    seen = seen_of(rules_of(alma.company_id), one)
    save_company_rules(alma.company, CompanyRules(other, False, FILLED), by=alma)
    with pytest.raises(ChangedSinceSeen):
        save_company_rules(alma.company, CompanyRules(None, False, FILLED), by=alma, seen=seen)


def _seen_on(page: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


# -- API ------------------------------------------------------------------------------------------------------------


def test_the_api_gives_and_changes_the_rules_as_the_page_does(
    alma: Membership, max_pm: Membership, sign_in: SignIn
) -> None:
    project, client, address = make_project(max_pm), sign_in(alma), "/api/v1/project-rules/"
    read = client.get(address).json()
    assert (read["template"], read["adds_new_codes"], read["direct_costs"]) == (None, False, FILLED)

    answer = client.patch(address, {"template": project.pk, "seen": read["seen"]}, "application/json")
    assert (answer.status_code, answer.json()["template"]) == (200, project.pk)
    now = client.patch(address, {"adds_new_codes": True}, "application/json").json()
    assert (now["template"], now["adds_new_codes"], now["direct_costs"]) == (project.pk, True, FILLED)
    assert client.patch(address, {"template": None}, "application/json").json()["adds_new_codes"] is True
    assert RightsChange.objects.count() == 3

    late = client.patch(address, {"direct_costs": TYPED, "seen": read["seen"]}, "application/json")
    assert (late.status_code, rules_of(alma.company_id).direct_costs) == (409, FILLED)
    assert sign_in(max_pm).patch(address, {"adds_new_codes": False}, "application/json").status_code == 403


def test_the_api_takes_no_template_that_the_page_does_not_offer(
    alma: Membership, max_pm: Membership, olga: Membership, sign_in: SignIn
) -> None:
    idle, theirs, client = make_project(max_pm), make_project(olga), sign_in(alma)
    Project.objects.filter(pk=idle.pk).update(is_active=False)
    for number in (idle.pk, theirs.pk, 999_999):
        answer = client.patch("/api/v1/project-rules/", {"template": number}, "application/json")
        assert (answer.status_code, answer.json()["errors"]) == (
            422,
            {"template": ["The company has no active project with this id."]},
        )
