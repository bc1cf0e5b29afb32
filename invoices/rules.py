"""What an application and its lines may say: sentences by field, for form, API and operation alike.

A problem of a line stands under `lines.<key>.<field>`; a key may have a dot ("C2.1"), a field has none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext, gettext_noop

from commitments.rules import MEMO_LIMIT, figure_problems, in_line, prose_problems
from invoices.figures import LineFigures, part_of
from invoices.models import InvoiceLine, InvoiceType
from procore_sync.kit.money import CENT
from procore_sync.kit.text import length_of, number_problems
from projects.records import Problems

NUMBER_COLUMN = 60
_ZERO = Decimal("0.00")


@dataclass(frozen=True)
class InvoiceDetails:
    """What a person says about an application, its lines apart.

    A new one gets what is left out: the suggested number, the days of the billing period, its end as billing date (or
    today before that), and the type that follows from who makes it. `due_on` is when payment is due, of a new one by
    the vendor's terms in the ledger.
    """

    number: str = ""
    billed_on: date | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    due_on: date | None = None
    note: str = ""
    as_credit: bool = False
    type: str = ""


@dataclass(frozen=True)
class LineBilling:
    """What a person bills on the line of this key; what is None stays as it is.

    Of each pair, the money or the percentage is given: of the scheduled value for work completed, of the work completed
    this period and of the materials presently stored for the retainage on them. If both are, they must agree.
    """

    key: str
    completed: Decimal | None = None
    completed_percent: Decimal | None = None
    stored: Decimal | None = None
    work_percent: Decimal | None = None
    work_retained: Decimal | None = None
    stored_percent: Decimal | None = None
    stored_held: Decimal | None = None
    released: Decimal | None = None

    @property
    def touches_retainage(self) -> bool:
        """Whether it says anything of retainage."""
        named = (self.work_percent, self.work_retained, self.stored_percent, self.stored_held, self.released)
        return any(one is not None for one in named)


_MONEY = {
    "completed": gettext_noop("work completed this period"),
    "stored": gettext_noop("materials presently stored"),
    "work_retained": gettext_noop("retainage on work"),
    "stored_held": gettext_noop("retainage on stored materials"),
    "released": gettext_noop("retainage released"),
}
_SHARES = {
    "completed_percent": gettext_noop("work completed this period, in percent,"),
    "work_percent": gettext_noop("percentage of retainage on work"),
    "stored_percent": gettext_noop("percentage of retainage on stored materials"),
}


def details_of_head(invoice: object) -> InvoiceDetails:
    """What the head of an application says."""
    names = InvoiceDetails.__dataclass_fields__
    return InvoiceDetails(**{name: getattr(invoice, name) for name in names})


def head_problems(details: InvoiceDetails) -> Problems:
    """Why the head cannot be as given, by field; empty if it can.

    A number may be too long for QuickBooks as long as it is not sent; that is told at sending (`readiness`).
    """
    problems: Problems = {
        "number": _number_problems(details.number),
        "type": [] if details.type in InvoiceType.values else [gettext("Choose what the application bills.")],
        "note": prose_problems(details.note, limit=MEMO_LIMIT, what=gettext_noop("note")),
        **{name: _missing(getattr(details, name), gettext(what)) for name, what in _DAYS.items()},
    }
    if details.starts_on and details.ends_on and details.ends_on < details.starts_on:
        problems["ends_on"] = [gettext("The period ends before it starts. Change one of the two dates.")]
    if details.due_on and details.billed_on and details.due_on < details.billed_on:
        problems["due_on"] = [gettext("The payment is due before the billing date. Change one of the two dates.")]
    return {name: sentences for name, sentences in problems.items() if sentences}


_DAYS = {
    "billed_on": gettext_noop("billing date"),
    "starts_on": gettext_noop("start of the period"),
    "ends_on": gettext_noop("end of the period"),
}


def _missing(day: date | None, what: str) -> list[str]:
    return [] if day else [gettext("The %(what)s is missing. Give it.") % {"what": what}]


def _number_problems(number: str) -> list[str]:
    if not number:
        return [gettext("The number is empty. Give one.")]
    if length_of(number) > NUMBER_COLUMN:
        return [
            gettext("The number has %(length)s characters; %(limit)s is the limit. Shorten it.")
            % {"length": length_of(number), "limit": NUMBER_COLUMN}
        ]
    return number_problems(number, limit=NUMBER_COLUMN)


def billing_problems(given: Iterable[LineBilling]) -> Problems:
    """Why what was typed of the lines cannot be taken, apart from what stands there already."""
    problems: Problems = {}
    for one in given:
        for name, sentences in _typed_problems(one).items():
            problems[f"lines.{one.key}.{name}"] = in_line(one.key, sentences)
    return problems


def _typed_problems(one: LineBilling) -> Problems:
    found: Problems = {}
    for name, what in _MONEY.items():
        if getattr(one, name) is not None:
            found[name] = figure_problems(getattr(one, name), places=2, what=what)
    for name, what in _SHARES.items():
        if getattr(one, name) is not None:
            found[name] = _share_problems(getattr(one, name), gettext(what), retainage=name != "completed_percent")
    return {name: sentences for name, sentences in found.items() if sentences}


def _share_problems(percent: Decimal, what: str, *, retainage: bool) -> list[str]:
    if not percent.is_finite() or abs(percent) >= 1000:
        return [gettext("The %(what)s is not a percentage. Type it again.") % {"what": what}]
    if retainage and not 0 <= percent <= 100:
        return [gettext("The %(what)s is from 0 to 100.") % {"what": what}]
    if percent == percent.quantize(CENT):
        return []
    return [gettext("The %(what)s has two decimal places at most.") % {"what": what}]


def share_problems(percent: Decimal) -> Problems:
    """Why retainage cannot be brought down to this percentage."""
    sentences = _share_problems(percent, gettext("percentage that stays held"), retainage=True)
    return {"percent": sentences} if sentences else {}


def bill(line: InvoiceLine, said: LineBilling) -> Problems:
    """Let `line` say what was typed, without problems of its own; returns the pairs that do not agree.

    Retainage that was given as a percentage follows the money that it is a percentage of.
    """
    problems: Problems = {}
    if said.completed_percent is not None:
        line.completed = part_of(line.scheduled, said.completed_percent)
        problems |= _disagreeing(line, "completed", said.completed)
    elif said.completed is not None:
        line.completed = said.completed
    if said.stored is not None:
        line.stored = said.stored
    problems |= _retain(line, "work_percent", "work_retained", said)
    problems |= _retain(line, "stored_percent", "stored_held", said)
    if said.released is not None:
        line.released = said.released
    return problems


def _retain(line: InvoiceLine, percent: str, amount: str, said: LineBilling) -> Problems:
    share, typed = getattr(said, percent), getattr(said, amount)
    if share is None and typed is not None:
        setattr(line, percent, None)
        setattr(line, amount, typed)
        return {}
    if share is not None:
        setattr(line, percent, share)
    follow(line)
    return _disagreeing(line, amount, typed)


def _disagreeing(line: InvoiceLine, name: str, typed: Decimal | None) -> Problems:
    stands: Decimal = getattr(line, name)
    if typed is None or typed == stands:
        return {}
    sentence = gettext(
        "Line %(key)s: The percentage makes %(stands)s, and %(typed)s was typed. Give one of the two."
    ) % {"key": line.key, "stands": f"{stands:,.2f}", "typed": f"{typed:,.2f}"}
    return {f"lines.{line.key}.{name}": [sentence]}


def follow(line: InvoiceLine) -> None:
    """Let the retainage that is a percentage follow what it is a percentage of."""
    if line.work_percent is not None:
        line.work_retained = part_of(line.completed, line.work_percent)
    if line.stored_percent is not None:
        line.stored_held = part_of(line.stored, line.stored_percent)


def standing_problems(lines: Iterable[InvoiceLine], *, overbilling: bool) -> Problems:
    """Why the lines cannot stand as they do; `overbilling` says that more may be billed than a line is worth."""
    problems: Problems = {}
    for line in lines:
        for name, sentence in _line_problems(line, overbilling).items():
            problems[f"lines.{line.key}.{name}"] = in_line(line.key, [sentence])
    return problems


def _line_problems(line: InvoiceLine, overbilling: bool) -> dict[str, str]:
    figures = line.figures
    found = {"completed": _billed_beyond(figures, overbilling)} if figures.gross else {}
    if sign_of(figures) * figures.stored < 0:
        found["stored"] = gettext(
            "Materials presently stored cannot be below zero. Take work back as a minus of this period."
        )
    found |= {
        "work_retained": _retained_beyond(figures.work_retained, figures.completed, gettext("the work of this period")),
        "stored_held": _retained_beyond(figures.stored_held, figures.stored, gettext("the materials presently stored")),
        "released": _released_beyond(figures),
    }
    return {name: sentence for name, sentence in found.items() if sentence}


def sign_of(figures: LineFigures) -> int:
    """1 for a line that is worth something, -1 for a deduction, whose figures all lie below zero."""
    worth = figures.scheduled or figures.completed_before + figures.stored_before
    return -1 if worth < 0 else 1


def _billed_beyond(figures: LineFigures, overbilling: bool) -> str:
    """Billing beyond the line's worth, or back beyond nothing; what lay beyond before may come nearer."""
    sign = sign_of(figures)
    before, now = (figures.to_date - figures.gross) * sign, figures.to_date * sign
    worth = max(figures.scheduled * sign, _ZERO)
    if now > max(worth, before) and not overbilling:
        return gettext(
            "It would be billed to %(to_date)s, and %(scheduled)s is scheduled. Bill %(most)s at most, or let "
            "a change order be approved first."
        ) % {
            "to_date": f"{figures.to_date:,.2f}",
            "scheduled": f"{figures.scheduled:,.2f}",
            "most": f"{(worth - before) * sign:,.2f}",
        }
    if now < min(_ZERO, before):
        return gettext("It would be billed to %(to_date)s. No more can be taken back than was billed.") % {
            "to_date": f"{figures.to_date:,.2f}"
        }
    return ""


def _retained_beyond(retained: Decimal, base: Decimal, what: str) -> str:
    low, high = min(base, _ZERO), max(base, _ZERO)
    if low <= retained <= high:
        return ""
    return gettext("%(retained)s cannot be withheld from %(what)s, which is %(base)s.") % {
        "retained": f"{retained:,.2f}",
        "what": what,
        "base": f"{base:,.2f}",
    }


def _released_beyond(figures: LineFigures) -> str:
    sign, held = sign_of(figures), figures.work_held_before + figures.work_retained
    if figures.released * sign < 0:
        return gettext("A release is not below zero. Withhold it as retainage on work instead.")
    if figures.work_held * sign >= 0 or figures.work_held * sign >= figures.work_held_before * sign:
        return ""
    if figures.released:
        return gettext(
            "%(released)s cannot be released: %(held)s is held on work. Retainage on stored materials falls "
            "with its own percentage."
        ) % {"released": f"{figures.released:,.2f}", "held": f"{held:,.2f}"}
    return gettext("It would hold %(held)s on work: that retainage was released before. Withhold nothing here.") % {
        "held": f"{held:,.2f}"
    }
