"""Who sees what of the matching: nothing of another company, nothing of a private record that is not for them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.models import Company, Membership, Role
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import Refusal
from quickbooks_bridge.models import Connection
from quickbooks_bridge.onboarding import linking
from quickbooks_bridge.onboarding.coverage import coverage_for
from quickbooks_bridge.onboarding.dry_runs import dry_run
from quickbooks_bridge.onboarding.models import OpeningDocument
from quickbooks_bridge.onboarding.proposals import proposals_for
from quickbooks_bridge.onboarding.records import ours_for
from quickbooks_bridge.onboarding.selectors import documents_for, entries_for, readings_for
from tests.factories import make_approver, make_commitment, make_member, make_vendor, sent
from tests.quickbooks_bridge.onboarding.typed import Here, Typed, read
from tests.scenes import kept


@pytest.fixture
@kept
def bob(company: Company) -> Membership:
    """An accountant who decides on nothing, so that private records are hidden from them."""
    made = make_approver(company, "Bob")
    made.privileges.update(can_export=False)
    return made


@pytest.fixture
@kept
def private(
    books: Connection, here: Here, typed: Typed, alma: Membership, ada: Membership, max_pm: Membership
) -> dict[str, Any]:
    """A private order that is linked, another that is not, and documents of both."""
    typed.order("1", typed.line("10.00"))
    typed.order("2", typed.line("20.00"))
    read(books, alma)
    orders = [
        make_commitment(max_pm, here.station, here.ace, lines=[amount], number=number)
        for number, amount in (("1", "10.00"), ("2", "20.00"))
    ]
    ErpItem.objects.filter(pk__in=[one.erp_id for one in orders]).update(is_private=True)
    first = OpeningDocument.objects.get(number="1")
    linking.link_document(first, orders[0].erp, by=ada)
    return {"orders": orders, "first": first}


def test_a_private_record_shows_nowhere_to_whom_it_is_not_for(
    private: dict[str, Any], bob: Membership, ada: Membership, max_pm: Membership
) -> None:
    sent(make_vendor(max_pm, "Newcomer"), max_pm)
    theirs, his = dry_run(by=ada), dry_run(by=bob)
    assert [one.number for one in documents_for(ada)] == ["1", "2"]
    assert [one.number for one in documents_for(bob)] == ["2"]
    assert [one.confidence for one in proposals_for(ada)] == ["exact"]
    assert [one.confidence for one in proposals_for(bob)] == ["none"]
    assert ours_for(bob) == []
    assert not any(row.sums.matched or row.sums.here for row in coverage_for(bob).rows)
    assert {theirs, his} <= set(entries_for(ada))
    assert his in entries_for(bob)
    assert theirs not in entries_for(bob)
    client = Client()
    client.force_login(bob.user)
    assert client.get(f"/quickbooks/onboarding/documents/{private['first'].pk}/").status_code == 404
    assert client.get(f"/quickbooks/onboarding/journal/{theirs.pk}/").status_code == 404


def test_another_company_sees_and_touches_nothing_of_it(
    private: dict[str, Any], other_company: Company, ada: Membership
) -> None:
    otto = make_member(other_company, "Otto", Role.ADMINISTRATOR, exports=[Kind.COMMITMENT], imports=[Kind.COMMITMENT])
    entry = entries_for(ada).first()
    assert entry
    for rows in (documents_for(otto), readings_for(otto), entries_for(otto)):
        assert not rows.exists()
    client = Client()
    client.force_login(otto.user)
    number, item = private["first"].pk, private["orders"][1].erp_id
    for path in (f"documents/{number}/", f"journal/{entry.pk}/"):
        assert client.get(f"/quickbooks/onboarding/{path}").status_code == 404
    for path in ("link", "dismiss", "set-aside", "bring-back"):
        answer = client.post(f"/quickbooks/onboarding/documents/{number}/{path}/", {"item": item, "why": "x"})
        assert answer.status_code == 404, path
    assert client.get(f"/api/v1/quickbooks/opening-documents/{number}/candidates/").status_code == 404


def test_a_document_of_ones_own_is_not_linked_to_a_record_of_another_company(
    books: Connection, here: Here, typed: Typed, alma: Membership, ada: Membership, other_company: Company
) -> None:
    typed.order("1", typed.line("1000.00"))
    (order,) = read(books, alma)
    otto = make_member(other_company, "Otto", Role.ADMINISTRATOR)
    theirs = make_commitment(otto, number="1")
    client = Client()
    client.force_login(ada.user)
    answer = client.post(f"/quickbooks/onboarding/documents/{order.pk}/link/", {"item": theirs.erp_id})
    assert answer.status_code == 404
    with pytest.raises(Refusal):
        linking.link_document(order, theirs.erp, by=ada)
