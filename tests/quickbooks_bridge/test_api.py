"""The API of QuickBooks: the same answers and refusals as the pages, and never a token."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIRequestFactory, force_authenticate

from procore_sync.accounts.models import Membership
from quickbooks_bridge.api import CandidateViewSet, ConnectionViewSet, LinkViewSet
from quickbooks_bridge.models import Connection, LedgerName, Link
from quickbooks_bridge.names import names_of
from tests.factories import make_vendor
from tests.scenes import kept
from vendors.models import Vendor


def call(viewset: Any, member: Membership, action: str = "list", body: Any = None, pk: int | None = None) -> Any:
    """The answer of one action, asked as `member`."""
    method = "get" if action in ("list", "exact") else "post"
    request = getattr(APIRequestFactory(), method)("/", body, **({} if method == "get" else {"format": "json"}))
    request.member = member
    force_authenticate(request, user=member.user)
    answer = viewset.as_view({method: action})(request, **({} if pk is None else {"pk": pk}))
    return answer.render()


@pytest.fixture
@kept
def obrien(books: Connection) -> LedgerName:
    return names_of(books.company_id, "Vendor").get(name="O'Brien Excavating")


def test_the_connection_is_told_without_its_tokens(books: Connection, vic: Membership) -> None:
    answer = call(ConnectionViewSet, vic)
    (row,) = answer.data["results"]
    assert (row["company_name"], row["status"], row["obstacle"]) == ("Harbor Row Builders", "connected", "")
    assert not [name for name in row if "token" in name]
    assert books.refresh_token not in answer.content.decode()


def test_an_administrator_pauses_and_resumes_the_sending(
    books: Connection, alma: Membership, ada: Membership, olga: Membership
) -> None:
    refused = call(ConnectionViewSet, ada, "halt")
    assert refused.status_code == 403
    assert call(ConnectionViewSet, olga, "halt").status_code == 404
    assert not Connection.objects.get(pk=books.pk).is_halted
    paused = call(ConnectionViewSet, alma, "halt").data
    assert (paused["is_halted"], paused["obstacle"]) == (True, "Sending to QuickBooks is paused by an administrator.")
    assert Connection.objects.get(pk=books.pk).is_halted
    assert call(ConnectionViewSet, alma, "resume").data["obstacle"] == ""
    assert not Connection.objects.get(pk=books.pk).is_halted


def test_another_company_sees_no_row(books: Connection, olga: Membership, obrien: LedgerName) -> None:
    for viewset in (ConnectionViewSet, LinkViewSet, CandidateViewSet):
        assert call(viewset, olga).data["results"] == []
    for action in ("add", "archive", "bring_back", "link"):
        assert call(CandidateViewSet, olga, action, {"item": 1}, obrien.pk).status_code == 404


def test_a_name_is_added_listed_as_a_link_and_not_added_twice(
    obrien: LedgerName, ada: Membership, vic: Membership
) -> None:
    answer = call(CandidateViewSet, ada, "add", {}, obrien.pk)
    assert answer.data == {"item": Vendor.objects.get().erp_id}
    (row,) = call(LinkViewSet, vic).data["results"]
    assert (row["label"], row["remote_id"]) == ("O'Brien Excavating", obrien.remote_id)
    again = call(CandidateViewSet, ada, "add", {}, obrien.pk)
    assert again.status_code == 409
    assert "here already" in again.data["detail"]


def test_a_record_is_linked_by_who_may_import(obrien: LedgerName, ada: Membership, max_pm: Membership) -> None:
    vendor = make_vendor(max_pm, "OBrien Excavation")
    assert call(CandidateViewSet, max_pm, "link", {"item": vendor.erp.pk}, obrien.pk).status_code == 403
    assert call(CandidateViewSet, ada, "link", {"item": vendor.erp.pk}, obrien.pk).status_code == 200
    assert Link.objects.get(item=vendor.erp).remote_id == obrien.remote_id


def test_a_name_is_put_away_and_brought_back(obrien: LedgerName, ada: Membership) -> None:
    assert obrien.pk in shown(ada)
    call(CandidateViewSet, ada, "archive", {}, obrien.pk)
    assert obrien.pk not in shown(ada)
    call(CandidateViewSet, ada, "bring_back", {}, obrien.pk)
    assert obrien.pk in shown(ada)


def test_chosen_names_are_added_each_by_itself_or_put_away(
    books: Connection, obrien: LedgerName, ada: Membership, max_pm: Membership, olga: Membership
) -> None:
    ace = names_of(books.company_id, "Vendor").get(name="Ace Electric Co")
    make_vendor(max_pm, "ACE ELECTRIC CO")
    body = {"entity": "vendor", "names": [ace.pk, obrien.pk]}
    assert call(CandidateViewSet, max_pm, "add_chosen", body).status_code == 403
    assert call(CandidateViewSet, max_pm, "archive_chosen", body).status_code == 403
    (stayed,) = call(CandidateViewSet, ada, "add_chosen", body).data
    assert (stayed["name"], "already" in stayed["sentence"]) == (ace.pk, True)
    assert Link.objects.get().remote_id == obrien.remote_id

    assert call(CandidateViewSet, ada, "archive_chosen", {"names": [ace.pk]}).data == []
    assert ace.pk not in shown(ada)


def test_a_wrong_proposal_is_dismissed(obrien: LedgerName, ada: Membership, max_pm: Membership) -> None:
    vendor = make_vendor(max_pm, "OBrien Excavating")
    said = {"item": vendor.erp.pk, "label": "OBrien Excavating", "score": 100}
    assert proposed(ada)[obrien.pk] == said
    assert call(CandidateViewSet, max_pm, "dismiss", {"item": vendor.erp.pk}, obrien.pk).status_code == 403
    assert proposed(ada)[obrien.pk] == said
    assert call(CandidateViewSet, ada, "dismiss", {"item": vendor.erp.pk}, obrien.pk).status_code == 200
    assert proposed(ada)[obrien.pk] is None


def test_all_exact_names_are_linked_as_they_were_looked_at(
    obrien: LedgerName, ada: Membership, max_pm: Membership, olga: Membership
) -> None:
    vendor = make_vendor(max_pm, "O'Brien Excavating")
    looked = call(CandidateViewSet, ada, "exact").data
    assert looked["pairs"] == [{"name": obrien.pk, "item": vendor.erp.pk}]
    assert call(CandidateViewSet, olga, "exact").data["pairs"] == []
    other = make_vendor(max_pm, "Ace Electric Co")
    refused = call(CandidateViewSet, ada, "link_exact", {"seen": looked["seen"]})
    assert (refused.status_code, "other exact matches now" in refused.data["detail"]) == (409, True)
    assert not Link.objects.exists()

    looked = call(CandidateViewSet, ada, "exact").data
    assert call(CandidateViewSet, max_pm, "link_exact", {"seen": looked["seen"]}).status_code == 403
    linked = call(CandidateViewSet, ada, "link_exact", {"entity": "vendor", "seen": looked["seen"]})
    assert linked.data == {"linked": 2}
    assert set(Link.objects.values_list("item", flat=True)) == {vendor.erp.pk, other.erp.pk}


def test_whoever_sees_the_connection_has_its_names_read(
    books: Connection, vic: Membership, olga: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, bool]] = []

    def ring(pk: int, *, full: bool) -> bool:
        asked.append((pk, full))
        return True

    monkeypatch.setattr("quickbooks_bridge.api.ring_refresh", ring)
    answer = call(ConnectionViewSet, vic, "read_names")
    assert (answer.status_code, answer.data, asked) == (202, {"asked": True}, [(books.pk, True)])
    assert call(ConnectionViewSet, olga, "read_names").status_code == 404
    assert len(asked) == 1


def proposed(member: Membership) -> dict[int, Any]:
    """What each name that is ready to import probably is."""
    return {row["id"]: row["proposal"] for row in call(CandidateViewSet, member).data["results"]}


def shown(member: Membership) -> list[int]:
    """The names that are ready to import."""
    return [row["id"] for row in call(CandidateViewSet, member).data["results"]]
