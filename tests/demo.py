"""`./console demo` as a person starts it, for tests."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from procore_sync.development.children import Child, wait_for

DEMO = [sys.executable, "-m", "procore_sync.development", "demo"]


def plain_environment() -> dict[str, str]:
    """A person's shell: nothing of the test's own servers."""
    return {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}


def start_demo(tmp_path: Path) -> Child:
    """A demo of its own, up and filled; its log stands in `tmp_path`."""
    argv = [*DEMO, "--folder", str(tmp_path / "demo")]
    demo = Child("demo", argv, environment=plain_environment(), log=tmp_path / "demo.log")
    wait_for(lambda: "Stop with Ctrl-C" in demo.output(), 100, what="the demo is up", children=[demo])
    return demo
