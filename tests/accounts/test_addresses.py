"""Addresses that nobody can have meant."""

from __future__ import annotations

import pytest
from django.test import Client

from procore_sync.accounts.models import Membership

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.mark.parametrize(
    "address",
    [
        "/inbox/?q=a%00b",
        "/inbox/?kind=%00",
        "/quickbooks/import/?q=%00",
        "/api/v1/quickbooks/not-ours/?q=a%00b",
        "/api/v1/reconciliation-rows/?scope=%00",
        "/api/v1/change-requests/?tier=%00",
    ],
)
def test_a_nul_in_an_address_is_refused_with_a_sentence(client: Client, alma: Membership, address: str) -> None:
    client.force_login(alma.user)
    answer = client.get(address)
    assert answer.status_code == 422
    assert "holds a character that no text here has" in answer.text
    assert answer["Content-Type"].startswith("application/json" if address.startswith("/api/") else "text/html")


def test_who_is_not_signed_in_is_told_so_too(client: Client) -> None:
    assert client.get("/sign-in/?next=%00").status_code == 422
