"""The operator lets in somebody who has lost their second factor."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError, CommandParser

from procore_sync.accounts.models import User


class Command(BaseCommand):
    help = "Take the second factor from a person who has lost it, recovery codes included; a password is enough then."

    def add_arguments(self, parser: CommandParser) -> None:
        """The address."""
        parser.add_argument("email", help="e-mail address of the person")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take it, or say why not."""
        user = User.objects.filter(email=options["email"].strip().lower()).first()
        if user is None:
            raise CommandError(f"Nobody here signs in with {options['email']}.")
        taken, _ = Authenticator.objects.filter(user=user).delete()
        if not taken:
            raise CommandError(f"{user} has no second factor.")
        self.stdout.write(f"{user} signs in by password alone until they set up a second factor again.")
