"""The bookkeeper's window: pages for a person who plays the accountant of a demo company."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from .books import Books
from .clock import day
from .control import merge_preferences
from .countries import COUNTRIES, Settled, move
from .desk import Desk
from .emulator import Emulator
from .entries import Entries
from .faults import Refused
from .forms import cell, full_name, head_of, options, sentence, typed_in
from .injection import AFTER_WRITE, FAULTS
from .pages import own_page, page
from .records import Document
from .sheets import SHEETS, Sheet
from .tables import ENTITIES
from .till import Till

SHOWN_REQUESTS = 200


@dataclass(frozen=True)
class Row:
    """One line of a list."""

    key: str
    name: str
    depth: int
    is_active: bool
    cells: list[str]


class Window:
    """Pages; every change goes through the same books as the API's."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def routes(self) -> list[web.RouteDef]:
        """Its paths."""
        company = "/company/{realm:[0-9]+}"
        # Before the name lists, whose paths would match them too; bills are paid at the till, not at the desk.
        desk = [*Till(self._emulator).routes(), *Desk(self._emulator).routes()]
        return [
            web.get("/", self.companies),
            web.get("/faults", self.faults),
            web.post("/faults", own_page(self.change_faults)),
            web.get("/requests", self.requests),
            *desk,
            web.get(company + "/settings", self.settings),
            web.post(company + "/settings", own_page(self.change_settings)),
            web.get(company + "/{slug:[a-z]+}", self.sheet),
            web.post(company + "/{slug:[a-z]+}", own_page(self.add)),
            *Entries(self._emulator).routes(),
        ]

    async def companies(self, _request: web.Request) -> web.Response:
        """Choose a company."""
        shown = [
            {"realm": realm, "info": books.info, "closed": books.closed_on, "counts": _counts(books)}
            for realm, books in self._emulator.companies.items()
        ]
        return page("companies.html", here="companies", companies=shown)

    # lists

    async def sheet(self, request: web.Request) -> web.Response:
        """One list of one company."""
        books, sheet = self._company(request), self._sheet(request)
        return self._listed(books, sheet, {}, "", with_inactive="inactive" in request.query)

    def _listed(
        self, books: Books, sheet: Sheet, typed: Mapping[str, str], error: str, with_inactive: bool = False
    ) -> web.Response:
        rows = [r for r in _rows(books, sheet) if with_inactive or r.is_active]
        offered = {one.name: options(books, one) for one in sheet.inputs}
        return page(
            "list.html",
            422 if error else 200,
            here=sheet.slug,
            books=books,
            sheet=sheet,
            rows=rows,
            options=offered,
            typed=typed,
            error=error,
            with_inactive=with_inactive,
        )

    async def add(self, request: web.Request) -> web.Response:
        """A new entry."""
        books, sheet = self._company(request), self._sheet(request)
        typed = await typed_in(request)
        try:
            record = books.create(ENTITIES[sheet.entity], head_of(sheet.inputs, typed))
        except Refused as refusal:
            return self._listed(books, sheet, typed, sentence(refusal))
        self._emulator.store.flush()
        raise web.HTTPSeeOther(f"/company/{books.realm}/{sheet.slug}#{sheet.slug}-{record.document['Id']}")

    # settings of a company

    async def settings(self, request: web.Request) -> web.Response:
        """Closing date, purchase orders and country."""
        return self._settings(self._company(request), "")

    def _settings(self, books: Books, error: str) -> web.Response:
        status = 422 if error else 200
        orders = _other_preference(books, "VendorAndPurchasesPrefs.PurchaseOrderEnabled") == "true"
        return page(
            "settings.html",
            status,
            here="settings",
            books=books,
            closed=books.closed_on,
            orders=orders,
            country=books.info.get("Country"),
            countries=COUNTRIES,
            error=error,
        )

    async def change_settings(self, request: web.Request) -> web.Response:
        """Close or open the books, switch purchase orders, move to another country."""
        books, typed = self._company(request), await typed_in(request)
        closed = typed.get("closed", "").strip()
        if closed and (len(closed) != 10 or day(closed) is None):
            return self._settings(books, "The closing date is not a date. Write it as 2026-03-31, or leave it empty.")
        try:
            move(books, typed.get("country", ""))
        except Settled as settled:
            return self._settings(books, str(settled))
        orders = {"VendorAndPurchasesPrefs.PurchaseOrderEnabled": "true" if "orders" in typed else "false"}
        changes: Document = {"BookCloseDate": closed, "OtherPrefs": orders}
        books.arrange(ENTITIES["Preferences"], "1", lambda document: merge_preferences(document, changes))
        self._emulator.store.flush()
        raise web.HTTPSeeOther(f"/company/{books.realm}/settings")

    # faults and requests

    async def faults(self, _request: web.Request) -> web.Response:
        """What is armed."""
        return self._faults("")

    def _faults(self, error: str) -> web.Response:
        return page(
            "faults.html",
            422 if error else 200,
            here="faults",
            faults=FAULTS,
            after_write=AFTER_WRITE,
            entities=sorted(ENTITIES),
            rules=[rule.told() for rule in self._emulator.injection.rules],
            limits=self._emulator.limits,
            error=error,
        )

    async def change_faults(self, request: web.Request) -> web.Response:
        """Arm, disarm, switch limits."""
        typed = await typed_in(request)
        action = typed.get("action", "")
        if action == "disarm":
            self._emulator.injection.rules.clear()
        elif action == "limits":
            self._emulator.limits.enabled = not self._emulator.limits.enabled
        else:
            error = self._arm(typed)
            if error:
                return self._faults(error)
        raise web.HTTPSeeOther("/faults")

    def _arm(self, typed: Mapping[str, str]) -> str:
        times = typed.get("times", "1")
        if not (times.isascii() and times.isdigit() and 1 <= int(times) <= 1000):
            return "How often is a whole number from 1 to 1000."
        match = {name: typed[name] for name in ("entity", "method") if typed.get(name)}
        asked = {"fault": typed.get("fault", ""), "match": match, "times": int(times)}
        problems = self._emulator.injection.problems(asked)
        if not problems:
            self._emulator.injection.arm(asked)
        return " ".join(problems)

    async def requests(self, _request: web.Request) -> web.Response:
        """The last calls received, newest first."""
        recent = list(self._emulator.injection.calls)[-SHOWN_REQUESTS:]
        names = {realm: books.info["CompanyName"] for realm, books in self._emulator.companies.items()}
        return page("requests.html", here="requests", calls=[call.told() for call in reversed(recent)], names=names)

    # finding

    def _company(self, request: web.Request) -> Books:
        books = self._emulator.companies.get(request.match_info["realm"])
        if books is None:
            raise web.HTTPNotFound(text="There is no such company here.")
        return books

    def _sheet(self, request: web.Request) -> Sheet:
        sheet = SHEETS.get(request.match_info["slug"])
        if sheet is None:
            raise web.HTTPNotFound(text="There is no such list.")
        return sheet


def _counts(books: Books) -> dict[str, int]:
    return {sheet.title: len(books.records[sheet.entity]) for sheet in SHEETS.values()}


def _rows(books: Books, sheet: Sheet) -> list[Row]:
    name_field = ENTITIES[sheet.entity].name_field
    documents = [record.document for record in books.records[sheet.entity].values()]
    documents.sort(key=lambda d: tuple(part.casefold() for part in str(full_name(d, sheet.entity)).split(":")))
    return [
        Row(
            d["Id"],
            d[name_field],
            full_name(d, sheet.entity).count(":"),
            d["Active"],
            [cell(d.get(path)) for _, path in sheet.columns],
        )
        for d in documents
    ]


def _other_preference(books: Books, name: str) -> str:
    pairs = books.preferences.get("OtherPrefs", {}).get("NameValue", [])
    return next((str(pair["Value"]) for pair in pairs if pair["Name"] == name), "")
