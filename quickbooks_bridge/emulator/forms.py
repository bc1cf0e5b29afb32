"""What the forms of the window ask, what its cells show, and what a refusal of the books says to a bookkeeper."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from .books import Books
from .faults import Refused
from .records import Document
from .tables import ENTITIES


@dataclass(frozen=True)
class Input:
    """One field of a form: a text, a date, a mark, a choice of words, or a choice among records of `among`.

    `types` are the AccountTypes to choose from; `inside` is the part of an object that is asked for.
    """

    name: str
    label: str
    among: str = ""
    choices: tuple[str, ...] = ()
    required: bool = False
    inside: str = ""
    types: tuple[str, ...] = ()
    kind: str = "text"


WORDS = {"CreditCard": "Credit card", "true": "yes", "false": "no"}
_SENTENCES = {
    "6240": "This name is already used in this company: by a customer, vendor or employee, or by another entry of this"
    " list. Give it another name.",
    "2040": "A name may not contain a colon, a tab or a line break: the colon separates a parent from its child.",
    "6080": "A name is needed. Write one.",
    "5010": "Somebody else changed this record since you opened it. Look at it again, then repeat the change.",
    "610": "This record is not there, or something it refers to was made inactive. Choose another.",
    "2500": "One of the chosen entries does not exist in this company. Choose another.",
    "2210": "The e-mail address is not one. Write it as name@example.com, or leave it empty.",
    "620": "The order is of another vendor than the bill, so they cannot be linked. Choose the order's vendor.",
    "2080": "An amount is too large. QuickBooks takes up to 99,999,999,999.",
    "800": "Other documents are linked to this one. Delete those first, or take the link out of them.",
}


def sentence(refusal: Refused) -> str:
    """A refusal in words a bookkeeper can act on."""
    if refusal.code == "2020":
        return f"{refusal.element.removesuffix('Ref')} is missing. Fill it in."
    if refusal.code == "2050":
        return f"{refusal.element} is too long. {refusal.detail.partition('length. ')[2]}"
    if refusal.code == "6210":
        return (
            f"The books are closed: {refusal.detail.partition(' : ')[2]} Take a later date, or change the closing date."
        )
    if (refusal.code, refusal.element) == ("620", "BillPayment"):
        return "What is paid and its payment are of one vendor. Take the payment off it first, or choose that vendor."
    return _SENTENCES.get(refusal.code, refusal.detail)


def options(books: Books, one: Input, chosen: str = "") -> list[tuple[str, str]]:
    """What a drop-down offers, as (value, label) by label; `chosen` is offered though it be inactive."""
    if one.choices:
        return [(choice, WORDS.get(choice, choice)) for choice in one.choices]
    if not one.among:
        return []
    rows = [
        record.document
        for key, record in books.records[one.among].items()
        if (record.document["Active"] or key == chosen)
        and (not one.types or record.document.get("AccountType") in one.types)
    ]
    return sorted(((d["Id"], full_name(d, one.among)) for d in rows), key=lambda option: option[1].casefold())


def full_name(document: Document, entity: str) -> str:
    """The name of a list entry, with those of its parents before it."""
    return str(document.get("FullyQualifiedName", document[ENTITIES[entity].name_field]))


def cell(value: Any) -> str:
    """A value of a document as a person reads it."""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, dict):
        return str(value.get("name") or value.get("value") or cell(next(iter(value.values()), "")))
    if isinstance(value, int | float):
        return f"{value:,.2f}"
    return "" if value is None else WORDS.get(str(value), str(value))


async def typed_in(request: web.Request) -> dict[str, str]:
    """What a form sent."""
    return {name: str(value) for name, value in (await request.post()).items()}


def head_of(inputs: tuple[Input, ...], typed: Mapping[str, str]) -> Document:
    """The properties that `inputs` ask for, as far as they were given."""
    document: Document = {}
    for one in inputs:
        value = typed.get(one.name, "").strip()
        if value:
            document[one.name] = _asked(one, value)
    return document


def _asked(one: Input, value: str) -> object:
    if one.among:
        return {"value": value}
    if one.inside:
        return {one.inside: value}
    return True if one.kind == "mark" else value
