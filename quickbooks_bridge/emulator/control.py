"""The test control plane under /_control: never part of QuickBooks, and never needed by a client."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from .answers import refused, told
from .books import Books
from .cleaning import parse
from .clock import instant
from .emulator import Emulator
from .entity import Entity
from .faults import Refused
from .oauth import OAuth
from .pages import OTHER_SITE, is_own_page
from .records import Document
from .seeds import SEEDS
from .tables import ENTITIES


class Wrong(Exception):
    """What was asked cannot be done; the sentences say why."""

    def __init__(self, *sentences: str) -> None:
        self.sentences = list(sentences)


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def sentences(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns Wrong into 422 with its sentences; lets in no page of another site."""
    if not is_own_page(request):
        return told({"errors": [OTHER_SITE]}, 403)
    try:
        return await handler(request)
    except Wrong as wrong:
        return told({"errors": wrong.sentences}, 422)


async def given_in(request: web.Request) -> dict[str, Any]:
    """The JSON object that was sent."""
    text = await request.text()
    try:
        given = json.loads(text or "{}")
    except (ValueError, RecursionError):
        raise Wrong("The body is not JSON.") from None
    if not isinstance(given, dict):
        raise Wrong("The body is not a JSON object.")
    return given


class Control:
    """Each method is one path of the control plane."""

    def __init__(self, emulator: Emulator, oauth: OAuth) -> None:
        self._emulator, self._oauth = emulator, oauth

    async def health(self, _request: web.Request) -> web.Response:
        """Up, and with which companies."""
        companies = {realm: books.info["CompanyName"] for realm, books in self._emulator.companies.items()}
        return told({"status": "ok", "now": self._emulator.clock.iso(), "companies": companies})

    async def reset(self, request: web.Request) -> web.Response:
        """Begin again from a seed (`default`, `bare` or `sandbox`), or where a `mark` was made."""
        given = await given_in(request)
        if "mark" in given:
            name = given["mark"]
            if not isinstance(name, str) or name not in self._emulator.marks:
                raise Wrong("No such mark was made since the emulator started.")
            self._emulator.go_back(name)
            return told({"status": "ok", "mark": name})
        seed = given.get("seed", "default")
        if seed not in SEEDS:
            raise Wrong(f"The seed is one of {', '.join(SEEDS)}.")
        self._emulator.reset(seed)
        return told({"status": "ok", "seed": seed})

    async def mark(self, request: web.Request) -> web.Response:
        """Note everything as it stands under a name that `reset` takes, until the emulator stops."""
        name = (await given_in(request)).get("name")
        if not isinstance(name, str) or not name:
            raise Wrong("name is a text that is not empty.")
        self._emulator.mark(name)
        return told({"status": "ok", "mark": name})

    async def clock(self, request: web.Request) -> web.Response:
        """Set `now` (ISO time; null for real time) or `advance_seconds`."""
        given = await given_in(request)
        clock = self._emulator.clock
        if "now" in given:
            self._set_clock(given["now"])
        seconds = given.get("advance_seconds", 0)
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise Wrong("advance_seconds is a number.")
        clock.advance(seconds)
        self._emulator.webhooks.wake()
        self._emulator.keep_state()
        self._emulator.store.flush()
        return told({"now": clock.iso()})

    def _set_clock(self, now: Any) -> None:
        if now is None:
            self._emulator.clock.offset = 0.0
            return
        moment = instant(now) if isinstance(now, str) else None
        if moment is None:
            raise Wrong("now is an ISO date and time, or null for real time.")
        self._emulator.clock.set(moment)

    async def now(self, _request: web.Request) -> web.Response:
        """What time it is here."""
        return told({"now": self._emulator.clock.iso(), "offset": self._emulator.clock.offset})

    async def limits(self, request: web.Request) -> web.Response:
        """Switch throttling on or off, and change its rates; the windows begin empty."""
        given = await given_in(request)
        limits = self._emulator.limits
        enabled = given.pop("enabled", limits.enabled)
        rates = vars(limits.rates)
        wrong = [name for name, value in given.items() if name not in rates or not _is_count(value)]
        if wrong or not isinstance(enabled, bool):
            raise Wrong(f"enabled is true or false; {', '.join(rates)} are whole numbers from 1.")
        limits.enabled = enabled
        rates.update(given)
        limits.forget()
        return told({"enabled": limits.enabled, **rates})

    async def preferences(self, request: web.Request) -> web.Response:
        """Change a company's Preferences as the bookkeeper: sections merge; BookCloseDate and OtherPrefs by name."""
        given = await given_in(request)
        books = self._books(str(given.pop("realm", "")))
        sections = ENTITIES["Preferences"].by_name
        for name in given:
            if name != "BookCloseDate" and (name not in sections or not isinstance(given[name], dict)):
                raise Wrong(f"{name} is no section of Preferences.")
        record = books.arrange(ENTITIES["Preferences"], "1", lambda document: merge_preferences(document, given))
        self._emulator.store.flush()
        return told(record.document)

    async def arm(self, request: web.Request) -> web.Response:
        """Arm a fault."""
        given = await given_in(request)
        problems = self._emulator.injection.problems(given)
        if problems:
            raise Wrong(*problems)
        return told(self._emulator.injection.arm(given).told())

    async def armed(self, _request: web.Request) -> web.Response:
        """The faults still armed."""
        return told([rule.told() for rule in self._emulator.injection.rules])

    async def disarm(self, _request: web.Request) -> web.Response:
        """No faults any more."""
        self._emulator.injection.rules.clear()
        return told({"status": "ok"})

    async def requests(self, _request: web.Request) -> web.Response:
        """The calls received (API and token endpoints), oldest first; the last 20,000, not kept over a restart."""
        return told([call.told() for call in self._emulator.injection.calls])

    async def forget_requests(self, _request: web.Request) -> web.Response:
        """Forget them."""
        self._emulator.injection.calls.clear()
        return told({"status": "ok"})

    async def documents(self, request: web.Request) -> web.Response:
        """Every document of one entity in one company, as stored, by id."""
        books, entity = self._where(request)
        return told([record.document for record in books.records[entity.name].values()])

    async def write(self, request: web.Request) -> web.Response:
        """Create or update a document as the bookkeeper would: same checks, no token, no limits, no faults.

        With `?operation=delete` it is deleted.
        """
        books, entity = self._where(request)
        try:
            given = parse(await request.read())
            if request.query.get("operation") == "delete":
                record = books.delete(entity, given)
            else:
                record = books.update(entity, given) if given.get("Id") else books.create(entity, given)
        except Refused as refusal:
            return refused(refusal, self._emulator.clock.now())
        self._emulator.store.flush()
        return told(record.document)

    async def bulk(self, request: web.Request) -> web.Response:
        """Create many documents of one entity, to fill books for a measurement; stops at the first that is refused."""
        books, entity = self._where(request)
        given = parse(b'{"documents":%b}' % await request.read())["documents"]
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
            raise Wrong("The body is a list of documents.")
        created = 0
        try:
            for document in given:
                books.create(entity, document)
                created += 1
        except Refused as refusal:
            raise Wrong(f"Document {created + 1}: {refusal.detail}") from None
        finally:
            self._emulator.store.flush()
        return told({"created": created})

    async def authorize(self, request: web.Request) -> web.Response:
        """Consent without a browser: `decision` is accept (default) or refuse."""
        given = {name: str(value) for name, value in (await given_in(request)).items()}
        given.setdefault("scope", "com.intuit.quickbooks.accounting")
        problem = self._oauth.problem(given)
        if problem:
            raise Wrong(problem)
        realm = given.get("realm", "")
        self._books(realm)
        return told({"redirect": self._oauth.decide(given, realm, given.get("decision", "accept") == "accept")})

    async def switches(self, _request: web.Request) -> web.Response:
        """Every switch with its value, default, choices and what is known."""
        return told(self._emulator.switches.described())

    async def switch(self, request: web.Request) -> web.Response:
        """Change switches by name."""
        given = await given_in(request)
        problems = self._emulator.switches.problems(given)
        if problems:
            raise Wrong(*problems)
        self._emulator.switches.change(given)
        self._emulator.reindex()
        self._emulator.keep_state()
        self._emulator.store.flush()
        return told(self._emulator.switches.described())

    def _books(self, realm: str) -> Books:
        books = self._emulator.companies.get(realm)
        if books is None:
            raise Wrong(f"There is no company {realm} here.")
        return books

    def _where(self, request: web.Request) -> tuple[Books, Entity]:
        entity = ENTITIES.get(request.match_info["entity"])
        if entity is None:
            raise Wrong(f"The emulator has no {request.match_info['entity']}.")
        return self._books(request.match_info["realm"]), entity


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def merge_preferences(document: Document, changes: Document) -> None:
    """Merge sections into Preferences. BookCloseDate null or "" opens the books; OtherPrefs takes {name: value}."""
    closed = changes.get("BookCloseDate", changes.get("AccountingInfoPrefs", {}).get("BookCloseDate", "keep"))
    for section, values in changes.items():
        if section == "OtherPrefs":
            _merge_names(document, values)
        elif section != "BookCloseDate":
            document[section] = {**document.get(section, {}), **values}
    accounting = document.setdefault("AccountingInfoPrefs", {})
    if closed in (None, ""):
        accounting.pop("BookCloseDate", None)
    elif closed != "keep":
        accounting["BookCloseDate"] = str(closed)


def _merge_names(document: Document, values: Document) -> None:
    pairs = {pair["Name"]: pair["Value"] for pair in document.get("OtherPrefs", {}).get("NameValue", [])}
    pairs.update({name: str(value) for name, value in values.items() if name != "NameValue"})
    pairs.update({pair["Name"]: str(pair["Value"]) for pair in values.get("NameValue", [])})
    document["OtherPrefs"] = {"NameValue": [{"Name": name, "Value": value} for name, value in pairs.items()]}
