"""The pages of change orders: what they show and answer, what is typed without JavaScript, who sees what."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.test import Client

from budgets.sources import costs_by_code, page_behind
from change_orders.models import ChangeLine, ChangeOrder, ChangeRequest, ChangeStatus, RequestTier, Tiers
from change_orders.request_operations import collect, edit_request
from change_orders.rules import ChangeLineDetails
from change_orders.tiers import save_settings, settings_of
from commitments.models import Commitment, CommitmentStatus
from commitments.operations import set_access
from procore_sync.accounts.models import Membership
from projects.models import Project
from tests.factories import (
    change_line,
    make_change_order,
    make_commitment,
    make_cost_code,
    make_request,
    said_of_request,
    sent,
    synced,
)
from tests.projects.conftest import SignIn
from tests.projects.test_pages import queries
from tests.scenes import kept


def rows(*cells: dict[str, Any]) -> dict[str, Any]:
    """What the editor sends for these rows."""
    given = {f"lines-{place}-{name}": value for place, row in enumerate(cells) for name, value in row.items()}
    return {"lines-count": len(cells), **given}


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


@pytest.fixture
@kept
def packaged(subcontract: Commitment, in_tiers: Project, max_pm: Membership) -> tuple[ChangeOrder, ChangeRequest]:
    """A change order that collects a request, which collects a potential change order; another of each is free."""
    request = make_request(max_pm, subcontract, RequestTier.REQUEST)
    make_request(max_pm, subcontract, RequestTier.REQUEST, title="Free request")
    collect(request, [make_request(max_pm, subcontract)], by=max_pm)
    make_request(max_pm, subcontract, title="Free potential")
    made = make_change_order(max_pm, subcontract, lines=[])
    collect(made, [request], by=max_pm)
    return made, request


def test_every_page_shows_in_three_tiers(
    packaged: tuple[ChangeOrder, ChangeRequest], subcontract: Commitment, max_pm: Membership, sign_in: SignIn
) -> None:
    client, (made, request) = sign_in(max_pm), packaged
    pages = {
        "change-orders/": "Potential change orders",
        "change-orders/?tier=potential": "Free potential",
        "change-orders/?tier=request": "Free request",
        f"change-orders/{made.pk}/": "Free request",
        f"change-orders/{made.pk}/edit/": "begin as potential change orders",
        f"change-requests/{request.pk}/": "Free potential",
        f"change-requests/{request.pk}/edit/": "has the lines of the potential change orders",
        f"change-requests/{request.potentials.get().pk}/": "and with it in",
        f"commitments/{subcontract.pk}/": "New change order request",
        f"commitments/{subcontract.pk}/change-requests/new/request/": "COR-3",
        f"commitments/{subcontract.pk}/change-requests/new/potential/": "PCO-3",
    }
    assert [address for address, words in pages.items() if words not in page(client, f"/{address}")] == []
    assert client.get(f"/commitments/{subcontract.pk}/change-requests/new/other/").status_code == 404


def test_a_change_order_is_made_line_by_line(subcontract: Commitment, max_pm: Membership, sign_in: SignIn) -> None:
    client, code = sign_in(max_pm), subcontract.project.cost_codes.get()
    address = f"/commitments/{subcontract.pk}/change-orders/new/"
    assert 'value="CO-1"' in page(client, address)
    head = {"number": "CO-1", "title": "Rock", "status": "approved"}
    given = rows({"changes": 2, "amount": "-1,050.25"}, {}, {"code_id": code.pk, "amount": "7", "description": "Pump"})

    answer = client.post(address, {**head, **given})

    made = ChangeOrder.objects.get()
    assert answer.headers["Location"] == f"/change-orders/{made.pk}/"
    shown = page(client, f"/change-orders/{made.pk}/")
    for words in ("Changes line 2", "\N{MINUS SIGN}1,050.25", "New line", "Pump", "C1.2", "1,250.00", "206.75"):
        assert words in shown
    assert "Send to accounting" in shown


def test_more_rows_are_added_and_nothing_is_saved(subcontract: Commitment, max_pm: Membership, sign_in: SignIn) -> None:
    address = f"/commitments/{subcontract.pk}/change-orders/new/"
    typed = {"number": "CO-7", "status": "draft", "more": "5", **rows({"amount": "5,000"})}

    answer = sign_in(max_pm).post(address, typed)

    shown = answer.content.decode()
    assert answer.status_code == 200
    assert 'name="lines-count" value="6"' in shown
    assert 'value="5,000"' in shown
    assert "errorlist" not in shown
    assert not ChangeOrder.objects.exists()


def test_what_is_wrong_stands_in_its_row(subcontract: Commitment, max_pm: Membership, sign_in: SignIn) -> None:
    address = f"/commitments/{subcontract.pk}/change-orders/new/"
    wrong = rows({"changes": 1, "amount": "1.005"}, {"amount": "5"}, {"changes": 1, "amount": "x"})

    unread = sign_in(max_pm).post(address, {"status": "draft", **wrong})
    judged = sign_in(max_pm).post(address, {"status": "draft", **rows(wrong_row(), {"amount": "5"})})

    assert (unread.status_code, judged.status_code) == (422, 422)
    assert "This is not a number." in unread.content.decode()
    for words in ("more than 2 decimal places", "The cost code is missing", "Something is wrong in the lines"):
        assert words in judged.content.decode()


def wrong_row() -> dict[str, Any]:
    return {"changes": 1, "amount": "1.005"}


def test_an_edit_changes_removes_and_adds(subcontract: Commitment, max_pm: Membership, sign_in: SignIn) -> None:
    made = make_change_order(max_pm, subcontract, lines=[change_line("10", changes=1), change_line("20", changes=2)])
    first, second = made.lines.order_by("number")
    client, address = sign_in(max_pm), f"/change-orders/{made.pk}/edit/"
    assert f'value="{first.pk}"' in page(client, address)
    head = {"number": "CO-1", "status": "approved", "seen": 1}
    given = rows(
        {"id": first.pk, "changes": 1, "amount": "10.00", "remove": "on"},
        {"id": second.pk, "changes": 2, "amount": "25"},
        {"changes": 1, "amount": "3"},
    )

    assert client.post(address, {**head, **given}).status_code == 302
    assert list(ChangeLine.objects.values_list("number", "amount")) == [(2, Decimal(25)), (3, Decimal(3))]
    stale = client.post(address, {**head, **given})
    assert stale.status_code == 409
    assert "was saved by you yourself" in stale.content.decode()


def test_the_reviewer_approves_and_rejects_on_the_page(
    subcontract: Commitment, max_pm: Membership, vic: Membership, sign_in: SignIn
) -> None:
    made = make_change_order(max_pm, subcontract, status=ChangeStatus.IN_REVIEW, reviewer=vic.pk)
    address = f"/change-orders/{made.pk}/"

    his, mine = page(sign_in(vic), address), page(sign_in(max_pm), address)
    assert f'action="{address}approve/"' in his
    assert f'action="{address}approve/"' not in mine
    assert "Vic is the designated reviewer of CO-1" in mine
    assert "CO-1" in page(sign_in(vic), "/change-orders/?waits=on")
    assert "No change fits" in page(sign_in(max_pm), "/change-orders/?waits=on")
    assert sign_in(vic).post(f"{address}reject/", {"remark": ""}).status_code == 422
    assert sign_in(vic).post(f"{address}reject/", {"remark": "Too dear."}).status_code == 302
    assert "Too dear." in page(sign_in(max_pm), address)
    assert sign_in(vic).post(f"{address}approve/").status_code == 409


def test_what_was_changed_since_it_was_looked_at_is_not_decided_on(
    subcontract: Commitment, in_tiers: Project, max_pm: Membership, vic: Membership, sign_in: SignIn
) -> None:
    request = make_request(max_pm, subcontract, RequestTier.REQUEST)
    collect(request, [make_request(max_pm, subcontract)], by=max_pm)
    made = make_change_order(max_pm, subcontract, lines=[], status=ChangeStatus.IN_REVIEW, reviewer=vic.pk)
    client = sign_in(vic)
    order = f"/change-orders/{made.pk}/"
    seen = client.get(order).context["seen"]
    assert client.get(order).content.decode().count(f'name="seen" value="{seen}"') == 2
    # No edit of its own: what it collects makes it dearer.
    collect(made, [request], by=max_pm)

    for step, said in (("approve", {}), ("reject", {"remark": "No."})):
        older = client.post(f"{order}{step}/", {**said, "seen": seen})
        assert (older.status_code, "has changed since you looked at it" in older.content.decode()) == (409, True)
    assert ChangeOrder.objects.get(pk=made.pk).status == ChangeStatus.IN_REVIEW
    assert client.post(f"{order}approve/", {"seen": client.get(order).context["seen"]}).status_code == 302


def test_a_request_that_was_changed_since_it_was_looked_at_is_not_decided_on(
    subcontract: Commitment, in_tiers: Project, max_pm: Membership, sign_in: SignIn
) -> None:
    made = make_request(max_pm, subcontract, status=ChangeStatus.IN_REVIEW)
    client, page = sign_in(max_pm), f"/change-requests/{made.pk}/"
    seen = client.get(page).context["seen"]
    dearer = replace(said_of_request(made), lines=(*said_of_request(made).lines, change_line("9000", changes=1)))
    edit_request(made, dearer, by=max_pm, seen=made.edition)

    for step, said in (("approve", {}), ("reject", {"remark": "No."})):
        assert client.post(f"{page}{step}/", {**said, "seen": seen}).status_code == 409
    assert ChangeRequest.objects.get(pk=made.pk).status == ChangeStatus.IN_REVIEW
    assert client.post(f"{page}approve/", {"seen": client.get(page).context["seen"]}).status_code == 302


def test_the_form_too_leaves_the_decision_to_the_reviewer(
    subcontract: Commitment, max_pm: Membership, vic: Membership, sign_in: SignIn
) -> None:
    made = make_change_order(max_pm, subcontract, status=ChangeStatus.IN_REVIEW, reviewer=vic.pk)
    typed = {"number": "CO-1", "status": "approved", "reviewer": vic.pk, "seen": 1}

    answer = sign_in(max_pm).post(f"/change-orders/{made.pk}/edit/", typed)
    assert answer.status_code == 403
    assert "Vic is the designated reviewer of CO-1" in answer.content.decode()


def test_requests_are_collected_and_taken_out_on_the_page(
    packaged: tuple[ChangeOrder, ChangeRequest], max_pm: Membership, sign_in: SignIn
) -> None:
    client, (made, request) = sign_in(max_pm), packaged
    free = ChangeRequest.objects.get(title="Free request")
    client.post(f"/change-orders/{made.pk}/collect/", {"request": [free.pk, "x"]})
    assert made.requests.count() == 2
    client.post(f"/change-orders/{made.pk}/take-out/{request.pk}/")
    assert list(made.requests.all()) == [free]
    assert client.post(f"/change-orders/{made.pk}/take-out/{request.pk}/").status_code == 404


def test_collecting_without_a_tick_stays_on_the_page_and_says_so(
    packaged: tuple[ChangeOrder, ChangeRequest], max_pm: Membership, sign_in: SignIn
) -> None:
    client, (made, _) = sign_in(max_pm), packaged
    before = made.requests.count()
    answer = client.post(f"/change-orders/{made.pk}/collect/", follow=True)
    assert answer.request["PATH_INFO"] == f"/change-orders/{made.pk}/"
    assert "Nothing is chosen. Tick what is to be collected." in answer.content.decode()
    assert made.requests.count() == before


def test_what_stands_still_says_so_on_its_pages(subcontract: Commitment, max_pm: Membership, sign_in: SignIn) -> None:
    made = sent(make_change_order(max_pm, subcontract), max_pm)
    client = sign_in(max_pm)

    assert "It is with accounting. Retrieve it first" in page(client, f"/change-orders/{made.pk}/edit/")
    assert 'aria-describedby="why-edit"' in page(client, f"/change-orders/{made.pk}/")
    draft = make_commitment(max_pm, status=CommitmentStatus.DRAFT)
    new = page(client, f"/commitments/{draft.pk}/change-orders/new/")
    assert "only an approved commitment is changed" in new


def test_the_commitment_shows_its_sums_and_its_changes(
    subcontract: Commitment, max_pm: Membership, vic: Membership, sign_in: SignIn
) -> None:
    make_change_order(max_pm, subcontract)
    make_change_order(max_pm, subcontract, status=ChangeStatus.PRICING, lines=[change_line("-30", changes=2)])

    shown = page(sign_in(vic), f"/commitments/{subcontract.pk}/")
    for words in ("CO-1", "Approved changes", "+100.00", "1,350.00", "Pending beside that", "\N{MINUS SIGN}30.00"):
        assert words in shown
    assert "New change order" not in shown
    draft = make_commitment(max_pm, status=CommitmentStatus.DRAFT)
    assert "Change orders</h2>" not in page(sign_in(max_pm), f"/commitments/{draft.pk}/")


def test_the_settings_say_why_tiers_stay(subcontract: Commitment, max_pm: Membership, sign_in: SignIn) -> None:
    client, address = sign_in(max_pm), f"/projects/{subcontract.project_id}/change-settings/"
    said = {"tiers": 2, "number_limit": 20, "title_limit": 30}
    assert client.post(address, said).status_code == 302
    assert settings_of(subcontract.project).tiers == Tiers.TWO
    make_request(max_pm, subcontract)
    lower, narrow = client.post(address, {**said, "tiers": 1}), client.post(address, {**said, "number_limit": 5})
    assert (lower.status_code, narrow.status_code) == (409, 422)
    assert "can be raised and not lowered" in lower.content.decode()
    assert "at least 12 and at most 60" in narrow.content.decode()


def test_settings_that_somebody_else_changed_are_not_written_over(
    subcontract: Commitment, max_pm: Membership, sign_in: SignIn
) -> None:
    client, address = sign_in(max_pm), f"/projects/{subcontract.project_id}/change-settings/"
    seen = client.get(address).context["form"]["seen"].value()
    save_settings(subcontract.project, tiers=3, number_limit=12, title_limit=30, by=max_pm)

    older = client.post(address, {"tiers": 1, "number_limit": 33, "title_limit": 30, "seen": seen})

    assert (older.status_code, settings_of(subcontract.project).tiers) == (409, Tiers.THREE)
    shown = older.content.decode()
    assert (
        "The settings were changed meanwhile, so nothing was saved. Look again. What you typed stands below." in shown
    )
    assert ('value="33"' in shown, f'href="{address}">Show what stands now' in shown) == (True, True)


def test_a_new_one_begins_with_its_commitment(subcontract: Commitment, max_pm: Membership, sign_in: SignIn) -> None:
    client = sign_in(max_pm)
    assert "No change orders yet" in page(client, "/change-orders/")
    assert str(subcontract) in page(client, "/change-orders/new/")
    answer = client.get(f"/change-orders/new/?commitment={subcontract.pk}")
    assert answer.headers["Location"] == f"/commitments/{subcontract.pk}/change-orders/new/"
    Commitment.objects.update(status=CommitmentStatus.DRAFT)
    assert "No approved commitment" in page(client, "/change-orders/new/")


def test_the_list_is_narrowed_and_sorted(subcontract: Commitment, max_pm: Membership, sign_in: SignIn) -> None:
    make_change_order(max_pm, subcontract, title="Rock")
    make_change_order(max_pm, subcontract, title="Sand", status="pricing", lines=[change_line("900", changes=1)])
    sent(make_change_order(max_pm, subcontract, title="Wind", lines=[change_line("-5", changes=1)]), max_pm)
    client = sign_in(max_pm)

    def titles(query: str) -> list[str]:
        return [one.title for one in client.get(f"/change-orders/?{query}").context["page_obj"]]

    assert titles("") == ["Wind", "Sand", "Rock"]
    assert titles("sort=amount") == ["Wind", "Rock", "Sand"]
    assert titles("sort=-amount") == ["Sand", "Rock", "Wind"]
    assert titles("q=san") == titles("stands=pending") == titles("stands=pricing") == ["Sand"]
    assert titles("status=sent") == ["Wind"]
    assert titles(f"commitment={subcontract.pk}&project={subcontract.project_id}&sort=title") == [
        "Rock",
        "Sand",
        "Wind",
    ]
    assert client.get("/change-orders/?stands=done").status_code == 422


def test_pages_ask_as_often_for_many_as_for_few(subcontract: Commitment, max_pm: Membership, sign_in: SignIn) -> None:
    save_settings(subcontract.project, tiers=2, number_limit=12, title_limit=30, by=max_pm)
    made = make_change_order(max_pm, subcontract, lines=[], status=ChangeStatus.DRAFT)
    client = sign_in(max_pm)
    pages = (
        "/change-orders/",
        "/change-orders/?tier=potential",
        f"/change-orders/{made.pk}/",
        f"/commitments/{subcontract.pk}/",
    )

    def more(count: int) -> list[int]:
        for _ in range(count):
            lines = [change_line("1", changes=1), change_line("2", subcontract.lines.get(number=2))]
            collect(made, [make_request(max_pm, subcontract, lines=lines)], by=max_pm)
            make_request(max_pm, subcontract)
            make_change_order(max_pm, subcontract, lines=[])
        return [queries(partial(client.get, address)) for address in pages]

    assert more(2) == more(5)


def test_a_private_commitment_hides_its_changes(
    packaged: tuple[ChangeOrder, ChangeRequest],
    subcontract: Commitment,
    max_pm: Membership,
    vic: Membership,
    alma: Membership,
    sign_in: SignIn,
) -> None:
    made, request = packaged
    set_access(subcontract, private=True, readers=[], by=max_pm)

    pages = (f"/change-orders/{made.pk}/", f"/change-requests/{request.pk}/")
    for member, status in ((vic, 404), (max_pm, 200), (alma, 200)):
        assert [sign_in(member).get(address).status_code for address in pages] == [status, status]
    assert "CO-1" not in page(sign_in(vic), "/change-orders/")
    assert "Free potential" not in page(sign_in(vic), "/change-orders/?tier=potential")
    assert sign_in(vic).get(f"/review/{made.erp_id}/").status_code == 404


def test_a_hostile_title_is_shown_as_text(subcontract: Commitment, max_pm: Membership, sign_in: SignIn) -> None:
    made = synced(
        make_change_order(max_pm, subcontract, title='"><img src=x onerror=alert(1)>', description="<b>x</b>")
    )

    for address in ("/change-orders/", f"/change-orders/{made.pk}/", f"/change-orders/{made.pk}/edit/"):
        shown = page(sign_in(max_pm), address)
        assert "<img src=x" not in shown
        assert "<b>x</b>" not in shown


@pytest.mark.usefixtures("in_tiers")
def test_a_change_without_lines_says_nothing_of_what_it_does(
    subcontract: Commitment, max_pm: Membership, sign_in: SignIn
) -> None:
    potential = make_request(max_pm, subcontract, RequestTier.POTENTIAL)
    collector = make_request(max_pm, subcontract, RequestTier.REQUEST)
    client = sign_in(max_pm)
    shown = page(client, f"/change-requests/{collector.pk}/")
    assert "What it does to" not in shown
    assert "Tick below what it is to collect." in shown
    client.post(f"/change-requests/{collector.pk}/collect/", {"request": [potential.pk]})
    assert "What it does to" in page(client, f"/change-requests/{collector.pk}/")


@pytest.fixture
@kept
def in_review(subcontract: Commitment, vic: Membership, max_pm: Membership) -> ChangeOrder:
    """A change order that waits for Vic."""
    return make_change_order(max_pm, subcontract, status="in_review", reviewer=vic.pk)


@pytest.fixture
@kept
def asked(subcontract: Commitment, in_tiers: Project, vic: Membership, max_pm: Membership) -> ChangeRequest:
    """A potential change order that does."""
    return make_request(max_pm, subcontract, status="in_review", reviewer=vic.pk)


@pytest.fixture(params=["in_review", "asked"])
def waiting(request: pytest.FixtureRequest) -> ChangeOrder | ChangeRequest:
    """Either."""
    made: ChangeOrder | ChangeRequest = request.getfixturevalue(request.param)
    return made


def address_of(change: ChangeOrder | ChangeRequest) -> str:
    return f"/change-{'requests' if isinstance(change, ChangeRequest) else 'orders'}/{change.pk}/"


def test_a_reviewer_has_room_to_say_why_he_rejects(
    waiting: ChangeOrder | ChangeRequest, vic: Membership, sign_in: SignIn
) -> None:
    shown = page(sign_in(vic), address_of(waiting))
    (form,) = re.findall(rf'<form[^>]*action="{address_of(waiting)}reject/">.*?</form>', shown)
    assert 'name="remark"' in form


def test_what_a_change_order_commits_leads_to_its_commitment(
    subcontract: Commitment, max_pm: Membership, sign_in: SignIn
) -> None:
    code, pending, dropped = (synced(make_cost_code(max_pm)) for _ in range(3))
    subcontract.project.cost_codes.add(code, pending, dropped)
    make_change_order(max_pm, subcontract, lines=[ChangeLineDetails(code.pk, Decimal("50.00"))])
    make_change_order(
        max_pm, subcontract, lines=[ChangeLineDetails(dropped.pk, Decimal("7.00"))], status=ChangeStatus.VOID
    )
    save_settings(subcontract.project, tiers=Tiers.TWO, number_limit=12, title_limit=30, by=max_pm)
    make_request(max_pm, subcontract, lines=[ChangeLineDetails(pending.pk, Decimal("5.00"))])
    assert costs_by_code(subcontract.project)[code.pk].committed == Decimal("50.00")

    for wanted, found in ((code, [subcontract]), (pending, [subcontract]), (dropped, [])):
        answer = sign_in(max_pm).get(page_behind("committed", subcontract.project_id, wanted.pk))
        assert list(answer.context["page_obj"]) == found
