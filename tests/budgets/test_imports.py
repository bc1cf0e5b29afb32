"""Files of budget lines (domain.md §7.1): every row judged, nothing half imported, dirty files named or refused."""

from __future__ import annotations

import io
import re
import time
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook

from budgets import operations
from budgets.imports import HEADINGS, LIMIT_ROWS, Imported, import_lines, plan_of, preview_of, template, upload_lines
from budgets.models import Budget, BudgetLine, BudgetSheet
from budgets.rules import LineDetails
from procore_sync.acceptance.refusals import ChangedSinceSeen, IllegalMove
from procore_sync.accounts.models import Membership
from procore_sync.kit.files import UnreadableFile
from procore_sync.kit.numbers import read_number
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from projects.models import CostCode
from projects.operations import set_cost_code_active
from projects.sheets import PlannedRow, SheetGone, State
from tests.budgets.conftest import SignIn, line_of, project_of
from tests.factories import fresh_budget, make_budget, make_cost_code, sent, synced
from tests.projects.test_pages import queries

HEAD = "cost_code,cost_type,description,manual_calculation,unit_qty,uom,unit_cost,budget_amount\n"


@pytest.fixture
def budget(budget: Budget, max_pm: Membership) -> Budget:
    """The usual one; its project also uses 07-500 and 08-400, which have no line."""
    for code in ("07-500", "08-400"):
        project_of(budget).code_rows.create(cost_code=synced(make_cost_code(max_pm, code, "Roof")))
    return budget


def kept(content: str | bytes, budget: Budget, by: Membership, name: str = "budget.csv") -> BudgetSheet:
    raw = content if isinstance(content, bytes) else content.encode()
    return upload_lines(SimpleUploadedFile(name, raw), budget, by=by)


def only(content: str, budget: Budget, by: Membership) -> PlannedRow:
    (row,) = plan_of(kept(HEAD + content + "\n", budget, by)).rows
    return row


def xlsx(*rows: list[Any]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet
    for row in ([*HEAD.strip().split(",")], *rows):
        sheet.append(row)
    book.save(out)
    return out.getvalue()


def originals(budget: Budget) -> dict[str, str]:
    lines = BudgetLine.objects.filter(budget=budget).order_by("number")
    return {line.code.cost_code.code: str(line.original) for line in lines.select_related("code__cost_code")}


@pytest.mark.database
def test_rows_add_lines_and_overwrite_amounts_and_leave_the_rest_alone(budget: Budget, max_pm: Membership) -> None:
    text = HEAD + "03-300,,,,,,,750\n07-500,O,Membrane,false,2.5,sf,0.33,\n"

    done = import_lines(kept(text, budget, max_pm), by=max_pm)

    assert done == Imported(added=1, changed=1)
    assert originals(budget) == {"03-300": "750.00", "05-100": "500.00", "07-500": "0.83"}
    roof = line_of(budget, "07-500")
    assert (roof.number, roof.manual, roof.quantity, roof.uom) == (3, False, Decimal("2.5"), "sf")
    assert (roof.unit_cost, roof.description) == (Decimal("0.33"), "Membrane")
    now = fresh_budget(budget)
    assert (now.erp.amount, now.next_line) == (Decimal("1250.83"), 4)
    assert roof.code.cost_code.erp in now.erp.requires.all()
    operations.add_line(
        now, project_of(now).code_rows.get(cost_code__code="08-400"), LineDetails(amount=Decimal(1)), by=max_pm
    )
    assert line_of(now, "08-400").number == 4


@pytest.mark.database
def test_an_overwritten_line_keeps_its_number_and_what_the_file_does_not_say(
    budget: Budget, max_pm: Membership, alma: Membership
) -> None:
    details = LineDetails("Slab", False, Decimal(2), "m3", Decimal(3))
    operations.edit_line(line_of(budget, "03-300"), details, by=alma, seen=1)

    import_lines(kept(HEAD + "03-300,,,,,,,8\n", budget, max_pm), by=max_pm)

    line = line_of(budget, "03-300")
    assert (line.number, line.edition, line.original) == (1, 3, Decimal("8.00"))
    assert line.edited_by == max_pm
    assert (line.description, line.uom, line.manual, line.quantity) == ("Slab", "m3", True, None)


def test_an_import_that_changes_what_is_sent_counts_as_one_edit(budget: Budget, max_pm: Membership) -> None:
    before = fresh_budget(budget).erp.revision

    import_lines(kept(HEAD + "03-300,,,,,,,8\n07-500,,,,,,,9\n", budget, max_pm), by=max_pm)
    assert fresh_budget(budget).erp.revision == before + 1
    import_lines(kept(HEAD + "03-300,,,,,,,8\n05-100,,,,,,,\n", budget, max_pm), by=max_pm)
    assert fresh_budget(budget).erp.revision == before + 1


def test_amounts_of_sub_jobs_are_not_taken_for_those_of_the_code(budget: Budget, max_pm: Membership) -> None:
    text = f"Sub Job,{HEAD}North,03-300,,,,,,,600\nSouth,03-300,,,,,,,150\n,05-100,,,,,,,40\n"

    sheet = kept(text, budget, max_pm)

    north, south, steel = plan_of(sheet).rows
    for row, sub_job in ((north, "North"), (south, "South")):
        (wrong,) = row.wrong
        assert (row.state, wrong.column, wrong.value) == (State.REFUSED, "Sub Job", sub_job)
        assert f"is of the sub job {sub_job}, and a budget with sub jobs cannot go to QuickBooks" in wrong.sentence
    assert (steel.state, sheet.sheet.ignored) == (State.CHANGED, [])


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (",,,,,,,5", "Cost Code", "is missing"),
        ("99-999,,,,,,,5", "Cost Code", "has no cost code 99-999"),
        ("44-444,,,,,,,5", "Cost Code", "44-444 is not among the cost codes of"),
        ("55-555,,,,,,,5", "Cost Code", "55-555 is inactive"),
        ("03-300,L,,,,,,5", "Cost Type", "cost type L does not go to QuickBooks"),
        ("03-300,,,maybe,,,,5", "Manual Calculation", "true if the amount is typed"),
        ("03-300,,,true,,,,", "Budget Amount", "amount is missing"),
        ("03-300,,,true,2,,3,5", "Unit Qty", "typed by hand, and there is a quantity too"),
        ("03-300,,,,2,,3,5", "Budget Amount", "is 6.00, but the amount says 5"),
        ("03-300,,,false,2,,,", "Unit Cost", "unit cost is missing"),
        ("03-300,,,,,,3,", "Unit Qty", "quantity is missing"),
        ("03-300,,,,,,,0.005", "Budget Amount", "fractions of a cent"),
        ("03-300,,,,,,,-5", "Budget Amount", "below zero"),
        ("03-300,,,,,,,(5.00)", "Budget Amount", "below zero"),
        ("03-300,,,,,,,1e5", "Budget Amount", "not a number"),
        ("03-300,,,,,,,=1+1", "Budget Amount", "not a number"),
        ("03-300,,,,,,,NaN", "Budget Amount", "not a number"),
        ('03-300,,,,,,,"1,250"', "Budget Amount", "may mean 1250 or 1.250"),
        ("03-300,,,,,,,100000000000", "Budget Amount", "larger than"),
        ("03-300,,,,9999999999,,9999999999,", "Unit Cost", "more than 99,999,999,999.00"),
        ('03-300,,"a\nb",,,,,5', "Description", "line break"),
        ("03-300,,,,,,,5,6", "", "more cells than there are headings"),
    ],
)
def test_a_bad_row_is_named_with_its_column_and_reason(
    row: str, column: str, words: str, budget: Budget, max_pm: Membership
) -> None:
    make_cost_code(max_pm, "44-444")
    idle = project_of(budget).code_rows.create(cost_code=synced(make_cost_code(max_pm, "55-555")))
    set_cost_code_active(idle.cost_code, False, by=max_pm)

    judged = only(row, budget, max_pm)

    assert (judged.state, judged.number) == (State.REFUSED, 2)
    assert column in {wrong.column for wrong in judged.wrong}
    assert words in " ".join(wrong.sentence for wrong in judged.wrong)


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("1250.5", "1250.50"),
        ("1,250.50", "1250.50"),
        ("1,250,000", "1250000.00"),
        ("$1,250.50", "1250.50"),
        ("1250,5", "1250.50"),
        ("1.250,50", "1250.50"),
        ("1 250,50", "1250.50"),
        ("1\N{NARROW NO-BREAK SPACE}250.50", "1250.50"),
        (".5", "0.50"),
        ("0,500", "0.50"),
        ("0", "0.00"),
    ],
)
def test_numbers_are_read_as_people_write_them(written: str, means: str, budget: Budget, max_pm: Membership) -> None:
    import_lines(kept(f'{HEAD}03-300,,,,,,,"{written}"\n', budget, max_pm), by=max_pm)

    assert originals(budget)["03-300"] == means


@pytest.mark.parametrize(("written", "means"), [("0,125", "0.125"), ("100,125", "100125"), ("10,125.5", "10125.5")])
def test_no_thousands_begin_with_a_nought(written: str, means: str) -> None:
    assert read_number(written, what="quantity", typed=True) == Decimal(means)


@pytest.mark.parametrize(
    "written", ["0,125.50", "00,125", "0,125,000", "1.2.3", "1,25,0", "12,34.5", "1 25", "--1", "1.", "€5", "١٢"]
)
def test_what_is_no_number_is_never_made_one(written: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        read_number(written, what="amount")


def test_a_code_twice_is_refused_the_second_time_and_leaving_out_the_first_makes_it_good(
    budget: Budget, max_pm: Membership
) -> None:
    sheet = kept(HEAD + "03-300,,,,,,,1\n 03-300 ,,,,,,,2\n", budget, max_pm)

    assert [row.state for row in plan_of(sheet).rows] == [State.CHANGED, State.REFUSED]
    assert plan_of(sheet).refused[0].wrong[0].sentence == "Row 2 has this cost code already. Keep one of the two."
    import_lines(sheet, by=max_pm, leave_out=frozenset({2}))
    assert originals(budget)["03-300"] == "2.00"


def test_nothing_is_imported_until_every_bad_row_is_left_out(budget: Budget, max_pm: Membership) -> None:
    sheet = kept(HEAD + "03-300,,,,,,,1\n99-999,,,,,,,2\n05-100,,,,,,,x\n", budget, max_pm)

    for left, undecided in (
        (frozenset[int](), "rows 3, 4 first. Leave them out"),
        (frozenset({3}), "row 4 first. Leave it out"),
    ):
        with pytest.raises(InvalidInput, match=f"decide on {undecided}"):
            import_lines(sheet, by=max_pm, leave_out=left)
    assert originals(budget) == {"03-300": "1000.00", "05-100": "500.00"}
    import_lines(sheet, by=max_pm, leave_out=frozenset({3, 4}))
    assert originals(budget)["03-300"] == "1.00"
    with pytest.raises(SheetGone):
        import_lines(BudgetSheet.objects.get(), by=max_pm)


@pytest.mark.database
def test_rows_are_judged_again_when_they_are_imported(budget: Budget, max_pm: Membership) -> None:
    sheet = kept(HEAD + "07-500,,,,,,,5\n", budget, max_pm)
    project_of(budget).code_rows.get(cost_code__code="07-500").delete()

    with pytest.raises(InvalidInput):
        import_lines(sheet, by=max_pm)


@pytest.mark.database
def test_what_was_typed_since_the_preview_is_not_written_over(budget: Budget, max_pm: Membership) -> None:
    sheet = kept(HEAD + "03-300,,,,,,,8\n07-500,,,,,,,9\n", budget, max_pm)
    _, seen = preview_of(sheet)
    operations.edit_line(line_of(budget, "05-100"), LineDetails(amount=Decimal(7)), by=max_pm, seen=1)
    assert preview_of(sheet)[1] == seen, "a line that the file does not name"

    operations.edit_line(line_of(budget, "03-300"), LineDetails(amount=Decimal(6)), by=max_pm, seen=1)
    with pytest.raises(ChangedSinceSeen, match="changed meanwhile"):
        import_lines(sheet, by=max_pm, seen=seen)
    assert originals(budget) == {"03-300": "6.00", "05-100": "7.00"}
    assert import_lines(sheet, by=max_pm, seen=preview_of(sheet)[1]) == Imported(1, 1)


def test_a_code_that_has_got_a_line_since_the_preview_is_looked_at_again(budget: Budget, max_pm: Membership) -> None:
    sheet = kept(HEAD + "07-500,,,,,,,9\n", budget, max_pm)
    _, seen = preview_of(sheet)
    import_lines(kept(HEAD + "07-500,,,,,,,5\n", budget, max_pm), by=max_pm)

    with pytest.raises(ChangedSinceSeen):
        import_lines(sheet, by=max_pm, seen=seen)
    assert originals(budget)["07-500"] == "5.00"
    _, seen = preview_of(unlike := kept(HEAD + "08-400,,,,,,,9\n", budget, max_pm))
    project_of(budget).code_rows.get(cost_code__code="08-400").delete()
    assert preview_of(unlike)[1] != seen, "a code that the project has no more"


def test_the_preview_is_shown_anew_where_a_line_was_changed_meanwhile(
    budget: Budget, max_pm: Membership, sign_in: SignIn
) -> None:
    sheet = kept(HEAD + "03-300,,,,,,,8\n", budget, max_pm)
    page, at = sign_in(max_pm), f"/projects/{budget.project_id}/budget/import/{sheet.pk}/"
    old = _seen_on(page.get(at).text)
    operations.edit_line(line_of(budget, "03-300"), LineDetails(amount=Decimal(6)), by=max_pm, seen=1)

    again = page.post(at, {"seen": old})
    assert (again.status_code, originals(budget)["03-300"]) == (409, "6.00")
    assert "were changed meanwhile, so nothing was imported" in again.text
    assert "6.00 becomes 8.00" in again.text
    assert page.post(at, {"seen": _seen_on(again.text)}).status_code == 302
    assert originals(budget)["03-300"] == "8.00"


def _seen_on(page: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def test_only_an_open_budget_takes_a_file(budget: Budget, max_pm: Membership, vic: Membership) -> None:
    sheet = kept(HEAD + "03-300,,,,,,,5\n", budget, max_pm)
    with pytest.raises(NotAllowed):
        import_lines(sheet, by=vic)
    with pytest.raises(NotAllowed):
        kept(HEAD, budget, vic)
    operations.lock(budget, by=max_pm)

    for deed in (
        lambda: import_lines(sheet, by=max_pm),
        lambda: kept(HEAD + "03-300,,,,,,,5\n", fresh_budget(budget), max_pm),
    ):
        with pytest.raises(IllegalMove, match="original amounts cannot be changed"):
            deed()
    sent(fresh_budget(budget), max_pm)
    with pytest.raises(IllegalMove, match="with accounting"):
        import_lines(sheet, by=max_pm)
    assert originals(budget)["03-300"] == "1000.00"


@pytest.mark.database
def test_a_file_that_would_make_the_budget_too_large_changes_nothing(budget: Budget, max_pm: Membership) -> None:
    codes = [f"9{number}" for number in range(11)]
    for code in codes:
        project_of(budget).code_rows.create(cost_code=make_cost_code(max_pm, code))
    sheet = kept(HEAD + "".join(f"{code},,,,,,,99999999999\n" for code in codes), budget, max_pm)

    with pytest.raises(InvalidInput, match="is the most that can be kept"):
        import_lines(sheet, by=max_pm)
    assert len(originals(budget)) == 2


def test_a_file_as_windows_writes_it_is_read(budget: Budget, max_pm: Membership) -> None:
    text = 'Code;Description;"Budget Amount"\r\n03-300;Béton armé;1 250,50\r\n'
    for raw in (text.encode("cp1252"), text.encode("utf-8-sig"), text.encode("utf-16")):
        import_lines(kept(raw, budget, max_pm), by=max_pm)
        assert (line_of(budget, "03-300").description, originals(budget)["03-300"]) == ("Béton armé", "1250.50")


def test_a_formula_in_a_spreadsheet_is_a_problem_of_its_row(budget: Budget, max_pm: Membership) -> None:
    raw = xlsx(["03-300", "", "", "", "", "", "", "=2*3"], ["05-100", "", "", "", 3, "", 0.1, None])

    plan = plan_of(kept(raw, budget, max_pm, "budget.xlsx"))

    assert [row.state for row in plan.rows] == [State.REFUSED, State.CHANGED]
    assert "holds a formula" in plan.refused[0].wrong[0].sentence


def test_what_binary_adds_to_a_spreadsheets_number_is_no_fraction(budget: Budget, max_pm: Membership) -> None:
    import_lines(kept(xlsx(["03-300", *[""] * 6, 0.1 + 0.2]), budget, max_pm, "b.xlsx"), by=max_pm)

    assert originals(budget)["03-300"] == "0.30"


def test_the_template_holds_every_code_and_comes_back_without_changing_anything(
    budget: Budget, max_pm: Membership
) -> None:
    details = LineDetails("=Slab", False, Decimal("2.5"), "m3", Decimal("0.3333"))
    operations.edit_line(line_of(budget, "03-300"), details, by=max_pm, seen=1)
    before, revision = originals(budget), fresh_budget(budget).erp.revision

    for form in ("csv", "xlsx"):
        raw = template(budget, form)
        plan = plan_of(kept(raw, budget, max_pm, f"budget.{form}"))
        assert [(row.cells[0], row.state) for row in plan.rows] == [
            ("03-300", State.SAME),
            ("05-100", State.SAME),
            ("07-500", State.SAME),
            ("08-400", State.SAME),
        ]
        assert import_lines(kept(raw, budget, max_pm, f"budget.{form}"), by=max_pm) == Imported(0, 0)
    assert (originals(budget), fresh_budget(budget).erp.revision) == (before, revision)
    sheet = load_workbook(io.BytesIO(template(budget, "xlsx"))).worksheets[0]
    assert [cell.value for cell in sheet[1]] == HEADINGS
    assert [cell.value for cell in sheet[2]][:3] == ["03-300", "O", "'=Slab"]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "is empty"),
        (b"amount\n5\n", "lacks the column Cost Code"),
        (b"cost code,code\n1,2\n", "has the column Cost Code twice"),
        (b"\xd0\xcf\x11\xe0", "old Excel file"),
    ],
)
def test_a_file_that_cannot_be_taken_says_why(raw: bytes, words: str, budget: Budget, max_pm: Membership) -> None:
    with pytest.raises(UnreadableFile, match=words):
        kept(raw, budget, max_pm)


def test_a_million_rows_are_refused_at_once(budget: Budget, max_pm: Membership) -> None:
    started = time.process_time()

    with pytest.raises(UnreadableFile, match="more than 10,000 rows"):
        kept(b"cost code\n" + b"1\n" * 1_000_000, budget, max_pm)
    with pytest.raises(UnreadableFile, match="5 MB is the limit"):
        kept(b"cost code\n" + b"03-300,1\n" * 1_000_000, budget, max_pm)
    assert time.process_time() - started < 5
    assert LIMIT_ROWS == 10_000


@pytest.mark.database
def test_an_import_asks_as_often_for_many_rows_as_for_few(budget: Budget, max_pm: Membership) -> None:
    def imported(codes: list[str], amount: int) -> int:
        text = HEAD + "".join(f"{code},,,,,,,{amount}\n" for code in codes)
        sheet = kept(text, budget, max_pm)
        return queries(lambda: import_lines(sheet, by=max_pm))

    codes = [f"9{number}" for number in range(60)]
    made = [make_cost_code(max_pm, code) for code in codes]
    project_of(budget).cost_codes.add(*made)
    few = imported(codes[:2], 1)
    assert imported(codes, 2) <= few + 3
    assert CostCode.objects.filter(project_rows__budget_lines__budget=budget).count() == 62


# -- the pages -----------------------------------------------------------------------------------------------------


def uploaded(client: Client, budget: Budget, text: str) -> Any:
    address = f"/projects/{budget.project_id}/budget/import/"
    return client.post(address, {"file": SimpleUploadedFile("budget.csv", text.encode())})


def test_a_file_is_looked_over_and_imported_on_its_pages(budget: Budget, max_pm: Membership, sign_in: SignIn) -> None:
    client = sign_in(max_pm)
    answer = uploaded(client, budget, HEAD + "03-300,,,,,,,5\n99-999,,,,,,,6\n07-500,,,,,,,\n")
    preview = answer["Location"]

    page = client.get(preview).content.decode()
    for words in ("1,000.00 becomes 5.00", "has no cost code 99-999", "No amount in the file: left as it is."):
        assert words in page
    assert client.post(preview).status_code == 422
    assert originals(budget)["03-300"] == "1000.00"
    page = client.post(preview, {"refused": "leave"}, follow=True).content.decode()
    assert "Added: 0. Changed: 1. Left out: 1." in page
    assert originals(budget)["03-300"] == "5.00"
    assert client.get(preview).status_code == 404


def test_a_file_belongs_to_the_budget_it_was_uploaded_for(
    budget: Budget, max_pm: Membership, olga: Membership, sign_in: SignIn
) -> None:
    other = make_budget(max_pm, amounts={"03-300": "1.00"})
    preview = uploaded(sign_in(max_pm), budget, HEAD + "03-300,,,,,,,5\n")["Location"]
    sheet = BudgetSheet.objects.get()

    assert sign_in(max_pm).get(f"/projects/{other.project_id}/budget/import/{sheet.pk}/").status_code == 404
    assert sign_in(olga).get(preview).status_code == 404


def test_a_file_that_cannot_be_taken_is_refused_on_the_page(
    budget: Budget, max_pm: Membership, sign_in: SignIn
) -> None:
    answer = uploaded(sign_in(max_pm), budget, "colour\nred\n")

    assert (answer.status_code, "lacks the column Cost Code" in answer.content.decode()) == (422, True)


def test_templates_come_in_two_forms(budget: Budget, max_pm: Membership, sign_in: SignIn) -> None:
    client, address = sign_in(max_pm), f"/projects/{budget.project_id}/budget/import/template"

    assert client.get(f"{address}.csv").content.decode("utf-8-sig").splitlines()[1].startswith("03-300,O,Concrete,true")
    assert client.get(f"{address}.xlsx").content[:2] == b"PK"
    assert client.get(f"{address}.pdf").status_code == 404
