"""What the pages of the console say alike: status, changes, tables, buttons; amounts and times as `kit.shown` has them.

Numbers and words are made here once, so that two pages cannot show the same thing differently.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput
from django.template import Context
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_noop
from heroicons.templatetags.heroicons import heroicon_micro

from procore_sync.kit import text
from procore_sync.kit.kept import (
    alone_in_the_readers_words,
    called_in_the_readers_words,
    entity_words,
    in_the_readers_words,
    refusal_in_the_readers_words,
    remark_in_the_readers_words,
    title_in_the_readers_words,
)
from procore_sync.kit.looks import chosen_theme
from procore_sync.kit.shown import (
    MINUS,
    NOTHING,
    age,
    day,
    is_amount,
    money,
    percent,
    plain,
    rate,
    signed,
    when,
)
from procore_sync.kit.templatetags.icons import SHAPES

register = template.Library()
for one in (age, day, is_amount, money, percent, plain, rate, signed, when):
    register.filter(one)

FIRST_CHOICE = ("accept", "send", "retry")
DONE = {
    "send": gettext_noop("Sent to accounting"),
    "retrieve": gettext_noop("Retrieved"),
    "accept": gettext_noop("Accepted"),
    "accept_first": gettext_noop("Accepted as the first of two"),
    "undo": gettext_noop("Acceptance taken back"),
    "reject": gettext_noop("Rejected"),
    "confirm": gettext_noop("Confirmed by QuickBooks"),
    "fail": gettext_noop("Export failed"),
    "retry": gettext_noop("Tried again"),
    "link": gettext_noop("Linked to QuickBooks"),
    "unlink": gettext_noop("Unlinked from QuickBooks"),
    "remark": gettext_noop("Noted"),
    "comment": gettext_noop("Comment"),
}
VIEWS = {
    "ready_to_export": gettext_noop("To export"),
    "ready_to_update": gettext_noop("To update"),
    "changed": gettext_noop("Changed"),
    "returned": gettext_noop("Returned"),
}
BADGES = {
    "cost_code": "CODE",
    "vendor": "VEN",
    "project": "JOB",
    "budget": "BUD",
    "commitment": "COM",
    "change_order": "CCO",
    "invoice": "INV",
}


# -- words ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Face:
    """How a state is shown: its word, a shape that no other state has, and a tone that repeats what they say."""

    word: str
    shape: str
    tone: str = ""


FACES: dict[str, Face] = {
    "not_sent": Face(gettext_noop("Not sent"), "ring", "plain"),
    "sent": Face(gettext_noop("With accounting"), "send", "go"),
    "retrieved": Face(gettext_noop("Retrieved"), "back"),
    "rejected": Face(gettext_noop("Rejected"), "cross", "bad"),
    "exporting": Face(gettext_noop("Exporting"), "export", "go"),
    "held": Face(gettext_noop("Accepted"), "hourglass", "go"),
    "waiting": Face(gettext_noop("Waiting"), "clock", "warn"),
    "uncertain": Face(gettext_noop("Uncertain, looking"), "question", "warn"),
    "failed": Face(gettext_noop("Failed"), "stop", "bad"),
    "synced": Face(gettext_noop("Synced"), "check", "good"),
    "changed": Face(gettext_noop("Synced, changed since"), "unequal", "warn"),
    "differs": Face(gettext_noop("Differs in QuickBooks"), "warning", "warn"),
}


def face_of(item: Any, sending: Any = None) -> Face:
    """The face of a state given by its name, or of an item with its newest sending (given, or found on the item)."""
    if isinstance(item, str):
        return FACES.get(item) or Face(item.replace("_", " ").capitalize(), "dot")
    key = str(item.status)
    if key == "exporting":
        newest = sending or _sending(item)
        work = "held" if getattr(newest, "is_held", False) else str(getattr(newest, "work", ""))
        key = work if work in FACES else key
    elif key == "synced" and getattr(item, "differs", False):
        key = "differs"
    elif key == "synced" and item.is_changed:
        key = "changed"
    return FACES[key]


def _sending(item: Any) -> Any:
    latest = getattr(item, "latest", None)
    return latest[0] if isinstance(latest, list) and latest else getattr(item, "open", None)


@register.filter
def badge(kind: str) -> str:
    """The few letters that stand for a kind of record in a list."""
    return BADGES.get(str(kind), str(kind)[:3].upper())


@register.simple_tag
def first_views() -> tuple[str, ...]:
    """The views of the inbox that ask for a person, shown side by side; the others stand under "More"."""
    return ("ready_to_export", "ready_to_update", "failed")


@register.filter
def short_view(key: str, label: str) -> str:
    """The name of a view of the inbox, short enough for some to stand side by side."""
    return gettext(VIEWS.get(key, label))


@register.filter
def before_stop(name: object) -> str:
    """A name before the full stop of a sentence: “Kestrel Inc.” without its own."""
    return text.before_stop(name)


@register.filter
def done(action: str) -> str:
    """What happened, for a line of history: "Sent to accounting"."""
    return gettext(DONE.get(str(action), str(action).replace("_", " ").capitalize()))


register.filter(entity_words)


@register.filter
def kept(sentence: str) -> str:
    """A sentence that is kept in English with a record, in the reader's language if the catalogue has its form."""
    return in_the_readers_words(str(sentence)) if sentence else ""


@register.filter
def stayed(why: str) -> str:
    """Why one of many stayed as it was, in the reader's language."""
    return refusal_in_the_readers_words(why)


@register.filter
def commented(event: Any) -> str:
    """The comment of a journal's row: what the console wrote in the reader's language, a person's words as they are."""
    comment = str(event.comment)
    if not getattr(event, "by", None):
        return in_the_readers_words(comment)
    return remark_in_the_readers_words(comment) if event.action in _WRITTEN_FOR_PEOPLE else comment


#: What a person does with a comment that the console writes, with their own words beside it.
_WRITTEN_FOR_PEOPLE = frozenset(("accept", "accept_first", "fail", "link", "unlink", "remark"))


@register.filter
def noted(note: str) -> str:
    """The note of an answered card, where the console has made it; a person's own as it is."""
    return remark_in_the_readers_words(note)


@register.filter
def labelled(label: str) -> str:
    """What a value is called that a document differs in: “Line 2, quantity”."""
    return alone_in_the_readers_words(label) if label.startswith("Line ") else gettext(label)


@register.filter
def kept_title(title: str) -> str:
    """The title of a posting, which is kept in English, in the reader's language."""
    return title_in_the_readers_words(title)


@register.filter
def called(item: Any) -> str:
    """The name of a record, an ErpItem, in the reader's language as far as it is words of ours."""
    return called_in_the_readers_words(item.kind, item.number, item.label)


@register.filter
def lookers(names: Sequence[str]) -> str:
    """Who has a record open now, in a sentence without its end: "Bea and Cy are looking at this"."""
    if len(names) == 1:
        return gettext("%(name)s is looking at this") % {"name": names[0]}
    more = gettext("%(count)s more") % {"count": len(names) - 2}
    few = names[:3] if len(names) <= 3 else [*names[:2], more]
    return gettext("%(names)s and %(last)s are looking at this") % {"names": ", ".join(few[:-1]), "last": few[-1]}


@register.filter
def unread_words(count: int) -> str:
    """How many notices are unread; beyond 99 nobody counts them."""
    return str(count) if count < 100 else "99+"


@register.filter
def rejection_of(events: Iterable[Any]) -> Any:
    """The rejection that `events`, newest first, came to last; None if there is none."""
    return next((event for event in events if str(getattr(event, "action", "")) == "reject"), None)


@register.simple_tag
def status(item: Any, sending: Any = None) -> SafeString:
    """A state as word, shape and colour: `{% status item %}` (with its newest sending), `{% status "failed" %}`."""
    face = face_of(item, sending)
    word = gettext(face.word)
    if face is FACES["held"] and not isinstance(item, str):
        told = leaves(sending or _sending(item))
        return format_html('<span class="status {}">{}{}, {}</span>', face.tone, icon(face.shape), word, told)
    return format_html('<span class="status {}">{}{}</span>', face.tone, icon(face.shape), word)


@register.simple_tag
def leaves(sending: Any, css: str = "") -> SafeString:
    """In how many seconds an accepted sending leaves at the earliest; with JavaScript it counts down."""
    seconds = sending.leaves_in
    # The script puts the seconds that are left in the place of this 0.
    coming, now = gettext("leaves in %(seconds)s s") % {"seconds": 0}, gettext("leaves now")
    told = gettext("leaves in %(seconds)s s") % {"seconds": seconds} if seconds else now
    classes = f"fig {css}".strip()
    made = '<span class="{}" data-leaves="{}" data-in="{}" data-now="{}">{}</span>'
    return format_html(made, classes, seconds, coming, now, told)


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """A shape of ours, else the heroicon of that name. Without `label` it is decoration, hidden from readers."""
    if name not in SHAPES:
        attributes: dict[str, Any] = {"class": f"icon {css}".strip(), "aria_hidden": "true"}
        return mark_safe(heroicon_micro(name, **attributes))  # noqa: S308 - the wheel's own file
    aria = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon{}" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.7" '
        'stroke-linecap="round" stroke-linejoin="round" {}>{}</svg>',
        f" {css}" if css else "",
        aria,
        mark_safe(SHAPES[name]),  # noqa: S308 - a constant of ours
    )


# -- cells, documents and times in the markup ----------------------------------------------------------------------


@register.simple_tag
def money_cell(value: Decimal | int | str | None, label: str = "", tag: str = "td") -> SafeString:
    """A right-aligned table cell with an amount; below zero also in colour. `label` names it in the phone's form."""
    shown = money(value)
    start, end = _around_money(conditional_escape(label), tag, shown.startswith(MINUS))
    return mark_safe(f"{start}{conditional_escape(shown)}{end}")  # noqa: S308 - all of it is escaped


@lru_cache(maxsize=512)
def _around_money(label: str, tag: str, is_below: bool) -> tuple[str, str]:
    """What stands around the amounts of a column, of which a table has thousands; `label` is escaped."""
    element = tag if tag in {"td", "th", "span", "dd"} else "td"
    named = f" data-label='{label}'" if label else ""
    return f"<{element}{named} class='{'num neg' if is_below else 'num'}'>", f"</{element}>"


@register.filter
def beside(headings: Sequence[str], values: Sequence[Any]) -> list[tuple[str, Any]]:
    """Each heading with what stands under it."""
    return list(zip(headings, values, strict=True))


@register.filter
def amounts_alone(changes: Iterable[Mapping[str, str]]) -> bool:
    """Whether nothing but amounts differs between ours and theirs, which stand under each other then."""
    return _is_numeric(one[side] for one in changes for side in ("ours", "theirs"))


#: The facts that are days, and come as a document has them: 2026-10-31. A number may look like one and is none.
DAYS = frozenset(
    ("Date", "Due date", "Billing date", "Payment due", "Starts on", "Finishes on", "Locked on", "Books closed through")
)
#: The facts whose value is a word of a list of ours.
WORDS = frozenset(("Type", "Is a job", "The old order is"))
#: The facts that are a rate, and say so in their name.
RATES = frozenset(("Default retainage, %",))
#: Where a fact stands that QuickBooks is to have no more.
CLEARED = gettext_noop("(cleared)")


@register.filter
def told(fact: Any) -> str:
    """The value of a fact as people read it: a day as `day` says it, a rate as `plain`, our words in their language."""
    said = str(fact.value or "")
    if said == CLEARED or (fact.label in WORDS and said):
        return gettext(said)
    if fact.label in RATES and said:
        return plain(Decimal(said))
    if fact.label == "Tax":
        return in_the_readers_words(said)
    starts, _, ends = said.partition(" to ")
    if fact.label == "Period" and _ISO_DAY.fullmatch(starts) and _ISO_DAY.fullmatch(ends):
        days = {"starts": day(date.fromisoformat(starts)), "ends": day(date.fromisoformat(ends))}
        return gettext("%(starts)s to %(ends)s") % days
    return day(date.fromisoformat(said)) if fact.label in DAYS and _ISO_DAY.fullmatch(said) else said


_ISO_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


@register.simple_tag
def ago(moment: datetime | None, late_after_days: int = 0) -> SafeString:
    """The age in a `time` element titled with moment and zone; amber and called late from `late_after_days` on."""
    if moment is None:
        return mark_safe("")
    days = late_after_days or 0
    is_late = days > 0 and timezone.now() - moment >= timedelta(days=days)
    css = mark_safe(' class="late"') if is_late else ""
    told = gettext("%(age)s, late") % {"age": age(moment)} if is_late else age(moment)
    full = f"{when(moment)} {timezone.localtime(moment):%Z}"
    return format_html('<time datetime="{}" title="{}"{}>{}</time>', moment.isoformat(), full, css, told)


@register.simple_tag
def moment(value: datetime | None, place: str = "") -> SafeString:
    """A moment in a `time` element: `{% moment event.at %}`, or inside a sentence `{% moment event.at "inside" %}`."""
    if value is None:
        return format_html("{}", NOTHING)
    shown = when(value)
    if place and shown[0].isalpha():
        shown = shown[0].lower() + shown[1:]
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), shown)


@register.simple_tag
def diff(before: object, after: object) -> SafeString:
    """The old value struck beside the new one, with words for a screen reader; money is shown as money."""
    old, new = (money(text) if is_amount(text) else text for text in (_text(before), _text(after)))
    if old == new:
        return format_html("{}", new)
    was, now = gettext("was"), gettext("now")
    struck = format_html('<del><span class="sr">{} </span>{}</del>', was, old) if old else mark_safe("")
    fresh = format_html('<ins><span class="sr">{} </span>{}</ins>', now, new) if new else mark_safe("")
    if struck and not fresh:
        return format_html('{}<span class="sr"> {}</span>', struck, gettext("removed"))
    return format_html("{} {}", struck, fresh) if struck else fresh


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return "" if value is None else str(value)


@register.filter
def pretty(document: object) -> str:
    """A JSON document laid out for reading."""
    return json.dumps(document, indent=2, ensure_ascii=False, default=str)


# -- tables --------------------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def sort_header(context: Context, label: str, key: str, css: str = "") -> SafeString:
    """A header that sorts its column by `?sort=key`, a second time downwards, and says so in `aria-sort`."""
    request = context["request"]
    chosen = request.GET.get("sort", "")
    query = request.GET.copy()
    query["sort"] = f"-{key}" if chosen == key else key
    query.pop("page", None)
    sorted_as = {key: "ascending", f"-{key}": "descending"}.get(chosen, "")
    return format_html(
        '<th scope="col"{}{}><a href="?{}">{}{}</a></th>',
        format_html(' class="{}"', css) if css else "",
        format_html(' aria-sort="{}"', sorted_as) if sorted_as else "",
        query.urlencode(),
        label,
        icon("down" if sorted_as == "descending" else "up") if sorted_as else "",
    )


@dataclass(frozen=True)
class Cell:
    """A cell of a posting's line: what is shown, and whether its column is set as figures."""

    label: str
    text: str
    numeric: bool

    @property
    def css(self) -> str:
        """The classes of the cell."""
        return " ".join(["num"] * self.numeric + ["neg"] * (self.numeric and self.text.startswith(MINUS)))


@dataclass(frozen=True)
class Once:
    """What all lines have in common, as a fact of the whole."""

    label: str
    value: str
    numeric: bool = False


#: What of a line is rather a property of the whole document.
SAID_ONCE = ("Account", "Job")


@register.inclusion_tag("components/posting_lines.html")
def posting_lines(posting: Any) -> dict[str, Any]:
    """The facts of a posting and its lines as a table: no column without a cell, one of amounts alone set right.

    What is one and the same on all lines, such as the job, is said once, among the facts, and leaves the room to the
    words and the amounts. So is a quantity of one: its rate would be the amount once more.
    """
    every = [[str(text) for text in line] for line in posting.lines]
    shown = [at for at in range(len(posting.columns)) if any(at < len(row) and row[at] for row in every)]
    same = [at for at in shown if posting.columns[at] in SAID_ONCE and _is_same(every, at)]
    repeated = _repeated(posting.columns, every)
    same += [at for at in shown if at in repeated and posting.columns[at] == "Qty"]
    shown = [at for at in shown if at not in same and at not in repeated]
    columns = [posting.columns[at] for at in shown]
    rows = [[row[at] for at in shown if at < len(row)] for row in every]
    numeric = [_is_numeric(row[at] for row in rows if at < len(row)) for at in range(len(columns))]
    heads = [Cell(label, label, is_number) for label, is_number in zip(columns, numeric, strict=True)]
    lines = [
        [
            Cell(head.label, money(text) if is_amount(text) else text, head.numeric)
            for head, text in zip(heads, row, strict=False)
        ]
        for row in rows
    ]
    facts = [*getattr(posting, "facts", []), *(Once(posting.columns[at], every[0][at]) for at in same)]
    before = max(len(columns) - 1, 1)
    return {"posting": posting, "facts": facts, "heads": heads, "lines": lines, "before_total": before}


def _is_same(rows: list[list[str]], at: int) -> bool:
    return len({row[at] if at < len(row) else "" for row in rows}) == 1


def _repeated(columns: Sequence[str], rows: list[list[str]]) -> set[int]:
    """The columns of quantity and rate, where each line has one of what its amount says."""
    if not {"Qty", "Rate", "Amount"} <= set(columns):
        return set()
    quantity, rate, amount = (columns.index(name) for name in ("Qty", "Rate", "Amount"))
    is_plain = all(
        len(row) > max(quantity, rate, amount) and row[quantity] == "1" and _figure(row[rate]) == _figure(row[amount])
        for row in rows
    )
    return {quantity, rate} if is_plain else set()


def _figure(text: str) -> Decimal | str:
    return Decimal(text.replace(",", "").replace(MINUS, "-")) if is_amount(text) else text


def _is_numeric(cells: Iterable[str]) -> bool:
    filled = [text for text in cells if text]
    return bool(filled) and all(is_amount(text) for text in filled)


# -- actions and fields --------------------------------------------------------------------------------------------


@register.inclusion_tag("components/offer.html", takes_context=True)
def offer(context: Context, offer: Any, form: str = "", in_review: bool = False, css: str = "") -> dict[str, Any]:
    """An offered action as a real button with its key, or greyed with the sentence why not.

    `form` is the id of a form elsewhere on the page that the button submits (accept sends the choices along).
    `in_review` lets htmx swap the answer in; without it the page is loaded anew. `css` overrides the look.
    """
    action = str(offer.action)
    return {
        "offer": offer,
        "action": action,
        "form": form,
        "in_review": in_review,
        "of": getattr(context.get("item"), "pk", ""),
        "css": css or ("primary" if action in FIRST_CHOICE else ""),
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("components/line_changes.html")
def line_changes(changes: Sequence[Any], columns: Sequence[str], caption: str) -> dict[str, Any]:
    """The lines of a document that another revision has otherwise; no column that is empty in all of them."""
    shown = [at for at in range(len(columns)) if any(text for one in changes for text in one.cells[at])]
    rows = [(one, [(columns[at], *one.cells[at]) for at in shown]) for one in changes]
    return {"rows": rows, "columns": [columns[at] for at in shown], "caption": caption}


@register.filter
def offered(offers: Iterable[Any], action: str) -> Any:
    """The offer of `action` if it can be done now, else None."""
    return next((one for one in offers if str(one.action) == action and not one.why_not), None)


@register.filter
def beside_decisions(offers: Iterable[Any] | None) -> list[Any]:
    """The offers of a record's own page: to accept or reject, one has to see what would be posted."""
    return [one for one in offers or [] if str(one.action) not in ("accept", "reject")]


@register.filter
def clear_of(checks: Sequence[Any]) -> str:
    """How many checks are in order: "5 of 6 clear"."""
    clear = sum(check.level == "ok" for check in checks)
    return gettext("%(clear)s of %(all)s clear") % {"clear": clear, "all": len(checks)}


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, layout: str = "") -> dict[str, Any]:
    """A form field with label, help and errors tied to it. `layout`: "row" puts the label beside it.

    What is typed is counted where its widget has a `data-limit` of characters.
    """
    widget = bound.field.widget
    is_check, limit = isinstance(widget, CheckboxInput), widget.attrs.get("data-limit")
    return {"field": bound, "is_check": is_check, "layout": layout, "limit": limit}


# -- frame ---------------------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def theme(context: Context) -> str:
    """The theme that the person chose: "light", "dark", or empty for what the system says."""
    request = context.get("request")
    return chosen_theme(request) if request else ""


@register.filter
def initials(name: str) -> str:
    """At most two letters for a person's badge; the first letter of an address where there is no name."""
    words = re.findall(r"[^\W\d_]+", name.split("@")[0])
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"
