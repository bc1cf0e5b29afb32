"""`./console faults`: the fault campaign (docs/faults.md), in a process without a person's own settings."""

import argparse
import os
import subprocess

from procore_sync.development import commands
from procore_sync.development.children import ROOT
from procore_sync.development.passes import KEPT_OUT, KEPT_OUT_EXACTLY


def run(arguments: argparse.Namespace) -> int:
    """Hand over to tests.campaign; its exit code says whether everything was as it must be."""
    mine = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(KEPT_OUT) and name not in KEPT_OUT_EXACTLY
    }
    argv = [commands.PYTHON, "-m", "tests.campaign", *arguments.arguments]
    return subprocess.run(argv, cwd=ROOT, env=mine, check=False).returncode  # noqa: S603 - our own module
