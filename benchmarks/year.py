"""A whole year of billing by the dice: 12 periods, 20 commitments, 40 lines each, with crashes, against real books.

The same as tests/journeys/test_year_of_billing.py, larger. Starts its own emulator (limits off); needs DATABASE_URL of
a database that may be filled and emptied. Ends with exit code 1 if both sides differ anywhere by a cent.
"""

from __future__ import annotations

import argparse
import os
import time
from random import SystemRandom
from typing import Any

import django

QUICK = {"PROBE_PAUSE_SECONDS": "0", "ENGINE_BACKOFF": "0", "QUICKBOOKS_LIMITS": "false", "LOG_LEVEL": "ERROR"}


def main() -> None:
    """Run the year, print what happened and what both sides say."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--periods", type=int, default=12)
    parser.add_argument("--commitments", type=int, default=20)
    parser.add_argument("--lines", type=int, default=40)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**6))
    given = parser.parse_args()
    from tests.quickbooks_bridge.emulator_process import EmulatorProcess

    books = EmulatorProcess()
    try:
        found = run(books, given)
    finally:
        books.stop()
    if found:
        raise SystemExit("\n".join(found))


def run(books: Any, given: argparse.Namespace) -> list[str]:
    """What differs at the end."""
    from tests.processes import emulator_environment

    os.environ.update({**emulator_environment(books.url), **QUICK})
    import tests.settings  # noqa: F401 - its defaults for secrets; the product's own settings are used

    os.environ["DJANGO_SETTINGS_MODULE"] = "procore_sync.settings"
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("flush", interactive=False, verbosity=0)
    try:
        return bill(books, given)
    finally:
        call_command("flush", interactive=False, verbosity=0)


def bill(books: Any, given: argparse.Namespace) -> list[str]:
    """The year, told a line at a time."""
    from django.core.management import call_command

    from procore_sync.acceptance import engine, operations
    from procore_sync.acceptance.models import Attempt
    from quickbooks_bridge.models import Mapping
    from quickbooks_bridge.reconciling.books import COLUMNS
    from quickbooks_bridge.tie_outs import tie_out_of
    from tests.factories import make_approver, make_company, make_member
    from tests.journeys.year import Grid, Year, differences
    from tests.quickbooks_bridge.emulator_process import REALM

    for place in (operations, engine):
        vars(place)["ring"] = lambda submission_id: None  # everything is carried here, by no worker
    company = make_company("Benchmark", "benchmark")
    max_pm = make_member(company, "Max", "project_manager")  # type: ignore[arg-type]
    ian = make_member(company, "Ian", "invoice_contact")  # type: ignore[arg-type]
    make_member(company, "Alma", "administrator")  # type: ignore[arg-type]
    call_command("connect_sandbox", company=company.slug, realm=REALM, verbosity=0)
    (item,) = books.named("Item", "Retainage")
    Mapping.objects.create(company=company, thing="retainage_item", entity="Item", remote_id=item["Id"])
    grid = Grid(given.periods, given.commitments, given.lines)
    year = Year(books, REALM, max_pm, ian, make_approver(company), grid, given.seed)
    began = time.perf_counter()
    year.prepare()
    year.run()
    print(f"seed {given.seed}, {grid}: {time.perf_counter() - began:.0f} s")
    print(f"happened: {', '.join(f'{count} {what}' for what, count in sorted(year.happened.items()))}")
    print(f"bills in the books: {len(books.documents('Bill'))}; tries: {Attempt.objects.count()}")
    told = tie_out_of(year.project, year.pm)
    for key, label, _ in COLUMNS:
        print(f"{label:>10}: console {getattr(told.console, key):>16,.2f}  books {getattr(told.ledger, key):>16,.2f}")
    found = differences(year)
    print(f"{len(found)} differences between the console, the books and what was typed")
    return found


if __name__ == "__main__":
    main()
