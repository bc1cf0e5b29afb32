"""Projects and vendors on both sides, what explains a difference, since when it stands, and what is not ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from time_machine import travel

from commitments.models import Commitment
from invoices.models import Invoice
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.refusals import InvalidInput, NotAllowed, Refusal
from quickbooks_bridge.drift_models import Drift
from quickbooks_bridge.importers.names import refresh
from quickbooks_bridge.models import Connection, LedgerBill, Link
from quickbooks_bridge.reconciling.books import COLUMNS
from quickbooks_bridge.reconciling.comparing import compared, note_gone
from quickbooks_bridge.reconciling.putting_away import bring_back, put_away
from quickbooks_bridge.reconciling.rows import (
    ForeignDocument,
    LedgerOrder,
    ReconciliationRow,
    ReconciliationRun,
    Scope,
)
from quickbooks_bridge.reconciling.running import ask, carry_on, due
from quickbooks_bridge.reconciling.selectors import foreign_for, narrowed, on_home, rows_for
from tests.architecture.controls import only_hovered
from tests.factories import make_commitment, make_project, synced
from tests.payments.rows import make_invoice
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.quickbooks_bridge.payers import Payer, billed
from tests.quickbooks_bridge.test_tie_outs import payer, remember, subcontract, work

__all__ = ["payer", "subcontract", "work"]

#: The links that are looked for, and what the drift watch asks to make cards of those that are gone.
MANY = 17


def run_of(commitment: Commitment) -> ReconciliationRun:
    """A whole comparison."""
    found = carry_on(commitment.company_id)
    assert found
    assert found.ended_at, found.error
    assert not found.error
    return found


def rows(run: ReconciliationRun) -> dict[str, ReconciliationRow]:
    return {one.scope: one for one in run.rows.order_by("-name")}


def sentences(row: ReconciliationRow) -> str:
    return " ".join(one["sentence"] for one in row.causes)


def test_project_and_vendor_agree_to_the_cent(payer: Payer, work: Any, subcontract: Commitment) -> None:
    payer.pay((work[1], "400.50"))
    run = run_of(subcontract)
    assert (run.projects, run.vendors, run.differing, run.fresh, run.not_ours) == (1, 1, 0, 0, 0)
    for row in run.rows.all():
        figures = [row.ours[key] for key, _, _ in COLUMNS]
        assert figures == ["10000.00", "1000.00", "100.00", "0.00", "0.00", "400.50", "499.50"]
        assert (row.theirs, row.differs, row.causes) == (row.ours, False, [])


def test_a_difference_is_explained_on_both_and_is_new_only_once(
    payer: Payer, work: Any, subcontract: Commitment, max_pm: Membership, ada: Membership
) -> None:
    run_of(subcontract)
    waits = make_invoice(max_pm, subcontract, billed="30.00", number="WAITS")
    first = run_of(subcontract)
    assert (first.differing, first.fresh) == (2, 2)
    for row in first.rows.all():
        assert f"Invoice {waits.number} is approved here and not in QuickBooks yet" in sentences(row)
        assert (row.difference["invoiced"], set(row.unexplained.values())) == ("30.00", {"0.00"})
    second = run_of(subcontract)
    assert (second.differing, second.fresh) == (2, 0)
    assert rows(second)["project"].since == rows(first)["project"].since
    Invoice.objects.filter(pk=waits.pk).update(status="draft")
    assert run_of(subcontract).differing == 0
    found = on_home(ada)
    assert found
    assert (found.differing, on_home(max_pm)) == (0, None)


def test_differences_that_cancel_out_are_told_of_both(
    payer: Payer, work: Any, subcontract: Commitment, max_pm: Membership
) -> None:
    other = synced(make_commitment(max_pm, subcontract.project, subcontract.vendor, lines=["500.00"]))
    order = payer.bill(payer.line("400.00"), entity="PurchaseOrder", DocNumber=other.number)
    remember(other.erp, "PurchaseOrder", order["Id"], Decimal("400.00"))
    Link.objects.filter(item=subcontract.erp).update(total=Decimal("10100.00"), sync_token="9")
    run = run_of(subcontract)
    assert {one.difference["committed"] for one in run.rows.all()} == {"0.00"}
    assert run.differing == 2
    assert len(rows(run)["vendor"].causes) == 2


def test_orders_are_read_as_they_stand_and_their_links_say_so(
    payer: Payer, work: Any, subcontract: Commitment, emulator: EmulatorProcess
) -> None:
    run_of(subcontract)
    (order,) = emulator.documents("PurchaseOrder")
    line = order["Line"][0]
    emulator.write("PurchaseOrder", {**order, "Line": [line, payer.line("25.00")]})
    run = run_of(subcontract)
    assert "The purchase order says 10,025.00" in sentences(rows(run)["project"])
    assert Link.objects.get(item=subcontract.erp).health == "drifted"
    (order,) = emulator.documents("PurchaseOrder")
    emulator.delete("PurchaseOrder", order)
    run = run_of(subcontract)
    assert "was deleted in QuickBooks" in sentences(rows(run)["vendor"])
    assert rows(run)["vendor"].theirs["committed"] == "0.00"
    assert Link.objects.get(item=subcontract.erp).health == "missing"


def test_what_is_gone_is_told_in_the_same_queries_however_much_it_is(
    books: Connection, payer: Payer, max_pm: Membership, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    later = timezone.now() + timedelta(hours=1)
    with django_assert_num_queries(2):
        note_gone(books, later)
    for first, count in ((0, 10), (10, 40)):
        for number in range(first, first + count):
            made = synced(make_commitment(max_pm, lines=["1.00"]))
            remember(made.erp, "PurchaseOrder", f"gone-{number}", Decimal("1.00"))
        with django_assert_num_queries(MANY):
            note_gone(books, later)
        assert Drift.objects.filter(what="deleted", answer="").count() == first + count


def test_it_reads_what_changed_in_few_calls(payer: Payer, work: Any, subcontract: Commitment) -> None:
    assert run_of(subcontract).reads == 3
    again = run_of(subcontract)
    assert (again.reads, LedgerOrder.objects.count()) == (2, 1)


def test_it_goes_on_where_it_stopped(payer: Payer, work: Any, subcontract: Commitment) -> None:
    left = carry_on(subcontract.company_id, seconds=0)
    assert left
    assert (left.ended_at, left.error) == (None, "")
    while left.ended_at is None:
        found = carry_on(subcontract.company_id, seconds=0)
        assert found
        assert found.pk == left.pk
        left = found
    assert (left.projects, left.differing) == (1, 0)


def test_what_is_not_ours_is_listed_with_why_it_matters(
    payer: Payer, work: Any, subcontract: Commitment, ada: Membership, books: Connection
) -> None:
    assert subcontract.vendor
    remember(subcontract.vendor.erp, "Vendor", payer.vendor, None)
    twin = payer.bill(payer.line("70.00"), DocNumber=work[0].number.lower())
    payer.bill(payer.line("5.00"), entity="PurchaseOrder", DocNumber="PO-9")
    payer.bill(payer.line("9.00"), entity="VendorCredit")
    other = payer.line("11.00")
    other["ItemBasedExpenseLineDetail"]["CustomerRef"] = {"value": payer.id_of("Customer", "Parish Hall Roof")}
    payer.bill(other, DocNumber="ELSEWHERE")
    below = payer.line("12.00")
    wing = {"DisplayName": "Wing", "Job": True, "ParentRef": {"value": payer.job}}
    below["ItemBasedExpenseLineDetail"]["CustomerRef"] = {"value": payer.emulator.write("Customer", wing)["Id"]}
    payer.bill(below, DocNumber="BELOW")
    refresh(books)
    estimate = {"CustomerRef": {"value": payer.job}, "Line": [_estimated(payer)]}
    payer.emulator.write("Estimate", estimate)
    run = run_of(subcontract)
    assert (run.not_ours, run.differing) == (6, 0)
    why = {(one.entity, one.number): one.why for one in ForeignDocument.objects.all()}
    assert "may be the same bill twice" in why["Bill", twin["DocNumber"]]
    assert "for none of our jobs" in why["Bill", "ELSEWHERE"]
    assert f"It costs {subcontract.project.name} something" in why["Bill", "BELOW"]
    assert "no commitment here knows" in why["PurchaseOrder", "PO-9"]
    assert {entity for entity, _ in why} == {"Bill", "VendorCredit", "PurchaseOrder", "Estimate"}
    assert [one.number for one in narrowed(foreign_for(ada), {"q": "elsew", "entity": "Bill"})] == ["ELSEWHERE"]


def _estimated(payer: Payer) -> dict[str, Any]:
    item = {"ItemRef": {"value": payer.id_of("Item", "Subcontract Work")}, "Qty": 1, "UnitPrice": 3}
    return {"Amount": 3.0, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": item}


def test_one_that_is_fine_stays_away_until_it_comes_to_something_else(
    payer: Payer, work: Any, subcontract: Commitment, ada: Membership, vic: Membership
) -> None:
    typed = payer.bill(payer.line("70.00"), DocNumber="BY-HAND")
    assert run_of(subcontract).not_ours == 1
    (found,) = foreign_for(ada)
    with pytest.raises(NotAllowed):
        put_away(found, "Rent.", by=vic)
    with pytest.raises(InvalidInput):
        put_away(found, " ", by=ada)
    put_away(found, "The site's rent.", by=ada)
    with pytest.raises(Refusal):
        put_away(found, "Again.", by=ada)
    assert run_of(subcontract).not_ours == 0
    bring_back(found, by=ada)
    assert run_of(subcontract).not_ours == 1
    put_away(found, "The site's rent.", by=ada)
    payer.emulator.write("Bill", {**typed, "Line": [payer.line("90.00")]})
    assert run_of(subcontract).not_ours == 1
    found.refresh_from_db()
    assert (found.put_away_at, found.total, found.note) == (None, Decimal("90.00"), "The site's rent.")
    payer.delete("Bill", typed)
    assert run_of(subcontract).not_ours == 0
    assert not foreign_for(ada).exists()


def test_who_does_not_see_a_commitment_sees_no_sum_with_it(
    payer: Payer, work: Any, subcontract: Commitment, ada: Membership, alma: Membership, olga: Membership
) -> None:
    run = run_of(subcontract)
    assert rows_for(ada).filter(run=run).count() == 2
    subcontract.erp.is_private = True
    subcontract.erp.save()
    ada.privileges.all().delete()
    assert rows_for(ada).filter(run=run).count() == 0
    assert rows_for(alma).filter(run=run).count() == 2
    assert rows_for(olga).count() == foreign_for(olga).count() == 0


def test_a_company_is_compared_once_a_night_by_its_own_clock(
    payer: Payer, subcontract: Commitment, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening = datetime(2026, 11, 27, 4, 0, tzinfo=UTC)  # eleven at night in New York
    hours: list[tuple[float, list[int]]] = [(0, [subcontract.company_id]), (2.5, []), (4, [subcontract.company_id])]
    for later, expected in hours:
        now = evening + timedelta(hours=later)
        monkeypatch.setattr("quickbooks_bridge.reconciling.running.timezone.now", lambda at=now: at)
        assert due() == expected, later
        made = ReconciliationRun.objects.create(company=subcontract.company, leased_until=now, ended_at=now)
        ReconciliationRun.objects.filter(pk=made.pk).update(began_at=now)
        assert due() == []


def test_where_two_o_clock_comes_twice_one_night_is_compared_once(payer: Payer, subcontract: Commitment) -> None:
    Company.objects.filter(pk=subcontract.company_id).update(time_zone="Europe/Berlin")
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))  # half past two, and once more
    with travel(first, tick=False):
        assert due() == [subcontract.company_id]
        made = ReconciliationRun.objects.create(company=subcontract.company, leased_until=first, ended_at=first)
        ReconciliationRun.objects.filter(pk=made.pk).update(began_at=first)
    with travel(second, tick=False):
        assert due() == []


def test_commitments_are_counted_in_batches_and_cost_no_query_each(
    payer: Payer,
    work: Any,
    subcontract: Commitment,
    max_pm: Membership,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    LedgerBill.objects.all().delete()
    for count in (1, 3):
        for _ in range(count):
            billed(max_pm, payer, synced(make_commitment(max_pm, make_project(max_pm), lines=["100.00"])), "10.00")
        with django_assert_num_queries(10):
            found = compared(subcontract.company_id, lambda step: None)
    assert sum(scope is Scope.PROJECT for scope, _ in found) == 5


def test_pages_files_api_and_command_say_the_same(
    payer: Payer,
    work: Any,
    subcontract: Commitment,
    ada: Membership,
    vic: Membership,
    max_pm: Membership,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("quickbooks_bridge.reconciling.views.ring_reconciliation", lambda company_id: True)
    payer.bill(payer.line("70.00"), DocNumber="BY-HAND")
    waits = make_invoice(max_pm, subcontract, billed="30.00", number="WAITS")
    said = StringIO()
    call_command("reconcile", company=subcontract.company.slug, stdout=said)
    assert "2 differ, 2 of them new; 1 documents are not ours" in said.getvalue()
    with pytest.raises(NotAllowed):
        ask(subcontract.company, by=vic)

    client.force_login(ada.user)
    shown = client.get("/quickbooks/reconciliation/").content.decode()
    for words in (
        "Differs",
        f"Invoice {waits.number} is approved here",
        "Not ours in QuickBooks (1)",
        ">New<",
        "Comparisons",
    ):
        assert words in shown, words
    assert "2 new differences, 2 in all," in client.get("/").content.decode()
    vendor = client.get(f"/quickbooks/reconciliation/vendors/{subcontract.vendor_id}/").content.decode()
    assert [only_hovered(page) for page in (shown, vendor)] == [[], []]
    assert f"Invoice {waits.number} is approved here" in vendor
    assert client.post("/quickbooks/reconciliation/now/").status_code == 302
    assert client.post("/quickbooks/reconciliation/now/").status_code == 302

    listed = client.get("/quickbooks/not-ours/").content.decode()
    assert '<option value="put_away">Said not to be ours</option>' in listed
    assert "BY-HAND" in listed
    assert "BY-HAND" in client.get("/quickbooks/not-ours.csv").content.decode("utf-8-sig")
    (told,) = client.get("/api/v1/quickbooks/not-ours/").json()["results"]
    assert (told["total"], told["project"]) == ("70.00", subcontract.project_id)
    address = f"/api/v1/quickbooks/not-ours/{told['id']}/"
    assert client.post(f"{address}put-away/", {"note": "Rent."}, "application/json").status_code == 200
    assert "Rent." in client.get("/quickbooks/not-ours/?view=put_away").content.decode()
    assert client.post(f"/quickbooks/not-ours/{told['id']}/bring-back/").status_code == 302
    answer = client.get("/api/v1/reconciliation-rows/?scope=vendor&differs=true").json()["results"]
    assert [(one["vendor"], one["difference"]["invoiced"]) for one in answer] == [(subcontract.vendor_id, "30.00")]
    assert client.get("/api/v1/reconciliation-runs/").json()["results"][-1]["differing"] == 2


def test_a_company_that_is_not_connected_is_not_asked(company: Any, max_pm: Membership) -> None:
    with pytest.raises(Refusal, match="not connected"):
        ask(max_pm.company, by=max_pm)
    assert Connection.objects.count() == 0
