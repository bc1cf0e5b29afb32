"""Tables that people upload and download: CSV as spreadsheets write it, and XLSX.

Nothing in a file is ever evaluated: a cell is text. Nothing is guessed silently either: what was a date, a formula
or an error in the spreadsheet is a problem of its row, in words.

Functions import the library of spreadsheets by themselves: it is an eighth of what a process imports at its start, and
most processes never see a spreadsheet.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any, BinaryIO, Protocol

from django.utils.translation import gettext, gettext_noop

from procore_sync.kit.refusals import InvalidInput
from procore_sync.kit.text import filled

LIMIT_BYTES = 5 * 1024 * 1024
LIMIT_UNPACKED_BYTES = 24 * 1024 * 1024
LIMIT_PARTS = 1000
LIMIT_CELL = 4000
LIMIT_COLUMNS = 100
LIMIT_EMPTY_ROWS = 20_000
#: Among so many rows the headings are looked for: a title may stand above them.
LIMIT_ABOVE = 20
LIMIT_LINE = 100_000
#: Of a whole spreadsheet, with its shared texts: 10,000 rows of 20 columns, and as many again that are empty.
LIMIT_CELLS = 250_000
TEXT_FORMAT = "@"
AMOUNT_FORMAT = "#,##0.00"
MOMENT_FORMAT = "yyyy-mm-dd hh:mm:ss"
#: Spreadsheets know no day before; they would show a row of crosses.
FIRST_YEAR = 1900

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_XLS = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK"
_DIGITS = re.compile(r"\d+(\.\d+)?", re.ASCII)
_NOUGHTS = re.compile(r"0[0 -]*0|0+\.0+")
_CELL = re.compile(rb"<(?:\w+:)?(?:c|si)[\s/>]")


class Upload(Protocol):
    """An uploaded file, as Django gives it."""

    name: str | None

    @property
    def size(self) -> int | None: ...

    def open(self, mode: str = ...) -> Any: ...


@dataclass(frozen=True)
class Column:
    """A column that a file may have: its key, its heading, and other headings that mean the same."""

    key: str
    heading: str
    required: bool = False
    also: tuple[str, ...] = ()

    def answers_to(self, heading: str) -> bool:
        """Whether a file's `heading` means this column; case, spaces, dashes and underscores do not matter."""
        return _plain(heading) in {_plain(one) for one in (self.key, self.heading, *self.also)}


@dataclass(frozen=True)
class Row:
    """One row of a file: its number as the spreadsheet shows it, its cells by column key, what is wrong with them."""

    number: int
    values: dict[str, str]
    problems: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Sheet:
    """What a file holds, read whole. `ignored` are the headings that no column answers to."""

    rows: list[Row]
    ignored: list[str]


class UnreadableFile(InvalidInput):
    """The file as a whole cannot be taken; the sentence says why and what to do."""

    cure = gettext_noop("Whoever chose the file saves it anew as a spreadsheet or CSV file, and chooses it again.")

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, errors={"file": [sentence]})


def read_rows(upload: Upload, *, columns: Sequence[Column], limit_rows: int) -> Sheet:
    """The rows of a CSV or XLSX file of at most `limit_rows` rows and 5 MB; empty rows are left out.

    CSV may be UTF-8 with or without a byte order mark, UTF-16 with one, or Windows-1252, and separated by commas,
    semicolons or tabs. Of an XLSX file the first sheet is read that is not hidden. Above the headings a title may
    stand. Reading stops at the first row too many.

    Raises:
        UnreadableFile: it is too large, too long, empty, of another format, or lacks a column.
    """
    name, size = upload.name or gettext("The file"), upload.size or 0
    if size > LIMIT_BYTES:
        said = gettext("%(name)s has %(size)s MB; %(limit)s MB is the limit. Split it.")
        raise UnreadableFile(said % {"name": name, "size": f"{size / 2**20:.1f}", "limit": LIMIT_BYTES // 2**20})
    with upload.open("rb") as stream:
        start = stream.read(4)
        stream.seek(0)
        if start == _XLS:
            raise UnreadableFile(_why_not(stream.read(LIMIT_BYTES)) % {"name": name})
        records = _xlsx_records(stream, name) if start.startswith(_ZIP) else _csv_records(stream, name, columns)
        return _sheet(records, name, columns, limit_rows)


def _why_not(raw: bytes) -> str:
    """What to say of a file in Microsoft's old container: it holds an old spreadsheet, or a new one with a password."""
    if "EncryptedPackage".encode("utf-16-le") in raw:
        return gettext("%(name)s is protected by a password. Save it without one and upload that.")
    return gettext("%(name)s is an old Excel file. Save it as XLSX or as CSV and upload that.")


def _sheet(records: Iterator[list[Cell]], name: str, columns: Sequence[Column], limit_rows: int) -> Sheet:
    numbered = enumerate(records, start=1)
    headings = _headings(islice(numbered, LIMIT_ABOVE), columns)
    if headings is None:
        said = gettext("%(name)s is empty. Its first row holds the headings; download the template to begin.")
        raise UnreadableFile(said % {"name": name})
    places, ignored = _places([cell.text for cell in headings], name, columns)
    rows: list[Row] = []
    for number, record in numbered:
        if not any(cell.text for cell in record):
            if number - len(rows) > LIMIT_EMPTY_ROWS:
                said = gettext("%(name)s has more than %(limit)s empty rows. Take them out.")
                raise UnreadableFile(said % {"name": name, "limit": f"{LIMIT_EMPTY_ROWS:,}"})
            continue
        if len(rows) == limit_rows:
            said = gettext("%(name)s has more than %(limit)s rows. Split it and import the parts in turn.")
            raise UnreadableFile(said % {"name": name, "limit": f"{limit_rows:,}"})
        rows.append(_row(number, record, places, len(headings)))
    if not rows:
        said = gettext("%(name)s has headings but no row. Fill in at least one.")
        raise UnreadableFile(said % {"name": name})
    return Sheet(rows, ignored)


def _headings(numbered: Iterator[tuple[int, list[Cell]]], columns: Sequence[Column]) -> list[Cell] | None:
    """The first row that has every column a file must have; else the first that says anything, which lacks one."""
    first = None
    for _, record in numbered:
        told = [cell.text for cell in record if cell.text]
        if told and all(any(map(column.answers_to, told)) for column in columns if column.required):
            return record
        first = first or (record if told else None)
    return first


def _places(headings: list[str], name: str, columns: Sequence[Column]) -> tuple[dict[str, int], list[str]]:
    places: dict[str, int] = {}
    ignored = []
    for place, heading in enumerate(headings):
        column = next((one for one in columns if one.answers_to(heading)), None)
        if column is None:
            ignored += [heading] if heading else []
        elif column.key in places:
            said = gettext("%(name)s has the column %(column)s twice. Take one out.")
            raise UnreadableFile(said % {"name": name, "column": column.heading})
        else:
            places[column.key] = place
    missing = [column.heading for column in columns if column.required and column.key not in places]
    if missing:
        found = ", ".join(heading[:40] for heading in headings[:12] if heading)
        raise UnreadableFile(_lacks(name, missing, found))
    return places, ignored


def _lacks(name: str, missing: list[str], found: str) -> str:
    said = gettext(
        "%(name)s lacks the column %(columns)s. Its first row says: %(found)s. "
        "Download the template to see the headings."
    )
    return filled(said, {"name": name, "columns": gettext(" and ").join(missing), "found": found})


def _row(number: int, record: list[Cell], places: dict[str, int], width: int) -> Row:
    cells = {key: record[place] if place < len(record) else Cell("") for key, place in places.items()}
    problems = {key: [cell.problem] for key, cell in cells.items() if cell.problem}
    if any(cell.text for cell in record[width:]):
        problems[""] = [
            "The row has more cells than there are headings. Put a text that holds the separator in quotes."
        ]
    return Row(number, {key: unescaped(cell.text) for key, cell in cells.items()}, problems)


@dataclass(frozen=True)
class Cell:
    """A cell as text, and what is wrong with it as a cell."""

    text: str
    problem: str = ""


# -- CSV -----------------------------------------------------------------------------------------------------------


def _csv_records(stream: BinaryIO, name: str, columns: Sequence[Column]) -> Iterator[list[Cell]]:
    text, line = _decoded(stream.read(LIMIT_BYTES + 1), name), 1
    try:
        # Strict, or what stands behind a quotation mark within quotes would be taken without it, and nobody told.
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, columns), strict=True)
        for record in reader:
            line = reader.line_num + 1
            # A row of a million separators would hold a process for long; what is said that far out is still noticed.
            beyond = "".join(record[LIMIT_COLUMNS:]).strip()
            yield [_text_cell(value) for value in (*record[:LIMIT_COLUMNS], *([beyond] if beyond else []))]
    except csv.Error as error:
        said = gettext(
            "%(name)s cannot be read at line %(line)s: %(error)s. Inside quotes, a quotation mark is written twice."
        )
        raise UnreadableFile(said % {"name": name, "line": line, "error": error}) from error


def _decoded(raw: bytes, name: str) -> str:
    if len(raw) > LIMIT_BYTES:
        said = gettext("%(name)s is larger than %(limit)s MB. Split it.")
        raise UnreadableFile(said % {"name": name, "limit": LIMIT_BYTES // 2**20})
    marked = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    said = gettext("%(name)s cannot be read as text. Save it as XLSX, or as CSV in UTF-8, and upload that.")
    raise UnreadableFile(said % {"name": name})


def _delimiter(text: str, columns: Sequence[Column]) -> str:
    """The separator under which most headings of a line are known; on a draw the comma, then the semicolon."""
    lines = list(islice((line for line in io.StringIO(text, newline="") if line.strip()), LIMIT_ABOVE))

    def known(line: str, delimiter: str) -> int:
        # A field beyond csv's own limit is told of when the rows are read.
        headings = next(csv.reader([line[:LIMIT_LINE]], delimiter=delimiter), [])[:LIMIT_COLUMNS]
        return sum(any(column.answers_to(heading) for heading in headings) for column in columns)

    return max(_DELIMITERS, key=lambda delimiter: max((known(line, delimiter) for line in lines), default=0))


# -- XLSX ----------------------------------------------------------------------------------------------------------


def _xlsx_records(stream: BinaryIO, name: str) -> Iterator[list[Cell]]:
    _refuse_bombs(stream, name)
    padded = 0
    for record in _stored_rows(stream, name):
        # A row is as wide as its last cell says, also if that one is empty.
        padded += max(0, len(record) - LIMIT_COLUMNS)
        if padded > LIMIT_CELLS:
            raise _too_many_cells(name)
        if any(cell.value is not None for cell in record[LIMIT_COLUMNS:]):
            said = gettext(
                "%(name)s has cells beyond its column no. %(limit)s, and no list here is so wide. "
                "Take them out, and upload it again."
            )
            raise UnreadableFile(said % {"name": name, "limit": LIMIT_COLUMNS})
        yield [_spreadsheet_cell(cell) for cell in record[:LIMIT_COLUMNS]]


def _stored_rows(stream: BinaryIO, name: str) -> Iterator[Sequence[Any]]:
    """The rows of the first sheet as openpyxl reads them, which is while they are asked for; and it raises anything."""
    from openpyxl import load_workbook

    try:
        book = load_workbook(stream, read_only=True, data_only=False, keep_links=False)
        try:
            shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
            sheets = [sheet for sheet in shown if hasattr(sheet, "iter_rows")]
            if not sheets:
                raise UnreadableFile(gettext("%(name)s has no sheet with rows.") % {"name": name})
            sheets[0].reset_dimensions()
            yield from sheets[0].iter_rows()
        finally:
            book.close()
    except UnreadableFile:
        raise
    except Exception as error:
        said = gettext("%(name)s is not an XLSX file, or it is damaged. Save it again and upload that.")
        raise UnreadableFile(said % {"name": name}) from error


def _refuse_bombs(stream: BinaryIO, name: str) -> None:
    try:
        with zipfile.ZipFile(stream) as packed:
            parts = packed.infolist()
            if len(parts) > LIMIT_PARTS or sum(part.file_size for part in parts) > LIMIT_UNPACKED_BYTES:
                said = gettext("%(name)s holds far too much. Keep one sheet with the rows to import, and split it.")
                raise UnreadableFile(said % {"name": name})
            cells = sum(_cells_in(packed.read(part)) for part in parts)
    except UnreadableFile:
        raise
    except Exception as error:
        said = gettext("%(name)s is damaged. Save it again and upload that.")
        raise UnreadableFile(said % {"name": name}) from error
    if cells > LIMIT_CELLS:
        raise _too_many_cells(name)
    stream.seek(0)


def _too_many_cells(name: str) -> UnreadableFile:
    said = gettext(
        "%(name)s has more than %(limit)s cells, those that are empty but formatted among them. "
        "Copy the rows to import into a new spreadsheet, and upload that."
    )
    return UnreadableFile(said % {"name": name, "limit": f"{LIMIT_CELLS:,}"})


def _cells_in(part: bytes) -> int:
    # Counted in the text, for that is quick: to read a cell, also an empty one, takes a thousand times as long.
    return sum(1 for _ in _CELL.finditer(part.replace(b"\0", b"")))


def _spreadsheet_cell(cell: Any) -> Cell:
    value, data_type = cell.value, cell.data_type
    if value is None:
        return Cell("")
    if data_type == "f":
        return Cell(str(value), "The cell holds a formula. Put the value itself there (copy, then paste as values).")
    if data_type == "e":
        return Cell(str(value), f"The cell holds the error {value}. Put a value there.")
    if isinstance(value, datetime | date | time | timedelta):
        told = "The spreadsheet has turned this into a date or a time. Format the cell as text and type it again."
        return Cell(_as_shown(value), told)
    if isinstance(value, bool):
        return Cell("yes" if value else "no")
    if isinstance(value, float):
        # A spreadsheet keeps 15 digits; what binary adds after them nobody typed and nobody sees.
        value = format(Decimal(f"{value:.15g}").normalize(), "f")
    text = str(value)
    is_number = data_type == "n" and _DIGITS.fullmatch(text)
    return Cell(_with_noughts(text, cell.number_format)) if is_number else _text_cell(text)


def _as_shown(value: datetime | date | time | timedelta) -> str:
    """A day, or the time of one; 26:05 is a time of more hours than a day has."""
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return value.date().isoformat() if isinstance(value, datetime) else value.isoformat()


def _with_noughts(number: str, number_format: str) -> str:
    """`number` as a spreadsheet shows it in a format of noughts: 2134 in "00000" is a postal code, and 02134."""
    form = number_format.replace("\\", "").replace('"', "")
    whole, _, places = form.partition(".")
    digits, _, cents = number.partition(".")
    if not _NOUGHTS.fullmatch(form) or len(cents) > len(places):
        return number
    left = list(digits.rjust(whole.count("0"), "0"))
    shown = [left.pop() if one == "0" else one for one in reversed(whole)]
    return "".join((*left, *reversed(shown))) + (f".{cents.ljust(len(places), '0')}" if places else "")


def _text_cell(value: str) -> Cell:
    text = value.strip()
    if len(text) > LIMIT_CELL:
        return Cell(
            text[:LIMIT_CELL], f"The cell has {len(text):,} characters; {LIMIT_CELL:,} is the limit. Shorten it."
        )
    return Cell(text)


def _plain(heading: str) -> str:
    return "".join(character for character in heading.casefold() if character.isalnum())


# -- out -----------------------------------------------------------------------------------------------------------


def escape_cell(value: object) -> object:
    """`value` safe to open in a spreadsheet: a text that would be taken for a formula gets an apostrophe before it.

    Numbers and dates stay what they are. A file that is read has such a text without the apostrophe again.
    """
    if isinstance(value, str) and value.lstrip(" ").startswith(_STARTS_A_FORMULA):
        return f"'{value}"
    return value


def unescaped(text: str) -> str:
    """`text` as it was before `escape_cell`."""
    return text[1:] if text.startswith("'") and text[1:].lstrip(" ").startswith(_STARTS_A_FORMULA) else text


def csv_cell(value: object) -> object:
    """`value` as CSV has it: escaped, a moment as ISO 8601 writes it, to the second and with its zone."""
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else escape_cell(value)


def csv_bytes(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV file that a spreadsheet opens rightly: UTF-8 with a byte order mark, every cell escaped."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in (headings, *rows):
        writer.writerow([csv_cell(value) for value in row])
    return out.getvalue().encode("utf-8-sig")


def xlsx_template(headings: Sequence[str], *, rows: int = 500, filled: Sequence[Sequence[str]] = ()) -> bytes:
    """An XLSX file with these headings whose cells are text, so that a code such as 03-10 becomes no date.

    `filled` are rows that it begins with; at least `rows` empty ones follow.
    """
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101 - a new workbook has a sheet; the library's types do not know it
    for row in (headings, *filled):
        sheet.append([_for_xlsx(value) for value in row])
    for cells in sheet.iter_rows(min_row=1, max_row=len(filled) + rows + 1, max_col=len(headings)):
        for cell in cells:
            cell.number_format = TEXT_FORMAT
    for place in range(1, len(headings) + 1):
        sheet.column_dimensions[get_column_letter(place)].width = 24
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xlsx_bytes(headings: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "Sheet") -> bytes:
    """An XLSX file of one sheet: amounts are numbers of two decimals, dates are dates, every text is a text.

    A moment is one of the clock in its own zone, as spreadsheets know no zones.
    """
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for place in range(1, len(headings) + 1):
        sheet.column_dimensions[get_column_letter(place)].width = 20
    sheet.append([_for_xlsx(value) for value in headings])
    for row in rows:
        sheet.append([_written(sheet, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _for_xlsx(value: object) -> object:
    """`value` as `escape_cell` has it. XLSX takes no control characters, which texts from afar may hold."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    safe = escape_cell(value)
    return ILLEGAL_CHARACTERS_RE.sub(" ", safe) if isinstance(safe, str) else safe


def _written(sheet: Any, value: object) -> object:
    if isinstance(value, date) and value.year < FIRST_YEAR:
        return value.isoformat()
    if not isinstance(value, Decimal | datetime):
        return _for_xlsx(value)
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet)
    cell.value = value.replace(tzinfo=None, microsecond=0) if isinstance(value, datetime) else value
    cell.number_format = MOMENT_FORMAT if isinstance(value, datetime) else AMOUNT_FORMAT
    return cell
