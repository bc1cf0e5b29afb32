"""Links say where they lead, by the menu's name; a list in which nothing stands leads on."""

from __future__ import annotations

import pytest
from django.test import Client

from procore_sync.accounts.models import Company, Role
from procore_sync.places import way
from tests.factories import make_member


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("/review/12/", "Open the record"),
        ("/quickbooks/link/12/", "Link the record"),
        ("/cost-codes/", "Go to Cost codes"),
        ("/cost-codes/12/edit/", "Open it in Cost codes"),
        ("/quickbooks/", "Go to Connection"),
        ("/quickbooks/mappings/?thing=terms", "Go to Mappings"),
        ("/", "Go to Home"),
        ("/somewhere/else/", "Go there"),
    ],
)
def test_a_link_is_called_by_the_menu(where: str, said: str) -> None:
    assert way(where) == said


@pytest.mark.parametrize(
    ("at", "leads"),
    [
        ("/budgets/", "/projects/"),
        ("/billing/", "/projects/"),
        ("/invoices/", "/billing/"),
        ("/commitments/new/", "/projects/"),
        ("/inbox/?view=not_sent", "/projects/"),
        ("/quickbooks/import/", "/quickbooks/"),
    ],
)
def test_an_empty_company_is_led_on(client: Client, db: None, at: str, leads: str) -> None:
    company = Company.objects.create(name="Gull & Sons Co.", slug="gull")
    client.force_login(make_member(company, "Nell", Role.ADMINISTRATOR).user)
    shown = client.get(at).content.decode().partition("<main")[2].partition("</main")[0]
    assert f'<a class="btn" href="{leads}">' in shown
