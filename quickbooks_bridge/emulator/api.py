"""/v3/company/{realm}/…: what each path does, once authentication, limits and armed faults have let a call through."""

import json
import re
from typing import Any

from . import faults, query
from .attaching import File, attach, uploaded
from .books import Books
from .cleaning import parse
from .clock import envelope_time, instant
from .emulator import Emulator
from .entity import Entity
from .faults import Refused
from .injection import Call
from .printing import PRINTED, pdf
from .records import Record
from .tables import ENTITIES, PATHS

LONGEST_REQUEST_ID = 50
LONGEST_BATCH_REQUEST_ID = 36
LONGEST_BID = 10
CDC_DAYS = 30
_ASKED = re.compile(r"\bfrom\s+(\w+)", re.IGNORECASE)


def recognise(call: Call) -> None:
    """Fill in realm, entity and operation of a call to /v3/company/…, from its path, query and body."""
    steps = call.path.split("/")[3:]
    call.realm = steps[0] if steps else ""
    rest = steps[1:]
    head = rest[0] if rest else ""
    entity = PATHS.get(head)
    call.entity = entity.name if entity else head
    if head == "upload":
        call.entity = "Attachable"
    if head in ("query", "batch", "cdc"):
        call.operation = head
        asked = _ASKED.search(_query_text(call)) if head == "query" else None
        call.asked = asked.group(1) if asked else ""
    elif call.method == "GET":
        call.operation = "read"
    else:
        call.operation = _write_operation(call)


def _query_text(call: Call) -> str:
    return call.parameters.get("query") or call.body.decode("utf-8", "replace")


def _write_operation(call: Call) -> str:
    asked = call.parameters.get("operation", "")
    if asked:
        return asked
    try:
        given = json.loads(call.body)
    except (ValueError, RecursionError):
        return "create"
    return "update" if isinstance(given, dict) and given.get("Id") not in (None, "") else "create"


class Api:
    """Answers calls from the books. Every method returns the JSON of an answer or raises Refused; a print is bytes."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def work(self, books: Books, call: Call) -> str | bytes:
        """The answer to a call: JSON, or the bytes of a PDF. A repeated request id gets its first answer again."""
        print_of = self._print(books, call)
        if print_of is not None:
            return print_of
        request_id = call.parameters.get("requestid", "") if call.method == "POST" else ""
        longest = LONGEST_BATCH_REQUEST_ID if call.operation == "batch" else LONGEST_REQUEST_ID
        if len(request_id) > longest:
            raise faults.bad_length("requestid", longest, len(request_id))
        if not request_id or call.operation == "query":
            return self._fresh(books, call)
        return self._once(books, call, request_id)

    def _once(self, books: Books, call: Call, request_id: str) -> str:
        emulator = self._emulator
        before = emulator.remembered(books.realm, request_id)
        if before is not None:
            return self._again(before.body, before.digest, call)
        try:
            body = self._fresh(books, call)
        except Refused as refusal:
            if emulator.switches["requestid_replays_faults"]:
                kept = json.dumps({"refused": [*vars(refusal).values()]})
                emulator.remember(books.realm, request_id, refusal.status, kept, call.body)
            raise
        emulator.remember(books.realm, request_id, 200, body, call.body)
        return body

    def _again(self, body: str, digest: str, call: Call) -> str:
        if self._emulator.switches["requestid_other_body"] == "refuse" and digest != call.digest:
            raise Refused("600", "Duplicate request id", "The request id was used for another request.", "requestid")
        if body.startswith('{"refused":'):
            raise Refused(*json.loads(body)["refused"])
        return body

    def _fresh(self, books: Books, call: Call) -> str:
        steps = [step for step in call.path.split("/")[4:] if step]
        head = steps[0] if steps else ""
        named = {"query": self._query, "batch": self._batch, "cdc": self._cdc, "upload": self._upload}
        if head in named and len(steps) == 1:
            return named[head](books, call)
        entity = PATHS.get(head)
        if entity is None or len(steps) > 2:
            raise faults.unsupported(f"Could not find resource for relative : {call.path}")
        if call.method == "GET":
            return self._read(books, entity, steps)
        if call.method != "POST" or len(steps) != 1:
            raise faults.unsupported(f"{call.method} {call.path}")
        operation = call.parameters.get("operation", "")
        include = frozenset(call.parameters.get("include", "").split(","))
        return self._single(entity, self._write(books, entity, operation, parse(call.body), include))

    def _read(self, books: Books, entity: Entity, steps: list[str]) -> str:
        if len(steps) == 1 and not entity.only_one:
            raise faults.unsupported(f"read {entity.name} without an id")
        return self._single(entity, books.get(entity, steps[1] if len(steps) == 2 else ""))

    def _write(
        self, books: Books, entity: Entity, operation: str, given: dict[str, Any], include: frozenset[str]
    ) -> Record:
        if operation == "delete":
            return books.delete(entity, given)
        if operation == "void" or (operation == "update" and "void" in include):
            return books.void(entity, given)
        if operation not in ("", "create", "update"):
            raise faults.unsupported(f"{operation} {entity.name}")
        has_id = given.get("Id") not in (None, "") or entity.only_one
        if operation == "update" or (operation == "" and has_id):
            return books.update(entity, given, include)
        return books.create(entity, given, include)

    def _single(self, entity: Entity, record: Record) -> str:
        return f'{{"{entity.name}":{record.text},"time":"{self._time()}"}}'

    def _time(self) -> str:
        return envelope_time(self._emulator.clock.now())

    def _print(self, books: Books, call: Call) -> bytes | None:
        steps = [step for step in call.path.split("/")[4:] if step]
        entity = PATHS.get(steps[0]) if len(steps) == 3 and steps[2] == "pdf" and call.method == "GET" else None
        if entity is None or entity.name not in PRINTED:
            return None
        return pdf(entity, str(books.info["CompanyName"]), books.get(entity, steps[1]).document)

    def _upload(self, books: Books, call: Call) -> str:
        if call.method != "POST":
            raise faults.unsupported(f"{call.method} {call.path}")
        answers = ",".join(self._uploaded(books, file) for file in uploaded(call.body))
        return f'{{"AttachableResponse":[{answers}],"time":"{self._time()}"}}'

    def _uploaded(self, books: Books, file: File) -> str:
        try:
            return f'{{"Attachable":{attach(books, file).text}}}'
        except Refused as refusal:
            return json.dumps({"Fault": refusal.fault()})

    # query

    def _query(self, books: Books, call: Call) -> str:
        return f'{{"QueryResponse":{self._found(books, _query_text(call))},"time":"{self._time()}"}}'

    def _found(self, books: Books, text: str) -> str:
        page = query.run(books, text)
        if page.query.counts:
            return json.dumps({"totalCount": page.total})
        if not page.records:
            return "{}"
        rows = ",".join(_picked(record, page.query.selected) for record in page.records)
        name = page.query.entity.name
        return f'{{"{name}":[{rows}],"startPosition":{page.query.start},"maxResults":{len(page.records)}}}'

    # batch

    def _batch(self, books: Books, call: Call) -> str:
        items = parse(call.body).get("BatchItemRequest")
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise faults.missing("BatchItemRequest")
        most = self._emulator.switches.number("batch_limit")
        if len(items) > most:
            detail = f"The maximum number of batch items is {most}. Supplied: {len(items)}"
            raise Refused("1040", "Batch size exceeds the limit", detail, "BatchItemRequest")
        self._check_bids(items, bool(call.parameters.get("requestid")))
        answers = ",".join(self._batch_item(books, item) for item in items)
        return f'{{"BatchItemResponse":[{answers}],"time":"{self._time()}"}}'

    def _check_bids(self, items: list[dict[str, Any]], has_request_id: bool) -> None:
        bids = [str(item.get("bId", "")) for item in items]
        if has_request_id:
            for bid in bids:
                if len(bid) > LONGEST_BID:
                    raise faults.bad_length("bId", LONGEST_BID, len(bid))
        if len(set(bids)) != len(bids) and self._emulator.switches["batch_repeated_bid"] == "refuse":
            raise faults.bad_string("bId", "a bId that was used before in this batch")

    def _batch_item(self, books: Books, item: dict[str, Any]) -> str:
        bid = json.dumps(str(item.get("bId", "")))
        try:
            return f'{{{self._batch_answer(books, item)},"bId":{bid}}}'
        except Refused as refusal:
            return f'{{"Fault":{json.dumps(refusal.fault())},"bId":{bid}}}'

    def _batch_answer(self, books: Books, item: dict[str, Any]) -> str:
        if isinstance(item.get("Query"), str):
            return f'"QueryResponse":{self._found(books, item["Query"])}'
        name = next((name for name, value in item.items() if isinstance(value, dict)), "")
        entity = ENTITIES.get(name)
        operation = str(item.get("operation", ""))
        if entity is None or operation not in ("create", "update", "delete"):
            raise faults.unsupported(f"{operation or 'without a name'} {name}".strip())
        include = frozenset([str(item.get("optionsData", ""))])
        return f'"{name}":{self._write(books, entity, operation, item[name], include).text}'

    # change data capture

    def _cdc(self, books: Books, call: Call) -> str:
        asked = [name.strip() for name in call.parameters.get("entities", "").split(",") if name.strip()]
        if not asked:
            raise faults.missing("entities")
        since = self._since(call.parameters.get("changedSince", ""))
        answers = ",".join(self._changes(books, name, since) for name in asked)
        return f'{{"CDCResponse":[{{"QueryResponse":[{answers}]}}],"time":"{self._time()}"}}'

    def _since(self, text: str) -> float:
        if not text:
            raise faults.missing("changedSince")
        since = instant(text.replace(" ", "+"))
        if since is None:
            raise faults.invalid_query(f"changedSince {text} is not a date and time")
        oldest = self._emulator.clock.now() - CDC_DAYS * 86_400
        older = self._emulator.switches["cdc_older_than_30_days"]
        if since < oldest and older == "fault":
            raise faults.invalid_query(f"changedSince can not be more than {CDC_DAYS} days ago")
        return since if older == "answer" else max(since, oldest)

    def _changes(self, books: Books, name: str, since: float) -> str:
        entity = PATHS.get(name.lower())
        if entity is None or not entity.followed:
            raise faults.unsupported(f"cdc {name}")
        rows = [
            record
            for held in (books.records[entity.name], books.deleted[entity.name])
            for record in held.values()
            if record.updated >= int(since)
        ]
        if not rows:
            return "{}"
        rows.sort(key=lambda record: record.updated)
        sent = rows[: self._emulator.switches.number("cdc_most_of_an_entity")]
        texts = ",".join(record.text for record in sent)
        return f'{{"{entity.name}":[{texts}],"startPosition":1,"maxResults":{len(sent)},"totalCount":{len(rows)}}}'


_ALWAYS = ("domain", "Id", "SyncToken", "MetaData")


def _picked(record: Record, selected: list[str]) -> str:
    """The whole record, or only what was selected, marked sparse."""
    if not selected:
        return record.text
    heads = {name.partition(".")[0] for name in selected}
    picked = {name: value for name, value in record.document.items() if name in heads or name in _ALWAYS}
    return json.dumps({**picked, "sparse": True}, separators=(",", ":"))
