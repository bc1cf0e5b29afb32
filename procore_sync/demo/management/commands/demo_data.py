"""Fill an empty installation with the sample contractor; an installation that has it is left as it is."""

from __future__ import annotations

from argparse import ArgumentParser
from functools import cache
from io import StringIO
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from procore_sync.acceptance import operations
from procore_sync.acceptance.abouts import About
from procore_sync.acceptance.models import ErpItem, Notice
from procore_sync.acceptance.reading import mark_read
from procore_sync.accounts.models import Company, KindPrivilege, Membership, Role, User
from procore_sync.demo import books, sample
from procore_sync.demo.billing import enter_invoices
from procore_sync.demo.contracts import carry_out, decided, enter_contracts
from procore_sync.demo.costs import take_job_costs
from procore_sync.kit.refusals import Refusal
from projects.operations import add_cost_codes, create_cost_code, create_project
from projects.selectors import projects_for
from quickbooks_bridge import drift
from quickbooks_bridge.defaults import choose_defaults, choose_usual, defaults_of
from quickbooks_bridge.models import Connection
from vendors.operations import create_vendor


class Command(BaseCommand):
    """`manage.py demo_data [--connect]`"""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--connect` connects the sample company to the emulator that the settings name."""
        parser.add_argument("--connect", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make people and records, connect, then send and decide on some, so that every view has something."""
        if Company.objects.filter(slug=sample.SLUG).exists():
            self.stdout.write("The sample company is there already.")
            return
        with transaction.atomic():
            people = make_people()
            make_records(people["max"])
        if options["connect"]:
            with books.unlimited():
                call_command("connect_sandbox", company=sample.SLUG, realm=sample.REALM, verbosity=0)
                # A customer gets the name of a vendor, after our names were read: one will fail.
                books.write("Customer", {"DisplayName": sample.CUSTOMER_MEANWHILE})
                map_accounts(people["alma"])
                decide(people)
                carry_out()
                take_job_costs(people)
                enter_contracts(people)
                enter_invoices(people)
                hear_of_changes(people["max"].company)
                call_command("reconcile", company=sample.SLUG, stdout=StringIO())
                # What went well they have seen; what needs somebody is still to be read.
                mark_read(Notice.objects.filter(about=About.SYNCED))
        Company.objects.filter(slug=sample.SLUG).update(undo_seconds=settings.UNDO_SECONDS)
        self.stdout.write(f"Made {sample.COMPANY} with {ErpItem.objects.count()} records.")


def make_people() -> dict[str, Membership]:
    """The sample company's people and, in a second company, Olga, who must see nothing of it."""
    # What is decided for the sample leaves at once; the time to take an acceptance back is for who tries it.
    company = Company.objects.create(
        name=sample.COMPANY, slug=sample.SLUG, time_zone="America/New_York", undo_seconds=0
    )
    people = {}
    for name, address, role, kinds in sample.PEOPLE:
        people[address] = join(company, name, address, role)
        KindPrivilege.objects.bulk_create(
            KindPrivilege(membership=people[address], kind=kind, can_import=True, can_export=True) for kind in kinds
        )
    other = Company.objects.create(name="Other Books", slug="other-books")
    people["olga"] = join(other, "Olga Petrov", "olga", Role.ADMINISTRATOR)
    return people


def join(company: Company, name: str, address: str, role: Role) -> Membership:
    """`name` as `role` in `company`, signing in with the sample password as all but the newest have done."""
    joined = None if address == sample.NEWEST else timezone.now()
    user = User.objects.create(email=f"{address}@{sample.MAIL}", name=name, password=_hashed(), last_login=joined)
    return Membership.objects.create(user=user, company=company, role=role)


@cache
def _hashed() -> str:
    """The password that all of them share, hashed once: argon2 is slow on purpose."""
    return make_password(sample.PASSWORD)


def make_records(by: Membership) -> None:
    """The sample's cost codes, vendors and projects, none of them sent."""
    codes = [create_cost_code(details, by=by) for details in sample.COST_CODES]
    for details in sample.VENDORS:
        create_vendor(details, by=by)
    lofts, clinic, depot = (create_project(details, by=by) for details in sample.PROJECTS)
    add_cost_codes(lofts, codes[: sample.CODES_SENT], by=by)
    add_cost_codes(clinic, codes[:6], by=by)
    add_cost_codes(depot, codes[4:9], by=by)


def hear_of_changes(company: Company) -> None:
    """What accounting has typed over meanwhile is heard of, as by the first look at what changed."""
    row = Connection.objects.get(company=company)
    for entity in ("Vendor", "PurchaseOrder"):
        drift.examine(row, entity, books.documents(entity), heard_by="the changes")


def map_accounts(administrator: Membership) -> None:
    """What stands already when an approver picks an account, terms or a class, as an administrator would have said."""
    row = Connection.objects.get(company=administrator.company)
    offered = {one.thing: one.options for one in defaults_of(row.company_id)}
    chosen = {thing: _ending(offered[thing], name) for thing, name in sample.DEFAULTS.items()}
    choose_defaults(row, chosen, by=administrator)
    for project, name in zip(projects_for(administrator).order_by("pk"), sample.CLASSES, strict=True):
        choose_usual(row, project, {"class": _ending(offered["class"], name)}, by=administrator)


def _ending(options: list[tuple[str, str]], name: str) -> str:
    return next(key for key, label in options if label.endswith(name))


def decide(people: dict[str, Membership]) -> None:
    """Walk some records on: most codes and a dozen vendors accepted, one rejected, one retrieved, some waiting."""
    pm, approver = people["max"], people["ada"]
    codes = ErpItem.objects.filter(company=pm.company, kind="cost_code").order_by("pk")
    vendors = list(ErpItem.objects.filter(company=pm.company, kind="vendor").order_by("pk"))
    for item in codes[: sample.CODES_SENT]:
        send_and_accept(item, pm, approver)
    for item in vendors[:3] + vendors[13:22]:
        send_and_accept(item, pm, approver)
    for item in vendors[3:9]:
        operations.send(item, by=pm)
    operations.reject(vendors[7], by=approver, comment="This is the same firm as Ackland Grainger. Which is right?")
    operations.retrieve(vendors[8], by=pm)


def send_and_accept(item: ErpItem, pm: Membership, approver: Membership) -> None:
    """Send `item` and accept it with the first account offered for each choice, unless a check stops it."""
    submission = operations.send(item, by=pm)
    try:
        decided(submission, approver)
    except Refusal:
        return  # it stays before the approver with its check, as it would for a person
