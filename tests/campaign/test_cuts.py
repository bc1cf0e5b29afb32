"""Whoever moves a guard is told that `./console faults --cut` looks for it in vain; the page has the whole table."""

from __future__ import annotations

import re

import pytest

from procore_sync.development.children import ROOT
from tests.campaign.cuts import edited, table, table_in
from tests.campaign.guards import GUARDS, MODEL, Guard
from tests.model.guards import table_in as table_of_the_model


@pytest.mark.parametrize("guard", [guard for guard in GUARDS if guard.by_replay], ids=lambda guard: guard.title)
def test_what_is_cut_stands_there_once(guard: Guard) -> None:
    assert guard.edits
    files = {path: (ROOT / path).read_text() for path, _, _ in guard.edits}
    for path, stands, instead in guard.edits:
        files[path] = edited(files[path], stands, instead)


def test_the_table_has_every_guard_of_the_model_and_what_is_broken_without_it() -> None:
    found = [f"| {guard.title} | {guard.by.removeprefix(MODEL)} |" for guard in GUARDS if not guard.by_replay]
    rows = table_of_the_model((ROOT / "docs" / "proof.md").read_text()).splitlines()[2:]
    assert found == [re.sub(r"^(\|[^|]*\|[^|]*\|).*", r"\1", row) for row in rows]


def test_the_page_has_the_table() -> None:
    assert table_in((ROOT / "docs" / "faults.md").read_text()) == table()
