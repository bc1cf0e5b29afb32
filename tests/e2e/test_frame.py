"""What surrounds every page and every form: the menu on a low screen, and letters counted as they are typed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urljoin

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from playwright.sync_api import Page, expect

from commitments.models import Commitment
from commitments.operations import set_invoice_contacts
from invoices.operations import create_invoice
from procore_sync import outages
from procore_sync.acceptance import operations
from procore_sync.acceptance.comments import comment
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Membership, Role
from procore_sync.accounts.operations import Rights, invite
from quickbooks_bridge.models import LedgerName
from tests.e2e.visits import Visit
from tests.e2e.visits import static_root as static_root
from tests.e2e.visits import visit as visit
from tests.factories import (
    make_approver,
    make_budget,
    make_commitment,
    make_company,
    make_member,
    make_project,
    make_vendor,
    synced,
)
from tests.invoices.conftest import open_period

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


#: Of each text in a box of the picture, how much wider it is.
TOO_WIDE = """() => [...document.querySelectorAll('.diagram .state')].map(one => one.querySelector('text')
    .getBoundingClientRect().width - one.querySelector('rect').getBoundingClientRect().width).filter(by => by > 0)"""


def test_the_longer_language_fits_the_menu_and_the_boxes_of_a_picture(visit: Visit) -> None:
    alma = make_member(make_company("Harbor Row Builders", "harbor-row"), "Alma", Role.ADMINISTRATOR)
    page = visit("/quickbooks/health/", alma, viewport=DESK, locale="es-US")

    here = page.locator(".side .nav [aria-current=page]")
    expect(here).to_contain_text("Estado de")
    names = page.locator(".side .nav li a > span:first-child")
    cut = "all => all.filter(one => one.scrollWidth > one.clientWidth).map(one => one.innerText)"
    assert names.evaluate_all(cut) == []
    within = "one => one.getBoundingClientRect().right <= one.closest('.nav').getBoundingClientRect().right - 12"
    assert here.evaluate(within)

    page.goto("/help/workflows/w7/")
    assert page.get_by_text("Aprobado con").count() > 0
    assert page.evaluate(TOO_WIDE) == []


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


def sign_in_again(page: Page, member: Membership) -> None:
    """Through the form to which the person was led, back to where they stood."""
    page.locator("input[name=login]").fill(member.user.email)
    page.locator("input[name=password]").fill("secret")
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/sign-in/" not in url)


PUT_BACK = "What you had typed stands in the form again"


def typed_after_the_end(visit: Visit, member: Membership) -> Page:
    """A window at the sign-in page, to which a new commitment with seven lines has led: its sign-in had ended."""
    project = make_project(member)
    path = f"/commitments/new/?project={project.pk}&type=purchase_order&method=amount"
    page = visit(path, member, viewport=DESK)
    page.locator("#id_number").fill("PO-0142")
    while page.locator("[data-line]").count() < 7:
        page.get_by_role("button", name="Add five rows").click()
    page.locator("[name=lines-6-amount]").fill("1250.00")
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.locator("form:has(#id_number) button.primary").click()
    page.wait_for_url(lambda url: "/sign-in/" in url)
    return page


def test_what_was_sent_when_the_sign_in_had_ended_stands_in_its_form_again(visit: Visit) -> None:
    max_pm = make_member(make_company("Harbor Row Builders", "harbor-row"), "Max", Role.PROJECT_MANAGER)
    page = typed_after_the_end(visit, max_pm)

    sign_in_again(page, max_pm)

    expect(page.locator("#live")).to_contain_text(PUT_BACK)
    expect(page.locator("#id_number")).to_have_value("PO-0142")
    expect(page.locator("[name=lines-6-amount]")).to_have_value("1250.00")
    expect(page.locator("[data-total]")).to_have_text("1,250.00")
    assert not Commitment.objects.exists()
    page.reload()
    expect(page.locator("#id_number")).to_have_value("PO-001")


def test_another_person_who_signs_in_finds_nothing_of_what_was_typed(visit: Visit) -> None:
    company = make_company("Harbor Row Builders", "harbor-row")
    page = typed_after_the_end(visit, make_member(company, "Max", Role.PROJECT_MANAGER))

    sign_in_again(page, make_member(company, "Nina", Role.PROJECT_MANAGER))

    expect(page.locator("#id_number")).to_have_value("PO-001")
    expect(page.locator("#live")).to_have_text("")
    assert page.evaluate("sessionStorage.getItem('typed')") is None


def test_what_was_sent_from_a_page_that_was_too_old_stands_in_its_form_again(visit: Visit) -> None:
    max_pm = make_member(make_company("Harbor Row Builders", "harbor-row"), "Max", Role.PROJECT_MANAGER)
    page = visit("/vendors/new/", max_pm, viewport=DESK)
    page.locator("#id_name").fill("Kestrel Steel")
    address = page.url
    page.context.add_cookies([{"name": "csrftoken", "value": "b" * 32, "url": urljoin(address, "/")}])
    page.locator("#id_name").press("Enter")

    page.get_by_role("link", name="Back to what stands now").click()

    expect(page.locator("#live")).to_contain_text(PUT_BACK)
    expect(page.locator("#id_name")).to_have_value("Kestrel Steel")
    assert page.url == address


def test_what_was_saved_is_put_back_nowhere(visit: Visit) -> None:
    max_pm = make_member(make_company("Harbor Row Builders", "harbor-row"), "Max", Role.PROJECT_MANAGER)
    page = visit("/vendors/new/", max_pm, viewport=DESK)
    page.locator("#id_name").fill("Kestrel Steel")
    page.locator("#id_name").press("Enter")
    page.wait_for_url(lambda url: "/new/" not in url)
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)

    page.goto("/vendors/new/")
    sign_in_again(page, max_pm)

    expect(page.locator("#id_name")).to_have_value("")


#: Where the fields of the lines of an application begin, line by line; at which heights the first four of the first do.
COLUMNS = """() => Array.from(document.querySelectorAll(".bill-cells"), line =>
    Array.from(line.querySelectorAll(".pair"), pair => Math.round(pair.getBoundingClientRect().left)))"""
HEIGHTS = """() => Array.from(document.querySelectorAll("#lines fieldset:first-of-type .pair:nth-child(-n + 4) input"),
    field => Math.round(field.getBoundingClientRect().top))"""


def test_the_fields_of_an_application_stand_in_columns_also_where_one_is_wrong(visit: Visit) -> None:
    max_pm = make_member(make_company("Harbor Row Builders", "harbor-row"), "Max", Role.PROJECT_MANAGER)
    commitment = synced(make_commitment(max_pm, lines=["1000.00", "250.00"], default_retainage=Decimal(10)))
    set_invoice_contacts(commitment, [make_member(max_pm.company, "Ian", Role.INVOICE_CONTACT)], by=max_pm)
    open_period(commitment.project)
    page = visit(f"/invoices/{create_invoice(commitment, by=max_pm).pk}/edit/", max_pm, viewport=DESK)

    page.locator("[name=line-1-completed]").fill("a thousand")
    page.locator("[name=line-2-stored]").fill("a few")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator(".bill-cells .errorlist")).to_have_count(2)
    first, second = page.evaluate(COLUMNS)
    assert first == second
    assert len(set(first)) == 4
    assert len(set(page.evaluate(HEIGHTS))) == 1
    page.set_viewport_size({"width": 390, "height": 844})
    assert {left for line in page.evaluate(COLUMNS) for left in line} == {page.evaluate(COLUMNS)[0][0]}


def test_a_name_without_a_space_breaks_wherever_the_line_ends(visit: Visit) -> None:
    max_pm = make_member(make_company("Harbor Row Builders", "harbor-row"), "Max", Role.PROJECT_MANAGER)
    vendor = make_vendor(max_pm, "W" * 60 + "x" * 40)
    page = visit("/vendors/", max_pm, viewport={"width": 390, "height": 844})

    for address in ("/vendors/", f"/vendors/{vendor.pk}/", f"/vendors/{vendor.pk}/edit/", f"/review/{vendor.erp.pk}/"):
        page.goto(address)
        named = page.locator("main :is(a, li, h1, dd):has-text('WWWWWWWW'):visible").all()
        assert named, address
        assert [one for one in named if one.evaluate("one => one.getBoundingClientRect().right") > 390] == [], address
        assert page.evaluate("document.documentElement.scrollWidth") == 390, address


BACK = "Back to the form, with what you typed"


@pytest.mark.parametrize(
    ("status", "link", "sent", "stands"),
    [
        (503, "Try again", True, "Kestrel Steel"),
        (503, "Try again", False, ""),
        (500, BACK, True, "Kestrel Steel"),
    ],
)
def test_what_was_sent_while_the_database_was_away_or_that_broke_stands_in_its_form_again(
    visit: Visit, status: int, link: str, sent: bool, stands: str
) -> None:
    max_pm = make_member(make_company("Harbor Row Builders", "harbor-row"), "Max", Role.PROJECT_MANAGER)
    page = visit("/vendors/new/", max_pm, viewport=DESK)
    said: dict[str, Any] = {"why": outages.AWAY, "stands": outages.STANDS, "again": page.url, "sent": sent}
    answer = render_to_string(f"errors/{status}.html", said)
    page.route(
        "**/vendors/new/", lambda route: route.fulfill(status=status, content_type="text/html", body=answer), times=1
    )
    page.locator("#id_name").fill("Kestrel Steel")
    page.locator("#id_name").press("Enter")
    page.get_by_role("link", name=link).wait_for()
    # Nobody reads faster than the script comes that keeps what was typed; a test does.
    page.wait_for_load_state()
    page.get_by_role("link", name=link).click()

    expect(page.locator("#id_name")).to_have_value(stands)
    expect(page.locator("#live")).to_contain_text("check whether it is there already" if sent else "")


def test_who_sent_a_form_that_is_wrong_stands_at_its_first_wrong_field(visit: Visit) -> None:
    max_pm = make_member(make_company("Harbor Row Builders", "harbor-row"), "Max", Role.PROJECT_MANAGER)
    project = make_project(max_pm)
    page = visit(f"/commitments/new/?project={project.pk}&type=purchase_order&method=amount", max_pm, viewport=DESK)
    assert page.evaluate("document.activeElement === document.body")
    for _ in range(3):
        page.get_by_role("button", name="Add five rows").click()
    page.locator("[name=lines-1-amount]").fill("100.00")
    page.locator("[name=lines-14-amount]").fill("a hundred")
    page.locator("form:has(#id_number) button.primary").click()

    expect(page.locator("[name=lines-14-amount]")).to_be_focused()
    expect(page.locator("[name=lines-14-amount]")).to_be_in_viewport()


def test_the_budget_with_every_column_is_as_wide_as_paper_when_it_is_printed(visit: Visit) -> None:
    max_pm = make_member(make_company("Harbor Row Builders", "harbor-row"), "Max", Role.PROJECT_MANAGER)
    amounts = {f"{number:02}-100": "123456789.55" for number in range(1, 9)}
    budget = make_budget(max_pm, make_project(max_pm, "Lofts"), amounts=amounts)
    # Letter paper across, without its margins; any other is wider.
    page = visit(f"/projects/{budget.project_id}/budget/?columns=all", max_pm, viewport={"width": 988, "height": 700})

    page.emulate_media(media="print")

    table = page.locator("#budget")
    assert table.evaluate("table => table.scrollWidth <= table.parentElement.clientWidth")
    assert table.evaluate("table => parseFloat(getComputedStyle(table.tHead.rows[0].cells[1]).fontSize)") > 6
    assert "size: landscape" in (settings.BASE_DIR / "procore_sync/kit/static/console/console.css").read_text()


def test_a_tie_out_that_nobody_signed_prints_no_words_of_signing(visit: Visit) -> None:
    alma = make_member(make_company("Harbor Row Builders", "harbor-row"), "Alma", Role.ADMINISTRATOR)
    project = make_project(alma, "Lofts")
    make_commitment(alma, project)
    page = visit(f"/quickbooks/tie-outs/{project.pk}/", alma, viewport={"width": 760, "height": 1000})
    sign, rows = page.locator("#sign"), page.locator("table.sides:not(.whole) tbody tr")
    expect(sign).to_be_visible()

    page.emulate_media(media="print")

    expect(sign).to_be_hidden()
    expect(page.get_by_role("heading", name="Signed off")).to_be_visible()
    names = [rows.nth(at).locator("[scope=row]") for at in range(2)]
    begin = "cell => cell.getBoundingClientRect().left + parseFloat(getComputedStyle(cell).paddingLeft)"
    assert abs(names[0].evaluate(begin) - names[1].evaluate(begin)) < 1, "one side is set in"
    amount = rows.first.locator("td").first
    size = "cell => getComputedStyle(cell).fontSize"
    assert names[0].evaluate(size) == amount.evaluate(size), "a name is larger than its amounts"


def test_comments_are_printed_once_there_are_some(visit: Visit) -> None:
    max_pm = make_member(make_company("Harbor Row Builders", "harbor-row"), "Max", Role.PROJECT_MANAGER)
    commitment = make_commitment(max_pm)
    page = visit(f"/commitments/{commitment.pk}/", max_pm, viewport=DESK)
    comments = page.locator("#comments")
    expect(comments).to_be_visible()
    page.emulate_media(media="print")
    expect(comments).to_be_hidden()

    comment(commitment.erp, by=max_pm, text="The price is agreed.")
    page.reload()
    expect(comments.get_by_text("The price is agreed.")).to_be_visible()


@pytest.mark.parametrize(("width", "fits"), [(1280, True), (390, False)])
def test_the_diagram_shows_where_the_record_stands(visit: Visit, width: int, fits: bool) -> None:
    max_pm = make_member(make_company("Harbor Row Builders", "harbor-row"), "Max", Role.PROJECT_MANAGER)
    commitment = synced(make_commitment(max_pm))
    page = visit(f"/review/{commitment.erp.pk}/", max_pm, viewport={"width": width, "height": 900})
    page.locator("details.way summary").click()
    box = page.locator("details.way .diagram")
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth") is fits
    expect(box.locator(".here")).to_be_in_viewport(ratio=0.9)


COVERED = """() => {
    const here = document.activeElement, box = here.getBoundingClientRect();
    if (here === document.body || !box.width) return "";
    const top = document.elementFromPoint(box.left + Math.min(box.width / 2, 20), box.top + box.height / 2);
    return top && (here.contains(top) || top.contains(here)) ? "" : here.outerHTML.slice(0, 120);
}"""


@pytest.mark.parametrize("width", [1440, 390])
def test_what_has_the_focus_never_lies_beneath_the_bar_at_the_bottom(visit: Visit, width: int) -> None:
    ada = make_approver(make_company("Harbor Row Builders", "harbor-row"))
    names = [f"Vendor {number}" for number in range(20)]
    told = {"company": ada.company, "entity": "Vendor", "seen_at": timezone.now()}
    LedgerName.objects.bulk_create(
        LedgerName(remote_id=name[7:], name=name, fully_qualified_name=name, **told) for name in names
    )
    page = visit("/quickbooks/import/", ada, viewport={"width": width, "height": 844})
    expect(page.get_by_role("button", name="Add the chosen")).to_be_in_viewport()
    page.locator("#q").focus()
    for _ in range(70):
        page.keyboard.press("Tab")
        assert page.evaluate(COVERED) == ""


def test_a_page_of_one_company_takes_nothing_of_another(visit: Visit) -> None:
    """They change the company in another window; the open page asks for what is new, and is told of the other."""
    alma = make_member(make_company("Harbor Row Builders", "harbor-row"), "Alma", Role.ADMINISTRATOR)
    other = Membership.objects.create(
        user=alma.user, company=make_company("Other Books Inc", "other-books"), role=Role.ADMINISTRATOR
    )
    for member, name in ((alma, "Kestrel Concrete"), (other, "Somebody Else")):
        operations.send(make_vendor(member, name=name).erp, by=member)
    page = visit("/inbox/", alma)
    expect(page.locator("#rows")).to_contain_text("Kestrel Concrete")
    window = page.context.new_page()
    window.goto("/inbox/")
    window.get_by_text("Menu of Alma").locator("..").click()
    window.get_by_role("button", name="Other Books Inc").click()
    expect(window.locator("#live")).to_contain_text("You are in Other Books Inc now")

    with page.expect_response("**/inbox/**") as asked:
        page.evaluate("htmx.ajax('GET', '/inbox/', {source: '#rows', target: '#rows'})")
    assert "Somebody Else" in asked.value.text()
    page.wait_for_timeout(300)

    assert "Kestrel Concrete" in page.locator("#rows").inner_text()
    assert "Somebody Else" not in page.locator("#rows").inner_text()


def test_on_a_phone_all_that_changed_of_a_person_stands_beneath_each_other(visit: Visit) -> None:
    alma = make_member(make_company("Harbor Row Builders", "harbor-row"), "Alma", Role.ADMINISTRATOR)
    invite(by=alma, email="ina@harbor-row.test", name="Ina", rights=Rights(Role.ACCOUNTANT))
    page = visit("/people/", alma, viewport={"width": 390, "height": 844})

    boxes = [page.locator("#changes").get_by_text(told).bounding_box() for told in ("Role:", "Daily summary:")]

    assert [box and box["x"] for box in boxes] == [boxes[0] and boxes[0]["x"]] * 2


def test_a_records_own_page_says_what_became_of_it_and_keeps_the_focus(visit: Visit) -> None:
    max_pm = make_member(make_company("Harbor Row Builders", "harbor-row"), "Max", Role.PROJECT_MANAGER)
    vendor = make_vendor(max_pm, name="Kestrel Concrete")
    ErpItem.objects.filter(pk=vendor.erp.pk).update(status=Status.EXPORTING)
    page = visit(f"/vendors/{vendor.pk}/", max_pm, viewport=DESK)
    expect(page.locator("#erp .status")).to_have_text("Exporting")
    page.get_by_role("link", name="Show in accounting").focus()

    ErpItem.objects.filter(pk=vendor.erp.pk).update(status=Status.SYNCED)

    expect(page.locator("#erp .status")).to_have_text("Synced")
    expect(page.get_by_role("link", name="Show in accounting")).to_be_focused()
    expect(page.locator("#live .sr")).to_have_text("Kestrel Concrete: Synced.")


def test_what_has_the_focus_never_lies_beneath_the_totals_of_a_budget(visit: Visit) -> None:
    max_pm = make_member(make_company("Harbor Row Builders", "harbor-row"), "Max", Role.PROJECT_MANAGER)
    amounts = {f"{number:02}-100": "1000.00" for number in range(1, 31)}
    budget = make_budget(max_pm, make_project(max_pm, "Lofts"), amounts=amounts)
    page = visit(f"/projects/{budget.project_id}/budget/", max_pm, viewport={"width": 1280, "height": 800})
    table = page.locator(".scroll.tall")
    table.focus()

    for key in ["Tab"] * 50 + ["Shift+Tab"] * 40:
        page.keyboard.press(key)
        assert page.evaluate(COVERED) == ""


#: Of what marks the current one, and of what a field unfolds by, as they are drawn.
DRAWN = "one => [getComputedStyle(one).backgroundColor, getComputedStyle(one).borderBottomColor].join()"


def test_with_the_systems_own_colours_it_still_shows_what_is_current_and_what_unfolds(visit: Visit) -> None:
    ada = make_approver(make_company("Harbor Row Builders", "harbor-row"))
    page = visit("/inbox/", ada, viewport=DESK, forced_colors="active")

    for group in (".side .nav li", ".list .tabs > ul > li", ".list .chips li"):
        current = page.locator(f"{group} > a[aria-current]")
        other = page.locator(f"{group} > a:not([aria-current])").first
        assert current.evaluate(DRAWN) != other.evaluate(DRAWN), group

    page.locator("details.menu > summary").click()
    chosen, other = (
        page.locator(f".segmented [name=theme][aria-pressed={is_chosen}]") for is_chosen in ("true", "false")
    )
    assert chosen.evaluate(DRAWN) != other.first.evaluate(DRAWN)
    page.goto("/vendors/")
    assert page.locator("main select").first.evaluate("one => getComputedStyle(one).appearance") == "auto"


def test_what_is_open_closes_once_the_focus_has_left_it(visit: Visit) -> None:
    max_pm = make_member(make_company("Harbor Row Builders", "harbor-row"), "Max", Role.PROJECT_MANAGER)
    make_vendor(max_pm)
    page = visit("/vendors/", max_pm, viewport={"width": 390, "height": 844})
    menu = page.locator(".phone-nav")
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(menu).to_have_attribute("open", "")
    page.keyboard.press("Tab")
    expect(menu).to_have_attribute("open", "")
    menu.get_by_role("link").last.focus()

    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate(COVERED) == ""

    expect(menu).not_to_have_attribute("open", "")


def test_what_a_button_that_is_off_tells_is_put_away_by_escape_until_the_next(visit: Visit) -> None:
    page = visit("/components/review/not_yours/", viewport=DESK)
    why = page.locator(".formula + .why, .offer > .why").first
    page.get_by_role("button", name="Accept").evaluate("one => one.closest('.actions').classList.remove('actions')")
    page.get_by_role("button", name="Accept").focus()
    expect(why).to_be_visible()

    page.keyboard.press("Escape")
    expect(why).to_be_hidden()

    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    expect(why).to_be_visible()
