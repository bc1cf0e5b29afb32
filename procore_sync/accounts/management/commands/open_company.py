"""The operator opens a company and invites its first administrator."""

from __future__ import annotations

import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q
from django.utils.text import slugify

from procore_sync.accounts import invitations, operations
from procore_sync.accounts.invitations import MailFailed
from procore_sync.accounts.models import Company, Membership, Role
from procore_sync.kit.refusals import Refusal
from procore_sync.kit.text import says_nothing

SLUG_LIMIT = 50


class Command(BaseCommand):
    help = "Open a company and mail its first administrator the link to set a password."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name and address."""
        parser.add_argument("name")
        parser.add_argument("administrator", help="e-mail address")

    def handle(self, *args: Any, **options: Any) -> None:
        """Open it, or say why not; who has not come in yet is mailed again."""
        name, address = options["name"].strip(), options["administrator"].strip()
        if says_nothing(name):
            raise CommandError("Give the company a name.")
        try:
            membership = _invited(name, address) or _opened(name, address)
            invitations.send(membership, by=None)
        except MailFailed as failure:
            said = f"{name} is open, but the e-mail to {address} could not be sent: {failure.__cause__}."
            raise CommandError(
                f"{said} Set up the mail server (EMAIL_URL) and give the same command again."
            ) from failure
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(f"{membership.company} is open; {membership} gets an e-mail.")


def _invited(name: str, address: str) -> Membership | None:
    """The administrator whom the company was opened for, if nobody has come in yet who could invite them again."""
    people = Membership.objects.filter(company__name=name).select_related("user", "company")
    if people.filter(user__last_login__isnull=False).exists():
        return None
    return people.filter(user__email=address.lower(), role=Role.ADMINISTRATOR).first()


def _opened(name: str, address: str) -> Membership:
    slug = slugify(name)[:SLUG_LIMIT].strip("-_") or f"company-{secrets.token_hex(4)}"
    there = Company.objects.filter(Q(slug=slug) | Q(name__iexact=name)).first()
    if there:
        raise CommandError(f"There is a company called {there} already.")
    return operations.open_company(name=name, slug=slug, administrator=address)
