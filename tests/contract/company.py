"""A company of QuickBooks as the tests speak to it: plain HTTP with a bearer token."""

# ruff: noqa: S608 - what is written here is the query language of QuickBooks; no database reads it.

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

WAIT = 20
Json = dict[str, Any]


def name_field(entity: str) -> str:
    """What a list entry is called by."""
    return "DisplayName" if entity in ("Customer", "Vendor", "Employee") else "Name"


def error_of(reply: requests.Response, status: int = 400) -> Json:
    """The first error of a capital Fault."""
    assert reply.status_code == status, reply.text
    error: Json = reply.json()["Fault"]["Error"][0]
    return error


@dataclass
class Company:
    """A client of one company: a plain HTTP session with a bearer token."""

    base: str
    realm: str
    token: str
    session: requests.Session = field(default_factory=requests.Session)

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        """One call below /v3/company/{realm}."""
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json", **more.pop("headers", {})}
        more.setdefault("timeout", WAIT)
        return self.session.request(method, f"{self.base}/v3/company/{self.realm}/{path}", headers=headers, **more)

    def get(self, path: str, **params: str) -> Json:
        """A GET that must succeed."""
        reply = self.call("GET", path, params=params)
        assert reply.status_code == 200, reply.text
        answer: Json = reply.json()
        return answer

    def write(self, entity: str, document: Json, **params: str) -> Json:
        """A create or update that must succeed; the document as answered."""
        reply = self.call("POST", entity.lower(), json=document, params=params)
        assert reply.status_code == 200, reply.text
        answer: Json = reply.json()[entity]
        return answer

    def refusal(self, entity: str, document: Json, **params: str) -> Json:
        """A write that must be refused with HTTP 400; its first error."""
        return error_of(self.call("POST", entity.lower(), json=document, params=params))

    def query(self, text: str) -> Json:
        """The QueryResponse of a query that must succeed."""
        answer: Json = self.get("query", query=text)["QueryResponse"]
        return answer

    def query_refusal(self, text: str) -> Json:
        """The first error of a query that must be refused."""
        return error_of(self.call("GET", "query", params={"query": text}))

    def named(self, entity: str, name: str) -> Json:
        """The seeded record of this name."""
        found: list[Json] = self.query(f"select * from {entity} where {name_field(entity)} = '{name}'")[entity]
        return found[0]

    def reference(self, entity: str, name: str) -> Json:
        """A reference to it."""
        return {"value": self.named(entity, name)["Id"]}

    def references(self, wanted: Mapping[str, tuple[str, str]]) -> dict[str, Json]:
        """References to seeded records, by a word for each: one query an entity."""
        known: dict[tuple[str, str], str] = {}
        for entity in {entity for entity, _ in wanted.values()}:
            for one in self.query(f"select * from {entity} maxresults 1000")[entity]:
                known[entity, one[name_field(entity)]] = one["Id"]
        return {word: {"value": known[asked]} for word, asked in wanted.items()}
