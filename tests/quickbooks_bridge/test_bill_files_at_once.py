"""Two workers carry the files of one company at the same time, on PostgreSQL."""

from __future__ import annotations

import threading

import pytest

from commitments.models import Commitment
from procore_sync.accounts.models import Membership
from quickbooks_bridge import bill_files, bill_setup
from quickbooks_bridge.file_models import BillFile, FileState
from quickbooks_bridge.models import Connection
from tests.quickbooks_bridge.documents import Ground
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.quickbooks_bridge.invoice_rows import make_invoice
from tests.quickbooks_bridge.test_bill_files import Accept, attached, uploads
from tests.quickbooks_bridge.test_bills import green, retainage, subcontract
from tests.quickbooks_bridge.test_documents import ground
from tests.quickbooks_bridge.watching.test_at_once import at_once

__all__ = ["ground", "retainage", "subcontract"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_each_file_goes_once_however_many_carry(
    subcontract: Commitment,
    books: Connection,
    ground: Ground,
    accept: Accept,
    ada: Membership,
    emulator: EmulatorProcess,
) -> None:
    bill_setup.choose(books, {"files_go": "yes"}, by=ada)
    invoice = make_invoice(subcontract, ground.by, {"1": "400.00"})
    names = [f"{number}.pdf" for number in range(6)]
    for name in names:
        attached(invoice, ground.by, name)
    green(accept(invoice.erp))
    at_once(*[lambda: bill_files.carry_on(books.company_id)] * 3)
    assert sorted(one["FileName"] for one in emulator.documents("Attachable")) == names
    assert len(uploads(emulator)) == 6
    assert set(BillFile.objects.values_list("state", flat=True)) == {FileState.THERE}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_those_who_ask_at_the_same_moment_one_gets_the_file(
    subcontract: Commitment,
    books: Connection,
    ground: Ground,
    accept: Accept,
    ada: Membership,
) -> None:
    bill_setup.choose(books, {"files_go": "yes"}, by=ada)
    invoice = make_invoice(subcontract, ground.by, {"1": "400.00"})
    attached(invoice, ground.by)
    green(accept(invoice.erp))
    row, at_the_same_moment = Connection.objects.get(pk=books.pk), threading.Barrier(4)
    assert bill_files._note(row)
    got: list[BillFile] = []

    def ask() -> None:
        for _ in range(25):
            at_the_same_moment.wait(20)
            claimed = bill_files._claimed(row)
            at_the_same_moment.wait(20)
            if claimed:
                got.append(claimed)
                BillFile.objects.update(state=FileState.WAITING)
            at_the_same_moment.wait(20)

    at_once(*[ask] * 4)
    assert [one.fence for one in got] == list(range(1, 26))
