"""The bench of mappings: what would change is what is made then, and nothing is written by looking."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commitments.models import Commitment
from procore_sync.acceptance import operations
from procore_sync.acceptance.courier import courier
from procore_sync.acceptance.models import ErpItem, Event, ExportPolicy, Submission
from procore_sync.acceptance.operations import send
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import KindPrivilege, Membership
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from quickbooks_bridge.defaults import choose_defaults, choose_usual, try_defaults, try_usual
from quickbooks_bridge.mapping_bench import SAYS, Bench, TriedRecord, bench_for
from quickbooks_bridge.models import Connection, Link, Mapping, Thing
from quickbooks_bridge.names import names_of
from tests.factories import make_approver, make_cost_code, make_project, make_vendor
from tests.quickbooks_bridge.conftest import work
from tests.quickbooks_bridge.documents import Ground
from tests.quickbooks_bridge.invoice_rows import make_invoice
from tests.quickbooks_bridge.test_bills import retainage, subcontract
from tests.quickbooks_bridge.test_documents import ground
from tests.quickbooks_bridge.test_usual import choices, number
from tests.scenes import kept

__all__ = ["ground", "retainage", "subcontract"]

Accept = Callable[..., Submission]


@pytest.fixture
@kept
def synced(subcontract: Commitment, ground: Ground, accept: Accept) -> ErpItem:
    """A bill in QuickBooks, without class and location."""
    done = work(accept(make_invoice(subcontract, ground.by, {"1": "400.00"}).erp))
    assert done.item.status == Status.SYNCED, done.reason
    return done.item


@pytest.fixture
@kept
def waiting(synced: ErpItem, subcontract: Commitment, ground: Ground) -> Submission:
    """The next bill, which waits for its decision."""
    return send(make_invoice(subcontract, ground.by, {"1": "100.00", "2": "50.00"}).erp, by=ground.by)


def tried(bench: Bench, item: ErpItem) -> TriedRecord:
    return next(one for one in (*bench.waiting, *bench.past) if one.item == item)


def lines(record: TriedRecord) -> list[tuple[str, str, list[tuple[str, str, str]]]]:
    """(key, amount, what changes of it) of each line."""
    return [
        (one.key, str(one.amount), [(cell.label, cell.before, cell.after) for cell in one.cells if cell.changes])
        for one in record.lines
    ]


def facts(record: TriedRecord) -> list[tuple[str, str, str]]:
    return [(one.label, one.before, one.after) for one in record.facts]


def everything() -> list[Any]:
    """What looking may not touch."""
    tables = (Mapping, Link, ErpItem, Event, Submission)
    return [list(table._default_manager.order_by("pk").values()) for table in tables]


def test_a_class_changes_what_waits_and_what_came_without_one(
    books: Connection, synced: ErpItem, waiting: Submission, ada: Membership
) -> None:
    public, field = number(books, "Class", "Public Works"), number(books, "Department", "Field")
    before = everything()
    found = bench_for(ada, try_defaults(books, {"class": public, "location": field}))
    assert everything() == before
    assert [(one.label, one.before, one.after) for one in found.changes] == [
        ("Class of orders and bills", "", "Public Works"),
        ("Location of bills", "", "Field"),
    ]
    new = [("Class", "", "Public Works")]
    assert lines(tried(found, waiting.item)) == [("1", "100.00", new), ("2", "50.00", new), ("R1", "-15.00", new)]
    assert lines(tried(found, synced)) == [("1", "400.00", new), ("R1", "-40.00", new)]
    assert facts(tried(found, waiting.item)) == facts(tried(found, synced)) == [("Location", "", "Field")]
    assert (found.waiting_count, found.on_their_way, found.there) == (1, 0, 2), "its order is there too"


def test_what_was_said_is_what_is_made_once_it_is_saved(
    books: Connection, waiting: Submission, ada: Membership
) -> None:
    given = {"class": number(books, "Class", "Public Works"), "location": number(books, "Department", "Field")}
    (said,) = bench_for(ada, try_defaults(books, given)).waiting
    before = posting(waiting)
    choose_defaults(books, given, by=ada)
    after = posting(waiting)
    assert [one.value for one in before.facts if one.label == "Location"] == []
    assert [one.value for one in after.facts if one.label == "Location"] == [said.facts[0].after]
    classes = [one["ItemBasedExpenseLineDetail"]["ClassRef"]["value"] for one in after.payload["Line"]]
    assert classes == [given["class"]] * len(said.lines)
    again = bench_for(ada, try_defaults(books, given))
    assert (again.changes, again.waiting, again.past) == ([], [], [])


def posting(sending: Submission) -> Any:
    preview = courier().preview(sending.item, sending.document)
    return preview.posting({one.name: one.initial for one in preview.choices() if one.initial})


def test_a_new_retainage_item_shows_its_account_and_ends_a_first_acceptance(
    books: Connection, retainage: str, waiting: Submission, ada: Membership
) -> None:
    ExportPolicy.objects.create(company=books.company, kind=Kind.INVOICE, second_above="1.00")
    proposed = {name: one.initial for name, one in choices(waiting.item).items() if one.initial}
    operations.accept(waiting.item, by=ada, seen=waiting.digest, choices=proposed)
    accounts = names_of(books.company_id, "Account").filter(detail__AccountType="Other Current Liability")
    other = names_of(books.company_id, "Item").get(remote_id=retainage)
    account = accounts.exclude(remote_id=other.detail["ExpenseAccountRef"]["value"])[0]
    other.pk, other.remote_id, other.name, other.fully_qualified_name = None, "7001", "Held back", "Held back"
    other.detail = {**other.detail, "ExpenseAccountRef": {"value": account.remote_id, "name": account.name}}
    other.save()
    found = bench_for(ada, try_defaults(books, {"retainage_item": other.remote_id}))
    (record,) = found.waiting
    ((key, amount, changes),) = lines(record)
    assert (key, amount, changes[0]) == ("R1", "-15.00", ("Item", "Retainage", other.fully_qualified_name))
    assert changes[1][0] == "Account"
    assert changes[1][2].endswith(account.fully_qualified_name)
    assert record.lapses == str(ada)
    assert any("read anew" in sentence for sentence in found.stays)
    # The first approver left the location open, so it stays open for the second, whatever is mapped by then.
    field = number(books, "Department", "Field")
    stays = tried(bench_for(ada, try_defaults(books, {"location": field})), waiting.item)
    assert (stays.facts, stays.lines, stays.lapses) == ([], [], "")


def test_what_the_first_approver_chose_stays_and_so_does_his_acceptance(
    books: Connection, waiting: Submission, ada: Membership
) -> None:
    ExportPolicy.objects.create(company=books.company, kind=Kind.INVOICE, second_above="1.00")
    chosen = {"class": number(books, "Class", "Commercial")}
    operations.accept(waiting.item, by=ada, seen=waiting.digest, choices=chosen)
    (record,) = bench_for(ada, try_defaults(books, {"class": number(books, "Class", "Public Works")})).waiting
    assert (record.changes, record.lapses) == (False, "")


def test_accepted_and_not_sent_stays_and_what_was_chosen_for_the_record_comes_first(
    books: Connection, waiting: Submission, ada: Membership, max_pm: Membership
) -> None:
    commercial, public = number(books, "Class", "Commercial"), number(books, "Class", "Public Works")
    operations.accept(waiting.item, by=ada, seen=waiting.digest, choices={"class": commercial})
    found = bench_for(ada, try_defaults(books, {"class": public}))
    assert (found.waiting, found.on_their_way) == ([], 1)
    choose_defaults(books, {"class": public}, by=ada)
    waiting.refresh_from_db()
    assert commercial in str(waiting.posting["payload"])
    operations.hold_back(waiting.item, by=ada, comment="Not yet.")
    operations.reject(waiting.item, by=ada, comment="Not yet.")
    waiting.item.refresh_from_db()
    send(waiting.item, by=max_pm)
    assert choices(waiting.item)["class"].initial == commercial
    assert not tried(bench_for(ada, try_defaults(books, {"class": ""})), waiting.item).changes


def test_the_past_ones_that_went_with_what_would_change_are_proposed(
    books: Connection, synced: ErpItem, subcontract: Commitment, ground: Ground, accept: Accept, ada: Membership
) -> None:
    commercial, public = number(books, "Class", "Commercial"), number(books, "Class", "Public Works")
    with_one = accept(make_invoice(subcontract, ground.by, {"2": "20.00"}).erp, **{"class": commercial})
    assert work(with_one).item.status == Status.SYNCED
    choose_defaults(books, {"class": commercial}, by=ada)
    found = bench_for(ada, try_defaults(books, {"class": public}))
    assert [(one.sending.item, one.uses, one.is_tried) for one in found.offered] == [
        (with_one.item, True, True),
        (synced, False, False),
    ]
    assert [(one.item, one.went_otherwise) for one in found.past] == [(with_one.item, False)]
    both = bench_for(ada, try_defaults(books, {"class": public}), [synced.pk, with_one.item.pk])
    assert [(one.item, one.changes, one.went_otherwise) for one in both.past] == [
        (with_one.item, True, False),
        (synced, True, True),
    ]
    # What a project has of its own, no company default changes.
    choose_usual(books, ground.project, {"class": commercial}, by=ada)
    of_company = bench_for(ada, try_defaults(books, {"class": public}), [with_one.item.pk])
    assert not of_company.past[0].changes
    assert not of_company.offered[0].uses
    own = bench_for(ada, try_usual(books, ground.project, {"class": public}))
    assert [cell.after for cell in own.past[0].lines[0].cells if cell.changes] == ["Public Works"]
    elsewhere = bench_for(ada, try_usual(books, make_project(ground.by), {"class": public}))
    assert (elsewhere.offered, elsewhere.there) == ([], 0)


def test_accounts_and_terms_say_something_of_new_codes_and_vendors_only(
    books: Connection, synced: ErpItem, max_pm: Membership, ada: Membership
) -> None:
    code, vendor = make_cost_code(max_pm, "09-900").erp, make_vendor(max_pm, "Tern Roofing").erp
    for item in (code, vendor):
        send(item, by=max_pm)
    account = names_of(books.company_id, "Account").filter(detail__AccountType="Expense", active=True)[0]
    by_account = bench_for(ada, try_defaults(books, {"expense_account": account.remote_id}))
    assert [(one.item, facts(one)[0][0]) for one in by_account.waiting] == [(code, "Expense account")]
    assert (by_account.past, by_account.offered) == ([], [])
    term = names_of(books.company_id, "Term").filter(active=True)[0]
    by_terms = bench_for(ada, try_defaults(books, {"terms": term.remote_id}))
    assert [(one.item, facts(one)) for one in by_terms.waiting] == [(vendor, [("Terms", "", term.name)])]


def test_each_thing_that_is_mapped_says_something_of_these_kinds() -> None:
    assert {str(thing): sorted(kinds) for thing, kinds in SAYS.items()} == {
        "income_account": ["cost_code"],
        "expense_account": ["cost_code"],
        "terms": ["invoice", "vendor"],
        "retainage_item": ["invoice"],
        "work_tax_code": ["change_order", "commitment", "invoice"],
        "retainage_tax_code": ["invoice"],
        "class": ["change_order", "commitment", "invoice"],
        "location": ["invoice"],
    }
    assert set(SAYS) == set(Thing)


def test_the_questions_do_not_grow_with_the_records(
    books: Connection, synced: ErpItem, subcontract: Commitment, ground: Ground, accept: Accept, ada: Membership
) -> None:
    change = try_defaults(books, {"class": number(books, "Class", "Public Works")})

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert all(one.changes for one in bench_for(ada, change).waiting)
        return len(queries)

    send(make_invoice(subcontract, ground.by, {"1": "10.00"}).erp, by=ground.by)
    first = asked()
    for amount in ("11.00", "12.00", "13.00"):
        send(make_invoice(subcontract, ground.by, {"1": amount, "2": amount}).erp, by=ground.by)
    assert asked() == first <= 20


def test_only_who_may_map_tries_and_only_with_his_companys_bills(
    books: Connection, synced: ErpItem, vic: Membership, max_pm: Membership, olga: Membership, ada: Membership
) -> None:
    change = try_defaults(books, {"class": number(books, "Class", "Public Works")})
    for member in (vic, max_pm, olga):
        with pytest.raises(NotAllowed):
            bench_for(member, change)
    stranger = make_approver(olga.company, "Otto")
    found = bench_for(stranger, change)
    assert (found.waiting, found.past, found.offered, found.there) == ([], [], [], 0)
    with pytest.raises(InvalidInput, match="not a bill in QuickBooks"):
        bench_for(stranger, change, [synced.pk])
    with pytest.raises(InvalidInput, match="at most 20"):
        bench_for(ada, change, range(1, 22))
    ErpItem.objects.filter(pk=synced.pk).update(is_private=True)
    KindPrivilege.objects.filter(membership=ada).delete()
    assert bench_for(ada, change).offered == []


def test_page_shows_and_then_saves_and_the_api_says_the_same(
    client: Client, books: Connection, synced: ErpItem, waiting: Submission, ground: Ground, ada: Membership
) -> None:
    client.force_login(ada.user)
    public, field = number(books, "Class", "Public Works"), number(books, "Department", "Field")
    page = reverse("quickbooks_bridge:mappings")
    assert "Show what it would change" in client.get(page).content.decode()
    shown = client.post(page, {"class": public, "try": "1"})
    body = shown.content.decode()
    assert shown.status_code == 200
    assert f'name="class" value="{public}"' in body
    assert body.count("Public Works") > 5
    assert body.count("1 of 1 would change") == 2
    assert not Mapping.objects.filter(thing=Thing.CLASS).exists()
    none = client.post(page, {"class": public, "try": "1", "tried": "1"}).content.decode()
    assert none.count("1 of 1 would change") == 1
    wrong = client.post(page, {"class": "987", "try": "1"})
    assert wrong.status_code == 422
    assert client.post(page, {"class": public, "tried": "1", "past": [synced.pk]}).status_code == 302
    assert Mapping.objects.get(thing=Thing.CLASS).remote_id == public

    own = reverse("quickbooks_bridge:project_mapping", args=[ground.project.pk])
    assert "Field" in client.post(own, {"location": field, "try": "1"}).content.decode()
    where = f"/api/v1/quickbooks/project-mappings/{ground.project.pk}/preview/"
    said = client.post(where, {"location": field, "past": [synced.pk]}, content_type="application/json").json()
    assert [(one["item"], one["facts"]) for one in (*said["waiting"], *said["past"])] == [
        (item, [{"label": "Location", "before": "", "after": "Field"}]) for item in (waiting.item_id, synced.pk)
    ]
    company = client.post("/api/v1/quickbooks/mappings/preview/", {"class": ""}, content_type="application/json").json()
    assert company["changes"] == [
        {"thing": "class", "label": "Class of orders and bills", "before": "Public Works", "after": ""}
    ]
    assert company["waiting"][0]["lines"][0]["values"][2] == {"label": "Class", "before": "Public Works", "after": ""}
    assert not Mapping.objects.filter(thing=Thing.LOCATION).exists()


def test_the_set_up_of_invoices_shows_it_too_and_saves_the_whole_form(
    client: Client, books: Connection, retainage: str, waiting: Submission, ada: Membership
) -> None:
    client.force_login(ada.user)
    page, where = (reverse(f"quickbooks_bridge:{name}") for name in ("bill_setup", "choose_bill_setup"))
    other = names_of(books.company_id, "Item").get(remote_id=retainage)
    other.pk, other.remote_id, other.name, other.fully_qualified_name = None, "7001", "Held back", "Held back"
    other.save()
    assert "Show what it would change" in client.get(page).content.decode()
    before = everything()

    form = {"retainage_item": "7001", "class_needed": "yes", "location_needed": "no", "papers_needed": "no"}
    shown = client.post(where, {**form, "try": "1"})

    body = shown.content.decode()
    assert shown.status_code == 200
    assert body.count("1 of 1 would change") == 2
    assert all(f'<input type="hidden" name="{name}" value="{value}">' in body for name, value in form.items())
    assert re.search(r"<dt>A class on every bill</dt><dd><del>.*?may be left out</del> <ins>.*?has to be chosen", body)
    assert "<dt>A location on every bill</dt>" not in body
    assert "changes no posting" in body
    assert f'<a class="btn" href="{page}">Leave it as it is</a>' in body
    assert everything() == before
    assert not Connection.objects.get(pk=books.pk).class_needed
    assert client.post(where, {**form, "tried": "1", "past": []}).headers["Location"] == page
    assert Mapping.objects.get(thing=Thing.RETAINAGE_ITEM).remote_id == "7001"
    assert Connection.objects.get(pk=books.pk).class_needed


def test_what_changes_no_posting_is_said_and_can_be_saved_from_there(
    client: Client, books: Connection, retainage: str, ada: Membership
) -> None:
    client.force_login(ada.user)
    where = reverse("quickbooks_bridge:choose_bill_setup")
    body = client.post(where, {"retainage_item": "", "papers_needed": "yes", "try": "1"}).content.decode()
    assert "No mapping changes, so every posting stays as it is." in body
    assert 'name="papers_needed" value="yes"' in body
    assert '<button class="btn primary">Save</button>' in body
    none = client.post(where, {"retainage_item": retainage, "papers_needed": "no", "try": "1"}).content.decode()
    assert "These are the mappings that stand." in none
    assert client.post(where, {"retainage_item": "987", "try": "1"}).status_code == 422
    assert client.post(where, {"class_needed": "perhaps", "try": "1"}).status_code == 422
    assert not Connection.objects.get(pk=books.pk).papers_needed
