"""What an approver sees before they decide: the posting, the choices, and what speaks against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from procore_sync.acceptance import items, operations
from procore_sync.acceptance.courier import Check, courier
from procore_sync.acceptance.many import accept_many
from procore_sync.acceptance.models import ErpItem, ExportPolicy, Submission, Turn
from procore_sync.acceptance.refusals import NotReady
from procore_sync.acceptance.reviews import review_of
from procore_sync.acceptance.states import Status
from procore_sync.accounts.curing import EDITORS, IMPORTERS
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput
from projects.records import details_of
from quickbooks_bridge.connecting import choose_mode, disconnect
from quickbooks_bridge.defaults import choose_defaults
from quickbooks_bridge.importers.candidates import SOURCES, candidates_for
from quickbooks_bridge.importers.names import refresh
from quickbooks_bridge.importers.operations import link_to
from quickbooks_bridge.models import Connection, Cursor
from quickbooks_bridge.names import names_of
from tests.factories import make_cost_code, make_project, make_vendor, sent
from tests.quickbooks_bridge.conftest import work
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.scenes import kept
from vendors.models import Vendor
from vendors.operations import edit_vendor
from vendors.rules import VendorDetails

Accept = Callable[..., Submission]


def checks(item: ErpItem) -> list[Check]:
    """What speaks for and against the item as it stands."""
    submission = operations.open_submission(item)
    assert submission
    return courier().preview(item, submission.document).checks()


def levels(item: ErpItem) -> set[str]:
    """How grave it is."""
    return {one.level for one in checks(item)}


@pytest.fixture
@kept
def obrien(books: Connection, max_pm: Membership) -> Vendor:
    """A vendor sent under a name that QuickBooks has."""
    return sent(make_vendor(max_pm, "O'BRIEN excavating"), max_pm)


def test_a_new_name_speaks_for_itself(books: Connection, max_pm: Membership) -> None:
    vendor = sent(make_vendor(max_pm, "Granite State Painting"), max_pm)
    (check,) = checks(vendor.erp)
    assert (check.level, check.sentence) == ("ok", "QuickBooks has no vendor or customer or employee of this name.")


def test_a_name_that_is_taken_stops_acceptance_and_shows_where_to_link(obrien: Vendor, ada: Membership) -> None:
    (check,) = checks(obrien.erp)
    assert (check.level, check.url, check.who) == ("stop", f"/quickbooks/link/{obrien.erp.pk}/", IMPORTERS)
    submission = operations.open_submission(obrien.erp)
    assert submission
    with pytest.raises(NotReady, match="of this name already"):
        operations.accept(obrien.erp, by=ada, seen=submission.digest, choices={})


@pytest.mark.parametrize("entity", ["Customer", "Employee"])
def test_a_customer_or_employee_of_the_name_stops_a_vendor(
    books: Connection, max_pm: Membership, emulator: EmulatorProcess, entity: str
) -> None:
    emulator.write(entity, {"DisplayName": "Sam Poole", **({"GivenName": "Sam"} if entity == "Employee" else {})})
    refresh(books)
    vendor = sent(make_vendor(max_pm, "Sam Poole"), max_pm)
    (check,) = checks(vendor.erp)
    assert (check.level, check.url, check.who) == ("stop", f"/vendors/{vendor.pk}/", EDITORS)
    assert "another name" in check.sentence


def test_a_name_nearly_taken_asks_for_a_second_glance(books: Connection, max_pm: Membership) -> None:
    vendor = sent(make_vendor(max_pm, "Keystone Steel Erector"), max_pm)
    (check,) = checks(vendor.erp)
    assert (check.level, check.link_label) == ("look", "Link instead")


def test_another_company_s_names_play_no_part(books: Connection, olga: Membership, emulator: EmulatorProcess) -> None:
    vendor = sent(make_vendor(olga, "O'Brien Excavating"), olga)
    assert not [one for one in checks(vendor.erp) if "O'Brien" in one.sentence]


def test_the_own_linked_vendor_is_no_rival(books: Connection, max_pm: Membership, accept: Accept) -> None:
    vendor = make_vendor(max_pm, "Granite State Painting")
    work(accept(vendor.erp))
    vendor.erp.refresh_from_db()
    items.revise(vendor.erp)
    vendor.erp.refresh_from_db()
    sent(vendor, max_pm)
    assert levels(vendor.erp) == {"ok"}


def test_a_project_of_the_same_name_on_its_way_is_said(books: Connection, max_pm: Membership) -> None:
    project = make_project(max_pm, "Granite State Painting")
    sent(project, max_pm)
    vendor = sent(make_vendor(max_pm, "Granite State Painting"), max_pm)
    assert any("waits too" in one.sentence for one in checks(vendor.erp))


def test_without_a_connection_nothing_can_be_accepted(db: None, max_pm: Membership) -> None:
    vendor = sent(make_vendor(max_pm, "Granite State Painting"), max_pm)
    assert [(one.who, one.url) for one in checks(vendor.erp) if one.level == "stop"] == [
        ("administrator", "/quickbooks/")
    ]
    assert courier().preview(vendor.erp, {"name": "Granite State Painting"}).posting({}).payload["DisplayName"]


def test_a_lost_connection_asks_for_a_glance_and_acceptance_goes_on(
    books: Connection, max_pm: Membership, alma: Membership, accept: Accept
) -> None:
    disconnect(books, by=alma)
    submission = accept(make_vendor(max_pm, "Granite State Painting").erp)
    work(submission)
    assert submission.item.status == Status.EXPORTING
    assert "not connected" in submission.reason


def test_names_read_long_ago_or_never_are_said(books: Connection, max_pm: Membership) -> None:
    vendor = sent(make_vendor(max_pm, "Granite State Painting"), max_pm)
    Cursor.objects.update(last_run_at=timezone.now() - timedelta(hours=27))
    assert [one.who for one in checks(vendor.erp) if "more than a day ago" in one.sentence] == ["approver"]
    Cursor.objects.filter(entity="Employee").delete()
    assert [(one.level, "not been read yet" in one.sentence) for one in checks(vendor.erp)] == [("look", True)]


def test_accounts_are_required_and_offered_by_type_only(books: Connection, max_pm: Membership, ada: Membership) -> None:
    code = sent(make_cost_code(max_pm), max_pm)
    submission = operations.open_submission(code.erp)
    assert submission
    income, expense = courier().preview(code.erp, submission.document).choices()
    offered = {label for _, label in income.options}
    assert "4000 Construction Income" in offered
    assert not any("Checking" in label for _, label in [*income.options, *expense.options])
    with pytest.raises(InvalidInput) as refused:
        operations.accept(code.erp, by=ada, seen=submission.digest, choices={"income_account": "999"})
    assert set(refused.value.errors) == {"income_account", "expense_account"}


def test_the_companys_default_stands_already(books: Connection, max_pm: Membership, ada: Membership) -> None:
    net30 = names_of(books.company_id, "Term").get(name="Net 30")
    choose_defaults(books, {"terms": net30.remote_id}, by=ada)
    vendor = make_vendor(max_pm)
    (terms,) = courier().preview(vendor.erp, {"name": "x"}).choices()
    assert (terms.initial, terms.required) == (net30.remote_id, False)


@pytest.mark.parametrize(
    ("usual", "proposed", "told"),
    [
        ("net 15", "Net 15", "The sender named “net 15” as usual."),
        ("45 days", "Net 30", "The sender named “45 days” as usual; QuickBooks has no terms of this name."),
        ("", "Net 30", ""),
    ],
)
def test_the_usual_terms_of_a_vendor_are_proposed_if_quickbooks_has_them_and_told_if_not(
    usual: str, proposed: str, told: str, books: Connection, max_pm: Membership, ada: Membership
) -> None:
    ids = {row.name: row.remote_id for row in names_of(books.company_id, "Term")}
    choose_defaults(books, {"terms": ids["Net 30"]}, by=ada)
    vendor = make_vendor(max_pm, terms_hint=usual)
    (terms,) = courier().preview(vendor.erp, {"name": "x"}).choices()
    assert (terms.initial, terms.help) == (ids[proposed], told)


def test_direct_export_of_what_is_an_approvers_counts_for_nothing(books: Connection, max_pm: Membership) -> None:
    """As an earlier version could be set to."""
    ExportPolicy.objects.create(company=max_pm.company, kind=Kind.VENDOR, direct_export=True)
    assert sent(make_vendor(max_pm, "Granite State Painting"), max_pm).erp.status == Status.SENT


def test_what_was_chosen_once_is_proposed_for_that_very_record_only(
    books: Connection, max_pm: Membership, ada: Membership, accept: Accept
) -> None:
    eastport = names_of(books.company_id, "Customer").get(name="City of Eastport").remote_id
    first = accept(make_project(max_pm, "Fire Station 9").erp, customer=eastport)
    (its,) = courier().preview(first.item, first.document).choices()
    assert its.initial == eastport

    next_one = sent(make_project(max_pm, "Depot 9 Retrofit"), max_pm)
    submission = operations.open_submission(next_one.erp)
    assert submission
    (others,) = courier().preview(next_one.erp, submission.document).choices()
    assert (others.required, others.initial) == (True, "")
    accept_many([submission], by=ada, seconds=60)
    (turn,) = Turn.objects.all()
    assert (turn.went, turn.why_not) == (False, "Choose the customer before you accept.")


def test_exceptional_terms_are_of_one_vendor_only(
    books: Connection, max_pm: Membership, ada: Membership, accept: Accept
) -> None:
    terms = {row.name: row.remote_id for row in names_of(books.company_id, "Term")}
    choose_defaults(books, {"terms": terms["Net 30"]}, by=ada)
    accept(make_vendor(max_pm).erp, terms=terms["Due on receipt"])
    (proposed,) = courier().preview(make_vendor(max_pm).erp, {"name": "x"}).choices()
    assert proposed.initial == terms["Net 30"]


def test_terms_that_are_left_out_later_come_off_the_vendor(
    books: Connection, max_pm: Membership, accept: Accept, emulator: EmulatorProcess
) -> None:
    net30 = names_of(books.company_id, "Term").get(name="Net 30").remote_id
    vendor = make_vendor(max_pm, "Granite State Painting")
    done = work(accept(vendor.erp, terms=net30))
    (held,) = (one for one in emulator.documents("Vendor") if one["DisplayName"] == "Granite State Painting")
    assert held["TermRef"]["value"] == net30
    items.revise(done.item)
    last = work(accept(done.item, terms=""))
    assert last.item.status == Status.SYNCED
    assert {"label": "Terms", "value": "(cleared)", "numeric": False} in last.posting["facts"]
    (held,) = (one for one in emulator.documents("Vendor") if one["DisplayName"] == "Granite State Painting")
    assert "TermRef" not in held


def test_a_project_needs_a_customer_in_jobs_mode_only(books: Connection, max_pm: Membership, alma: Membership) -> None:
    project = make_project(max_pm)
    (customer,) = courier().preview(project.erp, {}).choices()
    assert customer.required
    assert "City of Eastport" in [label for _, label in customer.options]
    assert "Fire Station 4" not in " ".join(label for _, label in customer.options)
    choose_mode(books, "customers_are_jobs", by=alma)
    assert courier().preview(project.erp, {}).choices() == []


def test_the_review_page_shows_names_and_says_whether_it_is_or_was_new(
    books: Connection, max_pm: Membership, ada: Membership, accept: Accept
) -> None:
    net30 = names_of(books.company_id, "Term").get(name="Net 30")
    vendor = make_vendor(max_pm, "Granite State Painting")
    submission = accept(vendor.erp, terms=net30.remote_id)
    assert submission.posting["operation"] == "create"
    assert {"label": "Terms", "value": "Net 30", "numeric": False} in submission.posting["facts"]
    work(submission)
    review = review_of(submission.item, ada)
    assert review.posting
    assert (review.posting.operation, review.posting.title) == ("create", "New vendor Granite State Painting")
    assert review.link
    assert review.link.name == "Granite State Painting"


def test_what_was_seen_is_what_is_posted(books: Connection, max_pm: Membership, accept: Accept) -> None:
    vendor = make_vendor(max_pm, "Granite State Painting", phone="1")
    submission = accept(vendor.erp)
    Connection.objects.update(customer_mode="customers_are_jobs")
    work(submission)
    sent_payload = submission.attempts.get().asked["payload"]
    assert sent_payload == submission.posting["payload"]


def test_a_job_below_a_job_can_be_linked_to_like_another(
    books: Connection, emulator: EmulatorProcess, max_pm: Membership, ada: Membership
) -> None:
    (job,) = emulator.named("Customer", "Fire Station 4")
    emulator.write("Customer", {"DisplayName": "Annex", "Job": True, "ParentRef": {"value": job["Id"]}})
    assert not [one.error for one in refresh(books) if one.error]
    annex = sent(make_project(max_pm, "Annex"), max_pm).erp
    (stop,) = [one for one in checks(annex) if one.level == "stop"]
    assert stop.sentence == "QuickBooks has the customer “City of Eastport:Fire Station 4:Annex” of this name already."
    assert (stop.link_label, stop.who) == ("Link instead", IMPORTERS)
    offered = candidates_for(ada, SOURCES["job"]).get(name="Annex")
    operations.retrieve(annex, by=max_pm)
    annex.refresh_from_db()
    link_to(offered, annex, by=ada)
    assert annex.ledger_link.remote_id == offered.remote_id


def test_nobody_is_sent_to_link_what_is_not_offered_there(
    books: Connection, emulator: EmulatorProcess, max_pm: Membership
) -> None:
    account = emulator.named("Item", "Materials")[0]["IncomeAccountRef"]
    emulator.write("Customer", {"DisplayName": "Quay House"})
    emulator.write("Item", {"Name": "09-900", "Type": "NonInventory", "IncomeAccountRef": account})
    assert not [one.error for one in refresh(books) if one.error]
    for record, called in (
        (make_project(max_pm, "Quay House"), "customer “Quay House”"),
        (make_cost_code(max_pm, "09-900", "Paint"), "item “09-900”"),
    ):
        (stop,) = [one for one in checks(sent(record, max_pm).erp) if one.level == "stop"]
        told = f"QuickBooks has the {called} of this name already. It keeps them in one list, so give this one another"
        assert stop.sentence == f"{told} name."
        assert stop.who == EDITORS


def test_nobody_is_sent_to_link_what_is_inactive_or_another_records(
    books: Connection, max_pm: Membership, ada: Membership
) -> None:
    ace = names_of(books.company_id, "Vendor").get(name="Ace Electric Co")
    other = make_vendor(max_pm, "Ace Electric Co")
    link_to(ace, other.erp, by=ada)
    other.refresh_from_db()
    edit_vendor(other, replace(details_of(other, VendorDetails), name="Ace Lighting"), by=max_pm, seen=other.edition)
    idle = names_of(books.company_id, "Vendor").exclude(pk=ace.pk).filter(active=True).first()
    assert idle
    type(idle).objects.filter(pk=idle.pk).update(active=False)
    for name in (ace.name, idle.name):
        (stop,) = [one for one in checks(sent(make_vendor(max_pm, name), max_pm).erp) if one.level == "stop"]
        assert stop.sentence.endswith("give this one another name.")
        assert stop.link_label == "Open the record"
