"""The words in which an entity is written down as a table: shapes of fields, and what each promises."""

from dataclasses import dataclass
from enum import Enum


class Shape(Enum):
    """What a value looks like on the wire."""

    TEXT = "text"
    FLAG = "flag"
    NUMBER = "number"
    DAY = "day"
    REFERENCE = "reference"
    PARTS = "parts"
    OPEN = "open"
    INERT = "inert"


@dataclass(frozen=True)
class Field:
    """One property of an entity.

    `longest` counts characters; `targets` are the entities a reference may point to (empty: taken as given);
    `numbered` objects carry an Id of their own;
    `bare` references answer with the value alone; `parts` describe the inside of an object, `many` makes it an array;
    INERT properties are known, so no 2010, and never stored.
    """

    name: str
    shape: Shape = Shape.TEXT
    required: bool = False
    read_only: bool = False
    longest: int | None = None
    forbidden: str = ""
    choices: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    bare: bool = False
    parts: tuple["Field", ...] = ()
    many: bool = False
    email: bool = False
    numbered: bool = False
    default: object = None


def text(name: str, longest: int | None = None, **more: object) -> Field:
    """A string of at most `longest` characters."""
    return Field(name, longest=longest, **more)  # type: ignore[arg-type]


def label(name: str, longest: int, **more: object) -> Field:
    """A name of a list entry: no colon, tab or newline, because the colon separates parent and child."""
    return Field(name, longest=longest, forbidden=":\t\n\r", **more)  # type: ignore[arg-type]


def flag(name: str, default: bool | None = None, **more: object) -> Field:
    """A boolean; the default is answered when it was not given."""
    return Field(name, Shape.FLAG, default=default, **more)  # type: ignore[arg-type]


def number(name: str, default: int | None = None, **more: object) -> Field:
    """A number, taken as a numeric string too."""
    return Field(name, Shape.NUMBER, default=default, **more)  # type: ignore[arg-type]


def day(name: str, **more: object) -> Field:
    """A calendar date."""
    return Field(name, Shape.DAY, **more)  # type: ignore[arg-type]


def reference(name: str, *targets: str, **more: object) -> Field:
    """{value, name} of another record."""
    return Field(name, Shape.REFERENCE, targets=targets, **more)  # type: ignore[arg-type]


def parts(name: str, *inside: Field, **more: object) -> Field:
    """An object with properties of its own."""
    return Field(name, Shape.PARTS, parts=inside, **more)  # type: ignore[arg-type]


def open_object(name: str, **more: object) -> Field:
    """An object taken as it is."""
    return Field(name, Shape.OPEN, **more)  # type: ignore[arg-type]


def inert(*names: str) -> tuple[Field, ...]:
    """Properties of other countries' editions and older versions: taken without a word, not kept."""
    return tuple(Field(name, Shape.INERT) for name in names)


def phone(name: str) -> Field:
    """A telephone number as written."""
    return parts(name, text("FreeFormNumber", 30), *inert("CountryCode", "AreaCode", "ExchangeCode", "Extension"))


def email(name: str) -> Field:
    """An e-mail address; 2210 when it is none."""
    return parts(name, text("Address", 100, email=True))


def web(name: str) -> Field:
    """A web address."""
    return parts(name, text("URI", 1000))


def address(name: str) -> Field:
    """A postal address. Latitude and longitude are taken and dropped, as since 2025."""
    lines = (text(f"Line{n}", 500) for n in range(1, 6))
    rest = (text("City", 255), text("Country", 255), text("CountrySubDivisionCode", 255), text("PostalCode", 31))
    return parts(name, *lines, *rest, *inert("Id", "Lat", "Long", "Note", "CountryCode", "Tag"), numbered=True)
