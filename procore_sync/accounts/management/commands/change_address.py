"""The operator gives somebody another address, who has lost the old one or was invited under a mistyped one."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from procore_sync.accounts import operations
from procore_sync.accounts.models import User
from procore_sync.kit.refusals import InvalidInput


class Command(BaseCommand):
    help = "Let a person sign in and be mailed at another address, in every company; their rights stay."

    def add_arguments(self, parser: CommandParser) -> None:
        """Both addresses."""
        parser.add_argument("old", help="e-mail address with which the person signs in now")
        parser.add_argument("new", help="the address from now on")

    def handle(self, *args: Any, **options: Any) -> None:
        """Change it, or say why not."""
        user = User.objects.filter(email=options["old"].strip().lower()).first()
        if user is None:
            raise CommandError(f"Nobody here signs in with {options['old']}.")
        try:
            operations.change_address(user, options["new"])
        except InvalidInput as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(f"{user} signs in with {user.email} from now on. Links that were mailed before end.")
