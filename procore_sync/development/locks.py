"""`./console lock`: requirements.lock (everything) and requirements-runtime.lock (what the container holds)."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from procore_sync.development.children import ROOT

ALL = ROOT / "requirements.lock"
RUNTIME = ROOT / "requirements-runtime.lock"
COMMON = ("--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate", "--quiet")
NO_ADDRESS = ("--no-emit-index-url", "--no-emit-find-links")
GROUPS = ("demo", "test", "lint")


def run(arguments: argparse.Namespace) -> int:
    """Renew both from pyproject.toml. The small one takes the big one's versions: what was tested is shipped."""
    uv = str(Path(sys.executable).with_name("uv"))
    groups = [word for group in GROUPS for word in ("--group", group)]
    _compile(uv, ALL, groups)
    _compile(uv, RUNTIME, ["--constraint", str(ALL)])
    return 0


def _compile(uv: str, lock: Path, more: list[str]) -> None:
    argv = [uv, "pip", "compile", "pyproject.toml", *COMMON, *NO_ADDRESS, *more, "--output-file", str(lock)]
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    subprocess.run(argv, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - fixed command
    if "://" in (text := lock.read_text()):
        address = next(line for line in text.splitlines() if "://" in line)
        sys.exit(f"{lock.name} holds an address, which must not be committed: {address}")
