"""Sentences that are kept in English with a record, as a reader of another language reads them.

One that is the same each time is a message of the catalogue itself. Of one that names something, the form is: what
stands in a sentence where the form has a placeholder is put into the form's translation. Some are kept one behind
another; each is read by itself. What follows `SAID` are QuickBooks' own words, which stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache

from django.utils.functional import lazy
from django.utils.translation import get_language, gettext, gettext_noop

from procore_sync.kit.kept_forms import (
    AFTER_THEIRS,
    ALONE,
    ENTITIES,
    FORMS,
    GONE,
    HOLDS,
    LISTED,
    OPEN,
    REFUSALS,
    REMARKS,
    TITLES,
)
from procore_sync.kit.kinds import Kind
from procore_sync.kit.shown import day
from procore_sync.kit.text import filled

SAID = gettext_noop("QuickBooks says:")
_BUDGET_OF = "Budget of "
#: What is numbered within a commitment, so that its name says of which.
_NUMBERED_WITHIN = (Kind.CHANGE_ORDER, Kind.INVOICE)
_LONGEST = 20_000
#: Of more only the form of the whole is looked for.
_MOST_SENTENCES = 24
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_ENDS = re.compile(r"(?<=\.) |$")
#: What other placeholders hold: most a name on one line, a value of a document also nothing or several lines.
_VALUES = frozenset({"sent", "held", "was", "now", "note", "party", *LISTED})
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAY = re.compile(rf"(\d{{1,2}}) ({'|'.join(_MONTHS)}) (\d{{4}})((?:, \d\d:\d\d)?)", re.ASCII)
#: What is written in one way.
_WRITTEN = {
    **dict.fromkeys(("count", "minutes", "status_code", "tries", "times"), r"\d+"),
    "day": r"[\d-]*",
    "id": r"[\w-]+",
    "key": r"[CMR]?\d+(?:\.\d+)?",
}


def in_the_readers_words(sentence: str) -> str:
    """`sentence` in the reader's language as far as the catalogue has it or its form, else as it is."""
    if not sentence or len(sentence) > _LONGEST:
        return sentence
    if _is_english():
        # It is in English already, but for what a list of QuickBooks is called by its programs.
        return _by_form(sentence, _spelt(FORMS))
    ours, said, theirs = sentence.partition(f" {SAID} ")
    if not said:
        return _one_by_one(sentence)
    return " ".join((_one_by_one(ours), gettext(SAID), *_apart(theirs, AFTER_THEIRS)))


#: The same in the language of whom it is told, for what is told to several.
read_by_each = lazy(in_the_readers_words, str)


def refusal_in_the_readers_words(sentence: str) -> str:
    """Why one of many stays, which was kept where a worker was refused, in the reader's language."""
    return sentence if _is_english() else _one_by_one(sentence, (*REFUSALS, *FORMS))


def title_in_the_readers_words(title: str) -> str:
    """The title of a posting in the reader's language; what it names stays."""
    return title if _is_english() else _by_form(title, TITLES)


def alone_in_the_readers_words(words: str) -> str:
    """A label, or what stands in place of a value, in the reader's language."""
    return words if _is_english() else _by_form(words, ALONE)


def called_in_the_readers_words(kind: str, number: str, label: str) -> str:
    """The name of a record of this kind and number, where it is partly words of ours; what they name stays."""
    if kind == Kind.BUDGET and label.startswith(_BUDGET_OF):
        return filled(gettext("Budget of %(project)s"), {"project": label.removeprefix(_BUDGET_OF)})
    of = f"{number} of "
    if kind in _NUMBERED_WITHIN and number and label.startswith(of):
        told = {"number": number, "commitment": label.removeprefix(of)}
        return filled(gettext("%(number)s of %(commitment)s"), told)
    return label


def remark_in_the_readers_words(comment: str) -> str:
    """What the console has written into the journal for a person, in the reader's language; their own words stay."""
    if _is_english():
        return _by_form(comment, _spelt(REMARKS))
    ends = [gap.start() for gap in _ENDS.finditer(comment)]
    read = [(_weight(form), -end, form) for end in ends if (form := _form_of(comment[:end], REMARKS))]
    if not read:
        return " ".join(_apart(comment, GONE))
    _, end, form = max(read)
    return _put_into(form, comment[:-end]) + comment[-end:]


def _is_english() -> bool:
    return (get_language() or "en").startswith("en")


def _one_by_one(text: str, forms: tuple[str, ...] = FORMS) -> str:
    """Each sentence of `text` that the catalogue has, or whose form; the others as they are.

    A name may have a full stop inside, one form may begin like another, and what stands behind may pass for a name: so
    it is taken apart where most of it is read that is no name.
    """
    if (known := gettext(text)) != text:
        return known
    ends = [gap.start() for gap in _ENDS.finditer(text)]
    if len(ends) > _MOST_SENTENCES:
        return _by_form(text, forms)
    starts = [0, *(end + 1 for end in ends[:-1])]
    best: list[tuple[int, list[str]]] = [(0, [])]
    for number, start in reversed([*enumerate(starts)]):
        weight, behind = best[0]
        ways = [(weight, 0, [text[start : ends[number]], *behind])]
        for more, end in enumerate(ends[number:]):
            if read := _known(text[start:end], forms):
                weight, behind = best[more]
                ways.append((read[0] + weight, end, [read[1], *behind]))
        weight, _, told = max(ways, key=lambda way: way[:2])
        best.insert(0, (weight, told))
    return " ".join(best[0][1])


def _known(sentence: str, forms: tuple[str, ...]) -> tuple[int, str] | None:
    """`sentence` in the reader's words, behind how much of it is no name; None if it is not known."""
    known = gettext(sentence) if sentence else sentence
    if known != sentence:
        return len(sentence), known
    form = _form_of(sentence, forms)
    return (_weight(form), _put_into(form, sentence)) if form else None


def _weight(form: str) -> int:
    """How much of a sentence of this form is no name."""
    return len(_PLACEHOLDER.sub("", form))


def _apart(text: str, forms: tuple[str, ...]) -> Iterator[str]:
    """What somebody has said, as it is, and what we say behind it in the reader's words."""
    for at in (0, *(gap.end() for gap in re.finditer(" ", text))):
        if (told := _fitted(text[at:], forms)) is not None:
            yield from filter(None, (text[:at].rstrip(), told))
            return
    yield text


def _by_form(text: str, forms: tuple[str, ...] = FORMS) -> str:
    told = _fitted(text, forms)
    return text if told is None else told


def _fitted(text: str, forms: tuple[str, ...]) -> str | None:
    """`text` in the translation of the first of `forms` that it fits; None if it fits none."""
    form = _form_of(text, forms)
    return None if form is None else _put_into(form, text)


def _form_of(text: str, forms: tuple[str, ...]) -> str | None:
    known = _by_beginning(forms)
    near = (*known.get(text.partition(" ")[0], ()), *known.get("", ()))
    fitting = (form for form in near if text.endswith(_ending(form)) and _pattern(form).fullmatch(text))
    return next(fitting, None)


@cache
def _ending(form: str) -> str:
    """What stands in `form` behind its last name, which is compared before all of it."""
    return _PLACEHOLDER.split(form)[-1]


def _put_into(form: str, text: str) -> str:
    """What stands in `text`, which fits `form`, put into the form's translation."""
    found = _pattern(form).fullmatch(text)
    places = found.groupdict() if found else {}
    return gettext(form) % {name: _read(name, value) for name, value in places.items()} if form else form


@cache
def _spelt(forms: tuple[str, ...]) -> tuple[str, ...]:
    """Those that name a thing of QuickBooks as programs do."""
    return tuple(form for form in forms if ENTITIES & {*_PLACEHOLDER.findall(form)})


@cache
def _by_beginning(forms: tuple[str, ...]) -> Mapping[str, Sequence[str]]:
    """`forms` by their first word, so that a sentence is held against few; under "" those that begin with a name."""
    found: dict[str, list[str]] = {}
    for form in forms:
        first = form.partition(" ")[0]
        found.setdefault("" if "%(" in first else first, []).append(form)
    return found


@cache
def _pattern(form: str) -> re.Pattern[str]:
    return re.compile(_shape(form, named=True))


def _shape(form: str, *, named: bool) -> str:
    """What fits `form`: its own letters, and where it names something what that may be."""
    pieces = enumerate(_PLACEHOLDER.split(form))
    return "".join(_held(piece, named=named) if place % 2 else re.escape(piece) for place, piece in pieces)


def _held(name: str, *, named: bool) -> str:
    return f"(?P<{name}>{_fitting(name)})" if named else f"(?:{_fitting(name)})"


@cache
def _fitting(name: str) -> str:
    if name in HOLDS and name not in OPEN:
        return "|".join(_shape(form, named=False) for form in HOLDS[name])
    if name in ENTITIES:
        return "[A-Z][A-Za-z]+"
    return _WRITTEN.get(name, "(?s:.*?)" if name in _VALUES else ".+?")


def _read(name: str, value: str) -> str:
    """What a placeholder holds, in the reader's words where it is words of ours."""
    if name in ENTITIES:
        return entity_words(value)
    if name in LISTED:
        return "; ".join(_listed(value, LISTED[name]))
    if name == "party" and value == "nobody":
        return gettext(value)
    if name not in HOLDS and name not in OPEN:
        return _dated(value)
    told = _fitted(value, HOLDS.get(name, ()))
    return _word(value) if told in (None, value) else told


def _dated(value: str) -> str:
    """A day as `shown` has written it in English, perhaps with its hour, as it writes it for the reader."""
    found = _DAY.fullmatch(value)
    if found is None:
        return value
    number, month, year, clock = found.groups()
    try:
        return f"{day(date(int(year), _MONTHS.index(month) + 1, int(number)))}{clock}"
    except ValueError:
        return value


def _listed(told: str, forms: tuple[str, ...]) -> Iterator[str]:
    """Each of several that stand with a semicolon between them, which may stand in a name or value as well."""
    waiting = ""
    for piece in told.split("; "):
        waiting = f"{waiting}; {piece}" if waiting else piece
        read = _fitted(waiting, forms)
        if read is None and (whole := _fitted(f"{waiting}.", FORMS)):
            # A sentence of its own, whose full stop is that of the whole.
            read = whole.removesuffix(".")
        if read is not None:
            yield read
            waiting = ""
    if waiting:
        yield waiting


def _word(word: str) -> str:
    known = gettext(word) if word else word
    # A word stands small inside of a sentence, and with a capital in the catalogue.
    return gettext(word[:1].upper() + word[1:]).lower() if known == word and word[:1].islower() else known


def entity_words(entity: object) -> str:
    """A QuickBooks entity as people say it: PurchaseOrder is a Purchase order."""
    first, *others = re.findall(r"[A-Z][a-z]*|[a-z]+", str(entity)) or [""]
    words = " ".join([first, *(word.lower() for word in others)])
    return gettext(words) if words else ""
