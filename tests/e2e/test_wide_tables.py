"""Tables of many columns, with names as long and amounts as large as they come: a laptop shows them whole."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from commitments.models import Commitment
from commitments.operations import set_invoice_contacts
from invoices.models import Payment
from invoices.operations import create_invoice, submit_invoice
from procore_sync.accounts.models import Membership, Role
from procore_sync.kit.kinds import Kind
from projects.models import CostCode, Project
from tests.cast import alma, company, ian, max_pm
from tests.e2e.sweep import SIDEWAYS
from tests.e2e.visits import Visit, static_root, visit
from tests.factories import make_budget, make_commitment, make_member, make_project, synced
from tests.invoices.conftest import bills, open_period, save
from vendors.models import Vendor

__all__ = ["alma", "company", "ian", "max_pm", "static_root", "visit"]
pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
#: The widest that fits a laptop beside the menu, and the widest without the menu.
WIDTHS = (1280, 1024)
LARGE = "987654321.99"
LONG = "Narragansett Insulation Contractors and Mechanical Systems of Greater Providence Limited Liability Co"[:100]


def cut(page: Page) -> dict[int, list[str]]:
    """By width, what has to be pushed sideways or runs out of its cell or box."""
    found = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found[width] = page.evaluate(SIDEWAYS) + page.evaluate(
            "() => [...document.querySelectorAll('.sums :is(th, td), .figure b')].filter("
            "one => one.scrollWidth > one.clientWidth + 1).map(one => one.textContent)"
        )
    return found


NOTHING: dict[int, list[str]] = {width: [] for width in WIDTHS}


@pytest.mark.parametrize("columns", ["", "?columns=all"])
def test_a_budget_fits(visit: Visit, max_pm: Membership, columns: str) -> None:
    budget = make_budget(max_pm, make_project(max_pm, LONG), amounts={"03-300": LARGE}, locked=True)
    CostCode.objects.update(description=LONG)

    page = visit(f"/projects/{budget.project_id}/budget/{columns}", max_pm)

    assert cut(page) == NOTHING


def billed(max_pm: Membership, ian: Membership) -> Commitment:
    made = synced(make_commitment(max_pm, lines=[LARGE, "250.00"], title=LONG, default_retainage=Decimal(10)))
    set_invoice_contacts(made, [ian], by=max_pm)
    open_period(made.project)
    return made


def test_an_application_and_its_review_fit(visit: Visit, max_pm: Membership, ian: Membership) -> None:
    draft = create_invoice(billed(max_pm, ian), by=ian)
    sent = submit_invoice(save(draft, bills("1", "900000000.00"), by=ian), by=ian)

    page = visit(f"/invoices/{sent.pk}/", max_pm)
    assert cut(page) == NOTHING

    page.goto(f"/invoices/{sent.pk}/review/")
    assert cut(page) == NOTHING


def width_of(page: Page, cells: str) -> float:
    """How wide a column is, of all that its table has."""
    script = "(cells) => { const one = document.querySelector(cells); return [one, one.closest('table')].map(each => "
    own, whole = page.evaluate(f"{script}each.offsetWidth) }}", cells)
    return float(own / whole)


def test_a_list_of_invoices_has_room_for_the_commitment_and_the_vendor(
    visit: Visit, max_pm: Membership, ian: Membership
) -> None:
    submit_invoice(save(create_invoice(billed(max_pm, ian), by=ian), bills("1", "900000000.00"), by=ian), by=ian)
    page = visit("/invoices/", max_pm)
    assert cut(page) == NOTHING

    page.set_viewport_size({"width": 1280, "height": 900})
    assert width_of(page, "th.broad") >= 0.2


@pytest.mark.parametrize(("leaf", "cells"), [("", ".sums tbody th"), ("print/", ".lines tbody td:nth-child(2)")])
def test_a_printed_continuation_sheet_has_room_for_words_and_is_no_wider_than_paper(
    visit: Visit, max_pm: Membership, ian: Membership, leaf: str, cells: str
) -> None:
    made = synced(make_commitment(max_pm, lines=["204750.00", "371280.00"], title="Cast-in-place concrete"))
    set_invoice_contacts(made, [ian], by=max_pm)
    open_period(made.project)
    draft = create_invoice(made, by=ian)
    page = visit(f"/invoices/{draft.pk}/{leaf}", max_pm)
    page.set_viewport_size({"width": 979, "height": 740})  # letter paper across, without its margins
    page.emulate_media(media="print")

    assert width_of(page, cells) >= (0.3 if leaf else 0.15)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 979


def test_people_fit(visit: Visit, alma: Membership) -> None:
    every = list(Kind)
    member = make_member(alma.company, "x" * 60, Role.PROJECT_MANAGER, exports=every, imports=every)
    member.user.name = LONG
    member.user.save()

    assert cut(visit("/people/", alma)) == NOTHING


def test_a_printed_table_of_job_costs_is_no_wider_than_paper(visit: Visit, max_pm: Membership) -> None:
    budget = make_budget(max_pm, amounts={"03-300": LARGE}, locked=True)
    synced(make_commitment(max_pm, budget.project, lines=["900000000.00"]))
    page = visit(f"/projects/{budget.project_id}/job-costs/", max_pm, locale="es-US")
    page.set_viewport_size({"width": 740, "height": 979})  # letter paper upright, without its margins
    page.emulate_media(media="print")

    beyond = "all => all.filter(one => one.getBoundingClientRect().right > innerWidth).map(one => one.innerText)"
    assert page.locator("th, td").evaluate_all(beyond) == []


def test_a_printed_inbox_is_its_list_and_a_printed_record_has_no_forms(visit: Visit, max_pm: Membership) -> None:
    made = synced(make_commitment(max_pm))
    page = visit("/inbox/?view=synced", max_pm)
    page.emulate_media(media="print")
    expect(page.locator("#rows a").first).to_be_visible()
    expect(page.locator(".record")).to_be_hidden()
    expect(page.locator(".more-views .here")).to_be_visible()
    expect(page.locator(".more-views .other")).to_be_hidden()

    page.goto(f"/commitments/{made.pk}/")
    expect(page.get_by_role("heading", name=made.number)).to_be_visible()
    fields = "all => all.filter(one => one.checkVisibility()).map(one => one.outerHTML)"
    assert page.locator("main :is(select, textarea, input:not([type=hidden]))").evaluate_all(fields) == []


#: A name without a single space, as files of other programs have them.
UNBROKEN = "NarragansettInsulationContractorsAndMechanicalSystemsOfGreaterProvidenceLimitedLiabilityCompanyEtcXY"


def test_a_word_that_nothing_breaks_pushes_no_figure_out_of_sight(
    visit: Visit, max_pm: Membership, ian: Membership
) -> None:
    made = billed(max_pm, ian)
    Commitment.objects.update(title=UNBROKEN)
    Vendor.objects.update(name=UNBROKEN)
    beside = make_commitment(max_pm, lines=["250.00"], title="Cast-in-place concrete")
    sent = submit_invoice(save(create_invoice(made, by=ian), bills("1", "900000000.00"), by=ian), by=ian)
    paid = {"company": sent.company, "method": "check", "day": date(2026, 11, 20), "read_at": timezone.now()}
    Payment.objects.create(invoice=sent, payment_id="7", amount="9000.00", total="9000.00", number="10441", **paid)
    Project.objects.exclude(pk=beside.project_id).update(name="Narragansett Pier")

    beyond = "all => all.filter(one => one.getBoundingClientRect().right > innerWidth).map(one => one.textContent)"
    for path in ("/commitments/", "/payments/", "/invoices/", "/vendors/"):
        page = visit(path, max_pm)
        assert cut(page) == NOTHING, path
        assert page.locator("main :is(td, th)").evaluate_all(beyond) == [], path
        if path in ("/commitments/", "/payments/"):
            named = page.locator("main .grid td", has_text="Narragansett Pier").first
            assert named.evaluate("one => one.clientWidth") >= 110, path
