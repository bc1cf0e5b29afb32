"""The pages of change orders: who sees them, what they answer, and how often they ask the database."""

from __future__ import annotations

import pytest

from change_orders.models import ChangeOrder, ChangeRequest, ChangeStatus, RequestTier
from change_orders.request_operations import collect
from commitments.models import Commitment
from procore_sync.accounts.models import Membership
from projects.models import Project
from tests.factories import make_change_order, make_request
from tests.projects.conftest import SignIn

pytestmark = pytest.mark.database


def test_every_page_shows(subcontract: Commitment, in_tiers: Project, max_pm: Membership, sign_in: SignIn) -> None:
    client = sign_in(max_pm)
    potential = make_request(max_pm, subcontract)
    request = make_request(max_pm, subcontract, RequestTier.REQUEST)
    collect(request, [potential], by=max_pm)
    made = make_change_order(max_pm, subcontract, lines=[])
    collect(made, [request], by=max_pm)
    pages = [
        "change-orders/",
        "change-orders/?tier=potential",
        "change-orders/?tier=request",
        f"change-orders/{made.pk}/",
        f"change-orders/{made.pk}/edit/",
        "change-orders/new/",
        f"change-requests/{request.pk}/",
        f"change-requests/{request.pk}/edit/",
        f"change-requests/{potential.pk}/",
        f"change-requests/{potential.pk}/edit/",
        f"commitments/{subcontract.pk}/",
        f"commitments/{subcontract.pk}/change-orders/new/",
        f"commitments/{subcontract.pk}/change-requests/new/potential/",
        f"commitments/{subcontract.pk}/change-requests/new/request/",
        f"projects/{in_tiers.pk}/change-settings/",
    ]
    assert {page: client.get(f"/{page}").status_code for page in pages} == dict.fromkeys(pages, 200)
    assert ChangeOrder.objects.count() == 1
    assert ChangeRequest.objects.filter(status=ChangeStatus.APPROVED).count() == 2
