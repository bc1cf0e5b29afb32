"""What keeps a record out of the books of its month, one row of the list, and the statement that was signed.

`quickbooks_bridge.models` brings the statement into the app.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext_noop

from procore_sync.kit.canonical import digest
from quickbooks_bridge.models import SignedMonth

PAYMENT = gettext_noop("Payment")


class Keep(models.TextChoices):
    """What keeps a record out, in the order of the list."""

    NOT_SENT = "not_sent", gettext_noop("Approved, not sent")
    RETURNED = "returned", gettext_noop("Rejected or retrieved")
    SENT = "sent", gettext_noop("With accounting, not decided")
    CLOSED = "closed", gettext_noop("Accepted, held until the books are open")
    EXPORTING = "exporting", gettext_noop("Accepted, on its way")
    UNCERTAIN = "uncertain", gettext_noop("Sent to QuickBooks, answer not known")
    FAILED = "failed", gettext_noop("Stopped")
    CHANGED = "changed", gettext_noop("Changed here since QuickBooks took it")
    DRIFTED = "drifted", gettext_noop("Changed in QuickBooks")
    GONE = "gone", gettext_noop("Not in QuickBooks any more")
    UNVERIFIED = "unverified", gettext_noop("Linked, not compared yet")
    UNMATCHED = "unmatched", gettext_noop("Payments in QuickBooks, not taken here")


@dataclass(frozen=True)
class Outstanding:
    """A record of a month that is not in QuickBooks as it was accepted, or a payment there that is not here.

    `item` is the number of the record's item, of a payment that of the bill it pays; `payment` is the payment's id in
    QuickBooks, else "". `kind`, `why` and a role in `who` are English. It was so since `since`, as far as is known.
    """

    keep: Keep
    item: int
    kind: str
    number: str
    label: str
    project: str
    day: date
    amount: Decimal | None
    who: str
    since: datetime
    why: str = ""
    payment: str = ""

    @property
    def key(self) -> tuple[int, str]:
        """What makes it the same one in another list."""
        return self.item, self.payment

    def says(self, other: Outstanding) -> bool:
        """Whether both say the same of what is signed for: what keeps it, its date and its money."""
        return (self.keep, self.day, self.amount) == (other.keep, other.day, other.amount)

    def told(self) -> dict[str, Any]:
        """It as it is kept and as the API tells it; money as text with two places."""
        amount = None if self.amount is None else f"{self.amount:.2f}"
        kept = {"keep": str(self.keep), "day": self.day.isoformat(), "amount": amount, "since": self.since.isoformat()}
        return {**vars(self), **kept}

    @classmethod
    def of(cls, told: dict[str, Any]) -> Outstanding:
        """The same again from what was kept."""
        kept = {
            "keep": Keep(told["keep"]),
            "day": date.fromisoformat(told["day"]),
            "amount": None if told["amount"] is None else Decimal(told["amount"]),
            "since": datetime.fromisoformat(told["since"]),
        }
        return cls(**{**told, **kept})


@dataclass(frozen=True)
class KindSum:
    """What the records of one kind come to. `kind` is English."""

    kind: str
    amount: Decimal


@dataclass(frozen=True)
class Group:
    """What one thing keeps out."""

    keep: Keep
    rows: list[Outstanding]

    @property
    def sums(self) -> list[KindSum]:
        """What they come to by kind."""
        return sums_of(self.rows)


def groups_of(rows: Iterable[Outstanding]) -> list[Group]:
    """The rows by what keeps them, in the order of `Keep`."""
    found: dict[Keep, list[Outstanding]] = {keep: [] for keep in Keep}
    for row in rows:
        found[row.keep].append(row)
    return [Group(keep, some) for keep, some in found.items() if some]


def sums_of(rows: Iterable[Outstanding]) -> list[KindSum]:
    """What they come to by kind, in the order of the rows; kinds without an amount are left out.

    A budget, its commitments and their bills are the same money at three times, so no sum of all says anything.
    """
    found: dict[str, Decimal] = {}
    for row in rows:
        if row.amount is not None:
            found[row.kind] = found.get(row.kind, Decimal("0.00")) + row.amount
    return [KindSum(kind, amount) for kind, amount in found.items()]


def total_of(rows: Iterable[Outstanding]) -> Decimal | None:
    """What they come to; None if none has an amount."""
    amounts = [row.amount for row in rows if row.amount is not None]
    return sum(amounts, Decimal("0.00")) if amounts else None


class MonthEndStatement(SignedMonth):
    """Somebody stood for which records of a month were not in QuickBooks, and that they knew them. Append-only.

    `figures` holds the list as it was: its `rows`, when the books were closed and read, and the row of the journal up
    to which it is true. `digest` is that of all of it; the journal has it at every record in the list. Signing again
    adds a row. PostgreSQL refuses UPDATE and DELETE.
    """

    digest = models.CharField(max_length=64)

    class Meta(SignedMonth.Meta):
        constraints = [models.CheckConstraint(condition=models.Q(month__day=1), name="a_month_end_is_of_a_month")]

    def __str__(self) -> str:
        return f"{self.company}, {self.month:%B %Y}"

    @property
    def rows(self) -> list[Outstanding]:
        """The list as it was, whole: what a person may see of it, `selectors.rows_seen` says."""
        return [Outstanding.of(one) for one in self.figures["rows"]]

    @property
    def is_as_signed(self) -> bool:
        """Whether the list is what was signed."""
        return self.digest == digest_of(self.company_id, self.month, self.remark, self.figures)


def digest_of(company_id: int, month: date, remark: str, figures: dict[str, Any]) -> str:
    """What a statement is known by: the SHA-256 of all that it says."""
    return digest({"company": company_id, "month": month.isoformat(), "remark": remark, "figures": figures})
