"""The window's pages for transactions: what a bookkeeper reads, enters, changes, closes and deletes.

Every change goes through the same books as the API's, so it is refused for the same reasons.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from .books import Books
from .emulator import Emulator
from .entry import (
    SPARE,
    Names,
    Typed,
    Unreadable,
    bill_for,
    document_of,
    head_typed,
    lines_typed,
    lines_written,
)
from .faults import Refused
from .forms import head_of, options, sentence, typed_in
from .pages import own_page, page
from .papers import FIGURES, attached_to, facts_of, lines_of, page_of, relations_of, title_of
from .records import Document, Record
from .sheets import PAPERS, Paper
from .tables import ENTITIES


@dataclass(frozen=True)
class Slip:
    """A form as it stands on the page: what is typed, and the document it is about (None for a new one)."""

    head: Mapping[str, str]
    lines: list[Typed]
    held: Document | None = None
    token: str = ""
    order: Document | None = None


class Desk:
    """Pages of the transactions of a company."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def routes(self) -> list[web.RouteDef]:
        """Its paths."""
        kind = f"/company/{{realm:[0-9]+}}/{{slug:{'|'.join(PAPERS)}}}"
        one = kind + "/{key:[0-9]+}"
        return [
            web.get(kind, self.papers),
            web.get(kind + "/new", self.blank),
            web.post(kind + "/new", own_page(self.add)),
            web.get(one, self.paper),
            web.post(one, own_page(self.act)),
            web.get(one + "/edit", self.edit),
            web.post(one + "/edit", own_page(self.save)),
        ]

    # reading

    async def papers(self, request: web.Request) -> web.Response:
        """One kind of transaction, the newest first."""
        books, paper = self._company(request), self._paper(request)
        asked = request.query.get("page", "1")
        number = int(asked) if asked.isascii() and asked.isdigit() else 1
        shown = page_of(books, paper, number)
        return page("papers.html", here=paper.slug, books=books, paper=paper, shown=shown, figures=FIGURES)

    async def paper(self, request: web.Request) -> web.Response:
        """One transaction, with what can be done to it."""
        books, paper = self._company(request), self._paper(request)
        return self._shown(books, paper, self._one(request, books, paper), "")

    def _shown(self, books: Books, paper: Paper, record: Record, error: str) -> web.Response:
        document = record.document
        return page(
            "paper.html",
            422 if error else 200,
            here=paper.slug,
            books=books,
            paper=paper,
            document=document,
            title=title_of(document),
            facts=facts_of(document),
            lines=lines_of(books, paper, document),
            relations=relations_of(books, paper.entity, document),
            attached=attached_to(books, paper.entity, document),
            error=error,
        )

    # writing

    async def blank(self, request: web.Request) -> web.Response:
        """An empty form; for a bill `?order=` fills in what is not yet billed of that order."""
        books, paper = self._company(request), self._typing(request)
        order = books.records["PurchaseOrder"].get(request.query.get("order", "")) if paper.entity == "Bill" else None
        if order is None:
            return self._form(books, paper, Slip({}, []), "")
        head, lines = bill_for(books, paper, order.document)
        said = "" if lines else "Everything on this order is billed already. Add lines, or open another order."
        return self._form(books, paper, Slip(head, lines, order=order.document), said)

    async def add(self, request: web.Request) -> web.Response:
        """Enter what the form says."""
        return await self._entered(self._company(request), self._typing(request), await typed_in(request), None)

    async def edit(self, request: web.Request) -> web.Response:
        """The form of a transaction that is there."""
        books, paper = self._company(request), self._typing(request)
        document = self._one(request, books, paper).document
        slip = Slip(head_typed(paper, document), lines_typed(books, paper, document), document, document["SyncToken"])
        return self._form(books, paper, slip, "")

    async def save(self, request: web.Request) -> web.Response:
        """Change it to what the form says."""
        books, paper = self._company(request), self._typing(request)
        held = self._one(request, books, paper).document
        return await self._entered(books, paper, await typed_in(request), held)

    async def _entered(self, books: Books, paper: Paper, typed: dict[str, str], held: Document | None) -> web.Response:
        slip = Slip(typed, [], held, typed.get("token", ""))
        try:
            slip.lines.extend(line for line in lines_written(typed) if not line.is_blank)
            if typed.get("action") == "more":
                return self._form(books, paper, slip, "")
            document = document_of(books, paper, head_of(paper.inputs, typed), slip.lines, held)
            key = self._written(books, paper, document, slip)
        except (Unreadable, Refused) as refusal:
            said = sentence(refusal) if isinstance(refusal, Refused) else str(refusal)
            return self._form(books, paper, slip, said)
        raise web.HTTPSeeOther(f"/company/{books.realm}/{paper.slug}/{key}")

    def _written(self, books: Books, paper: Paper, document: Document, slip: Slip) -> str:
        entity = ENTITIES[paper.entity]
        if slip.held is None:
            record = books.create(entity, document)
        else:
            record = books.update(entity, {**document, "Id": slip.held["Id"], "SyncToken": slip.token})
        self._emulator.store.flush()
        return str(record.document["Id"])

    def _form(self, books: Books, paper: Paper, slip: Slip, error: str) -> web.Response:
        names = Names(books, paper)
        return page(
            "entry.html",
            422 if error else 200,
            here=paper.slug,
            books=books,
            paper=paper,
            slip=slip,
            lines=[*slip.lines, *[Typed()] * SPARE],
            offered={one.name: options(books, one, slip.head.get(one.name, "")) for one in paper.inputs},
            names=names,
            title=title_of(slip.held) if slip.held else "",
            error=error,
        )

    async def act(self, request: web.Request) -> web.Response:
        """Close, reopen, void or delete it."""
        books, paper = self._company(request), self._paper(request)
        record, typed = self._one(request, books, paper), await typed_in(request)
        entity, action = ENTITIES[paper.entity], typed.get("action", "")
        given = {"Id": record.document["Id"], "SyncToken": typed.get("token", "")}
        status = {"close": "Closed", "reopen": "Open"}.get(action) if paper.entity == "PurchaseOrder" else None
        try:
            if status:
                books.update(entity, {**given, "POStatus": status, "sparse": True})
            elif action == "void" and paper.entity == "BillPayment":
                books.void(entity, given)
            elif action == "delete":
                books.delete(entity, given)
            else:
                return self._shown(books, paper, record, f"Choose what to do with this {paper.one}.")
        except Refused as refusal:
            return self._shown(books, paper, record, sentence(refusal))
        self._emulator.store.flush()
        back = f"/company/{books.realm}/{paper.slug}"
        raise web.HTTPSeeOther(back if action == "delete" else f"{back}/{given['Id']}")

    # finding

    def _company(self, request: web.Request) -> Books:
        books = self._emulator.companies.get(request.match_info["realm"])
        if books is None:
            raise web.HTTPNotFound(text="There is no such company here.")
        return books

    def _paper(self, request: web.Request) -> Paper:
        return PAPERS[request.match_info["slug"]]

    def _typing(self, request: web.Request) -> Paper:
        paper = self._paper(request)
        if not paper.lines:
            raise web.HTTPNotFound(text=f"A {paper.one} is not entered here.")
        return paper

    def _one(self, request: web.Request, books: Books, paper: Paper) -> Record:
        record = books.records[paper.entity].get(request.match_info["key"])
        if record is None:
            raise web.HTTPNotFound(text=f"There is no such {paper.one}.")
        return record
