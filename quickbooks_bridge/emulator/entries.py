"""The window's page of one entry of a list: its properties, another name, merging, making inactive and active."""

from collections.abc import Mapping

from aiohttp import web

from .books import Books
from .emulator import Emulator
from .entity import Entity
from .faults import Refused, stale
from .forms import cell, full_name, sentence, typed_in
from .merging import Unmergeable, merge, twins
from .pages import own_page, page
from .records import Document, Record
from .sheets import SHEETS, Sheet
from .tables import ENTITIES

SAME_NAME = "This name is that of another {}. Give it another name, or merge the two: choose below and agree."


class Entries:
    """Pages of the entries of the name lists."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def routes(self) -> list[web.RouteDef]:
        """Its paths."""
        one = "/company/{realm:[0-9]+}/{slug:[a-z]+}/{key:[0-9]+}"
        return [web.get(one, self.record), web.post(one, own_page(self.change))]

    async def record(self, request: web.Request) -> web.Response:
        """One entry, with its forms."""
        books, sheet = self._company(request), self._sheet(request)
        return self._shown(books, sheet, self._one(request, books, sheet), "")

    def _shown(
        self, books: Books, sheet: Sheet, record: Record, error: str, typed: str | None = None, twin: str = ""
    ) -> web.Response:
        entity = ENTITIES[sheet.entity]
        name_field = entity.name_field
        return page(
            "record.html",
            422 if error else 200,
            here=sheet.slug,
            books=books,
            sheet=sheet,
            document=record.document,
            name=record.document[name_field],
            typed=record.document[name_field] if typed is None else typed,
            facts=_facts(books, entity, record.document),
            twins=[(one["Id"], full_name(one, sheet.entity)) for one in twins(books, entity, record.document["Id"])],
            twin=twin,
            error=error,
        )

    async def change(self, request: web.Request) -> web.Response:
        """Rename, make inactive, make active, merge."""
        books, sheet = self._company(request), self._sheet(request)
        record, typed = self._one(request, books, sheet), await typed_in(request)
        if typed.get("action") == "merge":
            return self._merged(books, sheet, record, typed)
        name = typed.get("name", "")
        actions: dict[str, Document] = {
            "rename": {ENTITIES[sheet.entity].name_field: name},
            "deactivate": {"Active": False},
            "activate": {"Active": True},
        }
        wanted = actions.get(typed.get("action", ""))
        if wanted is None:
            return self._shown(books, sheet, record, "Choose what to do: rename, merge, make inactive or make active.")
        if typed["action"] == "rename" and not name.strip():
            return self._shown(books, sheet, record, sentence(Refused("6080", "", "")), name)
        entity, key = ENTITIES[sheet.entity], record.document["Id"]
        given = {**wanted, "Id": key, "SyncToken": typed.get("token", ""), "sparse": True}
        try:
            books.update(entity, given)
        except Refused as refusal:
            twin = _twin(books, entity, key, name) if refusal.code == "6240" else None
            if twin is None:
                return self._shown(books, sheet, record, sentence(refusal), name or None)
            return self._shown(books, sheet, record, SAME_NAME.format(sheet.one), name, twin)
        self._emulator.store.flush()
        raise web.HTTPSeeOther(f"/company/{books.realm}/{sheet.slug}/{key}")

    def _merged(self, books: Books, sheet: Sheet, record: Record, typed: Mapping[str, str]) -> web.Response:
        """Two entries become one, once somebody agreed; the page of the one that stays."""
        entity, into = ENTITIES[sheet.entity], typed.get("into", "")
        if not into:
            return self._shown(books, sheet, record, f"Choose the {sheet.one} that stays.")
        if typed.get("token") != record.document["SyncToken"]:
            return self._shown(books, sheet, record, sentence(stale("another user")))
        try:
            merge(books, entity, record.document["Id"], into)
        except (Refused, Unmergeable) as problem:
            said = sentence(problem) if isinstance(problem, Refused) else str(problem)
            return self._shown(books, sheet, record, said)
        self._emulator.store.flush()
        raise web.HTTPSeeOther(f"/company/{books.realm}/{sheet.slug}/{into}")

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


def _twin(books: Books, entity: Entity, key: str, name: str) -> str | None:
    """The id of the entry of this name that this one may be merged into, as QuickBooks offers after a rename."""
    wanted = name.strip().casefold()
    found = (one["Id"] for one in twins(books, entity, key) if one[entity.name_field].casefold() == wanted)
    return next(found, None)


def _facts(books: Books, entity: Entity, document: Document) -> list[tuple[str, str]]:
    hidden = ("domain", "sparse", "MetaData", "Balance", "BalanceWithJobs", "CurrentBalance")
    names = {
        field.name: str(books.name_of((field.targets[0], document[field.name]["value"])))
        for field in entity.references
        if field.targets and field.name in document
    }
    times = [("Created", document["MetaData"]["CreateTime"]), ("Changed", document["MetaData"]["LastUpdatedTime"])]
    return [(name, names.get(name) or cell(value)) for name, value in document.items() if name not in hidden] + times
