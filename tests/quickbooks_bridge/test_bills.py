"""Invoices on their way to a running emulator: bills, credits, links to the order, retainage, and how it can end."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from change_orders.models import ChangeOrder
from commitments.models import Commitment
from commitments.rules import LineDetails
from invoices.corrections import begin_correction
from invoices.kinds import summary_of
from invoices.models import BillingSettings, Invoice, InvoiceStatus
from invoices.review import approve
from procore_sync.acceptance import operations
from procore_sync.acceptance.courier import courier
from procore_sync.acceptance.models import ErpItem, ExportPolicy, Submission
from procore_sync.acceptance.refusals import NotReady, StillThere
from procore_sync.acceptance.states import Status, Work
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.kinds import Kind
from procore_sync.kit.money import money
from procore_sync.kit.refusals import InvalidInput
from projects.job_costs import direct_costs
from projects.models import CostLine, Project
from quickbooks_bridge.exporters.keys import key_of
from quickbooks_bridge.importers.job_costs import carry_on
from quickbooks_bridge.importers.names import refresh
from quickbooks_bridge.models import Connection, Link, Mapping, Thing
from quickbooks_bridge.names import names_of
from tests.factories import change_line, make_change_order, make_commitment
from tests.invoices.conftest import bills, save
from tests.quickbooks_bridge.conftest import outcome_of, work
from tests.quickbooks_bridge.documents import Ground
from tests.quickbooks_bridge.emulator_process import REALM, EmulatorProcess
from tests.quickbooks_bridge.invoice_rows import corrected, document_of, make_invoice
from tests.quickbooks_bridge.test_document_previews import switch
from tests.quickbooks_bridge.test_documents import ground, only
from tests.scenes import kept

__all__ = ["ground"]

Accept = Callable[..., Submission]
Json = dict[str, Any]
EXPENSE = "ItemBasedExpenseLineDetail"
LOST = ["write_then_drop", "drop", "500_after_write", "500"]


@pytest.fixture
@kept
def retainage(books: Connection) -> str:
    """The Retainage item of Harbor Row, chosen."""
    item = names_of(books.company_id, "Item").get(name="Retainage")
    Mapping.objects.create(
        company_id=books.company_id, thing=Thing.RETAINAGE_ITEM, entity="Item", remote_id=item.remote_id
    )
    return item.remote_id


@pytest.fixture
@kept
def subcontract(ground: Ground, accept: Accept, retainage: str) -> Commitment:
    """A subcontract of 1,000.00 and 500.50 that QuickBooks holds."""
    ground.project.cost_codes.set(ground.codes)
    first, second = (code.pk for code in ground.codes)
    given = [LineDetails(first, Decimal("1000.00"), "Conduit"), LineDetails(second, Decimal("500.50"), "Wire")]
    made = make_commitment(ground.by, ground.project, ground.vendor, lines=given, number="SC-001")
    assert work(accept(made.erp)).item.status == Status.SYNCED
    held: Commitment = Commitment.objects.select_related("erp", "project__erp", "vendor__erp", "company").get(
        pk=made.pk
    )
    return held


def green(submission: Submission) -> Submission:
    done = work(submission)
    assert done.item.status == Status.SYNCED, done.reason
    return done


def exported(change: ChangeOrder, accept: Accept) -> None:
    green(accept(ErpItem.objects.get(pk=change.erp_id)))


def lines(held: Json) -> list[tuple[str, str, str, list[str]]]:
    """(key, item, amount, lines of the order that it is linked to) of each line."""
    return [
        (
            key_of(one),
            one[EXPENSE]["ItemRef"]["name"],
            str(money(str(one["Amount"]))),
            [link["TxnLineId"] for link in one.get("LinkedTxn", [])],
        )
        for one in held["Line"]
    ]


def order_of(emulator: EmulatorProcess) -> Json:
    return only(emulator, "PurchaseOrder")


def bookkeeper_writes(emulator: EmulatorProcess, entity: str, held: Json, **changes: Any) -> Json:
    return emulator.write(entity, {**held, **changes})


# what is written


def test_an_invoice_becomes_one_bill_of_what_is_due_linked_to_its_order(
    subcontract: Commitment, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    order = order_of(emulator)
    invoice = make_invoice(subcontract, ground.by, {"1": "400.00", "2": "209.63"})
    emulator.control("requests", method="DELETE")
    done = green(accept(invoice.erp))
    held = only(emulator, "Bill")
    assert lines(held) == [
        ("1", "Materials", "400.00", ["1"]),
        ("2", "Subcontract Work", "209.63", ["2"]),
        ("R1", "Retainage", "-60.96", []),
    ]
    assert held["TotalAmt"] == held["Balance"] == 548.67
    assert (held["DocNumber"], held["TxnDate"], held["DueDate"]) == ("SC-001-1", "2026-11-20", "2026-11-28")
    assert held["VendorRef"]["name"] == "Ace Electric Co"
    assert held["LinkedTxn"] == [{"TxnId": order["Id"], "TxnType": "PurchaseOrder"}]
    assert {one[EXPENSE]["CustomerRef"]["name"] for one in held["Line"]} == {"Fire Station 4"}
    assert {one[EXPENSE]["BillableStatus"] for one in held["Line"]} == {"NotBillable"}
    assert held["PrivateNote"] == f"ERP sync {invoice.company.key}-{invoice.erp_id} rev 1: SC-001, application 1"
    assert held["Line"][0]["Description"] == "[1] Conduit"
    link = Link.objects.get(item=invoice.erp)
    assert (link.entity, link.name, str(link.total), link.health) == ("Bill", "SC-001-1", "548.67", "ok")
    assert [one["method"] for one in emulator.requests("/v3/")] == ["POST"]
    assert outcome_of(done).sentence == f"QuickBooks holds it as Bill {held['Id']}, as it was accepted."


def test_three_applications_with_a_change_order_and_a_release_close_the_order_and_empty_the_retainage(
    subcontract: Commitment, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    exported(make_change_order(ground.by, subcontract, lines=[change_line("100.00", changes=1)]), accept)
    bills = [
        ({"1": "600.00", "2": "200.50"}, {}, {"2": "100.00"}, "810.45", "Open"),
        ({"1": "400.00", "2": "300.00", "C1.1": "100.00"}, {}, {"2": "0.00"}, "630.00", "Closed"),
        ({}, {"1": "100.00", "2": "50.05", "C1.1": "10.00"}, {}, "160.05", "Closed"),
    ]
    held = Decimal(0)
    for completed, released, stored, due, status in bills:
        invoice = make_invoice(subcontract, ground.by, completed, stored=stored, released=released)
        submission = accept(invoice.erp)
        green(submission)
        document = submission.document
        held += Decimal(document["held_now"]) - Decimal(document["released"])
        assert document["total"] == due
        assert _retainage(emulator, "Ace Electric Co", "Fire Station 4") == held == Decimal(document["held"])
        assert order_of(emulator)["POStatus"] == status
    assert held == 0
    assert sum(Decimal(str(one["TotalAmt"])) for one in emulator.documents("Bill")) == Decimal("1600.50")
    billed = sorted(emulator.documents("Bill"), key=lambda one: int(one["Id"]))
    assert lines(billed[1])[2] == ("C1.1", "Materials", "100.00", ["3"])
    assert lines(billed[2]) == [("R2", "Retainage", "160.05", [])]
    assert "LinkedTxn" not in billed[2]


def _retainage(emulator: EmulatorProcess, vendor: str, job: str) -> Decimal:
    """What stands on the Retainage Payable account for a vendor and a job."""
    (item,) = emulator.named("Item", "Retainage")
    assert item["ExpenseAccountRef"]["name"] == "Retainage Payable"
    found = Decimal(0)
    for entity, sign in (("Bill", -1), ("VendorCredit", 1)):
        for document in emulator.documents(entity):
            for line in document["Line"]:
                detail = line[EXPENSE]
                if detail["ItemRef"]["value"] == item["Id"] and detail["CustomerRef"]["name"].endswith(job):
                    assert document["VendorRef"]["name"] == vendor
                    found += sign * Decimal(str(line["Amount"]))
    return found


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_billed_withheld_and_released_the_books_agree_to_the_cent(
    subcontract: Commitment, ground: Ground, accept: Accept, emulator: EmulatorProcess, seed: int
) -> None:
    dice = Random(seed)  # noqa: S311 - amounts, no secrets
    held_of = {"1": Decimal(0), "2": Decimal(0)}
    left = {"1": 100_000, "2": 50_050}
    for _ in range(4):
        completed = {key: dice.randint(-2_000, most // 2) for key, most in left.items()}
        stored = {key: str(Decimal(dice.randint(0, 2_000)) / 100) for key in left}
        released = {key: str(money(held * dice.randint(0, 100) / 100)) for key, held in held_of.items()}
        left = {key: most - completed[key] for key, most in left.items()}
        billed = {key: str(Decimal(cents) / 100) for key, cents in completed.items()}
        percent = dice.choice(["0", "5", "10", "7.5"])
        invoice = make_invoice(subcontract, ground.by, billed, stored=stored, released=released, percent=percent)
        summary = summary_of(list(invoice.lines.all()))
        Invoice.objects.filter(pk=invoice.pk).update(as_credit=summary.due < 0)
        green(accept(invoice.erp))
        held_of = {line.key: line.figures.held for line in invoice.lines.all()}
        assert _retainage(emulator, "Ace Electric Co", "Fire Station 4") == summary.held
        assert _net(emulator) + summary.held == summary.to_date


def _net(emulator: EmulatorProcess) -> Decimal:
    """What the bills come to, less the vendor credits."""
    bills, credits = (
        sum((Decimal(str(one["TotalAmt"])) for one in emulator.documents(entity)), Decimal(0))
        for entity in ("Bill", "VendorCredit")
    )
    return bills - credits


def test_less_than_nothing_goes_as_a_vendor_credit_with_every_amount_turned(
    subcontract: Commitment, ground: Ground, accept: Accept, ada: Membership, emulator: EmulatorProcess
) -> None:
    green(accept(make_invoice(subcontract, ground.by, {"1": "400.00"}).erp))
    back = make_invoice(subcontract, ground.by, {"1": "-100.00"})
    assert any("less than zero" in one for one in stops(back))
    Invoice.objects.filter(pk=back.pk).update(as_credit=True)
    done = green(accept(back.erp))
    held = only(emulator, "VendorCredit")
    assert lines(held) == [("1", "Materials", "100.00", []), ("R1", "Retainage", "-10.00", [])]
    assert held["TotalAmt"] == 90
    assert "LinkedTxn" not in held
    link = Link.objects.get(item=back.erp)
    assert (link.entity, str(link.total)) == ("VendorCredit", "90.00")
    assert "VendorCredit" in outcome_of(done).sentence
    assert _retainage(emulator, "Ace Electric Co", "Fire Station 4") == Decimal("30.00")
    with pytest.raises(StillThere, match="vendor credit"):
        operations.unlink(done.item, by=ada)


def stops(invoice: Invoice) -> list[str]:
    """What makes its acceptance impossible."""
    checks = courier().preview(invoice.erp, document_of(invoice)).checks()
    return [one.sentence for one in checks if one.level == "stop"]


def test_what_is_due_cannot_go_as_a_credit(subcontract: Commitment, ground: Ground) -> None:
    invoice = make_invoice(subcontract, ground.by, {"1": "100.00"}, as_credit=True)
    assert any("Something is due" in one for one in stops(invoice))


def test_the_class_and_the_terms_that_were_chosen_stand_there(
    subcontract: Commitment, ground: Ground, accept: Accept, books: Connection, emulator: EmulatorProcess
) -> None:
    invoice = make_invoice(subcontract, ground.by, {"1": "400.00"})
    net = names_of(books.company_id, "Term").get(name="Net 45")
    public = names_of(books.company_id, "Class").get(name="Public Works")
    green(accept(invoice.erp, terms=net.remote_id, **{"class": public.remote_id}))
    held = only(emulator, "Bill")
    assert held["SalesTermRef"] == {"value": net.remote_id}
    assert held["DueDate"] == "2026-11-28"
    assert {one[EXPENSE]["ClassRef"]["name"] for one in held["Line"]} == {"Public Works"}


@pytest.mark.parametrize("fault", LOST)
def test_a_lost_answer_leaves_one_bill(
    subcontract: Commitment, ground: Ground, accept: Accept, emulator: EmulatorProcess, fault: str
) -> None:
    emulator.control("switches", {"requestid": "ignore"})
    invoice = make_invoice(subcontract, ground.by, {"1": "400.00"})
    emulator.fault(fault, entity="Bill")
    submission = work(accept(invoice.erp))
    assert submission.work == Work.UNCERTAIN
    work(submission, times=4)
    assert submission.item.status == Status.SYNCED, submission.reason
    assert len(emulator.documents("Bill")) == 1
    assert lines(only(emulator, "Bill"))[0] == ("1", "Materials", "400.00", ["1"])


def test_our_bills_cost_the_job_nothing_twice_and_retainage_costs_it_nothing(
    subcontract: Commitment, ground: Ground, accept: Accept, books: Connection, emulator: EmulatorProcess
) -> None:
    Project.objects.filter(pk=ground.project.pk).update(job_costs=True)
    invoice = make_invoice(subcontract, ground.by, {"1": "400.00"})
    green(accept(invoice.erp))
    green(accept(make_invoice(subcontract, ground.by, {"1": "-300.00"}, as_credit=True).erp))
    typed = only(emulator, "Bill")
    for line in typed["Line"]:
        line.pop("Id")
        line.pop("LinkedTxn", None)
    head = {name: typed[name] for name in ("VendorRef", "TxnDate", "Line")}
    emulator.write("Bill", head)
    reading = carry_on(books.company_id)
    assert reading
    assert reading.ended_at
    costs = [(one.entity, str(one.amount), one.own) for one in CostLine.objects.order_by("entity", "own", "amount")]
    assert costs == [("Bill", "400.00", False), ("Bill", "400.00", True), ("VendorCredit", "-300.00", True)]
    assert direct_costs(Project.objects.get(pk=ground.project.pk)) == {ground.codes[0].pk: Decimal("400.00")}


def test_what_a_bookkeeper_adds_to_our_bill_costs_the_job(
    subcontract: Commitment, ground: Ground, accept: Accept, books: Connection, emulator: EmulatorProcess
) -> None:
    """The console counts as invoiced what was accepted, so a line of their own would be in no sum."""
    project = Project.objects.get(pk=ground.project.pk)
    Project.objects.filter(pk=project.pk).update(job_costs=True)
    project.job_costs = True
    green(accept(make_invoice(subcontract, ground.by, {"1": "400.00", "2": "50.00"}).erp))
    held = only(emulator, "Bill")
    first, *rest = held["Line"]
    freight = {name: first[name] for name in ("Amount", "DetailType", EXPENSE)} | {"Amount": 75.25}
    freight[EXPENSE] = {**first[EXPENSE], "Qty": 1, "UnitPrice": 75.25}
    keyless = {**first, "Description": "Conduit"}
    bookkeeper_writes(emulator, "Bill", held, Line=[keyless, *rest, freight])
    assert carry_on(books.company_id)
    assert direct_costs(project) == {ground.codes[0].pk: Decimal("75.25")}

    CostLine.objects.update(own=True)
    assert carry_on(books.company_id)
    assert direct_costs(project) == {ground.codes[0].pk: Decimal("75.25")}


def test_a_line_that_took_the_place_of_ours_is_not_counted_beside_it(
    subcontract: Commitment, ground: Ground, accept: Accept, books: Connection, emulator: EmulatorProcess
) -> None:
    project = Project.objects.get(pk=ground.project.pk)
    Project.objects.filter(pk=project.pk).update(job_costs=True)
    project.job_costs = True
    green(accept(make_invoice(subcontract, ground.by, {"1": "400.00", "2": "50.00"}).erp))
    held = only(emulator, "Bill")
    typed = {name: held["Line"][0][name] for name in ("Amount", "DetailType", EXPENSE)}
    bookkeeper_writes(emulator, "Bill", held, Line=[typed, *held["Line"][1:]])
    assert carry_on(books.company_id)
    assert carry_on(books.company_id)

    assert direct_costs(project) == {}


def test_a_bill_that_was_linked_as_a_whole_is_ours_with_all_its_lines(
    subcontract: Commitment, ground: Ground, accept: Accept, books: Connection, emulator: EmulatorProcess
) -> None:
    project = Project.objects.get(pk=ground.project.pk)
    Project.objects.filter(pk=project.pk).update(job_costs=True)
    project.job_costs = True
    invoice = make_invoice(subcontract, ground.by, {"1": "400.00"})
    green(accept(invoice.erp))
    held = only(emulator, "Bill")
    for line in held["Line"]:
        line["Description"] = "typed"
    bookkeeper_writes(emulator, "Bill", held)
    Link.objects.filter(item=invoice.erp).update(seen={})
    assert carry_on(books.company_id)

    assert direct_costs(project) == {}


def test_direct_export_takes_an_invoice_unless_a_person_has_to_choose(
    subcontract: Commitment, ground: Ground, books: Connection, company: Company, emulator: EmulatorProcess
) -> None:
    ExportPolicy.objects.create(company=company, kind=Kind.INVOICE, direct_export=True)
    first = make_invoice(subcontract, ground.by, {"1": "400.00"})
    green(operations.send(first.erp, by=ground.by))
    assert only(emulator, "Bill")["SalesTermRef"]["value"]
    switch(books, **{"Warns of repeated bill numbers": "on"})
    second = make_invoice(subcontract, ground.by, {"2": "50.00"}, number="X")
    Invoice.objects.filter(pk=second.pk).update(number="sc-001-1")
    assert operations.send(second.erp, by=ground.by).item.status == Status.SENT


# the order is not as it was


def test_a_closed_order_is_billed_without_a_link_and_that_is_told(
    subcontract: Commitment, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    link = Link.objects.get(item=subcontract.erp)
    link.seen["POStatus"] = "Closed"
    link.save()
    invoice = make_invoice(subcontract, ground.by, {"1": "400.00"})
    submission = accept(invoice.erp)
    told = [one.sentence for one in courier().preview(invoice.erp, submission.document).checks()]
    assert any("goes without a link" in one for one in told)
    done = green(submission)
    assert "not linked to the purchase order SC-001, which was closed" in outcome_of(done).sentence
    assert lines(only(emulator, "Bill"))[0] == ("1", "Materials", "400.00", [])


def test_a_line_that_is_gone_from_the_order_is_billed_without_a_link_and_that_is_told(
    subcontract: Commitment, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    link = Link.objects.get(item=subcontract.erp)
    del link.seen["Line.2.Id"]
    link.save()
    invoice = make_invoice(subcontract, ground.by, {"1": "400.00", "2": "10.00"})
    submission = accept(invoice.erp)
    assert any("has no line 2" in one.sentence for one in courier().preview(invoice.erp, submission.document).checks())
    done = green(submission)
    assert "Line 2 is not linked" in outcome_of(done).sentence
    assert [links for _, _, _, links in lines(only(emulator, "Bill"))] == [["1"], [], []]


def test_a_link_that_quickbooks_drops_without_a_word_is_seen_and_then_done_without(
    subcontract: Commitment, ground: Ground, accept: Accept, ada: Membership, emulator: EmulatorProcess
) -> None:
    emulator.delete("PurchaseOrder", order_of(emulator))
    invoice = make_invoice(subcontract, ground.by, {"1": "400.00"})
    failed = work(accept(invoice.erp))
    assert failed.item.status == Status.FAILED
    assert "Line 1, link to the purchase order was sent as “line 1” and stands as “not linked”" in failed.reason
    done = green(operations.retry(failed.item, by=ada))
    assert "Line 1 is not linked to the purchase order." in outcome_of(done).sentence
    assert len(emulator.documents("Bill")) == 1


def test_the_order_of_another_vendor_is_refused(
    subcontract: Commitment, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    link = Link.objects.get(item=subcontract.erp)
    mine = link.seen["VendorRef.value"]
    invoice = make_invoice(subcontract, ground.by, {"1": "400.00"})
    submission = accept(invoice.erp)
    link.seen["VendorRef.value"] = "999"
    link.save()
    assert any(one.level == "stop" for one in courier().preview(invoice.erp, submission.document).checks())
    failed = work(submission)
    assert "another vendor's" in failed.reason
    assert failed.cure_url
    assert emulator.documents("Bill") == []
    link.seen["VendorRef.value"] = mine
    link.save()


def test_quickbooks_refuses_to_link_the_order_of_another_vendor(
    subcontract: Commitment, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    (other,) = emulator.named("Vendor", "O'Brien Excavating")
    held = order_of(emulator)
    bookkeeper_writes(emulator, "PurchaseOrder", held, VendorRef={"value": other["Id"]})
    failed = work(accept(make_invoice(subcontract, ground.by, {"1": "400.00"}).erp))
    assert failed.item.status == Status.FAILED
    assert outcome_of(failed).fault_code == "620"
    assert emulator.documents("Bill") == []


# numbers


@pytest.fixture
def typed(subcontract: Commitment, books: Connection, emulator: EmulatorProcess) -> Callable[[], Json]:
    """Writes, in a company that warns of numbers used twice, a bill of the number that ours would have."""
    emulator.control("preferences", {"realm": REALM, "OtherPrefs": {"WarnDuplicateBillNumber": "true"}})
    refresh(books)
    vendor, item = ground_refs(emulator)
    line = {"DetailType": EXPENSE, "Amount": 5, EXPENSE: {"ItemRef": item, "Qty": 1, "UnitPrice": 5}}
    said = {"VendorRef": vendor, "DocNumber": "SC-001-1", "TxnDate": "2026-10-30", "Line": [line]}
    return lambda: emulator.write("Bill", said)


def test_a_bill_that_was_given_up_and_is_carried_out_late_is_not_posted_beside(
    subcontract: Commitment,
    ground: Ground,
    accept: Accept,
    typed: Callable[[], Json],
    ada: Membership,
    emulator: EmulatorProcess,
) -> None:
    invoice = make_invoice(subcontract, ground.by, {"1": "400.00"})
    submission = accept(invoice.erp)
    emulator.fault("drop")
    work(submission)
    rival = typed()
    work(submission, times=3)
    assert "QuickBooks has the number SC-001-1 already" in submission.reason
    bookkeeper_writes(emulator, "Bill", rival, DocNumber="T-1")
    asked = submission.attempts.filter(act="send").first()
    assert asked
    late = emulator.write("Bill", asked.asked["payload"])
    operations.reject(submission.item, by=ada, comment="Send it once more.")
    green(accept(submission.item, repeated_number="allow"))
    assert Link.objects.get(item=submission.item).remote_id == late["Id"]
    assert len(emulator.documents("Bill")) == 2


def test_a_number_used_twice_is_explained_and_posted_only_if_the_approver_says_so(
    subcontract: Commitment,
    ground: Ground,
    accept: Accept,
    typed: Callable[[], Json],
    ada: Membership,
    emulator: EmulatorProcess,
) -> None:
    typed()
    invoice = make_invoice(subcontract, ground.by, {"1": "400.00"})
    failed = work(accept(invoice.erp))
    assert "QuickBooks has the number SC-001-1 already" in failed.reason
    assert "the bill of Ace Electric Co of 2026-10-30" in failed.reason
    assert "choose to post it although the number is taken" in failed.reason
    assert len(emulator.documents("Bill")) == 1
    operations.reject(failed.item, by=ada, comment="Look at the number.")
    with pytest.raises(InvalidInput, match="Choose the number used twice"):
        accept(failed.item)
    submission = operations.open_submission(failed.item)
    assert submission
    offered = {
        one.name: one.initial for one in courier().preview(failed.item, submission.document).choices() if one.initial
    }
    green(
        operations.accept(failed.item, by=ada, seen=submission.digest, choices={**offered, "repeated_number": "allow"})
    )
    assert len(emulator.documents("Bill")) == 2


def ground_refs(emulator: EmulatorProcess) -> tuple[Json, Json]:
    (vendor,), (item,) = emulator.named("Vendor", "Ace Electric Co"), emulator.named("Item", "Materials")
    return {"value": vendor["Id"]}, {"value": item["Id"]}


# correcting


def test_a_correction_changes_the_same_bill_line_by_line_and_keeps_ids_and_links(
    subcontract: Commitment, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    invoice = make_invoice(subcontract, ground.by, {"1": "400.00"})
    green(accept(invoice.erp))
    first = only(emulator, "Bill")
    green(accept(corrected(invoice, {"1": "500.00", "2": "50.00"}).erp))
    held = only(emulator, "Bill")
    assert held["Id"] == first["Id"]
    assert lines(held) == [
        ("1", "Materials", "500.00", ["1"]),
        ("R1", "Retainage", "-55.00", []),
        ("2", "Subcontract Work", "50.00", ["2"]),
    ]
    assert [one["Id"] for one in held["Line"]][:2] == [one["Id"] for one in first["Line"]]
    assert held["TotalAmt"] == 495
    assert "rev 2" in held["PrivateNote"]


def test_a_bill_of_nothing_but_a_change_order_is_corrected_like_any_other(
    subcontract: Commitment, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    exported(make_change_order(ground.by, subcontract, lines=[change_line("100.00", changes=1)]), accept)
    invoice = make_invoice(subcontract, ground.by, {"C1.1": "100.00"}, percent="0")
    green(accept(invoice.erp))
    green(accept(corrected(invoice, {"C1.1": "80.00"}, percent="0").erp))
    assert [line[:3] for line in lines(only(emulator, "Bill"))] == [("C1.1", "Materials", "80.00")]


def test_a_line_that_was_taken_back_leaves_the_bill(
    subcontract: Commitment, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    invoice = make_invoice(subcontract, ground.by, {"1": "400.00", "2": "50.00"})
    green(accept(invoice.erp))
    green(accept(corrected(invoice, {"2": "0.00"}).erp))
    assert [key for key, *_ in lines(only(emulator, "Bill"))] == ["1", "R1"]


def test_a_correction_does_not_write_over_what_the_bookkeeper_changed_until_it_is_shown(
    subcontract: Commitment, ground: Ground, accept: Accept, ada: Membership, emulator: EmulatorProcess
) -> None:
    invoice = make_invoice(subcontract, ground.by, {"1": "400.00"})
    green(accept(invoice.erp))
    held = only(emulator, "Bill")
    held["Line"][0] |= {"Amount": 300, EXPENSE: {**held["Line"][0][EXPENSE], "UnitPrice": 300}}
    bookkeeper_writes(emulator, "Bill", held, DueDate="2027-01-31")
    failed = work(accept(corrected(invoice, {"1": "500.00"}).erp))
    assert "Line 1, amount from “400.00” to “300.00”" in failed.reason
    assert only(emulator, "Bill")["Line"][0]["Amount"] == 300
    green(operations.retry(failed.item, by=ada))
    after = only(emulator, "Bill")
    assert (after["TotalAmt"], after["DueDate"]) == (450, "2027-01-31")


def pay(emulator: EmulatorProcess, bill: Json, amount: float) -> Json:
    """The bookkeeper pays so much of it by cheque."""
    (bank,) = emulator.named("Account", "Operating Checking")
    return emulator.write(
        "BillPayment",
        {
            "VendorRef": {"value": bill["VendorRef"]["value"]},
            "PayType": "Check",
            "CheckPayment": {"BankAccountRef": {"value": bank["Id"]}},
            "TotalAmt": amount,
            "Line": [{"Amount": amount, "LinkedTxn": [{"TxnId": bill["Id"], "TxnType": "Bill"}]}],
        },
    )


def test_a_paid_bill_is_corrected_down_to_what_is_paid_and_no_further(
    subcontract: Commitment, ground: Ground, accept: Accept, ada: Membership, emulator: EmulatorProcess
) -> None:
    invoice = make_invoice(subcontract, ground.by, {"1": "400.00"})
    green(accept(invoice.erp))
    pay(emulator, only(emulator, "Bill"), 270.01)
    failed = work(accept(corrected(invoice, {"1": "300.00"}).erp))
    assert "270.01 of this bill is paid or applied in QuickBooks, and it would come to 270.00" in failed.reason
    assert only(emulator, "Bill")["TotalAmt"] == 360
    operations.reject(failed.item, by=ada, comment="It is paid.")
    green(accept(corrected(invoice, {"1": "300.02"}).erp))
    held = only(emulator, "Bill")
    assert (held["TotalAmt"], held["Balance"]) == (270.02, 0.01)
    assert {one["TxnType"] for one in held["LinkedTxn"]} == {"PurchaseOrder", "BillPaymentCheck"}


def test_a_credit_is_approved_otherwise_and_corrected_while_nothing_of_it_is_used(
    subcontract: Commitment, ground: Ground, accept: Accept, max_pm: Membership, emulator: EmulatorProcess
) -> None:
    green(accept(make_invoice(subcontract, ground.by, {"1": "400.00"}).erp))
    credit = make_invoice(subcontract, ground.by, {"1": "-300.00"}, as_credit=True)
    green(accept(credit.erp))
    approve(Invoice.objects.get(pk=credit.pk), InvoiceStatus.APPROVED_AS_NOTED, by=max_pm)
    begin_correction(credit, "It was less.", by=max_pm)
    save(credit, bills("1", "-350.00"), by=max_pm)
    approve(Invoice.objects.get(pk=credit.pk), InvoiceStatus.APPROVED, by=max_pm)
    green(accept(ErpItem.objects.get(pk=credit.erp_id)))
    assert only(emulator, "VendorCredit")["TotalAmt"] == 315


def test_a_bill_is_never_turned_into_a_credit(
    subcontract: Commitment, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    green(accept(make_invoice(subcontract, ground.by, {"1": "400.00"}).erp))
    invoice = make_invoice(subcontract, ground.by, {"1": "100.00"})
    green(accept(invoice.erp))
    with pytest.raises(NotReady, match="is a Bill in QuickBooks and would become a VendorCredit"):
        accept(corrected(invoice, {"1": "-100.00"}, as_credit=True).erp)
    assert emulator.documents("VendorCredit") == []


def test_what_was_linked_as_a_credit_meanwhile_is_not_written_as_a_bill(
    subcontract: Commitment, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    invoice = make_invoice(subcontract, ground.by, {"1": "100.00"})
    green(accept(invoice.erp))
    submission = accept(corrected(invoice, {"1": "90.00"}).erp)
    Link.objects.filter(item=invoice.erp).update(entity="VendorCredit")
    failed = work(submission)
    assert failed.item.status == Status.FAILED
    assert "is a VendorCredit in QuickBooks and would become a Bill" in failed.reason
    assert only(emulator, "Bill")["TotalAmt"] == 90


# gone and voided


def test_it_is_unlinked_once_its_bill_is_deleted_and_sent_anew(
    subcontract: Commitment, ground: Ground, accept: Accept, ada: Membership, emulator: EmulatorProcess
) -> None:
    invoice = make_invoice(subcontract, ground.by, {"1": "400.00"})
    green(accept(invoice.erp))
    first = only(emulator, "Bill")
    item = ErpItem.objects.get(pk=invoice.erp_id)
    with pytest.raises(StillThere, match="still holds the bill “SC-001-1”"):
        operations.unlink(item, by=ada)
    emulator.delete("Bill", first)
    operations.unlink(item, by=ada)
    assert not Link.objects.filter(item=item).exists()
    green(accept(item))
    assert only(emulator, "Bill")["Id"] != first["Id"]


def voided(emulator: EmulatorProcess, bill: Json) -> Json:
    """As QuickBooks leaves a bill that a person voids in its window."""
    for line in bill["Line"]:
        line["Amount"] = 0
        line[EXPENSE]["UnitPrice"] = 0
    return bookkeeper_writes(emulator, "Bill", bill, PrivateNote=f"{bill['PrivateNote']}\nVoided")


def test_a_voided_bill_takes_no_change_and_is_unlinked_and_never_taken_for_the_new_one(
    subcontract: Commitment, ground: Ground, accept: Accept, ada: Membership, emulator: EmulatorProcess
) -> None:
    invoice = make_invoice(subcontract, ground.by, {"1": "400.00"})
    green(accept(invoice.erp))
    voided(emulator, only(emulator, "Bill"))
    failed = work(accept(corrected(invoice, {"1": "500.00"}).erp))
    assert "was voided in QuickBooks" in failed.reason
    assert only(emulator, "Bill")["TotalAmt"] == 0


def test_a_voided_bill_counts_as_gone(
    subcontract: Commitment, ground: Ground, accept: Accept, ada: Membership, emulator: EmulatorProcess
) -> None:
    emulator.control("switches", {"requestid": "ignore"})
    invoice = make_invoice(subcontract, ground.by, {"1": "400.00"})
    green(accept(invoice.erp))
    old = voided(emulator, only(emulator, "Bill"))
    item = ErpItem.objects.get(pk=invoice.erp_id)
    operations.unlink(item, by=ada)
    emulator.fault("500", entity="Bill")
    submission = work(accept(item))
    assert submission.work == Work.UNCERTAIN
    work(submission, times=4)
    assert submission.item.status == Status.SYNCED, submission.reason
    assert Link.objects.get(item=item).remote_id != old["Id"]


def test_over_billing_is_stopped_unless_the_project_allows_it(
    subcontract: Commitment, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    invoice = make_invoice(subcontract, ground.by, {"1": "1000.01"})
    with pytest.raises(NotReady, match="Billed beyond what is scheduled: line 1"):
        accept(invoice.erp)
    operations.retrieve(invoice.erp, by=ground.by)
    BillingSettings.objects.create(project=subcontract.project, allows_overbilling=True)
    green(accept(invoice.erp))
