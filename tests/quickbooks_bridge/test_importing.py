"""Reading QuickBooks' names, and what each probably is here."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Event as Signal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from budgets.company_rules import CompanyRules, save_company_rules
from budgets.models import DirectCosts
from procore_sync.acceptance.items import set_requirements
from procore_sync.acceptance.journal import verify_journal
from procore_sync.acceptance.models import Attempt, ErpItem, Event
from procore_sync.acceptance.operations import accept, open_submission, unlink
from procore_sync.acceptance.refusals import NotReady, StillThere
from procore_sync.acceptance.reviews import review_of
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput, NotAllowed, Refusal
from procore_sync.kit.text import normalise
from projects.models import CostCode, Project
from projects.operations import edit_cost_code, set_cost_code_active, set_project_active
from projects.records import details_of
from projects.rules import CostCodeDetails
from quickbooks_bridge.connecting import choose_mode
from quickbooks_bridge.connections import require_kept
from quickbooks_bridge.importers import names as reading
from quickbooks_bridge.importers.candidates import (
    SOURCES,
    Source,
    candidates_for,
    exact_matches,
    linkable_items,
    seen_as,
    with_suggestions,
)
from quickbooks_bridge.importers.names import refresh
from quickbooks_bridge.importers.operations import (
    AlreadyLinked,
    add,
    add_each,
    archive,
    bring_back,
    dismiss,
    link_all_exact,
    link_to,
)
from quickbooks_bridge.models import Connection, Cursor, ImportCandidate, LedgerName, Link
from quickbooks_bridge.names import names_of
from tests.factories import fresh_budget, make_budget, make_cost_code, make_project, make_vendor, rejected, sent
from tests.quickbooks_bridge.conftest import work
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.scenes import kept
from vendors.models import Vendor
from vendors.operations import edit_vendor, set_vendor_active
from vendors.rules import VendorDetails

VENDOR, JOB, ITEM = SOURCES["vendor"], SOURCES["job"], SOURCES["item"]


def vendor_row(row: Connection, name: str) -> LedgerName:
    return names_of(row.company_id, "Vendor").get(name=name)


def queries(emulator: EmulatorProcess, entity: str) -> list[str]:
    """The queries for an entity that QuickBooks received."""
    texts = [str(one["body"]) for one in emulator.requests("/query")]
    return [text for text in texts if f"FROM {entity} " in text]


def test_it_reads_every_list_once_and_whole(books: Connection, emulator: EmulatorProcess) -> None:
    for entity in ("Account", "Term", "Customer", "Vendor", "Employee", "Item", "Class", "Department"):
        held = emulator.documents(entity)
        assert names_of(books.company_id, entity).count() == len(held), entity
    assert Cursor.objects.filter(company=books.company, error="", full_at__isnull=False).count() == 8


def test_reading_again_changes_nothing_and_asks_only_for_what_changed(
    books: Connection, emulator: EmulatorProcess
) -> None:
    before = list(LedgerName.objects.order_by("pk").values_list("pk", "name", "active"))
    emulator.control("requests", method="DELETE")
    refresh(books)
    assert list(LedgerName.objects.order_by("pk").values_list("pk", "name", "active")) == before
    assert all("LastUpdatedTime" in text for text in queries(emulator, "Vendor"))


def test_it_follows_new_renamed_and_inactive_names(books: Connection, emulator: EmulatorProcess) -> None:
    held = emulator.named("Vendor", "Ace Electric Co")[0]
    emulator.write("Vendor", {**held, "DisplayName": "Ace Electric Company"})
    gone = emulator.named("Vendor", "O'Brien Excavating")[0]
    emulator.write("Vendor", {**gone, "Active": False})
    emulator.write("Vendor", {"DisplayName": "Newcomer"})
    refresh(books)
    assert vendor_row(books, "Ace Electric Company").remote_id == held["Id"]
    assert not names_of(books.company_id, "Vendor").get(remote_id=gone["Id"]).active
    assert vendor_row(books, "Newcomer").active


def test_a_renamed_customer_renames_its_jobs_too(books: Connection, emulator: EmulatorProcess) -> None:
    held = emulator.named("Customer", "City of Eastport")[0]
    emulator.write("Customer", {**held, "DisplayName": "Eastport City"})
    refresh(books)
    job = names_of(books.company_id, "Customer").get(name="Fire Station 4")
    assert job.fully_qualified_name == "Eastport City:Fire Station 4"


def test_a_full_reading_forgets_what_was_merged_away_so_that_its_name_is_free(books: Connection) -> None:
    LedgerName.objects.create(
        company=books.company, entity="Vendor", remote_id="9999", name="Ghost", seen_at=timezone.now()
    )
    refresh(books)
    assert vendor_row(books, "Ghost").active
    Cursor.objects.update(full_at=timezone.now() - timedelta(hours=25))
    refresh(books)
    assert not names_of(books.company_id, "Vendor").filter(name="Ghost").exists()
    assert vendor_row(books, "O'Brien Excavating").active


def test_a_change_at_the_edge_of_the_last_reading_is_not_lost(books: Connection, emulator: EmulatorProcess) -> None:
    emulator.control("clock", {"advance_seconds": -120})
    emulator.write("Vendor", {"DisplayName": "Just before"})
    refresh(books)
    assert vendor_row(books, "Just before").active


def test_a_failure_is_kept_as_a_sentence_and_cured_by_the_next_reading(
    books: Connection, emulator: EmulatorProcess
) -> None:
    emulator.fault("500", entity="query")
    read = refresh(books)
    assert read[-1].error
    failed = Cursor.objects.exclude(error="").get()
    assert failed.error == read[-1].error
    refresh(books)
    assert not Cursor.objects.exclude(error="").exists()


def test_a_throttle_while_reading_pauses_the_company(books: Connection, emulator: EmulatorProcess) -> None:
    emulator.fault("429_xml", entity="query")
    refresh(books)
    books.refresh_from_db()
    assert books.paused_until
    assert books.paused_until > timezone.now()
    emulator.control("requests", method="DELETE")
    assert refresh(books)[0].error
    assert emulator.requests() == []


def test_lists_longer_than_a_page_are_read_to_the_end(
    books: Connection, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_BATCH", 3)
    LedgerName.objects.all().delete()
    refresh(books, full=True)
    assert names_of(books.company_id, "Account").count() == len(emulator.documents("Account"))


def suggested(member: Membership, source: Any, name: str) -> Any:
    rows = candidates_for(member, source).filter(name=name)
    return with_suggestions(member, source, rows)[0].suggestion


@pytest.mark.parametrize(
    ("ours", "theirs", "confidence"),
    [
        ("o'brien  EXCAVATING", "O'Brien Excavating", "exact"),
        ("Keystone Steel Erectors", "Keystone Steel Erectors, LLC", "same but for spelling"),
        ("Summit Roofing & Sheet-Metal Inc.", "Summit Roofing and Sheet Metal", "same but for spelling"),
        ("Northeast Drywall System", "Northeast Drywall Systems Corp", "similar"),
    ],
)
def test_it_says_how_sure_a_match_is(
    books: Connection, ada: Membership, max_pm: Membership, ours: str, theirs: str, confidence: str
) -> None:
    vendor = make_vendor(max_pm, ours)
    found = suggested(ada, VENDOR, theirs)
    assert (found.item, found.confidence) == (vendor.erp, confidence)


def test_it_suggests_nothing_unlike_nothing_dismissed_and_nothing_on_its_way(
    books: Connection, ada: Membership, max_pm: Membership
) -> None:
    make_vendor(max_pm, "Granite State Painting")
    assert suggested(ada, VENDOR, "O'Brien Excavating") is None
    same = make_vendor(max_pm, "O'Brien Excavating")
    row = vendor_row(books, "O'Brien Excavating")
    dismiss(row, same.erp, VENDOR, by=ada)
    assert suggested(ada, VENDOR, "O'Brien Excavating") is None
    ace = make_vendor(max_pm, "Ace Electric Co")
    sent(ace, max_pm)
    assert suggested(ada, VENDOR, "Ace Electric Co") is None


def test_the_list_is_searched_by_all_that_it_shows_and_as_people_spell_it(
    books: Connection, client: Client, ada: Membership, emulator: EmulatorProcess
) -> None:
    emulator.write("Vendor", {"DisplayName": "Béton O\u2019Hara & Fils Ltée"})
    refresh(books)
    job = candidates_for(ada, JOB).first()
    assert job is not None
    customer = job.fully_qualified_name.partition(":")[0]
    client.force_login(ada.user)

    def names(entity: str, words: str) -> list[str]:
        page = client.get("/quickbooks/import/", {"entity": entity, "q": words})
        return [one.row.fully_qualified_name for one in page.context["candidates"]]

    assert job.fully_qualified_name in names("job", customer)
    for words in ("beton", "O'Hara", "Béton O\u2019Hara & Fils", "OHARA AND FILS"):
        assert names("vendor", words) == ["Béton O\u2019Hara & Fils Ltée"]
    assert names("vendor", "!!") == []


@pytest.mark.parametrize("number", ["9" * 5000, "9" * 30, "-1", "", "x"])
def test_what_is_no_number_of_a_record_links_nothing(
    books: Connection, client: Client, ada: Membership, number: str
) -> None:
    row = vendor_row(books, "Ace Electric Co")
    client.force_login(ada.user)
    assert client.post(f"/quickbooks/import/{row.pk}/link/", {"item": number}).status_code == 404
    assert not Link.objects.exists()


def test_a_vendor_that_is_also_a_customer_says_so(
    books: Connection, ada: Membership, emulator: EmulatorProcess
) -> None:
    emulator.write("Vendor", {"DisplayName": "Ridgeline Mechanical Inc"})
    refresh(books)
    rows = candidates_for(ada, VENDOR).filter(name="Ridgeline Mechanical Inc")
    assert with_suggestions(ada, VENDOR, rows)[0].beside == ["customer Ridgeline Mechanical"]


def test_a_page_of_candidates_costs_the_same_however_long(
    books: Connection, ada: Membership, max_pm: Membership, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for number in range(20):
        make_vendor(max_pm, f"Vendor number {number}")
    with django_assert_max_num_queries(7):
        with_suggestions(ada, VENDOR, candidates_for(ada, VENDOR))


def test_in_jobs_mode_jobs_are_offered_and_in_the_other_mode_customers(
    books: Connection, ada: Membership, alma: Membership
) -> None:
    shown = {row.name for row in candidates_for(ada, JOB)}
    assert "Fire Station 4" in shown
    assert "City of Eastport" not in shown
    choose_mode(books, "customers_are_jobs", by=alma)
    shown = {row.name for row in candidates_for(ada, JOB)}
    assert "City of Eastport" in shown
    assert "Fire Station 4" not in shown


def test_a_job_and_an_item_become_records_here(books: Connection, ada: Membership, emulator: EmulatorProcess) -> None:
    job = names_of(books.company_id, "Customer").get(name="Fire Station 4")
    add(job, JOB, by=ada)
    project = Project.objects.get(name="Fire Station 4")
    assert project.erp.status == Status.SYNCED
    row = candidates_for(ada, ITEM).first()
    assert row
    add(row, ITEM, by=ada)
    assert CostCode.objects.get(code=row.name).erp.status == Status.SYNCED
    assert row not in candidates_for(ada, ITEM)
    assert row in candidates_for(ada, ITEM, "linked")


def sub_item(emulator: EmulatorProcess, parent: str, name: str) -> None:
    """The bookkeeper's service `name` under the service `parent`, which they make if need be."""
    like = emulator.named("Item", "Materials")[0]
    shape: dict[str, Any] = {key: like[key] for key in ("Type", "IncomeAccountRef", "ExpenseAccountRef") if key in like}
    above = emulator.named("Item", parent) or [emulator.write("Item", {**shape, "Name": parent})]
    emulator.write("Item", {**shape, "Name": name, "SubItem": True, "ParentRef": {"value": above[0]["Id"]}})


def item_row(row: Connection, full_name: str) -> LedgerName:
    return names_of(row.company_id, "Item").get(fully_qualified_name=full_name)


@pytest.fixture
@kept
def fences(books: Connection, emulator: EmulatorProcess) -> Connection:
    """The service “Zabor” under two others, and one that is alone."""
    for parent, name in (("Sitework", "Zabor"), ("Concrete", "Zabor"), ("Concrete", "Pump")):
        sub_item(emulator, parent, name)
    refresh(books)
    return books


def test_adding_many_names_asks_little_more_often_for_each_and_links_all_of_them(
    books: Connection, ada: Membership, max_pm: Membership, emulator: EmulatorProcess
) -> None:
    for number in range(12):
        emulator.write("Vendor", {"DisplayName": f"Yard {number}"})
    refresh(books)
    make_vendor(max_pm, "YARD 3")
    rows = {row.name: row for row in names_of(books.company_id, "Vendor").filter(name__startswith="Yard")}

    def adding(*numbers: int) -> int:
        with CaptureQueriesContext(connection) as asked:
            stayed.extend(add_each([rows[f"Yard {number}"] for number in numbers], VENDOR, by=ada))
        return len(asked)

    stayed: list[tuple[LedgerName, Refusal]] = []
    alone, ten = adding(0), adding(2, 3, 4, 5, 6, 7, 8, 9, 10, 11)

    assert (ten - alone) / 9 < 15
    assert [(row.name, "already" in refusal.sentence) for row, refusal in stayed] == [("Yard 3", True)]
    linked = Link.objects.filter(name__startswith="Yard", item__status=Status.SYNCED)
    assert sorted(linked.values_list("name", flat=True)) == sorted(rows.keys() - {"Yard 1", "Yard 3"})
    assert verify_journal(ada.company) is None


def test_of_many_names_one_that_is_gone_meanwhile_stays_alone(books: Connection, ada: Membership) -> None:
    gone, *others = candidates_for(ada, VENDOR)[:3]
    LedgerName.objects.filter(pk=gone.pk).delete()

    ((row, refusal),) = add_each([others[0], gone, others[1]], VENDOR, by=ada)

    assert (row, "connected" in refusal.sentence) == (gone, True)
    assert set(Link.objects.values_list("remote_id", flat=True)) == {one.remote_id for one in others}
    assert set(Vendor.objects.values_list("name", flat=True)) == {one.name for one in others}


def test_sub_items_of_one_name_come_in_under_their_full_names(fences: Connection, ada: Membership) -> None:
    rows = candidates_for(ada, ITEM).filter(level=1)
    shown = {one.row.fully_qualified_name: one.code for one in with_suggestions(ada, ITEM, rows)}
    assert shown == {"Concrete:Pump": "", "Concrete:Zabor": "Concrete - Zabor", "Sitework:Zabor": "Sitework - Zabor"}
    client = Client()
    client.force_login(ada.user)
    told = client.get("/api/v1/quickbooks/candidates/?entity=item&page_size=500").json()["results"]
    assert shown.items() <= {one["fully_qualified_name"]: one["code"] for one in told}.items()
    assert add_each(rows, ITEM, by=ada) == []
    codes = {code.code: code.erp.ledger_link.name for code in CostCode.objects.select_related("erp__ledger_link")}
    assert codes == {
        "Pump": "Concrete:Pump",
        "Concrete - Zabor": "Concrete:Zabor",
        "Sitework - Zabor": "Sitework:Zabor",
    }


def test_an_item_that_is_added_or_linked_becomes_a_line_where_the_company_wants_it(
    fences: Connection, ada: Membership, max_pm: Membership, alma: Membership
) -> None:
    budget = make_budget(max_pm, amounts={"03-300": "70.00"}, locked=True)
    save_company_rules(alma.company, CompanyRules(None, True, DirectCosts.FILLED), by=alma)
    add(item_row(fences, "Concrete:Pump"), ITEM, by=ada)
    here = make_cost_code(max_pm, "Zabor")
    link_to(item_row(fences, "Sitework:Zabor"), here.erp, by=ada)
    lines = budget.lines.order_by("number").values_list("number", "code__cost_code__code", "original")
    assert [(number, code, str(original)) for number, code, original in lines] == [
        (1, "03-300", "70.00"),
        (2, "Pump", "0.00"),
        (3, "Zabor", "0.00"),
    ]


def test_a_sub_item_gives_way_to_a_code_that_is_here(fences: Connection, ada: Membership, max_pm: Membership) -> None:
    make_cost_code(max_pm, "PUMP")
    add(item_row(fences, "Concrete:Pump"), ITEM, by=ada)
    assert CostCode.objects.get(erp__status=Status.SYNCED).code == "Concrete - Pump"


def test_a_sub_item_keeps_its_name_in_quickbooks(
    fences: Connection, ada: Membership, max_pm: Membership, accept: Any, emulator: EmulatorProcess
) -> None:
    for full_name in ("Sitework:Zabor", "Concrete:Zabor"):
        add(item_row(fences, full_name), ITEM, by=ada)
    code = CostCode.objects.get(code="Concrete - Zabor")
    edit_cost_code(code, CostCodeDetails(code.code, "Fences"), by=max_pm, seen=code.edition)

    assert work(accept(code.erp)).item.status == Status.SYNCED
    held = {one["FullyQualifiedName"]: one.get("Description") for one in emulator.named("Item", "Zabor")}
    assert held == {"Sitework:Zabor": None, "Concrete:Zabor": "Fences"}


def test_a_record_is_linked_once_and_a_name_is_linked_once(
    books: Connection, ada: Membership, max_pm: Membership
) -> None:
    one, other = make_vendor(max_pm), make_vendor(max_pm)
    ace, obrien = vendor_row(books, "Ace Electric Co"), vendor_row(books, "O'Brien Excavating")
    link_to(ace, one.erp, by=ada)
    with pytest.raises(AlreadyLinked):
        link_to(ace, other.erp, by=ada)
    with pytest.raises(AlreadyLinked):
        link_to(obrien, one.erp, by=ada)
    assert Link.objects.count() == 1
    other.erp.refresh_from_db()
    assert other.erp.status == Status.NOT_SENT


@pytest.mark.parametrize(
    ("said", "cure"),
    [
        ({}, "The project is inactive. Activate it first."),
        ({"erp_sync": False}, "The project is not to be synced with QuickBooks. Switch that on in its settings."),
        ({"uses_standard_codes": False}, "Let it use the QuickBooks standard cost codes."),
        ({"has_sub_jobs": True}, "divided into sub jobs, which cannot go to QuickBooks. Switch them off."),
    ],
    ids=["inactive", "not synced", "codes of its own", "sub jobs"],
)
def test_a_project_that_is_not_to_be_in_quickbooks_is_neither_offered_a_job_nor_linked_to_one(
    books: Connection, ada: Membership, max_pm: Membership, client: Client, said: dict[str, Any], cure: str
) -> None:
    project = make_project(max_pm, "Fire Station 4", **said)
    if not said:
        set_project_active(project, False, by=max_pm)
    assert exact_matches(ada, JOB) == []
    assert project.erp not in linkable_items(ada, Kind.PROJECT)
    client.force_login(ada.user)
    page = client.get(reverse("quickbooks_bridge:link_item", args=[project.erp.pk])).content.decode()
    assert cure in page
    job = names_of(books.company_id, "Customer").get(name="Fire Station 4")
    with pytest.raises(NotReady, match=re.escape(cure)):
        link_to(job, project.erp, by=ada)
    assert not Link.objects.exists()


def test_an_inactive_record_is_linked_once_it_is_active_again(
    books: Connection, ada: Membership, max_pm: Membership
) -> None:
    vendor, code = make_vendor(max_pm, "Ace Electric Co"), make_cost_code(max_pm, "Permits")
    set_vendor_active(vendor, False, by=max_pm)
    set_cost_code_active(code, False, by=max_pm)
    assert (exact_matches(ada, VENDOR), exact_matches(ada, ITEM)) == ([], [])
    ace, permits = vendor_row(books, "Ace Electric Co"), names_of(books.company_id, "Item").get(name="Permits")
    for row, record, noun in ((ace, vendor, "vendor"), (permits, code, "cost code")):
        with pytest.raises(NotReady, match=f"The {noun} is inactive. Activate it first."):
            link_to(row, record.erp, by=ada)
    set_vendor_active(vendor, True, by=max_pm)
    vendor.erp.refresh_from_db()
    link_to(ace, vendor.erp, by=ada)
    assert Link.objects.get().item == vendor.erp


@pytest.mark.parametrize("case", ["only linked", "an order hangs on it", "an order flies", "written", "compared"])
def test_what_was_linked_with_the_wrong_name_is_parted_from_it_as_long_as_nothing_hangs_on_that(
    books: Connection, ada: Membership, max_pm: Membership, emulator: EmulatorProcess, case: str
) -> None:
    vendor, order = make_vendor(max_pm, "Tri-County Portable Toilets"), make_vendor(max_pm, "Stands for an order")
    row = vendor_row(books, "Tri-County Equipment Rental")
    sent(vendor, max_pm)
    submission = open_submission(vendor.erp)
    assert submission
    link_to(row, vendor.erp, by=ada)
    set_requirements(order.erp, [vendor.erp])
    if case == "an order hangs on it":
        ErpItem.objects.filter(pk=order.erp_id).update(synced_revision=1)
    elif case == "an order flies":
        ErpItem.objects.filter(pk=order.erp_id).update(status=Status.EXPORTING)
    elif case == "written":
        Attempt.objects.create(submission=submission, number=1, act="send", fence=1, request_id="r")
    elif case == "compared":
        Link.objects.update(verified_at=timezone.now())
    item = ErpItem.objects.get(pk=vendor.erp_id)
    if case != "only linked":
        with pytest.raises(StillThere, match="still holds the vendor"):
            unlink(item, by=ada)
        return
    unlink(item, by=ada)
    assert (ErpItem.objects.get(pk=item.pk).status, Link.objects.exists()) == (Status.NOT_SENT, False)
    assert emulator.named("Vendor", "Tri-County Equipment Rental")[0]["Active"] is True
    assert row in candidates_for(ada, VENDOR)
    said = Event.objects.filter(item=item).latest("sequence").comment
    assert said == "It was only linked to “Tri-County Equipment Rental”, which stays in QuickBooks as it is."


def test_what_is_linked_leads_to_its_record(
    books: Connection, ada: Membership, max_pm: Membership, client: Client
) -> None:
    item = make_vendor(max_pm, "Ace").erp
    link_to(vendor_row(books, "Ace Electric Co"), item, by=ada)
    client.force_login(ada.user)
    page = client.get("/quickbooks/import/?view=linked").content.decode()
    assert f'<td data-label="Record"><a href="/review/{item.pk}/">Vendor Ace</a></td>' in page
    assert "Probably" not in page

    ada.user.language = "es"
    ada.user.save()
    assert ">Proveedor Ace</a>" in client.get("/quickbooks/import/?view=linked").content.decode()


def test_link_all_leaves_out_what_could_be_either(books: Connection, ada: Membership, max_pm: Membership) -> None:
    make_project(max_pm, "Fire Station 4")
    assert len(exact_matches(ada, JOB)) == 1
    twin = names_of(books.company_id, "Customer").get(name="Fire Station 4")
    twin.pk, twin.remote_id, twin.fully_qualified_name = None, "9999", "Harbor Self Storage:Fire Station 4"
    twin.save()
    assert exact_matches(ada, JOB) == []


@pytest.mark.parametrize("source", [VENDOR, ITEM], ids=["vendors", "items"])
def test_link_all_asks_as_little_for_many_as_for_few(
    source: Source, books: Connection, ada: Membership, max_pm: Membership, alma: Membership
) -> None:
    budget = make_budget(max_pm, amounts={"03-300": "1000.00"})
    save_company_rules(books.company, CompanyRules(None, True, DirectCosts.FILLED), by=alma)

    def linked(names: list[str]) -> int:
        rows = [twin_of(books, source, name) for name in names]
        for row in rows:
            make_vendor(max_pm, row.name) if source is VENDOR else make_cost_code(max_pm, row.name)
        seen = seen_as(exact_matches(ada, source))
        with CaptureQueriesContext(connection) as asked:
            assert link_all_exact(source, by=ada, seen=seen) == len(names)
        assert set(Link.objects.filter(entity=source.entity).values_list("name", flat=True)) >= set(names)
        return len(asked)

    few = linked(["Few 1", "Few 2"])
    assert linked([f"Many {number}" for number in range(12)]) == few
    items = ErpItem.objects.filter(ledger_link__entity=source.entity)
    assert set(items.values_list("status", flat=True)) == {Status.SYNCED}
    told = Event.objects.filter(item__in=items, action="link", comment__endswith="Many 3.").get()
    assert told.detail["name"] == "Many 3"
    assert verify_journal(books.company) is None
    if source is ITEM:
        lines = budget.lines.filter(code__cost_code__code__startswith="Many").values_list("number", flat=True)
        assert (len(lines), max(lines) + 1) == (12, fresh_budget(budget).next_line)


def twin_of(books: Connection, source: Source, name: str) -> LedgerName:
    """One more name that stands in QuickBooks like the others of its list."""
    row = names_of(books.company_id, source.entity).filter(source.rows("jobs"), active=True).order_by("pk")[0]
    known = {"Id": name, "Name": name, "DisplayName": name}
    row.pk, row.remote_id, row.name, row.fully_qualified_name = None, name, name, name
    row.matching, row.detail = normalise(name), {**row.detail, **known}
    row.save()
    return row


def test_link_all_links_none_if_one_was_linked_meanwhile(
    books: Connection, ada: Membership, max_pm: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_vendor(max_pm, "Quite another")
    items = [make_vendor(max_pm, name).erp for name in ("Ace Electric Co", "O'Brien Excavating")]
    seen, row = seen_as(exact_matches(ada, VENDOR)), vendor_row(books, "O'Brien Excavating")

    def meanwhile(*read: LedgerName) -> None:
        require_kept(*read)
        Link.objects.create(item=other.erp, company=books.company, entity="Vendor", remote_id=row.remote_id)

    monkeypatch.setattr("quickbooks_bridge.importers.operations.require_kept", meanwhile)
    with pytest.raises(Refusal, match="other exact matches now"):
        link_all_exact(VENDOR, by=ada, seen=seen)
    assert not Link.objects.exists()
    assert set(ErpItem.objects.filter(pk__in=[one.pk for one in items]).values_list("status", flat=True)) == {
        "not_sent"
    }


def test_link_all_leaves_out_a_job_of_which_two_projects_have_the_name(
    books: Connection, ada: Membership, max_pm: Membership
) -> None:
    first = make_project(max_pm, "Fire Station 4", number="1042")
    second = make_project(max_pm, "fire station 4", number="1077")
    assert exact_matches(ada, JOB) == []
    sent(second, max_pm)
    assert exact_matches(ada, JOB) == [], "with accounting it is one of them still"
    dismiss(names_of(books.company_id, "Customer").get(name="Fire Station 4"), second.erp, JOB, by=ada)
    assert [one.suggestion and one.suggestion.item for one in exact_matches(ada, JOB)] == [first.erp]


def test_kinds_and_companies_are_never_mixed(
    books: Connection, ada: Membership, max_pm: Membership, olga: Membership
) -> None:
    row = vendor_row(books, "Ace Electric Co")
    for stranger in (make_project(max_pm).erp, make_cost_code(max_pm).erp, make_vendor(olga).erp):
        with pytest.raises(Refusal):
            link_to(row, stranger, by=ada)
    assert not Link.objects.exists()


def test_a_record_that_waits_for_a_decision_is_linked_instead_of_accepted(
    books: Connection, ada: Membership, max_pm: Membership
) -> None:
    vendor = make_vendor(max_pm)
    sent(vendor, max_pm)
    link_to(vendor_row(books, "Ace Electric Co"), vendor.erp, by=ada)
    vendor.erp.refresh_from_db()
    assert vendor.erp.status == Status.SYNCED
    assert Link.objects.get().item == vendor.erp
    assert open_submission(vendor.erp) is None


def test_what_was_imported_and_is_taken_off_here_is_said_to_stay_in_quickbooks(
    books: Connection, ada: Membership, max_pm: Membership
) -> None:
    row = vendor_row(books, "Ace Electric Co")
    row.detail |= {"Fax": {"FreeFormNumber": "555-9"}}
    row.save()
    vendor = Vendor.objects.get(erp=add(row, SOURCES["vendor"], by=ada))
    assert vendor.fax == "555-9"
    vendor = edit_vendor(vendor, replace(details_of(vendor, VendorDetails), fax=""), by=max_pm, seen=vendor.edition)
    sent(vendor, max_pm)
    looks = [one.sentence for one in review_of(vendor.erp, ada, {}).checks if one.level == "look"]
    assert any("stays in QuickBooks as it is: Fax “555-9”." in one for one in looks), looks


def test_a_change_of_what_was_linked_is_reviewed_against_what_quickbooks_had(
    books: Connection, ada: Membership, max_pm: Membership
) -> None:
    """It was given back to be linked; what was sent then says nothing of the vendor that stands there."""
    vendor = rejected(make_vendor(max_pm, "Ace Electric Company", phone="555-1"), max_pm, decided_by=ada)
    link_to(vendor_row(books, "Ace Electric Co"), vendor.erp, by=ada)
    vendor = Vendor.objects.get(pk=vendor.pk)
    phoned = replace(details_of(vendor, VendorDetails), phone="555-2", terms_hint="Net 30")
    vendor = edit_vendor(vendor, phoned, by=max_pm, seen=vendor.edition)
    sent(vendor, max_pm)
    review = review_of(vendor.erp, ada, {"terms": names_of(books.company_id, "Term").get(name="Net 30").remote_id})
    assert [(one.label, one.before, one.after) for one in review.diff_synced] == [
        ("Name", "Ace Electric Co", "Ace Electric Company"),
        ("Company name", "Ace Electric Co", "Ace Electric Company"),
        ("Name on checks", "Ace Electric Co", "Ace Electric Company"),
        ("Phone", "", "555-2"),
        ("Terms", "Net 15", "Net 30"),
    ]
    assert review.last_rejection is None
    (look,) = [one for one in review.checks if one.level == "look"]
    assert "the first time anything is written there" in look.sentence
    again = open_submission(vendor.erp)
    assert again
    with pytest.raises(NotReady, match="the first time anything is written there"):
        accept(vendor.erp, by=ada, seen=again.digest, choices=None)
    assert work(accept(vendor.erp, by=ada, seen=again.digest, choices={})).item.status == Status.SYNCED
    vendor = Vendor.objects.get(pk=vendor.pk)
    phoned = replace(details_of(vendor, VendorDetails), phone="555-3")
    vendor = edit_vendor(vendor, phoned, by=max_pm, seen=vendor.edition)
    assert [one for one in review_of(sent(vendor, max_pm).erp, ada).checks if one.level == "look"] == []


def test_a_record_on_its_way_to_quickbooks_is_not_linked(
    books: Connection, ada: Membership, max_pm: Membership
) -> None:
    vendor = make_vendor(max_pm)
    ErpItem.objects.filter(pk=vendor.erp.pk).update(status=Status.EXPORTING)
    vendor.erp.refresh_from_db()
    with pytest.raises(Refusal, match="cannot be linked"):
        link_to(vendor_row(books, "Ace Electric Co"), vendor.erp, by=ada)
    assert not Link.objects.exists()


def test_a_name_that_is_here_already_is_not_added_beside_it(
    books: Connection, ada: Membership, max_pm: Membership
) -> None:
    make_vendor(max_pm, "ACE ELECTRIC CO")
    with pytest.raises(InvalidInput, match="already"):
        add(vendor_row(books, "Ace Electric Co"), VENDOR, by=ada)
    assert Vendor.objects.count() == 1
    assert not Link.objects.exists()


def test_what_was_linked_meanwhile_is_not_put_away_and_nothing_with_it(
    books: Connection, ada: Membership, max_pm: Membership
) -> None:
    row, other = vendor_row(books, "Ace Electric Co"), vendor_row(books, "BRIGHTWATER PLUMBING")
    link_to(row, make_vendor(max_pm).erp, by=ada)

    with pytest.raises(AlreadyLinked, match="“Ace Electric Co” is"):
        archive([other, row], VENDOR, by=ada)

    assert not ImportCandidate.objects.exists()


@pytest.mark.parametrize("taken", ["linked", "imported"])
def test_a_name_that_was_put_away_and_then_used_is_not_put_away_when_it_is_unlinked(
    books: Connection, ada: Membership, max_pm: Membership, taken: str
) -> None:
    row, other = vendor_row(books, "Ace Electric Co"), vendor_row(books, "BRIGHTWATER PLUMBING")
    archive([row, other], VENDOR, by=ada)
    if taken == "linked":
        item = make_vendor(max_pm).erp
        link_to(row, item, by=ada)
    else:
        item = add(row, VENDOR, by=ada)

    unlink(ErpItem.objects.get(pk=item.pk), by=ada)

    assert row in candidates_for(ada, VENDOR, "ready")
    assert list(candidates_for(ada, VENDOR, "archived")) == [other]


def test_of_what_is_not_in_quickbooks_any_more_that_is_said(
    books: Connection, ada: Membership, max_pm: Membership
) -> None:
    row, item = vendor_row(books, "Ace Electric Co"), make_vendor(max_pm).erp
    LedgerName.objects.filter(pk=row.pk).delete()

    decisions: list[Callable[[], None]] = [
        lambda: archive([row], VENDOR, by=ada),
        lambda: bring_back(row, VENDOR, by=ada),
        lambda: dismiss(row, item, VENDOR, by=ada),
    ]
    for decide in decisions:
        with pytest.raises(Refusal, match="is not in QuickBooks any more, so nothing was changed"):
            decide()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_who_puts_a_name_away_waits_for_who_is_linking_it(
    books: Connection, ada: Membership, max_pm: Membership
) -> None:
    row, item = vendor_row(books, "Ace Electric Co"), make_vendor(max_pm).erp
    is_linked, is_asked = Signal(), Signal()

    def put_away() -> str:
        try:
            is_linked.wait(timeout=20)
            is_asked.set()
            archive([row], VENDOR, by=ada)
        except AlreadyLinked as refusal:
            return refusal.sentence
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(put_away)
        with transaction.atomic():
            link_to(row, item, by=ada)
            is_linked.set()
            assert is_asked.wait(timeout=20)
            with pytest.raises(TimeoutError):
                waits.result(timeout=1)
        assert "“Ace Electric Co” is" in waits.result(timeout=20)
    assert not ImportCandidate.objects.exists()


def test_only_who_may_import_the_kind_does_anything(books: Connection, max_pm: Membership) -> None:
    row = vendor_row(books, "Ace Electric Co")
    vendor = make_vendor(max_pm)
    for refused in (
        lambda: add(row, VENDOR, by=max_pm),
        lambda: archive([row], VENDOR, by=max_pm),
        lambda: dismiss(row, vendor.erp, VENDOR, by=max_pm),
        lambda: link_to(row, vendor.erp, by=max_pm),
    ):
        with pytest.raises(NotAllowed):
            refused()
