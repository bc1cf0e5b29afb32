"""What is off on a page has to say why, to whoever reaches it by key or hears it read."""

from __future__ import annotations

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
