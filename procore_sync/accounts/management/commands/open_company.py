"""The operator opens a company and invites its first administrator."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.text import slugify

from procore_sync.accounts import invitations, operations
from procore_sync.accounts.models import Company


class Command(BaseCommand):
    help = "Open a company and mail its first administrator the link to set a password."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name and address."""
        parser.add_argument("name")
        parser.add_argument("administrator", help="e-mail address")

    def handle(self, *args: Any, **options: Any) -> None:
        """Open it, or say why not."""
        slug = slugify(options["name"])
        if not slug or Company.objects.filter(slug=slug).exists():
            raise CommandError(f"There is a company called {options['name']} already, or the name has no letter.")
        membership = operations.open_company(name=options["name"], slug=slug, administrator=options["administrator"])
        invitations.send(membership, by=None)
        self.stdout.write(f"{membership.company} is open; {membership} gets a mail.")
