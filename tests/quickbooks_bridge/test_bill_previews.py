"""What an approver sees of an invoice: the posting, the effect on the contract, twins, and the proofs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from commitments.models import Commitment
from commitments.rules import LineDetails
from invoices.models import Invoice
from procore_sync.acceptance.courier import Check, Choice, Posting, courier
from procore_sync.acceptance.many import accept_many
from procore_sync.acceptance.models import ErpItem, ExportPolicy, Submission, Turn
from procore_sync.acceptance.operations import accept as accept_one
from procore_sync.acceptance.operations import send
from procore_sync.acceptance.states import Status
from procore_sync.accounts.curing import EDITORS
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput
from quickbooks_bridge.models import Connection, Health, LedgerName, Link
from quickbooks_bridge.names import names_of
from tests.factories import change_line, make_change_order, make_commitment
from tests.quickbooks_bridge.conftest import work
from tests.quickbooks_bridge.documents import Ground
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.quickbooks_bridge.invoice_rows import document_of, make_invoice
from tests.quickbooks_bridge.test_bills import retainage, subcontract
from tests.quickbooks_bridge.test_document_previews import switch
from tests.quickbooks_bridge.test_documents import ground
from tests.quickbooks_bridge.test_ledger_bills import ledger_bill
from tests.scenes import kept
from vendors.models import Vendor

__all__ = ["ground", "retainage", "subcontract"]

Accept = Callable[..., Submission]
Json = dict[str, Any]

_WITH_DEDUCTION = (Decimal("1000.00"), Decimal("-200.00"))


@pytest.fixture
@kept
def invoice(subcontract: Commitment, ground: Ground) -> ErpItem:
    """The first application: 400.00 of line 1, and 10 % of it withheld."""
    item: ErpItem = make_invoice(subcontract, ground.by, {"1": "400.00"}).erp
    return item


def document(item: ErpItem, **more: Any) -> Json:
    return {**document_of(item.invoice), **more}


def checks(item: ErpItem, **more: Any) -> list[Check]:
    return courier().preview(item, document(item, **more)).checks()


def told(item: ErpItem, level: str, **more: Any) -> list[str]:
    return [one.sentence for one in checks(item, **more) if one.level == level]


def posting(item: ErpItem, **choices: str) -> Posting:
    return courier().preview(item, document(item)).posting(choices)


def choices(item: ErpItem, **more: Any) -> dict[str, Choice]:
    return {one.name: one for one in courier().preview(item, document(item, **more)).choices()}


def test_it_is_shown_as_lines_that_come_to_what_is_due_with_its_effect(invoice: ErpItem, books: Connection) -> None:
    public = names_of(books.company_id, "Class").get(name="Public Works")
    shown = posting(invoice, **{"class": public.remote_id})
    assert (shown.title, shown.operation, str(shown.total)) == ("New bill SC-001-1", "create", "360.00")
    job, code = "Fire Station 4", document(invoice)["lines"][0]["code"]["label"]
    assert shown.lines == [
        ["1", code, "5200 Cost of Goods Sold:Job Materials", "Conduit", job, "1", "400.00", "400.00"],
        [
            "R1",
            "Retainage",
            "2050 Retainage Payable",
            "Retainage withheld, SC-001, application 1",
            job,
            "1",
            "-40.00",
            "-40.00",
        ],
    ]
    facts = {one.label: one.value for one in shown.facts}
    assert (facts["Vendor"], facts["Number"], facts["Due date"]) == ("Ace Electric Co", "SC-001-1", "2026-11-28")
    assert facts["Class"] == "Public Works"
    assert "Tax" not in facts
    assert [(one.label, one.value) for one in shown.facts if one.numeric] == [
        ("Contract sum to date", "1,500.50"),
        ("Billed before", "0.00"),
        ("Billed by this", "400.00"),
        ("Billed after", "400.00"),
        ("Withheld now", "40.00"),
        ("Released now", "0.00"),
        ("Retainage held after", "40.00"),
        ("Current payment due", "360.00"),
    ]


def test_what_is_in_order_is_proven_and_nothing_else_is_said(invoice: ErpItem) -> None:
    assert checks(invoice) == [
        Check(
            "ok",
            "Retainage rolls forward: 0.00 held before, 40.00 withheld now, 0.00 released, 40.00 held after.",
        ),
        Check("ok", "No line is billed beyond what it is scheduled for."),
    ]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"held": "39.99"}, "retainage comes to 40.00 and the invoice says 39.99"),
        ({"held_now": "40.01"}, "the lines come to 40.00 and the invoice says 40.01 (held now)"),
        ({"gross": "400.01"}, "the lines come to 400.00 and the invoice says 400.01 (gross)"),
        ({"total": "360.01"}, "what is due comes to 360.00 and the invoice says 360.01"),
        ({"to_date": "1.00"}, "the lines come to 400.00 and the invoice says 1.00 (to date)"),
        ({"held_before": "-50.00", "held": "-10.00"}, "more retainage is released than is held, by 10.00"),
    ],
)
def test_a_figure_that_does_not_follow_from_the_others_stops_it(
    invoice: ErpItem, said: dict[str, str], sentence: str
) -> None:
    (wrong,) = [one for one in checks(invoice, **said) if one.level == "stop" and sentence in one.sentence]
    assert (wrong.who, wrong.url) == (EDITORS, reverse("invoices:invoice", args=[invoice.invoice.pk]))


def test_retainage_on_a_deduction_lies_below_zero_and_releases_nothing(ground: Ground, retainage: str) -> None:
    ground.project.cost_codes.set(ground.codes)
    lines = [
        LineDetails(code.pk, amount, "Conduit") for code, amount in zip(ground.codes, _WITH_DEDUCTION, strict=True)
    ]
    made = make_commitment(ground.by, ground.project, ground.vendor, lines=lines, number="SC-002")
    back = make_invoice(made, ground.by, {"2": "-200.00"}, as_credit=True).erp
    assert [said for said in told(back, "stop") if "figures" in said] == []
    assert not any("takes back" in one for one in told(back, "look", as_credit=False))
    assert told(back, "ok")[0].endswith("0.00 held before, -20.00 withheld now, 0.00 released, -20.00 held after.")
    (said,) = [one for one in told(back, "stop", held="-25.00", held_before="-5.00") if "figures" in one]
    assert "more retainage is released than is held, by 5.00" in said


@pytest.mark.parametrize(
    ("said", "billed"),
    [
        ({"date": "2026-12-03"}, "1 Nov 2026 to 28 Nov 2026"),
        ({"date": "2026-10-31"}, "1 Nov 2026 to 28 Nov 2026"),
        # Whoever bills may say another period, but not which one the project has them bill.
        ({"date": "2026-12-03", "ends_on": "2026-12-31"}, "1 Nov 2026 to 28 Nov 2026"),
        ({"ends_on": "2026-11-15"}, "1 Nov 2026 to 15 Nov 2026"),
    ],
)
def test_a_date_outside_the_period_billed_is_looked_at(invoice: ErpItem, said: dict[str, str], billed: str) -> None:
    day = date.fromisoformat(said.get("date", "2026-11-20"))
    assert told(invoice, "look", **said) == [f"It is dated {day:%-d %b %Y}, outside the period billed: {billed}."]


def test_a_date_in_a_sentence_of_a_check_is_read_in_the_readers_language(invoice: ErpItem) -> None:
    with override("es"):
        (said,) = told(invoice, "look", date="2027-01-05")
    assert "5 Ene 2027" in said
    assert "28 Nov 2026" in said


def test_it_says_whether_quickbooks_holds_the_retainage_that_it_starts_from(
    subcontract: Commitment, ground: Ground, accept: Accept, invoice: ErpItem
) -> None:
    second = make_invoice(subcontract, ground.by, {"1": "100.00"}).erp
    (look,) = [one for one in told(second, "look") if "retainage" in one]
    assert look == (
        "QuickBooks holds 0.00 of retainage by the earlier applications, and this one starts from 40.00. "
        "1 of them are not in QuickBooks."
    )
    accepted = accept(invoice)
    assert [one for one in told(second, "wait") if "retainage" in one] == [
        "QuickBooks holds 0.00 of retainage by the earlier applications, and 40.00 is on its way there: together what "
        "this one starts from."
    ]
    assert work(accepted).item.status == Status.SYNCED
    assert "QuickBooks holds 40.00 of retainage by the earlier applications, as this one starts from." in told(
        second, "ok"
    )


def test_the_retainage_of_what_nobody_has_accepted_is_not_on_its_way(
    subcontract: Commitment, ground: Ground, invoice: ErpItem
) -> None:
    second = make_invoice(subcontract, ground.by, {"1": "100.00"}).erp
    send(invoice, by=ground.by)
    assert [one for one in told(second, "wait") if "retainage" in one] == []
    assert [one for one in told(second, "look") if "retainage" in one]


def test_bills_of_this_number_are_shown_ours_and_those_that_somebody_typed(
    subcontract: Commitment, ground: Ground, accept: Accept, company: Company, books: Connection, invoice: ErpItem
) -> None:
    vendor = names_of(books.company_id, "Vendor").get(name="Ace Electric Co").remote_id
    ledger_bill(company, "901", vendor_id=vendor, number="sc 001/1", total="360.00")
    ledger_bill(company, "902", vendor_id=vendor, number="SC-001-1", total="12.00")
    ledger_bill(company, "903", vendor_id="999", number="SC-001-1", total="360.00")
    looks = [one for one in checks(invoice) if one.level == "look"]
    assert [one.sentence for one in looks] == [
        "Somebody entered a bill of this vendor with this number and amount in QuickBooks: sc 001/1 of no date, "
        "360.00. It may be the same one.",
        "Somebody entered a bill of this vendor with this number in QuickBooks: SC-001-1 of no date, 12.00. "
        "It may be the same one.",
    ]
    assert looks[0].url.endswith("901")
    assert work(accept(invoice)).item.status == Status.SYNCED
    own = Link.objects.get(item=invoice)
    ledger_bill(company, own.remote_id, vendor_id=vendor, number="SC-001-1", total="360.00")
    other = make_invoice(subcontract, ground.by, {"2": "400.00"}, number="X").erp
    sentences = told(other, "look", number="sc-001-1")
    assert sentences[0] == (
        "A bill of this vendor with this number and amount is in QuickBooks already: "
        f"Subcontractor invoice {invoice.label}."
    )
    assert len([one for one in sentences if "with this number" in one]) == 3


def test_an_invoice_of_another_commitment_with_the_same_number_that_is_on_its_way_is_shown(
    subcontract: Commitment, ground: Ground, invoice: ErpItem
) -> None:
    codes = [LineDetails(ground.codes[0].pk, Decimal("50.00"), "More")]
    other = make_commitment(ground.by, ground.project, ground.vendor, lines=codes, number="SC-002")
    send(other.erp, by=ground.by)
    rival = make_invoice(other, ground.by, {"1": "50.00"}, number="sc-001-1").erp
    assert not any("has this number too" in one for one in told(invoice, "look"))
    send(rival, by=ground.by)
    assert f"Subcontractor invoice {rival.label} of this vendor has this number too" in told(invoice, "look")[0]


def test_a_bill_of_the_same_amount_that_somebody_typed_under_another_number_is_shown(
    company: Company, books: Connection, invoice: ErpItem, subcontract: Commitment, ground: Ground, accept: Accept
) -> None:
    vendor = names_of(books.company_id, "Vendor").get(name="Ace Electric Co").remote_id
    ledger_bill(company, "901", vendor_id=vendor, number="7731", total="360.00", day="2026-10-06")
    (look,) = [one for one in checks(invoice) if one.level == "look"]
    assert look.sentence == (
        "Same amount, other number: somebody entered the bill 7731 of this vendor in QuickBooks, of 6 Oct 2026, "
        "360.00. It may be the same one."
    )
    assert look.url.endswith("901")


def test_a_contract_that_bills_the_same_amount_each_month_is_no_double(
    company: Company, books: Connection, invoice: ErpItem, subcontract: Commitment, ground: Ground, accept: Accept
) -> None:
    second = make_invoice(subcontract, ground.by, {"1": "400.00"}).erp
    send(second, by=ground.by)
    assert not any("Same amount" in one for one in told(invoice, "look"))
    assert work(accept(invoice)).item.status == Status.SYNCED
    own, vendor = Link.objects.get(item=invoice), names_of(books.company_id, "Vendor").get(name="Ace Electric Co")
    ledger_bill(company, own.remote_id, vendor_id=vendor.remote_id, number="SC-001-1", total="360.00", day="2026-11-20")
    assert told(second, "look") == []


def test_an_invoice_of_another_commitment_with_the_same_amount_that_is_on_its_way_is_shown(
    ground: Ground, invoice: ErpItem
) -> None:
    codes = [LineDetails(ground.codes[0].pk, Decimal("900.00"), "More")]
    other = make_commitment(ground.by, ground.project, ground.vendor, lines=codes, number="SC-002")
    send(other.erp, by=ground.by)
    rival = make_invoice(other, ground.by, {"1": "360.00"}, percent="0").erp
    send(rival, by=ground.by)
    assert told(invoice, "look") == [
        f"Same amount, other number: Subcontractor invoice {rival.label} of this vendor, dated 20 Nov 2026, is on its "
        "way to QuickBooks. It may be the same bill."
    ]
    Invoice.objects.filter(erp=rival).update(billed_on=date(2027, 1, 5))
    assert told(invoice, "look") == []


def test_whether_a_number_may_be_used_twice_is_asked_only_where_quickbooks_would_refuse_it(
    company: Company, books: Connection, invoice: ErpItem
) -> None:
    assert "repeated_number" not in choices(invoice)
    vendor = names_of(books.company_id, "Vendor").get(name="Ace Electric Co").remote_id
    ledger_bill(company, "901", vendor_id=vendor, number="SC-001-1")
    assert "repeated_number" not in choices(invoice)
    switch(books, **{"Warns of repeated bill numbers": "on"})
    asked = choices(invoice)["repeated_number"]
    assert (asked.required, asked.initial) == (True, "")
    assert "repeated_number" not in choices(invoice, as_credit=True)


def test_terms_are_the_vendors_own_until_another_is_chosen_and_a_class_is_asked_where_they_are_tracked(
    invoice: ErpItem, books: Connection, accept: Accept
) -> None:
    fifteen, sixty = (names_of(books.company_id, "Term").get(name=name).remote_id for name in ("Net 15", "Net 60"))
    assert choices(invoice)["terms"].initial == fifteen
    assert not choices(invoice)["terms"].required
    assert "terms" not in choices(invoice, as_credit=True)
    assert [label for _, label in choices(invoice)["class"].options] == ["Commercial", "Public Works", "Residential"]
    assert work(accept(invoice, terms=sixty)).item.status == Status.SYNCED
    assert choices(invoice)["terms"].initial == sixty
    switch(books, Classes="off")
    assert "class" not in choices(invoice)


def test_where_a_class_is_needed_nobody_accepts_without_one_and_nothing_goes_by_itself(
    invoice: ErpItem, books: Connection, company: Company, ground: Ground, ada: Membership
) -> None:
    assert not choices(invoice)["class"].required
    Connection.objects.filter(pk=books.pk).update(class_needed=True)
    asked = choices(invoice)["class"]
    assert (asked.required, asked.initial, asked.help) == (True, "", "The company wants a class on every bill.")
    ExportPolicy.objects.create(company=company, kind=Kind.INVOICE, direct_export=True)
    sending = send(invoice, by=ground.by)
    assert sending.item.status == Status.SENT
    accept_many([sending], by=ada, seconds=60)
    assert [one.why_not for one in Turn.objects.all()] == ["Choose the class before you accept."]
    with pytest.raises(InvalidInput, match="Choose the class before you accept"):
        accept_one(invoice, by=ada, seen=sending.digest, choices={})
    switch(books, Classes="off")
    assert "class" not in choices(invoice)


def test_a_review_leads_to_the_set_up_and_says_where_the_way_back_is(
    client: Client, invoice: ErpItem, books: Connection, ada: Membership, max_pm: Membership
) -> None:
    send(invoice, by=max_pm)
    LedgerName.objects.filter(name="Retainage").update(active=False)
    client.force_login(ada.user)
    page = client.get(f"/review/{invoice.pk}/?view=ready_to_export").content.decode()
    link = f'<a href="/quickbooks/invoices/?next=%2Freview%2F{invoice.pk}%2F%3Fview%3Dready_to_export">'
    assert page.count(link) == 2, "beside the button, and among the checks"


@pytest.mark.parametrize(("called", "entity"), [("class", "Class"), ("location", "Department")])
def test_what_is_needed_stops_it_also_where_none_is_active(
    invoice: ErpItem, books: Connection, called: str, entity: str
) -> None:
    Connection.objects.filter(pk=books.pk).update(**{f"{called}_needed": True})
    assert not [one for one in told(invoice, "stop") if "no active one" in one]
    names_of(books.company_id, entity).update(active=False)
    assert choices(invoice)[called].required
    (why,) = told(invoice, "stop")
    assert why.startswith(f"Every bill needs a {called}, and QuickBooks has no active one.")
    assert [one.who for one in checks(invoice) if one.level == "stop"] == ["accountant"]


def test_an_insurance_that_is_over_is_said_and_papers_that_the_company_wants_stop_it(
    invoice: ErpItem, subcontract: Commitment, books: Connection
) -> None:
    vendor, day = Vendor.objects.filter(pk=subcontract.vendor_id), date.fromisoformat(document(invoice)["date"])
    assert told(invoice, "stop") == told(invoice, "look") == [], "nobody keeps them"
    vendor.update(insured_until=day)
    assert told(invoice, "look") == []
    vendor.update(insured_until=day - timedelta(days=1))
    (said,) = told(invoice, "look")
    assert f"valid until {day - timedelta(days=1):%-d %b %Y}, and this is dated {day:%-d %b %Y}" in said
    Connection.objects.filter(pk=books.pk).update(papers_needed=True)
    stops = told(invoice, "stop")
    assert [one.split(" ", 2)[:2] for one in stops] == [["No", "W-9"], ["The", "insurance"]]
    where = reverse("vendors:vendor", args=[subcontract.vendor_id])
    assert [(one.who, one.url) for one in checks(invoice) if one.level == "stop"] == [(EDITORS, where)] * 2
    vendor.update(insured_until=None, w9_on=day)
    (said,) = told(invoice, "stop")
    assert said.startswith("No insurance")
    assert said not in told(invoice, "stop", as_credit=True), "a credit pays nobody"
    vendor.update(insured_until=day)
    assert told(invoice, "stop") == []


def test_an_inactive_name_stops_it_and_one_of_a_line_that_is_not_billed_does_not(
    invoice: ErpItem, books: Connection
) -> None:
    rows = names_of(books.company_id, "Item", "Vendor")
    rows.filter(name="Subcontract Work").update(active=False)
    assert told(invoice, "stop") == []
    rows.filter(name="Materials").update(active=False)
    rows.filter(name="Ace Electric Co").update(active=False)
    stops = told(invoice, "stop")
    assert any("item “Materials” is inactive" in one for one in stops)
    assert any("vendor “Ace Electric Co” is inactive" in one for one in stops)
    LedgerName.objects.filter(name="Retainage").update(active=False)
    (check,) = [one for one in checks(invoice) if "Retainage” is inactive" in one.sentence]
    assert (check.level, check.url) == ("stop", reverse("quickbooks_bridge:bill_setup"))


def test_it_waits_for_a_change_order_whose_line_it_bills(subcontract: Commitment, ground: Ground) -> None:
    make_change_order(ground.by, subcontract, lines=[change_line("100.00", changes=1)])
    billing = make_invoice(subcontract, ground.by, {"C1.1": "50.00"}).erp
    assert any("this record will wait for it" in one for one in told(billing, "look"))


def test_what_is_known_of_the_bill_that_is_changed_is_said(
    invoice: ErpItem, accept: Accept, company: Company, emulator: EmulatorProcess
) -> None:
    assert work(accept(invoice)).item.status == Status.SYNCED
    link = Link.objects.get(item=invoice)
    row = ledger_bill(company, link.remote_id, number="SC-001-1", total="360.00")
    row.balance = Decimal("10.00")
    row.save()
    assert "350.00 of it was paid or applied when it was last read; the payment stays." in told(invoice, "look")
    lower = {"lines": [{**document(invoice)["lines"][0], "amount": "300.00"}], "total": "349.99"}
    assert any("it would come to 349.99. The payment has to come off" in one for one in told(invoice, "stop", **lower))
    Link.objects.filter(pk=link.pk).update(health=Health.MISSING)
    assert any("not in quickbooks any more: unlink it" in one for one in told(invoice, "look"))


def test_what_was_paid_of_lines_that_are_not_ours_stops_no_correction(
    invoice: ErpItem, accept: Accept, company: Company
) -> None:
    """The bookkeeper added freight of 40.00, which was accepted, and paid the bill."""
    assert work(accept(invoice)).item.status == Status.SYNCED
    link = Link.objects.get(item=invoice)
    Link.objects.filter(pk=link.pk).update(total=Decimal("400.00"))
    row = ledger_bill(company, link.remote_id, number="SC-001-1", total="400.00")
    row.balance = Decimal("0.00")
    row.save()
    assert told(invoice, "stop") == []
    assert any("come to 40.00 and stay there, so it will come to 400.00" in one for one in told(invoice, "look"))


def test_what_is_used_of_the_credit_that_is_changed_is_weighed_with_its_tax(
    subcontract: Commitment, ground: Ground, accept: Accept, company: Company, invoice: ErpItem
) -> None:
    """270.00 and 13 % of it are 305.10 in QuickBooks, where amounts of a credit are below zero in the mirror."""
    assert work(accept(invoice)).item.status == Status.SYNCED
    credit = make_invoice(subcontract, ground.by, {"1": "-300.00"}, as_credit=True).erp
    assert work(accept(credit)).item.status == Status.SYNCED
    link = Link.objects.get(item=credit)
    row = ledger_bill(company, link.remote_id, entity="VendorCredit", number="SC-001-2", total="-305.10")
    row.tax, row.balance = Decimal("-35.10"), Decimal("0.00")
    row.save()
    said = "305.10 of it was paid or applied when it was last read"
    assert f"{said}; the payment stays." in told(credit, "look")
    assert told(credit, "stop") == []
    lower = {"total": "-269.99"}
    assert any(f"{said}, and it would come to 269.99" in one for one in told(credit, "stop", **lower))


def test_what_an_order_that_was_closed_or_is_not_there_means_is_said(
    subcontract: Commitment, invoice: ErpItem, ground: Ground
) -> None:
    order = Link.objects.filter(item=subcontract.erp)
    seen = order.get().seen
    order.update(seen={**seen, "POStatus": "Closed"})
    assert any(
        "was closed in QuickBooks when it was last seen, so the bill goes" in one for one in told(invoice, "look")
    )
    order.update(seen=seen, health=Health.MISSING)
    assert any("is not in QuickBooks any more, so the bill goes without" in one for one in told(invoice, "look"))
    order.update(health=Health.OK, seen={**seen, "VendorRef.value": "12"})
    assert any("was another vendor's" in one for one in told(invoice, "stop"))
    order.delete()
    assert "The commitment has no purchase order in QuickBooks, so the bill is linked to none." in told(invoice, "look")


def test_the_checks_ask_a_bounded_number_of_questions(invoice: ErpItem, django_assert_num_queries: Any) -> None:
    said = document(invoice)
    with django_assert_num_queries(20):
        courier().preview(invoice, said).checks()
    with django_assert_num_queries(9):
        courier().preview(invoice, said).choices()
    with django_assert_num_queries(8):
        courier().preview(invoice, said).posting({})
    seen = courier().preview(invoice, said)
    with django_assert_num_queries(28):  # an acceptance asks for all three, and reads once what they share
        seen.checks()
        seen.choices()
        seen.posting({})


def test_a_line_that_takes_back_what_was_billed_is_for_a_person_to_look_at(
    subcontract: Commitment, ground: Ground, invoice: ErpItem, accept: Accept, ada: Membership
) -> None:
    """The whole comes to more than nothing, so that it goes as a bill like any other."""
    assert work(accept(invoice)).item.status == Status.SYNCED
    mixed = make_invoice(subcontract, ground.by, {"1": "-50.00", "2": "100.00"}).erp
    sentence = "It takes back 50.00 of what was billed before: line 1."
    assert told(mixed, "look") == [sentence]
    assert not any("takes back" in one for one in told(mixed, "look", as_credit=True))
    ExportPolicy.objects.create(company=ground.by.company, kind=Kind.INVOICE, direct_export=True)
    sending = send(mixed, by=ground.by)
    assert sending.item.status == Status.SENT
    accept_many([sending], by=ada, seconds=60)
    assert [one.why_not for one in Turn.objects.all()] == [sentence]
