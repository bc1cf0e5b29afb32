"""Write a company's journal into one signed file for auditors."""

from __future__ import annotations

import os
from argparse import ArgumentTypeError
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from procore_sync.acceptance.auditing.packing import name_of, pack
from procore_sync.acceptance.auditing.rows import part_of
from procore_sync.acceptance.auditing.signing import public_key
from procore_sync.accounts.models import Company
from procore_sync.kit.refusals import Refusal


class Command(BaseCommand):
    help = "Export one company's journal, private records included, as a signed ZIP file that verify_export checks."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose journal, of which days, and where to."""
        parser.add_argument("--company", required=True, help="short name of the company")
        parser.add_argument(
            "--from", dest="since", type=_day, help="first day, as 2026-01-31; by default the journal's first"
        )
        parser.add_argument("--until", type=_day, help="last day; by default the journal's last")
        parser.add_argument("--output", type=Path, help="the file or folder to write; by default the current folder")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write beside the file and move it there when it is whole, so that none is half there."""
        company = Company.objects.filter(slug=options["company"]).first()
        if company is None:
            raise CommandError(f"There is no company with the short name {options['company']}.")
        try:
            part = part_of(company, since=options["since"], until=options["until"], by=None)
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from refusal
        asked: Path = options["output"] or Path()
        file = asked / name_of(part) if asked.is_dir() else asked
        half = file.with_name(f"{file.name}.part")
        try:
            with half.open("wb") as out:
                out.writelines(pack(part))
            os.replace(half, file)
        except OSError as error:
            with suppress(OSError):
                half.unlink()
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{file}: rows {part.first} to {part.last}, signed with {public_key()}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text} is no day; write it as 2026-01-31") from error
