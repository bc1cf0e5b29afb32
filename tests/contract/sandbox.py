"""A company of Intuit's sandbox in place of the emulator's: it cannot be reset, so a test leaves it as it found it.

What a test creates bears a mark and a random suffix in its name; a transaction is always one of such a name or account.
The suffix is put on on the way out and taken off on the way in, so that the tests read as they do on the emulator.
After each test its transactions are deleted and its names made inactive, the newest first; accounts and terms, which
every test needs, after the last one.
"""

# ruff: noqa: S608 - what is written here is the query language of QuickBooks; no database reads it.

import json
import os
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from .company import WAIT, Company, Json, name_field

SANDBOX = "https://sandbox-quickbooks.api.intuit.com"
TOKENS = "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"
MARK = "zq"
_SUFFIX = re.compile(rf" {MARK}[0-9a-f]{{6}}", re.IGNORECASE)
_LISTS = ("Account", "Class", "Customer", "Department", "Employee", "Item", "Term", "Vendor")
#: Needed by every test and changed by hardly any, so made once.
_SHARED = ("Account", "Term")
_BY_NAME = re.compile(r"\b((?:Display)?Name)(\s*(?:!?=|in\b)\s*)(\([^)]*\)|'(?:[^'\\]|\\.)*')", re.IGNORECASE)
_TEXT = re.compile(r"'((?:[^'\\]|\\.)*)'")
LONGEST_WAIT = 64
LONGEST_REQUEST_ID = 50

# What the tests expect to find, as the emulator's seeds have it. A pair is a reference to another of them.
_EXPENSE = {"AccountType": "Cost of Goods Sold", "AccountSubType": "SuppliesMaterialsCogs"}
SEEDED: dict[tuple[str, str], dict[str, Any]] = {
    ("Account", "Accounts Payable (A/P)"): {"AccountType": "Accounts Payable"},
    ("Account", "Company Credit Card"): {"AccountType": "Credit Card"},
    ("Account", "Construction Income"): {"AccountType": "Income", "AccountSubType": "SalesOfProductIncome"},
    ("Account", "Cost of Goods Sold"): _EXPENSE,
    ("Account", "Inventory Asset"): {"AccountType": "Other Current Asset", "AccountSubType": "Inventory"},
    ("Account", "Job Materials"): {**_EXPENSE, "SubAccount": True, "ParentRef": ("Account", "Cost of Goods Sold")},
    ("Account", "Operating Checking"): {"AccountType": "Bank", "AccountSubType": "Checking"},
    ("Account", "Payroll Checking"): {"AccountType": "Bank", "AccountSubType": "Checking"},
    ("Account", "Subcontractors"): {**_EXPENSE, "SubAccount": True, "ParentRef": ("Account", "Cost of Goods Sold")},
    ("Class", "Commercial"): {},
    ("Class", "Public Works"): {},
    ("Customer", "City of Eastport"): {"CompanyName": "City of Eastport"},
    ("Customer", "Fire Station 4"): {"Job": True, "ParentRef": ("Customer", "City of Eastport")},
    ("Department", "Field"): {},
    ("Employee", "Rosa Delgado"): {"GivenName": "Rosa", "FamilyName": "Delgado"},
    ("Item", "Labor"): {"Type": "Service", "IncomeAccountRef": ("Account", "Construction Income")},
    ("Item", "Subcontract Work"): {
        "Type": "Service",
        "IncomeAccountRef": ("Account", "Construction Income"),
        "ExpenseAccountRef": ("Account", "Subcontractors"),
    },
    ("Term", "Net 15"): {"DueDays": 15},
    ("Term", "Net 30"): {"DueDays": 30},
    ("Term", "Net 60"): {"DueDays": 60},
    ("Vendor", "Ace Electric Co"): {
        "CompanyName": "Ace Electric Co",
        "Vendor1099": True,
        "TermRef": ("Term", "Net 15"),
    },
    ("Vendor", "O'Brien Excavating"): {"Vendor1099": True},
}


@dataclass(frozen=True)
class SignIn:
    """Where the sandbox is and how to sign in, from the environment; docs/emulator.md names the variables."""

    realm: str
    client: tuple[str, str]
    refresh_token: str
    kept_in: Path | None
    base: str

    @classmethod
    def read(cls) -> "SignIn":
        """What the environment says. Raises pytest.UsageError with everything that is missing or wrong."""
        given = {name: os.environ.get(f"CONTRACT_{name}", "") for name in ("CLIENT_ID", "CLIENT_SECRET", "REALM")}
        kept_in = (
            Path(os.environ["CONTRACT_REFRESH_TOKEN_FILE"]) if "CONTRACT_REFRESH_TOKEN_FILE" in os.environ else None
        )
        token = (
            kept_in.read_text().strip()
            if kept_in and kept_in.exists()
            else os.environ.get("CONTRACT_REFRESH_TOKEN", "")
        )
        missing = [f"CONTRACT_{name}" for name, value in {**given, "REFRESH_TOKEN": token}.items() if not value]
        if missing:
            raise pytest.UsageError(f"Not set, and needed to sign in: {', '.join(missing)}.")
        base = os.environ.get("CONTRACT_API") or SANDBOX
        host = urlsplit(base).hostname
        if base != SANDBOX and host not in ("127.0.0.1", "localhost", "::1"):
            raise pytest.UsageError(f"CONTRACT_API is {SANDBOX} or an emulator on this machine, not {host}.")
        return cls(given["REALM"], (given["CLIENT_ID"], given["CLIENT_SECRET"]), token, kept_in, base)

    def access_token(self) -> str:
        """A new access token; a new refresh token goes into the file, where there is one."""
        url = TOKENS if self.base == SANDBOX else f"{self.base}/oauth2/v1/tokens/bearer"
        form = {"grant_type": "refresh_token", "refresh_token": self.refresh_token}
        reply = requests.post(url, data=form, auth=self.client, headers={"Accept": "application/json"}, timeout=WAIT)
        if reply.status_code != 200:
            raise pytest.UsageError(f"The sign-in was refused: {reply.text[:200]}")
        answer: Json = reply.json()
        if self.kept_in:
            self.kept_in.touch(mode=0o600)
            self.kept_in.write_text(answer["refresh_token"])
        return str(answer["access_token"])


def suffix() -> str:
    """A new ending of names: the mark and six random figures."""
    return f" {MARK}{secrets.token_hex(3)}"


@dataclass
class Lent(Company):
    """A company that is lent to a test. `made` is what has to go again, the oldest first."""

    ending: str = field(default_factory=suffix)
    shared: "Lent | None" = None
    made: dict[tuple[str, str], None] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        """One call, its names and its request id ending in the suffix; the answer without it."""
        if isinstance(more.get("json"), dict):
            more["json"] = self._named(more["json"])
        if more.get("params"):
            more["params"] = self._own(more["params"])
        if path == "query" and isinstance(more.get("data"), bytes):
            more["data"] = self._asked(more["data"].decode()).encode()
        reply = self._patiently(method, path, **more)
        if method == "POST" and reply.status_code == 200:
            self._remember(reply)
        if "json" in reply.headers.get("Content-Type", ""):
            reply._content = _SUFFIX.sub("", reply.content.decode()).encode()
        return reply

    def named(self, entity: str, name: str) -> Json:
        """The record that the emulator has by this name: made where there is none."""
        if entity in _SHARED and self.shared is not None:
            return self.shared.named(entity, name)
        escaped = name.replace("\\'", "'").replace("'", "\\'")
        found = self.query(f"select * from {entity} where {name_field(entity)} = '{escaped}'").get(entity)
        if found:
            return dict(found[0])
        given = SEEDED.get((entity, name.replace("\\'", "'")))
        if given is None:
            raise LookupError(f"The sandbox has no {entity} {name}: name it in SEEDED.")
        parts = {key: self.reference(*value) if isinstance(value, tuple) else value for key, value in given.items()}
        return self.write(entity, {name_field(entity): name.replace("\\'", "'"), **parts})

    def references(self, wanted: Mapping[str, tuple[str, str]]) -> dict[str, Json]:
        """References to what is named, made where there is none."""
        return {word: self.reference(*asked) for word, asked in wanted.items()}

    def give_back(self) -> None:
        """Delete the transactions that were made and make the names inactive; what stays is told in `left`."""
        for entity, key in reversed(self.made):
            reply = self._patiently("GET", f"{entity.lower()}/{key}")
            if reply.status_code != 200:
                continue
            held = reply.json()[entity]
            if entity in _LISTS:
                gone = {**held, "Active": False} if held.get("Active") else None
                done = self._patiently("POST", entity.lower(), json=gone) if gone else reply
            else:
                gone = {"Id": key, "SyncToken": held["SyncToken"]}
                done = self._patiently("POST", entity.lower(), json=gone, params={"operation": "delete"})
            if done.status_code != 200:
                self.left.append(f"{entity} {key}: {done.text[:160]}")
        self.made.clear()
        self.session.close()

    def _patiently(self, method: str, path: str, **more: Any) -> requests.Response:
        wait = 1
        while True:
            reply = super().call(method, path, **more)
            if reply.status_code != 429 or wait > LONGEST_WAIT:
                return reply
            time.sleep(wait)
            wait *= 2

    def _named(self, given: Json) -> Json:
        """The same document with the suffix on every name in it."""
        changed = {key: self._asked(value) if key == "Query" else self._inside(value) for key, value in given.items()}
        names = [name for name in ("DisplayName", "Name") if _is_a_name(given.get(name))]
        if not names:
            names = [name for name in ("FamilyName", "GivenName") if _is_a_name(given.get(name))][:1]
        for name in names:
            shown = given[name]
            # What QuickBooks put behind a name stays the last.
            kept = shown.removesuffix(" (deleted)")
            changed[name] = kept + self.ending + shown[len(kept) :]
        return changed

    def _inside(self, value: Any) -> Any:
        if isinstance(value, dict):
            return self._named(value)
        if isinstance(value, list):
            return [self._named(one) if isinstance(one, dict) else one for one in value]
        return value

    def _own(self, params: dict[str, str]) -> dict[str, str]:
        given = dict(params)
        if "query" in given:
            given["query"] = self._asked(given["query"])
        # An earlier run's answer would be replayed; one that fills its length is about the length.
        key = given.get("requestid", "") + self.ending.replace(" ", "-")
        if "requestid" in given and len(key) <= LONGEST_REQUEST_ID:
            given["requestid"] = key
        return given

    def _asked(self, text: str) -> str:
        return _BY_NAME.sub(lambda found: found[1] + found[2] + _TEXT.sub(rf"'\1{self.ending}'", found[3]), text)

    def _remember(self, reply: requests.Response) -> None:
        try:
            answer = reply.json()
        except json.JSONDecodeError:
            return
        for item in answer.get("BatchItemResponse") or answer.get("AttachableResponse") or [answer]:
            for entity, document in item.items():
                mine = isinstance(document, dict) and "Id" in document and entity not in ("CompanyInfo", "Preferences")
                if mine and document.get("status") != "Deleted":
                    self.made.setdefault((entity, document["Id"]))


def _is_a_name(value: object) -> bool:
    return isinstance(value, str) and value.strip() != ""
