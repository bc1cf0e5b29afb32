"""Console and QuickBooks side by side: what agrees, which document explains what does not, and who stood for it."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from commitments.models import Commitment
from invoices.corrections import begin_correction
from invoices.models import Invoice, InvoiceStatus, Payment
from invoices.operations import submit_invoice
from invoices.review import approve, return_invoice
from procore_sync.acceptance import operations as acceptance
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.states import Decision
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from projects.models import Project
from quickbooks_bridge import drift
from quickbooks_bridge.importers.names import refresh
from quickbooks_bridge.importers.payments import carry_on, settle
from quickbooks_bridge.models import (
    Connection,
    Every,
    Health,
    LedgerBill,
    Link,
    Mapping,
    PaymentCursor,
    PaymentReading,
    PaymentSchedule,
    TieOutSignOff,
)
from quickbooks_bridge.payment_selectors import known_until
from quickbooks_bridge.reconciling.books import Books, Figures
from quickbooks_bridge.reconciling.rows import LedgerOrder
from quickbooks_bridge.tie_out_signing import NotRemarked, NotWhole, frozen
from quickbooks_bridge.tie_out_signing import sign_off as sign
from quickbooks_bridge.tie_outs import TieOut, tie_out_of
from tests.factories import change_line, make_change_order, make_commitment, make_project, synced
from tests.invoices.conftest import bills, save
from tests.payments.rows import make_invoice
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.quickbooks_bridge.payers import Payer, billed
from tests.scenes import kept


@pytest.fixture
@kept
def payer(books: Connection, emulator: EmulatorProcess) -> Payer:
    """The bookkeeper; the retainage item is chosen, and payments are taken from November on."""
    found = Payer(emulator)
    item = found.id_of("Item", "Retainage")
    Mapping.objects.create(company=books.company, thing="retainage_item", entity="Item", remote_id=item)
    PaymentSchedule.objects.create(
        company=books.company, hours=Every.HOUR, since=date(2026, 11, 1), began_at="2026-11-01T00:00Z"
    )
    return found


@pytest.fixture
@kept
def subcontract(max_pm: Membership, payer: Payer) -> Commitment:
    """A subcontract of 10,000.00 that is a purchase order of as much, for the job Fire Station 4."""
    made = synced(make_commitment(max_pm, lines=["10000.00"], title="Electrical"))
    order = payer.bill(payer.line("10000.00"), entity="PurchaseOrder", DocNumber=made.number)
    remember(made.erp, "PurchaseOrder", order["Id"], Decimal("10000.00"))
    remember(made.project.erp, "Customer", payer.job, None)
    return made


def remember(item: Any, entity: str, remote_id: str, total: Decimal | None) -> None:
    Link.objects.create(item=item, company=item.company, entity=entity, remote_id=remote_id, total=total)


@pytest.fixture
@kept
def work(max_pm: Membership, payer: Payer, subcontract: Commitment) -> tuple[Invoice, dict[str, Any]]:
    """1,000.00 billed with 100.00 held, and its bill."""
    found: tuple[Invoice, dict[str, Any]] = billed(max_pm, payer, subcontract, "1000.00", "100.00")
    return found


def seen(commitment: Commitment, by: Membership, *, read: bool = True) -> TieOut:
    """The tie-out after QuickBooks was read."""
    if read:
        reading = carry_on(commitment.company_id)
        assert reading
        assert not reading.error
    found = tie_out_of(commitment.project, by)
    plotted = Books(commitment.company_id, [row.commitment for row in found.rows])
    assert [plotted.console(row.commitment) for row in found.rows] == [row.console for row in found.rows]
    return found


def sign_off(project: Project, month: date, *, by: Membership, remark: str = "") -> TieOutSignOff:
    """What `by` sees now, signed off."""
    return sign(project, month, seen=tie_out_of(project, by).seen, remark=remark, by=by)


def money(figures: Figures) -> list[str]:
    return list(figures.told().values())


def test_both_sides_agree_to_the_cent(payer: Payer, work: Any, subcontract: Commitment, vic: Membership) -> None:
    payer.pay((work[1], "400.50"))
    found = seen(subcontract, vic)
    assert money(found.console) == ["10000.00", "1000.00", "100.00", "0.00", "0.00", "400.50", "499.50"]
    assert money(found.ledger) == money(found.console)
    assert found.ties
    assert found.rows[0].causes == []


def test_retainage_that_is_released_is_on_both_sides(
    payer: Payer, work: Any, subcontract: Commitment, vic: Membership, max_pm: Membership
) -> None:
    invoice = make_invoice(max_pm, subcontract, billed="500.00", held="50.00")
    invoice.lines.update(released="120.00")
    payer.bill_of(invoice)
    found = seen(subcontract, vic)
    assert money(found.ledger) == ["10000.00", "1500.00", "30.00", "120.00", "0.00", "0.00", "1470.00"]
    assert found.ties


def test_what_is_released_of_a_deduction_takes_away_and_both_sides_say_so(
    payer: Payer, subcontract: Commitment, vic: Membership, max_pm: Membership
) -> None:
    deducted = make_invoice(max_pm, subcontract, billed="-500.00", held="-50.00")
    payer.bill_of(deducted, entity="VendorCredit")
    released = make_invoice(max_pm, subcontract, billed="900.00", held="0.00")
    released.lines.update(released="-50.00")
    payer.bill_of(released)

    found = seen(subcontract, vic)

    assert money(found.ledger) == ["10000.00", "400.00", "0.00", "50.00", "0.00", "0.00", "400.00"]
    assert money(found.console) == money(found.ledger)
    assert found.ties


def in_quickbooks(invoice: Invoice, by: Membership) -> Invoice:
    """Sent, and taken by QuickBooks."""
    acceptance.send(invoice.erp, by=by)
    invoice.erp.submissions.update(decision=Decision.ACCEPTED)
    synced(invoice)
    found: Invoice = Invoice.objects.select_related("erp").get(pk=invoice.pk)
    return found


def test_a_bill_that_is_corrected_counts_as_quickbooks_holds_it_until_the_correction_is_approved(
    payer: Payer, subcontract: Commitment, max_pm: Membership, vic: Membership
) -> None:
    invoice = make_invoice(max_pm, subcontract, billed="1000.00", held="100.00", due_on=date(2026, 12, 10))
    payer.pay((payer.bill_of(invoice), "400.50"))
    held = ["10000.00", "1000.00", "100.00", "0.00", "0.00", "400.50", "499.50"]
    corrected = begin_correction(in_quickbooks(invoice, max_pm), "Line 1 was billed twice.", by=max_pm)

    def both() -> tuple[list[str], list[str]]:
        found = seen(subcontract, vic)
        return money(found.console), money(found.ledger)

    assert both() == (held, held)
    save(corrected, bills("1", "800.00"), by=max_pm)
    assert both() == (held, held)
    return_invoice(corrected, "Measure again.", by=max_pm)
    assert both() == (held, held)
    submit_invoice(Invoice.objects.get(pk=invoice.pk), by=max_pm)
    approve(Invoice.objects.get(pk=invoice.pk), InvoiceStatus.APPROVED, by=max_pm)
    console, ledger = both()
    assert (console[1], ledger) == ("800.00", held)


def test_what_was_linked_and_never_sent_counts_as_it_says_while_it_is_corrected(
    work: tuple[Invoice, dict[str, Any]], subcontract: Commitment, vic: Membership
) -> None:
    Invoice.objects.filter(pk=work[0].pk).update(status=InvoiceStatus.UNDER_REVIEW)
    found = seen(subcontract, vic)
    assert (found.console.invoiced, found.ties) == (Decimal("1000.00"), True)


def test_what_is_stored_counts_by_what_changed_of_it(
    connected: Connection, subcontract: Commitment, vic: Membership, max_pm: Membership
) -> None:
    invoice = make_invoice(max_pm, subcontract, billed="500.00", held="50.00")
    stored = {"stored": "300.00", "stored_before": "100.00", "stored_held": "10.00", "stored_held_before": "30.00"}
    invoice.lines.update(**stored)

    assert money(seen(subcontract, vic, read=False).console)[1:4] == ["700.00", "30.00", "0.00"]

    invoice.lines.update(work_retained="0.00")
    assert money(seen(subcontract, vic, read=False).console)[1:4] == ["700.00", "-20.00", "20.00"], "it gives back"


def test_tax_is_named_and_is_no_difference(
    books: Connection, payer: Payer, work: Any, subcontract: Commitment, vic: Membership
) -> None:
    """The look-alike's American company knows no tax; the mirror's sum is what a Canadian bill's would be."""
    seen(subcontract, vic)
    taxed = {"total": Decimal("1017.00"), "tax": Decimal("117.00"), "balance": Decimal("1017.00")}
    LedgerBill.objects.filter(entity="Bill").update(**taxed)
    settle(books)
    found = seen(subcontract, vic, read=False)
    assert found.ties
    assert money(found.console)[-3:] == ["117.00", "0.00", "1017.00"]


def sentences(found: TieOut) -> str:
    return " ".join(cause.sentence for row in found.rows for cause in row.causes)


def test_each_kind_of_difference_is_explained_by_its_document(
    payer: Payer, work: Any, subcontract: Commitment, vic: Membership, max_pm: Membership
) -> None:
    waits = make_invoice(max_pm, subcontract, billed="30.00", number="WAITS")
    unread, _ = billed(max_pm, payer, subcontract, "7.00")
    changed, changed_bill = billed(max_pm, payer, subcontract, "60.00")
    voided, _ = billed(max_pm, payer, subcontract, "90.00")
    dropped, dropped_bill = billed(max_pm, payer, subcontract, "1.00")
    Invoice.objects.filter(pk=voided.pk).update(status=InvoiceStatus.VOID)
    payer.emulator.write("Bill", {**changed_bill, "Line": [payer.line("61.25")]})
    payer.pay((work[1], "100.00"))
    make_change_order(max_pm, subcontract, lines=[change_line("250.00", changes=1)])
    seen(subcontract, vic)
    payer.delete("Bill", dropped_bill)
    seen(subcontract, vic)
    LedgerBill.objects.filter(remote_id=Link.objects.get(item=unread.erp).remote_id).delete()
    Payment.objects.all().delete()
    found = seen(subcontract, vic, read=False)

    told = sentences(found)
    for words in (
        f"Invoice {waits.number} is approved here and not in QuickBooks yet",
        f"The bill of invoice {unread.number} has not been read",
        f"The bill of invoice {changed.number} says 61.25 of work",
        f"The bill of invoice {dropped.number} was deleted in QuickBooks",
        f"Invoice {voided.number} is void here, and its bill stands",
        "QuickBooks says that 100.00 of invoice",
        f"{subcontract.number}, CO-1 is not in QuickBooks yet. Send it to accounting",
    ):
        assert words in told, words
    assert "The purchase order says" not in told
    (row,) = found.rows
    assert row.unexplained.is_nothing
    assert not found.ties
    parts = [row.difference.committed, row.difference.invoiced, row.difference.paid]
    assert parts == [Decimal("250.00"), Decimal("-53.25"), Decimal("-100.00")]


def test_a_change_order_that_is_not_there_is_told_apart_from_what_was_changed_there(
    payer: Payer, work: Any, subcontract: Commitment, vic: Membership, max_pm: Membership, client: Client
) -> None:
    stopped = make_change_order(max_pm, subcontract, lines=[change_line("250.00", changes=1)])
    make_change_order(max_pm, subcontract, lines=[change_line("40.00", changes=1)], status="pricing")
    there = make_change_order(max_pm, subcontract, lines=[change_line("10.00", changes=1)])
    synced(there)
    ErpItem.objects.filter(pk=stopped.erp_id).update(status="failed")
    seen(subcontract, vic)
    Link.objects.filter(item=subcontract.erp).update(total=Decimal("10110.00"))
    LedgerOrder.objects.all().delete()
    (row,) = tie_out_of(subcontract.project, vic).rows
    assert [(one.sentence.partition(".")[0], one.part.committed) for one in row.causes] == [
        (f"{subcontract.number}, CO-1 is not in QuickBooks: its export stopped", Decimal("250.00")),
        ("The purchase order says 10,110", Decimal("-100.00")),
    ]
    assert row.unexplained.is_nothing
    client.force_login(vic.user)
    page = client.get(f"/quickbooks/tie-outs/{subcontract.project_id}/").content.decode()
    assert f'<a href="/review/{stopped.erp_id}/">Show in accounting</a>' in page


def test_a_bill_that_was_gone_before_it_was_ever_read_is_missing(
    payer: Payer, work: Any, subcontract: Commitment, vic: Membership
) -> None:
    payer.delete("Bill", work[1])
    assert "is not in QuickBooks any more" in sentences(seen(subcontract, vic))
    assert Link.objects.get(entity="Bill").health == Health.MISSING


def test_differences_that_cancel_out_are_differences(
    payer: Payer, work: Any, subcontract: Commitment, vic: Membership, max_pm: Membership
) -> None:
    other = synced(make_commitment(max_pm, subcontract.project, lines=["500.00"]))
    remember(other.erp, "PurchaseOrder", "998", Decimal("400.00"))
    Link.objects.filter(item=subcontract.erp).update(total=Decimal("10100.00"))
    found = seen(subcontract, vic)
    assert found.difference.is_nothing
    assert not found.ties


def test_a_commitment_that_commits_nobody_is_left_out(
    subcontract: Commitment, vic: Membership, max_pm: Membership
) -> None:
    make_commitment(max_pm, subcontract.project, status="draft")
    assert [row.commitment for row in tie_out_of(subcontract.project, vic).rows] == [subcontract]


@pytest.mark.parametrize(
    ("type_", "status"),
    [
        ("purchase_order", "partially_received"),
        ("purchase_order", "received"),
        ("purchase_order", "closed"),
        ("subcontract", "complete"),
        ("subcontract", "terminated"),
    ],
)
def test_an_order_counts_as_long_as_it_stands_in_quickbooks(
    payer: Payer, subcontract: Commitment, vic: Membership, type_: str, status: str
) -> None:
    Commitment.objects.update(type=type_, status=status)
    found = seen(subcontract, vic)
    assert money(found.console)[0] == money(found.ledger)[0] == "10000.00"
    assert found.ties


def test_a_closed_order_that_is_not_in_quickbooks_counts_on_neither_side(
    books: Connection, subcontract: Commitment, vic: Membership, max_pm: Membership
) -> None:
    make_commitment(max_pm, subcontract.project, type="purchase_order", status="closed")
    gone = synced(make_commitment(max_pm, subcontract.project, type="purchase_order", status="closed"))
    remember(gone.erp, "PurchaseOrder", "998", Decimal("1000.00"))
    LedgerOrder.objects.create(
        company=books.company, entity="PurchaseOrder", remote_id="998", state="deleted", seen_at=timezone.now()
    )
    assert [row.commitment for row in seen(subcontract, vic, read=False).rows] == [subcontract]


@pytest.mark.parametrize("was_read", [False, True])
def test_an_order_that_a_look_did_not_find_any_more_counts_for_nothing(
    books: Connection, subcontract: Commitment, vic: Membership, was_read: bool
) -> None:
    order = Link.objects.get(item=subcontract.erp)
    if was_read:  # by the nightly comparison, before it was deleted
        LedgerOrder.objects.create(
            company=books.company,
            entity="PurchaseOrder",
            remote_id=order.remote_id,
            total=order.total or 0,
            seen_at=timezone.now(),
        )
    drift.gone(books, "PurchaseOrder", [order.remote_id], heard_by="a test")
    found = seen(subcontract, vic, read=False)
    assert (money(found.console)[0], money(found.ledger)[0]) == ("10000.00", "0.00")
    assert sentences(found) == f"The purchase order of {subcontract.number} was deleted in QuickBooks."


def test_a_void_contract_whose_order_stands_is_a_difference_with_its_cure(
    subcontract: Commitment, vic: Membership
) -> None:
    Commitment.objects.update(status="void")
    found = seen(subcontract, vic, read=False)
    assert found.difference.committed == Decimal("-10000.00")
    assert f"{subcontract.number} is void here, and its purchase order of 10,000.00 stands in QuickBooks." in sentences(
        found
    )


def test_what_stands_in_quickbooks_for_the_job_and_is_not_ours_is_named(
    payer: Payer, work: Any, subcontract: Commitment, vic: Membership
) -> None:
    typed = payer.bill(payer.line("70.00"), DocNumber="BY-HAND")
    elsewhere = payer.line("5.00")
    elsewhere["ItemBasedExpenseLineDetail"]["CustomerRef"] = {"value": payer.id_of("Customer", "Parish Hall Roof")}
    payer.bill(elsewhere)
    payer.bill(payer.line("9.00"), entity="VendorCredit")
    found = seen(subcontract, vic)
    assert [(one.bill.remote_id, one.vendor) for one in found.foreign if one.bill.entity == "Bill"] == [
        (typed["Id"], "Ace Electric Co")
    ]
    assert {one.bill.entity for one in found.foreign} == {"Bill", "VendorCredit"}
    assert found.ties


def test_what_stands_for_a_job_below_that_of_the_project_is_named_too(
    payer: Payer, work: Any, subcontract: Commitment, vic: Membership, books: Connection
) -> None:
    wing = {"DisplayName": "Wing", "Job": True, "ParentRef": {"value": payer.id_of("Customer", "Fire Station 4")}}
    below = payer.line("70.00")
    below["ItemBasedExpenseLineDetail"]["CustomerRef"] = {"value": payer.emulator.write("Customer", wing)["Id"]}
    payer.bill(below, DocNumber="BELOW")
    refresh(books)
    assert [one.bill.number for one in seen(subcontract, vic).foreign] == ["BELOW"]


def test_the_file_has_a_name_whatever_the_number_of_the_project(
    subcontract: Commitment, vic: Membership, client: Client
) -> None:
    Project.objects.filter(pk=subcontract.project_id).update(number='Dépôt № 7"/B')
    client.force_login(vic.user)
    said = client.get(f"/quickbooks/tie-outs/{subcontract.project_id}.csv")["Content-Disposition"]
    assert said.startswith("attachment; filename*=utf-8''tie-out-D%C3%A9p%C3%B4t%20%E2%84%96%207")
    assert said.endswith(".csv")


def test_more_commitments_take_no_more_queries(
    payer: Payer,
    work: Any,
    subcontract: Commitment,
    vic: Membership,
    max_pm: Membership,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(14):
        tie_out_of(subcontract.project, vic)
    for _ in range(3):
        commitment = synced(make_commitment(max_pm, subcontract.project, lines=["100.00"]))
        billed(max_pm, payer, commitment, "10.00")
    with django_assert_num_queries(14):
        tie_out_of(subcontract.project, vic)


# -- signing off -------------------------------------------------------------------------------------------------------


def test_the_figures_are_frozen_with_the_name(
    payer: Payer, work: Any, subcontract: Commitment, ada: Membership
) -> None:
    seen(subcontract, ada)
    made = sign_off(subcontract.project, date(2026, 10, 17), by=ada)
    payer.pay((work[1], "900.00"))
    seen(subcontract, ada)
    made.refresh_from_db()
    assert (made.month, made.ties, made.signed_by) == (date(2026, 10, 1), True, ada)
    assert made.figures["console"]["paid"] == "0.00"
    assert made.figures["rows"][0]["number"] == subcontract.number
    sign_off(subcontract.project, date(2026, 10, 17), by=ada)
    assert TieOutSignOff.objects.count() == 2


def test_a_difference_needs_a_remark_and_a_month_to_come_waits(
    work: Any, subcontract: Commitment, ada: Membership, max_pm: Membership
) -> None:
    with pytest.raises(NotAllowed):
        sign_off(subcontract.project, date(2026, 10, 1), by=max_pm)
    with pytest.raises(NotRemarked):
        sign_off(subcontract.project, date(2026, 10, 1), remark="  ", by=ada)
    with pytest.raises(InvalidInput, match="in the future"):
        sign_off(subcontract.project, date(2099, 1, 1), remark="Early.", by=ada)
    made = sign_off(subcontract.project, date(2026, 10, 1), remark="The bill comes tomorrow.", by=ada)
    assert not made.ties
    assert "has not been read" in made.figures["rows"][0]["causes"][0]["sentence"]


def test_who_does_not_see_everything_neither_stands_for_it_nor_reads_who_did(
    subcontract: Commitment, ada: Membership, alma: Membership, max_pm: Membership, client: Client
) -> None:
    hidden = synced(make_commitment(max_pm, subcontract.project, lines=["1.00"]))
    hidden.erp.is_private = True
    hidden.erp.save()
    accountant = ada
    accountant.privileges.all().delete()
    with pytest.raises(NotWhole):
        sign_off(subcontract.project, date(2026, 10, 1), remark="All right.", by=accountant)
    made = sign_off(subcontract.project, date(2026, 10, 1), remark="All right.", by=alma)
    for member, status, count in ((alma, 200, 1), (accountant, 404, 0)):
        client.force_login(member.user)
        assert client.get(f"/quickbooks/tie-outs/signed/{made.pk}/").status_code == status
        assert len(client.get("/api/v1/tie-out-sign-offs/").json()["results"]) == count


def test_nobody_stands_for_figures_that_he_did_not_see(
    payer: Payer, work: Any, subcontract: Commitment, ada: Membership, client: Client
) -> None:
    seen(subcontract, ada)
    client.force_login(ada.user)
    page, api = (f"{root}tie-outs/{subcontract.project_id}/" for root in ("/quickbooks/", "/api/v1/"))
    old = client.get(api).json()["seen"]
    assert f'name="seen" value="{old}"' in client.get(page).content.decode()
    payer.pay((work[1], "900.00"))
    seen(subcontract, ada)

    given = {"month": "2026-11", "remark": "Paid tomorrow.", "seen": old}
    answer = client.post(page, given)
    told = answer.content.decode()
    assert (answer.status_code, TieOutSignOff.objects.count()) == (409, 0)
    assert "changed since you looked at them" in told
    assert "Paid tomorrow." in told, "what was said is still there"
    over_the_api = client.post(f"{api}sign-off/", {**given, "month": "2026-11-01"}, "application/json")
    assert over_the_api.status_code == 409
    assert "changed since you looked at them" in over_the_api.text
    without = client.post(f"{api}sign-off/", {"month": "2026-11-01"}, "application/json")
    assert without.status_code == 422

    now = re.search(r'name="seen" value="([0-9a-f]{64})"', told)
    assert now
    assert client.post(page, {**given, "seen": now[1]}).status_code == 302
    assert TieOutSignOff.objects.get().figures["console"]["paid"] == "900.00"


def test_what_quickbooks_has_beside_ours_is_signed_for_too(
    payer: Payer, work: Any, subcontract: Commitment, ada: Membership
) -> None:
    before = seen(subcontract, ada).seen
    assert seen(subcontract, ada).seen == before, "reading alone changes nothing"
    payer.bill(payer.line("70.00"), DocNumber="BY-HAND")
    assert seen(subcontract, ada).seen != before


@pytest.mark.postgres
def test_the_database_keeps_what_was_signed(subcontract: Commitment, ada: Membership) -> None:
    sign_off(subcontract.project, date(2026, 10, 1), by=ada)
    assert connection.vendor == "postgresql"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        TieOutSignOff.objects.update(remark="else")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        TieOutSignOff.objects.all().delete()


# -- pages, file, API --------------------------------------------------------------------------------------------------


def test_the_page_shows_both_sides_and_signs_off(
    payer: Payer, work: Any, subcontract: Commitment, ada: Membership, max_pm: Membership, client: Client
) -> None:
    typed = payer.bill(payer.line("70.00"), DocNumber="BY-HAND")
    waits = make_invoice(max_pm, subcontract, billed="30.00", number="WAITS")
    seen(subcontract, ada)
    client.force_login(ada.user)
    address = f"/quickbooks/tie-outs/{subcontract.project_id}/"
    shown = client.get(address).content.decode()
    for words in (
        "Differs",
        f"Invoice {waits.number} is approved here",
        "BY-HAND",
        "Invoiced +30.00",
        "Ace Electric Co",
    ):
        assert words in shown, words
    assert f"/quickbooks/documents/Bill/{typed['Id']}/" in shown
    assert client.get(f"/quickbooks/documents/Bill/{typed['Id']}/").status_code == 302
    assert 'name="remark" cols="40" rows="2" required' in shown, "a difference asks for one"
    given = {"month": "2026-11", "seen": tie_out_of(subcontract.project, ada).seen}
    answer = client.post(address, {**given, "remark": ""})
    assert answer.status_code == 422
    assert "Say in the remark" in answer.content.decode()
    assert client.post(address, {**given, "remark": "It waits for me."}).status_code == 302
    made = TieOutSignOff.objects.get()
    signed = client.get(f"/quickbooks/tie-outs/signed/{made.pk}/").content.decode()
    for words in ("It waits for me.", "November 2026", "1,030.00", waits.number, "Invoiced +30.00", "Open +30.00"):
        assert words in signed, words
    assert "signed again" not in signed
    assert "signed again since" not in client.get(address).content.decode()

    assert client.post(address, {**given, "remark": "Still."}).status_code == 302
    listed = client.get(address).content.decode().partition("<h2>Signed off</h2>")[2].partition("</ul>")[0]
    newest, oldest = listed.split("<li>")[1:]
    assert [("signed again since" in one) for one in (newest, oldest)] == [False, True]
    assert all("November 2026, Ada, today" in re.sub("<[^>]*>", "", one) for one in (newest, oldest))
    later = TieOutSignOff.objects.exclude(pk=made.pk).get()
    signed = client.get(f"/quickbooks/tie-outs/signed/{made.pk}/").content.decode()
    assert f'<a href="/quickbooks/tie-outs/signed/{later.pk}/">Show the newest</a>' in signed
    assert "Show the newest" not in client.get(f"/quickbooks/tie-outs/signed/{later.pk}/").content.decode()
    told = client.get("/api/v1/tie-out-sign-offs/").json()["results"]
    assert [(one["id"], one["signed_again"]) for one in told] == [(later.pk, False), (made.pk, True)]


def test_what_no_document_explains_is_among_what_was_signed(
    payer: Payer, work: Any, subcontract: Commitment, ada: Membership, client: Client
) -> None:
    seen(subcontract, ada)
    figures = frozen(tie_out_of(subcontract.project, ada))
    figures["rows"][0]["unexplained"]["paid"] = "-0.07"
    made = TieOutSignOff.objects.create(
        company=ada.company,
        project=subcontract.project,
        month=date(2026, 11, 1),
        ties=False,
        figures=figures,
        signed_by=ada,
    )
    client.force_login(ada.user)
    signed = client.get(f"/quickbooks/tie-outs/signed/{made.pk}/").content.decode()
    assert f"{subcontract.number}: explained by no document." in signed
    assert all(words in signed for words in ("Paid \N{MINUS SIGN}0.07,", "Open +0.07"))


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("not_sent", ["is not in QuickBooks yet. Send it", "is approved here and not in QuickBooks yet."]),
        ("exporting", ["is accepted, and on its way to QuickBooks.", "is approved here and not in QuickBooks yet."]),
        ("failed", ["is not in QuickBooks: its export stopped. Fix what its page", "its export stopped. Fix what"]),
    ],
)
def test_what_stopped_is_to_be_cured_and_tried_again_and_not_sent(
    subcontract: Commitment, ada: Membership, max_pm: Membership, client: Client, status: str, said: list[str]
) -> None:
    waits = make_invoice(max_pm, subcontract, billed="30.00", number="WAITS")
    Link.objects.filter(item=subcontract.erp).delete()
    ErpItem.objects.filter(pk__in=(waits.erp_id, subcontract.erp_id)).update(status=status)
    (row,) = tie_out_of(subcontract.project, ada).rows
    assert [words in cause.sentence for words, cause in zip(said, row.causes, strict=True)] == [True, True]
    client.force_login(ada.user)
    shown = client.get(f"/quickbooks/tie-outs/{subcontract.project_id}/").content.decode()
    assert f"/review/{subcontract.erp_id}/" in shown
    assert (f"/review/{waits.erp_id}/" in shown) is (status == "failed")


def test_what_was_heard_since_the_last_reading_is_what_the_figures_are_known_until(
    payer: Payer, work: Any, subcontract: Commitment, ada: Membership, vic: Membership, client: Client
) -> None:
    assert known_until(subcontract.company_id) is None
    found = seen(subcontract, ada)
    read = PaymentReading.objects.latest("pk").ended_at
    assert known_until(subcontract.company_id) == read
    assert read
    later = read + timedelta(hours=3)
    PaymentCursor.objects.update(changed_since=later)
    assert frozen(found)["quickbooks_read_at"] == later.isoformat()
    client.force_login(vic.user)
    page = client.get(f"/quickbooks/tie-outs/{subcontract.project_id}/")
    assert page.context["read_until"] == later
    PaymentCursor.objects.filter(entity="BillPayment").update(changed_since=read - timedelta(hours=1))
    assert known_until(subcontract.company_id) == read, "of some of it nothing was heard since"


def test_an_order_that_is_gone_or_differs_leads_to_where_that_is_answered(
    payer: Payer, work: Any, subcontract: Commitment, vic: Membership, client: Client
) -> None:
    seen(subcontract, vic)
    Link.objects.filter(entity="PurchaseOrder").update(health="missing")
    client.force_login(vic.user)
    page = client.get(f"/quickbooks/tie-outs/{subcontract.project_id}/").content.decode()
    assert "was deleted in QuickBooks." in page
    assert f'<a href="/review/{subcontract.erp_id}/">Show in accounting</a>' in page


def test_the_file_and_the_api_say_the_same(
    payer: Payer, work: Any, subcontract: Commitment, ada: Membership, client: Client
) -> None:
    payer.bill(payer.line("70.00"), DocNumber="BY-HAND")
    seen(subcontract, ada)
    client.force_login(ada.user)
    text = client.get(f"/quickbooks/tie-outs/{subcontract.project_id}.csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["Side"], row["Invoiced"], row["Open"]) for row in rows] == [
        ("Console", "1000.00", "900.00"),
        ("QuickBooks", "1000.00", "900.00"),
        ("QuickBooks, not ours", "70.00", "70.00"),
    ]
    address = f"/api/v1/tie-outs/{subcontract.project_id}/"
    told = client.get(address).json()
    assert (told["ties"], told["console"]["open"], told["quickbooks"]["open"]) == (True, "900.00", "900.00")
    assert told["not_ours"][0]["number"] == "BY-HAND"
    signed = client.post(f"{address}sign-off/", {"month": "2026-11-01", "seen": told["seen"]}, "application/json")
    assert (signed.status_code, signed.json()["ties"]) == (201, True)
    assert client.get("/api/v1/tie-out-sign-offs/").json()["results"][0]["id"] == signed.json()["id"]


def test_the_file_is_called_as_the_project_is_numbered_whatever_is_in_it(max_pm: Membership, client: Client) -> None:
    project = make_project(max_pm, "Harbor Row Lofts", number="26\"; filename*=UTF-8''x.html; a=\"01")
    polish = make_project(max_pm, "Harbor Row Pier", number="Łódź")
    client.force_login(max_pm.user)
    called = [
        client.get(f"/quickbooks/tie-outs/{one.pk}.csv")["Content-Disposition"].rpartition("-20")[0]
        for one in (project, polish)
    ]

    assert called == [
        'attachment; filename="tie-out-26\\"; filename*=UTF-8\'\'x.html; a=\\"01',
        "attachment; filename*=utf-8''tie-out-%C5%81%C3%B3d%C5%BA",
    ]
