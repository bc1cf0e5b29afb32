"""Invoices sent and accepted in one step, as Direct Export does it: a fixed cost each, and who is unfit falls out."""

from __future__ import annotations

from commitments.models import Commitment
from invoices.models import Invoice
from procore_sync.acceptance.many import send_many
from procore_sync.acceptance.models import Submission, Turn
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Membership
from tests.projects.test_pages import queries
from tests.quickbooks_bridge.conftest import work
from tests.quickbooks_bridge.documents import Ground
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.quickbooks_bridge.invoice_rows import make_invoice
from tests.quickbooks_bridge.test_bills import ground, retainage, subcontract

#: Statements for sending one and accepting it: two moves of the journal, all checks, and the posting that is kept.
MOST = 60

__all__ = ["ground", "retainage", "subcontract"]


def test_it_costs_the_same_for_each_and_all_but_the_unfit_go(
    subcontract: Commitment, ground: Ground, max_pm: Membership, emulator: EmulatorProcess
) -> None:
    subcontract.company.export_policies.create(kind="invoice", direct_export=True)
    made = [make_invoice(subcontract, ground.by, {"1": "50.00"}, percent="0") for _ in range(9)]
    Invoice.objects.filter(pk=made[-1].pk).update(due_on=None)

    def step(*some: Invoice) -> int:
        return queries(lambda: send_many([one.erp for one in some], by=max_pm, seconds=60))

    step(made[0])
    one, two, four = step(made[1]), step(*made[2:4]), step(*made[4:8])
    assert (four - two, two - one <= MOST) == (2 * (two - one), True), (one, two, four)
    step(made[8])

    (unfit,) = Turn.objects.exclude(why_not="")
    assert (unfit.item.invoice, "due date is missing" in unfit.why_not) == (made[-1], True)
    accepted = Submission.objects.filter(item__kind="invoice", item__status=Status.EXPORTING).order_by("pk")
    assert accepted.count() == 8
    for submission in list(accepted):
        assert work(submission).item.status == Status.SYNCED, submission.reason
    assert len(emulator.documents("Bill")) == 8
