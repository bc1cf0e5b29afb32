"""Files of invoices on their way to a running emulator: once each, to the right bill, and never in the bill's way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from commitments.models import Commitment
from invoices import files
from invoices.models import Invoice, InvoiceFile
from procore_sync.acceptance import operations
from procore_sync.acceptance.courier import courier
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import NotAllowed, Refusal
from quickbooks_bridge import bill_files, bill_setup, connecting
from quickbooks_bridge.chores import chores_of
from quickbooks_bridge.file_models import BillFile, FileState
from quickbooks_bridge.file_selectors import sentence_of
from quickbooks_bridge.models import Connection, Link
from tests.quickbooks_bridge.conftest import consent, rules_changed
from tests.quickbooks_bridge.documents import Ground
from tests.quickbooks_bridge.emulator_process import OTHER_REALM, REALM, EmulatorProcess
from tests.quickbooks_bridge.invoice_rows import document_of, make_invoice
from tests.quickbooks_bridge.test_bills import green, retainage, subcontract
from tests.quickbooks_bridge.test_documents import ground, only
from tests.scenes import kept

__all__ = ["ground", "retainage", "subcontract"]

Accept = Callable[..., Submission]
Json = dict[str, Any]
PDF = b"%PDF-1.7\nlien waiver\xff\x00"


@pytest.fixture(autouse=True)
def pause(settings: Settings) -> None:
    """After a lost answer it is not looked for at once."""
    settings.PROBE_PAUSE_SECONDS = 3


@pytest.fixture
@kept
def wanted(books: Connection, ada: Membership) -> Connection:
    """Harbor Row, which wants files in QuickBooks."""
    bill_setup.choose(books, {"files_go": "yes"}, by=ada)
    return books


@pytest.fixture
@kept
def invoice(subcontract: Commitment, ground: Ground, wanted: Connection) -> Invoice:
    """An application that can be sent."""
    return make_invoice(subcontract, ground.by, {"1": "400.00"})


def attached(invoice: Invoice, by: Membership, name: str = "waiver.pdf", content: bytes = PDF) -> InvoiceFile:
    return files.attach(invoice, SimpleUploadedFile(name, content), by=by)


def carry(connection: Connection) -> bool:
    """Let a worker carry the company's files, as if every wait were over."""
    BillFile.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    return bill_files.carry_on(connection.company_id)


def rows() -> list[BillFile]:
    return list(BillFile.objects.order_by("pk"))


def row() -> BillFile:
    (found,) = rows()
    return found


def uploads(emulator: EmulatorProcess) -> list[Json]:
    return [one for one in emulator.requests("/upload") if one["method"] == "POST"]


def test_a_file_goes_once_to_the_bill_of_its_invoice_as_it_is(
    invoice: Invoice, wanted: Connection, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    kept = attached(invoice, ground.by, "Verzicht „Nord“.pdf")
    assert carry(wanted) is False
    assert rows() == []
    done = green(accept(invoice.erp))
    digest, posting = done.digest, done.posting
    assert bill_files.due() == [wanted.company_id]
    assert carry(wanted) is False
    bill, held = only(emulator, "Bill"), only(emulator, "Attachable")
    assert held["AttachableRef"] == [{"EntityRef": {"type": "Bill", "value": bill["Id"]}, "IncludeOnSend": False}]
    assert (held["FileName"], held["ContentType"], held["Size"]) == ("Verzicht „Nord“.pdf", "application/pdf", len(PDF))
    assert held["Note"] == bill_files.mark_of(kept)
    assert held["Note"].startswith(f"ERP sync {invoice.company.key}-{invoice.erp_id} file ")
    noted = row()
    assert (noted.state, noted.attachable_id, noted.remote_id, noted.realm_id) == (
        FileState.THERE,
        held["Id"],
        bill["Id"],
        REALM,
    )
    assert bill_files.due() == []
    assert carry(wanted) is False
    assert len(uploads(emulator)) == 1
    done.refresh_from_db()
    assert (done.digest, done.posting, done.item.status) == (digest, posting, Status.SYNCED)
    assert only(emulator, "Bill")["SyncToken"] == bill["SyncToken"]


def test_a_file_of_a_vendor_credit_goes_to_the_credit(
    subcontract: Commitment, wanted: Connection, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    green(accept(make_invoice(subcontract, ground.by, {"1": "400.00"}).erp))
    back = make_invoice(subcontract, ground.by, {"1": "-100.00"}, as_credit=True)
    attached(back, ground.by)
    green(accept(back.erp))
    carry(wanted)
    credit = only(emulator, "VendorCredit")
    assert only(emulator, "Attachable")["AttachableRef"][0]["EntityRef"] == {
        "type": "VendorCredit",
        "value": credit["Id"],
    }


# the company wants it


def test_without_the_company_wanting_it_no_file_goes_and_what_was_there_before_stays(
    subcontract: Commitment,
    books: Connection,
    ground: Ground,
    accept: Accept,
    ada: Membership,
    emulator: EmulatorProcess,
) -> None:
    invoice = make_invoice(subcontract, ground.by, {"1": "400.00"})
    attached(invoice, ground.by, "before.pdf")
    green(accept(invoice.erp))
    carry(books)
    assert (bill_files.due(), rows()) == ([], [])
    bill_setup.choose(books, {"files_go": "yes"}, by=ada)
    (change,) = rules_changed().get().changes
    assert change == {"label": "Files to QuickBooks", "before": "stay in the console", "after": "go with the bill"}
    since = Connection.objects.get(pk=books.pk).files_since
    bill_setup.choose(books, {"files_go": "yes"}, by=ada)
    assert Connection.objects.get(pk=books.pk).files_since == since
    attached(invoice, ground.by, "after.pdf")
    carry(books)
    assert [one["FileName"] for one in emulator.documents("Attachable")] == ["after.pdf"]
    bill_setup.choose(books, {"files_go": "no"}, by=ada)
    attached(invoice, ground.by, "late.pdf")
    carry(books)
    assert len(emulator.documents("Attachable")) == 1


def test_what_quickbooks_does_not_take_stays_and_a_payments_file_is_no_file_of_the_bill(
    invoice: Invoice, wanted: Connection, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    attached(invoice, ground.by, "plan.dwg", b"AC1032 drawing")
    green(accept(invoice.erp))
    carry(wanted)
    assert (rows(), emulator.documents("Attachable")) == ([], [])


# lost, twice, at once


@pytest.mark.parametrize(("fault", "sent"), [("write_then_drop", 1), ("drop", 2), ("500_after_write", 1), ("500", 2)])
def test_after_a_lost_answer_it_is_looked_for_and_is_there_once(  # all of the scene
    invoice: Invoice,
    wanted: Connection,
    ground: Ground,
    accept: Accept,
    emulator: EmulatorProcess,
    fault: str,
    sent: int,
) -> None:
    attached(invoice, ground.by)
    green(accept(invoice.erp))
    emulator.fault(fault, entity="Attachable")
    assert carry(wanted) is False
    lost = row()
    assert (lost.state, lost.tries) == (FileState.UNKNOWN, 1)
    assert lost.sentence
    carry(wanted)
    held = only(emulator, "Attachable")
    assert (row().state, row().attachable_id) == (FileState.THERE, held["Id"])
    assert len(uploads(emulator)) == sent
    assert {one["requestid"] for one in uploads(emulator)} == {row().request_id}


def test_an_upload_that_may_still_be_at_work_is_not_followed_by_another(
    invoice: Invoice,
    wanted: Connection,
    ground: Ground,
    accept: Accept,
    emulator: EmulatorProcess,
    settings: Settings,
) -> None:
    settings.BATCH_PROBE_PAUSE_SECONDS = 130
    attached(invoice, ground.by)
    green(accept(invoice.erp))
    emulator.fault("drop", entity="Attachable")
    carry(wanted)
    assert row().state == FileState.UNKNOWN
    for later, sent in ((60, 1), (60, 1), (11, 2)):
        BillFile.objects.update(due_at=F("due_at") - timedelta(seconds=later))
        bill_files.carry_on(wanted.company_id)
        assert len(uploads(emulator)) == sent
    assert row().state == FileState.THERE


def test_what_never_gets_an_answer_ends_with_a_person_and_never_twice(
    invoice: Invoice, wanted: Connection, ground: Ground, accept: Accept, ada: Membership, emulator: EmulatorProcess
) -> None:
    attached(invoice, ground.by)
    done = green(accept(invoice.erp))
    emulator.fault("drop", entity="Attachable", times=50)
    for _ in range(10):
        carry(wanted)
    assert row().state == FileState.REFUSED
    assert "however often it was asked" in row().sentence
    assert len(uploads(emulator)) == 6
    emulator.control("faults", method="DELETE")
    bill_files.retry(row(), by=ada)
    carry(wanted)
    assert row().state == FileState.THERE
    done.item.refresh_from_db()
    assert done.item.status == Status.SYNCED
    only(emulator, "Attachable")


def test_a_worker_that_was_killed_is_followed_by_one_that_looks_first(
    invoice: Invoice, wanted: Connection, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    attached(invoice, ground.by)
    green(accept(invoice.erp))
    carry(wanted)
    killed = {"state": FileState.SENDING, "attachable_id": "", "fence": 7}
    BillFile.objects.update(**killed, lease_until=timezone.now() + timedelta(seconds=60))
    carry(wanted)
    assert row().state == FileState.SENDING, "the lease of the dead one holds"
    BillFile.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    carry(wanted)
    held = only(emulator, "Attachable")
    assert (row().state, row().attachable_id, row().fence, row().tries) == (FileState.THERE, held["Id"], 8, 1)
    assert len(uploads(emulator)) == 1


def test_a_worker_that_was_frozen_sends_nothing_once_another_has_it(
    invoice: Invoice, wanted: Connection, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    attached(invoice, ground.by)
    green(accept(invoice.erp))
    assert bill_files._note(wanted_as_read(wanted))
    frozen = bill_files._claimed(wanted_as_read(wanted))
    assert frozen
    assert bill_files._claimed(wanted_as_read(wanted)) is None
    BillFile.objects.update(fence=frozen.fence + 1)
    told = bill_files._carried(wanted_as_read(wanted), frozen)
    bill_files._settle(frozen, told)
    assert "another worker has taken it over" in told.sentence
    assert (uploads(emulator), row().state, row().fence) == ([], FileState.SENDING, frozen.fence + 1)


def test_what_is_removed_or_linked_elsewhere_in_the_last_moment_is_not_sent(
    invoice: Invoice, wanted: Connection, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    kept = attached(invoice, ground.by)
    done = green(accept(invoice.erp))
    assert bill_files._note(wanted_as_read(wanted))
    claimed = bill_files._claimed(wanted_as_read(wanted))
    assert claimed
    link = Link.objects.filter(item=done.item)
    number = link.get().remote_id
    link.update(remote_id="987654")
    assert "linked to another document" in bill_files._carried(wanted_as_read(wanted), claimed).sentence
    link.update(remote_id=number)
    files.remove(kept, by=ground.by)
    told = bill_files._carried(wanted_as_read(wanted), claimed)
    assert "removed here" in told.sentence
    bill_files._settle(claimed, told)
    carry(wanted)
    assert (rows(), uploads(emulator)) == ([], [])


def wanted_as_read(wanted: Connection) -> Connection:
    return Connection.objects.get(pk=wanted.pk)


def test_a_host_that_is_ahead_holds_up_no_file(
    invoice: Invoice, wanted: Connection, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    """Nor does a clock that knows thousandths of a second and not millionths: it was not due at once, now and then."""
    attached(invoice, ground.by)
    green(accept(invoice.erp))
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert bill_files._note(wanted_as_read(wanted))
    assert bill_files.carry_on(wanted.company_id) is False
    assert row().state == FileState.THERE
    assert len(uploads(emulator)) == 1


def test_after_a_restored_backup_it_is_found_and_not_sent_again(
    invoice: Invoice, wanted: Connection, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    attached(invoice, ground.by)
    green(accept(invoice.erp))
    carry(wanted)
    BillFile.objects.all().delete()
    carry(wanted)
    assert row().state == FileState.THERE
    assert len(uploads(emulator)) == 1


# away, held back, other books


def test_while_quickbooks_is_away_it_waits_and_goes_on_after(
    invoice: Invoice, wanted: Connection, ground: Ground, accept: Accept, alma: Membership, emulator: EmulatorProcess
) -> None:
    attached(invoice, ground.by)
    green(accept(invoice.erp))
    connecting.disconnect(wanted_as_read(wanted), by=alma)
    assert bill_files.due() == []
    assert carry(wanted) is False
    assert (rows(), uploads(emulator)) == ([], [])
    consent(emulator, alma)
    carry(wanted)
    assert row().state == FileState.THERE


def test_a_throttled_file_goes_later_and_holds_no_bill_up(
    invoice: Invoice, wanted: Connection, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    attached(invoice, ground.by)
    green(accept(invoice.erp))
    emulator.fault("429_xml", entity="Attachable")
    assert carry(wanted) is False
    held = row()
    assert (held.state, held.tries) == (FileState.WAITING, 0)
    assert held.due_at > timezone.now() + timedelta(seconds=30)
    assert wanted_as_read(wanted).paused_until is None
    carry(wanted)
    assert row().state == FileState.THERE


def test_a_file_of_other_books_is_never_sent_to_these(
    invoice: Invoice, wanted: Connection, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    attached(invoice, ground.by)
    green(accept(invoice.erp))
    assert bill_files._note(wanted_as_read(wanted))
    BillFile.objects.update(realm_id=OTHER_REALM)
    carry(wanted)
    other, own = rows()
    assert (other.realm_id, other.state, other.fence) == (OTHER_REALM, FileState.WAITING, 0)
    assert (own.realm_id, own.state) == (REALM, FileState.THERE)
    assert emulator.documents("Attachable", OTHER_REALM) == []


def test_a_file_of_a_bill_that_is_not_the_invoices_any_more_stays_and_goes_to_the_new_one(
    invoice: Invoice, wanted: Connection, ground: Ground, accept: Accept, ada: Membership, emulator: EmulatorProcess
) -> None:
    attached(invoice, ground.by)
    done = green(accept(invoice.erp))
    assert bill_files._note(wanted_as_read(wanted))
    first = only(emulator, "Bill")
    emulator.delete("Bill", first)
    operations.unlink(done.item, by=ada)
    carry(wanted)
    assert (row().state, uploads(emulator)) == (FileState.WAITING, [])
    green(accept(done.item))
    carry(wanted)
    old, new = rows()
    second = only(emulator, "Bill")
    assert (old.remote_id, old.state) == (first["Id"], FileState.WAITING)
    assert "is another document in QuickBooks now" in sentence_of(old)
    assert (new.remote_id, new.state) == (second["Id"], FileState.THERE)
    assert only(emulator, "Attachable")["AttachableRef"][0]["EntityRef"]["value"] == second["Id"]


@pytest.mark.parametrize("noted", [True, False])
@pytest.mark.parametrize(("health", "said"), [("missing", "is gone in QuickBooks"), ("ok", "did not hold the bill as")])
def test_a_file_whose_bill_does_not_stand_says_what_it_waits_for_and_where_that_is_cured(  # all of the scene
    invoice: Invoice,
    wanted: Connection,
    ground: Ground,
    accept: Accept,
    ada: Membership,
    vic: Membership,
    client: Client,
    noted: bool,
    health: str,
    said: str,
) -> None:
    attached(invoice, ground.by)
    attached(invoice, ground.by, "plan.dwg", b"AC1032 drawing")
    done = green(accept(invoice.erp))
    if noted:
        assert bill_files._note(wanted_as_read(wanted))
    verified = None if health == "ok" else F("verified_at")
    Link.objects.filter(item=done.item).update(health=health, verified_at=verified)
    if health == "ok":
        ErpItem.objects.filter(pk=done.item.pk).update(status=Status.FAILED)
    carry(wanted)
    page = page_of(client, vic, "invoices:invoice", invoice.pk)
    assert "On its way to QuickBooks" not in page
    assert "Waits for its bill: " in page
    assert said in page
    assert f'<a href="/review/{done.item.pk}/">Open the record</a>' in page
    assert "QuickBooks takes no .dwg files." in page
    told = {one["name"]: one["ledger_state"] for one in client.get(f"/api/v1/invoices/{invoice.pk}/files/").json()}
    assert told == {"waiver.pdf": "waits", "plan.dwg": "stays"}
    if noted:
        (told,) = client.get("/api/v1/quickbooks/files/").json()["results"]
        assert said in told["sentence"]
    if health == "missing" and noted:
        Link.objects.filter(item=done.item).delete()
        (told,) = client.get("/api/v1/quickbooks/files/").json()["results"]
        assert "sends the invoice anew" in told["sentence"]
    if health == "ok":
        ErpItem.objects.filter(pk=done.item.pk).update(status=Status.SYNCED)
        page = page_of(client, vic, "invoices:invoice", invoice.pk)
        assert "Stays in the console: The bill stood in QuickBooks before it was linked here" in page


# refused


def test_a_refused_file_says_why_leaves_the_bill_green_and_goes_again_when_a_person_says_so(
    invoice: Invoice,
    wanted: Connection,
    ground: Ground,
    accept: Accept,
    ada: Membership,
    max_pm: Membership,
    emulator: EmulatorProcess,
) -> None:
    attached(invoice, ground.by)
    done = green(accept(invoice.erp))
    Link.objects.filter(item=done.item).update(remote_id="987654")
    carry(wanted)
    assert row().state == FileState.REFUSED
    assert row().sentence.startswith("QuickBooks does not hold the bill any more")
    done.item.refresh_from_db()
    assert done.item.status == Status.SYNCED
    chores = chores_of(ada)
    assert chores
    assert [one.level for one in chores.rows if one.title == "Files"] == ["look"]
    with pytest.raises(NotAllowed, match="Only an approver of invoices"):
        bill_files.retry(row(), by=max_pm)
    before = row().request_id
    bill_files.retry(row(), by=ada)
    assert row().state == FileState.WAITING
    assert row().request_id != before
    with pytest.raises(Refusal, match="not refused any more"):
        bill_files.retry(row(), by=ada)


def test_what_is_there_but_not_whole_is_refused(
    invoice: Invoice, wanted: Connection, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    kept = attached(invoice, ground.by)
    green(accept(invoice.erp))
    InvoiceFile.objects.filter(pk=kept.pk).update(size=kept.size + 1)
    carry(wanted)
    assert (row().state, row().attachable_id) == (FileState.REFUSED, only(emulator, "Attachable")["Id"])
    assert "not as it was sent" in row().sentence


# removed here


def test_what_is_removed_before_it_goes_does_not_go_and_what_is_there_stays(  # all of the scene
    invoice: Invoice,
    wanted: Connection,
    ground: Ground,
    accept: Accept,
    client: Client,
    emulator: EmulatorProcess,
) -> None:
    first = attached(invoice, ground.by, "first.pdf")
    green(accept(invoice.erp))
    assert bill_files._note(wanted_as_read(wanted))
    files.remove(first, by=ground.by)
    carry(wanted)
    assert (rows(), uploads(emulator)) == ([], [])
    second = attached(invoice, ground.by, "second.pdf")
    carry(wanted)
    client.force_login(ground.by.user)
    where = reverse("invoices:remove_file", args=[invoice.pk, second.pk])
    page = client.post(where, follow=True).content.decode()
    assert "second.pdf is removed here. QuickBooks keeps its own with the bill." in page
    assert "Removed here, and still with the bill in QuickBooks: second.pdf." in page
    assert only(emulator, "Attachable")["FileName"] == "second.pdf"


# what people see


def page_of(client: Client, member: Membership, name: str, *args: int) -> str:
    client.force_login(member.user)
    return client.get(reverse(name, args=args)).content.decode()


def test_the_page_the_review_and_the_api_say_where_each_file_stands(  # one walk
    invoice: Invoice,
    wanted: Connection,
    ground: Ground,
    accept: Accept,
    ada: Membership,
    vic: Membership,
    olga: Membership,
    client: Client,
    emulator: EmulatorProcess,
) -> None:
    attached(invoice, ground.by)
    attached(invoice, ground.by, "plan.dwg", b"AC1032 drawing")
    page = page_of(client, vic, "invoices:invoice", invoice.pk)
    assert "Goes with the bill" in page
    assert "Stays in the console: QuickBooks takes no .dwg files." in page
    said = [one.sentence for one in courier().preview(invoice.erp, document_of(invoice)).checks()]
    assert "Attached to it in QuickBooks once it is there: waiver.pdf." in said
    assert "QuickBooks takes no files of this kind, so they stay here: plan.dwg." in said
    done = green(accept(invoice.erp))
    assert "Goes to QuickBooks within minutes" in page_of(client, vic, "invoices:invoice", invoice.pk)
    number = Link.objects.get(item=done.item).remote_id
    Link.objects.filter(item=done.item).update(remote_id="987654")
    carry(wanted)
    page = page_of(client, vic, "invoices:invoice", invoice.pk)
    assert "QuickBooks does not hold the bill any more" in page
    again = reverse("quickbooks_bridge:retry_file", args=[row().pk])
    assert again not in page
    assert again in page_of(client, ada, "invoices:invoice", invoice.pk)
    assert again in page_of(client, ada, "quickbooks_bridge:refused_files")
    assert again not in page_of(client, vic, "quickbooks_bridge:refused_files")
    client.force_login(olga.user)
    assert client.post(again).status_code == 404
    client.force_login(ada.user)
    (told,) = client.get("/api/v1/quickbooks/files/?state=refused").json()["results"]
    assert (told["name"], told["state"], told["remote_id"]) == ("waiver.pdf", "refused", "987654")
    where = f"/api/v1/quickbooks/files/{told['id']}/retry/"
    assert client.post(where, {}, content_type="application/json").json()["state"] == "waiting"
    Link.objects.filter(item=done.item).update(remote_id=number)
    carry(wanted)
    assert "In QuickBooks" in page_of(client, vic, "invoices:invoice", invoice.pk)
    told = {one["name"]: one["ledger_state"] for one in client.get(f"/api/v1/invoices/{invoice.pk}/files/").json()}
    assert told == {"waiver.pdf": "there", "plan.dwg": "stays"}


def test_an_invoice_contact_is_told_nothing_of_it(
    invoice: Invoice, wanted: Connection, ground: Ground, ian: Membership, client: Client
) -> None:
    invoice.commitment.invoice_contacts.add(ian)
    attached(invoice, ground.by)
    page = page_of(client, ian, "invoices:invoice", invoice.pk)
    assert "waiver.pdf" in page
    assert "Goes with the bill" not in page


def test_a_long_list_is_carried_by_one_worker_and_not_by_one_more_each_minute(
    invoice: Invoice, wanted: Connection, ground: Ground, accept: Accept
) -> None:
    for number in range(3):
        attached(invoice, ground.by, f"{number}.pdf")
    green(accept(invoice.erp))
    assert bill_files.due() == [wanted.company_id]
    assert bill_files.carry_on(wanted.company_id, seconds=0.001) is True, "one file, and it asks for the rest itself"
    assert bill_files.due() == []
    BillFile.objects.filter(state=FileState.THERE).update(changed_at=timezone.now() - timedelta(minutes=3))
    assert bill_files.due() == [wanted.company_id], "who carried them has died"
    assert bill_files.carry_on(wanted.company_id) is False
    assert bill_files.due() == []
    attached(invoice, ground.by, "later.pdf")
    assert bill_files.due() == [wanted.company_id], "nothing was left, so nobody carries on"
