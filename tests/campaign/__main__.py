"""`./console faults`: break everything on purpose, then count the books.

Ends with 1 if anything is not as it must be.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue
from random import SystemRandom

from procore_sync.development.children import ROOT
from tests.campaign import cuts, report
from tests.campaign.results import Result

PAGE = ROOT / "docs" / "faults.md"
#: Seven quick ones that show a kill, a lost answer, a throttle, a message that comes twice, a PostgreSQL that
#: restarts, two approvers and a batch; one act of each is part of `./console test`, beside tests/journeys.
SHORT = (2, 5, 10, 16, 20, 22, 34)
SHORT_DOCUMENTS, SHORT_SEED = 16, 17
#: Between which lines of the page a matrix stands: that of a hurried campaign, and that of production's pace.
PLACES = {
    hurry: (f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n")
    for hurry, name in ((True, "campaign"), (False, "unhurried"))
}


def parser() -> argparse.ArgumentParser:
    """What may be asked for."""
    # A stage keeps a processor busy: with more stages than processors all of it takes longer.
    lanes = min(3, os.cpu_count() or 2)
    found = argparse.ArgumentParser(prog="./console faults")
    found.add_argument("--seeds", type=int, default=5, help="how many acts of each fault (5)")
    found.add_argument("--seed", type=int, default=0, help="the first seed; the others follow it (by the dice)")
    found.add_argument("--documents", type=int, default=200, help="papers an act, at least 20 (200)")
    found.add_argument("--only", default="", help="faults by number: 2,5,10-12 (all)")
    found.add_argument("--lanes", type=int, default=lanes, help=f"how many stages play beside each other ({lanes})")
    found.add_argument(
        "--patience", type=float, default=0, help="seconds until a row counts as stuck (each fault's own)"
    )
    found.add_argument(
        "--cut", metavar="WORDS", nargs="?", const="", help="take guards away, one by one, in a copy (all)"
    )
    found.add_argument("--unhurried", action="store_true", help="with every pause as in production: acts take minutes")
    found.add_argument("--write", action="store_true", help="put the matrix into docs/faults.md")
    found.add_argument(
        "--short", action="store_true", help="one act of seven quick faults over 16 papers, as the tests do"
    )
    found.add_argument("--told", type=int, default=report.TOLD, help=f"sentences told of an act ({report.TOLD})")
    found.add_argument("--list", action="store_true", help="name the faults and leave")
    return found


def main() -> int:
    """Play all acts, tell what was found."""
    given = shortened(parser().parse_args())
    if given.cut is not None:
        return cuts.replay(given.cut, lanes=given.lanes)
    titles = titles_of_faults()
    if given.list:
        print("\n".join(f"{number:3} {title}" for number, title in titles.items()))
        return 0
    return play(given, titles)


def play(given: argparse.Namespace, titles: dict[int, str]) -> int:
    """What was asked for, and the report of it; 0 if all of it was good."""
    first = given.seed or SystemRandom().randrange(1, 10**6)
    chosen = [number for number in titles if not given.only or number in set(numbers(given.only))]
    acts = [(number, first + at) for at in range(given.seeds) for number in chosen]
    print(f"{len(acts)} acts of {given.documents} documents, first seed {first}", flush=True)
    began = time.monotonic()
    header = {"documents": given.documents, "papers_seed": first, "hurry": not given.unhurried}
    results = played(acts, {**header, "patience": given.patience}, lanes=given.lanes)
    seconds = time.monotonic() - began
    print(report.text(results, titles, seconds, given.told), flush=True)
    if given.write:
        write(report.page(results, titles, seconds), hurry=not given.unhurried)
    return 0 if len(results) == len(acts) and all(one.is_good for one in results) else 1


def shortened(given: argparse.Namespace) -> argparse.Namespace:
    """What was asked for, or the short form of it: the same papers and dice each time, unless a seed is given."""
    if given.short:
        given.only = given.only or ",".join(map(str, SHORT))
        given.seeds, given.documents, given.lanes = 1, SHORT_DOCUMENTS, 1
        given.seed = given.seed or SHORT_SEED
    return given


def titles_of_faults() -> dict[int, str]:
    """The faults by number. They need a Django that is set up, so another process is asked."""
    asked = "import json, django; django.setup(); from tests.campaign.faults import FAULTS; "
    asked += "print(json.dumps({number: fault.title for number, fault in FAULTS.items()}))"
    argv = [sys.executable, "-c", "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'; " + asked]
    told = subprocess.run(argv, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return {int(number): title for number, title in json.loads(told).items()}


def numbers(text: str) -> Iterator[int]:
    """2,5,10-12 as numbers."""
    for part in text.split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def played(acts: list[tuple[int, int]], header: dict[str, object], *, lanes: int) -> list[Result]:
    """All acts, each by the next lane that is free; told as they end. A lane that dies leaves its acts unplayed."""
    waiting: Queue[tuple[int, int]] = Queue()
    for act in acts:
        waiting.put(act)
    results: list[Result] = []
    told = json.dumps(header)
    threads = [threading.Thread(target=_lane, args=(told, waiting, results)) for _ in range(min(lanes, len(acts)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def _lane(header: str, waiting: Queue[tuple[int, int]], results: list[Result]) -> None:
    argv = [sys.executable, "-m", "tests.campaign.lane"]
    with subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as lane:
        assert lane.stdin is not None
        assert lane.stdout is not None
        print(header, file=lane.stdin, flush=True)
        while True:
            try:
                act = waiting.get_nowait()
            except Empty:
                break
            print(json.dumps(act), file=lane.stdin, flush=True)
            line = lane.stdout.readline()
            if not line:
                print(f"fault {act[0]}, seed {act[1]}: the lane died", flush=True)
                break
            result = Result.read(line)
            results.append(result)
            fate = "good" if result.is_good else f"NOT GOOD: {result.sentences[0]}"
            took = f"{result.seconds:.1f} s, {result.recovery:.1f} of them to recover"
            print(f"fault {act[0]:2}, seed {act[1]}: {fate} ({took})", flush=True)
        lane.stdin.close()


def write(matrix: str, *, hurry: bool) -> None:
    """Put the matrix where the page has its place for it."""
    begin, end = PLACES[hurry]
    page = PAGE.read_text()
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    Path(PAGE).write_text(f"{before}{begin}\n{matrix}\n{end}{after}")


if __name__ == "__main__":
    sys.exit(main())
