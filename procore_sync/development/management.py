"""`./console manage …`: Django's command line, on the demo's installation unless the environment names one."""

import argparse
import os
import subprocess
import sys

from procore_sync.development import commands, demo
from procore_sync.development.children import ROOT


def run(arguments: argparse.Namespace) -> int:
    """Run manage.py with these arguments; returns its exit code."""
    environment = dict(os.environ)
    if "DATABASE_URL" not in environment:
        environment.update(demo.remembered_environment())
        print("DATABASE_URL is not set: this is the demo's database.", file=sys.stderr)
    return subprocess.run(  # noqa: S603 - what the person typed, for their own manage.py
        commands.manage(*arguments.arguments), cwd=ROOT, env=environment, check=False
    ).returncode
