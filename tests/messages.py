"""The message catalogues: gathered from templates and code, compiled, and held against them by a test.

`python -m tests.messages` brings `procore_sync/locale/es/LC_MESSAGES/django.po` up to date, keeps what is translated in
it, and compiles it. No tool of the system is needed. `python -m tests.messages bare FOLDER…` lists the words of
templates that are not marked yet.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import polib
from django.template.base import Lexer, TokenType
from django.utils.translation.template import templatize

ROOT: Final = Path(__file__).parents[1]
CATALOGUE: Final = ROOT / "procore_sync/locale/es/LC_MESSAGES/django.po"
PACKAGES: Final = (
    "procore_sync",
    "projects",
    "vendors",
    "budgets",
    "commitments",
    "change_orders",
    "invoices",
    "quickbooks_bridge",
)
#: Call names of Python and of what Django makes of a template; the value says how many messages stand first.
CALLS: Final = {
    "_": 1,
    "_lazy": 1,
    "gettext": 1,
    "gettext_lazy": 1,
    "gettext_noop": 1,
    "ngettext": 2,
    "ngettext_lazy": 2,
}
#: Sentences that are kept in English with a record: a page translates them where it shows them (`|kept`).
KEPT: Final = ("Entry", "Obstacle", "not_sent", "unknown")
_CALL = re.compile(r"\b(_|n?gettext)\(")
_PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w*\}")


@dataclass(frozen=True)
class Message:
    """A text to be translated; with a plural where a number decides."""

    singular: str
    plural: str = ""


def templates() -> list[Path]:
    """Every template of the product."""
    return sorted(path for path in (ROOT / "templates").rglob("*") if path.suffix in (".html", ".txt"))


def modules() -> list[Path]:
    """Every Python file whose texts a person may read. The look-alike of QuickBooks speaks English alone."""
    found = (path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))
    return sorted(path for path in found if "migrations" not in path.parts and "emulator" not in path.parts)


def gathered() -> dict[Message, list[str]]:
    """Every marked text, and the files that it stands in."""
    found: dict[Message, list[str]] = defaultdict(list)
    for path in templates():
        for message in of_template(path.read_text(encoding="utf-8")):
            found[message].append(path.relative_to(ROOT).as_posix())
    for path in modules():
        for message in of_python(ast.parse(path.read_text(encoding="utf-8"))):
            found[message].append(path.relative_to(ROOT).as_posix())
    return found


def of_template(source: str) -> Iterator[Message]:
    """The texts of `{% translate %}`, `{% blocktranslate %}` and `_("…")` in a template."""
    code = templatize(source)
    for match in _CALL.finditer(code):
        end = match.end()
        while (end := code.index(")", end) + 1) and not _parses(call := code[match.start() : end]):
            pass
        yield from of_python(ast.parse(call))


def _parses(code: str) -> bool:
    try:
        ast.parse(code)
    except SyntaxError:
        return False
    return True


def of_python(tree: ast.AST) -> Iterator[Message]:
    """The texts that are given to gettext and its like, where they are constants; and what a refusal means."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(map(_is_cure, node.body)):
            yield Message((ast.get_docstring(node) or "").split("\n\n")[0].replace("\n", " "))
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            texts = [one.value for one in node.args[: CALLS.get(name, 0)] if isinstance(one, ast.Constant)]
            if name in KEPT:
                texts = [one.value for one in node.args if isinstance(one, ast.Constant)][:1]
            if texts and all(isinstance(text, str) for text in texts):
                yield Message(*map(str, texts))


def _is_cure(line: ast.stmt) -> bool:
    """Whether a class says here how it is cured: then the catalogue of errors shows the beginning of its docstring."""
    targets = line.targets if isinstance(line, ast.Assign) else [line.target] if isinstance(line, ast.AnnAssign) else []
    return getattr(line, "value", None) is not None and any(getattr(one, "id", "") == "cure" for one in targets)


# -- the catalogue -----------------------------------------------------------------------------------------------------


def brought_up_to_date() -> polib.POFile:
    """The catalogue with just the messages that are in use, translated as far as it was."""
    before = {Message(one.msgid, one.msgid_plural): one for one in polib.pofile(str(CATALOGUE))}
    after = polib.POFile(wrapwidth=120)
    after.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Language": "es",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    for message, places in sorted(gathered().items(), key=lambda item: (item[0].singular, item[0].plural)):
        known = before.get(message)
        entry = polib.POEntry(msgid=message.singular, occurrences=[(place, "") for place in sorted(set(places))])
        if "%(" in message.singular:
            entry.flags.append("python-format")
        if message.plural:
            entry.msgid_plural = message.plural
            entry.msgstr_plural = known.msgstr_plural if known else {0: "", 1: ""}
        elif known:
            entry.msgstr = known.msgstr
        after.append(entry)
    return after


def placeholders(text: str) -> list[str]:
    """What is put into a message: a translation must have the same."""
    return sorted(_PLACEHOLDER.findall(text))


def fits(singular: str, plural: str, translated: str) -> bool:
    """Whether a translation fills in the same; of a plural, the number may be a word."""
    there = placeholders(translated)
    return there in (placeholders(singular), placeholders(plural)) if plural else there == placeholders(singular)


# -- what is not marked ------------------------------------------------------------------------------------------------

#: Names, which no language translates, and what is no word.
_NAMES = re.compile(
    r"QuickBooks( Online)?|Procore|Intuit|Sync console|CSV|XLSX|PDF|JSON|API|OpenAPI|ERP|G70[23]|Excel|English|Español"
    r"|intuit_tid|ms|https?://\S+|(/[\w?=-]*)+|&\w+;"
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_READ = ("placeholder", "aria-label", "title", "alt", "data-label", "data-said", "data-confirm")
_LITERAL = re.compile(r"""(_\(|[=!]= )?(["'])((?:(?!\2).)*)\2""")
#: What stands between these and their ends is no text, or is marked.
_SILENT = ("blocktranslate", "comment", "verbatim", "block page_class", "block width", "block body_attributes")
_TECHNICAL = ("url ", "extends ", "load ", "static ", "translate ", "blocktranslate", "cycle ", "partial", "block ")


class _Bare(HTMLParser):
    """Collects words that a person reads or hears."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style", "code", "kbd", "pre")
        self.found += [value for name, value in attrs if name in _READ and value and is_words(value)]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style", "code", "kbd", "pre")

    def handle_data(self, data: str) -> None:
        if not self._silent and is_words(data):
            self.found.append(" ".join(data.split()))


def is_words(text: str) -> bool:
    """Whether there are words in it that have to be translated."""
    return bool(_WORD.search(_NAMES.sub("", text)))


def bare(source: str) -> list[str]:
    """The words of a template that are not marked for translation."""
    text, literals, closed_by = list[str](), list[str](), ""
    for token in Lexer(source).tokenize():
        words = token.contents
        if closed_by:
            closed_by = "" if token.token_type is TokenType.BLOCK and words == closed_by else closed_by
        elif token.token_type is TokenType.BLOCK and words.startswith(_SILENT):
            closed_by = f"end{words.split()[0]}"
        elif token.token_type is TokenType.TEXT:
            text.append(words)
        elif token.token_type in (TokenType.BLOCK, TokenType.VAR):
            # The name of an element may be chosen by a tag.
            text.append("p" if text and text[-1].endswith("<") else " ")
            if not words.startswith(_TECHNICAL):
                literals += [said for marked, _, said in _LITERAL.findall(words) if not marked and said[:1].isupper()]
    reader = _Bare()
    reader.feed("".join(text))
    reader.close()
    return reader.found + [said for said in literals if is_words(said)]


def main(arguments: list[str]) -> None:
    """Bring the catalogue up to date, or list what is not marked."""
    if arguments[:1] == ["bare"]:
        wanted = [(ROOT / name).resolve() for name in arguments[1:] or ["templates"]]
        for path in templates():
            if any(path == one or one in path.parents for one in wanted):
                for words in bare(path.read_text(encoding="utf-8")):
                    sys.stdout.write(f"{path.relative_to(ROOT)}: {words}\n")
        return
    made = brought_up_to_date()
    made.save(str(CATALOGUE))
    made.save_as_mofile(str(CATALOGUE.with_suffix(".mo")))
    sys.stdout.write(f"{len(made)} messages, {len(made.untranslated_entries())} not translated\n")


if __name__ == "__main__":
    from django.conf import settings

    settings.configure(USE_I18N=True)
    main(sys.argv[1:])
