"""Two workers carry the files of one company at the same time, on PostgreSQL."""

from __future__ import annotations

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
