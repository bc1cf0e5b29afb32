"""`./console COMMAND`, inside of the virtual environment."""

import argparse
import sys
from pathlib import Path

from procore_sync.development import campaign, checks, demo, locks, management, passes


def parser() -> argparse.ArgumentParser:
    """What can be asked for."""
    root = argparse.ArgumentParser(prog="./console")
    commands = root.add_subparsers(required=True, metavar="COMMAND")

    showing = commands.add_parser("demo", help="the console with sample data and a QuickBooks look-alike")
    showing.add_argument("--check", action="store_true", help="take records to 'synced' in a fresh folder, then exit")
    showing.add_argument("--fresh", action="store_true", help="forget what earlier demos have left")
    showing.add_argument("--folder", type=Path, help="where the demo keeps its data, also after --check")
    showing.add_argument("--one-process", action="store_true", help="web, worker and beat in one, without a broker")
    showing.set_defaults(run=demo.run)

    testing = commands.add_parser("test", help="everything, on SQLite, on PostgreSQL and Redis, in a browser")
    testing.add_argument("--fast", action="store_true", help="the SQLite pass only; says that it is not everything")
    testing.add_argument("--contract", action="store_true", help="only the contract of the QuickBooks API")
    testing.add_argument("--realm", default="", help="run the contract against this company of Intuit's sandbox")
    testing.add_argument("--demo", action="store_true", help="only a budget's whole way on the demo, in a browser")
    testing.add_argument("pytest", nargs="*", help="after --: arguments for each pytest run")
    testing.set_defaults(run=passes.run)

    commands.add_parser("check", help="everything that is not a test").set_defaults(run=checks.run)
    commands.add_parser("lock", help="renew the lock files").set_defaults(run=locks.run)

    # Another prefix, so that its options reach the campaign as they are.
    told = "break everything on purpose, then count the books"
    breaking = commands.add_parser("faults", help=told, add_help=False, prefix_chars="+")
    breaking.add_argument("arguments", nargs=argparse.REMAINDER)
    breaking.set_defaults(run=campaign.run)

    managing = commands.add_parser("manage", help="Django's manage.py", add_help=False)
    managing.add_argument("arguments", nargs=argparse.REMAINDER)
    managing.set_defaults(run=management.run)
    return root


def main() -> int:
    arguments = parser().parse_args()
    return int(arguments.run(arguments))


if __name__ == "__main__":
    sys.exit(main())
