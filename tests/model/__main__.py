"""`python -m tests.model`: what was explored; `--table`: the table of docs/proof.md; `--deep`: further."""

import argparse
import os
import sys
import time

import django


def main() -> None:
    """Print what is asked for."""
    asked = argparse.ArgumentParser(prog="python -m tests.model", description=__doc__)
    asked.add_argument("--table", action="store_true", help="guard, what its absence breaks, the shortest way there")
    asked.add_argument("--deep", action="store_true", help="explore the larger scenarios too; minutes")
    chosen = asked.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from tests.model import guards, scenarios
    from tests.model.explore import explore
    from tests.model.machine import Machine

    if chosen.table:
        sys.stdout.write(f"{guards.table()}\n")
        return
    for scenario in (*scenarios.ALL, *(scenarios.DEEP if chosen.deep else ())):
        began = time.process_time()
        seen = explore(Machine(scenario))
        spent = time.process_time() - began
        told = f"{seen.states:7} states {seen.steps:8} steps {seen.depth:3} deep {spent:6.1f} CPU-s  {scenario.name}"
        sys.stdout.write(f"{told}  BROKEN: {seen.found}\n" if seen.found else f"{told}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
