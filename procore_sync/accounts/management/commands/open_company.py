"""The operator opens a company and invites its first administrator."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.utils.text import slugify

from procore_sync.accounts import invitations, operations
from procore_sync.accounts.models import Company, Membership, Role
from procore_sync.kit.text import line_problems

_SLUG = Company._meta.get_field("slug").max_length


class Command(BaseCommand):
    help = "Open a company and mail its first administrator the link to set a password."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name and address."""
        parser.add_argument("name")
        parser.add_argument("administrator", help="e-mail address")

    def handle(self, *args: Any, **options: Any) -> None:
        """Open it, or say why not; who has not come in yet is mailed again."""
        name, address = options["name"].strip(), options["administrator"].strip()
        membership = _invited(name, address) or _opened(name, address)
        try:
            invitations.send(membership, by=None)
        except invitations.MailFailed as failure:
            raise CommandError(
                f"{membership.company} is open, but the mail to {membership.user.email} did not leave: "
                f"{failure.__cause__}. Set EMAIL_URL right, then run this once more: it sends the mail."
            ) from failure
        self.stdout.write(f"{membership.company} is open; {membership} gets a mail.")


def _invited(name: str, address: str) -> Membership | None:
    """Who was invited so before and has not come in: nobody else can send him his invitation again."""
    rows = Membership.objects.filter(company__name=name, user__email=address.lower(), role=Role.ADMINISTRATOR)
    found = rows.filter(is_active=True).select_related("company", "user").first()
    return None if found is None or found.user.has_usable_password() else found


def _opened(name: str, address: str) -> Membership:
    """The company, as new.

    Raises:
        CommandError: the name or the address is none, or there is such a company.
    """
    slug = slugify(name)[:_SLUG].strip("-")
    faults = line_problems(name, limit=120, what="name")
    if not slug:
        faults.append("The name has no Latin letter and no digit, of which its short name is made.")
    try:
        validate_email(address)
    except ValidationError:
        faults.append(f"“{address}” is no e-mail address.")
    if Company.objects.filter(slug=slug).exists():
        faults.append(f"There is a company with the short name {slug} already.")
    if faults:
        raise CommandError(" ".join(faults))
    return operations.open_company(name=name, slug=slug, administrator=address)
