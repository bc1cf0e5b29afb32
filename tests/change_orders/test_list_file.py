"""The lists of change orders and of the tiers below as files."""

from __future__ import annotations

import pytest

from change_orders.models import RequestTier
from change_orders.request_operations import collect
from commitments.models import Commitment
from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.models import Membership
from projects.models import Project
from tests.factories import change_line, make_change_order, make_request
from tests.projects.conftest import SignIn
from tests.projects.test_list_files import lines
from tests.projects.test_pages import queries

pytestmark = pytest.mark.django_db


def test_the_file_of_change_orders_says_what_the_list_says(
    max_pm: Membership, subcontract: Commitment, sign_in: SignIn
) -> None:
    make_change_order(max_pm, subcontract, title="More pipe", lines=[change_line("-40.25", changes=1)])
    make_change_order(max_pm, subcontract, title="Less", status="draft")
    client = sign_in(max_pm)

    first, second = lines(client.get("/change-orders/file.csv?sort=number"))
    assert (first["Title"], first["Commitment"], first["Status"]) == ("More pipe", subcontract.number, "Approved")
    assert (first["Amount"], first["In accounting"]) == ("-40.25", "Not sent")
    assert (first["Project"], first["Vendor"]) == (subcontract.project.name, str(subcontract.vendor))
    assert (second["Title"], second["Status"], second["Amount"]) == ("Less", "Draft", "100.00")
    assert [one["Title"] for one in lines(client.get("/change-orders/file.csv?stands=draft"))] == ["Less"]
    assert client.get("/change-orders/file.csv?stands=gone").status_code == 422


def test_a_tier_has_a_file_of_its_own_that_says_in_what_each_is(
    max_pm: Membership, subcontract: Commitment, in_tiers: Project, sign_in: SignIn
) -> None:
    potential = make_request(max_pm, subcontract, title="Pipe")
    request = make_request(max_pm, subcontract, RequestTier.REQUEST, title="All pipes")
    collect(request, [potential], by=max_pm)
    client = sign_in(max_pm)

    answer = client.get("/change-orders/file.csv?tier=potential")
    (told,) = lines(answer)
    assert (told["Title"], told["In"], told["Amount"]) == ("Pipe", request.number, "100.00")
    assert "potential-change-orders-" in answer["Content-Disposition"]
    (above,) = lines(client.get("/change-orders/file.csv?tier=request"))
    assert (above["Title"], above["In"], above["Amount"]) == ("All pipes", "", "100.00")
    assert lines(client.get("/change-orders/file.csv")) == []


def test_what_is_private_or_anothers_is_in_no_file(
    max_pm: Membership,
    vic: Membership,
    olga: Membership,
    subcontract: Commitment,
    in_tiers: Project,
    sign_in: SignIn,
) -> None:
    made = make_change_order(max_pm, subcontract, lines=[])
    make_request(max_pm, subcontract)
    ErpItem.objects.filter(pk__in=(subcontract.erp_id, made.erp_id)).update(is_private=True)
    for item in (subcontract.erp, made.erp):
        item.readers.add(max_pm)

    for query in ("", "?tier=potential"):
        assert len(lines(sign_in(max_pm).get(f"/change-orders/file.csv{query}"))) == 1
        for other in (vic, olga):
            assert lines(sign_in(other).get(f"/change-orders/file.csv{query}")) == []


def test_it_asks_as_often_for_many_rows_as_for_few(
    max_pm: Membership, subcontract: Commitment, in_tiers: Project, sign_in: SignIn
) -> None:
    client = sign_in(max_pm)

    def more(count: int) -> tuple[int, int]:
        for _ in range(count):
            make_change_order(max_pm, subcontract, lines=[])
            make_request(max_pm, subcontract)
        own = queries(lambda: client.get("/change-orders/file.csv"))
        return own, queries(lambda: client.get("/change-orders/file.csv?tier=potential"))

    assert more(2) == more(6)
