"""What a phone of 390 shows, in the longer of the two languages: nothing runs out of its place, nothing twice."""

from __future__ import annotations

from decimal import Decimal

import pytest
from playwright.sync_api import Page

from budgets import operations
from commitments.rules import LineDetails
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.operations import send
from procore_sync.accounts.models import Membership
from tests.budgets.test_operations import moved
from tests.cast import alma, company, max_pm
from tests.e2e.visits import Visit, static_root, visit
from tests.factories import make_budget, make_change_order, make_commitment, make_cost_code, make_project, synced

__all__ = ["alma", "company", "max_pm", "static_root", "visit"]
pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
PHONE = {"viewport": {"width": 390, "height": 844}, "locale": "es-US"}
#: What is written beyond the edge of its cell or panel, where nothing can be pushed aside.
BEYOND = """() => [...document.querySelectorAll('.panel td *, .panel label')].filter(one => {
    const text = document.createRange(), places = ['td', '.panel'].map(where => one.closest(where)).filter(Boolean);
    text.selectNodeContents(one);
    const edge = Math.max(...[...text.getClientRects()].map(box => box.right));
    return one.checkVisibility() && !one.closest('.sr') && places.some(
        place => edge > place.getBoundingClientRect().right + 1);
}).map(one => one.outerHTML)"""
#: Each tick of the page: its width, and the height of what a thumb can touch of it.
TICKS = """() => [...document.querySelectorAll('main input:is([type=checkbox], [type=radio])')].map(one => [
    one.offsetWidth, (one.closest('label') ?? document.querySelector(`label[for="${one.id}"]`) ?? one).offsetHeight])"""


def shown(page: Page, selector: str) -> list[str]:
    """What a person reads in each, with the names of the cells that the style sheet writes."""
    script = """one => [one, ...one.querySelectorAll('td')].map(cell => {
        const name = getComputedStyle(cell, '::before').content;
        return name === 'none' ? '' : name.slice(1, -1) }).filter(Boolean).join() + '|' + one.innerText"""
    return [one.evaluate(script) for one in page.locator(selector).all()]


def test_the_day_of_a_lock_stays_within_the_list_of_budgets(visit: Visit, max_pm: Membership) -> None:
    make_budget(max_pm, locked=True)

    page = visit("/budgets/", max_pm, **PHONE)

    assert page.get_by_text("bloqueados el").count() == 1
    assert page.evaluate(BEYOND) == []


def test_codes_to_add_to_a_project_are_seen_whole(visit: Visit, max_pm: Membership) -> None:
    made = make_project(max_pm, codes=[])
    synced(make_cost_code(max_pm, "Equipment rental", "Testing and commissioning of fire protection"))

    page = visit(f"/projects/{made.pk}/cost-codes/", max_pm, **PHONE)

    assert page.locator("main td .status").count() > 0
    assert page.evaluate(BEYOND) == []


def test_a_total_says_its_name_once(visit: Visit, max_pm: Membership) -> None:
    changed = make_change_order(max_pm).commitment

    page = visit(f"/commitments/{changed.pk}/", max_pm, **PHONE)

    totals = [" ".join(one.split()) for one in shown(page, "tfoot tr.sum")]
    assert totals[0] == "|Según contrato 1,000.00"


def test_a_quantity_and_its_unit_say_what_they_are_in_each_language(visit: Visit, max_pm: Membership) -> None:
    project = synced(make_project(max_pm))
    code = project.cost_codes.get()
    line = LineDetails(code.pk, None, "Rebar", quantity=Decimal("2.5"), uom="ton", unit_cost=Decimal("4"))
    made = make_commitment(max_pm, project, accounting_method="unit", lines=[line])

    page = visit(f"/commitments/{made.pk}/", max_pm, **PHONE)
    assert shown(page, "table.lines tbody tr")[0].split("|")[0] == "Cantidad,Unidad,Costo unitario"

    page.goto(f"/review/{made.erp_id}/")
    assert "Cant." in shown(page, "table.lines tbody tr")[0].split("|")[0].split(",")


def test_each_sum_of_a_changed_budget_says_which_it_is(visit: Visit, max_pm: Membership) -> None:
    budget = make_budget(max_pm, amounts={"03-300": "1000.00", "05-100": "500.00"}, locked=True)
    operations.make_change(budget, moved(budget, "03-300", "05-100", "250.00"), by=max_pm)
    send(ErpItem.objects.get(budget=budget), by=max_pm)

    page = visit(f"/review/{budget.erp_id}/", max_pm, **PHONE)
    page.locator("details.way summary", has_text="Por código de costo").click()

    *rows, total = shown(page, "details.way table :is(tbody, tfoot) tr")
    names = "Presupuesto original,Cambios del presupuesto,Presupuesto revisado"
    assert [one.split("|")[0] for one in rows] == [f"Descripción,{names}"] * 2
    assert total.split("|")[0] == names


def test_ticks_are_no_smaller_where_their_words_are_long_and_a_thumb_meets_them(visit: Visit, alma: Membership) -> None:
    page = visit("/people/invite/", alma, **PHONE)

    ticks = page.evaluate(TICKS)

    assert {width for width, _ in ticks if width < 24} == {17}
    assert min(height for _, height in ticks) >= 24
