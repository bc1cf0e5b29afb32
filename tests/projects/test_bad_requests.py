"""A request that is too large or cannot be read is answered with a sentence: what, why and the limit."""

from __future__ import annotations

from typing import Any

import pytest

from procore_sync.accounts.models import Membership
from tests.projects.conftest import SignIn

pytestmark = pytest.mark.django_db
LARGE = "x" * 3_000_000


@pytest.mark.parametrize(
    ("form", "why"), [({"name": LARGE}, "2.5 MB"), ({f"field-{number}": "" for number in range(6000)}, "5000 fields")]
)
def test_a_page_says_what_was_too_much(form: dict[str, Any], why: str, max_pm: Membership, sign_in: SignIn) -> None:
    answer = sign_in(max_pm).post("/vendors/new/", form)

    assert answer.status_code == 400
    assert why in answer.content.decode()
    assert "<h1>" in answer.content.decode()


def test_it_is_said_in_the_language_of_the_reader(max_pm: Membership, sign_in: SignIn) -> None:
    answer = sign_in(max_pm).post("/vendors/new/", {"name": LARGE}, headers={"Accept-Language": "es"})

    assert "El límite es de 2.5 MB" in answer.content.decode()


def test_the_api_says_it_in_its_own_shape(max_pm: Membership, sign_in: SignIn) -> None:
    answer = sign_in(max_pm).post(
        "/api/v1/vendors/", {"name": LARGE}, content_type="application/json", headers={"Idempotency-Key": "k1"}
    )

    assert answer.status_code == 400
    assert "2.5 MB is the limit" in answer.json()["detail"]
