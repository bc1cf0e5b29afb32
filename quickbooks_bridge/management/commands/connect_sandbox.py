"""Connect a company to the emulator without a browser, for demonstrations and tests."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from procore_sync.accounts.models import Membership, Role
from procore_sync.kit.refusals import Refusal
from quickbooks_bridge import connecting
from quickbooks_bridge.endpoints import EMULATOR
from quickbooks_bridge.importers.names import refresh


class Command(BaseCommand):
    help = "Connect a company to a realm of the emulator by giving consent in its control plane, and read its names."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", required=True, help="slug of the company")
        parser.add_argument("--realm", required=True, help="the emulator's company")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.QUICKBOOKS_ENVIRONMENT != EMULATOR:
            raise CommandError("Only the emulator gives consent without a person: set QUICKBOOKS_ENVIRONMENT=emulator.")
        by = (
            Membership.objects.select_related("company", "user")
            .filter(company__slug=options["company"], role=Role.ADMINISTRATOR, is_active=True)
            .first()
        )
        if by is None:
            raise CommandError(f"There is no company {options['company']} with an administrator.")
        try:
            row = connecting.complete(by=by, asks=False, **self._consent(by, options["realm"]))
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from refusal
        read = refresh(row, full=True)
        failed = [one.error for one in read if one.error]
        if failed:
            raise CommandError(f"Connected to {row.company_name}, but its names were not read. {failed[0]}")
        self.stdout.write(f"Connected {by.company} to {row.company_name}; {sum(one.rows for one in read)} names read.")

    def _consent(self, by: Membership, realm: str) -> dict[str, Any]:
        begun, url = connecting.begin(by=by)
        asked = dict(parse_qsl(urlsplit(url).query))
        control = settings.QUICKBOOKS_API_URL.rstrip("/").removesuffix("/v3")
        answer = requests.post(f"{control}/_control/authorize", json={**asked, "realm": realm}, timeout=10)
        if answer.status_code != 200:
            raise CommandError(f"The emulator did not consent: {answer.text}")
        return {"begun": begun.kept(), "given": dict(parse_qsl(urlsplit(answer.json()["redirect"]).query))}
