"""The window's pages for paying bills: one payment of any number of bills of a vendor, new or changed."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from .books import Books
from .emulator import Emulator
from .faults import Refused
from .forms import Input, options, sentence, typed_in
from .pages import own_page, page
from .papers import title_of
from .paying import (
    DISCOUNT_ACCOUNT,
    PAY_INPUTS,
    Payment,
    Unpayable,
    head_typed,
    owed,
    payment_of,
    with_discount,
)
from .records import Document
from .sheets import PAPERS
from .tables import ENTITIES

_VENDOR = Input("VendorRef", "Vendor", among="Vendor", required=True)


@dataclass(frozen=True)
class Cheque:
    """The form as it stands: whom it pays, what is typed, and the payment it changes (None for a new one)."""

    vendor: str
    typed: Mapping[str, str]
    held: Document | None = None
    token: str = ""


class Till:
    """Pages on which bills are paid."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def routes(self) -> list[web.RouteDef]:
        """Its paths."""
        here = "/company/{realm:[0-9]+}/billpayments"
        return [
            web.get(here + "/new", self.blank),
            web.post(here + "/new", own_page(self.pay)),
            web.get(here + "/{key:[0-9]+}/edit", self.edit),
            web.post(here + "/{key:[0-9]+}/edit", own_page(self.change)),
        ]

    async def blank(self, request: web.Request) -> web.Response:
        """Whose bills; then what is open of them. `?bill=` fills in what is open of that one."""
        books = self._company(request)
        bill = books.records["Bill"].get(request.query.get("bill", ""))
        if bill is None:
            vendor = request.query.get("vendor", "")
            return self._form(books, Cheque(vendor if vendor in books.records["Vendor"] else "", {}), "")
        document = bill.document
        typed = {f"pay-{document['Id']}": f"{document['Balance']:.2f}"}
        return self._form(books, Cheque(document["VendorRef"]["value"], typed), "")

    async def pay(self, request: web.Request) -> web.Response:
        """Pay what the form says."""
        typed = await typed_in(request)
        return self._entered(self._company(request), Cheque(typed.get("vendor", ""), typed))

    async def edit(self, request: web.Request) -> web.Response:
        """The form of a payment that is there."""
        books = self._company(request)
        held = self._held(request, books)
        return self._form(books, Cheque(held["VendorRef"]["value"], head_typed(held), held, held["SyncToken"]), "")

    async def change(self, request: web.Request) -> web.Response:
        """Change it to what the form says."""
        books, typed = self._company(request), await typed_in(request)
        held = self._held(request, books)
        return self._entered(books, Cheque(held["VendorRef"]["value"], typed, held, typed.get("token", "")))

    def _entered(self, books: Books, cheque: Cheque) -> web.Response:
        try:
            key = self._written(books, cheque, payment_of(books, cheque.vendor, cheque.typed, cheque.held))
        except (Unpayable, Refused) as refusal:
            said = sentence(refusal) if isinstance(refusal, Refused) else str(refusal)
            return self._form(books, cheque, said)
        raise web.HTTPSeeOther(f"/company/{books.realm}/billpayments/{key}")

    def _written(self, books: Books, cheque: Cheque, payment: Payment) -> str:
        """Write the discount's credit and the payment; a payment that is refused takes its credit with it."""
        document = payment.document
        credit = books.create(ENTITIES["VendorCredit"], payment.discount) if payment.discount else None
        if credit and payment.discount:
            amount = payment.discount["Line"][0]["Amount"]
            document = with_discount(document, credit.document["Id"], amount)
        try:
            if cheque.held is None:
                record = books.create(ENTITIES["BillPayment"], document)
            else:
                record = books.update(ENTITIES["BillPayment"], {**document, "SyncToken": cheque.token})
        except Refused:
            if credit:
                books.delete(ENTITIES["VendorCredit"], credit.document)
            raise
        finally:
            self._emulator.store.flush()
        return str(record.document["Id"])

    def _form(self, books: Books, cheque: Cheque, error: str) -> web.Response:
        rows = owed(books, cheque.vendor, cheque.typed, cheque.held) if cheque.vendor else []
        inputs = (*PAY_INPUTS, DISCOUNT_ACCOUNT)
        return page(
            "pay.html",
            422 if error else 200,
            here="billpayments",
            books=books,
            paper=PAPERS["billpayments"],
            cheque=cheque,
            inputs=PAY_INPUTS,
            bills=[one for one in rows if one.entity == "Bill"],
            credits=[one for one in rows if one.entity != "Bill"],
            vendors=options(books, _VENDOR, cheque.vendor),
            vendor=books.name_of(("Vendor", cheque.vendor)) or "",
            offered={one.name: options(books, one, cheque.typed.get(one.name, "")) for one in inputs},
            title=title_of(cheque.held) if cheque.held else "",
            error=error,
        )

    def _company(self, request: web.Request) -> Books:
        books = self._emulator.companies.get(request.match_info["realm"])
        if books is None:
            raise web.HTTPNotFound(text="There is no such company here.")
        return books

    def _held(self, request: web.Request, books: Books) -> Document:
        record = books.records["BillPayment"].get(request.match_info["key"])
        if record is None:
            raise web.HTTPNotFound(text="There is no such bill payment.")
        return record.document
