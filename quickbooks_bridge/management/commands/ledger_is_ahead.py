"""Check whether QuickBooks holds anything that this database does not know, as after a restored backup."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from quickbooks_bridge.client.api import Shifting
from quickbooks_bridge.client.faults import LedgerFault
from quickbooks_bridge.models import Connection, ConnectionStatus
from quickbooks_bridge.reconciling.ahead import look
from quickbooks_bridge.reconciling.rows import LedgerFinding

#: Ten years.
_MOST_DAYS = 3650


class Command(BaseCommand):
    """`manage.py ledger_is_ahead [--company SLUG] [--days N]`; ends with 1 if something is to be settled or unknown."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Which company, and from when on; without, every connected one, since this database last knew everything."""
        parser.add_argument("--company", help="slug of the company")
        told = f"look back at least so many days, 1 to {_MOST_DAYS}, whatever this database thinks it knows"
        parser.add_argument("--days", type=_days, help=told)

    def handle(self, *args: Any, **options: Any) -> None:
        """A line a company and a line a document; the pages settle them."""
        rows = Connection.objects.select_related("company").exclude(status=ConnectionStatus.DISCONNECTED)
        if options["company"]:
            rows = rows.filter(company__slug=options["company"])
        if not rows:
            which = f"{options['company']} is no company that is" if options["company"] else "No company is"
            raise CommandError(f"{which} connected to QuickBooks.")
        since = timezone.now() - timedelta(days=options["days"]) if options["days"] else None
        found = [self._look(row, since) for row in rows.order_by("company_id")]
        said = []
        if any(found):
            said.append("Settle these under QuickBooks, Ahead of this database. Nothing is sent before.")
        if None in found:
            said.append("Whoever was not asked is looked at by itself, before anything is sent, when that can be.")
        if said:
            raise CommandError(" ".join(said))

    def _look(self, row: Connection, since: datetime | None) -> int | None:
        """How much is to be settled; None if nobody can tell now, which keeps no other company waiting."""
        if not row.is_connected:
            self._not_asked(row, "it needs a new sign-in.")
            return None
        try:
            found = look(row, since=since)
        except (LedgerFault, Shifting) as failure:
            self._not_asked(row, str(failure))
            return None
        self.stdout.write(f"{row.company}: {found} to settle." if found else f"{row.company}: nothing is ahead.")
        for one in LedgerFinding.objects.filter(company_id=row.company_id, settled="").select_related("item"):
            self.stdout.write(f"  {one}, {one.get_what_display().lower()}. {one.against}".rstrip())
        return found

    def _not_asked(self, row: Connection, why: str) -> None:
        self.stdout.write(f"{row.company}: QuickBooks could not be asked: {why}")


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= len(text) <= 4 or not 1 <= int(text) <= _MOST_DAYS:
        raise ArgumentTypeError(f"{text} is no number of days from 1 to {_MOST_DAYS}")
    return int(text)
