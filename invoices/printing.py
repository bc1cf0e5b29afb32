"""What stands on the printed G702 and G703, the same for page, PDF and API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_noop

from invoices.content import lines_now
from invoices.figures import LineFigures, Summary
from invoices.lines import summary_of, text_of
from invoices.models import Invoice, InvoiceLine, Verdict
from invoices.selectors import shows_claimed
from procore_sync.accounts.models import Membership

UNEXPLAINED = gettext_noop("No reason given")


@dataclass(frozen=True)
class Row:
    """A line of the G703."""

    key: str
    code: str
    text: str
    figures: LineFigures
    is_change: bool
    claimed: Decimal | None
    reason: str

    @property
    def differs(self) -> bool:
        """Whether the review made something else of what was claimed, or rejected it."""
        return bool(self.reason)

    @property
    def is_unexplained(self) -> bool:
        """Whether the review gave no reason, which is said in words of ours."""
        return self.reason == UNEXPLAINED


@dataclass(frozen=True)
class Changes:
    """Additions and deductions of change orders, before and in this application (G702)."""

    added_before: Decimal
    deducted_before: Decimal
    added_now: Decimal
    deducted_now: Decimal

    @property
    def net(self) -> Decimal:
        """The net change."""
        return self.added_before + self.deducted_before + self.added_now + self.deducted_now


@dataclass(frozen=True)
class Sheet:
    """Both sheets: the head, the boxes of the G702, the lines of the G703 and what they come to."""

    owner: str
    contractor: str
    project: str
    contract: str
    contract_date: date
    application: int
    number: str
    billed_on: date
    starts_on: date
    ends_on: date
    status: str
    boxes: list[tuple[str, str, Decimal]]
    summary: Summary
    rows: list[Row]
    totals: LineFigures
    changes: Changes
    remark: str

    @property
    def reasons(self) -> list[Row]:
        """The lines of which the review made something else, with its reasons."""
        return [row for row in self.rows if row.differs]


def printable(invoice: Invoice, member: Membership) -> Sheet:
    """The two sheets of an application as it stands."""
    lines, commitment = lines_now(invoice), invoice.commitment
    summary, claims = summary_of(lines), shows_claimed(invoice, member)
    return Sheet(
        owner=str(invoice.company),
        contractor=str(commitment.vendor or ""),
        project=str(commitment.project),
        contract=str(commitment),
        contract_date=commitment.signed_on or commitment.created_on,
        application=invoice.sequence,
        number=invoice.number,
        billed_on=invoice.billed_on,
        starts_on=invoice.starts_on,
        ends_on=invoice.ends_on,
        status=invoice.get_status_display(),
        boxes=boxes_of(summary),
        summary=summary,
        rows=[_row(line, claims) for line in lines],
        totals=totals_of(lines),
        changes=_changes(lines),
        remark=invoice.remark,
    )


def boxes_of(summary: Summary) -> list[tuple[str, str, Decimal]]:
    """The boxes of the G702 in its order: number, words, amount (domain.md §11.9)."""
    return [
        ("1", gettext_noop("Original contract sum"), summary.original),
        ("2", gettext_noop("Net change by change orders"), summary.changes),
        ("3", gettext_noop("Contract sum to date (1 and 2)"), summary.contract),
        ("4", gettext_noop("Total completed and stored to date (column G)"), summary.to_date),
        ("5a", gettext_noop("Retainage on completed work"), summary.held_on_work),
        ("5b", gettext_noop("Retainage on stored materials"), summary.held_on_stored),
        ("5", gettext_noop("Total retainage (5a + 5b)"), summary.held),
        ("6", gettext_noop("Total earned less retainage (4 less 5)"), summary.earned),
        ("7", gettext_noop("Less previous certificates for payment"), summary.previous),
        ("8", gettext_noop("Current payment due (6 less 7)"), summary.due),
        ("9", gettext_noop("Balance to finish, including retainage (3 less 6)"), summary.balance),
    ]


def totals_of(lines: list[InvoiceLine]) -> LineFigures:
    """The sums of the columns of the G703."""
    every = [line.figures for line in lines]
    zero = Decimal("0.00")
    return LineFigures(**{name: sum((getattr(one, name) for one in every), zero) for name in LineFigures.COLUMNS})


def claimed_of(line: InvoiceLine) -> Decimal | None:
    """What was claimed of the line this period, before retainage; None where nothing was submitted yet."""
    if line.claimed_completed is None or line.claimed_stored is None:
        return None
    claimed: Decimal = line.claimed_completed + line.claimed_stored - line.stored_before
    return claimed


def changed_claim(line: InvoiceLine) -> Decimal | None:
    """What was claimed of the line, if something else stands there now."""
    claimed = claimed_of(line)
    return None if claimed == line.figures.gross else claimed


def _row(line: InvoiceLine, claims: bool) -> Row:
    claimed = claimed_of(line) if claims else None
    differs = claims and (line.verdict == Verdict.REJECTED or (claimed is not None and claimed != line.figures.gross))
    return Row(
        key=line.key,
        code=line.source.code.cost_code.code,
        text=text_of(line),
        figures=line.figures,
        is_change=line.change_line_id is not None,
        claimed=claimed,
        reason=(line.reason or UNEXPLAINED) if differs else "",
    )


def _changes(lines: list[InvoiceLine]) -> Changes:
    """Change orders by whether an application before had their lines already."""
    zero = Decimal("0.00")
    sums = {(before, added): zero for before in (True, False) for added in (True, False)}
    for line in lines:
        if line.change_line_id is not None:
            figures = line.figures
            known = bool(figures.completed_before or figures.stored_before)
            sums[known, figures.scheduled >= 0] += figures.scheduled
    return Changes(sums[True, True], sums[True, False], sums[False, True], sums[False, False])
