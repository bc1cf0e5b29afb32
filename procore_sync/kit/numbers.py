"""Numbers as people write them. What could mean two numbers is refused, never guessed.

Every page of ours writes 1,250.00, in each of its languages, so whoever types 1,250 into one means thousands. A file
comes from anywhere: there it may as well be a decimal comma.
"""

from __future__ import annotations

import re
from decimal import Decimal

from django.utils.translation import gettext

_SPACES = " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}"
_PLAIN = re.compile(r"\d+(\.\d+)?|\.\d+", re.ASCII)
#: 1,250.00 and 1,250,000: commas between thousands, and it shows.
_COMMA_THOUSANDS = re.compile(r"[1-9]\d{0,2}(,\d{3})+\.\d+|[1-9]\d{0,2}(,\d{3}){2,}", re.ASCII)
#: 1 250,00 or 1 250.00
_SPACED_THOUSANDS = re.compile(rf"\d{{1,3}}([{_SPACES}]\d{{3}})+([.,]\d+)?", re.ASCII)
#: 1.250,00, 1250,50 and 0,125, for no thousands begin with a nought: a decimal comma, and it shows.
_DECIMAL_COMMA = re.compile(r"\d{1,3}(\.\d{3})+,\d+|\d+,(\d{1,2}|\d{4,})|0,\d{3}", re.ASCII)
_ONE_COMMA = re.compile(r"[1-9]\d{0,2},\d{3}", re.ASCII)


def read_number(text: str, *, what: str, typed: bool = False) -> Decimal:
    """The number from zero up that `text` says; `what` names it in the sentence, in English, and `typed` says that it
    was typed into a page of ours.

    Raises:
        ValueError: it is no number, is below zero, or could mean two; the message is a sentence.
    """
    plain = text.strip().removeprefix("$").strip()
    if _PLAIN.fullmatch(plain):
        return Decimal(plain)
    if _COMMA_THOUSANDS.fullmatch(plain) or (typed and _ONE_COMMA.fullmatch(plain)):
        return Decimal(plain.replace(",", ""))
    if _SPACED_THOUSANDS.fullmatch(plain):
        return Decimal(re.sub(rf"[{_SPACES}]", "", plain).replace(",", "."))
    if _DECIMAL_COMMA.fullmatch(plain):
        return Decimal(plain.replace(".", "").replace(",", "."))
    raise ValueError(_why_not(plain, what))


def _why_not(text: str, what: str) -> str:
    shown = text if len(text) <= 40 else f"{text[:40]}…"
    if _ONE_COMMA.fullmatch(text):
        said = gettext("%(shown)s may mean %(thousands)s or %(decimal)s. Write the %(what)s without a comma.")
        both = {"thousands": text.replace(",", ""), "decimal": text.replace(",", ".")}
        return said % {"shown": shown, "what": gettext(what), **both}
    if re.match(r"[-\N{MINUS SIGN}(]\s*\$?[\d.]", text):
        said = gettext("The %(what)s is below zero: %(shown)s. Give an amount from zero up.")
    else:
        said = gettext("%(shown)s is not a number. Write the %(what)s like 1250.50.")
    return said % {"shown": shown, "what": gettext(what)}
