"""A page as a browser with scripts switched off takes it: its links, its forms, what is pressed in vain."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
TYPED = {"input", "select", "textarea"}
#: Fields in which Enter sends the form, where it has no other.
LINES = {"text", "search", "email", "tel", "url", "number", "password", "date", "month", "time"}
SENDS = ("hx-post", "hx-put", "hx-patch", "hx-delete")
Attributes = dict[str, str]


@dataclass
class Form:
    """A form: where it goes and how, what is typed into it, and whether it has a button that sends it."""

    action: str
    method: str
    names: set[str] = field(default_factory=set)
    sends: bool = False
    lines: int = 0
    others: int = 0

    @property
    def is_stuck(self) -> bool:
        """Whether something can be filled in that nothing sends; the only field of a form is sent by Enter."""
        return not self.sends and bool(self.others or self.lines > 1)


@dataclass
class Page(HTMLParser):
    """What stands on a page. What is hidden until a script shows it is no part of it."""

    path: str
    forms: list[Form] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[tuple[str, bool, Form | None]] = []
        self._by_id: dict[str, Form] = {}
        self._ids: set[str] = set()
        self._elsewhere: list[tuple[str, str, Attributes]] = []
        self._anchors: list[str] = []
        self._sent: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an element as it begins."""
        given = {name: value or "" for name, value in attrs}
        _, hidden, form = self._open[-1] if self._open else ("", False, None)
        hidden = hidden or "hidden" in given or (tag == "dialog" and "open" not in given)
        self._ids.add(given.get("id", ""))
        if tag == "form":
            form = Form(given.get("action") or self.path, given.get("method", "get").lower())
            self._by_id[given.get("id", "")] = form
            if not hidden:
                self.forms.append(form)
        if not hidden:
            self._look(tag, given, form)
        if tag not in EMPTY:
            self._open.append((tag, hidden, form))

    def handle_endtag(self, tag: str) -> None:
        """Leave an element, with whatever was left open in it."""
        places = [place for place, (opened, *_) in enumerate(self._open) if opened == tag]
        if places:
            del self._open[places[-1] :]

    def _look(self, tag: str, given: Attributes, form: Form | None) -> None:
        for sends in SENDS:
            if sends in given:
                self._sent.append((tag, given[sends]))
        if tag == "a":
            self._link(given)
        elif tag == "button" or (tag in TYPED and given.get("type") != "hidden"):
            self._control(tag, given, form)
        elif tag == "input" and form:
            form.names.add(given.get("name", ""))
        elif given.get("role") == "button":
            self.dead.append(f"{tag} that plays a button")
        if "hx-get" in given and tag not in ("a", "form") and "click" in given.get("hx-trigger", "click"):
            self.dead.append(f"{tag} hx-get={given['hx-get']}: pressed, and no link")

    def _link(self, given: Attributes) -> None:
        href = given.get("href", "#")
        if href.startswith("#"):
            self._anchors.append(href[1:])
        elif href.lower().startswith("javascript:"):
            self.dead.append(f"a href={href}")
        else:
            self.links.append(href)
            if given.get("hx-get", href) != href:
                self.dead.append(f"a href={href}: a script would lead to {given['hx-get']}")

    def _control(self, tag: str, given: Attributes, form: Form | None) -> None:
        if "form" in given:
            self._elsewhere.append((given["form"], tag, given))
        elif form:
            _into(form, tag, given)
        elif "disabled" not in given and given.get("aria-disabled") != "true":
            self.dead.append(f"{tag} {given.get('name') or given.get('id', '')} in no form")
        if tag == "button" and given.get("type") == "button" and given.get("aria-disabled") != "true":
            self.dead.append(f"button {given.get('class', '')} that sends nothing")

    def finished(self) -> Page:
        """The page after its last element."""
        for name, tag, given in self._elsewhere:
            if name in self._by_id:
                _into(self._by_id[name], tag, given)
            else:
                self.dead.append(f"{tag} for a form {name} that is not there")
        self.dead += [
            f"a href=#{name}: nothing of this name" for name in self._anchors if name not in self._ids or not name
        ]
        posted = {form.action for form in self.forms if form.method == "post" and form.sends}
        self.dead += [f"{tag} sends to {to}: no form does" for tag, to in self._sent if to not in posted]
        for form in self.forms:
            if form.is_stuck:
                self.dead.append(f"form {form.action}: no button sends it")
            if form.method == "post" and "csrfmiddlewaretoken" not in form.names:
                self.dead.append(f"form {form.action}: no token, so it is refused")
        return self


def _into(form: Form, tag: str, given: Attributes) -> None:
    kind = given.get("type", "submit" if tag == "button" else "text" if tag == "input" else tag)
    form.names.add(given.get("name", ""))
    if kind in ("submit", "image"):
        form.sends = True
    elif "disabled" not in given and tag != "button":
        form.lines += kind in LINES
        form.others += kind not in LINES


def read(path: str, html: str) -> Page:
    """The page at `path`."""
    page = Page(path)
    page.feed(html)
    return page.finished()
