"""Names as a ledger takes them, and names as people mean them.

QuickBooks Online takes at most 100 characters, no colon, no tab and no line break in the name of a vendor, a
customer or an item. Nothing here shortens or repairs a name: it says what is wrong.
"""

import re
import unicodedata
from collections.abc import Mapping

from django.utils.translation import gettext, gettext_noop

NAME_LIMIT = 100

_DIRECTION_MARKS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSEEN = frozenset("\u00ad\u200b\u2060\ufeff\ufffc\ufffd")
_LEGAL_FORMS = re.compile(
    "inc|incorporated|corp|corporation|co|company|cie|compagnie|llc|llp|lp|lllp|pllc|pc|plc|ltd|ltee|limited|limitee"
    "|gmbh|ag|bv|nv|sa|sas|sarl|senc|sencrl|enr|pty|oy|ab"
)
_ENDS = re.compile(r"%\((\w+)\)s\.(?!\S)")
_SPELLED = {"&": " and ", "+": " and ", "@": " at "}


def length_of(text: str) -> int:
    """How long `text` is where limits are counted: UTF-16 units, in which most emoji are two."""
    return len(text.encode("utf-16-le")) // 2


def typed_length(text: str) -> int:
    """How long `text` is to the browser in which it was typed: the end of a line is one, and is sent as two."""
    return length_of(text.replace("\r\n", "\n"))


def before_stop(name: object) -> str:
    """`name` for the end of a sentence: without a full stop of its own, so that “Inc.” gets no second one."""
    return str(name).removesuffix(".")


def filled(sentence: str, named: Mapping[str, object]) -> str:
    """`sentence` with what is `named` in it. What a language has at an end gets no second full stop."""
    ended = _ENDS.sub(lambda found: found[0].removesuffix("." if str(named[found[1]]).endswith(".") else ""), sentence)
    return ended % named


def name_problems(name: str, *, limit: int = NAME_LIMIT, what: str = gettext_noop("name")) -> list[str]:
    """Every reason why QuickBooks would not take `name`, as sentences; empty if it would.

    `what` names the field, in English.
    """
    if not name.strip():
        return [gettext("The %(what)s is empty. Give one.") % {"what": gettext(what)}]
    problems = line_problems(name, limit=limit, what=what)
    if ":" in name:
        said = gettext("The %(what)s has a colon, which QuickBooks keeps for levels. Use a dash instead.")
        problems.insert(0, said % {"what": gettext(what)})
    return problems


def line_problems(text: str, *, limit: int, what: str) -> list[str]:
    """Every reason why `text` is no plain line of at most `limit` characters, as sentences; an empty text is fine.

    `what` names the field, in English.
    """
    return [said % {"what": gettext(what)} for said in _faults_of(text)] + _too_long(text, limit, what)


def _faults_of(text: str) -> list[str]:
    problems = []
    if any(character in "\t\n\r\x0b\x0c\x85\u2028\u2029" for character in text):
        said = gettext("The %(what)s has a tab or a line break, which QuickBooks refuses. Write it on one line.")
        problems.append(said)
    elif any(unicodedata.category(character) in ("Cc", "Cs", "Co") for character in text):
        problems.append(gettext("The %(what)s has an unprintable character, which QuickBooks refuses. Type it again."))
    if any(character in _DIRECTION_MARKS for character in text):
        said = gettext(
            "The %(what)s has a hidden mark that turns the direction of reading, so it may look like another. "
            "Type it again."
        )
        problems.append(said)
    if any(character in _UNSEEN for character in text):
        problems.append(gettext("The %(what)s has a character that cannot be seen. Type it again."))
    return problems


def _too_long(text: str, limit: int, what: str) -> list[str]:
    length = length_of(text)
    if length <= limit:
        return []
    said = gettext("The %(what)s has %(length)s characters, and QuickBooks takes %(limit)s. Shorten it.")
    return [said % {"what": gettext(what), "length": length, "limit": limit}]


def number_problems(number: str, *, limit: int, what: str = gettext_noop("number")) -> list[str]:
    """Every reason why `number` is no plain line by which a record can be found, as sentences; an empty one is fine.

    `what` names the field, in English.
    """
    problems = line_problems(number, limit=limit, what=what)
    if _of_usual_width(number) == number:
        return problems
    said = gettext(
        "The %(what)s has full-width characters, so it looks like another but is not the same. Type it again with "
        "the usual ones: %(usual)s."
    )
    return [*problems, said % {"what": gettext(what), "usual": _of_usual_width(number)}]


def says_nothing(text: str) -> bool:
    """Whether there is nothing to read in `text`: it is empty, or of white space and marks that nobody sees."""
    return not any(unicodedata.category(one)[0] not in "CZ" and one not in _UNSEEN for one in text)


def is_plain(text: str) -> bool:
    """Whether `text` is one line that a reader cannot take for another: nothing unseen, nothing in other widths."""
    return not _faults_of(text) and unicodedata.normalize("NFC", _of_usual_width(text)) == text


def _of_usual_width(text: str) -> str:
    """`text` with the usual character for each that differs from it in width or typeface alone, one for one."""
    if text.isascii():
        return text
    return "".join(unicodedata.normalize("NFKC", one) if _only_looks(one) else one for one in text)


def _only_looks(character: str) -> bool:
    return unicodedata.decomposition(character).startswith(("<wide>", "<narrow>", "<font>"))


def same_name_key(name: str) -> str:
    """What two names have in common that a ledger or a reader takes for the same: case, spacing and width set aside.

    At most three times as long as `name`.
    """
    return " ".join(unicodedata.normalize("NFC", _of_usual_width(name)).casefold().split())


def normalise(name: str) -> str:
    """`name` for matching: without case, accents, punctuation, a leading "the" and the legal form at its end.

    "The Société Générale & Fils Ltée." and "SOCIETE GENERALE AND FILS" come out the same. Never shown or stored.
    """
    spelled = "".join(_SPELLED.get(character, character) for character in name.casefold())
    plain = "".join(c for c in unicodedata.normalize("NFKD", spelled) if not unicodedata.combining(c))
    joined = re.sub(r"(?<=\b\w)\.(?=\w\b)|['\u2019]", "", plain)
    words = re.sub(r"[\W_]+", " ", joined).split()
    kept = words[1:] if words[:1] == ["the"] and len(words) > 1 else words
    while len(kept) > 1 and _LEGAL_FORMS.fullmatch(kept[-1]):
        kept = kept[:-1]
    return " ".join(kept)
