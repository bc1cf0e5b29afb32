"""A day of the console in minutes: memory, rows, books and tokens, with faults by the dice throughout.

Starts web, two workers, beat and an emulator that keeps QuickBooks' limits, all of them real processes over PostgreSQL
and Redis that live a day COMPRESSION times faster (tests/compressed says what of it is). Bills are accepted at about
the pace of the limits, pages are read, calls fail, one of the workers dies, Redis is emptied, the sign-in is revoked.
Needs DATABASE_URL (PostgreSQL) and REDIS_URL of databases that may be filled and emptied. Ends with exit code 1 if a
process grows by more than a tenth from the second quarter of the day to the last, a row stays behind, a document is
missing or there twice, the journal does not hold, or tokens are asked for oftener than once a life of one.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import Counter
from itertools import cycle
from math import ceil
from pathlib import Path
from random import SystemRandom
from typing import Any

import django

import tests.settings  # noqa: F401 - its defaults for secrets; the product's own settings are measured

os.environ["DJANGO_SETTINGS_MODULE"] = "procore_sync.settings"
PAGES = ("/", "/inbox/?view=synced", "/inbox/?view=exporting", "/invoices/", "/quickbooks/changes/")
EMULATOR = "emulator"
#: The sweep keeps its real pace, for the limits of calls do.
AS_EVER = {"ENGINE_SWEEP_SECONDS": "5", "ENGINE_RING_AGAIN_SECONDS": "30"}
#: An order carries a link for each bill of it, so one that is billed for ever would grow for ever.
OF_A_CONTRACT = 30


def main() -> None:
    """The day, and a line a figure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--compression", type=float, default=160.0)
    parser.add_argument("--bills-a-second", type=float, default=10.0)
    parser.add_argument("--trouble-minutes", type=float, default=20.0, help="simulated minutes between two troubles")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**6))
    given = parser.parse_args()
    django.setup()
    from django.core.management import call_command

    from tests.journeys.long_run import COMPRESSED
    from tests.processes import environment, processes

    call_command("migrate", verbosity=0)
    call_command("flush", interactive=False, verbosity=0)
    redis_url = os.environ["REDIS_URL"]
    settings = {**COMPRESSED, **AS_EVER, "COMPRESSION": str(given.compression)}
    env = environment(os.environ["DATABASE_URL"], redis_url, **settings)
    try:
        with tempfile.TemporaryDirectory() as folder, processes(Path(folder), env) as running:
            missed = live(running, redis_url, given)
    finally:
        call_command("flush", interactive=False, verbosity=0)
    if missed:
        raise SystemExit("missed:\n" + "\n".join(missed))


def live(running: Any, redis_url: str, given: argparse.Namespace) -> list[str]:
    """What was missed of what is promised."""
    import redis

    from tests.journeys.long_run import Shape

    redis.Redis.from_url(redis_url).flushdb()
    shape = Shape(given.hours, given.compression, given.trouble_minutes, given.seed)
    day = opened(running, redis_url, shape, given.bills_a_second)
    print(f"seed {shape.seed}: {shape.hours:g} hours in {shape.seconds / 60:.1f} minutes", flush=True)
    began = time.monotonic()
    memory = day.run()
    tell(day, memory, time.monotonic() - began)
    grown = [one for one in memory.grown(shape.seconds) if not one.startswith(EMULATOR)]
    return [*grown, *day.missed()]


def opened(running: Any, redis_url: str, shape: Any, pace: float) -> Any:
    """The processes as the day begins."""
    from benchmarks.bills import billing
    from benchmarks.invoices import Ledger
    from procore_sync.demo.person import Person
    from projects.models import Project
    from tests.journeys.long_run import Day, connect

    emulator = running.emulator()
    books = Ledger(emulator.url)
    books.control("limits", enabled=False)
    bills = billing(running, books, contracts=ceil(shape.seconds * pace / OF_A_CONTRACT), lines=5)
    bills.at_a_time = OF_A_CONTRACT
    Project.objects.update(job_costs=True)  # so that they are read every two hours
    books.control("limits", enabled=True)
    web = running.web()
    person, pages = Person(web.url, bills.approver.user.email, "secret"), cycle(PAGES)

    def worker() -> Any:
        return running.worker(pool="prefork", concurrency=1)

    def read_page() -> None:
        person.get(next(pages)).raise_for_status()

    def accept(count: int) -> None:
        bills.lay(count)

    parts = (running, emulator, redis_url, bills.company, shape, accept, worker, "Bill", "DocNumber", pace)
    day = Day(*parts, read_page=read_page)
    day.begin()
    connect(day)
    steady = running.worker(pool="prefork", concurrency=2)
    day.workers.append(worker())
    day.watched = {"web": web.child, "worker": steady, "beat": running.beat(), EMULATOR: emulator.child}
    return day


def tell(day: Any, memory: Any, seconds: float) -> None:
    """A line a figure."""
    from procore_sync.acceptance.models import Attempt, ErpItem, Event

    synced = ErpItem.objects.filter(company=day.company, kind="invoice", status="synced").count()
    print(f"{synced:,} bills synced, {Event.objects.count():,} rows of the journal; over after {seconds:.0f} s")
    print(f"troubles: {', '.join(f'{count} {what}' for what, count in sorted(day.happened.items()))}")
    told = Attempt.objects.filter(submission__company=day.company).values_list("act", "outcome")
    print(f"tries: {dict(Counter(f'{act} {outcome}' for act, outcome in told).most_common())}")
    calls = Counter(one["operation"] for one in day.calls())
    tokens, may = day.token_calls()
    print(f"calls: {dict(calls)}; for tokens {tokens}, of {may} that a life of a token and the faults explain")
    for name, (second, last) in memory.quarters(day.shape.seconds).items():
        if last:
            print(f"{name}: {second:.0f} MiB in the second quarter, {last:.0f} in the last", flush=True)


if __name__ == "__main__":
    main()
