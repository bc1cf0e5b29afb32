"""Each guard taken away, and what finds that it is gone: `./console faults --cut`.

A cut is written word for word in `guards.py`, so whoever moves a guard is told that it is looked for in vain. It is
made in a copy of the project, and there the act of the campaign that is about it has to go red and to say what is
expected; guards that tests find are taken away in memory (`cutting.py`), those that the model of the engine finds by
its own command (docs/proof.md).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import Empty, Queue

from procore_sync.development.children import ROOT
from tests.campaign.guards import GUARDS, Guard
from tests.campaign.servers import KEPT, own_servers

#: Enough that every kind is there several times, few enough that an act takes seconds.
DOCUMENTS, SEED, PATIENCE = 24, 8, 25.0
LEFT_BEHIND = shutil.ignore_patterns(".git", ".venv", "__pycache__", "*_cache")
#: In the environment of the tests that run without guards: which those are.
WORDS = "CAMPAIGN_CUT"
#: For pytest, whatever this process has been set up with.
OF_TESTS = {"DJANGO_SETTINGS_MODULE": "tests.settings"}
BEGIN, END = "<!-- guards: begin -->\n", "<!-- guards: end -->\n"


def replay(words: str = "", *, lanes: int = 1) -> int:
    """Cut the guards whose title or catcher is one of `words` (separated by commas), all by default.

    Tells of each what found it; 0 if each was found as the table says.
    """
    chosen = [guard for guard in GUARDS if guard.by_replay and is_meant(guard, words)]
    in_copies = [guard for guard in chosen if not guard.in_memory]
    good = not in_copies or _in_copies(in_copies, lanes)
    tests = sorted({guard.by for guard in chosen if guard.in_memory})
    return 0 if (not tests or _in_memory(tests, words)) and good else 1


def is_meant(guard: Guard, words: str) -> bool:
    """Whether it is one of those asked for."""
    asked = [one.strip().lower() for one in words.split(",") if one.strip()]
    return not asked or any(one == guard.by or one in guard.title.lower() for one in asked)


def _in_copies(chosen: list[Guard], lanes: int) -> bool:
    waiting: Queue[Guard] = Queue()
    for guard in chosen:
        waiting.put(guard)
    found: list[bool] = []
    with _migrated() as kept:
        threads = [threading.Thread(target=_lane, args=(kept, waiting, found)) for _ in range(min(lanes, len(chosen)))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    print(f"{sum(found)} of {len(chosen)} cuts in copies were found by what the table says", flush=True)
    return sum(found) == len(chosen)


def _in_memory(tests: list[str], words: str) -> bool:
    argv = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:randomly", "-p", "tests.campaign.cutting"]
    with own_servers() as (database, broker):
        mine = {**os.environ, **OF_TESTS, "DATABASE_URL": database.url, "REDIS_URL": broker.url, WORDS: words}
        return subprocess.run([*argv, *tests], cwd=ROOT, env=mine, check=False).returncode == 0


@contextmanager
def _migrated() -> Iterator[Path]:
    """The folder of a server with every migration applied, stopped, from which each copy has its own."""
    with tempfile.TemporaryDirectory(prefix="kept-", ignore_cleanup_errors=True) as folder:
        kept = Path(folder) / "d"
        with own_servers() as (database, broker):
            told = {**OF_TESTS, "DATABASE_URL": database.url, "REDIS_URL": broker.url}
            argv = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
            subprocess.run(argv, cwd=ROOT, env={**os.environ, **told}, check=True)
            database.close()
            Path(folder).chmod(0o755)
            subprocess.run(["cp", "-a", str(database.data), str(kept)], check=True)
        yield kept


def _lane(kept: Path, waiting: Queue[Guard], found: list[bool]) -> None:
    while True:
        try:
            guard = waiting.get_nowait()
        except Empty:
            return
        began = time.monotonic()
        told = said_without(guard, kept)
        caught = told is not None and guard.says in told
        found.append(caught)
        fate = f"found by {guard.by}" if caught else "NOT FOUND as the table says"
        # What was expected first, then whatever else was said.
        lines = sorted((told or "nothing: all was good").splitlines(), key=lambda line: guard.says not in line)
        print(f"{guard.title}: {fate} ({time.monotonic() - began:.0f} s)", flush=True)
        print("\n".join(f"    {line[:300]}" for line in lines[: 2 if caught else 12]), flush=True)


def said_without(guard: Guard, kept: Path) -> str | None:
    """What is said of a copy of the project without `guard`, on a copy of the server in `kept`; None if all is good."""
    with tempfile.TemporaryDirectory(prefix="cut-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / "project"
        shutil.copytree(ROOT, copy, ignore=LEFT_BEHIND, symlinks=True)
        for path, stands, instead in guard.edits:
            file = copy / path
            file.write_text(edited(file.read_text(), stands, instead))
        argv, mine = _command(guard)
        mine[KEPT] = str(kept)
        with ExitStack() as stack:
            if not guard.by.isdecimal():
                database, broker = stack.enter_context(own_servers())
                mine = {**mine, "DATABASE_URL": database.url, "REDIS_URL": broker.url}
            told = subprocess.run(argv, cwd=copy, env=mine, capture_output=True, text=True, check=False)
    return None if told.returncode == 0 else _sentences(told.stdout + told.stderr[-2000:])


def edited(text: str, stands: str, instead: str) -> str:
    """`text` with the cut made.

    Raises:
        LookupError: it does not say, exactly once, what is to be taken away.
    """
    if text.count(stands) != 1:
        raise LookupError(f"It does not stand there exactly once: {stands}")
    return text.replace(stands, instead)


def _command(guard: Guard) -> tuple[list[str], dict[str, str]]:
    mine = {**os.environ, **OF_TESTS, "PYTHONDONTWRITEBYTECODE": "1"}
    if guard.by.isdecimal():
        acts = ["--only", guard.by, "--seeds", "1", "--seed", str(guard.seed or SEED), "--lanes", "1"]
        # What finds it may be said after much that only follows from it.
        pace = ["--documents", str(DOCUMENTS), "--patience", str(PATIENCE), "--told", "1000"]
        return [sys.executable, "-m", "tests.campaign", *acts, *pace], mine
    return [sys.executable, "-m", "pytest", "-q", "-n0", "-x", "-p", "no:cacheprovider", guard.by], mine


def _sentences(told: str) -> str:
    """The part of a report that says what was not as it must be."""
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    wanted = [line for line in lines if re.match(r"fault +\d+, seed|FAILED|ERROR|E  ", line)]
    return "\n".join(wanted or lines[-12:])


def table(guards: Iterable[Guard] = GUARDS) -> str:
    """As it stands in docs/faults.md."""
    rows = ["| Guard | What it stops | Cut how | Found by | Which says |", "|---|---|---|---|---|"]
    for one in guards:
        cells = (one.title, one.stops, one.how, one.found_by, one.says or "-")
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows)


def table_in(page: str) -> str:
    """The table as the page has it."""
    _, _, rest = page.partition(BEGIN)
    return rest.partition(END)[0].strip()
