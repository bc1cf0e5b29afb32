"""The ledger of one QuickBooks company, as the rest of the bridge sees it."""

from __future__ import annotations

import base64
import logging
import re
import uuid
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NoReturn

from quickbooks_bridge.client.faults import Fault, LedgerFault, classify, errors_of, garbled
from quickbooks_bridge.client.limiter import Limiter
from quickbooks_bridge.client.settings import Endpoints, Timeouts
from quickbooks_bridge.client.shapes import odd_in, odd_rows
from quickbooks_bridge.client.tokens import TokenSource
from quickbooks_bridge.client.transport import Meter, Transport, checked_request_id
from quickbooks_bridge.client.wire import Answer, Document, MissingDocument, serialise

log = logging.getLogger(__name__)

PAGE: Final = 1000
"""Rows a query returns at most."""

RESTARTS: Final = 5
"""How often a list that keeps changing under us is begun again."""

CLOCKS: Final = timedelta(hours=1)
"""How far our clock and QuickBooks' may be apart, at the very most."""

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)

CDC_DAYS: Final = 30
CDC_ROWS: Final = 1000
CDC_UNKNOWN: Final = frozenset({"JournalCode", "TaxAgency", "TimeActivity", "TaxCode", "TaxRate"})
BATCH_ITEMS: Final = 30
BATCH_REQUEST_ID: Final = 36
BATCH_BID: Final = 10

HAS_ACTIVE: Final = frozenset(
    {"Account", "Class", "Customer", "Department", "Employee", "Item", "TaxCode", "Term", "Vendor"}
)
"""Lists whose inactive rows a query leaves out unless it is asked for them."""

ENTITIES: Final = frozenset({*Transport._BUSINESS_OBJECTS, "CompanyInfo", "Budget"}) - {"TaxService/Taxcode"}

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")


class TooOld(ValueError):
    """Changes are asked for from longer ago than QuickBooks remembers; read the whole list instead."""


class Shifting(Exception):
    """A list changed so often while it was read that it could not be read whole."""


@dataclass(frozen=True)
class Page:
    """A page of a list in the order of Ids, and when QuickBooks answered, by its own clock."""

    rows: list[Document]
    answered_at: datetime


@dataclass(frozen=True)
class Changes:
    """What changed. `deleted` holds Ids. `cut_short` names entities with more changes than one answer holds."""

    answer: Answer
    changed: Mapping[str, list[Document]]
    deleted: Mapping[str, list[str]]
    cut_short: frozenset[str]


@dataclass(frozen=True)
class BatchItem:
    """One write of a batch: `operation` is create, update or delete. `bid` names it in the answer."""

    bid: str
    operation: str
    entity: str
    payload: Document


@dataclass(frozen=True)
class BatchResult:
    """What became of one item: a document, or a fault."""

    bid: str
    document: Document | None
    fault: Fault | None

    def answered(self, entity: str, batch: Answer) -> Answer:
        """The answer that a call for this item alone would have had, with the batch's status, time and `intuit_tid`.

        Raises:
            LedgerFault: this item failed.
        """
        if self.document is None:
            raise LedgerFault(self.fault or garbled(batch.status, "", writes=True))
        body = {entity: self.document, **({"time": batch.body["time"]} if "time" in batch.body else {})}
        return replace(batch, body=body)


@dataclass(frozen=True)
class BatchAnswer:
    """A batch is no transaction: each item has its own result, in the order asked."""

    answer: Answer
    results: tuple[BatchResult, ...]


@dataclass(frozen=True)
class Attachment:
    """A file for the document `entity` number `remote_id`; `note` goes along and is found again with it."""

    entity: str
    remote_id: str
    name: str
    content_type: str
    content: bytes
    note: str


class Ledger:
    """One company's ledger. Every method makes HTTP calls; never call one inside a transaction.

    Any method may raise `LedgerFault`; a `ValueError` means that the call was wrong and nothing was sent.
    Not to be shared between threads.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @classmethod
    def open(
        cls,
        endpoints: Endpoints,
        realm: str,
        tokens: TokenSource,
        limiter: Limiter | None = None,
        timeouts: Timeouts | None = None,
        meter: Meter | None = None,
    ) -> Ledger:
        """A ledger over the shared connections of this process; makes no call yet. `meter` counts what reads."""
        return cls(Transport(endpoints, realm, tokens, limiter, timeouts, meter))

    def ask_before_writing(self, why_not: Callable[[], str]) -> None:
        """Ask `why_not` right before each request that writes: what it says keeps it from going, as NOT_SENT."""
        self._transport.why_not_write = why_not

    @property
    def last_tid(self) -> str:
        """The `intuit_tid` of the last answer since `forget_call`; "" if none came."""
        return self._transport.last_tid

    @property
    def last_request_id(self) -> str:
        """The request id that went out last since `forget_call`; "" if none did."""
        return self._transport.last_request_id

    def forget_call(self) -> None:
        """Begin anew to remember both, so that they are told of no call before."""
        self._transport.last_tid = self._transport.last_request_id = ""

    def read(self, entity: str, remote_id: str) -> Answer:
        """One document by Id.

        Raises:
            LedgerFault: MISSING if it was deleted or never was.
        """
        _require_entity(entity)
        if not _ID.fullmatch(remote_id):
            raise ValueError(f"{remote_id!r} is not an Id of QuickBooks.")
        return _holding(self._transport.get_single_object(entity, remote_id), entity, writes=False, remote_id=remote_id)

    def query(self, text: str) -> Answer:
        """Ask in QuickBooks' query language. Put values in with `quote` only."""
        answer: Answer = self._transport.query(text)
        return _listing(answer, text)

    def all(self, entity: str, where: str = "", *, inactive: bool = True, page: int = PAGE) -> Iterator[Document]:
        """Every document, once, by pages in the order of their Ids.

        Each page begins with the last row of the one before. If something else stands there, rows
        have gone from before it and one may have slipped past; then the list is begun again, and
        what was already given is not given twice. `inactive` includes inactive rows of name lists.

        Raises:
            Shifting: it kept changing.
        """
        _require_entity(entity)
        given: set[str] = set()
        for _ in range(RESTARTS):
            if (yield from self._pass(entity, _condition(entity, where, inactive), page, given)):
                return
        raise Shifting(f"The {entity} list of QuickBooks changed {RESTARTS} times while it was read; try again later.")

    def page(self, entity: str, *, start: int, where: str = "", size: int = PAGE) -> Page:
        """`size` rows from the place `start` (the first is 1) in the order of their Ids: one call.

        For a caller that keeps the place itself, to go on after an interruption; see `all` for how rows slip past.
        """
        _require_entity(entity)
        condition = _condition(entity, where, inactive=True)
        answer = self.query(f"SELECT * FROM {entity}{condition} ORDERBY Id STARTPOSITION {start} MAXRESULTS {size}")  # noqa: S608
        return Page(answer.rows(entity), answered_at(answer))

    def create(self, entity: str, payload: Document, request_id: str, *, repeats_number: bool = False) -> Answer:
        """Create a document. The same request id again gives the first answer and creates nothing.

        `repeats_number` lets its DocNumber be given twice in a company that warns of that.
        """
        _require_entity(entity)
        if "Id" in payload:
            raise ValueError("A document with an Id is an update, not a creation.")
        params = {"include": "allowduplicatedocnum"} if repeats_number else None
        answer = self._transport.create_object(entity, serialise(payload), request_id=request_id, params=params)
        return _holding(answer, entity, writes=True)

    def update(self, entity: str, payload: Document, request_id: str) -> Answer:
        """Replace a document, or with `"sparse": true` its header fields. Lines are always replaced as a whole.

        Raises:
            LedgerFault: STALE if the SyncToken is not the newest.
        """
        _require_entity(entity)
        if not (payload.get("Id") and payload.get("SyncToken")):
            raise ValueError("An update needs the Id and SyncToken that were read last.")
        answer = self._transport.update_object(entity, serialise(payload), request_id=request_id)
        return _holding(answer, entity, writes=True, remote_id=str(payload["Id"]))

    def delete(self, entity: str, remote_id: str, sync_token: str, request_id: str) -> Answer:
        """Delete a transaction for good; names are made inactive instead.

        Raises:
            LedgerFault: STALE if the SyncToken is not the newest, MISSING if it is gone already.
        """
        _require_entity(entity)
        body = serialise({"Id": remote_id, "SyncToken": sync_token})
        answer = self._transport.delete_object(entity, body, request_id=request_id)
        return _holding(answer, entity, writes=True)

    def upload(self, file: Attachment, request_id: str, why_not: Callable[[], str]) -> Answer:
        """Attach a file to a document; the answer holds its `Attachable`.

        Nobody documents that QuickBooks knows a request id of an upload again, so look before sending one again.
        `why_not` is asked right before it goes out, in place of what `ask_before_writing` was given.
        """
        _require_entity(file.entity)
        mark = f"--------{uuid.uuid4().hex}"
        transport, before = self._transport, self._transport.why_not_write
        transport.why_not_write = why_not
        try:
            answer: Answer = transport.make_request(
                "POST",
                f"{transport.company_url}/upload",
                _parts_of(file, mark),
                content_type=f"multipart/form-data; boundary={mark}",
                request_id=request_id,
            )
        finally:
            transport.why_not_write = before
        return _uploaded(answer)

    def company_info(self) -> Answer:
        """`CompanyInfo`: name, country, plan."""
        # Its Id is another one than that of the company by which it is asked for.
        info: Answer = self._transport.get_single_object("CompanyInfo", str(self._transport.company_id))
        return _holding(info, "CompanyInfo", writes=False)

    def preferences(self) -> Answer:
        """`Preferences`: which features are switched on, and when the books are closed."""
        answer: Answer = self._transport.get(f"{self._transport.company_url}/preferences")
        return _holding(answer, "Preferences", writes=False)

    def changes(self, entities: Sequence[str], since: datetime) -> Changes:
        """What was created, changed or deleted since then (at most 30 days ago, 1000 rows an entity).

        Raises:
            TooOld: that is longer ago than QuickBooks remembers.
        """
        for entity in entities:
            _require_entity(entity)
            if entity in CDC_UNKNOWN:
                raise ValueError(f"QuickBooks does not report changes of {entity}.")
        if datetime.now(UTC) - _aware(since) > timedelta(days=CDC_DAYS):
            raise TooOld(f"QuickBooks remembers changes for {CDC_DAYS} days only.")
        answer: Answer = self._transport.change_data_capture(",".join(entities), since.isoformat(timespec="seconds"))
        return _changes(answer, entities)

    def batch(self, items: Sequence[BatchItem], request_id: str) -> BatchAnswer:
        """Up to 30 writes in one call, each with its own result. A lost answer leaves all of them unknown."""
        _check_batch(items, request_id)
        body = serialise({"BatchItemRequest": [_batch_item(item) for item in items]})
        answer: Answer = self._transport.post(f"{self._transport.company_url}/batch", body, request_id=request_id)
        return BatchAnswer(answer, _results(answer, items))

    def _pass(self, entity: str, where: str, page: int, given: set[str]) -> Generator[Document, None, bool]:
        """Read once through the list; False as soon as rows are seen to have gone."""
        seen: set[str] = set()
        start = 1
        while True:
            text = f"SELECT * FROM {entity}{where} ORDERBY Id STARTPOSITION {start} MAXRESULTS {page}"  # noqa: S608
            told = self.query(text).rows(entity)
            rows = {str(row["Id"]): row for row in told}
            if seen and next(iter(rows), None) not in seen:
                return False
            yield from (row for remote_id, row in rows.items() if remote_id not in given)
            is_last = len(told) < page
            if not is_last and seen.issuperset(rows):
                return False
            seen.update(rows)
            given.update(rows)
            if is_last:
                return True
            start += page - 1


def answered_at(answer: Answer) -> datetime:
    """When QuickBooks answered, by its own clock; by ours if it does not say, or something that cannot be.

    What is asked for next begins there, so a time far ahead would leave out all that changes until then.
    """
    now = datetime.now(UTC)
    try:
        told = _aware(datetime.fromisoformat(str(answer.body["time"])))
        return told if _EPOCH < told < now + CLOCKS else now
    except (KeyError, ValueError):
        return now


def quote(value: str | bool | int | Decimal | date | datetime | Iterable[str]) -> str:
    """A literal for a query, safe whatever the value holds; several values become a list for IN.

    Raises:
        ValueError: control characters, which no stored value has, or a time without a zone.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"'{_aware(value).isoformat(timespec='seconds')}'"
    if isinstance(value, date):
        return f"'{value.isoformat()}'"
    if isinstance(value, (int, Decimal)):
        return f"'{value:f}'" if isinstance(value, Decimal) else f"'{value}'"
    if isinstance(value, str):
        return _quoted_text(value)
    return f"({', '.join(_quoted_text(each) for each in value)})"


def _quoted_text(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("A search text must not hold control characters.")
    # The backslash first: a value ending in one would otherwise free the closing quote.
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("A time without a zone says nothing to QuickBooks.")
    return moment


def _require_entity(entity: str) -> None:
    if entity not in ENTITIES:
        raise ValueError(f"{entity!r} is not a kind of document that QuickBooks has.")


def _condition(entity: str, where: str, inactive: bool) -> str:
    parts = [where] if where else []
    if inactive and entity in HAS_ACTIVE:
        parts.append("Active IN (true, false)")
    return f" WHERE {' AND '.join(parts)}" if parts else ""


def _holding(answer: Answer, entity: str, *, writes: bool, remote_id: str = "") -> Answer:
    """The answer, if it holds the stored document; a good status without one says nothing of what was done, nor does
    one with another document than that of `remote_id`, or with one that is not as documents are.
    """
    try:
        document = answer.document(entity)
    except MissingDocument:
        document = {}
    told = str(document.get("Id") or "")
    odd = odd_in(document) if told not in ("", "0") else ""
    _note_odd(entity, odd)
    held = told == remote_id if remote_id else told not in ("", "0")
    return answer if held and not odd else _empty_handed(answer, writes=writes)


def _note_odd(entity: str, place: str) -> None:
    """Say where, and never what: the answer holds people's names and money."""
    if place:
        log.warning("quickbooks answered a %s that cannot be read: %s", entity, place)


def _listing(answer: Answer, text: str) -> Answer:
    """The answer to a query if it is a list of what was asked for, or an empty one; anything else is not taken for
    nothing.
    """
    response = answer.body.get("QueryResponse")
    if not isinstance(response, dict):
        _empty_handed(answer, writes=False)
    entity, limit = _asked_for(text)
    odd = _odd_listing(response, entity, limit)
    _note_odd(entity, odd)
    return _empty_handed(answer, writes=False) if odd else answer


_FROM: Final = re.compile(r"\sFROM\s+(\w+)", re.IGNORECASE)
_LIMIT: Final = re.compile(r"\sMAXRESULTS\s+(\d+)$", re.IGNORECASE)


def _asked_for(text: str) -> tuple[str, int]:
    """What a query lists, and of how many rows at the most; 0 if it does not say."""
    entity, limit = _FROM.search(text), _LIMIT.search(text)
    return (entity[1] if entity else ""), (int(limit[1]) if limit else 0)


def _odd_listing(response: Mapping[str, Any], entity: str, limit: int) -> str:
    rows = response.get(entity)
    if rows is None:
        others = [name for name, value in response.items() if name not in _BESIDE and value is not None]
        return f"{', '.join(others)} in its place" if others or response.get("maxResults") else ""
    if isinstance(rows, list) and 0 < limit < len(rows):
        return f"{len(rows)} rows where {limit} were asked for"
    return odd_rows(rows)


#: What stands beside the rows of a query, or of a kind in an answer of changes.
_BESIDE: Final = frozenset({"startPosition", "maxResults", "totalCount", "Warnings"})


def _empty_handed(answer: Answer, *, writes: bool) -> NoReturn:
    raise LedgerFault(_as_answered(garbled(answer.status, serialise(answer.body), writes=writes), answer))


def _as_answered(fault: Fault, answer: Answer) -> Fault:
    """The fault with what its answer says of the call."""
    call = answer.request_id
    return replace(fault, intuit_tid=answer.intuit_tid, elapsed_ms=answer.elapsed_ms, request_id=call)


def _parts_of(file: Attachment, mark: str) -> str:
    """The body of an upload: what is said of the file, and its bytes as base64, so that all of it is text."""
    said = {
        "AttachableRef": [{"EntityRef": {"type": file.entity, "value": file.remote_id}, "IncludeOnSend": False}],
        "FileName": file.name,
        "ContentType": file.content_type,
        "Note": file.note,
    }
    lines = [
        f"--{mark}",
        'Content-Disposition: form-data; name="file_metadata_01"',
        "Content-Type: application/json",
        "",
        serialise(said),
        f"--{mark}",
        # The real name is in what is said: a header takes neither quotes nor other scripts.
        'Content-Disposition: form-data; name="file_content_01"; filename="file"',
        f"Content-Type: {file.content_type}",
        "Content-Transfer-Encoding: base64",
        "",
        base64.b64encode(file.content).decode("ascii"),
        f"--{mark}--",
        "",
    ]
    return "\r\n".join(lines)


def _uploaded(answer: Answer) -> Answer:
    """The answer as that of a creation; what is refused is told in its place with a good status."""
    parts = answer.body.get("AttachableResponse")
    part = parts[0] if isinstance(parts, list) and parts and isinstance(parts[0], dict) else {}
    if errors := errors_of(part):
        raise LedgerFault(_as_answered(classify(answer.status, serialise(part), errors=errors), answer))
    return _holding(replace(answer, body={**answer.body, **part}), "Attachable", writes=True)


def _changes(answer: Answer, entities: Sequence[str]) -> Changes:
    changed: dict[str, list[Document]] = {entity: [] for entity in entities}
    deleted: dict[str, list[str]] = {entity: [] for entity in entities}
    for row_of, row in _changed_rows(answer, entities):
        if str(row.get("status", "")).casefold() == "deleted":
            deleted.setdefault(row_of, []).append(str(row["Id"]))
        else:
            changed.setdefault(row_of, []).append(row)
    # It is not said of what 1,000 is the most: of a kind, or of the answer, and then any kind may lack some.
    count = sum(map(len, changed.values())) + sum(map(len, deleted.values()))
    return Changes(answer, changed, deleted, frozenset(entities if count >= CDC_ROWS else ()))


def _changed_rows(answer: Answer, entities: Collection[str]) -> Iterator[tuple[str, Document]]:
    for part in _parts(answer):
        _raise_fault_in(part, answer)
        for name, rows in part.items():
            if name in _BESIDE or rows is None:
                continue
            odd = odd_rows(rows) if name in entities else "not asked for"
            if odd:
                _note_odd(name, odd)
                _empty_handed(answer, writes=False)
            yield from ((name, row) for row in rows)


def _parts(answer: Answer) -> list[Document]:
    """The parts of a change answer. Without any nothing was said, which is not the same as no changes."""
    told = answer.body.get("CDCResponse")
    parts: list[Document] = []
    for one in told if isinstance(told, list) and told else [None]:
        if isinstance(one, dict):
            _raise_fault_in(one, answer)
        listed = one.get("QueryResponse") if isinstance(one, dict) else None
        if not isinstance(listed, list) or not all(isinstance(part, dict) for part in listed):
            _empty_handed(answer, writes=False)
        parts += listed
    return parts


def _raise_fault_in(part: Mapping[str, Any], answer: Answer) -> None:
    if errors := errors_of(part):
        fault = classify(answer.status, serialise(part), errors=errors, writes=False)
        raise LedgerFault(replace(fault, intuit_tid=answer.intuit_tid, elapsed_ms=answer.elapsed_ms))


def _check_batch(items: Sequence[BatchItem], request_id: str) -> None:
    checked_request_id(request_id, BATCH_REQUEST_ID)
    bids = [item.bid for item in items]
    if not 0 < len(items) <= BATCH_ITEMS:
        raise ValueError(f"A batch has 1 to {BATCH_ITEMS} items; this one has {len(items)}.")
    if len(set(bids)) < len(bids) or not all(0 < len(bid) <= BATCH_BID for bid in bids):
        raise ValueError(f"Each item of a batch needs a bid of its own, of at most {BATCH_BID} characters.")
    for item in items:
        _require_entity(item.entity)
        if item.operation not in ("create", "update", "delete"):
            raise ValueError(f"{item.operation!r} is not an operation of a batch.")


def _batch_item(item: BatchItem) -> Document:
    return {"bId": item.bid, "operation": item.operation, item.entity: item.payload}


def _results(answer: Answer, items: Sequence[BatchItem]) -> tuple[BatchResult, ...]:
    responses = answer.body.get("BatchItemResponse")
    listed = responses if isinstance(responses, list) else []
    by_bid: dict[str, list[dict[str, Any]]] = {}
    for each in listed:
        if isinstance(each, dict):
            by_bid.setdefault(str(each.get("bId")), []).append(each)
    # Two answers to one item say nothing of what became of it.
    told = {bid: each[0] for bid, each in by_bid.items() if len(each) == 1}
    return tuple(_result(answer, item, told.get(item.bid, {})) for item in items)


def _result(answer: Answer, item: BatchItem, response: Mapping[str, Any]) -> BatchResult:
    document, errors = response.get(item.entity), errors_of(response)
    has_id = isinstance(document, dict) and document.get("Id") not in (None, "", "0", 0)
    odd = odd_in(document) if has_id else ""
    _note_odd(item.entity, odd)
    if has_id and not odd and not errors:
        return BatchResult(item.bid, document, None)
    raw = serialise(response)
    # A document and a fault at once say nothing of what became of it.
    is_refused = errors and not has_id
    fault = classify(answer.status, raw, errors=errors) if is_refused else garbled(answer.status, raw, writes=True)
    told = replace(fault, intuit_tid=answer.intuit_tid, request_id=answer.request_id, elapsed_ms=answer.elapsed_ms)
    return BatchResult(item.bid, None, told)
