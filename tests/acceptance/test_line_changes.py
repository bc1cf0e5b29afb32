"""What an approver reads of a document with lines: which are new, gone or otherwise; and who reads what is private."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from procore_sync.acceptance import engine, items, kinds, operations, selectors
from procore_sync.acceptance.kinds import DocumentLine, Unmet
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.reviews import review_of
from procore_sync.accounts.models import Membership, Role
from tests.acceptance.conftest import decides_on_commitments, member
from tests.acceptance.paper import PaperLedger, paper_spec

Lines = dict[str, tuple[str, str]]


@pytest.fixture
def lines(paper: PaperLedger, unmet: list[Unmet]) -> Lines:
    """The lines of the next document: key to description and amount."""
    held: Lines = {"1": ("Footings", "100.00"), "2": ("Walls", "250.00")}

    def document(item: Any) -> dict[str, Any]:
        return {"label": item.label, "amount": str(item.amount), "lines": [[key, *row] for key, row in held.items()]}

    def read(document: dict[str, Any]) -> list[DocumentLine]:
        return [DocumentLine(key, (text,), Decimal(amount)) for key, text, amount in document["lines"]]

    kinds.register(replace(paper_spec(unmet), document=document, lines=read, line_columns=("Description",)))
    return held


def test_it_shows_the_lines_that_changed_since_the_rejection_and_no_other(
    lines: Lines, invoice: ErpItem, max_pm: Membership, ada: Membership
) -> None:
    operations.send(invoice, by=max_pm)
    operations.reject(invoice, by=ada, comment="Walls are too dear.")
    del lines["1"]
    lines |= {"2": ("Walls", "240.00"), "3": ("Roof", "-5.00")}
    items.revise(invoice)
    operations.send(invoice, by=max_pm)
    found = review_of(invoice, ada).lines_rejected
    assert [(one.key, one.before, one.after, one.difference) for one in found] == [
        ("1", ("Footings",), (), Decimal("-100.00")),
        ("2", ("Walls",), ("Walls",), Decimal("-10.00")),
        ("3", (), ("Roof",), Decimal("-5.00")),
    ]
    assert review_of(invoice, ada).lines_synced == []


def test_the_api_tells_the_remark_its_answer_and_each_changed_line_as_the_page_does(
    client: Client, lines: Lines, paper: PaperLedger, invoice: ErpItem, max_pm: Membership, ada: Membership
) -> None:
    client.force_login(ada.user)
    address = f"/api/v1/items/{invoice.pk}/"
    operations.send(invoice, by=max_pm)
    assert client.get(address).json()["rejection"] is None
    operations.reject(invoice, by=ada, comment="Walls are too dear.")
    lines |= {"2": ("Walls", "240.00")}
    items.revise(invoice, label="Application 3, corrected")
    operations.send(invoice, by=max_pm, reply="Ten less now.")
    told = client.get(address).json()
    changed = [
        {"key": "2", "before": ["Walls"], "after": ["Walls"], "amount_before": "250.00", "amount_after": "240.00"}
    ]
    assert (told["rejection"]["by"], told["rejection"]["comment"]) == (str(ada), "Walls are too dear.")
    assert (told["rejection"]["reply"], told["rejection"]["lines"]) == ("Ten less now.", changed)
    label = {"label": "Label", "before": "Application 3", "after": "Application 3, corrected"}
    assert (told["rejection"]["changes"], told["line_columns"]) == ([label], ["Description"])
    assert (told["changes"], told["lines"]) == ([], [])
    operations.reject(invoice, by=ada, comment="Still.")
    told = client.get(address).json()["rejection"]
    assert (told["comment"], told["reply"], told["lines"]) == ("Still.", "", [])


def test_the_api_tells_what_is_otherwise_than_what_the_ledger_holds(
    client: Client,
    lines: Lines,
    paper: PaperLedger,
    invoice: ErpItem,
    max_pm: Membership,
    ada: Membership,
    accept: Callable[[ErpItem], Any],
    settings: Settings,
) -> None:
    settings.ENGINE_IN_TEST_TRANSACTION = True
    client.force_login(ada.user)
    operations.send(invoice, by=max_pm)
    engine.work(accept(invoice).pk)
    invoice.refresh_from_db()
    lines["3"] = ("Roof", "-5.00")
    items.revise(invoice, label="Application 3, corrected")
    told = client.get(f"/api/v1/items/{invoice.pk}/").json()
    added = {"key": "3", "before": [], "after": ["Roof"], "amount_before": "0.00", "amount_after": "-5.00"}
    label = {"label": "Label", "before": "Application 3", "after": "Application 3, corrected"}
    assert (told["rejection"], told["changes"], told["lines"]) == (None, [label], [added])


def test_its_page_shows_the_remark_and_each_line_beside_its_difference(
    client: Client, lines: Lines, invoice: ErpItem, max_pm: Membership, ada: Membership
) -> None:
    operations.send(invoice, by=max_pm)
    operations.reject(invoice, by=ada, comment="Walls are too dear.")
    lines["2"] = ("Walls, plain", "240.00")
    items.revise(invoice)
    operations.send(invoice, by=max_pm)
    client.force_login(ada.user)
    page = client.get(f"/review/{invoice.pk}/").content.decode()
    changes = page.split("Lines changed since the rejection")[-1].split("</table>")[0]
    assert "Walls are too dear." in page
    assert "Walls, plain" in changes
    assert '<del><span class="sr">was </span>250.00</del> <ins><span class="sr">now </span>240.00</ins>' in changes
    assert "−10.00" in changes  # noqa: RUF001 - the true minus of the page
    assert "Footings" not in changes


def test_a_line_that_is_gone_shows_what_it_came_to_and_a_new_one_nothing_before(
    client: Client, lines: Lines, invoice: ErpItem, max_pm: Membership, ada: Membership
) -> None:
    operations.send(invoice, by=max_pm)
    operations.reject(invoice, by=ada, comment="Footings are ours.")
    del lines["1"]
    lines["3"] = ("Roof", "5.00")
    items.revise(invoice)
    operations.send(invoice, by=max_pm)
    client.force_login(ada.user)
    page = client.get(f"/review/{invoice.pk}/").content.decode()
    changes = page.split("Lines changed since the rejection")[-1].split("</table>")[0]
    assert '<del><span class="sr">was </span>100.00</del>' in changes
    assert '<ins><span class="sr">now </span>5.00</ins>' in changes
    assert "0.00</" not in changes.replace("100.00</", "")


def test_it_compares_the_lines_with_what_the_ledger_took(
    lines: Lines,
    invoice: ErpItem,
    max_pm: Membership,
    ada: Membership,
    accept: Callable[[ErpItem], Any],
    settings: Settings,
) -> None:
    settings.ENGINE_IN_TEST_TRANSACTION = True
    operations.send(invoice, by=max_pm)
    engine.work(accept(invoice).pk)
    invoice.refresh_from_db()
    lines["3"] = ("Roof", "40.00")
    items.revise(invoice)
    (only,) = review_of(invoice, ada).lines_synced
    assert (only.key, only.amount_before, only.amount_after) == ("3", Decimal("0.00"), Decimal("40.00"))


def test_a_private_record_is_for_its_readers_its_approvers_and_administrators(
    invoice: ErpItem, max_pm: Membership, ada: Membership, vic: Membership
) -> None:
    alma = member(invoice.company, "Alma", Role.ADMINISTRATOR)
    cora = decides_on_commitments(member(invoice.company, "Cora", Role.ACCOUNTANT))
    people = (alma, cora, max_pm, ada, vic)
    ErpItem.objects.filter(pk=invoice.pk).update(is_private=True)
    invoice.readers.add(max_pm)
    seen = {str(one): selectors.items_for(one).filter(pk=invoice.pk).exists() for one in people}
    assert seen == {"Alma": True, "Cora": True, "Max": True, "Ada": False, "Vic": False}


def test_its_page_does_not_exist_for_anybody_else(
    client: Client, invoice: ErpItem, vic: Membership, max_pm: Membership
) -> None:
    ErpItem.objects.filter(pk=invoice.pk).update(is_private=True)
    client.force_login(vic.user)
    assert client.get(f"/review/{invoice.pk}/").status_code == 404
    assert invoice.label not in client.get("/inbox/?view=not_sent").content.decode()
