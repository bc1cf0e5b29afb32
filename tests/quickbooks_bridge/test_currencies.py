"""One currency: what names a vendor or customer in another one is refused before anything is posted."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from commitments.rules import LineDetails
from procore_sync.acceptance.courier import courier
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.refusals import NotReady
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind
from quickbooks_bridge.importers.names import refresh
from quickbooks_bridge.importers.operations import link_to
from quickbooks_bridge.models import Connection, LedgerName, Link, Mapping, Thing
from quickbooks_bridge.names import names_of
from tests.factories import make_commitment, make_project, make_vendor
from tests.quickbooks_bridge.conftest import outcome_of, work
from tests.quickbooks_bridge.documents import Ground
from tests.quickbooks_bridge.emulator_process import REALM, EmulatorProcess
from tests.quickbooks_bridge.invoice_rows import document_of, make_invoice
from tests.quickbooks_bridge.test_document_previews import posting, told
from tests.quickbooks_bridge.test_documents import ground, only, specs
from tests.scenes import kept

__all__ = ["ground", "specs"]

Accept = Callable[..., Submission]


@pytest.fixture
@kept
def several(ground: Ground, books: Connection, emulator: EmulatorProcess) -> Ground:
    """Books in dollars that know other currencies since: Toronto Steel is a vendor in Canadian ones."""
    emulator.control("preferences", {"realm": REALM, "CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    for entity, name in (("Vendor", "Toronto Steel"), ("Customer", "Toronto Transit")):
        emulator.write(entity, {"DisplayName": name, "CurrencyRef": {"value": "CAD"}})
    refresh(books, full=True)
    return ground


def in_dollars_of_canada(ground: Ground, ada: Membership) -> Ground:
    """The same ground with Toronto Steel as the vendor."""
    vendor = make_vendor(ground.by, "Toronto Steel")
    link_to(LedgerName.objects.get(entity="Vendor", name="Toronto Steel"), vendor.erp, by=ada)
    return Ground(ground.by, ground.project, vendor, ground.codes)


def test_a_vendor_in_another_currency_stops_the_acceptance_and_says_who_can_cure_it(
    several: Ground, ada: Membership, accept: Accept, emulator: EmulatorProcess
) -> None:
    item = in_dollars_of_canada(several, ada).commitment()
    (sentence,) = told(item, "stop")
    assert sentence.startswith("The vendor “Toronto Steel” is in CAD in QuickBooks and the books are in USD.")
    assert "let the bookkeeper enter this one" in sentence
    with pytest.raises(NotReady, match="Toronto Steel"):
        accept(item)
    assert emulator.documents("PurchaseOrder") == []


def test_a_currency_that_is_not_known_counts_as_another_one(several: Ground) -> None:
    row = names_of(several.by.company_id, "Vendor").get(name="Ace Electric Co")
    row.detail.pop("CurrencyRef")
    row.save()
    (sentence,) = told(several.commitment(), "stop")
    assert "“Ace Electric Co” may be in another currency" in sentence


def test_where_quickbooks_keeps_one_currency_nothing_is_asked_or_said(ground: Ground) -> None:
    item = ground.commitment()
    names_of(ground.by.company_id, "Vendor").update(detail={})
    assert told(item, "stop") == []
    assert "CurrencyRef" not in posting(item).payload


def test_a_document_says_its_currency_and_it_is_compared(
    several: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    submission = work(accept(several.commitment()))
    assert submission.item.status == Status.SYNCED, submission.reason
    assert only(emulator, "PurchaseOrder")["CurrencyRef"] == {"value": "USD", "name": "United States Dollar"}
    assert {"label": "Currency", "value": "USD", "numeric": False} in submission.posting["facts"]
    (call,) = [one for one in emulator.requests("purchaseorder") if one["method"] == "POST"]
    assert call["body"]["CurrencyRef"] == {"value": "USD"}


def test_an_invoice_of_such_a_vendor_is_refused_before_it_is_a_bill(
    several: Ground, ada: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    item = names_of(several.by.company_id, "Item").get(name="Retainage")
    Mapping.objects.create(
        company=several.by.company, thing=Thing.RETAINAGE_ITEM, entity="Item", remote_id=item.remote_id
    )
    ground = in_dollars_of_canada(several, ada)
    ground.project.cost_codes.set(ground.codes)
    lines = [LineDetails(ground.codes[0].pk, Decimal("1000.00"), "Beams")]
    commitment = make_commitment(ground.by, ground.project, ground.vendor, lines=lines, number="SC-009")
    invoice = make_invoice(commitment, ground.by, {"1": "100.00"})
    found = courier().preview(invoice.erp, document_of(invoice)).checks()
    assert [one.sentence for one in found if one.level == "stop" and "is in CAD" in one.sentence]


def test_a_customer_in_another_currency_is_not_offered_for_a_job(several: Ground, max_pm: Membership) -> None:
    project = make_project(max_pm, "Bus Depot", codes=[])
    (choice,) = courier().preview(project.erp, {"name": "Bus Depot"}).choices()
    labels = [label for _, label in choice.options]
    assert "Toronto Transit" not in labels
    assert labels


@pytest.mark.parametrize("kind", [Kind.COMMITMENT, Kind.BUDGET])
def test_what_was_accepted_before_is_looked_at_once_more_before_it_flies(
    several: Ground, accept: Accept, emulator: EmulatorProcess, kind: Kind
) -> None:
    item = several.commitment() if kind == Kind.COMMITMENT else several.budget(("1", "500.00"))
    submission = accept(item)
    named, name = ("vendor", "Ace Electric Co") if kind == Kind.COMMITMENT else ("customer", "Fire Station 4")
    for row in names_of(item.company_id, named.title()).filter(name=name):
        LedgerName.objects.filter(pk=row.pk).update(detail={**row.detail, "CurrencyRef": {"value": "CAD"}})
    emulator.control("requests", method="DELETE")
    submission = work(submission)
    assert submission.item.status == Status.FAILED
    assert "is in CAD in QuickBooks and the books are in USD" in submission.reason
    assert submission.reason.startswith(f"The {named} “")
    assert f"link the record to a {named} in USD" in submission.reason
    assert (submission.cure_by, submission.cure_url) == ("approver", f"/review/{item.pk}/")
    assert emulator.requests() == []


def test_one_of_a_batch_that_may_not_fly_holds_no_other(
    several: Ground, ada: Membership, accept: Accept, emulator: EmulatorProcess
) -> None:
    good = [accept(several.commitment(number=f"SC-{at}")) for at in range(4)]
    other = in_dollars_of_canada(several, ada)
    LedgerName.objects.filter(name="Toronto Steel").update(detail={"CurrencyRef": {"value": "USD"}})
    bad = accept(other.commitment(number="SC-9"))
    LedgerName.objects.filter(name="Toronto Steel").update(detail={"CurrencyRef": {"value": "CAD"}})
    work(good[0])
    assert _status(bad) == Status.FAILED
    assert [_status(one) for one in good] == [Status.SYNCED] * 4
    assert len(emulator.requests("/batch")) == 1
    assert {one["DocNumber"] for one in emulator.documents("PurchaseOrder")} == {f"SC-{at}" for at in range(4)}


def _status(submission: Submission) -> str:
    return str(ErpItem.objects.get(pk=submission.item_id).status)


def test_quickbooks_itself_refuses_what_slipped_through_both_looks(
    several: Ground, ada: Membership, accept: Accept, emulator: EmulatorProcess
) -> None:
    other = in_dollars_of_canada(several, ada)
    LedgerName.objects.filter(name="Toronto Steel").update(detail={"CurrencyRef": {"value": "USD"}})
    submission = work(accept(other.commitment()))
    assert submission.item.status == Status.FAILED
    assert outcome_of(submission).fault_code == "6000"
    assert emulator.documents("PurchaseOrder") == []


def test_what_was_accepted_for_another_company_never_flies_to_this_one(
    ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    """As if a record had been accepted while the company was being connected to other books."""
    submission = accept(ground.commitment())
    assert submission.posting["ledger"] == REALM
    Submission.objects.filter(pk=submission.pk).update(posting={**submission.posting, "ledger": "9341450000000999"})
    emulator.control("requests", method="DELETE")
    submission = work(submission)
    assert submission.item.status == Status.FAILED
    assert submission.reason.startswith("It was accepted for another QuickBooks company")
    assert emulator.requests() == []
    assert not Link.objects.filter(item=submission.item).exists()


def test_neither_is_it_looked_for_there(ground: Ground, accept: Accept, emulator: EmulatorProcess) -> None:
    emulator.fault("drop", entity="purchaseorder")
    submission = work(accept(ground.commitment()))
    assert submission.work == "uncertain"
    Submission.objects.filter(pk=submission.pk).update(posting={**submission.posting, "ledger": "9341450000000999"})
    emulator.control("requests", method="DELETE")
    assert work(submission).item.status == Status.FAILED
    assert emulator.requests() == []


def test_a_posting_of_before_has_no_company_and_flies(ground: Ground, accept: Accept) -> None:
    submission = accept(ground.commitment())
    posting = {name: value for name, value in submission.posting.items() if name != "ledger"}
    Submission.objects.filter(pk=submission.pk).update(posting=posting)
    assert work(submission).item.status == Status.SYNCED
