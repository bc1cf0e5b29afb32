"""Files as people really upload them, and files that nobody should."""

from __future__ import annotations

import io
import time
import zipfile
from datetime import date, timedelta
from datetime import time as clock
from decimal import Decimal
from typing import Literal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from procore_sync.kit.files import (
    Column,
    Sheet,
    UnreadableFile,
    csv_bytes,
    escape_cell,
    read_rows,
    xlsx_bytes,
    xlsx_template,
)

COLUMNS = [Column("code", "Code", required=True, also=("cost code",)), Column("description", "Description")]


def read(content: bytes, name: str = "codes.csv", limit: int = 2000) -> Sheet:
    return read_rows(SimpleUploadedFile(name, content), columns=COLUMNS, limit_rows=limit)


def values(content: bytes, name: str = "codes.csv") -> list[dict[str, str]]:
    return [row.values for row in read(content, name).rows]


def refusal(content: bytes, name: str = "codes.csv", limit: int = 2000) -> str:
    with pytest.raises(UnreadableFile) as raised:
        read(content, name, limit)
    assert raised.value.errors == {"file": [raised.value.sentence]}
    return raised.value.sentence


def xlsx(*rows: list[object]) -> bytes:
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_it_reads_csv_as_spreadsheets_write_it(encoding: str, separator: str) -> None:
    text = f"Code{separator}Description\r\n03-300{separator}Béton coulé\r\n"

    assert values(text.encode(encoding)) == [{"code": "03-300", "description": "Béton coulé"}]


def test_it_reads_quoted_line_breaks_and_separators() -> None:
    sheet = read(b'code,description\n1,"in situ,\nreinforced"\n2,plain\n')

    assert [row.values["description"] for row in sheet.rows] == ["in situ,\nreinforced", "plain"]
    assert [row.number for row in sheet.rows] == [2, 3]


def test_it_finds_columns_in_any_order_and_by_other_headings() -> None:
    assert values(b"description,Cost_Code\nConcrete,03\n") == [{"code": "03", "description": "Concrete"}]


def test_it_names_the_columns_it_does_not_use() -> None:
    assert read(b"code,colour\n1,red\n").ignored == ["colour"]


def test_it_leaves_out_empty_rows_but_counts_them() -> None:
    sheet = read(b"code\n\n1\n,\n2\n")

    assert [(row.number, row.values["code"]) for row in sheet.rows] == [(3, "1"), (5, "2")]


@pytest.mark.parametrize(
    "content",
    [
        b"Cost codes of 2026\n\nCode,Description\n03-300,Concrete\n",
        b"Cost codes, as of today,,\nprinted by Max,,\nCode;Description\n03-300;Concrete\n",
        b"sep=;\n\nCode;Description\n03-300;Concrete\n",
    ],
)
def test_a_title_may_stand_above_the_headings(content: bytes) -> None:
    (row,) = read(content).rows
    assert (row.number, row.values) == (4, {"code": "03-300", "description": "Concrete"})
    (kept,) = read(xlsx(["Cost codes"], [], ["Code", "Description"], ["03-300", "Code"]), "codes.xlsx").rows
    assert (kept.number, kept.values["description"]) == (4, "Code")


def test_headings_far_below_are_not_looked_for() -> None:
    assert "Its first row says: a title" in refusal(b"a title\n" * 20 + b"code\n03-300\n")


def test_a_short_row_has_empty_cells() -> None:
    assert values(b"code,description\n1\n") == [{"code": "1", "description": ""}]


def test_a_row_with_too_many_cells_is_wrong() -> None:
    (row,) = read(b"code,description\n1,in situ,reinforced\n").rows

    assert "more cells than there are headings" in row.problems[""][0]


@pytest.mark.parametrize("cell", ["=1+1", "+1 555 0100", "-x", "@SUM(A1)", '=HYPERLINK("http://evil.test")'])
def test_a_cell_of_a_csv_that_looks_like_a_formula_is_text(cell: str) -> None:
    quoted = cell.replace('"', '""')

    assert values(f'code\n"{quoted}"\n'.encode()) == [{"code": cell}]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n\n\n", "empty"),
        (b"code,description\n", "no row"),
        (b"colour,size\nred,1\n", "lacks the column Code. Its first row says: colour, size"),
        (b"code,Code\n1,2\n", "the column Code twice"),
        (b"code\n\x00\x01\x02\n", "cannot be read as text"),
        (b"code\n\x81\x8d\x8f\n", "cannot be read as text"),
        (b"PK\x03\x04 not a zip", "damaged"),
        (b"\xd0\xcf\x11\xe0 old excel", "old Excel file"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (b'code\n"' + b"x" * 200_000 + b'"\n', "cannot be read at line"),
        (b'"' + b"x" * 200_000 + b'"\n1\n', "cannot be read at line 1"),
        (b'code,description\n1,plain\n2,"6" pipe"\n', "cannot be read at line 3"),
        (b'code,description\n1,"6" pipe\n', "Inside quotes, a quotation mark is written twice"),
    ],
)
def test_it_says_what_is_wrong_with_the_file(content: bytes, words: str) -> None:
    assert words in refusal(content)


def test_a_zip_that_is_no_spreadsheet_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("readme.txt", "hello")

    assert "not an XLSX file" in refusal(out.getvalue(), "codes.xlsx")


def with_sheet(content: bytes) -> bytes:
    """A spreadsheet whose first sheet is written so."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx(["code"], ["1"]))) as whole,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as other,
    ):
        for name in whole.namelist():
            other.writestr(name, content if name == "xl/worksheets/sheet1.xml" else whole.read(name))
    return out.getvalue()


HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row>'
FEET = b"</row></sheetData></worksheet>"


@pytest.mark.parametrize(
    "sheet",
    [
        HEAD + b'<c r="A1"><v>1</v>',
        HEAD + b'<c r="A1"><v>abc</v></c>' + FEET,
        HEAD + b'<c r="A1"><v>NaN</v></c>' + FEET,
        HEAD + b'<c r="A1" t="d"><v>2026-02-30</v></c>' + FEET,
        HEAD + b'<c r="abc"><v>1</v></c>' + FEET,
        HEAD + b'<c r="ZZZZZ9"><v>1</v></c>' + FEET,
    ],
)
def test_a_damaged_sheet_is_refused_with_a_sentence(sheet: bytes) -> None:
    assert "damaged" in refusal(with_sheet(sheet), "codes.xlsx")


def test_a_spreadsheet_that_is_locked_or_packed_in_another_way_is_refused() -> None:
    whole = xlsx(["code"], ["1"])
    for flag, place in ((b"\x01\x00", 6), (b"\x63\x00", 8)):  # encrypted; compressed by a method that nobody knows
        spoilt = bytearray(whole)
        for signature, further in ((b"PK\x03\x04", 0), (b"PK\x01\x02", 2)):
            at = whole.find(signature)
            while at >= 0:
                spoilt[at + place + further : at + place + further + 2] = flag
                at = whole.find(signature, at + 1)
        assert "damaged" in refusal(bytes(spoilt), "codes.xlsx")


def test_it_reads_csv_with_the_line_ends_of_an_old_mac() -> None:
    assert values(b"code;description\r1;plain\r2;fine\r") == [
        {"code": "1", "description": "plain"},
        {"code": "2", "description": "fine"},
    ]


def test_a_quotation_mark_in_a_bare_text_or_twice_within_quotes_stays() -> None:
    assert [one["description"] for one in values(b'code,description\n1,6" pipe\n2,"6"" pipe"\n')] == ['6" pipe'] * 2


def test_a_million_rows_of_csv_are_refused_at_once() -> None:
    content = b"code\n" + b"1\n" * 1_000_000
    started = time.monotonic()

    assert "more than 2,000 rows" in refusal(content)
    assert time.monotonic() - started < 1


def test_a_file_beyond_the_size_is_refused_unread() -> None:
    assert "MB is the limit" in refusal(b"code\n" + b"1\n" * 3_000_000)


def test_a_spreadsheet_that_unpacks_to_a_million_rows_is_refused_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b'<row><c t="n"><v>1</v></c></row>' * 1_000_000)
    started = time.process_time()

    assert "far too much" in refusal(out.getvalue(), "codes.xlsx")
    assert time.process_time() - started < 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("cell", ["<c/>", "<x:c r='A1' />"])
def test_a_spreadsheet_of_empty_cells_without_end_is_refused_unread(cell: str, encoding: str) -> None:
    spaces = "xmlns='{0}' xmlns:x='{0}'".format("http://schemas.openxmlformats.org/spreadsheetml/2006/main")
    sheet = f"<worksheet {spaces}><sheetData><row>{cell * 250_001}</row></sheetData></worksheet>"
    started = time.process_time()

    assert "more than 250,000 cells" in refusal(with_sheet(sheet.encode(encoding)), "codes.xlsx")
    assert time.process_time() - started < 5


def test_separators_without_end_hold_nobody_up() -> None:
    started = time.process_time()

    assert values(b"code" + b"," * 100_000 + b"\n1" + b"," * 4_000_000 + b"\n")[0]["code"] == "1"
    assert "more cells than there are headings" in str(read(b"code\n1" + b"," * 200 + b"x\n").rows[0].problems)
    assert time.process_time() - started < 5


def test_a_spreadsheet_with_one_row_too_many_is_refused() -> None:
    rows: list[list[object]] = [[number] for number in range(11)]

    assert "more than 10 rows" in refusal(xlsx(["code"], *rows), "codes.xlsx", limit=10)
    assert len(read(xlsx(["code"], *rows[:10]), "codes.xlsx", limit=10).rows) == 10


def test_a_row_far_below_the_others_is_refused() -> None:
    book = Workbook()
    assert book.active is not None
    book.active["A1"], book.active["A50000"] = "code", "1"
    out = io.BytesIO()
    book.save(out)

    assert "empty rows" in refusal(out.getvalue(), "codes.xlsx")


@pytest.mark.parametrize("far", [101, 150])
def test_what_stands_beyond_the_last_column_is_not_cut_off(far: int) -> None:
    assert "beyond its column no. 100" in refusal(xlsx(["code"], ["1", *[None] * (far - 2), "x"]), "codes.xlsx")
    assert read(xlsx(["code"], ["1"]), "codes.xlsx").rows[0].values["code"] == "1"


def test_a_spreadsheet_of_thousands_of_parts_is_refused_unread() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for number in range(1001):
            packed.writestr(str(number), "")

    assert "far too much" in refusal(out.getvalue(), "codes.xlsx")


def test_rows_as_wide_as_a_sheet_hold_nobody_up() -> None:
    book = Workbook()
    assert book.active is not None
    book.active["A1"] = "code"
    for number in range(2, 40):
        book.active.cell(number, 1, "1")
        book.active.cell(number, 16384).number_format = "@"
    out = io.BytesIO()
    book.save(out)

    assert "more than 250,000 cells" in refusal(out.getvalue(), "codes.xlsx")


def test_it_reads_the_first_sheet_of_a_spreadsheet() -> None:
    content = xlsx(["Code", "Description"], ["03-300", "Béton"], [3300, 12.5], [None, None], ["x", True])

    assert values(content, "codes.xlsx") == [
        {"code": "03-300", "description": "Béton"},
        {"code": "3300", "description": "12.5"},
        {"code": "x", "description": "yes"},
    ]


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_it_reads_no_sheet_that_nobody_sees(state: Literal["hidden", "veryHidden"]) -> None:
    book = Workbook()
    lists = book.active
    assert lists is not None
    lists.append(["Code"])
    lists.append(["of a drop-down list"])
    lists.sheet_state = state
    shown = book.create_sheet("Codes")
    shown.append(["Code"])
    shown.append(["03-300"])
    book.active = 1
    out = io.BytesIO()
    book.save(out)
    assert values(out.getvalue(), "codes.xlsx") == [{"code": "03-300"}]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("=1+1", "holds a formula"),
        (date(2026, 3, 10), "turned this into a date or a time"),
        (clock(3, 30), "turned this into a date or a time"),
        (timedelta(hours=26, minutes=5), "turned this into a date or a time"),
        ("#N/A", "holds the error #N/A"),
        ("x" * 4001, "4,001 characters"),
    ],
)
def test_it_guesses_nothing_about_a_spreadsheets_cells(cell: object, words: str) -> None:
    (row,) = read(xlsx(["code", "description"], [cell, "y"]), "codes.xlsx").rows

    assert words in row.problems["code"][0]


def test_it_shows_a_time_that_a_spreadsheet_made_of_a_code_as_the_spreadsheet_does() -> None:
    """26:05 was taken for "1 day, 2:05:00"."""
    (row,) = read(xlsx(["code", "description"], [timedelta(hours=26, minutes=5), "y"]), "codes.xlsx").rows
    assert row.values["code"] == "26:05:00"


@pytest.mark.parametrize(
    ("kept", "form", "shown"),
    [
        (2134, "00000", "02134"),
        (27401234, "00000\\-0000", "02740-1234"),
        (3100, '00"-"000', "03-100"),
        (3100, "00 000", "03 100"),
        (123456, "00-000", "123-456"),
        (3100.0, "000000", "003100"),
        (7, "0", "7"),
        (1250, "#,##0.00", "1250"),
        (7, "0.00", "7.00"),
        (3.1, "0.00", "3.10"),
        (3.1, "00.000", "03.100"),
        (3.125, "0.00", "3.125"),
        ("2134", "00000", "2134"),
    ],
)
def test_a_number_that_a_spreadsheet_shows_with_noughts_is_read_as_it_is_shown(
    kept: float | str, form: str, shown: str
) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["code"])
    book.active["A2"] = kept
    book.active["A2"].number_format = form
    out = io.BytesIO()
    book.save(out)

    assert values(out.getvalue(), "codes.xlsx") == [{"code": shown}]


def test_what_no_spreadsheet_takes_in_a_text_does_not_stop_the_file() -> None:
    written = xlsx_bytes(["No\x00te"], [["From a\x0bbookkeeper"], [Decimal("1.00")], ["x" * 40_000]])
    sheet = load_workbook(io.BytesIO(written)).worksheets[0]

    assert [cell.value for (cell,) in sheet.iter_rows()][:3] == ["No te", "From a bookkeeper", 1]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", " =1+1"])
def test_it_disarms_a_text_that_a_spreadsheet_would_run(text: str) -> None:
    assert escape_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["plain", "", 3, date(2026, 1, 1), "a=b"])
def test_it_leaves_other_values_alone(value: object) -> None:
    assert escape_cell(value) == value


def test_a_written_csv_is_read_back() -> None:
    content = csv_bytes(["Code", "Description"], [["03", "Béton, coulé"]])

    assert content.startswith(b"\xef\xbb\xbf")
    assert values(content) == [{"code": "03", "description": "Béton, coulé"}]


def test_a_written_csv_is_disarmed() -> None:
    assert b"'=1+1" in csv_bytes(["Code"], [["=1+1"]])


def test_the_template_keeps_codes_from_becoming_dates() -> None:
    sheet = load_workbook(io.BytesIO(xlsx_template(["Code", "Description"]))).active

    assert sheet is not None
    assert [cell.value for cell in sheet[1]] == ["Code", "Description"]
    assert sheet["A2"].number_format == "@"
