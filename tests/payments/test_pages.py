"""The pages and the API of payments issued: what company people see, what a contact sees, notes and files."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from commitments.models import Commitment
from invoices.models import Invoice, InvoiceFile, InvoiceStatus, Payment, PaymentState
from invoices.payment_operations import attach
from invoices.payment_sections import payments_of_commitment, payments_of_invoice
from invoices.payments import LedgerPayment, absorb_payments, change_books
from procore_sync.accounts.models import Membership
from procore_sync.help.first_steps import first_steps_of
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from tests.payments.rows import make_invoice, paid
from tests.projects.conftest import SignIn
from tests.scenes import kept

PDF = b"%PDF-1.4 waiver"


@pytest.fixture
@kept
def check(invoice: Invoice, second: Invoice) -> Payment:
    """A check of 1,000.00 over both invoices, 850.00 of it money: 900.00 and 100.00."""
    given = {invoice: "900.00", second: "100.00"}
    absorb_payments(
        invoice.company_id,
        [paid("7", applied=given, total=Decimal("850.00"), credits=Decimal("150.00"), memo="private memo")],
    )
    return Payment.objects.get(invoice=invoice)


@pytest.fixture
@kept
def contact(ian: Membership, subcontract: Commitment) -> Membership:
    """Ian, who bills the subcontract."""
    subcontract.invoice_contacts.add(ian)
    return ian


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_the_first_steps_of_a_contact_say_what_his_page_says(
    sign_in: SignIn, contact: Membership, invoice: Invoice, second: Invoice
) -> None:
    def done() -> dict[str, bool]:
        return {step.title: step.is_done for step in first_steps_of(contact)}

    Invoice.objects.update(status="under_review")
    assert (done()["Have it approved"], done()["See it paid"]) == (False, False)
    Invoice.objects.filter(pk=invoice.pk).update(status="approved")
    absorb_payments(invoice.company_id, [paid("7", applied={invoice: "900.00"})])

    assert "Nothing was paid yet" not in page(sign_in(contact), "/")
    assert (done()["Have it approved"], done()["See it paid"]) == (True, True)
    absorb_payments(invoice.company_id, [LedgerPayment("7", PaymentState.DELETED)])
    assert not done()["See it paid"]


def test_the_list_says_who_was_paid_what_and_what_counts(
    sign_in: SignIn, vic: Membership, check: Payment, max_pm: Membership
) -> None:
    other = make_invoice(max_pm)
    absorb_payments(vic.company_id, [paid("8", applied={other: "55.00"}), paid("9", applied={other: "44.00"})])
    absorb_payments(vic.company_id, [LedgerPayment("9", PaymentState.DELETED)])
    shown = page(sign_in(vic), "/payments/")
    assert "1,055.00 paid" in shown
    assert "<del>44.00</del>" in shown
    assert "Deleted in QuickBooks" in shown
    assert "By vendor" in shown


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ("", 3),
        ("q=107", 2),
        ("q=APP-2", 1),
        ("method=electronic", 1),
        ("state=voided", 0),
        ("from_day=2026-11-21", 3),
        ("to_day=2026-11-20", 0),
    ],
)
def test_it_is_narrowed_alike_as_a_page_a_file_and_by_the_api(
    sign_in: SignIn, vic: Membership, check: Payment, max_pm: Membership, asked: str, count: int
) -> None:
    absorb_payments(
        vic.company_id, [paid("8", applied={make_invoice(max_pm): "5.00"}, method="electronic", number="EFT")]
    )
    client = sign_in(vic)
    assert page(client, f"/payments/?{asked}").count("<tr data-row>") == count
    assert len(page(client, f"/payments.csv?{asked}").strip().splitlines()) == count + 1
    assert len(client.get(f"/api/v1/payments/?{asked}").json()["results"]) == count


@pytest.mark.parametrize("asked", ["vendor=none", "from_day=2026-13-01", "to_day=12/11/2026", "state=gone"])
@pytest.mark.parametrize("address", ["/payments/", "/payments.csv", "/api/v1/payments/"])
def test_what_cannot_be_asked_for_is_not_answered_with_every_payment(
    sign_in: SignIn, vic: Membership, check: Payment, address: str, asked: str
) -> None:
    answer = sign_in(vic).get(f"{address}?{asked}")

    assert (answer.status_code, "107" in answer.content.decode()) == (422, False)


def test_by_project_vendor_commitment_and_invoice(
    sign_in: SignIn, vic: Membership, check: Payment, max_pm: Membership
) -> None:
    other = make_invoice(max_pm)
    absorb_payments(vic.company_id, [paid("8", applied={other: "5.00"})])
    commitment = check.invoice.commitment
    asked = {"project": commitment.project_id, "vendor": commitment.vendor_id, "commitment": commitment.pk}
    client = sign_in(vic)
    for name, value in asked.items():
        assert page(client, f"/payments/?{name}={value}").count("<tr data-row>") == 2, name
    assert page(client, f"/payments/?invoice={check.invoice_id}").count("<tr data-row>") == 1


def test_a_payment_explains_credits_and_shows_what_else_it_pays(
    sign_in: SignIn, vic: Membership, check: Payment, second: Invoice
) -> None:
    shown = page(sign_in(vic), f"/payments/{check.pk}/")
    for words in (
        f'900.00 for <a href="/invoices/{check.invoice_id}/">invoice APP-1</a>',
        "which is paid",
        "850.00",
        "150.00",
        "a discount is usually such a credit",
    ):
        assert words in shown
    assert "The same payment also pays" in shown
    assert second.number in shown
    assert "Save note" not in shown


def test_what_was_taken_back_says_so(sign_in: SignIn, vic: Membership, check: Payment) -> None:
    absorb_payments(vic.company_id, [LedgerPayment("7", PaymentState.DELETED)])
    shown = page(sign_in(vic), f"/payments/{check.pk}/")
    assert "It was 900.00 and no longer counts" in shown
    assert "which is unpaid" in shown


# -- the contact -------------------------------------------------------------------------------------------------------


def test_a_contact_sees_his_own_payments_and_not_the_companys_words(
    sign_in: SignIn, contact: Membership, check: Payment, max_pm: Membership
) -> None:
    other = make_invoice(max_pm)
    absorb_payments(contact.company_id, [paid("8", applied={other: "77.00"})])
    Payment.objects.update(note="our note")
    client = sign_in(contact)
    listed = page(client, "/payments/")
    assert "1,000.00 paid" in listed
    assert "77.00" not in listed
    assert other.commitment.project.name not in listed
    shown = page(client, f"/payments/{check.pk}/")
    for word in ("private memo", "our note", "850.00", "Open in QuickBooks", "Note and files"):
        assert word not in shown
    hidden = Payment.objects.get(invoice=other)
    assert client.get(f"/payments/{hidden.pk}/").status_code == 404
    assert client.get(f"/api/v1/payments/{hidden.pk}/").status_code == 404
    assert page(client, "/payments.csv").count("\n") == 3


def test_the_api_tells_a_contact_no_more_than_the_page(
    sign_in: SignIn, contact: Membership, check: Payment, vic: Membership
) -> None:
    Payment.objects.update(note="our note")
    told = sign_in(contact).get(f"/api/v1/payments/{check.pk}/").json()
    assert (told["amount"], told["memo"], told["note"], told["total"]) == ("900.00", "", "", None)
    inside = sign_in(vic).get(f"/api/v1/payments/{check.pk}/").json()
    assert (inside["memo"], inside["note"], inside["total"], inside["bills"]) == (
        "private memo",
        "our note",
        "850.00",
        2,
    )


def test_a_file_of_whole_payments_tells_a_contact_nothing_of_the_whole(
    sign_in: SignIn, contact: Membership, check: Payment
) -> None:
    told = page(sign_in(contact), "/payments.csv")
    assert "900.00" in told
    assert "850.00" not in told


# -- notes and files ---------------------------------------------------------------------------------------------------


def test_a_note_that_is_refused_is_still_there_to_be_changed(
    sign_in: SignIn, max_pm: Membership, check: Payment
) -> None:
    client, address = sign_in(max_pm), f"/payments/{check.pk}/"
    long = client.post(address, {"note": "Lien waiver " * 400})
    assert (long.status_code, "4,000 is the limit" in long.content.decode()) == (422, True)
    assert "Lien waiver Lien waiver" in long.content.decode()

    seen = client.get(address).context["note_form"]["seen"].value()
    assert client.post(address, {"note": "Waiver is in.", "seen": seen}).status_code == 302
    older = client.post(address, {"note": "Waiver is missing.", "seen": seen})
    assert (older.status_code, "was saved by somebody else" in older.content.decode()) == (409, True)
    assert "Waiver is missing." in older.content.decode()
    assert Payment.objects.get(pk=check.pk).note == "Waiver is in."


def test_a_note_is_kept_by_who_may_edit(sign_in: SignIn, max_pm: Membership, check: Payment, ada: Membership) -> None:
    client = sign_in(max_pm)
    assert client.post(f"/payments/{check.pk}/", {"note": " Lien waiver is in. "}).status_code == 302
    assert Payment.objects.get(pk=check.pk).note == "Lien waiver is in."
    assert client.patch(f"/api/v1/payments/{check.pk}/", {"note": "x" * 4001}, "application/json").status_code == 422
    answer = client.patch(f"/api/v1/payments/{check.pk}/", {"note": "Both."}, "application/json")
    assert answer.json()["note"] == "Both."
    assert sign_in(ada).post(f"/payments/{check.pk}/", {"note": "no"}).status_code == 403
    assert Payment.objects.get(pk=check.pk).note == "Both."


def test_files_are_kept_given_back_and_removed(sign_in: SignIn, max_pm: Membership, check: Payment) -> None:
    client = sign_in(max_pm)
    address = f"/payments/{check.pk}/attach/"
    client.post(address, {"file": SimpleUploadedFile("waiver.pdf", PDF)})
    kept = InvoiceFile.objects.get(payment=check)
    assert kept.invoice_id == check.invoice_id
    assert "waiver.pdf" in page(client, f"/payments/{check.pk}/")
    answer = client.get(f"/payments/{check.pk}/files/{kept.pk}/")
    assert (answer.content, answer["Content-Type"]) == (PDF, "application/pdf")
    assert answer["Content-Disposition"].startswith("attachment")
    assert client.post(address, {"file": SimpleUploadedFile("run.exe", b"MZ")}).status_code == 422
    assert client.post(address).status_code == 422
    client.post(f"/payments/{check.pk}/files/{kept.pk}/remove/")
    assert not InvoiceFile.objects.exists()


def test_files_have_a_limit_and_need_a_right(check: Payment, max_pm: Membership, contact: Membership) -> None:
    for at in range(20):
        attach(check, SimpleUploadedFile(f"{at}.pdf", PDF), by=max_pm)
    with pytest.raises(InvalidInput, match="limit"):
        attach(check, SimpleUploadedFile("one.pdf", PDF), by=max_pm)
    with pytest.raises(NotAllowed):
        attach(check, SimpleUploadedFile("one.pdf", PDF), by=contact)


def test_the_api_keeps_gives_back_and_removes_files_as_the_page_does(
    sign_in: SignIn, max_pm: Membership, vic: Membership, contact: Membership, olga: Membership, check: Payment
) -> None:
    client, address = sign_in(max_pm), f"/api/v1/payments/{check.pk}/files/"
    kept = client.post(f"{address}new/", {"file": SimpleUploadedFile("waiver.pdf", PDF)})
    assert (kept.status_code, kept.json()["name"], kept.json()["size"]) == (201, "waiver.pdf", len(PDF))
    one = f"{address}{kept.json()['id']}/"
    assert client.post(f"{address}new/", {"file": SimpleUploadedFile("run.exe", b"MZ")}).status_code == 422
    assert client.post(f"{address}new/", {"fil": SimpleUploadedFile("waiver.pdf", PDF)}).status_code == 422

    viewer = sign_in(vic)
    assert [told["id"] for told in viewer.get(address).json()] == [kept.json()["id"]]
    answer = viewer.get(one)
    assert (answer.content, answer["Content-Disposition"]) == (PDF, 'attachment; filename="waiver.pdf"')
    assert (viewer.delete(one).status_code, sign_in(contact).get(one).status_code) == (403, 403)
    assert (sign_in(olga).get(address).status_code, sign_in(olga).delete(one).status_code) == (404, 404)
    assert (client.delete(one).status_code, client.get(address).json(), client.delete(one).status_code) == (
        204,
        [],
        404,
    )


def test_a_file_of_the_invoice_is_none_of_the_payment(sign_in: SignIn, max_pm: Membership, check: Payment) -> None:
    of_invoice = InvoiceFile.objects.create(
        invoice_id=check.invoice_id, name="a.pdf", size=1, content=b"x", added_by=max_pm
    )
    client, one = sign_in(max_pm), f"/api/v1/payments/{check.pk}/files/{of_invoice.pk}/"
    assert (client.get(one).status_code, client.delete(one).status_code) == (404, 404)
    assert InvoiceFile.objects.filter(pk=of_invoice.pk).exists()


def test_the_api_saves_no_note_over_what_somebody_else_wrote_meanwhile(
    sign_in: SignIn, max_pm: Membership, contact: Membership, check: Payment
) -> None:
    client, address = sign_in(max_pm), f"/api/v1/payments/{check.pk}/"
    read = client.get(address).json()
    assert client.patch(address, {"note": "Mine.", "seen": read["seen"]}, "application/json").status_code == 200
    late = client.patch(address, {"note": "Late.", "seen": read["seen"]}, "application/json")
    assert (late.status_code, Payment.objects.get(pk=check.pk).note) == (409, "Mine.")
    assert sign_in(contact).get(address).json()["seen"] == ""


# -- sections ----------------------------------------------------------------------------------------------------------


def test_the_commitments_page_shows_each_invoice_and_what_is_paid(
    sign_in: SignIn, vic: Membership, check: Payment, subcontract: Commitment
) -> None:
    shown = page(sign_in(vic), f"/commitments/{subcontract.pk}/")
    section = shown.partition('id="payments"')[2].partition("</section>")[0]
    assert "Payments issued" in section
    assert section.count("Partially paid") == 2
    assert re.findall(r"(?:900|500)\.00</td>.*?>(0|400)\.00</td>", section) == ["0", "400"]


def test_a_section_is_for_who_sees_the_invoice(
    check: Payment, vic: Membership, olga: Membership, subcontract: Commitment, invoice: Invoice
) -> None:
    assert payments_of_commitment(subcontract, olga) is None
    assert payments_of_invoice(invoice, olga) is None
    section = payments_of_invoice(invoice, vic)
    assert section is not None
    assert [one.pk for one in section.content.payments] == [check.pk]


def test_a_draft_is_not_to_be_paid_and_what_was_paid_all_the_same_is_shown(
    subcontract: Commitment, vic: Membership, invoice: Invoice
) -> None:
    Invoice.objects.update(status="draft")
    assert payments_of_invoice(invoice, vic) is None
    absorb_payments(vic.company_id, [paid("7", applied={invoice: "1.00"})])
    assert payments_of_invoice(invoice, vic) is not None


def test_a_contact_is_not_told_of_other_bills_of_a_payment(
    check: Payment, contact: Membership, vic: Membership, invoice: Invoice
) -> None:
    shown = {
        member: render_to_string(found.template, {"section": found.content})
        for member in (contact, vic)
        if (found := payments_of_invoice(invoice, member))
    }
    assert "for 2 bills" in shown[vic]
    assert "for 2 bills" not in shown[contact]


def test_before_it_is_invoiced_a_commitment_says_nothing_of_payments(subcontract: Commitment, vic: Membership) -> None:
    assert payments_of_commitment(subcontract, vic) is None


def test_a_long_list_takes_no_more_queries(
    sign_in: SignIn,
    vic: Membership,
    invoice: Invoice,
    second: Invoice,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    absorb_payments(vic.company_id, [paid(str(at), applied={invoice: "1.00", second: "1.00"}) for at in range(40)])
    client = sign_in(vic)
    with django_assert_max_num_queries(24):
        page(client, "/payments/")
    with django_assert_num_queries(5):
        payments_of_commitment(invoice.commitment, vic)


def test_what_was_read_of_books_that_were_left_is_not_said_to_be_taken_off_its_bill(
    sign_in: SignIn, vic: Membership, check: Payment
) -> None:
    change_books(vic.company_id, "9341452000000001", "9341452000000002")

    assert "Of a QuickBooks company that was left" in page(sign_in(vic), "/payments/")
    shown = page(sign_in(vic), f"/payments/{check.pk}/")
    assert "Of a QuickBooks company that was left" in shown
    assert "Taken off this bill" not in shown


def test_a_void_invoice_whose_payment_was_voided_is_no_open_amount_of_the_commitment(
    max_pm: Membership, subcontract: Commitment, invoice: Invoice, second: Invoice
) -> None:
    absorb_payments(invoice.company_id, [paid("7", applied={invoice: "900.00"})])
    absorb_payments(invoice.company_id, [paid("7", 1, state=PaymentState.VOIDED)])
    Invoice.objects.filter(pk=invoice.pk).update(status=InvoiceStatus.VOID)

    section = payments_of_commitment(subcontract, max_pm)

    assert section
    whole = section.content
    assert [one.invoice for one in whole.invoices] == [second]
    assert (whole.settled.owed, whole.settled.open) == (500, 500)
    assert [row.state for row in whole.payments] == [PaymentState.VOIDED]


def test_the_page_of_a_void_invoice_shows_its_voided_payment_and_calls_nothing_paid(
    sign_in: SignIn, max_pm: Membership, invoice: Invoice
) -> None:
    absorb_payments(invoice.company_id, [paid("7", applied={invoice: "900.00"})])
    absorb_payments(invoice.company_id, [paid("7", 1, state=PaymentState.VOIDED)])
    Invoice.objects.filter(pk=invoice.pk).update(status=InvoiceStatus.VOID)
    client = sign_in(max_pm)
    for address in (f"/invoices/{invoice.pk}/", f"/commitments/{invoice.commitment_id}/"):
        shown = page(client, address).partition('id="payments"')[2].partition("</section>")[0]
        assert "Voided" in shown
        assert "status good" not in shown
        assert "900.00" not in shown
