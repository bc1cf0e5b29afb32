"""What was changed of rights and rules, which is kept in English, in the reader's language.

A label is words of ours, perhaps with the name of a project or address; of the values only those are read that are
words of ours too, by their labels. A name stays as it is, whatever it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext, gettext_noop

from procore_sync.kit.text import filled

#: What is called nothing else anywhere, so that it is marked here.
LABELS: Final = (
    gettext_noop("A project in QuickBooks"),
    gettext_noop("All mappings"),
    gettext_noop("Can export"),
    gettext_noop("Can import"),
    gettext_noop("Direct costs of budgets"),
    gettext_noop("E-mail address"),
    gettext_noop("Late after days"),
    gettext_noop("New cost codes are added to budgets"),
    gettext_noop("Only someone who has a privilege may give it"),
    gettext_noop("Payments are read"),
    gettext_noop("Payments are taken from"),
    gettext_noop("QuickBooks company"),
    gettext_noop("Seconds to take an acceptance back"),
    gettext_noop("Sending to QuickBooks"),
    gettext_noop("Token"),
    *(gettext_noop("periods"), gettext_noop("next period"), gettext_noop("due day"), gettext_noop("default type")),
    *(gettext_noop("over-billing"), gettext_noop("claimed amounts"), gettext_noop("invoice numbers")),
)
_WEBHOOK: Final = gettext_noop("Webhook %(name)s")
#: Labels that name something. What stands in place of `kind` and `what` is words of ours.
FORMS: Final = (
    gettext_noop("Direct Export up to, %(kind)s"),
    gettext_noop("Two approvers above, %(kind)s"),
    gettext_noop("Billing of %(project)s, %(what)s"),
    gettext_noop("Billing period of %(project)s"),
    _WEBHOOK,
)
#: Whatever is called so is no name.
PLAIN: Final = (
    *(gettext_noop("on"), gettext_noop("off"), gettext_noop("yes"), gettext_noop("no"), gettext_noop("none")),
    *(gettext_noop("never"), gettext_noop("any amount"), gettext_noop("allowed"), gettext_noop("refused")),
    *(gettext_noop("shown"), gettext_noop("hidden"), gettext_noop("None: must be invited")),
    gettext_noop("paused"),
    *(gettext_noop("given by the console"), gettext_noop("given by people")),
)
#: Labels of which every value is words of ours: one, or several with commas.
SPOKEN: Final = frozenset(
    {
        *("Role", "Can import", "Can export", "Also allowed", "Direct Export", "Direct costs of budgets"),
        *("Payments are read", "A class on every bill", "A location on every bill", "W-9 and insurance of the vendor"),
        *("A project in QuickBooks", "Files to QuickBooks", "periods", "default type"),
    }
)
#: Of a webhook: whatever is said of it but what it is told of, and how that is said behind its address.
_OF_WEBHOOKS: Final = (
    *(gettext_noop("On"), gettext_noop("Switched off"), gettext_noop("Paused")),
    *(gettext_noop("secret"), gettext_noop("another secret"), gettext_noop("every kind"), gettext_noop("everything")),
)
_ADDRESS: Final = re.compile(
    r"(?P<address>\S+) \((?P<kinds>[^:()]+): (?P<told>[^:()]+)\)(?P<other> \(another address\))?"
)
_ANOTHER: Final = gettext_noop("another address")
#: Labels of what a person types.
_TYPED: Final = ("Name", "Token")
_READERS: Final = {
    form: re.compile(re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>.+)", re.escape(form)) + "$", re.DOTALL) for form in FORMS
}


def in_the_readers_words(change: Mapping[str, str]) -> dict[str, str]:
    """`label`, `before` and `after` of one change, as its reader is told it."""
    label, of = _label(change["label"])
    return {"label": label, "before": _value(of, change["before"]), "after": _value(of, change["after"])}


def _of_a_webhook(value: str) -> str:
    if value in _OF_WEBHOOKS:
        return gettext(value)
    found = _ADDRESS.fullmatch(value)
    if found is None:
        return value
    other = f" ({gettext(_ANOTHER)})" if found["other"] else ""
    return f"{found['address']} ({_each(found['kinds'])}: {_each(found['told'])}){other}"


def _each(words: str) -> str:
    return ", ".join(gettext(one) for one in words.split(", "))


def _label(label: str) -> tuple[str, str]:
    """The label as it is read, and by which the values are known."""
    for form, reader in _READERS.items():
        if found := reader.match(label):
            ours = {name: gettext(text) for name, text in found.groupdict().items() if name in ("kind", "what")}
            of = _WEBHOOK if form == _WEBHOOK else found.groupdict().get("what", "")
            return filled(gettext(form), {**found.groupdict(), **ours}), of
    said, comma, project = label.partition(", ")
    return gettext(said) + comma + project, said


def _value(label: str, value: str) -> str:
    if label == _WEBHOOK and value not in PLAIN:
        return _of_a_webhook(value)
    if value in PLAIN and label not in _TYPED:
        return gettext(value)
    if label not in SPOKEN or not value:
        return value
    whole = gettext(value)
    return whole if whole != value else _each(value)
