"""Faults that the control plane or the bookkeeper arms, and the record of what was received."""

import hashlib
import json
from collections import deque
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

HALF = "half_then_drop"
LAGGING = "lagging"
SERVER_ERRORS = ("500", "502", "503", "504")
AFTER_WRITE = ("write_then_drop", "write_then_hang", *(f"{status}_after_write" for status in SERVER_ERRORS))
FAULTS = (
    *AFTER_WRITE,
    HALF,
    "drop",
    "hang",
    *SERVER_ERRORS,
    "429_xml",
    "429_json",
    "401",
    "403",
    "slow",
    LAGGING,
)
WRITES = ("create", "update", "delete", "batch")


@dataclass
class Call:
    """One request as it was received. `operation` is create, update, delete, read, query, batch, cdc, token, revoke…

    `entity` is the entity of the path, or "query", "batch", "cdc"; `asked` is the entity a query asks for.
    """

    at: str
    method: str
    path: str
    query: str
    body: bytes
    realm: str = ""
    entity: str = ""
    asked: str = ""
    operation: str = ""
    status: int | None = None
    fault: str = ""
    intuit_tid: str = ""

    @cached_property
    def parameters(self) -> dict[str, str]:
        """The query parameters; the last of a repeated one."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    def first_half(self) -> "Call":
        """A batch's first half, as if it had come without the rest, and without a request id to remember it by."""
        given = json.loads(self.body)
        items = given["BatchItemRequest"]
        half = json.dumps({**given, "BatchItemRequest": items[: len(items) // 2]})
        return replace(self, body=half.encode(), query="")

    @property
    def digest(self) -> str:
        """SHA-256 of the body."""
        return hashlib.sha256(self.body).hexdigest()

    def told(self) -> dict[str, Any]:
        """For the control plane: bodies as JSON where they are, secrets of OAuth forms masked."""
        parameters = self.parameters
        return {
            "at": self.at,
            "method": self.method,
            "path": self.path,
            "query": parameters,
            "body": _told_body(self),
            "status": self.status,
            "requestid": parameters.get("requestid"),
            "realm": self.realm,
            "entity": self.entity,
            "operation": self.operation,
            "fault": self.fault,
            "intuit_tid": self.intuit_tid,
        }


def _told_body(call: Call) -> Any:
    text = call.body.decode("utf-8", "replace")
    if call.entity in ("token", "revoke"):
        return {name: value if name == "grant_type" else "…" for name, value in parse_qsl(text)}
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


@dataclass
class Rule:
    """An armed fault: which calls, how many more times, and what happens to them."""

    fault: str
    match: dict[str, str] = field(default_factory=dict)
    times: int = 1
    seconds: float | None = None
    retry_after: int | None = None

    def meets(self, call: Call) -> bool:
        """Whether this call is meant. Faults after a write mean writes only, half a batch means batches, a lag means
        queries; the entity of a query only when the rule says `"operation": "query"`, so that a probe does not use up a
        create's fault."""
        if self.fault in AFTER_WRITE and call.operation not in WRITES:
            return False
        if call.operation != {HALF: "batch", LAGGING: "query"}.get(self.fault, call.operation):
            return False
        return all(self._agrees(call, name, wanted) for name, wanted in self.match.items())

    def _agrees(self, call: Call, name: str, wanted: str) -> bool:
        if name == "entity" and call.operation == "query" and self.match.get("operation") == "query":
            return wanted.lower() in (call.asked.lower(), "query")
        if (name, wanted.lower()) == ("operation", "write"):
            return call.operation in WRITES
        if name == "body":
            return wanted.lower() in call.body.decode("utf-8", "replace").lower()
        value = {
            "method": call.method,
            "entity": call.entity,
            "realm": call.realm,
            "operation": call.operation,
            "path": call.path,
            "requestid": call.parameters.get("requestid", ""),
        }[name]
        return value.lower() == wanted.lower()

    def told(self) -> dict[str, Any]:
        """For the control plane and the window."""
        return {
            "fault": self.fault,
            "match": self.match,
            "times": self.times,
            "seconds": self.seconds,
            "retry_after": self.retry_after,
        }


MATCHABLE = ("method", "entity", "realm", "operation", "path", "requestid", "body")


class Injection:
    """The armed faults, in the order they were armed, and the calls received, in order."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.calls: deque[Call] = deque(maxlen=20_000)

    def problems(self, asked: Any) -> list[str]:
        """Sentences against a rule; none when it may be armed."""
        if not isinstance(asked, dict):
            return ["A fault is a JSON object."]
        found = []
        if asked.get("fault") not in FAULTS:
            found.append(f"The fault is one of {', '.join(FAULTS)}.")
        match = asked.get("match", {})
        if not isinstance(match, dict) or not all(k in MATCHABLE and isinstance(v, str) for k, v in match.items()):
            found.append(f"A match names {', '.join(MATCHABLE)}, each a string.")
        for name in ("times", "seconds", "retry_after"):
            value = asked.get(name, 1)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or value < 0):
                found.append(f"{name} is a number, not below zero.")
        return found

    def arm(self, asked: dict[str, Any]) -> Rule:
        """Arm what `problems` has nothing against."""
        rule = Rule(
            asked["fault"],
            asked.get("match", {}),
            int(asked.get("times", 1)),
            asked.get("seconds"),
            asked.get("retry_after"),
        )
        self.rules.append(rule)
        return rule

    def strike(self, call: Call) -> Rule | None:
        """The first armed rule that means this call, one time used up."""
        for rule in self.rules:
            if rule.meets(call):
                rule.times -= 1
                if rule.times <= 0:
                    self.rules.remove(rule)
                call.fault = rule.fault
                return rule
        return None
