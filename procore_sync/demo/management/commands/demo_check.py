"""Take a cost code, a vendor, a project and a commitment from send to *synced and verified*, over real HTTP."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

import requests
from django.core.management.base import BaseCommand, CommandError

from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.states import Status
from procore_sync.demo import sample
from procore_sync.demo.person import Person, message_of
from procore_sync.kit.kinds import Kind

ENTITIES = {
    Kind.COST_CODE: "Item",
    Kind.VENDOR: "Vendor",
    Kind.PROJECT: "Customer",
    Kind.COMMITMENT: "PurchaseOrder",
}
#: Where not any record of the kind will do.
CHOSEN = {
    # All of its codes are in QuickBooks.
    Kind.PROJECT: {"label": sample.CHECKED_PROJECT},
    # The others are drafts.
    Kind.COMMITMENT: {"number": sample.CHECKED_COMMITMENT},
}


class Command(BaseCommand):
    """`manage.py demo_check --console URL --emulator URL`"""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the running console and the running emulator are."""
        parser.add_argument("--console", required=True)
        parser.add_argument("--emulator", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Send as the project manager, accept as the approver, wait for green, and ask the emulator."""
        console, emulator = options["console"].rstrip("/"), options["emulator"].rstrip("/")
        sender = Person(console, f"max@{sample.MAIL}")
        approver = Person(console, f"ada@{sample.MAIL}")
        self.look_over()
        for kind in ENTITIES:
            self.carry(kind, sender, approver, emulator)
        self.stdout.write(self.style.SUCCESS("Every record is synced and verified."))

    def look_over(self) -> None:
        """Whether every list has something to show in the states that the sample promises."""
        rows = ErpItem.objects.filter(company__slug=sample.SLUG).values_list("kind", "status").distinct()
        missing = [f"{kind} {status}" for kind, status in sorted(sample.SHOWN - set(rows))]
        if missing:
            raise CommandError(f"The sample shows nothing in these states: {', '.join(missing)}.")

    def carry(self, kind: Kind, sender: Person, approver: Person, emulator: str) -> None:
        """One record of `kind` from *not sent* to *synced*, found again in the emulator's books."""
        began = time.monotonic()
        item = self.candidate(kind)
        _done(sender.send(item.pk))
        _done(approver.accept(item.pk))
        found = approver.wait_for(item.pk, Status.SYNCED)
        remote_id = found["link"]["remote_id"]
        books = requests.get(f"{emulator}/_control/documents/{sample.REALM}/{ENTITIES[kind]}", timeout=10).json()
        if not any(str(one["Id"]) == str(remote_id) for one in _listed(books)):
            raise CommandError(f"{item} is green, but the emulator holds no {ENTITIES[kind]} {remote_id}.")
        seconds = time.monotonic() - began
        self.stdout.write(f"{kind.label}: {item.label} is {ENTITIES[kind]} {remote_id}, {seconds:.1f} s")

    def candidate(self, kind: Kind) -> ErpItem:
        """An unsent record of `kind` that has all it needs."""
        rows = ErpItem.objects.filter(kind=kind, company__slug=sample.SLUG, status=Status.NOT_SENT).order_by("pk")
        rows = rows.filter(**CHOSEN.get(kind, {}))
        item = rows.last()
        if item is None:
            raise CommandError(f"There is no {kind.label.lower()} left to send.")
        return item


def _done(answer: requests.Response) -> None:
    """Go on if the console did what the button says; else end with the sentence on its page."""
    if not answer.ok:
        raise CommandError(f"{answer.url} answered {answer.status_code}: {message_of(answer.text)}")


def _listed(books: Any) -> list[dict[str, Any]]:
    return list(books.values()) if isinstance(books, dict) else books
