"""`./console check`: everything about the code that is not a test. All steps run, each prints one line."""

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from procore_sync.development import sizes
from procore_sync.development.children import ROOT

BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Step:
    """One command that must end with 0."""

    name: str
    argv: tuple[str, ...]


def steps() -> list[Step]:
    """What is checked, the quick things first."""
    return [
        Step("format", (_tool("ruff"), "format", "--check", ".")),
        Step("lint", (_tool("ruff"), "check", ".")),
        Step("imports", (_tool("lint-imports"), "--no-cache")),
        Step("types", (_tool("mypy"), ".", "console")),
        Step("migrations", (sys.executable, "manage.py", "makemigrations", "--check", "--dry-run")),
        Step(
            "deployment",
            (sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"),
        ),
        Step("templates", (_tool("djlint"), "templates", "--lint", "--quiet")),
        Step("compose", (_tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", "docker-compose.yml")),
    ]


def run(arguments: argparse.Namespace) -> int:
    """Run every step; 0 only if all of them are good. Size outliers are shown and fail nothing."""
    failed = [step for step in steps() if not _passes(step)]
    for line in sizes.report(ROOT):
        print(line)
    print(f"check: {len(failed)} of {len(steps())} steps failed" if failed else f"check: {len(steps())} steps good")
    return 1 if failed else 0


def _passes(step: Step) -> bool:
    began = time.monotonic()
    done = subprocess.run(  # noqa: S603 - the steps above
        step.argv, cwd=ROOT, env={**os.environ, **_production()}, capture_output=True, text=True, check=False
    )
    good = done.returncode == 0
    print(f"{step.name:12} {'good' if good else 'FAILED':8} {time.monotonic() - began:5.1f} s", flush=True)
    if not good:
        print((done.stdout + done.stderr).rstrip(), flush=True)
    return good


def _production() -> dict[str, str]:
    """Settings like a production's, with servers that nobody asks: what is checked is the code, not this machine."""
    return {
        "DJANGO_SETTINGS_MODULE": "procore_sync.settings",
        "SECRET_KEY": "checked-but-never-used-" + "abcdefghij0123456789" * 2,
        "TOKEN_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        "DATABASE_URL": "sqlite:///:memory:",
        "REDIS_URL": "memory://",
        "PUBLIC_URL": "https://console.example",
        "ALLOWED_HOSTS": "console.example",
        "LOG_LEVEL": "WARNING",
    }


def _tool(name: str) -> str:
    return str(BIN / name)
