"""The inbox, the review page, the decisions and the journal, through HTTP."""

from __future__ import annotations

import csv
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from procore_sync.acceptance import engine, operations
from procore_sync.acceptance.courier import Check, Choice
from procore_sync.acceptance.models import ErpItem, Event, ExportPolicy
from procore_sync.acceptance.states import OutcomeKind, Status
from procore_sync.accounts.models import Membership, Role
from tests.acceptance.conftest import member, new_invoice
from tests.acceptance.paper import PaperLedger

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
SignIn = Callable[[Membership], Client]


@pytest.fixture
def as_(client: Client) -> SignIn:
    """The browser of a member."""

    def signed_in(member: Membership) -> Client:
        client.force_login(member.user)
        return client

    return signed_in


def sent(by: Membership, label: str) -> ErpItem:
    item = new_invoice(by, label)
    operations.send(item, by=by)
    return item


def digest_of(item: ErpItem) -> str:
    submission = operations.open_submission(item)
    assert submission
    return submission.digest


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def test_the_inbox_shows_what_waits(as_: SignIn, ada: Membership, sent_invoice: ErpItem) -> None:
    answer = as_(ada).get("/inbox/")

    assert "Application 3" in answer.content.decode()
    assert "27,405.00" in answer.content.decode()
    assert "HX-Request" in answer["Vary"]


def test_a_key_is_named_only_where_it_does_something(as_: SignIn, ada: Membership, sent_invoice: ErpItem) -> None:
    told = "The key J opens the next one."
    page = as_(ada).get("/inbox/").content.decode()
    ada.user.single_keys = False
    ada.user.save()
    without = as_(ada).get("/inbox/").content.decode()

    assert page.count(told) == 1
    assert f'<p class="needs-js" hidden>{told}</p>' in page
    assert told not in without


def test_the_inbox_takes_as_many_queries_for_thirty_rows_as_for_three(
    as_: SignIn, ada: Membership, max_pm: Membership, paper: PaperLedger
) -> None:
    browser = as_(ada)
    for number in range(3):
        sent(max_pm, f"Application {number}")
    three = queries(browser, "/inbox/")
    for number in range(3, 30):
        sent(max_pm, f"Application {number}")

    assert queries(browser, "/inbox/") == three
    assert three <= 15


def test_the_menu_counts_what_waits_for_the_person_and_what_failed(
    as_: SignIn, ada: Membership, max_pm: Membership, vic: Membership, paper: PaperLedger
) -> None:
    counts = {"sent": 1, "rejected": 2, "retrieved": 3, "failed": 4, "synced": 5, "not_sent": 6, "exporting": 7}
    for status, count in counts.items():
        for _ in range(count):
            ErpItem.objects.filter(pk=new_invoice(max_pm).pk).update(status=status)

    def counted(who: Membership) -> tuple[int, int]:
        menu = as_(who).get("/inbox/").context["nav"]["items"]
        found = {entry[0]: entry[2] for _, entries in menu for entry in entries}
        return found["Inbox"], found["Failed"]

    assert [counted(who) for who in (ada, max_pm, vic)] == [(1, 4), (5, 4), (0, 4)]


def test_the_pages_of_the_inbox_follow_each_other_and_count_what_was_searched_for(
    as_: SignIn, ada: Membership, max_pm: Membership, paper: PaperLedger
) -> None:
    made = [sent(max_pm, f"Application {number:02}").label for number in range(53)]
    browser = as_(ada)

    def shown(asked: str) -> tuple[list[str], int]:
        context = browser.get(f"/inbox/?{asked}").context
        return [item.label for item in context["items"]], context["page_obj"].paginator.count

    assert shown("") == (made[:50], 53)
    assert shown("page=2") == (made[50:], 53)
    assert shown("q=application+5") == (made[50:], 3)
    assert shown("view=synced") == ([], 0)


def test_the_review_takes_as_many_queries_beside_thirty_rows_as_beside_three(
    as_: SignIn, ada: Membership, max_pm: Membership, paper: PaperLedger
) -> None:
    browser = as_(ada)
    items = [sent(max_pm, f"Application {number}") for number in range(3)]
    three = queries(browser, f"/review/{items[0].pk}/")
    for number in range(3, 30):
        sent(max_pm, f"Application {number}")

    assert queries(browser, f"/review/{items[0].pk}/") == three


def test_home_takes_as_many_queries_for_thirty_records_as_for_three(
    as_: SignIn, ada: Membership, max_pm: Membership, paper: PaperLedger
) -> None:
    browser = as_(ada)
    for number in range(3):
        sent(max_pm, f"Application {number}")
    three = queries(browser, "/")
    for number in range(3, 30):
        sent(max_pm, f"Application {number}")

    assert queries(browser, "/") == three


def test_home_says_to_an_approver_how_many_wait_and_for_how_much(
    as_: SignIn, ada: Membership, max_pm: Membership, paper: PaperLedger
) -> None:
    sent(max_pm, "Application 1")
    sent(max_pm, "Application 2")

    page = as_(ada).get("/").content.decode()

    assert "2 records wait for your decision" in page
    assert "54,810.00" in page


def test_home_says_to_a_sender_what_was_given_back(
    as_: SignIn, ada: Membership, max_pm: Membership, sent_invoice: ErpItem
) -> None:
    operations.reject(sent_invoice, by=ada, comment="Wrong period.")

    assert "1 record to correct" in as_(max_pm).get("/").content.decode()


def test_home_groups_failures_by_cause(
    as_: SignIn, vic: Membership, paper: PaperLedger, accepted_invoice: ErpItem, settings: Settings
) -> None:
    settings.ENGINE_IN_TEST_TRANSACTION = True
    paper.next.append(OutcomeKind.REFUSED)
    engine.work(accepted_invoice.submissions.get().pk)

    page = as_(vic).get("/").content.decode()

    assert "Held up, by cause" in page
    assert "The paper says refused." in page


def test_after_a_decision_the_next_record_opens(
    as_: SignIn, ada: Membership, max_pm: Membership, paper: PaperLedger
) -> None:
    first, second = sent(max_pm, "Application 1"), sent(max_pm, "Application 2")

    answer = as_(ada).post(f"/review/{first.pk}/accept/", {"seen": digest_of(first)})

    assert answer.status_code == 302
    assert answer["Location"] == f"/review/{second.pk}/"


@pytest.mark.parametrize("query", ["", "?view=ready_to_export", "?sort=name"])
@pytest.mark.parametrize("same_moment", [False, True])
def test_a_decision_in_the_middle_of_the_list_goes_on_from_there(
    as_: SignIn, ada: Membership, max_pm: Membership, paper: PaperLedger, query: str, same_moment: bool
) -> None:
    _, second, third = (sent(max_pm, f"Application {number}") for number in (1, 2, 3))
    if same_moment:
        ErpItem.objects.update(status_changed_at=second.status_changed_at)
    stood_on = {"Referer": f"http://testserver/review/{second.pk}/{query}"}

    answer = as_(ada).post(f"/review/{second.pk}/accept/", {"seen": digest_of(second)}, headers=stood_on)

    assert answer["Location"] == f"/review/{third.pk}/{query}"


def test_the_list_that_one_works_through_stays_beside_the_next_record(
    as_: SignIn, ada: Membership, max_pm: Membership, paper: PaperLedger
) -> None:
    first, second = sent(max_pm, "Application 1"), sent(max_pm, "Application 2")

    answer = as_(ada).post(
        f"/review/{first.pk}/accept/",
        {"seen": digest_of(first)},
        headers={"Referer": f"http://testserver/review/{first.pk}/?kind=invoice&view=ready_to_export&page=9"},
    )

    assert answer["Location"] == f"/review/{second.pk}/?view=ready_to_export&kind=invoice"


def test_the_title_of_the_inbox_names_its_view(as_: SignIn, ada: Membership, paper: PaperLedger) -> None:
    for view, title in (("", "Ready to export · Inbox"), ("?view=failed", "Failed · Inbox")):
        assert f"<title>{title} · " in as_(ada).get(f"/inbox/{view}").content.decode()


def test_a_page_that_stands_gets_the_next_record_in_the_answer_with_its_own_address(
    as_: SignIn, ada: Membership, max_pm: Membership, paper: PaperLedger
) -> None:
    first, second, third = (sent(max_pm, f"Application {number}") for number in (1, 2, 3))
    stood_on = f"http://testserver/review/{first.pk}/?kind=invoice"
    headers = HTMX | {"HX-Target": "record", "HX-Current-URL": stood_on}

    answer = as_(ada).post(f"/review/{first.pk}/accept/", {"seen": digest_of(first)}, headers=headers)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert answer["HX-Push-Url"] == f"/review/{second.pk}/?kind=invoice"
    assert "<title>Application 2 " in page
    assert f'hx-get="/review/{second.pk}/"' in page, "it is followed by its own address"
    assert f'href="/review/{third.pk}/?kind=invoice"' in page
    assert "Application 1 is accepted" in page
    first.refresh_from_db()
    assert first.status == Status.EXPORTING


def test_after_the_last_decision_the_inbox_opens(as_: SignIn, ada: Membership, sent_invoice: ErpItem) -> None:
    answer = as_(ada).post(f"/review/{sent_invoice.pk}/reject/", {"comment": "Wrong period."})

    assert answer["Location"] == "/inbox/"


def test_who_sends_from_the_page_of_the_record_stays_there(as_: SignIn, max_pm: Membership, invoice: ErpItem) -> None:
    answer = as_(max_pm).post(
        f"/review/{invoice.pk}/send/", headers={"Referer": "http://testserver/invoices/3/?tab=lines"}
    )

    assert answer["Location"] == "/invoices/3/?tab=lines"


def test_who_sends_is_told_whether_an_approver_has_it_or_quickbooks_gets_it(
    as_: SignIn, max_pm: Membership, invoice: ErpItem
) -> None:
    browser, address = as_(max_pm), f"/review/{invoice.pk}/send/"
    assert f"{invoice.label} is with accounting." in browser.post(address, follow=True).content.decode()
    browser.post(f"/review/{invoice.pk}/retrieve/")
    ExportPolicy.objects.create(company=invoice.company, kind=invoice.kind, direct_export=True)
    page = browser.post(address, follow=True).content.decode()
    assert f"{invoice.label} goes to QuickBooks without an approver: Direct Export is on for it." in page


def test_nobody_is_sent_to_another_site_by_a_forged_referer(as_: SignIn, max_pm: Membership, invoice: ErpItem) -> None:
    answer = as_(max_pm).post(f"/review/{invoice.pk}/send/", headers={"Referer": "https://evil.example/x"})

    assert answer["Location"] == f"/review/{invoice.pk}/"


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_the_second_to_decide_stays_on_the_record_and_reads_why(
    as_: SignIn, ada: Membership, bea: Membership, sent_invoice: ErpItem, headers: dict[str, str]
) -> None:
    seen = digest_of(sent_invoice)
    operations.reject(sent_invoice, by=bea, comment="Wrong period.")

    answer = as_(ada).post(f"/review/{sent_invoice.pk}/accept/", {"seen": seen}, headers=headers)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert answer["HX-Push-Url"] == f"/review/{sent_invoice.pk}/"
    assert "Application 3 has nothing to decide" in page or "cannot be accepted" in page
    assert 'id="record"' in page
    assert "Wrong period." in page
    assert "/accept/" not in page


def test_a_record_that_changed_since_it_was_read_is_not_accepted(
    as_: SignIn, ada: Membership, sent_invoice: ErpItem
) -> None:
    answer = as_(ada).post(f"/review/{sent_invoice.pk}/accept/", {"seen": "an old digest"})

    assert answer.status_code == 409
    assert "has changed since you opened it" in answer.content.decode()
    assert ErpItem.objects.get(pk=sent_invoice.pk).status == "sent"


def test_what_a_check_stops_has_a_button_that_says_why_and_no_form_to_accept(
    as_: SignIn, ada: Membership, sent_invoice: ErpItem, paper: PaperLedger
) -> None:
    browser, form = as_(ada), f'action="/review/{sent_invoice.pk}/accept/"'
    drawn = browser.get(f"/review/{sent_invoice.pk}/").content.decode()
    paper.stops.append(Check("stop", "No W-9 of Ace is noted.", "/vendors/", who="administrator"))
    page = browser.get(f"/review/{sent_invoice.pk}/").content.decode()

    assert (form in drawn, form in page) == (True, False)
    button = page.partition('aria-describedby="why-accept"')[2].partition("</span></span>")[0]
    assert 'data-key="a"' in button
    assert 'id="why-accept" role="tooltip">No W-9 of Ace is noted.' in button
    told = "No W-9 of Ace is noted. Who can fix it: Administrator. <a href="
    assert f'<p class="why-line">{told}"/vendors/">' in page
    assert f"<span>{told}" in page.partition('<ul class="checks">')[2]


def test_a_check_says_you_to_who_may_cure_it_himself_and_of_the_kind_that_is_meant(
    as_: SignIn, ada: Membership, sent_invoice: ErpItem, paper: PaperLedger
) -> None:
    paper.stops += [
        Check("look", "The names are old.", who="approver"),
        Check("wait", "The vendor is not accepted yet.", who="approver", of="vendor"),
        Check("look", "The date is early."),
    ]
    page = as_(ada).get(f"/review/{sent_invoice.pk}/").content.decode().partition('<ul class="checks">')[2]

    said = [one.partition("</span>")[0] for one in page.split("<span>")[1:4]]
    assert said == [
        "The names are old. Who can fix it: You.",
        "The vendor is not accepted yet. Who can fix it: Approver.",
        "The date is early.",
    ]


def test_a_check_that_stops_it_since_the_page_was_drawn_is_the_servers_to_say(
    as_: SignIn, ada: Membership, sent_invoice: ErpItem, paper: PaperLedger
) -> None:
    paper.stops.append(Check("stop", "No W-9 of Ace is noted.", "/vendors/"))
    answer = as_(ada).post(f"/review/{sent_invoice.pk}/accept/", {"seen": digest_of(sent_invoice)})

    assert answer.status_code == 409
    assert "No W-9 of Ace is noted." in answer.content.decode().partition("data-refusal")[2].partition("</div>")[0]
    sent_invoice.refresh_from_db()
    assert sent_invoice.status == Status.SENT


def test_a_rejection_without_a_reason_is_refused_in_place(as_: SignIn, ada: Membership, sent_invoice: ErpItem) -> None:
    answer = as_(ada).post(f"/review/{sent_invoice.pk}/reject/", {"comment": " "}, headers=HTMX)

    assert answer.status_code == 422
    assert "data-refusal" in answer.content.decode()
    assert answer.content.decode().count("Say why you reject it") == 1, "said twice"


def test_a_fragment_of_somebody_signed_out_sends_the_whole_page_to_sign_in(client: Client) -> None:
    answer = client.get("/inbox/", headers=HTMX | {"HX-Current-URL": "http://testserver/review/7/"})

    assert answer["HX-Redirect"] == "/sign-in/?next=/review/7/"


def test_a_decided_row_asks_on_until_its_export_has_come_to_an_end(
    as_: SignIn, ada: Membership, accepted_invoice: ErpItem
) -> None:
    browser, address = as_(ada), f"/inbox/rows/?of={accepted_invoice.pk}"
    row = browser.get(address, headers=HTMX).content.decode()
    assert "Exporting" in row
    assert "data-follow" in row
    ErpItem.objects.filter(pk=accepted_invoice.pk).update(status="synced", synced_revision=1)
    row = browser.get(address, headers=HTMX).content.decode()
    assert "Synced" in row
    assert "data-follow" not in row


def test_the_file_of_a_view_has_its_rows_and_no_formula(
    as_: SignIn, ada: Membership, max_pm: Membership, paper: PaperLedger
) -> None:
    sent(max_pm, "  =HYPERLINK(1)")
    new_invoice(max_pm, "Not sent")

    answer: Any = as_(ada).get("/inbox/file.csv?view=ready_to_export")

    rows = list(csv.reader(answer.getvalue().decode("utf-8-sig").splitlines()))
    assert [row[2] for row in rows] == ["Name", "'  =HYPERLINK(1)"]
    assert Decimal(rows[1][4]) == Decimal("27405.00")
    assert answer["Content-Disposition"].startswith('attachment; filename="inbox-ready_to_export-')


def test_the_file_of_an_evening_is_called_by_the_date_of_the_company_s_place(as_: SignIn, ada: Membership) -> None:
    with time_machine.travel("2026-12-01 01:30Z", tick=False):  # 20:30 in New York
        answer = as_(ada).get("/inbox/file.csv?view=ready_to_export")

    assert answer["Content-Disposition"] == 'attachment; filename="inbox-ready_to_export-2026-11-30.csv"'


@pytest.mark.parametrize("view", ["%0aX", "a%22b", "%D0%9F"])
def test_the_file_of_a_view_that_there_is_not_has_a_name_too(as_: SignIn, ada: Membership, view: str) -> None:
    answer = as_(ada).get(f"/inbox/file.csv?view={view}")

    assert answer["Content-Disposition"].startswith('attachment; filename="inbox-')


def test_a_waiting_record_shows_what_its_posting_would_be_today(
    as_: SignIn, ada: Membership, accepted_invoice: ErpItem, paper: PaperLedger
) -> None:
    browser, page, api = as_(ada), f"/review/{accepted_invoice.pk}/", f"/api/v1/items/{accepted_invoice.pk}/"
    assert "Made today, it would be different" not in browser.get(page).content.decode()
    assert browser.get(api).json()["today"] == []
    paper.terms = "Net 45"
    assert "Made today, it would be different" in browser.get(page).content.decode()
    assert browser.get(api).json()["today"] == [{"label": "Terms", "before": "", "after": "Net 45"}]


def test_the_journal_is_read_newest_first_and_checked_on_demand(
    as_: SignIn, ada: Membership, sent_invoice: ErpItem
) -> None:
    browser = as_(ada)

    assert "Application 3" in browser.get("/journal/").content.decode()
    assert "Every row is as it was written" in browser.get("/journal/?verify=1").content.decode()


def test_a_forged_row_of_the_journal_is_named(as_: SignIn, ada: Membership, sent_invoice: ErpItem) -> None:
    head = sent_invoice.company.journal_head
    head.sequence = 5
    head.save()

    assert "The journal ends at row 1, but 5 were written." in as_(ada).get("/journal/?verify=1").content.decode()
    with pytest.raises(CommandError, match="does not hold in 1 of 1"):
        call_command("verify_journal", company="harbor-row")


def test_the_command_says_that_every_row_holds(sent_invoice: ErpItem, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("verify_journal")

    assert capsys.readouterr().out == "harbor-row: every row holds.\n"
    assert Event.objects.count() == 1


def test_the_command_names_a_company_that_does_not_exist(db: None) -> None:
    with pytest.raises(CommandError, match="no company with the short name nowhere"):
        call_command("verify_journal", company="nowhere")


def test_without_javascript_the_posting_is_shown_with_other_choices(
    as_: SignIn, ada: Membership, sent_invoice: ErpItem, paper: PaperLedger
) -> None:
    paper.choices.append(Choice("income_account", "Income account", [("79", "Jobs"), ("80", "Other")], initial="79"))
    browser = as_(ada)

    answer = browser.post(
        f"/review/{sent_invoice.pk}/choices/", {"income_account": "80", "seen": digest_of(sent_invoice), "total": "1"}
    )

    assert answer["Location"] == f"/review/{sent_invoice.pk}/?income_account=80"
    assert '<option value="80" selected>' in browser.get(answer["Location"]).content.decode()
    sent_invoice.refresh_from_db()
    assert sent_invoice.status == Status.SENT


def test_home_speaks_of_no_money_where_the_records_have_none(
    as_: SignIn, ada: Membership, sent_invoice: ErpItem
) -> None:
    ErpItem.objects.update(amount=None)

    page = as_(ada).get("/").content.decode()

    assert "1 record waits for your decision" in page
    assert "0.00" not in page
    assert "in all" not in page


def test_the_menu_counts_what_failed(as_: SignIn, ada: Membership, sent_invoice: ErpItem) -> None:
    ErpItem.objects.update(status=Status.FAILED)

    page = as_(ada).get("/inbox/?view=failed")

    entries = dict(page.context["nav"]["items"])[""]
    assert entries[1:] == [
        ("Inbox", "/inbox/", 0, False),
        ("Failed", "/inbox/?view=failed", 1, True),
        ("Held up", "/held-up/", None, False),
    ]


def test_an_invoice_contact_is_offered_no_search_and_no_figures(as_: SignIn, sent_invoice: ErpItem) -> None:
    ian = member(sent_invoice.company, "Ian", Role.INVOICE_CONTACT)

    page = as_(ian).get("/")

    assert 'role="search"' not in page.content.decode()
    assert "views" not in page.context


def test_the_journal_says_what_was_done(as_: SignIn, ada: Membership, sent_invoice: ErpItem) -> None:
    assert "Sent to accounting" in as_(ada).get("/journal/").content.decode()
