"""A company that runs already is taken on through its pages and the API: afterwards nothing is there twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.states import Status, Work
from procore_sync.accounts.models import Membership
from quickbooks_bridge.importers.candidates import SOURCES, exact_matches, seen_as
from quickbooks_bridge.importers.names import refresh
from quickbooks_bridge.models import Connection, Link
from quickbooks_bridge.onboarding.models import OpeningDocument
from tests.factories import make_commitment, make_cost_code, make_project, make_vendor
from tests.quickbooks_bridge.conftest import consent, work
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.quickbooks_bridge.invoice_rows import make_invoice
from tests.quickbooks_bridge.onboarding.typed import ACE, BRIEN, LIBRARY, STATION, SUMMIT, WORK, Typed
from tests.scenes import kept

RUNNING = ("Vendor", "Customer", "Item", "PurchaseOrder", "Bill")


class Page:
    """Somebody at their browser."""

    def __init__(self, member: Membership) -> None:
        self.client = Client()
        self.client.force_login(member.user)

    def see(self, name: str, *args: Any, **query: Any) -> str:
        """The page, which has to be there."""
        answer = self.client.get(reverse(f"quickbooks_bridge:{name}", args=args), query)
        assert answer.status_code == 200
        return answer.content.decode()

    def press(self, name: str, *args: Any, expect: int = 302, given: dict[str, str] | None = None, **more: Any) -> str:
        """The answer to a form."""
        answer = self.client.post(reverse(f"quickbooks_bridge:{name}", args=args), {**(given or {}), **more})
        assert answer.status_code == expect, answer.content.decode()[:2000]
        return answer.content.decode()

    def api(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """The answer of the API."""
        address = f"/api/v1/quickbooks/{path}"
        if body is None:
            return self.client.get(address).json()
        return self.client.post(address, json.dumps(body), "application/json").json()


@pytest.fixture(autouse=True)
def bell_of_readings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker is an edge: a worker that reads at once."""
    from quickbooks_bridge.onboarding.reading import carry_on

    def rings(company_id: int) -> bool:
        return carry_on(company_id) is not None

    monkeypatch.setattr("quickbooks_bridge.onboarding.views.ring_opening", rings)


@pytest.fixture
def typed(emulator: EmulatorProcess) -> Typed:
    """Three orders and three bills that a bookkeeper typed, of three vendors and two jobs; and rent."""
    found = Typed(emulator)
    found.order("1042", found.line("1000.00", "Electrical"))
    found.order("SC 7", found.line("300.00", "Dig", job=LIBRARY), vendor=BRIEN)
    found.order("R-1", found.line("90.00", "Roof"), vendor=SUMMIT)
    found.bill("1042-1", found.line("200.00"), found.line("-20.00", item="Retainage"))
    found.bill("X-99", found.line("30.00", job=LIBRARY), vendor=BRIEN)
    found.bill("RENT", found.line("11.00"), vendor=SUMMIT)
    return found


@pytest.fixture
@kept
def ours(max_pm: Membership) -> dict[str, Any]:
    """The same here, under names as people have them, and an order that is new."""
    code = make_cost_code(max_pm, WORK, "Subcontracted work")
    station = make_project(max_pm, STATION, codes=[code])
    library = make_project(max_pm, LIBRARY, codes=[code])
    ace, brien, summit = (make_vendor(max_pm, name) for name in (ACE, BRIEN, SUMMIT))
    orders = {
        "1042": make_commitment(max_pm, station, ace, lines=["1000.00"], number="1042"),
        "SC-7": make_commitment(max_pm, library, brien, lines=["300.00"], number="SC-7"),
        "R-1": make_commitment(max_pm, station, summit, lines=["95.00"], number="R-1"),
        "NEW": make_commitment(max_pm, station, ace, lines=["50.00"], number="NEW"),
    }
    bills = {
        "1042-1": make_invoice(orders["1042"], max_pm, {"1": "200.00"}, number="1042-1"),
        "SC-7-1": make_invoice(orders["SC-7"], max_pm, {"1": "30.00"}, number="SC-7-1", percent="0"),
    }
    return {**orders, **bills}


def counts(typed: Typed) -> dict[str, int]:
    """How many of each stand in QuickBooks."""
    return {entity: len(typed.emulator.documents(entity)) for entity in RUNNING}


def test_after_matching_an_export_makes_nothing_twice(
    typed: Typed,
    ours: dict[str, Any],
    emulator: EmulatorProcess,
    alma: Membership,
    ada: Membership,
    max_pm: Membership,
    accept: Callable[..., Submission],
) -> None:
    before = counts(typed)
    row = consent(emulator, alma)
    admin, accountant = Page(alma), Page(ada)
    assert "Nothing is sent yet" in admin.see("connection")
    refresh(row)

    # Names first.
    for entity in ("vendor", "job", "item"):
        accountant.press("link_all", entity=entity, seen=seen_as(exact_matches(ada, SOURCES[entity])))
    assert Link.objects.exists()
    # Somebody is quick: what is new is accepted at once, and waits.
    eager = work(accept(ours["NEW"].erp))
    assert (eager.work, eager.cure_by) == (Work.WAITING, "accountant")

    # Then documents.
    assert "Look at all exact pairs" not in accountant.see("onboarding"), "there is none to look at yet"
    accountant.press("read_opening")
    assert "Read, " in (page := accountant.see("onboarding"))
    assert "Look at all exact pairs" in page
    state = accountant.api("onboarding/")
    assert state["is_onboarding"]
    assert state["exact"] == 3
    assert "3 pairs" in accountant.see("link_exact_documents")
    accountant.press("link_exact_documents", seen=state["seen"])

    # One order comes to something else, one bill has another number; the rent is none of ours.
    roof = _document("R-1")
    assert "The totals differ" in accountant.see("opening_document", roof.pk)
    assert "the totals differ by 5.00" in accountant.see("opening_documents", kind="orders", view="likely")
    accountant.press("link_document", roof.pk, item=ours["R-1"].erp_id)
    assert "Say in a note why they are one all the same" in accountant.see("opening_document", roof.pk)
    accountant.press("link_document", roof.pk, item=ours["R-1"].erp_id, note="Ours was rounded up.")
    dug = _document("X-99")
    candidates = accountant.api(f"opening-documents/{dug.pk}/candidates/")
    assert candidates[0]["item"] == ours["SC-7-1"].erp_id
    told = accountant.api(f"opening-documents/{dug.pk}/link/", {"item": ours["SC-7-1"].erp_id})
    assert told["ours"] == told["theirs"] == "30.00"
    accountant.press("set_document_aside", _document("RENT").pk, why="Rent of the yard.")
    assert "Rent of the yard" in accountant.see("opening_documents", kind="bills", view="aside")

    # What is left is new, and somebody stands for that.
    totals = accountant.api("onboarding/")["coverage"]["totals"]
    assert (totals["orders"]["here_amount"], totals["orders"]["there"]) == ("50.00", 0)
    assert (totals["bills"]["here"], totals["bills"]["there"]) == (0, 0)
    accountant.press("sign_onboarding", remark="", expect=422)
    accountant.press("sign_onboarding", remark="NEW is new.")

    # Tried before, capped, then sent: the new order alone.
    admin.press("dry_run")
    admin.press("set_cap", documents=1)
    assert work(eager).item.status == Status.SYNCED
    assert "At most 1 document goes. 1 document with 50.00 has gone." in " ".join(admin.see("onboarding").split())
    assert counts(typed) == {**before, "PurchaseOrder": before["PurchaseOrder"] + 1}
    assert all(Link.objects.filter(item=one.erp).exists() for one in ours.values())
    waiting = ErpItem.objects.exclude(status=Status.SYNCED)
    assert not waiting.exists()


def _document(number: str) -> OpeningDocument:
    return OpeningDocument.objects.get(number=number)


def test_the_journal_shows_what_was_tried_and_signed(
    books: Connection, alma: Membership, max_pm: Membership, accept: Callable[..., Submission]
) -> None:
    admin = Page(alma)
    accept(make_vendor(max_pm, "Newcomer").erp)
    admin.press("begin_onboarding", since="2026-01-01")
    admin.press("dry_run")
    admin.press("skip_onboarding", given={"skip-remark": "All of it is new."})
    entries = admin.api("onboarding-entries/")["results"]
    assert [one["step"] for one in entries] == ["skipped", "dry_run", "begun"]
    assert "Newcomer" in admin.see("onboarding_entry", entries[1]["id"])
    assert "All of it is new." in admin.see("onboarding_entry", entries[0]["id"])
    assert "All of it is new." in admin.see("onboarding")


def test_the_day_from_which_is_matched_is_told_as_everywhere(books: Connection, alma: Membership) -> None:
    admin = Page(alma)
    admin.press("begin_onboarding", since="2026-01-01")
    page = admin.see("onboarding")
    assert "What QuickBooks holds since 1 Jan 2026 is matched now." in page


def test_what_was_refused_stands_on_the_page_with_what_was_typed(books: Connection, alma: Membership) -> None:
    admin = Page(alma)
    page = admin.press("begin_onboarding", since="1950-01-01", expect=422)
    assert page.count("The year 1950 cannot be right.") == 1
    assert 'value="1950-01-01"' in page.split('id="period"')[1]
    page = admin.press("set_cap", documents="3", amount="-1", expect=422)
    assert ('value="3"' in page, 'aria-invalid="true"' in page.split('id="cap"')[1]) == (True, True)
    admin.press("begin_onboarding", since="2026-01-01")
    page = admin.press("sign_onboarding", remark="Rent is none of ours.", expect=409)
    assert page.split('id="sign"')[0].count("Read them first.") == 1
    assert "Rent is none of ours.</textarea>" in page.split('id="sign"')[1].split("</section>")[0]
    page = admin.press("skip_onboarding", given={"skip-remark": " "}, expect=422)
    assert page.count("Say in the remark why nothing in QuickBooks can be duplicated") == 1
    assert "Say in the remark" in page.split('id="skip"')[1].split("</section>")[0]
