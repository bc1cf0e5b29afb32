"""`./console demo` as a person starts it, for tests."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from procore_sync.development.children import Child, NeverHappened, wait_for
from procore_sync.development.demo import PREPARE_SECONDS
from tests.databases import KEPT, digest

DEMO = [sys.executable, "-m", "procore_sync.development", "demo"]

#: A demo gives up by itself, and says why.
UP_SECONDS = PREPARE_SECONDS + 60


def plain_environment() -> dict[str, str]:
    """A person's shell: nothing of the test's own servers."""
    return {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}


def start_demo(home: Path, log: Path, *more: str) -> Child:
    """A demo of its own in `home`, up and filled. `more` are further words of its command."""
    _be_migrated(home)
    argv = [*DEMO, "--folder", str(home), *more]
    demo = Child("demo", argv, environment=plain_environment(), log=log)
    try:
        wait_for(lambda: "Stop with Ctrl-C" in demo.output(), UP_SECONDS, what="the demo is up", children=[demo])
    except NeverHappened:
        demo.stop(seconds=30)
        raise
    return demo


def _be_migrated(home: Path) -> None:
    """Migrating is half of a first start. `demo --check` shows it; here what another test has migrated is taken."""
    kept = KEPT / f"{digest()}.sqlite3"
    if kept.exists() and not home.exists():
        home.mkdir()
        shutil.copyfile(kept, home / "console.sqlite3")
