"""The cast, and browsers in which they are signed in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from procore_sync.accounts.models import Membership
from tests.cast import ada, alma, company, ian, max_pm, olga, other_company, vic

__all__ = ["ada", "alma", "company", "ian", "max_pm", "olga", "other_company", "vic"]

SignIn = Callable[[Membership], Client]


@pytest.fixture
def sign_in() -> SignIn:
    """A browser in which a member is signed in."""

    def signed_in(member: Membership) -> Client:
        client = Client()
        client.force_login(member.user)
        return client

    return signed_in
