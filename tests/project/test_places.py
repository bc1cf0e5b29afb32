"""Links say where they lead, by the menu's name."""

from __future__ import annotations

import pytest

from procore_sync.places import way


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
