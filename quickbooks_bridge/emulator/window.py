"""The bookkeeper's window: pages for a person who plays the accountant of a demo company."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from .books import Books
from .clock import day
from .control import merge_preferences
from .emulator import Emulator
from .entity import Entity
from .faults import Refused
from .injection import AFTER_WRITE, FAULTS
from .pages import own_page, page
from .records import Document, Record
from .rules import ACCOUNT_TYPES
from .tables import ENTITIES

SHOWN_REQUESTS = 200


@dataclass(frozen=True)
class Input:
    """One field of a form: a text, a choice of words, or a choice among records of `among`."""

    name: str
    label: str
    among: str = ""
    choices: tuple[str, ...] = ()
    required: bool = False
    inside: str = ""


@dataclass(frozen=True)
class Sheet:
    """One list of the window: which entity, what its table shows, what its form asks."""

    slug: str
    entity: str
    title: str
    one: str
    columns: tuple[tuple[str, str], ...]
    inputs: tuple[Input, ...]


SHEETS = {
    sheet.slug: sheet
    for sheet in (
        Sheet(
            "customers",
            "Customer",
            "Customers & jobs",
            "customer or job",
            (("Company", "CompanyName"), ("Balance", "Balance")),
            (
                Input("DisplayName", "Name", required=True),
                Input("ParentRef", "Job of (empty for a customer)", among="Customer"),
                Input("CompanyName", "Company"),
            ),
        ),
        Sheet(
            "vendors",
            "Vendor",
            "Vendors",
            "vendor",
            (("Company", "CompanyName"), ("Account no.", "AcctNum"), ("1099", "Vendor1099"), ("Balance", "Balance")),
            (
                Input("DisplayName", "Name", required=True),
                Input("CompanyName", "Company"),
                Input("PrimaryEmailAddr", "E-mail", inside="Address"),
                Input("TermRef", "Terms", among="Term"),
            ),
        ),
        Sheet(
            "items",
            "Item",
            "Products & services",
            "service",
            (("Type", "Type"), ("Income account", "IncomeAccountRef"), ("Expense account", "ExpenseAccountRef")),
            (
                Input("Name", "Name", required=True),
                Input("Description", "Description"),
                Input("IncomeAccountRef", "Income account", among="Account", required=True),
                Input("ExpenseAccountRef", "Expense account", among="Account"),
            ),
        ),
        Sheet(
            "accounts",
            "Account",
            "Chart of accounts",
            "account",
            (("No.", "AcctNum"), ("Type", "AccountType"), ("Balance", "CurrentBalance")),
            (
                Input("Name", "Name", required=True),
                Input("AcctNum", "Number"),
                Input("AccountType", "Type", choices=tuple(ACCOUNT_TYPES), required=True),
                Input("ParentRef", "Below", among="Account"),
            ),
        ),
    )
}

_SENTENCES = {
    "6240": "This name is already used in this company: by a customer, vendor or employee, or by another entry of this"
    " list. Give it another name.",
    "2040": "A name may not contain a colon, a tab or a line break: the colon separates a parent from its child.",
    "6080": "A name is needed. Write one.",
    "5010": "Somebody else changed this record since you opened it. Look at it again, then repeat the change.",
    "610": "This record is not there, or something it refers to was made inactive. Choose another.",
    "2500": "One of the chosen entries does not exist in this company. Choose another.",
    "2210": "The e-mail address is not one. Write it as name@example.com, or leave it empty.",
}


def sentence(refusal: Refused) -> str:
    """A refusal in words a bookkeeper can act on."""
    if refusal.code == "2020":
        return f"{refusal.element.removesuffix('Ref')} is missing. Fill it in."
    if refusal.code == "2050":
        return f"{refusal.element} is too long. {refusal.detail.partition('length. ')[2]}"
    return _SENTENCES.get(refusal.code, refusal.detail)


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
        one = company + "/{slug:[a-z]+}/{key:[0-9]+}"
        return [
            web.get("/", self.companies),
            web.get("/faults", self.faults),
            web.post("/faults", own_page(self.change_faults)),
            web.get("/requests", self.requests),
            web.get(company + "/settings", self.settings),
            web.post(company + "/settings", own_page(self.change_settings)),
            web.get(company + "/{slug:[a-z]+}", self.sheet),
            web.post(company + "/{slug:[a-z]+}", own_page(self.add)),
            web.get(one, self.record),
            web.post(one, own_page(self.change)),
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
        options = {one.name: _options(books, one) for one in sheet.inputs}
        return page(
            "list.html",
            422 if error else 200,
            here=sheet.slug,
            books=books,
            sheets=SHEETS,
            sheet=sheet,
            rows=rows,
            options=options,
            typed=typed,
            error=error,
            with_inactive=with_inactive,
        )

    async def add(self, request: web.Request) -> web.Response:
        """A new entry."""
        books, sheet = self._company(request), self._sheet(request)
        typed = await _typed(request)
        try:
            record = books.create(ENTITIES[sheet.entity], _document(sheet, typed))
        except Refused as refusal:
            return self._listed(books, sheet, typed, sentence(refusal))
        self._emulator.store.flush()
        raise web.HTTPSeeOther(f"/company/{books.realm}/{sheet.slug}#{sheet.slug}-{record.document['Id']}")

    # one record

    async def record(self, request: web.Request) -> web.Response:
        """One entry, with its forms."""
        books, sheet = self._company(request), self._sheet(request)
        return self._shown(books, sheet, self._one(request, books, sheet), "")

    def _shown(self, books: Books, sheet: Sheet, record: Record, error: str, typed: str | None = None) -> web.Response:
        name_field = ENTITIES[sheet.entity].name_field
        return page(
            "record.html",
            422 if error else 200,
            here=sheet.slug,
            books=books,
            sheets=SHEETS,
            sheet=sheet,
            document=record.document,
            name=record.document[name_field],
            typed=record.document[name_field] if typed is None else typed,
            facts=_facts(books, ENTITIES[sheet.entity], record.document),
            error=error,
        )

    async def change(self, request: web.Request) -> web.Response:
        """Rename, make inactive, make active."""
        books, sheet = self._company(request), self._sheet(request)
        record, typed = self._one(request, books, sheet), await _typed(request)
        name = typed.get("name", "")
        actions: dict[str, Document] = {
            "rename": {ENTITIES[sheet.entity].name_field: name},
            "deactivate": {"Active": False},
            "activate": {"Active": True},
        }
        wanted = actions.get(typed.get("action", ""))
        if wanted is None:
            return self._shown(books, sheet, record, "Choose what to do: rename, make inactive or make active.")
        if typed["action"] == "rename" and not name.strip():
            return self._shown(books, sheet, record, _SENTENCES["6080"], name)
        entity, key = ENTITIES[sheet.entity], record.document["Id"]
        given = {**wanted, "Id": key, "SyncToken": typed.get("token", ""), "sparse": True}
        try:
            books.update(entity, given)
        except Refused as refusal:
            return self._shown(books, sheet, record, sentence(refusal), name or None)
        self._emulator.store.flush()
        raise web.HTTPSeeOther(f"/company/{books.realm}/{sheet.slug}/{key}")

    # settings of a company

    async def settings(self, request: web.Request) -> web.Response:
        """Closing date and purchase orders."""
        return self._settings(self._company(request), "")

    def _settings(self, books: Books, error: str) -> web.Response:
        status = 422 if error else 200
        orders = _other_preference(books, "VendorAndPurchasesPrefs.PurchaseOrderEnabled") == "true"
        return page(
            "settings.html",
            status,
            here="settings",
            books=books,
            sheets=SHEETS,
            closed=books.closed_on,
            orders=orders,
            error=error,
        )

    async def change_settings(self, request: web.Request) -> web.Response:
        """Close or open the books, switch purchase orders."""
        books, typed = self._company(request), await _typed(request)
        closed = typed.get("closed", "").strip()
        if closed and (len(closed) != 10 or day(closed) is None):
            return self._settings(books, "The closing date is not a date. Write it as 2026-03-31, or leave it empty.")
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
        typed = await _typed(request)
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

    def _one(self, request: web.Request, books: Books, sheet: Sheet) -> Record:
        record = books.records[sheet.entity].get(request.match_info["key"])
        if record is None:
            raise web.HTTPNotFound(text=f"There is no such {sheet.one}.")
        return record


async def _typed(request: web.Request) -> dict[str, str]:
    return {name: str(value) for name, value in (await request.post()).items()}


def _document(sheet: Sheet, typed: Mapping[str, str]) -> Document:
    document: Document = {}
    for one in sheet.inputs:
        value = typed.get(one.name, "").strip()
        if value and one.among:
            document[one.name] = {"value": value}
        elif value:
            document[one.name] = {one.inside: value} if one.inside else value
    return document


def _counts(books: Books) -> dict[str, int]:
    return {sheet.title: len(books.records[sheet.entity]) for sheet in SHEETS.values()}


def _options(books: Books, one: Input) -> list[tuple[str, str]]:
    if one.choices:
        return [(choice, choice) for choice in one.choices]
    if not one.among:
        return []
    name_field = ENTITIES[one.among].name_field
    records = [record.document for record in books.records[one.among].values() if record.document["Active"]]
    named = [(d["Id"], str(d.get("FullyQualifiedName", d[name_field]))) for d in records]
    return sorted(named, key=lambda option: option[1].casefold())


def _rows(books: Books, sheet: Sheet) -> list[Row]:
    name_field = ENTITIES[sheet.entity].name_field
    documents = [record.document for record in books.records[sheet.entity].values()]
    documents.sort(key=lambda d: tuple(part.casefold() for part in str(_full_name(d, name_field)).split(":")))
    return [
        Row(
            d["Id"],
            d[name_field],
            _full_name(d, name_field).count(":"),
            d["Active"],
            [_cell(d.get(path)) for _, path in sheet.columns],
        )
        for d in documents
    ]


def _full_name(document: Document, name_field: str) -> str:
    return str(document.get("FullyQualifiedName", document[name_field]))


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, dict):
        return str(value.get("name") or value.get("value") or next(iter(value.values()), ""))
    if isinstance(value, int | float):
        return f"{value:,.2f}"
    return "" if value is None else str(value)


def _facts(books: Books, entity: Entity, document: Document) -> list[tuple[str, str]]:
    hidden = ("domain", "sparse", "MetaData", "Balance", "BalanceWithJobs", "CurrentBalance")
    names = {
        field.name: str(books.name_of((field.targets[0], document[field.name]["value"])))
        for field in entity.references
        if field.targets and field.name in document
    }
    times = [("Created", document["MetaData"]["CreateTime"]), ("Changed", document["MetaData"]["LastUpdatedTime"])]
    return [(name, names.get(name) or _cell(value)) for name, value in document.items() if name not in hidden] + times


def _other_preference(books: Books, name: str) -> str:
    pairs = books.preferences.get("OtherPrefs", {}).get("NameValue", [])
    return next((str(pair["Value"]) for pair in pairs if pair["Name"] == name), "")
