"""The pages of applications: the list, the G703, billing on a phone without JavaScript, the review, the print."""

from __future__ import annotations

import re
from decimal import Decimal as D

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from commitments.models import Commitment
from invoices.lines import summaries_of, summary_of
from invoices.models import Invoice, InvoiceFile, InvoiceLine, InvoiceStatus, RetainageStep, Verdict
from invoices.operations import create_invoice, submit_invoice
from invoices.review import LineVerdict, return_invoice, review_lines
from procore_sync.acceptance.many import work_off
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Membership, User
from projects.models import Project
from tests.factories import change_line, make_change_order, synced
from tests.invoices.conftest import again, apply_for, bills, figures_of, save
from tests.projects.conftest import SignIn
from vendors.models import Vendor


@pytest.fixture
def client(max_pm: Membership, sign_in: SignIn) -> Client:
    """Max's browser."""
    return sign_in(max_pm)


@pytest.fixture
def phone(ian: Membership, sign_in: SignIn) -> Client:
    """Ian's browser."""
    return sign_in(ian)


def head(invoice: Invoice, **more: str) -> dict[str, str]:
    """What the browser sends of the head."""
    now = again(invoice)
    return {
        "seen": str(now.edition),
        "number": now.number,
        "billed_on": now.billed_on.isoformat(),
        "starts_on": now.starts_on.isoformat(),
        "ends_on": now.ends_on.isoformat(),
        "due_on": now.due_on.isoformat() if now.due_on else "",
        "type": now.type,
        "note": now.note,
        **more,
    }


# -- the list ------------------------------------------------------------------------------------------------------


def test_the_list_is_narrowed_and_comes_to_sums(client: Client, subcontract: Commitment, max_pm: Membership) -> None:
    first = apply_for(subcontract, bills("1", "500.00"), by=max_pm)
    second = apply_for(subcontract, bills("1", "-100.00", released="5.00"), by=max_pm)

    page = client.get("/invoices/").content.decode()
    assert first.number in page
    assert "\N{MINUS SIGN}85.00" in page
    assert "365.00" in page
    narrowed = client.get(
        "/invoices/", {"q": str(second.number), "stands": "approved", "commitment": str(subcontract.pk)}
    )
    assert [one for one, *_ in narrowed.context["rows"]] == [second]
    assert "No invoice fits" in client.get("/invoices/", {"stands": "void"}).content.decode()
    assert client.get("/invoices/", {"stands": "gone"}).status_code == 422


def test_the_list_asks_as_often_for_many_as_for_one(
    client: Client, subcontract: Commitment, max_pm: Membership
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/invoices/")
        return len(queries)

    apply_for(subcontract, bills("1", "5.00"), by=max_pm)
    once = asked()
    for _ in range(3):
        apply_for(subcontract, bills("1", "5.00"), by=max_pm)
    assert asked() == once


def test_many_are_sent_at_once(client: Client, approved: Invoice, subcontract: Commitment, max_pm: Membership) -> None:
    draft = create_invoice(subcontract, by=max_pm)
    asked = client.post("/invoices/send/", {"invoice": [approved.pk, draft.pk, "x"]})
    work_off()  # what a busy machine has left to the worker
    page = client.get(asked.headers["Location"]).content.decode()
    assert "The invoice is a draft." in page
    assert again(approved).erp.status == Status.SENT
    assert "Nothing was chosen" in client.post("/invoices/send/", follow=True).content.decode()


def test_an_application_of_900_lines_is_saved_in_its_form(client: Client, draft: Invoice) -> None:
    """Change orders add lines beyond the 500 of a commitment; a form of 715 lines had too many fields to be taken."""
    page = client.get(f"/invoices/{draft.pk}/edit/").content.decode()
    cells = re.findall(r'name="line-1-([^"]+)"', page)
    sent = {f"line-{place}-{cell}": "" for place in range(1, 901) for cell in cells}
    assert len(sent) > 5000

    answer = client.post(f"/invoices/{draft.pk}/edit/", {**sent, **head(draft), "line-1-completed": "10.00"})
    assert answer.headers.get("Location") == f"/invoices/{draft.pk}/"
    assert figures_of(draft)["1"][2] == "10.00"


def test_applications_of_a_commitment_are_added_up_by_the_database(
    client: Client, subcontract: Commitment, max_pm: Membership
) -> None:
    """Every line of every application before was read for the list below one: 12,000 of 24 with 500 lines."""
    change = synced(make_change_order(max_pm, subcontract, lines=[change_line("300.00", subcontract.lines.first())]))
    first = apply_for(subcontract, bills("1", "100.10", stored="50.05"), bills("2", "33.33"), by=max_pm)
    second = apply_for(subcontract, bills(f"C{change.sequence}.1", "20.02", released="1.01"), by=max_pm)
    third = create_invoice(subcontract, by=max_pm)
    InvoiceLine.objects.filter(invoice=third).delete()
    of_one = {one.pk: summary_of(list(one.lines.all())) for one in (first, second, third)}

    with CaptureQueriesContext(connection) as queries:
        assert summaries_of([first, second, third]) == of_one
    assert len(queries) == 1
    assert "0.00" not in {str(of_one[second.pk].changes), str(of_one[second.pk].held)}

    with CaptureQueriesContext(connection) as queries:
        page = client.get(f"/commitments/{subcontract.pk}/")
    assert [one["sql"] for one in queries if 'invoices_invoiceline"."reason"' in one["sql"]] == []
    assert "183.48" in page.content.decode()


# -- one application -----------------------------------------------------------------------------------------------


def test_the_page_shows_g702_g703_and_how_the_retainage_rolls(
    client: Client, subcontract: Commitment, max_pm: Membership
) -> None:
    apply_for(subcontract, bills("1", "500.00"), by=max_pm)
    second = apply_for(subcontract, bills("1", "250.00", released="20.00"), by=max_pm)

    page = client.get(f"/invoices/{second.pk}/").content.decode()

    for words in ("8. Current payment due", "245.00", "Held before", "55.00", "is what is held after", "Other applic"):
        assert words in page
    assert f"/review/{second.erp_id}/send/" in page


def test_a_contact_sees_his_own_without_anything_of_accounting(
    phone: Client, submitted: Invoice, subcontract: Commitment
) -> None:
    page = phone.get(f"/invoices/{submitted.pk}/").content.decode()
    assert "Under review" in page
    for words in ("State in accounting", "History", "/commitments/", "/vendors/", "Make void", "Approve as"):
        assert words not in page.partition("<main")[2]
    subcontract.invoice_contacts.clear()
    assert phone.get(f"/invoices/{submitted.pk}/").status_code == 404


# -- to begin and to bill it ---------------------------------------------------------------------------------------


def test_a_contact_bills_without_javascript(phone: Client, subcontract: Commitment) -> None:
    address = f"/invoices/new/?commitment={subcontract.pk}"
    assert f"{subcontract.number}-01" in phone.get(address).content.decode()
    form = phone.get(address).context["form"]
    given = {name: form[name].value() or "" for name in ("number", "billed_on", "starts_on", "ends_on")}
    begun = phone.post(address, given)
    made = Invoice.objects.get()
    assert begun.headers["Location"] == f"/invoices/{made.pk}/edit/"

    form_page = phone.get(f"/invoices/{made.pk}/edit/").content.decode()
    assert "line-1-completed" in form_page
    assert "line-1-work_percent" not in form_page
    assert "Vendor credit" not in form_page
    typed = {"line-1-completed": "500", "line-1-stored": "", "line-2-completed": "", "line-2-completed_percent": "50"}
    answer = phone.post(f"/invoices/{made.pk}/edit/", {**head(made), **typed, "submit": "1"})

    assert answer.headers["Location"] == f"/invoices/{made.pk}/"
    assert again(made).status == InvoiceStatus.UNDER_REVIEW
    assert figures_of(made)["1"][2] == "500.00"
    assert figures_of(made)["2"][2] == "125.00"
    assert "It cannot be changed now" in phone.get(f"/invoices/{made.pk}/edit/").content.decode()


def test_what_stands_against_a_new_one_is_said(phone: Client, client: Client, draft: Invoice) -> None:
    address = f"/invoices/new/?commitment={draft.commitment_id}"
    for browser in (phone, client):
        page = browser.get(address).content.decode()
        assert "Application 1 is a draft" in page
        assert "Begin</button>" not in page
        refused = browser.post(address, {**head(draft), "note": "Keep me"})
        assert refused.status_code == 409
        kept = refused.content.decode()
        assert kept.count("Application 1 is a draft") == 1
        assert "Keep me</textarea>" in kept
        assert "Begin</button>" in kept, "it can be pressed again when the draft is out of the way"
    assert client.get("/invoices/new/?commitment=x").status_code == 404


def test_what_is_wrong_stands_in_its_cell_and_nothing_is_lost(phone: Client, draft: Invoice) -> None:
    given = {**head(draft), "line-1-completed": "1000.01", "line-2-completed": "12,5 x", "note": "Keep me"}

    answer = phone.post(f"/invoices/{draft.pk}/edit/", given)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This is not a number" in page
    assert "Keep me" in page
    answer = phone.post(f"/invoices/{draft.pk}/edit/", {**given, "line-2-completed": ""})
    assert "Bill 1,000.00 at most" in answer.content.decode()
    assert 'value="1000.01"' in answer.content.decode()
    assert figures_of(draft)["1"][2] == "0.00"


def test_an_old_form_is_refused_with_a_sentence(client: Client, draft: Invoice) -> None:
    given = {**head(draft), "seen": "7"}
    answer = client.post(f"/invoices/{draft.pk}/edit/", given)
    assert (answer.status_code, "saved by somebody else" in answer.content.decode()) == (409, True)


def test_cells_that_were_not_touched_say_nothing(client: Client, subcontract: Commitment, max_pm: Membership) -> None:
    typed = (bills("1", "333.33", work_retained="1.11"), bills("2", "10.00"))
    made = save(create_invoice(subcontract, by=max_pm), *typed, by=max_pm)
    first, second = (row.shown for row in client.get(f"/invoices/{made.pk}/edit/").context["billing"].rows)
    assert first["completed_percent"] == "33.33"

    given = {f"line-1-{name}": value for name, value in first.items()}
    given |= {f"line-2-{name}": value for name, value in second.items()}
    client.post(f"/invoices/{made.pk}/edit/", {**head(made), **given, "note": "Only this."})

    line = made.lines.get(key="1")
    assert (line.completed, line.work_retained, line.work_percent) == (D("333.33"), D("1.11"), None)
    assert made.lines.get(key="2").work_percent == D(10)
    assert again(made).note == "Only this."


def test_retainage_is_brought_down_by_one_button(client: Client, subcontract: Commitment, max_pm: Membership) -> None:
    made = save(create_invoice(subcontract, by=max_pm), bills("1", "500.00"), by=max_pm)
    page = f"/invoices/{made.pk}/release/"
    assert client.post(page, {"percent": "x", "seen": made.edition}).status_code == 422
    assert {client.post(page, {"percent": "4", "seen": bad}).status_code for bad in ("\u00b2", "9" * 5000, "")} == {409}
    assert client.post(page, {"percent": "4", "seen": made.edition}).status_code == 302
    assert made.lines.get(key="1").released == D("30.00")


def test_the_steps_of_a_sliding_retainage(client: Client, subcontract: Commitment) -> None:
    address = f"/commitments/{subcontract.pk}/retainage/"
    assert "10" in client.get(address).content.decode()
    given = {"steps-0-from_complete": "50", "steps-0-percent": "5", "steps-1-from_complete": "", "steps-1-percent": ""}
    assert client.post(address, given).status_code == 302
    assert [str(one.percent) for one in RetainageStep.objects.all()] == ["5.00"]
    assert 'value="50.00"' in client.get(address).content.decode()
    refused = client.post(address, {**given, "steps-1-percent": "4"})
    assert (refused.status_code, "both percentages" in refused.content.decode()) == (422, True)


def test_steps_of_retainage_from_an_older_page_are_not_saved_over_newer_ones(
    client: Client, subcontract: Commitment
) -> None:
    address = f"/commitments/{subcontract.pk}/retainage/"
    seen = client.get(address).context["seen"]
    first = {"steps-0-from_complete": "50", "steps-0-percent": "5", "seen": seen}
    assert client.post(address, first).status_code == 302
    older = client.post(address, {"steps-0-from_complete": "", "steps-0-percent": "", "seen": seen})
    assert (older.status_code, "was saved by somebody else" in older.content.decode()) == (409, True)
    assert [str(one.percent) for one in RetainageStep.objects.all()] == ["5.00"]
    assert f'name="seen" value="{client.get(address).context["seen"]}"' in client.get(address).content.decode()


# -- the review ----------------------------------------------------------------------------------------------------


def test_what_was_submitted_anew_is_not_approved_from_an_older_page(
    client: Client, submitted: Invoice, max_pm: Membership
) -> None:
    page = f"/invoices/{submitted.pk}/"
    seen = submitted.edition
    shown = client.get(page).content.decode()
    assert shown.count(f'name="seen" value="{seen}"') >= 2
    back = return_invoice(submitted, "Less.", by=max_pm)
    submit_invoice(save(back, bills("1", "900.00"), by=max_pm), by=max_pm)

    for address, said in (("status", {"status": "approved"}), ("return", {"remark": "No."})):
        older = client.post(f"{page}{address}/", {**said, "seen": seen})
        assert (older.status_code, "has changed since you looked at it" in older.content.decode()) == (409, True)
    assert again(submitted).status == InvoiceStatus.UNDER_REVIEW
    now = {"status": "approved", "due_on": "2099-02-28", "seen": again(submitted).edition}
    assert client.post(f"{page}status/", now).status_code == 302


def test_a_review_line_by_line(client: Client, submitted: Invoice) -> None:
    page = client.get(f"/invoices/{submitted.pk}/review/").content.decode()
    assert 'name="line-1-verdict"' in page
    given = {
        "seen": str(submitted.edition),
        "line-1-verdict": "approved",
        "line-1-completed": "250.00",
        "line-1-reason": "Half of it.",
        "line-2-verdict": "approved",
        "finish": "approved_as_noted",
        "remark": "As noted.",
    }
    wrong = client.post(f"/invoices/{submitted.pk}/review/", {**given, "line-1-completed": "2000"})
    assert (wrong.status_code, "Bill 1,000.00 at most" in wrong.content.decode()) == (422, True)

    assert client.post(f"/invoices/{submitted.pk}/review/", given).status_code == 302

    assert again(submitted).status == InvoiceStatus.APPROVED_AS_NOTED
    page = client.get(f"/invoices/{submitted.pk}/").content.decode()
    assert "Half of it." in page
    assert "500.00" in page


def test_a_name_that_ends_in_a_full_stop_gets_no_second_one(client: Client, draft: Invoice, submitted: Invoice) -> None:
    Vendor.objects.update(name="Kestrel Concrete Inc.")
    Project.objects.update(name="Lofts for Gull Co.")
    User.objects.update(name="Ian Kestrel Jr.")
    review = client.get(f"/invoices/{submitted.pk}/review/").content.decode()
    assert "Kestrel Concrete Inc. Submitted by Ian Kestrel Jr.</p>" in review
    assert "Co. " in client.get(f"/invoices/{submitted.pk}/edit/").content.decode()
    for page in ("review", "edit"):
        assert ".." not in re.sub(r"<[^>]*>", "", client.get(f"/invoices/{submitted.pk}/{page}/").content.decode())


def test_a_review_that_is_late_says_whose_saving_came_first_and_keeps_the_verdicts(
    client: Client, submitted: Invoice, alma: Membership
) -> None:
    address = f"/invoices/{submitted.pk}/review/"
    given = {"line-1-verdict": "rejected", "line-1-reason": "Not poured yet.", "seen": submitted.edition}
    review_lines(submitted, [], by=alma)

    late = client.post(address, {**given, "finish": "", "remark": "Half of it."})

    page = late.content.decode()
    assert (late.status_code, "was saved by Alma while you edited it (" in page) == (409, True)
    for words in ("Not poured yet.", "Half of it.", "What you typed stands below."):
        assert words in page, words


def test_what_was_seen_stands_once_in_a_form(client: Client, phone: Client, submitted: Invoice) -> None:
    for browser, page in ((client, "review"), (client, "edit")):
        assert browser.get(f"/invoices/{submitted.pk}/{page}/").content.decode().count('id="id_seen"') == 1


def test_the_buttons_of_the_review(client: Client, submitted: Invoice) -> None:
    here = f"/invoices/{submitted.pk}"
    approval = {"status": "approved", "due_on": "2099-02-31"}
    assert "date" in client.get(f"{here}/").context["approval_form"]["due_on"].as_widget()
    assert client.post(f"{here}/status/", approval).status_code == 422
    assert again(submitted).status == InvoiceStatus.UNDER_REVIEW
    assert client.post(f"{here}/status/", {**approval, "due_on": "2099-02-28"}).status_code == 302
    assert str(again(submitted).due_on) == "2099-02-28"
    asked = client.get(f"{here}/").content.decode().partition("What has to be revised?")[2].partition("</form>")[0]
    assert client.post(f"{here}/return/", {"remark": "Split it."}).status_code == 302
    assert again(submitted).status == InvoiceStatus.REVISE
    told = client.get(f"{here}/").content.decode()
    assert "Split it." in told
    assert "Application 1 goes back to its contacts to be revised." in told
    assert "mail" not in asked, "each contact has chosen whether they are mailed"
    assert client.post(f"{here}/submit/").status_code == 302
    assert client.post(f"{here}/void/").status_code == 302
    assert client.get(f"{here}/review/").status_code == 200


def test_a_correction_page_walks_through_it(client: Client, approved: Invoice) -> None:
    synced(again(approved))
    here = f"/invoices/{approved.pk}/correct/"
    assert client.post(here, {"reason": ""}).status_code == 422
    assert client.post(here, {"reason": "Twice."}).status_code == 302
    assert "Twice." in client.get(here).content.decode()
    assert client.post(f"{here}undo/").status_code == 302
    assert "Begin the correction" in client.get(here).content.decode()


# -- files and print -----------------------------------------------------------------------------------------------


def test_files_go_in_and_out(phone: Client, client: Client, submitted: Invoice) -> None:
    here = f"/invoices/{submitted.pk}/files/"
    assert phone.post(here, {"file": SimpleUploadedFile("waiver.txt", b"Signed.")}).status_code == 302
    assert phone.post(here, {"file": SimpleUploadedFile("a.exe", b"MZ..")}).status_code == 422
    assert client.post(here, {"file": SimpleUploadedFile("note.txt", b"Ours.")}).status_code == 302
    his, ours = InvoiceFile.objects.order_by("pk")
    got = phone.get(f"{here}{ours.pk}/")
    assert (got.content, got.headers["X-Content-Type-Options"]) == (b"Ours.", "nosniff")
    assert phone.post(f"{here}{ours.pk}/remove/").status_code == 403
    assert phone.post(f"{here}{his.pk}/remove/").status_code == 302


def test_who_attaches_or_removes_a_file_stands_before_the_files_again(phone: Client, submitted: Invoice) -> None:
    page = f"/invoices/{submitted.pk}/"
    attached = phone.post(f"{page}files/", {"file": SimpleUploadedFile("waiver.txt", b"Signed.")})
    removed = phone.post(f"{page}files/{InvoiceFile.objects.get().pk}/remove/")

    assert (attached.headers["Location"], removed.headers["Location"]) == (f"{page}#files", f"{page}#files")
    assert 'id="files"' in phone.get(page).content.decode()


def test_what_was_claimed_has_a_total_that_stands_out_where_the_review_gave_less(
    client: Client, submitted: Invoice, max_pm: Membership
) -> None:
    def total() -> str:
        page = client.get(f"/invoices/{submitted.pk}/").content.decode()
        foot = page.partition("Claimed this period")[2].partition("<tfoot>")[2].partition("</tfoot>")[0]
        return str(re.findall(r"<td[^>]*>[^<]*</td>", foot)[-1])

    assert total() == '<td class="num">500.00</td>'
    review_lines(submitted, [LineVerdict("1", Verdict.APPROVED, billing=bills("1", "250.00"))], by=max_pm)
    assert total() == '<td class="num late">500.00</td>'


def test_the_printed_sheets(client: Client, phone: Client, submitted: Invoice) -> None:
    for browser in (client, phone):
        page = browser.get(f"/invoices/{submitted.pk}/print/").content.decode()
        for words in ("Application and certificate for payment", "Continuation sheet", "450.00", "Balance to finish"):
            assert words in page


def test_the_commitment_shows_its_invoices(client: Client, subcontract: Commitment, max_pm: Membership) -> None:
    apply_for(subcontract, bills("1", "500.00"), by=max_pm)
    page = client.get(f"/commitments/{subcontract.pk}/").content.decode()
    for words in ("Open to bill", "750.00", "New invoice", "Retainage held"):
        assert words in page


def test_what_is_open_to_bill_follows_change_orders_that_came_after_the_last_application(
    client: Client, subcontract: Commitment, max_pm: Membership
) -> None:
    def open_to_bill() -> str:
        page = client.get(f"/commitments/{subcontract.pk}/").content.decode()
        return str(re.findall(r"data-label='Open to bill'[^>]*>([^<]*)<", page)[0])

    apply_for(subcontract, bills("1", "500.00"), by=max_pm)
    assert open_to_bill() == "750.00"
    make_change_order(max_pm, subcontract, lines=[change_line("100.00", changes=1), change_line("-30.00", changes=2)])
    assert open_to_bill() == "820.00"
