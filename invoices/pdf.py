"""The two sheets of an application as a PDF: the G702 on letter paper, the G703 across it.

Set in Noto Sans, which has Latin, Greek, Cyrillic and Vietnamese letters; each PDF carries only the glyphs it uses.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import cast

import fontpkg
from fpdf import FPDF
from fpdf.fonts import FontFace

from invoices.printing import Sheet
from procore_sync.kit.shown import day, money

_SANS = "Noto Sans"
_GREY, _BLACK = 110, 0
_DESCRIPTION = 62
#: How many lines of a description a row of the G703 holds at most.
_LINES_A_ROW = 30
#: Columns of the G703 in mm: letters and words, width.
_G703 = (
    ("A\nItem", 13),
    ("B\nDescription of work", _DESCRIPTION),
    ("C\nScheduled\nvalue", 24),
    ("D\nCompleted\nbefore", 24),
    ("E\nCompleted\nthis period", 24),
    ("F\nPresently\nstored", 22),
    ("G\nCompleted and\nstored to date", 26),
    ("G / C\n%", 14),
    ("H\nBalance\nto finish", 24),
    ("I\nRetainage", 24),
)

_FIGURES = ("scheduled", "completed_before", "completed", "stored", "to_date", "percent", "balance", "held")


@cache
def _font_file() -> str:
    return str(fontpkg.path(_SANS))


class _Paper(FPDF):
    """A document with our font; bold is the same font with its outlines drawn."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(orientation="portrait", unit="mm", format="letter")
        self.sheet = sheet
        self.add_font(_SANS, "", _font_file())
        self.set_title(f"Application {sheet.application}, {sheet.number}")
        self.set_margin(12)
        self.set_auto_page_break(True, margin=14)

    def footer(self) -> None:
        """What sheet it is, on every page."""
        self.set_y(-11)
        self.set_font(_SANS, size=7)
        self.set_text_color(_GREY)
        words = f"{self.sheet.contract}, application {self.sheet.application}, page {self.page_no()}"
        self.cell(self.epw, 4, words, align="R")
        self.set_text_color(_BLACK)

    def words(self, text: str, width: float, *, size: float = 9, bold: bool = False, align: str = "L") -> None:
        """One line of text in a box, made smaller until it fits: an amount is never cut."""
        self.set_font(_SANS, size=size)
        while self.get_string_width(text) > width - 1 and self.font_size_pt > 5:
            self.set_font_size(self.font_size_pt - 0.25)
        with self.local_context(text_mode="FILL_STROKE" if bold else "FILL", line_width=0.15):
            self.cell(width, 5, text, align=align)
        self.set_font(_SANS, size=size)


def pdf_of(sheet: Sheet) -> bytes:
    """Both sheets as the bytes of a PDF."""
    paper = _Paper(sheet)
    paper.add_page()
    _g702(paper, sheet)
    paper.add_page(orientation="landscape")
    _g703(paper, sheet)
    return bytes(paper.output())


def _heading(paper: _Paper, title: str, under: str) -> None:
    paper.words(title, paper.epw, size=14, bold=True)
    paper.ln(6)
    paper.set_text_color(_GREY)
    paper.words(under, paper.epw, size=7.5)
    paper.set_text_color(_BLACK)
    paper.ln(7)


def _g702(paper: _Paper, sheet: Sheet) -> None:
    _heading(paper, "Application and certificate for payment", "In the layout of AIA document G702")
    for label, text in (
        ("To owner or contractor", sheet.owner),
        ("From subcontractor", sheet.contractor),
        ("Project", sheet.project),
        ("Contract for", sheet.contract),
    ):
        _fact(paper, label, text)
    for one, two in (
        (("Application number", str(sheet.application)), ("Contract date", day(sheet.contract_date))),
        (("Invoice number", sheet.number), ("Application date", day(sheet.billed_on))),
        (("Status", sheet.status), ("Period", f"{day(sheet.starts_on)} to {day(sheet.ends_on)}")),
    ):
        for label, text in (one, two):
            _label(paper, label)
            paper.words(text, paper.epw / 2 - 36, size=8.5, bold=True)
        paper.ln(5.5)
    paper.ln(4)
    for number, words, amount in sheet.boxes:
        _amount_line(paper, f"{number}.", words, amount, bold=number in ("3", "5", "8"))
    paper.ln(5)
    _block(
        paper,
        "Change order summary",
        (
            ("Additions billed in applications before", sheet.changes.added_before),
            ("Deductions billed in applications before", sheet.changes.deducted_before),
            ("Additions not billed before", sheet.changes.added_now),
            ("Deductions not billed before", sheet.changes.deducted_now),
        ),
        ("Net change by change orders", sheet.changes.net),
    )
    _block(
        paper,
        "Retainage",
        (
            ("Held before", sheet.summary.held_before),
            ("Withheld now", sheet.summary.held_now),
            ("Released now", sheet.summary.released),
        ),
        ("Held after", sheet.summary.held),
    )
    if sheet.remark:
        paper.set_font(_SANS, size=8.5)
        paper.multi_cell(paper.epw, 4.5, f"Remark: {sheet.remark}", new_x="LMARGIN", new_y="NEXT")
    _signatures(paper)


def _label(paper: _Paper, label: str) -> None:
    paper.set_text_color(_GREY)
    paper.words(label, 36, size=8)
    paper.set_text_color(_BLACK)


def _fact(paper: _Paper, label: str, text: str) -> None:
    """A label, and beside it a text of as many lines as it needs."""
    _label(paper, label)
    paper.set_font(_SANS, size=8.5)
    with paper.local_context(text_mode="FILL_STROKE", line_width=0.15):
        paper.multi_cell(paper.epw - 36, 5, text or " ", align="L", new_x="LMARGIN", new_y="NEXT")
    paper.ln(0.5)


def _block(paper: _Paper, title: str, rows: Sequence[tuple[str, Decimal]], total: tuple[str, Decimal]) -> None:
    paper.words(title, paper.epw, size=9.5, bold=True)
    paper.ln(6)
    for words, amount in rows:
        _amount_line(paper, "", words, amount)
    _amount_line(paper, "", *total, bold=True)
    paper.ln(4)


def _amount_line(paper: _Paper, number: str, words: str, amount: Decimal, *, bold: bool = False) -> None:
    paper.words(number, 10, bold=bold)
    paper.words(words, paper.epw - 50, bold=bold)
    paper.words(money(amount), 40, bold=bold, align="R")
    paper.ln(5.5)
    _rule(paper)


def _rule(paper: _Paper) -> None:
    with paper.local_context(draw_color=(190, 190, 190), line_width=0.1):
        paper.line(paper.l_margin, paper.get_y() - 0.3, paper.w - paper.r_margin, paper.get_y() - 0.3)


def _signatures(paper: _Paper) -> None:
    if paper.will_page_break(26):
        paper.add_page()
    paper.ln(16)
    half = paper.epw / 2 - 5
    top = paper.get_y()
    paper.line(paper.l_margin, top, paper.l_margin + half, top)
    paper.line(paper.l_margin + half + 10, top, paper.w - paper.r_margin, top)
    paper.ln(1)
    paper.words("Subcontractor: by, date", half + 10, size=8)
    paper.words("Contractor: by, date", half, size=8)
    paper.ln(5)


def _g703(paper: _Paper, sheet: Sheet) -> None:
    under = f"In the layout of AIA document G703. Application {sheet.application}, {sheet.number}, {sheet.contract}"
    _heading(paper, "Continuation sheet", f"{under}, period to {day(sheet.ends_on)}")
    paper.set_font(_SANS, size=7.5)
    one = sheet.totals
    with paper.table(
        col_widths=tuple(width for _, width in _G703),
        text_align=("LEFT", "LEFT", *["RIGHT"] * 8),
        headings_style=FontFace(fill_color=(238, 238, 238)),
        borders_layout="HORIZONTAL_LINES",
        line_height=4,
        padding=0.8,
    ) as table:
        table.row([heading for heading, _ in _G703])
        for row in sheet.rows:
            figures = row.figures
            first, *more = _pieces(paper, f"{row.code} {row.text}".strip())
            table.row([row.key, first, *_figures(figures)])
            for piece in more:
                table.row(["", piece, *[""] * len(_FIGURES)])
        table.row(["", "Total", *_figures(one)])
    if sheet.reasons:
        paper.ln(5)
        paper.words("Reasons for difference", paper.epw, size=9.5, bold=True)
        paper.ln(6)
        paper.set_font(_SANS, size=8)
        for row in sheet.reasons:
            said = f"{row.key}: claimed {money(row.claimed)}, approved {money(row.figures.gross)}. {row.reason}"
            paper.multi_cell(paper.epw, 4.5, said, new_x="LMARGIN", new_y="NEXT")


def _pieces(paper: _Paper, text: str) -> list[str]:
    """`text` in as many pieces as it needs, for a row of a table has to fit on a page."""
    lines = cast(list[str], paper.multi_cell(_DESCRIPTION - 4, text=text, dry_run=True, output="LINES"))
    if len(lines) <= _LINES_A_ROW:
        return [text]
    return ["\n".join(lines[at : at + _LINES_A_ROW]) for at in range(0, len(lines), _LINES_A_ROW)]


def _figures(figures: object) -> list[str]:
    return [money(getattr(figures, name)) for name in _FIGURES]
