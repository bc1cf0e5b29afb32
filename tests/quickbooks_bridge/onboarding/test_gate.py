"""Nothing goes while a company is taken on; who ends that, what they stand for, and when it begins by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from commitments.models import Commitment
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.states import Status, Work
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import InvalidInput, NotAllowed, Refusal
from quickbooks_bridge.importers.names import refresh
from quickbooks_bridge.models import Connection, Link
from quickbooks_bridge.onboarding import gate, linking
from quickbooks_bridge.onboarding.beginning import begin
from quickbooks_bridge.onboarding.coverage import coverage_for
from quickbooks_bridge.onboarding.models import OnboardingEntry, Step
from quickbooks_bridge.onboarding.proposals import proposals_for
from quickbooks_bridge.onboarding.reading import NotOnboarding
from tests.factories import change_line, make_approver, make_change_order, make_commitment, make_project, make_vendor
from tests.payments.rows import make_invoice
from tests.quickbooks_bridge.conftest import consent, work
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.quickbooks_bridge.onboarding.typed import (
    ACE,
    BRIEN,
    LIBRARY,
    STATION,
    SUMMIT,
    Here,
    Typed,
    read,
    read_again,
    whole,
)
from tests.scenes import kept


def test_what_was_accepted_waits_until_it_is_signed_and_says_for_whom(
    books: Connection, alma: Membership, max_pm: Membership, accept: Callable[..., Submission]
) -> None:
    begin(since=date(2026, 1, 1), by=alma)
    submission = work(accept(make_vendor(max_pm, "Newcomer").erp))
    assert submission.work == Work.WAITING
    assert "being matched" in submission.reason
    assert submission.cure_by == "accountant"
    assert submission.cure_url == "/quickbooks/onboarding/"
    assert not submission.attempts.exists()
    gate.skip(remark="Nothing was ever typed there.", by=alma)
    submission.refresh_from_db()
    assert submission.due_at
    assert submission.due_at <= timezone.now()
    assert work(submission).item.status == Status.SYNCED


@pytest.fixture
@kept
def running(books: Connection, here: Here, typed: Typed, max_pm: Membership, alma: Membership) -> dict[str, Any]:
    """Two orders and a bill on both sides, one order here alone; a bill, a cost and a closed order there alone."""
    first = make_commitment(max_pm, here.station, here.ace, lines=["1000.00"], number="1042")
    second = make_commitment(max_pm, here.library, here.brien, lines=["300.00"], number="7")
    make_commitment(max_pm, here.station, here.brien, lines=["50.00"], number="NEW")
    invoice = make_invoice(max_pm, first, billed="200.00", number="A-1")
    typed.order("1042", typed.line("1000.00"))
    typed.order("7", typed.line("300.00", job=LIBRARY), vendor=BRIEN)
    typed.order("8", typed.line("9.00"), POStatus="Closed")
    typed.bill("A-1", typed.line("200.00"))
    typed.bill("B-2", typed.line("70.00"), vendor=ACE)
    typed.bill("RENT", typed.line("11.00", job="Parish Hall Roof"), vendor=SUMMIT)
    read(books, alma)
    return {"first": first, "second": second, "invoice": invoice}


def figures(member: Membership) -> dict[tuple[str, str], tuple[str, ...]]:
    """Matched here, matched there, here only, there only, by project and group."""
    return {
        (row.project, row.group): tuple(
            str(one)
            for one in (
                row.sums.matched_here,
                row.sums.matched_there,
                row.sums.here_amount,
                row.sums.there_amount,
            )
        )
        for row in coverage_for(member).rows
    }


def test_what_stands_under_a_job_below_a_project_is_the_project_s(
    books: Connection,
    emulator: EmulatorProcess,
    typed: Typed,
    here: Here,
    max_pm: Membership,
    ada: Membership,
    alma: Membership,
) -> None:
    parent = {"value": typed.id_of("Customer", STATION)}
    emulator.write("Customer", {"DisplayName": "Phase 2", "Job": True, "ParentRef": parent})
    emulator.write(
        "Customer", {"DisplayName": "Roof", "Job": True, "ParentRef": {"value": typed.id_of("Customer", "Phase 2")}}
    )
    refresh(books)
    make_commitment(max_pm, here.station, here.ace, lines=["1000.00"], number="1042")
    typed.order("1042", typed.line("1000.00", job="Roof"))
    typed.bill("RENT", typed.line("11.00", job="Phase 2"), vendor=SUMMIT)
    read(books, alma)

    assert figures(ada) == {
        ("Station 4", "orders"): ("0.00", "0.00", "1000.00", "1000.00"),
        ("Station 4", "bills"): ("0.00", "0.00", "0.00", "11.00"),
    }
    linking.link_all_exact(by=ada, seen=linking.seen_as(linking.exact_for(ada)))
    assert figures(ada)["Station 4", "orders"] == ("1000.00", "1000.00", "0.00", "0.00")


def test_money_is_told_by_project_and_by_side(running: dict[str, Any], ada: Membership) -> None:
    """The rent is of a vendor and a job that are not here; a closed order promises nothing any more."""
    assert figures(ada) == {
        ("Station 4", "orders"): ("0.00", "0.00", "1050.00", "1000.00"),
        ("Riverside Library", "orders"): ("0.00", "0.00", "300.00", "300.00"),
        ("Station 4", "bills"): ("0.00", "0.00", "200.00", "270.00"),
    }
    linking.link_all_exact(by=ada, seen=linking.seen_as(linking.exact_for(ada)))
    assert figures(ada) == {
        ("Station 4", "orders"): ("1000.00", "1000.00", "50.00", "0.00"),
        ("Riverside Library", "orders"): ("300.00", "300.00", "0.00", "0.00"),
        ("Station 4", "bills"): ("200.00", "200.00", "0.00", "70.00"),
    }
    Link.objects.filter(entity="Bill").update(health="voided")
    Link.objects.filter(entity="PurchaseOrder", item__project__label__contains="Riverside Library").update(
        health="missing"
    )
    gone = figures(ada)
    assert gone["Riverside Library", "orders"] == ("0.00", "0.00", "300.00", "0.00")
    assert gone["Station 4", "bills"] == ("0.00", "0.00", "200.00", "70.00")


@pytest.mark.parametrize("address", ["/quickbooks/onboarding/", "/api/v1/quickbooks/onboarding/"])
def test_page_and_api_read_each_side_once_and_name_no_document_to_the_database(
    running: dict[str, Any], ada: Membership, address: str
) -> None:
    """A company has tens of thousands of them: the page took four seconds, and a refused form on it ten."""
    client = Client()
    client.force_login(ada.user)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    told = [one["sql"] for one in asked.captured_queries]
    for table, column in (("quickbooks_bridge_openingdocument", "matching"), ("invoices_invoice", "billed_on")):
        read = [sql for sql in told if f'"{table}"."{column}"' in sql.partition(" FROM ")[0]]
        assert len(read) == 1, read
    assert not any('"openingdocument_id" IN (' in sql for sql in told)


def test_change_orders_that_are_there_count_with_their_order_and_stand_here_alone_once_it_is_gone(
    running: dict[str, Any], here: Here, ada: Membership, max_pm: Membership
) -> None:
    linking.link_all_exact(by=ada, seen=linking.seen_as(linking.exact_for(ada)))
    changes = [
        make_change_order(max_pm, running[name], lines=[change_line(amount, changes=1)]) for name, amount in MORE
    ]
    ErpItem.objects.filter(change_order__in=changes).update(synced_revision=1)
    make_change_order(max_pm, running["first"], lines=[change_line("999.00", changes=1)])
    assert figures(ada)["Station 4", "orders"] == ("1040.00", "1000.00", "50.00", "0.00")
    assert figures(ada)["Riverside Library", "orders"] == ("307.00", "300.00", "0.00", "0.00")
    Link.objects.filter(item=running["first"].erp).update(health="missing")
    assert figures(ada)["Station 4", "orders"] == ("0.00", "0.00", "1090.00", "0.00")
    assert figures(ada)["Riverside Library", "orders"] == ("307.00", "300.00", "0.00", "0.00")
    ErpItem.objects.filter(pk=running["second"].erp_id).update(project=None)
    assert figures(ada)["No project of ours", "orders"] == ("307.00", "300.00", "0.00", "0.00")


#: Of which order, and what it adds.
MORE = (("first", "30.00"), ("first", "10.00"), ("second", "7.00"))


def test_however_many_documents_there_are_the_queries_stay_the_same(
    running: dict[str, Any], here: Here, typed: Typed, ada: Membership, max_pm: Membership, alma: Membership
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            coverage_for(ada)
            proposals_for(ada)
        return len(asked)

    few = queries()
    for at in range(4):
        typed.order(f"M-{at}", typed.line("5.00"))
        make_commitment(max_pm, here.station, here.ace, lines=["5.00"], number=f"M-{at}")
    read_again(alma)
    assert queries() == few


def test_exact_pairs_are_linked_as_they_were_looked_at_or_not_at_all(
    running: dict[str, Any], ada: Membership, max_pm: Membership
) -> None:
    matches = linking.exact_for(ada)
    assert sorted(one.document.number for one in matches) == ["1042", "7", "A-1"]
    seen = linking.seen_as(matches)
    linking.dismiss(whole(matches[0].document), matches[0].ours.item, by=ada)
    with pytest.raises(Refusal, match="other exact pairs"):
        linking.link_all_exact(by=ada, seen=seen)
    assert not running["first"].erp.events.filter(action="link").exists()
    assert linking.link_all_exact(by=ada, seen=linking.seen_as(linking.exact_for(ada))) == 2


def test_signing_needs_a_remark_for_what_is_left_and_freezes_the_figures(
    running: dict[str, Any], books: Connection, ada: Membership
) -> None:
    with pytest.raises(gate.NotRemarked):
        gate.sign(remark=" ", by=ada)
    made = gate.sign(remark="SC NEW is new; B-2 is paid by hand.", by=ada)
    books.refresh_from_db()
    assert not books.is_onboarding
    assert (made.step, made.by) == (Step.SIGNED, ada)
    assert made.figures["totals"]["orders"]["here_amount"] == "1350.00"
    with pytest.raises(NotOnboarding):
        gate.sign(remark="Again.", by=ada)


def test_other_figures_than_stood_on_the_page_are_not_signed(
    running: dict[str, Any], books: Connection, here: Here, ada: Membership, max_pm: Membership, client: Client
) -> None:
    client.force_login(ada.user)
    page = reverse("quickbooks_bridge:onboarding")
    seen = client.get(page).context["coverage"].seen
    make_commitment(max_pm, here.station, here.ace, lines=["90000.00"], number="LATE")

    given = {"remark": "SC NEW is new.", "seen": seen}
    older = client.post(reverse("quickbooks_bridge:sign_onboarding"), given)

    assert older.status_code == 409
    shown = older.content.decode()
    assert "have changed since you looked at them" in shown
    assert "SC NEW is new." in shown
    books.refresh_from_db()
    assert books.is_onboarding
    again = older.context["coverage"].seen
    assert f'name="seen" value="{again}"' in shown
    assert client.post(reverse("quickbooks_bridge:sign_onboarding"), {**given, "seen": again}).status_code == 302
    books.refresh_from_db()
    assert not books.is_onboarding


def test_the_api_signs_the_figures_that_were_read(
    running: dict[str, Any], books: Connection, here: Here, ada: Membership, max_pm: Membership, client: Client
) -> None:
    client.force_login(ada.user)
    at = "/api/v1/quickbooks/onboarding/"
    given = {"remark": "SC NEW is new.", "seen": client.get(at).json().get("coverage_seen")}
    make_commitment(max_pm, here.station, here.ace, lines=["90000.00"], number="LATE")

    older = client.post(f"{at}sign/", given, content_type="application/json")

    assert (older.status_code, "have changed since you looked at them" in older.content.decode()) == (409, True)
    given["seen"] = client.get(at).json()["coverage_seen"]
    assert client.post(f"{at}sign/", given, content_type="application/json").status_code == 201
    books.refresh_from_db()
    assert not books.is_onboarding


def test_everything_matched_or_set_aside_is_signed_without_a_remark(
    running: dict[str, Any], ada: Membership, max_pm: Membership
) -> None:
    linking.link_all_exact(by=ada, seen=linking.seen_as(linking.exact_for(ada)))
    for proposal in proposals_for(ada):
        linking.set_aside(whole(proposal.document), why="Not ours.", by=ada)
    Commitment.objects.filter(number="NEW").update(status="draft")
    assert coverage_for(ada).is_whole
    assert gate.sign(by=ada).figures["is_whole"] is True


def test_nobody_signs_what_was_not_read_or_what_he_does_not_see(
    books: Connection, here: Here, alma: Membership, ada: Membership, max_pm: Membership
) -> None:
    begin(since=date(2026, 1, 1), by=alma)
    with pytest.raises(gate.NotRead):
        gate.sign(remark="So be it.", by=ada)
    read(books, alma)
    made = make_commitment(max_pm, here.station, here.ace)
    ErpItem.objects.filter(pk=made.erp_id).update(is_private=True)
    bob = make_approver(alma.company, "Bob")
    bob.privileges.update(can_export=False)
    with pytest.raises(gate.NotWhole):
        gate.sign(remark="So be it.", by=bob)
    gate.sign(remark="So be it.", by=alma)


def test_who_may_begin_sign_and_skip(books: Connection, alma: Membership, ada: Membership, max_pm: Membership) -> None:
    today = today_of(alma.company)
    for by in (ada, max_pm):
        with pytest.raises(NotAllowed):
            begin(since=today, by=by)
    begin(since=today, by=alma)
    with pytest.raises(NotAllowed):
        gate.skip(remark="No.", by=ada)
    with pytest.raises(gate.NotRemarked):
        gate.skip(remark="", by=alma)
    with pytest.raises(NotAllowed):
        gate.sign(remark="No.", by=max_pm)
    with pytest.raises(InvalidInput):
        begin(since=date(2999, 1, 1), by=alma)
    assert [one.step for one in OnboardingEntry.objects.all()] == [Step.BEGUN]


@pytest.mark.parametrize("name", [ACE, "ACE ELECTRIC COMPANY", ""])
def test_it_begins_by_itself_where_quickbooks_holds_bills_for_names_that_are_here(
    name: str, emulator: EmulatorProcess, alma: Membership, max_pm: Membership
) -> None:
    typed = Typed(emulator)
    typed.bill("1", typed.line("5.00"))
    if name:
        make_vendor(max_pm, name)
    else:
        make_project(max_pm, STATION)
    row = consent(emulator, alma)
    row.refresh_from_db()
    assert row.is_onboarding
    assert OnboardingEntry.objects.get().step == Step.BEGUN


@pytest.mark.parametrize("case", ["empty console", "other names", "empty books"])
def test_nobody_is_hindered_where_nothing_can_be_doubled(
    case: str, emulator: EmulatorProcess, alma: Membership, max_pm: Membership
) -> None:
    typed = Typed(emulator)
    if case != "empty books":
        typed.bill("1", typed.line("5.00"))
    if case != "empty console":
        make_vendor(max_pm, "Somebody Else" if case == "other names" else ACE)
    consent(emulator, alma)
    assert not Connection.objects.get().is_onboarding


def test_signing_in_again_after_something_was_sent_hinders_nobody(
    books: Connection,
    typed: Typed,
    emulator: EmulatorProcess,
    alma: Membership,
    accept: Callable[..., Submission],
    max_pm: Membership,
) -> None:
    assert work(accept(make_vendor(max_pm, "Newcomer").erp)).item.status == Status.SYNCED
    typed.bill("1", typed.line("5.00"))
    make_vendor(max_pm, ACE)
    consent(emulator, alma)
    assert not Connection.objects.get().is_onboarding


def test_what_cannot_be_asked_is_taken_for_in_use(
    emulator: EmulatorProcess, alma: Membership, max_pm: Membership
) -> None:
    make_vendor(max_pm, ACE)
    emulator.fault("500", entity="query", times=1)
    consent(emulator, alma)
    assert Connection.objects.get().is_onboarding


@pytest.mark.postgres
@pytest.mark.django_db
def test_an_entry_is_append_only(books: Connection, alma: Membership) -> None:
    begin(since=date(2026, 1, 1), by=alma)
    assert connection.vendor == "postgresql"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        OnboardingEntry.objects.update(remark="Something else.")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        OnboardingEntry.objects.all().delete()
