"""A register of vendors on its way from a file to the books, over HTTP as people do it, with what became of each row.

The file may be any CSV with a column of names; the rows that the bookkeeper has already, and those whose name is a
customer's, are given by the caller.
"""

from __future__ import annotations

import csv
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

import requests
from django.db import connection

from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Company
from procore_sync.demo.person import Person, message_of
from quickbooks_bridge.models import Cursor
from tests.processes import wait_for
from tests.site import REALM, Site

COLUMNS = ("name", "company_name")


@dataclass
class Register:
    """What became of every row: by its line in the file, exactly one of the four."""

    rows: dict[int, str]
    refused_in_file: dict[int, str] = field(default_factory=dict)
    near: set[int] = field(default_factory=set)
    items: dict[str, ErpItem] = field(default_factory=dict)
    linked: set[str] = field(default_factory=set)
    refused_by_approver: dict[str, str] = field(default_factory=dict)
    created: set[str] = field(default_factory=set)
    refused_by_quickbooks: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def figures(self) -> str:
        """One paragraph of counts and seconds, and every reason in words."""
        took = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self.seconds.items())
        reasons = {str(line): sentence for line, sentence in self.refused_in_file.items()}
        reasons |= self.refused_by_approver | self.refused_by_quickbooks
        told = "".join(f"\n  {which}: {sentence}" for which, sentence in reasons.items())
        return (
            f"{len(self.rows)} rows ({len(self.near)} near another): {len(self.created)} created, "
            f"{len(self.linked)} linked, {len(reasons)} refused; {took}.{told}"
        )


def rows_of(path: Path) -> dict[int, str]:
    """The names of a file by their line, read without any code of the product."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        column = next(name for name in COLUMNS if name in (reader.fieldnames or ()))
        return dict((reader.line_num, row[column]) for row in reader)  # noqa: C402 - the line number moves


def read_names(site: Site, person: Person, company: Company) -> None:
    """Press “Read names now” as `person`, and wait until a worker has read every list of `company`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        pressed = cursor.fetchone()[0]
    person.get("/quickbooks/")
    assert "are being read" in person.post("/quickbooks/refresh/").text

    def read() -> bool:
        cursors = Cursor.objects.filter(company=company)
        return cursors.exists() and not cursors.exclude(last_run_at__gt=pressed).exists()

    wait_for(read, 30, what="the names are read", children=site.workers)


def press(person: Person, path: str, **form: str | list[str]) -> requests.Response:
    """The answer to a button itself: the page that a browser would go on to is not asked for."""
    token = person.session.cookies.get("csrftoken", "")
    data = {**form, "csrfmiddlewaretoken": token}
    return person.session.post(person.base + path, data=data, timeout=60, allow_redirects=False)


class Walk:
    """The register's way through the console at `base`, step by step; each step's time is kept."""

    def __init__(self, site: Site, base: str, path: Path) -> None:
        self.site, self.path = site, path
        self.max = Person(base, site.max_pm.user.email, "secret")
        self.ada = Person(base, site.ada.user.email, "secret")
        self.register = Register(rows_of(path))

    def whole(self, meanwhile: Iterable[str] = ()) -> Register:
        """From the file until nothing moves any more; `meanwhile` become customers between reading and acceptance."""
        for name, step in (
            ("import", self.bring_in),
            ("link", self.link_what_is_there),
            ("send and accept", lambda: self.send_and_accept(meanwhile)),
            ("until settled", self.until_settled),
        ):
            began = time.monotonic()
            step()
            self.register.seconds[name] = time.monotonic() - began
        return self.register

    def bring_in(self) -> None:
        """Upload as the project manager, leave out what is refused, and import every near row deliberately."""
        preview = self.uploaded()
        page = preview.text
        self.register.refused_in_file = _refused_rows(page)
        self.register.near = {int(row) for row in re.findall(r'name="row-(\d+)" value="import"', page)}
        decided = {f"row-{row}": "import" for row in self.register.near}
        address = preview.url.removeprefix(self.max.base)
        answer = self.max.post(address, refused="leave", **decided)
        left = len(self.register.refused_in_file)
        expected = f"Imported: {len(self.register.rows) - left}. Left out: {left}. There already: 0."
        assert expected in unescape(answer.text), f"the page does not say “{expected}”"
        for item in ErpItem.objects.filter(company=self.site.max_pm.company, kind="vendor").select_related("vendor"):
            self.register.items[item.vendor.name] = item

    def uploaded(self) -> requests.Response:
        """The preview of the file, as the browser gets it after the upload."""
        self.max.get("/vendors/import/")
        answer = self.max.session.post(
            f"{self.max.base}/vendors/import/",
            data={"csrfmiddlewaretoken": self.max.session.cookies.get("csrftoken", "")},
            files={"file": (self.path.name, self.path.read_bytes(), "text/csv")},
            headers={"Referer": self.max.page},
            timeout=60,
        )
        assert answer.status_code == 200, answer.text[:500]
        return answer

    def link_what_is_there(self) -> None:
        """Read the books, then link every exact match that the page announces."""
        read_names(self.site, self.ada, self.site.ada.company)
        page = self.ada.get("/quickbooks/import/?entity=vendor").text
        seen = re.search(r'name="seen" value="(\w+)"', page)
        if seen:
            self.ada.post("/quickbooks/import/link-all/", entity="vendor", seen=seen[1])
        for name, item in self.register.items.items():
            item.refresh_from_db()
            if item.status == Status.SYNCED:
                self.register.linked.add(name)

    def send_and_accept(self, meanwhile: Iterable[str]) -> None:
        """Send each as the project manager and accept it as the approver, who reads the page first."""
        customers = set(meanwhile)
        for name, item in self.register.items.items():
            if name in self.register.linked:
                continue
            assert press(self.max, f"/review/{item.pk}/send/").status_code == 302
            page = self.ada.get(f"/review/{item.pk}/").text
            seen = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
            if seen is None:  # a check stops it, and says so beside the button
                why = re.search(r'<p class="why-line">([^<]+)', page)
                assert why, f"the review page of {name} offers nothing to accept and does not say why"
                self.register.refused_by_approver[name] = unescape(why[1]).strip()
                continue
            if name in customers:  # at the last moment, or a slow machine's watch on the books sees it first
                self.site.control("POST", f"documents/{REALM}/Customer", DisplayName=name)
            answer = press(self.ada, f"/review/{item.pk}/accept/", seen=seen[1])
            if answer.status_code == 409:
                self.register.refused_by_approver[name] = message_of(answer.text)
            else:
                assert answer.status_code == 302, answer.text[:500]

    def until_settled(self) -> None:
        """Wait until nothing is on its way, then note what is green and what was refused."""
        wait_for(self.site.idle, 240, what="everything is settled", children=self.site.workers)
        for name in self.register.items.keys() - self.register.linked - self.register.refused_by_approver.keys():
            item = ErpItem.objects.get(pk=self.register.items[name].pk)
            if item.status == Status.SYNCED:
                self.register.created.add(name)
            elif item.status == Status.FAILED:
                self.register.refused_by_quickbooks[name] = Submission.objects.filter(item=item).latest("number").reason


def _refused_rows(page: str) -> dict[int, str]:
    """The refused rows of a preview, each with its sentences."""
    table = re.search(r"Rows that cannot be imported(.*?)</table>", page, re.DOTALL)
    found: dict[int, str] = {}
    line = 0
    for row in re.findall(r"<tr.*?</tr>", table[1], re.DOTALL) if table else []:
        number = re.search(r'<th scope="row" class="fig">(?:<span class="sr">)?(\d+)', row)
        sentence = re.search(r'data-label="What is wrong">(.*?)</td>', row, re.DOTALL)
        if number and sentence:
            line = int(number[1])
            found[line] = f"{found.get(line, '')} {unescape(sentence[1])}".strip()
    return found
