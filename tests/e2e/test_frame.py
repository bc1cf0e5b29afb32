"""What surrounds every page and every form: the menu on a low screen, and letters counted as they are typed."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from procore_sync.accounts.models import Role
from tests.e2e.visits import Visit
from tests.e2e.visits import static_root as static_root
from tests.e2e.visits import visit as visit
from tests.factories import make_company, make_member, make_project

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
DESK = {"width": 1440, "height": 1000}


def test_on_a_low_screen_the_menu_shows_where_one_is(visit: Visit) -> None:
    alma = make_member(make_company("Harbor Row Builders", "harbor-row"), "Alma", Role.ADMINISTRATOR)
    page = visit("/", alma, viewport={"width": 1440, "height": 420})
    menu = page.locator(".side .nav")
    last = menu.get_by_role("link").last
    expect(last).not_to_be_in_viewport()

    page.goto(last.get_attribute("href") or "")

    here = menu.locator("[aria-current=page]")
    expect(here).to_have_text(last.inner_text())
    expect(here).to_be_in_viewport(ratio=1)
    assert menu.evaluate("menu => menu.scrollTop") > 0


def test_a_number_is_counted_as_it_is_typed(visit: Visit) -> None:
    max_pm = make_member(make_company("Harbor Row Builders", "harbor-row"), "Max", Role.PROJECT_MANAGER)
    project = make_project(max_pm)
    path = f"/commitments/new/?project={project.pk}&type=purchase_order&method=amount"
    page = visit(path, max_pm, viewport=DESK, locale="es-US")
    number, told = page.locator("#id_number"), page.locator("#id_number_limit")

    number.fill("PO-0142")
    expect(told).to_have_text("7 de 21 caracteres")
    expect(told).not_to_have_class("limit over")

    number.fill("PO-0142 of Kestrel Inc")
    expect(told).to_have_text("22 de 21 caracteres")
    expect(told).to_have_class("limit over")
