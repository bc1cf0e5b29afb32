"""A backup is restored: nothing is written twice, and whatever QuickBooks holds of ours is linked by its mark."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from change_orders.models import ChangeOrder
from commitments.models import Commitment
from commitments.rules import LineDetails
from procore_sync.acceptance import engine, items, operations
from procore_sync.acceptance.journal import verify_journal
from procore_sync.acceptance.models import ErpItem, Event, Submission
from procore_sync.acceptance.states import Decision, Status, Work
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from quickbooks_bridge.connections import obstacle_of
from quickbooks_bridge.ledgers import ledger_for
from quickbooks_bridge.models import Connection, ConnectionStatus, Link
from quickbooks_bridge.reconciling import gate, marked
from quickbooks_bridge.reconciling.ahead import look, look_once
from quickbooks_bridge.reconciling.judging import ahead_in
from quickbooks_bridge.reconciling.marked import Known, Marked
from quickbooks_bridge.reconciling.relinking import NotOurs, OursIndeed, put_away, relink, relink_all, seen_of
from quickbooks_bridge.reconciling.rows import LedgerFinding
from quickbooks_bridge.watch_models import LinkWatch
from tests.factories import change_line, make_change_order, make_commitment, make_company, make_vendor
from tests.quickbooks_bridge.conftest import work
from tests.quickbooks_bridge.documents import Ground
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.quickbooks_bridge.invoice_rows import make_invoice
from tests.quickbooks_bridge.test_bills import EXPENSE, ground, retainage, subcontract

__all__ = ["ground", "retainage", "subcontract"]

Accept = Callable[..., Submission]


@pytest.fixture(autouse=True)
def bells(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A broker that only counts."""
    rung: list[int] = []
    monkeypatch.setattr(gate, "ring_look", rung.append)
    monkeypatch.setattr("quickbooks_bridge.reconciling.ahead.ring", rung.append)
    return rung


@contextmanager
def lost(row: Connection) -> Iterator[None]:
    """What happens inside stands in QuickBooks only: the database goes back to the backup, and everything restarts."""
    backup = transaction.savepoint()
    yield
    transaction.savepoint_rollback(backup)
    gate.begin()
    row.refresh_from_db()


def counts(emulator: EmulatorProcess) -> list[int]:
    return [len(emulator.documents(entity)) for entity in ("Vendor", "Customer", "PurchaseOrder", "Bill")]


def run(submission: Submission) -> Submission:
    """The worker, as often as it may."""
    return work(submission, times=4)


def test_whatever_was_sent_after_the_backup_is_linked_and_nothing_is_there_twice(
    books: Connection,
    subcontract: Commitment,
    accept: Accept,
    alma: Membership,
    ada: Membership,
    max_pm: Membership,
    emulator: EmulatorProcess,
) -> None:
    """When the backup was made a bill and a vendor were accepted, a bill was sent, and the others only entered."""
    by = max_pm
    first, second = (make_invoice(subcontract, by, {"1": amount}) for amount in ("400.00", "90.00"))
    change = make_change_order(by, subcontract, lines=[change_line("250.00", changes=1)])
    vendor, accepted = make_vendor(by, "Granite Tile"), make_vendor(by, "Slate & Tile")
    waiting, named = accept(first.erp), accept(accepted.erp)
    undecided = operations.send(second.erp, by=by)
    with lost(books):
        second_out = operations.accept(second.erp, by=ada, seen=undecided.digest, choices={})
        others = [accept(item) for item in (vendor.erp, ErpItem.objects.get(pk=change.erp_id))]
        for submission in (waiting, named, second_out, *others):
            done = run(submission)
            assert done.item.status == Status.SYNCED, done.reason
    there = counts(emulator)

    held_up = run(waiting)
    assert (held_up.work, held_up.item.status) == (Work.WAITING, Status.EXPORTING)
    assert look_once(books.company_id) == 5
    books.refresh_from_db()
    obstacle = obstacle_of(books)
    assert obstacle
    assert "5 documents with our mark" in obstacle.sentence
    assert run(waiting).item.status == Status.EXPORTING
    assert counts(emulator) == there
    assert [one.against for one in LedgerFinding.objects.all()] == [""] * 5

    assert link_all(books, alma) == 5
    looked_at_next = LinkWatch.objects.filter(due_at__lte=timezone.now()).values_list("link__entity", flat=True)
    assert set(looked_at_next) == {"Bill", "PurchaseOrder", "Vendor"}, "by what was read before they were linked"
    for one in (first, second, change, vendor, accepted):
        item = ErpItem.objects.get(pk=one.erp_id)
        assert (item.status, item.synced_revision, item.is_changed) == (Status.SYNCED, item.revision, False)
    assert look_once(books.company_id) == 0
    books.refresh_from_db()
    assert obstacle_of(books) is None
    assert (run(waiting).work, run(named).work) == (Work.DONE, Work.DONE)
    assert Submission.objects.get(pk=undecided.pk).decision == Decision.LINKED
    assert counts(emulator) == there
    assert {one.remote_id for one in Link.objects.filter(entity="Bill")} == {
        one["Id"] for one in emulator.documents("Bill")
    }
    assert verify_journal(books.company) is None
    told = Event.objects.filter(item=second.erp).latest("sequence")
    assert (told.by, told.to_status, "restored backup" in told.comment) == (alma, Status.SYNCED, True)


def test_a_look_asked_for_never_looks_back_less_than_it_has_to(
    books: Connection, subcontract: Commitment, accept: Accept, max_pm: Membership
) -> None:
    """A look that left out a time would let exports go over what was written in it."""
    with lost(books):
        run(accept(make_invoice(subcontract, max_pm, {"1": "400.00"}).erp))
    assert look(books, since=timezone.now() + timedelta(days=1)) == 1
    for days in ("-3", "0", "3651", "99999999999", "two"):
        with pytest.raises(CommandError, match="no number of days from 1 to 3650"):
            call_command("ledger_is_ahead", "--days", days)
    with pytest.raises(CommandError, match="Settle these"):
        call_command("ledger_is_ahead", "--days", "3650", stdout=StringIO())


def test_the_command_looks_at_every_company_and_says_whom_it_could_not_ask(
    books: Connection, subcontract: Commitment, accept: Accept, max_pm: Membership, emulator: EmulatorProcess
) -> None:
    with lost(books):
        run(accept(make_invoice(subcontract, max_pm, {"1": "400.00"}).erp))
    for realm, name in enumerate(("shut", "mute")):
        status = ConnectionStatus.NEEDS_LOGIN if name == "shut" else ConnectionStatus.CONNECTED
        Connection.objects.create(
            company=make_company(name.title(), name), realm_id=str(realm), environment=books.environment, status=status
        )
    emulator.fault("500", method="GET", times=1)
    said = StringIO()
    with pytest.raises(CommandError, match=r"^Whoever was not asked is looked at by itself"):
        call_command("ledger_is_ahead", stdout=said)
    assert "Harbor Row Builders: QuickBooks could not be asked" in said.getvalue()
    assert "Shut: QuickBooks could not be asked: it needs a new sign-in." in said.getvalue()
    assert "Mute: QuickBooks could not be asked" in said.getvalue()
    with pytest.raises(CommandError, match=r"^Settle these .* Whoever was not asked"):
        call_command("ledger_is_ahead", stdout=said)
    with pytest.raises(CommandError, match="nowhere is no company that is connected"):
        call_command("ledger_is_ahead", company="nowhere")


def test_what_was_deleted_since_is_not_green_by_the_answer_that_quickbooks_repeats(
    books: Connection, accept: Accept, ground: Ground, emulator: EmulatorProcess
) -> None:
    """The database has forgotten that it was sent, and QuickBooks has nothing left that bears the mark."""
    ground.project.cost_codes.set(ground.codes)
    lines = [LineDetails(ground.codes[0].pk, Decimal("100.00"), "Conduit")]
    submission = accept(make_commitment(ground.by, ground.project, ground.vendor, lines=lines).erp)
    with lost(books):
        assert look_once(books.company_id) == 0
        assert run(submission).item.status == Status.SYNCED
        emulator.delete("PurchaseOrder", emulator.documents("PurchaseOrder")[0])
    submission.refresh_from_db()
    assert look_once(books.company_id) == 0

    assert run(submission).item.status == Status.FAILED
    assert "was deleted there" in submission.reason
    assert emulator.documents("PurchaseOrder") == []


def test_a_vendor_who_was_changed_since_is_not_green_by_the_answer_that_quickbooks_repeats(
    books: Connection, accept: Accept, max_pm: Membership, emulator: EmulatorProcess
) -> None:
    submission = accept(make_vendor(max_pm, "Granite Tile", phone="555-0101").erp)
    with lost(books):
        assert look_once(books.company_id) == 0
        assert run(submission).item.status == Status.SYNCED
        (held,) = emulator.named("Vendor", "Granite Tile")
        emulator.write("Vendor", {**held, "PrimaryPhone": {"FreeFormNumber": "555-0909"}})
    submission.refresh_from_db()
    assert look_once(books.company_id) == 0

    assert run(submission).item.status == Status.FAILED
    assert "Phone was sent as “555-0101” and stands as “555-0909”" in submission.reason
    assert len(emulator.named("Vendor", "Granite Tile")) == 1


def test_a_name_alone_is_no_proof_so_a_person_links_it_and_what_needs_it_goes_at_once(
    books: Connection,
    subcontract: Commitment,
    accept: Accept,
    ada: Membership,
    client: Client,
    emulator: EmulatorProcess,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    """Nothing with our mark was written since the backup, and QuickBooks knows the request id no more."""
    by = subcontract.erp.created_by
    assert by
    emulator.control("switches", {"requestid": "ignore"})
    vendor, line = make_vendor(by, "Granite Tile"), subcontract.lines.select_related("code")[0]
    given = [LineDetails(line.code.cost_code_id, Decimal("70.00"), "Tile")]
    named = accept(vendor.erp)
    order = accept(make_commitment(by, subcontract.project, vendor, lines=given, number="SC-002").erp)
    with lost(books):
        assert run(named).item.status == Status.SYNCED
    assert look_once(books.company_id) == 0

    assert run(named).item.status == Status.FAILED
    assert "nothing here shows that this console made it" in named.reason
    assert (named.cure_by, run(order).reason) == (
        "approver",
        "Waiting for vendor Granite Tile to be in QuickBooks; it is failed.",
    )
    client.force_login(ada.user)
    page = client.get(named.cure_url).content.decode()
    nearest = re.search(r"<th scope=\"row\">([^<]+)</th>.*?action=\"([^\"]+)\"", page, re.DOTALL)
    assert nearest
    assert nearest[1] == "Granite Tile"
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(nearest[2], {"item": named.item_id}).status_code == 302
    engine.work(order.pk)
    order.refresh_from_db()
    assert (order.work, order.reason) == (Work.DONE, "")
    assert len(emulator.named("Vendor", "Granite Tile")) == 1


def test_what_is_known_is_let_go_some_marks_at_a_time(
    books: Connection,
    subcontract: Commitment,
    accept: Accept,
    max_pm: Membership,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(marked, "AT_ONCE", 1)
    first, second = (make_invoice(subcontract, max_pm, {"1": amount}) for amount in ("400.00", "90.00"))
    assert run(accept(first.erp)).item.status == Status.SYNCED
    with lost(books):
        assert run(accept(second.erp)).item.status == Status.SYNCED
    judged: list[int] = []

    def news(some: list[Marked]) -> list[Marked]:
        judged.append(len(some))
        known = Known.of(books.company_id, books.company.key, some)
        return [one for one in some if ahead_in(one, known)]

    found = marked.changed_since(ledger_for(books), books.company.created_at, books.company.key, news=news)
    assert (len(judged) > 1, max(judged)) == (True, 1)
    assert [one.document["DocNumber"] for one in found.marked] == [second.number]
    assert {first.erp_id, second.erp_id} <= found.numbers
    assert look_once(books.company_id) == 1


def link_all(books: Connection, by: Membership) -> int:
    """Link what is there now, as somebody who has just looked."""
    return relink_all(books, by=by, seen=seen_of(books.company_id))


def test_nothing_is_linked_that_was_not_looked_at(
    books: Connection, subcontract: Commitment, accept: Accept, alma: Membership, client: Client
) -> None:
    by = subcontract.erp.created_by
    assert by
    first, second = (make_invoice(subcontract, by, {"1": amount}) for amount in ("40.00", "30.00"))
    with lost(books):
        run(accept(first.erp))
        run(accept(second.erp))
    assert look_once(books.company_id) == 2
    LedgerFinding.objects.get(item=second.erp).delete()  # as if it had come to be known later
    client.force_login(alma.user)
    address = "/api/v1/quickbooks/findings/link-all/"
    by_page = re.findall(r'name="seen" value="(\w+)"', client.get("/quickbooks/ahead/").content.decode())[0]
    by_api = client.get(address).json()["seen"]
    assert look_once(books.company_id) == 2

    stale = [
        client.post("/quickbooks/ahead/link/", {"seen": by_page}),
        client.post(address, {"seen": by_api}, "application/json"),
    ]

    assert [one.status_code for one in stale] == [409, 409]
    assert "other documents to settle now than those you looked at: 2" in stale[1].json()["detail"]
    assert client.post("/quickbooks/ahead/link/").status_code == 409, "who looked at nothing agrees to nothing"
    assert client.post(address, {}, "application/json").status_code == 422
    assert not LedgerFinding.objects.filter(settled="linked").exists()
    now = client.get(address).json()["seen"]
    assert client.post(address, {"seen": now}, "application/json").json() == {"linked": 2}


def test_a_change_order_that_is_linked_again_goes_on_as_any_other(
    books: Connection, subcontract: Commitment, accept: Accept, alma: Membership, emulator: EmulatorProcess
) -> None:
    by = subcontract.erp.created_by
    assert by
    change = make_change_order(by, subcontract, lines=[change_line("250.00", changes=1)])
    with lost(books):
        assert run(accept(ErpItem.objects.get(pk=change.erp_id))).item.status == Status.SYNCED
    assert look_once(books.company_id) == 1
    link_all(books, alma)
    look_once(books.company_id)
    later = make_change_order(by, subcontract, lines=[change_line("50.00", changes=1)])
    done = run(accept(ErpItem.objects.get(pk=later.erp_id)))
    assert done.item.status == Status.SYNCED, done.reason
    (order,) = emulator.documents("PurchaseOrder")
    assert order["TotalAmt"] == 1800.5
    assert ChangeOrder.objects.count() == 2


def test_a_change_order_waits_for_its_order_and_holds_nothing_else_up(
    books: Connection, subcontract: Commitment, accept: Accept, alma: Membership, emulator: EmulatorProcess
) -> None:
    """The bookkeeper changes the order after the backup, so that it stays for a person; its change order with it."""
    by = subcontract.erp.created_by
    assert by
    change = make_change_order(by, subcontract, lines=[change_line("250.00", changes=1)])
    invoice = make_invoice(subcontract, by, {"1": "40.00"})
    for item in (ErpItem.objects.get(pk=change.erp_id), invoice.erp):
        assert run(accept(item)).item.status == Status.SYNCED
    Link.objects.exclude(entity__in=["Vendor", "Customer", "Item"]).delete()
    ErpItem.objects.filter(pk__in=[subcontract.erp_id, change.erp_id, invoice.erp_id]).update(
        status=Status.NOT_SENT, synced_revision=None
    )
    Submission.objects.filter(item_id=change.erp_id).update(work="")
    change.erp.submissions.get().attempts.all().delete()
    (order,) = emulator.documents("PurchaseOrder")
    emulator.write("PurchaseOrder", {**order, "DocNumber": "SC-001B"})
    assert look_once(books.company_id) == 3
    assert link_all(books, alma) == 1
    left = {one.item_id: one.against for one in LedgerFinding.objects.filter(settled="")}
    assert set(left) == {subcontract.erp_id, change.erp_id}
    assert "It has the number SC-001B there and SC-001 here" in left[subcontract.erp_id]
    books.refresh_from_db()
    assert books.ahead == 2
    relink(LedgerFinding.objects.get(item=subcontract.erp), by=alma)
    assert link_all(books, alma) == 1


def test_a_bill_that_says_something_else_stays_for_a_person(
    books: Connection, subcontract: Commitment, accept: Accept, alma: Membership, emulator: EmulatorProcess
) -> None:
    by = subcontract.erp.created_by
    assert by
    invoice = make_invoice(subcontract, by, {"1": "400.00"})
    with lost(books):
        assert run(accept(invoice.erp)).item.status == Status.SYNCED
    (bill,) = emulator.documents("Bill")
    line = bill["Line"][0]
    dearer = {**line, "Amount": 401.0, EXPENSE: {**line[EXPENSE], "UnitPrice": 401.0}}
    emulator.write("Bill", {**bill, "Line": [dearer, *bill["Line"][1:]]})
    assert look_once(books.company_id) == 1
    finding = LedgerFinding.objects.get()
    assert "Its lines come to 361.00 there and 360.00 here" in finding.against
    assert link_all(books, alma) == 0
    relink(finding, by=alma)
    item = ErpItem.objects.get(pk=invoice.erp_id)
    assert (item.status, Link.objects.get(item=item).remote_id) == (Status.SYNCED, bill["Id"])
    assert (item.synced_revision, item.revision, item.is_changed) == (1, 2, True)
    books.refresh_from_db()
    assert books.ahead == 0


def test_what_was_entered_after_the_backup_is_known_to_nobody_and_its_number_is_not_given_again(
    books: Connection, subcontract: Commitment, accept: Accept, alma: Membership, emulator: EmulatorProcess
) -> None:
    by = subcontract.erp.created_by
    assert by
    with lost(books):
        invoice = make_invoice(subcontract, by, {"1": "400.00"})
        number = invoice.erp_id
        assert run(accept(invoice.erp)).item.status == Status.SYNCED
    assert look_once(books.company_id) == 1
    finding = LedgerFinding.objects.get()
    assert (finding.number, finding.item, "entered anew" in finding.against) == (number, None, True)
    with pytest.raises(NotOurs):
        relink(finding, by=alma)
    with pytest.raises(InvalidInput):
        put_away(finding, " ", by=alma)
    put_away(finding, "Entered anew as invoice 7.", by=alma)
    assert look_once(books.company_id) == 0
    assert make_vendor(by, "Somebody New").erp_id > number


def test_a_number_that_was_given_again_is_not_taken_for_the_old_record(
    books: Connection, subcontract: Commitment, accept: Accept, alma: Membership, emulator: EmulatorProcess
) -> None:
    """Somebody works on after the restoring before anybody has looked."""
    by = subcontract.erp.created_by
    assert by
    with lost(books):
        assert run(accept(make_invoice(subcontract, by, {"1": "400.00"}).erp)).item.status == Status.SYNCED
    other = make_invoice(subcontract, by, {"1": "70.00"})
    LedgerFinding.objects.all().delete()
    assert look_once(books.company_id) == 1
    finding = LedgerFinding.objects.get()
    if finding.number == other.erp_id:
        assert "Its lines come to 360.00 there and 63.00 here" in finding.against
    assert link_all(books, alma) == 0


def test_a_newer_revision_is_linked_as_changed_and_written_over_not_beside(
    books: Connection, subcontract: Commitment, accept: Accept, alma: Membership, emulator: EmulatorProcess
) -> None:
    item = subcontract.erp
    with lost(books):
        items.revise(ErpItem.objects.get(pk=item.pk), label="Other words")
        assert run(accept(ErpItem.objects.get(pk=item.pk))).item.status == Status.SYNCED
    assert look_once(books.company_id) == 1
    assert LedgerFinding.objects.get().what == "newer"
    assert link_all(books, alma) == 1
    item.refresh_from_db()
    assert (item.synced_revision, item.revision, item.is_changed) == (2, 3, True)
    look_once(books.company_id)
    assert run(accept(item)).item.synced_revision == 3
    assert len(emulator.documents("PurchaseOrder")) == 1


def test_what_is_ours_cannot_be_put_away_and_what_the_bookkeeper_deletes_settles_itself(
    books: Connection, subcontract: Commitment, accept: Accept, alma: Membership, emulator: EmulatorProcess
) -> None:
    by = subcontract.erp.created_by
    assert by
    invoice = make_invoice(subcontract, by, {"1": "400.00"})
    with lost(books):
        run(accept(invoice.erp))
    assert look_once(books.company_id) == 1
    books.looked_at = timezone.now() + timedelta(hours=1)
    assert look(books) == 1, "it is not among what changed since"
    finding = LedgerFinding.objects.get()
    with pytest.raises(OursIndeed):
        put_away(finding, "No idea.", by=alma)
    (bill,) = emulator.documents("Bill")
    emulator.delete("Bill", bill)
    assert look_once(books.company_id) == 0
    finding.refresh_from_db()
    assert finding.settled == "known"
    assert run(accept(ErpItem.objects.get(pk=invoice.erp_id))).item.status == Status.SYNCED
    assert len(emulator.documents("Bill")) == 1


def test_what_is_known_is_not_ahead(
    books: Connection, subcontract: Commitment, accept: Accept, emulator: EmulatorProcess
) -> None:
    """A copy by the bookkeeper, an edit of theirs, a bill they made of our order, one on its way, one that stopped."""
    by = subcontract.erp.created_by
    assert by
    (order,) = emulator.documents("PurchaseOrder")
    emulator.write("PurchaseOrder", {**order, "Memo": "Called them."})
    copy = {name: value for name, value in order.items() if name not in ("Id", "SyncToken", "MetaData")}
    emulator.write("PurchaseOrder", {**copy, "DocNumber": "COPY"})
    made = {"VendorRef": order["VendorRef"], "PrivateNote": order["PrivateNote"]}
    emulator.write("Bill", {**made, "Line": [{**order["Line"][0], "LinkedTxn": []}]})
    stopped = run(accept(make_invoice(subcontract, by, {"1": "40.00"}).erp))
    ErpItem.objects.filter(pk=stopped.item_id).update(status=Status.FAILED, synced_revision=None)
    flying = run(accept(make_invoice(subcontract, by, {"1": "30.00"}).erp))
    Submission.objects.filter(pk=flying.pk).update(work=Work.FLYING)
    ErpItem.objects.filter(pk=flying.item_id).update(status=Status.EXPORTING, synced_revision=None)
    Link.objects.filter(item=flying.item).delete()
    assert look_once(books.company_id) == 0


@pytest.mark.parametrize("table", ["acceptance_submission", "acceptance_erpitem", "acceptance_attempt", "_link"])
def test_what_lands_while_it_is_looked_is_not_ahead(
    books: Connection, subcontract: Commitment, accept: Accept, table: str
) -> None:
    """Its worker writes down what came back after the look has read `table` and before it reads the next."""
    by = subcontract.erp.created_by
    assert by
    landed = run(accept(make_invoice(subcontract, by, {"1": "30.00"}).erp))
    submission, item = Submission.objects.filter(pk=landed.pk), ErpItem.objects.filter(pk=landed.item_id)
    (link,) = Link.objects.filter(item=landed.item)
    done = landed.item.synced_revision
    submission.update(work=Work.FLYING)
    item.update(status=Status.EXPORTING, synced_revision=None)
    link.delete()
    read: list[str] = []
    landed_now: list[str] = []

    def land(execute: Any, sql: str, *given: Any) -> Any:
        if read and not landed_now:
            landed_now.append(sql)
            submission.update(work=Work.DONE)
            item.update(status=Status.SYNCED, synced_revision=done)
            link.save(force_insert=True)
        if f'{table}"' in sql.partition(" FROM ")[2].partition(" ")[0]:
            read.append(sql)
        return execute(sql, *given)

    with connection.execute_wrapper(land):
        found = Known.of(books.company_id, books.company.key, [marked := Marked("Bill", held_of(link), item[0].pk, 1)])
    assert read
    assert ahead_in(marked, found) is None


def held_of(link: Link) -> dict[str, Any]:
    return {"Id": link.remote_id, "TotalAmt": "27.00"}


def test_a_process_waits_until_somebody_has_looked_after_it_began(
    books: Connection, subcontract: Commitment, accept: Accept, bells: list[int], emulator: EmulatorProcess
) -> None:
    by = subcontract.erp.created_by
    assert by
    gate.begin()
    waiting = accept(make_invoice(subcontract, by, {"1": "40.00"}).erp)
    assert run(waiting).work == Work.WAITING
    assert waiting.reason == gate.SENTENCE
    assert bells == [books.company_id]
    emulator.control("requests", method="DELETE")
    assert look_once(books.company_id) == 0
    assert [one["path"].rpartition("/")[2] for one in emulator.requests("/v3/")] == ["cdc"]
    engine.work(waiting.pk)
    assert Submission.objects.get(pk=waiting.pk).work == Work.DONE
    books.refresh_from_db()
    assert gate.is_looked(books)
    books.token_version -= 1
    assert not gate.is_looked(books)


@pytest.mark.postgres
def test_a_backup_that_is_put_back_under_a_running_process_is_looked_from_before_anything_goes(
    books: Connection, subcontract: Commitment, accept: Accept, bells: list[int], emulator: EmulatorProcess
) -> None:
    """No token was renewed and no look made since the backup, so nothing that is counted went back."""
    by = subcontract.erp.created_by
    assert by
    look_once(books.company_id)
    bill = make_invoice(subcontract, by, {"1": "40.00"}).erp
    backup = transaction.savepoint()
    assert run(accept(bill)).work == Work.DONE
    transaction.savepoint_rollback(backup)
    made_anew()
    bells.clear()

    again = accept(ErpItem.objects.get(pk=bill.pk))
    assert (run(again).work, again.reason) == (Work.WAITING, gate.SENTENCE)
    assert bells == [books.company_id]
    assert look_once(books.company_id) == 1
    assert len(emulator.documents("Bill")) == 1
    books.refresh_from_db()
    assert books.ahead == 1


@pytest.mark.postgres
def test_once_it_was_looked_from_the_database_made_anew_it_goes_on(
    books: Connection, subcontract: Commitment, accept: Accept
) -> None:
    by = subcontract.erp.created_by
    assert by
    look_once(books.company_id)
    made_anew()
    waiting = accept(make_invoice(subcontract, by, {"1": "40.00"}).erp)
    assert run(waiting).work == Work.WAITING
    assert look_once(books.company_id) == 0
    engine.work(waiting.pk)
    assert Submission.objects.get(pk=waiting.pk).work == Work.DONE


def made_anew() -> None:
    """The table of connections with the same rows, made as restoring a backup makes it."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE quickbooks_bridge_connection RENAME TO of_before")
        cursor.execute("CREATE TABLE quickbooks_bridge_connection (LIKE of_before INCLUDING ALL)")
        cursor.execute("INSERT INTO quickbooks_bridge_connection OVERRIDING SYSTEM VALUE SELECT * FROM of_before")


def test_what_waited_for_the_settling_goes_as_soon_as_nothing_is_open(
    books: Connection, subcontract: Commitment, accept: Accept, alma: Membership
) -> None:
    by = subcontract.erp.created_by
    assert by
    ahead, held_up = (make_invoice(subcontract, by, {"1": amount}) for amount in ("40.00", "30.00"))
    with lost(books):
        run(accept(ahead.erp))
    look_once(books.company_id)
    waiting = accept(held_up.erp)
    engine.work(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.work, waiting.cure_url) == (Work.WAITING, reverse("quickbooks_bridge:ahead"))
    assert waiting.due_at
    assert waiting.due_at > timezone.now() + timedelta(seconds=10)
    assert link_all(books, alma) == 1
    assert Submission.objects.filter(pk=waiting.pk, due_at__lte=timezone.now()).exists()


def test_the_page_the_api_and_the_command_are_the_administrators(
    books: Connection,
    subcontract: Commitment,
    accept: Accept,
    alma: Membership,
    max_pm: Membership,
    client: Client,
    emulator: EmulatorProcess,
) -> None:
    by = subcontract.erp.created_by
    assert by
    invoice = make_invoice(subcontract, by, {"1": "400.00"})
    with lost(books):
        run(accept(invoice.erp))
        other = make_invoice(subcontract, by, {"1": "20.00"})
        run(accept(other.erp))
    said = StringIO()
    with pytest.raises(CommandError, match="Settle these"):
        call_command("ledger_is_ahead", stdout=said)
    assert "2 to settle" in said.getvalue()
    with pytest.raises(NotAllowed):
        link_all(books, max_pm)
    client.force_login(alma.user)
    assert "See what was found" in client.get("/quickbooks/").content.decode()
    page = client.get("/quickbooks/ahead/").content.decode()
    for words in ("Link 1 to the records here", "Somebody has to look", "entered anew", "Ace Electric Co"):
        assert words in page, words
    seen = re.findall(r'name="seen" value="(\w+)"', page)[0]
    assert client.post("/quickbooks/ahead/link/", {"seen": seen}).status_code == 302
    address = "/api/v1/quickbooks/findings/"
    told: dict[str, Any] = {one["settled"]: one for one in client.get(address).json()["results"]}
    assert told["linked"]["item"] == invoice.erp_id
    left = f"{address}{told['']['id']}/"
    assert client.post(f"{left}link/", content_type="application/json").status_code == 409
    assert client.post(f"{left}put-away/", {"note": "Deleted there."}, "application/json").status_code == 200
    call_command("ledger_is_ahead", stdout=said)
    assert "nothing is ahead" in said.getvalue()
