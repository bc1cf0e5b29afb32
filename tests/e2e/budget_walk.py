"""A budget's way from a file to the estimate, walked by two people in browsers, wherever a console runs.

What has to stand in the books is worked out here, from the rows of the file and what the two then did by hand.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from playwright.sync_api import Locator, Page, expect

HEADINGS = (
    *("Cost Code", "Cost Type", "Description", "Manual Calculation"),
    *("Unit Qty", "UOM", "Unit Cost", "Budget Amount"),
)
MOVED = Decimal("250.50")
#: Everything that the books hold of an entity.
Books = Callable[[str], list[dict[str, Any]]]
#: A line of the estimate: our key, the name of its item, its amount.
Line = tuple[str, str, Decimal]


@dataclass(frozen=True)
class Row:
    """A row of the file, and what it comes to."""

    code: str
    cells: tuple[str, ...]
    amount: Decimal


def rows_of(codes: Iterable[tuple[str, str]]) -> list[Row]:
    """What a project manager keeps in a spreadsheet: amounts with odd cents, for every tenth code a quantity."""
    rows = []
    for at, (code, description) in enumerate(codes):
        if at % 10 == 3:
            unit_cost = Decimal(at) + Decimal("0.25")
            rows.append(Row(code, ("O", "", "false", "12", "m3", f"{unit_cost}", ""), 12 * unit_cost))
        else:
            amount = Decimal(1000 + at * 137) + Decimal(at * 7 % 100) / 100
            rows.append(Row(code, ("O", f"Our {description}", "true", "", "", "", f"{amount}"), amount))
    return rows


def written(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    """A CSV file as spreadsheets save it."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(headings)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def upload(page: Page, address: str, content: bytes, foreseen: str) -> None:
    """Choose the file, read the preview, import."""
    page.goto(address)
    file: Any = {"name": "file.csv", "mimeType": "text/csv", "buffer": content}
    page.locator("input[type=file]").set_input_files(file)
    page.locator("main form button[type=submit]").first.click()
    expect(page.get_by_text(foreseen).first).to_be_visible()
    page.get_by_role("button", name="Import").first.click()
    page.wait_for_url(lambda url: "/import/" not in url)


@dataclass
class Walk:
    """Max in his browser, Ada in hers, and the budget of a project, open and without changes, in a job of the books."""

    base: str
    project: int
    his: Page
    hers: Page
    books: Books
    job: str
    rows: list[Row]

    def __post_init__(self) -> None:
        self.address = f"{self.base}/projects/{self.project}/budget/"
        budgets = self._api("budgets/")["results"]
        self.budget = next(one for one in budgets if one["project"] == self.project)

    def _api(self, path: str) -> Any:
        answer = self.his.request.get(f"{self.base}/api/v1/{path}")
        assert answer.ok, answer.text()
        return answer.json()

    def numbers(self) -> dict[str, int]:
        """The number of each line of the budget by its code."""
        return {line["code"]: line["number"] for line in self._api(f"budgets/{self.budget['id']}/lines/")}

    def take(self) -> None:
        """Everything: imported, locked, sent, rejected, corrected, accepted, changed, accepted again."""
        self.import_and_send()
        remark = f"{self.rows[0].code} is short by 500."
        self.reject(remark)
        self.correct_and_send_again(remark)
        self.see_the_correction(remark)
        self.accept()
        assert self.estimate() == self.expected()
        ids = self.line_ids()
        self.move_and_send_again()
        self.accept()
        last = str(self.rows[-1].code)
        moved = [("M1.1", self.rows[0].code, -MOVED), ("M1.2", last, MOVED)]
        assert self.estimate() == [*self.expected(), *moved]
        assert {text: one for text, one in self.line_ids().items() if text in ids} == ids
        total = sum(row.amount for row in self.rows)
        assert Decimal(str(self.document()["TotalAmt"])) == total
        item = self._api(f"items/{self.budget['item']}/")["item"]
        assert (item["status"], Decimal(item["amount"])) == ("synced", total)

    def import_and_send(self) -> None:
        """Max's part of the first round."""
        his = self.his
        new = len({row.code for row in self.rows} - self.numbers().keys())
        content = written(HEADINGS, ([row.code, *row.cells] for row in self.rows))
        upload(his, f"{self.address}import/", content, f"{new} will be added")
        his.goto(self.address)
        expect(his.get_by_text(f"{len(self.rows)} lines").first).to_be_visible()
        his.get_by_role("button", name="Lock").first.click()
        his.get_by_role("button", name="Send to accounting").click()
        expect(his.get_by_text("With accounting").first).to_be_visible()

    def reject(self, remark: str) -> None:
        """Ada gives it back by keyboard."""
        self.open_review()
        self.hers.keyboard.press("r")
        expect(self.hers.locator("textarea[name=comment]")).to_be_focused()
        self.hers.keyboard.type(remark)
        self.hers.get_by_role("button", name="Reject", exact=True).click()
        expect(self.row).to_contain_text("Rejected")

    def correct_and_send_again(self, remark: str) -> None:
        """Max reads why, unlocks, types another amount, locks, sends."""
        his, first = self.his, self.rows[0]
        his.goto(self.address)
        expect(his.get_by_text(remark).first).to_be_visible()
        self.press(his.get_by_role("button", name="Unlock").first)
        self.rows[0] = replace(first, amount=first.amount + 500)
        his.goto(f"{self.address}lines/{self.numbers()[first.code]}/")
        his.get_by_label("Amount").first.fill(f"{self.rows[0].amount:.2f}")
        self.press(his.get_by_role("button", name="Save").first)
        his.goto(self.address)
        his.get_by_role("button", name="Lock").first.click()
        self.send_again()

    def send_again(self) -> None:
        """Max sends the next revision from the budget's page."""
        self.his.get_by_role("button", name="Send again").click()
        expect(self.his.get_by_text("With accounting").first).to_be_visible()

    def see_the_correction(self, remark: str) -> None:
        """Ada sees her remark, and the one line that answers it with its difference."""
        self.open_review()
        changes = self.hers.get_by_role("group", name="Lines changed since the rejection")
        expect(self.hers.get_by_text(remark).first).to_be_visible()
        expect(changes.locator("tbody tr")).to_have_count(1)
        expect(changes).to_contain_text("500.00")

    def move_and_send_again(self) -> None:
        """Max moves an amount from the first code to the last."""
        his = self.his
        his.goto(f"{self.address}changes/new/")
        his.get_by_label("From").fill(self.rows[0].code)
        his.get_by_label("To").fill(self.rows[-1].code)
        his.get_by_label("Amount").fill(f"{MOVED}")
        self.press(his.get_by_role("button", name="Move"))
        his.goto(self.address)
        self.send_again()

    @staticmethod
    def press(button: Locator) -> None:
        """Press it and wait for the page that answers: going elsewhere sooner would break the request off."""
        with button.page.expect_navigation():
            button.click()

    def open_review(self) -> None:
        """Ada opens the budget."""
        self.hers.goto(f"{self.base}/review/{self.budget['item']}/")

    @property
    def row(self) -> Any:
        """The budget in Ada's list."""
        return self.hers.locator(f"#budget-{self.budget['item']}")

    def accept(self) -> None:
        """Ada's decision by one key, and the green row."""
        self.open_review()
        self.hers.locator("#record h1").focus()
        self.hers.keyboard.press("a")
        expect(self.row).to_contain_text("Synced", timeout=30_000)

    def expected(self) -> list[Line]:
        """What the estimate has to hold before the move: the rows in the order of the budget's numbers."""
        numbers = self.numbers()
        amounts = {row.code: row.amount for row in self.rows}
        return [(str(numbers[code]), code, amounts[code]) for code in sorted(numbers, key=lambda one: numbers[one])]

    def document(self) -> dict[str, Any]:
        """The one estimate of the job."""
        job = next(one["Id"] for one in self.books("Customer") if one["DisplayName"] == self.job)
        (found,) = [one for one in self.books("Estimate") if one["CustomerRef"]["value"] == job]
        return found

    def estimate(self) -> list[Line]:
        """What the estimate holds."""
        items = {one["Id"]: one["Name"] for one in self.books("Item")}
        return [
            (
                line["Description"].partition("]")[0].lstrip("["),
                items[line["SalesItemLineDetail"]["ItemRef"]["value"]],
                Decimal(str(line["Amount"])),
            )
            for line in self.document()["Line"]
            if line["DetailType"] == "SalesItemLineDetail"
        ]

    def line_ids(self) -> dict[str, str]:
        """The identity in the books of every line, by what it says."""
        return {line["Description"]: line["Id"] for line in self.document()["Line"] if "Description" in line}
