"""What is off on a page has to say why, to whoever reaches it by key or hears it read."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_CONTROLS = {"button", "input", "select", "textarea", "fieldset", "a", "summary"}
_WITHOUT_END = {"input", "br", "hr", "img", "meta", "link", "path", "rect", "circle", "polygon", "polyline"}


class _Reader(HTMLParser):
    """The controls that are off, and the words inside each element that has an id."""

    def __init__(self) -> None:
        super().__init__()
        self.off: list[tuple[str, str]] = []
        self.words: dict[str, str] = {}
        self.open: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in _CONTROLS and ("disabled" in given or given.get("aria-disabled") == "true"):
            self.off.append((self.get_starttag_text() or tag, given.get("aria-describedby") or ""))
        if tag not in _WITHOUT_END:
            self.open.append((tag, given.get("id") or ""))

    def handle_endtag(self, tag: str) -> None:
        if any(one == tag for one, _ in self.open):
            while self.open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        for _, name in self.open:
            if name:
                self.words[name] = self.words.get(name, "") + data


def unexplained(page: str) -> list[str]:
    """Each control of `page` that is off and is not described by a sentence that stands on it."""
    if "disabled" not in page:
        return []
    reader = _Reader()
    reader.feed(page)
    return [
        control
        for control, described in reader.off
        if not any(len(reader.words.get(name, "").split()) >= 3 for name in described.split())
    ]


class _Names(HTMLParser):
    """The name of each button that sends a form, with where it goes and what the page sends along."""

    def __init__(self) -> None:
        super().__init__()
        self.sends: dict[str, set[str]] = {}
        self.form: list[str] = []
        self.waits: list[str] = []
        self.name: list[str] | None = None
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.form, self.waits = [given.get("action") or ""], []
        elif tag == "input" and given.get("type") == "hidden" and given.get("name") != "csrfmiddlewaretoken":
            self.form.append(f"{given.get('name')}={given.get('value')}")
        elif tag == "button" and given.get("type") != "button":
            self.name = [given["aria-label"] or ""] if "aria-label" in given else []
            self.silent = ["aria-label"] if "aria-label" in given else []
        elif self.name is not None and given.get("aria-hidden") == "true":
            self.silent = [tag]

    def handle_data(self, data: str) -> None:
        if self.name is not None and not self.silent:
            self.name.append(data)

    def handle_endtag(self, tag: str) -> None:
        if self.silent == [tag]:
            self.silent = []
        if tag == "button" and self.name is not None:
            self.waits.append(" ".join("".join(self.name).split()))
            self.name = None
        if tag == "form":
            for name in self.waits:
                self.sends.setdefault(name, set()).add(" ".join(self.form))
            self.form, self.waits = [], []


def alike(page: str) -> list[str]:
    """Each name that several buttons of `page` have which do not do the same: heard alone it says too little."""
    reader = _Names()
    reader.feed(page)
    return [f"{name}: {len(does)} buttons" for name, does in reader.sends.items() if len(does) > 1]


def only_hovered(page: str) -> list[str]:
    """What a heading of a table tells only to whoever holds a mouse over it."""
    told = re.findall(r'<th\b[^>]* title="([^"]+)"', page)
    return sorted({words for words in told if f">{words}<" not in page})
