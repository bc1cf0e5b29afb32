"""The bill of a private commitment among the job costs: for its readers, and for nobody else in any place."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from commitments.models import Commitment
from commitments.operations import set_access
from invoices.models import Invoice
from procore_sync.accounts.models import Membership
from projects.job_costs import costs_for
from projects.ledger_costs import Known
from quickbooks_bridge.models import LedgerBill, Link
from quickbooks_bridge.payment_selectors import bills_for, knows_document
from tests.factories import make_commitment, make_project, synced
from tests.projects.costs import absorb, cost
from tests.quickbooks_bridge.invoice_rows import make_invoice

pytestmark = pytest.mark.django_db


@pytest.fixture
def private(max_pm: Membership) -> Commitment:
    """A settlement that Max keeps from all but the approvers, billed by Bill 900; Bill 901 is somebody's expense."""
    project = synced(make_project(max_pm, job_costs=True))
    made = synced(make_commitment(max_pm, project, number="SC-77", lines=["1000.00"]))
    invoice: Invoice = make_invoice(made, max_pm, {"1": "500.00"})
    Link.objects.create(item=invoice.erp, company=made.company, entity="Bill", remote_id="900")
    bill = cost("900", "500.00", number="SC-77-1", description="Quiet settlement")
    absorb(project, Known({"55": project.pk}, {}, {("Bill", "900")}), bill, cost("901", "7.00"))
    set_access(made, private=True, readers=[], by=max_pm)
    return made


def documents(member: Membership) -> set[str]:
    return set(costs_for(member).values_list("txn_id", flat=True))


def test_who_may_not_read_it_finds_it_on_no_page_in_no_file_and_behind_no_link(
    private: Commitment, max_pm: Membership, ada: Membership, alma: Membership, vic: Membership
) -> None:
    assert documents(vic) == {"901"}
    assert [documents(one) for one in (max_pm, ada, alma)] == [{"900", "901"}] * 3
    assert [knows_document(one, "Bill", "900") for one in (vic, max_pm)] == [False, True]
    client, hidden = Client(), costs_for(max_pm).get(txn_id="900")
    client.force_login(vic.user)
    for path in (
        "/job-costs/transactions/",
        "/job-costs/transactions/file.csv",
        "/api/v1/job-cost-transactions/",
    ):
        answer = client.get(path).content.decode()
        assert ("Kestrel" in answer, "SC-77" in answer, "Quiet" in answer) == (True, False, False), path
    assert client.get(f"/job-costs/transactions/{hidden.pk}/").status_code == 404
    assert client.get(f"/api/v1/job-cost-transactions/{hidden.pk}/").status_code == 404


def test_a_thousand_private_bills_make_no_longer_question_than_one(
    private: Commitment, max_pm: Membership, vic: Membership
) -> None:
    """SQLite answers none of a thousand conditions."""
    before = len(str(bills_for(vic).query))
    second: Invoice = make_invoice(private, max_pm, {"1": "5.00"})
    Link.objects.create(item=second.erp, company=private.company, entity="Bill", remote_id="902")
    for remote_id in ("900", "902", "903"):
        LedgerBill.objects.create(
            company=private.company,
            entity="Bill",
            remote_id=remote_id,
            total=5,
            gross=5,
            balance=0,
            seen_at=timezone.now(),
        )

    assert [one.remote_id for one in bills_for(vic)] == ["903"]
    assert bills_for(max_pm).count() == 3
    assert len(str(bills_for(vic).query)) == before


def test_once_it_is_open_again_everybody_finds_it(private: Commitment, max_pm: Membership, vic: Membership) -> None:
    set_access(private, private=False, readers=[], by=max_pm)

    assert documents(vic) == {"900", "901"}
