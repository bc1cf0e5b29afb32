"""The courier against a running emulator: every way a call can end, and what stands in the books afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from procore_sync.acceptance import claims, operations
from procore_sync.acceptance.courier import courier
from procore_sync.acceptance.models import Event, Notice, Submission
from procore_sync.acceptance.refusals import StillThere
from procore_sync.acceptance.states import OutcomeKind, Status, Work
from procore_sync.accounts.models import Membership
from projects.operations import edit_project
from projects.records import details_of
from projects.rules import ProjectDetails
from quickbooks_bridge.client import tokens as sign_in
from quickbooks_bridge.client.api import Ledger
from quickbooks_bridge.client.wire import Answer
from quickbooks_bridge.connecting import choose_mode, halt
from quickbooks_bridge.endpoints import endpoints
from quickbooks_bridge.importers.names import refresh
from quickbooks_bridge.importers.operations import link_to
from quickbooks_bridge.models import Connection, Link
from quickbooks_bridge.names import names_of
from tests.factories import make_approver, make_cost_code, make_project, make_vendor
from tests.quickbooks_bridge.conftest import consent, outcome_of, work
from tests.quickbooks_bridge.emulator_process import OTHER_REALM, EmulatorProcess
from tests.quickbooks_bridge.test_tokens import expire
from tests.scenes import kept
from vendors.models import Vendor
from vendors.operations import edit_vendor
from vendors.rules import VendorDetails

Accept = Callable[..., Submission]
NAME = "Tidewater Glazing"


@pytest.fixture
@kept
def accepted(books: Connection, max_pm: Membership, accept: Accept, emulator: EmulatorProcess) -> Submission:
    """A vendor of a new name, accepted and due."""
    vendor = make_vendor(
        max_pm,
        NAME,
        street="12 Quay St",
        city="Eastport",
        state="ME",
        postal_code="04631",
        country="US",
        phone="(207) 555-0142",
        email="office@tidewater.example",
    )
    submission = accept(vendor.erp)
    emulator.control("requests", method="DELETE")
    return submission


def test_it_creates_the_vendor_once_and_verifies_it_from_the_answer(
    accepted: Submission, emulator: EmulatorProcess
) -> None:
    work(accepted)
    assert accepted.item.status == Status.SYNCED
    (held,) = emulator.named("Vendor", NAME)
    assert held["BillAddr"]["Line1"] == "12 Quay St"
    assert len(emulator.requests()) == 1
    link = Link.objects.get(item=accepted.item)
    assert (link.remote_id, link.health) == (held["Id"], "ok")
    assert link.verified_at is not None


@pytest.mark.parametrize("fault", ["write_then_drop", "drop", "500_after_write", "500", "503"])
def test_a_lost_answer_leaves_exactly_one_vendor(accepted: Submission, emulator: EmulatorProcess, fault: str) -> None:
    emulator.fault(fault, entity="Vendor")
    work(accepted)
    assert accepted.work == Work.UNCERTAIN
    work(accepted, times=4)
    assert accepted.item.status == Status.SYNCED
    assert len(emulator.named("Vendor", NAME)) == 1


def test_a_server_that_never_answers_leaves_exactly_one_vendor(
    accepted: Submission, emulator: EmulatorProcess, settings: Settings
) -> None:
    settings.QUICKBOOKS_READ_TIMEOUT = 0.5
    emulator.fault("hang", entity="Vendor", seconds=3)
    work(accepted)
    assert accepted.work == Work.UNCERTAIN
    settings.QUICKBOOKS_READ_TIMEOUT = 20.0
    work(accepted, times=4)
    assert accepted.item.status == Status.SYNCED
    assert len(emulator.named("Vendor", NAME)) == 1


def test_a_firewall_that_turns_calls_away_is_not_taken_for_quickbooks(
    accepted: Submission, emulator: EmulatorProcess
) -> None:
    emulator.fault("403", entity="Vendor")
    emulator.fault("403", operation="query")
    work(accepted)
    assert (accepted.work, "sign-in" in accepted.reason) == (Work.UNCERTAIN, False)
    assert outcome_of(accepted).sentence.startswith("Something on the way to QuickBooks, as a firewall, turned the")
    work(accepted)
    assert (accepted.work, outcome_of(accepted).outcome) == (Work.UNCERTAIN, OutcomeKind.NOT_SENT)
    assert accepted.due_at
    assert accepted.due_at < timezone.now() + timedelta(minutes=2)
    work(accepted, times=4)
    assert accepted.item.status == Status.SYNCED
    assert len(emulator.named("Vendor", NAME)) == 1


@pytest.mark.parametrize("fault", ["429_xml", "429_json"])
def test_a_throttle_pauses_the_company_and_burns_no_try(
    accepted: Submission, emulator: EmulatorProcess, connected: Connection, fault: str
) -> None:
    emulator.fault(fault, entity="Vendor")
    work(accepted)
    assert (accepted.work, accepted.tries) == (Work.DUE, 0)
    assert outcome_of(accepted).outcome == OutcomeKind.THROTTLED
    work(accepted)
    assert accepted.work == Work.WAITING
    assert "wait" in accepted.reason
    Connection.objects.filter(pk=connected.pk).update(paused_until=None)
    work(accepted)
    assert accepted.item.status == Status.SYNCED


def test_a_401_in_mid_run_is_one_renewal_and_one_repetition_of_the_same_request(
    accepted: Submission, emulator: EmulatorProcess
) -> None:
    emulator.fault("401", entity="Vendor")
    work(accepted)
    assert accepted.item.status == Status.SYNCED
    sent = emulator.requests("/vendor")
    assert [one["status"] for one in sent] == [401, 200]
    assert {one["requestid"] for one in sent} == {accepted.request_id}
    assert len(emulator.requests("tokens/bearer")) == 1


@pytest.mark.parametrize("is_repeated", [False, True], ids=["sent", "looked for"])
def test_a_renewal_that_is_turned_away_refuses_no_record(
    accepted: Submission, emulator: EmulatorProcess, connected: Connection, is_repeated: bool
) -> None:
    if is_repeated:
        emulator.fault("drop", entity="Vendor")
        work(accepted)
    expire(connected)
    emulator.fault("403", operation="token")

    work(accepted)

    assert (accepted.work, accepted.item.status) == (Work.UNCERTAIN if is_repeated else Work.DUE, Status.EXPORTING)
    last = outcome_of(accepted)
    assert last.outcome == OutcomeKind.NOT_SENT
    assert last.sentence == "The sign-in service of QuickBooks refused the request."
    assert accepted.cure_by == "administrator"
    connected.refresh_from_db()
    assert connected.is_connected
    work(accepted, times=4)
    assert accepted.item.status == Status.SYNCED
    assert len(emulator.named("Vendor", NAME)) == 1


def test_a_company_that_was_disconnected_at_intuit_waits_for_its_administrator(
    accepted: Submission, emulator: EmulatorProcess, connected: Connection, alma: Membership
) -> None:
    connected.refresh_from_db()
    sign_in.revoke(endpoints(), connected.refresh_token)
    work(accepted)
    assert outcome_of(accepted).outcome == OutcomeKind.DISCONNECTED
    connected.refresh_from_db()
    assert connected.status == "needs_login"
    assert Notice.objects.filter(to=alma.user.email, subject__contains="sign-in").count() == 1
    work(accepted)
    assert (accepted.work, accepted.cure_by) == (Work.WAITING, "administrator")
    assert accepted.cure_url == "/quickbooks/"
    consent(emulator, alma)
    work(accepted)
    assert accepted.item.status == Status.SYNCED


def test_a_quickbooks_that_cannot_be_reached_is_tried_again(
    accepted: Submission, emulator: EmulatorProcess, settings: Settings
) -> None:
    settings.QUICKBOOKS_API_URL = "http://127.0.0.1:9"
    work(accepted)
    assert (accepted.work, outcome_of(accepted).outcome) == (Work.DUE, OutcomeKind.NOT_SENT)
    settings.QUICKBOOKS_API_URL = emulator.url
    work(accepted)
    assert accepted.item.status == Status.SYNCED


def test_a_lost_answer_is_found_again_even_where_request_ids_are_ignored(
    accepted: Submission, emulator: EmulatorProcess
) -> None:
    emulator.control("switches", {"requestid": "ignore"})
    emulator.fault("write_then_drop", entity="Vendor")
    work(accepted, times=2)
    assert accepted.item.status == Status.SYNCED
    assert len(emulator.named("Vendor", NAME)) == 1


def test_a_lost_answer_is_found_again_though_the_clocks_differ(accepted: Submission, emulator: EmulatorProcess) -> None:
    emulator.control("switches", {"requestid": "ignore"})
    emulator.control("clock", {"advance_seconds": -600})
    emulator.fault("write_then_drop", entity="Vendor")
    work(accepted, times=2)
    assert accepted.item.status == Status.SYNCED


def test_a_vendor_that_somebody_else_made_is_never_taken_for_ours(
    accepted: Submission, emulator: EmulatorProcess
) -> None:
    theirs = emulator.write("Vendor", {"DisplayName": NAME})
    work(accepted)
    assert accepted.item.status == Status.FAILED
    assert "link" in accepted.reason
    assert accepted.cure_url == f"/quickbooks/link/{accepted.item.pk}/"
    (held,) = emulator.named("Vendor", NAME)
    assert held == theirs


def test_an_equal_vendor_made_a_moment_before_ours_is_still_somebody_elses(
    accepted: Submission, emulator: EmulatorProcess, ada: Membership
) -> None:
    emulator.write("Vendor", accepted.posting["payload"])
    work(accepted)
    assert accepted.item.status == Status.FAILED
    operations.retry(accepted.item, by=ada)
    work(accepted)
    assert accepted.item.status == Status.FAILED
    assert not Link.objects.filter(item=accepted.item).exists()


def test_a_customer_of_the_name_refuses_the_vendor(accepted: Submission, emulator: EmulatorProcess) -> None:
    emulator.write("Customer", {"DisplayName": NAME})
    work(accepted)
    assert accepted.item.status == Status.FAILED
    assert outcome_of(accepted).fault_code == "6240"


def test_after_a_lost_try_a_vendor_made_by_somebody_else_is_not_ours(
    accepted: Submission, emulator: EmulatorProcess
) -> None:
    emulator.fault("drop", entity="Vendor")
    work(accepted)
    emulator.write("Vendor", {"DisplayName": NAME, "AcctNum": "17"})
    work(accepted, times=3)
    assert accepted.item.status == Status.FAILED
    assert not Link.objects.filter(item=accepted.item).exists()


def test_a_name_that_our_own_lost_try_has_taken_is_ours(accepted: Submission, emulator: EmulatorProcess) -> None:
    """QuickBooks forgets request ids, and its search shows the vendor only when it is written once more."""
    emulator.control("switches", {"requestid": "ignore"})
    emulator.fault("write_then_drop", entity="Vendor")
    for _ in range(2):
        emulator.fault("lagging")
    work(accepted, times=4)
    told = accepted.attempts.order_by("number").values_list("act", "outcome")
    assert list(told) == [("send", "unknown"), ("probe", "absent"), ("probe", "absent"), ("send", "done")]
    assert accepted.item.status == Status.SYNCED
    (held,) = emulator.named("Vendor", NAME)
    assert Link.objects.get(item=accepted.item).remote_id == held["Id"]


def test_a_refusal_that_was_linked_instead_is_green_and_later_changes_update_it(
    accepted: Submission,
    emulator: EmulatorProcess,
    ada: Membership,
    books: Connection,
    max_pm: Membership,
    accept: Accept,
) -> None:
    theirs = emulator.write("Vendor", {"DisplayName": NAME, "AcctNum": "17", "Vendor1099": True})
    work(accepted)
    row = names_of(books.company_id, "Vendor").get(name=NAME)
    link_to(row, accepted.item, by=ada)
    accepted.item.refresh_from_db()
    assert accepted.item.status == Status.SYNCED
    change(accepted, max_pm, phone="(207) 555-0199")
    work(accept(accepted.item))
    (held,) = emulator.named("Vendor", NAME)
    assert held["Id"] == theirs["Id"]
    assert held["PrimaryPhone"]["FreeFormNumber"] == "(207) 555-0199"
    assert (held["AcctNum"], held["Vendor1099"]) == ("17", True)


def change(submission: Submission, by: Membership, **fields: Any) -> None:
    vendor = Vendor.objects.select_related("erp", "company").get(erp=submission.item)
    shape = replace(details_of(vendor, VendorDetails), **fields)
    edit_vendor(vendor, shape, by=by, seen=vendor.edition)
    submission.item.refresh_from_db()


@pytest.fixture
@kept
def synced(accepted: Submission) -> Submission:
    """The vendor in the books."""
    return work(accepted)


@pytest.fixture
@kept
def given_up(accepted: Submission, emulator: EmulatorProcess) -> Submission:
    """Sent once without an answer, then refused, though QuickBooks is still at work on the first."""
    emulator.fault("drop")
    work(accepted)
    rival = emulator.write("Customer", {"DisplayName": NAME})
    work(accepted, times=3)
    assert (accepted.item.status, accepted.attempts.filter(outcome=OutcomeKind.UNKNOWN).count()) == (Status.FAILED, 1)
    emulator.write("Customer", {**rival, "DisplayName": "Somebody Else"})
    assert emulator.named("Vendor", NAME) == []
    return accepted


def carried_out_late(submission: Submission, emulator: EmulatorProcess) -> None:
    """QuickBooks does what it was asked first."""
    emulator.write("Vendor", submission.attempts.filter(outcome=OutcomeKind.UNKNOWN).get().asked["payload"])


def sent_anew(given_up: Submission, max_pm: Membership, ada: Membership, accept: Accept, name: str) -> Submission:
    operations.reject(given_up.item, by=ada, comment="The name is wrong.")
    change(given_up, max_pm, name=name)
    return accept(given_up.item)


def test_what_was_given_up_and_is_carried_out_late_is_found_before_it_is_sent_anew(
    given_up: Submission,
    emulator: EmulatorProcess,
    max_pm: Membership,
    ada: Membership,
    accept: Accept,
    settings: Settings,
) -> None:
    settings.BATCH_PROBE_PAUSE_SECONDS = 120
    anew = sent_anew(given_up, max_pm, ada, accept, "Tidewater Glass")
    work(anew)
    assert anew.work == Work.WAITING
    assert "may yet be carried out" in anew.reason
    carried_out_late(given_up, emulator)
    settings.BATCH_PROBE_PAUSE_SECONDS = 0
    work(anew)
    (held,) = emulator.documents("Vendor")[-1:]
    assert (held["DisplayName"], Link.objects.get(item=anew.item).remote_id) == (NAME, held["Id"])
    assert anew.item.status == Status.FAILED
    operations.retry(anew.item, by=ada)
    work(anew)
    assert anew.item.status == Status.SYNCED
    assert emulator.named("Vendor", NAME) == []
    assert [one["Id"] for one in emulator.named("Vendor", "Tidewater Glass")] == [held["Id"]]


def test_what_was_given_up_and_is_not_there_is_sent_anew(
    given_up: Submission, emulator: EmulatorProcess, max_pm: Membership, ada: Membership, accept: Accept
) -> None:
    anew = sent_anew(given_up, max_pm, ada, accept, "Tidewater Glass")
    assert not claims._first_exports(anew.company_id).exists()
    work(anew)
    assert given_up.item.status == Status.EXPORTING
    given_up.item.refresh_from_db()
    assert given_up.item.status == Status.SYNCED
    assert len(emulator.named("Vendor", "Tidewater Glass")) == 1


def test_a_look_for_what_was_given_up_that_finds_no_answer_sends_nothing(
    given_up: Submission, emulator: EmulatorProcess, max_pm: Membership, ada: Membership, accept: Accept
) -> None:
    anew = sent_anew(given_up, max_pm, ada, accept, "Tidewater Glass")
    carried_out_late(given_up, emulator)
    emulator.fault("503")
    work(anew)
    assert emulator.named("Vendor", "Tidewater Glass") == []
    work(anew, times=4)
    assert anew.item.status == Status.FAILED
    assert len(emulator.named("Vendor", NAME)) == 1
    assert emulator.named("Vendor", "Tidewater Glass") == []


def test_a_change_updates_the_linked_vendor_and_keeps_what_is_not_ours(
    synced: Submission, emulator: EmulatorProcess, max_pm: Membership, accept: Accept
) -> None:
    (held,) = emulator.named("Vendor", NAME)
    emulator.write("Vendor", {**held, "AcctNum": "4711"})
    change(synced, max_pm, city="Lubec", phone="")
    again = work(accept(synced.item))
    assert again.item.status == Status.SYNCED
    (held,) = emulator.named("Vendor", NAME)
    assert (held["BillAddr"]["City"], held["AcctNum"]) == ("Lubec", "4711")
    assert "PrimaryPhone" not in held


def test_a_vendor_that_is_renamed_is_paid_under_the_new_name(
    synced: Submission, emulator: EmulatorProcess, max_pm: Membership, accept: Accept
) -> None:
    change(synced, max_pm, name="Tidewater Glass")
    again = work(accept(synced.item))
    assert again.item.status == Status.SYNCED
    (held,) = emulator.named("Vendor", "Tidewater Glass")
    assert held["PrintOnCheckName"] == "Tidewater Glass"


def test_a_legal_name_comes_and_goes(
    synced: Submission, emulator: EmulatorProcess, max_pm: Membership, accept: Accept
) -> None:
    for legal, printed in (("Tidewater Glazing Inc", "Tidewater Glazing Inc"), ("", NAME)):
        change(synced, max_pm, print_name=legal)
        again = work(accept(synced.item))
        assert again.item.status == Status.SYNCED, again.reason
        assert emulator.named("Vendor", NAME)[0]["PrintOnCheckName"] == printed


def test_a_suite_that_the_bookkeeper_added_is_kept_or_named_before_it_goes(
    synced: Submission, emulator: EmulatorProcess, max_pm: Membership, ada: Membership, accept: Accept
) -> None:
    (held,) = emulator.named("Vendor", NAME)
    emulator.write("Vendor", {**held, "BillAddr": {**held["BillAddr"], "Line2": "Suite 5"}})
    change(synced, max_pm, phone="")
    again = work(accept(synced.item))
    assert again.item.status == Status.SYNCED
    (held,) = emulator.named("Vendor", NAME)
    assert held["BillAddr"]["Line2"] == "Suite 5"
    change(synced, max_pm, city="Lubec")
    again.item.refresh_from_db()
    submission = operations.send(again.item, by=max_pm)
    preview = courier().preview(again.item, submission.document)
    told = [(one.label, one.before, one.after) for one in preview.changing(preview.posting({}))]
    assert told == [("Street, line 2", "Suite 5", ""), ("City", "Eastport", "Lubec")]


@pytest.mark.parametrize("fault", ["write_then_drop", "drop", "500_after_write", "500"])
def test_a_lost_answer_to_an_update_leaves_one_vendor_as_accepted(
    synced: Submission, emulator: EmulatorProcess, max_pm: Membership, accept: Accept, fault: str
) -> None:
    change(synced, max_pm, city="Lubec")
    emulator.fault(fault, entity="Vendor", method="POST")
    again = work(accept(synced.item), times=5)
    assert again.item.status == Status.SYNCED
    (held,) = emulator.named("Vendor", NAME)
    assert held["BillAddr"]["City"] == "Lubec"


@pytest.mark.parametrize("fault", ["", "500_after_write"])
def test_a_change_is_told_under_the_request_id_that_quickbooks_was_given(
    synced: Submission, emulator: EmulatorProcess, max_pm: Membership, accept: Accept, client: Client, fault: str
) -> None:
    before = {one["requestid"] for one in emulator.requests("/vendor")}
    change(synced, max_pm, city="Lubec")
    if fault:
        emulator.fault(fault, entity="Vendor", method="POST")
    again = work(accept(synced.item), times=4)
    assert again.item.status == Status.SYNCED
    given = [one["requestid"] for one in emulator.requests("/vendor") if one["method"] == "POST"]
    (given,) = {one for one in given if one not in before}
    assert given.startswith(f"{again.request_id}-")
    sent, *looks = again.attempts.order_by("number")
    assert (sent.asked["requestid"], sent.sent_under) == (given, given)
    assert [one.sent_under for one in looks] == [""] * bool(fault)
    event = Event.objects.get(submission=again, action="confirm")
    assert event.detail["request_id"] == given
    client.force_login(max_pm.user)
    page = client.get(f"/review/{again.item_id}/").content.decode()
    assert f">{given}<" in page
    assert f">{again.request_id}<" not in page
    told = client.get(f"/api/v1/items/{again.item_id}/").json()["attempts"]
    assert [one["request_id"] for one in told if one["act"] == "send"].count(given) == 1
    assert again.request_id not in [one["request_id"] for one in told]


def test_what_somebody_changed_in_quickbooks_is_not_written_over_unseen(
    synced: Submission, emulator: EmulatorProcess, max_pm: Membership, ada: Membership, accept: Accept
) -> None:
    (held,) = emulator.named("Vendor", NAME)
    emulator.write("Vendor", {**held, "PrimaryPhone": {"FreeFormNumber": "theirs"}})
    change(synced, max_pm, city="Lubec")
    again = work(accept(synced.item))
    assert again.item.status == Status.FAILED
    assert "Phone from “(207) 555-0142” to “theirs”" in again.reason
    assert Link.objects.get(item=again.item).health == "drifted"
    (held,) = emulator.named("Vendor", NAME)
    assert held["BillAddr"]["City"] == "Eastport"
    operations.retry(again.item, by=ada)
    work(again)
    (held,) = emulator.named("Vendor", NAME)
    assert (held["BillAddr"]["City"], held["PrimaryPhone"]["FreeFormNumber"]) == ("Lubec", "(207) 555-0142")
    assert again.item.status == Status.SYNCED


def test_a_vendor_that_was_made_inactive_is_not_changed_and_can_be_unlinked(
    synced: Submission, emulator: EmulatorProcess, max_pm: Membership, ada: Membership, accept: Accept
) -> None:
    with pytest.raises(StillThere, match="still holds"):
        operations.unlink(synced.item, by=ada)
    (held,) = emulator.named("Vendor", NAME)
    emulator.write("Vendor", {**held, "Active": False})
    change(synced, max_pm, city="Lubec")
    again = work(accept(synced.item))
    assert again.item.status == Status.FAILED
    assert "inactive" in again.reason
    operations.reject(again.item, by=ada, comment="It is gone.")
    again.item.refresh_from_db()


def test_a_vendor_that_is_gone_can_be_unlinked_and_sent_anew(
    synced: Submission, emulator: EmulatorProcess, ada: Membership, accept: Accept
) -> None:
    (held,) = emulator.named("Vendor", NAME)
    emulator.write("Vendor", {**held, "Active": False})
    operations.unlink(synced.item, by=ada)
    synced.item.refresh_from_db()
    assert synced.item.status == Status.NOT_SENT
    assert not Link.objects.filter(item=synced.item).exists()
    refresh(Connection.objects.get(company=ada.company))
    again = work(accept(synced.item))
    assert again.item.status == Status.SYNCED


def test_a_document_that_came_back_otherwise_is_never_green(
    accepted: Submission, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch, ada: Membership
) -> None:
    honest = Ledger.create

    def altered(self: Ledger, entity: str, payload: dict[str, Any], request_id: str) -> Answer:
        answer = honest(self, entity, payload, request_id)
        stored = {**answer.document(entity), "DisplayName": "Tidewater"}
        return Answer(answer.status, answer.intuit_tid, {**answer.body, entity: stored}, answer.elapsed_ms)

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "create", altered)
        work(accepted)
    assert accepted.item.status == Status.FAILED
    assert "stands as “Tidewater”" in accepted.reason
    assert Link.objects.get(item=accepted.item).verified_at is None
    operations.retry(accepted.item, by=ada)
    work(accepted)
    assert accepted.item.status == Status.SYNCED
    assert len(emulator.named("Vendor", NAME)) == 1


def test_no_attempt_keeps_a_token(accepted: Submission, connected: Connection, emulator: EmulatorProcess) -> None:
    emulator.fault("401", entity="Vendor")
    work(accepted)
    connected.refresh_from_db()
    kept = json.dumps([[one.asked, one.answered, one.sentence] for one in accepted.attempts.all()])
    assert connected.access_token not in kept
    assert connected.refresh_token not in kept
    assert accepted.request_id in kept


def test_a_project_becomes_a_job_under_the_chosen_customer(
    books: Connection, emulator: EmulatorProcess, max_pm: Membership, accept: Accept
) -> None:
    project = make_project(max_pm, "Breakwater Repair", number="26-003", street="1 Pier Rd")
    parent = names_of(books.company_id, "Customer").get(name="City of Eastport")
    done = work(accept(project.erp, customer=parent.remote_id))
    assert done.item.status == Status.SYNCED
    (held,) = emulator.named("Customer", "Breakwater Repair")
    assert (held["Job"], held["ParentRef"]["value"]) == (True, parent.remote_id)
    assert held["Notes"] == f"ERP sync {books.company.key}-{project.erp.pk} rev 1"
    assert Link.objects.get(item=project.erp).name == "City of Eastport:Breakwater Repair"


@pytest.mark.parametrize("fault", ["write_then_drop", "drop"])
def test_a_lost_answer_leaves_one_job(
    books: Connection, emulator: EmulatorProcess, max_pm: Membership, accept: Accept, fault: str
) -> None:
    project = make_project(max_pm, "Breakwater Repair")
    parent = names_of(books.company_id, "Customer").get(name="City of Eastport")
    submission = accept(project.erp, customer=parent.remote_id)
    emulator.control("switches", {"requestid": "ignore"})
    emulator.fault(fault, entity="Customer")
    work(submission, times=5)
    assert submission.item.status == Status.SYNCED
    assert len(emulator.named("Customer", "Breakwater Repair")) == 1


def test_a_job_keeps_the_bookkeepers_notes(
    books: Connection, emulator: EmulatorProcess, max_pm: Membership, accept: Accept
) -> None:
    project = make_project(max_pm, "Breakwater Repair")
    parent = names_of(books.company_id, "Customer").get(name="City of Eastport")
    work(accept(project.erp, customer=parent.remote_id))
    (held,) = emulator.named("Customer", "Breakwater Repair")
    emulator.write("Customer", {**held, "Notes": f"Call the harbour master.\n{held['Notes']}"})
    project.refresh_from_db()
    edit_project(project, replace(details_of(project, ProjectDetails), city="Lubec"), by=max_pm, seen=project.edition)
    project.erp.refresh_from_db()
    done = work(accept(project.erp))
    assert done.item.status == Status.SYNCED, done.reason
    (held,) = emulator.named("Customer", "Breakwater Repair")
    assert held["Notes"] == f"Call the harbour master.\nERP sync {books.company.key}-{project.erp.pk} rev 2"
    assert held["ParentRef"]["value"] == parent.remote_id


def test_a_project_is_a_customer_of_its_own_in_the_other_mode(
    books: Connection, emulator: EmulatorProcess, max_pm: Membership, accept: Accept, alma: Membership
) -> None:
    choose_mode(books, "customers_are_jobs", by=alma)
    done = work(accept(make_project(max_pm, "Breakwater Repair").erp))
    assert done.item.status == Status.SYNCED
    (held,) = emulator.named("Customer", "Breakwater Repair")
    assert not held.get("Job")


def test_a_cost_code_becomes_a_service_item_with_both_accounts(
    books: Connection, emulator: EmulatorProcess, max_pm: Membership, accept: Accept
) -> None:
    accounts = names_of(books.company_id, "Account")
    income, cost = accounts.get(name="Construction Income"), accounts.get(name="Subcontractors")
    code = make_cost_code(max_pm, "09-900", "Painting")
    done = work(accept(code.erp, income_account=income.remote_id, expense_account=cost.remote_id))
    assert done.item.status == Status.SYNCED
    (held,) = emulator.named("Item", "09-900")
    assert (held["Type"], held["PurchaseDesc"]) == ("Service", "Painting")
    assert held["ExpenseAccountRef"]["value"] == cost.remote_id
    offered = courier().preview(make_cost_code(max_pm).erp, {"code": "09-910", "description": ""}).choices()
    assert [one.initial for one in offered] == ["", ""]


def test_a_lost_answer_leaves_one_item(
    books: Connection, emulator: EmulatorProcess, max_pm: Membership, accept: Accept
) -> None:
    accounts = names_of(books.company_id, "Account")
    income, cost = accounts.get(name="Construction Income"), accounts.get(name="Subcontractors")
    code = make_cost_code(max_pm, "09-900", "Painting")
    submission = accept(code.erp, income_account=income.remote_id, expense_account=cost.remote_id)
    emulator.control("switches", {"requestid": "ignore"})
    emulator.fault("write_then_drop", entity="Item")
    work(submission, times=3)
    assert submission.item.status == Status.SYNCED
    assert len(emulator.named("Item", "09-900")) == 1


def test_a_pause_by_hand_holds_everything_up(accepted: Submission, connected: Connection, alma: Membership) -> None:
    halt(connected, True, by=alma)
    work(accepted)
    assert (accepted.work, accepted.cure_by) == (Work.WAITING, "administrator")
    halt(connected, False, by=alma)
    work(accepted)
    assert accepted.item.status == Status.SYNCED


def test_a_company_held_up_never_lends_its_connection_to_another(
    accepted: Submission, connected: Connection, emulator: EmulatorProcess, olga: Membership, max_pm: Membership
) -> None:
    olga.role = "administrator"
    olga.save()
    consent(emulator, olga, OTHER_REALM)
    boss = make_approver(olga.company, "Bo")
    theirs = make_vendor(olga, "Their vendor")
    sent = operations.send(theirs.erp, by=olga)
    waiting = operations.accept(theirs.erp, by=boss, seen=sent.digest, choices={})
    emulator.fault("drop", entity="Vendor")
    work(waiting)
    assert waiting.work == Work.UNCERTAIN
    Connection.objects.filter(pk=connected.pk).update(is_halted=True)
    work(accepted)
    emulator.control("requests", method="DELETE")
    work(waiting, times=4)
    assert waiting.item.status == Status.SYNCED
    assert {one["realm"] for one in emulator.requests("/v3/company")} == {OTHER_REALM}


def test_a_record_found_that_is_another_record_here_is_not_linked_twice(
    accepted: Submission, emulator: EmulatorProcess, books: Connection, max_pm: Membership, ada: Membership
) -> None:
    emulator.control("switches", {"requestid": "ignore"})
    emulator.fault("drop", entity="Vendor")
    work(accepted)
    emulator.write("Vendor", accepted.posting["payload"])
    refresh(books)
    other = make_vendor(max_pm, "Another name here")
    link_to(names_of(books.company_id, "Vendor").get(name=NAME), other.erp, by=ada)
    work(accepted)
    assert accepted.item.status == Status.FAILED
    assert "Another name here" in accepted.reason
    assert Link.objects.get().item == other.erp


def test_somebody_who_writes_between_our_reading_and_writing_loses_nothing(
    synced: Submission, emulator: EmulatorProcess, max_pm: Membership, accept: Accept, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(synced, max_pm, city="Lubec")
    submission = accept(synced.item)
    honest, times = Ledger.update, iter([True])

    def interrupted(self: Ledger, entity: str, payload: dict[str, Any], request_id: str) -> Answer:
        if next(times, False):
            emulator.write("Vendor", {**emulator.named("Vendor", NAME)[0], "AcctNum": "4711"})
        return honest(self, entity, payload, request_id)

    monkeypatch.setattr(Ledger, "update", interrupted)
    work(submission)
    assert submission.item.status == Status.SYNCED
    (held,) = emulator.named("Vendor", NAME)
    assert (held["AcctNum"], held["BillAddr"]["City"]) == ("4711", "Lubec")


def test_a_failure_while_only_reading_leaves_nothing_uncertain(
    synced: Submission, emulator: EmulatorProcess, max_pm: Membership, accept: Accept
) -> None:
    change(synced, max_pm, city="Lubec")
    submission = accept(synced.item)
    emulator.fault("500", method="GET", entity="Vendor")
    work(submission)
    assert (submission.work, outcome_of(submission).outcome) == (Work.DUE, OutcomeKind.NOT_SENT)
    work(submission)
    assert submission.item.status == Status.SYNCED
