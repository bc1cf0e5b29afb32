"""Deciding by keyboard and by hand, with and without JavaScript, over the real views."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

from procore_sync.acceptance import engine, operations
from procore_sync.acceptance.models import ErpItem, Notice
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Company, Membership, Role
from tests.acceptance.conftest import member, new_invoice
from tests.acceptance.conftest import paper as paper
from tests.acceptance.conftest import unmet as unmet
from tests.acceptance.paper import PaperLedger
from tests.acceptance.test_operations import ACCOUNTS
from tests.e2e.visits import Visit
from tests.e2e.visits import static_root as static_root
from tests.e2e.visits import visit as visit

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
DESK = {"width": 1440, "height": 1000}


@pytest.fixture
def company(transactional_db: None) -> Company:
    return Company.objects.create(name="Harbor Row Builders", slug="harbor-row")


@pytest.fixture
def ada(company: Company) -> Membership:
    return member(company, "Ada", Role.ACCOUNTANT, decides=True)


@pytest.fixture
def three(paper: PaperLedger, company: Company) -> list[ErpItem]:
    """Three invoices that wait for a decision, oldest first."""
    sender = member(company, "Max", Role.PROJECT_MANAGER)
    items = [new_invoice(sender, f"Application {number}") for number in (1, 2, 3)]
    for item in items:
        operations.send(item, by=sender)
    return items


def now_is(item: ErpItem) -> str:
    """The status that the database holds."""
    item.refresh_from_db()
    return str(item.status)


def row(page: Page, item: ErpItem) -> str:
    """The selector of the row of `item`."""
    return f"[data-item='{item.pk}']"


def test_it_walks_the_list_and_opens_by_key(visit: Visit, ada: Membership, three: list[ErpItem]) -> None:
    page = visit("/inbox/", ada, viewport=DESK)

    page.keyboard.press("j")
    expect(page.locator("#record h1")).to_have_text("Application 1")
    page.keyboard.press("j")
    expect(page.locator("#record h1")).to_have_text("Application 2")
    page.keyboard.press("k")
    expect(page.locator("#record h1")).to_have_text("Application 1")

    expect(page.locator(row(page, three[0]))).to_have_attribute("aria-current", "true")
    assert f"/review/{three[0].pk}/" in page.url


#: Presses "a" once more in the moment in which the decided row is marked: a finger's time, not a test machine's.
SECOND_TAP = """() => new MutationObserver((changes, me) => {
    if (!document.querySelector("[data-item].gone")) return;
    me.disconnect();
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "a", bubbles: true }));
    window.tappedTwice = true;
}).observe(document.body, { subtree: true, attributes: true, attributeFilter: ["class"] })"""


def test_it_accepts_by_key_and_opens_the_next_once(visit: Visit, ada: Membership, three: list[ErpItem]) -> None:
    page = visit("/inbox/", ada, viewport=DESK)
    page.keyboard.press("j")
    expect(page.locator("#record h1")).to_have_text("Application 1")

    page.evaluate(SECOND_TAP)
    page.keyboard.press("a")
    expect(page.locator("#record h1")).to_have_text("Application 2")

    expect(page.locator("#live")).to_contain_text("Application 1 is accepted")
    expect(page.locator(row(page, three[1]))).to_be_focused()
    expect(page.locator(row(page, three[0]))).to_have_class("item gone")
    page.wait_for_function("window.tappedTwice")
    page.wait_for_timeout(700)
    assert [now_is(item) for item in three] == [Status.EXPORTING, Status.SENT, Status.SENT]
    page.keyboard.press("j")
    expect(page.locator("#record h1")).to_have_text("Application 3")


def test_it_rejects_with_a_comment_and_gives_the_focus_back(
    visit: Visit, ada: Membership, three: list[ErpItem]
) -> None:
    page = visit("/inbox/", ada, viewport=DESK)
    page.keyboard.press("j")
    expect(page.locator("#record h1")).to_have_text("Application 1")
    page.keyboard.press("r")
    comment = page.get_by_label("What must change?")
    expect(comment).to_be_focused()

    page.keyboard.press("Escape")
    expect(comment).to_be_hidden()
    page.keyboard.press("r")
    page.keyboard.type("aaa jjj: level 2 is not hung yet")
    page.get_by_role("button", name="Reject", exact=True).click()

    expect(page.locator("#live")).to_contain_text("Application 1 is rejected")
    assert now_is(three[0]) == Status.REJECTED
    assert three[0].submissions.get().comment == "aaa jjj: level 2 is not hung yet"


def test_a_comment_and_a_reason_that_are_not_sent_yet_wait_at_their_record(
    visit: Visit, ada: Membership, three: list[ErpItem]
) -> None:
    page = visit("/inbox/", ada, viewport=DESK)
    page.keyboard.press("j")
    expect(page.locator("#record h1")).to_have_text("Application 1")
    comment, reason = (
        page.get_by_label("Say something to all who see this record"),
        page.get_by_label("What must change?"),
    )
    comment.fill("Is level 2 hung?")
    page.locator("#record h1").click()
    page.keyboard.press("r")
    page.keyboard.type("Take level 2 off")
    page.keyboard.press("Escape")

    page.keyboard.press("j")
    expect(page.locator("#record h1")).to_have_text("Application 2")
    expect(comment).to_have_value("")
    page.keyboard.press("k")
    expect(page.locator("#record h1")).to_have_text("Application 1")

    expect(comment).to_have_value("Is level 2 hung?")
    page.keyboard.press("r")
    expect(reason).to_have_value("Take level 2 off")
    page.keyboard.press("Enter")
    expect(page.locator("#record h1")).to_have_text("Application 2")
    assert three[0].submissions.get().comment == "Take level 2 off"
    page.locator(row(page, three[0])).click()
    expect(page.locator("#record h1")).to_have_text("Application 1")
    expect(comment).to_have_value("Is level 2 hung?")


def test_a_remark_typed_before_another_sign_in_is_kept_and_told_why_it_went_nowhere(
    visit: Visit, ada: Membership, three: list[ErpItem]
) -> None:
    page = visit(f"/review/{three[0].pk}/", ada, viewport=DESK)
    stood_on = page.url
    page.keyboard.press("r")
    page.keyboard.type("Level 2 is not hung yet")
    page.context.add_cookies([{"name": "csrftoken", "value": "b" * 32, "url": urljoin(stood_on, "/")}])

    page.keyboard.press("Control+Enter")

    expect(page.locator("#refusal")).to_contain_text("came from another sign-in or company, so nothing was done")
    expect(page.get_by_label("What must change?")).to_have_value("Level 2 is not hung yet")
    assert page.url == stood_on
    assert now_is(three[0]) == Status.SENT
    with page.expect_event("load"):
        page.get_by_role("link", name="Show what stands now").click()
    expect(page.locator("#live")).to_contain_text("What you had typed stands in the form again")
    assert now_is(three[0]) == Status.SENT
    page.get_by_label("What must change?").press("Control+Enter")
    expect(page.locator("#live")).to_contain_text("Application 1 is rejected")


def test_a_decision_that_is_answered_by_no_page_stays_where_it_is(
    visit: Visit, ada: Membership, three: list[ErpItem]
) -> None:
    page = visit(f"/review/{three[0].pk}/", ada, viewport=DESK)
    stood_on = page.url
    ada.is_active = False
    ada.save()

    page.keyboard.press("a")

    expect(page.locator("#live")).to_contain_text("we do not know whether that was done")
    page.wait_for_timeout(700)
    assert page.url == stood_on
    expect(page.locator("#live")).to_contain_text("we do not know whether that was done")


def test_it_shows_who_was_first_and_changes_nothing(visit: Visit, ada: Membership, three: list[ErpItem]) -> None:
    page = visit("/inbox/", ada, viewport=DESK)
    page.keyboard.press("j")
    expect(page.locator("#record h1")).to_have_text("Application 1")
    operations.reject(three[0], by=member(ada.company, "Bea", Role.ACCOUNTANT, decides=True), comment="No.")

    page.keyboard.press("a")

    expect(page.locator("#live")).to_contain_text("rejected")
    expect(page.locator("#record .status")).to_have_text("Rejected")
    expect(page.locator("#record h1")).to_have_text("Application 1")
    assert now_is(three[0]) == Status.REJECTED


def test_it_leaves_keys_alone_in_fields_with_modifiers_and_when_off(
    visit: Visit, ada: Membership, three: list[ErpItem]
) -> None:
    page = visit(f"/review/{three[0].pk}/", ada, viewport=DESK)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("a")
    page.get_by_role("searchbox").blur()
    page.keyboard.press("Control+a")
    page.keyboard.press("?")
    with page.expect_response("**/keys/"):
        page.get_by_label("Single keys are on").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.reload()
    page.keyboard.press("a")
    page.wait_for_timeout(300)

    assert now_is(three[0]) == Status.SENT


def test_escape_leads_from_a_choice_back_to_the_row_where_a_key_decides(
    visit: Visit, paper: PaperLedger, ada: Membership, three: list[ErpItem]
) -> None:
    paper.choices.append(ACCOUNTS)
    page = visit("/inbox/", ada, viewport=DESK)
    page.keyboard.press("j")
    expect(page.locator("#record h1")).to_have_text("Application 1")
    page.keyboard.press("a")
    expect(page.locator("#choice-income_account")).to_be_focused()
    page.keyboard.type("Sales")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Escape")
    expect(page.locator(row(page, three[0]))).to_be_focused()
    page.keyboard.press("a")
    expect(page.locator("#live")).to_contain_text("Application 1 is accepted")


def test_a_key_that_moves_moves_nothing_where_no_row_is(visit: Visit, ada: Membership) -> None:
    page = visit("/inbox/", ada, viewport=DESK)
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement === document.body")


def test_it_decides_without_javascript(visit: Visit, ada: Membership, three: list[ErpItem]) -> None:
    page = visit("/inbox/", ada, viewport=DESK, java_script_enabled=False)

    page.get_by_role("link", name="Application 1").click()
    page.get_by_role("button", name="Accept").click()
    expect(page.locator("#live")).to_contain_text("Application 1 is accepted")
    page.goto(f"/review/{three[1].pk}/")
    page.locator("summary", has_text="Reject").click()
    page.get_by_label("What must change?").fill("Not yet.")
    page.get_by_role("button", name="Reject", exact=True).click()

    assert [now_is(item) for item in three] == [Status.EXPORTING, Status.REJECTED, Status.SENT]


def test_it_shows_one_thing_at_a_time_on_a_phone(visit: Visit, ada: Membership, three: list[ErpItem]) -> None:
    page = visit("/inbox/", ada, viewport={"width": 390, "height": 844})
    expect(page.locator("#rows")).to_be_visible()

    page.locator(row(page, three[0])).click()

    expect(page.locator("#record h1")).to_be_visible()
    expect(page.locator("#rows")).to_be_hidden()
    expect(page.get_by_role("button", name="Accept")).to_be_in_viewport()
    page.get_by_role("link", name="Inbox", exact=True).last.click()
    expect(page.locator("#rows")).to_be_visible()


#: The list asks how it stands, as it does by itself every fifteen seconds.
LOOK_AGAIN = "htmx.trigger('#rows', 'look')"


def test_it_follows_others_without_moving_a_row(visit: Visit, ada: Membership, three: list[ErpItem]) -> None:
    page = visit("/inbox/", ada, viewport=DESK)
    before = page.locator(row(page, three[2])).bounding_box()
    operations.reject(three[0], by=member(ada.company, "Bea", Role.ACCOUNTANT, decides=True), comment="No.")
    sender = Membership.objects.get(user__name="Max")
    last = operations.send(new_invoice(sender, "Application 4"), by=sender).item

    page.evaluate(LOOK_AGAIN)

    expect(page.locator(row(page, last))).to_be_visible()
    expect(page.locator(f"{row(page, three[0])}.gone")).to_be_visible()
    expect(page.locator("#arrivals")).to_be_hidden()
    assert page.locator(row(page, three[2])).bounding_box() == before


def counts(page: Page) -> list[str]:
    """What stands at the view of what is ready, at the one of what was given back, and at the inbox in the menu."""
    places = ["[data-counted=ready_to_export]", "[data-counted=returned]", ".side [data-counted=Inbox]"]
    return [str(page.locator(place).text_content()) for place in places]


def test_the_counts_follow_what_is_decided_here(visit: Visit, ada: Membership, three: list[ErpItem]) -> None:
    Company.objects.update(undo_seconds=60)
    page = visit(f"/review/{three[0].pk}/", ada, viewport=DESK)
    assert counts(page) == ["3", "", "3"]

    page.keyboard.press("a")
    expect(page.locator("#record h1")).to_have_text("Application 2")
    expect(page.locator("[data-counted=ready_to_export]")).to_have_text("2")
    page.keyboard.press("u")
    expect(page.locator("#record h1")).to_have_text("Application 1")
    expect(page.locator("[data-counted=ready_to_export]")).to_have_text("3")
    for item in three:
        expect(page.locator("#record h1")).to_have_text(item.label)
        page.wait_for_timeout(500)
        page.keyboard.press("r")
        page.keyboard.type("No.")
        page.keyboard.press("Enter")
    expect(page.locator("#record")).to_contain_text("Nothing left to open")

    expect(page.locator(".side [data-counted=Inbox]")).to_have_text("")
    assert counts(page) == ["", "3", ""]


def test_the_counts_follow_what_others_decide_beyond_the_list(
    visit: Visit, ada: Membership, three: list[ErpItem]
) -> None:
    page = visit("/inbox/?q=Application+3", ada, viewport=DESK)
    page.evaluate(LOOK_AGAIN)

    operations.reject(three[0], by=member(ada.company, "Bea", Role.ACCOUNTANT, decides=True), comment="No.")
    page.evaluate(LOOK_AGAIN)

    expect(page.locator("[data-counted=returned]")).to_have_text("1")
    assert counts(page) == ["2", "1", "2"]


def test_what_would_move_a_row_is_announced(visit: Visit, ada: Membership, three: list[ErpItem]) -> None:
    page = visit("/inbox/", ada, viewport=DESK)
    before = page.locator(row(page, three[0])).bounding_box()
    sender = Membership.objects.get(user__name="Max")
    older = operations.send(new_invoice(sender, "Application 0"), by=sender).item
    ErpItem.objects.filter(pk=older.pk).update(status_changed_at=three[0].status_changed_at - timedelta(days=1))

    page.evaluate(LOOK_AGAIN)

    expect(page.locator("#arrivals")).to_contain_text("1 new record")
    assert page.locator(row(page, three[0])).bounding_box() == before


def test_a_list_in_which_nothing_changed_is_not_sent_again(visit: Visit, ada: Membership, three: list[ErpItem]) -> None:
    page = visit("/inbox/", ada, viewport=DESK)
    told = []
    page.on("response", lambda answer: told.append(answer.status) if "/inbox/" in answer.url else None)

    for count in (1, 2, 3):
        if count == 3:
            operations.reject(three[0], by=ada, comment="No.")
        with page.expect_response("**/inbox/**"):
            page.evaluate(LOOK_AGAIN)
        page.wait_for_timeout(200)

    assert told == [200, 304, 200]
    expect(page.locator(f"{row(page, three[0])}.gone")).to_be_visible()


def test_it_turns_green_by_itself_and_keeps_the_focus(visit: Visit, ada: Membership, three: list[ErpItem]) -> None:
    submission = three[0].submissions.get()
    operations.accept(three[0], by=ada, seen=submission.digest, choices={})
    page = visit(f"/review/{three[0].pk}/", ada, viewport=DESK)
    expect(page.locator("#record .status")).to_have_text("Exporting")
    page.locator("#record h1").focus()

    engine.work(submission.pk)

    expect(page.locator("#record .status")).to_have_text("Synced")
    expect(page.locator("#record h1")).to_be_focused()
    expect(page.locator("#live")).to_contain_text("Application 1: Synced.")


def test_it_leads_who_was_signed_out_to_the_door(visit: Visit, ada: Membership, three: list[ErpItem]) -> None:
    page = visit("/inbox/", ada, viewport=DESK)
    page.context.clear_cookies()

    page.locator(row(page, three[0])).click()

    page.wait_for_url(lambda url: "/sign-in/" in url)


def test_the_bell_counts_what_comes_while_the_page_stands_open(
    visit: Visit, ada: Membership, three: list[ErpItem]
) -> None:
    page = visit("/inbox/", ada, viewport=DESK)
    bell = page.locator("#bell-link")
    expect(bell).to_have_text("Notices")
    bell.focus()

    Notice.objects.create(company=ada.company, member=ada, in_console=True, about="mention", line="Max asks", path="/")
    page.evaluate("window.dispatchEvent(new Event('focus'))")

    expect(bell).to_contain_text("1 to read")
    expect(bell).to_be_focused()
    expect(page.locator("#record h1")).to_have_count(0)


def test_what_becomes_of_a_decided_row_is_said_to_whoever_does_not_see_it(
    visit: Visit, ada: Membership, three: list[ErpItem]
) -> None:
    page = visit("/inbox/", ada, viewport=DESK)
    page.locator("#live").evaluate("place => { place.dataset.first = 'yes'; }")
    page.locator(row(page, three[0])).click()
    expect(page.locator("#record h1")).to_have_text("Application 1")
    page.get_by_role("button", name="Accept", exact=True).click()
    expect(page.locator("#record h1")).to_have_text("Application 2")
    # A place that is new with its words is not read aloud everywhere.
    expect(page.locator("#live[data-first=yes]")).to_contain_text("Application 1 is accepted")
    expect(page.locator("#live")).to_have_attribute("aria-atomic", "false")

    engine.work(three[0].submissions.get().pk)

    expect(page.locator("#live .sr")).to_have_text("Subcontractor invoice: Application 1: Synced")
    expect(page.locator("#record h1")).to_have_text("Application 2")


def test_that_there_are_new_records_is_said_once(visit: Visit, ada: Membership, three: list[ErpItem]) -> None:
    page = visit("/inbox/", ada, viewport=DESK)
    sender = Membership.objects.get(user__name="Max")
    older = operations.send(new_invoice(sender, "Application 0"), by=sender).item
    ErpItem.objects.filter(pk=older.pk).update(status_changed_at=three[0].status_changed_at - timedelta(days=1))

    for look in (1, 2):
        if look == 2:
            operations.reject(three[2], by=ada, comment="No.")
        with page.expect_response("**/inbox/**"):
            page.evaluate(LOOK_AGAIN)
    expect(page.locator(f"{row(page, three[2])}.gone")).to_be_visible()

    expect(page.locator("#live .sr")).to_have_text("1 new record: show it")
